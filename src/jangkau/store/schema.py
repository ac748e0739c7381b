"""The tables of a store: one for each noun of `jangkau.records`, and the store's own.

Every noun's table has the fields of its record, `sequence` (the order in which rows came) and `content` (a digest of
what the record says). `migrations/` makes these tables; a test compares.
"""

import dataclasses
import typing
from datetime import date, datetime
from types import UnionType
from typing import Any, get_args, get_origin

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from jangkau.records import STORED, Fact, Record
from jangkau.store.columns import Bytes, Day, Flag, Moment, Real, Text, Whole

METADATA = sa.MetaData()

_TYPES: dict[Any, TypeEngine[Any] | type[TypeEngine[Any]]] = {
    str: Text,
    int: Whole,
    float: Real,
    bool: Flag,
    bytes: Bytes,
    date: Day,
    datetime: Moment,
}
_LOOKED_UP = {
    "village": ["district_code"],
    "place": ["village_code"],
    "cell": ["site_code"],
    "link": ["place_code"],
    "measurement": ["time"],
    "visit": ["place_code"],
    "probe": ["link_code"],
    "claim": ["village_code"],
    "mark": ["night"],
    "remedy": ["village_code", "place_code"],
    "task": ["remedy_code"],
    "request": ["stakeholder_code", "remedy_code"],
    "run": ["code"],
    "sheet": ["place_code", "device_code"],
    "attachment": ["sha256"],
}
"""Columns with an index, beside those that every table has."""


DOT = ("tile", "operator", "longitude", "latitude", "rsrp_dbm", "service")
"""What a map shows of a measurement; an index holds all of it, so that no row is looked up."""


def _plain(hint: Any) -> Any:
    """Return the type of a field without `None`; a choice of words is a text."""
    if get_origin(hint) in (UnionType, typing.Union):
        hint = next(a for a in get_args(hint) if a is not type(None))
    return str if get_origin(hint) is typing.Literal else hint


def _table_of(kind: type[Record]) -> sa.Table:
    hints = typing.get_type_hints(kind)
    columns: list[sa.Column[Any]] = [sa.Column("sequence", Whole, primary_key=True)]
    for field in dataclasses.fields(kind):
        hint = hints[field.name]
        columns.append(
            sa.Column(
                field.name, _TYPES[_plain(hint)], nullable=type(None) in get_args(hint), unique=field.name == "id"
            )
        )
    columns.append(sa.Column("content", Bytes, nullable=False))
    if kind.noun == "measurement":
        columns.append(sa.Column("tile", Whole))
    table = sa.Table(kind.noun, METADATA, *columns, sqlite_strict=True)
    given = table.c.corrects.isnot(None)
    sa.Index(f"{kind.noun}_corrects", table.c.corrects, unique=True, sqlite_where=given, postgresql_where=given)
    if issubclass(kind, Fact):
        sa.Index(f"{kind.noun}_code", table.c.code)
    else:
        sa.Index(f"{kind.noun}_content", table.c.content, unique=True)
    for name in _LOOKED_UP.get(kind.noun, []):
        sa.Index(f"{kind.noun}_{name}", table.c[name])
    if kind.noun == "measurement":
        sa.Index("measurement_dots", *(table.c[name] for name in DOT))
    return table


TABLES: dict[type[Record], sa.Table] = {kind: _table_of(kind) for kind in STORED}
"""The table of each noun."""

AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("sequence", Whole, primary_key=True, autoincrement=False),
    sa.Column("time", Moment, nullable=False),
    sa.Column("actor", Text, nullable=False),
    sa.Column("action", Text, nullable=False),
    sa.Column("detail", Text, nullable=False),
    sa.Column("hash", Text, nullable=False),
    sqlite_strict=True,
)
"""What was done, by whom and when; each row's hash covers the one before."""

ACCOUNT = sa.Table(
    "account",
    METADATA,
    sa.Column("id", Text, primary_key=True),
    sa.Column("name", Text, nullable=False, unique=True),
    sa.Column("role", Text, nullable=False),
    sa.Column("operator", Text),
    sa.Column("password_hash", Text),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("disabled_at", Moment),
    sqlite_strict=True,
)
"""Who may come in. A row is never deleted."""

SESSION = sa.Table(
    "session",
    METADATA,
    sa.Column("token_hash", Text, primary_key=True),
    sa.Column("account_id", Text, nullable=False),
    sa.Column("csrf", Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sqlite_strict=True,
)
sa.Index("session_account_id", SESSION.c.account_id)

DEVICE = sa.Table(
    "device",
    METADATA,
    sa.Column("code", Text, primary_key=True),
    sa.Column("account_id", Text, nullable=False),
    sa.Column("name", Text, nullable=False),
    sa.Column("token_hash", Text, unique=True),
    sa.Column("enrolment_hash", Text, unique=True),
    sa.Column("enrolment_ends_at", Moment),
    sa.Column("made_by", Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("enrolled_at", Moment),
    sa.Column("revoked_at", Moment),
    sqlite_strict=True,
)
"""Phones: invited by a code that works once and for minutes, then known by a token. A row is never deleted."""
