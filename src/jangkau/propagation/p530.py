"""ITU-R P.530: fading of a microwave hop in line of sight, by multipath in clear air and by rain.

What the climate gives is an argument: the refractivity gradient of the lowest 65 m (dN1, P.453) or the geoclimatic
factor K and dN75 (maps of P.530-18), and the rain rate exceeded for 0.01 % of the year (P.837). No map is in here.

Counted are single-frequency fades only. Selective fading of wide channels (section 5), loss of cross-polar
discrimination (section 4), diffraction (section 2.2), gases (section 2.1) and wet snow are not.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from jangkau.errors import ModelError
from jangkau.propagation.limits import FloatArray, between, within
from jangkau.propagation.p838 import TILT_DEG, rain_coefficients

RECOMMENDATION = "ITU-R P.530-18"
"""With the planning methods of section 2.3.1 of P.530-17 beside that of P.530-18, which needs the maps of its own."""

VALIDITY = {
    "rain_mhz": (1_000.0, 100_000.0),
    "rain_km": (0.0, 60.0),
    "rain_percent": (0.001, 1.0),
    "amsl_m": (-500.0, 9_000.0),
    "occurrence_percent": (0.0, 10_000.0),
    "gradient_n_per_km": (-1_500.0, 200.0),
    "dn75_n": (0.0, 1_000.0),
    "fade_db": (0.0, 1_000.0),
    "latitude_deg": (-90.0, 90.0),
}
"""Of rain the frequencies, lengths and percentages are the Recommendation's, the rest is what can be; else refused."""

MULTIPATH_HIGHEST_MHZ, MULTIPATH_LOWEST_MHZ_KM = 45_000.0, 15_000.0
"""Section 2.3.1: multipath is stated up to the first, and from the second divided by the length of the hop [km]."""

NO_MULTIPATH_KM = 5.0
"""Section 2.3: on hops not longer than this, multipath need not be counted."""

POLARIZATIONS = tuple(TILT_DEG)


@dataclass(frozen=True, slots=True)
class HopAvailability:
    """Of a hop in the average year, for one fade margin.

    Attributes
    ----------
    availability_percent : ndarray
        Of the time [%]: 100 less the two others.
    multipath_percent : ndarray
        Of the time with deeper fades by multipath [%].
    rain_percent : ndarray
        Of the time with deeper fades by rain [%]; NaN where it is more than 1 %.
    """

    availability_percent: FloatArray
    multipath_percent: FloatArray
    rain_percent: FloatArray


def deep_fade_percent_by_gradient(
    fade_db: ArrayLike,
    distance_km: ArrayLike,
    frequency_mhz: ArrayLike,
    tx_amsl_m: ArrayLike,
    rx_amsl_m: ArrayLike,
    *,
    gradient_n_per_km: ArrayLike,
    terrain_roughness_m: ArrayLike | None = None,
) -> FloatArray:
    """P.530-17 section 2.3.1: share of the worst month with deeper fades, from the gradient dN1.

    Parameters
    ----------
    fade_db : array_like
        Depth of the fade [dB], >= 0. The method is for deep ones; 0 gives the occurrence factor p0 of `fade_percent`.
    distance_km : array_like
        Length of the hop [km], > 0.
    frequency_mhz : array_like
        15 000 divided by distance_km to 45 000 [MHz].
    tx_amsl_m, rx_amsl_m : array_like
        Antennas above mean sea level [m].
    gradient_n_per_km : array_like
        dN1, refractivity gradient of the lowest 65 m not exceeded for 1 % of the year [N/km], -1500 to 200.
    terrain_roughness_m : array_like, optional
        s_a, standard deviation of the terrain heights within 110 km by 110 km on a grid of 30" [m], >= 0.

    Returns
    -------
    ndarray, the shape the arguments broadcast to
        [%] of the average worst month. Above some 10 % it is no share of time but a figure for `fade_percent`.

    Raises
    ------
    ModelError
        When a value is outside its range.

    Notes
    -----
    With the roughness the method for detailed design, without it the quick one for planning; steps 1 to 3 of each.

    References
    ----------
    Recommendation ITU-R P.530-17 (12/2017), https://www.itu.int/rec/R-REC-P.530.
    """
    fade, d, f_ghz, tilt, low_m = _hop(fade_db, distance_km, frequency_mhz, tx_amsl_m, rx_amsl_m)
    limits = VALIDITY["gradient_n_per_km"]
    dn1 = within("p530.outside_range", "gradient_n_per_km", gradient_n_per_km, *limits)
    if terrain_roughness_m is None:
        log_k = -4.6 - 0.0027 * dn1
        shape = d**3.1 * (1.0 + tilt) ** -1.29 * f_ghz**0.8 * 10.0 ** (-0.00089 * low_m)
    else:
        rough = within("p530.outside_range", "terrain_roughness_m", terrain_roughness_m, 0.0, 9_000.0)
        log_k = -4.4 - 0.0027 * dn1 - 0.46 * np.log10(10.0 + rough)
        shape = d**3.4 * (1.0 + tilt) ** -1.03 * f_ghz**0.8 * 10.0 ** (-0.00076 * low_m)
    percent: FloatArray = shape * 10.0 ** (log_k - fade / 10.0)
    return percent


def deep_fade_percent(
    fade_db: ArrayLike,
    distance_km: ArrayLike,
    frequency_mhz: ArrayLike,
    tx_amsl_m: ArrayLike,
    rx_amsl_m: ArrayLike,
    *,
    terrain_amsl_m: ArrayLike,
    geoclimatic_factor: ArrayLike,
    dn75_n: ArrayLike,
) -> FloatArray:
    """Section 2.3.1: share of the worst month with deeper fades, from the maps of K and dN75.

    Parameters
    ----------
    fade_db : array_like
        Depth of the fade [dB], >= 0. The method is for deep ones; 0 gives the occurrence factor p0 of `fade_percent`.
    distance_km : array_like
        Length of the hop [km], > 0.
    frequency_mhz : array_like
        15 000 divided by distance_km to 45 000 [MHz].
    tx_amsl_m, rx_amsl_m : array_like
        Antennas above mean sea level [m].
    terrain_amsl_m : array_like
        Mean height of the ground along the hop, without trees [m].
    geoclimatic_factor : array_like
        K, > 0: ten to the power of the map of log K.
    dn75_n : array_like
        dN75, refractivity increase of the lowest 75 m exceeded for 0.1 % of the worst month [N], 0 to 1000.

    Returns
    -------
    ndarray, the shape the arguments broadcast to
        [%] of the average worst month. Above some 10 % it is no share of time but a figure for `fade_percent`.

    Raises
    ------
    ModelError
        When a value is outside its range.

    Notes
    -----
    Steps 1 to 3: the height of the path over the ground decides how much of the surface duct (v_sr) it meets.

    References
    ----------
    Recommendation ITU-R P.530-18 (09/2021), https://www.itu.int/rec/R-REC-P.530.
    """
    fade, d, f_ghz, tilt, low_m = _hop(fade_db, distance_km, frequency_mhz, tx_amsl_m, rx_amsl_m)
    ground = within("p530.outside_range", "terrain_amsl_m", terrain_amsl_m, *VALIDITY["amsl_m"])
    k = between("p530.not_positive", "geoclimatic_factor", geoclimatic_factor, 0.0)
    dn75 = within("p530.outside_range", "dn75_n", dn75_n, *VALIDITY["dn75_n"])
    mean_m = 0.5 * (np.asarray(tx_amsl_m, dtype=np.float64) + np.asarray(rx_amsl_m, dtype=np.float64))
    clear_m = mean_m - d**2 / 102.0 - ground
    duct = (dn75 / 50.0) ** 1.8 * np.exp(-clear_m / (2.5 * np.sqrt(d)))
    duct = np.minimum(duct, dn75 * d**1.5 * np.sqrt(f_ghz) / 24_730.0)
    log_shape = -0.376 * np.tanh((clear_m - 147.0) / 125.0) - 0.334 * tilt**0.39 - 0.00027 * low_m + 17.85 * duct
    percent: FloatArray = k * d**3.51 * (f_ghz**2 + 13.0) ** 0.447 * 10.0 ** (log_shape - fade / 10.0)
    return percent


def fade_percent(fade_db: ArrayLike, occurrence_percent: ArrayLike) -> FloatArray:
    """Section 2.3.2: share of the worst month with deeper fades, for fades of any depth.

    Parameters
    ----------
    fade_db : array_like
        [dB], >= 0.
    occurrence_percent : array_like
        p0, what a method for deep fades says for 0 dB [%], 0 to 10 000.

    Returns
    -------
    ndarray, the shape the arguments broadcast to
        [%] of the average worst month.

    Raises
    ------
    ModelError
        When a value is outside its range.

    Notes
    -----
    Steps 1 to 3: from the transition depth on, 25 + 1.2 log p0, the deep law; below it the empirical interpolation.

    References
    ----------
    Recommendation ITU-R P.530-18, https://www.itu.int/rec/R-REC-P.530.
    """
    return annual_fade_percent(fade_db, occurrence_percent, conversion_db=0.0)


def worst_month_to_year_db(
    distance_km: ArrayLike, tx_amsl_m: ArrayLike, rx_amsl_m: ArrayLike, latitude_deg: ArrayLike
) -> FloatArray:
    """Section 2.3.4, step 2: how much rarer deep fades are in the average year than in its worst month.

    Parameters
    ----------
    distance_km : array_like
        Length of the hop [km], > 0.
    tx_amsl_m, rx_amsl_m : array_like
        Antennas above mean sea level [m].
    latitude_deg : array_like
        -90 to 90 [deg].

    Returns
    -------
    ndarray, the shape the arguments broadcast to
        Delta G [dB], at most 10.8.

    Raises
    ------
    ModelError
        When a value is outside its range.

    Notes
    -----
    Two public programs take 10.8 for the least value; as the most it agrees with the same equation in P.2001,
    attachment B.3, and makes no hop better than it is.

    References
    ----------
    Recommendation ITU-R P.530-18, https://www.itu.int/rec/R-REC-P.530.
    """
    d = between("p530.not_positive", "distance_km", distance_km, 0.0)
    tilt = _tilt_mrad(d, tx_amsl_m, rx_amsl_m)
    latitude = np.abs(within("p530.outside_range", "latitude_deg", latitude_deg, *VALIDITY["latitude_deg"]))
    sign = np.where(latitude <= 45.0, 1.0, -1.0)
    season = 1.1 + sign * np.abs(np.cos(np.radians(2.0 * latitude))) ** 0.7
    conversion = 10.5 - 5.6 * np.log10(season) - 2.7 * np.log10(d) + 1.7 * np.log10(1.0 + tilt)
    return np.minimum(conversion, 10.8)


def annual_fade_percent(fade_db: ArrayLike, occurrence_percent: ArrayLike, *, conversion_db: ArrayLike) -> FloatArray:
    """Section 2.3.4, steps 3 and 4: share of the average year with deeper fades, for fades of any depth.

    Parameters
    ----------
    fade_db : array_like
        [dB], >= 0.
    occurrence_percent : array_like
        p0 of the worst month, what a method for deep fades says for 0 dB [%], 0 to 10 000.
    conversion_db : array_like
        `worst_month_to_year_db` [dB], -20 to 10.8.

    Returns
    -------
    ndarray, the shape the arguments broadcast to
        [%] of the average year.

    Raises
    ------
    ModelError
        When a value is outside its range.

    References
    ----------
    Recommendation ITU-R P.530-18, https://www.itu.int/rec/R-REC-P.530.
    """
    fade = within("p530.outside_range", "fade_db", fade_db, *VALIDITY["fade_db"])
    limits = VALIDITY["occurrence_percent"]
    p0 = within("p530.outside_range", "occurrence_percent", occurrence_percent, *limits)
    rarer = within("p530.outside_range", "conversion_db", conversion_db, -20.0, 10.8)
    fade, p0, rarer = np.broadcast_arrays(fade, p0, rarer)
    some = np.where(p0 > 0.0, p0, 1.0)
    transition = 25.0 + 1.2 * np.log10(some)
    deep = some * 10.0 ** (-(fade + rarer) / 10.0)
    at = np.maximum(transition, 1.0)  # less occurs only where every fade counts as deep
    tail = np.minimum(some * 10.0 ** (-(at + rarer) / 10.0), 99.9)
    q_tail = -20.0 * np.log10(-np.log1p(-tail / 100.0)) / at
    q_t = (q_tail - 2.0) / _spread(at) - _offset(at)
    q_a = 2.0 + _spread(fade) * (q_t + _offset(fade))
    shallow = -100.0 * np.expm1(-(10.0 ** (-q_a * fade / 20.0)))
    return np.where(p0 > 0.0, np.where(fade >= transition, deep, shallow), 0.0)


def rain_attenuation_db(
    percent: ArrayLike,
    distance_km: ArrayLike,
    frequency_mhz: ArrayLike,
    *,
    rain_mm_per_h: ArrayLike,
    polarization: str = "vertical",
    elevation_deg: ArrayLike = 0.0,
) -> FloatArray:
    """Section 2.4.1: attenuation by rain exceeded for a share of the average year.

    Parameters
    ----------
    percent : array_like
        Of the year [%], 0.001 to 1.
    distance_km : array_like
        Length of the hop [km], 0 to 60.
    frequency_mhz : array_like
        1000 to 100 000 [MHz].
    rain_mm_per_h : array_like
        R0.01, rain rate exceeded for 0.01 % of the year, integrated over one minute [mm/h], 0 to 500.
    polarization : str
        One of `POLARIZATIONS`.
    elevation_deg : array_like
        Of the hop [deg].

    Returns
    -------
    ndarray, the shape the arguments broadcast to
        [dB].

    Raises
    ------
    ModelError
        When a value is outside its range.

    Notes
    -----
    Steps 1 to 5, equations (32) to (35): specific attenuation by P.838-3, effective length with the distance factor at
    most 2.5, power law over the percentages. C0 has 0.4 times the logarithm of (f/10)^0.8.

    References
    ----------
    Recommendation ITU-R P.530-18, https://www.itu.int/rec/R-REC-P.530.
    """
    share = within("p530.outside_range", "percent", percent, *VALIDITY["rain_percent"])
    hundredth, c1, c2, c3 = _rain(distance_km, frequency_mhz, rain_mm_per_h, polarization, elevation_deg)
    log_p = np.log10(share)
    attenuation: FloatArray = hundredth * c1 * 10.0 ** (-log_p * (c2 + c3 * log_p))
    return attenuation


def rain_percent(
    fade_db: ArrayLike,
    distance_km: ArrayLike,
    frequency_mhz: ArrayLike,
    *,
    rain_mm_per_h: ArrayLike,
    polarization: str = "vertical",
    elevation_deg: ArrayLike = 0.0,
) -> FloatArray:
    """Section 2.4.1, equation (34) solved for the percentage: share of the year with deeper fades by rain.

    Parameters
    ----------
    fade_db : array_like
        [dB], >= 0.
    distance_km : array_like
        Length of the hop [km], 0 to 60.
    frequency_mhz : array_like
        1000 to 100 000 [MHz].
    rain_mm_per_h : array_like
        R0.01, rain rate exceeded for 0.01 % of the year, integrated over one minute [mm/h], 0 to 500.
    polarization : str
        One of `POLARIZATIONS`.
    elevation_deg : array_like
        Of the hop [deg].

    Returns
    -------
    ndarray, the shape the arguments broadcast to
        [%] of the average year, 0.001 to 1: 0.001 stands for this share or less, NaN for more than 1 %, for the
        Recommendation states nothing beyond. 0 without rain.

    Raises
    ------
    ModelError
        When a value is outside its range.

    References
    ----------
    Recommendation ITU-R P.530-18, https://www.itu.int/rec/R-REC-P.530.
    """
    fade = within("p530.outside_range", "fade_db", fade_db, *VALIDITY["fade_db"])
    hundredth, c1, c2, c3 = _rain(distance_km, frequency_mhz, rain_mm_per_h, polarization, elevation_deg)
    fade, hundredth, c1, c2, c3 = np.broadcast_arrays(fade, hundredth, c1, c2, c3)
    rains = hundredth > 0.0
    ratio = np.maximum(fade, 1e-30) / (np.where(rains, hundredth, 1.0) * c1)
    rare, often = VALIDITY["rain_percent"]
    # the larger root of c3 x^2 + c2 x + log ratio = 0; none where the fade is deeper than the law can make it
    root = np.sqrt(np.maximum(c2**2 - 4.0 * c3 * np.log10(ratio), 0.0))
    percent = 10.0 ** np.minimum((root - c2) / (2.0 * c3), 3.0)
    percent = np.where(percent > often * (1.0 + 1e-9), np.nan, np.clip(percent, rare, often))
    return np.where(rains, percent, 0.0)


def availability(
    fade_margin_db: ArrayLike,
    distance_km: ArrayLike,
    frequency_mhz: ArrayLike,
    tx_amsl_m: ArrayLike,
    rx_amsl_m: ArrayLike,
    *,
    occurrence_percent: ArrayLike,
    rain_mm_per_h: ArrayLike,
    latitude_deg: ArrayLike,
    polarization: str = "vertical",
) -> HopAvailability:
    """Sections 2.3.4 and 2.4.1: share of the average year in which no fade is deeper than the margin.

    Parameters
    ----------
    fade_margin_db : array_like
        [dB], >= 0.
    distance_km : array_like
        Length of the hop [km], above 0 up to 60.
    frequency_mhz : array_like
        1000 to 100 000 [MHz].
    tx_amsl_m, rx_amsl_m : array_like
        Antennas above mean sea level [m].
    occurrence_percent : array_like
        p0 of the worst month by `deep_fade_percent_by_gradient` or `deep_fade_percent` with a fade of 0 dB [%].
    rain_mm_per_h : array_like
        R0.01, rain rate exceeded for 0.01 % of the year, integrated over one minute [mm/h], 0 to 500.
    latitude_deg : array_like
        -90 to 90 [deg].
    polarization : str
        One of `POLARIZATIONS`.

    Returns
    -------
    HopAvailability
        Its arrays have the shape the arguments broadcast to.

    Raises
    ------
    ModelError
        When a value is outside its range.

    Notes
    -----
    The two shares are added: layers in still air and heavy rain do not come together. Hops up to `NO_MULTIPATH_KM` have
    no multipath. Rain counts at least 0.001 % (`rain_percent`) wherever it rains, so the sum is on the safe side.

    References
    ----------
    Recommendation ITU-R P.530-18, https://www.itu.int/rec/R-REC-P.530.
    """
    conversion = worst_month_to_year_db(distance_km, tx_amsl_m, rx_amsl_m, latitude_deg)
    multipath = annual_fade_percent(fade_margin_db, occurrence_percent, conversion_db=conversion)
    distance = np.asarray(distance_km, dtype=np.float64)
    elevation = np.degrees(np.arctan(_tilt_mrad(distance, tx_amsl_m, rx_amsl_m) / 1e3))
    rain = rain_percent(
        fade_margin_db,
        distance_km,
        frequency_mhz,
        rain_mm_per_h=rain_mm_per_h,
        polarization=polarization,
        elevation_deg=elevation,
    )
    multipath, rain = np.broadcast_arrays(np.where(distance > NO_MULTIPATH_KM, multipath, 0.0), rain)
    return HopAvailability(100.0 - multipath - rain, multipath, rain)


def _hop(
    fade_db: ArrayLike,
    distance_km: ArrayLike,
    frequency_mhz: ArrayLike,
    tx_amsl_m: ArrayLike,
    rx_amsl_m: ArrayLike,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return the checked fade, length, frequency [GHz], inclination [mrad] and height of the lower antenna."""
    fade = within("p530.outside_range", "fade_db", fade_db, *VALIDITY["fade_db"])
    d = between("p530.not_positive", "distance_km", distance_km, 0.0)
    frequency = np.asarray(frequency_mhz, dtype=np.float64)
    lowest, highest = MULTIPATH_LOWEST_MHZ_KM / d, MULTIPATH_HIGHEST_MHZ
    outside = ~((frequency >= lowest * (1.0 - 1e-12)) & (frequency <= highest))
    if outside.any():
        bad, low = (np.broadcast_to(of, outside.shape)[outside].flat[0] for of in (frequency, lowest))
        raise ModelError("p530.frequency", value=float(bad), low=float(low), high=highest)
    tilt = _tilt_mrad(d, tx_amsl_m, rx_amsl_m)
    return fade, d, frequency / 1e3, tilt, np.minimum(tx_amsl_m, rx_amsl_m)


def _tilt_mrad(distance_km: FloatArray, tx_amsl_m: ArrayLike, rx_amsl_m: ArrayLike) -> FloatArray:
    tx = within("p530.outside_range", "tx_amsl_m", tx_amsl_m, *VALIDITY["amsl_m"])
    rx = within("p530.outside_range", "rx_amsl_m", rx_amsl_m, *VALIDITY["amsl_m"])
    tilt: FloatArray = np.abs(rx - tx) / distance_km
    return tilt


def _spread(fade: FloatArray) -> FloatArray:
    """Equations (16) and (17): the factor that both have."""
    spread: FloatArray = (1.0 + 0.3 * 10.0 ** (-fade / 20.0)) * 10.0 ** (-0.016 * fade)
    return spread


def _offset(fade: FloatArray) -> FloatArray:
    """Equations (16) and (17): the summand that both have."""
    offset: FloatArray = 4.3 * (10.0 ** (-fade / 20.0) + fade / 800.0)
    return offset


def _rain(
    distance_km: ArrayLike,
    frequency_mhz: ArrayLike,
    rain_mm_per_h: ArrayLike,
    polarization: str,
    elevation_deg: ArrayLike,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Steps 1 to 4 and equations (35): the attenuation exceeded for 0.01 %, and C1 to C3."""
    if polarization not in TILT_DEG:
        raise ModelError("p530.polarization", value=polarization, known=", ".join(POLARIZATIONS))
    d = within("p530.outside_range", "distance_km", distance_km, *VALIDITY["rain_km"])
    frequency = within("p530.outside_range", "frequency_mhz", frequency_mhz, *VALIDITY["rain_mhz"])
    rain = within("p530.outside_range", "rain_mm_per_h", rain_mm_per_h, 0.0, 500.0)
    f_ghz = frequency / 1e3
    k, alpha = rain_coefficients(frequency, tilt_deg=TILT_DEG[polarization], elevation_deg=elevation_deg)
    inverse = 0.477 * d**0.633 * rain ** (0.073 * alpha) * f_ghz**0.123 - 10.579 * -np.expm1(-0.024 * d)
    hundredth = k * rain**alpha * d / np.maximum(inverse, 0.4)
    c0 = 0.12 + 0.32 * np.log10(np.maximum(f_ghz / 10.0, 1.0))
    c1 = 0.07**c0 * 0.12 ** (1.0 - c0)
    return hundredth, c1, 0.855 * c0 + 0.546 * (1.0 - c0), 0.139 * c0 + 0.043 * (1.0 - c0)
