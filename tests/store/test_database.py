"""The store keeps what it acknowledged, never overwrites, and opens what every earlier version wrote."""

import dataclasses
import sqlite3
import typing
import uuid
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given, settings
from hypothesis import strategies as st

from jangkau.errors import StoreError
from jangkau.geo import tile_range
from jangkau.records import (
    STORED,
    Cell,
    Link,
    Measurement,
    Place,
    Source,
    Village,
    Visit,
    columns_of,
    new_id,
    new_ids,
)
from jangkau.store.connection import NEWEST
from jangkau.store.database import Added, Store, _content, _contents_of, digest
from jangkau.store.schema import METADATA, TABLES

NOW = datetime(2024, 11, 11, 3, 0, tzinfo=UTC)
VERSIONS = Path(__file__).parent / "versions"


def place(code="P1", **values):
    return Place(id=new_id(NOW), recorded_at=NOW, code=code, kind="settlement", **values)


def link(**values):
    return Link(id=new_id(NOW), recorded_at=NOW, code="L1", place_code="P1", stage="fitted", **values)


def measurement(longitude, latitude):
    return Measurement(
        id=new_id(NOW), recorded_at=NOW, time=NOW, longitude=longitude, latitude=latitude, operator="A", service="ok"
    )


def visit(**values):
    return Visit(
        id=new_id(NOW), recorded_at=NOW, place_code="P1", time=NOW, operator="A", **({"service": "ok"} | values)
    )


def test_every_record_has_a_table_with_its_fields():
    for kind in STORED:
        fields = {f.name for f in dataclasses.fields(kind)}
        assert set(TABLES[kind].c.keys()) - {"tile"} == {"sequence", *fields, "content"}


def test_migrations_make_the_tables_that_the_code_uses(store):
    with store.engine.connect() as connection:
        not_of_postgis = {"include_name": lambda name, *_: name != "spatial_ref_sys"}
        context = MigrationContext.configure(connection, opts={"compare_type": False} | not_of_postgis)
        assert compare_metadata(context, METADATA) == []


def test_a_position_is_numbered_by_its_tile(store):
    store.add([measurement(117.5, 0.5), measurement(117.8, 0.5)])
    first, end = tile_range(10, 846, 510)
    with store.engine.connect() as connection:
        inside = [first <= k < end for k in connection.execute(sa.select(TABLES[Measurement].c.tile)).scalars()]
    assert inside == [True, False]


def test_a_record_comes_back_as_it_was_stored(store):
    given = place(
        longitude=117.1, latitude=0.5, population=120, valid_from=date(2020, 1, 1), source_date=date(2024, 1, 2)
    )
    store.add([given])
    assert store.read(Place) == [given]


def test_adding_the_same_again_adds_nothing(store):
    assert store.add([place(), visit()]) == Added(new=2)
    assert store.add([place(), visit()]) == Added(unchanged=2)
    assert store.count(Place) == store.count(Visit) == 1


def test_a_correction_names_the_old_record_and_keeps_what_it_leaves_out(store):
    first = place(population=100, longitude=117.0, latitude=1.0)
    store.add([first])
    assert store.add([place(population=120)]) == Added(corrected=1)
    (now,) = store.read(Place)
    assert (now.corrects, now.population, now.longitude) == (first.id, 120, 117.0)
    assert store.count(Place) == 2


def test_a_rate_increase_is_a_new_dated_row_and_the_newest_holds(store):
    store.add([link(download_mbps=20.0), link(download_mbps=50.0, valid_from=date(2024, 11, 1))])
    assert [x.download_mbps for x in store.read(Link, as_of=date(2024, 10, 31))] == [20.0]
    assert [x.download_mbps for x in store.read(Link, as_of=date(2024, 11, 1))] == [50.0]
    store.add([link(download_mbps=50.0, valid_from=date(2024, 11, 1), valid_to=date(2024, 12, 6))])
    assert [x.download_mbps for x in store.read(Link, as_of=date(2024, 12, 6))] == [20.0]


def test_a_past_state_can_be_read_by_its_horizon(store):
    store.add([place(population=100)])
    horizon = store.horizon()
    store.add([place(population=120), place("P2")])
    assert [p.population for p in store.read(Place, horizon=horizon)] == [100]
    assert [p.code for p in store.read(Place)] == ["P1", "P2"]


def test_all_of_a_transaction_or_none(store):
    twice = visit()
    other = dataclasses.replace(twice, service="none")
    with pytest.raises(StoreError) as error:
        store.add([place(), twice, other])
    assert error.value.message.code == "store.id_repeated"
    assert store.read(Place) == store.read(Visit) == []


def test_a_record_that_says_something_else_under_a_kept_id_is_known_beforehand(store):
    kept = visit()
    assert not store.contradicts(kept)
    store.add([place(), kept])
    assert not store.contradicts(kept)
    assert store.contradicts(dataclasses.replace(kept, service="none"))
    assert not store.contradicts(place(population=5))


def test_a_killed_writer_leaves_nothing_half_written(tmp_path):
    store = Store.open(tmp_path / "jangkau.db", NOW)
    store.add([place()])
    writer = sqlite3.connect(tmp_path / "jangkau.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM place")
    for name in ("jangkau.db", "jangkau.db-wal"):
        (tmp_path / f"copy-{name}").write_bytes((tmp_path / name).read_bytes())
    (tmp_path / "copy-jangkau.db-wal").rename(tmp_path / "copy.db-wal")
    (tmp_path / "copy-jangkau.db").rename(tmp_path / "copy.db")
    with Store.open(tmp_path / "copy.db", NOW) as survivor:
        assert len(survivor.read(Place)) == 1
    writer.close()
    store.close()


def test_what_is_acknowledged_is_on_the_disk(tmp_path):
    with Store.open(tmp_path / "jangkau.db", NOW) as store, store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_a_file_that_is_no_store_is_not_touched(tmp_path):
    path = tmp_path / "jangkau.db"
    path.write_bytes(b"this is a letter, not a database" * 50)
    with pytest.raises(StoreError) as error:
        Store.open(path, NOW)
    assert error.value.message.code == "store.damaged"
    assert path.read_bytes().startswith(b"this is a letter")


def test_a_newer_store_is_refused(tmp_path):
    path = tmp_path / "jangkau.db"
    Store.open(path, NOW).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StoreError) as error:
        Store.open(path, NOW)
    assert error.value.message.code == "store.newer"


def test_there_is_a_kept_store_of_every_earlier_version():
    kept = [path.stem for path in sorted(VERSIONS.glob("*.sql"))]
    migrations = files("jangkau") / "store" / "migrations" / "versions"
    assert kept == sorted(path.name[:4] for path in migrations.iterdir() if path.name[0] == "0")
    assert kept[-1] == NEWEST


@pytest.mark.parametrize("script", sorted(VERSIONS.glob("*.sql")), ids=lambda p: p.stem)
def test_a_store_of_every_version_opens_and_keeps_its_records(tmp_path, script):
    path = tmp_path / "jangkau.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(script.read_text("utf-8"))
    connection.close()
    with Store.open(path, NOW) as store:
        assert store.version() == NEWEST
        (cell,) = store.read(Cell)
        assert (cell.code, cell.operator, cell.frequency_mhz) == ("C1", "Telkomsel", 900.0)
        (village,) = store.read(Village)
        assert village.name == "Sandaran"


def test_a_source_is_known_by_its_bytes(store):
    source = Source(
        id=new_id(NOW),
        recorded_at=NOW,
        kind="places",
        original_name="a.csv",
        stored_path="sources/a.csv",
        sha256="00",
        size_bytes=1,
    )
    store.add([source])
    assert store.source_with("00", "places") == source
    assert store.source_with("00", "cells") is None


def test_the_digest_depends_on_what_is_said_not_on_ids_or_order():
    a, b = place("A"), place("B")
    again = [dataclasses.replace(x, id=new_id(NOW)) for x in (b, a)]
    assert digest([a, b]) == digest(again) != digest([a])


def test_types_survive(store):
    hints = typing.get_type_hints(Village)
    given = Village(id=new_id(NOW), recorded_at=NOW, code="V", remote=True, geometry_wkb=b"\x01\x02")
    store.add([given])
    (back,) = store.read(Village)
    assert back == given
    assert isinstance(back.remote, bool)
    assert hints["remote"] == bool | None


def test_columns_say_what_records_say(store):
    rows = [
        dataclasses.replace(measurement(117.5 + k / 100, 0.5), rsrp_dbm=None if k % 2 else -90.0 - k, eci=1000 + k)
        for k in range(5)
    ]
    store.add(rows)
    horizon = store.horizon()
    store.add([dataclasses.replace(rows[0], id=new_id(NOW), corrects=rows[0].id, rsrp_dbm=-70.0)])
    found = store.columns(Measurement, ["time", "longitude", "rsrp_dbm", "eci", "operator", "device"], horizon=horizon)
    assert found["longitude"].tolist() == [r.longitude for r in rows]
    assert found["rsrp_dbm"].tolist() == pytest.approx([-90.0, float("nan"), -92.0, float("nan"), -94.0], nan_ok=True)
    assert found["time"].tolist() == [NOW.replace(tzinfo=None)] * 5
    assert found["eci"].tolist() == [1000, 1001, 1002, 1003, 1004]
    assert found["operator"][0] is found["operator"][4]
    assert found["device"].tolist() == [None] * 5
    later = store.columns(Measurement, ["rsrp_dbm"])["rsrp_dbm"]
    assert later[-1] == -70.0
    assert later.size == 5
    assert store.columns(Visit, ["time", "rsrp_dbm"])["time"].size == 0
    assert store.digest_of(Measurement) == digest(store.read(Measurement))
    assert store.digest_of(Measurement, horizon) == digest(rows)


@given(
    st.lists(
        st.tuples(
            st.floats(-180, 180), st.none() | st.floats(-140, -44), st.none() | st.integers(0, 503),
            st.sampled_from(["A", "B"]), st.none() | st.sampled_from(["frozen", "speed"]), st.integers(0, 3),
        ),
        min_size=1, max_size=6,
    )
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_columns_say_what_their_records_say(rows):
    records = [
        Measurement(
            id=new_id(NOW), recorded_at=NOW, time=NOW + timedelta(seconds=second), longitude=x, latitude=0.5,
            operator=who, service="ok", rsrp_dbm=level, pci=pci, doubt=doubt,
        )
        for x, level, pci, who, doubt, second in rows
    ]  # fmt: skip
    columns = columns_of(records)
    assert list(columns.records()) == records
    assert _contents_of(columns) == [_content(record) for record in records]


def test_ids_that_are_born_together_rise_and_differ():
    ids = new_ids(NOW, 5000)
    assert ids == sorted(set(ids))
    assert {uuid.UUID(one).version for one in ids} == {7}
    assert {uuid.UUID(one).variant for one in ids} == {uuid.RFC_4122}
    assert new_ids(NOW, 2) != ids[:2]


def test_columns_are_stored_once_and_contradictions_are_named(store):
    first = [measurement(117.5, 0.5), measurement(117.6, 0.5)]
    assert store.add([columns_of(first)]) == Added(new=2)
    assert store.add([columns_of([*first, measurement(117.7, 0.5)])]) == Added(new=1, unchanged=2)
    other = dataclasses.replace(first[0], service="none")
    assert store.contradictions(columns_of([other, first[1], measurement(117.9, 0.5)])) == {first[0].id}
    with pytest.raises(StoreError) as error:
        store.add([columns_of([measurement(117.8, 0.5), other])])
    assert error.value.message.code == "store.id_repeated"
    assert store.count(Measurement) == 3
