"""The measurements nearest to a point, from millions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from jangkau.geo import distance_azimuth, tiles_around
from jangkau.records import Measurement
from jangkau.store.database import Store
from jangkau.store.schema import TABLES

NEAR_M = 1000.0
"""Measurements nearer than this say something of a point."""

_FIRST_M = NEAR_M / 32.0
_MOST_READ = 5000


@dataclass(frozen=True, slots=True)
class Near:
    """A measurement, and how far it is from the point that was asked for [m]."""

    time: datetime
    rsrp_dbm: float | None
    service: str | None
    technology: str | None
    distance_m: float


def nearest_measurements(
    store: Store, operators: Sequence[str], longitude: float, latitude: float, most: int = 10
) -> dict[str, list[Near]]:
    """Return the nearest measurements of each operator within `NEAR_M`, nearest first.

    Parameters
    ----------
    store : Store
    operators : sequence of str
    longitude, latitude : float
        [deg]
    most : int
        Of each operator.

    Notes
    -----
    Looks around the point in squares that double, until enough is found; where thousands lie in the first, some of
    them stand for all.
    """
    found: dict[str, dict[int, float]] = {}
    radius = _FIRST_M
    while radius <= NEAR_M and len(found) < len(operators):
        wanting = [operator for operator in operators if operator not in found]
        for operator, near in _within(store, wanting, longitude, latitude, radius).items():
            if len(near) >= most or radius == NEAR_M:
                found[operator] = dict(sorted(near.items(), key=lambda one: one[1])[:most])
        radius *= 2.0
    kept = {sequence: distance for near in found.values() for sequence, distance in near.items()}
    answers: dict[str, list[Near]] = {operator: [] for operator in operators}
    for row in _rows(store, list(kept)):
        answers[row.operator].append(Near(row.time, row.rsrp_dbm, row.service, row.technology, kept[row.sequence]))
    return {operator: sorted(near, key=lambda one: one.distance_m) for operator, near in answers.items()}


def _rows(store: Store, sequences: list[int]) -> Sequence[sa.Row[Any]]:
    table = TABLES[Measurement]
    columns = [table.c[n] for n in ("sequence", "operator", "time", "rsrp_dbm", "service", "technology")]
    with store.engine.connect() as connection:
        return connection.execute(sa.select(*columns).where(table.c.sequence.in_(sequences))).all()


def _within(
    store: Store, operators: Sequence[str], longitude: float, latitude: float, radius_m: float
) -> dict[str, dict[int, float]]:
    """Return the distances of measurements within a radius, by operator and sequence."""
    table = TABLES[Measurement]
    ranges = (table.c.tile.between(first, end - 1) for first, end in tiles_around(longitude, latitude, radius_m))
    columns = [table.c[name] for name in ("sequence", "operator", "longitude", "latitude")]
    query = sa.select(*columns).where(sa.or_(*ranges), table.c.operator.in_(operators)).limit(_MOST_READ)
    with store.engine.connect() as connection:
        rows = connection.execute(query).all()
    found: dict[str, dict[int, float]] = {operator: {} for operator in operators}
    if rows:
        distance, _ = distance_azimuth(longitude, latitude, [r.longitude for r in rows], [r.latitude for r in rows])
        for row, metres in zip(rows, distance.tolist(), strict=True):
            if metres <= radius_m:
                found[row.operator][row.sequence] = metres
    return found
