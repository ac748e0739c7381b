"""The register goes out as a workbook and comes back: nothing is lost, nothing is counted twice."""

import dataclasses
from datetime import UTC, date, datetime

import pytest
from openpyxl import load_workbook

from jangkau.records import Claim, Place, Remedy, Stakeholder, Task, Village, Visit, new_id
from jangkau.records import Request as Asking
from jangkau.sources.detect import detect
from jangkau.sources.workbook import READ_ME, SHEETS
from jangkau.spreadsheets import unescaped
from jangkau.store.audit import Act
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.export_register import export_register
from jangkau.studies.import_data import About, import_files
from jangkau.studies.init_region import init_region
from jangkau.synthetic import make_world, write_region_files

TODAY = date(2024, 11, 11)
NOW = datetime(2024, 11, 11, 3, tzinfo=UTC)
CIRCUMSTANCES = Circumstances(TODAY, lambda: NOW)

TROUBLESOME = [
    "=1+1", "+62 812", "'quoted", "1e5", "0012", "6,5", " ", "-", "NA", "_x0041_", "a\nb", "tab\tx", "\x01", "ä 村 🗼",
    "#N/A", "TRUE", "2024-11-11", " ends ",
]  # fmt: skip


@pytest.fixture(scope="module")
def world_files(tmp_path_factory):
    world = make_world(seed=3, side_km=15.0, villages=8, districts=2)
    return world, write_region_files(world, tmp_path_factory.mktemp("brought"))


@pytest.fixture
def region(world_files, tmp_path):
    world, files = world_files
    made = init_region(tmp_path / "contoh", world.settings, CIRCUMSTANCES)
    import_files(made, [f for f in files if f.suffix in (".csv", ".gpkg", ".geojson")], CIRCUMSTANCES)
    with made.store(NOW) as store:
        village, place = store.read(Village)[0].code, store.read(Place)[0].code
        at = next(p for p in store.read(Place) if p.longitude is not None)
        born = {"recorded_at": NOW, "valid_from": TODAY}
        steps = [
            Stakeholder(id=new_id(NOW), code="PLN", name="PLN", kind="power", **born),
            Remedy(
                id=new_id(NOW), code="R-1", quantity="signal", kind="mobile_bts", state="chosen", village_code=village,
                operator="any", cost_idr=1.5e9, lead_days=12.25, by="ani", note="=HYPERLINK(1)", **born,
            ),
            Task(id=new_id(NOW), code="T-1", remedy_code="R-1", kind="do", state="open", due=TODAY, **born),
            Asking(id=new_id(NOW), code="Q-1", stakeholder_code="PLN", remedy_code="R-1", state="asked", **born),
            Claim(
                id=new_id(NOW), recorded_at=NOW, village_code=village, subject="other", statement="a\nb ", publisher="x"
            ),
        ]  # fmt: skip
        steps += [
            Place(
                id=new_id(NOW), code=f"{text}{k}", name=text, kind="school", village_code=village,
                longitude=at.longitude + 1e-3 / (k + 3), latitude=at.latitude, recorded_at=NOW,
            )
            for k, text in enumerate(TROUBLESOME)
            if text.strip()
        ]  # fmt: skip
        steps.append(
            Visit(
                id=new_id(NOW), recorded_at=NOW, time=NOW.replace(microsecond=123), place_code=place, service="ok",
                operator=made.settings.operators[0].name, rsrp_dbm=-91.3, tester="1e5",
            )
        )  # fmt: skip
        store.add(steps, Act("ani", "test", NOW))
    return made


def said(region):
    """Return what a register says, without where it was said."""
    aside = {"id", "recorded_at", "source_id", "corrects", "geometry_wkb"}
    with region.store(NOW) as store:
        return {
            name: sorted(
                repr({f.name: getattr(r, f.name) for f in dataclasses.fields(r) if f.name not in aside})
                for r in store.read(sheet.noun)
            )
            for name, sheet in SHEETS.items()
        }


def test_a_book_that_comes_back_as_it_went_adds_nothing(region, tmp_path):
    done = export_register(region, tmp_path / "out.xlsx", CIRCUMSTANCES)
    before = said(region)
    assert detect(done.path) == "register"
    (back,) = import_files(region, [done.path], CIRCUMSTANCES)
    assert back.refused == [] and (back.added.new, back.added.corrected) == (1, 0), "only the file itself is new"
    assert said(region) == before


def test_another_region_says_the_same_after_reading_the_book(region, world_files, tmp_path):
    done = export_register(region, tmp_path / "out.xlsx", CIRCUMSTANCES)
    other = init_region(tmp_path / "lain", world_files[0].settings, CIRCUMSTANCES)
    (back,) = import_files(other, [done.path], CIRCUMSTANCES, About("x"))
    assert back.refused == []
    assert said(other) == said(region)


def test_mended_rows_are_taken_and_bad_ones_come_back_with_reasons(region, tmp_path):
    done = export_register(region, tmp_path / "out.xlsx", CIRCUMSTANCES)
    book = load_workbook(done.path)
    page = book["places"]
    at = {str(cell.value).removesuffix(" *"): cell.column for cell in page[1]}
    page.cell(2, at["name"]).value = "Nama baru"
    page.cell(3, at["kind"]).value = "istana"
    page.cell(4, at["name"]).value = None
    code, wrong = page.cell(2, at["id"]).value, page.cell(3, at["id"]).value
    book.save(done.path)
    before = said(region)["places"]
    (back,) = import_files(region, [done.path], CIRCUMSTANCES)
    assert (back.added.corrected, len(back.refused)) == (1, 1)
    with region.store(NOW) as store:
        (place,) = (p for p in store.read(Place) if p.code == unescaped(code))
    assert place.name == "Nama baru" and len(said(region)["places"]) == len(before)
    refused = load_workbook(back.refusals_file)
    rows = list(refused["places"].iter_rows(values_only=True))
    assert rows[1][rows[0].index("id")] == wrong and "istana" in rows[1]
    assert all(rows[1][rows[0].index(name)] for name in ("baris_ditolak", "alasan", "yang_harus_dilakukan"))


def test_the_mended_book_of_refused_rows_is_taken(region, tmp_path):
    done = export_register(region, tmp_path / "out.xlsx", CIRCUMSTANCES)
    book = load_workbook(done.path)
    page = book["places"]
    at = {str(cell.value).removesuffix(" *"): cell.column for cell in page[1]}
    page.cell(3, at["kind"]).value = "istana"
    book.save(done.path)
    (back,) = import_files(region, [done.path], CIRCUMSTANCES)
    refused = load_workbook(back.refusals_file)
    page = refused["places"]
    (cell,) = (cell for cell in page[2] if cell.value == "istana")
    cell.value = "clinic"
    refused.save(tmp_path / "mended.xlsx")
    (mended,) = import_files(region, [tmp_path / "mended.xlsx"], CIRCUMSTANCES)
    assert mended.kind == "register" and mended.refused == [] and mended.added.corrected == 1


def test_the_first_sheet_explains_in_both_languages(region, tmp_path):
    book = load_workbook(export_register(region, tmp_path / "out.xlsx", CIRCUMSTANCES).path)
    assert book.sheetnames == [READ_ME, *SHEETS]
    text = " ".join(str(v) for row in book[READ_ME].iter_rows(values_only=True) for v in row if v)
    assert "Daftar induk" in text and "Register of" in text and "{" not in text and "book." not in text
