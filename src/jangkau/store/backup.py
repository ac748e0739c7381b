"""A consistent copy of a live store, whatever keeps it, as one SQLite file; and the way back."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from jangkau.store.database import Store
from jangkau.store.schema import METADATA

_AT_A_TIME = 5000


def copy_out(store: Store, path: Path, now: datetime) -> None:
    """Write a consistent copy of a store to a new file while others may write; nobody has to wait."""
    if store.engine.dialect.name == "sqlite":
        raw = store.engine.raw_connection()
        try:
            with closing(sqlite3.connect(path)) as target:
                raw.driver_connection.backup(target)  # type: ignore[union-attr]
        finally:
            raw.close()
        return
    with Store.open(path, now) as target_store, store.engine.connect() as connection:
        connection = connection.execution_options(isolation_level="REPEATABLE READ")
        _fill(target_store, connection)


def copy_in(path: Path, store: Store, now: datetime) -> None:
    """Fill an empty store from a copy that `copy_out` wrote."""
    with Store.open(path, now) as source, source.engine.connect() as connection:
        _fill(store, connection)


def _fill(target: Store, connection: sa.Connection) -> None:
    with target.writing() as writer:
        for table in METADATA.sorted_tables:
            writer.execute(sa.delete(table))
            rows = connection.execute(sa.select(table).execution_options(yield_per=_AT_A_TIME))
            for part in rows.mappings().partitions(_AT_A_TIME):
                writer.execute(sa.insert(table), [dict(row) for row in part])
        if writer.dialect.name == "postgresql":
            for table in METADATA.sorted_tables:
                if "sequence" in table.c and table.name != "audit":
                    last = sa.text(
                        f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', 'sequence'),"  # noqa: S608
                        f' greatest((SELECT max(sequence) FROM "{table.name}"), 1))'
                    )
                    writer.execute(last)
