"""Repeat: make a finished run again from its `run.json`, elsewhere, and compare the bytes."""

import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from jangkau import __version__
from jangkau.errors import RegionError
from jangkau.fingerprints import sha256_of
from jangkau.records import Cell
from jangkau.store.region_folder import RegionFolder
from jangkau.store.runs import Recipe, Run, read_run, recipe_of
from jangkau.studies import correct, grade, predict, rehearse, remedy, score, survey
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.inputs import read_ground, settings_of_run
from jangkau.studies.observations import gather
from jangkau.studies.prediction import Prediction
from jangkau.studies.register import Register
from jangkau.studies.scored import read_score

GRADING = ("prediction", "correction", "score_run")
"""What a grading names among its parameters; earlier ones lack some, and were made without them."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """What came of repeating a run: outputs with the same bytes, and those that differ."""

    run_id: str
    same: list[str]
    different: list[str]


def repeat(region: RegionFolder, run_id: str, circumstances: Circumstances) -> Repeated:
    """Make a run again and compare every output with what `run.json` recorded.

    Parameters
    ----------
    region : RegionFolder
    run_id : str
        Name of a folder in ``runs/``.
    circumstances : Circumstances
        Its day is not used: the run's own day is.

    Raises
    ------
    RegionError
        When the run is missing, was made by another version of Jangkau or is none that can be made again, or a file
        that it was made from has changed.
    """
    said = read_run(region.path / "runs" / run_id)
    if said["version"] != __version__:
        raise RegionError("repeat.other_version", run=run_id, version=said["version"], own=__version__)
    recipe = recipe_of(said)
    if recipe.study not in STUDIES:
        raise RegionError("repeat.no_study", run=run_id, study=recipe.study, known=", ".join(STUDIES))
    lacking = [name for name in GRADING if recipe.study == grade.STUDY and name not in recipe.parameters]
    if lacking:
        raise RegionError("repeat.older", run=run_id, lacking=", ".join(lacking), as_of=recipe.as_of)
    _check_files(region, recipe)
    past = RegionFolder(region.path, settings_of_run(region.settings, said))
    own_day = replace(circumstances, as_of=recipe.as_of)
    with tempfile.TemporaryDirectory(prefix=".repeat-", dir=region.path) as folder:
        run = Run(recipe, Path(folder) / "runs" / run_id)
        run.folder.mkdir(parents=True)
        STUDIES[recipe.study](past, run, own_day)
        again: dict[str, str] = json.loads(run.file.read_text("utf-8"))["outputs"]
    before: dict[str, str] = said["outputs"]
    same = sorted(name for name in before if again.get(name) == before[name])
    return Repeated(run_id, same, sorted((before.keys() | again.keys()) - set(same)))


def _check_files(region: RegionFolder, recipe: Recipe) -> None:
    for name, sha256 in recipe.inputs.items():
        path = region.path / name
        if ":" in name or name == "inventory":
            continue
        if not path.is_file() or sha256_of(path)[0] != sha256:
            raise RegionError("repeat.input_changed", file=name)


def _predict(region: RegionFolder, run: Run, circumstances: Circumstances) -> None:
    with region.store(circumstances.clock()) as store:
        cells = store.read(Cell, as_of=run.recipe.as_of, horizon=run.recipe.horizon)
        ground = read_ground(region, store, run.recipe.horizon, region.settings.radio.radius_km * 1e3)
    inventory = set(filter(None, run.recipe.inputs["inventory"].split(",")))
    predict.compute(region, run, cells, inventory, ground, circumstances)


def _grade(region: RegionFolder, run: Run, circumstances: Circumstances) -> None:
    parameters = run.recipe.parameters
    score_run = parameters["score_run"]
    said = None if score_run is None else read_score(region.path / "runs" / score_run)
    with region.store(circumstances.clock()) as store:
        register = Register.read(store, run.recipe.as_of, run.recipe.horizon)
        view = Prediction.of_grading(region, parameters)
        grade.compute(region, run, store, register, view, said, circumstances)


def _survey(region: RegionFolder, run: Run, circumstances: Circumstances) -> None:
    with region.store(circumstances.clock()) as store:
        register = Register.read(store, run.recipe.as_of, run.recipe.horizon)
    prediction = Prediction.of_run(region, region.path / "runs" / run.recipe.parameters["prediction"])
    survey.compute(region, run, register, prediction, circumstances)


def _score(region: RegionFolder, run: Run, circumstances: Circumstances) -> None:
    with region.store(circumstances.clock()) as store:
        score.compute(region, run, store, circumstances)


def _correct(region: RegionFolder, run: Run, circumstances: Circumstances) -> None:
    prediction = Prediction.of_run(region, region.path / "runs" / run.recipe.parameters["prediction"])
    with region.store(circumstances.clock()) as store:
        tests = gather(region, store, run.recipe.horizon, circumstances)
    if tests is None:
        raise RegionError("score.no_tests", path=str(region.path), as_of=run.recipe.as_of)
    correct.compute(region, run, prediction, tests, circumstances)


STUDIES = {
    "predict": _predict, "correct": _correct, "score": _score, "grade": _grade, "survey": _survey,
    "rehearse": rehearse.repeat_run, "remedy": remedy.repeat_run,
}  # fmt: skip
