"""The store of checks says the same in SQLite and in PostgreSQL: checks, hours, episodes, planned work, agents."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from jangkau.store.checks import Checks
from jangkau.uptime import Check

START = datetime(2024, 11, 27, 10, tzinfo=UTC)
_NUMBER = itertools.count()


def check(minute, up=True, **more):
    return Check(START + timedelta(minutes=minute), "tcp", up, **({"latency_ms": 40.0 + minute} if up else {}) | more)


@pytest.fixture(params=["sqlite", "postgresql"])
def checks(request, tmp_path):
    if request.param == "sqlite":
        found = Checks.open(tmp_path)
    else:
        found = Checks.open(tmp_path, request.getfixturevalue("server"), f"checks_{next(_NUMBER)}")
    yield found
    found.close()


def test_checks_come_back_as_they_were_kept(checks):
    some = [("A", check(0)), ("A", check(1, up=False, loss_percent=100.0)), ("B", check(2))]
    checks.keep(some)
    assert checks.latest("A", 5) == [one for code, one in some if code == "A"]
    assert checks.last_seen("B") == START + timedelta(minutes=2)
    assert checks.last_seen("C") is None
    assert checks.last_sequence() == 3


def test_what_an_agent_sends_twice_is_kept_once(checks):
    sent = {"a": check(0), "b": check(1)}
    assert checks.keep_sent("A", sent) == 2
    assert checks.keep_sent("A", sent | {"c": check(2)}) == 1
    assert [one for _, _, one in checks.sent_after(0)] == [check(0), check(1), check(2)]
    assert checks.link_of_agent("phone", "A") == "A"
    assert checks.link_of_agent("phone", "B") == "A"


def test_episodes_follow_each_other_and_are_told_and_taken_on(checks):
    at = [START + timedelta(minutes=10 * k) for k in range(4)]
    checks.begin([("A", "up", at[0]), ("B", "up", at[0])])
    checks.begin([("A", "down", at[1])])
    (down,) = [e for e in checks.running().values() if e.condition == "down"]
    assert (down.link_code, down.since, down.until) == ("A", at[1], None)
    checks.told([down.sequence], at[2])
    assert checks.acknowledge("A", "ani", at[2])
    assert not checks.acknowledge("B", "ani", at[2])
    assert (checks.running()["A"].told_at, checks.running()["A"].acknowledged_by) == (at[2], "ani")
    checks.begin([("A", "up", at[3])])
    assert [(e.condition, e.since, e.until) for e in checks.episodes(at[0], "A")] == [
        ("up", at[0], at[1]), ("down", at[1], at[3]), ("up", at[3], None),
    ]  # fmt: skip


def test_hours_are_rolled_up_and_single_checks_go(checks):
    checks.keep([("A", check(minute)) for minute in range(90)])
    now = START + timedelta(minutes=90)
    assert checks.roll_up(now, 14) == (1, 0)
    (hour,) = checks.hours("A", START, now)
    assert (hour.checks, hour.up, hour.latency_low_ms, hour.latency_ms, hour.latency_high_ms) == (60, 60, 40, 69.5, 99)
    assert [h.checks for h in checks.hours_so_far("A", START, now)] == [60, 30]
    assert checks.roll_up(now + timedelta(days=15), 14) == (1, 90)
    assert [h.checks for h in checks.hours_so_far("A", START, now)] == [60, 30]
    checks.keep([("A", check(60 * 24 * 16))])
    assert checks.roll_up(START + timedelta(days=17), 14)[0] == 1


def test_planned_work_is_kept_once_and_the_watch_gives_signs_of_life(checks):
    end = START + timedelta(hours=2)
    for _ in range(2):
        checks.plan_work("w1", "A", START, end, "kabel", "ani")
    assert checks.planned("A") == [(START, end)]
    assert checks.alive_at() is None
    for minute in range(3):
        checks.say_alive(START + timedelta(minutes=minute))
    assert checks.alive_at() == START + timedelta(minutes=2)
