"""A grading that an earlier Jangkau made is still read."""

from datetime import UTC, date, datetime

import pytest

from jangkau.errors import RegionError
from jangkau.messages import LANGUAGES, render
from jangkau.settings import Settings, as_table
from jangkau.store.runs import Recipe, Run
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.init_region import init_region
from jangkau.studies.repeat import repeat
from jangkau.studies.verdicts import Predicted

REASON = {"code": "grade.no_cells", "parameters": {"operator": "A"}}


def test_what_a_grading_said_before_maps_were_corrected_is_read():
    said = {"signal": {"A": {"P1": ["unknown", None, 0.4, "nothing", REASON]}}, "send": {"P1": None}}
    verdict = Predicted.from_json(said).signal["A"]["P1"]
    assert (verdict.value, verdict.probability_weak, verdict.tests, verdict.evidence_date) == ("unknown", 0.4, 0, None)


def test_what_a_grading_says_now_comes_back():
    said = {"signal": {"A": {"P1": ["served", 0.95, 0.99, "predicted", REASON, 7, "2024-11-02"]}}, "send": {}}
    again = Predicted.from_json(said)
    assert again.signal["A"]["P1"].evidence_date == date(2024, 11, 2)
    assert again.as_json() == said


@pytest.mark.parametrize(
    ("study", "parameters", "code"),
    [
        ("grade", {"prediction": None, "correction": None}, "repeat.older"),
        ("grade", {"prediction": None}, "repeat.older"),
        ("sing", {}, "repeat.no_study"),
    ],
)
def test_a_run_that_cannot_be_made_again_is_said_to_be_one(tmp_path, study, parameters, code):
    here = Circumstances(date(2024, 11, 11), lambda: datetime(2024, 11, 11, tzinfo=UTC), workers=1)
    region = init_region(tmp_path / "region", Settings(), here)
    run = Run.begin(region.path, Recipe(study, date(2024, 11, 10), as_table(region.settings) | parameters, {}))
    run.finish(started=here.clock(), ended=here.clock(), outputs=[], summary={})
    with pytest.raises(RegionError) as trouble:
        repeat(region, run.id, here)
    assert trouble.value.message.code == code
    for language in LANGUAGES:
        assert run.id in render(trouble.value.message, language)
