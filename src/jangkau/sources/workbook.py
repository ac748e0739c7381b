"""The register as a workbook: a sheet a kind, written by Jangkau, mended in a spreadsheet program, read back.

What a cell cannot hold, or what a reader would take for something else, is written with the escapes of
`jangkau.spreadsheets`, so that a record comes back as it was. A row that says what is kept already makes no record and
is not checked again.
"""

import dataclasses
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from openpyxl.utils import get_column_letter

from jangkau.errors import FormatError
from jangkau.messages import LANGUAGES, Message, render
from jangkau.records import (
    Cell,
    Claim,
    District,
    Fact,
    Link,
    Measurement,
    Place,
    Probe,
    Record,
    Remedy,
    Request,
    Site,
    Stakeholder,
    Task,
    Village,
    Visit,
)
from jangkau.sources.cells import CELLS, SITES, without_known_sites
from jangkau.sources.claims import SHAPES
from jangkau.sources.fields import Context, Parser, listed
from jangkau.sources.headers import is_header, own_names
from jangkau.sources.links import LINKS
from jangkau.sources.places import PLACES
from jangkau.sources.rows import DATED, Column, TableKind
from jangkau.sources.sections import HEADER_ROWS
from jangkau.sources.sheets import is_ods, is_spreadsheet, opened_book
from jangkau.sources.spellings import EMPTY
from jangkau.sources.steps import REMEDIES, REQUESTS, STAKEHOLDERS, TASKS
from jangkau.sources.tables import Row, Table, decimal_comma
from jangkau.sources.villages import DISTRICTS, VILLAGES
from jangkau.sources.visits import MEASUREMENTS, PROBES, VISITS
from jangkau.sources.words import ENVIRONMENTS, POWERS
from jangkau.spreadsheets import escaped, is_escaped, unescaped

REGISTER = "register"
"""The kind of such a workbook."""

READ_ME = "Baca dulu - Read me first"
"""Title of its first sheet, which is not read back."""

FIRST_EXCEL_YEAR = 1901
"""Earlier dates are written as texts: spreadsheet programs count days from 1900, and count 1900 wrongly."""

SAME_FLOAT = 1e-14
"""Some spreadsheet programs keep 15 digits of a number; one that differs by less was not edited."""

WORDS: dict[tuple[str, str], tuple[str, ...]] = {
    **{(noun, "power"): POWERS for noun in ("place", "site", "visit")},
    ("measurement", "environment"): ENVIRONMENTS,
    ("village", "kind"): ("desa", "kelurahan"),
}
"""Words of fields whose type does not list them, by noun and field."""

LOCKS = ("~${}", ".~lock.{}#")
"""Names of the files that spreadsheet programs keep beside one that is open."""

_LIKE_A_NUMBER = re.compile(r"\d+([.,]\d+|([.,]\d+)?[eE]\+?\d+)")

Form = Literal["text", "number", "whole", "date", "truth"]
Value = str | float | int | bool | date | None


@dataclass(frozen=True, slots=True)
class SheetKind:
    """A sheet: the noun of its rows and how they are read."""

    noun: type[Record]
    table: TableKind

    @property
    def name(self) -> str:
        """Title of the sheet, the kind of its rows."""
        return self.table.kind

    @property
    def key(self) -> Column:
        """The column that says which record a row is."""
        return next(c for c in self.table.columns if c.field == ("code" if issubclass(self.noun, Fact) else "id"))

    def form_of(self, column: Column) -> Form:
        """Return how the cells of a column are formatted."""
        plain = _plain_hint(get_type_hints(self.noun)[column.field])
        forms: dict[Any, Form] = {float: "number", int: "whole", bool: "truth", date: "date"}
        return forms.get(plain, "text")

    def words_of(self, column: Column) -> tuple[str, ...]:
        """Return the words that a column chooses from; none where any text will do."""
        hint = _plain_hint(get_type_hints(self.noun)[column.field])
        words = get_args(hint) if get_origin(hint) is Literal else WORDS.get((self.noun.noun, column.field), ())
        return tuple(str(word) for word in words)


def _plain_hint(hint: Any) -> Any:
    return next(a for a in get_args(hint) if a is not type(None)) if get_origin(hint) is UnionType else hint


def _exact(parse: Parser) -> Parser:
    """Return a parser that takes escaped cells as they say."""

    def parse_cell(value: str, context: Context) -> Any:
        context.exact = is_escaped(value)
        try:
            return parse(unescaped(value), context)
        finally:
            context.exact = False

    return parse_cell


def _sheet(noun: type[Record], table: TableKind, **changes: Any) -> SheetKind:
    """Return the sheet of a noun: a column a field, needed where the record cannot do without."""
    needed = {f.name for f in dataclasses.fields(noun) if f.default is dataclasses.MISSING} - {"id", "recorded_at"}
    first: dict[str, Column] = {}
    for column in (*table.columns, *DATED):
        first.setdefault(column.field, column)
    columns = tuple(
        replace(
            column,
            parse=_exact(column.parse),
            required=column.field in needed and not (noun is Cell and column.field == "site_code"),
            other=tuple(name for name in column.other if name not in ("date", "source")),
            prefix=False,
        )
        for column in first.values()
    )
    return SheetKind(noun, replace(table, columns=columns, **changes))


SHEETS: dict[str, SheetKind] = {
    sheet.name: sheet
    for sheet in (
        _sheet(District, DISTRICTS),
        _sheet(Village, VILLAGES),
        _sheet(Place, PLACES),
        _sheet(Site, SITES),
        _sheet(Cell, CELLS, finish=without_known_sites),
        _sheet(Link, LINKS),
        _sheet(Stakeholder, STAKEHOLDERS),
        _sheet(Remedy, REMEDIES),
        _sheet(Task, TASKS),
        _sheet(Request, REQUESTS),
        _sheet(Claim, SHAPES[0], unique="id"),
        _sheet(Visit, VISITS),
        _sheet(Probe, PROBES),
        _sheet(Measurement, MEASUREMENTS),
    )
}
"""Every sheet by its title, in the order in which rows may refer to those before."""


def row_of(record: Record, sheet: SheetKind, zone: ZoneInfo) -> dict[str, Value]:
    """Return what stands in the cells of a record, by the header of their column; texts are escaped where needed.

    Parameters
    ----------
    record : Record
    sheet : SheetKind
    zone : ZoneInfo
        In which times are written.
    """
    return {c.header: _cell(getattr(record, c.field), zone) for c in sheet.table.columns}


def _cell(value: Any, zone: ZoneInfo) -> Value:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat()
    if isinstance(value, date):
        return value if value.year >= FIRST_EXCEL_YEAR else value.isoformat()
    if isinstance(value, str):
        interpreted = value.strip() != value or value in EMPTY or _LIKE_A_NUMBER.fullmatch(value) is not None
        return escaped(value, whole=interpreted) or None
    return value  # type: ignore[no-any-return]


def cell_text(value: object) -> str:
    """Return the text by which a cell is read; nothing is stripped."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if (value.hour, value.minute, value.second) == (0, 0, 0) else value.isoformat()
    if isinstance(value, float):
        text = repr(value)
        return text if text == "-0.0" else text.removesuffix(".0")
    return value.isoformat() if isinstance(value, date) else str(value)


class KeptRows:
    """The rows of a sheet as the region would write them now, to compare those that come back with."""

    def __init__(self, records: Iterable[Record], sheet: SheetKind, table: Table, zone: ZoneInfo) -> None:
        self.same: set[tuple[str, str]] = set()
        found = {column.header: column.found_in(table.header) for column in sheet.table.columns}
        self._names = {header: name for header, name in found.items() if name is not None}
        self._key = sheet.key.header
        self._rows: dict[tuple[str, str], Mapping[str, Value]] = {}
        self._latest: dict[str, tuple[str, str]] = {}
        for record in records:
            row = row_of(record, sheet, zone)
            key = (unescaped(cell_text(row[self._key])), cell_text(row.get("valid_from")))
            self._rows[key] = row
            self._latest[key[0]] = max(key, self._latest.get(key[0], key))

    def met(self, row: Row) -> tuple[Row, bool]:
        """Return a row with its empty cells filled from the record that it is of, and whether it says nothing new."""
        code = unescaped(self._said(row, self._key).strip())
        since = self._said(row, "valid_from").strip()
        key = (code, since) if since not in EMPTY or (code, "") in self._rows else self._latest.get(code, (code, ""))
        kept = self._rows.get(key)
        if kept is None:
            return row, False
        values, same = dict(row.values), not row.surplus
        for header, name in self._names.items():
            if self._said(row, header).strip() in EMPTY:
                values[name] = cell_text(kept[header])
            elif not _is_same(self._said(row, header), kept[header]):
                same = False
        if same:
            self.same.add(key)
        return Row(row.number, values, row.surplus), same

    def _said(self, row: Row, header: str) -> str:
        return row.values.get(self._names.get(header, ""), "")


def _is_same(said: str, kept: Value) -> bool:
    if unescaped(said) == unescaped(cell_text(kept)):
        return True
    if isinstance(kept, bool) or not isinstance(kept, (int, float)):
        return False
    try:
        return math.isclose(float(said), kept, rel_tol=SAME_FLOAT)
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Book:
    """The sheets of a workbook that hold rows, in the order in which they can be read, and what is odd about it."""

    tables: list[tuple[SheetKind, Table]]
    notes: list[Message]


def is_register(path: Path) -> bool:
    """Tell whether a file is a workbook with a sheet that is titled, and has the columns, of a kind."""
    if path.name.startswith("~$"):
        raise FormatError("book.lock_file", file=path.name, of=path.name[2:])
    if not is_spreadsheet(path) or is_ods(path):
        return False
    with opened_book(path) as book:
        if READ_ME in book.sheetnames:
            return True
        known = [SHEETS[title] for title in book.sheetnames if title in SHEETS]
        return any(
            is_header(row) and sheet.table.fits(own_names(row))
            for sheet in known
            for row in _rows(book[sheet.name], HEADER_ROWS)
        )


def read_book(path: Path) -> Book:
    """Return the sheets of a register, in the order of `SHEETS`.

    Raises
    ------
    FormatError
        When no sheet is one of the register, or one has rows without a header, or a value in a column without a name.
    """
    found: dict[str, Table] = {}
    foreign, notes = [], [Message("book.is_open", {"file": path.name})] if _is_open(path) else []
    titles = {name: name for name in SHEETS}
    titles |= {render(Message(f"kind.{name}"), language).lower(): name for language in LANGUAGES for name in SHEETS}
    with opened_book(path) as book:
        for title in book.sheetnames:
            name = titles.get(title.strip().lower())
            if name is None or name in found:
                foreign += [title] if title != READ_ME else []
                continue
            table = _table(f"{path.name} [{title}]", SHEETS[name], _rows(book[title]))
            if table is not None:
                found[name] = table
    known = [name for name in titles if name in SHEETS]
    if not found and not set(known) & set(book.sheetnames):
        raise FormatError("book.no_sheet", file=path.name, seen=", ".join(book.sheetnames), known=", ".join(SHEETS))
    if foreign:
        notes.append(Message("book.foreign_sheets", {"sheets": listed(foreign), "known": ", ".join(SHEETS)}))
    return Book([(sheet, found[name]) for name, sheet in SHEETS.items() if name in found], notes)


def _is_open(path: Path) -> bool:
    return any(path.with_name(lock.format(path.name)).exists() for lock in LOCKS)


def _rows(sheet: Any, most: int | None = None) -> list[list[str]]:
    sheet.reset_dimensions()
    return [[cell_text(value) for value in row] for row in sheet.iter_rows(max_row=most, values_only=True)]


def _table(file: str, sheet: SheetKind, cells: list[list[str]]) -> Table | None:
    """Return the table of a sheet; None when it has no rows."""
    if not any(any(row) for row in cells):
        return None
    start = next((i for i, row in enumerate(cells[:HEADER_ROWS]) if is_header(row)), None)
    if start is None:
        first = next(row for row in cells if any(row))
        raise FormatError("book.no_header", file=file, seen=listed(c for c in first if c), columns=_needed(sheet))
    header, body = own_names(cells[start]), cells[start + 1 :]
    named = {i for i, name in enumerate(header) if name}
    nameless = sorted({i for row in body for i, cell in enumerate(row) if cell.strip() and i not in named})
    if nameless:
        letters = ", ".join(get_column_letter(i + 1) for i in nameless)
        raise FormatError("book.nameless_column", file=file, columns=letters, row=start + 1)
    if not any(any(row) for row in body):
        return None
    comma = _decimal_comma(sheet, header, body)
    notes = [Message("table.decimal_comma", {"file": file})] if comma else []
    return Table(file, header, body, start + 2, comma, notes)


def _needed(sheet: SheetKind) -> str:
    return ", ".join(column.header for column in sheet.table.columns if column.required)


def _decimal_comma(sheet: SheetKind, header: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Tell how numbers that were typed as texts are written, by the columns of numbers."""
    numeric = {c.found_in(header) for c in sheet.table.columns if sheet.form_of(c) in ("number", "whole")}
    at = [i for i, name in enumerate(header) if name in numeric]
    return decimal_comma([header[i] for i in at], [[row[i] for i in at if i < len(row)] for row in body], False)
