"""The report of a small invented regency: pages, tables, who may read of stations, and hostile texts."""

import csv
import dataclasses
import shutil
import subprocess
from datetime import UTC, date, datetime

import openpyxl
import pyogrio
import pytest

from jangkau.errors import RegionError
from jangkau.records import Remedy, Request, Stakeholder, new_id
from jangkau.settings import RadioSettings
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.grade import grade
from jangkau.studies.import_data import About, import_files
from jangkau.studies.init_region import init_region
from jangkau.studies.predict import predict
from jangkau.studies.report import report
from jangkau.synthetic import make_world, write_region_files

TODAY = date(2024, 11, 11)
NOW = datetime(2024, 11, 11, 3, tzinfo=UTC)
HOSTILE = 'Desa #panic("x") $y$ <&"\'> =1+1'


def circumstances():
    return Circumstances(TODAY, lambda: NOW, workers=2)


def rename_first_village(file):
    with file.open(encoding="utf-8", newline="") as table:
        head, *rows = csv.reader(table)
    rows[0][head.index("village")] = HOSTILE
    with file.open("w", encoding="utf-8", newline="") as table:
        csv.writer(table).writerows([head, *rows])


def born(number):
    return {"id": new_id(NOW, number), "recorded_at": NOW, "valid_from": TODAY, "by": "perencana"}


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    world = make_world(seed=3, side_km=15.0, villages=8, districts=2)
    files = write_region_files(world, tmp_path_factory.mktemp("brought"))
    rename_first_village(next(f for f in files if f.name == "villages.csv"))
    radio = RadioSettings(resolution_m=500.0, radius_km=12.0, profile_step_m=120.0)
    made = init_region(
        tmp_path_factory.mktemp("region") / "contoh", dataclasses.replace(world.settings, radio=radio), circumstances()
    )
    import_files(made, files, circumstances(), About("Contoh", "ODbL 1.0", TODAY))
    place = next(p for p in world.places if p.kind == "settlement")
    with made.store(NOW) as store:
        site = {"longitude": place.longitude, "latitude": place.latitude, "village_code": place.village_code}
        remedy = Remedy(code="R1", name="Menara Uji", quantity="signal", operator=world.settings.operators[0].name,
                        kind="new_site", state="chosen", cost_idr=2.14e9, lead_days=120, **born(1), **site)  # fmt: skip
        who = Stakeholder(code="S1", name="Operator Uji", kind="operator", id=new_id(NOW, 2), recorded_at=NOW)
        ask = Request(code="Q1", name="Bangun di sini", stakeholder_code="S1", remedy_code="R1", state="asked",
                      asked_on=date(2024, 11, 1), answer_due=date(2024, 11, 5), **born(3))  # fmt: skip
        store.add([who, remedy, ask])
    return made


@pytest.fixture(scope="module")
def graded(region):
    predict(region, circumstances())
    return grade(region, circumstances())


@pytest.fixture(scope="module")
def reported(region, graded):
    return report(region, circumstances(), ("id", "en"))


def words_of(pdf):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    return subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout


def test_what_was_never_graded_is_not_reported(tmp_path, region):
    bare = init_region(tmp_path / "bare", region.settings, circumstances())
    with pytest.raises(RegionError) as error:
        report(bare, circumstances(), ("id",))
    assert error.value.message.code == "report.not_graded"


def test_the_files_are_there_and_named_in_the_run(reported, region):
    assert [f.name for f in reported.files] == ["report-id.pdf", "report-en.pdf", "report.xlsx", "report.gpkg"]
    assert (reported.villages, reported.proposals) == (8, 1)
    assert reported.run.finished
    pdf = reported.files[0].read_bytes()
    assert b"pdfaid:part" in pdf
    assert len(pdf) < 6_000_000


def test_every_village_has_a_sheet_in_both_languages(reported, graded):
    indonesian, english = (words_of(f) for f in reported.files[:2])
    for g in graded.grades:
        if (g.subject, g.quantity, g.operator) == ("village", "signal", "any"):
            assert f"Desa {g.code}" in indonesian
            assert f"Village {g.code}" in english
    for said in (
        "Apa yang masih blank?",
        "Bisakah penghitungan suara berjalan?",
        "ODbL 1.0",
        "signal-v1",
        "16 hari lagi",
    ):
        assert said in indonesian
    for said in (
        "What is still blank?",
        "Can the count run?",
        "ODbL 1.0",
        "16 days left",
        "Menara Uji",
        "Operator Uji",
    ):
        assert said in english
    assert "report." not in english.replace("report.run", "")


def test_a_hostile_name_is_only_a_name(reported):
    assert '#panic("x") $y$' in words_of(reported.files[1])


def test_stations_are_listed_only_where_asked_for(region, reported, graded):
    stations = {g.code for g in graded.grades if g.kind == "polling_station"}
    assert stations
    for file, listed in ((reported, False), (report(region, circumstances(), ("id",), stations=True), True)):
        book = openpyxl.load_workbook(file.files[-2], read_only=True)
        codes = {row[0] for row in book["Titik"].iter_rows(min_row=2, values_only=True)}
        _, table = pyogrio.read_dataframe, pyogrio.raw.read(file.files[-1], layer="places", columns=["code"])[3][0]
        assert (stations <= codes, stations <= set(table)) == (listed, listed)
        assert listed or not stations & (codes | set(table))


def test_the_workbook_counts_as_the_grades_do(reported, graded):
    book = openpyxl.load_workbook(reported.files[2], read_only=True)
    head, *rows = book["Desa"].iter_rows(values_only=True)
    by_code = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    for g in graded.grades:
        if (g.subject, g.quantity, g.operator) == ("village", "signal", "any"):
            assert by_code[g.code]["grade"] == g.value
            assert by_code[g.code]["people_none"] == pytest.approx(g.amount_none)


def test_the_same_report_has_the_same_bytes(region, reported):
    before = [f.read_bytes() for f in reported.files[:2]]
    again = report(region, circumstances(), ("id", "en"))
    assert again.run.id == reported.run.id
    assert [f.read_bytes() for f in again.files[:2]] == before
