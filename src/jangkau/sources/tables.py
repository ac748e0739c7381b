"""Tables as people keep them: CSV with any separator, spreadsheets, Indonesian headers, comma decimals, Excel dates."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl

from jangkau.errors import FormatError
from jangkau.messages import Message
from jangkau.records import Record
from jangkau.sources.fields import UnfitError
from jangkau.sources.reading import Origin, Reading, Refusal, Surroundings

SEPARATORS = (";", "\t", ",")
HEADER_ROWS = 12
"""Rows of a spreadsheet among which the header is looked for."""

HEADERS = {
    "kode": "id", "code": "id", "nama": "name", "jenis": "kind", "tipe": "kind", "bujur": "longitude", "lon":
    "longitude", "lng": "longitude", "long": "longitude", "x": "longitude", "lintang": "latitude", "lat":
    "latitude", "y": "latitude", "kode_desa": "village_code", "desa": "village", "kelurahan": "village",
    "kecamatan": "district", "kode_kec": "district_code", "pemilih": "voters", "dpt": "voters", "penduduk":
    "population", "jiwa": "population", "listrik": "power", "tanggal": "date", "sumber": "source", "ketelitian_m":
    "position_accuracy_m", "tinggi_m": "height_agl_m", "height_m": "height_agl_m", "frekuensi_mhz": "frequency_mhz",
    "teknologi": "technology", "azimut": "azimuth_deg", "azimuth": "azimuth_deg", "menara": "site_id", "penyedia":
    "provider", "media": "medium", "unduh_mbps": "download_mbps", "unggah_mbps": "upload_mbps", "tahap": "stage",
    "waktu": "time", "layanan": "service",
}  # fmt: skip
"""Other names of columns, in lower case; a column that carries its own name is never renamed."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a file as text, with the row numbers that a person sees."""

    file: str
    header: tuple[str, ...]
    rows: list[tuple[int, dict[str, str]]]
    decimal_comma: bool = False
    notes: list[Message] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Context:
    """What a field may be checked against, the zone of times without one, and how decimals are written."""

    surroundings: Surroundings
    timezone: str
    decimal_comma: bool


Parser = Callable[[str, Context], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its header, the field of the record, how it is read, and whether it must be filled."""

    header: str
    field: str
    parse: Parser
    required: bool = False


def read_table(path: Path) -> Table:
    """Return the rows of a CSV or XLSX file.

    Raises
    ------
    FormatError
        When the file is empty or no table.
    """
    table = _spreadsheet(path) if path.suffix.lower() in (".xlsx", ".xlsm") else _separated(path)
    if not table.header:
        raise FormatError("table.empty", file=path.name)
    return table


def _separated(path: Path) -> Table:
    content = path.read_bytes()
    notes: list[Message] = []
    if b"\x00" in content[:4096]:
        raise FormatError("table.not_text", file=path.name)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
        notes.append(Message("table.encoding", {"file": path.name}))
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise FormatError("table.empty", file=path.name)
    separator = max(SEPARATORS, key=lines[0].count)
    found = [(reader_line, row) for reader_line, row in _numbered(text, separator) if any(cell.strip() for cell in row)]
    header = _header(found[0][1])
    rows = [(line, dict(zip(header, (cell.strip() for cell in row), strict=False))) for line, row in found[1:]]
    return Table(path.name, header, rows, separator == ";", notes)


def _numbered(text: str, separator: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    found, line = [], 1
    for row in reader:
        found.append((line, row))
        line = reader.line_num + 1
    return found


def _spreadsheet(path: Path) -> Table:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # the library raises whatever a broken archive makes it raise
        raise FormatError("table.not_spreadsheet", file=path.name, reason=str(error)) from error
    for sheet in book.worksheets:
        cells = [[_cell_text(value) for value in row] for row in sheet.iter_rows(values_only=True)]
        start = _header_row(cells)
        if start is not None:
            header = _header(cells[start])
            rows = [
                (number, dict(zip(header, row, strict=False)))
                for number, row in enumerate(cells[start + 1 :], start + 2)
                if any(row)
            ]
            return Table(path.name, header, rows)
    raise FormatError("table.empty", file=path.name)


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if (value.hour, value.minute, value.second) == (0, 0, 0) else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _header_row(cells: Sequence[Sequence[str]]) -> int | None:
    """Return the first row with at least two filled cells of which none is a number."""
    for index, row in enumerate(cells[:HEADER_ROWS]):
        filled = [cell for cell in row if cell]
        if len(filled) >= 2 and not any(
            cell.replace(".", "").replace(",", "").lstrip("-").isdigit() for cell in filled
        ):
            return index
    return None


def _header(cells: Sequence[str]) -> tuple[str, ...]:
    plain = ["_".join(cell.strip().lower().replace("(", " ").replace(")", " ").split()) for cell in cells]
    return tuple(HEADERS.get(name, name) if HEADERS.get(name) not in plain else name for name in plain)


def require(table: Table, columns: Sequence[Column]) -> None:
    """Refuse a table that lacks a required column; FormatError says which, and what was seen."""
    missing = [c.header for c in columns if c.required and c.header not in table.header]
    if missing:
        raise FormatError(
            "table.missing_columns", file=table.file, missing=", ".join(missing), seen=", ".join(table.header)
        )


@dataclass(slots=True)
class Reader:
    """Reads a table row by row; rows that cannot be used are refused, the rest is kept.

    Attributes
    ----------
    table : Table
    columns : sequence of Column
    origin : Origin
    context : Context
    unique : str
        Field that no two rows may share; empty: none.
    """

    table: Table
    columns: Sequence[Column]
    origin: Origin
    context: Context
    unique: str = ""

    def read(self, kind: str, build: Callable[[dict[str, Any]], Sequence[Record]]) -> Reading:
        """Return the records that `build` makes of each row's values (a stamp included), and what was refused."""
        require(self.table, self.columns)
        records: list[Record] = []
        refused: list[Refusal] = []
        seen: set[object] = set()
        for number, row in self.table.rows:
            found: list[Refusal] = []
            values = self._values(number, row, found)
            if not found:
                try:
                    self._check_unique(values, seen)
                    records.extend(build(self.origin.stamp() | values))
                except UnfitError as unfit:
                    found.append(Refusal(number, unfit.field, unfit.value, unfit.reason, unfit.remedy))
            refused.extend(found)
        return Reading(kind, records, refused, list(self.table.notes), len(self.table.rows))

    def _values(self, number: int, row: Mapping[str, str], refused: list[Refusal]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for column in self.columns:
            text = row.get(column.header, "")
            if not text:
                if column.required:
                    remedy = Message("row.missing.remedy", {"field": column.header})
                    refused.append(Refusal(number, column.header, "", Message("row.missing"), remedy))
                continue
            try:
                values[column.field] = column.parse(text, self.context)
            except UnfitError as unfit:
                refused.append(Refusal(number, column.header, text, unfit.reason, unfit.remedy))
        return values

    def _check_unique(self, values: Mapping[str, Any], seen: set[object]) -> None:
        if not self.unique:
            return
        key = (values[self.unique], values.get("valid_from"))
        if key in seen:
            code = str(values[self.unique])
            raise UnfitError(Message("row.duplicate", {"code": code}), Message("row.duplicate.remedy"), "id", code)
        seen.add(key)
