"""What a phone sends of a field test, and the records that it becomes: the sheet as it came, and a visit an operator.

The phone's clock is not trusted. It says what it showed, and by how much it was off when it last spoke with the server;
where nobody can tell, the time is marked as not sure and is never later than the day it came.
"""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jangkau.errors import InputError
from jangkau.records import Environment, Service, Sheet, Technology, Visit

FORM = "sheet-1"
CLOCK_SLACK = timedelta(minutes=2)
"""How far after its arrival a corrected time may lie: clocks of servers drift too."""

_EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)

Text = Annotated[str, Field(max_length=200)]
Note = Annotated[str, Field(max_length=2000)]
Code = Annotated[str, Field(min_length=1, max_length=80)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Rate = Annotated[float, Field(ge=0.0, le=1e5)]


class Said(BaseModel):
    """Part of a sheet; what is not known is left out, what this version does not know is kept in the body."""

    model_config = ConfigDict(extra="ignore")


class Position(Said):
    """Where the phone was."""

    longitude: Annotated[float, Field(ge=-180.0, le=180.0)]
    latitude: Annotated[float, Field(ge=-90.0, le=90.0)]
    accuracy_m: Annotated[float, Field(ge=0.0, le=1e6)] | None = None


class Result(Said):
    """What the phone showed of one operator."""

    operator: Text
    service: Service
    technology: Technology | None = None
    rsrp_dbm: Annotated[float, Field(ge=-160.0, le=-20.0)] | None = None


class Speed(Said):
    """A test of the connection to the server; `over` is the operator, or wifi."""

    over: Text | None = None
    download_mbps: Rate | None = None
    upload_mbps: Rate | None = None
    download_bytes: Annotated[int, Field(ge=0)] | None = None
    download_s: Annotated[float, Field(ge=0.0)] | None = None
    upload_bytes: Annotated[int, Field(ge=0)] | None = None
    upload_s: Annotated[float, Field(ge=0.0)] | None = None
    latency_ms: Annotated[float, Field(ge=0.0, le=6e5)] | None = None
    loss_percent: Annotated[float, Field(ge=0.0, le=100.0)] | None = None
    at: datetime | None = None


class SendPlace(Said):
    """From where a polling station would send."""

    place_code: Code | None = None
    note: Note | None = None


class Photo(Said):
    """A photo that belongs to a sheet."""

    sha256: Digest
    size_bytes: Annotated[int, Field(ge=1, le=4_000_000)]


class Body(Said):
    """One field test."""

    form: Literal["sheet-1"]
    id: uuid.UUID
    place_code: Code
    phone_time: datetime
    tester: Text | None = None
    position: Position | None = None
    environment: Environment | None = None
    on_wifi: bool | None = None
    results: Annotated[list[Result], Field(max_length=20)] = []
    speed: Speed | None = None
    power: Text | None = None
    send_place: SendPlace | None = None
    fallback: Note | None = None
    note: Note | None = None
    photos: Annotated[list[Photo], Field(max_length=20)] = []


@dataclass(frozen=True, slots=True)
class Sent:
    """A sheet on its way: its body, and by how much the server's clock was ahead of the phone's [s], if known."""

    body: str
    offset_s: float | None = None


def digest_of(body: str) -> str:
    """Return the SHA-256 of a body."""
    return hashlib.sha256(body.encode()).hexdigest()


def read_body(text: str) -> Body:
    """Return what a body says; InputError names the field that cannot be used."""
    try:
        body = Body.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise InputError("field.bad_sheet", field=where, reason=first["msg"]) from error
    if body.phone_time.tzinfo is None:
        raise InputError("field.bad_sheet", field="phone_time", reason="no zone")
    if body.id.version != 7:
        raise InputError("field.bad_sheet", field="id", reason="no UUIDv7")
    if "\x00" in text or "\\u0000" in text:
        raise InputError("field.bad_sheet", field="body", reason="NUL")
    return body


def sheet_of(sent: Sent, body: Body, device_code: str, now: datetime) -> Sheet:
    """Return the record of a sheet that arrives now."""
    phone_time = body.phone_time.astimezone(UTC)
    time, sure = _true_time(phone_time, sent.offset_s, now)
    position = body.position
    return Sheet(
        id=str(body.id),
        recorded_at=now,
        place_code=body.place_code,
        device_code=device_code,
        tester=body.tester,
        time=time,
        phone_time=phone_time,
        time_sure=sure,
        longitude=None if position is None else position.longitude,
        latitude=None if position is None else position.latitude,
        accuracy_m=None if position is None else position.accuracy_m,
        environment=body.environment,
        on_wifi=body.on_wifi,
        power=body.power,
        send_place_code=None if body.send_place is None else body.send_place.place_code,
        fallback=body.fallback,
        note=body.note,
        photos=" ".join(dict.fromkeys(photo.sha256 for photo in body.photos)),
        body=sent.body,
        sha256=digest_of(sent.body),
    )


def _true_time(phone_time: datetime, offset_s: float | None, now: datetime) -> tuple[datetime, bool]:
    """Return when a test was taken, and whether that is sure."""
    if offset_s is not None and abs(offset_s) < 1e9:
        corrected = phone_time + timedelta(seconds=offset_s)
        if _EARLIEST < corrected <= now + CLOCK_SLACK:
            return min(corrected, now), True
    return max(min(phone_time, now), _EARLIEST), False


def visits_of(sheet: Sheet, body: Body) -> list[Visit]:
    """Return a visit an operator of a sheet; the rates belong to the operator over whose network they were measured."""
    speed = body.speed or Speed()
    found = []
    for number, result in enumerate(body.results):
        own = speed if speed.over == result.operator else Speed()
        found.append(
            Visit(
                id=numbered(sheet.id, str(number)),
                recorded_at=sheet.recorded_at,
                source_id=sheet.id,
                place_code=sheet.place_code,
                time=sheet.time,
                tester=sheet.tester,
                method=f"field page, {sheet.device_code}",
                operator=result.operator,
                technology=result.technology,
                service=result.service,
                rsrp_dbm=result.rsrp_dbm,
                download_mbps=own.download_mbps,
                upload_mbps=own.upload_mbps,
                power=sheet.power,
            )
        )
    return found


def numbered(sheet_id: str, part: str) -> str:
    """Return the id of a record that a sheet becomes: always the same, with the time of the sheet's in front."""
    digest = hashlib.sha256(f"{sheet_id} {part}".encode()).digest()
    rest = int.from_bytes(digest[:8], "big") & ((1 << 62) - 1)
    value = uuid.UUID(sheet_id).int >> 64 << 64 | 0b10 << 62 | rest
    return str(uuid.UUID(int=value))
