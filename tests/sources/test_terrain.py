"""Terrain and land cover: many files become one grid, and what is missing stays missing."""

import numpy as np
import pytest
import rasterio
from affine import Affine

from jangkau.errors import FormatError
from jangkau.geo import Bounds, project_bounds
from jangkau.messages import LANGUAGES, render
from jangkau.sources.land_cover import (
    UNKNOWN_CLASS,
    read_clutter_table,
    read_land_cover,
)
from jangkau.sources.terrain import describe_terrain, read_terrain

BOX = Bounds(117.0, 0.5, 117.1, 0.6)


@pytest.fixture
def tile(tmp_path):
    def tile(name, values, box=BOX, *, crs="EPSG:4326", nodata=None, unit=None, scale=None):
        values = np.asarray(values)
        rows, columns = values.shape
        path = tmp_path / name
        profile = {"driver": "GTiff", "height": rows, "width": columns, "count": 1, "dtype": values.dtype}
        width, height = (box.east - box.west) / columns, (box.north - box.south) / rows
        place = Affine(width, 0.0, box.west, 0.0, -height, box.north)
        with rasterio.open(path, "w", transform=place, crs=crs, nodata=nodata, **profile) as file:
            file.write(values, 1)
            if unit:
                file.units = (unit,)
            if scale:
                file.scales = (scale,)
        return path

    return tile


def slope(rows=40, columns=40):
    return np.linspace(0.0, 100.0, rows * columns, dtype=np.float32).reshape(rows, columns)


def test_one_tile_comes_back_as_it_was(tile):
    path = tile("a.tif", slope())
    found = read_terrain([path], BOX, None, sea="none")
    assert found.pixel_deg == 0.0025
    assert found.height_amsl_m.values.dtype == np.float32
    assert found.height_amsl_m.grid.shape == (40, 40)
    np.testing.assert_allclose(found.height_amsl_m.values, slope(), atol=1e-3)
    assert found.sea.dtype == np.uint8
    assert not found.sea.any()
    assert found.sources == ("a.tif",)
    assert found.notes == []


def test_the_finest_tile_wins_and_gives_the_pixel(tile):
    coarse = tile("coarse.tif", np.full((10, 10), 5.0, np.float32))
    fine = tile("fine.tif", np.full((20, 20), 9.0, np.float32), Bounds(117.0, 0.55, 117.05, 0.6))
    for paths in ([coarse, fine], [fine, coarse]):
        found = read_terrain(paths, BOX, None, sea="none")
        assert found.sources == ("coarse.tif", "fine.tif")
        assert found.pixel_deg == 0.0025
        values = found.height_amsl_m.at([117.02, 117.08], [0.58, 0.52])
        assert values.tolist() == [9.0, 5.0]


def test_a_projected_tile_is_warped_and_its_surroundings_are_not_sea(tile):
    utm = project_bounds(Bounds(117.02, 0.52, 117.08, 0.58), "EPSG:4326", "EPSG:32650")
    path = tile("utm.tif", np.full((60, 60), 7.0, np.float32), utm, crs="EPSG:32650", nodata=-9999)
    found = read_terrain([path], BOX, 0.001, sea="nodata")
    assert found.height_amsl_m.at(117.05, 0.55) == 7.0
    assert np.isnan(found.height_amsl_m.at(117.01, 0.51))
    assert not found.sea.any()
    assert "unknown" in render(found.notes[0], "en")


@pytest.mark.parametrize("dtype", ["int16", "float32"])
@pytest.mark.parametrize("pixel_deg", [0.01, 0.0025, 0.007])
def test_missing_heights_are_never_blended(tile, dtype, pixel_deg):
    values = np.full((10, 10), 100, dtype)
    values[:, 5:] = -9999
    path = tile("a.tif", values, nodata=-9999)
    for sea in ("none", "nodata"):
        found = read_terrain([path], BOX, pixel_deg, sea=sea)
        heights = found.height_amsl_m.values
        assert set(np.unique(heights[np.isfinite(heights)])) <= {100.0, 0.0}
        west, east = found.height_amsl_m.at([117.02, 117.08], [0.55, 0.55])
        assert west == 100.0
        if sea == "nodata":
            assert east == 0.0
            assert bool(found.sea[5 * len(heights) // 10, -2])
        else:
            assert np.isnan(east)


def test_sea_of_one_file_is_land_where_another_knows_it(tile):
    a = tile("a.tif", np.full((10, 10), -9999, np.int16), nodata=-9999)
    b = tile("b.tif", np.full((5, 5), 3, np.int16), Bounds(117.0, 0.55, 117.05, 0.6))
    found = read_terrain([a, b], BOX, None, sea="nodata")
    assert found.sea.sum() == 75
    assert found.height_amsl_m.at(117.02, 0.58) == 3.0


def test_feet_are_converted_with_a_note(tile):
    path = tile("a.tif", np.full((10, 10), 1000.0, np.float32), unit="ft")
    found = read_terrain([path], BOX, None, sea="none")
    assert found.height_amsl_m.values[5, 5] == pytest.approx(304.8)
    assert render(found.notes[0], "en") == "a.tif gives heights in feet; they were converted to metres."
    about = describe_terrain(path)
    assert (about.unit, about.highest_m) == ("ft", pytest.approx(304.8))
    plain = tile("b.tif", np.full((10, 10), 1000.0, np.float32))
    assert read_terrain([plain], BOX, None, sea="none", unit="ft").height_amsl_m.values[5, 5] == pytest.approx(304.8)


def test_a_scaled_band_is_read_in_metres(tile):
    path = tile("a.tif", np.full((10, 10), 1000, np.int16), scale=0.1)
    assert read_terrain([path], BOX, None, sea="none").height_amsl_m.values[5, 5] == pytest.approx(100.0)


def test_a_description_is_cheap_and_complete(tile):
    values = slope()
    values[:20] = -9999
    about = describe_terrain(tile("a.tif", values, nodata=-9999))
    assert (about.crs, about.unit, about.pixel_deg) == ("EPSG:4326", "m", 0.0025)
    assert about.bounds == pytest.approx(BOX)
    assert about.void_share == 0.5
    assert about.highest_m == pytest.approx(100.0)
    assert render(about.notes[0], "en").startswith("50.0 % of a.tif have no height.")


@pytest.mark.parametrize("name", ["N00E117.hgt", "3f2a-n00e117.SRTMGL1.hgt"])
def test_hgt_is_placed_by_its_name(tmp_path, name):
    values = np.add.outer(np.arange(1201), np.arange(1201) // 10)
    values[0, 0] = -32768
    path = tmp_path / name
    values.astype(">i2").tofile(path)
    about = describe_terrain(path)
    assert about.pixel_deg == pytest.approx(1 / 1200)
    assert about.bounds == pytest.approx((117 - 1 / 2400, -1 / 2400, 118 + 1 / 2400, 1 + 1 / 2400))
    found = read_terrain([path], Bounds(117.1, 0.1, 117.2, 0.2), None, sea="none")
    assert found.height_amsl_m.at(117.15, 0.15) == pytest.approx(0.85 * 1200 + 0.15 * 120, abs=1.0)


def expect(error, code, said):
    assert error.value.message.code == code
    assert said in str(error.value)
    for language in LANGUAGES:
        assert not render(error.value.message, language).startswith(code)


@pytest.mark.parametrize(
    ("high", "low", "code", "said"),
    [
        (9843.0, 3.0, "terrain.impossible_heights", "Are they feet or decimetres?"),
        (100.0, -800.0, "terrain.impossible_heights", "heights from -800 to 100"),
        (100.0, -9999.0, "terrain.undeclared_nodata", "writes -9999 for missing heights without saying so"),
    ],
)
def test_impossible_heights_are_asked_about(tile, high, low, code, said):
    values = slope() / 100.0 * high
    values[0, 0] = low
    path = tile("a.tif", values.astype(np.float32))
    with pytest.raises(FormatError) as error:
        describe_terrain(path)
    expect(error, code, said)
    with pytest.raises(FormatError) as error:
        read_terrain([path], BOX, None, sea="none")
    expect(error, code, said)


def test_files_that_cannot_be_terrain_are_said(tile, write):
    with pytest.raises(FormatError) as error:
        describe_terrain(tile("a.tif", slope(), crs=None))
    expect(error, "terrain.no_crs", "Assign projection")
    with pytest.raises(FormatError) as error:
        describe_terrain(write("b.tif", "no raster"))
    expect(error, "terrain.unreadable", "b.tif cannot be read as a raster")
    with pytest.raises(FormatError) as error:
        describe_terrain(tile("c.tif", np.full((4, 4), -9999.0, np.float32), nodata=-9999))
    expect(error, "terrain.empty", "no heights at all")
    with pytest.raises(FormatError) as error:
        describe_terrain(write("tile.hgt", b"\x00" * 8))
    expect(error, "terrain.hgt_name", "N00E117.hgt")
    with pytest.raises(FormatError) as error:
        read_terrain([tile("d.tif", slope())], Bounds(100.0, 0.0, 101.0, 1.0), None, sea="none")
    expect(error, "terrain.elsewhere", "None of d.tif touches the region")
    with pytest.raises(FormatError) as error:
        read_terrain([tile("e.tif", slope())], Bounds(116.0, 0.0, 119.0, 2.0), 1e-5, sea="none")
    expect(error, "terrain.too_large", "more than 400,000,000")


def test_land_cover_lies_on_the_grid_of_the_terrain(tile):
    grid = read_terrain([tile("a.tif", slope())], BOX, None, sea="none").height_amsl_m.grid
    classes = np.full((20, 10), 10, np.uint8)
    classes[:, 5:] = 80
    classes[0, 0] = 0
    half = tile("lc.tif", classes, Bounds(117.0, 0.5, 117.05, 0.6))
    cover = read_land_cover([half], grid)
    assert cover.values.dtype == np.uint8
    assert cover.values.shape == grid.shape
    assert set(np.unique(cover.values)) == {10, 80, UNKNOWN_CLASS}
    assert cover.values[0, 0] == UNKNOWN_CLASS
    other = tile("lc2.tif", np.full((20, 20), 50, np.uint8))
    assert (read_land_cover([half, other], grid).values == 50).sum() == (cover.values == UNKNOWN_CLASS).sum()


def test_the_built_in_table_gives_heights_clearings_and_wood():
    table = read_clutter_table()
    assert sorted(table) == [10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100]
    told = {code: (e.clutter_height_m, e.terminal_clearing_m, e.woodland) for code, e in table.items()}
    assert {told[code] for code in (10, 95)} == {(15.0, 20.0, True)}
    assert (told[50], told[30], told[80]) == ((10.0, 15.0, False), (0.0, 25.0, False), (0.0, 25.0, False))
    assert all(entry.name_id and entry.source for entry in table.values())


def test_the_user_edits_the_table(write):
    header = "class;name_en;name_id;clutter_height_m;terminal_clearing_m;woodland;source\n"
    table = read_clutter_table(write("own.csv", "\ufeff" + header + "10;oil palm;sawit;12,5;8;0;survey\n"))
    assert (table[10].clutter_height_m, table[10].name_id) == (12.5, "sawit")
    with pytest.raises(FormatError) as error:
        read_clutter_table(write("own.csv", header + "10;oil palm;sawit;high;8;0;survey\n"))
    assert str(error.value) == "own.csv, row 2: clutter_height_m is high; it must be a number from 0 to 200."
    with pytest.raises(FormatError, match="lacks the columns"):
        read_clutter_table(write("own.csv", "class,name\n10,a\n"))


def test_a_turned_tile_covers_only_itself(tmp_path):
    path = tmp_path / "turned.tif"
    turned = Affine(0.0035, -0.0035, 117.05, -0.0035, -0.0035, 0.6)
    profile = {"driver": "GTiff", "height": 10, "width": 10, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with rasterio.open(path, "w", transform=turned, nodata=-9999, **profile) as file:
        file.write(np.full((10, 10), -9999, np.float32), 1)
    found = read_terrain([path], BOX, 0.001, sea="nodata")
    assert 0.1 < found.sea.mean() < 0.5
