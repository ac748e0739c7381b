"""Which cell a sample was of."""

import numpy as np
import pytest
from scipy.stats import norm

from jangkau.errors import ModelError
from jangkau.evidence.matching import NO_CELL, Identities, best_explanation, match_by_identity
from jangkau.messages import LANGUAGES, render

UNKNOWN = np.nan


def identities(*rows):
    operator, *others = (np.array(column, float) for column in zip(*rows, strict=True))
    return Identities(operator.astype(np.int64), *others)


CELLS = identities(
    (0, 1001, 5, 1850, 117.50, 0.50),
    (0, 1002, 6, 1850, 117.50, 0.50),
    (0, 1003, 5, 1850, 117.60, 0.50),
    (1, 1001, 5, 1850, 117.51, 0.50),
    (0, 1004, 7, UNKNOWN, 117.50, 0.50),
    (0, 1004, 8, 500, 117.50, 0.50),
)


@pytest.mark.parametrize(
    ("sample", "cell"),
    [
        ((0, 1002, UNKNOWN, UNKNOWN, 117.9, 0.5), 1),  # the identity holds however far
        ((1, 1001, UNKNOWN, UNKNOWN, 117.5, 0.5), 3),  # of this operator
        ((0, 1004, UNKNOWN, UNKNOWN, 117.5, 0.5), NO_CELL),  # two cells have it
        ((0, UNKNOWN, 5, 1850, 117.51, 0.5), 0),
        ((0, UNKNOWN, 5, 1850, 117.59, 0.5), 2),
        ((0, UNKNOWN, 5, 1850, 117.55, 0.5), NO_CELL),  # half-way between two of one identity
        ((0, UNKNOWN, 5, 1850, 118.5, 0.5), NO_CELL),  # too far
        ((0, UNKNOWN, 5, 500, 117.51, 0.5), NO_CELL),  # another carrier
        ((0, UNKNOWN, 7, 300, 117.51, 0.5), 4),  # the carrier of the cell is not known
        ((0, UNKNOWN, 6, UNKNOWN, 117.51, 0.5), 1),
        ((2, 1001, 5, 1850, 117.5, 0.5), NO_CELL),
        ((0, UNKNOWN, UNKNOWN, UNKNOWN, 117.5, 0.5), NO_CELL),
    ],
)
def test_a_sample_is_matched_by_what_it_says(sample, cell):
    assert match_by_identity(identities(sample), CELLS).tolist() == [cell]


def test_many_at_once_are_matched_as_one_by_one():
    rng = np.random.default_rng(4)
    rows = [
        (int(rng.integers(3)), rng.choice([1001, 1003, UNKNOWN]), rng.choice([5, 6, UNKNOWN]), 1850, x, 0.5)
        for x in rng.uniform(117.4, 117.7, 60)
    ]
    alone = [int(match_by_identity(identities(row), CELLS)[0]) for row in rows]
    assert match_by_identity(identities(*rows), CELLS).tolist() == alone


def test_the_probability_is_that_of_a_world_drawn_at_random():
    """In a drawn world the share of right answers is the probability that was given, and the formula is Bayes' rule."""
    rng = np.random.default_rng(11)
    predicted = rng.uniform(-110.0, -80.0, (40_000, 4))
    true = predicted + rng.normal(0.0, 8.0, predicted.shape)
    serving, measured = true.argmax(axis=1), true.max(axis=1)
    cell, probability = best_explanation(predicted, 8.0, measured, unlisted=0.0)
    for low, high in ((0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.0)):
        some = (probability >= low) & (probability < high)
        assert some.sum() > 500
        assert (cell == serving)[some].mean() == pytest.approx(probability[some].mean(), abs=0.02)
    y, mu = measured[0], predicted[0]
    weights = [norm.pdf(y, mu[c], 8.0) * np.prod(norm.cdf(y, np.delete(mu, c), 8.0)) for c in range(4)]
    assert probability[0] == pytest.approx(max(weights) / sum(weights), rel=1e-9)


def test_a_level_that_no_candidate_explains_is_of_an_unlisted_cell():
    cell, probability = best_explanation([[-120.0, -118.0]], 6.0, [-60.0])
    assert cell.tolist() == [NO_CELL]
    assert probability[0] > 0.99
    assert best_explanation([[-100.0, np.nan]], 6.0, [-101.0])[0].tolist() == [0]


def test_without_a_candidate_nothing_is_found():
    cell, probability = best_explanation([[np.nan, np.nan]], 6.0, [-90.0], unlisted=0.0)
    assert (cell.tolist(), probability.tolist()) == ([NO_CELL], [0.0])


@pytest.mark.parametrize(("error", "unlisted"), [(0.0, 0.1), (-1.0, 0.1), (np.nan, 0.1), (6.0, 1.0), (6.0, -0.1)])
def test_bad_input_is_said(error, unlisted):
    with pytest.raises(ModelError) as trouble:
        best_explanation([[-90.0]], error, [-90.0], unlisted=unlisted)
    for language in LANGUAGES:
        assert not render(trouble.value.message, language).startswith("matching.")
