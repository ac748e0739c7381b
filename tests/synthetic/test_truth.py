"""The true signal: bias, shadowing, field tests."""

import dataclasses
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from jangkau.radio import reference_signal_eirp_dbm
from jangkau.synthetic import draw_measurements, draw_visits, make_world, true_rsrp_dbm
from jangkau.synthetic.shadowing import SCALE_M, SHARED_VARIANCE, SIGMA_DB, SITE_SIGMA_DB, shadowing_db, site_bias_db
from jangkau.synthetic.truth import NO_SIGNAL_DBM, TODAY, dark_villages, to_degrees

TIME = datetime(2024, 11, 12, 3, 0, tzinfo=UTC)


def scattered(count, seed=0, side_m=40_000.0):
    return np.random.default_rng(seed).uniform(-side_m / 2, side_m / 2, (2, count))


def test_same_seed_same_world(world):
    again = make_world(seed=1, side_km=15.0, villages=8, districts=2)
    for field in dataclasses.fields(world):
        if field.name not in ("ground", "land_cover"):
            assert getattr(again, field.name) == getattr(world, field.name), field.name
    assert np.array_equal(again.ground.height_amsl_m, world.ground.height_amsl_m)
    assert np.array_equal(again.ground.surface, world.ground.surface)
    assert np.array_equal(again.land_cover.values, world.land_cover.values)


def test_other_seed_other_world(world):
    other = make_world(seed=2, side_km=15.0, villages=8, districts=2)
    assert other.villages != world.villages
    assert not np.array_equal(other.ground.height_amsl_m, world.ground.height_amsl_m)


def test_shadowing_has_its_mean_and_deviation():
    found = np.array([shadowing_db(1, site, *to_degrees(*scattered(4000))) for site in range(12)])
    assert found.mean() == pytest.approx(0.0, abs=0.2)
    assert found.std() == pytest.approx(SIGMA_DB, rel=0.03)


@pytest.mark.parametrize("distance_m", [30.0, SCALE_M, 3 * SCALE_M])
def test_shadowing_correlates_as_an_exponential(distance_m):
    x, y = scattered(6000)
    turn = np.random.default_rng(1).uniform(0.0, 2.0 * np.pi, x.size)
    found = []
    for site in range(8):
        here = shadowing_db(5, site, *to_degrees(x, y))
        there = shadowing_db(5, site, *to_degrees(x + distance_m * np.cos(turn), y + distance_m * np.sin(turn)))
        found.append(np.corrcoef(here, there)[0, 1])
    assert np.mean(found) == pytest.approx(np.exp(-distance_m / SCALE_M), abs=0.04)


def test_half_of_the_shadowing_is_shared_by_sites():
    found = np.array([shadowing_db(1, site, *to_degrees(*scattered(5000))) for site in range(10)])
    pairs = np.corrcoef(found)[np.triu_indices(10, 1)]
    assert pairs.mean() == pytest.approx(SHARED_VARIANCE, abs=0.05)


def test_shadowing_of_a_point_does_not_depend_on_the_others():
    longitude, latitude = to_degrees(*scattered(50))
    whole = shadowing_db(1, 2, longitude, latitude)
    assert float(shadowing_db(1, 2, longitude[17], latitude[17])) == whole[17]
    assert np.array_equal(shadowing_db(1, 2, longitude[::-1], latitude[::-1]), whole[::-1])


def test_site_bias_has_its_deviation():
    many = np.concatenate([site_bias_db(seed, 45) for seed in range(60)])
    assert many.mean() == pytest.approx(0.0, abs=0.25)
    assert many.std() == pytest.approx(SITE_SIGMA_DB, rel=0.05)


def test_true_signal_has_a_row_a_cell_and_any_order_gives_the_same(world):
    places = world.places[:12]
    longitude = np.array([p.longitude for p in places])
    latitude = np.array([p.latitude for p in places])
    level = true_rsrp_dbm(world, longitude, latitude)
    assert level.shape == (len(world.true_cells), 12)
    assert level.dtype == np.float32
    assert np.array_equal(true_rsrp_dbm(world, longitude[::-1], latitude[::-1]), level[:, ::-1])
    strongest = max(reference_signal_eirp_dbm(c.eirp_dbm, c.bandwidth_mhz, c.technology) for c in world.true_cells)
    assert np.nanmax(level) < strongest - 50.0


def test_no_signal_beyond_the_reach(world):
    assert (true_rsrp_dbm(world, 117.0, 1.5) == NO_SIGNAL_DBM).all()


def test_register_differs_from_the_truth_and_lacks_values(world):
    assert [c.code for c in world.cells] == [c.code for c in world.true_cells]
    assert all(c.height_agl_m and c.eirp_dbm and c.azimuth_deg is not None for c in world.true_cells)
    assert any(a != b for a, b in zip(world.cells, world.true_cells, strict=True))
    assert {c.site_code for c in world.cells} == {s.code for s in world.sites}


def test_visits_say_what_the_phone_had(world):
    stations = [p for p in world.places if p.kind == "polling_station"]
    visits = draw_visits(world, stations, [TIME] * len(stations), seed=4)
    assert len(visits) == 3 * len(stations)
    assert visits == draw_visits(world, stations, [TIME] * len(stations), seed=4)
    assert visits != draw_visits(world, stations, [TIME] * len(stations), seed=5)
    for visit in visits:
        if visit.service == "none":
            assert visit.rsrp_dbm is visit.technology is visit.upload_mbps is None
        else:
            assert visit.rsrp_dbm >= -122.0
            assert (visit.service == "limited") == (visit.rsrp_dbm < -116.0) or visit.rsrp_dbm == -116.0
            assert visit.upload_mbps >= 0.0
    assert len({v.service for v in visits}) >= 2


def test_first_visits_are_of_the_ninety_days_before_today(world):
    ages = [(TODAY - v.time.date()).days for v in world.visits]
    assert min(ages) >= 0
    assert max(ages) <= 91
    assert any(age > 60 for age in ages)
    assert len({v.id for v in world.visits}) == len(world.visits)


def test_measurements_name_the_serving_cell(world):
    site = world.sites[0]
    longitude, latitude = site.longitude + np.array([0.002, 0.004, 0.3]), site.latitude + np.array([0.0, 0.001, 0.0])
    samples = draw_measurements(world, longitude, latitude, TIME, seed=1)
    assert len(samples) == 9
    near = samples[0]
    cells = {c.code: c for c in world.true_cells}
    assert near.operator == "Seluler A"
    assert near.service == "ok"
    assert cells[near.cell_code].eci == near.eci
    assert all(s.service == "none" and s.cell_code is None for s in samples[6:])


def test_phone_noise_is_two_decibels(world):
    site = world.sites[0]
    count = 400
    longitude, latitude = np.full(count, site.longitude + 0.003), np.full(count, site.latitude)
    shown = [m.rsrp_dbm for m in draw_measurements(world, longitude, latitude, TIME, 3) if m.operator == "Seluler A"]
    assert np.std(shown) == pytest.approx(2.0, abs=0.25)


def test_links_probes_and_claims_hang_together(world):
    offices = {p.code for p in world.places if p.kind.endswith("_office")}
    links = {link.code for link in world.links}
    assert links
    assert {link.place_code for link in world.links} <= offices
    assert {probe.link_code for probe in world.probes} <= links
    now = datetime(2024, 11, 11, tzinfo=UTC)
    assert all(now - timedelta(days=12) < probe.time < now for probe in world.probes)
    assert {c.village_code for c in world.claims} <= {v.code for v in world.villages}


def test_settings_say_that_it_is_invented(world):
    assert "invented" in world.settings.note
    assert "rekaan" in world.settings.note
    assert world.settings.deadline.isoformat() == "2024-11-27"
    assert world.settings.operators_on(TODAY) == ("Seluler A", "Seluler B", "Seluler C")


@pytest.mark.slow
def test_whole_regency_has_some_dark_villages():
    whole = make_world()
    assert len(whole.villages) == 96
    assert sum(v.population for v in whole.villages) == 180_000
    assert 260 <= sum(v.polling_stations for v in whole.villages) <= 340
    assert 0.2 <= len(dark_villages(whole)) / 96 <= 0.4
