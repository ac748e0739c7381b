"""Many nights: draw what chance decides, play each, keep when each station had sent. Serial = parallel, bit for bit."""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from jangkau.compiled import kernel
from jangkau.counting import queues
from jangkau.counting.chance import normal, stream, triangular, uniform
from jangkau.counting.network import (
    BY_WIFI,
    CELL,
    CUT,
    GEOSTATIONARY,
    LINK,
    LOW_ORBIT,
    MAYBE_CUT,
    PREDICTED,
    TESTED,
    WIFI,
    Layout,
)
from jangkau.counting.parameters import NAMES, Parameters
from jangkau.counting.queues import CAUSES, POWER, RUNGS, Evening, Floats, Outcome

(
    COUNT_FIXED, COUNT_EACH, COUNT_SPREAD, VOTERS, PHOTOS, PHOTO_MIN, PHOTO_MB, SIZE_SPREAD, PDF_MB, BROKEN, RETRY,
    ATTEMPTS, UPLINK_SPREAD, TESTED_SPREAD, UNKNOWN_SEND, MOST_UPLINK, CELL_MBPS, WIFI_MBPS, UNKNOWN_LINK, DELIVERED,
    ORDINARY, UPLIFT, CUT_ON_GRID, CUT_OFF_GRID, CUT_H, OFFICE_BACKUP, CELL_BACKUP, FAILURE, FAILURE_H, CELL_ON_FIBRE,
    RAIN, RAIN_GEO, RAIN_LEO, LEO_MBPS, ROAD, SPEED, LEAVE, SERVER, RECAPITULATION_H, RECAPITULATION_MIN,
) = (
    NAMES.index(name)
    for name in (
        "count_fixed_min", "count_per_100_voters_min", "count_spread", "voters_per_station", "photos_per_station",
        "photo_min", "photo_mb", "size_spread", "pdf_mb", "broken_fraction", "retry_s", "attempts", "uplink_spread",
        "tested_spread", "unknown_send_fraction", "most_uplink_mbps", "cell_mbps", "wifi_mbps", "unknown_link_mbps",
        "delivered_fraction", "ordinary_fraction", "ordinary_uplift", "power_cut_fraction", "off_grid_cut_fraction",
        "power_cut_h", "office_backup_h", "cell_backup_h", "link_failure_fraction", "link_failure_h",
        "cell_on_cut_fibre_fraction", "rain_fraction", "rain_geo_factor", "rain_leo_factor", "leo_upload_mbps",
        "road_factor", "speed_kmh", "leave_min", "server_kbps_per_station", "recapitulation_h", "recapitulation_min",
    )
)  # fmt: skip

(
    OF_PARAMETER, OF_COUNT, _COUNT2, OF_SIZE, _SIZE2, OF_BROKEN, OF_UPLINK, _UPLINK2, OF_RAIN, OF_CUT, OF_CUT_START,
    OF_CUT_END, OF_FAILURE, OF_FAILURE_START, OF_FAILURE_END, OF_FIBRE, OF_RECAPITULATION, _RECAPITULATION2,
) = range(18)  # fmt: skip
"""Purposes of chance; a normal number uses two."""

MOST_BROKEN, LEAST_SHARE, OUTAGES_WITHIN_S = 20, 0.05, 12.0 * 3600.0
RECAPITULATED = RUNGS
"""The method of a station whose result went out at the recapitulation only."""


@kernel(allocates=True)
def draw_parameters(triangles: Floats, key: np.uint64) -> Floats:
    """Return the value of each parameter in a night."""
    values = np.empty(triangles.shape[0])
    for k in range(values.size):
        low, mode, high = triangles[k]
        values[k] = triangular(low, mode, high, uniform(key, k, OF_PARAMETER))
    return values


@kernel
def draw_stations(layout: Layout, p: Floats, key: np.uint64, needed_kbps: float, evening: Evening) -> None:
    """Draw when stations are ready, what they have to send, and what their phones carry."""
    most, needed = math.log(1e3 * p[MOST_UPLINK]), math.log(needed_kbps)
    unknown = -1.0 if p[UNKNOWN_SEND] <= 0.0 else p[UNKNOWN_SEND]
    for s in range(layout.voters.size):
        voters = p[VOTERS] if math.isnan(layout.voters[s]) else layout.voters[s]
        count_min = (p[COUNT_FIXED] + p[COUNT_EACH] * voters / 100.0) * math.exp(
            p[COUNT_SPREAD] * normal(key, s, OF_COUNT)
        )
        evening.ready_s[s] = 60.0 * (count_min + p[PHOTOS] * p[PHOTO_MIN])
        photos_mb = p[PHOTOS] * p[PHOTO_MB] * math.exp(p[SIZE_SPREAD] * normal(key, s, OF_SIZE))
        evening.size_mbit[s] = 8.0 * (photos_mb + p[PDF_MB])
        evening.broken[s] = 0
        if p[BROKEN] > 0.0:
            tries = math.log(uniform(key, s, OF_BROKEN)) / math.log(min(p[BROKEN], 0.999))
            evening.broken[s] = int(min(tries, float(MOST_BROKEN)))
        for r in range(RUNGS):
            evening.leaf[s, r] = layout.leaf[s, r]
            evening.travel_s[s, r] = 0.0
            if layout.km[s, r] > 0.0:
                evening.travel_s[s, r] = 3600.0 * p[ROAD] * layout.km[s, r] / p[SPEED] + 60.0 * p[LEAVE]
            by = layout.by[s, r]
            if by == BY_WIFI:
                evening.own_mbps[s, r] = math.inf
            elif by in (PREDICTED, TESTED):
                z = normal(key, RUNGS * s + r, OF_UPLINK)
                kbps = layout.value[s, r] + p[TESTED_SPREAD] * z
                if by == PREDICTED:
                    kbps = needed + p[UPLINK_SPREAD] * (layout.value[s, r] + z)
                evening.own_mbps[s, r] = math.exp(min(kbps, most)) / 1e3
            else:
                u = uniform(key, RUNGS * s + r, OF_UPLINK)
                evening.own_mbps[s, r] = 0.0
                if u < unknown:  # then any rate from what is needed to the most, evenly by its logarithm
                    evening.own_mbps[s, r] = math.exp(needed + (most - needed) * u / unknown) / 1e3


@kernel
def draw_nodes(layout: Layout, p: Floats, key: np.uint64, evening: Evening) -> None:
    """Draw what each node carries, and when it is down: its longest outage of the night counts."""
    left = max(1.0 - p[ORDINARY] * p[UPLIFT], LEAST_SHARE)
    for n in range(layout.kind.size):
        kind, rate = layout.kind[n], layout.rate_mbps[n]
        backup_h = layout.backup_h[n]
        if math.isnan(backup_h):
            backup_h = p[CELL_BACKUP] if kind == CELL else p[OFFICE_BACKUP]
        if kind == LINK:
            rate = p[UNKNOWN_LINK] if math.isnan(rate) else rate
            rate *= p[DELIVERED] if math.isnan(layout.delivered[n]) else layout.delivered[n]
        elif math.isnan(rate):
            rate = p[CELL_MBPS] if kind == CELL else p[WIFI_MBPS]
        sky = layout.sky[n]
        if sky != 0:
            wet = uniform(key, layout.node_district[n], OF_RAIN) < p[RAIN]
            if sky == LOW_ORBIT:
                rate = min(rate, p[LEO_MBPS])
            if wet:
                rate *= p[RAIN_GEO] if sky == GEOSTATIONARY else p[RAIN_LEO]
        evening.capacity_mbps[n] = rate * left
        evening.down_from_s[n], evening.down_to_s[n], evening.down_cause[n] = math.inf, math.inf, POWER
        cut = layout.cut[n]
        if cut == CUT or (cut == MAYBE_CUT and uniform(key, n, OF_FIBRE) < p[CELL_ON_FIBRE]):
            evening.down_from_s[n] = 0.0
            evening.down_cause[n] = queues.DISTRICT_LINK if cut == MAYBE_CUT else layout.tree.cause[n]
            continue
        village, longest = layout.node_village[n], 0.0
        chance = p[CUT_ON_GRID] if layout.on_grid[n] else p[CUT_OFF_GRID]
        if kind != WIFI and uniform(key, village, OF_CUT) < chance:
            begin = OUTAGES_WITHIN_S * uniform(key, village, OF_CUT_START) + 3600.0 * backup_h
            longest = -3600.0 * p[CUT_H] * math.log(uniform(key, village, OF_CUT_END)) - 3600.0 * backup_h
            if longest > 0.0:
                evening.down_from_s[n], evening.down_to_s[n] = begin, begin + longest
        if kind == LINK and uniform(key, n, OF_FAILURE) < p[FAILURE]:
            begin = OUTAGES_WITHIN_S * uniform(key, n, OF_FAILURE_START)
            length = -3600.0 * p[FAILURE_H] * math.log(uniform(key, n, OF_FAILURE_END))
            if length > longest:
                evening.down_from_s[n], evening.down_to_s[n] = begin, begin + length
                evening.down_cause[n] = layout.tree.cause[n]


@kernel(allocates=True)
def recapitulate(layout: Layout, p: Floats, key: np.uint64, sent_s: Floats, done_s: Floats) -> None:
    """Rule 8: each district deals with its stations one by one from the next morning, those that are unsent first.

    `sent_s` is changed; `done_s` (districts) receives when each district is done.
    """
    start_s = 3600.0 * p[RECAPITULATION_H]
    done_s[:] = start_s
    unsent = sent_s > start_s
    for first in (True, False):
        for s in range(sent_s.size):
            if unsent[s] == first:
                district = layout.district[s]
                minutes = p[RECAPITULATION_MIN] * math.exp(p[COUNT_SPREAD] * normal(key, s, OF_RECAPITULATION))
                done_s[district] += 60.0 * minutes
                sent_s[s] = min(sent_s[s], done_s[district])


@kernel(allocates=True)
def play_nights(
    layout: Layout,
    triangles: Floats,
    seed: int,
    needed_kbps: float,
    first: int,
    last: int,
    ready_s: Floats,
    sent_s: Floats,
    recap_s: Floats,
    lost_ms: NDArray[np.int64],
    methods: NDArray[np.int64],
    carried_kbit: NDArray[np.int64],
) -> int:
    """Play nights `first` to `last`; add to the counts, which are whole numbers so that their order changes nothing."""
    stations, nodes, events = layout.voters.size, layout.kind.size, 0
    evening = Evening(
        np.empty(stations), np.empty(stations), np.empty(stations, np.int32), np.empty((stations, RUNGS), np.int32),
        np.empty((stations, RUNGS)), np.empty((stations, RUNGS)), np.empty(nodes), np.empty(nodes), np.empty(nodes),
        np.empty(nodes, np.int32), np.empty(6),
    )  # fmt: skip
    outcome = Outcome(
        np.empty(stations), np.empty(stations), np.empty(stations, np.int32), np.empty((stations, 6)), np.empty(nodes)
    )
    for night in range(first, last):
        key = stream(seed, night)
        p = draw_parameters(triangles, key)
        draw_stations(layout, p, key, needed_kbps, evening)
        draw_nodes(layout, p, key, evening)
        attempts = math.floor(p[ATTEMPTS] + 0.5)
        evening.rules[queues.PATIENCE] = attempts * p[RETRY]
        evening.rules[queues.INTERVAL] = p[RETRY]
        evening.rules[queues.ATTEMPTS] = attempts
        evening.rules[queues.NEEDED] = needed_kbps / 1e3
        evening.rules[queues.END] = 3600.0 * p[RECAPITULATION_H]
        evening.rules[queues.SERVER_RATE] = p[SERVER] * stations / 1e3
        events += queues.play(layout.tree, evening, outcome)
        for s in range(stations):
            ready_s[night, s] = evening.ready_s[s]
            sent_s[night, s] = outcome.sent_s[s]
        recapitulate(layout, p, key, sent_s[night], recap_s[night])
        for s in range(stations):
            methods[s, outcome.rung[s] if sent_s[night, s] == outcome.sent_s[s] else RECAPITULATED] += 1
            for c in range(6):
                lost_ms[s, c] += int(1e3 * min(outcome.lost_s[s, c], evening.rules[queues.END]))
        for n in range(nodes):
            carried_kbit[n] += int(1e3 * outcome.carried_mbit[n])
    return events


@dataclass(frozen=True, eq=False)
class Nights:
    """What became of each station in each night.

    Attributes
    ----------
    ready_s : float64, shape (nights, stations)
        When it had counted and taken its photos [s after the close of polls]: no network can be sooner.
    sent_s : float64, shape (nights, stations)
        When its result was sent and dealt with [s after the close of polls].
    recapitulated_s : float64, shape (nights, districts)
        When the recapitulation of a district was done.
    lost_s : float64, shape (stations, causes)
        Mean time from being ready, by what held it up; see `CAUSES`.
    method_fraction : float64, shape (stations, RUNGS + 1)
        Share of nights in which it sent from its own place, its send-place, its fallback, at the recapitulation.
    carried_mbit : float64, shape (nodes,)
        Mean of what passed each node.
    events : int
    """

    ready_s: Floats
    sent_s: Floats
    recapitulated_s: Floats
    lost_s: Floats
    method_fraction: Floats
    carried_mbit: Floats
    events: int


def simulate(
    layout: Layout,
    parameters: Parameters,
    *,
    nights: int,
    seed: int = 1,
    needed_kbps: float = 90.0,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Nights:
    """Play nights, spread over threads.

    Parameters
    ----------
    layout : Layout
    parameters : Parameters
    nights : int
        At least 1.
    seed : int
        At least 0. The same seed gives the same nights, whatever the network or the parameters, so that two plans are
        compared by the same chance.
    needed_kbps : float
        Rate below which a station moves on [kbit/s].
    workers : int
        Threads; they change nothing of the result.
    progress : callable, optional
        Called with the nights played and all nights.
    """
    stations, nodes = layout.voters.size, layout.kind.size
    ready_s, sent_s = np.empty((nights, stations)), np.empty((nights, stations))
    recap_s = np.empty((nights, int(layout.district.max(initial=0)) + 1))
    triangles = parameters.values()
    bounds = np.unique(np.linspace(0, nights, max(4 * workers, 1) + 1).astype(int)).tolist()

    def part(between: tuple[int, int]) -> tuple[int, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        lost, methods = np.zeros((stations, len(CAUSES)), np.int64), np.zeros((stations, RUNGS + 1), np.int64)
        carried = np.zeros(nodes, np.int64)
        first, last = between
        events = play_nights(
            layout, triangles, seed, needed_kbps, first, last, ready_s, sent_s, recap_s, lost, methods, carried
        )  # fmt: skip
        return events, lost, methods, carried

    events = 0
    lost, methods = np.zeros((stations, len(CAUSES)), np.int64), np.zeros((stations, RUNGS + 1), np.int64)
    carried = np.zeros(nodes, np.int64)
    with ThreadPoolExecutor(workers) as pool:
        for count, one in enumerate(pool.map(part, pairwise(bounds)), 1):
            events += one[0]
            lost, methods, carried = lost + one[1], methods + one[2], carried + one[3]
            if progress is not None:
                progress(bounds[count], nights)
    return Nights(ready_s, sent_s, recap_s, lost / 1e3 / nights, methods / nights, carried / 1e3 / nights, events)
