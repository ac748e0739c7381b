"""Other programs see the register of a PostgreSQL store as points and outlines."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import shapely
import sqlalchemy as sa

from jangkau.records import Measurement, Place, Village, new_id
from jangkau.store.database import Store

NOW = datetime(2024, 11, 11, 3, 0, tzinfo=UTC)
OUTLINE = shapely.box(117.0, 0.0, 117.5, 0.5)


@pytest.fixture(scope="module")
def filled(request):
    if not list(Path("/usr/share/postgresql").glob("*/extension/postgis.control")):
        pytest.skip("PostGIS is not installed (Debian: apt-get install postgis postgresql-postgis)")
    with Store.at(request.getfixturevalue("server"), "jangkau_views", NOW) as store:
        fact = {"recorded_at": NOW, "code": "P1", "kind": "settlement", "longitude": 117.25, "latitude": 0.25}
        store.add([Place(id=new_id(NOW), **fact | {"latitude": 9.0}), Place(id=new_id(NOW), **fact)])
        store.add([Place(id=new_id(NOW), **fact | {"latitude": 0.3}, valid_from=date(2024, 1, 1))])
        store.add([Place(id=new_id(NOW), **fact | {"latitude": 0.4}, valid_from=date(9000, 1, 1))])
        store.add([Place(id=new_id(NOW), **fact | {"code": "P2"}, valid_to=date(2024, 1, 1))])
        outline = {"geometry_wkb": shapely.to_wkb(OUTLINE), "district_code": "D1", "code": "V1"}
        store.add([Village(id=new_id(NOW), recorded_at=NOW, name="Satu", **outline)])
        at = {"longitude": 117.1, "latitude": 0.1, "operator": "A", "service": "ok"}
        store.add([Measurement(id=new_id(NOW), recorded_at=NOW, time=NOW, **at)])
        yield store


def rows(store, query):
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_a_fact_is_where_its_newest_uncorrected_row_of_today_says(filled):
    assert rows(filled, "SELECT code, ST_X(geometry), ST_Y(geometry), ST_SRID(geometry) FROM map_place") == [
        ("P1", 117.25, 0.3, 4326)
    ]


def test_points_are_found_inside_outlines(filled):
    within = "SELECT v.name FROM map_village v, map_measurement m WHERE ST_Within(m.geometry, v.geometry)"
    assert rows(filled, within) == [("Satu",)]


def test_a_store_that_is_opened_again_has_them_still(filled, request):
    with Store.at(request.getfixturevalue("server"), "jangkau_views", NOW) as again:
        assert len(rows(again, "SELECT 1 FROM map_place")) == 1
