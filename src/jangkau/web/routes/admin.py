"""For administrators: accounts and the audit trail."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from jangkau.store import audit
from jangkau.store.accounts import Account, accounts, disable_account, make_account
from jangkau.store.audit import Act
from jangkau.web.problems import RefusedError
from jangkau.web.security import Admin, TheDesk

router = APIRouter(tags=["admin"])


class NewAccount(BaseModel):
    """Somebody who may come in."""

    name: str = Field(max_length=60)
    role: str = Field(max_length=20)
    password: str | None = Field(default=None, max_length=400)
    operator: str | None = Field(default=None, max_length=60)


def _as_json(account: Account) -> dict[str, Any]:
    return {name: getattr(account, name) for name in ("name", "role", "operator", "created_at", "disabled_at")}


@router.get("/accounts")
def everyone(desk: TheDesk, account: Admin) -> dict[str, Any]:
    """Return all accounts."""
    return {"items": [_as_json(a) for a in accounts(desk.store)]}


@router.post("/accounts", status_code=201)
def make(request: Request, desk: TheDesk, account: Admin, body: NewAccount) -> dict[str, Any]:
    """Make an account; one without a password only where people come in by a provider."""
    if not body.password and not request.app.state.oidc:
        raise RefusedError(422, "problem.no_password")
    act = Act(account.name, "make account", desk.clock())
    return _as_json(make_account(desk.store, body.name, body.role, body.password or None, act, operator=body.operator))


@router.post("/accounts/{name}/disabled", status_code=204)
def disable(desk: TheDesk, account: Admin, name: str) -> None:
    """Keep somebody out from now on."""
    disable_account(desk.store, name, Act(account.name, "disable account", desk.clock()))


@router.get("/audit")
def trail(
    desk: TheDesk, account: Admin, before: Annotated[int | None, Query(ge=1, lt=1 << 62)] = None
) -> dict[str, Any]:
    """Return the audit trail, newest first."""
    with desk.store.engine.connect() as connection:
        found = audit.entries(connection, before=before)
    items = []
    for entry in found:
        detail = json.loads(entry["detail"])
        rows = {noun: part["to"] - part["after"] for noun, part in detail.pop("rows").items()}
        detail.pop("covered")
        items.append(
            {name: entry[name] for name in ("sequence", "time", "actor", "action")} | {"detail": detail | rows}
        )
    return {"items": items, "next": items[-1]["sequence"] if len(items) == 100 else None}
