"""Folds hold out whole blocks, keep their buffer, and do not depend on the order of rows."""

import numpy as np
import pytest

from jangkau.errors import ModelError
from jangkau.evidence.folds import area_fold, block_folds, site_folds

RNG = np.random.default_rng(3)
X, Y = RNG.uniform(-3000.0, 3000.0, (2, 1500))


@pytest.mark.parametrize("buffer_m", [0.0, 100.0, 700.0])
def test_no_training_row_lies_in_a_tested_block_or_its_buffer(buffer_m):
    folds = block_folds(X, Y, side_m=250.0, buffer_m=buffer_m)
    assert sorted(np.concatenate([fold.test for fold in folds]).tolist()) == list(range(X.size))
    for fold in folds:
        corner = np.unique(np.floor(np.stack([X[fold.test], Y[fold.test]], axis=1) / 250.0), axis=0) * 250.0
        dx = np.maximum(np.maximum(corner[:, 0] - X[:, None], X[:, None] - corner[:, 0] - 250.0), 0.0)
        dy = np.maximum(np.maximum(corner[:, 1] - Y[:, None], Y[:, None] - corner[:, 1] - 250.0), 0.0)
        distance = np.hypot(dx, dy).min(axis=1)
        outside = np.setdiff1d(np.arange(X.size), fold.test)
        assert set(fold.train) == {row for row in outside if distance[row] >= buffer_m}


def test_folds_follow_the_places_whatever_the_order():
    order = RNG.permutation(X.size)
    first = block_folds(X, Y, side_m=250.0, buffer_m=100.0)[0]
    second = block_folds(X[order], Y[order], side_m=250.0, buffer_m=100.0)[0]
    assert set(order[second.train]) == set(first.train)


def test_sites_and_areas_are_held_out_whole():
    site = np.array([4, 7, 4, 9], np.int32)
    assert [fold.test.tolist() for fold in site_folds(site)] == [[0, 2], [1], [3]]
    assert area_fold(np.array([True, False, True])).train.tolist() == [1]


def test_impossible_blocks_are_refused():
    with pytest.raises(ModelError, match="0 m"):
        block_folds(X, Y, side_m=0.0, buffer_m=0.0)
