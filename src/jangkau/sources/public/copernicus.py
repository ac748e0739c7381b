"""Terrain: Copernicus DEM GLO-30, tiles of one degree; where all is sea there is no tile."""

import math
from collections.abc import Sequence
from pathlib import Path

from jangkau.sources.public.area import Area, Provider, Ready
from jangkau.sources.public.downloads import Download, Network

HOST = "copernicus-dem-30m.s3.amazonaws.com"


def tile_name(longitude: int, latitude: int) -> str:
    """Return the name of the tile whose south-west corner is at whole degrees."""
    north = f"{'N' if latitude >= 0 else 'S'}{abs(latitude):02d}"
    east = f"{'E' if longitude >= 0 else 'W'}{abs(longitude):03d}"
    return f"Copernicus_DSM_COG_10_{north}_00_{east}_00_DEM"


def downloads(area: Area, network: Network) -> Sequence[Download]:
    """Return the tiles that touch the area and its margin, from south to north."""
    box = area.wide
    names = [
        tile_name(x, y)
        for y in range(math.floor(box.south), math.ceil(box.north))
        for x in range(math.floor(box.west), math.ceil(box.east))
    ]
    return [Download(HOST, f"{name}/{name}.tif", f"{name}.tif", may_be_missing=True) for name in names]


def prepare(area: Area, files: Sequence[Path], room: Path) -> Sequence[Ready]:
    """Return the tiles as they are."""
    return [Ready(file, "terrain") for file in files]


COPERNICUS = Provider(
    "terrain",
    "Copernicus DEM GLO-30: © DLR e.V. 2010-2014 and © Airbus Defence and Space GmbH 2014-2018, provided under "
    "COPERNICUS by the European Union and ESA; all rights reserved",
    "Copernicus DEM licence: free with attribution",
    downloads,
    prepare,
)
