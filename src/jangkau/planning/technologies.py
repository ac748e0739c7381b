"""The catalogue of what can be built: what each piece costs, carries, takes in days and crews, and who must agree.

The shipped file is ``technologies.csv`` beside this module; a region keeps its own copy, which a planner edits. A row
may be added (a mast of 52 m, another band) or left out (no satellite): nothing but the kinds is known by name.
"""

import csv
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from statistics import NormalDist
from typing import get_args

from jangkau.errors import InputError
from jangkau.planning.catalogue_rows import CatalogueRow
from jangkau.records import StakeholderKind

KINDS = ("mast", "cells", "repeater", "office", "power", "hop", "fibre", "tier", "satellite")
SERVES = ("site", "office")
CREWS = ("", "civil", "radio", "fibre", "satellite")
COLUMNS = (
    "technology", "kind", "serves", "cost_idr", "cost_idr_per_km", "cost_idr_per_month", "height_agl_m", "mbps",
    "within_km", "frequency_mhz", "eirp_dbm", "gain_db", "least_dbm", "wait_p50_days", "wait_p90_days",
    "work_p50_days", "work_p90_days", "crew", "agree", "stakeholder", "source", "assumed", "meaning",
)  # fmt: skip
NUMBERS = COLUMNS[3:17]
NEEDED: dict[str, tuple[str, ...]] = {
    "mast": ("height_agl_m",),
    "cells": ("eirp_dbm", "frequency_mhz"),
    "repeater": ("height_agl_m", "eirp_dbm", "frequency_mhz", "gain_db", "least_dbm"),
    "hop": ("mbps", "within_km", "frequency_mhz", "gain_db"),
    "fibre": ("mbps", "within_km"),
    "tier": ("mbps",),
    "satellite": ("mbps",),
}
"""Of each kind, the columns that must not be empty."""


@dataclass(frozen=True, slots=True)
class Technology:
    """One row of the catalogue.

    Attributes
    ----------
    name, kind : str
        `kind` is one of `KINDS`.
    serves : str
        Whether it is for a site or for an office; of power, hops and satellite.
    cost_idr, cost_idr_per_km, cost_idr_per_month : float
        Of each piece, of each kilometre, and of each month of service [IDR].
    height_agl_m : float or None
        Of its antenna [m].
    mbps : float or None
        What it carries [Mbit/s]; of a satellite kit: each.
    within_km : float or None
        Longest [km]; None: any.
    frequency_mhz, eirp_dbm : float or None
        Of its transmitter; the power is that of the whole carrier.
    gain_db : float or None
        Of a repeater: from the level at its mast to what it radiates, both antennas included; of a hop: transmitter
        minus receiver threshold with both antennas, so that the fade margin is this less the loss of the path [dB].
    least_dbm : float or None
        RSRP that a repeater needs of its donor [dBm].
    wait_p50_days, wait_p90_days, work_p50_days, work_p90_days : float
        Agreements and delivery, then work of a crew [d]: the median, and what nine of ten stay below.
    crew : str
        Who works; empty: nobody of ours.
    agree, stakeholder, source, assumed, meaning : str, str, str, bool, str
        Who must agree and what kind of stakeholder that is; where the numbers come from, whether they are guesses.
    """

    name: str
    kind: str
    serves: str
    cost_idr: float
    cost_idr_per_km: float
    cost_idr_per_month: float
    height_agl_m: float | None
    mbps: float | None
    within_km: float | None
    frequency_mhz: float | None
    eirp_dbm: float | None
    gain_db: float | None
    least_dbm: float | None
    wait_p50_days: float
    wait_p90_days: float
    work_p50_days: float
    work_p90_days: float
    crew: str
    agree: str
    stakeholder: str
    source: str
    assumed: bool
    meaning: str

    def cost_of(self, months: int, km: float = 0.0, count: int = 1) -> float:
        """Return what pieces of it cost with some months of service [IDR]."""
        return count * (self.cost_idr + self.cost_idr_per_km * km + self.cost_idr_per_month * months)

    def reaches(self, km: float) -> bool:
        """Tell whether it may be so long [km]."""
        return self.within_km is None or km <= self.within_km

    def wait_days(self, sure: float) -> int:
        """Return the days of waiting that are not passed with a probability."""
        return days_at(self.wait_p50_days, self.wait_p90_days, sure)

    def work_days(self, sure: float) -> int:
        """Return the days of work that are not passed with a probability."""
        return days_at(self.work_p50_days, self.work_p90_days, sure)


def days_at(p50: float, p90: float, sure: float) -> int:
    """Return the days that a lognormal duration does not pass with a probability, rounded up.

    Parameters
    ----------
    p50, p90 : float
        Its median and its 90 % quantile [d], 0 <= p50 <= p90.
    sure : float
        Above 0, below 1.
    """
    if p50 <= 0.0:
        return math.ceil(p90) if sure > 0.5 else 0
    spread = math.log(p90 / p50) / NormalDist().inv_cdf(0.9)
    return math.ceil(p50 * math.exp(spread * NormalDist().inv_cdf(sure)) - 1e-9)


Technologies = dict[str, Technology]


def of_kind(catalogue: Technologies, kind: str, serves: str = "") -> list[Technology]:
    """Return the rows of a kind, the cheapest first."""
    found = [t for t in catalogue.values() if t.kind == kind and (not serves or t.serves == serves)]
    return sorted(found, key=lambda t: (t.cost_idr, t.name))


def shipped() -> str:
    """Return the text of the catalogue that comes with the program."""
    return (files("jangkau.planning") / "technologies.csv").read_text("utf-8")


def catalogue_from(rows: Iterable[tuple[int, Mapping[str, str]]], file: str) -> Technologies:
    """Return the catalogue of a table.

    Parameters
    ----------
    rows : iterable of (row number, cells by the name of their column)
        Columns of `COLUMNS`; numbers have a decimal point.
    file : str
        For the refusals.

    Raises
    ------
    InputError
        Where a name is missing or comes twice, or a cell is lacking, no number or out of range.
    """
    found: Technologies = {}
    for number, cells in rows:
        made = _technology(CatalogueRow(file, number, cells, "build.bad_cell"))
        if made.name in found:
            raise InputError("build.twice", file=file, row=number, technology=made.name)
        found[made.name] = made
    return found


def parse(text: str, file: str) -> Technologies:
    """Return the catalogue of a CSV text."""
    return catalogue_from(enumerate(csv.DictReader(io.StringIO(text)), 2), file)


def _technology(row: CatalogueRow) -> Technology:
    name, kind = row.text("technology"), row.word("kind", KINDS)
    if not name:
        raise row.wrong("technology", "a–z, 0–9, _")
    for column in NEEDED.get(kind, ()):
        if not row.text(column):
            raise row.wrong(column, "≥ 0")
    made = Technology(
        name=name,
        kind=kind,
        serves=row.word("serves", ("", *SERVES)) or "site",
        cost_idr=row.amount("cost_idr"),
        cost_idr_per_km=row.amount("cost_idr_per_km"),
        cost_idr_per_month=row.amount("cost_idr_per_month"),
        height_agl_m=row.value("height_agl_m"),
        mbps=row.value("mbps"),
        within_km=row.value("within_km"),
        frequency_mhz=row.value("frequency_mhz"),
        eirp_dbm=row.value("eirp_dbm", -math.inf),
        gain_db=row.value("gain_db"),
        least_dbm=row.value("least_dbm", -math.inf),
        wait_p50_days=row.amount("wait_p50_days"),
        wait_p90_days=row.amount("wait_p90_days"),
        work_p50_days=row.amount("work_p50_days"),
        work_p90_days=row.amount("work_p90_days"),
        crew=row.word("crew", CREWS),
        agree=row.text("agree"),
        stakeholder=row.word("stakeholder", ("", *get_args(StakeholderKind))),
        source=row.text("source"),
        assumed=row.word("assumed", ("true", "false", "")) != "false",
        meaning=row.text("meaning"),
    )
    for part in ("wait", "work"):
        if getattr(made, f"{part}_p90_days") < getattr(made, f"{part}_p50_days"):
            raise row.wrong(f"{part}_p90_days", f"≥ {part}_p50_days")
    return made
