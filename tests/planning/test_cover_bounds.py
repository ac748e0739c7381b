"""The two bounds of covering against the linear relaxation and the best plan."""

import numpy as np
import pytest

from jangkau.planning import siting
from jangkau.planning.cover import Cover, cover, reduce, rows_of
from jangkau.planning.cover_bound import bound, bound_of
from jangkau.planning.cover_parts import bound_by_parts, share_out
from jangkau.planning.effort import Effort
from jangkau.planning.linear import Solver

EFFORT = Effort()


def along_a_road(seed: int) -> tuple[Cover, float]:
    """Return sites that cover their neighbours on a line, reduced, and a budget for a fifth of them."""
    rng = np.random.default_rng(seed)
    cells, sites = 300, 60
    middle, width = rng.uniform(0, cells, sites), rng.uniform(4, 20, sites)
    number = np.arange(cells)
    lists = [
        number[(abs(number - m) < w) & (rng.random(cells) < 0.6)].astype(np.int32)
        for m, w in zip(middle, width, strict=True)
    ]
    problem = cover(np.round(rng.lognormal(2, 1, cells)), rows_of(lists), np.round(rng.lognormal(3, 0.4, sites)))
    return reduce(problem).problem, 0.2 * float(problem.cost.sum())


def relaxation(problem: Cover, budget: float) -> float:
    """Return the best value of the linear relaxation, by HiGHS."""
    model, x, _ = siting.build(problem, budget)
    solver = Solver(model)
    solver.continuous(x)
    return solver.solve().value


@pytest.mark.parametrize("seed", range(6))
def test_prices_prove_the_bound_of_the_linear_relaxation(seed: int) -> None:
    problem, budget = along_a_road(seed)
    prices, share = bound(problem, budget, EFFORT.begin())
    best = relaxation(problem, budget)
    assert best - 1e-6 <= prices.bound <= best * (1.0 + 2e-4)
    assert prices.bound == pytest.approx(bound_of(problem, budget, prices.cell).bound)
    assert problem.cost @ share <= budget + 1e-6
    assert np.all((share >= 0.0) & (share <= 1.0))


@pytest.mark.parametrize("seed", range(6))
def test_larger_parts_prove_more_and_never_too_much(seed: int) -> None:
    problem, budget = along_a_road(seed)
    prices, share = bound(problem, budget, EFFORT.begin())
    plan = siting.solve(problem, budget, EFFORT)
    assert plan.gap == 0.0
    found = [bound_by_parts(problem, budget, prices, share, size, EFFORT.begin()) for size in (1, 8, 1_000)]
    slack = 1e-4 * plan.value
    assert prices.bound + slack >= found[0] >= found[1] - slack >= found[2] - 2 * slack
    assert found[2] >= plan.value - 1e-6


def test_parts_keep_to_their_size() -> None:
    problem, budget = along_a_road(0)
    _, share = bound(problem, budget, EFFORT.begin())
    part = share_out(problem, share, 5)
    assert np.bincount(part[share > 1e-3]).max() <= 5
    assert part.max() > 0
