"""A drill of counting night: agree on an hour, then take files and forget them; size, times and sender are kept."""

import threading
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from jangkau.store.audit import Act
from jangkau.studies import drill_log as study
from jangkau.web.problems import RefusedError
from jangkau.web.security import EDITORS, Editor, TheAccount, TheDesk

router = APIRouter(tags=["drill"])
SENDERS = (*EDITORS, "officer", "device")
_WRITING = threading.Lock()


class NewDrill(BaseModel):
    """An agreed hour and the size of the files."""

    id: UUID
    at: datetime
    size_mb: Annotated[float, Field(gt=0.0, le=study.LARGEST_FILE / 1e6)]


@router.post("/drills", status_code=201)
def begin_drill(desk: TheDesk, account: Editor, body: NewDrill) -> dict[str, Any]:
    """Agree on the hour of a drill."""
    if body.at.tzinfo is None:
        raise RefusedError(422, "problem.time_zone")
    act = Act(account.name, "drill", desk.clock())
    return _said(study.begin_drill(desk.region, desk.store, str(body.id), body.at, body.size_mb, act))


@router.get("/drills")
def list_drills(desk: TheDesk, account: TheAccount) -> dict[str, Any]:
    """Return the drills, and the time of this server, by which they begin."""
    return {"now": desk.clock().isoformat(), "items": [_said(d) for d in study.drills(desk.region)]}


@router.post("/drills/{drill_id}/files", status_code=201)
async def take_file(
    request: Request,
    desk: TheDesk,
    account: TheAccount,
    drill_id: UUID,
    id: UUID,
    place: Annotated[str, Query(min_length=1, max_length=80)],
    tries: Annotated[int, Query(ge=1, le=100)] = 1,
) -> dict[str, Any]:
    """Take a file of a drill as the body: it is counted and thrown away. The same id again adds nothing."""
    if account.role not in SENDERS:
        raise RefusedError(403, "problem.not_allowed")
    began = desk.clock()
    drill, known = await run_in_threadpool(_check, desk, str(drill_id), place, began)
    received = 0
    try:
        async for part in request.stream():
            received += len(part)
            if received > drill.size_bytes:
                raise RefusedError(413, "problem.too_large")
        complete = received == drill.size_bytes
    except ClientDisconnect:
        complete = False
    upload = study.Upload(
        str(id), place, account.name, received, began.astimezone(UTC), desk.clock().astimezone(UTC), tries, complete
    )
    if str(id) not in known:
        await run_in_threadpool(_keep, desk, drill, upload)
    seconds = (upload.ended - upload.began).total_seconds()
    return {"id": str(id), "received_bytes": received, "seconds": seconds, "complete": complete}


def _check(desk: TheDesk, id: str, place: str, now: datetime) -> tuple[study.Drill, set[str]]:
    if place not in desk.picture().register.place_of:
        raise RefusedError(404, "problem.not_found")
    found = next((d for d in study.drills(desk.region) if d.id == id), None)
    if found is None:
        raise RefusedError(404, "problem.not_found")
    known = study.uploads(desk.region, found)
    study.check_upload(found, known, now)
    return found, {u.id for u in known if u.complete}


def _keep(desk: TheDesk, drill: study.Drill, upload: study.Upload) -> None:
    with _WRITING:
        if not any(u.id == upload.id and u.complete for u in study.uploads(desk.region, drill)):
            study.keep_upload(desk.region, desk.store, drill, upload)


def _said(drill: study.Drill) -> dict[str, Any]:
    return {"id": drill.id, "at": drill.at.isoformat(), "size_bytes": drill.size_bytes}
