"""Loss and delay of a link over time as an SVG: a line in its smoke, and a foot that darkens with loss."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from jangkau.reports import looks

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 900, 240, 56, 12, 14, 46
LOSS_HEIGHT = 10
LOSS_STEPS = ((0.0, "#e8edf0"), (1.0, "#f0d9a6"), (5.0, "#d99a2b"), (20.0, "#c65a3c"), (60.0, "#a5224f"))
"""Loss [%] from which a colour holds; grey by lightness too."""

Point = tuple[datetime, float | None, float | None, float | None, float]
"""Start of an hour, lowest, median and highest delay [ms] or None, and loss [%]."""


def smoke_chart(points: Sequence[Point], start: datetime, end: datetime, title: str, unit: str = "ms") -> bytes:
    """Return the chart.

    Parameters
    ----------
    points : sequence of (datetime, float or None, float or None, float or None, float)
        See `Point`; hours that are not there are left white, as nobody looked.
    start, end : datetime
    title : str
    unit : str
        Written beside the highest delay.
    """
    top_ms = max((high for _, _, _, high, _ in points if high is not None), default=100.0) * 1.08
    span = max((end - start).total_seconds(), 1.0)
    wide = WIDTH - LEFT - RIGHT
    hour_px = 3600.0 / span * wide

    def x_of(time: datetime) -> float:
        return LEFT + (time - start).total_seconds() / span * wide

    def y_of(delay: float) -> float:
        return TOP + (1.0 - delay / top_ms) * (HEIGHT - TOP - BOTTOM)

    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{looks.PAPER}"/>']
    for time, low, middle, high, loss in points:
        x = x_of(time)
        if low is not None and middle is not None and high is not None:
            y = y_of(high)
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{hour_px:.2f}" height="{y_of(low) - y:.1f}" fill="#c3ccd4"/>'
            )
            parts.append(
                f'<path d="M{x:.1f} {y_of(middle):.1f}h{hour_px:.2f}" stroke="{looks.INK}" stroke-width="1.6"/>'
            )
        colour = next(c for limit, c in reversed(LOSS_STEPS) if loss >= limit)
        parts.append(
            f'<rect x="{x:.1f}" y="{HEIGHT - BOTTOM + 6}" width="{hour_px:.2f}" height="{LOSS_HEIGHT}" fill="{colour}">'
            f"<title>{loss:.0f} %</title></rect>"
        )
    text = f'font-family="DejaVu Sans, sans-serif" font-size="12" fill="{looks.QUIET_INK}"'
    for delay in (0.0, top_ms / 1.08):
        label = f"{delay:.0f}{' ' + unit if delay else ''}"
        parts.append(f'<text x="{LEFT - 6}" y="{y_of(delay) + 4:.0f}" text-anchor="end" {text}>{escape(label)}</text>')
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 8}" {text}>{start:%Y-%m-%d}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 8}" text-anchor="end" {text}>{end:%Y-%m-%d}</text>')
    parts.append(f'<text x="{LEFT + 6}" y="{TOP + 12}" {text} font-weight="bold">{escape(title)}</text>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
    return (head + "".join(parts) + "</svg>").encode()
