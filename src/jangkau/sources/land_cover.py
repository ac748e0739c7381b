"""Land cover: classes on the terrain's grid, and the table that gives each class its obstacles."""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT

from jangkau.errors import FormatError
from jangkau.geo import Grid, Raster
from jangkau.messages import Message
from jangkau.sources.layers import UNKNOWN_CLASS
from jangkau.sources.rasters import affine_of, opened

COLUMNS = ("class", "name_en", "name_id", "clutter_height_m", "terminal_clearing_m", "woodland", "source")


@dataclass(frozen=True, slots=True)
class ClutterClass:
    """What stands on one class of land cover, how far from a phone that stands in it [m], whether it is wood."""

    name_en: str
    name_id: str
    clutter_height_m: float
    terminal_clearing_m: float
    woodland: bool
    source: str


ClutterTable = dict[int, ClutterClass]
"""Class code to what stands there."""


def read_clutter_table(path: Path | None = None) -> ClutterTable:
    """Return a land-cover table; None gives the one that is built in, for the classes of ESA WorldCover.

    Parameters
    ----------
    path : Path, optional
        A CSV file with `COLUMNS`: heights and clearings in m, woodland 1 or 0.

    Raises
    ------
    FormatError
        When the user's table lacks a column or has a value that is no height or clearing.
    """
    name = path.name if path else "clutter_classes.csv"
    text = path.read_text("utf-8-sig") if path else (files("jangkau") / "sources" / name).read_text("utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter=";" if ";" in text.partition("\n")[0] else ",")
    seen = [column.strip().lower() for column in rows.fieldnames or ()]
    missing = [column for column in COLUMNS if column not in seen]
    if missing:
        said = {"missing": ", ".join(missing), "seen": ", ".join(seen)}
        raise FormatError("table.missing_columns", file=name, kind=Message("kind.land_cover"), **said)
    rows.fieldnames = seen
    return {int(_number(name, line, "class", row, 254.0)): _entry(name, line, row) for line, row in enumerate(rows, 2)}


def _entry(file: str, line: int, row: dict[str, str]) -> ClutterClass:
    return ClutterClass(
        row["name_en"],
        row["name_id"],
        _number(file, line, "clutter_height_m", row, 200.0),
        _number(file, line, "terminal_clearing_m", row, 5000.0),
        _number(file, line, "woodland", row, 1.0) == 1.0,
        row["source"] or "",
    )


def _number(file: str, line: int, column: str, row: dict[str, str], most: float) -> float:
    text = row[column] or ""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = math.nan
    if not 0.0 <= value <= most:
        raise FormatError("land_cover.bad_value", file=file, row=line, column=column, value=text, most=most)
    return value


def read_land_cover(paths: Sequence[Path], grid: Grid) -> Raster:
    """Return land-cover classes on a grid by nearest neighbour, uint8, `UNKNOWN_CLASS` where no file has one.

    Parameters
    ----------
    paths : sequence of Path
        Rasters of any system; a later file fills what earlier ones leave unknown.
    grid : Grid
        Usually that of the terrain.

    Raises
    ------
    FormatError
        When a file is no raster or has no coordinate system.
    """
    classes = np.full(grid.shape, UNKNOWN_CLASS, np.uint8)
    for path in paths:
        with (
            opened(path) as file,
            WarpedVRT(
                file,
                crs=grid.crs,
                transform=affine_of(grid),
                width=grid.columns,
                height=grid.rows,
                resampling=Resampling.nearest,
                src_nodata=0 if file.nodata is None else file.nodata,
                nodata=UNKNOWN_CLASS,
            ) as warped,
        ):
            values = warped.read(1)
        classes = np.where(classes == UNKNOWN_CLASS, values.astype(np.uint8), classes)
    return Raster(classes, grid, "land cover", "class")
