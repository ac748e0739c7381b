"""Colours of continuous values, and of many things side by side: one place for tiles, maps and legends."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jangkau.reports.looks import rgb

Colours = NDArray[np.uint8]
"""Red, green and blue by row, shape (n, 3)."""


@dataclass(frozen=True, slots=True)
class Ramp:
    """Colours of a continuous quantity.

    Attributes
    ----------
    low, high : float
        Values of the first and the last colour; what lies beyond has the colour of the end.
    anchors : tuple of str
        Colours ``#rrggbb`` at equal distances, from low to high.
    """

    low: float
    high: float
    anchors: tuple[str, ...]

    def table(self, count: int) -> Colours:
        """Return colours at equal distances, the first that of `low`, the last that of `high`."""
        known = np.array([rgb(colour) for colour in self.anchors], float)
        at = np.linspace(0.0, len(known) - 1.0, count)
        bands = [np.interp(at, np.arange(len(known)), known[:, band]) for band in range(3)]
        return np.round(np.stack(bands, axis=1)).astype(np.uint8)

    def position(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return where values lie between low, 0, and high, 1; NaN stays NaN."""
        return np.clip((np.asarray(values, float) - self.low) / (self.high - self.low), 0.0, 1.0)

    def stops(self, count: int = 7) -> list[tuple[float, str]]:
        """Return values at equal distances with their colours, for a legend."""
        values = np.linspace(self.low, self.high, count)
        return [(round(float(v), 6), hexadecimal(c)) for v, c in zip(values, self.table(count), strict=True)]


def hexadecimal(colour: Colours) -> str:
    """Return a colour as ``#rrggbb``."""
    return "#" + "".join(f"{int(part):02x}" for part in colour[:3])


PROBABILITY = Ramp(
    0.0,
    1.0,
    ("#00224e", "#002e6a", "#1a386f", "#32436d", "#434e6c", "#535a6d", "#61656f", "#6f7073", "#7d7c78",
     "#8c8878", "#9b9476", "#aba072", "#bcae6c", "#cdbb63", "#dec958", "#f0d846", "#fee838"),
)  # fmt: skip
"""Cividis (J. R. Nuñez et al., doi:10.1371/journal.pone.0199239): the same to people of any colour vision."""

RSRP_DBM = Ramp(
    -130.0,
    -70.0,
    ("#011959", "#103f60", "#1c5a62", "#3c6d56", "#687b3e", "#9d892b", "#d29343", "#f8a17b", "#fdb7bc", "#faccfa"),
)
"""Batlow (F. Crameri, doi:10.5281/zenodo.1243862)."""

ERROR_DB = Ramp(
    2.0,
    14.0,
    ("#fbfaf3", "#e6e0c4", "#d3c096", "#c19c6d", "#a87456", "#84493f", "#561d1f"),
)
"""From sure to unsure, light to dark; a near kin of bilbao (F. Crameri, doi:10.5281/zenodo.1243862)."""

SERVER_HUES = ("#4477aa", "#ee8866", "#44bb99", "#bbcc33", "#aa4499", "#eedd88", "#77aadd", "#aa6644")
"""Colours of sites that serve: told apart, not ordered, and none that of a grade."""

SERVER_TINTS = (0.0, 0.28, 0.52)
"""How much white the colours of a site's first, second and third cell hold; the fourth is as the first."""


def server_table() -> Colours:
    """Return a colour for each hue and tint, row ``hue * len(SERVER_TINTS) + tint``."""
    rows = []
    for colour in SERVER_HUES:
        own = np.array(rgb(colour), float)
        rows += [own + (255.0 - own) * tint for tint in SERVER_TINTS]
    return np.round(np.array(rows)).astype(np.uint8)
