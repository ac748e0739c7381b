"""Files of the invented regency."""

import csv
import json

import numpy as np
import pytest
import rasterio

from jangkau.records import parse_time
from jangkau.synthetic import make_world, write_region_files

ORDER = [
    "terrain.tif", "land_cover.tif", "villages.geojson", "rivers.geojson", "villages.csv", "remote_villages.csv",
    "places.csv", "cells.csv", "links.csv", "probes.csv", "visits.csv", "measurements.csv", "claims.csv",
]  # fmt: skip


@pytest.fixture(scope="module")
def files(world, tmp_path_factory):
    return {path.name: path for path in write_region_files(world, tmp_path_factory.mktemp("region"))}


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_order_of_import(files):
    assert list(files) == ORDER


def test_same_seed_same_bytes(files, tmp_path):
    again = write_region_files(make_world(seed=1, side_km=15.0, villages=8, districts=2), tmp_path)
    for path in again:
        assert path.read_bytes() == files[path.name].read_bytes(), path.name


def test_rasters_carry_the_ground(world, files):
    with rasterio.open(files["terrain.tif"]) as file:
        assert file.crs.to_epsg() == 4326
        assert file.bounds == pytest.approx(world.ground.grid.bounds)
        assert np.array_equal(file.read(1), world.ground.height_amsl_m)
    with rasterio.open(files["land_cover.tif"]) as file:
        assert file.dtypes == ("uint8",)
        assert np.array_equal(file.read(1), world.land_cover.values)


def test_boundaries_and_rivers(world, files):
    villages = json.loads(files["villages.geojson"].read_text("utf-8"))["features"]
    assert [f["properties"]["kode"] for f in villages] == [v.code for v in world.villages]
    assert set(villages[0]["properties"]) == {"kode", "nama", "jenis", "kec_kode", "kecamatan"}
    rivers = json.loads(files["rivers.geojson"].read_text("utf-8"))["features"]
    assert {f["geometry"]["type"] for f in rivers} == {"LineString"}


def test_tables_name_things_by_code(world, files):
    places = {row["id"] for row in rows(files["places.csv"])}
    assert places == {p.code for p in world.places}
    assert {row["place_id"] for row in rows(files["visits.csv"])} <= places
    assert {row["place_id"] for row in rows(files["links.csv"])} <= places
    links = {row["id"] for row in rows(files["links.csv"])}
    assert {row["link_id"] for row in rows(files["probes.csv"])} <= links
    cells = rows(files["cells.csv"])
    assert [row["id"] for row in cells] == [c.code for c in world.cells]
    assert {row["site_id"] for row in cells} == {s.code for s in world.sites}
    assert [row["id"] for row in rows(files["visits.csv"])] == [v.id for v in world.visits]


def test_measurements_name_their_cells_and_keep_silence(world, files):
    found = rows(files["measurements.csv"])
    cells = {row["id"] for row in rows(files["cells.csv"])}
    assert len(found) == len(world.measurements) > 100
    assert {row["cell_id"] for row in found} - {""} <= cells
    silent = [row for row in found if row["service"] == "none"]
    assert silent
    assert {row["rsrp_dbm"] for row in silent} == {""}


def test_times_have_a_zone_and_missing_values_are_empty(files):
    visits = rows(files["visits.csv"])
    assert all(parse_time(row["time"]) for row in visits)
    assert any(row["rsrp_dbm"] == "" for row in visits)
    assert all(row["up"] in ("true", "false") for row in rows(files["probes.csv"]))


def test_people_in_the_table_of_villages(files):
    assert sum(int(row["population_estimate"]) for row in rows(files["villages.csv"])) == 15_000
