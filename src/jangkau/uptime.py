"""The rule by which a link counts as up: `watch-v1`. It reads no clock, no network and no store.

Checks arrive one after another; the order of arrival counts, not the time written on them, so that a clock that jumps
changes no state. What is up, how retries and planned work count, is one named object that every report prints.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Literal

from jangkau.messages import Message
from jangkau.settings import WatchSettings

LinkCondition = Literal["up", "degraded", "down", "unknown"]
CONDITIONS: tuple[LinkCondition, ...] = ("up", "degraded", "down", "unknown")
WATCH_RULE = "watch-v1"
RECENT, FEWEST = 20, 10
"""Checks over which loss and delay are judged; fewer than the second say nothing of them."""


SILENT_AFTER = timedelta(seconds=60)
"""The watch writes every five seconds; when it has been silent for so long, nobody watches."""


@dataclass(frozen=True, slots=True)
class Check:
    """One look at a link.

    Attributes
    ----------
    time : datetime
        By the clock of who looked, UTC.
    method : str
        icmp, tcp, http, dns or agent.
    up : bool
    latency_ms : float or None
        Median round trip [ms]; None: no answer.
    loss_percent : float
        Tries without an answer [%].
    """

    time: datetime
    method: str
    up: bool
    latency_ms: float | None = None
    loss_percent: float = 0.0


@dataclass(frozen=True, slots=True)
class Change:
    """A link went from one condition to another, as from the check that began it."""

    before: LinkCondition
    after: LinkCondition
    since: datetime


@dataclass(slots=True)
class Judge:
    """Follows one link by `watch-v1`.

    Attributes
    ----------
    condition : str
        unknown until enough checks agree.
    since : datetime or None
        Time of the check that began the condition.
    """

    rule: WatchSettings
    condition: LinkCondition = "unknown"
    since: datetime | None = None
    _run: list[Check] = field(default_factory=list)
    _recent: deque[Check] = field(default_factory=lambda: deque(maxlen=RECENT))

    def take(self, check: Check) -> Change | None:
        """Count a check; returns the change that it completes.

        Notes
        -----
        down after `fails_to_down` checks in a row without an answer, as from the first of them; up again after
        `passes_to_up` with one. While it answers: degraded where over the last 20 checks loss or median delay passes
        its limit, and no longer so when both are under half of it.
        """
        self._recent.append(check)
        if self._run and self._run[-1].up != check.up:
            self._run.clear()
        self._run.append(check)
        wanted = self._wanted(check)
        if wanted == self.condition:
            return None
        since = self._run[0].time if "down" in (wanted, self.condition) or self.condition == "unknown" else check.time
        change = Change(self.condition, wanted, since)
        self.condition, self.since = wanted, since
        if change.before == "down":
            self._recent.clear()
        return change

    def _wanted(self, check: Check) -> LinkCondition:
        if not check.up:
            return "down" if len(self._run) >= self.rule.fails_to_down else self.condition
        if self.condition in ("down", "unknown"):
            return self.condition if len(self._run) < self.rule.passes_to_up else "up"
        limit = 0.5 if self.condition == "degraded" else 1.0
        return "degraded" if self._is_slow(limit) else "up"

    def _is_slow(self, share: float) -> bool:
        if len(self._recent) < FEWEST:
            return self.condition == "degraded"
        answered = [c.latency_ms for c in self._recent if c.latency_ms is not None]
        loss = sum(c.loss_percent if c.up else 100.0 for c in self._recent) / len(self._recent)
        slow = bool(answered) and median(answered) > share * self.rule.degraded_latency_ms
        return slow or loss > share * self.rule.degraded_loss_percent

    def lost_sight(self, now: datetime) -> Change | None:
        """Nobody looked for too long: the link is unknown, never down."""
        if self.condition == "unknown":
            return None
        change = Change(self.condition, "unknown", now)
        self.condition, self.since = "unknown", now
        self._run.clear()
        self._recent.clear()
        return change


@dataclass(frozen=True, slots=True)
class Span:
    """A condition over a time; `end` is excluded."""

    condition: LinkCondition
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Availability:
    """How long a link was in each condition within a period, outside planned work [s]."""

    seconds: Mapping[str, float]
    planned_s: float

    @property
    def up_share(self) -> float | None:
        """Time up or degraded over time known, 0..1; None where nothing is known."""
        known = self.seconds["up"] + self.seconds["degraded"] + self.seconds["down"]
        return (self.seconds["up"] + self.seconds["degraded"]) / known if known else None


def availability(
    spans: Iterable[Span], planned: Iterable[tuple[datetime, datetime]], start: datetime, end: datetime
) -> Availability:
    """Return the accounting of a period.

    Parameters
    ----------
    spans : iterable of Span
        Do not overlap; what none covers is unknown.
    planned : iterable of (datetime, datetime)
        Work that was announced before: it counts neither as up nor as down.
    start, end : datetime
    """
    quiet = _merged([(max(a, start), min(b, end)) for a, b in planned if a < end and b > start])
    planned_s = sum((b - a).total_seconds() for a, b in quiet)
    seconds: dict[str, float] = dict.fromkeys(CONDITIONS, 0.0)
    for span in spans:
        first, last = max(span.start, start), min(span.end, end)
        if first < last:
            hidden = sum((min(b, last) - max(a, first)).total_seconds() for a, b in quiet if a < last and b > first)
            seconds[span.condition] += (last - first).total_seconds() - hidden
    covered = seconds["up"] + seconds["degraded"] + seconds["down"]
    seconds["unknown"] = max((end - start).total_seconds() - planned_s - covered, 0.0)
    return Availability(seconds, planned_s)


def _merged(intervals: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    found: list[tuple[datetime, datetime]] = []
    for first, last in sorted(intervals):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def causes(down: Iterable[str], upstream: Mapping[str, str | None]) -> dict[str, list[str]]:
    """Return the links that are down by their cause: the highest link of an unbroken row of down ones above each.

    Parameters
    ----------
    down : iterable of str
        Codes of links that are down.
    upstream : mapping of str to str or None
        The link that each hangs on.
    """
    dark = set(down)
    found: dict[str, list[str]] = {}
    for code in sorted(dark):
        top, seen = code, {code}
        while (above := upstream.get(top) or "") in dark and above not in seen:
            top = above
            seen.add(above)
        found.setdefault(top, []).append(code)
    return found


def in_quiet_hours(rule: WatchSettings, local: datetime) -> bool:
    """Tell whether nobody wants to be woken: from `quiet_from_hour` to `quiet_to_hour`, over midnight or not."""
    start, end, hour = rule.quiet_from_hour, rule.quiet_to_hour, local.hour
    if start == end:
        return False
    return start <= hour < end if start < end else hour >= start or hour < end


def lost_after(interval_s: float) -> timedelta:
    """Return the silence after which a link that is checked so often [s] is unknown: three checks missed."""
    return timedelta(seconds=3.0 * interval_s)


def is_watched(alive_at: datetime | None, now: datetime) -> bool:
    """Tell whether the watch still runs, from when it wrote last; a sign from the future is none (a clock was set)."""
    return alive_at is not None and abs(now - alive_at) <= SILENT_AFTER


def rule_in_words(rule: WatchSettings) -> Message:
    """Return the accounting rule as a sentence for reports."""
    return Message(
        "watch.rule",
        {
            "rule": WATCH_RULE,
            "interval_s": rule.interval_s,
            "fails": rule.fails_to_down,
            "passes": rule.passes_to_up,
            "loss": rule.degraded_loss_percent,
            "latency": rule.degraded_latency_ms,
        },
    )
