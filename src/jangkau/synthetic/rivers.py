"""Rivers of the invented regency: lines traced along the drainage, and the beds and plains they cut into the ground."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jangkau.compiled import kernel

FloatArray = NDArray[np.float64]

LEAST_CATCHMENT_KM2 = 9.0
"""From which a stream is drawn as a river."""

STEP_M = 20.0
"""Between the points of a river's line."""


@dataclass(frozen=True, slots=True, eq=False)
class River:
    """A river from its source to its mouth or to the river that it joins.

    Attributes
    ----------
    x_m, y_m : float64, shape (n,)
        Its line, downstream, from the region's centre [m].
    catchment_km2 : float64, shape (n,)
        What drains through each point [km2].
    """

    x_m: FloatArray
    y_m: FloatArray
    catchment_km2: FloatArray


def trace_rivers(
    rng: np.random.Generator,
    receiver: NDArray[np.int64],
    catchment_km2: FloatArray,
    x_m: FloatArray,
    y_m: FloatArray,
) -> list[River]:
    """Return the rivers of a drained surface, longest first.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the bends.
    receiver : int64, flat
        Pixel into which each pixel drains; an outlet drains into itself.
    catchment_km2 : float64, flat
        What drains through each pixel [km2].
    x_m, y_m : float64, shape of the surface
        Centres of its pixels [m].
    """
    x_flat, y_flat = x_m.ravel(), y_m.ravel()
    places: dict[int, tuple[float, float]] = {}
    rivers = []
    for cells in _courses(receiver, catchment_km2):
        if len(cells) < 8:
            continue
        x, y = x_flat[cells].copy(), y_flat[cells].copy()
        if cells[-1] in places:
            x[-1], y[-1] = places[cells[-1]]
        river, at = _bent(rng, _smooth(x), _smooth(y), catchment_km2[cells])
        for cell, k in zip(cells, at, strict=True):
            places.setdefault(cell, (float(river.x_m[k]), float(river.y_m[k])))
        rivers.append(river)
    return rivers


def _courses(receiver: NDArray[np.int64], catchment_km2: FloatArray) -> list[list[int]]:
    """Chains of pixels, longest first; each ends at an outlet or at a pixel of an earlier chain."""
    river = catchment_km2 >= LEAST_CATCHMENT_KM2
    fed = np.zeros(receiver.size, np.bool_)
    fed[receiver[river & (receiver != np.arange(receiver.size))]] = True
    whole = []
    for source in np.flatnonzero(river & ~fed):
        chain = [int(source)]
        while receiver[chain[-1]] != chain[-1]:
            chain.append(int(receiver[chain[-1]]))
        whole.append(chain)
    whole.sort(key=lambda chain: (-len(chain), chain[0]))
    taken: set[int] = set()
    parts = []
    for chain in whole:
        end = next((k for k, cell in enumerate(chain) if cell in taken), len(chain) - 1)
        parts.append(chain[: end + 1])
        taken.update(chain[: end + 1])
    return parts


def _smooth(values: FloatArray) -> FloatArray:
    """Running means that keep both ends."""
    for _ in range(3):
        inner = np.convolve(values, (0.25, 0.5, 0.25), mode="valid")
        values = np.concatenate([values[:1], inner, values[-1:]])
    return values


def _bent(
    rng: np.random.Generator, x: FloatArray, y: FloatArray, catchment_km2: FloatArray
) -> tuple[River, NDArray[np.int64]]:
    """Put points every `STEP_M`, swing them aside in bends; also the index at which each given point came to lie."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    s = np.linspace(0.0, along[-1], max(int(along[-1] / STEP_M), 8) + 1)
    fine_x, fine_y = np.interp(s, along, x), np.interp(s, along, y)
    area = np.interp(s, along, catchment_km2)
    wave_m = 500.0 + 60.0 * np.sqrt(area)
    phase = np.cumsum(2.0 * np.pi * STEP_M / wave_m)
    swing = sum(np.sin(f * phase + rng.uniform(0.0, 6.28)) / g for f, g in ((1.0, 1.0), (0.43, 1.1), (1.73, 2.0)))
    taper = np.minimum(1.0, np.minimum(s, s[-1] - s) / 600.0)
    swing = swing * taper * (30.0 + 7.0 * np.sqrt(area))
    direction = np.unwrap(np.arctan2(np.gradient(fine_y), np.gradient(fine_x)))
    width = min(31, len(s) // 2 * 2 - 1)
    direction = np.convolve(np.pad(direction, width // 2, mode="edge"), np.ones(width) / width, mode="valid")
    river = River(fine_x - swing * np.sin(direction), fine_y + swing * np.cos(direction), area)
    return river, np.clip(np.round(along / s[1]).astype(np.int64), 0, len(s) - 1)


def carve(
    height: FloatArray, rivers: list[River], west_m: float, north_m: float, pixel_width_m: float, pixel_height_m: float
) -> NDArray[np.bool_]:
    """Cut beds and flood plains into a surface, in place, and return which of its pixels are water.

    Parameters
    ----------
    height : float64, shape (rows, columns)
        Terrain [m]; changed.
    rivers : list of River
    west_m, north_m, pixel_width_m, pixel_height_m : float
        Where the surface lies and its pixel [m].
    """
    nearness = np.full(height.shape, np.inf)
    bed, half_width = np.zeros(height.shape), np.zeros(height.shape)
    for river in rivers:
        row = np.clip(((north_m - river.y_m) / pixel_height_m).astype(np.int64), 0, height.shape[0] - 1)
        column = np.clip(((river.x_m - west_m) / pixel_width_m).astype(np.int64), 0, height.shape[1] - 1)
        levels = np.minimum.accumulate(height[row, column]) - 2.0
        placement = (west_m, north_m, pixel_width_m, pixel_height_m)
        _spread(nearness, bed, half_width, river.x_m, river.y_m, levels, np.sqrt(river.catchment_km2), placement)
    near = nearness < 3.0
    ratio = nearness[near]
    share = np.clip((ratio - 1.0) / 2.0, 0.0, 1.0)
    share = share * share * (3.0 - 2.0 * share)
    plain = bed[near] + 5.0 * ratio
    height[near] = np.where(height[near] > plain, plain * (1.0 - share) + height[near] * share, height[near])
    wet = near & (nearness < half_width)
    height[wet] = bed[wet]
    return np.asarray(wet)


@kernel(allocates=True)
def _spread(
    nearness: FloatArray,
    bed: FloatArray,
    half_width: FloatArray,
    x_m: FloatArray,
    y_m: FloatArray,
    levels_m: FloatArray,
    root_area_km: FloatArray,
    placement: tuple[float, float, float, float],
) -> None:
    """Tell each pixel near a river its distance in widths of the plain, the bed there, and half the river's width."""
    west, north, width, height = placement
    for k in range(x_m.size):
        plain = 35.0 + 22.0 * root_area_km[k]
        water = max(17.0, 4.0 + 2.4 * root_area_km[k]) / plain
        reach = 3.0 * plain
        top = max(int((north - y_m[k] - reach) / height), 0)
        bottom = min(int((north - y_m[k] + reach) / height) + 1, nearness.shape[0] - 1)
        left = max(int((x_m[k] - reach - west) / width), 0)
        right = min(int((x_m[k] + reach - west) / width) + 1, nearness.shape[1] - 1)
        for row in range(top, bottom + 1):
            dy = north - (row + 0.5) * height - y_m[k]
            for column in range(left, right + 1):
                dx = west + (column + 0.5) * width - x_m[k]
                ratio = np.sqrt(dx * dx + dy * dy) / plain
                if ratio < nearness[row, column]:
                    nearness[row, column] = ratio
                    bed[row, column] = levels_m[k]
                    half_width[row, column] = water
