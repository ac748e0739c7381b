import json
import re
from datetime import date
from pathlib import Path

import pytest

import jangkau.grades
from jangkau.messages import LANGUAGES, Message, render
from jangkau.records import VALUES
from jangkau.reports import looks
from jangkau.reports.sentences import message_from_json, say, sentence

SIGNAL = {"operator": "Telkomsel", "probability": 4.2, "weak": 31.0}
TESTED = {"operator": "Telkomsel", "date": "2024-11-02", "rsrp_dbm": -115.0, "technology": "3G", "standard": "4G"}
UNMEASURED = TESTED | {"rsrp_dbm": None}
OFFICE = {"link": "K-01", "date": "2024-11-02", "download_mbps": 3.14, "contracted_mbps": 10.0, "share": 80.0}
SEND = {"probability": 95.0, "kbps": 90.0}
SENT = {"operator": "IOH", "date": "2024-11-02", "measured_kbps": 1250.0, "kbps": 90.0, "place": "64.08.01.2001-03"}
FAR = {"operator": "XL", "site": "Muara Wahau", "distance_km": 3.21, "probability": 4.2}
MEMBERS = {"total": 1235.0, "served": 1200.0, "weak": 30.0, "none": 5.0, "unknown": 0.0, "unit": Message("unit.people")}

REASONS = {
    "predicted_served": SIGNAL,
    "predicted_weak": SIGNAL,
    "corrected": {"reason": Message("grade.predicted_served", SIGNAL), "tests": 1234, "date": "2024-11-02"},
    "uncertain": SIGNAL | {"leans": Message("value.weak")},
    "blocked_by_terrain": FAR | {"height_m": 214.3},
    "blocked_by_trees": FAR,
    "too_far": FAR,
    "no_cell_in_reach": {"operator": "XL", "radius_km": 30.0},
    "no_cells": {"operator": "XL"},
    "not_yet_graded": {"operator": "XL"},
    "no_grading": {"operator": "XL"},
    "no_terrain": {"operator": "XL"},
    "no_places": {},
    "no_stations": {},
    "predicted_none": {"operator": "XL"},
    "no_position": {},
    "no_operators": {"operator": "any"},
    "members": MEMBERS,
    "lesser_test": {"operator": "XL", "date": "2024-11-02", "leans": Message("value.weak")},
    "tested_served": UNMEASURED,
    "tested_none": UNMEASURED,
    "tested_limited": UNMEASURED,
    "tested_weak": TESTED,
    "tested_below_weak": TESTED,
    "tested_older_technology": UNMEASURED,
    "office_no_link": {"operator": "any"},
    "office_not_measured": {"link": "K-01"},
    "office_down": OFFICE | {"download_mbps": None},
    "office_no_rate": OFFICE | {"contracted_mbps": None},
    "office_served": OFFICE,
    "office_slow": OFFICE,
    "send_unknown": {"operator": "any"},
    "send_predicted": SEND,
    "send_none": SEND,
    "send_uncertain": SEND,
    "send_tested": SENT,
    "send_place_tested": SENT,
    "send_test_failed": SENT | {"place": ""},
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", REASONS)
def test_every_reason_is_a_sentence_after_its_way_through_json(name: str, language: str) -> None:
    kept = Message(f"grade.{name}", REASONS[name]).as_json()
    said = sentence(str(kept["code"]), json.dumps(kept["parameters"]), language)
    assert said[0].isupper()
    assert said.endswith(".")
    assert "grade." not in said
    assert "None" not in said
    assert "{" not in said


def test_every_reason_that_the_rules_use_is_sampled() -> None:
    package = Path(jangkau.grades.__file__).parent
    files = [package / "grades.py", package / "locale/en/LC_MESSAGES/grades.po"]
    used = {name for file in files for name in re.findall(r'"grade\.(\w+)"', file.read_text("utf-8"))}
    assert used - {"nothing_to_grade"} <= REASONS.keys()


def test_the_reason_of_the_design_reads_as_written_there() -> None:
    parameters = {"operator": "Telkomsel", "height_m": 214, "distance_km": 3.2, "site": "Muara Wahau", "probability": 4}
    said = render(Message("grade.blocked_by_terrain", parameters), "id")
    expected = "Tidak ada sinyal Telkomsel: bukit 214 m di 3,2 km menutup jalur ke menara Muara Wahau; kemungkinan 4 %."
    assert said == expected


def test_a_message_inside_a_message_is_rendered_in_the_same_language() -> None:
    kept = Message("grade.uncertain", SIGNAL | {"leans": Message("value.none")}).as_json()
    message = message_from_json("grade.uncertain", json.dumps(kept["parameters"]))
    assert isinstance(message.parameters["leans"], Message)
    assert "condong ke tidak ada;" in render(message, "id")
    assert "leans to none;" in render(message, "en")


def test_dates_are_said_as_they_were_kept() -> None:
    kept = Message("grade.tested_none", {"operator": "IOH", "date": date(2024, 11, 2)}).as_json()
    assert "2024-11-02" in sentence("grade.tested_none", json.dumps(kept["parameters"]), "en")


def test_a_name_is_said_as_it_is() -> None:
    assert say("Kutai Timur", "id") == "Kutai Timur"
    assert say(Message("value.served"), "id") == "ada sinyal"


def test_labels_follow_the_list_of_words() -> None:
    said = [render(looks.VALUE_LOOKS[value].label, "id") for value in VALUES]
    assert said == ["ada sinyal", "lemah", "tidak ada", "belum diketahui", "sebagian"]
    assert [render(looks.VALUE_LOOKS[value].label, "en") for value in VALUES] == list(VALUES)
