"""A rehearsal on a small invented regency: answers for every station, files, provenance, the plan, the command."""

import csv
import dataclasses
import json
from datetime import UTC, date, datetime

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from jangkau.cli import app
from jangkau.counting.network import BY_WIFI, CELL, LINK, PREDICTED, WIFI
from jangkau.counting.parameters import NAMES
from jangkau.errors import InputError, RegionError
from jangkau.records import Link, Place, Probe, Visit, new_id
from jangkau.settings import RadioSettings
from jangkau.store.runs import read_run
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.grade import grade
from jangkau.studies.import_data import About, import_files
from jangkau.studies.init_region import init_region
from jangkau.studies.night_answers import METHODS, Wishes
from jangkau.studies.night_network import night_network
from jangkau.studies.predict import predict
from jangkau.studies.register import Register
from jangkau.studies.rehearse import PARAMETERS_FILE, rehearse
from jangkau.studies.repeat import repeat
from jangkau.synthetic import make_world, write_region_files

TODAY = date(2024, 11, 11)
NOW = datetime(2024, 11, 11, 3, tzinfo=UTC)
FEW = Wishes(nights=60, seed=3)


def circumstances(**given):
    return Circumstances(TODAY, lambda: NOW, workers=given.pop("workers", 2), **given)


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
    return rehearse(region, FEW, circumstances())


def register_of(region):
    with region.store(NOW) as store:
        return Register.read(store, TODAY)


def test_every_station_has_a_method_and_a_way_out(region, found):
    stations = {p.code for p in register_of(region).places if p.kind == "polling_station"}
    assert {a.code for a in found.stations} == stations
    for a in found.stations:
        assert a.method in METHODS
        assert a.fallback
        assert 0.0 <= a.on_time <= 1.0
        assert a.sent_h[0] <= a.sent_h[1] <= a.sent_h[2]
        assert a.sent_h[0] > 13.0


def test_areas_add_up(found):
    levels = {level: [a for a in found.areas if a.level == level] for level in ("region", "district", "village")}
    assert len(levels["region"]) == 1
    for level in ("district", "village"):
        assert sum(a.stations for a in levels[level]) == found.region.stations
        mean = sum(a.on_time * a.stations for a in levels[level]) / found.region.stations
        assert mean == pytest.approx(found.region.on_time)
    for a in found.areas:
        middles = [hours[1] for hours in a.share_h]
        assert middles == sorted(middles)
    last = max(a.share_h[2][1] for a in levels["village"])
    assert found.region.share_h[2][1] >= last - 1e-9


def test_stress_makes_nothing_better(found):
    as_is, *others = found.cases
    assert as_is.name == "as_is"
    assert {c.name for c in others} >= {"server_third", "rain", "leo"}
    assert all(c.hour[1] >= as_is.hour[1] - 1e-9 for c in others)


def test_the_files_say_the_same(found):
    names = {p.name for p in found.run.folder.iterdir()}
    assert {"stations.csv", "areas.csv", "cases.csv", "plan.csv", "parameters.csv", "rehearsal.xlsx"} < names
    assert {"arrivals-id.png", "arrivals-en.png", "sensitivity-id.png", "sensitivity-en.png", "run.json"} < names
    with (found.run.folder / "stations.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["code"] for row in rows] == [a.code for a in found.stations]
    book = load_workbook(found.run.folder / "rehearsal.xlsx")
    page = book.worksheets[1]
    assert page.max_row == len(rows) + 1
    assert all(cell.value for row in page.iter_rows(min_row=2) for cell in (row[0], row[1], row[4]))
    said = read_run(found.run.folder)
    assert said["seed"] == FEW.seed
    assert said["parameters"]["rehearsal"]["nights"] == FEW.nights
    assert PARAMETERS_FILE in said["inputs"]
    assert "lost_power_min" in rows[0]


def test_a_rehearsal_can_be_made_again_byte_for_byte(region, found):
    again = repeat(region, found.run.id, circumstances(workers=1))
    assert again.different == []
    assert "rehearsal.xlsx" in {name.rpartition("/")[2] for name in again.same}


def test_parameters_are_kept_and_can_be_brought(region, tmp_path):
    kept = (region.path / PARAMETERS_FILE).read_text("utf-8")
    assert [row["parameter"] for row in csv.DictReader(kept.splitlines())] == list(NAMES)
    brought = tmp_path / "own.csv"
    brought.write_text("parameter;default;low;high;basis\nphoto_mb;2,5;2;3;measured\nnonsense;1;1;1;set\n", "utf-8")
    try:
        found = rehearse(region, FEW, circumstances(), brought)
        assert (found.parameters["photo_mb"].default, found.parameters["photo_mb"].low) == (2.5, 2.0)
        assert found.unused == ["nonsense"]
        again = rehearse(region, FEW, circumstances())
        assert again.run.id == found.run.id
        assert again.parameters["photo_mb"].basis == "measured"
    finally:
        (region.path / PARAMETERS_FILE).write_text(kept, "utf-8")


def test_more_nights_of_one_seed_change_little(region, found):
    other = rehearse(region, dataclasses.replace(FEW, seed=4), circumstances())
    assert other.run.id != found.run.id
    assert other.region.share_h[0][1] == pytest.approx(found.region.share_h[0][1], abs=0.5)


def test_a_target_that_is_missed_is_told_with_what_counting_allows(region):
    hard = rehearse(region, Wishes(nights=100, by_h=16.0, share=0.9, probability=0.95), circumstances())
    assert not hard.met
    assert not hard.plan.enough
    assert hard.plan.probability <= hard.plan.most < 0.95
    late = [a for a in hard.stations if a.on_time < 0.95]
    assert all(a.on_time <= a.counted_in_time for a in hard.stations)
    assert hard.plan.cures.keys() <= {a.code for a in late}


def test_what_makes_no_sense_is_refused(region):
    with pytest.raises(InputError):
        rehearse(region, Wishes(nights=0), circumstances())
    with pytest.raises(InputError):
        rehearse(region, Wishes(share=1.5), circumstances())


def test_the_command_ends_with_3_where_the_target_is_not_met(region):
    runner = CliRunner()
    common = ["rehearse", "-r", str(region.path), "--as-of", "2024-11-11", "--nights", "60"]
    early = runner.invoke(app, [*common, "--by", "14:00"], env={"COLUMNS": "80"})
    assert early.exit_code == 3, early.output
    screen = [line for line in early.stdout.splitlines() if not line.startswith(f"  {region.path}")]
    assert len(screen) > 20
    assert max(map(len, screen)) <= 80
    easy = runner.invoke(app, [*common, "--by", "47:00", "--json"])
    assert easy.exit_code == 0, easy.output
    said = json.loads(easy.stdout)
    assert said["met"] is True
    assert len(said["stations_ranked"]) == said["stations"]
    wrong = runner.invoke(app, [*common, "--by", "22"])
    assert wrong.exception is not None


# --- the network made from a register ------------------------------------------------------------------------------


def register(places, links=(), visits=(), probes=()):
    return Register([], [], list(places), [], list(links), list(visits), list(probes), [], [])


def born():
    return {"id": new_id(NOW), "recorded_at": NOW}


def place(code, kind, x, **given):
    return Place(**born(), code=code, kind=kind, longitude=117.0 + x, latitude=0.5, village_code="V", **given)


def link(code, at, **given):
    said = {"upload_mbps": 20.0, "stage": "accepted", "medium": "fibre"} | given
    return Link(**born(), code=code, place_code=at, **said)


OFFICE, SEAT = place("KD", "village_office", 0.01), place("KC", "district_office", 0.1)


def built(region, places, links=(), visits=(), probes=(), send=None):
    return night_network(register(places, links, visits, probes), send or {}, region.settings, TODAY)


def test_a_station_goes_to_the_nearest_office_then_to_the_next(region):
    given = built(
        region,
        [place("S", "polling_station", 0.0), OFFICE, SEAT],
        [link("L", "KD", upstream_link_code="T"), link("T", "KC")],
        send={"S": 0.4},
    )
    stops = given.network.stations[0].stops
    assert [(s.place, s.by) for s in stops] == [("S", PREDICTED), ("KD", BY_WIFI), ("KC", BY_WIFI)]
    assert stops[1].km == pytest.approx(1.11, abs=0.02)
    assert sorted(n.kind for n in given.network.nodes) == sorted([CELL, LINK, LINK, WIFI, WIFI])
    upstream = {n.code: n.upstream for n in given.network.nodes}
    assert upstream == {"L": "T", "T": None, "wifi:KD": "L", "wifi:KC": "T", "cell:V": None}
    assert given.assumed["reach"] == 0
    assert given.assumed["upstream"] == 1


def test_the_registered_send_place_comes_first_and_tests_count(region):
    hill = place("HILL", "other", 0.03)
    tested = Visit(**born(), place_code="HILL", time=NOW, operator="A", technology="4G", service="ok", upload_mbps=0.8)
    given = built(
        region, [place("S", "polling_station", 0.0, send_place_code="HILL"), hill, OFFICE], [link("L", "KD")], [tested]
    )
    stops = given.network.stations[0].stops
    assert [s.place for s in stops] == ["S", "HILL", "KD"]
    assert stops[1].value == pytest.approx(800.0)
    assert given.assumed["reach"] == 1
    assert given.assumed["send_place"] == 0


def test_links_that_are_down_planned_or_unmeasured_are_told_apart(region):
    links = [link("A", "KD"), link("B", "KD", upload_mbps=50.0), link("C", "KC", stage="ordered")]
    down = Probe(**born(), link_code="B", time=NOW, method="icmp", up=False)
    slow = Probe(**born(), link_code="A", time=NOW, method="agent", up=True, upload_mbps=5.0)
    given = built(region, [place("S", "polling_station", 0.0), OFFICE, SEAT], links, probes=[down, slow])
    nodes = {n.code: n for n in given.network.nodes}
    assert "C" not in nodes
    assert nodes["wifi:KD"].upstream == "A"
    assert nodes["A"].delivered_fraction == pytest.approx(0.25)
    assert given.assumed["link_down"] == 1
    assert given.assumed["other_links"] == 1


def test_without_offices_a_station_has_only_its_own_place(region):
    given = built(region, [place("S", "polling_station", 0.0)])
    assert len(given.network.stations[0].stops) == 1
    assert given.assumed["nowhere_else"] == 1
    with pytest.raises(RegionError):
        built(region, [OFFICE])
