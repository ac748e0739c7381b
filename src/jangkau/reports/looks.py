"""The design as data: colours, shapes and label codes of grades and evidence, for maps, QGIS and the terminal.

Shape repeats colour, so that a map still speaks in grey and to the colour-blind: a filled circle is served, a half
circle weak, a ring with a bar none, a dotted ring unknown. *Predicted* is an area (a square where it is a point),
*tested* an outlined dot, *claimed* a flag.
"""

from dataclasses import dataclass

from jangkau.messages import Message
from jangkau.records import Value


@dataclass(frozen=True, slots=True)
class ValueLook:
    """How one grade looks wherever it is shown.

    Attributes
    ----------
    value : str
        A `jangkau.records.Value`.
    colour : str
        Hexadecimal sRGB.
    shape : str
        filled, half, ring_with_bar, dotted_ring or shares.
    texture : str
        What fills an area beside its colour: plain, dots, lines, hatched or shares.
    glyph : str
        One character with the shape, for the terminal.
    """

    value: Value
    colour: str
    shape: str
    texture: str
    glyph: str

    @property
    def label(self) -> Message:
        """The short name of the grade."""
        return Message(f"value.{self.value}")

    @property
    def rgb(self) -> tuple[int, int, int]:
        """The colour as numbers, each 0 to 255."""
        return rgb(self.colour)


def rgb(colour: str) -> tuple[int, int, int]:
    """Return the red, green and blue [0..255] of a colour written ``#rrggbb``."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


SERVED = ValueLook("served", "#1b7f8c", "filled", "plain", "●")
WEAK = ValueLook("weak", "#d99a2b", "half", "dots", "◐")
NONE = ValueLook("none", "#a5224f", "ring_with_bar", "lines", "⊖")
UNKNOWN = ValueLook("unknown", "#8b919a", "dotted_ring", "hatched", "◌")
PARTIAL = ValueLook("partial", "#5d6470", "shares", "shares", "◑")

VALUE_LOOKS: dict[str, ValueLook] = {look.value: look for look in (SERVED, WEAK, NONE, UNKNOWN, PARTIAL)}
"""Every grade in the order of legends."""

RASTER_VALUES: tuple[Value, ...] = ("unknown", "none", "weak", "served")
"""What the pixel values 0, 1, 2, 3 of a raster of classes stand for."""

SHARE_VALUES: tuple[Value, ...] = ("served", "weak", "none", "unknown")
"""The order in which the shares of a partial area are drawn."""

INK = "#1d2733"
QUIET_INK = "#5a6472"
PAPER = "#ffffff"
WATER = "#dfe8ee"
RIVER = "#7fa3bd"
DISTRICT_LINE = "#3a4552"
VILLAGE_LINE = "#8a94a0"
BANNER = "#27364a"
FLAG = INK
"""A claim is no grade, so that its flag has no colour of a grade."""
