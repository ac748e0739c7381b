"""An area is swept as its pixels are predicted path by path, whatever the number of threads, rays or bands."""

import numpy as np
import pytest

from hilly import LATTICE, hills
from jangkau import paths
from jangkau.geo import WGS84, Grid, project
from jangkau.terrain.ground import INLAND, SEA, Ground, Surface, bare_ground

HERE = paths.Antenna(117.0, 0.5, 42.0)
MEDIUM = paths.Medium()
RADIUS_M = 7_000.0


def around(metres=60.0):
    x, y = (float(v) for v in project(HERE.longitude, HERE.latitude, WGS84, "EPSG:32650"))
    half = int(RADIUS_M / metres) + 2
    return Grid("EPSG:32650", x - half * metres + 7.0, y + half * metres + 11.0, metres, metres, 2 * half, 2 * half)


def swept(ground, **changes):
    arguments = {"radius_m": RADIUS_M, "frequencies_mhz": [900.0], "rx_height_agl_m": 1.5, "medium": MEDIUM}
    return paths.sweep_area(ground, HERE, around(changes.pop("metres", 60.0)), **(arguments | changes))


def one_by_one(ground, area, where, frequency_mhz=900.0, medium=MEDIUM):
    rows, columns = np.nonzero(where)
    longitude, latitude = project(area.grid.x_centres()[columns], area.grid.y_centres()[rows], area.grid.crs, WGS84)
    return paths.losses(
        ground, HERE, longitude, latitude, frequency_mhz=frequency_mhz, rx_height_agl_m=1.5, medium=medium
    )


def rms(values):
    return float(np.sqrt(np.mean(np.square(values))))


@pytest.mark.parametrize(
    ("time_percent", "frequency_mhz", "most"), [(50.0, 900.0, 0.65), (50.0, 2600.0, 0.95), (10.0, 900.0, 0.65)]
)
def test_the_sweep_is_near_the_paths(time_percent, frequency_mhz, most):
    ground, medium = bare_ground(LATTICE, hills()), paths.Medium(time_percent)
    area = swept(ground, metres=30.0, frequencies_mhz=[frequency_mhz], medium=medium)
    where = area.how == 1
    exact = one_by_one(ground, area, where, frequency_mhz, medium)
    error = area.loss_db[0][where] - exact.loss_db
    assert rms(error) < most
    assert abs(error.mean()) < 0.05
    assert rms(area.elevation_deg[where] - exact.elevation_deg) < 0.02
    assert np.hypot(area.east_m, area.north_m)[where] == pytest.approx(exact.distance_m, abs=0.05)


def test_more_rays_are_nearer():
    ground = bare_ground(LATTICE, hills())
    errors = []
    for rays in (0.5, 4.0):
        area = swept(ground, rays_per_pixel=rays)
        where = area.how == 1
        errors.append(rms(area.loss_db[0][where] - one_by_one(ground, area, where).loss_db))
    assert errors[1] < 0.5 * errors[0]


def test_threads_and_further_bands_change_nothing():
    ground = bare_ground(LATTICE, hills(), obstacle_height_m=12.0, clearing_m=25.0, woodland=True)
    one, many = swept(ground, frequencies_mhz=[900.0]), swept(ground, frequencies_mhz=[2600.0, 900.0], workers=3)
    assert np.array_equal(one.loss_db[0], many.loss_db[1], equal_nan=True)
    assert np.array_equal(one.elevation_deg, many.elevation_deg)


def test_near_pixels_are_paths_of_their_own_and_far_ones_are_nothing():
    ground = bare_ground(LATTICE, hills(), obstacle_height_m=12.0, clearing_m=200.0)
    area = swept(ground)
    near = area.how == 2
    assert 20 < near.sum() < 0.05 * area.how.size
    assert np.array_equal(area.loss_db[0][near], one_by_one(ground, area, near).loss_db)
    beyond = np.hypot(area.east_m, area.north_m) > RADIUS_M + 1.0
    assert (area.how[beyond] == 0).all() and np.isnan(area.loss_db[0][beyond]).all()


def test_flat_ground_is_the_same_all_round():
    area = swept(bare_ground(LATTICE, np.full(LATTICE.shape, 30.0, np.float32)))
    distance = np.hypot(area.east_m, area.north_m)
    ring = (distance > 4_990.0) & (distance < 5_010.0)
    assert np.ptp(area.loss_db[0][ring]) < 0.1


def test_what_lies_behind_a_void_is_unknown():
    heights = hills()
    heights[200:220, 500:520] = np.nan
    area = swept(bare_ground(LATTICE, heights))
    exact = one_by_one(bare_ground(LATTICE, heights), area, area.how > 0)
    unknown = np.isnan(area.loss_db[0][area.how > 0])
    assert unknown.any()
    assert (unknown == np.isnan(exact.loss_db)).mean() > 0.998


def test_the_sea_is_swept_too():
    heights = hills(rough=30.0)
    surface = np.zeros(LATTICE.shape, np.uint8)
    surface[:, 380:] = 1
    heights[:, 380:] = 0.0
    ground = Ground(LATTICE, heights, surface, (Surface(zone=INLAND), Surface(zone=SEA)))
    for time_percent in (50.0, 5.0):
        area = swept(ground, medium=paths.Medium(time_percent))
        where = area.how == 1
        exact = one_by_one(ground, area, where, medium=paths.Medium(time_percent))
        assert rms(area.loss_db[0][where] - exact.loss_db) < 0.65


def test_it_can_be_stopped():
    with pytest.raises(KeyboardInterrupt):
        swept(bare_ground(LATTICE, hills()), stop=lambda: True)
