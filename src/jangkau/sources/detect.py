"""Which kind of data a file holds, told from its content, and how that kind is read."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyogrio
import rasterio

from jangkau.errors import FormatError
from jangkau.sources.boundaries import read_boundaries
from jangkau.sources.evidence import read_claims, read_measurements, read_probes, read_visits
from jangkau.sources.reading import Origin, Reading, Surroundings
from jangkau.sources.register import (
    read_cells,
    read_districts,
    read_links,
    read_opencellid,
    read_places,
    read_remote_villages,
    read_villages,
)
from jangkau.sources.tables import read_table

RASTER_KINDS = ("terrain", "land_cover")
RASTERS = {".tif", ".tiff", ".hgt", ".vrt", ".img", ".bil"}
VECTORS = {".geojson", ".json", ".gpkg", ".shp", ".kml", ".kmz"}
LAND_COVER_CLASSES = {0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100, 255}

TABLES: tuple[tuple[str, frozenset[str]], ...] = (
    ("opencellid", frozenset({"radio", "mcc", "net", "cell"})),
    ("cells", frozenset({"site_id", "operator", "technology"})),
    ("links", frozenset({"place_id", "stage"})),
    ("visits", frozenset({"place_id", "operator", "service"})),
    ("probes", frozenset({"link_id", "up"})),
    ("measurements", frozenset({"operator", "service", "longitude", "latitude"})),
    ("claims", frozenset({"statement", "subject"})),
    ("claims", frozenset({"id", "status", "source"})),
    ("claims", frozenset({"id", "planned_mbps", "source"})),
    ("places", frozenset({"id", "kind"})),
    ("villages", frozenset({"village_code", "village", "district_code"})),
    ("districts", frozenset({"district_code", "district"})),
    ("remote_villages", frozenset({"village_code"})),
)
"""Kinds of tables by the columns that tell them; the first that fits holds."""

RecordReader = Callable[[Path, Origin, Surroundings, str], Reading]


def _rivers(path: Path, origin: Origin, surroundings: Surroundings, timezone: str) -> Reading:
    return Reading("rivers", [], [], [], int(pyogrio.read_info(path)["features"]))


def _boundaries(path: Path, origin: Origin, surroundings: Surroundings, timezone: str) -> Reading:
    return read_boundaries(path, origin)


READERS: dict[str, RecordReader] = {
    "boundaries": _boundaries,
    "rivers": _rivers,
    "villages": read_villages,
    "districts": read_districts,
    "remote_villages": read_remote_villages,
    "places": read_places,
    "cells": read_cells,
    "opencellid": read_opencellid,
    "links": read_links,
    "visits": read_visits,
    "probes": read_probes,
    "measurements": read_measurements,
    "claims": read_claims,
}

KINDS = (*RASTER_KINDS, *READERS)


def detect(path: Path) -> str:
    """Return the kind of data a file holds, one of `KINDS`.

    Raises
    ------
    FormatError
        When nothing fits: what was seen, and which kinds there are.
    """
    ending = path.suffix.lower()
    if ending in RASTERS:
        return _raster_kind(path)
    if ending in VECTORS:
        return _vector_kind(path)
    header = set(read_table(path).header)
    for kind, telling in TABLES:
        if telling <= header:
            return kind
    raise FormatError("detect.nothing_fits", file=path.name, seen=", ".join(sorted(header)), known=", ".join(KINDS))


def _raster_kind(path: Path) -> str:
    try:
        with rasterio.open(path) as file:
            if file.dtypes[0] != "uint8":
                return "terrain"
            values = file.read(1, out_shape=[min(n, 500) for n in (file.height, file.width)])
    except rasterio.errors.RasterioIOError as error:
        raise FormatError("terrain.unreadable", file=path.name, reason=str(error)) from error
    return "land_cover" if set(np.unique(values).tolist()) <= LAND_COVER_CLASSES else "terrain"


def _vector_kind(path: Path) -> str:
    try:
        kind = str(pyogrio.read_info(path)["geometry_type"])
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise FormatError("boundaries.unreadable", file=path.name, reason=str(error)) from error
    if "Line" in kind:
        return "rivers"
    if "Polygon" in kind or kind == "Unknown":
        return "boundaries"
    raise FormatError("detect.no_vector", file=path.name, seen=kind)


def read(path: Path, kind: str, origin: Origin, surroundings: Surroundings, timezone: str) -> Reading:
    """Return the records of a file that is read as a kind, one of `READERS`.

    Parameters
    ----------
    path : Path
    kind : str
    origin : Origin
        What every record takes from the file.
    surroundings : Surroundings
        What rows are checked against.
    timezone : str
        IANA name, for times without a zone.
    """
    if kind not in READERS:
        raise FormatError("detect.unknown_kind", kind=kind, known=", ".join(KINDS))
    return READERS[kind](path, origin, surroundings, timezone)
