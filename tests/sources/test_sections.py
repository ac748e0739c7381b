"""Sheets as people keep them: where tables stand, and what on them is no data."""

import re

import openpyxl
import pytest

from jangkau.errors import FormatError
from jangkau.messages import LANGUAGES, render
from jangkau.sources.coordinates import latitude_longitude
from jangkau.sources.detect import detect, read
from jangkau.sources.sections import is_remark, numbers_columns, sections_of
from jangkau.sources.sheets import sheets_of
from jangkau.sources.tables import read_tables
from messy_office import ods

HEADER = ["Kode", "Jenis", "Bujur", "Lintang"]
ROW = ["P1", "dusun", "117.5", "0.5"]
CELLS = [["ID", "Operator", "Teknologi", "Bujur", "Lintang"], ["C1", "Telkomsel", "LTE", "117.5", "0.5"]]


def tables(rows):
    return [(one.header, [list(row) for row in one.rows if any(row)], one.first_row) for one in sections_of(rows)]


def test_a_header_of_two_rows_is_one():
    rows = [
        ["DAFTAR"],
        [],
        ["No", "Kode", "Jenis", "Koordinat", ""],
        ["No", "Kode", "Jenis", "Lintang", "Bujur"],
        ["1", *ROW],
    ]
    assert tables(rows) == [(["No", "Kode", "Jenis", "Lintang", "Bujur"], [["1", *ROW]], 5)]
    rows[3] = ["", "", "", "Lintang", "Bujur"]
    assert tables(rows)[0][0] == ["No", "Kode", "Jenis", "Lintang", "Bujur"]


def test_a_row_of_data_below_a_header_is_no_part_of_it():
    rows = [["Kode", "Jenis", "Ket"], ["P1", "TPS", "x"]]
    assert tables(rows) == [(["Kode", "Jenis", "Ket"], [["P1", "TPS", "x"]], 2)]


@pytest.mark.parametrize(
    "numbers", [["1", "2", "3", "4"], ["(1)", "(2)", "(3)", "(4)"], ["0", "1", "2", "3"], ["(a)", "(m)", "", ""]]
)
def test_a_row_that_numbers_the_columns_is_no_data(numbers):
    assert tables([HEADER, numbers, ROW]) == [(HEADER, [ROW], 3)]


@pytest.mark.parametrize("row", [["1", "2", "4"], ["1", "2"], ["P1", "2", "3"], ["(1)"], []])
def test_other_rows_of_numbers_are_data(row):
    assert not numbers_columns(row)


def test_several_tables_on_a_sheet_and_a_header_on_each_page():
    rows = [HEADER, ROW, HEADER, ["P2", *ROW[1:]], [], ["Daftar sel"], *CELLS]
    assert tables(rows) == [(HEADER, [ROW, ["P2", *ROW[1:]]], 2), (CELLS[0], [CELLS[1]], 8)]


@pytest.mark.parametrize(
    ("row", "passed_over"),
    [(["JUMLAH", "", "3"], True), (["", "Total kecamatan Utara", "12"], True), (["Total", "5", "7"], True),
     (["Rata-rata", "", "1"], True), (["", "Kepala Dinas,", ""], True), (["5", "", ""], False),
     (["Total Jaya", "desa", "7"], False)],
)  # fmt: skip
def test_sums_and_signatures_are_no_data(row, passed_over):
    assert is_remark(row, 3, needed=2) == passed_over
    assert not is_remark(row, 2, needed=2)


def test_one_cell_may_be_all_of_a_row(write, origin, around):
    content = "village_code,village,remote\n64.08.04.2001,,\n,Teluk Lingga,\n"
    path = write("desa_3t.csv", content)
    reading = read(path, detect(path), origin, around)
    assert [v.code for v in reading.records] == ["64.08.04.2001", "64.08.04.1003"]
    content = "village_code,village,penduduk\n64.08.04.2001,,\nKepala Dinas,,\n64.08.04.1003,Teluk Lingga,7\n"
    reading = read(write("desa.csv", content), "villages", origin, around)
    assert [(r.row, r.field) for r in reading.refused] == [(2, "village")]
    assert [n.parameters["rows"] for n in reading.notes] == ["3: Kepala Dinas"]


def test_every_table_of_a_file_is_taken_in_and_a_code_counts_once(write_xlsx, origin, around):
    path = write_xlsx(
        "titik.xlsx",
        [["Kec. Utara"], HEADER, ROW],
        [HEADER, ["P2", *ROW[1:]], ["P1", *ROW[1:]]],
        [["a", "b"], ["c", "d"]],
    )
    reading = read(path, detect(path), origin, around)
    assert [r.code for r in reading.records] == ["P1", "P2"]
    (refusal,) = reading.refused
    assert (refusal.sheet, refusal.row, refusal.reason.code) == ("Sheet1", 3, "row.repeated")
    assert [n.code for n in reading.notes] == ["table.no_table_on_sheet"]
    for language in LANGUAGES:
        assert "3 (Sheet)" in render(refusal.reason, language)


def test_tables_of_several_kinds_in_one_file(write_xlsx):
    assert detect(write_xlsx("semua.xlsx", [HEADER, ROW, [], *CELLS])) == "tables"
    assert [t.sheet for t in read_tables(write_xlsx("b.xlsx", [HEADER, ROW, [], *CELLS]))] == ["Sheet", "Sheet (5)"]


def test_hidden_sheets_are_told_and_not_read(tmp_path, origin, around):
    book = openpyxl.Workbook()
    for row in (HEADER, ROW):
        book.active.append(row)
    old = book.create_sheet("Lama")
    old.sheet_state = "hidden"
    for row in (HEADER, ["P9", *ROW[1:]]):
        old.append(row)
    book.save(tmp_path / "a.xlsx")
    reading = read(tmp_path / "a.xlsx", "places", origin, around)
    assert [r.code for r in reading.records] == ["P1"]
    assert [(n.code, n.parameters["sheet"]) for n in reading.notes] == [("table.hidden_sheet", "Lama")]
    book.create_sheet("Kosong")
    book.remove(book.worksheets[0])
    book.save(tmp_path / "b.xlsx")
    with pytest.raises(FormatError) as error:
        read_tables(tmp_path / "b.xlsx")
    assert error.value.message.code == "table.only_hidden"


def test_a_spreadsheet_of_libreoffice(write, origin, around):
    rows = [["Daftar"], [], [*HEADER, "Penduduk"], [*ROW, 1200], ["P2", "dusun", 117.25, 0.5, None]]
    path = write("a.ods", ods({"Titik": rows, "Lama": [HEADER, ["P9", *ROW[1:]]]}, hidden=("Lama",)))
    assert [(s.title, s.hidden, len(s.rows)) for s in sheets_of(path)] == [("Titik", False, 5), ("Lama", True, 2)]
    reading = read(path, detect(path), origin, around)
    assert [(r.code, r.longitude, r.population) for r in reading.records] == [("P1", 117.5, 1200), ("P2", 117.25, None)]
    for broken in (b"PK\x03\x04 nonsense", ods({"a": []}).replace(b"<office:body>", b"<office:bod")):
        with pytest.raises(FormatError):
            read_tables(write("b.ods", broken))


def test_old_excel_is_named(write):
    with pytest.raises(FormatError) as error:
        detect(write("a.xls", b"\xd0\xcf\x11\xe0" + bytes(600)))
    assert error.value.message.code == "table.old_spreadsheet"


@pytest.mark.parametrize(
    ("text", "latitude", "longitude"),
    [
        ("0.5231, 117.5012", "0.5231", "117.5012"),
        ("0.5231,117.5012", "0.5231", "117.5012"),
        ("0,5231; 117,5012", "0,5231", "117,5012"),
        ("-0,5231 117,5012", "-0,5231", "117,5012"),
        ("117.5012, 0.5231", "0.5231", "117.5012"),
        ("(0.5231, 117.5012)", "0.5231", "117.5012"),
        ("0°31'23\" LU 117°30'04\" BT", "0°31'23\" LU", "117°30'04\" BT"),
        ("117°30'04\"E, 0°31'23\"S", "0°31'23\"S", "117°30'04\"E"),
        ("LS 0°31'23\", BT 117°30'04\"", "LS 0°31'23\"", "BT 117°30'04\""),
        ("dekat masjid", "dekat masjid", ""),
        ("0,5231,117,5012", "0,5231,117,5012", ""),
    ],
)
def test_positions_in_one_cell(text, latitude, longitude):
    assert latitude_longitude(text) == (latitude, longitude)


def test_a_position_that_cannot_be_told_is_refused(write, origin, around):
    content = "id;jenis;koordinat\nP1;dusun;0.52, 117.51\nP2;dusun;dekat masjid\nP3;dusun;\n"
    reading = read(write("a.csv", content), "places", origin, around)
    assert [(r.code, r.longitude, r.latitude) for r in reading.records] == [("P1", 117.51, 0.52), ("P3", None, None)]
    assert [(r.row, r.reason.code, r.value) for r in reading.refused] == [(3, "row.not_a_number", "dekat masjid")]


def test_columns_are_called_as_in_the_file_and_nameless_ones_are_told(write, origin, around):
    content = "Kode,Jenis,,Jumlah Penduduk\nP1,dusun,catatan,banyak\n"
    reading = read(write("a.csv", content), "places", origin, around)
    (refusal,) = reading.refused
    assert refusal.field == "Jumlah Penduduk"
    assert "Jumlah Penduduk" in render(refusal.remedy, "id")
    assert [(n.code, n.parameters["columns"]) for n in reading.notes] == [("table.nameless_columns", "C")]


@pytest.mark.parametrize("word", ["tidak ada", "–", "N/A", "Belum Ada", "#REF!", "?"])
def test_words_for_nothing_are_no_value_and_no_mistake(write, origin, around, word):
    content = f"id,jenis,penduduk,send_place_id,listrik\nP1,dusun,{word},{word},\n"
    (place,) = read(write("a.csv", content), "places", origin, around).records
    assert (place.population, place.send_place_code) == (None, None)


def test_no_electricity_is_a_value(write, origin, around):
    (place,) = read(write("a.csv", "id,jenis,listrik\nP1,dusun,tidak ada\n"), "places", origin, around).records
    assert place.power == "none"


def test_a_file_that_nearly_fits_says_what_it_lacks(write):
    with pytest.raises(FormatError) as error:
        detect(write("a.csv", "Nama Titik,Jenis,Bujur,Lintang,Desa\na,dusun,117.5,0.5,b\n"))
    assert error.value.message.code == "detect.nearly"
    assert str(error.value).startswith("a.csv looks like places but lacks: id (kode).")


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (
            "No,Kecamatan,Desa,ISP,Media,Bandwidth (Mbps)",
            "office links but lacks: id (kode), place_id (titik), stage (tahap).",
        ),
        ("No,Nama Menara,Pemilik,Lintang,Bujur,Tinggi (m)", "sites but lacks: id (kode)."),
        ("No,Tanggal,Desa,Provider,Sinyal,Ket", "field tests but lacks: place_id (titik)."),
    ],
)
def test_usual_lists_say_what_they_lack(write, header, said):
    with pytest.raises(FormatError, match=re.escape(said)):
        detect(write("a.csv", f"{header}\n{','.join('x' * len(header.split(',')))}\n"))


def test_people_of_villages_without_codes(write, origin, around):
    content = "No,Nama Desa,Kecamatan,Jumlah Penduduk\n1,SANGATTA UTARA,X,1.377\n2,Hulu,X,5\n3,Ds. Sangatta Utara,X,9\n"
    path = write("penduduk.csv", content)
    reading = read(path, detect(path), origin, around)
    assert [(v.code, v.name, v.population) for v in reading.records] == [("64.08.04.2001", None, 1377)]
    assert [(r.row, r.reason.code) for r in reading.refused] == [(3, "row.unknown_village"), (4, "row.duplicate_id")]


def test_lists_of_stations_and_offices_need_no_codes(write, origin, around):
    content = "Desa;No TPS;Jumlah DPT\nSangatta Utara;TPS 001;1.200\nTeluk Lingga;12;90\nTeluk Lingga;besar;1\n;3;1\n"
    path = write("tps.csv", content)
    reading = read(path, detect(path), origin, around)
    assert [(p.code, p.kind, p.name, p.voters) for p in reading.records] == [
        ("64.08.04.2001-001", "polling_station", "TPS 001 Sangatta Utara", 1200),
        ("64.08.04.1003-012", "polling_station", "TPS 012 Teluk Lingga", 90),
    ]
    assert [r.reason.code for r in reading.refused] == ["row.no_station", "row.no_village"]
    path = write("kantor.csv", 'Nama Kantor,Kode Desa,Koordinat\nKantor Desa,64.08.04.2001,"0.5, 117.5"\n')
    (office,) = read(path, detect(path), origin, around).records
    assert (office.code, office.kind, office.longitude) == ("64.08.04.2001-KD", "village_office", 117.5)
