"""Land cover: ESA WorldCover 2021, 10 m, tiles of three degrees; where all is sea there is no tile."""

import math
from collections.abc import Sequence
from pathlib import Path

import rasterio
from rasterio.transform import Affine
from rasterio.windows import Window

from jangkau.geo import Bounds
from jangkau.sources.public.area import Area, Provider, Ready
from jangkau.sources.public.downloads import Download, Network

HOST = "esa-worldcover.s3.eu-central-1.amazonaws.com"
SIDE_DEG = 3


def tile_name(longitude: int, latitude: int) -> str:
    """Return the name of the tile whose south-west corner is at multiples of three degrees."""
    north = f"{'N' if latitude >= 0 else 'S'}{abs(latitude):02d}"
    east = f"{'E' if longitude >= 0 else 'W'}{abs(longitude):03d}"
    return f"ESA_WorldCover_10m_2021_v200_{north}{east}_Map.tif"


def downloads(area: Area, network: Network) -> Sequence[Download]:
    """Return the tiles that touch the area and its margin."""
    box = area.wide
    names = [
        tile_name(SIDE_DEG * x, SIDE_DEG * y)
        for y in range(math.floor(box.south / SIDE_DEG), math.ceil(box.north / SIDE_DEG))
        for x in range(math.floor(box.west / SIDE_DEG), math.ceil(box.east / SIDE_DEG))
    ]
    return [Download(HOST, f"v200/2021/map/{name}", name, may_be_missing=True) for name in names]


def prepare(area: Area, files: Sequence[Path], room: Path) -> Sequence[Ready]:
    """Return the part of each tile that the area needs: a tile covers a third of a province."""
    found = []
    for file in files:
        target = room / file.name
        if _cut(file, area.wide, target):
            found.append(Ready(target, "land_cover"))
    return found


def _cut(file: Path, box: Bounds, target: Path) -> bool:
    """Write the pixels of a file that touch a box; False where there are none."""
    with rasterio.open(file) as source:
        pixel, west, north = source.transform.a, source.transform.c, source.transform.f
        left, right = (
            max(math.floor((box.west - west) / pixel), 0),
            min(math.ceil((box.east - west) / pixel), source.width),
        )
        top, low = (
            max(math.floor((north - box.north) / pixel), 0),
            min(math.ceil((north - box.south) / pixel), source.height),
        )
        if left >= right or top >= low:
            return False
        profile = source.profile | {
            "width": right - left, "height": low - top, "driver": "GTiff", "compress": "deflate", "tiled": True,
            "transform": Affine(pixel, 0.0, west + left * pixel, 0.0, -pixel, north - top * pixel),
            "blockxsize": 512, "blockysize": 512,
        }  # fmt: skip
        with rasterio.open(target, "w", **profile) as cut:
            for _, block in cut.block_windows(1):
                there = Window(block.col_off + left, block.row_off + top, block.width, block.height)
                cut.write(source.read(1, window=there), 1, window=block)
    return True


WORLDCOVER = Provider(
    "land_cover",
    "© ESA WorldCover project / Contains modified Copernicus Sentinel data (2021) processed by the ESA WorldCover "
    "consortium",
    "CC BY 4.0",
    downloads,
    prepare,
)
