"""One plan for one budget: sites and their feeds together, then the calendar; what comes late is taken out, again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from jangkau.errors import InputError, RegionError
from jangkau.planning import backhaul, set_cover
from jangkau.planning.cover import cover
from jangkau.planning.effort import Effort
from jangkau.planning.network import (
    ALONE,
    NOT_BUILT,
    Network,
    NetworkPlan,
    cost_of,
    loads_mbps,
    parents,
    value_of,
)
from jangkau.settings import Settings
from jangkau.studies.build_calendar import calendar
from jangkau.studies.build_check import check_network, check_plan, refuse
from jangkau.studies.build_coverage import Radio
from jangkau.studies.build_network import MILLION, Limits, Plant, lead_days, network_of
from jangkau.studies.build_plan import BudgetPlan, Fate, Work

Ints = NDArray[np.int64]

EFFORT = Effort(work=0.05, gap=1e-3)
"""Counted work, so that the same inputs give the same plan."""

ROUNDS = 8
"""How often a plan is made again without what its calendar cannot hold; then what is late is dropped from it."""


@dataclass(frozen=True, slots=True)
class Solution:
    """A plan with the model it came from: the network, how each node is fed, and nodes that crews have no days for."""

    plan: BudgetPlan
    network: Network
    feed: Ints
    late: frozenset[int]


@dataclass(frozen=True, slots=True)
class Planner:
    """Everything that all plans of a region share.

    Attributes
    ----------
    plant : Plant
    radio : Radio
        To check who is served.
    settings : Settings
    open_count : int
        The first places of the plant are open, the rest unknown.
    lock, forbid : frozenset of int
        Nodes that a planner insists on.
    days : int or None
        Days there are.
    goal_day : int or None
        By which day crews take first what weighs most; the deadline of the region where no other day is asked.
    fallbacks : mapping of str to str
        Of a place by its code, what it does in the last weeks.
    """

    plant: Plant
    radio: Radio
    settings: Settings
    open_count: int
    lock: frozenset[int]
    forbid: frozenset[int]
    days: int | None
    goal_day: int | None
    fallbacks: Mapping[str, str]

    def without(self, *nodes: int) -> "Planner":
        """Return the same, some more nodes forbidden and none of them locked."""
        return replace(self, lock=self.lock - set(nodes), forbid=self.forbid | set(nodes))

    def whenever(self) -> "Planner":
        """Return the same without a last day."""
        return replace(self, days=None)

    def solve(self, budget_idr: float, effort: Effort = EFFORT) -> Solution:
        """Return the best plan found for a budget [IDR]; every plan is checked by recomputing it.

        Raises
        ------
        ModelError
            When what is locked cannot be built, fed and paid.
        RegionError
            When what is locked cannot be ready in time, or a check refuses the plan.

        Notes
        -----
        What the calendar cannot hold is forbidden and the model solved again; the bound of the first solution holds for
        all, since it knows of no crews.
        """
        limits, bound, late = Limits(self.lock, self.forbid, days=self.days), inf, frozenset[int]()
        for _ in range(ROUNDS):
            network = network_of(self.plant, self.settings, limits)
            found = backhaul.solve(network, budget_idr / MILLION, effort)
            bound = min(bound, found.bound)
            feed = trimmed(network, found.feed)
            works = self._dated(network, feed)
            tardy = [w for w in works if self.days is not None and _last_day(w) > self.days]
            if not tardy:
                break
            limits = self._stricter(limits, tardy)
            late |= {w.number for w in tardy}
        feed = self._on_time(network, feed, works)
        works = self._dated(network, feed)
        value, cost = value_of(network, feed), cost_of(network, feed)
        refuse(check_network(network, budget_idr, NetworkPlan(feed, value, max(bound, value), cost)))
        plan = BudgetPlan(budget_idr, works, self._fates(works), value, max(bound, value))
        refuse(check_plan(plan, self.plant, self.radio, self.settings))
        return Solution(plan, network, feed, late)

    def _stricter(self, limits: Limits, tardy: Iterable[Work]) -> Limits:
        """Forbid what is late: the hop where another feed might be faster, else the node."""
        hops, nodes = set(limits.no_hop), set(limits.forbidden)
        for work in tardy:
            if work.number in self.lock:
                raise RegionError("build.locked_late", site=work.node.code, days=_last_day(work))
            own = lead_days(work.node.parts, self.settings.build.sure)
            alone = self.plant.alone[work.number]
            if work.hop is not None and alone is not None and own <= (self.days or 0):
                hops |= {k for k, h in enumerate(self.plant.hops) if h is work.hop}
            else:
                nodes.add(work.number)
        return replace(limits, no_hop=frozenset(hops), forbidden=frozenset(nodes))

    def _on_time(self, network: Network, feed: Ints, works: list[Work]) -> Ints:
        """Return a plan without what works too late, and without what hangs on that."""
        if self.days is None or all(w.works_day <= self.days for w in works):
            return feed
        kept = feed.copy()
        kept[[w.number for w in works if w.works_day > (self.days or 0)]] = NOT_BUILT
        return trimmed(network, kept)

    def _dated(self, network: Network, feed: Ints) -> list[Work]:
        return calendar(self._works(network, feed), self.plant.weight, self.settings.build, self.goal_day)

    def _works(self, network: Network, feed: Ints) -> list[Work]:
        """Return what a plan builds and pays, what feeds a node before it."""
        plant, above, loads = self.plant, parents(network, feed), loads_mbps(network, feed)
        months = self.settings.build.service_months
        found: list[Work] = []
        for v in _downwards(network, feed, above):
            node, arc = plant.nodes[v], int(feed[v])
            hop = plant.hops[arc // 2] if arc >= 0 else None
            part = hop.part if hop is not None else plant.alone[v] if node.kind != "repeater" else None
            if node.there and part is None:
                continue
            cost = node.cost_idr(months) + (part.cost_idr(months) if part is not None else 0.0)
            closes = tuple(k for k in plant.covers[v].tolist() if k < self.open_count)
            fed_by = plant.nodes[int(above[v])] if arc >= 0 else None
            found.append(Work(v, node, fed_by, hop, part, cost, float(loads[v]), closes))
        return found

    def _fates(self, works: list[Work]) -> list[Fate]:
        first: dict[int, Work] = {}
        for work in works:
            for k in work.closes:
                if k not in first or work.works_day < first[k].works_day:
                    first[k] = work
        return [
            Fate(o, first.get(k), None, self.fallbacks.get(o.place.code, ""))
            for k, o in enumerate(self.plant.places[: self.open_count])
        ]

    def everything_idr(self) -> float:
        """Return for how much all that can be closed surely can be: each site with its own cheapest feed [IDR]."""
        network = network_of(self.plant, self.settings, Limits(self.lock, self.forbid, days=self.days))
        price = prices(network)
        shut = network.forbidden | ~np.isfinite(price)
        problem = cover(
            network.weight, network.covers, np.where(shut, 1.0, price), forbidden=np.flatnonzero(shut | network.root)
        )
        reachable = float(network.weight[problem.covered(np.flatnonzero(~problem.forbidden))].sum())
        if reachable <= 0.0:
            return 0.0
        return set_cover.solve(problem, EFFORT, target=reachable).cost * MILLION


def _last_day(work: Work) -> int:
    return work.shifts[-1].end_day if work.shifts else 0


def _downwards(network: Network, feed: Ints, above: Ints) -> list[int]:
    """Return what is built, each after what feeds it."""
    done, order = set(np.flatnonzero(network.root).tolist()), []
    left = [v for v in np.flatnonzero(feed != NOT_BUILT).tolist() if v not in done]
    while left:
        ready = [v for v in left if above[v] < 0 or int(above[v]) in done]
        if not ready:
            break
        order += ready
        done |= set(ready)
        left = [v for v in left if v not in done]
    return order


def trimmed(network: Network, feed: Ints) -> Ints:
    """Return a plan without nodes that it can spare, and with the cheaper feed of those that feed nothing.

    Solvers stop when nothing more can be closed; what they still hold then costs money for nothing.
    """
    kept = feed.copy()
    while True:
        above = parents(network, kept)
        children = np.bincount(above[above >= 0], minlength=kept.size)
        leaves = (kept != NOT_BUILT) & (children == 0) & ~network.root
        cheaper = leaves & (kept >= 0)
        cheaper &= network.satellite_cost < np.where(kept >= 0, network.hop_cost[np.maximum(kept, 0) // 2], -inf)
        kept[cheaper] = ALONE
        served = network.covers.of(np.flatnonzero((kept != NOT_BUILT) & ~network.root)).items
        times = np.bincount(served[network.weight[served] > 0], minlength=network.weight.size)
        spare = [v for v in np.flatnonzero(leaves & ~network.locked).tolist() if _needless(network, v, times)]
        orphans = (kept >= 0) & (kept[np.maximum(above, 0)] == NOT_BUILT) & (above >= 0)
        if orphans.any():
            kept[orphans] = NOT_BUILT
        elif spare:
            kept[max(spare, key=lambda v: (network.cost[v], v))] = NOT_BUILT
        elif not cheaper.any():
            return kept


def _needless(network: Network, v: int, times: Ints) -> bool:
    cells = network.covers[v]
    return bool(np.all(times[cells[network.weight[cells] > 0]] > 1))


def prices(network: Network) -> NDArray[np.float64]:
    """Return what each node costs with its own cheapest feed from what is there; infinite where nothing feeds it."""
    free = network.root | ((network.cost == 0.0) & (network.demand_mbps == 0.0) & ~network.forbidden)
    feed = network.satellite_cost.copy()
    for one, other in ((network.tail, network.head), (network.head, network.tail)):
        fits = network.usable & free[one] & (network.hop_mbps >= network.demand_mbps[other])
        np.minimum.at(feed, other[fits], network.hop_cost[fits])
    found: NDArray[np.float64] = network.cost + np.where(free, 0.0, feed)
    return found


def matching(plant: Plant, asked: Iterable[str], *, exact: bool) -> frozenset[int]:
    """Return the nodes that codes, or their beginnings, name.

    Raises
    ------
    InputError
        When a code names nothing that can be built, or (for what must be built) several things.
    """
    found: set[int] = set()
    for code in asked:
        own = [
            k for k, n in enumerate(plant.nodes) if not n.there and (n.code == code or n.code.startswith(code + ":"))
        ]
        if not own or (exact and len(own) > 1):
            names = ", ".join(plant.nodes[k].code for k in own[:5]) or "candidates.csv"
            raise InputError("build.no_such_site", code=code, known=names)
        found |= set(own)
    return frozenset(found)
