"""The register as a counting night sees it: where each station would send, and what those uploads share."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from scipy.spatial import cKDTree

from jangkau.counting.network import (
    BY_WIFI,
    CELL,
    CUT,
    EARTH,
    GEOSTATIONARY,
    LINK,
    LOW_ORBIT,
    PREDICTED,
    TESTED,
    UNCUT,
    UNKNOWN,
    WIFI,
    Network,
    Node,
    Station,
    Stop,
)
from jangkau.errors import RegionError
from jangkau.geo import WGS84, project
from jangkau.grades import WORKING_STAGES, best_upload
from jangkau.records import Link, Place, Probe
from jangkau.settings import Settings
from jangkau.studies.inputs import region_crs
from jangkau.studies.register import Register
from jangkau.studies.verdicts import OFFICES

SKY: Mapping[str, int] = {
    "vsat": GEOSTATIONARY, "geo": GEOSTATIONARY, "satria": GEOSTATIONARY, "leo": LOW_ORBIT, "starlink": LOW_ORBIT,
}  # fmt: skip
"""Media of links in the sky; all others stay on the earth."""

UNKNOWN_WAY_KM = 5.0
"""Taken for a way where a position is missing; such stations are counted."""

NEAREST = 3
NOWHERE = "?"


@dataclass(frozen=True, slots=True)
class NightNetwork:
    """A network of a counting night and what was assumed to make it.

    Attributes
    ----------
    network : Network
    districts, villages : tuple of str
        Codes by the numbers that stations and nodes carry; the last village may be `NOWHERE`.
    assumed : Counter
        How often something had to be assumed, by the name of the assumption.
    office_km : dict of str to float
        The straight way from each station to the office of its own village, whether that has a link or not; stations of
        villages without an office are missing.
    """

    network: Network
    districts: tuple[str, ...]
    villages: tuple[str, ...]
    assumed: Counter[str]
    office_km: dict[str, float]


def night_network(register: Register, send: Mapping[str, float], settings: Settings, as_of: date) -> NightNetwork:
    """Return what the stations of a register would send over.

    Parameters
    ----------
    register : Register
    send : mapping of place code to float
        P(uplink >= needed rate) of the latest grading; NaN or missing: nobody knows.
    settings : Settings
    as_of : date

    Raises
    ------
    RegionError
        When the register has no polling station.
    """
    return _Builder(register, send, settings, as_of).build()


class _Builder:
    def __init__(self, register: Register, send: Mapping[str, float], settings: Settings, as_of: date) -> None:
        self.register, self.send, self.settings, self.as_of = register, send, settings, as_of
        self.assumed: Counter[str] = Counter()
        villages = sorted({p.village_code or NOWHERE for p in register.places})
        self.village = {code: k for k, code in enumerate(villages)}
        found = sorted({register.district_of(code) or NOWHERE for code in villages})
        self.district = {code: k for k, code in enumerate(found)}
        self.nodes: dict[str, Node] = {}

    def build(self) -> NightNetwork:
        places = [p for p in self.register.places if p.kind == "polling_station"]
        if not places:
            raise RegionError("rehearse.no_stations")
        self._add_links()
        self.offices = [p for p in self.register.places if p.kind in OFFICES and f"wifi:{p.code}" in self.nodes]
        self._find_near(places)
        stations = [self._station(place) for place in places]
        network = Network.of(stations, list(self.nodes.values()))
        return NightNetwork(network, tuple(self.district), tuple(self.village), self.assumed, self._office_km(places))

    def _office_km(self, stations: Sequence[Place]) -> dict[str, float]:
        seats = {p.village_code: p for p in self.register.places if p.kind == "village_office"}
        return {s.code: self._km(s, seats[s.village_code]) for s in stations if s.village_code in seats}

    def _at(self, place: Place) -> dict[str, int]:
        code = place.village_code or NOWHERE
        return {"village": self.village[code], "district": self.district[self.register.district_of(code) or NOWHERE]}

    def _add_links(self) -> None:
        """Make a node of every working link, and the Wi-Fi of each office on its fastest link that is up."""
        working = {link.code: link for link in self.register.links if link.stage in WORKING_STAGES}
        for link in working.values():
            place = self.register.place_of.get(link.place_code)
            if place is not None:
                self.nodes[link.code] = self._link(link, place, link.upstream_link_code in working)
        for place in self.register.places:
            own = [link for link in self.register.links_of.get(place.code, []) if link.code in self.nodes]
            if place.kind not in OFFICES or not own:
                continue
            best = max(own, key=lambda link: (self.nodes[link.code].cut == UNCUT, link.upload_mbps or 0.0, link.code))
            self.assumed["other_links"] += len(own) - 1
            self.nodes[f"wifi:{place.code}"] = Node(
                f"wifi:{place.code}", WIFI, upstream=best.code, on_grid=_on_grid(place), **self._at(place)
            )

    def _link(self, link: Link, place: Place, hangs: bool) -> Node:
        probe = self._last_probe(link)
        down = probe is not None and not probe.up
        measured = None if probe is None or not link.upload_mbps else probe.upload_mbps
        sky = SKY.get((link.medium or "").lower(), EARTH)
        self.assumed["link_rate"] += link.upload_mbps is None
        self.assumed["link_unmeasured"] += measured is None and not down
        self.assumed["link_down"] += down
        self.assumed["upstream"] += sky == EARTH and not hangs
        return Node(
            link.code,
            LINK,
            upstream=link.upstream_link_code if hangs else None,
            rate_mbps=link.upload_mbps,
            delivered_fraction=None if measured is None else min(max(measured / (link.upload_mbps or 1.0), 0.02), 1.0),
            sky=sky,
            on_grid=_on_grid(place),
            backup_h=place.backup_hours,
            cut=CUT if down else UNCUT,
            **self._at(place),
        )

    def _last_probe(self, link: Link) -> Probe | None:
        oldest = self.as_of - timedelta(days=self.settings.evidence.valid_days)
        found = self.register.evidence.probes.get(link.code, [])
        valid = [p for p in found if oldest <= p.time.date() <= self.as_of and not (p.up and p.upload_mbps is None)]
        return max(valid, key=lambda p: p.time, default=None)

    def _find_near(self, places: Sequence[Place]) -> None:
        """Find the nearest offices with a link, for stations and for the offices between which one goes on."""
        self.near: dict[str, list[Place]] = {}
        located = [p for p in self.offices if p.longitude is not None and p.latitude is not None]
        villages = [p for p in self.register.places if p.kind in OFFICES]
        asking = [p for p in [*places, *villages] if p.longitude is not None and p.latitude is not None]
        self.xy: dict[str, tuple[float, float]] = {}
        for place, x, y in zip(asking, *self._metres(asking), strict=True):
            self.xy[place.code] = (float(x), float(y))
        if not located:
            return
        tree = cKDTree([self.xy[p.code] for p in located])
        _, rows = tree.query([self.xy[p.code] for p in asking], k=range(1, min(NEAREST, len(located)) + 1))
        self.near = {p.code: [located[k] for k in row] for p, row in zip(asking, rows.tolist(), strict=True)}

    def _metres(self, places: Sequence[Place]) -> tuple[np.ndarray, np.ndarray]:
        if not places:
            return np.empty(0), np.empty(0)
        longitude, latitude = (np.array([getattr(p, n) for p in places], float) for n in ("longitude", "latitude"))
        return project(longitude, latitude, WGS84, region_crs(self.settings))

    def _km(self, a: Place, b: Place) -> float:
        """Return the straight way between two places, at least 10 m: being elsewhere takes leaving."""
        if a.code not in self.xy or b.code not in self.xy:
            self.assumed["way"] += 1
            return UNKNOWN_WAY_KM
        (x, y), (u, v) = self.xy[a.code], self.xy[b.code]
        return max(round(float(np.hypot(x - u, y - v)) / 1e3, 3), 0.01)

    def _station(self, place: Place) -> Station:
        stops = [self._phone_at(place, place.code, 0.0, self.send.get(place.code, np.nan))]
        self.assumed["reach"] += stops[0].by == UNKNOWN
        self.assumed["voters"] += place.voters is None
        last = place
        for there in self._elsewhere(place):
            km = self._km(last, there)
            if f"wifi:{there.code}" in self.nodes:
                stops.append(Stop(f"wifi:{there.code}", there.code, BY_WIFI, 0.0, km))
            else:
                stops.append(self._phone_at(there, there.code, km, np.nan))
            last = there
        self.assumed["nowhere_else"] += len(stops) == 1
        at = self._at(place)
        return Station(place.code, at["village"], at["district"], place.voters, tuple(stops))

    def _phone_at(self, place: Place, code: str, km: float, probability: float) -> Stop:
        """Return how a phone sends at a place: over the cell of its village, as tested, as predicted, or who knows."""
        village = place.village_code or NOWHERE
        cell = f"cell:{village}"
        offices = [p for p in self.register.places_in.get(place.village_code, []) if p.kind == "village_office"]
        self.nodes.setdefault(cell, self._cell(cell, place, all(map(_on_grid, offices))))
        test = best_upload(self.register.evidence.visits.get(place.code, []), self.settings.evidence, self.as_of)
        if test is not None:
            return Stop(cell, code, TESTED, 1e3 * (test.upload_mbps or 0.0), km)
        if not np.isnan(probability):
            return Stop(cell, code, PREDICTED, probability, km)
        return Stop(cell, code, UNKNOWN, 0.0, km)

    def _cell(self, code: str, place: Place, on_grid: bool) -> Node:
        at = self._at(place)
        return Node(code, CELL, village=at["village"], district=at["district"], on_grid=on_grid)

    def _elsewhere(self, place: Place) -> list[Place]:
        """Return the send-place and the fallback: as registered, else the nearest office, then the district's."""
        registered = self.register.place_of.get(place.send_place_code or "")
        near = list(self.near.get(place.code, []))
        if not near:  # no position: the offices of its own village, then of its district
            own = [p for p in self.offices if p.village_code == place.village_code]
            near = own or [p for p in self.offices if self._at(p)["district"] == self._at(place)["district"]]
        self.assumed["send_place"] += registered is None and bool(near)
        first = registered or next(iter(near), None)
        if first is None:
            return []
        district = self.register.district_of(place.village_code)
        seats = [p for p in self.offices if p.kind == "district_office" and self._of(p) == district]
        others = [*seats, *self.near.get(first.code, []), *near]
        second = next((p for p in others if p.code not in (first.code, place.code)), None)
        return [first] if second is None else [first, second]

    def _of(self, place: Place) -> str | None:
        return self.register.district_of(place.village_code)


def _on_grid(place: Place) -> bool:
    return place.power in (None, "pln")
