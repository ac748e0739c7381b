"""Records and answers as the JSON that pages read; every sentence in one language."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from jangkau.messages import Message, render
from jangkau.records import OPEN_REQUEST_STATES, Claim, Grade, Link, Probe, Request, Task, Visit
from jangkau.reports.sentences import sentence
from jangkau.store.database import Store
from jangkau.studies.claims import agrees, says_served
from jangkau.studies.loop import Standing, history
from jangkau.studies.picture import Picture
from jangkau.studies.rates import RateChange
from jangkau.studies.shortcomings import of_visit

_STAGE_ORDER = ("testing", "asked", "planned", "open", "closed", "dropped")


def area(picture: Picture, grade: Grade, language: str) -> dict[str, Any]:
    """Return the grade of a village, district or region."""
    village = picture.register.village_of.get(grade.code) if grade.subject == "village" else None
    claims = picture.claims.get(grade.code, []) if village is not None else []
    remedies = picture.remedies_of_village.get(grade.code, []) if village is not None else []
    box, inside = picture.register.boxes.get(grade.code, (None, (None, None)))
    return {
        "level": grade.subject,
        "code": grade.code,
        "name": grade.name or grade.code,
        "district_code": grade.district_code,
        "district_name": district_name(picture, grade.district_code),
        "quantity": grade.quantity,
        "operator": grade.operator,
        "value": grade.value,
        "evidence": grade.evidence,
        "stale": grade.stale,
        "denominator": grade.denominator,
        "unit": grade.denominator_unit,
        "served": grade.amount_served,
        "weak": grade.amount_weak,
        "none": grade.amount_none,
        "unknown": grade.amount_unknown,
        "remote": None if village is None else village.remote,
        "population": None if village is None else village.population,
        "reason": sentence(grade.reason_code, grade.reason_parameters, language),
        "rule": grade.rule,
        "claims": len(claims),
        "claimed_blank": any(c.subject == "blank_spot" for c in claims),
        "remedies": len(remedies),
        "stage": min((now.stage for now in remedies), key=_STAGE_ORDER.index, default=None),
        "longitude": inside[0],
        "latitude": inside[1],
        "bounds": box,
    }


def district_name(picture: Picture, code: str | None) -> str | None:
    """Return what people call a district."""
    found = picture.register.named_district.get(code or "")
    return code if found is None else found.name or found.code


def place(picture: Picture, grade: Grade, language: str) -> dict[str, Any]:
    """Return the grade of a place with the place itself."""
    found = picture.register.place_of[grade.code]
    village = picture.register.village_of.get(grade.village_code or "")
    return {
        "code": grade.code,
        "name": grade.name or grade.code,
        "kind": grade.kind,
        "village_code": grade.village_code,
        "village_name": None if village is None else village.name,
        "district_code": grade.district_code,
        "longitude": grade.longitude,
        "latitude": grade.latitude,
        "population": found.population,
        "voters": found.voters,
        "power": found.power,
        "remote": None if village is None else village.remote,
        **answer(grade, language),
    }


def answer(grade: Grade, language: str) -> dict[str, Any]:
    """Return what a rule says, and why."""
    return {
        "quantity": grade.quantity,
        "operator": grade.operator,
        "value": grade.value,
        "probability_served": grade.probability_served,
        "probability_weak": grade.probability_weak,
        "evidence": grade.evidence,
        "evidence_date": grade.evidence_date,
        "tests": grade.tests,
        "stale": grade.stale,
        "reason": sentence(grade.reason_code, grade.reason_parameters, language),
        "rule": grade.rule,
    }


def claim(picture: Picture, found: Claim) -> dict[str, Any]:
    """Return a claim and whether the grade of its village agrees; None where one cannot say."""
    grade = picture.area("village", found.village_code or "")
    same = agrees(found, grade.value) if found.subject == "blank_spot" and grade is not None else None
    said = ("subject", "statement", "claimed_on", "publisher")
    served = found.subject == "blank_spot" and says_served(found)
    return {name: getattr(found, name) for name in said} | {"agrees": same, "says_served": served}


def remedy(picture: Picture, now: Standing, language: str, store: Store | None = None) -> dict[str, Any]:
    """Return a remedy and where it stands; with a store also the steps that led there."""
    own = now.remedy
    said = (
        "code", "kind", "state", "quantity", "operator", "village_code", "place_code", "by", "note", "valid_from",
        "cost_idr", "lead_days", "longitude", "latitude",
    )  # fmt: skip
    closed = None
    if now.closing is not None:
        closed = {"on": now.closing.on, "sentence": render(now.closing.sentence, language)}
    found = {name: getattr(own, name) for name in said} | {
        "name": own.name or render(Message(f"kind.{own.kind}"), language),
        "stage": now.stage,
        "closed": closed,
        "sentence": render(now.sentence, language),
        "tasks": [task(t, picture.as_of, now) for t in now.tasks],
        "requests": [request(picture, r) for r in now.requests],
    }
    if store is not None:
        found["steps"] = [{"date": e.on, "who": e.who, "what": render(e.what, language)} for e in history(store, now)]
    return found


def task(own: Task, as_of: date, now: Standing) -> dict[str, Any]:
    """Return a task; a test task is done when evidence has closed its remedy."""
    state = "done" if own.kind == "test" and now.stage == "closed" else own.state
    said = ("code", "name", "kind", "assignee", "due", "by", "note", "place_code")
    overdue = state == "open" and own.due is not None and own.due < as_of
    return {name: getattr(own, name) for name in said} | {"state": state, "overdue": overdue}


def request(picture: Picture, own: Request) -> dict[str, Any]:
    """Return a request with its age and whether an answer is overdue."""
    who = picture.steps.stakeholders.get(own.stakeholder_code)
    waiting = own.state in OPEN_REQUEST_STATES
    asked = own.asked_on or own.valid_from
    said = ("code", "name", "stakeholder_code", "state", "asked_on", "answer_due", "by", "note", "remedy_code")
    return {name: getattr(own, name) for name in said} | {
        "stakeholder_name": own.stakeholder_code if who is None else who.name or who.code,
        "age_days": None if asked is None else (picture.as_of - asked).days,
        "overdue": waiting and own.answer_due is not None and own.answer_due < picture.as_of,
    }


def link(own: Link) -> dict[str, Any]:
    """Return an internet connection."""
    said = (
        "code", "medium", "provider", "payer", "download_mbps", "upload_mbps", "stage", "valid_from", "valid_to",
        "temporary", "take_down_on",
    )  # fmt: skip
    return {name: getattr(own, name) for name in said}


def rate_change(own: RateChange, as_of: date) -> dict[str, Any]:
    """Return a change of a link's rate with the checks before and after it."""
    tests = {"tested_before": own.tested_before, "tested_after": own.tested_after}
    return {
        "link_code": own.after.code,
        "on": own.after.valid_from,
        "before": link(own.before),
        "after": link(own.after),
        **{name: None if test is None else probe(test, as_of) for name, test in tests.items()},
    }


def visit(picture: Picture, own: Visit, language: str) -> dict[str, Any]:
    """Return a field test with its age, and why it counts for less, if it does."""
    said = (
        "time", "tester", "method", "operator", "technology", "service", "rsrp_dbm", "download_mbps", "upload_mbps",
        "power",
    )  # fmt: skip
    broken = of_visit(own, picture.register.place_of[own.place_code], picture.register, picture.settings)
    return {name: getattr(own, name) for name in said} | {
        "age_days": (picture.as_of - own.time.date()).days,
        "counts_less": [render(message, language) for message in broken],
    }


def probe(own: Probe, as_of: date) -> dict[str, Any]:
    """Return a check of a link with its age."""
    said = ("time", "link_code", "method", "up", "download_mbps", "upload_mbps", "latency_ms", "loss_percent")
    return {name: getattr(own, name) for name in said} | {"age_days": (as_of - own.time.date()).days}


def newest(records: Sequence[Any], most: int) -> list[Any]:
    """Return the records that are youngest by their time."""
    return sorted(records, key=lambda r: r.time, reverse=True)[:most]
