"""Clutter loss against NTIA's published results (P.2108 test data, v1), by hand, and at its limits."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from jangkau.errors import ModelError
from jangkau.propagation import p2108

NTIA = Path(__file__).parents[3] / "shared" / "data" / "radio" / "p2108-ntia"
needs_ntia = pytest.mark.skipif(not NTIA.is_dir(), reason=f"NTIA's published results are not at {NTIA}")
KINDS = tuple(p2108.CLUTTER_HEIGHT_M)


def rows(name):
    table = csv.DictReader((NTIA / name).read_text("utf-8").splitlines())
    return [{key: float(value) for key, value in row.items()} for row in table]


def height_gain(row):
    return p2108.height_gain_loss_db(
        1e3 * row["f__ghz"],
        row["h__meter"],
        KINDS[int(row["clutter_type"]) - 1],
        clutter_height_m=row["R__meter"],
        street_width_m=row["w_s__meter"],
    )


def terrestrial(row):
    return p2108.terrestrial_loss_db(1e3 * row["f__ghz"], row["d__km"], location_percent=row["p"])


def slant(row):
    return p2108.slant_loss_db(1e3 * row["f__ghz"], row["theta_deg"], location_percent=row["p"])


PUBLISHED = {
    "HeightGainTerminalCorrectionModelTestData.csv": (height_gain, "A_h__db", 22),
    "TerrestrialStatisticalModelTestData.csv": (terrestrial, "L_ctt__db", 12),
    "AeronauticalStatisticalModelTestData.csv": (slant, "L_ces__db", 13),
}


@needs_ntia
@pytest.mark.parametrize("name", PUBLISHED)
def test_every_published_row_is_met_to_its_last_digit(name):
    compute, column, least = PUBLISHED[name]
    published = rows(name)
    assert len(published) >= least
    for row in published:
        if row["rtn"] == 0:
            # half a unit of the printed digit, and what the sum of floats may add to it
            assert float(compute(row)) == pytest.approx(row[column], abs=0.05 + 1e-9), row
        else:
            with pytest.raises(ModelError):
                compute(row)


def test_heights_of_table_3():
    assert [p2108.CLUTTER_HEIGHT_M[kind] for kind in KINDS] == [10.0, 10.0, 10.0, 15.0, 15.0, 20.0]
    for kind, height in p2108.CLUTTER_HEIGHT_M.items():
        default = p2108.height_gain_loss_db(900.0, 1.5, kind)
        assert default == p2108.height_gain_loss_db(900.0, 1.5, kind, clutter_height_m=height, street_width_m=27.0)


def test_values_by_hand():
    # 1 GHz in the open: 21.8 log10(10 / 1)
    assert p2108.height_gain_loss_db(1_000.0, 1.0, "open_rural") == pytest.approx(21.8)
    # 1 GHz, 27 m below the top and 27 m from it: 45 degrees, nu = 0.342 sqrt(27 * 45) = 11.9211
    nu = 11.9211
    by_hand = 6.9 + 20.0 * math.log10(math.sqrt((nu - 0.1) ** 2 + 1.0) + nu - 0.1) - 6.03
    loss = p2108.height_gain_loss_db(1_000.0, 3.0, "dense_urban", clutter_height_m=30.0)
    assert loss == pytest.approx(by_hand, abs=1e-4)
    # 1 GHz at 1 km: Ls = 32.98, Ll = 25 - 2 log10(1 + 10^-4) = 24.99991
    mean = -5.0 * math.log10(10.0 ** (-0.2 * 32.98) + 10.0 ** (-0.2 * 24.99991))
    assert p2108.terrestrial_loss_db(1_000.0, 1.0) == pytest.approx(mean, abs=1e-4)
    # 32 GHz on the horizon, median: sqrt(93 * 32^0.175 * ln 2 * cot 0.05) - 1
    slant_db = math.sqrt(93.0 * 32.0**0.175 * math.log(2.0) / math.tan(0.05)) - 1.0
    assert p2108.slant_loss_db(32_000.0, 0.0) == pytest.approx(slant_db)


@pytest.mark.parametrize("kind", KINDS)
def test_height_gain_falls_with_height_and_joins_zero_at_the_top(kind):
    top = p2108.CLUTTER_HEIGHT_M[kind]
    losses = p2108.height_gain_loss_db(1_800.0, np.linspace(1.0, top, 400), kind)
    assert (np.diff(losses) < 0.0).all()
    assert losses[-1] == 0.0
    assert p2108.height_gain_loss_db(1_800.0, top - 1e-6, kind) == pytest.approx(0.0, abs=0.01)
    assert p2108.height_gain_loss_db(1_800.0, 3.0 * top, kind) == 0.0
    assert p2108.height_gain_loss_db(3_000.0, 1.5, kind) > p2108.height_gain_loss_db(450.0, 1.5, kind)


def test_terrestrial_loss_grows_up_to_two_kilometres():
    distance = np.array([0.25, 0.5, 1.0, 1.5, 2.0, 5.0, 50.0])
    losses = p2108.terrestrial_loss_db(2_000.0, distance)
    assert (np.diff(losses[:5]) > 0.0).all()
    assert losses[4] == losses[5] == losses[6]
    shares = p2108.terrestrial_loss_db(2_000.0, 2.0, location_percent=[1.0, 10.0, 50.0, 90.0, 99.0])
    assert (np.diff(shares) > 0.0).all()
    assert shares[2] - shares[1] == pytest.approx(shares[3] - shares[2])


def test_no_share_of_places_loses_more_than_at_two_kilometres():
    distance = np.geomspace(0.25, 100.0, 60)[:, None]
    share = np.array([0.1, 1.0, 50.0, 99.0, 99.9])
    losses = p2108.terrestrial_loss_db(500.0, distance, location_percent=share)
    assert (losses <= p2108.terrestrial_loss_db(500.0, 2.0, location_percent=share)).all()


def test_slant_loss_falls_with_elevation_and_grows_with_frequency_and_places():
    elevation = np.linspace(0.0, 90.0, 91)
    losses = p2108.slant_loss_db(28_000.0, elevation)
    assert (np.diff(losses) < 0.0).all()
    assert losses[-1] == pytest.approx(0.0, abs=1e-9)
    assert (np.diff(p2108.slant_loss_db([10e3, 30e3, 100e3], 10.0)) > 0.0).all()
    assert (np.diff(p2108.slant_loss_db(30e3, 10.0, location_percent=np.arange(1.0, 100.0))) > 0.0).all()


def test_arrays_broadcast():
    frequency, height = np.array([450.0, 900.0, 1_800.0])[:, None], np.array([1.5, 5.0, 30.0, 100.0])
    losses = p2108.height_gain_loss_db(frequency, height, "trees_forest")
    assert losses.shape == (3, 4)
    assert losses[2, 1] == p2108.height_gain_loss_db(1_800.0, 5.0, "trees_forest")
    assert p2108.terrestrial_loss_db(frequency + 100.0, height).shape == (3, 4)
    assert p2108.slant_loss_db(20.0 * frequency + 5e3, height[:2]).shape == (3, 2)


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("p2108.outside_range", lambda: p2108.height_gain_loss_db(29.0, 1.5, "urban")),
        ("p2108.outside_range", lambda: p2108.height_gain_loss_db([900.0, 3_500.0], 1.5, "urban")),
        ("p2108.not_positive", lambda: p2108.height_gain_loss_db(900.0, 0.0, "urban")),
        ("p2108.not_positive", lambda: p2108.height_gain_loss_db(900.0, math.nan, "urban")),
        ("p2108.not_positive", lambda: p2108.height_gain_loss_db(900.0, 1.5, "urban", clutter_height_m=-1.0)),
        ("p2108.not_positive", lambda: p2108.height_gain_loss_db(900.0, 1.5, "urban", street_width_m=0.0)),
        ("p2108.clutter", lambda: p2108.height_gain_loss_db(900.0, 1.5, "mangrove")),
        ("p2108.outside_range", lambda: p2108.terrestrial_loss_db(450.0, 1.0)),
        ("p2108.outside_range", lambda: p2108.terrestrial_loss_db(900.0, 0.2)),
        ("p2108.percent", lambda: p2108.terrestrial_loss_db(900.0, 1.0, location_percent=0.0)),
        ("p2108.outside_range", lambda: p2108.slant_loss_db(9_000.0, 10.0)),
        ("p2108.outside_range", lambda: p2108.slant_loss_db(30_000.0, -1.0)),
        ("p2108.percent", lambda: p2108.slant_loss_db(30_000.0, 1.0, location_percent=100.0)),
    ],
)
def test_what_cannot_be_computed_is_refused(code, call):
    with pytest.raises(ModelError) as caught:
        call()
    assert caught.value.message.code == code


def test_the_first_value_outside_is_named():
    with pytest.raises(ModelError) as caught:
        p2108.terrestrial_loss_db(900.0, [1.0, 0.1, 0.2])
    assert caught.value.message.parameters["value"] == 0.1
    assert "0.1" in str(caught.value)
