"""Antennas and link budget: known values, symmetry, tilts, and that more is never less."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jangkau import radio
from jangkau.errors import ModelError

ANGLES = np.arange(-180.0, 180.0)


def gain(azimuth_deg, elevation_deg=0.0, **antenna):
    return float(radio.pattern_gain_db(azimuth_deg, elevation_deg, **antenna))


# --- pattern


def test_formula_at_known_angles():
    assert gain(0.0) == 0.0
    assert gain(32.5) == pytest.approx(-3.0)
    assert gain(65.0) == pytest.approx(-12.0)
    assert gain(0.0, -5.0) == pytest.approx(-3.0)
    assert gain(0.0, 5.0) == pytest.approx(-3.0)
    assert gain(32.5, -5.0) == pytest.approx(-6.0)
    assert gain(180.0) == -25.0
    assert gain(180.0, front_to_back_db=30.0) == -30.0
    assert gain(0.0, -60.0) == -20.0
    assert gain(60.0, -60.0) == -25.0


def test_sectors_120_degrees_apart_meet_at_about_ten_db():
    assert gain(60.0) == pytest.approx(-12.0 * (60.0 / 65.0) ** 2)


def test_pattern_is_symmetric_and_turns():
    for tilt in ({}, {"electrical_downtilt_deg": 6.0}, {"mechanical_downtilt_deg": 6.0}):
        right = radio.pattern_gain_db(ANGLES, -3.0, **tilt)
        assert right == pytest.approx(radio.pattern_gain_db(-ANGLES, -3.0, **tilt))
        assert right == pytest.approx(radio.pattern_gain_db(ANGLES + 720.0, -3.0, **tilt), abs=1e-6)


def test_omnidirectional_antenna_is_the_same_all_round():
    gains = radio.pattern_gain_db(ANGLES, -4.0, horizontal_beamwidth_deg=360.0, electrical_downtilt_deg=1.0)
    assert gains == pytest.approx(-12.0 * 0.3**2)


def test_electrical_tilt_lowers_the_beam_at_every_azimuth():
    for azimuth in (0.0, 30.0, 60.0):
        flat, tilted = gain(azimuth), gain(azimuth, -6.0, electrical_downtilt_deg=6.0)
        assert tilted == pytest.approx(flat)
    at_horizon = radio.pattern_gain_db(ANGLES, 0.0, electrical_downtilt_deg=6.0, horizontal_beamwidth_deg=360.0)
    assert at_horizon == pytest.approx(-12.0 * 0.6**2)


def test_mechanical_tilt_is_full_in_front_nothing_aside_and_up_behind():
    omni = {"horizontal_beamwidth_deg": 360.0, "mechanical_downtilt_deg": 6.0}
    assert gain(0.0, -6.0, **omni) == pytest.approx(0.0, abs=1e-9)
    assert gain(90.0, 0.0, **omni) == pytest.approx(0.0, abs=1e-9)
    assert gain(180.0, 6.0, **omni) == pytest.approx(0.0, abs=1e-9)
    assert gain(180.0, -6.0, **omni) == pytest.approx(-12.0 * 1.2**2)
    for azimuth in (20.0, 45.0, 70.0, 135.0):
        effective_deg = 6.0 * math.cos(math.radians(azimuth))
        assert gain(azimuth, 0.0, **omni) == pytest.approx(-12.0 * (effective_deg / 10.0) ** 2, abs=0.01)


def test_mechanical_tilt_carries_the_main_direction_along():
    assert gain(0.0, -60.0, mechanical_downtilt_deg=60.0) == pytest.approx(0.0, abs=1e-9)
    assert gain(180.0, 60.0, mechanical_downtilt_deg=60.0) == pytest.approx(-25.0)
    assert gain(0.0, -90.0, mechanical_downtilt_deg=70.0, vertical_beamwidth_deg=65.0) == pytest.approx(
        gain(0.0, -20.0, vertical_beamwidth_deg=65.0)
    )


def test_both_tilts_add_in_front():
    both = gain(0.0, -7.0, electrical_downtilt_deg=3.0, mechanical_downtilt_deg=4.0)
    assert both == pytest.approx(0.0, abs=1e-9)


def test_gains_broadcast():
    gains = radio.pattern_gain_db(ANGLES[:, None], np.array([-10.0, 0.0, 10.0]))
    assert gains.shape == (360, 3)
    assert gains[180, 1] == 0.0
    assert gains[:, 0] == pytest.approx(gains[:, 2])


@given(
    st.floats(-720, 720),
    st.floats(-90, 90),
    st.floats(1, 400),
    st.floats(1, 90),
    st.floats(-90, 90),
    st.floats(-90, 90),
)
def test_gain_is_between_zero_and_front_to_back(azimuth, elevation, across, down, electrical, mechanical):
    value = gain(
        azimuth,
        elevation,
        horizontal_beamwidth_deg=across,
        vertical_beamwidth_deg=down,
        electrical_downtilt_deg=electrical,
        mechanical_downtilt_deg=mechanical,
    )
    assert -25.0 <= value <= 0.0


def measured(electrical_downtilt_deg=0.0):
    """The formula as an antenna maker would write it down."""
    turn = (np.arange(360.0) + 180.0) % 360.0 - 180.0
    return radio.AntennaPattern(
        "made here",
        -np.minimum(12.0 * (turn / 65.0) ** 2, 25.0),
        -np.minimum(12.0 * ((turn - electrical_downtilt_deg) / 10.0) ** 2, 20.0),
    )


def test_measured_pattern_is_the_sum_of_its_cuts():
    for azimuth, elevation in ((0.0, 0.0), (33.0, -4.0), (-50.0, 3.0), (180.0, 0.0)):
        formula = gain(azimuth, elevation, front_to_back_db=25.0)
        assert gain(azimuth, elevation, pattern=measured()) == pytest.approx(formula, abs=1e-6)
    assert gain(180.0, -60.0, pattern=measured()) == pytest.approx(-45.0)


def test_measured_pattern_between_degrees():
    pattern = measured()
    assert gain(10.5, pattern=pattern) == pytest.approx((pattern.horizontal_db[10] + pattern.horizontal_db[11]) / 2)
    assert gain(-0.5, pattern=pattern) == pytest.approx((pattern.horizontal_db[0] + pattern.horizontal_db[359]) / 2)


def test_measured_tilt_and_added_tilt_agree():
    at_deg = np.arange(-15.0, 16.0)
    built_in = radio.pattern_gain_db(0.0, at_deg, pattern=measured(4.0))
    added = radio.pattern_gain_db(0.0, at_deg, pattern=measured(), electrical_downtilt_deg=4.0)
    turned = radio.pattern_gain_db(0.0, at_deg, pattern=measured(), mechanical_downtilt_deg=4.0)
    assert built_in == pytest.approx(added)
    assert built_in == pytest.approx(turned, abs=1e-6)
    assert at_deg[np.argmax(built_in)] == -4.0


def test_measured_cuts_are_kept_safe():
    cut = np.zeros(360)
    pattern = radio.AntennaPattern("omni", cut, cut)
    cut[:] = -9.0
    assert pattern.horizontal_db.max() == 0.0
    with pytest.raises(ValueError, match="read-only"):
        pattern.vertical_db[0] = 1.0


@pytest.mark.parametrize("cut", [np.zeros(361), np.full(360, 0.1), np.full(360, np.nan), np.zeros((2, 180))])
def test_cuts_that_are_none_are_refused(cut):
    with pytest.raises(ModelError) as refused:
        radio.AntennaPattern("odd", np.zeros(360), cut)
    assert refused.value.message.code == "radio.pattern_cut"
    assert refused.value.message.parameters["cut"] == "vertical_db"


# --- power and level


@pytest.mark.parametrize(
    ("technology", "bandwidth_mhz", "below_db"),
    [
        ("2G", 0.2, 0.0),
        ("3G", 5.0, 10.0),
        ("4G", 1.4, 10 * math.log10(72)),
        ("4G", 5.0, 10 * math.log10(300)),
        ("4G", 10.0, 10 * math.log10(600)),
        ("4G", 20.0, 10 * math.log10(1200)),
        ("5G", 20.0, 10 * math.log10(106 * 12)),
        ("5G", 100.0, 10 * math.log10(273 * 12)),
    ],
)
def test_reference_signal_power(technology, bandwidth_mhz, below_db):
    assert radio.reference_signal_eirp_dbm(62.0, bandwidth_mhz, technology) == pytest.approx(62.0 - below_db)


def test_resource_blocks_fit_into_their_carriers():
    for bandwidth_mhz, blocks in radio.LTE_RESOURCE_BLOCKS.items():
        assert 0.77 <= blocks * 0.18 / bandwidth_mhz <= 0.9
    for spacing_khz, table in radio.NR_RESOURCE_BLOCKS.items():
        for bandwidth_mhz, blocks in table.items():
            assert 0.79 <= blocks * 12 * spacing_khz / 1000.0 / bandwidth_mhz <= 0.985


def test_level_at_the_phone():
    eirp_dbm = radio.reference_signal_eirp_dbm(62.0, 10.0)
    level = radio.rsrp_dbm(eirp_dbm, -3.0, 140.0)
    assert float(level) == pytest.approx(62.0 - 27.7815 - 143.0, abs=1e-4)
    inside = radio.rsrp_dbm(
        eirp_dbm, -3.0, [140.0, 150.0], body_loss_db=radio.BODY_LOSS_DB, vehicle_loss_db=radio.VEHICLE_LOSS_DB
    )
    assert inside == pytest.approx([float(level) - 13.0, float(level) - 23.0])
    assert float(radio.rsrp_dbm(eirp_dbm, -3.0, 140.0, receiver_gain_dbi=2.0)) == pytest.approx(float(level) + 2.0)


# --- quality and rate


def test_sinr_against_noise_alone():
    noise_dbm = -174.0 + 10.0 * math.log10(15_000.0) + 9.0
    assert float(radio.sinr_db(-100.0, np.empty(0), 0.5)) == pytest.approx(-100.0 - noise_dbm, abs=0.05)
    assert float(radio.sinr_db(-100.0, [-90.0], 0.0)) == pytest.approx(-100.0 - noise_dbm, abs=0.05)
    assert float(radio.sinr_db(-100.0, [-math.inf], 1.0)) == pytest.approx(-100.0 - noise_dbm, abs=0.05)


def test_sinr_against_interference():
    assert float(radio.sinr_db(-70.0, [-70.0], 1.0)) == pytest.approx(0.0, abs=1e-3)
    assert float(radio.sinr_db(-70.0, [-70.0], 0.5)) == pytest.approx(3.01, abs=1e-2)
    assert float(radio.sinr_db(-70.0, [-73.0, -73.0], 1.0)) == pytest.approx(-0.01, abs=1e-2)


def test_sinr_of_maps():
    serving = np.full((4, 5), -90.0)
    others = np.stack([np.full((4, 5), -100.0), np.full((4, 5), -math.inf)])
    ratio = radio.sinr_db(serving, others, 0.7)
    assert ratio.shape == (4, 5)
    assert ratio == pytest.approx(float(radio.sinr_db(-90.0, [-100.0], 0.7)))


def test_downlink_rate_of_annex_a():
    rate = radio.downlink_kbps([-10.1, -10.0, 0.0, 10.0, 40.0], bandwidth_mhz=10.0, load_fraction=0.0)
    shannon = 0.6 * np.log2(1.0 + np.array([0.1, 1.0, 10.0]))
    assert rate == pytest.approx([0.0, *(shannon * 9000.0), 4.4 * 9000.0])
    half = radio.downlink_kbps(0.0, bandwidth_mhz=10.0, load_fraction=0.5)
    assert float(half) == pytest.approx(0.5 * 0.6 * 9000.0)
    assert float(radio.downlink_kbps(0.0, bandwidth_mhz=100.0, load_fraction=0.0, technology="5G")) == pytest.approx(
        0.6 * 273 * 360.0
    )


def test_uplink_rate_by_hand():
    # one block: noise -174 + 10 log10(180e3) = -121.4 dBm, + 5 + 3; 23 dBm less 130 dB: SINR(1) = 6.4 dB
    one = 23.0 - 130.0 - (radio.thermal_noise_dbm(180e3) + 8.0)
    assert one == pytest.approx(6.42, abs=0.05)
    spread = [
        n * 180.0 * min(0.4 * math.log2(1.0 + 10 ** ((one - 10 * math.log10(n)) / 10)), 2.0)
        for n in range(1, 51)
        if one - 10 * math.log10(n) >= -10.0
    ]
    assert float(radio.uplink_kbps(130.0, 10.0, 0.0, base_gain_db=0.0)) == pytest.approx(max(spread))
    assert float(radio.uplink_kbps(146.0, 10.0, 0.0)) == pytest.approx(max(spread))
    assert float(radio.uplink_kbps(146.0, 10.0, 0.25)) == pytest.approx(0.75 * max(spread))


def test_uplink_rate_near_and_far():
    assert float(radio.uplink_kbps(60.0, 10.0, 0.0)) == pytest.approx(50 * 180.0 * 2.0)
    assert float(radio.uplink_kbps(175.0, 10.0, 0.0)) == 0.0
    assert radio.uplink_kbps(np.full((2, 3), 120.0), 5.0, 0.5).shape == (2, 3)


def test_uplink_never_grows_with_loss():
    rates = radio.uplink_kbps(np.arange(60.0, 180.0, 0.05), 10.0, 0.5)
    assert np.all(np.diff(rates) <= 1e-9)


def test_more_power_bandwidth_or_idle_capacity_never_slows():
    losses = np.arange(90.0, 165.0)
    usual = radio.uplink_kbps(losses, 10.0, 0.5)
    assert np.all(radio.uplink_kbps(losses, 10.0, 0.5, ue_power_dbm=26.0) >= usual)
    assert np.all(radio.uplink_kbps(losses, 20.0, 0.5) >= usual)
    assert np.all(radio.uplink_kbps(losses, 10.0, 0.4) >= usual)
    assert np.all(radio.uplink_kbps(losses, 10.0, 0.5, interference_margin_db=6.0) <= usual)


@given(st.floats(1.0, 8000.0), st.sampled_from([1.4, 3.0, 5.0, 10.0, 15.0, 20.0]), st.floats(0.0, 0.99))
def test_inverse_of_the_uplink(needed_kbps, bandwidth_mhz, load):
    limit_db = radio.coupling_loss_for_uplink_db(needed_kbps, bandwidth_mhz, load)
    peak_kbps = radio.LTE_RESOURCE_BLOCKS[bandwidth_mhz] * 360.0 * (1.0 - load)
    if limit_db == -math.inf:
        assert needed_kbps > peak_kbps
        return
    assert float(radio.uplink_kbps(limit_db - 1e-6, bandwidth_mhz, load)) >= needed_kbps
    assert float(radio.uplink_kbps(limit_db + 1e-5, bandwidth_mhz, load)) < needed_kbps


def test_inverse_falls_with_the_rate_and_knows_never():
    limits = [radio.coupling_loss_for_uplink_db(rate, 10.0, 0.5) for rate in (30.0, 90.0, 300.0, 1000.0, 8000.0)]
    assert np.all(np.diff(limits) < 0.0)
    assert radio.coupling_loss_for_uplink_db(90.0, 10.0, 1.0) == -math.inf


def test_ninety_kbps_up_needs_a_level_that_planners_know():
    needed_dbm = radio.reference_signal_eirp_dbm(62.0, 10.0) - radio.coupling_loss_for_uplink_db(90.0, 10.0, 0.5)
    assert -120.0 < needed_dbm < -110.0


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("radio.value", lambda: radio.pattern_gain_db(0.0, 0.0, horizontal_beamwidth_deg=0.0)),
        ("radio.value", lambda: radio.pattern_gain_db(0.0, 0.0, mechanical_downtilt_deg=91.0)),
        ("radio.value", lambda: radio.pattern_gain_db(0.0, 0.0, vertical_beamwidth_deg=math.nan)),
        ("radio.value", lambda: radio.rsrp_dbm(30.0, 0.0, 100.0, body_loss_db=-1.0)),
        ("radio.value", lambda: radio.sinr_db(-90.0, [-100.0], 1.1)),
        ("radio.value", lambda: radio.downlink_kbps(0.0, bandwidth_mhz=10.0, load_fraction=-0.1)),
        ("radio.value", lambda: radio.uplink_kbps(100.0, 10.0, 0.5, base_noise_figure_db=-1.0)),
        ("radio.value", lambda: radio.coupling_loss_for_uplink_db(0.0, 10.0, 0.5)),
        ("radio.value", lambda: radio.reference_signal_eirp_dbm(math.inf, 10.0)),
        ("radio.bandwidth", lambda: radio.reference_signal_eirp_dbm(62.0, 7.0)),
        ("radio.bandwidth", lambda: radio.uplink_kbps(100.0, 12.0, 0.5)),
        ("radio.technology", lambda: radio.reference_signal_eirp_dbm(62.0, 10.0, "6G")),
        ("radio.technology", lambda: radio.downlink_kbps(0.0, bandwidth_mhz=5.0, load_fraction=0.0, technology="3G")),
    ],
)
def test_impossible_values_are_refused(code, call):
    with pytest.raises(ModelError) as refused:
        call()
    assert refused.value.message.code == code
