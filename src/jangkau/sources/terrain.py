"""Terrain heights: many files of any system and pixel become one grid of longitude and latitude."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds

from jangkau.errors import FormatError
from jangkau.geo import WGS84, Bounds, Grid, Raster
from jangkau.messages import Message
from jangkau.units import FOOT_M

LOWEST_M, HIGHEST_M = -500.0, 9000.0
"""No land lies outside these heights; what does is in another unit."""

MOST_PIXELS = 400_000_000
"""Of one terrain grid in memory: 1.6 GB of heights."""

FEET = {"ft", "foot", "feet", "us survey foot"}


@dataclass(frozen=True, slots=True)
class TerrainDescription:
    """What a terrain file holds, seen without reading all of it."""

    crs: str
    pixel_deg: float
    bounds: Bounds
    lowest_m: float
    highest_m: float
    void_share: float
    notes: list[Message]


@dataclass(frozen=True, slots=True)
class Terrain:
    """Heights on one grid in EPSG:4326, NaN where no file knows them, 0 at sea; and which pixels are sea."""

    height_amsl_m: Raster
    sea: NDArray[np.bool_]


def describe_terrain(path: Path) -> TerrainDescription:
    """Return what a terrain file holds.

    Raises
    ------
    FormatError
        When the file is no raster, has no coordinate system, or its heights cannot be metres.
    """
    with _open(path) as file:
        scale, notes = _unit(path, file)
        shape = [min(size, 1000) for size in (file.height, file.width)]
        values = file.read(1, out_shape=shape, masked=True).astype(np.float64) * scale
        known = values.compressed()
        known = known[np.isfinite(known)]
        if known.size == 0:
            raise FormatError("terrain.empty", file=path.name)
        low, high = float(known.min()), float(known.max())
        if low < LOWEST_M or high > HIGHEST_M:
            raise FormatError("terrain.heights", file=path.name, lowest=low, highest=high)
        bounds = Bounds(*transform_bounds(file.crs, WGS84, *file.bounds))
        void = 1.0 - known.size / values.size
        if void > 0.0:
            notes.append(Message("terrain.voids", {"file": path.name, "percent": 100.0 * void}))
        return TerrainDescription(str(file.crs), _pixel_deg(file), bounds, low, high, void, notes)


def read_terrain(
    paths: Sequence[Path], bounds: Bounds, pixel_deg: float | None, *, sea: Literal["nodata", "none"]
) -> Terrain:
    """Return the terrain of a box from all files that touch it.

    Parameters
    ----------
    paths : sequence of Path
        Where several files know a height, the one with the finest pixel holds.
    bounds : Bounds
        Longitude and latitude [deg].
    pixel_deg : float, optional
        Pixel of the grid [deg]; None: the finest of the files that touch the box.
    sea : str
        nodata: where a file covers a pixel but has no value, it is sea; none: such a pixel is a void.

    Notes
    -----
    Files are warped bilinearly; missing values are never blended into heights.
    """
    about = sorted(((_summary(path), path) for path in paths), key=lambda item: (-item[0][0], item[1].name))
    touching = [(pixel, path) for (pixel, box), path in about if _touches(box, bounds)]
    finest = min((pixel for pixel, _ in touching), default=1.0 / 1200.0)
    grid = _grid(bounds, pixel_deg or finest)
    heights = np.full(grid.shape, np.nan, np.float32)
    at_sea = np.zeros(grid.shape, np.bool_)
    for _, path in touching:
        values, covered = _warped(path, grid)
        known = np.isfinite(values)
        heights[known] = values[known]
        at_sea[known] = False
        if sea == "nodata":
            wet = covered & ~known & ~np.isfinite(heights)
            at_sea |= wet
    heights[at_sea] = 0.0
    return Terrain(Raster(heights, grid, "terrain", "m"), at_sea)


def _open(path: Path) -> Any:
    try:
        file = rasterio.open(path)
    except rasterio.errors.RasterioIOError as error:
        raise FormatError("terrain.unreadable", file=path.name, reason=str(error)) from error
    if file.crs is None:
        file.close()
        raise FormatError("terrain.no_crs", file=path.name)
    return file


def _unit(path: Path, file: Any) -> tuple[float, list[Message]]:
    unit = (file.units[0] or "").strip().lower()
    if unit in FEET:
        return FOOT_M, [Message("terrain.feet", {"file": path.name})]
    return 1.0, []


def _pixel_deg(file: Any) -> float:
    west, south, east, north = transform_bounds(file.crs, WGS84, *file.bounds)
    return max(float(min((east - west) / file.width, (north - south) / file.height)), 1e-6)


def _summary(path: Path) -> tuple[float, Bounds]:
    with _open(path) as file:
        return round(_pixel_deg(file), 9), Bounds(*transform_bounds(file.crs, WGS84, *file.bounds))


def _touches(a: Bounds, b: Bounds) -> bool:
    return a.west < b.east and b.west < a.east and a.south < b.north and b.south < a.north


def _grid(bounds: Bounds, pixel_deg: float) -> Grid:
    west = math.floor(bounds.west / pixel_deg) * pixel_deg
    north = math.ceil(bounds.north / pixel_deg) * pixel_deg
    columns = math.ceil((bounds.east - west) / pixel_deg - 1e-9)
    rows = math.ceil((north - bounds.south) / pixel_deg - 1e-9)
    if rows * columns > MOST_PIXELS:
        raise FormatError("terrain.too_large", pixels=rows * columns, most=MOST_PIXELS)
    return Grid(WGS84, west, north, pixel_deg, pixel_deg, rows, columns)


def _warped(path: Path, grid: Grid) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the heights of a file on the grid (NaN where it has none), and where the file lies."""
    with _open(path) as file:
        scale, _ = _unit(path, file)
        transform = Affine(grid.pixel_width, 0.0, grid.west, 0.0, -grid.pixel_height, grid.north)
        options = {
            "crs": WGS84,
            "transform": transform,
            "width": grid.columns,
            "height": grid.rows,
            "resampling": Resampling.bilinear,
            "dtype": "float32",
            "nodata": np.nan,
        }
        with WarpedVRT(file, **options) as warped:
            values = warped.read(1).astype(np.float32) * np.float32(scale)
        box = Bounds(*transform_bounds(file.crs, WGS84, *file.bounds))
    rows, columns = grid.window(box)
    covered = np.zeros(grid.shape, np.bool_)
    covered[rows, columns] = True
    return values, covered
