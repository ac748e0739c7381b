"""Messages, settings and records: the words that everything else is said with."""

import dataclasses
import re
from datetime import UTC, date, datetime
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

import jangkau
from jangkau.coverage.transmitters import complete
from jangkau.errors import SettingError
from jangkau.messages import LANGUAGES, Message, number, render
from jangkau.records import STORED, Cell, Grade, is_valid_on, new_id, parse_time
from jangkau.settings import Operator, Settings, as_table, settings_from

PACKAGE = Path(jangkau.__file__).parent
CODE = re.compile(r'"([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)"')
FAMILIES = re.compile(r'(?:f"|`)([a-z]+(?:\.[a-z_]+)*)\.\$?\{')
NOT_CODES = re.compile(r"\.(csv|tif|db|toml|json|gpkg|png|mo|po|sql|geojson|xlsx|hgt|py|gpx|kml)$")


def catalogue(language):
    found = {}
    for path in sorted((PACKAGE / "locale" / language / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            of_room = {m.id: m.string for m in read_po(file, locale=language, abort_invalid=True) if m.id}
        assert found.keys() & of_room.keys() == set(), path.name
        found |= of_room
    return found


def sources():
    static = PACKAGE / "web" / "static"
    scripts = [path for path in static.rglob("*.js") if "vendor" not in path.parts]
    return [path.read_text("utf-8") for path in [*PACKAGE.rglob("*.py"), *scripts]]


CATALOGUES = {language: catalogue(language) for language in LANGUAGES}


def used_codes():
    rooms = {code.split(".")[0] for code in CATALOGUES["en"]}
    found = set()
    for text in sources():
        for code in CODE.findall(text):
            if code.split(".")[0] in rooms and not NOT_CODES.search(code):
                found.add(code)
    return found


def fields_of(template):
    return {name.split(".")[0].split("[")[0] for _, name, _, _ in Formatter().parse(template) if name is not None}


def test_both_languages_say_the_same_codes_and_none_is_empty():
    assert CATALOGUES["id"].keys() == CATALOGUES["en"].keys()
    for language in LANGUAGES:
        assert [code for code, text in CATALOGUES[language].items() if not text] == []


def test_both_languages_fill_the_same_fields():
    for code, english in CATALOGUES["en"].items():
        assert fields_of(english) == fields_of(CATALOGUES["id"][code]), code


def test_every_code_in_the_source_is_in_the_catalogues():
    assert used_codes() - CATALOGUES["en"].keys() == set()


def test_every_code_in_the_catalogues_is_said_somewhere():
    text = "\n".join(sources())
    families = set(FAMILIES.findall(text))
    unsaid = [
        code
        for code in CATALOGUES["en"]
        if f'"{code}"' not in text
        and not any(code.startswith(family) for family in families)
        and not re.search(rf'"{re.escape(code.split(".", 1)[1].removesuffix(".cost"))}"', text)
        and f'"{code.removesuffix(".remedy")}"' not in text
    ]
    assert unsaid == []


def test_a_message_is_rendered_with_the_numbers_of_its_language():
    assert number(1234.5, ",.1f", "id") == "1.234,5"
    assert number(1234.5, ",.1f", "en") == "1,234.5"
    assert number(3, "", "id") == "3"
    assert number(0.25, "", "id") == "0,25"
    inner = Message("value.none")
    assert render(Message("no.such.code", {"a": 1}), "id") == "no.such.code a=1"
    assert render(inner, "en") != render(inner, "id")


def test_a_message_keeps_no_language_in_files():
    message = Message("a.b", {"inner": Message("c.d"), "day": date(2024, 11, 27), "n": 1})
    assert message.as_json() == {
        "code": "a.b",
        "parameters": {"inner": {"code": "c.d", "parameters": {}}, "day": "2024-11-27", "n": 1},
    }


def test_settings_come_back_as_they_were_written():
    settings = Settings(
        name="A", bounds=(1.0, 2.0, 3.0, 4.0), operators=(Operator("T", ("510-10",), date(2020, 1, 1)),)
    )
    assert settings_from(as_table(settings)) == settings


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ({"nam": "x"}, "setting.unknown"),
        ({"signal": {"served": -110}}, "setting.unknown"),
        ({"name": 3}, "setting.wrong_kind"),
        ({"bounds": [1, 2, 3]}, "setting.wrong_kind"),
        ({"deadline": "27 November"}, "setting.wrong_kind"),
        ({"signal": {"served_rsrp_dbm": "-110"}}, "setting.wrong_kind"),
        ({"signal": 5}, "setting.wrong_kind"),
    ],
)
def test_a_wrong_setting_is_named(table, code):
    with pytest.raises(SettingError) as error:
        settings_from(table)
    assert error.value.message.code == code
    assert str(error.value)


def test_operators_are_dated():
    settings = Settings(
        operators=(
            Operator("XL", valid_to=date(2025, 4, 16)),
            Operator("XLSmart", valid_from=date(2025, 4, 16)),
            Operator("Telkomsel"),
        )
    )
    assert settings.operators_on(date(2024, 11, 27)) == ("XL", "Telkomsel")
    assert settings.operators_on(date(2025, 4, 16)) == ("XLSmart", "Telkomsel")


def test_ids_sort_by_age_and_are_uuid_7():
    first = new_id(datetime(2024, 11, 11, tzinfo=UTC))
    second = new_id(datetime(2024, 11, 12, tzinfo=UTC))
    assert first < second
    assert first[14] == "7"
    assert first[19] in "89ab"
    assert new_id(datetime(2024, 1, 1, tzinfo=UTC), 5) == new_id(datetime(2024, 1, 1, tzinfo=UTC), 5)


def test_a_time_without_zone_is_refused():
    assert parse_time("2024-11-27T13:00:00+08:00") == datetime(2024, 11, 27, 5, tzinfo=UTC)
    with pytest.raises(ValueError, match="2024"):
        parse_time("2024-11-27T13:00:00")


@pytest.mark.parametrize("kind", [*STORED, Grade])
def test_every_field_of_a_record_says_what_it_means(kind):
    for field in dataclasses.fields(kind):
        assert field.metadata["meaning"], f"{kind.__name__}.{field.name}"


def test_validity_is_half_open():
    class Fact:
        valid_from, valid_to = date(2024, 11, 1), date(2024, 12, 1)

    assert is_valid_on(Fact, date(2024, 11, 1))
    assert is_valid_on(Fact, date(2024, 11, 30))
    assert not is_valid_on(Fact, date(2024, 12, 1))


@pytest.mark.parametrize("power", [{}, {"power_dbm": 40.0}])
def test_whatever_a_cell_lacks_has_a_name(power):
    now = datetime(2024, 11, 11, tzinfo=UTC)
    at = {"longitude": 117.0, "latitude": 0.5}
    cell = Cell(
        id=new_id(now), recorded_at=now, code="C1", site_code="S1", operator="A", technology="4G", **at, **power
    )
    lacking = complete(cell, Settings().cell_defaults).assumed
    assert len(lacking) > 4
    assert [name for name in lacking if f"assumed.{name}" not in CATALOGUES["en"]] == []
