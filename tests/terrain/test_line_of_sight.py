"""The worst obstacle of a path and the angle under which a ray leaves."""

import math

import numpy as np
import pytest

from jangkau.terrain.line_of_sight import departure_angle_deg, worst_obstacle
from jangkau.terrain.profiles import Profile

RADIUS_M = 4.0 / 3.0 * 6_371_000.0


def path(terrain, obstacles=None, total_m=10_000.0):
    terrain = np.asarray(terrain, float)
    above = np.zeros(terrain.size) if obstacles is None else np.asarray(obstacles, float)
    where = np.linspace(0.0, 0.09, terrain.size)
    zone = np.full(terrain.size, 4, np.uint8)
    return Profile(np.linspace(0.0, total_m, terrain.size), terrain, above, zone, 117.0 + where, where)


def test_a_known_ridge():
    terrain = np.zeros(101)
    terrain[40] = 120.0
    found = worst_obstacle(path(terrain), 50.0, 10.0, 1_000.0)
    assert found.distance_m == 4_000.0
    assert (found.terrain_amsl_m, found.obstacle_height_m) == (120.0, 0.0)
    line = 50.0 - 40.0 * 0.4 - 4_000.0 * 6_000.0 / (2.0 * RADIUS_M)
    assert found.clearance_m == pytest.approx(line - 120.0)
    assert found.fresnel_radius_m == pytest.approx(math.sqrt(0.299792458 * 4_000.0 * 6_000.0 / 10_000.0))
    assert found.blocks and found.terrain_blocks


def test_trees_that_block_are_told_from_terrain_that_blocks():
    terrain, trees = np.zeros(101), np.zeros(101)
    terrain[60], trees[60] = 10.0, 25.0
    found = worst_obstacle(path(terrain, trees), 30.0, 20.0, 1_000.0)
    assert (found.distance_m, found.terrain_amsl_m, found.obstacle_height_m) == (6_000.0, 10.0, 25.0)
    assert found.blocks and not found.terrain_blocks


def test_a_free_path_keeps_its_fresnel_zone():
    found = worst_obstacle(path(np.zeros(101)), 100.0, 100.0, 3_500.0)
    assert found.clearance_m > found.fresnel_radius_m
    assert not found.blocks and not found.terrain_blocks


def test_what_takes_most_of_the_zone_counts_not_what_rises_highest():
    # Near an end the zone is narrow: 6 m below the line there is worse than 12 m in the middle.
    terrain = np.zeros(101)
    terrain[2], terrain[50] = 24.0, 18.0
    found = worst_obstacle(path(terrain), 30.0, 30.0, 300.0, effective_radius_factor=1e9)
    assert found.distance_m == 5_000.0
    terrain[2] = 29.0
    assert worst_obstacle(path(terrain), 30.0, 30.0, 300.0, effective_radius_factor=1e9).distance_m == 200.0


def test_the_earth_itself_blocks():
    flat = path(np.zeros(501), total_m=80_000.0)
    found = worst_obstacle(flat, 30.0, 30.0, 800.0)
    assert found.blocks and found.distance_m == pytest.approx(40_000.0, abs=200.0)
    assert not worst_obstacle(flat, 30.0, 30.0, 800.0, effective_radius_factor=1e9).blocks


def test_the_ends_are_no_obstacles():
    terrain = np.zeros(11)
    terrain[[0, -1]] = 500.0
    assert 0.0 < worst_obstacle(path(terrain), 10.0, 10.0, 900.0).distance_m < 10_000.0


def angle(terrain, obstacles, tx_m, rx_m, spacing_m=100.0):
    terrain = np.asarray(terrain, float)
    return departure_angle_deg(terrain, np.asarray(obstacles, float), spacing_m, terrain.size, tx_m, rx_m)


def test_a_ray_in_sight_leaves_towards_the_receiver():
    none = np.zeros(51)
    expected = math.degrees(math.atan((1.5 - 40.0) / 5_000.0 - 5_000.0 / (2.0 * RADIUS_M)))
    assert angle(none, none, 40.0, 1.5) == pytest.approx(expected)
    assert angle(none, none, 40.0, 40.0 + 5_000.0) == pytest.approx(45.0, abs=0.02)


def test_a_blocked_ray_leaves_towards_the_top_that_it_must_pass():
    terrain, trees = np.zeros(51), np.zeros(51)
    terrain[20] = 100.0
    bare = math.degrees(math.atan((100.0 - 40.0) / 2_000.0 - 2_000.0 / (2.0 * RADIUS_M)))
    assert angle(terrain, trees, 40.0, 1.5) == pytest.approx(bare)
    trees[20] = 30.0
    wooded = math.degrees(math.atan((130.0 - 40.0) / 2_000.0 - 2_000.0 / (2.0 * RADIUS_M)))
    assert angle(terrain, trees, 40.0, 1.5) == pytest.approx(wooded)


def test_only_the_points_of_the_path_count():
    terrain = np.zeros(51)
    terrain[40] = 300.0
    none = np.zeros(51)
    assert departure_angle_deg(terrain, none, 100.0, 31, 40.0, 1.5) < 0.0
    assert departure_angle_deg(terrain, none, 100.0, 51, 40.0, 1.5) > 0.0
