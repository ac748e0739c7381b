"""Many nights: chance by counting, draws as stated, the same bits on any number of threads."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kstest

from jangkau.counting.chance import normal, stream, triangular, uniform
from jangkau.counting.network import BY_WIFI, CELL, CUT, LINK, PREDICTED, UNKNOWN, WIFI, Network, Node, Station, Stop
from jangkau.counting.nights import RECAPITULATED, simulate
from jangkau.counting.parameters import COLUMNS, NAMES, parameters_from, shipped
from jangkau.counting.queues import REACH, SERVER
from jangkau.errors import InputError

SHARED = Path(__file__).parents[3] / "shared" / "data" / "kutai-timur" / "counting" / "parameters.csv"


def network(villages=12, own=PREDICTED, probability=0.7):
    nodes, stations = [Node("D", LINK, None, 50.0, village=villages), Node("WD", WIFI, "D", village=villages)], []
    for v in range(villages):
        nodes += [
            Node(f"C{v}", CELL, village=v),
            Node(f"L{v}", LINK, "D", 20.0, village=v),
            Node(f"W{v}", WIFI, f"L{v}", village=v),
        ]
        for i in range(5):
            stops = (
                Stop(f"C{v}", "own", own, probability),
                Stop(f"W{v}", "office", BY_WIFI, 0.0, 2.0),
                Stop("WD", "district", BY_WIFI, 0.0, 15.0),
            )
            stations.append(Station(f"{v}-{i}", v, v % 3, 400, stops))
    return Network.of(stations, nodes)


def test_chance_is_even_and_independent():
    a = np.array([uniform(np.uint64(stream(1, night)), thing, 0) for night in range(100) for thing in range(200)])
    b = np.array([uniform(np.uint64(stream(1, night)), thing, 1) for night in range(100) for thing in range(200)])
    c = np.array([uniform(np.uint64(stream(2, night)), thing, 0) for night in range(100) for thing in range(200)])
    for one in (a, b, c):
        assert kstest(one, "uniform").pvalue > 0.001
    for one, other in ((a, b), (a, c), (a[1:], a[:-1]), (a[200:], a[:-200])):
        assert abs(np.corrcoef(one, other)[0, 1]) < 0.03
    z = np.array([normal(np.uint64(stream(3, night)), thing, 4) for night in range(100) for thing in range(100)])
    assert kstest(z, "norm").pvalue > 0.001


def test_the_triangle_has_its_mean_and_its_ends():
    u = (np.arange(20_000) + 0.5) / 20_000
    values = np.array([triangular(1.0, 2.0, 6.0, x) for x in u])
    assert values.mean() == pytest.approx(3.0, rel=1e-4)
    assert 1.0 <= values.min() < 1.02
    assert 5.9 < values.max() <= 6.0
    assert triangular(2.0, 2.0, 2.0, 0.3) == 2.0


def test_threads_change_no_bit():
    given = network()
    one, two = (simulate(given.layout, shipped(), nights=23, seed=5, workers=workers) for workers in (1, 2))
    for name in ("sent_s", "recapitulated_s", "lost_s", "method_fraction", "carried_mbit"):
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes(), name
    assert one.events == two.events
    other = simulate(given.layout, shipped(), nights=23, seed=6)
    assert not np.array_equal(one.sent_s, other.sent_s)


def test_a_few_nights_are_the_first_of_many():
    given = network()
    few, many = (simulate(given.layout, shipped(), nights=nights, workers=2) for nights in (7, 40))
    np.testing.assert_array_equal(few.sent_s, many.sent_s[:7])


@pytest.mark.parametrize("probability", [0.2, 0.9])
def test_as_many_send_from_their_own_place_as_predicted(probability):
    calm = shipped().with_(
        broken_fraction=0.0, power_cut_fraction=0.0, link_failure_fraction=0.0, cell_mbps=1e3, count_spread=0.0
    )
    found = simulate(network(probability=probability).layout, calm, nights=300)
    assert found.method_fraction[:, 0].mean() == pytest.approx(probability, abs=0.015)


def test_what_nobody_knows_takes_the_stated_share():
    calm = shipped().with_(broken_fraction=0.0, power_cut_fraction=0.0, link_failure_fraction=0.0, cell_mbps=1e3)
    for share in (0.0, 0.4, 1.0):
        found = simulate(network(own=UNKNOWN).layout, calm.with_(unknown_send_fraction=share), nights=200)
        assert found.method_fraction[:, 0].mean() == pytest.approx(share, abs=0.03)


def test_what_is_unsent_goes_out_at_the_recapitulation_in_turn():
    nodes = [Node("C", CELL)]
    stations = [Station(f"{i}", 0, 0, 400, (Stop("C", "own", PREDICTED, 0.0),)) for i in range(4)]
    sure = shipped().with_(recapitulation_h=19.0, recapitulation_min=20.0, count_spread=0.0, uplink_spread=0.1)
    found = simulate(Network.of(stations, nodes).layout, sure, nights=3)
    np.testing.assert_allclose(found.sent_s[0], 19 * 3600 + 1200.0 * np.arange(1, 5))
    np.testing.assert_allclose(found.recapitulated_s[:, 0], 19 * 3600 + 4800.0)
    assert found.method_fraction[:, RECAPITULATED].tolist() == [1.0] * 4
    assert found.lost_s.argmax(axis=1).tolist() == [REACH] * 4


def test_a_cut_fibre_takes_its_district():
    given = network(own=PREDICTED, probability=0.0)
    sure = shipped().with_(link_failure_fraction=0.0, power_cut_fraction=0.0, uplink_spread=0.1)
    before, after = (simulate(n.layout, sure, nights=20) for n in (given, given.with_cut("D")))
    assert before.method_fraction[:, RECAPITULATED].mean() < 0.01
    assert (after.method_fraction[:, RECAPITULATED] == 1.0).all()
    assert given.with_cut("D").nodes[0].cut == CUT


def test_a_slower_server_holds_up_more():
    slow = [
        simulate(network().layout, shipped().with_(server_kbps_per_station=rate), nights=100) for rate in (14.0, 4.0)
    ]
    assert slow[1].lost_s[:, SERVER].mean() > 3 * slow[0].lost_s[:, SERVER].mean()
    assert (slow[1].sent_s >= slow[0].sent_s - 1e-6).all()


def test_the_shipped_parameters_are_complete_and_come_back_as_written():
    given = shipped()
    assert [p.name for p in given.all] == list(NAMES)
    assert all(p.unit and p.basis and p.meaning for p in given.all)
    assert all(p.source or p.basis in ("assumed", "derived") for p in given.all)
    rows = list(enumerate(csv.DictReader(given.text().splitlines()), 2))
    assert list(rows[0][1]) == list(COLUMNS)
    assert parameters_from(rows, "own.csv", given) == (given, [])


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"parameter": "photo_mb", "default": "x"}, "counting.no_number"),
        ({"parameter": "photo_mb", "low": "1"}, "counting.no_default"),
        ({"parameter": "photo_mb", "default": "1", "low": "2"}, "counting.bad_range"),
        ({"parameter": "rain_fraction", "default": "1.5"}, "counting.bad_range"),
        ({"parameter": "photo_mb", "default": "inf"}, "counting.bad_range"),
        ({"parameter": "nothing", "default": "1"}, "counting.no_parameters"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(row, code):
    with pytest.raises(InputError) as error:
        parameters_from([(7, row)], "own.csv", shipped())
    assert error.value.message.code == code
    assert "own.csv" in str(error.value.message.parameters)


@pytest.mark.skipif(not SHARED.is_file(), reason="the collected parameters are not in this checkout")
def test_the_collected_parameters_can_be_read_under_their_own_names():
    with SHARED.open(encoding="utf-8", newline="") as file:
        found, unused = parameters_from(list(enumerate(csv.DictReader(file), 2)), SHARED.name, shipped())
    assert (found["photo_mb"].low, found["photo_mb"].high) == (0.5, 4.0)
    assert found["retry_s"].basis.startswith("measured")
    assert "tower_cost_idr" in unused
