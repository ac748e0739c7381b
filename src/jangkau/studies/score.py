"""Score: how right is the map? Predictions against tests that had no part in making them, over divided ground."""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from jangkau.errors import RegionError
from jangkau.evidence.folds import Fold, area_fold, block_folds, site_folds
from jangkau.evidence.model import Model, fit
from jangkau.evidence.observations import Observations
from jangkau.evidence.scores import Said, Score, score
from jangkau.messages import LANGUAGES, Message
from jangkau.paths import MODEL
from jangkau.records import ANY_OPERATOR, Cell, District, Measurement, Place, Visit
from jangkau.reports.score_figure import draw_score
from jangkau.settings import Settings, as_table
from jangkau.store.database import Store
from jangkau.store.region_folder import RegionFolder, write_atomically
from jangkau.store.runs import Recipe, Run
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.inputs import file_inputs, store_inputs
from jangkau.studies.keep import anchor
from jangkau.studies.observations import Tests, gather
from jangkau.studies.scored import SCORE_FILE, STUDY

EVIDENCE_MODEL = "evidence-v2"

WAYS = ("raw", "calibrated", "posterior")
"""Of saying what a test will show: the physics alone; with offsets of bands, ground and sites; with the shadowing that
tests nearby have shown."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """One way of dividing the tests: what is tested in a fold had no part in the map that is scored.

    Attributes
    ----------
    name : str
        blocks_<side>m_buffer_<buffer>m, sites or district.
    kind : str
        blocks, sites or district.
    side_m, buffer_m : float or None
        Of blocks.
    folds : list of Fold
    district : str or None
        Code of the district that is held out.
    """

    name: str
    kind: str
    folds: list[Fold]
    side_m: float | None = None
    buffer_m: float | None = None
    district: str | None = None


def run_score(region: RegionFolder, circumstances: Circumstances) -> Run:
    """Score the map of a region by its tests up to a day; a finished score of the same inputs is returned as it is.

    Parameters
    ----------
    region : RegionFolder
    circumstances : Circumstances

    Returns
    -------
    Run
        Finished. ``runs/<run>/score.json`` holds all figures (docs/reference/score.md), ``score-<language>.png`` shows
        them.

    Raises
    ------
    RegionError
        When no cell, no terrain or no usable test is known.
    """
    with region.store(circumstances.clock()) as store:
        run = Run.begin(region.path, _recipe(region, store, circumstances.as_of))
        if not run.finished:
            compute(region, run, store, circumstances)
    anchor(region, run, circumstances)
    return run


def compute(region: RegionFolder, run: Run, store: Store, circumstances: Circumstances) -> None:
    """Fill a run: gather, divide, fit and score, then `run.json`."""
    started = circumstances.clock()
    tests = gather(region, store, run.recipe.horizon, circumstances)
    if tests is None:
        raise RegionError("score.no_tests", path=str(region.path), as_of=run.recipe.as_of)
    districts = store.read(District, as_of=run.recipe.as_of, horizon=run.recipe.horizon)
    found = score_tests(tests, region.settings, districts, circumstances)
    found["run"] = run.id
    file = run.folder / SCORE_FILE
    write_atomically(file, json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False).encode())
    outputs = [file, *(draw_score(run.folder / f"score-{language}.png", found, language) for language in LANGUAGES)]
    summary = {"tests": found["tests"], "model_error_db": found["model_error_db"], "headline": found["headline"]}
    run.finish(started=started, ended=circumstances.clock(), outputs=outputs, summary=summary)


def _recipe(region: RegionFolder, store: Store, as_of: date) -> Recipe:
    settings = as_table(region.settings)
    names = ("metric_crs", "bounds", "signal", "evidence", "score", "radio", "cell_defaults")
    inputs = file_inputs(region, store, "terrain", "land_cover")
    inputs |= store_inputs({"cell": list(store.read(Cell, as_of=as_of)), "place": list(store.read(Place, as_of=as_of))})
    inputs |= {f"store:{kind.noun}": store.digest_of(kind) for kind in (Measurement, Visit, District)}
    parameters = {name: settings[name] for name in names if name in settings}
    return Recipe(STUDY, as_of, parameters, inputs, store.horizon(), (MODEL, EVIDENCE_MODEL), seed=0)


def score_tests(
    tests: Tests, settings: Settings, districts: list[District], circumstances: Circumstances
) -> dict[str, Any]:
    """Return the score of tests as plain values; see docs/reference/score.md for the names.

    Parameters
    ----------
    tests : Tests
    settings : Settings
    districts : list of District
        Those with an outline may be held out.
    circumstances : Circumstances
        Told of each fit.
    """
    divisions = divide(tests, settings, districts)
    count = sum(len(division.folds) for division in divisions) + 3
    fitted = _counting(circumstances, count)
    model = fitted(tests.observations)
    scored = [_score_division(tests, settings, division, fitted) for division in divisions]
    shuffled = _shuffled(tests, settings, divisions[0].folds[0], fitted) if divisions else None
    first = scored[0]["operators"][ANY_OPERATOR] if scored else None
    return {
        "as_of": circumstances.as_of.isoformat(),
        "levels_dbm": {"served": settings.signal.served_rsrp_dbm, "weak": settings.signal.weak_rsrp_dbm},
        "tests": _about(tests),
        "divisions": scored,
        "shuffled": shuffled,
        "estimates": [asdict(estimate) for estimate in model.estimates()],
        "model_error_db": first and first["raw"]["rmse_db"]["value"],
        "headline": first and {"division": scored[0]["name"]} | {way: _brief(first[way]) for way in WAYS},
    }


def divide(tests: Tests, settings: Settings, districts: list[District]) -> list[Division]:
    """Return the ways of dividing tests that the settings name and the tests allow: blocks, sites, a district."""
    places, censored = tests.observations.places, tests.observations.censored
    found = []
    for side, buffer in zip(settings.score.block_sides_m, settings.score.buffers_m, strict=True):
        folds = block_folds(places.x_m, places.y_m, side_m=side, buffer_m=buffer, count=settings.score.folds)
        found.append(
            Division(f"blocks_{side:.0f}m_buffer_{buffer:.0f}m", "blocks", _usable(folds, censored), side, buffer)
        )
    found.append(Division("sites", "sites", _usable(_site_folds(places.site, settings.score.site_folds), censored)))
    held = _held_out(tests, districts)
    if held is not None:
        code, inside = held
        found.append(Division("district", "district", _usable([area_fold(inside)], censored), district=code))
    return [division for division in found if division.folds]


def _usable(folds: list[Fold], censored: NDArray[np.bool_]) -> list[Fold]:
    """Return the folds that have something to learn from and something to test."""
    return [fold for fold in folds if fold.test.size and not censored[fold.train].all()]


def _site_folds(site: NDArray[np.int32], count: int) -> list[Fold]:
    """Return folds that leave whole sites out: one site each where there are few, else dealt into so many parts."""
    known, index = np.unique(site, return_inverse=True)
    if known.size <= count:
        return site_folds(site)
    parts = np.random.default_rng(0).permutation(known.size) % count
    return site_folds(parts[index].astype(np.int32))


def _held_out(tests: Tests, districts: list[District]) -> tuple[str, NDArray[np.bool_]] | None:
    """Return the district with most tests that still leaves half of them outside, and which tests lie in it."""
    best: tuple[int, str, NDArray[np.bool_]] | None = None
    for district in sorted(districts, key=lambda d: d.code):
        if district.geometry_wkb is None:
            continue
        inside = shapely.contains_xy(shapely.from_wkb(district.geometry_wkb), tests.longitude, tests.latitude)
        count = int(inside.sum())
        if 0 < count <= inside.size // 2 and (best is None or count > best[0]):
            best = count, district.code, inside
    return None if best is None else (best[1], best[2])


def _counting(circumstances: Circumstances, total: int) -> Callable[[Observations], Model]:
    """Return a `fit` that tells how many fits are done."""
    done = 0

    def fitted(observations: Observations) -> Model:
        nonlocal done
        circumstances.progress(Message("progress.fitting"), done, total)
        model = fit(observations, workers=circumstances.workers)
        done += 1
        circumstances.progress(Message("progress.fitting"), done, total)
        return model

    return fitted


def _score_division(
    tests: Tests, settings: Settings, division: Division, fitted: Callable[[Observations], Model]
) -> dict[str, Any]:
    """Return the score of one way of dividing: of each operator, and of all together."""
    said: dict[str, list[Said]] = {way: [] for way in WAYS}
    rows = np.concatenate([fold.test for fold in division.folds])
    for fold in division.folds:
        for way, one in zip(WAYS, _say(tests, settings, fold, fitted), strict=True):
            said[way].append(one)
    whole = {way: Said.joined(parts) for way, parts in said.items()}
    operators = tests.operator[rows]
    names = sorted(set(operators.tolist()))
    masks = {ANY_OPERATOR: np.ones(rows.size, bool)}
    masks |= {name: operators == name for name in names if len(names) > 1}
    levels = (settings.signal.served_rsrp_dbm, settings.signal.weak_rsrp_dbm)
    return {
        "name": division.name,
        "kind": division.kind,
        "side_m": division.side_m,
        "buffer_m": division.buffer_m,
        "district": division.district,
        "folds": len(division.folds),
        "operators": {
            name: {way: _plain(score(whole[way].of(mask), levels, settings.signal.probability)) for way in WAYS}
            for name, mask in masks.items()
        },
    }


def _say(tests: Tests, settings: Settings, fold: Fold, fitted: Callable[[Observations], Model]) -> Iterator[Said]:
    """Say what the tests of a fold will show, in each of `WAYS`, knowing only those it may know."""
    known, asked = tests.observations.at(fold.train), tests.observations.at(fold.test)
    model = fitted(known)
    shown = np.where(asked.censored, asked.sensitivity_dbm, asked.measured_dbm)
    block = _blocks(asked.places.x_m, asked.places.y_m, settings.score.block_sides_m[0])
    levels = (settings.signal.served_rsrp_dbm, settings.signal.weak_rsrp_dbm)
    raw = asked.places.predicted_dbm
    error = _assumed_error_db(tests, settings)[asked.places.cell]
    yield Said.normal(raw, error, shown, asked.censored, block, levels)
    residual = (known.measured_dbm - model.effects.mean(known.places))[~known.censored]
    posterior = model.predict(asked.places)
    spread = np.full(raw.size, max(float(np.sqrt(np.mean(residual**2))) if residual.size else 0.0, 0.1))
    yield Said.normal(posterior.calibrated_dbm, spread, shown, asked.censored, block, levels)
    yield Said.normal(posterior.mean_dbm, posterior.error_db, shown, asked.censored, block, levels)


def _assumed_error_db(tests: Tests, settings: Settings) -> FloatArray:
    """Return the error that a prediction alone states of each cell [dB]."""
    defaults, model = settings.cell_defaults, settings.radio.model_error_db
    return np.array([t.error_db(model, defaults.error_db_per_default) for t in tests.network.transmitters])


def _blocks(x_m: FloatArray, y_m: FloatArray, side_m: float) -> NDArray[np.int64]:
    """Return a number of the square of ground in which each point lies."""
    column, row = (np.floor(values / side_m).astype(np.int64) for values in (x_m, y_m))
    return np.asarray(column * 2**31 + row)


def _shuffled(
    tests: Tests, settings: Settings, fold: Fold, fitted: Callable[[Observations], Model]
) -> dict[str, float]:
    """Return what tests nearby gain over calibration [dB RMSE] in one fold, as it is and with mixed residuals.

    Residuals change places within each cell: what belongs to bands, ground and sites stays, what belongs to a place is
    gone. A gain that is left then would be an error of the method.
    """
    mixed = replace(tests, observations=_mixed(tests.observations))
    gains = {}
    for name, some in (("gain_db", tests), ("gain_shuffled_db", mixed)):
        said = dict(zip(WAYS, _say(some, settings, fold, fitted), strict=True))
        rmse = {way: _rmse_db(said[way]) for way in WAYS}
        gains[name] = round(rmse["calibrated"] - rmse["posterior"], 4)
    return gains


def _mixed(observations: Observations) -> Observations:
    rng, places = np.random.default_rng(0), observations.places
    measured = observations.measured_dbm.copy()
    for cell in np.unique(places.cell):
        rows = np.flatnonzero((places.cell == cell) & ~observations.censored)
        residual = observations.measured_dbm[rows] - places.predicted_dbm[rows]
        measured[rows] = places.predicted_dbm[rows] + rng.permutation(residual)
    return replace(observations, measured_dbm=measured)


def _rmse_db(said: Said) -> float:
    error = (said.shown_dbm - said.mean_dbm)[~said.silent]
    return float(np.sqrt(np.mean(error**2))) if error.size else 0.0


def _about(tests: Tests) -> dict[str, Any]:
    """Return counts of tests: used, by operator, left out and why."""
    places = tests.observations.places
    return {
        "used": int(tests.day.size),
        "silent": int(tests.observations.censored.sum()),
        "without_cell_name": int((~tests.named).sum()),
        "cells": int(np.unique(places.cell).size),
        "sites": int(np.unique(places.site).size),
        "operators": dict(sorted(Counter(tests.operator.tolist()).items())),
        "first_day": str(tests.day.min()),
        "last_day": str(tests.day.max()),
        "left_out": dict(tests.left_out),
    }


def _plain(found: Score) -> dict[str, Any]:
    """Return a score as plain values; a figure that no test speaks of is null."""
    figures = {
        name: {part: _number(getattr(figure, part)) for part in ("value", "low", "high")}
        for name, figure in found.figures.items()
    }
    curves = {
        level: [{"said": round(s.said, 4), "came_true": round(s.came_true, 4), "tests": s.tests} for s in steps]
        for level, steps in found.reliability.items()
    }
    return {"tests": found.tests, "silent": found.silent, "blocks": found.blocks, **figures, "reliability": curves}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)


def _brief(found: Mapping[str, Any]) -> dict[str, float | None]:
    names = ("rmse_db", "bias_db", "coverage_90_fraction", "brier_served")
    return {name: found[name]["value"] for name in names}
