"""Mobile networks of the invented regency: three operators' sites and cells, as they are and as they are registered."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jangkau.records import Cell, Site
from jangkau.settings import Operator
from jangkau.synthetic.births import Births
from jangkau.synthetic.landscape import M_PER_DEG_LATITUDE, M_PER_DEG_LONGITUDE, WATER, Landscape, to_degrees, to_metres
from jangkau.synthetic.settlement import Peopled

FloatArray = NDArray[np.float64]

MCC = 999
"""Country code for networks that exist nowhere; ITU-T E.212, annex A: shared code 999 for internal use."""

HILL_REACH_M = 600.0
"""How far from a hamlet its mast is put on high ground."""

SERVED_M = 6000.0
"""How far a planner of the operator counts people as served by a site."""

MASTS_M = (32.0, 42.0, 42.0, 52.0, 62.0, 72.0, 72.0)


@dataclass(frozen=True, slots=True)
class Plan:
    """What one operator builds.

    Attributes
    ----------
    operator : str
    prefix : str
        Of its site codes.
    mnc : int
    sites : int
        For a region of 96 villages.
    low_mhz, high_mhz : float
        Downlink centre of its 10 MHz carrier at 900 and of its 20 MHz carrier at 1800 [MHz].
    """

    operator: str
    prefix: str
    mnc: int
    sites: int
    low_mhz: float
    high_mhz: float


PLANS = (
    Plan("Seluler A", "SA", 1, 10, 930.0, 1815.0),
    Plan("Seluler B", "SB", 2, 8, 940.0, 1835.0),
    Plan("Seluler C", "SC", 3, 6, 950.0, 1855.0),
)
OPERATORS = tuple(Operator(plan.operator, (f"{MCC}-{plan.mnc:02d}",)) for plan in PLANS)
GSM_MHZ = 957.0


@dataclass(frozen=True, slots=True)
class Network:
    """Sites, cells as a planner lists them, and the same cells as they truly are, in the same order."""

    sites: tuple[Site, ...]
    cells: tuple[Cell, ...]
    true_cells: tuple[Cell, ...]


def build_network(seed: int, landscape: Landscape, peopled: Peopled, names: list[str], births: Births) -> Network:
    """Return the sites and cells of all operators.

    Parameters
    ----------
    seed : int
    landscape : Landscape
    peopled : Peopled
    names : list of str
        Of the villages, by their index; sites are called after them.
    births : Births
    """
    rng = np.random.default_rng([seed, 4])
    sites: list[Site] = []
    cells: list[Cell] = []
    true_cells: list[Cell] = []
    for plan in PLANS:
        count = max(1, round(plan.sites * len(peopled.people) / 96))
        for number, hamlet in enumerate(_served_hamlets(rng, peopled, count), 1):
            home = peopled.hamlets[hamlet]
            site = _site(rng, landscape, plan, number, (home.x_m, home.y_m), names[home.village], births)
            sites.append(site)
            in_town = home.is_core and home.village in peopled.towns
            true = list(_cells(rng, plan, site, number, in_town, births))
            true_cells += true
            cells += _registered(rng, true)
    return Network(tuple(sites), tuple(cells), tuple(true_cells))


def _served_hamlets(rng: np.random.Generator, peopled: Peopled, count: int) -> list[int]:
    """Hamlets at which an operator builds: each time where most people wait, with some taste of its own."""
    x = np.array([h.x_m for h in peopled.hamlets])
    y = np.array([h.y_m for h in peopled.hamlets])
    people = np.array([h.people for h in peopled.hamlets], float)
    near = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])
    share = np.exp(-((near / SERVED_M) ** 2))
    taste = rng.lognormal(0.0, 0.3, len(x))
    waiting = people.copy()
    chosen: list[int] = []
    while len(chosen) < count:
        worth = (share @ waiting) * taste
        worth[chosen] = 0.0
        best = int(np.argmax(worth))
        chosen.append(best)
        waiting *= 1.0 - 0.9 * share[best]
    return chosen


def _site(
    rng: np.random.Generator,
    landscape: Landscape,
    plan: Plan,
    number: int,
    home: tuple[float, float],
    name: str,
    births: Births,
) -> Site:
    x, y = _high_ground(rng, landscape, *home)
    longitude, latitude = to_degrees(x, y)
    return Site(
        **births.stamp(),
        code=f"{plan.prefix}-{number:03d}",
        name=f"{plan.prefix} {name}",
        longitude=round(float(longitude), 6),
        latitude=round(float(latitude), 6),
        position_accuracy_m=20.0,
        height_agl_m=float(rng.choice(MASTS_M)),
        power=str(rng.choice(["pln", "pln", "pln", "solar", "generator"])),
    )


def _high_ground(rng: np.random.Generator, landscape: Landscape, x_m: float, y_m: float) -> tuple[float, float]:
    """Return one of the higher dry pixels near a point [m]; each operator finds another."""
    grid = landscape.grid
    x, y = to_metres(grid.x_centres(), grid.y_centres())
    columns = slice(*np.searchsorted(x, [x_m - HILL_REACH_M, x_m + HILL_REACH_M]))
    rows = slice(*np.searchsorted(-y, [-y_m - HILL_REACH_M, -y_m + HILL_REACH_M]))
    distance = np.hypot(x[columns][None, :] - x_m, y[rows][:, None] - y_m)
    good = landscape.height_amsl_m[rows, columns].astype(float) + rng.normal(0.0, 3.0, distance.shape)
    good -= distance * 0.01
    good[(distance > HILL_REACH_M) | (landscape.land_cover[rows, columns] == WATER)] = -np.inf
    row, column = np.unravel_index(int(np.argmax(good)), good.shape)
    return float(x[columns][column]), float(y[rows][row])


def _cells(
    rng: np.random.Generator, plan: Plan, site: Site, number: int, in_town: bool, births: Births
) -> Iterator[Cell]:
    first = rng.uniform(0.0, 120.0)
    azimuths = [round((first + 120.0 * k + rng.normal(0.0, 8.0)) % 360.0, 0) % 360.0 for k in range(3)]
    tilts = [float(rng.integers(1, 5)) for _ in range(3)]
    eirp = round(rng.uniform(60.0, 63.0), 1)
    yield from _carrier(rng, plan, site, number, births, "L9", plan.low_mhz, 10.0, eirp, azimuths, tilts)
    if in_town or rng.random() < 0.25:
        yield from _carrier(rng, plan, site, number, births, "L18", plan.high_mhz, 20.0, 63.0, azimuths, tilts)
    if rng.random() < 0.6:
        yield from _carrier(rng, plan, site, number, births, "G9", GSM_MHZ, 0.2, 58.0, azimuths, tilts)


def _carrier(
    rng: np.random.Generator,
    plan: Plan,
    site: Site,
    number: int,
    births: Births,
    layer: str,
    frequency_mhz: float,
    bandwidth_mhz: float,
    eirp_dbm: float,
    azimuths: list[float],
    tilts: list[float],
) -> Iterator[Cell]:
    below_top = float(rng.choice([1.0, 2.0, 3.0]))
    for sector, (azimuth, tilt) in enumerate(zip(azimuths, tilts, strict=True), 1):
        yield Cell(
            **births.stamp(),
            code=f"{site.code}-{layer}-{sector}",
            site_code=site.code,
            operator=plan.operator,
            technology="2G" if layer == "G9" else "4G",
            frequency_mhz=frequency_mhz,
            bandwidth_mhz=bandwidth_mhz,
            longitude=site.longitude,
            latitude=site.latitude,
            position_accuracy_m=site.position_accuracy_m,
            height_agl_m=(site.height_agl_m or 42.0) - below_top,
            antenna_gain_dbi=17.0,
            eirp_dbm=eirp_dbm,
            azimuth_deg=azimuth,
            electrical_downtilt_deg=tilt,
            mechanical_downtilt_deg=0.0,
            horizontal_beamwidth_deg=65.0,
            vertical_beamwidth_deg=8.0 if layer == "L18" else 10.0,
            mcc=MCC,
            mnc=plan.mnc,
            **_identity(plan, number, layer, sector, frequency_mhz),
        )


def _identity(plan: Plan, number: int, layer: str, sector: int, frequency_mhz: float) -> dict[str, Any]:
    """Cell identity, physical identity and carrier number; TS 36.101, 5.7.3 for bands 3 and 8."""
    if layer == "G9":
        return {"eci": plan.mnc * 10_000 + number * 10 + sector}
    low = layer == "L9"
    earfcn = 3450 + round((frequency_mhz - 925.0) * 10) if low else 1200 + round((frequency_mhz - 1805.0) * 10)
    sector_id = sector if low else sector + 10
    return {
        "eci": (plan.mnc * 1000 + number) * 256 + sector_id,
        "pci": (number * 7 + plan.mnc * 31) % 168 * 3 + sector - 1,
        "earfcn": earfcn,
    }


def _registered(rng: np.random.Generator, true: list[Cell]) -> list[Cell]:
    """Return the cells of a site as its operator's list has them: rounded, a little wrong, some values missing."""
    shift: dict[str, Any] = {
        "longitude": round(true[0].longitude + rng.normal(0.0, 10.0) / M_PER_DEG_LONGITUDE, 5),
        "latitude": round(true[0].latitude + rng.normal(0.0, 10.0) / M_PER_DEG_LATITUDE, 5),
    }
    fate = rng.random(4)
    offset = rng.normal(0.0, 5.0)
    return [replace(cell, **shift, **_known(cell, fate, offset)) for cell in true]


def _known(cell: Cell, fate: FloatArray, offset_deg: float) -> dict[str, Any]:
    known: dict[str, Any] = {
        "azimuth_deg": float(math.floor(((cell.azimuth_deg or 0.0) + offset_deg) / 10.0 + 0.5) * 10 % 360)
    }
    if fate[0] < 0.15:
        known["height_agl_m"] = None
    if fate[1] < 0.12:
        known |= {"eirp_dbm": None, "antenna_gain_dbi": None}
    elif fate[1] < 0.45:
        gain = cell.antenna_gain_dbi or 17.0
        known |= {"eirp_dbm": None, "power_dbm": round((cell.eirp_dbm or 60.0) - gain, 1)}
    if fate[2] < 0.2:
        known["electrical_downtilt_deg"] = None
    if fate[3] < 0.3:
        known |= {"pci": None, "earfcn": None}
    return known
