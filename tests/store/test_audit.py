"""The audit chain shows every change of what it covers, and a checkpoint shows a cut end."""

import dataclasses
import hashlib
import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from jangkau.records import Measurement, Place, new_id
from jangkau.store import audit
from jangkau.store.audit import Act, Checkpoint
from jangkau.store.schema import AUDIT, TABLES

NOW = datetime(2024, 11, 11, 3, 0, tzinfo=UTC)


@pytest.fixture
def chained(store):
    for number in range(3):
        record = Place(id=new_id(NOW), recorded_at=NOW, code=f"P{number}", kind="settlement", longitude=117.1 + number)
        store.add([record], Act("ani", "import", NOW))
    return store


def troubles(store, kept=None):
    with store.engine.connect() as connection:
        return [message.code for message in audit.troubles(connection, kept)]


def head(store):
    with store.engine.connect() as connection:
        return audit.checkpoint(connection)


def tamper(store, statement):
    with store.writing() as connection:
        connection.execute(statement)


def test_an_untouched_store_is_sound_and_says_who_did_what(chained):
    assert troubles(chained, head(chained)) == []
    with chained.engine.connect() as connection:
        assert [(e["actor"], e["action"]) for e in audit.entries(connection)] == [("ani", "import")] * 3


def test_adding_nothing_new_leaves_the_chain_as_it_is(chained):
    before = head(chained)
    chained.add(chained.read(Place))
    assert head(chained) == before


@pytest.mark.parametrize(
    "statement",
    [
        sa.update(TABLES[Place]).where(TABLES[Place].c.code == "P1").values(population=7),
        sa.delete(TABLES[Place]).where(TABLES[Place].c.code == "P1"),
        sa.delete(TABLES[Place]).where(TABLES[Place].c.code == "P2"),
    ],
    ids=["changed", "removed", "last removed"],
)
def test_a_changed_row_is_found(chained, statement):
    tamper(chained, statement)
    assert "verify.rows_changed" in troubles(chained)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_changed_entry_is_found(chained, number):
    tamper(chained, sa.update(AUDIT).where(AUDIT.c.sequence == number).values(actor="budi"))
    assert troubles(chained) == ["verify.entry_changed"]


def test_a_row_beside_the_chain_is_found(chained):
    row = chained.read(Place)[0]
    columns = {c: getattr(row, c, b"") for c in TABLES[Place].c.keys() if c not in ("sequence", "id")}  # noqa: SIM118
    tamper(chained, sa.insert(TABLES[Place]).values(**columns, id="x"))
    assert troubles(chained) == ["verify.rows_uncovered"]


def test_a_cut_off_end_is_found_by_a_checkpoint_kept_elsewhere(chained):
    kept = head(chained)
    tamper(chained, sa.delete(AUDIT).where(AUDIT.c.sequence == 3))
    tamper(chained, sa.delete(TABLES[Place]).where(TABLES[Place].c.code == "P2"))
    assert troubles(chained) == []  # the chain alone cannot know
    assert troubles(chained, kept) == ["verify.cut_off"]
    assert troubles(chained, Checkpoint(1, "0" * 64, "")) == ["verify.cut_off"]


def measurement(longitude, **values):
    return Measurement(
        id=new_id(NOW),
        recorded_at=NOW,
        time=NOW,
        longitude=longitude,
        latitude=0.5,
        operator="A",
        service="ok",
        **values,
    )


def test_a_field_that_came_later_counts_only_where_it_is_filled(store):
    """The digest of rows without it is that of a store in which it did not exist yet."""
    plain = measurement(117.5)
    store.add([plain])
    later = {f.name for f in dataclasses.fields(Measurement) if f.metadata["later"]}
    assert "doubt" in later
    said = [getattr(plain, f.name) for f in dataclasses.fields(Measurement) if f.name not in later]
    text = json.dumps([v.isoformat() if hasattr(v, "isoformat") else v for v in said], ensure_ascii=False)
    with store.engine.connect() as connection:
        (entry,) = audit.entries(connection)
    covered = json.loads(entry["detail"])["rows"]["measurement"]
    assert covered["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    store.add([measurement(117.6, doubt="frozen")])
    assert troubles(store) == []
    table = TABLES[Measurement]
    tamper(store, sa.update(table).where(table.c.sequence == 2).values(doubt=None))
    assert troubles(store) == ["verify.rows_changed"]
