"""Where things are: bounds, grids, rasters, geodesics, hexagons.

Order is longitude, latitude and west, south, east, north. Row 0 of a grid is its north edge. WGS 84 throughout;
metric work is done in a projected system, chosen once a region.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import h3
import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray

WGS84 = "EPSG:4326"
METRES_PER_DEGREE = 111_195.0
"""Of latitude, and of longitude at the equator, on a sphere of the Earth's mean radius; true within 0.6 %."""

HEXAGON_RESOLUTION = 8
"""H3 resolution of published areas: 0.74 km2 on average, below a village and above a hamlet."""

FloatArray = NDArray[np.float64]
_GEOD = pyproj.Geod(ellps="WGS84")


class Bounds(NamedTuple):
    """A box in longitude and latitude [deg], or in the axes of a projected system [m]."""

    west: float
    south: float
    east: float
    north: float

    def widened(self, margin: float) -> "Bounds":
        """Return the box grown by a margin on each side, in its own unit."""
        return Bounds(self.west - margin, self.south - margin, self.east + margin, self.north + margin)

    def contains(self, x: float, y: float) -> bool:
        """Tell whether a point lies inside or on the edge."""
        return self.west <= x <= self.east and self.south <= y <= self.north


@dataclass(frozen=True, slots=True)
class Grid:
    """A north-up lattice of pixels: `crs`, the outer corner at the north-west, pixel size in the unit of the crs."""

    crs: str
    west: float
    north: float
    pixel_width: float
    pixel_height: float
    rows: int
    columns: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows, columns."""
        return self.rows, self.columns

    @property
    def bounds(self) -> Bounds:
        """Outer edges."""
        return Bounds(
            self.west,
            self.north - self.rows * self.pixel_height,
            self.west + self.columns * self.pixel_width,
            self.north,
        )

    def x_centres(self) -> FloatArray:
        """Return the x coordinate of each column's centre, shape (columns,)."""
        return self.west + (np.arange(self.columns, dtype=np.float64) + 0.5) * self.pixel_width

    def y_centres(self) -> FloatArray:
        """Return the y coordinate of each row's centre, north first, shape (rows,)."""
        return self.north - (np.arange(self.rows, dtype=np.float64) + 0.5) * self.pixel_height

    def window(self, bounds: Bounds) -> "tuple[slice, slice]":
        """Return the rows and columns whose pixels touch a box, clipped to the grid (possibly empty)."""
        first_row = int(np.floor((self.north - bounds.north) / self.pixel_height))
        last_row = int(np.ceil((self.north - bounds.south) / self.pixel_height))
        first_column = int(np.floor((bounds.west - self.west) / self.pixel_width))
        last_column = int(np.ceil((bounds.east - self.west) / self.pixel_width))
        return (
            slice(min(max(first_row, 0), self.rows), min(max(last_row, 0), self.rows)),
            slice(min(max(first_column, 0), self.columns), min(max(last_column, 0), self.columns)),
        )

    def part(self, rows: slice, columns: slice) -> "Grid":
        """Return the grid of a window given by plain slices inside this grid."""
        return Grid(
            self.crs,
            self.west + columns.start * self.pixel_width,
            self.north - rows.start * self.pixel_height,
            self.pixel_width,
            self.pixel_height,
            rows.stop - rows.start,
            columns.stop - columns.start,
        )

    def row_column(self, x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the row and column of the pixel under each point; outside the grid they are out of range."""
        row = np.floor((self.north - np.asarray(y)) / self.pixel_height).astype(np.int64)
        column = np.floor((np.asarray(x) - self.west) / self.pixel_width).astype(np.int64)
        return row, column

    def longitude_latitude(self) -> tuple[FloatArray, FloatArray]:
        """Return the longitude and latitude of every pixel's centre [deg], each of the grid's shape."""
        x, y = np.meshgrid(self.x_centres(), self.y_centres())
        return project(x, y, self.crs, WGS84)


@dataclass(frozen=True, slots=True)
class Raster:
    """Values on a grid, with the quantity and unit they stand for. A missing float value is NaN."""

    values: NDArray[Any]
    grid: Grid
    quantity: str
    unit: str

    def at(self, longitude: ArrayLike, latitude: ArrayLike) -> NDArray[Any]:
        """Return the value of the pixel under each point; NaN outside (float rasters only)."""
        x, y = project(longitude, latitude, WGS84, self.grid.crs)
        row, column = self.grid.row_column(x, y)
        inside = (row >= 0) & (row < self.grid.rows) & (column >= 0) & (column < self.grid.columns)
        result = np.full(row.shape, np.nan, dtype=np.result_type(self.values.dtype, np.float32))
        result[inside] = self.values[row[inside], column[inside]]
        return result


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def project(x: ArrayLike, y: ArrayLike, source: str, target: str) -> tuple[FloatArray, FloatArray]:
    """Return points of one system in another; x is longitude or easting, y latitude or northing."""
    if source == target:
        return np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    u, v = _transformer(source, target).transform(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
    return np.asarray(u), np.asarray(v)


def project_bounds(bounds: Bounds, source: str, target: str) -> Bounds:
    """Return the box in another system that holds a box of this one."""
    return Bounds(*_transformer(source, target).transform_bounds(*bounds, densify_pts=21))


def utm_crs(longitude: float, latitude: float) -> str:
    """Return the UTM zone of a point as an EPSG code, such as EPSG:32650."""
    zone = int((longitude + 180.0) // 6.0) % 60 + 1
    return f"EPSG:{(32600 if latitude >= 0 else 32700) + zone}"


def metric_grid(bounds: Bounds, crs: str, pixel_m: float) -> Grid:
    """Return a grid of square pixels [m] in a projected system that covers a box of longitude and latitude.

    Its corner is a whole multiple of the pixel, so that grids of one region and pixel always fit together.
    """
    box = project_bounds(bounds, WGS84, crs)
    west = np.floor(box.west / pixel_m) * pixel_m
    north = np.ceil(box.north / pixel_m) * pixel_m
    columns = int(np.ceil((box.east - west) / pixel_m))
    rows = int(np.ceil((north - box.south) / pixel_m))
    return Grid(crs, float(west), float(north), pixel_m, pixel_m, rows, columns)


def distance_azimuth(
    longitude: float, latitude: float, to_longitude: ArrayLike, to_latitude: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Return the geodesic distance [m] and the azimuth [deg from north, 0 to 360) from a point to others."""
    to_longitude = np.asarray(to_longitude, dtype=float)
    to_latitude = np.asarray(to_latitude, dtype=float)
    start = np.broadcast_to(longitude, to_longitude.shape), np.broadcast_to(latitude, to_longitude.shape)
    azimuth, _, distance = _GEOD.inv(*start, to_longitude, to_latitude)
    return np.asarray(distance), np.asarray(azimuth) % 360.0


def destination(
    longitude: float, latitude: float, azimuth_deg: ArrayLike, distance_m: float
) -> tuple[FloatArray, FloatArray]:
    """Return longitude and latitude [deg] where geodesics from a point end, by azimuth [deg from north]."""
    azimuth = np.asarray(azimuth_deg, dtype=float)
    same = [np.full(azimuth.shape, value) for value in (longitude, latitude, distance_m)]
    to_longitude, to_latitude, _ = _GEOD.fwd(same[0], same[1], azimuth, same[2])
    return np.asarray(to_longitude), np.asarray(to_latitude)


def degrees_around(latitude: float, distance_m: float) -> tuple[float, float]:
    """Return how many degrees of longitude and latitude a distance spans at least at a latitude (a safe margin)."""
    latitude_deg = distance_m / 110_574.0
    shrink = max(np.cos(np.radians(min(abs(latitude) + latitude_deg, 89.0))), 0.01)
    return float(distance_m / (111_320.0 * shrink)) * 1.001, latitude_deg * 1.001


def hexagons(longitude: ArrayLike, latitude: ArrayLike, resolution: int = HEXAGON_RESOLUTION) -> list[str]:
    """Return the H3 cell of each point; each point lies in exactly one."""
    return [
        h3.latlng_to_cell(float(lat), float(lon), resolution)
        for lon, lat in zip(np.ravel(np.asarray(longitude)), np.ravel(np.asarray(latitude)), strict=True)
    ]


def hexagon_outline(cells: Sequence[str]) -> list[list[list[tuple[float, float]]]]:
    """Return the union of H3 cells as polygons: for each, its outer ring and holes as (longitude, latitude) pairs."""
    shape = h3.cells_to_h3shape(list(cells), tight=False)
    return [[[(lon, lat) for lat, lon in ring] for ring in (polygon.outer, *polygon.holes)] for polygon in shape]


def hexagon_groups(cells: Sequence[str]) -> list[list[str]]:
    """Return the contiguous groups of H3 cells: two cells belong together when a chain of neighbours joins them."""
    left = set(cells)
    groups = []
    for start in sorted(left):
        if start not in left:
            continue
        left.discard(start)
        group, front = [start], [start]
        while front:
            for neighbour in h3.grid_ring(front.pop(), 1):
                if neighbour in left:
                    left.discard(neighbour)
                    group.append(neighbour)
                    front.append(neighbour)
        groups.append(sorted(group))
    return groups


EQUATOR_M = 40_075_017.0
"""Length of the equator of WGS 84 [m]."""

TILE_ZOOM = 24
"""Zoom at which positions are numbered by `tile_key`: about 2 m."""


def tile_key(longitude: float, latitude: float) -> int:
    """Return the Morton number of the web map tile of zoom `TILE_ZOOM` in which a point lies.

    All points of a tile of a lower zoom have consecutive numbers: see `tile_range`.
    """
    last = (1 << TILE_ZOOM) - 1
    x = min(max(int((longitude + 180.0) / 360.0 * (last + 1)), 0), last)
    sine = min(max(math.sin(math.radians(latitude)), -0.9999), 0.9999)
    y = min(max(int((0.5 - math.atanh(sine) / (2.0 * math.pi)) * (last + 1)), 0), last)
    return _spread_bits(x) | _spread_bits(y) << 1


def tile_range(zoom: int, x: int, y: int) -> tuple[int, int]:
    """Return the first number of `tile_key` inside a web map tile, and the first one after it."""
    below = 2 * (TILE_ZOOM - zoom)
    first = _spread_bits(x) | _spread_bits(y) << 1
    return first << below, (first + 1) << below


def _spread_bits(value: int) -> int:
    """Put a zero between the bits of a number below 2**32."""
    value = (value | value << 16) & 0x0000FFFF0000FFFF
    value = (value | value << 8) & 0x00FF00FF00FF00FF
    value = (value | value << 4) & 0x0F0F0F0F0F0F0F0F
    value = (value | value << 2) & 0x3333333333333333
    return (value | value << 1) & 0x5555555555555555


def tiles_around(longitude: float, latitude: float, radius_m: float) -> list[tuple[int, int]]:
    """Return the number ranges of at most nine tiles, barely larger than needed, that hold a circle around a point."""
    side_of_all = EQUATOR_M * math.cos(math.radians(latitude)) / (1.01 * radius_m)
    zoom = min(max(math.floor(math.log2(max(side_of_all, 1.0))), 0), TILE_ZOOM)
    key = tile_key(longitude, latitude)
    x, y = _every_other_bit(key), _every_other_bit(key >> 1)
    below = TILE_ZOOM - zoom
    last = (1 << zoom) - 1
    around = {
        (min(max((x >> below) + i, 0), last), min(max((y >> below) + j, 0), last))
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
    }
    return [tile_range(zoom, *tile) for tile in sorted(around)]


def _every_other_bit(value: int) -> int:
    return sum(((value >> (2 * bit)) & 1) << bit for bit in range(TILE_ZOOM))
