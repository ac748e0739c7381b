"""Words of a report in one language: sentences, numbers, days, grades, and tables of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from jangkau.messages import Message, number, render
from jangkau.records import Grade
from jangkau.reports.sentences import sentence

Cell = str | dict[str, str]
"""A text, or a grade: its value and its label."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its title, its columns, which of them hold numbers, and its rows."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numbers: Sequence[int] = ()

    def as_json(self) -> dict[str, Any] | None:
        """Return what the template reads; None where there is no row."""
        if not self.rows:
            return None
        rows = [list(row) for row in self.rows]
        return {"title": self.title, "head": list(self.head), "rows": rows, "numbers": list(self.numbers)}


@dataclass(frozen=True, slots=True)
class Words:
    """Speaks one language."""

    language: str

    def say(self, code: str, /, **parameters: object) -> str:
        """Return the sentence of a code."""
        return render(Message(code, parameters), self.language)

    def of(self, message: Message) -> str:
        """Return the sentence of a message."""
        return render(message, self.language)

    def count(self, value: float | None) -> str:
        """Return a whole number, a dash where nobody knows it."""
        return "–" if value is None else number(round(value), ",d", self.language)

    def day(self, day: date | None) -> str:
        """Return a day as people write it, a dash for none."""
        if day is None:
            return "–"
        return self.say("map.date", day=day.day, month=Message(f"map.month_{day.month}"), year=day.year)

    def grade(self, value: str) -> Cell:
        """Return a grade with its word."""
        return {"value": value, "label": self.say(f"value.{value}")}

    def reason(self, grade: Grade) -> str:
        """Return why a grade is what it is."""
        return sentence(grade.reason_code, grade.reason_parameters, self.language)

    def evidence(self, grade: Grade) -> str:
        """Return what a grade rests on, with its day, and whether that is too old."""
        code = "report.evidence_stale" if grade.stale else f"report.evidence_{grade.evidence}"
        return self.say(code, date=self.day(grade.evidence_date))

    def heads(self, *names: str) -> list[str]:
        """Return the headers of a table."""
        return [self.say(f"report.head_{name}") for name in names]
