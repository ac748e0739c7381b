"""Files of signal samples that are no plain tables, as tables: GeoPackages of apps, results of speed tests."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jangkau.errors import FormatError
from jangkau.sources.boundaries import read_features
from jangkau.sources.headers import own_names
from jangkau.sources.packages import read_only
from jangkau.sources.tables import Table, read_tables

SURVEY_TABLES = ("LTE_MESSAGE", "NR_MESSAGE", "UMTS_MESSAGE", "GSM_MESSAGE")
"""Tables of a Network Survey GeoPackage that hold samples."""

SPEED_TEST_HEADER = (
    "time", "longitude", "latitude", "accuracy_m", "speed_mps", "operator", "mcc", "mnc", "technology", "service",
    "eci", "pci", "earfcn", "rsrp_dbm", "rsrq_db", "sinr_db", "download_mbps", "upload_mbps", "latency_ms",
    "loss_percent", "device", "app",
)  # fmt: skip

MBIT_PER_BYTE = 8e-6
GEOPACKAGE_HEADER = 8
"""Bytes before the envelope of a geometry (OGC 12-128r18, clause 2.1.3)."""

ENVELOPE_BYTES = (0, 32, 48, 48, 64)


def is_survey(path: Path) -> bool:
    """Tell whether a SQLite file is a GeoPackage of Network Survey."""
    with read_only(path) as database:
        return any(_has_table(database, name) for name in SURVEY_TABLES)


def _has_table(database: sqlite3.Connection, name: str) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return database.execute(query, (name,)).fetchone() is not None


def is_speed_test(path: Path) -> bool:
    """Tell whether a JSON file holds results of speed tests."""
    try:
        return any(True for _ in _results(path))
    except FormatError:
        return False


def is_ookla(properties: Mapping[str, Sequence[Any]]) -> bool:
    """Tell whether features are tiles of Ookla's open data, by the names of their properties."""
    return {"quadkey", "avg_d_kbps", "avg_u_kbps"} <= set(properties)


def sample_table(path: Path) -> list[Table]:
    """Return the tables of samples in a file.

    Raises
    ------
    FormatError
        When there is none.
    """
    with path.open("rb") as file:
        start = file.read(64)
    if start.startswith(b"SQLite format 3\x00") and is_survey(path):
        return _survey_tables(path)
    if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[") and is_speed_test(path):
        rows = [[_text(row.get(name)) for name in SPEED_TEST_HEADER] for row in _results(path)]
        return [Table(path.name, SPEED_TEST_HEADER, rows, 1)]
    if path.suffix.lower() in (".gpkg", ".shp", ".zip", ".geojson", ".json", ".fgb"):
        features = read_features(path).properties
        rows = [[_text(value) for value in row] for row in zip(*features.values(), strict=True)]
        return [Table(path.name, tuple(features), rows, 1)]
    return read_tables(path)


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    return repr(float(value)) if isinstance(value, float) else str(value)


@dataclass(frozen=True, slots=True)
class _SurveyRows:
    """Rows of a table of a GeoPackage with the longitude and latitude of their points, read anew each time."""

    path: Path
    table: str

    def __iter__(self) -> Iterator[list[str]]:
        with read_only(self.path) as database:
            rows = database.execute(f'SELECT * FROM "{self.table}"')  # noqa: S608 - one of `SURVEY_TABLES`
            shape = [name for name, *_ in rows.description].index("geom")
            for row in rows:
                yield [*(_text(v) if i != shape else "" for i, v in enumerate(row)), *_point(row[shape])]


def _point(geometry: bytes | None) -> tuple[str, str]:
    """Return longitude and latitude of a point of a GeoPackage; empty where there is none."""
    if geometry is None or len(geometry) < GEOPACKAGE_HEADER:
        return "", ""
    import shapely

    envelope = ENVELOPE_BYTES[(geometry[3] >> 1) & 0b111]
    point = shapely.from_wkb(geometry[GEOPACKAGE_HEADER + envelope :])
    return ("", "") if point.is_empty or (point.x, point.y) == (0.0, 0.0) else (repr(point.x), repr(point.y))


def _survey_tables(path: Path) -> list[Table]:
    found = []
    with read_only(path) as database:
        for name in SURVEY_TABLES:
            if not _has_table(database, name):
                continue
            columns = [column[1] for column in database.execute(f'PRAGMA table_info("{name}")')]
            header = tuple(column.replace("serving_cell", "servingcell") for column in own_names(columns))
            if database.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone():  # noqa: S608 - one of `SURVEY_TABLES`
                rows = _SurveyRows(path, name)
                found.append(Table(f"{path.name} [{name}]", (*header, "longitude", "latitude"), rows, 1))
    if not found:
        raise FormatError("table.no_rows", file=path.name, seen=", ".join(SURVEY_TABLES))
    return found


def _results(path: Path) -> Iterator[dict[str, Any]]:
    """Return results of speed tests as rows of `SPEED_TEST_HEADER`."""
    text = path.read_text("utf-8-sig")
    try:
        documents = [json.loads(text)]
    except ValueError:
        try:
            documents = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError as error:
            raise FormatError("table.not_table", file=path.name) from error
    for document in documents:
        for one in document if isinstance(document, list) else [document]:
            if isinstance(one, dict):
                yield from _rows_of(one)


def _rows_of(one: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if isinstance(one.get("submissions"), list):
        for submission in one["submissions"]:
            yield from _bdc(submission)
    elif "tests" in one and ("provider_name" in one or "test_id" in one):
        yield from _bdc(one)
    elif one.get("type") == "result" and isinstance(one.get("download"), dict) and "bandwidth" in one["download"]:
        yield _ookla_result(one)
    elif {"Download", "Upload"} & set(one) and ({"ServerFQDN", "MinRTT", "DownloadUUID"} & set(one)):
        yield _ndt7(one)


def _place_and_network(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a result, or what was wrapped around it, says of place, time and network by our own names."""
    inner = [one, *(v for v in one.values() if isinstance(v, Mapping))]
    lower = {str(key).lower(): value for part in reversed(inner) for key, value in part.items()}
    names = dict(zip(own_names(list(lower)), lower.values(), strict=True))
    found = {
        name: names[name] for name in SPEED_TEST_HEADER if not isinstance(names.get(name), (dict, list, type(None)))
    }
    return {name: value for name, value in found.items() if not name.endswith(("_mbps", "_ms", "_percent"))}


def _ndt7(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return a summary as ndt7 clients print it: rates and times with their units beside them, in both versions."""
    latency = one.get("MinRTT") or _inner(one, "Download", "Latency") or {}
    loss = one.get("DownloadRetrans") or _inner(one, "Download", "Retransmission") or {}
    return _place_and_network(one) | {
        "download_mbps": _value(_inner(one, "Download", "Throughput") or one.get("Download")),
        "upload_mbps": _value(_inner(one, "Upload", "Throughput") or one.get("Upload")),
        "latency_ms": _value(latency),
        "loss_percent": _value(loss),
        "app": "ndt7",
    }


def _inner(one: Mapping[str, Any], *names: str) -> Any:
    found: Any = one
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _value(measured: Any) -> float | None:
    found = measured.get("Value") if isinstance(measured, Mapping) else measured
    return float(found) if isinstance(found, (int, float)) else None


def _ookla_result(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result of Ookla's command: bandwidth in bytes a second."""
    return _place_and_network(
        {k: v for k, v in one.items() if k not in ("download", "upload", "interface", "server")}
    ) | {
        "time": one.get("timestamp"),
        "download_mbps": one["download"]["bandwidth"] * MBIT_PER_BYTE,
        "upload_mbps": (_inner(one, "upload", "bandwidth") or 0.0) * MBIT_PER_BYTE,
        "latency_ms": _inner(one, "ping", "latency"),
        "loss_percent": one.get("packetLoss"),
        "app": "Ookla Speedtest",
    }


def _bdc(one: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Return a test of the FCC Broadband Data Collection (mobile speed test data, 9 March 2022)."""
    given = one.get("tests") or {}
    tests: dict[str, Any] = {}
    for part in given if isinstance(given, list) else [given]:
        tests |= {key.removesuffix("_test"): value for key, value in part.items()}
    parts = [tests.get(name) or {} for name in ("download", "upload", "latency")]
    parts = [part[0] if isinstance(part, list) and part else part for part in parts]
    places = [place for part in parts for place in part.get("locations") or [] if place.get("latitude") is not None]
    cells = [cell for part in parts for cell in part.get("cells") or []]
    place, cell = (places or [{}])[0], (cells or [{}])[0]
    signal = cell | {k: v for part in (cell.get("signals") or [])[:1] for k, v in part.items()}
    download, upload, latency = parts
    yield {
        "time": one.get("timestamp"),
        "longitude": place.get("longitude"),
        "latitude": place.get("latitude"),
        "accuracy_m": place.get("horizontal_accuracy") or place.get("accuracy"),
        "speed_mps": place.get("speed"),
        "operator": one.get("provider_name"),
        "technology": signal.get("network_generation"),
        "eci": signal.get("cell_id"),
        "pci": signal.get("physical_cell_id"),
        "earfcn": signal.get("arfcn") or signal.get("channel"),
        "rsrp_dbm": signal.get("rsrp"),
        "rsrq_db": signal.get("rsrq"),
        "sinr_db": signal.get("sinr"),
        "download_mbps": _rate(download),
        "upload_mbps": _rate(upload),
        "latency_ms": _milliseconds(latency),
        "loss_percent": None,
        "device": " ".join(str(one[name]) for name in ("manufacturer", "model") if one.get(name)) or None,
        "app": one.get("app_name") or one.get("app_id"),
    }


def _rate(test: Mapping[str, Any]) -> float | None:
    rate = test.get("bytes_sec")
    if rate is None and test.get("bytes_transferred") and test.get("duration"):
        rate = test["bytes_transferred"] / (test["duration"] * 1e-6)
    return None if rate is None else rate * MBIT_PER_BYTE


def _milliseconds(test: Mapping[str, Any]) -> float | None:
    """Return a round trip, which the collection counts in microseconds."""
    found = test.get("rtt_avg") or test.get("round_trip_time") or test.get("rtt")
    return None if found is None else float(found) * 1e-3
