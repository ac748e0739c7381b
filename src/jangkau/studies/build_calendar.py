"""When what a plan builds will work: crews, waits at P80, and what feeds what.

All agreements and deliveries are asked for on day 0; a node's parts are worked on one after the other. Which nodes go
first is asked of `jangkau.planning.programmes` (most people by the day), the rest follow by people per day of work.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from jangkau.messages import Message
from jangkau.planning import checker
from jangkau.planning.effort import Effort
from jangkau.planning.programmes import Mode, PlaceWork, Programme, Step, solve
from jangkau.planning.technologies import CREWS
from jangkau.settings import BuildSettings
from jangkau.studies.build_candidates import Part
from jangkau.studies.build_plan import Shift, Work

EFFORT = Effort(work=0.05, gap=1e-3)
LONGEST_DAYS = 40 * 365
"""A calendar is not looked at for longer."""


def crews_of(build: BuildSettings) -> dict[str, int]:
    """Return how many crews there are of each sort."""
    return {name: int(getattr(build, f"{name}_crews")) for name in CREWS if name}


def steps_of(parts: Sequence[Part], build: BuildSettings) -> list[Step]:
    """Return the steps of a node: each begins when what it waits for, asked on day 0, and the one before are done."""
    names, steps, elapsed = list(crews_of(build)), [], 0
    for part in parts:
        t = part.technology
        wait, days = max(0, t.wait_days(build.sure) - elapsed), t.work_days(build.sure)
        steps.append(Step(wait, days, tuple(int(n == t.crew) for n in names)))
        elapsed += wait + days
    return steps


def calendar(works: Sequence[Work], weight: NDArray[np.float64], build: BuildSettings, days: int | None) -> list[Work]:
    """Return works with their days.

    Parameters
    ----------
    works : sequence of Work
        What feeds a node comes before it.
    weight : float64
        Of each place.
    build : BuildSettings
    days : int or None
        By which day as much as possible shall work.

    Raises
    ------
    RuntimeError
        Never for a sound program: the calendar is checked by recomputing it.
    """
    own = _own_weight(works, weight)
    order = _order(works, own, build, days)
    begun = _placed([steps_of(works[k].parts, build) for k in order], list(crews_of(build).values()))
    done: dict[int, tuple[Shift, ...]] = {}
    for k, starts in zip(order, begun, strict=True):
        steps = steps_of(works[k].parts, build)
        done[k] = tuple(
            Shift(part, day, day + step.days) for part, step, day in zip(works[k].parts, steps, starts, strict=True)
        )
    works_day: dict[str, int] = {}
    found = []
    for k, work in enumerate(works):
        last = done[k][-1].end_day if done[k] else 0
        above = works_day.get(work.fed_by.code, 0) if work.fed_by is not None else 0
        works_day[work.node.code] = max(last, above)
        found.append(replace(work, shifts=done[k], works_day=works_day[work.node.code]))
    return found


def check_calendar(works: Sequence[Work], build: BuildSettings) -> list[Message]:
    """Return what is wrong with the days of works: order, waits, crews; recomputed by the checker."""
    modes = [[[(s.wait_days, s.days, s.crews) for s in steps_of(w.parts, build)]] for w in works]
    starts = [[s.begin_day for s in w.shifts] for w in works]
    last = max((s.end_day for w in works for s in w.shifts), default=0)
    return checker.check_programme(
        modes, [[w.cost_idr] for w in works], [1.0] * len(works), list(crews_of(build).values()), last,
        sum(w.cost_idr for w in works), [0] * len(works), starts, float(len(works)), sum(w.cost_idr for w in works),
    )  # fmt: skip


def _own_weight(works: Sequence[Work], weight: NDArray[np.float64]) -> list[float]:
    """Share the people of each place to the first of the works that serve it."""
    seen: set[int] = set()
    found = []
    for work in works:
        new = set(work.closes) - seen
        seen |= new
        found.append(float(sum(weight[k] for k in new)))
    return found


def _order(works: Sequence[Work], own: Sequence[float], build: BuildSettings, days: int | None) -> list[int]:
    """Return works in the order in which crews take them: what is on time first, and before each what feeds it."""
    steps = [steps_of(w.parts, build) for w in works]
    per_day = [o / max(1, sum(s.days for s in of)) for o, of in zip(own, steps, strict=True)]
    rank = sorted(range(len(works)), key=lambda k: (-per_day[k], works[k].node.code))
    if days is not None and days > 0:
        crews = tuple(crews_of(build).values())
        places = tuple(PlaceWork(o, (Mode(0.0, tuple(of)),)) for o, of in zip(own, steps, strict=True))
        plan = solve(Programme(places, crews, days, 0.0), EFFORT)
        first = {k: starts[0] if starts else 0 for k, starts in enumerate(plan.starts) if plan.chosen[k] == 0}
        rank = sorted(rank, key=lambda k: (k not in first, first.get(k, 0)))
    number = {w.node.code: k for k, w in enumerate(works)}
    order: list[int] = []
    for k in rank:
        line = [k]
        while (above := works[line[-1]].fed_by) is not None and above.code in number:
            line.append(number[above.code])
        order += [n for n in reversed(line) if n not in order]
    return order


def _placed(chains: Sequence[Sequence[Step]], crews: Sequence[int]) -> list[list[int]]:
    """Return the days on which the steps of each chain begin, in order, each as early as crews allow."""
    used = np.zeros((LONGEST_DAYS, len(crews)), np.int64)
    most = np.array(crews)
    found = []
    for steps in chains:
        day, starts = 0, []
        for step in steps:
            day += step.wait_days
            need = np.array(step.crews)
            if np.any(need > most):
                day = LONGEST_DAYS - step.days
            while np.any(used[day : day + step.days] + need > most) and day + step.days < LONGEST_DAYS:
                day += 1
            used[day : day + step.days] += need
            starts.append(day)
            day += step.days
        found.append(starts)
    return found
