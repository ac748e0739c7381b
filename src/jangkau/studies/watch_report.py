"""How links did in a month: availability by the accounting rule, and delivered against contracted rate by provider."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from jangkau.errors import InputError
from jangkau.messages import Message, render
from jangkau.records import Link, Probe
from jangkau.reports.smoke import SmokeWords, smoke_chart
from jangkau.store.checks import Checks
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.circumstances import Circumstances
from jangkau.uptime import WATCH_RULE, Availability, Span, availability, lost_after


@dataclass(frozen=True, slots=True)
class LinkMonth:
    """One link in a month.

    Attributes
    ----------
    link : Link
    found : Availability
    outages : int
        Times that it was down, outside planned work.
    download_mbps, upload_mbps : float or None
        Medians of what was measured [Mbit/s].
    measured : int
        Measurements of its rate.
    """

    link: Link
    found: Availability
    outages: int
    download_mbps: float | None
    upload_mbps: float | None
    measured: int

    @property
    def delivered_share(self) -> float | None:
        """Measured over contracted download rate, 0 and more; None where either is unknown."""
        if self.download_mbps is None or not self.link.download_mbps:
            return None
        return self.download_mbps / self.link.download_mbps


@dataclass(frozen=True, slots=True)
class ProviderMonth:
    """All links of a provider in a month: how many, the share of time up, delivered over contracted rate."""

    provider: str
    links: int
    up_share: float | None
    delivered_share: float | None
    measured_links: int


def month_bounds(month: str, timezone: str, now: datetime) -> tuple[datetime, datetime]:
    """Return the first and the last moment of a month written YYYY-MM in a zone; a running month ends now.

    Raises
    ------
    InputError
        When it is no month or lies in the future.
    """
    try:
        year, number = (int(part) for part in month.split("-"))
        start = datetime(year, number, 1, tzinfo=ZoneInfo(timezone))
        after = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=ZoneInfo(timezone))
    except ValueError as error:
        raise InputError("watch.bad_month", month=month) from error
    if start > now:
        raise InputError("watch.bad_month", month=month)
    return start.astimezone(UTC), min(after.astimezone(UTC), now)


def month_of(region: RegionFolder, month: str, circumstances: Circumstances) -> list[LinkMonth]:
    """Return every link that held on the day of the report, the least available first.

    Parameters
    ----------
    region : RegionFolder
    month : str
        YYYY-MM.
    circumstances : Circumstances
    """
    now = circumstances.clock()
    start, end = month_bounds(month, region.settings.timezone, now)
    with region.store(now) as store:
        links = store.read(Link, as_of=circumstances.as_of)
        rates = _rates(store.read(Probe), start, end)
    checks = region.checks()
    try:
        lost = lost_after(region.settings.watch.interval_s)
        found = [_link_month(checks, link, rates.get(link.code, []), start, end, lost) for link in links]
    finally:
        checks.close()
    return sorted(found, key=lambda one: (one.found.up_share is None, one.found.up_share or 0.0, one.link.code))


SMOKE_DAYS = 60
"""The longest time that a smoke chart shows."""


def smoke_of(region: RegionFolder, link: Link, days: int, now: datetime, language: str) -> bytes:
    """Return loss and delay of a link over the last days, by the hour, as an SVG that names the accounting rule.

    Parameters
    ----------
    region : RegionFolder
    link : Link
    days : int
        1 to `SMOKE_DAYS`.
    now : datetime
    language : str
    """
    zone = ZoneInfo(region.settings.timezone)
    start, end = (now - timedelta(days=days)).astimezone(zone), now.astimezone(zone)
    checks = region.checks()
    try:
        hours = checks.hours_so_far(link.code, start.replace(minute=0, second=0, microsecond=0), now)
    finally:
        checks.close()
    points = [(h.hour, h.latency_low_ms, h.latency_ms, h.latency_high_ms, h.loss_percent) for h in hours]
    title = render(Message("watch.smoke", {"link": link.name or link.code, "rule": WATCH_RULE}), language)
    words = SmokeWords(*(render(Message(f"watch.smoke_{name}"), language) for name in ("nothing", "loss")))
    return smoke_chart(points, start, end, title, words)


def _rates(probes: Iterable[Probe], start: datetime, end: datetime) -> dict[str, list[Probe]]:
    found: dict[str, list[Probe]] = {}
    for probe in probes:
        if start <= probe.time < end and probe.download_mbps is not None:
            found.setdefault(probe.link_code, []).append(probe)
    return found


def _link_month(
    checks: Checks, link: Link, rates: Sequence[Probe], start: datetime, end: datetime, lost: timedelta
) -> LinkMonth:
    """Return the month of a link; while nobody watched, for longer than `lost`, it was unknown."""
    episodes = [e for e in checks.episodes(start, link.code) if e.since < end]
    seen = checks.last_seen(link.code)
    watched_to = end if seen is None else min(seen + lost, end)
    spans = [Span(e.condition, e.since, e.until or watched_to) for e in episodes]
    planned = checks.planned(link.code)
    outages = sum(
        e.condition == "down" and e.since >= start and not any(a <= e.since < b for a, b in planned) for e in episodes
    )
    down = [p.download_mbps for p in rates if p.download_mbps is not None]
    up = [p.upload_mbps for p in rates if p.upload_mbps is not None]
    return LinkMonth(
        link,
        availability(spans, planned, start, end),
        outages,
        median(down) if down else None,
        median(up) if up else None,
        len(down),
    )


def by_provider(months: Iterable[LinkMonth]) -> list[ProviderMonth]:
    """Return the months of links together by provider, by name; shares weigh time and contracted rate."""
    groups: dict[str, list[LinkMonth]] = {}
    for one in months:
        groups.setdefault(one.link.provider or "", []).append(one)
    found = []
    for provider, own in sorted(groups.items()):
        up = sum(o.found.seconds["up"] + o.found.seconds["degraded"] for o in own)
        known = up + sum(o.found.seconds["down"] for o in own)
        rated = [o for o in own if o.delivered_share is not None]
        contracted = sum(o.link.download_mbps or 0.0 for o in rated)
        delivered = sum(o.download_mbps or 0.0 for o in rated)
        found.append(
            ProviderMonth(
                provider,
                len(own),
                up / known if known else None,
                delivered / contracted if contracted else None,
                len(rated),
            )
        )
    return found
