"""What the model does not know about the true signal: a bias of each site and shadowing that belongs to the ground.

Shadowing is a sum of random cosines over the plane, so that a point has one value whatever is asked before it. The wave
numbers are drawn so that two points r apart correlate as exp(-r / `SCALE_M`), the form of Gudmundson (1991). Half of
the variance is common to all sites, so that two sites correlate by 0.5.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jangkau.compiled import kernel
from jangkau.synthetic.landscape import to_metres

FloatArray = NDArray[np.float64]

SIGMA_DB, SCALE_M, SHARED_VARIANCE = 6.0, 120.0, 0.5
SITE_SIGMA_DB = 3.0
COSINES = 256


def site_bias_db(seed: int, sites: int) -> FloatArray:
    """Return how much stronger each site is than its plan says [dB], shape (sites,)."""
    return np.random.default_rng([seed, 51]).normal(0.0, SITE_SIGMA_DB, sites)


def shadowing_db(seed: int, site: int, longitude: ArrayLike, latitude: ArrayLike) -> FloatArray:
    """Return the shadowing of the signal of one site at points.

    Parameters
    ----------
    seed : int
        Of the world.
    site : int
        Index of the site.
    longitude, latitude : array_like, any common shape
        The points [deg].

    Returns
    -------
    array of the shape of the points
        Mean 0, deviation `SIGMA_DB` [dB]; positive is a stronger signal.
    """
    x, y = np.broadcast_arrays(*to_metres(longitude, latitude))
    flat_x, flat_y = np.ascontiguousarray(x).ravel(), np.ascontiguousarray(y).ravel()
    shared = _waves_at(_waves(seed, 0), flat_x, flat_y)
    own = _waves_at(_waves(seed, site + 1), flat_x, flat_y)
    mixed = math.sqrt(SHARED_VARIANCE) * shared + math.sqrt(1.0 - SHARED_VARIANCE) * own
    return np.asarray(SIGMA_DB * mixed).reshape(x.shape)


@lru_cache(maxsize=512)
def _waves(seed: int, stream: int) -> FloatArray:
    """Wave numbers east and north [rad/m] and phases [rad], shape (3, COSINES).

    The plane's exponential correlation has the spectral density (1 + k^2 d^2)^(-3/2) k; its inverse distribution is
    k = sqrt((1 - u)^-2 - 1) / d. Strata of u keep every realisation near the ensemble.
    """
    rng = np.random.default_rng([seed, 52, stream])
    u = (np.arange(COSINES) + rng.random(COSINES)) / COSINES
    k = np.sqrt((1.0 - u) ** -2 - 1.0) / SCALE_M
    direction = rng.uniform(0.0, 2.0 * math.pi, COSINES)
    phase = rng.uniform(0.0, 2.0 * math.pi, COSINES)
    return np.stack([k * np.cos(direction), k * np.sin(direction), phase])


@kernel(allocates=True)
def _waves_at(waves: FloatArray, x_m: FloatArray, y_m: FloatArray) -> FloatArray:
    """Sum of cosines at points, deviation 1."""
    found = np.zeros(x_m.size)
    count = waves.shape[1]
    for i in range(x_m.size):
        total = 0.0
        for k in range(count):
            total += math.cos(waves[0, k] * x_m[i] + waves[1, k] * y_m[i] + waves[2, k])
        found[i] = total * math.sqrt(2.0 / count)
    return found
