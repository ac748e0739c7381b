import dataclasses
import itertools
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from matplotlib.image import imread
from numpy.typing import NDArray

from jangkau.geo import Bounds, Grid, Raster, distance_azimuth, metric_grid
from jangkau.messages import LANGUAGES, Message
from jangkau.reports import looks
from jangkau.reports.map_furniture import emptiest_corner, nice_length, units_per_km
from jangkau.reports.map_ground import Frame, ground_image, hillshade, swatch
from jangkau.reports.map_image import MapContent, Points, draw_map
from jangkau.reports.map_image import _frame as frame_of
from jangkau.reports.map_labels import place_labels
from jangkau.reports.map_page import Page

BOUNDS = Bounds(117.0, 0.0, 118.0, 0.8)
VALUES = ("served", "weak", "none", "unknown", "partial")


def terrain() -> Raster:
    grid = Grid("EPSG:4326", 116.8, 1.0, 0.01, 0.01, 120, 140)
    longitude, latitude = grid.longitude_latitude()
    height = 400.0 * np.sin(longitude * 20.0) ** 2 + 300.0 * np.cos(latitude * 15.0)
    height[:, 120:] = np.nan
    return Raster(height, grid, "height", "m")


def villages() -> list[tuple[bytes, str, dict[str, float]]]:
    boxes = [shapely.box(117.0 + 0.2 * i, 0.1, 117.2 + 0.2 * i, 0.7) for i in range(5)]
    shares = {"served": 30.0, "none": 70.0}
    return [(shapely.to_wkb(box), value, shares) for box, value in zip(boxes, VALUES, strict=True)]


def content(**changes: Any) -> MapContent:
    base = MapContent(
        title="Kabupaten Contoh",
        bounds=BOUNDS,
        as_of=date(2024, 11, 6),
        deadline=date(2024, 11, 27),
        note="Wilayah rekaan",
        terrain=terrain(),
        villages=villages(),
        districts=[(shapely.to_wkb(shapely.box(117.0, 0.1, 118.0, 0.7)), "Muara Contoh")],
        rivers=[shapely.to_wkb(shapely.LineString([(117.0, 0.4), (118.0, 0.5)]))],
        tested=Points([117.1, 117.3], [0.3, 0.3], ["served", "unknown"]),
        predicted=Points([117.5, 117.7], [0.3, 0.3], ["weak", "none"]),
        claimed=Points([117.9], [0.3]),
        sites=Points([117.2], [0.5]),
        amounts={"served": 1200.0, "none": 300.0, "unknown": 44.0},
        sources=["Sumber A", Message("value.served")],
        rules=("signal-v1",),
    )
    return dataclasses.replace(base, **changes)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_map_has_the_width_asked_for_and_the_same_bytes_twice(tmp_path: Path, language: str) -> None:
    first, second = tmp_path / "a.png", tmp_path / "b.png"
    draw_map(first, content(), language, width_px=1000)
    draw_map(second, content(), language, width_px=1000)
    assert first.read_bytes() == second.read_bytes()
    assert imread(first).shape[1] == 1000
    assert b"Matplotlib" not in first.read_bytes()


def test_nothing_known_is_still_a_map(tmp_path: Path) -> None:
    path = tmp_path / "map.png"
    draw_map(path, MapContent(title="Kosong $x$", bounds=BOUNDS, as_of=date(2024, 11, 6)), "id", width_px=600)
    assert imread(path).shape[1] == 600


def test_predicted_area_of_a_metric_grid_lies_where_it_belongs() -> None:
    grid = metric_grid(BOUNDS, "EPSG:32650", 1000.0)
    easting = np.broadcast_to(grid.x_centres(), grid.shape)
    middle = float(np.median(grid.x_centres()))
    area = Raster(np.where(easting < middle, 3, 1).astype(np.uint8), grid, "class", "")
    frame = Frame(BOUNDS, 500, 400, 0.25)
    image, inside = ground_image(content(area=area, terrain=None, villages=()), frame)
    assert inside.all()
    west, east = image[200, 100].astype(int), image[200, 400].astype(int)
    assert west[2] > west[0] + 40
    assert east[0] > east[1] + 40


def test_villages_are_filled_without_an_area_and_unknown_is_hatched() -> None:
    frame = Frame(BOUNDS, 1000, 800, 0.5)
    image, inside = ground_image(content(terrain=None), frame)
    assert 0.7 < inside.mean() < 0.8
    assert image[200:600, 10:190].std(axis=(0, 1)).max() < 1.0
    unknown = image[200:600, 620:780].mean(axis=2)
    assert unknown.std() > 15.0
    assert unknown.max() > 205.0


def test_stripes_of_a_partial_village_have_the_widths_of_its_shares() -> None:
    sample = swatch("partial", {"served": 30.0, "none": 70.0}, 680, 680, 1.0).astype(int)
    assert (sample[..., 2] > sample[..., 0]).mean() == pytest.approx(0.3, abs=0.04)
    assert swatch("partial", {}, 68, 68, 1.0).shape == (68, 68, 3)


# Machado, Oliveira and Fernandes 2009, severity 1, for linear RGB.
EYES = {
    "full": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "grey": [[0.2126, 0.7152, 0.0722]] * 3,
}


def lab(srgb: NDArray[np.float64], eye: Any) -> NDArray[np.float64]:
    """Return CIE L*a*b* of a colour as an eye sees it."""
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.asarray(eye) @ linear, 0.0, 1.0)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(np.maximum(to_xyz @ seen / np.array([0.9505, 1.0, 1.089]), 1e-6))
    return np.array([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)])


@pytest.mark.parametrize("eye", EYES)
def test_classes_stay_apart_for_every_eye(eye: str) -> None:
    seen = {v: lab(swatch(v, {}, 240, 240, 1.0).mean(axis=(0, 1)) / 255.0, EYES[eye]) for v in VALUES[:4]}
    for one, other in itertools.combinations(VALUES[:4], 2):
        apart = float(np.linalg.norm(seen[one] - seen[other]))
        assert apart > (9.0 if eye == "grey" else 15.0), (one, other, apart)


def test_textures_repeat_the_classes_in_grey() -> None:
    spread = {v: float(swatch(v, {}, 240, 240, 1.0).mean(axis=2).std()) for v in VALUES[:4]}
    assert spread["served"] < 1.0
    assert min(spread[v] for v in ("weak", "none", "unknown")) > 5.0
    assert {looks.VALUE_LOOKS[v].texture for v in VALUES} == {"plain", "dots", "lines", "hatched", "shares"}


def test_slopes_to_the_north_west_are_lit() -> None:
    frame = Frame(Bounds(117.0, 0.0, 117.1, 0.1), 50, 50, 1.0)
    x, y = np.meshgrid(np.arange(50.0), np.arange(50.0))
    north_west = hillshade(np.where(x + y < 50, x + y, 100 - x - y) * 20.0, frame)
    assert north_west[10, 10] > 0.9 > 0.5 > north_west[40, 40]
    assert hillshade(np.zeros((50, 50)), frame) == pytest.approx(np.sqrt(0.5), abs=1e-6)


@pytest.mark.parametrize("bounds", [BOUNDS, Bounds(100.0, 58.0, 103.0, 59.0), Bounds(100.0, -3.0, 100.5, -1.0)])
def test_proportions_and_scale_are_true_at_the_middle(bounds: Bounds) -> None:
    frame = frame_of(bounds, 900.0, 1.0)
    box = frame.bounds
    assert box.west < bounds.west < bounds.east < box.east
    assert box.south < bounds.south < bounds.north < box.north
    middle = (box.west + box.east) / 2.0, (box.south + box.north) / 2.0
    east_m, _ = distance_azimuth(*middle, middle[0] + 0.01, middle[1])
    column, row = frame.pixel(middle[0] + 0.01, middle[1])
    start, level = frame.pixel(*middle)
    assert level == pytest.approx(row)
    assert float(column - start) / (float(east_m) / 1000.0) == pytest.approx(units_per_km(frame), rel=1e-6)
    north_m, _ = distance_azimuth(*middle, middle[0], middle[1] + 0.01)
    _, above = frame.pixel(middle[0], middle[1] + 0.01)
    assert float(level - above) / (float(north_m) / 1000.0) == pytest.approx(units_per_km(frame), rel=0.01)


@pytest.mark.parametrize(("longest", "nice"), [(7.3, 5.0), (1.0, 1.0), (0.99, 0.5), (49.0, 20.0), (250.0, 200.0)])
def test_scale_lengths_are_round(longest: float, nice: float) -> None:
    assert nice_length(longest) == pytest.approx(nice)


def test_scale_stands_where_the_region_is_not() -> None:
    frame = Frame(BOUNDS, 1400, 1000, 1.0)
    inside = np.ones((1000, 1400), dtype=bool)
    inside[:300, 700:] = False
    left, top, _, _ = emptiest_corner(inside, frame)
    assert left > 700
    assert top < 300


def test_names_do_not_cover_each_other_or_taken_boxes() -> None:
    frame = Frame(BOUNDS, 700, 560, 0.5)
    named = [
        (shapely.to_wkb(shapely.box(117.0 + 0.1 * i, 0.1 * j, 117.1 + 0.1 * i, 0.1 * j + 0.1)), f"Muara Nama {i}{j}")
        for i in range(10)
        for j in range(8)
    ]
    taken = (20.0, 900.0, 440.0, 1100.0)
    labels = place_labels(Page(1200.0, 1000, "id"), frame, named, np.zeros((0, 2)), [taken])
    assert len(labels) > 20
    for one, other in itertools.combinations([taken, *(label.box for label in labels)], 2):
        assert one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]
