"""Outlines of villages and districts, and lines such as rivers, from GeoJSON, GeoPackage, Shapefile or KML."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from jangkau.sources.fields import Context, UnfitError, listed, unfit
from jangkau.sources.positions import position_near
from jangkau.sources.reading import Origin, Reading, Refusal, Surroundings
from jangkau.sources.villages import kind_of

VILLAGE_CODE = ("kode_desa", "kd_desa", "village_code", "kode_kd", "kode_kel", "kdepum", "iddesa")
ANY_CODE = ("kode", "code", "kode_wilayah", "kode_kemendagri")
DISTRICT_CODE = ("kec_kode", "kode_kec", "district_code", "kd_kec", "kdcpum", "idkec")
VILLAGE_NAME = ("nama_desa", "nm_desa", "village", "desa", "kelurahan", "wadmkd", "nmdesa", "namobj")
ANY_NAME = ("nama", "name")
DISTRICT_NAME = ("kecamatan", "nama_kec", "nm_kec", "district", "wadmkc", "nmkec")
KIND = ("jenis", "kind")
"""Names of properties, in lower case, in the order in which they are looked for."""

SLIVER_DEG2 = 1e-5
"""About 0.12 km2: a smaller hole in a district is a gap between outlines that should touch, not an enclave."""

POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclass(frozen=True, slots=True)
class Features:
    """Shapes of a file [deg], None where a feature has none, and their properties by lower-case name."""

    shapes: NDArray[np.object_]
    properties: Mapping[str, Sequence[Any]]

    def rows(self) -> Iterator[tuple[int, Any, dict[str, str]]]:
        """Return number (from 1), shape and filled properties of each feature."""
        for index, shape in enumerate(self.shapes):
            filled = {name: _plain(values[index]) for name, values in self.properties.items()}
            yield index + 1, shape, {name: value for name, value in filled.items() if value}


def _plain(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def read_features(path: Path, most: int | None = None) -> Features:
    """Return the features of a vector file: of its first layer that has polygons, or else of its first.

    Parameters
    ----------
    path : Path
        In any coordinate system; without one its numbers are taken as WGS 84 when they can be degrees.
    most : int, optional
        Read no more features than this.

    Raises
    ------
    FormatError
        When the file cannot be read, has no shapes, or has metres without a coordinate system.
    """
    first = None
    for layer in _layers(path):
        found = _layer(path, layer, most)
        if found is not None and np.isin(shapely.get_type_id(found.shapes), POLYGONS).any():
            return found
        first = first or found
    if first is None:
        raise FormatError("boundaries.no_shapes", file=path.name)
    return first


def _layers(path: Path) -> list[str]:
    try:
        return [str(name) for name, _ in pyogrio.list_layers(path)]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise FormatError("boundaries.unreadable", file=path.name) from error


def _layer(path: Path, layer: str, most: int | None) -> Features | None:
    try:
        meta, _, geometry, values = pyogrio.raw.read(path, layer=layer, max_features=most)
        shapes = None if geometry is None else shapely.force_2d(shapely.from_wkb(geometry, on_invalid="fix"))
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as error:
        raise FormatError("boundaries.unreadable", file=path.name) from error
    if shapes is None or shapely.is_missing(shapes).all():
        return None
    shapes = _in_degrees(path, shapes, meta["crs"])
    return Features(shapes, {str(n).lower(): v for n, v in zip(meta["fields"], values, strict=True)})


def _in_degrees(path: Path, shapes: NDArray[np.object_], crs: str | None) -> NDArray[np.object_]:
    if crs not in (None, WGS84):
        shapes = shapely.transform(shapes, lambda xy: np.column_stack(project(xy[:, 0], xy[:, 1], str(crs), WGS84)))
    west, south, east, north = (float(edge) for edge in shapely.total_bounds(shapes))
    if not (-180.0 <= west <= east <= 180.0 and -180.0 <= south <= north <= 180.0):
        raise FormatError("boundaries.metres", file=path.name, x=f"{west:.0f}", y=f"{south:.0f}")
    return shapes


def read_boundaries(
    path: Path, origin: Origin, surroundings: Surroundings | None = None, timezone: str | None = None
) -> Reading:
    """Return villages and districts with their outlines.

    Parameters
    ----------
    path : Path
        GeoJSON, GeoPackage, Shapefile or KML; any coordinate system.
    origin : Origin
    surroundings : Surroundings, optional
        Its bounds and region code are checked.
    timezone : str, optional
        Not used; every reader takes it.

    Raises
    ------
    FormatError
        When the file cannot be read or its shapes are no longitudes and latitudes.

    Notes
    -----
    Broken outlines are repaired and named in a note. Districts that a village file only names come without an outline;
    `districts_from_villages` makes it.
    """
    features = read_features(path)
    context = Context(surroundings or Surroundings())
    records: list[Record] = []
    refused: list[Refusal] = []
    repaired: list[str] = []
    first_of: dict[str, int] = {}
    named: dict[str, str] = {}
    for number, shape, said in features.rows():
        context.row = number
        try:
            records.append(_unit(shape, said, context, origin, first_of, repaired))
        except UnfitError as trouble:
            refused.append(trouble.refusal(number, "", ""))
        else:
            _name_district(said, records[-1], named)
    given = {record.code for record in records if isinstance(record, District)}
    records += [District(**origin.stamp(), code=c, name=name) for c, name in named.items() if c not in given]
    notes = context.notes()
    if repaired:
        notes.append(Message("boundaries.repaired", {"count": len(repaired), "codes": listed(repaired)}))
    return Reading("boundaries", records, refused, notes, len(features.shapes))


def _unit(
    shape: Any, said: Mapping[str, str], context: Context, origin: Origin, first_of: dict[str, int], repaired: list[str]
) -> Village | District:
    """Return the village or district of a feature."""
    code, district = _codes(said)
    if shape is None or shapely.get_type_id(shape) not in POLYGONS:
        raise unfit("row.no_outline", field="geometry", value=code)
    if not _lies_in(code, context.surroundings.region_code):
        raise unfit("row.other_region", field="code", value=code, region=context.surroundings.region_code)
    if first_of.setdefault(code, context.row) != context.row:
        raise unfit("row.duplicate_id", field="code", value=code, first=first_of[code])
    outline = _polygons(shape)
    if outline.is_empty:
        raise unfit("row.no_outline", field="geometry", value=code)
    inside = outline.representative_point()
    position_near({"longitude": inside.x, "latitude": inside.y}, context)
    if not shape.is_valid:
        repaired.append(code)
    facts = origin.stamp() | {"code": code, "geometry_wkb": shapely.to_wkb(outline)}
    if district is None:
        return District(**facts, name=_first(said, (*DISTRICT_NAME, *ANY_NAME)))
    kind = (_first(said, KIND) or "").lower()
    kind = kind if kind in ("desa", "kelurahan") else kind_of(code)
    return Village(**facts, name=_first(said, (*VILLAGE_NAME, *ANY_NAME)), kind=kind, district_code=district)


def _codes(said: Mapping[str, str]) -> tuple[str, str | None]:
    """Return the code of a feature and that of its district; the latter is None for a district itself."""
    code, district = _first(said, (*VILLAGE_CODE, *ANY_CODE)), _first(said, DISTRICT_CODE)
    if code is None and district is None:
        known = listed((*ANY_CODE, *VILLAGE_CODE, *DISTRICT_CODE))
        raise unfit("row.no_code", field="code", value="", seen=listed(said), known=known)
    if code is None or code == district:
        return str(district), None
    parts, digits = code.split("."), len(code) * code.isdigit()
    if district is not None or len(parts) == 4:
        return code, district or code.rpartition(".")[0]
    if len(parts) == 3 or digits in (6, 7):
        return code, None
    if digits == 10:
        return code, code[:-4]
    raise unfit("row.code_level", field="code", value=code)


def _lies_in(code: str, region: str) -> bool:
    """Tell whether a code is one of a region's, with or without dots."""
    return code.replace(".", "").startswith(region.replace(".", ""))


def _name_district(said: Mapping[str, str], record: Record, named: dict[str, str]) -> None:
    name = _first(said, DISTRICT_NAME)
    if isinstance(record, Village) and record.district_code is not None and name is not None:
        named.setdefault(record.district_code, name)


def _first(said: Mapping[str, str], names: Sequence[str]) -> str | None:
    return next((said[name] for name in names if name in said), None)


def _polygons(shape: Any) -> Any:
    """Return the polygons of a shape as one valid MultiPolygon."""
    valid = shape if shape.is_valid else shapely.make_valid(shape)
    parts = shapely.get_parts(shapely.get_parts(valid))
    return shapely.multipolygons(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])


def districts_from_villages(
    villages: Sequence[Village], origin: Origin, names: Mapping[str, str] | None = None
) -> list[District]:
    """Return districts whose outlines are the union of their villages', in the order of their codes.

    Parameters
    ----------
    villages : sequence of Village
        Those without a district or an outline are passed over.
    origin : Origin
    names : mapping, optional
        District code to name.
    """
    together: dict[str, list[bytes]] = defaultdict(list)
    for village in villages:
        if village.district_code and village.geometry_wkb is not None:
            together[village.district_code].append(village.geometry_wkb)
    found = []
    for code in sorted(together):
        union = shapely.union_all(shapely.from_wkb(np.array(together[code], dtype=object)))
        outline = shapely.multipolygons([_without_slivers(part) for part in shapely.get_parts(_polygons(union))])
        name = (names or {}).get(code)
        found.append(District(**origin.stamp(), code=code, name=name, geometry_wkb=shapely.to_wkb(outline)))
    return found


def _without_slivers(polygon: Any) -> Any:
    rings = shapely.get_rings(polygon)
    holes = [ring for ring in rings[1:] if shapely.area(shapely.polygons(ring)) >= SLIVER_DEG2]
    return shapely.Polygon(rings[0], holes)


def read_rivers(
    path: Path, origin: Origin, surroundings: Surroundings | None = None, timezone: str | None = None
) -> Reading:
    """Return no records: lines are kept as the file that they came in, and drawn on maps.

    Raises
    ------
    FormatError
        When the file cannot be read or its lines are no longitudes and latitudes.
    """
    count = len(read_features(path).shapes)
    return Reading("rivers", [], [], [Message("boundaries.lines_kept", {"count": count})], count)
