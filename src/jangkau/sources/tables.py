"""Tables as people keep them: CSV with any separator, spreadsheets, comma decimals, titles above the header."""

import csv
import gzip
import io
import re
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl

from jangkau.errors import FormatError, JangkauError
from jangkau.messages import Message
from jangkau.sources.headers import is_header, own_names
from jangkau.spreadsheets import unescaped

SEPARATORS = (",", ";", "\t")
GZIP = b"\x1f\x8b"
HEADER_ROWS = 12
"""Rows among which the header is looked for."""

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
    cells : sequence
        Rows below the header.
    first_row : int
        Number that a person sees beside the first of them.
    decimal_comma : bool
        Whether 1,5 is one and a half and 1.500 is one thousand five hundred.
    notes : list of Message
    """

    file: str
    header: tuple[str, ...]
    cells: Sequence[Sequence[str]]
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
    return _spreadsheet(path) if is_spreadsheet(path) else _separated(path)


def is_spreadsheet(path: Path) -> bool:
    """Tell whether a file is a spreadsheet, by its name or its first bytes."""
    return path.suffix.lower() in (".xlsx", ".xlsm") or _starts_with(path, b"PK\x03\x04")


def _starts_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _separated(path: Path) -> Table:
    text, notes = _text(path)
    if text[:5].lower().startswith("sep="):
        text = text.partition("\n")[2]
    lines = [line for line in text[:100_000].splitlines() if line.strip()]
    if not lines:
        raise FormatError("table.empty", file=path.name)
    if lines[0].lstrip()[:1] in "{[<":
        raise FormatError("table.not_table", file=path.name)
    separator = _separator(lines[: HEADER_ROWS * 2])
    try:
        cells = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise FormatError("table.not_table", file=path.name) from error
    return _table(path.name, cells, notes, comma=separator == ";")


def _text(path: Path) -> tuple[str, list[Message]]:
    """Return the text of a file, and a note when it is not UTF-8."""
    content = path.read_bytes()
    if content[:2] == GZIP:
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise FormatError("table.broken_gzip", file=path.name) from error
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace"), []
    if b"\x00" in content[:4096]:
        raise FormatError("table.not_table", file=path.name)
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), [Message("table.encoding", {"file": path.name})]


def _separator(lines: Sequence[str]) -> str:
    """Return the separator that gives a header, or else the most columns."""

    def worth(separator: str) -> tuple[bool, int]:
        rows = list(csv.reader(lines, delimiter=separator))
        return any(is_header(row) and len(row) > 1 for row in rows), max((len(row) for row in rows), default=0)

    return max(SEPARATORS, key=worth)


def _spreadsheet(path: Path) -> Table:
    sheets = _sheets(path)
    for cells in sheets:
        if any(is_header(row) for row in cells[:HEADER_ROWS]):
            return _table(path.name, cells, [])
    for cells in sheets:
        if cells:
            return _table(path.name, cells, [])
    raise FormatError("table.empty", file=path.name)


def _sheets(path: Path) -> list[list[list[str]]]:
    """Return the cells of every sheet; formulas give the value that the spreadsheet program stored."""
    with opened_book(path) as book:
        return [
            [[_cell_text(value) for value in row] for row in sheet.iter_rows(values_only=True)]
            for sheet in book.worksheets
        ]


@contextmanager
def opened_book(path: Path) -> Iterator[Any]:
    """Open a spreadsheet for reading, formulas as the values that the spreadsheet program stored.

    Raises
    ------
    FormatError
        When it is none, is protected by a password, or is not whole.
    """
    book = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of features that the library does not read, such as drop-down lists
        try:
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
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


def _table(file: str, cells: list[list[str]], notes: list[Message], *, comma: bool = False) -> Table:
    """Return a table of raw rows: the header is found, and how decimals are written."""
    start = next((i for i, row in enumerate(cells[:HEADER_ROWS]) if is_header(row)), None)
    if start is None:
        start = next((i for i, row in enumerate(cells) if any(cell.strip() for cell in row)), None)
    if start is None:
        raise FormatError("table.empty", file=file)
    if len(cells[start]) == len(OPENCELLID) and cells[start][0] in ("GSM", "UMTS", "LTE", "NR", "CDMA"):
        header, below = own_names(OPENCELLID), start
    else:
        header, below = own_names(cells[start]), start + 1
    body = cells[below:]
    if not any(any(row) for row in body):
        raise FormatError("table.no_rows", file=file, seen=", ".join(header))
    comma = decimal_comma(header, body, comma)
    if comma:
        notes = [*notes, Message("table.decimal_comma", {"file": file})]
    return Table(file, header, body, below + 1, comma, notes)


def decimal_comma(header: Sequence[str], body: Sequence[Sequence[str]], otherwise: bool) -> bool:
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
