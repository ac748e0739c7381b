"""Recompute every plan from the facts alone: plain Python that shares no code with the models and trusts no solver.

Each `check_*` returns what is wrong, one message a violation; an empty list means that the plan holds.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from jangkau.messages import Message

TOLERANCE = 1e-6


def _differs(claimed: float, found: float) -> bool:
    return abs(claimed - found) > TOLERANCE * max(1.0, abs(found))


def _wrong(code: str, **parameters: object) -> Message:
    return Message(f"planning.{code}", parameters)


def check_cover(
    weight: Sequence[float],
    covers: Sequence[Sequence[int]],
    cost: Sequence[float],
    budget: float,
    chosen: Sequence[int],
    value: float,
    *,
    locked: Sequence[int] = (),
    forbidden: Sequence[int] = (),
    needed: Sequence[int] | None = None,
) -> list[Message]:
    """Check a choice of sites: budget, people covered, what is locked and forbidden.

    Parameters
    ----------
    weight : floats, one a cell
    covers : for each site, its cells
    cost : floats, one a site
    budget : float
    chosen : sites of the plan
    value : float
        People whom the plan claims to cover.
    locked, forbidden : sites
    needed : ints, one a cell, optional
        How many sites a cell takes to count; 1 by default.
    """
    wrong = [_wrong("check_no_such_site", site=j) for j in chosen if not 0 <= j < len(covers)]
    if wrong:
        return wrong
    if len(set(chosen)) != len(chosen):
        wrong.append(_wrong("check_twice"))
    wrong += [_wrong("check_locked_left_out", site=j) for j in locked if j not in set(chosen)]
    wrong += [_wrong("check_forbidden_used", site=j) for j in forbidden if j in set(chosen)]
    spent = sum(cost[j] for j in chosen)
    if spent > budget + TOLERANCE * max(1.0, budget):
        wrong.append(_wrong("check_over_budget", cost=spent, budget=budget))
    times: dict[int, int] = {}
    for j in set(chosen):
        for i in set(covers[j]):
            times[i] = times.get(i, 0) + 1
    people = sum(weight[i] for i, n in times.items() if n >= (1 if needed is None else needed[i]))
    if _differs(value, people):
        wrong.append(_wrong("check_people", claimed=value, found=people))
    return wrong


def check_cover_bound(
    weight: Sequence[float],
    covers: Sequence[Sequence[int]],
    cost: Sequence[float],
    budget: float,
    prices: Sequence[float],
    bound: float,
    *,
    locked: Sequence[int] = (),
    forbidden: Sequence[int] = (),
) -> list[Message]:
    """Check that prices of cells prove a bound: nobody covers more people for the budget.

    Notes
    -----
    sum_i (w_i - u_i) + the best that money buys of sites each worth the u of its cells, in parts if need
    be; a site that alone costs more than the money left is in no plan.
    """
    wrong = [
        _wrong("check_price", cell=i) for i, u in enumerate(prices) if not -TOLERANCE <= u <= weight[i] + TOLERANCE
    ]
    worth = [sum(prices[i] for i in set(cells)) for cells in covers]
    total = sum(w - u for w, u in zip(weight, prices, strict=True))
    left = budget - sum(cost[j] for j in locked)
    total += sum(worth[j] for j in locked)
    shut = set(locked) | set(forbidden)
    free = [j for j in range(len(covers)) if j not in shut and cost[j] <= left + TOLERANCE]
    for j in sorted(free, key=lambda j: -worth[j] / max(cost[j], 1e-12)):
        part = 1.0 if cost[j] <= left else max(0.0, left) / cost[j]
        total += part * worth[j]
        left -= part * cost[j]
        if part < 1.0:
            break
    if total > bound + TOLERANCE * max(1.0, abs(bound)):
        wrong.append(_wrong("check_bound", claimed=bound, found=total))
    return wrong


def check_tree(
    vertices: int,
    edges: Sequence[tuple[int, int, float]],
    terminals: Sequence[int],
    prizes: Mapping[int, float],
    chosen: Sequence[int],
    cost: float,
) -> list[Message]:
    """Check that chosen edges are one tree that holds the terminals, and what it costs with prizes forgone.

    Parameters
    ----------
    vertices : int
    edges : (vertex, vertex, cost)
    terminals : vertices that must be in
    prizes : prize by vertex
    chosen : edges of the tree
    cost : float
        As claimed. Without edges the tree is the one vertex of the highest prize.
    """
    wrong = [_wrong("check_no_such_hop", hop=e) for e in chosen if not 0 <= e < len(edges)]
    if wrong:
        return wrong
    group = list(range(vertices))

    def top(v: int) -> int:
        while group[v] != v:
            v = group[v]
        return v

    for e in chosen:
        a, b = top(edges[e][0]), top(edges[e][1])
        if a == b:
            wrong.append(_wrong("check_ring", hop=e))
        group[a] = b
    inside = {v for e in chosen for v in edges[e][:2]}
    if not inside:
        inside = set(terminals[:1]) or ({max(prizes, key=lambda v: prizes[v])} if prizes else set())
    if len({top(v) for v in inside}) > 1:
        wrong.append(_wrong("check_not_connected"))
    wrong += [_wrong("check_left_out", node=t) for t in terminals if t not in inside]
    found = sum(edges[e][2] for e in chosen) + sum(p for v, p in prizes.items() if v not in inside)
    if _differs(cost, found):
        wrong.append(_wrong("check_cost", claimed=cost, found=found))
    return wrong


def check_network(
    *,
    weight: Sequence[float],
    covers: Sequence[Sequence[int]],
    node_cost: Sequence[float],
    demand_mbps: Sequence[float],
    roots: Sequence[int],
    satellite_cost: Sequence[float],
    hops: Sequence[tuple[int, int, float, float, float]],
    clearance_needed: float,
    budget: float,
    feed: Sequence[int],
    value: float,
    cost: float,
    locked: Sequence[int] = (),
    forbidden: Sequence[int] = (),
) -> list[Message]:
    """Check sites with backhaul: every node is fed from a root or by satellite, within capacity, clearance, budget.

    Parameters
    ----------
    weight : floats, one a cell
    covers : for each node, its cells
    node_cost, demand_mbps, satellite_cost : floats, one a node
    roots : nodes that are there already
    hops : (node, node, cost, Mbit/s, clearance in first Fresnel radii)
    clearance_needed : float
    budget : float
    feed : ints, one a node
        -2 not built, -1 by satellite (or a root), 2 h over hop h from its first node, 2 h + 1 from its second.
    value, cost : float
        As claimed.
    locked, forbidden : nodes
    """
    wrong: list[Message] = []
    root = set(roots)
    built = [v for v in range(len(feed)) if feed[v] != -2 and v not in root]
    wrong += [_wrong("check_locked_left_out", site=v) for v in locked if feed[v] == -2]
    wrong += [_wrong("check_forbidden_used", site=v) for v in built if v in set(forbidden)]
    above: dict[int, int] = {}
    spent = 0.0
    for v in built:
        spent += node_cost[v]
        if feed[v] == -1:
            spent += satellite_cost[v]
            if satellite_cost[v] == float("inf"):
                wrong.append(_wrong("check_satellite", site=v))
            continue
        hop, backward = divmod(feed[v], 2)
        if not 0 <= hop < len(hops):
            wrong.append(_wrong("check_no_such_hop", hop=hop))
            continue
        start, end, price, _, clearance = hops[hop]
        source, target = (end, start) if backward else (start, end)
        spent += price
        if target != v:
            wrong.append(_wrong("check_hop_elsewhere", hop=hop, site=v))
        if clearance < clearance_needed:
            wrong.append(_wrong("check_clearance", hop=hop, clearance=clearance, needed=clearance_needed))
        above[v] = source
    wrong += _check_feeding(above, root, {v for v in built if feed[v] == -1}, hops, feed, demand_mbps)
    if spent > budget + TOLERANCE * max(1.0, budget):
        wrong.append(_wrong("check_over_budget", cost=spent, budget=budget))
    if _differs(cost, spent):
        wrong.append(_wrong("check_cost", claimed=cost, found=spent))
    people = sum(weight[i] for i in {i for v in built for i in covers[v]})
    if _differs(value, people):
        wrong.append(_wrong("check_people", claimed=value, found=people))
    return wrong


def _check_feeding(
    above: Mapping[int, int],
    roots: set[int],
    alone: set[int],
    hops: Sequence[tuple[int, int, float, float, float]],
    feed: Sequence[int],
    demand_mbps: Sequence[float],
) -> list[Message]:
    """Follow every node up to its root, adding its demand to each hop on the way."""
    wrong, load = [], dict.fromkeys(above, 0.0)
    for v in above:
        at, steps = v, 0
        while at in above and steps <= len(above):
            load[at] += demand_mbps[v]
            at = above[at]
            steps += 1
        if at not in roots:
            wrong.append(_wrong("check_fed_by_satellite_node" if at in alone else "check_not_fed", site=v))
    for v, mbps in load.items():
        capacity = hops[feed[v] // 2][3]
        if mbps > capacity + TOLERANCE * max(1.0, capacity):
            wrong.append(_wrong("check_capacity", hop=feed[v] // 2, load_mbps=mbps, capacity_mbps=capacity))
    return wrong


def check_calendar(
    durations: Sequence[int],
    needs: Sequence[Sequence[int]],
    successors: Sequence[Sequence[int]],
    capacities: Sequence[int],
    starts: Sequence[int],
    end: int,
) -> list[Message]:
    """Check a calendar of activities, one mode each: order, crews on every day, and the end."""
    wrong = [_wrong("check_before_day_nought", activity=a) for a, s in enumerate(starts) if s < 0]
    for a, followers in enumerate(successors):
        wrong += [
            _wrong("check_order", activity=k, before=a) for k in followers if starts[k] < starts[a] + durations[a]
        ]
    wrong += _check_crews(list(zip(starts, durations, needs, strict=True)), capacities)
    last = max((s + d for s, d in zip(starts, durations, strict=True)), default=0)
    if last != end:
        wrong.append(_wrong("check_end", claimed=end, found=last))
    return wrong


def _check_crews(work: Sequence[tuple[int, int, Sequence[int]]], capacities: Sequence[int]) -> list[Message]:
    """Add up crews day by day."""
    used: dict[tuple[int, int], int] = {}
    for start, days, needs in work:
        for crew, need in enumerate(needs):
            if need:
                for day in range(start, start + days):
                    used[crew, day] = used.get((crew, day), 0) + need
    return [
        _wrong("check_crew", crew=crew, day=day, used=n, available=capacities[crew])
        for (crew, day), n in sorted(used.items())
        if n > capacities[crew]
    ]


def check_programme(
    modes: Sequence[Sequence[Sequence[tuple[int, int, Sequence[int]]]]],
    mode_costs: Sequence[Sequence[float]],
    weights: Sequence[float],
    capacities: Sequence[int],
    deadline: int,
    budget: float,
    chosen: Sequence[int],
    starts: Sequence[Sequence[int]],
    value: float,
    cost: float,
) -> list[Message]:
    """Check a programme: each chosen place done in its mode, activities in order, before the deadline, for the money.

    Parameters
    ----------
    modes : for each place and mode, its activities in order: least wait after the one before, duration, needs of crews
    mode_costs : for each place and mode, money
    weights : what each place is worth
    capacities : of crews
    deadline : int
        The last day's end: nothing may end later.
    budget : float
    chosen : for each place its mode, -1 where it is left to its fallback
    starts : for each place, the start of each activity of its mode
    value, cost : float
        As claimed.
    """
    wrong: list[Message] = []
    work: list[tuple[int, int, Sequence[int]]] = []
    spent = worth = 0.0
    for place, mode in enumerate(chosen):
        if mode < 0:
            continue
        activities = modes[place][mode]
        spent += mode_costs[place][mode]
        worth += weights[place]
        ready = 0
        if len(starts[place]) != len(activities):
            wrong.append(_wrong("check_activities", place=place))
            continue
        for (wait, days, needs), start in zip(activities, starts[place], strict=True):
            if start < ready + wait:
                wrong.append(_wrong("check_too_early", place=place, day=start, earliest=ready + wait))
            ready = start + days
            work.append((start, days, needs))
        if ready > deadline:
            wrong.append(_wrong("check_late", place=place, day=ready, deadline=deadline))
    wrong += _check_crews(work, capacities)
    if spent > budget + TOLERANCE * max(1.0, budget):
        wrong.append(_wrong("check_over_budget", cost=spent, budget=budget))
    if _differs(cost, spent):
        wrong.append(_wrong("check_cost", claimed=cost, found=spent))
    if _differs(value, worth):
        wrong.append(_wrong("check_people", claimed=value, found=worth))
    return wrong


def check_ladder(
    ways: Sequence[Sequence[tuple[str, float, float, int]]],
    kits: Mapping[str, int],
    team_hours: Sequence[float],
    budget: float,
    way: Sequence[int],
    cost: float,
) -> list[Message]:
    """Check the ladder: kits, money, and hours that teams can really work, day by day.

    Parameters
    ----------
    ways : for each place and way: kind of kit (empty for none), cost, team hours, first day
    kits : by kind
    team_hours : of each day until the deadline
    budget : float
    way : for each place the number of its way, -1 where it is left open
    cost : float
        As claimed.
    """
    taken = [ways[place][k] for place, k in enumerate(way) if k >= 0]
    wrong: list[Message] = []
    for kind in sorted({kit for kit, *_ in taken} - {""}):
        used = sum(1 for kit, *_ in taken if kit == kind)
        if used > kits.get(kind, 0):
            wrong.append(_wrong("check_kits", kit=kind, used=used, available=kits.get(kind, 0)))
    spent = sum(price for _, price, _, _ in taken)
    if spent > budget + TOLERANCE * max(1.0, budget):
        wrong.append(_wrong("check_over_budget", cost=spent, budget=budget))
    if _differs(cost, spent):
        wrong.append(_wrong("check_cost", claimed=cost, found=spent))
    free = list(team_hours)
    for _, _, hours, first in sorted(taken, key=lambda t: -t[3]):
        need = hours
        for day in range(len(free) - 1, first - 1, -1):
            part = min(need, free[day])
            free[day] -= part
            need -= part
        if need > TOLERANCE:
            wrong.append(_wrong("check_hours", hours=need))
    return wrong


def check_teams(
    jobs: Sequence[tuple[int, int, float, int]],
    shifts: Sequence[tuple[int, int, float, float, int]],
    teams: int,
    hours_per_day: float,
    days: int,
) -> list[Message]:
    """Check who works where and when: all hours are worked, none too early or too late, no team is in two places.

    Parameters
    ----------
    jobs : for each the place, how many teams, hours of each team, first day
    shifts : for each the team, day, begin and end within the day [h], place
    teams, hours_per_day, days : what there is
    """
    wrong: list[Message] = []
    for team, day, begin, end, place in shifts:
        if not (0 <= team < teams and 0 <= day < days and -TOLERANCE <= begin <= end <= hours_per_day + TOLERANCE):
            wrong.append(_wrong("check_shift", team=team + 1, day=day, place=place))
    ordered = sorted(shifts)
    for before, after in pairwise(ordered):
        if before[:2] == after[:2] and after[2] < before[3] - TOLERANCE:
            wrong.append(_wrong("check_two_places", team=after[0] + 1, day=after[1]))
    for place, crews, hours, first in jobs:
        own = [s for s in shifts if s[4] == place]
        worked = {team: sum(s[3] - s[2] for s in own if s[0] == team) for team in {s[0] for s in own}}
        if len(worked) != crews or any(_differs(hours, found) for found in worked.values()):
            wrong.append(_wrong("check_work", place=place, hours=hours, crews=crews))
        if any(s[1] < first for s in own):
            wrong.append(_wrong("check_too_early", place=place, day=min(s[1] for s in own), earliest=first))
    strangers = {s[4] for s in shifts} - {job[0] for job in jobs}
    return wrong + [_wrong("check_work", place=place, hours=0.0, crews=0) for place in sorted(strangers)]
