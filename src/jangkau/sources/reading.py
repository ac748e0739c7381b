"""What reading a file gives, and what a reader may check rows against."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jangkau.geo import Bounds
from jangkau.messages import Message
from jangkau.records import Cell, Columns, Record, new_id
from jangkau.settings import Operator, TrackSettings


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row that was not taken in.

    Attributes
    ----------
    row : int
        As a person sees it in the file; the header is row 1.
    field, value : str
        Where the trouble is, and what stood there.
    reason, remedy : Message
        What is wrong, and what to do.
    cells : mapping
        The whole row as it was, by the names of its columns; empty for what is no row of a table.
    sheet : str
        The sheet that it stands on; empty in a text.
    """

    row: int
    field: str
    value: str
    reason: Message
    remedy: Message
    cells: Mapping[str, str] = dataclasses.field(default_factory=dict)
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """Records of a file, rows refused with reasons, notes on what was mended or is odd, and how many rows were seen.

    Records that come by the million are in `columns` instead of `records`.
    """

    kind: str
    records: list[Record]
    refused: list[Refusal]
    notes: list[Message]
    rows_read: int
    columns: list[Columns] = field(default_factory=list)

    def kept(self) -> int:
        """Return how many records there are."""
        return len(self.records) + sum(len(columns) for columns in self.columns)


def refused_rows(refused: Sequence[Refusal]) -> int:
    """Return how many rows were refused; one row may be refused for several reasons."""
    return len({(one.sheet, one.row) for one in refused})


def joined(kind: str, readings: Sequence[Reading]) -> Reading:
    """Return several readings as one of a kind, in their order."""
    return Reading(
        kind,
        [record for one in readings for record in one.records],
        [refusal for one in readings for refusal in one.refused],
        [note for one in readings for note in one.notes],
        sum(one.rows_read for one in readings),
        [columns for one in readings for columns in one.columns],
    )


@dataclass(frozen=True, slots=True)
class Origin:
    """What every record of a file takes from it."""

    source_id: str
    source_date: date | None
    now: datetime

    def stamp(self) -> dict[str, Any]:
        """Return the fields that every new record carries, a fresh id among them."""
        return {
            "id": new_id(self.now),
            "recorded_at": self.now,
            "source_id": self.source_id,
            "source_date": self.source_date,
        }


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What rows may be checked against; what is None or empty is not checked.

    Attributes
    ----------
    bounds : Bounds or None
        The region [deg].
    is_sea : callable or None
        Takes longitudes and latitudes [deg], gives whether each lies at sea.
    operators : tuple of str
        Names in the region's list.
    network_codes : mapping
        MCC-MNC such as 510-10 to operator.
    village_codes, place_codes, link_codes, remedy_codes, stakeholder_codes, site_codes : set of str or None
        Codes that exist.
    village_aliases, place_aliases : mapping
        Name or spelling, as `spellings.plain_name` and `plain_title` give it, to the codes of all that have it.
    district_of : mapping
        Village code to the name of its district, as `spellings.plain_name` gives it.
    region_code : str
        Code of the regency; outlines whose code does not begin with it, dots aside, are not taken in. Empty: all are.
    networks : tuple of Operator
        The region's list with network codes and the time of each; empty: whatever comes.
    tracks : TrackSettings
        When a position along a track is doubted.
    cells : mapping
        Code to the cell that is kept under it; read for measurements only.
    contradicts : callable or None
        Takes a record, gives whether another one is already kept under its id.
    contradictions : callable or None
        Takes columns, gives the ids under which other records are already kept.
    """

    bounds: Bounds | None = None
    is_sea: Callable[[ArrayLike, ArrayLike], NDArray[np.bool_]] | None = None
    operators: tuple[str, ...] = ()
    network_codes: Mapping[str, str] = field(default_factory=dict)
    village_codes: Set[str] | None = None
    village_aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    place_aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    district_of: Mapping[str, str] = field(default_factory=dict)
    place_codes: Set[str] | None = None
    link_codes: Set[str] | None = None
    remedy_codes: Set[str] | None = None
    stakeholder_codes: Set[str] | None = None
    site_codes: Set[str] | None = None
    region_code: str = ""
    networks: tuple[Operator, ...] = ()
    tracks: TrackSettings = field(default_factory=TrackSettings)
    cells: Mapping[str, Cell] = field(default_factory=dict)
    contradicts: Callable[[Record], bool] | None = None
    contradictions: Callable[[Columns], set[str]] | None = None

    def operator_of(self, code: str, day: date | None) -> str | None:
        """Return whose network a code such as 510-10 named on a day; the last entry counts where no day is known."""
        of_code = [one for one in self.networks if code in one.network_codes]
        if day is not None:
            of_code = [
                one
                for one in of_code
                if (one.valid_from is None or one.valid_from <= day) and (one.valid_to is None or day < one.valid_to)
            ]
        return of_code[-1].name if of_code else None
