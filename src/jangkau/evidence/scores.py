"""How right a map is: what it said of tests that had no part in making it, against what the tests showed.

Every figure is a ratio of sums over tests, or the root of one. So its uncertainty follows from the sums of each block
of ground: blocks are drawn again with replacement, as neighbours within one share their shadowing and say nearly the
same thing (Efron & Tibshirani 1993, chapter 8).
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

FloatArray = NDArray[np.float64]

DRAWS = 400
"""Times that the blocks are drawn again."""

INTERVAL = (5.0, 95.0)
"""Percentiles of the drawn figures between which the true one is said to lie."""

BINS = 10
"""Equal steps of probability into which a reliability curve sorts the tests."""

SHARES = (0.5, 0.9)
"""Intervals whose coverage is counted."""

SERVED_LEVELS = ("served", "weak")
"""The two levels of rule `signal-v1` that a probability speaks of."""


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What was said of tests before they were seen, beside what they showed; arrays of shape (tests,).

    Attributes
    ----------
    mean_dbm : float64
        Expected level [dBm].
    below : float64
        Said probability that the phone shows no more than it did, 0..1; of a test without service, that it shows none.
    served, weak : float64
        Said probability of the served level, of the weak level, or better, 0..1.
    shown_dbm : float64
        What the phone showed [dBm]; of a test without service the level below which it shows none.
    silent : bool
        Whether the test found no service: the level is below `shown_dbm`, nobody knows how far.
    block : int64
        Number of the block of ground in which the test lies.
    """

    mean_dbm: FloatArray
    below: FloatArray
    served: FloatArray
    weak: FloatArray
    shown_dbm: FloatArray
    silent: NDArray[np.bool_]
    block: NDArray[np.int64]

    @classmethod
    def normal(
        cls,
        mean_dbm: FloatArray,
        sd_db: FloatArray,
        shown_dbm: FloatArray,
        silent: NDArray[np.bool_],
        block: NDArray[np.int64],
        levels_dbm: tuple[float, float],
    ) -> "Said":
        """Return what normal distributions said.

        Parameters
        ----------
        mean_dbm, sd_db : float64, shape (tests,)
            Of what a phone would show [dBm], [dB > 0].
        shown_dbm, silent, block
            See the attributes.
        levels_dbm : (float, float)
            The served and the weak level [dBm].
        """
        served, weak = (ndtr((mean_dbm - level) / sd_db) for level in levels_dbm)
        return cls(mean_dbm, ndtr((shown_dbm - mean_dbm) / sd_db), served, weak, shown_dbm, silent, block)

    @classmethod
    def joined(cls, parts: "Sequence[Said]") -> "Said":
        """Return several as one, in their order."""
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in dataclasses.fields(cls)))

    def of(self, rows: NDArray[np.bool_]) -> "Said":
        """Return the part that a mask selects."""
        return Said(*(getattr(self, f.name)[rows] for f in dataclasses.fields(self)))


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and the interval in which it lies with 90 %; NaN where no test speaks of it."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """One step of a reliability curve: of `tests` tests said to pass with `said`, the share `came_true` did."""

    said: float
    came_true: float
    tests: int


@dataclass(frozen=True, slots=True)
class Score:
    """How right one way of saying it was.

    Attributes
    ----------
    tests, silent, blocks : int
        All tests, those of them without service, and the blocks in which they lie.
    figures : mapping of str to Figure
        See `FIGURES`.
    reliability : mapping of str to tuple of Reliability
        Of the probability of the served and of the weak level.
    """

    tests: int
    silent: int
    blocks: int
    figures: Mapping[str, Figure]
    reliability: Mapping[str, tuple[Reliability, ...]]


FIGURES = {
    "bias_db": "mean of shown minus said, of tests with a level",
    "rmse_db": "root of the mean square of shown minus said, of tests with a level",
    "coverage_50_fraction": "share of tests inside their 50 % interval",
    "coverage_90_fraction": "share of tests inside their 90 % interval",
    "brier_served": "mean square of the probability of the served level minus what came true",
    "brier_weak": "mean square of the probability of the weak level minus what came true",
    "hit_fraction": "share of blank tests that were said to be blank",
    "false_alarm_fraction": "share of tests with signal that were said to be blank",
    "precision_fraction": "share of tests said to be blank that were",
}
"""Name and meaning of each figure of a score; a test is blank below the weak level, and said to be by rule
`signal-v1`."""


def score(said: Said, levels_dbm: tuple[float, float], probability: float, seed: int = 0) -> Score:
    """Return how right it was.

    Parameters
    ----------
    said : Said
    levels_dbm : (float, float)
        The served and the weak level [dBm].
    probability : float
        That decides a grade, 0.5..1: a test is said to be blank where the weak level is reached with 1 - probability
        or less.
    seed : int
        Of the blocks drawn.

    Notes
    -----
    A test without service has a level below the phone's sensitivity: it counts for bias and RMSE nowhere, for a level
    (served, weak) where the sensitivity lies at or below that level, and for the coverage of an interval with the share
    of its possible levels that lie inside, so that honest intervals of share c hold c of all tests on average.
    """
    happened, known = _came_true(said, levels_dbm)
    blank, there = known[1] & ~happened[1], known[1] & happened[1]
    alarm = said.weak <= round(1.0 - probability, 12)
    error = np.where(said.silent, 0.0, said.shown_dbm - said.mean_dbm)
    columns = [
        ~said.silent,
        error,
        error**2,
        *(inside(said.below, said.silent, share) for share in SHARES),
        *(known[k] * (p - happened[k]) ** 2 for k, p in enumerate((said.served, said.weak))),
        *known,
        blank,
        there,
        blank & alarm,
        there & alarm,
        np.ones(said.shown_dbm.size),
    ]
    blocks, index = np.unique(said.block, return_inverse=True)
    sums = np.stack([np.bincount(index, np.asarray(c, float), blocks.size) for c in columns], axis=1).astype(float)
    figures = _with_intervals(sums, seed)
    curves = {
        name: reliability(getattr(said, name)[known[k]], happened[k][known[k]]) for k, name in enumerate(SERVED_LEVELS)
    }
    return Score(said.shown_dbm.size, int(said.silent.sum()), blocks.size, figures, curves)


def _came_true(said: Said, levels_dbm: tuple[float, float]) -> tuple[list[NDArray[np.bool_]], list[NDArray[np.bool_]]]:
    """Return, for each level, whether a test reached it, and whether anybody can tell."""
    happened = [~said.silent & (said.shown_dbm >= level) for level in levels_dbm]
    return happened, [~said.silent | (said.shown_dbm <= level) for level in levels_dbm]


def inside(below: FloatArray, silent: NDArray[np.bool_], share: float) -> FloatArray:
    """Return whether tests lie inside their central interval, 0 or 1; of a test without service the share that does.

    Parameters
    ----------
    below, silent
        See `Said`.
    share : float
        Probability of the interval, 0..1.

    Notes
    -----
    Where the phone shows nothing, all ranks from 0 to `below` are equally likely: the share of them inside counts.
    """
    first = 0.5 - share / 2.0
    hidden = np.clip(below - first, 0.0, share) / np.maximum(below, 1e-300)
    return np.where(silent, hidden, np.abs(below - 0.5) <= share / 2.0)


def reliability(probability: FloatArray, happened: NDArray[np.bool_], bins: int = BINS) -> tuple[Reliability, ...]:
    """Return the reliability curve of probabilities; a step without a test is left out.

    Parameters
    ----------
    probability : float64, shape (n,)
        What was said, 0..1.
    happened : bool, shape (n,)
    bins : int
        Equal steps of probability.
    """
    step = np.minimum((probability * bins).astype(np.int64), bins - 1)
    count = np.bincount(step, minlength=bins)
    said, true = (np.bincount(step, values, bins) for values in (probability, happened.astype(float)))
    return tuple(
        Reliability(float(said[k] / count[k]), float(true[k] / count[k]), int(count[k])) for k in np.flatnonzero(count)
    )


def _with_intervals(sums: FloatArray, seed: int) -> dict[str, Figure]:
    """Return the figures of sums by block, each with its interval over blocks drawn again."""
    rng, count = np.random.default_rng(seed), sums.shape[0]
    values = _figures(sums.sum(axis=0)[:, None])
    drawn = np.empty((sums.shape[1], DRAWS))
    for k in range(DRAWS):
        times = np.bincount(rng.integers(count, size=count), minlength=count)
        drawn[:, k] = times @ sums
    spread = _figures(drawn)
    found = {}
    for name in FIGURES:
        known = spread[name][np.isfinite(spread[name])]
        low, high = np.percentile(known, INTERVAL) if known.size else (math.nan, math.nan)
        found[name] = Figure(float(values[name][0]), float(low), float(high))
    return found


def _figures(s: FloatArray) -> dict[str, FloatArray]:
    """Return the figures by name from the sums of `score`, shape (sums, draws)."""
    (
        shown,
        error,
        square,
        in_50,
        in_90,
        brier_served,
        brier_weak,
        of_served,
        of_weak,
        blank,
        there,
        hit,
        alarm,
        tests,
    ) = s
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "bias_db": error / shown,
            "rmse_db": np.sqrt(square / shown),
            "coverage_50_fraction": in_50 / tests,
            "coverage_90_fraction": in_90 / tests,
            "brier_served": brier_served / of_served,
            "brier_weak": brier_weak / of_weak,
            "hit_fraction": hit / blank,
            "false_alarm_fraction": alarm / there,
            "precision_fraction": hit / (hit + alarm),
        }
