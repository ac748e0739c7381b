"""The sheets of a spreadsheet as rows of texts: XLSX, and ODS as LibreOffice writes it."""

import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl

from jangkau.errors import FormatError, JangkauError
from jangkau.spreadsheets import unescaped

MERGED_BYTES = 5_000_000
"""Spreadsheets smaller than this are looked through for merged cells."""

ZIPPED = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0"
"""How workbooks of old Excel, and those with a password, begin."""

ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
LONGEST_GAP = 1_000
"""Empty rows of an ODS file that stand for themselves; longer runs only say that the rest of the sheet is empty."""

BROKEN = (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, zlib.error)
"""What the archive of a damaged or protected file makes its reader raise."""

MOST_CONTENT_BYTES = 1 << 29
FIRST_BYTES = 4096
_SPACE = {
    "office": "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}",
    "table": "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}",
    "text": "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}",
    "style": "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its title, whether it is hidden, and the texts of its cells from its very first row."""

    title: str
    hidden: bool
    rows: list[list[str]]


def is_spreadsheet(path: Path) -> bool:
    """Tell whether a file is a spreadsheet, by its name or its first bytes."""
    with path.open("rb") as file:
        start = file.read(len(ZIPPED))
    return path.suffix.lower() in (".xlsx", ".xlsm", ".ods") or start in (ZIPPED, OLE)


def sheets_of(path: Path) -> list[Sheet]:
    """Return every sheet of a spreadsheet; what is merged down a column stands in each of its rows.

    Raises
    ------
    FormatError
        When it is none, is of old Excel or protected by a password, or is not whole.
    """
    return _ods_sheets(path) if is_ods(path) else _xlsx_sheets(path)


def _xlsx_sheets(path: Path) -> list[Sheet]:
    with opened_book(path, whole=path.stat().st_size < MERGED_BYTES) as book:
        sheets = []
        for sheet in book.worksheets:
            cells = [[_cell_text(value) for value in row] for row in sheet.iter_rows(values_only=True)]
            for merged in getattr(sheet, "merged_cells", ()) and sheet.merged_cells.ranges:
                _fill_down(cells, merged)
            sheets.append(Sheet(sheet.title, sheet.sheet_state != "visible", cells))
        return sheets


def _fill_down(cells: list[list[str]], merged: Any) -> None:
    if merged.min_col == merged.max_col:
        for row in cells[merged.min_row : merged.max_row]:
            row[merged.min_col - 1] = cells[merged.min_row - 1][merged.min_col - 1]


@contextmanager
def opened_book(path: Path, *, whole: bool = False) -> Iterator[Any]:
    """Open an XLSX file for reading, formulas as the values that the spreadsheet program stored.

    Only one that is read as a `whole`, which takes more memory, tells which cells are merged.

    Raises
    ------
    FormatError
        When it is none, is of old Excel or protected by a password, or is not whole.
    """
    with path.open("rb") as file:
        if file.read(len(OLE)) == OLE:
            raise FormatError("table.old_spreadsheet", file=path.name)
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


def is_ods(path: Path) -> bool:
    """Tell whether a file is a spreadsheet of LibreOffice."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "mimetype" in archive.namelist() and archive.read("mimetype").startswith(ODS_TYPE)
    except BROKEN:
        return False


def _ods_sheets(path: Path) -> list[Sheet]:
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("content.xml").file_size > MOST_CONTENT_BYTES:
                raise FormatError("table.not_spreadsheet", file=path.name)
            text = archive.read("content.xml")
            if b"<!" in text[:FIRST_BYTES]:  # a document type, which such files never have, could blow it up
                raise FormatError("table.not_spreadsheet", file=path.name)
            content = ElementTree.fromstring(text)  # noqa: S314 - see above
    except (ElementTree.ParseError, KeyError, *BROKEN) as error:
        raise FormatError("table.not_spreadsheet", file=path.name) from error
    hidden = {
        style.get(_name("style:name"))
        for style in content.iter(_name("style:style"))
        for shown in style
        if shown.get(_name("table:display")) == "false"
    }
    return [
        Sheet(table.get(_name("table:name"), ""), table.get(_name("table:style-name")) in hidden, _ods_rows(table))
        for table in content.iter(_name("table:table"))
    ]


def _name(short: str) -> str:
    space, _, name = short.partition(":")
    return _SPACE[space] + name


def _ods_rows(table: ElementTree.Element) -> list[list[str]]:
    rows: list[list[str]] = []
    below: dict[int, tuple[int, str]] = {}
    for row in table.iter(_name("table:table-row")):
        cells = _ods_cells(row, below)
        repeated = int(row.get(_name("table:number-rows-repeated"), "1"))
        if any(cells) or repeated <= LONGEST_GAP:
            rows += [list(cells) for _ in range(min(repeated, LONGEST_GAP))]
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


def _ods_cells(row: ElementTree.Element, below: dict[int, tuple[int, str]]) -> list[str]:
    """Return the texts of a row; `below` holds for each column what is merged down it, and over how many more rows."""
    cells: list[str] = []
    for cell in row:
        repeated = min(int(cell.get(_name("table:number-columns-repeated"), "1")), LONGEST_GAP)
        if cell.tag == _name("table:covered-table-cell"):
            cells += [_from_above(below, len(cells) + k) for k in range(repeated)]
            continue
        text, spanned = _ods_text(cell), int(cell.get(_name("table:number-rows-spanned"), "1")) - 1
        if spanned and cell.get(_name("table:number-columns-spanned"), "1") == "1":
            below[len(cells)] = (spanned, text)
        cells += [text] * repeated
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _from_above(below: dict[int, tuple[int, str]], column: int) -> str:
    left, text = below.pop(column, (0, ""))
    if left > 1:
        below[column] = (left - 1, text)
    return text


def _ods_text(cell: ElementTree.Element) -> str:
    kind = cell.get(_name("office:value-type"), "")
    if kind in ("float", "percentage", "currency"):
        return _cell_text(float(cell.get(_name("office:value"), "nan")))
    if kind == "date":
        return cell.get(_name("office:date-value"), "").removesuffix("T00:00:00")
    if kind == "boolean":
        return cell.get(_name("office:boolean-value"), "")
    return unescaped("\n".join("".join(p.itertext()) for p in cell.findall(_name("text:p")))).strip()
