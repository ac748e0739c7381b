"""ITU-R P.2109: loss from entering a building, 80 MHz to 100 GHz, and the loss indoors that P.1812 makes of it.

The loss is that between the outdoors and a random place inside; it has no fixed depth, floor or wall. Its distribution
is that of many buildings of one of two kinds.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

from jangkau.errors import ModelError

RECOMMENDATION = "ITU-R P.2109-1"

VALIDITY = {"frequency_mhz": (80.0, 100_000.0), "elevation_deg": (-90.0, 90.0)}
"""Ranges for which the Recommendation is stated; outside them a value is refused."""


@dataclass(frozen=True, slots=True)
class _Coefficients:
    """One column of Table 1."""

    r: float
    s: float
    t: float
    u: float
    v: float
    w: float
    x: float
    y: float
    z: float


_TABLE_1 = {
    "traditional": _Coefficients(12.64, 3.72, 0.96, 9.6, 2.0, 9.1, -3.0, 4.5, -2.0),
    "thermally_efficient": _Coefficients(28.19, -3.00, 8.48, 13.5, 3.8, 27.8, -2.9, 9.4, -2.1),
}
CONSTRUCTIONS = tuple(_TABLE_1)
"""Thermally efficient: metallized glass or foil-backed panels; traditional: all else, timber and plain glass too."""

_NORMAL = NormalDist()


def building_entry_loss_db(
    frequency_mhz: float,
    *,
    probability_percent: float = 50.0,
    construction: str = "traditional",
    elevation_deg: float = 0.0,
) -> float:
    """Section 3, equations (1) to (10): building entry loss not exceeded with a probability.

    Parameters
    ----------
    frequency_mhz : float
        80 to 100 000 [MHz].
    probability_percent : float
        With which the loss is not exceeded [%], between 0 and 100.
    construction : str
        One of `CONSTRUCTIONS`.
    elevation_deg : float
        Of the path at the building's face [deg], -90 to 90; the sign does not matter.

    Returns
    -------
    float
        [dB]. Not below -3: entering a building may be a gain at low probabilities.

    Raises
    ------
    ModelError
        When a value is outside these ranges.

    References
    ----------
    Recommendation ITU-R P.2109, https://www.itu.int/rec/R-REC-P.2109.
    """
    _within("frequency_mhz", frequency_mhz, VALIDITY["frequency_mhz"])
    _within("elevation_deg", elevation_deg, VALIDITY["elevation_deg"])
    if not 0.0 < probability_percent < 100.0:
        raise ModelError("p2109.probability", value=probability_percent)
    if construction not in _TABLE_1:
        raise ModelError("p2109.construction", value=construction, known=", ".join(CONSTRUCTIONS))
    k = _TABLE_1[construction]
    log_f = math.log10(frequency_mhz / 1e3)
    mu1 = k.r + k.s * log_f + k.t * log_f**2 + 0.212 * abs(elevation_deg)
    mu2 = k.w + k.x * log_f
    sigma1, sigma2 = k.u + k.v * log_f, k.y + k.z * log_f
    quantile = _NORMAL.inv_cdf(probability_percent / 100.0)
    a, b, c = quantile * sigma1 + mu1, quantile * sigma2 + mu2, -3.0
    return 10.0 * math.log10(10.0 ** (0.1 * a) + 10.0 ** (0.1 * b) + 10.0 ** (0.1 * c))


def building_entry_sigma_db(
    frequency_mhz: float, *, construction: str = "traditional", elevation_deg: float = 0.0
) -> float:
    """Return a standard deviation for the building entry loss [dB]: half the way from 15.87 % to 84.13 %.

    The distribution of P.2109 is not normal; half the distance between the quantiles that lie one standard deviation
    from the median of a normal one is exact for a normal one and robust for this one.
    """
    low, high = (
        building_entry_loss_db(
            frequency_mhz,
            probability_percent=100.0 * _NORMAL.cdf(deviations),
            construction=construction,
            elevation_deg=elevation_deg,
        )
        for deviations in (-1.0, 1.0)
    )
    return 0.5 * (high - low)


def indoor_sigma_db(location_sigma_db: float, entry_sigma_db: float) -> float:
    """P.1812 section 4.8: standard deviation of the loss indoors [dB].

    Locations outdoors and building entry vary independently, so their variances add.

    Parameters
    ----------
    location_sigma_db : float
        Over locations outdoors, `jangkau.propagation.p1812.location_variability_db` [dB], >= 0.
    entry_sigma_db : float
        Over buildings and places in them, `building_entry_sigma_db` [dB], >= 0.
    """
    for name, value in (("location_sigma_db", location_sigma_db), ("entry_sigma_db", entry_sigma_db)):
        if not 0.0 <= value < math.inf:
            raise ModelError("p2109.sigma", name=name, value=value)
    return math.hypot(location_sigma_db, entry_sigma_db)


def indoor_loss_db(
    median_loss_db: float,
    location_sigma_db: float,
    frequency_mhz: float,
    *,
    location_percent: float = 50.0,
    construction: str = "traditional",
    elevation_deg: float = 0.0,
) -> float:
    """P.1812 section 4.8: basic transmission loss indoors, not exceeded at a share of the places.

    Parameters
    ----------
    median_loss_db : float
        Outdoors, at half of the locations [dB].
    location_sigma_db : float
        Over locations outdoors [dB], >= 0.
    frequency_mhz : float
        80 to 100 000 [MHz].
    location_percent : float
        Of places indoors [%], between 0 and 100.
    construction : str
        One of `CONSTRUCTIONS`.
    elevation_deg : float
        Of the path at the building's face [deg].

    Returns
    -------
    float
        [dB]: the medians of both losses, and the quantile of a normal distribution with `indoor_sigma_db`.
    """
    entry = building_entry_loss_db(frequency_mhz, construction=construction, elevation_deg=elevation_deg)
    if not 0.0 < location_percent < 100.0:
        raise ModelError("p2109.probability", value=location_percent)
    sigma = indoor_sigma_db(
        location_sigma_db,
        building_entry_sigma_db(frequency_mhz, construction=construction, elevation_deg=elevation_deg),
    )
    return median_loss_db + entry + _NORMAL.inv_cdf(location_percent / 100.0) * sigma


def _within(name: str, value: float, limits: tuple[float, float]) -> None:
    if not limits[0] <= value <= limits[1]:
        raise ModelError("p2109.outside_range", name=name, value=value, low=limits[0], high=limits[1])
