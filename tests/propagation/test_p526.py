"""Diffraction: values by hand, the published rows through P.1812, limits."""

import math

import numpy as np
import pytest

from jangkau.errors import ModelError
from jangkau.propagation import p526, p1812


@pytest.mark.parametrize(
    ("nu", "loss_db"),
    # by hand: 6.9 + 20 log10(sqrt((nu - 0.1)^2 + 1) + nu - 0.1)
    [(-5.0, 0.0), (-0.78, 0.0), (-0.5, 1.959), (0.0, 6.033), (1.0, 13.926), (2.4, 20.539)],
)
def test_knife_edge(nu, loss_db):
    assert p526.knife_edge_loss_db(nu) == pytest.approx(loss_db, abs=5e-4)


def test_knife_edge_agrees_with_the_fresnel_integral():
    # The approximation is stated for nu > -0.78; beside the integral it is within 0.25 dB there.
    # Simpson's rule for C and S; loss = -20 log(sqrt((1-C-S)^2 + (C-S)^2) / 2), equation (30).
    for nu in (-0.5, 0.0, 0.5, 1.0, 2.0):
        t = np.linspace(0.0, nu, 2001)
        weights = np.ones(2001)
        weights[1:-1:2], weights[2:-1:2] = 4.0, 2.0
        c, s = ((weights * f(0.5 * math.pi * t**2)).sum() * nu / 6000.0 for f in (np.cos, np.sin))
        exact = -20.0 * math.log10(math.hypot(1.0 - c - s, c - s) / 2.0)
        assert p526.knife_edge_loss_db(nu) == pytest.approx(exact, abs=0.25)


def test_knife_edge_never_falls_and_joins_zero():
    losses = [p526.knife_edge_loss_db(nu) for nu in np.linspace(-2.0, 10.0, 2401)]
    assert (np.diff(losses) >= 0.0).all()
    assert p526.knife_edge_loss_db(-0.7799) < 0.02


def test_the_parameter_counts_fresnel_radii():
    wavelength_m = 299.8 / 900.0
    radius = math.sqrt(wavelength_m * 4_000.0 * 6_000.0 / 10_000.0)
    for share in (-0.6, 0.0, 0.5, 2.0):
        nu = p526.knife_edge_parameter(share * radius, 4_000.0, 6_000.0, 900.0)
        assert nu == pytest.approx(share * math.sqrt(2.0))
    # an edge that leaves 0.6 of the first zone free costs nothing
    assert p526.knife_edge_loss_db(p526.knife_edge_parameter(-0.6 * radius, 4_000.0, 6_000.0, 900.0)) == 0.0


def test_one_edge_makes_bullingtons_loss():
    distance = np.array([0.0, 4_000.0, 10_000.0])
    height = np.array([0.0, 90.0, 0.0])
    loss = p526.bullington_loss_db(
        distance, height, frequency_mhz=900.0, tx_height_agl_m=30.0, rx_height_agl_m=10.0, effective_radius_km=1e9
    )
    nu = p526.knife_edge_parameter(90.0 - (30.0 * 6.0 + 10.0 * 4.0) / 10.0, 4_000.0, 6_000.0, 900.0)
    edge = p526.knife_edge_loss_db(nu)
    assert loss == pytest.approx(edge + (1.0 - math.exp(-edge / 6.0)) * 10.2, abs=1e-4)


@pytest.mark.parametrize("polarization", ["horizontal", "vertical"])
@pytest.mark.parametrize("seed", range(12))
def test_it_is_the_diffraction_of_p1812(seed, polarization):
    # P.1812 over bare land, for the radius exceeded beta0 % of the time; the published rows hold those terms.
    rng = np.random.default_rng([526, seed])
    distance = np.concatenate([[0.0], np.cumsum(rng.uniform(20.0, 200.0, 99))])
    terrain = 100.0 + 60.0 * np.sin(distance / rng.uniform(400.0, 3_000.0)) + rng.uniform(0.0, 5.0, 100)
    common = {"frequency_mhz": rng.uniform(450.0, 5_800.0), "tx_height_agl_m": 35.0, "rx_height_agl_m": 3.0}
    path = p1812.transmission_loss(
        distance,
        terrain,
        np.zeros(100),
        **common,
        polarization=polarization,
        longitude_deg=(117.0, 117.0),
        latitude_deg=(0.5, 0.5 + distance[-1] / 111_195.0),
        refractivity_gradient_n_per_km=45.0,
        sea_level_refractivity_n=370.0,
    )
    loss = p526.delta_bullington_loss(
        distance, terrain, **common, effective_radius_km=3.0 * 6371.0, polarization=polarization
    )
    assert loss.loss_db == path.diffraction_beta0_db
    assert loss.bullington_db == path.bullington_beta0_db
    assert loss.bullington_smooth_db == path.bullington_smooth_beta0_db
    assert loss.spherical_db == path.spherical_beta0_db
    assert loss.tx_effective_m == pytest.approx(terrain[0] + 35.0 - path.tx_smooth_diffraction_m, abs=1e-9)
    assert loss.rx_effective_m == pytest.approx(terrain[-1] + 3.0 - path.rx_smooth_diffraction_m, abs=1e-9)
    over = p526.bullington_loss_db(distance, terrain, **common, effective_radius_km=3.0 * 6371.0)
    assert over == path.bullington_beta0_db
    sphere = p526.spherical_earth_loss_db(
        float(distance[-1]),
        loss.tx_effective_m,
        loss.rx_effective_m,
        common["frequency_mhz"],
        effective_radius_km=3.0 * 6371.0,
        polarization=polarization,
    )
    assert sphere == path.spherical_beta0_db


def test_the_parts_add_up():
    distance = np.linspace(0.0, 40_000.0, 101)
    loss = p526.delta_bullington_loss(
        distance, np.zeros(101), frequency_mhz=800.0, tx_height_agl_m=30.0, rx_height_agl_m=1.5
    )
    assert loss.loss_db == loss.bullington_db + max(loss.spherical_db - loss.bullington_smooth_db, 0.0)
    # over flat land the profile is its own smooth one, and what is left is the smooth earth
    assert loss.bullington_db == pytest.approx(loss.bullington_smooth_db)
    assert loss.loss_db == pytest.approx(loss.spherical_db)
    assert (loss.tx_effective_m, loss.rx_effective_m) == pytest.approx((30.0, 1.5))


def test_the_smooth_earth_costs_nothing_well_within_the_horizon_and_more_with_distance():
    assert p526.spherical_earth_loss_db(1_000.0, 50.0, 50.0, 3_500.0) == 0.0
    losses = [p526.spherical_earth_loss_db(d * 1e3, 40.0, 10.0, 900.0) for d in range(20, 120, 2)]
    assert (np.diff(losses) > 0.0).all()


def test_the_smooth_earth_joins_at_the_horizon():
    horizon_m = 1e3 * math.sqrt(2.0 * 8500.0) * (math.sqrt(0.04) + math.sqrt(0.01))
    within, beyond = (p526.spherical_earth_loss_db(horizon_m + side, 40.0, 10.0, 900.0) for side in (-0.5, 0.5))
    assert within == pytest.approx(beyond, abs=0.01)


def test_polarization_and_sea_matter_at_low_frequency():
    def loss(**changes):
        return p526.spherical_earth_loss_db(60_000.0, 20.0, 20.0, 50.0, **changes)

    assert loss(polarization="vertical", sea_fraction=1.0) < loss(polarization="horizontal", sea_fraction=1.0) - 1.0
    half = loss(sea_fraction=0.5)
    assert half == pytest.approx(0.5 * (loss() + loss(sea_fraction=1.0)))


GOOD = {"frequency_mhz": 900.0, "tx_height_agl_m": 30.0, "rx_height_agl_m": 2.0}


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("p526.shape", lambda: p526.delta_bullington_loss([0.0, 1.0], [0.0, 0.0], **GOOD)),
        ("p526.shape", lambda: p526.bullington_loss_db([0.0, 1.0, 2.0], [0.0, 0.0], **GOOD)),
        ("p526.not_finite", lambda: p526.bullington_loss_db([0.0, 1.0, 2.0], [0.0, math.nan, 0.0], **GOOD)),
        ("p526.not_increasing", lambda: p526.bullington_loss_db([0.0, 2.0, 2.0], [0.0, 0.0, 0.0], **GOOD)),
        ("p526.not_increasing", lambda: p526.bullington_loss_db([1.0, 2.0, 3.0], [0.0, 0.0, 0.0], **GOOD)),
        (
            "p526.not_positive",
            lambda: p526.bullington_loss_db([0.0, 2.0, 3.0], [0.0] * 3, **(GOOD | {"frequency_mhz": 0.0})),
        ),
        ("p526.not_positive", lambda: p526.spherical_earth_loss_db(1e3, 0.0, 2.0, 900.0)),
        ("p526.not_positive", lambda: p526.spherical_earth_loss_db(math.nan, 1.0, 2.0, 900.0)),
        ("p526.not_positive", lambda: p526.knife_edge_parameter(10.0, 0.0, 100.0, 900.0)),
        ("p526.not_a_number", lambda: p526.knife_edge_loss_db(math.nan)),
        ("p526.sea_fraction", lambda: p526.spherical_earth_loss_db(1e3, 1.0, 2.0, 900.0, sea_fraction=1.1)),
        (
            "p526.polarization",
            lambda: p526.delta_bullington_loss([0.0, 1.0, 2.0], [0.0] * 3, **GOOD, polarization="slant"),
        ),
    ],
)
def test_what_cannot_be_computed_is_refused(code, call):
    with pytest.raises(ModelError) as caught:
        call()
    assert caught.value.message.code == code
