"""Nodes, hops and satellite kits of a region as the model of sites and backhaul takes them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, inf

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from jangkau.geo import FloatArray
from jangkau.messages import Message
from jangkau.paths.hops import CLEARANCE_NEEDED, Climate, clearance, hop_availability_percent, sight
from jangkau.planning.cover import Rows
from jangkau.planning.network import Network
from jangkau.planning.technologies import Technologies, Technology, of_kind
from jangkau.settings import Settings
from jangkau.studies.build_candidates import CORE, Node, Part
from jangkau.studies.build_coverage import Chance, Donor
from jangkau.studies.build_places import OpenPlace, metres
from jangkau.studies.circumstances import Progress
from jangkau.terrain.ground import Ground

MILLION = 1e6
"""The model counts in millions of rupiah, so that its numbers are of one size."""

THERE_COST = 1e-12
"""Of a feed that is there already, far below a rupiah: to the search of paths what costs nothing is built already."""

ENOUGH_MBPS = 1e4
"""Of a feed that is there already and has no stated limit."""

STANDING_NEIGHBOURS = 3
"""Nearest standing ends to which hops of each site are looked for, beside its nearest neighbours."""


@dataclass(frozen=True, slots=True)
class Hop:
    """A connection that could be made, or that is there.

    Attributes
    ----------
    tail, head : int
        Nodes.
    part : Part or None
        What it takes; None: it is there already.
    mbps, km : float
        What it carries, and its length.
    clearance : float
        In first Fresnel radii, see `jangkau.paths.hops.clearance`; infinite for a cable.
    availability_percent : float
        Share of the year in which it carries.
    """

    tail: int
    head: int
    part: Part | None
    mbps: float
    km: float
    clearance: float = inf
    availability_percent: float = 100.0

    def usable(self, least_percent: float) -> bool:
        """Tell whether it clears and carries enough of the year."""
        return self.clearance >= CLEARANCE_NEEDED and self.availability_percent >= least_percent


@dataclass(frozen=True, slots=True)
class Plant:
    """Everything that could be built in a region, whatever it costs and however long it takes.

    Attributes
    ----------
    nodes : list of Node
    hops : list of Hop
        Microwave, free-band radio and fibre that could be, feeds that are there, tiers of bandwidth.
    alone : list of Part or None
        Of each node, the satellite kits that feed it.
    donors : dict of str to Donor
        By the code of the repeater.
    covers : list of int64 arrays
        Of each node, the places that it closes: rows of `places`.
    chances : list of Chance
        Of each node, the probability with which it serves each place near it.
    places : list of OpenPlace
        Open places, then unknown ones (their weight is 0 here).
    weight : float64
        Of each place.
    """

    nodes: list[Node]
    hops: list[Hop]
    alone: list[Part | None]
    donors: dict[str, Donor]
    covers: list[np.ndarray]
    chances: list[Chance]
    places: list[OpenPlace]
    weight: FloatArray

    def index(self) -> dict[str, int]:
        """Return the number of each node by its code."""
        return {n.code: k for k, n in enumerate(self.nodes)}


def covers_of(nodes: Sequence[Node], chances: Sequence[Chance], places: Sequence[OpenPlace], sure: float,
              tested_beat: set[str]) -> list[np.ndarray]:  # fmt: skip
    """Return the places that each node closes: those it serves with the probability of the standard, or is built for.

    Parameters
    ----------
    nodes, chances, places
        See `Plant`.
    sure : float
        0..1.
    tested_beat : set of str
        Sites that carry cells of the generation that counts: a test that failed under such a mast is believed, and new
        cells on the same mast are not held to change it.
    """
    number = {o.place.code: k for k, o in enumerate(places)}
    found = []
    for node, chance in zip(nodes, chances, strict=True):
        if node.kind == "office":
            found.append(np.array([number[node.place_code or ""]], np.int64))
            continue
        rows = chance.rows[chance.probability >= sure]
        if node.kind == "cells" and node.site_code in tested_beat:
            rows = rows[[not places[k].grade.tested for k in rows.tolist()]] if rows.size else rows
        found.append(rows)
    return found


@dataclass(slots=True)
class Feeds:
    """Finds how nodes can be fed; see `hops` and `alone`."""

    nodes: Sequence[Node]
    donors: dict[str, Donor]
    ground: Ground
    catalogue: Technologies
    settings: Settings

    def alone(self) -> list[Part | None]:
        """Return the satellite kits that feed each node by itself, the cheapest; None where that cannot be."""
        months, found = self.settings.build.service_months, []
        for node in self.nodes:
            kits = of_kind(self.catalogue, "satellite", "office" if node.kind == "office" else "site")
            takes = [Part(t, ceil(node.demand_mbps / (t.mbps or inf))) for t in kits if t.mbps]
            fits = node.kind in ("site", "cells", "office") and takes
            found.append(min(takes, key=lambda p: p.cost_idr(months)) if fits else None)
        return found

    def hops(self, told: Progress) -> list[Hop]:
        """Return every connection worth a look: feeds that are there, tiers, microwave, free-band radio, fibre."""
        made = [*self._air(told), *self._cables()]
        return [*self._there(), *self._tiers(), *self._cheapest(made)]

    def _cheapest(self, made: Sequence[Hop]) -> list[Hop]:
        """Keep of several usable hops between two nodes the cheapest, of unusable ones none where another is usable."""
        build, best = self.settings.build, dict[tuple[int, int], Hop]()

        def rank(hop: Hop) -> tuple[bool, float, float]:
            cost = inf if hop.part is None else hop.part.cost_idr(build.service_months)
            return not hop.usable(build.availability_percent), cost, -hop.mbps

        for hop in made:
            ends = hop.tail, hop.head
            if ends not in best or rank(hop) < rank(best[ends]):
                best[ends] = hop
        return list(best.values())

    def _there(self) -> list[Hop]:
        """From the core to what stands; from a standing mast to new cells on it."""
        spare = self.settings.build.spare_mbps
        core = next(k for k, n in enumerate(self.nodes) if n.kind == CORE)
        standing = {n.site_code: k for k, n in enumerate(self.nodes) if n.kind == "standing" and n.site_code}
        found = [
            Hop(core, k, None, spare if n.site_code else ENOUGH_MBPS, 0.0)
            for k, n in enumerate(self.nodes)
            if n.kind == "standing"
        ]
        found += [
            Hop(standing[n.site_code], k, None, ENOUGH_MBPS, 0.0)
            for k, n in enumerate(self.nodes)
            if n.kind == "cells" and n.site_code in standing
        ]
        return found

    def _tiers(self) -> list[Hop]:
        core = next(k for k, n in enumerate(self.nodes) if n.kind == CORE)
        return [
            Hop(core, k, Part(t), float(t.mbps or 0.0) + self.settings.build.spare_mbps, 0.0)
            for t in of_kind(self.catalogue, "tier")
            for k, n in enumerate(self.nodes)
            if n.kind == "standing" and n.site_code
        ]

    def _ends(self) -> list[int]:
        """Return nodes that a hop may end at: not the core, not repeaters, not cells on a mast that is fed."""
        standing = {n.site_code for n in self.nodes if n.kind == "standing"}
        return [
            k
            for k, n in enumerate(self.nodes)
            if (n.kind in ("standing", "site", "relay", "office") and n.blocked is None)
            or (n.kind == "cells" and n.site_code not in standing)
        ]  # fmt: skip

    def _pairs(self, farthest_km: float) -> list[tuple[int, int, float]]:
        """Return pairs of ends to look at, with their distance [km]: for each end the nearest other positions.

        Nodes at one position (masts of other heights) count as one neighbour, and are not joined to each other.
        """
        ends = self._ends()
        if len(ends) < 2:
            return []
        here = metres(self.settings, [self.nodes[k].longitude for k in ends], [self.nodes[k].latitude for k in ends])
        places, member = np.unique(np.round(here), axis=0, return_inverse=True)
        member = member.ravel()
        feeds = np.unique(member[[self.nodes[k].kind == "standing" for k in ends]])
        joined = self._nearest(places, np.arange(len(places)), self.settings.build.hop_neighbours + 1, farthest_km)
        joined |= self._nearest(places, feeds, STANDING_NEIGHBOURS, farthest_km)
        own: list[list[int]] = [[] for _ in range(len(places))]
        for k, at in zip(ends, member.tolist(), strict=True):
            own[at].append(k)
        found = []
        for a, b in sorted(joined):
            km = float(np.hypot(*(places[a] - places[b]))) / 1e3
            found += [(i, j, km) for i in own[a] for j in own[b]]
        return found

    def _nearest(
        self, places: FloatArray, among: NDArray[np.int64], many: int, farthest_km: float
    ) -> set[tuple[int, int]]:
        """Return pairs of each place and the nearest among some of them, the lower number first."""
        if not among.size:
            return set()
        count = min(many, among.size)
        away, near = cKDTree(places[among]).query(places, k=range(1, count + 1), distance_upper_bound=1e3 * farthest_km)
        found = set()
        for a, (row, far) in enumerate(zip(near.tolist(), away.tolist(), strict=True)):
            others = [int(among[b]) for b, d in zip(row, far, strict=True) if np.isfinite(d)]
            found |= {(min(a, b), max(a, b)) for b in others if b != a}
        return found

    def _air(self, told: Progress) -> list[Hop]:
        """Microwave between masts, free-band radio from a mast to an office: cheapest row that carries enough."""
        build = self.settings.build
        climate = Climate(build.rain_mm_per_h, build.gradient_n_per_km)
        rows = {serves: of_kind(self.catalogue, "hop", serves) for serves in ("site", "office")}
        pairs = self._pairs(max((t.within_km or 0.0 for kind in rows.values() for t in kind), default=0.0))
        found = []
        for done, (i, j, km) in enumerate(pairs):
            if done % 200 == 0:
                told(Message("progress.hops"), done, len(pairs))
            hop = self._hop(i, j, km, rows, climate)
            if hop is not None:
                found.append(hop)
        told(Message("progress.hops"), len(pairs), len(pairs))
        return found

    def _hop(self, i: int, j: int, km: float, rows: dict[str, list[Technology]], climate: Climate) -> Hop | None:
        """Return the hop between two nodes by the cheapest row that carries enough of the year, else by the best."""
        one, other = self.nodes[i], self.nodes[j]
        offices = (one.kind == "office") + (other.kind == "office")
        if offices == 2 or (one.kind == "standing" and other.kind == "standing"):
            return None
        masts = [(n.longitude, n.latitude, n.height_agl_m) for n in (one, other)]
        path = sight(self.ground, masts[0], masts[1], self.settings.radio.profile_step_m)
        if path is None:
            return None
        best: Hop | None = None
        for t in rows["office" if offices else "site"]:
            if not t.reaches(km):
                continue
            frequency, gain = float(t.frequency_mhz or 0.0), float(t.gain_db or 0.0)
            clear = clearance(path, masts[0], masts[1], frequency)
            year = hop_availability_percent(path, masts[0], masts[1], frequency, gain, climate)
            hop = Hop(i, j, Part(t, km=round(km, 3)), float(t.mbps or 0.0), km, clear, year)
            if hop.usable(self.settings.build.availability_percent):
                return hop
            if best is None or (clear, year) > (best.clearance, best.availability_percent):
                best = hop
        return best

    def _cables(self) -> list[Hop]:
        """Fibre by road from what stands to villages and offices, and on from one to the next; hills have no road."""
        found = []
        for t in of_kind(self.catalogue, "fibre"):
            for i, j, km in self._pairs((t.within_km or 0.0) / self.settings.survey.detour_factor):
                kinds = {self.nodes[i].kind, self.nodes[j].kind}
                hilly = any(self.nodes[k].code.startswith("hill:") for k in (i, j))
                if hilly or kinds == {"standing"} or "relay" in kinds:
                    continue
                road_km = round(km * self.settings.survey.detour_factor, 3)
                if t.reaches(road_km):
                    found.append(Hop(i, j, Part(t, km=road_km), float(t.mbps or 0.0), road_km))
        return found


@dataclass(frozen=True, slots=True)
class Limits:
    """What a planner insists on, and by which day: nodes locked and forbidden, hops too late, days there are."""

    locked: frozenset[int] = frozenset()
    forbidden: frozenset[int] = frozenset()
    no_hop: frozenset[int] = frozenset()
    days: int | None = None


def lead_days(parts: Sequence[Part], sure: float) -> int:
    """Return the days from the order until the last of some parts works, if crews are always there.

    Everything is ordered on day 0; parts are worked on one after the other.
    """
    day = 0
    for part in parts:
        day = max(day, part.technology.wait_days(sure)) + part.technology.work_days(sure)
    return day


def network_of(plant: Plant, settings: Settings, limits: Limits) -> Network:
    """Return the model's network of a plant: what cannot be ready in time, or must not be, is left out.

    Parameters
    ----------
    plant : Plant
    settings : Settings
    limits : Limits
        Nodes, kits and hops that each take longer than the days are left out; what comes late together, or for want
        of crews, is found by the calendar.
    """
    build, nodes = settings.build, plant.nodes
    months, sure = build.service_months, build.sure

    def in_time(*parts: Part) -> bool:
        return limits.days is None or lead_days(parts, sure) <= limits.days

    shut = np.array([n.blocked is not None or not in_time(*n.parts) for n in nodes])
    shut[list(limits.forbidden)] = True
    alone = np.full(len(nodes), inf)
    for k, (node, part) in enumerate(zip(nodes, plant.alone, strict=True)):
        if node.kind == "repeater" and node.code in plant.donors:
            alone[k] = 0.0
        elif part is not None and in_time(*node.parts, part):
            alone[k] = part.cost_idr(months) / MILLION
    shut |= np.array([n.kind == "repeater" and n.code not in plant.donors for n in nodes])
    late = np.array([h.part is not None and not in_time(h.part) for h in plant.hops], bool)
    late[list(limits.no_hop)] = True
    starts = np.concatenate(([0], np.cumsum([c.size for c in plant.covers]))).astype(np.int64)
    locked = np.zeros(len(nodes), bool)
    locked[list(limits.locked)] = True
    return Network(
        weight=plant.weight,
        covers=Rows(starts, np.concatenate([np.sort(c) for c in plant.covers]).astype(np.int32)),
        cost=np.array([n.cost_idr(months) / MILLION for n in nodes]),
        demand_mbps=np.array([n.demand_mbps for n in nodes]),
        root=np.array([n.kind == CORE for n in nodes]),
        satellite_cost=alone,
        tail=np.array([h.tail for h in plant.hops], np.int64),
        head=np.array([h.head for h in plant.hops], np.int64),
        hop_cost=np.array([THERE_COST if h.part is None else h.part.cost_idr(months) / MILLION for h in plant.hops]),
        hop_mbps=np.array([h.mbps for h in plant.hops]),
        clearance=np.where(late, -inf, [_clearance(h, build.availability_percent) for h in plant.hops]),
        clearance_needed=CLEARANCE_NEEDED,
        locked=locked,
        forbidden=shut,
    )


def _clearance(hop: Hop, least_percent: float) -> float:
    """Return the clearance of a hop, minus infinity where rain and multipath leave too little of the year."""
    return hop.clearance if hop.availability_percent >= least_percent else -inf


def without_idle(plant: Plant, least_percent: float) -> Plant:
    """Return a plant without what no plan could want: sites that close nothing, relays that join fewer than two ends.

    Parameters
    ----------
    plant : Plant
    least_percent : float
        Share of the year in which a hop must carry [%].
    """
    keep = np.array(
        [n.there or n.kind == "relay" or c.size > 0 for n, c in zip(plant.nodes, plant.covers, strict=True)]
    )
    relay = np.array([n.kind == "relay" for n in plant.nodes])
    hops = [h for h in plant.hops if h.usable(least_percent)]
    ends = np.array([(h.tail, h.head) for h in hops], np.int64).reshape(-1, 2)
    while True:
        alive = ends[keep[ends].all(axis=1)]
        idle = keep & relay & (np.bincount(alive.ravel(), minlength=keep.size) < 2)
        if not idle.any():
            break
        keep &= ~idle
    number = np.cumsum(keep) - 1
    kept = np.flatnonzero(keep).tolist()
    return Plant(
        [plant.nodes[k] for k in kept],
        [
            replace(h, tail=int(number[h.tail]), head=int(number[h.head]))
            for h in plant.hops
            if keep[h.tail] and keep[h.head]
        ],
        [plant.alone[k] for k in kept],
        plant.donors,
        [plant.covers[k] for k in kept],
        [plant.chances[k] for k in kept],
        plant.places,
        plant.weight,
    )
