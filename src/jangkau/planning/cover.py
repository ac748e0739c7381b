"""The covering problem: cells with people, candidate sites that cover cells, costs; and its exact reductions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jangkau.compiled import kernel
from jangkau.planning.linear import Floats, Ints

Index = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Rows:
    """Lists of numbers, one after another: list i is `items[starts[i]:starts[i + 1]]`."""

    starts: Ints
    items: Index

    def __len__(self) -> int:
        return self.starts.size - 1

    def __getitem__(self, i: int) -> Index:
        return self.items[self.starts[i] : self.starts[i + 1]]

    @property
    def owners(self) -> Ints:
        """Return the list to which each item belongs."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def turned(self, columns: int) -> "Rows":
        """Return the transpose: for each number below `columns`, the lists that hold it, ascending."""
        order = np.argsort(self.items, kind="stable")
        starts = np.concatenate(([0], np.cumsum(np.bincount(self.items, minlength=columns))))
        return Rows(starts.astype(np.int64), self.owners[order].astype(np.int32))

    def of(self, chosen: Ints) -> "Rows":
        """Return some of the lists, in the order given."""
        lengths = np.diff(self.starts)[chosen]
        starts = np.concatenate(([0], np.cumsum(lengths)))
        where = np.repeat(self.starts[chosen] - starts[:-1], lengths) + np.arange(starts[-1])
        return Rows(starts.astype(np.int64), self.items[where])


def rows_of(lists: "list[list[int]] | list[NDArray[np.int32]]") -> Rows:
    """Return lists as `Rows`."""
    starts = np.concatenate(([0], np.cumsum([len(x) for x in lists]))).astype(np.int64)
    items = np.concatenate([np.asarray(x, np.int32) for x in lists]) if lists else np.zeros(0, np.int32)
    return Rows(starts, items.astype(np.int32))


@dataclass(frozen=True, slots=True)
class Cover:
    """Which candidate sites cover which cells.

    Attributes
    ----------
    weight : float64, shape (cells,)
        People (or stations) of each cell, >= 0.
    sites : Rows
        Of each site, the cells it covers, ascending.
    cost : float64, shape (sites,)
        Of each site, in the budget's unit, >= 0.
    locked, forbidden : bool, shape (sites,)
        Sites that a plan must have, and must not have.
    """

    weight: Floats
    sites: Rows
    cost: Floats
    locked: NDArray[np.bool_]
    forbidden: NDArray[np.bool_]

    @property
    def cells(self) -> Rows:
        """Return the sites that cover each cell."""
        return self.sites.turned(self.weight.size)

    def covered(self, chosen: Ints) -> NDArray[np.bool_]:
        """Return which cells a choice of sites covers."""
        mask = np.zeros(self.weight.size, bool)
        mask[self.sites.of(chosen).items] = True
        return mask

    def value(self, chosen: Ints) -> float:
        """Return the people that a choice of sites covers."""
        return float(self.weight[self.covered(chosen)].sum())


def cover(
    weight: Floats,
    sites: Rows,
    cost: Floats,
    locked: Ints | None = None,
    forbidden: Ints | None = None,
) -> Cover:
    """Return a covering problem from its parts; see `Cover`."""
    masks = []
    for given in (locked, forbidden):
        mask = np.zeros(cost.size, bool)
        if given is not None:
            mask[given] = True
        masks.append(mask)
    return Cover(
        np.asarray(weight, float),
        sites,
        np.asarray(cost, float),
        masks[0],
        masks[1],
    )


@dataclass(frozen=True, slots=True)
class Reduced:
    """A smaller problem with the same best value.

    Attributes
    ----------
    problem : Cover
    site : int64
        Number of each of its sites in the larger problem.
    cell : int64
        For each cell of the larger problem the one that stands for it, -1 for those that cannot matter.
    always : float
        People whom the locked sites cover.
    """

    problem: Cover
    site: Ints
    cell: Ints
    always: float


def reduce(problem: Cover, *, dominance: bool = True) -> Reduced:
    """Return the problem without what cannot matter; exact.

    Parameters
    ----------
    problem : Cover
    dominance : bool
        Whether a site may be dropped because another covers as much for no more money. Valid where a site's cost is
        all that it takes from the plan, not where it must also be connected.

    Notes
    -----
    Dropped: cells without people, cells that a locked site covers, forbidden sites, sites without cells. Cells covered
    by the same sites become one (two 64-bit sums of random numbers stand for the set of sites: two different sets agree
    with probability 2^-128).
    """
    free = ~problem.locked & ~problem.forbidden
    done = problem.covered(np.flatnonzero(problem.locked))
    keep_cell = (problem.weight > 0) & ~done
    always = float(problem.weight[done].sum())
    site = np.flatnonzero(free)
    rows = problem.sites.of(site)
    entry = keep_cell[rows.items]
    owner, cell = rows.owners[entry], rows.items[entry].astype(np.int64)
    names = np.random.default_rng(20241127).integers(0, 2**63, (2, site.size), dtype=np.uint64)
    sums = np.zeros((2, problem.weight.size), np.uint64)
    for k in (0, 1):
        np.add.at(sums[k], cell, names[k][owner])
    reached = np.unique(cell)
    _, first, merged = np.unique(sums[:, reached], axis=1, return_index=True, return_inverse=True)
    merged = merged.ravel()
    weight: Floats = np.bincount(merged, problem.weight[reached], first.size).astype(float)
    new_number = np.full(problem.weight.size, -1)
    new_number[reached[first]] = np.arange(first.size)
    number = np.full(problem.weight.size, -1)
    number[reached] = merged
    entry = new_number[cell] >= 0
    owner, cell = owner[entry], new_number[cell[entry]]
    starts = np.searchsorted(owner, np.arange(site.size + 1)).astype(np.int64)
    none = np.zeros(site.size, bool)
    rows = _sorted_rows(Rows(starts, cell.astype(np.int32)))
    small = Cover(weight, rows, problem.cost[site], none, none)
    keep = np.diff(small.sites.starts) > 0
    if dominance:
        keep &= ~_dominated(small.sites.starts, small.sites.items, *_parts(small.cells), small.cost)
    kept = np.flatnonzero(keep)
    small = Cover(weight, small.sites.of(kept), small.cost[kept], small.locked[kept], small.forbidden[kept])
    return Reduced(small, site[kept], number, always)


def _parts(rows: Rows) -> tuple[Ints, Index]:
    return rows.starts, rows.items


def _sorted_rows(rows: Rows) -> Rows:
    order = np.lexsort((rows.items, rows.owners))
    return Rows(rows.starts, rows.items[order])


@kernel(allocates=True)
def _dominated(starts: Ints, items: Index, cell_starts: Ints, cell_sites: Index, cost: Floats) -> NDArray[np.bool_]:
    """Return the sites of which another, kept one covers every cell for no more cost."""
    sites = starts.size - 1
    gone = np.zeros(sites, np.bool_)
    mark = np.full(cell_starts.size, -1)
    for a in range(sites):
        length = starts[a + 1] - starts[a]
        if length == 0:
            continue
        rarest, fewest = -1, cost.size + 1
        for k in range(starts[a], starts[a + 1]):
            mark[items[k]] = a
            n = cell_starts[items[k] + 1] - cell_starts[items[k]]
            if n < fewest:
                rarest, fewest = items[k], n
        for k in range(cell_starts[rarest], cell_starts[rarest + 1]):
            b = cell_sites[k]
            if b == a or gone[b] or cost[b] > cost[a] or starts[b + 1] - starts[b] < length:
                continue
            shared = 0
            for m in range(starts[b], starts[b + 1]):
                shared += mark[items[m]] == a
            if shared == length:
                gone[a] = True
                break
    return gone
