"""Boundaries of villages and districts from any vector file."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

from jangkau.errors import FormatError
from jangkau.geo import WGS84, project
from jangkau.messages import Message
from jangkau.records import District, Record, Village
from jangkau.sources.reading import Origin, Reading, Refusal

CODE = ("kode", "code", "village_code", "kode_desa", "kd_desa", "kode_kd", "kode_kel", "kode_kec", "district_code")
NAME = ("nama", "name", "village", "desa", "nama_desa", "nm_desa", "district", "kecamatan")
KIND = ("jenis", "kind")
DISTRICT_CODE = ("kec_kode", "kode_kec", "district_code", "kd_kec")
DISTRICT_NAME = ("kecamatan", "district", "nama_kec", "nm_kec")
VILLAGE_PARTS = 4
"""Parts of a Kemendagri code of a village, 64.08.04.2001; a district has one less."""


def read_boundaries(path: Path, origin: Origin) -> Reading:
    """Return villages and districts with their outlines.

    Parameters
    ----------
    path : Path
        GeoJSON, GeoPackage, Shapefile or KML; any coordinate system.
    origin : Origin

    Notes
    -----
    A broken outline is repaired and counted in a note. Districts that the file does not hold are dissolved from their
    villages, so that both share every edge.
    """
    columns, shapes = _features(path)
    records: list[Record] = []
    refused: list[Refusal] = []
    repaired = 0
    seen: set[str] = set()
    names: dict[str, str] = {}
    for index, shape in enumerate(shapes):
        row = {name: values[index] for name, values in columns.items()}
        code = _first(row, CODE)
        problem = _problem(code, shape, seen)
        if problem is not None:
            refused.append(Refusal(index + 1, "kode", str(code or ""), *problem))
            continue
        repaired += not shape.is_valid
        outline = _polygons(shape)
        code = str(code)
        seen.add(code)
        if code.count(".") >= VILLAGE_PARTS - 1 or _first(row, DISTRICT_CODE) not in (None, code):
            district = _first(row, DISTRICT_CODE) or code.rsplit(".", 1)[0]
            names[district] = _first(row, DISTRICT_NAME) or district
            records.append(
                Village(
                    **origin.stamp(),
                    code=code,
                    name=_first(row, NAME),
                    kind=(_first(row, KIND) or "desa").lower(),
                    district_code=district,
                    geometry_wkb=shapely.to_wkb(outline),
                )
            )
        else:
            records.append(
                District(**origin.stamp(), code=code, name=_first(row, NAME), geometry_wkb=shapely.to_wkb(outline))
            )
    given = {r.code for r in records if isinstance(r, District)}
    villages = [r for r in records if isinstance(r, Village)]
    records += [d for d in districts_from_villages(villages, origin, names) if d.code not in given]
    notes = [Message("boundaries.repaired", {"count": repaired})] if repaired else []
    return Reading("boundaries", records, refused, notes, len(shapes))


def _features(path: Path) -> tuple[dict[str, Any], NDArray[np.object_]]:
    try:
        meta, _, geometry, values = pyogrio.raw.read(path)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise FormatError("boundaries.unreadable", file=path.name, reason=str(error)) from error
    if geometry is None:
        raise FormatError("boundaries.no_shapes", file=path.name)
    shapes = shapely.force_2d(shapely.from_wkb(geometry))
    crs = meta["crs"] or WGS84
    if crs != WGS84:
        shapes = shapely.transform(shapes, lambda xy: np.column_stack(project(xy[:, 0], xy[:, 1], crs, WGS84)))
    box = shapely.total_bounds(shapes)
    if not (-180.0 <= box[0] <= box[2] <= 180.0 and -90.0 <= box[1] <= box[3] <= 90.0):
        raise FormatError("boundaries.metres", file=path.name, x=float(box[0]), y=float(box[1]))
    return {str(n).lower(): v for n, v in zip(meta["fields"], values, strict=True)}, shapes


def _first(row: Mapping[str, Any], names: Sequence[str]) -> str | None:
    for name in names:
        value = row.get(name)
        if value is not None and str(value).strip() not in ("", "nan", "None"):
            return str(value).strip()
    return None


def _problem(code: str | None, shape: Any, seen: set[str]) -> tuple[Message, Message] | None:
    if shape is None or shape.geom_type not in ("Polygon", "MultiPolygon"):
        return Message("boundaries.no_polygon"), Message("boundaries.no_polygon.remedy")
    if code is None:
        return Message("boundaries.no_code"), Message("boundaries.no_code.remedy", {"known": ", ".join(CODE)})
    if code in seen:
        return Message("row.duplicate", {"code": code}), Message("row.duplicate.remedy")
    return None


def _polygons(shape: Any) -> Any:
    if not shape.is_valid:
        shape = shapely.make_valid(shape)
    parts = [p for p in shapely.get_parts(shape, return_index=False) if p.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.MultiPolygon([q for p in parts for q in shapely.get_parts(p)])


def districts_from_villages(
    villages: Sequence[Village], origin: Origin, names: Mapping[str, str] | None = None
) -> list[District]:
    """Return districts whose outlines are the union of their villages', in the order of their codes."""
    together: dict[str, list[bytes]] = defaultdict(list)
    for village in villages:
        if village.district_code and village.geometry_wkb is not None:
            together[village.district_code].append(village.geometry_wkb)
    found = []
    for code in sorted(together):
        outline = _polygons(shapely.union_all(shapely.from_wkb(np.array(together[code], dtype=object))))
        name = (names or {}).get(code)
        found.append(District(**origin.stamp(), code=code, name=name, geometry_wkb=shapely.to_wkb(outline)))
    return found
