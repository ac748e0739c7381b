"""Outlines from geoBoundaries (open licence), where OpenStreetMap has none of villages."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import shapely

from jangkau.sources.public.area import Area, Provider, Ready
from jangkau.sources.public.downloads import Download, Network, json_of
from jangkau.sources.public.outlines import Outline, write_villages

HOST = "www.geoboundaries.org"
DISTRICTS, VILLAGES = "ADM3", "ADM4"
"""Levels; a country that publishes no villages is told so."""


def downloads(area: Area, network: Network) -> Sequence[Download]:
    """Return the files that the indexes of the country name."""
    return [_download(area, network, level) for level in (DISTRICTS, VILLAGES)]


def _download(area: Area, network: Network, level: str) -> Download:
    name = f"geoboundaries-{area.country_alpha3}-{level}"
    index = network.fetch(Download(HOST, f"api/current/gbOpen/{area.country_alpha3}/{level}/", f"{name}.json"))
    assert index is not None  # it may not be missing
    address = urlsplit(json_of(index)["gjDownloadURL"])
    return Download(address.netloc, address.path.lstrip("/"), f"{name}.geojson")


def prepare(area: Area, files: Sequence[Path], room: Path) -> Sequence[Ready]:
    """Return the villages in the bounds; geoBoundaries has no official codes."""
    districts, villages = ([_outline(f) for f in json_of(file)["features"]] for file in files)
    return write_villages(villages, districts, area, room / "geoboundaries-villages.geojson")


def _outline(said: dict[str, Any]) -> Outline:
    about = said["properties"]
    return Outline(shapely.from_geojson(json.dumps(said["geometry"])), about["shapeName"], None, about["shapeID"])


GEOBOUNDARIES = Provider(
    "geoboundaries", "geoBoundaries (William & Mary geoLab), gbOpen", "CC BY 4.0", downloads, prepare
)
