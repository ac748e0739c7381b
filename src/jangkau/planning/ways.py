"""The catalogue of ways in which a place can send its result in the last weeks: what each costs, takes and needs.

The shipped file is ``ways.csv`` beside this module; a region keeps its own copy, which a planner edits.
"""

import csv
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import get_args

from jangkau.errors import InputError
from jangkau.planning.ladder import Rung
from jangkau.records import StakeholderKind

NAMES = (
    "permanent", "bandwidth", "wifi", "strengthen_cell", "mobile_bts", "satellite", "generator", "send_place", "carry",
    "radio",
)  # fmt: skip
RUNGS: tuple[Rung, ...] = get_args(Rung)
KINDS: tuple[str, ...] = ("", *get_args(StakeholderKind))
COLUMNS = (
    "way", "rung", "cost_idr", "cost_idr_per_km", "days", "crews", "hours", "kits", "within_km", "sure", "agree",
    "stakeholder", "source", "assumed", "meaning",
)  # fmt: skip
ALWAYS = ("permanent", "carry", "radio")
"""Ways that take no money, no team and no kit: whoever can do nothing else still has these."""


@dataclass(frozen=True, slots=True)
class CatalogueWay:
    """One row of the catalogue.

    Attributes
    ----------
    way : str
        One of `NAMES`.
    rung : str
        What it is on the ladder: permanent, temporary, send_place or carry.
    cost_idr, cost_idr_per_km : float
        For each place, and for each kilometre to the place that it needs [IDR].
    days : int
        From the order until a team can begin; without a team: until it works.
    crews : int
        Teams that work together on it.
    hours : float
        That each of them works there, without the way [h].
    kits : int or None
        How many there are; None: it takes no kit.
    within_km : float or None
        Farthest place that it may need, by road [km]; None: any.
    sure : float
        How surely a result arrives in time, 0..1.
    agree, stakeholder : str
        Who must agree, and which kind of stakeholder that is.
    source, assumed, meaning : str, bool, str
        Where the numbers come from, whether they are guesses, and what it is.
    """

    way: str
    rung: Rung
    cost_idr: float
    cost_idr_per_km: float
    days: int
    crews: int
    hours: float
    kits: int | None
    within_km: float | None
    sure: float
    agree: str = ""
    stakeholder: str = ""
    source: str = ""
    assumed: bool = True
    meaning: str = ""


Catalogue = dict[str, CatalogueWay]


def shipped() -> str:
    """Return the text of the catalogue that comes with the program."""
    return (files("jangkau.planning") / "ways.csv").read_text("utf-8")


def catalogue_from(rows: Iterable[tuple[int, Mapping[str, str]]], file: str) -> Catalogue:
    """Return the catalogue of a table.

    Parameters
    ----------
    rows : iterable of (row number, cells by the name of their column)
        Columns of `COLUMNS`; numbers have a decimal point. A way that is left out cannot be taken.
    file : str
        For the refusals.

    Raises
    ------
    InputError
        Where a way is unknown or comes twice, a cell is no number or out of range, or a way of `ALWAYS` is lacking.
    """
    found: Catalogue = {}
    for number, cells in rows:
        row = _Row(file, number, cells)
        name = row.word("way", NAMES)
        if name in found:
            raise InputError("remedy.twice", file=file, row=number, way=name)
        found[name] = row.read(name)
    lacking = [name for name in ALWAYS if name not in found]
    if lacking:
        raise InputError("remedy.lacking", file=file, ways=", ".join(lacking))
    return found


def parse(text: str, file: str) -> Catalogue:
    """Return the catalogue of a CSV text."""
    return catalogue_from(enumerate(csv.DictReader(io.StringIO(text)), 2), file)


@dataclass(frozen=True, slots=True)
class _Row:
    file: str
    number: int
    cells: Mapping[str, str]

    def read(self, name: str) -> CatalogueWay:
        rung: Rung = next(r for r in RUNGS if r == self.word("rung", RUNGS))
        made = CatalogueWay(
            way=name,
            rung=rung,
            cost_idr=self.number_of("cost_idr"),
            cost_idr_per_km=self.number_of("cost_idr_per_km"),
            days=self.whole("days"),
            crews=self.whole("crews"),
            hours=self.number_of("hours"),
            kits=self.whole("kits") if self.text("kits") else None,
            within_km=self.number_of("within_km") if self.text("within_km") else None,
            sure=self.number_of("sure", most=1.0),
            agree=self.text("agree"),
            stakeholder=self.word("stakeholder", KINDS),
            source=self.text("source"),
            assumed=self.word("assumed", ("true", "false", "")).lower() != "false",
            meaning=self.text("meaning"),
        )
        if name in ALWAYS and (made.cost_idr, made.cost_idr_per_km, made.crews, made.kits) != (0.0, 0.0, 0, None):
            raise InputError("remedy.not_free", file=self.file, row=self.number, way=name)
        return made

    def text(self, column: str) -> str:
        return (self.cells.get(column) or "").strip()

    def word(self, column: str, known: Iterable[str]) -> str:
        allowed = tuple(known)
        written = self.text(column).lower()
        if written not in allowed:
            raise self._wrong(column, ", ".join(word for word in allowed if word))
        return written

    def number_of(self, column: str, most: float = math.inf) -> float:
        try:
            value = float(self.text(column) or 0)
        except ValueError:
            value = math.nan
        if not 0.0 <= value <= most or math.isinf(value):
            raise self._wrong(column, "0 … 1" if most == 1.0 else "≥ 0")
        return value

    def whole(self, column: str) -> int:
        value = self.number_of(column)
        if value != int(value):
            raise self._wrong(column, "0, 1, 2 …")
        return int(value)

    def _wrong(self, column: str, allowed: str) -> InputError:
        said = {"file": self.file, "row": self.number, "column": column, "value": self.text(column)}
        return InputError("remedy.bad_cell", **said, allowed=allowed)
