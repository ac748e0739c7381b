"""Plans of tests: hours, districts, stale evidence, more days, order of rows."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jangkau.planning.beliefs import Beliefs, Errors, Predicted
from jangkau.planning.routes import Route, Team
from jangkau.planning.survey import Offer, plan_survey

ERRORS = Errors(site_share=0.2, shadow_share=0.5, length_m=800.0, test_db=2.0)


def offer(seed, points=30, side_m=20_000.0, districts=3, order=None):
    """Return an invented offer; `order` lists its points in another order."""
    rng = np.random.default_rng(seed)
    x_m, y_m = rng.uniform(0.0, side_m, (2, points))
    people = rng.integers(0, 400, points).astype(float)
    level, error = rng.normal(-114.0, 9.0, (2, points)), rng.uniform(5.0, 11.0, (2, points))
    site, stale = rng.integers(-1, 4, (2, points)), rng.random(points) < 0.15
    district = np.minimum((x_m / side_m * districts).astype(np.int64), districts - 1)
    rows = np.arange(points) if order is None else order
    of = Predicted(x_m[rows], y_m[rows], people[rows], level[:, rows], error[:, rows], site[:, rows])
    return Offer(Beliefs(of, ERRORS, -110.0, -120.0), district[rows], stale[rows], 20.0)


def teams(days=2, hours=6.0):
    return [
        Team("A", 0.0, 0.0, days, hours, 25.0, 1.4),
        Team("B", 20_000.0, 20_000.0, max(days - 1, 1), hours, 25.0, 1.4),
    ]


def points_of(plan):
    return [stop.point for day in plan.days for stop in day.stops]


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 10_000), st.integers(1, 3), st.floats(1.0, 9.0))
def test_a_plan_keeps_every_days_hours_and_tests_nothing_twice(seed, days, hours):
    own = offer(seed)
    plan = plan_survey(own, teams(days, hours))
    of = own.beliefs.of
    for day in plan.days:
        team = teams(days, hours)[day.team]
        assert 1 <= day.day <= team.days
        assert day.minutes <= hours * 60.0 + 1e-6
        x = np.array([team.x_m, *of.x_m[[s.point for s in day.stops]], team.x_m])
        y = np.array([team.y_m, *of.y_m[[s.point for s in day.stops]], team.y_m])
        metres = np.hypot(np.diff(x), np.diff(y)).sum()
        assert day.minutes == pytest.approx(metres * 1.4 / 25_000.0 * 60.0 + 20.0 * len(day.stops))
    assert len(points_of(plan)) == len(set(points_of(plan)))
    assert len({(d.team, d.day) for d in plan.days}) == len(plan.days)


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 10_000), st.floats(2.0, 6.0))
def test_more_days_never_lower_what_is_gained(seed, hours):
    own = offer(seed)
    plans = [plan_survey(own, teams(days, hours)) for days in (1, 2, 3)]
    for fewer, more in pairwise(plans):
        assert len(more.untested) <= len(fewer.untested)
        if len(more.untested) == len(fewer.untested):
            assert more.fall_people >= fewer.fall_people - 1e-9


def test_what_stops_save_adds_up_to_what_the_plan_saves():
    own = offer(3)
    plan = plan_survey(own, teams())
    assert sum(s.fall_people for d in plan.days for s in d.stops) == pytest.approx(plan.fall_people)
    again = own.beliefs.copy()
    for point in points_of(plan):
        again.choose(point)
    assert own.beliefs.wrong_people() - again.wrong_people() == pytest.approx(plan.fall_people, rel=0.02)


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 10_000))
def test_the_order_of_rows_changes_nothing(seed):
    order = np.random.default_rng(seed).permutation(30)
    one, other = plan_survey(offer(seed), teams()), plan_survey(offer(seed, order=order), teams())
    # Where two points save the same to the last bits, the way may differ; what is tested and saved may not. The study
    # sorts its rows, so that there even the way is the same.
    assert sorted(order[p] for p in points_of(other)) == sorted(points_of(one))
    assert other.fall_people == pytest.approx(one.fall_people)


def test_the_same_offer_gives_the_same_plan():
    assert plan_survey(offer(5), teams()) == plan_survey(offer(5), teams())


def test_every_district_gets_its_test_or_is_reported():
    own = offer(7, districts=6)
    plan = plan_survey(own, teams(3, 8.0))
    assert plan.untested == ()
    assert set(own.district[points_of(plan)].tolist()) == set(range(6))
    short = plan_survey(own, [Team("A", 0.0, 0.0, 1, 1.0, 25.0, 1.4)])
    tested = set(own.district[points_of(short)].tolist())
    assert short.untested == tuple(sorted(set(range(6)) - tested)) != ()


@pytest.mark.parametrize("seed", range(11, 15))
def test_evidence_that_goes_stale_comes_before_doubt(seed):
    """Without the stops for doubt no stale point that was left out fits into any day."""
    own, team = offer(seed, points=60), Team("A", 10_000.0, 10_000.0, 2, 3.0, 30.0, 1.3)
    plan = plan_survey(own, [team])
    whys = {stop.point: stop.why for day in plan.days for stop in day.stops}
    left = [p for p in np.flatnonzero(own.stale) if p not in whys]
    of = own.beliefs.of
    assert "stale" in whys.values()
    for day in plan.days:
        duties = [stop.point for stop in day.stops if stop.why != "doubt"]
        minutes, _ = Route(team, of.x_m, of.y_m, 20.0, duties).detours()
        assert not np.isfinite(minutes[left]).any()


def test_days_with_stale_evidence_come_first():
    plan = plan_survey(offer(13), teams(3, 4.0))
    for k in (0, 1):
        counts = [sum(s.why == "stale" for s in d.stops) for d in plan.days if d.team == k]
        assert counts == sorted(counts, reverse=True)


def test_looking_up_only_what_may_be_best_loses_nearly_nothing():
    own = offer(17, points=40, districts=1)
    own.stale[:] = False
    plan = plan_survey(own, [Team("A", 10_000.0, 10_000.0, 1, 60.0, 1e9, 1.0)])
    beliefs, count = own.beliefs.copy(), 10
    first = plan.days[0].stops
    chosen = sorted(first, key=lambda s: -s.fall_people)[:count]
    for _ in range(count):
        beliefs.choose(int(np.argmax([beliefs.gain(p) for p in range(40)])))
    exact = own.beliefs.wrong_people() - beliefs.wrong_people()
    assert sum(s.fall_people for s in chosen) > 0.95 * exact


def test_a_batch_spreads_out():
    """Of ten doubtful points side by side and one apart, the one apart is among the first two."""
    x = np.array([*np.arange(10) * 30.0, 9000.0])
    of = Predicted(
        x, np.zeros(11), np.full(11, 100.0), np.full((1, 11), -110.0), np.full((1, 11), 8.0), np.full((1, 11), -1)
    )
    errors = Errors(0.0, 0.95, 2000.0, 1.0)
    beliefs = Beliefs(of, errors, -110.0, -120.0)
    for expected in (False, True):
        best = int(np.argmax([beliefs.gain(p) for p in range(11)]))
        assert (best == 10) is expected
        beliefs.choose(best)
