"""Workbooks for people to fill in: the register, a sheet a kind, and the rows that an import refused."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from jangkau.messages import Message, render
from jangkau.reports.tables import Refusal
from jangkau.spreadsheets import LONGEST_TEXT, UNFIT_FOR_CELLS, date_book, escaped

Form = Literal["text", "number", "whole", "date", "truth"]
FORMATS: dict[Form, str] = {
    "text": "@", "number": "General", "whole": "0", "date": "yyyy-mm-dd", "truth": "General",
}  # fmt: skip
"""How a spreadsheet program shows, and what it makes of, what is typed into a column."""

NARROW, WIDE = 9, 46
"""Widths of columns, in characters."""

LONGEST_LIST = 255
"""Characters that a drop-down list may have inside a sheet."""

SPARE_ROWS = 2_000
"""Rows below the last one that have drop-down lists too."""

NEEDED_FILL = PatternFill("solid", fgColor="1B7F8C")
OTHER_FILL = PatternFill("solid", fgColor="E3E8EC")
NEEDED_FONT = Font(bold=True, color="FFFFFF")
OTHER_FONT = Font(bold=True, color="22303A")
REASON_FILL = PatternFill("solid", fgColor="F7E3EA")


@dataclass(frozen=True, slots=True)
class BookColumn:
    """A column of a sheet: its header, how its cells are formatted, and what may stand there."""

    header: str
    form: Form = "text"
    required: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BookSheet:
    """A sheet: its title, its columns, and its rows, each with the values of all columns."""

    title: str
    columns: Sequence[BookColumn]
    rows: Sequence[Sequence[object]] = field(default=())


@dataclass(frozen=True, slots=True)
class ReadMe:
    """The first sheet: sentences, each a row of languages, then tables."""

    title: str
    sentences: Sequence[Sequence[str]]
    tables: Sequence[Sequence[Sequence[str]]]


def write_book(path: Path, sheets: Sequence[BookSheet], read_me: ReadMe | None = None) -> None:
    """Write a workbook; texts stay texts, numbers keep every bit.

    Parameters
    ----------
    path : Path
        File to write; an old one is replaced.
    sheets : sequence of BookSheet
    read_me : ReadMe, optional
        A sheet before the others that explains them.
    """
    book = Workbook(write_only=True)
    if read_me is not None:
        _write_read_me(book, read_me)
    for sheet in sheets:
        _write_sheet(book, sheet)
    book.save(path)


def write_dated_book(path: Path, sheets: Sequence[BookSheet], day: date, read_me: ReadMe | None = None) -> None:
    """Write a workbook that says of itself that it was made on a day; same content, same bytes."""
    write_book(path, sheets, read_me)
    date_book(path, day)


def fits_a_cell(value: object) -> bool:
    """Tell whether a value is not too long for a cell."""
    return not isinstance(value, str) or len(value) <= LONGEST_TEXT


def _write_sheet(book: Any, sheet: BookSheet) -> None:
    page = book.create_sheet(sheet.title)
    page.freeze_panes = "B2"
    styles = []
    for count, column in enumerate(sheet.columns, 1):
        letter = get_column_letter(count)
        page.column_dimensions[letter].width = _width(column, (row[count - 1] for row in sheet.rows[:500]))
        page.column_dimensions[letter].number_format = FORMATS[column.form]
        cell = WriteOnlyCell(page)
        cell.number_format = FORMATS[column.form]
        styles.append(cell)
        words = column.words or (("TRUE", "FALSE") if column.form == "truth" else ())
        _add_list(page, words, f"{letter}2:{letter}{len(sheet.rows) + 1 + SPARE_ROWS}")
    page.append([_header_cell(page, column) for column in sheet.columns])
    for row in sheet.rows:
        page.append([_cell(page, value, style) for value, style in zip(row, styles, strict=True)])


def _width(column: BookColumn, values: Iterable[object]) -> int:
    longest = max((len(str(value)) for value in values if value is not None), default=0)
    return min(max(longest, len(column.header) + 2, NARROW) + 2, WIDE)


def _add_list(page: Any, words: Sequence[str], cells: str) -> None:
    """Offer words in a drop-down list; others may be typed all the same, since an import knows many spellings."""
    listed = ",".join(words)
    if words and len(listed) <= LONGEST_LIST and not any("," in word or '"' in word for word in words):
        page.data_validations.append(
            DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True, errorStyle="warning", sqref=cells)
        )


def _header_cell(page: Any, column: BookColumn) -> Any:
    cell = WriteOnlyCell(page, f"{column.header} *" if column.required else column.header)
    cell.fill, cell.font = (NEEDED_FILL, NEEDED_FONT) if column.required else (OTHER_FILL, OTHER_FONT)
    return cell


def _cell(page: Any, value: object, style: Any) -> Any:
    """Return a cell; a text never becomes a formula, and a number has all its digits (the library writes 16)."""
    if value is None:
        return None
    cell = WriteOnlyCell(page)
    if isinstance(value, (bool, date)):
        cell.value = value
    elif isinstance(value, (int, float)):
        cell.value, cell.data_type = repr(value), "n"
    else:
        cell.value, cell.data_type = str(value), "s"
    cell._style = copy(style._style)
    return cell


def _write_read_me(book: Any, read_me: ReadMe) -> None:
    page = book.create_sheet(read_me.title)
    page.sheet_view.showGridLines = False
    for letter, width in zip("ABCDEFGH", (62, 62, 16, 26, 12, 12, 44, 60), strict=True):
        page.column_dimensions[letter].width = width
    for count, sentence in enumerate(read_me.sentences):
        page.append([_prose(page, text, Font(bold=True, size=14) if count == 0 else None) for text in sentence])
    for table in read_me.tables:
        page.append([])
        for count, row in enumerate(table):
            page.append([_prose(page, text, OTHER_FONT if count == 0 else None) for text in row])


def _prose(page: Any, text: str, font: Font | None) -> Any:
    cell = WriteOnlyCell(page)
    cell.value, cell.data_type = escaped(text), "s"
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if font is not None:
        cell.font = font
    return cell


def write_refusals_book(path: Path, refused: Sequence[Refusal], language: str) -> None:
    """Write the rows that an import refused, as they were, each with the reasons and what to do, in a language.

    The sheets have the columns of the file, so that they can be mended and imported again; what is no row of a table is
    listed by its number, field and value.
    """
    pages: dict[str, list[Refusal]] = {}
    for one in refused:
        pages.setdefault(one.sheet or render(Message("book.refused"), language), []).append(one)
    write_book(path, [_refused_sheet(title, some, language) for title, some in pages.items()])


def _refused_sheet(title: str, refused: Sequence[Refusal], language: str) -> BookSheet:
    rows: dict[int, list[Refusal]] = {}
    for one in refused:
        rows.setdefault(one.row, []).append(one)
    cells = {number: some[0].cells or _about(some) for number, some in rows.items()}
    names = list(dict.fromkeys(name for row in cells.values() for name in row))
    said = [render(Message(f"book.{what}"), language) for what in ("refused_row", "reason", "what_to_do")]
    columns = [*(BookColumn(name) for name in names), BookColumn(said[0], "whole"), *map(BookColumn, said[1:])]
    values = [
        [*(_raw(cells[number].get(name)) for name in names), number, *_why(some, language)]
        for number, some in rows.items()
    ]
    return BookSheet(title, columns, values)


def _about(refused: Sequence[Refusal]) -> Mapping[str, str]:
    return {"field": ", ".join(one.field for one in refused), "value": ", ".join(one.value for one in refused)}


def _raw(text: str | None) -> str | None:
    """Return a cell of a file as it was, without what no cell can hold."""
    return (UNFIT_FOR_CELLS.sub("", text)[:LONGEST_TEXT] or None) if text else None


def _why(refused: Sequence[Refusal], language: str) -> list[str]:
    reasons = [escaped("\n".join(render(one.reason, language) for one in refused))]
    return [*reasons, escaped("\n".join(dict.fromkeys(render(one.remedy, language) for one in refused)))]
