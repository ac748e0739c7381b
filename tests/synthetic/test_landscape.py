"""Ground of the invented regency."""

import numpy as np
import pytest

from jangkau.synthetic.landscape import (
    COARSE_PIXELS,
    PIXEL_DEG,
    WATER,
    accumulation,
    drainage,
    make_landscape,
    to_degrees,
    to_metres,
)


@pytest.fixture(scope="module")
def landscape():
    return make_landscape(3, 15.0)


def test_grid_is_one_arc_second_and_reaches_beyond_the_region(landscape):
    grid, bounds = landscape.grid, landscape.bounds
    assert grid.pixel_width == grid.pixel_height == PIXEL_DEG
    assert landscape.height_amsl_m.shape == landscape.land_cover.shape == grid.shape
    margin_deg = 3.9e3 / 111e3
    assert grid.bounds.west < bounds.west - margin_deg
    assert grid.bounds.north > bounds.north + margin_deg
    assert grid.rows % COARSE_PIXELS == 0


def test_region_has_the_side_asked_for(landscape):
    x, y = to_metres([landscape.bounds.west, landscape.bounds.east], [landscape.bounds.south, landscape.bounds.north])
    assert float(np.diff(x)[0]) == pytest.approx(15_000.0, abs=1.0)
    assert float(np.diff(y)[0]) == pytest.approx(15_000.0, abs=1.0)


def test_metres_and_degrees_are_inverse():
    longitude, latitude = to_degrees(*to_metres([116.9, 117.2], [0.9, 1.1]))
    assert longitude == pytest.approx([116.9, 117.2])
    assert latitude == pytest.approx([0.9, 1.1])


def test_heights_are_hills_without_voids(landscape):
    height = landscape.height_amsl_m
    assert height.dtype == np.float32
    assert np.isfinite(height).all()
    assert height.min() >= 1.0
    assert 150.0 < height.max() < 900.0


def test_rivers_run_downhill_on_water(landscape):
    assert landscape.rivers
    for river in landscape.rivers:
        assert (np.diff(river.catchment_km2) >= -1e-9).all()
        row, column = landscape.grid.row_column(*to_degrees(river.x_m, river.y_m))
        inside = (row >= 0) & (row < landscape.grid.rows) & (column >= 0) & (column < landscape.grid.columns)
        assert (landscape.land_cover[row[inside], column[inside]] == WATER).mean() > 0.9
        height = landscape.height_amsl_m[row[inside], column[inside]]
        assert height[-1] < height[0]


def test_water_and_forest_have_plausible_shares(landscape):
    assert 0.002 < (landscape.land_cover == WATER).mean() < 0.06
    assert (landscape.land_cover == 10).mean() > 0.85


def test_drainage_fills_pits_and_reaches_the_east_edge():
    height = np.random.default_rng(0).uniform(0.0, 10.0, (20, 30))
    height[10, 10] = -50.0
    filled, receiver, order = drainage(height)
    assert (filled >= height).all()
    assert sorted(order.tolist()) == list(range(600))
    flow = accumulation(receiver, order)
    outlets = receiver == np.arange(600)
    assert (np.flatnonzero(outlets) % 30 == 29).all()
    assert flow[outlets].sum() == 600.0
    assert (filled.ravel()[receiver] <= filled.ravel()).all()


def test_same_seed_same_ground_and_other_seed_other_ground(landscape):
    again, other = make_landscape(3, 15.0), make_landscape(4, 15.0)
    assert np.array_equal(again.height_amsl_m, landscape.height_amsl_m)
    assert np.array_equal(again.land_cover, landscape.land_cover)
    assert not np.array_equal(other.height_amsl_m, landscape.height_amsl_m)
