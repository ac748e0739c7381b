"""Hill tops against a search by hand, and on a plain."""

import numpy as np

from jangkau.geo import WGS84, Grid
from jangkau.terrain.ground import bare_ground
from jangkau.terrain.hill_tops import hill_tops

PIXEL = 1 / 1200


def ground_of(height):
    grid = Grid(WGS84, 117.0, 0.5, PIXEL, PIXEL, *height.shape)
    return bare_ground(grid, height.astype(np.float32))


def test_tops_are_what_nothing_nearby_overlooks():
    rng = np.random.default_rng(4)
    height = rng.normal(0.0, 30.0, (60, 70)).round(3) + 200.0
    height[3, 3] = np.nan
    longitude, latitude, top = hill_tops(ground_of(height), 500.0)
    reach = round(500.0 / (PIXEL * 110_574.0))
    by_hand = set()
    for row in range(60):
        for column in range(70):
            part = height[max(row - reach, 0) : row + reach + 1, max(column - reach, 0) : column + reach + 1]
            if height[row, column] >= np.nanmax(part):
                by_hand.add((row, column))
    rows = np.floor((0.5 - latitude) / PIXEL).astype(int)
    columns = np.floor((longitude - 117.0) / PIXEL).astype(int)
    assert set(zip(rows.tolist(), columns.tolist(), strict=True)) == by_hand
    assert np.all(np.diff(top) <= 0)


def test_a_plain_has_one_top_in_reach():
    longitude, _, top = hill_tops(ground_of(np.full((9, 9), 7.0)), 2_000.0)
    assert longitude.size == 1
    assert top[0] == 7.0
