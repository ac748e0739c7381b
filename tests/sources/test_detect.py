"""What a file is, by its content."""

import numpy as np
import pytest
import rasterio
from affine import Affine

from jangkau.errors import FormatError
from jangkau.messages import LANGUAGES, render
from jangkau.sources.detect import KINDS, RASTER_KINDS, READERS, detect, read


def test_remote_villages_are_not_taken_for_villages(write):
    names = "village_code,village\n64.08.04.2001,A\n"
    assert detect(write("daftar_desa_3t.csv", names)) == "remote_villages"
    assert detect(write("villages.csv", names)) == "villages"
    assert detect(write("list.csv", "kode_desa\n64.08.04.2001\n")) == "remote_villages"
    full = "village_code,village,district_code,population\n64.08.04.2001,A,64.08.04,5\n"
    assert detect(write("remote-region-villages.csv", full)) == "villages"


@pytest.mark.parametrize(
    ("values", "dtype", "kind"),
    [
        ([[10, 40], [80, 50]], "uint8", "land_cover"),
        ([[10, 40], [80, 0]], "int16", "land_cover"),
        ([[11, 42], [83, 250]], "int16", "terrain"),
        ([[10, 40], [80, 50]], "float32", "terrain"),
        ([[0, 0], [0, 0]], "int16", "terrain"),
    ],
)
def test_rasters_by_their_values(tmp_path, values, dtype, kind):
    path = tmp_path / "a.tif"
    profile = {"driver": "GTiff", "height": 2, "width": 2, "count": 1, "dtype": dtype, "crs": "EPSG:4326"}
    with rasterio.open(path, "w", transform=Affine(0.1, 0, 117, 0, -0.1, 1), **profile) as file:
        file.write(np.array(values, dtype), 1)
    assert detect(path) == kind


def test_what_fits_nothing_names_what_was_seen_and_what_is_known(write):
    with pytest.raises(FormatError) as error:
        detect(write("a.csv", "warna;rasa\nhijau;manis\n"))
    said = str(error.value)
    assert said.startswith("a.csv is nothing that is known. Its columns are: warna, rasa. Known kinds are: terrain, ")
    assert all(kind in said for kind in KINDS)


def test_points_on_a_map_are_asked_for_as_a_table(write):
    point = (
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"a": 1},'
        ' "geometry": {"type": "Point", "coordinates": [117.5, 0.5]}}]}'
    )
    with pytest.raises(FormatError) as error:
        detect(write("a.geojson", point))
    assert error.value.message.code == "detect.points"
    for language in LANGUAGES:
        assert "places.csv" in render(error.value.message, language)


def test_an_empty_file_is_said(write):
    with pytest.raises(FormatError, match="is empty"):
        detect(write("a.tif", ""))


def test_an_unknown_kind_is_said(write, origin):
    with pytest.raises(FormatError, match="towers is not a kind of data"):
        read(write("a.csv", "id\n1\n"), "towers", origin)


def test_every_kind_has_a_name_in_both_languages():
    from jangkau.messages import Message

    for kind in KINDS:
        for language in LANGUAGES:
            assert render(Message(f"kind.{kind}"), language) != f"kind.{kind}"
    assert set(RASTER_KINDS).isdisjoint(READERS)
