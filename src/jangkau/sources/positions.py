"""What can be wrong with a position or a validity: each check raises `UnfitError` and says what was probably meant."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from jangkau.geo import WGS84, Bounds, degrees_around, project, utm_crs
from jangkau.sources.fields import Context, LeftOutError, UnfitError, unfit

NEAR_M = 30_000.0
"""A tower that far outside the region may still serve it."""

EDGE_DEG = 0.02
"""About 2 km: bounds are a box and maps differ."""

SHORE_M = 1_000.0
"""Coarse terrain draws the coast no better."""

Values = dict[str, Any]
Check = Callable[[Values, Context], None]


def position(values: Values, context: Context) -> None:
    """Refuse a position in metres, swapped, without its decimal point, or outside the region."""
    _check(values, context, EDGE_DEG)


def position_near(values: Values, context: Context) -> None:
    """The same, but what lies within 30 km of the region is kept and remarked."""
    _check(values, context, None)


def position_near_or_left_out(values: Values, context: Context) -> None:
    """The same for a list that covers far more than the region: what lies farther away is left out and counted."""
    try:
        _check(values, context, None)
    except UnfitError as trouble:
        if trouble.code != "row.outside_region":
            raise
        context.remark("note.left_out_far")
        raise LeftOutError from trouble


def _check(values: Values, context: Context, edge_deg: float | None) -> None:
    longitude, latitude = values.get("longitude"), values.get("latitude")
    if longitude is None and latitude is None:
        return
    if longitude is None or latitude is None:
        missing = "longitude" if longitude is None else "latitude"
        raise unfit("row.half_position", field=missing, value="")
    box = context.surroundings.bounds
    near = _allowed(box, edge_deg)
    if not near.contains(longitude, latitude):
        raise _misplaced(longitude, latitude, box, near)
    if box is not None and edge_deg is None and not box.widened(EDGE_DEG).contains(longitude, latitude):
        context.remark("note.outside_but_near")


def quadkey_middle(key: str) -> tuple[float, float] | None:
    """Return longitude and latitude [deg] of the middle of a web map tile named by its quadkey; None if it is none."""
    if not key or not set(key) <= set("0123"):
        return None
    x = sum((int(digit) & 1) << i for i, digit in enumerate(reversed(key)))
    y = sum((int(digit) >> 1) << i for i, digit in enumerate(reversed(key)))
    side = 1 << len(key)
    latitude = math.degrees(math.atan(math.sinh(math.pi * (1.0 - 2.0 * (y + 0.5) / side))))
    return (x + 0.5) / side * 360.0 - 180.0, latitude


def _allowed(box: Bounds | None, edge_deg: float | None) -> Bounds:
    if box is None:
        return Bounds(-180.0, -90.0, 180.0, 90.0)
    return _near(box) if edge_deg is None else box.widened(edge_deg)


def _near(box: Bounds) -> Bounds:
    dx, dy = degrees_around(max(abs(box.south), abs(box.north)), NEAR_M)
    return Bounds(box.west - dx, box.south - dy, box.east + dx, box.north + dy)


def _misplaced(x: float, y: float, box: Bounds | None, near: Bounds) -> UnfitError:
    """Return what is wrong with a position, by what would make it right."""
    where = {"field": "longitude, latitude", "value": f"{x:.10g}, {y:.10g}"}
    if near.contains(y, x):
        return unfit("row.swapped_coordinates", **where, longitude=f"{y:.10g}", latitude=f"{x:.10g}")
    if abs(x) > 180.0 or abs(y) > 180.0:
        return _not_degrees(x, y, box, where)
    if abs(y) > 90.0:
        return unfit("row.no_latitude", **where)
    if x == 0.0 and y == 0.0:
        return unfit("row.zero_position", **where)
    return unfit("row.outside_region", **where, bounds=", ".join(f"{edge:.2f}" for edge in box or near))


def _not_degrees(x: float, y: float, box: Bounds | None, where: dict[str, str]) -> UnfitError:
    """Return what metres, or degrees without their decimal point, probably mean."""
    if box is None:
        return unfit("row.projected_coordinates", **where, crs="UTM")
    near = _near(box)
    for side in (box.north, box.south, -box.north):
        crs = utm_crs((box.west + box.east) / 2.0, side)
        lon, lat = (float(v) for v in project(x, y, crs, WGS84))
        if np.isfinite(lon) and near.contains(lon, lat):
            said = {"crs": crs, "longitude": f"{lon:.5f}", "latitude": f"{lat:.5f}"}
            return unfit("row.projected_coordinates", "row.projected_coordinates.converted", **where, **said)
    shifted = ((x / 10.0**i, y / 10.0**j) for i in range(1, 13) for j in range(13))
    meant = next(((lon, lat) for lon, lat in shifted if near.contains(lon, lat)), None)
    if meant is not None and float(x).is_integer() and float(y).is_integer():
        return unfit("row.lost_decimal_point", **where, longitude=f"{meant[0]:.10g}", latitude=f"{meant[1]:.10g}")
    return unfit("row.projected_coordinates", **where, crs="UTM")


def land(values: Values, context: Context) -> None:
    """Refuse what stands in the sea, farther from land than coarse terrain can tell; nearer it is remarked."""
    is_sea = context.surroundings.is_sea
    longitude, latitude = values.get("longitude"), values.get("latitude")
    if is_sea is None or longitude is None or latitude is None or not bool(is_sea([longitude], [latitude])[0]):
        return
    turn = np.arange(8) * np.pi / 4.0
    dx, dy = degrees_around(latitude, SHORE_M)
    if bool(np.all(is_sea(longitude + dx * np.cos(turn), latitude + dy * np.sin(turn)))):
        raise unfit("row.at_sea", field="longitude, latitude", value=f"{longitude:.10g}, {latitude:.10g}")
    context.remark("note.at_the_shore")


def validity(values: Values, context: Context) -> None:
    """Refuse a fact that ends before it begins."""
    start, end = values.get("valid_from"), values.get("valid_to")
    if start is not None and end is not None and end < start:
        raise unfit("row.ends_before_it_begins", field="valid_to", value=end.isoformat(), start=start)
