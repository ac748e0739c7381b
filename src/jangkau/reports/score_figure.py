"""The figure of a score: how far off by each way of saying it, and how often what was said came true."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from jangkau.messages import Message, number, render
from jangkau.records import ANY_OPERATOR
from jangkau.reports import looks

WAYS: Mapping[str, str] = {"raw": "#b9c2cc", "calibrated": "#6f8fa8", "posterior": looks.SERVED.colour}
"""Colours of the ways of saying what a test will show, in the order of bars."""

LEVELS: Mapping[str, tuple[str, str]] = {"served": (looks.SERVED.colour, "o"), "weak": (looks.WEAK.colour, "s")}
"""Colour and mark of the probability of each level."""

_SIZE, _DPI = (10.0, 4.4), 150


def draw_score(path: Path, found: Mapping[str, Any], language: str) -> Path:
    """Write the figure of a score as PNG; the same score gives the same bytes.

    Parameters
    ----------
    path : Path
    found : mapping
        What `jangkau.studies.score` keeps in ``score.json``.
    language : str
    """
    figure = Figure(figsize=_SIZE, dpi=_DPI, facecolor=looks.PAPER)
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, gridspec_kw={"width_ratios": [1.5, 1.0]})
    divisions = found["divisions"]
    _draw_errors(left, divisions, language)
    if divisions:
        _draw_reliability(right, divisions[0], language)
    said = found["tests"]
    about = {"tests": said["used"], "silent": said["silent"], "cells": said["cells"], "date": found["as_of"]}
    for y, code, size in ((0.955, "score.figure", 13), (0.905, "score.figure.about", 8.5)):
        figure.text(0.02, y, render(Message(code, about), language), fontsize=size, va="center", color=looks.INK)
    figure.subplots_adjust(left=0.05, right=0.98, top=0.78, bottom=0.14, wspace=0.17)
    figure.savefig(path, metadata={"Software": None})
    return path


def division_label(division: Mapping[str, Any], language: str) -> str:
    """Return the name of a way of dividing the ground, for people."""
    code = "score.division.blocks_buffer" if division["buffer_m"] else f"score.division.{division['kind']}"
    said = {"side_m": division["side_m"], "buffer_m": division["buffer_m"], "district": division["district"]}
    return render(Message(code, said), language)


def _draw_errors(axes: Axes, divisions: Sequence[Mapping[str, Any]], language: str) -> None:
    """Draw the RMSE of each way in each division as bars with their intervals."""
    width = 0.27
    for k, (way, colour) in enumerate(WAYS.items()):
        figures = [division["operators"][ANY_OPERATOR][way]["rmse_db"] for division in divisions]
        value, low, high = (
            np.array([np.nan if f[n] is None else f[n] for f in figures]) for n in ("value", "low", "high")
        )
        at = np.arange(len(divisions)) + (k - 1) * width
        label = render(Message(f"score.way.{way}"), language)
        error = np.maximum(np.stack([value - low, high - value]), 0.0)
        axes.bar(at, value, width * 0.94, color=colour, label=label, yerr=error, ecolor=looks.QUIET_INK, capsize=2)
        for x, y, top in zip(at, value, high, strict=True):
            if np.isfinite(y):
                axes.annotate(
                    number(y, ".1f", language),
                    (x, max(y, top)),
                    (0, 2),
                    textcoords="offset points",
                    ha="center",
                    fontsize=7.5,
                )
    axes.set_xticks(np.arange(len(divisions)), [_wrapped(division_label(d, language), 15) for d in divisions])
    axes.tick_params(labelsize=7.5, colors=looks.INK)
    axes.set_title(render(Message("score.figure.errors"), language), fontsize=9.5, loc="left", color=looks.INK)
    axes.legend(fontsize=8, frameon=False, ncols=3, loc="upper left", bbox_to_anchor=(-0.01, 1.005))
    axes.set_ylim(0.0, axes.get_ylim()[1] * 1.18)
    _plain(axes)


def _draw_reliability(axes: Axes, division: Mapping[str, Any], language: str) -> None:
    """Draw how often what was said came true; the size of a mark is how many tests it stands for."""
    axes.plot([0, 1], [0, 1], color=looks.QUIET_INK, linewidth=0.8, linestyle=(0, (4, 3)))
    curves = division["operators"][ANY_OPERATOR]
    for level, (colour, mark) in LEVELS.items():
        for way, style in (("raw", ":"), ("posterior", "-")):
            steps = curves[way]["reliability"][level]
            said, true = [s["said"] for s in steps], [s["came_true"] for s in steps]
            words = {"level": Message(f"score.level.{level}"), "way": Message(f"score.way.{way}")}
            label = render(Message("score.figure.curve", words), language)
            axes.plot(said, true, style, color=colour, linewidth=1.4 if way == "posterior" else 1.0, label=label)
            if way == "posterior" and steps:
                share = np.array([s["tests"] for s in steps]) / sum(s["tests"] for s in steps)
                axes.scatter(said, true, 10 + 150 * np.sqrt(share), color=colour, marker=mark, alpha=0.55, linewidths=0)
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel(render(Message("score.figure.said"), language), fontsize=8)
    axes.set_ylabel(render(Message("score.figure.true"), language), fontsize=8)
    title = render(Message("score.figure.reliability", {"division": division_label(division, language)}), language)
    axes.set_title(_wrapped(title, 62), fontsize=9.5, loc="left", color=looks.INK)
    axes.tick_params(labelsize=7.5, colors=looks.INK)
    axes.legend(fontsize=7, frameon=False, loc="upper left")
    _plain(axes)


def _wrapped(text: str, width: int) -> str:
    return "\n".join(textwrap.wrap(text, width))


def _plain(axes: Axes) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#c3cad2")
