"""Microwave hops over flat and hilly ground against the formulas by hand."""

import math

import numpy as np
import pytest

from jangkau.geo import WGS84, Grid
from jangkau.paths.hops import (
    CLEARANCE_NEEDED,
    LOW_RADIUS_FACTOR,
    MEDIAN_RADIUS_FACTOR,
    Climate,
    clearance,
    hop_availability_percent,
    sight,
)
from jangkau.propagation.p530 import availability, deep_fade_percent_by_gradient
from jangkau.terrain.ground import bare_ground

PIXEL = 1 / 1200
GRID = Grid(WGS84, 117.0, 0.3, PIXEL, PIXEL, 120, 480)
CLIMATE = Climate(110.0, -400.0)
ONE, OTHER = (117.02, 0.25, 42.0), (117.36, 0.25, 42.0)


def ground(height=None, trees_m=0.0):
    heights = np.zeros(GRID.shape, np.float32) if height is None else height
    return bare_ground(GRID, heights, obstacle_height_m=trees_m)


def by_hand(km, mast_m, obstacle_m, factor, mhz):
    """Return the clearance in the middle of a flat hop in Fresnel radii."""
    bulge = (km * 1e3) ** 2 / 8.0 / (factor * 6_371_000.0)
    radius = math.sqrt(299.792458 / mhz * km * 1e3 / 4.0)
    return (mast_m - bulge - obstacle_m) / radius


@pytest.mark.parametrize("trees_m", [0.0, 15.0])
def test_clearance_is_that_of_the_worse_rule(trees_m):
    path = sight(ground(trees_m=trees_m), ONE, OTHER)
    km = float(path.distance_m[-1]) / 1e3
    assert km == pytest.approx(37.85, abs=0.1)
    median = CLEARANCE_NEEDED * by_hand(km, 42.0, trees_m, MEDIAN_RADIUS_FACTOR, 7_500.0)
    low = by_hand(km, 42.0, trees_m, LOW_RADIUS_FACTOR, 7_500.0)
    assert clearance(path, ONE, OTHER, 7_500.0) == pytest.approx(min(median, low), abs=0.03)


def test_a_hill_cuts_a_hop_and_a_taller_mast_clears_it():
    height = np.zeros(GRID.shape, np.float32)
    height[:, 228:232] = 45.0
    near = (117.10, 0.25, 42.0), (117.28, 0.25, 42.0)
    path = sight(ground(height), *near)
    assert clearance(path, *near, 18_000.0) < 0.0
    tall = (117.10, 0.25, 90.0), (117.28, 0.25, 90.0)
    assert clearance(path, *tall, 18_000.0) > CLEARANCE_NEEDED
    assert clearance(path, *tall, 18_000.0) == pytest.approx(clearance(path, *tall[::-1], 18_000.0), rel=0.02)


def test_availability_is_that_of_p530_with_the_margin_of_free_space():
    path = sight(ground(), ONE, OTHER)
    km = float(path.distance_m[-1]) / 1e3
    margin = 172.0 - (32.4 + 20.0 * math.log10(7_500.0) + 20.0 * math.log10(km))
    occurrence = deep_fade_percent_by_gradient(0.0, km, 7_500.0, 42.0, 42.0, gradient_n_per_km=-400.0)
    wanted = availability(
        margin, km, 7_500.0, 42.0, 42.0, occurrence_percent=occurrence, rain_mm_per_h=110.0, latitude_deg=0.25
    )
    found = hop_availability_percent(path, ONE, OTHER, 7_500.0, 172.0, CLIMATE)
    assert found == pytest.approx(float(wanted.availability_percent), abs=1e-6)
    assert hop_availability_percent(path, ONE, OTHER, 7_500.0, 130.0, CLIMATE) == 0.0


def test_shorter_hops_and_lower_bands_carry_more_of_the_year():
    def year(end, mhz, gain):
        other = (end, 0.25, 42.0)
        return hop_availability_percent(sight(ground(), ONE, other), ONE, other, mhz, gain, CLIMATE)

    assert year(117.05, 18_000.0, 168.0) > year(117.15, 18_000.0, 168.0)
    assert year(117.15, 7_500.0, 168.0) > year(117.15, 18_000.0, 168.0)


def test_nothing_is_seen_over_unknown_ground_or_nowhere():
    height = np.zeros(GRID.shape, np.float32)
    height[:, 200] = np.nan
    assert sight(ground(height), ONE, OTHER) is None
    assert sight(ground(), ONE, ONE) is None
