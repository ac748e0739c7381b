"""Single fields: what is understood, and what is refused with which sentence."""

from datetime import UTC, date, datetime

import pytest

from jangkau.sources import dates, fields, words
from jangkau.sources.fields import Context, UnfitError
from jangkau.sources.reading import Surroundings

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
    assert dates.day(written, POINT) == date(2024, 11, 27)


@pytest.mark.parametrize(
    "written",
    ["27 November 2024", "27 Nopember 2024", "Rabu, 27 November 2024", "27-Nov-24", "27 Nov. 2024", "November 27, 2024",
     "rabu/27 november 2024", "27.November.2024"],
)  # fmt: skip
def test_days_with_the_name_of_the_month(written):
    assert dates.day(written, POINT) == date(2024, 11, 27)


@pytest.mark.parametrize("written", ["31 November 2024", "27 Wartember 2024", "27 November", "November 2024"])
def test_days_that_do_not_exist_are_refused(written):
    with pytest.raises(UnfitError):
        dates.day(written, POINT)


@pytest.mark.parametrize(
    "written",
    ["27 November 2024 pukul 13.05 WITA", "27 November 2024, 13:05", "Rabu, 27 Nov 2024 jam 12.05 WIB",
     "27/11/2024 14:05 WIT", "27-11-2024 05:05 Z", "27 November 2024 13.05.00 WITA"],
)  # fmt: skip
def test_times_as_people_say_them(written):
    assert dates.time(written, WITA) == datetime(2024, 11, 27, 5, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "value"),
    [("-0°30'00\"", -0.5), ("0°30'00,0\" LS", -0.5), ("LS 0°30'", -0.5), ("S0.5", -0.5), ("0.5S", -0.5),
     ("0,5 LU", 0.5), ("117,5° BT", 117.5), ("117.5E", 117.5), ("LU: 0 30 00", 0.5), ("-0.5", -0.5),
     ("117°30′", 117.5)],
)  # fmt: skip
def test_degrees_with_a_side_or_a_sign(written, value):
    assert fields.degrees(written, POINT) == pytest.approx(value)


@pytest.mark.parametrize(
    ("written", "value"), [("1.250", 1250), ("2.000", 2000), ("1,250", 1250), ("1.234 jiwa", 1234), ("17 orang", 17)]
)
def test_whole_numbers_of_people_are_never_a_thousandth(written, value):
    for context in (Context(), Context(decimal_comma=True)):
        assert fields.integer(0, 10**7, "people")(written, context) == value


def test_a_unit_behind_a_number_counts_only_if_it_is_the_one_that_is_meant():
    assert fields.number(-170.0, -20.0, "dBm")("-95,5 dBm", POINT) == -95.5
    assert fields.frequency_mhz("1800 MHz", POINT) == 1800.0
    assert fields.azimuth_deg("20°", POINT) == 20.0
    assert fields.antenna_height_m("42 meter", POINT) == 42.0
    for parse, written in (
        (fields.number(-170.0, -20.0, "dBm"), "-95 dB"),
        (fields.antenna_height_m, "42 ft"),
        (fields.number(0.0, 1e5, "Mbit/s"), "800 kbps"),
    ):
        with pytest.raises(UnfitError):
            parse(written, POINT)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Tsel", "Telkomsel"),
        ("PT Telkomsel", "Telkomsel"),
        ("Indosat Ooredoo Hutchison", "IOH"),
        ("IM3", "IOH"),
        ("3", "IOH"),
    ],
)
def test_operators_by_their_other_names(written, name):
    around = Surroundings(operators=("Telkomsel", "IOH"))
    assert fields.operator(written, Context(around)) == name
    with pytest.raises(UnfitError):
        fields.operator(written, Context(Surroundings(operators=("XL", "Smartfren"))))


TWO = Surroundings(
    village_codes=frozenset({"1.1.1", "1.1.2", "1.2.1"}),
    village_aliases={"suka maju": ["1.1.1", "1.2.1"], "muara": ["1.1.2"]},
    district_of={"1.1.1": "utara", "1.1.2": "utara", "1.2.1": "selatan"},
)


@pytest.mark.parametrize(
    ("name", "district", "code"),
    [
        ("Suka Maju", "Kec. Selatan", "1.2.1"),
        ("DESA SUKA-MAJU", "UTARA", "1.1.1"),
        ("Ds. Muara", "", "1.1.2"),
        ("Kel. Muara", "Kecamatan Utara", "1.1.2"),
        ("Muara", "Entah", "1.1.2"),
        ("Suka Maju", "", "row.ambiguous_village"),
        ("Muara", "Selatan", "row.other_district"),
        ("Hulu", "", "row.unknown_village"),
    ],
)
def test_a_name_is_that_of_one_village_in_its_district(name, district, code):
    context = Context(TWO, cells={"village": name, "district": district})
    if code.startswith("row."):
        with pytest.raises(UnfitError) as error:
            fields.village_by_name(name, context)
        assert error.value.code == code
    else:
        assert fields.village_by_name(name, context) == code
    assert list(context.remarks) == (["note.unknown_district"] if district == "Entah" else [])


def test_a_code_counts_and_a_name_that_differs_is_remarked():
    context = Context(TWO, cells={"village": "Muara"})
    assert fields.village("1.1.1", context) == "1.1.1"
    assert list(context.remarks) == ["note.name_of_another"]


def test_places_by_name_with_the_village_of_the_row():
    around = Surroundings(
        place_codes=frozenset({"A", "B", "C"}),
        place_aliases={"kantor desa muara": ["A"], "tps 1 muara": ["B"], "posko": ["B", "C"]},
    )
    cells = {"village": "Desa Muara"}
    for written, code in (("B", "B"), ("Kantor Desa", "A"), ("KANTOR DESA MUARA", "A"), ("TPS 001", "B")):
        assert fields.existing_place(written, Context(around, cells=cells)) == code
    for written, code in (("Posko", "row.ambiguous_place"), ("TPS 9", "row.unknown_code")):
        with pytest.raises(UnfitError) as error:
            fields.existing_place(written, Context(around, cells=cells))
        assert error.value.code == code


def test_a_month_or_year_means_its_first_day():
    assert dates.day("2024-11", POINT) == date(2024, 11, 1)
    assert dates.day("2024", POINT) == date(2024, 1, 1)


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
    assert dates.time(written, WITA) == datetime(2024, 11, 27, 5, 5, tzinfo=UTC)


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
        (dates.day, "11/27/2024", "row.not_a_date"),
        (dates.day, "27/11/24", "row.not_a_date"),
        (dates.day, "segera", "row.not_a_date"),
        (dates.time, "2024-11-27", "row.no_time_zone"),
        (dates.time, "13:05", "row.not_a_time"),
        (dates.time, "2024-11-27 13:05", "row.no_time_zone"),
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
