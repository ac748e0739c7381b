"""Which sites cover most people for a budget: budgeted maximal covering, with a proven gap.

    maximise    sum_i w_i y_i
    subject to  y_i <= sum of x_j over sites j that cover cell i        (a cell is covered by something)
                sum_j c_j x_j <= budget
                x binary, 0 <= y <= 1

Steps: reduce, bound by prices (`cover_cuts` for few sites, `cover_bound` for many), greedy and ruin and recreate among
the sites that the prices hold promising. Where the bound leaves few sites undecided, integer models: over the most
promising ones (a kernel), then over all undecided ones. Else a bound by parts (`cover_parts`), then by larger parts.
"""

from dataclasses import dataclass

import numpy as np

from jangkau.errors import ModelError
from jangkau.planning.cover import Cover, Reduced, Rows, cover, reduce
from jangkau.planning.cover_bound import Prices, bound, bound_of
from jangkau.planning.cover_cuts import bound_by_cuts
from jangkau.planning.cover_parts import bound_by_parts
from jangkau.planning.cover_search import greedy, improve
from jangkau.planning.effort import Effort, Timer
from jangkau.planning.linear import INFINITE, Answer, Floats, Ints, Model, Solver

KERNEL_SITES = 300
"""Sites of the restricted model."""

PROMISING_SITES = 800
"""Sites among which plans are searched for."""

UNDECIDED_SITES = 1_500
"""Sites up to which the integer model of all undecided ones is tried."""

PART_SIZES = (24, 40)
"""Sites with a share in a part, for one bound after the other."""


@dataclass(frozen=True, slots=True)
class SitingPlan:
    """A choice of sites with its certificate.

    Attributes
    ----------
    chosen : int64
        Sites, ascending.
    value : float
        People covered.
    bound : float
        Nobody covers more with this budget.
    cost : float
    prices : float64, shape (cells,)
        Prices that prove `price_bound`; see `cover_bound`.
    price_bound : float
        What the prices alone prove; `bound` may be lower by the solver's search.
    """

    chosen: Ints
    value: float
    bound: float
    cost: float
    prices: Floats
    price_bound: float

    @property
    def gap(self) -> float:
        """Return (bound - value) / value, 0 where nothing can be covered."""
        return 0.0 if self.bound <= 0 else max(0.0, self.bound - self.value) / max(self.value, 1e-9)


def build(problem: Cover, budget: float) -> tuple[Model, Ints, Ints]:
    """Return the model, the columns of its sites and the columns of its cells."""
    model = Model(maximise=True)
    x = model.add_columns(np.zeros(problem.cost.size), integer=True)
    y = model.add_columns(problem.weight)
    _covered_by_something(model, x, y, problem.cells)
    _within_budget(model, x, problem.cost, budget)
    return model, x, y


def _covered_by_something(model: Model, x: Ints, y: Ints, cells: Rows) -> None:
    """y_i <= sum of x_j over the sites of cell i."""
    i = np.arange(y.size)
    model.add_rows(y.size, -INFINITE, 0.0, (i, y, 1.0), (cells.owners, x[cells.items], -1.0))


def _within_budget(model: Model, x: Ints, cost: Floats, budget: float) -> None:
    """sum_j c_j x_j <= budget."""
    model.add_rows(1, -INFINITE, budget, (0, x, cost))


def solve(problem: Cover, budget: float, effort: Effort) -> SitingPlan:
    """Return the best plan found for a budget and the proof of how good it is.

    Parameters
    ----------
    problem : Cover
    budget : float
        In the unit of the sites' costs, >= 0; locked sites are paid from it.
    effort : Effort

    Raises
    ------
    ModelError
        The locked sites alone cost more than the budget, or a site is locked and forbidden.
    """
    timer = effort.begin()
    locked = np.flatnonzero(problem.locked)
    paid = float(problem.cost[locked].sum())
    if np.any(problem.locked & problem.forbidden):
        site = int(np.flatnonzero(problem.locked & problem.forbidden)[0])
        raise ModelError("planning.locked_and_forbidden", site=site)
    if paid > budget + 1e-9:
        raise ModelError("planning.locked_too_dear", cost=paid, budget=budget)
    affordable = problem.cost <= budget - paid
    small = reduce(_forbid(problem, ~affordable & ~problem.locked))
    chosen, best_bound, prices = _solve_reduced(small.problem, budget - paid, timer)
    plan = np.sort(np.concatenate((locked, small.site[chosen])))
    full_prices = _prices_of(problem, small, prices)
    return SitingPlan(
        chosen=plan,
        value=problem.value(plan),
        bound=best_bound + small.always,
        cost=float(problem.cost[plan].sum()),
        prices=full_prices,
        price_bound=_price_bound(problem, budget - paid, full_prices),
    )


def _forbid(problem: Cover, sites: np.ndarray) -> Cover:
    return Cover(problem.weight, problem.sites, problem.cost, problem.locked, problem.forbidden | sites)


def _prices_of(problem: Cover, small: Reduced, prices: Prices) -> Floats:
    """Share the price of each merged cell among its cells by their people; a cell out of reach costs no bound."""
    whole = 1.0 - problem.covered(np.flatnonzero(problem.locked))
    if small.problem.weight.size:
        whole[small.cell >= 0] = (prices.cell / small.problem.weight)[small.cell[small.cell >= 0]]
    return whole * problem.weight


def _price_bound(problem: Cover, left: float, prices: Floats) -> float:
    """Return what prices of all cells prove, by the sites that a plan may still take and can pay."""
    free = np.flatnonzero(~problem.locked & ~problem.forbidden & (problem.cost <= left))
    open_problem = cover(problem.weight, problem.sites.of(free), problem.cost[free])
    locked = problem.sites.of(np.flatnonzero(problem.locked)).items
    return float(bound_of(open_problem, left, prices).bound + prices[locked].sum())


def _solve_reduced(problem: Cover, budget: float, timer: Timer) -> tuple[Ints, float, Prices]:
    """Return sites, bound and prices for a reduced problem."""
    if problem.cost.size == 0 or problem.weight.size == 0:
        return np.zeros(0, np.int64), 0.0, bound_of(problem, budget, problem.weight)
    whole = bool(np.all(problem.weight == np.round(problem.weight)))
    if problem.cost.size <= UNDECIDED_SITES:
        prices, share = bound_by_cuts(problem, budget, greedy(problem, budget), timer.share(0.4))
    else:
        prices, share = bound(problem, budget, timer.share(0.25))
    best = _round_down(prices.bound, whole)
    plan = _search(problem, budget, prices, best, timer.share(0.15))
    out, into = _decided(problem, plan, prices, whole)
    if (~out & ~into).sum() <= UNDECIDED_SITES:
        return *_exactly(problem, budget, plan, prices, best, timer), prices
    for size in PART_SIZES:
        if _proven(problem, plan, best, timer):
            break
        found = bound_by_parts(problem, budget, prices, share, size, timer.share(0.8))
        best = min(best, _round_down(found, whole))
    return plan, max(best, problem.value(plan)), prices


def _search(problem: Cover, budget: float, prices: Prices, best: float, timer: Timer) -> Ints:
    """Return the best of a greedy plan and of plans found among the most promising sites, until one reaches a bound."""
    plan = greedy(problem, budget)
    keep = _promising(prices, plan, PROMISING_SITES)
    small, money = _restricted(problem, budget, np.zeros(keep.size, bool), ~keep)
    number = np.full(keep.size, -1)
    number[small.site] = np.arange(small.site.size)
    start = number[plan][number[plan] >= 0]
    starts = [start, greedy(small.problem, money)]
    found = improve(small.problem, money, max(starts, key=small.problem.value), timer, 30_000, best)
    return max(plan, small.site[found], key=problem.value)


def _promising(prices: Prices, plan: Ints, many: int) -> np.ndarray:
    """Return which sites are in a plan or among those of most gain."""
    keep = np.zeros(prices.gain.size, bool)
    keep[np.argsort(-prices.gain, kind="stable")[:many]] = True
    keep[plan] = True
    return keep


def _exactly(
    problem: Cover, budget: float, plan: Ints, prices: Prices, best: float, timer: Timer
) -> tuple[Ints, float]:
    """Return a plan and a bound by integer models: of the most promising sites, then of all undecided ones."""
    whole = bool(np.all(problem.weight == np.round(problem.weight)))
    out, into = _decided(problem, plan, prices, whole)
    many = (~out & ~into).sum() > KERNEL_SITES
    if many and not _proven(problem, plan, best, timer):
        plan = _kernel(problem, budget, plan, prices, timer.share(0.4))
    if not _proven(problem, plan, best, timer):
        plan, best = _undecided(problem, budget, plan, prices, best, timer, whole)
    return plan, max(best, problem.value(plan))


def _round_down(value: float, whole: bool) -> float:
    return float(np.floor(value + 1e-6)) if whole else value


def _proven(problem: Cover, plan: Ints, best: float, timer: Timer) -> bool:
    value = problem.value(plan)
    return best - value <= timer.effort.gap * max(value, 1.0) or timer.over()


def _restricted(problem: Cover, budget: float, fixed_in: np.ndarray, fixed_out: np.ndarray) -> tuple[Reduced, float]:
    part = Cover(problem.weight, problem.sites, problem.cost, fixed_in, fixed_out)
    return reduce(part), budget - float(problem.cost[fixed_in].sum())


def _run(problem: Cover, budget: float, start: Ints, timer: Timer, nodes: int) -> tuple[Ints, Answer]:
    model, x, y = build(problem, budget)
    solver = Solver(model, seed=timer.effort.seed)
    point = np.zeros(model.columns)
    point[x[start]] = 1.0
    point[y] = problem.covered(start)
    solver.start_from(point)
    answer = solver.solve(timer, nodes if timer.effort.clock is None else None, timer.effort.gap)
    chosen = start if answer.values is None else np.flatnonzero(answer.values[x] > 0.5)
    return chosen, answer


def _kernel(problem: Cover, budget: float, plan: Ints, prices: Prices, timer: Timer) -> Ints:
    """Return the best plan among the sites that the bound holds most promising and those of the plan."""
    keep = _promising(prices, plan, KERNEL_SITES + plan.size // 2)
    none = np.zeros(problem.cost.size, bool)
    small, money = _restricted(problem, budget, none, ~keep)
    return _better(problem, budget, plan, small, money, none, timer, 200)[0]


def _decided(problem: Cover, plan: Ints, prices: Prices, whole: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the sites out of every better plan, bound + gain_j <= value, and in each, bound - gain_j <= value."""
    target = problem.value(plan) + (1.0 if whole else 1e-9 * prices.bound)
    out = (prices.gain < 0) & (prices.bound + prices.gain < target - 1e-6)
    into = (prices.gain > 0) & (prices.bound - prices.gain < target - 1e-6)
    return out, into


def _undecided(
    problem: Cover, budget: float, plan: Ints, prices: Prices, best: float, timer: Timer, whole: bool
) -> tuple[Ints, float]:
    """Fix what the prices decide, and solve the rest as a whole."""
    out, into = _decided(problem, plan, prices, whole)
    if problem.cost[into].sum() > budget:
        return plan, problem.value(plan)
    small, money = _restricted(problem, budget, into, out)
    plan, answer = _better(problem, budget, plan, small, money, into, timer, int(300 * timer.effort.work))
    rest = max(answer.bound + small.always, problem.value(plan)) if answer is not None else best
    return plan, min(best, _round_down(rest, whole))


def _better(
    problem: Cover, budget: float, plan: Ints, small: Reduced, money: float, into: np.ndarray, timer: Timer, nodes: int
) -> tuple[Ints, Answer | None]:
    """Return the better of a plan and what the restricted model finds, started from the plan where that fits."""
    if small.problem.cost.size == 0:
        return plan, None
    number = np.full(problem.cost.size, -1)
    number[small.site] = np.arange(small.site.size)
    start = number[plan]
    start = start[start >= 0]
    if small.problem.cost[start].sum() > money:
        start = np.zeros(0, np.int64)
    chosen, answer = _run(small.problem, money, start, timer, nodes)
    found = np.concatenate((np.flatnonzero(into), small.site[chosen]))
    fits = problem.cost[found].sum() <= budget + 1e-9
    return (found if fits and problem.value(found) > problem.value(plan) else plan), answer
