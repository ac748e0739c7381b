"""Kernels of ITU-R P.1812: floats and arrays in, values out, no checks. See `jangkau.propagation.p1812`.

Distances are in km, heights in m, angles in mrad, frequencies in GHz, losses in dB.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from jangkau.propagation.kernels.diffraction import WAVE_M_GHZ, delta_bullington_db

SEA, COASTAL, INLAND = 1, 3, 4
"""Radio-climatic zones of a profile point, section 3.2; the numbers that exchange files of the ITU use."""

EARTH_RADIUS_KM = 6371.0
BETA_RADIUS_FACTOR = 3.0
"""Effective-radius factor exceeded for beta0 % of the time, section 3.5."""

TERMS = (
    "sea_fraction", "longest_land_km", "longest_inland_km", "beta0_percent", "effective_radius_km",
    "tx_horizon_km", "rx_horizon_km", "tx_horizon_mrad", "rx_horizon_mrad", "angular_distance_mrad", "line_of_sight",
    "tx_smooth_amsl_m", "rx_smooth_amsl_m", "tx_smooth_diffraction_m", "rx_smooth_diffraction_m",
    "tx_smooth_limited_m", "rx_smooth_limited_m", "tx_effective_m", "rx_effective_m", "roughness_m",
    "time_interpolation", "angle_interpolation", "distance_interpolation",
    "free_space_db", "line_of_sight_p_db", "line_of_sight_beta0_db",
    "bullington_beta0_db", "bullington_smooth_beta0_db", "spherical_beta0_db",
    "diffraction_50_db", "diffraction_beta0_db", "diffraction_p_db",
    "basic_diffraction_50_db", "basic_diffraction_db", "notional_minimum_db", "ducting_db", "enhanced_minimum_db",
    "diffraction_or_ducting_db", "modified_db", "troposcatter_db", "combined_db", "location_db", "loss_db",
)  # fmt: skip
"""Names of the values that `terms_kernel` fills, in their order."""

NUMBER_OF_TERMS = len(TERMS)

FloatArray = NDArray[np.float64]
ZoneArray = NDArray[np.uint8]


@njit(cache=True, nogil=True, error_model="numpy")
def inverse_normal(x: float) -> float:
    """Attachment 2, equations (96) to (97): the value that a standard normal exceeds with probability x."""
    x = min(max(x, 1e-6), 1.0 - 1e-6)
    tail = min(x, 1.0 - x)
    t = math.sqrt(-2.0 * math.log(tail))
    value = t - ((0.010328 * t + 0.802853) * t + 2.515516698) / (((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0)
    return value if x <= 0.5 else -value


@njit(cache=True, nogil=True, error_model="numpy")
def zone_lengths(distance_km: FloatArray, zone: ZoneArray) -> tuple[float, float, float]:
    """Section 3.4: fraction of the path over sea, longest stretch over land, longest stretch inland.

    A stretch reaches half-way to the next point of another zone.
    """
    n = distance_km.size
    sea, land, inland = 0.0, 0.0, 0.0
    land_now, inland_now = 0.0, 0.0
    for i in range(n):
        before = 0.5 * (distance_km[i] - distance_km[i - 1]) if i > 0 else 0.0
        after = 0.5 * (distance_km[i + 1] - distance_km[i]) if i < n - 1 else 0.0
        own = before + after
        sea += own if zone[i] == SEA else 0.0
        land_now = land_now + own if zone[i] != SEA else 0.0
        inland_now = inland_now + own if zone[i] == INLAND else 0.0
        land, inland = max(land, land_now), max(inland, inland_now)
    return sea / (distance_km[n - 1] - distance_km[0]), land, inland


@njit(cache=True, nogil=True, error_model="numpy")
def inland_factor(longest_inland_km: float) -> float:
    """Equation (3): tau."""
    return 1.0 - math.exp(-(4.12e-4 * longest_inland_km**2.41))


@njit(cache=True, nogil=True, error_model="numpy")
def beta0_percent(latitude_deg: float, longest_land_km: float, longest_inland_km: float) -> float:
    """Section 3.4, equations (2) to (5): share of time in which anomalous propagation is to be expected [%]."""
    latitude = abs(latitude_deg)
    tau = inland_factor(longest_inland_km)
    mu1 = (10.0 ** (-longest_land_km / (16.0 - 6.6 * tau)) + 10.0 ** (-5.0 * (0.496 + 0.354 * tau))) ** 0.2
    mu1 = min(mu1, 1.0)
    if latitude <= 70.0:
        mu4 = 10.0 ** ((-0.935 + 0.0176 * latitude) * math.log10(mu1))
        return 10.0 ** (-0.015 * latitude + 1.67) * mu1 * mu4
    return 4.17 * mu1 * 10.0 ** (0.3 * math.log10(mu1))


@njit(cache=True, nogil=True, error_model="numpy")
def smooth_earth(
    distance_km: FloatArray, terrain_m: FloatArray, tx_amsl_m: float, rx_amsl_m: float
) -> tuple[float, float, float, float]:
    """Attachment 1, sections 5.6.1 and 5.6.2: ends of the smooth surface, as fitted and for the diffraction model."""
    n = distance_km.size
    total = distance_km[n - 1]
    area, moment = 0.0, 0.0
    highest, from_tx, from_rx = -1e30, -1e30, -1e30
    for i in range(1, n):
        d, b = distance_km[i], distance_km[i - 1]
        h, g = terrain_m[i], terrain_m[i - 1]
        area += (d - b) * (h + g)
        moment += (d - b) * (h * (2.0 * d + b) + g * (d + 2.0 * b))
        if i < n - 1:
            above = h - (tx_amsl_m * (total - d) + rx_amsl_m * d) / total
            highest = max(highest, above)
            from_tx = max(from_tx, above / d)
            from_rx = max(from_rx, above / (total - d))
    tx = (2.0 * area * total - moment) / total**2
    rx = (moment - area * total) / total**2
    tx_diffraction, rx_diffraction = tx, rx
    if highest > 0.0:
        tx_diffraction -= highest * from_tx / (from_tx + from_rx)
        rx_diffraction -= highest * from_rx / (from_tx + from_rx)
    return tx, rx, min(tx_diffraction, terrain_m[0]), min(rx_diffraction, terrain_m[n - 1])


@njit(cache=True, nogil=True, error_model="numpy")
def horizons(
    distance_km: FloatArray,
    terrain_m: FloatArray,
    tx_amsl_m: float,
    rx_amsl_m: float,
    radius_km: float,
    frequency_ghz: float,
) -> tuple[bool, int, int, float, float]:
    """Attachment 1, sections 5.1 to 5.5: whether in sight, points of both horizons, their elevation angles [mrad]."""
    n = distance_km.size
    total = distance_km[n - 1]
    bend = 0.5 / radius_km
    straight = (rx_amsl_m - tx_amsl_m) / (1000.0 * total) - bend * total
    tx_slope, rx_slope, tx_point, rx_point = -1e30, -1e30, 1, n - 2
    for i in range(1, n - 1):
        d = distance_km[i]
        slope = (terrain_m[i] - tx_amsl_m) / (1000.0 * d) - bend * d
        if slope > tx_slope:
            tx_slope, tx_point = slope, i
        slope = (terrain_m[i] - rx_amsl_m) / (1000.0 * (total - d)) - bend * (total - d)
        if slope >= rx_slope:
            rx_slope, rx_point = slope, i
    if tx_slope > straight:
        return False, tx_point, rx_point, 1000.0 * math.atan(tx_slope), 1000.0 * math.atan(rx_slope)
    point = nearest_to_ray(distance_km, terrain_m, tx_amsl_m, rx_amsl_m, radius_km, frequency_ghz)
    back = (tx_amsl_m - rx_amsl_m) / (1000.0 * total) - bend * total
    return True, point, point, 1000.0 * math.atan(straight), 1000.0 * math.atan(back)


@njit(cache=True, nogil=True, error_model="numpy")
def nearest_to_ray(
    distance_km: FloatArray,
    terrain_m: FloatArray,
    tx_amsl_m: float,
    rx_amsl_m: float,
    radius_km: float,
    frequency_ghz: float,
) -> int:
    """Attachment 1, section 5.4: the last point with the largest diffraction parameter of a path in sight."""
    n = distance_km.size
    total = distance_km[n - 1]
    scale = 0.002 * total * frequency_ghz / WAVE_M_GHZ
    highest, point = -1e30, 1
    for i in range(1, n - 1):
        d = distance_km[i]
        product = d * (total - d)
        above = terrain_m[i] + 500.0 / radius_km * product - (tx_amsl_m * (total - d) + rx_amsl_m * d) / total
        nu = above * math.sqrt(scale / product)
        if nu >= highest:
            highest, point = nu, i
    return point


@njit(cache=True, nogil=True, error_model="numpy")
def troposcatter_db(
    total_km: float, angle_mrad: float, frequency_ghz: float, time_percent: float, sea_level_refractivity_n: float
) -> float:
    """Section 4.4, equations (44) and (45)."""
    frequency_loss = 25.0 * math.log10(frequency_ghz) - 2.5 * math.log10(0.5 * frequency_ghz) ** 2
    return (
        190.1
        + frequency_loss
        + 20.0 * math.log10(total_km)
        + 0.573 * angle_mrad
        - 0.15 * sea_level_refractivity_n
        - 10.125 * math.log10(50.0 / time_percent) ** 0.7
    )


@njit(cache=True, nogil=True, error_model="numpy")
def shielding_db(angle_mrad: float, horizon_km: float, frequency_ghz: float) -> float:
    """Equations (48) and (48a): site shielding of one terminal."""
    excess = angle_mrad - 0.1 * horizon_km
    if excess <= 0.0:
        return 0.0
    root = math.sqrt(frequency_ghz * horizon_km)
    return 20.0 * math.log10(1.0 + 0.361 * excess * root) + 0.264 * excess * frequency_ghz ** (1.0 / 3.0)


@njit(cache=True, nogil=True, error_model="numpy")
def sea_coupling_db(coast_km: float, horizon_km: float, sea_fraction: float, amsl_m: float) -> float:
    """Equation (49): coupling of one terminal into ducts over the sea."""
    if sea_fraction < 0.75 or coast_km > horizon_km or coast_km > 5.0:
        return 0.0
    return -3.0 * math.exp(-0.25 * coast_km**2) * (1.0 + math.tanh(0.07 * (50.0 - amsl_m)))


@njit(cache=True, nogil=True, error_model="numpy")
def ducting_db(
    t: FloatArray,
    total_km: float,
    tx_amsl_m: float,
    rx_amsl_m: float,
    tx_coast_km: float,
    rx_coast_km: float,
    frequency_ghz: float,
    time_percent: float,
) -> float:
    """Section 4.5, equations (46) to (56): ducting and layer reflection, from the geometry already in `t`."""
    sea_fraction, inland_km, beta0, radius_km = t[0], t[2], t[3], t[4]
    tx_km, rx_km, tx_mrad, rx_mrad = t[5], t[6], t[7], t[8]
    tx_effective_m, rx_effective_m, roughness_m = t[17], t[18], t[19]
    fixed = 102.45 + 20.0 * math.log10(frequency_ghz) + 20.0 * math.log10(tx_km + rx_km)
    if frequency_ghz < 0.5:
        fixed += 45.375 - 137.0 * frequency_ghz + 92.5 * frequency_ghz**2
    fixed += shielding_db(tx_mrad, tx_km, frequency_ghz) + shielding_db(rx_mrad, rx_km, frequency_ghz)
    fixed += sea_coupling_db(tx_coast_km, tx_km, sea_fraction, tx_amsl_m)
    fixed += sea_coupling_db(rx_coast_km, rx_km, sea_fraction, rx_amsl_m)
    angle = 1e3 * total_km / radius_km + min(tx_mrad, 0.1 * tx_km) + min(rx_mrad, 0.1 * rx_km)
    alpha = max(-0.6 - 3.5e-9 * total_km**3.1 * inland_factor(inland_km), -3.4)
    spread = (math.sqrt(tx_effective_m) + math.sqrt(rx_effective_m)) ** 2
    mu2 = min((500.0 / radius_km * total_km**2 / spread) ** alpha, 1.0)
    mu3 = 1.0
    if roughness_m > 10.0:
        between_km = min(total_km - tx_km - rx_km, 40.0)
        mu3 = math.exp(-4.6e-5 * (roughness_m - 10.0) * (43.0 + 6.0 * between_km))
    beta = beta0 * mu2 * mu3
    log_beta = math.log10(beta)
    gamma = (
        1.076
        / (2.0058 - log_beta) ** 1.012
        * math.exp(-(9.51 - 4.8 * log_beta + 0.198 * log_beta**2) * 1e-6 * total_km**1.13)
    )
    ratio = time_percent / beta
    in_time = -12.0 + (1.2 + 3.7e-3 * total_km) * math.log10(ratio) + 12.0 * ratio**gamma
    return fixed + 5e-5 * radius_km * frequency_ghz ** (1.0 / 3.0) * angle + in_time


@njit(cache=True, nogil=True, error_model="numpy")
def terms_kernel(
    distance_km: FloatArray,
    terrain_m: FloatArray,
    clutter_m: FloatArray,
    zone: ZoneArray,
    frequency_ghz: float,
    tx_height_m: float,
    rx_height_m: float,
    polarization: int,
    time_percent: float,
    latitude_deg: float,
    tx_coast_km: float,
    rx_coast_km: float,
    refractivity_gradient_n_per_km: float,
    sea_level_refractivity_n: float,
    t: FloatArray,
) -> float:
    """Sections 3 and 4 but for locations: fill `t` in the order of `TERMS` and return the combined loss."""
    n = distance_km.size
    total = distance_km[n - 1]
    tx_amsl, rx_amsl = terrain_m[0] + tx_height_m, terrain_m[n - 1] + rx_height_m
    t[0], t[1], t[2] = zone_lengths(distance_km, zone)
    t[3] = beta0_percent(latitude_deg, t[1], t[2])
    t[4] = EARTH_RADIUS_KM * 157.0 / (157.0 - refractivity_gradient_n_per_km)
    in_sight, tx_point, rx_point, t[7], t[8] = horizons(distance_km, terrain_m, tx_amsl, rx_amsl, t[4], frequency_ghz)
    t[5], t[6] = distance_km[tx_point], total - distance_km[rx_point]
    t[9] = 1e3 * total / t[4] + t[7] + t[8]
    t[10] = 1.0 if in_sight else 0.0
    t[11], t[12], t[13], t[14] = smooth_earth(distance_km, terrain_m, tx_amsl, rx_amsl)
    t[15], t[16] = min(t[11], terrain_m[0]), min(t[12], terrain_m[n - 1])
    t[17], t[18] = tx_amsl - t[15], rx_amsl - t[16]
    slope = (t[16] - t[15]) / total
    t[19] = -1e30
    for i in range(tx_point, rx_point + 1):
        t[19] = max(t[19], terrain_m[i] - (t[15] + slope * distance_km[i]))
    _losses(distance_km, terrain_m, clutter_m, frequency_ghz, tx_amsl, rx_amsl, polarization, time_percent, t)
    t[35] = ducting_db(t, total, tx_amsl, rx_amsl, tx_coast_km, rx_coast_km, frequency_ghz, time_percent)
    t[39] = troposcatter_db(total, t[9], frequency_ghz, time_percent, sea_level_refractivity_n)
    return _combine(t, total, time_percent)


@njit(cache=True, nogil=True, error_model="numpy")
def _losses(
    distance_km: FloatArray,
    terrain_m: FloatArray,
    clutter_m: FloatArray,
    frequency_ghz: float,
    tx_amsl: float,
    rx_amsl: float,
    polarization: int,
    time_percent: float,
    t: FloatArray,
) -> None:
    """Sections 4.2 and 4.3: free space, line of sight, diffraction for both effective earth radii."""
    total = distance_km[distance_km.size - 1]
    straight = math.sqrt(total**2 + (1e-3 * (tx_amsl - rx_amsl)) ** 2)
    t[23] = 92.4 + 20.0 * math.log10(frequency_ghz) + 20.0 * math.log10(straight)
    focus = 2.6 * (1.0 - math.exp(-0.1 * (t[5] + t[6])))
    t[24] = t[23] + focus * math.log10(time_percent / 50.0)
    t[25] = t[23] + focus * math.log10(t[3] / 50.0)
    t[29], _, _, _ = delta_bullington_db(
        distance_km, terrain_m, clutter_m, tx_amsl, rx_amsl, t[13], t[14], t[4], frequency_ghz, t[0], polarization
    )
    t[30], t[26], t[27], t[28] = delta_bullington_db(
        distance_km,
        terrain_m,
        clutter_m,
        tx_amsl,
        rx_amsl,
        t[13],
        t[14],
        EARTH_RADIUS_KM * BETA_RADIUS_FACTOR,
        frequency_ghz,
        t[0],
        polarization,
    )
    t[20] = 1.0
    if time_percent >= t[3]:
        t[20] = inverse_normal(0.01 * time_percent) / inverse_normal(0.01 * t[3])
    t[31] = t[29] if time_percent == 50.0 else t[29] + t[20] * (t[30] - t[29])
    t[32], t[33] = t[23] + t[29], t[24] + t[31]


@njit(cache=True, nogil=True, error_model="numpy")
def _combine(t: FloatArray, total_km: float, time_percent: float) -> float:
    """Section 4.6, equations (57) to (63)."""
    t[21] = 1.0 - 0.5 * (1.0 + math.tanh(3.0 * 0.8 * (t[9] - 0.3) / 0.3))
    t[22] = 1.0 - 0.5 * (1.0 + math.tanh(3.0 * 0.5 * (total_km - 20.0) / 20.0))
    over_land = (1.0 - t[0]) * t[31]
    if time_percent < t[3]:
        t[34] = t[24] + over_land
    else:
        t[34] = t[32] + (t[25] + over_land - t[32]) * t[20]
    larger = max(t[35], t[24])
    t[36] = larger + 2.5 * math.log(math.exp((t[35] - larger) / 2.5) + math.exp((t[24] - larger) / 2.5))
    t[37] = t[33] if t[36] > t[33] else t[36] + (t[33] - t[36]) * t[22]
    t[38] = t[37] + (t[34] - t[37]) * t[21]
    smaller = min(t[39], t[38])
    t[40] = smaller - 5.0 * math.log10(10.0 ** (-0.2 * (t[39] - smaller)) + 10.0 ** (-0.2 * (t[38] - smaller)))
    return float(t[40])


@njit(cache=True, nogil=True, error_model="numpy")
def median_loss_db(
    distance_km: FloatArray,
    terrain_m: FloatArray,
    clutter_m: FloatArray,
    zone: ZoneArray,
    frequency_ghz: float,
    tx_height_m: float,
    rx_height_m: float,
    time_percent: float,
    latitude_deg: float,
    refractivity_gradient_n_per_km: float,
    sea_level_refractivity_n: float,
    terms: FloatArray,
) -> float:
    """Loss not exceeded for half of the locations, vertical polarization, terminals far from the coast.

    `terms` is room for `NUMBER_OF_TERMS` values, lent by the caller so that many paths allocate nothing.
    """
    combined = terms_kernel(
        distance_km,
        terrain_m,
        clutter_m,
        zone,
        frequency_ghz,
        tx_height_m,
        rx_height_m,
        2,
        time_percent,
        latitude_deg,
        500.0,
        500.0,
        refractivity_gradient_n_per_km,
        sea_level_refractivity_n,
        terms,
    )
    return max(combined, terms[24])
