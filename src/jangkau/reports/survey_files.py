"""What a team takes along: a sheet of its stops, and its ways as GPX and KML for a phone's map."""

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from jangkau.messages import Message, number, render
from jangkau.reports.register_book import BookColumn, BookSheet, ReadMe, write_book
from jangkau.reports.sentences import message_from_json

LONGEST_TITLE = 31
"""Characters that the title of a sheet may have."""

UNFIT_FOR_TITLES = re.compile(r"[\[\]:*?/\\]")
SAVED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One test of a day: see `jangkau.studies.survey` for its values."""

    order: int
    place_code: str
    name: str
    kind: str
    village_name: str | None
    district_name: str | None
    longitude: float
    latitude: float
    arrives: str
    operators: Sequence[str]
    tests: Sequence[str]
    fall_people: float
    informs: int
    why: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Outing:
    """One day of one team; times are RFC 3339 in the region's zone."""

    team: str
    day: int
    date: str
    start: str
    leaves: str
    returns: str
    stops: Sequence[Stop]

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Outing":
        """Return a day of `survey.json`."""
        names = [f.name for f in fields(Stop)]
        stops = [
            Stop(**({name: stop[name] for name in names} | {"why": message_from_json(**stop["why"])}))
            for stop in said["stops"]
        ]
        return cls(**({f.name: said[f.name] for f in fields(cls)} | {"stops": stops}))

    @property
    def title(self) -> str:
        """Team and day, as a name of a way."""
        return f"{self.team} {self.date}"


def clock(time: str) -> str:
    """Return hour and minute of an RFC 3339 time."""
    return time[11:16]


def what_to_test(stop: Stop, language: str) -> str:
    """Return what is tested at a stop, for which operators."""
    tests = ", ".join(render(Message(f"desk.test.{test}"), language) for test in stop.tests)
    return f"{tests}: {', '.join(stop.operators)}"


_COLUMNS = (
    "order", "date", "arrives", "place_code", "name", "kind", "village", "district", "longitude", "latitude",
    "what", "why", "done",
)  # fmt: skip


def write_sheets(path: Path, outings: Sequence[Outing], note: str, language: str) -> Path:
    """Write a workbook with a sheet a team; the same plan gives the same bytes.

    Parameters
    ----------
    path : Path
    outings : sequence of Outing
    note : str
        Printed on the first sheet.
    language : str
    """
    teams = dict.fromkeys(outing.team for outing in outings)
    own = {team: [o for o in outings if o.team == team] for team in teams}
    titles = _titles(list(own))
    sheets = [_sheet(titles[team], days, language) for team, days in own.items()]
    lead = [[render(Message("survey.sheet.title"), language)], [render(Message("survey.sheet.lead"), language)]]
    head = [
        render(Message(f"survey.sheet.{name}"), language) for name in ("team", "date", "leaves", "returns", "stops")
    ]
    table = [head] + [[o.team, o.date, clock(o.leaves), clock(o.returns), str(len(o.stops))] for o in outings]
    write_book(path, sheets, ReadMe(head[0], [*lead, *([[note]] if note else [])], [table]))
    settle(path)
    return path


def _titles(teams: Sequence[str]) -> dict[str, str]:
    """Return a title of a sheet for each team, all different."""
    found: dict[str, str] = {}
    for count, team in enumerate(teams, 1):
        title = UNFIT_FOR_TITLES.sub("-", team)[:LONGEST_TITLE].strip("'") or str(count)
        taken = {t.casefold() for t in found.values()}
        found[team] = title if title.casefold() not in taken else f"{title[: LONGEST_TITLE - 4]} {count}"
    return found


def _sheet(title: str, outings: Iterable[Outing], language: str) -> BookSheet:
    heads = [render(Message(f"survey.sheet.{name}"), language) for name in _COLUMNS]
    forms = {"order": "whole", "longitude": "number", "latitude": "number"}
    columns = [BookColumn(head, forms.get(name, "text")) for head, name in zip(heads, _COLUMNS, strict=True)]  # type: ignore[arg-type]
    rows = [
        [
            stop.order, outing.date, clock(stop.arrives), stop.place_code, stop.name,
            render(Message(f"desk.kind.{stop.kind}"), language), stop.village_name, stop.district_name,
            stop.longitude, stop.latitude, what_to_test(stop, language), why_of(stop, language), None,
        ]
        for outing in outings
        for stop in outing.stops
    ]  # fmt: skip
    return BookSheet(title, columns, rows)


def why_of(stop: Stop, language: str) -> str:
    """Return why a point was chosen, and how many other places its test informs."""
    others = f" {render(Message('survey.informs', {'count': stop.informs}), language)}" if stop.informs else ""
    return render(stop.why, language) + others


def settle(path: Path) -> None:
    """Take the time of writing out of a workbook, so that the same content is the same bytes."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            if name == "docProps/core.xml":
                content = SAVED.sub(rb"\g<1>1980-01-01T00:00:00Z", content)
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)


def write_gpx(path: Path, outings: Sequence[Outing], region: str, language: str) -> Path:
    """Write stops as waypoints and each day as a route, GPX 1.1."""
    root = Element("gpx", version="1.1", creator="Jangkau", xmlns="http://www.topografix.com/GPX/1/1")
    SubElement(SubElement(root, "metadata"), "name").text = region
    for outing in outings:
        for stop in outing.stops:
            _gpx_point(root, "wpt", outing, stop, language)
    for outing in outings:
        route = SubElement(root, "rte")
        SubElement(route, "name").text = outing.title
        for stop in outing.stops:
            _gpx_point(route, "rtept", outing, stop, language)
    return _write(path, root)


def _gpx_point(parent: Element, tag: str, outing: Outing, stop: Stop, language: str) -> None:
    point = SubElement(parent, tag, lat=f"{stop.latitude:.6f}", lon=f"{stop.longitude:.6f}")
    SubElement(point, "name").text = f"{stop.order} {stop.name}"
    SubElement(point, "desc").text = _about(outing, stop, language)


def write_kml(path: Path, outings: Sequence[Outing], region: str, language: str) -> Path:
    """Write a folder a day with its stops and the line through them, KML 2.2."""
    root = Element("kml", xmlns="http://www.opengis.net/kml/2.2")
    document = SubElement(root, "Document")
    SubElement(document, "name").text = region
    for outing in outings:
        folder = SubElement(document, "Folder")
        SubElement(folder, "name").text = outing.title
        for stop in outing.stops:
            mark = SubElement(folder, "Placemark")
            SubElement(mark, "name").text = f"{stop.order} {stop.name}"
            SubElement(mark, "description").text = _about(outing, stop, language)
            SubElement(SubElement(mark, "Point"), "coordinates").text = _kml_place(stop)
        way = SubElement(folder, "Placemark")
        SubElement(way, "name").text = outing.title
        line = SubElement(way, "LineString")
        SubElement(line, "tessellate").text = "1"
        SubElement(line, "coordinates").text = " ".join(map(_kml_place, outing.stops))
    return _write(path, root)


def _kml_place(stop: Stop) -> str:
    return f"{stop.longitude:.6f},{stop.latitude:.6f}"


def _about(outing: Outing, stop: Stop, language: str) -> str:
    people = number(stop.fall_people, ",.0f", language)
    saves = render(Message("survey.saves", {"people": people}), language)
    return f"{outing.date} {clock(stop.arrives)} · {what_to_test(stop, language)} · {why_of(stop, language)} {saves}"


def _write(path: Path, root: Element) -> Path:
    indent(root)
    ElementTree(root).write(path, "utf-8", xml_declaration=True)
    return path
