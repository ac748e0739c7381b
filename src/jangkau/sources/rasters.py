"""Rasters of any format, opened alike."""

import math
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from rasterio.io import MemoryFile

from jangkau.errors import FormatError
from jangkau.geo import WGS84, Grid

HGT_NAME = re.compile(r"([NS])(\d{2})([EW])(\d{3})", re.IGNORECASE)
HGT_VOID = -32768


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a raster that has a coordinate system; an HGT tile is known by its name, whatever stands before it.

    Raises
    ------
    FormatError
        When it is no raster or has no coordinate system.
    """
    with ExitStack() as stack:
        try:
            hgt = path.suffix.lower() == ".hgt"
            file = stack.enter_context(_hgt(path)) if hgt else stack.enter_context(rasterio.open(path))
        except rasterio.errors.RasterioIOError as error:
            raise FormatError("terrain.unreadable", file=path.name) from error
        if file.crs is None:
            raise FormatError("terrain.no_crs", file=path.name)
        yield file


@contextmanager
def _hgt(path: Path) -> Iterator[Any]:
    """Open an SRTM tile: big-endian int16 on a square of one degree whose south-west corner its name gives."""
    corner = HGT_NAME.search(path.stem)
    size = math.isqrt(path.stat().st_size // 2)
    if corner is None or size < 2 or size * size * 2 != path.stat().st_size:
        raise FormatError("terrain.hgt_name", file=path.name)
    south = int(corner[2]) * (1 if corner[1].upper() == "N" else -1)
    west = int(corner[4]) * (1 if corner[3].upper() == "E" else -1)
    pixel = 1.0 / (size - 1)
    profile = {
        "driver": "GTiff",
        "dtype": "int16",
        "count": 1,
        "height": size,
        "width": size,
        "crs": WGS84,
        "nodata": HGT_VOID,
        "transform": Affine(pixel, 0.0, west - pixel / 2.0, 0.0, -pixel, south + 1.0 + pixel / 2.0),
    }
    with MemoryFile() as memory:
        with memory.open(**profile) as file:
            file.write(np.fromfile(path, ">i2").reshape(size, size).astype(np.int16), 1)
        with memory.open() as file:
            yield file


def affine_of(grid: Grid) -> Affine:
    """Return what turns column and row of a grid into its coordinates."""
    return Affine(grid.pixel_width, 0.0, grid.west, 0.0, -grid.pixel_height, grid.north)
