"""The audit chain: who did what, when, and a digest of every row that came with it.

Each entry's hash covers the entry before, so that nothing in the middle can be changed or left out unseen. The head
(`Checkpoint`), kept elsewhere, shows that the end was not cut off either.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from jangkau.messages import Message
from jangkau.store.columns import Day, Moment
from jangkau.store.schema import AUDIT, TABLES

FIRST = "0" * 64
"""The hash before the first entry."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who does what, and when."""

    actor: str
    action: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a chain: number and hash of its last entry, and when that was made."""

    sequence: int
    hash: str
    time: str


def horizon(connection: sa.Connection) -> dict[str, int]:
    """Return the last sequence of each noun."""
    return {
        kind.noun: connection.execute(sa.select(sa.func.coalesce(sa.func.max(t.c.sequence), 0))).scalar_one()
        for kind, t in TABLES.items()
    }


def cover(connection: sa.Connection, act: Act, said: Mapping[str, Any] | None = None) -> None:
    """Append an entry for all rows that no entry covers yet, in the transaction that wrote them.

    Parameters
    ----------
    connection : Connection
        Of `connection.writing`: writers take turns.
    act : Act
    said : mapping, optional
        What else the entry says, as plain values; no secrets.
    """
    head = _head(connection)
    covered = json.loads(head.detail)["covered"] if head else {}
    now = horizon(connection)
    rows = {
        noun: {
            "after": covered.get(noun, 0),
            "to": last,
            "sha256": _digest(connection, noun, covered.get(noun, 0), last),
        }
        for noun, last in now.items()
        if last > covered.get(noun, 0)
    }
    detail = json.dumps({"covered": now, "rows": rows, **(said or {})}, sort_keys=True, ensure_ascii=False)
    entry = {
        "sequence": (head.sequence if head else 0) + 1,
        "time": act.time.astimezone(UTC),
        "actor": act.actor,
        "action": act.action,
        "detail": detail,
    }
    connection.execute(sa.insert(AUDIT), [entry | {"hash": _hash(head.hash if head else FIRST, entry)}])


def checkpoint(connection: sa.Connection) -> Checkpoint | None:
    """Return the head of the chain; None of an empty one."""
    head = _head(connection)
    return None if head is None else Checkpoint(head.sequence, head.hash, head.time.astimezone(UTC).isoformat())


def entries(connection: sa.Connection, *, before: int | None = None, limit: int = 100) -> list[dict[str, Any]]:
    """Return entries, newest first."""
    query = sa.select(AUDIT).order_by(AUDIT.c.sequence.desc()).limit(limit)
    if before is not None:
        query = query.where(AUDIT.c.sequence < before)
    return [dict(row._mapping) for row in connection.execute(query)]


def troubles(connection: sa.Connection, kept: Checkpoint | None = None) -> Iterator[Message]:
    """Check the whole chain against the rows it covers, and against a checkpoint; gives what is wrong.

    Parameters
    ----------
    connection : Connection
    kept : Checkpoint, optional
        A head that was kept elsewhere.
    """
    before, number, covered, at_kept = FIRST, 0, dict.fromkeys((k.noun for k in TABLES), 0), ""
    for row in connection.execute(sa.select(AUDIT).order_by(AUDIT.c.sequence)).all():
        number += 1
        entry = {name: row._mapping[name] for name in ("sequence", "time", "actor", "action", "detail")}
        if row.sequence != number or row.hash != _hash(before, entry):
            yield Message("verify.entry_changed", {"entry": number})
            return
        detail = json.loads(row.detail)
        for noun, part in detail["rows"].items():
            if part["sha256"] != _digest(connection, noun, part["after"], part["to"]):
                yield Message("verify.rows_changed", {"noun": noun, "entry": number, "time": row.time.isoformat()})
        before, covered = row.hash, detail["covered"]
        at_kept = row.hash if kept is not None and kept.sequence == number else at_kept
    for noun, last in horizon(connection).items():
        if last > covered.get(noun, 0):
            yield Message("verify.rows_uncovered", {"noun": noun, "count": last - covered.get(noun, 0)})
    if kept is not None and at_kept != kept.hash:
        yield Message("verify.cut_off", {"entry": kept.sequence, "time": kept.time, "found": number})


def _head(connection: sa.Connection) -> sa.Row[Any] | None:
    return connection.execute(sa.select(AUDIT).order_by(AUDIT.c.sequence.desc()).limit(1)).first()


def _hash(before: str, entry: Mapping[str, Any]) -> str:
    said = [before, entry["sequence"], entry["time"].isoformat(), entry["actor"], entry["action"], entry["detail"]]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def _digest(connection: sa.Connection, noun: str, after: int, last: int) -> str:
    """Return the SHA-256 of rows as records: the same in every kind of store, and before a field was added later.

    A field that older stores lack counts by name, and only where it is filled.
    """
    kind, table = next((k, t) for k, t in TABLES.items() if k.noun == noun)
    fields = dataclasses.fields(kind)
    first = [table.c[f.name] for f in fields if not f.metadata["later"]]
    later = [f.name for f in fields if f.metadata["later"]]
    columns = [*first, *(table.c[name] for name in later)]
    query = sa.select(*(_as_kept(column, connection) for column in columns))
    query = query.where(table.c.sequence > after, table.c.sequence <= last).order_by(table.c.sequence)
    total, encode = hashlib.sha256(), json.JSONEncoder(ensure_ascii=False, default=_plain).encode
    for rows in connection.execute(query.execution_options(yield_per=5000)).partitions():
        for row in rows:
            said = list(row)
            if later:
                added = [[name, v] for name, v in zip(later, said[len(first) :], strict=True) if v is not None]
                said[len(first) :] = added
            total.update(encode(said).encode())
    return total.hexdigest()


def _as_kept(column: sa.Column[Any], connection: sa.Connection) -> sa.ColumnElement[Any]:
    """Return a column whose times and days SQLite keeps as the very text that is digested, without reading it."""
    is_text = connection.dialect.name == "sqlite" and isinstance(column.type, (Moment, Day))
    return sa.type_coerce(column, sa.Text()) if is_text else column


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value.isoformat()
