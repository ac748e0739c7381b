"""Directed cuts of trees: dual ascent gives many with a bound, maximum flow finds those that a fractional point breaks.

A cut is a set W of vertices without the root; whoever is in W and in the tree needs an arc into W.
"""

from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from jangkau.compiled import kernel
from jangkau.planning.linear import Floats, Ints
from jangkau.planning.tree_search import Edges

Flags = NDArray[np.bool_]


@kernel(allocates=True)
def ascend(edges: Edges, root: int, worth: Floats, most: int) -> tuple[float, Floats, Ints, Ints, Ints]:
    """Return a bound by dual ascent, reduced costs of arcs, and the cuts: terminal, row starts, arcs.

    `worth`: how much a terminal's cuts may rise in all (its prize; infinite where it must be in), 0 elsewhere.
    The bound is of the costs plus the prizes forgone by trees that hold the root. `most`: arcs of cuts to keep.

    References: Wong (1984), A dual ascent approach for Steiner tree problems on a directed graph.
    """
    n = edges.starts.size - 1
    reduced = np.repeat(edges.cost, 2)
    left = worth.copy()
    mark = np.full(n, -1)
    line = np.empty(n, np.int64)
    cut = np.empty(2 * edges.cost.size, np.int64)
    kept_terminal, kept_arcs, kept_starts = [0 for _ in range(0)], [0 for _ in range(0)], [0]
    heap = [(0, 0)]
    heappop(heap)
    for t in range(n):
        if worth[t] > 0.0 and t != root:
            heappush(heap, (edges.starts[t + 1] - edges.starts[t], t))
    total, stamp = 0.0, 0
    while len(heap) > 0:
        score, t = heappop(heap)
        stamp += 1
        size, at, arcs = 1, 0, 0
        line[0], mark[t] = t, stamp
        while at < size and mark[root] != stamp:
            v = line[at]
            at += 1
            for k in range(edges.starts[v], edges.starts[v + 1]):
                into = edges.arcs[k] ^ 1
                e = into // 2
                u = edges.tail[e] if into % 2 == 0 else edges.head[e]
                if mark[u] != stamp and reduced[into] <= 1e-9:
                    mark[u] = stamp
                    line[size] = u
                    size += 1
        if mark[root] == stamp:
            continue
        rise = left[t]
        for at in range(size):
            v = line[at]
            for k in range(edges.starts[v], edges.starts[v + 1]):
                into = edges.arcs[k] ^ 1
                e = into // 2
                u = edges.tail[e] if into % 2 == 0 else edges.head[e]
                if mark[u] != stamp:
                    cut[arcs] = into
                    arcs += 1
                    rise = min(rise, reduced[into])
        if arcs == 0:
            continue
        if arcs > score * 1.25 + 2 and len(heap) > 0 and arcs > heap[0][0]:
            heappush(heap, (arcs, t))
            continue
        total += rise
        left[t] -= rise
        for k in range(arcs):
            reduced[cut[k]] -= rise
        if len(kept_arcs) + arcs <= most:
            kept_terminal.append(t)
            for k in range(arcs):
                kept_arcs.append(cut[k])
            kept_starts.append(len(kept_arcs))
        if left[t] > 1e-9:
            heappush(heap, (arcs, t))
    return total, reduced, np.array(kept_terminal), np.array(kept_starts), np.array(kept_arcs)


@kernel(allocates=True)
def _levels(
    starts: Ints, arcs: Ints, ends: Ints, room: Floats, source: int, sink: int, level: Ints, line: Ints
) -> bool:
    level[:] = -1
    level[source] = 0
    line[0] = source
    size, at = 1, 0
    while at < size:
        v = line[at]
        at += 1
        for k in range(starts[v], starts[v + 1]):
            a = arcs[k]
            w = ends[a]
            if room[a] > 1e-7 and level[w] < 0:
                level[w] = level[v] + 1
                line[size] = w
                size += 1
    return bool(level[sink] >= 0)


@kernel(allocates=True)
def _flow(
    starts: Ints, arcs: Ints, ends: Ints, room: Floats, source: int, sink: int, enough: float, level: Ints
) -> float:
    """Send flow (Dinic) until it is enough or no more fits; `room`: what arcs have left; a ^ 1 is the reverse of a."""
    n = starts.size - 1
    line, nxt, path = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    total = 0.0
    while total < enough and _levels(starts, arcs, ends, room, source, sink, level, line):
        nxt[:] = starts[:-1]
        depth, v = 0, source
        while total < enough:
            if v == sink:
                least = 1e300
                for m in range(depth):
                    least = min(least, room[path[m]])
                back = depth
                for m in range(depth - 1, -1, -1):
                    room[path[m]] -= least
                    room[path[m] ^ 1] += least
                    if room[path[m]] <= 1e-7:
                        back = m
                total += least
                depth = back
                v = ends[path[depth] ^ 1] if depth < n else source
                continue
            moved = False
            while nxt[v] < starts[v + 1]:
                a = arcs[nxt[v]]
                if room[a] > 1e-7 and level[ends[a]] == level[v] + 1:
                    path[depth] = a
                    depth += 1
                    v = ends[a]
                    moved = True
                    break
                nxt[v] += 1
            if not moved:
                if v == source:
                    break
                level[v] = -1
                depth -= 1
                v = ends[path[depth] ^ 1]
                nxt[v] += 1
    return total


@kernel(allocates=True)
def separate(
    starts: Ints, arcs: Ints, ends: Ints, x: Floats, root: int, wanted: Ints, amount: Floats, nested: int, most: int
) -> tuple[Ints, Ints, Ints]:
    """Return cuts that a point breaks: the vertex of each, where each starts, and the arcs into its set.

    `starts, arcs`: arcs leaving each vertex; arc a ^ 1 is the reverse of a; `wanted, amount`: vertices and how much of
    each is in the point; each vertex is asked `nested` times, cuts found before being filled up.

    References: Koch, Martin (1998), Solving Steiner tree problems in graphs to optimality (nested cuts, creep flow).
    """
    n = starts.size - 1
    level, line = np.empty(n, np.int64), np.empty(n, np.int64)
    inside = np.zeros(n, np.bool_)
    base = x + 1e-6
    who, items, where = [0 for _ in range(0)], [0 for _ in range(0)], [0]
    for i in range(wanted.size):
        t = wanted[i]
        for _ in range(nested):
            if len(items) > most:
                break
            room = base.copy()
            sent = _flow(starts, arcs, ends, room, root, t, amount[i] - 1e-4, level)
            if sent >= amount[i] - 1e-3:
                break
            inside[:] = False
            inside[t] = True
            line[0] = t
            size, at = 1, 0
            while at < size:
                v = line[at]
                at += 1
                for k in range(starts[v], starts[v + 1]):
                    into = arcs[k] ^ 1
                    u = ends[arcs[k]]
                    if not inside[u] and room[into] > 1e-7:
                        inside[u] = True
                        line[size] = u
                        size += 1
            if inside[root]:
                break
            who.append(t)
            for at in range(size):
                v = line[at]
                for k in range(starts[v], starts[v + 1]):
                    if not inside[ends[arcs[k]]]:
                        items.append(arcs[k] ^ 1)
                        base[arcs[k] ^ 1] = 1.0
            where.append(len(items))
    return np.array(who), np.array(where), np.array(items)
