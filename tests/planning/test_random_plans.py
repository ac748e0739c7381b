"""Plans of every model on random instances, each recomputed by the checker: no violation, no value beyond its bound."""

import numpy as np
import pytest

from jangkau.messages import Message
from jangkau.planning import backhaul, checker, programmes, projects, set_cover, siting, steiner
from jangkau.planning.cover import Cover, cover, rows_of
from jangkau.planning.effort import Effort
from jangkau.planning.network import Network
from jangkau.planning.programmes import Mode, PlaceWork, Programme, Step

QUICK = Effort(work=0.05)

Judged = tuple[list[Message], float, float]
"""What the checker says, the value, and the bound: never below the value (costs count negative)."""


def a_cover(rng: np.random.Generator) -> tuple[Cover, list[list[int]]]:
    cells, sites = int(rng.integers(10, 200)), int(rng.integers(3, 50))
    lists = [np.flatnonzero(rng.random(cells) < rng.uniform(0.02, 0.2)).tolist() for _ in range(sites)]
    forbidden = rng.choice(sites, int(rng.integers(0, sites // 3 + 1)), replace=False)
    locked = np.setdiff1d(rng.choice(sites, 1), forbidden)
    weight = np.round(rng.lognormal(2.0, 1.0, cells)) * (rng.random(cells) < 0.8)
    cost = np.round(rng.lognormal(2.0, 0.5, sites))
    return cover(weight, rows_of(lists), cost, locked, forbidden), lists


def siting_judged(rng: np.random.Generator) -> Judged:
    problem, lists = a_cover(rng)
    budget = float(problem.cost[problem.locked].sum() + rng.uniform(0, 0.5) * problem.cost.sum())
    plan = siting.solve(problem, budget, QUICK)
    parts = (problem.weight.tolist(), lists, problem.cost.tolist(), budget)
    given = {
        "locked": np.flatnonzero(problem.locked).tolist(),
        "forbidden": np.flatnonzero(problem.forbidden).tolist(),
    }
    wrong = checker.check_cover(*parts, plan.chosen.tolist(), plan.value, **given)
    wrong += checker.check_cover_bound(*parts, plan.prices.tolist(), plan.price_bound, **given)
    return wrong, plan.value, min(plan.bound, plan.price_bound)


def set_cover_judged(rng: np.random.Generator) -> Judged:
    problem, lists = a_cover(rng)
    needed = rng.integers(1, 3, problem.weight.size)
    within_reach = set_cover.enough(problem, needed, np.flatnonzero(~problem.forbidden))
    target = float(np.floor(rng.uniform(0.3, 1.0) * problem.weight[within_reach].sum()))
    plan = set_cover.solve(problem, QUICK, needed=needed, target=target)
    wrong = checker.check_cover(
        problem.weight.tolist(), lists, problem.cost.tolist(), plan.cost, plan.chosen.tolist(), plan.people,
        locked=np.flatnonzero(problem.locked).tolist(), forbidden=np.flatnonzero(problem.forbidden).tolist(),
        needed=needed.tolist(),
    )  # fmt: skip
    assert plan.people >= target
    return wrong, -plan.cost, -plan.bound


def a_graph(rng: np.random.Generator, vertices: int) -> tuple[np.ndarray, np.ndarray]:
    """Return tails and heads of a connected graph: a random tree and some more edges."""
    pairs = {(int(rng.integers(v)), v) for v in range(1, vertices)}
    more = rng.integers(0, vertices, (2 * vertices, 2)).tolist()
    pairs |= {(min(a, b), max(a, b)) for a, b in more if a != b}
    ends = np.array(sorted(pairs))
    return ends[:, 0], ends[:, 1]


def tree_judged(rng: np.random.Generator) -> Judged:
    n = int(rng.integers(5, 40))
    tail, head = a_graph(rng, n)
    cost = rng.integers(1, 20, tail.size).astype(float)
    terminal, prize = np.zeros(n, bool), np.zeros(n)
    some = rng.choice(n, max(2, n // 3), replace=False)
    if rng.random() < 0.5:
        terminal[some] = True
    else:
        prize[some] = rng.integers(1, 20, some.size)
    tree = steiner.solve(steiner.TreeProblem(n, tail, head, cost, terminal, prize), QUICK)
    wrong = checker.check_tree(
        n, list(zip(tail.tolist(), head.tolist(), cost.tolist(), strict=True)), np.flatnonzero(terminal).tolist(),
        {int(v): float(prize[v]) for v in np.flatnonzero(prize)}, tree.edges.tolist(), tree.cost,
    )  # fmt: skip
    return wrong, -tree.cost, -tree.bound


def network_judged(rng: np.random.Generator) -> Judged:
    n, cells = int(rng.integers(5, 16)), 60
    tail, head = a_graph(rng, n)
    lists = [np.flatnonzero(rng.random(cells) < 0.15).astype(np.int32) for _ in range(n - 1)] + [np.zeros(0, np.int32)]
    demand = np.append(rng.choice([0.0, 10.0, 20.0], n - 1), 0.0)
    root = np.arange(n) == n - 1
    network = Network(
        weight=rng.integers(1, 9, cells).astype(float), covers=rows_of(lists), demand_mbps=demand, root=root,
        cost=np.where(root, 0.0, rng.integers(1, 6, n)).astype(float), tail=tail, head=head,
        satellite_cost=np.where((demand > 0) & (demand < 15), 6.0, np.inf), hop_cost=rng.uniform(0.5, 4, tail.size),
        hop_mbps=rng.choice([20.0, 40.0], tail.size), clearance=rng.uniform(0.4, 2.0, tail.size),
    )  # fmt: skip
    budget = float(rng.integers(5, 40))
    plan = backhaul.solve(network, budget, QUICK)
    hops = zip(tail.tolist(), head.tolist(), *(a.tolist() for a in (network.hop_cost, network.hop_mbps)), strict=True)
    wrong = checker.check_network(
        weight=network.weight.tolist(), covers=[x.tolist() for x in lists], node_cost=network.cost.tolist(),
        demand_mbps=demand.tolist(), roots=[n - 1], satellite_cost=network.satellite_cost.tolist(),
        hops=[(*h, c) for h, c in zip(hops, network.clearance.tolist(), strict=True)],
        clearance_needed=network.clearance_needed, budget=budget, feed=plan.feed.tolist(), value=plan.value,
        cost=plan.cost,
    )  # fmt: skip
    return wrong, plan.value, plan.bound


def project_judged(rng: np.random.Generator) -> Judged:
    n = int(rng.integers(3, 25))
    durations, needs = rng.integers(0, 6, n).tolist(), rng.integers(0, 4, (n, 2)).tolist()
    successors = [[k for k in range(a + 1, n) if rng.random() < 0.12] for a in range(n)]
    plan = projects.solve(projects.Project(durations, needs, successors, [4, 3]), QUICK)
    wrong = checker.check_calendar(durations, needs, successors, [4, 3], plan.starts, plan.makespan)
    return wrong, -plan.makespan, -plan.bound


def programme_judged(rng: np.random.Generator) -> Judged:
    def mode() -> Mode:
        count = int(rng.integers(1, 4))
        steps = [
            Step(int(rng.integers(0, 4)), int(rng.integers(1, 5)), (1, int(rng.integers(0, 2)))) for _ in range(count)
        ]
        return Mode(float(rng.integers(1, 6)), tuple(steps))

    places = tuple(
        PlaceWork(float(rng.integers(1, 9)), tuple(mode() for _ in range(int(rng.integers(1, 3)))))
        for _ in range(int(rng.integers(1, 10)))
    )
    work = Programme(places, (1, 2), int(rng.integers(5, 25)), float(rng.integers(3, 25)))
    plan = programmes.solve(work, QUICK)
    wrong = checker.check_programme(
        [[[(s.wait_days, s.days, s.crews) for s in m.steps] for m in p.modes] for p in places],
        [[m.cost for m in p.modes] for p in places], [p.weight for p in places], work.crews, work.deadline_day,
        work.budget, plan.chosen, plan.starts, plan.value, plan.cost,
    )  # fmt: skip
    return wrong, plan.value, plan.bound


MODELS = (siting_judged, set_cover_judged, tree_judged, network_judged, project_judged, programme_judged)


def assert_holds(seed: int) -> None:
    wrong, value, bound = MODELS[seed % len(MODELS)](np.random.default_rng(seed))
    assert wrong == []
    assert bound >= value - 1e-6 * max(1.0, abs(value))


@pytest.mark.parametrize("seed", range(72))
def test_no_plan_of_a_random_instance_is_wrong(seed: int) -> None:
    assert_holds(seed)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1_000, 2_000, 100))
def test_no_plan_of_a_thousand_random_instances_is_wrong(first: int) -> None:
    for seed in range(first, first + 100):
        assert_holds(seed)
