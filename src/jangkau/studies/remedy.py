"""The ladder of the last weeks: how each polling station and office sends its result, or what it does instead."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from jangkau.errors import RegionError
from jangkau.fingerprints import sha256_of
from jangkau.messages import Message
from jangkau.planning import checker
from jangkau.planning.effort import Effort
from jangkau.planning.ladder import Ladder, LadderPlace, LadderPlan, Way, solve
from jangkau.planning.teams import Job, Shift, assign
from jangkau.planning.ways import Catalogue, catalogue_from, shipped
from jangkau.records import Record
from jangkau.settings import Settings, as_table
from jangkau.store.database import Store
from jangkau.store.region_folder import RegionFolder
from jangkau.store.runs import Recipe, Run, latest_run
from jangkau.studies.catalogues import catalogue_rows
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.inputs import store_inputs
from jangkau.studies.keep import anchor
from jangkau.studies.register import Register
from jangkau.studies.remedy_files import write_files
from jangkau.studies.remedy_plan import Answer, PlacePlan, RemedyPlan, Wishes, blocker_of, summary
from jangkau.studies.remedy_ways import Option, Subject, Ways, read_grades

STUDY, MODEL = "remedy", "ladder-v1"
CATALOGUE_FILE = "ways.csv"
"""Of the region folder: the ways, their costs, days and kits, for the planner to edit."""

GRADES_FILE = "grades.csv"
EFFORT = Effort(gap=1e-4, work=0.2)
"""Counted work, so that the same inputs give the same plan."""

LONGEST_WAIT_DAYS = 60
"""How far after the date a nearest possible day is looked for."""


def remedy(region: RegionFolder, wishes: Wishes, circumstances: Circumstances) -> RemedyPlan:
    """Plan how every polling station and office of a region sends its result by a day.

    Parameters
    ----------
    region : RegionFolder
    wishes : Wishes
    circumstances : Circumstances
        Its day is day 0: what is ordered is ordered on it.

    Returns
    -------
    RemedyPlan
        Files are in ``runs/<run>/``; the catalogue in ``ways.csv`` of the region folder. Nothing is written into the
        register.

    Raises
    ------
    InputError
        When the day is not after today, the budget is below 0, or the catalogue cannot be used.
    RegionError
        When nothing was graded yet, or there is neither polling station nor office.
    """
    wishes.check(circumstances.as_of)
    region_catalogue(region)
    grading = latest_run(region.path, "grade", circumstances.as_of)
    if grading is None:
        raise RegionError("remedy.not_graded")
    with region.store(circumstances.clock()) as store:
        register = Register.read(store, circumstances.as_of)
        recipe = _recipe(region, store, register, grading, wishes, circumstances.as_of)
    return compute(region, Run.begin(region.path, recipe), register, grading, circumstances)


def region_catalogue(region: RegionFolder) -> Catalogue:
    """Return the catalogue of a region from its own ``ways.csv``, to which the shipped one is copied if it has none."""
    own = region.path / CATALOGUE_FILE
    numbers = ("cost_idr", "cost_idr_per_km", "hours", "within_km", "sure")
    return catalogue_from(catalogue_rows(own, shipped(), numbers), own.name)


def _recipe(
    region: RegionFolder, store: Store, register: Register, grading: Path, wishes: Wishes, as_of: date
) -> Recipe:
    everything: Mapping[str, list[Record]] = register.records()
    inputs = store_inputs(everything)
    for file in (region.path / CATALOGUE_FILE, grading / GRADES_FILE):
        inputs[file.relative_to(region.path).as_posix()] = sha256_of(file)[0]
    parameters: dict[str, Any] = dict(as_table(region.settings)) | {"asked": asdict(wishes)}
    return Recipe(STUDY, as_of, parameters, inputs, store.horizon(), (MODEL,), EFFORT.seed)


def compute(
    region: RegionFolder, run: Run, register: Register, grading: Path, circumstances: Circumstances
) -> RemedyPlan:
    """Fill a run: plan, check, ask what would change it, write the files, then `run.json`."""
    started, settings, as_of = circumstances.clock(), region.settings, circumstances.as_of
    asked = run.recipe.parameters["asked"]
    wishes = Wishes(date.fromisoformat(str(asked["by"])), asked["budget_idr"])
    catalogue = region_catalogue(region)
    grades = read_grades(grading / GRADES_FILE)
    parts = 3

    def told(done: int) -> None:
        circumstances.progress(Message("progress.planning_remedies"), done, parts)

    def problem(by: date, budget_idr: float | None) -> Problem:
        days = (by - as_of).days
        subjects = Ways(register, grades, catalogue, settings, as_of, days).subjects()
        return Problem(subjects, catalogue, settings, days, math.inf if budget_idr is None else budget_idr)

    told(0)
    asked_for = problem(wishes.by, wishes.budget_idr)
    if not asked_for.subjects:
        raise RegionError("remedy.nothing_to_plan")
    solved = asked_for.solve()
    told(1)
    found = RemedyPlan(
        run=run,
        wishes=wishes,
        catalogue=catalogue,
        places=_places(asked_for, solved, as_of),
        shifts=solved.shifts,
        value=solved.value,
        bound=solved.bound,
        answers=_what_would_change(asked_for, solved, problem, wishes, as_of),
    )
    told(2)
    outputs = write_files(found, settings)
    run.finish(started=started, ended=circumstances.clock(), outputs=outputs, summary=summary(found))
    anchor(region, run, circumstances)
    told(parts)
    return found


@dataclass(frozen=True, slots=True)
class Solved:
    """What a problem came to: the option of each place, its fallback, who works when, and what was proven.

    `taken` and `fallback` number the options of each subject; -1: none. `tight` names the (place, option) that fit the
    hours in all, but no team's calendar.
    """

    taken: list[int]
    fallback: list[int]
    shifts: list[Shift]
    value: float
    bound: float
    tight: frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Problem:
    """All places with their options, and what there is: kits, teams, days, money."""

    subjects: Sequence[Subject]
    catalogue: Catalogue
    settings: Settings
    days: int
    budget_idr: float
    plenty: str = ""
    """What there is plenty of, to ask what would change: kits or teams."""

    @property
    def teams(self) -> int:
        """Teams that there are."""
        return len(self.subjects) if self.plenty == "teams" else self.settings.remedy.teams

    def kits(self) -> dict[str, int]:
        """Return how many kits of each kind there are."""
        plenty = len(self.subjects)
        return {
            w.way: plenty if self.plenty == "kits" else w.kits for w in self.catalogue.values() if w.kits is not None
        }

    def solve(self) -> Solved:
        """Return the best plan that teams can really work; every plan is checked by recomputing it.

        Notes
        -----
        The ladder counts team hours in all; the calendar of teams then places each work. A work that fits no calendar
        is forbidden and the ladder is solved again, so that the bound of the first solution holds for all.
        """
        tight: set[tuple[int, int]] = set()
        bound = math.inf
        while True:
            numbers, plan = self.ladder_plan(frozenset(tight))
            bound = min(bound, plan.bound)
            taken = [own[k] if k >= 0 else -1 for own, k in zip(numbers, plan.way, strict=True)]
            jobs = self.jobs(taken)
            shifts, late = assign(jobs, self.teams, self.settings.remedy.hours_per_day, self.days)
            if not late:
                break
            tight |= {(place, taken[place]) for place in late}
        fallback = [own[k] if k >= 0 else -1 for own, k in zip(numbers, plan.fallback, strict=True)]
        self._check(taken, plan.cost, jobs, shifts)
        return Solved(taken, fallback, shifts, plan.value, bound, frozenset(tight))

    def ladder_plan(self, tight: frozenset[tuple[int, int]] = frozenset()) -> tuple[list[list[int]], LadderPlan]:
        """Return the best choice by hours in all, with the numbers of the options that its ways stand for."""
        numbers = [
            [k for k, o in enumerate(s.options) if o.blocked is None and (p, k) not in tight]
            for p, s in enumerate(self.subjects)
        ]
        places = tuple(
            LadderPlace(s.weight, tuple(_way(s.options[k]) for k in own))
            for s, own in zip(self.subjects, numbers, strict=True)
        )
        hours = (self.teams * self.settings.remedy.hours_per_day,) * self.days
        return numbers, solve(Ladder(places, self.kits(), hours, self.budget_idr / MILLION), EFFORT)

    def jobs(self, taken: Sequence[int]) -> list[Job]:
        """Return the works that teams have to do."""
        chosen = [(p, s, s.options[k]) for p, (s, k) in enumerate(zip(self.subjects, taken, strict=True)) if k >= 0]
        return [Job(p, o.crews, o.hours, o.earliest_day, s.district_code or "") for p, s, o in chosen if o.crews]

    def _check(self, taken: Sequence[int], cost: float, jobs: Sequence[Job], shifts: Sequence[Shift]) -> None:
        per_day = self.settings.remedy.hours_per_day
        facts = [
            [(o.kit, o.cost_idr / MILLION, o.hours * o.crews, o.earliest_day) for o in s.options] for s in self.subjects
        ]
        hours = [self.teams * per_day] * self.days
        wrong = checker.check_ladder(facts, self.kits(), hours, self.budget_idr / MILLION, taken, cost)
        wrong += checker.check_teams(
            [(j.place, j.crews, j.hours, j.earliest_day) for j in jobs],
            [(s.team, s.day, s.begin_h, s.end_h, s.place) for s in shifts],
            self.teams, per_day, self.days,
        )  # fmt: skip
        wrong += [Message("remedy.nowhere_to_go", {"place": p}) for p, k in enumerate(taken) if k < 0]
        if wrong:
            raise RegionError("remedy.refused", count=len(wrong), first=wrong[0])


MILLION = 1e6
"""The model counts in millions of rupiah, so that its numbers are of one size."""


def _way(option: Option) -> Way:
    hours = option.hours * option.crews
    cost = option.cost_idr / MILLION
    return Way(option.way.rung, option.way.way, option.sure, cost, option.kit, hours, option.earliest_day)


def _places(problem: Problem, solved: Solved, as_of: date) -> list[PlacePlan]:
    """Return the plan of each place with its day, its teams, and why better ways are not taken."""
    used = Counter(s.options[k].kit for s, k in zip(problem.subjects, solved.taken, strict=True))
    pool = problem.kits()
    left_idr = problem.budget_idr - sum(
        s.options[k].cost_idr for s, k in zip(problem.subjects, solved.taken, strict=True)
    )
    shifts: dict[int, list[Shift]] = {}
    for shift in solved.shifts:
        shifts.setdefault(shift.place, []).append(shift)
    found = []
    for p, (subject, k, f) in enumerate(zip(problem.subjects, solved.taken, solved.fallback, strict=True)):
        option, own = subject.options[k], shifts.get(p, [])
        last = max((s.day for s in own), default=None)
        better = [
            (o, (p, n) in solved.tight)
            for n, o in enumerate(subject.options)
            if n != k and o.way.rung != "carry" and o.sure > option.sure
        ]
        found.append(
            PlacePlan(
                subject=subject,
                option=option,
                fallback=subject.options[f] if f >= 0 else None,
                ready_on=as_of + timedelta(days=option.earliest_day if last is None else last),
                teams=tuple(sorted({s.team for s in own})),
                blockers=tuple(
                    (o, blocker_of(o, tight, left_idr, pool, used))
                    for o, tight in sorted(better, key=lambda b: -b[0].sure)
                ),
            )
        )
    return found


def _what_would_change(problem: Problem, solved: Solved, again: Any, wishes: Wishes, as_of: date) -> list[Answer]:
    """Return, where a place stays open, how many more would be closed by more money, kits, teams or days."""
    closed = _closed(problem.subjects, solved.taken)
    if closed == len(problem.subjects):
        return []
    more = [("kits", replace(problem, plenty="kits")), ("teams", replace(problem, plenty="teams"))]
    if wishes.budget_idr is not None:
        more.insert(0, ("money", replace(problem, budget_idr=math.inf)))
    answers = []
    for what, changed in more:
        count, cost_idr = _counted(changed)
        answers.append(Answer(what, count - closed, cost_idr, wishes.by))
    return [*answers, _nearest_day(closed, again, wishes, as_of)]


def _nearest_day(closed: int, again: Any, wishes: Wishes, as_of: date) -> Answer:
    """Return the first day by which as many places are closed as on any of the following days, with the same means."""
    first = (wishes.by - as_of).days
    low, high = first, first + LONGEST_WAIT_DAYS
    most, cost_idr = _counted(again(as_of + timedelta(days=high), wishes.budget_idr))
    while low + 1 < high:
        middle = (low + high) // 2
        count, spent_idr = _counted(again(as_of + timedelta(days=middle), wishes.budget_idr))
        if count >= most:
            high, cost_idr = middle, spent_idr
        else:
            low = middle
    day = wishes.by if most <= closed else as_of + timedelta(days=high)
    return Answer("days", max(most - closed, 0), cost_idr, day)


def _counted(problem: Problem) -> tuple[int, float]:
    """Return how many places a problem closes, and for how much, by hours in all."""
    numbers, plan = problem.ladder_plan()
    taken = [own[k] if k >= 0 else -1 for own, k in zip(numbers, plan.way, strict=True)]
    return _closed(problem.subjects, taken), plan.cost * MILLION


def _closed(subjects: Sequence[Subject], taken: Sequence[int]) -> int:
    return sum(k >= 0 and s.options[k].way.rung != "carry" for s, k in zip(subjects, taken, strict=True))


def repeat_run(region: RegionFolder, run: Run, circumstances: Circumstances) -> None:
    """Make a plan again from its recipe; see `repeat`."""
    grading = next(region.path / name for name in run.recipe.inputs if name.endswith(GRADES_FILE))
    with region.store(circumstances.clock()) as store:
        register = Register.read(store, run.recipe.as_of, run.recipe.horizon)
    compute(region, run, register, grading.parent, circumstances)
