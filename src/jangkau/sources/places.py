"""Places that must be connected, from ``places.csv`` or a spreadsheet of the same columns."""

from jangkau.records import Place
from jangkau.sources.fields import code, degrees, integer, number, text, village, village_by_name
from jangkau.sources.positions import land, position, validity
from jangkau.sources.rows import DATED, VALIDITY, Column, TableKind, optional, record_of
from jangkau.sources.words import place_kind, power

MOST_PEOPLE = 1_000_000
"""In one place."""

PLACES = TableKind(
    "places",
    (
        Column("id", "code", code, required=True, other=("code",)),
        Column("kind", "kind", place_kind, required=True),
        Column("name", "name", text),
        Column("longitude", "longitude", degrees),
        Column("latitude", "latitude", degrees),
        Column("position_accuracy_m", "position_accuracy_m", number(0.0, 100_000.0, "m"), other=("accuracy_m",)),
        Column("village_code", "village_code", village),
        Column("village", "village_code", village_by_name),
        Column("send_place_id", "send_place_code", code),
        *optional(
            {
                "population": integer(0, MOST_PEOPLE),
                "voters": integer(0, MOST_PEOPLE),
                "power": power,
                "backup_hours": number(0.0, 10_000.0, "h"),
            }
        ),
        *VALIDITY,
        *DATED,
    ),
    record_of(Place),
    checks=(position, land, validity),
)
"""One place a row; a place may lack its position, then it cannot be graded by signal."""
