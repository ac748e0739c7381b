"""Rasters of a region: cloud-optimised GeoTIFF with the quantity and unit written inside."""

import math
import threading
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT

from jangkau.errors import RegionError
from jangkau.geo import Bounds, Grid, Raster, project_bounds
from jangkau.store.region_folder import writing

TILE = 256
"""Pixels of a side of a stored block."""

COG_OPTIONS = {"compress": "DEFLATE", "predictor": "YES", "overview_resampling": "NEAREST"}


class RasterWriter:
    """Writes a raster strip by strip, so that it need not fit in memory; use as a context manager.

    Parameters
    ----------
    path : Path
        Becomes a COG, whole or not at all; the same values give the same bytes.
    grid : Grid
    dtype : str
        float32 (missing NaN) or an unsigned integer (missing: the highest value of the type).
    quantity, unit : str
        Written inside.
    tags : dict, optional
        Written into the file's metadata, such as run, rule, note.
    """

    def __init__(
        self, path: Path, grid: Grid, dtype: str, quantity: str, unit: str, tags: dict[str, str] | None = None
    ) -> None:
        self.path = path
        self._strips = path.with_name(f".{path.name}.strips.tif")
        path.parent.mkdir(parents=True, exist_ok=True)
        tiled = min(grid.rows, grid.columns) >= TILE
        self._file = rasterio.open(
            self._strips,
            "w",
            driver="GTiff",
            dtype=dtype,
            count=1,
            height=grid.rows,
            width=grid.columns,
            crs=grid.crs,
            transform=_affine(grid),
            nodata=np.nan if dtype == "float32" else int(np.iinfo(dtype).max),
            bigtiff="IF_SAFER",
            **({"tiled": True, "blockxsize": TILE, "blockysize": TILE} if tiled else {}),
        )
        self._file.set_band_description(1, quantity)
        self._file.units = (unit,)
        self._file.update_tags(quantity=quantity, unit=unit, **(tags or {}))

    def write(self, values: NDArray[Any], first_row: int = 0) -> None:
        """Write whole rows from `first_row` on."""
        window = ((first_row, first_row + values.shape[0]), (0, values.shape[1]))
        self._file.write(values.astype(self._file.dtypes[0], copy=False), 1, window=window)

    def __enter__(self) -> "RasterWriter":
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        try:
            if failure is None:
                with writing(self.path) as partial:
                    rasterio.shutil.copy(self._strips, partial, driver="COG", **COG_OPTIONS)
        finally:
            self._strips.unlink()


def raster_grid(path: Path) -> Grid:
    """Return the grid of a stored raster."""
    with _open(path) as file:
        return _grid(file)


def read_raster(path: Path, bounds: Bounds | None = None) -> Raster:
    """Read a raster that `RasterWriter` wrote, or the part that touches a box in its own system."""
    with _open(path) as file:
        grid = _grid(file)
        rows, columns = (slice(0, grid.rows), slice(0, grid.columns)) if bounds is None else grid.window(bounds)
        values = file.read(1, window=((rows.start, rows.stop), (columns.start, columns.stop)))
        return Raster(values, grid.part(rows, columns), file.tags()["quantity"], file.tags()["unit"])


class OpenRasters:
    """Stored rasters that are kept open, to read single pixels often; threads may share it."""

    def __init__(self) -> None:
        self._files: dict[Path, Any] = {}
        self._lock = threading.Lock()

    def value(self, path: Path, x: float, y: float) -> float:
        """Return the value of the pixel under a point in the raster's own system; NaN outside."""
        with self._lock:
            file = self._files.get(path)
            if file is None:
                file = self._files[path] = _open(path)
            row, column = file.index(x, y)
            if not (0 <= row < file.height and 0 <= column < file.width):
                return math.nan
            return float(file.read(1, window=((row, row + 1), (column, column + 1)))[0, 0])


def read_warped(path: Path, grid: Grid, *, smooth: bool) -> NDArray[Any]:
    """Return a stored raster on the pixels of another grid, missing outside of it; only what is needed is read.

    Parameters
    ----------
    path : Path
    grid : Grid
        Of any system; where its pixels are much larger than the stored ones, the file's overviews are read.
    smooth : bool
        Between stored pixels: interpolate (floats only), or take the nearest. A missing value is never blended into
        others: a pixel is missing when the nearest stored one is.
    """
    with _open(path) as file:
        box = project_bounds(grid.bounds, grid.crs, str(file.crs))
        coarser = min((box.east - box.west) / grid.columns, (box.north - box.south) / grid.rows) / file.transform.a
        levels = [i for i, factor in enumerate(file.overviews(1)) if factor <= coarser]
    with rasterio.open(path, **({"overview_level": levels[-1]} if levels else {})) as file:
        values = _warped(file, grid, Resampling.bilinear if smooth else Resampling.nearest)
        if smooth and np.isnan(values).any():
            values[np.isnan(_warped(file, grid, Resampling.nearest))] = np.nan
    return values


def _warped(file: Any, grid: Grid, how: Resampling) -> NDArray[Any]:
    about = {"crs": grid.crs, "transform": _affine(grid), "width": grid.columns, "height": grid.rows}
    with WarpedVRT(file, resampling=how, nodata=file.nodata, **about) as warped:
        return np.asarray(warped.read(1))


def _affine(grid: Grid) -> Affine:
    return Affine(grid.pixel_width, 0.0, grid.west, 0.0, -grid.pixel_height, grid.north)


def _open(path: Path) -> Any:
    if not path.is_file():
        raise RegionError("raster.missing", path=str(path))
    return rasterio.open(path)


def _grid(file: Any) -> Grid:
    t = file.transform
    return Grid(str(file.crs), t.c, t.f, t.a, -t.e, file.height, file.width)
