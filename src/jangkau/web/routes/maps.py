"""What the map shows: outlines and points as GeoJSON, measurements by tile, pictures of runs as PMTiles."""

import json
from collections.abc import Iterable
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

import shapely
import sqlalchemy as sa
from fastapi import APIRouter, Path, Request, Response

from jangkau.geo import tile_range
from jangkau.messages import Message, number, render
from jangkau.records import ANY_OPERATOR, Measurement, Quantity
from jangkau.store.schema import TABLES
from jangkau.studies.ground_tiles import ground_files
from jangkau.studies.picture import Picture
from jangkau.studies.tiles import TileLayer, tile_layers
from jangkau.web import views
from jangkau.web.problems import RefusedError, language_of
from jangkau.web.routes.answers import may_see, seen_operator
from jangkau.web.security import TheAccount, TheDesk

router = APIRouter(tags=["map"])

GeoLayer = Literal["districts", "villages", "places", "sites", "links", "gaps", "claims"]
OUTLINE_TOLERANCE_DEG = 0.0004
"""Outlines are drawn with corners at least this far off the line: 45 m, less than a pixel at regency zooms."""

COARSE_TOLERANCE_DEG = 0.004
"""The same for the first look at a whole region: half a kilometre."""

PARTS, DOTS_A_PART = 64, 24
"""Of a tile, so that a few dots of every corner are shown where there are too many for all."""


@router.get("/geo/{layer}")
def geo(
    request: Request,
    desk: TheDesk,
    account: TheAccount,
    layer: GeoLayer,
    quantity: Quantity = "signal",
    operator: str = ANY_OPERATOR,
    coarse: bool = False,
) -> Response:
    """Return a layer of the map as GeoJSON; coarse outlines are few bytes, for a first look."""
    operator = seen_operator(account, operator, quantity)
    if layer in ("places", "gaps"):
        may_see(account, quantity)
    body = desk.kept(desk.picture(), _layer, layer, quantity, operator, coarse)
    return Response(body, media_type="application/geo+json")


def _layer(picture: Picture, layer: str, quantity: str, operator: str, coarse: bool) -> bytes:
    make = {
        "districts": lambda: _areas(picture, "district", quantity, operator, coarse),
        "villages": lambda: _areas(picture, "village", quantity, operator, coarse),
        "places": lambda: _places(picture, quantity, operator),
        "sites": lambda: _sites(picture),
        "links": lambda: _links(picture),
        "gaps": lambda: _gaps(picture, quantity),
        "claims": lambda: _claims(picture),
    }
    said = {"type": "FeatureCollection", "features": list(make[layer]())}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def _feature(geometry: Any, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _point(longitude: float | None, latitude: float | None) -> dict[str, Any] | None:
    if longitude is None or latitude is None:
        return None
    return {"type": "Point", "coordinates": [round(longitude, 6), round(latitude, 6)]}


def _outline(wkb: bytes | None, tolerance: float) -> dict[str, Any] | None:
    if wkb is None:
        return None
    shape = shapely.set_precision(shapely.from_wkb(wkb).simplify(tolerance), 1e-5)
    found: dict[str, Any] = json.loads(shapely.to_geojson(shape))
    return found


def _areas(picture: Picture, level: str, quantity: str, operator: str, coarse: bool) -> Iterable[dict[str, Any]]:
    known = picture.register.village_of if level == "village" else picture.register.named_district
    tolerance = COARSE_TOLERANCE_DEG if coarse else OUTLINE_TOLERANCE_DEG
    for grade in picture.areas.get((level, quantity, operator), {}).values():
        said = {
            "code": grade.code,
            "name": grade.name or grade.code,
            "district_code": grade.district_code,
            "value": grade.value,
            "evidence": grade.evidence,
            "stale": grade.stale,
            "denominator": grade.denominator,
            "served": grade.amount_served,
            "weak": grade.amount_weak,
            "none": grade.amount_none,
        }
        yield _feature(_outline(known[grade.code].geometry_wkb, tolerance), said)


def _places(picture: Picture, quantity: str, operator: str) -> Iterable[dict[str, Any]]:
    for grade in picture.places.get((quantity, operator), {}).values():
        own = picture.register.place_of[grade.code]
        said = {
            "code": grade.code,
            "name": grade.name or grade.code,
            "kind": grade.kind,
            "value": grade.value,
            "evidence": grade.evidence,
            "stale": grade.stale,
            "population": own.population,
            "village_code": grade.village_code,
            "district_code": grade.district_code,
        }
        at = _point(grade.longitude, grade.latitude)
        if at is not None:
            yield _feature(at, said)


def _sites(picture: Picture) -> Iterable[dict[str, Any]]:
    for site in picture.register.sites:
        said = {"code": site.code, "name": site.name or site.code, "height_agl_m": site.height_agl_m}
        yield _feature(_point(site.longitude, site.latitude), said)


def _links(picture: Picture) -> Iterable[dict[str, Any]]:
    for link in picture.register.links:
        place = picture.register.place_of.get(link.place_code)
        at = None if place is None else _point(place.longitude, place.latitude)
        if at is not None:
            yield _feature(at, {"place_code": link.place_code, **views.link(link)})


def _gaps(picture: Picture, quantity: str) -> Iterable[dict[str, Any]]:
    for gap in picture.gaps:
        if gap.quantity == quantity:
            said = {"code": gap.code, "population": gap.population, "village_codes": list(gap.village_codes)}
            yield _feature(json.loads(shapely.to_geojson(shapely.from_wkb(gap.geometry_wkb))), said)


def _claims(picture: Picture) -> Iterable[dict[str, Any]]:
    for code, claims in picture.claims.items():
        _, inside = picture.register.boxes.get(code, (None, None))
        blank = [c for c in claims if c.subject == "blank_spot"]
        if inside is not None and blank:
            village = picture.register.village_of.get(code)
            said = {"code": code, "name": None if village is None else village.name, "claims": len(blank)}
            yield _feature(_point(*inside), said | {"publisher": blank[-1].publisher})


Zoom = Annotated[int, Path(ge=0, le=22)]
Index = Annotated[int, Path(ge=0, lt=1 << 22)]


@router.get("/measurements/{z}/{x}/{y}")
def measurements(
    desk: TheDesk, account: TheAccount, z: Zoom, x: Index, y: Index, operator: str | None = None
) -> dict[str, Any]:
    """Return the measurements in a tile of the web map: all, or some of every part of it where there are many."""
    if max(x, y) >= 1 << z:
        raise RefusedError(404, "problem.not_found")
    if account.role == "operator":
        operator = account.operator
    table = TABLES[Measurement]
    columns = [table.c[n] for n in ("longitude", "latitude", "rsrp_dbm", "service", "operator", "time")]
    whose = [table.c.operator == operator] if operator else []
    first, end = tile_range(z, x, y)
    part = max((end - first) // PARTS, 1)
    parts = [
        sa.select(*columns).where(table.c.tile >= low, table.c.tile < low + part, *whose).limit(DOTS_A_PART + 1)
        for low in range(first, end, part)
    ]
    query = sa.union_all(*(sa.select(one.subquery()) for one in parts))
    with desk.store.engine.connect() as connection:
        rows = connection.execute(query).all()
    features = [
        _feature(
            _point(r.longitude, r.latitude),
            {"rsrp_dbm": r.rsrp_dbm, "service": r.service, "operator": r.operator, "time": r.time},
        )
        for r in rows
    ]
    return {
        "type": "FeatureCollection",
        "features": features,
        "shown": len(rows),
        "more": len(rows) > PARTS * DOTS_A_PART,
    }


_KINDS = {"probability-served": "probability", "rsrp": "rsrp", "server": "server", "grade": "grade"}


@router.get("/layers")
def layers(request: Request, desk: TheDesk, account: TheAccount) -> dict[str, Any]:
    """Return the pictures that the map can show, with their legends; more appear while they are being made."""
    language, folder = language_of(request), desk.region.path
    items = [_ground_layer(path, language) for path in ground_files(folder)]
    prediction, picture = desk.prediction(), desk.picture()
    runs = [run for run in (picture.run_id, None if prediction is None else prediction.run_id) if run is not None]
    for run in runs:
        for layer in tile_layers(folder, run):
            if account.role != "operator" or layer.operator == account.operator:
                items.append(_run_layer(layer, language))
    return {"items": items, "ready": desk.tiles_ready()}


def _ground_layer(path: FilePath, language: str) -> dict[str, Any]:
    name, form = path.name.split(".")
    return {
        "id": name,
        "kind": name,
        "title": render(Message(f"layer.{name}"), language),
        "operator": None,
        "technology": None,
        "url": f"/tiles/{path.name}",
        "format": "raster" if form == "pmtiles" else "geojson",
        "legend": [],
        "unit": "",
    }


def _run_layer(layer: TileLayer, language: str) -> dict[str, Any]:
    kind = _KINDS[layer.quantity]
    title = render(Message(f"layer.{kind}"), language)
    return {
        "id": f"{kind} {layer.operator or ''} {layer.technology or ''}".strip(),
        "kind": kind,
        "title": " ".join(part for part in (title, layer.operator, layer.technology) if part),
        "operator": layer.operator,
        "technology": layer.technology,
        "url": f"/tiles/{layer.path.name}",
        "format": "raster",
        "legend": [
            {"colour": stop.colour, "texture": stop.texture, "value": stop.value, "label": _label(stop.value, language)}
            for stop in layer.legend
        ],
        "unit": {"dbm": "dBm", "fraction": "", "index": ""}.get(layer.unit, layer.unit),
        "bounds": list(layer.bounds),
    }


def _label(value: float | str, language: str) -> str:
    if isinstance(value, str):
        return render(Message(f"value.{value}"), language)
    return number(value, language=language)
