"""ITU-R P.1812: point-to-area prediction for terrestrial services, 30 MHz to 6 GHz, 0.25 to 3000 km.

Sections, equations and their numbers follow ITU-R P.1812-6 (2021), whose text sections 3, 4.2 to 4.7 and Attachment 1
versions 7 and 8 repeat for this range; the published results of version 8 are the check. Each numbered section is one
kernel in `jangkau.propagation.kernels`: `profile`, `diffraction`, `p1812`.

The representative clutter height of section 3.2 stands on every profile point but the first and the last: what stands
at a terminal itself must be accounted for by whoever calls. Loss from building entry is `jangkau.propagation.p2109`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jangkau.errors import ModelError
from jangkau.messages import Message
from jangkau.propagation.kernels import p1812 as kernels
from jangkau.propagation.kernels import profile

RECOMMENDATION = "ITU-R P.1812-8"
"""The version whose published results are met."""

SEA, COASTAL, INLAND = profile.SEA, profile.COASTAL, profile.INLAND
ZONES = {"sea": SEA, "coastal": COASTAL, "inland": INLAND}
POLARIZATIONS = ("horizontal", "vertical")

VALIDITY = {
    "frequency_mhz": (30.0, 6000.0),
    "distance_km": (0.25, 3000.0),
    "antenna_height_m": (1.0, 3000.0),
    "time_percent": (1.0, 50.0),
    "location_percent": (1.0, 99.0),
}
"""Ranges for which the Recommendation is stated (section 1); outside them a result is flagged."""

PREDICTION_RESOLUTION_M = 100.0
"""Width of the square over which locations vary in equation (64) unless a caller says otherwise [m]."""


@dataclass(frozen=True, slots=True)
class P1812Loss:
    """The loss of one path and every term that it is made of; equations of P.1812-6 in brackets.

    Attributes
    ----------
    loss_db : float
        Basic transmission loss not exceeded for the time and location percentages (69) [dB].
    sea_fraction : float
        Of the path (omega).
    longest_land_km, longest_inland_km : float
        Longest continuous stretch over land (d_tm) and inland (d_lm) [km].
    beta0_percent : float
        Time in which the refractivity lapse exceeds 100 N/km (5) [%].
    effective_radius_km : float
        Median effective earth radius (7a) [km].
    tx_horizon_km, rx_horizon_km : float
        Distance to the horizons, or to the point nearest the ray (80), (83) [km].
    tx_horizon_mrad, rx_horizon_mrad : float
        Elevation of the horizons (79), (82) [mrad].
    angular_distance_mrad : float
        (84) [mrad].
    line_of_sight : bool
        Whether the median path is in sight of terrain alone.
    tx_smooth_amsl_m, rx_smooth_amsl_m : float
        Ends of the fitted smooth surface (85), (86) [m].
    tx_smooth_diffraction_m, rx_smooth_diffraction_m : float
        The same as the diffraction model takes them (89) [m].
    tx_smooth_limited_m, rx_smooth_limited_m : float
        The same, not above ground (90) [m].
    tx_effective_m, rx_effective_m : float
        Effective heights for ducting (92) [m].
    roughness_m : float
        Terrain roughness (93) [m].
    time_interpolation, angle_interpolation, distance_interpolation : float
        F_i (40), F_j (57), F_k (58).
    free_space_db, line_of_sight_p_db, line_of_sight_beta0_db : float
        (8), (10), (11) [dB].
    bullington_beta0_db, bullington_smooth_beta0_db, spherical_beta0_db : float
        (21), (21) over the smooth path, (27), for the radius exceeded beta0 % of the time [dB].
    diffraction_50_db, diffraction_beta0_db, diffraction_p_db : float
        (39), (39), (41) [dB].
    basic_diffraction_50_db, basic_diffraction_db : float
        (42), (43) [dB].
    notional_minimum_db, ducting_db, enhanced_minimum_db : float
        (59), (46), (60) [dB].
    diffraction_or_ducting_db, modified_db : float
        (61), (62) [dB].
    troposcatter_db, combined_db : float
        (44), (63) [dB].
    location_db : float
        Added for the location percentage (67) [dB].
    location_sigma_db : float
        Standard deviation over locations (64) [dB].
    flags : tuple of Message
        What lies outside the range for which the Recommendation is stated.
    """

    loss_db: float
    sea_fraction: float
    longest_land_km: float
    longest_inland_km: float
    beta0_percent: float
    effective_radius_km: float
    tx_horizon_km: float
    rx_horizon_km: float
    tx_horizon_mrad: float
    rx_horizon_mrad: float
    angular_distance_mrad: float
    line_of_sight: bool
    tx_smooth_amsl_m: float
    rx_smooth_amsl_m: float
    tx_smooth_diffraction_m: float
    rx_smooth_diffraction_m: float
    tx_smooth_limited_m: float
    rx_smooth_limited_m: float
    tx_effective_m: float
    rx_effective_m: float
    roughness_m: float
    time_interpolation: float
    angle_interpolation: float
    distance_interpolation: float
    free_space_db: float
    line_of_sight_p_db: float
    line_of_sight_beta0_db: float
    bullington_beta0_db: float
    bullington_smooth_beta0_db: float
    spherical_beta0_db: float
    diffraction_50_db: float
    diffraction_beta0_db: float
    diffraction_p_db: float
    basic_diffraction_50_db: float
    basic_diffraction_db: float
    notional_minimum_db: float
    ducting_db: float
    enhanced_minimum_db: float
    diffraction_or_ducting_db: float
    modified_db: float
    troposcatter_db: float
    combined_db: float
    location_db: float
    location_sigma_db: float
    flags: tuple[Message, ...]


def field_strength(loss_db: float, frequency_mhz: float) -> float:
    """Section 4.10, equation (70): field strength [dB(uV/m)] that 1 kW e.r.p. gives over a loss [dB]."""
    return 199.36 + 20.0 * math.log10(frequency_mhz / 1e3) - loss_db


def location_variability_db(frequency_mhz: float, resolution_m: float = PREDICTION_RESOLUTION_M) -> float:
    """Section 4.7, equation (64): standard deviation of the loss over locations outdoors.

    Parameters
    ----------
    frequency_mhz : float
        > 0 [MHz].
    resolution_m : float
        Width of the square over which locations vary [m], > 0.

    Returns
    -------
    float
        [dB].
    """
    return float((0.52 + 0.024 * frequency_mhz / 1e3) * resolution_m**0.28)


def transmission_loss(
    distance_m: ArrayLike,
    terrain_amsl_m: ArrayLike,
    clutter_height_m: ArrayLike,
    *,
    zone: Sequence[str] | NDArray[np.integer] | None = None,
    frequency_mhz: float,
    tx_height_agl_m: float,
    rx_height_agl_m: float,
    polarization: str = "vertical",
    time_percent: float = 50.0,
    location_percent: float = 50.0,
    location_sigma_db: float | None = None,
    longitude_deg: tuple[float, float],
    latitude_deg: tuple[float, float],
    coast_distance_km: tuple[float, float] = (500.0, 500.0),
    refractivity_gradient_n_per_km: float,
    sea_level_refractivity_n: float,
    woodland_db: float = math.inf,
) -> P1812Loss:
    """Return the basic transmission loss of one path with all its terms.

    Parameters
    ----------
    distance_m : array_like, shape (n,), n >= 3
        From the transmitter along the great circle [m]; first 0, strictly increasing.
    terrain_amsl_m : array_like, shape (n,)
        Terrain above mean sea level [m].
    clutter_height_m : array_like, shape (n,)
        Representative clutter height [m], >= 0. The first and the last stand in no profile; the last bounds how far
        locations vary.
    zone : sequence of str or of int, shape (n,), optional
        ``inland``, ``coastal`` or ``sea`` (or the codes `INLAND`, `COASTAL`, `SEA`); None: all inland.
    frequency_mhz : float
        30 to 6000 [MHz].
    tx_height_agl_m, rx_height_agl_m : float
        Antennas above ground [m], 1 to 3000.
    polarization : str
        ``vertical`` or ``horizontal``.
    time_percent : float
        Of the average year, for which the loss is not exceeded [%], 1 to 50.
    location_percent : float
        For which the loss is not exceeded [%], 1 to 99.
    location_sigma_db : float, optional
        Standard deviation over locations [dB]; None: `location_variability_db` for 100 m, falling to 0 for a receiver
        10 m above the last clutter height (65). A value that is given is used as it is.
    longitude_deg, latitude_deg : (float, float)
        Transmitter and receiver [deg].
    coast_distance_km : (float, float)
        Over land from transmitter and receiver to the coast along the path [km]; 0 on a ship or platform.
    refractivity_gradient_n_per_km : float
        Decrease of refractivity in the lowest kilometre, Delta N, positive [N/km], below 157.
    sea_level_refractivity_n : float
        N0 [N].
    woodland_db : float
        Loss through the trees around the receiver (ITU-R P.833) over a path whose clutter is trees [dB]; infinite for
        none, as the Recommendation has it. Else diffraction takes the cheaper way, over the trees or through them.

    Returns
    -------
    P1812Loss

    Raises
    ------
    ModelError
        When the profile is no profile or a value is impossible. Values outside `VALIDITY` are flagged instead.

    Notes
    -----
    The path's centre lies half the profile's length from the transmitter towards the receiver. The loss is never below
    that of line of sight (69). At sea locations do not vary (section 4.7) and the coast is 0 km away (section 3.4).

    References
    ----------
    Recommendation ITU-R P.1812, https://www.itu.int/rec/R-REC-P.1812.
    """
    distance = _profile("distance_m", distance_m)
    terrain = _profile("terrain_amsl_m", terrain_amsl_m, distance.size)
    clutter = _profile("clutter_height_m", clutter_height_m, distance.size)
    if distance.size < 3:
        raise ModelError("p1812.too_few_points", count=int(distance.size))
    if distance[0] != 0.0 or not (np.diff(distance) > 0.0).all():
        at = int(np.argmax(np.concatenate([[distance[0] != 0.0], np.diff(distance) <= 0.0])))
        raise ModelError("p1812.not_increasing", index=at, distance_m=float(distance[at]))
    if (clutter < 0.0).any():
        at = int(np.argmin(clutter))
        raise ModelError("p1812.negative_clutter", index=at, clutter_height_m=float(clutter[at]))
    zones = _zones(zone, distance.size)
    _possible(frequency_mhz, tx_height_agl_m, rx_height_agl_m, time_percent, location_percent)
    if polarization not in POLARIZATIONS:
        raise ModelError("p1812.polarization", value=polarization, known=", ".join(POLARIZATIONS))
    if not 0.0 < refractivity_gradient_n_per_km < 157.0:
        raise ModelError("p1812.refractivity_gradient", value=refractivity_gradient_n_per_km)
    geometry = profile.path_geometry(
        np.ascontiguousarray(distance / 1e3),
        terrain,
        clutter,
        zones,
        float(tx_height_agl_m),
        float(rx_height_agl_m),
        float(refractivity_gradient_n_per_km),
        True,
        woodland_db < math.inf,
    )
    terms = kernels.loss_over(
        geometry,
        frequency_mhz / 1e3,
        polarization == "vertical",
        float(time_percent),
        middle_latitude_deg(longitude_deg, latitude_deg, geometry.total_km),
        float(coast_distance_km[0]),
        float(coast_distance_km[1]),
        float(sea_level_refractivity_n),
        float(woodland_db),
    )
    sigma = location_sigma_db
    if sigma is None:
        above_m = rx_height_agl_m - float(clutter[-1])
        sigma = location_variability_db(frequency_mhz) * min(max(1.0 - above_m / 10.0, 0.0), 1.0)
    location = 0.0 if zones[-1] == SEA else -kernels.inverse_normal(location_percent / 100.0) * sigma
    known = geometry._asdict() | terms._asdict()
    named: dict[str, Any] = {field.name: known[field.name] for field in fields(P1812Loss) if field.name in known}
    named |= {"location_db": location, "loss_db": max(terms.line_of_sight_p_db, terms.combined_db + location)}
    heights = (tx_height_agl_m, rx_height_agl_m)
    flags = _flags(frequency_mhz, float(distance[-1]) / 1e3, heights, time_percent, location_percent)
    return P1812Loss(**named, location_sigma_db=sigma, flags=flags)


def middle_latitude_deg(
    longitude_deg: tuple[float, float], latitude_deg: tuple[float, float], distance_km: float
) -> float:
    """Return the latitude [deg] half of a path's length [km] away from the transmitter towards the receiver."""
    return float(
        profile.path_centre_latitude_deg(
            longitude_deg[0], latitude_deg[0], longitude_deg[1], latitude_deg[1], distance_km
        )
    )


def _profile(name: str, values: ArrayLike, size: int | None = None) -> NDArray[np.float64]:
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.ndim != 1 or (size is not None and array.size != size):
        raise ModelError("p1812.shape", name=name, shape=str(array.shape), expected=size or "n")
    if not np.isfinite(array).all():
        raise ModelError("p1812.not_finite", name=name, index=int(np.argmin(np.isfinite(array))))
    return array


def _zones(zone: Sequence[str] | NDArray[np.integer] | None, size: int) -> NDArray[np.uint8]:
    if zone is None:
        return np.full(size, INLAND, np.uint8)
    codes = [ZONES.get(z, 0) if isinstance(z, str) else int(z) for z in zone]
    if len(codes) != size:
        raise ModelError("p1812.shape", name="zone", shape=str(len(codes)), expected=size)
    for index, code in enumerate(codes):
        if code not in ZONES.values():
            raise ModelError("p1812.zone", index=index, value=str(zone[index]), known=", ".join(ZONES))
    return np.array(codes, np.uint8)


def _possible(frequency_mhz: float, tx_m: float, rx_m: float, time_percent: float, location_percent: float) -> None:
    limits = (
        ("frequency_mhz", frequency_mhz, 0.0, math.inf),
        ("tx_height_agl_m", tx_m, 0.0, math.inf),
        ("rx_height_agl_m", rx_m, 0.0, math.inf),
        ("time_percent", time_percent, 0.0, 50.0),
        ("location_percent", location_percent, 0.0, 100.0),
    )
    for name, value, low, high in limits:
        if not low < value <= high or math.isinf(value):
            raise ModelError("p1812.impossible", name=name, value=value, low=low, high=high)


def _flags(
    frequency_mhz: float, distance_km: float, heights_m: tuple[float, float], time: float, location: float
) -> tuple[Message, ...]:
    given = [("frequency_mhz", frequency_mhz), ("distance_km", distance_km), ("time_percent", time)]
    given += [("location_percent", location), *(("antenna_height_m", height) for height in heights_m)]
    return tuple(
        Message("p1812.outside_range", {"name": n, "value": v, "low": VALIDITY[n][0], "high": VALIDITY[n][1]})
        for n, v in given
        if outside_range(n, v)
    )


def outside_range(name: str, value: ArrayLike) -> NDArray[np.bool_]:
    """Tell of each value of a quantity of `VALIDITY` whether it lies outside the range; not a number does."""
    low, high = VALIDITY[name]
    array = np.asarray(value)
    return ~((array >= low) & (array <= high))
