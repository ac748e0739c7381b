"""The register as tables: places, cells and their sites, office links, villages and districts."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from jangkau.geo import distance_azimuth
from jangkau.messages import Message
from jangkau.records import LINK_STAGES, PLACE_KINDS, TECHNOLOGIES, Cell, District, Link, Place, Record, Site, Village
from jangkau.sources import fields
from jangkau.sources.fields import integer, number, unfit
from jangkau.sources.reading import Origin, Reading, Surroundings
from jangkau.sources.tables import Column, Context, Reader, read_table

TALL_M = 150.0
"""An antenna above this is kept, with a question whether it is in feet."""

SAME_SITE_M = 200.0
"""Cells of one site may stand this far apart before a note asks about it."""

LTE_BANDWIDTHS_MHZ = (1.4, 3.0, 5.0, 10.0, 15.0, 20.0)

POSITION = (
    Column("longitude", "longitude", fields.degrees),
    Column("latitude", "latitude", fields.degrees),
)
DATED = (
    Column("valid_from", "valid_from", fields.day),
    Column("valid_to", "valid_to", fields.day),
    Column("date", "source_date", fields.day),
)

PLACES = (
    Column("id", "code", fields.text, required=True),
    Column("name", "name", fields.text),
    Column("kind", "kind", fields.choice(PLACE_KINDS), required=True),
    *POSITION,
    Column("position_accuracy_m", "position_accuracy_m", number(0.0, 100_000.0, unit="m")),
    Column("village_code", "village_code", fields.village),
    Column("population", "population", integer(0, 10_000_000)),
    Column("voters", "voters", integer(0, 10_000_000)),
    Column("power", "power", fields.choice(("pln", "solar", "generator", "none"))),
    Column("backup_hours", "backup_hours", number(0.0, 8760.0, unit="h")),
    Column("send_place_id", "send_place_code", fields.text),
    *DATED,
)


def read_places(path: Path, origin: Origin, surroundings: Surroundings, timezone: str) -> Reading:
    """Return the places of a table with the columns of ``places.csv``."""
    table = read_table(path)
    context = Context(surroundings, timezone, table.decimal_comma)

    def build(values: dict[str, Any]) -> Sequence[Record]:
        fields.check_position(values, context)
        fields.check_land(values, context)
        fields.check_validity(values)
        return [Place(**values)]

    return Reader(table, PLACES, origin, context, "code").read("places", build)


GENERATIONS = {"gsm": "2G", "cdma": "2G", "umts": "3G", "lte": "4G", "nr": "5G"}
"""Radio standards and the generation that each belongs to."""

CELLS = (
    Column("id", "code", fields.text, required=True),
    Column("site_id", "site_code", fields.text, required=True),
    Column("operator", "operator", fields.operator, required=True),
    Column(
        "technology",
        "technology",
        fields.choice(TECHNOLOGIES, GENERATIONS),
        required=True,
    ),
    Column("frequency_mhz", "frequency_mhz", fields.frequency_mhz),
    Column("bandwidth_mhz", "bandwidth_mhz", number(0.1, 400.0, unit="MHz")),
    Column("longitude", "longitude", fields.degrees, required=True),
    Column("latitude", "latitude", fields.degrees, required=True),
    Column("position_accuracy_m", "position_accuracy_m", number(0.0, 100_000.0, unit="m")),
    Column("height_agl_m", "height_agl_m", fields.antenna_height_m),
    Column("power_dbm", "power_dbm", number(0.0, 60.0, unit="dBm")),
    Column("antenna_gain_dbi", "antenna_gain_dbi", number(-10.0, 40.0, unit="dBi")),
    Column("eirp_dbm", "eirp_dbm", number(0.0, 90.0, unit="dBm")),
    Column("reference_signal_power_dbm", "reference_signal_power_dbm", number(-30.0, 50.0, unit="dBm")),
    Column("azimuth_deg", "azimuth_deg", number(0.0, 360.0, unit="°")),
    Column("electrical_downtilt_deg", "electrical_downtilt_deg", number(-20.0, 30.0, unit="°")),
    Column("mechanical_downtilt_deg", "mechanical_downtilt_deg", number(-20.0, 30.0, unit="°")),
    Column("horizontal_beamwidth_deg", "horizontal_beamwidth_deg", number(1.0, 360.0, unit="°")),
    Column("vertical_beamwidth_deg", "vertical_beamwidth_deg", number(0.5, 180.0, unit="°")),
    *(Column(name, name, integer(0, 1 << 36)) for name in ("mcc", "mnc", "eci", "pci", "earfcn")),
    *DATED,
)


def read_cells(path: Path, origin: Origin, surroundings: Surroundings, timezone: str) -> Reading:
    """Return the cells of a table with the columns of ``cells.csv``, and one site for each `site_id`."""
    table = read_table(path)
    context = Context(surroundings, timezone, table.decimal_comma)
    notes: list[Message] = []
    sites: dict[str, Site] = {}

    def build(values: dict[str, Any]) -> Sequence[Record]:
        _check_cell(values, context)
        if (values.get("height_agl_m") or 0.0) > TALL_M:
            notes.append(Message("cells.tall", {"code": values["code"], "height_m": values["height_agl_m"]}))
        cell = Cell(**values)
        known = sites.get(cell.site_code)
        if known is None:
            sites[cell.site_code] = _site(cell, origin)
            return [sites[cell.site_code], cell]
        apart = float(distance_azimuth(known.longitude, known.latitude, cell.longitude, cell.latitude)[0])
        if apart > SAME_SITE_M:
            notes.append(Message("cells.site_moves", {"site": cell.site_code, "code": cell.code, "distance_m": apart}))
        return [cell]

    reading = Reader(table, CELLS, origin, context, "code").read("cells", build)
    reading.notes.extend(notes)
    return reading


def _check_cell(values: dict[str, Any], context: Context) -> None:
    fields.check_position(values, context, margin_deg=fields.FAR_OUTSIDE_DEG)
    fields.check_land(values, context)
    fields.check_validity(values)
    bandwidth = values.get("bandwidth_mhz")
    if values["technology"] == "4G" and bandwidth is not None and bandwidth not in LTE_BANDWIDTHS_MHZ:
        known = ", ".join(f"{b:g}" for b in LTE_BANDWIDTHS_MHZ)
        raise unfit("row.bandwidth", "bandwidth_mhz", f"{bandwidth:g}", known=known)


def _site(cell: Cell, origin: Origin) -> Site:
    return Site(
        **origin.stamp(),
        code=cell.site_code,
        longitude=cell.longitude,
        latitude=cell.latitude,
        position_accuracy_m=cell.position_accuracy_m,
        height_agl_m=cell.height_agl_m,
    )


OPENCELLID = (
    Column("radio", "technology", fields.choice(TECHNOLOGIES, GENERATIONS), required=True),
    Column("mcc", "mcc", integer(0, 999), required=True),
    Column("net", "mnc", integer(0, 999), required=True),
    Column("area", "area", integer(0, 1 << 24), required=True),
    Column("cell", "eci", integer(0, 1 << 36), required=True),
    Column("longitude", "longitude", fields.degrees, required=True),
    Column("latitude", "latitude", fields.degrees, required=True),
    Column("range", "position_accuracy_m", number(0.0, 1e6, unit="m")),
)


def read_opencellid(path: Path, origin: Origin, surroundings: Surroundings, timezone: str) -> Reading:
    """Return crowd-sourced cells near the region, each on a site of its own; rows far away are counted in one note.

    Positions are centroids of sightings, uncertain by the published range: no inventory can be drawn from them.
    """
    table = read_table(path)
    context = Context(surroundings, timezone, False)
    near = None if surroundings.bounds is None else surroundings.bounds.widened(fields.FAR_OUTSIDE_DEG)
    far = 0

    def build(values: dict[str, Any]) -> Sequence[Record]:
        nonlocal far
        if near is not None and not near.contains(values["longitude"], values["latitude"]):
            far += 1
            return []
        fields.check_land(values, context)
        network = f"{values['mcc']}-{values['mnc']:02d}"
        operator = surroundings.network_codes.get(network)
        if operator is None:
            known = ", ".join(surroundings.network_codes)
            raise unfit("row.unknown_network", "net", network, known=known)
        code = f"{network}-{values.pop('area')}-{values['eci']}"
        cell = Cell(**values, code=code, site_code=f"ocid-{code}", operator=operator)
        return [_site(cell, origin), cell]

    reading = Reader(table, OPENCELLID, origin, context).read("opencellid", build)
    if far:
        reading.notes.append(Message("opencellid.far", {"count": far, "total": reading.rows_read}))
    reading.notes.append(Message("opencellid.crowd"))
    return reading


LINKS = (
    Column("id", "code", fields.text, required=True),
    Column("place_id", "place_code", fields.existing(lambda c: c.surroundings.place_codes, "places"), required=True),
    Column("upstream_link_id", "upstream_link_code", fields.text),
    Column("medium", "medium", fields.text),
    Column("provider", "provider", fields.text),
    Column("payer", "payer", fields.text),
    Column("download_mbps", "download_mbps", number(0.0, 100_000.0, unit="Mbit/s")),
    Column("upload_mbps", "upload_mbps", number(0.0, 100_000.0, unit="Mbit/s")),
    Column("stage", "stage", fields.choice(LINK_STAGES), required=True),
    *DATED,
)


def read_links(path: Path, origin: Origin, surroundings: Surroundings, timezone: str) -> Reading:
    """Return the office links of a table with the columns of ``links.csv``; a new rate is a new dated row."""
    table = read_table(path)
    context = Context(surroundings, timezone, table.decimal_comma)

    def build(values: dict[str, Any]) -> Sequence[Record]:
        fields.check_validity(values)
        return [Link(**values)]

    return Reader(table, LINKS, origin, context, "code").read("links", build)


VILLAGES = (
    Column("village_code", "code", fields.text, required=True),
    Column("village", "name", fields.text),
    Column("kind", "kind", fields.text),
    Column("district_code", "district_code", fields.text),
    Column("population", "population", integer(0, 100_000_000)),
    Column("population_estimate", "population", integer(0, 100_000_000)),
    Column("polling_stations_feb2024", "polling_stations", integer(0, 100_000)),
    Column("polling_stations", "polling_stations", integer(0, 100_000)),
    Column("remote", "remote", fields.truth),
)
DISTRICTS = (
    Column("district_code", "code", fields.text, required=True),
    Column("district", "name", fields.text),
    Column("population_202401", "population", integer(0, 100_000_000)),
    Column("population", "population", integer(0, 100_000_000)),
    Column("polling_stations_nov2024", "polling_stations", integer(0, 100_000)),
    Column("polling_stations", "polling_stations", integer(0, 100_000)),
)
REMOTE = (Column("village_code", "code", fields.village, required=True),)


def _read_areas(
    columns: Sequence[Column],
    kind: str,
    make: Any,
    path: Path,
    origin: Origin,
    surroundings: Surroundings,
    timezone: str,
) -> Reading:
    table = read_table(path)
    context = Context(surroundings, timezone, table.decimal_comma)
    return Reader(table, columns, origin, context, "code").read(kind, lambda values: [make(**values)])


read_villages = partial(_read_areas, VILLAGES, "villages", Village)
"""Return what a table says of villages beside their outlines: name, district, people, polling stations."""

read_districts = partial(_read_areas, DISTRICTS, "districts", District)
"""Return what a table says of districts beside their outlines."""

read_remote_villages = partial(_read_areas, REMOTE, "remote_villages", partial(Village, remote=True))
"""Return the villages of the user's list of remote (3T) villages."""
