"""The corrected map in worlds whose truth is known."""

import numpy as np
import pytest

from invented_evidence import SITE_DB, TRUE_NOISE_DB, TRUE_OFFSET_DB, TRUE_RANGE_M, TRUE_SHADOW_DB, censored, world
from jangkau.errors import ModelError
from jangkau.evidence import model, shadowing
from jangkau.evidence.observations import Observations, gathered, in_order
from jangkau.evidence.shadowing import Points, Shadowing

PROCESS = Shadowing(5.0, 2.0, 1.0, 100.0, 2.0, 0.5)


def points(rows, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0.0, 800.0, (2, rows))
    cell = rng.integers(0, 4, rows).astype(np.int32)
    return Points(x, y, cell, (cell // 2).astype(np.int32))


def dense(known, value, noise, asked, process):
    """Kriging with every point, written from its formula."""

    def covariance(a, b):
        share = process.any_db**2 + process.site_db**2 * (a.site[:, None] == b.site)
        share = share + process.cell_db**2 * (a.cell[:, None] == b.cell)
        return share * np.exp(-np.hypot(a.x_m[:, None] - b.x_m, a.y_m[:, None] - b.y_m) / process.range_m)

    weight = np.linalg.solve(covariance(known, known) + np.diag(noise), covariance(known, asked))
    return weight.T @ value, process.variance - (weight * covariance(known, asked)).sum(axis=0)


def test_neighbours_say_what_all_300_points_say():
    known, asked = points(300, 0), points(200, 1)
    value, noise = np.random.default_rng(2).normal(0.0, 5.0, 300), np.full(300, 4.0)
    near = shadowing.neighbours(known, asked)
    mean, variance = shadowing.krige(known, value, noise, asked, near, PROCESS)
    exact_mean, exact_variance = dense(known, value, noise, asked, PROCESS)
    assert np.abs(mean - exact_mean).max() < 0.35
    assert np.sqrt(np.mean((mean - exact_mean) ** 2)) < 0.1
    assert np.abs(np.sqrt(variance) - np.sqrt(exact_variance)).max() < 0.1


def test_few_points_are_kriged_exactly():
    known, asked = points(12, 4), points(50, 5)
    near = np.tile(np.arange(12), (50, 1))
    value, noise = np.random.default_rng(2).normal(0.0, 5.0, 12), np.full(12, 4.0)
    for one, other in zip(
        shadowing.krige(known, value, noise, asked, near, PROCESS),
        dense(known, value, noise, asked, PROCESS),
        strict=True,
    ):
        np.testing.assert_allclose(one, other, atol=1e-9)


def test_parameters_are_recovered_within_their_intervals():
    fitted = model.fit(world(1500, seed=1)[0])
    found = {one.name: one for one in fitted.estimates()}
    process = fitted.shadowing
    # The cells of this world stand on sites of their own, so only the sum of the variances can be known.
    assert np.sqrt(process.variance) == pytest.approx(TRUE_SHADOW_DB, abs=0.8)
    assert np.sqrt(process.new_variance) == pytest.approx(TRUE_NOISE_DB, abs=0.5)
    assert abs(found["range_m"].value - TRUE_RANGE_M) < 3.0 * found["range_m"].standard_error
    for site, true in enumerate(SITE_DB):
        value = found[f"site_{site}_db"].value + found[f"cell_{site}_db"].value + found["offset_db"].value
        # The offset is told at the mean of the prediction.
        assert abs(value - true - TRUE_OFFSET_DB) < 3.0, site


def test_intervals_hold_what_they_promise_where_nobody_measured():
    observations, _ = world(1800, seed=2)
    test = observations.places.x_m % 500.0 < 120.0
    said = model.fit(observations.at(~test)).predict(observations.places.at(test))
    for share in (0.5, 0.9):
        low, high = said.interval(share)
        held = np.mean((observations.measured_dbm[test] >= low) & (observations.measured_dbm[test] <= high))
        assert held == pytest.approx(share, abs=0.07)
    error = observations.measured_dbm[test] - said.mean_dbm
    assert np.std(error) < 0.92 * np.std(observations.measured_dbm[test] - said.calibrated_dbm)


def test_shuffled_residuals_leave_nothing_to_gain():
    observations, _ = world(1500, seed=3)
    p, rng = observations.places, np.random.default_rng(0)
    residual = rng.permutation(observations.measured_dbm - p.predicted_dbm)
    shuffled = Observations(p, p.predicted_dbm + residual, observations.sensitivity_dbm, observations.device)
    test = p.x_m % 200.0 < 40.0
    said = model.fit(shuffled.at(~test)).predict(p.at(test))
    true = shuffled.measured_dbm[test]
    gain = 1.0 - np.std(true - said.mean_dbm) / np.std(true - p.predicted_dbm[test])
    assert gain < 0.02


def test_order_of_rows_changes_no_bit():
    observations, _ = world(700, seed=4, features=4)
    observations = censored(observations, -115.0)
    order = np.random.default_rng(1).permutation(len(observations))
    asked = world(100, seed=9, features=4)[0].places
    one, other = (model.fit(o).predict(asked) for o in (observations, observations.at(order)))
    np.testing.assert_array_equal(one.mean_dbm, other.mean_dbm)
    np.testing.assert_array_equal(one.error_db, other.error_db)


@pytest.mark.slow
def test_threads_change_no_bit():
    observations, _ = world(2500, seed=5, side_m=6000.0, features=3)
    one, other = (model.fit(observations, workers=w).predict(observations.places, workers=w) for w in (1, 2))
    np.testing.assert_array_equal(one.mean_dbm, other.mean_dbm)
    np.testing.assert_array_equal(one.error_db, other.error_db)


def test_with_parameters_fixed_a_row_without_service_only_lowers_the_map_where_it_stands():
    known = points(200, 6)
    rng = np.random.default_rng(7)
    value, noise = rng.normal(0.0, 6.0, 200), np.full(200, 5.0)
    limit = np.full(200, np.nan)
    limit[:40] = rng.uniform(-15.0, 15.0, 40)
    near = shadowing.neighbours(known, known, themselves=True)
    for row in range(40):
        only = np.full(200, np.nan)
        only[row] = limit[row]
        without = noise.copy()
        without[row] = shadowing.ABSENT
        spot = known.at(np.array([row]))
        at = shadowing.neighbours(known, spot)
        before, _ = shadowing.krige(known, value, without, spot, at, PROCESS)
        said, sure = shadowing.with_censored(known, value, noise, only, near, PROCESS)
        after, _ = shadowing.krige(known, said, sure, spot, at, PROCESS)
        assert after[0] <= before[0] + 1e-9


def test_dropping_rows_without_service_makes_the_map_too_good():
    observations, true = world(1200, seed=8)
    heard = censored(observations, -114.0)
    silent = heard.censored
    assert 0.15 < silent.mean() < 0.6
    kept = model.fit(heard).predict(heard.places.at(silent)).mean_dbm - true[silent]
    dropped = model.fit(heard.at(~silent)).predict(heard.places.at(silent)).mean_dbm - true[silent]
    assert abs(kept.mean()) < 0.6 * abs(dropped.mean())


def test_rows_of_one_square_count_together():
    observations, _ = world(400, seed=11, side_m=100.0)
    ordered = observations.at(in_order(observations))
    bins, count = gathered(ordered, 20.0)
    assert count.sum() == len(observations)
    assert np.average(bins.measured_dbm, weights=count) == pytest.approx(observations.measured_dbm.mean())


def test_bad_rows_are_refused():
    observations, _ = world(20)
    with pytest.raises(ModelError, match="sensitivity"):
        Observations(observations.places, np.full(20, np.nan), np.full(20, np.nan), observations.device)
    with pytest.raises(ModelError, match="19"):
        Observations(
            observations.places, observations.measured_dbm[1:], observations.sensitivity_dbm, observations.device
        )
    with pytest.raises(ModelError, match="none of 20"):
        model.fit(censored(observations, 0.0))
