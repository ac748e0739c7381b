"""Layers of the map as GeoJSON: written and packed once, and again only where what they show has changed."""

import gzip
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import shapely

from jangkau.records import Claim, Gap, Grade, Link, Site
from jangkau.studies.picture import Picture
from jangkau.web import views

GeoLayer = Literal["districts", "villages", "places", "sites", "links", "gaps", "claims"]
Json = dict[str, Any]

OUTLINE_TOLERANCE_DEG = 0.0004
"""Outlines are drawn with corners at least this far off the line: 45 m, less than a pixel at regency zooms."""

COARSE_TOLERANCE_DEG = 0.004
"""The same for the first look at a whole region: half a kilometre."""


def feature(geometry: Json | None, properties: Json) -> Json:
    """Return a feature of GeoJSON."""
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def point(longitude: float | None, latitude: float | None) -> Json | None:
    """Return a point of GeoJSON, to a decimetre; None without a position."""
    if longitude is None or latitude is None:
        return None
    return {"type": "Point", "coordinates": [round(longitude, 6), round(latitude, 6)]}


@lru_cache(maxsize=8192)
def _outline(wkb: bytes | None, tolerance: float) -> Json | None:
    if wkb is None:
        return None
    shape = shapely.set_precision(shapely.from_wkb(wkb).simplify(tolerance), 1e-5)
    found: Json = json.loads(shapely.to_geojson(shape))
    return found


def _area(picture: Picture, grade: Grade, coarse: bool) -> Json:
    known = picture.register.village_of if grade.subject == "village" else picture.register.named_district
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
    tolerance = COARSE_TOLERANCE_DEG if coarse else OUTLINE_TOLERANCE_DEG
    return feature(_outline(known[grade.code].geometry_wkb, tolerance), said)


def _place(picture: Picture, grade: Grade, _: bool) -> Json | None:
    at = point(grade.longitude, grade.latitude)
    said = {
        "code": grade.code,
        "name": grade.name or grade.code,
        "kind": grade.kind,
        "value": grade.value,
        "evidence": grade.evidence,
        "stale": grade.stale,
        "population": picture.register.place_of[grade.code].population,
        "village_code": grade.village_code,
        "district_code": grade.district_code,
    }
    return None if at is None else feature(at, said)


def _site(_: Picture, site: Site, __: bool) -> Json:
    said = {"code": site.code, "name": site.name or site.code, "height_agl_m": site.height_agl_m}
    return feature(point(site.longitude, site.latitude), said)


def _link(picture: Picture, link: Link, _: bool) -> Json | None:
    place = picture.register.place_of.get(link.place_code)
    at = None if place is None else point(place.longitude, place.latitude)
    return None if at is None else feature(at, {"place_code": link.place_code, **views.link(link)})


def _gap(_: Picture, gap: Gap, __: bool) -> Json:
    said = {"code": gap.code, "population": gap.population, "village_codes": list(gap.village_codes)}
    return feature(json.loads(shapely.to_geojson(shapely.from_wkb(gap.geometry_wkb))), said)


def _claims(picture: Picture, claims: list[Claim], _: bool) -> Json | None:
    code = claims[0].village_code or ""
    _box, inside = picture.register.boxes.get(code, (None, None))
    blank = [c for c in claims if c.subject == "blank_spot"]
    if inside is None or not blank:
        return None
    village = picture.register.village_of.get(code)
    said = {"code": code, "name": None if village is None else village.name, "claims": len(blank)}
    return feature(point(*inside), said | {"publisher": blank[-1].publisher})


Shown = Collection[Any] | Mapping[str, Any]

_LAYERS: dict[GeoLayer, tuple[Callable[[Picture, str, str], Shown], Callable[[Picture, Any, bool], Json | None]]] = {
    "districts": (lambda picture, *subject: picture.areas.get(("district", *subject), {}), _area),
    "villages": (lambda picture, *subject: picture.areas.get(("village", *subject), {}), _area),
    "places": (lambda picture, *subject: picture.places.get(subject, {}), _place),
    "sites": (lambda picture, *_: picture.register.sites, _site),
    "links": (lambda picture, *_: picture.register.links, _link),
    "gaps": (lambda picture, quantity, _: picture.gaps.get(quantity, []), _gap),
    "claims": (lambda picture, *_: picture.claims, _claims),
}


@dataclass(frozen=True, slots=True)
class _Written:
    """A layer, what it was written from, and the text of each thing that it shows."""

    shown: Shown
    texts: dict[int, tuple[Any, str]]
    packed: bytes


class Layers:
    """The layers that were asked for; threads may share it.

    A picture shares with the one before it what did not change, so that the same object means the same text.
    """

    def __init__(self) -> None:
        self._written: dict[tuple[object, ...], _Written] = {}

    def packed(self, picture: Picture, layer: GeoLayer, quantity: str, operator: str, coarse: bool) -> bytes:
        """Return a layer as GeoJSON, packed by gzip."""
        shown_of, write = _LAYERS[layer]
        key, shown = (layer, quantity, operator, coarse), shown_of(picture, quantity, operator)
        before = self._written.get(key)
        if before is not None and before.shown is shown:
            return before.packed
        known = {} if before is None else before.texts
        texts = {}
        for thing in shown.values() if isinstance(shown, Mapping) else shown:
            texts[id(thing)] = known.get(id(thing)) or (thing, _text(write(picture, thing, coarse)))
        body = ",".join(text for _, text in texts.values() if text)
        packed = gzip.compress(b'{"type":"FeatureCollection","features":[%b]}' % body.encode(), 5, mtime=0)
        if shown:
            self._written[key] = _Written(shown, texts, packed)
        return packed


def _text(made: Json | None) -> str:
    return "" if made is None else json.dumps(made, ensure_ascii=False, separators=(",", ":"), default=str)
