"""Time counting nights on an invented country, and the floor of the same machine; print one JSON object.

    .venv/bin/python benchmarks/counting.py --json                                   1,000 nights of 701 stations
    .venv/bin/python benchmarks/counting.py --stations 820000 --nights 10 --json     a country

A district has eight villages of five stations: a cell and an office in each, the offices on the district's link. The
floor is what the chance of the same nights alone takes: the numbers that every station and node needs, and no event.
"""

import argparse
import json
import os
import resource
import sys
import time

import numpy as np
from numba import njit

from jangkau.counting.chance import normal, stream, uniform
from jangkau.counting.network import BY_WIFI, CELL, LINK, PREDICTED, WIFI, Layout, hang
from jangkau.counting.nights import simulate
from jangkau.counting.parameters import shipped
from jangkau.counting.queues import CAUSES

STATIONS_A_VILLAGE, VILLAGES_A_DISTRICT = 5, 8
AIM_S = 10.0


def country(stations: int, seed: int = 1) -> Layout:
    """Return a layout as a planner's register would give it, without making a record a station."""
    rng = np.random.default_rng(seed)
    villages = -(-stations // STATIONS_A_VILLAGE)
    districts = -(-villages // VILLAGES_A_DISTRICT)
    village = np.arange(stations) // STATIONS_A_VILLAGE
    of_district = np.arange(villages) // VILLAGES_A_DISTRICT
    # nodes: a link and a Wi-Fi a district, then a cell, a link and a Wi-Fi a village
    first = 2 * districts
    parent = np.full(first + 3 * villages, -1, np.int32)
    parent[districts:first] = np.arange(districts)
    parent[first + villages : first + 2 * villages] = of_district
    parent[first + 2 * villages :] = first + villages + np.arange(villages)
    kind = np.repeat([LINK, WIFI, CELL, LINK, WIFI], [districts, districts, villages, villages, villages])
    leaf = np.stack([first + village, first + 2 * villages + village, districts + of_district[village]], axis=1)
    rate = np.full(parent.size, np.nan)
    rate[:districts], rate[first + villages : first + 2 * villages] = 50.0, rng.choice([5.0, 20.0, 50.0], villages)
    node_district = np.concatenate([np.arange(districts), np.arange(districts), *[of_district] * 3]).astype(np.int32)
    node_village = np.concatenate([villages + np.arange(districts)] * 2 + [np.arange(villages)] * 3).astype(np.int32)
    leaf = leaf.astype(np.int32)
    reach = np.where(rng.random(stations) < 0.8, 2.0, -1.0)
    return Layout(
        tree=hang(parent, leaf, kind),
        leaf=leaf,
        km=np.broadcast_to([0.0, 2.0, 15.0], leaf.shape).copy(),
        by=np.broadcast_to(np.array([PREDICTED, BY_WIFI, BY_WIFI], np.int32), leaf.shape).copy(),
        value=np.stack([reach, 0 * reach, 0 * reach], axis=1),
        voters=rng.integers(100, 600, stations).astype(float),
        district=of_district[village].astype(np.int32),
        kind=kind.astype(np.int32),
        rate_mbps=rate,
        delivered=np.full(parent.size, np.nan),
        sky=np.zeros(parent.size, np.int32),
        node_village=node_village,
        node_district=node_district,
        on_grid=np.ones(parent.size, np.int32),
        backup_h=np.full(parent.size, np.nan),
        cut=np.zeros(parent.size, np.int32),
    )


@njit(nogil=True, error_model="numpy")
def _floor(nights: int, stations: int, nodes: int) -> float:
    total = 0.0
    for night in range(nights):
        key = stream(1, night)
        for s in range(stations):
            for purpose in (1, 3, 6, 8):
                total += np.exp(normal(key, s, purpose))
            total += uniform(key, s, 5)
        for n in range(nodes):
            total += uniform(key, n, 9) + uniform(key, n, 12)
    return total


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stations", type=int, default=701)
    parser.add_argument("--nights", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--json", action="store_true", help="(always)")
    asked = parser.parse_args()
    started = time.perf_counter()
    layout = country(asked.stations)
    built_s = time.perf_counter() - started
    parameters = shipped()
    simulate(country(40), parameters, nights=1)  # compiles or loads
    _floor(1, 1, 1)
    wall, processor = time.perf_counter(), time.process_time()
    found = simulate(layout, parameters, nights=asked.nights, workers=asked.workers)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    floor = time.process_time()
    _floor(asked.nights, asked.stations, layout.kind.size)
    floor = time.process_time() - floor
    last_h = found.sent_s.max(axis=1) / 3600.0
    said = {
        "stations": asked.stations,
        "nodes": int(layout.kind.size),
        "nights": asked.nights,
        "workers": asked.workers,
        "build_s": round(built_s, 2),
        "wall_s": round(wall, 2),
        "processor_s": round(processor, 2),
        "most_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "events": found.events,
        "events_per_s": round(found.events / wall),
        "ns_per_event": round(1e9 * processor / found.events, 1),
        "us_per_station_night": round(1e6 * processor / asked.nights / asked.stations, 3),
        "floor_processor_s": round(floor, 2),
        "times_floor": round(processor / floor, 2),
        "half_sent_h": round(float(np.median(found.sent_s)) / 3600.0, 3),
        "all_sent_h": [round(float(h), 2) for h in np.percentile(last_h, [5, 50, 95])],
        "held_up_by_s": dict(zip(CAUSES, found.lost_s.mean(axis=0).round(1).tolist(), strict=True)),
    }
    json.dump(said, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
