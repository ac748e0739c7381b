"""Signal samples as apps and offices write them."""

import gzip
import json
import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
import shapely

from jangkau.errors import FormatError
from jangkau.messages import LANGUAGES, render
from jangkau.settings import Operator
from jangkau.sources.detect import detect, read
from jangkau.sources.positions import quadkey_middle

AMBATO = Path(__file__).parents[3] / "shared" / "data" / "measurements" / "ambato_lte.csv"
OPERATORS = (
    Operator("Telkomsel", ("510-10",)),
    Operator("XL", ("510-11",), valid_to=date(2025, 4, 1)),
    Operator("XLSmart", ("510-11",), valid_from=date(2025, 4, 1)),
)

SURVEY = """# CSV Version=0.4.0
deviceTime,latitude,longitude,altitude,speed,accuracy,missionId,recordNumber,groupNumber,mcc,mnc,tac,eci,earfcn,pci,rsrp,\
rsrq,ta,servingCell,lteBandwidth,provider,signalStrength,cqi,slot,snr,deviceSerialNumber,locationAge
2024-11-10T14:30:00.000+08:00,0.5,117.5,12,1.5,4.2,m,1,7,510,10,1,2001,1850,55,-98,-11,2,true,,TELKOMSEL,,,1,8,ABC123,
2024-11-10T14:30:00.000+08:00,0.5,117.5,12,1.5,4.2,m,2,7,,,,,1850,60,-108,-15,,false,,,,,1,,ABC123,
2024-11-10T14:30:00.000+08:00,0.5,117.5,12,1.5,4.2,m,3,8,510,11,1,3001,2147483647,-1,-99,-12,,true,,XL,,,2,7,ABC123,
2024-11-10T14:30:05.000+08:00,0.5,117.5,12,1.5,4.2,m,4,9,404,01,1,9,1850,1,-99,-12,,true,,X,,,2,7,ABC123,
"""
TOWERS = (
    "mcc,mnc,lac,cell_id,psc,asu,dbm,ta,lat,lon,accuracy,speed,bearing,altitude,measured_at,net_type,neighboring,device\n"
    '510,10,1,2001,55,30,-97,2,0.5,117.5,5,0.5,0,10,"2024-11-10T06:30:00.000Z",LTE,false,"Phone A"\n'
    '510,10,1,77,,20,-73,,0.5,117.5,5,0.5,0,10,"2024-11-10T06:30:05.000Z",GSM,false,"Phone A"\n'
)
TRACK = (
    "Timestamp\tLongitude\tLatitude\tSpeed\tOperator\tMCC-MNC\tCGI\tNode\tNetworkTech\tNetworkMode\tLevel\tQual\tSNR"
    "\tARFCN\tDL_bitrate\tUL_bitrate\n"
    "2024-11-10 14:30:00\t117.5\t0.5\t36\tTelkomsel\t510-10\tx\t1\t4G\tLTE\t-85.2\t-12.3\t15.8\t1850\t5000\t900\n"
    "2024.11.10_14.30.05\t117.5\t0.5\t36\tTelkomsel\t510-10\t\t\tNo service\t\t-140\t\t\t\t\t\n"
)
CELLID = """mcc,mnc,lac,cellid,lat,lon,signal,measured_at,rating,speed,direction,act,pci
510,10,1,2001,0.5,117.5,-97,1731220200000.0,6.7,0.2,7.5,LTE,32.0
510,10,1,2001,0.5,117.5,41,1731220205000,6.7,0.2,7.5,LTE,-1
510,10,1,88,0.5,117.5,-80,1731220210000,6.7,0.2,7.5,HSPA+,
"""
BDC = {
    "submission_type": "Mobile",
    "submissions": [
        {
            "test_id": "1", "timestamp": "2024-11-10T14:30:00+08:00", "device_type": "Android",
            "manufacturer": "Google",
            "model": "Pixel 3", "app_id": "FCC Speed Test", "provider_name": "Telkomsel", "device_imei": "3512345678",
            "tests": {
                "download": {
                    "timestamp": "2024-11-10T14:30:00+08:00", "duration": 5_000_000, "bytes_transferred": 12_500_000,
                    "bytes_sec": 2_500_000, "locations": [{"latitude": 0.5, "longitude": 117.5}],
                    "cells": [{"cell_id": 2001, "physical_cell_id": 55, "network_generation": "4G", "rsrp": -98}],
                },
                "upload": {"bytes_transferred": 1_250_000, "duration": 5_000_000},
                "latency": {"rtt_avg": 42_000},
            },
        }
    ],
}  # fmt: skip
NDT7 = {
    "ServerFQDN": "example.org", "ClientIP": "203.0.113.9", "time": "2024-11-10T06:30:00Z", "operator": "Telkomsel",
    "longitude": 117.5, "latitude": 0.5,
    "Download": {"Throughput": {"Value": 12.5, "Unit": "Mbit/s"}, "Latency": {"Value": 40.0, "Unit": "ms"}},
    "Upload": {"Throughput": {"Value": 0.09, "Unit": "Mbit/s"}},
}  # fmt: skip
OOKLA = {
    "type": "result", "timestamp": "2024-11-10T06:30:00Z", "ping": {"latency": 31.5}, "packetLoss": 1.5,
    "download": {"bandwidth": 1_250_000}, "upload": {"bandwidth": 125_000}, "isp": "Telkomsel",
    "operator": "Telkomsel", "longitude": 117.5, "latitude": 0.5,
}  # fmt: skip


@pytest.fixture
def region(around):
    return replace(around, operators=("Telkomsel", "XL", "XLSmart"), networks=OPERATORS)


@pytest.fixture
def samples(origin, region):
    """Detect and read a file; its samples as records, and the reading."""

    def samples(path, around=region):
        assert detect(path) == "measurements"
        reading = read(path, "measurements", origin, around, "Asia/Makassar")
        return [record for columns in reading.columns for record in columns.records()], reading

    return samples


def codes(messages):
    return {message.code for message in messages}


def test_network_survey_by_two_sim_cards_with_a_neighbour(write, samples):
    (serving, neighbour, other), reading = samples(write("lte.csv", SURVEY))
    assert (serving.operator, serving.technology, serving.service, serving.app) == (
        "Telkomsel",
        "4G",
        "ok",
        "Network Survey",
    )
    assert (serving.eci, serving.pci, serving.earfcn, serving.rsrp_dbm, serving.sinr_db) == (2001, 55, 1850, -98.0, 8.0)
    assert (serving.time, serving.sim_slot) == (datetime(2024, 11, 10, 6, 30, tzinfo=UTC), 1)
    assert (neighbour.operator, neighbour.eci, neighbour.pci) == ("Telkomsel", None, 60)
    assert (other.operator, other.sim_slot, other.earfcn, other.pci) == ("XL", 2, None, None)
    (refusal,) = reading.refused
    assert (refusal.row, refusal.value, refusal.reason.code) == (6, "404-01", "row.unknown_network")
    assert refusal.cells["provider"] == "X"
    assert "note.private_columns" in codes(reading.notes)


def test_the_name_of_a_network_is_that_of_the_day(write, samples):
    later = SURVEY.replace("2024-11-10", "2025-11-10")
    assert [s.operator for s in samples(write("lte.csv", later))[0]] == ["Telkomsel", "Telkomsel", "XLSmart"]


def test_without_a_list_of_operators_a_network_has_its_numbers_as_name(write, samples, around):
    free = replace(around, operators=(), network_codes={}, bounds=None)
    assert {s.operator for s in samples(write("lte.csv", SURVEY), free)[0]} == {"510-10", "510-11", "404-01"}


def test_a_geopackage_of_network_survey(tmp_path, samples):
    path = tmp_path / "survey.gpkg"
    point = b"GP\x00\x01" + (4326).to_bytes(4, "little") + shapely.to_wkb(shapely.Point(117.5, 0.5))
    with sqlite3.connect(path) as base:
        base.execute(
            'CREATE TABLE LTE_MESSAGE (id INTEGER, geom BLOB, Time INTEGER, GroupNumber INTEGER, "Serving Cell" TEXT,'
            " MCC INTEGER, MNC INTEGER, ECI INTEGER, DL_EARFCN INTEGER, Phys_Cell_ID INTEGER, RSRP REAL, RSRQ REAL)"
        )
        row = (1, point, 1731220200000, 7, 1, 510, 10, 2001, 1850, 55, -98.0, -11.0)
        base.execute(f"INSERT INTO LTE_MESSAGE VALUES ({', '.join('?' * len(row))})", row)
    base.close()
    (sample,), reading = samples(path)
    assert (sample.longitude, sample.latitude, sample.rsrp_dbm, sample.earfcn) == (117.5, 0.5, -98.0, 1850)
    assert (sample.pci, sample.eci, sample.operator) == (55, 2001, "Telkomsel")
    assert sample.time == datetime(2024, 11, 10, 6, 30, tzinfo=UTC)
    assert reading.refused == []


def test_tower_collector_keeps_no_level_of_2g(write, samples):
    (lte, gsm), reading = samples(write("towers.csv", TOWERS))
    assert (lte.rsrp_dbm, lte.pci, lte.device, lte.app) == (-97.0, 55, "Phone A", "Tower Collector")
    assert (gsm.technology, gsm.rsrp_dbm, gsm.eci, gsm.service) == ("2G", None, 77, "ok")
    assert "note.level_no_rsrp" in codes(reading.notes)


def test_g_nettrack_by_the_names_of_its_columns(write, samples):
    (heard, nothing), reading = samples(write("track.txt", TRACK))
    assert heard.speed_mps == pytest.approx(10.0)
    assert (heard.rsrp_dbm, heard.download_mbps, heard.upload_mbps) == (-85.2, 5.0, pytest.approx(0.9))
    assert heard.time == datetime(2024, 11, 10, 6, 30, tzinfo=UTC)
    assert (nothing.service, nothing.rsrp_dbm, nothing.operator) == ("none", None, "Telkomsel")
    assert nothing.time == datetime(2024, 11, 10, 6, 30, 5, tzinfo=UTC)
    assert "note.level_without_service" in codes(reading.notes)


def test_opencellid_measurements(write, samples):
    (first, steps, fast), _ = samples(write("cellid.csv", CELLID))
    assert (first.accuracy_m, first.rsrp_dbm, first.pci, first.eci) == (6.7, -97.0, 32, 2001)
    assert (steps.rsrp_dbm, steps.pci) == (-99.0, None)
    assert (fast.technology, fast.rsrp_dbm) == ("3G", None)


def test_tiles_of_ookla_stand_in_their_middle_for_any_operator(write, samples):
    assert quadkey_middle("0") == (-90.0, pytest.approx(66.513, abs=1e-3))  # upper left quarter of the web map
    key = "1322300000000000"
    longitude, latitude = quadkey_middle(key)
    text = f"quadkey,avg_d_kbps,avg_u_kbps,avg_lat_ms,tests,devices\n{key},12500,900,35,4,2\nabc,1,1,1,1,1\n"
    free_path = write("2024-10-01_mobile.csv", text)
    (tile,), reading = samples(free_path, None)
    assert (tile.longitude, tile.latitude, tile.accuracy_m) == (longitude, latitude, 430.0)
    assert (tile.operator, tile.download_mbps, tile.upload_mbps, tile.latency_ms) == ("any", 12.5, 0.9, 35.0)
    assert [r.reason.code for r in reading.refused] == ["row.missing", "row.missing"]


@pytest.mark.parametrize(
    ("document", "rates", "latency"),
    [(BDC, (20.0, 2.0), 42.0), (NDT7, (12.5, 0.09), 40.0), (OOKLA, (10.0, 1.0), 31.5)],
    ids=["BDC", "ndt7", "Ookla"],
)
def test_results_of_speed_tests(write, samples, document, rates, latency):
    for text in (json.dumps(document), "\n".join([json.dumps(document)] * 2), json.dumps([document])):
        found, reading = samples(write("result.json", text))
        assert reading.refused == []
        for one in found:
            assert (one.download_mbps, one.upload_mbps, one.latency_ms) == (*map(pytest.approx, rates), latency)
            assert (one.longitude, one.latitude, one.operator, one.service) == (117.5, 0.5, "Telkomsel", "ok")
            assert one.time == datetime(2024, 11, 10, 6, 30, tzinfo=UTC)
    if document is BDC:
        assert (found[0].rsrp_dbm, found[0].eci, found[0].technology, found[0].device) == (
            -98,
            2001,
            "4G",
            "Google Pixel 3",
        )


def test_a_speed_test_without_a_place_is_refused_with_what_is_missing(write, samples):
    bare = {key: value for key, value in NDT7.items() if key not in ("longitude", "latitude")}
    found, reading = samples(write("result.json", json.dumps(bare)))
    assert found == []
    assert [(r.field, r.reason.code) for r in reading.refused] == [
        ("longitude", "row.missing"),
        ("latitude", "row.missing"),
    ]


def test_a_form_with_a_title_merged_cells_and_decimal_commas(tmp_path, samples):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["HASIL UJI SINYAL KABUPATEN", *[None] * 6])
    sheet.append([])
    sheet.append(["Waktu", "Bujur", "Lintang", "Operator", "Teknologi", "Layanan", "RSRP"])
    sheet.append([datetime(2024, 11, 10, 14, 30), "117,5", "0,5", "Telkomsel", "4G", "Baik", "-98,5"])  # noqa: DTZ001
    sheet.append([None, None, None, "XL", None, "Tidak ada", None])
    sheet.merge_cells("A1:G1")
    for column in "ABC":
        sheet.merge_cells(f"{column}4:{column}5")
    book.save(tmp_path / "formulir.xlsx")
    (heard, nothing), reading = samples(tmp_path / "formulir.xlsx")
    assert reading.refused == []
    assert (heard.rsrp_dbm, heard.longitude, heard.operator) == (-98.5, 117.5, "Telkomsel")
    assert (nothing.service, nothing.rsrp_dbm, nothing.operator, nothing.time) == ("none", None, "XL", heard.time)


def test_a_row_without_service_is_kept_and_never_gets_a_number(write, samples):
    head = "time,longitude,latitude,operator,service,rsrp_dbm,accuracy_m\n"
    rows = "2024-11-10T06:30:00Z,117.5,0.5,XL,none,,900\n2024-11-10T06:31:00Z,117.5,0.5,XL,none,-139,5\n"
    found, reading = samples(write("m.csv", head + rows))
    assert [(s.service, s.rsrp_dbm, s.doubt) for s in found] == [("none", None, "accuracy"), ("none", None, None)]
    assert reading.refused == []


HEAD = "time,longitude,latitude,accuracy_m,speed_mps,operator,service,rsrp_dbm,device\n"


def track(*points, device="A"):
    return "".join(
        f"2024-11-10T06:{s // 60:02}:{s % 60:02}Z,{x},0.5,{accuracy},{speed},XL,ok,-90,{device}\n"
        for s, x, accuracy, speed in points
    )


def test_odd_positions_are_marked_and_counted_never_dropped(write, samples):
    rows = track(
        (0, 117.5, 5, 10), (5, 117.5005, 5, 10), (10, 118.5, 5, 10), (15, 117.5015, 5, 10),  # one far off
        (20, 117.502, 250, 10),  # inaccurate
        *((s, 117.5025, 5, 10) for s in range(25, 75, 5)),  # it moves and stays
        (80, 117.508, 5, 10), (240, 117.52, 5, 10),  # a gap
        (245, 117.5205, 5, 90),  # no car is as fast
    )  # fmt: skip
    standing = track(*((s, 117.9, 5, 0) for s in range(0, 300, 30)), device="B")
    found, reading = samples(write("m.csv", HEAD + rows + standing))
    doubts = [s.doubt for s in found]
    assert doubts[:5] == [None, None, "speed", None, "accuracy"]
    assert doubts[5:15] == ["frozen"] * 10
    assert doubts[15:18] == [None, None, "speed"]
    assert set(doubts[18:]) == {None}
    said = {n.code: dict(n.parameters) for n in reading.notes}
    assert (said["note.doubt_speed"]["count"], said["note.doubt_frozen"]["count"]) == (2, 10)
    assert said["note.doubt_accuracy"]["count"] == 1
    assert (said["note.gaps"]["count"], said["note.gaps"]["minutes"]) == (1, pytest.approx(160 / 60))


def test_the_order_of_rows_changes_nothing(write, samples):
    rows = track(
        *((s, 117.5 + 0.0005 * s / 5 + (0.9 if s == 50 else 0.0), 5, 10) for s in range(0, 100, 5))
    ).splitlines()
    forwards, _ = samples(write("a.csv", HEAD + "\n".join(rows)))
    backwards, _ = samples(write("b.csv", HEAD + "\n".join(reversed(rows))))
    assert [s.doubt for s in forwards].count("speed") == 1

    def said(found):
        return sorted((s.time, s.longitude, str(s.doubt)) for s in found)

    assert said(forwards) == said(backwards)


def test_compressed_or_not_it_is_the_same(write, samples):
    plain, _ = samples(write("m.csv", SURVEY))
    packed, _ = samples(write("m.csv.gz", gzip.compress(SURVEY.encode())))
    assert [replace(s, id="") for s in plain] == [replace(s, id="") for s in packed]


def test_a_broken_archive_is_said(write):
    with pytest.raises(FormatError, match="cannot be unpacked"):
        detect(write("m.csv.gz", gzip.compress(SURVEY.encode() * 50)[:400]))


def test_every_trouble_of_a_row_is_said_with_a_way_out(write, samples):
    head = "time,longitude,latitude,operator,service,rsrp_dbm,pci\n"
    rows = (
        "2024-11-10T06:30:00Z,117.5,0.5,XL,ok,-90,5\n"
        "2024-11-10T06:30:00Z,117.5,0.5,Nobody,ok,-900,5000\n"
        "yesterday,117.5,0.5,XL,ok,-90,\n"
        "2024-11-10T06:30:00Z,0.5,117.5,XL,ok,-90,\n"
        "2024-11-10T06:30:00Z,117.5,0.5,XL,,,\n"
        "2024-11-10T06:30:00Z,117.5,0.5,XL,ok,-90,5,surplus\n"
    )
    found, reading = samples(write("m.csv", head + rows))
    assert len(found) == 1
    assert [(r.row, r.reason.code) for r in reading.refused] == [
        (3, "row.unknown_operator"), (3, "row.out_of_range"), (3, "row.out_of_range"), (4, "row.not_a_time"),
        (5, "row.swapped_coordinates"), (6, "row.no_level"), (7, "row.surplus"),
    ]  # fmt: skip
    for refusal in reading.refused:
        for language in LANGUAGES:
            assert not render(refusal.reason, language).startswith("row.")
            assert not render(refusal.remedy, language).startswith("row.")


@pytest.mark.skipif(not AMBATO.exists(), reason="the measurements of Ambato are not at hand")
def test_the_phone_logs_of_ambato_are_read_but_for_impossible_speeds(samples, around):
    found, reading = samples(AMBATO, replace(around, operators=(), network_codes={}, bounds=None))
    assert (reading.rows_read, len(found)) == (18_008, 18_002)
    assert {(r.field, r.value) for r in reading.refused} == {("speed", "-2000.0")}
    assert {s.operator for s in found} == {"740-02"}
    assert {s.technology for s in found if s.rsrp_dbm is None} <= {"3G"}
