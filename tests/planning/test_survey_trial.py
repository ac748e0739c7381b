"""On small invented regencies whose truth is known, chosen tests teach more than any others."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def trials():
    spec = importlib.util.spec_from_file_location("make_survey", ROOT / "docs" / "make_survey.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made, [made.make_trial(seed, side_km=30.0, villages=24, districts=4) for seed in (1, 2)]


def test_chosen_tests_reach_an_accuracy_with_far_fewer_than_random_ones(trials):
    made, worlds = trials
    needed = {name: [] for name in ("survey", "random", "grid", "uncertainty")}
    for seed, trial in enumerate(worlds, 1):
        for name in needed:
            curve = made.accuracy(trial, made.WAYS[name], seed)
            needed[name].append(made.tests_needed(curve, 0.5))
    mean = {name: np.mean(of) for name, of in needed.items()}
    assert 2.5 * mean["survey"] < mean["random"]
    assert mean["survey"] < min(mean["grid"], mean["uncertainty"])


def test_beliefs_are_honest_about_how_many_are_wrong(trials):
    """Before any test, and after thirty, the share expected to be wrong is near the share that is."""
    made, worlds = trials
    for tests in (0, 30):
        expected, true = [], []
        for seed, trial in enumerate(worlds, 1):
            beliefs, tested = made.beliefs_of(trial), []
            while len(tested) < tests:
                batch = made.by_survey(trial, beliefs, tested, seed)
                for place in batch:
                    made.learn(beliefs, trial, place)
                tested += batch
            people = trial.predicted.people
            wrong = beliefs.chances().argmax(axis=0) != trial.truth
            expected.append(beliefs.wrong_people() / people.sum())
            true.append(people[wrong].sum() / people.sum())
        assert np.mean(expected) == pytest.approx(np.mean(true), abs=0.08)


def test_predictions_know_nothing_of_the_truth_but_the_register(trials):
    for trial in trials[1]:
        heard = ~np.isnan(trial.reading_dbm)
        error = (trial.reading_dbm - trial.predicted.level_dbm)[heard & (trial.predicted.site >= 0)]
        assert 3.0 < error.std() < 14.0
