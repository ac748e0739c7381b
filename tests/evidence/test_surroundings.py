"""What stands along a path, on ground that is known."""

import numpy as np
import pytest

from jangkau.evidence.surroundings import NAMES, Aim, features
from jangkau.geo import WGS84, Grid, destination
from jangkau.paths import Antenna
from jangkau.terrain.ground import Ground, Surface

PIXEL_DEG = 0.0002
AIM = Aim(0.0, 65.0, 10.0, 3.0, 2.0, 20.0)


def street(wall_row=None, height_m=20.0):
    """Return flat ground with one wall from west to east, and an antenna in the south."""
    surface = np.zeros((100, 40), np.uint8)
    if wall_row is not None:
        surface[wall_row] = 1
    grid = Grid(WGS84, 117.0, 0.02, PIXEL_DEG, PIXEL_DEG, 100, 40)
    ground = Ground(grid, np.full((100, 40), 50.0, np.float32), surface, (Surface(), Surface(height_m)))
    return ground, Antenna(117.0041, 0.0021, 30.0)


def described(ground, antenna, distance_m=1200.0, azimuth_deg=0.0, loss_db=120.0):
    longitude, latitude = destination(antenna.longitude, antenna.latitude, azimuth_deg, distance_m)
    row = features(ground, antenna, AIM, longitude, latitude, [loss_db], frequency_mhz=1800.0, rx_height_agl_m=1.5)
    return dict(zip(NAMES, row[0].tolist(), strict=True))


def test_open_ground_has_nothing_in_the_way():
    said = described(*street())
    assert said["log10_distance"] == pytest.approx(np.log10(1200.0), abs=1e-3)
    assert (said["blocked_share"], said["edges"], said["phone_100_built_share"]) == (0.0, 0.0, 0.0)
    assert said["highest_nu"] < 0.0
    assert said["azimuth_offset_deg"] == pytest.approx(0.0, abs=0.01)
    # The phone lies 28.5 m below an antenna that is tilted down by 5 degrees.
    assert said["below_beam_deg"] == pytest.approx(np.degrees(np.arctan(28.5 / 1200.0)) - 5.0, abs=0.01)
    free_space_db = 32.448 + 20.0 * np.log10(1800.0) + 20.0 * np.log10(1.2)
    assert said["excess_loss_db"] == pytest.approx(120.0 - free_space_db, abs=0.01)


def test_a_wall_before_the_phone_is_seen_where_it_stands():
    _ground, antenna = street()
    row = int((0.02 - antenna.latitude) / PIXEL_DEG) - int(1100.0 / (PIXEL_DEG * 110_574.0))
    said = described(*street(wall_row=row))
    assert said["edges"] == 1.0
    assert said["blocked_share"] == pytest.approx(1.0 / 53.0, abs=0.012)
    assert said["last_blocked_m"] == pytest.approx(100.0, abs=25.0)
    assert said["highest_nu"] > 0.0
    assert said["last_60_obstacle_max_m"] == 0.0
    assert said["last_150_obstacle_max_m"] == 20.0
    assert said["phone_horizon_deg"] == pytest.approx(np.degrees(np.arctan(18.5 / 100.0)), abs=2.5)


def test_bearings_turn_clockwise_from_the_antenna():
    said = described(*street(), distance_m=300.0, azimuth_deg=90.0)
    assert said["east_m"] == pytest.approx(300.0, abs=0.5)
    assert said["azimuth_offset_deg"] == pytest.approx(90.0, abs=0.1)
