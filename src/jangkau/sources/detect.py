"""What a file is, by its content, and the reader of each kind."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import shapely

from jangkau.errors import FormatError
from jangkau.messages import Message
from jangkau.sources.boundaries import POLYGONS, read_boundaries, read_features, read_rivers
from jangkau.sources.cells import CELLS, OPENCELLID, SITES
from jangkau.sources.claims import claims_of, read_claims, shape_of
from jangkau.sources.headers import with_spelling
from jangkau.sources.land_cover import read_clutter_table
from jangkau.sources.layers import SAMPLE_PIXELS, layers_of
from jangkau.sources.links import LINKS
from jangkau.sources.measurements import read_measurements, samples_of
from jangkau.sources.places import OFFICES, PLACES, STATIONS
from jangkau.sources.rasters import opened
from jangkau.sources.reading import Origin, Reading, Surroundings
from jangkau.sources.rows import TableKind
from jangkau.sources.sample_files import is_ookla, is_speed_test, is_survey
from jangkau.sources.sample_layouts import layout_of
from jangkau.sources.steps import REMEDIES, REQUESTS, STAKEHOLDERS, TASKS
from jangkau.sources.tables import Table, read_tables
from jangkau.sources.villages import DISTRICTS, REMOTE_VILLAGES, VILLAGES, VILLAGES_BY_NAME
from jangkau.sources.visits import PROBES, VISITS
from jangkau.sources.workbook import REGISTER, is_register

TABLE_KINDS: dict[str, TableKind] = {
    kind.kind: kind
    for kind in (
        VILLAGES, VILLAGES_BY_NAME, DISTRICTS, PLACES, STATIONS, OFFICES, CELLS, OPENCELLID, LINKS, VISITS, PROBES,
        REMOTE_VILLAGES, STAKEHOLDERS, REMEDIES, TASKS, REQUESTS, SITES,
    )
}  # fmt: skip

NOT_GUESSED = ("remote_villages", "sites")
"""Kinds of tables that no set of columns alone shows: any list of points could be one of sites."""

Reader = Callable[[Path, Origin, Surroundings, str | None], Reading]

READERS: dict[str, Reader] = {
    "boundaries": read_boundaries,
    "rivers": read_rivers,
    "claims": read_claims,
    "measurements": read_measurements,
    **{name: kind.read for name, kind in TABLE_KINDS.items()},
}
"""Kinds of files that give records."""

TableReader = Callable[[Sequence[Table], Origin, Surroundings, str | None], Reading]

TABLE_READERS: dict[str, TableReader] = {
    "claims": claims_of,
    "measurements": samples_of,
    **{name: kind.read_tables for name, kind in TABLE_KINDS.items()},
}
"""Kinds of tables, which may stand beside others in one file."""

TABLES = "tables"
"""The kind of a file with tables of several kinds."""

RASTER_KINDS = ("terrain", "land_cover")
"""Kinds of files that are kept as they are and read when needed."""

KINDS = (*RASTER_KINDS, *READERS, REGISTER, TABLES)

REMOTE_WORDS = ("remote", "3t", "tertinggal", "terpencil")
"""In the name of a list that gives nothing but villages: it is that of the remote ones."""

ONLY_VILLAGES = {"village_code", "code", "village", "name", "district", "remote", "source", "date", "no"}
"""Columns that such a list may have."""

Family = Literal["raster", "vector", "table"]

MAGIC: tuple[tuple[bytes, Family], ...] = (
    (b"II*\x00", "raster"),
    (b"MM\x00*", "raster"),
    (b"II+\x00", "raster"),
    (b"MM\x00+", "raster"),
    (b"SQLite format 3\x00", "vector"),
    (b"\x00\x00\x27\x0a", "vector"),
    (b"fgb", "vector"),
    (b"{", "vector"),
    (b"[", "vector"),
    (b"<?xml", "vector"),
    (b"<kml", "vector"),
)

SUFFIXES: dict[str, Family] = {
    ".hgt": "raster", ".vrt": "raster", ".asc": "raster", ".img": "raster", ".kmz": "vector", ".zip": "vector",
}  # fmt: skip


def detect(path: Path) -> str:
    """Return what a file is, one of `KINDS`, by its content.

    Raises
    ------
    FormatError
        When nothing fits; it says what was seen and what is known.
    """
    return _BY_FAMILY[_family(path)](path)


def read(
    path: Path, kind: str, origin: Origin, surroundings: Surroundings | None = None, timezone: str | None = None
) -> Reading:
    """Return the records of a file of a kind.

    Parameters
    ----------
    path : Path
    kind : str
        One of `READERS`.
    origin : Origin
        What every record takes from the file.
    surroundings : Surroundings, optional
        What rows are checked against.
    timezone : str, optional
        IANA zone of times that state none; without it they are refused.

    Raises
    ------
    FormatError
        When the kind is unknown or the file is not of it.
    """
    reader = READERS.get(kind)
    if reader is None:
        raise FormatError("detect.unknown_kind", kind=kind, known=", ".join(READERS))
    return reader(path, origin, surroundings or Surroundings(), timezone)


def _family(path: Path) -> Family:
    with path.open("rb") as file:
        start = file.read(64)
    if not start:
        raise FormatError("table.empty", file=path.name)
    if path.suffix.lower() in SUFFIXES:
        return SUFFIXES[path.suffix.lower()]
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((family for magic, family in MAGIC if start.startswith(magic)), "table")


def _raster_kind(path: Path) -> str:
    with opened(path) as file:
        if file.colorinterp[0].name == "palette":
            return "land_cover"
        if file.count > 1 and layers_of(file, path.name) is None:
            raise FormatError("layers.unknown", file=path.name, count=file.count)
        if file.count > 1 or not np.issubdtype(np.dtype(file.dtypes[0]), np.integer):
            return "terrain"
        shape = (min(file.height, SAMPLE_PIXELS), min(file.width, SAMPLE_PIXELS))
        seen = set(np.unique(file.read(1, out_shape=shape, masked=True).compressed()).tolist()) - {0, 255}
        byte = file.dtypes[0] == "uint8"
    return "land_cover" if seen and (byte or (len(seen) > 1 and seen <= set(read_clutter_table()))) else "terrain"


def _vector_kind(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(16).removeprefix(b"\xef\xbb\xbf").lstrip()
    if (start[:1] in (b"{", b"[") and is_speed_test(path)) or (start.startswith(b"SQLite") and is_survey(path)):
        return "measurements"
    features = read_features(path, most=50)
    if is_ookla(features.properties):
        return "measurements"
    types = shapely.get_type_id(features.shapes)
    if np.isin(types, POLYGONS).any():
        return "boundaries"
    lines = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)
    if np.isin(types, lines).any():
        return "rivers"
    raise FormatError("detect.points", file=path.name)


def tables_by_kind(path: Path) -> Mapping[str, list[Table]]:
    """Return the tables of a file by their kind; those of no known kind are under the empty name."""
    found: dict[str, list[Table]] = {}
    for table in read_tables(path):
        found.setdefault(_kind_of(path, table.header), []).append(table)
    return found


def _table_kind(path: Path) -> str:
    """Return the kind of the tables of a file, `TABLES` where they are of several."""
    if is_register(path):
        return REGISTER
    found = tables_by_kind(path)
    known = [kind for kind in found if kind]
    if len(known) > 1:
        return TABLES
    if not known:
        raise _unknown(path, found[""][0].header)
    return known[0]


def _kind_of(path: Path, header: tuple[str, ...]) -> str:
    """Return the kind whose required columns are all there and that knows the most columns; empty: none."""
    if _lists_remote_villages(path, header):
        return "remote_villages"
    claims = shape_of(header)
    fits = {name: kind.fits(header) for name, kind in TABLE_KINDS.items() if name not in NOT_GUESSED}
    samples = layout_of(header)
    fits["measurements"] = 0 if samples is None else samples.fits(header)
    fits["claims"] = 0 if claims is None else claims.fits(header)
    best = max(fits, key=lambda name: (fits[name], name in path.stem))
    return best if fits[best] else ""


def _unknown(path: Path, header: tuple[str, ...]) -> FormatError:
    """Return the error of a table of no known kind, with the kind that it comes nearest to and what it lacks."""
    seen = ", ".join(name for name in header if name)
    near = max(TABLE_KINDS.values(), key=lambda kind: kind.nearness(header))
    if not near.nearness(header):
        return FormatError("detect.unknown", file=path.name, seen=seen, known=", ".join(KINDS))
    said = {"kind": Message(f"kind.{near.kind}"), "missing": ", ".join(map(with_spelling, near.missing(header)))}
    return FormatError("detect.nearly", file=path.name, seen=seen, **said)


def _lists_remote_villages(path: Path, header: tuple[str, ...]) -> bool:
    """Tell a list of nothing but villages, which names them remote or has only their codes."""
    names, codes = {"village", "name"} & set(header), {"village_code", "code"} & set(header)
    if not names | codes or not set(header) <= ONLY_VILLAGES:
        return False
    named = any(word in path.stem.lower() for word in REMOTE_WORDS)
    return named or "remote" in header or ("village_code" in header and not names)


_BY_FAMILY: dict[Family, Callable[[Path], str]] = {
    "raster": _raster_kind,
    "vector": _vector_kind,
    "table": _table_kind,
}
