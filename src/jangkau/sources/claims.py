"""What somebody published about a village or place, in the shapes in which such lists are kept."""

from collections.abc import Callable
from pathlib import Path

from jangkau.errors import FormatError
from jangkau.records import Claim, Record
from jangkau.sources.fields import Context, existing_place, text, unfit, village, village_by_name
from jangkau.sources.positions import Values
from jangkau.sources.reading import Origin, Reading, Surroundings
from jangkau.sources.rows import Build, Column, TableKind, read_rows
from jangkau.sources.tables import read_table

ABOUT = (
    Column("village_code", "village_code", village, other=("code",)),
    Column("village", "village_code", village_by_name),
    Column("place_id", "place_code", existing_place),
)
"""What a claim speaks of."""

NO_GRID_POWER = "no_grid_power"
OFFICE_INTERNET = "office_internet"


def _about_something(values: Values, context: Context) -> None:
    if "village_code" not in values and "place_code" not in values:
        raise unfit("row.about_nothing", field="village_code", value="")


def _claim(subject: Callable[[Values], str], *parts: str) -> Build:
    """Return what makes a claim: its subject, and a statement of the parts that a row has."""

    def build(values: Values, origin: Origin) -> list[Record]:
        said = {name: values.pop(name) for name in parts if name in values}
        about = subject(said)
        return [Claim(**(origin.stamp() | values), subject=about, statement="; ".join(said.values()))]

    return build


def _kind(columns: tuple[Column, ...], build: Build) -> TableKind:
    return TableKind("claims", (*ABOUT, *columns), build, checks=(_about_something,), unique="")


SHAPES = (
    TableKind(
        "claims",
        (
            *ABOUT,
            Column("subject", "subject", text, required=True),
            Column("statement", "statement", text, required=True),
            Column("claimed_on", "claimed_on", text, other=("date",)),
            Column("publisher", "publisher", text, other=("source",)),
        ),
        lambda values, origin: [Claim(**(origin.stamp() | values))],
        checks=(_about_something,),
        unique="",
    ),
    _kind(
        (
            Column("status", "status", text, required=True),
            Column("year", "claimed_on", text, required=True),
            Column("note", "note", text),
            Column("source", "publisher", text),
        ),
        _claim(lambda said: said["status"], "status", "note"),
    ),
    _kind(
        (
            Column("status", "status", text, required=True),
            Column("as_of", "claimed_on", text, required=True),
            Column("source", "publisher", text),
        ),
        _claim(lambda said: NO_GRID_POWER, "status"),
    ),
    _kind(
        (
            Column("planned_mbps", "planned_mbps", text, required=True),
            Column("sites", "sites", text),
            Column("funding", "funding", text),
            Column("source", "publisher", text),
        ),
        _claim(lambda said: OFFICE_INTERNET, "planned_mbps", "sites", "funding"),
    ),
)
"""``claims.csv``; lists of blank spots (status, year), of villages without PLN, of planned office internet."""


def shape_of(header: tuple[str, ...]) -> TableKind | None:
    """Return the shape of claims that a header fits, if any."""
    best = max(SHAPES, key=lambda shape: shape.fits(header))
    speaks_of = any(column.found_in(header) for column in ABOUT)
    return best if speaks_of and best.fits(header) else None


def read_claims(
    path: Path, origin: Origin, surroundings: Surroundings | None = None, timezone: str | None = None
) -> Reading:
    """Return the claims of a file, whichever shape it has.

    Raises
    ------
    FormatError
        When it has none of the known shapes.
    """
    table = read_table(path)
    shape = shape_of(table.header)
    if shape is None:
        raise FormatError("claims.unknown_shape", file=path.name, seen=", ".join(table.header))
    return read_rows(table, shape, origin, surroundings or Surroundings(), timezone)
