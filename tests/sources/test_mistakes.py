"""Every mistake that planners make in tables, and the sentence that they are shown for it."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import jangkau
from jangkau.messages import LANGUAGES, render
from jangkau.sources.detect import read

PLACE = {"id": "P9", "kind": "settlement", "longitude": "117.5", "latitude": "0.5"}
CELL = {
    "id": "C1", "site_id": "S1", "operator": "Telkomsel", "technology": "4G", "longitude": "117.5", "latitude": "0.5",
}  # fmt: skip
LINK = {"id": "L9", "place_id": "P1", "stage": "accepted"}
VISIT = {"place_id": "P1", "time": "2024-11-10T14:30:00+08:00", "operator": "IOH", "service": "none"}
PROBE = {"link_id": "L1", "time": "2024-11-10T14:30:00Z", "method": "icmp", "up": "1"}
SAMPLE = VISIT | {"longitude": "117.5", "latitude": "0.5"}
CLAIM = {"village_code": "64.08.04.2001", "subject": "blank_spot", "statement": "no signal"}
OPENCELLID = {
    "radio": "LTE", "mcc": "510", "net": "10", "area": "1", "cell": "2", "lon": "117.5", "lat": "0.5", "range": "900",
}  # fmt: skip
ROWS = {
    "places": PLACE, "cells": CELL, "links": LINK, "visits": VISIT, "probes": PROBE, "measurements": SAMPLE,
    "claims": CLAIM, "opencellid": OPENCELLID,
}  # fmt: skip

MISTAKES = [
    (
        "cells",
        {"bandwidth_mhz": "7"},
        "A 4G carrier of 7 MHz does not exist.",
        "Give one of 1.4, 3, 5, 10, 15, 20 MHz, or leave the cell empty.",
    ),
    # wrong coordinate system, swapped, lost points, far away, at sea
    (
        "places",
        {"longitude": "555660", "latitude": "55270"},
        "555660, 55270 are not degrees; they look like EPSG:32650 metres.",
        "In EPSG:32650 this is longitude 117.50021, latitude 0.50003. If that is right, convert the file "
        "from EPSG:32650 to WGS 84 (EPSG:4326) and import it again.",
    ),
    (
        "places",
        {"longitude": "520000", "latitude": "45000"},
        "520000, 45000 are not degrees; they look like EPSG:32650 metres.",
        "In EPSG:32650 this is longitude 117.17974, latitude 0.40713. If that",
    ),
    (
        "cells",
        {"longitude": "520000", "latitude": "9945000"},
        "520000, 9945000 are not degrees; they look like UTM metres.",
        "Convert them to WGS 84 longitude and latitude (in QGIS: Reproject layer, EPSG:4326) and import "
        "the file again.",
    ),
    (
        "places",
        {"longitude": "1175012", "latitude": "52"},
        "1175012, 52 has lost its decimal points.",
        "Is it 117.5012, 0.52? Format the columns as text in the spreadsheet and copy the coordinates again.",
    ),
    (
        "places",
        {"longitude": "0.5", "latitude": "117.5"},
        "0.5, 117.5: longitude and latitude are swapped.",
        "Write longitude 117.5 and latitude 0.5. If every row has this, swap the names of the two columns.",
    ),
    (
        "places",
        {"longitude": "106.8", "latitude": "-6.2"},
        "106.8, -6.2 lies far outside the region (west, south, east, north: 116.00, 0.00, 119.00, 1.90).",
        "Check digits and signs; south of the equator latitudes are negative. If the region is larger, "
        "change bounds in jangkau.toml.",
    ),
    (
        "cells",
        {"longitude": "119.4"},
        "119.4, 0.5 lies far outside",
        "Check digits",
    ),
    (
        "places",
        {"longitude": "119.2"},
        "119.2, 0.5 lies far outside",
        "Check digits",
    ),
    (
        "places",
        {"longitude": "117.5", "latitude": "95"},
        "117.5, 95: a latitude lies between -90 and 90.",
        "Write longitude and latitude",
    ),
    (
        "cells",
        {"longitude": "0", "latitude": "0"},
        "0, 0 stands for a missing position; it lies in the Gulf of Guinea.",
        "Write the position, or leave both cells empty.",
    ),
    (
        "places",
        {"latitude": ""},
        "latitude is empty although the other coordinate is given.",
        "Fill in both",
    ),
    (
        "cells",
        {"longitude": "118.8"},
        "118.8, 0.5 lies in the sea.",
        "Check the position. If land is there, import finer terrain.",
    ),
    # heights, frequencies, directions, levels
    (
        "cells",
        {"height_agl_m": "400"},
        "No antenna stands 400 m above ground; in feet it would be 122 m.",
        "Is it in feet, or above sea level? Write the height of the antenna above ground in metres.",
    ),
    (
        "cells",
        {"height_agl_m": "-3"},
        "An antenna cannot be -3 m above ground.",
        "Write the height",
    ),
    (
        "cells",
        {"frequency_mhz": "900000000"},
        "900000000 looks like Hz, but frequency_mhz is in MHz.",
        "Write 900 instead.",
    ),
    (
        "cells",
        {"frequency_mhz": "1.8"},
        "1.8 looks like GHz, but frequency_mhz is in MHz.",
        "Write 1,800 instead.",
    ),
    (
        "cells",
        {"frequency_mhz": "900000"},
        "900000 looks like kHz, but frequency_mhz is in MHz.",
        "Write 900 instead.",
    ),
    (
        "cells",
        {"frequency_mhz": "8"},
        "8 is not a frequency between 30 and 6000 MHz.",
        "Write the centre of the downlink",
    ),
    (
        "cells",
        {"azimuth_deg": "400"},
        "400 is not a direction between 0 and 360 degrees.",
        "Write degrees clockwise from north",
    ),
    (
        "cells",
        {"eirp_dbm": "1000"},
        "1000 is outside -30 to 110 dBm.",
        "Check the number, its sign and its unit in eirp_dbm",
    ),
    (
        "measurements",
        {"rsrp_dbm": "95"},
        "95 is outside -170 to -20 dBm.",
        "Check the number, its sign",
    ),
    # words and names
    (
        "cells",
        {"operator": "Esia"},
        "Esia is not in this region's list of operators.",
        "Use one of: Telkomsel, IOH. A new operator is added under [[operators]] in jangkau.toml, with "
        "name and network_codes.",
    ),
    (
        "cells",
        {"technology": "6G"},
        "6G is not a known technology.",
        "Use one of: 2G, 3G, 4G, 5G.",
    ),
    (
        "places",
        {"kind": "rumah"},
        "rumah is not a known kind.",
        "Use one of: village_office, district_office",
    ),
    (
        "links",
        {"stage": "soon"},
        "soon is not a known stage.",
        "Use one of: asked, ordered, fitted, tested, accepted, ended.",
    ),
    (
        "claims",
        {"subject": "roads"},
        "roads is not a known subject.",
        "Use one of: blank_spot, tower, no_grid_power, office_internet, other.",
    ),
    (
        "visits",
        {"service": "maybe"},
        "maybe is not a known service.",
        "Use one of: none, limited, ok.",
    ),
    (
        "opencellid",
        {"net": "99"},
        "No operator of this region has the network code 510-99.",
        "Known are: 510-01, 510-10, 510-21. Add the code to network_codes",
    ),
    # codes
    (
        "places",
        {"village_code": "64.08.04.2999", "village": "Sangata Utara"},
        "64.08.04.2999 is not the code of a village of this region.",
        "Did you mean Sangatta Utara? Then write its code, 64.08.04.2001.",
    ),
    (
        "places",
        {"desa": "Teluk Linga"},
        "Teluk Linga is not the code of a village of this region.",
        "Did you mean Teluk Lingga? Then write its code, 64.08.04.1003.",
    ),
    (
        "claims",
        {"village_code": "64.08.99.2001"},
        "64.08.99.2001 is not the code of a village of this region.",
        "Write the Kemendagri code such as 64.08.04.2001. If the village is missing, import boundaries or"
        " villages.csv first.",
    ),
    (
        "places",
        {"village_code": "6408042001"},
        "6408042001 is not the code",
        "The dots are missing: 64.08.04.2001? BPS codes look the same and mean other villages",
    ),
    (
        "places",
        {"id": "6.40804E+09"},
        "6.40804E+09 is no longer a code: a spreadsheet has turned it into a number.",
        "Format the column id as text, type the full code again",
    ),
    (
        "links",
        {"place_id": "P7"},
        "P7 is not among the places of this region.",
        "Check the code, or import the places first.",
    ),
    (
        "probes",
        {"link_id": "L7"},
        "L7 is not among the office links of this region.",
        "Check the code, or import the office links first.",
    ),
    (
        "claims",
        {"village_code": ""},
        "The claim names neither a village nor a place.",
        "Fill in village_code or place_id.",
    ),
    # numbers, dates, times
    (
        "places",
        {"population": "-5"},
        "-5 is negative; population counts something and cannot be.",
        "Write the number without minus, or leave the cell empty if it is not known.",
    ),
    (
        "places",
        {"population": "12.5"},
        "12.5 is not a whole number.",
        "Write population without decimals.",
    ),
    (
        "places",
        {"voters": "banyak"},
        "banyak is not a number.",
        "Write only the number in voters",
    ),
    (
        "places",
        {"kind": ""},
        "kind is empty.",
        "Fill in kind; a row without it cannot be used.",
    ),
    (
        "links",
        {"valid_from": "2024-12-01", "valid_to": "2024-11-01"},
        "valid_to 2024-11-01 lies before valid_from 2024-12-01.",
        "Check both dates; valid_to is the first day on which it no longer holds.",
    ),
    (
        "links",
        {"valid_from": "11/27/2024"},
        "11/27/2024 is not a date.",
        "Write year-month-day such as 2024-11-27, or day/month/year such as 27/11/2024.",
    ),
    (
        "visits",
        {"time": "tadi pagi"},
        "tadi pagi is not a time.",
        "Write date, time and zone such as 2024-11-27T13:05:00+08:00.",
    ),
    (
        "visits",
        {"time": "2024-11-10 14:30"},
        "2024-11-10 14:30 does not say in which time zone it is.",
        "Add the zone, such as +08:00 for WITA, or set timezone in jangkau.toml.",
    ),
]


def csv_of(*rows):
    names = list(dict.fromkeys(name for row in rows for name in row))
    return "\n".join([",".join(names), *(",".join(row.get(name, "") for name in names) for row in rows)]) + "\n"


@pytest.mark.parametrize(
    ("kind", "change", "reason", "remedy"), MISTAKES, ids=[f"{m[0]}-{'-'.join(m[1].values())}" for m in MISTAKES]
)
def test_a_mistake_is_refused_with_reason_and_remedy(write, origin, around, kind, change, reason, remedy):
    good = ROWS[kind] | ({"id": "good"} if "id" in ROWS[kind] else {})
    reading = read(write("a.csv", csv_of(good, ROWS[kind] | change)), kind, origin, around)
    assert reading.rows_read == 2
    assert reading.records or any(len(columns) for columns in reading.columns), "the good row is kept"
    (refusal,) = reading.refused
    assert refusal.row == 3
    assert render(refusal.reason, "en").startswith(reason)
    assert render(refusal.remedy, "en").startswith(remedy)
    for language in LANGUAGES:
        for message in (refusal.reason, refusal.remedy):
            said = render(message, language)
            assert not said.startswith(message.code), said
            assert "{" not in said


@pytest.mark.parametrize("kind", ["places", "cells", "links"])
def test_the_second_of_two_rows_with_one_id_is_refused(write, origin, around, kind):
    reading = read(write("a.csv", csv_of(ROWS[kind], ROWS[kind] | {"name": "another"})), kind, origin, around)
    (refusal,) = reading.refused
    code = ROWS[kind]["id"]
    assert (refusal.row, refusal.field, refusal.value) == (3, "id", code)
    assert render(refusal.reason, "en") == f"id {code} was already used in row 2."
    assert render(refusal.reason, "id") == f"id {code} sudah dipakai di baris 2."
    assert "valid_from" in render(refusal.remedy, "en")


def test_a_change_of_rate_is_a_new_dated_row_of_the_same_link(write, origin, around):
    rows = [
        LINK | {"valid_from": day, "download_mbps": rate} for day, rate in (("2024-01-01", "10"), ("2024-11-01", "50"))
    ]
    reading = read(write("links.csv", csv_of(*rows)), "links", origin, around)
    assert [link.download_mbps for link in reading.records] == [10.0, 50.0]


def test_several_mistakes_of_one_row_are_all_named(write, origin, around):
    reading = read(
        write("a.csv", csv_of(CELL | {"height_agl_m": "400", "azimuth_deg": "361"})), "cells", origin, around
    )
    assert [refusal.field for refusal in reading.refused] == ["height_agl_m", "azimuth_deg"]
    assert reading.records == []


def test_every_refusal_and_its_remedy_is_in_both_catalogues():
    package = Path(jangkau.__file__).parent
    own = ("fields", "positions", "rows", "cells", "claims", "boundaries")
    text = "\n".join((package / "sources" / f"{name}.py").read_text("utf-8") for name in own)
    codes = set(re.findall(r'unfit\(\s*"(row\.[a-z_]+)"', text))
    assert len(codes) > 30
    for language in LANGUAGES:
        with (package / "locale" / language / "LC_MESSAGES" / "sources.po").open("rb") as file:
            known = {message.id for message in read_po(file, locale=language)}
        assert codes - known == set()
        assert {f"{code}.remedy" for code in codes} - known == set()
