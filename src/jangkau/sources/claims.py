"""What somebody published about a village or place, in the shapes in which such lists are kept."""

from collections.abc import Sequence
from pathlib import Path

from jangkau.errors import FormatError
from jangkau.records import Claim, ClaimSubject, Record
from jangkau.sources.fields import Context, UnfitError, existing_place, text, unfit, village, village_by_name
from jangkau.sources.positions import Values
from jangkau.sources.reading import Origin, Reading, Surroundings, joined
from jangkau.sources.rows import Build, Column, TableKind, of_sheet, read_rows
from jangkau.sources.tables import Table, fitting, read_tables
from jangkau.sources.visits import RECORD_ID
from jangkau.sources.words import claim_subject

ABOUT = (
    Column("village_code", "village_code", village, other=("code",)),
    Column("village", "village_code", village_by_name),
    Column("place_id", "place_code", existing_place),
)
"""What a claim speaks of."""


def _about_something(values: Values, context: Context) -> None:
    if "village_code" not in values and "place_code" not in values:
        raise unfit("row.about_nothing", field="village_code", value="")


def _subject_of_status(value: str, context: Context) -> str:
    """Return what a status speaks of; one that is not known is kept as `other` and remarked."""
    try:
        return str(claim_subject(value, context))
    except UnfitError:
        context.remark("note.other_claim")
        return "other"


def _claim(*parts: str, subject: ClaimSubject | None = None) -> Build:
    """Return what makes a claim: a statement of the parts that a row has, and a subject if rows give none."""
    about = {} if subject is None else {"subject": subject}

    def build(values: Values, origin: Origin) -> list[Record]:
        statement = "; ".join(values.pop(name) for name in parts if name in values)
        return [Claim(**(origin.stamp() | values | about), statement=statement)]

    return build


def _kind(columns: tuple[Column, ...], build: Build) -> TableKind:
    return TableKind("claims", (*ABOUT, *columns), build, checks=(_about_something,), unique="")


SHAPES = (
    TableKind(
        "claims",
        (
            RECORD_ID,
            *ABOUT,
            Column("subject", "subject", claim_subject, required=True),
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
            Column("status", "subject", _subject_of_status, required=True),
            Column("status", "status", text),
            Column("year", "claimed_on", text, required=True),
            Column("note", "note", text),
            Column("source", "publisher", text),
        ),
        _claim("status", "note"),
    ),
    _kind(
        (
            Column("status", "status", text, required=True),
            Column("as_of", "claimed_on", text, required=True),
            Column("source", "publisher", text),
        ),
        _claim("status", subject="no_grid_power"),
    ),
    _kind(
        (
            Column("planned_mbps", "planned_mbps", text, required=True),
            Column("sites", "sites", text),
            Column("funding", "funding", text),
            Column("source", "publisher", text),
        ),
        _claim("planned_mbps", "sites", "funding", subject="office_internet"),
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
    return claims_of(read_tables(path), origin, surroundings or Surroundings(), timezone)


def claims_of(tables: Sequence[Table], origin: Origin, surroundings: Surroundings, timezone: str | None) -> Reading:
    """Return the claims of all tables of a file that hold some, whichever shape each has."""
    own = fitting(tables, lambda table: shape_of(table.header) is not None)
    shapes = [shape_of(table.header) for table in own]
    if None in shapes:
        raise FormatError("claims.unknown_shape", file=own[0].file, seen=", ".join(own[0].header))
    pairs = [(table, shape) for table, shape in zip(own, shapes, strict=True) if shape is not None]
    readings = [(read_rows(table, shape, origin, surroundings, timezone), table) for table, shape in pairs]
    return joined("claims", [of_sheet(reading, table) for reading, table in readings])
