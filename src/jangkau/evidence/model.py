"""The corrected map: what was predicted, calibrated with measurements, and pulled towards those that lie near.

measured = predicted + trend + offset(technology, band, clutter) + site + cell + shadowing s(x) + device + noise

With many measurements, forests of trees over what stands along the paths take the place of trend and offsets; the rule
is `chooses_forest`. Rows that found no service enter by their likelihood. Everything depends on what the observations
say, not on their order, nor on how many threads work.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr, ndtri

from jangkau.errors import ModelError
from jangkau.evidence import effects, forest, shadowing
from jangkau.evidence.effects import Effects
from jangkau.evidence.folds import block_numbers, blocks
from jangkau.evidence.forest import Forest
from jangkau.evidence.observations import FloatArray, Observations, Places, gathered, in_order
from jangkau.evidence.shadowing import Points, Shadowing

BIN_M = 8.0
"""Rows of one cell within such a square are one point of the shadowing [m]."""

COARSE_M = 30.0
"""The same for trend, offsets and forests: closer rows say little new about them [m]."""

FEWEST_FOR_FOREST, ENOUGH_FOR_FOREST = 300, 3000
"""Coarse rows below which no forest is fitted, and from which it always is; between, folds of blocks decide."""

CENSORED_ROUNDS = 3
"""In which rows without service are replaced by what they are expected to be, given the mean."""

MOST_FOR_SHADOWING = 20_000
"""Points from whose blocks the parameters of the shadowing are estimated."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimated parameter: its name, value and standard error, in the unit that the name ends with."""

    name: str
    value: float
    standard_error: float


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Levels as a new sample would measure them, with a device like the average one; arrays of shape (n,).

    Attributes
    ----------
    calibrated_dbm : float64
        Prediction plus trend and offsets, without shadowing [dBm].
    mean_dbm : float64
        The most probable level [dBm].
    error_db : float64
        Standard deviation of a new sample about the mean [dB]: shadowing that is not known, and noise.
    """

    calibrated_dbm: FloatArray
    mean_dbm: FloatArray
    error_db: FloatArray

    def interval(self, share: float) -> tuple[FloatArray, FloatArray]:
        """Return the ends of the interval that holds a new sample with a probability of `share`, 0..1 [dBm]."""
        half = float(ndtri(0.5 + share / 2.0)) * self.error_db
        return self.mean_dbm - half, self.mean_dbm + half

    def probability_at_least(self, level_dbm: float) -> FloatArray:
        """Return the probability that a new sample reaches a level [dBm], 0..1."""
        return np.asarray(ndtr((self.mean_dbm - level_dbm) / self.error_db), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A fitted correction; see `fit`.

    Attributes
    ----------
    effects : Effects
    forest : Forest or None
        None where there are too few data for one, or it is worse.
    shadowing : Shadowing
    shadowing_errors : float64, shape (6,)
        Standard errors of the logarithms of the parameters of the shadowing.
    new_site_db : float
        Additional error at sites nobody has measured [dB]; only with a forest.
    points, value_db, noise_variance
        What is left after the mean, where it was measured.
    fold : int64
        Of each point: the forest that was not fitted in its block.
    """

    effects: Effects
    forest: Forest | None
    shadowing: Shadowing
    shadowing_errors: FloatArray
    new_site_db: float
    points: Points
    value_db: FloatArray
    noise_variance: FloatArray
    fold: NDArray[np.int64]

    def predict(self, places: Places, *, workers: int = 1) -> Posterior:
        """Return what would be measured at places; `workers` threads do not change it."""
        asked = points_of(places)
        near = shadowing.neighbours(self.points, asked)
        left, variance = shadowing.krige(
            self.points, self.value_db, self.noise_variance, asked, near, self.shadowing, workers=workers
        )
        calibrated = self.effects.mean(places)
        if self.forest is None:
            mean, more = calibrated, self.effects.variance(places)
        else:
            new = ~np.isin(places.site, self.points.site)
            mean, more = self._by_forest(self.forest, places, near[:, 0]), np.where(new, self.new_site_db**2, 0.0)
        error = np.sqrt(variance + more + self.shadowing.new_variance)
        return Posterior(calibrated, mean + left, error)

    def _by_forest(self, trees: Forest, places: Places, nearest: NDArray[np.int64]) -> FloatArray:
        """Return the level [dBm]: near a measured point by the forest it was measured against, else the mean of all."""
        levels = trees.levels(places)
        row = np.maximum(nearest, 0)
        distance = np.hypot(self.points.x_m[row] - places.x_m, self.points.y_m[row] - places.y_m)
        share = np.where(nearest >= 0, np.exp(-distance / self.shadowing.range_m), 0.0)
        own = levels[np.arange(row.size), self.fold[row]]
        return np.asarray(share * own + (1.0 - share) * levels.mean(axis=1))

    def estimates(self) -> list[Estimate]:
        """Return trend, offsets and parameters of the shadowing with their standard errors."""
        errors = np.sqrt(np.diag(self.effects.covariance))
        names = list(effects.TREND)
        for kind in effects.KINDS:
            names += [f"{kind}_{number}_db" for number in self.effects.numbers[kind].tolist()]
        result = [Estimate(*row) for row in zip(names, self.effects.value.tolist(), errors.tolist(), strict=True)]
        values = self.shadowing.vector()
        relative = (values * self.shadowing_errors).tolist()
        return result + [Estimate(*row) for row in zip(shadowing.NAMES, values.tolist(), relative, strict=True)]


def points_of(places: Places) -> Points:
    """Return where places are, for the shadowing."""
    return Points(places.x_m, places.y_m, places.cell, places.site)


def fit(observations: Observations, *, seed: int = 0, workers: int = 1) -> Model:
    """Return the correction that observations support.

    Parameters
    ----------
    observations : Observations
        At least one row that measured something.
    seed : int
        Of all that is chosen by chance.
    workers : int
        Threads; the result does not depend on it.

    Raises
    ------
    ModelError
        When no row measured anything.

    Notes
    -----
    1. Rows are gathered in squares. 2. Trend and offsets by a mixed linear model with correlated shadowing; rows
    without service are replaced by their expectation, in turns. 3. Forests, where `chooses_forest`. 4. Parameters of
    the shadowing from what is left. 5. Rows without service, again, by their likelihood given the shadowing.
    """
    if observations.censored.all():
        raise ModelError("evidence.nothing_measured", rows=len(observations))
    rows = in_order(observations)
    ordered = observations.at(rows)
    fine, fine_count = gathered(ordered, BIN_M)
    coarse, coarse_count = gathered(ordered, COARSE_M)
    usual = Shadowing(*np.exp(shadowing.USUAL).tolist())
    found = _effects(coarse, coarse_count, usual)
    level = _expected(coarse, found, usual)
    trees = None
    if chooses_forest(coarse, level, coarse_count, found, usual, seed=seed, workers=workers):
        own = level - found.offsets("device", coarse.device)
        trees = forest.fit(coarse.places, own, np.sqrt(coarse_count), seed=seed, workers=workers)
    left = fine.measured_dbm - found.offsets("device", fine.device) - _mean(found, trees, fine.places)
    process, errors = _process(fine, left, fine_count, seed)
    if trees is None:
        found = _effects(coarse, coarse_count, process)
        left = fine.measured_dbm - found.offsets("device", fine.device) - found.mean(fine.places)
    return _finished(fine, left, fine_count, found, trees, process, errors, coarse, level, coarse_count, seed, workers)


def _finished(
    fine: Observations,
    left: FloatArray,
    count: FloatArray,
    found: Effects,
    trees: Forest | None,
    process: Shadowing,
    errors: FloatArray,
    coarse: Observations,
    level: FloatArray,
    coarse_count: FloatArray,
    seed: int,
    workers: int,
) -> Model:
    points = points_of(fine.places)
    noise = process.noise_db**2 / count + process.bin_db**2
    limit = fine.sensitivity_dbm - found.offsets("device", fine.device) - _mean(found, trees, fine.places)
    limit = np.where(fine.censored, limit, np.nan)
    asked = np.flatnonzero(fine.censored)
    near = np.full((len(fine), shadowing.NEIGHBOURS), -1, np.int64)
    if asked.size:
        near = shadowing.neighbours(points, points, themselves=True)
    value, noise = shadowing.with_censored(points, left, noise, limit, near, process)
    new_site_db = 0.0
    if trees is not None:
        new_site_db = _new_site_db(
            coarse, level - found.offsets("device", coarse.device), coarse_count, trees, seed, workers
        )
    fold = np.zeros(len(fine), np.int64) if trees is None else trees.fold_of(fine.places)
    return Model(found, trees, process, errors, new_site_db, points, value, noise, np.maximum(fold, 0))


def _mean(found: Effects, trees: Forest | None, places: Places) -> FloatArray:
    return found.mean(places) if trees is None else trees.predict(places)


def _effects(coarse: Observations, count: FloatArray, process: Shadowing) -> Effects:
    """Return trend and offsets; rows without service count as their expectation, given those of the round before."""
    measured = ~coarse.censored
    found = effects.estimate(
        coarse.places.at(measured), coarse.device[measured], coarse.measured_dbm[measured], count[measured], process
    )
    for _ in range(CENSORED_ROUNDS if coarse.censored.any() else 0):
        level = _expected(coarse, found, process)
        found = effects.estimate(coarse.places, coarse.device, level, count, process)
    return found


def _expected(observations: Observations, found: Effects, process: Shadowing) -> FloatArray:
    """Return what was measured; for a row without service what it is expected to be below its sensitivity [dBm]."""
    mean = found.mean(observations.places) + found.offsets("device", observations.device)
    spread = np.sqrt(process.variance + process.new_variance)
    z = (observations.sensitivity_dbm - mean) / spread
    below = mean - spread * np.exp(-0.5 * z**2 - 0.5 * math.log(2.0 * math.pi) - log_ndtr(z))
    return np.where(observations.censored, below, observations.measured_dbm)


def chooses_forest(
    coarse: Observations,
    level_dbm: FloatArray,
    count: FloatArray,
    found: Effects,
    process: Shadowing,
    *,
    seed: int,
    workers: int,
) -> bool:
    """Tell whether forests replace trend and offsets.

    Never below `FEWEST_FOR_FOREST` coarse rows or without features, always from `ENOUGH_FOR_FOREST`; between,
    where they err less in blocks that neither was fitted with.
    """
    if len(coarse) < FEWEST_FOR_FOREST or not coarse.places.feature_names:
        return False
    if len(coarse) >= ENOUGH_FOR_FOREST:
        return True
    own = level_dbm - found.offsets("device", coarse.device)
    trees = forest.fit(coarse.places, own, np.sqrt(count), seed=seed, workers=workers)
    number = block_numbers(blocks(coarse.places.x_m, coarse.places.y_m, forest.SIDE_M), forest.FOLDS, seed)
    plain = np.empty(len(coarse))
    for k in range(forest.FOLDS):
        rows = number != k
        part = effects.estimate(coarse.places.at(rows), coarse.device[rows], level_dbm[rows], count[rows], process)
        plain[~rows] = part.mean(coarse.places.at(~rows))
    errors = [np.average((own - said) ** 2, weights=count) for said in (trees.predict(coarse.places), plain)]
    return bool(errors[0] < errors[1])


def _process(fine: Observations, left: FloatArray, count: FloatArray, seed: int) -> tuple[Shadowing, FloatArray]:
    """Return the parameters of the shadowing, from whole blocks, so that close pairs and those of two cells stay."""
    measured = np.flatnonzero(~fine.censored)
    places = fine.places.at(measured)
    parts = max(1, math.ceil(measured.size / MOST_FOR_SHADOWING))
    rows = measured[block_numbers(blocks(places.x_m, places.y_m, 500.0), parts, seed) == 0]
    return shadowing.estimate(points_of(fine.places.at(rows)), left[rows], count[rows], seed=seed)


def _new_site_db(
    coarse: Observations, level_dbm: FloatArray, count: FloatArray, trees: Forest, seed: int, workers: int
) -> float:
    """Return the additional error of forests at sites they were not fitted with [dB]."""
    number = block_numbers(coarse.places.site[:, None].astype(np.int64), 3, seed)
    missed = np.empty(len(coarse))
    for k in range(3 if np.unique(coarse.places.site).size > 2 else 0):
        rows = number != k
        part = forest.fit(coarse.places.at(rows), level_dbm[rows], np.sqrt(count[rows]), seed=seed, workers=workers)
        missed[~rows] = level_dbm[~rows] - part.levels(coarse.places.at(~rows)).mean(axis=1)
    known = np.average((level_dbm - trees.predict(coarse.places)) ** 2, weights=count)
    return math.sqrt(max(float(np.average(missed**2, weights=count) - known), 0.0))
