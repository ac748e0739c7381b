"""Cells: OpenCelliD's export of a country, with the token of the user."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

from jangkau.sources.public.area import Area, Provider, Ready
from jangkau.sources.public.downloads import Download, Network

HOST = "opencellid.org"
HEADER = "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal\n"
LONGITUDE, LATITUDE = 6, 7
"""Columns of the export."""

GZIP = b"\x1f\x8b"
COMPLAINT_BYTES = 10_000
"""No complaint is longer."""


def downloads(area: Area, network: Network) -> Sequence[Download]:
    """Return the export of the country; the token stays out of names and messages."""
    name = f"{area.mobile_country_code}.csv.gz"
    secret = f"&token={area.token}"
    path = f"ocid/downloads?type=mcc&file={name}"
    return [Download(HOST, path, f"opencellid-{name}", secret=secret, complaint=complaint)]


def complaint(file: Path) -> str:
    """Return what the server writes in place of the export when a token is wrong or was used too often that day."""
    with file.open("rb") as opened:
        start = opened.read(COMPLAINT_BYTES)
    if start.startswith(GZIP):
        return ""
    try:
        said = json.loads(start)
        return str(said.get("message") or said.get("error") or said)
    except (ValueError, AttributeError):
        return start.decode("utf-8", "replace") or "empty file"


def prepare(area: Area, files: Sequence[Path], room: Path) -> Sequence[Ready]:
    """Return the cells inside the area and its margin."""
    table, box, count = room / "opencellid.csv", area.wide, 0
    with table.open("w", encoding="utf-8") as target:
        for file in files:
            with gzip.open(file, "rt", encoding="utf-8") as rows:
                for number, row in enumerate(rows):
                    values = row.rstrip("\n").split(",")
                    if number == 0:
                        target.write(row if values[0] == "radio" else HEADER)
                    if values[0] == "radio" or len(values) <= LATITUDE:
                        continue
                    longitude, latitude = float(values[LONGITUDE]), float(values[LATITUDE])
                    if box.west <= longitude <= box.east and box.south <= latitude <= box.north:
                        target.write(row)
                        count += 1
    return [Ready(table, "opencellid")] if count else []


OPENCELLID = Provider("cells", "OpenCelliD", "CC BY-SA 4.0", downloads, prepare, needs_token=True)
