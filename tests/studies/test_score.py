"""Score and correction on a small invented regency: folds without leaks, order without effect, honest words."""

import csv
import dataclasses
import json
import re
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from jangkau.evidence.scores import FIGURES
from jangkau.geo import WGS84, project
from jangkau.paths import Antenna, explain, losses
from jangkau.radio import pattern_gain_db
from jangkau.records import Claim, Measurement
from jangkau.reports.sentences import sentence
from jangkau.settings import RadioSettings, ScoreSettings
from jangkau.store.rasters import read_raster
from jangkau.store.runs import read_run
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.claims import agrees, says_served
from jangkau.studies.correction import Correction
from jangkau.studies.grade import grade
from jangkau.studies.import_data import About, import_files
from jangkau.studies.init_region import init_region
from jangkau.studies.observations import gather
from jangkau.studies.predict import predict
from jangkau.studies.prediction import Prediction
from jangkau.studies.repeat import repeat
from jangkau.studies.score import WAYS, run_score
from jangkau.studies.scored import read_score
from jangkau.synthetic import draw_measurements, make_world, write_region_files
from jangkau.synthetic.files import MEASUREMENT_COLUMNS, REFERRING, _table

TODAY = date(2024, 11, 11)
NOW = datetime(2024, 11, 5, 3, tzinfo=UTC)
PAGE = Path(__file__).parents[2] / "docs/reference/score.md"
FOLDS = ScoreSettings(block_sides_m=(250.0, 50.0), buffers_m=(100.0, 0.0), folds=2, site_folds=2)


def circumstances(as_of=TODAY):
    return Circumstances(as_of, lambda: datetime(2024, 11, 11, 3, tzinfo=UTC), workers=2)


@pytest.fixture(scope="module")
def world():
    """A small regency with few measurements, so that a fit takes a second."""
    whole = make_world(seed=3, side_km=15.0, villages=8, districts=2)
    return dataclasses.replace(whole, measurements=whole.measurements[:60])


@pytest.fixture(scope="module")
def more(world):
    """Two tables of measurements all over the region, beside those that the world has."""
    rng = np.random.default_rng(1)
    west, south, east, north = world.settings.bounds
    found = draw_measurements(world, rng.uniform(west, east, 50), rng.uniform(south, north, 50), NOW, 77)
    return found[:80], found[80:]


def new_region(world, more, path, order=(0, 1)):
    brought = path.parent / f"{path.name}-files"
    files = write_region_files(world, brought)
    for k in order:
        table = brought / f"more-{k}.csv"
        table.write_text(_table(MEASUREMENT_COLUMNS, more[k], REFERRING, TODAY), "utf-8")
        files.append(table)
    radio = RadioSettings(resolution_m=500.0, radius_km=12.0, profile_step_m=120.0)
    region = init_region(path, dataclasses.replace(world.settings, radio=radio, score=FOLDS), circumstances())
    import_files(region, files, circumstances(), About("Contoh", "CC0", TODAY))
    return region


@pytest.fixture(scope="module")
def region(world, more, tmp_path_factory):
    return new_region(world, more, tmp_path_factory.mktemp("score") / "contoh")


@pytest.fixture(scope="module")
def tests(region):
    with region.store(NOW) as store:
        return gather(region, store, store.horizon(), circumstances())


@pytest.fixture(scope="module")
def scored(region):
    return run_score(region, circumstances())


@pytest.fixture(scope="module")
def graded(region, scored):
    predict(region, circumstances())
    return grade(region, circumstances())


def test_every_name_of_a_score_is_documented(scored):
    said = read_score(scored.folder)
    named = set(re.findall(r"`([a-z_0-9]+)`", PAGE.read_text("utf-8")))
    division = said["divisions"][0]
    ways = division["operators"]["any"]
    assert {*said, *said["tests"], *said["shuffled"], *division, *ways, *ways["raw"], "value", "low", "high"} <= named
    assert set(FIGURES) <= named
    assert {p.name for p in scored.folder.iterdir()} == {"run.json", "score.json", "score-id.png", "score-en.png"}


def test_all_tests_are_scored_by_each_division_of_the_whole(scored, tests, world):
    said = read_score(scored.folder)
    names = [d["name"] for d in said["divisions"]]
    assert names[:3] == ["blocks_250m_buffer_100m", "blocks_50m_buffer_0m", "sites"]
    for division in said["divisions"][:3]:
        counts = {name: ways["posterior"]["tests"] for name, ways in division["operators"].items()}
        assert counts.pop("any") == sum(counts.values()) == said["tests"]["used"] == tests.day.size
    assert said["tests"]["silent"] > 0
    assert set(said["tests"]["operators"]) == {o.name for o in world.settings.operators}


def test_tests_make_the_map_better_and_mixed_residuals_do_not(scored):
    said = read_score(scored.folder)
    for division in said["divisions"][:2]:
        rmse = {way: division["operators"]["any"][way]["rmse_db"]["value"] for way in WAYS}
        assert rmse["calibrated"] < rmse["raw"]
        assert rmse["posterior"] < rmse["raw"]
    assert said["shuffled"]["gain_shuffled_db"] < 0.3


def test_what_is_predicted_of_a_test_is_its_own_path(tests):
    network, places = tests.network, tests.observations.places
    for k in np.random.default_rng(2).integers(tests.day.size, size=12):
        t = network.transmitters[places.cell[k]]
        antenna = Antenna(t.longitude, t.latitude, t.height_agl_m)
        report = explain(
            network.ground,
            antenna,
            tests.longitude[k],
            tests.latitude[k],
            frequency_mhz=t.frequency_mhz,
            rx_height_agl_m=network.field.receiver_height_agl_m,
            medium=network.field.medium,
            step_m=network.field.profile_step_m,
        )
        seen = losses(
            network.ground,
            antenna,
            tests.longitude[k],
            tests.latitude[k],
            frequency_mhz=t.frequency_mhz,
            rx_height_agl_m=network.field.receiver_height_agl_m,
            medium=network.field.medium,
            step_m=network.field.profile_step_m,
        )
        gain = pattern_gain_db(
            seen.azimuth_deg - t.azimuth_deg,
            seen.elevation_deg,
            horizontal_beamwidth_deg=t.horizontal_beamwidth_deg,
            vertical_beamwidth_deg=t.vertical_beamwidth_deg,
            electrical_downtilt_deg=t.electrical_downtilt_deg,
            mechanical_downtilt_deg=t.mechanical_downtilt_deg,
        )
        expected = t.reference_signal_eirp_dbm + float(gain) - report.loss.loss_db
        assert places.predicted_dbm[k] == pytest.approx(expected, abs=0.01)


def test_a_test_that_names_no_cell_gets_the_one_that_is_strongest_there(tests):
    network = tests.network
    mine = np.flatnonzero(tests.named)[:40]
    operators = np.array([t.operator for t in network.transmitters])
    for operator in sorted(set(tests.operator[mine])):
        rows = mine[tests.operator[mine] == operator]
        candidates = np.flatnonzero(operators == operator)
        best = network.best_server(candidates, tests.longitude[rows], tests.latitude[rows])
        for k, row in enumerate(rows):
            own = np.full(candidates.size, tests.longitude[row]), np.full(candidates.size, tests.latitude[row])
            everything, known = network.places(candidates, *own)
            assert best[k] == candidates[known][everything.predicted_dbm.argmax()]


def test_visits_count_as_tests_and_the_order_of_import_does_not(world, more, region, tests, scored, tmp_path):
    other = new_region(world, more, tmp_path / "other", order=(1, 0))
    with other.store(NOW) as store:
        again = gather(other, store, store.horizon(), circumstances())
        visits = sum(v.time.date() <= TODAY for v in world.visits)
        assert store.count(Measurement) + visits == again.day.size + sum(again.left_out.values())
    for name in ("measured_dbm", "sensitivity_dbm", "device"):
        assert np.array_equal(getattr(tests.observations, name), getattr(again.observations, name), equal_nan=True)
    assert np.array_equal(tests.observations.places.predicted_dbm, again.observations.places.predicted_dbm)
    run = run_score(other, circumstances())
    assert run.id == scored.id
    assert (run.folder / "score.json").read_bytes() == (scored.folder / "score.json").read_bytes()


def test_importing_twice_changes_nothing(region, scored):
    kept = sorted((region.path / "sources").glob("*-more-0.csv"))
    (again,) = import_files(region, kept, circumstances())
    assert again.already
    before = scored.file.stat().st_mtime_ns
    assert run_score(region, circumstances()).id == scored.id
    assert scored.file.stat().st_mtime_ns == before


def test_predict_takes_the_error_that_was_measured(region, scored, graded):
    prediction = Prediction.latest(region, TODAY)
    said = read_run(region.path / "runs" / prediction.run_id)
    measured = read_score(scored.folder)["model_error_db"]
    assert said["parameters"]["radio"]["model_error_db"] == measured != 8.0
    assert min(s.error_db for s in prediction.servers) >= measured


def test_the_corrected_map_is_surer_where_it_was_tested(region, graded, tests):
    prediction = Prediction.latest(region, TODAY)
    correction = prediction.correction
    assert isinstance(correction, Correction)
    assert correction.tests == tests.day.size
    layer = next(x for x in prediction.layers if x.name in correction.layers)
    rasters = {q: read_raster(prediction.path(layer, q, u)) for q, u in (("rsrp", "dbm"), ("error", "db"))}
    before = read_raster(layer.path(prediction.folder, "error", "db"))
    x, y = project(tests.longitude, tests.latitude, WGS84, before.grid.crs)
    row, column = before.grid.row_column(x, y)
    inside = (row >= 0) & (row < before.grid.rows) & (column >= 0) & (column < before.grid.columns)
    at = row[inside], column[inside]
    assert np.nanmedian(rasters["error"].values[at]) < np.nanmedian(before.values[at])
    unserved = read_raster(layer.path(prediction.folder, "server", "index")).values == 65535
    assert (rasters["rsrp"].values[unserved & ~np.isnan(rasters["rsrp"].values)] == -200.0).all()


def test_grades_say_by_how_many_tests_they_were_corrected(region, graded):
    places = [g for g in graded.grades if (g.subject, g.quantity) == ("place", "signal")]
    corrected = [g for g in places if g.tests]
    assert corrected
    assert {g.evidence for g in corrected} == {"predicted"}
    one = next(g for g in corrected if g.operator != "any")
    said = sentence(one.reason_code, one.reason_parameters, "en")
    assert said.endswith(f"Corrected by {one.tests} tests near by, the newest of {one.evidence_date}.")
    assert any(g.evidence == "tested" for g in places)
    assert any(g.evidence == "predicted" and not g.tests for g in places)


def test_evidence_ages(region, graded):
    later = grade(region, circumstances(as_of=date(2025, 6, 1)))
    places = [g for g in later.grades if (g.subject, g.quantity) == ("place", "signal") and g.tests]
    assert places
    assert all(g.stale for g in places)
    assert later.run.recipe.parameters["correction"] == graded.run.recipe.parameters["correction"]


def test_maps_and_runs_carry_the_score(region, graded, scored):
    headline = read_score(scored.folder)["headline"]
    said = read_run(graded.run.folder)
    assert said["summary"]["score"] == headline
    assert said["parameters"]["score_run"] == scored.id
    with sqlite3.connect(graded.run.folder / "grades.gpkg") as file:
        (text,) = file.execute("SELECT metadata FROM gpkg_metadata").fetchone()
    assert f"{headline['posterior']['rmse_db']:.1f}".replace(".", ",") in text


def test_score_and_correction_can_be_made_again(region, scored, graded):
    for run in (scored.id, graded.run.recipe.parameters["correction"], graded.run.id):
        assert repeat(region, run, circumstances()).different == []


def claim(statement):
    return Claim(id="c", recorded_at=NOW, village_code="v", subject="blank_spot", statement=statement)


def test_claims_agree_or_not_by_what_they_say():
    assert says_served(claim("sudah terlayani 4G"))
    assert not says_served(claim("desa blank spot"))
    blank, served = claim("blank_spot; named in list"), claim("Covered by 4G")
    assert [agrees(blank, v) for v in ("served", "weak", "partial", "none", "unknown")] == [
        False,
        True,
        True,
        True,
        None,
    ]
    assert [agrees(served, v) for v in ("served", "weak", "partial", "none", "unknown")] == [
        True,
        True,
        None,
        False,
        None,
    ]


def test_claims_are_listed_beside_grades(graded, world):
    with (graded.run.folder / "claims.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    claimed = {c.village_code for c in world.claims if c.subject == "blank_spot"}
    assert {r["code"] for r in rows if r["says"]} == claimed
    assert {r["disagreement"] for r in rows} <= {"", "claimed_blank", "claimed_served", "not_claimed"}
    grades = {g.code: g.value for g in graded.grades if g.subject == "village" and g.operator == "any"}
    for row in rows:
        if row["disagreement"] == "not_claimed":
            assert grades[row["code"]] == "none"
            assert row["says"] == ""


def test_json_holds_no_number_that_json_does_not_know(scored):
    def refuse(word):
        raise AssertionError(word)

    json.loads((scored.folder / "score.json").read_text("utf-8"), parse_constant=refuse)


@pytest.mark.slow
def test_the_commands_of_the_how_to_run(region, graded, more, tmp_path):
    text = (PAGE.parents[1] / "how-to/evidence.md").read_text("utf-8")
    commands = re.search(r"```\n(jangkau import .*?)```", text, re.DOTALL)[1].splitlines()
    assert [c.split()[1] for c in commands] == ["import", "score", "predict", "grade"]
    table = tmp_path / "measurements.csv"
    table.write_text(_table(MEASUREMENT_COLUMNS, more[0][:60], REFERRING, TODAY), "utf-8")
    named = {"measurements.csv": str(table), "my-region": str(region.path)}
    for command in commands:
        words = [named.get(word, word) for word in command.split()[1:]]
        run = [sys.executable, "-c", "from jangkau.cli import main; main()", *words, "--lang", "en"]
        done = subprocess.run(run, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
