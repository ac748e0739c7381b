"""Score the corrected map on real measurements against the usual alternatives, or time its fit on invented ones.

    .venv/bin/python benchmarks/evidence.py --data DIR --json      cells.csv, measurements.csv.gz and a raster
    .venv/bin/python benchmarks/evidence.py --data DIR --folds 2 3  two of the folds 0 to 4, to be quicker
    .venv/bin/python benchmarks/evidence.py --rows 300000          time and memory of a fit to invented rows

The raster has three bands (terrain, building height, clutter class) of 25 m; what nobody measured is filled: terrain by
a smooth surface, buildings by the nearest known pixel within 100 m.
"""

import argparse
import csv
import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.warp import Resampling, reproject, transform_bounds
from scipy.ndimage import distance_transform_edt, gaussian_filter
from scipy.spatial import cKDTree
from sklearn.ensemble import HistGradientBoostingRegressor

from jangkau.evidence import folds, model, surroundings
from jangkau.evidence.observations import Observations, Places, gathered, in_order
from jangkau.geo import WGS84, Grid, project, utm_crs
from jangkau.paths import Antenna, Medium, losses
from jangkau.terrain.ground import Ground, Surface

GAIN_DBI, WIDTH_DEG, HEIGHT_DEG, PHONE_M = 17.0, 65.0, 10.0, 1.5
KINDS = {"250 m blocks, 100 m buffer": (250.0, 100.0), "250 m blocks": (250.0, 0.0), "50 m blocks": (50.0, 0.0)}
FloatArray = NDArray[np.float64]


@dataclass
class Data:
    """Observations, and what only the alternatives use: loss-free columns and the place's clutter."""

    observations: Observations
    usual: NDArray[np.float32]
    distance_km: FloatArray
    antenna_m: FloatArray
    eirp_dbm: FloatArray


def read_ground(path: Path) -> Ground:
    """Return the ground of a three-band raster, gaps filled."""
    with rasterio.open(path) as file:
        bands, crs, place = file.read(), file.crs, file.transform
        west, south, east, north = transform_bounds(crs, WGS84, *file.bounds)
    known = bands[0] != -9999
    gap_m, nearest = distance_transform_edt(~known, sampling=25.0, return_indices=True)
    near = bands[:, nearest[0], nearest[1]]
    weight = gaussian_filter(known.astype(float), 4.0)
    smooth = gaussian_filter(np.where(known, bands[0], 0).astype(float), 4.0) / np.maximum(weight, 1e-3)
    terrain = np.where(known, bands[0], np.where(weight > 1e-3, smooth, near[0]))
    building = np.where(gap_m <= 100.0, near[1], 0)
    high, wide = 25.0 / 110_850.0, 25.0 / (111_320.0 * np.cos(np.radians((south + north) / 2.0)))
    rows, columns = int(np.ceil((north - south) / high)), int(np.ceil((east - west) / wide))

    def warped(values: Any, how: Resampling) -> NDArray[np.float32]:
        out = np.zeros((rows, columns), np.float32)
        to = Affine(wide, 0.0, west, 0.0, -high, north)
        given = values.astype(np.float32)
        reproject(given, out, src_transform=place, src_crs=crs, dst_transform=to, dst_crs=WGS84, resampling=how)
        return out

    heights = warped(terrain, Resampling.bilinear)
    heights[heights < 100.0] = np.median(heights)
    levels, surface = np.unique(np.round(warped(building, Resampling.nearest) / 2.0), return_inverse=True)
    surfaces = tuple(Surface(2.0 * level, 25.0) for level in levels.tolist())
    grid = Grid(WGS84, west, north, wide, high, rows, columns)
    return Ground(grid, heights, surface.reshape(rows, columns).astype(np.uint8), surfaces)


def read(folder: Path) -> Data:
    """Return the observations of a folder with their predictions and features."""
    ground = read_ground(folder / "terrain_building_clutter_25m.tif")
    with (folder / "cells.csv").open(newline="") as file:
        cells = sorted(csv.DictReader(file), key=lambda row: row["id"])
    table = np.genfromtxt(folder / "measurements.csv.gz", delimiter=",", names=True)
    longitude, latitude = table["longitude"], table["latitude"]
    x, y = project(longitude, latitude, WGS84, utm_crs(float(longitude[0]), float(latitude[0])))
    sites = sorted({row["site_id"] for row in cells})
    n = longitude.size
    cell, site = np.empty(n, np.int32), np.empty(n, np.int32)
    predicted, distance, columns, of_cell = np.empty(n), np.empty(n), [np.empty(0)] * len(cells), np.empty((n, 5))
    order: list[NDArray[np.int64]] = []
    for k, row in enumerate(cells):
        rows = np.flatnonzero(table["cell_id"] == float(row["id"]))
        order.append(rows)
        antenna = Antenna(float(row["longitude"]), float(row["latitude"]), float(row["height_agl_m"]))
        tilts = float(row["electrical_downtilt_deg"]), float(row["mechanical_downtilt_deg"])
        eirp_dbm, mhz = float(row["reference_signal_power_dbm"]) + GAIN_DBI, float(row["frequency_mhz"])
        aim = surroundings.Aim(float(row["azimuth_deg"]), WIDTH_DEG, HEIGHT_DEG, *tilts, eirp_dbm)
        at = longitude[rows], latitude[rows]
        path = losses(ground, antenna, *at, frequency_mhz=mhz, rx_height_agl_m=PHONE_M, medium=Medium())
        said = surroundings.features(
            ground, antenna, aim, *at, path.loss_db, frequency_mhz=mhz, rx_height_agl_m=PHONE_M
        )
        columns[k] = said
        gain = said[:, surroundings.NAMES.index("pattern_gain_db")]
        cell[rows], site[rows] = k, sites.index(row["site_id"])
        predicted[rows], distance[rows] = eirp_dbm + gain - path.loss_db, path.distance_m
        of_cell[rows] = (
            antenna.height_agl_m,
            eirp_dbm,
            mhz,
            float(row["building_height_m"]),
            float(row["clutter_class"]),
        )
    feature = np.empty((n, len(surroundings.NAMES)), np.float32)
    for rows, said in zip(order, columns, strict=True):
        feature[rows] = said
    spot = np.stack([table["ground_amsl_m"], table["building_height_m"], table["clutter_class"]], axis=1)
    own = np.concatenate([spot, of_cell[:, 3:]], axis=1).astype(np.float32)
    names = (*surroundings.NAMES, "ground_amsl_m", "building_m", "clutter", "site_building_m", "site_clutter")
    group = table["clutter_class"].astype(np.int32)
    places = Places(x, y, cell, site, group, predicted, np.concatenate([feature, own], axis=1), names)
    usual = [
        names.index(k) for k in ("log10_distance", "azimuth_offset_deg", "azimuth_offset_size_deg", "below_beam_deg")
    ]
    usual += [names.index(k) for k in ("antenna_height_agl_m", "height_difference_m", "reference_signal_eirp_dbm")]
    usual += [names.index(k) for k in ("electrical_downtilt_deg", "mechanical_downtilt_deg", *names[-5:])]
    observations = Observations(places, table["rsrp_dbm"], np.full(n, np.nan), np.full(n, -1, np.int32))
    return Data(observations, places.features[:, usual], np.maximum(distance, 30.0) / 1e3, of_cell[:, 0], of_cell[:, 1])


def hata_db(km: FloatArray, antenna_m: FloatArray, mhz: float = 2000.0) -> FloatArray:
    """Return COST 231 Hata, urban, phone at 1.5 m, beyond its band stretched by 20 log10 of the frequency [dB]."""
    antenna_m = np.maximum(antenna_m, 5.0)
    slope = 44.9 - 6.55 * np.log10(antenna_m)
    at = 46.3 + 33.9 * np.log10(mhz) - 13.82 * np.log10(antenna_m) + slope * np.log10(np.maximum(km, 0.05))
    return np.asarray(at + 20.0 * np.log10(2585.0 / mhz))


def uma_db(km: FloatArray, antenna_m: FloatArray, ghz: float = 2.585) -> FloatArray:
    """Return 3GPP TR 38.901 UMa without line of sight, phone at 1.5 m [dB]."""
    antenna_m = np.maximum(antenna_m, 5.0)
    d3 = np.sqrt((km * 1e3) ** 2 + (antenna_m - 1.5) ** 2)
    far = 4.0 * (antenna_m - 1.0) * 0.5 * ghz * 1e9 / 3e8
    beyond = 28.0 + 40.0 * np.log10(d3) + 20.0 * np.log10(ghz) - 9.0 * np.log10(far**2 + (antenna_m - 1.5) ** 2)
    sight = np.where(km * 1e3 <= far, 28.0 + 22.0 * np.log10(d3) + 20.0 * np.log10(ghz), beyond)
    return np.asarray(np.maximum(sight, 13.54 + 39.08 * np.log10(d3) + 20.0 * np.log10(ghz)))


def per_cell(data: Data, train: NDArray[np.int64], test: NDArray[np.int64]) -> FloatArray:
    """Return log-distance and angle per cell: least squares of level on log distance, offset and its square."""
    p, level = data.observations.places, data.observations.measured_dbm
    km, offset = np.log10(data.distance_km), p.features[:, p.feature_names.index("azimuth_offset_size_deg")] / 90.0
    design = np.stack([np.ones(km.size), km, offset, offset**2], axis=1)
    out = np.full(test.size, level[train].mean())
    for cell in np.unique(p.cell[test]):
        rows, asked = train[p.cell[train] == cell], p.cell[test] == cell
        if rows.size:
            ridge = design[rows].T @ design[rows] + np.diag([1e-6, 5.0, 5.0, 5.0])
            out[asked] = design[test[asked]] @ np.linalg.solve(ridge, design[rows].T @ level[rows])
    return out


def shifted(said: FloatArray, data: Data, train: NDArray[np.int64], test: NDArray[np.int64]) -> FloatArray:
    """Return a formula's level, moved by the mean error of all training rows."""
    return np.asarray(said[test] + (data.observations.measured_dbm[train] - said[train]).mean())


LEAVES, ITERATIONS, RANGES_M = (15, 31), (30, 60, 120, 250), (40.0, 60.0, 90.0, 120.0, 200.0, 300.0)
"""Sizes of trees, how many of them, and ranges of kriging, from which `_sized` chooses."""

Split = Callable[[Places], folds.Fold]
"""How training rows are split to choose sizes: in the same way as the training rows were split from the tested."""


def boosted(data: Data, train: NDArray[np.int64], test: NDArray[np.int64], split: Split) -> dict[str, FloatArray]:
    """Return gradient boosting, the same with position, and that with kriging of its residual per cell.

    Rows are gathered in 12 m squares, which was no worse than all rows. How large the trees are, how many, and how far
    kriging reaches is chosen for every fold within its training rows, for trees alone and for trees with kriging.
    """
    p = data.observations.places
    features = np.concatenate([data.usual, np.stack([p.x_m, p.y_m], axis=1).astype(np.float32)], axis=1)
    names = tuple(map(str, range(features.shape[1])))
    wide = Places(p.x_m, p.y_m, p.cell, p.site, p.group, p.predicted_dbm, features, names)
    o = data.observations
    rows = Observations(wide, o.measured_dbm, o.sensitivity_dbm, o.device).at(train)
    bins, count = gathered(rows.at(in_order(rows)), 12.0)
    known, level = bins.places, bins.measured_dbm
    alone, kriged, range_m = _sized(bins, count, split(known))
    out = {}
    for name, columns in (("gradient boosting", features.shape[1] - 2), ("boosting + position", features.shape[1])):
        trees = _trees(*alone).fit(known.features[:, :columns], level, sample_weight=count)
        out[name] = trees.predict(features[test][:, :columns])
    if kriged != alone:
        trees = _trees(*kriged).fit(known.features, level, sample_weight=count)
    left = level - trees.predict(known.features)
    out["boosting + kriging"] = trees.predict(features[test]) + _kriged(known, left, p.at(test), range_m)
    return out


def _trees(leaves: int, iterations: int) -> HistGradientBoostingRegressor:
    return HistGradientBoostingRegressor(
        max_iter=iterations, max_leaf_nodes=leaves, min_samples_leaf=20, early_stopping=False, random_state=0
    )


def _sized(bins: Observations, count: FloatArray, fold: folds.Fold) -> tuple[tuple[int, int], tuple[int, int], float]:
    """Return leaves and number of trees alone, the same with kriging, and its range [m], that err least in a fold."""
    known, asked = bins.places.at(fold.train), bins.places.at(fold.test)
    level, truth, weight = bins.measured_dbm[fold.train], bins.measured_dbm[fold.test], count[fold.test]
    alone, kriged = {}, {}
    for leaves in LEAVES:
        trees = _trees(leaves, ITERATIONS[-1]).fit(known.features, level, sample_weight=count[fold.train])
        stages = zip(trees.staged_predict(known.features), trees.staged_predict(asked.features), strict=True)
        for number, (fitted, said) in enumerate(stages, 1):
            if number in ITERATIONS:
                alone[leaves, number] = np.average((truth - said) ** 2, weights=weight)
                for range_m in RANGES_M:
                    error = truth - said - _kriged(known, level - fitted, asked, range_m)
                    kriged[leaves, number, range_m] = np.average(error**2, weights=weight)
    *size, range_m = min(kriged, key=lambda one: kriged[one])
    print(f"  boosting: {min(alone, key=lambda one: alone[one])}; with kriging {size}, {range_m} m", file=sys.stderr)
    return min(alone, key=lambda one: alone[one]), (int(size[0]), int(size[1])), range_m


def _kriged(known: Places, left: FloatArray, asked: Places, range_m: float) -> FloatArray:
    """Return simple kriging by the 24 nearest bins of the cell: exponential, with 30 % nugget."""
    out = np.zeros(len(asked))
    for cell in np.unique(asked.cell):
        rows, at = np.flatnonzero(known.cell == cell), np.flatnonzero(asked.cell == cell)
        if rows.size == 0:
            continue
        place = np.stack([known.x_m[rows], known.y_m[rows]], axis=1)
        k = min(24, rows.size)
        far, near = cKDTree(place).query(np.stack([asked.x_m[at], asked.y_m[at]], axis=1), [*range(1, k + 1)])
        between = np.linalg.norm(place[near][:, :, None] - place[near][:, None], axis=-1)
        matrix = 0.7 * np.exp(-between / range_m) + 0.3 * np.eye(k)
        weight = np.linalg.solve(matrix, 0.7 * np.exp(-far / range_m)[:, :, None])[:, :, 0]
        out[at] = (weight * left[rows][near]).sum(axis=1)
    return out


def rmse(error: FloatArray) -> float:
    """Return the root of the mean square."""
    return float(np.sqrt(np.mean(error**2)))


def score(data: Data, tests: list[folds.Fold], split: Split, workers: int) -> dict[str, Any]:
    """Return the scores over folds: of pooled errors, and of seconds and megabytes of a fit."""
    level = data.observations.measured_dbm
    errors: dict[str, list[FloatArray]] = {}
    held: dict[str, list[FloatArray]] = {"0.5": [], "0.9": []}
    seconds = []
    antenna_gain = data.observations.places.features[:, surroundings.NAMES.index("pattern_gain_db")]
    hata = data.eirp_dbm + antenna_gain - hata_db(data.distance_km, data.antenna_m)
    uma = data.eirp_dbm + antenna_gain - uma_db(data.distance_km, data.antenna_m)

    def note(name: str, said: FloatArray, test: NDArray[np.int64]) -> None:
        errors.setdefault(name, []).append(level[test] - said)

    for fold in tests:
        start = time.process_time()
        fitted = model.fit(data.observations.at(fold.train), workers=workers)
        seconds.append(time.process_time() - start)
        said = fitted.predict(data.observations.places.at(fold.test), workers=workers)
        note("raw P.1812", data.observations.places.predicted_dbm[fold.test], fold.test)
        note("calibrated", said.calibrated_dbm, fold.test)
        note("posterior", said.mean_dbm, fold.test)
        for share, inside in held.items():
            low, high = said.interval(float(share))
            inside.append(((level[fold.test] >= low) & (level[fold.test] <= high)).astype(float))
        note("log-distance + angle per cell", per_cell(data, fold.train, fold.test), fold.test)
        note("Hata", shifted(hata, data, fold.train, fold.test), fold.test)
        note("3GPP UMa", shifted(uma, data, fold.train, fold.test), fold.test)
        for name, other in boosted(data, fold.train, fold.test, split).items():
            note(name, other, fold.test)
        print(f"  fold of {fold.test.size}: {rmse(errors['posterior'][-1]):.2f} dB", file=sys.stderr, flush=True)
    all_of = {name: np.concatenate(parts) for name, parts in errors.items()}
    return {
        "rmse_db": {name: round(rmse(e), 3) for name, e in all_of.items()},
        "bias_db": {name: round(float(e.mean()), 3) for name, e in all_of.items()},
        "held_by_interval": {share: round(float(np.concatenate(part).mean()), 4) for share, part in held.items()},
        "fit_cpu_s": round(float(np.mean(seconds)), 1),
        "folds": len(tests),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def site_groups(site: NDArray[np.int32], count: int) -> list[folds.Fold]:
    """Return folds that leave out whole sites, several at a time: leaving out one of 94 at a time takes an hour."""
    number = folds.block_numbers(site[:, None].astype(np.int64), count, 0)
    return [folds.Fold(np.flatnonzero(number != k), np.flatnonzero(number == k)) for k in range(count)]


def in_blocks(side_m: float, buffer_m: float) -> Split:
    """Return what splits rows by blocks as the benchmark does, other blocks together."""
    return lambda p: folds.block_folds(p.x_m, p.y_m, side_m=side_m, buffer_m=buffer_m, seed=1)[0]


def invented(rows: int, seed: int = 0) -> Observations:
    """Return rows along random walks round cells on a lattice of 1.5 km, with smooth invented shadowing."""
    rng = np.random.default_rng(seed)
    cells = max(rows // 3000, 1)
    cell = rng.integers(0, cells, rows).astype(np.int32)
    across = int(np.ceil(np.sqrt(cells)))
    centre = np.stack([cell % across, cell // across], axis=1) * 1500.0
    place = centre + rng.normal(0.0, 400.0, (rows, 2))
    wave = rng.normal(0.0, 1.0 / 80.0, (50, 2))
    phase = rng.uniform(0.0, 6.28, (50, cells))
    shadow = sum(np.cos(place @ wave[k] + phase[k][cell]) for k in range(50)) * 7.0 / 5.0
    distance = np.log10(np.hypot(*(place - centre).T) + 30.0)
    predicted = -20.0 - 35.0 * distance
    names = ("log10_distance", *(f"invented_{k}" for k in range(29)))
    features = np.concatenate([distance[:, None], rng.normal(size=(rows, 29))], axis=1).astype(np.float32)
    places = Places(place[:, 0], place[:, 1], cell, cell, np.zeros(rows, np.int32), predicted, features, names)
    measured = predicted + shadow + rng.normal(0.0, 3.0, rows)
    return Observations(places, measured, np.full(rows, np.nan), np.full(rows, -1, np.int32))


def timing(rows: int, workers: int) -> dict[str, Any]:
    """Return seconds and megabytes of one fit to invented rows and of a prediction of 100,000 of them."""
    observations = invented(rows)
    model.fit(observations.at(np.arange(0, rows, max(rows // 2000, 1))))
    cpu, wall = time.process_time(), time.perf_counter()
    fitted = model.fit(observations, workers=workers)
    result = {"rows": rows, "fit_cpu_s": time.process_time() - cpu, "fit_wall_s": time.perf_counter() - wall}
    cpu = time.process_time()
    fitted.predict(observations.places.at(np.arange(min(rows, 100_000))), workers=workers)
    result["predict_100000_cpu_s"] = time.process_time() - cpu
    result["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {name: round(value, 1) for name, value in result.items()}


def table(result: dict[str, Any]) -> str:
    """Return the scores as lines to read."""
    lines = []
    for kind, one in result.items():
        lines.append(f"{kind}: {one['folds']} folds, fit {one['fit_cpu_s']} s CPU, intervals {one['held_by_interval']}")
        for name, value in one["rmse_db"].items():
            lines.append(f"    {name:32} RMSE {value:6.2f} dB   bias {one['bias_db'][name]:6.2f} dB")
    return "\n".join(lines)


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--folds", type=int, nargs="+", default=[0, 1, 2, 3, 4], help="which of the five folds")
    parser.add_argument("--site-groups", type=int, default=5, help="folds of whole sites; 0: none")
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    if given.rows:
        print(json.dumps(timing(given.rows, given.workers)))
        return
    if given.data is None:
        parser.error("give --data DIR or --rows N")
    data = read(given.data)
    places = data.observations.places
    result: dict[str, Any] = {}
    show: Callable[[], str] = lambda: json.dumps(result) if given.json else table(result)  # noqa: E731
    for kind, (side_m, buffer_m) in KINDS.items():
        tests = folds.block_folds(places.x_m, places.y_m, side_m=side_m, buffer_m=buffer_m)
        result[kind] = score(data, [tests[k] for k in given.folds], in_blocks(side_m, buffer_m), given.workers)
        print(table({kind: result[kind]}), file=sys.stderr, flush=True)
    if given.site_groups:
        groups = site_groups(places.site, given.site_groups)
        result["sites left out"] = score(data, groups, lambda p: site_groups(p.site, 5)[0], given.workers)
    print(show())


if __name__ == "__main__":
    main()
