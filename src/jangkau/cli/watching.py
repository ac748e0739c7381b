"""Links: watch."""

import asyncio
import contextlib
import signal
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

from jangkau.cli.speech import (
    LANGUAGE,
    AsJson,
    AsOf,
    Lang,
    Region,
    circumstances_of,
    now,
    opened,
    option,
    print_json,
    say,
    say_error,
    text,
)  # fmt: skip
from jangkau.errors import InputError, SettingError
from jangkau.messages import render

if TYPE_CHECKING:
    from jangkau.store.region_folder import RegionFolder
    from jangkau.studies.watch import Watcher
    from jangkau.studies.watch_report import LinkMonth


def watch(
    region: Region = Path(),
    seconds: Annotated[float | None, option("--seconds", code="cli.watch.seconds")] = None,
    month: Annotated[str | None, option("--month", code="cli.watch.month")] = None,
    acknowledge: Annotated[str | None, option("--acknowledge", code="cli.watch.acknowledge")] = None,
    plan: Annotated[tuple[str, str, str] | None, option("--plan", code="cli.watch.plan")] = None,
    note: Annotated[str, option("--note", code="cli.watch.note")] = "",
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Check every link, or say how they did."""
    folder = opened(region)
    if month is not None:
        _month(folder, month, as_of, as_json=as_json)
    elif acknowledge is not None:
        _acknowledge(folder, acknowledge)
    elif plan is not None:
        _plan(folder, *plan, note)
    else:
        _watch(folder, seconds, as_of, as_json=as_json)


def _watch(folder: "RegionFolder", seconds: float | None, as_of: str | None, *, as_json: bool) -> None:
    from jangkau.probes.alerts import from_environment
    from jangkau.probes.checks import Checker
    from jangkau.records import Link
    from jangkau.studies.watch import Watcher, take_down_tasks, watched_links

    circumstances = circumstances_of(folder.settings.timezone, as_of, quiet=as_json)
    tasks = take_down_tasks(folder, circumstances)
    with folder.store(now()) as store:
        links = store.read(Link, as_of=circumstances.as_of)
    watched, wrong = watched_links(links, folder.settings)
    for message in wrong:
        say_error(render(message, LANGUAGE))
    checked = sum(one.target is not None for one in watched)
    if not watched:
        raise SettingError("watch.nothing", links=len(links))
    rule = folder.settings.watch
    checker = Checker(now, rule.timeout_s, rule.tries)
    tell = (lambda _message: None) if as_json else lambda message: say(render(message, LANGUAGE))
    if not as_json:
        say(
            text(
                "cli.watch.begins",
                count=checked,
                agents=len(watched) - checked,
                interval_s=rule.interval_s,
                tasks=tasks,
            )
        )
        if not checker.icmp_allowed:
            say(text("cli.watch.no_icmp"))
    watcher = Watcher(folder, watched, folder.checks(), now, checker.check, from_environment(), tell)
    try:
        asyncio.run(_run(watcher, seconds))
    finally:
        watcher.checks.close()
    if as_json:
        print_json({"links": len(watched), "checks": watcher.made, "missed": watcher.missed, "tasks": tasks})
    else:
        say(text("cli.watch.ended", checks=watcher.made, missed=watcher.missed))


async def _run(watcher: "Watcher", seconds: float | None) -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # not on Windows
            asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    watcher.take_up()
    roll = asyncio.create_task(_roll_up_hourly(watcher))
    try:
        await watcher.run(seconds, stop=stop)
    finally:
        roll.cancel()


async def _roll_up_hourly(watcher: "Watcher") -> None:
    while True:
        await asyncio.to_thread(watcher.checks.roll_up, now(), watcher.rule.raw_days)
        await asyncio.sleep(600.0)


def _month(folder: "RegionFolder", month: str, as_of: str | None, *, as_json: bool) -> None:
    from jangkau.cli.screens import print_month
    from jangkau.studies.watch_report import by_provider, month_of
    from jangkau.uptime import rule_in_words

    found = month_of(folder, month, circumstances_of(folder.settings.timezone, as_of, quiet=True))
    if as_json:
        links, providers = [_as_json(one) for one in found], [asdict(one) for one in by_provider(found)]
        print_json({"rule": rule_in_words(folder.settings.watch).as_json(), "providers": providers, "links": links})
    else:
        print_month(found, by_provider(found), rule_in_words(folder.settings.watch), LANGUAGE)


def _as_json(one: "LinkMonth") -> dict[str, object]:
    return {
        "link": one.link.code, "provider": one.link.provider, "up_share": one.found.up_share,
        "seconds": dict(one.found.seconds), "planned_s": one.found.planned_s, "outages": one.outages,
        "download_mbps": one.download_mbps, "contracted_mbps": one.link.download_mbps, "measured": one.measured,
        "upload_mbps": one.upload_mbps, "contracted_upload_mbps": one.link.upload_mbps,
        "delivered_share": one.delivered_share,
    }  # fmt: skip


def _acknowledge(folder: "RegionFolder", link: str) -> None:
    from jangkau.cli.speech import actor

    _need_link(folder, link)
    checks = folder.checks()
    try:
        known = checks.acknowledge(link, actor(), now())
    finally:
        checks.close()
    say(text("cli.watch.acknowledged" if known else "cli.watch.not_down", link=link))


def _need_link(folder: "RegionFolder", code: str) -> None:
    """Refuse a link that is not in the register, so that a typing error is not noted as if it were one."""
    from jangkau.records import Link

    with folder.store(now()) as store:
        if not store.read(Link, where={"code": code}):
            raise InputError("watch.unknown_link", link=code)


def _plan(folder: "RegionFolder", link: str, start: str, end: str, note: str) -> None:
    from jangkau.cli.speech import actor
    from jangkau.records import new_id

    zone = ZoneInfo(folder.settings.timezone)
    try:
        first, last = (datetime.fromisoformat(t) for t in (start, end))
    except ValueError as error:
        raise SettingError("watch.bad_time", value=f"{start} {end}") from error
    first, last = (t if t.tzinfo else t.replace(tzinfo=zone) for t in (first, last))
    if last <= first:
        raise SettingError("watch.bad_time", value=f"{start} {end}")
    _need_link(folder, link)
    checks = folder.checks()
    try:
        checks.plan_work(new_id(now()), link, first, last, note, actor())
    finally:
        checks.close()
    start, end = (f"{t.astimezone(zone):%d-%m-%Y %H:%M}" for t in (first, last))
    say(text("cli.watch.planned", link=link, start=start, end=end))
