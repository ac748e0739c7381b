"""The ways that each polling station and office of a register has, and what keeps it from those that it lacks."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from jangkau.geo import WGS84, project
from jangkau.messages import Message
from jangkau.planning.ways import Catalogue, CatalogueWay
from jangkau.records import ANY_OPERATOR, Place
from jangkau.reports.sentences import message_from_json
from jangkau.settings import Settings
from jangkau.studies.inputs import region_crs
from jangkau.studies.register import Register
from jangkau.studies.verdicts import OFFICES

NEED_POWER = ("wifi", "satellite", "bandwidth")
"""Ways that need power where they are: a place without any takes a generator with them."""

NEAREST = 2
"""Places looked at round each place: itself, and the next."""


@dataclass(frozen=True, slots=True)
class Graded:
    """What the latest grading says of a place for any operator."""

    value: str
    probability: float | None
    tested: bool
    reason: Message


@dataclass(frozen=True, slots=True)
class Option:
    """A way at a place, with the numbers of that place.

    Attributes
    ----------
    way : CatalogueWay
    sure : float
        How surely the result arrives in time, 0..1.
    cost_idr : float
    hours : float
        Of each team, ways included [h]; 0: no team.
    earliest_day : int
        First day, from 0, on which a team can begin; without a team: on which it works.
    at : Place or None
        The place that it needs: from where is sent, whose Wi-Fi is taken.
    road_km : float
        To that place.
    generator : bool
        Whether it takes a generator too.
    blocked : Message or None
        Why it cannot be had by the date at all.
    """

    way: CatalogueWay
    sure: float
    cost_idr: float = 0.0
    hours: float = 0.0
    earliest_day: int = 0
    at: Place | None = None
    road_km: float = 0.0
    generator: bool = False
    blocked: Message | None = None

    @property
    def crews(self) -> int:
        """Teams that work together on it; 0 without work."""
        return self.way.crews if self.hours > 0.0 else 0

    @property
    def kit(self) -> str:
        """Kind of kit that it takes from the pool; empty for none."""
        return "" if self.way.kits is None else self.way.way


@dataclass(frozen=True, slots=True)
class Subject:
    """A polling station or office, what it weighs, and its options."""

    place: Place
    grade: Graded
    district_code: str | None
    remote: bool
    people: float
    weight: float
    options: tuple[Option, ...]


def read_grades(file: Path) -> dict[tuple[str, str], Graded]:
    """Return what a grading's ``grades.csv`` says of places for any operator, by code and quantity."""
    found = {}
    with file.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            if row["subject"] == "place" and row["operator"] == ANY_OPERATOR:
                chance = float(row["probability_served"]) if row["probability_served"] else None
                reason = message_from_json(row["reason_code"], json.loads(row["reason_parameters"] or "{}"))
                found[row["code"], row["quantity"]] = Graded(row["value"], chance, row["evidence"] == "tested", reason)
    return found


NOT_GRADED = Graded("unknown", None, False, Message("remedy.not_in_grading"))


class Ways:
    """What a register and a grading offer to each place.

    Parameters
    ----------
    register : Register
    grades : mapping
        See `read_grades`.
    catalogue : Catalogue
    settings : Settings
    as_of : date
        Day 0.
    days : int
        Working days until the date.
    """

    def __init__(
        self,
        register: Register,
        grades: Mapping[tuple[str, str], Graded],
        catalogue: Catalogue,
        settings: Settings,
        as_of: date,
        days: int,
    ) -> None:
        self.register, self.grades, self.catalogue = register, grades, catalogue
        self.settings, self.as_of, self.days = settings, as_of, days
        located = [p for p in register.places if p.longitude is not None and p.latitude is not None]
        self.xy = dict(zip([p.code for p in located], self._metres(located), strict=True))
        self.offices = _Near([p for p in located if p.kind in OFFICES and self._sends(p)], self.xy)
        self.senders = _Near([p for p in located if self._sends(p)], self.xy)
        self.seats = _Near([p for p in located if p.kind == "district_office"], self.xy)

    def _metres(self, places: Sequence[Place]) -> list[tuple[float, float]]:
        if not places:
            return []
        longitude, latitude = (np.array([getattr(p, n) for p in places], float) for n in ("longitude", "latitude"))
        x, y = project(longitude, latitude, WGS84, region_crs(self.settings))
        return list(zip(x.tolist(), y.tolist(), strict=True))

    def _grade(self, place: Place) -> Graded:
        quantity = "send" if place.kind == "polling_station" else "office" if place.kind in OFFICES else "signal"
        return self.grades.get((place.code, quantity), NOT_GRADED)

    def _sends(self, place: Place) -> bool:
        return place.kind != "settlement" and self._grade(place).value == "served"

    def subjects(self) -> list[Subject]:
        """Return every polling station and office with its options, by code."""
        return [self._subject(p) for p in self.register.places if p.kind == "polling_station" or p.kind in OFFICES]

    def _subject(self, place: Place) -> Subject:
        village = self.register.village_of.get(place.village_code or "")
        remote = village is not None and bool(village.remote)
        people = self._people(place)
        weight = people * (self.settings.survey.remote_weight if remote else 1.0)
        options = [option for way in self.catalogue.values() if (option := self._option(place, way)) is not None]
        district = None if village is None else village.district_code
        return Subject(place, self._grade(place), district, remote, people, weight, tuple(_useful(options)))

    def _people(self, place: Place) -> float:
        settings = self.settings
        if place.kind == "polling_station":
            return float(place.voters) if place.voters is not None else settings.survey.station_people
        if place.kind == "district_office":
            return settings.remedy.district_office_people
        return settings.remedy.village_office_people

    def _option(self, place: Place, way: CatalogueWay) -> Option | None:
        """Return a way at a place, blocked or not; None where it makes no sense there."""
        served, power = self._sends(place), place.power != "none"
        station = place.kind == "polling_station"
        grade = self._grade(place)
        if way.way == "permanent":
            chance = None if grade.tested else grade.probability
            fit = served and (station or power)
            return Option(way, way.sure if chance is None else chance) if fit else None
        if way.way in ("carry", "radio"):
            return Option(way, way.sure, earliest_day=way.days)
        if way.way == "send_place":
            return self._send_place(place, way)
        signal = self.grades.get((place.code, "signal"), NOT_GRADED).value
        fits = {
            "generator": served and not station and not power,
            "bandwidth": not station and grade.value == "weak",
            "wifi": station and not served,
            "strengthen_cell": station and not served and signal != "none",
            "mobile_bts": station and not served,
            "satellite": not served,
        }
        if not fits[way.way]:
            return None
        if way.way == "wifi":
            return self._with_place(place, way, self.offices.next_to(place))
        return self._made(place, way)

    def _send_place(self, place: Place, way: CatalogueWay) -> Option | None:
        """Return sending from elsewhere: from the place that is registered if it is known to send, else the nearest."""
        registered = self.register.place_of.get(place.send_place_code or "")
        known = registered is not None and self._sends(registered)
        near = self.offices if place.kind in OFFICES else self.senders
        at = registered if known else near.next_to(place)
        return self._with_place(place, way, at, known=known)

    def _with_place(self, place: Place, way: CatalogueWay, at: Place | None, *, known: bool = False) -> Option:
        if place.code not in self.xy and not known:
            return Option(way, way.sure, blocked=Message("remedy.blocked.no_position"))
        if at is None:
            return Option(way, way.sure, blocked=Message("remedy.blocked.nowhere"))
        road_km = self._road_km(place, at)
        if way.within_km is not None and road_km > way.within_km and not known:
            said = {"place": at.name or at.code, "km": road_km, "most_km": way.within_km}
            return Option(way, way.sure, at=at, road_km=road_km, blocked=Message("remedy.blocked.far", said))
        tested = way.way == "send_place" and self._grade(at).tested
        return self._made(place, way, at, road_km, tested=tested, written=known)

    def _made(
        self,
        place: Place,
        way: CatalogueWay,
        at: Place | None = None,
        road_km: float = 0.0,
        *,
        tested: bool = False,
        written: bool = False,
    ) -> Option:
        """Return an option with its numbers; one that is tested takes no team, one that is also written no days."""
        generator = self.catalogue.get("generator") if way.way in NEED_POWER and place.power == "none" else None
        days, hours = way.days, way.hours
        cost = way.cost_idr + way.cost_idr_per_km * road_km
        blocked = None
        if generator is not None:
            days, hours, cost = max(days, generator.days), hours + generator.hours, cost + generator.cost_idr
        elif way.way in NEED_POWER and place.power == "none":
            blocked = Message("remedy.blocked.no_power")
        if way.crews and not tested:
            seat = self.seats.of(place, self.register)
            if place.code not in self.xy or seat is None:
                blocked = Message("remedy.blocked.no_position" if seat is not None else "remedy.blocked.no_seat")
            else:
                setting = self.settings.remedy
                hours += 2.0 * self._road_km(place, seat) / setting.speed_kmh / setting.stops_per_trip
        else:
            hours = 0.0
        days = 0 if tested and written else days
        if blocked is None and days + (1 if hours > 0.0 else 0) > self.days:
            ready = self.as_of + timedelta(days=days)
            blocked = Message("remedy.blocked.late", {"days": days, "ready": ready})
        return Option(way, way.sure, cost, hours, days, at, road_km, generator is not None, blocked)

    def _road_km(self, a: Place, b: Place) -> float:
        """Return the length of the road between two places, from the straight line; 0 where a position is missing."""
        if a.code not in self.xy or b.code not in self.xy:
            return 0.0
        (x, y), (u, v) = self.xy[a.code], self.xy[b.code]
        return round(float(np.hypot(x - u, y - v)) / 1e3 * self.settings.survey.detour_factor, 3)


class _Near:
    """The places of one sort, by distance."""

    def __init__(self, places: Sequence[Place], xy: Mapping[str, tuple[float, float]]) -> None:
        self.places, self.xy = places, xy
        self.tree = cKDTree([xy[p.code] for p in places]) if places else None

    def next_to(self, place: Place) -> Place | None:
        """Return the nearest of them that is another place."""
        if self.tree is None or place.code not in self.xy:
            return None
        _, rows = self.tree.query(self.xy[place.code], k=range(1, min(NEAREST, len(self.places)) + 1))
        return next((self.places[k] for k in rows.tolist() if self.places[k].code != place.code), None)

    def of(self, place: Place, register: Register) -> Place | None:
        """Return the one of a place's own district, else the nearest."""
        if place in self.places:
            return place
        district = register.district_of(place.village_code)
        own = [p for p in self.places if register.district_of(p.village_code) == district]
        return own[0] if own else self.next_to(place)


def _useful(options: Sequence[Option]) -> list[Option]:
    """Return options without those that are worse in every respect than another that anybody can take.

    Where it is served already, what would need money, kits or teams is left out.
    """
    served = any(o.way.way == "permanent" for o in options)
    found = []
    for one in options:
        free = not one.kit and one.hours <= 0.0 and one.cost_idr <= 0.0
        if (free or not served) and not any(_beats(other, one) for other in options):
            found.append(one)
    return found


def _beats(a: Option, b: Option) -> bool:
    """Whether `a`, which takes no kit, is no worse than `b` in any respect and better in one; free ones stay."""
    if a is b or a.kit or a.blocked or (b.hours <= 0.0 and b.cost_idr <= 0.0):
        return False
    ours = (-a.sure, a.cost_idr, a.hours * a.crews, a.earliest_day)
    theirs = (-b.sure, b.cost_idr, b.hours * b.crews, b.earliest_day)
    return all(x <= y for x, y in zip(ours, theirs, strict=True)) and (ours != theirs or bool(b.kit))
