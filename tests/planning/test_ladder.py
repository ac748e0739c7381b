"""The ladder against trying everything, and what it says when nothing suffices."""

import itertools

import numpy as np
import pytest

from jangkau.planning import checker
from jangkau.planning.effort import Effort
from jangkau.planning.ladder import LEFT_OPEN, Ladder, LadderPlace, Way, solve

CARRY = Way("carry", "courier to the district office", 0.5)


def some_ladder(rng: np.random.Generator) -> Ladder:
    def place() -> LadderPlace:
        kit = Way(
            "temporary", "satellite kit", 0.95, float(rng.integers(1, 4)), "satellite", 4.0, int(rng.integers(0, 3))
        )
        sure, hours = float(rng.uniform(0.6, 0.9)), float(rng.integers(0, 3))
        send = Way("send_place", "school on the hill", sure, float(rng.integers(0, 2)), "", hours)
        return LadderPlace(float(rng.integers(1, 9)), (kit, send, CARRY))

    return Ladder(tuple(place() for _ in range(5)), {"satellite": 2}, (3.0, 4.0, 3.0), 6.0)


def as_facts(ladder: Ladder) -> tuple[object, ...]:
    ways = [[(w.kit, w.cost, w.hours, w.earliest_day) for w in p.ways] for p in ladder.places]
    return ways, ladder.kits, ladder.team_hours, ladder.budget


@pytest.mark.parametrize("seed", range(15))
def test_the_ladder_is_the_best_of_all(seed: int) -> None:
    ladder = some_ladder(np.random.default_rng(seed))
    plan = solve(ladder, Effort())
    best = 0.0
    for choice in itertools.product(range(3), repeat=5):
        taken = [p.ways[k] for p, k in zip(ladder.places, choice, strict=True)]
        cost = sum(w.cost for w in taken)
        if cost <= ladder.budget and not checker.check_ladder(*as_facts(ladder), choice, cost):  # type: ignore[arg-type]
            best = max(best, sum(p.weight * w.sure for p, w in zip(ladder.places, taken, strict=True)))
    assert plan.value == pytest.approx(best)
    assert plan.bound == pytest.approx(best)
    assert checker.check_ladder(*as_facts(ladder), plan.way, plan.cost) == []  # type: ignore[arg-type]
    for place, k, f in zip(ladder.places, plan.way, plan.fallback, strict=True):
        free = [n for n, w in enumerate(place.ways) if n != k and not w.kit and w.hours == 0 and w.cost == 0]
        assert f == max(free, key=lambda n: place.ways[n].sure, default=LEFT_OPEN)


def test_what_cannot_be_served_is_left_open_as_few_as_can_be() -> None:
    kit = Way("temporary", "satellite kit", 0.9, 1.0, "satellite", 1.0)
    ladder = Ladder((LadderPlace(1.0, (kit,)), LadderPlace(9.0, (kit,))), {"satellite": 1}, (8.0,), 5.0)
    assert solve(ladder, Effort()).way == [LEFT_OPEN, 0]
    nothing = Ladder(ladder.places, {}, (), 0.0)
    assert solve(nothing, Effort()).way == [LEFT_OPEN, LEFT_OPEN]


def test_the_checker_counts_kits_and_hours() -> None:
    kit = ("satellite", 1.0, 5.0, 1)
    found = checker.check_ladder([[kit], [kit]], {"satellite": 1}, [8.0, 8.0], 9.0, [0, 0], 2.0)
    assert [m.code for m in found] == ["planning.check_kits", "planning.check_hours"]
