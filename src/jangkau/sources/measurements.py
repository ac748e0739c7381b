"""Signal samples, by the million: columns are read as columns, and a row that cannot be used is refused as anywhere."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from datetime import time as clock_time
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from jangkau.errors import FormatError
from jangkau.geo import Bounds
from jangkau.messages import Message
from jangkau.records import Columns, Measurement, new_ids
from jangkau.sources.fields import Context, UnfitError, listed, unfit
from jangkau.sources.positions import EDGE_DEG, position_near, quadkey_middle
from jangkau.sources.private import is_private
from jangkau.sources.reading import Origin, Reading, Refusal, Surroundings, joined
from jangkau.sources.rows import QUIETLY_IGNORED, Column
from jangkau.sources.sample_files import sample_table
from jangkau.sources.sample_layouts import LAYOUTS, Layout, layout_of
from jangkau.sources.spellings import EMPTY, NOTHING
from jangkau.sources.tables import Table, fitting
from jangkau.sources.tracks import doubts_of

TEXT_ROWS = 5_000
"""Rows that are held as text at once: few, since the interpreter goes through all of them to find what is garbage."""

BLOCK_ROWS = 50_000
"""Samples that are handed on together."""

KIND = "measurements"

LEVELS = ("rsrp_dbm", "rsrq_db", "sinr_db")
RSRP_IN = (None, "4G", "5G")
"""Generations whose level is an RSRP."""

HELPERS = ("network", "net_mcc", "net_mnc", "group", "quadkey")
"""Fields of layouts that no measurement has."""


@dataclass(slots=True)
class Samples:
    """What was read so far: a list a field, equally long, None where a row says nothing."""

    rows: list[int] = field(default_factory=list)
    values: dict[str, list[Any]] = field(default_factory=dict)
    refused: dict[int, list[UnfitError]] = field(default_factory=dict)

    def column(self, name: str) -> list[Any]:
        """Return the values of a field; a new list of None where no column gave it."""
        return self.values.setdefault(name, [None] * len(self.rows))

    def refuse(self, index: int, trouble: UnfitError) -> None:
        """Refuse the row at an index of the lists; it is left out by `drop_refused`."""
        self.refused.setdefault(self.rows[index], []).append(trouble)

    def drop_refused(self) -> None:
        """Leave refused rows out of all lists."""
        if not self.refused or not any(row in self.refused for row in self.rows):
            return
        keep = [row not in self.refused for row in self.rows]
        self.values = {n: [v for v, k in zip(values, keep, strict=True) if k] for n, values in self.values.items()}
        self.rows = [row for row in self.rows if row not in self.refused]


def read_measurements(
    path: Path, origin: Origin, surroundings: Surroundings | None = None, timezone: str | None = None
) -> Reading:
    """Return the signal samples of a file: a table, a GeoPackage of an app, or results of speed tests as JSON.

    Parameters
    ----------
    path : Path
    origin : Origin
    surroundings : Surroundings, optional
    timezone : str, optional
        IANA zone of times that state none; without it they are refused.

    Returns
    -------
    Reading
        Its records are in `columns`.

    Raises
    ------
    FormatError
        When the file holds no samples.
    """
    return samples_of(sample_table(path), origin, surroundings or Surroundings(), timezone)


def samples_of(tables: Sequence[Table], origin: Origin, surroundings: Surroundings, timezone: str | None) -> Reading:
    """Return the signal samples of all tables of a file that hold some."""
    own = fitting(tables, lambda table: layout_of(table.header) is not None)
    return joined(KIND, [_read_table(table, origin, surroundings, timezone) for table in own])


def _read_table(table: Table, origin: Origin, around: Surroundings, timezone: str | None) -> Reading:
    layout = layout_of(table.header)
    if layout is None:
        said = {"seen": ", ".join(table.header), "missing": ", ".join(LAYOUTS[-1].shown_by)}
        raise FormatError("table.missing_columns", file=table.file, kind=Message(f"kind.{KIND}"), **said)
    context = Context(around, timezone, origin.source_date, table.decimal_comma)
    samples, used, count = _parsed(table, layout, context)
    for step in (_placed, _identified, _dated, _served, _checked_positions):
        step(samples, layout, context)
        samples.drop_refused()
    if "id" in samples.values:
        _check_ids(samples, layout, origin, context)
    tracks = doubts_of(samples.values, around.tracks) if samples.rows and "time" in used.values() else []
    columns = _columns_of(samples, layout, origin)
    notes = [*table.notes, *_header_notes(table, layout, used), *context.notes(), *tracks]
    return Reading(KIND, [], _refusals(table, samples, used), notes, count, columns)


def _parsed(table: Table, layout: Layout, context: Context) -> tuple[Samples, dict[str, str], int]:
    """Return what all cells say, the field of each column that was read, and how many rows there are."""
    at = {name: i for i, name in reversed(list(enumerate(table.header)))}
    found = [(name, column) for column in layout.columns if (name := column.found_in(table.header)) is not None]
    samples = Samples(values={field: [] for field in dict.fromkeys(column.field for _, column in found)})
    count = 0
    for numbers, rows in _blocks(table):
        count += len(rows)
        filled = rows if all(len(row) == len(table.header) for row in rows) else _squared(rows, len(table.header))
        columns = list(zip(*filled, strict=True))
        before = len(samples.rows)
        samples.rows += numbers
        for values in samples.values.values():
            values += [None] * len(rows)
        for number, row in zip(numbers, rows, strict=True):
            if len(row) > len(table.header) and any(cell.strip() for cell in row[len(table.header) :]):
                trouble = unfit("row.surplus", count=len(row), columns=len(table.header), field="", value="")
                samples.refused.setdefault(number, []).append(trouble)
        for name, column in found:
            _fill(samples, before, name, column, columns[at[name]], context)
        samples.drop_refused()
    return samples, {name: column.field for name, column in found}, count


def _blocks(table: Table) -> Iterator[tuple[list[int], list[Sequence[str]]]]:
    """Return the rows that are not empty and their numbers, some at a time."""
    rows, first = iter(table.cells), table.first_row
    while block := list(islice(rows, TEXT_ROWS)):
        filled = [(number, row) for number, row in enumerate(block, first) if any(row)]
        first += len(block)
        if filled:
            yield [number for number, _ in filled], [row for _, row in filled]


def _squared(rows: Sequence[Sequence[str]], width: int) -> list[Sequence[str]]:
    return [row if len(row) == width else [*row[:width], *[""] * (width - len(row))] for row in rows]


def _fill(samples: Samples, start: int, name: str, column: Column, cells: Sequence[str], context: Context) -> None:
    """Put what the cells of a column say into its field, where no column before it has said anything.

    Each different cell is read once.
    """
    values: dict[str, Any] = {}
    bad: dict[str, UnfitError] = {}
    remarks: dict[str, list[str]] = {}
    own = Context(context.surroundings, context.timezone, context.source_date, context.decimal_comma)
    for cell in set(cells):
        plain = cell.strip()
        if plain in EMPTY:
            values[cell] = None
            continue
        try:
            values[cell] = column.parse(plain, own)
        except UnfitError as trouble:
            if plain.lower() in NOTHING:
                continue
            bad[cell] = unfit(
                trouble.code, trouble.remedy, **{"field": name, "value": plain} | dict(trouble.parameters)
            )
        if own.remarks:
            remarks[cell] = list(own.remarks)
            own.remarks = {}
    target = samples.values[column.field]
    fresh = [values.get(cell) for cell in cells]
    if start == 0 and all(value is None for value in target):
        target[:] = fresh
    else:
        target[start:] = [new if old is None else old for old, new in zip(target[start:], fresh, strict=True)]
    if bad or remarks:
        for index, cell in enumerate(cells, start):
            if cell in bad:
                samples.refuse(index, bad[cell])
            for code in remarks.get(cell, ()):
                context.row = samples.rows[index]
                context.remark(code)


def _placed(samples: Samples, layout: Layout, context: Context) -> None:
    """Give tiles their middle, and positions the accuracy of the layout; a row without a position is refused."""
    if "quadkey" in samples.values:
        centres = {key: quadkey_middle(key) or (None, None) for key in set(samples.values["quadkey"]) if key}
        for index, key in enumerate(samples.values["quadkey"]):
            samples.column("longitude")[index], samples.column("latitude")[index] = centres.get(key, (None, None))
    if layout.accuracy_m is not None:
        samples.values["accuracy_m"] = [layout.accuracy_m] * len(samples.rows)
    for name in ("longitude", "latitude"):
        for index, value in enumerate(samples.column(name)):
            if value is None:
                samples.refuse(index, unfit("row.missing", field=name, value=""))


def _identified(samples: Samples, layout: Layout, context: Context) -> None:
    """Say whose network each sample is of: by its numbers on that day, by its name, by its group, by its cell.

    Only a sample that cannot stand without its cell, because it names no network, takes anything from it: so what is
    stored of a sample does not depend on whether the cells were imported before it.
    """
    around = context.surroundings
    cells, days = samples.column("cell_code"), [t and t.date() for t in samples.column("time")]
    if layout.technology is not None:
        samples.values["technology"] = [layout.technology] * len(samples.rows)
    if layout.operator is not None:
        samples.values["operator"] = [layout.operator] * len(samples.rows)
    numbers = _networks(samples)
    asked = list(zip(samples.column("operator"), numbers, cells, days, strict=True))
    known = {one: _operator_of(*one, around) for one in set(asked)}
    operators = [known[one] for one in asked]
    if "group" in samples.values:
        operators = _by_group(operators, samples)
    for index, found in enumerate(operators):
        if not isinstance(found, str):
            samples.refuse(index, found or unfit("row.no_operator", field="operator", value=""))
    samples.values["operator"] = operators
    technology = samples.column("technology")
    for index, (name, of_network, cell, _) in enumerate(asked):
        if name is None and of_network is None and technology[index] is None and cell in around.cells:
            technology[index] = around.cells[cell].technology


def _networks(samples: Samples) -> list[tuple[int, int] | None]:
    """Return mobile country and network code of each sample."""
    pairs = zip(samples.column("net_mcc"), samples.column("net_mnc"), strict=True)
    by_column = [(mcc, mnc) if mcc and mnc is not None else None for mcc, mnc in pairs]
    return [own or other for own, other in zip(samples.column("network"), by_column, strict=True)]


def _operator_of(
    name: str | None, numbers: tuple[int, int] | None, cell: str | None, day: date | None, around: Surroundings
) -> str | UnfitError | None:
    if numbers is not None:
        codes = (f"{numbers[0]}-{numbers[1]:02d}", f"{numbers[0]}-{numbers[1]:03d}")
        found = next((own for code in codes if (own := around.operator_of(code, day))), None)
        if found is not None:
            return found
        if name is None:
            if not around.networks:
                return codes[0]
            given = ", ".join(sorted({code for one in around.networks for code in one.network_codes}))
            return unfit("row.unknown_network", field="mcc, mnc", value=codes[0], known=given)
    if name is not None:
        return name
    known = around.cells.get(cell or "")
    return None if known is None else known.operator


def _by_group(operators: list[Any], samples: Samples) -> list[Any]:
    """Give neighbour cells, which name no network, the operator of the serving cell that was heard with them."""
    keys = list(zip(samples.values["group"], samples.column("sim_slot"), samples.column("device"), strict=True))
    serving = {key: found for key, found in zip(keys, operators, strict=True) if isinstance(found, str)}
    return [serving.get(key) if found is None else found for key, found in zip(keys, operators, strict=True)]


def _dated(samples: Samples, layout: Layout, context: Context) -> None:
    """Give samples without a time the day of their file, or else of the record of their cell."""
    times = samples.column("time")
    if all(times):
        return
    cells, around = samples.column("cell_code"), context.surroundings
    zone = ZoneInfo(context.timezone or "UTC")
    starts: dict[date, datetime] = {}
    for index, found in enumerate(times):
        if found is not None:
            continue
        cell = around.cells.get(cells[index])
        day = context.source_date or (cell.source_date if cell else None)
        if day is None:
            samples.refuse(index, unfit("row.no_time", field="time", value=""))
            continue
        if day not in starts:
            starts[day] = datetime.combine(day, clock_time(), zone).astimezone(UTC)
        times[index] = starts[day]
        context.row = samples.rows[index]
        context.remark("note.no_time")


def _served(samples: Samples, layout: Layout, context: Context) -> None:
    """Say what service a sample shows; where there was none it keeps no level, and only RSRP is kept as a level."""
    services, technology = samples.column("service"), samples.column("technology")
    shown = [samples.column(name) for name in ("rsrp_dbm", "download_mbps", "upload_mbps")]
    heard = samples.column("eci") if layout.name else [None] * len(samples.rows)
    for index, service in enumerate(services):
        if service is None:
            if all(values[index] is None for values in shown) and heard[index] is None:
                samples.refuse(index, unfit("row.no_level", field="rsrp_dbm", value=""))
            services[index] = "ok"
    for code, drop in (
        ("note.level_without_service", [service == "none" for service in services]),
        ("note.level_no_rsrp", [generation not in RSRP_IN for generation in technology]),
    ):
        if any(drop):
            for index in (i for i, given in enumerate(shown[0]) if given is not None and drop[i]):
                context.row = samples.rows[index]
                context.remark(code)
            for name in LEVELS:
                values = samples.column(name)
                samples.values[name] = [None if d else v for v, d in zip(values, drop, strict=True)]
            shown[0] = samples.values["rsrp_dbm"]


def _checked_positions(samples: Samples, layout: Layout, context: Context) -> None:
    """Refuse positions outside of where the region's samples can be; each odd one is looked at by itself."""
    longitude, latitude = (np.array(samples.column(name), np.float64) for name in ("longitude", "latitude"))
    box = context.surroundings.bounds
    inner = Bounds(-180.0, -90.0, 180.0, 90.0) if box is None else box.widened(EDGE_DEG)
    usual = (longitude >= inner.west) & (longitude <= inner.east)
    usual &= (latitude >= inner.south) & (latitude <= inner.north)
    for index in np.flatnonzero(~usual).tolist():
        context.row = samples.rows[index]
        try:
            position_near({"longitude": float(longitude[index]), "latitude": float(latitude[index])}, context)
        except UnfitError as trouble:
            samples.refuse(index, trouble)


def _check_ids(samples: Samples, layout: Layout, origin: Origin, context: Context) -> None:
    """Refuse an id that an earlier row has, or under which something else is kept."""
    first: dict[str, int] = {}
    for index, (row, own) in enumerate(zip(samples.rows, samples.values["id"], strict=True)):
        if own is not None and first.setdefault(own, row) != row:
            samples.refuse(index, unfit("row.duplicate_id", field="id", value=own, first=first[own]))
    samples.drop_refused()
    contradictions = context.surroundings.contradictions
    taken: set[str] = set()
    if contradictions is not None:
        taken = {one for columns in _columns_of(samples, layout, origin) for one in contradictions(columns)}
    for index, own in enumerate(samples.values["id"]):
        if own in taken:
            samples.refuse(index, unfit("row.id_taken", field="id", value=own))
    samples.drop_refused()


def _columns_of(samples: Samples, layout: Layout, origin: Origin) -> list[Columns]:
    """Return the samples as columns of measurements, some at a time."""
    if layout.name and "app" not in samples.values:
        samples.values["app"] = [layout.name] * len(samples.rows)
    ids = [own or new for own, new in zip(samples.column("id"), new_ids(origin.now, len(samples.rows)), strict=True)]
    days = [day or origin.source_date for day in samples.column("source_date")]
    given = {name: values for name, values in samples.values.items() if name not in (*HELPERS, "id", "source_date")}
    result = []
    for start in range(0, len(ids), BLOCK_ROWS):
        part = slice(start, start + BLOCK_ROWS)
        size = len(ids[part])
        values: dict[str, list[Any]] = {
            "id": ids[part],
            "recorded_at": [origin.now] * size,
            "source_id": [origin.source_id] * size,
            "source_date": days[part],
        }
        result.append(Columns(Measurement, values | {name: column[part] for name, column in given.items()}))
    return result


def _refusals(table: Table, samples: Samples, used: Mapping[str, str]) -> list[Refusal]:
    """Return the refusals with their rows as they were, for which the file is read once more."""
    if not samples.refused:
        return []
    first = next(iter(used), "")
    cells: dict[int, Mapping[str, str]] = defaultdict(dict)
    last = max(samples.refused)
    for row in table.rows():
        if row.number in samples.refused:
            cells[row.number] = row.values
        if row.number >= last:
            break
    made: list[Refusal] = []
    for number in sorted(samples.refused):
        for trouble in samples.refused[number]:
            made.append(replace(trouble.refusal(number, first, ""), cells=cells[number], sheet=table.sheet))
    return made


def _header_notes(table: Table, layout: Layout, used: Iterable[str]) -> list[Message]:
    """Return what is said of the columns: the app that wrote them, what was not used, and what is never kept."""
    notes = [Message("note.layout", {"app": layout.name})] if layout.name else []
    private = [name for name in table.header if is_private(name)]
    if private:
        notes.append(Message("note.private_columns", {"columns": listed(private)}))
    left = set(used) | QUIETLY_IGNORED | set(private)
    ignored = [name for name in table.header if name and name not in left]
    return [*notes, Message("table.columns_ignored", {"columns": listed(ignored)})] if ignored else notes
