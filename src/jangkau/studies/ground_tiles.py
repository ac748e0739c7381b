"""What lies under every map of a region in a browser: its relief as tiles, and its outlines, rivers and names.

They are made from the region folder alone into ``tiles/``, and again when what they were made from has changed.
Outlines are GeoJSON, not vector tiles: a regency of 150 villages thinned to what a screen shows is a megabyte, which a
browser cuts into tiles itself, and which everything else reads too.
"""

import hashlib
import json
import math
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

from jangkau.errors import FormatError
from jangkau.geo import METRES_PER_DEGREE, WGS84, Bounds, project
from jangkau.messages import Message
from jangkau.records import District, Place, Source, Village
from jangkau.reports.map_ground import exaggeration, lit
from jangkau.reports.tile_archive import (
    TILE_PIXELS,
    WEB_MERCATOR,
    Tile,
    TileSet,
    read_archive,
    write_archive,
)
from jangkau.reports.tile_pictures import RELIEF_PALETTE, VERSION, relief_index
from jangkau.settings import Settings
from jangkau.sources.terrain import read_terrain, terrain_pixel_deg
from jangkau.store.database import digest
from jangkau.store.region_folder import RegionFolder, write_atomically, writing
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.inputs import region_bounds, sources_of
from jangkau.studies.register import Register
from jangkau.studies.tiles import FOLDER

BASE, DISTRICTS, VILLAGES, RIVERS, LABELS = (
    "base.pmtiles", "districts.geojson", "villages.geojson", "rivers.geojson", "labels.geojson",
)  # fmt: skip
MOST_POINTS = 120_000
"""Of all outlines or all rivers: what bounds the size of a GeoJSON file, about 20 bytes each."""
FINEST_TOLERANCE_DEG = 0.0001
"""Outlines are thinned by about ten metres, and by more where they would still have more than `MOST_POINTS`."""
DECIMALS = 5
"""Of written coordinates: a metre."""
_SAMPLE_TILES = 9

Heights = NDArray[np.float32]


def make_ground_tiles(region: RegionFolder, circumstances: Circumstances) -> list[Path]:
    """Make the files of the ground that are missing or out of date; return all that there are.

    Parameters
    ----------
    region : RegionFolder
    circumstances : Circumstances
        Villages and places that hold on `as_of` are shown.

    Returns
    -------
    list of Path
        ``tiles/base.pmtiles`` where the region has terrain, and ``districts``, ``villages``, ``rivers`` and
        ``labels.geojson`` where it has any.
    """
    folder = region.path / FOLDER
    with region.store(circumstances.clock()) as store:
        register = Register.read(store, circumstances.as_of)
        terrain, rivers = (sources_of(store, kind) for kind in ("terrain", "rivers"))
    homes = [p for p in register.places if p.kind == "settlement"]
    _write_outlines(folder / DISTRICTS, register.districts)
    _write_outlines(folder / VILLAGES, register.villages)
    _write_rivers(folder / RIVERS, region.path, rivers)
    _write_labels(folder / LABELS, register.districts, register.villages, homes)
    _write_relief(folder / BASE, region, terrain, circumstances)
    return ground_files(region.path)


def ground_files(region: Path) -> list[Path]:
    """Return the files of the ground that there are in a region folder."""
    files = [region / FOLDER / name for name in (BASE, DISTRICTS, VILLAGES, RIVERS, LABELS)]
    return [file for file in files if file.is_file()]


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps([VERSION, *parts], default=str).encode()).hexdigest()[:16]


def _write_features(path: Path, made_from: str, features: Iterable[tuple[Any, Mapping[str, Any]]]) -> None:
    """Write geometries with their properties as GeoJSON, with the digest of what they were made from."""
    collection = {
        "type": "FeatureCollection",
        "made_from": made_from,
        "features": [
            {"type": "Feature", "properties": dict(properties), "geometry": json.loads(shapely.to_geojson(shape))}
            for shape, properties in features
            if not shape.is_empty
        ],
    }
    write_atomically(path, json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode())


def _is_current(path: Path, made_from: str, there: Sequence[Any]) -> bool:
    """Tell whether nothing is to be written; a file of what the region no longer has is removed."""
    if not there:
        path.unlink(missing_ok=True)
        return True
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return f'"made_from":"{made_from}"'.encode() in stream.read(200)


def _write_outlines(path: Path, areas: Sequence[District] | Sequence[Village]) -> None:
    known = [area for area in areas if area.geometry_wkb is not None]
    made_from = _digest(digest(list(known)))
    if _is_current(path, made_from, known):
        return
    shapes = thinned(shapely.from_wkb([area.geometry_wkb for area in known]), shapely.coverage_simplify)
    _write_features(path, made_from, zip(shapes, map(_about, known), strict=True))


def _about(area: District | Village) -> dict[str, Any]:
    said: dict[str, Any] = {"code": area.code, "name": area.name or area.code}
    return said | ({"district_code": area.district_code} if isinstance(area, Village) else {})


def _write_rivers(path: Path, region: Path, sources: Sequence[Source]) -> None:
    made_from = _digest([source.sha256 for source in sources])
    if _is_current(path, made_from, sources):
        return
    shapes = []
    for source in sources:
        _, _, found, _ = pyogrio.raw.read(region / source.stored_path, columns=[])
        shapes += [shapely.force_2d(shapely.from_wkb(one)) for one in found if one is not None]
    _write_features(path, made_from, ((shape, {}) for shape in thinned(shapes, shapely.simplify)))


def _write_labels(
    path: Path, districts: Sequence[District], villages: Sequence[Village], homes: Sequence[Place]
) -> None:
    """Write one point a name: inside each district and village, and where each settlement is."""
    made_from = _digest(digest(list(districts)), digest(list(villages)), digest(list(homes)))
    if _is_current(path, made_from, [*districts, *villages, *homes]):
        return
    labels = []
    for kind, areas in (("district", districts), ("village", villages)):
        for area in areas:
            if area.geometry_wkb is not None:
                labels.append(
                    (shapely.from_wkb(area.geometry_wkb).representative_point(), {"kind": kind, **_about(area)})
                )
    for home in homes:
        if home.longitude is not None and home.latitude is not None and home.name:
            about = {"kind": "settlement", "code": home.code, "name": home.name, "population": home.population}
            labels.append((shapely.Point(home.longitude, home.latitude), about))
    _write_features(path, made_from, ((_rounded(point), about) for point, about in labels))


def thinned(shapes: Any, simplify: Any) -> list[Any]:
    """Return shapes [deg] with fewer points, at most `MOST_POINTS` together where that is possible."""
    tolerance, found = FINEST_TOLERANCE_DEG, np.asarray(shapes, dtype=object)
    for _ in range(10):
        found = simplify(np.asarray(shapes, dtype=object), tolerance)
        if int(shapely.get_num_coordinates(found).sum()) <= MOST_POINTS:
            break
        tolerance *= 2.0
    return [_rounded(shape) for shape in found]


def _rounded(shape: Any) -> Any:
    return shapely.transform(shape, lambda points: np.round(points, DECIMALS))


def _write_relief(path: Path, region: RegionFolder, sources: Sequence[Source], circumstances: Circumstances) -> None:
    settings = region.settings
    made_from = _digest(
        [source.sha256 for source in sources], settings.bounds, settings.radio.terrain_nodata, RELIEF_PALETTE.rows
    )
    if not sources:
        path.unlink(missing_ok=True)
    if not sources or (path.is_file() and read_archive(path).metadata["jangkau"]["made_from"] == made_from):
        return
    files = [region.path / source.stored_path for source in sources]
    bounds = region_bounds(settings)
    tiles = TileSet.fitting(bounds, terrain_pixel_deg(files, bounds) * METRES_PER_DEGREE)
    path.parent.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix=".relief-", dir=path.parent) as working,
        ThreadPoolExecutor(circumstances.workers) as pool,
    ):
        pyramid = _pyramid(Path(working), tiles, files, settings, circumstances)
        factors = {zoom: _factor(pyramid[zoom], tiles.at(zoom)) for zoom in pyramid}
        metadata = {"name": "base", "type": "baselayer", "format": "png", "jangkau": {"made_from": made_from}}
        blank = RELIEF_PALETTE.png(np.zeros((TILE_PIXELS, TILE_PIXELS), np.uint8))
        draw = partial(_picture, pyramid, factors)
        write_archive(writing(path), tiles, draw, metadata, blank=blank, mapped=pool.map)


@dataclass(frozen=True, slots=True)
class _Level:
    """Heights [m] and sea of one zoom, in files mapped into memory; the first pixel by its number in the world."""

    heights: Heights
    sea: NDArray[np.uint8]
    first_row: int
    first_column: int

    def window(self, tile: Tile, margin: int) -> tuple[Heights, NDArray[np.uint8]]:
        """Return heights (NaN: none) and sea of a tile and some pixels around it."""
        size = TILE_PIXELS + 2 * margin
        heights, sea = np.full((size, size), np.nan, np.float32), np.zeros((size, size), np.uint8)
        top = tile.row * TILE_PIXELS - margin - self.first_row
        left = tile.column * TILE_PIXELS - margin - self.first_column
        rows = slice(max(top, 0), max(min(top + size, self.heights.shape[0]), 0))
        columns = slice(max(left, 0), max(min(left + size, self.heights.shape[1]), 0))
        place = slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left)
        if rows.start < rows.stop and columns.start < columns.stop:
            heights[place], sea[place] = self.heights[rows, columns], self.sea[rows, columns]
        return heights, sea


def _new_level(folder: Path, zoom: int, shape: tuple[int, int], first_row: int, first_column: int) -> _Level:
    heights = np.memmap(folder / f"{zoom}-heights", np.float32, "w+", shape=shape)
    return _Level(heights, np.memmap(folder / f"{zoom}-sea", np.uint8, "w+", shape=shape), first_row, first_column)


def _pyramid(
    folder: Path, tiles: TileSet, files: list[Path], settings: Settings, circumstances: Circumstances
) -> dict[int, _Level]:
    """Return the heights of every zoom: the finest from the terrain, row of tiles by row, each other from the finer."""
    finest = tiles.at(tiles.finest)
    west, north, south = finest[0].column, finest[0].row, finest[-1].row
    size = (south - north + 1) * TILE_PIXELS, (finest[-1].column - west + 1) * TILE_PIXELS
    level = _new_level(folder, tiles.finest, size, north * TILE_PIXELS, west * TILE_PIXELS)
    for row in range(north, south + 1):
        circumstances.progress(Message("progress.tiles"), row - north, south - north + 1)
        strip = slice((row - north) * TILE_PIXELS, (row - north + 1) * TILE_PIXELS)
        edges = Tile(tiles.finest, west, row).bounds(), Tile(tiles.finest, finest[-1].column, row).bounds()
        box = Bounds(edges[0].west, edges[0].south, edges[1].east, edges[0].north)
        level.heights[strip], level.sea[strip] = _strip(files, box, (TILE_PIXELS, size[1]), settings)
    circumstances.progress(Message("progress.tiles"), south - north + 1, south - north + 1)
    levels = {tiles.finest: level}
    for zoom in range(tiles.finest - 1, tiles.coarsest - 1, -1):
        levels[zoom] = _halved(folder, zoom, levels[zoom + 1])
    return levels


def _strip(
    files: list[Path], box: Bounds, shape: tuple[int, int], settings: Settings
) -> tuple[Heights, NDArray[np.uint8]]:
    """Return heights and sea of a box in Web Mercator; NaN where no file knows a height."""
    rows, columns = shape
    x = box.west + (np.arange(columns) + 0.5) * (box.east - box.west) / columns
    y = box.north - (np.arange(rows) + 0.5) * (box.north - box.south) / rows
    longitude, _ = project(x, np.full(columns, y[0]), WEB_MERCATOR, WGS84)
    _, latitude = project(np.full(rows, x[0]), y, WEB_MERCATOR, WGS84)
    pixel = (longitude[-1] - longitude[0]) / (columns - 1)
    degrees = Bounds(longitude[0], latitude[-1], longitude[-1], latitude[0]).widened(2.0 * pixel)
    try:
        finest = terrain_pixel_deg(files, degrees)
    except FormatError:  # no file lies under this row of tiles
        return np.full(shape, np.nan, np.float32), np.zeros(shape, np.uint8)
    sea = "nodata" if settings.radio.terrain_nodata == "sea" else "none"
    step = finest if pixel < 2.0 * finest else pixel / 2.0  # finer than the tile: else each row blurs in its own way
    read = read_terrain(files, degrees, step, sea=sea)  # type: ignore[arg-type]
    grid, known = read.height_amsl_m.grid, read.height_amsl_m.values
    row = np.clip((grid.north - latitude) / grid.pixel_height - 0.5, 0.0, grid.rows - 1.0)
    column = np.clip((longitude - grid.west) / grid.pixel_width - 0.5, 0.0, grid.columns - 1.0)
    nearest = np.ix_(np.round(row).astype(int), np.round(column).astype(int))
    heights = _between(known, row, column)
    heights[np.isnan(known[nearest])] = np.nan
    return heights, read.sea[nearest]


def _between(values: Heights, row: NDArray[np.float64], column: NDArray[np.float64]) -> Heights:
    """Return values between pixels, bilinear over those that are known, on a lattice of rows and columns."""
    known = ~np.isnan(values)
    weighted = np.where(known, values, np.float32(0.0))

    def along(array: Heights, at: NDArray[np.float64], axis: int) -> Heights:
        low = np.minimum(at.astype(int), array.shape[axis] - 2)
        share = (at - low).astype(np.float32)
        share = share[:, None] if axis == 0 else share[None, :]
        mixed = np.take(array, low, axis) * (np.float32(1.0) - share) + np.take(array, low + 1, axis) * share
        return np.asarray(mixed)

    total = along(along(weighted, row, 0), column, 1)
    if known.all():
        return total
    weight = along(along(known.astype(np.float32), row, 0), column, 1)
    return np.asarray(np.where(weight > 0.0, total / np.maximum(weight, np.float32(1e-6)), np.float32(np.nan)))


def _halved(folder: Path, zoom: int, finer: _Level) -> _Level:
    """Return the level above one: each pixel is the mean of the four below that are known."""
    shape = finer.heights.shape[0] // 2, finer.heights.shape[1] // 2
    level = _new_level(folder, zoom, shape, finer.first_row // 2, finer.first_column // 2)
    for start in range(0, shape[0], TILE_PIXELS):
        rows = slice(start, min(start + TILE_PIXELS, shape[0]))
        four = finer.heights[2 * rows.start : 2 * rows.stop].reshape(rows.stop - rows.start, 2, shape[1], 2)
        known = (~np.isnan(four)).sum(axis=(1, 3))
        total = np.nansum(four, axis=(1, 3))
        level.heights[rows] = np.where(known > 0, total / np.maximum(known, 1), np.nan)
        level.sea[rows] = finer.sea[2 * rows.start : 2 * rows.stop : 2, ::2]
    return level


def _slopes(level: _Level, tile: Tile) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.uint8]]:
    """Return the slopes of a tile to the south and to the east [m/m], NaN beside what is not known, and its sea."""
    heights, sea = level.window(tile, 1)
    _, latitude = project(0.0, (tile.bounds().south + tile.bounds().north) / 2.0, WEB_MERCATOR, WGS84)
    step_m = tile.pixel_m * math.cos(math.radians(float(latitude)))
    inner = slice(1, -1), slice(1, -1)
    down, east = (np.asarray(slope)[inner] for slope in np.gradient(heights.astype(np.float64), step_m))
    return down, east, sea[inner]


def _factor(level: _Level, tiles: Sequence[Tile]) -> float:
    """Return the exaggeration of a zoom, the same for all its tiles, from some of them."""
    slopes = []
    for tile in tiles[:: max(len(tiles) // _SAMPLE_TILES, 1)]:
        down, east, sea = _slopes(level, tile)
        slope = np.hypot(down, east)
        slopes.append(slope[~np.isnan(slope) & (sea == 0)])
    together = np.concatenate(slopes)
    return exaggeration(together) if together.size else 1.0


def _picture(pyramid: Mapping[int, _Level], factors: Mapping[int, float], tile: Tile) -> bytes | None:
    down, east, sea = _slopes(pyramid[tile.zoom], tile)
    index = relief_index(lit(down, east, factors[tile.zoom]), sea.astype(bool))
    return RELIEF_PALETTE.png(index) if index.any() else None
