"""The rules that turn predictions and evidence into grades: `signal-v1`, `office-v1`, `send-v1`, and the roll-up.

A verdict is the answer of a rule for one point and one operator, or for any operator. Rules read no file, no clock and
no map; what they need arrives as arguments. They are described for users in ``docs/explanation/grades.md``.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from jangkau.messages import Message
from jangkau.records import ANY_OPERATOR, EvidenceKind, Link, Probe, Value, Visit
from jangkau.settings import EvidenceStandard, OfficeStandard, SendStandard, SignalStandard

SIGNAL_RULE, OFFICE_RULE, SEND_RULE = "signal-v1", "office-v1", "send-v1"

WORKING_STAGES = ("fitted", "tested", "accepted")
"""Stages of a link in which it can carry traffic."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of one point.

    Attributes
    ----------
    value : str
        served, weak, none or unknown.
    reason : Message
        Why, in words that a face renders.
    operator : str
        Whose network, or any.
    probability_served, probability_weak : float or None
        P(level >= served level), P(level >= weak level), where a prediction was used.
    evidence : str
        predicted, tested or nothing.
    evidence_date : date or None
        Day of the test.
    stale : bool
        Whether the test is older than its validity.
    tests : int
        Tests near by which a prediction was corrected; `evidence_date` is then the day of the newest.
    """

    value: Value
    reason: Message
    operator: str = ANY_OPERATOR
    probability_served: float | None = None
    probability_weak: float | None = None
    evidence: EvidenceKind = "predicted"
    evidence_date: date | None = None
    stale: bool = False
    tests: int = 0


def unknown(code: str, operator: str = ANY_OPERATOR, **parameters: object) -> Verdict:
    """Return the verdict of something that nobody knows, with its reason."""
    return Verdict("unknown", Message(code, {"operator": operator, **parameters}), operator, evidence="nothing")


def predicted_signal(
    operator: str, probability_served: float, probability_weak: float, standard: SignalStandard, why_none: Message
) -> Verdict:
    """Return what a prediction says of one point and operator; rule `signal-v1`.

    Parameters
    ----------
    operator : str
    probability_served, probability_weak : float
        S and W, 0..1, with the model's error, averaged over the disc of the point's position; NaN: no terrain.
    standard : SignalStandard
    why_none : Message
        The reason given when the verdict is none.

    Notes
    -----
    served if S >= p; else weak if W >= p; none if W <= 1 - p; else unknown, with the value it leans to.
    """
    if math.isnan(probability_served) or math.isnan(probability_weak):
        return unknown("grade.no_terrain", operator)
    p = standard.probability
    values = {"operator": operator, "probability": probability_served * 100, "weak": probability_weak * 100}
    value: Value
    if probability_served >= p:
        value, reason = "served", Message("grade.predicted_served", values)
    elif probability_weak >= p:
        value, reason = "weak", Message("grade.predicted_weak", values)
    elif probability_weak <= round(1.0 - p, 12):
        value, reason = "none", why_none
    else:
        value, reason = "unknown", Message("grade.uncertain", values | {"leans": Message(f"value.{_leans(values)}")})
    return Verdict(value, reason, operator, probability_served, probability_weak)


def _leans(values: Mapping[str, object]) -> str:
    served, weak = float(str(values["probability"])), float(str(values["weak"]))
    shares = {"served": served, "weak": weak - served, "none": 100.0 - weak}
    return max(shares, key=lambda name: shares[name])


def corrected(predicted: Verdict, tests: int, newest: date | None) -> Verdict:
    """Return the verdict of a prediction that tests near by have corrected, which says so; without any, as it is.

    Parameters
    ----------
    predicted : Verdict
    tests : int
        How many there are.
    newest : date or None
        Day of the newest.
    """
    if not tests or newest is None:
        return predicted
    reason = Message("grade.corrected", {"reason": predicted.reason, "tests": tests, "date": newest})
    return replace(predicted, reason=reason, evidence_date=newest, tests=tests)


def aged(verdict: Verdict, evidence: EvidenceStandard, as_of: date) -> Verdict:
    """Return a verdict that is stale where the newest evidence behind it is older than its validity."""
    day = verdict.evidence_date
    return replace(verdict, stale=day is not None and as_of - day > timedelta(days=evidence.valid_days))


def tested_signal(
    visits: Iterable[Visit], operator: str, standard: SignalStandard, evidence: EvidenceStandard, as_of: date
) -> Verdict | None:
    """Return what the newest visit up to a day says of one operator at one place, or None without a visit.

    Notes
    -----
    Service with RSRP at the served level or better (or no level written) is served; service below it, limited service,
    or service of an older generation than the standard's, is weak; no service, or a level below weak, is none.
    """
    past = [v for v in visits if v.operator == operator and v.time.date() <= as_of]
    if not past:
        return None
    visit = max(past, key=lambda v: (v.time, v.recorded_at))
    day = visit.time.date()
    value, code = _value_of_visit(visit, standard)
    parameters = {
        "operator": operator,
        "date": day,
        "rsrp_dbm": visit.rsrp_dbm,
        "technology": visit.technology or "",
        "standard": standard.technology,
    }
    stale = as_of - day > timedelta(days=evidence.valid_days)
    return Verdict(value, Message(code, parameters), operator, evidence="tested", evidence_date=day, stale=stale)


def _value_of_visit(visit: Visit, standard: SignalStandard) -> tuple[Value, str]:
    level = visit.rsrp_dbm
    if visit.service == "none":
        return "none", "grade.tested_none"
    if visit.technology is not None and visit.technology < standard.technology:
        return "weak", "grade.tested_older_technology"
    if level is not None and level < standard.weak_rsrp_dbm:
        return "none", "grade.tested_below_weak"
    if visit.service == "limited":
        return "weak", "grade.tested_limited"
    if level is not None and level < standard.served_rsrp_dbm:
        return "weak", "grade.tested_weak"
    return "served", "grade.tested_served"


def leaning(tested: Verdict) -> Verdict:
    """Return what a test that counts for less leaves: unknown, with the way it leans."""
    said = {"operator": tested.operator, "date": tested.evidence_date, "leans": Message(f"value.{tested.value}")}
    return Verdict("unknown", Message("grade.lesser_test", said), tested.operator)


def prefer_test(tested: Verdict | None, predicted: Verdict) -> Verdict:
    """Return the test where it is valid, or where nothing better is known; else the prediction.

    A stale test never outweighs a prediction that decides; it stays visible through `Verdict.stale` where it is used.
    """
    if tested is None:
        return predicted
    if not tested.stale or predicted.value == "unknown":
        probabilities = (predicted.probability_served, predicted.probability_weak)
        return replace(tested, probability_served=probabilities[0], probability_weak=probabilities[1])
    return predicted


def any_operator(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict for any operator from those of all operators of the region.

    Notes
    -----
    served (or weak) if one operator is; none only if every operator is none; else unknown.
    """
    if not verdicts:
        return unknown("grade.no_operators")
    for value in ("served", "weak"):
        found = [v for v in verdicts if v.value == value]
        if found:
            return replace(max(found, key=_weight), operator=ANY_OPERATOR)
    if all(v.value == "none" for v in verdicts):
        return replace(max(verdicts, key=_weight), operator=ANY_OPERATOR)
    return replace(max((v for v in verdicts if v.value == "unknown"), key=_weight), operator=ANY_OPERATOR)


def _weight(verdict: Verdict) -> tuple[bool, bool, float, float]:
    return (
        verdict.evidence == "tested",
        not verdict.stale,
        verdict.probability_served if verdict.probability_served is not None else -1.0,
        verdict.probability_weak if verdict.probability_weak is not None else -1.0,
    )


def office(
    links: Iterable[Link], probes: Iterable[Probe], standard: OfficeStandard, evidence: EvidenceStandard, as_of: date
) -> Verdict:
    """Return whether an office has a working link; rule `office-v1`.

    Parameters
    ----------
    links : iterable of Link
        Those of the place that hold on the day.
    probes : iterable of Probe
        Checks of those links.

    Notes
    -----
    served: a link is up and measured at the contracted share or more. weak: up, measured below. none: every working
    link was found down. A link that nobody measured, or without contracted rate, leaves the office unknown.
    """
    working = [link for link in links if link.stage in WORKING_STAGES]
    if not working:
        return unknown("grade.office_no_link")
    found = list(probes)
    verdicts = [_link_verdict(link, found, standard, evidence, as_of) for link in working]
    order = {"served": 3, "weak": 2, "unknown": 1, "none": 0}
    return max(verdicts, key=lambda v: (order[v.value], not v.stale))


def _link_verdict(
    link: Link, probes: list[Probe], standard: OfficeStandard, evidence: EvidenceStandard, as_of: date
) -> Verdict:
    past = [p for p in probes if p.link_code == link.code and p.time.date() <= as_of]
    if not past:
        return unknown("grade.office_not_measured", link=link.code)
    last = max(past, key=lambda p: p.time)
    measured = [p for p in past if p.up and p.download_mbps is not None]
    probe = last if not last.up or not measured else max(measured, key=lambda p: p.time)
    day = probe.time.date()
    value, code = _value_of_probe(link, probe, standard)
    said = {
        "link": link.code,
        "date": day,
        "download_mbps": probe.download_mbps,
        "contracted_mbps": link.download_mbps,
        "share": standard.contracted_share * 100,
    }
    stale = as_of - day > timedelta(days=evidence.valid_days)
    kind: EvidenceKind = "nothing" if value == "unknown" else "tested"
    return Verdict(value, Message(code, said), evidence=kind, evidence_date=day, stale=stale)


def _value_of_probe(link: Link, probe: Probe, standard: OfficeStandard) -> tuple[Value, str]:
    if not probe.up:
        return "none", "grade.office_down"
    if probe.download_mbps is None:
        return "unknown", "grade.office_not_measured"
    if link.download_mbps is None:
        return "unknown", "grade.office_no_rate"
    share = standard.contracted_share
    enough_up = probe.upload_mbps is None or link.upload_mbps is None or probe.upload_mbps >= share * link.upload_mbps
    if probe.download_mbps >= share * link.download_mbps and enough_up:
        return "served", "grade.office_served"
    return "weak", "grade.office_slow"


def send(
    probability: float,
    visits: Iterable[Visit],
    send_place: tuple[str, Sequence[Visit]] | None,
    standard: SendStandard,
    signal: SignalStandard,
    evidence: EvidenceStandard,
    as_of: date,
) -> Verdict:
    """Return whether a polling station can send its result; rule `send-v1`.

    Parameters
    ----------
    probability : float
        P(uplink >= needed rate) by the best operator, from signal and load; NaN when nothing can be predicted.
    visits : iterable of Visit
        Tests at the station.
    send_place : (code, visits) or None
        Its send-place and the tests there.
    """
    own = _upload_verdict(visits, standard, evidence, as_of, "")
    if own is not None and own.value == "served":
        return own
    there = None if send_place is None else _upload_verdict(send_place[1], standard, evidence, as_of, send_place[0])
    if there is not None and there.value == "served":
        return there
    if own is not None:
        return own
    if math.isnan(probability):
        return unknown("grade.send_unknown")
    said = {"probability": probability * 100, "kbps": standard.needed_uplink_kbps}
    if probability >= signal.probability:
        return Verdict("served", Message("grade.send_predicted", said), probability_served=probability)
    if probability <= round(1.0 - signal.probability, 12):
        return Verdict("none", Message("grade.send_none", said), probability_served=probability)
    return Verdict("unknown", Message("grade.send_uncertain", said), probability_served=probability)


def best_upload(visits: Iterable[Visit], evidence: EvidenceStandard, as_of: date) -> Visit | None:
    """Return the valid test of an upload by the best operator, the newest of each, or None where there is none."""
    valid = [
        v
        for v in visits
        if v.time.date() <= as_of
        and as_of - v.time.date() <= timedelta(days=evidence.valid_days)
        and (v.upload_mbps is not None or v.service == "none")
    ]
    newest = {v.operator: v for v in sorted(valid, key=lambda v: v.time)}
    return max(newest.values(), key=lambda v: v.upload_mbps or 0.0, default=None)


def _upload_verdict(
    visits: Iterable[Visit], standard: SendStandard, evidence: EvidenceStandard, as_of: date, place: str
) -> Verdict | None:
    best = best_upload(visits, evidence, as_of)
    if best is None:
        return None
    rate = (best.upload_mbps or 0.0) * 1000.0
    said = {
        "operator": best.operator,
        "date": best.time.date(),
        "measured_kbps": rate,
        "kbps": standard.needed_uplink_kbps,
        "place": place,
    }
    passed = rate >= standard.needed_uplink_kbps
    code = ("grade.send_place_tested" if place else "grade.send_tested") if passed else "grade.send_test_failed"
    return Verdict(
        "served" if passed else "none", Message(code, said), evidence="tested", evidence_date=best.time.date()
    )


@dataclass(frozen=True, slots=True)
class RollUp:
    """People, stations or offices of an area by grade, with the denominator."""

    value: Value
    denominator: float
    served: float
    weak: float
    none: float
    unknown: float


def roll_up(members: Iterable[tuple[Value, float]], share: float) -> RollUp:
    """Return the grade of an area from its members' grades and weights (people, stations or offices).

    Notes
    -----
    served when at least `share` of the weight is served, none when at least `share` is none, else partial. Where the
    unknown part could still make it served or none, it is unknown: partial says that the area is known to be mixed.
    """
    amounts = dict.fromkeys(("served", "weak", "none", "unknown"), 0.0)
    for member, weight in members:
        amounts[member] += weight
    total = math.fsum(amounts.values())
    needed = share * total - 1e-9
    value: Value = "partial"
    if total == 0.0 or amounts["unknown"] >= total:
        value = "unknown"
    elif amounts["served"] >= needed:
        value = "served"
    elif amounts["none"] >= needed:
        value = "none"
    elif max(amounts["served"], amounts["none"]) + amounts["unknown"] >= needed:
        value = "unknown"
    return RollUp(value, total, **amounts)
