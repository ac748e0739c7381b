"""People of the invented regency: villages on rivers and low slopes, their districts, hamlets, roads and places."""

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from jangkau.geo import Raster
from jangkau.synthetic.borders import village_outlines
from jangkau.synthetic.landscape import BUILT, CROPS, GRASS, WATER, Landscape, slope, to_degrees, to_metres

FloatArray = NDArray[np.float64]

PEOPLE_A_VILLAGE = 1875
"""On average: 180 000 people in 96 villages."""

VOTERS_SHARE, VOTERS_A_STATION = 0.66, 425
HAMLET_REACH_M, HAMLET_APART_M = 4500.0, 800.0
REMOTE_SHARE = 0.2
"""Of the villages, those farthest from their town by road and with few people."""


@dataclass(frozen=True, slots=True)
class Hamlet:
    """A settlement: part of a village where people live together."""

    village: int
    x_m: float
    y_m: float
    people: int
    is_core: bool


@dataclass(frozen=True, slots=True, eq=False)
class Peopled:
    """Where people live, by index of village and district; nothing has a code or name yet.

    Attributes
    ----------
    x_m, y_m : float64, shape (villages,)
        Cores of the villages, from the region's centre [m].
    people : int64, shape (villages,)
    district : int64, shape (villages,)
        Index of each village's district; numbered from north to south.
    towns : tuple of int
        The village that is the town of each district.
    capital : int
        The village with most people.
    outlines : tuple of shapely.Polygon
        Of the villages [deg].
    hamlets : tuple of Hamlet
        Cores first within a village.
    roads : tuple of (x_m, y_m)
        Lines from village to village.
    road_m : float64, shape (villages,)
        Way by road to the district's town [m].
    remote : bool, shape (villages,)
    """

    x_m: FloatArray
    y_m: FloatArray
    people: NDArray[np.int64]
    district: NDArray[np.int64]
    towns: tuple[int, ...]
    capital: int
    outlines: tuple[shapely.Polygon, ...]
    hamlets: tuple[Hamlet, ...]
    roads: tuple[tuple[FloatArray, FloatArray], ...]
    road_m: FloatArray
    remote: NDArray[np.bool_]


def settle(seed: int, landscape: Landscape, villages: int, districts: int) -> Peopled:
    """Return where people live, and paint their clearings into the landscape's land cover.

    Parameters
    ----------
    seed : int
    landscape : Landscape
        Its `land_cover` is changed.
    villages, districts : int
        How many, districts <= villages.
    """
    rng = np.random.default_rng([seed, 2])
    charm = _charm(landscape)
    x, y = _village_seeds(rng, landscape, charm, villages)
    district = _districts(rng, x, y, districts)
    order = np.lexsort((x, district))
    x, y, district = x[order], y[order], district[order]
    towns = tuple(_town(landscape, x, y, np.flatnonzero(district == k)) for k in range(districts))
    capital = max(towns, key=lambda t: _river_size(landscape, float(x[t]), float(y[t])))
    people = _people(rng, villages, towns, capital)
    roads, road_m = _roads(rng, x, y, towns, district, capital)
    outlines = village_outlines(rng, landscape, x, y)
    hamlets = _hamlets(rng, landscape, charm, outlines, roads, (x, y, people))
    rank = np.argsort(np.argsort(road_m * (1.0 + 500.0 / people)))
    remote = rank >= villages * (1.0 - REMOTE_SHARE)
    _clear(rng, landscape, hamlets)
    return Peopled(x, y, people, district, towns, capital, tuple(outlines), hamlets, roads, road_m, remote)


def dry_spot(
    rng: np.random.Generator, landscape: Landscape, outline: shapely.Polygon, x_m: float, y_m: float, spread_m: float
) -> tuple[float, float]:
    """Return a point on dry land inside an outline, near a point that is itself one [m]."""
    for _ in range(30):
        x, y = x_m + rng.normal(0.0, spread_m), y_m + rng.normal(0.0, spread_m)
        if _is_dry_inside(landscape, outline, x, y):
            return x, y
    return x_m, y_m


def _is_dry_inside(landscape: Landscape, outline: shapely.Polygon, x_m: float, y_m: float) -> bool:
    longitude, latitude = to_degrees(x_m, y_m)
    row, column = landscape.grid.row_column(longitude, latitude)
    inside = 0 <= row < landscape.grid.rows and 0 <= column < landscape.grid.columns
    if not inside or landscape.land_cover[row, column] == WATER:
        return False
    return bool(shapely.contains_xy(outline, float(longitude), float(latitude)))


def _charm(landscape: Landscape) -> Raster:
    """How gladly people live on each pixel, 0 on water and steep ground, most by rivers."""
    grid = landscape.grid
    near = np.zeros(grid.shape, np.float32)
    for river in landscape.rivers:
        worth = np.minimum(1.0, 0.25 + 0.06 * np.sqrt(river.catchment_km2))
        rows, columns = grid.row_column(*to_degrees(river.x_m[::8], river.y_m[::8]))
        for row, column, value in zip(rows.tolist(), columns.tolist(), worth[::8].tolist(), strict=True):
            part = near[max(row - 16, 0) : max(row + 17, 0), max(column - 16, 0) : max(column + 17, 0)]
            np.maximum(part, np.float32(value), out=part)
    flat = np.clip(1.0 - slope(landscape.height_amsl_m) / 0.22, 0.0, 1.0)
    charm = np.where(landscape.land_cover == WATER, 0.0, flat**2 * (0.04 + near)).astype(np.float32)
    return Raster(charm, grid, "charm", "1")


def _village_seeds(
    rng: np.random.Generator, landscape: Landscape, charm: Raster, villages: int
) -> tuple[FloatArray, FloatArray]:
    """Points that are apart from each other, drawn by charm."""
    b = landscape.bounds
    inset_x, inset_y = 0.012 * (b.east - b.west), 0.012 * (b.north - b.south)
    count = 400 * villages
    longitude = rng.uniform(b.west + inset_x, b.east - inset_x, count)
    latitude = rng.uniform(b.south + inset_y, b.north - inset_y, count)
    weight = charm.at(longitude, latitude).astype(float)
    order = np.argsort(rng.exponential(size=count) / np.maximum(weight, 1e-9))
    order = order[weight[order] > 0.0]
    x, y = to_metres(longitude[order], latitude[order])
    (west, east), (south, north) = to_metres([b.west, b.east], [b.south, b.north])
    apart = 0.75 * math.sqrt(float((east - west) * (north - south)) / villages)
    while True:
        chosen = _apart(x, y, apart, villages)
        if len(chosen) == villages:
            return x[chosen], y[chosen]
        apart *= 0.95


def _apart(x: FloatArray, y: FloatArray, apart_m: float, most: int) -> list[int]:
    """First points, in their order, of which no two are nearer than a distance."""
    chosen: list[int] = []
    free = np.ones(x.size, np.bool_)
    while len(chosen) < most and free.any():
        k = int(np.argmax(free))
        chosen.append(k)
        free &= np.hypot(x - x[k], y - y[k]) >= apart_m
    return chosen


def _districts(rng: np.random.Generator, x: FloatArray, y: FloatArray, districts: int) -> NDArray[np.int64]:
    """Clusters by k-means, numbered from north to south."""
    points = np.column_stack([x, y])
    centres = points[[int(rng.integers(len(x)))]]
    while len(centres) < districts:
        distance = np.hypot(*(points[:, None, :] - centres[None, :, :]).transpose(2, 0, 1)).min(axis=1)
        centres = np.concatenate([centres, points[[int(np.argmax(distance))]]])
    member = np.zeros(len(x), np.int64)
    for _ in range(30):
        member = np.hypot(*(points[:, None, :] - centres[None, :, :]).transpose(2, 0, 1)).argmin(axis=1)
        centres = np.array([points[member == k].mean(axis=0) for k in range(districts)])
    number = np.empty(districts, np.int64)
    number[np.argsort(-centres[:, 1])] = np.arange(districts)
    return np.asarray(number[member])


def _river_size(landscape: Landscape, x_m: float, y_m: float) -> float:
    """Square root of the largest catchment within 1 km [km]."""
    found = 0.0
    for river in landscape.rivers:
        near = np.hypot(river.x_m - x_m, river.y_m - y_m) < 1000.0
        if near.any():
            found = max(found, float(river.catchment_km2[near].max()))
    return math.sqrt(found)


def _town(landscape: Landscape, x: FloatArray, y: FloatArray, members: NDArray[np.int64]) -> int:
    """Of a district's villages, the one in the middle on the largest river."""
    middle_x, middle_y = x[members].mean(), y[members].mean()
    spread = float(np.hypot(x[members] - middle_x, y[members] - middle_y).mean()) + 1.0
    scores = [
        _river_size(landscape, float(x[k]), float(y[k])) / 12.0 - math.hypot(x[k] - middle_x, y[k] - middle_y) / spread
        for k in members
    ]
    return int(members[int(np.argmax(scores))])


def _people(rng: np.random.Generator, villages: int, towns: tuple[int, ...], capital: int) -> NDArray[np.int64]:
    """People of each village; their sum is fixed."""
    weight = rng.lognormal(0.0, 0.6, villages)
    weight[list(towns)] = rng.uniform(2.5, 4.5, len(towns))
    weight[capital] = 9.0
    return shared(PEOPLE_A_VILLAGE * villages, weight, least=120)


def shared(total: int, weight: FloatArray, least: int = 0) -> NDArray[np.int64]:
    """Share a whole number in proportion to weights, by largest remainders; each gets at least `least`."""
    exact = (total - least * len(weight)) * weight / weight.sum()
    amount = np.floor(exact).astype(np.int64)
    rest = int(total - least * len(weight) - amount.sum())
    amount[np.argsort(amount - exact, kind="stable")[:rest]] += 1
    return np.asarray(amount + least)


def _roads(
    rng: np.random.Generator,
    x: FloatArray,
    y: FloatArray,
    towns: tuple[int, ...],
    district: NDArray[np.int64],
    capital: int,
) -> tuple[tuple[tuple[FloatArray, FloatArray], ...], FloatArray]:
    """Shortest trees that join the towns to the capital and each village to its town; the way to the town [m]."""
    joined = _tree(x, y, capital, np.array(towns))
    road_m = np.zeros(len(x))
    for k, town in enumerate(towns):
        for a, b in _tree(x, y, town, np.flatnonzero(district == k)):
            road_m[b] = road_m[a] + 1.25 * math.hypot(x[a] - x[b], y[a] - y[b])
            joined.append((a, b))
    return tuple(_winding(rng, (x[a], y[a]), (x[b], y[b])) for a, b in joined), road_m


def _tree(x: FloatArray, y: FloatArray, root: int, members: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Edges of a spanning tree in the order in which they grow from the root; short ones first."""
    left = [int(k) for k in members if k != root]
    inside, edges = [root], []
    while left:
        a, b = min(
            ((a, b) for a in inside for b in left), key=lambda e: math.hypot(x[e[0]] - x[e[1]], y[e[0]] - y[e[1]])
        )
        edges.append((a, b))
        inside.append(b)
        left.remove(b)
    return edges


def _winding(
    rng: np.random.Generator, start: tuple[float, float], end: tuple[float, float]
) -> tuple[FloatArray, FloatArray]:
    """Line between two points that swings to both sides, with a point every 200 m or so."""
    length = math.hypot(end[0] - start[0], end[1] - start[1])
    t = np.linspace(0.0, 1.0, max(int(length / 200.0), 2) + 1)
    aside = sum(rng.normal(0.0, 0.05 / k) * np.sin(math.pi * k * t) for k in range(1, 7))
    dx, dy = end[0] - start[0], end[1] - start[1]
    return start[0] + t * dx - aside * dy, start[1] + t * dy + aside * dx


def _hamlets(
    rng: np.random.Generator,
    landscape: Landscape,
    charm: Raster,
    outlines: list[shapely.Polygon],
    roads: tuple[tuple[FloatArray, FloatArray], ...],
    villages: tuple[FloatArray, FloatArray, NDArray[np.int64]],
) -> tuple[Hamlet, ...]:
    road_x, road_y = (np.concatenate([road[k] for road in roads] or [np.empty(0)]) for k in (0, 1))
    bank_x = np.concatenate([r.x_m[::10] for r in landscape.rivers] or [np.empty(0)])
    bank_y = np.concatenate([r.y_m[::10] for r in landscape.rivers] or [np.empty(0)])
    way_x, way_y = np.concatenate([road_x, bank_x]), np.concatenate([road_y, bank_y])
    found: list[Hamlet] = []
    for k, (x, y, people) in enumerate(zip(*villages, strict=True)):
        count = int(np.clip(rng.poisson(1.2 + people / 900.0), 1, 6))
        near = np.hypot(way_x - x, way_y - y) < HAMLET_REACH_M
        spots = [(float(x), float(y))]
        spots += _spots(rng, landscape, charm, outlines[k], (way_x[near], way_y[near]), spots[0], count - 1)
        weight = np.concatenate([[2.2], rng.lognormal(-0.4, 0.5, len(spots) - 1)])
        shares = shared(int(people), weight, least=15)
        found += [Hamlet(k, *spot, int(n), i == 0) for i, (spot, n) in enumerate(zip(spots, shares, strict=True))]
    return tuple(found)


def _spots(
    rng: np.random.Generator,
    landscape: Landscape,
    charm: Raster,
    outline: shapely.Polygon,
    ways: tuple[FloatArray, FloatArray],
    core: tuple[float, float],
    count: int,
) -> list[tuple[float, float]]:
    """Up to `count` points by a river or road inside a village, apart from its core and each other."""
    if count == 0 or ways[0].size == 0:
        return []
    pick = rng.integers(ways[0].size, size=150)
    x = ways[0][pick] + rng.normal(0.0, 150.0, pick.size)
    y = ways[1][pick] + rng.normal(0.0, 150.0, pick.size)
    longitude, latitude = to_degrees(x, y)
    good = shapely.contains_xy(outline, longitude, latitude) & (charm.at(longitude, latitude) > 0.05)
    x, y = np.concatenate([[core[0]], x[good]]), np.concatenate([[core[1]], y[good]])
    return [(float(x[k]), float(y[k])) for k in _apart(x, y, HAMLET_APART_M, count + 1)[1:]]


def _clear(rng: np.random.Generator, landscape: Landscape, hamlets: tuple[Hamlet, ...]) -> None:
    """Paint houses, fields and grass around each hamlet, larger for more people."""
    grid, cover = landscape.grid, landscape.land_cover
    x, y = to_metres(grid.x_centres(), grid.y_centres())
    for hamlet in hamlets:
        size = math.sqrt(hamlet.people / 500.0)
        built, crops = 60.0 + 55.0 * size, min(260.0 + 130.0 * size, 1500.0)
        reach = 1.6 * crops
        columns = slice(*np.searchsorted(x, [hamlet.x_m - reach, hamlet.x_m + reach]))
        rows = slice(*np.searchsorted(-y, [-hamlet.y_m - reach, -hamlet.y_m + reach]))
        dx, dy = x[columns][None, :] - hamlet.x_m, y[rows][:, None] - hamlet.y_m
        angle = np.arctan2(dy, dx)
        wave = sum(0.13 * np.sin(n * angle + rng.uniform(0.0, 6.28)) for n in (1, 2, 3))
        distance = np.hypot(dx, dy) / (1.0 + wave) * (1.0 + 0.1 * rng.standard_normal(angle.shape))
        part = cover[rows, columns]
        open_land = np.where(distance < crops * 0.7, CROPS, GRASS)
        part[(distance < crops) & (part != WATER) & (part != BUILT)] = open_land[
            (distance < crops) & (part != WATER) & (part != BUILT)
        ]
        part[(distance < built) & (part != WATER)] = BUILT
