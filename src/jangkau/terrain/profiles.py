"""Profiles: terrain and obstacles sampled along the geodesic between two points."""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from jangkau.errors import ModelError
from jangkau.geo import distance_azimuth
from jangkau.terrain.ground import INLAND, Ground

FLATTENING = 1.0 / 298.257223563
"""Of the WGS 84 ellipsoid."""

FEWEST_POINTS = 6
"""Of a profile, however short the path."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Equally spaced points from the transmitter to the receiver.

    Attributes
    ----------
    distance_m : float64, shape (n,)
        From the transmitter [m], first 0.
    terrain_amsl_m, obstacle_height_m : float64, shape (n,)
        Terrain above sea level and what stands on it [m]; obstacles inside the clearings of both ends are 0.
    zone : uint8, shape (n,)
        Radio-climatic zone.
    longitude, latitude : float64, shape (n,)
        Where the points lie [deg].
    """

    distance_m: NDArray[np.float64]
    terrain_amsl_m: NDArray[np.float64]
    obstacle_height_m: NDArray[np.float64]
    zone: NDArray[np.uint8]
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]


def profile(ground: Ground, start: tuple[float, float], end: tuple[float, float], step_m: float = 0.0) -> Profile:
    """Return the profile between two points.

    Parameters
    ----------
    ground : Ground
    start, end : (longitude, latitude)
        Transmitter and receiver [deg].
    step_m : float
        Wanted spacing [m]; 0 takes the pixel of the ground.

    Raises
    ------
    ModelError
        When the ends coincide. Where the ground is unknown the heights are NaN.
    """
    distance = float(distance_azimuth(*start, end[0], end[1])[0])
    if distance < 1.0:
        raise ModelError("profile.same_point", longitude=start[0], latitude=start[1])
    count = number_of_points(distance, step_m or ground.pixel_m())
    heights, obstacles = np.empty(count), np.empty(count)
    zone = np.empty(count, np.uint8)
    curve = path_curve(*start, *end)
    sample(*_arrays(ground), *_placement(ground), curve, distance, count, heights, obstacles, zone)
    t = np.linspace(0.0, 1.0, count)
    longitude = curve[0] + t * (curve[1] + t * curve[2])
    latitude = curve[3] + t * (curve[4] + t * curve[5])
    return Profile(np.linspace(0.0, distance, count), heights, obstacles, zone, longitude, latitude)


def _arrays(
    ground: Ground,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.uint8]]:
    return ground.height_amsl_m, ground.obstacle_height_m, ground.clearing_m, ground.zone


def _placement(ground: Ground) -> tuple[float, float, float, float]:
    return ground.grid.west, ground.grid.north, ground.grid.pixel_width, ground.grid.pixel_height


@njit(cache=True, nogil=True, error_model="numpy")
def number_of_points(distance_m: float, step_m: float) -> int:
    """Return how many points a profile needs so that its spacing is at most the step."""
    return max(math.ceil(distance_m / step_m - 1e-9) + 1, FEWEST_POINTS)


@njit(cache=True, nogil=True, error_model="numpy")
def path_curve(
    start_longitude: float, start_latitude: float, end_longitude: float, end_latitude: float
) -> tuple[float, float, float, float, float, float]:
    """Return longitude and latitude along a path as parabolas of t in 0..1 through its ends and middle.

    The middle lies on the great ellipse (the plane of both ends and the earth's centre); up to 100 km the parabola
    stays within 3 m of the geodesic to 65 degrees of latitude, within 3.5 m to 70 degrees.
    """
    scale = (1.0 - FLATTENING) ** 2
    a, b = math.radians(start_latitude), math.radians(end_latitude)
    spread = math.radians(end_longitude - start_longitude)
    geocentric_a, geocentric_b = math.atan(scale * math.tan(a)), math.atan(scale * math.tan(b))
    x = math.cos(geocentric_a) + math.cos(geocentric_b) * math.cos(spread)
    y = math.cos(geocentric_b) * math.sin(spread)
    z = math.sin(geocentric_a) + math.sin(geocentric_b)
    middle_longitude = start_longitude + math.degrees(math.atan2(y, x))
    middle_latitude = math.degrees(math.atan(z / math.hypot(x, y) / scale))
    bend_longitude = 2.0 * (start_longitude + end_longitude - 2.0 * middle_longitude)
    bend_latitude = 2.0 * (start_latitude + end_latitude - 2.0 * middle_latitude)
    return (
        start_longitude,
        end_longitude - start_longitude - bend_longitude,
        bend_longitude,
        start_latitude,
        end_latitude - start_latitude - bend_latitude,
        bend_latitude,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def sample(
    height: NDArray[np.float32],
    obstacle: NDArray[np.float32],
    clearing: NDArray[np.float32],
    zones: NDArray[np.uint8],
    west: float,
    north: float,
    pixel_width: float,
    pixel_height: float,
    curve: tuple[float, float, float, float, float, float],
    distance_m: float,
    count: int,
    terrain_out: NDArray[np.float64],
    obstacle_out: NDArray[np.float64],
    zone_out: NDArray[np.uint8],
) -> None:
    """Fill the first `count` values of a profile: terrain bilinear between pixel centres, the rest by the pixel.

    Beyond the outermost centres the edge pixel holds; outside the grid terrain is NaN.
    """
    rows, columns = height.shape
    clear_start, clear_end = 0.0, 0.0
    for i in range(count):
        t = i / (count - 1)
        x = (curve[0] + t * (curve[1] + t * curve[2]) - west) / pixel_width
        y = (north - (curve[3] + t * (curve[4] + t * curve[5]))) / pixel_height
        if not (0.0 <= x <= columns and 0.0 <= y <= rows):
            terrain_out[i] = np.nan
            obstacle_out[i] = 0.0
            zone_out[i] = INLAND
            continue
        row, column = min(int(y), rows - 1), min(int(x), columns - 1)
        obstacle_out[i] = obstacle[row, column]
        zone_out[i] = zones[row, column]
        if i == 0:
            clear_start = clearing[row, column]
        clear_end = clearing[row, column]
        x = min(max(x - 0.5, 0.0), columns - 1.0)
        y = min(max(y - 0.5, 0.0), rows - 1.0)
        left, top = min(int(x), columns - 2), min(int(y), rows - 2)
        fx, fy = x - left, y - top
        upper = height[top, left] + fx * (height[top, left + 1] - height[top, left])
        lower = height[top + 1, left] + fx * (height[top + 1, left + 1] - height[top + 1, left])
        terrain_out[i] = upper + fy * (lower - upper)
    clear_ends(obstacle_out, distance_m / (count - 1), count, clear_start, clear_end)


@njit(cache=True, nogil=True, error_model="numpy")
def clear_ends(
    obstacle: NDArray[np.float64], spacing_m: float, count: int, clear_start_m: float, clear_end_m: float
) -> None:
    """Set obstacles nearer to an end than its clearing to 0, and the end points themselves always."""
    for i in range(min(int(clear_start_m / spacing_m) + 1, count)):
        obstacle[i] = 0.0
    for i in range(min(int(clear_end_m / spacing_m) + 1, count)):
        obstacle[count - 1 - i] = 0.0
