"""People: Kontur Population, hexagons H3 of resolution 8; each inhabited one becomes a settlement.

OpenStreetMap gives the names: a hexagon takes that of the nearest named settlement.
"""

import csv
import gzip
import shutil
from collections.abc import Sequence
from pathlib import Path

import h3
import numpy as np
import pyogrio
import shapely

from jangkau.geo import WGS84, project
from jangkau.sources.public.area import Area, Provider, Ready
from jangkau.sources.public.downloads import Download, Network, json_of
from jangkau.sources.public.openstreetmap import HOST as OVERPASS_HOST
from jangkau.sources.public.openstreetmap import PATH as OVERPASS_PATH
from jangkau.sources.public.openstreetmap import complaint

HOST = "geodata-eu-central-1-kontur-public.s3.amazonaws.com"
EDITION = "20231101"
RESOLUTION = 8
CENTRE_TO_CORNER_M = 531.4
"""Mean edge of an H3 hexagon of resolution 8, which is also the distance of its corners from its centre."""

NAME_WITHIN_DEG = 0.03
NAMED = "city|town|village|hamlet|isolated_dwelling"


def downloads(area: Area, network: Network) -> Sequence[Download]:
    """Return the country's hexagons, and the names of settlements in the area."""
    name = f"kontur_population_{area.country_alpha2}_{EDITION}.gpkg.gz"
    box = area.bounds
    corners = ",".join(f"{v:.5f}" for v in (box.south, box.west, box.north, box.east))
    query = f'data=[out:json][timeout:300];node["place"~"^({NAMED})$"]["name"]({corners});out;'
    file = f"osm-names-{corners.replace(',', '_')}.json"
    names = Download(OVERPASS_HOST, OVERPASS_PATH, file, query=query, complaint=complaint)
    return [Download(HOST, f"kontur_datasets/{name}", name), names]


def prepare(area: Area, files: Sequence[Path], room: Path) -> Sequence[Ready]:
    """Return a table of settlements, one an inhabited hexagon whose centre lies in the bounds."""
    packed = next(f for f in files if f.name.endswith(".gpkg.gz"))
    package = room / packed.name.removesuffix(".gz")
    with gzip.open(packed, "rb") as source, package.open("wb") as target:
        shutil.copyfileobj(source, target)
    people = _people(area, package)
    package.unlink()
    named = [e for f in files if f.suffix == ".json" for e in json_of(f)["elements"]]
    points = [shapely.Point(e["lon"], e["lat"]) for e in named]
    tree = shapely.STRtree(points)
    table = room / "kontur-settlements.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "name", "kind", "longitude", "latitude", "position_accuracy_m", "population"])
        for cell, count in people:
            latitude, longitude = h3.cell_to_latlng(cell)
            hits = tree.query_nearest(shapely.Point(longitude, latitude), max_distance=NAME_WITHIN_DEG)
            name = named[int(min(hits))]["tags"]["name"] if len(hits) else ""
            place = [f"{longitude:.6f}", f"{latitude:.6f}", round(CENTRE_TO_CORNER_M)]
            writer.writerow([f"h3-{cell}", name, "settlement", *place, count])
    return [Ready(table, "places")] if people else []


def _people(area: Area, package: Path) -> list[tuple[str, int]]:
    """Return hexagons and their people, in the order of hexagons."""
    box = area.bounds
    crs = pyogrio.read_info(package)["crs"]
    x, y = project([box.west, box.east], [box.south, box.north], WGS84, str(crs))
    window = (float(np.min(x)), float(np.min(y)), float(np.max(x)), float(np.max(y)))
    _, _, _, (cells, counts) = pyogrio.raw.read(package, columns=["h3", "population"], bbox=window, read_geometry=False)
    found = []
    for cell, count in zip(cells, counts, strict=True):
        latitude, longitude = h3.cell_to_latlng(str(cell))
        inside = box.west <= longitude <= box.east and box.south <= latitude <= box.north
        if inside and round(float(count)) > 0:
            found.append((str(cell), round(float(count))))
    return sorted(found)


KONTUR = Provider(
    "people",
    "Kontur Population (from GHSL, Facebook HRSL, Microsoft and OSM buildings); names © OpenStreetMap contributors",
    "CC BY 4.0; names ODbL 1.0",
    downloads,
    prepare,
)
