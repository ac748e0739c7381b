"""The loss from one antenna to every pixel around it, by rays that are walked once, for many frequencies.

Every pixel belongs to the ray whose azimuth is nearest. Its receiver stands at the pixel's own centre, at its own
distance and height, on its own last profile points; the rest of its profile is the ray's.
"""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jangkau.compiled import kernel
from jangkau.elementary import arctangent
from jangkau.geo import WGS84, Grid, destination, distance_azimuth, project
from jangkau.paths.point import Antenna, Medium, losses, woodland_limits
from jangkau.paths.receivers import (
    BY_PATH,
    KIND,
    NODE,
    OUTSIDE,
    SWEPT,
    TREES,
    Pixels,
    Scratch,
    aligned,
    between,
    ray_points,
    ray_receivers,
)
from jangkau.propagation.kernels import many
from jangkau.propagation.kernels.beside import ROWS
from jangkau.propagation.kernels.many import LANES
from jangkau.propagation.kernels.sweep import HULLS, SO_FAR, STRETCH, Ray, Receivers, sweep
from jangkau.terrain.ground import INLAND, Ground, GroundArrays
from jangkau.terrain.profiles import Placement, number_of_points, path_curve, placement, sample_scratch, surface_at

__all__ = ["BY_PATH", "OUTSIDE", "SWEPT", "Area", "by_path", "in_woodland", "sweep_area"]

OWN_POINTS, OWN_POINTS_BARE = 12, 8
"""Points of a receiver's own profile beyond its clearing, before the ray takes over: the last steps decide most. Bare
ground is alike from step to step and needs fewer than where a tree may stand or not."""

RAYS_AT_A_TIME = 64


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """Losses around an antenna; arrays have the shape of the grid.

    Attributes
    ----------
    grid : Grid
    loss_db : float32, shape (frequencies, rows, columns)
        Basic transmission loss, median over locations [dB]; NaN over unknown ground and beyond the radius.
    east_m, north_m : float32
        From the antenna along the geodesic [m]: distance times sine and cosine of the azimuth.
    elevation_deg : float32
        Of the ray that leaves towards the pixel [deg, up positive].
    how : uint8
        `OUTSIDE`, `SWEPT` or `BY_PATH`.
    """

    grid: Grid
    loss_db: NDArray[np.float32]
    east_m: NDArray[np.float32]
    north_m: NDArray[np.float32]
    elevation_deg: NDArray[np.float32]
    how: NDArray[np.uint8]


def sweep_area(
    ground: Ground,
    antenna: Antenna,
    grid: Grid,
    *,
    radius_m: float,
    frequencies_mhz: Sequence[float],
    rx_height_agl_m: float,
    medium: Medium,
    step_m: float = 0.0,
    rays_per_pixel: float = 1.0,
    workers: int = 1,
    stop: Callable[[], bool] | None = None,
) -> Area:
    """Return the losses from an antenna to the pixels of a grid within a radius.

    Parameters
    ----------
    ground : Ground
    antenna : Antenna
    grid : Grid
        The pixels, of any coordinate system.
    radius_m : float
        Farthest pixel [m], > 0.
    frequencies_mhz : sequence of float
        30..6000 [MHz]; each further one costs a small part of the first.
    rx_height_agl_m : float
        Receiver above ground [m].
    medium : Medium
    step_m : float
        Spacing of profile points [m]; 0 takes the ground's pixel.
    rays_per_pixel : float
        Rays for each pixel (or three profile points, if smaller) on the circle of the radius; 2 halves the distance of
        a pixel from its ray and the error, and costs a tenth more.
    workers : int
        Threads; the result does not depend on their number.
    stop : callable, optional
        Asked between groups of rays; True ends the work with KeyboardInterrupt.

    Notes
    -----
    A pixel's profile deviates sideways from the true one by at most half the distance between rays, less towards the
    antenna. Pixels within a few profile points of the antenna are computed path by path.
    """
    step = step_m or ground.pixel_m()
    arrays = ground.arrays()
    pixels = _positions(grid, antenna)
    rays = max(math.ceil(2.0 * math.pi * radius_m / min(_pixel_m(grid), 3.0 * step) * rays_per_pixel), 8)
    how = np.zeros(grid.shape, np.uint8)
    first, order = _pixels_of_rays(pixels, grid.rows, grid.columns, radius_m, rays, how)
    reach_m = radius_m + 2.0 * step
    azimuth = np.arange(rays) * (360.0 / rays)
    ends = destination(antenna.longitude, antenna.latitude, azimuth, reach_m)
    bands = np.array([f / 1e3 for f in frequencies_mhz])
    wood = np.array([woodland_limits(f) for f in frequencies_mhz]).reshape(-1, 2)
    loss = np.full((bands.size, grid.rows * grid.columns), np.nan, np.float32)
    elevation = np.zeros(grid.rows * grid.columns, np.float32)

    def group(start: int) -> None:
        if stop is not None and stop():
            raise KeyboardInterrupt
        _sweep_rays(
            arrays,
            pixels,
            grid.columns,
            (antenna.longitude, antenna.latitude, antenna.height_agl_m, rx_height_agl_m),
            (medium.time_percent, medium.refractivity_gradient_n_per_km, medium.sea_level_refractivity_n),
            (step, reach_m),
            ends[0][start : start + RAYS_AT_A_TIME],
            ends[1][start : start + RAYS_AT_A_TIME],
            first[start : start + RAYS_AT_A_TIME + 1],
            order,
            bands,
            wood,
            loss,
            elevation,
            how.reshape(-1),
        )

    starts = range(0, rays, RAYS_AT_A_TIME)
    if workers == 1:
        for start in starts:
            group(start)
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(group, starts))
    east, north = _spread(pixels.east_m, grid), _spread(pixels.north_m, grid)
    area = Area(grid, loss.reshape(-1, *grid.shape), east, north, elevation.reshape(grid.shape), how)
    by_path(area, how == BY_PATH, ground, antenna, frequencies_mhz, rx_height_agl_m, medium, step, stop)
    return area


def by_path(
    area: Area,
    where: NDArray[np.bool_],
    ground: Ground,
    antenna: Antenna,
    frequencies_mhz: Sequence[float],
    rx_height_agl_m: float,
    medium: Medium,
    step_m: float,
    stop: Callable[[], bool] | None = None,
) -> None:
    """Replace the losses of some pixels of an area by those of their own profiles; see `sweep_area`."""
    rows, columns = np.nonzero(where)
    longitude, latitude = project(area.grid.x_centres()[columns], area.grid.y_centres()[rows], area.grid.crs, WGS84)
    found = losses(
        ground,
        antenna,
        longitude,
        latitude,
        frequency_mhz=frequencies_mhz,
        rx_height_agl_m=rx_height_agl_m,
        medium=medium,
        step_m=step_m,
        stop=stop,
    )
    area.loss_db[:, rows, columns] = found.loss_db
    area.elevation_deg[rows, columns] = found.elevation_deg
    area.how[rows, columns] = BY_PATH


def in_woodland(ground: Ground, antenna: Antenna, grid: Grid) -> NDArray[np.bool_]:
    """Return the pixels of a grid, round an antenna, whose centre lies in woodland; False where nothing is known."""
    arrays, pixels = ground.arrays(), _positions(grid, antenna)
    found = np.empty(grid.shape, np.bool_)
    _in_woodland(arrays.surface, placement(arrays), arrays.woodland, pixels.longitude, pixels.latitude, found)
    return found


@kernel
def _in_woodland(
    surface: NDArray[np.uint8],
    where: Placement,
    woodland: NDArray[np.bool_],
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    out: NDArray[np.bool_],
) -> None:
    west, north, per_column, per_row = where
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            x = (between(longitude, row, column) - west) * per_column
            y = (north - between(latitude, row, column)) * per_row
            out[row, column] = woodland[surface_at(surface, x, y)]


def _pixel_m(grid: Grid) -> float:
    return min(grid.pixel_width, grid.pixel_height) * (110_574.0 if grid.crs == WGS84 else 1.0)


def _positions(grid: Grid, antenna: Antenna) -> Pixels:
    rows, columns = (np.arange(-(-(n - 1) // NODE) + 1) * NODE for n in grid.shape)
    x = grid.west + (columns + 0.5) * grid.pixel_width
    y = grid.north - (rows + 0.5) * grid.pixel_height
    longitude, latitude = project(x[None, :] + 0.0 * y[:, None], y[:, None] + 0.0 * x[None, :], grid.crs, WGS84)
    distance, azimuth = distance_azimuth(antenna.longitude, antenna.latitude, longitude, latitude)
    angle = np.radians(azimuth)
    return Pixels(longitude, latitude, distance * np.sin(angle), distance * np.cos(angle))


def _spread(nodes: NDArray[np.float64], grid: Grid) -> NDArray[np.float32]:
    values = np.empty(grid.shape, np.float32)
    _spread_into(nodes, values)
    return values


@kernel
def _spread_into(nodes: NDArray[np.float64], out: NDArray[np.float32]) -> None:
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            out[row, column] = between(nodes, row, column)


@kernel(allocates=True)
def _pixels_of_rays(
    pixels: Pixels, rows: int, columns: int, radius_m: float, rays: int, how: NDArray[np.uint8]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Sort the pixels within the radius by ray: where each ray's begin, and their flat indices."""
    of_ray = np.full(rows * columns, -1, np.int32)
    first = np.zeros(rays + 1, np.int64)
    of_row = np.empty(NODE * pixels.east_m.shape[1], np.int32)
    for row in range(rows):
        _rays_of_row(pixels.east_m, pixels.north_m, row, radius_m, rays, of_row)
        for column in range(columns):
            ray = of_row[column]
            if ray >= 0:
                of_ray[row * columns + column] = ray
                first[ray + 1] += 1
                how[row, column] = SWEPT
    for ray in range(rays):
        first[ray + 1] += first[ray]
    order = np.empty(first[rays], np.int32)
    at = first[:rays].copy()
    for index in range(of_ray.size):
        ray = of_ray[index]
        if ray >= 0:
            order[at[ray]] = index
            at[ray] += 1
    return first, order


@kernel
def _rays_of_row(
    east_m: NDArray[np.float64],
    north_m: NDArray[np.float64],
    row: int,
    radius_m: float,
    rays: int,
    out: NDArray[np.int32],
) -> None:
    """The nearest ray of each pixel of a row, -1 beyond the radius; `out` is filled as far as the nodes reach."""
    i, down, nodes = row >> 4, (row & 15) * 0.0625, east_m.shape[1]
    below, per_radian = min(i + 1, east_m.shape[0] - 1), rays / (2.0 * math.pi)
    for j in range(nodes):
        beside = min(j + 1, nodes - 1)
        east_from = east_m[i, j] + down * (east_m[below, j] - east_m[i, j])
        north_from = north_m[i, j] + down * (north_m[below, j] - north_m[i, j])
        eastward = east_m[i, beside] + down * (east_m[below, beside] - east_m[i, beside]) - east_from
        northward = north_m[i, beside] + down * (north_m[below, beside] - north_m[i, beside]) - north_from
        start = j * NODE
        for c in range(start, start + NODE):
            east = east_from + (c - start) * 0.0625 * eastward
            north = north_from + (c - start) * 0.0625 * northward
            azimuth = arctangent(east / (north if north != 0.0 else 1e-9)) + (0.0 if north >= 0.0 else math.pi)
            ray = np.floor(azimuth * per_radian + 0.5)
            ray += rays if ray < 0.0 else 0.0
            out[c] = np.int32(ray if east * east + north * north <= radius_m * radius_m else -1.0)


@kernel(allocates=True)
def _sweep_rays(
    ground: GroundArrays,
    pixels: Pixels,
    columns: int,
    ends: tuple[float, float, float, float],
    medium: tuple[float, float, float],
    steps: tuple[float, float],
    end_longitude: NDArray[np.float64],
    end_latitude: NDArray[np.float64],
    first: NDArray[np.int64],
    order: NDArray[np.int32],
    bands: NDArray[np.float64],
    wood: NDArray[np.float64],
    loss_out: NDArray[np.float32],
    elevation_out: NDArray[np.float32],
    how_out: NDArray[np.uint8],
) -> None:
    """Walk some rays and write the losses of their pixels."""
    step_m, reach_m = steps
    count = number_of_points(reach_m, step_m)
    spacing_m = reach_m / (count - 1)
    most = max(np.diff(first).max(), 1)
    blocks = -(-most // LANES)
    room = blocks * LANES
    with_beta0, standing = medium[0] != 50.0, ground.obstacle_height_m.max() > 0.0
    beyond = OWN_POINTS if standing else OWN_POINTS_BARE
    near = int(ground.clearing_m.max() / (0.8 * spacing_m)) + beyond + 2
    points, zone = np.empty((2, count)), np.empty(count, np.uint8)
    scratch = Scratch(
        sample_scratch(max(count, LANES)),
        np.empty(max(count, LANES), np.uint8),
        np.empty(count, np.int64),
        np.empty((HULLS, 3, count)),
        np.empty((4, -(-count // STRETCH))),
        np.empty(SO_FAR),
        aligned(ROWS * LANES),
        aligned(blocks * many.QUANTITIES * LANES),
        np.empty(most, np.int32),
        np.empty(count + 1, np.int64),
        aligned((KIND + 1) * room).reshape(KIND + 1, room),
        aligned((TREES + 1) * room).reshape(TREES + 1, room),
        np.empty(room, np.int64),
    )
    own = Receivers(
        0,
        np.empty(room),
        np.empty(room),
        np.empty(room),
        np.empty(room),
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        aligned(blocks * 2 * near * LANES).reshape(blocks, 2, near, LANES),
        np.full((blocks, near, LANES), INLAND, np.uint8),
    )
    for r in range(end_longitude.size):
        mine = order[first[r] : first[r + 1]]
        if mine.size == 0:
            continue
        curve = path_curve(ends[0], ends[1], end_longitude[r], end_latitude[r])
        known, coast = ray_points(ground, curve, count, spacing_m, points, zone, scratch)
        found, mixed = ray_receivers(
            ground, pixels, columns, ends, (step_m, spacing_m), beyond, mine, own, scratch, how_out
        )
        ray = Ray(1e-3 * spacing_m, known, coast or mixed, standing, points, zone)
        receivers = Receivers(
            found,
            own.distance_km,
            own.spacing_km,
            own.latitude_deg,
            own.woodland_m,
            own.last,
            own.near,
            own.points,
            own.zone,
        )
        sweep(
            ray,
            receivers,
            ends[2],
            ends[3],
            medium[1],
            with_beta0,
            bands.min(),
            scratch.hulls,
            scratch.tops,
            scratch.so_far,
            scratch.lanes,
            scratch.blocks,
        )
        index, blocks_of_ray = scratch.pixel, scratch.blocks
        for start in range(0, found, LANES):
            size = many.QUANTITIES * LANES
            block = blocks_of_ray[start // LANES * size : (start // LANES + 1) * size]
            many.prepare(block, medium[0], medium[1], medium[2], ray.mixed)
            lanes = min(LANES, found - start)
            for band in range(bands.size):
                through = (wood[band, 0], wood[band, 1])
                many.losses_db(block, bands[band], True, medium[0], through, ray.mixed)
                for lane in range(lanes):
                    known = block[many.DISTANCE * LANES + lane] > 0.0
                    loss = block[many.LOSS * LANES + lane] if known else math.nan
                    loss_out[band, index[start + lane]] = loss
            for lane in range(lanes):
                elevation_out[index[start + lane]] = block[many.ELEVATION * LANES + lane]
