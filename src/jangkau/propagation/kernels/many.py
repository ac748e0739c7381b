"""Kernels of ITU-R P.1812 section 4 for 64 paths at a time: what `kernels.p1812` says of one, without a branch.

A block holds the geometry of `LANES` paths, quantity after quantity: value i of quantity Q is ``block[Q * LANES + i]``.
`prepare` computes what no frequency changes, `losses_db` the loss at one frequency. Every line is done for many paths
by one instruction. Equation numbers, units and meaning are those of `kernels.p1812` and `kernels.profile`; the results
agree within 1e-6 dB (tested).
"""

import math

import numpy as np
from numpy.typing import NDArray

from jangkau.compiled import kernel
from jangkau.elementary import (
    ONCE,
    arctangent,
    exp,
    exp2,
    larger,
    log2,
    log10,
    power,
    smaller,
    third_of_arccosine_cosine,
)
from jangkau.propagation.kernels.diffraction import (
    LAND_CONDUCTIVITY_S_PER_M,
    LAND_PERMITTIVITY,
    SEA_CONDUCTIVITY_S_PER_M,
    SEA_PERMITTIVITY,
    WAVE_M_GHZ,
)
from jangkau.propagation.kernels.p1812 import inverse_normal
from jangkau.propagation.kernels.profile import BETA0_RADIUS_KM, effective_radius_km

LANES = 64
"""Paths in a block."""

(
    DISTANCE,
    SPACING,
    RISE,
    RX_AMSL,
    LATITUDE,
    SEA_SHARE,
    LAND,
    INLAND_STRETCH,
    TX_AT_SEA,
    RX_AT_SEA,
    TX_HORIZON,
    RX_HORIZON,
    TX_SLOPE,
    RX_SLOPE,
    TX_ABOVE,
    RX_ABOVE,
    TX_EFFECTIVE,
    RX_EFFECTIVE,
    ROUGHNESS,
    EDGE,
    EDGE_BETA0,
    GROUND_EDGE,
    GROUND_EDGE_BETA0,
    WOODLAND,
    DEPARTURE,
) = range(25)
"""Quantities that geometry gives [km, km, m, m, deg, fraction, km, km, 0 or 1, 0 or 1, km, km, m/m, m/m, then m], and
the slope at which the arriving ray leaves the transmitter over an earth of 4/3 radius [m/km]."""

(
    TX_ANGLE,
    RX_ANGLE,
    FREE,
    SIGHT,
    SIGHT_BETA0,
    IN_TIME,
    IN_ANGLE,
    IN_DISTANCE,
    DUCT,
    DUCT_ANGLE,
    SCATTER,
    SMOOTH_EDGE,
    SPHERE_RADIUS,
    SPHERE_CLEARANCE,
    SPHERE_REQUIRED,
    SMOOTH_EDGE_BETA0,
    SPHERE_RADIUS_BETA0,
    SPHERE_CLEARANCE_BETA0,
    SPHERE_REQUIRED_BETA0,
    NOTIONAL,
    ELEVATION,
    ROUGH,
    LOSS,
) = range(25, 48)
"""Quantities that `prepare` adds (the last one [deg]), the Bullington loss over the profile with what stands on it, and
the loss that `losses_db` leaves [dB]."""

QUANTITIES = 48
ALWAYS_BEYOND = -1e30
"""Clearance of a path beyond the smooth horizon."""

Block = NDArray[np.float64]


@kernel(fastmath=ONCE)
def prepare(
    block: Block,
    time_percent: float,
    refractivity_gradient_n_per_km: float,
    sea_level_refractivity_n: float,
    mixed: bool,
) -> None:
    """Sections 3.6 and 4.2 to 4.6 as far as the frequency does not matter; `mixed` as in `losses_db`."""
    radius_km = effective_radius_km(refractivity_gradient_n_per_km)
    for i in range(LANES):
        block[TX_ANGLE * LANES + i] = 1e3 * arctangent(block[TX_SLOPE * LANES + i])
        block[RX_ANGLE * LANES + i] = 1e3 * arctangent(block[RX_SLOPE * LANES + i])
        block[ELEVATION * LANES + i] = math.degrees(arctangent(1e-3 * block[DEPARTURE * LANES + i]))
    _in_time(block, time_percent)
    _sight_and_scatter(block, time_percent, sea_level_refractivity_n, radius_km)
    _ducting(block, time_percent, radius_km, mixed)
    _smooth_edges(block, radius_km, SMOOTH_EDGE)
    _sphere(block, radius_km, SPHERE_RADIUS, SPHERE_CLEARANCE, SPHERE_REQUIRED)
    if time_percent != 50.0:
        _smooth_edges(block, BETA0_RADIUS_KM, SMOOTH_EDGE_BETA0)
        _sphere(block, BETA0_RADIUS_KM, SPHERE_RADIUS_BETA0, SPHERE_CLEARANCE_BETA0, SPHERE_REQUIRED_BETA0)


@kernel(fastmath=ONCE)
def _in_time(block: Block, time_percent: float) -> None:
    """Section 3.6, equations (2) to (5), and (40): beta0 (kept in NOTIONAL) and F_i, which is 0 for half of the time.

    Beta0 stays below 47 %. Tau of equation (3) is kept in DUCT.
    """
    of_time, farthest_deg = inverse_normal(0.01 * time_percent), 0.0
    for i in range(LANES):
        latitude = abs(block[LATITUDE * LANES + i])
        farthest_deg = larger(farthest_deg, latitude)
        tau = 1.0 - exp(-4.12e-4 * power(block[INLAND_STRETCH * LANES + i], 2.41))
        block[DUCT * LANES + i] = tau
        far = exp2(-3.321928094887362 * block[LAND * LANES + i] / (16.0 - 6.6 * tau))
        log_mu1 = 0.2 * log2(far + exp2(-3.321928094887362 * 5.0 * (0.496 + 0.354 * tau)))
        log_mu1 = smaller(log_mu1, 0.0)
        tropical = exp2(3.321928094887362 * (1.67 - 0.015 * latitude) + log_mu1 * (0.065 + 0.0176 * latitude))
        block[NOTIONAL * LANES + i] = tropical
        block[IN_TIME * LANES + i] = log_mu1
    if farthest_deg > 70.0:
        for i in range(LANES):
            polar = 4.17 * exp2(1.3 * block[IN_TIME * LANES + i])
            tropical = block[NOTIONAL * LANES + i]
            block[NOTIONAL * LANES + i] = tropical if abs(block[LATITUDE * LANES + i]) <= 70.0 else polar
    if time_percent == 50.0:
        for i in range(LANES):
            block[IN_TIME * LANES + i] = 0.0
        return
    for i in range(LANES):
        beta0 = block[NOTIONAL * LANES + i]
        x = smaller(larger(0.01 * beta0, 1e-6), 0.5)
        t = math.sqrt(-1.3862943611198906 * log2(x))
        top = (0.010328 * t + 0.802853) * t + 2.515516698
        of_beta0 = t - top / (((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0)
        block[IN_TIME * LANES + i] = 1.0 if time_percent <= beta0 else of_time / of_beta0


@kernel(fastmath=ONCE)
def _sight_and_scatter(block: Block, time_percent: float, sea_level_refractivity_n: float, radius_km: float) -> None:
    """Equations (8) to (11), (44), (57), (58): everything but 20 log f and the frequency's part of (45)."""
    of_time = math.log10(time_percent / 50.0)
    fixed_db = 190.1 - 0.15 * sea_level_refractivity_n - 10.125 * math.log10(50.0 / time_percent) ** 0.7
    for i in range(LANES):
        d, rise_km = block[DISTANCE * LANES + i], 1e-3 * block[RISE * LANES + i]
        angle = 1e3 * d / radius_km + block[TX_ANGLE * LANES + i] + block[RX_ANGLE * LANES + i]
        focus = 2.6 * (1.0 - exp(-0.1 * (block[TX_HORIZON * LANES + i] + block[RX_HORIZON * LANES + i])))
        free = 92.4 + 10.0 * log10(d * d + rise_km * rise_km)
        block[FREE * LANES + i] = free
        block[SIGHT * LANES + i] = focus * of_time
        block[SIGHT_BETA0 * LANES + i] = focus
        block[IN_ANGLE * LANES + i] = 1.0 / (1.0 + exp(4.8 * (angle - 0.3) / 0.3))
        block[IN_DISTANCE * LANES + i] = 1.0 / (1.0 + exp(3.0 * (d - 20.0) / 20.0))
        block[SCATTER * LANES + i] = fixed_db + 20.0 * log10(d) + 0.573 * angle
    if time_percent != 50.0:
        for i in range(LANES):
            block[SIGHT_BETA0 * LANES + i] *= log10(0.02 * block[NOTIONAL * LANES + i])


@kernel(fastmath=ONCE)
def _ducting(block: Block, time_percent: float, radius_km: float, mixed: bool) -> None:
    """Section 4.5, equations (46), (47) and (49) to (56) without frequency and site shielding."""
    for i in range(LANES):
        d, beta0 = block[DISTANCE * LANES + i], block[NOTIONAL * LANES + i]
        tx_km, rx_km = block[TX_HORIZON * LANES + i], block[RX_HORIZON * LANES + i]
        log_d = log2(d)
        alpha = larger(-0.6 - 3.5e-9 * exp2(3.1 * log_d) * block[DUCT * LANES + i], -3.4)
        spread = math.sqrt(block[TX_EFFECTIVE * LANES + i]) + math.sqrt(block[RX_EFFECTIVE * LANES + i])
        log_mu2 = smaller(alpha * (log2(500.0 / radius_km / (spread * spread)) + 2.0 * log_d), 0.0)
        between_km = smaller(d - tx_km - rx_km, 40.0)
        rough_m = larger(block[ROUGHNESS * LANES + i] - 10.0, 0.0)
        log_beta = 0.3010299956639812 * (log2(beta0) + log_mu2) - 0.4342944819032518 * (
            4.6e-5 * rough_m * (43.0 + 6.0 * between_km)
        )
        gamma = (
            1.076
            * power(2.0058 - log_beta, -1.012)
            * exp(-(9.51 - 4.8 * log_beta + 0.198 * log_beta * log_beta) * 1e-6 * exp2(1.13 * log_d))
        )
        log_ratio = math.log10(time_percent) - log_beta
        duct = 90.45 + (1.2 + 3.7e-3 * d) * log_ratio + 12.0 * exp2(3.321928094887362 * gamma * log_ratio)
        duct += 20.0 * log10(tx_km + rx_km)
        angle = 1e3 * d / radius_km
        angle += smaller(block[TX_ANGLE * LANES + i], 0.1 * tx_km) + smaller(block[RX_ANGLE * LANES + i], 0.1 * rx_km)
        block[DUCT * LANES + i] = duct
        block[DUCT_ANGLE * LANES + i] = 5e-5 * radius_km * angle
    if not mixed:
        return
    for i in range(LANES):
        coupled, rx_m = 1.0 if block[SEA_SHARE * LANES + i] >= 0.75 else 0.0, block[RX_AMSL * LANES + i]
        sea_db = block[TX_AT_SEA * LANES + i] * _over_sea_db(rx_m + block[RISE * LANES + i])
        sea_db += block[RX_AT_SEA * LANES + i] * _over_sea_db(rx_m)
        block[DUCT * LANES + i] -= coupled * sea_db


@kernel(fastmath=ONCE, inline=True)
def _over_sea_db(amsl_m: float) -> float:
    """Section 4.5, equation (49) for a terminal at sea: 3 (1 + tanh(0.07 (50 - h)))."""
    return 6.0 / (1.0 + exp(-0.14 * (50.0 - amsl_m)))


@kernel(fastmath=ONCE)
def _smooth_edges(block: Block, radius_km: float, out: int) -> None:
    """Section 4.3.1 over zero heights: `diffraction.smooth_bullington_edge` between the points of the profile."""
    bend = 500.0 / radius_km
    for i in range(LANES):
        d, spacing = block[DISTANCE * LANES + i], block[SPACING * LANES + i]
        tx_m, rx_m = block[TX_ABOVE * LANES + i], block[RX_ABOVE * LANES + i]
        tx_slope = _smooth_slope(math.sqrt(tx_m / bend), d, spacing, tx_m, bend)
        rx_slope = _smooth_slope(math.sqrt(rx_m / bend), d, spacing, rx_m, bend)
        cross_km = (rx_m - tx_m + rx_slope * d) / (tx_slope + rx_slope)
        cross_km = smaller(larger(cross_km, 0.5 * spacing), d - 0.5 * spacing)
        rest = d - cross_km
        above = tx_m + tx_slope * cross_km - (tx_m * rest + rx_m * cross_km) / d
        beyond = above / math.sqrt(cross_km * rest)
        # In sight the highest edge is where w = (d1 / d2)^0.5 makes F(w) = bend d w / (1 + w^2) - (tx / w + rx w) / d
        # highest: Newton's method from the point where both terms of the second part are equal.
        w, bulge, tx_share, rx_share = math.sqrt(tx_m / rx_m), bend * d, tx_m / d, rx_m / d
        for _ in range(4):
            whole = 1.0 + w * w
            per_both = 1.0 / (w * whole)
            per_w, per_s = per_both * whole, per_both * w
            first = bulge * (1.0 - w * w) * (per_s * per_s) + tx_share * (per_w * per_w) - rx_share
            second = 2.0 * bulge * w * (w * w - 3.0) * (per_s * per_s * per_s)
            second -= 2.0 * tx_share * (per_w * per_w * per_w)
            step = -first / second if second < 0.0 else 0.0
            w = smaller(larger(w + step, 0.5 * w), 2.0 * w)
        before_km = _on_profile(d * w * w / (1.0 + w * w), d, spacing)
        after_km = smaller(before_km + spacing, d - spacing)
        clear = larger(_smooth_edge_at(before_km, d, tx_m, rx_m, bend), _smooth_edge_at(after_km, d, tx_m, rx_m, bend))
        edge = beyond if tx_slope >= (rx_m - tx_m) / d else clear
        block[out * LANES + i] = edge * math.sqrt(0.002 * d)


@kernel(fastmath=ONCE, inline=True)
def _on_profile(at_km: float, total_km: float, spacing_km: float) -> float:
    """The last point of a profile before a distance, between its ends."""
    return smaller(larger(np.floor(at_km / spacing_km) * spacing_km, spacing_km), total_km - spacing_km)


@kernel(fastmath=ONCE, inline=True)
def _smooth_slope(away_km: float, total_km: float, spacing_km: float, height_m: float, bend: float) -> float:
    """Equations (13) and (17) over zero heights, highest at one of the points beside `away_km`."""
    before = _on_profile(away_km, total_km, spacing_km)
    after = smaller(before + spacing_km, total_km - spacing_km)
    return larger(bend * (total_km - before) - height_m / before, bend * (total_km - after) - height_m / after)


@kernel(fastmath=ONCE, inline=True)
def _smooth_edge_at(at_km: float, total_km: float, tx_m: float, rx_m: float, bend: float) -> float:
    """Equation (15) over zero heights at one point, without (0.002 d)^0.5."""
    product = at_km * (total_km - at_km)
    return (bend * product - (tx_m * (total_km - at_km) + rx_m * at_km) / total_km) / math.sqrt(product)


@kernel(fastmath=ONCE)
def _sphere(block: Block, radius_km: float, radius_out: int, clearance_out: int, required_out: int) -> None:
    """Section 4.3.2, equations (22) to (27): log2 of the radius to use, clearance, required clearance over f^-0.5."""
    for i in range(LANES):
        d, tx_m, rx_m = block[DISTANCE * LANES + i], block[TX_ABOVE * LANES + i], block[RX_ABOVE * LANES + i]
        roots = math.sqrt(tx_m) + math.sqrt(rx_m)
        beyond = d >= math.sqrt(2.0 * radius_km) * math.sqrt(0.001) * roots
        c = (tx_m - rx_m) / (tx_m + rx_m)
        m = 250.0 * d * d / (radius_km * (tx_m + rx_m))
        cosine = 1.5 * c * math.sqrt(3.0 * m / ((m + 1.0) * (m + 1.0) * (m + 1.0)))
        cosine = smaller(larger(cosine, -1.0), 1.0)
        b = 2.0 * math.sqrt((m + 1.0) / (3.0 * m)) * third_of_arccosine_cosine(cosine)
        first = 0.5 * d * (1.0 + b)
        second = d - first
        clearance = (tx_m - 500.0 * first * first / radius_km) * second
        clearance = (clearance + (rx_m - 500.0 * second * second / radius_km) * first) / d
        grazing_km = 500.0 * (d / roots) * (d / roots)
        block[radius_out * LANES + i] = log2(radius_km if beyond else grazing_km)
        block[clearance_out * LANES + i] = ALWAYS_BEYOND if beyond else clearance
        block[required_out * LANES + i] = 17.456 * math.sqrt(first * second * WAVE_M_GHZ / d)


@kernel(fastmath=ONCE)
def losses_db(
    block: Block,
    frequency_ghz: float,
    vertical: bool,
    time_percent: float,
    woodland: tuple[float, float],
    mixed: bool,
) -> None:
    """Sections 4.3 to 4.6 and equation (69): the loss for half of the locations, into LOSS.

    `woodland` is the specific and the greatest attenuation [dB/m, dB]; `mixed` says whether any path touches the sea.
    """
    _diffraction(block, frequency_ghz, vertical, woodland, mixed, False)
    if time_percent != 50.0:
        for i in range(LANES):
            block[NOTIONAL * LANES + i] = block[LOSS * LANES + i]
        _diffraction(block, frequency_ghz, vertical, woodland, mixed, True)
    else:
        for i in range(LANES):
            block[NOTIONAL * LANES + i] = block[LOSS * LANES + i]
    _combine(block, frequency_ghz, time_percent)


@kernel(fastmath=ONCE, inline=True)
def _diffraction(
    block: Block, frequency_ghz: float, vertical: bool, woodland: tuple[float, float], mixed: bool, for_beta0: bool
) -> None:
    """Section 4.3.4, equations (37) to (39), into LOSS; terminals in woodland take the cheaper way."""
    if for_beta0:
        edge, ground, smooth, offset = EDGE_BETA0, GROUND_EDGE_BETA0, SMOOTH_EDGE_BETA0, 4
    else:
        edge, ground, smooth, offset = EDGE, GROUND_EDGE, SMOOTH_EDGE, 0
    per_wave, deepest_m = math.sqrt(frequency_ghz / WAVE_M_GHZ), 0.0
    specific, maximum = woodland
    _spherical(block, frequency_ghz, vertical, mixed, offset)
    for i in range(LANES):
        deepest_m = larger(deepest_m, block[WOODLAND * LANES + i])
    for i in range(LANES):
        far = 10.0 + 0.02 * block[DISTANCE * LANES + i]
        rough = _bullington_db(block[edge * LANES + i] * per_wave, far)
        flat = _bullington_db(block[smooth * LANES + i] * per_wave, far)
        block[ROUGH * LANES + i] = rough
        block[LOSS * LANES + i] = rough + larger(block[LOSS * LANES + i] - flat, 0.0)
    if deepest_m <= 0.0:
        return
    for i in range(LANES):
        bare = _bullington_db(block[ground * LANES + i] * per_wave, 10.0 + 0.02 * block[DISTANCE * LANES + i])
        depth = block[WOODLAND * LANES + i]
        through = maximum * (1.0 - exp(-depth * specific / maximum))
        saved = smaller(bare + through - block[ROUGH * LANES + i], 0.0)
        block[LOSS * LANES + i] += saved if depth > 0.0 else 0.0


@kernel(fastmath=ONCE, inline=True)
def _bullington_db(nu: float, far_db: float) -> float:
    """Equations (12), (21): knife edge and its correction; `far_db` is 10 + 0.02 d."""
    above = nu - 0.1
    knife = 6.9 + 20.0 * log10(math.sqrt(above * above + 1.0) + above)
    knife = knife if nu > -0.78 else 0.0
    return knife + (1.0 - exp(-knife / 6.0)) * far_db


@kernel(fastmath=ONCE, inline=True)
def _spherical(block: Block, frequency_ghz: float, vertical: bool, mixed: bool, offset: int) -> None:
    """Section 4.3.2, equations (22) to (27), into LOSS."""
    root, third = 1.0 / math.sqrt(frequency_ghz), frequency_ghz ** (1.0 / 3.0)
    land = _surface(LAND_PERMITTIVITY, LAND_CONDUCTIVITY_S_PER_M, frequency_ghz, vertical)
    sea = _surface(SEA_PERMITTIVITY, SEA_CONDUCTIVITY_S_PER_M, frequency_ghz, vertical)
    for i in range(LANES):
        d, tx_m, rx_m = block[DISTANCE * LANES + i], block[TX_ABOVE * LANES + i], block[RX_ABOVE * LANES + i]
        q = exp2(block[(SPHERE_RADIUS + offset) * LANES + i] * (-1.0 / 3.0))
        clearance = block[(SPHERE_CLEARANCE + offset) * LANES + i]
        required = block[(SPHERE_REQUIRED + offset) * LANES + i] * root
        loss = _first_term_db(land * q, q, d, tx_m, rx_m, third)
        if mixed:
            share = block[SEA_SHARE * LANES + i]
            loss = (1.0 - share) * loss + share * _first_term_db(sea * q, q, d, tx_m, rx_m, third)
        within = larger(loss, 0.0) * (1.0 - clearance / required)
        within = within if clearance <= required else 0.0
        block[LOSS * LANES + i] = loss if clearance == ALWAYS_BEYOND else within


@kernel(fastmath=ONCE)
def _surface(permittivity: float, conductivity_s_per_m: float, frequency_ghz: float, vertical: bool) -> float:
    """Equations (29) and (30): the normalised surface admittance times the cube root of the earth's radius."""
    lossy = 18.0 * conductivity_s_per_m / frequency_ghz
    k = 0.036 * frequency_ghz ** (-1.0 / 3.0) * ((permittivity - 1.0) ** 2 + lossy**2) ** -0.25
    return k * math.sqrt(permittivity**2 + lossy**2) if vertical else k


@kernel(fastmath=ONCE, inline=True)
def _first_term_db(k: float, q: float, d: float, tx_m: float, rx_m: float, third: float) -> float:
    """Equations (31) to (36); `q` is the earth's radius to the power -1/3, `third` the frequency to the power 1/3."""
    k2 = k * k
    beta = (1.0 + 1.6 * k2 + 0.67 * k2 * k2) / (1.0 + 4.5 * k2 + 1.53 * k2 * k2)
    x = 21.88 * beta * third * q * q * d
    log_x = log10(x)
    far = 11.0 + 10.0 * log_x - 17.6 * x
    near = -20.0 * log_x - 5.6488 * power(x, 1.425)
    y = 0.9575 * beta * beta * third * third * q
    least = 2.0 + 20.0 * log10(k)
    return -(far if x >= 1.6 else near) - _gain_db(y * tx_m, least) - _gain_db(y * rx_m, least)


@kernel(fastmath=ONCE, inline=True)
def _gain_db(b: float, least_db: float) -> float:
    """Equations (34) and (35): height gain."""
    above = larger(b - 1.1, 0.1)
    high = 17.6 * math.sqrt(above) - 5.0 * log10(above) - 8.0
    low = 20.0 * log10(b + 0.1 * b * b * b)
    return larger(high if b > 2.0 else low, least_db)


@kernel(fastmath=ONCE)
def _combine(block: Block, frequency_ghz: float, time_percent: float) -> None:
    """Equations (41) to (45), (47), (48) and (59) to (63), (69), from the median diffraction kept in NOTIONAL."""
    log_f, third = 20.0 * math.log10(frequency_ghz), frequency_ghz ** (1.0 / 3.0)
    scatter_db = 25.0 * math.log10(frequency_ghz) - 2.5 * math.log10(0.5 * frequency_ghz) ** 2
    duct_db = log_f
    if frequency_ghz < 0.5:
        duct_db += 45.375 - 137.0 * frequency_ghz + 92.5 * frequency_ghz**2
    median_time = time_percent == 50.0
    for i in range(LANES):
        free = block[FREE * LANES + i] + log_f
        sight = free + block[SIGHT * LANES + i]
        fi = block[IN_TIME * LANES + i]
        median = block[NOTIONAL * LANES + i]
        diffraction = median if median_time else median + fi * (block[LOSS * LANES + i] - median)
        basic = sight + diffraction
        over_land = (1.0 - block[SEA_SHARE * LANES + i]) * diffraction
        sight_beta0 = free + block[SIGHT_BETA0 * LANES + i]
        notional = free + median + (sight_beta0 + over_land - free - median) * fi
        notional = sight + over_land if fi >= 1.0 else notional
        duct = block[DUCT * LANES + i] + duct_db + block[DUCT_ANGLE * LANES + i] * third
        duct += _shielding_db(block[TX_ANGLE * LANES + i], block[TX_HORIZON * LANES + i], frequency_ghz, third)
        duct += _shielding_db(block[RX_ANGLE * LANES + i], block[RX_HORIZON * LANES + i], frequency_ghz, third)
        high, low = larger(duct, sight), smaller(duct, sight)
        enhanced = high + 1.7328679513998633 * log2(1.0 + exp((low - high) / 2.5))
        either = basic if enhanced > basic else enhanced + (basic - enhanced) * block[IN_DISTANCE * LANES + i]
        modified = either + (notional - either) * block[IN_ANGLE * LANES + i]
        scatter = block[SCATTER * LANES + i] + scatter_db
        high, low = larger(scatter, modified), smaller(scatter, modified)
        combined = low - 5.0 * log10(1.0 + exp2(-0.6643856189774724 * (high - low)))
        block[LOSS * LANES + i] = larger(combined, sight)


@kernel(fastmath=ONCE, inline=True)
def _shielding_db(angle_mrad: float, horizon_km: float, frequency_ghz: float, third: float) -> float:
    """Equation (48): site shielding of one terminal."""
    excess: float = larger(angle_mrad - 0.1 * horizon_km, 0.0)
    screened = 1.0 + 0.361 * excess * math.sqrt(frequency_ghz * horizon_km)
    return 20.0 * log10(screened) + 0.264 * excess * third
