"""What is kept of a drill: the agreed hour, and of each file that came only its size, its times and who sent it.

``drills/<id>.json`` and ``drills/<id>.jsonl`` of the region folder; never a byte of what was sent. Who agreed on the
hour and who sent each file is in the audit trail too.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from jangkau.errors import InputError, RegionError
from jangkau.store import audit
from jangkau.store.database import Store
from jangkau.store.region_folder import RegionFolder, write_atomically

LARGEST_FILE = 30_000_000
MOST_UPLOADS = 20_000
WINDOW_S = 6 * 3600
"""Uploads are taken from so long before the agreed hour until so long after it."""

_ID = re.compile(r"[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True)
class Drill:
    """An agreed hour and the size of the files."""

    id: str
    at: datetime
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Upload:
    """One file that came: who sent it from where, its size and times; `tries` counts this one and those that failed."""

    id: str
    place_code: str
    by: str
    received_bytes: int
    began: datetime
    ended: datetime
    tries: int
    complete: bool


def begin_drill(region: RegionFolder, store: Store, id: str, at: datetime, size_mb: float, act: audit.Act) -> Drill:
    """Agree on an hour and a size.

    Raises
    ------
    InputError
        When the size is not between 0 and 30 MB, the time has no zone, or another drill has this id.
    """
    size = round(size_mb * 1e6)
    if not 0 < size <= LARGEST_FILE or at.tzinfo is None or not _ID.fullmatch(id):
        raise InputError("drill.bad", size_mb=size_mb, most_mb=LARGEST_FILE / 1e6)
    drill, file = Drill(id, at.astimezone(UTC), size), _file(region, id, ".json")
    if file.is_file() and _drill(file) != drill:
        raise InputError("drill.taken", id=id)
    if file.is_file():
        return drill
    said = asdict(drill) | {"at": drill.at.isoformat()}
    with store.writing() as connection:
        audit.cover(connection, act, {"drill": said})
        write_atomically(file, json.dumps(said).encode())
    return drill


def drills(region: RegionFolder) -> list[Drill]:
    """Return all drills, the last agreed hour last."""
    return sorted((_drill(file) for file in (region.path / "drills").glob("*.json")), key=lambda d: (d.at, d.id))


def drill_of(region: RegionFolder, id: str | None = None) -> Drill:
    """Return a drill by its id, or the one with the last agreed hour; RegionError where there is none."""
    found = [d for d in drills(region) if id in (None, d.id)]
    if not found:
        raise RegionError("drill.none", id=id) if id else RegionError("drill.none_yet")
    return found[-1]


def uploads(region: RegionFolder, drill: Drill) -> list[Upload]:
    """Return what came, in the order in which it ended."""
    file = _file(region, drill.id, ".jsonl")
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    return [
        Upload(
            **{**said, "began": datetime.fromisoformat(said["began"]), "ended": datetime.fromisoformat(said["ended"])}
        )
        for said in map(json.loads, lines)
    ]


def check_upload(drill: Drill, known: Sequence[Upload], now: datetime) -> None:
    """Refuse a file outside the agreed time, or where too many came (InputError)."""
    if abs((now - drill.at).total_seconds()) > WINDOW_S:
        raise InputError("drill.not_now", at=drill.at)
    if len(known) >= MOST_UPLOADS:
        raise InputError("drill.too_many", most=MOST_UPLOADS)


def keep_upload(region: RegionFolder, store: Store, drill: Drill, upload: Upload) -> None:
    """Write down that a file came: its size, its times and who sent it."""
    said = asdict(upload) | {"began": upload.began.isoformat(), "ended": upload.ended.isoformat()}
    file = _file(region, drill.id, ".jsonl")
    with store.writing() as connection, file.open("a", encoding="utf-8") as lines:
        audit.cover(connection, audit.Act(upload.by, "drill file", upload.ended), {"drill": drill.id, "file": said})
        lines.write(json.dumps(said, ensure_ascii=False) + "\n")


def _file(region: RegionFolder, id: str, suffix: str) -> Path:
    return region.path / "drills" / f"{id}{suffix}"


def _drill(file: Path) -> Drill:
    said = json.loads(file.read_text("utf-8"))
    return Drill(said["id"], datetime.fromisoformat(said["at"]), said["size_bytes"])
