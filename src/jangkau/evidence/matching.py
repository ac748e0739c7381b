"""Which cell a sample was of: by its identity where it names one, else by the best explanation and its probability."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr

from jangkau.errors import ModelError
from jangkau.geo import METRES_PER_DEGREE

NO_CELL = -1
"""In place of the index of a cell: none was found."""

NEAR_M = 30_000.0
"""A physical identity is used again farther away: no cell is heard from there."""

CLEARLY_NEARER = 2.0
"""Of two cells of one identity the nearer one is meant when the other is this many times as far."""

LOWEST_RSRP_DBM, HIGHEST_RSRP_DBM = -140.0, -44.0
"""What phones report: 3GPP TS 36.133, section 9.1.4."""

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Identities:
    """Who samples, or cells, say they are: arrays of one length; NaN where a number is not known.

    Attributes
    ----------
    operator : int, shape (n,)
        A number for each operator, the same for samples and cells.
    eci, pci, earfcn : float, shape (n,)
    longitude, latitude : float, shape (n,)
        [deg].
    """

    operator: NDArray[np.int64]
    eci: Floats
    pci: Floats
    earfcn: Floats
    longitude: Floats
    latitude: Floats


def match_by_identity(samples: Identities, cells: Identities, near_m: float = NEAR_M) -> Indices:
    """Return for each sample the index of its cell: that of its ECI, else of its PCI and EARFCN near the place.

    Parameters
    ----------
    samples : Identities, n of them
    cells : Identities, m of them
        A cell of which no EARFCN is known agrees with any.
    near_m : float
        A PCI counts for cells within this distance [m] > 0.

    Returns
    -------
    int, shape (n,)
        Index of a cell, `NO_CELL` where no identity leads to one: unknown, or two cells that might both be meant. Of
        several cells with one PCI the nearest is meant if the next is `CLEARLY_NEARER` times as far.
    """
    result = np.full(samples.eci.size, NO_CELL, np.int64)
    for operator in np.unique(samples.operator):
        own = np.flatnonzero(samples.operator == operator)
        listed = np.flatnonzero(cells.operator == operator)
        result[own] = _by_eci(samples.eci[own], cells.eci[listed], listed)
        open_ones = own[(result[own] == NO_CELL) & np.isfinite(samples.pci[own])]
        _match_by_pci(samples, open_ones, cells, listed, near_m, result)
    return result


def _by_eci(eci: Floats, known: Floats, listed: Indices) -> Indices:
    """Return the cell of each ECI; one that several cells have leads to none."""
    values, first, counts = np.unique(known, return_index=True, return_counts=True)
    values, first = values[counts == 1], first[counts == 1]
    values, first = values[np.isfinite(values)], first[np.isfinite(values)]
    if values.size == 0:
        return np.full(eci.size, NO_CELL, np.int64)
    at = np.minimum(np.searchsorted(values, eci), values.size - 1)
    return np.where(values[at] == eci, listed[first[at]], NO_CELL)


def _match_by_pci(
    samples: Identities, own: Indices, cells: Identities, listed: Indices, near_m: float, result: Indices
) -> None:
    for pci in np.unique(samples.pci[own]):
        of_pci = own[samples.pci[own] == pci]
        candidates = listed[cells.pci[listed] == pci]
        for earfcn in np.unique(samples.earfcn[of_pci]):
            unknown = np.isnan(earfcn)
            these = of_pci[np.isnan(samples.earfcn[of_pci]) if unknown else samples.earfcn[of_pci] == earfcn]
            carrier = cells.earfcn[candidates]
            agree = candidates[unknown | np.isnan(carrier) | (carrier == earfcn)]
            if agree.size:
                result[these] = _nearest(samples, these, cells, agree, near_m)


def _nearest(samples: Identities, own: Indices, cells: Identities, candidates: Indices, near_m: float) -> Indices:
    north = (samples.latitude[own, None] - cells.latitude[None, candidates]) * METRES_PER_DEGREE
    east = (samples.longitude[own, None] - cells.longitude[None, candidates]) * METRES_PER_DEGREE
    distance = np.hypot(north, east * np.cos(np.radians(samples.latitude[own, None])))
    order = np.sort(distance, axis=1)
    clear = np.ones(own.size, np.bool_) if candidates.size == 1 else order[:, 1] >= CLEARLY_NEARER * order[:, 0]
    found = candidates[np.argmin(distance, axis=1)]
    return np.where(clear & (order[:, 0] <= near_m), found, NO_CELL)


def best_explanation(
    predicted_dbm: ArrayLike, error_db: ArrayLike, measured_dbm: ArrayLike, *, unlisted: float = 0.05
) -> tuple[Indices, Floats]:
    """Return which candidate cell explains each measured level of a serving cell best, and how probable that is.

    A phone is served by the cell that it receives best. So a candidate explains a level if its own level may be that
    one and no other candidate is stronger.

    Parameters
    ----------
    predicted_dbm : float, shape (n, m)
        Level of each of m candidates at each of n samples [dBm]; NaN: not a candidate there.
    error_db : float, shape (n, m) or what spreads to it
        Standard deviation of measured minus predicted [dB] > 0; errors of cells are taken as independent.
    measured_dbm : float, shape (n,)
        [dBm].
    unlisted : float
        Probability, before anything is measured, that the serving cell is none of the candidates, 0 <= p < 1; its level
        may then be anything that phones report.

    Returns
    -------
    cell : int, shape (n,)
        Index of the most probable candidate; `NO_CELL` where there is none, or an unlisted cell is more probable.
    probability : float, shape (n,)
        Of what is returned, 0..1.

    Raises
    ------
    ModelError
        When an error is not positive, or `unlisted` is no probability below 1.

    Notes
    -----
    With densities phi and distribution functions Phi of the normal distribution,
    ``P(c | y) ~ phi((y - mu_c) / s_c) / s_c * prod over o != c of Phi((y - mu_o) / s_o)``; before,
    each candidate is as probable as any other.
    """
    predicted = np.atleast_2d(np.asarray(predicted_dbm, np.float64))
    error = np.broadcast_to(np.asarray(error_db, np.float64), predicted.shape)
    if not 0.0 <= unlisted < 1.0:
        raise ModelError("matching.unlisted", value=unlisted)
    there = np.isfinite(predicted)
    if np.any(there & ~(error > 0.0)):
        raise ModelError("matching.error", value=float(error[there & ~(error > 0.0)][0]))
    score = (np.asarray(measured_dbm, np.float64)[:, None] - np.where(there, predicted, 0.0)) / error
    below = np.where(there, log_ndtr(score), 0.0)
    count = np.maximum(there.sum(axis=1, keepdims=True), 1)
    weight = -0.5 * score**2 - np.log(error * np.sqrt(2.0 * np.pi)) + below.sum(axis=1, keepdims=True) - below
    weight = np.where(there, weight + np.log1p(-unlisted) - np.log(count), -np.inf)
    spread = np.log(unlisted / (HIGHEST_RSRP_DBM - LOWEST_RSRP_DBM)) if unlisted > 0.0 else -np.inf
    other = spread + below.sum(axis=1, keepdims=True)
    every = np.hstack([weight, other])
    highest = every.max(axis=1, keepdims=True)
    sure = np.isfinite(highest)
    share = np.where(sure, np.exp(every - np.where(sure, highest, 0.0)), 0.0)
    share /= np.maximum(share.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    best = np.argmax(share, axis=1)
    probability = share[np.arange(best.size), best]
    return np.where((best < predicted.shape[1]) & (probability > 0.0), best, NO_CELL), probability
