"""One night: the same answers as a plain SimPy model, and as queueing formulas."""

import math

import numpy as np
import pytest

from counting.plain_night import plain_night
from jangkau.counting.network import CELL, LINK, WIFI, hang
from jangkau.counting.queues import CAUSES, RUNGS, Evening, Outcome, play
from jangkau.errors import InputError

NEVER = math.inf


def evening(ready, size, leaf, capacity, *, own=NEVER, broken=0, travel=0.0, down=(), end=1e9, server=1e9, needed=0.0):
    """Return an evening without accidents but those given: `down` has (node, from, to) [s]."""
    stations, nodes = len(ready), len(capacity)
    places = np.full((stations, RUNGS), -1, np.int32)
    given = np.asarray(leaf, np.int32).reshape(stations, -1)
    places[:, : given.shape[1]] = given
    made = Evening(
        np.array(ready, float),
        np.broadcast_to(np.asarray(size, float), stations).copy(),
        np.broadcast_to(np.asarray(broken, np.int32), stations).copy(),
        places,
        np.broadcast_to(np.asarray(travel, float), (stations, RUNGS)).copy(),
        np.broadcast_to(np.asarray(own, float), (stations, RUNGS)).copy(),
        np.array(capacity, float),
        np.full(nodes, NEVER),
        np.full(nodes, NEVER),
        np.ones(nodes, np.int32),
        np.array([300.0, 100.0, 3, needed, end, server], float),
    )
    for node, begin, stop in down:
        made.down_from_s[node], made.down_to_s[node] = begin, stop
    return made


def played(parent, kind, given):
    tree = hang(np.array(parent, np.int32), given.leaf, kind)
    n = given.ready_s.size
    out = Outcome(
        np.empty(n), np.empty(n), np.empty(n, np.int32), np.empty((n, len(CAUSES))), np.empty(given.capacity_mbps.size)
    )
    play(tree, given, out)
    return out


def random_case(seed):
    """Two districts with offices and cells, stations that move between them, everything that can go wrong."""
    rng = np.random.default_rng(seed)
    parent, kind = [-1, -1], [LINK, LINK]
    if rng.random() < 0.4:  # both districts hang on one link
        parent, kind = [2, 2, -1], [LINK, LINK, LINK]
    leaves = []
    for district in (0, 1):
        for _ in range(int(rng.integers(1, 4))):
            parent += [district, len(parent), -1]
            kind += [LINK, WIFI, CELL]
            leaves += [len(parent) - 2, len(parent) - 1]
    stations = int(rng.integers(2, 14))
    leaf = np.full((stations, RUNGS), -1, np.int32)
    for s in range(stations):
        count = int(rng.integers(1, RUNGS + 1))
        leaf[s, :count] = rng.choice(leaves, count)
    own = np.where(rng.random((stations, RUNGS)) < 0.3, NEVER, rng.uniform(0.02, 1.0, (stations, RUNGS)))
    down = [(k, b := rng.uniform(0, 900), b + rng.exponential(400)) for k in range(len(parent)) if rng.random() < 0.3]
    if rng.random() < 0.2:
        down.append((0, 0.0, NEVER))
    return parent, kind, evening(
        rng.uniform(0, 900, stations),
        rng.uniform(5, 90, stations),
        leaf,
        rng.uniform(0.1, 1.5, len(parent)),
        own=own,
        broken=rng.integers(0, 5, stations) * (rng.random(stations) < 0.3),
        travel=rng.uniform(0, 200, (stations, RUNGS)),
        down=down,
        end=rng.uniform(3000, 9000),
        server=rng.uniform(0.2, 3.0),
        needed=0.1,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_a_small_night_is_that_of_the_plain_model(seed):
    parent, kind, given = random_case(seed)
    out = played(parent, kind, given)
    arrived, sent, place = plain_night(parent, given)
    np.testing.assert_allclose(out.arrived_s, arrived, rtol=0, atol=1e-6)
    np.testing.assert_allclose(out.sent_s, sent, rtol=0, atol=1e-6)
    there = np.isfinite(out.arrived_s)
    assert out.rung[there].tolist() == np.array(place)[there].tolist()


@pytest.mark.parametrize("seed", range(60))
def test_waiting_is_all_accounted_for(seed):
    parent, kind, given = random_case(seed)
    out = played(parent, kind, given)
    there = np.isfinite(out.sent_s)
    np.testing.assert_allclose(out.lost_s[there].sum(axis=1), (out.sent_s - given.ready_s)[there], atol=1e-6)


def test_a_batch_leaves_a_link_when_the_link_has_carried_it():
    out = played([-1], [CELL], evening([0.0] * 5, 52.0, [0] * 5, [4.0]))
    np.testing.assert_allclose(out.arrived_s, 5 * 52.0 / 4.0)


def test_what_one_cannot_use_the_others_share():
    given = evening([0.0] * 3, [1.0, 1e3, 1e3], [1, 2, 2], [9.0, 1.0, 50.0], end=1.0)
    out = played([-1, 0, 0], [LINK, LINK, WIFI], given)
    np.testing.assert_allclose(out.carried_mbit, [9.0, 1.0, 8.0])
    assert out.arrived_s[0] == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(10))
def test_nothing_is_lost_and_nothing_made(seed):
    rng = np.random.default_rng(seed)
    size, broken, leaf = rng.uniform(5, 50, 40), rng.integers(0, 3, 40), rng.choice([2, 3, 4], 40)
    given = evening(rng.uniform(0, 500, 40), size, leaf, [5.0, 2.0, 3.0, 1.0, 9.0], broken=broken)
    out = played([-1, 0, 1, 1, 0], [LINK, LINK, WIFI, WIFI, WIFI], given)
    sent = size * (1 + broken)
    assert out.carried_mbit[0] == pytest.approx(sent.sum())
    assert out.carried_mbit[1] == pytest.approx(sent[leaf != 4].sum())
    assert [out.carried_mbit[k] for k in (2, 3, 4)] == pytest.approx([sent[leaf == k].sum() for k in (2, 3, 4)])


def poisson(load, sizes, seed, count=120_000):
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.exponential(np.mean(sizes) / load, count)), rng.choice(sizes, count)


@pytest.mark.parametrize("sizes", [[1.0], [0.2, 0.2, 0.2, 3.4]])
@pytest.mark.parametrize("load", [0.5, 0.7])
def test_mean_time_is_that_of_processor_sharing_whatever_the_sizes(load, sizes):
    """M/G/1-PS: E[T] = E[S] / (1 - load) (Kleinrock, Queueing Systems II, 4.4), at a link and at the server."""
    ready, size = poisson(load, sizes, 7)
    expected = np.mean(sizes) / (1.0 - load)
    link = played([-1], [CELL], evening(ready, size, [0] * ready.size, [1.0]))
    assert (link.arrived_s - ready).mean() == pytest.approx(expected, rel=0.04)
    server = played([-1], [CELL], evening(ready, size, [0] * ready.size, [1e9], server=1.0))
    assert (server.sent_s - ready).mean() == pytest.approx(expected, rel=0.04)


def test_half_the_server_takes_twice_as_long_for_all():
    rng = np.random.default_rng(3)
    size = rng.uniform(10, 90, 701)
    last = [
        played([-1], [CELL], evening([0.0] * 701, size, [0] * 701, [1e9], server=rate)).sent_s.max()
        for rate in (10.0, 5.0)
    ]
    assert last == pytest.approx([size.sum() / 10.0, size.sum() / 5.0])


def test_a_server_that_is_never_idle_ends_when_its_work_is_done():
    rng = np.random.default_rng(4)
    ready, size = np.sort(rng.uniform(0, 3600, 701)), rng.uniform(10, 90, 701)
    for rate in (2.0, 1.0):  # Mbit/s, far below what comes
        out = played([-1], [CELL], evening(ready, size, [0] * 701, [1e9], server=rate))
        assert out.sent_s.max() == pytest.approx(ready.min() + size.sum() / rate, rel=1e-6)


def test_links_in_a_ring_are_named():
    with pytest.raises(InputError) as error:
        hang(np.array([1, 0], np.int32), np.array([[0, -1, -1]], np.int32), [LINK, LINK], ["A", "B"])
    assert error.value.message.code == "counting.ring"
    assert "A" in str(error.value.message.parameters)
