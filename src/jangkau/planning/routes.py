"""One team's way through one day: out from its start, from test to test, and back, within its hours.

Distances are straight lines times a detour factor, travelled at one speed. A route grows where that costs least time
and is straightened by reversing and moving parts of it until neither helps (2-opt and Or-opt).
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

LONGEST_PART = 3
"""Stops that are moved together when a route is straightened."""

SAVED_MINUTES = 1e-6
"""A change that saves less is none."""


@dataclass(frozen=True, slots=True)
class Team:
    """Who tests, from where, for how long, how fast.

    Attributes
    ----------
    name : str
    x_m, y_m : float
        Where each of its days starts and ends, in a metric system.
    days : int
        How many days it goes out, 1 or more.
    hours : float
        Of a day, with all travel and tests [h], > 0.
    speed_kmh : float
        On the road [km/h], > 0.
    detour : float
        Length of the road over that of the straight line, >= 1.
    """

    name: str
    x_m: float
    y_m: float
    days: int
    hours: float
    speed_kmh: float
    detour: float

    @property
    def minutes_a_metre(self) -> float:
        """Minutes for a metre of straight line."""
        return self.detour * 60.0 / (self.speed_kmh * 1000.0)


@dataclass(slots=True, eq=False)
class Route:
    """One day of one team.

    Attributes
    ----------
    team : Team
    x_m, y_m : float64, shape (points,)
        All points that may be tested.
    test_minutes : float
        At each stop [min].
    stops : list of int
        Points in the order of the visit.
    """

    team: Team
    x_m: FloatArray
    y_m: FloatArray
    test_minutes: float
    stops: list[int] = field(default_factory=list)
    _offered: tuple[list[int], FloatArray, NDArray[np.int64]] | None = None

    @property
    def minutes(self) -> float:
        """How long the day is, with the way back [min]."""
        return float(self._legs(self.stops).sum()) * self.team.minutes_a_metre + len(self.stops) * self.test_minutes

    def arrivals(self) -> list[float]:
        """Return when each stop is reached, in minutes after the start."""
        ways = np.cumsum(self._legs(self.stops)[:-1]) * self.team.minutes_a_metre
        return [float(way) + k * self.test_minutes for k, way in enumerate(ways)]

    def detours(self) -> tuple[FloatArray, NDArray[np.int64]]:
        """Return for every point how many minutes it adds where it adds least, and before which stop that is.

        Infinite where the day would become too long. The answer is kept until the stops change.
        """
        if self._offered is not None and self._offered[0] == self.stops:
            return self._offered[1:]
        x, y = self._ends(self.stops)
        to = np.hypot(self.x_m[None, :] - x[:, None], self.y_m[None, :] - y[:, None])
        legs = np.hypot(np.diff(x), np.diff(y))
        added = to[:-1] + to[1:] - legs[:, None]
        where = added.argmin(axis=0)
        minutes = added[where, np.arange(added.shape[1])] * self.team.minutes_a_metre + self.test_minutes
        minutes[self.minutes + minutes > self.team.hours * 60.0] = np.inf
        self._offered = list(self.stops), minutes, where
        return minutes, where

    def straighten(self) -> bool:
        """Shorten the way by reversing or moving parts of it until neither helps; tell whether it became shorter."""
        changed = False
        while (better := self._shorter()) is not None:
            self.stops, changed = better, True
        return changed

    def _shorter(self) -> list[int] | None:
        length = float(self._legs(self.stops).sum())
        saved_m = SAVED_MINUTES / self.team.minutes_a_metre
        for other in _changed(self.stops):
            if float(self._legs(other).sum()) < length - saved_m:
                return other
        return None

    def _ends(self, stops: list[int]) -> tuple[FloatArray, FloatArray]:
        x = np.concatenate([[self.team.x_m], self.x_m[stops], [self.team.x_m]])
        y = np.concatenate([[self.team.y_m], self.y_m[stops], [self.team.y_m]])
        return x, y

    def _legs(self, stops: list[int]) -> FloatArray:
        x, y = self._ends(stops)
        return np.asarray(np.hypot(np.diff(x), np.diff(y)))


def _changed(stops: list[int]) -> list[list[int]]:
    """Return every route with one part reversed, or one short part put elsewhere."""
    count = len(stops)
    found = [[*stops[:i], *reversed(stops[i:j]), *stops[j:]] for i in range(count) for j in range(i + 2, count + 1)]
    for size in range(1, min(LONGEST_PART, count - 1) + 1):
        for i in range(count - size + 1):
            part, rest = stops[i : i + size], [*stops[:i], *stops[i + size :]]
            found += [[*rest[:k], *part, *rest[k:]] for k in range(len(rest) + 1) if k != i]
    return found
