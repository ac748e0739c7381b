"""The live store: append-only tables that mirror `jangkau.records`.

Nothing is overwritten. Adding a fact whose `code` and `valid_from` are already there makes a correction that names the
old record; a value that the new record leaves out is kept from the old one. Adding what is already there, or a fact
under an id that was already used, adds nothing. What `Store.add` acknowledges is on the disk, and the audit chain
covers it.
"""

import dataclasses
import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice, repeat
from pathlib import Path
from typing import Any, cast

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from jangkau.errors import StoreError
from jangkau.geo import Bounds, tile_key
from jangkau.records import STORED, Columns, Fact, Measurement, R, Record, Source, columns_of, is_valid_on
from jangkau.store import audit
from jangkau.store.audit import Act
from jangkau.store.columns import Moment
from jangkau.store.connection import bring_up_to_date, insert_of, postgresql_engine, sqlite_engine, version, writing
from jangkau.store.map_views import make_views
from jangkau.store.schema import TABLES

_OUTSIDE_CONTENT = {"id", "recorded_at", "source_id", "source_date", "corrects"}
_OUTSIDE_SOURCE = {"stored_path", "original_name", "publisher", "licence", "rows_read", "rows_kept", "rows_refused"}
_AT_A_TIME = 500
"""Records that are looked up and stored by one statement."""

_ROWS_IN_MEMORY = 50_000
"""Rows that are held as Python's objects while columns are read."""


@dataclass(frozen=True, slots=True)
class Added:
    """How many records of an `add` were new, corrected an older one, or said nothing new."""

    new: int = 0
    corrected: int = 0
    unchanged: int = 0

    def __add__(self, other: "Added") -> "Added":
        return Added(self.new + other.new, self.corrected + other.corrected, self.unchanged + other.unchanged)


class Store:
    """An open store. Use as a context manager, or call `close`. Threads may share it."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, path: Path, now: datetime) -> "Store":
        """Open or make the store file of a region and bring it to the newest schema.

        Parameters
        ----------
        path : Path
            The file ``jangkau.db``; made if missing.
        now : datetime
            Written in the audit chain when a store of an earlier version is taken over.

        Raises
        ------
        StoreError
            When the file is no store, is damaged, or was written by a newer Jangkau.
        """
        engine = sqlite_engine(path)
        try:
            return cls._ready(engine, str(path), now)
        except sa.exc.DatabaseError as error:
            engine.dispose()
            raise StoreError("store.damaged", path=str(path), reason=str(error.orig)) from error

    @classmethod
    def at(cls, url: str, schema: str, now: datetime) -> "Store":
        """Open or make a store in a schema of a PostgreSQL server; StoreError when it cannot be reached."""
        store = cls._ready(postgresql_engine(url, schema), schema, now)
        make_views(store.engine)
        return store

    @classmethod
    def _ready(cls, engine: sa.Engine, where: str, now: datetime) -> "Store":
        if bring_up_to_date(engine, where, now):
            with writing(engine) as connection:
                if any(audit.horizon(connection).values()):
                    audit.cover(connection, Act("jangkau", "migrate", now))
        return cls(engine)

    def close(self) -> None:
        """Close the store; a closed store cannot be used again."""
        self.engine.dispose()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Give a connection for changes that are kept together or not at all; one writer at a time."""
        with writing(self.engine) as connection:
            yield connection

    def version(self) -> str:
        """Return the number of the newest migration that was applied."""
        with self.engine.connect() as connection:
            return version(connection)

    def add(self, records: Iterable[Record | Columns], act: Act | None = None) -> Added:
        """Store records in one transaction: all of them or none.

        Parameters
        ----------
        records : iterable of Record or Columns
            One by one, or very many of a noun that is no fact as columns.
        act : Act, optional
            Who does what, for the audit chain; the program itself if nobody is named.

        Raises
        ------
        StoreError
            When a record repeats the id of another one that says something else.
        """
        given: dict[type[Record], list[Record]] = {}
        many: list[Columns] = []
        for one in records:
            if isinstance(one, Columns):
                many.append(one)
            else:
                given.setdefault(type(one), []).append(one)
        if not given and not many:
            return Added()
        born = [r.recorded_at for some in given.values() for r in some] + [c.values["recorded_at"][0] for c in many]
        act = act or Act("jangkau", "add", max(born))
        total = Added()
        with self.writing() as connection:
            for kind, some in given.items():
                for start in range(0, len(some), _AT_A_TIME):
                    part = some[start : start + _AT_A_TIME]
                    if issubclass(kind, Fact):
                        total += _add_facts(connection, _table(kind), cast(list[Fact], part))
                    else:
                        total += _add_others(connection, _table(kind), columns_of(part))
            for columns in many:
                total += _add_others(connection, _table(columns.kind), columns)
            if total.new or total.corrected:
                audit.cover(connection, act)
        return total

    def read(
        self,
        kind: type[R],
        *,
        as_of: date | None = None,
        horizon: Mapping[str, int] | None = None,
        where: Mapping[str, str | Sequence[str]] | None = None,
        after: int = 0,
    ) -> list[R]:
        """Return the records of a noun that no later one corrects, in the order in which they came.

        Parameters
        ----------
        kind : type
            One of `jangkau.records.STORED`.
        as_of : date, optional
            Of facts only those that hold on this day; of several of one code the one with the latest `valid_from`.
        horizon : mapping of noun to sequence, optional
            As the store was when `Store.horizon` gave this.
        where : mapping, optional
            Field to the value, or values, that it must have.
        after : int
            Only records that came after this sequence.
        """
        table = _table(kind)
        query = _current(table, None if horizon is None else horizon.get(kind.noun, 0)).order_by(table.c.sequence)
        query = query.where(table.c.sequence > after) if after else query
        for name, wanted in (where or {}).items():
            column = table.c[name]
            query = query.where(column == wanted if isinstance(wanted, str) else column.in_(list(wanted)))
        with self.engine.connect() as connection:
            records = _records(kind, connection.execute(query))
        return records if as_of is None else _valid(records, as_of)

    def columns(
        self, kind: type[Record], names: Sequence[str], *, horizon: Mapping[str, int] | None = None
    ) -> dict[str, NDArray[Any]]:
        """Return fields of the records that no later one corrects, each as one array, in the order in which they came.

        Parameters
        ----------
        kind : type
            One of `jangkau.records.STORED`, usually one of very many rows.
        names : sequence of str
            Fields.
        horizon : mapping of noun to sequence, optional
            As the store was when `Store.horizon` gave this.

        Returns
        -------
        dict of str to array of shape (rows,)
            Numbers as float64, NaN where missing; times as datetime64[s], UTC; texts as objects, None where missing,
            one object for each different text.
        """
        table = _table(kind)
        query = _current(table, None if horizon is None else horizon.get(kind.noun, 0)).order_by(table.c.sequence)
        query = query.with_only_columns(*(table.c[name] for name in names))
        parts: list[list[NDArray[Any]]] = [[_array(table.c[name], (), {}) for name in names]]
        texts: dict[Any, Any] = {}
        with self.engine.connect() as connection:
            for rows in connection.execution_options(yield_per=_ROWS_IN_MEMORY).execute(query).partitions():
                values = zip(*rows, strict=True)
                parts.append([_array(table.c[n], v, texts) for n, v in zip(names, values, strict=True)])
        return {name: np.concatenate([part[k] for part in parts]) for k, name in enumerate(names)}

    def digest_of(self, kind: type[Record], horizon: Mapping[str, int] | None = None) -> str:
        """Return what `digest` gives of the records that no later one corrects, without reading more than digests."""
        table = _table(kind)
        query = _current(table, None if horizon is None else horizon.get(kind.noun, 0))
        with self.engine.connect() as connection:
            contents = connection.execute(query.with_only_columns(table.c.content)).scalars().all()
        return _digest(bytes(content) for content in contents)

    def history(self, kind: type[R], code: str) -> list[R]:
        """Return all that was ever recorded of one fact, corrected rows included, oldest first."""
        table = _table(kind)
        query = sa.select(table).where(table.c.code == code).order_by(table.c.sequence)
        with self.engine.connect() as connection:
            return _records(kind, connection.execute(query))

    def contradicts(self, record: Record) -> bool:
        """Tell whether another record is kept under the id of this one; `add` would refuse it."""
        if isinstance(record, Fact):
            return False
        table = _table(type(record))
        with self.engine.connect() as connection:
            kept = connection.execute(sa.select(table.c.content).where(table.c.id == record.id)).scalar()
        return kept is not None and kept != _content(record)

    def contradictions(self, columns: Columns) -> set[str]:
        """Return the ids of records that are no facts under which others are kept; see `contradicts`."""
        table, ids, contents = _table(columns.kind), columns.values["id"], _contents_of(columns)
        found: set[str] = set()
        with self.engine.connect() as connection:
            for start in range(0, len(ids), _AT_A_TIME):
                said = dict(zip(ids[start : start + _AT_A_TIME], contents[start : start + _AT_A_TIME], strict=True))
                query = sa.select(table.c.id, table.c.content).where(table.c.id.in_(list(said)))
                found |= {row.id for row in connection.execute(query) if bytes(row.content) != said[row.id]}
        return found

    def horizon(self) -> dict[str, int]:
        """Return the last sequence of each noun: a name for the store's present state."""
        with self.engine.connect() as connection:
            return audit.horizon(connection)

    def count(self, kind: type[Record]) -> int:
        """Return how many rows a noun has, corrected ones included."""
        with self.engine.connect() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(_table(kind))).scalar_one()

    def span(self, kind: type[Record]) -> Bounds | None:
        """Return the box around the positions of a noun [deg]; None when none has one."""
        table = _table(kind)
        x, y = table.c.longitude, table.c.latitude
        query = sa.select(sa.func.min(x), sa.func.min(y), sa.func.max(x), sa.func.max(y))
        with self.engine.connect() as connection:
            west, south, east, north = connection.execute(query).one()
        return None if west is None else Bounds(west, south, east, north)

    def source_with(self, sha256: str, kind: str) -> Source | None:
        """Return the source that was already imported from these bytes as this kind, if any."""
        found = self.read(Source, where={"sha256": sha256, "kind": kind})
        return found[0] if found else None


def digest(records: Iterable[Record]) -> str:
    """Return the SHA-256 of what records say, whatever their ids and order."""
    return _digest(_content(record) for record in records)


def _digest(contents: Iterable[bytes]) -> str:
    total = hashlib.sha256()
    for content in sorted(contents):
        total.update(content)
    return total.hexdigest()


def _array(column: sa.Column[Any], values: Sequence[Any], texts: dict[Any, Any]) -> NDArray[Any]:
    """Return the values of a column as an array; equal texts share one object of `texts`."""
    if isinstance(column.type, Moment):
        return np.array([None if v is None else v.replace(tzinfo=None) for v in values], "datetime64[s]")
    if isinstance(column.type, sa.Text):
        found = np.empty(len(values), object)
        found[:] = [None if v is None else texts.setdefault(v, v) for v in values]
        return found
    return np.array([math.nan if v is None else v for v in values], np.float64)


def _table(kind: type[Record]) -> sa.Table:
    if kind not in STORED:
        raise StoreError("store.not_stored", noun=kind.noun or kind.__name__)
    return TABLES[kind]


def _current(table: sa.Table, last: int | None) -> sa.Select[Any]:
    """Select the rows that no later one corrects, up to a sequence."""
    later = table.alias("later")
    corrected = sa.select(1).where(later.c.corrects == table.c.id)
    query = sa.select(table)
    if last is not None:
        query, corrected = query.where(table.c.sequence <= last), corrected.where(later.c.sequence <= last)
    return query.where(~corrected.exists())


def _records(kind: type[R], rows: Iterable[sa.Row[Any]]) -> list[R]:
    names = [f.name for f in dataclasses.fields(kind)]
    return [kind(**dict(zip(names, (row._mapping[name] for name in names), strict=True))) for row in rows]


def _add_facts(connection: sa.Connection, table: sa.Table, records: list[Fact]) -> Added:
    kind = type(records[0])
    query = _current(table, None).where(table.c.code.in_({r.code for r in records}))
    current = {(r.code, r.valid_from): r for r in _records(kind, connection.execute(query))}
    there = set(connection.execute(sa.select(table.c.id).where(table.c.id.in_([r.id for r in records]))).scalars())
    total, kept = Added(), []
    for record in records:
        if record.id in there:
            total += Added(unchanged=1)
            continue
        there.add(record.id)
        key = (record.code, record.valid_from)
        old = current.get(key)
        if old is None:
            new, outcome = record, Added(new=1)
        else:
            said = {k: v for k, v in _contents(old) if getattr(record, k) is None and v is not None}
            new, outcome = dataclasses.replace(record, corrects=old.id, **said), Added(corrected=1)
            if _content(new) == _content(old):
                total += Added(unchanged=1)
                continue
        current[key] = new
        kept.append(new)
        total += outcome
    _insert_facts(connection, table, kept)
    return total


def _add_others(connection: sa.Connection, table: sa.Table, columns: Columns) -> Added:
    """Store records of which each stands for itself; what says the same as one that is there adds nothing."""
    before = connection.execute(sa.select(sa.func.coalesce(sa.func.max(table.c.sequence), 0))).scalar_one()
    contents = _contents_of(columns)
    stored = _insert(connection, table, columns, contents)
    ids, corrects = columns.values["id"], columns.values.get("corrects") or [None] * len(columns)
    if stored < len(columns):
        new = set(connection.execute(sa.select(table.c.id).where(table.c.sequence > before)).scalars())
        kept = []
        for one in ids:
            kept.append(one in new)
            new.discard(one)
        _check_left_out(connection, table, [(i, c) for i, c, k in zip(ids, contents, kept, strict=True) if not k])
        corrects = [given for given, k in zip(corrects, kept, strict=True) if k]
    corrected = sum(given is not None for given in corrects)
    return Added(stored - corrected, corrected, len(columns) - stored)


def _check_left_out(connection: sa.Connection, table: sa.Table, left_out: Sequence[tuple[str, bytes]]) -> None:
    """Raise StoreError when what was not stored is not there already: its id, or what it corrects, was taken."""
    for start in range(0, len(left_out), _AT_A_TIME):
        part = left_out[start : start + _AT_A_TIME]
        by_id = sa.select(table.c.id, table.c.content).where(table.c.id.in_([one for one, _ in part]))
        known = {row.id: bytes(row.content) for row in connection.execute(by_id)}
        same = sa.select(table.c.content).where(table.c.content.in_([content for _, content in part]))
        there = {bytes(content) for content in connection.execute(same).scalars()}
        for one, content in part:
            if known.get(one, content) != content:
                raise StoreError("store.id_repeated", noun=table.name, id=one)
            if content not in there:
                raise StoreError("store.refused", noun=table.name, id=one, reason="corrects")


def _insert(connection: sa.Connection, table: sa.Table, columns: Columns, contents: list[bytes]) -> int:
    """Insert rows, but none that a unique column of the table forbids; returns how many."""
    values: dict[str, list[Any]] = {n: v for n, v in columns.values.items() if any(one is not None for one in v)}
    values["content"] = contents
    if columns.kind is Measurement:
        positions = zip(values["longitude"], values["latitude"], strict=True)
        values["tile"] = [tile_key(longitude, latitude) for longitude, latitude in positions]
    dialect = connection.dialect
    for name, column in values.items():
        process = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        if process is not None and name != "content":
            values[name] = _processed(column, process)
    named = insert_of(dialect.name)(table).on_conflict_do_nothing().compile(dialect=dialect, column_keys=list(values))
    rows = zip(*(values[name] for name in named.positiontup or values), strict=True)
    if named.positional:
        return connection.exec_driver_sql(str(named), list(rows)).rowcount
    return connection.exec_driver_sql(str(named), [dict(zip(values, row, strict=True)) for row in rows]).rowcount


def _processed(column: list[Any], process: Callable[[Any], Any]) -> list[Any]:
    """Return a column as the database takes it; equal values are worked out once."""
    known = {value: process(value) for value in set(column)}
    return [known[value] for value in column]


def _insert_facts(connection: sa.Connection, table: sa.Table, records: Sequence[Fact]) -> None:
    if not records:
        return
    rows = [
        {f.name: getattr(record, f.name) for f in dataclasses.fields(record)} | {"content": _content(record)}
        for record in records
    ]
    try:
        connection.execute(sa.insert(table), rows)
    except sa.exc.IntegrityError as error:
        raise StoreError("store.refused", noun=table.name, id=records[0].id, reason=str(error.orig)) from error


def _contents_of(columns: Columns) -> list[bytes]:
    """Return for each record of columns what `_content` gives."""
    outside = _OUTSIDE_CONTENT | (_OUTSIDE_SOURCE if columns.kind is Source else set())
    said: list[Iterable[str]] = []
    for field in dataclasses.fields(columns.kind):
        values = columns.values.get(field.name, ())
        if field.name not in outside and any(value is not None for value in values):
            said.append(_said(field.name, values))
    first = f"[{(columns.kind.noun, None)!r}"
    rows = map("".join, islice(zip(*said, repeat(""), strict=False), len(columns)))
    return [hashlib.sha256(f"{first}{row}]".encode()).digest()[:16] for row in rows]


def _said(name: str, values: Sequence[Any]) -> Iterable[str]:
    """Return what a field says in each record, empty where nothing; times and texts are worked out once each."""
    if type(next(value for value in values if value is not None)) in (int, float):
        begin = f", ({name!r}, "
        return ["" if value is None else f"{begin}{value!r})" for value in values]
    known = {value: f", ({name!r}, {_plain(value)!r})" for value in set(values) if value is not None}
    return (
        repeat(next(iter(known.values())))
        if len(known) == 1 and None not in values
        else [known.get(v, "") for v in values]
    )


def _contents(record: Record) -> list[tuple[str, Any]]:
    outside = _OUTSIDE_CONTENT | (_OUTSIDE_SOURCE if isinstance(record, Source) else set())
    return [(f.name, getattr(record, f.name)) for f in dataclasses.fields(record) if f.name not in outside]


def _content(record: Record) -> bytes:
    said = [(record.noun, None), *((name, _plain(value)) for name, value in _contents(record) if value is not None)]
    return hashlib.sha256(repr(said).encode()).digest()[:16]


def _plain(value: Any) -> Any:
    """Return a value as text or number, the same whatever the store."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else value


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
    return cast(list[R], list(latest.values())) if latest else others
