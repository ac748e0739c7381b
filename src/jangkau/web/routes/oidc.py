"""Coming in with the office's account: OpenID Connect, where the environment names a provider.

Nobody gets an account by this: an administrator has made one under the name that the provider says.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from jangkau.errors import InputError
from jangkau.store.accounts import account_named, begin_session
from jangkau.store.audit import Act
from jangkau.web.desk import Desk
from jangkau.web.problems import LOG
from jangkau.web.security import TheDesk, set_cookie

ON_THE_WAY_S = 600
"""Seconds that somebody has to log in at the provider."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Who vouches for people, and the claim of theirs that is the name of an account here."""

    issuer: str
    client_id: str
    client_secret: str
    claim: str = "email"

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Provider | None":
        """Return the provider that ``JANGKAU_OIDC_*`` names; None where there is none.

        Raises
        ------
        InputError
            When some of it is missing.
        """
        names = {name: f"JANGKAU_OIDC_{name.upper()}" for name in ("issuer", "client_id", "client_secret")}
        given = {name: environment.get(variable, "") for name, variable in names.items()}
        if not any(given.values()):
            return None
        missing = [names[name] for name, value in given.items() if not value]
        if missing:
            raise InputError("oidc.missing", missing=", ".join(missing))
        return cls(**given, claim=environment.get("JANGKAU_OIDC_CLAIM") or "email")

    def name_in(self, said: Mapping[str, Any]) -> str:
        """Return the name of an account by what the provider says of somebody; empty where it does not vouch for it."""
        if self.claim == "email" and said.get("email_verified") is not True:
            return ""
        return str(said.get(self.claim) or "")


def add_oidc(app: FastAPI, provider: Provider) -> None:
    """Let people come in by a provider.

    Raises
    ------
    InputError
        When the packages for it are not installed.
    """
    try:
        from authlib.integrations.starlette_client import OAuth
        from starlette.middleware.sessions import SessionMiddleware  # needs a package that only this needs
    except ImportError as error:
        raise InputError("oidc.not_installed") from error
    client = OAuth().register(
        "office",
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        server_metadata_url=f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256"},
    )
    router = APIRouter(prefix="/api/v1/oidc", include_in_schema=False)

    @router.get("")
    async def begin(request: Request) -> Any:
        try:
            return await client.authorize_redirect(request, str(request.url_for("back")))
        except Exception as error:  # whatever the network makes the library raise
            LOG.warning("the provider cannot be reached: %r", error)
            return _failed("oidc_unreachable")

    @router.get("/back")
    async def back(request: Request, desk: TheDesk) -> Response:
        try:
            token = await client.authorize_access_token(request)
        except Exception as error:  # refused, expired, forged, or not reached
            LOG.warning("a log-in by the provider failed: %r", error)
            return _failed("oidc_failed")
        return await run_in_threadpool(_come_in, request, desk, provider.name_in(token.get("userinfo") or {}))

    app.include_router(router)
    app.add_middleware(
        SessionMiddleware,
        secret_key=secrets.token_urlsafe(32),
        session_cookie="jangkau-oidc",
        max_age=ON_THE_WAY_S,
        same_site="lax",
    )
    app.state.oidc = True


def _come_in(request: Request, desk: Desk, name: str) -> Response:
    account = account_named(desk.store, name) if name else None
    request.session.clear()
    if account is None:
        return _failed("oidc_unknown")
    token, _ = begin_session(desk.store, account, Act(account.name, "log in", desk.clock()))
    response = RedirectResponse("/", 303)
    set_cookie(request, response, token)
    return response


def _failed(why: str) -> Response:
    return RedirectResponse(f"/#problem={why}", 303)
