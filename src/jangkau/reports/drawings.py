"""Small drawings of a report as SVG: a map of a village, district or site, and the profile of a radio path.

The symbols are those of every map of Jangkau: a square is a prediction, a dot with a dark outline a test, a flag a
claim, a triangle a tower; shape repeats colour.
"""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image

from jangkau.geo import METRES_PER_DEGREE, Bounds
from jangkau.reports import looks
from jangkau.reports.map_content import MapContent, Points
from jangkau.reports.map_ground import Frame, ground_image

WORST_ON_TOP = ("unknown", "served", "partial", "weak", "none")
SCALES_KM = (0.5, 1, 2, 5, 10, 20, 50, 100)
FONT = "DejaVu Sans"


@dataclass(frozen=True, slots=True)
class Focus:
    """What a small map is about.

    Attributes
    ----------
    outlines : sequence of WKB
        Drawn with a strong line.
    bounds : Bounds
        The box that must be seen [deg].
    names : sequence of (longitude, latitude, text)
    """

    bounds: Bounds
    outlines: Sequence[bytes] = ()
    names: Sequence[tuple[float, float, str]] = ()


def small_map(content: MapContent, focus: Focus, width_px: int, height_px: int) -> bytes:
    """Return a map as SVG, `width_px` x `height_px` units, the ground as an image inside.

    Parameters
    ----------
    content : MapContent
        The whole region; what lies outside the box is left out.
    focus : Focus
    width_px, height_px : int
    """
    frame = _frame(focus.bounds, width_px, height_px)
    image, _ = ground_image(content, frame)
    parts = [_picture(image), *_lines(content, focus, frame), *_points(content, frame)]
    parts += [_name(frame, *name) for name in focus.names]
    parts.append(_scale(frame))
    parts.append(f'<rect width="{width_px}" height="{height_px}" fill="none" stroke="{looks.INK}" stroke-width="1.5"/>')
    return _svg(width_px, height_px, parts)


def _svg(width: int, height: int, parts: Sequence[str]) -> bytes:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
    return (head + "".join(parts) + "</svg>").encode()


def _frame(bounds: Bounds, width_px: int, height_px: int) -> Frame:
    """Return the window that shows a box with some room, in true proportions."""
    room = 0.06 * max(bounds.east - bounds.west, bounds.north - bounds.south, 0.01)
    box = bounds.widened(room)
    narrow = float(np.cos(np.radians((box.north + box.south) / 2.0)))
    wide, high = (box.east - box.west) * narrow, box.north - box.south
    if wide / high < width_px / height_px:
        more = (high * width_px / height_px - wide) / narrow / 2.0
        box = Bounds(box.west - more, box.south, box.east + more, box.north)
    else:
        more = (wide * height_px / width_px - high) / 2.0
        box = Bounds(box.west, box.south - more, box.east, box.north + more)
    return Frame(Bounds(*(float(side) for side in box)), width_px, height_px, 1.0)


def _picture(image: NDArray[np.uint8]) -> str:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=80)
    data = base64.b64encode(file.getvalue()).decode()
    height, width = image.shape[:2]
    return f'<image width="{width}" height="{height}" href="data:image/jpeg;base64,{data}"/>'


def _lines(content: MapContent, focus: Focus, frame: Frame) -> list[str]:
    box = shapely.box(frame.bounds.west, frame.bounds.south, frame.bounds.east, frame.bounds.north)
    kinds: list[tuple[Sequence[bytes], str, float]] = [
        (content.rivers, looks.RIVER, 1.6),
        ([wkb for wkb, _, _ in content.villages], looks.VILLAGE_LINE, 0.8),
        ([wkb for wkb, _ in content.districts], looks.DISTRICT_LINE, 1.6),
        (focus.outlines, looks.INK, 3.2),
    ]
    found = []
    for wkbs, colour, width in kinds:
        shapes = shapely.from_wkb(list(wkbs)) if len(wkbs) else np.array([], dtype=object)
        for shape in shapes[shapely.intersects(shapes, box)] if len(shapes) else ():
            path = _path(shape, frame)
            found.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>')
    return found


def _path(shape: Any, frame: Frame) -> str:
    pieces = []
    for part in shapely.get_parts(shape):
        for ring in shapely.get_rings(part) if part.geom_type == "Polygon" else (part,):
            x, y = frame.pixel(*shapely.get_coordinates(ring).T)
            pieces.append("M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True)))
    return "".join(pieces)


def _points(content: MapContent, frame: Frame) -> list[str]:
    found = [_tower(x, y) for x, y, _ in _inside(content.sites, frame)]
    for points, tested in ((content.predicted, False), (content.tested, True)):
        graded = _inside(points, frame)
        for value in WORST_ON_TOP:
            found += [symbol(x, y, value, tested=tested) for x, y, own in graded if own == value]
    return found + [_flag(x, y) for x, y, _ in _inside(content.claimed, frame)]


def _inside(points: Points, frame: Frame) -> list[tuple[float, float, str]]:
    longitude, latitude = points.xy()
    values = list(points.values) or [""] * len(points)
    x, y = frame.pixel(longitude, latitude)
    seen = (x > 0) & (x < frame.width_px) & (y > 0) & (y < frame.height_px)
    return [(float(x[k]), float(y[k]), values[k]) for k in np.nonzero(seen)[0]]


def symbol(x: float, y: float, value: str, *, tested: bool) -> str:
    """Return the symbol of a graded place: a dot where it was tested, a square where it is predicted."""
    look = looks.VALUE_LOOKS[value]
    size = 6.5 if tested else 5.0
    ground = f' fill="{looks.PAPER}"'

    def outline(radius: float, style: str) -> str:
        if tested:
            return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}"{style}/>'
        return f'<rect x="{x - radius:.1f}" y="{y - radius:.1f}" width="{2 * radius}" height="{2 * radius}"{style}/>'

    parts = [outline(size + 2.5, f' fill="{looks.INK}"')] if tested else []
    parts.append(outline(size + 1.2, ground))
    if look.shape == "filled":
        parts.append(outline(size, f' fill="{look.colour}"'))
    elif look.shape == "ring_with_bar":
        parts.append(outline(size - 1.2, f'{ground} stroke="{look.colour}" stroke-width="2.6"'))
        parts.append(
            f'<path d="M{x - 2.6:.1f} {y:.1f}h5.2" stroke="{look.colour}" stroke-width="2.6" stroke-linecap="butt"/>'
        )
    elif look.shape == "dotted_ring":
        style = f'{ground} stroke="{looks.QUIET_INK}" stroke-width="1.6" stroke-dasharray="1.6 1.6"'
        parts.append(outline(size - 0.8, style))
    else:
        parts.append(outline(size, f' fill="{look.colour}"'))
        half = f"M{x:.1f} {y - size:.1f}"
        half += f"a{size} {size} 0 0 1 0 {2 * size}z" if tested else f"h{size}v{2 * size}h{-size}z"
        parts.append(f'<path d="{half}"{ground}/>')
    return "".join(parts)


def _tower(x: float, y: float) -> str:
    path = f"M{x - 5:.1f} {y + 6:.1f}L{x:.1f} {y - 7:.1f}L{x + 5:.1f} {y + 6:.1f}z"
    return f'<path d="{path}" fill="{looks.PAPER}" stroke="{looks.INK}" stroke-width="1.5"/>'


def _flag(x: float, y: float) -> str:
    path = f"M{x:.1f} {y:.1f}v-20l14 5.4l-14 5.4"
    return f'<path d="{path}" fill="{looks.FLAG}" stroke="{looks.FLAG}" stroke-width="1.8"/>'


def _name(frame: Frame, longitude: float, latitude: float, name: str) -> str:
    x, y = frame.pixel(longitude, latitude)
    style = f'font-family="{FONT}" font-size="15" font-weight="bold" text-anchor="middle"'
    halo = f'stroke="{looks.PAPER}" stroke-width="4" stroke-linejoin="round" paint-order="stroke"'
    return f'<text x="{x:.1f}" y="{y - 13:.1f}" {style} {halo} fill="{looks.INK}">{escape(name)}</text>'


def _scale(frame: Frame) -> str:
    middle = (frame.bounds.north + frame.bounds.south) / 2.0
    degree_px = frame.width_px / (frame.bounds.east - frame.bounds.west)
    km_px = degree_px / (METRES_PER_DEGREE / 1e3 * float(np.cos(np.radians(middle))))
    length = max((km for km in SCALES_KM if km * km_px < frame.width_px / 3), default=SCALES_KM[0])
    y = frame.height_px - 14
    text = f'font-family="{FONT}" font-size="13" fill="{looks.INK}"'
    back = (
        f'<rect x="6" y="{y - 22}" width="{length * km_px + 62:.0f}" height="30" fill="{looks.PAPER}" opacity="0.85"/>'
    )
    line = f'<path d="M14 {y - 6}v6h{length * km_px:.1f}v-6" fill="none" stroke="{looks.INK}" stroke-width="2"/>'
    return back + line + f'<text x="{length * km_px + 20:.0f}" y="{y + 3}" {text}>{length:g} km</text>'


def profile_drawing(lines: Mapping[str, NDArray[np.float64]], blocks_m: float | None) -> bytes:
    """Return the profile of a radio path as SVG: ground, what stands on it, the ray, its first zone, and what blocks.

    Parameters
    ----------
    lines : mapping of str to float64, shape (n,)
        `jangkau.paths.PathReport.drawing`.
    blocks_m : float or None
        Distance of the main obstacle from the antenna [m].
    """
    distance, ground, ray = lines["distance_m"], lines["terrain_amsl_m"], lines["ray_amsl_m"]
    surface, zone = ground + lines["obstacle_m"], lines["fresnel_m"]
    low, high = float(np.min(ground)), float(max(np.max(surface), np.max(ray)))
    width, height, left, right, top, bottom = 640, 210, 52, 626, 16, 178
    x = left + distance / distance[-1] * (right - left)

    def y_of(value: NDArray[np.float64] | float) -> NDArray[np.float64]:
        return np.asarray(bottom - (np.asarray(value) - low) / max(high - low, 10.0) * (bottom - top))

    def drawn(heights: NDArray[np.float64], style: str, *, filled: bool) -> str:
        line = "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y_of(heights), strict=True))
        closed = f"L{right} {bottom}L{left} {bottom}z" if filled else ""
        return f'<path d="M{line}{closed}" {style}/>'

    text = f'font-family="{FONT}" font-size="13" fill="{looks.QUIET_INK}"'
    red = looks.NONE.colour
    parts = [
        f'<rect width="{width}" height="{height}" fill="{looks.PAPER}"/>',
        drawn(surface, 'fill="#9db59a"', filled=True),
        drawn(ground, 'fill="#8a8377"', filled=True),
        drawn(ray, f'stroke="{red}" stroke-width="2" stroke-dasharray="7 4" fill="none"', filled=False),
        drawn(ray - zone, f'stroke="{red}" stroke-width="0.8" fill="none"', filled=False),
    ]
    if blocks_m is not None:
        at = float(np.interp(blocks_m, distance, x))
        peak = float(y_of(float(np.interp(blocks_m, distance, surface))))
        parts.append(f'<path d="M{at:.1f} {peak - 3:.1f}l-6 -11h12z" fill="{looks.INK}"/>')
    for value in (low, high):
        parts.append(
            f'<text x="{left - 5}" y="{float(y_of(value)) + 5:.0f}" text-anchor="end" {text}>{value:.0f} m</text>'
        )
    parts.append(f'<text x="{left}" y="{bottom + 20}" {text}>0</text>')
    parts.append(f'<text x="{right}" y="{bottom + 20}" text-anchor="end" {text}>{distance[-1] / 1e3:.1f} km</text>')
    return _svg(width, height, parts)
