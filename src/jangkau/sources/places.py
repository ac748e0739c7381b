"""Places that must be connected, from ``places.csv``, or lists of polling stations or village offices without codes."""

import re
from dataclasses import replace

from jangkau.messages import Message
from jangkau.records import Place, PlaceKind, Record
from jangkau.sources.fields import Context, code, degrees, integer, number, text, unfit, village, village_by_name
from jangkau.sources.positions import Values, land, position, validity
from jangkau.sources.reading import Origin, Reading, Surroundings
from jangkau.sources.rows import DATED, MADE, VALIDITY, Build, Column, TableKind, optional, record_of
from jangkau.sources.words import place_kind, power

MOST_PEOPLE = 1_000_000
"""In one place."""

MOST_STATIONS = 999
"""In one village."""

OFFICE = "KD"
"""What the code of a village's office has behind that of the village."""

OF_LINKS = ("provider", "medium", "stage", "download_mbps")
"""Columns by which a list of offices is one of their links, which must name its links by a code."""

STANDING = (
    Column("longitude", "longitude", degrees),
    Column("latitude", "latitude", degrees),
    Column("position_accuracy_m", "position_accuracy_m", number(0.0, 100_000.0, "m"), other=("accuracy_m",)),
    Column("village_code", "village_code", village),
    Column("village", "village_code", village_by_name),
    Column("send_place_id", "send_place_code", code),
    *optional(
        {
            "population": integer(0, MOST_PEOPLE, "people"),
            "voters": integer(0, MOST_PEOPLE, "people"),
            "power": power,
            "backup_hours": number(0.0, 10_000.0, "h"),
        }
    ),
    *VALIDITY,
    *DATED,
)
"""What is said of every place."""

PLACES = TableKind(
    "places",
    (
        Column("id", "code", code, required=True, other=("code",)),
        Column("kind", "kind", place_kind, required=True),
        Column("name", "name", text),
        *STANDING,
    ),
    record_of(Place),
    checks=(position, land, validity),
)
"""One place a row; a place may lack its position, then it cannot be graded by signal."""


def _station(value: str, context: Context) -> str:
    """Return the number of a polling station as its code has it."""
    digits = re.fullmatch(r"(?:tps|no)?[\s.:-]*0*(\d{1,3})(?:\D.*)?", value.strip(), re.IGNORECASE)
    if digits is None or not 0 < int(digits[1]) <= MOST_STATIONS:
        raise unfit("row.no_station")
    return f"{int(digits[1]):03d}"


def _in_village(values: Values, context: Context) -> None:
    if "village_code" not in values:
        raise unfit("row.no_village", field="village", value=context.cells.get("village", ""))


def _made_of(kind: PlaceKind, title: str) -> Build:
    """Return what makes a place of a kind: its code is that of its village and what it is there."""

    def build(values: Values, origin: Origin) -> list[Record]:
        own = values.pop("own")
        named = {"code": f"{values['village_code']}-{own}", "kind": kind, "name": title.format(own=own)}
        return [Place(**(origin.stamp() | named | values))]

    return build


def _with_codes_said(reading: Reading, origin: Origin, surroundings: Surroundings) -> Reading:
    """Say that codes were made, and how they look; names are told apart by their village."""
    names = {code: name.title() for name, codes in surroundings.village_aliases.items() for code in codes}
    made = [record for record in reading.records if isinstance(record, Place)]
    named = [replace(p, name=f"{p.name} {names[p.village_code]}") if p.village_code in names else p for p in made]
    said = [Message("note.codes_made", {"count": len(made), "example": made[0].code})] if made else []
    return replace(reading, records=list(named), notes=[*reading.notes, *said])


STATIONS = TableKind(
    "polling_stations",
    (Column("station", "own", _station, required=True), *STANDING),
    _made_of("polling_station", "TPS {own}"),
    checks=(_in_village, position, land, validity),
    unique=MADE,
    any_of=("village", "village_code"),
    never=OF_LINKS,
    finish=_with_codes_said,
)
"""One polling station a row, known by its village and its number there."""

OFFICES = TableKind(
    "village_offices",
    (Column("office", "own", lambda value, context: OFFICE, required=True), *STANDING),
    _made_of("village_office", "Kantor Desa"),
    checks=(_in_village, position, land, validity),
    unique=MADE,
    any_of=("village", "village_code"),
    never=OF_LINKS,
    finish=_with_codes_said,
)
"""The office of one village a row, known by its village."""
