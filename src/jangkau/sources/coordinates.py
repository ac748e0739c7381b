"""Positions that stand in one cell, as maps on phones copy them: latitude first, unless letters say which is which."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

PAIR = "coordinates"
"""Name of a column of such cells."""

_SIDES = r"(?:LU|LS|BT|BB|[NSEWUTB])"
_PLAIN = re.compile(
    r"\(?\s*(-?\d+(?:[.,]\d+)?)\s*(?:°?\s*[;/|]\s*|\s*,\s+|\s+|(?<=\d)°?,(?=-?\d+\.))(-?\d+(?:[.,]\d+)?)\s*°?\s*\)?"
)
_LETTERED = re.compile(
    rf"(.*\d.*?{_SIDES})[\s,;/|]+(.*\d.*?{_SIDES})|({_SIDES}.*?\d.*?)[\s,;/|]+({_SIDES}.*\d.*)", re.IGNORECASE
)
_EAST_WEST = re.compile(r"(?:BT|BB|[EWTB])(?![A-Z])", re.IGNORECASE)


def latitude_longitude(text: str) -> tuple[str, str]:
    """Return the latitude and the longitude of a cell as texts; where it cannot be told, all of it is the latitude.

    Parameters
    ----------
    text : str
        Such as ``0.5231, 117.5012``; ``0,5231; 117,5012``; ``0°31'23" LU 117°30'04" BT``.
    """
    lettered = _LETTERED.fullmatch(text.strip())
    if lettered is not None:
        first, second = (part.strip() for part in lettered.groups() if part)
        return (second, first) if _EAST_WEST.search(first) else (first, second)
    plain = _PLAIN.fullmatch(text.strip())
    if plain is None:
        return text, ""
    first, second = plain.groups()
    return (second, first) if abs(float(first.replace(",", "."))) > 90.0 else (first, second)


@dataclass(frozen=True, slots=True)
class WithPositions:
    """Rows of a table with latitude and longitude behind their other cells, taken from the cell that holds both."""

    rows: Iterable[Sequence[str]]
    column: int
    width: int

    def __iter__(self) -> Iterator[list[str]]:
        for row in self.rows:
            if not any(row):
                yield []
                continue
            cells = [*row[: self.width], *[""] * (self.width - len(row))]
            yield [*cells, *(latitude_longitude(cells[self.column]) if cells[self.column].strip() else ("", ""))]
