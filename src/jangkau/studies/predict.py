"""Predict coverage: RSRP of each cell, best server and probability of service of each operator and technology."""

import csv
import io
import math
import typing
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jangkau.coverage.field import FieldSettings
from jangkau.coverage.servers import NO_SERVER, Best, best_of, probability_at_least
from jangkau.coverage.transmitters import Transmitter, complete_all
from jangkau.coverage.validity import HOW, OUTSIDE_RANGE
from jangkau.errors import RegionError
from jangkau.geo import Grid
from jangkau.messages import Message
from jangkau.paths import MODEL, Medium
from jangkau.propagation.p1812 import location_variability_db
from jangkau.records import Cell, Source
from jangkau.settings import Settings, as_table
from jangkau.store.database import Store
from jangkau.store.rasters import TILE, RasterWriter
from jangkau.store.region_folder import RegionFolder, write_atomically
from jangkau.store.runs import Recipe, Run
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.cluster import on_cluster
from jangkau.studies.inputs import file_inputs, read_ground, region_grid, store_inputs
from jangkau.studies.keep import anchor
from jangkau.studies.mosaic import Mosaic
from jangkau.studies.scored import latest_score, with_measured_error
from jangkau.studies.sites import Fields, Site, compile_kernels, on_threads, sites_of
from jangkau.terrain.ground import Ground

STUDY = "predict"
STRIP_PIXELS = 4_000_000
"""Pixels of the region held in memory at a time while layers are merged."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The rasters of one operator and technology of a prediction, by name inside the run's raster folder."""

    operator: str
    technology: str
    inventory: bool

    @property
    def name(self) -> str:
        """The layer's name in file names."""
        return layer_name(self.operator, self.technology)

    def path(self, folder: Path, quantity: str, unit: str) -> Path:
        """Return the file of a quantity of this layer."""
        return folder / f"{self.name}_{quantity}_{unit}.tif"


def layer_name(operator: str, technology: str) -> str:
    """Return the name of the layer of an operator and a technology in file names."""
    return f"{_slug(operator)}_{technology.lower()}"


def predict(region: RegionFolder, circumstances: Circumstances) -> Run:
    """Predict the coverage of a region; a finished prediction of the same inputs is returned as it is.

    Parameters
    ----------
    region : RegionFolder
    circumstances : Circumstances
        Cells that hold on `as_of` are predicted, with the error that the newest score has measured, if there is one.

    Returns
    -------
    Run
        Finished. Its rasters lie in ``rasters/<run>/``, its table of servers in ``runs/<run>/servers.csv``.

    Raises
    ------
    RegionError
        When no cell or no terrain is known.
    KeyboardInterrupt
        When interrupted: what is done stays, and the next call goes on from there.
    """
    started = circumstances.clock()
    score = latest_score(region.path, circumstances.as_of)
    region = RegionFolder(region.path, with_measured_error(region.settings, score))
    with region.store(started) as store:
        cells = store.read(Cell, as_of=circumstances.as_of)
        if not cells:
            raise RegionError("predict.no_cells", path=str(region.path), as_of=circumstances.as_of)
        recipe = _recipe(region, store, cells, circumstances.as_of)
        run = Run.begin(region.path, recipe)
        if run.finished:
            anchor(region, run, circumstances)
            return run
        ground = read_ground(region, store, recipe.horizon, region.settings.radio.radius_km * 1e3)
        inventory = _inventories(store, cells)
    compute(region, run, cells, inventory, ground, circumstances)
    anchor(region, run, circumstances)
    return run


def compute(
    region: RegionFolder,
    run: Run,
    cells: list[Cell],
    inventory: set[str],
    ground: Ground,
    circumstances: Circumstances,
) -> None:
    """Fill a run: site by site into a mosaic, then the layers of each operator and technology, then `run.json`."""
    started = circumstances.clock()
    transmitters = complete_all(cells, region.settings.cell_defaults)
    if len(transmitters) >= np.iinfo(np.uint16).max:
        raise RegionError("predict.too_many_cells", count=len(transmitters))
    grid = region_grid(region.settings, ground.pixel_m())
    folder = rasters_of(run)
    layers = _layers(transmitters, inventory)
    mosaic = Mosaic(folder / "working", grid, [layer.name for layer in layers])
    if circumstances.scheduler is None:
        _compile(circumstances)
    _predict_sites(region.settings, transmitters, ground, grid, mosaic, circumstances)
    outputs = _write_layers(region.settings, layers, transmitters, grid, folder, mosaic, run.id, circumstances)
    outputs.append(_write_servers(run, transmitters, region.settings, grid))
    summary = {
        "cells": len(transmitters),
        "sites": len({t.site_code for t in transmitters}),
        "resolution_m": grid.pixel_width,
        "terrain_pixel_m": round(ground.pixel_m(), 1),
        "void_share": round(float(np.isnan(ground.height_amsl_m).mean()), 6),
        "assumed_values": sum(len(t.assumed) for t in transmitters),
        **_paths_summary(mosaic.paths()),
        "layers": [{"operator": x.operator, "technology": x.technology, "inventory": x.inventory} for x in layers],
    }
    run.finish(started=started, ended=circumstances.clock(), outputs=outputs, summary=summary)
    mosaic.remove()


def _recipe(region: RegionFolder, store: Store, cells: list[Cell], as_of: date) -> Recipe:
    settings = as_table(region.settings)
    names = ("name", "metric_crs", "bounds", "note", "signal", "radio", "cell_defaults")
    inputs = file_inputs(region, store, "terrain", "land_cover") | store_inputs({"cell": list(cells)})
    inputs["inventory"] = ",".join(sorted(_inventories(store, cells)))
    return Recipe(STUDY, as_of, {n: settings[n] for n in names if n in settings}, inputs, store.horizon(), (MODEL,))


def _inventories(store: Store, cells: list[Cell]) -> set[str]:
    """Operators of whom at least one cell came from a register, not only from a crowd's sightings."""
    crowd = {s.id for s in store.read(Source) if s.kind == "opencellid"}
    return {cell.operator for cell in cells if cell.source_id not in crowd}


def rasters_of(run: Run) -> Path:
    """Return the folder of a run's rasters."""
    return run.region / "rasters" / run.id


def _slug(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-." else "-" for c in name)


def _predict_sites(
    settings: Settings,
    transmitters: list[Transmitter],
    ground: Ground,
    grid: Grid,
    mosaic: Mosaic,
    circumstances: Circumstances,
) -> None:
    """Predict the sites that are left, here or on a cluster, and merge them as they come."""

    def decisions_dbm(t: Transmitter) -> tuple[float, ...]:
        return decision_levels_dbm(settings, total_error_db(t, settings, grid.pixel_width))

    field, index = field_settings(settings), {t.cell_code: i for i, t in enumerate(transmitters)}
    work = sites_of(transmitters, grid, ground, field, decisions_dbm)
    left = [site for site in work if site.key not in mosaic.done]
    done = len(work) - len(left)
    circumstances.progress(Message("progress.sites"), done, len(work))
    try:
        with closing(_fields(left, ground, field, circumstances)) as fields_of_sites:
            for site, found in fields_of_sites:
                for t, level in zip(site.together, found.levels, strict=True):
                    mosaic.add(layer_name(t.operator, t.technology), site.pixels, level, index[t.cell_code])
                mosaic.finish(site.key, found.paths)
                done += 1
                circumstances.progress(Message("progress.sites"), done, len(work))
    finally:
        mosaic.save()


def _fields(left: list[Site], ground: Ground, field: FieldSettings, circumstances: Circumstances) -> Fields:
    if circumstances.scheduler is None:
        return on_threads(left, ground, field, circumstances.workers)
    return on_cluster(left, ground, field, circumstances.scheduler)


def _compile(circumstances: Circumstances) -> None:
    """Compile the kernels where they are missing, and say so."""
    compile_kernels(lambda: circumstances.progress(Message("progress.compiling"), 0, 1))


def _paths_summary(paths: Counter[str]) -> dict[str, dict[str, int]]:
    return {
        "paths": {name: paths[name] for name in HOW},
        "outside_range": {name: paths[name] for name in OUTSIDE_RANGE if paths[name]},
    }


def decision_levels_dbm(settings: Settings, error_db: float) -> tuple[float, ...]:
    """Return the predicted levels at which the class of a pixel changes by rule `signal-v1`, for a total error [dB]."""
    reach = NormalDist().inv_cdf(settings.signal.probability) * error_db
    served, weak = settings.signal.served_rsrp_dbm, settings.signal.weak_rsrp_dbm
    return served + reach, weak + reach, weak - reach


def field_settings(settings: Settings) -> FieldSettings:
    """Return how fields are computed in a region."""
    radio = settings.radio
    return FieldSettings(
        radius_m=radio.radius_km * 1e3,
        receiver_height_agl_m=settings.signal.receiver_height_agl_m,
        medium=Medium(radio.time_percent, radio.refractivity_gradient_n_per_km, radio.sea_level_refractivity_n),
        profile_step_m=radio.profile_step_m,
        body_loss_db=radio.body_loss_db,
        exact_within_db=radio.exact_within_db,
    )


def _layers(transmitters: list[Transmitter], inventory: set[str]) -> list[Layer]:
    pairs = sorted({(t.operator, t.technology) for t in transmitters})
    return [Layer(operator, technology, operator in inventory) for operator, technology in pairs]


def total_error_db(transmitter: Transmitter, settings: Settings, pixel_m: float) -> float:
    """Return the standard deviation of truth minus prediction [dB]: model, assumed values, and locations in a pixel."""
    own = transmitter.error_db(settings.radio.model_error_db, settings.cell_defaults.error_db_per_default)
    return math.hypot(own, location_variability_db(transmitter.frequency_mhz, pixel_m))


def _write_layers(
    settings: Settings,
    layers: list[Layer],
    transmitters: list[Transmitter],
    grid: Grid,
    folder: Path,
    mosaic: Mosaic,
    run_id: str,
    circumstances: Circumstances,
) -> list[Path]:
    errors = np.array([total_error_db(t, settings, grid.pixel_width) for t in transmitters], np.float32)
    paths: list[Path] = []

    def one(layer: Layer) -> list[Path]:
        return _write_layer(settings, layer, errors, grid, folder, mosaic, run_id)

    with ThreadPoolExecutor(circumstances.workers) as pool:
        for done, written in enumerate(pool.map(one, layers)):
            circumstances.progress(Message("progress.layers"), done, len(layers))
            paths += written
    circumstances.progress(Message("progress.layers"), len(layers), len(layers))
    return paths


def _write_layer(
    settings: Settings,
    layer: Layer,
    error_db: NDArray[np.float32],
    grid: Grid,
    folder: Path,
    mosaic: Mosaic,
    run_id: str,
) -> list[Path]:
    quantities = (
        ("rsrp", "dbm", "float32"),
        ("server", "index", "uint16"),
        ("probability-served", "fraction", "float32"),
        ("probability-weak", "fraction", "float32"),
        ("error", "db", "float32"),
    )
    paths = [layer.path(folder, quantity, unit) for quantity, unit, _ in quantities]
    tags = {"run": run_id, "operator": layer.operator, "technology": layer.technology, "note": settings.note}
    with ExitStack() as stack:
        writers = [
            stack.enter_context(RasterWriter(path, grid, dtype, quantity, unit, tags))
            for path, (quantity, unit, dtype) in zip(paths, quantities, strict=True)
        ]
        for rows in strips(grid):
            best = best_of(*mosaic.rows(layer.name, rows), error_db)
            for writer, values in zip(writers, _values(best, settings), strict=True):
                writer.write(values, rows.start)
    return paths


def _values(best: Best, settings: Settings) -> list[Any]:
    rsrp = np.where(best.unseen & (best.server == NO_SERVER), np.float32(np.nan), best.rsrp_dbm)
    return [
        rsrp,
        best.server,
        np.round(probability_at_least(best, settings.signal.served_rsrp_dbm), 4),
        np.round(probability_at_least(best, settings.signal.weak_rsrp_dbm), 4),
        best.error_db,
    ]


def strips(grid: Grid) -> Iterator[slice]:
    """Return the rows of a grid, a part at a time that fits in memory."""
    height = max(STRIP_PIXELS // grid.columns // TILE, 1) * TILE
    for first_row in range(0, grid.rows, height):
        yield slice(first_row, min(first_row + height, grid.rows))


def _write_servers(run: Run, transmitters: list[Transmitter], settings: Settings, grid: Grid) -> Path:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(SERVER_COLUMNS)
    for index, t in enumerate(transmitters):
        values = [index, t.cell_code, t.site_code, t.operator, t.technology, t.longitude, t.latitude, t.height_agl_m]
        values += [t.frequency_mhz, t.bandwidth_mhz, round(t.reference_signal_eirp_dbm, 2)]
        writer.writerow([*values, round(total_error_db(t, settings, grid.pixel_width), 2), " ".join(t.assumed)])
    path = run.folder / "servers.csv"
    write_atomically(path, text.getvalue().encode())
    return path


@dataclass(frozen=True, slots=True)
class Server:
    """A row of `servers.csv`: the cell behind an index of the server rasters."""

    index: int
    cell_code: str
    site_code: str
    operator: str
    technology: str
    longitude: float
    latitude: float
    height_agl_m: float
    frequency_mhz: float
    bandwidth_mhz: float
    reference_signal_eirp_dbm: float
    error_db: float
    assumed: str


SERVER_COLUMNS = tuple(f.name for f in fields(Server))


def read_servers(run_folder: Path) -> list[Server]:
    """Return the cells of a prediction, in the order of their index."""
    kinds = typing.get_type_hints(Server)
    with (run_folder / "servers.csv").open(encoding="utf-8", newline="") as file:
        return [Server(**{name: kinds[name](text) for name, text in row.items()}) for row in csv.DictReader(file)]
