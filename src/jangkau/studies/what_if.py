"""What if a site stood here: its coverage, and which places it would serve that are not served now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from jangkau.coverage.field import NO_SIGNAL, groups, pixels_around, site_field
from jangkau.coverage.points import mean_over
from jangkau.coverage.servers import normal_cdf
from jangkau.coverage.transmitters import complete_all
from jangkau.errors import InputError
from jangkau.geo import Grid, Raster
from jangkau.records import Cell, Place
from jangkau.settings import Settings
from jangkau.studies.inputs import region_grid
from jangkau.studies.predict import field_settings, total_error_db
from jangkau.studies.verdicts import PlaceVerdicts, place_discs
from jangkau.terrain.ground import Ground


@dataclass(frozen=True, slots=True)
class Closed:
    """A place that the new site would bring to served or weak, and the probability of that."""

    place: Place
    before: str
    after: str
    probability: float


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The coverage of one new site: P(level >= served level) and class on its grid, and the places it helps.

    Attributes
    ----------
    grid : Grid
    rsrp_dbm : float32, shape of the grid
        NaN beyond the radius and over unknown ground.
    served, weak : float32, shape of the grid
        P(level >= served level), P(level >= weak level).
    closed : list of Closed
        Those that would be served first, then those with most people.
    """

    grid: Grid
    rsrp_dbm: NDArray[np.float32]
    served: NDArray[np.float32]
    weak: NDArray[np.float32]
    closed: list[Closed]


def what_if(
    settings: Settings, ground: Ground, cells: Sequence[Cell], verdicts: Sequence[PlaceVerdicts], workers: int
) -> WhatIf:
    """Predict the cells of one new site and say which places of its operator they would close.

    Parameters
    ----------
    settings : Settings
    ground : Ground
    cells : sequence of Cell
        Of one operator, position and height.
    verdicts : sequence of PlaceVerdicts
        How the places stand now.
    workers : int

    Raises
    ------
    InputError
        When the site stands too far outside the region.
    """
    transmitters = complete_all(cells, settings.cell_defaults)
    whole = region_grid(settings, ground.pixel_m())
    first = transmitters[0]
    part = pixels_around(whole, first.longitude, first.latitude, settings.radio.radius_km * 1e3)
    if part is None or len(groups(transmitters)) != 1:
        raise InputError("whatif.outside", longitude=first.longitude, latitude=first.latitude)
    levels = site_field(ground, transmitters, part, field_settings(settings), workers=workers).levels
    best = np.maximum.reduce(levels)
    rsrp = np.where(best <= NO_SIGNAL, np.nan, best / 10.0).astype(np.float32)
    error = total_error_db(first, settings, part.pixel_width)
    served, weak = (
        np.nan_to_num(normal_cdf((rsrp.astype(float) - level) / error)).astype(np.float32)
        for level in (settings.signal.served_rsrp_dbm, settings.signal.weak_rsrp_dbm)
    )
    return WhatIf(part, rsrp, served, weak, _closed(settings, part, served, weak, first.operator, verdicts))


def _closed(
    settings: Settings,
    grid: Grid,
    served: NDArray[np.float32],
    weak: NDArray[np.float32],
    operator: str,
    verdicts: Sequence[PlaceVerdicts],
) -> list[Closed]:
    waiting = [
        one
        for one in verdicts
        if one.place.longitude is not None
        and one.place.latitude is not None
        and operator in one.signal
        and one.signal[operator].value != "served"
    ]
    if not waiting:
        return []
    disc = place_discs([one.place for one in waiting], settings)
    chances = [mean_over(Raster(values, grid, "probability", "fraction"), disc) for values in (served, weak)]
    found = []
    for one, s, w in zip(waiting, *chances, strict=True):
        before = one.signal[operator].value
        sure = settings.signal.probability
        after = "served" if s >= sure else "weak" if w >= sure and before != "weak" else ""
        if after:
            found.append(Closed(one.place, before, after, float(s if after == "served" else w)))
    return sorted(found, key=lambda c: (c.after != "served", -(c.place.population or 0), c.place.code))


def site_cells(
    operator: str,
    longitude: float,
    latitude: float,
    height_agl_m: float,
    frequency_mhz: float,
    eirp_dbm: float,
    bandwidth_mhz: float,
    technology: str,
    now: datetime,
) -> list[Cell]:
    """Return one cell that radiates all round from an invented site, never stored."""
    return [
        Cell(
            id="what-if",
            recorded_at=now,
            code="what-if",
            site_code="what-if",
            operator=operator,
            technology=technology,  # type: ignore[arg-type]
            frequency_mhz=frequency_mhz,
            bandwidth_mhz=bandwidth_mhz,
            longitude=longitude,
            latitude=latitude,
            height_agl_m=height_agl_m,
            eirp_dbm=eirp_dbm,
            horizontal_beamwidth_deg=360.0,
            electrical_downtilt_deg=2.0,
        )
    ]
