"""Accounts and sessions: who may come in, as what, for how long. Passwords are kept as argon2id hashes only.

Of a session the store keeps the SHA-256 of its token: who reads the store cannot come in with it.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal, get_args

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from jangkau.errors import InputError
from jangkau.records import new_id
from jangkau.store import audit
from jangkau.store.audit import Act
from jangkau.store.database import Store
from jangkau.store.schema import ACCOUNT, SESSION

Role = Literal["admin", "planner", "officer", "operator", "viewer", "device"]
ROLES: tuple[str, ...] = get_args(Role)
SESSION_DAYS = 7
SHORTEST_PASSWORD = 10

_HASHER = PasswordHasher()  # argon2id


@cache
def _nobody() -> str:
    """Return a hash to verify when there is no such account, so that the answer takes as long."""
    return _HASHER.hash(secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may come in; `operator` limits what an operator's people see."""

    id: str
    name: str
    role: str
    operator: str | None
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """A session that holds: its account and the token that every change must carry."""

    account: Account
    csrf: str


def any_account(store: Store) -> bool:
    """Tell whether the first account was made."""
    with store.engine.connect() as connection:
        return connection.execute(sa.select(ACCOUNT.c.id).limit(1)).first() is not None


def accounts(store: Store) -> list[Account]:
    """Return all accounts by name, disabled ones included."""
    with store.engine.connect() as connection:
        return [_account(row) for row in connection.execute(sa.select(ACCOUNT).order_by(ACCOUNT.c.name))]


def make_account(
    store: Store,
    name: str,
    role: str,
    password: str | None,
    act: Act,
    *,
    operator: str | None = None,
    first: bool = False,
) -> Account:
    """Make an account.

    Parameters
    ----------
    store : Store
    name : str
        2 to 60 characters, not used before.
    role : str
        One of `ROLES`.
    password : str or None
        At least `SHORTEST_PASSWORD` characters; None: somebody who comes in by a provider only.
    act : Act
    operator : str, optional
        Whose rows somebody of the role operator sees.
    first : bool
        Refuse when there is an account already.

    Raises
    ------
    InputError
    """
    name = name.strip()
    if not 2 <= len(name) <= 60 or not name.isprintable():
        raise InputError("account.bad_name")
    if role not in ROLES:
        raise InputError("account.bad_role", role=role, known=", ".join(ROLES))
    if password is not None and len(password) < SHORTEST_PASSWORD:
        raise InputError("account.short_password", least=SHORTEST_PASSWORD)
    if role == "operator" and not operator:
        raise InputError("account.no_operator")
    hashed = None if password is None else _HASHER.hash(password)
    with store.writing() as connection:
        if first and connection.execute(sa.select(ACCOUNT.c.id).limit(1)).first() is not None:
            raise InputError("account.not_first")
        if connection.execute(sa.select(ACCOUNT.c.id).where(ACCOUNT.c.name == name)).first() is not None:
            raise InputError("account.taken", name=name)
        made = Account(new_id(act.time), name, role, operator, act.time, None)
        row = {
            "id": made.id,
            "name": name,
            "role": role,
            "operator": operator,
            "password_hash": hashed,
            "created_at": act.time,
        }
        connection.execute(sa.insert(ACCOUNT), [row])
        audit.cover(connection, act, {"account": name, "role": role})
    return made


def disable_account(store: Store, name: str, act: Act) -> None:
    """Keep somebody out from now on; the last administrator stays (InputError)."""
    with store.writing() as connection:
        row = connection.execute(sa.select(ACCOUNT).where(ACCOUNT.c.name == name)).first()
        if row is None:
            raise InputError("account.unknown", name=name)
        others = sa.select(ACCOUNT.c.id).where(
            ACCOUNT.c.role == "admin", ACCOUNT.c.disabled_at.is_(None), ACCOUNT.c.name != name
        )
        if row.role == "admin" and connection.execute(others).first() is None:
            raise InputError("account.last_admin")
        connection.execute(sa.update(ACCOUNT).where(ACCOUNT.c.name == name).values(disabled_at=act.time))
        connection.execute(sa.delete(SESSION).where(SESSION.c.account_id == row.id))
        audit.cover(connection, act, {"account": name})


def check_password(store: Store, name: str, password: str) -> Account | None:
    """Return the account if the password is right and it is not disabled; takes as long when it is not."""
    with store.engine.connect() as connection:
        row = connection.execute(sa.select(ACCOUNT).where(ACCOUNT.c.name == name.strip())).first()
    kept = row.password_hash if row is not None and row.password_hash else _nobody()
    try:
        _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return None
    return _account(row) if row is not None and row.disabled_at is None else None


def account_named(store: Store, name: str) -> Account | None:
    """Return the account of a name if it is not disabled, whatever the case of its letters."""
    query = sa.select(ACCOUNT).where(sa.func.lower(ACCOUNT.c.name) == name.strip().lower())
    with store.engine.connect() as connection:
        rows = connection.execute(query).all()
    return _account(rows[0]) if len(rows) == 1 and rows[0].disabled_at is None else None


def begin_session(store: Store, account: Account, act: Act) -> tuple[str, Session]:
    """Begin a session; returns its token, which only the browser keeps, and the session. Old ones are swept away."""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    row = {
        "token_hash": _hash(token),
        "account_id": account.id,
        "csrf": csrf,
        "created_at": act.time,
        "expires_at": act.time + timedelta(days=SESSION_DAYS),
    }
    with store.writing() as connection:
        connection.execute(sa.delete(SESSION).where(SESSION.c.expires_at < act.time))
        connection.execute(sa.insert(SESSION), [row])
        audit.cover(connection, act)
    return token, Session(account, csrf)


def session_of(store: Store, token: str, now: datetime) -> Session | None:
    """Return the session of a token if it holds."""
    query = (
        sa.select(ACCOUNT, SESSION.c.csrf, SESSION.c.expires_at)
        .join(SESSION, SESSION.c.account_id == ACCOUNT.c.id)
        .where(SESSION.c.token_hash == _hash(token))
    )
    with store.engine.connect() as connection:
        row = connection.execute(query).first()
    if row is None or row.expires_at < now or row.disabled_at is not None:
        return None
    return Session(_account(row), row.csrf)


def end_session(store: Store, token: str) -> None:
    """End a session."""
    with store.writing() as connection:
        connection.execute(sa.delete(SESSION).where(SESSION.c.token_hash == _hash(token)))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _account(row: sa.Row[Any]) -> Account:
    return Account(row.id, row.name, row.role, row.operator, row.created_at, row.disabled_at)
