"""What a ladder plan says: of each place its way, fallback, day and blockers; of the whole what it closes and costs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from jangkau.errors import InputError
from jangkau.messages import Message
from jangkau.planning.ladder import Rung
from jangkau.planning.teams import Shift
from jangkau.planning.ways import RUNGS, Catalogue
from jangkau.store.runs import Run
from jangkau.studies.remedy_ways import Option, Subject


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked: everything closed before a day, for a budget [IDR]; None: whatever it costs."""

    by: date
    budget_idr: float | None = None

    def check(self, as_of: date) -> None:
        """Raise InputError where it makes no sense on a day."""
        if self.by <= as_of:
            raise InputError("remedy.past_day", by=self.by, as_of=as_of)
        if self.budget_idr is not None and not 0.0 <= self.budget_idr < float("inf"):
            raise InputError("remedy.bad_budget", value=self.budget_idr)


@dataclass(frozen=True, slots=True)
class PlacePlan:
    """The plan of one place.

    Attributes
    ----------
    subject : Subject
    option : Option
        Its way.
    fallback : Option or None
        What it does if that fails; None: there is nothing that is free.
    ready_on : date
        Day on which its work is finished, or on which the way can be used.
    teams : tuple of int
        Numbers of the teams that work there, from 0.
    blockers : tuple of (Option, Message)
        Surer ways that it does not get, each with the reason and what would change it.
    """

    subject: Subject
    option: Option
    fallback: Option | None
    ready_on: date
    teams: tuple[int, ...]
    blockers: tuple[tuple[Option, Message], ...]

    @property
    def closed(self) -> bool:
        """Whether its result is sent on the evening itself, if all goes as planned: anything but carried."""
        return self.option.way.rung != "carry"

    @property
    def reason(self) -> str:
        """What keeps it open: the blocker that is easiest to remove, by name; empty where it is closed."""
        if self.closed:
            return ""
        names = [message.code.removeprefix("remedy.blocked.") for _, message in self.blockers]
        return min(names, key=EASE.index, default="nowhere")


EASE = ("money", "kits", "hours", "hours_tight", "late", "no_power", "no_position", "no_seat", "far", "nowhere")
"""Blockers by how easily somebody removes them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What more of something would do: how many more places are closed, what the whole would cost, by which day.

    `what` is money, kits, teams or days.
    """

    what: str
    closed_more: int
    cost_idr: float
    by: date


@dataclass(frozen=True, slots=True)
class RemedyPlan:
    """A plan with its certificate: `value` is people by sureness, `bound` what no plan of these means can pass."""

    run: Run
    wishes: Wishes
    catalogue: Catalogue
    places: list[PlacePlan]
    shifts: list[Shift]
    value: float
    bound: float
    answers: list[Answer]

    @property
    def open(self) -> list[PlacePlan]:
        """Places whose result is carried, those that weigh most first."""
        found = [p for p in self.places if not p.closed]
        return sorted(found, key=lambda p: (-p.subject.weight, p.subject.place.code))

    @property
    def cost_idr(self) -> float:
        """What the plan costs."""
        return sum(p.option.cost_idr for p in self.places)

    @property
    def gap(self) -> float:
        """(bound - value) / value."""
        return (self.bound - self.value) / self.value if self.value else 0.0


def blocker_of(
    option: Option, tight: bool, left_idr: float, pool: Mapping[str, int], used: Mapping[str, int]
) -> Message:
    """Return why a place does not get a way, with what would change it."""
    if option.blocked is not None:
        return option.blocked
    if option.cost_idr > left_idr:
        return Message("remedy.blocked.money", {"cost": option.cost_idr, "lacking": option.cost_idr - left_idr})
    if option.kit and used.get(option.kit, 0) >= pool[option.kit]:
        return Message("remedy.blocked.kits", {"count": pool[option.kit]})
    said = {"hours": option.hours * option.crews}
    return Message("remedy.blocked.hours_tight" if tight else "remedy.blocked.hours", said)


def by_day(places: Sequence[PlacePlan]) -> list[tuple[date, int, int, float, float]]:
    """Return for each day on which something is finished: stations, offices, people and money, all so far."""
    closed = [p for p in places if p.closed]
    found = []
    for day in sorted({p.ready_on for p in closed}):
        so_far = [p for p in closed if p.ready_on <= day]
        stations = [p for p in so_far if p.subject.place.kind == "polling_station"]
        people = sum(p.subject.people for p in stations)
        offices = len(so_far) - len(stations)
        found.append((day, len(stations), offices, people, sum(p.option.cost_idr for p in so_far)))
    return found


def rungs(places: Sequence[PlacePlan], *, stations: bool) -> dict[Rung, int]:
    """Return how many stations, or offices, stand on each rung."""
    found = Counter(p.option.way.rung for p in places if (p.subject.place.kind == "polling_station") == stations)
    return {rung: found[rung] for rung in RUNGS}


def summary(found: RemedyPlan) -> dict[str, Any]:
    """Return what `run.json` says of a plan."""
    closed = [p for p in found.places if p.closed]
    return {
        "places": len(found.places),
        "closed": len(closed),
        "open": len(found.open),
        "people": sum(p.subject.people for p in found.places if p.subject.place.kind == "polling_station"),
        "people_closed": sum(p.subject.people for p in closed if p.subject.place.kind == "polling_station"),
        "stations_by_rung": rungs(found.places, stations=True),
        "offices_by_rung": rungs(found.places, stations=False),
        "ways": dict(sorted(Counter(p.option.way.way for p in found.places).items())),
        "cost_idr": found.cost_idr,
        "value": found.value,
        "bound": found.bound,
        "gap": found.gap,
        "open_because": dict(sorted(Counter(p.reason for p in found.open).items())),
        "by_day": [
            {"date": d.isoformat(), "stations": s, "offices": o, "people": n, "cost_idr": c}
            for d, s, o, n, c in by_day(found.places)
        ],
        "more": [
            {"what": a.what, "closed_more": a.closed_more, "cost_idr": a.cost_idr, "by": a.by.isoformat()}
            for a in found.answers
        ],
    }
