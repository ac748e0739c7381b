"""Who builds what, when: modes of places, crews, waits, one deadline, one budget (multi-mode project selection).

    maximise    sum of w_p over places done by the deadline
    subject to  one mode a place at most; its steps one after the other, each after its wait
                crews under way on a day <= crews there are
                sum of costs of modes <= budget

Plans come from `programme_search`; the bound from choosing modes by the crew-days that any calendar must spend on them
within windows of days:

    sum over places, modes of e(p, m, r, [a, b]) u_pm <= c_r (b - a)   for each crew r and window [a, b]
    e: what is left within [a, b] when each step is pushed to its earliest and to its latest days

Durations are those of the quantile that a planner wants to keep (P80, P90): they come as numbers.
"""

from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from jangkau.planning.effort import Effort, Timer
from jangkau.planning.linear import INFINITE, Floats, Ints, Model, Solver
from jangkau.planning.programme_search import Chains, search
from jangkau.planning.projects import configured


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a mode: it begins at least `wait_days` after the one before, takes `days`, and binds crews."""

    wait_days: int
    days: int
    crews: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Mode:
    """One way to serve a place: what it costs, and its steps in order."""

    cost: float
    steps: tuple[Step, ...]

    @property
    def days(self) -> int:
        """Return the days it takes when crews are always there."""
        return sum(s.wait_days + s.days for s in self.steps)


@dataclass(frozen=True, slots=True)
class PlaceWork:
    """A place that must be served: what it is worth (people, or as the user says), and its modes."""

    weight: float
    modes: tuple[Mode, ...]


@dataclass(frozen=True, slots=True)
class Programme:
    """All places, the crews there are, the last day and the money."""

    places: tuple[PlaceWork, ...]
    crews: tuple[int, ...]
    deadline_day: int
    budget: float


@dataclass(frozen=True, slots=True)
class ProgrammePlan:
    """The mode of each place (-1: left to its fallback), the start day of each of its steps, and the certificate."""

    chosen: list[int]
    starts: list[list[int]]
    value: float
    bound: float
    cost: float

    @property
    def gap(self) -> float:
        """Return (bound - value) / value."""
        return max(0.0, self.bound - self.value) / max(self.value, 1e-9)


def _pairs(work: Programme) -> list[tuple[int, int]]:
    """Return (place, mode) that could be done in time and for the money, crews aside."""
    return [
        (p, m)
        for p, place in enumerate(work.places)
        for m, mode in enumerate(place.modes)
        if mode.days <= work.deadline_day and mode.cost <= work.budget
    ]


def build(work: Programme) -> tuple[Model, Ints, list[tuple[int, int]]]:
    """Return the model that chooses modes (crew-days aside), its columns, and the (place, mode) of each."""
    pairs = _pairs(work)
    model = Model(maximise=True)
    u = model.add_columns([work.places[p].weight for p, _ in pairs], integer=True)
    _one_mode(model, u, [p for p, _ in pairs], len(work.places))
    model.add_rows(1, -INFINITE, work.budget, (0, u, [work.places[p].modes[m].cost for p, m in pairs]))
    return model, u, pairs


def _one_mode(model: Model, u: Ints, place: list[int], places: int) -> None:
    """Sum of u over the modes of a place <= 1."""
    model.add_rows(places, -INFINITE, 1.0, (place, u, 1.0))


def crew_days(work: Programme, pairs: list[tuple[int, int]]) -> tuple[Floats, Floats]:
    """Return rows e u <= c: crew-days that cannot leave a window <= crew-days in it, for crews and windows.

    Returns
    -------
    e : float64, shape (rows, pairs)
    c : float64, shape (rows,)
    """
    rows, right = [np.zeros((0, len(pairs)))], [np.zeros(0)]
    for crew, capacity in enumerate(work.crews):
        steps = np.array(
            [
                (k, early, late, step.days, step.crews[crew])
                for k, (p, m) in enumerate(pairs)
                for step, early, late in _times(work.places[p].modes[m], work.deadline_day)
                if step.crews[crew] and step.days
            ]
        ).reshape(-1, 5)
        if not steps.size:
            continue
        starts, ends = np.unique(steps[:, 1]), np.unique(steps[:, 2])
        windows = [(a, b) for a in starts.tolist() for b in ends.tolist() if b > a]
        energy = np.array([np.bincount(steps[:, 0], _inside(steps, a, b), len(pairs)) for a, b in windows])
        most = np.array([capacity * (b - a) for a, b in windows], float)
        tight = energy.sum(axis=1) > most
        rows.append(energy[tight])
        right.append(most[tight])
    return np.concatenate(rows), np.concatenate(right)


def _times(mode: Mode, deadline_day: int) -> list[tuple[Step, int, int]]:
    """Return each step with its earliest start and its latest end."""
    early, found = 0, []
    left = mode.days
    for step in mode.steps:
        early += step.wait_days
        left -= step.wait_days + step.days
        found.append((step, early, deadline_day - left))
        early += step.days
    return found


def _inside(steps: Ints, a: int, b: int) -> Ints:
    """Return crew-days of each step that no calendar can push out of [a, b]."""
    _, early, late, days, need = steps.T
    least = np.minimum.reduce((days, np.full(days.size, b - a), early + days - a, b - (late - days)))
    return np.asarray(need * np.maximum(least, 0))


def _chains(work: Programme) -> Chains:
    """Return a programme as arrays."""
    pairs = _pairs(work)
    modes = [work.places[p].modes[m] for p, m in pairs]
    steps = [s for mode in modes for s in mode.steps]
    return Chains(
        np.concatenate(([0], np.cumsum([len(m.steps) for m in modes]))).astype(np.int64),
        np.array([s.wait_days for s in steps], np.int64),
        np.array([s.days for s in steps], np.int64),
        np.array([s.crews for s in steps], np.int64).reshape(len(steps), len(work.crews)),
        np.array([m.cost for m in modes], float),
        np.array([p for p, _ in pairs], np.int64),
        np.array([place.weight for place in work.places], float),
        np.array(work.crews, np.int64),
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """A relaxed choice of modes: what none can pass, the share of each (place, mode), and the rows that matter."""

    most: float
    share: Floats
    rows: Floats
    right: Floats


def bound(work: Programme, timer: Timer) -> Choice:
    """Return what no programme can pass, by choosing modes under the crew-days of all windows (added where broken)."""
    model, u, pairs = build(work)
    energy, right = crew_days(work, pairs)
    solver = Solver(model, seed=timer.effort.seed)
    solver.continuous(u)
    most, share = float(sum(p.weight for p in work.places)), np.zeros(u.size)
    used = np.zeros(right.size, bool)
    integer = False
    for _ in range(60):
        nodes = None if timer.effort.clock is not None else int(500 * timer.effort.work)
        answer = solver.solve(timer.share(0.5), nodes, 1e-4)
        if answer.values is None or not (answer.finished or integer):
            break
        most, share = min(most, answer.bound), answer.values[u]
        broken = energy @ share - right
        worst = np.argsort(-broken)[:40]
        worst = worst[(broken[worst] > 1e-6) & ~used[worst]]
        if not worst.size and integer:
            break
        if timer.over():
            break
        if worst.size:
            used[worst] = True
            _add_rows(solver, u, energy[worst], right[worst])
        else:
            integer = True
            solver.integers(u)
    return Choice(most, share, energy[used], right[used])


def _add_rows(solver: Solver, u: Ints, rows: Floats, right: Floats) -> None:
    """Add crew-day rows e u <= c."""
    row, column = np.nonzero(rows)
    starts = np.searchsorted(row, np.arange(right.size + 1)).astype(np.int64)
    solver.add_cuts(np.full(right.size, -INFINITE), right, starts, u[column], rows[row, column])


def solve(work: Programme, effort: Effort) -> ProgrammePlan:
    """Return the best programme found and what none can pass.

    Parameters
    ----------
    work : Programme
    effort : Effort
    """
    timer = effort.begin()
    pairs = _pairs(work)
    if not pairs:
        return ProgrammePlan([-1] * len(work.places), [[] for _ in work.places], 0.0, 0.0, 0.0)
    choice = bound(work, timer.share(0.25))
    most = choice.most
    if all(p.weight == round(p.weight) for p in work.places):
        most = float(np.floor(most + 1e-6))
    taken, starts = search(_chains(work), work.deadline_day, work.budget, choice.share, most, timer.share(0.6))
    plan = _plan(work, pairs, taken, starts, most)
    if plan.value < most and not timer.over():
        plan = _finish(work, plan, choice, timer)
    return plan


def _plan(
    work: Programme, pairs: list[tuple[int, int]], taken: Ints, starts: list[list[int]], most: float
) -> ProgrammePlan:
    chosen = [-1] * len(work.places)
    days: list[list[int]] = [[] for _ in work.places]
    for k, begun in zip(taken.tolist(), starts, strict=True):
        p, m = pairs[k]
        chosen[p], days[p] = m, begun
    done = [(p, m) for p, m in enumerate(chosen) if m >= 0]
    value = float(sum(work.places[p].weight for p, _ in done))
    return ProgrammePlan(
        chosen, days, value, max(most, value), float(sum(work.places[p].modes[m].cost for p, m in done))
    )


def _finish(work: Programme, plan: ProgrammePlan, choice: Choice, timer: Timer) -> ProgrammePlan:
    """Let CP-SAT improve a plan and its bound: optional intervals, with the crew-days of the bound as cuts."""
    model = cp_model.CpModel()
    pairs, number = _pairs(work), {}
    lists: list[list[tuple[cp_model.IntervalVar, int]]] = [[] for _ in work.crews]
    starts: dict[tuple[int, int], list[cp_model.IntVar]] = {}
    for p, m in pairs:
        here = number[p, m] = model.new_bool_var("")
        model.add_hint(here, plan.chosen[p] == m)
        starts[p, m], before = [], None
        for k, (step, early, late) in enumerate(_times(work.places[p].modes[m], work.deadline_day)):
            start = model.new_int_var(early, late - step.days, "")
            model.add_hint(start, plan.starts[p][k] if plan.chosen[p] == m else early)
            if before is not None:
                model.add(start >= before + step.wait_days)
            interval = model.new_optional_fixed_size_interval_var(start, step.days, here, "")
            for crew, need in enumerate(step.crews):
                if need:
                    lists[crew].append((interval, need))
            before = start + step.days
            starts[p, m].append(start)
    for crew, capacity in enumerate(work.crews):
        model.add_cumulative([i for i, _ in lists[crew]], [n for _, n in lists[crew]], capacity)
    _same_rows(model, work, pairs, [number[pair] for pair in pairs], choice)
    scale = 1 if all(p.weight == round(p.weight) for p in work.places) else 1000
    model.maximize(sum(round(scale * work.places[p].weight) * number[p, m] for p, m in pairs))
    solver = configured(timer.effort, timer.left())
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return plan
    taken = [k for k, pair in enumerate(pairs) if solver.boolean_value(number[pair])]
    found = _plan(
        work, pairs, np.array(taken, np.int64),
        [[int(solver.value(s)) for s in starts[pairs[k]]] for k in taken], plan.bound,
    )  # fmt: skip
    better = found if found.value > plan.value else plan
    lowest = min(plan.bound, solver.best_objective_bound / scale) if scale == 1 else plan.bound
    return ProgrammePlan(better.chosen, better.starts, better.value, max(lowest, better.value), better.cost)


def _same_rows(
    model: cp_model.CpModel, work: Programme, pairs: list[tuple[int, int]], u: list[cp_model.IntVar], choice: Choice
) -> None:
    """Give CP-SAT the rows of the choosing model: one mode, money (in hundredths), crew-days."""
    for place in range(len(work.places)):
        model.add_at_most_one([x for x, (p, _) in zip(u, pairs, strict=True) if p == place])
    cents = [round(100 * work.places[p].modes[m].cost) for p, m in pairs]
    model.add(sum(c * x for c, x in zip(cents, u, strict=True)) <= int(100 * work.budget + 1e-6))
    for row, right in zip(choice.rows, choice.right, strict=True):
        some = np.flatnonzero(row).tolist()
        model.add(sum(int(row[k]) * u[k] for k in some) <= int(right))
