"""From the RSRP of many cells to the best server and the probability of service, pixel by pixel."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numba import vectorize
from numpy.typing import NDArray

from jangkau.coverage.field import NO_SIGNAL_DBM
from jangkau.geo import Grid, Raster
from jangkau.settings import SignalStandard

NO_SERVER = 65535
"""Server index where no cell is in reach."""


@dataclass(slots=True)
class Best:
    """The best server so far, on a window of the region.

    Attributes
    ----------
    grid : Grid
    rsrp_dbm : float32
        Of the best server; `NO_SIGNAL_DBM` where no cell is in reach.
    error_db : float32
        Standard deviation of truth minus prediction of the best server.
    server : uint16
        Index of the best server, `NO_SERVER` where none is in reach.
    unseen : bool
        Pixels for which the path of at least one cell crosses unknown ground.
    """

    grid: Grid
    rsrp_dbm: NDArray[np.float32]
    error_db: NDArray[np.float32]
    server: NDArray[np.uint16]
    unseen: NDArray[np.bool_]

    @classmethod
    def empty(cls, grid: Grid) -> "Best":
        """Return a window where no cell is in reach."""
        return cls(
            grid,
            np.full(grid.shape, NO_SIGNAL_DBM, np.float32),
            np.ones(grid.shape, np.float32),
            np.full(grid.shape, NO_SERVER, np.uint16),
            np.zeros(grid.shape, np.bool_),
        )

    def add(self, rsrp: Raster, index: int, error_db: float) -> None:
        """Take in one cell; of equal levels the lower index wins, so the order of cells does not matter."""
        here, there = _overlap(self.grid, rsrp.grid)
        values = rsrp.values[there]
        self.unseen[here] |= np.isnan(values)
        best, server = self.rsrp_dbm[here], self.server[here]
        better = (values > best) | ((values == best) & (index < server) & (values > NO_SIGNAL_DBM))
        self.rsrp_dbm[here] = np.where(better, values, best)
        self.error_db[here] = np.where(better, np.float32(error_db), self.error_db[here])
        self.server[here] = np.where(better, np.uint16(index), server)


def _overlap(mine: Grid, other: Grid) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    row = round((mine.north - other.north) / mine.pixel_height)
    column = round((other.west - mine.west) / mine.pixel_width)
    top, bottom = max(row, 0), min(row + other.rows, mine.rows)
    left, right = max(column, 0), min(column + other.columns, mine.columns)
    top, left, bottom, right = min(top, mine.rows), min(left, mine.columns), max(bottom, top), max(right, left)
    return (
        (slice(top, bottom), slice(left, right)),
        (slice(top - row, bottom - row), slice(left - column, right - column)),
    )


def best_of(grid: Grid, cells: Iterable[tuple[Raster, int, float]]) -> Best:
    """Return the best server on a grid from (RSRP raster, index, error_db) of each cell."""
    best = Best.empty(grid)
    for rsrp, index, error_db in cells:
        best.add(rsrp, index, error_db)
    return best


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


SERVED, WEAK, NONE, UNKNOWN = 3, 2, 1, 0
"""Classes of a predicted area, as its rasters hold them."""


def classes(
    probability_served: NDArray[np.float32], probability_weak: NDArray[np.float32], standard: SignalStandard
) -> NDArray[np.uint8]:
    """Return the predicted class of every pixel by rule `signal-v1`, for one operator."""
    p = standard.probability
    result = np.full(probability_served.shape, UNKNOWN, np.uint8)
    result[probability_weak <= np.float32(1.0 - p)] = NONE
    result[probability_weak >= np.float32(p)] = WEAK
    result[probability_served >= np.float32(p)] = SERVED
    return result


def any_operator(layers: Iterable[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Return the class for any operator: the best of them; none only where every operator is none."""
    stack = np.stack(list(layers))
    best = stack.max(axis=0)
    return np.where((best == NONE) & (stack == UNKNOWN).any(axis=0), np.uint8(UNKNOWN), best)
