"""Tables as people keep them."""

from datetime import date, datetime

import pytest

from jangkau.errors import FormatError
from jangkau.messages import LANGUAGES, render
from jangkau.sources.headers import KNOWN, OWN_NAME, is_header, own_names
from jangkau.sources.places import PLACES
from jangkau.sources.tables import read_table

PLAIN = "id,name,kind,longitude,latitude,population\nP1,Dusun A,settlement,117.5012,0.52,1234\n"


def values(path):
    return [dict(row.values) for row in read_table(path).rows()]


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        "\ufeff" + PLAIN,
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace("\n", "\r\n"),
        "sep=;\n" + PLAIN.replace(",", ";"),
        PLAIN.encode("utf-16"),
        "Daftar titik\n\n" + PLAIN,
        "Kode,Nama,Jenis,Bujur,Lintang,Penduduk\n" + PLAIN.split("\n")[1],
        "KODE ,  Nama,JENIS,Lng, Lat,Jumlah Penduduk\n" + PLAIN.split("\n")[1],
        "id,name,kind,x,y,jiwa\n" + PLAIN.split("\n")[1],
    ],
)
def test_one_table_however_it_was_saved(write, origin, content):
    (place,) = PLACES.read(write("places.csv", content), origin).records
    assert (place.code, place.name, place.kind, place.population) == ("P1", "Dusun A", "settlement", 1234)
    assert (place.longitude, place.latitude) == (117.5012, 0.52)
    assert (place.source_id, place.source_date, place.recorded_at) == ("source-1", date(2024, 11, 11), origin.now)


def test_semicolons_and_decimal_commas(write, origin):
    content = "kode;jenis;bujur;lintang;penduduk;cadangan_jam\nP1;dusun;117,5012;0,52;1.234;2,5\n"
    reading = PLACES.read(write("titik.csv", content), origin)
    (place,) = reading.records
    assert (place.longitude, place.latitude) == (117.5012, 0.52)
    assert (place.population, place.backup_hours) == (1234, 2.5)
    assert render(reading.notes[0], "en") == (
        "titik.csv was read with decimal commas: 1,5 is one and a half, 1.500 is one thousand five hundred."
    )


def test_semicolons_with_decimal_points(write, origin):
    content = "id;kind;longitude;latitude;population\nP1;settlement;117.5012;0.52;1234\n"
    (place,) = PLACES.read(write("places.csv", content), origin).records
    assert (place.longitude, place.population) == (117.5012, 1234)


def test_quoted_decimal_commas_between_commas(write, origin):
    content = 'id,kind,longitude,latitude\nP1,settlement,"117,501","0,523"\n'
    (place,) = PLACES.read(write("places.csv", content), origin).records
    assert (place.longitude, place.latitude) == (117.501, 0.523)


def test_windows_encoding_is_read_with_a_note(write, origin):
    content = "id,name,kind\nP1,Café,other\n".encode("cp1252")
    reading = PLACES.read(write("places.csv", content), origin)
    assert reading.records[0].name == "Café"
    assert "Windows-1252" in render(reading.notes[0], "en")


def test_row_numbers_are_those_of_the_spreadsheet_program(write):
    path = write("places.csv", 'id,name,kind\nP1,"two\nlines",other\n\nP2,b,other\n')
    assert [row.number for row in read_table(path).rows()] == [2, 4]


def test_spreadsheet_with_a_title_dates_and_numbers(write_xlsx, origin):
    path = write_xlsx(
        "titik.xlsx",
        [["catatan"], ["bukan data"]],
        [
            ["Daftar titik", None, None, None, None],
            [],
            ["Kode", "Jenis", "Bujur", "Lintang", "Tanggal", "Mulai"],
            [6404.0, "TPS", 117.5, 0.5, datetime(2024, 11, 27), 45623],  # noqa: DTZ001
            ["P2", "dusun", "117,6", "0,6", "27/11/2024", date(2024, 11, 27)],
        ],
    )
    reading = PLACES.read(path, origin)
    assert [r.code for r in reading.records] == ["6404", "P2"]
    assert [r.source_date for r in reading.records] == [date(2024, 11, 27)] * 2
    assert [r.valid_from for r in reading.records] == [date(2024, 11, 27)] * 2
    assert [r.longitude for r in reading.records] == [117.5, 117.6]
    assert reading.refused == []


def test_opencellid_downloads_have_no_header(write):
    path = write("510.csv", "LTE,510,10,7984,145165087,-1,117.1256,1.5933,25253,23,1,1741894523,1747189844,0\n")
    assert read_table(path).header[:5] == ("radio", "mcc", "net", "area", "cell")
    assert [row.number for row in read_table(path).rows()] == [1]


def test_headers_keep_their_own_name_beside_a_spelling():
    assert own_names(["Longitude", "X", "Tinggi (m)", "3T"]) == ("longitude", "x", "height_agl_m", "remote")
    assert own_names(["nama", "nama", "nama"])[0] == "name"
    assert len(set(own_names(["nama", "nama", "nama"]))) == 3
    assert is_header(["village_code"])
    assert not is_header(["Daftar desa 3T"])
    assert set(OWN_NAME.values()) <= KNOWN


@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [
        ("a.csv", "", "table.empty", "a.csv is empty"),
        ("a.csv", " \n \n", "table.empty", "a.csv is empty"),
        ("a.csv", "id,kind\n", "table.no_rows", "columns: id, kind"),
        ("a.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00", "table.not_table", "a.csv is not a table"),
        ("a.pdf", b"%PDF-1.4\nBT (Nama;Desa) Tj\n", "table.not_table", "a.pdf is not a table"),
        ("a.jpg", b"\xff\xd8\xff\xe0 picture", "table.not_table", "a.jpg is not a table"),
        ("a.txt", "halo dunia\n", "table.not_table", "a.txt is not a table"),
        ("a.csv", "<html><body>Login</body></html>", "table.not_table", "a.csv is not a table"),
        ("a.xlsx", b"not a zip", "table.not_spreadsheet", "cannot be opened as a spreadsheet"),
    ],
)
def test_what_is_no_table_is_said(write, name, content, code, said):
    with pytest.raises(FormatError) as error:
        read_table(write(name, content))
    assert error.value.message.code == code
    assert said in str(error.value)
    for language in LANGUAGES:
        assert name in render(error.value.message, language)


def test_an_empty_spreadsheet_is_said(write_xlsx):
    with pytest.raises(FormatError, match="is empty"):
        read_table(write_xlsx("a.xlsx", []))


def test_a_missing_column_is_named_beside_those_that_are_there(write, origin):
    with pytest.raises(FormatError) as error:
        PLACES.read(write("places.csv", "nama,bujur,lintang\na,117,0.5\n"), origin)
    assert str(error.value) == (
        "places.csv was read as places but lacks the columns id (kode), kind (jenis). "
        "It has: name, longitude, latitude. Add the columns or rename yours."
    )


def test_columns_that_are_not_used_are_named(write, origin):
    reading = PLACES.read(write("places.csv", "id,kind,warna\nP1,other,hijau\n"), origin)
    assert [render(note, "en") for note in reading.notes] == ["Columns that were not used: warna."]
