"""Kutai Timur twice: what honest data gives today, and a scenario that says on every output that it is one.

    .venv/bin/python examples/kutai-timur/build.py --data ../shared/data/kutai-timur --out kutai-timur

`today/` holds only what is published: village boundaries, coarse terrain, claims, a few crowd-sourced cells. Its
villages and offices are unknown, with the reason. `scenario/` assumes a 4G site in every village whose night lights
pass a threshold and people at the lit part of every village; it never reads the claims. Afterwards its grades are
compared with the 37 villages that were published as blank.

With `--detail` the scenario lies in `scenario-detail/`: its terrain has invented relief below 900 m, for a map of 30 m.
"""

import argparse
import csv
import math
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyogrio
import rasterio

from jangkau.geo import Bounds, Grid, Raster, degrees_around
from jangkau.messages import Message, render
from jangkau.records import ANY_OPERATOR
from jangkau.settings import Operator, RadioSettings, Settings
from jangkau.store.rasters import RasterWriter
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.grade import Graded, grade
from jangkau.studies.import_data import About, import_files
from jangkau.studies.init_region import init_region
from jangkau.studies.predict import predict
from jangkau.synthetic.detail import refinement

DAY = date(2024, 11, 11)
LIT_NW = 0.5
"""Mean night light [nW/cm2/sr] from which a site is assumed: the dark villages lie at 0.27 to 0.35."""

SITE = {"height_agl_m": 42, "frequency_mhz": 900, "bandwidth_mhz": 10, "eirp_dbm": 62, "electrical_downtilt_deg": 2}
SCENARIO_OPERATOR = "Skenario 4G"
SCENARIO_NOTE = (
    "SKENARIO, bukan keadaan: menara diandaikan di desa bercahaya malam >= 0,5 nW, permukiman di bagian bercahaya. "
    "SCENARIO, not reality: sites assumed in villages with night light >= 0.5 nW, settlements at the lit part."
)
DETAIL_FACTOR, DETAIL_SEED, DETAIL_RESOLUTION_M = 30, 1, 30.0
"""From 30 arc-seconds to 1; the seed of the invented relief; pixel of the map that it is for."""

DETAIL_FILE = "terrain_INVENTED_below_900m_1arcsec.tif"
DETAIL_NOTE = (
    "Relief yang lebih halus dari 900 m adalah REKAAN, hanya rata-ratanya nyata. "
    "Terrain detail below 900 m is INVENTED, only its means are real."
)
DETAIL_PUBLISHER = "SRTM, 30 arc-second; relief < 900 m REKAAN / INVENTED by jangkau.synthetic.detail"
OPERATORS = (
    Operator("Telkomsel", ("510-10",)),
    Operator("IOH", ("510-01", "510-21", "510-89"), valid_from=date(2022, 1, 4)),
    Operator("XL", ("510-11",), valid_to=date(2025, 4, 16)),
    Operator("Smartfren", ("510-09", "510-28"), valid_to=date(2025, 4, 16)),
    Operator("XLSmart", ("510-11", "510-28"), valid_from=date(2025, 4, 16)),
)


def main() -> int:
    """Build both regions and print what they say, side by side."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/kutai-timur"))
    parser.add_argument("--out", type=Path, default=Path("kutai-timur"))
    terrain = parser.add_mutually_exclusive_group()
    terrain.add_argument("--patch", action="store_true", help="use the 106 m terrain where there is any")
    terrain.add_argument("--detail", action="store_true", help="scenario on invented relief below 900 m, map of 30 m")
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        sys.stderr.write(f"{arguments.data} is not there: give the folder with --data\n")
        return 2
    circumstances = Circumstances(DAY, lambda: datetime.now(UTC))
    villages = read_rows(arguments.data / "villages" / "villages.csv")
    today = build_today(arguments.data, arguments.out / "today", circumstances)
    wanted = scenario_settings(arguments.data, arguments.detail)
    folder = arguments.out / ("scenario-detail" if arguments.detail else "scenario")
    region = open_scenario(arguments.data, folder, wanted, circumstances)
    if arguments.patch:
        bring_patch(region, arguments.data, circumstances)
    if arguments.detail:
        bring_detail(region, arguments.data, circumstances)
    districts = read_rows(arguments.data / "villages" / "districts.csv")
    scenario = build_scenario(region, villages, districts, circumstances)
    show("Hari ini / today", today)
    show(wanted.note, scenario)
    print_agreement(scenario, villages)
    for graded in (today, scenario):
        for path in graded.outputs:
            print(path)
    return 0


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def settings(data: Path, name: str) -> Settings:
    """Return what both regions share."""
    box = Bounds(*(float(v) for v in pyogrio.read_info(data / "boundaries" / "desa.geojson")["total_bounds"]))
    return Settings(
        name=name,
        code="64.08",
        metric_crs="EPSG:32650",
        bounds=box.widened(0.01),
        deadline=date(2024, 11, 27),
        operators=OPERATORS,
        radio=RadioSettings(terrain_nodata="sea"),
    )


def opened(path: Path, wanted: Settings, circumstances: Circumstances) -> RegionFolder:
    """Return the region of a folder, made if it is not there yet."""
    if (path / "jangkau.toml").is_file():
        return RegionFolder.open(path)
    return init_region(path, wanted, circumstances)


def bring(region: RegionFolder, files: list[Path], about: About, circumstances: Circumstances) -> None:
    """Import files and say what was refused."""
    for one in import_files(region, files, circumstances, about):
        print(f"{one.file.name}: {one.kind}, {one.added.new} new, {len(one.refused)} refused")
        for refusal in one.refused[:2]:
            print(f"  row {refusal.row} {refusal.field}={refusal.value}: {render(refusal.reason, 'en')}")


def bring_base(region: RegionFolder, data: Path, circumstances: Circumstances) -> None:
    """Import what both regions share: boundaries, rivers, village table, terrain."""
    boundaries, villages = data / "boundaries", data / "villages"
    bring(region, [boundaries / "desa.geojson"], About("BIG/Kemendagri via cahyadsn", "MIT"), circumstances)
    bring(region, [boundaries / "rivers.geojson"], About("BIG/Kemendagri via cahyadsn", ""), circumstances)
    tables = [villages / "villages.csv", villages / "districts.csv"]
    bring(region, tables, About("Kemendagri, KPU, Dukcapil", "", DAY), circumstances)
    bring(region, [data / "terrain" / "dem_30arcsec.tif"], About("SRTM, 30 arc-second", ""), circumstances)


def build_today(data: Path, path: Path, circumstances: Circumstances) -> Graded:
    """Grade the regency by what is published: claims stay claims, crowd-sourced cells are no inventory."""
    region = opened(path, settings(data, "Kutai Timur"), circumstances)
    bring_base(region, data, circumstances)
    bring(region, [data / "cells" / "opencellid_kaltim.csv"], About("OpenCelliD", "CC BY-SA 4.0"), circumstances)
    offices = path / "offices.csv"
    write_offices(offices, read_rows(data / "villages" / "villages.csv"))
    bring(region, [offices], About("Kemendagri: one office a village, position unknown", "", DAY), circumstances)
    bring(region, sorted((data / "claims").glob("*.csv")), About("see each row", ""), circumstances)
    predict(region, circumstances)
    return grade(region, circumstances)


def write_offices(path: Path, villages: list[dict[str, str]]) -> None:
    """Write the village offices that exist, without positions, because nobody has published any."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "name", "kind", "village_code"])
        for v in villages:
            writer.writerow(
                [f"{v['village_code']}-kantor", f"Kantor {v['village']}", "village_office", v["village_code"]]
            )


def scenario_settings(data: Path, detail: bool) -> Settings:
    """Return the settings of the scenario; its note says what is assumed, and what of the terrain is invented."""
    wanted = settings(data, "Kutai Timur (skenario)")
    wanted = replace(wanted, note=SCENARIO_NOTE, operators=(Operator(SCENARIO_OPERATOR),))
    if not detail:
        return wanted
    radio = replace(wanted.radio, resolution_m=DETAIL_RESOLUTION_M)
    return replace(wanted, note=f"{SCENARIO_NOTE} {DETAIL_NOTE}", radio=radio)


def open_scenario(data: Path, path: Path, wanted: Settings, circumstances: Circumstances) -> RegionFolder:
    """Return the scenario's region with what both regions share."""
    region = opened(path, wanted, circumstances)
    bring_base(region, data, circumstances)
    return region


def bring_patch(region: RegionFolder, data: Path, circumstances: Circumstances) -> None:
    """Import the 106 m terrain of a part of the regency."""
    about = About("Altair terrain patch", "Apache-2.0")
    bring(region, [data / "terrain" / "dem_patch_106m.tif"], about, circumstances)


def bring_detail(region: RegionFolder, data: Path, circumstances: Circumstances) -> None:
    """Import terrain of 1 arc-second that is invented below 900 m, made if the region does not have it yet."""
    file = region.path / DETAIL_FILE
    if not file.is_file():
        write_detail(data / "terrain" / "dem_30arcsec.tif", file, region.settings)
    bring(region, [file], About(DETAIL_PUBLISHER, "", DAY), circumstances)


def write_detail(coarse: Path, path: Path, wanted: Settings) -> None:
    """Write the terrain of a region and of the paths that reach into it, refined strip by strip."""
    assert wanted.bounds is not None
    bounds = Bounds(*wanted.bounds)
    margin = max(degrees_around(bounds.north, wanted.radio.radius_km * 1000.0))
    plan = refinement(read_coarse(coarse, bounds.widened(1.1 * margin)), DETAIL_FACTOR, DETAIL_SEED)
    tags = {"note": DETAIL_NOTE, "source": DETAIL_PUBLISHER, "seed": str(DETAIL_SEED), "hurst": f"{plan.hurst:.2f}"}
    with RasterWriter(path, plan.grid, "float32", "terrain", "m", tags) as writer:
        for first_row, heights in plan.strips():
            writer.write(heights, first_row)


def read_coarse(path: Path, bounds: Bounds) -> Raster:
    """Return the cells of a terrain file that touch a box, as they are; NaN where it has none."""
    with rasterio.open(path) as file:
        t = file.transform
        grid = Grid("EPSG:4326", t.c, t.f, t.a, -t.e, file.height, file.width)
        rows, columns = grid.window(bounds)
        window = ((rows.start, rows.stop), (columns.start, columns.stop))
        heights = file.read(1, window=window, masked=True).astype(np.float32).filled(np.nan)
    return Raster(heights, grid.part(rows, columns), "terrain", "m")


def build_scenario(
    region: RegionFolder, villages: list[dict[str, str]], districts: list[dict[str, str]], circumstances: Circumstances
) -> Graded:
    """Grade the regency as if sites, settlements and polling stations stood where night lights are."""
    tables = [region.path / name for name in ("settlements.csv", "stations.csv", "cells.csv")]
    write_settlements(tables[0], villages)
    write_stations(tables[1], villages, districts)
    write_cells(tables[2], villages)
    bring(region, tables, About("assumed by the scenario", "", DAY), circumstances)
    predict(region, circumstances)
    return grade(region, circumstances)


def write_settlements(path: Path, villages: list[dict[str, str]]) -> None:
    """Assume the people of a village at its inside point, as exactly as its lit part is large."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["id", "name", "kind", "longitude", "latitude", "position_accuracy_m", "village_code", "population"]
        )
        for v in villages:
            place = [f"{v['village_code']}-lit", v["village"], "settlement", *where(v)]
            writer.writerow([*place, v["village_code"], v["population_estimate"]])


def where(village: dict[str, str]) -> list[str | int]:
    """Return where the people of a village are assumed, and how exactly [m]."""
    lit_km2 = float(village["area_km2"]) * float(village["viirs_lit_pct"]) / 100.0
    accuracy_m = min(max(1000.0 * math.sqrt(lit_km2 / math.pi), 500.0), 3000.0)
    return [village["inside_longitude"], village["inside_latitude"], round(accuracy_m)]


def write_stations(path: Path, villages: list[dict[str, str]], districts: list[dict[str, str]]) -> None:
    """Assume the polling stations of November, and each district's office in its brightest village.

    A village has its share of its district's number of stations, where its people are.
    """
    november = {d["district_code"]: float(d["polling_stations_nov2024"]) for d in districts}
    adults = {d["district_code"]: float(d["adults_202401"]) / float(d["population_202401"]) for d in districts}
    february = Counter[str]()
    for v in villages:
        february[v["district_code"]] += int(v["polling_stations_feb2024"])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["id", "name", "kind", "longitude", "latitude", "position_accuracy_m", "village_code", "voters"]
        )
        for v in villages:
            share = november[v["district_code"]] / february[v["district_code"]]
            count = max(1, round(int(v["polling_stations_feb2024"]) * share))
            voters = round(adults[v["district_code"]] * float(v["population_estimate"]) / count)
            for n in range(1, count + 1):
                name = [f"{v['village_code']}-{n:03d}", f"TPS {n} {v['village']}", "polling_station"]
                writer.writerow([*name, *where(v), v["village_code"], voters])
        for d in districts:
            seat = max(
                (v for v in villages if v["district_code"] == d["district_code"]),
                key=lambda v: float(v["viirs_mean_nw"]),
            )
            name = [f"{d['district_code']}-kantor", f"Kantor Camat {d['district']}", "district_office"]
            writer.writerow([*name, *where(seat), seat["village_code"], ""])


def write_cells(path: Path, villages: list[dict[str, str]]) -> None:
    """Assume a three-sector site in every village that is lit."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "site_id", "operator", "technology", "longitude", "latitude", "azimuth_deg", *SITE])
        for v in villages:
            if float(v["viirs_mean_nw"]) >= LIT_NW:
                for azimuth in (0, 120, 240):
                    site = f"lit-{v['village_code']}"
                    where = [v["inside_longitude"], v["inside_latitude"], azimuth]
                    writer.writerow([f"{site}-{azimuth}", site, SCENARIO_OPERATOR, "4G", *where, *SITE.values()])


def show(title: str, graded: Graded) -> None:
    """Print how many villages, districts and offices have each grade."""
    print(f"\n{title}")
    for subject, quantity in (("village", "signal"), ("district", "signal"), ("village", "office")):
        own = [g for g in graded.grades if (g.subject, g.quantity, g.operator) == (subject, quantity, ANY_OPERATOR)]
        counts = Counter(render(Message(f"value.{g.value}"), "en") for g in own)
        reason = Counter(g.reason_code for g in own if g.value == "unknown").most_common(1)
        print(f"  {len(own)} {subject} · {quantity}: {dict(counts)} {reason}")


def print_agreement(scenario: Graded, villages: list[dict[str, str]]) -> None:
    """Compare the scenario's grades with the 37 claimed villages, which it has not read."""
    claimed = {v["village_code"] for v in villages if v["in_blankspot37"] == "1"}
    grades = {
        g.code: g.value
        for g in scenario.grades
        if (g.subject, g.quantity, g.operator) == ("village", "signal", ANY_OPERATOR)
    }
    print("\n  scenario grade    claimed blank   not claimed")
    for value in ("none", "partial", "weak", "unknown", "served"):
        codes = {code for code, found in grades.items() if found == value}
        print(f"  {value:<16} {len(codes & claimed):>14} {len(codes - claimed):>13}")


if __name__ == "__main__":
    raise SystemExit(main())
