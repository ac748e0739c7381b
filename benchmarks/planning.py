"""Run our models on standard instances and print instance, value, bound, gap and seconds.

    .venv/bin/python benchmarks/planning.py --instances DIR [--seconds 60] [--json]     every file below DIR
    .venv/bin/python benchmarks/planning.py [--seconds 60] [--json]                    invented problems of full size

Kinds are known by content: OR-Library set cover (`scp*`), p-median (`pmed*`, solved as covering of vertex and
threshold) and Steiner (`stein*`); SteinLib and prize-collecting `.stp`; PSPLIB `.sm`; MCLP grids (`F` and `C` rows;
radius and number of sites by --radius and --sites). Every plan is recomputed by `jangkau.planning.checker`.
`value` is what the instance's own literature counts: cost, distance, makespan, or demand covered.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from planning_readers import (
    Graph,
    read_grid,
    read_median,
    read_or_steiner,
    read_project,
    read_set_cover,
    read_stp,
)
from planning_worlds import backhaul, covering, programme

from jangkau.messages import Message
from jangkau.planning import backhaul as backhaul_model
from jangkau.planning import checker, programmes, projects, set_cover, siting, steiner
from jangkau.planning.cover import Cover, Rows
from jangkau.planning.effort import Effort, timed
from jangkau.planning.network import Network, NetworkPlan, value_of


@dataclass(frozen=True)
class Result:
    """One line of the table."""

    instance: str
    kind: str
    value: float
    bound: float
    gap: float
    seconds: float
    cpu_seconds: float
    violations: int


def _lists(rows: Rows) -> list[list[int]]:
    return [rows[i].tolist() for i in range(len(rows))]


def _tree_problem(graph: Graph) -> steiner.TreeProblem:
    terminal, prize = np.zeros(graph.vertices, bool), np.zeros(graph.vertices)
    terminal[graph.terminals] = True
    for vertex, amount in graph.prizes.items():
        prize[vertex] = amount
    return steiner.TreeProblem(
        graph.vertices, np.array(graph.tails), np.array(graph.heads), np.array(graph.costs), terminal, prize
    )


Found = tuple[str, float, float, list[Message]]


def solve_set_cover(path: Path, effort: Effort) -> Found:
    problem = read_set_cover(path)
    plan = set_cover.solve(problem, effort)
    wrong = checker.check_cover(
        problem.weight.tolist(), _lists(problem.sites), problem.cost.tolist(), plan.cost, plan.chosen.tolist(),
        float(problem.weight.size),
    )  # fmt: skip
    return "set cover", plan.cost, plan.bound, wrong


def _siting(problem: Cover, budget: float, effort: Effort) -> tuple[siting.SitingPlan, list[Message]]:
    plan = siting.solve(problem, budget, effort)
    parts = (problem.weight.tolist(), _lists(problem.sites), problem.cost.tolist(), budget)
    wrong = checker.check_cover(*parts, plan.chosen.tolist(), plan.value)
    return plan, wrong + checker.check_cover_bound(*parts, plan.prices.tolist(), plan.price_bound)


def solve_median(path: Path, effort: Effort) -> Found:
    median = read_median(path)
    problem, all_far = median.as_cover()
    plan, wrong = _siting(problem, float(median.p), effort)
    value = float(median.distance[:, plan.chosen].min(axis=1).sum())
    return "p-median", value, all_far - plan.bound, wrong


def solve_tree(path: Path, effort: Effort) -> Found:
    graph = read_stp(path) if "SECTION" in path.read_text()[:2000].upper() else read_or_steiner(path)
    tree = steiner.solve(_tree_problem(graph), effort)
    edges = list(zip(graph.tails, graph.heads, graph.costs, strict=True))
    wrong = checker.check_tree(graph.vertices, edges, graph.terminals, graph.prizes, tree.edges.tolist(), tree.cost)
    return "prize-collecting tree" if graph.prizes else "Steiner tree", tree.cost, tree.bound, wrong


def solve_project(path: Path, effort: Effort) -> Found:
    read = read_project(path)
    project = projects.Project(read.durations, read.needs, read.successors, read.capacities)
    calendar = projects.solve(project, effort)
    wrong = checker.check_calendar(
        read.durations, read.needs, read.successors, read.capacities, calendar.starts, calendar.makespan
    )
    return "project", calendar.makespan, calendar.bound, wrong


def solve_grid(path: Path, effort: Effort, radius: float, sites: float) -> Found:
    plan, wrong = _siting(read_grid(path, radius), sites, effort)
    return f"covering, radius {radius:g}, {sites:g} sites", plan.value, plan.bound, wrong


def instances(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield files below a folder and their kinds."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name, head = path.name.lower(), path.read_bytes()[:400].decode("utf-8", "replace")
        if path.suffix == ".sm":
            yield path, "project"
        elif path.suffix == ".stp" or name.startswith("stein"):
            yield path, "tree"
        elif name.startswith("pmed"):
            yield path, "median"
        elif name.startswith("scp"):
            yield path, "set cover"
        elif "\nF" in head:
            yield path, "grid"


def run_one(path: Path, kind: str, arguments: argparse.Namespace) -> Found:
    effort = Effort() if arguments.reproducible else timed(arguments.seconds, time.monotonic)
    match kind:
        case "project":
            return solve_project(path, effort)
        case "tree":
            return solve_tree(path, effort)
        case "median":
            return solve_median(path, effort)
        case "set cover":
            return solve_set_cover(path, effort)
        case _:
            return solve_grid(path, effort, arguments.radius, arguments.sites)


def network_facts(network: Network, plan: NetworkPlan, budget: float) -> list[Message]:
    """Return what the checker finds wrong with a network plan."""
    hops = np.column_stack((network.tail, network.head, network.hop_cost, network.hop_mbps, network.clearance))
    return checker.check_network(
        weight=network.weight.tolist(),
        covers=_lists(network.covers),
        node_cost=network.cost.tolist(),
        demand_mbps=network.demand_mbps.tolist(),
        roots=np.flatnonzero(network.root).tolist(),
        satellite_cost=network.satellite_cost.tolist(),
        hops=[(int(a), int(b), c, m, f) for a, b, c, m, f in hops.tolist()],
        clearance_needed=network.clearance_needed,
        budget=budget,
        feed=plan.feed.tolist(),
        value=plan.value,
        cost=plan.cost,
    )


def invented(arguments: argparse.Namespace) -> Iterator[tuple[str, Found]]:
    """Solve invented problems of full size."""
    seconds = arguments.seconds
    for cells, sites, budget in ((20_000, 2_000, 7_200.0), (50_000, 5_000, 12_000.0)):
        problem, _ = covering(cells, sites, arguments.seed)
        plan, wrong = _siting(problem, budget, timed(seconds, time.monotonic))
        yield f"{cells} cells x {sites} sites", ("covering", plan.value, plan.bound, wrong)
    for sites, cells, money, forced in ((200, 5_000, 4_000.0, True), (500, 20_000, 8_000.0, False)):
        network = backhaul(sites, cells, arguments.seed, forced=forced)
        best = backhaul_model.solve(network, money, timed(2 * seconds, time.monotonic))
        name = f"{sites} sites + backhaul{', capacity decides' if forced else ''}"
        yield name, ("network", best.value, best.bound, network_facts(network, best, money))
        if forced:
            apart = value_of(network, backhaul_model.sequential(network, money, Effort(work=0.1)))
            yield name + ", sites first", ("network", apart, best.bound, [])
    work = programme(141, arguments.seed)
    done = programmes.solve(work, timed(seconds, time.monotonic))
    yield "141 places", ("programme", done.value, done.bound, programmes_checked(work, done))


def programmes_checked(work: programmes.Programme, done: programmes.ProgrammePlan) -> list[Message]:
    """Return what the checker finds wrong with a programme."""
    modes = [[[(s.wait_days, s.days, s.crews) for s in m.steps] for m in place.modes] for place in work.places]
    costs = [[m.cost for m in place.modes] for place in work.places]
    return checker.check_programme(
        modes, costs, [p.weight for p in work.places], work.crews, work.deadline_day, work.budget,
        done.chosen, done.starts, done.value, done.cost,
    )  # fmt: skip


def _result(name: str, found: Found, wall: float, cpu: float) -> Result:
    kind, value, bound, wrong = found
    gap = abs(value - bound) / max(abs(value), 1e-9)
    return Result(name, kind, value, bound, gap, wall, cpu, len(wrong))


def _timed(work: Iterator[tuple[str, Found]]) -> Iterator[Result]:
    while True:
        wall, cpu = time.monotonic(), time.process_time()
        try:
            name, found = next(work)
        except StopIteration:
            return
        yield _result(name, found, time.monotonic() - wall, time.process_time() - cpu)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instances", type=Path, help="a folder of standard instances")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each instance (networks: twice as long)")
    parser.add_argument("--seed", type=int, default=1, help="of the invented problems")
    parser.add_argument("--radius", type=float, default=5.5, help="of a site, for MCLP grids")
    parser.add_argument("--sites", type=float, default=10.0, help="how many, for MCLP grids")
    parser.add_argument("--reproducible", action="store_true", help="counted work instead of seconds")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.instances is not None:
        files = list(instances(arguments.instances))
        if not files:
            print(f"no known instance below {arguments.instances}", file=sys.stderr)
            return 1
        work = ((path.name, run_one(path, kind, arguments)) for path, kind in files)
    else:
        work = invented(arguments)
    results = []
    for result in _timed(iter(work)):
        results.append(result)
        if not arguments.json:
            print(
                f"{result.instance:<34} {result.kind:<24} {result.value:>14,.2f} {result.bound:>14,.2f} "
                f"{100 * result.gap:>8.3f} % {result.seconds:>7.1f} s {result.cpu_seconds:>7.1f} s cpu"
                + (f"  {result.violations} VIOLATIONS" if result.violations else ""),
                flush=True,
            )
    if arguments.json:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"results": [asdict(r) for r in results], "peak_memory_mb": peak}, indent=1))
    return 1 if any(r.violations for r in results) else 0


if __name__ == "__main__":
    sys.exit(main())
