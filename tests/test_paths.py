"""Many paths against one explained path, over made-up ground."""

import numpy as np
import pytest

from jangkau import paths
from jangkau.geo import Grid
from jangkau.propagation import p1812
from jangkau.terrain.ground import COASTAL, INLAND, SEA, Ground, Surface, bare_ground

PIXEL = 3.0 / 3600.0
GRID = Grid("EPSG:4326", 117.0, 0.6, PIXEL, PIXEL, 240, 300)
HERE = paths.Antenna(117.1253, 0.5002, 42.0)
MEDIUM = paths.Medium()


def hills(seed=3):
    """Hills, forest with clearings, a coast in the east."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:240, 0:300] / 40.0
    height = 120.0 + 60.0 * np.sin(x * 1.7) * np.cos(y * 1.3) + 40.0 * np.sin(3.1 * x + 2.3 * y)
    height += rng.uniform(0.0, 4.0, height.shape)
    kinds = [
        Surface(h, c, z, h == 12.0) for z in (INLAND, COASTAL, SEA) for h in (0.0, 12.0, 25.0) for c in (30.0, 200.0)
    ]
    surface = rng.integers(0, 6, GRID.shape)
    surface[:, 220:260] += 6
    surface[:, 260:] += 12
    height[:, 260:] = 0.0
    return Ground(GRID, height.astype(np.float32), surface.astype(np.uint8), tuple(kinds))


def some_points(count, seed=5):
    rng = np.random.default_rng(seed)
    return rng.uniform(117.005, 117.245, count), rng.uniform(0.405, 0.595, count)


def predict(ground, antenna, longitude, latitude, **changes):
    arguments = {"frequency_mhz": 900.0, "rx_height_agl_m": 1.5, "medium": MEDIUM} | changes
    return paths.losses(ground, antenna, longitude, latitude, **arguments)


def mean_latitude(_longitude_deg, latitude_deg, _distance_km):
    return 0.5 * (latitude_deg[0] + latitude_deg[1])


@pytest.mark.parametrize("time_percent", [50.0, 10.0])
def test_many_paths_give_what_one_explained_path_gives(time_percent, monkeypatch):
    ground, (longitude, latitude) = hills(), some_points(200)
    medium = paths.Medium(time_percent, 50.0, 360.0)
    many = predict(ground, HERE, longitude, latitude, medium=medium)

    def explained():
        return [
            paths.explain(ground, HERE, x, y, frequency_mhz=900.0, rx_height_agl_m=1.5, medium=medium)
            for x, y in zip(longitude, latitude, strict=True)
        ]

    one = explained()
    assert many.distance_m == pytest.approx(np.array([report.path.distance_m[-1] for report in one]), abs=1e-6)
    # Many paths take the mean of both latitudes for the path's centre, one path half its length on a sphere: 1e-4 dB.
    assert many.loss_db == pytest.approx(np.array([report.loss.loss_db for report in one]), abs=2e-4)
    # With the same latitude nothing is left but the rounding to float32 (one unit in its last place).
    monkeypatch.setattr(p1812, "middle_latitude_deg", mean_latitude)
    same = np.array([report.loss.loss_db for report in explained()])
    assert (np.abs(many.loss_db - same) <= np.spacing(many.loss_db)).all()
    assert (many.loss_db == same.astype(np.float32)).mean() > 0.98
    assert many.loss_db.dtype == np.float32
    assert np.ptp(many.loss_db) > 40.0


def test_blocks_do_not_matter():
    ground, (longitude, latitude) = hills(), some_points(5_000)
    whole = predict(ground, HERE, longitude, latitude)
    order = np.random.default_rng(1).permutation(5_000)
    shuffled = predict(ground, HERE, longitude[order], latitude[order])
    assert np.array_equal(shuffled.loss_db, whole.loss_db[order])
    assert np.array_equal(shuffled.elevation_deg, whole.elevation_deg[order])
    # the last five points of the second block alone; they reach less far, so that less ground is looked at
    alone = predict(ground, HERE, longitude[-5:], latitude[-5:])
    assert alone.loss_db == pytest.approx(whole.loss_db[-5:], abs=1e-4)


def test_the_shape_of_the_points_is_kept():
    ground, (longitude, latitude) = hills(), some_points(12)
    row = predict(ground, HERE, longitude, latitude)
    block = predict(ground, HERE, longitude.reshape(3, 4), latitude.reshape(3, 4))
    for name in ("loss_db", "distance_m", "azimuth_deg", "elevation_deg"):
        assert np.array_equal(getattr(block, name), getattr(row, name).reshape(3, 4))
    line = predict(ground, HERE, longitude[:, None], latitude[None, :3])
    assert line.loss_db.shape == (12, 3)
    assert predict(ground, HERE, [], []).loss_db.shape == (0,)


def test_over_a_void_nothing_is_claimed():
    ground = hills()
    ground.height_amsl_m[:, 200:203] = np.nan
    west_of, east_of = 117.0 + 195 * PIXEL, 117.0 + 210 * PIXEL
    result = predict(ground, HERE, [west_of, east_of], [0.5, 0.5])
    assert np.isfinite(result.loss_db[0]) and np.isnan(result.loss_db[1])
    explained = [
        paths.explain(ground, HERE, x, 0.5, frequency_mhz=900.0, rx_height_agl_m=1.5, medium=MEDIUM)
        for x in (west_of, east_of)
    ]
    assert explained[0] is not None and explained[1] is None


def test_outside_the_ground_nothing_is_claimed():
    ground = hills()
    beyond = predict(ground, HERE, [117.4, 117.1], [0.5, 0.7])
    assert np.isnan(beyond.loss_db).all()
    stranger = paths.Antenna(100.0, 0.5, 40.0)
    assert np.isnan(predict(ground, stranger, [100.1], [0.5]).loss_db).all()


def test_there_and_back_cost_nearly_the_same():
    # Not quite: the profile's points, the clearings and the parabola of the way back are its own.
    ground = bare_ground(GRID, hills().height_amsl_m)
    longitude, latitude = some_points(40)
    there = predict(ground, paths.Antenna(HERE.longitude, HERE.latitude, 30.0), longitude, latitude)
    back = [
        predict(ground, paths.Antenna(x, y, 1.5), [HERE.longitude], [HERE.latitude], rx_height_agl_m=30.0).loss_db[0]
        for x, y in zip(longitude, latitude, strict=True)
    ]
    assert np.abs(there.loss_db - np.array(back)).max() < 0.1


def test_a_ridge_counts_behind_it_only():
    flat = np.full(GRID.shape, 20.0, np.float32)
    near, far = flat.copy(), flat.copy()
    near[:, 200:203], far[:, 230:233] = 150.0, 150.0
    x = GRID.x_centres()
    longitude, latitude = np.concatenate([x[160:196], x[240:280]]), np.full(76, HERE.latitude)
    a, b, none = (predict(bare_ground(GRID, h), HERE, longitude, latitude).loss_db for h in (near, far, flat))
    assert np.array_equal(a[:36], b[:36]) and np.array_equal(a[:36], none[:36])
    assert (a[36:] != b[36:]).all()
    assert (a[36:] > none[36:] + 3.0).all() and (b[36:] > none[36:] + 3.0).all()


def test_trees_cost_and_a_clearing_saves():
    heights = np.full(GRID.shape, 20.0, np.float32)
    longitude, latitude = np.full(1, 117.2), np.full(1, 0.52)
    bare, wooded, cleared = (
        float(predict(bare_ground(GRID, heights, **what), HERE, longitude, latitude).loss_db[0])
        for what in (
            {},
            {"obstacle_height_m": 25.0},
            {"obstacle_height_m": 25.0, "clearing_m": 300.0},
        )
    )
    assert bare < cleared < wooded - 3.0


def test_near_the_mast_the_loss_is_that_at_fifty_metres():
    ground = bare_ground(GRID, np.full(GRID.shape, 20.0, np.float32))
    at = predict(ground, HERE, [HERE.longitude, HERE.longitude + 1e-5], [HERE.latitude, HERE.latitude])
    assert np.isfinite(at.loss_db).all()
    assert at.loss_db[0] == pytest.approx(at.loss_db[1], abs=1e-3)
    assert at.distance_m[0] == pytest.approx(0.0, abs=1e-6)
    # free space over the slope from 42 m down to 1.5 m at 50 m
    assert at.loss_db[0] == pytest.approx(32.4 + 20 * np.log10(900.0) + 20 * np.log10(0.06434), abs=0.5)


def test_azimuth_and_elevation():
    ground = bare_ground(GRID, np.full(GRID.shape, 20.0, np.float32))
    step = 0.02
    around = predict(
        ground,
        HERE,
        HERE.longitude + np.array([0.0, step, 0.0, -step]),
        HERE.latitude + np.array([step, 0.0, -step, 0.0]),
    )
    assert around.azimuth_deg == pytest.approx([0.0, 90.0, 180.0, 270.0], abs=0.01)
    expected = np.degrees(np.arctan((1.5 - 42.0) / around.distance_m - around.distance_m / (2 * 4 / 3 * 6_371_000.0)))
    assert around.elevation_deg == pytest.approx(expected, abs=1e-4)


def test_work_can_be_stopped():
    longitude, latitude = some_points(9_000)
    asked = []

    def stop():
        asked.append(True)
        return len(asked) == 2

    with pytest.raises(KeyboardInterrupt):
        predict(hills(), HERE, longitude, latitude, stop=stop)
    assert len(asked) == 2


def test_an_explained_path_says_what_stands_in_it():
    heights = np.full(GRID.shape, 20.0, np.float32)
    heights[:, 200:202] = 120.0
    ground = bare_ground(GRID, heights)
    report = paths.explain(ground, HERE, 117.22, HERE.latitude, frequency_mhz=900.0, rx_height_agl_m=1.5, medium=MEDIUM)
    ridge_m = (117.0 + 201 * PIXEL - HERE.longitude) * 111_320.0
    assert report.obstacle.distance_m == pytest.approx(ridge_m, abs=150.0)
    assert report.obstacle.terrain_blocks
    assert not report.loss.line_of_sight
    assert paths.MODEL == "ITU-R P.1812-8"
