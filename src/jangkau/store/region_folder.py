"""A region is one folder that can be copied: settings, store, sources, rasters, runs, reports."""

import contextlib
import os
import re
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import tomlkit

from jangkau.errors import RegionError, SettingError
from jangkau.fingerprints import sha256_of
from jangkau.settings import Settings, as_table, settings_from
from jangkau.store.checks import Checks
from jangkau.store.database import Store

SETTINGS_FILE = "jangkau.toml"
STORE_FILE = "jangkau.db"
DATABASE_VARIABLE = "JANGKAU_DATABASE"
"""Environment variable with the URL of a PostgreSQL server that keeps the store instead of `STORE_FILE`."""

FOLDERS = ("sources", "rasters", "runs", "reports", "exports")


@dataclass(frozen=True, slots=True)
class RegionFolder:
    """The path of a region and its settings."""

    path: Path
    settings: Settings

    @classmethod
    def open(cls, path: Path) -> "RegionFolder":
        """Open a region folder; RegionError or SettingError says what is missing or wrong in it."""
        file = path / SETTINGS_FILE
        if not file.is_file():
            raise RegionError("region.missing", path=str(path))
        try:
            table = tomllib.loads(file.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingError("setting.not_toml", where=str(file), reason=str(error)) from error
        return cls(path, settings_from(table))

    @classmethod
    def create(cls, path: Path, settings: Settings, now: datetime) -> "RegionFolder":
        """Make a new region folder; an existing one is never overwritten (RegionError)."""
        if (path / SETTINGS_FILE).exists():
            raise RegionError("region.exists", path=str(path))
        for name in FOLDERS:
            (path / name).mkdir(parents=True, exist_ok=True)
        region = cls(path, settings)
        region.store(now).close()
        write_atomically(path / SETTINGS_FILE, settings_text(settings).encode())
        return region

    def amend(self, settings: Settings) -> None:
        """Write the values in which settings differ from this region's into `jangkau.toml`; the rest of it stays."""
        file = self.path / SETTINGS_FILE
        document = tomlkit.parse(file.read_text("utf-8"))
        before, after = as_table(self.settings), as_table(settings)
        for name in (n for n in after if after[n] != before.get(n)):
            if name == "operators":
                document.pop(name, None)
                array = tomlkit.aot()
                for operator in after[name]:
                    array.append(tomlkit.item(operator))
                document.append(name, array)
            else:
                document[name] = after[name]
        write_atomically(file, tomlkit.dumps(document).encode())

    def store(self, now: datetime) -> Store:
        """Open the live store: the folder's own, or a schema of the server that the environment names."""
        url = os.environ.get(DATABASE_VARIABLE)
        return Store.at(url, self.schema(), now) if url else Store.open(self.path / STORE_FILE, now)

    def checks(self) -> Checks:
        """Open the checks of links, beside the live store."""
        return Checks.open(self.path, os.environ.get(DATABASE_VARIABLE, ""), self.schema())

    def on_server(self) -> bool:
        """Tell whether the environment names a PostgreSQL server that keeps the store."""
        return bool(os.environ.get(DATABASE_VARIABLE))

    def schema(self) -> str:
        """Return the name of this region's schema on a PostgreSQL server."""
        return "jangkau_" + re.sub(r"\W+", "_", self.settings.code or self.settings.name).strip("_").lower()

    def keep_source(self, file: Path) -> tuple[Path, str, int]:
        """Copy a file as received into `sources/`, read-only; return its path inside the region, SHA-256 and size."""
        digest, size = sha256_of(file)
        kept = self.path / "sources" / f"{digest[:12]}-{file.name}"
        if not kept.exists():
            with writing(kept) as partial:
                shutil.copyfile(file, partial)
            kept.chmod(0o444)
        return kept.relative_to(self.path), digest, size


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Give a temporary name to write to, and put it in place when all is written and on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial{path.suffix}")
    try:
        yield partial
        with partial.open("rb+") as stream:
            os.fsync(stream.fileno())
        partial.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            partial.unlink()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a whole file or nothing of it."""
    with writing(path) as partial:
        partial.write_bytes(content)


def settings_text(settings: Settings) -> str:
    """Return `jangkau.toml` with the meaning, unit and source of each setting beside it."""
    document = tomlkit.document()
    document.add(
        tomlkit.comment("Settings of this region. Each line says what it means; delete a line to take the default.")
    )
    _fill(document, settings, as_table(settings))
    return tomlkit.dumps(document)


def _fill(table: Any, settings: Any, values: dict[str, Any]) -> None:
    declared = {f.name: f for f in fields(settings)}
    plain = [n for n in values if not is_dataclass(getattr(settings, n)) and n != "operators"]
    for name in [*plain, *(n for n in values if n not in plain)]:
        if is_dataclass(getattr(settings, name)):
            inner = tomlkit.table()
            _fill(inner, getattr(settings, name), values[name])
            table.add(name, inner)
        elif name == "operators":
            array = tomlkit.aot()
            for operator in values[name]:
                array.append(tomlkit.item(operator))
            if values[name]:
                table.add(name, array)
        else:
            item = tomlkit.item(values[name])
            about = declared[name].metadata
            notes = [about.get("meaning", ""), about.get("unit", "") and f"[{about['unit']}]"]
            notes.append(about.get("source", "") and f"({about['source']})")
            item.comment(" ".join(note for note in notes if note))
            table.add(name, item)
