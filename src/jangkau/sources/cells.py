"""Cells and their sites, from ``cells.csv`` (an operator's inventory) or OpenCelliD (what phones have seen)."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime

from jangkau.errors import ModelError
from jangkau.geo import distance_azimuth
from jangkau.messages import Message
from jangkau.radio import resource_blocks
from jangkau.records import Cell, Record, Site
from jangkau.sources.fields import (
    Context,
    antenna_height_m,
    azimuth_deg,
    code,
    degrees,
    frequency_mhz,
    integer,
    listed,
    number,
    operator,
    text,
    unfit,
)
from jangkau.sources.positions import Values, land, position_near, position_near_or_left_out, validity
from jangkau.sources.reading import Origin, Reading, Surroundings
from jangkau.sources.rows import DATED, VALIDITY, Column, TableKind, optional, record_of
from jangkau.sources.spellings import operator_key
from jangkau.sources.words import power, technology

SPREAD_M = 200.0
"""Cells of one site that stand farther apart are odd."""

LEAST_RANGE_M = 500.0
"""No crowd-sourced centroid is more accurate."""

IDENTITIES = {
    "mcc": integer(100, 999),
    "mnc": integer(0, 999),
    "eci": integer(0, 2**36 - 1),
    "pci": integer(0, 1007),
    "earfcn": integer(0, 3_279_165),
}


def _cell(values: Values, origin: Origin) -> list[Record]:
    return [Cell(**(origin.stamp() | {"site_code": values["code"]} | values))]


def _with_sites(reading: Reading, origin: Origin, surroundings: Surroundings) -> Reading:
    """Add one site for each site code, where its first cell stands; cells that stand elsewhere are noted."""
    cells_of: dict[str, list[Cell]] = defaultdict(list)
    reading = _one_name_each(reading, surroundings)
    for record in reading.records:
        if isinstance(record, Cell):
            cells_of[record.site_code].append(record)
    sites = [_site(cells, origin) for cells in cells_of.values()]
    spread = [code for code, cells in cells_of.items() if _spread_m(cells) > SPREAD_M]
    notes = list(reading.notes)
    if spread:
        said = {"count": len(spread), "sites": listed(spread), "most": SPREAD_M}
        notes.append(Message("note.site_spread", said))
    return replace(reading, records=[*sites, *reading.records], notes=notes)


def _one_name_each(reading: Reading, surroundings: Surroundings) -> Reading:
    """Write each operator in one way, that of most cells, where the region has no list of operators yet."""
    if surroundings.operators:
        return reading
    counts = Counter(r.operator for r in reading.records if isinstance(r, Cell))
    spelt: dict[str, list[str]] = defaultdict(list)
    for name in sorted(counts, key=lambda name: (name.isupper() or name.islower(), -counts[name], name)):
        spelt[operator_key(name)].append(name)
    meant = {other: names[0] for names in spelt.values() for other in names[1:]}
    if not meant:
        return reading
    records = [
        replace(r, operator=meant.get(r.operator, r.operator)) if isinstance(r, Cell) else r for r in reading.records
    ]
    said = {"names": listed(f"{other} = {name}" for other, name in meant.items())}
    return replace(reading, records=records, notes=[*reading.notes, Message("note.operator_names", said)])


def _site(cells: list[Cell], origin: Origin) -> Site:
    first = cells[0]
    stamp = origin.stamp() | {"source_date": first.source_date}
    accuracy_m = first.position_accuracy_m
    return Site(
        **stamp,
        code=first.site_code,
        longitude=first.longitude,
        latitude=first.latitude,
        position_accuracy_m=accuracy_m,
    )


def _spread_m(cells: list[Cell]) -> float:
    first = cells[0]
    distance, _ = distance_azimuth(
        first.longitude, first.latitude, [cell.longitude for cell in cells], [cell.latitude for cell in cells]
    )
    return float(distance.max())


def _carrier(values: Values, context: Context) -> None:
    """Refuse a bandwidth that no carrier of the technology has: no level could be predicted of it."""
    if values["technology"] not in ("4G", "5G") or "bandwidth_mhz" not in values:
        return
    try:
        resource_blocks(values["bandwidth_mhz"], values["technology"])
    except ModelError as error:
        said = {"field": "bandwidth_mhz", "value": values["bandwidth_mhz"], "technology": values["technology"]}
        raise unfit("row.bandwidth", allowed=error.message.parameters["allowed"], **said) from error


CELLS = TableKind(
    "cells",
    (
        Column("id", "code", code, required=True, other=("code",)),
        Column("operator", "operator", operator, required=True),
        Column("technology", "technology", technology, required=True),
        Column("longitude", "longitude", degrees, required=True),
        Column("latitude", "latitude", degrees, required=True),
        Column("site_id", "site_code", code),
        Column("height_agl_m", "height_agl_m", antenna_height_m),
        Column("position_accuracy_m", "position_accuracy_m", number(0.0, 100_000.0, "m"), other=("accuracy_m",)),
        *optional(
            {
                "name": text,
                "frequency_mhz": frequency_mhz,
                "bandwidth_mhz": number(0.1, 400.0, "MHz"),
                "power_dbm": number(-30.0, 80.0, "dBm"),
                "antenna_gain_dbi": number(-10.0, 45.0, "dBi"),
                "eirp_dbm": number(-30.0, 110.0, "dBm"),
                "reference_signal_power_dbm": number(-60.0, 60.0, "dBm"),
                "azimuth_deg": azimuth_deg,
                "electrical_downtilt_deg": number(-30.0, 30.0, "deg"),
                "mechanical_downtilt_deg": number(-30.0, 30.0, "deg"),
                "horizontal_beamwidth_deg": number(1.0, 360.0, "deg"),
                "vertical_beamwidth_deg": number(0.5, 180.0, "deg"),
            }
        ),
        *optional(IDENTITIES),
        *VALIDITY,
        *DATED,
    ),
    _cell,
    checks=(position_near, land, validity, _carrier),
    finish=_with_sites,
)
"""One transmitter a row. What is missing takes a stated default when coverage is predicted."""


SITES = TableKind(
    "sites",
    (
        Column("id", "code", code, required=True, other=("code",)),
        Column("longitude", "longitude", degrees, required=True),
        Column("latitude", "latitude", degrees, required=True),
        Column("position_accuracy_m", "position_accuracy_m", number(0.0, 100_000.0, "m"), other=("accuracy_m",)),
        Column("height_agl_m", "height_agl_m", antenna_height_m),
        *optional({"name": text, "power": power}),
        *VALIDITY,
        *DATED,
    ),
    record_of(Site),
    checks=(position_near, land, validity),
)
"""One mast a row. A table of this shape is read as sites only where its sheet or `--kind` says so."""


def without_known_sites(reading: Reading, origin: Origin, surroundings: Surroundings) -> Reading:
    """Add a site for each site code of cells that is not known yet; those that are known stay as they are."""
    full = _with_sites(reading, origin, surroundings)
    known = surroundings.site_codes or ()
    return replace(full, records=[r for r in full.records if not isinstance(r, Site) or r.code not in known])


def _network(values: Values, context: Context) -> None:
    """Name the operator of a network and the cell by its global identity."""
    network = f"{values.pop('net_mcc')}-{values.pop('net_mnc'):02d}"
    known = context.surroundings.network_codes
    if known and network not in known:
        raise unfit("row.unknown_network", field="net", value=network, known=", ".join(sorted(known)))
    values["operator"] = known.get(network, network)
    mcc, mnc = network.split("-")
    code = f"{network}-{values['technology']}-{values.pop('area')}-{values['eci']}"
    values |= {"code": code, "mcc": int(mcc), "mnc": int(mnc)}
    values["position_accuracy_m"] = max(values.get("position_accuracy_m", 0.0), LEAST_RANGE_M)


def _day_of_epoch(value: str, context: Context) -> date:
    return datetime.fromtimestamp(number(0.0, 4e9, "s")(value, context), UTC).date()


def _no_inventory(reading: Reading, origin: Origin, surroundings: Surroundings) -> Reading:
    reading = _with_sites(reading, origin, surroundings)
    return replace(reading, notes=[*reading.notes, Message("note.no_inventory")])


OPENCELLID = TableKind(
    "opencellid",
    (
        Column("radio", "technology", technology, required=True),
        Column("mcc", "net_mcc", IDENTITIES["mcc"], required=True),
        Column("net", "net_mnc", IDENTITIES["mnc"], required=True),
        Column("area", "area", integer(0, 2**24), required=True),
        Column("cell", "eci", IDENTITIES["eci"], required=True),
        Column("longitude", "longitude", degrees, required=True),
        Column("latitude", "latitude", degrees, required=True),
        Column("range", "position_accuracy_m", number(0.0, 1e6, "m")),
        Column("updated", "source_date", _day_of_epoch),
    ),
    _cell,
    checks=(position_near_or_left_out, _network, land),
    unique="",
    finish=_no_inventory,
)
"""What phones have seen: the position is the middle of where a cell was heard, one site is made for each cell."""
