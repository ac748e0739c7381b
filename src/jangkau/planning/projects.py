"""Project scheduling: activities with durations, successors and shared crews; the shortest whole (RCPSP).

minimise    end of the last activity
subject to  start_k >= start_a + duration_a                         (k follows a)
            sum of crew over activities under way on a day <= how many there are
"""

from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from jangkau.planning.effort import Effort
from jangkau.planning.serial import Work, shortest


@dataclass(frozen=True, slots=True)
class Project:
    """Activities that share crews.

    Attributes
    ----------
    durations : list of int
        Of each activity [days], >= 0.
    needs : list of lists of int
        Of each activity, how much of each crew it binds while under way.
    successors : list of lists of int
        Of each activity, those that start after it has ended.
    capacities : list of int
        Of each crew, how much there is.
    """

    durations: list[int]
    needs: list[list[int]]
    successors: list[list[int]]
    capacities: list[int]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Start day of each activity, the day on which all have ended, and what nobody can be faster than."""

    starts: list[int]
    makespan: int
    bound: int


def _order(project: Project) -> list[int]:
    """Return the activities with each after its predecessors."""
    waits = [0] * len(project.durations)
    for followers in project.successors:
        for k in followers:
            waits[k] += 1
    ready, line = [a for a, n in enumerate(waits) if n == 0], []
    while ready:
        a = ready.pop()
        line.append(a)
        for k in project.successors[a]:
            waits[k] -= 1
            if waits[k] == 0:
                ready.append(k)
    return line


def tails(project: Project) -> list[int]:
    """Return the days that must pass from each activity's start to the end of all, crews aside."""
    tail = [0] * len(project.durations)
    for a in reversed(_order(project)):
        tail[a] = project.durations[a] + max((tail[k] for k in project.successors[a]), default=0)
    return tail


def _ends(project: Project, starts: list[int]) -> int:
    return max(s + d for s, d in zip(starts, project.durations, strict=True))


def as_work(project: Project) -> Work:
    """Return a project as arrays."""
    before: list[list[int]] = [[] for _ in project.durations]
    for a, followers in enumerate(project.successors):
        for k in followers:
            before[k].append(a)
    lists = []
    for rows in (project.successors, before):
        lists.append(np.concatenate(([0], np.cumsum([len(r) for r in rows]))).astype(np.int64))
        lists.append(np.array([k for r in rows for k in r], np.int64))
    need = np.array(project.needs, np.int64).reshape(len(project.durations), -1)
    return Work(np.array(project.durations, np.int64), need, np.array(project.capacities, np.int64), *lists)


def first_calendar(project: Project, seed: int, tries: int = 3_000) -> list[int]:
    """Return the best of many serial calendars."""
    found: list[int] = shortest(as_work(project), np.array(tails(project), float), tries, seed).tolist()
    return found


def build(project: Project, horizon: int) -> tuple[cp_model.CpModel, list[cp_model.IntVar], cp_model.IntVar]:
    """Return the model, the starts and the end."""
    model = cp_model.CpModel()
    tail = tails(project)
    starts = [model.new_int_var(0, horizon - tail[a], f"start_{a}") for a in range(len(tail))]
    end = model.new_int_var(max(tail), horizon, "end")
    for a, days in enumerate(project.durations):
        _precedence(model, starts, a, days, project.successors[a])
        model.add(end >= starts[a] + days)
    _crews(model, project, starts)
    _energy(model, project, end)
    model.minimize(end)
    return model, starts, end


def _precedence(
    model: cp_model.CpModel, starts: list[cp_model.IntVar], a: int, days: int, followers: list[int]
) -> None:
    """start_k >= start_a + duration_a."""
    for k in followers:
        model.add(starts[k] >= starts[a] + days)


def _crews(model: cp_model.CpModel, project: Project, starts: list[cp_model.IntVar]) -> None:
    """On every day the crews under way are no more than there are."""
    intervals = [model.new_fixed_size_interval_var(s, d, "") for s, d in zip(starts, project.durations, strict=True)]
    for crew, capacity in enumerate(project.capacities):
        busy = [a for a, need in enumerate(project.needs) if need[crew] and project.durations[a]]
        if busy:
            model.add_cumulative([intervals[a] for a in busy], [project.needs[a][crew] for a in busy], capacity)


def _energy(model: cp_model.CpModel, project: Project, end: cp_model.IntVar) -> None:
    """Crew-days needed <= crew-days until the end."""
    for crew, capacity in enumerate(project.capacities):
        work = sum(d * need[crew] for d, need in zip(project.durations, project.needs, strict=True))
        model.add(capacity * end >= work)


def solve(project: Project, effort: Effort) -> Calendar:
    """Return the shortest calendar found and the proven bound of its length.

    Serial calendars come first; where the best is longer than the longest chain, CP-SAT improves it or proves it. In
    counted work (`Effort` without a clock) the same calendar comes every time.

    Parameters
    ----------
    project : Project
    effort : Effort
    """
    timer = effort.begin()
    best = first_calendar(project, effort.seed)
    bound = max(tails(project))
    if _ends(project, best) == bound:
        return Calendar(best, bound, bound)
    model, starts, _ = build(project, _ends(project, best))
    for variable, value in zip(starts, best, strict=True):
        model.add_hint(variable, value)
    solver = _prover(effort, timer.left())
    status = solver.solve(model)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        found = [int(solver.value(s)) for s in starts]
        if _ends(project, found) < _ends(project, best):
            best = found
    lowest = max(bound, round(solver.best_objective_bound)) if status != cp_model.UNKNOWN else bound
    return Calendar(best, _ends(project, best), min(lowest, _ends(project, best)))


def _prover(effort: Effort, seconds: float) -> cp_model.CpSolver:
    """Return CP-SAT as it proves calendars fastest: by propagation and learned clauses, without a linear relaxation.

    The relaxation knows little more than the longest chain and the crew-days, which `build` states. Measured on j30
    13_1: 1.5 processor seconds to the proof, against 6 with the relaxation and 10 with eight workers.
    """
    solver = configured(effort, seconds)
    solver.parameters.linearization_level = 0
    if effort.clock is None:
        solver.parameters.max_deterministic_time = 2.5 * effort.work
    else:
        solver.parameters.num_workers = 2
    return solver


def configured(effort: Effort, seconds: float) -> cp_model.CpSolver:
    """Return CP-SAT as it must be set on a machine of two cores.

    With two workers neither would look after the bound; eight share the cores. Counted work needs one worker, with the
    linear relaxation that a lone worker would otherwise lack.
    """
    solver = cp_model.CpSolver()
    solver.parameters.random_seed = effort.seed
    if effort.clock is None:
        solver.parameters.num_workers = 1
        solver.parameters.linearization_level = 2
        solver.parameters.max_deterministic_time = 10.0 * effort.work
    else:
        solver.parameters.num_workers = 8
        solver.parameters.max_time_in_seconds = max(0.1, seconds)
    return solver
