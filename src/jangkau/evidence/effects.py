"""The part of a correction that has few numbers: a trend, and offsets of kinds of ground, sites, cells and devices.

measured = trend(predicted, distance) + offset(group) + offset(site) + offset(cell) + offset(device) + shadowing + noise

Offsets of one kind are drawn from one normal distribution whose width is estimated as well. So a site with few tests
keeps near the others, and one with many speaks for itself.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from jangkau.evidence.observations import FloatArray, Places
from jangkau.evidence.shadowing import NEIGHBOURS, Points, Shadowing, earlier_neighbours, krige

KINDS = ("group", "site", "cell", "device")
"""Of offsets."""

TREND = ("offset_db", "slope", "distance_slope_db")
"""Common offset [dB]; further change of the level per change of the prediction; change per decade of distance [dB]."""

TREND_SPREAD = (30.0, 0.5, 10.0)
"""How far the trend may be from the physics before there are data: standard deviations of `TREND`."""

USUAL_DB = {"group": 3.0, "site": 4.0, "cell": 3.0, "device": 2.0}
"""What the standard deviation of offsets usually is [dB]; counts as `PRIOR_COUNT` offsets."""

PRIOR_COUNT = 4.0

ROUNDS = 12
"""Of the estimation of widths."""


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """Estimated trend and offsets.

    Attributes
    ----------
    centre : float64, shape (3,)
        Subtracted from the columns of the trend.
    value, covariance : float64, shape (p,), (p, p)
        Of the trend and all offsets [dB].
    numbers : dict of int64
        By kind, the sorted numbers that have an offset, in the order of their columns.
    spread_db : dict of float
        By kind, the standard deviation of offsets [dB].
    """

    centre: FloatArray
    value: FloatArray
    covariance: FloatArray
    numbers: dict[str, NDArray[np.int64]]
    spread_db: dict[str, float]

    def trend(self, places: Places) -> FloatArray:
        """Return prediction plus trend, without offsets of kinds [dBm]."""
        return places.predicted_dbm + (trend_columns(places) - self.centre * [0.0, 1.0, 1.0]) @ self.value[:3]

    def offsets(self, kind: str, numbers: NDArray[np.int32]) -> FloatArray:
        """Return the offsets of one kind [dB], 0 for numbers without one."""
        at, known = _find(self.numbers[kind], numbers)
        return np.where(known, self.value[np.where(known, self._first(kind) + at, 0)], 0.0)

    def mean(self, places: Places) -> FloatArray:
        """Return what no particular device would measure on the average over shadowing [dBm]."""
        return self.trend(places) + sum(self.offsets(kind, getattr(places, kind)) for kind in KINDS[:3])

    def variance(self, places: Places) -> FloatArray:
        """Return the variance of `mean` [dB2], with the whole spread for what has no offset yet."""
        columns = [np.arange(3)[None, :].repeat(len(places), axis=0)]
        factors = [trend_columns(places) - self.centre * [0.0, 1.0, 1.0]]
        total = np.zeros(len(places))
        for kind in KINDS[:3]:
            at, known = _find(self.numbers[kind], getattr(places, kind))
            columns.append((self._first(kind) + at)[:, None])
            factors.append(known.astype(float)[:, None])
            total += np.where(known, 0.0, self.spread_db[kind] ** 2)
        column, factor = np.concatenate(columns, axis=1), np.concatenate(factors, axis=1)
        for i in range(column.shape[1]):
            for j in range(column.shape[1]):
                total += factor[:, i] * factor[:, j] * self.covariance[column[:, i], column[:, j]]
        return total

    def _first(self, kind: str) -> int:
        return 3 + sum(self.numbers[k].size for k in KINDS[: KINDS.index(kind)])


def _find(sorted_numbers: NDArray[np.int64], numbers: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    if sorted_numbers.size == 0:
        return np.zeros(numbers.size, np.int64), np.zeros(numbers.size, np.bool_)
    at = np.minimum(np.searchsorted(sorted_numbers, numbers), sorted_numbers.size - 1)
    return at, sorted_numbers[at] == numbers


def trend_columns(places: Places) -> FloatArray:
    """Return the columns of the trend, shape (n, 3); distance counts where the features name it."""
    distance = np.zeros(len(places))
    if "log10_distance" in places.feature_names:
        distance = places.features[:, places.feature_names.index("log10_distance")].astype(np.float64)
    return np.stack([np.ones(len(places)), places.predicted_dbm, distance], axis=1)


def estimate(
    places: Places, device: NDArray[np.int32], measured_dbm: FloatArray, count: FloatArray, shadowing: Shadowing
) -> Effects:
    """Return trend and offsets, given how the shadowing is correlated.

    Parameters
    ----------
    places : Places
    device : int32
        -1 has no offset.
    measured_dbm : float64
        Means of bins [dBm].
    count : float64
        Samples in each bin.
    shadowing : Shadowing

    Notes
    -----
    Residuals are whitened by Vecchia's factor of their covariance; then a mixed linear model, whose widths are
    estimated by expectation maximisation with `USUAL_DB` as prior.
    """
    numbers = {kind: np.unique(getattr(places, kind)).astype(np.int64) for kind in KINDS[:3]}
    numbers["device"] = np.unique(device[device >= 0]).astype(np.int64)
    columns = trend_columns(places)
    centre: FloatArray = (columns * count[:, None]).sum(axis=0) / count.sum()
    index = []
    for kind in KINDS:
        at, known = _find(numbers[kind], device if kind == "device" else getattr(places, kind))
        index.append(np.where(known, at, -1))
    sizes = [numbers[kind].size for kind in KINDS]
    normal, right = _normal_equations(
        places, columns - centre * [0.0, 1.0, 1.0], index, sizes, measured_dbm - places.predicted_dbm, count, shadowing
    )
    starts = np.cumsum([3, *sizes])
    spread = dict(USUAL_DB)
    for _ in range(ROUNDS):
        precision = np.concatenate(
            [
                np.array(TREND_SPREAD) ** -2.0,
                *(np.full(n, spread[kind] ** -2.0) for kind, n in zip(KINDS, sizes, strict=True)),
            ]
        )
        covariance: FloatArray = np.asarray(np.linalg.inv(normal + np.diag(precision)), np.float64)
        value: FloatArray = np.asarray(covariance @ right, np.float64)
        for kind, start, n in zip(KINDS, starts, sizes, strict=False):
            part = slice(start, start + n)
            squares = float(np.sum(value[part] ** 2) + np.trace(covariance[part, part]))
            spread[kind] = math.sqrt((squares + PRIOR_COUNT * USUAL_DB[kind] ** 2) / (n + PRIOR_COUNT))
    return Effects(centre, value, covariance, numbers, spread)


def _normal_equations(
    places: Places,
    trend: FloatArray,
    index: list[NDArray[np.int64]],
    sizes: list[int],
    difference_db: FloatArray,
    count: FloatArray,
    shadowing: Shadowing,
) -> tuple[FloatArray, FloatArray]:
    """Return the matrix and the right side of generalised least squares."""
    n = len(places)
    points = Points(places.x_m, places.y_m, places.cell, places.site)
    near = earlier_neighbours(points, 0)
    noise = shadowing.noise_db**2 / count + shadowing.bin_db**2
    weights = np.zeros((n, NEIGHBOURS))
    _, variance = krige(points, difference_db, noise, points, near, shadowing, weights=weights)
    row, place = np.nonzero(near >= 0)
    before = sparse.csr_matrix((weights[row, place], (row, near[row, place])), shape=(n, n))
    whiten = sparse.diags_array(1.0 / np.sqrt(variance + noise)) @ (sparse.eye_array(n) - before)
    blocks = [sparse.csr_array(trend)]
    for at, size in zip(index, sizes, strict=True):
        known = np.flatnonzero(at >= 0)
        blocks.append(sparse.csr_array((np.ones(known.size), (known, at[known])), shape=(n, size)))
    white = sparse.csr_array(whiten @ sparse.hstack(blocks))
    return (white.T @ white).toarray(), white.T @ (whiten @ difference_db)
