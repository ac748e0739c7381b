"""One way to read every kind of table: columns are data, one loop reads the rows, and what is wrong is collected."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from openpyxl.utils import get_column_letter

from jangkau.errors import FormatError
from jangkau.messages import Message
from jangkau.records import Fact, Record
from jangkau.sources.dates import day
from jangkau.sources.fields import Context, LeftOutError, Parser, UnfitError, listed, unfit
from jangkau.sources.headers import with_spelling
from jangkau.sources.positions import Check, Values
from jangkau.sources.reading import Origin, Reading, Refusal, Surroundings, joined
from jangkau.sources.sections import is_remark
from jangkau.sources.spellings import EMPTY, NOTHING
from jangkau.sources.tables import Row, Table, fitting, read_tables

QUIETLY_IGNORED = frozenset(
    (
        "source", "no", "nomor", "district", "coordinates", "unit", "samples", "changeable", "created", "averagesignal",
        "reason", "what_to_do", "refused_row",
    )
)  # fmt: skip
"""Columns that no record takes and that need no note: the file itself is kept."""

MADE = "the code of what was made"

NAMELESS = re.compile(r"(_\d+)?")
"""What columns without a heading are called."""

COUNTING = ("no", "nomor", "no_urut")
"""Columns that only count the rows."""

FirstOf = dict[object, tuple[str, Mapping[str, str]]]
"""Where each key was met first, and what that row says besides its number."""

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
        Column whose value no two rows may share (unless they begin to hold on different days); empty: none; `MADE`: the
        code that is made of what a row says.
    any_of : tuple of str
        Columns of which at least one must be there; empty: none.
    never : tuple of str
        Columns that show that a table is of another kind.
    finish : callable or None
        Adds to a reading what only all its records together tell.
    """

    kind: str
    columns: tuple[Column, ...]
    build: Build
    checks: tuple[Check, ...] = ()
    unique: str = "id"
    any_of: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    finish: Callable[[Reading, Origin, Surroundings], Reading] | None = None

    def fits(self, header: Sequence[str]) -> int:
        """Return how many of a header's columns are known here; 0 when a required one is missing."""
        found = [column.found_in(header) for column in self.columns]
        if any(c.required and name is None for c, name in zip(self.columns, found, strict=True)):
            return 0
        if (self.any_of and not set(self.any_of) & set(header)) or set(self.never) & set(header):
            return 0
        return len(set(found) - {None})

    def missing(self, header: Sequence[str]) -> list[str]:
        """Return the names of the required columns that a header lacks."""
        return [column.header for column in self.columns if column.required and column.found_in(header) is None]

    def nearness(self, header: Sequence[str]) -> int:
        """Return how near a header comes that lacks columns: 0 where it knows fewer than two, or lacks none."""
        found, missing = {column.found_in(header) for column in self.columns} - {None}, self.missing(header)
        return max(2 * len(found) - len(missing), 0) if len(found) > 1 and missing else 0

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
        return self.read_tables(read_tables(path), origin, surroundings or Surroundings(), timezone)

    def read_tables(
        self, tables: Sequence[Table], origin: Origin, surroundings: Surroundings, timezone: str | None
    ) -> Reading:
        """Return the records of all tables of a file that are of this kind; a code is used once in all of them."""
        first_of: FirstOf = {}
        own = fitting(tables, lambda table: self.fits(table.header) > 0)
        readings = [_rows_of(table, self, origin, surroundings, timezone, None, first_of) for table in own]
        reading = joined(self.kind, [of_sheet(one, table) for one, table in zip(readings, own, strict=True)])
        return reading if self.finish is None else self.finish(reading, origin, surroundings)


def of_sheet(reading: Reading, table: Table) -> Reading:
    """Return a reading whose notes name the sheet of its table, where it has one."""
    if not table.sheet:
        return reading
    notes = [
        n if n in table.notes else Message("note.of_sheet", {"sheet": table.sheet, "note": n}) for n in reading.notes
    ]
    return replace(reading, notes=notes)


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
    reading = _rows_of(table, kind, origin, surroundings, timezone, kept, {})
    return reading if kind.finish is None else kind.finish(reading, origin, surroundings)


def _rows_of(
    table: Table,
    kind: TableKind,
    origin: Origin,
    surroundings: Surroundings,
    timezone: str | None,
    kept: Kept | None,
    first_of: FirstOf,
) -> Reading:
    taken = _taken(table, kind)
    context = Context(surroundings, timezone, origin.source_date, table.decimal_comma)
    unique = next((one for one in taken if one[1].header == kind.unique), None)
    keys = [one for one in taken if one is unique or one[1].field == "valid_from"]
    records: list[Record] = []
    refused: list[Refusal] = []
    titles = dict(zip(table.header, table.titles, strict=False))
    needed = sum(column.required for column in kind.columns) + bool(kind.any_of)
    count = 0
    for given in table.rows():
        if kept is None and is_remark(list(given.values.values()), len(table.header), needed):
            context.row = given.number
            context.remark_row("note.no_data", next(filter(str.strip, given.values.values())))
            continue
        count += 1
        row, same = (given, False) if kept is None else kept.met(given)
        context.row, context.cells = row.number, row.values
        made, troubles = _records(row, kind, taken, context, origin) if not same else ([], [])
        if not troubles:
            try:
                if kind.unique == MADE:
                    _check_made(made, context, first_of, table.sheet)
                else:
                    _check_unique(unique, _values(row, keys, context)[0], context, first_of, table.sheet)
                _check_ids(made, surroundings)
                records.extend(made)
            except UnfitError as trouble:
                troubles = [trouble.refusal(row.number, "", "")]
        refused.extend(_titled(trouble, titles, given, table.sheet) for trouble in troubles)
    notes = [*table.notes, *_column_notes(table, taken), *context.notes()]
    return Reading(kind.kind, records, refused, notes, count)


Taken = Sequence[tuple[str, Column]]


def _taken(table: Table, kind: TableKind) -> Taken:
    """Return the columns that a table has, under the names it has for them."""
    found = [(column.found_in(table.header), column) for column in kind.columns]
    missing = kind.missing(table.header)
    if missing:
        said = {"missing": ", ".join(map(with_spelling, missing)), "seen": ", ".join(table.header)}
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
            nothing = cell.lower() in NOTHING
            if nothing:
                decided.discard(column.field)
            if column.required or not nothing:
                troubles.append((unfit("row.missing") if nothing else trouble).refusal(row.number, name, cell))
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


def _titled(trouble: Refusal, titles: Mapping[str, str], row: Row, sheet: str) -> Refusal:
    """Return a refusal with its whole row, and with columns called as they are in the file."""
    title = titles.get(trouble.field, trouble.field)
    reason, remedy = (
        Message(said.code, {**said.parameters, "field": title})
        if said.parameters.get("field") == trouble.field
        else said
        for said in (trouble.reason, trouble.remedy)
    )
    return replace(trouble, field=title, reason=reason, remedy=remedy, cells=row.values, sheet=sheet)


def _check_unique(
    unique: tuple[str, Column] | None, values: Values, context: Context, first_of: FirstOf, sheet: str
) -> None:
    """Refuse a value that an earlier row has, however either is written."""
    name = "" if unique is None else unique[0]
    said = context.cells.get(name, "").strip()
    if unique is None or said in EMPTY:
        return
    value = values.get(unique[1].field, said)
    _check_first((value, values.get("valid_from")), name, said, context, first_of, sheet)


def _check_made(made: Sequence[Record], context: Context, first_of: FirstOf, sheet: str) -> None:
    """Refuse a row of which something with the code of an earlier row was made."""
    for fact in (one for one in made if isinstance(one, Fact)):
        _check_first((fact.code, fact.valid_from), "id", fact.code, context, first_of, sheet)


def _check_first(key: object, name: str, said: str, context: Context, first_of: FirstOf, sheet: str) -> None:
    here = f"{context.row} ({sheet})" if sheet else str(context.row)
    own = {column: cell for column, cell in context.cells.items() if column not in COUNTING}
    first, said_first = first_of.setdefault(key, (here, own))
    if first != here:
        what = "row.repeated" if own == said_first else "row.duplicate_id"
        raise unfit(what, field=name, value=said, first=first)


def _check_ids(records: Sequence[Record], surroundings: Surroundings) -> None:
    """Refuse an id under which something else is already kept."""
    taken = [] if surroundings.contradicts is None else [r for r in records if surroundings.contradicts(r)]
    if taken:
        raise unfit("row.id_taken", field="id", value=taken[0].id)


def _column_notes(table: Table, taken: Taken) -> list[Message]:
    """Return what should be known about columns that were guessed or not used."""
    used = {name for name, _ in taken}
    titles = dict(zip(table.header, table.titles, strict=False))
    guessed = [(name, column) for name, column in taken if name not in (column.header, *column.other)]
    notes = [
        Message("table.column_taken", {"column": titles.get(name, name), "field": column.field})
        for name, column in guessed
    ]
    ignored = [name for name in table.header if not NAMELESS.fullmatch(name) and name not in used | QUIETLY_IGNORED]
    nameless = [i for i, name in enumerate(table.header) if NAMELESS.fullmatch(name)]
    filled = [get_column_letter(i + 1) for i in nameless if any(row[i].strip() for row in table.cells if i < len(row))]
    if ignored:
        notes.append(Message("table.columns_ignored", {"columns": listed(titles.get(name, name) for name in ignored)}))
    if filled:
        notes.append(Message("table.nameless_columns", {"columns": listed(filled)}))
    return notes


def optional(rows: Mapping[str, Parser]) -> tuple[Column, ...]:
    """Return columns that may be missing or empty and fill the field of their own name."""
    return tuple(Column(header, header, parse) for header, parse in rows.items())


VALIDITY = optional({"valid_from": day, "valid_to": day})
"""From when until when a fact holds."""

DATED = (Column("date", "source_date", day),)
"""The day that a row speaks of, if it is not that of the file."""
