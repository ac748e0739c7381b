"""ITU-R P.2108: loss in the clutter round a terminal that lies below rooftops or tree tops.

Three methods for three needs; none is added to another. The first corrects a path computed to the top of the clutter,
the second and third are distributions over the places of towns and suburbs.
"""

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from jangkau.errors import ModelError
from jangkau.propagation.limits import FloatArray, between, within

RECOMMENDATION = "ITU-R P.2108-1"

VALIDITY = {
    "height_gain_mhz": (30.0, 3_000.0),
    "terrestrial_mhz": (500.0, 67_000.0),
    "terrestrial_km": (0.25, float("inf")),
    "slant_mhz": (10_000.0, 100_000.0),
    "elevation_deg": (0.0, 90.0),
}
"""Ranges for which the three methods are stated; outside them a value is refused."""

CLUTTER_HEIGHT_M = {
    "water_sea": 10.0,
    "open_rural": 10.0,
    "suburban": 10.0,
    "urban": 15.0,
    "trees_forest": 15.0,
    "dense_urban": 20.0,
}
"""Table 3: kinds of clutter and their representative heights [m], for want of local knowledge."""

STREET_WIDTH_M = 27.0
"""Section 3.1: the width of streets, for want of local knowledge."""

BOTH_ENDS_LEAST_KM = 1.0
"""Section 3.2: the shortest path with the loss counted at both ends; at one end 0.25 km is enough."""

_FLAT = ("water_sea", "open_rural")
_FULL_LOSS_KM = 2.0
_NORMAL = NormalDist()


def height_gain_loss_db(
    frequency_mhz: ArrayLike,
    antenna_height_m: ArrayLike,
    clutter: str,
    *,
    clutter_height_m: ArrayLike | None = None,
    street_width_m: ArrayLike = STREET_WIDTH_M,
) -> FloatArray:
    """Section 3.1, equations (1) and (2): what an antenna below the clutter loses against one at its top.

    Parameters
    ----------
    frequency_mhz : array_like
        30 to 3000 [MHz].
    antenna_height_m : array_like
        Above ground [m], > 0.
    clutter : str
        A key of `CLUTTER_HEIGHT_M`.
    clutter_height_m : array_like, optional
        The representative height [m], > 0; by default that of Table 3.
    street_width_m : array_like
        > 0 [m].

    Returns
    -------
    ndarray, the shape the arguments broadcast to
        [dB], 0 for an antenna at or above the clutter; it adds to the loss of a path that ends at the clutter's top.

    Raises
    ------
    ModelError
        When a value is outside its range or the clutter is unknown.

    Notes
    -----
    Over built-up land and trees a knife edge (2a to 2d), J(nu) - 6.03; over open land and water a height gain (2e, 2f).

    References
    ----------
    Recommendation ITU-R P.2108, https://www.itu.int/rec/R-REC-P.2108.
    """
    if clutter not in CLUTTER_HEIGHT_M:
        raise ModelError("p2108.clutter", value=clutter, known=", ".join(CLUTTER_HEIGHT_M))
    f_ghz = within("p2108.outside_range", "frequency_mhz", frequency_mhz, *VALIDITY["height_gain_mhz"]) / 1e3
    h = between("p2108.not_positive", "antenna_height_m", antenna_height_m, 0.0)
    default = CLUTTER_HEIGHT_M[clutter] if clutter_height_m is None else clutter_height_m
    top = between("p2108.not_positive", "clutter_height_m", default, 0.0)
    width = between("p2108.not_positive", "street_width_m", street_width_m, 0.0)
    f_ghz, h, top, width = np.broadcast_arrays(f_ghz, h, top, width)
    if clutter in _FLAT:
        loss = -(21.8 + 6.2 * np.log10(f_ghz)) * np.log10(h / top)
    else:
        below = np.maximum(top - h, 0.0)
        nu = 0.342 * np.sqrt(f_ghz * below * np.degrees(np.arctan(below / width)))
        loss = 6.9 + 20.0 * np.log10(np.hypot(nu - 0.1, 1.0) + nu - 0.1) - 6.03
    return np.where(h >= top, 0.0, loss)


def terrestrial_loss_db(
    frequency_mhz: ArrayLike, distance_km: ArrayLike, *, location_percent: ArrayLike = 50.0
) -> FloatArray:
    """Section 3.2, equations (3) to (6): loss at one end of a path along the ground, not exceeded at a share of places.

    Parameters
    ----------
    frequency_mhz : array_like
        500 to 67 000 [MHz].
    distance_km : array_like
        Between the terminals [km], >= 0.25; >= `BOTH_ENDS_LEAST_KM` where the loss is counted at both ends.
    location_percent : array_like
        Of places [%], between 0 and 100.

    Returns
    -------
    ndarray, the shape the arguments broadcast to
        [dB], never more than at 2 km. At low shares of places the normal distribution may make it negative.

    Raises
    ------
    ModelError
        When a value is outside its range.

    Notes
    -----
    For towns and suburbs, and terminals well below the roofs. The cap at 2 km is that of the text below (6).

    References
    ----------
    Recommendation ITU-R P.2108, https://www.itu.int/rec/R-REC-P.2108.
    """
    f_ghz = within("p2108.outside_range", "frequency_mhz", frequency_mhz, *VALIDITY["terrestrial_mhz"]) / 1e3
    distance = within("p2108.outside_range", "distance_km", distance_km, *VALIDITY["terrestrial_km"])
    quantile = _quantile(location_percent)
    full = _terrestrial_db(f_ghz, np.asarray(_FULL_LOSS_KM), quantile)
    return np.minimum(_terrestrial_db(f_ghz, distance, quantile), full)


def _terrestrial_db(f_ghz: FloatArray, distance_km: FloatArray, quantile: FloatArray) -> FloatArray:
    """Equations (3) to (6), without the cap."""
    log_f, log_d = np.log10(f_ghz), np.log10(distance_km)
    # 10 to the power of -0.2 times the two losses of (4) and (5)
    long_path = (10.0 ** (-5.0 * log_f - 12.5) + 10.0**-16.5) ** 0.4
    short_path = 10.0 ** (-0.2 * (32.98 + 23.9 * log_d + 3.0 * log_f))
    both = long_path + short_path
    sigma = np.sqrt((16.0 * long_path + 36.0 * short_path) / both)
    loss: FloatArray = sigma * quantile - 5.0 * np.log10(both)
    return loss


def slant_loss_db(
    frequency_mhz: ArrayLike, elevation_deg: ArrayLike, *, location_percent: ArrayLike = 50.0
) -> FloatArray:
    """Section 3.3, equation (7): loss of a path to a satellite or an aircraft, not exceeded at a share of places.

    Parameters
    ----------
    frequency_mhz : array_like
        10 000 to 100 000 [MHz].
    elevation_deg : array_like
        Of the far end as the terminal sees it [deg], 0 to 90.
    location_percent : array_like
        Of places [%], between 0 and 100.

    Returns
    -------
    ndarray, the shape the arguments broadcast to
        [dB]; negative at low shares of places.

    Raises
    ------
    ModelError
        When a value is outside its range.

    References
    ----------
    Recommendation ITU-R P.2108, https://www.itu.int/rec/R-REC-P.2108.
    """
    f_ghz = within("p2108.outside_range", "frequency_mhz", frequency_mhz, *VALIDITY["slant_mhz"]) / 1e3
    elevation = within("p2108.outside_range", "elevation_deg", elevation_deg, *VALIDITY["elevation_deg"])
    quantile = _quantile(location_percent)
    share = np.asarray(location_percent, dtype=np.float64) / 100.0
    zenith = 1.0 - elevation / 90.0
    # the cotangent is 0 at the zenith, where the power of it is 0; keep rounding from making it negative
    cotangent = np.maximum(1.0 / np.tan(0.05 * zenith + np.radians(elevation)), 0.0)
    base = -93.0 * f_ghz**0.175 * np.log1p(-share) * cotangent
    loss: FloatArray = base ** (0.5 * zenith) - 1.0 + 0.6 * quantile
    return loss


def _quantile(location_percent: ArrayLike) -> FloatArray:
    """Return the standard normal deviate below which a share of places lies: minus Q's inverse of that share."""
    percent = between("p2108.percent", "location_percent", location_percent, 0.0, 100.0)
    quantile: FloatArray = np.vectorize(_NORMAL.inv_cdf, otypes=[np.float64])(percent / 100.0)
    return quantile
