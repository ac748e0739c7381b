"""Where to test next: points, teams and days such that the expected number of wrongly graded people falls most an hour.

Maximise the expected fall of wrongly graded people (`jangkau.planning.beliefs`) subject to

- every day of every team: travel + tests <= its hours                       (`Route.detours` offers nothing else);
- every district: at least one test                                          (`_districts`, reported where impossible);
- every point whose evidence goes stale before the deadline comes before all others that no district needs.

Points are added one by one, each time the one with the largest fall for each minute that it adds to the route where it
adds least. A planned test lowers what its neighbours can still teach, so that batches spread out by themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from jangkau.planning.beliefs import Beliefs
from jangkau.planning.routes import Route, Team

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

Why = Literal["district", "stale", "doubt"]
"""What a point was chosen for: its district's test, evidence that goes stale, or the doubt that it settles."""

LEAST_PEOPLE = 1e-6
"""A test that saves fewer people from a wrong grade is not worth a stop for that alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """The points that may be tested.

    Attributes
    ----------
    beliefs : Beliefs
        About the levels at all points.
    district : int64, shape (points,)
        Index of the district of each point, -1 where it lies in none.
    stale : bool, shape (points,)
        Whether evidence that the point has goes stale before the deadline.
    test_minutes : float
        At a stop [min].
    """

    beliefs: Beliefs
    district: NDArray[np.int64]
    stale: BoolArray
    test_minutes: float


@dataclass(frozen=True, slots=True)
class Stop:
    """One test of a plan: the point, when it is reached [min after the start of the day], why, and what it saves."""

    point: int
    arrival_minutes: float
    why: Why
    fall_people: float


@dataclass(frozen=True, slots=True)
class Day:
    """One team's day: index of the team, number of the day from 1, its stops in order, and its length [min]."""

    team: int
    day: int
    stops: tuple[Stop, ...]
    minutes: float


@dataclass(frozen=True, slots=True)
class SurveyPlan:
    """What to test.

    Attributes
    ----------
    days : tuple of Day
        Those with stops, by day and team.
    wrong_before, wrong_after : float
        Expected number of wrongly graded people without and with the tests.
    untested : tuple of int
        Districts that could not be given a test.
    """

    days: tuple[Day, ...]
    wrong_before: float
    wrong_after: float
    untested: tuple[int, ...]

    @property
    def fall_people(self) -> float:
        """By how many people the expected number of wrongly graded falls."""
        return self.wrong_before - self.wrong_after


def plan_survey(offer: Offer, teams: Sequence[Team]) -> SurveyPlan:
    """Return where each team should test on each of its days.

    Parameters
    ----------
    offer : Offer
    teams : sequence of Team
        At least one.

    Returns
    -------
    SurveyPlan
        With one more day for a team it tests no fewer districts and, of as many, lowers the expected number of wrongly
        graded people no less: each number of days is planned afresh, and by adding a day to the plan before.
    """
    first = np.array([offer.beliefs.gain(point) for point in range(offer.district.size)])
    best = _Draft(offer, teams, offer.beliefs.copy(), first.copy())
    for last in range(1, max(team.days for team in teams) + 1):
        afresh = _Draft(offer, teams, offer.beliefs.copy(), first.copy())
        for day in range(1, last + 1):
            afresh.add_day(day)
        best.add_day(last)
        for draft in (afresh, best):
            draft.complete()
        best = max(best, afresh, key=_Draft.worth)
    return best.plan()


@dataclass(slots=True, eq=False)
class _Draft:
    """A plan in the making: its routes, and the beliefs that they would bring about.

    `most` is what a test at each point may still save [people]: what it would have saved when it was looked up last.
    """

    offer: Offer
    teams: Sequence[Team]
    beliefs: Beliefs
    most: FloatArray
    routes: list[Route] = field(default_factory=list)
    chosen: dict[int, tuple[Why, float]] = field(default_factory=dict)

    def worth(self) -> tuple[int, float]:
        """What makes one draft better than another: districts tested, then people saved."""
        return -len(self.untested()), -self.beliefs.wrong_people()

    def untested(self) -> list[int]:
        """Return the districts without a test."""
        district = self.offer.district
        return sorted(set(district[district >= 0].tolist()) - set(district[list(self.chosen)].tolist()))

    def add_day(self, day: int) -> None:
        """Give an empty route to every team that goes out on a day."""
        of, minutes = self.beliefs.of, self.offer.test_minutes
        self.routes += [Route(team, of.x_m, of.y_m, minutes) for team in self.teams if day <= team.days]

    def complete(self) -> None:
        """Add stops for districts, for evidence that goes stale, and for doubt, until no day has room for more."""
        self._districts()
        self._fill("stale", self.offer.stale, 0.0)
        self._fill("doubt", np.ones(self.offer.stale.size, np.bool_), LEAST_PEOPLE)

    def _districts(self) -> None:
        """Give every district a test at its best point; the district that is farthest from all routes comes first."""
        waiting = set(self.untested())
        while waiting:
            minutes, _ = self._detours()
            nearest = {d: float(minutes[self.offer.district == d].min()) for d in sorted(waiting)}
            reachable = [d for d, least in nearest.items() if least < np.inf]
            if not reachable:
                return
            far = max(reachable, key=lambda d: nearest[d])
            point = self._best(minutes, self.offer.district == far, 0.0)
            if point is not None:
                self._add(point, "district")
            waiting.discard(far)

    def _fill(self, why: Why, allowed: BoolArray, least: float) -> None:
        """Add the best of some points until none fits, also not after the routes were straightened."""
        while True:
            point = self._best(self._detours()[0], allowed, least)
            if point is not None:
                self._add(point, why)
            else:
                shorter = [route.straighten() for route in self.routes]
                if not any(shorter):
                    return

    def _best(self, minutes: FloatArray, allowed: BoolArray, least: float) -> int | None:
        """Return the allowed point that saves most people a minute, or None where none fits or saves enough."""
        fits = allowed & np.isfinite(minutes)
        fits[list(self.chosen)] = False
        fresh: set[int] = set()
        while True:
            hope = np.where(fits & (self.most >= least), (self.most + LEAST_PEOPLE) / minutes, -1.0)
            best = int(hope.argmax())
            if hope[best] < 0.0 or best in fresh:
                return best if hope[best] >= 0.0 else None
            self.most[best] = self.beliefs.gain(best)
            fresh.add(best)

    def _add(self, point: int, why: Why) -> None:
        route = self.routes[int(self._detours()[1][point])]
        route.stops.insert(int(route.detours()[1][point]), point)
        before = self.beliefs.wrong_people()
        self.beliefs.choose(point)
        self.chosen[point] = (why, before - self.beliefs.wrong_people())

    def _detours(self) -> tuple[FloatArray, NDArray[np.int64]]:
        """Return for every point the minutes that it adds where it adds least, and the index of that route."""
        every = np.stack([route.detours()[0] for route in self.routes])
        best = every.argmin(axis=0)
        return every[best, np.arange(every.shape[1])], best

    def plan(self) -> SurveyPlan:
        """Return the finished plan; of each team the days with most evidence that goes stale come first."""
        days = []
        for k, team in enumerate(self.teams):
            own = [self._stops(route) for route in self.routes if route.team is team and route.stops]
            own.sort(key=lambda day: (-sum(s.why == "stale" for s in day[0]), -sum(s.fall_people for s in day[0])))
            days += [Day(k, number, stops, minutes) for number, (stops, minutes) in enumerate(own, 1)]
        before = self.offer.beliefs.wrong_people()
        days.sort(key=lambda day: (day.day, day.team))
        return SurveyPlan(tuple(days), before, self.beliefs.wrong_people(), tuple(self.untested()))

    def _stops(self, route: Route) -> tuple[tuple[Stop, ...], float]:
        stops = zip(route.stops, route.arrivals(), strict=True)
        return tuple(Stop(point, arrival, *self.chosen[point]) for point, arrival in stops), route.minutes
