"""Borders of the invented villages: a mosaic of small cells, each given to the village that reaches it most easily."""

import heapq
import itertools

import numpy as np
import shapely
from numpy.typing import NDArray

from jangkau.geo import Bounds
from jangkau.synthetic.landscape import WATER, Landscape, to_degrees, to_metres

FloatArray = NDArray[np.float64]

CELLS_A_VILLAGE = 60
CLIMB_COST = 25.0
"""Metres of way that a metre of climb counts as: borders come to lie on ridges."""

RIVER_COST_M = 900.0
"""Way that crossing water counts as: borders come to lie on rivers where these are far from a village."""

CORNER_DEG = 1e-7
"""To which corners are rounded, so that neighbours share them exactly."""


def village_outlines(
    rng: np.random.Generator, landscape: Landscape, x_m: FloatArray, y_m: FloatArray
) -> list[shapely.Polygon]:
    """Return an outline for each village seed [deg]; together they tile the region, and neighbours share corners.

    Parameters
    ----------
    rng : numpy.random.Generator
    landscape : Landscape
    x_m, y_m : float64, shape (villages,)
        Where the villages stand, from the region's centre [m].
    """
    points_x, points_y = _mosaic_points(rng, landscape.bounds, x_m, y_m)
    cells = _cells(landscape.bounds, points_x, points_y)
    neighbours = _neighbours(cells)
    cost = _costs(landscape, points_x, points_y, neighbours)
    owner = _grown(len(points_x), len(x_m), neighbours, cost)
    return [shapely.coverage_union_all(cells[owner == k]).normalize() for k in range(len(x_m))]


def _mosaic_points(
    rng: np.random.Generator, bounds: Bounds, x_m: FloatArray, y_m: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Jittered lattice, without points too near a village's own, which come first."""
    (west, east), (south, north) = to_metres([bounds.west, bounds.east], [bounds.south, bounds.north])
    pitch = float(np.sqrt((east - west) * (north - south) / (CELLS_A_VILLAGE * len(x_m))))
    columns, rows = max(int((east - west) / pitch), 3), max(int((north - south) / pitch), 3)
    i, j = (a.ravel() for a in np.meshgrid(np.arange(columns), np.arange(rows)))
    x = west + (i + 0.5 + rng.uniform(-0.42, 0.42, i.size)) * (east - west) / columns
    y = south + (j + 0.5 + rng.uniform(-0.42, 0.42, j.size)) * (north - south) / rows
    apart = np.hypot(x[:, None] - x_m[None, :], y[:, None] - y_m[None, :]).min(axis=1) > 0.45 * pitch
    return np.concatenate([x_m, x[apart]]), np.concatenate([y_m, y[apart]])


def _neighbours(cells: NDArray[np.object_]) -> NDArray[np.int64]:
    """Pairs of cells that share an edge, shape (pairs, 2)."""
    seen: dict[tuple[tuple[float, float], tuple[float, float]], int] = {}
    pairs = []
    for k, cell in enumerate(cells):
        corners = [(float(x), float(y)) for x, y in shapely.get_coordinates(cell)]
        for a, b in itertools.pairwise(corners):
            other = seen.setdefault((min(a, b), max(a, b)), k)
            if other != k:
                pairs.append((other, k))
    return np.array(pairs, np.int64)


def _costs(landscape: Landscape, x: FloatArray, y: FloatArray, pairs: NDArray[np.int64]) -> FloatArray:
    """Way between neighbours [m], longer over hills and across water."""
    t = np.linspace(0.0, 1.0, 12)[None, :]
    a, b = pairs[:, 0], pairs[:, 1]
    along_x = x[a][:, None] * (1 - t) + x[b][:, None] * t
    along_y = y[a][:, None] * (1 - t) + y[b][:, None] * t
    row, column = landscape.grid.row_column(*to_degrees(along_x, along_y))
    climb = np.abs(np.diff(landscape.height_amsl_m[row, column].astype(float), axis=1)).sum(axis=1)
    wet = (landscape.land_cover[row, column] == WATER).any(axis=1)
    return np.asarray(np.hypot(x[a] - x[b], y[a] - y[b]) + CLIMB_COST * climb + RIVER_COST_M * wet)


def _grown(points: int, seeds: int, pairs: NDArray[np.int64], cost: FloatArray) -> NDArray[np.int64]:
    """Owner of each point: the seed (one of the first points) with the cheapest way to it."""
    ways: list[list[tuple[int, float]]] = [[] for _ in range(points)]
    for (a, b), c in zip(pairs.tolist(), cost.tolist(), strict=True):
        ways[a].append((b, c))
        ways[b].append((a, c))
    owner = np.full(points, -1)
    front = [(0.0, k, k) for k in range(seeds)]
    while front:
        far, point, seed = heapq.heappop(front)
        if owner[point] >= 0:
            continue
        owner[point] = seed
        for other, c in ways[point]:
            if owner[other] < 0:
                heapq.heappush(front, (far + c, other, seed))
    return owner


def _cells(bounds: Bounds, x: FloatArray, y: FloatArray) -> NDArray[np.object_]:
    """Voronoi cell of each point, clipped to the region, corners rounded."""
    points = shapely.multipoints(np.column_stack(to_degrees(x, y)))
    box = shapely.box(*bounds)
    found = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=box, ordered=True))
    clipped = shapely.intersection(found, box)
    return np.asarray(shapely.set_precision(clipped, CORNER_DEG, mode="pointwise"))
