"""Building entry loss against the values of the ITU-R workbook, and the loss indoors."""

import math

import pytest

from jangkau.errors import ModelError
from jangkau.propagation import p1812, p2109

WORKBOOK = [
    # frequency [MHz], elevation [deg], probability [%], traditional, thermally efficient [dB]; of the SG 3 workbook
    (28_000.0, 0.0, 1e-5, -0.275, -2.117),
    (28_000.0, 0.0, 0.01, 1.003, 1.733),
    (28_000.0, 0.0, 1.0, 2.769, 9.369),
    (28_000.0, 0.0, 10.0, 6.891, 19.484),
    (28_000.0, 0.0, 50.11872, 20.218, 41.732),
    (28_000.0, 0.0, 89.12509, 35.448, 65.040),
    (28_000.0, 0.0, 99.77001, 55.440, 95.448),
    (2_000.0, 45.0, 1e-5, -2.484, -2.882),
    (2_000.0, 45.0, 1.0, 3.508, 8.605),
    (2_000.0, 45.0, 10.0, 11.251, 20.566),
    (2_000.0, 45.0, 99.77001, 52.300, 79.101),
]


@pytest.mark.parametrize(("frequency_mhz", "elevation_deg", "probability", "traditional", "efficient"), WORKBOOK)
def test_the_workbooks_values_are_met(frequency_mhz, elevation_deg, probability, traditional, efficient):
    for construction, printed in (("traditional", traditional), ("thermally_efficient", efficient)):
        loss = p2109.building_entry_loss_db(
            frequency_mhz,
            probability_percent=probability,
            construction=construction,
            elevation_deg=elevation_deg,
        )
        assert loss == pytest.approx(printed, abs=1.5e-3)


def test_a_value_by_hand():
    # 1 GHz: log f = 0, so the median is 10 log(10^1.264 + 10^0.91 + 10^-0.3)
    by_hand = 10.0 * math.log10(10.0**1.264 + 10.0**0.91 + 10.0**-0.3)
    assert p2109.building_entry_loss_db(1_000.0) == pytest.approx(by_hand)
    assert by_hand == pytest.approx(14.31, abs=0.01)


@pytest.mark.parametrize("construction", p2109.CONSTRUCTIONS)
def test_loss_grows_with_probability_and_elevation(construction):
    losses = [
        p2109.building_entry_loss_db(1_800.0, probability_percent=p, construction=construction)
        for p in (0.1, 1.0, 10.0, 30.0, 50.0, 70.0, 90.0, 99.0, 99.9)
    ]
    assert losses == sorted(losses)
    assert losses[0] > -3.0
    above, below = (
        p2109.building_entry_loss_db(1_800.0, construction=construction, elevation_deg=angle) for angle in (30.0, -30.0)
    )
    assert above == below > losses[4]


def test_thermally_efficient_buildings_take_more():
    for frequency in (450.0, 800.0, 1_800.0, 2_600.0, 3_500.0):
        plain, foil = (p2109.building_entry_loss_db(frequency, construction=c) for c in p2109.CONSTRUCTIONS)
        assert foil > plain + 5.0


def test_variances_add_indoors():
    assert p2109.indoor_sigma_db(3.0, 4.0) == 5.0
    assert p2109.indoor_sigma_db(3.0, 0.0) == 3.0
    outdoors = p1812.location_variability_db(800.0)
    entry = p2109.building_entry_sigma_db(800.0)
    assert entry == pytest.approx(8.0, abs=1.5)
    assert max(outdoors, entry) < p2109.indoor_sigma_db(outdoors, entry) < outdoors + entry


def test_the_loss_indoors():
    median = p2109.indoor_loss_db(120.0, 2.0, 800.0)
    assert median == pytest.approx(120.0 + p2109.building_entry_loss_db(800.0))
    sigma = p2109.indoor_sigma_db(2.0, p2109.building_entry_sigma_db(800.0))
    ninety = p2109.indoor_loss_db(120.0, 2.0, 800.0, location_percent=90.0)
    ten = p2109.indoor_loss_db(120.0, 2.0, 800.0, location_percent=10.0)
    assert ninety - median == pytest.approx(1.281552 * sigma, abs=1e-4)
    assert median - ten == pytest.approx(ninety - median)
    foil = p2109.indoor_loss_db(120.0, 2.0, 800.0, construction="thermally_efficient", elevation_deg=10.0)
    assert foil > median + 10.0


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("p2109.outside_range", lambda: p2109.building_entry_loss_db(79.0)),
        ("p2109.outside_range", lambda: p2109.building_entry_loss_db(math.nan)),
        ("p2109.outside_range", lambda: p2109.building_entry_loss_db(900.0, elevation_deg=91.0)),
        ("p2109.probability", lambda: p2109.building_entry_loss_db(900.0, probability_percent=0.0)),
        ("p2109.probability", lambda: p2109.building_entry_loss_db(900.0, probability_percent=100.0)),
        ("p2109.probability", lambda: p2109.indoor_loss_db(100.0, 2.0, 900.0, location_percent=100.0)),
        ("p2109.construction", lambda: p2109.building_entry_loss_db(900.0, construction="bamboo")),
        ("p2109.sigma", lambda: p2109.indoor_sigma_db(-1.0, 2.0)),
        ("p2109.sigma", lambda: p2109.indoor_sigma_db(1.0, math.inf)),
    ],
)
def test_what_cannot_be_computed_is_refused(code, call):
    with pytest.raises(ModelError) as caught:
        call()
    assert caught.value.message.code == code
