"""Office agents: what they saw of their link comes in, once, however often it is sent.

An agent is a device of an account with the role `device`, and speaks of one link: the first that it names.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from jangkau.records import Probe
from jangkau.store.audit import Act
from jangkau.uptime import Check
from jangkau.web.problems import RefusedError
from jangkau.web.routes.field import Phone, Private
from jangkau.web.security import TheDesk

router = APIRouter(prefix="/agent", tags=["agents"], dependencies=[Private])

METHOD = "agent"
MOST_MBPS = 400_000.0


class SentCheck(BaseModel):
    """One look of an agent; `time` by its own clock, seconds since 1970."""

    id: str = Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
    time: float = Field(ge=0, le=1e11)
    up: bool
    latency_ms: float | None = Field(default=None, ge=0, le=600_000)
    loss_percent: float = Field(ge=0, le=100)
    download_mbps: float | None = Field(default=None, ge=0, le=MOST_MBPS)
    upload_mbps: float | None = Field(default=None, ge=0, le=MOST_MBPS)


class SentChecks(BaseModel):
    """Checks of one link, the oldest first, and what the agent's clock says now."""

    link_code: str = Field(max_length=120)
    now: float = Field(ge=0, le=1e11)
    checks: Annotated[list[SentCheck], Field(min_length=1, max_length=500)]


@router.post("/checks")
def take_checks(desk: TheDesk, phone: Phone, body: SentChecks) -> dict[str, Any]:
    """Keep what an agent saw; the clock of an agent that goes wrong is set right by the server's."""
    picture, now = desk.picture(), desk.clock()
    if body.link_code not in picture.register.link_of:
        raise RefusedError(404, "watch.unknown_link", link=body.link_code)
    if phone.role != "device":
        raise RefusedError(403, "problem.not_allowed")
    ahead = now.timestamp() - body.now
    oldest = now - timedelta(days=desk.region.settings.watch.raw_days)
    recent = [one for one in body.checks if one.time + ahead >= oldest.timestamp()]
    fresh = [(one, datetime.fromtimestamp(min(one.time + ahead, now.timestamp()), UTC)) for one in recent]
    checks = {one.id: Check(time, METHOD, one.up, one.latency_ms, one.loss_percent) for one, time in fresh}
    with desk.checks() as store:
        own = store.link_of_agent(phone.code, body.link_code)
        if own != body.link_code:
            raise RefusedError(403, "watch.other_link", link=own)
        new = store.keep_sent(body.link_code, checks)
    rated = {one.id: (one, time) for one, time in fresh if one.download_mbps is not None}
    known = {p.id for p in desk.store.read(Probe, where={"id": list(rated)})} if rated else set()
    probes = [_probe(body.link_code, one, time, now) for id_, (one, time) in rated.items() if id_ not in known]
    if probes:
        desk.store.add(probes, Act(f"{phone.account} ({phone.code})", "agent", now))
    return {"kept": new, "known": len(fresh) - new, "too_old": len(body.checks) - len(fresh)}


def _probe(link_code: str, one: SentCheck, time: datetime, now: datetime) -> Probe:
    """Return a measured rate as grades read it."""
    return Probe(
        id=one.id,
        recorded_at=now,
        link_code=link_code,
        time=time,
        method=METHOD,
        up=one.up,
        download_mbps=one.download_mbps,
        upload_mbps=one.upload_mbps,
        latency_ms=one.latency_ms,
        loss_percent=one.loss_percent,
    )
