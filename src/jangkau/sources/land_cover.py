"""Land cover: classes on the terrain's grid, and the table that gives each class its obstacles."""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT

from jangkau.errors import FormatError
from jangkau.geo import Grid, Raster

UNKNOWN_CLASS = 255
COLUMNS = ("class", "name_en", "name_id", "clutter_height_m", "terminal_clearing_m", "source")


@dataclass(frozen=True, slots=True)
class ClutterClass:
    """What stands on one class of land cover, and how far from a phone that stands in it [m]."""

    name_en: str
    name_id: str
    clutter_height_m: float
    terminal_clearing_m: float
    source: str


ClutterTable = dict[int, ClutterClass]
"""Class code to what stands there."""


def read_clutter_table(path: Path | None) -> ClutterTable:
    """Return a land-cover table; None gives the one that is built in, for the classes of ESA WorldCover.

    Raises
    ------
    FormatError
        When the user's table lacks a column or has a value that is no height or clearing.
    """
    text = (
        path.read_text("utf-8-sig")
        if path
        else (files("jangkau") / "sources" / "clutter_classes.csv").read_text("utf-8")
    )
    name = path.name if path else "clutter_classes.csv"
    rows = csv.DictReader(text.splitlines())
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise FormatError(
            "table.missing_columns", file=name, missing=", ".join(missing), seen=", ".join(rows.fieldnames or ())
        )
    table = {}
    for line, row in enumerate(rows, 2):
        code = int(_number(name, line, "class", row["class"], 254))
        height = _number(name, line, "clutter_height_m", row["clutter_height_m"], 200)
        clearing = _number(name, line, "terminal_clearing_m", row["terminal_clearing_m"], 5000)
        table[code] = ClutterClass(row["name_en"], row["name_id"], height, clearing, row["source"])
    return table


def _number(file: str, line: int, column: str, text: str, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 <= value <= most:
        raise FormatError("land_cover.bad_value", file=file, row=line, column=column, value=text, most=most)
    return value


def read_land_cover(paths: Sequence[Path], grid: Grid) -> Raster:
    """Return land-cover classes on a grid by nearest neighbour, `UNKNOWN_CLASS` where no file has one.

    Parameters
    ----------
    paths : sequence of Path
        Rasters of any system; a later file fills what earlier ones leave unknown.
    grid : Grid
        In EPSG:4326.
    """
    classes = np.full(grid.shape, UNKNOWN_CLASS, np.uint8)
    for path in paths:
        with rasterio.open(path) as file:
            if file.crs is None:
                raise FormatError("terrain.no_crs", file=path.name)
            options = {
                "crs": grid.crs,
                "transform": Affine(grid.pixel_width, 0.0, grid.west, 0.0, -grid.pixel_height, grid.north),
                "width": grid.columns,
                "height": grid.rows,
                "resampling": Resampling.nearest,
                "nodata": UNKNOWN_CLASS,
                "src_nodata": file.nodata if file.nodata is not None else 0,
            }
            with WarpedVRT(file, **options) as warped:
                values = warped.read(1)
        classes = np.where(classes == UNKNOWN_CLASS, values, classes)
    return Raster(classes, grid, "land cover", "class")


def clutter_height(codes: NDArray[np.uint8], table: ClutterTable, unknown_m: float) -> NDArray[np.float32]:
    """Return the height of obstacles of each pixel [m]; a class that the table lacks takes `unknown_m`."""
    return _looked_up(codes, {code: entry.clutter_height_m for code, entry in table.items()}, unknown_m)


def terminal_clearing(codes: NDArray[np.uint8], table: ClutterTable, unknown_m: float) -> NDArray[np.float32]:
    """Return the clearing around a phone in each pixel [m]; a class that the table lacks takes `unknown_m`."""
    return _looked_up(codes, {code: entry.terminal_clearing_m for code, entry in table.items()}, unknown_m)


def _looked_up(codes: NDArray[np.uint8], values: dict[int, float], otherwise: float) -> NDArray[np.float32]:
    by_code = np.full(256, otherwise, np.float32)
    for code, value in values.items():
        by_code[code] = value
    return by_code[codes]
