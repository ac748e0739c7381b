"""Budgeted connected facility location with capacities, as single-commodity flow with tightened bounds (scf*).

    maximise    sum_i w_i y_i
    subject to  y_i <= sum of x_v over nodes v that cover cell i            covered
                sum of z over arcs into v + b_v = x_v                       fed once: by a hop or by satellite
                z_uv <= sum of z over arcs into u, but the one from v       a parent is fed by another hop
                f into v - f out of v = D_v (x_v - b_v)                     what arrives stays or goes on
                D_v z_uv <= f_uv <= min(capacity, what can hang on v) z_uv  tightened bounds of flow
                sum of costs <= budget
                x, z, b binary, 0 <= y <= 1, f >= 0

x: node built, z: arc used, b: node fed by satellite, f: flow [Mbit/s].
"""

from dataclasses import dataclass

import numpy as np

from jangkau.planning.cover import Rows, reduce
from jangkau.planning.linear import INFINITE, Floats, Ints, Model
from jangkau.planning.network import ALONE, NOT_BUILT, Network


@dataclass(frozen=True, slots=True)
class NetworkModel:
    """The model and where its variables stand.

    Attributes
    ----------
    model : Model
    x, b : int64, shape (nodes,)
    arc : int64, shape (arcs,)
        Numbers of the arcs that may be used (2 hop, or 2 hop + 1 against its direction).
    z, f : int64, shape (arcs,)
    y : int64, shape (merged cells,)
    cells : Rows
        Of each merged cell, the nodes that cover it.
    """

    model: Model
    x: Ints
    b: Ints
    arc: Ints
    z: Ints
    f: Ints
    y: Ints
    cells: Rows


def build(network: Network, budget: float) -> NetworkModel:
    """Return the model of a network and a budget."""
    small = reduce(network.siting(), dominance=False)
    cells = Rows(small.problem.cells.starts, small.site[small.problem.cells.items].astype(np.int32))
    arc, tail, head = _arcs(network)
    model, n = Model(maximise=True), network.cost.size
    lower = network.root | network.locked
    x = model.add_columns(np.zeros(n), lower, ~network.forbidden | network.root, integer=True)
    can_alone = np.isfinite(network.satellite_cost) & ~network.root & (network.cost + network.satellite_cost <= budget)
    b = model.add_columns(np.zeros(n), 0.0, can_alone, integer=True)
    z = model.add_columns(np.zeros(arc.size), integer=True)
    f = model.add_columns(np.zeros(arc.size), 0.0, network.hop_mbps[arc // 2])
    y = model.add_columns(small.problem.weight)
    built = NetworkModel(model, x, b, arc, z, f, y, cells)
    _covered(built)
    _fed_once(built, network, head)
    _parents_are_fed(built, network, tail, head)
    _flow_is_kept(built, network, tail, head)
    _flow_within(built, network, head)
    _within_budget(built, network, budget)
    return built


def _arcs(network: Network) -> tuple[Ints, Ints, Ints]:
    """Return usable arcs, tails and heads: none into a root, none too weak for what its head needs."""
    hops = np.flatnonzero(network.usable)
    arc = np.sort(np.concatenate((2 * hops, 2 * hops + 1)))
    ends = np.column_stack((network.tail, network.head))
    tail, head = ends[arc // 2, arc % 2], ends[arc // 2, 1 - arc % 2]
    keep = ~network.root[head] & (network.hop_mbps[arc // 2] >= network.demand_mbps[head])
    return arc[keep], tail[keep], head[keep]


def _covered(m: NetworkModel) -> None:
    """y_i <= sum of x_v over nodes v that cover cell i."""
    i = np.arange(m.y.size)
    m.model.add_rows(m.y.size, -INFINITE, 0.0, (i, m.y, 1.0), (m.cells.owners, m.x[m.cells.items], -1.0))


def _fed_once(m: NetworkModel, network: Network, head: Ints) -> None:
    """Sum of z over arcs into v + b_v = x_v; a root is fed already."""
    n = network.cost.size
    right = -network.root.astype(float)
    m.model.add_rows(n, right, right, (head, m.z, 1.0), (np.arange(n), m.b, 1.0), (np.arange(n), m.x, -1.0))


def _parents_are_fed(m: NetworkModel, network: Network, tail: Ints, head: Ints) -> None:
    """z_uv <= sum of z over arcs into u that do not come from v; for u no root."""
    rows = np.flatnonzero(~network.root[tail])
    order = np.argsort(head, kind="stable")
    starts = np.searchsorted(head[order], np.arange(network.cost.size + 1))
    counts = (starts[1:] - starts[:-1])[tail[rows]]
    row = np.repeat(np.arange(rows.size), counts)
    offset = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    into = order[np.repeat(starts[tail[rows]], counts) + offset]
    apart = tail[into] != head[rows[row]]
    m.model.add_rows(
        rows.size, -INFINITE, 0.0, (np.arange(rows.size), m.z[rows], 1.0), (row[apart], m.z[into[apart]], -1.0)
    )


def _flow_is_kept(m: NetworkModel, network: Network, tail: Ints, head: Ints) -> None:
    """F into v - f out of v = D_v (x_v - b_v), for v no root."""
    n = network.cost.size
    free = np.where(network.root, INFINITE, 0.0)
    demand = np.where(network.root, 0.0, network.demand_mbps)
    m.model.add_rows(
        n, -free, free,
        (head, m.f, 1.0), (tail, m.f, -1.0), (np.arange(n), m.x, -demand), (np.arange(n), m.b, demand),
    )  # fmt: skip


def _flow_within(m: NetworkModel, network: Network, head: Ints) -> None:
    """D_v z_uv <= f_uv <= min(capacity, the demand of all nodes) z_uv."""
    k = np.arange(m.arc.size)
    most = np.minimum(network.hop_mbps[m.arc // 2], network.demand_mbps.sum())
    m.model.add_rows(k.size, -INFINITE, 0.0, (k, m.f, 1.0), (k, m.z, -most))
    m.model.add_rows(k.size, 0.0, INFINITE, (k, m.f, 1.0), (k, m.z, -network.demand_mbps[head]))


def _within_budget(m: NetworkModel, network: Network, budget: float) -> None:
    """Nodes, hops and satellites cost no more than the budget."""
    node = np.where(network.root, 0.0, network.cost)
    alone = np.where(np.isfinite(network.satellite_cost), network.satellite_cost, 0.0)
    m.model.add_rows(1, -INFINITE, budget, (0, m.x, node), (0, m.b, alone), (0, m.z, network.hop_cost[m.arc // 2]))


def point_of(m: NetworkModel, network: Network, feed: Ints, loads: Floats) -> Floats:
    """Return a plan as a point of the model."""
    point = np.zeros(m.model.columns)
    built = feed != NOT_BUILT
    point[m.x[built]] = 1.0
    point[m.b[(feed == ALONE) & ~network.root]] = 1.0
    number = np.full(2 * network.tail.size, -1)
    number[m.arc] = np.arange(m.arc.size)
    fed = np.flatnonzero(feed >= 0)
    at = number[feed[fed]]
    point[m.z[at]] = 1.0
    point[m.f[at]] = loads[fed]
    point[m.y] = np.add.reduceat(built[m.cells.items], m.cells.starts[:-1]) > 0 if m.y.size else 0.0
    return point


def feed_of(m: NetworkModel, network: Network, point: Floats) -> Ints:
    """Return a point of the model as a plan."""
    feed = np.full(network.cost.size, NOT_BUILT)
    feed[network.root] = ALONE
    feed[point[m.b] > 0.5] = ALONE
    used = m.arc[point[m.z] > 0.5]
    ends = np.column_stack((network.tail, network.head))
    feed[ends[used // 2, 1 - used % 2]] = used
    return feed
