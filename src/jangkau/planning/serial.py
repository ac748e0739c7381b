"""Calendars by the serial scheme: activities one after the other by priority, each as early as crews allow."""

from typing import NamedTuple

import numpy as np

from jangkau.compiled import kernel
from jangkau.planning.linear import Floats, Ints


class Work(NamedTuple):
    """Activities in arrays: durations, needs (activities, crews), capacities, and who follows and precedes whom."""

    duration: Ints
    need: Ints
    capacity: Ints
    next_starts: Ints
    nexts: Ints
    before_starts: Ints
    befores: Ints


@kernel(allocates=True)
def serial(w: Work, priority: Floats, backward: bool, horizon: int) -> Ints:
    """Return starts; of the activities that may come next the highest priority is first.

    `backward`: predecessors and successors change places (time runs back). References: Kolisch (1996).
    """
    n, crews = w.duration.size, w.capacity.size
    from_starts = w.next_starts if backward else w.before_starts
    to_starts, tos = (w.before_starts, w.befores) if backward else (w.next_starts, w.nexts)
    used = np.zeros((horizon + 1, crews), np.int64)
    waits, earliest, starts = np.diff(from_starts), np.zeros(n, np.int64), np.zeros(n, np.int64)
    done = np.zeros(n, np.bool_)
    for _ in range(n):
        a = -1
        for k in range(n):
            if not done[k] and waits[k] == 0 and (a < 0 or priority[k] > priority[a]):
                a = k
        done[a] = True
        days, day = w.duration[a], earliest[a]
        d = day
        while d < day + days:
            clash = False
            for crew in range(crews):
                clash |= used[d, crew] + w.need[a, crew] > w.capacity[crew]
            d += 1
            if clash:
                day = d
        for d in range(day, day + days):
            for crew in range(crews):
                used[d, crew] += w.need[a, crew]
        starts[a] = day
        for k in range(to_starts[a], to_starts[a + 1]):
            waits[tos[k]] -= 1
            earliest[tos[k]] = max(earliest[tos[k]], day + days)
    return starts


@kernel(allocates=True)
def shortest(w: Work, tail: Floats, tries: int, seed: int) -> Ints:
    """Return the shortest of many calendars: priorities changed at random, each calendar pressed back and forth.

    References: Valls, Ballestin, Quintanilla (2005), Justification and RCPSP.
    """
    np.random.seed(seed)  # noqa: NPY002 - the compiler's own generator
    n, horizon = w.duration.size, w.duration.sum() + 1
    best = serial(w, tail, False, horizon)
    best_end = (best + w.duration).max()
    elite, size = np.zeros((12, n)), 0
    ends = np.full(12, 1 << 60)
    for attempt in range(tries):
        if size < 12 or attempt % 10 == 0:
            priority = tail * (0.7 + 0.3 * np.random.random(n))  # noqa: NPY002
        else:
            a, b = elite[np.random.randint(12)], elite[np.random.randint(12)]  # noqa: NPY002
            low = np.random.random() * best_end  # noqa: NPY002
            width = (0.1 + 0.4 * np.random.random()) * best_end  # noqa: NPY002
            noise = 0.06 * best_end * np.random.random() ** 2  # noqa: NPY002
            priority = np.empty(n)
            for k in range(n):
                s = b[k] if low <= a[k] < low + width else a[k]
                priority[k] = -s + noise * (np.random.random() - 0.5)  # noqa: NPY002
        starts = serial(w, priority, False, horizon)
        for _ in range(2):
            mirror = serial(w, (starts + w.duration).astype(np.float64), True, horizon)
            starts = serial(w, (mirror + w.duration).astype(np.float64), False, horizon)
        end = (starts + w.duration).max()
        worst = np.argmax(ends)
        if end <= ends[worst]:
            same = False
            for k in range(12):
                same |= bool(ends[k] == end and np.all(elite[k] == starts))
            if not same:
                elite[worst] = starts
                ends[worst] = end
                size += 1
        if end < best_end:
            best, best_end = starts, end
    return best
