"""The rules of grading, exactly as the product states them."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jangkau import grades
from jangkau.grades import Verdict
from jangkau.messages import Message
from jangkau.records import Link, Probe, Visit, new_id
from jangkau.settings import EvidenceStandard, OfficeStandard, SendStandard, SignalStandard

TODAY = date(2024, 11, 11)
NOON = datetime(2024, 11, 10, 4, 0, tzinfo=UTC)
WHY = Message("grade.predicted_none")
SIGNAL, SEND, OFFICE, EVIDENCE = SignalStandard(), SendStandard(), OfficeStandard(), EvidenceStandard()


def visit(service="ok", days_ago=1, operator="A", place="P", **values):
    time = NOON - timedelta(days=days_ago - 1)
    given_ = {"technology": "4G"} | values
    return Visit(
        id=new_id(NOON), recorded_at=NOON, place_code=place, time=time, operator=operator, service=service, **given_
    )


def tested(*visits, as_of=TODAY):
    return grades.tested_signal(visits, "A", SIGNAL, EVIDENCE, as_of)


@pytest.mark.parametrize(
    ("served", "weak", "value"),
    [
        (0.9, 0.99, "served"),
        (0.8999, 0.9, "weak"),
        (0.0, 0.1, "none"),
        (0.05, 0.1001, "unknown"),
        (0.5, 0.8, "unknown"),
        (0.0, 0.0, "none"),
        (1.0, 1.0, "served"),
    ],
)
def test_signal_v1_decides_at_its_limits(served, weak, value):
    assert grades.predicted_signal("A", served, weak, SIGNAL, WHY).value == value


def test_an_uncertain_point_says_what_it_leans_to():
    verdict = grades.predicted_signal("A", 0.2, 0.3, SIGNAL, WHY)
    assert verdict.reason.code == "grade.uncertain"
    assert verdict.reason.parameters["leans"] == Message("value.none")
    assert grades.predicted_signal("A", 0.1, 0.8, SIGNAL, WHY).reason.parameters["leans"] == Message("value.weak")


def test_unknown_ground_is_unknown_with_its_reason():
    verdict = grades.predicted_signal("A", math.nan, 0.0, SIGNAL, WHY)
    assert (verdict.value, verdict.reason.code, verdict.evidence) == ("unknown", "grade.no_terrain", "nothing")


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_signal_never_makes_a_worse_grade(a, b):
    order = {"none": 0, "unknown": 1, "weak": 2, "served": 3}
    low, high = sorted((a, b))
    first = grades.predicted_signal("A", low * 0.8, low, SIGNAL, WHY)
    second = grades.predicted_signal("A", high * 0.8, high, SIGNAL, WHY)
    assert order[first.value] <= order[second.value]


@pytest.mark.parametrize(
    ("given_", "value", "code"),
    [
        ({"service": "none", "technology": None}, "none", "grade.tested_none"),
        ({"service": "ok", "rsrp_dbm": -100.0}, "served", "grade.tested_served"),
        ({"service": "ok"}, "served", "grade.tested_served"),
        ({"service": "ok", "rsrp_dbm": -115.0}, "weak", "grade.tested_weak"),
        ({"service": "ok", "rsrp_dbm": -121.0}, "none", "grade.tested_below_weak"),
        ({"service": "limited"}, "weak", "grade.tested_limited"),
        ({"service": "ok", "technology": "2G", "rsrp_dbm": -80.0}, "weak", "grade.tested_older_technology"),
    ],
)
def test_a_visit_grades_its_place(given_, value, code):
    verdict = tested(visit(**given_))
    assert (verdict.value, verdict.reason.code, verdict.evidence) == (value, code, "tested")


def test_the_newest_visit_counts_and_the_future_does_not():
    assert tested(visit("none", 5), visit("ok", 2)).value == "served"
    assert tested(visit("ok", 2), as_of=TODAY - timedelta(days=10)) is None
    assert tested(visit(operator="B")) is None


def test_a_valid_visit_outweighs_a_prediction_and_a_stale_one_does_not():
    predicted = grades.predicted_signal("A", 0.99, 1.0, SIGNAL, WHY)
    fresh, stale = tested(visit("none", 60)), tested(visit("none", 62))
    assert not fresh.stale
    assert stale.stale
    assert grades.prefer_test(fresh, predicted).value == "none"
    assert grades.prefer_test(fresh, predicted).probability_served == 0.99
    assert grades.prefer_test(stale, predicted).value == "served"
    assert grades.prefer_test(None, predicted) is predicted


def test_a_stale_visit_still_speaks_where_nothing_else_does():
    kept = grades.prefer_test(tested(visit("none", 100)), grades.unknown("grade.no_cells", "A"))
    assert (kept.value, kept.stale) == ("none", True)


def verdict(value, operator="A"):
    return Verdict(value, WHY, operator)


@pytest.mark.parametrize(
    ("values", "any_"),
    [
        (["served", "none", "none"], "served"),
        (["weak", "none", "unknown"], "weak"),
        (["none", "none", "none"], "none"),
        (["none", "none", "unknown"], "unknown"),
        (["unknown"], "unknown"),
        ([], "unknown"),
    ],
)
def test_any_operator(values, any_):
    found = grades.any_operator([verdict(v, f"O{i}") for i, v in enumerate(values)])
    assert (found.value, found.operator) == (any_, "any")


def link(code="L", download=20.0, stage="fitted", upload=None):
    return Link(
        id=new_id(NOON),
        recorded_at=NOON,
        code=code,
        place_code="P",
        stage=stage,
        download_mbps=download,
        upload_mbps=upload,
    )


def probe(code="L", up=True, download=18.0, days_ago=1, upload=None):
    time = NOON - timedelta(days=days_ago - 1)
    return Probe(
        id=new_id(NOON),
        recorded_at=NOON,
        link_code=code,
        time=time,
        method="agent",
        up=up,
        download_mbps=download,
        upload_mbps=upload,
    )


@pytest.mark.parametrize(
    ("links", "probes", "value", "code"),
    [
        ([link()], [probe(download=16.0)], "served", "grade.office_served"),
        ([link()], [probe(download=15.9)], "weak", "grade.office_slow"),
        ([link(upload=10.0)], [probe(upload=7.0)], "weak", "grade.office_slow"),
        ([link()], [probe(up=False, download=None)], "none", "grade.office_down"),
        ([link()], [], "unknown", "grade.office_not_measured"),
        ([link()], [probe(download=None)], "unknown", "grade.office_not_measured"),
        ([link(download=None)], [probe()], "unknown", "grade.office_no_rate"),
        ([], [], "unknown", "grade.office_no_link"),
        ([link(stage="ordered")], [probe()], "unknown", "grade.office_no_link"),
        ([link(), link("M")], [probe(up=False, download=None), probe("M")], "served", "grade.office_served"),
    ],
)
def test_office_v1(links, probes, value, code):
    found = grades.office(links, probes, OFFICE, EVIDENCE, TODAY)
    assert (found.value, found.reason.code) == (value, code)


def test_an_old_probe_says_that_it_is_stale():
    assert grades.office([link()], [probe(days_ago=90)], OFFICE, EVIDENCE, TODAY).stale


def send(probability=math.nan, visits=(), there=None):
    return grades.send(probability, visits, there, SEND, SIGNAL, EVIDENCE, TODAY)


def test_send_v1_by_prediction():
    assert send(0.9).value == "served"
    assert send(0.1).value == "none"
    assert send(0.5).value == "unknown"
    assert send().reason.code == "grade.send_unknown"


def test_send_v1_by_a_test_or_a_tested_send_place():
    assert send(0.0, [visit(upload_mbps=0.09)]).reason.code == "grade.send_tested"
    failed = [visit(upload_mbps=0.05)]
    assert send(0.99, failed).value == "none"
    assert send(0.0, failed, ("Q", [visit(place="Q", upload_mbps=1.0)])).reason.code == "grade.send_place_tested"
    assert send(0.0, [], ("Q", [visit(place="Q", upload_mbps=1.0, days_ago=100)])).value == "none"


@pytest.mark.parametrize(
    ("members", "value"),
    [
        ([("served", 95), ("none", 5)], "served"),
        ([("served", 94), ("none", 6)], "partial"),
        ([("none", 95), ("served", 5)], "none"),
        ([("none", 50), ("served", 50)], "partial"),
        ([("unknown", 100)], "unknown"),
        ([("served", 60), ("unknown", 40)], "unknown"),
        ([("served", 50), ("none", 30), ("unknown", 20)], "partial"),
        ([("weak", 100)], "partial"),
        ([], "unknown"),
    ],
)
def test_roll_up(members, value):
    total = grades.roll_up(members, 0.95)
    assert total.value == value
    assert total.served + total.weak + total.none + total.unknown == total.denominator == sum(w for _, w in members)


def test_reasons_of_places_are_kept_for_any_operator():
    one = replace(verdict("none"), reason=Message("grade.too_far", {"operator": "A"}))
    assert grades.any_operator([one]).reason.code == "grade.too_far"
