"""Ground of the invented regency: hills worn by rivers, at one arc-second, with forest and water on it.

A coarse surface is raised by an uneven uplift and worn by the water that runs over it (stream power, each step solved
implicitly from the outlet upwards), so that ridges and valleys hang together as they do in nature. It is refined to one
arc-second with rough slopes, and the larger rivers get lines, beds and flood plains.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jangkau.compiled import kernel
from jangkau.geo import WGS84, Bounds, Grid
from jangkau.synthetic.rivers import River, carve, trace_rivers

FloatArray = NDArray[np.float64]

CENTRE_LONGITUDE_DEG, CENTRE_LATITUDE_DEG = 117.0, 1.0
PIXEL_DEG = 1.0 / 3600.0
COARSE_PIXELS = 8
"""Pixels of the fine grid along a side of one coarse pixel: about 250 m."""

MARGIN_KM = 4.0
"""Terrain known beyond the region, so that paths to sites near its edge are known."""

TOP_M = 800.0
"""Height that one coarse pixel in a thousand passes, for a region of 60 km."""

EROSION_STEPS = 45
EROSION_RATE, AREA_EXPONENT, CREEP = 0.35, 0.45, 0.06
"""Stream power (pixels a step at one pixel of catchment), its exponent, and the creep of slopes (share a step)."""

M_PER_DEG_LATITUDE = 110_574.0
M_PER_DEG_LONGITUDE = 111_320.0 * math.cos(math.radians(CENTRE_LATITUDE_DEG))

TREES, SHRUBS, GRASS, CROPS, BUILT, WATER = 10, 20, 30, 40, 50, 80
"""Classes of ESA WorldCover."""


@dataclass(frozen=True, slots=True)
class Landscape:
    """Ground before anybody lives on it; `land_cover` is painted further by the settlements.

    Attributes
    ----------
    bounds : Bounds
        The region [deg]; the grid reaches `MARGIN_KM` farther.
    grid : Grid
        In EPSG:4326.
    height_amsl_m : float32, shape of the grid
        Terrain [m], whole tenths.
    land_cover : uint8, shape of the grid
        Classes of ESA WorldCover.
    rivers : tuple of River
        Longest first.
    """

    bounds: Bounds
    grid: Grid
    height_amsl_m: NDArray[np.float32]
    land_cover: NDArray[np.uint8]
    rivers: tuple[River, ...]


def to_metres(longitude: ArrayLike, latitude: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return east and north [m] of the region's centre, on a plane that is good to a few metres."""
    return (
        (np.asarray(longitude, float) - CENTRE_LONGITUDE_DEG) * M_PER_DEG_LONGITUDE,
        (np.asarray(latitude, float) - CENTRE_LATITUDE_DEG) * M_PER_DEG_LATITUDE,
    )


def to_degrees(x_m: ArrayLike, y_m: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return longitude and latitude [deg] of points given in metres from the centre."""
    return (
        CENTRE_LONGITUDE_DEG + np.asarray(x_m, float) / M_PER_DEG_LONGITUDE,
        CENTRE_LATITUDE_DEG + np.asarray(y_m, float) / M_PER_DEG_LATITUDE,
    )


def make_landscape(seed: int, side_km: float) -> Landscape:
    """Return the ground of an invented region.

    Parameters
    ----------
    seed : int
        The same seed gives the same ground.
    side_km : float
        Side of the square region [km], at least 5.
    """
    rng = np.random.default_rng([seed, 1])
    bounds, grid = _placement(side_km)
    coarse = _worn_surface(rng, grid.rows // COARSE_PIXELS, grid.columns // COARSE_PIXELS)
    coarse *= _top_m(side_km) / float(np.quantile(coarse, 0.999))
    _, receiver, order = drainage(coarse)
    catchment_km2 = accumulation(receiver, order) * _coarse_pixel_km2()
    height = _rough(rng, _finer(coarse + 6.0))
    step = COARSE_PIXELS * PIXEL_DEG
    centres = Grid(grid.crs, grid.west, grid.north, step, step, *coarse.shape)
    x, y = to_metres(*np.meshgrid(centres.x_centres(), centres.y_centres()))
    rivers = trace_rivers(rng, receiver, catchment_km2, x, y)
    wet = carve(height, rivers, *_metric_placement(grid))
    land_cover = np.where(wet, WATER, TREES).astype(np.uint8)
    shrubs = _fractal(rng, coarse.shape, 2.5) > 1.9
    patches = np.kron(shrubs, np.ones((COARSE_PIXELS, COARSE_PIXELS), np.bool_)).astype(np.bool_)
    land_cover[patches & ~wet] = SHRUBS
    return Landscape(bounds, grid, np.round(np.maximum(height, 1.0), 1).astype(np.float32), land_cover, tuple(rivers))


def slope(height_amsl_m: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rise over run of each pixel of a one-arc-second grid."""
    north, east = np.gradient(height_amsl_m)
    run_y, run_x = PIXEL_DEG * M_PER_DEG_LATITUDE, PIXEL_DEG * M_PER_DEG_LONGITUDE
    rise: NDArray[np.float32] = np.hypot(north / run_y, east / run_x).astype(np.float32)
    return rise


def _placement(side_km: float) -> tuple[Bounds, Grid]:
    half_x, half_y = (round(side_km * 500.0 / m, 6) for m in (M_PER_DEG_LONGITUDE, M_PER_DEG_LATITUDE))
    bounds = Bounds(
        round(CENTRE_LONGITUDE_DEG - half_x, 6),
        round(CENTRE_LATITUDE_DEG - half_y, 6),
        round(CENTRE_LONGITUDE_DEG + half_x, 6),
        round(CENTRE_LATITUDE_DEG + half_y, 6),
    )
    block = COARSE_PIXELS * PIXEL_DEG
    columns, rows = (
        2 * math.ceil((side_km * 500.0 + MARGIN_KM * 1000.0) / (m * block))
        for m in (M_PER_DEG_LONGITUDE, M_PER_DEG_LATITUDE)
    )
    west = (CENTRE_LONGITUDE_DEG * 3600 - columns * COARSE_PIXELS / 2) / 3600
    north = (CENTRE_LATITUDE_DEG * 3600 + rows * COARSE_PIXELS / 2) / 3600
    return bounds, Grid(WGS84, west, north, PIXEL_DEG, PIXEL_DEG, rows * COARSE_PIXELS, columns * COARSE_PIXELS)


def _metric_placement(grid: Grid) -> tuple[float, float, float, float]:
    """West and north edge [m], width and height of a pixel [m]."""
    west, north = to_metres(grid.west, grid.north)
    return (
        float(west),
        float(north),
        grid.pixel_width * M_PER_DEG_LONGITUDE,
        grid.pixel_height * M_PER_DEG_LATITUDE,
    )


def _coarse_pixel_km2() -> float:
    return (COARSE_PIXELS * PIXEL_DEG) ** 2 * M_PER_DEG_LONGITUDE * M_PER_DEG_LATITUDE / 1e6


def _top_m(side_km: float) -> float:
    return TOP_M * min(1.0, math.sqrt(side_km / 60.0))


def _fractal(rng: np.random.Generator, shape: tuple[int, int], exponent: float, lowest: float = 1.0) -> FloatArray:
    """Noise with mean 0 and deviation 1 whose power falls as frequency to minus `exponent`, from `lowest` waves on."""
    spectrum = np.fft.rfft2(rng.standard_normal(shape))
    frequency = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None, :])
    frequency[0, 0] = 1.0
    weight = frequency ** (-exponent / 2.0)
    weight[frequency * max(shape) < lowest] = 0.0
    weight[0, 0] = 0.0
    noise: FloatArray = np.fft.irfft2(spectrum * weight, s=shape)
    return np.asarray(noise / float(noise.std()))


def _worn_surface(rng: np.random.Generator, rows: int, columns: int) -> FloatArray:
    east = np.linspace(0.0, 1.0, columns)[None, :]
    uplift = np.clip(0.55 + 0.5 * _fractal(rng, (rows, columns), 3.3), 0.1, None) * (1.1 - east**1.5)
    uplift[: rows // 16] += 0.4
    uplift[-(rows // 16) :] += 0.4
    height = 2.0 * (1.0 - east) + 0.8 * _fractal(rng, (rows, columns), 2.2)
    height -= height.min()
    for _ in range(EROSION_STEPS):
        filled, receiver, order = drainage(height)
        _wear(filled, uplift, receiver, order, accumulation(receiver, order))
        height = _crept(filled)
    return np.asarray(height - height.min())


def _crept(height: FloatArray) -> FloatArray:
    padded = np.pad(height, 1, mode="edge")
    around = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    return np.asarray(height + CREEP * (around - 4.0 * height))


def _finer(coarse: FloatArray) -> FloatArray:
    """Spread a coarse surface over its fine pixels by cubic B-splines."""
    once = _finer_columns(coarse)
    return np.ascontiguousarray(_finer_columns(np.ascontiguousarray(once.T)).T)


def _finer_columns(values: FloatArray) -> FloatArray:
    padded = np.pad(values, ((0, 0), (2, 2)), mode="edge")
    columns = values.shape[1]
    fine = np.empty((values.shape[0], columns * COARSE_PIXELS))
    for phase in range(COARSE_PIXELS):
        at = (phase + 0.5) / COARSE_PIXELS - 0.5
        first = math.floor(at)
        t = at - first
        weights = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
        start = first + 1
        fine[:, phase::COARSE_PIXELS] = sum(
            w / 6.0 * padded[:, start + k : start + k + columns] for k, w in enumerate(weights)
        )
    return fine


def _rough(rng: np.random.Generator, smooth: FloatArray) -> FloatArray:
    """Add spurs and gullies, higher where the ground is steep."""
    north, east = np.gradient(smooth)
    steepness = np.hypot(north, east)
    noise = _fractal(rng, smooth.shape, 3.2, lowest=max(smooth.shape) / 70.0)
    return np.asarray(smooth + (0.8 - np.abs(noise)) * (3.0 + 3.2 * steepness))


_ROW_STEPS = (-1, -1, -1, 0, 0, 1, 1, 1)
_COLUMN_STEPS = (-1, 0, 1, -1, 1, -1, 0, 1)


@kernel(allocates=True)
def drainage(height: FloatArray) -> tuple[FloatArray, NDArray[np.int64], NDArray[np.int64]]:
    """Return the surface with its pits filled, where each pixel drains to, and an order from the outlet upwards.

    Water leaves over the east edge only. Pits are filled by priority flood; each pixel then drains to its steepest
    neighbour of eight, an outlet to itself. Receivers and order are flat indexes.
    """
    rows, columns = height.shape
    filled = height.copy()
    known = np.zeros(rows * columns, np.bool_)
    order = np.empty(rows * columns, np.int64)
    receiver = np.empty(rows * columns, np.int64)
    keys, items = np.empty(rows * columns), np.empty(rows * columns, np.int64)
    size, done = 0, 0
    for row in range(rows):
        index = row * columns + columns - 1
        known[index] = True
        size = _push(keys, items, size, filled[row, columns - 1], index)
    while size > 0:
        index = items[0]
        size = _pop(keys, items, size)
        order[done] = index
        done += 1
        row, column = index // columns, index % columns
        for k in range(8):
            r, c = row + _ROW_STEPS[k], column + _COLUMN_STEPS[k]
            if 0 <= r < rows and 0 <= c < columns and not known[r * columns + c]:
                known[r * columns + c] = True
                filled[r, c] = max(filled[r, c], filled[row, column] + 1e-5)
                size = _push(keys, items, size, filled[r, c], r * columns + c)
    for row in range(rows):
        for column in range(columns):
            best, steepest = row * columns + column, 0.0
            if column < columns - 1:
                for k in range(8):
                    r, c = row + _ROW_STEPS[k], column + _COLUMN_STEPS[k]
                    if 0 <= r < rows and 0 <= c < columns:
                        run = 1.0 if k in (1, 3, 4, 6) else 1.4142135623730951
                        fall = (filled[row, column] - filled[r, c]) / run
                        if fall > steepest:
                            best, steepest = r * columns + c, fall
            receiver[row * columns + column] = best
    return filled, receiver, order


@kernel(allocates=True)
def accumulation(receiver: NDArray[np.int64], order: NDArray[np.int64]) -> FloatArray:
    """Return how many pixels drain through each pixel, itself included; flat."""
    amount = np.ones(receiver.size)
    for k in range(order.size - 1, -1, -1):
        index = order[k]
        if receiver[index] != index:
            amount[receiver[index]] += amount[index]
    return amount


@kernel(allocates=True)
def _wear(
    height: FloatArray,
    uplift: FloatArray,
    receiver: NDArray[np.int64],
    order: NDArray[np.int64],
    catchment: FloatArray,
) -> None:
    """One step of uplift and stream power, in place, implicit as in Braun and Willett (2013)."""
    flat, raised, columns = height.ravel(), uplift.ravel(), height.shape[1]
    for index in order:
        low = receiver[index]
        if low == index:
            continue
        straight = index // columns == low // columns or index % columns == low % columns
        factor = EROSION_RATE * catchment[index] ** AREA_EXPONENT / (1.0 if straight else 1.4142135623730951)
        flat[index] = (flat[index] + raised[index] + factor * flat[low]) / (1.0 + factor)


@kernel(allocates=True)
def _push(keys: FloatArray, items: NDArray[np.int64], size: int, key: float, item: int) -> int:
    """Add to a binary heap; return its size."""
    at = size
    while at > 0:
        parent = (at - 1) // 2
        if keys[parent] <= key:
            break
        keys[at], items[at] = keys[parent], items[parent]
        at = parent
    keys[at], items[at] = key, item
    return size + 1


@kernel(allocates=True)
def _pop(keys: FloatArray, items: NDArray[np.int64], size: int) -> int:
    """Remove the least of a binary heap; return its size."""
    size -= 1
    key, item = keys[size], items[size]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if key <= keys[child]:
            break
        keys[at], items[at] = keys[child], items[child]
        at = child
    keys[at], items[at] = key, item
    return size
