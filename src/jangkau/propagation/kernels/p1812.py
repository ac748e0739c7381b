"""Kernels of ITU-R P.1812 section 4: floats and arrays in, values out, no checks. See `jangkau.propagation.p1812`.

Distances are in km, heights in m, angles in mrad, frequencies in GHz, losses in dB. Equation numbers are those of
P.1812-6 and later. `kernels.profile` reads the path once; everything here is a few dozen scalars a frequency.

All functions may be called from other compiled functions. For very many paths: `median_loss_db` from a profile, or
`path_geometry` once and `loss_over` for each band.
"""

import math
from typing import NamedTuple

from jangkau.compiled import kernel
from jangkau.propagation.kernels.diffraction import bullington_db, delta_bullington_db
from jangkau.propagation.kernels.profile import (
    BETA0_RADIUS_KM,
    FloatArray,
    PathGeometry,
    ZoneArray,
    beta0_percent,
    inland_factor,
    path_geometry,
)


class LossTerms(NamedTuple):
    """What section 4 makes of a path at a frequency; the equations are named in `propagation.p1812.P1812Loss`."""

    beta0_percent: float
    time_interpolation: float
    angle_interpolation: float
    distance_interpolation: float
    free_space_db: float
    line_of_sight_p_db: float
    line_of_sight_beta0_db: float
    bullington_beta0_db: float
    bullington_smooth_beta0_db: float
    spherical_beta0_db: float
    diffraction_50_db: float
    diffraction_beta0_db: float
    diffraction_p_db: float
    basic_diffraction_50_db: float
    basic_diffraction_db: float
    notional_minimum_db: float
    ducting_db: float
    enhanced_minimum_db: float
    diffraction_or_ducting_db: float
    modified_db: float
    troposcatter_db: float
    combined_db: float


@kernel
def inverse_normal(x: float) -> float:
    """Attachment 2, equations (96) and (97): the value that a standard normal exceeds with probability x."""
    x = min(max(x, 1e-6), 1.0 - 1e-6)
    t = math.sqrt(-2.0 * math.log(min(x, 1.0 - x)))
    value = t - ((0.010328 * t + 0.802853) * t + 2.515516698) / (((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0)
    return value if x <= 0.5 else -value


@kernel
def line_of_sight_db(geometry: PathGeometry, frequency_ghz: float, percent: float) -> tuple[float, float]:
    """Section 4.2, equations (8) to (11): free space, and with multipath and focusing for a share of the time."""
    straight_km = math.sqrt(geometry.total_km**2 + (1e-3 * (geometry.tx_amsl_m - geometry.rx_amsl_m)) ** 2)
    free_db = 92.4 + 20.0 * math.log10(frequency_ghz) + 20.0 * math.log10(straight_km)
    focus = 2.6 * (1.0 - math.exp(-0.1 * (geometry.tx_horizon_km + geometry.rx_horizon_km)))
    return free_db, free_db + focus * math.log10(percent / 50.0)


@kernel
def time_factor(time_percent: float, beta0: float) -> float:
    """Section 4.3.5, equation (40): F_i, from 1 at beta0 % of the time and below to 0 at 50 %."""
    if time_percent <= beta0:
        return 1.0
    return float(inverse_normal(0.01 * time_percent) / inverse_normal(0.01 * beta0))


@kernel
def troposcatter_db(
    geometry: PathGeometry, frequency_ghz: float, time_percent: float, sea_level_refractivity_n: float
) -> float:
    """Section 4.4, equations (44) and (45)."""
    frequency_db = 25.0 * math.log10(frequency_ghz) - 2.5 * math.log10(0.5 * frequency_ghz) ** 2
    return (
        190.1
        + frequency_db
        + 20.0 * math.log10(geometry.total_km)
        + 0.573 * geometry.angular_distance_mrad
        - 0.15 * sea_level_refractivity_n
        - 10.125 * math.log10(50.0 / time_percent) ** 0.7
    )


@kernel
def shielding_db(horizon_mrad: float, horizon_km: float, frequency_ghz: float) -> float:
    """Section 4.5, equation (48): site shielding of one terminal."""
    excess = horizon_mrad - 0.1 * horizon_km
    if excess <= 0.0:
        return 0.0
    root = math.sqrt(frequency_ghz * horizon_km)
    return 20.0 * math.log10(1.0 + 0.361 * excess * root) + 0.264 * excess * frequency_ghz ** (1.0 / 3.0)


@kernel
def sea_coupling_db(coast_km: float, horizon_km: float, sea_fraction: float, amsl_m: float) -> float:
    """Section 4.5, equation (49): coupling of one terminal into ducts over the sea."""
    if sea_fraction < 0.75 or coast_km > horizon_km or coast_km > 5.0:
        return 0.0
    return -3.0 * math.exp(-0.25 * coast_km**2) * (1.0 + math.tanh(0.07 * (50.0 - amsl_m)))


@kernel
def ducting_fixed_db(geometry: PathGeometry, frequency_ghz: float, tx_coast_km: float, rx_coast_km: float) -> float:
    """Section 4.5, equations (47) to (49): coupling of both terminals to the duct; one at sea is at the coast."""
    tx_km, rx_km, sea = geometry.tx_horizon_km, geometry.rx_horizon_km, geometry.sea_fraction
    loss_db = 102.45 + 20.0 * math.log10(frequency_ghz) + 20.0 * math.log10(tx_km + rx_km)
    if frequency_ghz < 0.5:
        loss_db += 45.375 - 137.0 * frequency_ghz + 92.5 * frequency_ghz**2
    loss_db += shielding_db(geometry.tx_horizon_mrad, tx_km, frequency_ghz)
    loss_db += shielding_db(geometry.rx_horizon_mrad, rx_km, frequency_ghz)
    loss_db += sea_coupling_db(0.0 if geometry.tx_at_sea else tx_coast_km, tx_km, sea, geometry.tx_amsl_m)
    loss_db += sea_coupling_db(0.0 if geometry.rx_at_sea else rx_coast_km, rx_km, sea, geometry.rx_amsl_m)
    return loss_db


@kernel
def ducting_beta_percent(geometry: PathGeometry, beta0: float) -> float:
    """Section 4.5, equations (54) to (56): time share of ducting, corrected for geometry and terrain roughness [%]."""
    total_km = geometry.total_km
    alpha = max(-0.6 - 3.5e-9 * total_km**3.1 * inland_factor(geometry.longest_inland_km), -3.4)
    spread = (math.sqrt(geometry.tx_effective_m) + math.sqrt(geometry.rx_effective_m)) ** 2
    mu2 = min((500.0 / geometry.effective_radius_km * total_km**2 / spread) ** alpha, 1.0)
    mu3 = 1.0
    if geometry.roughness_m > 10.0:
        between_km = min(total_km - geometry.tx_horizon_km - geometry.rx_horizon_km, 40.0)
        mu3 = math.exp(-4.6e-5 * (geometry.roughness_m - 10.0) * (43.0 + 6.0 * between_km))
    return beta0 * mu2 * mu3


@kernel
def ducting_db(
    geometry: PathGeometry,
    frequency_ghz: float,
    time_percent: float,
    beta0: float,
    tx_coast_km: float,
    rx_coast_km: float,
) -> float:
    """Section 4.5, equations (46) and (50) to (53): ducting and layer reflection."""
    total_km = geometry.total_km
    tx_mrad = min(geometry.tx_horizon_mrad, 0.1 * geometry.tx_horizon_km)
    rx_mrad = min(geometry.rx_horizon_mrad, 0.1 * geometry.rx_horizon_km)
    angle_mrad = 1e3 * total_km / geometry.effective_radius_km + tx_mrad + rx_mrad
    specific_db_per_mrad = 5e-5 * geometry.effective_radius_km * frequency_ghz ** (1.0 / 3.0)
    beta = ducting_beta_percent(geometry, beta0)
    log_beta = math.log10(beta)
    gamma = (
        1.076
        / (2.0058 - log_beta) ** 1.012
        * math.exp(-(9.51 - 4.8 * log_beta + 0.198 * log_beta**2) * 1e-6 * total_km**1.13)
    )
    ratio = time_percent / beta
    in_time_db = -12.0 + (1.2 + 3.7e-3 * total_km) * math.log10(ratio) + 12.0 * ratio**gamma
    fixed_db = ducting_fixed_db(geometry, frequency_ghz, tx_coast_km, rx_coast_km)
    return fixed_db + specific_db_per_mrad * angle_mrad + in_time_db


@kernel
def interpolation(value: float, middle: float, slope: float) -> float:
    """Section 4.6, equations (57) and (58): from 1 well below a middle to 0 well above it."""
    return 1.0 - 0.5 * (1.0 + math.tanh(3.0 * slope * (value - middle) / middle))


@kernel
def smooth_maximum_db(a_db: float, b_db: float) -> float:
    """Section 4.6, equation (60), written so that nothing overflows."""
    larger = max(a_db, b_db)
    return larger + 2.5 * math.log(1.0 + math.exp((min(a_db, b_db) - larger) / 2.5))


@kernel
def both_ways_db(a_db: float, b_db: float) -> float:
    """Section 4.6, equation (63): two ways of propagation together, written so that nothing underflows."""
    smaller = min(a_db, b_db)
    return smaller - 5.0 * math.log10(1.0 + 10.0 ** (-0.2 * (max(a_db, b_db) - smaller)))


@kernel
def diffraction_over(
    geometry: PathGeometry, frequency_ghz: float, vertical: bool, for_beta0: bool, woodland_db: float
) -> tuple[float, float, float, float]:
    """Section 4.3.4 over the median effective earth radius, or that of beta0: the loss and its three parts.

    A terminal in woodland is reached over the trees or through them, whichever costs less.
    """
    edge, smooth_edge, radius_km = geometry.edge_50, geometry.smooth_edge_50, geometry.effective_radius_km
    ground_edge = geometry.ground_edge_50
    if for_beta0:
        edge, smooth_edge, radius_km = geometry.edge_beta0, geometry.smooth_edge_beta0, BETA0_RADIUS_KM
        ground_edge = geometry.ground_edge_beta0
    tx_m = geometry.tx_amsl_m - geometry.tx_smooth_diffraction_m
    rx_m = geometry.rx_amsl_m - geometry.rx_smooth_diffraction_m
    loss_db, rough_db, smooth_db, sphere_db = delta_bullington_db(
        edge, smooth_edge, geometry.total_km, tx_m, rx_m, radius_km, frequency_ghz, geometry.sea_fraction, vertical
    )
    if woodland_db < math.inf:
        through_db = woodland_db - rough_db + bullington_db(ground_edge, geometry.total_km, frequency_ghz)
        loss_db += min(through_db, 0.0)
    return loss_db, rough_db, smooth_db, sphere_db


@kernel
def loss_over(
    geometry: PathGeometry,
    frequency_ghz: float,
    vertical: bool,
    time_percent: float,
    latitude_deg: float,
    tx_coast_km: float,
    rx_coast_km: float,
    sea_level_refractivity_n: float,
    woodland_db: float,
) -> LossTerms:
    """Sections 4.2 to 4.6: every term of the loss for half of the locations over a path whose geometry is known.

    `latitude_deg` is that of the path's centre. Terms for beta0 are NaN where the geometry has no edges for it; only
    50 % of the time can do without. `woodland_db` is the loss through the trees around the terminal, infinite where
    there are none; it needs the edges over the ground.
    """
    beta0 = beta0_percent(latitude_deg, geometry.longest_land_km, geometry.longest_inland_km)
    fi = time_factor(time_percent, beta0)
    fj = interpolation(geometry.angular_distance_mrad, 0.3, 0.8)
    fk = interpolation(geometry.total_km, 20.0, 0.5)
    free, sight = line_of_sight_db(geometry, frequency_ghz, time_percent)
    _, sight_beta0 = line_of_sight_db(geometry, frequency_ghz, beta0)
    median, _, _, _ = diffraction_over(geometry, frequency_ghz, vertical, False, woodland_db)
    at_beta0, rough, smooth, sphere = math.nan, math.nan, math.nan, math.nan
    if not math.isnan(geometry.edge_beta0):
        at_beta0, rough, smooth, sphere = diffraction_over(geometry, frequency_ghz, vertical, True, woodland_db)
    diffraction = median if time_percent == 50.0 else median + fi * (at_beta0 - median)  # (41)
    basic_median, basic = free + median, sight + diffraction  # (42), (43)
    over_land = (1.0 - geometry.sea_fraction) * diffraction
    notional = sight + over_land  # (59)
    if time_percent >= beta0:
        notional = basic_median + (sight_beta0 + over_land - basic_median) * fi
    duct = ducting_db(geometry, frequency_ghz, time_percent, beta0, tx_coast_km, rx_coast_km)
    enhanced = smooth_maximum_db(duct, sight)
    either = basic if enhanced > basic else enhanced + (basic - enhanced) * fk  # (61)
    modified = either + (notional - either) * fj  # (62)
    scatter = troposcatter_db(geometry, frequency_ghz, time_percent, sea_level_refractivity_n)
    combined = both_ways_db(scatter, modified)
    return LossTerms(
        beta0_percent=beta0,
        time_interpolation=fi,
        angle_interpolation=fj,
        distance_interpolation=fk,
        free_space_db=free,
        line_of_sight_p_db=sight,
        line_of_sight_beta0_db=sight_beta0,
        bullington_beta0_db=rough,
        bullington_smooth_beta0_db=smooth,
        spherical_beta0_db=sphere,
        diffraction_50_db=median,
        diffraction_beta0_db=at_beta0,
        diffraction_p_db=diffraction,
        basic_diffraction_50_db=basic_median,
        basic_diffraction_db=basic,
        notional_minimum_db=notional,
        ducting_db=duct,
        enhanced_minimum_db=enhanced,
        diffraction_or_ducting_db=either,
        modified_db=modified,
        troposcatter_db=scatter,
        combined_db=combined,
    )


@kernel
def median_loss_db(
    distance_km: FloatArray,
    terrain_m: FloatArray,
    clutter_m: FloatArray,
    zone: ZoneArray,
    tx_height_m: float,
    rx_height_m: float,
    frequency_ghz: float,
    vertical: bool,
    time_percent: float,
    latitude_deg: float,
    tx_coast_km: float,
    rx_coast_km: float,
    refractivity_gradient_n_per_km: float,
    sea_level_refractivity_n: float,
    woodland_db: float,
) -> float:
    """Sections 3 to 4.6 and equation (69): loss of one path for half of the locations; allocates nothing.

    `latitude_deg` is that of the path's centre. An empty `zone` is all inland.
    """
    with_beta0 = time_percent != 50.0
    geometry = path_geometry(
        distance_km,
        terrain_m,
        clutter_m,
        zone,
        tx_height_m,
        rx_height_m,
        refractivity_gradient_n_per_km,
        with_beta0,
        woodland_db < math.inf,
    )
    terms = loss_over(
        geometry,
        frequency_ghz,
        vertical,
        time_percent,
        latitude_deg,
        tx_coast_km,
        rx_coast_km,
        sea_level_refractivity_n,
        woodland_db,
    )
    return max(terms.combined_db, terms.line_of_sight_p_db)
