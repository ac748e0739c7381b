"""Evidence as tables: field tests, samples, checks of links, and what others have published."""

import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jangkau.records import SERVICES, TECHNOLOGIES, Claim, Measurement, Probe, Record, Visit
from jangkau.sources import fields
from jangkau.sources.fields import integer, number, unfit
from jangkau.sources.reading import Origin, Reading, Surroundings
from jangkau.sources.tables import Column, Context, Reader, read_table

RADIO = (
    Column("rsrp_dbm", "rsrp_dbm", number(-160.0, -20.0, unit="dBm")),
    Column("download_mbps", "download_mbps", number(0.0, 100_000.0, unit="Mbit/s")),
    Column("upload_mbps", "upload_mbps", number(0.0, 100_000.0, unit="Mbit/s")),
)
VISITS = (
    Column("id", "id", fields.text),
    Column("place_id", "place_code", fields.existing(lambda c: c.surroundings.place_codes, "places"), required=True),
    Column("time", "time", fields.time, required=True),
    Column("tester", "tester", fields.text),
    Column("method", "method", fields.text),
    Column("operator", "operator", fields.operator, required=True),
    Column("technology", "technology", fields.choice(TECHNOLOGIES)),
    Column("service", "service", fields.choice(SERVICES), required=True),
    *RADIO,
    Column("power", "power", fields.text),
)
PROBES = (
    Column("id", "id", fields.text),
    Column("link_id", "link_code", fields.existing(lambda c: c.surroundings.link_codes, "links"), required=True),
    Column("time", "time", fields.time, required=True),
    Column("method", "method", fields.text, required=True),
    Column("up", "up", fields.truth, required=True),
    *RADIO[1:],
    Column("latency_ms", "latency_ms", number(0.0, 1e6, unit="ms")),
    Column("loss_percent", "loss_percent", number(0.0, 100.0, unit="%")),
)
MEASUREMENTS = (
    Column("id", "id", fields.text),
    Column("time", "time", fields.time, required=True),
    Column("longitude", "longitude", fields.degrees, required=True),
    Column("latitude", "latitude", fields.degrees, required=True),
    Column("accuracy_m", "accuracy_m", number(0.0, 1e6, unit="m")),
    Column("speed_mps", "speed_mps", number(0.0, 400.0, unit="m/s")),
    Column("environment", "environment", fields.choice(("outdoor", "indoor", "vehicle"))),
    Column("operator", "operator", fields.operator, required=True),
    Column("technology", "technology", fields.choice(TECHNOLOGIES)),
    Column("service", "service", fields.choice(SERVICES), required=True),
    Column("cell_id", "cell_code", fields.text),
    *(Column(name, name, integer(0, 1 << 36)) for name in ("eci", "pci", "earfcn", "sim_slot")),
    *RADIO,
    Column("rsrq_db", "rsrq_db", number(-60.0, 20.0, unit="dB")),
    Column("sinr_db", "sinr_db", number(-60.0, 80.0, unit="dB")),
    Column("latency_ms", "latency_ms", number(0.0, 1e6, unit="ms")),
    Column("loss_percent", "loss_percent", number(0.0, 100.0, unit="%")),
    Column("device", "device", fields.text),
    Column("app", "app", fields.text),
)


def _read(
    columns: Sequence[Column],
    kind: str,
    make: Callable[..., Record],
    path: Path,
    origin: Origin,
    surroundings: Surroundings,
    timezone: str,
) -> Reading:
    table = read_table(path)
    context = Context(surroundings, timezone, table.decimal_comma)

    def build(values: dict[str, Any]) -> Sequence[Record]:
        fields.check_position(values, context, margin_deg=fields.FAR_OUTSIDE_DEG)
        try:
            values["id"] = str(uuid.UUID(str(values["id"])))
        except ValueError:
            values["id"] = origin.stamp()["id"]
        return [make(**values)]

    return Reader(table, columns, origin, context).read(kind, build)


def read_visits(path: Path, origin: Origin, surroundings: Surroundings, timezone: str) -> Reading:
    """Return the field tests of a table; an id that is a UUID is kept, so that sending twice stores once."""
    return _read(VISITS, "visits", Visit, path, origin, surroundings, timezone)


def read_probes(path: Path, origin: Origin, surroundings: Surroundings, timezone: str) -> Reading:
    """Return the checks of links of a table."""
    return _read(PROBES, "probes", Probe, path, origin, surroundings, timezone)


def read_measurements(path: Path, origin: Origin, surroundings: Surroundings, timezone: str) -> Reading:
    """Return the samples of a table with the columns of ``measurements.csv``."""
    return _read(MEASUREMENTS, "measurements", Measurement, path, origin, surroundings, timezone)


PUBLISHED = {
    "status": ("blank_spot", "status", "year", "source"),
    "population_in_article": ("no_grid_power", "status", "as_of", "source"),
    "planned_mbps": ("office_internet", "planned_mbps", "", "source"),
}
"""Lists that others keep: a telling column, and the subject, statement, date and publisher that it means."""


def read_claims(path: Path, origin: Origin, surroundings: Surroundings, timezone: str) -> Reading:
    """Return claims from ``claims.csv`` or from one of the published lists in `PUBLISHED`."""
    table = read_table(path)
    context = Context(surroundings, timezone, table.decimal_comma)
    telling = next((name for name in reversed(PUBLISHED) if name in table.header), None)
    if "statement" in table.header:
        subject, statement, day, publisher = "", "statement", "claimed_on", "publisher"
    else:
        subject, statement, day, publisher = PUBLISHED[telling or "status"]
    village = "village_code" if "village_code" in table.header else "id"
    columns = (
        Column(village, "village_code", fields.village),
        Column("place_id", "place_code", fields.text),
        Column(statement, "statement", fields.text, required=True),
        *((Column(day, "claimed_on", fields.text),) if day else ()),
        Column(publisher, "publisher", fields.text),
        *((Column("subject", "subject", fields.text, required=True),) if not subject else ()),
    )

    def build(values: dict[str, Any]) -> Sequence[Record]:
        if "village_code" not in values and "place_code" not in values:
            raise unfit("row.claim_of_nothing", "village_code")
        return [Claim(**({"subject": subject} | values))]

    return Reader(table, columns, origin, context).read("claims", build)
