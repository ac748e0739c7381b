"""Invented planning problems of any size: villages, cells, candidate sites behind hills, roots of the backhaul."""

import numpy as np
from scipy.spatial import cKDTree

from jangkau.planning.cover import Cover, Rows, cover
from jangkau.planning.network import Network
from jangkau.planning.programmes import Mode, PlaceWork, Programme, Step

SIDE_M = 190_000.0


def village_cells(cells: int, rng: np.random.Generator, villages: int = 141) -> tuple[np.ndarray, np.ndarray]:
    """Return positions [m], shape (cells, 2), and people of cells: clusters round villages, most near the coast."""
    centre = np.column_stack((SIDE_M * rng.beta(2.2, 1.2, villages), SIDE_M * rng.random(villages)))
    size = rng.lognormal(0.0, 1.0, villages)
    village = rng.choice(villages, cells, p=size / size.sum())
    spread = rng.choice([700.0, 3_000.0, 15_000.0], cells, p=[0.25, 0.45, 0.3])
    position = np.clip(centre[village] + spread[:, None] * rng.normal(size=(cells, 2)), 0, SIDE_M)
    people = np.round(rng.lognormal(1.2, 1.1, cells) * np.where(spread < 1000, 4, 1)) * (rng.random(cells) < 0.75)
    return position, people


def covering(cells: int, sites: int, seed: int = 1, reach_m: float = 6_000.0) -> tuple[Cover, np.ndarray]:
    """Return a covering problem with costs about 120 a site, and the sites' positions [m]."""
    rng = np.random.default_rng(seed)
    position, people = village_cells(cells, rng)
    near = position[rng.integers(0, cells, sites)] + rng.normal(0, 2_500.0, (sites, 2))
    hill = SIDE_M * rng.random((sites, 2))
    at = np.clip(np.where((rng.random(sites) < 0.7)[:, None], near, hill), 0, SIDE_M)
    reach = reach_m * rng.uniform(0.6, 1.5, sites)
    shadow = rng.uniform(0.15, 1.0, (sites, 16))
    lists = []
    for j, found in enumerate(cKDTree(position).query_ball_point(at, reach)):
        index = np.sort(np.asarray(found, dtype=np.int64))
        d = position[index] - at[j]
        sector = ((np.arctan2(d[:, 1], d[:, 0]) / (2 * np.pi) + 1.0) * 16).astype(int) % 16
        lists.append(index[np.hypot(*d.T) <= reach[j] * shadow[j, sector]])
    starts = np.concatenate(([0], np.cumsum([x.size for x in lists]))).astype(np.int64)
    cost = np.round(rng.lognormal(np.log(110.0), 0.4, sites))
    return cover(people, Rows(starts, np.concatenate(lists).astype(np.int32)), cost), at


def backhaul(sites: int, cells: int, seed: int = 1, *, forced: bool = False) -> Network:
    """Return a network of candidate sites, relay hills and 25 fibre roots, hops by nearness and chance, and satellite.

    `forced`: satellite gives 60 Mbit/s at most and half of the sites need more, so that capacity decides.
    """
    rng = np.random.default_rng(seed)
    problem, at = covering(cells, sites, seed)
    relays, roots = max(25, sites // 8), 25
    position = np.concatenate((at, SIDE_M * rng.random((relays, 2)), SIDE_M * rng.random((roots, 2))))
    n = len(position)
    _, near = cKDTree(position).query(position, 11)
    pairs = np.unique(np.sort(np.column_stack((np.repeat(np.arange(n), 10), near[:, 1:].ravel())), axis=1), axis=0)
    length_km = np.hypot(*(position[pairs[:, 0]] - position[pairs[:, 1]]).T) / 1000.0
    sight = rng.random(len(pairs)) < np.exp(-length_km / 40.0)
    pairs, length_km = pairs[sight], length_km[sight]
    demand = np.zeros(n)
    demand[:sites] = rng.choice([20.0, 40.0, 80.0, 120.0] if forced else [20.0, 40.0, 60.0], sites)
    cost = np.concatenate((problem.cost, rng.uniform(30, 60, relays), np.zeros(roots)))
    module, most = (31.0, 3) if not forced else (40.0, 3)
    per_module = 40.0 if not forced else 20.0
    modules = np.ceil(demand / per_module)
    satellite = np.where((modules > 0) & (modules <= most), modules * module, np.inf)
    root = np.arange(n) >= sites + relays
    radio = np.where(length_km < 15, 30.0, np.where(length_km < 30, 40.0, 80.0))
    return Network(
        weight=problem.weight,
        covers=Rows(
            np.concatenate((problem.sites.starts, np.full(n - sites, problem.sites.starts[-1]))), problem.sites.items
        ),
        cost=cost,
        demand_mbps=demand,
        root=root,
        satellite_cost=satellite,
        tail=np.concatenate((pairs[:, 0], pairs[:, 0])),
        head=np.concatenate((pairs[:, 1], pairs[:, 1])),
        hop_cost=np.concatenate((radio, radio + 7.5 * length_km)),
        hop_mbps=np.concatenate((np.full(len(pairs), 150.0 if forced else 300.0), np.full(len(pairs), 10_000.0))),
        clearance=np.concatenate((rng.uniform(0.55, 2.0, len(pairs)), np.full(len(pairs), np.inf))),
    )


SURVEY, CIVIL, TOWER, POWER, RADIO, TRANSPORT = range(6)


def programme(places: int, seed: int = 1, deadline_day: int = 180) -> Programme:
    """Return places with a new site (6 steps), a repeater (4) or a satellite kit (3) each, and six kinds of crews."""
    rng = np.random.default_rng(seed)

    def step(wait: float, days: float, crew: int) -> Step:
        waits, lasts = int(rng.integers(0, wait + 1)), max(1, round(days * rng.uniform(0.6, 1.6)))
        return Step(waits, lasts, tuple(int(k == crew) for k in range(6)))

    found = []
    for _ in range(places):
        site = (
            step(5, 3, SURVEY),
            step(40, 12, CIVIL),
            step(15, 10, TOWER),
            step(10, 6, POWER),
            step(10, 4, RADIO),
            step(2, 2, TRANSPORT),
        )
        repeater = (step(5, 2, SURVEY), step(30, 6, TOWER), step(5, 3, POWER), step(5, 3, RADIO))
        kit = (step(20, 2, TRANSPORT), step(2, 1, POWER), step(2, 1, RADIO))
        modes = [Mode(float(np.round(rng.uniform(90, 160))), site)]
        if rng.random() < 0.5:
            modes.append(Mode(float(np.round(rng.uniform(30, 60))), repeater))
        if rng.random() < 0.4:
            modes.append(Mode(float(np.round(rng.uniform(20, 45))), kit))
        found.append(PlaceWork(float(np.round(rng.lognormal(7.0, 1.0))), tuple(modes)))
    return Programme(tuple(found), (2, 4, 3, 3, 2, 2), deadline_day, 60.0 * places)
