"""The wall: the state of a counting night, pushed as it changes, and the marks that are made on it.

Stations one by one, and the right to mark them, are for `SEND_READERS`; others see numbers only.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from jangkau.messages import Message, render
from jangkau.records import Mark, MarkState
from jangkau.store.audit import Act
from jangkau.studies.picture import Picture
from jangkau.studies.wall import Links, StationNow, Wall, read_marks, wall
from jangkau.web.desk import Desk
from jangkau.web.problems import RefusedError, language_of
from jangkau.web.security import SEND_READERS, TheAccount, TheDesk

router = APIRouter(prefix="/wall", tags=["wall"])

LOOK_S, BEAT_S = 2.0, 15.0
"""How often the server looks for what has changed, and how often it says what time it is: a page that does not hear it
knows that its line is dead."""


@dataclass(frozen=True, slots=True)
class Sight:
    """The wall of a night as it was looked at once, by the clock of the loop, and what was said of it so far."""

    at: float
    picture: Picture
    wall: Wall
    texts: dict[tuple[str, bool], str] = field(default_factory=dict)


class Sights:
    """What all who follow a wall share: however many they are, the server looks once in `LOOK_S`."""

    def __init__(self) -> None:
        self.looks = 0
        self._kept: dict[date, Sight] = {}
        self._looking = asyncio.Lock()

    def forget(self) -> None:
        """Look again the next time: somebody has changed something."""
        self._kept = {}

    async def text(self, desk: Desk, night: date, language: str, *, listed: bool) -> str:
        """Return the wall of a night as JSON, in a language, with or without its stations."""
        async with self._looking:
            at, found = asyncio.get_running_loop().time(), self._kept.get(night)
            if found is None or at - found.at >= LOOK_S:
                self._kept = {k: s for k, s in self._kept.items() if at - s.at < LOOK_S}
                found = self._kept[night] = Sight(at, *await anyio.to_thread.run_sync(_look, desk, night))
                self.looks += 1
            text = found.texts.get((language, listed))
            if text is None:
                said = _said(found.picture, found.wall, language, listed=listed)
                text = found.texts[language, listed] = json.dumps(said, default=_plain, ensure_ascii=False)
            return text


Code = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]+$")]


class NewMark(BaseModel):
    """What an operator notes of a station; the page makes the id, so that sending twice notes once."""

    id: UUID
    place_code: Code
    state: MarkState
    night: date | None = None
    send_place_code: Code | None = None
    note: Annotated[str, Field(max_length=500)] | None = None


@router.get("")
def now(request: Request, desk: TheDesk, account: TheAccount, night: date | None = None) -> dict[str, Any]:
    """Return the wall of a night; the one under way by the region's clock if none is named."""
    return _said(*_look(desk, night or desk.night), language_of(request), listed=account.role in SEND_READERS)


@router.get("/events", response_class=StreamingResponse)
async def events(
    request: Request,
    desk: TheDesk,
    account: TheAccount,
    night: date | None = None,
    lang: Literal["id", "en"] | None = None,
) -> StreamingResponse:
    """Push the whole wall whenever something on it has changed; who comes again after a break gets all of it."""
    language, listed = lang or language_of(request), account.role in SEND_READERS
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        _pushed(request, desk, night, language, listed), media_type="text/event-stream", headers=headers
    )


@router.post("/marks", status_code=201)
def mark(request: Request, desk: TheDesk, account: TheAccount, body: NewMark) -> dict[str, Any]:
    """Note what became of a station; it is in the audit trail, and a later mark stands beside it."""
    if account.role not in SEND_READERS:
        raise RefusedError(403, "problem.not_allowed")
    picture, at = desk.picture(), desk.clock()
    for code in (body.place_code, body.send_place_code):
        if code is not None and code not in picture.register.place_of:
            raise RefusedError(404, "wall.unknown_place", place=code)
    if picture.register.place_of[body.place_code].kind != "polling_station":
        raise RefusedError(422, "wall.no_station", place=body.place_code)
    if body.state == "moved" and body.send_place_code is None:
        raise RefusedError(422, "wall.moved_where")
    kept = Mark(
        id=str(body.id), recorded_at=at, place_code=body.place_code, night=body.night or desk.night, time=at,
        state=body.state, send_place_code=body.send_place_code, by=account.name, note=body.note,
    )  # fmt: skip
    known = [m for m in desk.store.read(Mark) if m.id == kept.id]
    if not known:
        desk.store.add([kept], Act(account.name, "mark", at))
        request.app.state.sights.forget()
    return {"id": kept.id, "time": (known or [kept])[0].time}


async def _pushed(request: Request, desk: Desk, night: date | None, language: str, listed: bool) -> AsyncIterator[str]:
    last, quiet = "", BEAT_S
    while not await request.is_disconnected() and not desk.is_stopping:
        sights: Sights = request.app.state.sights
        text = await sights.text(desk, night or desk.night, language, listed=listed)
        if quiet >= BEAT_S:
            quiet = 0.0
            yield f"event: beat\ndata: {desk.clock().isoformat()}\n\n"
        if text != last:
            last = text
            yield f"data: {text}\n\n"
        await asyncio.sleep(LOOK_S)
        quiet += LOOK_S


def _plain(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _look(desk: Desk, night: date) -> tuple[Picture, Wall]:
    picture = desk.picture()
    with desk.checks() as checks:
        links = Links(checks.running(), checks.alive_at())
    marks = read_marks(desk.store, night)
    return picture, wall(picture, marks, links, night, desk.region.path, desk.clock())


def _said(picture: Picture, found: Wall, language: str, *, listed: bool) -> dict[str, Any]:
    return {
        "region": picture.settings.name,
        "night": found.night,
        "midnight": datetime.combine(found.night, time(), ZoneInfo(picture.settings.timezone)),
        "timezone": picture.settings.timezone,
        "districts": [
            {"code": d.code, "name": d.name, "stations": d.stations, "total": d.total, "links": d.links,
             "down_since": d.down_since, "unknown_since": d.unknown_since}
            for d in found.districts
        ],
        "total": len(found.stations),
        "arrivals": [{"time": at, "count": count} for at, count in found.arrivals],
        "band": [{"share": s, "early_h": a, "middle_h": b, "late_h": c} for s, a, b, c in found.band],
        "todo": [{"what": _local(t.what, language, picture.settings.timezone), "stations": t.stations, "call": t.call}
                 for t in found.todo if listed or t.what.code != "wall.todo_contact"],
        "is_watched": found.is_watched,
        "watched_until": found.watched_until,
        "listed": listed,
        "stations": [_station(s, picture.register.district_of(s.place.village_code)) for s in found.stations if listed],
    }  # fmt: skip


def _local(what: Message, language: str, timezone: str) -> str:
    """Return the sentence of a thing to do, its time as clocks in the region show it."""
    said = dict(what.parameters)
    since = said.get("since")
    if isinstance(since, datetime):
        said["since"] = f"{since.astimezone(ZoneInfo(timezone)):%H:%M}"
    return render(Message(what.code, said), language)


def _station(one: StationNow, district: str | None) -> dict[str, Any]:
    return {
        "code": one.place.code, "name": one.place.name or one.place.code, "district_code": district,
        "state": one.state, "since": one.since, "send_place_code": one.send_place_code, "by": one.by,
    }  # fmt: skip
