"""Land cover: classes on the terrain's grid, and the table that gives each class its obstacles."""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT

from jangkau.errors import FormatError
from jangkau.geo import Grid, Raster
from jangkau.messages import Message
from jangkau.sources.terrain import affine_of, opened

UNKNOWN_CLASS = 255
"""Where no file has a class."""

COLUMNS = ("class", "name_en", "name_id", "clutter_height_m", "terminal_clearing_m", "water", "source")


@dataclass(frozen=True, slots=True)
class ClutterClass:
    """What stands on one class of land cover, how far from a phone that stands in it [m], and whether it is water."""

    name_en: str
    name_id: str
    clutter_height_m: float
    terminal_clearing_m: float
    water: bool
    source: str


ClutterTable = dict[int, ClutterClass]
"""Class code to what stands there."""


def read_clutter_table(path: Path | None = None) -> ClutterTable:
    """Return a land-cover table; None gives the one that is built in, for the classes of ESA WorldCover.

    Parameters
    ----------
    path : Path, optional
        A CSV file with `COLUMNS`: heights and clearings in m, water 1 or 0.

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
        _number(file, line, "water", row, 1.0) == 1.0,
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


def clutter_height(codes: NDArray[np.uint8], table: ClutterTable, unknown_m: float = 0.0) -> NDArray[np.float32]:
    """Return the height of obstacles of each pixel [m]; a class that the table lacks takes `unknown_m`."""
    return _looked_up(codes, {code: entry.clutter_height_m for code, entry in table.items()}, unknown_m)


def terminal_clearing(codes: NDArray[np.uint8], table: ClutterTable, unknown_m: float) -> NDArray[np.float32]:
    """Return the clearing around a phone in each pixel [m]; a class that the table lacks takes `unknown_m`."""
    return _looked_up(codes, {code: entry.terminal_clearing_m for code, entry in table.items()}, unknown_m)


def water_mask(codes: NDArray[np.uint8], table: ClutterTable) -> NDArray[np.bool_]:
    """Return which pixels are water by the table."""
    water = _looked_up(codes, {code: float(entry.water) for code, entry in table.items()}, 0.0)
    return np.asarray(water == 1.0)


def _looked_up(codes: NDArray[np.uint8], values: dict[int, float], otherwise: float) -> NDArray[np.float32]:
    by_code = np.full(256, otherwise, np.float32)
    for code, value in values.items():
        by_code[code] = value
    return by_code[codes]
