"""Where tables stand on a sheet: under which header, below which titles, and which rows are none of their data."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jangkau.sources.headers import KNOWN, is_header, own_names

HEADER_ROWS = 12
"""Rows among which the first header is looked for."""

_NUMBER = re.compile(r"\(?(\d{1,2})\)?")
_CODE = re.compile(r"\S*\d\S*")
_IN_BRACKETS = re.compile(r"\(.*\)|\[.*\]")
_TOTAL = re.compile(
    r"(grand |sub ?-?)?(total|jumlah|rata-rata|rerata|average)( total| seluruh\w*| (kec|kab|desa).*| \(.*\))?\s*:?",
    re.IGNORECASE,
)
"""The first filled cell of a row of sums."""


@dataclass(frozen=True, slots=True)
class Section:
    """A table on a sheet: the cells of its header, the rows below it, and the number of the first of them."""

    header: Sequence[str]
    rows: list[Sequence[str]]
    first_row: int


def first_header(rows: Iterable[Sequence[str]]) -> int | None:
    """Return the index of the first row that names columns, among the first of a sheet."""
    for index, row in enumerate(rows):
        if index == HEADER_ROWS:
            return None
        if is_header(row):
            return index
    return None


def sections_of(rows: Sequence[Sequence[str]]) -> list[Section]:
    """Return the tables of a sheet; none where no row names columns.

    A header begins another table where it stands below an empty row or a title; one that is repeated, as on each
    printed page, does not. A second row of a header, such as bujur and lintang below a merged koordinat, is part of it.
    """
    start = first_header(rows)
    found: list[Section] = []
    while start is not None:
        header, below = whole_header(rows, start)
        end = next((k for k in range(below, len(rows)) if _begins_another(rows, k, header)), None)
        body = rows[below:end]
        kept: list[Sequence[str]] = [[] if list(row) == list(rows[start]) else row for row in body]
        while end is not None and kept and _filled(kept[-1]) <= 1:
            kept.pop()  # the title of the next table
        found.append(Section(header, kept, below + 1))
        start = end
    return found


def whole_header(rows: Sequence[Sequence[str]], start: int) -> tuple[list[str], int]:
    """Return the cells of the header at an index, of two rows where it has them, and the index of what is below it."""
    header, below = list(rows[start]), start + 1
    second = list(rows[below]) if below < len(rows) else []
    width = max(len(header), len(second))
    first, second = [*header, *[""] * (width - len(header))], [*second, *[""] * (width - len(second))]
    if any(second) and _adds_names(first, second):
        header, below = [b or a for a, b in zip(first, second, strict=True)], below + 1
    while below < len(rows) and numbers_columns(rows[below]):
        below += 1
    return header, below


def _adds_names(first: Sequence[str], second: Sequence[str]) -> bool:
    """Tell whether a row below a header only names columns, and ones that the header does not name."""
    names = own_names(second)
    filled = [k for k, cell in enumerate(second) if cell.strip()]
    known_before = {k for k, name in enumerate(own_names(first)) if name in KNOWN}
    more = [k for k in filled if names[k] in KNOWN and k not in known_before]
    return bool(more) and all(names[k] in KNOWN or second[k] == first[k] for k in filled)


def numbers_columns(row: Sequence[str]) -> bool:
    """Tell whether a row below a header counts its columns (1, 2, 3 ...) or only holds units in brackets."""
    filled = [cell.strip() for cell in row if cell.strip()]
    numbers = [int(found[1]) for cell in filled if (found := _NUMBER.fullmatch(cell))]
    if len(filled) > 2 and numbers in (list(range(1, len(filled) + 1)), list(range(len(filled)))):
        return True
    return len(filled) > 1 and all(_IN_BRACKETS.fullmatch(cell) for cell in filled)


def is_remark(row: Sequence[str], columns: int, needed: int) -> bool:
    """Tell whether a row of a table of several columns is none of its data: a sum, or nothing but words in one cell.

    Parameters
    ----------
    row : sequence of str
    columns : int
        Of the table.
    needed : int
        Columns that every row must fill: where one is enough, one cell may be all of a row.
    """
    filled = [cell.strip() for cell in row if cell.strip()]
    if columns < 3 or not filled:
        return False
    alone = len(filled) == 1 and needed > 1 and not _CODE.fullmatch(filled[0])
    return alone or _TOTAL.fullmatch(filled[0]) is not None


def _begins_another(rows: Sequence[Sequence[str]], index: int, header: Sequence[str]) -> bool:
    row = rows[index]
    return is_header(row) and _filled(row) > 1 and list(row) != list(header) and _filled(rows[index - 1]) <= 1


def _filled(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)
