"""Terrain and obstacles of a region on one grid of longitude and latitude."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jangkau.errors import ModelError
from jangkau.geo import WGS84, Bounds, Grid

SEA, COASTAL, INLAND = 1, 3, 4
"""Radio-climatic zones of a pixel, by the numbers of ITU-R exchange files; see `jangkau.propagation.p1812`."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Terrain height and what stands on it, pixel by pixel.

    Attributes
    ----------
    grid : Grid
        In EPSG:4326.
    height_amsl_m : float32, shape of the grid
        Terrain above mean sea level [m]; NaN where nothing is known (a void), 0 at sea.
    obstacle_height_m : float32, shape of the grid
        Representative height of trees or buildings above the terrain [m].
    clearing_m : float32, shape of the grid
        Around an antenna that stands in this pixel, obstacles nearer than this are not counted [m].
    zone : uint8, shape of the grid
        `INLAND`, `COASTAL` or `SEA`.
    """

    grid: Grid
    height_amsl_m: NDArray[np.float32]
    obstacle_height_m: NDArray[np.float32]
    clearing_m: NDArray[np.float32]
    zone: NDArray[np.uint8]

    def __post_init__(self) -> None:
        if self.grid.crs != WGS84:
            raise ModelError("ground.not_geographic", crs=self.grid.crs)
        for name in ("height_amsl_m", "obstacle_height_m", "clearing_m", "zone"):
            if getattr(self, name).shape != self.grid.shape:
                raise ModelError(
                    "ground.shape", name=name, shape=str(getattr(self, name).shape), grid=str(self.grid.shape)
                )

    def pixel_m(self) -> float:
        """Return the north-south size of a pixel [m]."""
        return self.grid.pixel_height * 110_574.0

    def within(self, bounds: Bounds) -> "Ground":
        """Return the part that touches a box of longitude and latitude; arrays are views, nothing is copied."""
        rows, columns = self.grid.window(bounds)
        return Ground(
            self.grid.part(rows, columns),
            self.height_amsl_m[rows, columns],
            self.obstacle_height_m[rows, columns],
            self.clearing_m[rows, columns],
            self.zone[rows, columns],
        )


def bare_ground(
    grid: Grid, height_amsl_m: NDArray[np.float32], *, obstacle_height_m: float = 0.0, clearing_m: float = 0.0
) -> Ground:
    """Return ground with the same obstacles everywhere, all inland.

    Parameters
    ----------
    grid : Grid
        In EPSG:4326.
    height_amsl_m : float32, shape of the grid
        NaN where nothing is known [m].
    obstacle_height_m, clearing_m : float
        See `Ground` [m], >= 0.
    """
    return Ground(
        grid,
        height_amsl_m,
        np.full(grid.shape, obstacle_height_m, np.float32),
        np.full(grid.shape, clearing_m, np.float32),
        np.full(grid.shape, INLAND, np.uint8),
    )
