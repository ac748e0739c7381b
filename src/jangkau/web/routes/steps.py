"""What people do: remedies, tasks, requests, tests. The page makes the id, so that sending twice stores once."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from jangkau import records
from jangkau.records import ANY_OPERATOR, Quantity, RemedyKind, RequestState, Service, StakeholderKind, Technology
from jangkau.store.audit import Act
from jangkau.studies import act
from jangkau.web import views
from jangkau.web.desk import Desk
from jangkau.web.problems import RefusedError, language_of
from jangkau.web.security import EDITORS, Editor, TheAccount, TheDesk

router = APIRouter(tags=["steps"])

Text = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
Note = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]
Code = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]+$")]
Longitude = Annotated[float, Field(ge=-180.0, le=180.0)]
Latitude = Annotated[float, Field(ge=-90.0, le=90.0)]


class Sent(BaseModel):
    """What every sender adds: the id that it made."""

    id: UUID


class NewRemedy(Sent):
    """A possible fix of the gap of a village or of a place."""

    name: Text | None = None
    village_code: Code | None = None
    place_code: Code | None = None
    quantity: Quantity = "signal"
    operator: Text = ANY_OPERATOR
    kind: RemedyKind
    note: Note | None = None
    cost_idr: Annotated[float, Field(ge=0.0, le=1e15)] | None = None
    lead_days: Annotated[float, Field(ge=0.0, le=1e5)] | None = None
    longitude: Longitude | None = None
    latitude: Latitude | None = None
    on: date | None = None


class NewTask(Sent):
    """Work that a remedy needs."""

    remedy_code: Code
    kind: Literal["do", "test"] = "do"
    name: Text
    assignee: Text | None = None
    due: date | None = None
    place_code: Code | None = None
    note: Note | None = None


class NewRequest(Sent):
    """An ask to a stakeholder."""

    remedy_code: Code | None = None
    stakeholder_code: Code
    name: Text
    asked_on: date | None = None
    answer_due: date | None = None
    note: Note | None = None


class NewStakeholder(Sent):
    """Somebody who can be asked."""

    code: Code
    name: Text
    kind: StakeholderKind
    contact: Text | None = None


class RemedyMove(Sent):
    """Another state of a remedy."""

    state: records.RemedyState
    note: Note | None = None


class TaskMove(Sent):
    """Another state of a task."""

    state: records.TaskState
    note: Note | None = None


class RequestMove(Sent):
    """Another state of a request."""

    state: RequestState
    note: Note | None = None


class NewVisit(Sent):
    """The result of one field test at one place for one operator."""

    place_code: Code
    time: datetime
    operator: Text
    technology: Technology | None = None
    service: Service
    rsrp_dbm: Annotated[float, Field(ge=-160.0, le=-20.0)] | None = None
    download_mbps: Annotated[float, Field(ge=0.0, le=1e5)] | None = None
    upload_mbps: Annotated[float, Field(ge=0.0, le=1e5)] | None = None
    method: Text | None = None
    tester: Text | None = None


@router.get("/remedies")
def remedies(
    request: Request, desk: TheDesk, account: TheAccount, stage: str | None = None, village: str | None = None
) -> dict[str, Any]:
    """Return remedies and where they stand."""
    picture, language = desk.picture(), language_of(request)
    own = picture.remedies_of_village.get(village, []) if village else list(picture.standings.values())
    seen = [n for n in own if (stage is None or n.stage == stage) and _concerns(account.role, account.operator, n)]
    return {"items": [views.remedy(picture, now, language) for now in seen], "next": None}


def _concerns(role: str, operator: str | None, now: Any) -> bool:
    return role != "operator" or now.remedy.operator == operator


@router.post("/remedies", status_code=201)
def propose(request: Request, response: Response, desk: TheDesk, account: Editor, body: NewRemedy) -> dict[str, Any]:
    """Propose a remedy."""
    said = body.model_dump(exclude={"id", "on"})
    remedy = records.Remedy(
        **_born(desk, body), code=act.code_from("R", str(body.id)), state="proposed", by=account.name,
        valid_from=body.on or desk.as_of, **said,
    )  # fmt: skip
    act.propose(desk.store, remedy, desk.circumstances(account.name))
    return _remedy(request, desk, remedy.code)


@router.post("/remedies/{code}/state")
def move_remedy(request: Request, desk: TheDesk, account: Editor, code: str, body: RemedyMove) -> dict[str, Any]:
    """Choose a remedy, drop it, or take it up again."""
    act.move(desk.store, records.Remedy, code, body.state, _step(desk, account.name, body), _who(desk, account.name))
    return _remedy(request, desk, code)


@router.post("/tasks", status_code=201)
def begin_task(request: Request, desk: TheDesk, account: Editor, body: NewTask) -> dict[str, Any]:
    """Begin a task of a remedy."""
    task = records.Task(
        **_born(desk, body), code=act.code_from("T", str(body.id)), state="open", by=account.name,
        valid_from=desk.as_of, **body.model_dump(exclude={"id"}),
    )  # fmt: skip
    act.begin_task(desk.store, task, _who(desk, account.name))
    return _remedy(request, desk, body.remedy_code)


@router.post("/tasks/{code}/state")
def move_task(request: Request, desk: TheDesk, account: Editor, code: str, body: TaskMove) -> dict[str, Any]:
    """Say that a task is done, dropped, or open again. Done work calls for a test; only that closes the gap."""
    task = act.move(
        desk.store, records.Task, code, body.state, _step(desk, account.name, body), _who(desk, account.name)
    )
    return _remedy(request, desk, task.remedy_code)


@router.post("/requests", status_code=201)
def ask(request: Request, desk: TheDesk, account: Editor, body: NewRequest) -> dict[str, Any]:
    """Ask a stakeholder."""
    said = body.model_dump(exclude={"id", "asked_on"})
    made = records.Request(
        **_born(desk, body), code=act.code_from("Q", str(body.id)), state="asked", by=account.name,
        valid_from=desk.as_of, asked_on=body.asked_on or desk.as_of, **said,
    )  # fmt: skip
    act.ask(desk.store, made, _who(desk, account.name))
    return _after_request(request, desk, made)


@router.post("/requests/{code}/state")
def move_request(request: Request, desk: TheDesk, account: Editor, code: str, body: RequestMove) -> dict[str, Any]:
    """Say what became of a request."""
    moved = act.move(
        desk.store, records.Request, code, body.state, _step(desk, account.name, body), _who(desk, account.name)
    )
    return _after_request(request, desk, moved)


@router.get("/stakeholders")
def stakeholders(desk: TheDesk, account: TheAccount) -> dict[str, Any]:
    """Return who can be asked."""
    said = ("code", "name", "kind", "contact")
    everyone = sorted(desk.picture().steps.stakeholders.values(), key=lambda s: s.name or s.code)
    return {"items": [{name: getattr(s, name) for name in said} for s in everyone]}


@router.post("/stakeholders", status_code=201)
def make_stakeholder(desk: TheDesk, account: Editor, body: NewStakeholder) -> dict[str, Any]:
    """Write down somebody who can be asked."""
    made = records.Stakeholder(**_born(desk, body), **body.model_dump(exclude={"id"}))
    desk.store.add([made], Act(account.name, "stakeholder", desk.clock()))
    return body.model_dump(exclude={"id"})


@router.post("/visits", status_code=201)
def keep_visit(request: Request, desk: TheDesk, account: TheAccount, body: NewVisit) -> dict[str, Any]:
    """Keep the result of a field test."""
    if account.role not in (*EDITORS, "officer", "device"):
        raise RefusedError(403, "problem.not_allowed")
    if body.time.tzinfo is None:
        raise RefusedError(422, "problem.time_zone")
    if body.place_code not in desk.picture().register.place_of:
        raise RefusedError(404, "problem.not_found")
    said = body.model_dump(exclude={"id", "time", "tester"})
    visit = records.Visit(
        **_born(desk, body), time=body.time.astimezone(UTC), tester=body.tester or account.name, **said
    )
    desk.store.add([visit], Act(account.name, "visit", desk.clock()))
    picture = desk.picture()
    grade = picture.places["signal", ANY_OPERATOR][body.place_code]
    return {"place": views.place(picture, grade, language_of(request))}


def _born(desk: Desk, body: Sent) -> dict[str, Any]:
    return {"id": str(body.id), "recorded_at": desk.clock()}


def _who(desk: Desk, name: str) -> Any:
    return desk.circumstances(name)


def _step(desk: Desk, name: str, body: RemedyMove | TaskMove | RequestMove) -> records.Step:
    """Return what a move says of itself."""
    return records.Step(**_born(desk, body), code="step", by=name, note=body.note)


def _remedy(request: Request, desk: Desk, code: str) -> dict[str, Any]:
    picture = desk.picture()
    if code not in picture.standings:
        raise RefusedError(404, "problem.not_found")
    return views.remedy(picture, picture.standings[code], language_of(request), desk.store)


def _after_request(request: Request, desk: Desk, made: records.Request) -> dict[str, Any]:
    if made.remedy_code is not None:
        return _remedy(request, desk, made.remedy_code)
    return views.request(desk.picture(), made)
