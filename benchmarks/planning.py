"""Run our models on standard instances and print instance, value, bound, gap and seconds.

    .venv/bin/python benchmarks/planning.py --instances DIR [--seconds 60] [--json]    every file below DIR
    .venv/bin/python benchmarks/planning.py [--seconds 60] [--json]                    invented problems of full size

`--only WORD` leaves out all whose name lacks the word. `planning_page.py` makes a page of what `--json` prints.

Kinds are known by content: OR-Library set cover (`scp*`), p-median (`pmed*`, solved as covering of vertex and
threshold) and Steiner (`stein*`); SteinLib and prize-collecting `.stp`; PSPLIB `.sm`; MCLP grids (`F` and `C` rows;
radius and number of sites by --radius and --sites). Every plan is recomputed by `jangkau.planning.checker`.
`value` is what the instance's own literature counts: cost, distance, makespan, or demand covered. After the instances
comes a line a family. Seconds are those of the clock; on a machine with other work `--processor-seconds` is fairer.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import numpy as np
from planning_page import Result, families
from planning_readers import (
    Graph,
    best_known,
    read_grid,
    read_median,
    read_or_steiner,
    read_project,
    read_set_cover,
    read_stp,
)
from planning_worlds import backhaul, covering, programme

from jangkau.messages import Message
from jangkau.planning import answers, checker, cover_search, programmes, projects, set_cover, siting, steiner
from jangkau.planning import backhaul as backhaul_model
from jangkau.planning.cover import Cover, Rows
from jangkau.planning.effort import Effort, timed
from jangkau.planning.network import Network, NetworkPlan, value_of


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
    return f"project, {len(read.durations) - 2} jobs", calendar.makespan, calendar.bound, wrong


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


def _clock(arguments: argparse.Namespace) -> Callable[[], float]:
    return time.process_time if arguments.processor_seconds else time.monotonic


def run_one(path: Path, kind: str, arguments: argparse.Namespace) -> Found:
    effort = Effort() if arguments.reproducible else timed(arguments.seconds, _clock(arguments))
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


def _effort(arguments: argparse.Namespace, times: float = 1.0) -> Effort:
    return Effort() if arguments.reproducible else timed(times * arguments.seconds, _clock(arguments))


def invented(arguments: argparse.Namespace) -> list[tuple[str, Callable[[], Found]]]:
    """Return invented problems of full size, and who solves each."""
    seed = arguments.seed
    work: list[tuple[str, Callable[[], Found]]] = [
        ("20,000 cells x 2,000 sites", partial(_covering, 20_000, 2_000, 7_200.0, arguments)),
        ("50,000 cells x 5,000 sites", partial(_covering, 50_000, 5_000, 12_000.0, arguments)),
        ("20,000 cells, one site of the plan lost", partial(_lost, arguments)),
        ("500 sites + backhaul", partial(_backhaul, arguments)),
        ("141 places", partial(_programme, arguments)),
    ]
    for s in range(seed, seed + 3):
        for first in (False, True):
            name = f"200 sites, capacity decides, seed {s}{', sites first' if first else ''}"
            work.append((name, partial(_forced, s, arguments, sites_first=first)))
    return work


def _covering(cells: int, sites: int, budget: float, arguments: argparse.Namespace) -> Found:
    """Solve until a gap of 0.1 % is proven, or the time is over."""
    plan, wrong = _siting(covering(cells, sites, arguments.seed)[0], budget, replace(_effort(arguments), gap=1e-3))
    return "covering", plan.value, plan.bound, wrong


def _lost(arguments: argparse.Namespace) -> Found:
    """Half of a quick plan is built when one of its sites is lost: at most 2 s for the next plan."""
    problem, budget = covering(20_000, 2_000, arguments.seed)[0], 7_200.0
    first = cover_search.greedy(problem, budget)
    again = answers.after_loss(problem, budget, first[: first.size // 2], int(first[0]), timed(2.0, _clock(arguments)))
    wrong = checker.check_cover(
        problem.weight.tolist(), _lists(problem.sites), problem.cost.tolist(), budget - float(problem.cost[first[0]]),
        again.chosen.tolist(), again.value, locked=first[1 : first.size // 2].tolist(), forbidden=[int(first[0])],
    )  # fmt: skip
    return "re-plan", again.value, again.bound, wrong


def _backhaul(arguments: argparse.Namespace) -> Found:
    network = backhaul(500, 20_000, arguments.seed)
    best = backhaul_model.solve(network, 8_000.0, _effort(arguments, 2.0))
    return "network", best.value, best.bound, network_facts(network, best, 8_000.0)


def _programme(arguments: argparse.Namespace) -> Found:
    work = programme(141, arguments.seed)
    done = programmes.solve(work, _effort(arguments))
    return "programme", done.value, done.bound, programmes_checked(work, done)


def _forced(seed: int, arguments: argparse.Namespace, *, sites_first: bool) -> Found:
    """Solve a problem where capacity decides, as a whole or by choosing sites before links."""
    network, money = backhaul(200, 5_000, seed, forced=True), 4_000.0
    if sites_first:
        apart = value_of(network, backhaul_model.sequential(network, money, Effort(work=0.1)))
        return "network in steps", apart, float(network.weight.sum()), []
    best = backhaul_model.solve(network, money, _effort(arguments))
    return "network", best.value, best.bound, network_facts(network, best, money)


def programmes_checked(work: programmes.Programme, done: programmes.ProgrammePlan) -> list[Message]:
    """Return what the checker finds wrong with a programme."""
    modes = [[[(s.wait_days, s.days, s.crews) for s in m.steps] for m in place.modes] for place in work.places]
    costs = [[m.cost for m in place.modes] for place in work.places]
    return checker.check_programme(
        modes, costs, [p.weight for p in work.places], work.crews, work.deadline_day, work.budget,
        done.chosen, done.starts, done.value, done.cost,
    )  # fmt: skip


def _line(r: Result) -> str:
    known = "" if r.best_known is None else f"{r.best_known:,.0f}"
    wrong = f"  {r.violations} VIOLATIONS" if r.violations else ""
    return (
        f"{r.instance:<46} {r.kind:<22} {r.value:>12,.0f} {r.bound:>12,.1f} {100 * r.gap:>7.3f} % {known:>9} "
        f"{r.seconds:>6.1f} s {r.cpu_seconds:>6.1f} s cpu{wrong}"
    )


def measured(name: str, solve: Callable[[], Found], known: float | None, *, standard: bool) -> Result:
    """Solve a problem, and return what came of it."""
    wall, cpu = time.monotonic(), time.process_time()
    kind, value, bound, wrong = solve()
    gap = abs(value - bound) / max(abs(value), 1e-9)
    seconds = time.monotonic() - wall, time.process_time() - cpu
    return Result(name, kind, value, bound, gap, known, *seconds, len(wrong), standard)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instances", type=Path, help="a folder of standard instances")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each instance (500 sites: twice as long)")
    parser.add_argument("--processor-seconds", action="store_true", help="count processor time instead of the clock's")
    parser.add_argument("--reproducible", action="store_true", help="counted work instead of seconds")
    parser.add_argument("--seed", type=int, default=1, help="of the invented problems")
    parser.add_argument("--radius", type=float, default=5.5, help="of a site, for MCLP grids")
    parser.add_argument("--sites", type=float, default=10.0, help="how many, for MCLP grids")
    parser.add_argument("--only", default="", help="a word that the name of an instance must hold")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    work: list[tuple[str, Callable[[], Found], float | None]]
    if arguments.instances is None:
        work = [(name, solve, None) for name, solve in invented(arguments)]
    else:
        files = instances(arguments.instances)
        work = [(path.name, partial(run_one, path, kind, arguments), best_known(path)) for path, kind in files]
    work = [item for item in work if arguments.only in item[0]]
    if not work:
        print(f"no known instance below {arguments.instances} with {arguments.only!r} in its name", file=sys.stderr)
        return 1
    results = []
    for name, solve, known in work:
        results.append(measured(name, solve, known, standard=arguments.instances is not None))
        print(_line(results[-1]), flush=True, file=sys.stderr if arguments.json else sys.stdout)
    if arguments.json:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"results": [asdict(r) for r in results], "peak_memory_mb": peak}, indent=1))
    elif arguments.instances is not None:
        print("\n".join(str(family) for family in families(results)))
    return 1 if any(r.violations for r in results) else 0


if __name__ == "__main__":
    sys.exit(main())
