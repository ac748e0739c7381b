"""ITU-R P.838: what a kilometre of rain takes, 1 to 1000 GHz, computed from the Recommendation's own curves."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jangkau.propagation.limits import FloatArray, within

RECOMMENDATION = "ITU-R P.838-3"

VALIDITY = {"frequency_mhz": (1_000.0, 1_000_000.0), "rain_mm_per_h": (0.0, 500.0), "angle_deg": (-90.0, 90.0)}
"""The frequencies are the Recommendation's, the rest is what can be; outside these ranges a value is refused."""

TILT_DEG = {"horizontal": 0.0, "vertical": 90.0, "circular": 45.0}
"""Tilt of the polarization against the horizontal [deg]."""

_Terms = tuple[tuple[float, float, float], ...]

# Tables 1 to 4: rows of a, b, c; the slopes and constants stand where the curves are drawn
_K_H: _Terms = (
    (-5.33980, -0.10008, 1.13098),
    (-0.35351, 1.26970, 0.45400),
    (-0.23789, 0.86036, 0.15354),
    (-0.94158, 0.64552, 0.16817),
)
_K_V: _Terms = (
    (-3.80595, 0.56934, 0.81061),
    (-3.44965, -0.22911, 0.51059),
    (-0.39902, 0.73042, 0.11899),
    (0.50167, 1.07319, 0.27195),
)
_ALPHA_H: _Terms = (
    (-0.14318, 1.82442, -0.55187),
    (0.29591, 0.77564, 0.19822),
    (0.32177, 0.63773, 0.13164),
    (-5.37610, -0.96230, 1.47828),
    (16.1721, -3.29980, 3.43990),
)
_ALPHA_V: _Terms = (
    (-0.07771, 2.33840, -0.76284),
    (0.56727, 0.95545, 0.54039),
    (-0.20238, 1.14520, 0.26809),
    (-48.2991, 0.791669, 0.116226),
    (48.5833, 0.791459, 0.116479),
)


def rain_coefficients(
    frequency_mhz: ArrayLike, *, tilt_deg: ArrayLike = 0.0, elevation_deg: ArrayLike = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Equations (2) to (5): the coefficients k and alpha of the power law of rain.

    Parameters
    ----------
    frequency_mhz : array_like
        1000 to 1 000 000 [MHz].
    tilt_deg : array_like
        Of the polarization against the horizontal [deg], -90 to 90; see `TILT_DEG`.
    elevation_deg : array_like
        Of the path [deg], -90 to 90.

    Returns
    -------
    tuple of ndarray, the shape the arguments broadcast to
        k and alpha, for rain in mm/h and losses in dB/km.

    Raises
    ------
    ModelError
        When a value is outside its range.

    References
    ----------
    Recommendation ITU-R P.838-3, https://www.itu.int/rec/R-REC-P.838.
    """
    log_f = np.log10(within("p838.outside_range", "frequency_mhz", frequency_mhz, *VALIDITY["frequency_mhz"]) / 1e3)
    tilt = np.radians(within("p838.outside_range", "tilt_deg", tilt_deg, *VALIDITY["angle_deg"]))
    elevation = np.radians(within("p838.outside_range", "elevation_deg", elevation_deg, *VALIDITY["angle_deg"]))
    k_h = 10.0 ** _curve(log_f, _K_H, -0.18961, 0.71147)
    k_v = 10.0 ** _curve(log_f, _K_V, -0.16398, 0.63297)
    k_alpha_h = k_h * _curve(log_f, _ALPHA_H, 0.67849, -1.95537)
    k_alpha_v = k_v * _curve(log_f, _ALPHA_V, -0.053739, 0.83433)
    turn = np.cos(elevation) ** 2 * np.cos(2.0 * tilt)
    k: FloatArray = 0.5 * (k_h + k_v + (k_h - k_v) * turn)
    alpha: FloatArray = (k_alpha_h + k_alpha_v + (k_alpha_h - k_alpha_v) * turn) / (2.0 * k)
    return k, alpha


def rain_attenuation_db_per_km(
    rain_mm_per_h: ArrayLike,
    frequency_mhz: ArrayLike,
    *,
    tilt_deg: ArrayLike = 0.0,
    elevation_deg: ArrayLike = 0.0,
) -> FloatArray:
    """Equation (1): specific attenuation of rain, k R^alpha.

    Parameters
    ----------
    rain_mm_per_h : array_like
        Rain rate [mm/h], 0 to 500.
    frequency_mhz : array_like
        1000 to 1 000 000 [MHz].
    tilt_deg : array_like
        Of the polarization against the horizontal [deg], -90 to 90; see `TILT_DEG`.
    elevation_deg : array_like
        Of the path [deg], -90 to 90.

    Returns
    -------
    ndarray, the shape the arguments broadcast to
        [dB/km].

    Raises
    ------
    ModelError
        When a value is outside its range.

    References
    ----------
    Recommendation ITU-R P.838-3, https://www.itu.int/rec/R-REC-P.838.
    """
    rain = within("p838.outside_range", "rain_mm_per_h", rain_mm_per_h, *VALIDITY["rain_mm_per_h"])
    k, alpha = rain_coefficients(frequency_mhz, tilt_deg=tilt_deg, elevation_deg=elevation_deg)
    attenuation: FloatArray = k * rain**alpha
    return attenuation


def _curve(log_f: FloatArray, terms: _Terms, slope: float, constant: float) -> FloatArray:
    """Equations (2) and (3): bells over the logarithm of the frequency [GHz] and a straight line."""
    a, b, c = np.array(terms).T
    bells: NDArray[np.float64] = a * np.exp(-(((log_f[..., None] - b) / c) ** 2))
    curve: FloatArray = bells.sum(axis=-1) + slope * log_f + constant
    return curve
