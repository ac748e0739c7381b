"""A correction learnt from many measurements: averaged random trees over what stands along the paths.

Trees that are fitted to a place say little about how wrong they are elsewhere. So each of `FOLDS` forests is fitted
without the measurements of its own blocks of ground, and what it says there is what the shadowing is measured against.

References
----------
.. [1] P. Geurts, D. Ernst, L. Wehenkel, Extremely randomized trees, Machine Learning 63 (2006).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesRegressor

from jangkau.evidence.effects import trend_columns
from jangkau.evidence.folds import block_numbers, blocks
from jangkau.evidence.observations import FloatArray, Places

FOLDS = 5
SIDE_M = 250.0
"""Of the blocks that a forest is fitted without [m]."""

TREES = 30
"""Of each forest."""

LEAST_ROWS = 5
"""Rows in a leaf."""

COLUMN_SHARE = 0.3
"""Of the columns, tried at each split."""


TREND = [0, 2]
"""Columns of `effects.trend_columns` of the line from which trees start: level against distance."""


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """`FOLDS` forests over a line of the level against distance, and which blocks each was fitted without."""

    line: FloatArray
    trees: tuple[ExtraTreesRegressor, ...]
    block: NDArray[np.int64]
    number: NDArray[np.int64]

    def predict(self, places: Places) -> FloatArray:
        """Return the level [dBm] where it was measured, each place by the forest that was not fitted in its block."""
        said, number = self.levels(places), self.fold_of(places)
        return np.where(number >= 0, said[np.arange(number.size), np.maximum(number, 0)], said.mean(axis=1))

    def levels(self, places: Places) -> FloatArray:
        """Return the level that each forest says [dBm], shape (n, FOLDS)."""
        columns = columns_of(places)
        said = np.stack([trees.predict(columns) for trees in self.trees], axis=1)
        return np.asarray(said + (trend_columns(places)[:, TREND] @ self.line)[:, None])

    def fold_of(self, places: Places) -> NDArray[np.int64]:
        """Return the fold of the block of each place, -1 where no forest was fitted in it."""
        asked, index = np.unique(blocks(places.x_m, places.y_m, SIDE_M), axis=0, return_inverse=True)
        known = {tuple(block): number for block, number in zip(self.block.tolist(), self.number.tolist(), strict=True)}
        return np.array([known.get(tuple(block), -1) for block in asked.tolist()], np.int64)[index.reshape(-1)]


def columns_of(places: Places) -> NDArray[np.float32]:
    """Return what trees are split by, shape (n, p + 3)."""
    more = np.stack([places.x_m, places.y_m, places.predicted_dbm], axis=1).astype(np.float32)
    return np.concatenate([places.features, more], axis=1)


def fit(places: Places, level_dbm: FloatArray, weight: FloatArray, *, seed: int, workers: int) -> Forest:
    """Return forests of the level.

    Parameters
    ----------
    places : Places
        Of bins of measurements.
    level_dbm : float64
        To be explained [dBm].
    weight : float64
        Of each row.
    seed : int
    workers : int
        Threads; the result does not depend on it.
    """
    block = blocks(places.x_m, places.y_m, SIDE_M)
    number = block_numbers(block, FOLDS, seed)
    columns, trees = columns_of(places), []
    start = trend_columns(places)[:, TREND]
    root = np.sqrt(weight)
    line = np.asarray(np.linalg.lstsq(start * root[:, None], level_dbm * root, rcond=None)[0], np.float64)
    left = level_dbm - start @ line
    for k in range(FOLDS):
        rows = number != k
        forest = ExtraTreesRegressor(
            TREES, min_samples_leaf=LEAST_ROWS, max_features=COLUMN_SHARE, random_state=seed + k, n_jobs=workers
        )
        trees.append(forest.fit(columns[rows], left[rows], sample_weight=weight[rows]).set_params(n_jobs=1))
    unique, first = np.unique(block, axis=0, return_index=True)
    return Forest(line, tuple(trees), unique, number[first])
