"""Tiles of runs: what a prediction or a grading found, as pictures that a map in a browser reads piece by piece.

They are made from the region folder alone, once a run, into ``tiles/<run>-<layer>.pmtiles``. Pictures only: values are
looked up in the rasters. A picture ends at the outline of the region, as a printed map does.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import rasterio.features
import shapely
from affine import Affine
from numpy.typing import NDArray

from jangkau.coverage.servers import NO_SERVER, NONE, any_operator, classes
from jangkau.geo import WGS84, Bounds, Grid, project
from jangkau.messages import Message
from jangkau.reports import looks, ramps
from jangkau.reports.tile_archive import (
    TILE_PIXELS,
    WEB_MERCATOR,
    Tile,
    TileSet,
    read_archive,
    write_archive,
)
from jangkau.reports.tile_pictures import (
    CLASS_PALETTE,
    CLEAR,
    VERSION,
    Index,
    Mask,
    Palette,
    class_index,
    ramp_index,
    ramp_palette,
    server_index,
    server_palette,
)
from jangkau.settings import Settings
from jangkau.store.rasters import raster_grid, read_warped
from jangkau.store.region_folder import RegionFolder, writing
from jangkau.store.runs import read_run
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.correction import STUDY
from jangkau.studies.inputs import region_bounds, settings_of_run
from jangkau.studies.predict import Layer
from jangkau.studies.prediction import Prediction
from jangkau.studies.register import Register

FOLDER = "tiles"
BLANK = np.full((TILE_PIXELS, TILE_PIXELS), CLEAR, np.uint8)
RAMPS = {"probability-served": ("fraction", ramps.PROBABILITY), "rsrp": ("dbm", ramps.RSRP_DBM)}
CORRECTED_RAMPS = {"probability-served": ("fraction", ramps.PROBABILITY), "error": ("db", ramps.ERROR_DB)}
"""What is drawn of a correction; the quantities of its tiles begin with ``corrected-``."""


@dataclass(frozen=True, slots=True)
class LegendStop:
    """One colour of a legend; `value` is a number in the layer's unit, or a grade."""

    value: float | str
    colour: str
    texture: str = "plain"


@dataclass(frozen=True, slots=True)
class TileLayer:
    """A finished archive of a run's tiles.

    Attributes
    ----------
    path : Path
        Inside `tiles/`.
    run_id, name : str
        The file is ``<run_id>-<name>.pmtiles``.
    quantity, unit : str
        ``probability-served`` [fraction], ``rsrp`` [dbm], ``server`` [index] or ``grade``; of a correction
        ``corrected-probability-served`` [fraction] and ``corrected-error`` [db].
    operator, technology : str or None
        None: of any operator.
    legend : tuple of LegendStop
        The last one is that of what is unknown. Servers have no other.
    bounds : Bounds
        [deg].
    coarsest, finest : int
        Zooms of tiles of 512 pixels.
    """

    path: Path
    run_id: str
    name: str
    quantity: str
    unit: str
    operator: str | None
    technology: str | None
    legend: tuple[LegendStop, ...]
    bounds: Bounds
    coarsest: int
    finest: int


@dataclass(frozen=True, slots=True)
class _Layer:
    """What to draw: how it is called and how a tile of it comes to be."""

    name: str
    quantity: str
    unit: str
    operator: str | None
    technology: str | None
    palette: Palette
    legend: tuple[LegendStop, ...]
    index: Callable[[Grid, Mask], Index]


def tile_layers(region: Path, run_id: str) -> list[TileLayer]:
    """Return the finished tiles of a run, by name."""
    found = []
    for path in sorted((region / FOLDER).glob(f"{run_id}-*.pmtiles")):
        facts = read_archive(path)
        said = facts.metadata["jangkau"]
        found.append(
            TileLayer(
                path=path,
                run_id=run_id,
                name=said["layer"],
                quantity=said["quantity"],
                unit=said["unit"],
                operator=said["operator"],
                technology=said["technology"],
                legend=tuple(LegendStop(**stop) for stop in said["legend"]),
                bounds=facts.bounds,
                coarsest=facts.coarsest,
                finest=facts.finest,
            )
        )
    return found


def make_run_tiles(region: RegionFolder, run_id: str, circumstances: Circumstances) -> list[TileLayer]:
    """Make the tiles of a finished prediction, correction or grading that are missing or outdated; return all.

    Parameters
    ----------
    region : RegionFolder
    run_id : str
        A grading without a prediction has no tiles.
    circumstances : Circumstances

    Raises
    ------
    RegionError
        When the run is missing or unfinished.
    """
    said = read_run(region.path / "runs" / run_id)
    settings = settings_of_run(region.settings, said)
    named = said["parameters"] if said["study"] == "grade" else {"correction": None, "prediction": run_id}
    if said["study"] == STUDY:
        named = {"prediction": said["parameters"]["prediction"], "correction": run_id}
    prediction = Prediction.of_grading(region, named)
    if prediction is None:
        return []
    if said["study"] == "grade":
        layers = [_grade_layer(prediction, settings, date.fromisoformat(said["as_of"]))]
    elif said["study"] == STUDY:
        layers = list(_correction_layers(prediction, settings))
    else:
        layers = list(_prediction_layers(prediction, settings))
    missing = [layer for layer in layers if not _is_made(region.path, run_id, layer)]
    if missing:
        _draw(region, run_id, missing, prediction, circumstances)
    return tile_layers(region.path, run_id)


def _path(region: Path, run_id: str, layer: _Layer) -> Path:
    return region / FOLDER / f"{run_id}-{layer.name}.pmtiles"


def _look(layer: _Layer) -> str:
    return hashlib.sha256(json.dumps([VERSION, layer.palette.rows]).encode()).hexdigest()[:12]


def _is_made(region: Path, run_id: str, layer: _Layer) -> bool:
    path = _path(region, run_id, layer)
    return path.is_file() and read_archive(path).metadata["jangkau"]["look"] == _look(layer)


def _draw(
    region: RegionFolder, run_id: str, layers: list[_Layer], prediction: Prediction, circumstances: Circumstances
) -> None:
    run = read_run(region.path / "runs" / run_id)
    with region.store(circumstances.clock()) as store:
        register = Register.read(store, date.fromisoformat(run["as_of"]), run["horizon"])
    grid = raster_grid(prediction.layers[0].path(prediction.folder, "rsrp", "dbm"))
    tiles = TileSet.fitting(region_bounds(settings_of_run(region.settings, run)), grid.pixel_width)
    insides = _insides(_outline(register, grid), tiles)
    with ThreadPoolExecutor(circumstances.workers) as pool:
        for done, layer in enumerate(layers):
            circumstances.progress(Message("progress.tiles"), done, len(layers))
            write_archive(
                writing(_path(region.path, run_id, layer)),
                tiles,
                partial(_picture, layer, insides),
                _metadata(run_id, layer),
                blank=layer.palette.png(BLANK),
                mapped=pool.map,
            )
    circumstances.progress(Message("progress.tiles"), len(layers), len(layers))


def _picture(layer: _Layer, insides: Mapping[Tile, NDArray[np.uint8]], tile: Tile) -> bytes | None:
    if tile not in insides:
        return None
    inside = np.unpackbits(insides[tile]).astype(bool).reshape(BLANK.shape)
    index = layer.index(tile_grid(tile), inside)
    return layer.palette.png(index) if index.any() else None


def tile_grid(tile: Tile) -> Grid:
    """Return the pixels of a tile."""
    box = tile.bounds()
    return Grid(WEB_MERCATOR, box.west, box.north, tile.pixel_m, tile.pixel_m, TILE_PIXELS, TILE_PIXELS)


def _metadata(run_id: str, layer: _Layer) -> dict[str, Any]:
    said = {
        "run": run_id,
        "layer": layer.name,
        "quantity": layer.quantity,
        "unit": layer.unit,
        "operator": layer.operator,
        "technology": layer.technology,
        "legend": [{"value": s.value, "colour": s.colour, "texture": s.texture} for s in layer.legend],
        "look": _look(layer),
    }
    return {"name": f"{run_id}-{layer.name}", "type": "overlay", "format": "png", "jangkau": said}


def _outline(register: Register, predicted: Grid) -> list[Any]:
    """Return where the region is, in Web Mercator: its villages, else its districts, else all that was predicted."""
    villages = [v.geometry_wkb for v in register.villages if v.geometry_wkb is not None]
    districts = [d.geometry_wkb for d in register.districts if d.geometry_wkb is not None]
    known, system = shapely.from_wkb(villages or districts), WGS84
    if not len(known):
        known, system = [shapely.segmentize(shapely.box(*predicted.bounds), 5_000.0)], predicted.crs
    return list(shapely.transform(known, partial(_to_mercator, system=system)))


def _insides(outline: list[Any], tiles: TileSet) -> dict[Tile, NDArray[np.uint8]]:
    """Return which pixels lie in the region or touch it, as packed bits, of the tiles that have any."""
    tree = shapely.STRtree(outline)
    found = {}
    for tile in tiles.in_order():
        box = tile.bounds()
        hits = sorted(tree.query(shapely.box(*box), predicate="intersects"))
        pieces = [shapely.clip_by_rect(outline[i], *box.widened(2.0 * tile.pixel_m)) for i in hits]
        pieces = [piece for piece in pieces if not piece.is_empty]
        if pieces:
            place = Affine(tile.pixel_m, 0.0, box.west, 0.0, -tile.pixel_m, box.north)
            drawn = rasterio.features.rasterize(
                pieces, out_shape=BLANK.shape, transform=place, all_touched=True, dtype="uint8"
            )
            found[tile] = np.packbits(drawn.astype(bool))
    return found


def _to_mercator(points: NDArray[np.float64], system: str = WGS84) -> NDArray[np.float64]:
    return np.stack(project(points[:, 0], points[:, 1], system, WEB_MERCATOR), axis=1)


UNKNOWN_STOP = LegendStop(looks.UNKNOWN.value, looks.UNKNOWN.colour, looks.UNKNOWN.texture)


def _prediction_layers(prediction: Prediction, settings: Settings) -> Iterator[_Layer]:
    colours = server_colours(prediction)
    for layer in prediction.layers:
        about = {"operator": layer.operator, "technology": layer.technology}
        reading = _Reading(prediction, settings, layer)
        for quantity, (unit, ramp) in RAMPS.items():
            stops = tuple(LegendStop(value, colour) for value, colour in ramp.stops())
            yield _Layer(
                name=f"{layer.name}-{quantity}",
                quantity=quantity,
                unit=unit,
                palette=ramp_palette(ramp),
                legend=(*stops, UNKNOWN_STOP),
                index=partial(reading.continuous, quantity, unit, ramp),
                **about,
            )
        yield _Layer(
            name=f"{layer.name}-server",
            quantity="server",
            unit="index",
            palette=server_palette(),
            legend=(UNKNOWN_STOP,),
            index=partial(reading.servers, colours),
            **about,
        )


def _correction_layers(prediction: Prediction, settings: Settings) -> Iterator[_Layer]:
    for layer in prediction.layers:
        if not prediction.is_corrected(layer):
            continue
        reading = _Reading(prediction, settings, layer)
        for quantity, (unit, ramp) in CORRECTED_RAMPS.items():
            yield _Layer(
                name=f"{layer.name}-{quantity}",
                quantity=f"corrected-{quantity}",
                unit=unit,
                operator=layer.operator,
                technology=layer.technology,
                palette=ramp_palette(ramp),
                legend=(*(LegendStop(value, colour) for value, colour in ramp.stops()), UNKNOWN_STOP),
                index=partial(reading.continuous, quantity, unit, ramp),
            )


def _grade_layer(prediction: Prediction, settings: Settings, day: date) -> _Layer:
    operators = settings.operators_on(day)
    grades = (looks.SERVED, looks.WEAK, looks.NONE, looks.UNKNOWN)
    return _Layer(
        name="grade",
        quantity="grade",
        unit="",
        operator=None,
        technology=settings.signal.technology,
        palette=CLASS_PALETTE,
        legend=tuple(LegendStop(look.value, look.colour, look.texture) for look in grades),
        index=partial(_any_operator, prediction, settings, operators),
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """Draws the rasters of one layer of a prediction."""

    prediction: Prediction
    settings: Settings
    layer: Layer

    def continuous(self, quantity: str, unit: str, ramp: ramps.Ramp, grid: Grid, inside: Mask) -> Index:
        values = self._read(quantity, unit, grid, smooth=True)
        return ramp_index(np.where(self._unknown(grid), np.nan, values), ramp, inside)

    def servers(self, colours: NDArray[np.uint8], grid: Grid, inside: Mask) -> Index:
        server = self._read("server", "index", grid, smooth=False)
        unknown = self._unknown(grid) | np.isnan(self._read("rsrp", "dbm", grid, smooth=False))
        return server_index(server, colours, NO_SERVER, unknown, inside)

    def classes(self, grid: Grid) -> NDArray[np.uint8]:
        """Return the class of each pixel; without a complete register of cells, none is unknown."""
        served = self._read("probability-served", "fraction", grid, smooth=False)
        weak = self._read("probability-weak", "fraction", grid, smooth=False)
        found = classes(served, weak, self.settings.signal)
        return found if self.layer.inventory else np.where(found == NONE, np.uint8(0), found)

    def _unknown(self, grid: Grid) -> Mask:
        """Tell where a lack of signal says nothing, as not all cells of the operator are known."""
        if self.layer.inventory:
            return np.zeros(grid.shape, bool)
        weak = self._read("probability-weak", "fraction", grid, smooth=False)
        return np.asarray(weak <= np.float32(1.0 - self.settings.signal.probability))

    def _read(self, quantity: str, unit: str, grid: Grid, *, smooth: bool) -> NDArray[Any]:
        return read_warped(self.prediction.path(self.layer, quantity, unit), grid, smooth=smooth)


def _any_operator(
    prediction: Prediction, settings: Settings, operators: Iterable[str], grid: Grid, inside: Mask
) -> Index:
    """Draw the class for any operator, by the same rule as `Prediction.any_class`."""
    found = []
    for operator in operators:
        layers = prediction.layers_of(operator, settings.signal.technology)
        found += [_Reading(prediction, settings, layer).classes(grid) for layer in layers]
        found += [] if layers else [np.zeros(grid.shape, np.uint8)]
    if not found:
        return np.full(grid.shape, CLEAR, np.uint8)
    return class_index(any_operator(found), inside)


def server_colours(prediction: Prediction) -> NDArray[np.uint8]:
    """Return the row of `jangkau.reports.ramps.server_table` of each server.

    A site has one hue, and its cells are tints of it; the nearest sites of the same layer that came before have other
    hues, as far as there are enough.
    """
    tints, hues = len(ramps.SERVER_TINTS), len(ramps.SERVER_HUES)
    rows = np.zeros(len(prediction.servers), np.uint8)
    sites: dict[tuple[str, str], dict[str, tuple[float, float, int, int]]] = {}
    for server in prediction.servers:
        known = sites.setdefault((server.operator, server.technology), {})
        if server.site_code not in known:
            here = np.array([(x, y, hue) for x, y, hue, _ in known.values()]).reshape(-1, 3)
            away = np.hypot(here[:, 0] - server.longitude, here[:, 1] - server.latitude)
            taken = here[np.argsort(away, kind="stable")[: hues - 1], 2].astype(int).tolist()
            free = [hue for hue in range(hues) if hue not in taken]
            known[server.site_code] = (server.longitude, server.latitude, free[len(known) % len(free)], 0)
        x, y, hue, cells = known[server.site_code]
        rows[server.index] = hue * tints + cells % tints
        known[server.site_code] = (x, y, hue, cells + 1)
    return rows
