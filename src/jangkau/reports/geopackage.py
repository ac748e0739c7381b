"""GeoPackages that QGIS opens styled: the same input gives the same bytes."""

import contextlib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import shapely
from numpy.typing import NDArray

from jangkau.geo import WGS84
from jangkau.reports.qgis_styles import style_qml

GEOMETRY_COLUMN = "geom"
_SIMPLE = {"Polygon": "MultiPolygon", "LineString": "MultiLineString"}
_STYLE_TABLE = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
    styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30),
    ui TEXT(30), update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
)"""


@dataclass(frozen=True, slots=True)
class Layer:
    """One table of a GeoPackage.

    Attributes
    ----------
    name : str
        Table name, lower case without spaces.
    title : str
        What people read.
    geometry_wkb : sequence of bytes or None
        WKB in WGS 84, longitude first; one a row. None: a row without position.
    columns : mapping of str to sequence
        Values by column name, which carries the unit; None is stored as NULL. A column holds one kind of value: text,
        numbers, truth values or dates.
    style : str
        A name of `jangkau.reports.qgis_styles.STYLES`.
    geometry_type : str
        OGC name, such as MultiPolygon; empty: what the geometries are. Give it where a layer may have no rows.
    """

    name: str
    title: str
    geometry_wkb: Sequence[bytes | None]
    columns: Mapping[str, Sequence[Any]]
    style: str
    geometry_type: str = ""


_METADATA_TABLES = """
CREATE TABLE gpkg_metadata (
    id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL,
    md_scope TEXT NOT NULL DEFAULT 'dataset',
    md_standard_uri TEXT NOT NULL,
    mime_type TEXT NOT NULL DEFAULT 'text/xml',
    metadata TEXT NOT NULL DEFAULT ''
);
CREATE TABLE gpkg_metadata_reference (
    reference_scope TEXT NOT NULL,
    table_name TEXT,
    column_name TEXT,
    row_id_value INTEGER,
    timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    md_file_id INTEGER NOT NULL,
    md_parent_id INTEGER,
    CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
    CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id)
)"""
"""OGC 12-128r19, annex F.8."""


def write_geopackage(
    path: Path, layers: Iterable[Layer], *, last_change: date, language: str = "id", about: str = ""
) -> None:
    """Write layers with their QGIS styles to a new GeoPackage.

    Parameters
    ----------
    path : Path
        File to write, ending in .gpkg; an old one is replaced.
    layers : iterable of Layer
    last_change : date
        Written as the time of the last change; the clock is not read.
    language : str
        Language of the legends in QGIS.
    about : str
        What is said of all layers, such as how right they are; kept as the metadata of the whole file.

    Raises
    ------
    KeyError
        If a layer names a style that does not exist.
    """
    kept = list(layers)
    styles = {layer.name: style_qml(layer.style, language) for layer in kept}
    path.unlink(missing_ok=True)
    for layer in kept:
        _write_layer(path, layer)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        time = f"{last_change.isoformat()}T00:00:00.000Z"
        if about:
            _add_metadata(database, about, time)
        _add_styles(database, kept, styles, time)


def _write_layer(path: Path, layer: Layer) -> None:
    geometry_type = layer.geometry_type or _common_type(layer.geometry_wkb)
    columns = {name: _column(values) for name, values in layer.columns.items()}
    pyogrio.raw.write(
        path,
        np.array(layer.geometry_wkb, dtype=object),
        field_data=[values for values, _ in columns.values()],
        fields=np.array(list(columns), dtype=object),
        field_mask=[missing for _, missing in columns.values()],
        layer=layer.name,
        driver="GPKG",
        geometry_type=geometry_type,
        promote_to_multi=geometry_type.startswith("Multi"),
        crs=WGS84,
        layer_options={"GEOMETRY_NAME": GEOMETRY_COLUMN, "DESCRIPTION": layer.title},
    )


def _common_type(geometry_wkb: Sequence[bytes | None]) -> str:
    kinds = {shapely.from_wkb(wkb).geom_type for wkb in geometry_wkb if wkb is not None}
    multi = {_SIMPLE.get(kind, kind) for kind in kinds}
    return multi.pop() if len(multi) == 1 else "Unknown"


def _column(values: Sequence[Any]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return a column as an array of one type, and where it is NULL."""
    plain = [v.item() if isinstance(v, np.generic) else v for v in values]
    missing = np.array([v is None or v != v for v in plain], dtype=bool)
    there = [v for v in plain if v is not None]
    kind = _kind(there)
    if kind is object:
        return np.array([None if v is None else str(v) for v in plain], dtype=object), missing
    empty: Any = np.datetime64("NaT") if isinstance(kind, str) else kind()
    filled = [empty if v is None else v for v in plain]
    return np.array(filled, dtype=kind), missing


def _kind(values: Sequence[Any]) -> Any:
    """Return the numpy type that holds all values; text holds everything."""
    if values and all(isinstance(v, bool) for v in values):
        return np.bool_
    if values and all(isinstance(v, int) and not isinstance(v, bool) for v in values):
        return np.int64
    if values and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values):
        return np.float64
    if values and all(isinstance(v, date) and not isinstance(v, datetime) for v in values):
        return "datetime64[D]"
    return object


def _add_metadata(database: sqlite3.Connection, about: str, time: str) -> None:
    database.executescript(_METADATA_TABLES)
    extensions = "INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_metadata', ?, 'read-write')"
    for table in ("gpkg_metadata", "gpkg_metadata_reference"):
        database.execute(extensions, (table, "http://www.geopackage.org/spec121/#extension_metadata"))
    text = "INSERT INTO gpkg_metadata VALUES (1, 'dataset', 'http://purl.org/dc/terms/description', 'text/plain', ?)"
    database.execute(text, (about,))
    database.execute("INSERT INTO gpkg_metadata_reference VALUES ('geopackage', NULL, NULL, NULL, ?, 1, NULL)", (time,))


def _add_styles(database: sqlite3.Connection, layers: Sequence[Layer], styles: Mapping[str, str], time: str) -> None:
    """Add QGIS's table of styles, fix every time, and rewrite the file so that no trace of the clock is left."""
    database.execute("BEGIN")
    database.execute(_STYLE_TABLE)
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id)"
        " VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?, 0)",
        (time,),
    )
    for layer in layers:
        row = (layer.name, GEOMETRY_COLUMN, layer.name, styles[layer.name], layer.title, time)
        database.execute(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
            " styleQML, styleSLD, useAsDefault, description, owner, ui, update_time)"
            " VALUES ('', '', ?, ?, ?, ?, '', 1, ?, '', NULL, ?)",
            row,
        )
    database.execute("UPDATE gpkg_contents SET last_change = ?", (time,))
    database.execute("COMMIT")
    database.execute("VACUUM")
