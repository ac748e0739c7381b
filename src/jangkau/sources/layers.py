"""Rasters of several bands: terrain, heights of buildings or trees on it, and classes of an own legend, in one file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT

from jangkau.geo import Grid
from jangkau.messages import Message
from jangkau.sources.rasters import affine_of, opened

Layer = Literal["terrain", "obstacles", "classes"]

LAYER_WORDS: dict[Layer, tuple[str, ...]] = {
    "terrain": ("terrain", "ground", "elevation", "dem", "dtm", "altitude", "relief"),
    "obstacles": ("building", "buildings", "obstacle", "obstacles", "canopy", "height", "bangunan"),
    "classes": ("clutter", "class", "classes", "landuse", "cover", "tutupan"),
}
"""Words of a band's description, or of the file's name, that tell what the band holds."""

UNKNOWN_CLASS = 255
"""Where no file has a class."""

MOST_CLASS = 254
HIGHEST_OBSTACLE_M = 900.0
"""No building is higher."""

SAMPLE_PIXELS = 1000
"""Rows and columns that are looked at to tell what a band holds."""


@dataclass(frozen=True, slots=True)
class Layers:
    """Which band of a file holds what, from 1, and how that was found: by descriptions, by the name, by values."""

    bands: dict[Layer, int]
    by: Literal["descriptions", "name", "values", "single"]

    def note(self, file: str) -> Message:
        """Return what is said of a file of several bands."""
        bands = ", ".join(f"{band}" for band in self.bands.values())
        return Message("layers.bands", {"file": file, "bands": bands, "by": Message(f"layers.by.{self.by}")})


def layers_of(file: Any, name: str) -> Layers | None:
    """Return which band of an open raster holds what; None when it has several bands and they are something else.

    Parameters
    ----------
    file : rasterio dataset
    name : str
        Name of the file.
    """
    if file.count == 1:
        return Layers({"terrain": 1}, "single")
    told = _by_words([str(text or "") for text in file.descriptions])
    if "terrain" in told:
        return Layers(told, "descriptions")
    words = [word for word in re.split(r"[\W_\d]+", Path(name).stem.lower()) if word]
    told = _by_words([word for word in words if _layer_of(word) is not None])
    if "terrain" in told and len(told) == file.count:
        return Layers(told, "name")
    return _by_values(file)


def _layer_of(text: str) -> Layer | None:
    """Return the layer that a text speaks of; classes before obstacles before terrain, as in "building class"."""
    words = set(re.split(r"[\W_]+", text.lower()))
    order: tuple[Layer, ...] = ("classes", "obstacles", "terrain")
    if "terrain" in words or "ground" in words:
        order = ("terrain", "classes", "obstacles")
    return next((layer for layer in order if words & set(LAYER_WORDS[layer])), None)


def _by_words(texts: Sequence[str]) -> dict[Layer, int]:
    found: dict[Layer, int] = {}
    for band, text in enumerate(texts, 1):
        layer = _layer_of(text)
        if layer is not None and layer not in found:
            found[layer] = band
    return found


def _by_values(file: Any) -> Layers | None:
    """Take the usual order for what it is where the values allow it: terrain, heights from 0 up, a few classes."""
    if file.count not in (2, 3) or file.dtypes[0] == "uint8":
        return None
    shape = (min(file.height, SAMPLE_PIXELS), min(file.width, SAMPLE_PIXELS))
    values = [file.read(band, out_shape=shape, masked=True).compressed() for band in range(1, file.count + 1)]
    heights = values[1]
    if heights.size == 0 or heights.min() != 0 or heights.max() > HIGHEST_OBSTACLE_M:
        return None
    if file.count == 3:
        classes = np.unique(values[2])
        if classes.min() < 0 or classes.max() > MOST_CLASS or np.any(classes != classes.astype(np.int64)):
            return None
        return Layers({"terrain": 1, "obstacles": 2, "classes": 3}, "values")
    return Layers({"terrain": 1, "obstacles": 2}, "values")


def read_obstacles(paths: Sequence[Path], grid: Grid) -> NDArray[np.float32] | None:
    """Return heights of buildings or trees above the terrain on a grid [m], NaN where no file has one.

    Parameters
    ----------
    paths : sequence of Path
        Terrain files; those without such a band are passed over, a later file fills what earlier ones leave unknown.
    grid : Grid

    Returns
    -------
    float32, shape of the grid, or None when no file has such a band.
    """
    found = _read(paths, grid, "obstacles")
    if found is not None:
        found[~((found >= 0.0) & (found <= HIGHEST_OBSTACLE_M))] = np.nan
    return found


def read_classes(paths: Sequence[Path], grid: Grid) -> NDArray[np.uint8] | None:
    """Return the classes of the files' own legend on a grid, `UNKNOWN_CLASS` where no file has one.

    Parameters
    ----------
    paths : sequence of Path
        Terrain files; see `read_obstacles`.
    grid : Grid

    Returns
    -------
    uint8, shape of the grid, or None when no file has such a band.
    """
    found = _read(paths, grid, "classes")
    if found is None:
        return None
    found[~((found >= 0.0) & (found <= MOST_CLASS))] = UNKNOWN_CLASS
    return found.astype(np.uint8)


def _read(paths: Sequence[Path], grid: Grid, layer: Layer) -> NDArray[np.float32] | None:
    result: NDArray[np.float32] | None = None
    for path in paths:
        with opened(path) as file:
            layers = layers_of(file, path.name)
            band = None if layers is None else layers.bands.get(layer)
            if band is None:
                continue
            with WarpedVRT(
                file,
                crs=grid.crs,
                transform=affine_of(grid),
                width=grid.columns,
                height=grid.rows,
                resampling=Resampling.nearest,
                dtype="float32",
                nodata=np.nan,
            ) as warped:
                values = warped.read(band)
        result = values if result is None else np.where(np.isnan(result), values, result)
    return result


def filled(values: NDArray[np.float32], pixels: int) -> NDArray[np.float32]:
    """Return values whose gaps are filled from around them, as far as a number of pixels.

    Means of ever larger blocks are taken until one has a known value; between the middles of blocks it is interpolated.
    Known values stay.

    Parameters
    ----------
    values : float32, shape (rows, columns)
        NaN where unknown.
    pixels : int
        Blocks grow to about this size; gaps that are wider keep NaN in their middle.
    """
    gaps = np.isnan(values)
    if pixels < 2 or not gaps.any() or gaps.all():
        return values
    coarse = filled(_halved(values), pixels // 2)
    result = values.copy()
    result[gaps] = _doubled(coarse, values.shape)[gaps]
    return result


def _halved(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the means of blocks of 2 x 2 over what is known of them; NaN where nothing is."""
    rows, columns = values.shape
    padded = np.pad(values, ((0, rows % 2), (0, columns % 2)), constant_values=np.nan)
    blocks = padded.reshape(padded.shape[0] // 2, 2, padded.shape[1] // 2, 2)
    known = ~np.isnan(blocks)
    count = known.sum(axis=(1, 3), dtype=np.float32)
    total = np.where(known, blocks, np.float32(0.0)).sum(axis=(1, 3), dtype=np.float32)
    means: NDArray[np.float32] = np.full(count.shape, np.nan, np.float32)
    np.divide(total, count, out=means, where=count > 0.0)
    return means


def _doubled(values: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return values between the middles of blocks, bilinear over those that are known."""
    for axis in (0, 1):
        values = _between(values, shape[axis], axis)
    return values


def _between(values: NDArray[np.float32], count: int, axis: int) -> NDArray[np.float32]:
    size = values.shape[axis]
    own = np.arange(count) // 2
    other = np.clip(own + np.where(np.arange(count) % 2 == 0, -1, 1), 0, size - 1)
    near, far = np.take(values, own, axis), np.take(values, other, axis)
    result: NDArray[np.float32] = np.where(np.isnan(far), near, np.float32(0.75) * near + np.float32(0.25) * far)
    return result
