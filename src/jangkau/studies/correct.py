"""Correct: the map of a prediction after its tests, with the error that is left: rasters named as those of `predict`.

Level and error of each pixel's best server follow from the model of the evidence. Which cell serves best stays as it
was predicted: a cell that tests show to be weaker than planned is not exchanged for the next one, so that the map is
rather too dark than too bright there.
"""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jangkau.coverage.servers import NO_SERVER
from jangkau.evidence.model import Model, fit
from jangkau.geo import Grid
from jangkau.messages import Message
from jangkau.paths import MODEL
from jangkau.records import Cell, Measurement, Place, Visit
from jangkau.settings import Settings, as_table
from jangkau.store.database import Store
from jangkau.store.rasters import RasterWriter, raster_grid, read_raster
from jangkau.store.region_folder import RegionFolder, writing
from jangkau.store.runs import Recipe, Run, latest_run, read_run
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.correction import STUDY, TESTS_FILE
from jangkau.studies.inputs import file_inputs, store_inputs
from jangkau.studies.keep import anchor
from jangkau.studies.network import Network
from jangkau.studies.observations import Tests, gather
from jangkau.studies.predict import Layer, rasters_of, strips
from jangkau.studies.prediction import Prediction
from jangkau.studies.score import EVIDENCE_MODEL

QUANTITIES = (
    ("rsrp", "dbm"),
    ("error", "db"),
    ("probability-served", "fraction"),
    ("probability-weak", "fraction"),
)
"""What is corrected of each layer, and its unit."""

PIXELS_AT_A_TIME = 200_000


def correct(region: RegionFolder, prediction: Prediction, circumstances: Circumstances) -> Run | None:
    """Correct a prediction by the tests up to a day; a correction of the same tests is returned as it is.

    Parameters
    ----------
    region : RegionFolder
    prediction : Prediction
    circumstances : Circumstances

    Returns
    -------
    Run or None
        Finished; None when no test can be used. Its rasters lie in ``rasters/<run>/``.
    """
    with region.store(circumstances.clock()) as store:
        recipe = _recipe(region, store, prediction, circumstances)
        known = _same(region.path, recipe)
        if known is not None:
            return known
        tests = gather(region, store, recipe.horizon, circumstances)
    if tests is None:
        return None
    run = Run.begin(region.path, recipe)
    compute(region, run, prediction, tests, circumstances)
    anchor(region, run, circumstances)
    return run


def compute(region: RegionFolder, run: Run, prediction: Prediction, tests: Tests, circumstances: Circumstances) -> None:
    """Fill a run: fit, correct layer by layer, then `run.json`."""
    started = circumstances.clock()
    circumstances.progress(Message("progress.fitting"), 0, 1)
    model = fit(tests.observations, workers=circumstances.workers)
    circumstances.progress(Message("progress.fitting"), 1, 1)
    tested = set(tests.operator.tolist())
    standard = region.settings.signal.technology
    layers = [x for x in prediction.layers if x.operator in tested and x.technology >= standard]
    outputs = [_write_tests(run.folder / TESTS_FILE, tests)]
    for done, layer in enumerate(layers):
        circumstances.progress(Message("progress.correcting"), done, len(layers))
        outputs += _correct_layer(region.settings, run, prediction, layer, tests.network, model, circumstances.workers)
    circumstances.progress(Message("progress.correcting"), len(layers), len(layers))
    summary = {
        "prediction": prediction.run_id,
        "layers": [layer.name for layer in layers],
        "tests": int(tests.day.size),
        "estimates": [
            {"name": e.name, "value": round(e.value, 4), "standard_error": round(e.standard_error, 4)}
            for e in model.estimates()
        ],
    }
    run.finish(started=started, ended=circumstances.clock(), outputs=outputs, summary=summary)


def _recipe(region: RegionFolder, store: Store, prediction: Prediction, circumstances: Circumstances) -> Recipe:
    as_of, settings = circumstances.as_of, as_table(region.settings)
    names = ("metric_crs", "bounds", "note", "signal", "evidence", "radio", "cell_defaults")
    inputs = file_inputs(region, store, "terrain", "land_cover")
    inputs |= store_inputs({"cell": list(store.read(Cell, as_of=as_of)), "place": list(store.read(Place, as_of=as_of))})
    inputs |= {f"store:{kind.noun}": store.digest_of(kind) for kind in (Measurement, Visit)}
    parameters = {name: settings[name] for name in names if name in settings} | {"prediction": prediction.run_id}
    return Recipe(STUDY, as_of, parameters, inputs, store.horizon(), (MODEL, EVIDENCE_MODEL), seed=0)


def _same(region: Path, recipe: Recipe) -> Run | None:
    """Return the newest correction if it was made of the same on an earlier day: tests do not change by waiting."""
    folder = latest_run(region, STUDY, recipe.as_of)
    if folder is None:
        return None
    said, own = read_run(folder), json.loads(json.dumps([recipe.parameters, recipe.inputs], default=str))
    run = Run(recipe, folder)
    return run if [said["parameters"], said["inputs"]] == own and run.finished else None


def _write_tests(path: Path, tests: Tests) -> Path:
    """Keep where and when was tested, and whose network; the same tests give the same bytes."""
    names, operator = np.unique(tests.operator.astype(str), return_inverse=True)
    places = tests.observations.places
    with writing(path) as partial, partial.open("wb") as file:
        np.savez_compressed(
            file,
            x_m=places.x_m.astype(np.float32),
            y_m=places.y_m.astype(np.float32),
            day=tests.day.astype(np.int64).astype(np.int32),
            operator=operator.astype(np.uint8),
            operators=names,
        )
    return path


def _correct_layer(
    settings: Settings,
    run: Run,
    prediction: Prediction,
    layer: Layer,
    network: Network,
    model: Model,
    workers: int,
) -> list[Path]:
    folder = rasters_of(run)
    paths = [layer.path(folder, quantity, unit) for quantity, unit in QUANTITIES]
    before = {
        q: read_raster(layer.path(prediction.folder, q, unit)).values for q, unit in (*QUANTITIES, ("server", "index"))
    }
    grid = raster_grid(layer.path(prediction.folder, "rsrp", "dbm"))
    tags = {"run": run.id, "operator": layer.operator, "technology": layer.technology, "note": settings.note}
    cell_of = np.array([network.index_of.get(s.cell_code, -1) for s in prediction.servers] + [-1], np.int64)
    with ExitStack() as stack:
        writers = [
            stack.enter_context(RasterWriter(path, grid, "float32", quantity, unit, tags))
            for path, (quantity, unit) in zip(paths, QUANTITIES, strict=True)
        ]
        for rows in strips(grid):
            part = {name: values[rows] for name, values in before.items()}
            cell = cell_of[np.minimum(part["server"], cell_of.size - 1)]
            cell[part["server"] == NO_SERVER] = -1
            after = _corrected(settings, part, cell, grid.part(rows, slice(0, grid.columns)), network, model, workers)
            for writer, (quantity, _) in zip(writers, QUANTITIES, strict=True):
                writer.write(after[quantity], rows.start)
    return paths


def _corrected(
    settings: Settings,
    before: dict[str, NDArray[Any]],
    cell: NDArray[np.int64],
    grid: Grid,
    network: Network,
    model: Model,
    workers: int,
) -> dict[str, NDArray[Any]]:
    """Return the quantities of a strip after the tests; where no cell serves they stay as predicted."""
    after = {name: values.copy() for name, values in before.items()}
    row, column = np.nonzero(cell >= 0)
    x, y = grid.longitude_latitude()
    levels = {
        "probability-served": settings.signal.served_rsrp_dbm,
        "probability-weak": settings.signal.weak_rsrp_dbm,
    }
    for start in range(0, row.size, PIXELS_AT_A_TIME):
        at = row[start : start + PIXELS_AT_A_TIME], column[start : start + PIXELS_AT_A_TIME]
        places, known = network.places(cell[at], x[at], y[at], workers)
        at = at[0][known], at[1][known]
        found = model.predict(places, workers=workers)
        after["rsrp"][at], after["error"][at] = found.mean_dbm, found.error_db
        for name, level in levels.items():
            probability = np.round(found.probability_at_least(level), 4)
            after[name][at] = np.where(np.isnan(before[name][at]) & (probability < 0.5), np.nan, probability)
    return after
