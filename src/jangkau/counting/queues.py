"""One night, exactly: uploads share the links of a tree max-min fairly, then wait at a server that shares its work.

Kernels: nothing here draws, reads or checks. Times are seconds after the polls close, sizes Mbit, rates Mbit/s. The
rules are numbered as in ``docs/explanation/counting.md``.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jangkau.compiled import kernel

REACH, POWER, LAST_HOP, OFFICE_LINK, DISTRICT_LINK, SERVER = range(6)
CAUSES = ("reach", "power", "last_hop", "office_link", "district_link", "server")
"""What can hold a station up, in the order of the numbers above."""

RUNGS = 3
"""Places that a station may try: its own, its send-place, and a fallback."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int32]


class Tree(NamedTuple):
    """What hangs on what; the same every night.

    Attributes
    ----------
    ancestors : int32, shape (nodes, depth)
        The node at each depth on the way from the root to a node, itself included; -1 below it.
    rank : int32, shape (nodes,)
        Position in an order in which every node's descendants stand together.
    cause : int32, shape (nodes,)
        What a station waits for when this node holds it up: `LAST_HOP`, `OFFICE_LINK` or `DISTRICT_LINK`.
    nodes, node_start : int32
        Nodes by cluster; those of cluster k are ``nodes[node_start[k]:node_start[k + 1]]``.
    stations, station_start : int32
        Stations by cluster; clusters share no node, so that each is played alone.
    """

    ancestors: Integers
    rank: Integers
    cause: Integers
    nodes: Integers
    node_start: Integers
    stations: Integers
    station_start: Integers


class Evening(NamedTuple):
    """Everything that chance decides in a night, and the rules that stations follow.

    Attributes
    ----------
    ready_s, size_mbit : float64, shape (stations,)
    broken : int32, shape (stations,)
        How many of its uploads break off at their end and are sent again.
    leaf : int32, shape (stations, RUNGS)
        The node where its upload enters at each place that it may try; -1: it has no such place.
    travel_s : float64, shape (stations, RUNGS)
        Time to get there from the place before.
    own_mbps : float64, shape (stations, RUNGS)
        What its radio can carry there; inf where only the nodes limit it.
    capacity_mbps, down_from_s, down_to_s : float64, shape (nodes,)
    down_cause : int32, shape (nodes,)
    rules : float64, shape (6,)
        patience, retry interval [s], attempts at a place, needed rate [Mbit/s], end of the night [s], server [Mbit/s].
    """

    ready_s: Floats
    size_mbit: Floats
    broken: Integers
    leaf: Integers
    travel_s: Floats
    own_mbps: Floats
    capacity_mbps: Floats
    down_from_s: Floats
    down_to_s: Floats
    down_cause: Integers
    rules: Floats


PATIENCE, INTERVAL, ATTEMPTS, NEEDED, END, SERVER_RATE = range(6)


class Outcome(NamedTuple):
    """What became of each station in a night.

    Attributes
    ----------
    arrived_s, sent_s : float64, shape (stations,)
        When the server had the whole upload, and when it had dealt with it; inf: not in this night.
    rung : int32, shape (stations,)
        The place from which it was sent, or was last tried.
    lost_s : float64, shape (stations, causes)
        Time from being ready, by what held it up.
    carried_mbit : float64, shape (nodes,)
        What passed each node, broken uploads included.
    """

    arrived_s: Floats
    sent_s: Floats
    rung: Integers
    lost_s: Floats
    carried_mbit: Floats


class Desk(NamedTuple):
    """Room to work in: one value a station, the uploads under way in the order of the tree, and a heap of events."""

    left_mbit: Floats
    rate_mbps: Floats
    limit: Integers
    tries: Integers
    to_break: Integers
    active: Integers
    heap_s: Floats
    heap_what: Integers
    counts: Integers


ACTIVE, HEAPED, EVENTS = range(3)


@kernel
def _push(desk: Desk, time_s: float, what: int) -> None:
    at = desk.counts[HEAPED]
    desk.counts[HEAPED] += 1
    while at > 0:
        above = (at - 1) // 2
        if (desk.heap_s[above], desk.heap_what[above]) <= (time_s, what):
            break
        desk.heap_s[at], desk.heap_what[at] = desk.heap_s[above], desk.heap_what[above]
        at = above
    desk.heap_s[at], desk.heap_what[at] = time_s, what


@kernel
def _pop(desk: Desk) -> int:
    """Take the first event out and return what it is; its time was ``heap_s[0]``."""
    first = desk.heap_what[0]
    desk.counts[HEAPED] -= 1
    size = desk.counts[HEAPED]
    time_s, what, at = desk.heap_s[size], desk.heap_what[size], 0
    while 2 * at + 1 < size:
        below = 2 * at + 1
        if below + 1 < size and (desk.heap_s[below + 1], desk.heap_what[below + 1]) < (
            desk.heap_s[below],
            desk.heap_what[below],
        ):
            below += 1
        if (time_s, what) <= (desk.heap_s[below], desk.heap_what[below]):
            break
        desk.heap_s[at], desk.heap_what[at] = desk.heap_s[below], desk.heap_what[below]
        at = below
    desk.heap_s[at], desk.heap_what[at] = time_s, what
    return int(first)


@kernel
def _up_at(tree: Tree, evening: Evening, leaf: int, time_s: float) -> tuple[float, int]:
    """Return from when on every node above a leaf is up, and what the last one of them waits for."""
    cause, again = -1, True
    while again:
        again = False
        for depth in range(tree.ancestors.shape[1]):
            node = tree.ancestors[leaf, depth]
            if node >= 0 and evening.down_from_s[node] <= time_s < evening.down_to_s[node]:
                time_s, cause, again = evening.down_to_s[node], evening.down_cause[node], True
    return time_s, cause


@kernel
def _share(tree: Tree, evening: Evening, desk: Desk, rung: Integers, root: int) -> None:
    """Rule 4: share every node of one tree max-min fairly, from the leaves to the root."""
    first = 0
    while first < desk.counts[ACTIVE]:
        s = desk.active[first]
        if tree.ancestors[evening.leaf[s, rung[s]], 0] == root:
            break
        first += 1
    last = first
    while last < desk.counts[ACTIVE]:
        s = desk.active[last]
        if tree.ancestors[evening.leaf[s, rung[s]], 0] != root:
            break
        desk.rate_mbps[s] = evening.own_mbps[s, rung[s]]
        desk.limit[s] = LAST_HOP
        last += 1
    for depth in range(tree.ancestors.shape[1] - 1, -1, -1):
        i = first
        while i < last:
            s = desk.active[i]
            node = tree.ancestors[evening.leaf[s, rung[s]], depth]
            j, total = i, 0.0
            while j < last:
                s = desk.active[j]
                if tree.ancestors[evening.leaf[s, rung[s]], depth] != node:
                    break
                total += desk.rate_mbps[s]
                j += 1
            if node >= 0 and total > evening.capacity_mbps[node]:
                _fill(desk, i, j, evening.capacity_mbps[node], tree.cause[node])
            i = j


@kernel
def _fill(desk: Desk, i: int, j: int, capacity_mbps: float, cause: int) -> None:
    """Cut the rates of uploads at the one level at which they fill a node."""
    level, fewer = capacity_mbps / (j - i), j - i + 1
    while True:
        above, below_mbps = 0, 0.0
        for q in range(i, j):
            rate = desk.rate_mbps[desk.active[q]]
            if rate <= level:
                below_mbps += rate
            else:
                above += 1
        if above == 0 or above >= fewer:  # more than before: rounding
            break
        fewer = above
        level = (capacity_mbps - below_mbps) / above
    for q in range(i, j):
        s = desk.active[q]
        if desk.rate_mbps[s] > level:
            desk.rate_mbps[s] = level
            desk.limit[s] = cause


@kernel
def _has_next(evening: Evening, s: int, rung: int) -> bool:
    return bool(rung + 1 < evening.leaf.shape[1] and evening.leaf[s, rung + 1] >= 0)


@kernel
def _move(evening: Evening, outcome: Outcome, desk: Desk, s: int, time_s: float, wait_s: float, cause: int) -> None:
    """Rule 3: wait in vain, go to the next place, and begin the upload anew there."""
    outcome.rung[s] += 1
    wait_s += evening.travel_s[s, outcome.rung[s]]
    outcome.lost_s[s, cause] += wait_s
    desk.tries[s] = 0
    desk.left_mbit[s] = evening.size_mbit[s]
    _push(desk, time_s + wait_s, s)


@kernel
def _come(tree: Tree, evening: Evening, outcome: Outcome, desk: Desk, s: int, time_s: float) -> bool:
    """Rule 2: a station tries at its place; return whether its upload begins."""
    rung = outcome.rung[s]
    leaf, end_s = evening.leaf[s, rung], evening.rules[END]
    if evening.own_mbps[s, rung] < evening.rules[NEEDED]:
        if _has_next(evening, s, rung):
            _move(evening, outcome, desk, s, time_s, evening.rules[PATIENCE], REACH)
        else:
            outcome.lost_s[s, REACH] += end_s - time_s
        return False
    up_s, cause = _up_at(tree, evening, leaf, time_s)
    if up_s > time_s:
        if up_s - time_s > evening.rules[PATIENCE] and _has_next(evening, s, rung):
            _move(evening, outcome, desk, s, time_s, evening.rules[PATIENCE], cause)
        else:
            outcome.lost_s[s, cause] += min(up_s, end_s) - time_s
            if up_s <= end_s:
                _push(desk, up_s, s)
        return False
    i = desk.counts[ACTIVE]
    while i > 0:
        other = desk.active[i - 1]
        if tree.rank[evening.leaf[other, outcome.rung[other]]] <= tree.rank[leaf]:
            break
        desk.active[i] = other
        i -= 1
    desk.active[i] = s
    desk.counts[ACTIVE] += 1
    return True


@kernel
def _leave(tree: Tree, evening: Evening, outcome: Outcome, desk: Desk, i: int) -> int:
    """Take the upload at a position out and return its station."""
    s = desk.active[i]
    desk.counts[ACTIVE] -= 1
    for q in range(i, desk.counts[ACTIVE]):
        desk.active[q] = desk.active[q + 1]
    return int(s)


@kernel
def _advance(tree: Tree, evening: Evening, outcome: Outcome, desk: Desk, step_s: float) -> None:
    for i in range(desk.counts[ACTIVE]):
        s = desk.active[i]
        sent = desk.rate_mbps[s] * step_s
        desk.left_mbit[s] -= sent
        outcome.lost_s[s, desk.limit[s]] += step_s
        leaf = evening.leaf[s, outcome.rung[s]]
        for depth in range(tree.ancestors.shape[1]):
            node = tree.ancestors[leaf, depth]
            if node < 0:
                break
            outcome.carried_mbit[node] += sent


@kernel
def _finish(tree: Tree, evening: Evening, outcome: Outcome, desk: Desk, i: int, time_s: float) -> None:
    """Rule 5: an upload is complete, or breaks off and is sent again."""
    s = _leave(tree, evening, outcome, desk, i)
    if desk.to_break[s] == 0:
        outcome.arrived_s[s] = time_s
        return
    desk.to_break[s] -= 1
    desk.tries[s] += 1
    interval_s = evening.rules[INTERVAL]
    if desk.tries[s] >= evening.rules[ATTEMPTS] and _has_next(evening, s, outcome.rung[s]):
        _move(evening, outcome, desk, s, time_s, interval_s, LAST_HOP)
        return
    outcome.lost_s[s, LAST_HOP] += interval_s
    desk.left_mbit[s] = evening.size_mbit[s]
    _push(desk, time_s + interval_s, s)


@kernel
def _go_down(tree: Tree, evening: Evening, outcome: Outcome, desk: Desk, node: int, time_s: float) -> None:
    """Rule 6: what was under way over a node that goes down stops there, and tries again with what is left."""
    i = 0
    while i < desk.counts[ACTIVE]:
        s = desk.active[i]
        leaf, over = evening.leaf[s, outcome.rung[s]], False
        for depth in range(tree.ancestors.shape[1]):
            over = over or tree.ancestors[leaf, depth] == node
        if over:
            _leave(tree, evening, outcome, desk, i)
            _come(tree, evening, outcome, desk, s, time_s)
        else:
            i += 1


@kernel
def _play_cluster(tree: Tree, evening: Evening, outcome: Outcome, desk: Desk, k: int) -> None:
    stations, end_s = evening.ready_s.size, evening.rules[END]
    desk.counts[ACTIVE] = desk.counts[HEAPED] = 0
    for q in range(tree.station_start[k], tree.station_start[k + 1]):
        s = tree.stations[q]
        desk.left_mbit[s], desk.tries[s], desk.to_break[s] = evening.size_mbit[s], 0, evening.broken[s]
        _push(desk, evening.ready_s[s] + evening.travel_s[s, 0], s)
        outcome.lost_s[s, REACH] += evening.travel_s[s, 0]
    for q in range(tree.node_start[k], tree.node_start[k + 1]):
        node = tree.nodes[q]
        if evening.down_from_s[node] < end_s:
            _push(desk, evening.down_from_s[node], stations + node)
    now_s = 0.0
    while True:
        done, least_s = -1, math.inf
        for i in range(desk.counts[ACTIVE]):
            s = desk.active[i]
            if desk.left_mbit[s] < least_s * desk.rate_mbps[s]:
                done, least_s = i, desk.left_mbit[s] / desk.rate_mbps[s]
        event_s = desk.heap_s[0] if desk.counts[HEAPED] else math.inf
        next_s = min(now_s + least_s, event_s)
        if next_s > end_s:
            _advance(tree, evening, outcome, desk, end_s - now_s)
            return
        _advance(tree, evening, outcome, desk, next_s - now_s)
        desk.counts[EVENTS] += 1
        if now_s + least_s <= event_s:
            s = desk.active[done]
            leaf = evening.leaf[s, outcome.rung[s]]
            _finish(tree, evening, outcome, desk, done, next_s)
            _share(tree, evening, desk, outcome.rung, tree.ancestors[leaf, 0])
        else:
            what = _pop(desk)
            if what >= stations:
                _go_down(tree, evening, outcome, desk, what - stations, next_s)
                _share(tree, evening, desk, outcome.rung, tree.ancestors[what - stations, 0])
            elif _come(tree, evening, outcome, desk, what, next_s):
                leaf = evening.leaf[what, outcome.rung[what]]
                _share(tree, evening, desk, outcome.rung, tree.ancestors[leaf, 0])
        now_s = next_s


@kernel(allocates=True)
def _serve(outcome: Outcome, size_mbit: Floats, rate_mbps: float, desk: Desk) -> None:
    """Rule 7: the server works on everything that has arrived, in equal shares; `served` is what each got so far."""
    order = np.argsort(outcome.arrived_s)
    desk.counts[HEAPED] = 0
    now_s = served = 0.0
    i = 0
    while True:
        waiting = desk.counts[HEAPED]
        come_s = outcome.arrived_s[order[i]] if i < order.size else math.inf
        done_s = now_s + (desk.heap_s[0] - served) * waiting / rate_mbps if waiting else math.inf
        if come_s == math.inf and not waiting:
            return
        desk.counts[EVENTS] += 1
        if done_s <= come_s:
            served, now_s = desk.heap_s[0], done_s
            s = _pop(desk)
            outcome.sent_s[s] = done_s
            outcome.lost_s[s, SERVER] += done_s - outcome.arrived_s[s]
        else:
            served += (come_s - now_s) * rate_mbps / waiting if waiting else 0.0
            now_s = come_s
            _push(desk, served + size_mbit[order[i]], order[i])
            i += 1


@kernel(allocates=True)
def play(tree: Tree, evening: Evening, outcome: Outcome) -> int:
    """Play a night: fill an outcome, and return how many events there were.

    Parameters
    ----------
    tree : Tree
    evening : Evening
    outcome : Outcome
        Is overwritten.
    """
    stations, nodes = evening.ready_s.size, evening.capacity_mbps.size
    outcome.arrived_s[:] = math.inf
    outcome.sent_s[:] = math.inf
    outcome.rung[:] = 0
    outcome.lost_s[:] = 0.0
    outcome.carried_mbit[:] = 0.0
    desk = Desk(
        np.empty(stations),
        np.zeros(stations),
        np.zeros(stations, np.int32),
        np.zeros(stations, np.int32),
        np.zeros(stations, np.int32),
        np.empty(stations + 1, np.int32),
        np.empty(stations + nodes + 1),
        np.empty(stations + nodes + 1, np.int32),
        np.zeros(3, np.int32),
    )
    for k in range(tree.station_start.size - 1):
        _play_cluster(tree, evening, outcome, desk, k)
    _serve(outcome, evening.size_mbit, evening.rules[SERVER_RATE], desk)
    return int(desk.counts[EVENTS])
