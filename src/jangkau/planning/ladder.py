"""The ladder of the last weeks: every station and office gets exactly one way to send its result, and a named fallback.

maximise    sum_p w_p sum_k q_pk u_pk                       (people or stations, by how surely the result arrives)
subject to  sum_k u_pk + left_p = 1                          one way a place; what is left open counts heavily
            sum of u over ways that take a kit of some kind <= kits of that kind
            sum of hours of ways that cannot begin before day d <= team hours from day d on, for every d
            sum of costs <= budget
            u, left binary
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from jangkau.planning.effort import Effort
from jangkau.planning.linear import INFINITE, Ints, Model, Solver

Rung = Literal["permanent", "temporary", "send_place", "carry"]

LEFT_OPEN = -1
"""No way can be given: money, kits and hours are spent."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way for a place to send its result.

    Attributes
    ----------
    rung : str
        permanent, temporary, send_place or carry.
    name : str
        What it is: which kit, which send-place, who carries.
    sure : float
        How surely the result arrives in time, 0..1.
    cost : float
    kit : str
        Kind of kit that it takes from the pool, empty for none.
    hours : float
        Team hours that it takes.
    earliest_day : int
        First day, from 0, on which a team can begin (delivery, permission, travel).
    """

    rung: Rung
    name: str
    sure: float
    cost: float = 0.0
    kit: str = ""
    hours: float = 0.0
    earliest_day: int = 0


@dataclass(frozen=True, slots=True)
class LadderPlace:
    """A station or office: what it weighs, and its ways."""

    weight: float
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Ladder:
    """All places, and what there is: kits by kind, team hours of each day until the deadline, money."""

    places: tuple[LadderPlace, ...]
    kits: dict[str, int]
    team_hours: tuple[float, ...]
    budget: float


@dataclass(frozen=True, slots=True)
class LadderPlan:
    """The way of each place, its fallback (another way that needs neither kit nor team), and the certificate.

    Attributes
    ----------
    way, fallback : list of int
        Numbers of ways of each place; -1: left open, or no fallback.
    value, bound : float
        Weight by sureness, and what no plan that leaves as few places open can pass.
    cost : float
    """

    way: list[int]
    fallback: list[int]
    value: float
    bound: float
    cost: float


def build(ladder: Ladder) -> tuple[Model, Ints, list[tuple[int, int]]]:
    """Return the model, the columns of ways and the (place, way) of each; places left open come after them."""
    pairs = [
        (p, k)
        for p, place in enumerate(ladder.places)
        for k, way in enumerate(place.ways)
        if way.cost <= ladder.budget and way.hours <= sum(ladder.team_hours[way.earliest_day :])
    ]
    model = Model(maximise=True)
    u = model.add_columns([ladder.places[p].weight * _way(ladder, p, k).sure for p, k in pairs], integer=True)
    left = model.add_columns([-_penalty(ladder)] * len(ladder.places), integer=True)
    _one_way(model, u, left, [p for p, _ in pairs])
    _kits(model, u, ladder, pairs)
    _hours(model, u, ladder, pairs)
    model.add_rows(1, -INFINITE, ladder.budget, (0, u, [_way(ladder, p, k).cost for p, k in pairs]))
    return model, u, pairs


def _way(ladder: Ladder, place: int, way: int) -> Way:
    return ladder.places[place].ways[way]


def _penalty(ladder: Ladder) -> float:
    """Return what a place left open counts: more than all others together can win."""
    return 1.0 + sum(place.weight for place in ladder.places)


def _one_way(model: Model, u: Ints, left: Ints, place: list[int]) -> None:
    """Sum of u over the ways of a place + left = 1."""
    model.add_rows(left.size, 1.0, 1.0, (np.array(place, int), u, 1.0), (np.arange(left.size), left, 1.0))


def _kits(model: Model, u: Ints, ladder: Ladder, pairs: list[tuple[int, int]]) -> None:
    """Ways that take a kit <= kits of its kind."""
    for kind in sorted({_way(ladder, p, k).kit for p, k in pairs} - {""}):
        takes = [n for n, (p, k) in enumerate(pairs) if _way(ladder, p, k).kit == kind]
        model.add_rows(1, -INFINITE, ladder.kits.get(kind, 0), (0, u[takes], 1.0))


def _hours(model: Model, u: Ints, ladder: Ladder, pairs: list[tuple[int, int]]) -> None:
    """Hours of ways that cannot begin before a day <= team hours from that day on."""
    for day in sorted({_way(ladder, p, k).earliest_day for p, k in pairs}):
        late = [n for n, (p, k) in enumerate(pairs) if _way(ladder, p, k).earliest_day >= day]
        hours = [_way(ladder, *pairs[n]).hours for n in late]
        model.add_rows(1, -INFINITE, sum(ladder.team_hours[day:]), (0, u[late], hours))


def solve(ladder: Ladder, effort: Effort) -> LadderPlan:
    """Return the best way for each place.

    Parameters
    ----------
    ladder : Ladder
    effort : Effort

    Notes
    -----
    Nothing is impossible: what money, kits and hours do not suffice for is left open, as few places as can be.
    """
    model, u, pairs = build(ladder)
    solver = Solver(model, seed=effort.seed)
    nodes = None if effort.clock is not None else int(5_000 * effort.work)
    answer = solver.solve(effort.begin(), nodes, effort.gap)
    way = [LEFT_OPEN] * len(ladder.places)
    if answer.values is not None:
        for n in np.flatnonzero(answer.values[u] > 0.5).tolist():
            way[pairs[n][0]] = pairs[n][1]
    done = [(p, k) for p, k in enumerate(way) if k != LEFT_OPEN]
    value = sum(ladder.places[p].weight * _way(ladder, p, k).sure for p, k in done)
    bound = answer.bound + _penalty(ladder) * way.count(LEFT_OPEN)
    cost = sum(_way(ladder, p, k).cost for p, k in done)
    return LadderPlan(way, [_fallback(ladder.places[p], k) for p, k in enumerate(way)], value, max(bound, value), cost)


def _fallback(place: LadderPlace, taken: int) -> int:
    """Return the surest other way that takes neither kit nor team hours nor money, or -1."""
    free = [
        k for k, way in enumerate(place.ways) if k != taken and not way.kit and way.hours <= 0.0 and way.cost <= 0.0
    ]
    return max(free, key=lambda k: place.ways[k].sure, default=LEFT_OPEN)
