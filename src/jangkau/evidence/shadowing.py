"""Correlated shadowing: a Gaussian process over places and cells, each point given its nearest neighbours (Vecchia).

Covariance of the shadowing of two points at distance d:
(any_db^2 + site_db^2 [same site] + cell_db^2 [same cell]) exp(-d / range_m).

References
----------
.. [1] M. Gudmundson, Correlation model for shadow fading in mobile radio systems, Electronics Letters 27 (1991).
.. [2] A. V. Vecchia, Estimation and model identification for continuous spatial processes, JRSS B 50 (1988).
.. [3] T. P. Minka, Expectation propagation for approximate Bayesian inference, UAI (2001), for rows without service.
"""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.spatial import cKDTree
from scipy.special import log_ndtr

from jangkau.compiled import kernel
from jangkau.evidence.observations import FloatArray, IndexArray

OWN, OF_SITE, OTHERS = 30, 6, 4
"""Neighbours of a point: of its cell, of other cells of its site, of other sites."""

NEIGHBOURS = OWN + OF_SITE + OTHERS

LIKELIHOOD = [*range(12), *range(OWN, OWN + 4), *range(OWN + OF_SITE, NEIGHBOURS)]
"""Columns of the neighbours that the likelihood of parameters takes: fewer, since it is computed hundreds of times."""

ABSENT = 1e12
"""Noise variance of a point that says nothing [dB2]."""

NAMES = ("cell_db", "site_db", "any_db", "range_m", "noise_db", "bin_db")
USUAL = np.log([5.0, 2.5, 1.5, 80.0, 3.0, 1.5])
"""What the parameters usually are, and by `SPREAD` (of the logarithm) how sure: decides only where data are few."""
SPREAD = np.array([0.7, 0.7, 0.7, 0.7, 0.7, 0.7])

MOST_FITTED = 3000
"""Terms of the likelihood from which the parameters are estimated."""

SWEEPS = 5
"""Of expectation propagation."""

Neighbours = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shadowing:
    """Parameters; standard deviations [dB], `range_m` [m].

    `noise_db` is that of one sample and averages out in a bin, `bin_db` is common to a bin and does not.
    """

    cell_db: float
    site_db: float
    any_db: float
    range_m: float
    noise_db: float
    bin_db: float

    @property
    def variance(self) -> float:
        """Of the shadowing at one point [dB2]."""
        return self.cell_db**2 + self.site_db**2 + self.any_db**2

    @property
    def new_variance(self) -> float:
        """Of a new sample about the shadowing [dB2]."""
        return self.noise_db**2 + self.bin_db**2

    def vector(self) -> FloatArray:
        """Return the parameters in the order of `NAMES`."""
        return np.array([getattr(self, name) for name in NAMES])


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Where the process is: coordinates [m], cell and site."""

    x_m: FloatArray
    y_m: FloatArray
    cell: IndexArray
    site: IndexArray

    def at(self, rows: NDArray[np.int64]) -> "Points":
        """Return some of the points."""
        return Points(self.x_m[rows], self.y_m[rows], self.cell[rows], self.site[rows])


def neighbours(known: Points, asked: Points, *, themselves: bool = False) -> Neighbours:
    """Return the rows of `known` next to each asked point, shape (asked, `NEIGHBOURS`); -1 where there are fewer.

    Parameters
    ----------
    known, asked : Points
    themselves : bool
        Whether `asked` is `known`, and a point is no neighbour of its own.
    """
    found = np.full((asked.x_m.size, NEIGHBOURS), -1, np.int64)
    if known.x_m.size == 0:
        return found
    far = 1e7
    extent = np.zeros(known.x_m.size), np.zeros(asked.x_m.size)
    start = 0
    for wanted, more, layer in (
        (OWN, 1, (known.cell * far, asked.cell * far)),
        (OF_SITE, OWN, (known.site * far, asked.site * far)),
        (OTHERS, OWN // 2, extent),
    ):
        asking = min(wanted + more, known.x_m.size)
        tree = cKDTree(np.stack([known.x_m, known.y_m, layer[0]], axis=1))
        limit = far / 2.0 if layer is not extent else np.inf
        distance, row = tree.query(
            np.stack([asked.x_m, asked.y_m, layer[1]], axis=1), asking, distance_upper_bound=limit
        )
        distance, row = distance.reshape(-1, asking), row.reshape(-1, asking)
        fits = np.isfinite(distance)
        safe = np.where(fits, row, 0)
        if start:
            fits &= known.cell[safe] != asked.cell[:, None]
        if start == OWN + OF_SITE:
            fits &= known.site[safe] != asked.site[:, None]
        if themselves:
            fits &= safe != np.arange(asked.x_m.size)[:, None]
        place = np.cumsum(fits, axis=1) - 1
        keep = fits & (place < wanted)
        i, j = np.nonzero(keep)
        found[i, start + place[i, j]] = row[i, j]
        start += wanted
    return found


@kernel(allocates=True)
def _krige(
    x: FloatArray,
    y: FloatArray,
    cell: IndexArray,
    site: IndexArray,
    value: FloatArray,
    noise: FloatArray,
    at_x: FloatArray,
    at_y: FloatArray,
    at_cell: IndexArray,
    at_site: IndexArray,
    near: Neighbours,
    p: FloatArray,
    weights: FloatArray,
    mean_out: FloatArray,
    variance_out: FloatArray,
) -> None:
    """Mean and variance of the shadowing at points, given values at their neighbours; weights where asked for."""
    most = near.shape[1]
    own, of_site, common, reach = p[0] ** 2, p[1] ** 2, p[2] ** 2, p[3]
    a, b, who = np.empty((most, most)), np.empty(most), np.empty(most, np.int64)
    c, z = np.empty(most), np.empty(most)
    for i in range(at_x.size):
        n = 0
        for k in range(most):
            j = near[i, k]
            if j >= 0 and noise[j] < ABSENT:
                who[n] = j
                n += 1
        for r in range(n):
            j = who[r]
            share = common + (of_site if site[j] == at_site[i] else 0.0) + (own if cell[j] == at_cell[i] else 0.0)
            c[r] = share * math.exp(-math.sqrt((x[j] - at_x[i]) ** 2 + (y[j] - at_y[i]) ** 2) / reach)
            for s in range(r):
                k = who[s]
                share = common + (of_site if site[j] == site[k] else 0.0) + (own if cell[j] == cell[k] else 0.0)
                a[r, s] = share * math.exp(-math.sqrt((x[j] - x[k]) ** 2 + (y[j] - y[k]) ** 2) / reach)
            a[r, r] = own + of_site + common + noise[j]
        mean, variance = 0.0, own + of_site + common
        for r in range(n):
            for s in range(r + 1):
                total = a[r, s]
                for t in range(s):
                    total -= a[r, t] * a[s, t]
                a[r, s] = total / a[s, s] if s < r else math.sqrt(total)
            left, right = c[r], value[who[r]]
            for t in range(r):
                left -= a[r, t] * b[t]
                right -= a[r, t] * z[t]
            b[r], z[r] = left / a[r, r], right / a[r, r]
            mean += b[r] * z[r]
            variance -= b[r] * b[r]
        mean_out[i], variance_out[i] = mean, max(variance, 0.0)
        if weights.shape[0] > 0:
            for r in range(n - 1, -1, -1):
                total = b[r]
                for t in range(r + 1, n):
                    total -= a[t, r] * z[t]
                z[r] = total / a[r, r]
            r = 0
            for k in range(most):
                j = near[i, k]
                if j >= 0 and noise[j] < ABSENT:
                    weights[i, k] = z[r]
                    r += 1


NO_WEIGHTS = np.empty((0, 0))


def krige(
    known: Points,
    value_db: FloatArray,
    noise_variance: FloatArray,
    asked: Points,
    near: Neighbours,
    shadowing: Shadowing,
    *,
    weights: FloatArray = NO_WEIGHTS,
    workers: int = 1,
) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance of the shadowing at points, given values at their neighbours [dB, dB2].

    Parameters
    ----------
    known : Points
    value_db, noise_variance : float64, shape (known,)
        Values, and variance of their noise; `ABSENT` for one that says nothing.
    asked : Points
    near : int64, shape (asked, k)
        Of `neighbours`.
    shadowing : Shadowing
    weights : float64, shape (asked, k), optional
        Filled with the weight of each neighbour.
    workers : int
        Threads; the result does not depend on it.
    """
    mean, variance = np.empty(asked.x_m.size), np.empty(asked.x_m.size)
    parameters = shadowing.vector()

    def part(rows: slice) -> None:
        _krige(
            known.x_m,
            known.y_m,
            known.cell,
            known.site,
            value_db,
            noise_variance,
            asked.x_m[rows],
            asked.y_m[rows],
            asked.cell[rows],
            asked.site[rows],
            near[rows],
            parameters,
            weights[rows],
            mean[rows],
            variance[rows],
        )

    parts = [slice(start, start + 8192) for start in range(0, mean.size, 8192)]
    if workers == 1 or len(parts) < 2:
        for rows in parts:
            part(rows)
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(part, parts))
    return mean, variance


def earlier_neighbours(points: Points, seed: int) -> Neighbours:
    """Return neighbours among the points that come earlier in a random order of doubling batches, for a likelihood."""
    near = np.full((points.x_m.size, NEIGHBOURS), -1, np.int64)
    order = np.random.default_rng(seed).permutation(points.x_m.size)
    size = 1
    while size < order.size:
        before, batch = order[:size], order[size : 2 * size]
        rows = neighbours(points.at(before), points.at(batch))
        near[batch] = np.where(rows >= 0, before[np.maximum(rows, 0)], -1)
        size *= 2
    return near


def estimate(points: Points, value_db: FloatArray, count: FloatArray, *, seed: int) -> tuple[Shadowing, FloatArray]:
    """Return the parameters that explain values best, and the standard errors of their logarithms.

    Parameters
    ----------
    points : Points
        Of measured bins.
    value_db : float64
        What is left after the mean [dB].
    count : float64
        Samples in each bin.
    seed : int
        Order of the points, and which terms are taken where there are more than `MOST_FITTED`.

    Notes
    -----
    The largest product of Vecchia's likelihood [2]_, log-normal priors about `USUAL`, and the likelihood of each point
    alone: neighbours say little about how far the shadowing goes where there are none, and errors must be right there
    too. Standard errors are from the curvature without the last.
    """
    near = earlier_neighbours(points, seed)[:, LIKELIHOOD]
    rows = np.random.default_rng(seed + 1).permutation(points.x_m.size)[:MOST_FITTED]
    asked, near = points.at(rows), near[rows]

    def terms(logarithms: FloatArray) -> tuple[float, float]:
        process = Shadowing(*np.exp(np.clip(logarithms, -6.0, 9.0)).tolist())
        noise = process.noise_db**2 / count + process.bin_db**2
        mean, variance = krige(points, value_db, noise, asked, near, process)
        total, alone = variance + noise[rows], process.variance + noise[rows]
        given = -0.5 * float(np.sum(np.log(total) + (value_db[rows] - mean) ** 2 / total))
        single = -0.5 * float(np.sum(share * (np.log(alone) + value_db[rows] ** 2 / alone)))
        return given - 0.5 * float(np.sum(((logarithms - USUAL) / SPREAD) ** 2)), single

    share = count[rows] / count[rows].mean()
    found = minimize(
        lambda logarithms: -sum(terms(logarithms)), USUAL, method="L-BFGS-B", options={"maxiter": 25, "ftol": 1e-7}
    )
    errors = np.sqrt(np.abs(np.diag(np.linalg.pinv(_curvature(lambda at: -terms(at)[0], found.x)))))
    return Shadowing(*np.exp(found.x).tolist()), errors


def _curvature(cost: Callable[[FloatArray], float], at: FloatArray, step: float = 0.05) -> FloatArray:
    """Return the matrix of second derivatives by central differences."""
    n = at.size
    unit = np.eye(n) * step
    result = np.empty((n, n))
    for i in range(n):
        for j in range(i + 1):
            signs = ((1, 1), (1, -1), (-1, 1), (-1, -1))
            values = [cost(at + a * unit[i] + b * unit[j]) for a, b in signs]
            result[i, j] = result[j, i] = (values[0] - values[1] - values[2] + values[3]) / (4.0 * step**2)
    return result


def with_censored(
    points: Points,
    value_db: FloatArray,
    noise_variance: FloatArray,
    limit_db: FloatArray,
    near: Neighbours,
    shadowing: Shadowing,
) -> tuple[FloatArray, FloatArray]:
    """Return values and noise variances in which points without service stand for what their likelihood says.

    Parameters
    ----------
    points : Points
    value_db : float64
        Of measured points; elsewhere not read.
    noise_variance : float64
    limit_db : float64
        The value lies below it, where finite; NaN for measured points.
    near : int64
        Of `neighbours` with `themselves`.
    shadowing : Shadowing

    Notes
    -----
    Expectation propagation [3]_: the likelihood P(value + noise < limit) of each point is replaced by the normal one
    that gives the same mean and variance, given its neighbours. It is log-concave, so its variance is positive and its
    mean lies below what the neighbours say: a row without service can only lower the map where it stands.
    """
    rows = np.flatnonzero(np.isfinite(limit_db))
    value, noise = value_db.copy(), noise_variance.copy()
    value[rows], noise[rows] = 0.0, ABSENT
    asked = points.at(rows)
    for _ in range(SWEEPS if rows.size else 0):
        mean, variance = krige(points, value, noise, asked, near[rows], shadowing)
        variance = np.maximum(variance, 1e-6)
        total = variance + noise_variance[rows]
        z = (limit_db[rows] - mean) / np.sqrt(total)
        ratio = np.exp(-0.5 * z**2 - 0.5 * math.log(2.0 * math.pi) - log_ndtr(z))
        slope, bend = ratio / np.sqrt(total), ratio * (z + ratio) / total
        new = np.maximum(1.0 / np.maximum(bend, 1e-9) - variance, 1e-6)
        value[rows] = mean - slope / np.maximum(bend, 1e-9)
        noise[rows] = np.minimum(new, ABSENT / 10.0)
    return value, noise
