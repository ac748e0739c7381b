"""Tables as people keep them: CSV with any separator, spreadsheets, comma decimals, titles above the header."""

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from jangkau.errors import FormatError
from jangkau.messages import Message
from jangkau.sources.coordinates import PAIR, WithPositions
from jangkau.sources.headers import is_header, own_names
from jangkau.sources.sections import HEADER_ROWS, Section, first_header, sections_of, whole_header
from jangkau.sources.sheets import is_spreadsheet, sheets_of

SEPARATORS = (",", ";", "\t")
BLOCK = 1 << 20
GZIP = b"\x1f\x8b"
NO_TABLES = (b"%PDF", b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"{\\rtf", b"\x00\x00\x01\x00")
"""How letters and pictures begin, which lie in the same folders."""

SECTIONED_BYTES = 5_000_000
"""Texts smaller than this are looked through for more than one table."""

MOST_TITLE = 23
"""Characters of a sheet's title that are kept where something is added: titles have 31 at most."""

FIRST_CELLS = 6
"""Cells shown of a sheet that holds no table."""

SAMPLE_ROWS = 200
"""Rows that show how a table writes decimals."""

OPENCELLID = (
    "radio", "mcc", "net", "area", "cell", "unit", "lon", "lat", "range", "samples", "changeable", "created",
    "updated", "averageSignal",
)  # fmt: skip
"""Header that the downloads of OpenCelliD for one country leave out."""

WITH_COMMA = re.compile(r"-?\d+,\d+")
WITH_POINT = re.compile(r"-?\d+\.\d+")


class Row(NamedTuple):
    """A row of a table: its number as a person sees it (the header is 1), and its cells by the name of their column.

    `surplus` counts filled cells beyond the last column.
    """

    number: int
    values: dict[str, str]
    surplus: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A file of rows as text.

    Attributes
    ----------
    file : str
        Its name.
    header : tuple of str
        Names of the columns as Jangkau calls them.
    cells : iterable
        Rows below the header; can be gone through again and again.
    first_row : int
        Number that a person sees beside the first of them.
    decimal_comma : bool
        Whether 1,5 is one and a half and 1.500 is one thousand five hundred.
    notes : list of Message
    sheet : str
        Title of its sheet; empty for a text.
    titles : tuple of str
        Names of the columns as they stand in the file; empty where they are not known.
    """

    file: str
    header: tuple[str, ...]
    cells: Iterable[Sequence[str]]
    first_row: int
    decimal_comma: bool = False
    notes: list[Message] = field(default_factory=list)
    sheet: str = ""
    titles: tuple[str, ...] = ()

    def rows(self) -> Iterator[Row]:
        """Return the rows that are not empty."""
        for number, cells in enumerate(self.cells, self.first_row):
            if any(cells):
                columns = len(self.header)
                beyond = {f"column_{i}": cell for i, cell in enumerate(cells[columns:], columns + 1) if cell.strip()}
                yield Row(number, dict(zip(self.header, cells, strict=False)) | beyond, len(beyond))


def read_table(path: Path) -> Table:
    """Return the only table of a CSV, XLSX or ODS file, the first of several.

    Raises
    ------
    FormatError
        When the file is empty or no table.
    """
    return read_tables(path)[0]


def fitting(tables: Sequence[Table], fits: Callable[[Table], bool]) -> list[Table]:
    """Return the tables that fit, or else the first one; the others are noted with it, for they are not taken in."""
    own = [table for table in tables if fits(table)] or list(tables[:1])
    others = [f"{t.sheet or t.file}: {', '.join(t.header[:FIRST_CELLS])}" for t in tables if t not in own]
    if others:
        own[0].notes.append(Message("table.more_tables", {"tables": "; ".join(others)}))
    return own


def read_tables(path: Path) -> list[Table]:
    """Return all tables of a CSV, XLSX or ODS file, those on hidden sheets left out; the first has the file's notes.

    Raises
    ------
    FormatError
        When the file is empty or no table.
    """
    return _tables_of_sheets(path) if is_spreadsheet(path) else _tables_of_text(path)


def _tables_of_sheets(path: Path) -> list[Table]:
    tables, notes, other = [], [], []
    for sheet in sheets_of(path):
        if not any(any(row) for row in sheet.rows):
            continue
        if sheet.hidden:
            notes.append(Message("table.hidden_sheet", {"sheet": sheet.title}))
            continue
        sections = [one for one in sections_of(sheet.rows) if any(any(row) for row in one.rows)]
        tables += [_section_table(path.name, sheet.title, one, k, comma=False) for k, one in enumerate(sections)]
        if not sections:
            other.append(sheet)
    if not tables and other:
        return [table_of(path.name, other[0].rows, notes)]
    if not tables:
        raise FormatError("table.only_hidden" if notes else "table.empty", file=path.name)
    for sheet in other:
        seen = [cell for row in sheet.rows for cell in row if cell.strip()][:FIRST_CELLS]
        notes.append(Message("table.no_table_on_sheet", {"sheet": sheet.title, "seen": ", ".join(seen)}))
    tables[0].notes[:0] = notes
    return tables


def _tables_of_text(path: Path) -> list[Table]:
    raw = raw_rows(path)
    comma = raw.separator == ";"
    if path.stat().st_size < SECTIONED_BYTES:
        sections = [one for one in sections_of(list(raw.rows)) if any(any(row) for row in one.rows)]
        if sections:
            tables = [_section_table(path.name, "", one, k, comma=comma) for k, one in enumerate(sections)]
            tables[0].notes[:0] = raw.notes
            return tables
    return [table_of(path.name, raw.rows, raw.notes, comma=comma)]


def _section_table(file: str, title: str, section: Section, count: int, *, comma: bool) -> Table:
    """Return a table of a sheet; those below the first one are told apart by the row under their header."""
    sheet = f"{title[:MOST_TITLE]} ({section.first_row})".strip() if count else title
    return _table(file, sheet, section.header, section.rows, section.first_row, [], comma)


def _table(
    file: str,
    sheet: str,
    titles: Sequence[str],
    rows: Iterable[Sequence[str]],
    first_row: int,
    notes: list[Message],
    comma: bool,
) -> Table:
    """Return a table whose positions stand in two columns, with what is noted of how it writes decimals."""
    header = own_names(titles)
    if PAIR in header and not {"longitude", "latitude"} & set(header):
        rows = WithPositions(rows, header.index(PAIR), len(header))
        header = (*header, "latitude", "longitude")
    comma = decimal_comma(header, rows, comma)
    notes = [*notes, *([Message("table.decimal_comma", {"file": file})] if comma else [])]
    shown = tuple(" ".join(title.split()) or name for title, name in zip(titles, header, strict=False))
    return Table(file, header, rows, first_row, comma, notes, sheet, shown)


def _starts_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


@dataclass(frozen=True, slots=True)
class _Lines:
    """The rows of a separated text, read anew each time that they are gone through, so that no file is too large."""

    path: Path
    encoding: str
    separator: str
    first: int

    def __iter__(self) -> Iterator[list[str]]:
        with _opened(self.path) as file, io.TextIOWrapper(file, self.encoding, "replace", newline="") as text:
            try:
                yield from islice(csv.reader(text, delimiter=self.separator), self.first, None)
            except csv.Error as error:
                raise FormatError("table.not_table", file=self.path.name) from error


@dataclass(frozen=True, slots=True)
class RawRows:
    """The rows of a separated text from its very first, what separates cells, and what was noticed."""

    rows: Iterable[list[str]]
    separator: str
    notes: list[Message]


def raw_rows(path: Path) -> RawRows:
    """Return the rows of a separated text with all that stands above their header; FormatError when it is none."""
    if any(_starts_with(path, magic) for magic in NO_TABLES):
        raise FormatError("table.not_table", file=path.name)
    encoding, notes = _encoding(path)
    with _opened(path) as file:
        start = file.read(100_000).decode(encoding, "replace")
    lines = [line for line in start.splitlines() if line.strip()]
    if not lines:
        raise FormatError("table.empty", file=path.name)
    first = int(lines[0][:4].lower() == "sep=")
    if lines[first:] and lines[first].lstrip()[:1] in "{[<":
        raise FormatError("table.not_table", file=path.name)
    separator = _separator(lines[first : HEADER_ROWS * 2])
    return RawRows(_Lines(path, encoding, separator, first), separator, notes)


@contextmanager
def packed(file: BinaryIO, like: Path) -> Iterator[BinaryIO]:
    """Give a file to write to, compressed where another file is; the same content gives the same bytes."""
    if not _starts_with(like, GZIP):
        yield file
        return
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as out:
        yield cast(BinaryIO, out)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading, unpacked where it is compressed."""
    with path.open("rb") as file:
        packed = file.read(len(GZIP)) == GZIP
        file.seek(0)
        try:
            yield cast(BinaryIO, gzip.GzipFile(fileobj=file)) if packed else file
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise FormatError("table.broken_gzip", file=path.name) from error


def _encoding(path: Path) -> tuple[str, list[Message]]:
    """Return in which encoding a text is, and a note when it is not UTF-8."""
    utf8 = codecs.getincrementaldecoder("utf-8")()
    with _opened(path) as file:
        block = file.read(BLOCK)
        if block[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return "utf-16", []
        if b"\x00" in block[:4096]:
            raise FormatError("table.not_table", file=path.name)
        try:
            while block:
                utf8.decode(block)
                block = file.read(BLOCK)
            utf8.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252", [Message("table.encoding", {"file": path.name})]
    return "utf-8-sig", []


def _separator(lines: Sequence[str]) -> str:
    """Return the separator that gives a header, or else the most columns."""

    def worth(separator: str) -> tuple[bool, int]:
        rows = list(csv.reader(lines, delimiter=separator))
        return any(is_header(row) and len(row) > 1 for row in rows), max((len(row) for row in rows), default=0)

    return max(SEPARATORS, key=worth)


@dataclass(frozen=True, slots=True)
class _Body:
    """The rows of a table below its header."""

    rows: Iterable[list[str]]
    first: int

    def __iter__(self) -> Iterator[list[str]]:
        return islice(self.rows, self.first, None)


def table_of(file: str, cells: Iterable[list[str]], notes: list[Message], *, comma: bool = False) -> Table:
    """Return a table of raw rows: the header is found, and how decimals are written.

    Parameters
    ----------
    file : str
        Name that is said in errors.
    cells : iterable of list of str
        Can be gone through again and again.
    notes : list of Message
        What was noticed so far.
    comma : bool
        Whether decimals have a comma where the rows do not tell.

    Raises
    ------
    FormatError
        When there are no rows.
    """
    start = first_header(cells)
    if start is None:
        start = next((i for i, row in enumerate(cells) if any(cell.strip() for cell in row)), None)
    if start is None:
        raise FormatError("table.empty", file=file)
    names, *second = islice(cells, start, start + 2 * HEADER_ROWS)
    if len(names) == len(OPENCELLID) and names[0] in ("GSM", "UMTS", "LTE", "NR", "CDMA"):
        titles, below = list(OPENCELLID), start
    else:
        whole, length = whole_header([names, *second], 0)
        titles, below = whole, start + length
    body = _Body(cells, below)
    if not any(any(row) for row in body):
        if not is_header(titles):
            raise FormatError("table.not_table", file=file)
        raise FormatError("table.no_rows", file=file, seen=", ".join(own_names(titles)))
    return _table(file, "", titles, body, below + 1, notes, comma)


def decimal_comma(header: Sequence[str], body: Iterable[Sequence[str]], otherwise: bool) -> bool:
    """Tell whether a table writes decimals with a comma: its positions show it best, then its other numbers."""
    sample = [row for row in islice(body, SAMPLE_ROWS) if any(row)]
    position = [i for i, name in enumerate(header) if name in ("longitude", "latitude")]
    at_position = [row[i].strip() for row in sample for i in position if i < len(row)]
    for cells in (at_position, [cell.strip() for row in sample for cell in row]):
        comma = any(WITH_COMMA.fullmatch(cell) for cell in cells)
        point = any(WITH_POINT.fullmatch(cell) for cell in cells)
        if comma != point:
            return comma
        if comma and cells is at_position:
            return True
    return otherwise
