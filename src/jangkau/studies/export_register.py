"""The register as a workbook that people read, mend and send back; `import_data` takes it in again."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from jangkau.errors import InputError
from jangkau.messages import LANGUAGES, Message, render
from jangkau.records import Measurement, Record
from jangkau.reports.register_book import BookColumn, BookSheet, ReadMe, fits_a_cell, write_book
from jangkau.sources.headers import SPELLINGS
from jangkau.sources.workbook import READ_ME, SHEETS, SheetKind, row_of
from jangkau.store.audit import Act
from jangkau.store.database import Store
from jangkau.store.region_folder import RegionFolder, writing
from jangkau.studies.circumstances import Circumstances

MOST_MEASUREMENTS = 100_000
"""More do not go into a workbook: they would make it too large for a spreadsheet program on a small laptop."""

Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class Exported:
    """The workbook, how many rows each of its sheets has, and what could not go into it."""

    path: Path
    rows: Counts
    notes: list[Message]


def export_register(region: RegionFolder, path: Path, circumstances: Circumstances) -> Exported:
    """Write the register of a region as XLSX: a sheet to read first, then a sheet a kind.

    Parameters
    ----------
    region : RegionFolder
    path : Path
        Ends with ``.xlsx``; an old file is replaced.
    circumstances : Circumstances

    Raises
    ------
    InputError
        When the file would be none of a spreadsheet program.

    Notes
    -----
    All versions of every fact that no later record corrects are written, and all tests; outlines, names in other lists
    (aliases), runs and the audit trail are not: a backup holds those.
    """
    if path.suffix.lower() != ".xlsx":
        raise InputError("book.not_xlsx", file=str(path))
    now, zone = circumstances.clock(), ZoneInfo(region.settings.timezone)
    with region.store(now) as store:
        sheets, notes = [], []
        for count, sheet in enumerate(SHEETS.values()):
            circumstances.progress(Message(f"kind.{sheet.name}"), count, len(SHEETS))
            records, about = _records(store, sheet)
            notes += about
            sheets.append(_sheet(sheet, records, zone))
            notes += _too_long(sheet, sheets[-1])
        rows = {sheet.title: len(sheet.rows) for sheet in sheets}
        said = {"region": region.settings.name, "time": f"{now.astimezone(zone):%Y-%m-%d %H:%M}", "zone": zone.key}
        with writing(path) as partial:
            write_book(partial, sheets, _read_me(rows, said, notes))
        store.add([], Act(circumstances.actor, "export", now))
    circumstances.progress(Message("kind.register"), len(SHEETS), len(SHEETS))
    return Exported(path, rows, notes)


def _records(store: Store, sheet: SheetKind) -> tuple[list[Record], list[Message]]:
    if sheet.noun is Measurement and store.count(Measurement) > MOST_MEASUREMENTS:
        return [], [Message("book.too_many", {"count": store.count(Measurement), "most": MOST_MEASUREMENTS})]
    records: list[Record] = list(store.read(sheet.noun))
    key = sheet.key.field
    return sorted(records, key=lambda r: (str(getattr(r, key)), str(getattr(r, "valid_from", "")))), []


def _sheet(sheet: SheetKind, records: Sequence[Record], zone: ZoneInfo) -> BookSheet:
    columns = [
        BookColumn(column.header, sheet.form_of(column), column.required, sheet.words_of(column))
        for column in sheet.table.columns
    ]
    return BookSheet(sheet.name, columns, [list(row_of(record, sheet, zone).values()) for record in records])


def _too_long(sheet: SheetKind, page: BookSheet) -> list[Message]:
    rows = [count for count, row in enumerate(page.rows, 2) if not all(map(fits_a_cell, row))]
    return [Message("book.cut", {"sheet": sheet.name, "row": row}) for row in rows]


def _read_me(rows: Counts, said: dict[str, str], notes: Sequence[Message]) -> ReadMe:
    sentences = [Message(f"book.read_me.{n}", said) for n in range(1, 9)]
    return ReadMe(
        READ_ME,
        [[render(sentence, language) for language in LANGUAGES] for sentence in [*sentences, *notes]],
        [_sheets_table(rows), _columns_table()],
    )


def _heads(*names: str) -> list[str]:
    return [" / ".join(render(Message(f"book.{name}"), language) for language in LANGUAGES) for name in names]


def _sheets_table(rows: Counts) -> list[list[str]]:
    kinds = [[render(Message(f"kind.{name}"), lang) for lang in LANGUAGES] + [name, str(n)] for name, n in rows.items()]
    return [[*LANGUAGES, *_heads("sheet", "rows")], *kinds]


def _columns_table() -> list[list[str]]:
    table = [_heads("other_headers", "words", "sheet", "column", "needed", "form")]
    for sheet in SHEETS.values():
        for column in sheet.table.columns:
            other = dict.fromkeys((*column.other, *SPELLINGS.get(column.header, ())))
            form = " / ".join(render(Message(f"book.form.{sheet.form_of(column)}"), lang) for lang in LANGUAGES)
            words = ", ".join(sheet.words_of(column))
            table.append([", ".join(other), words, sheet.name, column.header, "*" if column.required else "", form])
    return table
