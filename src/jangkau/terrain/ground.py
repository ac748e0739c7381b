"""Terrain and what stands on it, for a region, on one grid of longitude and latitude."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jangkau.errors import ModelError
from jangkau.geo import WGS84, Bounds, Grid, degrees_around

SEA, COASTAL, INLAND = 1, 3, 4
"""Radio-climatic zones of a pixel, by the numbers of ITU-R exchange files; see `jangkau.propagation.p1812`."""


@dataclass(frozen=True, slots=True)
class Surface:
    """A kind of ground, such as forest, village or sea.

    Attributes
    ----------
    obstacle_height_m : float
        Representative height of trees or buildings above the terrain [m].
    clearing_m : float
        Around an antenna that stands on it, obstacles nearer than this are not counted [m].
    zone : int
        `INLAND`, `COASTAL` or `SEA`.
    woodland : bool
        Whether the obstacles are trees, through which a wave may also pass.
    """

    obstacle_height_m: float = 0.0
    clearing_m: float = 0.0
    zone: int = INLAND
    woodland: bool = False


class GroundArrays(NamedTuple):
    """A `Ground` as compiled functions take it.

    Attributes
    ----------
    height_amsl_m : float32, shape (rows, columns)
    surface : uint8, shape (rows, columns)
    obstacle_height_m, clearing_m : float64, shape (surfaces,)
    zone : uint8, shape (surfaces,)
    woodland : bool, shape (surfaces,)
    west, north, pixel_width, pixel_height : float
        Outer corner and pixel [deg].
    """

    height_amsl_m: NDArray[np.float32]
    surface: NDArray[np.uint8]
    obstacle_height_m: NDArray[np.float64]
    clearing_m: NDArray[np.float64]
    zone: NDArray[np.uint8]
    woodland: NDArray[np.bool_]
    west: float
    north: float
    pixel_width: float
    pixel_height: float


@dataclass(frozen=True, slots=True)
class Ground:
    """Terrain height and the kind of ground, pixel by pixel.

    Attributes
    ----------
    grid : Grid
        In EPSG:4326, at least 2 x 2 pixels.
    height_amsl_m : float32, shape of the grid
        Terrain above mean sea level [m]; NaN where nothing is known (a void), 0 at sea.
    surface : uint8, shape of the grid
        Index into `surfaces`.
    surfaces : sequence of Surface
        The kinds of ground, at most 256.

    Raises
    ------
    ModelError
        For another coordinate system, too few pixels, or shapes and indices that do not fit.
    """

    grid: Grid
    height_amsl_m: NDArray[np.float32]
    surface: NDArray[np.uint8]
    surfaces: tuple[Surface, ...]

    def __post_init__(self) -> None:
        if self.grid.crs != WGS84:
            raise ModelError("ground.not_geographic", crs=self.grid.crs)
        for name in ("height_amsl_m", "surface"):
            if getattr(self, name).shape != self.grid.shape or min(self.grid.shape) < 2:
                raise ModelError(
                    "ground.shape", name=name, shape=str(getattr(self, name).shape), grid=str(self.grid.shape)
                )
        highest = int(self.surface.max())
        if highest >= len(self.surfaces):
            raise ModelError("ground.surface", index=highest, count=len(self.surfaces))

    def pixel_m(self) -> float:
        """Return the north-south size of a pixel [m]."""
        return self.grid.pixel_height * 110_574.0

    def arrays(self) -> GroundArrays:
        """Return what compiled functions take; nothing large is copied."""
        return GroundArrays(
            np.ascontiguousarray(self.height_amsl_m),
            np.ascontiguousarray(self.surface),
            np.array([s.obstacle_height_m for s in self.surfaces], np.float64),
            np.array([s.clearing_m for s in self.surfaces], np.float64),
            np.array([s.zone for s in self.surfaces], np.uint8),
            np.array([s.woodland for s in self.surfaces], np.bool_),
            self.grid.west,
            self.grid.north,
            self.grid.pixel_width,
            self.grid.pixel_height,
        )

    def within(self, bounds: Bounds) -> "Ground":
        """Return the part that touches a box of longitude and latitude; arrays are views, nothing is copied."""
        return self.part(*self.grid.window(bounds))

    def part(self, rows: slice, columns: slice) -> "Ground":
        """Return the ground of a window given by plain slices; arrays are views, nothing is copied."""
        part = self.grid.part(rows, columns)
        return Ground(part, self.height_amsl_m[rows, columns], self.surface[rows, columns], self.surfaces)

    def window_around(self, longitude: float, latitude: float, distance_m: float) -> tuple[slice, slice]:
        """Return the rows and columns, at least two of each, that hold every path of a length [m] from a point [deg].

        What lies on such a path can be told from this window alone, however large the ground.
        """
        dx, dy = degrees_around(latitude, distance_m + 2.0 * self.pixel_m())
        box = Bounds(longitude - dx, latitude - dy, longitude + dx, latitude + dy)
        rows, columns = self.grid.window(box)
        return _two_at_least(rows, self.grid.rows), _two_at_least(columns, self.grid.columns)

    def at_sea(self) -> NDArray[np.bool_]:
        """Return the pixels of the sea."""
        return np.array([s.zone == SEA for s in self.surfaces])[self.surface]


def _two_at_least(part: slice, count: int) -> slice:
    start = min(part.start, count - 2)
    return slice(start, max(part.stop, start + 2))


def bare_ground(
    grid: Grid,
    height_amsl_m: NDArray[np.float32],
    *,
    obstacle_height_m: float = 0.0,
    clearing_m: float = 0.0,
    woodland: bool = False,
) -> Ground:
    """Return ground with the same obstacles everywhere, all inland.

    Parameters
    ----------
    grid : Grid
        In EPSG:4326.
    height_amsl_m : float32, shape of the grid
        NaN where nothing is known [m].
    obstacle_height_m, clearing_m, woodland
        See `Surface`.
    """
    kind = Surface(obstacle_height_m, clearing_m, INLAND, woodland)
    return Ground(grid, height_amsl_m, np.zeros(grid.shape, np.uint8), (kind,))
