"""The measurements nearest to a point, from millions."""

from collections.abc import Sequence
from dataclasses import dataclass

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
    """A measurement and how far it is from the point that was asked for [m]."""

    measurement: Measurement
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
    found: dict[str, dict[str, float]] = {}
    radius = _FIRST_M
    while radius <= NEAR_M and len(found) < len(operators):
        wanting = [operator for operator in operators if operator not in found]
        for operator, near in _within(store, wanting, longitude, latitude, radius).items():
            if len(near) >= most or radius == NEAR_M:
                found[operator] = dict(sorted(near.items(), key=lambda one: one[1])[:most])
        radius *= 2.0
    kept = {id: distance for near in found.values() for id, distance in near.items()}
    records = store.read(Measurement, where={"id": list(kept)}) if kept else []
    answers: dict[str, list[Near]] = {operator: [] for operator in operators}
    for record in sorted(records, key=lambda m: kept[m.id]):
        answers[record.operator].append(Near(record, kept[record.id]))
    return answers


def _within(
    store: Store, operators: Sequence[str], longitude: float, latitude: float, radius_m: float
) -> dict[str, dict[str, float]]:
    """Return the distances of measurements within a radius, by operator and id."""
    table = TABLES[Measurement]
    ranges = (table.c.tile.between(first, end - 1) for first, end in tiles_around(longitude, latitude, radius_m))
    columns = [table.c[name] for name in ("id", "operator", "longitude", "latitude")]
    query = sa.select(*columns).where(sa.or_(*ranges), table.c.operator.in_(operators)).limit(_MOST_READ)
    with store.engine.connect() as connection:
        rows = connection.execute(query).all()
    found: dict[str, dict[str, float]] = {operator: {} for operator in operators}
    if rows:
        distance, _ = distance_azimuth(longitude, latitude, [r.longitude for r in rows], [r.latitude for r in rows])
        for row, metres in zip(rows, distance.tolist(), strict=True):
            if metres <= radius_m:
                found[row.operator][row.id] = metres
    return found
