"""The ladder of the last weeks on a small invented regency: one way a place, checks, impossible asks, steps."""

import csv
import dataclasses
import json
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pyogrio
import pytest
from typer.testing import CliRunner

from jangkau.cli import app
from jangkau.errors import InputError, RegionError
from jangkau.geo import distance_azimuth
from jangkau.planning.ways import RUNGS
from jangkau.records import Remedy, Request, Stakeholder, Task, new_id
from jangkau.settings import RadioSettings
from jangkau.store.region_folder import RegionFolder
from jangkau.store.runs import read_run
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.grade import grade
from jangkau.studies.import_data import About, import_files
from jangkau.studies.init_region import init_region
from jangkau.studies.predict import predict
from jangkau.studies.remedy import CATALOGUE_FILE, remedy
from jangkau.studies.remedy_plan import EASE, Wishes, by_day
from jangkau.studies.remedy_steps import KINDS, propose_plan
from jangkau.studies.repeat import repeat
from jangkau.synthetic import make_world, write_region_files

TODAY = date(2024, 11, 11)
VOTE = date(2024, 11, 27)
NOW = datetime(2024, 11, 11, 3, tzinfo=UTC)


def circumstances():
    return Circumstances(TODAY, lambda: NOW, workers=2)


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    world = make_world(seed=3, side_km=15.0, villages=8, districts=2)
    radio = RadioSettings(resolution_m=500.0, radius_km=12.0, profile_step_m=120.0)
    settings = dataclasses.replace(world.settings, radio=radio)
    folder = init_region(tmp_path_factory.mktemp("region") / "contoh", settings, circumstances())
    files = write_region_files(world, tmp_path_factory.mktemp("brought"))
    import_files(folder, files, circumstances(), About("Contoh", "CC0", TODAY))
    predict(folder, circumstances())
    grade(folder, circumstances())
    return folder


@pytest.fixture(scope="module")
def found(region):
    return remedy(region, Wishes(VOTE), circumstances())


@pytest.fixture
def catalogue(region, found):
    """Return a function that changes cells of the region's catalogue, for one test."""
    file = region.path / CATALOGUE_FILE
    kept = file.read_text("utf-8")

    def change(**ways):
        head, *rows = csv.reader(file.read_text("utf-8").splitlines())
        for row in rows:
            for column, value in ways.get(row[0], {}).items():
                row[head.index(column)] = str(value)
        with file.open("w", encoding="utf-8", newline="") as table:
            csv.writer(table).writerows([head, *rows])

    yield change
    file.write_text(kept, "utf-8")


def with_settings(region, **remedy_settings):
    changed = dataclasses.replace(region.settings.remedy, **remedy_settings)
    return RegionFolder(region.path, dataclasses.replace(region.settings, remedy=changed))


def test_every_station_and_office_has_one_way_and_a_fallback(region, found):
    with (found.run.folder / "plan.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with (region.path / "runs").joinpath(*found_grading(region), "grades.csv").open(encoding="utf-8") as file:
        graded = {
            r["code"]: r["value"]
            for r in csv.DictReader(file)
            if r["subject"] == "place" and r["quantity"] in ("send", "office") and r["operator"] == "any"
        }
    assert sorted(r["code"] for r in rows) == sorted(graded)
    for row in rows:
        assert row["rung"] in RUNGS
        assert row["fallback"] in ("send_place", "carry", "radio")
        assert row["fallback"] != row["way"]
        assert row["why"]
        assert (row["rung"] == "permanent") <= (graded[row["code"]] == "served")
        assert (row["way"] in ("permanent", "carry", "radio")) or row["agree"]
        assert TODAY.isoformat() <= row["ready_on"] <= VOTE.isoformat()
    assert sum(float(r["cost_idr"]) for r in rows) == pytest.approx(found.cost_idr)


def found_grading(region):
    return [p.name for p in (region.path / "runs").iterdir() if "-grade-" in p.name]


def test_a_send_place_is_served_and_near(region, found):
    sent = [p for p in found.places if p.option.way.way == "send_place"]
    assert sent
    for p in sent:
        ends = (p.subject.place, p.option.at)
        metres, _ = distance_azimuth(*(v for e in ends for v in (e.longitude, e.latitude)))
        road_km = float(metres) / 1e3 * region.settings.survey.detour_factor
        assert p.option.road_km == pytest.approx(road_km, rel=2e-3, abs=1e-3)  # of the projection; metres
        assert road_km <= found.catalogue["send_place"].within_km * 1.002
        assert p.option.at.code != p.subject.place.code


def test_teams_work_the_hours_that_the_ways_take(found):
    hours = {}
    for s in found.shifts:
        hours[s.place] = hours.get(s.place, 0.0) + s.end_h - s.begin_h
        day = TODAY + timedelta(days=s.day)
        assert found.places[s.place].option.earliest_day <= s.day
        assert day <= found.places[s.place].ready_on < VOTE
    for n, p in enumerate(found.places):
        assert hours.get(n, 0.0) == pytest.approx(p.option.hours * p.option.crews)


def test_the_run_says_what_it_was_made_from_and_comes_out_the_same(region, found):
    said = read_run(found.run.folder)
    assert said["parameters"]["asked"] == {"by": "2024-11-27", "budget_idr": None}
    assert CATALOGUE_FILE in said["inputs"]
    assert any(name.endswith("grades.csv") for name in said["inputs"])
    assert {n.rpartition("/")[2] for n in said["outputs"]} == {
        "plan.csv", "by_day.csv", "teams.csv", "remedy.xlsx", "remedy.gpkg",
    }  # fmt: skip
    again = repeat(region, found.run.id, circumstances())
    assert again.different == []
    days = by_day(found.places)
    assert [d[:3] for d in days] == sorted(d[:3] for d in days)
    assert sum(days[-1][1:3]) == said["summary"]["closed"] == len(found.places) - len(found.open)


def test_book_and_layer_hold_every_place(found):
    book = openpyxl.load_workbook(found.run.folder / "remedy.xlsx", read_only=True)
    assert book.sheetnames == ["Baca dulu", "Rencana", "Per hari", "Kalender", "Angka"]
    assert len(list(book["Rencana"].iter_rows(min_row=2))) == len(found.places)
    head, *teams = book["Kalender"].iter_rows(values_only=True)
    assert len(head) == 1 + (VOTE - TODAY).days
    assert len(teams) == len({s.team for s in found.shifts})
    table = pyogrio.raw.read(found.run.folder / "remedy.gpkg", layer="remedies", columns=["rung"])[3][0]
    assert sorted(table) == sorted(p.option.way.rung for p in found.places)


def test_less_money_and_fewer_kits_close_no_more(region, found, catalogue):
    poor = remedy(region, Wishes(VOTE, found.cost_idr / 3), circumstances())
    assert poor.cost_idr <= found.cost_idr / 3
    assert poor.value <= found.value + 1e-6
    assert poor.value <= poor.bound + 1e-6
    catalogue(satellite={"kits": 0})
    bare = remedy(region, Wishes(VOTE), circumstances())
    assert not any(p.option.way.way == "satellite" for p in bare.places)
    assert bare.value <= found.value + 1e-6
    reasons = {m.code for p in bare.open for o, m in p.blockers if o.way.way == "satellite"}
    assert reasons <= {"remedy.blocked.kits"}


def test_everything_by_tomorrow_for_nothing(region):
    found = remedy(region, Wishes(TODAY + timedelta(days=1), 0.0), circumstances())
    assert found.open
    assert found.cost_idr == 0.0
    for p in found.open:
        assert p.reason in EASE
        assert p.blockers
        assert p.fallback is not None
    days = next(a for a in found.answers if a.what == "days")
    assert days.closed_more > 0
    later = remedy(region, Wishes(days.by, 0.0), circumstances())
    assert len(found.open) - len(later.open) >= days.closed_more - 1  # hours in all against a calendar
    sooner = remedy(region, Wishes(days.by - timedelta(days=1), 0.0), circumstances())
    assert len(sooner.open) > len(later.open) - 1


def test_without_teams_only_what_needs_none_is_done(region):
    found = remedy(with_settings(region, teams=0), Wishes(VOTE), circumstances())
    assert found.shifts == []
    assert all(p.option.hours == 0.0 for p in found.places)
    assert any(m.code.startswith("remedy.blocked.hours") for p in found.open for _, m in p.blockers)


def test_remote_villages_weigh_as_the_settings_say(region, found):
    survey = dataclasses.replace(region.settings.survey, remote_weight=3.0)
    heavy = remedy(
        RegionFolder(region.path, dataclasses.replace(region.settings, survey=survey)), Wishes(VOTE), circumstances()
    )
    for before, after in zip(found.places, heavy.places, strict=True):
        assert after.subject.weight == pytest.approx(before.subject.weight * (3.0 if after.subject.remote else 1.0))


def test_bad_asks_are_refused(region, tmp_path, catalogue):
    for wishes, code in ((Wishes(TODAY), "remedy.past_day"), (Wishes(VOTE, -1.0), "remedy.bad_budget")):
        with pytest.raises(InputError) as error:
            remedy(region, wishes, circumstances())
        assert error.value.message.code == code
    bare = init_region(tmp_path / "bare", region.settings, circumstances())
    with pytest.raises(RegionError) as unknown:
        remedy(bare, Wishes(VOTE), circumstances())
    assert unknown.value.message.code == "remedy.not_graded"
    catalogue(satellite={"sure": "often"})
    with pytest.raises(InputError) as cell:
        remedy(region, Wishes(VOTE), circumstances())
    assert cell.value.message.code == "remedy.bad_cell"


def test_the_command_answers_and_writes_only_when_asked(region, found):
    common = ["remedy", "--region", str(region.path), "--as-of", "2024-11-11"]
    runner = CliRunner()
    shown = runner.invoke(app, [*common, "--by", "2024-11-12", "--budget", "0"], env={"COLUMNS": "200"})
    assert shown.exit_code == 3
    assert "2024-11-12" in shown.output
    said = runner.invoke(app, [*common, "--by", "2024-11-27", "--json"])
    answer = json.loads(said.stdout)
    assert said.exit_code == (3 if answer["open"] else 0)
    assert len(answer["plan"]) == answer["places"] == len(found.places)
    assert answer["proposed"] is None
    with region.store(NOW) as store:
        assert store.read(Remedy) == []


def test_a_plan_is_proposed_once(region, found):
    with region.store(NOW) as store:
        who = Stakeholder(code="S1", name="KPU", kind="government", id=new_id(NOW, 2), recorded_at=NOW)
        store.add([who])
    first = propose_plan(region, found, circumstances())
    changing = [p for p in found.places if p.option.way.way in KINDS]
    assert first.remedies == first.tasks == len(changing) > 0
    assert first.requests == sum(p.option.way.stakeholder == "government" for p in changing)
    assert "government" not in first.nobody_for
    again = propose_plan(region, found, circumstances())
    assert (again.remedies, again.tasks, again.requests) == (0, 0, 0)
    with region.store(NOW) as store:
        remedies = {r.code: r for r in store.read(Remedy, as_of=TODAY)}
        tasks = store.read(Task, as_of=TODAY)
        requests = store.read(Request, as_of=TODAY)
    assert {r.place_code for r in remedies.values()} == {p.subject.place.code for p in changing}
    assert {t.remedy_code for t in tasks} == remedies.keys()
    assert all(t.due <= VOTE for t in tasks)
    assert {q.state for q in requests} == {"drafted"}
    assert sum(r.cost_idr for r in remedies.values()) == pytest.approx(found.cost_idr)
