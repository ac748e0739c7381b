import csv
import dataclasses
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from jangkau.records import Grade
from jangkau.reports.tables import cell_text, write_grades_csv


def grade(**changes: Any) -> Grade:
    values: dict[str, Any] = {
        "subject": "village",
        "code": "64.08.01.2001",
        "name": "Senyiur; hulu",
        "quantity": "signal",
        "operator": "any",
        "value": "unknown",
        "probability_served": 0.123456,
        "evidence": "predicted",
        "evidence_date": date(2024, 11, 6),
        "rule": "signal-v1",
        "reason_code": "grade.no_cells",
        "reason_parameters": json.dumps({"operator": "Telkomsel"}),
        "denominator": 4030.0,
        "longitude": 116.55629812,
    }
    return Grade(**(values | changes))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_grades_have_every_field_in_order_and_the_reason_in_both_languages(tmp_path: Path) -> None:
    path = tmp_path / "grades.csv"
    write_grades_csv(path, [grade(), grade(code="64.08.01.2002", name=None)], None)
    first, second = rows_of(path)
    assert list(first) == [f.name for f in dataclasses.fields(Grade)] + ["reason_id", "reason_en"]
    assert first["name"] == "Senyiur; hulu"
    assert first["probability_served"] == "0.1235"
    assert first["probability_weak"] == ""
    assert first["longitude"] == "116.556298"
    assert first["denominator"] == "4030"
    assert first["stale"] == "false"
    assert first["evidence_date"] == "2024-11-06"
    assert first["reason_id"].startswith("Belum diketahui untuk Telkomsel")
    assert first["reason_en"].startswith("Unknown for Telkomsel")
    assert second["code"] == "64.08.01.2002"
    assert second["name"] == ""


def test_one_language_gives_one_reason_and_the_same_bytes_twice(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        write_grades_csv(tmp_path / name, [grade()], "id")
    (row,) = rows_of(tmp_path / "a.csv")
    assert "reason_id" in row
    assert "reason_en" not in row
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (float("nan"), ""), (-0.001, "0"), (1200.0, "1200"), (0.5, "0.5"), (True, "true"), (3, "3")],
)
def test_cells_are_plain(value: object, text: str) -> None:
    assert cell_text(value) == text
