"""Where to test next, end to end: the plan, its files, how it repeats, and what it refuses."""

import dataclasses
import json
import shutil
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import openpyxl
import pytest
from pyxform.xls2xform import convert
from typer.testing import CliRunner

from jangkau.cli import app
from jangkau.errors import InputError, RegionError, SettingError
from jangkau.records import Place, Village, Visit
from jangkau.settings import RadioSettings
from jangkau.store.region_folder import RegionFolder
from jangkau.store.runs import read_run
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.import_data import About, import_files
from jangkau.studies.init_region import init_region
from jangkau.studies.level_beliefs import believe
from jangkau.studies.predict import predict
from jangkau.studies.prediction import Prediction
from jangkau.studies.register import Register
from jangkau.studies.repeat import repeat
from jangkau.studies.survey import latest_survey, survey
from jangkau.synthetic import make_world, write_region_files

TODAY = date(2024, 11, 11)
DEADLINE = date(2024, 11, 27)
NOW = datetime(2024, 11, 11, 3, tzinfo=UTC)
TEAMS = "team,start,days,hours,speed_kmh\nTim 1,99.01.01,2,8,25\nTim 2,99.01.02,1,6,20\n"
GPX, KML = "{http://www.topografix.com/GPX/1/1}", "{http://www.opengis.net/kml/2.2}"


def circumstances(as_of=TODAY):
    return Circumstances(as_of, lambda: NOW, workers=1)


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    world = make_world(seed=3, side_km=15.0, villages=8, districts=2)
    radio = RadioSettings(resolution_m=500.0, radius_km=12.0, profile_step_m=120.0)
    made = init_region(
        tmp_path_factory.mktemp("region") / "contoh", dataclasses.replace(world.settings, radio=radio), circumstances()
    )
    files = write_region_files(world, tmp_path_factory.mktemp("brought"))
    import_files(made, files, circumstances(), About("Contoh", "CC0", TODAY))
    return made


@pytest.fixture(scope="module")
def predicted(region):
    return predict(region, circumstances())


@pytest.fixture(scope="module")
def teams(tmp_path_factory):
    return table(tmp_path_factory.mktemp("teams"), TEAMS)


def table(folder, text):
    path = folder / "teams.csv"
    path.write_text(text, "utf-8")
    return path


@pytest.fixture(scope="module")
def planned(region, predicted, teams):
    return survey(region, teams, None, circumstances())


@pytest.fixture(scope="module")
def visits(region):
    with region.store(NOW) as store:
        return store.read(Visit)


def stops_of(plan):
    return [stop for day in plan["days"] for stop in day["stops"]]


def test_every_district_and_every_stale_place_is_tested(planned, visits):
    plan = planned.plan
    assert plan["untested_districts"] == []
    assert {stop["district_code"] for stop in stops_of(plan)} == {"99.01.01", "99.01.02"}
    newest = {}
    for visit in visits:
        newest[visit.place_code] = max(visit.time.date(), newest.get(visit.place_code, date.min))
    stale = {code for code, day in newest.items() if (DEADLINE - day).days > 60}
    assert plan["stale"] == {"all": len(stale), "planned": len(stale)} != {"all": 0, "planned": 0}
    assert stale <= {stop["place_code"] for stop in stops_of(plan)}
    assert plan["counts_until"] == DEADLINE.isoformat()
    assert 0.0 < plan["wrong_after"] < plan["wrong_before"] < plan["people"]


def test_days_keep_their_hours_and_their_order(planned):
    for day in planned.plan["days"]:
        hours = {"Tim 1": 8, "Tim 2": 6}[day["team"]]
        leaves, returns = (datetime.fromisoformat(day[name]) for name in ("leaves", "returns"))
        assert leaves.isoformat().startswith(f"{TODAY + timedelta(days=day['day'])}T08:00")
        assert str(leaves.tzinfo) == "UTC+08:00"
        assert returns - leaves <= timedelta(hours=hours)
        arrivals = [datetime.fromisoformat(stop["arrives"]) for stop in day["stops"]]
        assert arrivals == sorted(arrivals)
        assert arrivals[-1] + timedelta(minutes=20) <= returns
        assert [stop["order"] for stop in day["stops"]] == list(range(1, len(arrivals) + 1))


def test_the_run_says_what_it_was_made_from_and_can_be_made_again(region, planned, predicted):
    said = read_run(planned.run.folder)
    assert said["study"] == "survey"
    assert said["parameters"]["prediction"] == predicted.id
    assert [team["name"] for team in said["parameters"]["teams"]] == ["Tim 1", "Tim 2"]
    assert said["rules"] == ["survey-v1"]
    assert {name for name in said["inputs"] if name.startswith("store:")} >= {"store:place", "store:visit"}
    again = repeat(region, planned.run.id, circumstances())
    assert again.different == []
    assert len(again.same) == 6
    assert latest_survey(region.path, TODAY) == planned.plan
    assert latest_survey(region.path, TODAY - timedelta(days=1)) is None


def test_the_order_of_rows_in_the_table_of_teams_changes_nothing(region, planned, tmp_path):
    head, *rows = TEAMS.splitlines()
    turned = survey(region, table(tmp_path, "\n".join([head, *reversed(rows)])), None, circumstances())
    assert turned.run.id == planned.run.id
    assert turned.plan == planned.plan


def test_sheets_have_a_page_a_team_in_both_languages(planned):
    for language, words in (("id", ("Mengapa di sini", "sinyal")), ("en", ("Why here", "signal"))):
        book = openpyxl.load_workbook(planned.run.folder / f"survey-{language}.xlsx")
        assert book.sheetnames[1:] == ["Tim 1", "Tim 2"]
        rows = [list(row) for row in book["Tim 1"].iter_rows(values_only=True)]
        assert words[0] in rows[0]
        own = [s for d in planned.plan["days"] if d["team"] == "Tim 1" for s in d["stops"]]
        assert [row[3] for row in rows[1:]] == [stop["place_code"] for stop in own]
        assert all(words[1] in row[10] and row[11] for row in rows[1:])


def test_ways_are_valid_gpx_and_kml(planned):
    stops = stops_of(planned.plan)
    gpx = ElementTree.parse(planned.run.folder / "survey.gpx").getroot()
    marks = gpx.findall(f"{GPX}wpt")
    assert [(float(m.get("lat")), float(m.get("lon"))) for m in marks] == [
        (pytest.approx(s["latitude"]), pytest.approx(s["longitude"])) for s in stops
    ]
    assert [len(way.findall(f"{GPX}rtept")) for way in gpx.findall(f"{GPX}rte")] == [
        len(day["stops"]) for day in planned.plan["days"]
    ]
    kml = ElementTree.parse(planned.run.folder / "survey.kml").getroot()
    assert len(kml.findall(f".//{KML}Point")) == len(stops)
    assert len(kml.findall(f".//{KML}LineString")) == len(planned.plan["days"])


def test_the_form_is_a_valid_xlsform_that_asks_what_visits_need(planned):
    form = convert(planned.run.folder / "survey-form.xlsx")
    assert form.warnings == []
    tree = ElementTree.fromstring(form.xform)
    text = form.xform
    names = {element.tag.split("}")[1] for element in tree.iter()}
    assert names >= {"place_id", "time", "tester", "operator", "service", "technology", "rsrp_dbm", "upload_mbps"}
    assert all(stop["place_code"] in text for stop in stops_of(planned.plan))
    assert "Anda di titik mana?" in text
    assert "Where are you?" in text


def test_what_the_form_gathers_can_be_imported_as_it_is(region, planned, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(region.path, folder)
    stop = stops_of(planned.plan)[0]
    header = "place_id,time,tester,operator,service,technology,rsrp_dbm,download_mbps,upload_mbps"
    row = f"{stop['place_code']},2024-11-12T08:40:00.000+08:00,Tim 1,{stop['operators'][0]},ok,4G,-104,3.1,0.4"
    file = tmp_path / "visits.csv"
    file.write_text(f"{header}\n{row}\n", "utf-8")
    (done,) = import_files(RegionFolder.open(folder), [file], circumstances(date(2024, 11, 12)))
    assert (done.kind, done.added.new, done.refused) == ("visits", 2, [])  # the source and the visit


def test_a_fresh_test_is_learned_and_not_asked_again_first(region, planned, visits):
    fresh = {v.place_code for v in visits if (DEADLINE - v.time.date()).days <= 60}
    tested = [s for s in stops_of(planned.plan) if s["place_code"] in fresh]
    assert all(stop["why"]["code"] != "survey.why.stale" for stop in tested)


def test_remote_villages_weigh_as_the_user_says(region, predicted, teams):
    with region.store(NOW) as store:
        places, villages = store.read(Place), store.read(Village)
    remote = {v.code for v in villages[:2]}
    own = dataclasses.replace(region.settings.survey, remote_weight=7.0)
    marked = [dataclasses.replace(v, remote=v.code in remote) for v in villages]
    register = Register([], marked, places, [], [], [], [], [], [])
    found = believe(register, Prediction.latest(region, TODAY), dataclasses.replace(region.settings, survey=own), TODAY)
    for place, people in zip(found.places, found.beliefs.of.people, strict=True):
        expected = {"settlement": float(place.population or 0), "polling_station": own.station_people}
        weight = 7.0 if place.village_code in remote else 1.0
        assert people == expected.get(place.kind, 0.0) * weight
    assert {p.village_code for p in found.places} > remote


REFUSED = {
    "a start that does not exist": ("team,start,days,speed_kmh\nA,nowhere,1,20\n", "survey.unknown_start", "nowhere"),
    "zero days": ("team,start,days,speed_kmh\nA,99.01.01,0,20\n", "survey.team_number", "days"),
    "half a day": ("team,start,days,speed_kmh\nA,99.01.01,1.5,20\n", "survey.team_number", "1.5"),
    "no speed": ("team,start,days,speed_kmh\nA,99.01.01,1,\n", "survey.team_lacks", "speed_kmh"),
    "a speed in words": ("team,start,days,speed_kmh\nA,99.01.01,1,fast\n", "survey.team_number", "fast"),
    "no column for the speed": ("team,start,days\nA,99.01.01,1\n", "survey.missing_columns", "speed_kmh"),
    "a team twice": (
        "team,start,days,speed_kmh\nA,99.01.01,1,20\nA,99.01.02,1,20\n",
        "survey.team_twice",
        "A",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_bad_teams_are_refused_with_file_row_and_value(region, predicted, tmp_path, what):
    text, code, named = REFUSED[what]
    with pytest.raises(InputError) as refused:
        survey(region, table(tmp_path, text), None, circumstances())
    assert refused.value.message.code == code
    assert named in str(refused.value)
    assert "teams.csv" in str(refused.value)


def test_other_refusals(region, predicted, teams, tmp_path):
    with pytest.raises(InputError, match=r"nothing\.csv"):
        survey(region, tmp_path / "nothing.csv", None, circumstances())
    with pytest.raises(SettingError, match="2024-11-10"):
        survey(region, teams, date(2024, 11, 10), circumstances())
    with pytest.raises(RegionError, match="predict"):
        survey(region, teams, None, circumstances(TODAY - timedelta(days=30)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("start_time", "8"),
        ("correlation_m", 0.0),
        ("detour_factor", 0.9),
        ("shadow_share", 0.9),
        ("remote_weight", -1.0),
    ],
)
def test_settings_that_cannot_be_used_are_named(region, predicted, teams, name, value):
    own = dataclasses.replace(region.settings.survey, **{name: value})
    with pytest.raises(SettingError, match=name):
        survey(
            RegionFolder(region.path, dataclasses.replace(region.settings, survey=own)), teams, None, circumstances()
        )


def test_the_command_says_by_its_exit_whether_every_district_is_tested(region, predicted, tmp_path):
    def run(hours):
        teams = table(tmp_path, f"tim;asal;hari;jam;kecepatan_kmh\nTim 1;99.01.01;1;{hours};20\n")
        given = ["--region", region.path, "--teams", teams, "--as-of", "2024-11-11", "--json"]
        return CliRunner().invoke(app, ["survey", *map(str, given)])

    done, short = run("8"), run("0,4")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["untested_districts"] == []
    assert short.exit_code == 3
    assert json.loads(short.stdout)["untested_districts"] != []
