"""An evidence bundle: field tests word for word, photos, raw logs, a manifest of digests and a signature, as one file.

An auditor checks it on a machine that has never seen the store. The archive is a zip without packing whose every byte
follows from its contents, so that a change anywhere in it shows, and is named by the record that it lies in.
"""

import base64
import dataclasses
import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from jangkau import __version__
from jangkau.errors import InputError, RegionError
from jangkau.fingerprints import sha256_of
from jangkau.messages import Message, render
from jangkau.records import Attachment, Place, Sheet, Source, Visit
from jangkau.store import audit
from jangkau.store.audit import Checkpoint
from jangkau.store.region_folder import RegionFolder, writing
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.keep import KEYS
from jangkau.studies.shortcomings import shortcomings

FORM = "evidence-1"
MANIFEST, SIGNATURE, HOW_TO = "manifest.json", "signature.json", "README.txt"
KEY_FILE = "signing-key.pem"
LOG_KINDS = ("measurements",)
"""Kinds of imported files that are raw logs of tests."""

_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_README = """Bukti lapangan / field evidence (Jangkau)

Periksa / check:  jangkau verify FILE
Tanpa Jangkau / without Jangkau: manifest.json lists the SHA-256 of every file; signature.json holds an Ed25519
signature of the bytes of manifest.json. Compare the fingerprint of the key with the one that the office gave you.
"""


@dataclass(frozen=True, slots=True)
class Written:
    """A bundle: its file, how many tests, photos and logs are in it, and the fingerprint of the key that signed."""

    file: Path
    tests: int
    photos: int
    logs: int
    fingerprint: str


def write_evidence(
    region: RegionFolder, file: Path, circumstances: Circumstances, since: date | None = None, until: date | None = None
) -> Written:
    """Write the field tests of some days, their photos and raw logs as a signed bundle.

    Parameters
    ----------
    region : RegionFolder
    file : Path
        Must not be there yet.
    circumstances : Circumstances
    since, until : date, optional
        First and last day (UTC) of the tests; all if None.

    Raises
    ------
    RegionError
        When the file is there already, or there is no test on these days.
    """
    if file.exists():
        raise RegionError("bundle.exists", path=str(file))
    gathered = _gather(region, circumstances, since, until)
    if not gathered.sheets:
        raise RegionError("bundle.nothing", path=str(region.path))
    key = _signing_key(region.path / KEYS / KEY_FILE)
    parts = _parts(region, gathered)
    manifest = _json(
        {
            "form": FORM,
            "region": region.settings.name,
            "region_code": region.settings.code,
            "made_at": circumstances.clock(),
            "made_by": circumstances.actor,
            "program": f"jangkau {__version__}",
            "standards": {
                name: dataclasses.asdict(getattr(region.settings, name)) for name in ("signal", "send", "evidence")
            },
            "audit": None if gathered.head is None else dataclasses.asdict(gathered.head),
            "records": [_about(s, gathered.places) for s in gathered.sheets],
            "files": {name: _sha256(part) for name, part in parts.items()},
        }
    )
    parts = {MANIFEST: manifest, SIGNATURE: _signed(manifest, key), **parts}
    with writing(file) as partial:
        _archive(partial, parts)
    counts = (len(gathered.sheets), len(gathered.photos), len(gathered.logs))
    return Written(file, *counts, fingerprint(key.public_key()))


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What goes into a bundle."""

    sheets: list[Sheet]
    visits: list[Visit]
    photos: dict[str, Attachment]
    logs: list[Source]
    places: dict[str, Place]
    head: Checkpoint | None


def _gather(region: RegionFolder, circumstances: Circumstances, since: date | None, until: date | None) -> _Gathered:
    """Read the tests of some days and what belongs to them."""
    with region.store(circumstances.clock()) as store:
        sheets = [
            s
            for s in store.read(Sheet)
            if (since is None or s.time.date() >= since) and (until is None or s.time.date() <= until)
        ]
        ids = {s.id for s in sheets}
        with store.engine.connect() as connection:
            head = audit.checkpoint(connection)
        return _Gathered(
            sheets,
            [v for v in store.read(Visit) if v.source_id in ids],
            {a.sha256: a for a in store.read(Attachment) if a.sheet_id in ids},
            [s for s in store.read(Source) if s.kind in LOG_KINDS and s.stored_path],
            {p.code: p for p in store.read(Place, as_of=circumstances.as_of)},
            head,
        )


def _parts(region: RegionFolder, gathered: _Gathered) -> dict[str, bytes | Path]:
    """Return the files of a bundle, but manifest and signature, by name."""
    parts: dict[str, bytes | Path] = {f"records/{s.id}.json": s.body.encode() for s in gathered.sheets}
    parts["visits.json"] = _json([_plain(v) for v in gathered.visits])
    parts["judgements.json"] = _json([_judged(s, gathered.places, region) for s in gathered.sheets])
    parts[HOW_TO] = _README.encode()
    parts |= {f"photos/{sha256}.jpg": region.path / a.stored_path for sha256, a in sorted(gathered.photos.items())}
    parts |= {f"logs/{log.sha256[:12]}-{log.original_name}": region.path / log.stored_path for log in gathered.logs}
    return parts


def _about(sheet: Sheet, places: Mapping[str, Place]) -> dict[str, Any]:
    place = places.get(sheet.place_code)
    return {
        "id": sheet.id,
        "file": f"records/{sheet.id}.json",
        "place_code": sheet.place_code,
        "place_name": None if place is None else place.name,
        "tester": sheet.tester,
        "device": sheet.device_code,
        "time": sheet.time,
        "phone_time": sheet.phone_time,
        "time_sure": sheet.time_sure,
        "received_at": sheet.recorded_at,
        "photos": sheet.photos.split(),
    }


def _judged(sheet: Sheet, places: Mapping[str, Place], region: RegionFolder) -> dict[str, Any]:
    """Return why a test counts for less, in words; an empty list: it counts in full."""
    place = places.get(sheet.place_code)
    broken = [] if place is None else shortcomings(sheet, place, region.settings)
    return {"id": sheet.id, "counts_less": [{lang: render(m, lang) for lang in ("id", "en")} for m in broken]}


def _plain(record: Any) -> dict[str, Any]:
    return {f.name: getattr(record, f.name) for f in dataclasses.fields(record)}


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, default=lambda v: v.isoformat()) + "\n").encode()


def _sha256(part: bytes | Path) -> str:
    return hashlib.sha256(part).hexdigest() if isinstance(part, bytes) else sha256_of(part)[0]


def _signing_key(file: Path) -> Ed25519PrivateKey:
    """Return the region's key, made when there is none; only its owner can read it, and it is in no backup."""
    if file.is_file():
        found = serialization.load_pem_private_key(file.read_bytes(), None)
        if not isinstance(found, Ed25519PrivateKey):
            raise RegionError("bundle.other_key", path=str(file))
        return found
    key = Ed25519PrivateKey.generate()
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.touch(mode=0o600)
    kinds = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(key.private_bytes(*kinds))
    return key


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return what people compare of a key: the first 128 bits of its SHA-256 in groups of four digits."""
    digits = hashlib.sha256(_raw(key)).hexdigest()[:32]
    return " ".join(digits[n : n + 4] for n in range(0, 32, 4))


def _signed(manifest: bytes, key: Ed25519PrivateKey) -> bytes:
    said = {
        "algorithm": "Ed25519",
        "public_key": base64.b64encode(_raw(key.public_key())).decode(),
        "signature": base64.b64encode(key.sign(manifest)).decode(),
    }
    return _json(said)


def _archive(file: Path, parts: Mapping[str, bytes | Path]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, part in parts.items():
            about = zipfile.ZipInfo(name, _LONG_AGO)
            about.create_system, about.external_attr = 3, 0o644 << 16
            archive.writestr(about, part if isinstance(part, bytes) else part.read_bytes())


@dataclass(frozen=True, slots=True)
class Checked:
    """What an auditor learns: what is wrong, who signed, and what is in it."""

    troubles: list[Message]
    fingerprint: str
    region: str
    tests: int


def check_evidence(file: Path, wanted: str | None = None) -> Checked:
    """Check every byte of a bundle.

    Parameters
    ----------
    file : Path
    wanted : str, optional
        Fingerprint of the key that must have signed.

    Raises
    ------
    InputError
        When the file is no bundle at all.
    """
    content = file.read_bytes()
    members = _members(content)
    try:
        manifest_at = members[MANIFEST]
        manifest = content[manifest_at[0] : manifest_at[1]]
        said = json.loads(manifest)
        names = _record_names(said)
        listed: dict[str, str] = said["files"]
        region, tests = str(said["region"]), len(said["records"])
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        if b'"form": "evidence' not in content[:2000]:
            raise InputError("bundle.not_a_bundle", path=str(file)) from error
        return Checked([Message("bundle.manifest_damaged", {"path": str(file)})], "", "", 0)
    troubles, found = _signature_troubles(content, members, manifest, wanted)
    for name, sha256 in listed.items():
        at = members.get(name)
        if at is None:
            troubles.append(Message("bundle.missing", {"file": name, "record": names.get(name, name)}))
        elif hashlib.sha256(content[at[0] : at[1]]).hexdigest() != sha256:
            troubles.append(Message("bundle.changed", {"file": name, "record": names.get(name, name)}))
    for name in members.keys() - listed.keys() - {MANIFEST, SIGNATURE}:
        troubles.append(Message("bundle.extra", {"file": name}))
    if not troubles:
        troubles = _stray_bytes(content, members, names)
    return Checked(troubles, found, region, tests)


def _record_names(said: Mapping[str, Any]) -> dict[str, str]:
    """Return what people call the record that each file belongs to."""
    found: dict[str, str] = {}
    for one in said["records"]:
        name = (
            f"{one['id']} ({one['place_name'] or one['place_code']}, {one['time']}, {one['tester'] or one['device']})"
        )
        found[one["file"]] = name
        for sha256 in one["photos"]:
            found[f"photos/{sha256}.jpg"] = name
    return found


def _signature_troubles(
    content: bytes, members: Mapping[str, tuple[int, int]], manifest: bytes, wanted: str | None
) -> tuple[list[Message], str]:
    try:
        at = members[SIGNATURE]
        said = json.loads(content[at[0] : at[1]])
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(said["public_key"], validate=True))
        found = fingerprint(key)
        key.verify(base64.b64decode(said["signature"], validate=True), manifest)
    except (KeyError, ValueError, TypeError, InvalidSignature):
        return [Message("bundle.bad_signature")], ""
    if wanted is not None and wanted.replace(" ", "").lower() != found.replace(" ", ""):
        return [Message("bundle.other_signer", {"wanted": wanted, "found": found})], found
    return [], found


def _members(content: bytes) -> dict[str, tuple[int, int]]:
    """Return where the contents of each file of a stored zip begin and end, walked from its front."""
    found: dict[str, tuple[int, int]] = {}
    at = 0
    while content.startswith(b"PK\x03\x04", at) and at + _LOCAL.size <= len(content):
        *_, size, _, name_length, extra_length = _LOCAL.unpack_from(content, at)
        start = at + _LOCAL.size + name_length + extra_length
        name = content[at + _LOCAL.size : at + _LOCAL.size + name_length].decode("utf-8", "replace")
        found[name] = (start, start + size)
        at = start + size
    return found


def _stray_bytes(content: bytes, members: Mapping[str, tuple[int, int]], names: Mapping[str, str]) -> list[Message]:
    """Name what a byte belongs to that is in no file: the archive is written anew and compared."""
    again = io.BytesIO()
    with zipfile.ZipFile(again, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, (start, end) in members.items():
            about = zipfile.ZipInfo(name, _LONG_AGO)
            about.create_system, about.external_attr = 3, 0o644 << 16
            archive.writestr(about, content[start:end])
    wanted = again.getvalue()
    if wanted == content:
        return []
    pairs = zip(content, wanted, strict=False)
    at = next((n for n, (one, other) in enumerate(pairs) if one != other), min(len(content), len(wanted)))
    near = next((name for name, (_, end) in members.items() if at < end), "")
    return [Message("bundle.archive_changed", {"offset": at, "record": names.get(near, near or "zip")})]
