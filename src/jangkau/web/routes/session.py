"""Coming in: the first administrator, log-in, log-out."""

import hmac
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from jangkau.store.accounts import Session, any_account, begin_session, check_password, end_session, make_account
from jangkau.store.audit import Act
from jangkau.web.problems import RefusedError
from jangkau.web.security import Attempts, TheDesk, TheSession, cookie_name, current_session, set_cookie

router = APIRouter(tags=["session"])


class Credentials(BaseModel):
    """A name and its password."""

    name: str = Field(max_length=60)
    password: str = Field(max_length=400)


class FirstAccount(Credentials):
    """The first administrator, with the token that `serve` printed in its terminal."""

    token: str = Field(max_length=100)


def attempts_of(request: Request) -> Attempts:
    """Return the failed log-ins of the app."""
    found: Attempts = request.app.state.attempts
    return found


TheAttempts = Annotated[Attempts, Depends(attempts_of)]


def _as_json(request: Request, session: Session | None, setup_needed: bool) -> dict[str, Any]:
    account = None
    if session is not None:
        account = {name: getattr(session.account, name) for name in ("name", "role", "operator")}
    return {
        "account": account,
        "csrf": None if session is None else session.csrf,
        "setup_needed": setup_needed,
        "oidc": request.app.state.oidc,
    }


@router.get("/session")
def who(request: Request, desk: TheDesk) -> dict[str, Any]:
    """Say who is logged in, and whether the first account is still to be made."""
    try:
        found = current_session(request, desk)
    except RefusedError:
        found = None
    return _as_json(request, found, found is None and not any_account(desk.store))


@router.post("/setup", status_code=201)
def setup(
    request: Request, response: Response, desk: TheDesk, attempts: TheAttempts, body: FirstAccount
) -> dict[str, Any]:
    """Make the first administrator; the token shows that whoever asks can read the server's terminal."""
    now, keys = desk.clock(), (f"setup {_from(request)}",)
    attempts.check(keys, now)
    if not hmac.compare_digest(body.token.strip().encode(), request.app.state.setup_token.encode()):
        attempts.failed(keys, now)
        raise RefusedError(403, "problem.wrong_token")
    account = make_account(desk.store, body.name, "admin", body.password, Act(body.name, "set up", now), first=True)
    token, session = begin_session(desk.store, account, Act(account.name, "log in", now))
    set_cookie(request, response, token)
    return _as_json(request, session, False)


@router.post("/session")
def log_in(
    request: Request, response: Response, desk: TheDesk, attempts: TheAttempts, body: Credentials
) -> dict[str, Any]:
    """Log in."""
    now, keys = desk.clock(), (f"name {body.name.strip()}", f"from {_from(request)}")
    attempts.check(keys, now)
    account = check_password(desk.store, body.name, body.password)
    if account is None:
        attempts.failed(keys, now)
        raise RefusedError(401, "problem.wrong_password")
    token, session = begin_session(desk.store, account, Act(account.name, "log in", now))
    set_cookie(request, response, token)
    return _as_json(request, session, False)


@router.delete("/session", status_code=204)
def log_out(request: Request, response: Response, desk: TheDesk, session: TheSession) -> None:
    """Log out."""
    end_session(desk.store, request.cookies.get(cookie_name(request), ""))
    response.delete_cookie(cookie_name(request))


def _from(request: Request) -> str:
    return request.client.host if request.client else ""
