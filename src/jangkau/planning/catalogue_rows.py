"""Rows of a catalogue that a planner edits: cells as words and numbers, each refused with its file, row and column."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jangkau.errors import InputError


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """A row of a table: its number, its cells by the name of their column, and the code of the message that refuses."""

    file: str
    number: int
    cells: Mapping[str, str]
    refusal: str

    def text(self, column: str) -> str:
        """Return a cell without blanks around it."""
        return (self.cells.get(column) or "").strip()

    def word(self, column: str, known: Iterable[str]) -> str:
        """Return a cell that must be one of some words, in small letters."""
        allowed = tuple(known)
        written = self.text(column).lower()
        if written not in allowed:
            raise self.wrong(column, ", ".join(word for word in allowed if word))
        return written

    def value(self, column: str, least: float = 0.0, most: float = math.inf) -> float | None:
        """Return a number within bounds; None where the cell is empty."""
        if not self.text(column):
            return None
        try:
            value = float(self.text(column))
        except ValueError:
            value = math.nan
        if not least <= value <= most or value == math.inf:
            raise self.wrong(column, "0 … 1" if most == 1.0 else "≥ 0" if least == 0.0 else "-200 … 100")
        return value

    def amount(self, column: str, most: float = math.inf) -> float:
        """Return a number of 0 or more; 0 where the cell is empty."""
        return self.value(column, most=most) or 0.0

    def wrong(self, column: str, allowed: str) -> InputError:
        """Return the refusal of a cell, with what it may hold."""
        said = {"file": self.file, "row": self.number, "column": column, "value": self.text(column)}
        return InputError(self.refusal, **said, allowed=allowed)
