"""A bound of the covering problem below that of its linear relaxation: the region in parts, each solved as integers.

Sites are shared out among parts. A cell that sites of one part alone cover is inner to it; the others are paid at their
price u in every part that covers them. For any price m of money, nobody covers more people than

    m * budget + sum over outer cells of (w_i - u_i)
      + sum over parts of max { sum_i p_i y_i - m sum_j c_j x_j : y_i <= sum_j x_j, x, y in 0..1, x whole }

with p = w for inner cells and p = u for outer ones (the Lagrangean of the budget and of what the parts share). One part
a site would be the bound of `cover_bound`; fewer and larger parts lower it, by what the relaxation gains from halves of
neighbouring sites. A site is left out of its part when its gain by `cover_bound` says that no choice with it is best;
what is left is small (tens of sites), so that each part is solved exactly.

References: Guignard, Kim (1987), Lagrangean decomposition.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from jangkau.planning.cover import Cover, cover, reduce
from jangkau.planning.cover_bound import Prices
from jangkau.planning.effort import Timer
from jangkau.planning.linear import INFINITE, Floats, Ints, Model, Solver

PART_GAP = 3e-5
"""Relative gap at which a part counts as solved; its bound counts, so that nothing is lost but tightness."""

THREADS = 2
"""Parts solved at the same time: what an office laptop has."""


def share_out(problem: Cover, share: Floats, size: int) -> Ints:
    """Return the part of each site.

    Sites that the relaxation uses are joined, those with most people in common and least decided first, up to `size` in
    a part; every other site joins the part with which it shares most people.

    Parameters
    ----------
    problem : Cover
        Reduced.
    share : float64, shape (sites,)
        Of each site in the relaxation.
    size : int
        Sites with a share in a part, at most.
    """
    n = problem.cost.size
    used = np.flatnonzero(share > 1e-3)
    if not used.size:
        return np.zeros(n, np.int64)
    covers = csr_matrix(
        (problem.weight[problem.sites.items], problem.sites.items, problem.sites.starts), (n, problem.weight.size)
    )
    ones = csr_matrix((np.ones(problem.sites.items.size), problem.sites.items, problem.sites.starts), covers.shape)
    common = (covers[used] @ ones[used].T).tocoo()
    open_share = np.minimum(share, 1.0 - share)[used] + 0.02
    pull = common.data * open_share[common.row] * open_share[common.col]
    upper = np.flatnonzero(common.row < common.col)
    part, members = np.arange(used.size), {k: [k] for k in range(used.size)}
    for e in upper[np.argsort(-pull[upper], kind="stable")].tolist():
        a, b = sorted((int(part[common.row[e]]), int(part[common.col[e]])), key=lambda k: -len(members[k]))
        if a != b and len(members[a]) + len(members[b]) <= size:
            part[members[b]] = a
            members[a] += members.pop(b)
    names, number = np.unique(part, return_inverse=True)
    of_part = csr_matrix((np.ones(used.size), (np.arange(used.size), number)), (used.size, names.size))
    everyone: Ints = np.asarray((covers @ (ones[used].T @ of_part)).argmax(axis=1)).ravel().astype(np.int64)
    everyone[used] = number
    return everyone


class _Parts:
    """Prices as the parts see them."""

    def __init__(self, problem: Cover, prices: Prices, part: Ints) -> None:
        self.problem, self.prices, self.part = problem, prices, part
        cells = problem.cells
        of_entry = part[cells.items]
        first, last = (f.reduceat(of_entry, cells.starts[:-1]) for f in (np.minimum, np.maximum))
        self.inner: NDArray[np.bool_] = first == last
        self.part_of_cell = np.where(self.inner, first, -1)
        self.price = np.where(self.inner, problem.weight, prices.cell)

    def relaxed(self, number: int) -> float:
        """Return what `cover_bound` proves for a part."""
        spared = (self.problem.weight - self.prices.cell)[self.part_of_cell == number].sum()
        return float(spared + np.maximum(self.prices.gain[self.part == number], 0.0).sum())

    def greedy(self, sites: Ints) -> float:
        """Return the worth of a greedy choice of a part."""
        own = self.problem.sites.of(sites)
        price, total = self.price.copy(), 0.0
        money = self.prices.money * self.problem.cost[sites]
        while True:
            gain = np.bincount(own.owners, price[own.items], sites.size) - money
            best = int(np.argmax(gain))
            if gain[best] <= 1e-9:
                return total
            total += float(gain[best])
            price[own[best]] = 0.0

    def solve(self, number: int, timer: Timer) -> float:
        """Return what no choice of a part passes."""
        highest, sites = self.relaxed(number), np.flatnonzero(self.part == number)
        least = self.greedy(sites)
        open_sites = sites[self.prices.gain[sites] >= least - highest - 1e-6]
        small = reduce(cover(self.price, self.problem.sites.of(open_sites), self.problem.cost[open_sites])).problem
        if small.cost.size == 0 or timer.over():
            return highest if timer.over() else least
        solver = Solver(_model(small, self.prices.money), seed=timer.effort.seed)
        answer = solver.solve(timer, None, PART_GAP)
        return min(highest, max(least, answer.bound))

    def solve_all(self, timer: Timer) -> float:
        """Return what no choice of all parts passes: the small ones first, so that large ones have what these spare."""
        sizes = np.bincount(self.part)
        line = np.argsort(sizes, kind="stable").tolist()
        with ThreadPoolExecutor(THREADS) as pool:
            waiting = [
                pool.submit(self._in_turn, k, timer, min(1.0, THREADS / (len(line) - done)))
                for done, k in enumerate(line)
            ]
        return sum(w.result() for w in waiting)

    def _in_turn(self, number: int, timer: Timer, fraction: float) -> float:
        return self.solve(number, timer.share(fraction))


def _model(problem: Cover, money: float) -> Model:
    """Return sum_i p_i y_i - m sum_j c_j x_j under y_i <= sum of x_j over the sites of cell i, x whole."""
    model = Model(maximise=True)
    x = model.add_columns(-money * problem.cost, integer=True)
    y = model.add_columns(problem.weight)
    cells, i = problem.cells, np.arange(y.size)
    model.add_rows(y.size, -INFINITE, 0.0, (i, y, 1.0), (cells.owners, x[cells.items], -1.0))
    return model


def bound_by_parts(problem: Cover, budget: float, prices: Prices, share: Floats, size: int, timer: Timer) -> float:
    """Return a number of people that nobody passes with a budget; see the module.

    Parameters
    ----------
    problem : Cover
        Reduced.
    budget : float
    prices : Prices
        Of the relaxation.
    share : float64, shape (sites,)
        Of each site in the relaxation, 0..1.
    size : int
        Sites with a share in a part, at most.
    timer : Timer
        Parts for which no time is left count as the relaxation has them.
    """
    part = share_out(problem, share, size)
    parts = _Parts(problem, prices, part)
    outer = float((problem.weight - prices.cell)[~parts.inner].sum())
    return prices.money * budget + outer + parts.solve_all(timer)
