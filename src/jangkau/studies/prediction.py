"""A finished prediction, as the studies that stand on it ask it: probabilities at places, servers, classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jangkau.coverage.points import Disc, at_centre, mean_over
from jangkau.coverage.servers import NO_SERVER, any_operator, classes, normal_cdf
from jangkau.geo import Grid, Raster
from jangkau.radio import coupling_loss_for_uplink_db
from jangkau.settings import Settings
from jangkau.store.rasters import OpenRasters, read_raster
from jangkau.store.region_folder import RegionFolder
from jangkau.store.runs import latest_run, read_run
from jangkau.studies.correction import Correction
from jangkau.studies.predict import Layer, Server, read_servers

FloatArray = NDArray[np.float64]

CORRECTED = ("rsrp", "error", "probability-served", "probability-weak")
"""Quantities of which a correction has rasters of its own."""


@dataclass(frozen=True, slots=True)
class AtPlaces:
    """What a prediction says of one operator at places, arrays of shape (places,).

    Attributes
    ----------
    served, weak : float64
        P(level >= served level), P(level >= weak level), means over each place's disc; NaN: unknown ground.
    send : float64
        P(uplink >= needed rate).
    server : int64
        Index of the best server at the centre, -1 where none is in reach.
    tests : int64
        Tests near by that corrected the prediction.
    newest : datetime64[D]
        Day of the newest of them, NaT where there is none.
    """

    served: FloatArray
    weak: FloatArray
    send: FloatArray
    server: NDArray[np.int64]
    tests: NDArray[np.int64]
    newest: NDArray[np.datetime64]


class _LayerAt(NamedTuple):
    """What one layer says at places; see `AtPlaces`."""

    served: FloatArray
    weak: FloatArray
    send: FloatArray
    server: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Prediction:
    """The rasters and servers of a finished prediction, and its correction by tests where there is one."""

    run_id: str
    as_of: date
    folder: Path
    layers: tuple[Layer, ...]
    servers: tuple[Server, ...]
    outputs: dict[str, str]
    correction: Correction | None = None
    _open: OpenRasters = field(default_factory=OpenRasters, compare=False, repr=False)

    @classmethod
    def latest(cls, region: RegionFolder, as_of: date) -> "Prediction | None":
        """Return the newest finished prediction up to a day with its newest correction, or None."""
        run = latest_run(region.path, "predict", as_of)
        return None if run is None else cls.of_run(region, run).corrected(Correction.latest(region, run.name, as_of))

    @classmethod
    def of_grading(cls, region: RegionFolder, parameters: Mapping[str, Any]) -> "Prediction | None":
        """Return the prediction and the correction that the parameters of a grading name, or None."""
        if parameters["prediction"] is None:
            return None
        runs, correction = region.path / "runs", parameters.get("correction")
        found = cls.of_run(region, runs / parameters["prediction"])
        return found.corrected(None if correction is None else Correction.of_run(region, runs / correction))

    def corrected(self, correction: Correction | None) -> "Prediction":
        """Return the same prediction as it stands after a correction."""
        return replace(self, correction=correction, _open=OpenRasters())

    @classmethod
    def of_run(cls, region: RegionFolder, run: Path) -> "Prediction":
        """Return the prediction of a run's folder, as it was before any correction."""
        said = read_run(run)
        layers = tuple(Layer(x["operator"], x["technology"], x["inventory"]) for x in said["summary"]["layers"])
        day = date.fromisoformat(said["as_of"])
        return cls(run.name, day, region.path / "rasters" / run.name, layers, tuple(read_servers(run)), said["outputs"])

    def layers_of(self, operator: str, technology: str) -> list[Layer]:
        """Return the layers of an operator of a generation or a newer one."""
        return [x for x in self.layers if x.operator == operator and x.technology >= technology]

    def path(self, layer: Layer, quantity: str, unit: str) -> Path:
        """Return the file of a quantity of a layer: the corrected one where there is one."""
        if self.correction is not None and self.is_corrected(layer) and quantity in CORRECTED:
            return layer.path(self.correction.folder, quantity, unit)
        return layer.path(self.folder, quantity, unit)

    def is_corrected(self, layer: Layer) -> bool:
        """Tell whether tests have corrected a layer."""
        return self.correction is not None and layer.name in self.correction.layers

    def tests_near(
        self, operator: str, x: FloatArray, y: FloatArray
    ) -> tuple[NDArray[np.int64], NDArray[np.datetime64]]:
        """Return how many tests of an operator near points corrected the prediction there; see `Correction.near`."""
        if self.correction is None:
            return np.zeros(x.size, np.int64), np.full(x.size, np.datetime64("NaT"), "datetime64[D]")
        return self.correction.near(operator, x, y)

    def at_places(self, operator: str, disc: Disc, settings: Settings) -> AtPlaces | None:
        """Return what the prediction says of an operator at places; None without any cell of that operator."""
        layers = self.layers_of(operator, settings.signal.technology)
        if not layers:
            return None
        parts = [self._layer_at(layer, disc, settings) for layer in layers]
        best = np.argmax(np.stack([np.nan_to_num(p.served, nan=-1.0) for p in parts]), axis=0)
        pick = [np.stack([getattr(p, name) for p in parts]) for name in ("served", "weak", "send", "server")]
        served, weak, send, server = (np.take_along_axis(a, best[None], axis=0)[0] for a in pick)
        return AtPlaces(served, weak, send, server, *self.tests_near(operator, disc.x[:, 0], disc.y[:, 0]))

    def _layer_at(self, layer: Layer, disc: Disc, settings: Settings) -> "_LayerAt":
        server = at_centre(self._raster(layer, "server", "index"), disc)
        index = np.where(np.isnan(server) | (server == NO_SERVER), -1, server).astype(np.int64)
        return _LayerAt(
            mean_over(self._raster(layer, "probability-served", "fraction"), disc),
            mean_over(self._raster(layer, "probability-weak", "fraction"), disc),
            self._send_at(layer, disc, settings),
            index,
        )

    def _send_at(self, layer: Layer, disc: Disc, settings: Settings) -> FloatArray:
        rsrp = self._raster(layer, "rsrp", "dbm")
        server = self._raster(layer, "server", "index").values
        needed = np.append(self._needed_rsrp_dbm(settings), np.inf)
        level = needed[np.where(server == NO_SERVER, needed.size - 1, server)]
        error = self._raster(layer, "error", "db").values
        with np.errstate(invalid="ignore"):
            probability = normal_cdf((rsrp.values.astype(float) - level) / error)
        return mean_over(Raster(probability, rsrp.grid, "probability-send", "fraction"), disc)

    def _needed_rsrp_dbm(self, settings: Settings) -> FloatArray:
        """Return the RSRP at which a phone can send at the needed rate, for each server."""
        load = settings.signal.cell_load_fraction
        limits: dict[float, float] = {}
        for s in self.servers:
            if s.technology == "4G" and s.bandwidth_mhz not in limits:
                limits[s.bandwidth_mhz] = coupling_loss_for_uplink_db(
                    settings.send.needed_uplink_kbps, s.bandwidth_mhz, load
                )
        return np.array(
            [s.reference_signal_eirp_dbm - limits.get(s.bandwidth_mhz, -np.inf) for s in self.servers], dtype=float
        )

    def value(self, layer: Layer, quantity: str, unit: str, x: float, y: float) -> float:
        """Return a layer's value at a point in the region's plane; NaN outside."""
        return self._open.value(self.path(layer, quantity, unit), x, y)

    def _raster(self, layer: Layer, quantity: str, unit: str) -> Raster:
        return read_raster(self.path(layer, quantity, unit))

    def any_class(self, operators: Sequence[str], settings: Settings) -> Raster | None:
        """Return the predicted class of every pixel for any of the operators; see `coverage.servers.classes`.

        An operator without a complete inventory cannot be none: its lack of signal stays unknown.
        """
        layers: list[NDArray[np.uint8] | None] = []
        grid: Grid | None = None
        for operator in operators:
            found = self.layers_of(operator, settings.signal.technology)
            if not found:
                layers.append(None)
            for layer in found:
                served = self._raster(layer, "probability-served", "fraction")
                weak = self._raster(layer, "probability-weak", "fraction")
                grid = served.grid
                one = classes(served.values, weak.values, settings.signal)
                layers.append(one if layer.inventory else np.where(one == 1, np.uint8(0), one))
        if grid is None:
            return None
        known = [np.zeros(grid.shape, np.uint8) if layer is None else layer for layer in layers]
        return Raster(any_operator(known), grid, "class", "0 unknown, 1 none, 2 weak, 3 served")
