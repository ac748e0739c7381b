"""Measurements as arrays: where a level is asked, what was measured there, and bins of what was measured close by."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jangkau.errors import ModelError

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int32]
Rows = NDArray[Any]
"""Row numbers, or truths as many as rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Points at which the level of a cell is asked; every array has one row a point.

    Attributes
    ----------
    x_m, y_m : float64, shape (n,)
        In the region's metric system [m].
    cell, site : int32, shape (n,)
        Numbers, >= 0, of the cell and its site; the same in fit and prediction.
    group : int32, shape (n,)
        Number, >= 0, of technology, band and clutter class together.
    predicted_dbm : float64, shape (n,)
        By physics alone [dBm], finite.
    features : float32, shape (n, p)
        What a correction may be learnt from, such as `surroundings.features`; p may be 0.
    feature_names : tuple of str
        Of the p columns.
    """

    x_m: FloatArray
    y_m: FloatArray
    cell: IndexArray
    site: IndexArray
    group: IndexArray
    predicted_dbm: FloatArray
    features: NDArray[np.float32]
    feature_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("x_m", "y_m", "cell", "site", "group", "predicted_dbm", "features"):
            rows = len(getattr(self, name))
            if rows != len(self.x_m):
                raise ModelError("evidence.rows", name=name, rows=rows, expected=len(self.x_m))
        if self.features.ndim != 2 or self.features.shape[1] != len(self.feature_names):
            raise ModelError("evidence.features", shape=str(self.features.shape), names=len(self.feature_names))
        for name in ("x_m", "y_m", "predicted_dbm"):
            bad = np.flatnonzero(~np.isfinite(getattr(self, name)))
            if bad.size:
                raise ModelError("evidence.not_finite", name=name, row=int(bad[0]))

    def __len__(self) -> int:
        return self.x_m.size

    def at(self, rows: Rows) -> "Places":
        """Return the places of some rows."""
        return Places(
            self.x_m[rows],
            self.y_m[rows],
            self.cell[rows],
            self.site[rows],
            self.group[rows],
            self.predicted_dbm[rows],
            self.features[rows],
            self.feature_names,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """What was measured at places.

    Attributes
    ----------
    places : Places
    measured_dbm : float64, shape (n,)
        [dBm]; NaN for a row that searched and found no service (censored).
    sensitivity_dbm : float64, shape (n,)
        Of a censored row: the level below which the device hears nothing [dBm]; elsewhere not read.
    device : int32, shape (n,)
        Number of the device; -1 where it is unknown.
    """

    places: Places
    measured_dbm: FloatArray
    sensitivity_dbm: FloatArray
    device: IndexArray

    def __post_init__(self) -> None:
        for name in ("measured_dbm", "sensitivity_dbm", "device"):
            rows = len(getattr(self, name))
            if rows != len(self.places):
                raise ModelError("evidence.rows", name=name, rows=rows, expected=len(self.places))
        bad = np.flatnonzero(self.censored & ~np.isfinite(self.sensitivity_dbm))
        if bad.size:
            raise ModelError("evidence.no_sensitivity", row=int(bad[0]))

    def __len__(self) -> int:
        return len(self.places)

    @property
    def censored(self) -> NDArray[np.bool_]:
        """Rows that found no service."""
        return np.isnan(self.measured_dbm)

    def at(self, rows: Rows) -> "Observations":
        """Return the observations of some rows."""
        return Observations(
            self.places.at(rows), self.measured_dbm[rows], self.sensitivity_dbm[rows], self.device[rows]
        )


def in_order(observations: Observations) -> NDArray[np.int64]:
    """Return the rows in an order that depends on what they say alone, not on how they came."""
    p = observations.places
    value = np.where(observations.censored, observations.sensitivity_dbm, observations.measured_dbm)
    return np.lexsort((p.predicted_dbm, observations.device, value, observations.censored, p.y_m, p.x_m, p.cell))


def gathered(observations: Observations, side_m: float) -> tuple[Observations, FloatArray]:
    """Return the means of rows of one cell and device within one square, and how many rows each stands for.

    Parameters
    ----------
    observations : Observations
        In the order of `in_order`.
    side_m : float
        Of the squares [m], > 0.

    Returns
    -------
    observations : Observations
        Measured rows as means of position, prediction, features and level, with the group of the first row; censored
        rows of a square as one, with the lowest sensitivity: rows taken close together are not independent.
    count : float64
        Of measured rows; 1 for a censored row.
    """
    p, censored = observations.places, observations.censored
    column, row = np.floor(p.x_m / side_m).astype(np.int64), np.floor(p.y_m / side_m).astype(np.int64)
    key = np.lexsort((observations.device, censored, row, column, p.cell))
    parts = np.stack([p.cell, column, row, censored, observations.device])[:, key]
    first = np.ones(key.size, np.bool_)
    first[1:] = (parts[:, 1:] != parts[:, :-1]).any(axis=0)
    start = np.flatnonzero(first)
    count = np.diff(np.append(start, key.size)).astype(np.float64)

    def mean(values: NDArray[Any]) -> NDArray[Any]:
        total = np.add.reduceat(values[key].astype(np.float64), start, axis=0) if key.size else values
        return np.asarray(total / (count if values.ndim == 1 else count[:, None]))

    head = key[start]
    places = Places(
        mean(p.x_m),
        mean(p.y_m),
        p.cell[head],
        p.site[head],
        p.group[head],
        mean(p.predicted_dbm),
        mean(p.features).astype(np.float32),
        p.feature_names,
    )
    lowest = np.minimum.reduceat(observations.sensitivity_dbm[key], start) if key.size else count
    result = Observations(places, mean(observations.measured_dbm), lowest, observations.device[head])
    return result, np.where(result.censored, 1.0, count)
