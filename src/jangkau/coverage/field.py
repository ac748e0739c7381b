"""Field strength of one site: path losses on the pixels around it, then RSRP of each of its cells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jangkau.coverage.transmitters import ALL_ROUND_DEG, Transmitter
from jangkau.geo import WGS84, Bounds, Grid, Raster, project
from jangkau.paths import Antenna, Medium, PathLosses, losses
from jangkau.radio import pattern_gain_db
from jangkau.terrain.ground import Ground

NO_SIGNAL_DBM = -200.0
"""The level written where no cell is within the radius: no receiver and no probability tells it from nothing."""


@dataclass(frozen=True, slots=True)
class FieldSettings:
    """How the field of a site is computed: see `jangkau.settings.RadioSettings` for the meaning of each value."""

    radius_m: float
    receiver_height_agl_m: float
    medium: Medium
    profile_step_m: float = 0.0
    body_loss_db: float = 0.0


def groups(transmitters: Sequence[Transmitter]) -> list[list[Transmitter]]:
    """Return transmitters that share their paths (same place, height and frequency), in a stable order."""
    together: dict[tuple[float, float, float, float], list[Transmitter]] = {}
    for t in transmitters:
        together.setdefault((t.longitude, t.latitude, t.height_agl_m, t.frequency_mhz), []).append(t)
    return list(together.values())


def pixels_around(grid: Grid, longitude: float, latitude: float, radius_m: float) -> Grid | None:
    """Return the part of a metric grid that holds a disc, or None when the disc lies outside the grid."""
    x, y = (float(v) for v in project(longitude, latitude, WGS84, grid.crs))
    rows, columns = grid.window(Bounds(x, y, x, y).widened(radius_m * 1.002))
    if rows.start == rows.stop or columns.start == columns.stop:
        return None
    return grid.part(rows, columns)


def rsrp_rasters(
    ground: Ground,
    together: Sequence[Transmitter],
    grid: Grid,
    settings: FieldSettings,
    stop: Callable[[], bool] | None = None,
) -> list[Raster]:
    """Return the RSRP of transmitters that share their paths, on the pixels around them.

    Parameters
    ----------
    ground : Ground
    together : sequence of Transmitter
        One item of `groups`.
    grid : Grid
        Metric, from `pixels_around`.
    settings : FieldSettings
    stop : callable, optional
        See `jangkau.paths.losses`.

    Returns
    -------
    list of Raster
        One a transmitter: median RSRP [dBm], rounded to 0.1; NaN where the ground of the path is unknown,
        `NO_SIGNAL_DBM` beyond the radius.
    """
    first = together[0]
    longitude, latitude = grid.longitude_latitude()
    x, y = project(first.longitude, first.latitude, WGS84, grid.crs)
    near = np.hypot(grid.x_centres()[None, :] - x, grid.y_centres()[:, None] - y) <= settings.radius_m
    antenna = Antenna(first.longitude, first.latitude, first.height_agl_m)
    paths = losses(
        ground,
        antenna,
        longitude[near],
        latitude[near],
        frequency_mhz=first.frequency_mhz,
        rx_height_agl_m=settings.receiver_height_agl_m,
        medium=settings.medium,
        step_m=settings.profile_step_m,
        stop=stop,
    )
    return [_raster(t, paths, near, grid, settings) for t in together]


def _raster(
    transmitter: Transmitter, paths: PathLosses, near: NDArray[np.bool_], grid: Grid, settings: FieldSettings
) -> Raster:
    values = np.full(grid.shape, NO_SIGNAL_DBM, np.float32)
    values[near] = np.maximum(np.round(rsrp_dbm(transmitter, paths) - settings.body_loss_db, 1), NO_SIGNAL_DBM)
    return Raster(values, grid, "rsrp", "dBm")


def rsrp_dbm(transmitter: Transmitter, paths: PathLosses) -> NDArray[np.float64]:
    """Return the median RSRP of a transmitter over paths that leave from its antenna [dBm]."""
    gain = pattern_gain_db(
        (paths.azimuth_deg - transmitter.azimuth_deg + 180.0) % 360.0 - 180.0,
        paths.elevation_deg.astype(np.float64),
        horizontal_beamwidth_deg=transmitter.horizontal_beamwidth_deg,
        vertical_beamwidth_deg=transmitter.vertical_beamwidth_deg,
        electrical_downtilt_deg=transmitter.electrical_downtilt_deg,
        mechanical_downtilt_deg=0.0
        if transmitter.horizontal_beamwidth_deg >= ALL_ROUND_DEG
        else transmitter.mechanical_downtilt_deg,
    )
    return np.asarray(transmitter.reference_signal_eirp_dbm + gain - paths.loss_db.astype(np.float64))
