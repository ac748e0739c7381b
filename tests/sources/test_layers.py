"""Terrain, obstacles and classes in the bands of one raster."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jangkau.errors import FormatError
from jangkau.geo import WGS84, Bounds, Grid
from jangkau.messages import LANGUAGES, render
from jangkau.sources.detect import detect
from jangkau.sources.layers import UNKNOWN_CLASS, filled, read_classes, read_obstacles
from jangkau.sources.terrain import describe_terrain, read_terrain

TERRAIN = [[500, -9999, 502], [503, 504, 505]]
BUILDINGS = [[0, -9999, 30], [12, 0, 3]]
CLASSES = [[5, -9999, 12], [14, 5, 2]]
BOX = Bounds(104.0, 30.0, 104.3, 30.2)
GRID = Grid(WGS84, 104.0, 30.2, 0.1, 0.1, 2, 3)


@pytest.fixture
def raster(tmp_path):
    def raster(name, bands, descriptions=(), dtype="int16"):
        path = tmp_path / name
        profile = {"driver": "GTiff", "height": 2, "width": 3, "count": len(bands), "dtype": dtype, "nodata": -9999}
        with rasterio.open(path, "w", crs=WGS84, transform=Affine(0.1, 0, 104, 0, -0.1, 30.2), **profile) as file:
            for band, values in enumerate(bands, 1):
                file.write(np.array(values, dtype), band)
            for band, text in enumerate(descriptions, 1):
                file.set_band_description(band, text)
        return path

    return raster


@pytest.mark.parametrize(
    ("name", "order", "descriptions"),
    [
        ("terrain_building_clutter_25m.tif", (0, 1, 2), ()),
        ("clutter_terrain_building.tif", (2, 0, 1), ()),
        ("city.tif", (1, 2, 0), ("Building height [m]", "Clutter class", "Terrain")),
        ("city.tif", (0, 1, 2), ()),
    ],
)
def test_bands_are_told_by_descriptions_name_or_values(raster, name, order, descriptions):
    path = raster(name, [(TERRAIN, BUILDINGS, CLASSES)[i] for i in order], descriptions)
    assert detect(path) == "terrain"
    about = describe_terrain(path)
    assert (about.lowest_m, about.highest_m) == (500.0, 505.0)
    assert [note.code for note in about.notes] == ["layers.bands", "terrain.voids"]
    reading = read_terrain([path], BOX, None, sea="none")
    np.testing.assert_array_equal(reading.height_amsl_m.values, [[500, np.nan, 502], [503, 504, 505]])
    np.testing.assert_array_equal(read_obstacles([path], GRID), [[0, np.nan, 30], [12, 0, 3]])
    np.testing.assert_array_equal(read_classes([path], GRID), [[5, UNKNOWN_CLASS, 12], [14, 5, 2]])


@pytest.mark.parametrize("bands", [(TERRAIN, TERRAIN, CLASSES), (TERRAIN, BUILDINGS, TERRAIN), [TERRAIN] * 4])
def test_bands_that_nothing_tells_are_refused_with_what_to_do(raster, bands):
    with pytest.raises(FormatError) as error:
        detect(raster("city.tif", bands))
    for language in LANGUAGES:
        assert "clutter class" in render(error.value.message, language)


def test_a_terrain_of_one_band_has_no_obstacles(raster):
    path = raster("dem.tif", [TERRAIN])
    assert read_obstacles([path], GRID) is None
    assert read_classes([path], GRID) is None
    assert "layers.bands" not in {note.code for note in describe_terrain(path).notes}


SPARSE = arrays(
    np.float32, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.sampled_from([np.nan, 1.0, 5.0, 30.0])
)


@given(SPARSE, st.integers(0, 64))
def test_filling_keeps_what_is_known_and_stays_between_it(values, pixels):
    result = filled(values, pixels)
    known = ~np.isnan(values)
    np.testing.assert_array_equal(result[known], values[known])
    assert not known.any() or (np.nanmin(result) >= values[known].min() and np.nanmax(result) <= values[known].max())


@given(SPARSE)
def test_filling_far_enough_leaves_no_gap(values):
    assert np.isnan(values).all() or not np.isnan(filled(values, 256)).any()


def test_filling_follows_a_slope_and_stops_at_its_reach():
    slope = np.tile(np.arange(64, dtype=np.float32), (64, 1))
    sparse = np.where((np.arange(64)[:, None] + np.arange(64)) % 3 == 0, slope, np.nan).astype(np.float32)
    assert np.abs(filled(sparse, 64) - slope).max() < 1.0
    alone = np.full((256, 256), np.nan, np.float32)
    alone[0, 0] = 7.0
    reach = ~np.isnan(filled(alone, 16))
    assert reach[10, 10] and not reach[:, 40:].any() and not reach[40:, :].any()
