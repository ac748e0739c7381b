"""Archives of map tiles in Web Mercator (PMTiles), which a browser reads piece by piece from a plain file."""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from jangkau.geo import WGS84, Bounds, project

WEB_MERCATOR = "EPSG:3857"
TILE_PIXELS = 512
"""Pixels of a side of a tile: what the page must give as `tileSize`."""
HALF_WORLD_M = 20_037_508.342789244
"""Half the side of the square of the world in Web Mercator [m]."""
MOST_TILES = 300
"""Tiles of the finest zoom: what bounds time and size whatever the resolution."""
FINEST_ZOOM = 16
MOST_HALVINGS = 9
"""Zooms of an archive but one: a tile of the finest is at least one pixel of the coarsest."""


class Tile(NamedTuple):
    """One square of the world: column from the west, row from the north."""

    zoom: int
    column: int
    row: int

    def bounds(self) -> Bounds:
        """Return its edges in Web Mercator [m]."""
        side = 2.0 * HALF_WORLD_M / 2**self.zoom
        west, north = -HALF_WORLD_M + self.column * side, HALF_WORLD_M - self.row * side
        return Bounds(west, north - side, west + side, north)

    @property
    def pixel_m(self) -> float:
        """Return the side of a pixel in Web Mercator [m], on the ground only at the equator."""
        return float(2.0 * HALF_WORLD_M / 2**self.zoom / TILE_PIXELS)


@dataclass(frozen=True, slots=True)
class TileSet:
    """Which tiles an archive may hold: a box [deg], and the coarsest and finest zoom."""

    bounds: Bounds
    coarsest: int
    finest: int

    @classmethod
    def fitting(cls, bounds: Bounds, pixel_m: float) -> "TileSet":
        """Return the tiles of a box whose finest pixel is near a pixel on the ground [m], at most `MOST_TILES`."""
        across = 2.0 * HALF_WORLD_M * math.cos(math.radians((bounds.south + bounds.north) / 2.0))
        finest = min(max(round(math.log2(across / (TILE_PIXELS * pixel_m))), 0), FINEST_ZOOM)
        while finest > 0 and _count(bounds, finest) > MOST_TILES:
            finest -= 1
        coarsest = finest
        while coarsest > 0 and _count(bounds, coarsest) > 1:
            coarsest -= 1
        return cls(bounds, max(coarsest - 2, finest - MOST_HALVINGS, 0), finest)

    def at(self, zoom: int) -> list[Tile]:
        """Return the tiles of a zoom by row, then column."""
        columns, rows = _span(self.bounds, zoom)
        return [Tile(zoom, column, row) for row, column in itertools.product(rows, columns)]

    def in_order(self) -> list[Tile]:
        """Return all tiles in the order of an archive."""
        every = [tile for zoom in range(self.coarsest, self.finest + 1) for tile in self.at(zoom)]
        return sorted(every, key=_number)


def _number(tile: Tile) -> int:
    return int(zxy_to_tileid(tile.zoom, tile.column, tile.row))


def _count(bounds: Bounds, zoom: int) -> int:
    columns, rows = _span(bounds, zoom)
    return len(columns) * len(rows)


def _span(bounds: Bounds, zoom: int) -> tuple[range, range]:
    x, y = project([bounds.west, bounds.east], [bounds.north, bounds.south], WGS84, WEB_MERCATOR)
    side, last = 2.0 * HALF_WORLD_M / 2**zoom, 2**zoom - 1

    def span(first: float, end: float) -> range:
        low = min(max(math.floor(first / side), 0), last)
        return range(low, min(max(math.ceil(end / side), low + 1), last + 1))

    return span(x[0] + HALF_WORLD_M, x[1] + HALF_WORLD_M), span(HALF_WORLD_M - y[0], HALF_WORLD_M - y[1])


Mapped = Callable[[Callable[[Tile], "bytes | None"], Iterable[Tile]], Iterator["bytes | None"]]
"""`map`, or one that computes several at a time and keeps the order."""


def write_archive(
    file: AbstractContextManager[Path],
    tiles: TileSet,
    draw: Callable[[Tile], bytes | None],
    metadata: Mapping[str, Any],
    *,
    blank: bytes,
    mapped: Mapped = map,
) -> None:
    """Draw the tiles of a set and write them to an archive; the same pictures give the same bytes.

    Parameters
    ----------
    file : context manager of Path
        Gives the name to write to and puts the finished file in place, as `jangkau.store.region_folder.writing`.
    tiles : TileSet
    draw : callable
        Returns the PNG of a tile, or None where there is nothing to show.
    metadata : mapping
        Plain values, kept inside the archive.
    blank : bytes
        Picture of nothing: the one tile of an archive that would be empty.
    mapped : callable
    """
    every = tiles.in_order()
    with file as path, path.open("wb") as stream:
        writer = Writer(stream)
        for tile, picture in zip(every, mapped(draw, every), strict=True):
            if picture is not None:
                writer.write_tile(_number(tile), picture)
        if not writer.tile_entries:
            writer.write_tile(_number(every[0]), blank)
        writer.finalize(_header(tiles), dict(metadata))


def _header(tiles: TileSet) -> dict[str, Any]:
    west, south, east, north = (round(edge * 1e7) for edge in tiles.bounds)
    return {
        "tile_type": TileType.PNG,
        "tile_compression": Compression.NONE,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": tiles.coarsest,
    }


@dataclass(frozen=True, slots=True)
class ArchiveFacts:
    """What an archive says of itself."""

    bounds: Bounds
    coarsest: int
    finest: int
    metadata: dict[str, Any]


def read_archive(path: Path) -> ArchiveFacts:
    """Return what an archive says of itself."""
    with path.open("rb") as stream:
        reader = Reader(MmapSource(stream))
        header, metadata = reader.header(), reader.metadata()
    edges = (header[f"{edge}_e7"] / 1e7 for edge in ("min_lon", "min_lat", "max_lon", "max_lat"))
    return ArchiveFacts(Bounds(*edges), header["min_zoom"], header["max_zoom"], metadata)
