"""Outlines, names of settlements and rivers of OpenStreetMap, by an Overpass server."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import shapely

from jangkau.sources.public.area import Area, Provider, Ready
from jangkau.sources.public.downloads import Download, Network, json_of
from jangkau.sources.public.outlines import Outline, feature, write_villages, written

HOST = "overpass-api.de"
PATH = "api/interpreter"
REGENCY_LEVEL, DISTRICT_LEVEL, VILLAGE_LEVEL = "5", "6", "7"
"""`admin_level` of regencies, districts and villages in Indonesia (OpenStreetMap wiki, Tag:boundary=administrative)."""

RIVERS = "river|canal"
CODES = ("ref:ID:kemendagri", "ref:kemendagri", "kode_wilayah", "ref")
"""Tags that may hold the official code of an outline, in the order in which they are looked for."""


def outline_downloads(area: Area, network: Network) -> Sequence[Download]:
    """Return the query for outlines of regencies, districts and villages that touch the area."""
    levels = f"{REGENCY_LEVEL}|{DISTRICT_LEVEL}|{VILLAGE_LEVEL}"
    wanted = f'relation["boundary"="administrative"]["admin_level"~"^({levels})$"]'
    return [_query(area, "outlines", f"{wanted}({{box}});out geom;")]


def river_downloads(area: Area, network: Network) -> Sequence[Download]:
    """Return the query for rivers in the area."""
    return [_query(area, "rivers", f'way["waterway"~"^({RIVERS})$"]({{box}});out geom;')]


def _query(area: Area, what: str, wanted: str) -> Download:
    box = area.bounds
    numbers = (box.south, box.west, box.north, box.east)
    corners = ",".join(f"{v:.5f}" for v in numbers)
    query = f"[out:json][timeout:300];{wanted.replace('{box}', corners)}"
    name = f"osm-{what}-{corners.replace(',', '_')}.json"
    return Download(HOST, PATH, name, query=f"data={query}", complaint=complaint)


def complaint(file: Path) -> str:
    """Return the error that a server reports in a `remark` beside what it has found by then, or in place of JSON."""
    try:
        said = json_of(file)
        return str(said.get("remark", "")) if "elements" in said else str(said)
    except (ValueError, AttributeError):
        return re.sub(r"<[^>]*>", " ", file.read_text("utf-8", "replace"))


def prepare_outlines(area: Area, files: Sequence[Path], room: Path) -> Sequence[Ready]:
    """Return the villages of the region, by the regency's own outline where that is among them."""
    elements = [e for file in files for e in json_of(file)["elements"] if e["type"] == "relation"]
    outlines: dict[str, list[Outline]] = {level: [] for level in (REGENCY_LEVEL, DISTRICT_LEVEL, VILLAGE_LEVEL)}
    for element in elements:
        shape, tags = _polygon(element), element["tags"]
        if shape is not None and tags.get("admin_level") in outlines:
            outlines[tags["admin_level"]].append(
                Outline(shape, tags.get("name"), _code(element), f"osm-{element['id']}")
            )
    villages = outlines[VILLAGE_LEVEL]
    regency = next((o for o in outlines[REGENCY_LEVEL] if _is_the_region(o, area)), None)
    if regency is not None:
        villages = [v for v in villages if regency.shape.contains(v.shape.representative_point())]
    return write_villages(villages, outlines[DISTRICT_LEVEL], area, room / "osm-villages.geojson")


def _is_the_region(outline: Outline, area: Area) -> bool:
    name, wanted = (outline.name or "").lower(), area.region_name.lower()
    return bool(
        (area.region_code and outline.official_code == area.region_code)
        or (wanted and wanted in (name, f"kabupaten {name}", f"kota {name}"))
    )


def _code(element: dict[str, Any]) -> str | None:
    return next((element["tags"][name] for name in CODES if element["tags"].get(name)), None)


def _polygon(element: dict[str, Any]) -> Any:
    """Return the area of a relation from the lines of its members; None where they do not close."""
    outer, inner = (shapely.get_parts(shapely.polygonize(_lines(element, role))) for role in ("outer", "inner"))
    if not len(outer):
        return None
    area = shapely.union_all(outer)
    return shapely.difference(area, shapely.union_all(inner)) if len(inner) else area


def _lines(element: dict[str, Any], role: str) -> list[Any]:
    members = [m for m in element.get("members", []) if m["type"] == "way" and (m.get("role") or "outer") == role]
    return [_line(m["geometry"]) for m in members if len(m.get("geometry", ())) > 1]


def _line(points: Iterable[dict[str, float]]) -> Any:
    return shapely.LineString([(p["lon"], p["lat"]) for p in points])


def prepare_rivers(area: Area, files: Sequence[Path], room: Path) -> Sequence[Ready]:
    """Return rivers as lines with their names."""
    elements = [e for file in files for e in json_of(file)["elements"] if len(e.get("geometry", ())) > 1]
    features = [feature(_line(e["geometry"]), {"name": e["tags"].get("name")}) for e in elements]
    return written(features, room / "osm-rivers.geojson", "rivers")


PUBLISHER, LICENCE = "© OpenStreetMap contributors", "ODbL 1.0"
OUTLINES = Provider("outlines", PUBLISHER, LICENCE, outline_downloads, prepare_outlines)
RIVERS_OF_OSM = Provider("rivers", PUBLISHER, LICENCE, river_downloads, prepare_rivers)
