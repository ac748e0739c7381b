"""What stands between two antennas: the worst obstacle and how much of the first Fresnel zone it leaves."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jangkau.compiled import kernel
from jangkau.elementary import larger
from jangkau.terrain.profiles import Profile
from jangkau.units import wavelength_m

EARTH_RADIUS_KM = 6371.0


@dataclass(frozen=True, slots=True)
class Obstacle:
    """The point of a profile that takes most of the first Fresnel zone.

    Attributes
    ----------
    distance_m : float
        From the transmitter [m].
    terrain_amsl_m, obstacle_height_m : float
        Terrain there, and trees or buildings on it [m].
    clearance_m : float
        Height of the line of sight above the top of terrain and obstacles [m]; negative: it is blocked.
    fresnel_radius_m : float
        Radius of the first Fresnel zone there [m].
    terrain_blocks : bool
        Whether the bare terrain alone reaches the line of sight.
    """

    distance_m: float
    terrain_amsl_m: float
    obstacle_height_m: float
    clearance_m: float
    fresnel_radius_m: float
    terrain_blocks: bool

    @property
    def blocks(self) -> bool:
        """Whether the line of sight is cut."""
        return self.clearance_m < 0.0


def worst_obstacle(
    path: Profile,
    tx_height_agl_m: float,
    rx_height_agl_m: float,
    frequency_mhz: float,
    effective_radius_factor: float = 4.0 / 3.0,
) -> Obstacle:
    """Return the inner point of a profile with the largest diffraction parameter.

    Parameters
    ----------
    path : Profile
        At least three points.
    tx_height_agl_m, rx_height_agl_m : float
        Antennas above ground [m].
    frequency_mhz : float
        For the Fresnel zone [MHz].
    effective_radius_factor : float
        Earth radius in the drawing over the true one; 4/3 in the standard atmosphere.

    Notes
    -----
    Clearance over the radius of the first Fresnel zone, ITU-R P.526-15, section 2.2 equation (2), orders the points.
    """
    distance = path.distance_m[1:-1]
    total = path.distance_m[-1]
    start = path.terrain_amsl_m[0] + tx_height_agl_m
    end = path.terrain_amsl_m[-1] + rx_height_agl_m
    bulge = distance * (total - distance) / (2.0 * effective_radius_factor * EARTH_RADIUS_KM * 1e3)
    line = start + (end - start) * distance / total - bulge
    radius = np.sqrt(wavelength_m(frequency_mhz) * distance * (total - distance) / total)
    clearance = line - path.terrain_amsl_m[1:-1] - path.obstacle_height_m[1:-1]
    worst = int(np.argmin(clearance / radius))
    return Obstacle(
        float(distance[worst]),
        float(path.terrain_amsl_m[1 + worst]),
        float(path.obstacle_height_m[1 + worst]),
        float(clearance[worst]),
        float(radius[worst]),
        bool(path.terrain_amsl_m[1 + worst] > line[worst]),
    )


@kernel
def departure_angle_deg(
    terrain_amsl_m: NDArray[np.float64],
    obstacle_height_m: NDArray[np.float64],
    spacing_m: float,
    count: int,
    tx_height_agl_m: float,
    rx_height_agl_m: float,
) -> float:
    """Return the elevation [deg, up positive] at which the arriving ray leaves: the steepest over `count` points."""
    start = terrain_amsl_m[0] + tx_height_agl_m
    bend = 1.0 / (2.0 * 4.0 / 3.0 * EARTH_RADIUS_KM * 1e3)
    total_m = (count - 1) * spacing_m
    steepest = (terrain_amsl_m[count - 1] + rx_height_agl_m - start) / total_m - bend * total_m
    for i in range(1, count - 1):
        distance_m = i * spacing_m
        above_m = terrain_amsl_m[i] + obstacle_height_m[i] - start
        steepest = larger(steepest, above_m / distance_m - bend * distance_m)
    return math.degrees(math.atan(steepest))
