"""Loss and delay of a link over time as an SVG: a line in its smoke, and a foot whose bars grow with loss."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from jangkau.reports import looks

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 480, 260, 64, 14, 30, 74
LOSS_HEIGHT = 32
LOSS_STEPS = ((0.0, "#c3ccd4"), (1.0, "#e0b765"), (5.0, "#d99a2b"), (20.0, "#c65a3c"), (60.0, "#a5224f"))
"""Loss [%] from which a colour holds; the height of the bar says the same."""

Point = tuple[datetime, float | None, float | None, float | None, float]
"""Start of an hour, lowest, median and highest delay [ms] or None, and loss [%]."""


@dataclass(frozen=True, slots=True)
class SmokeWords:
    """What a chart says where nobody looked, and beside its foot."""

    nothing: str = "no checks"
    loss: str = "loss"


def smoke_chart(
    points: Sequence[Point], start: datetime, end: datetime, title: str, words: SmokeWords = SmokeWords()
) -> bytes:
    """Return the chart.

    Parameters
    ----------
    points : sequence of (datetime, float or None, float or None, float or None, float)
        See `Point`; hours that are not there are left white, as nobody looked.
    start, end : datetime
        In the zone in which days are written.
    title : str
    words : SmokeWords
    """
    top_ms = max((high for _, _, _, high, _ in points if high is not None), default=100.0) * 1.08
    wide, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    span = max((end - start).total_seconds(), 1.0)
    hour_px = max(3600.0 / span * wide, 0.5)

    def x_of(time: datetime) -> float:
        return LEFT + max((time - start).total_seconds(), 0.0) / span * wide

    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{looks.PAPER}"/>']
    for time, low, middle, high, loss in points:
        x = x_of(time)
        if low is not None and middle is not None and high is not None:
            y_low, y, y_high = (TOP + (1.0 - delay / top_ms) * tall for delay in (low, middle, high))
            parts.append(_box(x, y_high, hour_px, y_low - y_high, "#c3ccd4"))
            parts.append(f'<path d="M{x:.1f} {y:.1f}h{hour_px:.2f}" stroke="{looks.INK}" stroke-width="1.8"/>')
        parts.append(_loss(x, hour_px, loss))
    parts += _axes(start, end, x_of, top_ms, words)
    parts.append(_text(LEFT, TOP - 12, title, "start", bold=True))
    if not points:
        parts.append(_text(LEFT + wide / 2, TOP + tall / 2, words.nothing, "middle"))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
    return (head + "".join(parts) + "</svg>").encode()


def _loss(x: float, wide: float, loss: float) -> str:
    """Return a bar of the foot; the least that is lost can be seen."""
    foot = HEIGHT - BOTTOM + 10 + LOSS_HEIGHT
    tall = 1.5 if loss <= 0 else max(loss / 100.0 * LOSS_HEIGHT, 4.0)
    colour = next(c for limit, c in reversed(LOSS_STEPS) if loss >= limit)
    return _box(x, foot - tall, wide, tall, colour, f"{loss:.0f} %")


def _box(x: float, y: float, wide: float, tall: float, colour: str, title: str = "") -> str:
    inside = f"<title>{title}</title>" if title else ""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.2f}" height="{tall:.1f}" fill="{colour}">{inside}</rect>'


def _text(x: float, y: float, said: str, anchor: str, *, bold: bool = False) -> str:
    font = f'font-family="DejaVu Sans, sans-serif" font-size="13" fill="{looks.INK if bold else looks.QUIET_INK}"'
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {font}{weight}>{escape(said)}</text>'


def _axes(
    start: datetime, end: datetime, x_of: Callable[[datetime], float], top_ms: float, words: SmokeWords
) -> list[str]:
    """Return delays on the left, the loss below them, and at most seven days at the foot."""
    floor, foot = HEIGHT - BOTTOM, HEIGHT - BOTTOM + 10 + LOSS_HEIGHT
    right, line = WIDTH - RIGHT, f'fill="none" stroke="{looks.QUIET_INK}"'
    parts = [f'<path d="M{LEFT} {TOP}V{floor}H{right}M{LEFT} {foot}H{right}" {line}/>']
    for delay in (0.0, top_ms / 1.08):
        y = TOP + (1.0 - delay / top_ms) * (floor - TOP)
        parts.append(_text(LEFT - 6, y + 4, f"{delay:.0f} ms", "end"))
    parts.append(_text(LEFT - 6, foot - LOSS_HEIGHT / 2 + 4, words.loss, "end"))
    days = max((end - start).days, 1)
    day = start.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    while day < end:
        parts.append(f'<path d="M{x_of(day):.1f} {foot}v5" {line}/>')
        parts.append(_text(x_of(day), foot + 20, f"{day:%d-%m}", "middle"))
        day += timedelta(days=max(-(-days // 6), 1))
    return parts
