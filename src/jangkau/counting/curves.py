"""Answers read from many nights: when a share had been sent, and how sure that is."""

import math

import numpy as np

from jangkau.counting.queues import Floats

BAND_PERCENT = (5.0, 50.0, 95.0)
"""Shares of nights at which a band begins, has its middle, and ends."""


def time_of_share(sent_s: Floats, share: float) -> Floats:
    """Return when a share of stations had sent, in each night.

    Parameters
    ----------
    sent_s : float64, shape (nights, stations)
    share : float
        0..1; of n stations the first ceil(share n) count.

    Returns
    -------
    float64, shape (nights,)
        [s]
    """
    last = max(math.ceil(round(share * sent_s.shape[1], 9)), 1) - 1
    found: Floats = np.partition(sent_s, last, axis=1)[:, last]
    return found


def band(values: Floats) -> tuple[float, float, float]:
    """Return the values below which 5, 50 and 95 % of the nights lie: nights, not an interpolation between them."""
    low, middle, high = np.percentile(values, BAND_PERCENT, method="inverted_cdf")
    return float(low), float(middle), float(high)


def arrival_bands(sent_s: Floats, times_s: Floats) -> Floats:
    """Return which share of stations had sent at some times: 5, 50 and 95 % of the nights, shape (3, times)."""
    ordered = np.sort(sent_s, axis=1)
    share = np.array([np.searchsorted(night, times_s, side="right") for night in ordered]) / sent_s.shape[1]
    found: Floats = np.percentile(share, BAND_PERCENT, axis=0)
    return found
