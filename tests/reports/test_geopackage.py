import contextlib
import sqlite3
import time
import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path

import pyogrio.raw
import pytest
import shapely

from jangkau.messages import LANGUAGES
from jangkau.reports.geopackage import Layer, write_geopackage
from jangkau.reports.looks import SERVED, VALUE_LOOKS
from jangkau.reports.qgis_styles import STYLES, style_qml

POINTS = [shapely.to_wkb(shapely.Point(117.0 + i, 0.5)) for i in range(3)]
SQUARE = shapely.box(117, 0, 118, 1)
LAYERS = [
    Layer(
        "places",
        "Titik",
        [*POINTS, None],
        {
            "value": ["served", "none", "unknown", None],
            "evidence": ["tested", "predicted", "nothing", "nothing"],
            "people": [12, None, 3, 4],
            "level_dbm": [-101.5, None, float("nan"), -90],
            "evidence_date": [date(2024, 11, 2), None, None, None],
            "stale": [True, None, False, False],
            "remark": [None] * 4,
        },
        "points",
    ),
    Layer(
        "villages",
        "Desa",
        [shapely.to_wkb(SQUARE), shapely.to_wkb(shapely.MultiPolygon([SQUARE]))],
        {"value": ["partial", "unknown"]},
        "areas",
    ),
    Layer("gaps", "Blank spot", [], {"value": []}, "gaps", "MultiPolygon"),
]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "grades.gpkg"
    write_geopackage(path, LAYERS, last_change=date(2024, 11, 6))
    return path


def test_the_same_input_gives_the_same_bytes(written: Path, tmp_path: Path) -> None:
    time.sleep(1.1)
    again = tmp_path / "again.gpkg"
    write_geopackage(again, LAYERS, last_change=date(2024, 11, 6))
    first = written.read_bytes()
    assert again.read_bytes() == first
    write_geopackage(again, LAYERS, last_change=date(2024, 11, 6))
    assert again.read_bytes() == first


def test_values_come_back_with_their_types_and_what_is_missing_is_null(written: Path) -> None:
    with contextlib.closing(sqlite3.connect(written)) as database:
        rows = database.execute(
            "SELECT value, people, level_dbm, evidence_date, stale, remark, geom IS NULL FROM places ORDER BY fid"
        ).fetchall()
    assert rows == [
        ("served", 12, -101.5, "2024-11-02", 1, None, 0),
        ("none", None, None, None, None, None, 0),
        ("unknown", 3, None, None, 0, None, 0),
        (None, 4, -90.0, None, 0, None, 1),
    ]


def test_geometries_come_back_in_wgs_84(written: Path) -> None:
    assert [tuple(row) for row in pyogrio.list_layers(written)][:3] == [
        ("places", "Point"),
        ("villages", "MultiPolygon"),
        ("gaps", "MultiPolygon"),
    ]
    meta, _, geometry, _ = pyogrio.raw.read(written, layer="villages")
    assert meta["crs"] == "EPSG:4326"
    assert all(shapely.from_wkb(wkb).equals(SQUARE) for wkb in geometry)


def test_each_layer_has_its_style_and_the_table_is_registered(written: Path) -> None:
    with contextlib.closing(sqlite3.connect(written)) as database:
        rows = database.execute(
            "SELECT f_table_name, f_geometry_column, useAsDefault, styleQML, update_time FROM layer_styles ORDER BY id"
        ).fetchall()
        contents = dict(database.execute("SELECT table_name, data_type FROM gpkg_contents").fetchall())
        times = {row[0] for row in database.execute("SELECT last_change FROM gpkg_contents")}
        titles = [row[0] for row in database.execute("SELECT description FROM gpkg_contents")]
    assert [row[0] for row in rows] == ["places", "villages", "gaps"]
    assert {row[1:3] for row in rows} == {("geom", 1)}
    for row in rows:
        assert ET.fromstring(row[3]).tag == "qgis"
    assert times == {"2024-11-06T00:00:00.000Z"} == {row[4] for row in rows}
    assert contents["layer_styles"] == "attributes"
    assert titles[:3] == ["Titik", "Desa", "Blank spot"]


def test_a_style_that_does_not_exist_leaves_the_old_file(written: Path) -> None:
    before = written.read_bytes()
    with pytest.raises(KeyError):
        write_geopackage(written, [Layer("x", "x", [], {}, "rainbow", "Point")], last_change=date(2024, 11, 6))
    assert written.read_bytes() == before


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("style", STYLES)
def test_styles_are_well_formed_and_every_symbol_exists(style: str, language: str) -> None:
    root = ET.fromstring(style_qml(style, language))
    symbols = {symbol.get("name") for symbol in root.findall("./renderer-v2/symbols/symbol")}
    used = {category.get("symbol") for category in root.iter("category")}
    assert used <= symbols
    assert symbols
    assert not any("map." in str(category.get("label")) for category in root.iter("category"))


@pytest.mark.parametrize("style", ["areas", "hexagons"])
def test_areas_have_a_category_for_every_grade_and_unknown_is_hatched(style: str) -> None:
    root = ET.fromstring(style_qml(style, "id"))
    assert [category.get("value") for category in root.iter("category")] == list(VALUE_LOOKS)
    renderer = root.find("renderer-v2")
    assert renderer is not None
    assert renderer.get("attr") == "value"
    symbols = root.findall("./renderer-v2/symbols/symbol")
    classes = [[layer.get("class") for layer in symbol.findall("layer")] for symbol in symbols]
    assert classes[3] == ["SimpleFill", "LinePatternFill"]
    colour = symbols[0].find(".//Option[@name='color']")
    assert colour is not None
    assert colour.get("value") == ",".join(map(str, SERVED.rgb)) + ",255"


def test_tested_points_are_circles_and_predicted_ones_squares() -> None:
    root = ET.fromstring(style_qml("points", "en"))
    values = {c.get("value"): c.get("symbol") for c in root.iter("category")}
    for value, shape in (("tested served", "circle"), ("other served", "square")):
        symbol = root.find(f"./renderer-v2/symbols/symbol[@name='{values[value]}']")
        assert symbol is not None
        assert symbol.findall(".//Option[@name='name']")[-1].get("value") == shape
