"""Plans on small invented networks where the cheapest cure is known."""

from collections import Counter

import pytest

from jangkau.counting.network import BY_WIFI, CELL, GEOSTATIONARY, LINK, PREDICTED, WIFI, Network, Node, Station, Stop
from jangkau.counting.nights import simulate
from jangkau.counting.parameters import shipped
from jangkau.studies.cures import Changes, Target, changed, plan
from jangkau.studies.night_network import NightNetwork

CALM = shipped().with_(
    power_cut_fraction=0.0, link_failure_fraction=0.0, broken_fraction=0.0, rain_fraction=0.0, ordinary_fraction=0.0,
    delivered_fraction=1.0, count_per_100_voters_min=20.0, count_fixed_min=30.0, count_spread=0.03, photo_mb=1.5,
    photos_per_station=4.0, photo_min=3.0, retry_s=300.0, attempts=3.0, uplink_spread=1.5, leave_min=5.0,
    speed_kmh=20.0, road_factor=1.0, wifi_mbps=20.0, leo_upload_mbps=10.0, server_kbps_per_station=5000.0,
)  # fmt: skip


def night(rates, *, reach=0.001, km=1.0, sky=0, stations=6):
    """Return villages that send over their office's link, one of each rate [Mbit/s]; None: no link."""
    nodes, found = [], []
    for v, rate in enumerate(rates):
        nodes.append(Node(f"cell:{v}", CELL, village=v))
        if rate is not None:
            nodes.append(Node(f"L{v}", LINK, rate_mbps=rate, sky=sky, village=v))
            nodes.append(Node(f"wifi:KD{v}", WIFI, f"L{v}", village=v))
        for i in range(stations):
            stops = [Stop(f"cell:{v}", f"S{v}-{i}", PREDICTED, reach)]
            if rate is not None:
                stops.append(Stop(f"wifi:KD{v}", f"KD{v}", BY_WIFI, 0.0, km))
            found.append(Station(f"S{v}-{i}", v, 0, 400, tuple(stops)))
    network = Network.of(found, nodes)
    codes = tuple(f"V{v}" for v in range(len(rates)))
    return NightNetwork(network, ("D",), codes, Counter(), {s.code: km for s in found})


def play(network, seed, nights=60):
    return simulate(network.layout, CALM, nights=nights, seed=1 + seed)


def planned(given, by_h, share=0.95):
    target = Target(3600.0 * by_h, share, 0.95)
    base = play(given.network, 0)
    return target, base, plan(given, base, play, target, CALM)


def test_only_the_link_that_is_too_slow_is_raised():
    given = night([50.0, 0.02, 50.0])
    target, base, found = planned(given, 4.5)
    assert target.met(base) == 0.0
    assert found.enough
    assert [(o.subject, o.name) for o in found.options] == [("L1", "rate_30")]
    assert found.options[0].cost_idr == pytest.approx(100_000 * (30 - 0.02))
    again = play(changed(given, base.method_fraction[:, 0] < 0.7, Changes(rates={"L1": 30.0})), 2)
    assert target.met(again) >= 0.95
    assert set(found.cures) == {f"S1-{i}" for i in range(6)}
    assert {o.name for o in found.cures.values()} == {"rate_30"}


def test_a_village_without_a_link_gets_a_terminal():
    _, _, found = planned(night([50.0, None]), 4.5)
    assert found.enough
    assert [(o.subject, o.name) for o in found.options] == [("V1", "terminal")]


def test_a_geostationary_link_that_is_too_slow_is_replaced():
    _, _, found = planned(night([0.02], sky=GEOSTATIONARY), 4.5)
    assert found.enough
    assert [o.name for o in found.options] == ["terminal"]


def test_where_only_trying_in_vain_takes_too_long_stations_go_straight():
    given = night([50.0], km=0.5)
    _, _, found = planned(given, 2.27, share=0.8)
    slow = planned(given, 4.5)[2]
    assert slow.options == []
    assert slow.enough
    assert found.enough
    assert [o.name for o in found.options] == ["straight"]


def test_no_plan_is_claimed_where_counting_itself_ends_too_late():
    _, _, found = planned(night([50.0, 50.0]), 1.0)
    assert not found.enough
    assert found.most == 0.0
    assert found.probability == 0.0
    assert found.cures == {}
