"""Import: bring a file in. It is kept as received, read as what it is, and its refused rows are listed with reasons."""

import tempfile
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jangkau.errors import FormatError, InputError
from jangkau.fingerprints import sha256_of
from jangkau.geo import Bounds, Raster
from jangkau.messages import Message
from jangkau.records import (
    Alias,
    Cell,
    District,
    Fact,
    Link,
    Place,
    Record,
    Remedy,
    Site,
    Source,
    Stakeholder,
    Village,
    new_id,
)
from jangkau.reports.register_book import write_refusals_book
from jangkau.settings import Settings
from jangkau.sources.boundaries import districts_from_villages
from jangkau.sources.detect import RASTER_KINDS, detect, read
from jangkau.sources.private import without_private
from jangkau.sources.reading import Origin, Reading, Refusal, Surroundings
from jangkau.sources.rows import read_rows
from jangkau.sources.terrain import describe_terrain, read_terrain
from jangkau.sources.workbook import REGISTER, KeptRows, read_book
from jangkau.store.audit import Act
from jangkau.store.database import Added, Store
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.bundles import KIND as BUNDLE
from jangkau.studies.bundles import bring_in, is_bundle
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.inputs import sources_of
from jangkau.studies.learn import learn_settings

REFERENCES_FIRST = (
    "boundaries", "districts", "villages", "remote_villages", "terrain", "land_cover", "rivers", "register", "places",
    "sites", "cells", "opencellid", "links", "stakeholders", "remedies", "requests", "tasks", "visits", "probes",
    "measurements", "claims",
)  # fmt: skip
"""Kinds in an order in which what a row names was there before."""

BESIDE = (".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qpj", ".qmd", ".qml", ".ovr", ".tfw", ".aux.xml", ".md")
"""Ends of names of files that lie beside data and are none themselves."""

STANDING_FOR_ITSELF = ("measurements", "visits", "probes", "claims")
"""Kinds whose rows correct nothing: a file with refused rows is read again, for what they lacked may be there now."""

MOST_IN_BOOK = 100_000
"""Refused rows that are written into the table beside a file."""

EVIDENCE_KINDS = ("measurements", "visits")
"""Kinds of files that tell of tests."""

COARSE_SEA_DEG = 0.0025
"""Pixel at which the sea is looked up when positions are checked: about 280 m."""


@dataclass(frozen=True, slots=True)
class About:
    """What the person who imports a file says about it."""

    publisher: str = ""
    licence: str = ""
    source_date: date | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file.

    Attributes
    ----------
    file : Path
        As given.
    kind : str
        What it was read as.
    source : Source
        The record of the file; that of the earlier import when it was `already` there.
    added : Added
    refused : list of Refusal
    notes : list of Message
        What was mended or is odd.
    refusals_file : Path or None
        Table of the refused rows.
    already : bool
        Whether the same bytes had been imported before; then nothing was done.
    """

    file: Path
    kind: str
    source: Source
    added: Added
    refused: list[Refusal]
    notes: list[Message]
    refusals_file: Path | None
    already: bool


@dataclass(frozen=True, slots=True)
class FolderFiles:
    """The files of a folder that are known for something, in an order that works, and the others with the reason."""

    files: list[Path]
    unrecognised: list[tuple[Path, Message]]


def files_in(folder: Path) -> FolderFiles:
    """Return what a folder and those inside it hold; hidden files and those that accompany others are passed over.

    Files come in the order of `REFERENCES_FIRST`, those of one kind by name.
    """
    known: list[tuple[int, str, Path]] = []
    unrecognised = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if not path.is_file() or any(part.startswith(".") for part in inside.parts) or _is_beside(path):
            continue
        try:
            known.append((REFERENCES_FIRST.index(detect(path)), inside.as_posix(), path))
        except FormatError as trouble:
            unrecognised.append((path, trouble.message))
    return FolderFiles([path for _, _, path in sorted(known)], unrecognised)


def _is_beside(path: Path) -> bool:
    return path.name.lower().endswith(BESIDE)


def import_files(
    region: RegionFolder, files: Sequence[Path], circumstances: Circumstances, about: About | None = None
) -> list[Imported]:
    """Bring files into a region, in the order given; each is taken in whole or not at all.

    Operators and bounds that `jangkau.toml` does not give are learned from the files and written there.

    Parameters
    ----------
    region : RegionFolder
    files : sequence of Path
    circumstances : Circumstances
    about : About, optional
        What is known of the files; their kind is detected unless it says one.

    Raises
    ------
    InputError
        When a file is missing or cannot be read as anything known; files before it stay imported.
    """
    about = about or About()
    done = []
    with region.store(circumstances.clock()) as store:
        for count, file in enumerate(files):
            circumstances.progress(Message("progress.importing", {"file": file.name}), count, len(files))
            done.append(_import_file(region, store, file, circumstances, about))
        if done:
            done[-1].notes.extend(learn_settings(region, store))
    circumstances.progress(Message("progress.importing", {"file": ""}), len(files), len(files))
    return done


def import_evidence(region: RegionFolder, file: Path, circumstances: Circumstances) -> Imported:
    """Bring in a file of tests; InputError for every other kind, which only who may change the register brings in.

    Parameters
    ----------
    region : RegionFolder
    file : Path
        A phone's bundle, or of one of `EVIDENCE_KINDS`.
    circumstances : Circumstances
    """
    kind = BUNDLE if is_bundle(file) else detect(file)
    if kind not in (BUNDLE, *EVIDENCE_KINDS):
        raise InputError("field.no_evidence", file=file.name, kind=kind)
    return import_files(region, [file], circumstances)[0]


def _import_file(
    region: RegionFolder, store: Store, file: Path, circumstances: Circumstances, about: About
) -> Imported:
    if not file.exists():
        raise InputError("import.missing", file=str(file))
    if is_bundle(file):
        return _import_bundle(region, store, file, circumstances, about)
    with tempfile.TemporaryDirectory(prefix="jangkau-import-") as room:
        without = without_private(file, Path(room))
        taken = file if without is None else without[0]
        done = _take_in(region, store, taken, circumstances, about)
    return replace(done, file=file, notes=[*([] if without is None else [without[1]]), *done.notes])


def _take_in(region: RegionFolder, store: Store, file: Path, circumstances: Circumstances, about: About) -> Imported:
    kind = about.kind or detect(file)
    sha256, _ = sha256_of(file)
    earlier = store.source_with(sha256, kind)
    if earlier is not None and (kind not in STANDING_FOR_ITSELF or not earlier.rows_refused):
        return Imported(file, kind, earlier, Added(unchanged=earlier.rows_kept), [], [], None, True)
    now = circumstances.clock()
    stored, sha256, size = region.keep_source(file)
    source = earlier or Source(
        id=new_id(now),
        recorded_at=now,
        source_date=about.source_date,
        kind=kind,
        original_name=file.name,
        stored_path=stored.as_posix(),
        sha256=sha256,
        size_bytes=size,
        publisher=about.publisher,
        licence=about.licence,
    )
    if kind in RASTER_KINDS:
        notes = describe_terrain(file).notes if kind == "terrain" else []
        added = store.add([source], Act(circumstances.actor, "import", now))
        return Imported(file, kind, source, added, [], list(notes), None, False)
    origin = Origin(source.id, source.source_date, now)
    around = surroundings(region, store, kind, circumstances.as_of)
    if kind == REGISTER:
        reading = _read_register(store, file, origin, around, region.settings.timezone)
    else:
        reading = read(file, kind, origin, around, region.settings.timezone)
    source = replace(source, rows_read=reading.rows_read, rows_kept=reading.kept(), rows_refused=len(reading.refused))
    records = [source, *reading.records, *_dissolved(store, reading, origin, circumstances.as_of)]
    added = store.add([*records, *reading.columns], Act(circumstances.actor, "import", now))
    repeated = added.unchanged - (earlier is not None)
    notes = [*reading.notes, *([Message("note.repeated", {"count": repeated})] if reading.columns and repeated else [])]
    refusals = None
    if reading.refused:
        refusals = region.path / "sources" / f"{sha256[:12]}-refused.xlsx"
        write_refusals_book(refusals, reading.refused[:MOST_IN_BOOK], region.settings.languages[0])
    return Imported(file, kind, source, added, reading.refused, notes, refusals, earlier is not None and not added.new)


def _import_bundle(
    region: RegionFolder, store: Store, file: Path, circumstances: Circumstances, about: About
) -> Imported:
    """Bring in what a phone could not send; sheets keep the words of the phone, so the archive itself is not kept."""
    now, (sha256, size) = circumstances.clock(), sha256_of(file)
    brought = bring_in(region, store, file, circumstances)
    source = Source(
        id=new_id(now),
        recorded_at=now,
        source_date=about.source_date,
        kind=BUNDLE,
        original_name=file.name,
        stored_path="",
        sha256=sha256,
        size_bytes=size,
        rows_read=brought.read,
        rows_kept=brought.added.new + brought.added.unchanged,
        rows_refused=len(brought.refused),
    )
    refused = [Refusal(row, "", value, why, Message("field.refused_in_bundle")) for row, value, why in brought.refused]
    return Imported(file, BUNDLE, source, brought.added, refused, [], None, False)


def _read_register(store: Store, file: Path, origin: Origin, around: Surroundings, timezone: str) -> Reading:
    """Return what the sheets of a register say that is not kept yet; a sheet may refer to rows of those before."""
    book = read_book(file)
    total = Reading(REGISTER, [], [], list(book.notes), 0)
    for sheet, table in book.tables:
        kept = KeptRows(store.read(sheet.noun), sheet, table, ZoneInfo(timezone))
        reading = read_rows(table, sheet.table, origin, around, timezone, kept)
        refused = [replace(one, sheet=sheet.name) for one in reading.refused]
        total = Reading(
            REGISTER,
            [*total.records, *reading.records],
            [*total.refused, *refused],
            [*total.notes, *reading.notes],
            total.rows_read + reading.rows_read,
        )
        around = _with_codes(around, reading.records)
    return total


def _with_codes(around: Surroundings, records: Sequence[Record]) -> Surroundings:
    """Return the surroundings after records were read, so that later rows may refer to them."""

    def codes(known: Set[str] | None, noun: type[Fact]) -> Set[str] | None:
        more = {r.code for r in records if isinstance(r, noun)}
        return more | (known or frozenset()) if more else known

    return replace(
        around,
        village_codes=codes(around.village_codes, Village),
        place_codes=codes(around.place_codes, Place),
        link_codes=codes(around.link_codes, Link),
        site_codes=codes(around.site_codes, Site),
        remedy_codes=codes(around.remedy_codes, Remedy),
        stakeholder_codes=codes(around.stakeholder_codes, Stakeholder),
    )


def _dissolved(store: Store, reading: Reading, origin: Origin, as_of: date) -> list[District]:
    """Return the outlines of districts that no file has given, dissolved from their villages."""
    villages = [r for r in reading.records if isinstance(r, Village) and r.geometry_wkb is not None]
    if not villages:
        return []
    given = {d.code for d in store.read(District, as_of=as_of) if d.geometry_wkb is not None}
    given |= {r.code for r in reading.records if isinstance(r, District) and r.geometry_wkb is not None}
    return [d for d in districts_from_villages(villages, origin) if d.code not in given]


def surroundings(region: RegionFolder, store: Store, kind: str, as_of: date) -> Surroundings:
    """Return what a reader may check rows against: the region's code, box, sea, operators and codes."""
    settings = region.settings
    villages = store.read(Village, as_of=as_of)
    return Surroundings(
        bounds=None if settings.bounds is None else Bounds(*settings.bounds),
        is_sea=_sea(region, store, settings) if kind in ("cells", "opencellid", "places", "sites", REGISTER) else None,
        operators=tuple(dict.fromkeys(o.name for o in settings.operators)),
        network_codes={code: o.name for o in settings.operators for code in o.network_codes},
        village_codes=frozenset(v.code for v in villages) or None,
        village_aliases=_aliases(store, villages),
        place_codes=frozenset(p.code for p in store.read(Place, as_of=as_of)) or None,
        link_codes=frozenset(link.code for link in store.read(Link, as_of=as_of)) or None,
        remedy_codes=frozenset(r.code for r in store.read(Remedy, as_of=as_of)) or None,
        stakeholder_codes=frozenset(s.code for s in store.read(Stakeholder, as_of=as_of)) or None,
        site_codes=frozenset(s.code for s in store.read(Site, as_of=as_of)) or None,
        region_code=settings.code,
        cells={c.code: c for c in store.read(Cell)} if kind == "measurements" else {},
        networks=settings.operators,
        tracks=settings.tracks,
        contradicts=store.contradicts,
        contradictions=store.contradictions,
    )


def _aliases(store: Store, villages: Sequence[Village]) -> dict[str, str]:
    """Return names and spellings that lead to exactly one village, in lower case."""
    found: dict[str, set[str]] = {}
    for village in villages:
        found.setdefault((village.name or village.code).lower(), set()).add(village.code)
    for alias in store.read(Alias):
        if alias.of_noun == "village":
            found.setdefault(alias.alias.lower(), set()).add(alias.of_code)
    return {name: next(iter(codes)) for name, codes in found.items() if len(codes) == 1}


def _sea(
    region: RegionFolder, store: Store, settings: Settings
) -> Callable[[ArrayLike, ArrayLike], NDArray[np.bool_]] | None:
    files = [region.path / s.stored_path for s in sources_of(store, "terrain")]
    if not files or settings.bounds is None or settings.radio.terrain_nodata != "sea":
        return None
    terrain = read_terrain(files, Bounds(*settings.bounds).widened(0.3), COARSE_SEA_DEG, sea="nodata")
    mask = Raster(terrain.sea.astype(np.float32), terrain.height_amsl_m.grid, "sea", "1 at sea")

    def is_sea(longitude: ArrayLike, latitude: ArrayLike) -> NDArray[np.bool_]:
        return np.asarray(mask.at(longitude, latitude) == 1.0)

    return is_sea
