"""Checks of links: single ones for some days, then by the hour; how each link stood; planned work; who was told.

These are many and fade, so they are kept beside the register and not under its audit chain: `watch.db` in the region
folder, or the region's schema of the PostgreSQL server. What grades rest on goes into the register as probes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import sqlalchemy as sa

from jangkau.store.columns import Flag, Moment, Real, Text, Whole
from jangkau.store.connection import postgresql_engine, sqlite_engine, writing
from jangkau.uptime import Check, LinkCondition

CHECKS_FILE = "watch.db"
METADATA = sa.MetaData()

CHECK = sa.Table(
    "watch_check",
    METADATA,
    sa.Column("sequence", Whole, primary_key=True),
    sa.Column("id", Text, unique=True),
    sa.Column("link_code", Text, nullable=False),
    sa.Column("time", Moment, nullable=False),
    sa.Column("method", Text, nullable=False),
    sa.Column("up", Flag, nullable=False),
    sa.Column("latency_ms", Real),
    sa.Column("loss_percent", Real, nullable=False),
    sqlite_strict=True,
)
sa.Index("watch_check_link", CHECK.c.link_code, CHECK.c.time)
sa.Index("watch_check_time", CHECK.c.time)

HOUR = sa.Table(
    "watch_hour",
    METADATA,
    sa.Column("link_code", Text, primary_key=True),
    sa.Column("hour", Moment, primary_key=True),
    sa.Column("checks", Whole, nullable=False),
    sa.Column("up", Whole, nullable=False),
    sa.Column("loss_percent", Real, nullable=False),
    sa.Column("latency_low_ms", Real),
    sa.Column("latency_ms", Real),
    sa.Column("latency_high_ms", Real),
    sqlite_strict=True,
)

EPISODE = sa.Table(
    "watch_episode",
    METADATA,
    sa.Column("sequence", Whole, primary_key=True),
    sa.Column("link_code", Text, nullable=False),
    sa.Column("condition", Text, nullable=False),
    sa.Column("since", Moment, nullable=False),
    sa.Column("until", Moment),
    sa.Column("told_at", Moment),
    sa.Column("acknowledged_by", Text),
    sa.Column("acknowledged_at", Moment),
    sqlite_strict=True,
)
sa.Index("watch_episode_link", EPISODE.c.link_code, EPISODE.c.since)

WORK = sa.Table(
    "watch_planned_work",
    METADATA,
    sa.Column("id", Text, primary_key=True),
    sa.Column("link_code", Text, nullable=False),
    sa.Column("start", Moment, nullable=False),
    sa.Column("end", Moment, nullable=False),
    sa.Column("note", Text),
    sa.Column("by", Text, nullable=False),
    sqlite_strict=True,
)


AGENT = sa.Table(
    "watch_agent",
    METADATA,
    sa.Column("device_code", Text, primary_key=True),
    sa.Column("link_code", Text, nullable=False),
    sqlite_strict=True,
)
"""The one link that each office agent speaks of: the first that it named."""

ROLLED = sa.Table(
    "watch_rolled_up", METADATA, sa.Column("sequence", Whole, primary_key=True, autoincrement=False), sqlite_strict=True
)
"""One row: up to which single check all finished hours are written."""


ALIVE = sa.Table("watch_alive", METADATA, sa.Column("at", Moment, primary_key=True), sqlite_strict=True)
"""One row: when the watch wrote last, whether or not anything had changed."""


@dataclass(frozen=True, slots=True)
class Episode:
    """How a link stood from a time on; `until` None: it still does."""

    sequence: int
    link_code: str
    condition: LinkCondition
    since: datetime
    until: datetime | None
    told_at: datetime | None
    acknowledged_by: str | None


@dataclass(frozen=True, slots=True)
class Hour:
    """The checks of a link within an hour: how many, how many were answered, loss [%] and delays [ms]."""

    link_code: str
    hour: datetime
    checks: int
    up: int
    loss_percent: float
    latency_low_ms: float | None
    latency_ms: float | None
    latency_high_ms: float | None


class Checks:
    """The open store of checks."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        METADATA.create_all(engine)

    @classmethod
    def open(cls, folder: Path, url: str = "", schema: str = "") -> "Checks":
        """Open or make it: a file of a region folder, or where the register is on a PostgreSQL server."""
        return cls(postgresql_engine(url, schema) if url else sqlite_engine(folder / CHECKS_FILE))

    def close(self) -> None:
        """Close it."""
        self.engine.dispose()

    def keep(self, checks: Iterable[tuple[str, Check]]) -> None:
        """Keep single checks, each with the code of its link, in one transaction."""
        rows = [
            {"link_code": code, "time": c.time, "method": c.method, "up": c.up, "latency_ms": c.latency_ms,
             "loss_percent": c.loss_percent}
            for code, c in checks
        ]  # fmt: skip
        if rows:
            with writing(self.engine) as connection:
                connection.execute(sa.insert(CHECK), rows)

    def keep_sent(self, link_code: str, sent: Mapping[str, Check]) -> int:
        """Keep checks that an agent made, by their ids; those that are there already change nothing.

        Returns
        -------
        int
            How many were new.
        """
        with writing(self.engine) as connection:
            known = set(connection.execute(sa.select(CHECK.c.id).where(CHECK.c.id.in_(sent))).scalars())
            rows = [
                {"id": id_, "link_code": link_code, "time": c.time, "method": c.method, "up": c.up,
                 "latency_ms": c.latency_ms, "loss_percent": c.loss_percent}
                for id_, c in sent.items()
                if id_ not in known
            ]  # fmt: skip
            if rows:
                connection.execute(sa.insert(CHECK), rows)
        return len(rows)

    def link_of_agent(self, device_code: str, link_code: str) -> str:
        """Return the link that an agent speaks of; the first one that it names is its own from then on."""
        with writing(self.engine) as connection:
            own = sa.select(AGENT.c.link_code).where(AGENT.c.device_code == device_code)
            known = connection.execute(own).scalar()
            if known is None:
                connection.execute(sa.insert(AGENT).values(device_code=device_code, link_code=link_code))
        return str(known or link_code)

    def last_sequence(self) -> int:
        """Return the number of the newest check; 0 where there is none."""
        with self.engine.connect() as connection:
            return int(connection.execute(sa.select(sa.func.max(CHECK.c.sequence))).scalar() or 0)

    def sent_after(self, sequence: int) -> list[tuple[int, str, Check]]:
        """Return the checks of agents that came after a number, in that order, each with number and link."""
        query = sa.select(CHECK).where(CHECK.c.sequence > sequence, CHECK.c.id.isnot(None)).order_by(CHECK.c.sequence)
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        return [(r.sequence, r.link_code, Check(r.time, r.method, r.up, r.latency_ms, r.loss_percent)) for r in rows]

    def latest(self, link_code: str, count: int) -> list[Check]:
        """Return the last checks of a link, oldest first, in the order in which they came."""
        query = sa.select(CHECK).where(CHECK.c.link_code == link_code).order_by(CHECK.c.sequence.desc()).limit(count)
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        return [Check(r.time, r.method, r.up, r.latency_ms, r.loss_percent) for r in reversed(rows)]

    def last_seen(self, link_code: str) -> datetime | None:
        """Return when a link was looked at last, to the hour where single checks have gone; None: never."""
        single = sa.select(sa.func.max(CHECK.c.time)).where(CHECK.c.link_code == link_code)
        hour = sa.select(sa.func.max(HOUR.c.hour)).where(HOUR.c.link_code == link_code)
        with self.engine.connect() as connection:
            found: datetime | None = connection.execute(single).scalar() or connection.execute(hour).scalar()
        return found

    def say_alive(self, at: datetime) -> None:
        """Write that the watch runs, and that all which it knew until now is written."""
        with writing(self.engine) as connection:
            connection.execute(sa.delete(ALIVE))
            connection.execute(sa.insert(ALIVE).values(at=at))

    def alive_at(self) -> datetime | None:
        """Return when the watch wrote last; None: it never ran."""
        with self.engine.connect() as connection:
            found: datetime | None = connection.execute(sa.select(ALIVE.c.at)).scalar()
        return found

    def begin(self, episodes: Iterable[tuple[str, LinkCondition, datetime]]) -> None:
        """End the running episode of each link and begin another, all in one transaction.

        Episodes never overlap: what an agent tells later takes the place of a time that was unknown, and none begins
        before one that was known.
        """
        with writing(self.engine) as connection:
            for link_code, condition, told in episodes:
                own, running = EPISODE.c.link_code == link_code, EPISODE.c.until.is_(None)
                replaced = own & running & (EPISODE.c.condition == "unknown") & (EPISODE.c.since >= told)
                connection.execute(sa.delete(EPISODE).where(replaced))
                last = connection.execute(sa.select(sa.func.max(EPISODE.c.since)).where(own)).scalar()
                since = told if last is None else max(told, last)
                later = own & (running | (EPISODE.c.until > since))
                connection.execute(sa.update(EPISODE).where(later).values(until=since))
                connection.execute(sa.insert(EPISODE).values(link_code=link_code, condition=condition, since=since))

    def running(self) -> dict[str, Episode]:
        """Return the episode of each link that has not ended."""
        return {e.link_code: e for e in self.episodes(None)}

    def episodes(self, since: datetime | None, link_code: str | None = None) -> list[Episode]:
        """Return episodes that had not ended by a time, oldest first; None: those that still run."""
        query = sa.select(EPISODE).order_by(EPISODE.c.since, EPISODE.c.sequence)
        ended = EPISODE.c.until.is_(None)
        query = query.where(ended if since is None else ended | (EPISODE.c.until > since))
        if link_code is not None:
            query = query.where(EPISODE.c.link_code == link_code)
        with self.engine.connect() as connection:
            return [_episode(row) for row in connection.execute(query)]

    def told(self, sequences: Sequence[int], at: datetime) -> None:
        """Write that people were told of episodes."""
        self._set(EPISODE.c.sequence.in_(sequences), told_at=at)

    def acknowledge(self, link_code: str, by: str, at: datetime) -> bool:
        """Write that somebody has taken a running episode on; False where none runs."""
        running = (EPISODE.c.link_code == link_code) & EPISODE.c.until.is_(None) & (EPISODE.c.condition == "down")
        return self._set(running, acknowledged_by=by, acknowledged_at=at) > 0

    def _set(self, which: Any, **values: Any) -> int:
        with writing(self.engine) as connection:
            return int(connection.execute(sa.update(EPISODE).where(which).values(**values)).rowcount)

    def plan_work(self, work_id: str, link_code: str, start: datetime, end: datetime, note: str, by: str) -> None:
        """Keep announced work; the same id again changes nothing."""
        with writing(self.engine) as connection:
            known = connection.execute(sa.select(WORK.c.id).where(WORK.c.id == work_id)).first()
            if known is None:
                values = {"id": work_id, "link_code": link_code, "start": start, "end": end, "note": note, "by": by}
                connection.execute(sa.insert(WORK).values(**values))

    def planned(self, link_code: str) -> list[tuple[datetime, datetime]]:
        """Return the announced work on a link."""
        query = sa.select(WORK.c.start, WORK.c.end).where(WORK.c.link_code == link_code).order_by(WORK.c.start)
        with self.engine.connect() as connection:
            return [(row.start, row.end) for row in connection.execute(query)]

    def hours(self, link_code: str, start: datetime, end: datetime) -> list[Hour]:
        """Return the hours of a link that were rolled up, in order."""
        here = (HOUR.c.link_code == link_code) & (HOUR.c.hour >= start) & (HOUR.c.hour < end)
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(HOUR).where(here).order_by(HOUR.c.hour)).all()
        return [Hour(**row._mapping) for row in rows]

    def hours_so_far(self, link_code: str, start: datetime, end: datetime) -> list[Hour]:
        """Return the hours of a link in order, those that are not rolled up yet too."""
        known = self.hours(link_code, start, end)
        after = known[-1].hour + timedelta(hours=1) if known else start
        here = (CHECK.c.link_code == link_code) & (CHECK.c.time >= after) & (CHECK.c.time < end)
        some: dict[datetime, list[Any]] = {}
        with self.engine.connect() as connection:
            for row in connection.execute(sa.select(CHECK).where(here)):
                some.setdefault(_start_of_hour(row.time), []).append(row)
        return known + [Hour(**_hour(link_code, hour, rows)) for hour, rows in sorted(some.items())]

    def roll_up(self, now: datetime, raw_days: int) -> tuple[int, int]:
        """Write the finished hours that are not written yet, and drop single checks that are old enough.

        Returns
        -------
        (int, int)
            Hours written and checks dropped.
        """
        this_hour = _start_of_hour(now)
        with writing(self.engine) as connection:
            seen = connection.execute(sa.select(ROLLED.c.sequence)).scalar() or 0
            later = sa.select(sa.func.min(CHECK.c.sequence)).where(CHECK.c.time >= this_hour)
            last = sa.select(sa.func.max(CHECK.c.sequence))
            to = (connection.execute(later).scalar() or (connection.execute(last).scalar() or 0) + 1) - 1
            fresh = sa.select(CHECK.c.link_code, CHECK.c.time).where(CHECK.c.time < this_hour, CHECK.c.sequence > seen)
            hours = sorted({(r.link_code, _start_of_hour(r.time)) for r in connection.execute(fresh)})
            for code, hour in hours:
                _write_hour(connection, code, hour)
            old = CHECK.c.time < min(this_hour, now - timedelta(days=raw_days))
            dropped = connection.execute(sa.delete(CHECK).where(old)).rowcount
            left = connection.execute(last).scalar() or 0  # SQLite counts on from there
            connection.execute(sa.delete(ROLLED))
            connection.execute(sa.insert(ROLLED).values(sequence=min(max(seen, to), left)))
        return len(hours), int(dropped)


def _start_of_hour(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)


def _write_hour(connection: sa.Connection, code: str, hour: datetime) -> None:
    """Write an hour anew from its single checks, so that those that came late count."""
    here = (CHECK.c.link_code == code) & (CHECK.c.time >= hour) & (CHECK.c.time < hour + timedelta(hours=1))
    some = connection.execute(sa.select(CHECK).where(here)).all()
    connection.execute(sa.delete(HOUR).where((HOUR.c.link_code == code) & (HOUR.c.hour == hour)))
    connection.execute(sa.insert(HOUR), [_hour(code, hour, some)])


def _episode(row: Any) -> Episode:
    return Episode(row.sequence, row.link_code, row.condition, row.since, row.until, row.told_at, row.acknowledged_by)


def _hour(code: str, hour: datetime, some: Sequence[Any]) -> Mapping[str, Any]:
    delays = [row.latency_ms for row in some if row.latency_ms is not None]
    return {
        "link_code": code,
        "hour": hour,
        "checks": len(some),
        "up": sum(row.up for row in some),
        "loss_percent": sum(row.loss_percent if row.up else 100.0 for row in some) / len(some),
        "latency_low_ms": min(delays, default=None),
        "latency_ms": median(delays) if delays else None,
        "latency_high_ms": max(delays, default=None),
    }
