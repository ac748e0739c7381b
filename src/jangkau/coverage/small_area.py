"""The best server of a small area at once, in memory; regions of any size go through `studies.predict`."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from jangkau.coverage.field import FieldSettings, groups, pixels_around, site_field
from jangkau.coverage.servers import Best, best_of, merge
from jangkau.coverage.transmitters import Transmitter
from jangkau.geo import Grid
from jangkau.terrain.ground import Ground


def best_servers(
    ground: Ground,
    transmitters: Sequence[Transmitter],
    grid: Grid,
    settings: FieldSettings,
    *,
    error_db: ArrayLike,
    workers: int = 1,
) -> Best:
    """Return level, error and index of the strongest of some transmitters at every pixel.

    Parameters
    ----------
    ground : Ground
        It must reach as far as the paths do; what lies beyond is unknown.
    transmitters : sequence of Transmitter
        Of one operator and technology, as a phone sees them; below 65,535.
    grid : Grid
        Metric, such as `geo.metric_grid` makes; its arrays must fit into memory.
    settings : FieldSettings
    error_db : float, or array_like of shape (transmitters,)
        Standard deviation of truth minus prediction [dB], > 0.
    workers : int
        Threads; the result does not depend on it.

    Returns
    -------
    Best
        Arrays have the shape of the grid; `probability_at_least` tells the probability of a level.
    """
    keys, unseen = np.zeros(grid.shape, np.uint32), np.zeros(grid.shape, np.uint8)
    number = {id(t): index for index, t in enumerate(transmitters)}
    for together in groups(transmitters):
        window = pixels_around(grid, together[0].longitude, together[0].latitude, settings.radius_m)
        if window is None:
            continue
        row, column = _corner(window, grid)
        part = slice(row, row + window.rows), slice(column, column + window.columns)
        for t, level in zip(
            together, site_field(ground, together, window, settings, workers=workers).levels, strict=True
        ):
            merge(keys[part], unseen[part], level, number[id(t)])
    return best_of(keys, unseen, np.broadcast_to(np.asarray(error_db, np.float32), len(transmitters)))


def _corner(window: Grid, grid: Grid) -> tuple[int, int]:
    """Return the row and column of a grid at which a window of it begins."""
    row = (grid.north - window.north) / grid.pixel_height
    column = (window.west - grid.west) / grid.pixel_width
    return round(row), round(column)
