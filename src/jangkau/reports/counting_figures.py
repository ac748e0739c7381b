"""Figures of a counting night: arrival curves with bands, and what the time hangs on; same content, same bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from jangkau.messages import Message, number, render
from jangkau.reports import looks

_BAND, _MIDDLE = "#1b7f8c", "#145f69"
_COLUMNS = 4
NOTE_WIDTH = 150


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Share of stations that had sent at some hours: `bands` has 5, 50 and 95 % of the nights, shape (3, hours)."""

    title: str
    stations: int
    bands: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bar:
    """What one parameter does to the hour: the hour with its low and its high value."""

    label: str
    low: float
    high: float
    at_low_h: float
    at_high_h: float


def clock(hour: float) -> str:
    """Return an hour after midnight as people write it; after midnight of the next day with +1."""
    if not np.isfinite(hour):
        return "–"
    minutes = round(hour * 60)
    days, rest = divmod(minutes, 24 * 60)
    return f"{rest // 60:02d}:{rest % 60:02d}" + (f" +{days}" if days else "")


def draw_arrivals(
    path: Path,
    curves: Sequence[Curve],
    hours: NDArray[np.float64],
    by_h: float,
    note: str,
    language: str,
) -> None:
    """Write arrival curves as PNG: the first large, the others small beside each other.

    Parameters
    ----------
    path : Path
    curves : sequence of Curve
        The region, then its districts.
    hours : float64, shape (hours,)
        Local time of the day of the vote [h].
    by_h : float
        The hour that counts.
    note : str
        Printed at the foot.
    language : str
    """
    rows = -(-(len(curves) - 1) // _COLUMNS)
    figure = Figure(figsize=(11.0, 3.6 + 1.75 * rows), dpi=150, facecolor=looks.PAPER, layout="constrained")
    grid = figure.add_gridspec(1 + rows, _COLUMNS, height_ratios=[2.0] + [1.0] * rows)
    for k, curve in enumerate(curves):
        place = grid[0, :] if k == 0 else grid[1 + (k - 1) // _COLUMNS, (k - 1) % _COLUMNS]
        axes = figure.add_subplot(place)
        axes.fill_between(hours, curve.bands[0], curve.bands[2], color=_BAND, alpha=0.25, linewidth=0)
        axes.plot(hours, curve.bands[1], color=_MIDDLE, linewidth=1.8 if k == 0 else 1.2)
        axes.axvline(by_h, color=looks.INK, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.set_title(f"{curve.title} ({curve.stations})", fontsize=11 if k == 0 else 8, loc="left", color=looks.INK)
        _quiet(axes, hours, 2 if k == 0 else 6, 9 if k == 0 else 7, language)
    figure.suptitle(render(Message("rehearse.figure.arrivals"), language), fontsize=13, x=0.01, ha="left")
    figure.supxlabel(fill(note, NOTE_WIDTH), fontsize=8, color=looks.QUIET_INK, x=0.01, ha="left")
    _save(figure, path)


def _quiet(axes: Any, hours: NDArray[np.float64], every_h: int, size: float, language: str) -> None:
    ticks = np.arange(np.ceil(hours[0] / every_h) * every_h, hours[-1] + 0.01, every_h)
    axes.set_xticks(ticks, [clock(float(t)) for t in ticks], fontsize=size)
    axes.set_yticks([0.0, 0.5, 0.95], [f"{number(v, '.0f', language)} %" for v in (0, 50, 95)], fontsize=size)
    axes.set_ylim(0.0, 1.02)
    axes.set_xlim(hours[0], hours[-1])
    axes.grid(color="#e3e8ec", linewidth=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def draw_sensitivity(path: Path, bars: Sequence[Bar], middle_h: float, note: str, language: str) -> None:
    """Write a chart of what moves the hour most, the strongest on top; the line is the hour with nothing changed."""
    figure = Figure(figsize=(11.0, 1.6 + 0.42 * len(bars)), dpi=150, facecolor=looks.PAPER, layout="constrained")
    axes = figure.add_subplot()
    for row, bar in enumerate(bars):
        for value, at_h, colour, hatch in (
            (bar.low, bar.at_low_h, "#d99a2b", ""),
            (bar.high, bar.at_high_h, _BAND, "///"),
        ):
            axes.barh(
                row, at_h - middle_h, left=middle_h, height=0.6, color=colour, hatch=hatch, alpha=0.75, linewidth=0
            )
            side = "left" if at_h >= middle_h else "right"
            axes.annotate(
                number(value, "", language), (at_h, row), xytext=(4 if side == "left" else -4, 0),
                textcoords="offset points", va="center", ha=side, fontsize=8, color=looks.QUIET_INK,
            )  # fmt: skip
    axes.axvline(middle_h, color=looks.INK, linewidth=0.9)
    axes.set_yticks(range(len(bars)), [bar.label for bar in bars], fontsize=9)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.xaxis.set_major_formatter(lambda value, _: clock(value))
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    figure.suptitle(render(Message("rehearse.figure.sensitivity"), language), fontsize=13, x=0.01, ha="left")
    figure.supxlabel(fill(note, NOTE_WIDTH), fontsize=8, color=looks.QUIET_INK, x=0.01, ha="left")
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    FigureCanvasAgg(figure)
    figure.savefig(path, metadata={"Software": None})
