"""What every map carries on its face: a true scale bar, north, and marks of longitude and latitude."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jangkau.geo import Bounds, distance_azimuth
from jangkau.reports import looks
from jangkau.reports.map_ground import Frame
from jangkau.reports.map_page import Page

Box = tuple[float, float, float, float]

_SCALE_SIZE = (420.0, 92.0)
_SMALL_PT, _TICK_PT = 6.6, 5.6


def emptiest_corner(inside: NDArray[np.bool_], frame: Frame) -> Box:
    """Return the box [unit, from the map's upper left corner] for scale and north that covers least of the region."""
    width, height = _SCALE_SIZE
    across, down = frame.width_px / frame.unit_px, frame.height_px / frame.unit_px
    gap = 22.0
    lefts, tops = (gap + 44.0, across - width - gap), (down - height - gap - 30.0, gap)
    corners = [(left, top, left + width, top + height) for top in tops for left in lefts]

    def covered(box: Box) -> float:
        left, top, right, bottom = (round(side * frame.unit_px) for side in box)
        return float(inside[max(top, 0) : bottom, max(left, 0) : right].mean())

    return min(corners, key=covered)


def nice_length(longest: float) -> float:
    """Return the largest of 1, 2, 5, 10, 20, 50 ... that is not longer."""
    power = 10.0 ** math.floor(math.log10(longest))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= longest * (1.0 + 1e-9))


def units_per_km(frame: Frame) -> float:
    """Return how long a kilometre is on the map at its middle latitude, eastwards [unit]."""
    box = frame.bounds
    middle = (box.north + box.south) / 2.0
    across_m, _ = distance_azimuth((box.west + box.east) / 2.0, middle, (box.west + box.east) / 2.0 + 0.1, middle)
    share = 0.1 / (box.east - box.west)
    return float(frame.width_px / frame.unit_px * share / (float(across_m) / 1000.0))


def draw_scale_and_north(page: Page, frame: Frame, box: Box, x: float, y: float) -> None:
    """Draw both in a box given from the map's upper left corner, which lies at x, y of the page."""
    left, top = x + box[0], y + box[1]
    page.box(left, top, box[2] - box[0], box[3] - box[1], looks.PAPER, alpha=0.82, zorder=3)
    _north(page, left + 40.0, top + 12.0)
    unit = units_per_km(frame)
    length_km = nice_length(300.0 / unit)
    start, base, long = left + 92.0, top + 52.0, length_km * unit
    for i in range(4):
        colour = looks.INK if i % 2 == 0 else looks.PAPER
        part = {"edgecolor": looks.INK, "linewidth": 0.6, "zorder": 4}
        page.box(start + long * i / 4.0, base, long / 4.0, 9.0, colour, **part)
    for share in (0.0, 0.5, 1.0):
        text = page.words("map.scale", length=length_km * share) if share < 1.0 else ""
        text = text or page.words("map.scale_km", length=length_km)
        page.write(start + long * share, base - 9.0, text, _SMALL_PT, ha="center", zorder=4)
    page.write(start, base + 32.0, page.words("map.scale_at", latitude=_latitude(page, frame.bounds)), 5.2, zorder=4)


def _latitude(page: Page, bounds: Bounds) -> str:
    return degrees(page, (bounds.north + bounds.south) / 2.0, "latitude", 1)


def _north(page: Page, x: float, y: float) -> None:
    style: dict[str, Any] = {"edgecolor": looks.INK, "linewidth": 0.7, "zorder": 4}
    page.shape([(x, y), (x - 15.0, y + 46.0), (x, y + 36.0)], looks.INK, **style)
    page.shape([(x, y), (x + 15.0, y + 46.0), (x, y + 36.0)], looks.PAPER, **style)
    page.write(x, y + 71.0, page.words("map.north"), 7.4, ha="center", weight="bold", zorder=4)


def degrees(page: Page, angle: float, axis: str, digits: int = 4) -> str:
    """Return a longitude or latitude in words, such as 117,5° BT."""
    side = {"longitude": ("west", "east"), "latitude": ("south", "north")}[axis][int(angle >= 0.0)]
    return page.words(f"map.{axis}_{side}", degrees=abs(round(angle, digits)))


def draw_marks(page: Page, frame: Frame, x: float, y: float, taken: Box) -> None:
    """Draw longitudes along the lower edge and latitudes along the left edge, inside the map."""
    box = frame.bounds
    across, down = frame.width_px / frame.unit_px, frame.height_px / frame.unit_px
    step = nice_length((box.east - box.west) / 4.0)
    for longitude in _multiples(box.west, box.east, step):
        at = (longitude - box.west) / (box.east - box.west) * across
        page.line([x + at] * 2, [y + down, y + down - 9.0], looks.INK, 0.6, zorder=4)
        if 60.0 < at < across - 60.0 and not (taken[3] > down - 34.0 and taken[0] < at < taken[2]):
            text = degrees(page, longitude, "longitude")
            page.write(x + at, y + down - 14.0, text, _TICK_PT, ha="center", halo=True, color=looks.QUIET_INK)
    for latitude in _multiples(box.south, box.north, step):
        at = (box.north - latitude) / (box.north - box.south) * down
        page.line([x, x + 9.0], [y + at] * 2, looks.INK, 0.6, zorder=4)
        if 60.0 < at < down - 60.0 and not (taken[0] < 34.0 and taken[1] < at < taken[3]):
            style = {"ha": "center", "va": "center", "rotation": 90, "halo": True, "color": looks.QUIET_INK}
            page.write(x + 21.0, y + at, degrees(page, latitude, "latitude"), _TICK_PT, **style)


def _multiples(low: float, high: float, step: float) -> list[float]:
    return [round(i * step, 9) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]
