"""What stands along a path and around its ends, as numbers from which a correction can be learnt.

A propagation model sums a path up in one loss. Where many measurements exist, the residual still depends on what the
model leaves out: how much is built up before the phone, how far the nearest roof is, how open the place is. These are
described here from the same ground that the prediction used, so that they are known wherever a prediction is.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jangkau.compiled import kernel
from jangkau.geo import distance_azimuth
from jangkau.paths import Antenna
from jangkau.paths.point import NEAREST_M
from jangkau.radio import pattern_gain_db
from jangkau.terrain.ground import Ground, GroundArrays
from jangkau.terrain.profiles import number_of_points, path_curve, sample, sample_scratch
from jangkau.units import wavelength_m

FloatArray = NDArray[np.float64]

LAST_M = (60.0, 150.0, 400.0)
"""Stretches of the path before the phone that are described on their own [m]."""

RADII_M = (40.0, 100.0, 200.0, 400.0)
"""Discs round the phone, and round the antenna, that are described [m]."""

BUILT_FROM_M = 3.0
"""Obstacles from this height on count as standing in the way [m]."""

PATH_NAMES = (
    "log10_distance",
    "ray_elevation_deg",
    "height_difference_m",
    "antenna_height_agl_m",
    "blocked_share",
    "edges",
    "highest_nu",
    "second_nu",
    "highest_nu_back_m",
    "last_blocked_m",
    "first_blocked_m",
    "phone_horizon_deg",
    "blocked_height_mean_m",
    "terrain_nu",
    "obstacle_mean_m",
)
"""Columns of `features` about the whole path."""

DISC_NAMES = ("obstacle_mean_m", "obstacle_max_m", "built_share", "relief_m")


def _names() -> tuple[str, ...]:
    last = [
        f"last_{radius:.0f}_{what}"
        for radius in LAST_M
        for what in ("obstacle_mean_m", "obstacle_max_m", "built_share")
    ]
    discs = [f"{end}_{radius:.0f}_{what}" for end in ("phone", "antenna") for radius in RADII_M for what in DISC_NAMES]
    return (*PATH_NAMES, *last, "phone_obstacle_m", *discs)


AIM_NAMES = (
    "east_m",
    "north_m",
    "bearing_east",
    "bearing_north",
    "azimuth_offset_deg",
    "azimuth_offset_size_deg",
    "ahead",
    "aside",
    "below_beam_deg",
    "pattern_gain_db",
    "excess_loss_db",
    "reference_signal_eirp_dbm",
    "electrical_downtilt_deg",
    "mechanical_downtilt_deg",
)
"""Columns of `features` about where the phone is as the antenna sees it, what the model said, and the cell."""

NAMES = (*_names(), *AIM_NAMES)
"""Columns of `features`."""


@dataclass(frozen=True, slots=True)
class Aim:
    """Where an antenna points and what it radiates; see `radio.pattern_gain_db`."""

    azimuth_deg: float
    horizontal_beamwidth_deg: float
    vertical_beamwidth_deg: float
    electrical_downtilt_deg: float
    mechanical_downtilt_deg: float
    reference_signal_eirp_dbm: float


def features(
    ground: Ground,
    antenna: Antenna,
    aim: Aim,
    longitude: ArrayLike,
    latitude: ArrayLike,
    loss_db: ArrayLike,
    *,
    frequency_mhz: float,
    rx_height_agl_m: float,
) -> NDArray[np.float32]:
    """Return what stands along the paths from an antenna, and around their ends, and how the antenna sees the phones.

    Parameters
    ----------
    ground : Ground
    antenna : Antenna
    aim : Aim
    longitude, latitude : array_like, shape (n,)
        The phones [deg].
    loss_db : array_like, shape (n,)
        Of `paths.losses` [dB].
    frequency_mhz : float
        > 0 [MHz].
    rx_height_agl_m : float
        Of the phones [m].

    Returns
    -------
    float32, shape (n, len(NAMES))
        See `NAMES`; a missing number is NaN where ground or loss are unknown.
    """
    longitude, latitude = np.atleast_1d(np.asarray(longitude, float)), np.atleast_1d(np.asarray(latitude, float))
    distance, azimuth = distance_azimuth(antenna.longitude, antenna.latitude, longitude, latitude)
    along = np.full((longitude.size, len(NAMES) - len(AIM_NAMES)), np.nan, np.float32)
    _features(
        ground.arrays(),
        (antenna.longitude, antenna.latitude, antenna.height_agl_m, rx_height_agl_m),
        wavelength_m(frequency_mhz),
        ground.pixel_m(),
        np.ascontiguousarray(longitude),
        np.ascontiguousarray(latitude),
        distance,
        np.array(LAST_M),
        np.array(RADII_M),
        along,
    )
    ray_deg = along[:, PATH_NAMES.index("ray_elevation_deg")].astype(np.float64)
    seen = _seen(aim, distance, azimuth, ray_deg)
    free_space_db = 20.0 * np.log10(4.0 * math.pi * np.maximum(distance, NEAREST_M) / wavelength_m(frequency_mhz))
    excess = np.asarray(loss_db, float) - free_space_db  # ITU-R P.525, equation (3)
    of_cell = (aim.reference_signal_eirp_dbm, aim.electrical_downtilt_deg, aim.mechanical_downtilt_deg)
    rest = np.column_stack([*seen, excess, *(np.full(longitude.size, value) for value in of_cell)])
    return np.concatenate([along, rest.astype(np.float32)], axis=1)


def _seen(aim: Aim, distance_m: FloatArray, azimuth_deg: FloatArray, ray_deg: FloatArray) -> list[FloatArray]:
    """Return the columns of `AIM_NAMES` up to the gain."""
    bearing, offset = np.radians(azimuth_deg), (azimuth_deg - aim.azimuth_deg + 180.0) % 360.0 - 180.0
    ahead, aside = np.cos(np.radians(offset)), np.sin(np.radians(offset))
    gain = pattern_gain_db(
        offset,
        np.where(np.isfinite(ray_deg), ray_deg, 0.0),
        horizontal_beamwidth_deg=aim.horizontal_beamwidth_deg,
        vertical_beamwidth_deg=aim.vertical_beamwidth_deg,
        electrical_downtilt_deg=aim.electrical_downtilt_deg,
        mechanical_downtilt_deg=aim.mechanical_downtilt_deg,
    )
    below = -ray_deg - aim.electrical_downtilt_deg - aim.mechanical_downtilt_deg * ahead
    east, north = np.sin(bearing), np.cos(bearing)
    return [distance_m * east, distance_m * north, east, north, offset, np.abs(offset), ahead, aside, below, gain]


@kernel(allocates=True)
def _features(
    ground: GroundArrays,
    ends: tuple[float, float, float, float],
    wave_m: float,
    pixel_m: float,
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    distance_m: NDArray[np.float64],
    last_m: NDArray[np.float64],
    radii_m: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    most = number_of_points(max(distance_m.max(), 2.0 * pixel_m), pixel_m)
    terrain, obstacle = np.empty(most), np.empty(most)
    surface, scratch = np.empty(most, np.uint8), sample_scratch(most)
    at_antenna = np.empty(4 * radii_m.size)
    _discs(ground, ends[0], ends[1], pixel_m, radii_m, at_antenna)
    discs = np.empty(4 * radii_m.size)
    for i in range(longitude.size):
        length_m = max(distance_m[i], 2.0 * pixel_m)
        count = number_of_points(length_m, pixel_m)
        spacing_m = length_m / (count - 1)
        sample(
            ground,
            path_curve(ends[0], ends[1], longitude[i], latitude[i]),
            0.0,
            1.0 / (count - 1),
            count,
            scratch,
            terrain,
            surface,
        )
        for k in range(count):
            obstacle[k] = ground.obstacle_height_m[surface[k]]
        _path(terrain, obstacle, spacing_m, count, ends[2], ends[3], wave_m, out[i])
        column = 15
        for j in range(last_m.size):
            total, highest, built, n = 0.0, 0.0, 0, 0
            k = count - 1
            while k >= 0 and (count - 1 - k) * spacing_m <= last_m[j]:
                total += obstacle[k]
                highest = max(highest, obstacle[k])
                built += obstacle[k] >= BUILT_FROM_M
                n += 1
                k -= 1
            out[i, column], out[i, column + 1], out[i, column + 2] = total / n, highest, built / n
            column += 3
        out[i, column] = obstacle[count - 1]
        column += 1
        _discs(ground, longitude[i], latitude[i], pixel_m, radii_m, discs)
        for j in range(discs.size):
            out[i, column + j] = discs[j]
            out[i, column + discs.size + j] = at_antenna[j]


@kernel
def _path(
    terrain: NDArray[np.float64],
    obstacle: NDArray[np.float64],
    spacing_m: float,
    count: int,
    tx_m: float,
    rx_m: float,
    wave_m: float,
    out: NDArray[np.float32],
) -> None:
    """Fill the columns of `PATH_NAMES`."""
    total = (count - 1) * spacing_m
    start, end = terrain[0] + tx_m, terrain[count - 1] + rx_m
    blocked, edges, over_sum, inside, obstacles = 0, 0, 0.0, False, 0.0
    first_m, last_m, horizon = total, total, (start - end) / total
    nu1, nu2, nu1_back, nu_terrain = -9.0, -9.0, total, -9.0
    for k in range(1, count - 1):
        distance = k * spacing_m
        back = total - distance
        line = start + (end - start) * distance / total
        over = terrain[k] + obstacle[k] - line
        scale = math.sqrt(2.0 * total / (wave_m * distance * back))
        nu = over * scale
        nu_terrain = max(nu_terrain, (terrain[k] - line) * scale)
        obstacles += obstacle[k]
        horizon = max(horizon, (terrain[k] + obstacle[k] - end) / back)
        if nu > nu1:
            if nu1_back - back > 2.0 * spacing_m:
                nu2 = max(nu2, nu1)
            nu1, nu1_back = nu, back
        elif abs(nu1_back - back) > 2.0 * spacing_m:
            nu2 = max(nu2, nu)
        if over > 0.0:
            blocked += 1
            over_sum += over
            edges += not inside
            inside = True
            if first_m == total:
                first_m = distance
            last_m = back
        else:
            inside = False
    inner = max(count - 2, 1)
    out[0] = math.log10(max(total, 10.0))
    out[1] = math.degrees(math.atan((end - start) / total))
    out[2] = start - end
    out[3] = tx_m
    out[4] = blocked / inner
    out[5] = edges
    out[6], out[7], out[8] = nu1, nu2, nu1_back
    out[9], out[10] = last_m, first_m
    out[11] = math.degrees(math.atan(horizon))
    out[12] = over_sum / max(blocked, 1)
    out[13] = nu_terrain
    out[14] = obstacles / inner


@kernel
def _discs(
    ground: GroundArrays,
    longitude: float,
    latitude: float,
    pixel_m: float,
    radii_m: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Fill mean and highest obstacle, built-up share, and the place's height above the mean terrain, by disc."""
    rows, columns = ground.surface.shape
    wide_m = ground.pixel_width * 111_320.0 * math.cos(math.radians(latitude))
    x, y = (longitude - ground.west) / ground.pixel_width, (ground.north - latitude) / ground.pixel_height
    column, row = min(max(int(x), 0), columns - 1), min(max(int(y), 0), rows - 1)
    for j in range(radii_m.size):
        across, down = int(radii_m[j] / wide_m) + 1, int(radii_m[j] / pixel_m) + 1
        total, highest, built, height, n = 0.0, 0.0, 0, 0.0, 0
        for r in range(max(row - down, 0), min(row + down + 1, rows)):
            for c in range(max(column - across, 0), min(column + across + 1, columns)):
                east, south = (c + 0.5 - x) * wide_m, (r + 0.5 - y) * pixel_m
                if east * east + south * south <= radii_m[j] * radii_m[j]:
                    above = ground.obstacle_height_m[ground.surface[r, c]]
                    total += above
                    highest = max(highest, above)
                    built += above >= BUILT_FROM_M
                    height += ground.height_amsl_m[r, c]
                    n += 1
        m = max(n, 1)
        out[4 * j], out[4 * j + 1], out[4 * j + 2] = total / m, highest, built / m
        out[4 * j + 3] = ground.height_amsl_m[row, column] - height / m
