"""What is assumed of a counting night: each parameter with its range, its basis and its source; all may be edited.

A night draws each parameter from the triangle of its low, default and high value, so that what is not known widens the
bands. The shipped file is ``parameters.csv`` beside this module; a region keeps its own copy.
"""

import csv
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from jangkau.errors import InputError

NAMES = (
    "poll_close_h", "count_fixed_min", "count_per_100_voters_min", "count_spread", "voters_per_station",
    "photos_per_station", "photo_min", "photo_mb", "size_spread", "pdf_mb", "broken_fraction", "retry_s", "attempts",
    "uplink_spread", "tested_spread", "unknown_send_fraction", "most_uplink_mbps", "cell_mbps", "wifi_mbps",
    "unknown_link_mbps", "delivered_fraction", "ordinary_fraction", "ordinary_uplift", "power_cut_fraction",
    "off_grid_cut_fraction", "power_cut_h", "office_backup_h", "cell_backup_h", "link_failure_fraction",
    "link_failure_h", "cell_on_cut_fibre_fraction", "rain_fraction", "rain_geo_factor", "rain_leo_factor",
    "leo_upload_mbps", "road_factor", "speed_kmh", "leave_min", "server_kbps_per_station", "recapitulation_h",
    "recapitulation_min",
    "cost_idr_per_mbps_month", "cost_satellite_idr", "cost_trip_idr",
)  # fmt: skip

ALSO_CALLED: Mapping[str, str] = {
    "photos_per_tps": "photos_per_station",
    "photo_size_mb": "photo_mb",
    "pdf_and_metadata_mb_per_tps": "pdf_mb",
    "voters_per_tps_mean": "voters_per_station",
    "inter_page_upload_interval_s": "retry_s",
    "retry_attempts_before_moving": "attempts",
    "background_traffic_uplift": "ordinary_uplift",
    "share_tps_power_problem_kaltim": "power_cut_fraction",
    "starlink_desa_cost_idr": "cost_satellite_idr",
}
"""Names that other tables of such parameters use."""

COLUMNS = ("parameter", "default", "low", "high", "unit", "basis", "source", "meaning")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One assumption: ``low <= default <= high``, with what it rests on.

    `basis` says how well it is known: official, reported, measured, derived, drilled, set or assumed (a guess).
    """

    name: str
    default: float
    low: float
    high: float
    unit: str = ""
    basis: str = "assumed"
    source: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Parameters:
    """All parameters, in the order of `NAMES`."""

    all: tuple[Parameter, ...]

    def __getitem__(self, name: str) -> Parameter:
        return self.all[NAMES.index(name)]

    def values(self) -> NDArray[np.float64]:
        """Return low, default and high values, shape (parameters, 3)."""
        return np.array([(p.low, p.default, p.high) for p in self.all])

    def with_(self, **values: float) -> "Parameters":
        """Return them with some values known for sure: the basis of those is then `set`."""
        return self.replaced(
            replace(self[name], default=value, low=value, high=value, basis="set") for name, value in values.items()
        )

    def replaced(self, some: Iterable[Parameter]) -> "Parameters":
        """Return them with others in the place of those of the same name."""
        known = {p.name: p for p in some}
        return Parameters(tuple(known.get(p.name, p) for p in self.all))

    def text(self) -> str:
        """Return them as CSV, the form that `parameters_from` reads."""
        file = io.StringIO(newline="")
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for p in self.all:
            numbers = (f"{value:.10g}" for value in (p.default, p.low, p.high))
            table.writerow([p.name, *numbers, p.unit, p.basis, p.source, p.meaning])
        return file.getvalue()


def shipped() -> Parameters:
    """Return the parameters that come with the program."""
    text = (files("jangkau.counting") / "parameters.csv").read_text("utf-8")
    rows = list(enumerate(csv.DictReader(io.StringIO(text)), 2))
    known = {row["parameter"]: _parameter(row, row["parameter"], number, "parameters.csv") for number, row in rows}
    return Parameters(tuple(known[name] for name in NAMES))


def parameters_from(
    rows: Iterable[tuple[int, Mapping[str, str]]], file: str, base: Parameters
) -> tuple[Parameters, list[str]]:
    """Return parameters with the values of a table in the place of a base, and the names that nobody uses.

    Parameters
    ----------
    rows : iterable of (row number, cells by the name of their column)
        Columns parameter, default, low, high, and whatever of unit, basis, source and meaning there is. Numbers have a
        decimal point. An empty low or high is the default.
    file : str
        For the refusals.
    base : Parameters

    Raises
    ------
    InputError
        Where a value is no number, or low <= default <= high does not hold.
    """
    found, unused = [], []
    for number, row in rows:
        written = (row.get("parameter") or "").strip()
        name = ALSO_CALLED.get(written, written)
        if name in NAMES:
            found.append(_parameter({**row, "unit": base[name].unit}, name, number, file, base[name].meaning))
        elif written:
            unused.append(written)
    if not found:
        raise InputError("counting.no_parameters", file=file, known=", ".join(NAMES[:5]))
    return base.replaced(found), unused


def _parameter(row: Mapping[str, str], name: str, number: int, file: str, meaning: str = "") -> Parameter:
    values = [_number(row.get(column), name, column, number, file) for column in ("default", "low", "high")]
    default = values[0]
    if default is None:
        raise InputError("counting.no_default", file=file, row=number, parameter=name)
    low, high = (default if value is None else value for value in values[1:])
    fractions = name.endswith("_fraction") and high > 1.0
    if not 0.0 <= low <= default <= high or fractions or not math.isfinite(high):
        raise InputError("counting.bad_range", file=file, row=number, parameter=name, low=low, value=default, high=high)
    return Parameter(
        name,
        default,
        low,
        high,
        row.get("unit") or "",
        row.get("basis") or "set",
        row.get("source") or "",
        row.get("meaning") or meaning,
    )


def _number(text: str | None, name: str, column: str, number: int, file: str) -> float | None:
    if not (text or "").strip():
        return None
    try:
        return float(str(text).strip())
    except ValueError as error:
        raise InputError(
            "counting.no_number", file=file, row=number, parameter=name, column=column, value=text
        ) from error
