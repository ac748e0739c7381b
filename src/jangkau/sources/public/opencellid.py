"""Cells: OpenCelliD's export of a country, with the token of the user."""

import gzip
from collections.abc import Sequence
from pathlib import Path

from jangkau.sources.public.area import Area, Provider, Ready
from jangkau.sources.public.downloads import Download, Network

HOST = "opencellid.org"
HEADER = "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal\n"
LONGITUDE, LATITUDE = 6, 7
"""Columns of the export."""


def downloads(area: Area, network: Network) -> Sequence[Download]:
    """Return the export of the country; the token stays out of names and messages."""
    name = f"{area.mobile_country_code}.csv.gz"
    secret = f"&token={area.token}"
    return [Download(HOST, f"ocid/downloads?type=mcc&file={name}", f"opencellid-{name}", secret=secret)]


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
