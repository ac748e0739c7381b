"""The correction of a prediction by its tests, as the studies that stand on it ask it: rasters, and tests near by."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from jangkau.store.region_folder import RegionFolder
from jangkau.store.runs import read_run

STUDY = "correct"
TESTS_FILE = "tests.npz"

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Correction:
    """The rasters of a correction and the tests behind it.

    Attributes
    ----------
    run_id : str
    folder : Path
        Of its rasters, named as those of the prediction.
    layers : frozenset of str
        Names of the layers that it corrects.
    tests : int
        How many tests it was made from.
    near_m : float
        Tests within this of a point are named as its evidence [m].
    file : Path
        Where the tests stand: `TESTS_FILE` of the run.
    outputs : dict
        Files of the run with their SHA-256.
    """

    run_id: str
    folder: Path
    layers: frozenset[str]
    tests: int
    near_m: float
    file: Path
    outputs: dict[str, str]

    @classmethod
    def of_run(cls, region: RegionFolder, run: Path) -> "Correction":
        """Return the correction of a run's folder."""
        said = read_run(run)
        return cls(
            run.name,
            region.path / "rasters" / run.name,
            frozenset(said["summary"]["layers"]),
            said["summary"]["tests"],
            said["parameters"]["evidence"]["near_m"],
            run / TESTS_FILE,
            said["outputs"],
        )

    @classmethod
    def latest(cls, region: RegionFolder, prediction: str, as_of: date) -> "Correction | None":
        """Return the newest correction of a prediction up to a day, or None."""
        found = []
        for file in (region.path / "runs").glob(f"*-{STUDY}-*/run.json"):
            said = json.loads(file.read_text("utf-8"))
            if said["parameters"]["prediction"] == prediction and date.fromisoformat(said["as_of"]) <= as_of:
                found.append((said["as_of"], file.stat().st_mtime_ns, file.parent))
        return cls.of_run(region, max(found)[2]) if found else None

    def near(self, operator: str, x: FloatArray, y: FloatArray) -> tuple[NDArray[np.int64], NDArray[np.datetime64]]:
        """Return how many tests of an operator lie near points of the region's plane, and the day of the newest.

        Parameters
        ----------
        operator : str
        x, y : float64, shape (n,)
            [m].

        Returns
        -------
        count : int64, shape (n,)
        newest : datetime64[D], shape (n,)
            NaT where there is none.
        """
        newest = np.full(x.size, np.datetime64("NaT"), "datetime64[D]")
        count = np.zeros(x.size, np.int64)
        known = self._by_operator.get(operator)
        if known is not None and x.size:
            tree, day = known
            for k, rows in enumerate(tree.query_ball_point(np.stack([x, y], axis=1), self.near_m)):
                count[k] = len(rows)
                if rows:
                    newest[k] = day[rows].max()
        return count, newest

    @cached_property
    def _by_operator(self) -> dict[str, tuple[Any, NDArray[np.datetime64]]]:
        with np.load(self.file) as kept:
            x, y, day, operator, names = (kept[name] for name in ("x_m", "y_m", "day", "operator", "operators"))
        found = {}
        for k, name in enumerate(names.tolist()):
            own = operator == k
            found[name] = cKDTree(np.stack([x[own], y[own]], axis=1)), day[own].astype("datetime64[D]")
        return found
