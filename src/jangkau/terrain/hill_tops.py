"""Hill tops: the points of a terrain that nothing nearby overlooks."""

import numpy as np
from scipy.ndimage import maximum_filter, minimum_filter

from jangkau.geo import FloatArray
from jangkau.terrain.ground import Ground

METRES_PER_DEGREE = 110_574.0
"""Of latitude at the equator."""


def hill_tops(ground: Ground, spacing_m: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the longitude, latitude [deg] and height [m above sea] of hill tops, the highest first.

    Parameters
    ----------
    ground : Ground
    spacing_m : float
        A top is the highest point of the square that reaches so far to each side [m], > 0; of equally high ones in one
        square, as on a plain, only the first in reading order counts.
    """
    height = np.where(np.isnan(ground.height_amsl_m) | ground.at_sea(), np.float32(-np.inf), ground.height_amsl_m)
    grid = ground.grid
    middle = float(np.cos(np.radians(grid.north - 0.5 * grid.rows * grid.pixel_height)))
    reach = (
        max(1, round(spacing_m / (grid.pixel_height * METRES_PER_DEGREE))),
        max(1, round(spacing_m / (grid.pixel_width * METRES_PER_DEGREE * max(middle, 0.01)))),
    )
    window = (2 * reach[0] + 1, 2 * reach[1] + 1)
    top = (height == maximum_filter(height, size=window, mode="constant", cval=-np.inf)) & np.isfinite(height)
    row, column = np.nonzero(top)
    number = np.full(height.shape, row.size)
    number[row, column] = np.arange(row.size)
    first = minimum_filter(number, size=window, mode="constant", cval=row.size)
    alone = first[row, column] == np.arange(row.size)
    row, column = row[alone], column[alone]
    order = np.argsort(-height[row, column], kind="stable")
    row, column = row[order], column[order]
    longitude = grid.west + (column + 0.5) * grid.pixel_width
    latitude = grid.north - (row + 0.5) * grid.pixel_height
    return longitude, latitude, height[row, column].astype(np.float64)
