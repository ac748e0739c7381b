"""Tiles of a small invented regency: the right colour at the right place, made once, listed with legends."""

import dataclasses
import io
import json
from datetime import UTC, date, datetime

import numpy as np
import pytest
import rasterio
from PIL import Image
from pmtiles.reader import MmapSource, Reader

from jangkau.fingerprints import sha256_of
from jangkau.geo import WGS84, project
from jangkau.records import Village
from jangkau.reports import looks, ramps
from jangkau.reports.tile_archive import TILE_PIXELS, WEB_MERCATOR, Tile
from jangkau.settings import RadioSettings
from jangkau.store.rasters import read_raster
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.grade import grade
from jangkau.studies.ground_tiles import make_ground_tiles
from jangkau.studies.import_data import About, import_files
from jangkau.studies.init_region import init_region
from jangkau.studies.predict import predict, rasters_of
from jangkau.studies.prediction import Prediction
from jangkau.studies.tiles import make_run_tiles, server_colours, tile_layers
from jangkau.synthetic import make_world, write_region_files

TODAY = date(2024, 11, 11)


def circumstances():
    return Circumstances(TODAY, lambda: datetime(2024, 11, 11, 3, tzinfo=UTC), workers=2)


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    world = make_world(seed=3, side_km=15.0, villages=8, districts=2)
    files = write_region_files(world, tmp_path_factory.mktemp("brought"))
    radio = RadioSettings(resolution_m=250.0, radius_km=12.0, profile_step_m=120.0)
    path = tmp_path_factory.mktemp("region") / "contoh"
    made = init_region(path, dataclasses.replace(world.settings, radio=radio), circumstances())
    import_files(made, files, circumstances(), About("Contoh", "CC0", TODAY))
    return made


@pytest.fixture(scope="module")
def run(region):
    return predict(region, circumstances())


@pytest.fixture(scope="module")
def layers(region, run):
    # A square of the first operator's 4G is made unknown: no path crosses a void in the invented terrain.
    made = Prediction.of_run(region, run.folder)
    for quantity, unit in (("probability-served", "fraction"), ("probability-weak", "fraction"), ("rsrp", "dbm")):
        path = made.layers_of(made.layers[0].operator, "4G")[0].path(rasters_of(run), quantity, unit)
        with rasterio.open(path, "r+", IGNORE_COG_LAYOUT_BREAK="YES") as file:
            values = file.read(1)
            values[20:40, 20:40] = np.nan
            file.write(values, 1)
    return {layer.name: layer for layer in make_run_tiles(region, run.id, circumstances())}


def colour_at(path, longitude, latitude, zoom):
    """Return red, green, blue, alpha of the pixel over a position."""
    x, y = project(longitude, latitude, WGS84, WEB_MERCATOR)
    origin = Tile(zoom, 0, 0).bounds()
    column, row = (
        int((float(x) - origin.west) / Tile(zoom, 0, 0).pixel_m),
        int((origin.north - float(y)) / Tile(zoom, 0, 0).pixel_m),
    )
    with path.open("rb") as stream:
        picture = Reader(MmapSource(stream)).get(zoom, column // TILE_PIXELS, row // TILE_PIXELS)
    if picture is None:
        return (0, 0, 0, 0)
    return Image.open(io.BytesIO(picture)).convert("RGBA").getpixel((column % TILE_PIXELS, row % TILE_PIXELS))


def pixels(raster, rows, columns):
    """Return row, column, longitude and latitude of the centres of some pixels."""
    row, column = np.meshgrid(rows, columns, indexing="ij")
    x, y = raster.grid.x_centres()[column.ravel()], raster.grid.y_centres()[row.ravel()]
    return zip(row.ravel(), column.ravel(), *project(x, y, raster.grid.crs, WGS84), strict=True)


def test_every_operator_has_its_layers_with_legends(region, run, layers):
    prediction = Prediction.of_run(region, run.folder)
    wanted = {f"{layer.name}-{q}" for layer in prediction.layers for q in ("probability-served", "rsrp", "server")}
    assert set(layers) == wanted
    one = layers[f"{prediction.layers[0].name}-rsrp"]
    assert one.path == region.path / "tiles" / f"{run.id}-{one.name}.pmtiles"
    assert (one.run_id, one.operator, one.unit) == (run.id, prediction.layers[0].operator, "dbm")
    assert [(s.value, s.colour) for s in one.legend[:-1]] == ramps.RSRP_DBM.stops()
    assert (one.legend[-1].value, one.legend[-1].texture) == ("unknown", "hatched")
    assert one.coarsest < one.finest <= 9
    assert one.bounds.contains(117.0, 1.0)


@pytest.mark.parametrize(
    ("quantity", "ramp"), [("probability-served_fraction", ramps.PROBABILITY), ("rsrp_dbm", ramps.RSRP_DBM)]
)
def test_a_picture_shows_the_value_of_the_raster(region, run, layers, quantity, ramp):
    made = Prediction.of_run(region, run.folder)
    layer = made.layers_of(made.layers[-1].operator, "4G")[0]
    raster = read_raster(rasters_of(run) / f"{layer.name}_{quantity}.tif")
    tiles = layers[f"{layer.name}-{quantity.split('_')[0]}"]
    off = []
    for row, column, longitude, latitude in pixels(raster, range(8, 52, 6), range(8, 52, 6)):
        around = raster.values[row - 1 : row + 2, column - 1 : column + 2]
        if np.ptp(ramp.position(around)) < 0.1:
            expected = ramp.table(253)[round(float(ramp.position(raster.values[row, column])) * 252)]
            got = colour_at(tiles.path, longitude, latitude, tiles.finest)
            assert got[3] == 255
            off.append(np.abs(np.array(got[:3]) - expected).max())
    assert len(off) > 5
    assert max(off) < 30


def test_unknown_is_hatched_in_every_layer(region, run, layers):
    made = Prediction.of_run(region, run.folder)
    layer = made.layers_of(made.layers[0].operator, "4G")[0]
    raster = read_raster(rasters_of(run) / f"{layer.name}_rsrp_dbm.tif")
    for quantity in ("probability-served", "rsrp", "server"):
        tiles = layers[f"{layer.name}-{quantity}"]
        found = {
            colour_at(tiles.path, longitude, latitude, tiles.finest)
            for _, _, longitude, latitude in pixels(raster, range(23, 37), range(23, 37))
        }
        assert {colour[:3] for colour in found} == {looks.UNKNOWN.rgb}
        assert len({colour[3] for colour in found}) == 2


def test_outside_of_the_region_is_clear(layers):
    for layer in layers.values():
        west, _, _, north = layer.bounds
        assert colour_at(layer.path, west - 0.01, north + 0.01, layer.finest)[3] == 0


def test_tiles_are_made_once_and_the_same_again(region, run, layers):
    before = {name: (layer.path.stat().st_mtime_ns, sha256_of(layer.path)) for name, layer in layers.items()}
    again = make_run_tiles(region, run.id, circumstances())
    assert {layer.name: layer.path.stat().st_mtime_ns for layer in again} == {k: v[0] for k, v in before.items()}
    gone = again[0]
    gone.path.unlink()
    assert len(tile_layers(region.path, run.id)) == len(again) - 1
    make_run_tiles(region, run.id, circumstances())
    assert sha256_of(gone.path) == before[gone.name][1]
    assert not list((region.path / "tiles").glob(".*"))


def test_a_grading_is_drawn_as_on_the_printed_map(region, run, layers):
    graded = grade(region, circumstances()).run
    (tiles,) = make_run_tiles(region, graded.id, circumstances())
    assert [stop.value for stop in tiles.legend] == ["served", "weak", "none", "unknown"]
    operators = region.settings.operators_on(TODAY)
    classes = Prediction.of_grading(region, graded.recipe.parameters).any_class(operators, region.settings)
    served = 0
    for row, column, longitude, latitude in pixels(classes, range(5, 55, 2), range(5, 55, 2)):
        if (classes.values[row - 1 : row + 2, column - 1 : column + 2] == 3).all():
            assert colour_at(tiles.path, longitude, latitude, tiles.finest) == (*looks.SERVED.rgb, 255)
            served += 1
    assert served > 3


def test_an_operator_without_a_register_is_unknown_where_no_signal_is_known(region, run, layers):
    made = Prediction.of_run(region, run.folder)
    one = made.layers[-1]
    raster = read_raster(rasters_of(run) / f"{one.name}_probability-weak_fraction.tif")
    copied = json.loads((run.folder / "run.json").read_text("utf-8"))
    for layer in copied["summary"]["layers"]:
        layer["inventory"] = False
    kept = (run.folder / "run.json").read_bytes()
    own = layers[f"{one.name}-probability-served"].path
    own.unlink()
    (run.folder / "run.json").write_text(json.dumps(copied), "utf-8")
    try:
        tiles = {layer.name: layer for layer in make_run_tiles(region, run.id, circumstances())}
    finally:
        (run.folder / "run.json").write_bytes(kept)
    tested = 0
    for row, column, longitude, latitude in pixels(raster, range(5, 55, 2), range(5, 55, 2)):
        if (raster.values[row - 1 : row + 2, column - 1 : column + 2] < 0.05).all():
            layer = tiles[f"{one.name}-probability-served"]
            assert colour_at(layer.path, longitude, latitude, layer.finest)[:3] == looks.UNKNOWN.rgb
            tested += 1
    own.unlink()
    assert tested


def test_neighbouring_sites_have_different_hues(region, run):
    made = Prediction.of_run(region, run.folder)
    rows, tints = server_colours(made), len(ramps.SERVER_TINTS)
    hues = {}
    for server in made.servers:
        hues.setdefault((server.operator, server.technology, server.site_code), set()).add(rows[server.index] // tints)
    assert all(len(own) == 1 for own in hues.values())
    for operator, technology in {key[:2] for key in hues}:
        own = [next(iter(hue)) for key, hue in hues.items() if key[:2] == (operator, technology)]
        assert len(set(own)) == min(len(own), len(ramps.SERVER_HUES))


def test_the_ground_is_made_once_and_again_when_it_changes(region):
    files = {path.name: path for path in make_ground_tiles(region, circumstances())}
    assert set(files) == {"base.pmtiles", "districts.geojson", "villages.geojson", "rivers.geojson", "labels.geojson"}
    times = {name: path.stat().st_mtime_ns for name, path in files.items()}
    first = sha256_of(files["base.pmtiles"])
    assert [p.stat().st_mtime_ns for p in make_ground_tiles(region, circumstances())] == list(times.values())
    files["base.pmtiles"].unlink()
    stale = json.loads(files["villages.geojson"].read_text("utf-8")) | {"made_from": "elsewhere"}
    files["villages.geojson"].write_text(json.dumps(stale), "utf-8")
    make_ground_tiles(region, circumstances())
    assert sha256_of(files["base.pmtiles"]) == first
    assert json.loads(files["villages.geojson"].read_text("utf-8"))["made_from"] != "elsewhere"
    assert not list((region.path / "tiles").glob(".*"))


def test_outlines_and_names_say_what_the_store_says(region):
    files = {path.name: path for path in make_ground_tiles(region, circumstances())}
    with region.store(circumstances().clock()) as store:
        villages = {v.code: v for v in store.read(Village, as_of=TODAY)}
    drawn = json.loads(files["villages.geojson"].read_text("utf-8"))["features"]
    assert {f["properties"]["code"]: f["properties"]["name"] for f in drawn} == {k: v.name for k, v in villages.items()}
    labels = json.loads(files["labels.geojson"].read_text("utf-8"))["features"]
    kinds = [f["properties"]["kind"] for f in labels]
    assert kinds.count("village") == 8
    assert kinds.count("district") == 2
    assert "settlement" in kinds
    assert "polling_station" not in kinds


def test_the_relief_has_quiet_shadows_and_lights(region):
    base = next(p for p in make_ground_tiles(region, circumstances()) if p.name == "base.pmtiles")
    with base.open("rb") as stream:
        reader = Reader(MmapSource(stream))
        zoom = reader.header()["max_zoom"]
        west, north = reader.header()["min_lon_e7"] / 1e7, reader.header()["max_lat_e7"] / 1e7
    places = [(west + 0.001 * i, north - 0.001 * k) for i in range(5, 100, 9) for k in range(5, 100, 9)]
    found = np.array([colour_at(base, *place, zoom) for place in places])
    dark, light = (found[:, 0] == 0) & (found[:, 3] > 0), found[:, 0] == 255
    assert dark.any()
    assert light.any()
    assert found[:, 3].max() < 160
