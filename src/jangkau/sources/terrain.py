"""Terrain heights: many files of any coordinate system and pixel become one grid of longitude and latitude."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds

from jangkau.errors import FormatError
from jangkau.geo import WGS84, Bounds, Grid, Raster, project
from jangkau.messages import Message
from jangkau.sources.layers import Layers, layers_of
from jangkau.sources.rasters import affine_of, opened
from jangkau.units import FOOT_M

Unit = Literal["m", "ft"]

LOWEST_M, HIGHEST_M = -500.0, 9000.0
"""No land lies outside these heights; what does is in another unit."""

USUAL_NODATA = (-9999.0, -32768.0, -32767.0, -99999.0)
"""What files write for a missing height, some without declaring it."""

MOST_PIXELS = 400_000_000
"""Of one terrain grid in memory: 1.6 GB of heights."""

SAMPLE_PIXELS = 1000
"""Rows and columns that are looked at to describe a file."""

BLOCK_ROWS = 512
"""Rows of a grid that are projected at once."""

METRES = ("m", "metre", "meter", "metres", "meters")
FEET = ("ft", "foot", "feet", "us survey foot", "ftus", "us-ft")


@dataclass(frozen=True, slots=True)
class TerrainDescription:
    """What a terrain file holds, seen without reading all of it.

    Attributes
    ----------
    crs : str
    pixel_deg : float
        The smaller side of a pixel [deg].
    bounds : Bounds
        Longitude and latitude [deg].
    lowest_m, highest_m : float
        Of the heights looked at [m].
    void_share : float
        Share of pixels without a height.
    unit : str
        m or ft, in which the file holds heights.
    notes : list of Message
    """

    crs: str
    pixel_deg: float
    bounds: Bounds
    lowest_m: float
    highest_m: float
    void_share: float
    unit: str
    notes: list[Message]


@dataclass(frozen=True, slots=True)
class TerrainReading:
    """Heights on one grid.

    Attributes
    ----------
    height_amsl_m : Raster
        float32 in EPSG:4326, NaN where no file knows, 0 at sea [m].
    sea : ndarray of uint8
        1 at sea.
    pixel_deg : float
        Pixel of the grid [deg].
    notes : list of Message
    sources : tuple of str
        Names of the files that gave heights, finest last.
    """

    height_amsl_m: Raster
    sea: NDArray[np.uint8]
    pixel_deg: float
    notes: list[Message]
    sources: tuple[str, ...]


def describe_terrain(path: Path, unit: Unit | None = None) -> TerrainDescription:
    """Return what a terrain file holds.

    Parameters
    ----------
    path : Path
        GeoTIFF, COG, HGT or another raster.
    unit : str, optional
        m or ft; None: what the file says, else metres.

    Raises
    ------
    FormatError
        When the file is no raster, has no coordinate system, or its heights cannot be metres.
    """
    with opened(path) as file:
        layers = _layers(file, path)
        band = layers.bands["terrain"]
        scale, offset, said = _to_metres(file, band, unit)
        shape = (min(file.height, SAMPLE_PIXELS), min(file.width, SAMPLE_PIXELS))
        values = file.read(band, out_shape=shape, masked=True).astype(np.float64)
        known = values.compressed()
        known = known[np.isfinite(known)] * scale + offset
        if known.size == 0:
            raise FormatError("terrain.empty", file=path.name)
        low, high = float(known.min()), float(known.max())
        _check_heights(path, low, high)
        box = _box(file)
        void = 1.0 - known.size / values.size
        notes = [layers.note(path.name)] if file.count > 1 else []
        notes += [Message("terrain.feet", {"file": path.name})] if said == "ft" else []
        if void > 0.0:
            notes.append(Message("terrain.voids", {"file": path.name, "percent": 100.0 * void}))
        return TerrainDescription(str(file.crs), _pixel_deg(file), box, low, high, void, said, notes)


def read_terrain(
    paths: Sequence[Path],
    bounds: Bounds,
    pixel_deg: float | None,
    *,
    sea: Literal["nodata", "none"],
    unit: Unit | None = None,
) -> TerrainReading:
    """Return the terrain of a box from all files that touch it.

    Parameters
    ----------
    paths : sequence of Path
        Where several files know a height, the one with the finest pixel holds, of equal ones the later.
    bounds : Bounds
        Longitude and latitude [deg].
    pixel_deg : float, optional
        Pixel of the grid [deg]; None: the finest of the files that touch the box.
    sea : str
        nodata: where a file covers a pixel but none has a height, it is sea; none: such a pixel is a void.
    unit : str, optional
        Of all files, m or ft; None: what each file says, else metres.

    Raises
    ------
    FormatError
        When a file cannot be used, none touches the box, or the grid would be too large.

    Notes
    -----
    Files are warped bilinearly. A missing value is never blended into heights: a pixel whose nearest source pixel has
    no height is a void.
    """
    touching = _touching(paths, bounds)
    grid = _grid(bounds, pixel_deg or touching[-1][0])
    heights = np.full(grid.shape, np.nan, np.float32)
    covered = np.zeros(grid.shape, np.bool_)
    notes: list[Message] = []
    for _, box, path in touching:
        window = grid.window(box)
        values, inside, in_feet = _warped(path, grid.part(*window), unit)
        known = np.isfinite(values)
        heights[window][known] = values[known]
        covered[window] |= inside
        notes += [Message("terrain.feet", {"file": path.name})] * in_feet
    at_sea = covered & np.isnan(heights) if sea == "nodata" else np.zeros(grid.shape, np.bool_)
    heights[at_sea] = 0.0
    void = float(np.isnan(heights).mean())
    if void > 0.0:
        notes.append(Message("terrain.void_share", {"percent": 100.0 * void}))
    raster = Raster(heights, grid, "terrain", "m")
    sources = tuple(path.name for _, _, path in touching)
    return TerrainReading(raster, at_sea.astype(np.uint8), grid.pixel_width, notes, sources)


def terrain_pixel_deg(paths: Sequence[Path], bounds: Bounds) -> float:
    """Return the finest pixel of the files that touch a box [deg]; FormatError when none does."""
    return _touching(paths, bounds)[-1][0]


def _touching(paths: Sequence[Path], bounds: Bounds) -> list[tuple[float, Bounds, Path]]:
    """Return pixel, box and path of the files that touch a box, the finest last."""
    about = [(*_place_of(path), path) for path in paths]
    touching = sorted((one for one in about if _touches(one[1], bounds)), key=lambda one: -one[0])
    if not touching:
        raise FormatError("terrain.elsewhere", files=", ".join(path.name for path in paths), bounds=_said(bounds))
    return touching


def _layers(file: Any, path: Path) -> Layers:
    found = layers_of(file, path.name)
    if found is None:
        raise FormatError("layers.unknown", file=path.name, count=file.count)
    return found


def _to_metres(file: Any, band: int, unit: Unit | None) -> tuple[float, float, str]:
    """Return scale and offset that make metres of a band's values, and the unit that they are in."""
    tag = (file.units[band - 1] or "").strip().lower()
    said = unit or ("ft" if tag in FEET else "m")
    foot = FOOT_M if said == "ft" else 1.0
    return float(file.scales[band - 1]) * foot, float(file.offsets[band - 1]) * foot, said


def _check_heights(path: Path, low: float, high: float) -> None:
    said = {"file": path.name, "lowest": low, "highest": high}
    if low in USUAL_NODATA or low < -1e30:
        raise FormatError("terrain.undeclared_nodata", **said)
    if low < LOWEST_M or high > HIGHEST_M:
        raise FormatError("terrain.impossible_heights", **said)


def _pixel_deg(file: Any) -> float:
    box = _box(file)
    return round(float(min((box.east - box.west) / file.width, (box.north - box.south) / file.height)), 9)


def _box(file: Any) -> Bounds:
    """Return the box of longitude and latitude that holds a file, turned or not."""
    place = file.transform
    corners = [(column, row) for column in (0, file.width) for row in (0, file.height)]
    x = [place.a * column + place.b * row + place.c for column, row in corners]
    y = [place.d * column + place.e * row + place.f for column, row in corners]
    return Bounds(*(float(edge) for edge in transform_bounds(file.crs, WGS84, min(x), min(y), max(x), max(y))))


def _place_of(path: Path) -> tuple[float, Bounds]:
    with opened(path) as file:
        return _pixel_deg(file), _box(file)


def _touches(a: Bounds, b: Bounds) -> bool:
    return a.west < b.east and b.west < a.east and a.south < b.north and b.south < a.north


def _said(bounds: Bounds) -> str:
    return ", ".join(f"{edge:.2f}" for edge in bounds)


def _grid(bounds: Bounds, pixel_deg: float) -> Grid:
    """Return the grid that covers a box; its edges are whole multiples of the pixel."""
    west = math.floor(bounds.west / pixel_deg) * pixel_deg
    north = math.ceil(bounds.north / pixel_deg) * pixel_deg
    columns = math.ceil((bounds.east - west) / pixel_deg - 1e-9)
    rows = math.ceil((north - bounds.south) / pixel_deg - 1e-9)
    if rows * columns > MOST_PIXELS:
        raise FormatError("terrain.too_large", pixels=rows * columns, most=MOST_PIXELS)
    return Grid(WGS84, west, north, pixel_deg, pixel_deg, rows, columns)


def _warped(path: Path, grid: Grid, unit: Unit | None) -> tuple[NDArray[np.float32], NDArray[np.bool_], bool]:
    """Return the heights of a file on a grid [m] (NaN: none), where the file lies, and if it was in feet."""
    with opened(path) as file:
        band = _layers(file, path).bands["terrain"]
        scale, offset, said = _to_metres(file, band, unit)
        with WarpedVRT(
            file,
            crs=WGS84,
            transform=affine_of(grid),
            width=grid.columns,
            height=grid.rows,
            resampling=Resampling.bilinear,
            dtype="float32",
            nodata=np.nan,
        ) as warped:
            values = warped.read(band)
        inside = _inside(file, grid)
    values = values.astype(np.float32) * np.float32(scale) + np.float32(offset)
    values[~inside] = np.nan
    if np.isfinite(values).any():
        _check_heights(path, float(np.nanmin(values)), float(np.nanmax(values)))
    return values, inside, said == "ft"


def _inside(file: Any, grid: Grid) -> NDArray[np.bool_]:
    """Return which pixels of a grid have their centre inside a file, turned or not."""
    inside = np.zeros(grid.shape, np.bool_)
    into_file = ~file.transform
    for start in range(0, grid.rows, BLOCK_ROWS):
        rows = slice(start, min(start + BLOCK_ROWS, grid.rows))
        longitude, latitude = grid.part(rows, slice(0, grid.columns)).longitude_latitude()
        x, y = project(longitude, latitude, WGS84, file.crs.to_string())
        column, row = into_file.a * x + into_file.b * y + into_file.c, into_file.d * x + into_file.e * y + into_file.f
        inside[rows] = (column >= 0.0) & (column <= file.width) & (row >= 0.0) & (row <= file.height)
    return inside
