"""NTIA/ITS Irregular Terrain Model (Longley-Rice, algorithm 1.2.2): point-to-point and area mode.

The model gives basic transmission loss over irregular terrain for 20 MHz to 20 GHz. Here it stands beside
`propagation.p1812` for comparison; it knows terrain, no clutter. Values that the model cannot compute are refused
with `ModelError`; values outside `VALIDITY` are computed and flagged in the result.

References
----------
.. [1] G. Hufford, A. Longley, W. Kissick, "A Guide to the Use of the ITS Irregular Terrain Model in the Area
   Prediction Mode", NTIA Report 82-100, 1982.
.. [2] G. Hufford, "The ITS Irregular Terrain Model, version 1.2.2: the algorithm", NTIA/ITS.
.. [3] NTIA, Irregular Terrain Model, C++ release 1.4, https://github.com/NTIA/itm; its published results are the
   check.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypedDict, get_args

import numpy as np
from numpy.typing import ArrayLike

from jangkau.errors import ModelError
from jangkau.messages import Message
from jangkau.propagation.kernels import itm as kernels

Polarization = Literal["horizontal", "vertical"]
PropagationMode = Literal["line_of_sight", "diffraction", "troposcatter"]
Siting = Literal["random", "careful", "very_careful"]
Climate = Literal[
    "equatorial",
    "continental_subtropical",
    "maritime_subtropical",
    "desert",
    "continental_temperate",
    "maritime_temperate_over_land",
    "maritime_temperate_over_sea",
]

CLIMATES: tuple[str, ...] = get_args(Climate)
"""In the order of the model's numbers 1 to 7."""
SITINGS: tuple[str, ...] = get_args(Siting)
"""In the order of the model's numbers 0 to 2."""
POLARIZATIONS: tuple[str, ...] = get_args(Polarization)
"""In the order of the model's numbers 0 and 1."""
VARIABILITY_MODES = tuple(tens + mode for tens in (0, 10, 20, 30) for mode in range(4))
"""0 single message, 1 accidental, 2 mobile, 3 broadcast; +10 without location, +20 without situation variability."""

_MODES: Mapping[int, PropagationMode] = {
    kernels.LINE_OF_SIGHT: "line_of_sight",
    kernels.DIFFRACTION: "diffraction",
    kernels.TROPOSCATTER: "troposcatter",
}


@dataclass(frozen=True, slots=True)
class Range:
    """Values from `lowest` to `highest` are computed; those outside `low` to `high` are flagged."""

    lowest: float
    low: float
    high: float
    highest: float

    def possible(self, value: float) -> bool:
        """Return whether the model can compute the value."""
        return self.lowest <= value <= self.highest

    def trusted(self, value: float) -> bool:
        """Return whether the model was made for the value."""
        return self.low <= value <= self.high


VALIDITY: Mapping[str, Range] = MappingProxyType(
    {
        "frequency_mhz": Range(20.0, 40.0, 10_000.0, 20_000.0),
        "height_agl_m": Range(0.5, 1.0, 1000.0, 3000.0),
        "surface_refractivity_n": Range(250.0, 250.0, 400.0, 400.0),
        "path_refractivity_n": Range(150.0, 250.0, 400.0, 400.0),
        "distance_m": Range(0.0, 1e3, 1000e3, np.inf),
        "horizon_angle_rad": Range(-np.inf, -0.2, 0.2, np.inf),
        "horizon_over_smooth_earth": Range(0.0, 0.1, 3.0, np.inf),
        "deviate": Range(-np.inf, -3.1, 3.1, np.inf),
    }
)
"""Limits of the reference program; `surface_refractivity_n` is N_0, `path_refractivity_n` is N_s."""


class TimeLocationSituation(TypedDict):
    """The three shares of the variability, as keywords."""

    time_percent: float
    location_percent: float
    situation_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ItmLoss:
    """Basic transmission loss and what led to it.

    Angles are above the horizontal, on the effective Earth. In point-to-point mode well within sight, horizons and
    effective heights are those that the reference program estimates, not those of the profile.
    """

    loss_db: float
    free_space_loss_db: float
    reference_attenuation_db: float
    distance_m: float
    tx_horizon_angle_rad: float
    rx_horizon_angle_rad: float
    tx_horizon_distance_m: float
    rx_horizon_distance_m: float
    tx_effective_height_m: float
    rx_effective_height_m: float
    path_refractivity_n: float
    effective_earth_radius_m: float
    terrain_irregularity_m: float
    propagation_mode: PropagationMode
    flags: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inputs:
    """What both modes need."""

    frequency_mhz: float
    tx_height_agl_m: float
    rx_height_agl_m: float
    polarization: str
    climate: str
    surface_refractivity_n: float
    permittivity: float
    conductivity_s_per_m: float
    variability_mode: int
    time_percent: float
    location_percent: float
    situation_percent: float


def confidence_reliability(*, confidence_percent: float, reliability_percent: float) -> TimeLocationSituation:
    """Return the keywords of `point_to_point` and `area` for a confidence and a reliability ("CR").

    Parameters
    ----------
    confidence_percent : float
        Share of like situations in which the loss is not exceeded [%], 0 to 100, ends excluded.
    reliability_percent : float
        Share of time for which the service must last [%], 0 to 100, ends excluded.

    Returns
    -------
    dict
        ``time_percent`` is the reliability, ``location_percent`` 50, ``situation_percent`` the confidence, as in the
        reference program [3]_.

    Examples
    --------
    >>> confidence_reliability(confidence_percent=90.0, reliability_percent=95.0)["time_percent"]
    95.0
    """
    return {
        "time_percent": reliability_percent,
        "location_percent": 50.0,
        "situation_percent": confidence_percent,
    }


def point_to_point(
    distance_m: ArrayLike,
    terrain_amsl_m: ArrayLike,
    *,
    frequency_mhz: float,
    tx_height_agl_m: float,
    rx_height_agl_m: float,
    polarization: Polarization = "vertical",
    climate: Climate = "equatorial",
    surface_refractivity_n: float,
    permittivity: float = 15.0,
    conductivity_s_per_m: float = 0.005,
    variability_mode: int = 12,
    time_percent: float = 50.0,
    location_percent: float = 50.0,
    situation_percent: float = 50.0,
) -> ItmLoss:
    """Return the basic transmission loss over a terrain profile.

    Parameters
    ----------
    distance_m : array (n,)
        Distance from the transmitter [m], from 0 in equal steps; n >= 2.
    terrain_amsl_m : array (n,)
        Terrain height above sea level [m].
    frequency_mhz : float
        [MHz], 20 to 20 000; flagged outside 40 to 10 000.
    tx_height_agl_m, rx_height_agl_m : float
        Antenna height above ground [m], 0.5 to 3000; flagged outside 1 to 1000.
    polarization : str
        One of `POLARIZATIONS`.
    climate : str
        One of `CLIMATES`.
    surface_refractivity_n : float
        N_0: surface refractivity reduced to sea level [N], 250 to 400.
    permittivity : float
        Of the ground, relative, >= 1.
    conductivity_s_per_m : float
        Of the ground [S/m], > 0.
    variability_mode : int
        One of `VARIABILITY_MODES`; 12 is mobile, without location variability, as usual over a known profile.
    time_percent, location_percent, situation_percent : float
        Shares for which the loss is not exceeded [%], above 0, below 100; see `confidence_reliability`.

    Returns
    -------
    ItmLoss
        ``loss_db`` [dB], the intermediate terms and flags.

    Raises
    ------
    ModelError
        When the profile or a value is impossible, or the refractivity at the height of the path leaves 150 to 400 N.

    Notes
    -----
    Sections 2 to 6 of the algorithm [2]_ with the corrections of release 1.4 [3]_. N_0 is not N_s: the model scales
    it to the mean height of the middle 80 % of the profile. The check of the effective Earth radius (4000 to 13 333
    km) is left out: it holds whenever N_s is within 150 to 400.

    References
    ----------
    See the head of the module.
    """
    terrain, spacing_m = _profile(distance_m, terrain_amsl_m)
    inputs = _Inputs(
        frequency_mhz=frequency_mhz,
        tx_height_agl_m=tx_height_agl_m,
        rx_height_agl_m=rx_height_agl_m,
        polarization=polarization,
        climate=climate,
        surface_refractivity_n=surface_refractivity_n,
        permittivity=permittivity,
        conductivity_s_per_m=conductivity_s_per_m,
        variability_mode=variability_mode,
        time_percent=time_percent,
        location_percent=location_percent,
        situation_percent=situation_percent,
    )
    _check(inputs)
    ground = _ground(inputs, kernels.middle_height_m(terrain))
    path = kernels.path_over_profile(
        terrain, spacing_m, ground.earth_radius_m, float(tx_height_agl_m), float(rx_height_agl_m)
    )
    return _loss(inputs, ground, path, low_antenna_m2=10.0)


def area(
    distance_m: float,
    *,
    terrain_irregularity_m: float,
    tx_siting: Siting = "random",
    rx_siting: Siting = "random",
    frequency_mhz: float,
    tx_height_agl_m: float,
    rx_height_agl_m: float,
    polarization: Polarization = "vertical",
    climate: Climate = "equatorial",
    surface_refractivity_n: float,
    permittivity: float = 15.0,
    conductivity_s_per_m: float = 0.005,
    variability_mode: int = 3,
    time_percent: float = 50.0,
    location_percent: float = 50.0,
    situation_percent: float = 50.0,
) -> ItmLoss:
    """Return the basic transmission loss at a distance over terrain known only by its irregularity.

    Parameters
    ----------
    distance_m : float
        Path length [m], > 0; flagged outside 1 to 1000 km.
    terrain_irregularity_m : float
        Delta h, the interdecile range of terrain heights [m], >= 0; 90 is average, 0 is water.
    tx_siting, rx_siting : str
        One of `SITINGS`: how carefully the place of each antenna was chosen.
    frequency_mhz, tx_height_agl_m, rx_height_agl_m, polarization, climate, surface_refractivity_n, permittivity
        As in `point_to_point`; here N_0 is used as it is.
    conductivity_s_per_m, time_percent, location_percent, situation_percent
        As in `point_to_point`.
    variability_mode : int
        One of `VARIABILITY_MODES`; 3 is broadcast.

    Returns
    -------
    ItmLoss
        ``loss_db`` [dB], the intermediate terms and flags.

    Raises
    ------
    ModelError
        When a value is impossible.

    Notes
    -----
    Section 3 of the algorithm [2]_ for the geometry, sections 4 to 6 for the rest.

    References
    ----------
    See the head of the module.
    """
    inputs = _Inputs(
        frequency_mhz=frequency_mhz,
        tx_height_agl_m=tx_height_agl_m,
        rx_height_agl_m=rx_height_agl_m,
        polarization=polarization,
        climate=climate,
        surface_refractivity_n=surface_refractivity_n,
        permittivity=permittivity,
        conductivity_s_per_m=conductivity_s_per_m,
        variability_mode=variability_mode,
        time_percent=time_percent,
        location_percent=location_percent,
        situation_percent=situation_percent,
    )
    _check(inputs)
    if not 0.0 < distance_m < np.inf:
        raise ModelError("itm.distance", distance_m=distance_m)
    if not 0.0 <= terrain_irregularity_m < np.inf:
        raise ModelError("itm.terrain_irregularity", terrain_irregularity_m=terrain_irregularity_m)
    for siting in (tx_siting, rx_siting):
        if siting not in SITINGS:
            raise ModelError("itm.siting", value=siting, allowed=", ".join(SITINGS))
    ground = _ground(inputs, 0.0)
    path = kernels.path_over_area(
        float(distance_m),
        float(terrain_irregularity_m),
        ground.earth_radius_m,
        float(tx_height_agl_m),
        float(rx_height_agl_m),
        SITINGS.index(tx_siting),
        SITINGS.index(rx_siting),
    )
    return _loss(inputs, ground, path, low_antenna_m2=0.0)


def _profile(distance_m: ArrayLike, terrain_amsl_m: ArrayLike) -> tuple[kernels.FloatArray, float]:
    """Return the terrain as the kernels want it, and the step [m]."""
    distance = np.asarray(distance_m, dtype=np.float64)
    terrain = np.ascontiguousarray(terrain_amsl_m, dtype=np.float64)
    if distance.ndim != 1 or distance.shape != terrain.shape or distance.size < 2:
        raise ModelError("itm.profile_shape", distances=str(distance.shape), heights=str(terrain.shape))
    bad = np.flatnonzero(~(np.isfinite(distance) & np.isfinite(terrain)))
    if bad.size:
        raise ModelError("itm.profile_void", index=int(bad[0]), count=int(bad.size))
    spacing_m = float(distance[-1]) / (distance.size - 1)
    off_m = np.abs(distance - spacing_m * np.arange(distance.size))
    if spacing_m <= 0.0 or off_m.max() > 1e-3 * spacing_m:
        worst = int(off_m.argmax())
        raise ModelError("itm.profile_spacing", index=worst, distance_m=float(distance[worst]), spacing_m=spacing_m)
    return terrain, spacing_m


def _check(inputs: _Inputs) -> None:
    """Refuse what the model cannot compute."""
    frequency = VALIDITY["frequency_mhz"]
    if not frequency.possible(inputs.frequency_mhz):
        raise ModelError(
            "itm.frequency", frequency_mhz=inputs.frequency_mhz, low=frequency.lowest, high=frequency.highest
        )
    height = VALIDITY["height_agl_m"]
    for end, height_agl_m in (("itm.tx", inputs.tx_height_agl_m), ("itm.rx", inputs.rx_height_agl_m)):
        if not height.possible(height_agl_m):
            raise ModelError(
                "itm.height", end=Message(end), height_agl_m=height_agl_m, low=height.lowest, high=height.highest
            )
    refractivity = VALIDITY["surface_refractivity_n"]
    if not refractivity.possible(inputs.surface_refractivity_n):
        raise ModelError(
            "itm.refractivity",
            surface_refractivity_n=inputs.surface_refractivity_n,
            low=refractivity.lowest,
            high=refractivity.highest,
        )
    if not 1.0 <= inputs.permittivity < np.inf:
        raise ModelError("itm.permittivity", permittivity=inputs.permittivity)
    if not 0.0 < inputs.conductivity_s_per_m < np.inf:
        raise ModelError("itm.conductivity", conductivity_s_per_m=inputs.conductivity_s_per_m)
    choices: tuple[tuple[str, object, tuple[object, ...]], ...] = (
        ("itm.polarization", inputs.polarization, POLARIZATIONS),
        ("itm.climate", inputs.climate, CLIMATES),
        ("itm.variability_mode", inputs.variability_mode, VARIABILITY_MODES),
    )
    for code, value, allowed in choices:
        if value not in allowed:
            raise ModelError(code, value=str(value), allowed=", ".join(map(str, allowed)))
    for name in ("time_percent", "location_percent", "situation_percent"):
        percent = float(getattr(inputs, name))
        if not 0.0 < percent < 100.0:
            raise ModelError("itm.percent", name=name, percent=percent)


def _ground(inputs: _Inputs, mean_height_amsl_m: float) -> kernels.Ground:
    """Return what lies under the path; refuse a refractivity or an impedance that the model cannot use."""
    ground: kernels.Ground = kernels.ground_under(
        float(mean_height_amsl_m),
        float(inputs.surface_refractivity_n),
        float(inputs.frequency_mhz),
        inputs.polarization == "vertical",
        float(inputs.permittivity),
        float(inputs.conductivity_s_per_m),
    )
    refractivity = VALIDITY["path_refractivity_n"]
    if not refractivity.possible(ground.refractivity_n):
        raise ModelError(
            "itm.path_refractivity",
            path_refractivity_n=ground.refractivity_n,
            height_amsl_m=mean_height_amsl_m,
            low=refractivity.lowest,
            high=refractivity.highest,
        )
    # equal only for a permittivity of 1, where rounding would decide
    if ground.impedance.real <= abs(ground.impedance.imag) * (1.0 + 1e-9):
        raise ModelError(
            "itm.ground_impedance",
            permittivity=inputs.permittivity,
            conductivity_s_per_m=inputs.conductivity_s_per_m,
            frequency_mhz=inputs.frequency_mhz,
        )
    return ground


def _loss(inputs: _Inputs, ground: kernels.Ground, path: kernels.Path, *, low_antenna_m2: float) -> ItmLoss:
    """Return the record of a path whose geometry is known."""
    frequency_mhz = float(inputs.frequency_mhz)
    reference_db, mode = kernels.reference_db(frequency_mhz, ground, path, low_antenna_m2)
    free_space_db = kernels.free_space_db(path.distance_m, frequency_mhz)
    attenuation_db = kernels.varied_db(
        reference_db,
        frequency_mhz,
        path,
        CLIMATES.index(inputs.climate) + 1,
        int(inputs.variability_mode),
        float(inputs.time_percent),
        float(inputs.location_percent),
        float(inputs.situation_percent),
    )
    return ItmLoss(
        loss_db=free_space_db + attenuation_db,
        free_space_loss_db=free_space_db,
        reference_attenuation_db=reference_db,
        distance_m=path.distance_m,
        tx_horizon_angle_rad=path.angle_a_rad,
        rx_horizon_angle_rad=path.angle_b_rad,
        tx_horizon_distance_m=path.horizon_a_m,
        rx_horizon_distance_m=path.horizon_b_m,
        tx_effective_height_m=path.effective_a_m,
        rx_effective_height_m=path.effective_b_m,
        path_refractivity_n=ground.refractivity_n,
        effective_earth_radius_m=ground.earth_radius_m,
        terrain_irregularity_m=path.irregularity_m,
        propagation_mode=_MODES[mode],
        flags=(*_input_flags(inputs), *_path_flags(ground, path), *_deviate_flags(inputs)),
    )


def _input_flags(inputs: _Inputs) -> Iterator[Message]:
    frequency = VALIDITY["frequency_mhz"]
    if not frequency.trusted(inputs.frequency_mhz):
        yield Message(
            "itm.flag_frequency",
            {"frequency_mhz": inputs.frequency_mhz, "low": frequency.low, "high": frequency.high},
        )
    height = VALIDITY["height_agl_m"]
    for end, height_agl_m in (("itm.tx", inputs.tx_height_agl_m), ("itm.rx", inputs.rx_height_agl_m)):
        if not height.trusted(height_agl_m):
            yield Message(
                "itm.flag_height",
                {"end": Message(end), "height_agl_m": height_agl_m, "low": height.low, "high": height.high},
            )


def _path_flags(ground: kernels.Ground, path: kernels.Path) -> Iterator[Message]:
    refractivity = VALIDITY["path_refractivity_n"]
    if not refractivity.trusted(ground.refractivity_n):
        yield Message(
            "itm.flag_path_refractivity",
            {"path_refractivity_n": ground.refractivity_n, "low": refractivity.low, "high": refractivity.high},
        )
    distance = VALIDITY["distance_m"]
    steepest_m = abs(path.effective_a_m - path.effective_b_m) / VALIDITY["horizon_angle_rad"].high
    if path.distance_m < steepest_m:
        yield Message("itm.flag_steep_path", {"distance_m": path.distance_m, "low": steepest_m})
    if not distance.trusted(path.distance_m):
        yield Message("itm.flag_distance", {"distance_m": path.distance_m, "low": distance.low, "high": distance.high})
    ends = (
        ("itm.tx", path.angle_a_rad, path.horizon_a_m, path.effective_a_m),
        ("itm.rx", path.angle_b_rad, path.horizon_b_m, path.effective_b_m),
    )
    for end, angle_rad, horizon_m, effective_m in ends:
        if not VALIDITY["horizon_angle_rad"].trusted(angle_rad):
            yield Message("itm.flag_horizon_angle", {"end": Message(end), "angle_deg": float(np.degrees(angle_rad))})
        smooth_m = float(np.sqrt(2.0 * effective_m * ground.earth_radius_m))
        if not VALIDITY["horizon_over_smooth_earth"].trusted(horizon_m / smooth_m):
            yield Message(
                "itm.flag_horizon_distance", {"end": Message(end), "horizon_m": horizon_m, "smooth_earth_m": smooth_m}
            )


def _deviate_flags(inputs: _Inputs) -> Iterator[Message]:
    """Flag shares far in the tail, of those that the mode of variability uses."""
    mode = inputs.variability_mode % 10
    used = ["situation_percent"]
    if mode != kernels.SINGLE_MESSAGE:
        used.append("time_percent")
    if mode == kernels.BROADCAST:
        used.append("location_percent")
    for name in used:
        percent = float(getattr(inputs, name))
        if not VALIDITY["deviate"].trusted(kernels.deviate(percent)):
            yield Message("itm.flag_tail", {"name": name, "percent": percent})
