"""A folder of measurements is imported as it lies: sites, raster and samples, in an order in which references hold."""

import gzip
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
import rasterio
from affine import Affine
from openpyxl import load_workbook

from jangkau.records import Cell, Measurement
from jangkau.settings import Operator, Settings
from jangkau.store.database import digest
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.import_data import files_in, import_files
from jangkau.studies.init_region import init_region
from jangkau.studies.inputs import read_ground
from jangkau.studies.keep import verify

CIRCUMSTANCES = Circumstances(date(2024, 11, 11), lambda: datetime(2024, 11, 11, 3, tzinfo=UTC), workers=1)
CELLS = """\
id,site_id,operator,technology,frequency_mhz,longitude,latitude,height_agl_m,reference_signal_power_dbm,\
azimuth_deg,date
101,S1,A,LTE,2585.0,104.05,30.65,34,9.2,260,2019
102,S1,A,LTE,2585.0,104.05,30.65,0,9.2,80,2019
"""
SAMPLES = """longitude,latitude,cell_id,rsrp_dbm,ground_amsl_m,building_height_m,clutter_class
104.051,30.651,101,-88.67,501,0,5
104.052,30.651,101,-89.1,501,0,5
104.049,30.652,102,-90.5,501,12,14
104.049,30.652,999,-90.5,501,12,14
104.049,30.652,102,,501,12,14
"""


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "city"
    (made / "more").mkdir(parents=True)
    (made / "measurements.csv.gz").write_bytes(gzip.compress(SAMPLES.encode()))
    (made / "more" / "z_cells.csv").write_text(CELLS)
    (made / "README.md").write_text("# About\n")
    (made / ".hidden.csv").write_text("a,b\n1,2\n")
    (made / "notes.csv").write_text("colour,taste\ngreen,sweet\n")
    bands = np.full((3, 60, 60), -9999, np.int16)
    bands[0, ::2, ::3], bands[1, ::2, ::3], bands[2, ::2, ::3] = 500, 20, 12
    profile = {"driver": "GTiff", "height": 60, "width": 60, "count": 3, "dtype": "int16", "nodata": -9999}
    place = Affine(25.0, 0, 408_000, 0, -25.0, 3_392_500)
    with rasterio.open(
        made / "terrain_building_clutter_25m.tif", "w", crs="EPSG:32648", transform=place, **profile
    ) as f:
        f.write(bands)
    return made


def test_a_folder_is_imported_without_bounds_or_operators(folder, tmp_path):
    found = files_in(folder)
    assert [f.name for f in found.files] == ["terrain_building_clutter_25m.tif", "z_cells.csv", "measurements.csv.gz"]
    assert [(f.name, why.code) for f, why in found.unrecognised] == [("notes.csv", "detect.unknown")]
    region = init_region(tmp_path / "region", Settings(timezone="Asia/Shanghai"), CIRCUMSTANCES)
    terrain, cells, samples = import_files(region, found.files, CIRCUMSTANCES)
    assert (terrain.kind, cells.kind, samples.kind) == ("terrain", "cells", "measurements")
    assert "note.height_zero" in {note.code for note in cells.notes}
    assert [(r.row, r.reason.code) for r in samples.refused] == [(5, "row.no_operator"), (6, "row.no_level")]
    assert {"note.no_time", "import.learned_operators", "import.learned_bounds"} <= {n.code for n in samples.notes}
    again = RegionFolder.open(region.path)
    assert [o.name for o in again.settings.operators] == ["A"]
    assert again.settings.bounds == (104.029, 30.63, 104.072, 30.672)
    with again.store(CIRCUMSTANCES.clock()) as store:
        assert [c.height_agl_m for c in store.read(Cell)] == [34.0, None]
        kept = store.read(Measurement)
    assert [(m.cell_code, m.operator, m.technology, m.service, m.rsrp_dbm) for m in kept] == [
        ("101", "A", "4G", "ok", -88.67), ("101", "A", "4G", "ok", -89.1), ("102", "A", "4G", "ok", -90.5),
    ]  # fmt: skip
    assert {m.time for m in kept} == {datetime(2018, 12, 31, 16, tzinfo=UTC)}


def test_a_sampled_raster_is_ground_with_obstacles_between_its_samples(folder, tmp_path):
    region = init_region(tmp_path / "region", Settings(), CIRCUMSTANCES)
    import_files(region, files_in(folder).files, CIRCUMSTANCES)
    region = RegionFolder.open(region.path)
    radio = replace(region.settings.radio, fill_gaps_within_m=3_000.0)
    region = replace(region, settings=replace(region.settings, radio=radio))
    with region.store(CIRCUMSTANCES.clock()) as store:
        ground = read_ground(region, store, store.horizon(), 0.0)
    inside = np.isfinite(ground.height_amsl_m)
    assert 0.05 < inside.mean() < 1.0  # the raster, not the region around it
    np.testing.assert_allclose(ground.height_amsl_m[inside], 500.0)
    heights = np.array([s.obstacle_height_m for s in ground.surfaces])[ground.surface[inside]]
    np.testing.assert_allclose(heights, 20.0)


def test_the_command_names_what_it_passed_over(folder, tmp_path):
    def jangkau(*words):
        script = "from jangkau.cli import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", script, *map(str, words), "--json"], capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout)

    jangkau("init", tmp_path / "region", "--operators", "A", "--bounds", "104.0,30.6,104.1,30.7")
    said = jangkau("import", folder, "--region", tmp_path / "region")
    assert [one["kind"] for one in said] == ["terrain", "cells", "measurements", None]
    assert said[3]["notes"][0]["code"] == "detect.unknown"
    assert all(one["already"] for one in jangkau("import", folder, "--region", tmp_path / "region")[:3])


LOG = """time,longitude,latitude,operator,service,cell_id,rsrp_dbm
2024-11-10T06:30:00Z,104.051,30.651,A,ok,101,-90
2024-11-10T06:30:05Z,104.052,30.651,,ok,102,-91
2024-11-10T06:30:10Z,104.052,30.651,A,none,,
2024-11-10T06:30:10Z,104.052,30.651,A,none,,
"""


def said(region):
    with region.store(CIRCUMSTANCES.clock()) as store:
        return digest(store.read(Measurement)), digest(store.read(Cell))


def test_the_order_of_import_does_not_change_the_result(folder, tmp_path):
    (folder / "log.csv").write_text(LOG)
    files = files_in(folder).files
    results = []
    for count, order in enumerate((files, files[::-1], [files[2], files[0], files[3], files[1]])):
        region = init_region(tmp_path / f"region-{count}", Settings(operators=(Operator("A"),)), CIRCUMSTANCES)
        for file in order:
            import_files(region, [file], CIRCUMSTANCES)
        import_files(region, order, CIRCUMSTANCES)  # rows that lacked their cell are taken now
        results.append(said(region))
        again = import_files(RegionFolder.open(region.path), order, CIRCUMSTANCES)
        assert [one.added.new + one.added.corrected for one in again] == [0] * len(order)
        assert said(region) == results[-1]
        assert verify(region, CIRCUMSTANCES).troubles == []
    assert results[0] == results[1] == results[2]


def test_a_row_that_repeats_another_is_stored_once_and_counted(folder, tmp_path):
    (tmp_path / "log.csv").write_text(LOG)
    region = init_region(tmp_path / "region", Settings(operators=(Operator("A"),)), CIRCUMSTANCES)
    *_, done = import_files(region, [*files_in(folder).files, tmp_path / "log.csv"], CIRCUMSTANCES)
    assert [dict(n.parameters)["count"] for n in done.notes if n.code == "note.repeated"] == [1]
    assert done.added.new == 1 + 3  # the source, and three different rows


def test_what_is_never_kept_is_not_in_the_region_folder(folder, tmp_path):
    secret = "356938035643809"
    lines = LOG.strip().split("\n")
    rows = "\n".join([f"{lines[0]},imei", *(f"{line},{secret}" for line in lines[1:])])
    (tmp_path / "log.csv").write_text(rows)
    region = init_region(tmp_path / "region", Settings(operators=(Operator("A"),)), CIRCUMSTANCES)
    (done,) = import_files(region, [tmp_path / "log.csv"], CIRCUMSTANCES)
    assert done.notes[0].code == "note.stored_without"
    assert done.refused, "a refused row is listed with its cells"
    for path in region.path.rglob("*"):
        if path.suffix == ".xlsx":
            cells = [c for row in load_workbook(path).worksheets[0].iter_rows(values_only=True) for c in row]
            assert not any(secret in str(cell) for cell in cells)
        assert not path.is_file() or secret.encode() not in path.read_bytes()
    assert import_files(region, [tmp_path / "log.csv"], CIRCUMSTANCES)[0].added.new == 0
    assert verify(region, CIRCUMSTANCES).troubles == []
