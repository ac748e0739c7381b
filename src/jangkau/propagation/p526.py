"""ITU-R P.526: diffraction over one edge, over a profile and over the smooth earth.

The functions dress the kernels that `jangkau.propagation.p1812` runs (`jangkau.propagation.kernels.diffraction`):
metres and megahertz, checked values, one term at a time. P.1812 sections 4.3.1 to 4.3.4 repeat P.526-15 sections 4.1,
4.5 and 3.2; a path here is land all along unless said otherwise.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jangkau.errors import ModelError
from jangkau.propagation.kernels import diffraction as kernels
from jangkau.propagation.kernels.profile import diffraction_ends, smooth_earth

RECOMMENDATION = "ITU-R P.526-15"

EFFECTIVE_RADIUS_KM = 8500.0
"""Of the earth in the standard atmosphere, 4/3 of the true radius, as P.526 rounds it."""

POLARIZATIONS = ("horizontal", "vertical")


@dataclass(frozen=True, slots=True)
class DiffractionLoss:
    """Diffraction over a profile and what it is made of; equations of P.526-15 section 4.5.

    Attributes
    ----------
    loss_db : float
        Delta-Bullington [dB]: `bullington_db` and what the smooth earth takes more than its own Bullington loss.
    bullington_db : float
        Over the profile [dB].
    bullington_smooth_db : float
        Over the smooth profile, that is zero heights and the effective antenna heights [dB].
    spherical_db : float
        Over the smooth earth, for the same heights [dB].
    tx_effective_m, rx_effective_m : float
        Antennas above the smooth surface [m].
    """

    loss_db: float
    bullington_db: float
    bullington_smooth_db: float
    spherical_db: float
    tx_effective_m: float
    rx_effective_m: float


def knife_edge_parameter(height_above_line_m: float, d1_m: float, d2_m: float, frequency_mhz: float) -> float:
    """Section 4.1, equation (26): the diffraction parameter nu of an edge between two antennas.

    Parameters
    ----------
    height_above_line_m : float
        Of the edge above the straight line between the antennas [m]; negative when the line passes over it.
    d1_m, d2_m : float
        From the edge to either antenna [m], > 0.
    frequency_mhz : float
        > 0 [MHz].

    Returns
    -------
    float
        Square root of 2 times the part of the first Fresnel zone's radius that the edge takes.
    """
    for name, value in (("d1_m", d1_m), ("d2_m", d2_m), ("frequency_mhz", frequency_mhz)):
        _positive(name, value)
    wavelength_m = kernels.WAVE_M_GHZ * 1e3 / frequency_mhz
    return height_above_line_m * math.sqrt(2.0 * (d1_m + d2_m) / (wavelength_m * d1_m * d2_m))


def knife_edge_loss_db(nu: float) -> float:
    """Section 4.1, equation (31): loss [dB] of one knife edge with diffraction parameter nu; 0 up to nu = -0.78."""
    if math.isnan(nu):
        raise ModelError("p526.not_a_number", name="nu")
    return float(kernels.knife_edge_db(nu))


def bullington_loss_db(
    distance_m: ArrayLike,
    height_amsl_m: ArrayLike,
    *,
    frequency_mhz: float,
    tx_height_agl_m: float,
    rx_height_agl_m: float,
    effective_radius_km: float = EFFECTIVE_RADIUS_KM,
) -> float:
    """Section 4.5.1: loss of the one edge that the horizons of both antennas make, with Bullington's correction.

    Parameters
    ----------
    distance_m : array_like, shape (n,), n >= 3
        From the transmitter [m]; first 0, strictly increasing.
    height_amsl_m : array_like, shape (n,)
        What the path must pass over, above mean sea level [m]: terrain, and trees or buildings where they count.
    frequency_mhz : float
        > 0 [MHz].
    tx_height_agl_m, rx_height_agl_m : float
        Antennas above the first and the last height [m], > 0.
    effective_radius_km : float
        Of the earth [km], > 0.

    Returns
    -------
    float
        [dB].

    Raises
    ------
    ModelError
        When the profile is no profile or a value is not above 0.
    """
    distance, height = _profile(distance_m, height_amsl_m)
    _check(frequency_mhz, tx_height_agl_m, rx_height_agl_m, effective_radius_km)
    edge = kernels.bullington_edge(
        distance,
        height,
        np.zeros_like(height),
        1.0,
        height[0] + tx_height_agl_m,
        height[-1] + rx_height_agl_m,
        float(effective_radius_km),
    )
    return float(kernels.bullington_db(edge, distance[-1], frequency_mhz / 1e3))


def spherical_earth_loss_db(
    distance_m: float,
    tx_height_m: float,
    rx_height_m: float,
    frequency_mhz: float,
    *,
    effective_radius_km: float = EFFECTIVE_RADIUS_KM,
    sea_fraction: float = 0.0,
    polarization: str = "vertical",
) -> float:
    """Section 3.2: diffraction over the smooth spherical earth, within and beyond the horizon.

    Parameters
    ----------
    distance_m : float
        Along the ground [m], > 0.
    tx_height_m, rx_height_m : float
        Antennas above the smooth surface [m], > 0.
    frequency_mhz : float
        > 0 [MHz].
    effective_radius_km : float
        Of the earth [km], > 0.
    sea_fraction : float
        Of the path, 0 to 1.
    polarization : str
        ``vertical`` or ``horizontal``.

    Returns
    -------
    float
        [dB]. Beyond the horizon the first term of the residue series as it stands, which may be a gain just there.
    """
    _positive("distance_m", distance_m)
    _check(frequency_mhz, tx_height_m, rx_height_m, effective_radius_km)
    if not 0.0 <= sea_fraction <= 1.0:
        raise ModelError("p526.sea_fraction", value=sea_fraction)
    return float(
        kernels.spherical_earth_db(
            distance_m / 1e3,
            tx_height_m,
            rx_height_m,
            effective_radius_km,
            frequency_mhz / 1e3,
            sea_fraction,
            _vertical(polarization),
        )
    )


def delta_bullington_loss(
    distance_m: ArrayLike,
    terrain_amsl_m: ArrayLike,
    *,
    frequency_mhz: float,
    tx_height_agl_m: float,
    rx_height_agl_m: float,
    effective_radius_km: float = EFFECTIVE_RADIUS_KM,
    polarization: str = "vertical",
) -> DiffractionLoss:
    """Section 4.5.4: diffraction over a profile of terrain, the complete model.

    Parameters
    ----------
    distance_m : array_like, shape (n,), n >= 3
        From the transmitter [m]; first 0, strictly increasing.
    terrain_amsl_m : array_like, shape (n,)
        Above mean sea level [m].
    frequency_mhz : float
        > 0 [MHz].
    tx_height_agl_m, rx_height_agl_m : float
        Antennas above ground [m], > 0.
    effective_radius_km : float
        Of the earth [km], > 0.
    polarization : str
        ``vertical`` or ``horizontal``.

    Returns
    -------
    DiffractionLoss

    Raises
    ------
    ModelError
        When the profile is no profile or a value is impossible.
    """
    distance, terrain = _profile(distance_m, terrain_amsl_m)
    _check(frequency_mhz, tx_height_agl_m, rx_height_agl_m, effective_radius_km)
    tx_amsl, rx_amsl = terrain[0] + tx_height_agl_m, terrain[-1] + rx_height_agl_m
    tx_smooth, rx_smooth = diffraction_ends(distance, terrain, tx_amsl, rx_amsl, *smooth_earth(distance, terrain))
    tx_m, rx_m, radius_km = tx_amsl - tx_smooth, rx_amsl - rx_smooth, float(effective_radius_km)
    loss, rough, smooth, sphere = kernels.delta_bullington_db(
        kernels.bullington_edge(distance, terrain, np.zeros_like(terrain), 1.0, tx_amsl, rx_amsl, radius_km),
        kernels.smooth_bullington_edge(distance, tx_m, rx_m, radius_km),
        distance[-1],
        tx_m,
        rx_m,
        radius_km,
        frequency_mhz / 1e3,
        0.0,
        _vertical(polarization),
    )
    return DiffractionLoss(loss, rough, smooth, sphere, float(tx_amsl - tx_smooth), float(rx_amsl - rx_smooth))


def _profile(distance_m: ArrayLike, height_m: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    distance = np.asarray(distance_m, dtype=np.float64)
    height = np.ascontiguousarray(height_m, dtype=np.float64)
    if distance.ndim != 1 or distance.shape != height.shape or distance.size < 3:
        raise ModelError("p526.shape", distance=str(distance.shape), height=str(height.shape))
    unknown = ~(np.isfinite(distance) & np.isfinite(height))
    if unknown.any():
        raise ModelError("p526.not_finite", index=int(np.argmax(unknown)))
    backwards = np.concatenate([[distance[0] != 0.0], np.diff(distance) <= 0.0])
    if backwards.any():
        at = int(np.argmax(backwards))
        raise ModelError("p526.not_increasing", index=at, distance_m=float(distance[at]))
    return np.ascontiguousarray(distance / 1e3), height


def _check(frequency_mhz: float, tx_m: float, rx_m: float, radius_km: float) -> None:
    _positive("frequency_mhz", frequency_mhz)
    _positive("tx_height_m", tx_m)
    _positive("rx_height_m", rx_m)
    _positive("effective_radius_km", radius_km)


def _positive(name: str, value: float) -> None:
    if not 0.0 < value < math.inf:
        raise ModelError("p526.not_positive", name=name, value=value)


def _vertical(value: str) -> bool:
    if value not in POLARIZATIONS:
        raise ModelError("p526.polarization", value=value, known=", ".join(POLARIZATIONS))
    return value == "vertical"
