"""Beliefs about levels, against dense linear algebra, integration and chance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm, truncnorm

from jangkau.planning.beliefs import Beliefs, Errors, Predicted

SERVED, WEAK = -110.0, -120.0
ERRORS = Errors(site_share=0.2, shadow_share=0.5, length_m=500.0, test_db=2.0)


def predicted(seed=1, points=12, operators=2):
    rng = np.random.default_rng(seed)
    return Predicted(
        rng.uniform(0.0, 2000.0, points),
        rng.uniform(0.0, 2000.0, points),
        rng.uniform(0.0, 500.0, points),
        rng.normal(-113.0, 8.0, (operators, points)),
        rng.uniform(4.0, 12.0, (operators, points)),
        rng.integers(-1, 3, (operators, points)),
    )


def beliefs(**given):
    return Beliefs(predicted(**given), ERRORS, SERVED, WEAK)


def dense(of, operator):
    """Return the prior covariance of one operator, written down a second time."""
    distance = np.hypot(of.x_m[:, None] - of.x_m, of.y_m[:, None] - of.y_m)
    site = of.site[operator]
    same = (site[:, None] == site) & (site >= 0)
    correlation = ERRORS.site_share * same + ERRORS.shadow_share * np.exp(-distance / ERRORS.length_m)
    np.fill_diagonal(correlation, 1.0)
    return correlation * np.outer(of.error_db[operator], of.error_db[operator])


def test_learning_readings_is_conditioning_a_normal_distribution():
    own = beliefs()
    tests = {0: -105.0, 3: -118.0, 7: -99.0}
    for point, level in tests.items():
        own.observe(point, 1, level)
    k, rows = dense(own.of, 1), list(tests)
    weight = k[:, rows] @ np.linalg.inv(k[np.ix_(rows, rows)] + ERRORS.test_db**2 * np.eye(3))
    mean = own.of.level_dbm[1] + weight @ (np.array(list(tests.values())) - own.of.level_dbm[1][rows])
    assert own.mean_dbm[1] == pytest.approx(mean, abs=1e-9)
    assert own.variance[1] == pytest.approx(np.diag(k - weight @ k[rows]), abs=1e-9)
    assert np.array_equal(own.mean_dbm[0], own.of.level_dbm[0])


def test_planned_tests_explain_what_their_results_would_take_away_in_any_order():
    one, other, known = beliefs(), beliefs(), beliefs()
    for point in (2, 5, 9):
        one.choose(point)
        known.observe(point, 0, -100.0)
        known.observe(point, 1, -100.0)
    for point in (9, 2, 5):
        other.choose(point)
    assert one.explained == pytest.approx(one.variance - known.variance, abs=1e-9)
    assert one.explained == pytest.approx(other.explained, abs=1e-9)


def chance_of_right(mean, total, moves):
    """Integrate E[largest chance] over where the mean of a single operator will be."""
    left = np.sqrt(total**2 - moves**2)

    def right(z):
        at = mean + moves * z
        none, low = norm.cdf((WEAK - at) / left), norm.cdf((SERVED - at) / left)
        return norm.pdf(z) * max(none, low - none, 1.0 - low)

    return quad(right, -8, 8, limit=400, points=np.linspace(-4, 4, 17).tolist())[0]


@pytest.mark.parametrize(("mean", "error"), [(-112.0, 9.0), (-121.0, 6.0), (-100.0, 8.0), (-115.0, 3.0)])
def test_the_expected_wrong_of_one_operator_is_the_integral(mean, error):
    of = Predicted(*np.zeros((3, 1)), np.array([[mean]]), np.array([[error]]), np.array([[-1]]))
    own = Beliefs(of, ERRORS, SERVED, WEAK)
    assert own.wrong()[0] == pytest.approx(1.0 - own.chances()[:, 0].max(), abs=1e-12)
    own.choose(0)
    moves = np.sqrt(own.explained[0, 0])
    assert own.wrong()[0] == pytest.approx(1.0 - chance_of_right(mean, error, moves), abs=0.035)


def test_the_expected_wrong_of_three_operators_agrees_with_chance():
    own = beliefs(seed=5, points=8, operators=3)
    before = own.wrong().copy()
    for point in (1, 4):
        own.choose(point)
    rng, drawn = np.random.default_rng(0), 20_000
    means = own.mean_dbm[None] + np.sqrt(own.explained)[None] * rng.standard_normal((drawn, 3, 8))
    left = np.sqrt(own.variance - own.explained)
    none = norm.cdf((WEAK - means) / left).prod(axis=1)
    low = norm.cdf((SERVED - means) / left).prod(axis=1)
    right = np.maximum(np.maximum(none, low - none), 1.0 - low).mean(axis=0)
    assert own.wrong() == pytest.approx(np.minimum(1.0 - right, before), abs=0.02)


def test_chances_of_any_operator_are_those_of_the_strongest():
    own = beliefs(operators=3)
    rng = np.random.default_rng(0)
    best = (own.mean_dbm + np.sqrt(own.variance) * rng.standard_normal((50_000, 3, 12))).max(axis=1)
    shares = np.stack([(best < WEAK), (best >= WEAK) & (best < SERVED), best >= SERVED]).mean(axis=1)
    assert own.chances() == pytest.approx(shares, abs=0.01)


def test_no_service_is_learned_as_a_truncated_normal():
    own = beliefs(operators=1)
    mean, deviation = own.mean_dbm[0, 4], np.sqrt(own.variance[0, 4])
    own.below(4, 0, WEAK)
    # The reading is below the level, not the truth: of both together the truth is what remains.
    rng = np.random.default_rng(0)
    truth = mean + deviation * rng.standard_normal(400_000)
    kept = truth[truth + ERRORS.test_db * rng.standard_normal(truth.size) < WEAK]
    assert own.mean_dbm[0, 4] == pytest.approx(kept.mean(), abs=0.1)
    assert np.sqrt(own.variance[0, 4]) == pytest.approx(kept.std(), abs=0.1)
    sharp = Beliefs(own.of, Errors(0.2, 0.5, 500.0, 1e-6), SERVED, WEAK)
    sharp.below(4, 0, WEAK)
    cut = truncnorm(-np.inf, (WEAK - mean) / deviation, mean, deviation)
    assert (sharp.mean_dbm[0, 4], sharp.variance[0, 4]) == pytest.approx((cut.mean(), cut.var()), abs=1e-6)


@settings(deadline=None, max_examples=60)
@given(st.floats(-180.0, -40.0), st.floats(1.0, 25.0), st.floats(-140.0, -90.0))
def test_no_service_only_lowers_the_level_where_it_stands(level, error, limit):
    of = Predicted(*np.zeros((3, 1)), np.array([[level]]), np.array([[error]]), np.array([[-1]]))
    own = Beliefs(of, ERRORS, SERVED, WEAK)
    own.below(0, 0, limit)
    assert own.mean_dbm[0, 0] <= level
    assert 0.0 <= own.variance[0, 0] <= error**2


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.lists(st.integers(0, 11), max_size=5))
def test_a_test_never_costs_and_gains_what_it_says(seed, chosen):
    own = beliefs(seed=seed, operators=3)
    for point in chosen:
        foreseen, before = own.gain(point), own.wrong_people()
        helped = own.helped(point)
        own.choose(point)
        assert foreseen >= 0.0
        assert before - own.wrong_people() == pytest.approx(foreseen, abs=0.002 * own.of.people.sum())
        assert (helped >= 0.0).all()
    assert (own.explained <= own.variance + 1e-9).all()


def test_copies_learn_apart():
    own = beliefs()
    other = own.copy()
    other.observe(0, 0, -90.0)
    other.choose(1)
    assert np.array_equal(own.mean_dbm, own.of.level_dbm)
    assert not own.explained.any()
