"""What the region answers: its grades by area and place, and why."""

import base64
import binascii
import dataclasses
import json
import math
from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from jangkau import __version__
from jangkau.messages import render, templates
from jangkau.propagation.p1812 import P1812Loss
from jangkau.records import ANY_OPERATOR, Grade, Link, Place, PlaceKind, Probe, Quantity, Value
from jangkau.reports.looks import VALUE_LOOKS
from jangkau.store.accounts import ROLES, Account
from jangkau.studies.inputs import region_bounds
from jangkau.studies.nearby import Near, nearest_measurements
from jangkau.studies.picture import Picture, WorstFirst
from jangkau.studies.rates import RateChange, rate_changes
from jangkau.studies.why import Answer, why
from jangkau.web import views
from jangkau.web.desk import Desk
from jangkau.web.problems import RefusedError, language_of
from jangkau.web.security import SEND_READERS, TheAccount, TheDesk

router = APIRouter(tags=["answers"])

Level = Literal["region", "district", "village"]
Limit = Annotated[int, Query(ge=1, le=500)]
Longitude = Annotated[float, Query(ge=-180.0, le=180.0)]
Latitude = Annotated[float, Query(ge=-90.0, le=90.0)]

PAGE_WORDS = (
    "desk.", "assumed.", "value.", "unit.", "kind.", "state.", "stage.", "quantity.", "role.", "problem.", "evidence.",
    "layer.", "medium.", "wall.", "watch.up", "watch.degraded", "watch.down", "watch.unknown",
)  # fmt: skip
"""Beginnings of the codes of messages that pages show."""


@router.get("/texts")
def texts(request: Request) -> dict[str, str]:
    """Return every word of the pages in one language."""
    return templates(language_of(request), PAGE_WORDS)


@router.get("/region")
def region(request: Request, desk: TheDesk, account: TheAccount) -> dict[str, Any]:
    """Return what the region is, its standards, and what was computed last."""
    settings, picture = desk.region.settings, desk.picture()
    prediction, graded_at = desk.prediction(), desk.graded_at()
    deadline = settings.deadline
    return {
        "name": settings.name,
        "code": settings.code,
        "timezone": settings.timezone,
        "bounds": list(region_bounds(settings)),
        "languages": list(settings.languages),
        "as_of": desk.as_of,
        "deadline": deadline,
        "days_left": None if deadline is None else (deadline - desk.as_of).days,
        "operators": [account.operator] if account.role == "operator" else list(settings.operators_on(desk.as_of)),
        "technology": settings.signal.technology,
        "standards": [
            {"name": f.name, "value": getattr(table, f.name), **_about(f.metadata)}
            for table in (settings.signal, settings.send, settings.office, settings.evidence)
            for f in dataclasses.fields(table)
        ],
        "note": settings.note,
        "runs": {
            "grade": picture.run_id,
            "predict": None if prediction is None else prediction.run_id,
            "correct": None if prediction is None or prediction.correction is None else prediction.correction.run_id,
            "graded_at": graded_at,
        },
        "score": render(desk.score(), language_of(request)),
        "version": __version__,
        "roles": list(ROLES),
        "attributions": _attributions(picture),
        "looks": {v: {"colour": look.colour, "shape": look.shape} for v, look in VALUE_LOOKS.items()},
    }


def _attributions(picture: Picture) -> list[str]:
    """Return who published what the region knows, and under which licence."""
    return sorted(
        {f"{s.publisher} ({s.licence})" if s.licence else s.publisher for s in picture.sources.values() if s.publisher}
    )


def _about(metadata: Any) -> dict[str, Any]:
    return {name: metadata.get(name, "") for name in ("unit", "meaning", "source")}


@router.get("/areas")
def areas(
    request: Request,
    desk: TheDesk,
    account: TheAccount,
    level: Level = "village",
    quantity: Quantity = "signal",
    operator: str = ANY_OPERATOR,
    district: str | None = None,
    value: Value | None = None,
    remote: bool | None = None,
    stale: bool | None = None,
    power: str | None = None,
    q: str = "",
) -> dict[str, Any]:
    """Return the grades of villages, districts or the region, worst first."""
    picture, language = desk.picture(), language_of(request)
    operator = seen_operator(account, operator, quantity)
    powered = {p.village_code for p in picture.register.places if power is not None and p.power == power}
    found = []
    for grade in picture.areas.get((level, quantity, operator), {}).values():
        village = picture.register.village_of.get(grade.code) if level == "village" else None
        fits = (
            (district is None or grade.district_code == district)
            and (value is None or grade.value == value)
            and (stale is None or grade.stale == stale)
            and (remote is None or (village is not None and bool(village.remote) == remote))
            and (power is None or grade.code in powered)
            and matches(q, grade.code, grade.name)
        )
        if fits:
            found.append(grade)
    found.sort(key=lambda g: picture.worst_first(g, (g.amount_none or 0.0) + (g.amount_weak or 0.0)))
    return {"items": [views.area(picture, g, language) for g in found], "next": None}


def seen_operator(account: Account, operator: str, quantity: str) -> str:
    """Return the operator whose rows somebody may see; an operator's people see their own."""
    return (account.operator or "") if account.role == "operator" and quantity == "signal" else operator


def matches(asked: str, *texts: str | None) -> bool:
    """Tell whether any text holds what was typed."""
    wanted = asked.strip().casefold()
    return not wanted or any(wanted in (text or "").casefold() for text in texts)


@router.get("/places")
def places(
    request: Request,
    desk: TheDesk,
    account: TheAccount,
    quantity: Quantity = "signal",
    operator: str = ANY_OPERATOR,
    district: str | None = None,
    village: str | None = None,
    value: Value | None = None,
    kind: PlaceKind | None = None,
    power: str | None = None,
    remote: bool | None = None,
    stale: bool | None = None,
    q: str = "",
    limit: Limit = 100,
    cursor: str = "",
) -> dict[str, Any]:
    """Return the grades of places, worst first, a page at a time."""
    may_see(account, quantity)
    picture, language = desk.picture(), language_of(request)
    ordered = picture.places_worst_first(quantity, seen_operator(account, operator, quantity))
    after = _key_of(cursor)
    found: list[tuple[WorstFirst, Grade]] = []
    for key, grade in ordered[0 if after is None else bisect_right(ordered, after, key=itemgetter(0)) :]:
        own = picture.register.place_of[grade.code]
        at = picture.register.village_of.get(grade.village_code or "")
        fits = (
            (district is None or grade.district_code == district)
            and (village is None or grade.village_code == village)
            and (value is None or grade.value == value)
            and (kind is None or grade.kind == kind)
            and (power is None or own.power == power)
            and (remote is None or (at is not None and bool(at.remote) == remote))
            and (stale is None or grade.stale == stale)
            and matches(q, grade.code, grade.name, at.name if at else None)
        )
        if fits:
            found.append((key, grade))
        if len(found) > limit:
            break
    more = _cursor(found[limit - 1][0]) if len(found) > limit else None
    return {"items": [views.place(picture, g, language) for _, g in found[:limit]], "next": more}


def may_see(account: Account, quantity: str) -> None:
    """Refuse lists of stations that cannot send to those who do not need them."""
    if quantity == "send" and account.role not in SEND_READERS:
        raise RefusedError(403, "problem.send_lists")


def _cursor(key: WorstFirst) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _key_of(cursor: str) -> WorstFirst | None:
    if not cursor:
        return None
    try:
        rank, near, weight, code = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return int(rank), bool(near), float(weight), str(code)
    except (binascii.Error, ValueError, TypeError, UnicodeError) as error:
        raise RefusedError(400, "problem.bad_cursor") from error


@router.get("/villages/{code}")
def village(request: Request, desk: TheDesk, account: TheAccount, code: str) -> dict[str, Any]:
    """Return all that is known of a village."""
    return _area(request, desk, account, "village", code)


@router.get("/districts/{code}")
def district(request: Request, desk: TheDesk, account: TheAccount, code: str) -> dict[str, Any]:
    """Return all that is known of a district."""
    return _area(request, desk, account, "district", code)


def _area(request: Request, desk: Desk, account: Account, level: str, code: str) -> dict[str, Any]:
    picture, language = desk.picture(), language_of(request)
    grades = picture.grades_of_area(level, code)
    if account.role == "operator":
        grades = [g for g in grades if g.operator == account.operator]
    if not grades:
        raise RefusedError(404, "problem.not_found")
    operator = seen_operator(account, ANY_OPERATOR, "signal")
    villages = [code] if level == "village" else [v.code for v in picture.register.villages if v.district_code == code]
    quantities: list[tuple[str, str]] = [("signal", operator), ("office", ANY_OPERATOR)]
    quantities += [("send", ANY_OPERATOR)] if account.role in SEND_READERS else []
    inside = [
        own[place.code]
        for own in (picture.places.get(key, {}) for key in quantities)
        for village in villages
        for place in picture.register.places_in.get(village, [])
        if place.code in own and _own_quantity(own[place.code])
    ]
    inside.sort(key=lambda g: picture.worst_first(g, float(picture.register.place_of[g.code].population or 0)))
    claims = [views.claim(picture, c) for v in villages for c in picture.claims.get(v, [])]
    remedies = [now for v in villages for now in picture.remedies_of_village.get(v, [])]
    known = picture.register.village_of.get(code) or picture.register.named_district.get(code)
    source = picture.sources.get(known.source_id or "") if known is not None else None
    return {
        "area": views.area(picture, grades[0], language),
        "grades": [views.area(picture, g, language) for g in grades],
        "places": [views.place(picture, g, language) for g in inside[:200]],
        "claims": claims,
        "remedies": [views.remedy(picture, now, language, desk.store) for now in remedies[:50]],
        "sources": []
        if source is None
        else [{"what": source.original_name, "publisher": source.publisher, "date": source.source_date}],
    }


def _own_quantity(grade: Grade) -> bool:
    """Tell whether a grade is the one that a place of its kind is listed by."""
    own = {"polling_station": "send", "village_office": "office", "district_office": "office"}
    return own.get(grade.kind, "signal") == grade.quantity


@router.get("/places/{code}")
def place(request: Request, desk: TheDesk, account: TheAccount, code: str) -> dict[str, Any]:
    """Return all that is known of a place."""
    picture, language = desk.picture(), language_of(request)
    grades = picture.grades_of_place(code)
    if account.role == "operator":
        grades = [g for g in grades if g.operator == account.operator]
    if account.role not in SEND_READERS:
        grades = [g for g in grades if g.quantity != "send"]
    if not grades:
        raise RefusedError(404, "problem.not_found")
    main = next((g for g in grades if _own_quantity(g) and g.operator == ANY_OPERATOR), grades[0])
    visits = picture.register.evidence.visits.get(code, [])
    if account.role == "operator":
        visits = [v for v in visits if v.operator == account.operator]
    links = picture.register.links_of.get(code, [])
    probes = [p for one in links for p in picture.register.evidence.probes.get(one.code, [])]
    remedies = [now for now in picture.standings.values() if now.remedy.place_code == code]
    return {
        "place": views.place(picture, main, language),
        "grades": [views.answer(g, language) for g in grades],
        "links": [views.link(one) for one in links],
        "rate_changes": [views.rate_change(c, picture.as_of) for c in _rate_changes(desk, code, probes)],
        "visits": [views.visit(picture, v, language) for v in views.newest(visits, 50)],
        "probes": [views.probe(p, picture.as_of) for p in views.newest(probes, 50)],
        "remedies": [views.remedy(picture, now, language, desk.store) for now in remedies],
    }


def _rate_changes(desk: Desk, place_code: str, probes: Sequence[Probe]) -> list[RateChange]:
    rows = desk.store.read(Link, where={"place_code": place_code})
    held = [row for row in rows if row.valid_from is None or row.valid_from <= desk.as_of]
    return rate_changes(held, probes, desk.region.settings.timezone)


@router.get("/why")
def explain_point(
    request: Request, desk: TheDesk, account: TheAccount, longitude: Longitude, latitude: Latitude
) -> dict[str, Any]:
    """Explain the signal at a point: serving cell, path, what blocks it, what was measured, the rule."""
    picture, language = desk.picture(), language_of(request)
    settings = desk.region.settings
    operators = settings.operators_on(desk.as_of)
    if account.role == "operator":
        operators = tuple(o for o in operators if o == account.operator)
    now = desk.clock()
    point = Place(id="point", recorded_at=now, code="point", kind="other", longitude=longitude, latitude=latitude)
    ground = desk.ground()
    height = None
    if ground is not None:
        row, column = (int(v) for v in ground.grid.row_column(longitude, latitude))
        if 0 <= row < ground.grid.rows and 0 <= column < ground.grid.columns:
            height = round(float(ground.height_amsl_m[row, column]), 1)
    at = picture.register.village_at(longitude, latitude)
    answers = why(picture.register, desk.prediction(), ground, settings, operators, point)
    near = nearest_measurements(desk.store, operators, longitude, latitude)
    measured = {operator: [_measurement(desk, one) for one in own] for operator, own in near.items()}
    return {
        "longitude": longitude,
        "latitude": latitude,
        "terrain_amsl_m": height if height == height else None,
        "village_code": None if at is None else at.code,
        "village_name": None if at is None else at.name,
        "operators": [_answer(picture, a, language, measured[a.operator]) for a in answers],
    }


def _answer(picture: Picture, own: Answer, language: str, measured: list[dict[str, Any]]) -> dict[str, Any]:
    verdict = own.verdict
    return {
        "operator": own.operator,
        "technology": own.technology,
        "value": verdict.value,
        "sentence": render(verdict.reason, language),
        "probability_served": _rounded(verdict.probability_served, 4),
        "probability_weak": _rounded(verdict.probability_weak, 4),
        "rsrp_dbm": _rounded(own.rsrp_dbm, 1),
        "error_db": _rounded(own.error_db, 1),
        "corrected": own.corrected,
        "rule": "signal-v1",
        "cell": _cell(picture, own),
        "path": _path(own, picture.settings.signal.receiver_height_agl_m),
        "measured": measured,
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None or value != value else round(value, digits)


def _cell(picture: Picture, own: Answer) -> dict[str, Any] | None:
    server = own.server
    if server is None:
        return None
    site = picture.register.named_site.get(server.site_code)
    return {
        "code": server.cell_code,
        "site_code": server.site_code,
        "site_name": server.site_code if site is None else site.name or site.code,
        "longitude": server.longitude,
        "latitude": server.latitude,
        "distance_km": None if own.path is None else round(float(own.path.path.distance_m[-1]) / 1e3, 2),
        "frequency_mhz": server.frequency_mhz,
        "bandwidth_mhz": server.bandwidth_mhz,
        "height_agl_m": server.height_agl_m,
        "reference_signal_eirp_dbm": server.reference_signal_eirp_dbm,
        "assumed": server.assumed.split(),
    }


def _path(own: Answer, rx_height_agl_m: float) -> dict[str, Any] | None:
    report = own.path
    if report is None or own.server is None:
        return None
    lines = report.drawing(own.server.height_agl_m, rx_height_agl_m, own.server.frequency_mhz)
    obstacle = report.obstacle
    return {
        "loss_db": round(float(report.loss.loss_db), 1),
        "terms": _terms(report.loss),
        "profile": {name: [round(float(v), 1) for v in values] for name, values in lines.items()},
        "obstacle": {
            "distance_m": round(obstacle.distance_m),
            "terrain_amsl_m": round(obstacle.terrain_amsl_m, 1),
            "obstacle_height_m": round(obstacle.obstacle_height_m, 1),
            "clearance_m": round(obstacle.clearance_m, 1),
            "fresnel_radius_m": round(obstacle.fresnel_radius_m, 1),
            "blocks": obstacle.blocks,
            "terrain_blocks": obstacle.terrain_blocks,
        },
    }


_UNITS = {"db": "dB", "km": "km", "m": "m", "mrad": "mrad", "percent": "%", "fraction": ""}


def _terms(loss: P1812Loss) -> list[dict[str, Any]]:
    """Return every term of a loss with its unit, which its name ends with."""
    found = []
    for field in dataclasses.fields(loss):
        value, end = getattr(loss, field.name), field.name.rsplit("_", 1)[-1]
        if end in _UNITS and math.isfinite(value):
            found.append({"name": field.name, "value": round(float(value), 2), "unit": _UNITS[end]})
    return found


def _measurement(desk: Desk, near: Near) -> dict[str, Any]:
    return {
        "time": near.time,
        "age_days": (desk.as_of - near.time.date()).days,
        "distance_m": round(near.distance_m),
        "rsrp_dbm": near.rsrp_dbm,
        "service": near.service,
        "technology": near.technology,
    }
