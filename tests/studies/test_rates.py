"""A change of rate is shown with the checks before and after it, by the region's days."""

from datetime import UTC, date, datetime

from jangkau.records import Link, Probe, new_id
from jangkau.studies.rates import rate_changes

NOW = datetime(2024, 11, 11, 3, tzinfo=UTC)
ZONE = "Asia/Makassar"


def link(day, down, code="L1"):
    return Link(
        id=new_id(NOW), recorded_at=NOW, code=code, place_code="P1", stage="tested", download_mbps=down,
        upload_mbps=down, valid_from=day,
    )  # fmt: skip


def probe(time, down, code="L1", up=True):
    return Probe(id=new_id(NOW), recorded_at=NOW, link_code=code, method="agent", time=time, up=up, download_mbps=down)


def test_each_change_has_the_last_test_of_both_sides():
    rows = [link(date(2024, 10, 12), 50.0), link(None, 10.0)]
    probes = [
        probe(datetime(2024, 10, 1, tzinfo=UTC), 7.0),
        probe(datetime(2024, 10, 11, 15, 59, tzinfo=UTC), 8.0),  # 23:59 of the day before
        probe(datetime(2024, 10, 11, 16, 1, tzinfo=UTC), 44.0),  # 00:01 of the day
        probe(datetime(2024, 10, 12, tzinfo=UTC), None),  # answered, but measured no rate
        probe(datetime(2024, 10, 12, tzinfo=UTC), 99.0, "L2"),
    ]
    (change,) = rate_changes(rows, probes, ZONE)
    assert (change.before.download_mbps, change.after.download_mbps) == (10.0, 50.0)
    assert (change.tested_before.download_mbps, change.tested_after.download_mbps) == (8.0, 44.0)


def test_a_change_that_nobody_tested_says_so():
    rows = [link(date(2024, 1, 1), 10.0), link(date(2024, 10, 12), 50.0), link(date(2024, 11, 1), 20.0)]
    newest, older = rate_changes(rows, [probe(datetime(2024, 10, 20, tzinfo=UTC), 30.0)], ZONE)
    assert (newest.after.download_mbps, newest.tested_after) == (20.0, None)
    assert newest.tested_before is older.tested_after is not None
    assert older.tested_before is None
    assert (newest.raised, older.raised) == (False, True)


def test_a_row_that_changes_something_else_is_no_change_of_rate():
    assert rate_changes([link(date(2024, 1, 1), 10.0), link(date(2024, 10, 12), 10.0)], [], ZONE) == []
    assert rate_changes([link(date(2024, 1, 1), 10.0), link(date(2024, 2, 1), 20.0, "L2")], [], ZONE) == []
