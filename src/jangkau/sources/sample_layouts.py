"""Tables of signal samples as apps and offices write them: which column is which field, in which unit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from jangkau.records import ANY_OPERATOR, Technology
from jangkau.sources.cells import IDENTITIES
from jangkau.sources.dates import day, time
from jangkau.sources.fields import (
    Context,
    Parser,
    UnfitError,
    as_float,
    code,
    degrees,
    number,
    operator,
    record_id,
    text,
)
from jangkau.sources.fields import integer as whole
from jangkau.sources.rows import Column
from jangkau.sources.words import environment, service, technology

RSRP_DBM = number(-170.0, -20.0, "dBm")
RSRQ_DB = number(-45.0, 25.0, "dB")
SINR_DB = number(-50.0, 60.0, "dB")
RATE_MBPS = number(0.0, 400_000.0, "Mbit/s")
LATENCY_MS = number(0.0, 600_000.0, "ms")
LOSS_PERCENT = number(0.0, 100.0, "%")
ACCURACY_M = number(0.0, 1e6, "m")
SPEED_MPS = number(0.0, 400.0, "m/s")

UNAVAILABLE = 2_147_483_000.0
"""Android writes numbers as large as this where it knows none."""

KMH_PER_MPS = 3.6
LOWEST_LTE_DBM = -140.0
"""RSRP of which a phone reports 0 in whole steps above it: 3GPP TS 36.133, table 9.1.4-1."""

NO_SERVICE = ("no service", "noservice", "no_service", "out_of_service", "out of service", "none")


def scaled(parse: Parser, factor: float) -> Parser:
    """Return a parser of numbers in another unit: what `parse` would take is the number times `factor`."""
    return lambda value, context: parse(repr(as_float(value, context) * factor), context)


def known(parse: Parser) -> Parser:
    """Return a parser that takes what Android does not know for missing."""

    def parsed(value: str, context: Context) -> Any:
        try:
            if abs(float(value)) >= UNAVAILABLE:
                return None
        except ValueError:
            pass
        return parse(value, context)

    return parsed


def level_or_steps(value: str, context: Context) -> float:
    """Return an RSRP [dBm]; a positive number is one in steps of 1 dB above -140 dBm."""
    found = as_float(value, context)
    return float(RSRP_DBM(repr(LOWEST_LTE_DBM + found) if found >= 0.0 else value, context))


def moment(value: str, context: Context) -> datetime:
    """Return a UTC time, also from seconds or milliseconds since 1970, or as G-NetTrack writes it."""
    if value[4:5] != "-" and re.fullmatch(r"\d{9,14}(\.\d*)?", value):
        seconds = float(value) / (1000.0 if len(value.partition(".")[0]) > 11 else 1.0)
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    parts = re.fullmatch(r"(\d{4})\.(\d\d)\.(\d\d)_(\d\d)\.(\d\d)\.(\d\d)", value) if "_" in value else None
    found: datetime = time("{}-{}-{}T{}:{}:{}".format(*parts.groups()) if parts else value, context)
    return found


def technology_if_known(value: str, context: Context) -> str | None:
    """Return a generation; None for words that name none."""
    try:
        found: str = technology(re.sub(r"\+$|_NSA$|_SA$", "", value), context)
    except UnfitError:
        return None
    return found


def network(value: str, context: Context) -> tuple[int, int] | None:
    """Return the numbers of a network such as 510-10 or 51010; None where there are none."""
    parts = re.fullmatch(r"(\d{3})[- ]?(\d{2,3})", value)
    return (int(parts[1]), int(parts[2])) if parts else None


def searched(value: str, context: Context) -> str | None:
    """Return that there was no service where the word for the network says so."""
    return "none" if value.lower() in NO_SERVICE else None


@dataclass(frozen=True, slots=True)
class Layout:
    """A way to write signal samples.

    Attributes
    ----------
    name : str
        Of the app, which every sample carries; empty: as its column says.
    shown_by : tuple of str
        Columns that are all there.
    columns : tuple of Column
        The first filled column of a field decides. Fields besides those of a measurement: network, net_mcc, net_mnc,
        group, quadkey.
    technology : str or None
        Of all samples, where no column says it.
    any_of : tuple of str
        Columns of which at least one is there; empty: none.
    accuracy_m : float or None
        Of positions that state none [m].
    operator : str or None
        Of all samples, where no column says it.
    """

    name: str
    shown_by: tuple[str, ...]
    columns: tuple[Column, ...]
    technology: Technology | None = None
    any_of: tuple[str, ...] = ()
    accuracy_m: float | None = None
    operator: str | None = None

    def fits(self, header: Sequence[str]) -> int:
        """Return how many columns of a header are known here; 0 when it is another layout."""
        if not set(self.shown_by) <= set(header) or (self.any_of and not set(self.any_of) & set(header)):
            return 0
        return len({column.found_in(header) for column in self.columns} - {None})


def _columns(*fields: tuple[str, str, Parser]) -> tuple[Column, ...]:
    """Return columns: names that a header may have, separated by spaces; the field; how it is read."""
    made = []
    for names, field, parse in fields:
        first, *other = names.split()
        made.append(Column(first, field, parse, other=tuple(other)))
    return tuple(made)


PLACE = _columns(
    ("longitude", "longitude", degrees),
    ("latitude", "latitude", degrees),
    ("accuracy_m gps_accuracy", "accuracy_m", known(ACCURACY_M)),
)
NETWORK = _columns(
    ("mcc", "net_mcc", known(whole(0, 999))),
    ("mnc net", "net_mnc", known(whole(0, 999))),
)


def identity(parse: Parser) -> Parser:
    """Return a parser of the number of a cell; Android and others write -1 where they know none."""

    def parsed(value: str, context: Context) -> Any:
        return None if value.startswith("-") else known(parse)(value, context)

    return parsed


ECI, PCI, EARFCN = identity(IDENTITIES["eci"]), identity(IDENTITIES["pci"]), identity(IDENTITIES["earfcn"])
SLOT = known(whole(0, 9))
BYTES = 8e-6
"""Mbit in one byte."""

OWN = Layout(
    "",
    ("longitude", "latitude"),
    (
        *PLACE,
        *_columns(
            ("id", "id", record_id),
            ("date", "source_date", day),
            ("time", "time", moment),
            ("operator", "operator", operator),
            ("service", "service", service),
            ("cell_id", "cell_code", code),
            ("speed_mps", "speed_mps", SPEED_MPS),
            ("environment", "environment", environment),
            ("technology", "technology", technology),
            ("eci", "eci", ECI),
            ("pci", "pci", PCI),
            ("earfcn", "earfcn", EARFCN),
            ("rsrp_dbm", "rsrp_dbm", RSRP_DBM),
            ("rsrq_db", "rsrq_db", RSRQ_DB),
            ("sinr_db", "sinr_db", SINR_DB),
            ("download_mbps", "download_mbps", RATE_MBPS),
            ("upload_mbps", "upload_mbps", RATE_MBPS),
            ("latency_ms", "latency_ms", LATENCY_MS),
            ("loss_percent", "loss_percent", LOSS_PERCENT),
            ("sim_slot", "sim_slot", SLOT),
            ("device", "device", text),
            ("app", "app", text),
            ("ground_amsl_m", "ground_amsl_m", number(-500.0, 9000.0, "m")),
            ("building_height_m", "building_height_m", number(0.0, 900.0, "m")),
            ("clutter_class", "clutter_class", whole(0, 254)),
        ),
        *NETWORK,
    ),
    any_of=("service", "rsrp_dbm", "download_mbps", "upload_mbps"),
)

_SURVEY_COMMON = (
    *PLACE,
    *NETWORK,
    *_columns(
        ("devicetime time", "time", moment),
        ("speed", "speed_mps", known(SPEED_MPS)),
        ("groupnumber", "group", text),
        ("slot", "sim_slot", SLOT),
        ("devicemodel", "device", text),
    ),
)

NETWORK_SURVEY_4G = Layout(
    "Network Survey",
    ("groupnumber", "eci", "rsrp_dbm"),
    (
        *_SURVEY_COMMON,
        *_columns(
            ("eci", "eci", ECI),
            ("earfcn dl_earfcn", "earfcn", EARFCN),
            ("pci phys_cell_id", "pci", PCI),
            ("rsrp_dbm", "rsrp_dbm", known(RSRP_DBM)),
            ("rsrq_db", "rsrq_db", known(RSRQ_DB)),
            ("snr", "sinr_db", known(SINR_DB)),
        ),
    ),
    "4G",
)
NETWORK_SURVEY_5G = Layout(
    "Network Survey",
    ("groupnumber", "nci"),
    (
        *_SURVEY_COMMON,
        *_columns(
            ("nci", "eci", ECI),
            ("nrarfcn narfcn", "earfcn", EARFCN),
            ("pci phys_cell_id", "pci", PCI),
            ("ss_rsrp ssrsrp", "rsrp_dbm", known(RSRP_DBM)),
            ("ss_rsrq ssrsrq", "rsrq_db", known(RSRQ_DB)),
            ("ss_sinr sssinr", "sinr_db", known(SINR_DB)),
        ),
    ),
    "5G",
)
NETWORK_SURVEY_3G = Layout(
    "Network Survey",
    ("groupnumber", "uarfcn"),
    (*_SURVEY_COMMON, *_columns(("ci cid cell_id", "eci", ECI), ("uarfcn", "earfcn", EARFCN))),
    "3G",
)
NETWORK_SURVEY_2G = Layout(
    "Network Survey",
    ("groupnumber", "arfcn", "bsic"),
    (*_SURVEY_COMMON, *_columns(("ci cid cell_id", "eci", ECI), ("arfcn", "earfcn", EARFCN))),
    "2G",
)

TOWER_COLLECTOR = Layout(
    "Tower Collector",
    ("measured_at", "net_type", "mcc"),
    (
        *PLACE,
        *NETWORK,
        *_columns(
            ("measured_at", "time", moment),
            ("speed", "speed_mps", known(SPEED_MPS)),
            ("net_type", "technology", technology_if_known),
            ("cell_id", "eci", ECI),
            ("pci psc", "pci", PCI),
            ("arfcn earfcn", "earfcn", EARFCN),
            ("rsrp_dbm", "rsrp_dbm", known(RSRP_DBM)),
            ("ss_rsrp", "rsrp_dbm", known(RSRP_DBM)),
            ("dbm", "rsrp_dbm", known(RSRP_DBM)),
            ("rsrq_db", "rsrq_db", known(RSRQ_DB)),
            ("ss_rsrq", "rsrq_db", known(RSRQ_DB)),
            ("rssnr", "sinr_db", known(SINR_DB)),
            ("ss_sinr", "sinr_db", known(SINR_DB)),
            ("device", "device", text),
        ),
    ),
)

G_NETTRACK = Layout(
    "G-NetTrack",
    ("time", "longitude", "latitude", "level"),
    (
        *PLACE,
        *_columns(
            ("time", "time", moment),
            ("speed", "speed_mps", scaled(SPEED_MPS, 1.0 / KMH_PER_MPS)),
            ("mcc_mnc mccmnc operator", "network", network),
            ("operatorname operator", "operator", operator),
            ("networktech", "technology", technology_if_known),
            ("networkmode", "technology", technology_if_known),
            ("networktech", "service", searched),
            ("networkmode", "service", searched),
            ("eci cid", "eci", ECI),
            ("pci psc", "pci", PCI),
            ("arfcn earfcn", "earfcn", EARFCN),
            ("level", "rsrp_dbm", known(RSRP_DBM)),
            ("qual", "rsrq_db", known(RSRQ_DB)),
            ("snr", "sinr_db", known(SINR_DB)),
            ("dl_bitrate", "download_mbps", scaled(RATE_MBPS, 1e-3)),
            ("ul_bitrate", "upload_mbps", scaled(RATE_MBPS, 1e-3)),
            ("pingavg", "latency_ms", known(LATENCY_MS)),
            ("device devicemodel", "device", text),
        ),
    ),
    any_of=("networktech", "networkmode", "cgi", "node"),
)

OPENCELLID_SAMPLES = Layout(
    "OpenCelliD",
    ("mcc", "mnc", "cellid", "signal", "measured_at"),
    (
        *PLACE,
        *NETWORK,
        *_columns(
            ("rating", "accuracy_m", known(ACCURACY_M)),
            ("measured_at", "time", moment),
            ("speed", "speed_mps", known(SPEED_MPS)),
            ("act", "technology", technology_if_known),
            ("cellid", "eci", ECI),
            ("pci", "pci", PCI),
            ("signal", "rsrp_dbm", level_or_steps),
            ("device devn", "device", text),
        ),
    ),
)

OOKLA_TILES = Layout(
    "Ookla open data",
    ("quadkey", "avg_d_kbps", "avg_u_kbps"),
    _columns(
        ("quadkey", "quadkey", text),
        ("avg_d_kbps", "download_mbps", scaled(RATE_MBPS, 1e-3)),
        ("avg_u_kbps", "upload_mbps", scaled(RATE_MBPS, 1e-3)),
        ("avg_lat_ms", "latency_ms", LATENCY_MS),
    ),
    accuracy_m=430.0,
    operator=ANY_OPERATOR,
)
"""Means of all operators over a tile of zoom 16, 610 m wide at the equator."""


LAYOUTS = (
    NETWORK_SURVEY_4G, NETWORK_SURVEY_5G, NETWORK_SURVEY_3G, NETWORK_SURVEY_2G, TOWER_COLLECTOR, G_NETTRACK,
    OPENCELLID_SAMPLES, OOKLA_TILES, OWN,
)  # fmt: skip
"""Looked through in this order: what an app writes is told before what anyone might write."""


def layout_of(header: Sequence[str]) -> Layout | None:
    """Return the layout of a header; None when it is no table of signal samples."""
    return next((layout for layout in LAYOUTS if layout.fits(header)), None)
