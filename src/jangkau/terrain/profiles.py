"""Profiles: terrain and obstacles sampled along the geodesic between two points."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jangkau.compiled import kernel
from jangkau.elementary import larger, smaller
from jangkau.errors import ModelError
from jangkau.geo import distance_azimuth
from jangkau.terrain.ground import Ground, GroundArrays

FLATTENING = 1.0 / 298.257223563
"""Of the WGS 84 ellipsoid."""

Curve = tuple[float, float, float, float, float, float]
"""Longitude and latitude [deg] as parabolas of t in 0..1: constant, linear and square coefficient of each."""

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
    woodland_m : float
        How far the receiver stands inside woodland, beyond its clearing [m]; 0 outside.
    """

    distance_m: NDArray[np.float64]
    terrain_amsl_m: NDArray[np.float64]
    obstacle_height_m: NDArray[np.float64]
    zone: NDArray[np.uint8]
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    woodland_m: float = 0.0


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
    zone, surface = np.empty(count, np.uint8), np.empty(count, np.uint8)
    curve, arrays = path_curve(*start, *end), ground.arrays()
    sample(arrays, curve, 0.0, 1.0 / (count - 1), count, sample_scratch(count), heights, surface)
    woodland_m = stand(arrays, surface, distance / (count - 1), count, obstacles, zone)
    t = np.linspace(0.0, 1.0, count)
    longitude = curve[0] + t * (curve[1] + t * curve[2])
    latitude = curve[3] + t * (curve[4] + t * curve[5])
    return Profile(np.linspace(0.0, distance, count), heights, obstacles, zone, longitude, latitude, woodland_m)


@kernel(inline=True)
def number_of_points(distance_m: float, step_m: float) -> int:
    """Return how many points a profile needs so that its spacing is at most the step."""
    return max(math.ceil(distance_m / step_m - 1e-9) + 1, FEWEST_POINTS)


@kernel
def path_curve(start_longitude: float, start_latitude: float, end_longitude: float, end_latitude: float) -> Curve:
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


class SampleScratch(NamedTuple):
    """Working arrays of `sample`, as long as the longest profile."""

    corner: NDArray[np.int64]
    pixel: NDArray[np.int64]
    east: NDArray[np.float64]
    south: NDArray[np.float64]


@kernel(allocates=True)
def sample_scratch(most: int) -> SampleScratch:
    """Return working arrays for up to `most` points."""
    return SampleScratch(np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most), np.empty(most))


@kernel(inline=True)
def sample(
    ground: GroundArrays,
    curve: Curve,
    start: float,
    step: float,
    count: int,
    scratch: SampleScratch,
    terrain_out: NDArray[np.float64],
    surface_out: NDArray[np.uint8],
) -> None:
    """Fill `count` values at t = start, start + step, ... along a curve; see `sample_at`."""
    west, north, per_column, per_row = placement(ground)
    east, south = scratch.east, scratch.south
    for i in range(count):
        t = start + i * step
        east[i] = (curve[0] + t * (curve[1] + t * curve[2]) - west) * per_column
        south[i] = (north - (curve[3] + t * (curve[4] + t * curve[5]))) * per_row
    sample_at(ground, count, scratch, terrain_out, surface_out)


@kernel(inline=True)
def sample_at(
    ground: GroundArrays,
    count: int,
    scratch: SampleScratch,
    terrain_out: NDArray[np.float64],
    surface_out: NDArray[np.uint8],
) -> None:
    """Fill the values of `count` points: terrain bilinear, surface by the pixel.

    `scratch` holds how many pixels east and south of the grid's corner they are, and is used up. Beyond the outermost
    pixel centres the edge pixel holds; outside the grid terrain is NaN and the surface 0.
    """
    _locate(ground, count, scratch)
    height, surface = ground.height_amsl_m.reshape(-1), ground.surface.reshape(-1)
    corner, pixel, easts, souths = scratch.corner, scratch.pixel, scratch.east, scratch.south
    below = np.uint64(ground.surface.shape[1])
    for i in range(count):
        inside = corner[i] >= 0
        k, east = np.uint64(corner[i] if inside else 0), easts[i]
        upper = height[k] + east * (height[k + np.uint64(1)] - height[k])
        lower = height[k + below] + east * (height[k + below + np.uint64(1)] - height[k + below])
        terrain_out[i] = upper + souths[i] * (lower - upper) if inside else np.nan
        surface_out[i] = surface[np.uint64(pixel[i])] if inside else 0


@kernel(inline=True)
def _locate(ground: GroundArrays, count: int, scratch: SampleScratch) -> None:
    """Where points lie in the grid: pixel, upper left corner of four centres, shares of the way between these."""
    rows, columns = ground.surface.shape
    right, bottom = float(columns), float(rows)
    corner, pixel, east, south = scratch.corner, scratch.pixel, scratch.east, scratch.south
    for i in range(count):
        x, y = east[i], south[i]
        inside = (x >= 0.0) & (x <= right) & (y >= 0.0) & (y <= bottom)
        centre_x, centre_y = smaller(larger(x - 0.5, 0.0), right - 1.0), smaller(larger(y - 0.5, 0.0), bottom - 1.0)
        left, top = np.int32(smaller(centre_x, right - 2.0)), np.int32(smaller(centre_y, bottom - 2.0))
        row, column = np.int32(smaller(larger(y, 0.0), bottom - 1.0)), np.int32(smaller(larger(x, 0.0), right - 1.0))
        pixel[i] = row * columns + column
        corner[i] = top * columns + left if inside else -1
        east[i], south[i] = centre_x - left, centre_y - top


Placement = tuple[float, float, float, float]
"""West, north, and pixels per degree eastward and southward of a ground's grid."""


@kernel(inline=True)
def placement(ground: GroundArrays) -> Placement:
    """Return where the pixels of a ground lie."""
    return ground.west, ground.north, 1.0 / ground.pixel_width, 1.0 / ground.pixel_height


@kernel(inline=True)
def surface_at(surface: NDArray[np.uint8], x: float, y: float) -> int:
    """Return the surface x pixels east and y south of the grid's corner; 0 outside the grid."""
    rows, columns = surface.shape
    if not (0.0 <= x <= columns and 0.0 <= y <= rows):
        return 0
    return int(surface[min(int(y), rows - 1), min(int(x), columns - 1)])


@kernel
def stand(
    ground: GroundArrays,
    surface: NDArray[np.uint8],
    spacing_m: float,
    count: int,
    obstacle_out: NDArray[np.float64],
    zone_out: NDArray[np.uint8],
) -> float:
    """Fill obstacles and zones of a profile of `count` points; both clearings are free of obstacles.

    Returns how far back from the end, beyond its clearing, woodland reaches without a gap [m]; 0 where the end does not
    stand in woodland.
    """
    for i in range(count):
        obstacle_out[i] = ground.obstacle_height_m[surface[i]]
        zone_out[i] = ground.zone[surface[i]]
    first, last = surface[0], surface[count - 1]
    clear_ends(obstacle_out, spacing_m, count, ground.clearing_m[first], ground.clearing_m[last])
    if not ground.woodland[last]:
        return 0.0
    trees = count - 1
    while trees > 0 and ground.woodland[surface[trees - 1]]:
        trees -= 1
    return max((count - 1 - trees + 0.5) * spacing_m - ground.clearing_m[last], 0.0)


@kernel
def clear_ends(
    obstacle: NDArray[np.float64], spacing_m: float, count: int, clear_start_m: float, clear_end_m: float
) -> None:
    """Set obstacles nearer to an end than its clearing to 0, and the end points themselves always."""
    for i in range(min(int(clear_start_m / spacing_m) + 1, count)):
        obstacle[i] = 0.0
    for i in range(min(int(clear_end_m / spacing_m) + 1, count)):
        obstacle[count - 1 - i] = 0.0
