"""Time the radio core: one site at two radii, further bands, single profiles, and a regency; print one JSON object.

    .venv/bin/python benchmarks/radio.py               fractal hills 0-800 m, 1 arc-second, 45 m / 1.5 m, 900 MHz
    .venv/bin/python benchmarks/radio.py --regency     also 300 sites x 20 km x 3 bands as GeoTIFFs (minutes)
    .venv/bin/python benchmarks/radio.py --terrain FILE --site LON,LAT --radius-km R --resolution-m M

Absolute times differ between machines. So a calibration loop (bilinear gather of terrain along the same rays and a
running maximum, in plain compiled code) is timed in the same run, and each result also stands as a multiple of what
that loop takes for the site's pixels.
"""

import argparse
import json
import math
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from jangkau.coverage.field import FieldSettings, site_field
from jangkau.coverage.transmitters import Transmitter
from jangkau.geo import WGS84, Bounds, Grid, project, utm_crs
from jangkau.paths import BY_PATH, Antenna, Medium, explain, losses, sweep_area
from jangkau.propagation.kernels.p1812 import median_loss_db
from jangkau.records import Cell
from jangkau.settings import RadioSettings, Settings
from jangkau.sources.terrain import read_terrain
from jangkau.store.region_folder import RegionFolder
from jangkau.store.runs import Recipe, Run
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.predict import compute
from jangkau.synthetic.truth import OPERATORS
from jangkau.terrain.ground import Ground, Surface, bare_ground

MEDIUM, TX_M, RX_M = Medium(), 45.0, 1.5
BANDS_MHZ = (900.0, 1800.0, 2600.0)
FLOOR_NS_PER_PIXEL = 35.0
"""What a processor core can reach for the geometry of a pixel: `ARCHITECTURE.md`, speed."""


def fractal_hills(side: int, seed: int = 1) -> np.ndarray:
    """Return heights 0..800 m with a power-law spectrum (amplitude as wave number to the power -2)."""
    rng = np.random.default_rng(seed)
    k = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :])
    k[0, 0] = 1.0
    waves = (rng.normal(size=k.shape) + 1j * rng.normal(size=k.shape)) * k**-2.0
    waves[0, 0] = 0.0
    heights = np.fft.irfft2(waves, s=(side, side))
    return (800.0 * (heights - heights.min()) / np.ptp(heights)).astype(np.float32)


def hills_around(longitude: float, latitude: float, reach_m: float) -> Ground:
    """Return fractal hills of 1 arc-second around a point."""
    half = math.ceil(reach_m / 30.0) + 40
    grid = Grid(WGS84, longitude - half / 3600, latitude + half / 3600, 1 / 3600, 1 / 3600, 2 * half, 2 * half)
    return bare_ground(grid, fractal_hills(2 * half))


def wooded(ground: Ground) -> Ground:
    """Return the same heights under forest of 15 m on 65 % of the ground, in patches; the rest is open."""
    patches = fractal_hills(max(ground.grid.shape), seed=5)[: ground.grid.rows, : ground.grid.columns]
    surface = (patches > np.quantile(patches, 0.35)).astype(np.uint8)
    kinds = (Surface(0.0, 25.0), Surface(15.0, 20.0, woodland=True))
    return Ground(ground.grid, ground.height_amsl_m, surface, kinds)


def best_of(work: Callable[[], Any], times: int = 3) -> tuple[float, Any]:
    """Return the least processor time of some tries [s], and the last result."""
    least, result = math.inf, None
    for _ in range(times):
        started = time.process_time()
        result = work()
        least = min(least, time.process_time() - started)
    return least, result


@njit(nogil=True, error_model="numpy")
def _calibration(heights: np.ndarray, row: float, column: float, reach: float, rays: int, points: int) -> float:
    total = 0.0
    for ray in range(rays):
        angle = 2.0 * math.pi * ray / rays
        down, right, steepest = math.cos(angle) * reach / points, math.sin(angle) * reach / points, -1e9
        for i in range(1, points):
            y, x = row + i * down, column + i * right
            top, left = int(y), int(x)
            east, south = x - left, y - top
            upper = heights[top, left] + east * (heights[top, left + 1] - heights[top, left])
            lower = heights[top + 1, left] + east * (heights[top + 1, left + 1] - heights[top + 1, left])
            steepest = max(steepest, (upper + south * (lower - upper)) / i)
        total += steepest
    return total


def calibration_s(ground: Ground, longitude: float, latitude: float, radius_m: float, resolution_m: float) -> float:
    """Return the processor seconds of the calibration loop over a disc, one ray a pixel on its circle."""
    points = math.ceil(radius_m / ground.pixel_m())
    rays = math.ceil(2.0 * math.pi * radius_m / resolution_m)
    row, column = (float(v) for v in ground.grid.row_column(longitude, latitude))
    _calibration(ground.height_amsl_m, row, column, 2.0, 1, 2)
    return best_of(lambda: _calibration(ground.height_amsl_m, row, column, points - 2.0, rays, points))[0]


def pixels_of(longitude: float, latitude: float, radius_m: float, resolution_m: float) -> Grid:
    """Return the metric grid of a site's disc."""
    crs = utm_crs(longitude, latitude)
    x, y = (float(v) for v in project(longitude, latitude, WGS84, crs))
    half = math.ceil(radius_m / resolution_m) + 1
    west = math.floor(x / resolution_m) * resolution_m - half * resolution_m
    north = math.floor(y / resolution_m) * resolution_m + half * resolution_m
    return Grid(crs, west, north, resolution_m, resolution_m, 2 * half, 2 * half)


def one_site(ground: Ground, longitude: float, latitude: float, radius_m: float, resolution_m: float) -> dict[str, Any]:
    """Time one site: rays alone, further bands, levels with decisions path by path, what-if by the clock."""
    grid, antenna = pixels_of(longitude, latitude, radius_m, resolution_m), Antenna(longitude, latitude, TX_M)
    common = {"radius_m": radius_m, "rx_height_agl_m": RX_M, "medium": MEDIUM}
    sweep_area(ground, antenna, pixels_of(longitude, latitude, 900.0, resolution_m), frequencies_mhz=[900.0], **common)
    one, area = best_of(lambda: sweep_area(ground, antenna, grid, frequencies_mhz=BANDS_MHZ[:1], **common))
    three, _ = best_of(lambda: sweep_area(ground, antenna, grid, frequencies_mhz=BANDS_MHZ, **common))
    pixels = int((area.how > 0).sum())
    gather = calibration_s(ground, longitude, latitude, radius_m, resolution_m)
    cell = Transmitter(
        "c", "s", "op", "4G", longitude, latitude, TX_M, 900.0, 10.0, 34.0, 0.0, 360.0, 10.0, 2.0, 0.0, ()
    )
    field = FieldSettings(radius_m, RX_M, MEDIUM, exact_within_db=2.0)
    started = time.perf_counter()
    sweep_area(ground, antenna, grid, frequencies_mhz=BANDS_MHZ[:1], workers=os.cpu_count() or 1, **common)
    what_if = time.perf_counter() - started
    decided, _ = best_of(lambda: site_field(ground, [cell], grid, field, [(-99.5, -109.5, -130.5)]), 1)
    return {
        "radius_km": radius_m / 1e3,
        "resolution_m": resolution_m,
        "pixels": pixels,
        "by_path": int((area.how == BY_PATH).sum()),
        "cpu_s": round(one, 3),
        "ns_per_pixel": round(1e9 * one / pixels, 1),
        "floor_ns_per_pixel": FLOOR_NS_PER_PIXEL,
        "further_band_share": round((three - one) / 2.0 / one, 3),
        "calibration_cpu_s": round(gather, 4),
        "times_calibration": round(one / gather, 1),
        "levels_with_decisions_by_path_cpu_s": round(decided, 3),
        "what_if_wall_s": round(what_if, 3),
    } | error_of_the_sweep(ground, antenna, area)


def error_of_the_sweep(ground: Ground, antenna: Antenna, area: Any) -> dict[str, float]:
    """Compare a sample of pixels with their own profiles."""
    rows, columns = np.nonzero(area.how == 1)
    chosen = np.random.default_rng(0).choice(rows.size, min(rows.size, 20_000), replace=False)
    rows, columns = rows[chosen], columns[chosen]
    longitude, latitude = project(area.grid.x_centres()[columns], area.grid.y_centres()[rows], area.grid.crs, WGS84)
    seconds, exact = best_of(
        lambda: losses(ground, antenna, longitude, latitude, frequency_mhz=900.0, rx_height_agl_m=RX_M, medium=MEDIUM),
        1,
    )
    error = area.loss_db[0, rows, columns] - exact.loss_db
    points = float((exact.distance_m / ground.pixel_m()).sum())
    return {
        "rms_error_db": round(float(np.sqrt(np.mean(error**2))), 3),
        "exact_microseconds_per_path": round(1e6 * seconds / rows.size, 2),
        "exact_ns_per_profile_point": round(1e9 * seconds / points, 2),
    }


@njit(nogil=True, error_model="numpy")
def _many_profiles(distance: np.ndarray, terrain: np.ndarray, obstacle: np.ndarray, zone: np.ndarray) -> float:
    total = 0.0
    for i in range(terrain.shape[0]):
        total += median_loss_db(
            distance, terrain[i], obstacle, zone, TX_M, RX_M, 0.9, True, 50.0, 0.5, 500.0, 500.0, 45.0, 370.0, math.inf
        )
    return total


def ready_profiles() -> dict[str, float]:
    """Time the loss of ready profiles of 1,000 points, double precision, every term."""
    rng = np.random.default_rng(2)
    terrain = np.cumsum(rng.normal(size=(400, 1000)) * 4.0, axis=1)
    terrain -= terrain.min(axis=1)[:, None]
    given = np.linspace(0.0, 30.0, 1000), terrain, np.zeros(1000), np.full(1000, 4, np.uint8)
    _many_profiles(*given)
    seconds, _ = best_of(lambda: _many_profiles(*given), 7)
    return {"points": 1000, "microseconds_per_profile": round(1e6 * seconds / 400, 2)}


def explained_path(ground: Ground, longitude: float, latitude: float) -> dict[str, float]:
    """Time one path with profile, every term and what blocks it."""
    antenna = Antenna(longitude, latitude, TX_M)
    spent = []
    for k in range(20):
        started = time.perf_counter()
        explain(
            ground,
            antenna,
            longitude + 0.1 + 1e-3 * k,
            latitude - 0.12,
            frequency_mhz=900.0,
            rx_height_agl_m=RX_M,
            medium=MEDIUM,
        )
        spent.append(time.perf_counter() - started)
    return {"milliseconds": round(1e3 * sorted(spent)[10], 2)}


def regency(sites: int, side_km: float) -> dict[str, Any]:
    """Time `predict` over a square of hills: sites with three bands, best server and probabilities as GeoTIFFs."""
    west, south, degrees = 116.0, 0.0, side_km / 111.0
    margin = 0.2
    side = math.ceil((degrees + 2 * margin) * 3600)
    grid = Grid(WGS84, west - margin, south + degrees + margin, 1 / 3600, 1 / 3600, side, side)
    times = math.ceil(side / 4096)
    ground = bare_ground(grid, np.tile(fractal_hills(4096), (times, times))[:side, :side])
    rng = np.random.default_rng(3)
    places = np.array([west, south]) + degrees * rng.random((sites, 2))
    cells = [
        Cell(
            id=f"0190a000-0000-7000-8000-{site:06d}{band:06d}",
            source_id="0190a000-0000-7000-8000-000000000000",
            recorded_at=datetime(2024, 11, 11, tzinfo=UTC),
            code=f"S{site:03d}-{mhz:.0f}",
            site_code=f"S{site:03d}",
            operator="Op",
            technology="4G",
            longitude=x,
            latitude=y,
            height_agl_m=TX_M,
            frequency_mhz=mhz,
            bandwidth_mhz=10.0,
            eirp_dbm=62.0,
            horizontal_beamwidth_deg=360.0,
            electrical_downtilt_deg=2.0,
        )
        for site, (x, y) in enumerate(places.tolist())
        for band, mhz in enumerate(BANDS_MHZ)
    ]
    settings = Settings(
        name="benchmark",
        bounds=(west, south, west + degrees, south + degrees),
        operators=OPERATORS,
        radio=RadioSettings(radius_km=20.0),
    )
    with tempfile.TemporaryDirectory() as folder:
        region = RegionFolder(Path(folder), settings)
        day = date(2024, 11, 11)
        run = Run.begin(region.path, Recipe("predict", day, {}, {}))
        circumstances = Circumstances(day, lambda: datetime.now(UTC))
        gather = calibration_s(ground, west + 0.5 * degrees, south + 0.5 * degrees, 20_000.0, 30.0)
        started, cpu = time.perf_counter(), time.process_time()
        compute(region, run, cells, {"Op"}, ground, circumstances)
        wall, cpu = time.perf_counter() - started, time.process_time() - cpu
    return {
        "sites": sites,
        "bands": len(BANDS_MHZ),
        "side_km": side_km,
        "wall_s": round(wall, 1),
        "cpu_s": round(cpu, 1),
        "cpu_s_per_site": round(cpu / sites, 3),
        "times_calibration": round(cpu / sites / gather, 1),
        "processors": os.cpu_count(),
        "peak_memory_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
    }


AIMS = {20.0: 0.6, 50.0: 3.0}
"""Processor seconds wanted for one site of 30 m pixels, by radius [km]."""


HEAD = """# How fast the radio core is

Measured by `make bench` (`benchmarks/radio.py`): fractal hills of 0 to 800 m, 1 arc-second, antenna 45 m, phone 1.5 m,
900 MHz, 50 % of time, every term of P.1812, one ray a pixel. Seconds differ between machines; the last column does
not: what the work takes in multiples of a loop that only gathers the terrain under one ray a pixel. `forest`: the same
hills under trees of 15 m on 65 % of the ground, so that every path is followed over trees and over the ground below.

| one site | pixels | processor s | wanted | ns a pixel | floor | further band | rms error | times the loop |
|---|---|---|---|---|---|---|---|---|
"""
TAIL = """
**The floor** counts what cannot be left out: two samples of four heights each a pixel (12 ns), three hull updates
(8 ns), four searches in hulls (12 ns), and the arithmetic of one band on eight lanes. **Where the rest goes** (bare
hills, 50 km, program counter sampled once, apart from this run): three tenths to hulls, what they are asked, and a
receiver's own last points in them; an eighth to sample those points (8, and 12 where trees or houses stand), which make
the error several times smaller; a quarter to P.1812 section 4 for the band; an eighth to look for highest edges and the
roughness; an eighth to find which ray and which of its points a pixel belongs to; the rest to sample the rays. Two rays
a pixel instead of one would cost a tenth more and bring the error from 0.12 to 0.08 dB on bare hills
([measured](accuracy.md)).
"""


def page(found: dict[str, Any]) -> str:
    """Return the measured numbers as a page."""
    lines = [HEAD]
    for site in found["sites"]:
        cells = [
            f"{site['radius_km']:.0f} km, {site['resolution_m']:.0f} m, {site['ground']}",
            f"{site['pixels']:,}",
            f"{site['cpu_s']:.2f}",
            str(AIMS.get(site["radius_km"], "")) if site["ground"] == "bare" else "",
            f"{site['ns_per_pixel']:.0f}",
            f"{site['floor_ns_per_pixel']:.0f}",
            f"{100 * site['further_band_share']:.0f} %",
            f"{site['rms_error_db']:.2f} dB",
            f"{site['times_calibration']:.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |\n")
    site, forest, ready = found["sites"][0], found["sites"][-1], found["ready_profile"]["microseconds_per_profile"]
    lines += [
        f"\n- By the clock, on all processors: {site['what_if_wall_s']:.2f} s over 20 km (wanted 0.7), ",
        f"{found['sites'][1]['what_if_wall_s']:.2f} s over 50 km.\n",
        f"- Over 20 km with decisions path by path: {site['levels_with_decisions_by_path_cpu_s']:.2f} processor s; ",
        f"under forest {forest['levels_with_decisions_by_path_cpu_s']:.2f}.\n",
        f"- A path with its own profile: {site['exact_ns_per_profile_point']:.0f} ns a point with sampling.\n",
        f"- A ready profile of 1,000 points, double precision, every term: {ready:.1f} us (wanted 5).\n",
        f"- A path explained, all that the desk shows: {found['explained_path']['milliseconds']:.1f} ms (wanted 20).\n",
    ]
    if "regency" in found:
        r = found["regency"]
        lines += [
            f"- {r['sites']} sites x 20 km x {r['bands']} bands over {r['side_km']:.0f} km squared, decisions path by ",
            f"path, with all files: {r['cpu_s'] / 60:.1f} processor minutes, {r['cpu_s_per_site']:.2f} s a site ",
            f"({r['times_calibration']:.0f} times the loop), {r['wall_s'] / 60:.1f} min by the clock on ",
            f"{r['processors']} processors, {r['peak_memory_gb']:.1f} GB (wanted 4 min by the clock, 4 GB).\n",
            f"- At that cost a site, a province of 3,000 sites takes {3e3 * r['cpu_s_per_site'] / 3600:.1f} processor ",
            f"hours, all Indonesia (100,000 sites, 250,000 cells) {1e5 * r['cpu_s_per_site'] / 3600:.0f}.\n",
        ]
    lines.append(
        f"\nThe machine: {found['processors']} processors; processes that wanted to run, on the average of a minute: "
        f"{found['load_before']:.1f} when it began, {found['load_after']:.1f} when it ended. Beyond one for the first, "
        "other programs shared processors and caches, and the seconds are too many.\n"
    )
    return "".join([*lines, TAIL])


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--terrain", type=Path, help="a raster of heights; fractal hills without it")
    parser.add_argument("--site", default="117.0,0.5", help="longitude,latitude")
    parser.add_argument("--radius-km", type=float, action="append", help="may be given more than once: 20 and 50")
    parser.add_argument("--resolution-m", type=float, default=30.0)
    parser.add_argument("--regency", action="store_true", help="also 300 sites over 190 x 190 km")
    parser.add_argument("--sites", type=int, default=300)
    parser.add_argument("--side-km", type=float, default=190.0)
    parser.add_argument("--page", type=Path, help="also write the numbers as a page")
    parser.add_argument("--json", action="store_true", help="the only format; accepted for scripts")
    given = parser.parse_args()
    load = os.getloadavg()[0]
    longitude, latitude = (float(v) for v in given.site.split(","))
    radii = [r * 1e3 for r in given.radius_km or (20.0, 50.0)]
    if given.terrain:
        reach = max(radii) / 110_000.0 + 0.02
        box = Bounds(longitude - reach, latitude - reach, longitude + reach, latitude + reach)
        raster = read_terrain([given.terrain], box, None, sea="none").height_amsl_m
        ground = bare_ground(raster.grid, raster.values)
    else:
        ground = hills_around(longitude, latitude, max(radii))
    kinds = [("bare", ground, r) for r in radii] + [("forest", wooded(ground), radii[0])]
    sites = [{"ground": k} | one_site(g, longitude, latitude, r, given.resolution_m) for k, g, r in kinds]
    found: dict[str, Any] = {"processors": os.cpu_count(), "load_before": load, "sites": sites}
    found["ready_profile"] = ready_profiles()
    found["explained_path"] = explained_path(ground, longitude, latitude)
    if given.regency:
        found["regency"] = regency(given.sites, given.side_km)
    found["load_after"] = os.getloadavg()[0]
    if given.page:
        given.page.write_text(page(found), "utf-8")
    json.dump(found, sys.stdout, indent=1)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
