"""A grading that an earlier Jangkau made is still read."""

from datetime import date

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
