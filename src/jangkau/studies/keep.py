"""Backup, restore, verify: a region in one file, consistent while others write, and proof that nothing was changed."""

import hashlib
import io
import json
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from jangkau.errors import InputError, RegionError
from jangkau.fingerprints import sha256_of
from jangkau.messages import Message
from jangkau.records import Attachment, RunRecord, Source, new_id
from jangkau.records import Backup as BackupRecord
from jangkau.store import audit
from jangkau.store.audit import Act, Checkpoint
from jangkau.store.backup import copy_in, copy_out
from jangkau.store.database import Store
from jangkau.store.region_folder import SETTINGS_FILE, STORE_FILE, RegionFolder, writing
from jangkau.store.runs import Run, read_run
from jangkau.store.schema import SESSION
from jangkau.studies.circumstances import Circumstances

MANIFEST = "manifest.json"
KEYS = "keys"
"""Folder of the region with the keys that sign; it is in no backup."""

AUTHORITY_KEY = "authority.key"
"""Of ``tls/``: with it anybody can pretend to be any site to the office's phones; it is in no backup either."""

_LIVE = (STORE_FILE, f"{STORE_FILE}-wal", f"{STORE_FILE}-shm", f"{STORE_FILE}-journal")


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup: its file, how many files are in it, and the head of the audit chain."""

    file: Path
    files: int
    size_bytes: int
    checkpoint: Checkpoint | None


def backup(region: RegionFolder, file: Path, circumstances: Circumstances) -> Kept:
    """Write a region to one archive while others may write, read it back, and note in the region that it is whole.

    Raises
    ------
    RegionError
        When the file is already there.
    InputError
        When what was read back is not what was written.
    """
    if file.exists():
        raise RegionError("backup.exists", path=str(file))
    now = circumstances.clock()
    with tempfile.TemporaryDirectory(prefix="jangkau-backup-") as room, region.store(now) as store:
        copy = Path(room) / STORE_FILE
        copy_out(store, copy, now)
        with Store.open(copy, now) as copied, copied.engine.connect() as connection:
            head, covered = audit.checkpoint(connection), audit.horizon(connection)
        count = _write_archive(region.path.absolute(), copy, file, now, circumstances)
        check_archive(file, Path(room))
        kept = Kept(file, count, file.stat().st_size, head)
        said = BackupRecord(
            id=new_id(now),
            recorded_at=circumstances.clock(),
            taken_at=now,
            file_name=file.name,
            size_bytes=kept.size_bytes,
            sha256=sha256_of(file)[0],
            covered=json.dumps(covered, sort_keys=True),
        )
        store.add([said], Act(circumstances.actor, "backup", said.recorded_at))
    return kept


def _write_archive(folder: Path, copy: Path, file: Path, now: datetime, circumstances: Circumstances) -> int:
    """Write the copy of the store, then all files: what the copy names was there before it was made."""
    parts = sorted(p for p in folder.rglob("*") if _belongs(folder, p, file))
    sums: dict[str, str] = {}
    with writing(file) as partial, tarfile.open(partial, "w") as archive:
        for done, part in enumerate([copy, *parts]):
            circumstances.progress(Message("progress.backing_up"), done, len(parts) + 1)
            name = STORE_FILE if part == copy else part.relative_to(folder).as_posix()
            sums[name] = sha256_of(part)[0]
            archive.add(part, name)
        manifest = json.dumps({"time": now.isoformat(), "files": sums}, indent=1).encode()
        about = tarfile.TarInfo(MANIFEST)
        about.size = len(manifest)
        archive.addfile(about, io.BytesIO(manifest))
    circumstances.progress(Message("progress.backing_up"), len(parts) + 1, len(parts) + 1)
    return len(sums)


def check_archive(file: Path, room: Path) -> None:
    """Read a backup back: every byte of it, and whether its store can be read; InputError when it is not whole.

    Parameters
    ----------
    file : Path
    room : Path
        A folder for the copy of the store.
    """
    store = room / f"read-back-{STORE_FILE}"
    try:
        with tarfile.open(file) as archive:
            sums = json.load(_opened(archive, MANIFEST))["files"]
            for name, sha256 in sums.items():
                found = _sha256(_opened(archive, name))
                if found != sha256:
                    raise InputError("restore.damaged", path=str(file), part=name)
            with store.open("wb") as target:
                shutil.copyfileobj(_opened(archive, STORE_FILE), target)
        with closing(sqlite3.connect(store)) as connection:
            sound = connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"
    except (OSError, tarfile.TarError, KeyError, ValueError, sqlite3.DatabaseError) as error:
        raise InputError("restore.not_a_backup", path=str(file), reason=str(error)) from error
    if not sound:
        raise InputError("restore.damaged", path=str(file), part=STORE_FILE)


def _sha256(stream: IO[bytes]) -> str:
    total = hashlib.sha256()
    while block := stream.read(1 << 20):
        total.update(block)
    return total.hexdigest()


def _opened(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    found = archive.extractfile(name)
    if found is None:
        raise KeyError(name)
    return found


def _belongs(folder: Path, part: Path, archive: Path) -> bool:
    """Tell whether a file belongs into a backup: no live store, no key, nothing half-made, not the backup itself."""
    inside = part.relative_to(folder)
    if not part.is_file() or inside.as_posix() in _LIVE or ".partial" in part.name or part == archive.absolute():
        return False
    if inside.parts[0] == KEYS or inside.name == AUTHORITY_KEY:
        return False
    return inside.parts[0] != "runs" or (folder / "runs" / inside.parts[1] / "run.json").is_file()


def restore(file: Path, folder: Path, circumstances: Circumstances) -> RegionFolder:
    """Lay a backup out as a new region folder, after checking every byte of it.

    Raises
    ------
    InputError
        When the archive is damaged or incomplete.
    RegionError
        When the folder is there already; nothing in it is touched.
    """
    if folder.exists() and any(folder.iterdir()):
        raise RegionError("restore.exists", path=str(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _unpack(file, room)
        region = RegionFolder.open(room)
        now = circumstances.clock()
        with region.store(now) as store:
            if region.on_server():
                if any(store.horizon().values()):
                    raise RegionError("restore.schema_used", schema=region.schema())
                copy_in(room / STORE_FILE, store, now)
                (room / STORE_FILE).unlink()
            with store.writing() as connection:
                connection.execute(sa.delete(SESSION))
                audit.cover(connection, Act(circumstances.actor, audit.RESTORE, now), {"file": file.name})
        if folder.exists():
            folder.rmdir()
        room.rename(folder)
    finally:
        shutil.rmtree(room, ignore_errors=True)
    return RegionFolder.open(folder)


def _unpack(file: Path, room: Path) -> None:
    try:
        with tarfile.open(file) as archive:
            archive.extractall(room, filter="data")
        sums: dict[str, str] = json.loads((room / MANIFEST).read_text("utf-8"))["files"]
        (room / MANIFEST).unlink()
    except (OSError, tarfile.TarError, KeyError, ValueError) as error:
        raise InputError("restore.not_a_backup", path=str(file), reason=str(error)) from error
    for name, sha256 in sums.items():
        part = room / name
        if not part.is_file() or sha256_of(part)[0] != sha256:
            raise InputError("restore.damaged", path=str(file), part=name)
    for source in (room / "sources").rglob("*"):
        source.chmod(source.stat().st_mode & 0o555 if source.is_file() else 0o755)
    if SETTINGS_FILE not in sums:
        raise InputError("restore.damaged", path=str(file), part=SETTINGS_FILE)


def anchor(region: RegionFolder, run: Run, circumstances: Circumstances) -> None:
    """Put a finished run's `run.json` under the audit chain; of a run that is made again the newest record counts."""
    said = read_run(run.folder)
    finished = datetime.fromisoformat(said["started"]) + timedelta(seconds=said["seconds"])
    now = circumstances.clock()
    record = RunRecord(
        id=new_id(now),
        recorded_at=now,
        code=run.id,
        study=said["study"],
        as_of=run.recipe.as_of,
        finished_at=finished,
        sha256=sha256_of(run.file)[0],
    )
    with region.store(now) as store:
        store.add([record], Act(circumstances.actor, run.recipe.study, now))


@dataclass(frozen=True, slots=True)
class Verified:
    """What `verify` found: what is wrong, how long the chain is, and its head."""

    troubles: list[Message]
    checkpoint: Checkpoint | None


def verify(region: RegionFolder, circumstances: Circumstances, kept: Path | None = None) -> Verified:
    """Check the audit chain, every row that it covers, every source file and every run against what was recorded.

    Parameters
    ----------
    region : RegionFolder
    circumstances : Circumstances
    kept : Path, optional
        A checkpoint that was kept elsewhere: shows whether the end of the chain was cut off.
    """
    known = None if kept is None else read_checkpoint(kept)
    with region.store(circumstances.clock()) as store:
        with store.engine.connect() as connection:
            found = list(audit.troubles(connection, known))
            head = audit.checkpoint(connection)
        for source in store.read(Source):
            found += _changed(region.path / source.stored_path, source.sha256)
        for photo in store.read(Attachment):
            found += _changed(region.path / photo.stored_path, photo.sha256)
        for run in {run.code: run for run in store.read(RunRecord)}.values():
            found += _changed(region.path / "runs" / run.code / "run.json", run.sha256)
    return Verified(found, head)


def _changed(file: Path, sha256: str) -> Iterator[Message]:
    if not file.exists():
        yield Message("verify.file_missing", {"path": str(file)})
    elif sha256_of(file)[0] != sha256:
        yield Message("verify.file_changed", {"path": str(file)})


def checkpoint_text(head: Checkpoint) -> str:
    """Return a checkpoint as the text to keep elsewhere."""
    return json.dumps(asdict(head), indent=1) + "\n"


def read_checkpoint(file: Path) -> Checkpoint:
    """Read what `checkpoint_text` wrote; InputError when it is anything else."""
    try:
        return Checkpoint(**json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise InputError("verify.not_a_checkpoint", path=str(file), reason=str(error)) from error
