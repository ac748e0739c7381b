"""Single fields: what is understood, and what is refused with which sentence."""

from datetime import UTC, date, datetime

import pytest

from jangkau.sources import fields, words
from jangkau.sources.fields import Context, UnfitError

WITA = Context(timezone="Asia/Makassar")
POINT, COMMA = Context(), Context(decimal_comma=True)


@pytest.mark.parametrize(
    ("written", "context", "meant"),
    [
        ("1.5", POINT, 1.5),
        ("1,5", POINT, 1.5),
        ("-110,5", COMMA, -110.5),
        ("1.234,5", COMMA, 1234.5),
        ("1,234.5", POINT, 1234.5),
        ("1,234", POINT, 1234.0),
        ("1,234", COMMA, 1.234),
        ("1 234", POINT, 1234.0),
        ("\u22125", POINT, -5.0),
        ("1.234.567", COMMA, 1234567.0),
        ("1e3", POINT, 1000.0),
    ],
)
def test_numbers(written, context, meant):
    assert fields.as_float(written, context) == meant


@pytest.mark.parametrize(
    ("written", "context", "meant"), [("1.234", COMMA, 1234), ("12.0", POINT, 12), ("7", COMMA, 7)]
)
def test_whole_numbers(written, context, meant):
    assert fields.integer(0, 9999)(written, context) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("117.5", 117.5),
        ("117,5", 117.5),
        ("-0.25", -0.25),
        ("0°31'12\" LU", 0.52),
        ("0°31'12\" LS", -0.52),
        ("117°30'00\"BT", 117.5),
        ("117 30 E", 117.5),
        ("0 31 12 S", -0.52),
        ("S 0°31'12\"", -0.52),
        ("117° 30.5'", 117.508333),
        ("117°30′0″E", 117.5),
        ("117.5°", 117.5),
    ],
)
def test_degrees_minutes_and_seconds(written, meant):
    assert fields.degrees(written, POINT) == pytest.approx(meant, abs=1e-6)


@pytest.mark.parametrize(
    "written", ["2024-11-27", "27/11/2024", "27-11-2024", "27.11.2024", "45623", "2024-11-27T13:00:00", "2024/11/27"]
)
def test_days(written):
    assert fields.day(written, POINT) == date(2024, 11, 27)


def test_a_month_or_year_means_its_first_day():
    assert fields.day("2024-11", POINT) == date(2024, 11, 1)
    assert fields.day("2024", POINT) == date(2024, 1, 1)


@pytest.mark.parametrize(
    "written",
    [
        "2024-11-27T13:05:00+08:00",
        "2024-11-27T05:05:00Z",
        "2024-11-27 13:05",
        "27/11/2024 13:05",
        "27/11/2024 13.05",
        "45623.545138889",
    ],
)
def test_times_become_utc(written):
    assert fields.time(written, WITA) == datetime(2024, 11, 27, 5, 5, tzinfo=UTC)


def test_words_are_known_in_both_languages():
    assert words.place_kind("Kantor Desa", POINT) == "village_office"
    assert words.place_kind("village_office", POINT) == "village_office"
    assert words.place_kind("polling station", POINT) == "polling_station"
    assert words.technology("LTE", POINT) == "4G"
    assert words.service("Tidak ada", POINT) == "none"
    assert words.power("PLTS", POINT) == "solar"
    assert words.stage("diterima", POINT) == "accepted"
    assert fields.truth("Ya", POINT) is True
    assert fields.truth("0", POINT) is False


@pytest.mark.parametrize(
    ("parse", "written", "code"),
    [
        (fields.as_float, "banyak", "row.not_a_number"),
        (fields.as_float, "nan ", "row.not_a_number"),
        (fields.degrees, "0°71'00\" LU", "row.not_a_number"),
        (fields.integer(0, 10), "2.5", "row.not_whole"),
        (fields.integer(0, 10), "-2", "row.negative"),
        (fields.integer(0, 10), "11", "row.out_of_range"),
        (fields.day, "11/27/2024", "row.not_a_date"),
        (fields.day, "27/11/24", "row.not_a_date"),
        (fields.day, "segera", "row.not_a_date"),
        (fields.time, "2024-11-27", "row.no_time_zone"),
        (fields.time, "13:05", "row.not_a_time"),
        (fields.time, "2024-11-27 13:05", "row.no_time_zone"),
        (fields.code, "6.40804E+09", "row.mangled_code"),
        (fields.village_code, "64.08", "row.mangled_code"),
        (words.technology, "6G", "row.unknown_word"),
        (fields.truth, "mungkin", "row.unknown_word"),
    ],
)
def test_what_cannot_be_used_is_refused(parse, written, code):
    with pytest.raises(UnfitError) as error:
        parse(written, POINT)
    assert error.value.code == code


def test_only_a_uuid_becomes_the_id_of_a_record():
    assert fields.record_id("01931885-2800-7B1E-8CF5-B4100B3EF302", POINT) == "01931885-2800-7b1e-8cf5-b4100b3ef302"
    assert fields.record_id("17", POINT) is None
    assert fields.record_id("x" * 36, POINT) is None
