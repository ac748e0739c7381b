"""Tables as people keep them: CSV with any separator, spreadsheets, comma decimals, titles above the header."""

import codecs
import csv
import gzip
import io
import re
import warnings
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import openpyxl

from jangkau.errors import FormatError, JangkauError
from jangkau.messages import Message
from jangkau.sources.headers import is_header, own_names
from jangkau.spreadsheets import unescaped

SEPARATORS = (",", ";", "\t")
BLOCK = 1 << 20
GZIP = b"\x1f\x8b"
HEADER_ROWS = 12
"""Rows among which the header is looked for."""

MERGED_BYTES = 5_000_000
"""Spreadsheets smaller than this are looked through for merged cells."""

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
    """

    file: str
    header: tuple[str, ...]
    cells: Iterable[Sequence[str]]
    first_row: int
    decimal_comma: bool = False
    notes: list[Message] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        """Return the rows that are not empty."""
        for number, cells in enumerate(self.cells, self.first_row):
            if any(cells):
                columns = len(self.header)
                beyond = {f"column_{i}": cell for i, cell in enumerate(cells[columns:], columns + 1) if cell.strip()}
                yield Row(number, dict(zip(self.header, cells, strict=False)) | beyond, len(beyond))


def read_table(path: Path) -> Table:
    """Return the rows of a CSV or XLSX file.

    Raises
    ------
    FormatError
        When the file is empty or no table.
    """
    raw = raw_rows(path)
    return table_of(path.name, raw.rows, raw.notes, comma=raw.separator == ";")


def is_spreadsheet(path: Path) -> bool:
    """Tell whether a file is a spreadsheet, by its name or its first bytes."""
    return path.suffix.lower() in (".xlsx", ".xlsm") or _starts_with(path, b"PK\x03\x04")


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
    """The rows of a table from its very first, what separates cells, and what was noticed."""

    rows: Iterable[list[str]]
    separator: str
    notes: list[Message]


def raw_rows(path: Path) -> RawRows:
    """Return the rows of a CSV or XLSX file with all that stands above their header; FormatError when it is none."""
    if is_spreadsheet(path):
        sheets = _sheets(path)
        titled = (cells for cells in sheets if any(is_header(row) for row in cells[:HEADER_ROWS]))
        filled = (cells for cells in sheets if cells)
        return RawRows(next(titled, next(filled, [])), ",", [])
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


def _sheets(path: Path) -> list[list[list[str]]]:
    """Return the cells of every sheet; what is merged down a column stands in each of its rows."""
    with opened_book(path, whole=path.stat().st_size < MERGED_BYTES) as book:
        sheets = []
        for sheet in book.worksheets:
            cells = [[_cell_text(value) for value in row] for row in sheet.iter_rows(values_only=True)]
            for merged in getattr(sheet, "merged_cells", ()) and sheet.merged_cells.ranges:
                _fill_down(cells, merged)
            sheets.append(cells)
        return sheets


def _fill_down(cells: list[list[str]], merged: Any) -> None:
    if merged.min_col == merged.max_col:
        for row in cells[merged.min_row : merged.max_row]:
            row[merged.min_col - 1] = cells[merged.min_row - 1][merged.min_col - 1]


@contextmanager
def opened_book(path: Path, *, whole: bool = False) -> Iterator[Any]:
    """Open a spreadsheet for reading, formulas as the values that the spreadsheet program stored.

    Only one that is read as a `whole`, which takes more memory, tells which cells are merged.

    Raises
    ------
    FormatError
        When it is none, is protected by a password, or is not whole.
    """
    book = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of features that the library does not read, such as drop-down lists
        try:
            book = openpyxl.load_workbook(path, read_only=not whole, data_only=True)
            yield book
        except JangkauError:
            raise
        except Exception as error:  # the library raises whatever a broken archive makes it raise
            raise FormatError("table.not_spreadsheet", file=path.name) from error
        finally:
            if book is not None:
                book.close()


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if (value.hour, value.minute, value.second) == (0, 0, 0) else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return unescaped(str(value)).strip()


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
    start, names = next(((i, row) for i, row in enumerate(islice(cells, HEADER_ROWS)) if is_header(row)), (None, []))
    if start is None:
        filled = ((i, row) for i, row in enumerate(cells) if any(cell.strip() for cell in row))
        start, names = next(filled, (None, []))
    if start is None:
        raise FormatError("table.empty", file=file)
    if len(names) == len(OPENCELLID) and names[0] in ("GSM", "UMTS", "LTE", "NR", "CDMA"):
        header, below = own_names(OPENCELLID), start
    else:
        header, below = own_names(names), start + 1
    body = _Body(cells, below)
    if not any(any(row) for row in body):
        raise FormatError("table.no_rows", file=file, seen=", ".join(header))
    comma = decimal_comma(header, body, comma)
    if comma:
        notes = [*notes, Message("table.decimal_comma", {"file": file})]
    return Table(file, header, body, below + 1, comma, notes)


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
