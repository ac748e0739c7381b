"""What is never kept: numbers of phones and SIM cards, and what phones hear of bystanders. Files are stored without it.

A file with such columns is rewritten before anything else is done with it; what is stored, and whose SHA-256 counts, is
the file without them.
"""

import csv
import json
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any

from jangkau.errors import FormatError
from jangkau.messages import Message
from jangkau.sources.fields import listed
from jangkau.sources.headers import plain
from jangkau.sources.packages import read_only
from jangkau.sources.tables import HEADER_ROWS, is_spreadsheet, packed, raw_rows

FIRST_BYTES = 4096

NEVER_KEPT = re.compile(
    r"(device_?)?(imei|imsi|imeisv|meid|esn|iccid|msisdn)(_?\d)?|(device_?)?serial(_?number)?"
    r"|(device|android|subscriber)_?id|sim_?serial(_?number)?|(phone|line\d?)_?number"
    r"|(no|nomor)_?(hp|telepon|ponsel|wa)|telepon|client_?ip|mac(_?address)?"
    r"|b?ssid|(wi_?fi|wlan)_?(b?ssid|mac|name|aps?|networks?|scan\w*)|bluetooth\w*|bt_?(mac|name|address)"
)
"""Names of columns, as `headers.plain` gives them."""

PRIVATE_TABLES = re.compile(r"(rtree_)?(80211|wifi|wi_fi|bluetooth|phone_state|device_status|cdr)", re.IGNORECASE)
"""Beginnings of names of tables in a GeoPackage that hold nothing else."""

BYSTANDERS = ("bssid", "ssid", "source_address", "sourceaddress", "bt_address")
"""A table with one of these is a list of other people's devices."""


def is_private(name: str) -> bool:
    """Tell whether a column holds what is never kept."""
    return NEVER_KEPT.fullmatch(plain(name)) is not None


def without_private(path: Path, folder: Path) -> tuple[Path, Message] | None:
    """Write a file without what is never kept; where there is nothing of it, write nothing.

    Parameters
    ----------
    path : Path
        As received.
    folder : Path
        Where the other is written, under the same name; a spreadsheet becomes a CSV file. The same file gives the same
        bytes.

    Returns
    -------
    tuple of Path and Message, or None
        The other file, and what was left out.

    Raises
    ------
    FormatError
        When the file holds nothing but such data.
    """
    with path.open("rb") as file:
        start = file.read(FIRST_BYTES)
    target = folder / path.name
    what: list[str] = []
    if start.startswith(b"SQLite format 3\x00"):
        what = _database_without(path, target)
    elif start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        what = _json_without(path, target)
    else:
        target = target.with_suffix(".csv") if is_spreadsheet(path) else target
        try:
            what = _table_without(path, target)
        except FormatError as trouble:
            if trouble.message.code == "private.bystanders":
                raise
            return None
    return (target, Message("note.stored_without", {"file": path.name, "what": listed(what)})) if what else None


def _table_without(path: Path, target: Path) -> list[str]:
    """Empty the private columns of a table, below the row that names them."""
    table = raw_rows(path)
    at: list[int] = []
    for row in islice(table.rows, HEADER_ROWS):
        if any(plain(cell) in BYSTANDERS for cell in row):
            raise FormatError("private.bystanders", file=path.name)
        at = [i for i, cell in enumerate(row) if is_private(cell)]
        if at:
            names = [row[i] for i in at]
            break
    if not at:
        return []
    with target.open("wb") as file, packed(file, path) as out, TextIOWrapper(out, "utf-8", newline="") as text:
        writer = csv.writer(text, delimiter=table.separator, lineterminator="\n")
        below = False
        for row in table.rows:
            writer.writerow(["" if below and i in at else cell for i, cell in enumerate(row)])
            below = below or [row[i] for i in at if i < len(row)] == names
    return names


def _json_without(path: Path, target: Path) -> list[str]:
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        text = path.read_text("cp1252", errors="replace")
    try:
        documents = [json.loads(text)]
        whole = True
    except ValueError:
        try:
            documents = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            return []
        whole = False
    found: set[str] = set()
    cleaned = [_cleaned(document, found) for document in documents]
    if not found:
        return []
    lines = [json.dumps(cleaned[0], indent=1)] if whole else [json.dumps(one) for one in cleaned]
    target.write_text("\n".join(lines), "utf-8")
    return sorted(found)


def _cleaned(value: Any, found: set[str]) -> Any:
    if isinstance(value, Mapping):
        private = {key for key in value if is_private(str(key))}
        found |= private
        return {key: _cleaned(inner, found) for key, inner in value.items() if key not in private}
    return [_cleaned(inner, found) for inner in value] if isinstance(value, list) else value


def _database_without(path: Path, target: Path) -> list[str]:
    """Copy a GeoPackage and remove private tables and columns for good."""
    with read_only(path) as given:
        tables = [name for (name,) in given.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        private = [name for name in tables if PRIVATE_TABLES.match(name)]
        columns = [
            (name, column[1])
            for name in tables
            if name not in private and not name.startswith(("gpkg_", "rtree_", "sqlite_"))
            for column in given.execute(f'PRAGMA table_info("{name}")')
            if is_private(column[1])
        ]
        if not private and not columns:
            return []
        with closing(sqlite3.connect(target)) as copy:
            given.backup(copy)
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        copy.execute("PRAGMA secure_delete = ON")
        for name in private:
            if not name.startswith("rtree_") or name.endswith("_geom"):
                copy.execute(f'DROP TABLE IF EXISTS "{name}"')
            for registry in ("gpkg_contents", "gpkg_geometry_columns", "gpkg_extensions"):
                with suppress(sqlite3.OperationalError):
                    copy.execute(f"DELETE FROM {registry} WHERE table_name = ?", (name,))  # noqa: S608 - of a list
        for name, column in columns:
            copy.execute(f'UPDATE "{name}" SET "{column}" = NULL')  # noqa: S608 - names of the file's own tables
        copy.execute("VACUUM")
    return [*private, *(f"{name}.{column}" for name, column in columns)]
