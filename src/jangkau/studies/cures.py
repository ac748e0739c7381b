"""What would bring more stations through in time: changes tried everywhere, the cheapest set chosen, and checked."""

import math
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jangkau.counting.network import (
    BY_WIFI,
    CUT,
    EARTH,
    GEOSTATIONARY,
    LINK,
    LOW_ORBIT,
    UNCUT,
    WIFI,
    Network,
    Node,
    Station,
    Stop,
)
from jangkau.counting.nights import Nights
from jangkau.counting.parameters import Parameters
from jangkau.counting.plan import Option, choose
from jangkau.counting.queues import DISTRICT_LINK, OFFICE_LINK, RUNGS
from jangkau.studies.night_network import NightNetwork

TIERS_MBPS = (30.0, 50.0, 100.0)
"""Upward rates to which a link on the earth may be raised."""

LEO_MBPS = 20.0
"""What a new low-orbit terminal is contracted for; `leo_upload_mbps` is what it gives."""

WEAK_FRACTION = 0.7
"""A station that gets through from its own place in fewer nights may be told to go straight to its send-place."""

ROUNDS = 6

WORTH_STATIONS = 0.05
"""Changes that bring less, in the mean of nights, are not named where no set is enough."""

Play = Callable[[Network, int], Nights]
"""Plays the nights of a network with a seed that is added to the study's own."""


@dataclass(frozen=True, slots=True)
class Changes:
    """A set of changes.

    Attributes
    ----------
    straight, terminal : set of int
        Villages whose weak stations go straight to their send-place, and villages that get a satellite terminal.
    rates : mapping of link code to Mbit/s, optional
    """

    straight: AbstractSet[int] = frozenset()
    terminal: AbstractSet[int] = frozenset()
    rates: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The cheapest changes found.

    Attributes
    ----------
    options : list of Option
        Empty where nothing is needed, or nothing is enough.
    enough : bool
        Whether the target is reached with them, in nights that the choice had not seen.
    probability : float
        Share of those nights in which it is.
    most : float
        Share of those nights in which enough stations had counted by the hour: no network can do better.
    cures : dict of station code to Option
        For each station that misses the hour: the cheapest single change with which it would not.
    """

    options: list[Option]
    enough: bool
    probability: float
    most: float
    cures: dict[str, Option]


@dataclass(frozen=True, eq=False)
class Target:
    """So many stations in time, in such a share of nights."""

    by_s: float
    share: float
    probability: float

    def on_time(self, nights: Nights) -> NDArray[np.bool_]:
        """Return which station had sent in time in which night."""
        in_time: NDArray[np.bool_] = nights.sent_s <= self.by_s
        return in_time

    def needed(self, stations: int) -> int:
        """Return how many stations make the share."""
        return math.ceil(round(self.share * stations, 9))

    def ready(self, nights: Nights) -> NDArray[np.bool_]:
        """Return which station could have been in time in which night, had everything else taken no time."""
        could: NDArray[np.bool_] = nights.ready_s <= self.by_s
        return could

    def met(self, nights: Nights) -> float:
        """Return the share of nights in which enough stations were in time."""
        in_time = self.on_time(nights)
        return float((in_time.sum(axis=1) >= self.needed(in_time.shape[1])).mean())


def changed(night: NightNetwork, weak: NDArray[np.bool_], changes: Changes) -> Network:
    """Return the network of a night after some changes; `weak` says which stations may be told to go straight."""
    nodes = {node.code: node for node in night.network.nodes}
    for code, mbps in (changes.rates or {}).items():
        nodes[code] = replace(nodes[code], rate_mbps=mbps)
    seats = {s.village: s for s in night.network.stations}
    for village in changes.terminal:
        link = Node(
            f"leo:{village}", LINK, rate_mbps=LEO_MBPS, sky=LOW_ORBIT, village=village, district=seats[village].district
        )
        nodes[link.code] = link
        nodes[f"wifi:{link.code}"] = replace(
            link, code=f"wifi:{link.code}", kind=WIFI, upstream=link.code, rate_mbps=None
        )
    stations = [
        _told(station, night.office_km.get(station.code), bool(weak[s]), changes)
        for s, station in enumerate(night.network.stations)
    ]
    return Network.of(stations, list(nodes.values()))


def _told(station: Station, km: float | None, weak: bool, changes: Changes) -> Station:
    stops = station.stops
    if station.village in changes.terminal and km is not None:
        new = Stop(f"wifi:leo:{station.village}", f"leo:{station.village}", BY_WIFI, 0.0, km)
        stops = (stops[0], new, *stops[1:])[:RUNGS]
    if weak and station.village in changes.straight and len(stops) > 1:
        stops = stops[1:]
    return replace(station, stops=stops)


def plan(night: NightNetwork, base: Nights, play: Play, target: Target, parameters: Parameters) -> Plan:
    """Return the cheapest set of changes that reaches a target, and what would cure each station that misses.

    Parameters
    ----------
    night : NightNetwork
    base : Nights
        Without changes.
    play : callable
    target : Target
    parameters : Parameters
        For what things cost.
    """
    tried = _Tried(night, base, play, target, parameters)
    options = tried.options()
    in_time = target.on_time(base)
    cures = _cures(tried, in_time.mean(axis=0))
    needed, margin = target.needed(in_time.shape[1]), 0
    unseen = play(night.network, 1)
    most = float((target.ready(unseen).sum(axis=1) >= needed).mean())
    best = Plan([], target.met(unseen) >= target.probability, target.met(unseen), most, cures)
    if best.enough and target.met(base) >= target.probability:
        return best
    for _ in range(ROUNDS):
        chosen = choose(in_time.sum(axis=1).astype(float), options, needed + margin, target.probability)
        again = play(changed(night, tried.weak, tried.together(chosen or _largest(options))), 1)
        met = target.met(again)
        if met > best.probability or met >= target.probability:
            best = Plan(chosen or _largest(options), met >= target.probability, met, most, cures)
        if chosen is None or best.enough:
            break
        short = np.quantile(target.on_time(again).sum(axis=1), 1.0 - target.probability, method="lower")
        margin += max(1, needed - int(short))
    return best


def _largest(options: list[Option]) -> list[Option]:
    """Return the option that brings most of each class."""
    found: dict[str, Option] = {}
    for option in options:
        known = found.get(option.subject)
        if option.gain.mean() > (known.gain.mean() if known else WORTH_STATIONS):
            found[option.subject] = option
    return list(found.values())


class _Tried:
    """Each kind of change, made everywhere at once and played; its gain is then counted by village or link."""

    def __init__(self, night: NightNetwork, base: Nights, play: Play, target: Target, parameters: Parameters) -> None:
        self.night, self.play, self.target, self.parameters = night, play, target, parameters
        self.base = target.on_time(base)
        self.weak: NDArray[np.bool_] = base.method_fraction[:, 0] < WEAK_FRACTION
        self.network = night.network
        self.of_village = np.array([s.village for s in self.network.stations])
        self.tried: list[tuple[Option, NDArray[np.intp], NDArray[np.float64]]] = []

    def options(self) -> list[Option]:
        """Try every kind and return the options, one a class and kind."""
        villages = set(self.of_village.tolist())
        wanting = self._villages_wanting() & villages
        trip, terminal = (self.parameters[f"cost_{what}_idr"].default for what in ("trip", "satellite"))
        trips = {v: trip * int((self.weak & (self.of_village == v)).sum()) for v in villages}
        self._try("straight", Changes(straight=villages), self._villages(), trips)
        self._try("terminal", Changes(terminal=wanting), self._villages(), dict.fromkeys(wanting, terminal))
        both = {v: terminal + trips[v] for v in wanting}
        self._try("straight_terminal", Changes(straight=wanting, terminal=wanting), self._villages(), both)
        for cause in (OFFICE_LINK, DISTRICT_LINK):
            for mbps in TIERS_MBPS:
                self._try_rates(cause, mbps)
        return [option for option, _, _ in self.tried]

    def _villages_wanting(self) -> set[int]:
        """Return villages without an office link that works on the earth or in low orbit."""
        tree = self.network.layout.tree
        fine = set()
        for k, node in enumerate(self.network.nodes):
            if node.kind == WIFI:
                link = self.network.nodes[tree.ancestors[k][tree.ancestors[k] >= 0][-2]]
                if link.cut == UNCUT and link.sky != GEOSTATIONARY:
                    fine.add(node.village)
        having = {s.village for s in self.network.stations if s.code in self.night.office_km}
        return having - fine

    def _villages(self) -> dict[int, NDArray[np.intp]]:
        return {int(v): np.flatnonzero(self.of_village == v) for v in np.unique(self.of_village)}

    def _try_rates(self, cause: int, mbps: float) -> None:
        """Raise all links of a level on the earth that have less; a station counts for the link of its send-place."""
        each = self.parameters["cost_idr_per_mbps_month"].default
        tree, nodes = self.network.layout.tree, self.network.nodes
        slow = {
            k for k, n in enumerate(nodes)
            if n.kind == LINK and n.sky == EARTH and n.cut != CUT and (n.rate_mbps or np.inf) < mbps
            and tree.cause[k] == cause
        }  # fmt: skip
        if not slow:
            return
        members: dict[int, list[int]] = {k: [] for k in slow}
        for s, station in enumerate(self.network.stations):
            leaf = next(
                (self.network.layout.leaf[s, r] for r, stop in enumerate(station.stops) if stop.by == BY_WIFI), -1
            )
            for k in set(tree.ancestors[leaf].tolist()) & slow if leaf >= 0 else ():
                members[k].append(s)
        self._try(
            f"rate_{mbps:g}",
            Changes(rates={nodes[k].code: mbps for k in slow}),
            {k: np.array(found, int) for k, found in members.items()},
            {k: each * (mbps - (nodes[k].rate_mbps or 0.0)) for k in slow},
            {k: nodes[k].code for k in slow},
        )

    def _try(
        self,
        name: str,
        changes: Changes,
        members: Mapping[int, NDArray[np.intp]],
        costs: Mapping[int, float],
        codes: Mapping[int, str] | None = None,
    ) -> None:
        if not costs:
            return
        in_time = self.target.on_time(self.play(changed(self.night, self.weak, changes), 0))
        gain = in_time.astype(float) - self.base
        for number, cost in costs.items():
            own = members[number]
            subject = codes[number] if codes else self.night.villages[number]
            option = Option(subject, name, cost, gain[:, own].sum(axis=1))
            self.tried.append((option, own, in_time[:, own].mean(axis=0)))

    def together(self, options: list[Option]) -> Changes:
        """Return the changes of chosen options."""
        number = {code: k for k, code in enumerate(self.night.villages)}
        return Changes(
            {number[o.subject] for o in options if o.name.startswith("straight")},
            {number[o.subject] for o in options if o.name.endswith("terminal")},
            {o.subject: float(o.name.removeprefix("rate_")) for o in options if o.name.startswith("rate_")},
        )


def _cures(tried: _Tried, in_time: NDArray[np.float64]) -> dict[str, Option]:
    found: dict[str, Option] = {}
    sure = tried.target.probability
    for option, own, probabilities in tried.tried:
        for s, probability in zip(own.tolist(), probabilities.tolist(), strict=True):
            code = tried.network.stations[s].code
            if in_time[s] < sure <= probability:
                known = found.get(code)
                if known is None or option.cost_idr < known.cost_idr:
                    found[code] = option
    return found
