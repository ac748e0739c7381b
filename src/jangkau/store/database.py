"""The live store: SQLite in WAL mode, append-only tables that mirror `jangkau.records`.

Nothing is overwritten. Adding a fact whose `code` and `valid_from` are already there makes a correction that names the
old record; a value that the new record leaves out is kept from the old one. Adding what is already there adds nothing.
Every commit is on the disk (``synchronous=FULL``) before `Store.add` returns.
"""

import dataclasses
import hashlib
import sqlite3
import typing
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin

from jangkau.errors import StoreError
from jangkau.records import STORED, Fact, R, Record, Source, is_valid_on

_OUTSIDE_CONTENT = {"id", "recorded_at", "source_id", "source_date", "corrects"}
_OUTSIDE_SOURCE = {"stored_path", "original_name", "publisher", "licence", "rows_read", "rows_kept", "rows_refused"}


@dataclass(frozen=True, slots=True)
class Added:
    """How many records of an `add` were new, corrected an older one, or said nothing new."""

    new: int = 0
    corrected: int = 0
    unchanged: int = 0

    def __add__(self, other: "Added") -> "Added":
        return Added(self.new + other.new, self.corrected + other.corrected, self.unchanged + other.unchanged)


class Store:
    """An open store. Use as a context manager, or call `close`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, path: Path, now: datetime) -> "Store":
        """Open or make the store of a region and bring it to the newest schema.

        Parameters
        ----------
        path : Path
            The file ``jangkau.db``; made if missing.
        now : datetime
            Written beside each migration that is applied.

        Raises
        ------
        StoreError
            When the file is no store, is damaged, or was written by a newer Jangkau.
        """
        try:
            connection = sqlite3.connect(path, timeout=30.0, isolation_level=None, check_same_thread=False)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            store = cls(connection)
            store._migrate(path, now)
        except sqlite3.DatabaseError as error:
            raise StoreError("store.damaged", path=str(path), reason=str(error)) from error
        return store

    def close(self) -> None:
        """Close the store; a closed store cannot be used again."""
        self._connection.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _migrate(self, path: Path, now: datetime) -> None:
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS migration"
            " (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT"
        )
        steps = migrations()
        version = self.version()
        if version > len(steps):
            raise StoreError("store.newer", path=str(path), version=version, known=len(steps))
        for number, (name, sql) in enumerate(steps[version:], version + 1):
            with self._transaction() as connection:
                for statement in _statements(sql):
                    connection.execute(statement)
                connection.execute(
                    "INSERT INTO migration VALUES (?, ?, ?)", (number, name, now.astimezone(UTC).isoformat())
                )

    def version(self) -> int:
        """Return the number of the newest migration that was applied."""
        return int(self._connection.execute("SELECT coalesce(max(number), 0) FROM migration").fetchone()[0])

    def add(self, records: Iterable[Record]) -> Added:
        """Store records in one transaction: all of them or none.

        Raises
        ------
        StoreError
            When a record repeats the id of another one that says something else.
        """
        total = Added()
        with self._transaction() as connection:
            for record in records:
                total += _add_fact(connection, record) if isinstance(record, Fact) else _add_other(connection, record)
        return total

    def read(self, kind: type[R], *, as_of: date | None = None, horizon: Mapping[str, int] | None = None) -> list[R]:
        """Return the records of a noun that no later one corrects, in the order in which they came.

        Parameters
        ----------
        kind : type
            One of `jangkau.records.STORED`.
        as_of : date, optional
            Of facts only those that hold on this day; of several of one code the one with the latest `valid_from`.
        horizon : mapping of noun to sequence, optional
            As the store was when `Store.horizon` gave this.
        """
        limit = -1 if horizon is None else horizon.get(kind.noun, 0)
        limit = (1 << 62) if limit < 0 else limit
        table = _table(kind)
        rows = self._connection.execute(
            f"SELECT * FROM {table} AS t WHERE sequence <= :limit AND NOT EXISTS"  # noqa: S608 - a name from STORED
            f" (SELECT 1 FROM {table} AS c WHERE c.corrects = t.id AND c.sequence <= :limit) ORDER BY sequence",
            {"limit": limit},
        )
        records = [_from_row(kind, row) for row in rows]
        return records if as_of is None else _valid(records, as_of)

    def contradicts(self, record: Record) -> bool:
        """Tell whether another record is kept under the id of this one; `add` would refuse it."""
        if isinstance(record, Fact):
            return False
        return _says_something_else(self._connection, _table(type(record)), record)

    def horizon(self) -> dict[str, int]:
        """Return the last sequence of each noun: a name for the store's present state."""
        query = "SELECT coalesce(max(sequence), 0) FROM {}"
        return {kind.noun: int(self._connection.execute(query.format(_table(kind))).fetchone()[0]) for kind in STORED}

    def count(self, kind: type[Record]) -> int:
        """Return how many rows a noun has, corrected ones included."""
        return int(self._connection.execute(f"SELECT count(*) FROM {_table(kind)}").fetchone()[0])  # noqa: S608

    def source_with(self, sha256: str, kind: str) -> Source | None:
        """Return the source that was already imported from these bytes as this kind, if any."""
        row = self._connection.execute("SELECT * FROM source WHERE sha256 = ? AND kind = ?", (sha256, kind)).fetchone()
        return None if row is None else _from_row(Source, row)

    def backup_to(self, path: Path) -> None:
        """Write a consistent copy of the store while it may be in use."""
        with closing(sqlite3.connect(path)) as target:
            self._connection.backup(target)


def migrations() -> list[tuple[str, str]]:
    """Return the name and SQL of every migration, oldest first; their number is their place, from 1."""
    folder = files("jangkau") / "store" / "migrations"
    found = sorted((entry.name, entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".sql"))
    if [int(name[:4]) for name, _ in found] != list(range(1, len(found) + 1)):
        raise StoreError("store.migrations_not_numbered", names=", ".join(name for name, _ in found))
    return found


def digest(records: Iterable[Record]) -> str:
    """Return the SHA-256 of what records say, whatever their ids and order."""
    total = hashlib.sha256()
    for content in sorted(_content(record) for record in records):
        total.update(content)
    return total.hexdigest()


def _statements(sql: str) -> Iterator[str]:
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _table(kind: type[Record]) -> str:
    if kind not in STORED:
        raise StoreError("store.not_stored", noun=kind.noun or kind.__name__)
    return kind.noun


def _add_fact(connection: sqlite3.Connection, record: Fact) -> Added:
    table = _table(type(record))
    row = connection.execute(
        f"SELECT * FROM {table} AS t WHERE code = ? AND valid_from IS ? AND NOT EXISTS"  # noqa: S608
        f" (SELECT 1 FROM {table} AS c WHERE c.corrects = t.id)",
        (record.code, _to_column(record.valid_from)),
    ).fetchone()
    if row is None:
        _insert(connection, table, record)
        return Added(new=1)
    old = _from_row(type(record), row)
    merged = dataclasses.replace(
        record, corrects=old.id, **{k: v for k, v in _contents(old) if getattr(record, k) is None and v is not None}
    )
    if _content(merged) == row["content"]:
        return Added(unchanged=1)
    _insert(connection, table, merged)
    return Added(corrected=1)


def _add_other(connection: sqlite3.Connection, record: Record) -> Added:
    table = _table(type(record))
    if _says_something_else(connection, table, record):
        raise StoreError("store.id_repeated", noun=table, id=record.id)
    if connection.execute(f"SELECT 1 FROM {table} WHERE content = ?", (_content(record),)).fetchone():  # noqa: S608
        return Added(unchanged=1)
    _insert(connection, table, record)
    return Added(corrected=1) if record.corrects else Added(new=1)


def _says_something_else(connection: sqlite3.Connection, table: str, record: Record) -> bool:
    kept = connection.execute(f"SELECT content FROM {table} WHERE id = ?", (record.id,)).fetchone()  # noqa: S608
    return kept is not None and kept["content"] != _content(record)


def _insert(connection: sqlite3.Connection, table: str, record: Record) -> None:
    names = [f.name for f in dataclasses.fields(record)]
    values = [_to_column(getattr(record, name)) for name in names] + [_content(record)]
    marks = ", ".join("?" * len(values))
    try:
        connection.execute(f"INSERT INTO {table} ({', '.join(names)}, content) VALUES ({marks})", values)  # noqa: S608
    except sqlite3.IntegrityError as error:
        raise StoreError("store.refused", noun=table, id=record.id, reason=str(error)) from error


def _contents(record: Record) -> list[tuple[str, Any]]:
    outside = _OUTSIDE_CONTENT | (_OUTSIDE_SOURCE if isinstance(record, Source) else set())
    return [(f.name, getattr(record, f.name)) for f in dataclasses.fields(record) if f.name not in outside]


def _content(record: Record) -> bytes:
    said = [(record.noun, None), *((name, _to_column(value)) for name, value in _contents(record) if value is not None)]
    return hashlib.sha256(repr(said).encode()).digest()[:16]


def _to_column(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else value


def _from_row(kind: type[R], row: sqlite3.Row) -> R:
    return kind(**{name: _READ[cast](row[name]) for name, cast in _casts(kind).items()})


_READ: dict[type, Any] = {
    object: lambda v: v,
    bool: lambda v: None if v is None else bool(v),
    date: lambda v: None if v is None else date.fromisoformat(v),
    datetime: lambda v: None if v is None else datetime.fromisoformat(v),
}
_CASTS: dict[type, dict[str, type]] = {}


def _casts(kind: type[Record]) -> dict[str, type]:
    if kind not in _CASTS:
        hints = typing.get_type_hints(kind)
        _CASTS[kind] = {f.name: _cast(hints[f.name]) for f in dataclasses.fields(kind)}
    return _CASTS[kind]


def _cast(hint: Any) -> type:
    if get_origin(hint) in (UnionType, typing.Union):
        hint = next(a for a in get_args(hint) if a is not type(None))
    return hint if hint in _READ else object


def _valid(records: list[R], day: date) -> list[R]:
    latest: dict[str, Fact] = {}
    others: list[R] = []
    for record in records:
        if not isinstance(record, Fact):
            others.append(record)
        elif is_valid_on(record, day):
            known = latest.get(record.code)
            if known is None or (known.valid_from or date.min) <= (record.valid_from or date.min):
                latest[record.code] = record
    return typing.cast(list[R], list(latest.values())) if latest else others
