"""Which team does what on which day: works in the order of their first day, to a team that is free first.

Within a day, works of one area follow each other, the longest first, so that teams are near each other and ways are
shared. A work that a day does not hold goes on the next day with the same teams.
"""

from collections.abc import Sequence
from dataclasses import dataclass

NEARLY = 1e-9


@dataclass(frozen=True, slots=True)
class Job:
    """A work at a place.

    Attributes
    ----------
    place : int
        Number of the place.
    crews : int
        Teams that work together, >= 1.
    hours : float
        That each of them takes, way included [h], > 0.
    earliest_day : int
        First day, from 0, on which they can begin.
    area : str
        Where it is, such as the code of a district.
    """

    place: int
    crews: int
    hours: float
    earliest_day: int
    area: str = ""


@dataclass(frozen=True, slots=True)
class Shift:
    """Hours of one team at one place on one day: from `begin_h` to `end_h` after the day's work begins [h]."""

    team: int
    day: int
    begin_h: float
    end_h: float
    place: int


def assign(jobs: Sequence[Job], teams: int, hours_per_day: float, days: int) -> tuple[list[Shift], list[int]]:
    """Return the shifts of all jobs that end in time, and the places of those that do not.

    Parameters
    ----------
    jobs : sequence of Job
    teams : int
        >= 0.
    hours_per_day : float
        Of each team [h].
    days : int
        Working days there are.
    """
    free_h, last = [0.0] * teams, [""] * teams
    end_h = days * hours_per_day
    shifts: list[Shift] = []
    late: list[int] = []
    for job in sorted(jobs, key=lambda j: (j.earliest_day, j.area, -j.hours * j.crews, j.place)):
        chosen = sorted(range(teams), key=lambda t: _fitness(job, free_h[t], last[t], hours_per_day, days))[: job.crews]
        begin = max([job.earliest_day * hours_per_day, *(free_h[t] for t in chosen)])
        if len(chosen) < job.crews or begin + job.hours > end_h + NEARLY:
            late.append(job.place)
            continue
        for team in chosen:
            shifts += _shifts(team, job.place, begin, begin + job.hours, hours_per_day)
            free_h[team], last[team] = begin + job.hours, job.area
    return sorted(shifts, key=lambda s: (s.team, s.day, s.begin_h)), late


def _fitness(job: Job, free_h: float, area: str, hours_per_day: float, days: int) -> tuple[bool, int, bool, float]:
    """Return how well a team suits a work, the least best: in time, on the first day, already in that area, free."""
    begin = max(free_h, job.earliest_day * hours_per_day)
    late = begin + job.hours > days * hours_per_day + NEARLY
    return late, int((begin + NEARLY) // hours_per_day), area != job.area, free_h


def _shifts(team: int, place: int, begin: float, end: float, hours_per_day: float) -> list[Shift]:
    found = []
    day = int((begin + NEARLY) // hours_per_day)
    while begin < end - NEARLY:
        stop = min(end, (day + 1) * hours_per_day)
        found.append(Shift(team, day, begin - day * hours_per_day, stop - day * hours_per_day, place))
        begin, day = stop, day + 1
    return found
