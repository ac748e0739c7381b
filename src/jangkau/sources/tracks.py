"""What is odd about a track: positions that are not to be relied on, and gaps. Nothing is left out; it is marked."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jangkau.geo import METRES_PER_DEGREE
from jangkau.messages import Message
from jangkau.settings import TrackSettings

SAME_TRACK_S = 3600.0
"""After a longer pause another track begins; it is no gap."""

FloatArray = NDArray[np.float64]


def doubts_of(values: dict[str, list[Any]], limits: TrackSettings) -> list[Message]:
    """Mark samples whose position is doubted in the field `doubt`, and say how many and how many gaps there are.

    A position is doubted when it is said to be inaccurate (``accuracy``); when it lies so far from those before and
    after it on its track that nothing moves as fast, or is said to be reached at such a speed (``speed``); or when it
    stays the same to the last digit while the device says that it moves, or until it jumps as nothing moves
    (``frozen``). A track is what one device recorded without a pause of an hour.

    Parameters
    ----------
    values : dict of str to list
        Fields of samples; `time`, `longitude` and `latitude` are full, `accuracy_m`, `speed_mps` and `device` may be
        there. `doubt` is set.
    limits : TrackSettings

    Returns
    -------
    list of Message
        A message for each kind of doubt that was found, and one for gaps.
    """
    count = len(values["time"])
    doubt = np.full(count, None, object)
    point, first, along = _points(values)
    time_s, longitude, latitude, track = along
    fast, frozen, gaps = _odd_points(time_s, longitude, latitude, track, _numbers(values, "speed_mps")[first], limits)
    inaccurate = _numbers(values, "accuracy_m") > limits.worst_accuracy_m
    too_fast = fast[point] | (_numbers(values, "speed_mps") > limits.most_speed_mps)
    for name, odd in (("speed", too_fast), ("frozen", frozen[point]), ("accuracy", inaccurate)):
        doubt[odd] = name
    notes = []
    for name, code, limit in (
        ("accuracy", "note.doubt_accuracy", limits.worst_accuracy_m),
        ("speed", "note.doubt_speed", limits.most_speed_mps),
        ("frozen", "note.doubt_frozen", limits.frozen_s),
    ):
        found = int((doubt == name).sum())
        if found:
            notes.append(Message(code, {"count": found, "limit": limit}))
            values["doubt"] = doubt.tolist()
    if gaps.size:
        said = {"count": int(gaps.size), "limit": limits.gap_s, "minutes": float(gaps.sum() / 60.0)}
        notes.append(Message("note.gaps", said))
    return notes


def _numbers(values: dict[str, list[Any]], name: str) -> FloatArray:
    given: Sequence[Any] = values.get(name) or [None] * len(values["time"])
    return np.array(given, np.float64)


def _points(
    values: dict[str, list[Any]],
) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[FloatArray, FloatArray, FloatArray, NDArray[np.int64]]]:
    """Return the point of each sample, the first sample of each point, and time, position and track of the points.

    Samples of one device at one time are one point; points come by track and time.
    """
    seconds = np.array([time.timestamp() for time in values["time"]])
    device = np.unique([str(one) for one in values.get("device") or [""] * seconds.size], return_inverse=True)[1]
    order = np.lexsort((_numbers(values, "latitude"), _numbers(values, "longitude"), seconds, device))
    seconds, device = seconds[order], device[order]
    begins = np.ones(order.size, np.bool_)
    begins[1:] = (np.diff(seconds) > 0.0) | (np.diff(device) != 0)
    point = np.empty(order.size, np.int64)
    point[order] = np.cumsum(begins) - 1
    first = order[begins]
    time_s, own = seconds[begins], device[begins]
    new_track = np.ones(first.size, np.bool_)
    new_track[1:] = (np.diff(time_s) > SAME_TRACK_S) | (np.diff(own) != 0)
    longitude, latitude = (_numbers(values, name)[first] for name in ("longitude", "latitude"))
    return point, first, (time_s, longitude, latitude, np.cumsum(new_track))


def _odd_points(
    time_s: FloatArray,
    longitude: FloatArray,
    latitude: FloatArray,
    track: NDArray[np.int64],
    speed_mps: FloatArray,
    limits: TrackSettings,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], FloatArray]:
    """Return which points are too far off and which are frozen, and how long each gap is [s]."""
    fast, frozen = np.zeros(time_s.size, np.bool_), np.zeros(time_s.size, np.bool_)
    if time_s.size < 2:
        return fast, frozen, np.empty(0)
    together = np.diff(track) == 0
    step_s = np.diff(time_s)
    east_m = np.diff(longitude) * METRES_PER_DEGREE * np.cos(np.radians(latitude[1:]))
    distance_m = np.hypot(east_m, np.diff(latitude) * METRES_PER_DEGREE)
    jump = together & (distance_m > limits.most_speed_mps * step_s)
    # Off is what one jumps to and from; at the end of a track one jump must do.
    before, after = np.append(False, jump), np.append(jump, False)
    starts, ends = np.append(True, ~together), np.append(~together, True)
    fast = (before & after) | (before & ends) | (after & starts & ~np.append(before[1:], False))
    same = together & (distance_m == 0.0)
    run = np.cumsum(np.append(True, ~same)) - 1
    begin, end = np.flatnonzero(np.append(True, ~same)), np.flatnonzero(np.append(~same, True))
    moving = np.bincount(run, speed_mps >= limits.moving_mps) > 0.5 * np.bincount(run)
    long = (time_s[end] - time_s[begin]) > limits.frozen_s
    frozen = (long & (moving | after[end]))[run]
    gaps = step_s[together & (step_s > limits.gap_s)]
    return fast & ~frozen, frozen, gaps
