"""Who asks, and whether they may: sessions by cookie, a token against forged requests, slow log-in, strict headers."""

import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request, Response

from jangkau.store.accounts import SESSION_DAYS, Account, Session, session_of
from jangkau.web.desk import Desk
from jangkau.web.problems import RefusedError

EDITORS = ("admin", "planner")
"""Roles that may change things."""

SEND_READERS = ("admin", "planner", "officer")
"""Roles that may see which stations cannot send."""

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def desk_of(request: Request) -> Desk:
    """Return the desk of the app."""
    found: Desk = request.app.state.desk
    return found


TheDesk = Annotated[Desk, Depends(desk_of)]


def cookie_name(request: Request) -> str:
    """Return the name of the session cookie; over TLS one that no other host can set."""
    return "__Host-jangkau" if request.url.scheme == "https" else "jangkau"


def set_cookie(request: Request, response: Response, token: str) -> None:
    """Give the browser a session."""
    secure = request.url.scheme == "https"
    response.set_cookie(
        cookie_name(request), token, max_age=SESSION_DAYS * 86400, httponly=True, secure=secure, samesite="strict"
    )


def current_session(request: Request, desk: TheDesk) -> Session:
    """Return the session of a request; a change must carry its token."""
    token = request.cookies.get(cookie_name(request), "")
    found = session_of(desk.store, token, desk.clock()) if token else None
    if found is None:
        raise RefusedError(401, "problem.log_in")
    if request.method not in SAFE_METHODS and request.headers.get("x-csrf-token") != found.csrf:
        raise RefusedError(403, "problem.forged")
    return found


TheSession = Annotated[Session, Depends(current_session)]


def account_of(session: TheSession) -> Account:
    """Return who asks."""
    return session.account


TheAccount = Annotated[Account, Depends(account_of)]


def allowed(*roles: str) -> Callable[[Account], Account]:
    """Return a dependency that lets only some roles pass."""

    def check(account: TheAccount) -> Account:
        if account.role not in roles:
            raise RefusedError(403, "problem.not_allowed")
        return account

    return check


Editor = Annotated[Account, Depends(allowed(*EDITORS))]
Admin = Annotated[Account, Depends(allowed("admin"))]


class Attempts:
    """Failed log-ins of late, by whom and from where; too many of them must wait."""

    def __init__(self, most: int = 5, within: timedelta = timedelta(minutes=5)) -> None:
        self._most, self._within = most, within
        self._failed: dict[str, deque[datetime]] = {}
        self._lock = threading.Lock()

    def check(self, keys: tuple[str, ...], now: datetime) -> None:
        """Refuse when any of the keys has failed too often."""
        with self._lock:
            for key in keys:
                failed = self._failed.get(key, deque())
                while failed and failed[0] < now - self._within:
                    failed.popleft()
                if len(failed) >= self._most:
                    wait = int((failed[0] + self._within - now).total_seconds()) + 1
                    raise RefusedError(429, "problem.too_often", {"Retry-After": str(wait)}, seconds=wait)

    def failed(self, keys: tuple[str, ...], now: datetime) -> None:
        """Note a failure; what is long past is forgotten."""
        with self._lock:
            for key in keys:
                self._failed.setdefault(key, deque()).append(now)
            for key in [k for k, v in self._failed.items() if v[-1] < now - self._within]:
                del self._failed[key]
