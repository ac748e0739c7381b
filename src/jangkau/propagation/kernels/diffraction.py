"""Kernels of diffraction: ITU-R P.526-15 sections 3.1, 4.1 and 4.5 as ITU-R P.1812 sections 4.3.1 to 4.3.4 repeat them.

Distances are in km, heights in m, frequencies in GHz, earth radii in km, losses in dB. Equation numbers are those of
P.1812-6 and later.

`standing` multiplies the clutter: 1 as the Recommendation says, 0 for the terrain alone.

An edge is kept without its frequency: the diffraction parameter nu times the square root of the wavelength [m^0.5], so
that one look along the profile serves every frequency.
"""

import math

import numpy as np
from numpy.typing import NDArray

from jangkau.compiled import kernel
from jangkau.elementary import larger

WAVE_M_GHZ = 0.2998
"""Speed of light [m GHz] as the ITU-R texts round it; the published results were made with it."""

LAND_PERMITTIVITY, LAND_CONDUCTIVITY_S_PER_M = 22.0, 0.003
SEA_PERMITTIVITY, SEA_CONDUCTIVITY_S_PER_M = 80.0, 5.0
"""P.1812 section 4.3.3."""

FloatArray = NDArray[np.float64]


@kernel
def knife_edge_db(nu: float) -> float:
    """P.526 equation (31), P.1812 equation (12): loss J(nu) of a knife edge, 0 below nu = -0.78."""
    if nu <= -0.78:
        return 0.0
    return 6.9 + 20.0 * math.log10(math.sqrt((nu - 0.1) ** 2 + 1.0) + nu - 0.1)


@kernel
def bullington_db(edge: float, total_km: float, frequency_ghz: float) -> float:
    """P.1812 equations (16), (20) and (21): Bullington loss of a path whose edge is known."""
    knife_db = knife_edge_db(edge * math.sqrt(frequency_ghz / WAVE_M_GHZ))
    return knife_db + (1.0 - math.exp(-knife_db / 6.0)) * (10.0 + 0.02 * total_km)


@kernel
def slope_from_tx(
    distance_km: FloatArray,
    terrain_m: FloatArray,
    clutter_m: FloatArray,
    standing: float,
    tx_amsl_m: float,
    bend: float,
) -> float:
    """P.1812 equation (13): S_tim, the steepest line from the transmitter to a point between the ends [m/km]."""
    total_km = distance_km[distance_km.size - 1]
    steepest = -math.inf
    for i in range(1, distance_km.size - 1):
        d = distance_km[i]
        steepest = larger(
            steepest, (terrain_m[i] + standing * clutter_m[i] + bend * d * (total_km - d) - tx_amsl_m) / d
        )
    return steepest


@kernel
def slope_from_rx(
    distance_km: FloatArray,
    terrain_m: FloatArray,
    clutter_m: FloatArray,
    standing: float,
    rx_amsl_m: float,
    bend: float,
) -> float:
    """P.1812 equation (17): S_rim, the steepest line from the receiver to a point between the ends [m/km]."""
    total_km = distance_km[distance_km.size - 1]
    steepest = -math.inf
    for i in range(1, distance_km.size - 1):
        rest = total_km - distance_km[i]
        above = terrain_m[i] + standing * clutter_m[i] + bend * distance_km[i] * rest - rx_amsl_m
        steepest = larger(steepest, above / rest)
    return steepest


@kernel
def highest_edge(
    distance_km: FloatArray,
    terrain_m: FloatArray,
    clutter_m: FloatArray,
    standing: float,
    tx_amsl_m: float,
    rx_amsl_m: float,
    bend: float,
) -> float:
    """P.1812 equation (15): the highest edge of a path in sight."""
    total_km = distance_km[distance_km.size - 1]
    tilt = (rx_amsl_m - tx_amsl_m) / total_km
    highest = -math.inf
    for i in range(1, distance_km.size - 1):
        d = distance_km[i]
        product = d * (total_km - d)
        above = terrain_m[i] + standing * clutter_m[i] + bend * product - (tx_amsl_m + tilt * d)
        highest = larger(highest, above / math.sqrt(product))
    return highest * math.sqrt(0.002 * total_km)


@kernel(inline=True)
def crossing_edge(tx_amsl_m: float, rx_amsl_m: float, total_km: float, tx_slope: float, rx_slope: float) -> float:
    """P.1812 equations (18) and (20): the edge where the steepest lines from both ends cross.

    When the path only just grazes, both lines are the ray itself and (18) is 0 / 0 or noise; the edge is then 0.
    """
    point_km = (rx_amsl_m - tx_amsl_m + rx_slope * total_km) / (tx_slope + rx_slope)
    rest_km = total_km - point_km
    if not (point_km > 0.0 and rest_km > 0.0):
        return 0.0
    above_m = tx_amsl_m + tx_slope * point_km - (tx_amsl_m * rest_km + rx_amsl_m * point_km) / total_km
    return above_m * math.sqrt(0.002 * total_km / (point_km * rest_km))


@kernel
def bullington_edge(
    distance_km: FloatArray,
    terrain_m: FloatArray,
    clutter_m: FloatArray,
    standing: float,
    tx_amsl_m: float,
    rx_amsl_m: float,
    radius_km: float,
) -> float:
    """P.1812 section 4.3.1, equations (13) to (20): the edge that stands for terrain with its clutter.

    `standing` is 1, or 0 for the terrain alone.
    """
    total_km = distance_km[distance_km.size - 1]
    bend = 500.0 / radius_km
    tx_slope = slope_from_tx(distance_km, terrain_m, clutter_m, standing, tx_amsl_m, bend)
    if tx_slope < (rx_amsl_m - tx_amsl_m) / total_km:
        return highest_edge(distance_km, terrain_m, clutter_m, standing, tx_amsl_m, rx_amsl_m, bend)
    rx_slope = slope_from_rx(distance_km, terrain_m, clutter_m, standing, rx_amsl_m, bend)
    return crossing_edge(tx_amsl_m, rx_amsl_m, total_km, tx_slope, rx_slope)


@kernel
def _point_at(distance_km: FloatArray, wanted_km: float) -> int:
    """The first point between the ends that is not nearer than a distance, or the last of them."""
    low, high = 1, distance_km.size - 2
    while low < high:
        middle = (low + high) // 2
        if distance_km[middle] < wanted_km:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _smooth_slope(distance_km: FloatArray, height_m: float, bend: float, from_rx: bool) -> float:
    """Equations (13) and (17) over zero heights: the slope from one end, which is highest where (h / bend)^0.5 away."""
    total_km = distance_km[distance_km.size - 1]
    away_km = math.sqrt(height_m / bend)
    after = _point_at(distance_km, total_km - away_km if from_rx else away_km)
    steepest = -math.inf
    for i in range(max(after - 1, 1), after + 1):
        away_km = total_km - distance_km[i] if from_rx else distance_km[i]
        steepest = max(steepest, bend * (total_km - away_km) - height_m / away_km)
    return steepest


@kernel
def _smooth_edge_at(distance_km: FloatArray, i: int, tx_m: float, rx_m: float, bend: float) -> float:
    """Equation (15) over zero heights at one point."""
    total_km = distance_km[distance_km.size - 1]
    d = distance_km[i]
    product = d * (total_km - d)
    above_m = bend * product - (tx_m * (total_km - d) + rx_m * d) / total_km
    return above_m * math.sqrt(0.002 * total_km / product)


@kernel
def smooth_bullington_edge(distance_km: FloatArray, tx_m: float, rx_m: float, radius_km: float) -> float:
    """P.1812 section 4.3.1 over zero heights, as 4.3.4 asks: what `bullington_edge` gives, without walking the profile.

    The slopes (13) and (17) rise and then fall along the path. So does nu (15) while the path is in sight: as a
    function of log(d / (D - d)) it is concave wherever it is negative. Halving therefore finds each highest point.
    """
    total_km = distance_km[distance_km.size - 1]
    bend = 500.0 / radius_km
    tx_slope = _smooth_slope(distance_km, tx_m, bend, False)
    if tx_slope >= (rx_m - tx_m) / total_km:
        return crossing_edge(tx_m, rx_m, total_km, tx_slope, _smooth_slope(distance_km, rx_m, bend, True))
    low, high = 1, distance_km.size - 2
    while low < high:
        middle = (low + high) // 2
        here = _smooth_edge_at(distance_km, middle, tx_m, rx_m, bend)
        if _smooth_edge_at(distance_km, middle + 1, tx_m, rx_m, bend) > here:
            low = middle + 1
        else:
            high = middle
    return _smooth_edge_at(distance_km, low, tx_m, rx_m, bend)


@kernel
def height_gain_db(b: float, k: float) -> float:
    """P.1812 equations (34) and (35): height gain of the first residue term, limited from below."""
    if b > 2.0:
        gain_db = 17.6 * math.sqrt(b - 1.1) - 5.0 * math.log10(b - 1.1) - 8.0
    else:
        gain_db = 20.0 * math.log10(b + 0.1 * b**3)
    return max(gain_db, 2.0 + 20.0 * math.log10(k))


@kernel
def first_term_over_db(
    permittivity: float,
    conductivity_s_per_m: float,
    total_km: float,
    tx_m: float,
    rx_m: float,
    radius_km: float,
    frequency_ghz: float,
    vertical: bool,
) -> float:
    """P.1812 section 4.3.3, equations (29) to (36): first residue term over one kind of surface."""
    lossy = 18.0 * conductivity_s_per_m / frequency_ghz
    k = 0.036 * (radius_km * frequency_ghz) ** (-1.0 / 3.0) * ((permittivity - 1.0) ** 2 + lossy**2) ** -0.25
    if vertical:
        k *= math.sqrt(permittivity**2 + lossy**2)
    beta = (1.0 + 1.6 * k**2 + 0.67 * k**4) / (1.0 + 4.5 * k**2 + 1.53 * k**4)
    x = 21.88 * beta * (frequency_ghz / radius_km**2) ** (1.0 / 3.0) * total_km
    y_per_m = 0.9575 * beta * (frequency_ghz**2 / radius_km) ** (1.0 / 3.0)
    near_db, far_db = -20.0 * math.log10(x) - 5.6488 * x**1.425, 11.0 + 10.0 * math.log10(x) - 17.6 * x
    distance_db = far_db if x >= 1.6 else near_db
    return -distance_db - height_gain_db(beta * y_per_m * tx_m, k) - height_gain_db(beta * y_per_m * rx_m, k)


@kernel
def first_term_db(
    total_km: float,
    tx_m: float,
    rx_m: float,
    radius_km: float,
    frequency_ghz: float,
    sea_fraction: float,
    vertical: bool,
) -> float:
    """P.1812 equation (28): first residue term over a path that is partly sea."""
    loss_db = 0.0
    if sea_fraction < 1.0:
        loss_db += (1.0 - sea_fraction) * first_term_over_db(
            LAND_PERMITTIVITY, LAND_CONDUCTIVITY_S_PER_M, total_km, tx_m, rx_m, radius_km, frequency_ghz, vertical
        )
    if sea_fraction > 0.0:
        loss_db += sea_fraction * first_term_over_db(
            SEA_PERMITTIVITY, SEA_CONDUCTIVITY_S_PER_M, total_km, tx_m, rx_m, radius_km, frequency_ghz, vertical
        )
    return loss_db


@kernel
def spherical_earth_db(
    total_km: float,
    tx_m: float,
    rx_m: float,
    radius_km: float,
    frequency_ghz: float,
    sea_fraction: float,
    vertical: bool,
) -> float:
    """P.1812 section 4.3.2, equations (22) to (27): diffraction over a smooth sphere."""
    if total_km >= math.sqrt(2.0 * radius_km) * (math.sqrt(0.001 * tx_m) + math.sqrt(0.001 * rx_m)):
        return first_term_db(total_km, tx_m, rx_m, radius_km, frequency_ghz, sea_fraction, vertical)
    c = (tx_m - rx_m) / (tx_m + rx_m)
    m = 250.0 * total_km**2 / (radius_km * (tx_m + rx_m))
    cosine = min(max(1.5 * c * math.sqrt(3.0 * m / (m + 1.0) ** 3), -1.0), 1.0)
    b = 2.0 * math.sqrt((m + 1.0) / (3.0 * m)) * math.cos(math.pi / 3.0 + math.acos(cosine) / 3.0)
    first_km = 0.5 * total_km * (1.0 + b)
    second_km = total_km - first_km
    clearance_m = (
        (tx_m - 500.0 * first_km**2 / radius_km) * second_km + (rx_m - 500.0 * second_km**2 / radius_km) * first_km
    ) / total_km
    required_m = 17.456 * math.sqrt(first_km * second_km * WAVE_M_GHZ / (frequency_ghz * total_km))
    if clearance_m > required_m:
        return 0.0
    grazing_radius_km = 500.0 * (total_km / (math.sqrt(tx_m) + math.sqrt(rx_m))) ** 2
    loss_db = first_term_db(total_km, tx_m, rx_m, grazing_radius_km, frequency_ghz, sea_fraction, vertical)
    return max(loss_db, 0.0) * (1.0 - clearance_m / required_m)


@kernel
def delta_bullington_db(
    edge: float,
    smooth_edge: float,
    total_km: float,
    tx_m: float,
    rx_m: float,
    radius_km: float,
    frequency_ghz: float,
    sea_fraction: float,
    vertical: bool,
) -> tuple[float, float, float, float]:
    """P.1812 section 4.3.4, equations (37) to (39), from the edges of the path and of the smooth path.

    `tx_m` and `rx_m` are heights above the smooth earth. Returns the loss and its parts: Bullington over the path,
    Bullington over the smooth path, spherical earth.
    """
    rough_db = bullington_db(edge, total_km, frequency_ghz)
    smooth_db = bullington_db(smooth_edge, total_km, frequency_ghz)
    sphere_db = spherical_earth_db(total_km, tx_m, rx_m, radius_km, frequency_ghz, sea_fraction, vertical)
    return rough_db + max(sphere_db - smooth_db, 0.0), rough_db, smooth_db, sphere_db
