"""Trees by search: cheapest trees of a set of vertices, pruning, and improvement by single vertices.

A tree is worth its prizes less its costs; a vertex that must be in has a prize above all costs. So Steiner trees and
prize-collecting ones are the same here.
"""

from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jangkau.compiled import kernel
from jangkau.planning.linear import Floats, Ints

Flags = NDArray[np.bool_]


class Edges(NamedTuple):
    """Undirected edges with cost, and the two arcs of each by tail.

    Arc 2e goes from `tail[e]` to `head[e]`, arc 2e + 1 back.
    """

    tail: Ints
    head: Ints
    cost: Floats
    starts: Ints
    arcs: Ints


def edges_of(vertices: int, tail: Ints, head: Ints, cost: Floats) -> Edges:
    """Return edges with their arcs listed by tail."""
    tail, head = np.asarray(tail, np.int64), np.asarray(head, np.int64)
    tails = np.column_stack((tail, head)).ravel()
    order = np.argsort(tails, kind="stable").astype(np.int64)
    starts = np.searchsorted(tails[order], np.arange(vertices + 1)).astype(np.int64)
    return Edges(tail, head, np.asarray(cost, float), starts, order)


@kernel
def _root_of(parent: Ints, v: int) -> int:
    while parent[v] != v:
        parent[v] = parent[parent[v]]
        v = parent[v]
    return v


@kernel(allocates=True)
def best_tree(edges: Edges, order: Ints, inside: Flags, prize: Floats, tree: Flags) -> float:
    """Mark the edges of the best subtree of a cheapest forest of a set of vertices, and return prizes less costs.

    `order`: edges by cost; `inside` is cut down to the vertices of the tree; `tree` gets its edges.
    """
    n = inside.size
    parent = np.arange(n)
    first, following = np.full(n, -1), np.full(2 * n, -1)
    ends = np.empty(2 * n, np.int64)
    used = 0
    for k in range(order.size):
        e = order[k]
        u, v = edges.tail[e], edges.head[e]
        if not (inside[u] and inside[v]):
            continue
        a, b = _root_of(parent, u), _root_of(parent, v)
        if a == b:
            continue
        parent[a] = b
        ends[used], following[used] = e, first[u]
        first[u] = used
        ends[used + 1], following[used + 1] = e, first[v]
        first[v] = used + 1
        used += 2
    tree[:] = False
    above, above_edge, line = np.full(n, -2), np.full(n, -1), np.empty(n, np.int64)
    worth = np.zeros(n)
    best, best_value = -1, -1e300
    for s in range(n):
        if not inside[s] or above[s] != -2:
            continue
        size = 1
        line[0], above[s] = s, -1
        at = 0
        while at < size:
            v = line[at]
            at += 1
            worth[v] = prize[v]
            k = first[v]
            while k >= 0:
                e = ends[k]
                w = edges.head[e] if edges.tail[e] == v else edges.tail[e]
                if above[w] == -2:
                    above[w], above_edge[w] = v, e
                    line[size] = w
                    size += 1
                k = following[k]
        for m in range(size - 1, -1, -1):
            v = line[m]
            if worth[v] > best_value:
                best, best_value = v, worth[v]
            if above[v] >= 0:
                worth[above[v]] += max(0.0, worth[v] - edges.cost[above_edge[v]])
    inside[:] = False
    if best < 0:
        return 0.0
    inside[best] = True
    size, at = 1, 0
    line[0] = best
    while at < size:
        v = line[at]
        at += 1
        k = first[v]
        while k >= 0:
            e = ends[k]
            w = edges.head[e] if edges.tail[e] == v else edges.tail[e]
            if above[w] == v and above_edge[w] == e and worth[w] > edges.cost[e] + 1e-9:
                inside[w], tree[e] = True, True
                line[size] = w
                size += 1
            k = following[k]
    return best_value


@kernel(allocates=True)
def improve(edges: Edges, order: Ints, prize: Floats, inside: Flags, tree: Flags, sweeps: int) -> float:
    """Put single vertices in or take them out as long as the tree gains; return prizes less costs."""
    value = best_tree(edges, order, inside, prize, tree)
    trial, trial_tree = np.empty_like(inside), np.empty_like(tree)
    for _ in range(sweeps):
        gained = False
        for v in range(inside.size):
            if inside[v] and prize[v] > 0.0:
                continue
            if not inside[v]:
                near = 0
                for k in range(edges.starts[v], edges.starts[v + 1]):
                    e = edges.arcs[k] // 2
                    near += inside[edges.head[e] if edges.tail[e] == v else edges.tail[e]]
                if near < 1 or (near < 2 and prize[v] <= 0.0):
                    continue
            trial[:] = inside
            trial[v] = not inside[v]
            now = best_tree(edges, order, trial, prize, trial_tree)
            if now > value + 1e-9:
                value = now
                inside[:] = trial
                tree[:] = trial_tree
                gained = True
        if not gained:
            break
    return value


@kernel(allocates=True)
def grow(edges: Edges, length: Floats, wanted: Flags, start: int, inside: Flags) -> None:
    """Connect wanted vertices to `start` one after the other, each by the shortest path to what is connected.

    `length`, shape (arcs,): of each arc, >= 0. `inside` gets all vertices of the paths.
    """
    n = wanted.size
    distance, before, done = np.full(n, 1e300), np.full(n, -1), np.zeros(n, np.bool_)
    inside[:] = False
    inside[start] = True
    distance[start] = 0.0
    heap = [(0.0, start)]
    left = 0
    for v in range(n):
        left += wanted[v]
    left -= wanted[start]
    while len(heap) > 0 and left > 0:
        d, v = heappop(heap)
        if d > distance[v] or done[v]:
            continue
        done[v] = True
        if wanted[v] and not inside[v]:
            w = v
            while w >= 0 and not inside[w]:
                inside[w] = True
                left -= wanted[w]
                distance[w] = 0.0
                done[w] = False
                heappush(heap, (0.0, w))
                w = before[w]
            continue
        for k in range(edges.starts[v], edges.starts[v + 1]):
            a = edges.arcs[k]
            e = a // 2
            w = edges.head[e] if a % 2 == 0 else edges.tail[e]
            if not inside[w] and d + length[a] < distance[w] - 1e-12:
                distance[w], before[w], done[w] = d + length[a], v, False
                heappush(heap, (distance[w], w))


@kernel(allocates=True)
def distances(edges: Edges, length: Floats, first: Floats, backward: bool) -> Floats:
    """Return the shortest distance from vertices at `first`, over arcs, or against them."""
    distance = first.copy()
    heap = [(distance[0], 0)]
    for v in range(1, first.size):
        if distance[v] < 1e300:
            heappush(heap, (distance[v], v))
    while len(heap) > 0:
        d, v = heappop(heap)
        if d > distance[v]:
            continue
        for k in range(edges.starts[v], edges.starts[v + 1]):
            a = edges.arcs[k]
            e = a // 2
            w = edges.head[e] if a % 2 == 0 else edges.tail[e]
            step = length[a ^ 1] if backward else length[a]
            if d + step < distance[w]:
                distance[w] = d + step
                heappush(heap, (d + step, w))
    return distance


@kernel(allocates=True)
def without_detours(edges: Edges, needed: Flags) -> Flags:
    """Return the edges that some best tree may need.

    Dropped: an edge when another path between its ends is no dearer (least cost test), and edges to vertices of degree
    one that nobody needs. Both are exact, with and without prizes.
    """
    n, m = needed.size, edges.cost.size
    alive = np.ones(m, np.bool_)
    distance, stamp = np.zeros(n), np.full(n, -1)
    for e in np.argsort(-edges.cost, kind="mergesort"):
        s, t, limit = edges.tail[e], edges.head[e], edges.cost[e]
        if s == t:
            alive[e] = False
            continue
        heap = [(0.0, s)]
        distance[s], stamp[s] = 0.0, e
        while len(heap) > 0:
            d, v = heappop(heap)
            if v == t:
                alive[e] = False
                break
            if d > distance[v]:
                continue
            for k in range(edges.starts[v], edges.starts[v + 1]):
                a = edges.arcs[k]
                f = a // 2
                if f == e or not alive[f] or d + edges.cost[f] > limit:
                    continue
                w = edges.head[f] if a % 2 == 0 else edges.tail[f]
                if stamp[w] != e or d + edges.cost[f] < distance[w]:
                    stamp[w], distance[w] = e, d + edges.cost[f]
                    heappush(heap, (distance[w], w))
    changed = True
    while changed:
        changed = False
        for v in range(n):
            degree, last = 0, -1
            for k in range(edges.starts[v], edges.starts[v + 1]):
                if alive[edges.arcs[k] // 2]:
                    degree += 1
                    last = edges.arcs[k] // 2
            if degree == 1 and not needed[v]:
                alive[last] = False
                changed = True
    return alive


@kernel(allocates=True)
def shake(edges: Edges, order: Ints, prize: Floats, inside: Flags, tree: Flags, rounds: int, seed: int) -> float:
    """Change a few vertices of the best tree at random, improve, keep what is no worse; return prizes less costs."""
    np.random.seed(seed)  # noqa: NPY002 - the compiler's own generator
    n = inside.size
    value = best_tree(edges, order, inside, prize, tree)
    now, now_value = inside.copy(), value
    trial, trial_tree = np.empty_like(inside), np.empty_like(tree)
    near, line = np.empty(n, np.int64), np.empty(n, np.int64)
    for _ in range(rounds):
        trial[:] = now
        size, centre = 1, np.random.randint(n)  # noqa: NPY002
        line[0] = centre
        near[:] = 0
        near[centre] = 1
        at = 0
        reach = 6 + np.random.randint(40)  # noqa: NPY002
        while at < size and size < reach:
            v = line[at]
            at += 1
            for k in range(edges.starts[v], edges.starts[v + 1]):
                e = edges.arcs[k] // 2
                w = edges.head[e] if edges.tail[e] == v else edges.tail[e]
                if near[w] == 0:
                    near[w] = 1
                    line[size] = w
                    size += 1
        share = 0.1 + 0.4 * np.random.random()  # noqa: NPY002
        for at in range(size):
            v = line[at]
            if prize[v] < 1e8 and np.random.random() < share:  # noqa: NPY002
                trial[v] = not trial[v]
        found = improve(edges, order, prize, trial, trial_tree, 3)
        if found >= now_value - 1e-9 or np.random.random() < 0.02:  # noqa: NPY002
            now[:], now_value = trial, found
            if found > value + 1e-9:
                value = found
                inside[:] = trial
                tree[:] = trial_tree
    return value
