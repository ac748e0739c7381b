"""Probabilities at places, averaged over the disc in which each place truly stands."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jangkau.geo import WGS84, Raster, project

RINGS = ((0.0, 1), (0.5, 6), (0.9, 12))
"""Sample points of a disc: share of its radius, and how many on that ring."""


@dataclass(frozen=True, slots=True)
class Disc:
    """Sample points of a position and its uncertainty, in the system of the rasters."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]


def discs(longitude: ArrayLike, latitude: ArrayLike, radius_m: ArrayLike, crs: str) -> Disc:
    """Return sample points of discs; arrays of shape (places, samples).

    Parameters
    ----------
    longitude, latitude : array_like, shape (places,)
        Centres [deg].
    radius_m : array_like, shape (places,)
        Radius within which the place truly stands [m], >= 0.
    crs : str
        A metric system.
    """
    x, y = project(np.atleast_1d(longitude), np.atleast_1d(latitude), WGS84, crs)
    dx, dy = [], []
    for share, count in RINGS:
        angle = 2.0 * np.pi * np.arange(count) / count
        dx.append(share * np.sin(angle))
        dy.append(share * np.cos(angle))
    radius = np.atleast_1d(np.asarray(radius_m, float))[:, None]
    return Disc(x[:, None] + radius * np.concatenate(dx), y[:, None] + radius * np.concatenate(dy))


def mean_over(raster: Raster, disc: Disc) -> NDArray[np.float64]:
    """Return the mean of a raster over each disc, shape (places,); NaN where any part of the disc is unknown."""
    row, column = raster.grid.row_column(disc.x, disc.y)
    inside = (row >= 0) & (row < raster.grid.rows) & (column >= 0) & (column < raster.grid.columns)
    values = np.full(row.shape, np.nan)
    values[inside] = raster.values[row[inside], column[inside]]
    return np.asarray(values.mean(axis=1))


def at_centre(raster: Raster, disc: Disc) -> NDArray[np.float64]:
    """Return the value under each disc's centre, shape (places,); NaN outside the grid."""
    return mean_over(raster, Disc(disc.x[:, :1], disc.y[:, :1]))
