"""Outlines of villages as import reads them: each with its code and name, and those of the district it lies in."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import mapping

from jangkau.sources.public.area import Area, Ready


@dataclass(frozen=True, slots=True)
class Outline:
    """The shape of an administrative unit, its official code where the provider has one, and the provider's own."""

    shape: Any
    name: str | None
    official_code: str | None
    own_code: str

    def code(self, area: Area) -> str:
        """Return the official code, else the provider's own after that of the region: never taken for official."""
        return self.official_code or ".".join(part for part in (area.region_code, self.own_code) if part)


def write_villages(
    villages: Sequence[Outline], districts: Sequence[Outline], area: Area, path: Path
) -> Sequence[Ready]:
    """Write the villages whose inside point lies in the bounds; nothing where there are none."""
    tree = shapely.STRtree([d.shape for d in districts])
    box, features = area.bounds, []
    for village in villages:
        inside = village.shape.representative_point()
        if not (box.west <= inside.x <= box.east and box.south <= inside.y <= box.north):
            continue
        hits = tree.query(inside, predicate="intersects")
        above = districts[min(hits)] if len(hits) else None
        district = None if above is None else above.code(area)
        properties = {
            "kode_desa": village.code(area),
            "nama_desa": village.name,
            "kode_kec": district or f"{area.region_code}.unknown",
            "kecamatan": None if above is None else above.name,
        }
        features.append(feature(village.shape, properties))
    return written(features, path, "boundaries")


def feature(shape: Any, properties: dict[str, Any]) -> dict[str, Any]:
    """Return a GeoJSON feature."""
    return {"type": "Feature", "properties": properties, "geometry": mapping(shape)}


def written(features: Sequence[dict[str, Any]], path: Path, kind: str) -> Sequence[Ready]:
    """Write a GeoJSON file; nothing where there is no feature."""
    if not features:
        return []
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")
    return [Ready(path, kind)]
