"""The catalogue of ways, and the calendar of teams against a checker of its own."""

import csv
import io

import numpy as np
import pytest

from jangkau.errors import InputError
from jangkau.planning import checker
from jangkau.planning.teams import Job, assign
from jangkau.planning.ways import ALWAYS, COLUMNS, NAMES, parse, shipped


def changed(name, cells):
    rows = list(csv.DictReader(io.StringIO(shipped())))
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, COLUMNS)
    table.writeheader()
    table.writerows([row | cells if row["way"] == name else row for row in rows])
    return text.getvalue()


def test_the_shipped_catalogue_names_every_way_with_its_source():
    catalogue = parse(shipped(), "ways.csv")
    assert tuple(catalogue) == NAMES
    assert next(csv.reader(io.StringIO(shipped()))) == list(COLUMNS)
    for way in catalogue.values():
        assert way.meaning
        assert way.source or way.assumed
        assert way.agree or way.way == "permanent"
    assert 15e6 <= catalogue["satellite"].cost_idr <= 18e6  # as published of 457 kits in Central Kalimantan


@pytest.mark.parametrize(
    ("way", "cells", "code"),
    [
        ("satellite", {"cost_idr": "cheap"}, "remedy.bad_cell"),
        ("satellite", {"sure": "1.2"}, "remedy.bad_cell"),
        ("satellite", {"kits": "2.5"}, "remedy.bad_cell"),
        ("satellite", {"days": "-1"}, "remedy.bad_cell"),
        ("satellite", {"way": "balloon"}, "remedy.bad_cell"),
        ("satellite", {"way": "wifi"}, "remedy.twice"),
        ("carry", {"cost_idr": "10"}, "remedy.not_free"),
        ("radio", {"way": ""}, "remedy.bad_cell"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_row(way, cells, code):
    with pytest.raises(InputError) as error:
        parse(changed(way, cells), "ways.csv")
    assert error.value.message.code == code
    assert error.value.message.parameters["file"] == "ways.csv"


def test_the_last_resorts_may_not_be_left_out():
    for way in ALWAYS:
        lines = [line for line in shipped().splitlines() if not line.startswith(f"{way},")]
        with pytest.raises(InputError) as error:
            parse("\n".join(lines), "ways.csv")
        assert error.value.message.code == "remedy.lacking"


def facts(jobs, shifts):
    return (
        [(j.place, j.crews, j.hours, j.earliest_day) for j in jobs],
        [(s.team, s.day, s.begin_h, s.end_h, s.place) for s in shifts],
    )


@pytest.mark.parametrize("seed", range(40))
def test_calendars_hold(seed):
    rng = np.random.default_rng(seed)
    jobs = [
        Job(p, int(rng.integers(1, 3)), float(rng.uniform(0.2, 11.0)), int(rng.integers(0, 5)), "ab"[p % 2])
        for p in range(25)
    ]
    shifts, late = assign(jobs, 3, 8.0, 9)
    done = [j for j in jobs if j.place not in late]
    assert checker.check_teams(*facts(done, shifts), 3, 8.0, 9) == []
    assert {s.place for s in shifts} == {j.place for j in done}
    assert done


def test_a_team_stays_in_its_area_while_its_day_lasts():
    jobs = [Job(p, 1, 2.0, 0, area) for p, area in enumerate("aaaabbbb")]
    shifts, late = assign(jobs, 2, 8.0, 1)
    assert late == []
    assert {(s.team, jobs[s.place].area) for s in shifts} == {(0, "a"), (1, "b")}


def test_a_long_work_goes_on_the_next_day_and_one_too_long_is_named():
    shifts, late = assign([Job(0, 2, 10.0, 1), Job(1, 1, 30.0, 0), Job(2, 3, 1.0, 0)], 2, 8.0, 3)
    assert late == [1, 2]
    assert [(s.team, s.day, s.begin_h, s.end_h) for s in shifts] == [
        (0, 1, 0.0, 8.0), (0, 2, 0.0, 2.0), (1, 1, 0.0, 8.0), (1, 2, 0.0, 2.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ((0, 0, 1.0, 3.0, 0), "planning.check_two_places"),
        ((1, 0, 0.0, 2.0, 0), "planning.check_too_early"),
        ((1, 4, 0.0, 2.0, 0), "planning.check_shift"),
        ((7, 1, 0.0, 2.0, 0), "planning.check_shift"),
        ((1, 1, 7.0, 9.0, 0), "planning.check_shift"),
        ((1, 1, 0.0, 1.0, 0), "planning.check_work"),
    ],
)
def test_one_changed_shift_is_refused(row, code):
    jobs = [(0, 1, 2.0, 1), (1, 1, 2.0, 0)]
    good = [(1, 1, 0.0, 2.0, 0), (0, 0, 0.0, 2.0, 1)]
    assert checker.check_teams(jobs, good, 2, 8.0, 3) == []
    assert code in {m.code for m in checker.check_teams(jobs, [row, good[1]], 2, 8.0, 3)}
    stray = (1, 2, 0.0, 1.0, 9)
    assert "planning.check_work" in {m.code for m in checker.check_teams(jobs, [*good, stray], 2, 8.0, 3)}
