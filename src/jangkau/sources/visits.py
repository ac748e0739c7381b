"""What was observed: field tests (``visits.csv``), signal samples (``measurements.csv``), checks of links."""

from jangkau.records import Measurement, Probe, Visit
from jangkau.sources.cells import IDENTITIES
from jangkau.sources.dates import time
from jangkau.sources.fields import (
    code,
    degrees,
    existing_link,
    existing_place,
    integer,
    number,
    operator,
    record_id,
    text,
    truth,
)
from jangkau.sources.positions import position_near
from jangkau.sources.rows import DATED, Column, TableKind, optional, record_of
from jangkau.sources.words import doubt, environment, power, service, technology

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
        Column("time", "time", time, required=True, other=("date",)),
        Column("operator", "operator", operator, required=True, other=("provider",)),
        Column("service", "service", service, required=True),
        *optional({"tester": text, "method": text, "technology": technology, "rsrp_dbm": RSRP_DBM, "power": power}),
        *THROUGHPUT,
        *DATED,
    ),
    record_of(Visit),
)
"""One place, operator and time a row; `service` none is evidence, not a missing value."""

MEASUREMENTS = TableKind(
    "measurements",
    (
        RECORD_ID,
        Column("time", "time", time, required=True),
        Column("longitude", "longitude", degrees, required=True),
        Column("latitude", "latitude", degrees, required=True),
        Column("operator", "operator", operator, required=True),
        Column("service", "service", service, required=True),
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
                "ground_amsl_m": number(-500.0, 9000.0, "m"),
                "building_height_m": number(0.0, 900.0, "m"),
                "clutter_class": integer(0, 254),
                "doubt": doubt,
            }
        ),
        *THROUGHPUT,
        *DELAY,
        *DATED,
    ),
    record_of(Measurement),
    checks=(position_near,),
)
"""One sample a row, in the register; files of samples are read by `jangkau.sources.measurements`."""

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
