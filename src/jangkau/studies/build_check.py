"""Recompute what a build-out claims from the register, the ground and the catalogue, apart from the models.

Tree, capacity, budget and people are those of `jangkau.planning.checker`; here whom a node serves and what terrain and
trees leave of each hop are computed again, one by one, over profiles of their own.
"""

from collections.abc import Sequence

import numpy as np

from jangkau.errors import RegionError
from jangkau.messages import Message
from jangkau.paths.hops import CLEARANCE_NEEDED, clearance, sight
from jangkau.planning import checker
from jangkau.planning.network import Network, NetworkPlan
from jangkau.settings import Settings
from jangkau.studies.build_calendar import check_calendar
from jangkau.studies.build_coverage import Radio
from jangkau.studies.build_network import MILLION, Plant
from jangkau.studies.build_plan import BudgetPlan, Work


def check_network(network: Network, budget_idr: float, plan: NetworkPlan) -> list[Message]:
    """Return what is wrong with a plan of the model, recomputed in plain Python."""
    covers = [network.covers[v].tolist() for v in range(network.cost.size)]
    hops = zip(
        network.tail.tolist(), network.head.tolist(), network.hop_cost.tolist(), network.hop_mbps.tolist(),
        network.clearance.tolist(), strict=True,
    )  # fmt: skip
    return checker.check_network(
        weight=network.weight.tolist(),
        covers=covers,
        node_cost=network.cost.tolist(),
        demand_mbps=network.demand_mbps.tolist(),
        roots=np.flatnonzero(network.root).tolist(),
        satellite_cost=network.satellite_cost.tolist(),
        hops=list(hops),
        clearance_needed=network.clearance_needed,
        budget=budget_idr / MILLION,
        feed=plan.feed.tolist(),
        value=plan.value,
        cost=plan.cost,
        locked=np.flatnonzero(network.locked).tolist(),
        forbidden=np.flatnonzero(network.forbidden).tolist(),
    )


def check_ground(works: Sequence[Work], plant: Plant, radio: Radio, settings: Settings) -> list[Message]:
    """Return nodes that do not serve whom the plan says, and hops that terrain or trees cut."""
    wrong = []
    for work in works:
        node = work.node
        if node.transmitter is not None and work.closes:
            again = radio.chances([node], plant.donors, 1, _silent)[0]
            sure = dict(zip(again.rows.tolist(), again.probability.tolist(), strict=True))
            wrong += [
                Message("build.check_served", {"site": node.code, "place": plant.places[k].place.code})
                for k in work.closes
                if sure.get(k, 0.0) < settings.signal.probability - 1e-9
            ]
        hop = work.hop
        if hop is None or not np.isfinite(hop.clearance) or hop.part is None:
            continue
        one, other = plant.nodes[hop.head], plant.nodes[hop.tail]
        masts = [(n.longitude, n.latitude, n.height_agl_m) for n in (one, other)]
        path = sight(radio.ground, masts[0], masts[1], settings.radio.profile_step_m)
        frequency = float(hop.part.technology.frequency_mhz or 0.0)
        found = -np.inf if path is None else clearance(path, masts[0], masts[1], frequency)
        if found < CLEARANCE_NEEDED - BACKWARDS:
            said = {"hop": f"{one.code} - {other.code}", "clearance": round(found, 2), "needed": CLEARANCE_NEEDED}
            wrong.append(Message("planning.check_clearance", said))
    return wrong


BACKWARDS = 0.05
"""Fresnel radii by which a profile from the other end, with points of its own, may differ."""


def _silent(message: Message, done: int, total: int) -> None:
    """Tell nobody."""


def refuse(wrong: Sequence[Message]) -> None:
    """Raise RegionError where a check has found something."""
    if wrong:
        raise RegionError("build.refused", count=len(wrong), first=wrong[0])


def check_plan(plan: BudgetPlan, plant: Plant, radio: Radio, settings: Settings) -> list[Message]:
    """Return everything that is wrong with the works of a plan: ground, calendar, and that each fate has its work."""
    wrong = [*check_ground(plan.works, plant, radio, settings), *check_calendar(plan.works, settings.build)]
    served = {k for w in plan.works for k in w.closes}
    number = {o.place.code: k for k, o in enumerate(plant.places)}
    for fate in plan.fates:
        if (fate.closed_by is not None) != (number[fate.place.place.code] in served):
            wrong.append(Message("build.check_fate", {"place": fate.place.place.code}))
    return wrong
