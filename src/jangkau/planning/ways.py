"""The catalogue of ways in which a place can send its result in the last weeks: what each costs, takes and needs.

The shipped file is ``ways.csv`` beside this module; a region keeps its own copy, which a planner edits.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import get_args

from jangkau.errors import InputError
from jangkau.planning.catalogue_rows import CatalogueRow
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
        row = CatalogueRow(file, number, cells, "remedy.bad_cell")
        name = row.word("way", NAMES)
        if name in found:
            raise InputError("remedy.twice", file=file, row=number, way=name)
        found[name] = _way(row, name)
    lacking = [name for name in ALWAYS if name not in found]
    if lacking:
        raise InputError("remedy.lacking", file=file, ways=", ".join(lacking))
    return found


def parse(text: str, file: str) -> Catalogue:
    """Return the catalogue of a CSV text."""
    return catalogue_from(enumerate(csv.DictReader(io.StringIO(text)), 2), file)


def _way(row: CatalogueRow, name: str) -> CatalogueWay:
    rung: Rung = next(r for r in RUNGS if r == row.word("rung", RUNGS))
    made = CatalogueWay(
        way=name,
        rung=rung,
        cost_idr=row.amount("cost_idr"),
        cost_idr_per_km=row.amount("cost_idr_per_km"),
        days=_whole(row, "days"),
        crews=_whole(row, "crews"),
        hours=row.amount("hours"),
        kits=_whole(row, "kits") if row.text("kits") else None,
        within_km=row.value("within_km"),
        sure=row.amount("sure", most=1.0),
        agree=row.text("agree"),
        stakeholder=row.word("stakeholder", KINDS),
        source=row.text("source"),
        assumed=row.word("assumed", ("true", "false", "")) != "false",
        meaning=row.text("meaning"),
    )
    if name in ALWAYS and (made.cost_idr, made.cost_idr_per_km, made.crews, made.kits) != (0.0, 0.0, 0, None):
        raise InputError("remedy.not_free", file=row.file, row=row.number, way=name)
    return made


def _whole(row: CatalogueRow, column: str) -> int:
    value = row.amount(column)
    if value != int(value):
        raise row.wrong(column, "0, 1, 2 …")
    return int(value)
