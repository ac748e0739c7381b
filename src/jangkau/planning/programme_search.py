"""Programmes by search: places in an order, each by its mode as early as crews allow; orders are changed and kept."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jangkau.compiled import kernel
from jangkau.planning.effort import Timer
from jangkau.planning.linear import Floats, Ints

LOOK = 2_000
"""Orders tried between two looks at the clock."""


class Chains(NamedTuple):
    """Chains of steps in arrays: chain k has steps `starts[k]..starts[k + 1]`, a cost and a place."""

    starts: Ints
    wait: Ints
    days: Ints
    need: Ints
    cost: Floats
    place: Ints
    weight: Floats
    capacity: Ints


@kernel
def _put(c: Chains, k: int, used: NDArray[np.int64], deadline: int, day_of: Ints) -> bool:
    """Put a chain into the calendar as early as it goes; leave all as it was and say no when it would be late."""
    ready = 0
    for s in range(c.starts[k], c.starts[k + 1]):
        day = ready + c.wait[s]
        d = day
        while d < day + c.days[s] and day + c.days[s] <= deadline:
            for crew in range(c.capacity.size):
                if used[d, crew] + c.need[s, crew] > c.capacity[crew]:
                    day = d + 1
            d += 1
        if day + c.days[s] > deadline:
            for t in range(c.starts[k], s):
                for d in range(day_of[t], day_of[t] + c.days[t]):
                    for crew in range(c.capacity.size):
                        used[d, crew] -= c.need[t, crew]
            return False
        for d in range(day, day + c.days[s]):
            for crew in range(c.capacity.size):
                used[d, crew] += c.need[s, crew]
        day_of[s] = day
        ready = day + c.days[s]
    return True


@kernel
def _decode(
    c: Chains, order: Ints, deadline: int, budget: float, used: NDArray[np.int64], day_of: Ints, taken: Ints
) -> tuple[float, int]:
    """Put chains in order, one a place, while money and days allow; return the worth and how many."""
    used[:] = 0
    served = used[0, 0]
    worth, left, n = 0.0, budget, 0
    for at in range(order.size):
        k = order[at]
        again = False
        for m in range(n):
            again |= c.place[taken[m]] == c.place[k]
        if again or c.cost[k] > left + 1e-9:
            continue
        if _put(c, k, used, deadline, day_of):
            taken[n] = k
            n += 1
            left -= c.cost[k]
            worth += c.weight[c.place[k]]
    return worth + 0.0 * served, n


@kernel(allocates=True)
def _anneal(
    c: Chains, order: Ints, deadline: int, budget: float, rounds: int, heat: float, seed: int
) -> tuple[float, Ints, Ints, Ints]:
    """Move single chains within the order; return the best worth, its chains, their days, and its order."""
    np.random.seed(seed)  # noqa: NPY002 - the compiler's own generator
    used = np.zeros((deadline + 1, c.capacity.size), np.int64)
    day_of, taken = np.zeros(c.wait.size, np.int64), np.zeros(order.size, np.int64)
    now, n = _decode(c, order, deadline, budget, used, day_of, taken)
    best, best_taken, best_days, best_order = now, taken[:n].copy(), day_of.copy(), order.copy()
    trial = order.copy()
    size = order.size
    for _ in range(rounds):
        trial[:] = order
        for _ in range(1 + np.random.randint(3)):  # noqa: NPY002
            i, j = np.random.randint(size), np.random.randint(size)  # noqa: NPY002
            if np.random.random() < 0.5:  # noqa: NPY002
                trial[i], trial[j] = trial[j], trial[i]
            else:
                moved = trial[i]
                step = 1 if j > i else -1
                while i != j:
                    trial[i] = trial[i + step]
                    i += step
                trial[j] = moved
        worth, n = _decode(c, trial, deadline, budget, used, day_of, taken)
        if worth >= now + heat * math.log(np.random.random() + 1e-300):  # noqa: NPY002
            now = worth
            order[:] = trial
            if worth > best:
                best, best_taken, best_days = worth, taken[:n].copy(), day_of.copy()
                best_order[:] = trial
    return best, best_taken, best_days, best_order


def search(
    chains: Chains, deadline: int, budget: float, share: Floats, most: float, timer: Timer
) -> tuple[Ints, list[list[int]]]:
    """Return the chains of the best programme found, and the days of their steps.

    Parameters
    ----------
    chains : Chains
    deadline : int
    budget : float
    share : float64, shape (chains,)
        How much of each chain a relaxed choice takes: those come first.
    most : float
        A bound at which the search may end.
    timer : Timer
    """
    effort = timer.effort
    worth = chains.weight[chains.place]
    density = worth / np.maximum(chains.cost, 1e-9)
    best: tuple[float, Ints, Ints, Ints] | None = None
    for key in (share * 1e6 + worth, share * 1e6 + density, worth, density):
        found = _anneal(chains, np.argsort(-key, kind="stable"), deadline, budget, 0, 1.0, effort.seed)
        best = found if best is None or found[0] > best[0] else best
    assert best is not None
    looks = max(1, int(10 * effort.work))
    whole = timer.left()
    for look in range(looks):
        if timer.over() or best[0] >= most - 1e-9:
            break
        done = look / looks if math.isinf(whole) else 1.0 - timer.left() / whole
        heat = 0.02 * worth.mean() * 0.01**done + 1e-9
        found = _anneal(chains, best[3].copy(), deadline, budget, LOOK, heat, effort.seed * 1000 + look)
        best = found if found[0] >= best[0] else best
    _, taken, days, _ = best
    return taken, [days[chains.starts[k] : chains.starts[k + 1]].tolist() for k in taken.tolist()]
