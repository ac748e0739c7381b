"""Tables for spreadsheets: grades with their reasons in words."""

import csv
import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from jangkau.messages import LANGUAGES, Message, render
from jangkau.records import Grade
from jangkau.reports.sentences import message_from_json

_DECIMALS = {"probability_served": 4, "probability_weak": 4, "longitude": 6, "latitude": 6}
_OTHER_DECIMALS = 2


class Refusal(Protocol):
    """A row that an import refused."""

    @property
    def row(self) -> int:
        """Number of the row in the file."""

    @property
    def field(self) -> str:
        """Name of the column."""

    @property
    def value(self) -> str:
        """What stood there."""

    @property
    def reason(self) -> Message:
        """What is wrong with it."""

    @property
    def remedy(self) -> Message:
        """What to do."""

    @property
    def cells(self) -> Mapping[str, str]:
        """The whole row as it was, by the names of its columns; empty for what is no row of a table."""

    @property
    def sheet(self) -> str:
        """The sheet that it stood on; empty for a file of one table."""


def write_grades_csv(path: Path, grades: Sequence[Grade], language: str | None = None) -> None:
    """Write grades as UTF-8 CSV in the order given: the fields of `Grade`, then the reason as a sentence.

    Parameters
    ----------
    path : Path
        File to write; an old one is replaced.
    grades : sequence of Grade
    language : str, optional
        Write the column ``reason_<language>`` alone; None writes one column a language.
    """
    names = [f.name for f in dataclasses.fields(Grade)]
    languages = LANGUAGES if language is None else (language,)
    rows = (_grade_row(grade, names, languages) for grade in grades)
    write_rows(path, [*names, *(f"reason_{name}" for name in languages)], rows)


def _grade_row(grade: Grade, names: Sequence[str], languages: Sequence[str]) -> list[str]:
    reason = message_from_json(grade.reason_code, grade.reason_parameters)
    values = [cell_text(getattr(grade, name), _DECIMALS.get(name, _OTHER_DECIMALS)) for name in names]
    return values + [render(reason, name) for name in languages]


def cell_text(value: object, decimals: int = _OTHER_DECIMALS) -> str:
    """Return a value as a CSV cell: empty for None and NaN, ISO 8601 dates, decimal points, no needless zeros."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        text = f"{value:.{decimals}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if text == "-0" else text
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value)


def write_rows(path: Path, names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write rows of cells under their names as CSV in UTF-8."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(names)
        table.writerows(rows)
