"""Every model against trying everything, on instances small enough for that; every plan through the checker."""

import itertools
import math

import numpy as np
import pytest

from jangkau.errors import ModelError
from jangkau.planning import backhaul, checker, programmes, projects, set_cover, siting, steiner
from jangkau.planning.cover import Cover, Rows, cover, reduce, rows_of
from jangkau.planning.effort import Effort
from jangkau.planning.network import ALONE, Network
from jangkau.planning.programmes import Mode, PlaceWork, Programme, Step

QUICK = Effort(work=0.2)


def lists(rows: Rows) -> list[list[int]]:
    return [rows[i].tolist() for i in range(len(rows))]


def some_cover(rng: np.random.Generator, cells: int = 20, sites: int = 10) -> Cover:
    covers = [np.flatnonzero(rng.random(cells) < 0.25) for _ in range(sites)]
    locked = rng.choice(sites, 1) if rng.random() < 0.3 else None
    forbidden = rng.choice(sites, 2) if rng.random() < 0.3 and locked is None else None
    weight = rng.integers(0, 9, cells).astype(float)
    return cover(weight, rows_of(covers), rng.integers(1, 9, sites).astype(float), locked, forbidden)


def choices(problem: Cover) -> list[np.ndarray]:
    found = []
    for bits in itertools.product((False, True), repeat=problem.cost.size):
        mask = np.array(bits)
        if not np.any(mask & problem.forbidden) and not np.any(problem.locked & ~mask):
            found.append(np.flatnonzero(mask))
    return found


@pytest.mark.parametrize("seed", range(40))
def test_siting_finds_the_best_choice_and_proves_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = some_cover(rng)
    budget = float(rng.integers(9, 25))
    plan = siting.solve(problem, budget, QUICK)
    best = max(problem.value(c) for c in choices(problem) if problem.cost[c].sum() <= budget)
    assert plan.value == best
    assert plan.bound == pytest.approx(best)
    parts = (problem.weight.tolist(), lists(problem.sites), problem.cost.tolist(), budget)
    given = {
        "locked": np.flatnonzero(problem.locked).tolist(),
        "forbidden": np.flatnonzero(problem.forbidden).tolist(),
    }
    assert checker.check_cover(*parts, plan.chosen.tolist(), plan.value, **given) == []
    assert checker.check_cover_bound(*parts, plan.prices.tolist(), plan.price_bound, **given) == []
    assert plan.price_bound >= best - 1e-6


def test_reduction_keeps_the_best_value() -> None:
    for seed in range(30):
        rng = np.random.default_rng(seed)
        problem = some_cover(rng, 15, 8)
        budget = 12.0
        small = reduce(problem)
        left = budget - problem.cost[problem.locked].sum()
        best = max(problem.value(c) for c in choices(problem) if problem.cost[c].sum() <= budget)
        found = max(small.problem.value(c) for c in choices(small.problem) if small.problem.cost[c].sum() <= left)
        assert found + small.always == best


def test_locked_sites_beyond_the_budget_are_refused() -> None:
    problem = cover(np.ones(2), rows_of([[0], [1]]), np.array([5.0, 5.0]), locked=np.array([0, 1]))
    with pytest.raises(ModelError, match="10"):
        siting.solve(problem, 9.0, QUICK)


@pytest.mark.parametrize("seed", range(25))
def test_the_cheapest_cover_is_the_cheapest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = some_cover(rng, 10, 9)
    needed = rng.integers(1, 3, 10)
    everything = set_cover.enough(problem, needed, np.flatnonzero(~problem.forbidden))
    target = float(np.floor(0.8 * problem.weight[everything].sum()))
    plan = set_cover.solve(problem, QUICK, needed=needed, target=target)
    fine = [c for c in choices(problem) if problem.weight[set_cover.enough(problem, needed, c)].sum() >= target]
    assert plan.cost == min(problem.cost[c].sum() for c in fine)
    assert plan.bound == pytest.approx(plan.cost)


def test_a_target_out_of_reach_says_what_can_be_reached() -> None:
    problem = cover(np.array([3.0, 4.0]), rows_of([[0]]), np.array([1.0]))
    with pytest.raises(ModelError, match="3"):
        set_cover.solve(problem, QUICK)


def some_graph(rng: np.random.Generator, vertices: int = 9) -> tuple[list[int], list[int], list[float]]:
    pairs = [p for p in itertools.combinations(range(vertices), 2) if rng.random() < 0.4 or p[1] == p[0] + 1]
    costs = rng.integers(1, 9, len(pairs)).astype(float).tolist()
    return [p[0] for p in pairs], [p[1] for p in pairs], costs


def cheapest_tree(vertices: set[int], tails: list[int], heads: list[int], costs: list[float]) -> float:
    group = {v: v for v in vertices}
    total, joined = 0.0, 1
    for c, a, b in sorted(zip(costs, tails, heads, strict=True)):
        if a in group and b in group and group[a] != group[b]:
            old, new = group[a], group[b]
            group = {v: new if g == old else g for v, g in group.items()}
            total, joined = total + c, joined + 1
    return total if joined == len(vertices) else math.inf


@pytest.mark.parametrize("seed", range(30))
def test_trees_are_the_cheapest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 9
    tails, heads, costs = some_graph(rng, n)
    terminal, prize = np.zeros(n, bool), np.zeros(n)
    if seed % 2:
        terminal[rng.choice(n, 4, replace=False)] = True
    else:
        prize[rng.choice(n, 5, replace=False)] = rng.integers(1, 9, 5)
    problem = steiner.TreeProblem(n, np.array(tails), np.array(heads), np.array(costs), terminal, prize)
    tree = steiner.solve(problem, QUICK)
    best = math.inf
    for size in range(1, n + 1):
        for chosen in itertools.combinations(range(n), size):
            inside = set(chosen)
            if all(t in inside for t in np.flatnonzero(terminal)):
                missed = sum(prize[v] for v in range(n) if v not in inside)
                best = min(best, cheapest_tree(inside, tails, heads, costs) + missed)
    assert tree.cost == best
    assert tree.bound == pytest.approx(best)
    prizes = {int(v): float(prize[v]) for v in np.flatnonzero(prize)}
    edges = list(zip(tails, heads, costs, strict=True))
    where = np.flatnonzero(terminal).tolist()
    assert checker.check_tree(n, edges, where, prizes, tree.edges.tolist(), tree.cost) == []


def some_network(rng: np.random.Generator, nodes: int = 6) -> Network:
    tails, heads, costs = some_graph(rng, nodes + 1)
    covers = [np.flatnonzero(rng.random(12) < 0.35).astype(np.int32) for _ in range(nodes)] + [np.zeros(0, np.int32)]
    covers[0] = np.zeros(0, np.int32)
    demand = np.concatenate(([0.0], rng.choice([10.0, 20.0], nodes - 1), [0.0]))
    alone = np.where((demand > 0) & (demand < 15), 6.0, np.inf)
    hops = len(costs)
    return Network(
        weight=rng.integers(1, 9, 12).astype(float), covers=rows_of(covers),
        cost=np.concatenate((rng.integers(1, 6, nodes).astype(float), [0.0])), demand_mbps=demand,
        root=np.arange(nodes + 1) == nodes, satellite_cost=alone, tail=np.array(tails), head=np.array(heads),
        hop_cost=np.array(costs) / 2, hop_mbps=rng.choice([20.0, 40.0], hops), clearance=rng.uniform(0.4, 2.0, hops),
    )  # fmt: skip


def facts(network: Network, budget: float) -> dict[str, object]:
    hops = np.column_stack((network.tail, network.head, network.hop_cost, network.hop_mbps, network.clearance))
    return {
        "weight": network.weight.tolist(),
        "covers": lists(network.covers),
        "node_cost": network.cost.tolist(),
        "demand_mbps": network.demand_mbps.tolist(),
        "roots": np.flatnonzero(network.root).tolist(),
        "satellite_cost": network.satellite_cost.tolist(),
        "hops": [(int(a), int(b), c, m, f) for a, b, c, m, f in hops.tolist()],
        "clearance_needed": network.clearance_needed,
        "budget": budget,
    }


def best_network(network: Network, budget: float) -> float:
    """Try every feed of every node, by the checker's own arithmetic."""
    ways: list[list[int]] = []
    for v in range(network.cost.size):
        if network.root[v]:
            ways.append([ALONE])
            continue
        into = [2 * e for e in np.flatnonzero(network.head == v)] + [
            2 * e + 1 for e in np.flatnonzero(network.tail == v)
        ]
        ways.append([-2] + ([ALONE] if np.isfinite(network.satellite_cost[v]) else []) + [int(a) for a in into])
    best = 0.0
    known = facts(network, budget)
    for feed in itertools.product(*ways):
        built = [v for v in range(len(feed)) if feed[v] != -2 and not network.root[v]]
        cost = sum(network.cost[v] for v in built) + sum(
            network.satellite_cost[v] if feed[v] == ALONE else network.hop_cost[feed[v] // 2] for v in built
        )
        covered = {int(i) for v in built for i in network.covers[v]}
        value = float(network.weight[list(covered)].sum()) if covered else 0.0
        if (
            value > best
            and cost <= budget
            and not checker.check_network(**known, feed=feed, value=value, cost=float(cost))
        ):  # type: ignore[arg-type]
            best = value
    return best


@pytest.mark.parametrize("seed", range(12))
def test_sites_with_backhaul_are_the_best(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = some_network(rng, 5)
    budget = float(rng.integers(8, 18))
    plan = backhaul.solve(network, budget, QUICK)
    assert plan.value == pytest.approx(best_network(network, budget))
    assert plan.bound == pytest.approx(plan.value)
    wrong = checker.check_network(
        **facts(network, budget),
        feed=plan.feed.tolist(),
        value=plan.value,
        cost=plan.cost,  # type: ignore[arg-type]
    )
    assert wrong == []


@pytest.mark.parametrize("seed", range(60))
def test_the_checker_finds_nothing_on_larger_networks_and_rejects_a_corrupted_hop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = some_network(rng, 14)
    budget = float(rng.integers(10, 60))
    feed = backhaul.greedy(network, budget)
    value, cost = backhaul.value_of(network, feed), backhaul.cost_of(network, feed)
    known = facts(network, budget)
    assert checker.check_network(**known, feed=feed.tolist(), value=value, cost=cost) == []  # type: ignore[arg-type]
    for v in np.flatnonzero(feed >= 0):
        bad = feed.copy()
        bad[v] ^= 1
        assert checker.check_network(**known, feed=bad.tolist(), value=value, cost=cost)  # type: ignore[arg-type]
        low = facts(network, budget)
        low["hops"] = [(*h[:4], 0.1) if k == feed[v] // 2 else h for k, h in enumerate(low["hops"])]  # type: ignore[arg-type]
        assert checker.check_network(**low, feed=feed.tolist(), value=value, cost=cost)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(8))
def test_short_projects_are_the_shortest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 6
    durations = rng.integers(1, 4, n).tolist()
    needs = [[int(x)] for x in rng.integers(1, 3, n)]
    successors = [[k for k in range(a + 1, n) if rng.random() < 0.25] for a in range(n)]
    project = projects.Project(durations, needs, successors, [3])
    found = projects.solve(project, QUICK)
    checked = checker.check_calendar(durations, needs, successors, [3], found.starts, found.makespan)
    assert checked == []
    assert found.makespan == found.bound == _shortest(project)


def _shortest(project: projects.Project) -> int:
    """Every order of activities, each as early as it goes: one of them is the best."""
    best = sum(project.durations)
    for order in itertools.permutations(range(len(project.durations))):
        starts: dict[int, int] = {}
        used: dict[int, int] = {}
        for a in order:
            before = [b for b, f in enumerate(project.successors) if a in f]
            if any(b not in starts for b in before):
                break
            day = max((starts[b] + project.durations[b] for b in before), default=0)
            need, days = project.needs[a][0], project.durations[a]
            while any(used.get(d, 0) + need > project.capacities[0] for d in range(day, day + days)):
                day += 1
            for d in range(day, day + days):
                used[d] = used.get(d, 0) + need
            starts[a] = day
        else:
            best = min(best, max(starts[a] + project.durations[a] for a in starts))
    return best


@pytest.mark.parametrize("seed", range(6))
def test_programmes_are_checked_and_bounded(seed: int) -> None:
    rng = np.random.default_rng(seed)

    def mode() -> Mode:
        steps = tuple(
            Step(int(rng.integers(0, 3)), int(rng.integers(1, 4)), (1, int(rng.integers(0, 2)))) for _ in range(2)
        )
        return Mode(float(rng.integers(1, 6)), steps)

    places = tuple(PlaceWork(float(rng.integers(1, 9)), (mode(), mode())) for _ in range(6))
    work = Programme(places, (1, 1), 12, 12.0)
    plan = programmes.solve(work, QUICK)
    modes = [[[(s.wait_days, s.days, s.crews) for s in m.steps] for m in p.modes] for p in places]
    costs = [[m.cost for m in p.modes] for p in places]
    parts = (modes, costs, [p.weight for p in places], work.crews, work.deadline_day, work.budget)
    assert checker.check_programme(*parts, plan.chosen, plan.starts, plan.value, plan.cost) == []
    assert plan.value == plan.bound
    served = next(p for p, m in enumerate(plan.chosen) if m >= 0)
    late = [[d + 12 for d in days] if p == served else days for p, days in enumerate(plan.starts)]
    assert checker.check_programme(*parts, plan.chosen, late, plan.value, plan.cost)


def test_counted_work_gives_the_same_plan_twice() -> None:
    rng = np.random.default_rng(5)
    network = some_network(rng, 14)
    first, second = (backhaul.solve(network, 40.0, QUICK) for _ in range(2))
    assert first.feed.tolist() == second.feed.tolist()
    assert first.bound == second.bound
