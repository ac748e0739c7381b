"""Names on a map, each where it covers least."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from jangkau.reports.map_ground import Frame
from jangkau.reports.map_page import UNITS_PER_POINT, Page

_SIZES_PT = (7.4, 6.4)
_OVERLAP_COST = 1000.0


@dataclass(frozen=True, slots=True)
class Label:
    """Lines of text around a centre [unit of the page, from the map's upper left corner]."""

    lines: tuple[str, ...]
    size_pt: float
    x: float
    y: float
    width: float
    height: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return self.x - self.width / 2, self.y - self.height / 2, self.x + self.width / 2, self.y + self.height / 2


def place_labels(
    page: Page,
    frame: Frame,
    named: Sequence[tuple[bytes, str]],
    points: NDArray[np.float64],
    taken: Sequence[tuple[float, float, float, float]],
) -> list[Label]:
    """Return where names go: inside their outline if they fit, off each other, off points and furniture.

    Parameters
    ----------
    page : Page
        Measures the text.
    frame : Frame
        The map.
    named : sequence of (wkb, name)
        Outlines in longitude and latitude.
    points : ndarray, shape (n, 2)
        Symbols that should stay visible [unit].
    taken : sequence of (left, top, right, bottom)
        Boxes that are in use [unit].

    Returns
    -------
    list of Label
        A name that would cover another even in the smallest size is left out.
    """
    size = frame.width_px / frame.unit_px, frame.height_px / frame.unit_px
    outlines = [(_on_page(wkb, frame), name) for wkb, name in named]
    outlines = [(shape, name) for shape, name in outlines if not shape.is_empty]
    outlines.sort(key=lambda item: (shapely.area(item[0]), item[1]))
    placed: list[Label] = []
    for shape, name in outlines:
        boxes = [*taken, *(label.box for label in placed)]
        for size_pt in _SIZES_PT:
            cost, label = _best(page, shape, name, size_pt, points, boxes, size)
            if cost < _OVERLAP_COST:
                placed.append(label)
                break
    return placed


def _on_page(wkb: bytes, frame: Frame) -> shapely.Geometry:
    """Return the largest part of an outline in the units of the map that lies on it."""

    def moved(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        column, row = frame.pixel(xy[:, 0], xy[:, 1])
        return np.column_stack([column, row]) / frame.unit_px

    shape = shapely.make_valid(shapely.transform(shapely.from_wkb(wkb), moved))
    width, height = frame.width_px / frame.unit_px, frame.height_px / frame.unit_px
    parts = shapely.get_parts(shapely.intersection(shape, shapely.box(0.0, 0.0, width, height)))
    parts = [part for part in parts if part.geom_type == "Polygon"]
    return max(parts, key=shapely.area) if parts else shapely.Polygon()


def _forms(name: str) -> list[tuple[str, ...]]:
    """Return a name on one line and, where it has several words, on two lines."""
    words = name.split()
    splits = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words))]
    balanced = sorted(splits, key=lambda pair: abs(len(pair[0]) - len(pair[1])))[:1]
    return [(name,), *balanced]


def _best(
    page: Page,
    shape: shapely.Geometry,
    name: str,
    size_pt: float,
    points: NDArray[np.float64],
    boxes: Sequence[tuple[float, float, float, float]],
    size: tuple[float, float],
) -> tuple[float, Label]:
    found = []
    for lines in _forms(name):
        width = max(page.text_width(line, size_pt, "bold") for line in lines) + 8.0
        height = len(lines) * size_pt * UNITS_PER_POINT * 1.12 + 6.0
        for x, y in _candidates(shape):
            label = Label(lines, size_pt, x, y, width, height)
            found.append((_cost(label, shape, points, boxes, size), label))
    return min(found, key=lambda item: item[0])


def _candidates(shape: shapely.Geometry) -> list[tuple[float, float]]:
    """Return positions inside an outline, its roomiest first."""
    centre = shapely.get_point(shapely.maximum_inscribed_circle(shape, tolerance=2.0), 0)
    left, top, right, bottom = shapely.bounds(shape)
    grid = np.stack(np.meshgrid(np.linspace(left, right, 13), np.linspace(top, bottom, 13)), axis=-1).reshape(-1, 2)
    inside = grid[shapely.contains_xy(shape, grid[:, 0], grid[:, 1])]
    return [(float(shapely.get_x(centre)), float(shapely.get_y(centre))), *((float(x), float(y)) for x, y in inside)]


def _cost(
    label: Label,
    shape: shapely.Geometry,
    points: NDArray[np.float64],
    boxes: Sequence[tuple[float, float, float, float]],
    size: tuple[float, float],
) -> float:
    left, top, right, bottom = label.box
    if left < 4 or top < 4 or right > size[0] - 4 or bottom > size[1] - 4:
        return 2.0 * _OVERLAP_COST
    if any(left < b[2] and right > b[0] and top < b[3] and bottom > b[1] for b in boxes):
        return 2.0 * _OVERLAP_COST
    box = shapely.box(left, top, right, bottom)
    outside = 1.0 - shapely.area(shapely.intersection(box, shape)) / shapely.area(box)
    margin = 10.0
    hidden = np.count_nonzero(
        (points[:, 0] > left - margin)
        & (points[:, 0] < right + margin)
        & (points[:, 1] > top - margin)
        & (points[:, 1] < bottom + margin)
    )
    middle = shapely.centroid(shape)
    far = np.hypot(label.x - shapely.get_x(middle), label.y - shapely.get_y(middle)) / np.sqrt(shapely.area(shape))
    return float(60.0 * outside + 25.0 * hidden + 8.0 * far + 3.0 * (len(label.lines) - 1))
