"""Invented measurements whose truth is known: a trend, offsets, shadowing drawn from its own covariance, and noise."""

import numpy as np

from jangkau.evidence.observations import Observations, Places

TRUE_OFFSET_DB, TRUE_SHADOW_DB, TRUE_RANGE_M, TRUE_NOISE_DB = -6.0, 6.0, 120.0, 2.5
SITE_DB = (5.0, -4.0, 0.0, 3.0, -2.0, 6.0)


def world(rows=900, seed=0, *, side_m=2000.0, features=0):
    """Return observations of six cells of six sites, and the level without noise at each."""
    rng = np.random.default_rng(seed)
    cell = rng.integers(0, len(SITE_DB), rows).astype(np.int32)
    x, y = rng.uniform(0.0, side_m, (2, rows))
    between = np.hypot(x[:, None] - x, y[:, None] - y)
    covariance = TRUE_SHADOW_DB**2 * np.exp(-between / TRUE_RANGE_M) * (cell[:, None] == cell)
    shadow = np.linalg.cholesky(covariance + 1e-9 * np.eye(rows)) @ rng.normal(size=rows)
    group = (x > side_m / 2.0).astype(np.int32)
    predicted = -90.0 - 15.0 * np.log10(1.0 + np.hypot(x - 1000.0, y - 1000.0) / 100.0)
    true = predicted + TRUE_OFFSET_DB + np.array(SITE_DB)[cell] + shadow
    names = tuple(f"column_{k}" for k in range(features))
    places = Places(x, y, cell, cell, group, predicted, rng.normal(size=(rows, features)).astype(np.float32), names)
    measured = true + rng.normal(0.0, TRUE_NOISE_DB, rows)
    return Observations(places, measured, np.full(rows, np.nan), np.full(rows, -1, np.int32)), true


def censored(observations, below_dbm):
    """Return the same observations as a device would report them that hears nothing below a level."""
    silent = observations.measured_dbm < below_dbm
    return Observations(
        observations.places,
        np.where(silent, np.nan, observations.measured_dbm),
        np.where(silent, below_dbm, np.nan),
        observations.device,
    )
