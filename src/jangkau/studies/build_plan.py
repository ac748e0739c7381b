"""What a build-out says: of each budget what is built, how it is fed, when it works, what it closes and leaves."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from jangkau.errors import InputError
from jangkau.messages import Message
from jangkau.settings import Settings
from jangkau.store.runs import Run
from jangkau.studies.build_candidates import Node, Part
from jangkau.studies.build_network import Hop, Plant
from jangkau.studies.build_places import Demand, OpenPlace


@dataclass(frozen=True, slots=True)
class BuildWishes:
    """What is asked.

    Attributes
    ----------
    budgets_idr : tuple of float
        One plan each [IDR].
    by : date or None
        Day on whose morning everything must work; None: whenever it is ready.
    lock, forbid : tuple of str
        Codes of nodes that a plan must, and must not, have; a beginning of a code stands for all that begin so.
    """

    budgets_idr: tuple[float, ...]
    by: date | None = None
    lock: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()

    def check(self, as_of: date) -> None:
        """Raise InputError where it makes no sense on a day."""
        if self.by is not None and self.by <= as_of:
            raise InputError("remedy.past_day", by=self.by, as_of=as_of)
        for budget in self.budgets_idr:
            if not 0.0 <= budget < float("inf"):
                raise InputError("remedy.bad_budget", value=budget)


@dataclass(frozen=True, slots=True)
class Shift:
    """Work on one part of a node: the day on which it begins and the first day after it, from day 0."""

    part: Part
    begin_day: int
    end_day: int


@dataclass(frozen=True, slots=True)
class Work:
    """A node that a plan builds.

    Attributes
    ----------
    number : int
        Of the node in the plant.
    node : Node
    fed_by : Node or None
        What feeds it; None: satellite, or the donor of a repeater.
    hop : Hop or None
    feed : Part or None
        What its feed takes: the hop's part or the satellite kits; None: a donor, or a feed that is there.
    cost_idr : float
        With its feed and the months of service.
    load_mbps : float
        Over its feed.
    closes : tuple of int
        Rows of the places that it serves.
    shifts : tuple of Shift
    works_day : int
        First day on which it works, with all that feeds it.
    worth : float
        People whom the best plan without it would close less (each site with its own cheapest feed).
    """

    number: int
    node: Node
    fed_by: Node | None
    hop: Hop | None
    feed: Part | None
    cost_idr: float
    load_mbps: float
    closes: tuple[int, ...]
    shifts: tuple[Shift, ...] = ()
    works_day: int = 0
    worth: float = 0.0

    @property
    def parts(self) -> tuple[Part, ...]:
        """All that it takes, in the order of work."""
        return self.node.parts if self.feed is None else (*self.node.parts, self.feed)


@dataclass(frozen=True, slots=True)
class Fate:
    """What a plan does for an open place.

    Attributes
    ----------
    place : OpenPlace
    closed_by : Work or None
        Of all that serve it, what works first; None: it stays open.
    why : Message or None
        Why it stays open, and what would change it.
    fallback : str
        Its way on the ladder of the last weeks, by the newest `remedy` run; empty: none is planned for it.
    """

    place: OpenPlace
    closed_by: Work | None
    why: Message | None
    fallback: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another plan that closes nearly as much: without which node, what it closes and costs, what it builds instead."""

    without: str
    value: float
    cost_idr: float
    instead: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BudgetPlan:
    """The plan of one budget with its certificate: `value` is what is closed by weight, `bound` what no plan passes."""

    budget_idr: float
    works: list[Work]
    fates: list[Fate]
    value: float
    bound: float
    alternatives: list[Alternative] = field(default_factory=list)

    @property
    def cost_idr(self) -> float:
        """What the plan costs."""
        return sum(w.cost_idr for w in self.works)

    @property
    def gap(self) -> float:
        """(bound - value) / value; 0 where nothing can be closed."""
        return 0.0 if self.bound <= 0.0 else max(0.0, self.bound - self.value) / max(self.value, 1.0)

    @property
    def open(self) -> list[Fate]:
        """Places that stay open, those that weigh most first."""
        found = [f for f in self.fates if f.closed_by is None]
        return sorted(found, key=lambda f: (-f.place.weight, f.place.place.code))

    def closed_until(self, day: int | None = None) -> list[Fate]:
        """Return the places that are closed on a day from day 0; None: at the end."""
        closed = [f for f in self.fates if f.closed_by is not None]
        return [f for f in closed if f.closed_by is not None and (day is None or f.closed_by.works_day <= day)]

    @property
    def last_day(self) -> int:
        """The day on which everything works."""
        return max((w.works_day for w in self.works), default=0)


@dataclass(frozen=True, slots=True)
class More:
    """What more of something would do: money, days, or both. What is closed then, for how much, until which day."""

    what: str
    value: float
    cost_idr: float
    until: date


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """Plans for some budgets, the budget curve between them, and what stays impossible."""

    run: Run
    wishes: BuildWishes
    plant: Plant
    demand: Demand
    plans: list[BudgetPlan]
    curve: list[tuple[float, float, float]]
    """Budget and cost [IDR], and what is closed by weight."""
    more: list[More]

    def day(self, number: int) -> date:
        """Return the date of a day from day 0."""
        return self.run.recipe.as_of + timedelta(days=number)


def counted(fates: Sequence[Fate]) -> dict[str, float]:
    """Return how many settlements, stations and offices there are among places, and how many people live there."""
    kinds = Counter(f.place.quantity for f in fates)
    people = sum(f.place.people for f in fates if f.place.quantity == "signal")
    return {"people": people, "settlements": kinds["signal"], "stations": kinds["send"], "offices": kinds["office"]}


def days_until(day: date | None, as_of: date) -> int | None:
    """Return the last day from day 0 that is before a date's morning, None for no date."""
    return None if day is None else (day - as_of).days


def summary(found: BuildPlan, settings: Settings) -> dict[str, Any]:
    """Return what `run.json` says of a build-out."""
    deadline = days_until(found.wishes.by or settings.deadline, found.run.recipe.as_of)
    return {
        "open": counted([Fate(o, None, None, "") for o in found.demand.open]),
        "weight": sum(o.weight for o in found.demand.open),
        "unknown": len(found.demand.unknown),
        "without_position": len(found.demand.unplaced),
        "candidates": dict(sorted(Counter(n.kind for n in found.plant.nodes).items())),
        "hops": len(found.plant.hops),
        "plans": [_plan_summary(p, deadline) for p in found.plans],
        "curve": [{"budget_idr": b, "cost_idr": c, "value": v} for b, c, v in found.curve],
        "more": [
            {"what": m.what, "value": m.value, "cost_idr": m.cost_idr, "until": m.until.isoformat()} for m in found.more
        ],
    }


def _plan_summary(plan: BudgetPlan, deadline: int | None) -> Mapping[str, Any]:
    return {
        "budget_idr": plan.budget_idr,
        "cost_idr": plan.cost_idr,
        "value": plan.value,
        "bound": plan.bound,
        "gap": plan.gap,
        "built": dict(sorted(Counter(w.node.kind for w in plan.works).items())),
        "closed": counted(plan.closed_until()),
        "closed_by_the_day": None if deadline is None else counted(plan.closed_until(deadline)),
        "open": counted(plan.open),
        "open_because": dict(sorted(Counter(f.why.code for f in plan.open if f.why is not None).items())),
        "ready_on_day": plan.last_day,
    }
