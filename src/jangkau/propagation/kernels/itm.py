"""The Irregular Terrain Model (Longley-Rice, algorithm 1.2.2) as compiled functions; dressed by `propagation.itm`.

Bracketed numbers are equations: [A] Hufford's "The ITS Irregular Terrain Model, version 1.2.2: the algorithm",
[67] ESSA report ERL 79-ITS 67, [101] NBS Technical Note 101, [V] Vogler 1964.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jangkau.compiled import kernel

FloatArray = NDArray[np.float64]

LINE_OF_SIGHT, DIFFRACTION, TROPOSCATTER = 1, 2, 3
SINGLE_MESSAGE, ACCIDENTAL, MOBILE, BROADCAST = 0, 1, 2, 3

EARTH_CURVATURE_PER_M = 157e-9
EARTH_RADIUS_M = 6_370e3
LONG_TERM_EARTH_RADIUS_M = 9_000e3
WAVENUMBER_MHZ_M = 47.7
"""Frequency [MHz] over this is the wave number [1/m]: c / (2 pi)."""
NO_SCATTER_DB = 1001.0
SQRT2 = math.sqrt(2.0)

# [A 5.5 to 5.8] curves c1, c2 [dB], x1, x2, x3 [m], one row a climate (1 equatorial ... 7 maritime temperate over sea)
MEDIAN_CURVES = np.array(
    [
        [-9.67, 12.7, 144.9e3, 190.3e3, 133.8e3],
        [-0.62, 9.19, 228.9e3, 205.2e3, 143.6e3],
        [1.26, 15.5, 262.6e3, 185.2e3, 99.8e3],
        [-9.21, 9.05, 84.1e3, 101.1e3, 98.6e3],
        [-0.62, 9.19, 228.9e3, 205.2e3, 143.6e3],
        [-0.39, 2.86, 141.7e3, 315.9e3, 167.4e3],
        [3.15, 857.9, 2222.0e3, 164.8e3, 116.3e3],
    ]
)
LOW_CURVES = np.array(
    [
        [2.13, 159.5, 762.2e3, 123.6e3, 94.5e3],
        [2.66, 7.67, 100.4e3, 172.5e3, 136.4e3],
        [6.11, 6.65, 138.2e3, 242.2e3, 178.6e3],
        [1.98, 13.11, 139.1e3, 132.7e3, 193.5e3],
        [2.68, 7.16, 93.7e3, 186.8e3, 133.5e3],
        [6.86, 10.38, 187.8e3, 169.6e3, 108.9e3],
        [8.51, 169.8, 609.8e3, 119.9e3, 106.6e3],
    ]
)
HIGH_CURVES = np.array(
    [
        [2.11, 102.3, 636.9e3, 134.8e3, 95.6e3],
        [6.87, 15.53, 138.7e3, 143.7e3, 98.6e3],
        [10.08, 9.60, 165.3e3, 225.7e3, 129.7e3],
        [3.68, 159.3, 464.4e3, 93.1e3, 94.2e3],
        [4.75, 8.12, 93.2e3, 135.9e3, 113.4e3],
        [8.58, 13.97, 216.0e3, 152.0e3, 122.7e3],
        [8.43, 8.19, 136.2e3, 188.5e3, 122.9e3],
    ]
)
# [A 5.7 and table 5.1] frequency factors b1, b2, b3 below and above the median; then C_D, z_D of the ducting tail
LOW_FACTORS = np.array([[1.0, 0.0, 0.0]] * 4 + [[0.92, 0.25, 1.77]] + [[1.0, 0.0, 0.0]] * 2)
HIGH_FACTORS = np.array(
    [
        [1.0, 0.0, 0.0],
        [0.93, 0.31, 2.00],
        [1.0, 0.0, 0.0],
        [0.93, 0.19, 1.79],
        [0.93, 0.31, 2.00],
        [1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0],
    ]
)
DUCT_SCALE = np.array([1.224, 0.801, 1.380, 1.000, 1.224, 1.518, 1.518])
DUCT_START = np.array([1.282, 2.161, 1.282, 20.0, 1.282, 1.282, 1.282])

# [A 6.13] H_01 and [A 6.9] F_0
GAIN_FOURTH = np.array([25.0, 80.0, 177.0, 395.0, 705.0])
GAIN_SQUARE = np.array([24.0, 45.0, 68.0, 80.0, 105.0])


class Ground(NamedTuple):
    """What lies under the whole path."""

    impedance: complex
    earth_radius_m: float
    refractivity_n: float


class Path(NamedTuple):
    """Geometry of the path; `a` is the transmitter, `b` the receiver."""

    distance_m: float
    height_a_m: float
    height_b_m: float
    effective_a_m: float
    effective_b_m: float
    horizon_a_m: float
    horizon_b_m: float
    angle_a_rad: float
    angle_b_rad: float
    irregularity_m: float


@kernel(allocates=True)
def ground_under(
    mean_height_amsl_m: float,
    sea_level_refractivity_n: float,
    frequency_mhz: float,
    vertical: bool,
    permittivity: float,
    conductivity_s_per_m: float,
) -> Ground:
    """Refractivity at the height of the path [101 4.3], effective Earth [101 4.4], ground impedance [A 1.5]."""
    refractivity_n = sea_level_refractivity_n * math.exp(-mean_height_amsl_m / 9460.0)
    curvature_per_m = EARTH_CURVATURE_PER_M * (1.0 - 0.04665 * math.exp(refractivity_n / 179.3))
    relative = complex(permittivity, 18000.0 * conductivity_s_per_m / frequency_mhz)
    impedance = np.sqrt(relative - 1.0)
    if vertical:
        impedance = impedance / relative
    return Ground(impedance, 1.0 / curvature_per_m, refractivity_n)


@kernel
def middle_height_m(terrain_amsl_m: FloatArray) -> float:
    """Mean terrain height of the path without its first and last tenth."""
    intervals = terrain_amsl_m.size - 1
    tenth = int(0.1 * intervals)
    total_m = 0.0
    for i in range(tenth, intervals - tenth + 1):
        total_m += terrain_amsl_m[i]
    return total_m / (intervals - 2 * tenth + 1)


@kernel
def horizons(
    terrain_amsl_m: FloatArray, spacing_m: float, earth_radius_m: float, height_a_m: float, height_b_m: float
) -> tuple[float, float, float, float]:
    """Horizon angles [rad] and distances [m] of both ends [101 6.15]; in sight, each end is the other's horizon."""
    intervals = terrain_amsl_m.size - 1
    distance_m = intervals * spacing_m
    top_a_m = terrain_amsl_m[0] + height_a_m
    top_b_m = terrain_amsl_m[intervals] + height_b_m
    angle_a_rad = (top_b_m - top_a_m) / distance_m - distance_m / (2.0 * earth_radius_m)
    angle_b_rad = (top_a_m - top_b_m) / distance_m - distance_m / (2.0 * earth_radius_m)
    horizon_a_m = distance_m
    horizon_b_m = distance_m
    for i in range(1, intervals):
        from_a_m = i * spacing_m
        from_b_m = distance_m - from_a_m
        up_a_rad = (terrain_amsl_m[i] - top_a_m) / from_a_m - from_a_m / (2.0 * earth_radius_m)
        up_b_rad = (terrain_amsl_m[i] - top_b_m) / from_b_m - from_b_m / (2.0 * earth_radius_m)
        if up_a_rad > angle_a_rad:
            angle_a_rad = up_a_rad
            horizon_a_m = from_a_m
        if up_b_rad > angle_b_rad:
            angle_b_rad = up_b_rad
            horizon_b_m = from_b_m
    return angle_a_rad, angle_b_rad, horizon_a_m, horizon_b_m


@kernel
def fitted_ends_m(heights_m: FloatArray, spacing_m: float, start_m: float, end_m: float) -> tuple[float, float]:
    """Least-squares line through the heights between two distances, at the first and the last point."""
    intervals = heights_m.size - 1
    first = int(max(start_m / spacing_m, 0.0))
    last = intervals - int(max(intervals - end_m / spacing_m, 0.0))
    if last <= first:
        first = max(first - 1, 0)
        last = min(last + 1, intervals)
    length = float(last - first)
    offset = -0.5 * length
    middle = last + offset
    mean_m = 0.5 * (heights_m[first] + heights_m[last])
    moment_m = 0.5 * (heights_m[first] - heights_m[last]) * offset
    for i in range(first + 1, last):
        offset += 1.0
        mean_m += heights_m[i]
        moment_m += heights_m[i] * offset
    mean_m /= length
    slope_m = moment_m * 12.0 / ((length * length + 2.0) * length)
    return mean_m - slope_m * middle, mean_m + slope_m * (intervals - middle)


@kernel(allocates=True)
def irregularity_m(terrain_amsl_m: FloatArray, spacing_m: float, start_m: float, end_m: float) -> float:
    """Interdecile range of the heights about their fitted line, made independent of distance [67 3]."""
    intervals = terrain_amsl_m.size - 1
    position = start_m / spacing_m
    span = end_m / spacing_m - position
    if span < 2.0:
        return 0.0
    tenth = min(max(4, int(0.1 * (span + 8.0))), 25)
    count = 10 * tenth - 5
    step = span / (count - 1)
    i = int(position)
    position -= i + 1.0
    samples_m = np.empty(count)
    for j in range(count):
        while position > 0.0 and i + 1 < intervals:
            position -= 1.0
            i += 1
        samples_m[j] = terrain_amsl_m[i + 1] + (terrain_amsl_m[i + 1] - terrain_amsl_m[i]) * position
        position += step
    fit_m, fit_last_m = fitted_ends_m(samples_m, 1.0, 0.0, count - 1.0)
    slope_m = (fit_last_m - fit_m) / (count - 1.0)
    for j in range(count):
        samples_m[j] -= fit_m
        fit_m += slope_m
    samples_m.sort()
    return float((samples_m[count - tenth] - samples_m[tenth - 1]) / (1.0 - 0.8 * math.exp(-(end_m - start_m) / 50e3)))


@kernel
def likely_horizon_m(effective_m: float, irregularity_m: float, earth_radius_m: float) -> float:
    """Horizon distance that irregular terrain leaves of the smooth Earth's [A 3.3]."""
    return math.sqrt(2.0 * effective_m * earth_radius_m) * math.exp(
        -0.07 * math.sqrt(irregularity_m / max(effective_m, 5.0))
    )


@kernel
def likely_angle_rad(effective_m: float, horizon_m: float, irregularity_m: float, earth_radius_m: float) -> float:
    """Horizon angle over irregular terrain [A 3.4]."""
    smooth_m = math.sqrt(2.0 * effective_m * earth_radius_m)
    return (0.65 * irregularity_m * (smooth_m / horizon_m - 1.0) - 2.0 * effective_m) / smooth_m


@kernel
def path_over_profile(
    terrain_amsl_m: FloatArray, spacing_m: float, earth_radius_m: float, height_a_m: float, height_b_m: float
) -> Path:
    """Geometry of a known profile [A 2.1 to 2.6]."""
    distance_m = (terrain_amsl_m.size - 1) * spacing_m
    angle_a_rad, angle_b_rad, horizon_a_m, horizon_b_m = horizons(
        terrain_amsl_m, spacing_m, earth_radius_m, height_a_m, height_b_m
    )
    start_m = min(15.0 * height_a_m, 0.1 * horizon_a_m)
    end_m = distance_m - min(15.0 * height_b_m, 0.1 * horizon_b_m)
    rough_m = irregularity_m(terrain_amsl_m, spacing_m, start_m, end_m)
    first_m, last_m = terrain_amsl_m[0], terrain_amsl_m[-1]
    if horizon_a_m + horizon_b_m > 1.5 * distance_m:
        fit_a_m, fit_b_m = fitted_ends_m(terrain_amsl_m, spacing_m, start_m, end_m)
        effective_a_m = height_a_m + max(first_m - fit_a_m, 0.0)
        effective_b_m = height_b_m + max(last_m - fit_b_m, 0.0)
        horizon_a_m = likely_horizon_m(effective_a_m, rough_m, earth_radius_m)
        horizon_b_m = likely_horizon_m(effective_b_m, rough_m, earth_radius_m)
        if horizon_a_m + horizon_b_m <= distance_m:
            raised = (distance_m / (horizon_a_m + horizon_b_m)) ** 2
            effective_a_m *= raised
            effective_b_m *= raised
            horizon_a_m = likely_horizon_m(effective_a_m, rough_m, earth_radius_m)
            horizon_b_m = likely_horizon_m(effective_b_m, rough_m, earth_radius_m)
        angle_a_rad = likely_angle_rad(effective_a_m, horizon_a_m, rough_m, earth_radius_m)
        angle_b_rad = likely_angle_rad(effective_b_m, horizon_b_m, rough_m, earth_radius_m)
    else:
        fit_a_m, _ = fitted_ends_m(terrain_amsl_m, spacing_m, start_m, 0.9 * horizon_a_m)
        _, fit_b_m = fitted_ends_m(terrain_amsl_m, spacing_m, distance_m - 0.9 * horizon_b_m, end_m)
        effective_a_m = height_a_m + max(first_m - fit_a_m, 0.0)
        effective_b_m = height_b_m + max(last_m - fit_b_m, 0.0)
    return Path(
        distance_m,
        height_a_m,
        height_b_m,
        effective_a_m,
        effective_b_m,
        horizon_a_m,
        horizon_b_m,
        angle_a_rad,
        angle_b_rad,
        rough_m,
    )


@kernel
def sited_height_m(height_m: float, siting: int, irregularity_m: float) -> float:
    """Effective height by the care of siting: 0 random, 1 careful, 2 very careful [A 3.2]."""
    if siting == 0:
        return height_m
    bonus_m = 4.0 if siting == 1 else 9.0
    if height_m < 5.0:
        bonus_m *= math.sin(0.1 * math.pi * height_m)
    return height_m + (1.0 + bonus_m) * math.exp(-min(20.0, 2.0 * height_m / max(1e-3, irregularity_m)))


@kernel
def path_over_area(
    distance_m: float,
    irregularity_m: float,
    earth_radius_m: float,
    height_a_m: float,
    height_b_m: float,
    siting_a: int,
    siting_b: int,
) -> Path:
    """Geometry that terrain of a given irregularity likely gives [A 3.1 to 3.4]."""
    effective_a_m = sited_height_m(height_a_m, siting_a, irregularity_m)
    effective_b_m = sited_height_m(height_b_m, siting_b, irregularity_m)
    horizon_a_m = likely_horizon_m(effective_a_m, irregularity_m, earth_radius_m)
    horizon_b_m = likely_horizon_m(effective_b_m, irregularity_m, earth_radius_m)
    return Path(
        distance_m,
        height_a_m,
        height_b_m,
        effective_a_m,
        effective_b_m,
        horizon_a_m,
        horizon_b_m,
        likely_angle_rad(effective_a_m, horizon_a_m, irregularity_m, earth_radius_m),
        likely_angle_rad(effective_b_m, horizon_b_m, irregularity_m, earth_radius_m),
        irregularity_m,
    )


@kernel
def roughness_m(distance_m: float, irregularity_m: float) -> float:
    """Irregularity that shows over a distance, Delta h(d) [67 3]."""
    return irregularity_m * (1.0 - 0.8 * math.exp(-distance_m / 50e3))


@kernel
def surface_deviation_m(roughness_m: float) -> float:
    """Deviation of the terrain within the first Fresnel zone, sigma_h [67 3.6a]."""
    return 0.78 * roughness_m * math.exp(-0.5 * roughness_m**0.25)


@kernel
def knife_edge_db(squared: float) -> float:
    """Loss of a knife edge from the square of its parameter v [101 III.24]."""
    if squared < 5.76:
        return 6.02 + 9.11 * math.sqrt(squared) - 1.27 * squared
    return 12.953 + 10.0 * math.log10(squared)


@kernel
def two_edges_db(distance_m: float, frequency_mhz: float, earth_radius_m: float, sight_rad: float, path: Path) -> float:
    """Diffraction over both horizons as knife edges [101 I.1, I.7]."""
    beyond_rad = distance_m / earth_radius_m - sight_rad
    beyond_m = distance_m - (path.horizon_a_m + path.horizon_b_m)
    common = 0.0795775 * (frequency_mhz / WAVENUMBER_MHZ_M) * beyond_rad**2 * beyond_m
    edge_a_db = knife_edge_db(common * path.horizon_a_m / (beyond_m + path.horizon_a_m))
    return edge_a_db + knife_edge_db(common * path.horizon_b_m / (beyond_m + path.horizon_b_m))


@kernel
def height_gain_db(x_km: float, k: float) -> float:
    """Height function F(x, K) of the smooth Earth [A 6.6]."""
    if x_km < 200.0:
        w = -math.log(k)
        if k < 1e-5 or x_km * w**3 > 5495.0:
            return -117.0 + (17.372 * math.log(x_km) if x_km > 1.0 else 0.0)
        return 2.5e-5 * x_km**2 / k - 8.686 * w - 15.0
    gain_db = 0.05751 * x_km - 4.343 * math.log(x_km)
    if x_km < 2000.0:
        w = 0.0134 * x_km * math.exp(-0.005 * x_km)
        gain_db = (1.0 - w) * gain_db + w * (17.372 * math.log(x_km) - 117.0)
    return gain_db


@kernel
def normal_distance_km(
    length_m: float, radius_m: float, frequency_mhz: float, impedance: complex
) -> tuple[float, float]:
    """Vogler's normalised distance x [km] and parameter K of an arc [V 2, 6a]."""
    c0 = (4.0 / 3.0 * EARTH_RADIUS_M / radius_m) ** (1.0 / 3.0)
    k = 0.017778 * c0 * frequency_mhz ** (-1.0 / 3.0) / abs(impedance)
    return (1.607 - k) * c0**2 * frequency_mhz ** (1.0 / 3.0) * length_m / 1000.0, k


@kernel
def smooth_earth_db(distance_m: float, frequency_mhz: float, ground: Ground, sight_rad: float, path: Path) -> float:
    """Diffraction over a rounded Earth by Vogler's three radii [A 4.20]."""
    beyond_rad = distance_m / ground.earth_radius_m - sight_rad
    beyond_m = distance_m - (path.horizon_a_m + path.horizon_b_m)
    z = ground.impedance
    x_a_km, k_a = normal_distance_km(path.horizon_a_m, 0.5 * path.horizon_a_m**2 / path.effective_a_m, frequency_mhz, z)
    x_b_km, k_b = normal_distance_km(path.horizon_b_m, 0.5 * path.horizon_b_m**2 / path.effective_b_m, frequency_mhz, z)
    x_km, _ = normal_distance_km(beyond_m, beyond_m / beyond_rad, frequency_mhz, z)
    x_km += x_a_km + x_b_km
    spread_db = 0.05751 * x_km - 10.0 * math.log10(x_km)
    return spread_db - height_gain_db(x_a_km, k_a) - height_gain_db(x_b_km, k_b) - 20.0


@kernel
def diffraction_db(
    distance_m: float,
    frequency_mhz: float,
    ground: Ground,
    path: Path,
    sight_rad: float,
    smooth_sight_m: float,
    low_antenna_m2: float,
) -> float:
    """Knife edges and rounded Earth, weighted by roughness, and clutter [A 4.9 to 4.11, 67 3.23, 3.38c]."""
    edges_db = two_edges_db(distance_m, frequency_mhz, ground.earth_radius_m, sight_rad, path)
    smooth_db = smooth_earth_db(distance_m, frequency_mhz, ground, sight_rad, path)
    deviation_m = surface_deviation_m(roughness_m(smooth_sight_m, path.irregularity_m))
    product_m2 = path.height_a_m * path.height_b_m
    clutter_db = min(15.0, 5.0 * math.log10(1.0 + 1e-5 * product_m2 * frequency_mhz * deviation_m))
    excess_m2 = path.effective_a_m * path.effective_b_m - product_m2
    height_term = math.sqrt(1.0 + excess_m2 / (product_m2 + low_antenna_m2))
    sight_m = path.horizon_a_m + path.horizon_b_m
    rough_waves = roughness_m(distance_m, path.irregularity_m) * frequency_mhz / WAVENUMBER_MHZ_M
    q = (height_term + (sight_m - sight_rad * ground.earth_radius_m) / distance_m) * min(rough_waves, 6283.2)
    weight = 25.1 / (25.1 + math.sqrt(q))
    return weight * smooth_db + (1.0 - weight) * edges_db + clutter_db


@kernel
def two_ray_db(distance_m: float, frequency_mhz: float, impedance: complex, path: Path) -> float:
    """Direct and ground-reflected ray [A 4.46 to 4.50]."""
    deviation_m = surface_deviation_m(roughness_m(distance_m, path.irregularity_m))
    wave_per_m = frequency_mhz / WAVENUMBER_MHZ_M
    sum_m = path.effective_a_m + path.effective_b_m
    sine = sum_m / math.sqrt(distance_m**2 + sum_m**2)
    reflected = (sine - impedance) / (sine + impedance) * math.exp(-min(10.0, wave_per_m * deviation_m * sine))
    power = reflected.real**2 + reflected.imag**2
    if power < 0.25 or power < sine:
        reflected = reflected * math.sqrt(sine / power)
    phase_rad = wave_per_m * 2.0 * path.effective_a_m * path.effective_b_m / distance_m
    if phase_rad > math.pi / 2.0:
        phase_rad = math.pi - (math.pi / 2.0) ** 2 / phase_rad
    both = complex(math.cos(phase_rad), -math.sin(phase_rad)) + reflected
    return -10.0 * math.log10(both.real**2 + both.imag**2)


@kernel
def in_sight_db(
    distance_m: float,
    frequency_mhz: float,
    impedance: complex,
    path: Path,
    slope_db_per_m: float,
    intercept_db: float,
    smooth_sight_m: float,
) -> float:
    """Two rays and extended diffraction, weighted by roughness [A 4.37 to 4.45]."""
    rays_db = two_ray_db(distance_m, frequency_mhz, impedance, path)
    weight = 1.0 / (1.0 + frequency_mhz * path.irregularity_m / max(10e3, smooth_sight_m))
    return weight * rays_db + (1.0 - weight) * (slope_db_per_m * distance_m + intercept_db)


@kernel
def frequency_gain_db(r: float, efficiency: float) -> float:
    """Frequency gain H_01 of scatter between the curves of whole efficiencies 1 to 5 [A 6.10 to 6.13]."""
    eta = min(max(efficiency, 1.0), 5.0)
    i = int(eta)
    part = eta - i
    square = 1.0 / r**2
    gain_db = 10.0 * math.log10(1.0 + GAIN_FOURTH[i - 1] * square**2 + GAIN_SQUARE[i - 1] * square)
    if part != 0.0:
        next_db = 10.0 * math.log10(1.0 + GAIN_FOURTH[i] * square**2 + GAIN_SQUARE[i] * square)
        gain_db = (1.0 - part) * gain_db + part * next_db
    return gain_db


@kernel
def scatter_gain_db(distance_m: float, frequency_mhz: float, ground: Ground, path: Path) -> float:
    """Frequency gain H_0 [101 9.5]; minus one where scatter is not defined [A p. 11]."""
    lead_m = path.horizon_a_m - path.horizon_b_m
    ratio = path.effective_b_m / path.effective_a_m
    if lead_m < 0.0:
        lead_m = -lead_m
        ratio = 1.0 / ratio
    theta_rad = path.angle_a_rad + path.angle_b_rad + distance_m / ground.earth_radius_m
    r_a = 2.0 * frequency_mhz / WAVENUMBER_MHZ_M * theta_rad * path.effective_a_m
    r_b = 2.0 * frequency_mhz / WAVENUMBER_MHZ_M * theta_rad * path.effective_b_m
    if r_a < 0.2 and r_b < 0.2:
        return -1.0
    s = (distance_m - lead_m) / (distance_m + lead_m)
    q = min(max(0.1, ratio / s), 10.0)
    s = max(0.1, s)
    crossing_m = (distance_m - lead_m) * (distance_m + lead_m) * theta_rad * 0.25 / distance_m
    n = ground.refractivity_n
    decay = math.exp(-(min(1.7, crossing_m / 8.0e3) ** 6))
    efficiency = crossing_m / 1.7556e3 * (1.0 + (0.031 - n * 2.32e-3 + n**2 * 5.67e-6) * decay)
    gain_db = (frequency_gain_db(r_a, efficiency) + frequency_gain_db(r_b, efficiency)) / 2.0
    lean_db = 6.0 * (0.6 - math.log10(max(efficiency, 1.0))) * math.log10(s) * math.log10(q)
    gain_db = max(gain_db + min(gain_db, lean_db), 0.0)
    if efficiency < 1.0:
        both = ((1.0 + SQRT2 / r_a) * (1.0 + SQRT2 / r_b)) ** 2 * (r_a + r_b) / (r_a + r_b + 2.0 * SQRT2)
        gain_db = efficiency * gain_db + (1.0 - efficiency) * 10.0 * math.log10(both)
    return gain_db


@kernel
def scatter_db(
    distance_m: float, frequency_mhz: float, ground: Ground, path: Path, sight_rad: float, gain_db: float
) -> float:
    """Troposcatter loss with a known frequency gain [A 4.63]."""
    theta_rad = distance_m / ground.earth_radius_m - sight_rad
    product_m = theta_rad * distance_m
    if product_m <= 10e3:
        fall_db = 133.4 + 0.332e-3 * product_m - 10.0 * math.log10(product_m)
    elif product_m <= 70e3:
        fall_db = 104.6 + 0.212e-3 * product_m - 2.5 * math.log10(product_m)
    else:
        fall_db = 71.8 + 0.157e-3 * product_m + 5.0 * math.log10(product_m)
    air_db = 0.1 * (ground.refractivity_n - 301.0) * math.exp(-product_m / 40e3)
    return fall_db + 10.0 * math.log10(frequency_mhz * theta_rad**4) - air_db + gain_db


@kernel
def scatter_pair_db(
    near_m: float, far_m: float, frequency_mhz: float, ground: Ground, path: Path, sight_rad: float
) -> tuple[float, float]:
    """Troposcatter at the two distances that define its line; a near gain over 15 dB takes the far one [A p. 12]."""
    far_gain_db = scatter_gain_db(far_m, frequency_mhz, ground, path)
    if far_gain_db > 15.0:
        near_gain_db = far_gain_db
    else:
        near_gain_db = scatter_gain_db(near_m, frequency_mhz, ground, path)
        if near_gain_db > 15.0 and far_gain_db >= 0.0:
            near_gain_db = far_gain_db
    if near_gain_db < 0.0:
        return NO_SCATTER_DB, NO_SCATTER_DB
    return (
        scatter_db(near_m, frequency_mhz, ground, path, sight_rad, near_gain_db),
        scatter_db(far_m, frequency_mhz, ground, path, sight_rad, far_gain_db),
    )


@kernel
def sight_reference_db(
    frequency_mhz: float,
    impedance: complex,
    path: Path,
    slope_db_per_m: float,
    intercept_db: float,
    smooth_sight_m: float,
) -> float:
    """Reference attenuation before the smooth Earth's horizon: A + k1 d + k2 ln d [67 3.16 to 3.21, A 4.28 to 4.36]."""
    sight_m = path.horizon_a_m + path.horizon_b_m
    at_horizon_db = smooth_sight_m * slope_db_per_m + intercept_db
    d0_m = 0.04 * frequency_mhz * path.effective_a_m * path.effective_b_m
    if intercept_db >= 0.0:
        d0_m = min(d0_m, 0.5 * sight_m)
        d1_m = d0_m + 0.25 * (sight_m - d0_m)
    else:
        d1_m = max(-intercept_db / slope_db_per_m, 0.25 * sight_m)
    a1_db = in_sight_db(d1_m, frequency_mhz, impedance, path, slope_db_per_m, intercept_db, smooth_sight_m)
    fitted = False
    k1 = 0.0
    k2 = 0.0
    if d0_m < d1_m:
        a0_db = in_sight_db(d0_m, frequency_mhz, impedance, path, slope_db_per_m, intercept_db, smooth_sight_m)
        q = math.log(smooth_sight_m / d0_m)
        wide_m = smooth_sight_m - d0_m
        step_m = d1_m - d0_m
        over = wide_m * (a1_db - a0_db) - step_m * (at_horizon_db - a0_db)
        k2 = max(0.0, over / (wide_m * math.log(d1_m / d0_m) - step_m * q))
        fitted = intercept_db > 0.0 or k2 > 0.0
        if fitted:
            k1 = (at_horizon_db - a0_db - k2 * q) / wide_m
            if k1 < 0.0:
                k1 = 0.0
                k2 = max(at_horizon_db - a0_db, 0.0) / q
                if k2 == 0.0:
                    k1 = slope_db_per_m
    if not fitted:
        k1 = max(at_horizon_db - a1_db, 0.0) / (smooth_sight_m - d1_m)
        k2 = 0.0
        if k1 == 0.0:
            k1 = slope_db_per_m
    base_db = at_horizon_db - k1 * smooth_sight_m - k2 * math.log(smooth_sight_m)
    return base_db + k1 * path.distance_m + k2 * math.log(path.distance_m)


@kernel
def reference_db(frequency_mhz: float, ground: Ground, path: Path, low_antenna_m2: float) -> tuple[float, int]:
    """Reference attenuation [dB] and mode of propagation [A 4.1 to 4.6]; `low_antenna_m2`: 10 over a profile, or 0."""
    radius_m = ground.earth_radius_m
    smooth_sight_m = math.sqrt(2.0 * path.effective_a_m * radius_m) + math.sqrt(2.0 * path.effective_b_m * radius_m)
    sight_m = path.horizon_a_m + path.horizon_b_m
    sight_rad = -max(path.angle_a_rad + path.angle_b_rad, -sight_m / radius_m)
    scale_m = (radius_m**2 / frequency_mhz) ** (1.0 / 3.0)
    d3_m = max(smooth_sight_m, sight_m + 5.0 * scale_m)
    d4_m = d3_m + 10.0 * scale_m
    a3_db = diffraction_db(d3_m, frequency_mhz, ground, path, sight_rad, smooth_sight_m, low_antenna_m2)
    a4_db = diffraction_db(d4_m, frequency_mhz, ground, path, sight_rad, smooth_sight_m, low_antenna_m2)
    slope_db_per_m = (a4_db - a3_db) / (d4_m - d3_m)
    intercept_db = a3_db - slope_db_per_m * d3_m

    if path.distance_m < smooth_sight_m:
        loss_db = sight_reference_db(
            frequency_mhz, ground.impedance, path, slope_db_per_m, intercept_db, smooth_sight_m
        )
        return max(loss_db, 0.0), LINE_OF_SIGHT

    d5_m, d6_m = sight_m + 200e3, sight_m + 400e3
    a5_db, a6_db = scatter_pair_db(d5_m, d6_m, frequency_mhz, ground, path, sight_rad)
    if a5_db < 1000.0:
        scatter_slope = (a6_db - a5_db) / 200e3
        crossing_m = max(
            max(smooth_sight_m, sight_m + 1.088 * scale_m * math.log(frequency_mhz)),
            (a5_db - intercept_db - scatter_slope * d5_m) / (slope_db_per_m - scatter_slope),
        )
        if path.distance_m > crossing_m:
            loss_db = scatter_slope * path.distance_m + (slope_db_per_m - scatter_slope) * crossing_m + intercept_db
            return max(loss_db, 0.0), TROPOSCATTER
    elif path.distance_m > 10e6:
        return max(slope_db_per_m * path.distance_m + intercept_db, 0.0), TROPOSCATTER
    return max(slope_db_per_m * path.distance_m + intercept_db, 0.0), DIFFRACTION


@kernel
def free_space_db(distance_m: float, frequency_mhz: float) -> float:
    """Free space basic transmission loss, with the constant 32.45 of the reference program."""
    return 32.45 + 20.0 * math.log10(frequency_mhz) + 20.0 * math.log10(distance_m / 1000.0)


@kernel
def deviate(percent: float) -> float:
    """Standard normal deviate that `percent` of cases exceed (Abramowitz and Stegun 26.2.23, error below 4.5e-4)."""
    q = percent / 100.0
    t = math.sqrt(-2.0 * math.log(1.0 - q if q > 0.5 else q))
    z = t - ((0.010328 * t + 0.802853) * t + 2.515516) / (((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0)
    return -z if q > 0.5 else z


@kernel
def curve_db(curve: FloatArray, distance_m: float) -> float:
    """Climate curve at an effective distance [101 III.69, III.70]."""
    square = (distance_m / curve[2]) ** 2
    return float((curve[0] + curve[1] / (1.0 + ((distance_m - curve[3]) / curve[4]) ** 2)) * square / (1.0 + square))


@kernel
def frequency_factor(factor: FloatArray, frequency_mhz: float) -> float:
    """Factor g of the time variability [A 5.7]."""
    q = math.log(0.133 * frequency_mhz / WAVENUMBER_MHZ_M)
    return float(factor[0] + factor[1] / ((factor[2] * q) ** 2 + 1.0))


@kernel
def effective_distance_m(frequency_mhz: float, path: Path) -> float:
    """Distance at which the climate curves are read [A 5.3]."""
    knee_m = (
        math.sqrt(2.0 * LONG_TERM_EARTH_RADIUS_M * path.effective_a_m)
        + math.sqrt(2.0 * LONG_TERM_EARTH_RADIUS_M * path.effective_b_m)
        + (575.7e12 / (frequency_mhz / WAVENUMBER_MHZ_M)) ** (1.0 / 3.0)
    )
    if path.distance_m < knee_m:
        return float(130e3 * path.distance_m / knee_m)
    return float(130e3 + path.distance_m - knee_m)


@kernel
def time_sigma_db(z: float, climate: int, frequency_mhz: float, distance_m: float) -> float:
    """Deviation over time at a deviate z: below the median, above it, and in the ducting tail [A 5.6 to 5.8]."""
    c = climate - 1
    if z < 0.0:
        return curve_db(LOW_CURVES[c], distance_m) * frequency_factor(LOW_FACTORS[c], frequency_mhz)
    high_db = curve_db(HIGH_CURVES[c], distance_m) * frequency_factor(HIGH_FACTORS[c], frequency_mhz)
    if z <= DUCT_START[c]:
        return high_db
    duct_db = DUCT_SCALE[c] * high_db
    return float(duct_db + (high_db - duct_db) * DUCT_START[c] / z)


@kernel
def varied_db(
    reference_db: float,
    frequency_mhz: float,
    path: Path,
    climate: int,
    variability_mode: int,
    time_percent: float,
    location_percent: float,
    situation_percent: float,
) -> float:
    """Attenuation that is not exceeded in the given shares of time, locations and situations [A 5.1 to 5.13]."""
    z_time, z_place, z_case = deviate(time_percent), deviate(location_percent), deviate(situation_percent)
    mode = variability_mode % 10
    if mode == SINGLE_MESSAGE:
        z_time = z_case
    if mode in (SINGLE_MESSAGE, ACCIDENTAL):
        z_place = z_case
    elif mode == MOBILE:
        z_place = z_time

    far_m = effective_distance_m(frequency_mhz, path)
    sigma_case = 0.0 if variability_mode >= 20 else 5.0 + 3.0 * math.exp(-far_m / 100e3)
    sigma_place = 0.0
    if (variability_mode // 10) % 2 == 0:
        waves = frequency_mhz / WAVENUMBER_MHZ_M * roughness_m(path.distance_m, path.irregularity_m)
        sigma_place = 10.0 * waves / (waves + 13.0)
    sigma_time = time_sigma_db(z_time, climate, frequency_mhz, far_m)
    y_time = sigma_time * z_time
    y_place = sigma_place * z_place
    rest = sigma_case**2 + y_time**2 / (7.8 + z_case**2) + y_place**2 / (24.0 + z_case**2)

    if mode == SINGLE_MESSAGE:
        steady_db = 0.0
        case_db = math.sqrt(sigma_time**2 + sigma_place**2 + rest) * z_case
    elif mode == ACCIDENTAL:
        steady_db = y_time
        case_db = math.sqrt(sigma_place**2 + rest) * z_case
    elif mode == MOBILE:
        steady_db = math.sqrt(sigma_time**2 + sigma_place**2) * z_time
        case_db = math.sqrt(rest) * z_case
    else:
        steady_db = y_time + y_place
        case_db = math.sqrt(rest) * z_case
    loss_db = reference_db - curve_db(MEDIAN_CURVES[climate - 1], far_m) - steady_db - case_db
    if loss_db < 0.0:
        loss_db *= (29.0 - loss_db) / (29.0 - 10.0 * loss_db)
    return loss_db
