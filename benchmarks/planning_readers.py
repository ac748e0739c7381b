"""Read standard instances of planning problems, and what is known of their best values.

OR-Library, SteinLib, PCSTP, PSPLIB, MCLP grids.
"""

import csv
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.sparse.csgraph import floyd_warshall

from jangkau.planning.cover import Cover, cover, rows_of

PUBLISHED = {
    "scp41": 429.0, "scp51": 253.0, "pmed1": 5819.0, "pmed5": 1355.0, "pmed20": 1789.0,
    "steinb10": 86.0, "steind10": 2110.0, "i640-111": 6167.0,
}  # fmt: skip
"""Optima that OR-Library and SteinLib publish; further ones are read from the files beside the instances."""


def best_known(path: Path) -> float | None:
    """Return the best value known of an instance: `optimum.csv` or `bounds.txt` beside it, else `PUBLISHED`.

    PSPLIB's `104..105` and `..114` are bounds and best makespan: the latter counts.
    """
    optima, bounds = path.with_name("optimum.csv"), path.with_name("bounds.txt")
    if optima.exists():
        known = {row[0]: row[1] for row in csv.reader(optima.read_text().splitlines()) if len(row) > 1}
        if path.name in known:
            return float(known[path.name].split("..")[-1])
    for file in (bounds, path.parent.parent / "pcstp" / "bounds.txt"):
        if file.exists():
            known = dict(line.split()[:2] for line in file.read_text().splitlines() if line.split()[1:])
            if path.stem in known:
                return float(known[path.stem])
    return PUBLISHED.get(path.stem)


def _numbers(path: Path) -> list[int]:
    return [int(float(word)) for word in path.read_text().split()]


def read_set_cover(path: Path) -> Cover:
    """OR-Library scp: rows, columns, costs of columns, then for each row how many columns cover it and which."""
    numbers = iter(_numbers(path))
    rows, columns = next(numbers), next(numbers)
    cost = np.array([next(numbers) for _ in range(columns)], float)
    lists: list[list[int]] = [[] for _ in range(columns)]
    for row in range(rows):
        for _ in range(next(numbers)):
            lists[next(numbers) - 1].append(row)
    return cover(np.ones(rows), rows_of(lists), cost)


@dataclass(frozen=True)
class Median:
    """A p-median problem: distances between vertices, and how many may be opened."""

    distance: np.ndarray
    p: int

    def as_cover(self) -> tuple[Cover, float]:
        """Return covering cells (vertex, threshold) and the cost when nothing is covered.

        The cost of a vertex is its largest distance less the steps between thresholds within which something is open.
        """
        n = self.distance.shape[0]
        weight: list[float] = []
        lists: list[list[np.ndarray]] = [[] for _ in range(n)]
        cells = 0
        for v in range(n):
            levels = np.unique(self.distance[v])
            for low, high in pairwise(levels):
                weight.append(high - low)
                for site in np.flatnonzero(self.distance[v] <= low).tolist():
                    lists[site].append(cells)
                cells += 1
        problem = cover(np.array(weight), rows_of(lists), np.ones(n))
        return problem, float(self.distance.max(axis=1).sum())


def read_median(path: Path) -> Median:
    """OR-Library pmed: vertices, edges, p, edges; of double edges the last counts."""
    numbers = _numbers(path)
    n, edges, p = numbers[:3]
    distance = np.full((n, n), np.inf)
    np.fill_diagonal(distance, 0)
    for a, b, length in np.array(numbers[3 : 3 + 3 * edges]).reshape(-1, 3).tolist():
        distance[a - 1, b - 1] = distance[b - 1, a - 1] = length
    return Median(floyd_warshall(distance), p)


@dataclass
class Graph:
    """A Steiner or prize-collecting Steiner problem; vertices from 0."""

    vertices: int
    tails: list[int] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    terminals: list[int] = field(default_factory=list)
    prizes: dict[int, float] = field(default_factory=dict)
    root: int | None = None


def read_stp(path: Path) -> Graph:
    """SteinLib .stp, with or without prizes (`TP vertex prize`)."""
    graph = Graph(0)
    for line in path.read_text().splitlines():
        words = line.split()
        match words[:1]:
            case ["Nodes"]:
                graph.vertices = int(words[1])
            case ["E" | "A"] if len(words) == 4:
                graph.tails.append(int(words[1]) - 1)
                graph.heads.append(int(words[2]) - 1)
                graph.costs.append(float(words[3]))
            case ["T"]:
                graph.terminals.append(int(words[1]) - 1)
            case ["TP"] | ["N"] if len(words) == 3 and float(words[2]) > 0:
                graph.prizes[int(words[1]) - 1] = float(words[2])
            case ["RootP"]:
                graph.root = int(words[1]) - 1
    return graph


def read_or_steiner(path: Path) -> Graph:
    """OR-Library stein: vertices, edges, edges, number of terminals, terminals."""
    numbers = _numbers(path)
    graph = Graph(numbers[0])
    for a, b, cost in np.array(numbers[2 : 2 + 3 * numbers[1]]).reshape(-1, 3).tolist():
        graph.tails.append(a - 1)
        graph.heads.append(b - 1)
        graph.costs.append(float(cost))
    rest = numbers[2 + 3 * numbers[1] :]
    graph.terminals = [t - 1 for t in rest[1 : 1 + rest[0]]]
    return graph


@dataclass(frozen=True)
class Project:
    """A project of PSPLIB: one mode a job, renewable resources; jobs from 0, the first and last without work."""

    durations: list[int]
    needs: list[list[int]]
    successors: list[list[int]]
    capacities: list[int]


def read_project(path: Path) -> Project:
    """PSPLIB .sm of one mode a job."""
    sections: dict[str, list[list[str]]] = {}
    name = ""
    for line in path.read_text().splitlines():
        if line.startswith("***"):
            continue
        if line.rstrip().endswith(":") or line.startswith("PRECEDENCE") or line.startswith("REQUESTS"):
            name = line.split()[0].rstrip(":")
            continue
        sections.setdefault(name, []).append(line.split())
    table = [[int(w) for w in row] for row in sections["PRECEDENCE"] if row and row[0].isdigit()]
    successors = [[s - 1 for s in row[3:]] for row in table]
    work = [[int(w) for w in row] for row in sections["REQUESTS/DURATIONS"] if row and row[0].isdigit()]
    capacities = [int(w) for w in sections["RESOURCEAVAILABILITIES"][-1]]
    return Project([row[2] for row in work], [row[3:] for row in work], successors, capacities)


def read_grid(path: Path, radius: float) -> Cover:
    """MCLP grid: `F number x y cost` and `C number x y demand`; a site covers what lies within a radius."""
    rows = [line.split() for line in path.read_text().splitlines()]
    sites = np.array([[float(w) for w in r[2:5]] for r in rows if r and r[0] == "F"])
    cells = np.array([[float(w) for w in r[2:5]] for r in rows if r and r[0] == "C"])
    near = np.hypot(*(sites[:, None, :2] - cells[None, :, :2]).transpose(2, 0, 1)) <= radius
    return cover(cells[:, 2], rows_of([np.flatnonzero(row) for row in near]), np.ones(len(sites)))
