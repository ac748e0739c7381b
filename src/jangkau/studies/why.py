"""Why a point has signal or not: the serving cell, the path to it, what blocks, what was measured, which rule."""

import math
from dataclasses import dataclass

import numpy as np

from jangkau import grades as rules
from jangkau.coverage.servers import NO_SERVER
from jangkau.geo import WGS84, project
from jangkau.grades import Verdict
from jangkau.messages import Message
from jangkau.paths import Antenna, PathReport, explain
from jangkau.records import Place
from jangkau.settings import Settings
from jangkau.studies.inputs import region_crs
from jangkau.studies.predict import Layer, Server, field_settings
from jangkau.studies.prediction import Prediction
from jangkau.studies.register import Register
from jangkau.studies.verdicts import Why
from jangkau.terrain.ground import Ground


@dataclass(frozen=True, slots=True)
class Answer:
    """What is predicted of one operator at a point, and the path that explains it.

    Attributes
    ----------
    operator, technology : str
    verdict : Verdict
    rsrp_dbm, error_db : float or None
        Predicted level and the standard deviation of its error.
    server : Server or None
        The serving cell, or the nearest one to serving.
    path : PathReport or None
    corrected : bool
        Whether tests have corrected level, error and probabilities.
    """

    operator: str
    technology: str
    verdict: Verdict
    rsrp_dbm: float | None
    error_db: float | None
    server: Server | None
    path: PathReport | None
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class _Pixel:
    """Values of a layer's rasters under a point; NaN outside and over unknown ground."""

    rsrp_dbm: float
    error_db: float
    served: float
    weak: float
    server: int


def why(
    register: Register,
    prediction: Prediction | None,
    ground: Ground | None,
    settings: Settings,
    operators: tuple[str, ...],
    place: Place,
) -> list[Answer]:
    """Explain the signal of each operator at a point, best first.

    Parameters
    ----------
    register : Register
        For the names of sites.
    prediction : Prediction or None
    ground : Ground or None
        Without it no path is explained.
    settings : Settings
    operators : tuple of str
    place : Place
        The point, with a position.
    """
    answers = [_answer(register, prediction, ground, settings, operator, place) for operator in operators]
    return sorted(answers, key=lambda a: -(a.verdict.probability_served or 0.0))


def _answer(
    register: Register,
    prediction: Prediction | None,
    ground: Ground | None,
    settings: Settings,
    operator: str,
    place: Place,
) -> Answer:
    layers = prediction.layers_of(operator, settings.signal.technology) if prediction is not None else []
    if prediction is None or not layers:
        return Answer(
            operator, settings.signal.technology, rules.unknown("grade.no_cells", operator), None, None, None, None
        )
    x, y = (float(v) for v in project(place.longitude or 0.0, place.latitude or 0.0, WGS84, region_crs(settings)))
    served = [prediction.value(layer, "probability-served", "fraction", x, y) for layer in layers]
    best = max(range(len(layers)), key=lambda k: -1.0 if math.isnan(served[k]) else served[k])
    here = _pixel(prediction, layers[best], x, y)
    server = prediction.servers[here.server] if 0 <= here.server < len(prediction.servers) else None
    verdict = rules.predicted_signal(
        operator, here.served, here.weak, settings.signal, Message("grade.predicted_none", {"operator": operator})
    )
    if verdict.value == "none":
        reasons = Why(prediction, ground, register, settings)
        verdict = (
            rules.predicted_signal(
                operator,
                here.served,
                here.weak,
                settings.signal,
                reasons.none(place, operator, -1 if server is None else here.server, here.weak),
            )
            if reasons.complete(operator)
            else rules.unknown("grade.no_cells", operator)
        )
    tests, newest = prediction.tests_near(operator, np.array([x]), np.array([y]))
    verdict = rules.corrected(verdict, int(tests[0]), newest[0].item())
    return Answer(
        operator,
        layers[best].technology,
        verdict,
        None if math.isnan(here.rsrp_dbm) else here.rsrp_dbm,
        None if math.isnan(here.error_db) else here.error_db,
        server,
        None if server is None or ground is None else _path(ground, server, place, settings),
        prediction.is_corrected(layers[best]),
    )


def _pixel(prediction: Prediction, layer: Layer, x: float, y: float) -> _Pixel:
    server = prediction.value(layer, "server", "index", x, y)
    return _Pixel(
        prediction.value(layer, "rsrp", "dbm", x, y),
        prediction.value(layer, "error", "db", x, y),
        prediction.value(layer, "probability-served", "fraction", x, y),
        prediction.value(layer, "probability-weak", "fraction", x, y),
        -1 if math.isnan(server) or server == NO_SERVER else int(server),
    )


def _path(ground: Ground, server: Server, place: Place, settings: Settings) -> PathReport | None:
    how = field_settings(settings)
    return explain(
        ground,
        Antenna(server.longitude, server.latitude, server.height_agl_m),
        place.longitude or 0.0,
        place.latitude or 0.0,
        frequency_mhz=server.frequency_mhz,
        rx_height_agl_m=how.receiver_height_agl_m,
        medium=how.medium,
        step_m=how.profile_step_m,
    )
