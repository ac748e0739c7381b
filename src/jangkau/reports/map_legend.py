"""The panel beside a map: what each colour and symbol means, how many people it stands for, and by which rule."""

from collections.abc import Callable
from datetime import date

from jangkau.messages import Message
from jangkau.reports import looks
from jangkau.reports.map_content import MapContent
from jangkau.reports.map_ground import swatch, village_values
from jangkau.reports.map_page import Page
from jangkau.reports.map_symbols import draw_flags, draw_graded, draw_planned, draw_towers

_TEXT_PT, _HEAD_PT, _SMALL_PT = 7.4, 8.2, 6.4
_SWATCH = (56.0, 42.0)
_TEXT_LEFT = 74.0
_ROW, _GRADE_ROW = 46.0, 55.0


def draw_legend(page: Page, content: MapContent, x: float, y: float, width: float) -> float:
    """Draw the panel from its upper left corner; return where it ends [unit]."""
    y = _grades(page, content, x, y, width)
    y = _evidence(page, content, x, y + 16.0, width)
    y = _plan(page, content, x, y, width)
    y = _base(page, content, x, y + 16.0, width)
    return _rules(page, content, x, y + 14.0, width)


def long_date(page: Page, day: date) -> str:
    """Return a day as people write it, such as 6 November 2024."""
    return page.words("map.date", day=day.day, month=Message(f"map.month_{day.month}"), year=day.year)


def _heading(page: Page, x: float, y: float, width: float, text: str) -> float:
    page.write(x, y + 22.0, text, _HEAD_PT, weight="bold")
    page.line([x, x + width], [y + 33.0, y + 33.0], looks.VILLAGE_LINE, 0.5)
    return y + 46.0


def _grades(page: Page, content: MapContent, x: float, y: float, width: float) -> float:
    total = sum(content.amounts.values())
    unit = Message(f"unit.{content.amount_unit}")
    y = _heading(page, x, y, width, page.words("map.heading_grades"))
    if total > 0.0:
        page.write(x + width, y - 24.0, page.words("map.total", total=total, unit=unit), _SMALL_PT, ha="right")
        y = _share_bar(page, content, x, y, width, total)
    partial = content.area is None and "partial" in village_values(content.villages)
    shown = [value for value in looks.VALUE_LOOKS if value != "partial" or partial]
    for value in shown:
        _picture(page, value, x, y, *_SWATCH)
        page.box(x, y, *_SWATCH, "none", edgecolor=looks.QUIET_INK, linewidth=0.5)
        counted = total > 0.0 and value != "partial"
        page.write(x + _TEXT_LEFT, y + (17.0 if counted else 29.0), page.words(f"map.value_{value}"), _TEXT_PT)
        if counted:
            amount = content.amounts.get(value, 0.0)
            said = page.words("map.amount", amount=amount, unit=unit)
            page.write(x + _TEXT_LEFT, y + 41.0, said, _SMALL_PT, color=looks.QUIET_INK)
            share = page.words("map.share", share=100.0 * amount / total)
            page.write(x + width, y + 29.0, share, _HEAD_PT, ha="right", weight="bold")
        y += _GRADE_ROW
    return y


def _share_bar(page: Page, content: MapContent, x: float, y: float, width: float, total: float) -> float:
    left = x
    for value in looks.SHARE_VALUES:
        wide = width * content.amounts.get(value, 0.0) / total
        if wide >= 1.0:
            _picture(page, value, left, y, wide, 22.0)
        left += wide
    page.box(x, y, width, 22.0, "none", edgecolor=looks.QUIET_INK, linewidth=0.5)
    return y + 36.0


def _picture(page: Page, value: str, x: float, y: float, width: float, height: float) -> None:
    size = max(round(width * page.unit_px), 1), max(round(height * page.unit_px), 1)
    page.picture(swatch(value, {"served": 0.5, "none": 0.5}, *size, page.unit_px), x, y, width, height)


def _evidence(page: Page, content: MapContent, x: float, y: float, width: float) -> float:
    y = _heading(page, x, y, width, page.words("map.heading_evidence"))
    if content.area is not None:
        y = _row(page, x, y, width, page.words("map.predicted_area"), _area_sample)
    elif content.villages:
        y = _row(page, x, y, width, page.words("map.village_fill"), _area_sample)
    if len(content.predicted):
        label = page.words("map.predicted_points", count=len(content.predicted))
        y = _row(page, x, y, width, label, lambda p, a, b: _graded_sample(p, a, b, tested=False))
    count = len(content.tested)
    label = page.words("map.tested_points", count=count) if count else page.words("map.tested_nothing")
    y = _row(page, x, y, width, label, lambda p, a, b: _graded_sample(p, a, b, tested=True))
    if len(content.claimed):
        label = page.words("map.claimed_points", count=len(content.claimed))
        y = _row(page, x, y, width, label, lambda p, a, b: draw_flags(p.axes, [a], [b + 13.0], 5))
    return y


def _plan(page: Page, content: MapContent, x: float, y: float, width: float) -> float:
    """Draw what the symbols of a plan mean, where the map shows one."""
    if not len(content.planned):
        return y
    y = _heading(page, x, y + 16.0, width, page.words("map.heading_plan"))
    label = page.words("map.planned_sites", count=len(content.planned))
    y = _row(page, x, y, width, label, lambda p, a, b: draw_planned(p.axes, [a], [b], 5))
    if len(content.planned_links):
        page.line([x, x + _SWATCH[0]], [y + 17.0, y + 17.0], looks.INK, 1.3)
        page.write(x + _TEXT_LEFT, y + 25.0, page.words("map.planned_links"), _TEXT_PT)
        y += _ROW - 8.0
    return y


def _row(
    page: Page, x: float, y: float, width: float, label: str, sample: Callable[[Page, float, float], None]
) -> float:
    """Draw a sample and its label; return where the next row starts."""
    sample(page, x + _SWATCH[0] / 2.0, y + 17.0)
    end = page.paragraph(x + _TEXT_LEFT, y + 26.0, label, _TEXT_PT, width - _TEXT_LEFT)
    return max(y + _ROW - 4.0, end - 8.0)


def _area_sample(page: Page, x: float, y: float) -> None:
    for i, value in enumerate(looks.SHARE_VALUES):
        _picture(page, value, x - 28.0 + 14.0 * i, y - 13.0, 14.0, 26.0)


def _graded_sample(page: Page, x: float, y: float, tested: bool) -> None:
    step = 33.0 if tested else 16.0
    shown = ("served", "weak", "none", "unknown") if not tested else ("served", "none")
    first = x - step * (len(shown) - 1) / 2.0
    draw_graded(
        page.axes, [first + step * i for i in range(len(shown))], [y] * len(shown), shown, tested=tested, zorder=5
    )


def _base(page: Page, content: MapContent, x: float, y: float, width: float) -> float:
    if not (len(content.sites) or content.districts or content.villages or content.rivers):
        return y
    y = _heading(page, x, y, width, page.words("map.heading_base"))
    if len(content.sites):
        label = page.words("map.sites", count=len(content.sites))
        y = _row(page, x, y, width, label, lambda p, a, b: draw_towers(p.axes, [a], [b], 5))
    lines = (
        (content.districts, "map.district_line", looks.DISTRICT_LINE, 1.1),
        (content.villages, "map.village_line", looks.VILLAGE_LINE, 0.6),
        (content.rivers, "map.river", looks.RIVER, 0.9),
    )
    for drawn, code, colour, width_pt in lines:
        if len(drawn):
            page.line([x, x + _SWATCH[0]], [y + 17.0, y + 17.0], colour, width_pt)
            page.write(x + _TEXT_LEFT, y + 25.0, page.words(code), _TEXT_PT)
            y += _ROW - 8.0
    return y


def _rules(page: Page, content: MapContent, x: float, y: float, width: float) -> float:
    said = [page.words("map.rules", rules=", ".join(content.rules))] if content.rules else []
    said += [page.say(content.score)] if content.score else []
    for text in said:
        y = page.paragraph(x, y + 20.0, text, _SMALL_PT, width, color=looks.QUIET_INK) - 14.0
    return y
