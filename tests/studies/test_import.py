"""What an import takes into a region, and what it refuses."""

import json
from datetime import UTC, date, datetime

import pytest
from openpyxl import load_workbook

from jangkau.messages import LANGUAGES, render
from jangkau.records import District, Place, Source, Village, Visit
from jangkau.settings import Operator, Settings
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.import_data import import_files
from jangkau.studies.init_region import init_region

TODAY = date(2024, 11, 11)
CIRCUMSTANCES = Circumstances(TODAY, lambda: datetime(2024, 11, 11, 3, tzinfo=UTC), workers=1)


@pytest.fixture
def new_region(tmp_path):
    def new_region(**settings):
        return init_region(tmp_path / "region", Settings(bounds=(116.0, 0.0, 119.0, 1.9), **settings), CIRCUMSTANCES)

    return new_region


def read(region, kind):
    with region.store(CIRCUMSTANCES.clock()) as store:
        return store.read(kind)


def outline(code, west):
    ring = [[west, 0.5], [west + 0.1, 0.5], [west + 0.1, 0.6], [west, 0.6], [west, 0.5]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"kode": code, "kecamatan": code[:8]}, "geometry": geometry}


def village_file(folder, *codes):
    path = folder / "desa.geojson"
    features = [outline(code, 117.0 + 0.1 * count) for count, code in enumerate(codes)]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_villages_of_neighbouring_regencies_are_refused_and_counted(new_region, tmp_path):
    region = new_region(code="64.08")
    path = village_file(tmp_path, "64.08.04.2001", "64.03.01.2001", "64.74.01.1001")
    (done,) = import_files(region, [path], CIRCUMSTANCES)
    assert [v.code for v in read(region, Village)] == ["64.08.04.2001"]
    assert [d.code for d in read(region, District)] == ["64.08.04"]
    assert [(r.row, r.value) for r in done.refused] == [(2, "64.03.01.2001"), (3, "64.74.01.1001")]
    assert render(done.refused[0].reason, "en") == "64.03.01.2001 belongs to another regency than 64.08."
    (source,) = read(region, Source)
    assert (source.rows_read, source.rows_refused) == (3, 2)
    (sheet,) = load_workbook(done.refusals_file).worksheets
    assert any("64.74.01.1001" in row for row in sheet.iter_rows(values_only=True))


def test_a_region_without_a_code_takes_every_village(new_region, tmp_path):
    region = new_region()
    (done,) = import_files(region, [village_file(tmp_path, "64.08.04.2001", "64.03.01.2001")], CIRCUMSTANCES)
    assert (done.refused, len(read(region, Village))) == ([], 2)


def test_an_id_under_which_something_else_is_kept_refuses_its_row_only(new_region, tmp_path):
    region = new_region(operators=(Operator("IOH", ("510-01",)),))
    ids = [f"01931885-2800-7b1e-8cf5-b4100b3ef30{digit}" for digit in range(3)]
    with region.store(CIRCUMSTANCES.clock()) as store:
        store.add([Place(id="p", recorded_at=CIRCUMSTANCES.clock(), code="P1", kind="village_office")])
    for name, rows in (
        ("first.csv", [(ids[0], "ok"), (ids[1], "none")]),
        ("second.csv", [(ids[0], "ok"), (ids[1], "ok"), (ids[2], "limited")]),
    ):
        lines = [f"{one},P1,2024-11-10T14:30:0{one[-1]}Z,IOH,{service}" for one, service in rows]
        (tmp_path / name).write_text("\n".join(["id,place_id,time,operator,service", *lines]))
        (done,) = import_files(region, [tmp_path / name], CIRCUMSTANCES)
    assert (done.added.new, done.added.unchanged) == (2, 1)  # the source and the third visit; the first says the same
    assert [(v.id, v.service) for v in read(region, Visit)] == list(zip(ids, ("ok", "none", "limited"), strict=True))
    (refusal,) = done.refused
    assert (refusal.row, refusal.field, refusal.value) == (3, "id", ids[1])
    assert render(refusal.reason, "en") == f"Under the id {ids[1]} this region already keeps something else."
    for language in LANGUAGES:
        assert not render(refusal.remedy, language).startswith("row.")
