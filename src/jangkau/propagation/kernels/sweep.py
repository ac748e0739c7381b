"""Kernels that walk along a ray once and give the path geometry of every receiver beside it.

Everything that ITU-R P.1812 reads from a profile is kept up to date point after point: highest slopes and sums as they
are, and what a receiver sees of the ground behind it as upper convex hulls, on which the steepest line is found by
halving. Only the highest edge of a path in sight needs a look at the points, and bounds leave few of them.

A receiver's profile is the ray up to a few points before it, then its own points: the ground around a phone decides
most. Units are those of `kernels.profile`. Functions take arrays one by one, not in tuples: the compiler counts the
users of every array that it takes out of a tuple, and here that would be half of the time.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jangkau.compiled import kernel
from jangkau.elementary import SUM, larger
from jangkau.propagation.kernels import many
from jangkau.propagation.kernels.diffraction import WAVE_M_GHZ, crossing_edge
from jangkau.propagation.kernels.many import LANES, QUANTITIES, Block
from jangkau.propagation.kernels.profile import BETA0_RADIUS_KM, INLAND, SEA, effective_radius_km

FloatArray = NDArray[np.float64]
ZoneArray = NDArray[np.uint8]

TERRAIN, OBSTACLE = 0, 1
"""Rows of an array of points: height above sea level and what stands on it [m]."""


class Ray(NamedTuple):
    """Points of a ray, `spacing_km` apart, the first at the transmitter; obstacles near it are left out already.

    Attributes
    ----------
    spacing_km : float
    known : int
        Points before the first one whose terrain is unknown.
    mixed : bool
        Whether any point, also of the receivers' own, is not inland.
    points : float64, shape (2, points)
        `TERRAIN` and `OBSTACLE`.
    zone : uint8, shape (points,)
    """

    spacing_km: float
    known: int
    mixed: bool
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
    points : float64, shape (receivers, 2, most + 1)
        `TERRAIN` and `OBSTACLE` of its own points, counted back from the receiver, which comes first. A receiver on or
        beyond unknown ground has the terrain NaN.
    zone : uint8, shape (receivers, most + 1)
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
    """One receiver of a ray: path length, spacing of the ray and of its own points [km], antennas [m amsl]."""

    total_km: float
    step_km: float
    own_km: float
    last: int
    near: int
    tx_m: float
    rx_m: float


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
def seen_highest(hull: Hull, size: int, x: float, y: float) -> int:
    """Return the vertex that is seen under the highest angle from a point to the right of the hull."""
    found, left = 0, size
    while left > 1:
        half = left >> 1
        v = found + half
        found = v if hull[1, v] + hull[2, v] * (x - hull[0, v]) >= y else found
        left -= half
    return found


@kernel(inline=True)
def farthest_above(hull: Hull, size: int, slope: float) -> int:
    """Return the vertex that lies highest above a line of a given slope."""
    found, left = 0, size
    while left > 1:
        half = left >> 1
        found = found + half if hull[2, found + half] >= slope else found
        left -= half
    return found


class Sight(NamedTuple):
    """Slopes of the steepest lines from both ends of a path over the bent earth [m/km], and whether they miss.

    The slope from the receiver over the ray alone is kept beside, with the distance of the point there [km].
    """

    clear: bool
    tx_slope: float
    rx_slope: float
    ray_slope: float
    vertex_km: float


@kernel(inline=True)
def _sight(hull: Hull, size: int, own: FloatArray, path: Path, standing: float, highest: float, bend: float) -> Sight:
    """Equations (13) and (17) for one receiver, from what the ray knows and the receiver's own points."""
    total, tx_m, rx_m, own_km = path.total_km, path.tx_m, path.rx_m, path.own_km
    bent_rx = rx_m - bend * total * total
    v = seen_highest(hull, size, total, bent_rx)
    ray_slope = (hull[1, v] - bent_rx) / (total - hull[0, v]) - bend * total
    tx_slope, rx_slope = highest + bend * total, ray_slope
    for m in range(1, path.near + 1):
        rest = m * own_km
        d = total - rest
        above = own[TERRAIN, m] + standing * own[OBSTACLE, m] + bend * d * rest
        tx_slope, rx_slope = larger(tx_slope, (above - tx_m) / d), larger(rx_slope, (above - rx_m) / rest)
    return Sight(tx_slope < (rx_m - tx_m) / total, tx_slope, rx_slope, ray_slope, hull[0, v])


@kernel(inline=True)
def _own_edge(own: FloatArray, path: Path, standing: float, bend: float) -> float:
    """Equation (15) without (0.002 d)^0.5 over the receiver's own points."""
    total, tx_m, own_km, tilt = path.total_km, path.tx_m, path.own_km, (path.rx_m - path.tx_m) / path.total_km
    highest = -math.inf
    for m in range(1, path.near + 1):
        rest = m * own_km
        d = total - rest
        above = own[TERRAIN, m] + standing * own[OBSTACLE, m] + bend * d * rest - (tx_m + tilt * d)
        highest = larger(highest, above / math.sqrt(d * rest))
    return highest


@kernel(inline=True)
def _highest_edge(points: FloatArray, path: Path, first: int, last: int, standing: float, bend: float) -> float:
    """Equation (15) without (0.002 d)^0.5 over points of the ray: the highest edge of a path in sight."""
    tilt, highest = (path.rx_m - path.tx_m) / path.total_km, -math.inf
    for i in range(first, last + 1):
        d = i * path.step_km
        product = d * (path.total_km - d)
        above = points[TERRAIN, i] + standing * points[OBSTACLE, i] + bend * product - (path.tx_m + tilt * d)
        highest = larger(highest, above / math.sqrt(product))
    return highest


@kernel(inline=True)
def _where_edge(points: FloatArray, path: Path, first: int, last: int, edge: float, bend: float) -> int:
    """The last point of the ground whose edge is not below what `_highest_edge` found there, else the first."""
    tilt = (path.rx_m - path.tx_m) / path.total_km
    for i in range(last, first, -1):
        d = i * path.step_km
        product = d * (path.total_km - d)
        if (points[TERRAIN, i] + bend * product - (path.tx_m + tilt * d)) / math.sqrt(product) >= edge:
            return i
    return first


@kernel(inline=True)
def _where_own_edge(own: FloatArray, path: Path, edge: float, bend: float) -> float:
    """How far from the transmitter the nearest of the receiver's own points is that has an edge [km]."""
    tilt = (path.rx_m - path.tx_m) / path.total_km
    for m in range(1, path.near):
        rest = m * path.own_km
        d = path.total_km - rest
        above = own[TERRAIN, m] + bend * d * rest - (path.tx_m + tilt * d)
        if above / math.sqrt(d * rest) >= edge:
            return d
    return path.total_km - path.near * path.own_km


@kernel(inline=True)
def _window(path: Path, sight: Sight, edge: float) -> tuple[int, int]:
    """Points of the ray at which an edge above a given one (< 0) is possible; first > last where there is none.

    All points lie below both steepest lines, so the edge at d is at most -a (d / (D - d))^0.5 and -b ((D - d) / d)^0.5,
    with a and b the angles between those lines and the ray [m/km].
    """
    tilt = (path.rx_m - path.tx_m) / path.total_km
    a, b = tilt - sight.tx_slope, max(-tilt - sight.rx_slope, 0.0)
    if edge >= 0.0 or a * b >= edge * edge:
        return 1, 0
    near, far = (b / edge) ** 2, (edge / max(a, 1e-12)) ** 2
    first, end = path.total_km * near / (1.0 + near), path.total_km * far / (1.0 + far)
    return max(int(first / path.step_km), 1), min(int(end / path.step_km) + 1, path.last)


@kernel(inline=True)
def _edge(
    points: FloatArray,
    own: FloatArray,
    hull: Hull,
    size: int,
    path: Path,
    standing: float,
    highest: float,
    horizon_km: float,
    bend: float,
    no_loss_edge: float,
) -> float:
    """Equations (13) to (20) for one receiver; an edge so low that nothing is lost may come out as `no_loss_edge`."""
    sight = _sight(hull, size, own, path, standing, highest, bend)
    if not sight.clear:
        return crossing_edge(path.tx_m, path.rx_m, path.total_km, sight.tx_slope, sight.rx_slope)
    root = math.sqrt(0.002 * path.total_km)
    edge = max(no_loss_edge / root, _own_edge(own, path, standing, bend))
    for at_km in (sight.vertex_km, horizon_km):
        k = int(at_km / path.step_km + 0.5)
        edge = max(edge, _highest_edge(points, path, k, k, standing, bend))
    first, last = _window(path, sight, edge)
    return max(edge, _highest_edge(points, path, first, last, standing, bend)) * root


class Ground(NamedTuple):
    """The terrain of one path without obstacles: edge, horizons [km] and the slopes of the rays there [m/m]."""

    edge: float
    tx_horizon_km: float
    rx_horizon_km: float
    tx_slope: float
    rx_slope: float


@kernel(inline=True)
def _ground(
    points: FloatArray,
    own: FloatArray,
    hull: Hull,
    size: int,
    path: Path,
    highest: float,
    horizon_km: float,
    bend: float,
) -> Ground:
    """Attachment 1 sections 4 and 5.1 to 5.5, and the edge over the terrain alone."""
    total = path.total_km
    sight = _sight(hull, size, own, path, 0.0, highest, bend)
    if sight.clear:
        rise, fall = (path.rx_m - path.tx_m) / (1000.0 * total), 1e-3 * bend * total
        edge, at = _nearest_to_ray(points, own, path, sight, horizon_km, bend)
        return Ground(edge * math.sqrt(0.002 * total), at, total - at, rise - fall, -rise - fall)
    tx_slope, rx_slope = sight.tx_slope - bend * total, sight.rx_slope - bend * total
    tx_km, rx_km = horizon_km, total - sight.vertex_km
    if tx_slope > highest:
        for m in range(1, path.near + 1):
            rest = m * path.own_km
            if (own[TERRAIN, m] + bend * (total - rest) * rest - path.tx_m) / (total - rest) >= sight.tx_slope:
                tx_km = total - rest
    if sight.rx_slope > sight.ray_slope:
        for m in range(path.near, 0, -1):
            rest = m * path.own_km
            if (own[TERRAIN, m] + bend * (total - rest) * rest - path.rx_m) / rest >= sight.rx_slope:
                rx_km = rest
    edge = crossing_edge(path.tx_m, path.rx_m, total, sight.tx_slope, sight.rx_slope)
    return Ground(edge, tx_km, rx_km, 1e-3 * tx_slope, 1e-3 * rx_slope)


@kernel(inline=True)
def _nearest_to_ray(
    points: FloatArray, own: FloatArray, path: Path, sight: Sight, horizon_km: float, bend: float
) -> tuple[float, float]:
    """Attachment 1 section 5.2: the highest edge of a path in sight without (0.002 d)^0.5, and where it is [km]."""
    edge, at = -math.inf, horizon_km
    for at_km in (sight.vertex_km, horizon_km):
        k = int(at_km / path.step_km + 0.5)
        here = _highest_edge(points, path, k, k, 0.0, bend)
        if here > edge:
            edge, at = here, at_km
    here = _own_edge(own, path, 0.0, bend)
    if here > edge:
        edge, at = here, _where_own_edge(own, path, here, bend)
    first, last = _window(path, sight, edge)
    found = _highest_edge(points, path, first, last, 0.0, bend)
    if found > edge:
        edge, at = found, _where_edge(points, path, first, last, found, bend) * path.step_km
    return edge, at


@kernel(fastmath=SUM)
def _smooth_ends(
    own: FloatArray, path: Path, terrain_at_last_m: float, area: float, moment: float
) -> tuple[float, float]:
    """Attachment 1 section 5.6.1, equations (85) to (88), from the ray's sums and the receiver's own points."""
    total, own_km, n = path.total_km, path.own_km, path.near
    before, d, h = path.last * path.step_km, path.total_km - path.near * path.own_km, own[TERRAIN, path.near]
    area += (d - before) * (h + terrain_at_last_m)
    moment += (d - before) * (h * (2.0 * d + before) + terrain_at_last_m * (d + 2.0 * before))
    plain, weighted = 0.0, 0.0
    for m in range(1, n):
        plain += own[TERRAIN, m]
        weighted += own[TERRAIN, m] * (total - m * own_km)
    start = own[TERRAIN, 0]
    area += own_km * (2.0 * plain + h + start)
    moment += own_km * (6.0 * weighted + h * (3.0 * d + own_km) + start * (3.0 * total - own_km))
    per_square = 1.0 / (total * total)
    return (2.0 * area * total - moment) * per_square, (moment - area * total) * per_square


@kernel(inline=True)
def _diffraction_ends(
    own: FloatArray, flat: Hull, size: int, path: Path, steepest: float, tx_smooth_m: float, rx_smooth_m: float
) -> tuple[float, float]:
    """Attachment 1 section 5.6.2, equations (89) to (91), before the ends are kept below the ground [m]."""
    total = path.total_km
    tilt = (path.rx_m - path.tx_m) / total
    v = farthest_above(flat, size, tilt)
    tx_m, own_km = path.tx_m, path.own_km
    highest = flat[1, v] - tx_m - tilt * flat[0, v]
    for m in range(1, path.near + 1):
        highest = larger(highest, own[TERRAIN, m] - (tx_m + tilt * (total - m * own_km)))
    if highest <= 0.0:
        return tx_smooth_m, rx_smooth_m
    v = seen_highest(flat, size, total, path.rx_m)
    from_tx, from_rx = steepest - tilt, (flat[1, v] - path.rx_m) / (total - flat[0, v]) + tilt
    for m in range(1, path.near + 1):
        rest = m * own_km
        above = own[TERRAIN, m] - (tx_m + tilt * (total - rest))
        from_tx, from_rx = larger(from_tx, above / (total - rest)), larger(from_rx, above / rest)
    share = highest / (from_tx + from_rx)
    return tx_smooth_m - share * from_tx, rx_smooth_m - share * from_rx


@kernel(inline=True)
def _roughness_m(
    points: FloatArray,
    own: FloatArray,
    path: Path,
    tx_horizon_km: float,
    end_km: float,
    tx_end_m: float,
    rx_end_m: float,
) -> float:
    """Attachment 1 section 5.6.3, equation (95)."""
    slope = (rx_end_m - tx_end_m) / path.total_km
    highest = -1e9
    first = max(int(tx_horizon_km / path.step_km + 0.5), 1)
    last = min(int(end_km / path.step_km + 0.5), path.last)
    for i in range(first, last + 1):
        highest = larger(highest, points[TERRAIN, i] - (tx_end_m + slope * (i * path.step_km)))
    near_end = min(int((path.total_km - tx_horizon_km) / path.own_km + 1e-6), path.near)
    near_start = max(math.ceil((path.total_km - end_km) / path.own_km - 1e-6), 1)
    for m in range(near_start, near_end + 1):
        d = path.total_km - m * path.own_km
        highest = larger(highest, own[TERRAIN, m] - (tx_end_m + slope * d))
    return highest


@kernel(inline=True)
def _departure(own: FloatArray, path: Path, steepest: float, bend: float) -> float:
    """The slope at which the arriving ray leaves [m/km]."""
    total = path.total_km
    steepest = max(steepest, (path.rx_m - path.tx_m) / total - bend * total)
    tx_m, own_km = path.tx_m, path.own_km
    for m in range(1, path.near + 1):
        d = total - m * own_km
        steepest = larger(steepest, (own[TERRAIN, m] + own[OBSTACLE, m] - tx_m) / d - bend * d)
    return steepest


@kernel(inline=True)
def _stretches(ray_zone: ZoneArray, own_zone: ZoneArray, path: Path, so_far: FloatArray) -> tuple[float, float, float]:
    """Sections 3.6 and 4.1 for one receiver: share over sea, longest stretches over land and inland.

    `so_far` holds sea, land, inland, where the last land and the last inland stretch began, and where point `last`
    begins.
    """
    sea, land, inland = so_far[0], so_far[1], so_far[2]
    land_from, inland_from, start = so_far[3], so_far[4], so_far[5]
    here = path.last * path.step_km
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


@kernel(inline=True)
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


(
    OVER_OBSTACLES,
    OVER_OBSTACLES_BETA0,
    OVER_GROUND,
    OVER_GROUND_BETA0,
    OVER_FLAT,
    DEPARTURE,
    HORIZON,
    OBSTACLE_HORIZON,
) = range(8)
"""What a transmitter has seen so far: steepest slopes less curvature [m/km], and how far the highest ground
and the highest obstacle are [km]."""

FLAT, GROUND, OBSTACLES, GROUND_BETA0, OBSTACLES_BETA0 = range(5)
"""Hulls of the terrain as it is; bent by the earth, without and with obstacles; and the same for beta0."""

HULLS, SO_FAR = 5, 14


@kernel(inline=True)
def _look(
    h: float, obstacle: float, d: float, tx_m: float, bends: tuple[float, float, float], seen: FloatArray
) -> None:
    """Take a point of a ray into what the transmitter has seen."""
    slope = (h - tx_m) / d
    top_slope = slope + obstacle / d
    if top_slope - bends[0] * d > seen[OVER_OBSTACLES]:
        seen[OVER_OBSTACLES], seen[OBSTACLE_HORIZON] = top_slope - bends[0] * d, d
    seen[OVER_OBSTACLES_BETA0] = max(seen[OVER_OBSTACLES_BETA0], top_slope - bends[1] * d)
    seen[OVER_GROUND_BETA0] = max(seen[OVER_GROUND_BETA0], slope - bends[1] * d)
    seen[OVER_FLAT] = max(seen[OVER_FLAT], slope)
    seen[DEPARTURE] = max(seen[DEPARTURE], top_slope - bends[2] * d)
    if slope - bends[0] * d > seen[OVER_GROUND]:
        seen[OVER_GROUND], seen[HORIZON] = slope - bends[0] * d, d


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
    so_far: FloatArray,
    blocks: Block,
    departure_out: FloatArray,
) -> None:
    """Fill blocks of `kernels.many` with the geometry of all receivers beside a ray.

    `hulls` is room of shape (HULLS, 3, points), `so_far` of SO_FAR. `departure_out` takes the slope at which the
    arriving ray leaves the transmitter over an earth of 4/3 radius [m/km]. Receivers on or beyond unknown ground get
    the distance NaN.
    """
    bend = 500.0 / effective_radius_km(refractivity_gradient_n_per_km)
    bends = (bend, 500.0 / BETA0_RADIUS_KM, 500.0 / (4.0 / 3.0 * 6371.0))
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
    stretches, seen = so_far[:6], so_far[6:]
    stretches[:], seen[:] = 0.0, -math.inf
    area, moment, k, h = 0.0, 0.0, 0, tx_ground
    for j in range(receivers.found):
        while k < min(lasts[j], ray.known - 1):
            if ray.mixed:
                _advance_stretches(zone[k], (k + 0.5) * step, stretches)
            k += 1
            d, before, obstacle = k * step, h, points[OBSTACLE, k]
            h = points[TERRAIN, k]
            area += step * (h + before)
            moment += step * (h * (3.0 * d - step) + before * (3.0 * d - 2.0 * step))
            _look(h, obstacle, d, tx_m, bends, seen)
            of_flat = push(flat, of_flat, d, h)
            of_ground = push(ground_hull, of_ground, d, h - bend * d * d)
            of_obstacles = push(obstacle_hull, of_obstacles, d, h + obstacle - bend * d * d)
            if with_beta0:
                of_ground_beta0 = push(ground_beta0, of_ground_beta0, d, h - bends[1] * d * d)
                of_obstacles_beta0 = push(obstacles_beta0, of_obstacles_beta0, d, h + obstacle - bends[1] * d * d)
        out = (j // LANES) * QUANTITIES * LANES + j % LANES
        own = own_points[j]
        rx_ground, total = own[TERRAIN, 0], distance[j]
        blocks[out + many.DISTANCE * LANES] = math.nan
        if lasts[j] >= ray.known or rx_ground != rx_ground:
            continue
        path = Path(total, step, own_spacing[j], lasts[j], nears[j], tx_m, rx_ground + rx_height_m)
        ground = _ground(points, own, ground_hull, of_ground, path, seen[OVER_GROUND], seen[HORIZON], bend)
        tx_smooth, rx_smooth = _smooth_ends(own, path, h, area, moment)
        tx_end, rx_end = _diffraction_ends(own, flat, of_flat, path, seen[OVER_FLAT], tx_smooth, rx_smooth)
        tx_limited, rx_limited = min(tx_smooth, tx_ground), min(rx_smooth, rx_ground)
        sea, land_km, inland_km = 0.0, total, total
        if ray.mixed:
            sea, land_km, inland_km = _stretches(zone, own_zone[j], path, stretches)
        blocks[out + many.DISTANCE * LANES] = total
        blocks[out + many.SPACING * LANES] = path.own_km
        blocks[out + many.RISE * LANES] = tx_m - path.rx_m
        blocks[out + many.RX_AMSL * LANES] = path.rx_m
        blocks[out + many.LATITUDE * LANES] = latitude[j]
        blocks[out + many.WOODLAND * LANES] = woodland[j]
        blocks[out + many.SEA_SHARE * LANES] = sea
        blocks[out + many.LAND * LANES] = land_km
        blocks[out + many.INLAND_STRETCH * LANES] = inland_km
        blocks[out + many.TX_AT_SEA * LANES] = 1.0 if zone[0] == SEA else 0.0
        blocks[out + many.RX_AT_SEA * LANES] = 1.0 if own_zone[j, 0] == SEA else 0.0
        blocks[out + many.TX_HORIZON * LANES] = ground.tx_horizon_km
        blocks[out + many.RX_HORIZON * LANES] = ground.rx_horizon_km
        blocks[out + many.TX_SLOPE * LANES] = ground.tx_slope
        blocks[out + many.RX_SLOPE * LANES] = ground.rx_slope
        blocks[out + many.TX_ABOVE * LANES] = tx_m - min(tx_end, tx_ground)
        blocks[out + many.RX_ABOVE * LANES] = path.rx_m - min(rx_end, rx_ground)
        blocks[out + many.TX_EFFECTIVE * LANES] = tx_m - tx_limited
        blocks[out + many.RX_EFFECTIVE * LANES] = path.rx_m - rx_limited
        blocks[out + many.ROUGHNESS * LANES] = _roughness_m(
            points, own, path, ground.tx_horizon_km, total - ground.rx_horizon_km, tx_limited, rx_limited
        )
        blocks[out + many.GROUND_EDGE * LANES] = ground.edge
        blocks[out + many.EDGE * LANES] = _edge(
            points,
            own,
            obstacle_hull,
            of_obstacles,
            path,
            1.0,
            seen[OVER_OBSTACLES],
            seen[OBSTACLE_HORIZON],
            bend,
            no_loss_edge,
        )
        if with_beta0:
            blocks[out + many.EDGE_BETA0 * LANES] = _edge(
                points,
                own,
                obstacles_beta0,
                of_obstacles_beta0,
                path,
                1.0,
                seen[OVER_OBSTACLES_BETA0],
                seen[OBSTACLE_HORIZON],
                bends[1],
                no_loss_edge,
            )
            blocks[out + many.GROUND_EDGE_BETA0 * LANES] = _edge(
                points,
                own,
                ground_beta0,
                of_ground_beta0,
                path,
                0.0,
                seen[OVER_GROUND_BETA0],
                seen[HORIZON],
                bends[1],
                no_loss_edge,
            )
        departure_out[j] = _departure(own, path, seen[DEPARTURE], bends[2])
