"""Specific attenuation of rain against the Recommendation's Table 5 and the package itur."""

import math

import numpy as np
import pytest

from jangkau.errors import ModelError
from jangkau.propagation import p838

# frequency [GHz], k_H, alpha_H, k_V, alpha_V as Table 5 of P.838-3 prints them
TABLE_5 = [
    (1, 0.0000259, 0.9691, 0.0000308, 0.8592),
    (6, 0.0007056, 1.5900, 0.0004878, 1.5728),
    (10, 0.01217, 1.2571, 0.01129, 1.2156),
    (12, 0.02386, 1.1825, 0.02455, 1.1216),
    (20, 0.09164, 1.0568, 0.09611, 0.9847),
    (30, 0.2403, 0.9485, 0.2291, 0.9129),
    (40, 0.4431, 0.8673, 0.4274, 0.8421),
    (80, 1.1704, 0.7115, 1.1668, 0.7021),
]

# itur 0.4.0, itur.models.itu838.rain_specific_attenuation_coefficients(f_ghz, el_deg, tau_deg), P.838-3
ITUR = [
    # frequency [MHz], elevation, tilt, k, alpha
    (2_000.0, 0.0, 0.0, 8.468687644860905e-05, 1.0664189484888154),
    (7_500.0, 0.0, 90.0, 0.0022910786449360622, 1.4265390422121198),
    (11_000.0, 0.0, 45.0, 0.01751307153991213, 1.1881642302114515),
    (18_000.0, 0.0, 0.0, 0.07078406881619112, 1.0818267070546794),
    (23_000.0, 0.0, 90.0, 0.1283631638537744, 0.962996673957218),
    (38_000.0, 0.0, 45.0, 0.3922555892922326, 0.8686518631698434),
    (20_000.0, 30.0, 45.0, 0.09387693776663214, 1.0198776311671574),
]


def printed(value, digits):
    return pytest.approx(value, abs=0.5001 * 10.0**-digits)


@pytest.mark.parametrize(("f_ghz", "k_h", "alpha_h", "k_v", "alpha_v"), TABLE_5)
def test_table_5_to_its_last_digit(f_ghz, k_h, alpha_h, k_v, alpha_v):
    for tilt, k_printed, alpha_printed in ((0.0, k_h, alpha_h), (90.0, k_v, alpha_v)):
        k, alpha = p838.rain_coefficients(1e3 * f_ghz, tilt_deg=tilt)
        digits = 7 if k_printed < 1e-2 else 5 if k_printed < 0.1 else 4
        assert float(k) == printed(k_printed, digits)
        assert float(alpha) == printed(alpha_printed, 4)


@pytest.mark.parametrize(("frequency_mhz", "elevation", "tilt", "k", "alpha"), ITUR)
def test_the_same_as_itur(frequency_mhz, elevation, tilt, k, alpha):
    ours = p838.rain_coefficients(frequency_mhz, tilt_deg=tilt, elevation_deg=elevation)
    assert ours[0] == pytest.approx(k, rel=1e-12)
    assert ours[1] == pytest.approx(alpha, rel=1e-12)


def test_rain_by_hand():
    # 20 GHz, horizontal, 50 mm/h: 0.09164 * 50^1.0568 = 5.722
    assert p838.rain_attenuation_db_per_km(50.0, 20_000.0) == pytest.approx(0.09164 * 50.0**1.0568, rel=1e-4)
    assert p838.rain_attenuation_db_per_km(0.0, 20_000.0) == 0.0


def test_rain_grows_and_turns_with_the_polarization():
    rain = np.array([0.0, 1.0, 20.0, 100.0, 150.0])
    losses = p838.rain_attenuation_db_per_km(rain[:, None], [6_000.0, 13_000.0, 38_000.0])
    assert losses.shape == (5, 3)
    assert (np.diff(losses, axis=0) > 0.0).all()
    assert (np.diff(losses[1:], axis=1) > 0.0).all()
    horizontal, slanted, vertical = (
        p838.rain_attenuation_db_per_km(100.0, 15_000.0, tilt_deg=p838.TILT_DEG[name])
        for name in ("horizontal", "circular", "vertical")
    )
    assert horizontal > slanted > vertical
    # seen from straight below, rain has no preferred direction
    up = [p838.rain_attenuation_db_per_km(100.0, 15_000.0, tilt_deg=t, elevation_deg=90.0) for t in (0.0, 90.0)]
    assert up[0] == pytest.approx(float(up[1]))


@pytest.mark.parametrize(
    "call",
    [
        lambda: p838.rain_coefficients(900.0),
        lambda: p838.rain_coefficients(math.nan),
        lambda: p838.rain_coefficients(10_000.0, tilt_deg=91.0),
        lambda: p838.rain_coefficients(10_000.0, elevation_deg=-91.0),
        lambda: p838.rain_attenuation_db_per_km(-1.0, 10_000.0),
        lambda: p838.rain_attenuation_db_per_km([10.0, math.inf], 10_000.0),
    ],
)
def test_what_cannot_be_computed_is_refused(call):
    with pytest.raises(ModelError) as caught:
        call()
    assert caught.value.message.code == "p838.outside_range"
