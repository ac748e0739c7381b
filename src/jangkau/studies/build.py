"""The build-out: what closes the blank spots for a budget, how it is fed, when it works, and what stays open."""

import csv
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from jangkau.coverage.transmitters import complete_all
from jangkau.errors import ModelError, RegionError
from jangkau.fingerprints import sha256_of
from jangkau.messages import Message
from jangkau.planning.technologies import NUMBERS, Technologies, catalogue_from, shipped
from jangkau.records import Cell, Record
from jangkau.settings import Settings, as_table
from jangkau.store.database import Store
from jangkau.store.region_folder import RegionFolder
from jangkau.store.runs import Recipe, Run, latest_run
from jangkau.studies.build_answers import WhyNot, alternatives, what_more, with_worth
from jangkau.studies.build_candidates import Candidates
from jangkau.studies.build_coverage import Radio
from jangkau.studies.build_files import write_files
from jangkau.studies.build_network import Feeds, Plant, covers_of, without_idle
from jangkau.studies.build_places import Demand, demand_of
from jangkau.studies.build_plan import BudgetPlan, BuildPlan, BuildWishes, days_until, summary
from jangkau.studies.build_solve import EFFORT, Planner, Solution, matching
from jangkau.studies.catalogues import catalogue_rows
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.inputs import file_inputs, read_ground, region_grid, store_inputs
from jangkau.studies.keep import anchor
from jangkau.studies.register import Register
from jangkau.studies.remedy_ways import read_grades
from jangkau.studies.scored import latest_score, with_measured_error
from jangkau.terrain.ground import Ground

STUDY, MODEL = "build", "build-v1"
CATALOGUE_FILE = "technologies.csv"
"""Of the region folder: what can be built, its prices and days, for the planner to edit."""

GRADES_FILE, LADDER_FILE = "grades.csv", "plan.csv"
CURVE_POINTS = 5
"""Budgets of the curve, beside those that are asked."""


def build(region: RegionFolder, wishes: BuildWishes, circumstances: Circumstances) -> BuildPlan:
    """Plan what to build in a region, once a budget.

    Parameters
    ----------
    region : RegionFolder
    wishes : BuildWishes
    circumstances : Circumstances
        Its day is day 0: what is ordered is ordered on it.

    Returns
    -------
    BuildPlan
        Files are in ``runs/<run>/``; the catalogue in ``technologies.csv`` of the region folder. Nothing is written
        into the register.

    Raises
    ------
    InputError
        When the day is not after today, a budget is below 0, a code names no site, or the catalogue cannot be used.
    RegionError
        When nothing was graded yet, or nothing is open.
    """
    wishes.check(circumstances.as_of)
    region_catalogue(region)
    grading = latest_run(region.path, "grade", circumstances.as_of)
    if grading is None:
        raise RegionError("remedy.not_graded")
    ladder = latest_run(region.path, "remedy", circumstances.as_of)
    score = latest_score(region.path, circumstances.as_of)
    region = RegionFolder(region.path, with_measured_error(region.settings, score))
    with region.store(circumstances.clock()) as store:
        register = Register.read(store, circumstances.as_of)
        cells = store.read(Cell, as_of=circumstances.as_of)
        recipe = _recipe(region, store, register, cells, (grading, ladder), wishes, circumstances.as_of)
        ground = read_ground(region, store, recipe.horizon, region.settings.radio.radius_km * 1e3)
    return compute(region, Run.begin(region.path, recipe), register, cells, ground, circumstances)


def region_catalogue(region: RegionFolder) -> Technologies:
    """Return the catalogue of a region from its own file, to which the shipped one is copied if it has none."""
    own = region.path / CATALOGUE_FILE
    return catalogue_from(catalogue_rows(own, shipped(), NUMBERS), own.name)


def _recipe(
    region: RegionFolder,
    store: Store,
    register: Register,
    cells: list[Cell],
    runs: tuple[Path, Path | None],
    wishes: BuildWishes,
    as_of: date,
) -> Recipe:
    everything: Mapping[str, list[Record]] = register.records() | {"cell": list(cells)}
    inputs = file_inputs(region, store, "terrain", "land_cover", "rivers") | store_inputs(everything)
    grading, ladder = runs
    files = [region.path / CATALOGUE_FILE, grading / GRADES_FILE, *([ladder / LADDER_FILE] if ladder else [])]
    for file in files:
        inputs[file.relative_to(region.path).as_posix()] = sha256_of(file)[0]
    asked = asdict(wishes) | {"grading": grading.name, "ladder": ladder.name if ladder else None}
    parameters: dict[str, Any] = dict(as_table(region.settings)) | {"asked": asked}
    return Recipe(STUDY, as_of, parameters, inputs, store.horizon(), (MODEL,), EFFORT.seed)


def compute(
    region: RegionFolder, run: Run, register: Register, cells: list[Cell], ground: Ground, circumstances: Circumstances
) -> BuildPlan:
    """Fill a run: candidates, whom they serve, how they are fed, plans, answers, files, then `run.json`."""
    started, settings, as_of = circumstances.clock(), region.settings, circumstances.as_of
    asked = run.recipe.parameters["asked"]
    wishes = BuildWishes(
        tuple(asked["budgets_idr"]),
        None if asked["by"] is None else date.fromisoformat(str(asked["by"])),
        tuple(asked["lock"]),
        tuple(asked["forbid"]),
    )
    demand = demand_of(register, read_grades(region.path / "runs" / asked["grading"] / GRADES_FILE), settings)
    if not demand.open:
        raise RegionError("build.nothing_open", unknown=len(demand.unknown))
    plant, radio = _plant(region, register, cells, demand, ground, circumstances)
    ladder = asked["ladder"]
    planner = Planner(
        plant=plant,
        radio=radio,
        settings=settings,
        open_count=len(demand.open),
        lock=matching(plant, wishes.lock, exact=True),
        forbid=matching(plant, wishes.forbid, exact=False),
        days=days_until(wishes.by, as_of),
        goal_day=days_until(wishes.by or settings.deadline, as_of),
        fallbacks={} if ladder is None else read_ladder(region.path / "runs" / ladder / LADDER_FILE),
    )
    plans, curve = _plans(planner, wishes, circumstances)
    found = BuildPlan(run, wishes, plant, demand, plans, curve, what_more(planner, plans[-1], as_of))
    outputs = write_files(found, region, register, ground)
    run.finish(started=started, ended=circumstances.clock(), outputs=outputs, summary=summary(found, settings))
    anchor(region, run, circumstances)
    return found


def _plant(
    region: RegionFolder,
    register: Register,
    cells: list[Cell],
    demand: Demand,
    ground: Ground,
    circumstances: Circumstances,
) -> tuple[Plant, Radio]:
    """Return everything that could be built, with whom it would serve, and the radio core that said so."""
    settings, catalogue = region.settings, region_catalogue(region)
    nodes = Candidates(register, cells, demand, ground, catalogue, settings).nodes()
    unknown = [o for o in demand.unknown if o.place.longitude is not None and o.place.latitude is not None]
    places = [*demand.open, *unknown]
    radio = Radio(ground, settings, places, region_grid(settings, ground.pixel_m()).pixel_width)
    donors = radio.donors(nodes, complete_all(cells, settings.cell_defaults))
    chances = radio.chances(nodes, donors, circumstances.workers, circumstances.progress)
    on_air = {c.site_code for c in cells if c.technology >= settings.signal.technology}
    covers = covers_of(nodes, chances, places, settings.signal.probability, on_air)
    feeds = Feeds(nodes, donors, ground, catalogue, settings)
    weight = np.array([o.weight if k < len(demand.open) else 0.0 for k, o in enumerate(places)])
    plant = Plant(nodes, feeds.hops(circumstances.progress), feeds.alone(), donors, covers, chances, places, weight)
    return without_idle(plant, settings.build.availability_percent), radio


def _plans(
    planner: Planner, wishes: BuildWishes, circumstances: Circumstances
) -> tuple[list[BudgetPlan], list[tuple[float, float, float]]]:
    """Return the plan of each budget with its answers, and the curve over more budgets."""
    budgets = sorted(set(wishes.budgets_idr))
    between = budgets[-1] * np.geomspace(0.05, 1.0, CURVE_POINTS)
    more = [float(b) for b in np.round(between, -6) if min(abs(b - a) for a in budgets) > 0.05 * b]
    plans, curve = list[BudgetPlan](), list[tuple[float, float, float]]()
    every = sorted([*budgets, *more])
    for done, budget in enumerate(every):
        circumstances.progress(Message("progress.building"), done, len(every))
        try:
            solution = planner.solve(budget)
        except ModelError:
            if budget in budgets:
                raise
            continue  # what is locked costs more than this point of the curve
        value, cost = solution.plan.value, solution.plan.cost_idr
        if curve and curve[-1][2] > value:
            value, cost = curve[-1][2], curve[-1][1]
        curve.append((budget, cost, value))
        if budget in budgets:
            plans.append(_answered(planner, solution, circumstances.as_of))
    circumstances.progress(Message("progress.building"), len(every), len(every))
    return plans, curve


def _answered(planner: Planner, solution: Solution, as_of: date) -> BudgetPlan:
    """Return the plan of a solution with the worth of its sites, other plans, and why places stay open."""
    works = with_worth(planner, solution)
    own = {w.number: w for w in works}
    fates = [
        replace(f, closed_by=own[f.closed_by.number]) if f.closed_by else f
        for f in WhyNot(planner, solution, as_of).fates()
    ]
    return replace(solution.plan, works=works, fates=fates, alternatives=alternatives(planner, solution))


def read_ladder(file: Path) -> dict[str, str]:
    """Return, by the code of a place, its way in the last weeks and what it does if that fails."""
    with file.open(encoding="utf-8", newline="") as table:
        return {row["code"]: f"{row['way']} {row['fallback']}".strip() for row in csv.DictReader(table)}


def default_wishes(settings: Settings) -> BuildWishes:
    """Return what is planned where nothing is asked."""
    return BuildWishes(settings.build.budgets_idr)


def repeat_run(region: RegionFolder, run: Run, circumstances: Circumstances) -> None:
    """Make a plan again from its recipe; see `repeat`."""
    with region.store(circumstances.clock()) as store:
        register = Register.read(store, run.recipe.as_of, run.recipe.horizon)
        cells = store.read(Cell, as_of=run.recipe.as_of, horizon=run.recipe.horizon)
        ground = read_ground(region, store, run.recipe.horizon, region.settings.radio.radius_km * 1e3)
    compute(region, run, register, cells, ground, circumstances)
