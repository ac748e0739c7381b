"""What several studies read: the ground of a region from its sources, and the digests that name their inputs."""

import dataclasses
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jangkau.errors import RegionError
from jangkau.fingerprints import sha256_of
from jangkau.geo import Bounds, Grid, degrees_around, metric_grid, utm_crs
from jangkau.records import Record, Source
from jangkau.settings import RadioSettings, Settings, as_table, settings_from
from jangkau.sources.land_cover import ClutterClass, ClutterTable, read_clutter_table, read_land_cover
from jangkau.sources.layers import UNKNOWN_CLASS, filled, read_classes, read_obstacles
from jangkau.sources.terrain import read_terrain
from jangkau.store.database import Store, digest
from jangkau.store.region_folder import RegionFolder
from jangkau.terrain.ground import INLAND, SEA, Ground, Surface

CLUTTER_TABLE = "clutter_classes.csv"
"""Of the region folder: the user's own land-cover table, if there."""

OBSTACLE_STEPS_M = np.concatenate((np.arange(64.0), np.geomspace(64.0, 900.0, 96)))
"""Heights that measured obstacles are kept with."""

LOWEST_OBSTACLE_M = 0.5
"""What is lower stands in no wave's way."""

METRES_PER_DEGREE = 110_574.0
"""Of latitude at the equator."""


def region_bounds(settings: Settings) -> Bounds:
    """Return the region's box [deg]; RegionError when `jangkau.toml` has none."""
    if settings.bounds is None:
        raise RegionError("region.no_bounds")
    return Bounds(*settings.bounds)


def region_crs(settings: Settings) -> str:
    """Return the projected system of the region's maps and distances."""
    bounds = region_bounds(settings)
    return settings.metric_crs or utm_crs((bounds.west + bounds.east) / 2, (bounds.south + bounds.north) / 2)


def region_grid(settings: Settings, terrain_pixel_m: float) -> Grid:
    """Return the grid of the region's coverage maps; without a set resolution, the terrain's own to the next 5 m."""
    pixel_m = settings.radio.resolution_m or max(5.0 * round(terrain_pixel_m / 5.0), 5.0)
    return metric_grid(region_bounds(settings), region_crs(settings), pixel_m)


def sources_of(store: Store, kind: str, horizon: Mapping[str, int] | None = None) -> list[Source]:
    """Return the imported files of a kind, in the order in which they came."""
    return [source for source in store.read(Source, horizon=horizon) if source.kind == kind]


def read_ground(region: RegionFolder, store: Store, horizon: Mapping[str, int], margin_m: float) -> Ground:
    """Return terrain, obstacles and zones of the region and a margin around it [m].

    Raises
    ------
    RegionError
        When no terrain was imported.
    """
    radio = region.settings.radio
    terrain_files = [region.path / s.stored_path for s in sources_of(store, "terrain", horizon)]
    if not terrain_files:
        raise RegionError("region.no_terrain", path=str(region.path))
    bounds = _with_margin(region.settings, margin_m)
    terrain = read_terrain(terrain_files, bounds, None, sea="nodata" if radio.terrain_nodata == "sea" else "none")
    height = terrain.height_amsl_m
    sea = terrain.sea.astype(bool)
    classes, table = _classes(region, store, horizon, terrain_files, height.grid)
    at_sea = next(code for code in range(255) if code not in table and code != UNKNOWN_CLASS)
    surfaces = [_surface(table.get(code), radio) for code in range(256)]
    surfaces[at_sea] = Surface(0.0, radio.clearing_m, SEA)
    classes[sea] = at_sea
    obstacles = read_obstacles(terrain_files, height.grid)
    if obstacles is None:
        return Ground(height.grid, height.values, classes, tuple(surfaces))
    pixels = round(radio.fill_gaps_within_m / (height.grid.pixel_height * METRES_PER_DEGREE))
    values = filled(height.values, pixels)
    return Ground(height.grid, values, *_with_obstacles(classes, surfaces, filled(obstacles, pixels), radio))


def _classes(
    region: RegionFolder, store: Store, horizon: Mapping[str, int], terrain_files: list[Path], grid: Grid
) -> tuple[NDArray[np.uint8], ClutterTable]:
    """Return land-cover classes on a grid and their table, which is empty where no legend is known."""
    own = region.path / CLUTTER_TABLE
    files = [region.path / s.stored_path for s in sources_of(store, "land_cover", horizon)]
    if files:
        return read_land_cover(files, grid).values, read_clutter_table(own if own.is_file() else None)
    foreign = read_classes(terrain_files, grid) if own.is_file() else None
    if foreign is not None:
        return foreign, read_clutter_table(own)
    return np.full(grid.shape, UNKNOWN_CLASS, np.uint8), {}


def _with_obstacles(
    classes: NDArray[np.uint8], surfaces: list[Surface], obstacles: NDArray[np.float32], radio: RadioSettings
) -> tuple[NDArray[np.uint8], tuple[Surface, ...]]:
    """Return surfaces in which measured obstacles stand in place of those that a class has on average.

    Heights are kept to the metre up to 64 m and to 3 % above, in 160 surfaces; that leaves room for 90 classes.
    """
    heights = OBSTACLE_STEPS_M
    present = np.unique(classes)
    if len(present) + len(heights) > 256:
        raise RegionError("region.too_many_classes", count=len(present), most=256 - len(heights))
    own = np.zeros(256, np.uint8)
    own[present] = len(heights) + np.arange(len(present))
    step = np.searchsorted((heights[1:] + heights[:-1]) / 2.0, np.nan_to_num(obstacles, nan=0.0)).astype(np.uint8)
    surface = np.where(obstacles >= LOWEST_OBSTACLE_M, step, own[classes])
    standing = [Surface(float(h), radio.clearing_m) for h in heights]
    return surface, (*standing, *(surfaces[code] for code in present))


def _surface(entry: ClutterClass | None, radio: RadioSettings) -> Surface:
    if entry is None:
        return Surface(radio.assumed_clutter_height_m, radio.clearing_m)
    return Surface(entry.clutter_height_m, entry.terminal_clearing_m, INLAND, entry.woodland)


def _with_margin(settings: Settings, margin_m: float) -> Bounds:
    bounds = region_bounds(settings)
    dx, dy = degrees_around(max(abs(bounds.south), abs(bounds.north)), margin_m)
    return Bounds(bounds.west - dx, bounds.south - dy, bounds.east + dx, bounds.north + dy)


def file_inputs(region: RegionFolder, store: Store, *kinds: str) -> dict[str, str]:
    """Return the SHA-256 of imported files of some kinds, and of the user's land-cover table, by name."""
    inputs = {s.stored_path: s.sha256 for kind in kinds for s in sources_of(store, kind)}
    own: Path = region.path / CLUTTER_TABLE
    if own.is_file():
        inputs[CLUTTER_TABLE] = sha256_of(own)[0]
    return inputs


def store_inputs(records: Mapping[str, list[Record]]) -> dict[str, str]:
    """Return the digest of what records say, by the noun under which a recipe lists them."""
    return {f"store:{noun}": digest(found) for noun, found in records.items()}


def settings_of_run(present: Settings, said: Mapping[str, Any]) -> Settings:
    """Return the settings of a run by its `run.json`: those that it recorded over those of today."""
    known = {f.name for f in dataclasses.fields(Settings)}
    recorded: dict[str, Any] = {k: v for k, v in said["parameters"].items() if k in known}
    return settings_from(_dated(as_table(present) | recorded))


def _dated(table: dict[str, Any]) -> dict[str, Any]:
    """Turn dates that JSON wrote as text into dates again."""
    result = dict(table)
    if isinstance(result.get("deadline"), str):
        result["deadline"] = date.fromisoformat(result["deadline"])
    for operator in result.get("operators", []):
        for name in ("valid_from", "valid_to"):
            if isinstance(operator.get(name), str):
                operator[name] = date.fromisoformat(operator[name])
    return result
