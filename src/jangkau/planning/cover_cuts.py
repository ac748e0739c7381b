"""Prices of a covering problem of few sites by clustered Benders cuts, exact to the bound of the linear relaxation.

The simplex sees sites alone, and for each group of cells one number theta below cuts that the shares of sites give.
With some hundred sites this ends where the steps of `cover_bound` still creep (pmed20: exact in 2 s, where 24 s left
0.09 %); with thousands it is the slower by far.

References: Cordeau, Furini, Ljubic (2019), Benders decomposition for very large scale partial set covering and maximal
covering location problems. Ben-Ameur, Neto (2007), in-out separation.
"""

import numpy as np

from jangkau.compiled import kernel
from jangkau.planning.cover import Cover, Index
from jangkau.planning.cover_bound import Prices, bound_of, reached
from jangkau.planning.effort import Timer
from jangkau.planning.linear import INFINITE, Floats, Ints, Model, Solver


@kernel
def _shares(cell_starts: Ints, cell_sites: Index, x: Floats, out: Floats) -> None:
    for c in range(out.size):
        total = 0.0
        for k in range(cell_starts[c], cell_starts[c + 1]):
            total += x[cell_sites[k]]
        out[c] = total


@kernel(allocates=True)
def _cuts(
    group_starts: Ints,
    members: Ints,
    open_cell: Floats,
    weight: Floats,
    cell_starts: Ints,
    cell_sites: Index,
    x: Floats,
    theta: Floats,
    tolerance: float,
) -> tuple[Ints, Ints, Floats, Ints, Floats]:
    """Return for each group whose cut x and theta break: group, row starts, constant, sites, coefficients."""
    groups = group_starts.size - 1
    total = 0
    for k in range(members.size):
        total += cell_starts[members[k] + 1] - cell_starts[members[k]]
    columns, values = np.empty(total, np.int64), np.empty(total)
    which, constant, starts = np.empty(groups, np.int64), np.empty(groups), np.zeros(groups + 1, np.int64)
    amount = np.zeros(x.size)
    touched = np.empty(x.size, np.int64)
    rows = 0
    for g in range(groups):
        fixed, n = 0.0, 0
        for k in range(group_starts[g], group_starts[g + 1]):
            c = members[k]
            if open_cell[c] >= 1.0:
                fixed += weight[c]
                continue
            for m in range(cell_starts[c], cell_starts[c + 1]):
                j = cell_sites[m]
                if amount[j] == 0.0:
                    touched[n] = j
                    n += 1
                amount[j] += weight[c]
        value = fixed
        for k in range(n):
            value += amount[touched[k]] * x[touched[k]]
        keep = theta[g] > value + tolerance * max(1.0, abs(value))
        at = starts[rows]
        for k in range(n):
            if keep:
                columns[at + k] = touched[k]
                values[at + k] = -amount[touched[k]]
            amount[touched[k]] = 0.0
        if keep:
            which[rows], constant[rows] = g, fixed
            starts[rows + 1] = at + n
            rows += 1
    end = starts[rows]
    return which[:rows], starts[: rows + 1], constant[:rows], columns[:end], values[:end]


def _groups(problem: Cover) -> tuple[Ints, Ints]:
    """Return cells ordered by group and where each group starts.

    A cell belongs to the first site, in the order of cells covered, that covers it.
    """
    rank = np.empty(problem.cost.size, np.int64)
    rank[np.argsort(-np.diff(problem.sites.starts), kind="stable")] = np.arange(problem.cost.size)
    cells = problem.cells
    key = np.minimum.reduceat(rank[cells.items], cells.starts[:-1])
    order = np.argsort(key, kind="stable")
    change = np.flatnonzero(np.diff(key[order])) + 1
    return np.concatenate(([0], change, [order.size])), order


class _Master:
    """The problem over sites alone: maximise sum theta under budget and cuts; which cells each cut leaves open."""

    def __init__(self, problem: Cover, budget: float, group_starts: Ints, members: Ints) -> None:
        self.problem, self.budget = problem, budget
        self.group_starts, self.members = group_starts, members
        self.cells = problem.cells
        group_weight = np.add.reduceat(problem.weight[members], group_starts[:-1])
        model = Model(maximise=True)
        self.x = model.add_columns(np.zeros(problem.cost.size))
        self.theta = model.add_columns(np.ones(group_weight.size), 0.0, group_weight)
        model.add_rows(1, -INFINITE, budget, (0, self.x, problem.cost))
        self.solver = Solver(model)
        self.opened: list[tuple[int, np.ndarray]] = []

    def cut(self, at: Floats, x: Floats, theta: Floats, tolerance: float) -> int:
        """Add the cuts that the point `at` gives and (x, theta) breaks; return how many."""
        share = np.empty(self.problem.weight.size)
        _shares(self.cells.starts, self.cells.items, at, share)
        which, starts, constant, columns, values = _cuts(
            self.group_starts, self.members, share, self.problem.weight, self.cells.starts, self.cells.items, x, theta,
            tolerance,
        )  # fmt: skip
        if which.size == 0:
            return 0
        n = which.size
        ends = starts[1:]
        columns = np.insert(columns, ends, self.theta[which])
        values = np.insert(values, ends, 1.0)
        self.solver.add_cuts(np.full(n, -INFINITE), constant, starts + np.arange(n + 1), columns, values)
        for g in which.tolist():
            of_group = self.members[self.group_starts[g] : self.group_starts[g + 1]]
            self.opened.append((g, share[of_group] < 1.0))
        return n

    def prices(self, duals: Floats) -> Prices:
        """Return the bound that the duals of the cuts propose."""
        u = np.zeros(self.problem.weight.size)
        for (g, is_open), dual in zip(self.opened, np.abs(duals[1:]), strict=False):
            if dual > 0.0:
                of_group = self.members[self.group_starts[g] : self.group_starts[g + 1]]
                u[of_group[is_open]] += dual * self.problem.weight[of_group[is_open]]
        return bound_of(self.problem, self.budget, u)


def bound_by_cuts(
    problem: Cover, budget: float, plan: Ints, timer: Timer, tolerance: float = 1e-5
) -> tuple[Prices, Floats]:
    """Return prices of cells that prove the bound of the linear relaxation, and its shares of sites.

    Parameters
    ----------
    problem : Cover
        Reduced.
    budget : float
    plan : int64
        A good plan, from which the in-out method starts.
    timer : Timer
    tolerance : float
        Relative distance from the relaxation's bound at which to stop.

    Returns
    -------
    Prices
    float64, shape (sites,)
        Share of each site in the relaxation, 0..1.
    """
    master = _Master(problem, budget, *_groups(problem))
    inside = np.zeros(problem.cost.size)
    inside[plan] = 1.0
    share = inside.copy()
    everything = np.zeros(master.theta.size) + np.inf
    master.cut(np.zeros(problem.cost.size), np.zeros(problem.cost.size), everything, 0.0)
    master.cut(inside, inside, everything, 0.0)
    best = bound_of(problem, budget, problem.weight)
    for _ in range(400):
        answer = master.solver.solve(timer)
        if answer.values is None or not answer.finished:
            break
        best = min(best, master.prices(answer.duals), key=lambda p: p.bound)
        x, theta = answer.values[master.x], answer.values[master.theta]
        people, share = reached(problem, x), x
        if theta.sum() - people <= tolerance * people or timer.over():
            break
        inside = 0.5 * inside + 0.5 * x
        if master.cut(inside, x, theta, 1e-7) < 3:
            master.cut(x, x, theta, 1e-7)
    return best, np.clip(share, 0.0, 1.0)
