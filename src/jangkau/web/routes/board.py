"""The readiness board."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from jangkau.messages import render
from jangkau.records import ANY_OPERATOR
from jangkau.store.accounts import Account
from jangkau.studies.export_register import export_register
from jangkau.studies.picture import Picture
from jangkau.studies.readiness import STATES, Asked, Late, Ready, asked, burnt_down, late, planned_down, readiness
from jangkau.web import views
from jangkau.web.problems import language_of
from jangkau.web.security import Editor, TheAccount, TheDesk

router = APIRouter(tags=["board"])


@router.get("/board")
def board(request: Request, desk: TheDesk, account: TheAccount) -> dict[str, Any]:
    """Return how ready the region is, by district, and what stands in the way."""
    picture, language = desk.picture(), language_of(request)
    total, by_district = readiness(picture)
    deadline = picture.settings.deadline
    return {
        "as_of": picture.as_of,
        "deadline": deadline,
        "days_left": None if deadline is None else (deadline - picture.as_of).days,
        "states": list(STATES),
        "total": _ready(total),
        "districts": [
            {"code": code, "name": views.district_name(picture, code) or code, **_ready(own), **_planned(picture, code)}
            for code, own in sorted(by_district.items(), key=lambda one: (-one[1].open, one[0]))
        ],
        "burn_down": [{"date": day, "open": count} for day, count in burnt_down(desk.region.path, picture)],
        "planned": [{"date": day, "open": count} for day, count in planned_down(picture)],
        "late": [_late(picture, one, language) for one in late(picture)],
        "stakeholders": [_asked(picture, one) for one in asked(picture) if _concerns(picture, one, account)],
    }


@router.get("/register.xlsx", response_class=FileResponse)
def workbook(desk: TheDesk, account: Editor) -> FileResponse:
    """Return the register as a workbook."""
    room = Path(tempfile.mkdtemp())
    try:
        made = export_register(desk.region, room / "register.xlsx", desk.circumstances(account.name))
    except BaseException:
        shutil.rmtree(room)
        raise
    name = f"{desk.region.settings.name or 'jangkau'} {desk.as_of}.xlsx"
    return FileResponse(made.path, filename=name, background=BackgroundTask(shutil.rmtree, room))


def _ready(own: Ready) -> dict[str, Any]:
    return {"villages": own.villages, "people": own.people, "open": own.open}


def _planned(picture: Picture, code: str) -> dict[str, Any]:
    villages = [v.code for v in picture.register.villages if v.district_code == code]
    return {"planned": [{"date": day, "open": count} for day, count in planned_down(picture, villages)]}


def _late(picture: Picture, own: Late, language: str) -> dict[str, Any]:
    village = picture.register.village_of.get(own.village_code)
    grade = picture.area("village", own.village_code, "signal", ANY_OPERATOR)
    now = own.standing
    return {
        "village_code": own.village_code,
        "village_name": own.village_code if village is None else village.name or village.code,
        "district_name": views.district_name(picture, None if village is None else village.district_code),
        "people": None if grade is None else (grade.amount_none or 0.0) + (grade.amount_weak or 0.0),
        "remedy_code": None if now is None else now.remedy.code,
        "name": None if now is None else now.remedy.name,
        "due": own.due,
        "sentence": render(own.sentence, language),
    }


def _asked(picture: Picture, own: Asked) -> dict[str, Any]:
    who = picture.steps.stakeholders.get(own.stakeholder_code)
    return {
        "code": own.stakeholder_code,
        "name": own.stakeholder_code if who is None else who.name or who.code,
        "open": len(own.requests),
        "overdue": own.overdue,
        "oldest_days": own.oldest_days,
        "requests": [views.request(picture, r) for r in own.requests],
    }


def _concerns(picture: Picture, own: Asked, account: Account) -> bool:
    """Tell whether somebody may see the requests to a stakeholder; an operator's people see those to it."""
    who = picture.steps.stakeholders.get(own.stakeholder_code)
    return account.role != "operator" or account.operator in (own.stakeholder_code, who.name if who else None)
