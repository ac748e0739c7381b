"""What hangs on what: stations, the places where they may send, the nodes that carry it, as arrays for the kernels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.special import ndtri

from jangkau.counting.queues import DISTRICT_LINK, LAST_HOP, OFFICE_LINK, RUNGS, Floats, Integers, Tree
from jangkau.errors import InputError

CELL, WIFI, LINK = range(3)
"""Kinds of nodes: the cell of a village, the Wi-Fi of an office, an internet link."""

PREDICTED, TESTED, UNKNOWN, BY_WIFI = range(4)
"""How it is known what a phone carries at a place: the value beside it is a quantile, ln(kbit/s), or nothing."""

EARTH, GEOSTATIONARY, LOW_ORBIT = range(3)
UNCUT, CUT, MAYBE_CUT = range(3)


@dataclass(frozen=True, slots=True)
class Node:
    """Something that uploads share; None: nobody knows.

    Attributes
    ----------
    code : str
    kind : int
        `CELL`, `WIFI` or `LINK`.
    upstream : str or None
        Code of the node that it hangs on; None: the internet at large, which is taken not to be full.
    rate_mbps, delivered_fraction : float or None
        Contracted upward rate, and what was measured of it.
    sky : int
        `EARTH`, `GEOSTATIONARY` or `LOW_ORBIT`.
    village, district : int
        Numbers of those that share a power cut, and rain.
    on_grid : bool
    backup_h : float or None
    cut : int
        `CUT`: down all night; `MAYBE_CUT`: with the chance of a cell on a cut fibre.
    """

    code: str
    kind: int
    upstream: str | None = None
    rate_mbps: float | None = None
    delivered_fraction: float | None = None
    sky: int = EARTH
    village: int = 0
    district: int = 0
    on_grid: bool = True
    backup_h: float | None = None
    cut: int = UNCUT


@dataclass(frozen=True, slots=True)
class Stop:
    """A place from which a station may send: the node where its upload enters, and how its phone does there.

    `by` is `PREDICTED` (value: P(rate >= needed)), `TESTED` (value: kbit/s), `UNKNOWN` or `BY_WIFI`; `place` is the
    code of the place, `km` the way from the stop before.
    """

    node: str
    place: str
    by: int
    value: float = 0.0
    km: float = 0.0


@dataclass(frozen=True, slots=True)
class Station:
    """A polling station and where it would try, in this order; at least one stop, at most `RUNGS`."""

    code: str
    village: int
    district: int
    voters: int | None
    stops: tuple[Stop, ...]


class Layout(NamedTuple):
    """The arrays of a network; see `Node`, `Stop` and `Station`. NaN: unknown."""

    tree: Tree
    leaf: Integers
    km: Floats
    by: Integers
    value: Floats
    voters: Floats
    district: Integers
    kind: Integers
    rate_mbps: Floats
    delivered: Floats
    sky: Integers
    node_village: Integers
    node_district: Integers
    on_grid: Integers
    backup_h: Floats
    cut: Integers


@dataclass(frozen=True, eq=False)
class Network:
    """Stations and nodes with their names, and the layout that the kernels read."""

    stations: tuple[Station, ...]
    nodes: tuple[Node, ...]
    layout: Layout

    @classmethod
    def of(cls, stations: Sequence[Station], nodes: Sequence[Node]) -> "Network":
        """Lay a network out.

        Raises
        ------
        InputError
            When links hang on each other in a ring, or a station has no stop.
        """
        number = {node.code: k for k, node in enumerate(nodes)}
        parent = np.array([-1 if n.upstream is None else number.get(n.upstream, -1) for n in nodes], np.int32)
        leaf = np.full((len(stations), RUNGS), -1, np.int32)
        km, value, by = np.zeros(leaf.shape), np.zeros(leaf.shape), np.full(leaf.shape, UNKNOWN, np.int32)
        for s, station in enumerate(stations):
            if not 1 <= len(station.stops) <= RUNGS:
                raise InputError("counting.stops", station=station.code, most=RUNGS)
            for r, stop in enumerate(station.stops):
                leaf[s, r], km[s, r], by[s, r] = number[stop.node], stop.km, stop.by
                value[s, r] = _value(stop)
        layout = Layout(
            tree=hang(parent, leaf, [n.kind for n in nodes], [n.code for n in nodes]),
            leaf=leaf,
            km=km,
            by=by,
            value=value,
            voters=_floats([s.voters for s in stations]),
            district=np.array([s.district for s in stations], np.int32),
            kind=np.array([n.kind for n in nodes], np.int32),
            rate_mbps=_floats([n.rate_mbps for n in nodes]),
            delivered=_floats([n.delivered_fraction for n in nodes]),
            sky=np.array([n.sky for n in nodes], np.int32),
            node_village=np.array([n.village for n in nodes], np.int32),
            node_district=np.array([n.district for n in nodes], np.int32),
            on_grid=np.array([n.on_grid for n in nodes], np.int32),
            backup_h=_floats([n.backup_h for n in nodes]),
            cut=np.array([n.cut for n in nodes], np.int32),
        )
        return cls(tuple(stations), tuple(nodes), layout)

    def changed(self, nodes: dict[str, Node]) -> "Network":
        """Return the network with other nodes under the same codes, or under new ones."""
        known = {node.code for node in self.nodes}
        same = [nodes.get(node.code, node) for node in self.nodes]
        return Network.of(self.stations, [*same, *(node for code, node in nodes.items() if code not in known)])

    def with_cut(self, link: str) -> "Network":
        """Return the network with a link cut all night, and the cells of its district perhaps cut too."""
        district = next(node.district for node in self.nodes if node.code == link)
        cut = {node.code: replace(node, cut=CUT) for node in self.nodes if node.code == link}
        cells = [node for node in self.nodes if node.kind == CELL and node.district == district]
        return self.changed(cut | {node.code: replace(node, cut=MAYBE_CUT) for node in cells})


def _value(stop: Stop) -> float:
    if stop.by == PREDICTED:
        return float(ndtri(min(max(stop.value, 1e-4), 1.0 - 1e-4)))
    return float(np.log(max(stop.value, 1e-3))) if stop.by == TESTED else 0.0


def _floats(values: Sequence[float | int | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], float)


def hang(parent: Integers, leaf: Integers, kind: ArrayLike, codes: Sequence[str] = ()) -> Tree:
    """Return the tree of nodes that hang on each other, and its clusters.

    Parameters
    ----------
    parent : int32, shape (nodes,)
        The node above; -1: none.
    leaf : int32, shape (stations, RUNGS)
        Where uploads enter; -1: nowhere.
    kind : array_like of int, shape (nodes,)
    codes : sequence of str
        To name the nodes of a ring.

    Raises
    ------
    InputError
        When nodes hang on each other in a ring.
    """
    up, depth = parent.copy(), np.zeros(parent.size, np.int32)
    while (up >= 0).any():
        depth[up >= 0] += 1
        if depth.max() > parent.size:
            ring = np.flatnonzero(depth == depth.max())[:5]
            raise InputError("counting.ring", links=", ".join(codes[k] if codes else str(k) for k in ring))
        up = np.where(up >= 0, parent[up], -1)
    ancestors = np.full((parent.size, int(depth.max(initial=0)) + 1), -1, np.int32)
    node = np.arange(parent.size, dtype=np.int32)
    while (node >= 0).any():
        rows = np.flatnonzero(node >= 0)
        ancestors[rows, depth[node[rows]]] = node[rows]
        node[rows] = parent[node[rows]]
    rank = np.empty(parent.size, np.int32)
    rank[np.lexsort(ancestors.T[::-1])] = np.arange(parent.size)
    above = np.zeros(parent.size, bool)
    above[parent[(parent >= 0) & (np.asarray(kind) == LINK)]] = True
    cause = np.where(np.asarray(kind) != LINK, LAST_HOP, np.where(above, DISTRICT_LINK, OFFICE_LINK)).astype(np.int32)
    return Tree(ancestors, rank, cause, *_clusters(ancestors[:, 0], leaf))


def _clusters(root: Integers, leaf: Integers) -> tuple[Integers, Integers, Integers, Integers]:
    """Return the nodes and stations of each set that shares no node with another one."""
    first = root[leaf[:, 0]]
    pairs = [(first[leaf[:, r] >= 0], root[leaf[leaf[:, r] >= 0, r]]) for r in range(1, leaf.shape[1])]
    ends = [np.concatenate([pair[k] for pair in pairs]) for k in (0, 1)]
    graph = coo_array((np.ones(ends[0].size, np.int8), (ends[0], ends[1])), shape=(root.size, root.size))
    count, label = connected_components(graph, directed=False)
    return (*_grouped(label[root], count), *_grouped(label[first], count))


def _grouped(label: NDArray[np.int32], count: int) -> tuple[Integers, Integers]:
    start = np.concatenate([[0], np.cumsum(np.bincount(label, minlength=count))])
    return np.argsort(label, kind="stable").astype(np.int32), start.astype(np.int32)
