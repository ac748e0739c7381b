"""The cells of a region as the evidence sees them: what is predicted of each where it was measured, or is asked for."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from jangkau.coverage.field import FieldSettings, level_at
from jangkau.coverage.transmitters import Transmitter
from jangkau.evidence.observations import Places
from jangkau.evidence.surroundings import NAMES, Aim, features
from jangkau.geo import WGS84, Raster, distance_azimuth, project
from jangkau.paths import Antenna
from jangkau.terrain.ground import Ground

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]

OPEN, LOW, HIGH, WOOD = range(4)
"""Kinds of ground on which a phone stands: by the height of what stands there, and whether it is trees."""

LOW_FROM_M, HIGH_FROM_M = 1.0, 9.0

BAND_MHZ = 200.0
"""Carriers nearer to each other than about this share their offsets."""

CANDIDATES = 8
"""Cells that are looked at for a test that names none: those that a plain law of distance puts first."""

DISTANCE_LAW_DB = 35.0
"""Loss for ten times the distance, for that choice alone [dB]."""

PATHS_AT_A_TIME = 20_000


@dataclass(frozen=True, eq=False)
class Network:
    """Cells, the ground between them and phones, and how paths are computed.

    Attributes
    ----------
    transmitters : tuple of Transmitter
        In the order of their codes; a cell is named by its index.
    ground : Ground
    field : FieldSettings
    crs : str
        The metric system of the region.
    """

    transmitters: tuple[Transmitter, ...]
    ground: Ground
    field: FieldSettings
    crs: str

    @cached_property
    def index_of(self) -> dict[str, int]:
        """Cells by code."""
        return {t.cell_code: k for k, t in enumerate(self.transmitters)}

    @cached_property
    def site_of(self) -> IndexArray:
        """Index of the site of each cell, by the order of the sites' codes."""
        return np.unique([t.site_code for t in self.transmitters], return_inverse=True)[1].astype(np.int64)

    @cached_property
    def band_of(self) -> IndexArray:
        """Index of generation and band of each cell."""
        bands = [(t.technology, round(t.frequency_mhz / BAND_MHZ)) for t in self.transmitters]
        known = {band: k for k, band in enumerate(sorted(set(bands)))}
        return np.array([known[band] for band in bands], np.int64)

    def standing(self, longitude: FloatArray, latitude: FloatArray) -> IndexArray:
        """Return the kind of ground at points: `OPEN`, `LOW`, `HIGH` or `WOOD`."""
        kinds = [
            WOOD
            if s.woodland
            else OPEN
            if s.obstacle_height_m < LOW_FROM_M
            else LOW
            if s.obstacle_height_m < HIGH_FROM_M
            else HIGH
            for s in self.ground.surfaces
        ]
        found = Raster(self.ground.surface, self.ground.grid, "surface", "index").at(longitude, latitude)
        kind = np.array([*kinds, OPEN], np.int64)
        return np.asarray(kind[np.nan_to_num(found, nan=len(kinds)).astype(np.int64)])

    def places(
        self,
        cell: IndexArray,
        longitude: FloatArray,
        latitude: FloatArray,
        workers: int = 1,
        done: Callable[[int], None] = lambda paths: None,
    ) -> tuple[Places, NDArray[np.bool_]]:
        """Return what is predicted of cells at points, and which points have a prediction.

        Parameters
        ----------
        cell : int64, shape (n,)
            Index of the cell asked for at each point.
        longitude, latitude : float64, shape (n,)
            The points [deg].
        workers : int
        done : callable
            Told how many paths were walked since it was last told.

        Returns
        -------
        places : Places
            Only of the points that have a prediction, in their order.
        known : bool, shape (n,)
            False where the path crosses unknown ground.
        """
        level = np.full(cell.size, np.nan, np.float32)
        around = np.full((cell.size, len(NAMES)), np.nan, np.float32)

        def walk(k: int, rows: IndexArray) -> int:
            t, at = self.transmitters[k], (longitude[rows], latitude[rows])
            level[rows], loss = level_at(self.ground, t, *at, self.field)
            around[rows] = features(
                self.ground,
                Antenna(t.longitude, t.latitude, t.height_agl_m),
                _aim(t),
                *at,
                loss,
                frequency_mhz=t.frequency_mhz,
                rx_height_agl_m=self.field.receiver_height_agl_m,
            )
            return int(rows.size)

        with ThreadPoolExecutor(workers) as pool:
            for walked in pool.map(lambda part: walk(*part), self._parts(cell)):
                done(walked)
        known = ~np.isnan(level) & ~np.isnan(around).any(axis=1)
        x, y = project(longitude[known], latitude[known], WGS84, self.crs)
        own = cell[known]
        kind = self.standing(longitude[known], latitude[known])
        found = Places(
            x_m=x,
            y_m=y,
            cell=own.astype(np.int32),
            site=self.site_of[own].astype(np.int32),
            group=(self.band_of[own] * (WOOD + 1) + kind).astype(np.int32),
            predicted_dbm=level[known].astype(float),
            features=around[known],
            feature_names=NAMES,
        )
        return found, known

    def _parts(self, cell: IndexArray) -> list[tuple[int, IndexArray]]:
        """Return each cell that is asked for with the rows that ask for it, not too many at a time."""
        order = np.argsort(cell, kind="stable")
        starts = np.searchsorted(cell[order], np.arange(len(self.transmitters) + 1))
        return [
            (k, order[start : min(start + PATHS_AT_A_TIME, starts[k + 1])])
            for k in range(len(self.transmitters))
            for start in range(starts[k], starts[k + 1], PATHS_AT_A_TIME)
        ]

    def candidates(
        self, cells: IndexArray, longitude: FloatArray, latitude: FloatArray, workers: int = 1
    ) -> tuple[IndexArray, FloatArray]:
        """Return the cells that may serve each point, and what is predicted of them there.

        Parameters
        ----------
        cells : int64, shape (c,)
            Cells to choose from, such as those of the operator that the phones used.
        longitude, latitude : float64, shape (n,)
            The points [deg].
        workers : int

        Returns
        -------
        cell : int64, shape (n, k)
            k is `CANDIDATES`, or c where that is less: those that come first by power and a plain law of distance.
        level_dbm : float64, shape (n, k)
            [dBm]; NaN where a cell is out of the radius or has no prediction.
        """
        if cells.size == 0 or longitude.size == 0:
            return np.full((longitude.size, 1), -1, np.int64), np.full((longitude.size, 1), np.nan)
        chosen = [self.transmitters[k] for k in cells]
        distance = np.stack([distance_azimuth(t.longitude, t.latitude, longitude, latitude)[0] for t in chosen])
        power = np.array([t.reference_signal_eirp_dbm for t in chosen])[:, None]
        guess = power - DISTANCE_LAW_DB * np.log10(np.maximum(distance, 50.0))
        guess[distance > self.field.radius_m] = -np.inf
        first = np.argsort(-guess, axis=0, kind="stable")[:CANDIDATES]
        level = np.full(first.shape, np.nan)
        for k, row in enumerate(first):
            near = np.isfinite(guess[row, np.arange(row.size)])
            level[k, near] = self._levels(cells[row[near]], longitude[near], latitude[near], workers)
        return cells[first].T, level.T

    def best_server(
        self, cells: IndexArray, longitude: FloatArray, latitude: FloatArray, workers: int = 1
    ) -> IndexArray:
        """Return the cell whose predicted level is highest at each point: the one on which a phone would stand.

        Parameters
        ----------
        cells : int64, shape (c,)
            Cells to choose from.
        longitude, latitude : float64, shape (n,)
            The points [deg].
        workers : int

        Returns
        -------
        int64, shape (n,)
            -1 where no cell is within the radius, or none has a prediction.
        """
        return strongest(*self.candidates(cells, longitude, latitude, workers))

    def _levels(self, cell: IndexArray, longitude: FloatArray, latitude: FloatArray, workers: int) -> FloatArray:
        level = np.full(cell.size, np.nan)

        def walk(part: tuple[int, IndexArray]) -> None:
            k, rows = part
            level[rows], _ = level_at(self.ground, self.transmitters[k], longitude[rows], latitude[rows], self.field)

        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(walk, self._parts(cell)))
        return level


def strongest(cell: IndexArray, level_dbm: FloatArray) -> IndexArray:
    """Return of each row's candidate cells the one of the highest level; -1 where none has a level.

    Parameters
    ----------
    cell : int64, shape (n, k)
    level_dbm : float64, shape (n, k)
        [dBm]; NaN where there is none.
    """
    level = np.where(np.isnan(level_dbm), -np.inf, level_dbm)
    best = level.argmax(axis=1)
    return np.where(np.isfinite(level.max(axis=1)), cell[np.arange(best.size), best], -1)


def _aim(t: Transmitter) -> Aim:
    return Aim(
        t.azimuth_deg,
        t.horizontal_beamwidth_deg,
        t.vertical_beamwidth_deg,
        t.electrical_downtilt_deg,
        t.mechanical_downtilt_deg,
        t.reference_signal_eirp_dbm,
    )
