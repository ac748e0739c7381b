"""What prediction and tests of a region let one believe of the levels at its places."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from jangkau.coverage.points import Disc, at_centre, mean_over
from jangkau.coverage.servers import NO_SERVER
from jangkau.errors import RegionError
from jangkau.geo import Raster
from jangkau.planning.beliefs import Beliefs, Errors, Predicted
from jangkau.records import Place, Visit
from jangkau.settings import Settings
from jangkau.store.rasters import read_raster
from jangkau.studies.predict import Layer
from jangkau.studies.prediction import Prediction
from jangkau.studies.register import Register
from jangkau.studies.verdicts import place_discs

FloatArray = NDArray[np.float64]

FLOOR_BELOW_WEAK_DB = 40.0
"""Levels farther below the weak level are all the same: nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class PlaceBeliefs:
    """Beliefs about the located places of a region.

    Attributes
    ----------
    places : list of Place
        In the order of their codes.
    operators : tuple of str
    beliefs : Beliefs
        One point a place.
    stale_since : list of date or None
        Of each place the day of its newest test, where that counts no more on the `horizon`.
    horizon : date
        The day on which evidence must count: the deadline, or `as_of` without one or after it.
    """

    places: list[Place]
    operators: tuple[str, ...]
    beliefs: Beliefs
    stale_since: list[date | None]
    horizon: date


def believe(register: Register, prediction: Prediction, settings: Settings, as_of: date) -> PlaceBeliefs:
    """Return what is believed of all located places, by the prediction and by tests that still count on the deadline.

    Raises
    ------
    RegionError
        When no place has a position, or no operator exists on the day.
    """
    places = sorted((p for p in register.places if None not in (p.longitude, p.latitude)), key=lambda p: p.code)
    operators = settings.operators_on(as_of)
    if not places or not operators:
        raise RegionError("survey.no_places" if not places else "grade.no_operators", path="")
    disc = place_discs(places, settings)
    found = [_predicted(prediction, operator, disc, settings) for operator in operators]
    level, error, site = (np.stack(of) for of in zip(*found, strict=True))
    people = _people(places, register, settings)
    own, signal = settings.survey, settings.signal
    errors = Errors(own.site_share, own.shadow_share, own.correlation_m, own.reading_error_db)
    predicted = Predicted(disc.x[:, 0], disc.y[:, 0], people, level, error, site)
    beliefs = Beliefs(predicted, errors, signal.served_rsrp_dbm, signal.weak_rsrp_dbm)
    horizon = max(settings.deadline or as_of, as_of)
    stale = [
        _learn(beliefs, k, register.evidence.visits.get(place.code, []), operators, settings, as_of, horizon)
        for k, place in enumerate(places)
    ]
    return PlaceBeliefs(places, operators, beliefs, stale, horizon)


def _people(places: Sequence[Place], register: Register, settings: Settings) -> FloatArray:
    """Return how many people a wrong grade of each place counts for."""
    own = settings.survey
    counted = []
    for place in places:
        count = float(place.population or 0) if place.kind == "settlement" else 0.0
        count += own.station_people if place.kind == "polling_station" else 0.0
        village = register.village_of.get(place.village_code or "")
        counted.append(count * (own.remote_weight if village is not None and village.remote else 1.0))
    return np.array(counted)


def _predicted(
    prediction: Prediction, operator: str, disc: Disc, settings: Settings
) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Return level, error and site of an operator at places.

    What nobody can predict (no cells known, or no terrain) may be anything: its level is put between the two standards,
    with a wide error.
    """
    signal, count = settings.signal, disc.x.shape[0]
    level = np.full(count, (signal.served_rsrp_dbm + signal.weak_rsrp_dbm) / 2.0)
    error = np.full(count, settings.survey.unknown_error_db)
    site = np.full(count, -1, np.int64)
    sites = sorted({server.site_code for server in prediction.servers})
    index = np.array([sites.index(server.site_code) for server in prediction.servers] + [-1])
    best = np.full(count, -np.inf)
    for layer in prediction.layers_of(operator, signal.technology):
        mean, deviation, server = _layer_at(prediction, layer, disc, signal.weak_rsrp_dbm - FLOOR_BELOW_WEAK_DB)
        heard = server != NO_SERVER
        taken = np.isfinite(mean) & np.isfinite(deviation) & (heard | layer.inventory) & (mean > best)
        best[taken] = level[taken] = mean[taken]
        error[taken] = deviation[taken]
        site[taken] = index[np.where(heard, server, -1)][taken]
    return level, error, site


def _layer_at(
    prediction: Prediction, layer: Layer, disc: Disc, floor_dbm: float
) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Return the mean level over each disc, its deviation (of model and position), and the server at the centre."""

    def read(quantity: str, unit: str) -> Raster:
        return read_raster(layer.path(prediction.folder, quantity, unit))

    rsrp = read("rsrp", "dbm")
    level = np.maximum(rsrp.values.astype(float), floor_dbm)
    level[np.isnan(read("probability-weak", "fraction").values)] = np.nan
    mean = mean_over(Raster(level, rsrp.grid, "rsrp", "dBm"), disc)
    square = mean_over(Raster(level**2, rsrp.grid, "rsrp", "dBm2"), disc)
    error = mean_over(read("error", "db"), disc)
    server = np.nan_to_num(at_centre(read("server", "index"), disc), nan=NO_SERVER).astype(np.int64)
    return mean, np.sqrt(np.maximum(square - mean**2, 0.0) + error**2), server


def _learn(
    beliefs: Beliefs,
    point: int,
    visits: Sequence[Visit],
    operators: Sequence[str],
    settings: Settings,
    as_of: date,
    horizon: date,
) -> date | None:
    """Learn the newest test of each operator that counts on the horizon; return the day of the newest that will not.

    A reading is learned as it is; no service, as a level below the weak one. A test that shows no level, or only an
    older generation, tells less than a number and is left out.
    """
    stale: date | None = None
    for k, operator in enumerate(operators):
        own = [v for v in visits if v.operator == operator and v.time.date() <= as_of]
        if not own:
            continue
        newest = max(own, key=lambda v: (v.time, v.recorded_at))
        day = newest.time.date()
        if horizon - day > timedelta(days=settings.evidence.valid_days):
            stale = day if stale is None else max(stale, day)
        elif newest.service == "none":
            beliefs.below(point, k, settings.signal.weak_rsrp_dbm)
        elif newest.rsrp_dbm is not None and (newest.technology or "4G") >= settings.signal.technology:
            beliefs.observe(point, k, newest.rsrp_dbm)
    return stale
