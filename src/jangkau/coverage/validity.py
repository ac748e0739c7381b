"""How the paths of a site were computed, and how many lie outside the ranges for which the models are stated.

A path leads from an antenna to a pixel within the radius, whatever the bands and sectors on that antenna.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from jangkau.paths import BY_PATH, OUTSIDE, SWEPT, Antenna, Area, Medium, in_woodland
from jangkau.propagation.p833 import MEASURED_MHZ
from jangkau.propagation.p1812 import outside_range
from jangkau.terrain.ground import Ground

HOW = ("swept", "by_path", "unknown_ground")
"""How a path came about: by a ray of the sweep, by its own profile, or not at all; these add up to all paths."""

OUTSIDE_RANGE = ("frequency_mhz", "distance_km", "antenna_height_m", "time_percent", "woodland_mhz")
"""Quantities of which a path may lie outside the range: four of P.1812 (`p1812.VALIDITY`), and a phone in woodland at
a frequency for which P.833 has no measurement (`p833.MEASURED_MHZ`). Location percent is always 50."""


def count_paths(
    area: Area,
    ground: Ground,
    antenna: Antenna,
    frequencies_mhz: Sequence[float],
    receiver_height_agl_m: float,
    medium: Medium,
) -> Counter[str]:
    """Return how many paths of an area came about how (`HOW`), and lie outside which range (`OUTSIDE_RANGE`).

    Parameters
    ----------
    area : Area
        Of `jangkau.paths.sweep_area`, made with the other arguments.
    ground : Ground
    antenna : Antenna
    frequencies_mhz : sequence of float
        A path with any of them outside counts once.
    receiver_height_agl_m : float
    medium : Medium

    Returns
    -------
    Counter
        Names without any path are left out. Paths over unknown ground, which have no loss, are outside no range.
    """
    known = (area.how != OUTSIDE) & ~np.isnan(area.loss_db[0])
    heights = (antenna.height_agl_m, receiver_height_agl_m)
    outside = {
        "frequency_mhz": outside_range("frequency_mhz", frequencies_mhz).any(),
        "distance_km": outside_range("distance_km", 1e-3 * np.hypot(area.east_m, area.north_m)),
        "antenna_height_m": outside_range("antenna_height_m", heights).any(),
        "time_percent": outside_range("time_percent", medium.time_percent),
    }
    if any(not MEASURED_MHZ[0] <= f <= MEASURED_MHZ[1] for f in frequencies_mhz):
        outside["woodland_mhz"] = in_woodland(ground, antenna, area.grid)
    counts = {name: int(np.count_nonzero(known & there)) for name, there in outside.items()}
    counts["swept"] = int(np.count_nonzero(known & (area.how == SWEPT)))
    counts["by_path"] = int(np.count_nonzero(known & (area.how == BY_PATH)))
    counts["unknown_ground"] = int(np.count_nonzero((area.how != OUTSIDE) & ~known))
    return Counter({name: count for name, count in counts.items() if count})
