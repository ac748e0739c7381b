"""Where a remedy stands is read from work and evidence, never from a promise."""

import dataclasses
from datetime import UTC, date, datetime

import pytest

from jangkau.grades import Verdict
from jangkau.messages import LANGUAGES, Message, render
from jangkau.records import Remedy, Request, Task
from jangkau.studies.loop import standing

NOW = datetime(2024, 11, 11, tzinfo=UTC)
BORN = {"id": "x", "recorded_at": NOW}
REMEDY = Remedy(
    **BORN, code="R", place_code="P", quantity="signal", kind="new_site", state="proposed", valid_from=date(2024, 11, 1)
)


def verdict(value, day=None, *, stale=False):
    return Verdict(
        value, Message("grade.no_places"), evidence="tested" if day else "predicted", evidence_date=day, stale=stale
    )


def work(state, day=10, kind="do"):
    return Task(**BORN, code=f"T{day}", remedy_code="R", kind=kind, state=state, valid_from=date(2024, 11, day))


def stage(*verdicts, tasks=(), requests=(), state="proposed"):
    return standing(dataclasses.replace(REMEDY, state=state), list(tasks), list(requests), list(verdicts)).stage


DARK = verdict("none")
ASKED = Request(**BORN, code="Q", stakeholder_code="op", state="asked")


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("open", lambda: stage(DARK)),
        ("planned", lambda: stage(DARK, state="chosen")),
        ("planned", lambda: stage(DARK, tasks=[work("open")])),
        ("asked", lambda: stage(DARK, requests=[ASKED], state="chosen")),
        ("open", lambda: stage(DARK, requests=[dataclasses.replace(ASKED, state="drafted")])),
        ("planned", lambda: stage(DARK, tasks=[work("done"), work("open", 11)])),
        ("testing", lambda: stage(DARK, tasks=[work("done"), work("open", 11, "test")])),
        ("testing", lambda: stage(verdict("served"), tasks=[work("done")])),  # predicted is not proven
        (
            "testing",
            lambda: stage(verdict("served", date(2024, 11, 9)), tasks=[work("done")]),
        ),  # tested before the work
        ("testing", lambda: stage(verdict("none", date(2024, 11, 12)), tasks=[work("done")])),
        ("testing", lambda: stage(verdict("served", date(2024, 11, 12), stale=True), tasks=[work("done")])),
        ("testing", lambda: stage(verdict("served", date(2024, 11, 12)), DARK, tasks=[work("done")])),  # one of two
        ("closed", lambda: stage(verdict("served", date(2024, 11, 12)), tasks=[work("done")])),
        ("closed", lambda: stage(verdict("served", date(2024, 11, 10)), tasks=[work("done")])),
        ("closed", lambda: stage(verdict("served", date(2024, 11, 2)))),  # it came by itself, and was tested
        ("planned", lambda: stage(verdict("served", date(2024, 11, 12)), tasks=[work("open")])),
        ("open", lambda: stage()),  # nothing known of its place
        ("dropped", lambda: stage(verdict("served", date(2024, 11, 12)), state="dropped")),
    ],
)
def test_stages(expected, found):
    assert found() == expected


def test_every_stage_has_a_sentence_with_its_day():
    closed = standing(REMEDY, [work("done")], [], [verdict("served", date(2024, 11, 12))])
    failed = standing(REMEDY, [work("done")], [], [verdict("weak", date(2024, 11, 13))])
    for language in LANGUAGES:
        assert "2024-11-12" in render(closed.sentence, language)
        assert "2024-11-13" in render(failed.sentence, language)
