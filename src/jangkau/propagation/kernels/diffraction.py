"""Kernels of diffraction: ITU-R P.526-15 section 4.5 as ITU-R P.1812 sections 4.3.1 to 4.3.4 repeat it.

Distances are in km, heights in m above mean sea level, frequencies in GHz, earth radii in km, losses in dB.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

WAVE_M_GHZ = 0.2998
"""Speed of light [m GHz] as the ITU-R texts round it; the published results were made with it."""

LAND_PERMITTIVITY, LAND_CONDUCTIVITY_S_PER_M = 22.0, 0.003
SEA_PERMITTIVITY, SEA_CONDUCTIVITY_S_PER_M = 80.0, 5.0
"""P.1812 section 4.3.3."""

VERTICAL, HORIZONTAL = 2, 1

FloatArray = NDArray[np.float64]


@njit(cache=True, nogil=True, error_model="numpy")
def knife_edge_db(nu: float) -> float:
    """P.526 section 4.1, equation (31); P.1812 equation (12): loss of a knife edge, 0 below nu = -0.78."""
    if nu <= -0.78:
        return 0.0
    return 6.9 + 20.0 * math.log10(math.sqrt((nu - 0.1) ** 2 + 1.0) + nu - 0.1)


@njit(cache=True, nogil=True, error_model="numpy")
def bullington_db(
    distance_km: FloatArray,
    terrain_m: FloatArray,
    clutter_m: FloatArray,
    flat: bool,
    tx_amsl_m: float,
    rx_amsl_m: float,
    radius_km: float,
    frequency_ghz: float,
) -> float:
    """P.1812 section 4.3.1, equations (13) to (21): Bullington loss over terrain + clutter, or over zero heights."""
    n = distance_km.size
    total = distance_km[n - 1]
    bend = 500.0 / radius_km
    steepest = -1e30
    for i in range(1, n - 1):
        d = distance_km[i]
        top = bend * d * (total - d)
        if not flat:
            top += terrain_m[i] + clutter_m[i]
        steepest = max(steepest, (top - tx_amsl_m) / d)
    if steepest < (rx_amsl_m - tx_amsl_m) / total:
        nu = highest_nu(distance_km, terrain_m, clutter_m, flat, tx_amsl_m, rx_amsl_m, bend, frequency_ghz)
    else:
        nu = bullington_nu(distance_km, terrain_m, clutter_m, flat, tx_amsl_m, rx_amsl_m, bend, frequency_ghz, steepest)
    edge = knife_edge_db(nu)
    return edge + (1.0 - math.exp(-edge / 6.0)) * (10.0 + 0.02 * total)


@njit(cache=True, nogil=True, error_model="numpy")
def highest_nu(
    distance_km: FloatArray,
    terrain_m: FloatArray,
    clutter_m: FloatArray,
    flat: bool,
    tx_amsl_m: float,
    rx_amsl_m: float,
    bend: float,
    frequency_ghz: float,
) -> float:
    """P.1812 equation (15): the largest diffraction parameter of a line-of-sight path."""
    n = distance_km.size
    total = distance_km[n - 1]
    scale = 0.002 * total * frequency_ghz / WAVE_M_GHZ
    highest = -1e30
    for i in range(1, n - 1):
        d = distance_km[i]
        product = d * (total - d)
        top = bend * product
        if not flat:
            top += terrain_m[i] + clutter_m[i]
        above = top - (tx_amsl_m * (total - d) + rx_amsl_m * d) / total
        highest = max(highest, above * math.sqrt(scale / product))
    return highest


@njit(cache=True, nogil=True, error_model="numpy")
def bullington_nu(
    distance_km: FloatArray,
    terrain_m: FloatArray,
    clutter_m: FloatArray,
    flat: bool,
    tx_amsl_m: float,
    rx_amsl_m: float,
    bend: float,
    frequency_ghz: float,
    steepest: float,
) -> float:
    """P.1812 equations (17) to (20): the diffraction parameter of the Bullington point of a blocked path."""
    n = distance_km.size
    total = distance_km[n - 1]
    back = -1e30
    for i in range(1, n - 1):
        d = distance_km[i]
        top = bend * d * (total - d)
        if not flat:
            top += terrain_m[i] + clutter_m[i]
        back = max(back, (top - rx_amsl_m) / (total - d))
    point = (rx_amsl_m - tx_amsl_m + back * total) / (steepest + back)
    above = tx_amsl_m + steepest * point - (tx_amsl_m * (total - point) + rx_amsl_m * point) / total
    return above * math.sqrt(0.002 * total * frequency_ghz / (WAVE_M_GHZ * point * (total - point)))


@njit(cache=True, nogil=True, error_model="numpy")
def height_gain_db(b: float, k: float) -> float:
    """P.1812 equations (34) and (35a): height gain of the first residue term, limited from below."""
    if b > 2.0:
        gain = 17.6 * math.sqrt(b - 1.1) - 5.0 * math.log10(b - 1.1) - 8.0
    else:
        gain = 20.0 * math.log10(b + 0.1 * b**3)
    return max(gain, 2.0 + 20.0 * math.log10(k))


@njit(cache=True, nogil=True, error_model="numpy")
def first_term_over_db(
    permittivity: float,
    conductivity_s_per_m: float,
    total_km: float,
    tx_m: float,
    rx_m: float,
    radius_km: float,
    frequency_ghz: float,
    polarization: int,
) -> float:
    """P.1812 section 4.3.3, equations (29) to (36): first residue term over one kind of surface."""
    loss = 18.0 * conductivity_s_per_m / frequency_ghz
    k = 0.036 * (radius_km * frequency_ghz) ** (-1.0 / 3.0) * ((permittivity - 1.0) ** 2 + loss**2) ** -0.25
    if polarization == VERTICAL:
        k *= math.sqrt(permittivity**2 + loss**2)
    beta = (1.0 + 1.6 * k**2 + 0.67 * k**4) / (1.0 + 4.5 * k**2 + 1.53 * k**4)
    x = 21.88 * beta * (frequency_ghz / radius_km**2) ** (1.0 / 3.0) * total_km
    y = 0.9575 * beta * (frequency_ghz**2 / radius_km) ** (1.0 / 3.0)
    near, far = -20.0 * math.log10(x) - 5.6488 * x**1.425, 11.0 + 10.0 * math.log10(x) - 17.6 * x
    return -(far if x >= 1.6 else near) - height_gain_db(beta * y * tx_m, k) - height_gain_db(beta * y * rx_m, k)


@njit(cache=True, nogil=True, error_model="numpy")
def first_term_db(
    total_km: float,
    tx_m: float,
    rx_m: float,
    radius_km: float,
    frequency_ghz: float,
    sea_fraction: float,
    polarization: int,
) -> float:
    """P.1812 equation (28): first residue term over a path that is partly sea."""
    loss = 0.0
    if sea_fraction < 1.0:
        loss += (1.0 - sea_fraction) * first_term_over_db(
            LAND_PERMITTIVITY, LAND_CONDUCTIVITY_S_PER_M, total_km, tx_m, rx_m, radius_km, frequency_ghz, polarization
        )
    if sea_fraction > 0.0:
        loss += sea_fraction * first_term_over_db(
            SEA_PERMITTIVITY, SEA_CONDUCTIVITY_S_PER_M, total_km, tx_m, rx_m, radius_km, frequency_ghz, polarization
        )
    return loss


@njit(cache=True, nogil=True, error_model="numpy")
def spherical_earth_db(
    total_km: float,
    tx_m: float,
    rx_m: float,
    radius_km: float,
    frequency_ghz: float,
    sea_fraction: float,
    polarization: int,
) -> float:
    """P.1812 section 4.3.2, equations (22) to (27): diffraction over a smooth sphere."""
    if total_km >= math.sqrt(2.0 * radius_km) * (math.sqrt(0.001 * tx_m) + math.sqrt(0.001 * rx_m)):
        return first_term_db(total_km, tx_m, rx_m, radius_km, frequency_ghz, sea_fraction, polarization)
    c = (tx_m - rx_m) / (tx_m + rx_m)
    m = 250.0 * total_km**2 / (radius_km * (tx_m + rx_m))
    cosine = min(max(1.5 * c * math.sqrt(3.0 * m / (m + 1.0) ** 3), -1.0), 1.0)
    b = 2.0 * math.sqrt((m + 1.0) / (3.0 * m)) * math.cos(math.pi / 3.0 + math.acos(cosine) / 3.0)
    first = 0.5 * total_km * (1.0 + b)
    second = total_km - first
    clearance = (
        (tx_m - 500.0 * first**2 / radius_km) * second + (rx_m - 500.0 * second**2 / radius_km) * first
    ) / total_km
    required = 17.456 * math.sqrt(first * second * WAVE_M_GHZ / frequency_ghz / total_km)
    if clearance > required:
        return 0.0
    modified_km = 500.0 * (total_km / (math.sqrt(tx_m) + math.sqrt(rx_m))) ** 2
    loss = first_term_db(total_km, tx_m, rx_m, modified_km, frequency_ghz, sea_fraction, polarization)
    return max(loss, 0.0) * (1.0 - clearance / required)


@njit(cache=True, nogil=True, error_model="numpy")
def delta_bullington_db(
    distance_km: FloatArray,
    terrain_m: FloatArray,
    clutter_m: FloatArray,
    tx_amsl_m: float,
    rx_amsl_m: float,
    tx_smooth_m: float,
    rx_smooth_m: float,
    radius_km: float,
    frequency_ghz: float,
    sea_fraction: float,
    polarization: int,
) -> tuple[float, float, float, float]:
    """P.1812 section 4.3.4, equations (37) to (39).

    Returns the loss and its parts: Bullington over the path, Bullington over the smooth path, spherical earth.
    """
    tx_m, rx_m = tx_amsl_m - tx_smooth_m, rx_amsl_m - rx_smooth_m
    rough = bullington_db(distance_km, terrain_m, clutter_m, False, tx_amsl_m, rx_amsl_m, radius_km, frequency_ghz)
    smooth = bullington_db(distance_km, terrain_m, clutter_m, True, tx_m, rx_m, radius_km, frequency_ghz)
    total_km = distance_km[distance_km.size - 1]
    sphere = spherical_earth_db(total_km, tx_m, rx_m, radius_km, frequency_ghz, sea_fraction, polarization)
    return rough + max(sphere - smooth, 0.0), rough, smooth, sphere
