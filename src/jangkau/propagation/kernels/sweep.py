"""Kernels that walk along a ray once and give the path geometry of every receiver beside it.

Everything that ITU-R P.1812 reads from a profile is kept up to date point after point: highest slopes and sums as they
are, and what a receiver sees of the ground behind it as upper convex hulls, on which the steepest line lies a few steps
from the last receiver's. That is noted for 64 receivers; `kernels.beside` adds their own points. Only the highest edge
of a path in sight and the roughness need a look at the ray's points, and bounds leave few of them.

A receiver's profile is the ray up to a few points before it, then its own points: the ground around a phone decides
most. Units are those of `kernels.profile`. Functions take arrays one by one, not in tuples: the compiler counts the
users of every array that it takes out of a tuple, and here that would be half of the time.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jangkau.compiled import kernel
from jangkau.elementary import larger, smaller
from jangkau.propagation.kernels import beside, many
from jangkau.propagation.kernels.beside import (
    GROUND,
    GROUND_BETA0,
    OBSTACLE,
    OBSTACLES,
    OBSTACLES_BETA0,
    TERRAIN,
    Lanes,
)
from jangkau.propagation.kernels.diffraction import WAVE_M_GHZ
from jangkau.propagation.kernels.many import LANES, QUANTITIES, Block
from jangkau.propagation.kernels.profile import BETA0_RADIUS_KM, INLAND, SEA, effective_radius_km

FloatArray = NDArray[np.float64]
ZoneArray = NDArray[np.uint8]


class Ray(NamedTuple):
    """Points of a ray, `spacing_km` apart, the first at the transmitter; obstacles near it are left out already.

    Attributes
    ----------
    spacing_km : float
    known : int
        Points before the first one whose terrain is unknown.
    mixed : bool
        Whether any point, also of the receivers' own, is not inland.
    standing : bool
        Whether anything stands on any point; otherwise the ground is all there is.
    points : float64, shape (2, points)
        `TERRAIN` and `OBSTACLE`.
    zone : uint8, shape (points,)
    """

    spacing_km: float
    known: int
    mixed: bool
    standing: bool
    points: FloatArray
    zone: ZoneArray


class Receivers(NamedTuple):
    """Receivers beside a ray, in the order of `last`.

    Attributes
    ----------
    found : int
        How many there are; arrays may be longer.
    distance_km, spacing_km, latitude_deg, woodland_m : float64, shape (receivers,)
        Path length, spacing of its own last points, latitude of the path's centre, depth in woodland.
    last : int64, shape (receivers,)
        The last point of the ray that belongs to the profile, at least 1.
    near : int64, shape (receivers,)
        How many points of its own come between that and the receiver, at least 1.
    points : float64, shape (blocks, 2, most + 1, LANES)
        `TERRAIN` and `OBSTACLE` of their own points, `LANES` receivers at a time, counted back from the receiver, which
        comes first; the farthest is repeated for those with fewer. A receiver on or beyond unknown ground has the
        terrain NaN.
    zone : uint8, shape (blocks, most + 1, LANES)
    """

    found: int
    distance_km: FloatArray
    spacing_km: FloatArray
    latitude_deg: FloatArray
    woodland_m: FloatArray
    last: NDArray[np.int64]
    near: NDArray[np.int64]
    points: FloatArray
    zone: ZoneArray


class Path(NamedTuple):
    """One receiver of a ray: path length, spacing of its own points [km], last point of the ray, own points."""

    total_km: float
    own_km: float
    last: int
    near: int


Hull = FloatArray
"""Upper convex hull of points that come with growing x, shape (3, points): x, y, slope from the vertex before."""


@kernel(inline=True)
def push(hull: Hull, size: int, x: float, y: float) -> int:
    """Add a point to the right of all others; returns the new number of vertices."""
    n = size
    while n > 1 and (y - hull[1, n - 1]) >= hull[2, n - 1] * (x - hull[0, n - 1]):
        n -= 1
    hull[0, n], hull[1, n] = x, y
    hull[2, n] = (y - hull[1, n - 1]) / (x - hull[0, n - 1]) if n > 0 else math.inf
    return n + 1


@kernel(inline=True)
def seen_highest(hull: Hull, size: int, x: float, y: float, guess: int) -> int:
    """Return the vertex that is seen under the highest angle from a point to the right of the hull.

    `guess` is where to begin: mostly the vertex that the last receiver sees is that of the next.
    """
    v = max(min(guess, size - 1), 0)
    while v > 0 and hull[1, v] + hull[2, v] * (x - hull[0, v]) < y:
        v -= 1
    while v < size - 1 and hull[1, v + 1] + hull[2, v + 1] * (x - hull[0, v + 1]) >= y:
        v += 1
    return v


@kernel(inline=True)
def farthest_above(hull: Hull, size: int, slope: float, guess: int) -> int:
    """Return the vertex that lies highest above a line of a given slope; `guess` as in `seen_highest`."""
    v = max(min(guess, size - 1), 0)
    while v > 0 and hull[2, v] < slope:
        v -= 1
    while v < size - 1 and hull[2, v + 1] >= slope:
        v += 1
    return v


Line = tuple[float, float]
"""The line between the antennas: path length [km] and slope [m/km]."""


STRETCH, WIDE = 16, 8
"""Points of a ray whose highest is known, and how many such stretches have theirs known together: where that is too
low, none of them is looked at."""


@kernel
def _find_tops(points: FloatArray, known: int, standing: float, tops: FloatArray, wide: FloatArray) -> None:
    """The highest of each `STRETCH` points of a ray into `tops`, of each `WIDE` of these into `wide`."""
    tops[:], wide[:] = -math.inf, -math.inf
    for b in range(-(-known // STRETCH)):
        highest = -math.inf
        for i in range(b * STRETCH, min((b + 1) * STRETCH, known)):
            highest = larger(highest, points[TERRAIN, i] + standing * points[OBSTACLE, i])
        tops[b], wide[b // WIDE] = highest, larger(wide[b // WIDE], highest)


@kernel
def _highest_edge(
    points: FloatArray,
    tops: FloatArray,
    wide: FloatArray,
    step: float,
    span: tuple[int, int],
    standing: float,
    bend: float,
    tx_m: float,
    line: Line,
    edge: float,
    guess: int,
) -> tuple[float, int]:
    """Equation (15) without (0.002 d)^0.5: the highest edge of a path in sight above `edge`, and its point or -1.

    All edges are negative, so the highest has the least square. `guess` is a point that may be it, or -1.
    """
    total, tilt = line
    square, at, i = edge * edge, -1, guess
    b, end = span[0] // STRETCH, span[1] // STRETCH
    if span[0] <= guess <= span[1]:
        product = guess * step * (total - guess * step)
        above = points[TERRAIN, i] + standing * points[OBSTACLE, i] + bend * product - (tx_m + tilt * (i * step))
        if above * above < square * product:
            square, at = above * above / product, guess
    while b <= end:
        if b % WIDE == 0 and b + WIDE <= end and _stays_below(wide[b // WIDE], b, WIDE, step, line, bend, tx_m, square):
            b += WIDE
            continue
        if not _stays_below(tops[b], b, 1, step, line, bend, tx_m, square):
            start, stop = max(b * STRETCH, span[0]), min(b * STRETCH + STRETCH, span[1] + 1)
            most = math.inf
            if stop - start == STRETCH:
                most = -math.inf
                for i in range(b * STRETCH, b * STRETCH + STRETCH):
                    d = i * step
                    product = d * (total - d)
                    above = points[TERRAIN, i] + standing * points[OBSTACLE, i] + bend * product - (tx_m + tilt * d)
                    most = larger(most, square * product - above * above)
            for i in range(start, stop if most > 0.0 else start):
                d = i * step
                product = d * (total - d)
                above = points[TERRAIN, i] + standing * points[OBSTACLE, i] + bend * product - (tx_m + tilt * d)
                if above * above < square * product:
                    square, at = above * above / product, i
        b += 1
    return -math.sqrt(square), at


@kernel(inline=True)
def _stays_below(
    top: float, b: int, stretches: int, step: float, line: Line, bend: float, tx_m: float, square: float
) -> bool:
    """Whether no edge of some stretches, whose highest point is known, can have less than a square."""
    total, tilt = line
    d = b * STRETCH * step
    end = larger(smaller(d + (stretches * STRETCH - 1) * step, total), d)
    largest = end * (total - d)
    most = top + bend * largest - tx_m - smaller(tilt * d, tilt * end)
    return bool((most < 0.0) & (most * most >= square * largest))


@kernel(inline=True)
def _search(
    lanes: Lanes,
    kind: int,
    points: FloatArray,
    tops: FloatArray,
    wide: FloatArray,
    step: float,
    lasts: NDArray[np.int64],
    standing: float,
    bend: float,
    tx_m: float,
) -> None:
    """Look at the points of the ray for a higher edge of those paths in sight that may have one."""
    k, guess = kind * beside.EACH * LANES, -1
    for i in range(lasts.size):
        if not lanes[k + beside.FIRST * LANES + i] < math.inf:
            continue
        first = max(int(lanes[k + beside.FIRST * LANES + i] / step), 1)
        last = min(int(lanes[k + beside.END * LANES + i] / step) + 1, lasts[i])
        line = (lanes[beside.TOTAL * LANES + i], lanes[beside.TILT * LANES + i])
        known = lanes[k + beside.EDGE * LANES + i]
        edge, at = _highest_edge(points, tops, wide, step, (first, last), standing, bend, tx_m, line, known, guess)
        if at >= 0:
            guess = at
            lanes[k + beside.EDGE * LANES + i] = edge
            lanes[k + beside.AT * LANES + i] = at * step


@kernel(inline=True)
def _roughen(
    lanes: Lanes,
    block: Block,
    points: FloatArray,
    tops: FloatArray,
    wide: FloatArray,
    step: float,
    lasts: NDArray[np.int64],
    flat: Hull,
    of_flat: int,
) -> None:
    """Attachment 1 section 5.6.3, equation (95), over the points of the ray between the horizons.

    `flat` is the hull of the ray so far: where the highest of all its points lies between the horizons, it is known.
    """
    guess, v, per_step = -1, 0, 1.0 / step
    for i in range(lasts.size):
        total, start = lanes[beside.TOTAL * LANES + i], lanes[beside.TX_LIMITED * LANES + i]
        if not total > 0.0:
            continue
        first = max(int(block[many.TX_HORIZON * LANES + i] / step + 0.5), 1)
        last = min(int((total - block[many.RX_HORIZON * LANES + i]) / step + 0.5), lasts[i])
        slope = (lanes[beside.RX_LIMITED * LANES + i] - start) / total * step
        known = block[many.ROUGHNESS * LANES + i]
        v = farthest_above(flat, of_flat, slope * per_step, v)
        at = int(flat[0, v] * per_step + 0.5)
        if first <= at <= last:
            known = larger(known, flat[1, v] - (start + slope * at))
        elif first < last:
            known, guess = _highest_above(points, tops, wide, first, last, start, slope, known, guess)
        elif first == last:
            known = larger(known, points[TERRAIN, first] - (start + slope * first))
        block[many.ROUGHNESS * LANES + i] = known


@kernel
def _highest_above(
    points: FloatArray,
    tops: FloatArray,
    wide: FloatArray,
    first: int,
    last: int,
    start: float,
    slope: float,
    known: float,
    guess: int,
) -> tuple[float, int]:
    """How high the terrain of a ray rises above a line [m], at least `known`, and where; `slope` is per point.

    `guess` is a point that may be it, or -1.
    """
    highest, at = known, guess
    if first <= guess <= last:
        highest = larger(highest, points[TERRAIN, guess] - (start + slope * guess))
    fall, wide_fall = min(0.0, slope * (STRETCH - 1)), min(0.0, slope * (WIDE * STRETCH - 1))
    b, end = first // STRETCH, last // STRETCH
    while b <= end:
        line = start + slope * (b * STRETCH)
        if b % WIDE == 0 and wide[b // WIDE] - line - wide_fall <= highest:
            b += WIDE
            continue
        if tops[b] - line - fall > highest:
            for i in range(max(b * STRETCH, first), min(b * STRETCH + STRETCH - 1, last) + 1):
                above = points[TERRAIN, i] - (start + slope * i)
                if above > highest:
                    highest, at = above, i
        b += 1
    return highest, at


@kernel
def _stretches(
    ray_zone: ZoneArray, own_zone: ZoneArray, step: float, path: Path, so_far: FloatArray
) -> tuple[float, float, float]:
    """Sections 3.6 and 4.1 for one receiver: share over sea, longest stretches over land and inland.

    `so_far` holds sea, land, inland, where the last land and the last inland stretch began, and where point `last`
    begins.
    """
    sea, land, inland = so_far[0], so_far[1], so_far[2]
    land_from, inland_from, start = so_far[3], so_far[4], so_far[5]
    here = path.last * step
    for m in range(path.near + 1, -1, -1):
        after = path.total_km - (m - 1) * path.own_km
        end = 0.5 * (here + after) if m > 0 else path.total_km
        zone = ray_zone[path.last] if m > path.near else own_zone[m]
        if zone == SEA:
            sea += end - start
            land_from = end
        else:
            land = max(land, end - land_from)
        if zone == INLAND:
            inland = max(inland, end - inland_from)
        else:
            inland_from = end
        start, here = end, after
    return sea / path.total_km, land, inland


@kernel
def _advance_stretches(zone: int, end: float, so_far: FloatArray) -> None:
    """Take a point of a ray that reaches to `end` [km] into `so_far` of `_stretches`."""
    if zone == SEA:
        so_far[0] += end - so_far[5]
        so_far[3] = end
    else:
        so_far[1] = max(so_far[1], end - so_far[3])
    if zone == INLAND:
        so_far[2] = max(so_far[2], end - so_far[4])
    else:
        so_far[4] = end
    so_far[5] = end


OVER_FLAT, DEPARTURE, SEEN = range(3)
"""What a transmitter has seen so far: steepest slopes over the flat earth and of the departing ray; from SEEN on for
each kind of profile the steepest slope less curvature [m/km] and how far that point is [km]."""

HULLS, SO_FAR, FLAT = 5, 17, 4
"""Hulls: for each kind of profile, and of the terrain over the flat earth."""


@kernel(inline=True)
def _look(seen: FloatArray, kind: int, slope: float, d: float) -> None:
    """Take a point of a ray into what the transmitter has seen."""
    if slope > seen[SEEN + 2 * kind]:
        seen[SEEN + 2 * kind], seen[SEEN + 2 * kind + 1] = slope, d


@kernel(inline=True)
def _note(
    lanes: Lanes, i: int, kind: int, seen: FloatArray, hull: Hull, size: int, x: float, y: float, guess: int
) -> int:
    """Note for a receiver what its ray has seen, and the vertex that it sees itself, which is also returned."""
    k, v = kind * beside.EACH * LANES, seen_highest(hull, size, x, y, guess)
    lanes[k + beside.SEEN * LANES + i] = seen[SEEN + 2 * kind]
    lanes[k + beside.HORIZON * LANES + i] = seen[SEEN + 2 * kind + 1]
    lanes[k + beside.VERTEX_KM * LANES + i] = hull[0, v]
    lanes[k + beside.VERTEX_M * LANES + i] = hull[1, v]
    return v


@kernel
def sweep(
    ray: Ray,
    receivers: Receivers,
    tx_height_m: float,
    rx_height_m: float,
    refractivity_gradient_n_per_km: float,
    with_beta0: bool,
    lowest_ghz: float,
    hulls: FloatArray,
    both_tops: FloatArray,
    so_far: FloatArray,
    lanes: Lanes,
    blocks: Block,
) -> None:
    """Fill blocks of `kernels.many` with the geometry of all receivers beside a ray.

    `hulls` is room of shape (HULLS, 3, points), `both_tops` of (4, points / STRETCH rounded up), `so_far` of SO_FAR,
    `lanes` of ROWS * LANES. Receivers on or beyond
    unknown ground get the distance NaN.
    """
    bend = 500.0 / effective_radius_km(refractivity_gradient_n_per_km)
    beta0_bend, departure_bend = 500.0 / BETA0_RADIUS_KM, 500.0 / (4.0 / 3.0 * 6371.0)
    no_loss_edge = -0.785 * math.sqrt(WAVE_M_GHZ / lowest_ghz)
    step, points, zone, own_points, own_zone = ray.spacing_km, ray.points, ray.zone, receivers.points, receivers.zone
    distance, own_spacing, lasts, nears = (
        receivers.distance_km,
        receivers.spacing_km,
        receivers.last,
        receivers.near,
    )
    latitude, woodland = receivers.latitude_deg, receivers.woodland_m
    flat, ground_hull, obstacle_hull = hulls[FLAT], hulls[GROUND], hulls[OBSTACLES]
    ground_beta0, obstacles_beta0 = hulls[GROUND_BETA0], hulls[OBSTACLES_BETA0]
    of_flat, of_ground, of_obstacles, of_ground_beta0, of_obstacles_beta0 = 0, 0, 0, 0, 0
    tx_ground = points[TERRAIN, 0]
    tx_m = tx_ground + tx_height_m
    bare_tops, bare_wide, tops, wide = both_tops[0], both_tops[1], both_tops[2], both_tops[3]
    _find_tops(points, ray.known, 0.0, bare_tops, bare_wide)
    standing, standing_beta0 = ray.standing, ray.standing and with_beta0
    if standing:
        _find_tops(points, ray.known, 1.0, tops, wide)
    stretches, seen = so_far[:6], so_far[6:]
    stretches[:], seen[:] = 0.0, -math.inf
    area, moment, k, h, near = 0.0, 0.0, 0, tx_ground, 0
    flat_seen, over, g, o, gb, ob = 0, 0, 0, 0, 0, 0
    for j in range(receivers.found):
        while k < min(lasts[j], ray.known - 1):
            if ray.mixed:
                _advance_stretches(zone[k], (k + 0.5) * step, stretches)
            k += 1
            d, before, obstacle = k * step, h, points[OBSTACLE, k]
            h = points[TERRAIN, k]
            area += step * (h + before)
            moment += step * (h * (3.0 * d - step) + before * (3.0 * d - 2.0 * step))
            slope = (h - tx_m) / d
            top_slope = slope + obstacle / d
            seen[OVER_FLAT] = max(seen[OVER_FLAT], slope)
            seen[DEPARTURE] = max(seen[DEPARTURE], top_slope - departure_bend * d)
            _look(seen, GROUND, slope - bend * d, d)
            of_flat = push(flat, of_flat, d, h)
            of_ground = push(ground_hull, of_ground, d, h - bend * d * d)
            if with_beta0:
                _look(seen, GROUND_BETA0, slope - beta0_bend * d, d)
                of_ground_beta0 = push(ground_beta0, of_ground_beta0, d, h - beta0_bend * d * d)
            if standing:
                _look(seen, OBSTACLES, top_slope - bend * d, d)
                of_obstacles = push(obstacle_hull, of_obstacles, d, h + obstacle - bend * d * d)
            if standing_beta0:
                _look(seen, OBSTACLES_BETA0, top_slope - beta0_bend * d, d)
                of_obstacles_beta0 = push(obstacles_beta0, of_obstacles_beta0, d, h + obstacle - beta0_bend * d * d)
        i, own = j % LANES, own_points[j // LANES]
        near = max(near, nears[j]) if i > 0 else nears[j]
        block = blocks[j // LANES * QUANTITIES * LANES : (j // LANES + 1) * QUANTITIES * LANES]
        rx_ground, total = own[TERRAIN, 0, i], distance[j]
        if lasts[j] >= ray.known or rx_ground != rx_ground:
            total = math.nan
        rx_m = rx_ground + rx_height_m
        lanes[beside.TOTAL * LANES + i] = total
        lanes[beside.OWN * LANES + i] = own_spacing[j]
        lanes[beside.NEAR * LANES + i] = nears[j]
        lanes[beside.RX * LANES + i] = rx_m
        lanes[beside.LAST_KM * LANES + i] = lasts[j] * step
        lanes[beside.LAST_M * LANES + i] = h
        lanes[beside.AREA * LANES + i] = area
        lanes[beside.MOMENT * LANES + i] = moment
        lanes[beside.DEPARTURE * LANES + i] = seen[DEPARTURE]
        lanes[beside.FLAT_SLOPE * LANES + i] = seen[OVER_FLAT]
        tilt, flat_seen = (rx_m - tx_m) / total, seen_highest(flat, of_flat, total, rx_m, flat_seen)
        lanes[beside.FLAT_KM * LANES + i], lanes[beside.FLAT_M * LANES + i] = flat[0, flat_seen], flat[1, flat_seen]
        over = farthest_above(flat, of_flat, tilt, over)
        lanes[beside.FLAT_ABOVE * LANES + i] = flat[1, over] - tx_m - tilt * flat[0, over]
        curved = total * total
        g = _note(lanes, i, GROUND, seen, ground_hull, of_ground, total, rx_m - bend * curved, g)
        if standing:
            o = _note(lanes, i, OBSTACLES, seen, obstacle_hull, of_obstacles, total, rx_m - bend * curved, o)
        bent_rx = rx_m - beta0_bend * curved
        if with_beta0:
            gb = _note(lanes, i, GROUND_BETA0, seen, ground_beta0, of_ground_beta0, total, bent_rx, gb)
        if standing_beta0:
            ob = _note(lanes, i, OBSTACLES_BETA0, seen, obstacles_beta0, of_obstacles_beta0, total, bent_rx, ob)
        sea, land_km, inland_km = 0.0, total, total
        if ray.mixed:
            path = Path(total, own_spacing[j], lasts[j], nears[j])
            sea, land_km, inland_km = _stretches(zone, own_zone[j // LANES, :, i], step, path, stretches)
        block[many.DISTANCE * LANES + i] = total
        block[many.LATITUDE * LANES + i] = latitude[j]
        block[many.WOODLAND * LANES + i] = woodland[j]
        block[many.SEA_SHARE * LANES + i] = sea
        block[many.LAND * LANES + i] = land_km
        block[many.INLAND_STRETCH * LANES + i] = inland_km
        block[many.TX_AT_SEA * LANES + i] = 1.0 if zone[0] == SEA else 0.0
        block[many.RX_AT_SEA * LANES + i] = 1.0 if own_zone[j // LANES, 0, i] == SEA else 0.0
        if i < LANES - 1 and j < receivers.found - 1:
            continue
        mine = lasts[j - i : j + 1]
        beside.begin(lanes, departure_bend, tx_m)
        beside.begin_kind(lanes, GROUND, bend)
        if standing:
            beside.begin_kind(lanes, OBSTACLES, bend)
        if with_beta0:
            beside.begin_kind(lanes, GROUND_BETA0, beta0_bend)
        if standing_beta0:
            beside.begin_kind(lanes, OBSTACLES_BETA0, beta0_bend)
        for m in range(1, near + 1):
            terrain, above = own[TERRAIN, m], own[OBSTACLE, m]
            beside.place(lanes, m)
            beside.take(lanes, terrain, above, m, departure_bend, tx_m)
            beside.take_kind(lanes, terrain, above, GROUND, 0.0, bend, tx_m)
            if standing:
                beside.take_kind(lanes, terrain, above, OBSTACLES, 1.0, bend, tx_m)
            if with_beta0:
                beside.take_kind(lanes, terrain, above, GROUND_BETA0, 0.0, beta0_bend, tx_m)
            if standing_beta0:
                beside.take_kind(lanes, terrain, above, OBSTACLES_BETA0, 1.0, beta0_bend, tx_m)
        beside.end_kind(lanes, GROUND, bend, -math.inf, tx_m)
        _search(lanes, GROUND, points, bare_tops, bare_wide, step, mine, 0.0, bend, tx_m)
        beside.edges_out(lanes, GROUND, block, many.GROUND_EDGE)
        beside.edges_out(lanes, GROUND, block, many.EDGE)
        if standing:
            beside.end_kind(lanes, OBSTACLES, bend, no_loss_edge, tx_m)
            _search(lanes, OBSTACLES, points, tops, wide, step, mine, 1.0, bend, tx_m)
            beside.edges_out(lanes, OBSTACLES, block, many.EDGE)
        if with_beta0:
            beside.end_kind(lanes, GROUND_BETA0, beta0_bend, no_loss_edge, tx_m)
            _search(lanes, GROUND_BETA0, points, bare_tops, bare_wide, step, mine, 0.0, beta0_bend, tx_m)
            beside.edges_out(lanes, GROUND_BETA0, block, many.GROUND_EDGE_BETA0)
            beside.edges_out(lanes, GROUND_BETA0, block, many.EDGE_BETA0)
        if standing_beta0:
            beside.end_kind(lanes, OBSTACLES_BETA0, beta0_bend, no_loss_edge, tx_m)
            _search(lanes, OBSTACLES_BETA0, points, tops, wide, step, mine, 1.0, beta0_bend, tx_m)
            beside.edges_out(lanes, OBSTACLES_BETA0, block, many.EDGE_BETA0)
        beside.horizons_out(lanes, block, bend)
        beside.smooth_out(lanes, block, own[TERRAIN, 0], own[TERRAIN, near], tx_m, tx_ground)
        for m in range(1, near + 1):
            beside.roughness_out(lanes, block, own[TERRAIN, m], m)
        _roughen(lanes, block, points, bare_tops, bare_wide, step, mine, flat, of_flat)
