"""The cheapest sites that reach a target: (partial) set multicover, for instance 95 % of people by two operators.

minimise    sum_j c_j x_j
subject to  sum of x_j over sites j of cell i >= k_i y_i       (a cell counts when enough sites cover it)
            sum_i w_i y_i >= target
            x, y binary; y_i = 1 for every cell that must be covered
"""

from dataclasses import dataclass

import numpy as np

from jangkau.errors import ModelError
from jangkau.planning.cover import Cover, Rows
from jangkau.planning.effort import Effort
from jangkau.planning.linear import INFINITE, Floats, Ints, Model, Solver


@dataclass(frozen=True, slots=True)
class CheapestPlan:
    """Sites that reach a target.

    Attributes
    ----------
    chosen : int64
        Sites, ascending.
    cost, bound : float
        What they cost, and what no plan can fall below.
    people : float
        Whom they cover often enough.
    """

    chosen: Ints
    cost: float
    bound: float
    people: float

    @property
    def gap(self) -> float:
        """Return (cost - bound) / cost."""
        return max(0.0, self.cost - self.bound) / max(self.cost, 1e-9)


def enough(problem: Cover, needed: Ints, chosen: Ints) -> np.ndarray:
    """Return which cells a choice covers as often as each needs."""
    return np.bincount(problem.sites.of(chosen).items, minlength=problem.weight.size) >= needed


def build(problem: Cover, needed: Ints, target: float) -> tuple[Model, Ints, Ints]:
    """Return the model, the columns of its sites and of its cells."""
    model = Model(maximise=False)
    x = model.add_columns(problem.cost, problem.locked, ~problem.forbidden, integer=True)
    must = target >= float(problem.weight.sum()) - 1e-9
    y = model.add_columns(np.zeros(problem.weight.size), float(must), 1.0, integer=not must)
    _often_enough(model, x, y, problem.cells, needed)
    if not must:
        _target_reached(model, y, problem.weight, target)
    return model, x, y


def _often_enough(model: Model, x: Ints, y: Ints, cells: Rows, needed: Ints) -> None:
    """Sum of x_j over the sites of cell i >= k_i y_i."""
    i = np.arange(y.size)
    model.add_rows(y.size, 0.0, INFINITE, (cells.owners, x[cells.items], 1.0), (i, y, -needed.astype(float)))


def _target_reached(model: Model, y: Ints, weight: Floats, target: float) -> None:
    """sum_i w_i y_i >= target."""
    model.add_rows(1, target, INFINITE, (0, y, weight))


def first_plan(problem: Cover, needed: Ints, target: float) -> Ints:
    """Return a plan by greedy steps (people newly helped per cost), then without the sites it can spare."""
    open_need = needed.astype(float).copy()
    weight = np.maximum(problem.weight, 1e-9) if target >= problem.weight.sum() - 1e-9 else problem.weight
    unit = weight / np.maximum(needed, 1)
    chosen = np.flatnonzero(problem.locked).tolist()
    open_need -= np.bincount(problem.sites.of(np.array(chosen, int)).items, minlength=open_need.size)
    usable = ~problem.forbidden & ~problem.locked
    owners, items = problem.sites.owners, problem.sites.items
    while problem.weight[open_need <= 0].sum() < target - 1e-9:
        gain = np.bincount(owners, (unit * (open_need > 0))[items], usable.size) * usable
        best = int(np.argmax(gain / np.maximum(problem.cost, 1e-9)))
        if gain[best] <= 0:
            raise ModelError(
                "planning.target_out_of_reach",
                target=target,
                reachable=float(problem.weight[_reachable(problem, needed)].sum()),
            )
        chosen.append(best)
        usable[best] = False
        open_need[problem.sites[best]] -= 1
    for j in sorted(chosen, key=lambda j: -problem.cost[j]):
        rest = np.array([k for k in chosen if k != j], int)
        if not problem.locked[j] and problem.weight[enough(problem, needed, rest)].sum() >= target - 1e-9:
            chosen.remove(j)
    return np.sort(np.array(chosen, int))


def _reachable(problem: Cover, needed: Ints) -> np.ndarray:
    return enough(problem, needed, np.flatnonzero(~problem.forbidden))


def solve(problem: Cover, effort: Effort, *, needed: Ints | None = None, target: float | None = None) -> CheapestPlan:
    """Return the cheapest plan found that reaches a target, and the proof of how cheap it is.

    Parameters
    ----------
    problem : Cover
    effort : Effort
    needed : int64, shape (cells,), optional
        How many sites must cover each cell before it counts; 1 by default.
    target : float, optional
        People who must be covered; all by default.

    Raises
    ------
    ModelError
        All sites together do not reach the target.
    """
    timer = effort.begin()
    needed = np.ones(problem.weight.size, np.int64) if needed is None else needed
    goal = float(problem.weight.sum()) if target is None else float(target)
    plan = first_plan(problem, needed, goal)
    model, x, y = build(problem, needed, goal)
    solver = Solver(model, seed=effort.seed)
    point = np.zeros(model.columns)
    point[x[plan]] = 1.0
    point[y] = enough(problem, needed, plan)
    solver.start_from(point)
    answer = solver.solve(timer, int(5_000 * effort.work) if effort.clock is None else None, effort.gap)
    if answer.values is not None:
        found = np.flatnonzero(answer.values[x] > 0.5)
        reached = problem.weight[enough(problem, needed, found)].sum() >= goal - 1e-6
        if reached and problem.cost[found].sum() < problem.cost[plan].sum():
            plan = found
    lowest = answer.bound
    if np.all(problem.cost == np.round(problem.cost)):
        lowest = float(np.ceil(lowest - 1e-6))
    cost = float(problem.cost[plan].sum())
    people = float(problem.weight[enough(problem, needed, plan)].sum())
    return CheapestPlan(plan, cost, min(lowest, cost), people)
