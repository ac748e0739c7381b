"""Tests as the model of the evidence takes them: read from the store, each with the cell that it speaks of."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jangkau.coverage.transmitters import complete_all
from jangkau.evidence.matching import NO_CELL, Identities, best_explanation, match_by_identity
from jangkau.evidence.observations import Observations
from jangkau.messages import Message
from jangkau.records import Cell, Measurement, Place, Visit
from jangkau.settings import Settings
from jangkau.store.database import Store
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.inputs import read_ground, region_crs
from jangkau.studies.network import FloatArray, IndexArray, Network, strongest
from jangkau.studies.predict import field_settings

FIELDS = (
    "time", "longitude", "latitude", "accuracy_m", "environment", "operator", "technology", "service", "cell_code",
    "eci", "pci", "earfcn", "rsrp_dbm", "device", "doubt",
)  # fmt: skip
"""What is read of a measurement."""

IDENTITIES = ("eci", "pci", "earfcn")

UNLISTED = 1e-4
"""Probability, before a level is looked at, that a cell serves which no register lists. It is low: a test is set aside
only where its level lies about four standard deviations above all that is predicted, for setting aside more would hide
from the model that its levels are too low."""

BLOCK = 20_000
"""Tests for which a cell is sought at a time."""

LEFT_OUT = ("indoor", "doubtful", "vague", "older_technology", "no_level", "no_cell", "unknown_ground")
"""Why a test has no part, in the order in which that is looked at."""

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Tests:
    """Tests of a region up to a day; arrays of shape (tests,), in an order that does not depend on that of import.

    Attributes
    ----------
    network : Network
    observations : Observations
    longitude, latitude : float64
        Where it was tested [deg].
    day : datetime64[D]
        When, UTC.
    operator : object
        Whose network.
    named : bool
        Whether the test names its cell, by its code, its ECI, or its PCI and EARFCN; else it has the best explanation.
    probability : float64
        That it was of that cell, 0..1; 1 where it names it, NaN where no level says (the strongest cell is taken).
    left_out : mapping of str to int
        How many tests have no part, by `LEFT_OUT`.
    """

    network: Network
    observations: Observations
    longitude: FloatArray
    latitude: FloatArray
    day: NDArray[np.datetime64]
    operator: NDArray[Any]
    named: NDArray[np.bool_]
    probability: FloatArray
    left_out: Mapping[str, int]


def gather(
    region: RegionFolder, store: Store, horizon: Mapping[str, int], circumstances: Circumstances
) -> Tests | None:
    """Return the tests of a region up to a day, with what is predicted of each; None where none shows a level.

    Parameters
    ----------
    region : RegionFolder
    store : Store
    horizon : mapping of noun to sequence
        The state of the store that is read.
    circumstances : Circumstances

    Raises
    ------
    RegionError
        When no terrain is known.
    """
    settings, as_of = region.settings, circumstances.as_of
    cells = store.read(Cell, as_of=as_of, horizon=horizon)
    cells = [cell for cell in cells if cell.technology >= settings.signal.technology]
    rows = _ordered(_rows(store, settings, as_of, horizon))
    if not cells or not rows["time"].size:
        return None
    ground = read_ground(region, store, horizon, settings.radio.radius_km * 1e3)
    transmitters = tuple(complete_all(cells, settings.cell_defaults))
    network = Network(transmitters, ground, field_settings(settings), region_crs(settings))
    left_out: Counter[str] = Counter()
    rows = _usable(rows, settings, left_out)
    cell, named, probability = _cells(rows, _Known(network, cells, settings), circumstances)
    found = cell >= 0
    left_out["no_cell"] = int((~found).sum())
    rows, cell, named, probability = _part(rows, found), cell[found], named[found], probability[found]
    places, known = network.places(
        cell, rows["longitude"], rows["latitude"], circumstances.workers, _counting(circumstances, cell.size)
    )
    left_out["unknown_ground"] = int((~known).sum())
    rows, named, probability = _part(rows, known), named[known], probability[known]
    measured = np.where(rows["service"] == "none", np.nan, rows["rsrp_dbm"])
    if np.isnan(measured).all():
        return None
    sensitivity = np.full(measured.size, settings.evidence.sensitivity_dbm)
    return Tests(
        network=network,
        observations=Observations(places, measured, sensitivity, _numbered(rows["device"])),
        longitude=rows["longitude"],
        latitude=rows["latitude"],
        day=rows["time"].astype("datetime64[D]"),
        operator=rows["operator"],
        named=named,
        probability=probability,
        left_out=dict(left_out),
    )


def _counting(circumstances: Circumstances, total: int) -> Callable[[int], None]:
    """Return what tells how many paths are walked."""
    walked = 0

    def done(paths: int) -> None:
        nonlocal walked
        walked += paths
        circumstances.progress(Message("progress.paths"), walked, total)

    return done


def _rows(store: Store, settings: Settings, as_of: date, horizon: Mapping[str, int]) -> Columns:
    """Return measurements and visits up to a day as the same columns."""
    measured = store.columns(Measurement, FIELDS, horizon=horizon)
    visited = _visits(store, settings, as_of, horizon)
    rows = {name: np.concatenate([measured[name], visited[name]]) for name in FIELDS}
    return _part(rows, rows["time"] < np.datetime64(datetime.combine(as_of + timedelta(days=1), time())))


def _visits(store: Store, settings: Settings, as_of: date, horizon: Mapping[str, int]) -> Columns:
    """Return visits as measurements at their places; a visit names no cell."""
    standing = {p.code: p for p in store.read(Place, as_of=as_of, horizon=horizon) if p.longitude is not None}
    visits = [v for v in store.read(Visit, horizon=horizon) if v.place_code in standing]
    places = [standing[v.place_code] for v in visits]
    default = settings.radio.assumed_position_accuracy_m
    accuracy = [default if p.position_accuracy_m is None else p.position_accuracy_m for p in places]
    return {
        "time": np.array([v.time.replace(tzinfo=None) for v in visits], "datetime64[s]"),
        "longitude": np.array([p.longitude for p in places], float),
        "latitude": np.array([p.latitude for p in places], float),
        "accuracy_m": np.array(accuracy, float),
        "rsrp_dbm": np.array([np.nan if v.rsrp_dbm is None else v.rsrp_dbm for v in visits], float),
        **{name: _objects([getattr(v, name) for v in visits]) for name in ("operator", "technology", "service")},
        **{name: np.full(len(visits), np.nan) for name in IDENTITIES},
        **{name: _objects([None] * len(visits)) for name in ("environment", "cell_code", "device", "doubt")},
    }


def _objects(values: list[Any]) -> NDArray[Any]:
    found = np.empty(len(values), object)
    found[:] = values
    return found


def _part(rows: Columns, keep: NDArray[Any]) -> Columns:
    return {name: values[keep] for name, values in rows.items()}


def _ordered(rows: Columns) -> Columns:
    """Return rows in an order that follows from what they say alone."""
    texts = [
        _numbered(rows[n]) for n in ("doubt", "device", "cell_code", "service", "technology", "environment", "operator")
    ]
    numbers = [
        np.nan_to_num(rows[n], nan=0.0) for n in (*IDENTITIES, "rsrp_dbm", "accuracy_m", "latitude", "longitude")
    ]
    return _part(rows, np.lexsort((*texts, *numbers, rows["time"])))


def _numbered(texts: NDArray[Any]) -> NDArray[np.int32]:
    """Return the rank of each text among the different ones, -1 where there is none."""
    known = {text: k for k, text in enumerate(sorted({t for t in texts if t is not None}))}
    return np.array([known.get(text, -1) for text in texts], np.int32)


def _usable(rows: Columns, settings: Settings, left_out: Counter[str]) -> Columns:
    """Return the rows that speak of the signal outdoors in the generation that counts; the others are counted."""
    standard = settings.signal.technology
    older = np.array([t is not None and t < standard for t in rows["technology"]], bool)
    unfit = {
        "indoor": rows["environment"] == "indoor",
        "doubtful": np.array([d is not None for d in rows["doubt"]], bool),
        "vague": rows["accuracy_m"] > settings.evidence.position_within_m,
        "older_technology": older,
        "no_level": (rows["service"] != "none") & np.isnan(rows["rsrp_dbm"]),
    }
    keep = np.ones(older.size, bool)
    for name, found in unfit.items():
        left_out[name] = int((keep & found).sum())
        keep &= ~found
    return _part(rows, keep)


@dataclass(frozen=True, eq=False)
class _Known:
    """The cells that tests may be of: as the evidence sees them, as the register lists them, and how far off."""

    network: Network
    cells: Sequence[Cell]
    settings: Settings

    def operators(self) -> NDArray[Any]:
        return np.array([t.operator for t in self.network.transmitters])

    def error_db(self) -> FloatArray:
        """Return the error of what is predicted of each cell; the last one is of no cell."""
        model, default = self.settings.radio.model_error_db, self.settings.cell_defaults.error_db_per_default
        return np.array([*(t.error_db(model, default) for t in self.network.transmitters), model])

    @cached_property
    def said(self) -> dict[str, FloatArray]:
        """What the register says of each cell's position and identities, in the order of the network."""
        by_code = {cell.code: cell for cell in self.cells}
        own = [by_code[t.cell_code] for t in self.network.transmitters]
        names = (*IDENTITIES, "longitude", "latitude")
        return {n: np.array([np.nan if getattr(c, n) is None else getattr(c, n) for c in own], float) for n in names}

    def identities(self, numbers: Mapping[str, int]) -> Identities:
        """Return who the cells say they are; operators by number."""
        return Identities(np.array([numbers[name] for name in self.operators()], np.int64), **self.said)

    def identity(self, cells: IndexArray) -> dict[str, FloatArray]:
        """Return PCI and EARFCN of cells; of no cell they are not known."""
        return {name: np.append(self.said[name], np.nan)[cells] for name in ("pci", "earfcn")}


def _cells(
    rows: Columns, known: _Known, circumstances: Circumstances
) -> tuple[IndexArray, NDArray[np.bool_], FloatArray]:
    """Return the cell of each row, whether the row names it, and how probable it is; -1 where nothing explains it."""
    cell = np.array([known.network.index_of.get(code, NO_CELL) for code in rows["cell_code"]], np.int64)
    listed = known.operators()
    numbers = {name: k for k, name in enumerate(sorted({*listed.tolist(), *rows["operator"].tolist()}))}
    left = np.flatnonzero(cell == NO_CELL)
    cell[left] = match_by_identity(_identities(_part(rows, left), numbers), known.identities(numbers))
    named = cell != NO_CELL
    probability = np.where(named, 1.0, np.nan)
    left = np.flatnonzero(~named)
    for operator in sorted({rows["operator"][k] for k in left}):
        own = left[rows["operator"][left] == operator]
        candidates = np.flatnonzero(listed == operator).astype(np.int64)
        for start in range(0, own.size, BLOCK):
            circumstances.progress(Message("progress.matching"), start, own.size)
            part = own[start : start + BLOCK]
            cell[part], probability[part] = _explained(_part(rows, part), known, candidates, circumstances.workers)
    return cell, named, probability


def _identities(rows: Columns, numbers: Mapping[str, int]) -> Identities:
    operator = np.array([numbers[name] for name in rows["operator"]], np.int64)
    return Identities(operator, *(rows[name] for name in (*IDENTITIES, "longitude", "latitude")))


def _agreeing(rows: Columns, candidates: Mapping[str, FloatArray], level: FloatArray) -> FloatArray:
    """Return levels without those of candidates whose PCI or EARFCN is another, for rows with which some agree."""
    other = np.zeros(level.shape, bool)
    for name, theirs in candidates.items():
        own = rows[name][:, None]
        other |= np.isfinite(own) & np.isfinite(theirs) & (own != theirs)
    told = np.isfinite(rows["pci"]) & (np.isfinite(level) & ~other & np.isfinite(candidates["pci"])).any(axis=1)
    return np.where(told[:, None] & (other | np.isnan(candidates["pci"])), np.nan, level)


def _explained(rows: Columns, known: _Known, candidates: IndexArray, workers: int) -> tuple[IndexArray, FloatArray]:
    """Return the cell that explains the level of each row best, and its probability; without a level the strongest."""
    cells, level = known.network.candidates(candidates, rows["longitude"], rows["latitude"], workers)
    level = _agreeing(rows, known.identity(cells), level)
    measured = np.where(rows["service"] == "none", np.nan, rows["rsrp_dbm"])
    silent = np.isnan(measured)
    best, probability = best_explanation(
        level, known.error_db()[cells], np.where(silent, 0.0, measured), unlisted=UNLISTED
    )
    explained = np.where(best == NO_CELL, NO_CELL, cells[np.arange(best.size), best])
    return np.where(silent, strongest(cells, level), explained), np.where(silent, np.nan, probability)
