"""Pictures of tiles and their archives: colours, hatching, zooms, bytes."""

import contextlib
import io

import matplotlib
import numpy as np
import pytest
from PIL import Image
from pmtiles.reader import MmapSource, Reader, all_tiles

from jangkau.geo import Bounds
from jangkau.reports import looks, ramps
from jangkau.reports.tile_archive import MOST_TILES, TILE_PIXELS, Tile, TileSet, read_archive, write_archive
from jangkau.reports.tile_pictures import (
    CLASS_PALETTE,
    FLAT_LIGHT,
    RELIEF_PALETTE,
    class_index,
    ramp_index,
    ramp_palette,
    relief_index,
    server_index,
    server_palette,
)

SHAPE = (64, 64)
EVERYWHERE = np.ones(SHAPE, bool)


def seen(palette, index):
    return np.asarray(Image.open(io.BytesIO(palette.png(index))).convert("RGBA"))


def is_hatched(picture):
    """Tell whether a picture is the grey of unknown in two opacities, and nothing else."""
    grey = (picture[..., :3] == looks.UNKNOWN.rgb).all()
    return grey and len(np.unique(picture[..., 3])) == 2 and picture[..., 3].min() > 0


def test_the_colours_of_probability_are_cividis():
    cividis = np.array([matplotlib.colormaps["cividis"](share)[:3] for share in np.linspace(0.0, 1.0, 101)]) * 255.0
    away = np.abs(ramps.PROBABILITY.table(101) - cividis)
    assert away.mean() < 1.5
    assert away.max() < 11.0


@pytest.mark.parametrize("ramp", [ramps.PROBABILITY, ramps.RSRP_DBM])
def test_a_ramp_grows_lighter_so_that_it_speaks_in_grey(ramp):
    grey = ramp.table(50) @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(grey) > 0.0).all()
    assert ramp.stops(3)[0] == (ramp.low, ramp.anchors[0])
    assert ramp.stops(3)[-1] == (ramp.high, ramp.anchors[-1])


def test_values_have_the_colours_of_the_legend():
    palette = ramp_palette(ramps.RSRP_DBM)
    for value, colour in ramps.RSRP_DBM.stops(7):
        picture = seen(palette, ramp_index(np.full(SHAPE, value), ramps.RSRP_DBM, EVERYWHERE))
        assert np.abs(picture[5, 5, :3].astype(int) - looks.rgb(colour)).max() <= 2
        assert picture[..., 3].min() == 255


def test_values_beyond_a_ramp_have_the_colour_of_its_end():
    low = ramp_index(np.full(SHAPE, -200.0), ramps.RSRP_DBM, EVERYWHERE)
    assert (low == ramp_index(np.full(SHAPE, -130.0), ramps.RSRP_DBM, EVERYWHERE)).all()


def test_unknown_is_hatched_grey_and_outside_is_clear():
    nothing, nowhere = np.full(SHAPE, np.nan), ~EVERYWHERE
    assert is_hatched(seen(ramp_palette(ramps.PROBABILITY), ramp_index(nothing, ramps.PROBABILITY, EVERYWHERE)))
    assert is_hatched(seen(CLASS_PALETTE, class_index(np.zeros(SHAPE, np.uint8), EVERYWHERE)))
    assert not ramp_index(nothing, ramps.PROBABILITY, nowhere).any()
    assert not class_index(np.ones(SHAPE, np.uint8), nowhere).any()
    assert seen(CLASS_PALETTE, np.zeros(SHAPE, np.uint8))[..., 3].max() == 0


@pytest.mark.parametrize(("number", "look"), [(1, looks.NONE), (2, looks.WEAK), (3, looks.SERVED)])
def test_a_grade_has_its_colour_and_its_texture(number, look):
    picture = seen(CLASS_PALETTE, class_index(np.full(SHAPE, number, np.uint8), EVERYWHERE))
    own = (picture[..., :3] == look.rgb).all(axis=2)
    assert own.mean() > 0.7
    assert own.all() == (look.texture == "plain")


def test_servers_have_their_own_colours_and_none_is_clear():
    server = np.zeros(SHAPE, np.uint16)
    server[:, 20:40], server[:, 40:] = 1, 65535
    unknown = np.zeros(SHAPE, bool)
    unknown[:, 60:] = True
    index = server_index(server, np.array([4, 7], np.uint8), 65535, unknown, EVERYWHERE)
    picture, table = seen(server_palette(), index), ramps.server_table()
    assert tuple(picture[0, 10, :3]) == tuple(table[4])
    assert tuple(picture[0, 30, :3]) == tuple(table[7])
    assert picture[:, 40:60, 3].max() == 0
    assert is_hatched(picture[:, 60:])


def test_relief_is_shadow_and_light_over_any_background():
    light = np.full(SHAPE, FLAT_LIGHT)
    light[0], light[1], light[2] = 0.0, 1.0, np.nan
    sea = np.zeros(SHAPE, bool)
    sea[3] = True
    picture = seen(RELIEF_PALETTE, relief_index(light, sea))
    assert (picture[0, :, :3] == 0).all()
    assert (picture[1, :, :3] == 255).all()
    assert picture[0, :, 3].min() > picture[1, :, 3].max() > 0
    assert (picture[[2, 4], :, 3] == 0).all()
    assert len(np.unique(picture[3].reshape(-1, 4), axis=0)) == 1
    assert picture[3, 0, 3] > 0


def test_patterns_go_on_across_the_edges_of_tiles():
    size = TILE_PIXELS
    one = class_index(
        np.repeat(np.arange(3, dtype=np.uint8), size)[None].repeat(2 * size, 0), np.ones((2 * size, 3 * size), bool)
    )
    for number in range(3):
        tile = class_index(np.full((size, size), number, np.uint8), np.ones((size, size), bool))
        whole = one[:, number * size : (number + 1) * size]
        assert (whole[:size] == tile).all()
        assert (whole[size:] == tile).all()


def test_zooms_follow_the_pixel_and_are_bounded():
    regency = Bounds(116.0, 0.0, 117.8, 1.8)  # 200 km a side
    usual = TileSet.fitting(regency, 30.0)
    assert (usual.finest, usual.coarsest) == (11, 5)
    assert 0.7 < Tile(11, 0, 0).pixel_m / 30.0 < 1.5
    assert TileSet.fitting(regency, 900.0).finest == 6
    fine = TileSet.fitting(regency, 1.0)
    assert len(fine.at(fine.finest)) <= MOST_TILES < len(TileSet(regency, 0, fine.finest + 1).at(fine.finest + 1))
    assert TileSet.fitting(Bounds(-180.0, -85.0, 180.0, 85.0), 30.0).finest <= 5


def test_a_tile_lies_where_it_should():
    (tile,) = TileSet(Bounds(116.99, 0.49, 117.01, 0.51), 8, 8).at(8)
    assert tile == Tile(8, 211, 127)
    assert tile.bounds().contains(117.0 * 111_319.49, 0.5 * 111_325.0)


def test_an_archive_is_readable_and_the_same_again(tmp_path):
    tiles = TileSet(Bounds(116.0, 0.0, 117.0, 1.0), 6, 9)

    def draw(tile):
        return None if tile.column % 2 else f"{tile.zoom}/{tile.column}/{tile.row}".encode()

    for name in ("a", "b"):
        file = contextlib.nullcontext(tmp_path / name)
        write_archive(file, tiles, draw, {"name": "x", "jangkau": {"legend": [1]}}, blank=b"blank")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    with (tmp_path / "a").open("rb") as stream:
        reader = Reader(MmapSource(stream))
        for zoom in range(6, 10):
            for tile in tiles.at(zoom):
                assert reader.get(*tile) == draw(tile)
    facts = read_archive(tmp_path / "a")
    assert (facts.coarsest, facts.finest, facts.metadata["jangkau"]) == (6, 9, {"legend": [1]})
    assert facts.bounds == tiles.bounds


def test_an_archive_of_nothing_holds_one_clear_tile(tmp_path):
    write_archive(
        contextlib.nullcontext(tmp_path / "a"),
        TileSet(Bounds(116.0, 0.0, 117.0, 1.0), 6, 9),
        lambda tile: None,
        {"name": "x"},
        blank=b"blank",
    )
    with (tmp_path / "a").open("rb") as stream:
        assert [picture for _, picture in all_tiles(MmapSource(stream))] == [b"blank"]
