"""Radio paths between points: one explained, or many predicted, each with its own profile.

The model is ITU-R P.1812 over the profile of terrain and obstacles (`jangkau.propagation.p1812`).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jangkau.compiled import kernel
from jangkau.geo import distance_azimuth
from jangkau.propagation import p1812
from jangkau.propagation.kernels.p1812 import loss_over
from jangkau.propagation.kernels.profile import path_geometry
from jangkau.propagation.kernels.vegetation import woodland_db
from jangkau.propagation.p833 import maximum_attenuation_db, specific_attenuation_db_per_m
from jangkau.terrain.ground import Ground, GroundArrays
from jangkau.terrain.line_of_sight import EARTH_RADIUS_KM, Obstacle, departure_angle_deg, worst_obstacle
from jangkau.terrain.profiles import Profile, number_of_points, path_curve, profile, sample, sample_scratch, stand
from jangkau.units import wavelength_m

NEAREST_M = 50.0
"""Nearer points are computed at this distance [m]."""

INLAND_COAST_KM = 500.0
"""Distance of a terminal on land from the coast, for P.1812 section 4.5: too far to matter."""

MODEL = p1812.RECOMMENDATION


@dataclass(frozen=True, slots=True)
class Antenna:
    """Where a signal leaves: position [deg] and height above ground [m]."""

    longitude: float
    latitude: float
    height_agl_m: float


@dataclass(frozen=True, slots=True)
class Medium:
    """What holds for all paths of a prediction.

    Attributes
    ----------
    time_percent : float
        Share of the average year for which the loss is not exceeded [%], 1..50.
    refractivity_gradient_n_per_km : float
        Decrease of refractivity in the lowest kilometre [N/km], > 0.
    sea_level_refractivity_n : float
        N0 [N].
    """

    time_percent: float = 50.0
    refractivity_gradient_n_per_km: float = 45.0
    sea_level_refractivity_n: float = 370.0


@dataclass(frozen=True, slots=True)
class PathLosses:
    """Paths from one antenna to many points; arrays have the shape of the points.

    Attributes
    ----------
    loss_db : float32
        Basic transmission loss, median over locations [dB]; NaN where the ground of the path is unknown.
    distance_m, azimuth_deg : float64
        From the antenna [m], [deg from north].
    elevation_deg : float32
        Of the ray that leaves towards the point [deg, up positive].
    """

    loss_db: NDArray[np.float32]
    distance_m: NDArray[np.float64]
    azimuth_deg: NDArray[np.float64]
    elevation_deg: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PathReport:
    """One path with everything that explains it."""

    path: Profile
    loss: p1812.P1812Loss
    obstacle: Obstacle

    def drawing(self, tx_height_agl_m: float, rx_height_agl_m: float, frequency_mhz: float) -> dict[str, NDArray[Any]]:
        """Return the lines of a drawing of the path, over a flat earth as seen by the ray, by name [m].

        The ray is straight; terrain bulges by the earth's curve of 4/3 radius. `fresnel_m` is the radius of the first
        zone about the ray.
        """
        distance = self.path.distance_m
        total = distance[-1]
        bulge = distance * (total - distance) / (2.0 * 4.0 / 3.0 * EARTH_RADIUS_KM * 1e3)
        start = self.path.terrain_amsl_m[0] + tx_height_agl_m
        end = self.path.terrain_amsl_m[-1] + rx_height_agl_m
        return {
            "distance_m": distance,
            "terrain_amsl_m": self.path.terrain_amsl_m + bulge,
            "obstacle_m": self.path.obstacle_height_m,
            "ray_amsl_m": start + (end - start) * distance / total,
            "fresnel_m": np.sqrt(wavelength_m(frequency_mhz) * distance * (total - distance) / total),
        }


def losses(
    ground: Ground,
    antenna: Antenna,
    longitude: ArrayLike,
    latitude: ArrayLike,
    *,
    frequency_mhz: ArrayLike,
    rx_height_agl_m: float,
    medium: Medium,
    step_m: float = 0.0,
    stop: Callable[[], bool] | None = None,
) -> PathLosses:
    """Return the loss from an antenna to many points.

    Parameters
    ----------
    ground : Ground
    antenna : Antenna
    longitude, latitude : array_like, any common shape
        The points [deg].
    frequency_mhz : float, or sequence of float
        30..6000 [MHz]; of a sequence the losses get a first axis.
    rx_height_agl_m : float
        Receiver above ground [m].
    medium : Medium
    step_m : float
        Spacing of profile points [m]; 0 takes the ground's pixel.
    stop : callable, optional
        Asked between blocks of points; True ends the work with KeyboardInterrupt.

    Notes
    -----
    Points nearer than 50 m are computed at 50 m: P.1812 is stated from 250 m on, and a phone at the foot of a mast is
    served by its side lobes.
    """
    longitude, latitude = np.broadcast_arrays(np.asarray(longitude, float), np.asarray(latitude, float))
    distance, azimuth = distance_azimuth(antenna.longitude, antenna.latitude, longitude, latitude)
    bands = np.atleast_1d(np.asarray(frequency_mhz, float))
    arrays, wood = ground.arrays(), np.array([woodland_limits(f) for f in bands.tolist()])
    loss = np.full((bands.size, *longitude.shape), np.nan, np.float32)
    elevation = np.zeros(longitude.shape, np.float32)
    flat = [np.ascontiguousarray(a).ravel() for a in (longitude, latitude, np.maximum(distance, NEAREST_M))]
    loss_flat, elevation_flat = loss.reshape(bands.size, -1), elevation.reshape(-1)
    for block in _blocks(elevation_flat.size):
        if stop is not None and stop():
            raise KeyboardInterrupt
        _losses(
            arrays,
            (antenna.longitude, antenna.latitude, antenna.height_agl_m, rx_height_agl_m),
            bands / 1e3,
            (medium.time_percent, medium.refractivity_gradient_n_per_km, medium.sea_level_refractivity_n),
            wood,
            step_m or ground.pixel_m(),
            flat[0][block],
            flat[1][block],
            flat[2][block],
            loss_flat[:, block],
            elevation_flat[block],
        )
    return PathLosses(loss if np.ndim(frequency_mhz) else loss[0], distance, azimuth, elevation)


def woodland_limits(frequency_mhz: float) -> tuple[float, float]:
    """Return the specific and the greatest attenuation of woodland at a frequency [dB/m, dB]."""
    return float(specific_attenuation_db_per_m(frequency_mhz)), float(maximum_attenuation_db(frequency_mhz))


def _blocks(count: int, size: int = 4096) -> list[slice]:
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


@kernel(allocates=True)
def _losses(
    ground: GroundArrays,
    ends: tuple[float, float, float, float],
    bands: NDArray[np.float64],
    medium: tuple[float, float, float],
    wood: NDArray[np.float64],
    step_m: float,
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    distance_m: NDArray[np.float64],
    loss_out: NDArray[np.float32],
    elevation_out: NDArray[np.float32],
) -> None:
    most = number_of_points(distance_m.max(), step_m)
    distance_km, terrain, above = np.empty(most), np.empty(most), np.empty(most)
    zone, surface, scratch = np.empty(most, np.uint8), np.empty(most, np.uint8), sample_scratch(most)
    for i in range(longitude.size):
        count = number_of_points(distance_m[i], step_m)
        spacing_m = distance_m[i] / (count - 1)
        curve = path_curve(ends[0], ends[1], longitude[i], latitude[i])
        sample(ground, curve, 0.0, 1.0 / (count - 1), count, scratch, terrain, surface)
        woodland_m = stand(ground, surface, spacing_m, count, above, zone)
        unknown = 0
        for k in range(count):
            distance_km[k] = k * spacing_m * 1e-3
            unknown += terrain[k] != terrain[k]
        if unknown > 0:
            continue
        elevation_out[i] = departure_angle_deg(terrain, above, spacing_m, count, ends[2], ends[3])
        latitude_deg = 0.5 * (ends[1] + latitude[i])
        geometry = path_geometry(
            distance_km[:count],
            terrain[:count],
            above[:count],
            zone[:count],
            ends[2],
            ends[3],
            medium[1],
            medium[0] != 50.0,
            woodland_m > 0.0,
        )
        for band in range(bands.size):
            through = woodland_db(woodland_m, wood[band, 0], wood[band, 1]) if woodland_m > 0.0 else math.inf
            terms = loss_over(
                geometry,
                bands[band],
                True,
                medium[0],
                latitude_deg,
                INLAND_COAST_KM,
                INLAND_COAST_KM,
                medium[2],
                through,
            )
            loss_out[band, i] = max(terms.combined_db, terms.line_of_sight_p_db)


def explain(
    ground: Ground,
    antenna: Antenna,
    longitude: float,
    latitude: float,
    *,
    frequency_mhz: float,
    rx_height_agl_m: float,
    medium: Medium,
    step_m: float = 0.0,
) -> PathReport | None:
    """Return one path with its profile, every term of its loss and its worst obstacle; None over unknown ground.

    Parameters are those of `losses`, for one point.
    """
    path = profile(ground, (antenna.longitude, antenna.latitude), (longitude, latitude), step_m)
    if np.isnan(path.terrain_amsl_m).any():
        return None
    loss = p1812.transmission_loss(
        path.distance_m,
        path.terrain_amsl_m,
        path.obstacle_height_m,
        zone=path.zone,
        frequency_mhz=frequency_mhz,
        tx_height_agl_m=antenna.height_agl_m,
        rx_height_agl_m=rx_height_agl_m,
        time_percent=medium.time_percent,
        longitude_deg=(antenna.longitude, longitude),
        latitude_deg=(antenna.latitude, latitude),
        refractivity_gradient_n_per_km=medium.refractivity_gradient_n_per_km,
        sea_level_refractivity_n=medium.sea_level_refractivity_n,
        woodland_db=woodland_db(path.woodland_m, *woodland_limits(frequency_mhz))
        if path.woodland_m > 0.0
        else math.inf,
    )
    return PathReport(path, loss, worst_obstacle(path, antenna.height_agl_m, rx_height_agl_m, frequency_mhz))
