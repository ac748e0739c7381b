"""Profiles: where they run, what they read from the ground, what antennas keep clear around them."""

import math

import numpy as np
import pyproj
import pytest

from jangkau.errors import ModelError
from jangkau.geo import Bounds, Grid
from jangkau.terrain.ground import COASTAL, INLAND, SEA, Ground, Surface, bare_ground
from jangkau.terrain.profiles import FEWEST_POINTS, clear_ends, number_of_points, path_curve, profile

GEOD = pyproj.Geod(ellps="WGS84")
PIXEL = 1.0 / 3600.0


def grid(rows=60, columns=80, pixel=PIXEL, west=117.0, north=0.5):
    return Grid("EPSG:4326", west, north, pixel, pixel, rows, columns)


def flat(height=100.0, **changes):
    lattice = grid()
    return bare_ground(lattice, np.full(lattice.shape, height, np.float32), **changes)


def centre(lattice, row, column):
    return float(lattice.x_centres()[column]), float(lattice.y_centres()[row])


@pytest.mark.parametrize("latitude", [-70.0, -45.0, -8.0, 0.0, 0.5, 30.0, 65.0, 70.0])
@pytest.mark.parametrize("azimuth", [0.0, 30.0, 90.0, 200.0, 315.0])
@pytest.mark.parametrize("distance_m", [300.0, 20_000.0, 100_000.0])
def test_the_curve_keeps_to_the_geodesic(latitude, azimuth, distance_m):
    # "up to 70 degrees of latitude": a path that would leave that band runs towards the equator instead
    if abs(latitude) == 70.0 and math.cos(math.radians(azimuth)) * latitude > 0.0:
        azimuth = 180.0 - azimuth
    end_longitude, end_latitude, _ = GEOD.fwd(117.0, latitude, azimuth, distance_m)
    curve = path_curve(117.0, latitude, end_longitude, end_latitude)
    for t in np.linspace(0.0, 1.0, 21):
        longitude, lat, _ = GEOD.fwd(117.0, latitude, azimuth, t * distance_m)
        x = curve[0] + t * (curve[1] + t * curve[2])
        y = curve[3] + t * (curve[4] + t * curve[5])
        assert GEOD.inv(longitude, lat, x, y)[2] < (3.0 if abs(latitude) <= 65.0 else 3.5)


def test_the_curve_meets_both_ends():
    curve = path_curve(117.1, 0.4, 117.9, -0.6)
    assert (curve[0], curve[3]) == (117.1, 0.4)
    assert sum(curve[:3]) == pytest.approx(117.9, abs=1e-12)
    assert sum(curve[3:]) == pytest.approx(-0.6, abs=1e-12)


def test_spacing_is_at_most_the_step():
    assert number_of_points(1_000.0, 100.0) == 11
    assert number_of_points(1_000.1, 100.0) == 12
    assert number_of_points(10.0, 100.0) == FEWEST_POINTS
    path = profile(flat(), (117.002, 0.495), (117.018, 0.488), step_m=90.0)
    assert np.diff(path.distance_m).max() <= 90.0
    assert path.distance_m[0] == 0.0
    assert path.distance_m[-1] == pytest.approx(GEOD.inv(117.002, 0.495, 117.018, 0.488)[2], abs=1e-6)
    assert np.diff(path.distance_m).std() < 1e-9


def test_without_a_step_the_pixel_is_the_step():
    ground = flat()
    path = profile(ground, (117.002, 0.495), (117.018, 0.488))
    assert np.diff(path.distance_m).max() <= ground.pixel_m()
    assert path.distance_m.size == number_of_points(path.distance_m[-1], ground.pixel_m())


def test_a_plane_is_read_exactly():
    lattice = grid()
    x, y = np.meshgrid(np.arange(lattice.columns), np.arange(lattice.rows))
    # whole numbers of metres: exact in float32
    plane = bare_ground(lattice, (500.0 + 8.0 * x - 5.0 * y).astype(np.float32))
    path = profile(plane, centre(lattice, 50, 3), centre(lattice, 4, 75), step_m=7.0)
    column = (path.longitude - lattice.west) / lattice.pixel_width - 0.5
    row = (lattice.north - path.latitude) / lattice.pixel_height - 0.5
    assert path.terrain_amsl_m == pytest.approx(500.0 + 8.0 * column - 5.0 * row, abs=1e-6)
    assert path.terrain_amsl_m[[0, -1]] == pytest.approx([500.0 + 24.0 - 250.0, 500.0 + 600.0 - 20.0], abs=1e-6)


def test_beyond_the_outermost_centres_the_edge_pixel_holds():
    lattice = grid(4, 4)
    heights = np.arange(16, dtype=np.float32).reshape(4, 4)
    west, north = lattice.west + 0.1 * PIXEL, lattice.north - 0.2 * PIXEL
    path = profile(bare_ground(lattice, heights), (west, north), (west, lattice.north - 3.9 * PIXEL), step_m=5.0)
    assert path.terrain_amsl_m[0] == 0.0
    assert path.terrain_amsl_m[-1] == pytest.approx(12.0)


def test_outside_the_grid_nothing_is_known():
    lattice = grid()
    path = profile(flat(), centre(lattice, 30, 70), (lattice.bounds.east + 10 * PIXEL, centre(lattice, 30, 70)[1]))
    outside = path.longitude > lattice.bounds.east
    assert outside.any() and not outside.all()
    assert np.isnan(path.terrain_amsl_m[outside]).all()
    assert np.isfinite(path.terrain_amsl_m[~outside]).all()
    assert (path.obstacle_height_m[outside] == 0.0).all()
    assert (path.zone[outside] == INLAND).all()


def test_a_void_is_not_filled():
    lattice = grid()
    heights = np.full(lattice.shape, 50.0, np.float32)
    heights[30, 40] = np.nan
    path = profile(bare_ground(lattice, heights), centre(lattice, 30, 5), centre(lattice, 30, 75), step_m=10.0)
    column = (path.longitude - lattice.west) / lattice.pixel_width - 0.5
    assert np.isnan(path.terrain_amsl_m[np.abs(column - 40.0) < 0.99]).all()
    assert (path.terrain_amsl_m[np.abs(column - 40.0) > 1.01] == 50.0).all()


def test_obstacles_and_zones_are_those_of_the_pixel():
    lattice = grid()
    kinds = (Surface(), Surface(25.0), Surface(zone=COASTAL), Surface(zone=SEA))
    surface = np.zeros(lattice.shape, np.uint8)
    surface[:, 30:50], surface[:, 50:60], surface[:, 60:] = 1, 2, 3
    ground = Ground(lattice, np.zeros(lattice.shape, np.float32), surface, kinds)
    obstacles = np.array([kind.obstacle_height_m for kind in kinds])[surface]
    zones = np.array([kind.zone for kind in kinds])[surface]
    path = profile(ground, centre(lattice, 30, 5), centre(lattice, 30, 75), step_m=10.0)
    column = np.floor((path.longitude - lattice.west) / lattice.pixel_width).astype(int)
    expected = obstacles[30, column]
    expected[[0, -1]] = 0.0
    assert (path.obstacle_height_m == expected).all()
    assert (path.zone == zones[30, column]).all()


def test_clearings_take_away_what_stands_near_the_antennas():
    lattice = grid()
    surface = np.zeros(lattice.shape, np.uint8)
    surface[:, 40:] = 1
    kinds = (Surface(20.0, 100.0), Surface(20.0, 250.0))
    ground = Ground(lattice, np.zeros(lattice.shape, np.float32), surface, kinds)
    path = profile(ground, centre(lattice, 30, 5), centre(lattice, 30, 75), step_m=10.0)
    away = path.distance_m[-1] - path.distance_m
    bare = (path.distance_m <= 100.0) | (away <= 250.0)
    assert (path.obstacle_height_m[bare] == 0.0).all()
    assert (path.obstacle_height_m[~bare] == 20.0).all()


@pytest.mark.parametrize(
    ("spacing", "start", "end", "left"),
    [(10.0, 0.0, 0.0, [1, 2, 3, 4]), (10.0, 10.0, 0.0, [2, 3, 4]), (10.0, 9.9, 25.0, [1, 2]), (10.0, 1e4, 1e4, [])],
)
def test_the_ends_are_always_clear(spacing, start, end, left):
    obstacles = np.full(6, 15.0)
    clear_ends(obstacles, spacing, 6, start, end)
    assert np.flatnonzero(obstacles).tolist() == left


def test_a_part_of_the_ground_gives_the_same_profile():
    rng = np.random.default_rng(7)
    lattice = grid()
    ground = bare_ground(lattice, rng.uniform(0.0, 300.0, lattice.shape).astype(np.float32), obstacle_height_m=10.0)
    start, end = centre(lattice, 20, 20), centre(lattice, 40, 60)
    part = ground.within(Bounds(start[0], end[1], end[0], start[1]).widened(3 * PIXEL))
    assert part.grid.rows < lattice.rows and part.grid.columns < lattice.columns
    whole, small = profile(ground, start, end, 15.0), profile(part, start, end, 15.0)
    assert small.terrain_amsl_m == pytest.approx(whole.terrain_amsl_m, abs=1e-6)
    assert (small.obstacle_height_m == whole.obstacle_height_m).all()


def test_a_path_has_two_ends():
    with pytest.raises(ModelError) as caught:
        profile(flat(), (117.01, 0.49), (117.01, 0.49))
    assert caught.value.message.code == "profile.same_point"
    assert caught.value.message.parameters == {"longitude": 117.01, "latitude": 0.49}


def test_ground_lies_on_longitude_and_latitude_and_its_arrays_fit():
    lattice = grid(4, 5)
    heights = np.zeros((4, 5), np.float32)
    with pytest.raises(ModelError) as caught:
        bare_ground(Grid("EPSG:32650", 0.0, 0.0, 30.0, 30.0, 4, 5), heights)
    assert caught.value.message.code == "ground.not_geographic"
    assert caught.value.message.parameters == {"crs": "EPSG:32650"}
    with pytest.raises(ModelError) as caught:
        Ground(lattice, heights, np.zeros((3, 5), np.uint8), (Surface(),))
    assert caught.value.message.code == "ground.shape"
    assert caught.value.message.parameters == {"name": "surface", "shape": "(3, 5)", "grid": "(4, 5)"}
    with pytest.raises(ModelError) as caught:
        Ground(lattice, heights, np.full((4, 5), 2, np.uint8), (Surface(), Surface()))
    assert caught.value.message.code == "ground.surface"
    assert caught.value.message.parameters == {"index": 2, "count": 2}


@pytest.mark.parametrize("trees", [0, 1, 3, 12])
def test_depth_in_woodland_is_counted_back_from_the_receiver(trees):
    lattice = grid()
    surface = np.zeros(lattice.shape, np.uint8)
    start, end = centre(lattice, 30, 5), centre(lattice, 30, 65)
    ground = Ground(
        lattice, np.zeros(lattice.shape, np.float32), surface, (Surface(), Surface(15.0, 20.0, woodland=True))
    )
    column = round((end[0] - lattice.west) / lattice.pixel_width - 0.5)
    per_pixel = lattice.pixel_width * 111_320.0
    surface[:, column + 1 - trees : column + 1] = 1
    path = profile(ground, start, end, step_m=per_pixel)
    spacing = path.distance_m[1]
    expected = max((trees - 0.5) * spacing - 20.0, 0.0) if trees else 0.0
    assert path.woodland_m == pytest.approx(expected)
