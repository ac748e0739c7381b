"""The lists of an office, as messy as they are, give the same register as clean files; what is left out is told."""

import shutil
from collections import defaultdict
from datetime import UTC, date, datetime

import openpyxl
import pytest

from jangkau.messages import LANGUAGES, render
from jangkau.records import Cell, Claim, Link, Place, Village, Visit
from jangkau.settings import Operator, Settings
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.doctor import examine
from jangkau.studies.import_data import files_in, import_files
from jangkau.studies.init_region import init_region
from jangkau.synthetic import make_world, write_region_files
from messy_office import write_messy_office

CIRCUMSTANCES = Circumstances(date(2024, 11, 11), lambda: datetime(2024, 11, 11, 3, tzinfo=UTC), workers=1)


@pytest.fixture(scope="module")
def world():
    return make_world(seed=1, side_km=15.0, villages=8, districts=2)


@pytest.fixture(scope="module")
def office(world, tmp_path_factory):
    """The folder of an office, with the outlines and the terrain that it was given."""
    folder = tmp_path_factory.mktemp("office")
    files = {f.name: f for f in write_region_files(world, folder / "clean")}
    write_messy_office(world, folder / "lists")
    for name in ("villages.geojson", "terrain.tif"):
        shutil.copy(files[name], folder / "lists" / name)
    return folder / "lists"


@pytest.fixture(scope="module")
def imported(office, tmp_path_factory):
    region = init_region(tmp_path_factory.mktemp("region") / "contoh", Settings(code="99"), CIRCUMSTANCES)
    found = files_in(office)
    assert found.unrecognised == []
    done = {one.file.name: one for one in import_files(region, found.files, CIRCUMSTANCES)}
    return RegionFolder.open(region.path), done


def kept(region, kind):
    with region.store(CIRCUMSTANCES.clock()) as store:
        return store.read(kind)


def test_every_list_is_recognised(imported):
    kinds = {name: one.kind for name, one in imported[1].items() if one.kind not in ("boundaries", "terrain")}
    assert kinds == {
        "Data Desa 2024 (final) FIX.xlsx": "villages", "kantor & dusun.xlsx": "places",
        "DAFTAR TPS.csv": "polling_stations", "data bts operator.txt": "cells", "internet desa.ods": "links",
        "Hasil Uji Lapangan.xlsx": "visits", "blankspot.csv": "claims",
    }  # fmt: skip


def test_villages_have_their_people_and_names(world, imported):
    found = {v.code: (v.name, v.population, v.polling_stations) for v in kept(imported[0], Village)}
    assert found == {v.code: (v.name, v.population, v.polling_stations) for v in world.villages}


def test_places_stand_where_they_stand(world, imported):
    found = {p.code: p for p in kept(imported[0], Place)}
    swapped = [p for p in world.places if p.kind == "polling_station"][1]
    assert set(found) == {p.code for p in world.places} - {swapped.code}
    for p in (p for p in world.places if p.code != swapped.code):
        own = found[p.code]
        assert (own.longitude, own.latitude) == pytest.approx((p.longitude, p.latitude), abs=1e-5)
        assert (own.kind, own.village_code) == (p.kind, p.village_code)
        if p.kind == "settlement":
            assert own.population == p.population
        if p.kind == "polling_station":
            assert (own.voters, own.power, own.name) == (p.voters, p.power, p.name)


def test_cells_are_those_of_three_operators(world, imported):
    found = {c.code: c for c in kept(imported[0], Cell)}
    for c in world.cells:
        own = found[c.code]
        assert (own.longitude, own.latitude) == pytest.approx((c.longitude, c.latitude), abs=1e-5)
        for name in (
            "technology",
            "frequency_mhz",
            "height_agl_m",
            "azimuth_deg",
            "eirp_dbm",
            "power_dbm",
            "eci",
            "pci",
        ):
            assert getattr(own, name) == getattr(c, name), name
        assert own.operator.lower() == c.operator.lower()
    assert len({c.operator for c in found.values()}) == len({c.operator for c in world.cells})
    assert len(imported[0].settings.operators) == 3


def test_links_tests_and_claims_are_of_the_places_that_they_name(world, imported):
    links = {(link.code, link.valid_from): link for link in kept(imported[0], Link)}
    for link in world.links:
        own = links[link.code, link.valid_from]
        for name in ("place_code", "stage", "medium", "provider", "download_mbps", "upload_mbps"):
            assert getattr(own, name) == getattr(link, name), name
    swapped = [p for p in world.places if p.kind == "polling_station"][1].code
    said = [(v.place_code, v.time.replace(second=0), v.operator.lower(), v.service, v.rsrp_dbm, v.download_mbps)
            for v in world.visits if v.place_code != swapped]  # fmt: skip
    found = kept(imported[0], Visit)
    assert sorted(said, key=str) == sorted(
        [(v.place_code, v.time, v.operator.lower(), v.service, v.rsrp_dbm, v.download_mbps) for v in found], key=str
    )
    assert {(c.village_code, c.subject) for c in kept(imported[0], Claim)} == {
        (c.village_code, "blank_spot") for c in world.claims
    }


def test_what_is_left_out_is_told_with_sheet_row_and_value(world, imported):
    stations, tests = imported[1]["DAFTAR TPS.csv"], imported[1]["Hasil Uji Lapangan.xlsx"]
    assert [(r.row, r.reason.code) for r in stations.refused] == [(5, "row.swapped_coordinates"), (28, "row.repeated")]
    of_swapped = [p for p in world.places if p.kind == "polling_station"][1].code
    count = sum(v.place_code == of_swapped for v in world.visits)
    assert [(r.sheet, r.reason.code) for r in tests.refused] == [
        *[("Rekap Uji", "row.unknown_code")] * (count + 1), ("Rekap Uji", "row.missing"),
    ]  # fmt: skip
    assert tests.refused[-2].value == "Kantor Desa Antah Berantah"
    for one in imported[1].values():
        assert not one.refused or one.refusals_file.is_file()
        for language in LANGUAGES:
            for refusal in one.refused:
                assert refusal.value in render(refusal.reason, language) or refusal.reason.code in (
                    "row.missing", "row.repeated",
                )  # fmt: skip
    notes = defaultdict(list)
    for name, one in imported[1].items():
        for note in one.notes:
            inner = note.parameters.get("note", note)
            notes[inner.code].append((name, inner.parameters))
    assert [n for n, _ in notes["table.hidden_sheet"]] == ["Data Desa 2024 (final) FIX.xlsx"]
    passed = [said["rows"] for _, said in notes["note.no_data"]]
    assert any("JUMLAH" in rows and "NIP. 19700101" in rows for rows in passed)
    assert [n for n, _ in notes["note.stored_without"]] == ["Hasil Uji Lapangan.xlsx"]


def test_what_lacked_something_is_taken_once_it_is_there(world, office, imported, tmp_path):
    region = imported[0]
    swapped = [p for p in world.places if p.kind == "polling_station"][1]
    where = f"{swapped.longitude},{swapped.latitude}"
    mended = tmp_path / "mended.csv"
    mended.write_text(f"village_code,no tps,longitude,latitude\n{swapped.village_code},{swapped.code[-3:]},{where}\n")
    import_files(region, [mended], CIRCUMSTANCES)
    before = len(kept(region, Visit))
    (again,) = import_files(region, [office / "Hasil Uji Lapangan.xlsx"], CIRCUMSTANCES)
    assert not again.already
    assert len(kept(region, Visit)) - before == sum(v.place_code == swapped.code for v in world.visits)
    assert {r.value for r in again.refused} == {"Kantor Desa Antah Berantah", "?"}
    (stations,) = import_files(region, [office / "DAFTAR TPS.csv"], CIRCUMSTANCES)
    assert stations.already
    files = {f.what.parameters["file"] for f in examine(region, CIRCUMSTANCES) if f.what.code == "doctor.refused_rows"}
    assert files == {"Hasil Uji Lapangan.xlsx", "DAFTAR TPS.csv"}


def test_a_list_of_facts_is_read_again_without_undoing_what_came_later(tmp_path):
    region = init_region(tmp_path / "region", Settings(bounds=(117.0, 0.0, 118.0, 1.0)), CIRCUMSTANCES)
    villages = tmp_path / "villages.csv"
    villages.write_text("village_code,village\n64.08.04.2001,A\n")
    places, later = tmp_path / "places.csv", tmp_path / "later.csv"
    places.write_text("id,kind,village_code,name\nP1,other,64.08.04.2001,old\nP2,other,64.08.04.2002,two\n")
    later.write_text("id,kind,village_code,name\nP1,other,64.08.04.2001,new\n")
    done = import_files(region, [villages, places, later], CIRCUMSTANCES)
    assert [len(one.refused) for one in done] == [0, 1, 0]
    villages.write_text("village_code,village\n64.08.04.2001,A\n64.08.04.2002,B\n")
    *_, again = import_files(region, [villages, places], CIRCUMSTANCES)
    assert (again.added.new, again.refused, again.refusals_file) == (1, [], None)
    assert {p.code: p.name for p in kept(region, Place)} == {"P1": "new", "P2": "two"}
    assert not [f for f in examine(region, CIRCUMSTANCES) if f.what.code == "doctor.refused_rows"]


def test_one_workbook_of_everything_may_refer_to_itself(tmp_path):
    sheets = {
        "Uji": [["Lokasi", "Desa", "Waktu", "Operator", "Layanan"],
                ["Kantor Desa", "Suka", "5 November 2024 10.30 WITA", "tsel", "tidak ada sinyal"]],
        "Sel": [["ID", "Operator", "Teknologi", "Bujur", "Lintang"], ["C1", "Telkomsel", "LTE", 117.5, 0.5]],
        "Titik": [["Daftar desa"], ["Kode Desa", "Nama Desa", "Penduduk"], ["64.08.04.2001", "SUKA", 1200], [],
                  ["Kode", "Jenis", "Nama", "Desa"], ["K1", "Kantor Desa", "Kantor Desa Suka", "Ds. Suka"]],
        "Lain": [["Warna", "Rasa"], ["hijau", "manis"]],
    }  # fmt: skip
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "semua.xlsx")
    region = init_region(tmp_path / "region", Settings(operators=(Operator("Telkomsel"),)), CIRCUMSTANCES)
    (done,) = import_files(region, [tmp_path / "semua.xlsx"], CIRCUMSTANCES)
    assert (done.kind, done.refused) == ("tables", [])
    assert "table.no_table_on_sheet" in {n.code for n in done.notes}
    (visit,) = kept(region, Visit)
    assert (visit.place_code, visit.operator, visit.service) == ("K1", "Telkomsel", "none")
    assert [(v.code, v.name, v.population) for v in kept(region, Village)] == [("64.08.04.2001", "Suka", 1200)]
    assert [p.village_code for p in kept(region, Place)] == ["64.08.04.2001"]
    assert [c.code for c in kept(region, Cell)] == ["C1"]
    assert import_files(region, [tmp_path / "semua.xlsx"], CIRCUMSTANCES)[0].already
