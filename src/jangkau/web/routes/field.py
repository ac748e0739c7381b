"""The field: phones are let in by a picture, take their area along, and send what they have, once, however often."""

import ipaddress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from urllib.parse import quote

import anyio.to_thread
import segno
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as PathParameter
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from jangkau.messages import LANGUAGES, Message, render, templates
from jangkau.store import media
from jangkau.store.audit import Act
from jangkau.store.devices import Device, device_of, devices, enrol, invite, revoke
from jangkau.studies.area_pack import area_pack
from jangkau.studies.bundles import is_bundle, phone_of
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.import_data import Imported, import_evidence
from jangkau.studies.ingest import Receipt, keep_photo, keep_sheets, photo_of, standing
from jangkau.studies.sheets import Sent
from jangkau.web.desk import Desk
from jangkau.web.problems import RefusedError, language_of
from jangkau.web.routes.session import TheAttempts
from jangkau.web.security import Editor, TheDesk, current_session

router = APIRouter(prefix="/field", tags=["field"])

FIELD_WORDS = ("field.",)
"""Beginnings of the codes of messages that the field page shows."""

LARGEST_FILE = 200_000_000
"""Bytes of a file for the ingest address."""

FILES_PATH = "/api/v1/field/files"
_FILE_ROLES = ("admin", "planner", "officer", "device")

Digest = Annotated[str, PathParameter(pattern=r"^[0-9a-f]{64}$")]
SheetId = Annotated[str, Query(max_length=60)]


class Invitation(BaseModel):
    """For whom a phone is let in."""

    account: str = Field(min_length=2, max_length=60)


class Enrolment(BaseModel):
    """A phone that shows its code; it makes its own token."""

    code: str = Field(max_length=40)
    token: str = Field(max_length=200)
    name: str = Field(default="", max_length=120)


class Envelope(BaseModel):
    """A sheet as the phone wrote it, and by how much the server's clock is ahead of the phone's, if it knows."""

    body: str = Field(max_length=100_000)
    offset_s: float | None = None


class Sheets(BaseModel):
    """Some sheets, the oldest first."""

    sheets: Annotated[list[Envelope], Field(min_length=1, max_length=50)]


class Held(BaseModel):
    """Ids of the sheets that a phone still holds."""

    sheets: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=500)]


def is_private(request: Request) -> bool:
    """Tell whether nobody between can listen: HTTPS, or a browser on this very machine."""
    if request.url.scheme == "https":
        return True
    return _is_loopback(request.url.hostname or "") and request.client is not None and _is_loopback(request.client.host)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def private_only(request: Request) -> None:
    """Refuse what must not be overheard, and say what to do."""
    if not is_private(request):
        raise RefusedError(403, "field.needs_https")


def current_device(request: Request, desk: TheDesk) -> Device:
    """Return the phone that asks; one that was revoked, or whose owner was, is told so."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    found = device_of(desk.store, token) if scheme.lower() == "bearer" and token else None
    if found is None:
        raise RefusedError(401, "field.unknown_device")
    if not found.works:
        raise RefusedError(403, "field.revoked", device=found.code)
    return found


Phone = Annotated[Device, Depends(current_device)]
Private = Depends(private_only)


def _circumstances(desk: Desk, phone: Device) -> Circumstances:
    return desk.circumstances(f"{phone.account} ({phone.code})")


@router.post("/invitations", status_code=201, dependencies=[Private])
def make_invitation(request: Request, desk: TheDesk, account: Editor, body: Invitation) -> dict[str, Any]:
    """Make a code with which one phone may come in, and its picture; it works once and for a few minutes."""
    device, code = invite(desk.store, body.account, Act(account.name, "invite phone", desk.clock()))
    address = f"{request.base_url}field/#code={code}"
    picture = segno.make(address, error="m").svg_data_uri(scale=6, border=3, dark="#10181c", light="#ffffff")
    return {
        "device": device.code,
        "account": device.account,
        "code": code,
        "address": address,
        "picture": picture,
        "only_here": _is_loopback(request.url.hostname or ""),
    }


@router.post("/enrolment", status_code=201, dependencies=[Private])
def come_in(request: Request, desk: TheDesk, attempts: TheAttempts, body: Enrolment) -> dict[str, Any]:
    """Let a phone in; the same phone may repeat it."""
    now, keys = desk.clock(), (f"phone {request.client.host if request.client else ''}",)
    attempts.check(keys, now)
    try:
        device = enrol(desk.store, body.code, body.token, body.name, Act("phone", "enrol phone", now))
    except Exception:
        attempts.failed(keys, now)
        raise
    return {"device": device.code, "account": device.account, "region": desk.region.settings.name, "now": now}


@router.get("/devices")
def all_devices(desk: TheDesk, account: Editor) -> dict[str, Any]:
    """Return all phones, the newest first."""
    return {"items": [_as_json(d) for d in devices(desk.store)]}


@router.post("/devices/{code}/revoked")
def keep_out(desk: TheDesk, account: Editor, code: Annotated[str, PathParameter(max_length=20)]) -> dict[str, Any]:
    """Keep a phone from sending from now on; what it has sent stays."""
    return _as_json(revoke(desk.store, code, Act(account.name, "revoke phone", desk.clock())))


def _as_json(device: Device) -> dict[str, Any]:
    said = ("code", "name", "account", "made_by", "created_at", "enrolled_at", "revoked_at", "works")
    return {name: getattr(device, name) for name in said}


@router.get("/texts/{language}")
def texts(language: str) -> dict[str, str]:
    """Return every word of the field page in one language."""
    if language not in LANGUAGES:
        raise RefusedError(404, "problem.not_found")
    return templates(language, FIELD_WORDS)


@router.get("/pack", dependencies=[Private])
def pack(desk: TheDesk, phone: Phone) -> dict[str, Any]:
    """Return what a phone takes along: points to test, places, outlines, operators, and the rules of evidence."""
    own = area_pack(desk.picture(), desk.region.path)
    return own | {"device": phone.code, "account": phone.account}


@router.post("/sheets", dependencies=[Private])
def take_sheets(request: Request, desk: TheDesk, phone: Phone, body: Sheets) -> dict[str, Any]:
    """Keep sheets; each is answered for itself, and one that is there already gets its first receipt again."""
    sent = [Sent(one.body, one.offset_s) for one in body.sheets]
    receipts = keep_sheets(desk.store, desk.region.settings, sent, phone.code, _circumstances(desk, phone))
    return {"now": desk.clock(), "items": [_receipt(r) for r in receipts]}


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {
        "id": receipt.id,
        "sha256": receipt.sha256,
        "received_at": None if receipt.sheet is None else receipt.sheet.recorded_at,
        "kept": receipt.sheet is not None,
        "refused": None if receipt.refused is None else _said(receipt.refused),
        "counts_less": [_said(message) for message in receipt.broken],
    }


def _said(message: Message) -> dict[str, Any]:
    return {"code": message.code, "sentences": {language: render(message, language) for language in LANGUAGES}}


@router.post("/standing", dependencies=[Private])
def where_it_stands(desk: TheDesk, phone: Phone, body: Held) -> dict[str, Any]:
    """Say which sheets and photos are lacking, and which lie in a backup that was read back."""
    found = standing(desk.store, body.sheets)
    return {
        "now": desk.clock(),
        "epoch": found.epoch,
        "lacking": found.lacking,
        "lacking_photos": [{"sheet": sheet, "sha256": sha256} for sheet, sha256 in found.lacking_photos],
        "safe": found.safe,
        "backup_at": found.backup_at,
    }


@router.get("/photos/{sha256}", dependencies=[Private])
def photo_there(desk: TheDesk, phone: Phone, sha256: Digest) -> dict[str, Any]:
    """Say how many bytes of a photo have come."""
    return {"bytes": media.bytes_there(desk.region.path, sha256)}


@router.put("/photos/{sha256}", dependencies=[Private])
async def take_photo(
    request: Request, desk: TheDesk, phone: Phone, sha256: Digest, sheet: SheetId, offset: Annotated[int, Query(ge=0)]
) -> dict[str, Any]:
    """Take bytes of a photo from an offset on; what has come stays when the connection breaks. Its sheet goes first."""
    folder = desk.region.path
    size = await anyio.to_thread.run_sync(photo_of, desk.store, sheet, sha256)
    there = await anyio.to_thread.run_sync(media.bytes_there, folder, sha256)
    if there < size and offset > there:
        raise RefusedError(409, "field.hole", there=there, offset=offset)
    left = await anyio.to_thread.run_sync(media.left_for_photos, folder)
    if left < size - there:
        raise RefusedError(507, "field.no_room", free_mb=(left + media.RESERVE) // 1_000_000)
    at = offset
    try:
        async for part in request.stream():
            if at + len(part) > size:
                raise RefusedError(413, "problem.too_large")
            if part and there < size:
                at = await anyio.to_thread.run_sync(media.write_part, folder, sha256, at, part)
    except ClientDisconnect:
        return {"bytes": at, "complete": False}
    there = await anyio.to_thread.run_sync(media.bytes_there, folder, sha256)
    if there == size:
        work = _circumstances(desk, phone)
        await anyio.to_thread.run_sync(keep_photo, folder, desk.store, sheet, sha256, work)
    return {"bytes": there, "complete": there == size}


def file_sender(request: Request, desk: TheDesk) -> Circumstances:
    """Return who brings a file: a phone, or somebody who is logged in and may."""
    if request.headers.get("authorization"):
        return _circumstances(desk, current_device(request, desk))
    session = current_session(request, desk)
    if session.account.role not in _FILE_ROLES:
        raise RefusedError(403, "problem.not_allowed")
    return desk.circumstances(session.account.name)


@router.post("/files", dependencies=[Private])
async def take_file(
    request: Request,
    desk: TheDesk,
    work: Annotated[Circumstances, Depends(file_sender)],
    name: Annotated[str, Query(min_length=1, max_length=120)],
) -> dict[str, Any]:
    """Take in a file of tests as it is: a bundle of a phone, or what Network Survey and other logger apps write."""
    with TemporaryDirectory(prefix="jangkau-file-") as room:
        file = Path(room) / (quote(Path(name).name, safe=" ()+,=@._-") or "file")
        size = 0
        with file.open("wb") as target:
            async for part in request.stream():
                size += len(part)
                if size > LARGEST_FILE:
                    raise RefusedError(413, "problem.too_large")
                target.write(part)
        of_phone = request.headers.get("authorization") and is_bundle(file)
        if of_phone and phone_of(file) != current_device(request, desk).code:
            raise RefusedError(403, "field.other_phone")
        done = await anyio.to_thread.run_sync(import_evidence, desk.region, file, work)
    return _imported(done, language_of(request))


def _imported(done: Imported, language: str) -> dict[str, Any]:
    return {
        "file": done.file.name,
        "kind": done.kind,
        "new": done.added.new,
        "unchanged": done.added.unchanged,
        "already": done.already,
        "refused": len(done.refused),
        "reasons": [f"{r.row}: {render(r.reason, language)} {render(r.remedy, language)}" for r in done.refused[:20]],
    }


@router.get("/now")
def now(desk: TheDesk, response: Response) -> dict[str, Any]:
    """Return the time of the server, with which phones compare their clocks."""
    response.headers["Cache-Control"] = "no-store"
    return {"now": desk.clock()}
