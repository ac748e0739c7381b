"""Ingest: take in what phones send, once, however often it comes; say what is lacking and what is safe."""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from jangkau.errors import InputError, StoreError
from jangkau.messages import Message
from jangkau.records import Attachment, Backup, Place, Record, Sheet, new_id
from jangkau.settings import Settings
from jangkau.store import audit, media
from jangkau.store.audit import Act
from jangkau.store.database import Store
from jangkau.store.schema import TABLES
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.sheets import Body, Sent, digest_of, numbered, read_body, sheet_of, visits_of
from jangkau.studies.shortcomings import shortcomings

_ONE_AT_A_TIME = threading.Lock()
"""A sheet is looked for and added by one thread at a time."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one sheet: kept with these bytes, or refused; for `broken` rules it counts for less."""

    id: str | None
    sha256: str
    sheet: Sheet | None
    refused: Message | None = None
    broken: Sequence[Message] = ()


def keep_sheets(
    store: Store, settings: Settings, sent: Sequence[Sent], device_code: str, circumstances: Circumstances
) -> list[Receipt]:
    """Keep sheets and their visits; each is answered for itself, and one that cannot be used holds up no other.

    Parameters
    ----------
    store : Store
    settings : Settings
        For the rules of evidence.
    sent : sequence of Sent
    device_code : str
        The phone that sends.
    circumstances : Circumstances

    Returns
    -------
    list of Receipt
        In the order given. A sheet that is there already gets the receipt of its first arrival.
    """
    with _ONE_AT_A_TIME:
        receipts = _kept(store, sent, device_code, circumstances)
    places = _places(store, [r.sheet.place_code for r in receipts if r.sheet is not None], circumstances)
    return [
        replace(r, broken=shortcomings(r.sheet, places[r.sheet.place_code], settings))
        if r.sheet is not None and r.sheet.place_code in places
        else r
        for r in receipts
    ]


def _places(store: Store, codes: Sequence[str], circumstances: Circumstances) -> dict[str, Place]:
    found = store.read(Place, as_of=circumstances.as_of, where={"code": sorted(set(codes))}) if codes else []
    return {place.code: place for place in found}


def _kept(store: Store, sent: Sequence[Sent], device_code: str, circumstances: Circumstances) -> list[Receipt]:
    now = circumstances.clock()
    read: list[tuple[Sent, Body | None, Message | None]] = []
    for one in sent:
        try:
            read.append((one, read_body(one.body), None))
        except InputError as error:
            read.append((one, None, error.message))
    known = sheets_by_id(store, [str(body.id) for _, body, _ in read if body is not None])
    places = _places(store, [body.place_code for _, body, _ in read if body is not None], circumstances)
    records: list[Record] = []
    found = []
    for one, body, refused in read:
        sheet, digest = None, digest_of(one.body)
        if body is not None:
            sheet = known.get(str(body.id))
            if sheet is None and body.place_code not in places:
                refused = Message("field.unknown_place", {"code": body.place_code})
            elif sheet is None:
                sheet = known[str(body.id)] = sheet_of(one, body, device_code, now)
                records += [sheet, *visits_of(sheet, body)]
                records += _send_place(store, places, sheet, circumstances)
            elif sheet.sha256 != digest:
                sheet, refused = None, Message("field.other_words", {"id": str(body.id)})
        found.append(Receipt(None if body is None else str(body.id), digest, sheet, refused))
    try:
        store.add(records, Act(circumstances.actor, "field", now))
    except StoreError as error:  # another process has just kept one of them
        return [replace(r, sheet=None, refused=error.message) for r in found]
    return found


def sheets_by_id(store: Store, ids: Sequence[str]) -> dict[str, Sheet]:
    """Return the sheets of these ids that are there."""
    return {s.id: s for s in store.read(Sheet, where={"id": list(ids)})} if ids else {}


def _send_place(store: Store, places: Mapping[str, Place], sheet: Sheet, circumstances: Circumstances) -> list[Place]:
    """Return the polling station with the send-place that was found on the spot, where that says something new."""
    place, there = places[sheet.place_code], sheet.send_place_code
    if there is None or place.kind != "polling_station" or place.send_place_code == there or there == place.code:
        return []
    if not store.read(Place, as_of=circumstances.as_of, where={"code": there}):
        return []
    day = sheet.time.date()
    if place.valid_from is not None and place.valid_from > day:
        return []
    return [
        replace(
            place,
            id=numbered(sheet.id, "send-place"),
            recorded_at=sheet.recorded_at,
            source_id=sheet.id,
            corrects=None,
            valid_from=day,
            send_place_code=there,
        )
    ]


def photo_of(store: Store, sheet_id: str, sha256: str) -> int:
    """Return the size of a photo that a kept sheet names [byte].

    Raises
    ------
    InputError
        When the sheet is not there yet (the record goes first) or names no such photo.
    """
    sheet = sheets_by_id(store, [sheet_id]).get(sheet_id)
    if sheet is None:
        raise InputError("field.record_first", id=sheet_id)
    for photo in read_body(sheet.body).photos:
        if photo.sha256 == sha256:
            return photo.size_bytes
    raise InputError("field.no_such_photo", id=sheet_id, value=sha256)


def keep_photo(region: Path, store: Store, sheet_id: str, sha256: str, circumstances: Circumstances) -> None:
    """Keep a photo of which all bytes have come, once; InputError when it is not as named."""
    stored = media.finish(region, sha256)
    with _ONE_AT_A_TIME:
        if any(a.sheet_id == sheet_id for a in store.read(Attachment, where={"sha256": sha256})):
            return
        now = circumstances.clock()
        record = Attachment(
            id=new_id(now),
            recorded_at=now,
            sheet_id=sheet_id,
            sha256=sha256,
            size_bytes=(region / stored).stat().st_size,
            stored_path=stored.as_posix(),
        )
        store.add([record], Act(circumstances.actor, "photo", now))


@dataclass(frozen=True, slots=True)
class Standing:
    """What a phone may know of what it has sent.

    Attributes
    ----------
    epoch : str
        Another one than before: the store was restored, and may lack what it had.
    lacking : list of str
        Ids of sheets that are not there.
    lacking_photos : list of (sheet id, SHA-256)
        Photos that sheets which are there name and that have not come.
    safe : list of str
        Ids of sheets that lie, with all their photos, in a backup that was read back.
    backup_at : datetime or None
        When the newest such backup was taken.
    """

    epoch: str
    lacking: list[str]
    lacking_photos: list[tuple[str, str]]
    safe: list[str]
    backup_at: Any


def standing(store: Store, ids: Sequence[str]) -> Standing:
    """Return what is lacking and what is safe of the sheets of some ids."""
    sheet, attachment = TABLES[Sheet], TABLES[Attachment]
    wanted = list(ids)
    with store.engine.connect() as connection:
        epoch = audit.epoch(connection)
        rows = connection.execute(
            sa.select(sheet.c.id, sheet.c.sequence, sheet.c.photos).where(sheet.c.id.in_(wanted))
        ).all()
        photos = connection.execute(
            sa.select(attachment.c.sheet_id, attachment.c.sha256, attachment.c.sequence).where(
                attachment.c.sha256.in_({sha for row in rows for sha in row.photos.split()})
            )
        ).all()
        backup = connection.execute(
            sa.select(TABLES[Backup].c.covered, TABLES[Backup].c.taken_at).order_by(TABLES[Backup].c.sequence.desc())
        ).first()
    covered = {} if backup is None else json.loads(backup.covered)
    there = {(row.sheet_id, row.sha256): row.sequence for row in photos}
    lacking_photos, safe = [], []
    for row in rows:
        own = [there.get((row.id, sha)) for sha in row.photos.split()]
        lacking_photos += [(row.id, sha) for sha, s in zip(row.photos.split(), own, strict=True) if s is None]
        whole = all(s is not None and s <= covered.get("attachment", 0) for s in own)
        if whole and row.sequence <= covered.get("sheet", 0):
            safe.append(row.id)
    known = {row.id for row in rows}
    taken = None if backup is None else backup.taken_at
    return Standing(epoch, [i for i in wanted if i not in known], lacking_photos, safe, taken)
