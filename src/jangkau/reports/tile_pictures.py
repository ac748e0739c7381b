"""Pictures of map tiles: values become a palette of 256 colours at most, one byte a pixel, as PNG.

A value that nobody knows is hatched grey, never the colour of a bad value; where there is nothing to say a tile is
clear. Every pattern repeats after a power of two pixels, so that it goes on across the edges of tiles.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jangkau.reports import looks, ramps
from jangkau.reports.ramps import Ramp

Index = NDArray[np.uint8]
"""Rows of a palette, pixel by pixel."""
Mask = NDArray[np.bool_]

CLEAR, HATCH_GROUND, HATCH_LINE, FIRST = 0, 1, 2, 3
"""Rows of every palette; values begin at `FIRST`."""
VERSION = 1
"""Raise it when a picture of the same values changes in another way than by its palette."""

_RAMP_COLOURS = 253
_HATCH = ((*looks.UNKNOWN.rgb, 46), (*looks.UNKNOWN.rgb, 235))
_DARK, _LIGHT = 24, 8
_DARKEST, _LIGHTEST = 0.55, 0.40
_SEA_OPACITY = 0.38
FLAT_LIGHT = float(np.sin(np.radians(45.0)))
"""Brightness of flat ground; see `jangkau.reports.map_ground.hillshade`."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours with opacity, at most 256 rows of red, green, blue, alpha [0..255]."""

    rows: tuple[tuple[int, int, int, int], ...]

    def png(self, index: Index) -> bytes:
        """Return a picture; the same index gives the same bytes."""
        image = Image.fromarray(index)
        image.putpalette([part for row in self.rows for part in row[:3]])
        stream = io.BytesIO()
        image.save(stream, "PNG", transparency=bytes(row[3] for row in self.rows), compress_level=6)
        return stream.getvalue()


def _opaque(colours: Sequence[Any] | NDArray[np.uint8]) -> tuple[tuple[int, int, int, int], ...]:
    return tuple((int(r), int(g), int(b), 255) for r, g, b in colours)


def _palette(colours: Sequence[Any] | NDArray[np.uint8]) -> Palette:
    return Palette(((0, 0, 0, 0), *_HATCH, *_opaque(colours)))


def ramp_palette(ramp: Ramp) -> Palette:
    """Return the palette of `ramp_index`."""
    return _palette(ramp.table(_RAMP_COLOURS))


def ramp_index(values: NDArray[np.floating], ramp: Ramp, inside: Mask) -> Index:
    """Return the picture of a continuous quantity; NaN is unknown, and outside is clear."""
    unknown = np.isnan(values)
    position = np.where(unknown, 0.0, ramp.position(values))
    index = (FIRST + np.round(position * (_RAMP_COLOURS - 1))).astype(np.uint8)
    return _with_gaps(index, unknown, inside)


CLASS_PALETTE = _palette(
    [
        looks.NONE.rgb, tuple((2 * part + 3 * 255) // 5 for part in looks.NONE.rgb),
        looks.WEAK.rgb, tuple((part + 4 * 255) // 5 for part in looks.WEAK.rgb),
        looks.SERVED.rgb,
    ]
)  # fmt: skip
"""Of `class_index`: none and its lines, weak and its dots, served."""


def class_index(classes: NDArray[np.integer], inside: Mask) -> Index:
    """Return the picture of classes, 0 unknown, 1 none, 2 weak, 3 served, with the textures of the printed map."""
    lines, dots = _lines(classes.shape), _dots(classes.shape)
    none = np.where(lines, FIRST + 1, FIRST)
    weak = np.where(dots, FIRST + 3, FIRST + 2)
    index = np.select([classes == 1, classes == 2], [none, weak], FIRST + 4).astype(np.uint8)
    return _with_gaps(index, classes == 0, inside)


def server_palette() -> Palette:
    """Return the palette of `server_index`."""
    return _palette(ramps.server_table())


def server_index(
    server: NDArray[np.integer], colour: NDArray[np.uint8], no_server: int, unknown: Mask, inside: Mask
) -> Index:
    """Return the picture of the best server; where there is none it is clear.

    Parameters
    ----------
    server : integers, shape (rows, columns)
        Index of the best server, or `no_server`.
    colour : uint8, shape (servers,)
        Row of `jangkau.reports.ramps.server_table` of each server.
    no_server : int
    unknown, inside : bool, shape (rows, columns)
    """
    none = server == no_server
    index = np.where(none, CLEAR, FIRST + colour[np.where(none, 0, server)]).astype(np.uint8)
    return _with_gaps(index, unknown, inside)


def _relief_rows() -> tuple[tuple[int, int, int, int], ...]:
    dark = [(0, 0, 0, round(255 * _DARKEST * step / _DARK)) for step in range(1, _DARK + 1)]
    light = [(255, 255, 255, round(255 * _LIGHTEST * step / _LIGHT)) for step in range(1, _LIGHT + 1)]
    return ((0, 0, 0, 0), (*looks.rgb(looks.RIVER), round(255 * _SEA_OPACITY)), *dark, *light)


RELIEF_PALETTE = Palette(_relief_rows())
"""Of `relief_index`: clear, sea, shadows, lights."""


def relief_index(light: NDArray[np.floating], sea: Mask) -> Index:
    """Return shadows and lights over whatever lies below, light or dark; flat ground and NaN are clear, sea is flat.

    Parameters
    ----------
    light : float, shape (rows, columns)
        Brightness 0 to 1, of flat ground `FLAT_LIGHT`.
    sea : bool, the same shape
    """
    away = np.where(np.isnan(light), 0.0, light - FLAT_LIGHT)
    dark = np.round(np.clip(-away / FLAT_LIGHT, 0.0, 1.0) * _DARK)
    bright = np.round(np.clip(away / (1.0 - FLAT_LIGHT), 0.0, 1.0) * _LIGHT)
    index = np.where(dark > 0, 1 + dark, np.where(bright > 0, 1 + _DARK + bright, 0)).astype(np.uint8)
    index[sea] = 1
    return index


def _with_gaps(index: Index, unknown: Mask, inside: Mask) -> Index:
    hatch = np.where(_diagonals(index.shape), np.uint8(HATCH_LINE), np.uint8(HATCH_GROUND))
    index = np.where(unknown, hatch, index)
    return np.where(inside, index, np.uint8(CLEAR))


@lru_cache(maxsize=8)
def _diagonals(shape: tuple[int, ...]) -> Mask:
    row, column = np.indices(shape)
    return _fixed((row + column) % 16 < 4)


@lru_cache(maxsize=8)
def _lines(shape: tuple[int, ...]) -> Mask:
    return _fixed(np.indices(shape)[0] % 16 < 3)


@lru_cache(maxsize=8)
def _dots(shape: tuple[int, ...]) -> Mask:
    row, column = np.indices(shape)
    shifted = column + 8 * (row // 16 % 2)
    return _fixed(np.hypot(row % 16 - 7.5, shifted % 16 - 7.5) < 3.0)


def _fixed(pattern: Mask) -> Mask:
    """Return a pattern that is kept, so that nobody writes to it."""
    pattern.flags.writeable = False
    return pattern
