"""What names phones, SIM cards or bystanders is not even in the file that is stored."""

import gzip
import json
import sqlite3

import openpyxl
import pytest

from jangkau.errors import FormatError
from jangkau.sources.private import is_private, without_private

SECRET = "356938035643809"


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "without"
    made.mkdir()
    return made


@pytest.mark.parametrize(
    "name",
    ["IMEI", "imei 2", "IMSI", "Device Serial Number", "deviceSerialNumber", "Phone Number", "MSISDN", "No HP", "BSSID",
     "wifi_ssid", "Bluetooth Address", "ICCID", "androidId", "ClientIP"],
)  # fmt: skip
def test_names_of_what_is_never_kept(name):
    assert is_private(name)


@pytest.mark.parametrize(
    "name", ["id", "device", "cell_id", "source", "operator", "wifi", "power", "number", "site_id"]
)
def test_names_of_what_is_kept(name):
    assert not is_private(name)


def test_a_table_is_written_without(write, folder):
    text = f"# made by an app\ntime;imei;rsrp\n1;{SECRET};-90\n2;{SECRET};-91\n"
    path, note = without_private(write("m.csv", text), folder)
    assert path.read_text() == "# made by an app\ntime;imei;rsrp\n1;;-90\n2;;-91\n"
    assert (note.code, note.parameters["what"]) == ("note.stored_without", "imei")
    packed = write("m.csv.gz", gzip.compress(text.encode()))
    again, _ = without_private(packed, folder)
    first = again.read_bytes()
    assert SECRET.encode() not in gzip.decompress(first)
    assert without_private(packed, folder)[0].read_bytes() == first


def test_what_holds_nothing_private_is_left_alone(write, folder):
    for name, content in (("m.csv", "time,rsrp\n1,2\n"), ("a.json", '{"a": 1}'), ("a.bin", b"\x00\x01\x02")):
        assert without_private(write(name, content), folder) is None
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("lines", [False, True])
def test_results_are_written_without(write, folder, lines):
    result = {"Download": 1.0, "ClientIP": "203.0.113.9", "device": {"imei": SECRET, "model": "A"}}
    text = "\n".join([json.dumps(result)] * 2) if lines else json.dumps([result])
    path, note = without_private(write("r.json", text), folder)
    assert (
        SECRET not in path.read_text() and "203.0.113.9" not in path.read_text() and '"model": "A"' in path.read_text()
    )
    assert note.parameters["what"] == "ClientIP, imei"


def test_a_spreadsheet_becomes_a_table_without(tmp_path, folder):
    book = openpyxl.Workbook()
    for row in (["Waktu", "No HP", "RSRP", "Operator"], ["2024-11-10", SECRET, -90, "XL"]):
        book.active.append(row)
    book.save(tmp_path / "form.xlsx")
    path, _ = without_private(tmp_path / "form.xlsx", folder)
    assert (path.name, path.read_text()) == ("form.csv", "Waktu,No HP,RSRP,Operator\n2024-11-10,,-90,XL\n")


def test_a_geopackage_is_copied_without(tmp_path, folder):
    path = tmp_path / "survey %20? #1.gpkg"
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE gpkg_contents (table_name TEXT)")
        base.execute("CREATE TABLE LTE_MESSAGE (RSRP REAL, IMEI TEXT)")
        base.execute("CREATE TABLE BLUETOOTH_MESSAGE (address TEXT)")
        base.execute('CREATE TABLE "80211_BEACON_MESSAGE" (BSSID TEXT)')
        base.executemany("INSERT INTO gpkg_contents VALUES (?)", [("LTE_MESSAGE",), ("BLUETOOTH_MESSAGE",)])
        base.execute("INSERT INTO LTE_MESSAGE VALUES (-90, ?)", (SECRET,))
        base.execute("INSERT INTO BLUETOOTH_MESSAGE VALUES ('11:22:33:44:55:66')")
        base.execute("INSERT INTO \"80211_BEACON_MESSAGE\" VALUES ('aa:bb:cc:dd:ee:ff')")
    base.close()
    copy, _ = without_private(path, folder)
    content = copy.read_bytes()
    for secret in (SECRET, "11:22:33:44:55:66", "aa:bb:cc:dd:ee:ff"):
        assert secret.encode() in path.read_bytes() and secret.encode() not in content
    with sqlite3.connect(copy) as base:
        assert base.execute("SELECT * FROM LTE_MESSAGE").fetchall() == [(-90.0, None)]
        assert base.execute("SELECT * FROM gpkg_contents").fetchall() == [("LTE_MESSAGE",)]
    base.close()


@pytest.mark.parametrize("start", ["", "\ufeff\n"], ids=["plain", "with a byte order mark"])
def test_geojson_is_written_without(write, folder, start):
    point = {"type": "Point", "coordinates": [117.5, 0.5]}
    features = [
        {
            "type": "Feature",
            "geometry": point,
            "properties": {"rsrp": -90, "imei": SECRET, "scan": [{"SSID": "Rumah"}]},
        },
        {"type": "Feature", "geometry": point, "properties": {"rsrp": -91, "No HP": SECRET, "nama": "Pos"}},
    ]
    text = start + json.dumps({"type": "FeatureCollection", "name": "drive", "features": features})
    path, note = without_private(write("drive.geojson", text), folder)
    said = json.loads(path.read_text("utf-8"))
    assert [f["properties"] for f in said["features"]] == [{"rsrp": -90, "scan": [{}]}, {"rsrp": -91, "nama": "Pos"}]
    assert [f["geometry"] for f in said["features"]] == [point, point]
    assert dict(note.parameters)["what"] == "No HP, SSID, imei"
    assert SECRET not in path.read_text("utf-8")


def test_geojson_that_names_nobody_stays_as_it_is(write, folder):
    text = '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"nama": "Café"}}]}'
    assert without_private(write("villages.geojson", text.encode("cp1252")), folder) is None


def test_a_geopackage_that_is_damaged_is_named(write, folder):
    with pytest.raises(FormatError, match=r"broken\.gpkg"):
        without_private(write("broken.gpkg", b"SQLite format 3\x00" + b"x" * 5000), folder)


def test_a_list_of_other_peoples_devices_is_not_taken_in_at_all(write, folder):
    with pytest.raises(FormatError, match="other people"):
        without_private(write("wifi.csv", "deviceTime,latitude,longitude,bssid,ssid\n1,2,3,a,b\n"), folder)
