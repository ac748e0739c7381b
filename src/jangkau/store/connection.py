"""How a store is reached: SQLite in WAL mode in the region folder, or a schema of a PostgreSQL server.

Alembic brings it to the newest schema when it is opened. Writers take turns, in both.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from jangkau.errors import StoreError

NEWEST = "0005"
"""The newest migration."""

_WRITING = {"jangkau_writing": True}


def sqlite_engine(path: Path) -> sa.Engine:
    """Return the engine of a store file; every commit is on the disk before it returns (``synchronous=FULL``)."""
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": 30.0, "check_same_thread": False})

    @sa.event.listens_for(engine, "connect")
    def settle(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -200000"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        writing = connection.get_execution_options().get("jangkau_writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def postgresql_engine(url: str, schema: str) -> sa.Engine:
    """Return the engine of a schema of a PostgreSQL server, which is made when it is missing."""
    address = sa.make_url(url).set(drivername="postgresql+psycopg")
    try:
        engine = sa.create_engine(address, connect_args={"options": f"-csearch_path={schema},public"})
        with engine.begin() as connection:
            connection.execute(sa.schema.CreateSchema(schema, if_not_exists=True))
    except (ImportError, sa.exc.OperationalError) as error:
        raise StoreError("store.unreachable", server=str(address.host), reason=str(error).split("\n")[0]) from error
    return engine


def insert_of(dialect: str) -> Callable[[sa.Table], Any]:
    """Return what begins a statement that inserts, in the words of SQLite or of PostgreSQL."""
    return postgresql.insert if dialect == "postgresql" else sqlite.insert


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Give a connection whose transaction no other writer shares; all of it is kept, or nothing."""
    with engine.connect().execution_options(**_WRITING) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('jangkau ' || current_schema()))"))
        yield connection


def version(connection: sa.Connection) -> str:
    """Return the number of the newest migration that was applied; empty for a new store."""
    tables = sa.inspect(connection).get_table_names()
    if "alembic_version" in tables:
        return str(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() or "")
    return "0001" if "migration" in tables else ""


def bring_up_to_date(engine: sa.Engine, where: str, now: datetime) -> bool:
    """Apply the migrations that a store lacks, all or none; returns whether there were any.

    Raises
    ------
    StoreError
        When a newer Jangkau has written the store.
    """
    with engine.connect() as connection:
        found = version(connection)
    if found == NEWEST:
        return False
    if found > NEWEST:
        raise StoreError("store.newer", path=where, version=found, known=NEWEST)
    with writing(engine) as connection:
        _migrate(connection)
    return True


def _migrate(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config

    with as_file(files("jangkau") / "store" / "migrations") as folder:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        if "migration" in sa.inspect(connection).get_table_names():
            command.stamp(config, "0001")
            connection.execute(sa.text("DROP TABLE migration"))
        for view in sa.inspect(connection).get_view_names():
            if view.startswith("map_"):  # made again afterwards: `map_views`
                connection.exec_driver_sql(f"DROP VIEW {view}")
        command.upgrade(config, "head")
