"""Exports that open doors: speed tests as the FCC's JSON, and blank spots as the table that a form asks for."""

import csv
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jangkau import __version__
from jangkau.errors import SettingError
from jangkau.messages import Message, render
from jangkau.records import ANY_OPERATOR, Grade, Place, Sheet, Village, Visit
from jangkau.reports.sentences import sentence
from jangkau.store.database import Store
from jangkau.store.devices import devices
from jangkau.store.region_folder import RegionFolder, write_atomically
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.picture import Picture
from jangkau.studies.sheets import Speed, read_body
from jangkau.studies.shortcomings import full_and_lesser


def bdc_speed_tests(
    region: RegionFolder, store: Store, since: date | None = None, until: date | None = None
) -> dict[str, Any]:
    """Return the speed tests over mobile networks in the JSON of the FCC's mobile speed test data.

    Parameters
    ----------
    region : RegionFolder
    store : Store
    since, until : date, optional
        First and last day of the tests, UTC.

    Notes
    -----
    Times carry the region's offset, durations are microseconds, rates bytes a second. What a web page cannot know
    (type allocation code, cells, signal by the modem) is left out, not invented. Tests over Wi-Fi are not mobile tests.

    References
    ----------
    Federal Register 86, p. 40830 (29 July 2021), section C, Mobile Speed Test Data; 47 CFR 1.7006.
    """
    zone = ZoneInfo(region.settings.timezone)
    models = {d.code: d.name for d in devices(store)}
    tests = []
    for sheet in store.read(Sheet):
        day = sheet.time.date()
        if (since is not None and day < since) or (until is not None and day > until):
            continue
        speed = read_body(sheet.body).speed
        if speed is not None and speed.over not in (None, "wifi") and not sheet.on_wifi:
            tests.append(_bdc_test(sheet, speed, zone, models.get(sheet.device_code, "")))
    return {"submission_type": "Jangkau field tests", "submissions": tests}


def _bdc_test(sheet: Sheet, speed: Speed, zone: ZoneInfo, told: str) -> dict[str, Any]:
    time = sheet.time.astimezone(zone).isoformat(timespec="seconds")
    system = next((part.strip() for part in told.split(";") if "Android" in part or "iPhone OS" in part), "")
    where = []
    if sheet.longitude is not None and sheet.latitude is not None:
        where = [{"timestamp": time, "latitude": sheet.latitude, "longitude": sheet.longitude}]
    return {
        "test_id": sheet.id,
        "timestamp": time,
        "device_type": "Android" if "Android" in told else "iOS" if "iPhone" in told else "Other",
        "manufacturer": "",
        "model": told.split(";")[-1].strip(),
        "operating_system": system,
        "app_id": "Jangkau field page",
        "app_version": __version__,
        "provider_name": speed.over,
        "tests": {
            "download": _transfer(time, speed.download_bytes, speed.download_s, speed.download_mbps, where),
            "upload": _transfer(time, speed.upload_bytes, speed.upload_s, speed.upload_mbps, where),
            "latency": {
                "timestamp": time,
                "round_trip_time": None if speed.latency_ms is None else round(speed.latency_ms * 1000),
                "locations": where,
            },
        },
    }


def _transfer(
    time: str, count: int | None, seconds: float | None, mbps: float | None, where: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "timestamp": time,
        "duration": None if seconds is None else round(seconds * 1e6),
        "bytes_transferred": count,
        "bytes_sec": None if mbps is None else round(mbps * 125_000),
        "locations": where,
    }


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a form: its heading, and the name of a value or a fixed text."""

    header: str
    value: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """What a form asks for; see `read_form`."""

    rows: str
    only: tuple[str, ...]
    delimiter: str
    decimal: str
    language: str
    columns: tuple[Column, ...]


VILLAGE_VALUES = (
    "number", "village_code", "village_name", "district_code", "district_name", "region_name", "longitude", "latitude",
    "population", "people_served", "people_weak", "people_none", "people_unknown", "remote", "grade", "evidence",
    "reason", "tests_full", "tests_lesser", "last_test", "operators_none", "best_rsrp_dbm", "stations", "power",
    "claims",
)  # fmt: skip
PLACE_VALUES = (
    "number", "place_code", "place_name", "kind", "village_code", "village_name", "district_name", "region_name",
    "longitude", "latitude", "population", "voters", "grade", "evidence", "reason", "tests_full", "tests_lesser",
    "last_test", "operators_none", "best_rsrp_dbm", "power", "send_place",
)  # fmt: skip


def read_form(file: Path) -> Form:
    """Read the columns of a form from a TOML file; SettingError says what in it cannot be used.

    Parameters
    ----------
    file : Path
        ``rows`` (village or place), ``only`` (grades that are listed; all if missing), ``delimiter``, ``decimal``,
        ``language``, and ``[[columns]]`` with ``header`` and either ``value`` or ``text``.
    """
    try:
        said = tomllib.loads(file.read_text("utf-8"))
        columns = tuple(Column(**{k: str(v) for k, v in one.items()}) for one in said["columns"])
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        raise SettingError("export.bad_form", path=str(file), reason=str(error)) from error
    form = Form(
        rows=str(said.get("rows", "village")),
        only=tuple(said.get("only", ())),
        delimiter=str(said.get("delimiter", ",")),
        decimal=str(said.get("decimal", ".")),
        language=str(said.get("language", "id")),
        columns=columns,
    )
    known = {"village": VILLAGE_VALUES, "place": PLACE_VALUES}.get(form.rows)
    if known is None:
        raise SettingError("export.bad_rows", path=str(file), value=form.rows)
    for column in columns:
        if bool(column.value) == bool(column.text) or (column.value and column.value not in known):
            value = column.value or column.text or column.header
            raise SettingError("export.bad_column", path=str(file), value=value, known=", ".join(known))
    return form


def write_form(region: RegionFolder, form: Form, file: Path, circumstances: Circumstances) -> int:
    """Write the blank spots of a region as a form asks for them, worst first; returns the number of rows.

    Parameters
    ----------
    region : RegionFolder
    form : Form
    file : Path
        CSV in UTF-8 with a mark at its start, which spreadsheet programs need; an old one is replaced.
    circumstances : Circumstances
    """
    now = circumstances.clock()
    with region.store(now) as store:
        picture = Picture.draw(region, store, circumstances.as_of, store.horizon())
    if form.rows == "village":
        grades = list(picture.areas.get(("village", "signal", ANY_OPERATOR), {}).values())
    else:
        grades = list(picture.places.get(("signal", ANY_OPERATOR), {}).values())
    found = [g for g in grades if not form.only or g.value in form.only]
    found.sort(key=lambda g: picture.worst_first(g, (g.amount_none or 0.0) + (g.amount_weak or 0.0)))
    rows = []
    for number, grade in enumerate(found, 1):
        values = _values(picture, grade, number, form.language)
        rows.append([_written(values[c.value], form) if c.value else c.text for c in form.columns])
    lines = _Lines()
    writer = csv.writer(lines, delimiter=form.delimiter, lineterminator="\r\n")
    writer.writerow([c.header for c in form.columns])
    writer.writerows(rows)
    write_atomically(file, "".join(lines).encode("utf-8-sig"))
    return len(rows)


class _Lines(list[str]):
    """What a CSV writer writes to."""

    def write(self, line: str) -> None:
        self.append(line)


def _values(picture: Picture, grade: Grade, number: int, language: str) -> dict[str, Any]:
    register = picture.register
    if grade.subject == "village":
        village: Village | None = register.village_of[grade.code]
        places = register.places_in.get(grade.code, [])
        own = _of_village(picture, grade, places)
    else:
        place = register.place_of[grade.code]
        village, places = register.village_of.get(place.village_code or ""), [place]
        own = _of_place(place, grade, language)
    district = register.named_district.get(grade.district_code or "")
    return {
        "number": number,
        "village_code": None if village is None else village.code,
        "village_name": None if village is None else village.name,
        "district_code": grade.district_code,
        "district_name": grade.district_code if district is None else district.name,
        "region_name": picture.settings.name,
        "grade": render(Message(f"value.{grade.value}"), language),
        "evidence": render(Message(f"evidence.{grade.evidence}"), language),
        "reason": sentence(grade.reason_code, grade.reason_parameters, language),
        "remote": None if village is None or village.remote is None else int(village.remote),
        **_tests(picture, places),
        **own,
    }


def _of_village(picture: Picture, grade: Grade, places: Sequence[Place]) -> dict[str, Any]:
    village = picture.register.village_of[grade.code]
    _, inside = picture.register.boxes.get(grade.code, (None, (None, None)))
    return {
        "longitude": inside[0],
        "latitude": inside[1],
        "population": village.population,
        "people_served": grade.amount_served,
        "people_weak": grade.amount_weak,
        "people_none": grade.amount_none,
        "people_unknown": grade.amount_unknown,
        "stations": sum(p.kind == "polling_station" for p in places),
        "power": ", ".join(sorted({p.power for p in places if p.power})),
        "claims": len(picture.claims.get(grade.code, [])),
    }


def _of_place(place: Place, grade: Grade, language: str) -> dict[str, Any]:
    return {
        "place_code": place.code,
        "place_name": place.name,
        "kind": render(Message(f"field.kind.{place.kind}"), language),
        "longitude": place.longitude,
        "latitude": place.latitude,
        "population": place.population,
        "voters": place.voters,
        "power": place.power,
        "send_place": place.send_place_code,
    }


def _tests(picture: Picture, places: Sequence[Place]) -> dict[str, Any]:
    """Return what field tests within their validity say of some places."""
    oldest = picture.as_of - timedelta(days=picture.settings.evidence.valid_days)
    full: list[Visit] = []
    lesser: list[Visit] = []
    for place in places:
        some, rest = full_and_lesser(place, picture.register, picture.settings)
        full += [v for v in some if oldest <= v.time.date() <= picture.as_of]
        lesser += [v for v in rest if oldest <= v.time.date() <= picture.as_of]
    newest: dict[tuple[str, str], Visit] = {}
    for visit in sorted(full, key=lambda v: v.time):
        newest[visit.place_code, visit.operator] = visit
    levels = [v.rsrp_dbm for v in newest.values() if v.rsrp_dbm is not None]
    dark = {o for _, o in newest} - {o for (_, o), v in newest.items() if v.service != "none"}
    return {
        "tests_full": len(full),
        "tests_lesser": len(lesser),
        "last_test": max((v.time for v in full), default=None),
        "operators_none": ", ".join(sorted(dark)),
        "best_rsrp_dbm": max(levels, default=None),
    }


def _written(value: Any, form: Form) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".").replace(".", form.decimal)
    return str(value)


def bdc_text(said: Mapping[str, Any]) -> str:
    """Return speed tests as the text of a file."""
    return json.dumps(said, ensure_ascii=False, indent=1) + "\n"
