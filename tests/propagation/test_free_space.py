"""Free space: ITU-R P.525 and the Fresnel zone."""

import math

import pytest

from jangkau.errors import ModelError
from jangkau.propagation import free_space
from jangkau.units import wavelength_m


@pytest.mark.parametrize(
    ("distance_m", "frequency_mhz", "loss_db"),
    [(1_000.0, 1.0, 32.4), (1_000.0, 1_000.0, 92.4), (10_000.0, 1_000.0, 112.4), (5_000.0, 800.0, 104.44)],
)
def test_values_by_hand(distance_m, frequency_mhz, loss_db):
    assert free_space.free_space_loss_db(distance_m, frequency_mhz) == pytest.approx(loss_db, abs=5e-3)


def test_the_constant_is_the_rounded_one():
    exact = 20.0 * math.log10(4.0 * math.pi * 3_000.0 / wavelength_m(2_600.0))
    assert free_space.free_space_loss_db(3_000.0, 2_600.0) == pytest.approx(exact, abs=0.05)
    assert free_space.free_space_loss_db(3_000.0, 2_600.0) < exact


def test_twice_the_distance_or_the_frequency_costs_six_decibels():
    six = 20.0 * math.log10(2.0)
    near = free_space.free_space_loss_db(700.0, 900.0)
    assert free_space.free_space_loss_db(1_400.0, 900.0) - near == pytest.approx(six)
    assert free_space.free_space_loss_db(700.0, 1_800.0) - near == pytest.approx(six)


@pytest.mark.parametrize("distance_m", [1.0, 250.0, 35_000.0])
def test_distance_undoes_loss(distance_m):
    loss = free_space.free_space_loss_db(distance_m, 1_800.0)
    assert free_space.free_space_distance_m(loss, 1_800.0) == pytest.approx(distance_m)


def test_fresnel_radius():
    # 10 km at 1 GHz: 27.4 m in the middle
    assert free_space.fresnel_radius_m(5_000.0, 5_000.0, 1_000.0) == pytest.approx(27.38, abs=0.01)
    second = free_space.fresnel_radius_m(5_000.0, 5_000.0, 1_000.0, zone=2)
    assert second == pytest.approx(27.38 * math.sqrt(2.0), abs=0.02)


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_only_positive_values(bad):
    calls = {
        "distance_m": lambda: free_space.free_space_loss_db(bad, 900.0),
        "frequency_mhz": lambda: free_space.free_space_loss_db(100.0, bad),
        "d1_m": lambda: free_space.fresnel_radius_m(bad, 1.0, 900.0),
        "d2_m": lambda: free_space.fresnel_radius_m(1.0, bad, 900.0),
    }
    for name, call in calls.items():
        with pytest.raises(ModelError) as caught:
            call()
        assert caught.value.message.code == "p525.not_positive"
        assert caught.value.message.parameters["name"] == name
