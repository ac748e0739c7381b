"""The cheapest tree: Steiner trees (some vertices must be in), prize-collecting ones (one left out costs its prize).

    minimise    sum_a c_a x_a + sum_v p_v (1 - y_v)                      over arcs a, vertices v
    subject to  sum of x over arcs into v = y_v                          (who is in has one way in)
                sum of x over arcs into W >= y_v, v in W, root not in W  (and hangs together with the root: cuts)
                sum of x over arcs out of v >= sum over arcs into v      where v has no prize
                x_uv + x_vu <= y_u
                x, y binary; y_v = 1 where v must be in

A Steiner tree is rooted at one of its terminals; a prize-collecting tree at an artificial vertex with one arc out.

References: Koch, Martin (1998); Ljubic et al. (2006), An algorithmic framework for the exact solution of the
prize-collecting Steiner tree problem.
"""

from dataclasses import dataclass

import numpy as np

from jangkau.planning.effort import Effort, Timer
from jangkau.planning.linear import INFINITE, Answer, Floats, Ints, Model, Solver
from jangkau.planning.tree_cuts import ascend, separate
from jangkau.planning.tree_search import (
    Edges,
    Flags,
    best_tree,
    distances,
    edges_of,
    grow,
    improve,
    shake,
    without_detours,
)

MUST = 1e9
"""The prize of a vertex that must be in, in the search."""


@dataclass(frozen=True, slots=True)
class TreeProblem:
    """An undirected graph with costs, vertices that must be in, and prizes of the others.

    Attributes
    ----------
    vertices : int
    tail, head : int64, shape (edges,)
    cost : float64, shape (edges,)
        >= 0.
    terminal : bool, shape (vertices,)
        Who must be in. Either some are terminals, or none is and prizes decide.
    prize : float64, shape (vertices,)
        What leaving a vertex out costs, >= 0; 0 for terminals.
    """

    vertices: int
    tail: Ints
    head: Ints
    cost: Floats
    terminal: Flags
    prize: Floats


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree with its certificate: edges and vertices (ascending), costs plus prizes forgone, and a lower bound."""

    edges: Ints
    vertices: Ints
    cost: float
    bound: float

    @property
    def gap(self) -> float:
        """Return (cost - bound) / cost."""
        return max(0.0, self.cost - self.bound) / max(self.cost, 1e-9)


class _Best:
    """The best tree so far."""

    def __init__(self, problem: TreeProblem, edges: Edges) -> None:
        self.edges, self.problem = edges, problem
        self.worth = np.where(problem.terminal, MUST, problem.prize)
        self.order = np.argsort(edges.cost, kind="stable")
        self.all = float(problem.prize.sum())
        self.inside = np.zeros(problem.vertices, bool)
        self.inside[int(np.argmax(self.worth))] = True
        self.tree = np.zeros(edges.cost.size, bool)
        self.cost = np.inf
        self._take(self.inside.copy())

    def _take(self, inside: Flags, sweeps: int = 0) -> None:
        tree = np.zeros(self.edges.cost.size, bool)
        if sweeps:
            improve(self.edges, self.order, self.worth, inside, tree, sweeps)
        else:
            best_tree(self.edges, self.order, inside, self.worth, tree)
        if not np.all(inside[self.problem.terminal]):
            return
        cost = float(self.edges.cost[tree].sum() + self.problem.prize[~inside].sum())
        if cost < self.cost - 1e-9:
            self.cost, self.inside, self.tree = cost, inside, tree

    def try_lengths(self, length: Floats, wanted: Flags, starts: Ints, sweeps: int = 0) -> None:
        """Connect wanted vertices by paths of some length of arcs, from each start; keep what is best."""
        before = self.cost
        for s in starts.tolist():
            inside = np.zeros(self.problem.vertices, bool)
            grow(self.edges, length, wanted, s, inside)
            self._take(inside, sweeps)
        if self.cost < before - 1e-9:
            self._take(self.inside.copy(), 5)

    def shake(self, timer: Timer, rounds: int) -> None:
        """Change the best tree at random places."""
        look = max(1, 40_000_000 // (self.problem.vertices * self.edges.cost.size + 1))
        for k in range(max(1, rounds // look)):
            if timer.over():
                break
            inside, tree = self.inside.copy(), self.tree.copy()
            shake(self.edges, self.order, self.worth, inside, tree, look, timer.effort.seed * 1000 + k)
            self._take(inside)


def solve(problem: TreeProblem, effort: Effort) -> Tree:
    """Return the cheapest tree found and a lower bound.

    Parameters
    ----------
    problem : TreeProblem
    effort : Effort
    """
    timer = effort.begin()
    whole = bool(np.all(problem.cost == np.round(problem.cost)) and np.all(problem.prize == np.round(problem.prize)))
    edges = edges_of(problem.vertices, problem.tail, problem.head, problem.cost)
    alive = np.flatnonzero(without_detours(edges, problem.terminal | (problem.prize > 0)))

    def graph(kept: Ints) -> Edges:
        return edges_of(problem.vertices, problem.tail[kept], problem.head[kept], problem.cost[kept])

    best, keep, lower = _ascent(problem, graph(alive), whole, np.inf)
    chosen = alive[best.tree]
    for _ in range(3):
        if keep.all():
            break
        alive = alive[keep]
        now, keep, ascended = _ascent(problem, graph(alive), whole, best.cost)
        lower = max(lower, ascended)
        if now.cost < best.cost:
            best, chosen = now, alive[now.tree]
    step = 1.0 - 1e-6 if whole else 1e-7 * best.cost
    if best.cost - lower > step and alive.size and not timer.over():
        search = _Search(problem, graph(alive), best.cost, timer, step)
        lower = max(lower, search.run())
        if search.best.cost < best.cost - 1e-9:
            best, chosen = search.best, alive[search.best.tree]
    if whole:
        lower = float(np.ceil(lower - 1e-6))
    inside = np.flatnonzero(best.inside)
    return Tree(np.sort(chosen), inside, best.cost, min(lower, best.cost))


def _starts(best: _Best, many: int) -> Ints:
    order = np.argsort(-best.worth, kind="stable")
    return order[: min(many, int((best.worth > 0).sum()) or 1)]


def _ascent(problem: TreeProblem, edges: Edges, whole: bool, known: float) -> tuple[_Best, Flags, float]:
    """Return trees found along reduced costs, the edges that may improve on the best, and the bound of dual ascent.

    An arc is dropped when the bound, the distance from the root to it, its own reduced cost and the distance on to a
    terminal together pass the best tree. Without terminals nothing is dropped: the root could be elsewhere.
    """
    best = _Best(problem, edges)
    wanted = best.worth > 0
    best.try_lengths(np.repeat(edges.cost, 2), wanted, _starts(best, 30))
    keep = np.ones(edges.cost.size, bool)
    lower = 0.0
    if not problem.terminal.any():
        return best, keep, lower
    terminals = np.flatnonzero(problem.terminal)
    for root in terminals[np.linspace(0, terminals.size - 1, min(terminals.size, 6)).astype(int)].tolist():
        total, reduced, _, _, _ = ascend(edges, root, best.worth, 0)
        lower = max(lower, total)
        best.try_lengths(reduced + 1e-3 * np.repeat(edges.cost, 2), wanted, np.array([root]), 0)
        upper = min(best.cost, known) - (1.0 if whole else 0.0) + 1e-6
        first = np.full(problem.vertices, 1e300)
        first[root] = 0.0
        there = distances(edges, reduced, first, False)
        last = np.where(problem.terminal, 0.0, 1e300)
        last[root] = 1e300
        on = distances(edges, reduced, last, True)
        forth = total + there[edges.tail] + reduced[0::2] + on[edges.head]
        back = total + there[edges.head] + reduced[1::2] + on[edges.tail]
        keep &= (forth <= upper) | (back <= upper)
    return best, keep, lower


class _Search:
    """The model above on one graph: linear relaxation with cuts, then integers with cuts."""

    def __init__(self, problem: TreeProblem, edges: Edges, known: float, timer: Timer, step: float) -> None:
        self.problem, self.timer, self.step, self.known = problem, timer, step, known
        self.best = _Best(problem, edges)
        n = problem.vertices
        self.rooted = bool(problem.terminal.any())
        self.given = edges
        ends = np.flatnonzero(problem.prize > 0) if not self.rooted else np.zeros(0, np.int64)
        self.root = int(np.flatnonzero(problem.terminal)[0]) if self.rooted else n
        self.edges = edges_of(
            n + (not self.rooted),
            np.concatenate((edges.tail, np.full(ends.size, n))),
            np.concatenate((edges.head, ends)),
            np.concatenate((edges.cost, np.zeros(ends.size))),
        )
        self.from_root = ends
        self.arc_head = np.column_stack((self.edges.head, self.edges.tail)).ravel()
        self.arc_tail = np.column_stack((self.edges.tail, self.edges.head)).ravel()
        self.solver = self._build()
        self.lower = -np.inf

    def _build(self) -> Solver:
        model, n = Model(maximise=False), self.problem.vertices
        arcs = self.arc_head.size
        upper = np.ones(arcs)
        upper[self.arc_head == self.root] = 0.0
        self.x = model.add_columns(np.repeat(self.edges.cost, 2), 0.0, upper)
        must = self.problem.terminal.astype(float)
        self.y = model.add_columns(-self.problem.prize, must, np.ones(n))
        _one_way_in(model, self)
        _no_dead_end(model, self)
        if not self.rooted:
            _one_arc_from_the_root(model, self)
        return Solver(model, seed=self.timer.effort.seed)

    def first_cuts(self) -> None:
        """Add the cuts of dual ascent."""
        best = self.best
        root = self.root if self.rooted else int(np.argmax(best.worth))
        worth = np.where(self.problem.terminal, np.inf, self.problem.prize)
        _, _, who, where, items = ascend(self.given, root, worth, 60_000)
        if not who.size:
            return
        if not self.rooted:
            who, where, items = self._with_root_arcs(who, where, items)
        self._add(who, where, items)

    def _with_root_arcs(self, who: Ints, where: Ints, items: Ints) -> tuple[Ints, Ints, Ints]:
        """Return cuts of the graph without the artificial root as cuts with it: its arcs into the set come too."""
        first_root_arc = 2 * self.given.cost.size
        kept, rows = [], []
        for r, t in enumerate(who.tolist()):
            arcs = items[where[r] : where[r + 1]]
            inside = self._inside(arcs, t)
            extra = first_root_arc + 2 * np.flatnonzero(inside[self.from_root])
            kept.append(np.concatenate((arcs, extra)))
            rows.append(t)
        starts = np.concatenate(([0], np.cumsum([k.size for k in kept])))
        return np.array(rows), starts, np.concatenate(kept)

    def _inside(self, arcs: Ints, terminal: int) -> Flags:
        """Return the vertices that reach a terminal backwards without the arcs of a cut: the set of the cut."""
        blocked = np.zeros(2 * self.given.cost.size, bool)
        blocked[arcs] = True
        length = np.where(blocked, 1e300, 0.0)
        first = np.full(self.problem.vertices, 1e300)
        first[terminal] = 0.0
        return distances(self.given, length, first, True) < 1e299

    def _add(self, who: Ints, where: Ints, items: Ints) -> None:
        """Sum of x over arcs into W >= y_v."""
        columns = np.insert(self.x[items], where[1:], self.y[who])
        values = np.insert(np.ones(items.size), where[1:], -1.0)
        starts = where + np.arange(where.size)
        self.solver.add_cuts(np.zeros(who.size), np.full(who.size, INFINITE), starts, columns, values)

    def cut(self, x: Floats, y: Floats, nested: int) -> int:
        """Add rows that a point breaks; return how many."""
        added = self._anti_back(x, y) + self._lowest_from_root(x, y)
        order = np.argsort(-y, kind="stable")
        worth = self.problem.terminal | (self.problem.prize > 0) if nested > 1 else np.ones(y.size, bool)
        wanted = order[(y[order] > 1e-2) & worth[order] & (order != self.root)]
        wanted = np.random.default_rng(added).permutation(wanted)
        who, where, items = separate(
            self.edges.starts, self.edges.arcs, self.arc_head, np.maximum(x, 0.0), self.root, wanted, y[wanted],
            nested, 150_000,
        )  # fmt: skip
        if who.size:
            self._add(who, where, items)
        return added + int(who.size)

    def _anti_back(self, x: Floats, y: Floats) -> int:
        """x_uv + x_vu <= y_u, where broken."""
        both = x[0::2] + x[1::2]
        added = 0
        for ends in (self.edges.tail, self.edges.head):
            real = ends < self.problem.vertices
            at = np.where(real, ends, 0)
            e = np.flatnonzero(real & (both > y[at] + 1e-4))
            if e.size:
                columns = np.column_stack((self.x[2 * e], self.x[2 * e + 1], self.y[ends[e]])).ravel()
                values = np.tile([1.0, 1.0, -1.0], e.size)
                starts = 3 * np.arange(e.size + 1)
                self.solver.add_cuts(np.full(e.size, -INFINITE), np.zeros(e.size), starts, columns, values)
            added += e.size
        return added

    def _lowest_from_root(self, x: Floats, y: Floats) -> int:
        """The root's arc goes to the lowest number of the tree: x_rv + y_u <= 1 for u < v; where broken most."""
        if self.rooted:
            return 0
        from_root = 2 * self.given.cost.size + 2 * np.arange(self.from_root.size)
        rows = []
        for k in np.flatnonzero(x[from_root] > 1e-3).tolist():
            lower = self.from_root[:k]
            if lower.size and (u := lower[int(np.argmax(y[lower]))]) >= 0 and x[from_root[k]] + y[u] > 1.0 + 1e-3:
                rows.append((self.x[from_root[k]], self.y[u]))
        if rows:
            columns = np.array(rows).ravel()
            n = len(rows)
            self.solver.add_cuts(np.full(n, -INFINITE), np.ones(n), 2 * np.arange(n + 1), columns, np.ones(2 * n))
        return len(rows)

    def _value(self, answer: Answer) -> float:
        return answer.value + self.best.all

    def _guided(self, x: Floats, y: Floats) -> None:
        """Look for a tree along the arcs that the point likes."""
        m = self.given.cost.size
        edge = x[0 : 2 * m : 2] + x[1 : 2 * m : 2]
        length = np.repeat(np.maximum(1.0 - edge, 0.0) * self.given.cost + 1e-6, 2)
        wanted = self.problem.terminal | ((self.problem.prize > 0) & (y > 0.5))
        if not wanted.any():
            return
        score = np.where(wanted, y + 1e-3 * np.arange(y.size) / y.size, -1.0)
        self.best.try_lengths(length, wanted, np.argsort(-score)[: min(4, int(wanted.sum()))])

    def _upper(self) -> float:
        return min(self.best.cost, self.known)

    def _fix(self, answer: Answer) -> None:
        """Set arcs to nought whose reduced cost alone passes the best tree."""
        slack = self._upper() - self.step - self._value(answer)
        arcs = np.flatnonzero(answer.reduced[self.x] > slack + 1e-6)
        if arcs.size:
            self.solver.bound_columns(self.x[arcs], 0.0, 0.0)

    def run(self) -> float:
        """Return the bound; the best tree is in `best`."""
        self.first_cuts()
        self.solver.set(presolve="off")
        stalled, before = 0, -np.inf
        for _ in range(500):
            answer = self.solver.solve(self.timer)
            if answer.impossible:
                return self._upper()
            if answer.values is None or not answer.finished:
                return self.lower
            self.lower = max(self.lower, self._value(answer))
            x, y = answer.values[self.x], answer.values[self.y]
            self._guided(x, y)
            if self._upper() - self.lower <= self.step or self.timer.over():
                return self.lower
            self._fix(answer)
            stalled = stalled + 1 if self.lower < before + 1e-4 * abs(self.lower) else 0
            before = self.lower
            if self.cut(x, y, 3) == 0 or stalled > 15:
                break
        self.best.shake(self.timer.share(0.3), int(400 * self.timer.effort.work))
        return self._integers()

    def _integers(self) -> float:
        """Return the bound of the model with binary arcs, cuts added until its trees hang together."""
        n = self.x.size
        self.solver.integers(self.x)
        self.solver.set(presolve="on")
        nodes = int(20_000 * self.timer.effort.work)
        for _ in range(200):
            self._start(n)
            answer = self.solver.solve(self.timer, nodes if self.timer.effort.clock is None else None)
            if answer.impossible:
                return self._upper()
            self.lower = max(self.lower, answer.bound + self.best.all)
            if answer.values is None or self._upper() - self.lower <= self.step or self.timer.over():
                break
            x, y = answer.values[self.x], answer.values[self.y]
            self._guided(x, y)
            if self.cut(x, y, 1) == 0:
                break
        return self.lower

    def _start(self, n: int) -> None:
        """Bound the objective by the best tree, so that only better ones are looked for."""
        cutoff = self._upper() - self.best.all
        self.solver.set(objective_bound=cutoff - 0.5 * self.step)


def _one_way_in(model: Model, s: _Search) -> None:
    """Sum of x over arcs into v = y_v; nothing leads into the root of a Steiner tree."""
    arcs = np.flatnonzero(s.arc_head < s.problem.vertices)
    rows = [np.arange(s.problem.vertices), s.arc_head[arcs]]
    target = np.zeros(s.problem.vertices)
    if s.rooted:
        target[s.root] = -1.0
    model.add_rows(s.problem.vertices, target, target, (rows[1], s.x[arcs], 1.0), (rows[0], s.y, -1.0))


def _no_dead_end(model: Model, s: _Search) -> None:
    """Sum of x over arcs out of v >= sum over arcs into v, where v has no prize and needs not be in."""
    plain = np.flatnonzero(~s.problem.terminal & (s.problem.prize <= 0))
    number = np.full(s.problem.vertices + 1, -1)
    number[plain] = np.arange(plain.size)
    out, into = np.flatnonzero(number[s.arc_tail] >= 0), np.flatnonzero(number[s.arc_head] >= 0)
    model.add_rows(
        plain.size, 0.0, INFINITE,
        (number[s.arc_tail[out]], s.x[out], 1.0), (number[s.arc_head[into]], s.x[into], -1.0),
    )  # fmt: skip


def _one_arc_from_the_root(model: Model, s: _Search) -> None:
    """Sum of x over arcs from the artificial root = 1."""
    arcs = np.flatnonzero(s.arc_tail == s.root)
    model.add_rows(1, 1.0, 1.0, (0, s.x[arcs], 1.0))
