"""Receivers along a ray have the geometry of their own profiles; 64 losses at a time are the losses one by one."""

import math

import numpy as np
import pytest

from jangkau.propagation.kernels import beside, many, sweep
from jangkau.propagation.kernels.p1812 import loss_over
from jangkau.propagation.kernels.profile import path_geometry
from jangkau.propagation.kernels.vegetation import woodland_db

STEP_KM, TX_M, RX_M, GRADIENT, N0 = 0.03, 42.0, 1.5, 45.0, 370.0
WOOD = (0.17, 21.0)


def ray_of(seed, count=700, sea=False, obstacles=True):
    rng = np.random.default_rng(seed)
    terrain = np.cumsum(rng.normal(size=count)) * rng.choice([0.3, 2.0, 6.0])
    terrain += 40.0 * np.sin(np.arange(count) * STEP_KM * rng.uniform(0.2, 2.0))
    terrain -= min(terrain.min(), 0.0)
    zone = np.full(count, 4, np.uint8)
    if sea:
        zone[count // 3 : count // 2], zone[count // 2 : 2 * count // 3] = 3, 1
        terrain[zone == 1] = 0.0
    above = np.where(rng.random(count) < 0.4, rng.choice([8.0, 20.0], count), 0.0) * obstacles
    above[0] = 0.0
    return sweep.Ray(STEP_KM, count, sea, obstacles, np.stack([terrain, above]), zone)


def receivers_of(ray, ends, near):
    """Receivers on points of the ray itself: their own points are the ray's."""
    count = len(ends)
    room = -(-count // many.LANES) * many.LANES
    back = np.resize(ends, room).reshape(-1, 1, many.LANES) - np.arange(near + 1)[None, :, None]
    points = np.moveaxis(ray.points[:, back], 0, 1).copy()
    points[:, beside.OBSTACLE, 0] = 0.0
    rng = np.random.default_rng(count)
    wood = np.where(rng.random(count) < 0.5, rng.uniform(1.0, 300.0, count), 0.0)
    return sweep.Receivers(
        count,
        np.asarray(ends) * STEP_KM,
        np.full(count, STEP_KM),
        rng.uniform(-75.0, 75.0, count),
        wood,
        np.asarray(ends) - near - 1,
        np.full(count, near),
        points,
        ray.zone[back],
    )


def swept(ray, own, with_beta0, lowest_ghz=0.45):
    size = many.QUANTITIES * many.LANES
    blocks = np.ones(math.ceil(own.found / many.LANES) * size)
    hulls = np.empty((sweep.HULLS, 3, ray.zone.size))
    tops = np.empty((4, math.ceil(ray.zone.size / sweep.STRETCH)))
    so_far, lanes = np.empty(sweep.SO_FAR), np.empty(beside.ROWS * many.LANES)
    sweep.sweep(ray, own, TX_M, RX_M, GRADIENT, with_beta0, lowest_ghz, hulls, tops, so_far, lanes, blocks)
    return blocks.reshape(-1, many.QUANTITIES, many.LANES)


def geometry_of(ray, own, j, end, with_beta0=True):
    above = ray.points[beside.OBSTACLE, : end + 1].copy()
    above[end] = 0.0
    distance = np.arange(end + 1) * STEP_KM
    return path_geometry(
        distance,
        ray.points[beside.TERRAIN, : end + 1],
        above,
        ray.zone[: end + 1],
        TX_M,
        RX_M,
        GRADIENT,
        with_beta0,
        True,
    )


NAMES = {
    "DISTANCE": "total_km",
    "RX_AMSL": "rx_amsl_m",
    "SEA_SHARE": "sea_fraction",
    "LAND": "longest_land_km",
    "INLAND_STRETCH": "longest_inland_km",
    "TX_HORIZON": "tx_horizon_km",
    "RX_HORIZON": "rx_horizon_km",
    "TX_EFFECTIVE": "tx_effective_m",
    "RX_EFFECTIVE": "rx_effective_m",
    "ROUGHNESS": "roughness_m",
}
EDGES = {
    "EDGE": "edge_50",
    "EDGE_BETA0": "edge_beta0",
    "GROUND_EDGE": "ground_edge_50",
    "GROUND_EDGE_BETA0": "ground_edge_beta0",
}


@pytest.mark.parametrize("near", [1, 4])
@pytest.mark.parametrize(
    ("seed", "sea", "obstacles"),
    [(1, False, True), (2, False, True), (3, True, True), (4, False, False), (5, True, False), (6, False, True)],
)
def test_a_sweep_gives_the_geometry_of_each_profile(seed, sea, obstacles, near):
    ray = ray_of(seed, sea=sea, obstacles=obstacles)
    ends = np.arange(near + 2, 700, 3)
    own = receivers_of(ray, ends, near)
    blocks = swept(ray, own, True)
    limit = -0.785 * math.sqrt(0.2998 / 0.45)
    for j, end in enumerate(ends):
        expected = geometry_of(ray, own, j, end)
        got = blocks[j // many.LANES, :, j % many.LANES]
        for column, name in NAMES.items():
            assert got[getattr(many, column)] == pytest.approx(getattr(expected, name), abs=1e-7, rel=1e-7), (end, name)
        for column, name in EDGES.items():
            true = getattr(expected, name)
            assert max(got[getattr(many, column)], limit) == pytest.approx(max(true, limit), abs=1e-6), (end, name)
        assert got[many.TX_ABOVE] == pytest.approx(expected.tx_amsl_m - expected.tx_smooth_diffraction_m, abs=1e-6)
        assert got[many.RX_ABOVE] == pytest.approx(expected.rx_amsl_m - expected.rx_smooth_diffraction_m, abs=1e-6)


@pytest.mark.parametrize("frequency_ghz", [0.45, 0.9, 2.6, 5.8])
@pytest.mark.parametrize(
    ("time_percent", "seed", "sea"), [(50.0, 1, False), (50.0, 3, True), (10.0, 2, False), (1.0, 5, True)]
)
def test_many_losses_are_the_losses_one_by_one(frequency_ghz, time_percent, seed, sea):
    ray = ray_of(seed, sea=sea)
    ends = np.arange(3, 700, 2)
    own = receivers_of(ray, ends, 1)
    with_beta0 = time_percent != 50.0
    blocks = swept(ray, own, with_beta0)
    for block in blocks:
        flat = block.reshape(-1)
        many.prepare(flat, time_percent, GRADIENT, N0, sea)
        many.losses_db(flat, frequency_ghz, True, time_percent, WOOD, sea)
    for j, end in enumerate(ends):
        depth = own.woodland_m[j]
        through = woodland_db(depth, *WOOD) if depth > 0.0 else math.inf
        geometry = geometry_of(ray, own, j, end)
        terms = loss_over(geometry, frequency_ghz, True, time_percent, own.latitude_deg[j], 500.0, 500.0, N0, through)
        expected = max(terms.combined_db, terms.line_of_sight_p_db)
        got = blocks[j // many.LANES, many.LOSS, j % many.LANES]
        assert got == pytest.approx(expected, abs=1e-6), (end, depth)
