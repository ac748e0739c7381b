"""Folds that hold out whole places, so that a score says how right the map is where nobody has measured."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jangkau.errors import ModelError

Truths = NDArray[np.bool_]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """Row numbers to fit with and to test on; rows in neither lie in the buffer."""

    train: NDArray[np.int64]
    test: NDArray[np.int64]


def blocks(x_m: FloatArray, y_m: FloatArray, side_m: float) -> NDArray[np.int64]:
    """Return column and row of the square block of each point, shape (n, 2)."""
    return np.stack([np.floor(x_m / side_m), np.floor(y_m / side_m)], axis=1).astype(np.int64)


def block_numbers(block: NDArray[np.int64], count: int, seed: int) -> NDArray[np.int64]:
    """Return the fold, 0..count-1, of each row of blocks: by chance, as many blocks in each, rows in any order."""
    unique, index = np.unique(block, axis=0, return_inverse=True)
    return (np.random.default_rng(seed).permutation(len(unique)) % count)[index.reshape(-1)]


def block_folds(
    x_m: FloatArray, y_m: FloatArray, *, side_m: float, buffer_m: float, count: int = 5, seed: int = 0
) -> list[Fold]:
    """Return folds of square blocks of one grid, whatever cell a row belongs to.

    Parameters
    ----------
    x_m, y_m : float64, shape (n,)
        Metric coordinates [m].
    side_m : float
        Of a block [m], > 0.
    buffer_m : float
        Rows nearer than this to a tested block are not fitted with [m], >= 0.
    count : int
        Of folds, >= 2.
    seed : int
        Which blocks come together.

    Raises
    ------
    ModelError
        When side, buffer or count is impossible.
    """
    if not (side_m > 0.0 and buffer_m >= 0.0 and count >= 2):
        raise ModelError("evidence.folds", side_m=side_m, buffer_m=buffer_m, count=count)
    block = blocks(x_m, y_m, side_m)
    number = block_numbers(block, count, seed)
    folds = []
    for k in range(count):
        test = number == k
        near = _near(x_m, y_m, np.unique(block[test], axis=0), side_m, buffer_m) if buffer_m > 0.0 else test
        folds.append(Fold(np.flatnonzero(~test & ~near), np.flatnonzero(test)))
    return folds


def _near(x_m: FloatArray, y_m: FloatArray, tested: NDArray[np.int64], side_m: float, buffer_m: float) -> Truths:
    """Return which points lie within the buffer of a tested block (or in it)."""
    near = np.zeros(x_m.size, np.bool_)
    reach = int(np.ceil(buffer_m / side_m))
    block = blocks(x_m, y_m, side_m)
    wide = np.int64(2 * reach + 3 + (block[:, 1].max() - block[:, 1].min() if x_m.size else 0))
    low = block.min(axis=0) - reach - 1 if x_m.size else np.zeros(2, np.int64)
    keys = np.sort((tested[:, 0] - low[0]) * wide + tested[:, 1] - low[1])
    if keys.size == 0:
        return near
    for east in range(-reach, reach + 1):
        for north in range(-reach, reach + 1):
            column, row = block[:, 0] + east, block[:, 1] + north
            key = (column - low[0]) * wide + row - low[1]
            found = keys[np.minimum(np.searchsorted(keys, key), keys.size - 1)] == key
            dx = np.maximum(np.maximum(column * side_m - x_m, x_m - (column + 1) * side_m), 0.0)
            dy = np.maximum(np.maximum(row * side_m - y_m, y_m - (row + 1) * side_m), 0.0)
            near |= found & (np.hypot(dx, dy) < buffer_m)
    return near


def site_folds(site: NDArray[np.int32]) -> list[Fold]:
    """Return one fold a site, in the order of their numbers: fitted with all others, tested on its rows."""
    return [Fold(np.flatnonzero(site != one), np.flatnonzero(site == one)) for one in np.unique(site)]


def area_fold(inside: Truths) -> Fold:
    """Return the fold that holds out an area, such as a district: tested inside, fitted outside."""
    return Fold(np.flatnonzero(~inside), np.flatnonzero(inside))
