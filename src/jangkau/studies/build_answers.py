"""What a planner asks of a build-out: why a place stays open, what a site is worth, other plans, what more would do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from jangkau.messages import Message
from jangkau.planning import siting
from jangkau.planning.cover import cover
from jangkau.planning.network import NOT_BUILT, Network
from jangkau.studies.build_candidates import Part
from jangkau.studies.build_network import MILLION, Limits, lead_days, network_of
from jangkau.studies.build_plan import Alternative, BudgetPlan, Fate, More, Work
from jangkau.studies.build_solve import EFFORT, Planner, Solution, prices

EASE = ("budget", "crews", "gap", "late", "no_sight", "no_power", "forbidden", "no_site")
"""Why a place stays open, by how easily somebody changes it."""

ALTERNATIVES = 2
"""Other plans that are looked for, each without one of the sites that close most."""


@dataclass(slots=True)
class WhyNot:
    """Says why places stay open in a solution.

    Parameters
    ----------
    planner : Planner
    solution : Solution
    as_of : date
        Day 0.
    """

    planner: Planner
    solution: Solution
    as_of: date

    def fates(self) -> list[Fate]:
        """Return the fates of a plan, with the reason of each place that stays open."""
        plant = self.planner.plant
        covering: list[list[int]] = [[] for _ in plant.places]
        for v, rows in enumerate(plant.covers):
            for k in rows.tolist():
                covering[k].append(v)
        price = self._prices()
        number = {o.place.code: k for k, o in enumerate(plant.places)}
        return [
            f if f.closed_by else replace(f, why=self._why(number[f.place.place.code], covering, price))
            for f in self.solution.plan.fates
        ]

    def _prices(self) -> NDArray[np.float64]:
        """Return what each node would add to the plan: itself and its cheapest feed from what is there or planned."""
        network, built = self.solution.network, self.solution.feed != NOT_BUILT
        price = prices(network)
        for one, other in ((network.tail, network.head), (network.head, network.tail)):
            fits = network.usable & built[one] & (network.hop_mbps >= network.demand_mbps[other])
            np.minimum.at(price, other[fits], (network.cost[other] + network.hop_cost)[fits])
        return price

    def _why(self, place: int, covering: Sequence[Sequence[int]], price: NDArray[np.float64]) -> Message:
        reasons = [self._of_node(v, price) for v in covering[place]]
        if not reasons:
            return self._nearest_miss(place)
        return min(reasons, key=lambda r: (EASE.index(r.code.rpartition(".")[2]), float(str(r.parameters["cost"]))))

    def _of_node(self, v: int, price: NDArray[np.float64]) -> Message:
        planner, network, plan = self.planner, self.solution.network, self.solution.plan
        node, sure = planner.plant.nodes[v], planner.settings.build.sure
        served = self.solution.feed != NOT_BUILT
        left = plan.budget_idr - plan.cost_idr
        said: dict[str, object] = {"site": node.code, "cost": float(price[v]) if np.isfinite(price[v]) else 0.0}
        if node.blocked is not None:
            return Message("build.why.no_power", said)
        if v in planner.forbid:
            return Message("build.why.forbidden", said)
        earliest = min(lead_days((*node.parts, *feed), sure) for feed in self._feeds(v))
        if planner.days is not None and earliest > planner.days:
            return Message("build.why.late", said | {"days": earliest, "ready": self.as_of + timedelta(days=earliest)})
        if v in self.solution.late:
            return Message("build.why.crews", said | {"days": earliest})
        if not np.isfinite(price[v]):
            return Message("build.why.no_sight", said | {"clearance": self._best_clearance(v)})
        cost_idr = float(price[v]) * MILLION
        if cost_idr > left:
            covered = np.zeros(network.weight.size, bool)
            covered[network.covers.of(np.flatnonzero(served)).items] = True
            new = network.covers[v][~covered[network.covers[v]]]
            return Message(
                "build.why.budget",
                said | {"needed": cost_idr / 1e6, "left": left / 1e6, "people": float(network.weight[new].sum())},
            )
        return Message("build.why.gap", said)

    def _feeds(self, v: int) -> list[tuple[Part, ...]]:
        """Return what feeds of a node take: satellite kits, the fastest hop; nothing where a donor feeds it."""
        planner, found = self.planner, list[tuple[Part, ...]]()
        alone = planner.plant.alone[v]
        if alone is not None:
            found.append((alone,))
        least = planner.settings.build.availability_percent
        parts = [h.part for h in planner.plant.hops if v in (h.tail, h.head) and h.part is not None and h.usable(least)]
        sure = planner.settings.build.sure
        if parts:
            found.append((min(parts, key=lambda p: lead_days((p,), sure)),))
        return found or [()]

    def _best_clearance(self, v: int) -> float:
        own = [h.clearance for h in self.planner.plant.hops if v in (h.tail, h.head) and np.isfinite(h.clearance)]
        return round(max(own, default=0.0), 2)

    def _nearest_miss(self, place: int) -> Message:
        """Say which candidate comes nearest to serving a place."""
        best, node = 0.0, ""
        for v, chance in enumerate(self.planner.plant.chances):
            at = np.flatnonzero(chance.rows == place)
            if at.size and float(chance.probability[at[0]]) > best:
                best, node = float(chance.probability[at[0]]), self.planner.plant.nodes[v].code
        if not node:
            return Message("build.why.no_site", {"site": "-", "percent": 0.0, "cost": 0.0})
        return Message("build.why.no_site", {"site": node, "percent": 100.0 * best, "cost": 0.0})


def with_worth(planner: Planner, solution: Solution) -> list[Work]:
    """Return the works of a plan, each with the people whom the best plan without it closes less.

    Notes
    -----
    Replacement cost by covering alone, each site with its own cheapest feed, so that every site can be asked about.
    """
    network, plan = solution.network, solution.plan
    price = prices(network)
    shut = network.forbidden | ~np.isfinite(price) | network.root
    problem = cover(network.weight, network.covers, np.where(shut, 1.0, price), forbidden=np.flatnonzero(shut))
    budget = max(plan.budget_idr / MILLION, float(price[[w.number for w in plan.works if not shut[w.number]]].sum()))
    whole = siting.solve(problem, budget, EFFORT).value
    found = []
    for work in plan.works:
        if not work.closes or shut[work.number]:
            found.append(work)
            continue
        gone = problem.forbidden.copy()
        gone[work.number] = True
        lost = whole - siting.solve(replace(problem, forbidden=gone), budget, EFFORT).value
        found.append(replace(work, worth=max(0.0, lost)))
    return found


def alternatives(planner: Planner, solution: Solution) -> list[Alternative]:
    """Return other plans, each without one of the sites that close most."""
    plan = solution.plan
    heavy = sorted(
        (w for w in plan.works if w.number not in planner.lock and not w.node.there),
        key=lambda w: (-sum(planner.plant.weight[k] for k in w.closes), w.node.code),
    )
    own = {w.node.code for w in plan.works}
    found = []
    for work in heavy[:ALTERNATIVES]:
        other = planner.without(work.number).solve(plan.budget_idr).plan
        instead = tuple(sorted({w.node.code for w in other.works} - own))
        found.append(Alternative(work.node.code, other.value, other.cost_idr, instead))
    return found


def what_more(planner: Planner, plan: BudgetPlan, as_of: date) -> list[More]:
    """Return what more money, more days and both would do, where a plan leaves places open."""
    if not plan.open:
        return []
    found = []
    for what, other in (("money", planner), ("days", planner.whenever()), ("both", planner.whenever())):
        if what != "money" and planner.days is None:
            continue
        budget = plan.budget_idr if what == "days" else max(other.everything_idr(), plan.budget_idr)
        more = other.solve(budget).plan
        found.append(More(what, more.value, more.cost_idr, as_of + timedelta(days=more.last_day)))
    cheapest = _cheapest_step(planner)
    if plan.value <= 0.0 and cheapest is not None:
        more = planner.whenever().solve(cheapest).plan
        found.append(More("first", more.value, more.cost_idr, as_of + timedelta(days=more.last_day)))
    return found


def _cheapest_step(planner: Planner) -> float | None:
    """Return for how much something at all is closed [IDR], None where nothing can be."""
    network: Network = network_of(planner.plant, planner.settings, Limits(frozenset(), planner.forbid))
    price = prices(network)
    worth = np.array([network.weight[network.covers[v]].sum() > 0 for v in range(price.size)])
    can = worth & ~network.forbidden & np.isfinite(price)
    return float(price[can].min()) * MILLION if can.any() else None
