"""Point symbols: a dot with a dark outline was tested, a square is a prediction, a flag is what somebody claims."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.path import Path as Outline
from numpy.typing import ArrayLike

from jangkau.reports import looks
from jangkau.reports.looks import ValueLook

FLAG = Outline(
    [(-0.08, 0.0), (-0.08, 1.0), (0.85, 0.68), (0.08, 0.40), (0.08, 0.0), (-0.08, 0.0)],
    [Outline.MOVETO, *[Outline.LINETO] * 4, Outline.CLOSEPOLY],
)
"""A pennant whose pole stands on the point; drawn at half its size, as the pole is only the upper half."""
TOWER = Outline(
    [(-0.42, -0.5), (0.0, 0.62), (0.42, -0.5), (-0.42, -0.5)],
    [Outline.MOVETO, *[Outline.LINETO] * 2, Outline.CLOSEPOLY],
)

TESTED_PT, PREDICTED_PT = 6.6, 4.2
FLAG_PT, TOWER_PT, PLANNED_PT = 19.0, 7.5, 11.0


def draw_graded(axes: Axes, x: ArrayLike, y: ArrayLike, values: Sequence[str], *, tested: bool, zorder: float) -> None:
    """Draw points by grade, the worst on top, so that a gap is never hidden."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    names = np.asarray(values, dtype=object)
    for order, value in enumerate(("unknown", "served", "partial", "weak", "none")):
        here = names == value
        if here.any():
            _draw_value(axes, x[here], y[here], looks.VALUE_LOOKS[value], tested, zorder + order * 0.01)


def draw_flags(axes: Axes, x: ArrayLike, y: ArrayLike, zorder: float) -> None:
    """Draw claims."""
    _plot(axes, x, y, FLAG, FLAG_PT, zorder, fill=looks.FLAG, edge=looks.PAPER, edge_pt=0.7)


def draw_towers(axes: Axes, x: ArrayLike, y: ArrayLike, zorder: float) -> None:
    """Draw sites."""
    _plot(axes, x, y, TOWER, TOWER_PT, zorder, fill=looks.PAPER, edge=looks.INK, edge_pt=0.8)


def draw_planned(axes: Axes, x: ArrayLike, y: ArrayLike, zorder: float) -> None:
    """Draw what a plan builds: a tower filled dark, larger than one that stands."""
    _plot(axes, x, y, TOWER, PLANNED_PT, zorder, fill=looks.INK, edge=looks.PAPER, edge_pt=1.0)


def _draw_value(axes: Axes, x: Any, y: Any, look: ValueLook, tested: bool, zorder: float) -> None:
    marker = "o" if tested else "s"
    size = TESTED_PT if tested else PREDICTED_PT
    edge_pt = size * 0.2
    if tested:
        _plot(axes, x, y, marker, size + 3.0, zorder, fill=looks.INK, edge=looks.PAPER, edge_pt=0.5)
    _plot(axes, x, y, marker, size + 1.2, zorder, fill=looks.PAPER, edge=looks.PAPER, edge_pt=0.0)
    if look.shape == "dotted_ring":
        dots = (0.0, (0.7, 0.9))
        axes.scatter(
            x, y, s=(size - 0.6) ** 2, marker=marker, facecolors=looks.PAPER, edgecolors=looks.QUIET_INK,
            linestyles=[dots], linewidths=1.0, zorder=zorder,
        )  # fmt: skip
    elif look.shape == "ring_with_bar":
        _plot(axes, x, y, marker, size - edge_pt, zorder, fill=looks.PAPER, edge=look.colour, edge_pt=edge_pt)
        _plot(axes, x, y, "_", size * 0.55, zorder, fill=look.colour, edge=look.colour, edge_pt=edge_pt)
    else:
        halves = {"fillstyle": "left", "markerfacecoloralt": looks.PAPER} if look.shape in ("half", "shares") else {}
        _plot(axes, x, y, marker, size - 0.5, zorder, fill=look.colour, edge=look.colour, edge_pt=0.5, **halves)


def _plot(
    axes: Axes, x: ArrayLike, y: ArrayLike, marker: Any, size_pt: float, zorder: float,
    *, fill: str, edge: str, edge_pt: float, **more: Any,
) -> None:  # fmt: skip
    axes.plot(
        x, y, linestyle="none", marker=marker, markersize=size_pt, markerfacecolor=fill, markeredgecolor=edge,
        markeredgewidth=edge_pt, zorder=zorder, **more,
    )  # fmt: skip
