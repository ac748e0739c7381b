"""Sites and their backhaul together: what is known, and what a plan says."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from jangkau.planning.cover import Cover, Rows, cover
from jangkau.planning.linear import Floats, Ints
from jangkau.planning.tree_search import Edges, edges_of

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Network:
    """Nodes (candidate sites, relay hills, roots where fibre ends), possible hops, satellite, and who is covered.

    Attributes
    ----------
    weight : float64, shape (cells,)
        People of each cell.
    covers : Rows
        Of each node, the cells it covers once it is built; empty for relays and roots.
    cost : float64, shape (nodes,)
        Of building a node.
    demand_mbps : float64, shape (nodes,)
        What a built node must be fed with, 0 for relays.
    root : bool, shape (nodes,)
        Nodes that are there already and feed others.
    satellite_cost : float64, shape (nodes,)
        Of feeding the node alone by satellite, all modules that its demand takes; infinite where that cannot be.
    tail, head : int64, shape (hops,)
        Ends of possible hops. Two hops between the same nodes are two technologies.
    hop_cost, hop_mbps : float64, shape (hops,)
        Cost, radios and heights included, and capacity.
    clearance : float64, shape (hops,)
        Least clearance over the path as a multiple of the first Fresnel radius, at the worse of the k-factors; infinite
        for a cable. Hops below `clearance_needed` must not be used.
    clearance_needed : float
    locked, forbidden : bool, shape (nodes,)
        What a planner insists on.
    """

    weight: Floats
    covers: Rows
    cost: Floats
    demand_mbps: Floats
    root: Flags
    satellite_cost: Floats
    tail: Ints
    head: Ints
    hop_cost: Floats
    hop_mbps: Floats
    clearance: Floats
    clearance_needed: float = 0.6
    locked: Flags = field(default_factory=lambda: np.zeros(0, bool))
    forbidden: Flags = field(default_factory=lambda: np.zeros(0, bool))

    def __post_init__(self) -> None:
        for name in ("locked", "forbidden"):
            if getattr(self, name).size == 0:
                object.__setattr__(self, name, np.zeros(self.cost.size, bool))

    @property
    def usable(self) -> Flags:
        """Return which hops have the clearance they need and join nodes that are not forbidden."""
        open_ends = ~self.forbidden[self.tail] & ~self.forbidden[self.head]
        return (self.clearance >= self.clearance_needed) & open_ends

    def edges(self) -> Edges:
        """Return all hops as edges, their arcs listed by tail."""
        return edges_of(self.cost.size, self.tail, self.head, self.hop_cost)

    def siting(self) -> Cover:
        """Return who is covered by which node, without backhaul."""
        return cover(self.weight, self.covers, self.cost, forbidden=np.flatnonzero(self.forbidden | self.root))


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """What is built, and how each node is fed.

    Attributes
    ----------
    feed : int64, shape (nodes,)
        -2: not built; -1: fed by satellite, or a root; else the arc that feeds the node (2 hop: tail to head,
        2 hop + 1: head to tail).
    value, bound : float
        People covered, and what no plan can pass.
    cost : float
    """

    feed: Ints
    value: float
    bound: float
    cost: float

    @property
    def gap(self) -> float:
        """Return (bound - value) / value."""
        return max(0.0, self.bound - self.value) / max(self.value, 1e-9)


NOT_BUILT, ALONE = -2, -1


def parents(network: Network, feed: Ints) -> Ints:
    """Return the node that feeds each node, -1 where none does."""
    arc = np.maximum(feed, 0)
    source = np.where(arc % 2 == 0, network.tail[arc // 2], network.head[arc // 2]) if network.tail.size else feed
    return np.where(feed >= 0, source, -1)


def loads_mbps(network: Network, feed: Ints) -> Floats:
    """Return what flows over the hop that feeds each node [Mbit/s]; infinite on a ring."""
    above = parents(network, feed)
    load = np.where(feed >= 0, network.demand_mbps, 0.0)
    waiting = np.bincount(above[above >= 0], minlength=feed.size)
    ready = [int(v) for v in np.flatnonzero((waiting == 0) & (feed >= 0))]
    seen = 0
    while ready:
        v = ready.pop()
        seen += 1
        u = int(above[v])
        if feed[u] >= 0:
            load[u] += load[v]
            waiting[u] -= 1
            if waiting[u] == 0:
                ready.append(u)
    if seen < int((feed >= 0).sum()):
        load[:] = np.inf
    return load


def cost_of(network: Network, feed: Ints) -> float:
    """Return what a plan costs: nodes, hops, satellites."""
    built = (feed != NOT_BUILT) & ~network.root
    hops = feed[feed >= 0] // 2
    alone = built & (feed == ALONE)
    return float(network.cost[built].sum() + network.hop_cost[hops].sum() + network.satellite_cost[alone].sum())


def value_of(network: Network, feed: Ints) -> float:
    """Return the people whom a plan covers."""
    covered = np.zeros(network.weight.size, bool)
    covered[network.covers.of(np.flatnonzero((feed != NOT_BUILT) & ~network.root)).items] = True
    return float(network.weight[covered].sum())
