"""One way to read every kind of table: columns are data, one loop reads the rows, and what is wrong is collected."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from jangkau.errors import FormatError
from jangkau.messages import Message
from jangkau.records import Record
from jangkau.sources.fields import Context, LeftOutError, Parser, UnfitError, day, listed, unfit
from jangkau.sources.positions import Check, Values
from jangkau.sources.reading import Origin, Reading, Refusal, Surroundings
from jangkau.sources.tables import Row, Table, read_table

EMPTY = frozenset(("", "-", "NA", "na", "N/A", "n/a", "#N/A", "NULL", "null", "NaN", "nan"))
"""What people write where they have no value."""

QUIETLY_IGNORED = frozenset(
    (
        "source", "no", "nomor", "district", "unit", "samples", "changeable", "created", "averagesignal",
        "reason", "what_to_do", "refused_row",
    )
)  # fmt: skip
"""Columns that no record takes and that need no note: the file itself is kept."""

Build = Callable[[Values, Origin], Sequence[Record]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    header : str
        Its name.
    field : str
        The field of the record that it fills; the first filled column of several decides.
    parse : Parser
    required : bool
        Whether the column must be there and filled.
    other : tuple of str
        Names that it may have instead.
    prefix : bool
        Whether a column whose name only begins with it will do, such as population_202401; the last of them is taken.
    """

    header: str
    field: str
    parse: Parser
    required: bool = False
    other: tuple[str, ...] = ()
    prefix: bool = False

    def found_in(self, header: Sequence[str]) -> str | None:
        """Return the name under which a table has this column, if it has it."""
        for name in (self.header, *self.other):
            if name in header:
                return name
        begun = [name for name in header if self.prefix and name.startswith(f"{self.header}_")]
        return begun[-1] if begun else None


@dataclass(frozen=True, slots=True)
class TableKind:
    """A kind of table and how its rows become records.

    Attributes
    ----------
    kind : str
        Its name.
    columns : tuple of Column
    build : callable
        Makes records of a row's values.
    checks : tuple of callable
        Look at all values of a row.
    unique : str
        Column whose value no two rows may share (unless they begin to hold on different days); empty: none.
    any_of : tuple of str
        Columns of which at least one must be there; empty: none.
    finish : callable or None
        Adds to a reading what only all its records together tell.
    """

    kind: str
    columns: tuple[Column, ...]
    build: Build
    checks: tuple[Check, ...] = ()
    unique: str = "id"
    any_of: tuple[str, ...] = ()
    finish: Callable[[Reading, Origin, Surroundings], Reading] | None = None

    def fits(self, header: Sequence[str]) -> int:
        """Return how many of a header's columns are known here; 0 when a required one is missing."""
        found = [column.found_in(header) for column in self.columns]
        if any(c.required and name is None for c, name in zip(self.columns, found, strict=True)):
            return 0
        if self.any_of and not set(self.any_of) & set(header):
            return 0
        return len(set(found) - {None})

    def read(
        self, path: Path, origin: Origin, surroundings: Surroundings | None = None, timezone: str | None = None
    ) -> Reading:
        """Return the records of a file.

        Parameters
        ----------
        path : Path
            CSV or XLSX.
        origin : Origin
        surroundings : Surroundings, optional
        timezone : str, optional
            IANA zone of times that state none; without it they are refused.

        Raises
        ------
        FormatError
            When the file is no table or lacks a required column.
        """
        return read_rows(read_table(path), self, origin, surroundings or Surroundings(), timezone)


class Kept(Protocol):
    """Rows that the region would write now, for a table that was written by it and comes back."""

    def met(self, row: Row) -> tuple[Row, bool]:
        """Return a row with its empty cells filled from what is kept, and whether it says nothing new."""


def record_of(kind: type[Record]) -> Build:
    """Return what makes one record of a noun from a row's values."""
    return lambda values, origin: [kind(**(origin.stamp() | values))]


def read_rows(
    table: Table,
    kind: TableKind,
    origin: Origin,
    surroundings: Surroundings,
    timezone: str | None,
    kept: Kept | None = None,
) -> Reading:
    """Return the records of a table; rows that cannot be used are refused, the rest is kept.

    Where `kept` is given, a row that says nothing new makes no record and is not checked again.

    Raises
    ------
    FormatError
        When a required column is missing.
    """
    taken = _taken(table, kind)
    context = Context(surroundings, timezone, origin.source_date, table.decimal_comma)
    unique = next((one for one in taken if one[1].header == kind.unique), None)
    keys = [one for one in taken if one is unique or one[1].field == "valid_from"]
    records: list[Record] = []
    refused: list[Refusal] = []
    first_of: dict[object, int] = {}
    count = 0
    for given in table.rows():
        count += 1
        row, same = (given, False) if kept is None else kept.met(given)
        context.row, context.cells = row.number, row.values
        made, troubles = _records(row, kind, taken, context, origin) if not same else ([], [])
        if not troubles:
            try:
                _check_unique(unique, _values(row, keys, context)[0], context, first_of)
                _check_ids(made, surroundings)
                records.extend(made)
            except UnfitError as trouble:
                troubles = [trouble.refusal(row.number, "", "")]
        refused.extend(replace(trouble, cells=given.values) for trouble in troubles)
    notes = [*table.notes, *_column_notes(table, taken), *context.notes()]
    reading = Reading(kind.kind, records, refused, notes, count)
    return reading if kind.finish is None else kind.finish(reading, origin, surroundings)


Taken = Sequence[tuple[str, Column]]


def _taken(table: Table, kind: TableKind) -> Taken:
    """Return the columns that a table has, under the names it has for them."""
    found = [(column.found_in(table.header), column) for column in kind.columns]
    missing = [column.header for name, column in found if column.required and name is None]
    if missing:
        said = {"missing": ", ".join(missing), "seen": ", ".join(table.header)}
        raise FormatError("table.missing_columns", file=table.file, kind=Message(f"kind.{kind.kind}"), **said)
    return [(name, column) for name, column in found if name is not None]


def _values(row: Row, taken: Taken, context: Context) -> tuple[Values, list[Refusal]]:
    values: Values = {}
    troubles: list[Refusal] = []
    decided: set[str] = set()
    for name, column in taken:
        cell = row.values.get(name, "").strip()
        if cell in EMPTY:
            if column.required:
                troubles.append(unfit("row.missing").refusal(row.number, name, cell))
            continue
        if column.field in decided:
            continue
        decided.add(column.field)
        try:
            value = column.parse(cell, context)
        except UnfitError as trouble:
            troubles.append(trouble.refusal(row.number, name, cell))
            continue
        if value is not None:
            values[column.field] = value
    return values, troubles


def _records(
    row: Row, kind: TableKind, taken: Taken, context: Context, origin: Origin
) -> tuple[Sequence[Record], list[Refusal]]:
    """Return what a row says, or what is wrong with it; neither where it is left out."""
    if row.surplus:
        columns = len(row.values)
        trouble = unfit("row.surplus", count=columns, columns=columns - row.surplus)
        return [], [trouble.refusal(row.number, "", "")]
    values, troubles = _values(row, taken, context)
    if troubles:
        return [], troubles
    try:
        for check in kind.checks:
            check(values, context)
        return kind.build(values, origin), []
    except UnfitError as trouble:
        return [], [trouble.refusal(row.number, "", "")]
    except LeftOutError:
        return [], []


def _check_unique(
    unique: tuple[str, Column] | None, values: Values, context: Context, first_of: dict[object, int]
) -> None:
    """Refuse a value that an earlier row has, however either is written."""
    name = "" if unique is None else unique[0]
    said = context.cells.get(name, "").strip()
    if unique is None or said in EMPTY:
        return
    value = values.get(unique[1].field, said)
    first = first_of.setdefault((value, values.get("valid_from")), context.row)
    if first != context.row:
        raise unfit("row.duplicate_id", field=name, value=said, first=first)


def _check_ids(records: Sequence[Record], surroundings: Surroundings) -> None:
    """Refuse an id under which something else is already kept."""
    taken = [] if surroundings.contradicts is None else [r for r in records if surroundings.contradicts(r)]
    if taken:
        raise unfit("row.id_taken", field="id", value=taken[0].id)


def _column_notes(table: Table, taken: Taken) -> list[Message]:
    """Return what should be known about columns that were guessed or not used."""
    used = {name for name, _ in taken}
    guessed = [(name, column) for name, column in taken if name not in (column.header, *column.other)]
    notes = [Message("table.column_taken", {"column": name, "field": column.field}) for name, column in guessed]
    ignored = [name for name in table.header if name and name not in used | QUIETLY_IGNORED]
    return [*notes, Message("table.columns_ignored", {"columns": listed(ignored)})] if ignored else notes


def optional(rows: Mapping[str, Parser]) -> tuple[Column, ...]:
    """Return columns that may be missing or empty and fill the field of their own name."""
    return tuple(Column(header, header, parse) for header, parse in rows.items())


VALIDITY = optional({"valid_from": day, "valid_to": day})
"""From when until when a fact holds."""

DATED = (Column("date", "source_date", day),)
"""The day that a row speaks of, if it is not that of the file."""
