"""The main job end to end on a small invented regency: import, predict, grade, doctor, repeat."""

import dataclasses
import json
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
import rasterio

from jangkau.coverage.validity import OUTSIDE_RANGE
from jangkau.errors import InputError, RegionError
from jangkau.records import ANY_OPERATOR, Village
from jangkau.settings import RadioSettings
from jangkau.store.rasters import read_raster
from jangkau.store.runs import read_run
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.doctor import examine
from jangkau.studies.grade import grade
from jangkau.studies.import_data import About, import_files
from jangkau.studies.init_region import init_region
from jangkau.studies.predict import predict, rasters_of
from jangkau.studies.prediction import Prediction
from jangkau.studies.repeat import repeat
from jangkau.synthetic import make_world, write_region_files

TODAY = date(2024, 11, 11)


def circumstances(progress=None, as_of=TODAY):
    given = {} if progress is None else {"progress": progress}
    return Circumstances(as_of, lambda: datetime(2024, 11, 11, 3, tzinfo=UTC), workers=2, **given)


@pytest.fixture(scope="module")
def brought(tmp_path_factory):
    world = make_world(seed=3, side_km=15.0, villages=8, districts=2)
    folder = tmp_path_factory.mktemp("brought")
    return world, write_region_files(world, folder)


def new_region(brought, path):
    world, files = brought
    radio = RadioSettings(resolution_m=500.0, radius_km=12.0, profile_step_m=120.0)
    region = init_region(path, dataclasses.replace(world.settings, radio=radio), circumstances())
    import_files(region, files, circumstances(), About("Contoh", "CC0", TODAY))
    return region


@pytest.fixture(scope="module")
def region(brought, tmp_path_factory):
    return new_region(brought, tmp_path_factory.mktemp("region") / "contoh")


@pytest.fixture(scope="module")
def predicted(region):
    return predict(region, circumstances())


@pytest.fixture(scope="module")
def graded(region, predicted):
    return grade(region, circumstances())


def test_importing_twice_changes_nothing(region, brought):
    again = import_files(region, brought[1], circumstances())
    assert all(one.already for one in again)
    with region.store(circumstances().clock()) as store:
        assert len(store.read(Village, as_of=TODAY)) == 8


def test_a_missing_file_is_named(region, tmp_path):
    with pytest.raises(InputError) as error:
        import_files(region, [tmp_path / "nothing.csv"], circumstances())
    assert "nothing.csv" in str(error.value)


def test_a_source_is_kept_as_received_and_read_only(region, brought):
    kept = sorted((region.path / "sources").glob("*-places.csv"))
    original = next(f for f in brought[1] if f.name == "places.csv")
    assert kept[0].read_bytes() == original.read_bytes()
    assert kept[0].stat().st_mode & 0o222 == 0


def test_a_run_says_what_it_was_made_from(predicted):
    said = read_run(predicted.folder)
    assert said["summary"]["cells"] > 0
    assert min(said["summary"]["paths"][how] for how in ("swept", "by_path")) > 0
    assert set(said["summary"]["outside_range"]) <= set(OUTSIDE_RANGE)
    assert {"store:cell", "inventory"} < said["inputs"].keys()
    assert said["rules"] == ["ITU-R P.1812-8"]
    assert all(len(sha) == 64 for sha in said["outputs"].values())


def test_the_same_work_is_not_done_twice(region, predicted):
    before = predicted.file.stat().st_mtime_ns
    assert predict(region, circumstances()).id == predicted.id
    assert predicted.file.stat().st_mtime_ns == before


def test_interrupting_loses_nothing(brought, predicted, tmp_path):
    other = new_region(brought, tmp_path / "again")

    def stop_half_way(message, done, total):
        if message.code == "progress.sites" and done > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict(other, circumstances(stop_half_way))
    (kept,) = (other.path / "rasters").glob("*/working/done.txt")
    before = kept.read_text("utf-8").splitlines()
    assert before
    assert not list((other.path / "runs").glob("*/run.json"))
    told = []
    run = predict(other, circumstances(lambda message, done, total: told.append((message.code, done, total))))
    sites = [(done, total) for code, done, total in told if code == "progress.sites"]
    assert sites[0] == (len(before), sites[-1][1])
    assert not kept.exists()
    assert same_bytes(run, predicted)


def same_bytes(one, other):
    """Whether two runs of copies of a region wrote the same files, but for the run's own id inside rasters."""
    names = [
        {name.rsplit("/", 1)[1]: run.region / name for name in read_run(run.folder)["outputs"]} for run in (one, other)
    ]
    assert names[0].keys() == names[1].keys()
    for name in names[0]:
        if name.endswith(".tif"):
            a, b = (rasterio.open(found[name]).read(1) for found in names)
            assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f"), name
    return True


def test_runs_come_out_again_byte_for_byte(region, predicted, graded):
    for run_id in (predicted.id, graded.run.id):
        result = repeat(region, run_id, circumstances())
        assert result.different == []
        assert result.same


def test_a_changed_source_cannot_be_repeated(brought, tmp_path):
    other = new_region(brought, tmp_path / "changed")
    run = predict(other, circumstances())
    source = next((other.path / "sources").glob("*-terrain.tif"))
    source.chmod(0o644)
    source.write_bytes(source.read_bytes() + b"x")
    with pytest.raises(RegionError) as error:
        repeat(other, run.id, circumstances())
    assert error.value.message.code == "repeat.input_changed"


def test_probabilities_are_probabilities_and_weak_is_at_least_served(region, predicted):
    view = Prediction.of_run(region, predicted.folder)
    for layer in view.layers:
        served = read_raster(layer.path(rasters_of(predicted), "probability-served", "fraction")).values
        weak = read_raster(layer.path(rasters_of(predicted), "probability-weak", "fraction")).values
        known = np.isfinite(served) & np.isfinite(weak)
        assert known.any()
        assert ((served[known] >= 0) & (served[known] <= weak[known] + 1e-6) & (weak[known] <= 1)).all()


def test_every_person_and_station_is_counted_once(graded, brought):
    people = sum(p.population or 0 for p in brought[0].places if p.kind == "settlement")
    stations = sum(p.kind == "polling_station" for p in brought[0].places)
    for subject in ("village", "district", "region"):
        own = [g for g in graded.grades if g.subject == subject and g.operator == ANY_OPERATOR]
        assert sum(g.denominator for g in own if g.quantity == "signal") == people
        assert sum(g.denominator for g in own if g.quantity == "send") == stations


def test_every_grade_has_a_rule_and_a_reason_and_tests_are_told_apart(graded):
    assert {g.rule for g in graded.grades} == {"signal-v1", "office-v1", "send-v1"}
    assert all(json.loads(g.reason_parameters) is not None and "." in g.reason_code for g in graded.grades)
    assert {"predicted", "tested"} <= {g.evidence for g in graded.grades}


def test_the_files_of_a_grading_are_there(graded):
    names = ["grades.csv", "predicted.json", "grades.gpkg", "gaps.gpkg", "claims.csv", "map-id.png", "map-en.png"]
    assert [p.name for p in graded.outputs] == names
    assert all(p.stat().st_size > 200 for p in graded.outputs)


def test_tests_of_the_future_do_not_count(region, predicted):
    early = grade(region, circumstances(as_of=TODAY - timedelta(days=4000)))
    places = [g for g in early.grades if g.subject == "place" and g.quantity == "signal"]
    assert all(g.evidence != "tested" for g in places)
    assert {g.reason_code for g in places if g.value == "unknown"} <= {"grade.no_cells", "grade.no_position"}


def test_without_cells_everything_is_unknown_and_said_so(brought, tmp_path):
    world, files = brought
    region = init_region(tmp_path / "bare", world.settings, circumstances())
    wanted = ("terrain.tif", "villages.geojson", "places.csv")
    import_files(region, [f for f in files if f.name in wanted], circumstances())
    with pytest.raises(RegionError):
        predict(region, circumstances())
    result = grade(region, circumstances())
    villages = [g for g in result.grades if g.subject == "village" and g.quantity == "signal"]
    assert {g.value for g in villages} == {"unknown"}
    assert {f.what.code for f in examine(region, circumstances())} >= {"doctor.no_cells", "doctor.no_land_cover"}


def test_the_doctor_says_what_assumptions_cost(region):
    findings = examine(region, circumstances())
    order = ("missing", "odd", "good")
    assert [f.severity for f in findings] == sorted((f.severity for f in findings), key=order.index)
    assert all(f.cost is not None for f in findings if f.severity != "good")
