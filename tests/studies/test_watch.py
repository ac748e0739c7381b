"""The watch: outages, causes, people told once, restarts, a full disk, roll-up, months, temporary bandwidth."""

import asyncio
import dataclasses
import sqlite3
import time
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from jangkau.errors import InputError, SettingError
from jangkau.probes.targets import Target
from jangkau.records import Link, Place, Probe, Task
from jangkau.reports.smoke import smoke_chart
from jangkau.settings import Settings, WatchSettings
from jangkau.store.checks import CHECK
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.init_region import init_region
from jangkau.studies.watch import FOREIGN, Watched, Watcher, take_down_tasks, watched_links
from jangkau.studies.watch_report import by_provider, month_bounds, month_of
from jangkau.uptime import Check

START = datetime(2024, 11, 27, 10, tzinfo=UTC)
TARGET = Target("tcp", "127.0.0.1", 9)


class Clock:
    def __init__(self, now=START):
        self.now = now

    def __call__(self):
        return self.now

    def on(self, **more):
        self.now += timedelta(**more)


def born(number):
    return {"id": f"0192f000-0000-7000-8000-{number:012d}", "recorded_at": START}


def link(code, number, **more):
    said = {"stage": "accepted", "download_mbps": 20.0, "provider": "Serat", "address": "10.0.0.1:80"} | more
    return Link(code=code, place_code="K1", **said, **born(number))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def region(tmp_path, clock):
    rule = WatchSettings(alert_after_s=60.0)
    settings = Settings(name="Uji", bounds=(117.0, 0.0, 118.0, 1.0), languages=("en",), watch=rule)
    made = init_region(tmp_path / "uji", settings, Circumstances(date(2024, 11, 27), clock, workers=1))
    with made.store(START) as store:
        office = Place(code="K1", kind="village_office", longitude=117.5, latitude=0.5, **born(99))
        links = [
            link("PUSAT", 1),
            link("KEC", 2, upstream_link_code="PUSAT"),
            link("DESA", 3, upstream_link_code="KEC"),
        ]
        store.add([office, *links])
    return made


@pytest.fixture
def sent():
    return []


@pytest.fixture
def watcher(region, clock, sent):
    watched = [Watched("PUSAT", "Pusat", TARGET, None), Watched("KEC", "Kecamatan", TARGET, "PUSAT"),
               Watched("DESA", "Desa", TARGET, "KEC")]  # fmt: skip
    made = Watcher(region, watched, region.checks(), clock, None, lambda title, body: sent.append(body) or True)
    made.take_up()
    yield made
    made.checks.close()


def feed(watcher, clock, minutes, up=(), down=()):
    """One check a minute of some links that answer and some that do not, and what the watch does after each."""
    for _ in range(minutes):
        for code in up:
            watcher.took(code, Check(clock(), "tcp", True, 40.0, 0.0), at=clock().timestamp())
        for code in down:
            watcher.took(code, Check(clock(), "tcp", False, None, 100.0), at=clock().timestamp())
        asyncio.run(watcher.flush(clock().timestamp()))
        watcher.alert()
        clock.on(minutes=1)


ALL = ("PUSAT", "KEC", "DESA")


def test_a_cut_fibre_is_told_once_with_what_hangs_on_it_and_again_when_it_is_back(watcher, clock, sent, region):
    feed(watcher, clock, 5, up=ALL)
    feed(watcher, clock, 30, down=ALL)
    assert len(sent) == 1
    assert sent[0].startswith("Pusat is down")
    assert "2 links below it" in sent[0]
    feed(watcher, clock, 5, up=ALL)
    assert len(sent) == 2
    assert sent[1].startswith("Up again: ")
    with region.store(clock()) as store:
        probes = sorted((p.link_code, p.time, p.up) for p in store.read(Probe))
    assert [p[2] for p in probes if p[0] == "DESA"] == [True, False, True]
    assert next(p[1] for p in probes if not p[2]) == START + timedelta(minutes=5)


def test_a_restart_multiplies_no_alert_and_forgets_nothing(watcher, clock, sent, region):
    feed(watcher, clock, 3, up=ALL)
    feed(watcher, clock, 6, down=("DESA",), up=("PUSAT", "KEC"))
    assert len(sent) == 1
    again = Watcher(region, watcher.links, region.checks(), clock, None, lambda _, body: sent.append(body) or True)
    again.take_up()
    feed(again, clock, 6, down=("DESA",), up=("PUSAT", "KEC"))
    assert len(sent) == 1
    episodes = [e.condition for e in again.checks.episodes(START, "DESA")]
    assert episodes == ["up", "down"]
    again.checks.close()


def test_what_is_being_dealt_with_or_was_announced_is_told_to_nobody(watcher, clock, sent):
    feed(watcher, clock, 3, up=ALL)
    watcher.checks.plan_work("w1", "KEC", clock(), clock() + timedelta(hours=1), "ganti kabel", "andi")
    feed(watcher, clock, 5, down=("KEC",), up=("PUSAT", "DESA"))
    assert sent == []
    feed(watcher, clock, 3, down=("KEC", "PUSAT"), up=("DESA",))
    assert watcher.checks.acknowledge("PUSAT", "budi", clock())
    assert not watcher.checks.acknowledge("DESA", "budi", clock())


def test_an_outage_that_somebody_took_on_is_told_to_nobody_and_neither_is_its_end(region, clock, sent):
    late = dataclasses.replace(region.settings.watch, alert_after_s=600.0)
    region = dataclasses.replace(region, settings=dataclasses.replace(region.settings, watch=late))
    watched = [Watched("DESA", "Desa", TARGET, None), Watched("KEC", "Kecamatan", TARGET, None)]
    watcher = Watcher(region, watched, region.checks(), clock, None, lambda _, body: sent.append(body) or True)
    watcher.take_up()
    feed(watcher, clock, 3, up=("DESA", "KEC"))
    feed(watcher, clock, 4, down=("DESA", "KEC"))
    assert watcher.checks.acknowledge("DESA", "budi", clock())
    feed(watcher, clock, 15, down=("DESA", "KEC"))
    feed(watcher, clock, 4, up=("DESA", "KEC"))
    assert [text.split(" ")[0] for text in sent] == ["Kecamatan", "Up"]
    assert "Desa" not in sent[1]
    watcher.checks.close()


def test_quiet_hours_hold_an_alert_back_until_they_end(region, clock, sent):
    quiet = dataclasses.replace(region.settings.watch, quiet_from_hour=18, quiet_to_hour=19)  # 10:00 UTC is 18:00 there
    region = dataclasses.replace(region, settings=dataclasses.replace(region.settings, watch=quiet))
    watched = [Watched("DESA", "Desa", TARGET, None)]
    watcher = Watcher(region, watched, region.checks(), clock, None, lambda _, body: sent.append(body) or True)
    watcher.take_up()
    feed(watcher, clock, 50, down=("DESA",))
    assert sent == []
    feed(watcher, clock, 15, down=("DESA",))
    assert len(sent) == 1
    watcher.checks.close()


def test_a_refused_alert_is_sent_again(region, clock):
    tries = []
    watched = [Watched("DESA", "Desa", TARGET, None)]
    watcher = Watcher(
        region, watched, region.checks(), clock, None, lambda _, body: tries.append(body) or len(tries) > 2
    )
    watcher.take_up()
    feed(watcher, clock, 20, down=("DESA",))
    assert len(tries) == 3
    watcher.checks.close()


def test_a_full_disk_loses_nothing(watcher, clock, monkeypatch):
    feed(watcher, clock, 2, up=ALL)
    said = []
    watcher.tell = said.append
    keep = watcher.checks.keep

    def refused(_checks):
        raise sa.exc.OperationalError("insert", {}, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr(watcher.checks, "keep", refused)
    feed(watcher, clock, 4, down=ALL)
    assert [m.code for m in said] == ["watch.cannot_write"] * 4
    monkeypatch.setattr(watcher.checks, "keep", keep)
    feed(watcher, clock, 1, down=ALL)
    with watcher.checks.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(CHECK)).scalar() == 3 * 7
    assert [e.condition for e in watcher.checks.running().values()] == ["down"] * 3


def test_silence_is_unknown_never_down(watcher, clock):
    feed(watcher, clock, 3, up=ALL)
    clock.on(minutes=10)
    asyncio.run(watcher.flush(clock().timestamp()))
    assert {e.condition for e in watcher.checks.running().values()} == {"unknown"}


def test_what_an_agent_tells_later_takes_the_place_of_what_was_unknown(watcher, clock, region):
    def sends(minutes, answers):
        for minute in minutes:
            check = Check(START + timedelta(minutes=minute), "agent", answers, 40.0 if answers else None)
            watcher.checks.keep_sent("DESA", {f"agent {minute}": check})

    def at(minute):
        clock.now = START + timedelta(minutes=minute)
        asyncio.run(watcher.flush(clock().timestamp()))

    for minute in range(5):
        sends([minute], answers=True)
        at(minute)
    at(12)
    assert watcher.checks.running()["DESA"].condition == "unknown"
    sends(range(5, 20), answers=False)
    sends(range(20, 23), answers=True)
    at(23)
    episodes = [e for e in watcher.checks.episodes(START - timedelta(days=1), "DESA") if e.until != e.since]
    minutes = [(e.condition, (e.since - START) / timedelta(minutes=1)) for e in episodes]
    assert minutes == [("up", 0), ("down", 5), ("up", 20)]
    assert [e.until for e in episodes] == [*(e.since for e in episodes[1:]), None]
    (desa,) = (
        m for m in month_of(region, "2024-11", Circumstances(date(2024, 11, 27), clock)) if m.link.code == "DESA"
    )
    assert desa.found.seconds["down"] == 15 * 60
    assert desa.found.seconds["up"] == (5 + 3) * 60


def test_while_nobody_watched_a_link_was_unknown(watcher, clock, region):
    feed(watcher, clock, 10, up=ALL)
    clock.on(days=1)
    circumstances = Circumstances(date(2024, 11, 28), clock)
    assert {m.found.seconds["up"] for m in month_of(region, "2024-11", circumstances)} == {12 * 60.0}
    again = Watcher(region, watcher.links, region.checks(), clock, None, lambda *_: True)
    again.take_up()
    assert {e.since for e in again.checks.running().values()} == {START + timedelta(minutes=12)}
    feed(again, clock, 10, up=ALL)
    assert {m.found.seconds["up"] for m in month_of(region, "2024-11", circumstances)} == {22 * 60.0}
    again.checks.close()


def test_a_link_that_falls_silent_with_a_restart_is_unknown_too(watcher, clock, region):
    feed(watcher, clock, 5, up=ALL)
    again = Watcher(region, watcher.links, region.checks(), clock, None, lambda *_: True)
    again.take_up()
    feed(again, clock, 5, up=("PUSAT", "KEC"))
    assert {code: e.condition for code, e in again.checks.running().items()} == {
        "PUSAT": "up", "KEC": "up", "DESA": "unknown",
    }  # fmt: skip
    again.checks.close()


def test_a_server_of_others_that_answers_every_six_minutes_is_up(region, clock):
    watcher = Watcher(region, [Watched(FOREIGN, "KPU", TARGET, None)], region.checks(), clock, None, lambda *_: True)
    watcher.take_up()
    for minute in range(60):
        if minute % 6 == 0:
            watcher.took(FOREIGN, Check(clock(), "http", True, 40.0), at=clock().timestamp())
        asyncio.run(watcher.flush(clock().timestamp()))
        clock.on(minutes=1)
    assert [e.condition for e in watcher.checks.episodes(START + timedelta(seconds=1))] == ["up"]
    watcher.checks.close()


def test_hours_are_written_once_late_checks_count_and_old_ones_go(watcher, clock):
    feed(watcher, clock, 90, up=("DESA",))
    assert watcher.checks.roll_up(clock(), 14) == (1, 0)
    (hour,) = watcher.checks.hours("DESA", START, START + timedelta(days=1))
    assert (hour.checks, hour.up, hour.latency_ms) == (60, 60, 40.0)
    late = Check(START + timedelta(minutes=30), "agent", True, 900.0, 0.0)
    watcher.checks.keep([("DESA", late)])
    watcher.checks.roll_up(clock(), 14)
    (hour,) = watcher.checks.hours("DESA", START, START + timedelta(hours=1))
    assert (hour.checks, hour.latency_high_ms) == (61, 900.0)
    clock.on(days=15)
    assert watcher.checks.roll_up(clock(), 14)[1] == 91
    hours = watcher.checks.hours("DESA", START, START + timedelta(days=1))
    assert [h.checks for h in hours] == [61, 30]
    points = [(h.hour, h.latency_low_ms, h.latency_ms, h.latency_high_ms, h.loss_percent) for h in hours]
    assert smoke_chart(points, START, START + timedelta(hours=3), "Desa <1>").count(b"<rect") == 5
    assert b"no checks" in smoke_chart([], START, START + timedelta(hours=3), "Desa")


def test_hours_are_written_after_a_time_in_which_all_single_checks_went(watcher, clock):
    feed(watcher, clock, 90, up=("DESA",))
    watcher.checks.roll_up(clock(), 14)
    clock.on(days=20)
    assert watcher.checks.roll_up(clock(), 14)[1] == 90
    feed(watcher, clock, 60, up=("DESA",))
    clock.on(hours=1)
    watcher.checks.roll_up(clock(), 14)
    hours = watcher.checks.hours("DESA", START + timedelta(days=10), clock())
    assert sum(h.checks for h in hours) == 60


def test_a_month_by_the_rule(watcher, clock, region):
    feed(watcher, clock, 60, up=ALL)
    feed(watcher, clock, 20, down=("DESA",), up=("PUSAT", "KEC"))
    feed(watcher, clock, 40, up=ALL)
    with region.store(clock()) as store:
        store.add([Probe(link_code="DESA", time=START, method="agent", up=True, download_mbps=12.0, **born(50))])
    circumstances = Circumstances(date(2024, 11, 27), clock, workers=1)
    months = {one.link.code: one for one in month_of(region, "2024-11", circumstances)}
    desa = months["DESA"]
    assert desa.outages == 1
    assert desa.found.seconds["down"] == 20 * 60
    assert desa.found.up_share == pytest.approx(100 / 120, abs=0.02)
    assert desa.delivered_share == pytest.approx(0.6)
    (provider,) = by_provider(months.values())
    assert (provider.provider, provider.links, provider.measured_links) == ("Serat", 3, 1)
    with pytest.raises(InputError):
        month_bounds("2025-01", "Asia/Makassar", clock())
    assert month_bounds("2024-10", "Asia/Makassar", clock())[0] == datetime(2024, 9, 30, 16, tzinfo=UTC)


def test_links_are_checked_at_moments_of_their_own_and_every_one_is_accounted_for(region, clock, sent):
    rule = dataclasses.replace(region.settings.watch, interval_s=1.0)
    region = dataclasses.replace(region, settings=dataclasses.replace(region.settings, watch=rule))
    moments = []

    async def look(_target):
        moments.append(asyncio.get_running_loop().time())
        return Check(clock(), "tcp", True, 1.0)

    watched = [Watched(f"L{k}", f"L{k}", TARGET, None) for k in range(100)]
    watcher = Watcher(region, watched, region.checks(), clock, look, lambda *_: True)
    watcher.take_up()
    started = time.monotonic()
    asyncio.run(watcher.run(2.5))
    turns = time.monotonic() - started
    assert 100 * (turns - 1.5) <= watcher.made + watcher.missed <= 100 * (turns + 1)
    assert len(moments) == watcher.made
    within = [moment % 1.0 for moment in moments]
    assert min(sum(k / 4 <= w < (k + 1) / 4 for w in within) for k in range(4)) > 20  # spread over the interval
    assert {e.condition for e in watcher.checks.running().values()} == {"up"}
    watcher.checks.close()


def test_a_server_of_others_needs_a_recorded_consent():
    foreign = WatchSettings(foreign_address="https://sirekap.example/")
    with pytest.raises(SettingError) as error:
        watched_links([], Settings(watch=foreign))
    assert error.value.message.code == "watch.no_consent"
    agreed = dataclasses.replace(foreign, foreign_consent="KPU Kutim, 12-11-2024, surat 45")
    (one,), _ = watched_links([], Settings(watch=agreed))
    assert one.code == FOREIGN
    assert one.target.once


def test_a_bad_address_is_named_and_links_without_one_are_left_to_their_agents():
    given = [link("A", 1), link("B", 2, address="a b"), link("C", 3, address=None), link("D", 4, stage="ended")]
    found, wrong = watched_links(given, Settings())
    assert [(w.code, w.target is None) for w in found] == [("A", False), ("B", True), ("C", True)]
    assert [m.parameters["link"] for m in wrong] == ["B"]


def test_the_end_of_temporary_bandwidth_makes_one_task(region, clock):
    with region.store(START) as store:
        store.add([link("SEMENTARA", 7, temporary=True, take_down_on=date(2024, 12, 3))])
    circumstances = Circumstances(date(2024, 11, 27), clock, workers=1)
    assert take_down_tasks(region, circumstances) == 1
    assert take_down_tasks(region, circumstances) == 0
    with region.store(clock()) as store:
        (task,) = store.read(Task)
    assert (task.due, task.place_code, task.state) == (date(2024, 12, 3), "K1", "open")
