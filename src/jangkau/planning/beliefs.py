"""What is believed of the level at points, what a test would teach, and how many people would be graded wrongly.

The true level of operator o at point i is normal around its prediction. Its errors at two points belong together,
because both are served from the same site and because shadowing is correlated over the ground (Gudmundson, 1991):

    cov(i, j) = e_i e_j (site_share [same site] + shadow_share exp(-d_ij / length) + rest [i = j])

Operators err independently. A test at a point measures every operator there. Conditioning on tests whose results are
known moves means and shrinks variances; conditioning on tests that are only planned shrinks them by the same amounts
and tells how far the means will move, which is all that the expected benefit of a plan depends on.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numba import vectorize
from numpy.typing import NDArray

from jangkau.compiled import kernel

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

NODES = {1: (15, 8), 2: (9, 5), 3: (7, 4), 4: (5, 3)}
"""Nodes of the two quadratures by the number of operators; 3 of each for more of them."""

FARTHEST = 4.0
"""Deviations from the mean beyond which nothing is looked at."""

FLAT = 1e-4
"""Chances that change by less are constant."""

NEGLIGIBLE = 1e-4
"""A test whose share in the variance of a point is below this teaches nothing about it."""


@dataclass(frozen=True, slots=True)
class Errors:
    """How the errors of predictions and tests behave.

    Attributes
    ----------
    site_share, shadow_share : float
        Of the variance of a prediction's error: common to all points of a site, and correlated over the ground; their
        sum is at most 1, the rest belongs to each point alone.
    length_m : float
        Over which shadowing decorrelates to 1/e [m], > 0.
    test_db : float
        Standard deviation of a reading [dB], > 0.
    """

    site_share: float
    shadow_share: float
    length_m: float
    test_db: float


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """What is predicted of points before any test.

    Attributes
    ----------
    x_m, y_m : float64, shape (points,)
        In a metric system.
    people : float64, shape (points,)
        How many people a wrong grade of the point counts for; 0 or more.
    level_dbm, error_db : float64, shape (operators, points)
        Predicted RSRP, and the standard deviation of truth minus prediction, > 0.
    site : int64, shape (operators, points)
        Index of the serving site; -1 where there is none or nobody knows.
    """

    x_m: FloatArray
    y_m: FloatArray
    people: FloatArray
    level_dbm: FloatArray
    error_db: FloatArray
    site: IntArray


@dataclass(slots=True, eq=False)
class Beliefs:
    """Beliefs about the levels at points; `observe` and `below` learn a result, `choose` plans a test.

    Attributes
    ----------
    of : Predicted
    errors : Errors
    served_dbm, weak_dbm : float
        The levels that make a point served, and weak.
    mean_dbm, variance : float64, shape (operators, points)
        Given all results known.
    explained : float64, shape (operators, points)
        Variance of the means that the planned tests will bring about.
    """

    of: Predicted
    errors: Errors
    served_dbm: float
    weak_dbm: float
    mean_dbm: FloatArray = field(init=False)
    variance: FloatArray = field(init=False)
    explained: FloatArray = field(init=False)
    _columns: FloatArray = field(init=False)
    _known: IntArray = field(init=False)
    _wrong: FloatArray | None = field(init=False)

    def __post_init__(self) -> None:
        shape = self.of.level_dbm.shape
        self.mean_dbm = self.of.level_dbm.astype(float)
        self.variance = self.of.error_db.astype(float) ** 2
        self.explained = np.zeros(shape)
        self._columns = np.zeros((shape[0], 0, shape[1]))
        self._known = np.zeros(shape[0], np.int64)
        self._wrong = None

    def copy(self) -> "Beliefs":
        """Return beliefs that learn apart from these."""
        other = Beliefs(self.of, self.errors, self.served_dbm, self.weak_dbm)
        for name in ("mean_dbm", "variance", "explained", "_columns", "_known"):
            setattr(other, name, getattr(self, name).copy())
        other._wrong = self.wrong()
        return other

    def observe(self, point: int, operator: int, level_dbm: float) -> None:
        """Learn a reading [dBm] of one operator at a point."""
        surprise_db = level_dbm - float(self.mean_dbm[operator, point])
        self._learn(point, operator, surprise_db, self.errors.test_db**2)

    def below(self, point: int, operator: int, level_dbm: float) -> None:
        """Learn that the level at a point is below a level [dBm].

        Notes
        -----
        The truncated normal that results is replaced by the normal of the same mean and variance.
        """
        own, noise = float(self._covariances(point, operator)[point]), self.errors.test_db**2
        spread = math.sqrt(own + noise)
        z = (level_dbm - float(self.mean_dbm[operator, point])) / spread
        ratio = _inverse_mills(z)
        shift, lost = -own / spread * ratio, own**2 / (own + noise) * ratio * (z + ratio)
        if lost > NEGLIGIBLE * own:
            total = own**2 / lost
            self._learn(point, operator, shift * total / own, total - own)

    def choose(self, point: int) -> None:
        """Plan a test of every operator at a point."""
        before = self.wrong()
        for operator, column in enumerate(self._columns_of(point)):
            total = column[point] + self.errors.test_db**2
            self.explained[operator] += column**2 / total
            self._keep(operator, column / math.sqrt(total))
        self._wrong = np.minimum(before, self._expected_wrong())

    def gain(self, point: int) -> float:
        """Return by how many people the expected number of wrongly graded falls if a test at a point is added."""
        columns = np.stack(self._columns_of(point))
        taught = columns**2 / (columns[:, point, None] + self.errors.test_db**2)
        changed = (taught > NEGLIGIBLE * self.variance).any(axis=0) & (self.of.people > 0.0)
        points = np.flatnonzero(changed)
        wrong = self._expected_wrong(points, self.explained[:, points] + taught[:, points])
        return float(np.maximum(self.wrong()[points] - wrong, 0.0) @ self.of.people[points])

    def helped(self, point: int) -> FloatArray:
        """Return how far a further test at a point lets the chance of a wrong grade fall at each, shape (points,)."""
        other = self.copy()
        other.choose(point)
        return self.wrong() - other.wrong()

    def wrong(self) -> FloatArray:
        """Return the expected chance of a wrong grade of each point after the planned tests, shape (points,)."""
        if self._wrong is None:
            self._wrong = self._expected_wrong()
        return self._wrong

    def wrong_people(self) -> float:
        """Return the expected number of wrongly graded people once the planned tests are done."""
        return float(self.wrong() @ self.of.people)

    def chances(self) -> FloatArray:
        """Return P(none), P(weak), P(served) of each point for any operator by what is known, shape (3, points).

        Notes
        -----
        The level of any operator is the highest of all; its distribution is the product of theirs.
        """
        return _any_of(self.operator_chances())

    def operator_chances(self) -> FloatArray:
        """Return P(none), P(weak), P(served) by operator, shape (operators, 3, points)."""
        spread = np.sqrt(np.maximum(self.variance, 1e-6))
        below_served = _phi((self.served_dbm - self.mean_dbm) / spread)
        below_weak = _phi((self.weak_dbm - self.mean_dbm) / spread)
        return np.stack([below_weak, below_served - below_weak, 1.0 - below_served], axis=1)

    def _learn(self, point: int, operator: int, surprise_db: float, noise: float) -> None:
        column = self._covariances(point, operator)
        total = float(column[point]) + noise
        self.mean_dbm[operator] += column / total * surprise_db
        self.variance[operator] = np.maximum(self.variance[operator] - column**2 / total, 0.0)
        self._keep(operator, column / math.sqrt(total))
        self._wrong = None

    def _keep(self, operator: int, column: FloatArray) -> None:
        """Keep a column of the Cholesky factor of what all tests so far have explained."""
        count = int(self._known[operator])
        if count == self._columns.shape[1]:
            more = np.zeros((len(self._columns), max(count, 16), self._columns.shape[2]))
            self._columns = np.concatenate([self._columns, more], axis=1)
        self._columns[operator, count] = column
        self._known[operator] += 1

    def _covariances(self, point: int, operator: int) -> FloatArray:
        """Return the covariance of the level at a point with that at every point, given all tests so far."""
        return self._columns_of(point, (operator,))[0]

    def _columns_of(self, point: int, operators: Sequence[int] | None = None) -> list[FloatArray]:
        of, errors = self.of, self.errors
        distance = np.hypot(of.x_m - of.x_m[point], of.y_m - of.y_m[point])
        shadow = errors.shadow_share * np.exp(-distance / errors.length_m)
        every = range(len(self.mean_dbm)) if operators is None else operators
        return [self._covariance(point, operator, shadow) for operator in every]

    def _covariance(self, point: int, operator: int, shadow: FloatArray) -> FloatArray:
        site, error = self.of.site[operator], self.of.error_db[operator]
        same = self.errors.site_share * (site == site[point]) if site[point] >= 0 else 0.0
        correlation = shadow + same
        correlation[point] = 1.0
        known = self._columns[operator, : self._known[operator]]
        return np.asarray(error * error[point] * correlation - known[:, point] @ known)

    def _expected_wrong(self, points: IntArray | None = None, explained: FloatArray | None = None) -> FloatArray:
        """Return the expected chance of a wrong grade of points, by what the planned tests will explain."""
        rows = slice(None) if points is None else points
        planned = self.explained[:, rows] if explained is None else explained
        variance, mean = self.variance[:, rows], self.mean_dbm[:, rows]
        left = np.sqrt(np.maximum(variance - planned, 1e-6))
        moves, wrong = np.sqrt(np.maximum(planned, 0.0)), np.empty(mean.shape[1])
        _expected_wrong(mean, moves, left, self.served_dbm, self.weak_dbm, *_quadrature(len(mean)), wrong)
        return wrong


@cache
def _quadrature(operators: int) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights of Gauss-Hermite over a standard normal, and of Gauss-Legendre over -1 to 1."""
    smooth, sharp = NODES.get(operators, (3, 3))
    z, weight = np.polynomial.hermite_e.hermegauss(smooth)
    return np.stack([z, weight / weight.sum()]), np.stack(np.polynomial.legendre.leggauss(sharp))


def _any_of(chances: FloatArray) -> FloatArray:
    """Return P(none), P(weak), P(served) of the best operator, from those of each."""
    none = chances[:, 0].prod(axis=0)
    not_served = (chances[:, 0] + chances[:, 1]).prod(axis=0)
    return np.stack([none, not_served - none, 1.0 - not_served])


def _inverse_mills(z: float) -> float:
    """Return the density over the distribution function of the standard normal."""
    if z < -30.0:
        return -z
    return math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi) / (0.5 * math.erfc(-z / math.sqrt(2.0)))


@vectorize(["float64(float64)"], cache=True)
def _phi(z: float) -> float:
    """Return the standard normal distribution function."""
    return 0.5 * math.erfc(-z * math.sqrt(0.5))


@kernel(allocates=True)
def _expected_wrong(
    mean: FloatArray,
    moves: FloatArray,
    left: FloatArray,
    served_dbm: float,
    weak_dbm: float,
    smooth: FloatArray,
    sharp: FloatArray,
    wrong: FloatArray,
) -> None:
    """Fill the expected chance of a wrong grade: 1 - E[largest of P(none), P(weak), P(served)], never above today's.

    The mean of operator o will be mean + moves z, z standard normal, with a deviation `left` about it. An operator
    whose chances hardly depend on z takes a single node; see `_spread` for the others.
    """
    operators, points = mean.shape
    most = max(smooth.shape[1], 3 * sharp.shape[1])
    below, weight = np.empty((2, operators, most)), np.empty((operators, most))
    z, used, digit = np.empty(most), np.empty(operators, np.int64), np.empty(operators, np.int64)
    for i in range(points):
        none, not_served, combinations = 1.0, 1.0, 1
        for o in range(operators):
            m, a, s = mean[o, i], moves[o, i], left[o, i]
            total = math.sqrt(a * a + s * s)
            is_weak, is_served = _phi((weak_dbm - m) / total), _phi((served_dbm - m) / total)
            none *= is_weak
            not_served *= is_served
            used[o] = _spread(m, a, s, served_dbm, weak_dbm, smooth, sharp, z, weight[o])
            moved = 0.0
            for k in range(used[o]):
                below[0, o, k] = _phi((weak_dbm - m - a * z[k]) / s)
                below[1, o, k] = _phi((served_dbm - m - a * z[k]) / s)
                moved = max(moved, abs(below[0, o, k] - is_weak), abs(below[1, o, k] - is_served))
            if moved < FLAT:
                used[o], below[0, o, 0], below[1, o, 0], weight[o, 0] = 1, is_weak, is_served, 1.0
            combinations *= used[o]
            digit[o] = 0
        now = max(none, not_served - none, 1.0 - not_served)
        right = 0.0
        for _ in range(combinations):
            none, not_served, share = 1.0, 1.0, 1.0
            for o in range(operators):
                none *= below[0, o, digit[o]]
                not_served *= below[1, o, digit[o]]
                share *= weight[o, digit[o]]
            right += share * max(none, not_served - none, 1.0 - not_served)
            o = 0
            while o < operators:
                digit[o] += 1
                if digit[o] < used[o]:
                    break
                digit[o] = 0
                o += 1
        wrong[i] = 1.0 - min(max(right, now), 1.0)


@kernel
def _spread(
    mean: float,
    moves: float,
    left: float,
    served_dbm: float,
    weak_dbm: float,
    smooth: FloatArray,
    sharp: FloatArray,
    z: FloatArray,
    weight: FloatArray,
) -> int:
    """Fill nodes z and weights by which a mean over a standard normal z is a sum; return how many.

    Where the mean moves less than what stays uncertain, chances are smooth in z: Gauss-Hermite. Else they are nearly
    steps, at the z that bring the mean to one of the two levels: Gauss-Legendre times the density between those.
    """
    if moves <= left:
        for k in range(smooth.shape[1]):
            z[k], weight[k] = smooth[0, k], smooth[1, k]
        return int(smooth.shape[1])
    count, total, start = 0, 0.0, -FARTHEST
    for part in range(3):
        end = FARTHEST
        if part < 2:
            level = weak_dbm if part == 0 else served_dbm
            end = min(max((level - mean) / moves, -FARTHEST), FARTHEST)
        if end - start > 1e-9:
            for k in range(sharp.shape[1]):
                z[count] = 0.5 * (start + end) + 0.5 * (end - start) * sharp[0, k]
                weight[count] = sharp[1, k] * (end - start) * math.exp(-0.5 * z[count] ** 2)
                total += weight[count]
                count += 1
        start = end
    for k in range(count):
        weight[k] /= total
    return count
