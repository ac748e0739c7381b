"""What a map shows, gathered by the caller: geometries, rasters, points, amounts and the words around them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jangkau.geo import Bounds, Raster
from jangkau.reports.sentences import Text


@dataclass(frozen=True, slots=True)
class Points:
    """Positions in WGS 84 and, where they have one, the grade of each.

    Attributes
    ----------
    longitude, latitude : array-like, shape (n,)
        [deg].
    values : sequence of str, length n or 0
        served, weak, none or unknown.
    """

    longitude: ArrayLike = ()
    latitude: ArrayLike = ()
    values: Sequence[str] = ()

    def __len__(self) -> int:
        return int(np.size(np.asarray(self.longitude)))

    def xy(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return longitude and latitude as arrays [deg]."""
        return np.asarray(self.longitude, dtype=float).ravel(), np.asarray(self.latitude, dtype=float).ravel()


@dataclass(frozen=True, slots=True, kw_only=True)
class MapContent:
    """All that `jangkau.reports.map_image.draw_map` draws.

    Attributes
    ----------
    title, subtitle : str or Message
    note : str or Message
        Printed as a banner; a scenario or an invented region says here that it is one. Empty: no banner.
    bounds : Bounds
        Longitude and latitude [deg]; widened where the page needs it.
    terrain : Raster or None
        Height above sea [m] in longitude and latitude, NaN at sea, for the hillshade.
    area : Raster or None
        Predicted classes, uint8, any coordinate system: 0 unknown, 1 none, 2 weak, 3 served. With it, villages are
        outlines only, as land covered and people served are two questions; without it, villages are filled.
    villages : sequence of (wkb, value, shares)
        Outline, grade, and the share (or amount) by grade of a partial one.
    districts : sequence of (wkb, name)
    rivers : sequence of wkb
    tested, predicted : Points
        Places with the grade of a field test, or of a prediction.
    claimed, sites : Points
        Where somebody claims a blank spot; where towers stand.
    planned : Points
        Where a plan builds something.
    planned_links : sequence of wkb
        Lines along which a plan feeds it.
    amounts : mapping of str to float
        People, stations or offices by grade.
    amount_unit : str
        people, stations or offices.
    sources : sequence of str or Message
        One line each.
    as_of, deadline : date
    rules : sequence of str
        Names with versions.
    score : str or Message
        How right the map is, in one line.
    locator : str or Message
        Where in the world this is.
    """

    title: Text
    bounds: Bounds
    as_of: date
    subtitle: Text = ""
    note: Text = ""
    terrain: Raster | None = None
    area: Raster | None = None
    villages: Sequence[tuple[bytes, str, Mapping[str, float]]] = ()
    districts: Sequence[tuple[bytes, str]] = ()
    rivers: Sequence[bytes] = ()
    tested: Points = field(default_factory=Points)
    predicted: Points = field(default_factory=Points)
    claimed: Points = field(default_factory=Points)
    sites: Points = field(default_factory=Points)
    planned: Points = field(default_factory=Points)
    planned_links: Sequence[bytes] = ()
    amounts: Mapping[str, float] = field(default_factory=dict)
    amount_unit: str = "people"
    sources: Sequence[Text] = ()
    deadline: date | None = None
    rules: Sequence[str] = ()
    score: Text = ""
    locator: Text = ""
