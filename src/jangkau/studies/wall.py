"""The wall of a counting night: districts, stations and links, the arrival curve, and the five things to do now.

Everything is read from marks, checks of links and the register, so that the wall is right again after any restart.
"""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from jangkau.grades import WORKING_STAGES
from jangkau.messages import Message
from jangkau.records import ANY_OPERATOR, Link, Mark, Place
from jangkau.store.checks import Episode
from jangkau.store.database import Store
from jangkau.store.runs import latest_run
from jangkau.studies.picture import Picture
from jangkau.uptime import CONDITIONS, causes, is_watched

STATION_STATES = ("sent", "by_radio", "moved", "waiting", "no_contact")
"""In the order of the wall's columns. `no_contact`: nothing noted, and no way to send is known to work."""

THINGS_TO_DO = 5


@dataclass(frozen=True, slots=True)
class StationNow:
    """A polling station on the night: its state, since when, where it has moved to, and what it can use."""

    place: Place
    state: str
    since: datetime | None
    send_place_code: str | None
    by: str


@dataclass(frozen=True, slots=True)
class DistrictNow:
    """A row of the wall: stations by state, working links by condition; since when one is down, and one unknown."""

    code: str
    name: str
    stations: dict[str, int]
    links: dict[str, int]
    down_since: datetime | None
    unknown_since: datetime | None

    @property
    def total(self) -> int:
        """Stations of the district."""
        return sum(self.stations.values())


@dataclass(frozen=True, slots=True)
class ToDo:
    """Something to do now: what, how many stations hang on it, and whom to call."""

    what: Message
    stations: int
    call: str


@dataclass(frozen=True, slots=True)
class Wall:
    """All that the wall shows.

    Attributes
    ----------
    arrivals : list of (datetime, int)
        Each time at which a station was noted as sent or told by radio, and how many had been by then.
    is_watched : bool
        Whether `jangkau watch` runs; if not, no link is known to be up or down.
    watched_until : datetime or None
        When it last ran, if it does not; None: never.
    band : list of (float, float, float, float)
        Share of stations, and the hour after midnight at which a rehearsal reached it: early, middle, late.
    """

    night: date
    districts: list[DistrictNow]
    stations: list[StationNow]
    arrivals: list[tuple[datetime, int]]
    todo: list[ToDo]
    is_watched: bool
    watched_until: datetime | None
    band: list[tuple[float, float, float, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Links:
    """How each link stands, by its code, and when the watch wrote last; see `Checks.running` and `Checks.alive_at`."""

    running: Mapping[str, Episode]
    alive_at: datetime | None

    def known(self, now: datetime) -> Mapping[str, Episode]:
        """Return how each link stands by a time; without a watch it is unknown since the watch fell silent."""
        if is_watched(self.alive_at, now):
            return self.running
        return {code: self._lost(episode) for code, episode in self.running.items()}

    def _lost(self, episode: Episode) -> Episode:
        if episode.condition == "unknown" or self.alive_at is None:
            return replace(episode, condition="unknown")
        return replace(episode, condition="unknown", since=max(episode.since, self.alive_at))


def wall(picture: Picture, marks: Sequence[Mark], links: Links, night: date, region: Path, now: datetime) -> Wall:
    """Return the wall of a night.

    Parameters
    ----------
    picture : Picture
    marks : sequence of Mark
        Of the night, in the order in which they came.
    links : Links
    night : date
    region : Path
        Folder of the region, for the newest rehearsal.
    now : datetime
    """
    running, alive = links.known(now), is_watched(links.alive_at, now)
    newest = {m.place_code: m for m in marks}
    stations = [_station(picture, place, newest.get(place.code), running) for place in _stations_of(picture)]
    districts = [_district(picture, d.code, d.name or d.code, stations, running) for d in picture.register.districts]
    return Wall(
        night=night,
        districts=[d for d in districts if d.total or sum(d.links.values())],
        stations=stations,
        arrivals=_arrivals(marks),
        todo=_todo(picture, stations, running) if alive else _todo_blind(picture, stations, running, links.alive_at),
        is_watched=alive,
        watched_until=None if alive else links.alive_at,
        band=rehearsed(region),
    )


def _stations_of(picture: Picture) -> list[Place]:
    return [p for p in picture.register.places if p.kind == "polling_station"]


def _station(picture: Picture, place: Place, mark: Mark | None, running: Mapping[str, Episode]) -> StationNow:
    if mark is not None and mark.state != "waiting":
        return StationNow(place, mark.state, mark.time, mark.send_place_code, mark.by)
    state = "waiting" if _can_send(picture, place, running) else "no_contact"
    return StationNow(
        place, state, None if mark is None else mark.time, place.send_place_code, "" if mark is None else mark.by
    )


def _can_send(picture: Picture, place: Place, running: Mapping[str, Episode]) -> bool:
    """Tell whether some way to send is known: its signal, its send-place, or a link of its village that is not down."""
    grade = picture.places.get(("send", ANY_OPERATOR), {}).get(place.code)
    if (grade is not None and grade.value in ("served", "weak")) or place.send_place_code is not None:
        return True
    return any(
        _condition(running, link.code) in ("up", "degraded") for link in _links_of_village(picture, place.village_code)
    )


def _links_of_village(picture: Picture, village_code: str | None) -> list[Link]:
    places = picture.register.places_in.get(village_code, [])
    return [link for p in places for link in picture.register.links_of.get(p.code, [])]


def _condition(running: Mapping[str, Episode], code: str) -> str:
    episode = running.get(code)
    return "unknown" if episode is None else episode.condition


def _district(
    picture: Picture, code: str, name: str, stations: Sequence[StationNow], running: Mapping[str, Episode]
) -> DistrictNow:
    own = Counter(s.state for s in stations if picture.register.district_of(s.place.village_code) == code)
    links = [
        link.code
        for link in picture.register.links
        if link.stage in WORKING_STAGES
        and (p := picture.register.place_of.get(link.place_code))
        and picture.register.district_of(p.village_code) == code
    ]
    found = Counter(_condition(running, link) for link in links)
    since = {
        condition: min(
            (running[k].since for k in links if k in running and _condition(running, k) == condition), default=None
        )
        for condition in ("down", "unknown")
    }
    return DistrictNow(
        code,
        name,
        {s: own[s] for s in STATION_STATES},
        {c: found[c] for c in CONDITIONS},
        since["down"],
        since["unknown"],
    )


def _arrivals(marks: Sequence[Mark]) -> list[tuple[datetime, int]]:
    """Return the curve; a station that was noted as waiting again leaves it."""
    done: set[str] = set()
    found = []
    for mark in sorted(marks, key=lambda m: m.time):
        before = len(done)
        if mark.state in ("sent", "by_radio"):
            done.add(mark.place_code)
        else:
            done.discard(mark.place_code)
        if len(done) != before:
            found.append((mark.time, len(done)))
    return found


def _todo(picture: Picture, stations: Sequence[StationNow], running: Mapping[str, Episode]) -> list[ToDo]:
    """Return what to do now, that on which most stations hang first."""
    open_in: Counter[str | None] = Counter(
        s.place.village_code for s in stations if s.state in ("waiting", "no_contact")
    )
    upstream = {link.code: link.upstream_link_code for link in picture.register.links}
    down = [code for code, e in running.items() if e.condition == "down" and code in picture.register.link_of]
    found = []
    for top, codes in causes(down, upstream).items():
        link = picture.register.link_of[top]
        villages = {_village_of(picture, code) for code in codes}
        place = picture.register.place_of.get(link.place_code)
        name = link.name or (place and place.name) or link.code
        said = {"link": name, "since": running[top].since, "count": len(codes) - 1}
        found.append(ToDo(Message("wall.todo_link", said), sum(open_in[v] for v in villages), link.provider or ""))
    lost: dict[str | None, list[StationNow]] = {}
    for station in stations:
        if station.state == "no_contact":
            lost.setdefault(station.place.village_code, []).append(station)
    for code, own in lost.items():
        village = picture.register.village_of.get(code or "")
        said = {"village": code if village is None else village.name or village.code, "count": len(own)}
        found.append(ToDo(Message("wall.todo_contact", said), len(own), _district_name(picture, code)))
    return sorted(found, key=lambda t: (-t.stations, t.what.code, str(t.what.parameters)))[:THINGS_TO_DO]


def _todo_blind(
    picture: Picture, stations: Sequence[StationNow], running: Mapping[str, Episode], alive_at: datetime | None
) -> list[ToDo]:
    """Return what to do while nobody watches: first to watch again, for all stations that are still open."""
    code = "wall.todo_watch" if alive_at is not None else "wall.todo_never_watched"
    said = Message(code, {} if alive_at is None else {"since": alive_at})
    first = ToDo(said, sum(s.state in ("waiting", "no_contact") for s in stations), "")
    return [first, *_todo(picture, stations, running)][:THINGS_TO_DO]


def _village_of(picture: Picture, link_code: str) -> str | None:
    place = picture.register.place_of.get(picture.register.link_of[link_code].place_code)
    return None if place is None else place.village_code


def _district_name(picture: Picture, village_code: str | None) -> str:
    district = picture.register.named_district.get(picture.register.district_of(village_code) or "")
    return "" if district is None else district.name or district.code


def rehearsed(region: Path) -> list[tuple[float, float, float, float]]:
    """Return how the newest rehearsal fills up; see `Wall.band`. Empty without one."""
    run = latest_run(region, "rehearse")
    table = None if run is None else run / "areas.csv"
    if table is None or not table.is_file():
        return []
    with table.open(encoding="utf-8", newline="") as file:
        row = next((r for r in csv.DictReader(file) if r["level"] == "region"), None)
    found = []
    for name in row or {}:
        if name.startswith("share_") and name.endswith("_at_50_percent_h") and row is not None:
            share = name.removeprefix("share_").removesuffix("_percent_at_50_percent_h")
            hours = [row[f"share_{share}_percent_at_{q}_percent_h"] for q in (5, 50, 95)]
            if all(hours):
                early, middle, late = (float(h) for h in hours)
                found.append((float(share) / 100.0, early, middle, late))
    return sorted(found)


def read_marks(store: Store, night: date) -> list[Mark]:
    """Return the marks of a night, in the order in which they came."""
    found: list[Mark] = [m for m in store.read(Mark) if m.night == night]
    return found
