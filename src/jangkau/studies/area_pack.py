"""What a phone takes along: points to test with their reasons, every place, outlines for a small map, and the rules.

Coordinates of outlines are whole ten-thousandths of a degree (11 m), thinned to what a small screen shows, so that a
regency is a few hundred kilobytes.
"""

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from jangkau.messages import LANGUAGES, render
from jangkau.studies.ground_tiles import RIVERS
from jangkau.studies.picture import Picture
from jangkau.studies.points import points
from jangkau.studies.tiles import FOLDER

OUTLINE_TOLERANCE_DEG = 0.0008
PER_DEGREE = 10_000


def area_pack(picture: Picture, region: Path) -> dict[str, Any]:
    """Return the pack of a region as plain values.

    Parameters
    ----------
    picture : Picture
    region : Path
        The region folder: rivers are taken from ``tiles/rivers.geojson``, if it was made.
    """
    settings, register = picture.settings, picture.register
    return {
        "region": settings.name,
        "timezone": settings.timezone,
        "as_of": picture.as_of.isoformat(),
        "note": settings.note,
        "operators": list(settings.operators_on(picture.as_of)),
        "technology": settings.signal.technology,
        "served_rsrp_dbm": settings.signal.served_rsrp_dbm,
        "weak_rsrp_dbm": settings.signal.weak_rsrp_dbm,
        "needed_uplink_kbps": settings.send.needed_uplink_kbps,
        "form_mb": settings.send.form_mb,
        "evidence": dataclasses.asdict(settings.evidence),
        "assumed_position_accuracy_m": settings.radio.assumed_position_accuracy_m,
        "points": [
            {
                "code": p.place.code,
                "group": p.group,
                "why": {language: render(p.why, language) for language in LANGUAGES},
                "task": p.task_code,
            }
            for p in points(picture, region)
        ],
        "places": [
            [
                p.code,
                p.name or p.code,
                p.kind,
                None if p.longitude is None else round(p.longitude, 5),
                None if p.latitude is None else round(p.latitude, 5),
                p.position_accuracy_m,
                p.village_code,
                p.send_place_code,
            ]
            for p in register.places
        ],
        "villages": {v.code: v.name or v.code for v in register.villages},
        "outlines": _lines(shapely.from_wkb(v.geometry_wkb) for v in register.villages if v.geometry_wkb is not None),
        "rivers": _lines(_rivers(region / FOLDER / RIVERS)),
        "licences": sorted({f"{s.publisher} ({s.licence})" for s in picture.sources.values() if s.publisher}),
    }


def _rivers(file: Path) -> list[Any]:
    if not file.is_file():
        return []
    features = json.loads(file.read_text("utf-8"))["features"]
    return [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features]


def _lines(shapes: Iterable[Any]) -> list[list[int]]:
    """Return the lines of shapes as longitude, latitude, longitude, ... in whole parts of a degree."""
    found = []
    for shape in shapes:
        edge = shape.boundary if shape.geom_type in ("Polygon", "MultiPolygon") else shape
        thin = shapely.simplify(edge, OUTLINE_TOLERANCE_DEG)
        for line in getattr(thin, "geoms", [thin]):
            at = np.rint(shapely.get_coordinates(line) * PER_DEGREE).astype(int)
            if len(at) > 1:
                found.append(at.ravel().tolist())
    return found
