"""Grade blank spots: judge every place, roll up, find the gaps, and write table, GeoPackages and map."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from jangkau import grades as rules
from jangkau.errors import RegionError
from jangkau.messages import LANGUAGES, Message
from jangkau.records import ANY_OPERATOR, Gap, Grade, Record, Source
from jangkau.reports.tables import write_grades_csv
from jangkau.settings import as_table
from jangkau.store.database import Store
from jangkau.store.region_folder import RegionFolder, write_atomically
from jangkau.store.runs import Recipe, Run
from jangkau.studies.areas import area_grades, class_hexagons, gaps, place_grades, tallies
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.claims import CLAIMS_FILE, Compared, compare, write_claims
from jangkau.studies.correct import correct
from jangkau.studies.grade_map import draw_maps
from jangkau.studies.grade_outputs import Findings, write_gaps, write_grades
from jangkau.studies.inputs import file_inputs, read_ground, sources_of, store_inputs
from jangkau.studies.keep import anchor
from jangkau.studies.prediction import Prediction
from jangkau.studies.register import Register
from jangkau.studies.scored import latest_score
from jangkau.studies.verdicts import PREDICTED_FILE, judge, predict_places

STUDY = "grade"


@dataclass(frozen=True, slots=True)
class Graded:
    """What a grading found; `compared` holds the villages and places that somebody has claimed something of."""

    run: Run
    grades: list[Grade]
    gaps: list[Gap]
    outputs: list[Path]
    compared: list[Compared]


def grade(region: RegionFolder, circumstances: Circumstances) -> Graded:
    """Grade a region by its newest prediction, corrected by its tests, and its evidence up to a day.

    Parameters
    ----------
    region : RegionFolder
    circumstances : Circumstances

    Returns
    -------
    Graded
        Files are in ``runs/<run>/``: grades.csv, claims.csv, predicted.json, grades.gpkg, gaps.gpkg,
        map-id.png, map-en.png.

    Raises
    ------
    RegionError
        When the region has neither villages nor places.
    """
    with region.store(circumstances.clock()) as store:
        register = Register.read(store, circumstances.as_of)
        if not register.villages and not register.places:
            raise RegionError("grade.nothing_to_grade", path=str(region.path))
        prediction = Prediction.latest(region, circumstances.as_of)
        if prediction is not None and correct(region, prediction, circumstances) is not None:
            prediction = Prediction.latest(region, circumstances.as_of)
        score = latest_score(region.path, circumstances.as_of)
        run = Run.begin(region.path, _recipe(region, store, register, prediction, score, circumstances.as_of))
        return compute(region, run, store, register, prediction, score, circumstances)


def compute(
    region: RegionFolder,
    run: Run,
    store: Store,
    register: Register,
    prediction: Prediction | None,
    score: Mapping[str, Any] | None,
    circumstances: Circumstances,
) -> Graded:
    """Fill a run: grades, gaps and their files, then `run.json`."""
    started = circumstances.clock()
    settings, as_of = region.settings, circumstances.as_of
    circumstances.progress(Message("progress.judging"), 0, 3)
    ground = None
    if sources_of(store, "terrain", run.recipe.horizon):
        ground = read_ground(region, store, run.recipe.horizon, settings.radio.radius_km * 1e3 if prediction else 0.0)
    predicted = predict_places(register, prediction, ground, settings, as_of)
    verdicts = judge(register, predicted, settings, as_of)
    operators = settings.operators_on(as_of)
    areas = area_grades(tallies(verdicts, register.villages, operators), register, settings)
    levels = ("village", "district", "region")
    grades = sorted(areas, key=lambda g: (levels.index(g.subject), g.code)) + list(place_grades(verdicts, register))
    found = gaps(verdicts)
    circumstances.progress(Message("progress.writing"), 1, 3)
    classes = None if prediction is None else prediction.any_class(operators, settings)
    findings = Findings(
        settings=settings,
        as_of=as_of,
        register=register,
        grades=grades,
        gaps=found,
        verdicts=verdicts,
        classes=classes,
        hexagons=None if classes is None else class_hexagons(classes, register.villages),
        ground=ground,
        prediction=prediction,
        score=score,
        rivers=rivers_of(region, store, run.recipe.horizon),
        sources=attributions(store, run.recipe.horizon),
    )
    compared = compare(register, grades)
    table = run.folder / "grades.csv"
    write_grades_csv(table, grades)
    guesses = run.folder / PREDICTED_FILE
    write_atomically(guesses, json.dumps(predicted.as_json(), sort_keys=True, ensure_ascii=False).encode())
    outputs = [
        table,
        guesses,
        write_grades(run.folder / "grades.gpkg", findings),
        write_gaps(run.folder / "gaps.gpkg", findings),
        write_claims(run.folder / CLAIMS_FILE, compared),
    ]
    circumstances.progress(Message("progress.drawing"), 2, 3)
    outputs += draw_maps(run.folder, findings, LANGUAGES)
    summary = _summary(grades, found) | {"score": None if score is None else score["headline"]}
    run.finish(started=started, ended=circumstances.clock(), outputs=outputs, summary=summary)
    anchor(region, run, circumstances)
    circumstances.progress(Message("progress.drawing"), 3, 3)
    return Graded(run, grades, found, outputs, compared)


def _recipe(
    region: RegionFolder,
    store: Store,
    register: Register,
    prediction: Prediction | None,
    score: Mapping[str, Any] | None,
    as_of: date,
) -> Recipe:
    everything: Mapping[str, list[Record]] = register.records()
    inputs = file_inputs(region, store, "terrain", "land_cover", "rivers") | store_inputs(everything)
    if prediction is not None:
        inputs |= {name: sha for name, sha in prediction.outputs.items() if "/cells/" not in name}
    correction = None if prediction is None else prediction.correction
    if correction is not None:
        inputs |= correction.outputs
    parameters: dict[str, Any] = dict(as_table(region.settings))
    parameters["prediction"] = None if prediction is None else prediction.run_id
    parameters["correction"] = None if correction is None else correction.run_id
    parameters["score_run"] = None if score is None else score["run"]
    named = (rules.SIGNAL_RULE, rules.OFFICE_RULE, rules.SEND_RULE)
    return Recipe(STUDY, as_of, parameters, inputs, store.horizon(), named)


def rivers_of(region: RegionFolder, store: Store, horizon: Mapping[str, int]) -> list[Path]:
    """Return the files of rivers."""
    return [region.path / source.stored_path for source in sources_of(store, "rivers", horizon)]


def attributions(store: Store, horizon: Mapping[str, int]) -> list[str]:
    """Return one line a publisher: licences of sources travel with what is made from them."""
    lines = {(s.publisher or s.original_name, s.licence) for s in store.read(Source, horizon=horizon)}
    return [f"{publisher} ({licence})" if licence else publisher for publisher, licence in sorted(lines)]


def _summary(grades: Sequence[Grade], found: Sequence[Gap]) -> dict[str, Any]:
    counts: dict[str, Any] = {}
    for grade_ in grades:
        if grade_.operator == ANY_OPERATOR and grade_.subject in ("village", "district", "region"):
            key = f"{grade_.subject}_{grade_.quantity}"
            counts.setdefault(key, {}).setdefault(grade_.value, 0)
            counts[key][grade_.value] += 1
    return counts | {"gaps": len(found), "gap_population": sum(g.population for g in found if g.quantity == "signal")}
