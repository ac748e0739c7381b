"""The ground of a map as an image: hillshade, and over it grades as colour with a texture that also speaks in grey."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import rasterio.features
import rasterio.warp
import shapely
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.transform import Affine

from jangkau.geo import METRES_PER_DEGREE, WGS84, Bounds, Grid, Raster
from jangkau.reports import looks
from jangkau.reports.map_content import MapContent

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]

_NOWHERE = 255
_OPACITY, _AREA_OPACITY = 0.74, 0.64
_EMPHASIS = {"none": 1.16}
"""A blank spot is laid on thicker: darker than served in grey and to the colour-blind."""
_SUN_AZIMUTH_DEG, _SUN_HEIGHT_DEG = 315.0, 45.0


@dataclass(frozen=True, slots=True)
class Frame:
    """The window of a map: its box [deg], its size in pixels, and how many pixels a point of the design is."""

    bounds: Bounds
    width_px: int
    height_px: int
    unit_px: float

    @property
    def transform(self) -> Affine:
        """Pixel to longitude and latitude."""
        box = self.bounds
        size = (box.east - box.west) / self.width_px, (box.north - box.south) / self.height_px
        return Affine(size[0], 0.0, box.west, 0.0, -size[1], box.north)

    def pixel(self, longitude: Any, latitude: Any) -> tuple[Any, Any]:
        """Return the column and row [px] of a position, row 0 north."""
        box = self.bounds
        column = (np.asarray(longitude) - box.west) / (box.east - box.west) * self.width_px
        return column, (box.north - np.asarray(latitude)) / (box.north - box.south) * self.height_px


def ground_image(content: MapContent, frame: Frame) -> tuple[NDArray[np.uint8], Mask]:
    """Return the ground of a map, shape (height, width, 3), and where the region is, shape (height, width)."""
    image, water = _relief(content.terrain, frame)
    index = _village_index(content, frame)
    inside = index > 0 if content.villages else np.ones(index.shape, dtype=bool)
    image[~inside & ~water] += (1.0 - image[~inside & ~water]) * 0.4
    if content.area is not None:
        _paint_area(image, content.area, inside, frame)
    else:
        _paint_villages(image, content, index, frame)
    return _as_bytes(image), inside


def swatch(value: str, shares: Mapping[str, float], width_px: int, height_px: int, unit_px: float) -> NDArray[np.uint8]:
    """Return a sample of a grade's colour and texture for the legend."""
    image = np.ones((height_px, width_px, 3), dtype=np.float32) * 0.96
    _paint(image, np.ones((height_px, width_px), dtype=bool), value, shares, unit_px, _OPACITY)
    return _as_bytes(image)


def _as_bytes(image: Image) -> NDArray[np.uint8]:
    return np.asarray(np.round(np.clip(image, 0.0, 1.0) * 255.0), dtype=np.uint8)


def warped(raster: Raster, frame: Frame, resampling: Resampling, missing: float) -> NDArray[Any]:
    """Return a raster on the pixels of a map, `missing` where it has no value."""
    target = np.full((frame.height_px, frame.width_px), missing, dtype=raster.values.dtype)
    rasterio.warp.reproject(
        raster.values,
        target,
        src_transform=_transform(raster.grid),
        src_crs=raster.grid.crs,
        src_nodata=missing,
        dst_transform=frame.transform,
        dst_crs=WGS84,
        dst_nodata=missing,
        resampling=resampling,
    )
    return target


def _transform(grid: Grid) -> Affine:
    return Affine(grid.pixel_width, 0.0, grid.west, 0.0, -grid.pixel_height, grid.north)


def _relief(terrain: Raster | None, frame: Frame) -> tuple[Image, Mask]:
    """Return a quiet grey hillshade lit from the north-west, and where there is water: no height."""
    image = np.full((frame.height_px, frame.width_px, 3), 0.95, dtype=np.float32)
    if terrain is None:
        return image, np.zeros(image.shape[:2], dtype=bool)
    heights = Raster(terrain.values.astype(np.float32), terrain.grid, terrain.quantity, terrain.unit)
    coarse = terrain.grid.pixel_width > abs(frame.transform.a)
    method = Resampling.cubic_spline if coarse else Resampling.average
    height_m = warped(heights, frame, method, float("nan"))
    shade = hillshade(height_m, frame)
    image[:] = (0.80 + 0.17 * shade)[..., None]
    water = _water(heights, frame)
    image[water] = np.array(looks.rgb(looks.WATER), dtype=np.float32) / 255.0
    return image, water


def _water(heights: Raster, frame: Frame) -> Mask:
    """Tell where there is no height, with a coast smoother than the terrain's own pixels."""
    land = np.isfinite(heights.values).astype(np.float32)
    known = Raster(land, heights.grid, "land", "fraction")
    return np.asarray(~(warped(known, frame, Resampling.bilinear, float("nan")) >= 0.5))


def hillshade(height_m: NDArray[np.floating[Any]], frame: Frame) -> NDArray[np.float32]:
    """Return the brightness, 0 to 1, of a surface lit from the north-west at 45 deg; flat ground has 0.71.

    Slopes are exaggerated so that the steeper parts of this map, whatever they are, use the whole range of grey.
    """
    flat = np.where(np.isnan(height_m), 0.0, height_m).astype(np.float64)
    middle = np.radians((frame.bounds.north + frame.bounds.south) / 2.0)
    step_x = frame.transform.a * METRES_PER_DEGREE * np.cos(middle)
    step_y = -frame.transform.e * METRES_PER_DEGREE
    down, east = (np.asarray(slope) for slope in np.gradient(flat, step_y, step_x))
    return lit(down, east, exaggeration(np.hypot(down, east)))


def exaggeration(slope: NDArray[np.float64]) -> float:
    """Return by how much slopes [m/m] are exaggerated, so that the steeper of them use the whole range of grey."""
    steep = float(np.percentile(slope, 98.0))
    return min(0.9 / steep, 12.0) if steep > 0.0 else 1.0


def lit(down: NDArray[np.float64], east: NDArray[np.float64], factor: float) -> NDArray[np.float32]:
    """Return the brightness, 0 to 1, of slopes to the south and to the east [m/m], exaggerated by a factor."""
    azimuth, height = np.radians(_SUN_AZIMUTH_DEG), np.radians(_SUN_HEIGHT_DEG)
    slope_to_sun = (-east * np.sin(azimuth) + down * np.cos(azimuth)) * factor
    level = np.sqrt(1.0 + (factor**2) * (down**2 + east**2))
    light = (np.sin(height) + np.cos(height) * slope_to_sun) / level
    return np.asarray(np.clip(light, 0.0, 1.0), dtype=np.float32)


def _village_index(content: MapContent, frame: Frame) -> NDArray[np.int32]:
    """Return the number of the village over each pixel, counted from 1; 0 where there is none."""
    size = frame.height_px, frame.width_px
    if not content.villages:
        return np.zeros(size, dtype=np.int32)
    shapes = shapely.from_wkb([wkb for wkb, _, _ in content.villages])
    pairs = [(shape, i) for i, shape in enumerate(shapes, start=1) if not shape.is_empty]
    index = rasterio.features.rasterize(pairs, out_shape=size, transform=frame.transform, fill=0, dtype="int32")
    return np.asarray(index)


def _paint_area(image: Image, area: Raster, inside: Mask, frame: Frame) -> None:
    classes = warped(area, frame, Resampling.nearest, _NOWHERE)
    for number, value in enumerate(looks.RASTER_VALUES):
        _paint(image, (classes == number) & inside, value, {}, frame.unit_px, _AREA_OPACITY)


def _paint_villages(image: Image, content: MapContent, index: NDArray[np.int32], frame: Frame) -> None:
    values = np.array(["", *(value for _, value, _ in content.villages)])
    for plain in looks.SHARE_VALUES:
        _paint(image, (values == plain)[index], plain, {}, frame.unit_px, _OPACITY)
    for number, (_, value, shares) in enumerate(content.villages, start=1):
        if value == "partial":
            _paint(image, index == number, value, shares, frame.unit_px, _OPACITY)


def _paint(image: Image, mask: Mask, value: str, shares: Mapping[str, float], unit_px: float, opacity: float) -> None:
    """Lay a grade's colour and texture over part of an image."""
    rows, columns = np.nonzero(mask)
    if not rows.size:
        return
    x, y = columns / unit_px, rows / unit_px
    colour, cover = _texture(value, shares, x, y)
    below = image[rows, columns]
    shade = np.clip(below.mean(axis=1, keepdims=True) / 0.92, 0.85, 1.06)
    strength = (cover * opacity * _EMPHASIS.get(value, 1.0))[:, None]
    image[rows, columns] = below * (1.0 - strength) + colour * shade * strength


def _texture(
    value: str, shares: Mapping[str, float], x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the colour and cover at points given in the units of the design (a 2000th of the page)."""
    look = looks.VALUE_LOOKS[value]
    if look.texture == "shares":
        return _share_stripes(shares, x, y)
    colour = np.broadcast_to(np.array(look.rgb) / 255.0, (x.size, 3)).copy()
    cover = np.ones(x.size)
    if look.texture == "hatched":
        cover = 0.15 + 0.85 * _stripe(x + y, 15.0, 3.4)
    elif look.texture == "lines":
        colour += (1.0 - colour) * 0.75 * _stripe(y, 13.0, 2.2)[:, None]
    elif look.texture == "dots":
        colour += (1.0 - colour) * 0.8 * _dots(x, y, 15.0, 2.4)[:, None]
    return colour, cover


def _share_stripes(
    shares: Mapping[str, float], x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return stripes whose widths are the shares of the grades: each period is a small share bar."""
    known = {name: max(float(shares.get(name, 0.0)), 0.0) for name in looks.SHARE_VALUES}
    if sum(known.values()) <= 0.0:
        known |= {"served": 1.0, "none": 1.0}
    edges = np.cumsum(list(known.values())) / sum(known.values())
    phase = ((x - y) / 34.0) % 1.0
    number = np.minimum(np.searchsorted(edges, phase, side="right"), len(edges) - 1)
    palette = np.array([looks.VALUE_LOOKS[name].rgb for name in known]) / 255.0
    return palette[number], np.where(np.array(list(known))[number] == "unknown", 0.45, 1.0)


def _stripe(position: NDArray[np.float64], period: float, width: float) -> NDArray[np.float64]:
    """Return how much of a point lies on a line of a hatching, with soft edges."""
    distance = np.abs((position + period / 2.0) % period - period / 2.0)
    return np.asarray(np.clip(width / 2.0 - distance + 0.5, 0.0, 1.0))


def _dots(x: NDArray[np.float64], y: NDArray[np.float64], period: float, radius: float) -> NDArray[np.float64]:
    """Return how much of a point lies on a dot of a staggered lattice, with soft edges."""
    offset = np.floor(y / period) % 2.0 * (period / 2.0)
    dx = np.abs((x + offset) % period - period / 2.0)
    dy = np.abs(y % period - period / 2.0)
    return np.asarray(np.clip(radius - np.hypot(dx, dy) + 0.5, 0.0, 1.0))


def village_values(villages: Sequence[tuple[bytes, str, Mapping[str, float]]]) -> set[str]:
    """Return the grades that occur."""
    return {value for _, value, _ in villages}
