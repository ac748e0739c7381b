"""The files of a grading: GeoPackages that QGIS opens styled, and the map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import shapely

from jangkau.geo import Raster, hexagon_outline
from jangkau.messages import LANGUAGES, Message, render
from jangkau.records import ANY_OPERATOR, Gap, Grade
from jangkau.reports.geopackage import Layer, write_geopackage
from jangkau.reports.sentences import say, sentence
from jangkau.settings import Settings
from jangkau.studies.areas import Hexagons
from jangkau.studies.prediction import Prediction
from jangkau.studies.register import Register
from jangkau.studies.scored import score_line
from jangkau.studies.verdicts import PlaceVerdicts
from jangkau.terrain.ground import Ground


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that the files of a grading show."""

    settings: Settings
    as_of: date
    register: Register
    grades: list[Grade]
    gaps: list[Gap]
    verdicts: list[PlaceVerdicts]
    classes: Raster | None
    hexagons: Hexagons | None
    ground: Ground | None
    prediction: Prediction | None
    score: Mapping[str, Any] | None
    rivers: list[Path]
    sources: list[str]


_AREA_COLUMNS = (
    "code", "name", "district_code", "quantity", "operator", "value", "evidence", "stale", "denominator",
    "denominator_unit", "amount_served", "amount_weak", "amount_none", "amount_unknown", "rule",
)  # fmt: skip
_PLACE_COLUMNS = (
    "code", "name", "kind", "village_code", "quantity", "operator", "value", "probability_served", "probability_weak",
    "evidence", "tests", "evidence_date", "stale", "rule",
)  # fmt: skip


def write_grades(path: Path, findings: Findings) -> Path:
    """Write the GeoPackage of grades: villages, districts, hexagons, places, claims, sites."""
    outlines = {
        "village": {v.code: v.geometry_wkb for v in findings.register.villages},
        "district": {d.code: d.geometry_wkb for d in findings.register.districts},
    }
    layers = []
    first = findings.settings.languages[0]
    for subject, quantity in (
        ("village", "signal"),
        ("village", "send"),
        ("district", "signal"),
        ("district", "office"),
    ):
        rows = [g for g in findings.grades if (g.subject, g.quantity, g.operator) == (subject, quantity, ANY_OPERATOR)]
        shapes = [outlines[subject].get(g.code) for g in rows]
        layers.append(_layer(f"{subject}s_{quantity}", rows, shapes, _AREA_COLUMNS, "areas", "MultiPolygon", first))
    if findings.hexagons is not None:
        layers.append(_hexagon_layer(findings.hexagons, findings.settings))
    places = [g for g in findings.grades if g.subject == "place"]
    points = [_point(g.longitude, g.latitude) for g in places]
    layers.append(_layer("places", places, points, _PLACE_COLUMNS, "points", "Point", first))
    layers += [_claim_layer(findings), _site_layer(findings)]
    write_geopackage(path, layers, last_change=findings.as_of, language=first, about=say(score_of(findings), first))
    return path


def write_gaps(path: Path, findings: Findings) -> Path:
    """Write the GeoPackage of gaps: inhabited areas, and single places."""
    layers, first = [], findings.settings.languages[0]
    for name, style, kind, inhabited in (
        ("gaps", "gaps", "MultiPolygon", True),
        ("gap_places", "gap_points", "Point", False),
    ):
        rows = [g for g in findings.gaps if (shapely.from_wkb(g.geometry_wkb).geom_type != "Point") == inhabited]
        columns: dict[str, list[Any]] = {
            "code": [g.code for g in rows],
            "quantity": [g.quantity for g in rows],
            "operator": [g.operator for g in rows],
            "population": [g.population for g in rows],
            "village_codes": [" ".join(g.village_codes) for g in rows],
            "place_codes": [" ".join(g.place_codes) for g in rows],
            "value": ["none" for _ in rows],
        }
        for language in LANGUAGES:
            columns[f"reason_{language}"] = [sentence(g.reason_code, g.reason_parameters, language) for g in rows]
        title = render(Message(f"layer.{name}"), first)
        layers.append(Layer(name, title, [g.geometry_wkb for g in rows], columns, style, kind))
    write_geopackage(path, layers, last_change=findings.as_of, language=first, about=say(score_of(findings), first))
    return path


def _layer(
    name: str,
    rows: Sequence[Grade],
    shapes: Sequence[bytes | None],
    columns: Sequence[str],
    style: str,
    kind: str,
    language: str,
) -> Layer:
    values: dict[str, list[Any]] = {column: [getattr(g, column) for g in rows] for column in columns}
    for spoken in LANGUAGES:
        values[f"reason_{spoken}"] = [sentence(g.reason_code, g.reason_parameters, spoken) for g in rows]
    return Layer(name, render(Message(f"layer.{name}"), language), list(shapes), values, style, kind)


def _hexagon_layer(hexagons: Hexagons, settings: Settings) -> Layer:
    shapes = []
    for cell in hexagons.cells:
        (rings,) = hexagon_outline([cell])
        shapes.append(shapely.to_wkb(shapely.Polygon(rings[0])))
    columns: dict[str, list[Any]] = {
        "h3": hexagons.cells,
        "village_code": hexagons.village_codes,
        "value": hexagons.values,
        "served_fraction": hexagons.share_served,
        "none_fraction": hexagons.share_none,
    }
    return Layer(
        "hexagons", render(Message("layer.hexagons"), settings.languages[0]), shapes, columns, "hexagons", "Polygon"
    )


def _claim_layer(findings: Findings) -> Layer:
    inside = inside_points(findings)
    claims = [c for c in findings.register.claims if c.subject == "blank_spot"]
    columns: dict[str, list[Any]] = {
        name: [getattr(c, name) for c in claims]
        for name in ("village_code", "place_code", "subject", "statement", "claimed_on", "publisher")
    }
    shapes = [_point(*inside.get(c.village_code or "", (None, None))) for c in claims]
    return Layer(
        "claims", render(Message("layer.claims"), findings.settings.languages[0]), shapes, columns, "claims", "Point"
    )


def _site_layer(findings: Findings) -> Layer:
    sites = findings.register.sites
    columns: dict[str, list[Any]] = {
        "code": [s.code for s in sites],
        "name": [s.name for s in sites],
        "height_agl_m": [s.height_agl_m for s in sites],
    }
    shapes = [_point(s.longitude, s.latitude) for s in sites]
    return Layer(
        "sites", render(Message("layer.sites"), findings.settings.languages[0]), shapes, columns, "sites", "Point"
    )


def _point(longitude: float | None, latitude: float | None) -> bytes | None:
    if longitude is None or latitude is None:
        return None
    wkb: bytes = shapely.to_wkb(shapely.Point(longitude, latitude))
    return wkb


def score_of(findings: Findings) -> Message | str:
    """Return how right the map is, in one line; empty where it shows no prediction."""
    return "" if findings.prediction is None else score_line(findings.score, findings.settings)


def inside_points(findings: Findings) -> dict[str, tuple[float, float]]:
    """Return a point inside each village, where a flag may stand; it is no position of the village."""
    found = {}
    for village in findings.register.villages:
        if village.geometry_wkb is not None:
            point = shapely.from_wkb(village.geometry_wkb).representative_point()
            found[village.code] = (point.x, point.y)
    return found
