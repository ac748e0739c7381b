"""Kernels that give the path geometry of 64 receivers beside a ray at a time, from what the ray knows of each.

`kernels.sweep` notes for each receiver what its ray has seen so far: value i of quantity Q is ``lanes[Q * LANES + i]``.
Here the receivers' own last points are added, point after point for all receivers, so that every line is done for many
by one instruction. Units are those of `kernels.profile`; equation numbers those of P.1812.

A receiver with fewer own points than another has its farthest one several times, which changes no maximum.
"""

import math

import numpy as np
from numpy.typing import NDArray

from jangkau.compiled import kernel
from jangkau.elementary import ONCE, larger, smaller
from jangkau.propagation.kernels import many
from jangkau.propagation.kernels.diffraction import crossing_edge
from jangkau.propagation.kernels.many import LANES, Block

Lanes = NDArray[np.float64]
Row = NDArray[np.float64]
"""One value of each of `LANES` receivers."""

TERRAIN, OBSTACLE = 0, 1
"""Rows of an array of points: height above sea level and what stands on it [m]."""

(
    TOTAL,
    OWN,
    NEAR,
    RX,
    LAST_KM,
    LAST_M,
    AREA,
    MOMENT,
    DEPARTURE,
    FLAT_SLOPE,
    FLAT_KM,
    FLAT_M,
    FLAT_ABOVE,
    TILT,
    REST,
    AWAY,
    PER_REST,
    PER_AWAY,
    FLAT_RX,
    PLAIN,
    WEIGHTED,
    TX_LIMITED,
    RX_LIMITED,
) = range(23)
"""Of a receiver: path length, spacing of its own points [km], how many they are, antenna [m amsl]; of the ray up to
there: its last point [km, m], sums of (85) and (86), the slope at which the arriving ray leaves, over the flat earth
the steepest slope, the vertex of its hull that the receiver sees, and the height above the line between the antennas.

Then what is worked out here: slope of that line, place of an own point from both ends [km] and its reciprocals, the
steepest slope towards the flat earth from the receiver, sums of the own points, smooth earth below both ends."""

GROUND, OBSTACLES, GROUND_BETA0, OBSTACLES_BETA0 = range(4)
"""Kinds of profile over the bent earth: without and with obstacles; and the same for beta0."""

(
    SEEN,
    HORIZON,
    VERTEX_KM,
    VERTEX_M,
    TX_SLOPE,
    RX_SLOPE,
    TX_AT,
    RX_AT,
    OWN_EDGE,
    OWN_AT,
    EDGE,
    AT,
    FIRST,
    END,
) = range(23, 37)
"""Of a kind: the steepest slope from the transmitter over the ray less curvature [m/km] and where [km], the vertex of
the hull that the receiver sees; then both steepest slopes and how far those points are from their ends, the highest
edge of the own points squared and where, the highest edge known and where, and where on the ray a higher one can be
[km]."""

EACH = 14
"""Quantities of a kind; those of kind k follow k * EACH later."""
ROWS = 23 + 4 * EACH


@kernel(fastmath=ONCE, inline=True)
def begin(lanes: Lanes, departure_bend: float, tx_m: float) -> None:
    """What does not depend on the kind, before the first own point."""
    for i in range(LANES):
        total, rx_m = lanes[TOTAL * LANES + i], lanes[RX * LANES + i]
        tilt = (rx_m - tx_m) / total
        lanes[TILT * LANES + i] = tilt
        lanes[DEPARTURE * LANES + i] = larger(lanes[DEPARTURE * LANES + i], tilt - departure_bend * total)
        lanes[FLAT_RX * LANES + i] = (lanes[FLAT_M * LANES + i] - rx_m) / (total - lanes[FLAT_KM * LANES + i])
        lanes[PLAIN * LANES + i] = 0.0
        lanes[WEIGHTED * LANES + i] = 0.0


@kernel(fastmath=ONCE, inline=True)
def begin_kind(lanes: Lanes, kind: int, bend: float) -> None:
    """Equations (13) and (17) over the ray, before the first own point."""
    k = kind * EACH * LANES
    for i in range(LANES):
        total = lanes[TOTAL * LANES + i]
        bent_rx = lanes[RX * LANES + i] - bend * total * total
        to_vertex = total - lanes[k + VERTEX_KM * LANES + i]
        lanes[k + TX_SLOPE * LANES + i] = lanes[k + SEEN * LANES + i] + bend * total
        lanes[k + RX_SLOPE * LANES + i] = (lanes[k + VERTEX_M * LANES + i] - bent_rx) / to_vertex - bend * total
        lanes[k + TX_AT * LANES + i] = lanes[k + HORIZON * LANES + i]
        lanes[k + RX_AT * LANES + i] = to_vertex
        lanes[k + OWN_EDGE * LANES + i] = -math.inf
        lanes[k + OWN_AT * LANES + i] = lanes[k + HORIZON * LANES + i]


@kernel(fastmath=ONCE, inline=True)
def place(lanes: Lanes, m: int) -> None:
    """Where own point m of every receiver is."""
    number = float(m)
    for i in range(LANES):
        near, own_km = lanes[NEAR * LANES + i], lanes[OWN * LANES + i]
        rest = smaller(number, near) * own_km
        away = lanes[TOTAL * LANES + i] - rest
        lanes[REST * LANES + i] = rest
        lanes[AWAY * LANES + i] = away
        lanes[PER_REST * LANES + i] = 1.0 / rest
        lanes[PER_AWAY * LANES + i] = 1.0 / away


@kernel(fastmath=ONCE, inline=True)
def take(lanes: Lanes, terrain: Row, obstacle: Row, m: int, departure_bend: float, tx_m: float) -> None:
    """Take an own point into the sums, the flat earth and the departing ray."""
    for i in range(LANES):
        h, away, per_away = terrain[i], lanes[AWAY * LANES + i], lanes[PER_AWAY * LANES + i]
        slope = (h - tx_m) * per_away
        between = h if m < lanes[NEAR * LANES + i] else 0.0
        lanes[PLAIN * LANES + i] += between
        lanes[WEIGHTED * LANES + i] += between * away
        lanes[FLAT_SLOPE * LANES + i] = larger(lanes[FLAT_SLOPE * LANES + i], slope)
        from_rx = (h - lanes[RX * LANES + i]) * lanes[PER_REST * LANES + i]
        lanes[FLAT_RX * LANES + i] = larger(lanes[FLAT_RX * LANES + i], from_rx)
        above = h - tx_m - lanes[TILT * LANES + i] * away
        lanes[FLAT_ABOVE * LANES + i] = larger(lanes[FLAT_ABOVE * LANES + i], above)
        leaving = slope + obstacle[i] * per_away - departure_bend * away
        lanes[DEPARTURE * LANES + i] = larger(lanes[DEPARTURE * LANES + i], leaving)


@kernel(fastmath=ONCE, inline=True)
def take_kind(lanes: Lanes, terrain: Row, obstacle: Row, kind: int, standing: float, bend: float, tx_m: float) -> None:
    """Take an own point into equations (13), (15) and (17); an edge is kept as its square with its sign."""
    k = kind * EACH * LANES
    for i in range(LANES):
        rest, away = lanes[REST * LANES + i], lanes[AWAY * LANES + i]
        per_rest, per_away = lanes[PER_REST * LANES + i], lanes[PER_AWAY * LANES + i]
        above = terrain[i] + standing * obstacle[i] + bend * rest * away - tx_m
        from_tx, steepest = above * per_away, lanes[k + TX_SLOPE * LANES + i]
        lanes[k + TX_AT * LANES + i] = away if from_tx > steepest else lanes[k + TX_AT * LANES + i]
        lanes[k + TX_SLOPE * LANES + i] = larger(from_tx, steepest)
        from_rx = (above + tx_m - lanes[RX * LANES + i]) * per_rest
        steepest = lanes[k + RX_SLOPE * LANES + i]
        lanes[k + RX_AT * LANES + i] = rest if from_rx > steepest else lanes[k + RX_AT * LANES + i]
        lanes[k + RX_SLOPE * LANES + i] = larger(from_rx, steepest)
        above -= lanes[TILT * LANES + i] * away
        edge, highest = above * abs(above) * per_rest * per_away, lanes[k + OWN_EDGE * LANES + i]
        lanes[k + OWN_AT * LANES + i] = away if edge > highest else lanes[k + OWN_AT * LANES + i]
        lanes[k + OWN_EDGE * LANES + i] = larger(edge, highest)


@kernel(fastmath=ONCE, inline=True)
def end_kind(lanes: Lanes, kind: int, bend: float, no_loss_edge: float, tx_m: float) -> None:
    """Equations (18) to (20) of a path out of sight; else the highest edge known (15) and where a higher one may be.

    Edges in sight are without (0.002 d)^0.5. All points lie below both steepest lines, so the edge at d is at most
    -a (d / (D - d))^0.5 and -b ((D - d) / d)^0.5, with a and b the angles between those lines and the ray [m/km].
    """
    k = kind * EACH * LANES
    for i in range(LANES):
        total, tilt, rx_m = lanes[TOTAL * LANES + i], lanes[TILT * LANES + i], lanes[RX * LANES + i]
        tx_slope, rx_slope = lanes[k + TX_SLOPE * LANES + i], lanes[k + RX_SLOPE * LANES + i]
        horizon, vertex = lanes[k + HORIZON * LANES + i], lanes[k + VERTEX_KM * LANES + i]
        bent_rx = rx_m - bend * total * total
        from_vertex = (lanes[k + VERTEX_M * LANES + i] - bent_rx) / (total - vertex) - bend * total
        at_vertex = (from_vertex + tilt) * math.sqrt((total - vertex) / vertex)
        at_horizon = (lanes[k + SEEN * LANES + i] + bend * total - tilt) * math.sqrt(horizon / (total - horizon))
        square = lanes[k + OWN_EDGE * LANES + i]
        own = math.copysign(math.sqrt(abs(square)), square)
        edge, at = larger(at_vertex, at_horizon), horizon if at_horizon > at_vertex else vertex
        edge, at = larger(edge, own), lanes[k + OWN_AT * LANES + i] if own > edge else at
        edge = larger(edge, no_loss_edge / math.sqrt(0.002 * total))
        a, b = tilt - tx_slope, larger(-tilt - rx_slope, 0.0)
        near, far = (b / edge) * (b / edge), edge / larger(a, 1e-12) * (edge / larger(a, 1e-12))
        clear = tx_slope < tilt
        searched = clear & (edge < 0.0) & (a * b < edge * edge)
        crossing = crossing_edge(tx_m, rx_m, total, tx_slope, rx_slope)
        lanes[k + EDGE * LANES + i] = edge if clear else crossing
        lanes[k + AT * LANES + i] = at
        lanes[k + FIRST * LANES + i] = total * near / (1.0 + near) if searched else math.inf
        lanes[k + END * LANES + i] = total * far / (1.0 + far)


@kernel(fastmath=ONCE, inline=True)
def edges_out(lanes: Lanes, kind: int, block: Block, out: int) -> None:
    """The edges of a kind, complete now, into a block of `kernels.many`."""
    k = kind * EACH * LANES
    for i in range(LANES):
        edge, clear = lanes[k + EDGE * LANES + i], lanes[k + TX_SLOPE * LANES + i] < lanes[TILT * LANES + i]
        block[out * LANES + i] = edge * math.sqrt(0.002 * lanes[TOTAL * LANES + i]) if clear else edge


@kernel(fastmath=ONCE, inline=True)
def horizons_out(lanes: Lanes, block: Block, bend: float) -> None:
    """Attachment 1 sections 5.1 to 5.5: horizons of the ground and the slopes of the rays there."""
    k = GROUND * EACH * LANES
    for i in range(LANES):
        total, tilt, fall = lanes[TOTAL * LANES + i], lanes[TILT * LANES + i], bend * lanes[TOTAL * LANES + i]
        tx_slope, at = lanes[k + TX_SLOPE * LANES + i], lanes[k + AT * LANES + i]
        clear = tx_slope < tilt
        block[many.TX_HORIZON * LANES + i] = at if clear else lanes[k + TX_AT * LANES + i]
        block[many.RX_HORIZON * LANES + i] = total - at if clear else lanes[k + RX_AT * LANES + i]
        block[many.TX_SLOPE * LANES + i] = 1e-3 * (larger(tx_slope, tilt) - fall)
        block[many.RX_SLOPE * LANES + i] = 1e-3 * ((-tilt if clear else lanes[k + RX_SLOPE * LANES + i]) - fall)


@kernel(fastmath=ONCE, inline=True)
def smooth_out(lanes: Lanes, block: Block, start: Row, farthest: Row, tx_m: float, tx_ground: float) -> None:
    """Attachment 1 section 5.6, equations (85) to (94): the smooth earth below both ends, for ducts and diffraction.

    `start` and `farthest` are the terrain of the receivers and of their farthest own points.
    """
    for i in range(LANES):
        total, own_km, near = lanes[TOTAL * LANES + i], lanes[OWN * LANES + i], lanes[NEAR * LANES + i]
        rx_m, rx_ground, before, tilt = (
            lanes[RX * LANES + i],
            start[i],
            lanes[LAST_KM * LANES + i],
            lanes[TILT * LANES + i],
        )
        last_m, h, d = lanes[LAST_M * LANES + i], farthest[i], total - near * own_km
        area = lanes[AREA * LANES + i] + (d - before) * (h + last_m)
        moment = lanes[MOMENT * LANES + i] + (d - before) * (h * (2.0 * d + before) + last_m * (d + 2.0 * before))
        area += own_km * (2.0 * lanes[PLAIN * LANES + i] + h + rx_ground)
        moment += own_km * (6.0 * lanes[WEIGHTED * LANES + i])
        moment += own_km * (h * (3.0 * d + own_km) + rx_ground * (3.0 * total - own_km))
        per_square = 1.0 / (total * total)
        tx_smooth, rx_smooth = (2.0 * area * total - moment) * per_square, (moment - area * total) * per_square
        highest = larger(lanes[FLAT_ABOVE * LANES + i], 0.0)
        from_tx, from_rx = lanes[FLAT_SLOPE * LANES + i] - tilt, lanes[FLAT_RX * LANES + i] + tilt
        share = highest / (from_tx + from_rx) if highest > 0.0 else 0.0
        tx_end, rx_end = tx_smooth - share * from_tx, rx_smooth - share * from_rx
        tx_limited, rx_limited = smaller(tx_smooth, tx_ground), smaller(rx_smooth, rx_ground)
        lanes[TX_LIMITED * LANES + i] = tx_limited
        lanes[RX_LIMITED * LANES + i] = rx_limited
        block[many.TX_ABOVE * LANES + i] = tx_m - smaller(tx_end, tx_ground)
        block[many.RX_ABOVE * LANES + i] = rx_m - smaller(rx_end, rx_ground)
        block[many.TX_EFFECTIVE * LANES + i] = tx_m - tx_limited
        block[many.RX_EFFECTIVE * LANES + i] = rx_m - rx_limited
        block[many.ROUGHNESS * LANES + i] = -1e9
        block[many.RX_AMSL * LANES + i] = rx_m
        block[many.RISE * LANES + i] = tx_m - rx_m
        block[many.SPACING * LANES + i] = own_km
        block[many.DEPARTURE * LANES + i] = lanes[DEPARTURE * LANES + i]


@kernel(fastmath=ONCE, inline=True)
def roughness_out(lanes: Lanes, block: Block, terrain: Row, m: int) -> None:
    """Take an own point between the horizons into the roughness, Attachment 1 section 5.6.3, equation (95)."""
    for i in range(LANES):
        total, own_km, start = lanes[TOTAL * LANES + i], lanes[OWN * LANES + i], lanes[TX_LIMITED * LANES + i]
        rest = smaller(float(m), lanes[NEAR * LANES + i]) * own_km
        slope = (lanes[RX_LIMITED * LANES + i] - start) / total
        above = terrain[i] - (start + slope * (total - rest))
        from_rx, from_tx = block[many.RX_HORIZON * LANES + i], total - block[many.TX_HORIZON * LANES + i]
        inside = (rest >= from_rx - 1e-6 * own_km) & (rest <= from_tx + 1e-6 * own_km)
        highest = block[many.ROUGHNESS * LANES + i]
        block[many.ROUGHNESS * LANES + i] = larger(highest, above if inside else highest)
