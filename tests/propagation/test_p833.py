"""Vegetation: the printed table and fits, values by hand, limits.

The figures of section 2.1 were compared in two independent public sources: a Matlab model of Purdue University (2021,
quoting P.833-9: Table 1, Figure 2 and the fit of Mulhouse) and the design note of a QGIS plug-in (quoting P.833-9:
Table 1 and all three fits); a third, Radiopath, states 24 dB at 950 MHz and 52 dB at 5.7 GHz for the mixed forest.
"""

import math

import numpy as np
import pytest

from jangkau.errors import ModelError
from jangkau.propagation import p833
from jangkau.propagation.kernels.vegetation import woodland_db

# Table 1: frequency [MHz], specific attenuation [dB/m], maximum attenuation [dB]
TABLE_1 = [
    (105.9, 0.04, 9.4),
    (466.475, 0.12, 18.0),
    (949.0, 0.17, 26.5),
    (1_852.2, 0.30, 29.0),
    (2_117.5, 0.34, 34.1),
]
BANDS_MHZ = np.array([450.0, 700.0, 900.0, 1_800.0, 2_100.0, 2_300.0, 2_600.0, 3_500.0, 5_800.0])


@pytest.mark.parametrize(("frequency_mhz", "specific", "maximum"), TABLE_1)
def test_table_1(frequency_mhz, specific, maximum):
    assert p833.specific_attenuation_db_per_m(frequency_mhz) == pytest.approx(specific)
    # the fit of equation (2) passes the measured maxima within their scatter
    assert p833.maximum_attenuation_db(frequency_mhz) == pytest.approx(maximum, abs=3.5)


@pytest.mark.parametrize(
    ("place", "frequency_mhz", "maximum"),
    # by hand: 0.18 * 900^0.752 and so on
    [
        ("rio_de_janeiro", 900.0, 30.0),
        ("rio_de_janeiro", 1_800.0, 50.5),
        ("mulhouse", 900.0, 21.4),
        ("mulhouse", 2_200.0, 31.5),
        ("st_petersburg", 950.0, 24.4),
        ("st_petersburg", 5_700.0, 51.8),
    ],
)
def test_the_fits_of_equation_2(place, frequency_mhz, maximum):
    assert p833.maximum_attenuation_db(frequency_mhz, measured_at=place) == pytest.approx(maximum, abs=0.05)


@pytest.mark.parametrize("place", p833.MAXIMA)
def test_every_band_in_use_is_computed_and_grows_with_frequency(place):
    specific = p833.specific_attenuation_db_per_m(BANDS_MHZ)
    maximum = p833.maximum_attenuation_db(BANDS_MHZ, measured_at=place)
    assert (np.diff(specific) > 0.0).all()
    assert (np.diff(maximum) > 0.0).all()
    assert 0.1 < specific[0] < 0.12
    assert 0.85 < specific[-1] < 1.12
    assert 15.0 < maximum[0] < 25.0
    assert 45.0 < maximum[-1] < 85.0


def test_between_and_beyond_the_tables_points():
    middle = math.sqrt(949.0 * 1_852.2)
    assert p833.specific_attenuation_db_per_m(middle) == pytest.approx(math.sqrt(0.17 * 0.30))
    assert p833.specific_attenuation_db_per_m(4_235.0) == pytest.approx(0.68)
    # 0.04 (0.04 / 0.12)^(log(105.9 / 50) / log(466.475 / 105.9))
    slope = math.log(3.0) / math.log(466.475 / 105.9)
    assert p833.specific_attenuation_db_per_m(50.0) == pytest.approx(0.04 * (50.0 / 105.9) ** slope)
    # the curve of Figure 2, 0.2 dB/m at 1 GHz, stays within a third of it
    for frequency in (466.475, 1_000.0, 2_117.5, 5_800.0):
        curve = 0.2 * (frequency / 1e3) ** (1.0 if frequency > 1e3 else 0.66)
        assert p833.specific_attenuation_db_per_m(frequency) == pytest.approx(curve, rel=0.33)


def test_fits_go_on_beyond_their_measurement_without_a_step():
    for fit_name, fit in p833.MAXIMA.items():
        for edge in (fit.low_mhz, fit.high_mhz):
            inside, outside = p833.maximum_attenuation_db([edge * 0.9999, edge * 1.0001], measured_at=fit_name)
            assert inside == pytest.approx(outside, rel=2e-4)
    far = p833.maximum_attenuation_db(5_400.0, measured_at="rio_de_janeiro")
    assert far == pytest.approx(50.5 * 3.0**0.42, abs=0.05)


def test_the_loss_starts_with_the_specific_and_ends_with_the_maximum():
    maximum = float(p833.maximum_attenuation_db(900.0))
    specific = float(p833.specific_attenuation_db_per_m(900.0))
    assert p833.woodland_loss_db(0.0, 900.0) == 0.0
    assert p833.woodland_loss_db(0.01, 900.0) == pytest.approx(0.01 * specific, rel=1e-4)
    assert p833.woodland_loss_db(1e5, 900.0) == pytest.approx(maximum)
    assert p833.woodland_loss_db(math.inf, 900.0) == maximum
    # 100 m at 949 MHz by hand: 24.385 (1 - exp(-17 / 24.385)) = 12.24
    assert p833.woodland_loss_db(100.0, 949.0) == pytest.approx(12.24, abs=0.01)
    depths = p833.woodland_loss_db(np.linspace(0.0, 500.0, 101), 900.0)
    assert (np.diff(depths) > 0.0).all()
    assert (np.diff(depths, 2) < 0.0).all()


def test_the_kernel_is_the_same_equation():
    depth = np.array([0.0, 0.5, 10.0, 80.0, 1_000.0])[:, None]
    losses = p833.woodland_loss_db(depth, BANDS_MHZ, measured_at="rio_de_janeiro")
    assert losses.shape == (5, BANDS_MHZ.size)
    specific = p833.specific_attenuation_db_per_m(BANDS_MHZ)
    maximum = p833.maximum_attenuation_db(BANDS_MHZ, measured_at="rio_de_janeiro")
    for i, j in np.ndindex(losses.shape):
        assert woodland_db(depth[i, 0], specific[j], maximum[j]) == pytest.approx(losses[i, j], rel=1e-13)
    assert woodland_db(-3.0, 0.2, 20.0) == 0.0
    assert woodland_db(30.0, 0.2, 0.0) == 0.0


def test_one_group_of_trees():
    assert p833.single_obstruction_loss_db(20.0, 949.0) == pytest.approx(3.4)
    assert p833.single_obstruction_loss_db(20.0, 900.0, specific_db_per_m=0.2) == pytest.approx(4.0)
    assert p833.single_obstruction_loss_db(200.0, 949.0, other_paths_db=15.0) == 15.0
    losses = p833.single_obstruction_loss_db([0.0, 10.0, 100.0], 466.475, other_paths_db=9.0)
    assert losses == pytest.approx([0.0, 1.2, 9.0])
    # a terminal among the trees never loses more than a straight line through as many of them
    depth = np.linspace(0.0, 300.0, 31)
    assert (p833.woodland_loss_db(depth, 800.0) <= p833.single_obstruction_loss_db(depth, 800.0)).all()


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("p833.outside_range", lambda: p833.specific_attenuation_db_per_m(29.0)),
        ("p833.outside_range", lambda: p833.specific_attenuation_db_per_m([900.0, math.nan])),
        ("p833.outside_range", lambda: p833.maximum_attenuation_db(7_000.0)),
        ("p833.place", lambda: p833.maximum_attenuation_db(900.0, measured_at="sangatta")),
        ("p833.depth", lambda: p833.woodland_loss_db(-1.0, 900.0)),
        ("p833.depth", lambda: p833.woodland_loss_db(math.nan, 900.0)),
        ("p833.outside_range", lambda: p833.single_obstruction_loss_db(10.0, 1_100.0)),
        ("p833.loss", lambda: p833.single_obstruction_loss_db(10.0, 900.0, specific_db_per_m=-0.1)),
        ("p833.loss", lambda: p833.single_obstruction_loss_db(10.0, 900.0, other_paths_db=-1.0)),
    ],
)
def test_what_cannot_be_computed_is_refused(code, call):
    with pytest.raises(ModelError) as caught:
        call()
    assert caught.value.message.code == code
