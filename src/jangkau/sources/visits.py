"""What was observed: field tests (``visits.csv``), signal samples (``measurements.csv``), checks of links."""

from datetime import UTC, datetime
from datetime import time as midnight
from zoneinfo import ZoneInfo

from jangkau.records import Measurement, Probe, Visit
from jangkau.sources.cells import IDENTITIES
from jangkau.sources.fields import (
    Context,
    code,
    degrees,
    existing_link,
    existing_place,
    integer,
    number,
    operator,
    record_id,
    text,
    time,
    truth,
    unfit,
)
from jangkau.sources.positions import Values, position_near
from jangkau.sources.rows import DATED, Column, TableKind, optional, record_of
from jangkau.sources.words import environment, power, service, technology

RSRP_DBM = number(-170.0, -20.0, "dBm")
THROUGHPUT = optional(
    {"download_mbps": number(0.0, 400_000.0, "Mbit/s"), "upload_mbps": number(0.0, 400_000.0, "Mbit/s")}
)
DELAY = optional({"latency_ms": number(0.0, 600_000.0, "ms"), "loss_percent": number(0.0, 100.0, "%")})

RECORD_ID = Column("id", "id", record_id)
"""A UUID given where the record was born is kept, so that sending twice stores once."""

VISITS = TableKind(
    "visits",
    (
        RECORD_ID,
        Column("place_id", "place_code", existing_place, required=True),
        Column("time", "time", time, required=True),
        Column("operator", "operator", operator, required=True),
        Column("service", "service", service, required=True),
        *optional({"tester": text, "method": text, "technology": technology, "rsrp_dbm": RSRP_DBM, "power": power}),
        *THROUGHPUT,
        *DATED,
    ),
    record_of(Visit),
)
"""One place, operator and time a row; `service` none is evidence, not a missing value."""


def _from_cell(values: Values, context: Context) -> None:
    """Take what a sample does not say from the cell that it names: operator, generation, and the day of its record."""
    cell = context.surroundings.cells.get(values.get("cell_code", ""))
    if cell is not None:
        values.setdefault("operator", cell.operator)
        values.setdefault("technology", cell.technology)
    if "operator" not in values:
        raise unfit("row.no_operator", field="operator", value="")
    if "time" not in values:
        day = context.source_date or (cell.source_date if cell else None)
        if day is None:
            raise unfit("row.no_time", field="time", value="")
        values["time"] = datetime.combine(day, midnight(), ZoneInfo(context.timezone or "UTC")).astimezone(UTC)
        context.remark("note.no_time")
    if "service" not in values:
        if values.get("rsrp_dbm") is None and values.get("download_mbps") is None:
            raise unfit("row.no_level", field="rsrp_dbm", value="")
        values["service"] = "ok"


MEASUREMENTS = TableKind(
    "measurements",
    (
        RECORD_ID,
        Column("time", "time", time),
        Column("longitude", "longitude", degrees, required=True),
        Column("latitude", "latitude", degrees, required=True),
        Column("operator", "operator", operator),
        Column("service", "service", service),
        Column("cell_id", "cell_code", code),
        *optional(
            {
                "accuracy_m": number(0.0, 100_000.0, "m"),
                "speed_mps": number(0.0, 400.0, "m/s"),
                "environment": environment,
                "technology": technology,
                "eci": IDENTITIES["eci"],
                "pci": IDENTITIES["pci"],
                "earfcn": IDENTITIES["earfcn"],
                "rsrp_dbm": RSRP_DBM,
                "rsrq_db": number(-45.0, 25.0, "dB"),
                "sinr_db": number(-50.0, 60.0, "dB"),
                "sim_slot": integer(0, 9),
                "device": text,
                "app": text,
            }
        ),
        *THROUGHPUT,
        *DELAY,
        *DATED,
    ),
    record_of(Measurement),
    checks=(position_near, _from_cell),
    any_of=("service", "rsrp_dbm"),
)
"""One sample a row; operator and generation may come from the cell that it names, the day from that of the file."""

PROBES = TableKind(
    "probes",
    (
        RECORD_ID,
        Column("link_id", "link_code", existing_link, required=True),
        Column("time", "time", time, required=True),
        Column("method", "method", text, required=True),
        Column("up", "up", truth, required=True),
        *THROUGHPUT,
        *DELAY,
        *DATED,
    ),
    record_of(Probe),
)
"""One check of one link a row."""
