"""A microwave hop: multipath and rain against the package itur, by hand, and at their limits.

itur is no dependency of the tests: its wheel is 163 MB, mostly ITU's digital maps, which have no licence of their own,
and brings astropy and scipy. Its numbers below were computed once with itur 0.4.0 (P.530-17, P.838-3), by the call in
the comment above them.
"""

import math

import numpy as np
import pytest

from jangkau.errors import ModelError
from jangkau.propagation import p530, p838

# itur.models.itu530.rain_attenuation(0.5, 117.5, d_km, f_ghz, 0, p, tau_deg, R001)
ITUR_RAIN_TO_10_GHZ = [
    # length [km], frequency [MHz], polarization, rain [mm/h], percent, attenuation [dB]
    (10.0, 7_500.0, "vertical", 100.0, 0.01, 8.220469830934977),
    (20.0, 6_000.0, "vertical", 120.0, 0.1, 2.4390999983771326),
    (30.0, 8_000.0, "vertical", 110.0, 0.01, 21.940729439865624),
    (5.0, 9_500.0, "horizontal", 100.0, 0.003, 18.089403750071355),
]
ITUR_RAIN_ABOVE_10_GHZ = [
    (5.0, 15_000.0, "horizontal", 100.0, 0.01, 26.427885251580236),
    (5.0, 15_000.0, "horizontal", 100.0, 0.001, 51.939226310223496),
    (2.0, 23_000.0, "vertical", 80.0, 0.01, 17.70445175409506),
    (1.0, 38_000.0, "horizontal", 90.0, 0.01, 28.27650193706831),
    (3.0, 18_000.0, "circular", 60.0, 1.0, 1.4580509602430451),
]

# itur.models.itu530.multipath_loss_for_A(lat, lon, h_e, h_r, d_km, f_ghz, A): the method for detailed design. Its dN1
# and s_a are those that itur reads off its maps for the place.
ITUR_MULTIPATH = [
    # tx, rx [m], length [km], frequency [MHz], fade [dB], dN1, s_a, percent
    (120.0, 60.0, 30.0, 7_500.0, 30.0, -148.03844444444445, 67.6, 0.0020682059948104246),
    (120.0, 60.0, 30.0, 7_500.0, 40.0, -148.03844444444445, 67.6, 0.00020682059948104226),
    (250.0, 180.0, 50.0, 6_000.0, 35.0, -337.0782800000002, 156.3439999999996, 0.007228522004921209),
]

HOP = {"rain_mm_per_h": 100.0, "latitude_deg": 0.5}


def rain_db(length, frequency, polarization, rain, percent):
    return p530.rain_attenuation_db(percent, length, frequency, rain_mm_per_h=rain, polarization=polarization)


def power_law(percent, c0):
    c1, c2, c3 = 0.07**c0 * 0.12 ** (1.0 - c0), 0.855 * c0 + 0.546 * (1.0 - c0), 0.139 * c0 + 0.043 * (1.0 - c0)
    return c1 * percent ** -(c2 + c3 * math.log10(percent))


@pytest.mark.parametrize(("length", "frequency", "polarization", "rain", "percent", "attenuation"), ITUR_RAIN_TO_10_GHZ)
def test_rain_up_to_10_ghz_is_that_of_itur(length, frequency, polarization, rain, percent, attenuation):
    assert rain_db(length, frequency, polarization, rain, percent) == pytest.approx(attenuation, rel=1e-12)


@pytest.mark.parametrize(
    ("length", "frequency", "polarization", "rain", "percent", "attenuation"), ITUR_RAIN_ABOVE_10_GHZ
)
def test_rain_above_10_ghz_is_that_of_itur_but_for_c0(length, frequency, polarization, rain, percent, attenuation):
    # itur has 0.4 times (log f/10) to the power 0.8; the programs of Study Group 3 and of CRC Canada have, as we do,
    # 0.4 times the logarithm of (f/10) to the power 0.8. Put the one in place of the other, and all digits agree.
    log_f = math.log10(frequency / 10_000.0)
    other = power_law(percent, 0.12 + 0.4 * log_f**0.8) / power_law(percent, 0.12 + 0.4 * 0.8 * log_f)
    ours = float(rain_db(length, frequency, polarization, rain, percent))
    assert ours * other == pytest.approx(attenuation, rel=1e-12)
    assert ours == pytest.approx(attenuation, rel=0.15 if percent < 1.0 else 0.3)


@pytest.mark.parametrize(("tx", "rx", "length", "frequency", "fade", "dn1", "roughness", "percent"), ITUR_MULTIPATH)
def test_multipath_for_detailed_design_is_that_of_itur(tx, rx, length, frequency, fade, dn1, roughness, percent):
    ours = p530.deep_fade_percent_by_gradient(
        fade, length, frequency, tx, rx, gradient_n_per_km=dn1, terrain_roughness_m=roughness
    )
    assert ours == pytest.approx(percent, rel=1e-12)


def test_the_quick_method_by_hand():
    # 40 km, 7 GHz, antennas at 100 m and 140 m, dN1 = -300 N/km, 35 dB:
    # K = 10^(-4.6 + 0.81) = 1.62181e-4, 40^3.1 = 92 552.5, 2^-1.29 = 0.408951, 7^0.8 = 4.743276, 10^-0.089 = 0.814704
    by_hand = 1.62181e-4 * 92_552.5 * 0.408951 * 4.743276 * 0.814704 * 10.0**-3.5
    ours = p530.deep_fade_percent_by_gradient(35.0, 40.0, 7_000.0, 100.0, 140.0, gradient_n_per_km=-300.0)
    assert ours == pytest.approx(by_hand, rel=1e-5)
    assert by_hand == pytest.approx(7.5e-3, rel=0.01)


def test_the_method_of_edition_18_by_hand():
    # 36 km, 6 GHz, antennas at 200 m and 200 m over ground at 100 m: h_c = 200 - 1296 / 102 - 100 = 87.2941
    # dN75 = 50: v_sr = exp(-87.2941 / 15) = 0.0029688, limit 50 * 216 * 2.44949 / 24730 = 1.0697
    # exponent: 0.376 tanh(0.477647) - 0.054 + 0.052993 - 3; K = 1e-3; 36^3.51 = 290 293; 49^0.447 = 5.695
    exponent = 0.376 * 0.4443577 - 0.054 + 0.0529931 - 3.0
    by_hand = 1e-3 * math.exp(3.51 * math.log(36.0)) * math.exp(0.447 * math.log(49.0)) * 10.0**exponent
    ours = p530.deep_fade_percent(
        30.0, 36.0, 6_000.0, 200.0, 200.0, terrain_amsl_m=100.0, geoclimatic_factor=1e-3, dn75_n=50.0
    )
    assert ours == pytest.approx(by_hand, rel=1e-4)


def test_ducts_are_met_by_low_paths_only_and_no_more_than_the_limit():
    ground = {"geoclimatic_factor": 1e-4, "dn75_n": 150.0}
    low, high, buried = (
        float(p530.deep_fade_percent(30.0, 30.0, 7_000.0, h, h, terrain_amsl_m=t, **ground))
        for h, t in ((60.0, 40.0), (360.0, 40.0), (60.0, 300.0))
    )
    assert low > high
    limit = 10.0 ** (17.85 * 150.0 * 30.0**1.5 * math.sqrt(7.0) / 24_730.0)
    assert buried < 1e-4 * 30.0**3.51 * 62.0**0.447 * 10.0 ** (0.376 - 0.0162 - 3.0) * limit * 1.001


def test_multipath_grows_with_length_and_gradient_and_falls_with_inclination_and_fade():
    def percent(fade=30.0, length=30.0, frequency=7_000.0, rx=50.0, gradient=-300.0, **roughness):
        return p530.deep_fade_percent_by_gradient(
            fade, length, frequency, 50.0, rx, gradient_n_per_km=gradient, **roughness
        )

    for roughness in ({}, {"terrain_roughness_m": 80.0}):
        assert (np.diff(percent(length=np.linspace(6.0, 80.0, 30), **roughness)) > 0.0).all()
        assert (np.diff(percent(frequency=np.linspace(2e3, 45e3, 30), **roughness)) > 0.0).all()
        assert (np.diff(percent(gradient=np.linspace(-700.0, 0.0, 30), **roughness)) < 0.0).all()
        assert (np.diff(percent(rx=np.linspace(50.0, 900.0, 30), **roughness)) < 0.0).all()
        assert percent(fade=20.0, **roughness) == pytest.approx(10.0 * percent(fade=30.0, **roughness))
    assert percent(terrain_roughness_m=400.0) < percent(terrain_roughness_m=5.0)


@pytest.mark.parametrize("occurrence", [0.01, 0.1, 1.0, 10.0, 100.0, 1_000.0])
def test_the_distribution_of_any_depth(occurrence):
    fades = np.linspace(0.0, 50.0, 2_001)
    percent = p530.fade_percent(fades, occurrence)
    assert percent[0] == pytest.approx(100.0 * (1.0 - math.exp(-1.0)))  # where every curve of Figure 3 begins
    assert (np.diff(percent) < 0.0).all()
    transition = 25.0 + 1.2 * math.log10(occurrence)
    below, above = p530.fade_percent([transition - 1e-9, transition + 1e-9], occurrence)
    assert below == pytest.approx(above, rel=1e-6)
    assert p530.fade_percent(45.0, occurrence) == pytest.approx(occurrence * 10.0**-4.5)


def test_a_shallow_fade_by_hand():
    # p0 = 1 %, 10 dB: A_t = 25, p_t = 10^-2.5 %, q'_a = 0.8 * 4.49999 = 3.59999, and the steps one by one
    q_tail = -20.0 / 25.0 * math.log10(-math.log((100.0 - 10.0**-2.5) / 100.0))
    q_t = (q_tail - 2.0) / ((1.0 + 0.3 * 10.0**-1.25) * 10.0**-0.4) - 4.3 * (10.0**-1.25 + 25.0 / 800.0)
    q_a = 2.0 + (1.0 + 0.3 * 10.0**-0.5) * 10.0**-0.16 * (q_t + 4.3 * (10.0**-0.5 + 10.0 / 800.0))
    by_hand = 100.0 * (1.0 - math.exp(-(10.0 ** (-q_a * 10.0 / 20.0))))
    assert p530.fade_percent(10.0, 1.0) == pytest.approx(by_hand)
    assert q_tail == pytest.approx(3.6, abs=1e-4)
    assert 0.05 < by_hand < 1.0


def test_worst_month_to_year():
    # at the equator: 10.5 - 5.6 log 2.1 - 2.7 log 40 + 1.7 log 2
    by_hand = 10.5 - 5.6 * math.log10(2.1) - 2.7 * math.log10(40.0) + 1.7 * math.log10(2.0)
    assert p530.worst_month_to_year_db(40.0, 100.0, 140.0, 0.0) == pytest.approx(by_hand)
    assert p530.worst_month_to_year_db(40.0, 140.0, 100.0, 0.0) == pytest.approx(by_hand)
    assert p530.worst_month_to_year_db(6.0, 100.0, 100.0, 80.0) == 10.8
    south, north = p530.worst_month_to_year_db(40.0, 100.0, 140.0, [-33.0, 33.0])
    assert south == north
    # deep fades become rarer by as many decibels, shallow ones join them
    conversion = 5.0
    for fade in (30.0, 40.0):
        year = p530.annual_fade_percent(fade, 10.0, conversion_db=conversion)
        assert year == pytest.approx(p530.fade_percent(fade, 10.0) * 10.0**-0.5)
    fades = np.linspace(0.0, 45.0, 901)
    year = p530.annual_fade_percent(fades, 10.0, conversion_db=conversion)
    assert (np.diff(year) < 0.0).all()
    assert (year[1:] < p530.fade_percent(fades, 10.0)[1:]).all()


def test_no_occurrence_no_fades():
    assert p530.fade_percent([0.0, 10.0, 40.0], 0.0).tolist() == [0.0, 0.0, 0.0]


def test_rain_by_hand():
    # 10 km, 10 GHz, vertical, 100 mm/h: gamma = 0.01129 * 100^1.2156 = 3.047 dB/km,
    # 1/r = 0.477 * 10^0.633 * 100^0.08874 * 10^0.123 - 10.579 (1 - e^-0.24) = 1.8007, A0.01 = 3.047 * 10 / 1.8007
    inverse = 0.477 * 10.0**0.633 * 100.0 ** (0.073 * 1.2156) * 10.0**0.123 - 10.579 * (1.0 - math.exp(-0.24))
    hundredth = 0.01129 * 100.0**1.2156 * 10.0 / inverse
    one_percent = hundredth * 0.07**0.12 * 0.12**0.88
    assert rain_db(10.0, 10_000.0, "vertical", 100.0, 1.0) == pytest.approx(one_percent, rel=2e-3)
    # at 0.01 % the power law returns what it was made of, to a few per cent
    assert rain_db(10.0, 10_000.0, "vertical", 100.0, 0.01) == pytest.approx(hundredth, rel=0.03)


def test_the_distance_factor_is_at_most_two_and_a_half():
    k, alpha = p838.rain_coefficients(18_000.0, tilt_deg=90.0)
    short = rain_db(0.1, 18_000.0, "vertical", 80.0, 1.0)
    assert short == pytest.approx(float(k * 80.0**alpha) * 0.1 * 2.5 * power_law(1.0, 0.12 + 0.32 * math.log10(1.8)))
    assert rain_db(0.0, 18_000.0, "vertical", 80.0, 1.0) == 0.0


def test_rain_grows_with_its_rate_frequency_and_rarity():
    assert (np.diff(rain_db(8.0, 13_000.0, "vertical", np.linspace(0.0, 150.0, 31), 0.01)) > 0.0).all()
    assert (np.diff(rain_db(8.0, np.linspace(3e3, 40e3, 60), "vertical", 90.0, 0.01)) > 0.0).all()
    assert (np.diff(rain_db(8.0, 13_000.0, "vertical", 90.0, np.geomspace(0.001, 1.0, 50))) < 0.0).all()
    assert rain_db(8.0, 13_000.0, "horizontal", 90.0, 0.01) > rain_db(8.0, 13_000.0, "vertical", 90.0, 0.01)


@pytest.mark.parametrize("frequency", [6_000.0, 11_000.0, 23_000.0, 80_000.0])
def test_the_percentage_undoes_the_attenuation(frequency):
    percent = np.geomspace(0.001, 1.0, 25)
    fades = rain_db(7.0, frequency, "horizontal", 95.0, percent)
    assert p530.rain_percent(fades, 7.0, frequency, rain_mm_per_h=95.0, polarization="horizontal") == pytest.approx(
        percent, rel=1e-9
    )
    beyond = p530.rain_percent(
        [fades[0] * 1.5, 1_000.0, fades[-1] * 0.9],
        7.0,
        frequency,
        rain_mm_per_h=95.0,
        polarization="horizontal",
    )
    assert beyond[:2].tolist() == [0.001, 0.001]
    assert math.isnan(beyond[2])


def test_no_rain_no_outage_by_it():
    assert p530.rain_percent(20.0, 7.0, 15_000.0, rain_mm_per_h=0.0) == 0.0


def test_availability_adds_both_outages():
    occurrence = p530.deep_fade_percent_by_gradient(0.0, 30.0, 7_500.0, 120.0, 60.0, gradient_n_per_km=-300.0)
    hop = p530.availability(35.0, 30.0, 7_500.0, 120.0, 60.0, occurrence_percent=occurrence, **HOP)
    conversion = p530.worst_month_to_year_db(30.0, 120.0, 60.0, 0.5)
    assert hop.multipath_percent == pytest.approx(
        float(p530.annual_fade_percent(35.0, occurrence, conversion_db=conversion))
    )
    tilted = p530.rain_percent(
        35.0, 30.0, 7_500.0, rain_mm_per_h=100.0, elevation_deg=math.degrees(math.atan(60.0 / 30_000.0))
    )
    assert hop.rain_percent == pytest.approx(float(tilted))
    total = float(hop.availability_percent + hop.multipath_percent + hop.rain_percent)
    assert total == pytest.approx(100.0, abs=1e-12)
    assert 99.9 < float(hop.availability_percent) < 100.0


def test_more_margin_is_more_availability():
    margins = np.linspace(15.0, 60.0, 46)
    hop = p530.availability(margins, 12.0, 13_000.0, 80.0, 95.0, occurrence_percent=5.0, **HOP)
    assert hop.availability_percent.shape == (46,)
    assert (np.diff(hop.multipath_percent) < 0.0).all()
    assert (np.diff(hop.rain_percent) <= 0.0).all()
    assert (np.diff(hop.availability_percent) > 0.0).all()
    # below the 1 % of the rain law nothing is claimed
    little = p530.availability(0.5, 12.0, 13_000.0, 80.0, 95.0, occurrence_percent=5.0, **HOP)
    assert np.isnan(little.availability_percent)


def test_short_hops_have_no_multipath():
    hop = p530.availability(30.0, [4.0, 5.0, 5.1], 80_000.0, 50.0, 50.0, occurrence_percent=50.0, **HOP)
    assert hop.multipath_percent[:2].tolist() == [0.0, 0.0]
    assert hop.multipath_percent[2] > 0.0


GRADIENT = {"gradient_n_per_km": -300.0}
MAPS = {"terrain_amsl_m": 10.0, "geoclimatic_factor": 1e-4, "dn75_n": 80.0}


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("p530.outside_range", lambda: p530.deep_fade_percent_by_gradient(-1.0, 30.0, 7e3, 50.0, 60.0, **GRADIENT)),
        ("p530.not_positive", lambda: p530.deep_fade_percent_by_gradient(30.0, 0.0, 7e3, 50.0, 60.0, **GRADIENT)),
        ("p530.frequency", lambda: p530.deep_fade_percent_by_gradient(30.0, 30.0, 499.0, 50.0, 60.0, **GRADIENT)),
        ("p530.frequency", lambda: p530.deep_fade_percent_by_gradient(30.0, 30.0, 46e3, 50.0, 60.0, **GRADIENT)),
        ("p530.frequency", lambda: p530.deep_fade_percent(30.0, [30.0, 1.0], 7e3, 50.0, 60.0, **MAPS)),
        ("p530.frequency", lambda: p530.deep_fade_percent(30.0, 30.0, math.nan, 50.0, 60.0, **MAPS)),
        ("p530.outside_range", lambda: p530.deep_fade_percent(30.0, 30.0, 7e3, 50.0, 1e5, **MAPS)),
        (
            "p530.not_positive",
            lambda: p530.deep_fade_percent(30.0, 30.0, 7e3, 50.0, 60.0, **(MAPS | {"geoclimatic_factor": 0.0})),
        ),
        (
            "p530.outside_range",
            lambda: p530.deep_fade_percent_by_gradient(30.0, 30.0, 7e3, 50.0, 60.0, gradient_n_per_km=300.0),
        ),
        (
            "p530.outside_range",
            lambda: p530.deep_fade_percent_by_gradient(
                30.0, 30.0, 7e3, 50.0, 60.0, terrain_roughness_m=-1.0, **GRADIENT
            ),
        ),
        ("p530.outside_range", lambda: p530.fade_percent(10.0, -1.0)),
        ("p530.outside_range", lambda: p530.worst_month_to_year_db(30.0, 50.0, 60.0, 91.0)),
        ("p530.outside_range", lambda: p530.annual_fade_percent(10.0, 1.0, conversion_db=11.0)),
        ("p530.outside_range", lambda: p530.rain_attenuation_db(2.0, 10.0, 15e3, rain_mm_per_h=90.0)),
        ("p530.outside_range", lambda: p530.rain_attenuation_db(0.01, 61.0, 15e3, rain_mm_per_h=90.0)),
        ("p530.outside_range", lambda: p530.rain_attenuation_db(0.01, 10.0, 900.0, rain_mm_per_h=90.0)),
        ("p530.outside_range", lambda: p530.rain_attenuation_db(0.01, 10.0, 15e3, rain_mm_per_h=-1.0)),
        (
            "p530.polarization",
            lambda: p530.rain_attenuation_db(0.01, 10.0, 15e3, rain_mm_per_h=90.0, polarization="slant"),
        ),
        ("p530.outside_range", lambda: p530.rain_percent(math.nan, 10.0, 15e3, rain_mm_per_h=90.0)),
    ],
)
def test_what_cannot_be_computed_is_refused(code, call):
    with pytest.raises(ModelError) as caught:
        call()
    assert caught.value.message.code == code
