"""Outlines from every kind of map file."""

import json

import numpy as np
import pyogrio
import pytest
import shapely

from jangkau.errors import FormatError
from jangkau.geo import Bounds, project
from jangkau.messages import render
from jangkau.records import District, Village
from jangkau.sources.boundaries import districts_from_villages, read_boundaries
from jangkau.sources.detect import detect, read
from jangkau.sources.reading import Surroundings


def box(west, south, east, north):
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def feature(coordinates, kind="Polygon", **properties):
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def geojson(*features):
    return json.dumps({"type": "FeatureCollection", "features": features})


A = feature(box(117.0, 0.5, 117.1, 0.6), kode="64.08.04.2001", nama="A", kecamatan="Sangatta Utara")
B = feature(box(117.1, 0.5, 117.2, 0.6), kode="64.08.04.1003", nama="B", kecamatan="Sangatta Utara")


def outline(record):
    return shapely.from_wkb(record.geometry_wkb)


def test_villages_and_the_districts_that_they_name(write, origin):
    path = write("desa.geojson", geojson(A, B))
    reading = read(path, "boundaries", origin)
    a, b, district = reading.records
    assert isinstance(a, Village)
    assert (a.code, a.name, a.kind, a.district_code) == ("64.08.04.2001", "A", "desa", "64.08.04")
    assert b.kind == "kelurahan"
    assert outline(a).bounds == (117.0, 0.5, 117.1, 0.6)
    assert isinstance(district, District)
    assert (district.code, district.name, district.geometry_wkb) == ("64.08.04", "Sangatta Utara", None)
    assert (reading.rows_read, reading.refused, reading.notes) == (2, [], [])
    assert detect(path) == "boundaries"


def test_districts_are_dissolved_from_their_villages(write, origin):
    villages = [r for r in read_boundaries(write("a.geojson", geojson(A, B)), origin).records if isinstance(r, Village)]
    (district,) = districts_from_villages(villages, origin, {"64.08.04": "Sangatta Utara"})
    assert (district.code, district.name) == ("64.08.04", "Sangatta Utara")
    assert outline(district).equals(shapely.box(117.0, 0.5, 117.2, 0.6))


def test_a_gap_between_villages_is_no_hole_in_the_district(write, origin):
    ring = [*box(117.0, 0.5, 117.1, 0.6), [[117.05, 0.55], [117.051, 0.55], [117.051, 0.551], [117.05, 0.55]]]
    enclave = [*box(117.1, 0.5, 117.2, 0.6), *box(117.14, 0.54, 117.16, 0.56)]
    path = write("a.geojson", geojson(feature(ring, kode="64.08.04.2001"), feature(enclave, kode="64.08.04.2002")))
    villages = [r for r in read_boundaries(path, origin).records if isinstance(r, Village)]
    (district,) = districts_from_villages(villages, origin)
    (part,) = outline(district).geoms
    assert len(part.interiors) == 1


@pytest.mark.parametrize(
    ("ending", "crs"),
    [
        *((ending, crs) for ending in ("gpkg", "shp", "geojson") for crs in ("EPSG:4326", "EPSG:32650")),
        ("kml", "EPSG:4326"),
    ],
)
def test_every_format_and_coordinate_system(tmp_path, origin, ending, crs):
    x, y = project([117.0, 117.1, 117.1, 117.0], [0.5, 0.5, 0.6, 0.6], "EPSG:4326", crs)
    polygon = shapely.polygons(np.column_stack([x, y]))
    path = tmp_path / f"desa.{ending}"
    driver = {"kml": "LIBKML"}.get(ending)
    pyogrio.raw.write(
        path,
        shapely.to_wkb(np.array([polygon])),
        [np.array(["64.08.04.2001"], dtype=object), np.array(["Sangatta"], dtype=object)],
        ["KODE", "NAMA"],
        geometry_type="Polygon",
        crs=crs,
        driver=driver,
    )
    assert detect(path) == "boundaries"
    (village,) = read(path, "boundaries", origin).records
    assert (village.code, village.name, village.district_code) == ("64.08.04.2001", "Sangatta", "64.08.04")
    assert outline(village).bounds == pytest.approx((117.0, 0.5, 117.1, 0.6), abs=1e-5)


def test_a_broken_ring_is_repaired_and_named(write, origin):
    bow = [[[117.0, 0.5], [117.1, 0.6], [117.1, 0.5], [117.0, 0.6], [117.0, 0.5]]]
    reading = read(write("a.geojson", geojson(feature(bow, kode="64.08.04.2001"))), "boundaries", origin)
    assert outline(reading.records[0]).is_valid
    assert [render(n, "en") for n in reading.notes] == [
        "Outlines that crossed themselves or had broken rings, repaired: 1 (64.08.04.2001)."
    ]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (feature(box(117.0, 0.5, 117.1, 0.6), warna="hijau"), "The feature has no code. Its properties are: warna."),
        (feature(box(117.0, 0.5, 117.1, 0.6), kode="64.08"), "64.08 is the code of neither a village"),
        (
            feature(box(117.0, 0.5, 117.1, 0.6), kode="64.03.04.2001"),
            "64.03.04.2001 belongs to another regency than 64.08.",
        ),
        (feature([117.0, 0.5], "Point", kode="64.08.04.2005"), "The feature 64.08.04.2005 has no area."),
        (A, "code 64.08.04.2001 was already used in row 1."),
        (
            feature(box(0.5, 117.0, 0.6, 117.1), kode="64.08.04.2005"),
            "0.55, 117.05: longitude and latitude are swapped.",
        ),
        (feature(box(106.0, -6.0, 106.1, -5.9), kode="64.08.04.2005"), "106.05, -5.95 lies far outside the region"),
    ],
)
def test_features_that_cannot_be_used_are_refused(write, origin, wrong, reason):
    around = Surroundings(bounds=Bounds(116.0, 0.0, 119.0, 1.9), region_code="64.08")
    reading = read(write("a.geojson", geojson(A, wrong)), "boundaries", origin, around)
    (refusal,) = reading.refused
    assert refusal.row == 2
    assert render(refusal.reason, "en").startswith(reason)
    assert not render(refusal.remedy, "id").startswith("row.")


@pytest.mark.parametrize("code", ["64.08.04.2001", "6408042001"])
@pytest.mark.parametrize("region", ["", "64.08", "6408"])
def test_a_village_of_the_region_is_known_with_and_without_dots(write, origin, code, region):
    path = write("a.geojson", geojson(feature(box(117.0, 0.5, 117.1, 0.6), kode=code)))
    reading = read(path, "boundaries", origin, Surroundings(region_code=region))
    assert ([r.code for r in reading.records], reading.refused) == ([code], [])


def test_metres_without_a_coordinate_system_are_said(tmp_path, origin):
    path = tmp_path / "desa.shp"
    polygon = shapely.to_wkb(np.array([shapely.box(520000, 45000, 530000, 55000)]))
    with pytest.warns(UserWarning, match="crs"):
        pyogrio.raw.write(path, polygon, [np.array(["64.08.04.2001"], dtype=object)], ["KODE"], geometry_type="Polygon")
    with pytest.raises(FormatError) as error:
        read(path, "boundaries", origin)
    assert str(error.value) == (
        "desa.shp has coordinates such as 520000, 45000, which are no degrees, and does not say in which coordinate "
        "system. Export it again as WGS 84 (EPSG:4326), or with its .prj file."
    )


@pytest.mark.parametrize("content", ["{}", '{"type": "FeatureCollection", "features": []}', "{broken"])
def test_a_map_without_shapes_is_said(write, origin, content):
    with pytest.raises(FormatError) as error:
        read(write("a.geojson", content), "boundaries", origin)
    assert error.value.message.code in ("boundaries.unreadable", "boundaries.no_shapes")


def test_rivers_are_kept_as_they_are(write, origin):
    path = write("rivers.geojson", geojson(feature([[117.0, 0.5], [117.1, 0.6]], "LineString", a=1)))
    assert detect(path) == "rivers"
    reading = read(path, "rivers", origin)
    assert (reading.records, reading.rows_read) == ([], 1)
    assert render(reading.notes[0], "id") == "1 garis disimpan apa adanya; garis itu digambar di peta."
