"""Plan sites and backhaul together: first plans, sub-models by neighbourhood, and the whole model for the bound."""

import numpy as np

from jangkau.errors import ModelError
from jangkau.planning import siting
from jangkau.planning.cover import cover
from jangkau.planning.effort import Effort, Timer
from jangkau.planning.linear import Floats, Ints, Solver
from jangkau.planning.network import (
    ALONE,
    NOT_BUILT,
    Network,
    NetworkPlan,
    cost_of,
    loads_mbps,
    parents,
    value_of,
)
from jangkau.planning.network_model import NetworkModel, build, feed_of, point_of
from jangkau.planning.tree_search import Edges, distances

FAR = 1e300


class _Growth:
    """A plan that grows by one connected node at a time."""

    def __init__(self, network: Network, budget: float) -> None:
        self.network, self.budget = network, budget
        self.edges: Edges = network.edges()
        ends = np.column_stack((network.tail, network.head))
        arcs = np.arange(2 * network.tail.size)
        self.tail, self.head = ends[arcs // 2, arcs % 2], ends[arcs // 2, 1 - arcs % 2]
        self.feed = np.where(network.root, ALONE, NOT_BUILT)
        self.covered = np.zeros(network.weight.size, bool)
        self.left = budget

    def gains(self) -> Floats:
        """Return the people whom each node would add."""
        covers = self.network.covers
        open_weight = np.where(self.covered, 0.0, self.network.weight)
        return np.bincount(covers.owners, open_weight[covers.items], self.network.cost.size).astype(float)

    def lengths(self, demand_mbps: float) -> tuple[Floats, Floats]:
        """Return costs of arcs for a new node of some demand, and where paths may begin (0, else infinite)."""
        network = self.network
        fit = network.usable & (network.hop_mbps >= demand_mbps)
        closed = (self.feed != NOT_BUILT)[self.head] | network.forbidden[self.head]
        length = np.where(np.repeat(fit, 2) & ~closed, np.repeat(network.hop_cost, 2) + network.cost[self.head], FAR)
        return length, np.where(self._room() >= demand_mbps, 0.0, FAR)

    def _room(self) -> Floats:
        """Return what can still be added at each node that is fed over hops from a root [Mbit/s]."""
        network, above = self.network, parents(self.network, self.feed)
        loads = loads_mbps(network, self.feed)
        room = np.where(network.root, np.inf, -1.0)
        waiting = [int(v) for v in np.flatnonzero(self.feed >= 0)]
        while waiting:
            later = []
            for v in waiting:
                if room[above[v]] >= 0:
                    room[v] = min(room[above[v]], network.hop_mbps[self.feed[v] // 2] - loads[v])
                else:
                    later.append(v)
            if len(later) == len(waiting):
                break
            waiting = later
        return room

    def path(self, v: int, length: Floats, distance: Floats) -> list[tuple[int, int]]:
        """Return (node, arc) from a node back to where its shortest path begins."""
        steps = []
        while distance[v] > 0.0:
            into = self.edges.arcs[self.edges.starts[v] : self.edges.starts[v + 1]] ^ 1
            reach = distance[self.tail[into]] + length[into]
            a = int(into[int(np.argmin(reach))])
            steps.append((v, a))
            v = int(self.tail[a])
        return steps

    def take(self, steps: list[tuple[int, int]]) -> bool:
        """Build nodes with their feeds if money and capacities allow; return whether they do."""
        feed = self.feed.copy()
        for v, a in steps:
            feed[v] = a
        cost = cost_of(self.network, feed)
        over = loads_mbps(self.network, feed) > _capacity(self.network, feed) + 1e-9
        if cost > self.budget + 1e-9 or over.any():
            return False
        self.feed, self.left = feed, self.budget - cost
        for v, _ in steps:
            self.covered[self.network.covers[v]] = True
        return True

    def grow(self, wanted: Ints, power: float) -> None:
        """Connect wanted nodes, each time the one that adds most people per cost^power, as long as money lasts."""
        network = self.network
        shut = np.zeros(network.cost.size, bool)
        ask = np.zeros(network.cost.size, bool)
        ask[wanted] = True
        while True:
            gain = self.gains() + np.where(network.locked, 1e6, 0.0)
            open_nodes = ask & ~shut & (self.feed == NOT_BUILT) & (gain > 0) & ~network.forbidden
            if not open_nodes.any():
                return
            price = np.where(open_nodes, network.cost + network.satellite_cost, np.inf)
            by_hop: dict[float, tuple[Floats, Floats]] = {}
            for demand in np.unique(network.demand_mbps[open_nodes]).tolist():
                length, first = self.lengths(demand)
                distance = distances(self.edges, length, first, False)
                by_hop[demand] = length, distance
                of_demand = open_nodes & (network.demand_mbps == demand)
                price = np.where(of_demand, np.minimum(price, distance), price)
            price = np.where(price <= self.left + 1e-9, price, np.inf)
            score = np.where(np.isfinite(price), gain / np.maximum(price, 1e-9) ** power, 0.0)
            v = int(np.argmax(score))
            if score[v] <= 0:
                return
            length, distance = by_hop[float(network.demand_mbps[v])]
            alone = network.cost[v] + network.satellite_cost[v] <= distance[v]
            if not self.take([(v, ALONE)] if alone else self.path(v, length, distance)):
                other = [(v, ALONE)]
                if alone or not np.isfinite(network.satellite_cost[v]) or not self.take(other):
                    shut[v] = True


def _capacity(network: Network, feed: Ints) -> Floats:
    return np.where(feed >= 0, network.hop_mbps[np.maximum(feed, 0) // 2], np.inf)


def sequential(network: Network, budget: float, effort: Effort) -> Ints:
    """Return the plan of those who choose sites first and connect them later, best of several splits of the money.

    The sites are the best for what a share of the budget buys; then they are connected, the most worthwhile first.
    """
    best = np.where(network.root, ALONE, NOT_BUILT)
    for share in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0):
        problem = cover(
            network.weight, network.covers, network.cost, forbidden=np.flatnonzero(network.forbidden | network.root)
        )
        sites = siting.solve(problem, share * budget, effort).chosen
        growth = _Growth(network, budget)
        growth.grow(np.union1d(sites, np.flatnonzero(network.locked)), 1.0)
        best = max(best, growth.feed, key=lambda feed: value_of(network, feed))
    return best


def greedy(network: Network, budget: float) -> Ints:
    """Return the best of the plans that grow by people per cost of site and connection."""
    plans = []
    for power in (0.6, 0.8, 1.0):
        growth = _Growth(network, budget)
        growth.grow(np.flatnonzero(~network.root), power)
        plans.append(growth.feed)
    return max(plans, key=lambda feed: value_of(network, feed))


class _Improvement:
    """Neighbourhoods of a plan, each solved as the model with everything else held."""

    def __init__(self, network: Network, budget: float, feed: Ints, timer: Timer) -> None:
        self.network, self.budget, self.timer = network, budget, timer
        self.model: NetworkModel = build(network, budget)
        self.solver = Solver(self.model.model, seed=timer.effort.seed)
        self.feed, self.value = feed, value_of(network, feed)
        ends = np.column_stack((network.tail, network.head))
        self.ends = ends[self.model.arc // 2]
        self.chance = np.random.default_rng(timer.effort.seed)

    def take(self, point: Floats) -> bool:
        """Keep a point if it is a plan that holds and covers more."""
        feed = feed_of(self.model, self.network, point)
        value = value_of(self.network, feed)
        over = loads_mbps(self.network, feed) > _capacity(self.network, feed) + 1e-6
        if value <= self.value + 1e-9 or over.any() or cost_of(self.network, feed) > self.budget + 1e-6:
            return False
        self.feed, self.value = feed, value
        return True

    def _window(self, size: int) -> np.ndarray:
        """Return nodes near a random one, by hops."""
        network = self.network
        edges = network.edges()
        first = np.full(network.cost.size, FAR)
        first[int(self.chance.integers(network.cost.size))] = 0.0
        usable = np.repeat(network.usable, 2)
        length = np.where(usable, np.repeat(self.chance.uniform(0.5, 1.5, network.tail.size), 2), FAR)
        near = np.argsort(distances(edges, length, first, False), kind="stable")[:size]
        free = np.zeros(network.cost.size, bool)
        free[near] = True
        free[self.chance.integers(0, network.cost.size, size // 6)] = True
        return free

    def neighbourhood(self, size: int, nodes: int) -> bool:
        """Free a window, hold the rest, solve; return whether the plan got better."""
        m, free = self.model, self._window(size)
        held = ~free & ~self.network.root
        point = point_of(m, self.network, self.feed, loads_mbps(self.network, self.feed))
        stay = ~free[self.ends].any(axis=1)
        columns = np.concatenate((m.x[held], m.b[held], m.z[stay]))
        lower, upper = self._bounds(columns)
        self.solver.bound_columns(columns, point[columns], point[columns])
        self.solver.start_from(point)
        timer = self.timer.share(0.3) if self.timer.left() < 30 else _at_most(self.timer, 10.0)
        answer = self.solver.solve(timer, nodes, 1e-4)
        self.solver.bound_columns(columns, lower, upper)
        return answer.values is not None and self.take(answer.values)

    def _bounds(self, columns: Ints) -> tuple[Floats, Floats]:
        lp = self.solver.highs.getLp()
        return np.asarray(lp.col_lower_)[columns], np.asarray(lp.col_upper_)[columns]

    def run(self, rounds: int) -> None:
        """Solve neighbourhoods until time or rounds are spent; windows grow while nothing is gained."""
        size = 50
        for _ in range(rounds):
            if self.timer.over():
                return
            if self.neighbourhood(min(size, self.network.cost.size), 60):
                size = max(40, size - 5)
            else:
                size = min(200, size + 5)


def _at_most(timer: Timer, seconds: float) -> Timer:
    left = timer.left()
    return timer if left <= seconds else timer.share(seconds / left) if np.isfinite(left) else timer


def solve(network: Network, budget: float, effort: Effort, *, first: Ints | None = None) -> NetworkPlan:
    """Return the best plan found for sites and backhaul together, with the proven bound.

    Parameters
    ----------
    network : Network
    budget : float
        For nodes, hops and satellites together, >= 0.
    effort : Effort
    first : int64, shape (nodes,), optional
        A plan to start from (see `NetworkPlan.feed`), for instance the one of yesterday.

    Raises
    ------
    ModelError
        The locked nodes cannot all be built, fed and paid.
    """
    timer = effort.begin()
    quick = Effort(seed=effort.seed, work=0.1)
    plans = [greedy(network, budget), sequential(network, budget, quick)]
    plans += [] if first is None else [first]
    start = max(plans, key=lambda feed: (_locked_built(network, feed), value_of(network, feed)))
    search = _Improvement(network, budget, start, timer.share(0.45))
    search.run(int(20 * effort.work))
    bound = _prove(search, timer)
    if not _locked_built(network, search.feed):
        raise ModelError("planning.locked_impossible", budget=budget)
    return NetworkPlan(search.feed, search.value, max(bound, search.value), cost_of(network, search.feed))


def _locked_built(network: Network, feed: Ints) -> bool:
    return bool(np.all(feed[network.locked] != NOT_BUILT))


def _prove(search: _Improvement, timer: Timer) -> float:
    """Solve the whole model from the best plan; return its bound, and keep a better plan if it finds one."""
    network, m = search.network, search.model
    most = value_of(network, np.where(network.forbidden, NOT_BUILT, ALONE))
    if not timer.over():
        search.solver.start_from(point_of(m, network, search.feed, loads_mbps(network, search.feed)))
        nodes = None if timer.effort.clock is not None else int(30 * timer.effort.work)
        answer = search.solver.solve(timer, nodes, max(timer.effort.gap, 1e-5))
        if answer.values is not None:
            search.take(answer.values)
        most = min(most, answer.bound)
    whole = np.all(network.weight == np.round(network.weight))
    return float(np.floor(most + 1e-6)) if whole else most
