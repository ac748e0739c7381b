"""From the RSRP of many cells to the best server and the probability of service, pixel by pixel."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numba import vectorize
from numpy.typing import NDArray

from jangkau.compiled import kernel
from jangkau.coverage.field import NO_SIGNAL, NO_SIGNAL_DBM, UNKNOWN, Levels
from jangkau.settings import SignalStandard

NO_SERVER = 65535
"""Server index where no cell is in reach."""


Keys = NDArray[np.uint32]
"""Level and cell in one number: (level in tenths of a dBm + 32768) * 65536 + 65535 - index.

The larger of two keys is the stronger cell and, of equal levels, the lower index. So cells can be merged in any order
and more than once, and a number is never half written. 0 is no cell.
"""


@kernel
def merge(keys: Keys, unseen: NDArray[np.uint8], level: Levels, index: int) -> None:
    """Take a cell into the best servers of the same pixels.

    Parameters
    ----------
    keys : uint32, shape (rows, columns)
        Changed in place.
    unseen : uint8, the same shape
        Set to 1 where the path from a cell crosses unknown ground.
    level : int16, the same shape
        See `coverage.field.Levels`.
    index : int
        Of the cell, below `NO_SERVER`.
    """
    for row in range(level.shape[0]):
        for column in range(level.shape[1]):
            value = np.int64(level[row, column])
            if value == UNKNOWN:
                unseen[row, column] = 1
            elif value > NO_SIGNAL:
                key = np.uint32((value + 32768) * 65536 + 65535 - index)
                if key > keys[row, column]:
                    keys[row, column] = key


@dataclass(frozen=True, slots=True)
class Best:
    """The best server, on a window of the region.

    Attributes
    ----------
    rsrp_dbm : float32
        Of the best server; `NO_SIGNAL_DBM` where no cell is in reach.
    error_db : float32
        Standard deviation of truth minus prediction of the best server.
    server : uint16
        Index of the best server, `NO_SERVER` where none is in reach.
    unseen : bool
        Pixels for which the path of at least one cell crosses unknown ground.
    """

    rsrp_dbm: NDArray[np.float32]
    error_db: NDArray[np.float32]
    server: NDArray[np.uint16]
    unseen: NDArray[np.bool_]


def best_of(keys: Keys, unseen: NDArray[np.uint8], error_db: NDArray[np.float32]) -> Best:
    """Return the best servers that keys hold.

    Parameters
    ----------
    keys, unseen
        See `merge`.
    error_db : float32, shape (cells,)
        Standard deviation of truth minus prediction of each cell.
    """
    server = (np.uint32(65535) - (keys & np.uint32(65535))).astype(np.uint16)
    none = keys == 0
    server[none] = NO_SERVER
    rsrp = ((keys >> np.uint32(16)).astype(np.int32) - 32768).astype(np.float32) / np.float32(10.0)
    rsrp[none] = NO_SIGNAL_DBM
    by_index = np.append(error_db.astype(np.float32), np.float32(1.0))
    return Best(rsrp, by_index[np.minimum(server, error_db.size)], server, unseen.astype(np.bool_))


def probability_at_least(best: Best, level_dbm: float | NDArray[np.float64]) -> NDArray[np.float32]:
    """Return P(true RSRP of the best server >= a level), 0..1, per pixel.

    The truth is the prediction plus a normal error of standard deviation `error_db` (model and location variability).
    Where unknown ground could hide a better cell and the best known one does not decide, the probability is NaN.
    """
    z = (best.rsrp_dbm.astype(np.float64) - level_dbm) / best.error_db
    probability = normal_cdf(z)
    probability[best.unseen & (probability < 0.5)] = np.nan
    return np.asarray(probability, np.float32)


@vectorize(["float64(float64)"], cache=True)
def normal_cdf(z: float) -> float:
    """Return the standard normal distribution function."""
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


SERVED, WEAK, NONE, UNDECIDED = 3, 2, 1, 0
"""Classes of a predicted area, as its rasters hold them."""


def classes(
    probability_served: NDArray[np.float32], probability_weak: NDArray[np.float32], standard: SignalStandard
) -> NDArray[np.uint8]:
    """Return the predicted class of every pixel by rule `signal-v1`, for one operator."""
    p = standard.probability
    result = np.full(probability_served.shape, UNDECIDED, np.uint8)
    result[probability_weak <= np.float32(1.0 - p)] = NONE
    result[probability_weak >= np.float32(p)] = WEAK
    result[probability_served >= np.float32(p)] = SERVED
    return result


def any_operator(layers: Iterable[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Return the class for any operator: the best of them; none only where every operator is none."""
    stack = np.stack(list(layers))
    best = stack.max(axis=0)
    return np.where((best == NONE) & (stack == UNDECIDED).any(axis=0), np.uint8(UNDECIDED), best)
