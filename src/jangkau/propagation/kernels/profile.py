"""Kernels of path profile analysis: ITU-R P.1812 sections 3.3 to 3.8 and Attachment 1. See `jangkau.propagation.p1812`.

Distances are in km, heights in m, angles in mrad. Nothing here knows the frequency: the geometry of a path serves all
bands. Equation numbers are those of P.1812-6 and later.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jangkau.compiled import kernel
from jangkau.elementary import SUM, larger
from jangkau.propagation.kernels.diffraction import bullington_edge, smooth_bullington_edge

SEA, COASTAL, INLAND = 1, 3, 4
"""Radio-climatic zones of a profile point, section 3.3; the numbers that exchange files of the ITU use."""

EARTH_RADIUS_KM = 6371.0
BETA0_RADIUS_KM = 3.0 * EARTH_RADIUS_KM
"""Effective earth radius exceeded for beta0 % of the time, equation (7b)."""

FloatArray = NDArray[np.float64]
ZoneArray = NDArray[np.uint8]


class PathGeometry(NamedTuple):
    """What a profile and two antenna heights give, for any frequency.

    Edges are the diffraction parameter nu times the square root of the wavelength [m^0.5]; see `kernels.diffraction`.
    Those for beta0, and those over the ground without its clutter, are NaN where they were not asked for.
    """

    total_km: float
    tx_amsl_m: float
    rx_amsl_m: float
    sea_fraction: float
    longest_land_km: float
    longest_inland_km: float
    tx_at_sea: bool
    rx_at_sea: bool
    effective_radius_km: float
    line_of_sight: bool
    tx_horizon_km: float
    rx_horizon_km: float
    tx_horizon_mrad: float
    rx_horizon_mrad: float
    angular_distance_mrad: float
    tx_smooth_amsl_m: float
    rx_smooth_amsl_m: float
    tx_smooth_diffraction_m: float
    rx_smooth_diffraction_m: float
    tx_smooth_limited_m: float
    rx_smooth_limited_m: float
    tx_effective_m: float
    rx_effective_m: float
    roughness_m: float
    edge_50: float
    smooth_edge_50: float
    edge_beta0: float
    smooth_edge_beta0: float
    ground_edge_50: float
    ground_edge_beta0: float


@kernel
def effective_radius_km(refractivity_gradient_n_per_km: float) -> float:
    """Section 3.7, equations (6) and (7a): median effective earth radius."""
    return EARTH_RADIUS_KM * 157.0 / (157.0 - refractivity_gradient_n_per_km)


@kernel
def path_centre_latitude_deg(
    tx_longitude_deg: float,
    tx_latitude_deg: float,
    rx_longitude_deg: float,
    rx_latitude_deg: float,
    total_km: float,
) -> float:
    """P.2001 attachment H: the latitude half of the path's length away from the transmitter towards the receiver."""
    tx, rx = math.radians(tx_latitude_deg), math.radians(rx_latitude_deg)
    spread = math.radians(rx_longitude_deg - tx_longitude_deg)
    # (H.2.5) both over cos(tx): the same bearing without the cancellation on short paths
    north = math.cos(tx) * math.sin(rx) - math.sin(tx) * math.cos(rx) * math.cos(spread)
    east = math.cos(rx) * math.sin(spread)
    bearing = math.atan2(east, north)
    if abs(north * math.cos(tx)) < 1e-9 and abs(east * math.cos(tx)) < 1e-9:
        bearing = math.radians(rx_longitude_deg)
    half = 0.5 * total_km / EARTH_RADIUS_KM
    sine = math.sin(tx) * math.cos(half) + math.cos(tx) * math.sin(half) * math.cos(bearing)
    return math.degrees(math.asin(min(max(sine, -1.0), 1.0)))


@kernel
def mixed(zone: ZoneArray) -> bool:
    """Return whether any point is not inland."""
    others = 0
    for i in range(zone.size):
        others += zone[i] != INLAND
    return others > 0


@kernel
def zone_lengths(distance_km: FloatArray, zone: ZoneArray) -> tuple[float, float, float]:
    """Sections 3.6 and 4.1: share of the path over sea, longest stretch over land, longest stretch inland.

    A stretch reaches half-way to the next point of another zone. An empty `zone` is all inland.
    """
    n = distance_km.size
    total_km = distance_km[n - 1]
    if not mixed(zone):
        return 0.0, total_km, total_km
    sea, land, inland = 0.0, 0.0, 0.0
    land_from, inland_from, start = 0.0, 0.0, 0.0
    for i in range(n):
        end = 0.5 * (distance_km[i] + distance_km[i + 1]) if i < n - 1 else total_km
        if zone[i] == SEA:
            sea += end - start
            land_from = end
        else:
            land = max(land, end - land_from)
        if zone[i] == INLAND:
            inland = max(inland, end - inland_from)
        else:
            inland_from = end
        start = end
    return sea / total_km, land, inland


@kernel
def inland_factor(longest_inland_km: float) -> float:
    """Section 3.6, equation (3): tau."""
    return 1.0 - math.exp(-(4.12e-4 * longest_inland_km**2.41))


@kernel
def beta0_percent(latitude_deg: float, longest_land_km: float, longest_inland_km: float) -> float:
    """Section 3.6, equations (2) to (5): share of time in which anomalous propagation is to be expected [%]."""
    latitude = abs(latitude_deg)
    tau = inland_factor(longest_inland_km)
    mu1 = (10.0 ** (-longest_land_km / (16.0 - 6.6 * tau)) + 10.0 ** (-5.0 * (0.496 + 0.354 * tau))) ** 0.2
    mu1 = min(mu1, 1.0)
    if latitude <= 70.0:
        return 10.0 ** (-0.015 * latitude + 1.67) * mu1 * mu1 ** (-0.935 + 0.0176 * latitude)
    return 4.17 * mu1 * mu1**0.3


@kernel(fastmath=SUM)
def smooth_earth(distance_km: FloatArray, terrain_m: FloatArray) -> tuple[float, float]:
    """Attachment 1 section 5.6.1, equations (85) to (88): both ends of the line fitted to the terrain [m]."""
    n = distance_km.size
    total_km = distance_km[n - 1]
    area, moment = 0.0, 0.0
    for i in range(1, n):
        d, before = distance_km[i], distance_km[i - 1]
        h, h_before = terrain_m[i], terrain_m[i - 1]
        area += (d - before) * (h + h_before)
        moment += (d - before) * (h * (2.0 * d + before) + h_before * (d + 2.0 * before))
    return (2.0 * area * total_km - moment) / total_km**2, (moment - area * total_km) / total_km**2


@kernel
def obstruction(
    distance_km: FloatArray, terrain_m: FloatArray, tx_amsl_m: float, rx_amsl_m: float
) -> tuple[float, float, float]:
    """Attachment 1 section 5.6.2, equation (89): highest terrain above the ray [m], slopes from both ends [m/km]."""
    total_km = distance_km[distance_km.size - 1]
    tilt = (rx_amsl_m - tx_amsl_m) / total_km
    highest, from_tx, from_rx = -math.inf, -math.inf, -math.inf
    for i in range(1, distance_km.size - 1):
        d = distance_km[i]
        above = terrain_m[i] - (tx_amsl_m + tilt * d)
        highest = larger(highest, above)
        from_tx, from_rx = larger(from_tx, above / d), larger(from_rx, above / (total_km - d))
    return highest, from_tx, from_rx


@kernel
def diffraction_ends(
    distance_km: FloatArray,
    terrain_m: FloatArray,
    tx_amsl_m: float,
    rx_amsl_m: float,
    tx_smooth_m: float,
    rx_smooth_m: float,
) -> tuple[float, float]:
    """Attachment 1 section 5.6.2, equations (90) and (91): the smooth earth's ends for the diffraction model [m]."""
    highest, from_tx, from_rx = obstruction(distance_km, terrain_m, tx_amsl_m, rx_amsl_m)
    if highest > 0.0:
        tx_smooth_m -= highest * from_tx / (from_tx + from_rx)
        rx_smooth_m -= highest * from_rx / (from_tx + from_rx)
    return min(tx_smooth_m, terrain_m[0]), min(rx_smooth_m, terrain_m[terrain_m.size - 1])


@kernel
def tx_horizon(distance_km: FloatArray, terrain_m: FloatArray, tx_amsl_m: float, radius_km: float) -> tuple[int, float]:
    """Attachment 1 section 5.1, equations (76) and (77): the first highest point from the transmitter, its tangent."""
    bend = 0.5 / radius_km
    steepest, point = -math.inf, 1
    for i in range(1, distance_km.size - 1):
        d = distance_km[i]
        steepest = larger(steepest, (terrain_m[i] - tx_amsl_m) / (1000.0 * d) - bend * d)
    while (terrain_m[point] - tx_amsl_m) / (1000.0 * distance_km[point]) - bend * distance_km[point] < steepest:
        point += 1
    return point, steepest


@kernel
def rx_horizon(distance_km: FloatArray, terrain_m: FloatArray, rx_amsl_m: float, radius_km: float) -> tuple[int, float]:
    """Attachment 1 section 5.4, equation (82): the first highest point seen from the receiver, its tangent."""
    total_km = distance_km[distance_km.size - 1]
    bend = 0.5 / radius_km
    steepest, point = -math.inf, distance_km.size - 2
    for i in range(1, distance_km.size - 1):
        rest = total_km - distance_km[i]
        steepest = larger(steepest, (terrain_m[i] - rx_amsl_m) / (1000.0 * rest) - bend * rest)
    rest = total_km - distance_km[point]
    while (terrain_m[point] - rx_amsl_m) / (1000.0 * rest) - bend * rest < steepest:
        point -= 1
        rest = total_km - distance_km[point]
    return point, steepest


@kernel
def nearest_to_ray(
    distance_km: FloatArray, terrain_m: FloatArray, tx_amsl_m: float, rx_amsl_m: float, radius_km: float
) -> int:
    """Attachment 1 section 5.2: the last point with the largest diffraction parameter of a path in sight."""
    total_km = distance_km[distance_km.size - 1]
    bend = 500.0 / radius_km
    tilt = (rx_amsl_m - tx_amsl_m) / total_km
    highest, point = -math.inf, distance_km.size - 2
    for i in range(1, distance_km.size - 1):
        d = distance_km[i]
        product = d * (total_km - d)
        highest = larger(highest, (terrain_m[i] + bend * product - (tx_amsl_m + tilt * d)) / math.sqrt(product))
    while True:
        d = distance_km[point]
        product = d * (total_km - d)
        if (terrain_m[point] + bend * product - (tx_amsl_m + tilt * d)) / math.sqrt(product) >= highest:
            return point
        point -= 1


@kernel
def horizons(
    distance_km: FloatArray, terrain_m: FloatArray, tx_amsl_m: float, rx_amsl_m: float, radius_km: float
) -> tuple[bool, int, int, float, float]:
    """Attachment 1 sections 4 and 5.1 to 5.5: whether in sight, points of both horizons, their elevations [mrad]."""
    total_km = distance_km[distance_km.size - 1]
    rise, fall = (rx_amsl_m - tx_amsl_m) / (1000.0 * total_km), 0.5 * total_km / radius_km
    tx_point, tx_slope = tx_horizon(distance_km, terrain_m, tx_amsl_m, radius_km)
    if tx_slope > rise - fall:
        rx_point, rx_slope = rx_horizon(distance_km, terrain_m, rx_amsl_m, radius_km)
        return False, tx_point, rx_point, 1000.0 * math.atan(tx_slope), 1000.0 * math.atan(rx_slope)
    point = nearest_to_ray(distance_km, terrain_m, tx_amsl_m, rx_amsl_m, radius_km)
    return True, point, point, 1000.0 * math.atan(rise - fall), 1000.0 * math.atan(-rise - fall)


@kernel
def roughness_m(
    distance_km: FloatArray, terrain_m: FloatArray, tx_end_m: float, rx_end_m: float, first: int, last: int
) -> float:
    """Attachment 1 section 5.6.3, equation (95): highest terrain above the smooth earth between the horizons."""
    slope = (rx_end_m - tx_end_m) / distance_km[distance_km.size - 1]
    highest = -math.inf
    for i in range(first, last + 1):
        highest = larger(highest, terrain_m[i] - (tx_end_m + slope * distance_km[i]))
    return highest


@kernel
def path_geometry(
    distance_km: FloatArray,
    terrain_m: FloatArray,
    clutter_m: FloatArray,
    zone: ZoneArray,
    tx_height_m: float,
    rx_height_m: float,
    refractivity_gradient_n_per_km: float,
    with_beta0: bool,
    with_ground: bool,
) -> PathGeometry:
    """Sections 3.3 to 3.8, 4.3.1 and Attachment 1: everything that is read from the profile.

    `with_beta0` asks for the edges over the earth of beta0 %; a prediction for 50 % of the time needs none.
    `with_ground` asks for the edges over the terrain alone, which a terminal in woodland needs.
    """
    n = distance_km.size
    total_km = distance_km[n - 1]
    tx_m, rx_m = terrain_m[0] + tx_height_m, terrain_m[n - 1] + rx_height_m
    radius_km = effective_radius_km(refractivity_gradient_n_per_km)
    sea_fraction, land_km, inland_km = zone_lengths(distance_km, zone)
    in_sight, tx_point, rx_point, tx_mrad, rx_mrad = horizons(distance_km, terrain_m, tx_m, rx_m, radius_km)
    tx_smooth, rx_smooth = smooth_earth(distance_km, terrain_m)
    tx_end, rx_end = diffraction_ends(distance_km, terrain_m, tx_m, rx_m, tx_smooth, rx_smooth)
    tx_limited, rx_limited = min(tx_smooth, terrain_m[0]), min(rx_smooth, terrain_m[n - 1])
    tx_at_sea = zone.size > 0 and zone[0] == SEA
    rx_at_sea = zone.size > 0 and zone[zone.size - 1] == SEA
    edge_beta0, smooth_edge_beta0 = math.nan, math.nan
    ground_edge_50, ground_edge_beta0 = math.nan, math.nan
    if with_ground:
        ground_edge_50 = bullington_edge(distance_km, terrain_m, clutter_m, 0.0, tx_m, rx_m, radius_km)
    if with_ground and with_beta0:
        ground_edge_beta0 = bullington_edge(distance_km, terrain_m, clutter_m, 0.0, tx_m, rx_m, BETA0_RADIUS_KM)
    if with_beta0:
        edge_beta0 = bullington_edge(distance_km, terrain_m, clutter_m, 1.0, tx_m, rx_m, BETA0_RADIUS_KM)
        smooth_edge_beta0 = smooth_bullington_edge(distance_km, tx_m - tx_end, rx_m - rx_end, BETA0_RADIUS_KM)
    return PathGeometry(
        total_km=total_km,
        tx_amsl_m=tx_m,
        rx_amsl_m=rx_m,
        sea_fraction=sea_fraction,
        longest_land_km=land_km,
        longest_inland_km=inland_km,
        tx_at_sea=tx_at_sea,
        rx_at_sea=rx_at_sea,
        effective_radius_km=radius_km,
        line_of_sight=in_sight,
        tx_horizon_km=distance_km[tx_point],
        rx_horizon_km=total_km - distance_km[rx_point],
        tx_horizon_mrad=tx_mrad,
        rx_horizon_mrad=rx_mrad,
        angular_distance_mrad=1e3 * total_km / radius_km + tx_mrad + rx_mrad,
        tx_smooth_amsl_m=tx_smooth,
        rx_smooth_amsl_m=rx_smooth,
        tx_smooth_diffraction_m=tx_end,
        rx_smooth_diffraction_m=rx_end,
        tx_smooth_limited_m=tx_limited,
        rx_smooth_limited_m=rx_limited,
        tx_effective_m=tx_m - tx_limited,
        rx_effective_m=rx_m - rx_limited,
        roughness_m=roughness_m(distance_km, terrain_m, tx_limited, rx_limited, tx_point, rx_point),
        edge_50=bullington_edge(distance_km, terrain_m, clutter_m, 1.0, tx_m, rx_m, radius_km),
        smooth_edge_50=smooth_bullington_edge(distance_km, tx_m - tx_end, rx_m - rx_end, radius_km),
        edge_beta0=edge_beta0,
        smooth_edge_beta0=smooth_edge_beta0,
        ground_edge_50=ground_edge_50,
        ground_edge_beta0=ground_edge_beta0,
    )
