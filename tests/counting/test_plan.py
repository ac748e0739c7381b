"""The cheapest plan: the same as trying every set; curves read from known nights."""

from itertools import product

import numpy as np
import pytest

from jangkau.counting.curves import arrival_bands, band, time_of_share
from jangkau.counting.plan import Option, choose


def cheapest_by_trying(base, options, needed, probability):
    subjects = list(dict.fromkeys(o.subject for o in options))
    sets = product(*[[None, *(o for o in options if o.subject == s)] for s in subjects])
    best = None
    for one in sets:
        taken = [o for o in one if o is not None]
        total = base + sum((o.gain for o in taken), np.zeros(base.size))
        if (total >= needed).mean() >= probability - 1e-12:
            cost = sum(o.cost_idr for o in taken)
            best = cost if best is None else min(best, cost)
    return best


@pytest.mark.parametrize("seed", range(12))
def test_a_plan_is_as_cheap_as_the_best_of_all_sets(seed):
    rng = np.random.default_rng(seed)
    base = rng.integers(60, 90, 20).astype(float)
    options = [
        Option(f"L{k}", f"tier {t}", float(rng.integers(1, 40)) * 1e6, rng.integers(0, 4 + 3 * t, 20).astype(float))
        for k in range(5)
        for t in range(3)
    ]
    needed = float(rng.integers(80, 105))
    best = cheapest_by_trying(base, options, needed, 0.9)
    found = choose(base, options, needed, 0.9)
    assert (found is None) == (best is None)
    if found is not None:
        assert sum(o.cost_idr for o in found) == pytest.approx(best)
        assert len({o.subject for o in found}) == len(found)
        assert ((base + sum((o.gain for o in found), np.zeros(20))) >= needed).mean() >= 0.9


def test_nothing_is_bought_where_the_target_is_met():
    assert choose(np.full(10, 95.0), [Option("L", "t", 1.0, np.ones(10))], 95.0, 0.95) == []


def test_the_time_of_a_share_counts_whole_stations():
    sent = np.array([[1.0, 2.0, 3.0, 4.0], [8.0, 7.0, 6.0, 5.0]])
    assert time_of_share(sent, 0.5).tolist() == [2.0, 6.0]
    assert time_of_share(sent, 0.51).tolist() == [3.0, 7.0]
    assert time_of_share(sent, 1.0).tolist() == [4.0, 8.0]
    assert band(np.arange(1.0, 101.0)) == (5.0, 50.0, 95.0)
    assert arrival_bands(sent, np.array([0.0, 4.0, 9.0]))[1].tolist() == [0.0, 0.5, 1.0]
