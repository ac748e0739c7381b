"""Microwave hops: what terrain and trees leave of the first Fresnel zone, and how much of the year they carry.

The rule of clearance is that of ITU-R P.530-18, section 2.2.2.1, for the tropics and one antenna a side: the whole
first Fresnel zone at the median of the effective earth radius, 0.6 of it at its low value.
"""

from dataclasses import dataclass

import numpy as np

from jangkau.propagation.free_space import free_space_loss_db
from jangkau.propagation.p530 import NO_MULTIPATH_KM, availability, deep_fade_percent_by_gradient
from jangkau.terrain.ground import Ground
from jangkau.terrain.line_of_sight import worst_obstacle
from jangkau.terrain.profiles import Profile, profile

MEDIAN_RADIUS_FACTOR, LOW_RADIUS_FACTOR = 4.0 / 3.0, 2.0 / 3.0
"""Effective over true earth radius: the median, and what is passed 99.9 % of the time on hops of some 20 km (P.530
figure 2; longer hops have a higher one, so that this is on the safe side)."""

CLEARANCE_NEEDED = 0.6
"""At the low earth radius; at the median the whole zone."""

Mast = tuple[float, float, float]
"""Longitude, latitude [deg] and height of the antenna above ground [m]."""


@dataclass(frozen=True, slots=True)
class Climate:
    """What fades hops in a region: rain exceeded for 0.01 % of the year [mm/h], and dN1 [N/km]."""

    rain_mm_per_h: float
    gradient_n_per_km: float


def sight(ground: Ground, one: Mast, other: Mast, step_m: float = 0.0) -> Profile | None:
    """Return the profile of a hop; None over unknown ground, or where the ends coincide within a metre."""
    if abs(one[0] - other[0]) + abs(one[1] - other[1]) < 1e-5:
        return None
    path = profile(ground, one[:2], other[:2], step_m)
    return None if np.isnan(path.terrain_amsl_m).any() else path


def clearance(path: Profile, one: Mast, other: Mast, frequency_mhz: float) -> float:
    """Return the least clearance of a hop in first Fresnel radii, so that `CLEARANCE_NEEDED` meets both rules.

    Parameters
    ----------
    path : Profile
        From `sight`.
    one, other : Mast
        In the order of the profile.
    frequency_mhz : float
        [MHz].

    Notes
    -----
    The smaller of the clearance at the low earth radius, and 0.6 times that at the median.
    """
    found = []
    for factor, share in ((MEDIAN_RADIUS_FACTOR, CLEARANCE_NEEDED), (LOW_RADIUS_FACTOR, 1.0)):
        worst = worst_obstacle(path, one[2], other[2], frequency_mhz, factor)
        found.append(share * worst.clearance_m / worst.fresnel_radius_m)
    return min(found)


def hop_availability_percent(
    path: Profile, one: Mast, other: Mast, frequency_mhz: float, gain_db: float, climate: Climate
) -> float:
    """Return the share of the average year in which a hop carries [%]; 0 where nothing is left of its margin.

    Parameters
    ----------
    path : Profile
        From `sight`.
    one, other : Mast
        In the order of the profile.
    frequency_mhz : float
        [MHz].
    gain_db : float
        Transmitter minus receiver threshold with both antennas [dB]: the fade margin is this less the free-space loss.
    climate : Climate

    Notes
    -----
    Single-frequency fades only, by `jangkau.propagation.p530`, vertical polarization.
    """
    distance_km = float(path.distance_m[-1]) / 1e3
    margin_db = gain_db - free_space_loss_db(float(path.distance_m[-1]), frequency_mhz)
    if margin_db <= 0.0:
        return 0.0
    ends_m = (float(path.terrain_amsl_m[0]) + one[2], float(path.terrain_amsl_m[-1]) + other[2])
    occurrence = 0.0
    if distance_km > NO_MULTIPATH_KM:
        occurrence = float(
            deep_fade_percent_by_gradient(
                0.0, distance_km, frequency_mhz, *ends_m, gradient_n_per_km=climate.gradient_n_per_km
            )
        )
    found = availability(
        margin_db,
        distance_km,
        frequency_mhz,
        *ends_m,
        occurrence_percent=occurrence,
        rain_mm_per_h=climate.rain_mm_per_h,
        latitude_deg=float(path.latitude[0]),
    )
    percent = float(found.availability_percent)
    return 0.0 if np.isnan(percent) else percent
