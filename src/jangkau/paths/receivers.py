"""The pixels of a grid as receivers beside the rays from an antenna: where they are and their own last points."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jangkau.compiled import kernel
from jangkau.elementary import smaller
from jangkau.propagation.kernels.beside import OBSTACLE, TERRAIN
from jangkau.propagation.kernels.many import LANES
from jangkau.propagation.kernels.sweep import Receivers
from jangkau.terrain.ground import INLAND, GroundArrays
from jangkau.terrain.profiles import (
    Curve,
    SampleScratch,
    clear_ends,
    number_of_points,
    placement,
    sample,
    sample_at,
    surface_at,
)

OUTSIDE, SWEPT, BY_PATH = 0, 1, 2
"""How the loss of a pixel came about: beyond the radius, from a ray, from its own profile."""

NODE = 16
"""Pixels between the points at which the map projection is computed; between them it is straight within 1 cm.

`between` counts on 16."""

FEWEST_LAST = 8
"""Pixels whose ray would give fewer profile points than this are computed path by path."""


class Pixels(NamedTuple):
    """Positions of the pixels of a grid, at every `NODE`-th row and column; between them they are interpolated."""

    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    east_m: NDArray[np.float64]
    north_m: NDArray[np.float64]


@kernel(inline=True)
def between(nodes: NDArray[np.float64], row: int, column: int) -> float:
    """The value at a pixel, bilinear between nodes."""
    i, j = row >> 4, column >> 4
    down, right = (row & 15) * 0.0625, (column & 15) * 0.0625
    below, beside = min(i + 1, nodes.shape[0] - 1), min(j + 1, nodes.shape[1] - 1)
    upper = nodes[i, j] + right * (nodes[i, beside] - nodes[i, j])
    lower = nodes[below, j] + right * (nodes[below, beside] - nodes[below, j])
    return float(upper + down * (lower - upper))


class Scratch(NamedTuple):
    """Working arrays of a thread: the ray's points, and its receivers as they are found and sorted."""

    sampled: SampleScratch
    surface: NDArray[np.uint8]
    trees: NDArray[np.int64]
    hulls: NDArray[np.float64]
    tops: NDArray[np.float64]
    so_far: NDArray[np.float64]
    lanes: NDArray[np.float64]
    blocks: NDArray[np.float64]
    pixel: NDArray[np.int32]
    begin: NDArray[np.int64]
    found: NDArray[np.float64]
    sorted: NDArray[np.float64]
    last: NDArray[np.int64]


DISTANCE, PARTS, CLEAR, LATITUDE, EAST, SOUTH, LONGITUDE, KIND, STEP, EASTWARD, SOUTHWARD, AMONG, TREES = range(13)
"""What is found of a receiver: distance [m], into how many steps its profile falls, how many points its clearing holds,
latitude, position in pixels of the ground, longitude, kind of ground. What follows from these: spacing [m] and how far
an own point is from the next; and while its points are followed, whether woodland goes on, and how many points deep."""


@kernel(allocates=True)
def aligned(size: int) -> NDArray[np.float64]:
    """An array that begins where the processor reads eight numbers at once."""
    room = np.zeros(size + 8)
    skip = (-room.ctypes.data % 64) // 8
    return room[skip : skip + size]


@kernel
def ray_points(
    ground: GroundArrays,
    curve: Curve,
    count: int,
    spacing_m: float,
    points: NDArray[np.float64],
    zone: NDArray[np.uint8],
    scratch: Scratch,
) -> tuple[int, bool]:
    """Sample a ray: terrain, obstacles beyond the antenna's clearing, zones, and how many points back trees reach.

    Returns how many points come before unknown terrain, and whether any is not inland.
    """
    terrain, obstacle = points[TERRAIN], points[OBSTACLE]
    sample(ground, curve, 0.0, 1.0 / (count - 1), count, scratch.sampled, terrain, scratch.surface)
    known, trees, others = count, 0, 0
    for k in range(count):
        if terrain[k] != terrain[k]:
            known = k
            break
    surface, trees_before = scratch.surface, scratch.trees
    heights, zones, woodland = ground.obstacle_height_m, ground.zone, ground.woodland
    for k in range(count):
        s = surface[k]
        obstacle[k], zone[k] = heights[s], zones[s]
        others += zone[k] != INLAND
        trees = trees + 1 if woodland[s] else 0
        trees_before[k] = trees
    clear_ends(obstacle, spacing_m, count, ground.clearing_m[surface[0]], 0.0)
    return known, others > 0


@kernel
def ray_receivers(
    ground: GroundArrays,
    pixels: Pixels,
    columns: int,
    ends: tuple[float, float, float, float],
    steps: tuple[float, float],
    beyond: int,
    mine: NDArray[np.int32],
    own: Receivers,
    scratch: Scratch,
    how_out: NDArray[np.uint8],
) -> tuple[int, bool]:
    """Fill in the pixels of a ray as receivers, sorted by the last ray point they use.

    `beyond` is how many points of their own they have beyond their clearing.
    Returns how many there are and whether any of their points is not inland. Pixels too near the antenna are left out
    and marked.
    """
    count = _find(ground, pixels, columns, ends, steps, beyond, mine, scratch, how_out)
    _sort(ground, ends, beyond, mine, count, own, scratch)
    mixed = False
    for block in range(-(-count // LANES)):
        mixed |= _own_points(ground, block, min(count - block * LANES, LANES), beyond, own, scratch)
    return count, mixed


@kernel
def _find(
    ground: GroundArrays,
    pixels: Pixels,
    columns: int,
    ends: tuple[float, float, float, float],
    steps: tuple[float, float],
    beyond: int,
    mine: NDArray[np.int32],
    scratch: Scratch,
    how_out: NDArray[np.uint8],
) -> int:
    """Find where the pixels of a ray are and how many use each of its points as their last; returns how many in all."""
    begin, lasts, found = scratch.begin, scratch.last, scratch.found
    east, south, longitude, latitude = found[EAST], found[SOUTH], found[LONGITUDE], found[LATITUDE]
    per_columns = 1.0 / columns
    for i in range(mine.size):
        row = int((mine[i] + 0.5) * per_columns)
        column = mine[i] - row * columns
        east[i], south[i] = between(pixels.east_m, row, column), between(pixels.north_m, row, column)
        longitude[i], latitude[i] = between(pixels.longitude, row, column), between(pixels.latitude, row, column)
    _measure(ground, steps, beyond, mine.size, scratch)
    begin[:] = 0
    count = 0
    for i in range(mine.size):
        if lasts[i] < FEWEST_LAST:
            how_out[mine[i]] = BY_PATH
            lasts[i] = -1
            continue
        begin[lasts[i] + 1] += 1
        count += 1
    for k in range(begin.size - 1):
        begin[k + 1] += begin[k]
    return count


@kernel(inline=True)
def _measure(ground: GroundArrays, steps: tuple[float, float], beyond: int, count: int, scratch: Scratch) -> None:
    """Work out the distance, clearing and last ray point of pixels, and their position on the ground.

    Before, EAST and SOUTH hold metres east and north of the antenna.
    """
    step_m, per_spacing = steps[0], 1.0 / steps[1]
    found, last = scratch.found, scratch.last
    distance, parts, clear, kind = found[DISTANCE], found[PARTS], found[CLEAR], found[KIND]
    east, south, longitude, latitude = found[EAST], found[SOUTH], found[LONGITUDE], found[LATITUDE]
    west, north, per_column, per_row = placement(ground)
    for i in range(count):
        distance[i] = math.sqrt(east[i] * east[i] + south[i] * south[i])
        parts[i] = number_of_points(distance[i], step_m) - 1
        east[i], south[i] = (longitude[i] - west) * per_column, (north - latitude[i]) * per_row
    for i in range(count):
        surface = surface_at(ground.surface, east[i], south[i])
        kind[i], clear[i] = surface, ground.clearing_m[surface]
    for i in range(count):
        own_m = distance[i] / parts[i]
        clear[i] = np.floor(clear[i] / own_m)
        last[i] = int((distance[i] - (clear[i] + beyond + 0.5) * own_m) * per_spacing)


@kernel
def _sort(
    ground: GroundArrays,
    ends: tuple[float, float, float, float],
    beyond: int,
    mine: NDArray[np.int32],
    count: int,
    own: Receivers,
    scratch: Scratch,
) -> None:
    """Put the `count` receivers found into the order of their last ray points."""
    begin, lasts, found, index, placed = scratch.begin, scratch.last, scratch.found, scratch.pixel, scratch.sorted
    for i in range(mine.size):
        if lasts[i] < 0:
            continue
        j = begin[lasts[i]]
        begin[lasts[i]] += 1
        index[j], own.last[j] = mine[i], lasts[i]
        for q in (DISTANCE, PARTS, CLEAR, LATITUDE, EAST, SOUTH, KIND):
            placed[q, j] = found[q, i]
    west, north, per_column, per_row = placement(ground)
    antenna_x, antenna_y = (ends[0] - west) * per_column, (north - ends[1]) * per_row
    distance, parts, clear, latitude = placed[DISTANCE], placed[PARTS], placed[CLEAR], placed[LATITUDE]
    step, x, y, eastward, southward = placed[STEP], placed[EAST], placed[SOUTH], placed[EASTWARD], placed[SOUTHWARD]
    total, spacing, centre, near = own.distance_km, own.spacing_km, own.latitude_deg, own.near
    for j in range(count):
        per_part = 1.0 / parts[j]
        step[j] = distance[j] * per_part
        eastward[j], southward[j] = (antenna_x - x[j]) * per_part, (antenna_y - y[j]) * per_part
        total[j], spacing[j] = 1e-3 * distance[j], 1e-3 * step[j]
        centre[j] = 0.5 * (ends[1] + latitude[j])
        near[j] = int(clear[j]) + beyond


@kernel
def _own_points(ground: GroundArrays, block: int, count: int, beyond: int, own: Receivers, scratch: Scratch) -> bool:
    """Sample the own points of a block of receivers; returns whether any is not inland.

    Fills in what stands on them, their zones, and how deep in woodland the receivers are, as far as the kinds of ground
    differ in that.
    """
    start, end = block * LANES, (block + 1) * LANES
    placed, east, south, surface = scratch.sorted, scratch.sampled.east, scratch.sampled.south, scratch.surface
    x, y, clear, kind = placed[EAST][start:end], placed[SOUTH][start:end], placed[CLEAR][start:end], placed[KIND]
    eastward, southward = placed[EASTWARD][start:end], placed[SOUTHWARD][start:end]
    among, trees, step = placed[AMONG][start:end], placed[TREES][start:end], placed[STEP][start:end]
    heights, zones, woodland, trees_before = ground.obstacle_height_m, ground.zone, ground.woodland, scratch.trees
    terrain, obstacle, zone = own.points[block, TERRAIN], own.points[block, OBSTACLE], own.zone[block]
    last, depth_m, near, farthest, others = own.last, own.woodland_m, own.near, 0, 0
    standing, coasts, trees_grow = False, False, False
    for s in range(heights.size):
        standing |= heights[s] > 0.0
        coasts |= zones[s] != INLAND
        trees_grow |= woodland[s]
    for i in range(count):
        farthest = max(farthest, near[start + i])
        among[i], trees[i] = woodland[int(kind[start + i])], 0.0
    for m in range(farthest + 1):
        for i in range(LANES):
            number = smaller(float(m), clear[i] + beyond)
            east[i], south[i] = x[i] + number * eastward[i], y[i] + number * southward[i]
        sample_at(ground, LANES, scratch.sampled, terrain[m], surface)
        if standing:
            for i in range(count):
                obstacle[m, i] = heights[surface[i]] if m > clear[i] else 0.0
        if coasts:
            for i in range(count):
                zone[m, i] = zones[surface[i]]
                others += zone[m, i] != INLAND
        if trees_grow and m > 0:
            for i in range(count):
                among[i] = among[i] * woodland[surface[i]] if m <= near[start + i] else among[i]
                trees[i] += among[i] if m <= near[start + i] else 0.0
    for i in range(count):
        j, unknown = start + i, 0.0
        for m in range(farthest + 1):
            unknown += terrain[m, i]
        terrain[0, i] = terrain[0, i] if unknown == unknown else math.nan
        if among[i] > 0.0:
            trees[i] += trees_before[last[j]]
        stands = int(kind[j])
        depth = (trees[i] + 0.5) * step[i] - ground.clearing_m[stands]
        depth_m[j] = max(depth, 0.0) if woodland[stands] else 0.0
    return others > 0
