"""A bound of the covering problem that anyone can check: a price per cell, found by clustered Benders cuts.

For prices 0 <= u_i <= w_i of cells, nobody covers more people than

    sum_i (w_i - u_i) + max { sum_j r_j x_j : sum_j c_j x_j <= budget, 0 <= x <= 1 },  r_j = sum of u_i over cells of j

(the Lagrangean of y_i <= sum_j x_j). The solver only proposes u; the bound is computed from u.
"""

from dataclasses import dataclass

import numpy as np

from jangkau.compiled import kernel
from jangkau.planning.cover import Cover, Index
from jangkau.planning.effort import Timer
from jangkau.planning.linear import INFINITE, Floats, Ints, Model, Solver


@dataclass(frozen=True, slots=True)
class Prices:
    """What each cell is worth to a bound.

    Attributes
    ----------
    cell : float64, shape (cells,)
        u, 0..weight.
    bound : float
        Nobody covers more people.
    gain : float64, shape (sites,)
        r_j less the price of money times the cost: how much the bound changes per site, at most.
    """

    cell: Floats
    bound: float
    gain: Floats


def bound_of(problem: Cover, budget: float, cell: Floats) -> Prices:
    """Return the bound that prices of cells prove; see the module."""
    u = np.clip(cell, 0.0, problem.weight)
    worth = np.bincount(problem.sites.owners, u[problem.sites.items], problem.cost.size)
    order = np.argsort(-worth / np.maximum(problem.cost, 1e-12), kind="stable")
    spent = np.cumsum(problem.cost[order])
    whole = int(np.searchsorted(spent, budget, side="right"))
    total = float((problem.weight - u).sum() + worth[order[:whole]].sum())
    money = 0.0
    if whole < order.size:
        next_one = order[whole]
        money = worth[next_one] / max(problem.cost[next_one], 1e-12)
        total += money * (budget - (spent[whole - 1] if whole else 0.0))
    return Prices(u, total, worth - money * problem.cost)


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


def _groups(problem: Cover, size: int = 60) -> tuple[Ints, Ints]:
    """Return cells ordered by group and where each group starts.

    Groups given with the problem are kept; else a cell belongs to the first site, in the order of cells covered, that
    covers it, and small groups stay as they are.
    """
    if np.unique(problem.group).size < problem.weight.size:
        key = problem.group
    else:
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


def bound(problem: Cover, budget: float, plan: Ints, timer: Timer, tolerance: float = 1e-5) -> Prices:
    """Return prices of cells that prove a bound near that of the linear relaxation.

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

    References
    ----------
    Cordeau, Furini, Ljubic (2019), Benders decomposition for very large scale partial set covering and maximal
    covering location problems. Ben-Ameur, Neto (2007), in-out separation.
    """
    master = _Master(problem, budget, *_groups(problem))
    inside = np.zeros(problem.cost.size)
    inside[plan] = 1.0
    everything = np.zeros(master.theta.size) + np.inf
    master.cut(np.zeros(problem.cost.size), np.zeros(problem.cost.size), everything, 0.0)
    master.cut(inside, inside, everything, 0.0)
    best = bound_of(problem, budget, problem.weight)
    for _ in range(400):
        answer = master.solver.solve(timer)
        if answer.values is None or not answer.finished:
            break
        found = master.prices(answer.duals)
        best = min(best, found, key=lambda p: p.bound)
        x, theta = answer.values[master.x], answer.values[master.theta]
        share = np.empty(problem.weight.size)
        _shares(master.cells.starts, master.cells.items, x, share)
        reached = float(np.minimum(share, 1.0) @ problem.weight)
        if theta.sum() - reached <= tolerance * reached or timer.over():
            break
        inside = 0.5 * inside + 0.5 * x
        if master.cut(inside, x, theta, 1e-7) < 3:
            master.cut(x, x, theta, 1e-7)
    return best
