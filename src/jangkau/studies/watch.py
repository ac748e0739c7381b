"""Watch: check every link from the centre, say what changed and why, tell people once, keep what grades rest on.

Checks are spread over their interval, each link at a moment of its own. Who runs out of disk or meets a locked store
keeps checks in memory and tries again; who was stopped goes on from the last checks of each link. The schedule follows
a clock that cannot jump; the time of day is only written down.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from jangkau.errors import JangkauError, SettingError
from jangkau.grades import WORKING_STAGES
from jangkau.messages import Message, render
from jangkau.probes.alerts import Sender
from jangkau.probes.targets import Target, target_of
from jangkau.records import Link, Probe, Remedy, Task, new_id
from jangkau.settings import Settings, WatchSettings
from jangkau.store.audit import Act
from jangkau.store.checks import Checks, Episode
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.circumstances import Circumstances
from jangkau.uptime import RECENT, Change, Check, Judge, causes, in_quiet_hours, lost_after

FOREIGN = "foreign"
"""The code under which checks of a server of others are kept; it is no link of the register."""

FOREIGN_INTERVAL_S, FOREIGN_JITTER_S = 300.0, 60.0
"""A server of others is asked at most once in five minutes, at no regular moment."""

FLUSH_S = 5.0
MOST_WAITING = 200_000
"""Checks kept in memory while the store cannot be written; then the oldest go, and it is said."""

Look = Callable[[Target], Awaitable[Check]]
Tell = Callable[[Message], None]


@dataclass(frozen=True, slots=True)
class Watched:
    """A link that is followed: what its address means (None: only an agent looks), and the link that it hangs on."""

    code: str
    name: str
    target: Target | None
    upstream_code: str | None


def watched_links(links: Sequence[Link], settings: Settings) -> tuple[list[Watched], list[Message]]:
    """Return the links that work on the day, each with what its address means, and what is wrong with addresses.

    Raises
    ------
    SettingError
        When a server of others is named without a recorded consent.
    """
    found, wrong = [], []
    for link in sorted(links, key=lambda one: one.code):
        target = None
        if link.address:
            try:
                target = target_of(link.address)
            except JangkauError as error:
                wrong.append(Message("watch.skipped", {"link": link.code, "reason": error.message}))
        if link.stage in WORKING_STAGES:
            found.append(Watched(link.code, link.name or link.code, target, link.upstream_link_code))
    if settings.watch.foreign_address:
        if not settings.watch.foreign_consent.strip():
            raise SettingError("watch.no_consent", address=settings.watch.foreign_address)
        target = replace(target_of(settings.watch.foreign_address), once=True)
        found.append(Watched(FOREIGN, settings.watch.foreign_address, target, None))
    return found, wrong


@dataclass(slots=True)
class Watcher:
    """Follows links; one object for as long as the watch runs.

    Attributes
    ----------
    look : callable
        Checks a target; never raises.
    send : callable
        Tells people; see `jangkau.probes.alerts`.
    tell : callable
        Called with what is worth a line on the screen.
    """

    region: RegionFolder
    links: Sequence[Watched]
    checks: Checks
    clock: Callable[[], datetime]
    look: Look
    send: Sender
    tell: Tell = lambda _message: None
    due: int = 0
    made: int = 0
    missed: int = 0
    _judges: dict[str, Judge] = field(default_factory=dict)
    _seen: dict[str, float] = field(default_factory=dict)
    _methods: dict[str, str] = field(default_factory=dict)
    _waiting: list[tuple[str, Check]] = field(default_factory=list)
    _changes: list[tuple[str, Change]] = field(default_factory=list)
    _sent_up_to: int = 0

    @property
    def rule(self) -> WatchSettings:
        """The accounting rule."""
        return self.region.settings.watch

    def take_up(self) -> None:
        """Go on where the last watch stopped: judge the last checks of each link again, silently."""
        for link in self.links:
            judge = self._judges.setdefault(link.code, Judge(self.rule))
            for check in self.checks.latest(link.code, RECENT):
                interval_s = self._interval_s(link.code)
                if self.clock() - check.time <= lost_after(interval_s) + timedelta(seconds=RECENT * interval_s):
                    judge.take(check)
        self._sent_up_to = self.checks.last_sequence()
        running, now = self.checks.running(), self.clock()
        known = {code: episode.condition for code, episode in running.items()}
        self.checks.begin(
            (code, judge.condition, judge.since or self._lost_at(code, now))
            for code, judge in self._judges.items()
            if known.get(code) != judge.condition
        )

    def _lost_at(self, code: str, now: datetime) -> datetime:
        """Return when a link of which nothing is known any more was lost from sight."""
        seen = self.checks.last_seen(code)
        return now if seen is None else min(seen + lost_after(self._interval_s(code)), now)

    def _interval_s(self, code: str) -> float:
        """Return the longest time between two checks of a link [s]."""
        return FOREIGN_INTERVAL_S + FOREIGN_JITTER_S if code == FOREIGN else self.rule.interval_s

    def took(self, code: str, check: Check, at: float) -> None:
        """Keep and judge a check that was made here."""
        self._waiting.append((code, check))
        self._count(code, check, at)

    def _count(self, code: str, check: Check, at: float) -> None:
        judge = self._judges.setdefault(code, Judge(self.rule))
        self._seen[code], self._methods[code] = at, check.method
        if (change := judge.take(check)) is not None:
            self._changes.append((code, change))

    async def run(self, seconds: float | None = None, *, stop: asyncio.Event | None = None) -> None:
        """Check until it is stopped, or for some seconds."""
        loop = asyncio.get_running_loop()
        began, stop = loop.time(), stop or asyncio.Event()
        jobs = [asyncio.create_task(self._follow(link, link.target, began)) for link in self.links if link.target]
        jobs.append(asyncio.create_task(self._tell_people()))
        try:
            while not stop.is_set() and (seconds is None or loop.time() - began < seconds):
                left = FLUSH_S if seconds is None else min(FLUSH_S, max(began + seconds - loop.time(), 0.01))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), left)
                await self.flush(loop.time())
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
            await self.flush(loop.time())

    async def _tell_people(self) -> None:
        """Alert for ever, apart from the writing: a mail server that hangs holds up no check."""
        while True:
            await asyncio.sleep(FLUSH_S)
            with contextlib.suppress(sa.exc.SQLAlchemyError, OSError):
                await asyncio.to_thread(self.alert)

    async def _follow(self, link: Watched, target: Target, began: float) -> None:
        """Check one link for ever, each time at its own moment of the interval."""
        loop = asyncio.get_running_loop()
        interval = FOREIGN_INTERVAL_S if link.code == FOREIGN else self.rule.interval_s
        turn = 0
        while True:
            spread = _fraction(link.code, turn if link.code == FOREIGN else 0)
            room = FOREIGN_JITTER_S if link.code == FOREIGN else interval
            due = began + turn * (interval + (FOREIGN_JITTER_S if link.code == FOREIGN else 0.0)) + spread * room
            await asyncio.sleep(max(due - loop.time(), 0.0))
            self.due += 1
            check = await self.look(target)
            self.made += 1
            self.took(link.code, check, loop.time())
            late = max(int((loop.time() - due) // interval), 0)
            self.missed += late
            turn += 1 + late

    async def flush(self, at: float) -> None:
        """Write what is waiting and what has changed; a store that refuses is tried again the next time."""
        await self._hear_agents(at)
        for code, judge in self._judges.items():
            silent_s = at - self._seen.setdefault(code, at)
            if (
                silent_s > lost_after(self._interval_s(code)).total_seconds()
                and (change := judge.lost_sight(self.clock())) is not None
            ):
                self._changes.append((code, change))
        waiting, changes = self._waiting, self._changes
        self._waiting, self._changes = [], []
        try:
            await asyncio.to_thread(self._write, waiting, changes)
        except (sa.exc.SQLAlchemyError, OSError) as error:
            self._waiting, self._changes = [*waiting, *self._waiting][-MOST_WAITING:], [*changes, *self._changes]
            self.tell(Message("watch.cannot_write", {"waiting": len(self._waiting), "reason": type(error).__name__}))
            return

    async def _hear_agents(self, at: float) -> None:
        """Judge what agents have sent since; it is kept already."""
        with contextlib.suppress(sa.exc.SQLAlchemyError):
            for number, code, check in await asyncio.to_thread(self.checks.sent_after, self._sent_up_to):
                self._sent_up_to = number
                self._count(code, check, at)

    def _write(self, waiting: list[tuple[str, Check]], changes: list[tuple[str, Change]]) -> None:
        """Write checks, what grades rest on, episodes, and that this watch lives; what is written leaves its list."""
        self.checks.keep(waiting)
        waiting.clear()
        self._evidence([(code, change) for code, change in changes if code != FOREIGN])
        self.checks.begin((code, change.after, change.since) for code, change in changes)
        for code, change in changes:
            self.tell(self._said(code, change))
        changes.clear()
        self.checks.say_alive(self.clock())

    def _evidence(self, changes: Sequence[tuple[str, Change]]) -> None:
        """Write into the register what went down or up; the same probe again changes nothing."""
        now = self.clock()
        probes = [
            Probe(
                id=new_id(now), recorded_at=now, link_code=code, time=change.since,
                method=self._methods.get(code, "tcp"), up=change.after == "up",
            )
            for code, change in changes
            if change.after in ("up", "down")
        ]  # fmt: skip
        if probes:
            with self.region.store(now) as store:
                store.add(probes, Act("jangkau", "watch", now))

    def _named(self, code: str) -> str:
        return next((link.name for link in self.links if link.code == code), code)

    def alert(self) -> None:
        """Tell people once of each cause: of what went down, outside quiet hours, and of what came back."""
        now, running = self.clock(), self.checks.running()
        if in_quiet_hours(self.rule, now.astimezone(ZoneInfo(self.region.settings.timezone))):
            return
        down = {code: e for code, e in running.items() if e.condition == "down"}
        upstream = {link.code: link.upstream_code for link in self.links}
        ripe = timedelta(seconds=self.rule.alert_after_s)
        for top, codes in causes(down, upstream).items():
            fresh = [down[c] for c in codes if down[c].told_at is None and down[c].acknowledged_by is None]
            if not fresh or now - down[top].since < ripe or self._is_planned(top, now):
                continue
            told = top not in {e.link_code for e in fresh}
            said = Message(
                "watch.alert_more" if told else "watch.alert_down",
                {
                    "link": self._named(top),
                    "since": _clock(down[top].since, self.region.settings),
                    "count": len(codes) - 1,
                    "names": ", ".join(self._named(e.link_code) for e in fresh[:8] if e.link_code != top),
                },
            )
            if self._sent(said):
                self.checks.told([e.sequence for e in fresh], now)
        self._tell_of_return(running, now)

    def _is_planned(self, code: str, now: datetime) -> bool:
        return any(start <= now < end for start, end in self.checks.planned(code))

    def _tell_of_return(self, running: Mapping[str, Episode], now: datetime) -> None:
        """Tell of links that are back, all in one, of those whose end people were told of."""
        back = []
        for code, episode in running.items():
            if episode.condition in ("up", "degraded") and episode.told_at is None:
                before = [
                    e
                    for e in self.checks.episodes(episode.since - timedelta(seconds=1), code)
                    if e.until == episode.since
                ]
                if before and before[-1].condition == "down" and before[-1].told_at is not None:
                    back.append(episode)
        if back and self._sent(
            Message("watch.alert_back", {"names": ", ".join(self._named(e.link_code) for e in back)})
        ):
            self.checks.told([e.sequence for e in back], now)

    def _said(self, code: str, change: Change) -> Message:
        since = _clock(change.since, self.region.settings)
        said = {"link": self._named(code), "condition": Message(f"watch.{change.after}"), "since": since}
        return Message("watch.changed", said)

    def _sent(self, said: Message) -> bool:
        language = self.region.settings.languages[0]
        title = render(Message("watch.alert_title", {"region": self.region.settings.name}), language)
        return self.send(title, render(said, language))


def _fraction(code: str, turn: int) -> float:
    """Return a number from 0 to 1 that belongs to a link and a turn."""
    return int.from_bytes(sha256(f"{code} {turn}".encode()).digest()[:4]) / 2**32


def _clock(time: datetime, settings: Settings) -> str:
    return f"{time.astimezone(ZoneInfo(settings.timezone)):%d-%m %H:%M}"


def take_down_tasks(region: RegionFolder, circumstances: Circumstances) -> int:
    """Make a task for each temporary link whose end is near; made once, however often this runs.

    Returns
    -------
    int
        New tasks.
    """
    now, as_of = circumstances.clock(), circumstances.as_of
    ahead = timedelta(days=region.settings.watch.take_down_ahead_days)
    with region.store(now) as store:
        known = {task.code for task in store.read(Task, as_of=as_of)}
        made: list[Remedy | Task] = []
        for link in store.read(Link, as_of=as_of):
            code = f"take-down-{link.code}"
            if link.take_down_on is None or link.take_down_on - as_of > ahead or code in known or link.stage == "ended":
                continue
            name = render(Message("watch.take_down", {"link": link.name or link.code}), region.settings.languages[0])
            remedy = Remedy(
                id=new_id(now), recorded_at=now, code=code, name=name, valid_from=as_of, by="jangkau", state="chosen",
                place_code=link.place_code, quantity="office", kind="bandwidth",
            )  # fmt: skip
            task = Task(
                id=new_id(now), recorded_at=now, code=code, name=name, valid_from=as_of, by="jangkau", state="open",
                place_code=link.place_code, remedy_code=code, kind="do", due=link.take_down_on,
            )  # fmt: skip
            made += [remedy, task]
        store.add(made, Act(circumstances.actor, "take-down", now))
    return len(made) // 2
