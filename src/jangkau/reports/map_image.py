"""A map of blank spots as a picture for a report: relief, grades, evidence, legend, scale, sources."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patheffects import Normal, Stroke
from numpy.typing import NDArray

from jangkau.geo import Bounds
from jangkau.reports import looks
from jangkau.reports.map_content import MapContent, Points
from jangkau.reports.map_furniture import degrees, draw_marks, draw_scale_and_north, emptiest_corner
from jangkau.reports.map_ground import Frame, ground_image
from jangkau.reports.map_labels import Label, place_labels
from jangkau.reports.map_legend import draw_legend, long_date
from jangkau.reports.map_page import UNITS_PER_POINT, WIDTH, Page
from jangkau.reports.map_symbols import FLAG_PT, draw_flags, draw_graded, draw_planned, draw_towers

__all__ = ["MapContent", "Points", "draw_map"]

_MARGIN, _GAP, _LEGEND_WIDTH = 44.0, 36.0, 452.0
_MAP_WIDTH = WIDTH - 2.0 * _MARGIN - _GAP - _LEGEND_WIDTH
_HEADER = 146.0
_BANNER = 58.0
_TALLEST = 1.45
_ROOM = 0.02


def draw_map(path: Path, content: MapContent, language: str, *, width_px: int = 2000) -> None:
    """Write a map as PNG; the same content gives the same bytes.

    Parameters
    ----------
    path : Path
        File to write; an old one is replaced.
    content : MapContent
    language : str
        One of `jangkau.messages.LANGUAGES`.
    width_px : int
        Width of the picture [px]; everything on it grows along.
    """
    top = _HEADER + (_banner_height(content, language, width_px) if content.note else 0.0)
    legend = _measured(content, language, width_px, _legend_end)
    frame = _frame(content.bounds, legend, width_px / WIDTH)
    bottom = top + frame.height_px / frame.unit_px
    foot = _measured(content, language, width_px, lambda page, shown: _footer(page, shown, 0.0))
    page = Page(bottom + foot + 26.0, width_px, language)
    _header(page, content)
    _map(page, content, frame, _MARGIN, top)
    draw_legend(page, content, _MARGIN + _MAP_WIDTH + _GAP, top, _LEGEND_WIDTH)
    _footer(page, content, bottom)
    page.save(path, {"Title": page.say(content.title), "Description": page.say(content.note)})


def _measured(content: MapContent, language: str, width_px: int, draw: Any) -> float:
    """Return what a part of the page measures, by drawing it on scrap paper."""
    return float(draw(Page(2000.0, width_px, language), content))


def _legend_end(page: Page, content: MapContent) -> float:
    return draw_legend(page, content, _MARGIN + _MAP_WIDTH + _GAP, 0.0, _LEGEND_WIDTH)


def _frame(bounds: Bounds, least_height: float, unit_px: float) -> Frame:
    """Return the window of the map: the bounds with some room, in true proportions, at least so high [unit]."""
    box = bounds.widened(_ROOM * max(bounds.east - bounds.west, bounds.north - bounds.south, 1e-6))
    narrow = np.cos(np.radians((box.north + box.south) / 2.0))
    wide, high = (box.east - box.west) * narrow, box.north - box.south
    lowest = least_height / _MAP_WIDTH
    if high / wide < lowest:
        more = (wide * lowest - high) / 2.0
        box = Bounds(box.west, box.south - more, box.east, box.north + more)
    elif high / wide > _TALLEST:
        more = (high / _TALLEST - wide) / narrow / 2.0
        box = Bounds(box.west - more, box.south, box.east + more, box.north)
    box = Bounds(*(float(side) for side in box))
    width_px = round(_MAP_WIDTH * unit_px)
    height_px = round(width_px * (box.north - box.south) / ((box.east - box.west) * narrow))
    return Frame(box, width_px, height_px, unit_px)


def _header(page: Page, content: MapContent) -> None:
    right = WIDTH - _MARGIN
    room = _MAP_WIDTH - 20.0
    title = page.say(content.title)
    size = 17.0
    while size > 10.0 and page.text_width(title, size, "bold") > room:
        size -= 0.5
    page.write(_MARGIN, 78.0, title, size, weight="bold")
    page.write(_MARGIN, 118.0, page.say(content.subtitle), 9.4, color=looks.QUIET_INK)
    page.write(right, 74.0, page.words("map.as_of", date=long_date(page, content.as_of)), 8.4, ha="right")
    if content.deadline is not None:
        page.write(right, 112.0, _deadline(page, content), 8.4, ha="right", weight="bold")
    if content.note:
        height = _banner_height(content, page.language, round(WIDTH * page.unit_px))
        page.box(_MARGIN, _HEADER, WIDTH - 2.0 * _MARGIN, height - 16.0, looks.BANNER)
        width = WIDTH - 2.0 * _MARGIN - 48.0
        page.paragraph(
            _MARGIN + 24.0, _HEADER + 29.0, page.say(content.note), 8.6, width, weight="bold", color="#ffffff"
        )


def _banner_height(content: MapContent, language: str, width_px: int) -> float:
    page = Page(100.0, width_px, language)
    lines = page.wrapped(page.say(content.note), 8.6, WIDTH - 2.0 * _MARGIN - 48.0, "bold")
    return _BANNER + (len(lines) - 1) * 8.6 * UNITS_PER_POINT * 1.35


def _deadline(page: Page, content: MapContent) -> str:
    assert content.deadline is not None
    days = (content.deadline - content.as_of).days
    code = "map.deadline_ahead" if days > 0 else "map.deadline_today" if days == 0 else "map.deadline_past"
    return page.words(code, date=long_date(page, content.deadline), days=abs(days))


def _map(page: Page, content: MapContent, frame: Frame, x: float, y: float) -> None:
    width, height = frame.width_px / frame.unit_px, frame.height_px / frame.unit_px
    image, inside = ground_image(content, frame)
    axes = page.add_axes(x, y, width, height)
    axes.imshow(image, extent=(0.0, width, height, 0.0), interpolation="nearest", aspect="auto", zorder=0)
    _lines(axes, content, frame)
    marks = _points(axes, content, frame)
    axes.set_xlim(0.0, width)
    axes.set_ylim(height, 0.0)
    corner = emptiest_corner(inside, frame)
    for label in place_labels(page, frame, content.districts, marks, [corner]):
        _write_label(page, label, x, y)
    draw_marks(page, frame, x, y, corner)
    draw_scale_and_north(page, frame, corner, x, y)
    page.box(x, y, width, height, "none", edgecolor=looks.INK, linewidth=0.8, zorder=5)


def _lines(axes: Axes, content: MapContent, frame: Frame) -> None:
    rivers = LineCollection(_paths(content.rivers, frame), colors=looks.RIVER, linewidths=0.8, zorder=1)
    villages = LineCollection(
        _paths([wkb for wkb, _, _ in content.villages], frame), colors=looks.VILLAGE_LINE, linewidths=0.5, zorder=2
    )
    districts = LineCollection(
        _paths([wkb for wkb, _ in content.districts], frame), colors=looks.DISTRICT_LINE, linewidths=0.9, zorder=3
    )
    districts.set_path_effects([Stroke(linewidth=2.4, foreground=looks.PAPER, alpha=0.6), Normal()])
    links = LineCollection(_paths(content.planned_links, frame), colors=looks.INK, linewidths=1.3, zorder=4.5)
    links.set_path_effects([Stroke(linewidth=2.8, foreground=looks.PAPER, alpha=0.8), Normal()])
    for collection in (rivers, villages, districts, links):
        axes.add_collection(collection, autolim=False)


def _paths(wkbs: Sequence[bytes], frame: Frame) -> list[NDArray[np.float64]]:
    """Return every line and ring [unit of the map]."""
    found = []
    for shape in shapely.get_parts(shapely.from_wkb(list(wkbs))) if len(wkbs) else ():
        for ring in shapely.get_rings(shape) if shape.geom_type == "Polygon" else (shape,):
            found.append(_placed(shapely.get_coordinates(ring), frame))
    return found


def _placed(positions: NDArray[np.float64], frame: Frame) -> NDArray[np.float64]:
    """Return positions (longitude, latitude) in the units of the map."""
    column, row = frame.pixel(positions[:, 0], positions[:, 1])
    return np.column_stack([column, row]) / frame.unit_px


def _points(axes: Axes, content: MapContent, frame: Frame) -> NDArray[np.float64]:
    """Draw all point symbols; return where they stand [unit of the map]."""
    groups = (content.sites, content.predicted, content.claimed, content.tested, content.planned)
    sites, predicted, claimed, tested, planned = (_placed(np.column_stack(points.xy()), frame) for points in groups)
    draw_towers(axes, sites[:, 0], sites[:, 1], 4.0)
    draw_graded(axes, predicted[:, 0], predicted[:, 1], content.predicted.values, tested=False, zorder=5.0)
    draw_flags(axes, claimed[:, 0], claimed[:, 1], 6.0)
    draw_graded(axes, tested[:, 0], tested[:, 1], content.tested.values, tested=True, zorder=7.0)
    draw_planned(axes, planned[:, 0], planned[:, 1], 8.0)
    flown = claimed + np.array([FLAG_PT * UNITS_PER_POINT * 0.3, -FLAG_PT * UNITS_PER_POINT * 0.35])
    return np.vstack([sites, predicted, claimed, flown, tested, planned])


def _write_label(page: Page, label: Label, x: float, y: float) -> None:
    step = label.size_pt * UNITS_PER_POINT * 1.12
    first = y + label.y - step * (len(label.lines) - 1) / 2.0
    for i, line in enumerate(label.lines):
        style = {"ha": "center", "va": "center", "weight": "bold", "halo": True, "zorder": 4}
        page.write(x + label.x, first + i * step, line, label.size_pt, **style)


def _footer(page: Page, content: MapContent, y: float) -> float:
    """Write where this is and where the data come from; return where it ends [unit]."""
    width = WIDTH - 2.0 * _MARGIN
    sides = {side: degrees(page, float(getattr(content.bounds, side)), "longitude", 1) for side in ("west", "east")}
    sides |= {side: degrees(page, float(getattr(content.bounds, side)), "latitude", 1) for side in ("south", "north")}
    where = page.words("map.where", **sides)
    said = f"{page.say(content.locator)} · {where}" if content.locator else where
    y = page.paragraph(_MARGIN, y + 36.0, said, 6.4, width, color=looks.QUIET_INK)
    if content.sources:
        sources = " · ".join(page.say(source) for source in content.sources)
        y = page.paragraph(_MARGIN, y, page.words("map.sources", sources=sources), 6.4, width, color=looks.QUIET_INK)
    return y
