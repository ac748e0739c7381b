"""The accounting rule of links: hysteresis, causes, availability."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jangkau.settings import WatchSettings
from jangkau.uptime import RECENT, Check, Judge, Span, availability, causes, in_quiet_hours

RULE = WatchSettings()
START = datetime(2024, 11, 27, 10, tzinfo=UTC)


def checks(text, latency_ms=50.0):
    """One check a letter: + answered, - not."""
    return [
        Check(
            START + timedelta(minutes=k), "tcp", c == "+", latency_ms if c == "+" else None, 0.0 if c == "+" else 100.0
        )
        for k, c in enumerate(text)
    ]


def conditions(some):
    judge = Judge(RULE)
    return [(judge.take(check), judge.condition)[1] for check in some]


def test_one_lost_check_takes_nothing_down():
    assert conditions(checks("++-+--+"))[1:] == ["up"] * 6


def test_three_lost_checks_are_down_as_from_the_first():
    judge = Judge(RULE)
    changes = [judge.take(c) for c in checks("+++---")]
    assert [c.after for c in changes if c] == ["up", "down"]
    assert changes[-1].since == START + timedelta(minutes=3)


def test_one_answer_does_not_end_an_outage_and_two_do():
    assert conditions(checks("++---+-++")) == ["unknown", "up", "up", "up", "down", "down", "down", "down", "up"]


def test_a_slow_link_is_degraded_until_it_is_clearly_well():
    slow = checks("+" * RECENT, latency_ms=900.0)
    assert conditions(slow)[-1] == "degraded"
    middling = checks("+" * 30, latency_ms=500.0)  # under the limit, above half of it
    judge = Judge(RULE)
    for check in slow + middling:
        judge.take(check)
    assert judge.condition == "degraded"
    for check in checks("+" * 30, latency_ms=100.0):
        judge.take(check)
    assert judge.condition == "up"


def test_loss_makes_a_link_degraded():
    lossy = [Check(START, "icmp", True, 40.0, 33.0) for _ in range(RECENT)]
    assert conditions(lossy)[-1] == "degraded"


def test_a_clock_that_jumps_changes_no_condition():
    plain = checks("+++---+++")
    jumped = [Check(c.time - timedelta(days=1) * (k > 3), *(c.method, c.up, c.latency_ms, c.loss_percent))
              for k, c in enumerate(plain)]  # fmt: skip
    assert conditions(plain) == conditions(jumped)


def test_what_nobody_looks_at_is_unknown():
    judge = Judge(RULE)
    for check in checks("+++"):
        judge.take(check)
    assert judge.lost_sight(START).after == "unknown"
    assert judge.lost_sight(START) is None


@given(st.text(alphabet="+-", min_size=1, max_size=60))
def test_a_condition_never_changes_on_fewer_checks_than_the_rule_says(text):
    judge, before = Judge(RULE), 0
    for k, check in enumerate(checks(text)):
        change = judge.take(check)
        if change is not None and "down" in (change.before, change.after) and change.before != "unknown":
            run = text[: k + 1][-(RULE.fails_to_down if change.after == "down" else RULE.passes_to_up) :]
            assert len(set(run)) == 1
            before = k
    assert before >= 0


def test_a_cut_fibre_is_one_cause():
    upstream = {"A": None, "B": "A", "C": "B", "D": "A", "E": None}
    assert causes({"A", "B", "C", "E"}, upstream) == {"A": ["A", "B", "C"], "E": ["E"]}
    assert causes({"C", "A"}, upstream) == {"A": ["A"], "C": ["C"]}  # B between them is up
    assert causes({"X", "Y"}, {"X": "Y", "Y": "X"})  # a loop in the register ends


def test_availability_counts_neither_planned_work_nor_what_is_unknown():
    hour = timedelta(hours=1)
    spans = [Span("up", START, START + 6 * hour), Span("down", START + 6 * hour, START + 8 * hour),
             Span("degraded", START + 8 * hour, START + 10 * hour)]  # fmt: skip
    planned = [(START + 7 * hour, START + 9 * hour), (START + 8 * hour, START + 8.5 * hour)]
    found = availability(spans, planned, START, START + 12 * hour)
    assert found.planned_s == 7200.0
    assert found.seconds == {"up": 21600.0, "down": 3600.0, "degraded": 3600.0, "unknown": 7200.0}
    assert found.up_share == pytest.approx(7 / 8)
    assert availability([], [], START, START + hour).up_share is None


@pytest.mark.parametrize(("start", "end", "quiet"), [(22, 6, {23, 2}), (12, 14, {12, 13}), (0, 0, set())])
def test_quiet_hours(start, end, quiet):
    rule = WatchSettings(quiet_from_hour=start, quiet_to_hour=end)
    hours = {h for h in (2, 7, 12, 13, 14, 21, 23) if in_quiet_hours(rule, START.replace(hour=h))}
    assert hours == quiet
