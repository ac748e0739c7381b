"""Field strength of one site: losses on the pixels around it for all its bands, then the level of each of its cells."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jangkau.compiled import kernel
from jangkau.coverage.transmitters import ALL_ROUND_DEG, Transmitter
from jangkau.coverage.validity import count_paths
from jangkau.geo import WGS84, Bounds, Grid, project
from jangkau.paths import OUTSIDE, SWEPT, Antenna, Area, Medium, by_path, losses, sweep_area
from jangkau.radio import pattern_gain_db
from jangkau.terrain.ground import Ground

NO_SIGNAL_DBM = -200.0
"""The level written where no cell is within the radius: no receiver and no probability tells it from nothing."""

NO_SIGNAL, UNKNOWN = -2000, -32768
"""Levels in tenths of a dBm that stand for no cell within the radius, and for a path over unknown ground."""

Levels = NDArray[np.int16]
"""RSRP in tenths of a dBm, or `NO_SIGNAL`, or `UNKNOWN`."""


@dataclass(frozen=True, slots=True)
class FieldSettings:
    """How the field of a site is computed: see `jangkau.settings.RadioSettings` for the meaning of each value."""

    radius_m: float
    receiver_height_agl_m: float
    medium: Medium
    profile_step_m: float = 0.0
    body_loss_db: float = 0.0
    exact_within_db: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """What was computed of one site.

    Attributes
    ----------
    levels : list of int16 arrays, shape of the grid
        One a transmitter.
    paths : Counter
        How the paths came about and what lies outside the models' ranges: `jangkau.coverage.validity`.
    """

    levels: list[Levels]
    paths: Counter[str]


def groups(transmitters: Sequence[Transmitter]) -> list[list[Transmitter]]:
    """Return transmitters that share their paths (same place and height), in a stable order."""
    together: dict[tuple[float, float, float], list[Transmitter]] = {}
    for t in transmitters:
        together.setdefault((t.longitude, t.latitude, t.height_agl_m), []).append(t)
    return list(together.values())


def pixels_around(grid: Grid, longitude: float, latitude: float, radius_m: float) -> Grid | None:
    """Return the part of a metric grid that holds a disc, or None when the disc lies outside the grid."""
    x, y = (float(v) for v in project(longitude, latitude, WGS84, grid.crs))
    rows, columns = grid.window(Bounds(x, y, x, y).widened(radius_m * 1.002))
    if rows.start == rows.stop or columns.start == columns.stop:
        return None
    return grid.part(rows, columns)


def site_field(
    ground: Ground,
    together: Sequence[Transmitter],
    grid: Grid,
    settings: FieldSettings,
    decisions_dbm: Sequence[Sequence[float]] = (),
    workers: int = 1,
    stop: Callable[[], bool] | None = None,
) -> Field:
    """Return the level of transmitters that share their paths, on the pixels around them.

    Parameters
    ----------
    ground : Ground
    together : sequence of Transmitter
        One item of `groups`.
    grid : Grid
        Metric, from `pixels_around`.
    settings : FieldSettings
    decisions_dbm : sequence of sequences of float
        For each transmitter the levels at which a decision falls [dBm]. Pixels within `settings.exact_within_db` of one
        are computed path by path, when rays beside them differ so much that the decision might.
    workers : int
        Threads for this site.
    stop : callable, optional
        See `jangkau.paths.sweep_area`.

    Returns
    -------
    Field
    """
    first = together[0]
    antenna = Antenna(first.longitude, first.latitude, first.height_agl_m)
    frequencies = sorted({t.frequency_mhz for t in together})
    area = sweep_area(
        ground,
        antenna,
        grid,
        radius_m=settings.radius_m,
        frequencies_mhz=frequencies,
        rx_height_agl_m=settings.receiver_height_agl_m,
        medium=settings.medium,
        step_m=settings.profile_step_m,
        workers=workers,
        stop=stop,
    )
    levels = _levels(together, frequencies, area, settings)
    if settings.exact_within_db > 0.0 and decisions_dbm:
        doubtful, share = np.zeros(grid.shape, np.bool_), _share_of_spread(ground)
        for t, level, decisions in zip(together, levels, decisions_dbm, strict=True):
            rivals = [x for o, x in zip(together, levels, strict=True) if _layer(o) == _layer(t)]
            best = level if len(rivals) == 1 else np.maximum.reduce(rivals)
            loss = area.loss_db[frequencies.index(t.frequency_mhz)]
            _mark(level, best, loss, area.how, np.array(decisions), settings.exact_within_db, share, doubtful)
        by_path(
            area,
            doubtful,
            ground,
            antenna,
            frequencies,
            settings.receiver_height_agl_m,
            settings.medium,
            settings.profile_step_m,
            stop,
        )
        levels = _levels(together, frequencies, area, settings)
    paths = count_paths(area, ground, antenna, frequencies, settings.receiver_height_agl_m, settings.medium)
    return Field(levels, paths)


def _share_of_spread(ground: Ground) -> float:
    """Return how far the sweep may be from the path, as a share of what the loss differs among neighbours.

    Beside a ray the terrain is almost the same, but a tree or house may stand or not: docs/reference/accuracy.md.
    """
    return 1.0 if any(s.obstacle_height_m > 0.0 for s in ground.surfaces) else 0.4


def level_at(
    ground: Ground,
    t: Transmitter,
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    settings: FieldSettings,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the level of a transmitter at points and the loss of the path to each, by its own profile.

    Parameters
    ----------
    ground : Ground
    t : Transmitter
    longitude, latitude : float64, shape (n,)
        The points [deg]; the radius of `settings` does not limit them.
    settings : FieldSettings

    Returns
    -------
    level_dbm, loss_db : float32, shape (n,)
        RSRP [dBm] and loss [dB]; NaN where the path crosses unknown ground.
    """
    paths = losses(
        ground,
        Antenna(t.longitude, t.latitude, t.height_agl_m),
        longitude,
        latitude,
        frequency_mhz=t.frequency_mhz,
        rx_height_agl_m=settings.receiver_height_agl_m,
        medium=settings.medium,
        step_m=settings.profile_step_m,
    )
    gain = _gain_db(t, paths.azimuth_deg.astype(np.float32), paths.elevation_deg)
    top = np.float32(t.reference_signal_eirp_dbm - settings.body_loss_db)
    return top + gain - paths.loss_db, paths.loss_db


def _levels(
    together: Sequence[Transmitter], frequencies: Sequence[float], area: Area, settings: FieldSettings
) -> list[Levels]:
    azimuth = np.degrees(np.arctan2(area.east_m, area.north_m))
    gains: dict[tuple[float, ...], NDArray[np.float32]] = {}
    found = []
    for t in together:
        if antenna_of(t) not in gains:
            gains[antenna_of(t)] = _gain_db(t, azimuth, area.elevation_deg)
        level = np.empty(area.grid.shape, np.int16)
        loss = area.loss_db[frequencies.index(t.frequency_mhz)]
        top = t.reference_signal_eirp_dbm - settings.body_loss_db
        _tenths(loss, gains[antenna_of(t)], area.how, top, level)
        found.append(level)
    return found


def _layer(t: Transmitter) -> tuple[str, str]:
    return t.operator, t.technology


def antenna_of(t: Transmitter) -> tuple[float, ...]:
    """Return what makes the pattern of a transmitter."""
    return (
        t.azimuth_deg,
        t.horizontal_beamwidth_deg,
        t.vertical_beamwidth_deg,
        t.electrical_downtilt_deg,
        t.mechanical_downtilt_deg,
    )


def _gain_db(t: Transmitter, azimuth: NDArray[np.float32], elevation: NDArray[np.float32]) -> NDArray[np.float32]:
    all_round = t.horizontal_beamwidth_deg >= ALL_ROUND_DEG
    return pattern_gain_db(
        azimuth - np.float32(t.azimuth_deg),
        elevation,
        horizontal_beamwidth_deg=t.horizontal_beamwidth_deg,
        vertical_beamwidth_deg=t.vertical_beamwidth_deg,
        electrical_downtilt_deg=t.electrical_downtilt_deg,
        mechanical_downtilt_deg=0.0 if all_round else t.mechanical_downtilt_deg,
    ).astype(np.float32)


@kernel
def _tenths(
    loss_db: NDArray[np.float32],
    gain_db: NDArray[np.float32],
    how: NDArray[np.uint8],
    top_dbm: float,
    out: Levels,
) -> None:
    """Levels of a cell whose strongest direction radiates `top_dbm`."""
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            level = 10.0 * (top_dbm + gain_db[row, column] - loss_db[row, column])
            if how[row, column] == OUTSIDE:
                out[row, column] = NO_SIGNAL
            elif level != level:
                out[row, column] = UNKNOWN
            else:
                out[row, column] = max(round(level), NO_SIGNAL)


@kernel
def _mark(
    level: Levels,
    best: Levels,
    loss_db: NDArray[np.float32],
    how: NDArray[np.uint8],
    decisions_dbm: NDArray[np.float64],
    within_db: float,
    share: float,
    doubtful: NDArray[np.bool_],
) -> None:
    """Mark swept pixels near a decision where the cell is the site's best.

    Near is a share of what the loss differs among neighbours, and `within_db` at most: where neighbours are alike the
    sweep is as good as the path. At the edge of a shadow, where they differ much, it is two thirds of that share.
    """
    rows, columns = level.shape
    for row in range(rows):
        for column in range(columns):
            if how[row, column] != SWEPT or level[row, column] <= NO_SIGNAL or level[row, column] < best[row, column]:
                continue
            nearest = np.inf
            for decision in decisions_dbm:
                nearest = min(nearest, abs(0.1 * level[row, column] - decision))
            here, spread = loss_db[row, column], 0.0
            for i in range(max(row - 1, 0), min(row + 2, rows)):
                for j in range(max(column - 1, 0), min(column + 2, columns)):
                    step = abs(loss_db[i, j] - here)
                    if step > spread:
                        spread = step
            if nearest <= 0.1 + share * spread and nearest <= max(within_db, 0.65 * share * spread):
                doubtful[row, column] = True
