"""The sheet of paper of a map: a figure measured in units, 2000 to its width, from the top left corner."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from matplotlib.patheffects import withStroke

from jangkau.messages import Message, render
from jangkau.reports import looks
from jangkau.reports.sentences import Text, say

WIDTH = 2000.0
"""Width of the page in its units."""
UNITS_PER_POINT = 200.0 / 72.0
"""Units in a typographic point: the page is ten inches wide."""
FAMILY = "DejaVu Sans"
_INCHES = 10.0


class Page:
    """A figure with one axes over all of it, in units with y down, and what is written on it in one language.

    Parameters
    ----------
    height : float
        Height of the page [unit].
    width_px : int
        Width of the image [px].
    language : str
    """

    def __init__(self, height: float, width_px: int, language: str) -> None:
        self.height = round(height * width_px / WIDTH) * WIDTH / width_px
        self.unit_px = width_px / WIDTH
        self.language = language
        self.figure = Figure(figsize=(_INCHES, _INCHES * self.height / WIDTH), dpi=width_px / _INCHES)
        self.figure.set_facecolor(looks.PAPER)
        self.canvas = FigureCanvasAgg(self.figure)
        self.axes = self.add_axes(0.0, 0.0, WIDTH, self.height)
        self.axes.set_xlim(0.0, WIDTH)
        self.axes.set_ylim(self.height, 0.0)
        self.axes.set_zorder(2)
        canvas: Any = self.canvas
        self._renderer = canvas.get_renderer()

    def add_axes(self, x: float, y: float, width: float, height: float) -> Axes:
        """Return new empty axes over a box whose upper left corner is x, y [unit]."""
        box = (x / WIDTH, 1.0 - (y + height) / self.height, width / WIDTH, height / self.height)
        axes: Axes = self.figure.add_axes(box)
        axes.set_axis_off()
        return axes

    def say(self, text: Text) -> str:
        """Return a text in the language of the page."""
        return say(text, self.language)

    def words(self, code: str, /, **parameters: object) -> str:
        """Return the sentence of a message code in the language of the page."""
        return render(Message(code, parameters), self.language)

    def write(self, x: float, y: float, text: str, size_pt: float, **style: Any) -> None:
        """Write a text with its baseline at y; `halo=True` surrounds it with paper."""
        if style.pop("halo", False):
            style["path_effects"] = [withStroke(linewidth=2.2, foreground=looks.PAPER)]
        look: dict[str, Any] = {"color": looks.INK, "va": "baseline", "family": FAMILY, "parse_math": False} | style
        self.axes.text(x, y, text, fontsize=size_pt, **look)

    def text_width(self, text: str, size_pt: float, weight: str = "normal") -> float:
        """Return how wide a line is [unit]."""
        font = FontProperties(family=FAMILY, size=size_pt, weight=weight)
        width, _, _ = self._renderer.get_text_width_height_descent(text, font, False)
        return float(width) / self.unit_px

    def wrapped(self, text: str, size_pt: float, width: float, weight: str = "normal") -> list[str]:
        """Return a text in lines no wider than a width [unit]; a single word may be wider."""
        lines: list[str] = []
        for word in text.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.text_width(longer, size_pt, weight) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines

    def paragraph(self, x: float, y: float, text: str, size_pt: float, width: float, **style: Any) -> float:
        """Write a text in lines from baseline y downwards; return the baseline of the next line."""
        for line in self.wrapped(text, size_pt, width, style.get("weight", "normal")):
            self.write(x, y, line, size_pt, **style)
            y += size_pt * UNITS_PER_POINT * 1.35
        return y

    def box(self, x: float, y: float, width: float, height: float, colour: str, **style: Any) -> None:
        """Fill a rectangle whose upper left corner is x, y."""
        look: dict[str, Any] = {"facecolor": colour, "linewidth": 0} | style
        self.axes.add_patch(Rectangle((x, y), width, height, **look))

    def shape(self, corners: list[tuple[float, float]], colour: str, **style: Any) -> None:
        """Fill a polygon."""
        self.axes.add_patch(Polygon(corners, closed=True, facecolor=colour, **style))

    def line(self, xs: list[float], ys: list[float], colour: str, width_pt: float, **style: Any) -> None:
        """Draw a line."""
        self.axes.add_line(Line2D(xs, ys, color=colour, linewidth=width_pt, solid_capstyle="butt", **style))

    def picture(self, image: Any, x: float, y: float, width: float, height: float) -> None:
        """Place an image whose upper left corner is x, y."""
        extent = (x, x + width, y + height, y)
        self.axes.imshow(image, extent=extent, interpolation="nearest", aspect="auto", zorder=1)
        self.axes.set_xlim(0.0, WIDTH)
        self.axes.set_ylim(self.height, 0.0)

    def save(self, path: Path, metadata: Mapping[str, str]) -> None:
        """Write the page as PNG without the version of any program."""
        canvas: Any = self.canvas
        with path.open("wb") as file:
            canvas.print_png(file, metadata={"Software": None, **metadata})
