"""Scores against closed forms: what normal truths and known probabilities must give."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from jangkau.evidence.scores import FIGURES, Said, inside, reliability, score

LEVELS = (-110.0, -120.0)


def said_of(mean, sd, shown, silent=None, block=None):
    mean, shown = np.asarray(mean, float), np.asarray(shown, float)
    silent = np.zeros(shown.size, bool) if silent is None else np.asarray(silent)
    block = np.arange(shown.size) if block is None else np.asarray(block)
    return Said.normal(mean, np.broadcast_to(np.asarray(sd, float), mean.shape), shown, silent, block, LEVELS)


def world(count, sd=7.0, error=7.0, seed=1, floor=-300.0):
    """Normal truths about normal predictions; below the floor a phone shows nothing."""
    rng = np.random.default_rng(seed)
    mean = rng.normal(-112.0, 12.0, count)
    true = mean + rng.normal(0.0, error, count)
    silent = true < floor
    return said_of(mean, sd, np.where(silent, floor, true), silent)


def value(found, name):
    return found.figures[name].value


def test_bias_and_rmse_by_hand():
    found = score(said_of([-100, -100, -100], 5.0, [-97, -104, -122], [False, False, True]), LEVELS, 0.9)
    assert value(found, "bias_db") == pytest.approx(-0.5)
    assert value(found, "rmse_db") == pytest.approx(math.sqrt((9 + 16) / 2))
    assert (found.tests, found.silent, found.blocks) == (3, 1, 3)


def test_intervals_hold_what_the_normal_law_says():
    """Said too narrow by a factor r, an interval of share c holds 2 Phi(r z) - 1."""
    for sd, error in ((7.0, 7.0), (5.0, 7.0), (9.0, 6.0)):
        found = score(world(200_000, sd, error), LEVELS, 0.9)
        for share in (0.5, 0.9):
            expected = 2.0 * norm.cdf(norm.ppf(0.5 + share / 2.0) * sd / error) - 1.0
            assert value(found, f"coverage_{share * 100:.0f}_fraction") == pytest.approx(expected, abs=0.003)


def test_silent_tests_leave_honest_intervals_honest():
    said = world(200_000, floor=-115.0)
    assert 0.3 < said.silent.mean() < 0.5
    found = score(said, LEVELS, 0.9)
    assert value(found, "coverage_50_fraction") == pytest.approx(0.5, abs=0.004)
    assert value(found, "coverage_90_fraction") == pytest.approx(0.9, abs=0.003)


def test_the_share_inside_of_a_silent_test():
    below = np.array([0.02, 0.05, 0.5, 1.0])
    assert inside(below, np.ones(4, bool), 0.9) == pytest.approx([0.0, 0.0, 0.9, 0.9])
    assert inside(below, np.zeros(4, bool), 0.9).tolist() == [0.0, 1.0, 1.0, 0.0]


def test_the_brier_score_of_a_known_probability_is_its_variance():
    found = score(
        said_of(np.full(100_000, -110.0), 7.0, np.random.default_rng(2).normal(-110, 7, 100_000)), LEVELS, 0.9
    )
    assert value(found, "brier_served") == pytest.approx(0.25, abs=1e-12)
    p = norm.cdf(10 / 7)
    assert value(found, "brier_weak") == pytest.approx(p * (1 - p), abs=0.002)


def test_a_level_below_the_sensitivity_is_not_told_by_silence():
    """Silence at -115 dBm says that -110 is not reached, and nothing about -120."""
    found = score(said_of([-110.0, -110.0], 5.0, [-115.0, -100.0], [True, False]), LEVELS, 0.9)
    assert value(found, "brier_served") == pytest.approx(0.25)
    assert value(found, "brier_weak") == pytest.approx((1.0 - norm.cdf(2.0)) ** 2)
    assert math.isnan(value(found, "hit_fraction"))


def test_blank_spots_are_hit_or_raised_in_vain():
    mean = [-140.0, -140.0, -140.0, -115.0, -90.0]
    shown = [-130.0, -122.0, -100.0, -125.0, -90.0]
    found = score(said_of(mean, 5.0, shown, [False, True, False, False, False]), LEVELS, 0.9)
    assert value(found, "hit_fraction") == pytest.approx(2 / 3)
    assert value(found, "false_alarm_fraction") == pytest.approx(1 / 2)
    assert value(found, "precision_fraction") == pytest.approx(2 / 3)


def test_hits_and_alarms_follow_the_binormal_law():
    """Truth and prediction are jointly normal: rates are ratios of bivariate normal probabilities."""
    from scipy.stats import multivariate_normal

    spread = math.hypot(12.0, 7.0)
    cut = -120.0 + norm.ppf(0.1) * 7.0
    both = multivariate_normal([-112.0, -112.0], [[144.0, 144.0], [144.0, spread**2]]).cdf([cut, -120.0])
    blank, alarm = norm.cdf((-120.0 + 112.0) / spread), norm.cdf((cut + 112.0) / 12.0)
    found = score(world(400_000), LEVELS, 0.9)
    assert value(found, "hit_fraction") == pytest.approx(both / blank, abs=0.005)
    assert value(found, "false_alarm_fraction") == pytest.approx((alarm - both) / (1.0 - blank), abs=0.002)
    assert value(found, "precision_fraction") == pytest.approx(both / alarm, abs=0.005)


def test_reliability_of_true_probabilities_lies_on_the_diagonal():
    rng = np.random.default_rng(3)
    p = rng.random(100_000)
    steps = reliability(p, rng.random(p.size) < p)
    assert [step.said for step in steps] == pytest.approx(np.arange(0.05, 1, 0.1), abs=0.005)
    assert [step.came_true for step in steps] == pytest.approx([step.said for step in steps], abs=0.02)
    assert sum(step.tests for step in steps) == p.size


def test_the_interval_of_a_mean_is_that_of_independent_blocks():
    """Blocks of ten equal errors: the interval is that of the blocks, not of the ten times more tests."""
    rng = np.random.default_rng(4)
    error = np.repeat(rng.normal(0.0, 6.0, 400), 10)
    found = score(said_of(np.full(4000, -90.0), 6.0, -90.0 + error, block=np.repeat(np.arange(400), 10)), LEVELS, 0.9)
    half = (found.figures["bias_db"].high - found.figures["bias_db"].low) / 2.0
    assert half == pytest.approx(1.645 * error.std() / 20.0, rel=0.12)
    assert found.figures["bias_db"].low < found.figures["bias_db"].value < found.figures["bias_db"].high


def test_no_test_gives_no_figure_and_no_warning():
    found = score(said_of([], 1.0, [], block=np.zeros(0, np.int64)), LEVELS, 0.9)
    assert all(math.isnan(value(found, name)) for name in FIGURES)
    assert found.reliability == {"served": (), "weak": ()}


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-140, -60), st.floats(-140, -60), st.booleans()), min_size=1, max_size=40),
    st.randoms(),
)
def test_the_order_of_tests_changes_nothing(rows, random):
    def scored(of):
        mean, shown, silent = zip(*of, strict=True)
        return score(said_of(mean, 6.0, shown, silent, np.abs(np.round(mean)).astype(int)), LEVELS, 0.9)

    mixed = list(rows)
    random.shuffle(mixed)
    for name in FIGURES:
        assert value(scored(mixed), name) == pytest.approx(value(scored(rows), name), nan_ok=True)
