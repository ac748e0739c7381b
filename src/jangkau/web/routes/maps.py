"""What the map shows: outlines and points as GeoJSON, measurements by tile, pictures of runs as PMTiles."""

import gzip
import json
from pathlib import Path as FilePath
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Path, Request, Response

from jangkau.geo import tile_range
from jangkau.messages import Message, number, render
from jangkau.records import ANY_OPERATOR, Measurement, Quantity
from jangkau.store.schema import DOT, TABLES
from jangkau.studies.ground_tiles import ground_files
from jangkau.studies.tiles import TileLayer, tile_layers
from jangkau.web.features import GeoLayer, feature, point
from jangkau.web.problems import RefusedError, language_of
from jangkau.web.routes.answers import may_see, seen_operator
from jangkau.web.security import TheAccount, TheDesk

router = APIRouter(tags=["map"])

PARTS, DOTS_A_PART = 64, 12
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
    packed = desk.layers.packed(desk.picture(), layer, quantity, operator, coarse)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(gzip.decompress(packed), media_type="application/geo+json")
    return Response(packed, headers={"Content-Encoding": "gzip"}, media_type="application/geo+json")


def _dots(*whose: Any) -> sa.Select[Any]:
    """Select some measurements of every part of a tile, whose numbers are bound when it is run."""
    table = TABLES[Measurement]
    columns = [table.c[name] for name in DOT]
    parts = (
        sa.select(*columns)
        .where(table.c.tile >= sa.bindparam(f"low_{i}"), table.c.tile < sa.bindparam(f"low_{i + 1}"), *whose)
        .limit(DOTS_A_PART + 1)
        for i in range(PARTS)
    )
    return sa.select(sa.union_all(*(sa.select(one.subquery()) for one in parts)).subquery())


_DOTS = _dots()
_DOTS_OF_ONE = _dots(TABLES[Measurement].c.operator == sa.bindparam("operator"))

Zoom = Annotated[int, Path(ge=0, le=22)]
Index = Annotated[int, Path(ge=0, lt=1 << 22)]


@router.get("/measurements/{z}/{x}/{y}")
def measurements(
    desk: TheDesk, account: TheAccount, z: Zoom, x: Index, y: Index, operator: str | None = None
) -> Response:
    """Return the measurements in a tile of the web map: all, or some of every part of it where there are many."""
    if max(x, y) >= 1 << z:
        raise RefusedError(404, "problem.not_found")
    if account.role == "operator":
        operator = account.operator
    first, end = tile_range(z, x, y)
    part = max((end - first) // PARTS, 1)
    bounds = {f"low_{i}": min(first + i * part, end) for i in range(PARTS + 1)}
    query, whose = (_DOTS, {}) if operator is None else (_DOTS_OF_ONE, {"operator": operator})
    with desk.store.engine.connect() as connection:
        rows = connection.execute(query, bounds | whose).all()
    features = [
        feature(
            point(r.longitude, r.latitude),
            {"rsrp_dbm": r.rsrp_dbm, "service": r.service, "operator": r.operator},
        )
        for r in rows
    ]
    more = len(rows) > PARTS * DOTS_A_PART
    said = {"type": "FeatureCollection", "features": features, "shown": len(rows), "more": more}
    return Response(json.dumps(said, separators=(",", ":")), media_type="application/geo+json")


_KINDS = {
    "probability-served": "probability", "rsrp": "rsrp", "server": "server", "grade": "grade",
    "corrected-probability-served": "corrected", "corrected-error": "error",
}  # fmt: skip


@router.get("/layers")
def layers(request: Request, desk: TheDesk, account: TheAccount) -> dict[str, Any]:
    """Return the pictures that the map can show, with their legends; more appear while they are being made."""
    language, folder = language_of(request), desk.region.path
    items = [_ground_layer(path, language) for path in ground_files(folder)]
    for run in desk.drawn_runs():
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
        "unit": {"dbm": "dBm", "db": "dB", "fraction": "", "index": ""}.get(layer.unit, layer.unit),
        "bounds": list(layer.bounds),
    }


def _label(value: float | str, language: str) -> str:
    if isinstance(value, str):
        return render(Message(f"value.{value}"), language)
    return number(value, language=language)
