"""Cells merge in any order and more than once; levels near a decision are those of paths; a mosaic survives its end."""

from collections import Counter

import numpy as np
import pytest

from hilly import LATTICE, hills
from jangkau.coverage import field
from jangkau.coverage.servers import NO_SERVER, best_of, merge
from jangkau.coverage.small_area import best_servers
from jangkau.coverage.transmitters import Transmitter
from jangkau.geo import Grid
from jangkau.paths import Antenna, Medium, by_path, sweep_area
from jangkau.studies.mosaic import Mosaic
from jangkau.terrain.ground import Ground, Surface, bare_ground


def cell(code="c", frequency_mhz=900.0, azimuth_deg=0.0, beamwidth=360.0, **changes):
    given = {"longitude": 117.0, "latitude": 0.5, "height_agl_m": 42.0, "reference_signal_eirp_dbm": 34.0} | changes
    return Transmitter(
        cell_code=code,
        site_code="s",
        operator="op",
        technology="4G",
        frequency_mhz=frequency_mhz,
        bandwidth_mhz=10.0,
        azimuth_deg=azimuth_deg,
        horizontal_beamwidth_deg=beamwidth,
        vertical_beamwidth_deg=10.0,
        electrical_downtilt_deg=2.0,
        mechanical_downtilt_deg=0.0,
        assumed=(),
        **given,
    )


GRID = field.pixels_around(
    Grid("EPSG:32650", 200_000.0 + 277_000.0, 70_000.0, 30.0, 30.0, 1200, 1500), 117.0, 0.5, 5_000.0
)
MEDIUM = Medium()
SETTINGS = field.FieldSettings(5_000.0, 1.5, MEDIUM)


def patchy():
    rng = np.random.default_rng(4)
    patches = np.repeat(np.repeat(rng.random((140, 140)) < 0.6, 5, axis=0), 5, axis=1).astype(np.uint8)
    return Ground(LATTICE, hills(), patches, (Surface(0.0, 25.0), Surface(15.0, 20.0, woodland=True)))


def test_cells_merge_in_any_order_and_twice():
    rng = np.random.default_rng(1)
    levels = rng.integers(-1500, -500, (5, 40, 30)).astype(np.int16)
    levels[:, :5] = field.NO_SIGNAL
    levels[2, 10] = field.UNKNOWN
    levels[4, 20] = levels[1, 20]
    results = []
    for order in ([0, 1, 2, 3, 4], [4, 2, 0, 3, 1, 1, 4, 0]):
        keys, unseen = np.zeros((40, 30), np.uint32), np.zeros((40, 30), np.uint8)
        for index in order:
            merge(keys, unseen, levels[index], index)
        results.append((keys, unseen))
    assert all(np.array_equal(a, b) for a, b in zip(*results, strict=True))
    best = best_of(*results[0], np.arange(5, dtype=np.float32))
    known = np.where(levels == field.UNKNOWN, -9999, levels)
    assert np.array_equal(best.server[5:], known.argmax(axis=0)[5:])
    assert best.rsrp_dbm[5:] == pytest.approx(known.max(axis=0)[5:] / 10.0)
    assert np.array_equal(best.error_db[5:], best.server[5:].astype(np.float32))
    assert (best.server[:5] == NO_SERVER).all() and (best.rsrp_dbm[:5] == field.NO_SIGNAL_DBM).all()
    assert best.unseen[10].all() and best.unseen.sum() == 30


def test_cells_of_a_site_share_their_paths_whatever_their_band():
    together = [cell("a"), cell("b", 1800.0), cell("c", azimuth_deg=120.0, beamwidth=65.0)]
    assert [len(g) for g in field.groups([*together, cell("d", height_agl_m=30.0)])] == [3, 1]
    ground = bare_ground(LATTICE, hills())
    levels = field.site_field(ground, together, GRID, SETTINGS).levels
    alone = field.site_field(ground, together[1:2], GRID, SETTINGS).levels
    assert np.array_equal(levels[1], alone[0])
    assert (levels[0] >= levels[2]).all()


@pytest.mark.parametrize("ground", [bare_ground(LATTICE, hills()), patchy()], ids=["bare", "patchy"])
def test_decisions_are_those_of_paths(ground):
    settings = field.FieldSettings(5_000.0, 1.5, MEDIUM, exact_within_db=2.0)
    decisions = (-75.0, -85.0, -95.0)
    (level,) = field.site_field(ground, [cell()], GRID, settings, [decisions]).levels
    area = sweep_area(
        ground,
        Antenna(117.0, 0.5, 42.0),
        GRID,
        radius_m=5_000.0,
        frequencies_mhz=[900.0],
        rx_height_agl_m=1.5,
        medium=MEDIUM,
    )
    by_path(area, area.how > 0, ground, Antenna(117.0, 0.5, 42.0), [900.0], 1.5, MEDIUM, 0.0)
    (exact,) = field._levels([cell()], [900.0], area, settings)
    inside = area.how > 0
    classes = [np.digitize(values[inside] / 10.0, decisions[::-1]) for values in (level, exact)]
    assert len(set(classes[1].tolist())) == 4
    assert np.mean(classes[0] == classes[1]) >= 0.9999


def test_a_window_of_ground_gives_what_the_whole_does():
    ground = patchy()
    rows, columns = ground.window_around(117.0, 0.5, SETTINGS.radius_m)
    assert 0 < rows.start < rows.stop < ground.grid.rows and 0 < columns.start < columns.stop < ground.grid.columns
    whole, part = (field.site_field(g, [cell()], GRID, SETTINGS) for g in (ground, ground.part(rows, columns)))
    assert whole.paths == part.paths
    difference = np.abs(whole.levels[0].astype(int) - part.levels[0])
    assert np.mean(difference == 0) > 0.9999
    corner = ground.window_around(0.0, 0.0, 1_000.0)
    assert ground.part(*corner).grid.shape == (2, 2)


def test_paths_are_counted_by_how_they_came_about_and_what_they_lie_outside_of():
    ground, settings = patchy(), field.FieldSettings(5_000.0, 1.5, MEDIUM, exact_within_db=2.0)
    found = field.site_field(ground, [cell(), cell("b", 2300.0)], GRID, settings, [(-95.0,), (-95.0,)]).paths
    inside = np.pi * (5_000.0 / 30.0) ** 2
    assert found["swept"] + found["by_path"] == pytest.approx(inside, rel=0.01)
    assert found["by_path"] > 1_000
    assert found["distance_km"] == pytest.approx(np.pi * (250.0 / 30.0) ** 2, rel=0.05)
    assert found["woodland_mhz"] == pytest.approx(0.6 * inside, rel=0.1)
    assert found.keys() == {"swept", "by_path", "distance_km", "woodland_mhz"}


def test_ranges_of_antennas_and_time_concern_every_path_and_unknown_ground_none():
    height = hills()
    height[:, LATTICE.columns // 2 :] = np.nan
    low = field.FieldSettings(5_000.0, 0.5, Medium(time_percent=0.5))
    found = field.site_field(bare_ground(LATTICE, height), [cell()], GRID, low).paths
    assert found["unknown_ground"] > 0
    assert found["antenna_height_m"] == found["time_percent"] == found["swept"] + found["by_path"]
    assert "frequency_mhz" not in found


def test_a_mosaic_goes_on_where_it_was_left(tmp_path):
    grid = Grid("EPSG:32650", 0.0, 3_000.0, 30.0, 30.0, 100, 80)
    part = grid.part(slice(10, 30), slice(20, 50))
    level = np.full(part.shape, -900, np.int16)
    first = Mosaic(tmp_path / "working", grid, ["op_4g"])
    first.add("op_4g", part, level, 3)
    first.finish("one", Counter(swept=600))
    first.save()
    first.add("op_4g", part, level + 1, 7)  # not noted as finished: done again below
    again = Mosaic(tmp_path / "working", grid, ["op_4g"])
    assert again.done == {"one"}
    again.finish("two", Counter(swept=1, distance_km=2))
    assert again.paths() == Counter(swept=601, distance_km=2)
    again.add("op_4g", part, level + 1, 7)
    keys, unseen = again.rows("op_4g", slice(0, 100))
    best = best_of(keys, unseen, np.ones(8, np.float32))
    assert (best.server[10:30, 20:50] == 7).all()
    assert (best.server != NO_SERVER).sum() == part.rows * part.columns
    again.remove()
    assert not (tmp_path / "working").exists()


def test_best_servers_of_a_small_area_are_those_of_each_site_merged():
    ground = patchy()
    sectors = [cell("a", azimuth_deg=30.0, beamwidth=65.0), cell("b", azimuth_deg=210.0, beamwidth=65.0)]
    away = cell("far", longitude=110.0)
    other = cell("c", longitude=117.02, latitude=0.51, frequency_mhz=1800.0)
    given = [sectors[0], other, away, sectors[1]]
    grid = Grid(GRID.crs, GRID.west, GRID.north, 90.0, 90.0, GRID.rows // 3, GRID.columns // 3)
    best = best_servers(ground, given, grid, SETTINGS, error_db=[8.0, 9.0, 10.0, 11.0])
    assert set(np.unique(best.server)) == {0, 1, 3, NO_SERVER}
    for index in range(len(given)):
        rows, columns = np.nonzero(best.server == index)
        if rows.size:
            longitude, latitude = (v[rows, columns] for v in grid.longitude_latitude())
            levels = np.array(
                [field.level_at(ground, o, longitude, latitude, SETTINGS)[0] for o in given if o is not away]
            )
            assert np.median(np.abs(levels.max(axis=0) - best.rsrp_dbm[rows, columns])) < 0.3
            assert np.unique(best.error_db[rows, columns]) == 8.0 + index
    assert np.array_equal(best.rsrp_dbm, best_servers(ground, given, grid, SETTINGS, error_db=8.0, workers=2).rsrp_dbm)
