"""Invented small relief: true to the coarse terrain, the same however it is cut, and as rough as its surroundings."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio

from jangkau.errors import ModelError
from jangkau.geo import WGS84, Grid, Raster
from jangkau.synthetic.detail import hurst_exponent, refine, refinement
from jangkau.synthetic.landscape import _fractal

TERRAIN = Path(__file__).parents[3] / "shared" / "data" / "kutai-timur" / "terrain"
FACTOR, SEED = 30, 7


def fractal(rows, columns, hurst, seed=3, fine=8):
    """A fractal of mean 0 and deviation 1 as samples see it: power above the sampling is folded, not cut."""
    noise = _fractal(np.random.default_rng(seed), (rows * fine, columns * fine), 2.0 * hurst + 2.0, lowest=3.0)
    return noise[::fine, ::fine]


def terrain(values):
    values = np.asarray(values, np.float32)
    return Raster(values, Grid(WGS84, 116.5, 1.2, 1.0 / 120.0, 1.0 / 120.0, *values.shape), "terrain", "m")


def block_means(values, factor=FACTOR):
    rows, columns = (n // factor for n in values.shape)
    return values.astype(np.float64).reshape(rows, factor, columns, factor).mean(axis=(1, 3))


def structure(values, lags):
    """Root mean square difference of values `lag` pixels apart, down and across."""
    values = np.asarray(values, np.float64)
    squares = [
        (np.nanmean((values[k:] - values[:-k]) ** 2) + np.nanmean((values[:, k:] - values[:, :-k]) ** 2)) / 2.0
        for k in lags
    ]
    return np.sqrt(squares)


@pytest.fixture(scope="module")
def hills():
    return terrain(300.0 + 60.0 * fractal(24, 20, 0.6))


@pytest.fixture(scope="module")
def fine(hills):
    return refine(hills, FACTOR, SEED)


def test_grid_is_finer_and_in_the_same_place(hills, fine):
    assert fine.grid.shape == fine.values.shape == (720, 600)
    assert fine.values.dtype == np.float32
    assert fine.grid.bounds == pytest.approx(hills.grid.bounds)
    assert fine.grid.pixel_width == pytest.approx(1.0 / 3600.0)


def test_mean_of_each_cell_is_the_coarse_height(hills, fine):
    assert np.abs(block_means(fine.values) - hills.values).max() < 0.02
    assert block_means(fine.values - fine.values.mean()).std() < (fine.values - fine.values.mean()).std()


def test_low_coast_beside_hills_keeps_means_and_does_not_sink_below_the_sea():
    cells = np.maximum(30.0 + 60.0 * fractal(24, 20, 0.6), 1.0)
    found = refine(terrain(cells), FACTOR, SEED).values
    assert found.min() >= 0.0
    assert np.abs(block_means(found) - cells).max() < 0.03


def test_same_seed_same_detail_and_other_seed_other_detail(hills, fine):
    assert np.array_equal(refine(hills, FACTOR, SEED).values, fine.values)
    assert np.abs(refine(hills, FACTOR, SEED + 1).values - fine.values).std() > 1.0


def test_windows_and_strips_are_pieces_of_the_whole(hills, fine):
    plan = refinement(hills, FACTOR, SEED)
    for rows, columns in (
        (slice(0, 7), slice(0, 600)),
        (slice(113, 250), slice(31, 32)),
        (slice(700, 720), slice(5, 99)),
    ):
        assert np.array_equal(plan.window(rows, columns), fine.values[rows, columns])
    for pixels in (1, 12_345, 10**9):
        assert np.array_equal(np.concatenate([strip for _, strip in plan.strips(pixels)]), fine.values)


def test_detail_belongs_to_the_place_however_the_coarse_terrain_is_cut(hills):
    rows, columns = slice(3, 21), slice(2, 18)
    cut = Raster(hills.values[rows, columns], hills.grid.part(rows, columns), "terrain", "m")
    whole, part = (refine(one, FACTOR, SEED, hurst=0.6).values for one in (hills, cut))
    inner = slice(6 * FACTOR, 10 * FACTOR)
    moved = whole[rows.start * FACTOR :, columns.start * FACTOR :][inner, inner]
    assert np.abs(part[inner, inner] - moved).max() < 0.05


def test_no_seam_at_the_borders_of_cells(fine):
    for values in (fine.values, fine.values.T):
        steps = np.abs(np.diff(values.astype(np.float64), axis=1)).mean(axis=0)
        border = np.arange(FACTOR - 1, steps.size, FACTOR)
        beside = np.concatenate([border + k for k in (-4, -3, -2, -1, 1, 2, 3, 4)])
        assert steps[border].mean() == pytest.approx(steps[beside].mean(), rel=0.15)


def test_voids_stay_void_and_sea_stays_sea():
    cells = 200.0 + 40.0 * fractal(12, 12, 0.6)
    cells[3:5, 4:6] = np.nan
    cells[:, 10:] = 0.0
    found = refine(terrain(cells), FACTOR, SEED).values
    whole = np.kron(cells, np.ones((FACTOR, FACTOR)))
    assert np.array_equal(np.isnan(found), np.isnan(whole))
    assert (found[whole == 0.0] == 0.0).all()
    land = np.isfinite(cells) & (cells != 0.0)
    assert np.abs(block_means(found)[land] - cells[land]).max() < 0.02


def test_nothing_known_gives_nothing():
    assert np.isnan(refine(terrain(np.full((3, 4), np.nan)), FACTOR, SEED).values).all()


def test_flat_plain_stays_flat_and_relief_follows_the_hills():
    cells = np.full((20, 30), 6.0)
    cells[:, 18:] = 250.0 + 70.0 * fractal(20, 12, 0.6)
    found = refine(terrain(cells), FACTOR, SEED).values
    plain, hills = found[:, : 12 * FACTOR], found[:, 20 * FACTOR :]
    assert np.abs(plain - 6.0).max() < 0.1
    assert structure(hills, [4])[0] > 5.0
    gentle = cells.copy()
    gentle[:, 18:] = 250.0 + 7.0 * (cells[:, 18:] - 250.0) / 70.0
    ratio = structure(hills, [4])[0] / structure(refine(terrain(gentle), FACTOR, SEED).values[:, 20 * FACTOR :], [4])[0]
    assert ratio == pytest.approx(10.0, rel=0.1)


@pytest.mark.parametrize("hurst", [0.5, 0.6, 0.7, 0.8])
def test_exponent_of_a_known_fractal_is_found(hurst):
    assert hurst_exponent(fractal(128, 128, hurst)) == pytest.approx(hurst, abs=0.1)


@pytest.mark.parametrize("hurst", [0.5, 0.7])
def test_detail_goes_on_with_the_spectrum_of_the_coarse_terrain(hurst):
    found = refine(terrain(400.0 + 60.0 * fractal(24, 24, hurst)), FACTOR, SEED, hurst).values
    lags = np.array([4, 6, 8, 12, 16])
    slope = np.polyfit(np.log(lags), np.log(structure(found, lags)), 1)[0]
    assert slope == pytest.approx(hurst, abs=0.12)


def test_refusals_name_the_value(hills):
    with pytest.raises(ModelError, match="1 pixels"):
        refine(hills, 1, SEED)
    metric = Raster(hills.values, Grid("EPSG:32650", 0.0, 0.0, 900.0, 900.0, 24, 20), "terrain", "m")
    with pytest.raises(ModelError, match="EPSG:32650"):
        refine(metric, FACTOR, SEED)


@pytest.mark.skipif(
    not TERRAIN.is_dir(), reason="the real terrain of Kutai Timur is not beside the project (../shared)"
)
def test_detail_of_kutai_timur_is_as_rough_as_the_terrain_it_has_not_seen():
    coarse, patch = _file("dem_30arcsec.tif"), _file("dem_patch_106m.tif")
    plan = refinement(coarse, FACTOR, 1)
    found = plan.window(*plan.grid.window(patch.grid.bounds))
    pixels = 106.0 / 30.8
    near, far = structure(patch.values, [1, 4]), structure(found, [round(pixels), round(4 * pixels)])
    assert far / near == pytest.approx(np.ones(2), abs=0.35)
    assert plan.hurst == pytest.approx(0.56, abs=0.03)
    seen = json.loads((TERRAIN / "reference_statistics.json").read_text("utf-8"))["terrain_copernicus_glo30"]
    slopes = [_slope_deg(plan.window(slice(r, r + 90), slice(0, plan.grid.columns))) for r in range(0, 9000, 900)]
    assert np.nanmean(np.concatenate(slopes)) == pytest.approx(seen["slope_mean_deg"], rel=0.35)


def _slope_deg(heights):
    return np.degrees(np.arctan(np.hypot(*np.gradient(heights.astype(np.float64))) / 30.8))


def _file(name):
    with rasterio.open(TERRAIN / name) as file:
        place, values = file.transform, file.read(1).astype(np.float32)
        values[values == file.nodata] = np.nan
        return Raster(values, Grid(WGS84, place.c, place.f, place.a, -place.e, *values.shape), "terrain", "m")
