"""Plans for the covering problem by search: greedy, then ruin and recreate."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jangkau.compiled import kernel
from jangkau.planning.cover import Cover, Index
from jangkau.planning.effort import Timer
from jangkau.planning.linear import Floats, Ints

Flags = NDArray[np.bool_]

LOOK = 3_000
"""Ruins between two looks at the clock."""


class _Given(NamedTuple):
    starts: Ints
    items: Index
    cell_starts: Ints
    cell_sites: Index
    weight: Floats
    cost: Floats


class _State(NamedTuple):
    chosen: Flags
    times: Ints
    who: Ints
    gain: Floats


@kernel
def _flip(p: _Given, s: _State, j: int) -> float:
    """Put a site into the plan or take it out; keep counts and gains true. Return the people won.

    `times` and `who`: number and sum of the plan's sites at each cell; `gain`: people whom a site would add or, for a
    site of the plan, whom nobody else covers.
    """
    add = not s.chosen[j]
    s.chosen[j] = add
    won = 0.0
    for k in range(p.starts[j], p.starts[j + 1]):
        c = p.items[k]
        w = p.weight[c]
        before = s.times[c]
        if add:
            s.times[c] = before + 1
            s.who[c] += j
        else:
            s.times[c] = before - 1
            s.who[c] -= j
        if add and before == 0:
            won += w
            for m in range(p.cell_starts[c], p.cell_starts[c + 1]):
                s.gain[p.cell_sites[m]] -= w
            s.gain[j] += w
        elif add and before == 1:
            s.gain[s.who[c] - j] -= w
        elif not add and before == 1:
            won -= w
            s.gain[j] -= w
            for m in range(p.cell_starts[c], p.cell_starts[c + 1]):
                s.gain[p.cell_sites[m]] += w
        elif not add and before == 2:
            s.gain[s.who[c]] += w
    return won


@kernel
def _fill(
    p: _Given, s: _State, left: float, price: Floats, noise: float, tabu: int, made: Ints
) -> tuple[float, float, int]:
    """Add the sites of the best gain per price that money allows; return people won, money left, sites added."""
    won, size = 0.0, 0
    while True:
        best, score = -1, 1e-9
        for j in range(p.cost.size):
            if s.gain[j] <= score * price[j] or s.chosen[j] or p.cost[j] > left or j == tabu:
                continue
            value = s.gain[j] / price[j] * (1.0 - noise * np.random.random())  # noqa: NPY002 - the compiler's own
            if value > score:
                best, score = j, value
        if best < 0:
            return won, left, size
        won += _flip(p, s, best)
        left -= p.cost[best]
        made[size] = best
        size += 1


@kernel
def _near(p: _Given, s: _State, many: int, first: int, found: Ints) -> int:
    """Name sites of the plan near one of them by a walk from cell to site; return how many."""
    found[0] = first
    n, here = 1, first
    for _ in range(30 * many):
        if n >= many:
            break
        c = p.items[p.starts[here] + np.random.randint(p.starts[here + 1] - p.starts[here])]  # noqa: NPY002
        here = p.cell_sites[p.cell_starts[c] + np.random.randint(p.cell_starts[c + 1] - p.cell_starts[c])]  # noqa: NPY002
        seen = not s.chosen[here]
        for m in range(n):
            seen |= found[m] == here
        if not seen:
            found[n] = here
            n += 1
    return n


@kernel(allocates=True)
def _begin(p: _Given, chosen: Flags) -> tuple[_State, float]:
    """Return the state of a plan, and its people."""
    cells, sites = p.weight.size, p.cost.size
    s = _State(np.zeros(sites, np.bool_), np.zeros(cells, np.int64), np.zeros(cells, np.int64), np.zeros(sites))
    for j in range(sites):
        for k in range(p.starts[j], p.starts[j + 1]):
            s.gain[j] += p.weight[p.items[k]]
    value = 0.0
    for j in range(sites):
        if chosen[j]:
            value += _flip(p, s, j)
    return s, value


@kernel(allocates=True)
def _greedy(p: _Given, budget: float, power: float, chosen: Flags) -> float:
    s, value = _begin(p, chosen)
    made = np.empty(p.cost.size, np.int64)
    won, _, _ = _fill(p, s, budget, np.maximum(p.cost, 1e-9) ** power, 0.0, -1, made)
    chosen[:] = s.chosen
    return value + won


@kernel(allocates=True)
def _ruin_and_recreate(
    p: _Given, budget: float, best: Flags, best_value: float, rounds: int, heat: float, cooling: float, seed: int
) -> tuple[float, float]:
    """Take a few neighbours out, fill again, keep what is better or nearly so; return the best value and the heat."""
    np.random.seed(seed)  # noqa: NPY002
    s, value = _begin(p, best)
    left = budget - p.cost[best].sum()
    out, made = np.empty(p.cost.size, np.int64), np.empty(p.cost.size, np.int64)
    prices = np.empty((8, p.cost.size))
    for k in range(8):
        prices[k] = np.maximum(p.cost, 1e-9) ** (0.2 + 0.14 * k)
    for _ in range(rounds):
        heat *= cooling
        plan = np.flatnonzero(s.chosen)
        if plan.size == 0:
            break
        first = plan[np.random.randint(plan.size)]  # noqa: NPY002
        n = _near(p, s, 1 + np.random.randint(min(plan.size, 7)), first, out)  # noqa: NPY002
        change, money = 0.0, left
        for m in range(n):
            change += _flip(p, s, out[m])
            money += p.cost[out[m]]
        tabu = first if np.random.random() < 0.6 else -1  # noqa: NPY002
        noise = 0.4 * np.random.random() ** 2  # noqa: NPY002
        won, money, added = _fill(p, s, money, prices[np.random.randint(8)], noise, tabu, made)  # noqa: NPY002
        change += won
        if change >= heat * math.log(np.random.random() + 1e-300):  # noqa: NPY002
            value, left = value + change, money
            if value > best_value + 1e-9:
                best_value = value
                best[:] = s.chosen
        else:
            for m in range(added):
                _flip(p, s, made[m])
            for m in range(n):
                _flip(p, s, out[m])
    return best_value, heat


def _given(problem: Cover) -> _Given:
    sites, cells = problem.sites, problem.cells
    return _Given(sites.starts, sites.items, cells.starts, cells.items, problem.weight, problem.cost)


def greedy(problem: Cover, budget: float) -> Ints:
    """Return the better of two greedy plans: by people added per money, and by people added.

    Parameters
    ----------
    problem : Cover
        Reduced: nothing locked or forbidden.
    budget : float

    References
    ----------
    Khuller, Moss, Naor (1999), The budgeted maximum coverage problem.
    """
    given = _given(problem)
    plans = []
    for power in (1.0, 0.0, 0.5):
        chosen = np.zeros(problem.cost.size, bool)
        plans.append((_greedy(given, budget, power, chosen), chosen))
    return np.flatnonzero(max(plans, key=lambda plan: plan[0])[1])


def improve(
    problem: Cover, budget: float, plan: Ints, timer: Timer, rounds: int = 20_000, goal: float = math.inf
) -> Ints:
    """Return a plan no worse than one given, by ruin and recreate under a falling heat.

    Parameters
    ----------
    problem : Cover
        Reduced.
    budget : float
    plan : int64
        Sites of the first plan.
    timer : Timer
    rounds : int
        In the reproducible mode, times its work; in the timed mode the time decides.
    goal : float
        People at which nothing better is looked for.
    """
    given, effort = _given(problem), timer.effort
    best = np.zeros(problem.cost.size, bool)
    best[plan] = True
    value = problem.value(plan)
    looks = max(1, int(rounds * effort.work) // LOOK)
    heat, end = 2e-4 * max(value, 1.0), 5e-6 * max(value, 1.0)
    whole = timer.left()
    for look in range(looks):
        if timer.over() or value >= goal - 1e-6:
            break
        done = look / looks if math.isinf(whole) else 1.0 - timer.left() / whole
        heat = 2e-4 * max(value, 1.0) * (end / (2e-4 * max(value, 1.0))) ** done
        value, _ = _ruin_and_recreate(given, budget, best, value, LOOK, heat, 1.0, effort.seed * 1000 + look)
    return np.flatnonzero(best)
