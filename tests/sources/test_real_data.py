"""The real Kutai Timur, where its data lie beside the repository."""

from collections import Counter

import numpy as np
import pyogrio
import pytest
import shapely

from jangkau.geo import Bounds
from jangkau.messages import LANGUAGES, render
from jangkau.records import Cell, District, Village
from jangkau.sources.boundaries import districts_from_villages
from jangkau.sources.detect import detect, read
from jangkau.sources.reading import Surroundings
from jangkau.sources.terrain import describe_terrain, read_terrain


@pytest.fixture
def region(kutai_timur, origin):
    box = Bounds(*pyogrio.read_info(kutai_timur / "boundaries" / "desa.geojson")["total_bounds"])
    villages = read(kutai_timur / "boundaries" / "desa.geojson", "boundaries", origin).records
    codes = frozenset(v.code for v in villages if isinstance(v, Village))
    networks = {"510-10": "Telkomsel", "510-01": "IOH", "510-21": "IOH", "510-11": "XL", "510-09": "Smartfren"}
    return Surroundings(
        bounds=box.widened(0.01),
        operators=tuple(dict.fromkeys(networks.values())),
        network_codes=networks,
        village_codes=codes,
        region_code="64.08",
    )


@pytest.mark.parametrize(
    ("name", "kind", "rows", "records", "refused"),
    [
        ("boundaries/desa.geojson", "boundaries", 141, 141 + 18, 0),
        ("boundaries/kecamatan_around.geojson", "boundaries", 37, 18, 19),
        ("boundaries/kabupaten_around.geojson", "boundaries", 15, 0, 15),
        ("boundaries/rivers.geojson", "rivers", 52, 0, 0),
        ("villages/villages.csv", "villages", 141, 141, 0),
        ("villages/districts.csv", "districts", 18, 18, 0),
        ("claims/blankspot_lists.csv", "claims", 87, 84, 3),
        ("claims/electricity_no_pln.csv", "claims", 28, 28, 0),
        ("claims/internet_desa_2023.csv", "claims", 19, 19, 0),
        ("cells/opencellid_kaltim.csv", "opencellid", 537, 60, 0),
    ],
)
def test_every_file_is_recognised_and_read(kutai_timur, origin, region, name, kind, rows, records, refused):
    path = kutai_timur / name
    assert detect(path) == kind
    reading = read(path, kind, origin, region, "Asia/Makassar")
    assert (reading.rows_read, len(reading.records), len(reading.refused)) == (rows, records, refused)
    messages = [*reading.notes, *(m for r in reading.refused for m in (r.reason, r.remedy))]
    assert not [m for m in messages for language in LANGUAGES if render(m, language).startswith(m.code)]


def test_districts_touch_without_gaps(kutai_timur, origin):
    records = read(kutai_timur / "boundaries" / "desa.geojson", "boundaries", origin).records
    districts = districts_from_villages([r for r in records if isinstance(r, Village)], origin)
    shapes = [shapely.from_wkb(d.geometry_wkb) for d in districts]
    assert len(shapes) == 18
    assert all(shape.is_valid for shape in shapes)
    assert sum(len(p.interiors) for shape in shapes for p in shape.geoms) == 0
    assert {d.code for d in records if isinstance(d, District)} == {d.code for d in districts}


def test_crowd_cells_inside_the_regency_are_few(kutai_timur, origin, region):
    reading = read(kutai_timur / "cells" / "opencellid_kaltim.csv", "opencellid", origin, region)
    cells = [r for r in reading.records if isinstance(r, Cell)]
    assert sum(region.bounds.contains(c.longitude, c.latitude) for c in cells) == 6
    assert {c.operator for c in cells} <= set(region.operators)


def test_claims_speak_of_known_subjects(kutai_timur, origin, region):
    reading = read(kutai_timur / "claims" / "blankspot_lists.csv", "claims", origin, region)
    assert Counter(claim.subject for claim in reading.records) == {"blank_spot": 74, "tower": 10}


def test_terrain_of_both_files(kutai_timur):
    paths = sorted((kutai_timur / "terrain").glob("*.tif"))
    assert [detect(path) for path in paths] == ["terrain", "terrain"]
    assert describe_terrain(paths[0]).void_share == pytest.approx(0.37, abs=0.01)
    both = read_terrain(paths, Bounds(116.9, 0.5, 117.5, 1.1), None, sea="nodata")
    assert both.pixel_deg == pytest.approx(0.000954)
    assert both.sources == ("dem_30arcsec.tif", "dem_patch_106m.tif")
    assert not np.isnan(both.height_amsl_m.values).any()
    coast = read_terrain(paths, Bounds(117.5, 0.0, 119.2, 1.2), None, sea="nodata")
    assert 0.3 < coast.sea.mean() < 0.9
    assert coast.height_amsl_m.values[coast.sea == 1].max() == 0.0
