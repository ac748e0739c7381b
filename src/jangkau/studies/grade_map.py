"""The map of a grading, drawn once a language."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyogrio
import shapely

from jangkau import grades as rules
from jangkau.geo import Bounds, Raster
from jangkau.messages import Message
from jangkau.paths import MODEL
from jangkau.records import ANY_OPERATOR, Grade
from jangkau.reports.map_content import MapContent, Points
from jangkau.reports.map_image import draw_map
from jangkau.studies.grade_outputs import Findings, inside_points, score_of
from jangkau.studies.inputs import region_bounds
from jangkau.terrain.ground import Ground

HILLSHADE_PIXELS = 2_000_000
"""Terrain is thinned to at most this many pixels before it is drawn."""


def draw_maps(folder: Path, findings: Findings, languages: Sequence[str]) -> list[Path]:
    """Draw the map of a grading once a language; return the files."""
    content = map_content(findings)
    paths = []
    for language in languages:
        path = folder / f"map-{language}.png"
        draw_map(path, content, language)
        paths.append(path)
    return paths


def map_content(findings: Findings) -> MapContent:
    """Return all that maps of a region show."""
    settings, register = findings.settings, findings.register
    villages = {g.code: g for g in _grades(findings, "village")}
    region = next(iter(_grades(findings, "region")), None)
    prediction = findings.prediction
    return MapContent(
        title=Message("map.signal_title", {"region": settings.name}),
        subtitle=Message("map.signal_subtitle", {"technology": settings.signal.technology}),
        note=settings.note,
        bounds=region_bounds(settings),
        as_of=findings.as_of,
        deadline=settings.deadline,
        terrain=None if findings.ground is None else thinned(findings.ground, region_bounds(settings)),
        area=findings.classes,
        villages=[
            (v.geometry_wkb, villages[v.code].value, _shares(villages[v.code]))
            for v in register.villages
            if v.geometry_wkb is not None and v.code in villages
        ],
        districts=[(d.geometry_wkb, d.name or d.code) for d in register.districts if d.geometry_wkb is not None],
        rivers=[wkb for file in findings.rivers for wkb in _lines(file)],
        tested=_places(findings, tested=True),
        predicted=_places(findings, tested=False),
        claimed=_claimed(findings),
        sites=Points([s.longitude for s in register.sites], [s.latitude for s in register.sites]),
        amounts={} if region is None else _shares(region),
        sources=findings.sources,
        rules=[rules.SIGNAL_RULE, *([] if prediction is None else [MODEL])],
        score=score_of(findings),
    )


def _grades(findings: Findings, subject: str) -> list[Grade]:
    wanted = (subject, "signal", ANY_OPERATOR)
    return [g for g in findings.grades if (g.subject, g.quantity, g.operator) == wanted]


def _shares(grade: Grade) -> dict[str, float]:
    return {
        "served": grade.amount_served or 0.0,
        "weak": grade.amount_weak or 0.0,
        "none": grade.amount_none or 0.0,
        "unknown": grade.amount_unknown or 0.0,
    }


def _places(findings: Findings, *, tested: bool) -> Points:
    own = [
        g
        for g in _grades(findings, "place")
        if g.longitude is not None
        and g.latitude is not None
        and (g.evidence == "tested") == tested
        and (tested or g.kind == "settlement")
    ]
    longitude, latitude = (np.array([getattr(g, name) for g in own], float) for name in ("longitude", "latitude"))
    return Points(longitude, latitude, [g.value for g in own])


def _claimed(findings: Findings) -> Points:
    inside = inside_points(findings)
    codes = {c.village_code for c in findings.register.claims if c.subject == "blank_spot" and c.village_code}
    points = [inside[code] for code in sorted(codes) if code in inside]
    return Points([x for x, _ in points], [y for _, y in points])


def thinned(ground: Ground, bounds: Bounds) -> Raster:
    """Return the terrain of a box in at most `HILLSHADE_PIXELS` pixels, for the hillshade of a map; NaN at sea."""
    part = ground.within(bounds.widened(0.02))
    heights = np.where(part.at_sea(), np.float32(np.nan), part.height_amsl_m)
    step = max(int(np.ceil(np.sqrt(heights.size / HILLSHADE_PIXELS))), 1)
    rows, columns = heights.shape[0] // step, heights.shape[1] // step
    grid = part.grid
    thin = type(grid)(grid.crs, grid.west, grid.north, grid.pixel_width * step, grid.pixel_height * step, rows, columns)
    blocks = heights[: rows * step, : columns * step].reshape(rows, step, columns, step)
    return Raster(blocks.mean(axis=(1, 3), dtype=np.float64).astype(np.float32), thin, "terrain", "m")


def _lines(file: Path) -> list[bytes]:
    _, _, geometries, _ = pyogrio.raw.read(file, columns=[])
    return [bytes(shapely.to_wkb(shapely.force_2d(shapely.from_wkb(g)))) for g in geometries if g is not None]
