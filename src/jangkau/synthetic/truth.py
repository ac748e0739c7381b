"""The invented regency as a whole, and the true signal in it, from which field tests are drawn.

The true signal of a cell is what the model says with the cell's true values (not the register's), plus a bias of its
site, plus shadowing (`jangkau.synthetic.shadowing`). No prediction may look at it; tests and scores compare with it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jangkau.geo import Bounds, Raster, distance_azimuth
from jangkau.paths import Antenna, Medium, losses
from jangkau.radio import downlink_kbps, pattern_gain_db, reference_signal_eirp_dbm, sinr_db, uplink_kbps
from jangkau.records import Cell, Claim, District, Link, Measurement, Place, Probe, Service, Site, Village, Visit
from jangkau.settings import RadioSettings, Settings
from jangkau.synthetic.births import Births
from jangkau.synthetic.landscape import (
    BUILT,
    CROPS,
    SHRUBS,
    TREES,
    Landscape,
    make_landscape,
    to_degrees,
    to_metres,
)
from jangkau.synthetic.network import OPERATORS, build_network
from jangkau.synthetic.places import REGENCY_CODE, register_people
from jangkau.synthetic.services import make_claims, make_links, make_probes
from jangkau.synthetic.settlement import settle
from jangkau.synthetic.shadowing import shadowing_db, site_bias_db
from jangkau.terrain.ground import INLAND, Ground, Surface

DEADLINE = date(2024, 11, 27)
TODAY = date(2024, 11, 11)
NOTE = (
    "Kabupaten Contoh adalah rekaan; tidak ada tempat, orang atau jaringan yang nyata. / "
    "Kabupaten Contoh is invented; no place, person or network in it is real."
)
REACH_M = 25_000.0
"""Beyond this from a site its cells are not computed."""

RESOLUTION_M = 90.0
"""Of the invented region's maps: three terrain pixels, so that a first try takes a minute, not three."""

NO_SIGNAL_DBM = -200.0
PHONE_NOISE_DB = 2.0
NO_SERVICE_DBM, LIMITED_DBM = -122.0, -116.0
LOAD = 0.5
VISITED_PLACES, VISIT_DAYS = 40, 90
LOGGED_HAMLETS, LOGGED_POINTS, LOGGED_SPREAD_M = 40, 10, 500.0
"""Hamlets around which teams have walked with a logger, points of each walk, and how far they strayed."""

OBSTACLE_M = {TREES: 15.0, SHRUBS: 3.0, CROPS: 1.0, BUILT: 10.0}
CLEARING_M = {TREES: 20.0, BUILT: 15.0}
OTHER_CLEARING_M = 25.0
WOODLAND = (TREES,)
"""Obstacles and clearings by class of land cover, those of the package's own table; others have no obstacle."""


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """An invented regency.

    Attributes
    ----------
    seed : int
    settings : Settings
        Of the region; its note says that it is invented.
    ground : Ground
        Terrain and true obstacles, 1 arc-second.
    land_cover : Raster
        uint8, classes of ESA WorldCover, on the grid of the ground.
    districts, villages, places, sites, links, visits, measurements, probes, claims : tuple of records
    cells : tuple of Cell
        As a planner lists them: some values are missing or a little wrong.
    true_cells : tuple of Cell
        The same cells, in the same order, as they are.
    rivers : tuple of lines
        Each a tuple of (longitude, latitude) [deg], downstream.
    """

    seed: int
    settings: Settings
    ground: Ground
    land_cover: Raster
    districts: tuple[District, ...]
    villages: tuple[Village, ...]
    places: tuple[Place, ...]
    sites: tuple[Site, ...]
    cells: tuple[Cell, ...]
    true_cells: tuple[Cell, ...]
    links: tuple[Link, ...]
    visits: tuple[Visit, ...]
    measurements: tuple[Measurement, ...]
    probes: tuple[Probe, ...]
    claims: tuple[Claim, ...]
    rivers: tuple[tuple[tuple[float, float], ...], ...]


def make_world(
    seed: int = 1, side_km: float = 60.0, villages: int = 96, districts: int = 8, today: date = TODAY
) -> World:
    """Return an invented regency; the same arguments give the same world.

    Parameters
    ----------
    seed : int
    side_km : float
        Side of the square region [km], at least 5.
    villages, districts : int
        How many, districts <= villages.
    today : date
        The day on which the world is seen: records are born, and visits and probes end, at its midnight UTC.
    """
    landscape = make_landscape(seed, side_km)
    peopled = settle(seed, landscape, villages, districts)
    register = register_people(seed, landscape, peopled, Births.on(today, seed, 1))
    names = [v.name or v.code for v in register.villages]
    network = build_network(seed, landscape, peopled, names, Births.on(today, seed, 2))
    remote = {v.code for v in register.villages if v.remote}
    links = make_links(seed, register.places, remote, Births.on(today, seed, 3), today)
    world = World(
        seed=seed,
        settings=_settings(landscape.bounds),
        ground=_ground(landscape),
        land_cover=Raster(landscape.land_cover, landscape.grid, "land cover", "class"),
        districts=register.districts,
        villages=register.villages,
        places=register.places,
        sites=network.sites,
        cells=network.cells,
        true_cells=network.true_cells,
        links=tuple(links),
        visits=(),
        measurements=(),
        probes=tuple(make_probes(seed, links, Births.on(today, seed, 4))),
        claims=(),
        rivers=_lines(landscape),
    )
    dark = dark_villages(world)
    births = Births.on(today, seed, 5)
    claims = make_claims(seed, register.villages, register.places, links, dark, births)
    visits, measurements = _first_visits(world, births.now), _first_measurements(world, births.now)
    return replace(world, visits=tuple(visits), measurements=tuple(measurements), claims=tuple(claims))


def true_rsrp_dbm(world: World, longitude: ArrayLike, latitude: ArrayLike) -> NDArray[np.float32]:
    """Return the true level of every cell at points.

    Parameters
    ----------
    world : World
    longitude, latitude : array_like, any common shape
        The points [deg].

    Returns
    -------
    float32, shape (cells, *points)
        Local mean of RSRP (RxLev for 2G) [dBm] in the order of `world.true_cells`; `NO_SIGNAL_DBM` farther than
        `REACH_M` from the site; NaN where the path leaves the known ground.
    """
    longitude, latitude = np.broadcast_arrays(np.asarray(longitude, float), np.asarray(latitude, float))
    level = np.full((len(world.true_cells), *longitude.shape), NO_SIGNAL_DBM, np.float32)
    bias = site_bias_db(world.seed, len(world.sites))
    for index, site in enumerate(world.sites):
        cells = [k for k, cell in enumerate(world.true_cells) if cell.site_code == site.code]
        near = distance_azimuth(site.longitude, site.latitude, longitude, latitude)[0] <= REACH_M
        if not near.any():
            continue
        unseen = bias[index] + shadowing_db(world.seed, index, longitude[near], latitude[near])
        for group in _sharing_paths(world.true_cells, cells):
            for k, median in zip(group, _medians_dbm(world, group, longitude[near], latitude[near]), strict=True):
                level[k][near] = median + unseen
    return level


def best_4g_dbm(world: World, longitude: ArrayLike, latitude: ArrayLike) -> dict[str, NDArray[np.float32]]:
    """Return the true level of each operator's strongest 4G cell at points [dBm], by operator."""
    level = true_rsrp_dbm(world, longitude, latitude)
    return {name: level[_cells_of(world, name)].max(axis=0) for name in _operators(world)}


def dark_villages(world: World) -> set[str]:
    """Return the codes of villages of whose people more than half are truly below the weak level for all operators."""
    hamlets = [p for p in world.places if p.kind == "settlement"]
    longitude, latitude = _positions(hamlets)
    best = np.max(list(best_4g_dbm(world, longitude, latitude).values()), axis=0)
    people: dict[str, int] = {}
    without: dict[str, int] = {}
    for hamlet, level in zip(hamlets, best, strict=True):
        code, count = hamlet.village_code or "", hamlet.population or 0
        people[code] = people.get(code, 0) + count
        if level < world.settings.signal.weak_rsrp_dbm:
            without[code] = without.get(code, 0) + count
    return {code for code, count in without.items() if 2 * count > people[code]}


def draw_visits(world: World, places: Sequence[Place], times: Sequence[datetime], seed: int) -> list[Visit]:
    """Return what a team with a phone of each operator writes down at places, one visit an operator.

    Parameters
    ----------
    world : World
    places : sequence of Place
        With positions.
    times : sequence of datetime
        One a place, with a zone.
    seed : int
        Of the phone's noise and the ids.
    """
    longitude, latitude = _positions(places)
    rng = np.random.default_rng([world.seed, seed, 61])
    seen = {name: _phone(world, name, longitude, latitude, rng) for name in _operators(world)}
    visits = []
    for k, (place, time) in enumerate(zip(places, times, strict=True)):
        tester = f"Tim {int(rng.integers(1, 5))}"
        for name, phone in seen.items():
            service = phone.service(k)
            heard = service != "none"
            visits.append(
                Visit(
                    **Births(time, rng).stamp(),
                    place_code=place.code,
                    time=time,
                    tester=tester,
                    method="speed test" if heard else "phone screen",
                    operator=name,
                    technology="4G" if heard else None,
                    service=service,
                    rsrp_dbm=phone.rsrp_dbm(k),
                    download_mbps=round(float(phone.download_mbps[k]), 2) if heard else None,
                    upload_mbps=round(float(phone.upload_mbps[k]), 3) if heard else None,
                    power=place.power,
                )
            )
    return visits


def draw_measurements(
    world: World, longitude: ArrayLike, latitude: ArrayLike, time: datetime, seed: int
) -> list[Measurement]:
    """Return what phones log outdoors at points: for each point, one sample an operator.

    Parameters
    ----------
    world : World
    longitude, latitude : array_like
        The points [deg].
    time : datetime
        Of all samples, with a zone.
    seed : int
        Of the phones' noise and the ids.
    """
    flat = np.ravel(np.asarray(longitude, float)), np.ravel(np.asarray(latitude, float))
    rng = np.random.default_rng([world.seed, seed, 62])
    births = Births(time, rng)
    seen = {name: _phone(world, name, *flat, rng) for name in _operators(world)}
    return [
        _sample(world, phone, name, k, births, (float(flat[0][k]), float(flat[1][k])))
        for k in range(flat[0].size)
        for name, phone in seen.items()
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Phone:
    """What a phone of one operator shows at points: serving cell, level, quality, rates."""

    cell: NDArray[np.int64]
    level_dbm: NDArray[np.float64]
    sinr_db: NDArray[np.float64]
    download_mbps: NDArray[np.float64]
    upload_mbps: NDArray[np.float64]

    def service(self, k: int) -> Service:
        if not self.level_dbm[k] >= NO_SERVICE_DBM:
            return "none"
        return "limited" if self.level_dbm[k] < LIMITED_DBM else "ok"

    def rsrp_dbm(self, k: int) -> float | None:
        return None if self.service(k) == "none" else round(float(self.level_dbm[k]), 0)


def _phone(
    world: World,
    operator: str,
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    rng: np.random.Generator,
) -> _Phone:
    cells = _cells_of(world, operator)
    level = np.nan_to_num(true_rsrp_dbm(_only(world, cells), longitude, latitude).astype(float), nan=NO_SIGNAL_DBM)
    best = level.argmax(axis=0)
    shown = level.max(axis=0) + rng.normal(0.0, PHONE_NOISE_DB, longitude.size)
    quality, down, up = (np.zeros(longitude.size) for _ in range(3))
    for k in range(longitude.size):
        serving = world.true_cells[cells[best[k]]]
        same = [i for i, c in enumerate(cells) if world.true_cells[c].frequency_mhz == serving.frequency_mhz]
        others = level[[i for i in same if i != best[k]], k]
        quality[k] = sinr_db(shown[k], others, LOAD)
        width = serving.bandwidth_mhz or 10.0
        down[k] = downlink_kbps(quality[k], bandwidth_mhz=width, load_fraction=LOAD) / 1e3
        coupling = reference_signal_eirp_dbm(serving.eirp_dbm or 0.0, width) - shown[k]
        up[k] = uplink_kbps(coupling, width, LOAD) / 1e3
    return _Phone(np.array(cells)[best], shown, quality, down, up)


def _sample(
    world: World, phone: _Phone, operator: str, k: int, births: Births, position: tuple[float, float]
) -> Measurement:
    service = phone.service(k)
    cell = world.true_cells[phone.cell[k]] if service != "none" else None
    return Measurement(
        **births.stamp(),
        time=births.now,
        longitude=position[0],
        latitude=position[1],
        accuracy_m=round(float(births.rng.uniform(4.0, 15.0)), 1),
        environment="outdoor",
        operator=operator,
        technology="4G" if cell else None,
        service=service,
        cell_code=cell.code if cell else None,
        eci=cell.eci if cell else None,
        pci=cell.pci if cell else None,
        earfcn=cell.earfcn if cell else None,
        rsrp_dbm=phone.rsrp_dbm(k),
        sinr_db=round(float(phone.sinr_db[k]), 1) if cell else None,
        download_mbps=round(float(phone.download_mbps[k]), 2) if cell else None,
        upload_mbps=round(float(phone.upload_mbps[k]), 3) if cell else None,
        app="rekaan",
    )


def _only(world: World, cells: list[int]) -> World:
    """The world with some of its cells; its sites stay, so that each keeps its bias and shadowing."""
    return replace(world, true_cells=tuple(world.true_cells[k] for k in cells))


def _operators(world: World) -> list[str]:
    return [o.name for o in world.settings.operators]


def _cells_of(world: World, operator: str) -> list[int]:
    return [k for k, c in enumerate(world.true_cells) if c.operator == operator and c.technology == "4G"]


def _positions(places: Sequence[Place]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return (
        np.array([math.nan if p.longitude is None else p.longitude for p in places]),
        np.array([math.nan if p.latitude is None else p.latitude for p in places]),
    )


def _sharing_paths(all_cells: Sequence[Cell], cells: Sequence[int]) -> list[list[int]]:
    together: dict[tuple[float | None, float | None], list[int]] = {}
    for k in cells:
        together.setdefault((all_cells[k].height_agl_m, all_cells[k].frequency_mhz), []).append(k)
    return list(together.values())


def _medians_dbm(
    world: World, group: Sequence[int], longitude: NDArray[np.float64], latitude: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """Level that the model gives with true values, of cells that share their paths."""
    first, radio = world.true_cells[group[0]], world.settings.radio
    paths = losses(
        world.ground,
        Antenna(first.longitude, first.latitude, first.height_agl_m or 42.0),
        longitude,
        latitude,
        frequency_mhz=first.frequency_mhz or 900.0,
        rx_height_agl_m=world.settings.signal.receiver_height_agl_m,
        medium=Medium(radio.time_percent, radio.refractivity_gradient_n_per_km, radio.sea_level_refractivity_n),
    )
    found = []
    for cell in (world.true_cells[k] for k in group):
        gain = pattern_gain_db(
            (paths.azimuth_deg - (cell.azimuth_deg or 0.0) + 180.0) % 360.0 - 180.0,
            paths.elevation_deg.astype(float),
            horizontal_beamwidth_deg=cell.horizontal_beamwidth_deg or 360.0,
            vertical_beamwidth_deg=cell.vertical_beamwidth_deg or 10.0,
            electrical_downtilt_deg=cell.electrical_downtilt_deg or 0.0,
            mechanical_downtilt_deg=cell.mechanical_downtilt_deg or 0.0,
        )
        eirp = reference_signal_eirp_dbm(cell.eirp_dbm or 0.0, cell.bandwidth_mhz or 10.0, cell.technology)
        found.append(np.asarray(eirp + gain - paths.loss_db.astype(float)))
    return found


def _first_visits(world: World, now: datetime) -> list[Visit]:
    rng = np.random.default_rng([world.seed, 9])
    kinds = ("polling_station", "village_office")
    offered = [p for p in world.places if p.kind in kinds]
    chosen = sorted(rng.choice(len(offered), size=min(VISITED_PLACES, len(offered)), replace=False).tolist())
    minutes = rng.integers(60, VISIT_DAYS * 24 * 60, size=len(chosen)).tolist()
    return draw_visits(world, [offered[k] for k in chosen], [now - timedelta(minutes=m) for m in minutes], 0)


def _first_measurements(world: World, now: datetime) -> list[Measurement]:
    """Return what loggers have written on walks around some hamlets."""
    rng = np.random.default_rng([world.seed, 10])
    hamlets = [p for p in world.places if p.kind == "settlement"]
    chosen = sorted(rng.choice(len(hamlets), size=min(LOGGED_HAMLETS, len(hamlets)), replace=False).tolist())
    found = []
    for number, k in enumerate(chosen):
        x, y = to_metres(hamlets[k].longitude or 0.0, hamlets[k].latitude or 0.0)
        stray = rng.normal(0.0, LOGGED_SPREAD_M, (2, LOGGED_POINTS))
        time = now - timedelta(minutes=int(rng.integers(60, VISIT_DAYS * 24 * 60)))
        found += draw_measurements(world, *to_degrees(x + stray[0], y + stray[1]), time, number)
    return found


def _settings(bounds: Bounds) -> Settings:
    return Settings(
        name="Kabupaten Contoh",
        code=REGENCY_CODE,
        timezone="Asia/Makassar",
        bounds=(bounds.west, bounds.south, bounds.east, bounds.north),
        deadline=DEADLINE,
        note=NOTE,
        operators=OPERATORS,
        radio=RadioSettings(resolution_m=RESOLUTION_M),
    )


def _ground(landscape: Landscape) -> Ground:
    codes, index = np.unique(landscape.land_cover, return_inverse=True)
    surfaces = [
        Surface(OBSTACLE_M.get(c, 0.0), CLEARING_M.get(c, OTHER_CLEARING_M), INLAND, c in WOODLAND)
        for c in codes.tolist()
    ]
    surface = index.reshape(landscape.grid.shape).astype(np.uint8)
    return Ground(landscape.grid, landscape.height_amsl_m, surface, tuple(surfaces))


def _lines(landscape: Landscape) -> tuple[tuple[tuple[float, float], ...], ...]:
    lines = []
    for river in landscape.rivers:
        longitude, latitude = to_degrees(river.x_m[::3], river.y_m[::3])
        pairs = zip(np.round(longitude, 6).tolist(), np.round(latitude, 6).tolist(), strict=True)
        lines.append(tuple(pairs))
    return tuple(lines)
