"""The calendar of crews as a picture: a row a site, a bar a piece of work; same content, same bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from textwrap import fill
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from jangkau.messages import Message, render
from jangkau.reports import looks

CREW_LOOKS = {
    "civil": ("#7a5c3e", ""), "radio": ("#1b7f8c", "///"), "fibre": ("#d99a2b", "..."), "satellite": ("#5b6fa8", "xxx"),
}  # fmt: skip
MOST_ROWS = 60
NOTE_WIDTH = 150


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of work: whose row, which crew, from which day to which (the first one after it)."""

    row: str
    crew: str
    begin: date
    end: date


def draw_crews(path: Path, bars: Sequence[Bar], begin: date, by: date | None, note: str, language: str) -> None:
    """Write the calendar of a plan as PNG.

    Parameters
    ----------
    path : Path
    bars : sequence of Bar
        Rows appear in the order of their last day; at most `MOST_ROWS` of them, the first ones.
    begin : date
        Day 0, on which all is ordered.
    by : date, optional
        A day that counts, drawn as a line.
    note : str
        Printed at the foot.
    language : str
    """
    ends = {row: max(b.end for b in bars if b.row == row) for row in {b.row for b in bars}}
    rows = sorted(ends, key=lambda row: (ends[row], row))[:MOST_ROWS]
    figure = Figure(
        figsize=(11.0, 1.7 + 0.24 * max(len(rows), 1)), dpi=150, facecolor=looks.PAPER, layout="constrained"
    )
    axes = figure.add_subplot()
    for bar in bars:
        if bar.row in rows:
            colour, hatch = CREW_LOOKS.get(bar.crew, (looks.QUIET_INK, ""))
            days = max((bar.end - bar.begin).days, 1)
            axes.barh(
                rows.index(bar.row), days, left=(bar.begin - begin).days, height=0.66, color=colour, hatch=hatch,
                edgecolor=looks.PAPER, linewidth=0.4,
            )  # fmt: skip
    axes.axvline(0.0, color=looks.QUIET_INK, linewidth=0.8)
    if by is not None:
        axes.axvline(float((by - begin).days), color=looks.INK, linewidth=1.0, linestyle=(0, (4, 3)))
    axes.set_yticks(range(len(rows)), rows, fontsize=7)
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(lambda day, _: (begin + timedelta(days=round(day))).isoformat())
    axes.tick_params(axis="x", labelsize=8)
    axes.grid(axis="x", color="#e3e8ec", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    handles = [
        Patch(facecolor=c, hatch=h, edgecolor=looks.PAPER, label=render(Message(f"build.crew.{name}"), language))
        for name, (c, h) in CREW_LOOKS.items()
        if any(b.crew == name for b in bars)
    ]
    if handles:
        figure.legend(handles=handles, loc="outside upper right", ncols=len(handles), fontsize=8, frameon=False)
    figure.suptitle(render(Message("build.figure.crews"), language), fontsize=12, x=0.01, ha="left")
    figure.supxlabel(fill(note, NOTE_WIDTH), fontsize=8, color=looks.QUIET_INK, x=0.01, ha="left")
    canvas: Any = FigureCanvasAgg(figure)
    with path.open("wb") as file:
        canvas.print_png(file, metadata={"Software": None})
