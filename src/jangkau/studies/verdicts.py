"""Verdicts of every place of a region: signal for each operator and any, sending for stations, links for offices."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from jangkau import grades as rules
from jangkau.coverage.points import Disc, discs
from jangkau.geo import distance_azimuth
from jangkau.grades import Verdict
from jangkau.messages import Message
from jangkau.paths import Antenna, explain
from jangkau.records import ANY_OPERATOR, Place, Visit
from jangkau.reports.sentences import message_from_json
from jangkau.settings import Settings
from jangkau.studies.inputs import region_crs
from jangkau.studies.predict import Server, field_settings
from jangkau.studies.prediction import AtPlaces, Prediction
from jangkau.studies.register import Register
from jangkau.studies.shortcomings import full_and_lesser
from jangkau.terrain.ground import Ground

OFFICES = ("village_office", "district_office")

PREDICTED_FILE = "predicted.json"
"""Of a grading: what the prediction alone says of each place, so that new tests can be judged without it."""


@dataclass(slots=True)
class PlaceVerdicts:
    """All verdicts of one place: `signal` by operator (with any), `send` and `office` where they apply."""

    place: Place
    signal: dict[str, Verdict] = field(default_factory=dict)
    send: Verdict | None = None
    office: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Predicted:
    """What a prediction alone says of places, by their code.

    Attributes
    ----------
    signal : mapping of operator to mapping of place code to Verdict
    send : mapping of place code to float
        P(uplink >= needed rate) by the best operator; NaN where nobody can tell.
    """

    signal: dict[str, dict[str, Verdict]]
    send: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values, the inverse of `from_json`."""
        return {
            "signal": {
                operator: {code: _verdict_as_json(verdict) for code, verdict in of_places.items()}
                for operator, of_places in self.signal.items()
            },
            "send": {code: None if math.isnan(p) else round(p, 4) for code, p in self.send.items()},
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Predicted":
        """Return what `as_json` gave."""
        signal = {
            operator: {code: _verdict_from_json(operator, kept) for code, kept in of_places.items()}
            for operator, of_places in said["signal"].items()
        }
        return cls(signal, {code: math.nan if p is None else p for code, p in said["send"].items()})


def _verdict_as_json(verdict: Verdict) -> list[Any]:
    served, weak = (
        None if p is None or math.isnan(p) else round(p, 4)
        for p in (verdict.probability_served, verdict.probability_weak)
    )
    day = None if verdict.evidence_date is None else verdict.evidence_date.isoformat()
    return [verdict.value, served, weak, verdict.evidence, verdict.reason.as_json(), verdict.tests, day]


def _verdict_from_json(operator: str, kept: list[Any]) -> Verdict:
    value, served, weak, evidence, reason, *corrected_by = kept
    tests, day = corrected_by or (0, None)  # gradings made before maps were corrected say nothing of tests
    message = message_from_json(reason["code"], reason["parameters"])
    newest = None if day is None else date.fromisoformat(day)
    return Verdict(value, message, operator, served, weak, evidence, newest, tests=tests)


def predict_places(
    register: Register, prediction: Prediction | None, ground: Ground | None, settings: Settings, as_of: date
) -> Predicted:
    """Return what the prediction says of all places of a register.

    Parameters
    ----------
    register : Register
    prediction : Prediction or None
        None: every signal is unknown.
    ground : Ground or None
        To say what blocks a path; None: the reason is only that no signal is predicted.
    settings : Settings
    as_of : date
    """
    operators = settings.operators_on(as_of)
    located = [p for p in register.places if p.longitude is not None and p.latitude is not None]
    rows = {place.code: k for k, place in enumerate(located)}
    disc = place_discs(located, settings) if located else None
    best = np.full(len(located), np.nan)
    why = Why(prediction, ground, register, settings)
    signal: dict[str, dict[str, Verdict]] = {}
    for operator in operators:
        found = prediction.at_places(operator, disc, settings) if prediction is not None and disc is not None else None
        signal[operator] = {
            place.code: _predicted(place, operator, found, rows.get(place.code), why, settings)
            for place in register.places
        }
        if found is not None:
            best = np.fmax(best, found.send)
    complete = bool(operators) and all(why.complete(operator) for operator in operators)
    sure = settings.signal.probability
    send = {
        place.code: float(best[k]) if complete or best[k] >= sure else math.nan
        for k, place in enumerate(located)
        if place.kind == "polling_station"
    }
    return Predicted(signal, send)


def judge(register: Register, predicted: Predicted, settings: Settings, as_of: date) -> list[PlaceVerdicts]:
    """Return the verdicts of all places, in the order of the register: predictions, outweighed by valid tests."""
    operators = settings.operators_on(as_of)
    return [judge_place(place, register, predicted, settings, operators, as_of) for place in register.places]


def judge_place(
    place: Place, register: Register, predicted: Predicted, settings: Settings, operators: Sequence[str], as_of: date
) -> PlaceVerdicts:
    """Return the verdicts of one place; see `judge`."""
    one, evidence = PlaceVerdicts(place), register.evidence
    visits, lesser = full_and_lesser(place, register, settings)
    for operator in operators:
        guess = predicted.signal.get(operator, {}).get(place.code)
        if guess is None:
            guess = rules.unknown("grade.not_yet_graded" if predicted.signal else "grade.no_grading", operator)
        guess = rules.aged(guess, settings.evidence, as_of)
        tested = rules.tested_signal(visits, operator, settings.signal, settings.evidence, as_of) if visits else None
        if tested is None and guess.value == "unknown" and lesser:
            hint = rules.tested_signal(lesser, operator, settings.signal, settings.evidence, as_of)
            guess = guess if hint is None else rules.leaning(hint)
        one.signal[operator] = rules.prefer_test(tested, guess)
    one.signal[ANY_OPERATOR] = rules.any_operator([one.signal[operator] for operator in operators])
    if place.kind == "polling_station":
        one.send = _send(place, visits, predicted.send.get(place.code, math.nan), register, settings, as_of)
    if place.kind in OFFICES:
        links = register.links_of.get(place.code, [])
        probes = [p for link in links for p in evidence.probes.get(link.code, [])]
        one.office = rules.office(links, probes, settings.office, settings.evidence, as_of)
    return one


def place_discs(places: Iterable[Place], settings: Settings) -> Disc:
    """Return the discs in which places with a position truly stand."""
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
    if verdict.value == "none":
        if not why.complete(operator):
            return rules.unknown("grade.no_cells", operator)
        reason = why.none(place, operator, int(found.server[row]), weak)
        verdict = rules.predicted_signal(operator, served, weak, settings.signal, reason)
    return rules.corrected(verdict, int(found.tests[row]), found.newest[row].item())


def _send(
    place: Place, visits: Sequence[Visit], probability: float, register: Register, settings: Settings, as_of: date
) -> Verdict:
    there = register.place_of.get(place.send_place_code or "")
    return rules.send(
        probability,
        visits,
        None if there is None else (there.code, full_and_lesser(there, register, settings)[0]),
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
        site = self.register.named_site.get(site_code)
        return site_code if site is None else site.name or site_code
