"""The invented regency as the files that a planner would bring: rasters, boundaries, rivers and tables."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio import Affine

from jangkau.geo import Grid
from jangkau.records import Record
from jangkau.synthetic.truth import World

SOURCE = "rekaan / invented"

PLACE_COLUMNS = (
    "id,name,kind,longitude,latitude,position_accuracy_m,village_code,population,voters,power,backup_hours,source,date"
)
CELL_COLUMNS = (
    "id,site_id,operator,technology,frequency_mhz,bandwidth_mhz,longitude,latitude,height_agl_m,power_dbm,"
    "antenna_gain_dbi,eirp_dbm,reference_signal_power_dbm,azimuth_deg,electrical_downtilt_deg,"
    "mechanical_downtilt_deg,horizontal_beamwidth_deg,vertical_beamwidth_deg,mcc,mnc,eci,pci,earfcn,"
    "valid_from,valid_to,source,date"
)
LINK_COLUMNS = (
    "id,place_id,upstream_link_id,medium,provider,payer,download_mbps,upload_mbps,valid_from,valid_to,stage,source,date"
)
PROBE_COLUMNS = "id,link_id,time,method,up,download_mbps,upload_mbps,latency_ms,loss_percent,source"
VISIT_COLUMNS = (
    "id,place_id,time,tester,method,operator,technology,service,rsrp_dbm,download_mbps,upload_mbps,power,source"
)
MEASUREMENT_COLUMNS = (
    "id,time,longitude,latitude,accuracy_m,speed_mps,environment,operator,technology,service,cell_id,eci,pci,earfcn,"
    "rsrp_dbm,rsrq_db,sinr_db,download_mbps,upload_mbps,latency_ms,loss_percent,sim_slot,device,app,source"
)
CLAIM_COLUMNS = "village_code,place_id,subject,statement,claimed_on,publisher"

CODED = {"id": "code", "site_id": "site_code"}
"""Columns of things that the world gives a code: the file's id is the record's code."""

REFERRING = {
    "place_id": "place_code",
    "link_id": "link_code",
    "upstream_link_id": "upstream_link_code",
    "cell_id": "cell_code",
}
"""Columns by which evidence names a thing; evidence keeps its own id."""


def write_region_files(world: World, folder: Path) -> list[Path]:
    """Write the files of an invented regency and return them in the order in which they should be imported.

    Parameters
    ----------
    world : World
    folder : Path
        Made if missing; files of the same names are replaced. The same world gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    day = world.places[0].recorded_at.date()
    grid = world.ground.grid
    raster_files = [
        _raster(folder / "terrain.tif", world.ground.height_amsl_m, grid, predictor=3, unit="m"),
        _raster(folder / "land_cover.tif", world.land_cover.values, grid, predictor=1, unit="class"),
    ]
    texts = {
        "villages.geojson": _geojson(_village_features(world)),
        "rivers.geojson": _geojson(_river_features(world)),
        "villages.csv": _village_table(world),
        "remote_villages.csv": _lines(
            "village_code,village", ({"village_code": v.code, "village": v.name} for v in world.villages if v.remote)
        ),
        "places.csv": _table(PLACE_COLUMNS, world.places, CODED, day),
        "cells.csv": _table(CELL_COLUMNS, world.cells, CODED, day),
        "links.csv": _table(LINK_COLUMNS, world.links, CODED | REFERRING, day),
        "probes.csv": _table(PROBE_COLUMNS, world.probes, REFERRING, day),
        "visits.csv": _table(VISIT_COLUMNS, world.visits, REFERRING, day),
        "measurements.csv": _table(MEASUREMENT_COLUMNS, world.measurements, REFERRING, day),
        "claims.csv": _table(CLAIM_COLUMNS, world.claims, REFERRING, day),
    }
    return raster_files + [_text(folder / name, content) for name, content in texts.items()]


def _text(path: Path, content: str) -> Path:
    path.write_bytes(content.encode("utf-8"))
    return path


def _raster(path: Path, values: NDArray[Any], grid: Grid, *, predictor: int, unit: str) -> Path:
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=grid.columns,
        height=grid.rows,
        count=1,
        dtype=values.dtype,
        crs=grid.crs,
        transform=Affine(grid.pixel_width, 0.0, grid.west, 0.0, -grid.pixel_height, grid.north),
        nodata=np.nan if values.dtype.kind == "f" else 0,
        compress="deflate",
        predictor=predictor,
        tiled=True,
    ) as file:
        file.write(values, 1)
        file.units = (unit,)
    return path


def _geojson(features: list[dict[str, Any]]) -> str:
    rows = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    return f'{{"type": "FeatureCollection", "features": [\n{rows}\n]}}\n'


def _village_features(world: World) -> list[dict[str, Any]]:
    districts = {d.code: d.name for d in world.districts}
    return [
        {
            "type": "Feature",
            "properties": {
                "kode": v.code,
                "nama": v.name,
                "jenis": v.kind,
                "kec_kode": v.district_code,
                "kecamatan": districts.get(v.district_code or ""),
            },
            "geometry": json.loads(shapely.to_geojson(shapely.from_wkb(v.geometry_wkb))),
        }
        for v in world.villages
    ]


def _river_features(world: World) -> list[dict[str, Any]]:
    return [
        {
            "type": "Feature",
            "properties": {"kode": f"S{number:03d}"},
            "geometry": {"type": "LineString", "coordinates": [list(point) for point in line]},
        }
        for number, line in enumerate(world.rivers, 1)
    ]


def _village_table(world: World) -> str:
    districts = {d.code: d.name for d in world.districts}
    rows = (
        {
            "village_code": v.code,
            "village": v.name,
            "kind": v.kind,
            "district_code": v.district_code,
            "district": districts.get(v.district_code or ""),
            "population_estimate": v.population,
            "polling_stations": v.polling_stations,
        }
        for v in world.villages
    )
    return _lines("village_code,village,kind,district_code,district,population_estimate,polling_stations", rows)


def _table(columns: str, records: Sequence[Record], fields: Mapping[str, str], day: date) -> str:
    fixed = {"source": SOURCE, "date": day}
    names = [name for name in columns.split(",") if name not in fixed]
    rows = ({name: getattr(record, fields.get(name, name)) for name in names} | fixed for record in records)
    return _lines(columns, rows)


def _lines(columns: str, rows: Iterable[Mapping[str, Any]]) -> str:
    names = columns.split(",")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_written(row[name]) for name in names] for row in rows)
    return text.getvalue()


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
