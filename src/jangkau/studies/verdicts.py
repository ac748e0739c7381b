"""Verdicts of every place of a region: signal for each operator and any, sending for stations, links for offices."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from jangkau import grades as rules
from jangkau.coverage.points import Disc, discs
from jangkau.geo import distance_azimuth
from jangkau.grades import Verdict
from jangkau.messages import Message
from jangkau.paths import Antenna, explain
from jangkau.records import ANY_OPERATOR, Place, Probe, Visit
from jangkau.settings import Settings
from jangkau.studies.inputs import region_crs
from jangkau.studies.predict import Server, field_settings
from jangkau.studies.prediction import AtPlaces, Prediction
from jangkau.studies.register import Register
from jangkau.terrain.ground import Ground

OFFICES = ("village_office", "district_office")


@dataclass(slots=True)
class PlaceVerdicts:
    """All verdicts of one place: `signal` by operator (with any), `send` and `office` where they apply."""

    place: Place
    signal: dict[str, Verdict] = field(default_factory=dict)
    send: Verdict | None = None
    office: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Tests and checks by the place or link that they speak of."""

    visits: dict[str, list[Visit]]
    probes: dict[str, list[Probe]]

    @classmethod
    def of(cls, register: Register) -> "Evidence":
        """Sort the evidence of a register."""
        visits, probes = defaultdict(list), defaultdict(list)
        for visit in register.visits:
            visits[visit.place_code].append(visit)
        for probe in register.probes:
            probes[probe.link_code].append(probe)
        return cls(visits, probes)


def judge(
    register: Register, prediction: Prediction | None, ground: Ground | None, settings: Settings, as_of: date
) -> list[PlaceVerdicts]:
    """Return the verdicts of all places, in the order of their codes.

    Parameters
    ----------
    register : Register
    prediction : Prediction or None
        None: signal is unknown but for tests.
    ground : Ground or None
        To say what blocks a path; None: the reason is only that no signal is predicted.
    settings : Settings
    as_of : date
    """
    evidence = Evidence.of(register)
    verdicts = [PlaceVerdicts(place) for place in register.places]
    _judge_signal(verdicts, evidence, prediction, ground, register, settings, as_of)
    links = defaultdict(list)
    for link in register.links:
        links[link.place_code].append(link)
    for one in verdicts:
        if one.place.kind in OFFICES:
            own = links[one.place.code]
            probes = [p for link in own for p in evidence.probes[link.code]]
            one.office = rules.office(own, probes, settings.office, settings.evidence, as_of)
    return verdicts


def _judge_signal(
    verdicts: list[PlaceVerdicts],
    evidence: Evidence,
    prediction: Prediction | None,
    ground: Ground | None,
    register: Register,
    settings: Settings,
    as_of: date,
) -> None:
    operators = settings.operators_on(as_of)
    located = [i for i, v in enumerate(verdicts) if v.place.longitude is not None and v.place.latitude is not None]
    disc = _discs([verdicts[i].place for i in located], settings) if located else None
    send = np.full(len(verdicts), np.nan)
    why = Why(prediction, ground, register, settings)
    for operator in operators:
        found = prediction.at_places(operator, disc, settings) if prediction is not None and disc is not None else None
        rows = {i: k for k, i in enumerate(located)}
        for i, one in enumerate(verdicts):
            predicted = _predicted(one.place, operator, found, rows.get(i), why, settings)
            tested = rules.tested_signal(
                evidence.visits[one.place.code], operator, settings.signal, settings.evidence, as_of
            )
            one.signal[operator] = rules.prefer_test(tested, predicted)
        if found is not None:
            send[located] = np.fmax(send[located], found.send)
    for i, one in enumerate(verdicts):
        one.signal[ANY_OPERATOR] = rules.any_operator([one.signal[operator] for operator in operators])
        if one.place.kind == "polling_station":
            one.send = _send(one.place, float(send[i]), evidence, prediction, settings, as_of)


def _discs(places: Iterable[Place], settings: Settings) -> Disc:
    found = list(places)
    default = settings.radio.assumed_position_accuracy_m
    radius = [default if p.position_accuracy_m is None else p.position_accuracy_m for p in found]
    longitude = np.array([p.longitude for p in found], float)
    latitude = np.array([p.latitude for p in found], float)
    return discs(longitude, latitude, radius, region_crs(settings))


def _predicted(
    place: Place, operator: str, found: AtPlaces | None, row: int | None, why: "Why", settings: Settings
) -> Verdict:
    if row is None:
        return rules.unknown("grade.no_position", operator)
    if found is None:
        return rules.unknown("grade.no_cells", operator)
    served, weak = float(found.served[row]), float(found.weak[row])
    verdict = rules.predicted_signal(
        operator, served, weak, settings.signal, Message("grade.predicted_none", {"operator": operator})
    )
    if verdict.value != "none":
        return verdict
    if not why.complete(operator):
        return rules.unknown("grade.no_cells", operator)
    reason = why.none(place, operator, int(found.server[row]), weak)
    return rules.predicted_signal(operator, served, weak, settings.signal, reason)


def _send(
    place: Place, probability: float, evidence: Evidence, prediction: Prediction | None, settings: Settings, as_of: date
) -> Verdict:
    operators = settings.operators_on(as_of)
    incomplete = prediction is None or not all(
        any(layer.inventory for layer in prediction.layers_of(operator, settings.signal.technology))
        for operator in operators
    )
    if incomplete and probability < settings.signal.probability:
        probability = math.nan
    there = place.send_place_code
    return rules.send(
        probability,
        evidence.visits[place.code],
        None if there is None else (there, evidence.visits[there]),
        settings.send,
        settings.signal,
        settings.evidence,
        as_of,
    )


@dataclass(slots=True)
class Why:
    """Says what keeps the signal of an operator from a place."""

    prediction: Prediction | None
    ground: Ground | None
    register: Register
    settings: Settings
    _names: dict[str, str] = field(default_factory=dict)

    def complete(self, operator: str) -> bool:
        """Tell whether all cells of an operator are known, so that no signal means no signal."""
        if self.prediction is None:
            return False
        layers = self.prediction.layers_of(operator, self.settings.signal.technology)
        return any(layer.inventory for layer in layers)

    def none(self, place: Place, operator: str, server: int, probability: float) -> Message:
        """Return the reason for which a place has no signal of an operator."""
        if server < 0 or self.prediction is None:
            return Message("grade.no_cell_in_reach", {"operator": operator, "radius_km": self.settings.radio.radius_km})
        cell = self.prediction.servers[server]
        said = {"operator": operator, "site": self._name(cell.site_code), "probability": probability * 100}
        distance = self._distance_km(place, cell)
        report = None
        if self.ground is not None:
            field_of = field_settings(self.settings)
            report = explain(
                self.ground,
                Antenna(cell.longitude, cell.latitude, cell.height_agl_m),
                float(place.longitude or 0.0),
                float(place.latitude or 0.0),
                frequency_mhz=cell.frequency_mhz,
                rx_height_agl_m=field_of.receiver_height_agl_m,
                medium=field_of.medium,
                step_m=field_of.profile_step_m,
            )
        if report is None or not report.obstacle.blocks:
            return Message("grade.too_far", said | {"distance_km": round(distance, 1)})
        obstacle = report.obstacle
        from_place = (float(report.path.distance_m[-1]) - obstacle.distance_m) / 1e3
        said["distance_km"] = round(from_place, 1)
        if obstacle.terrain_blocks:
            return Message("grade.blocked_by_terrain", said | {"height_m": round(obstacle.terrain_amsl_m)})
        return Message("grade.blocked_by_trees", said)

    def _distance_km(self, place: Place, cell: Server) -> float:
        distance, _ = distance_azimuth(cell.longitude, cell.latitude, place.longitude or 0.0, place.latitude or 0.0)
        return float(distance) / 1e3

    def _name(self, site_code: str) -> str:
        if not self._names:
            self._names = {site.code: site.name or site.code for site in self.register.sites}
        return self._names.get(site_code, site_code)
