"""A phone's bundle: what it would send, as a file that is carried. Bringing it in twice adds nothing.

A zip with `sheets.json` (each sheet's body as the phone wrote it) and ``photos/<SHA-256>.jpg``.
"""

import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jangkau.errors import FormatError, InputError
from jangkau.messages import Message
from jangkau.store import media
from jangkau.store.database import Added, Store
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.ingest import Receipt, keep_photo, keep_sheets, sheets_by_id
from jangkau.studies.sheets import Sent, read_body

KIND = "field_bundle"
FORM = "field-bundle-1"
SHEETS = "sheets.json"
_LARGEST_LIST = 50_000_000
_AT_A_TIME = 50
_PART = 1 << 20


@dataclass(frozen=True, slots=True)
class Brought:
    """What a bundle held: sheets new and known, photos kept, and what was refused: row of the list and reason."""

    added: Added
    read: int
    photos: int
    refused: list[tuple[int, str, Message]]


def is_bundle(file: Path) -> bool:
    """Tell whether a file is a phone's bundle."""
    if not file.is_file() or not zipfile.is_zipfile(file):
        return False
    with zipfile.ZipFile(file) as archive:
        return SHEETS in archive.namelist()


def phone_of(file: Path) -> str:
    """Return the code of the phone that a bundle names; FormatError when it is damaged."""
    try:
        with zipfile.ZipFile(file) as archive:
            return str(json.loads(_member(archive, SHEETS, _LARGEST_LIST))["device"])
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError) as error:
        raise FormatError("field.bad_bundle", file=file.name, reason=str(error)) from error


def bring_in(region: RegionFolder, store: Store, file: Path, circumstances: Circumstances) -> Brought:
    """Keep all sheets and photos of a bundle that are not there yet.

    Raises
    ------
    FormatError
        When it is damaged or of a later form; nothing of it was kept then.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            said = json.loads(_member(archive, SHEETS, _LARGEST_LIST))
            sent = [Sent(str(s["body"]), _number(s.get("offset_s"))) for s in said["sheets"]]
            device = str(said["device"])
            if said["form"] != FORM:
                raise FormatError("field.bad_bundle", file=file.name, reason=str(said["form"]))
            receipts = _keep(region, store, sent, device, circumstances)
            return _with_photos(region, store, archive, receipts, circumstances)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError) as error:
        raise FormatError("field.bad_bundle", file=file.name, reason=str(error)) from error


def _number(said: Any) -> float | None:
    return None if said is None else float(said)


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Return the bytes of a file of a bundle, unpacking no more than `most`: what its list says may be a lie."""
    about = archive.getinfo(name)
    if about.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or about.file_size > most:
        raise ValueError(name)
    try:
        with archive.open(about) as member:
            return b"".join(iter(lambda: member.read(_PART), b""))
    except (zlib.error, EOFError, RuntimeError) as error:  # damaged, or with a password
        raise zipfile.BadZipFile(name) from error


def _photo(archive: zipfile.ZipFile, name: str, sha256: str) -> bytes:
    """Return the bytes of a photo; InputError when they cannot be read."""
    try:
        return _member(archive, name, media.LARGEST_PHOTO)
    except (zipfile.BadZipFile, ValueError) as error:
        raise InputError("field.photo_changed", value=sha256) from error


def _keep(
    region: RegionFolder, store: Store, sent: list[Sent], device: str, circumstances: Circumstances
) -> list[tuple[Receipt, bool]]:
    """Keep sheets in parts; each with whether it is new."""
    found = []
    for start in range(0, len(sent), _AT_A_TIME):
        part = sent[start : start + _AT_A_TIME]
        ids = []
        for one in part:
            try:
                ids.append(str(read_body(one.body).id))
            except InputError:
                continue
        known = sheets_by_id(store, ids)
        kept = keep_sheets(store, region.settings, part, device, circumstances)
        found += [(receipt, receipt.sheet is not None and receipt.id not in known) for receipt in kept]
    return found


def _with_photos(
    region: RegionFolder,
    store: Store,
    archive: zipfile.ZipFile,
    receipts: list[tuple[Receipt, bool]],
    circumstances: Circumstances,
) -> Brought:
    names, photos = set(archive.namelist()), 0
    refused = [(n + 1, r.id or "", r.refused) for n, (r, _) in enumerate(receipts) if r.refused is not None]
    for number, (receipt, _) in enumerate(receipts):
        if receipt.sheet is None:
            continue
        for sha256 in receipt.sheet.photos.split():
            name = f"photos/{sha256}.jpg"
            if name not in names:
                continue
            try:
                if not (region.path / media.path_of(sha256)).is_file():
                    media.write_part(region.path, sha256, 0, _photo(archive, name, sha256))
                keep_photo(region.path, store, receipt.sheet.id, sha256, circumstances)
                photos += 1
            except InputError as error:
                refused.append((number + 1, sha256, error.message))
    new = sum(fresh for _, fresh in receipts)
    known = sum(r.sheet is not None for r, _ in receipts) - new
    return Brought(Added(new=new, unchanged=known), len(receipts), photos, refused)
