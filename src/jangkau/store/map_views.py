"""Views with a PostGIS geometry for other programs (QGIS, GeoServer, SQL): what holds today, corrected rows left out.

Only where the server has PostGIS. Jangkau itself never reads them: a store means the same in SQLite.
"""

from collections.abc import Iterator

import sqlalchemy as sa

from jangkau.records import STORED, Fact, Record
from jangkau.store.connection import writing
from jangkau.store.schema import TABLES

_POINT = "ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)::geometry(Point, 4326)"
_OUTLINE = "ST_SetSRID(ST_GeomFromWKB(geometry_wkb), 4326)"
_POSTGIS = """
SELECT 1 FROM pg_extension WHERE extname = 'postgis'
UNION ALL
SELECT 1 FROM pg_available_extensions, pg_roles WHERE name = 'postgis' AND rolname = current_user AND rolsuper
"""


def make_views(engine: sa.Engine) -> None:
    """Make a view ``map_<noun>`` of every noun that has a position, where PostGIS is there or this user may add it."""
    with engine.connect() as connection:
        made = connection.execute(sa.text("SELECT to_regclass('map_place')")).scalar()
        if made is not None or connection.execute(sa.text(_POSTGIS)).first() is None:
            return
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS postgis SCHEMA public")
        for name, query in _views():
            connection.exec_driver_sql(f"CREATE OR REPLACE VIEW {name} AS {query}")


def _views() -> Iterator[tuple[str, str]]:
    for kind in STORED:
        columns = [c.name for c in TABLES[kind].c if c.name not in ("content", "tile", "geometry_wkb")]
        shape = _shape(kind)
        if shape:
            yield f"map_{kind.noun}", _query(kind, columns, shape)


def _shape(kind: type[Record]) -> str:
    names = set(TABLES[kind].c.keys())
    if {"longitude", "latitude"} <= names:
        return _POINT
    return _OUTLINE if "geometry_wkb" in names else ""


def _query(kind: type[Record], columns: list[str], shape: str) -> str:
    table = kind.noun
    said = ", ".join(f'"{name}"' for name in columns)
    current = f"NOT EXISTS (SELECT 1 FROM {table} later WHERE later.corrects = {table}.id)"  # noqa: S608
    if not issubclass(kind, Fact):
        return f"SELECT {said}, {shape} AS geometry FROM {table} WHERE {current}"  # noqa: S608
    return (
        f"SELECT DISTINCT ON (code) {said}, {shape} AS geometry FROM {table} WHERE {current} "  # noqa: S608
        "AND coalesce(valid_from, '-infinity') <= current_date AND coalesce(valid_to, 'infinity') > current_date "
        "ORDER BY code, valid_from DESC NULLS LAST, sequence DESC"
    )
