"""Phones: invited by a code that works once and for minutes, then known by a token that the phone itself has made.

Of code and token the store keeps SHA-256 only: who reads the store cannot send with it.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from jangkau.errors import InputError
from jangkau.store import audit
from jangkau.store.accounts import account_named
from jangkau.store.audit import Act
from jangkau.store.database import Store
from jangkau.store.schema import ACCOUNT, DEVICE

TESTERS = ("admin", "planner", "officer", "device")
"""Roles for which a phone may be enrolled."""

CODE_MINUTES = 15
SHORTEST_TOKEN = 40
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without those that are mistaken for others."""


@dataclass(frozen=True, slots=True)
class Device:
    """A phone, invited or enrolled; `account` is whose it is, `works` whether it may send now."""

    code: str
    name: str
    account: str
    role: str
    made_by: str
    created_at: datetime
    enrolled_at: datetime | None
    revoked_at: datetime | None
    works: bool


def invite(store: Store, account: str, act: Act) -> tuple[Device, str]:
    """Make a place for a phone; returns it and the code, which works once within `CODE_MINUTES`.

    Raises
    ------
    InputError
        When there is no such account, or none that tests.
    """
    owner = account_named(store, account)
    if owner is None or owner.role not in TESTERS:
        raise InputError("device.no_tester", name=account)
    code = f"HP-{_random(5)}"
    enrolment = f"{_random(5)}-{_random(5)}"
    row = {
        "code": code,
        "account_id": owner.id,
        "name": "",
        "enrolment_hash": _hash(enrolment),
        "enrolment_ends_at": act.time + timedelta(minutes=CODE_MINUTES),
        "made_by": act.actor,
        "created_at": act.time,
    }
    with store.writing() as connection:
        connection.execute(sa.insert(DEVICE), [row])
        audit.cover(connection, act, {"device": code, "account": owner.name})
    return _found(store, DEVICE.c.code == code), enrolment


def enrol(store: Store, enrolment: str, token: str, name: str, act: Act) -> Device:
    """Let a phone in with its code; the same phone may repeat it, as the answer may have been lost on the way.

    Parameters
    ----------
    store : Store
    enrolment : str
        The code from the picture.
    token : str
        Made by the phone at random, at least `SHORTEST_TOKEN` characters.
    name : str
        What the phone calls itself: maker and model, never a number.
    act : Act

    Raises
    ------
    InputError
        When the code is unknown, too old, or was used by another phone.
    """
    if len(token) < SHORTEST_TOKEN:
        raise InputError("device.short_token", least=SHORTEST_TOKEN)
    own = DEVICE.c.enrolment_hash == _hash(enrolment.strip().upper())
    with store.writing() as connection:
        row = connection.execute(sa.select(DEVICE).where(own)).first()
        if row is None or row.revoked_at is not None:
            raise InputError("device.bad_code")
        if row.token_hash is None:
            if row.enrolment_ends_at < act.time:
                raise InputError("device.old_code", minutes=CODE_MINUTES)
            said = {"token_hash": _hash(token), "name": name, "enrolled_at": act.time}
            connection.execute(sa.update(DEVICE).where(own).values(said))
            audit.cover(connection, act, {"device": row.code})
        elif row.token_hash != _hash(token):
            raise InputError("device.used_code")
    return _found(store, own)


def device_of(store: Store, token: str) -> Device | None:
    """Return the phone that has a token, whether it may still send or not."""
    try:
        return _found(store, DEVICE.c.token_hash == _hash(token))
    except InputError:
        return None


def devices(store: Store) -> list[Device]:
    """Return all phones, the newest first."""
    with store.engine.connect() as connection:
        rows = connection.execute(_joined().order_by(DEVICE.c.created_at.desc(), DEVICE.c.code)).all()
    return [_device(row) for row in rows]


def revoke(store: Store, code: str, act: Act) -> Device:
    """Keep a phone from sending from now on; InputError when there is none of this code."""
    found = _found(store, DEVICE.c.code == code)
    if found.revoked_at is not None:
        return found
    with store.writing() as connection:
        connection.execute(sa.update(DEVICE).where(DEVICE.c.code == code).values(revoked_at=act.time))
        audit.cover(connection, act, {"device": code})
    return _found(store, DEVICE.c.code == code)


def _joined() -> sa.Select[Any]:
    owner = (ACCOUNT.c.name.label("account"), ACCOUNT.c.role, ACCOUNT.c.disabled_at)
    return sa.select(DEVICE, *owner).join(ACCOUNT, ACCOUNT.c.id == DEVICE.c.account_id)


def _found(store: Store, which: sa.ColumnElement[bool]) -> Device:
    with store.engine.connect() as connection:
        row = connection.execute(_joined().where(which)).first()
    if row is None:
        raise InputError("device.unknown")
    return _device(row)


def _device(row: sa.Row[Any]) -> Device:
    works = row.enrolled_at is not None and row.revoked_at is None and row.disabled_at is None
    return Device(
        row.code, row.name, row.account, row.role, row.made_by, row.created_at, row.enrolled_at, row.revoked_at, works
    )


def _random(count: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(count))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
