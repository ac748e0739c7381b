"""Invented small relief: a coarse terrain becomes a fine one whose mean over every coarse cell is still the coarse one.

A smooth surface goes through the means of the cells; noise of a self-affine spectrum, as high as the cells around it
differ, is laid on it; what the noise adds to the mean of a cell is taken out again by the smooth surface. Nothing that
is finer than a cell is known: ridges and valleys stand where the seed puts them.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jangkau.compiled import kernel
from jangkau.errors import ModelError
from jangkau.geo import WGS84, Grid, Raster

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

HURST_LAGS = 4
"""Cells up to which the structure function is read."""

HURSTS = np.arange(0.30, 0.91, 0.01)
"""Exponents that are tried."""

HURST_OF_FLAT = 0.5
"""Exponent where the coarse terrain shows none: without differences there is no detail either."""

STEADY = 3.0
"""The height of a cell is at least so many deviations of its detail, so that low land is not cut up."""

TOLERANCE_M, ROUNDS, REACH, LEAST_SHARE = 0.01, 200, 4, 0.4
"""Miss of a cell's mean that is mended, rounds of mending at most, cells round a miss that are watched, and the share
of a cell above sea level below which a round moves no farther (so that rounds do not swing)."""

FILL_ROUNDS = 8
"""Cells into a void up to which the smooth surface is led on; farther ones are not felt."""

STEP_M = 1.0 / 64.0
"""Heights are whole multiples of this, which makes the file smaller."""

STRIP_PIXELS = 4_000_000
"""Fine pixels that are computed at a time: about 100 MB."""

SHIFT_DOWN, SHIFT_ACROSS = 0.618034, 0.414214
"""Nodes by which each octave is shifted against the one before, lest their rough places fall together on borders."""

SELF = 66.0 / 120.0
"""Variance, a mean over places, of a row of independent unit values spread by quadratic B-splines."""


@dataclass(frozen=True, slots=True)
class Refinement:
    """A refined terrain that is computed window by window; a pixel is the same in whichever window it is asked for.

    Attributes
    ----------
    grid : Grid
        Of the fine pixels, in EPSG:4326.
    factor : int
        Fine pixels along a side of a coarse cell, at least 2.
    seed : int
    hurst : float
        Exponent of the structure function of the detail, 0 to 1.
    cells : float64, shape (rows, columns) of the coarse grid
        Coarse heights [m]; NaN for a void, 0 for the sea.
    smooth, variance : float64, shape (rows + 2, columns + 2)
        Control points of the smooth surface [m] and of the mean square difference of neighbouring cells [m2].
    """

    grid: Grid
    factor: int
    seed: int
    hurst: float
    cells: FloatArray
    smooth: FloatArray
    variance: FloatArray

    def window(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """Return the heights of a window.

        Parameters
        ----------
        rows, columns : slice
            Plain slices inside the fine grid.

        Returns
        -------
        float32, shape of the window
            Terrain [m], whole multiples of `STEP_M`; NaN in voids, 0 at sea.
        """
        return (np.round(self._surface(rows, columns) / STEP_M) * STEP_M).astype(np.float32)

    def strips(self, pixels: int = STRIP_PIXELS) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Return the first row and the heights [m] of strips of whole rows, north first.

        Parameters
        ----------
        pixels : int
            Of a strip, about; memory is some thirty bytes a pixel.
        """
        step = max(pixels // self.grid.columns, 1)
        for first in range(0, self.grid.rows, step):
            yield first, self.window(slice(first, min(first + step, self.grid.rows)), slice(0, self.grid.columns))

    def mended(self) -> "Refinement":
        """Return the same with the smooth surface moved until the mean of each cell is the coarse height.

        Where nothing is cut off at sea level one round is exact. Elsewhere the mean follows a shift of the surface by
        the share that is not cut off (Newton's method).
        """
        smooth, land = self.smooth, np.isfinite(self.cells) & (self.cells != 0.0)
        wanted = land
        for done in range(ROUNDS):
            means, shares = replace(self, smooth=smooth)._means(wanted)
            miss = np.nan_to_num(self.cells - means)
            missed = np.abs(miss) > TOLERANCE_M
            if not missed.any():
                break
            smooth = smooth + _control_points(miss / np.maximum(shares, LEAST_SHARE), self.factor)
            wanted = land & _around(missed, REACH) if done else land
        return replace(self, smooth=smooth)

    def _means(self, wanted: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
        """Means of the surface over the wanted cells [m], NaN for the others, and the share not cut off at 0."""
        means, shares, f = np.full(wanted.shape, np.nan), np.ones(wanted.shape), self.factor
        for row in np.flatnonzero(wanted.any(axis=1)).tolist():
            edges = np.flatnonzero(np.diff(np.concatenate([[0], wanted[row].astype(np.int8), [0]])))
            for first, end in edges.reshape(-1, 2).tolist():
                fine = self._surface(slice(row * f, (row + 1) * f), slice(first * f, end * f))
                blocks = fine.reshape(f, end - first, f)
                means[row, first:end] = blocks.mean(axis=(0, 2))
                shares[row, first:end] = (blocks != 0.0).mean(axis=(0, 2))
        return means, shares

    def _surface(self, rows: slice, columns: slice) -> FloatArray:
        shape = rows.stop - rows.start, columns.stop - columns.start
        height, variance, noise = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        down, across = _taps(rows, self.factor, 1), _taps(columns, self.factor, 1)
        for nodes, out in ((self.smooth, height), (self.variance, variance)):
            _spread(nodes[_felt(down[0])][:, _felt(across[0])], *down, *across, 1.0, out)
        top, left = _anchor(self.grid, self.factor)
        for octave, amplitude in enumerate(_amplitudes(self.factor, self.hurst), 1):
            density = 2**octave
            down = _taps(rows, self.factor, density, octave * SHIFT_DOWN)
            across = _taps(columns, self.factor, density, octave * SHIFT_ACROSS)
            first = top * density + down[0][0], left * density + across[0][0]
            nodes = _normals(self.seed, octave, *first, *(int(a[-1] - a[0]) + 3 for a in (down[0], across[0])))
            _spread(nodes, *down, *across, amplitude, noise)
        _join(height, variance, noise, self.cells, rows.start, columns.start, self.factor)
        return height


def refine(raster: Raster, factor: int, seed: int, hurst: float | None = None) -> Raster:
    """Return a terrain with invented detail below its pixel, whose block means are the terrain that was given.

    Parameters
    ----------
    raster : Raster
        Terrain [m] in EPSG:4326, shape (rows, columns); NaN for voids. A cell of exactly 0 is sea.
    factor : int
        Fine pixels along a side of a coarse cell, at least 2.
    seed : int
        The same seed gives the same detail at the same place.
    hurst : float, optional
        Exponent of the structure function, 0 to 1; None: estimated from the raster.

    Returns
    -------
    Raster
        float32 [m], shape (rows * factor, columns * factor). NaN in voids, 0 at sea.

    Raises
    ------
    ModelError
        When the raster is not in EPSG:4326 or the factor is below 2.

    Notes
    -----
    See `refinement` for rasters that do not fit in memory, and for what the detail is worth.
    """
    plan = refinement(raster, factor, seed, hurst)
    heights = plan.window(slice(0, plan.grid.rows), slice(0, plan.grid.columns))
    return Raster(heights, plan.grid, raster.quantity, raster.unit)


def refinement(raster: Raster, factor: int, seed: int, hurst: float | None = None) -> Refinement:
    """Return a refined terrain from which windows and strips can be taken; parameters and errors as in `refine`.

    Returns
    -------
    Refinement
        Kept at the coarse size; fine pixels are computed when asked for.

    Notes
    -----
    The smooth surface is a histospline of quadratic B-splines [1]_. The noise is a sum of octaves of the same splines
    over nodes that a hash fills, 1/2, 1/4, 1/8 ... cell apart, with amplitudes as (distance)^H; H is that of
    `hurst_exponent` and the height that of the local mean square difference of neighbouring cells. Taking the noise's
    own cell means out by the smooth surface conditions it to the coarse heights [2]_. Cells above sea level are cut
    off at 0 m and the surface is moved until the mean holds again.

    Measured on Kutai Timur (30 arc-seconds to 1, seed 1, H = 0.56), against a 106 m terrain of 42 km by 42 km that the
    method has not seen: root mean square difference at 106, 212, 424 and 954 m is 9.6, 16.6, 27.0 and 43.6 m where
    9.8, 15.8, 23.3 and 34.0 m are true (smooth surface alone: 5.6, 11.1, 21.5, 40.1); slope at 106 m has the mean 4.5
    (4.5), the 90th percentile 9.3 (9.3) and the 99th 21.1 degrees (18.4). Differences from 400 m on are too large: the
    coarse heights resemble samples of 200 to 400 m more than means of 930 m, and are kept as means all the same. Over
    the regency the slope at 1 arc-second has the mean 11.5 degrees (Copernicus GLO-30, with its trees: 10.1); 15 % is
    steeper than 25 degrees (8 %): mountains come out too rough, hills too gentle. Real ridges are long and valleys
    drain; these do neither.

    References
    ----------
    .. [1] Boneva, Kendall and Stefanov (1971), Spline transformations, J. R. Statist. Soc. B 33, 1-70.
    .. [2] Journel and Huijbregts (1978), Mining Geostatistics, Academic Press: conditional simulation.
    """
    if raster.grid.crs != WGS84:
        raise ModelError("ground.not_geographic", crs=raster.grid.crs)
    if factor < 2:
        raise ModelError("detail.factor", factor=factor)
    coarse = raster.grid
    grid = Grid(
        coarse.crs,
        coarse.west,
        coarse.north,
        coarse.pixel_width / factor,
        coarse.pixel_height / factor,
        coarse.rows * factor,
        coarse.columns * factor,
    )
    cells = raster.values.astype(np.float64)
    own = hurst_exponent(cells) if hurst is None else hurst
    variance = _variance(cells, _noise_variance(factor, own))
    smooth = _control_points(_led_on(cells), factor)
    return Refinement(grid, factor, seed, own, cells, smooth, np.pad(variance, 1, mode="edge")).mended()


def hurst_exponent(cells: FloatArray) -> float:
    """Return the exponent with which differences of height grow at distances below a cell, as the cells tell it.

    Parameters
    ----------
    cells : float64, shape (rows, columns)
        Heights [m]; NaN for voids.

    Returns
    -------
    float
        H, 0.3 to 0.9.

    Notes
    -----
    The structure function of hills bends where hills end, so a straight line through it would be too flat below a
    cell. The stable variogram, sill (1 - exp(-(h / L)^2H)), is fitted to its logarithm at 1 to `HURST_LAGS` cells.
    """
    lags = np.arange(1, HURST_LAGS + 1)
    found = np.array([_mean_square_difference(cells, int(lag)) for lag in lags])
    if not (np.isfinite(found) & (found > 0.0)).all():
        return HURST_OF_FLAT
    scales = np.geomspace(0.5, 100.0, 120)[None, :, None]
    model = np.log1p(-np.exp(-((lags[None, None, :] / scales) ** (2.0 * HURSTS[:, None, None]))))
    spread = (np.log(found) - model).std(axis=2)
    return float(HURSTS[np.unravel_index(int(spread.argmin()), spread.shape)[0]])


def _mean_square_difference(cells: FloatArray, lag: int) -> float:
    differences = [cells[lag:] - cells[:-lag], cells[:, lag:] - cells[:, :-lag]]
    together = np.concatenate([d[np.isfinite(d)] for d in differences])
    return float(np.mean(together**2)) if together.size else math.nan


def _variance(cells: FloatArray, noise_variance: float) -> FloatArray:
    """Square of the expected difference of neighbours at each cell [m2]: as it and the eight around it differ.

    The geometric mean of its own mean square difference and that of the nine keeps a flat cell beside a hill flat.
    A low cell gets no more than its height bears.
    """
    total, count = np.zeros(cells.shape), np.zeros(cells.shape)
    for axis in (0, 1):
        square = np.diff(cells, axis=axis) ** 2
        known = np.isfinite(square)
        for side in ((1, 0), (0, 1)):
            around = [(0, 0), (0, 0)]
            around[axis] = side
            total += np.pad(np.where(known, square, 0.0), around)
            count += np.pad(known, around)
    own = total / np.maximum(count, 1.0)
    nine = _sum_of_nine(total) / np.maximum(_sum_of_nine(count), 1.0)
    most = (np.maximum(np.nan_to_num(cells), 0.0) / STEADY) ** 2 / noise_variance
    return np.asarray(np.minimum(np.sqrt(own * nine), most))


def _led_on(cells: FloatArray) -> FloatArray:
    """Cells with the voids filled by the mean of their neighbours, so that the surface stays quiet at their edge."""
    filled = cells
    for _ in range(FILL_ROUNDS):
        known = np.isfinite(filled)
        if known.all():
            break
        around = _sum_of_nine(np.where(known, filled, 0.0)) / np.maximum(_sum_of_nine(known.astype(np.float64)), 1e-9)
        reached = _around(known, 1)
        filled = np.where(known, filled, np.where(reached, around, np.nan))
    return np.nan_to_num(filled)


def _sum_of_nine(values: FloatArray) -> FloatArray:
    padded = np.pad(values, 1)
    rows, columns = values.shape
    return np.asarray(sum(padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3)))


def _around(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    for _ in range(reach):
        mask = _sum_of_nine(mask.astype(np.float64)) > 0.0
    return mask


def _control_points(means: FloatArray, factor: int) -> FloatArray:
    """Control points of the quadratic B-spline surface whose means over the cells are given (a histospline)."""
    _, weights = _taps(slice(0, factor), factor, 1)
    side = _share_of_neighbour(weights, factor)
    once = _deconvolved(means, side)
    return np.pad(_deconvolved(np.ascontiguousarray(once.T), side).T, 1, mode="edge")


def _share_of_neighbour(weights: FloatArray, factor: int) -> float:
    """Weight of a neighbouring control point in the mean of a cell: about a sixth."""
    return float(weights[:, 0].sum() / factor)


def _amplitudes(factor: int, hurst: float) -> list[float]:
    """Amplitude of each octave for a mean square difference of 1 between cells.

    The octaves have their nodes a half, a quarter, an eighth ... of a cell apart, down to between one and two pixels.
    The structure function of their sum is fitted to distance^hurst from an eighth of a cell to a half.
    """
    count = max(int(math.log2(factor)), 1)
    spacings = 0.5 ** np.arange(1, count + 1)
    shape = spacings**hurst
    lags = np.geomspace(max(0.125, 1.0 / factor), 0.5, 7)
    found = np.array([2.0 * SELF * np.sum(shape**2 * (SELF - _quintic(lag / spacings))) for lag in lags])
    scale = math.exp(float(np.mean(np.log(lags ** (2.0 * hurst) / found))) / 2.0)
    return [float(a) for a in scale * shape]


def _noise_variance(factor: int, hurst: float) -> float:
    return SELF**2 * sum(a**2 for a in _amplitudes(factor, hurst))


def _quintic(x: FloatArray) -> FloatArray:
    """Quintic B-spline: the covariance, a mean over places, of values spread by quadratic B-splines."""
    terms = [(-1) ** k * math.comb(6, k) * np.maximum(np.abs(x) + 3.0 - k, 0.0) ** 5 for k in range(7)]
    return np.asarray(np.where(np.abs(x) < 3.0, sum(terms) / 120.0, 0.0))


def _anchor(grid: Grid, factor: int) -> tuple[int, int]:
    """Row and column of the first coarse cell, counted from 90 N 180 W: the noise belongs to the place."""
    row = (90.0 - grid.north) / (grid.pixel_height * factor)
    return round(row), round((grid.west + 180.0) / (grid.pixel_width * factor))


def _taps(pixels: slice, factor: int, density: int, shift: float = 0.0) -> tuple[IntArray, FloatArray]:
    """First of the three nodes that each pixel feels, and their weights; `density` nodes lie along a cell.

    Unshifted, node 0 is the one before the first whose centre lies inside the grid, as in padded control points.
    """
    at = (np.arange(pixels.start, pixels.stop) + 0.5) * density / factor - 0.5 + shift
    nearest = np.floor(at + 0.5)
    t = at - nearest
    weights = np.stack([0.5 * (0.5 - t) ** 2, 0.75 - t**2, 0.5 * (0.5 + t) ** 2], axis=1)
    return nearest.astype(np.int64), weights


def _felt(first: IntArray) -> slice:
    return slice(int(first[0]), int(first[-1]) + 3)


@kernel(allocates=True)
def _spread(
    nodes: FloatArray,
    row: IntArray,
    row_weights: FloatArray,
    column: IntArray,
    column_weights: FloatArray,
    scale: float,
    out: FloatArray,
) -> None:
    """Add to each pixel the nodes around it; `nodes` starts with the first that is felt."""
    width = nodes.shape[1]
    line = np.empty(width)
    for i in range(out.shape[0]):
        r = row[i] - row[0]
        a, b, c = scale * row_weights[i, 0], scale * row_weights[i, 1], scale * row_weights[i, 2]
        for k in range(width):
            line[k] = a * nodes[r, k] + b * nodes[r + 1, k] + c * nodes[r + 2, k]
        for j in range(out.shape[1]):
            k = column[j] - column[0]
            out[i, j] += (
                column_weights[j, 0] * line[k] + column_weights[j, 1] * line[k + 1] + column_weights[j, 2] * line[k + 2]
            )


@kernel(allocates=True)
def _join(
    height: FloatArray,
    variance: FloatArray,
    noise: FloatArray,
    cells: FloatArray,
    first_row: int,
    first_column: int,
    factor: int,
) -> None:
    """Lay the noise on the smooth height, in place; land above the sea stays there, sea is 0, a void NaN."""
    for i in range(height.shape[0]):
        for j in range(height.shape[1]):
            cell = cells[(first_row + i) // factor, (first_column + j) // factor]
            if math.isnan(cell) or cell == 0.0:
                height[i, j] = cell
            else:
                height[i, j] += math.sqrt(variance[i, j]) * noise[i, j]
                if cell > 0.0 and height[i, j] < 0.0:
                    height[i, j] = 0.0


@kernel(allocates=True)
def _normals(seed: int, octave: int, first_row: int, first_column: int, rows: int, columns: int) -> FloatArray:
    """Values of mean 0 and variance 1, nearly normal (four uniform ones), that depend only on seed, octave and node."""
    found = np.empty((rows, columns))
    key = _mixed(_mixed(np.uint64(seed)) + np.uint64(octave))
    for i in range(rows):
        of_row = _mixed(key + np.uint64(first_row + i))
        for j in range(columns):
            bits = _mixed(of_row + np.uint64(first_column + j))
            total = 0.0
            for k in range(4):
                total += float((bits >> np.uint64(16 * k)) & np.uint64(0xFFFF))
            found[i, j] = (total / 65535.0 - 2.0) * 1.7320508075688772
    return found


@kernel(allocates=True)
def _mixed(x: np.uint64) -> np.uint64:
    """Finalizer of SplitMix64 (Steele, Lea and Flood 2014)."""
    z = x + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@kernel(allocates=True)
def _deconvolved(means: FloatArray, side: float) -> FloatArray:
    """Solve side x[i-1] + (1 - 2 side) x[i] + side x[i+1] = means[i] down each column, mirrored at both ends."""
    rows, columns = means.shape
    found, ratio = means.copy(), np.zeros(rows)
    for i in range(rows):
        pivot = 1.0 - 2.0 * side + side * ((i == 0) + (i == rows - 1))
        if i > 0:
            pivot -= side * ratio[i - 1]
        ratio[i] = side / pivot
        for j in range(columns):
            above = found[i - 1, j] if i > 0 else 0.0
            found[i, j] = (found[i, j] - side * above) / pivot
    for i in range(rows - 2, -1, -1):
        for j in range(columns):
            found[i, j] -= ratio[i] * found[i + 1, j]
    return found
