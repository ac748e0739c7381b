"""The catalogue of what can be built: every row has its source, days are quantiles, bad cells are refused."""

import csv
import io
import math
from statistics import NormalDist

import pytest

from jangkau.errors import InputError
from jangkau.planning.technologies import COLUMNS, KINDS, days_at, of_kind, parse, shipped


def changed(name, cells):
    rows = list(csv.DictReader(io.StringIO(shipped())))
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, COLUMNS)
    table.writeheader()
    table.writerows([row | cells if row["technology"] == name else row for row in rows])
    return text.getvalue()


def test_the_shipped_catalogue_has_every_kind_with_source_and_who_must_agree():
    catalogue = parse(shipped(), "technologies.csv")
    assert next(csv.reader(io.StringIO(shipped()))) == list(COLUMNS)
    assert {t.kind for t in catalogue.values()} == set(KINDS)
    for t in catalogue.values():
        assert t.meaning
        assert t.source or t.assumed
        assert t.agree
        assert t.wait_p50_days <= t.wait_p90_days
    assert 0.6e9 <= catalogue["mast_42"].cost_idr <= 1.5e9  # as published for towers alone
    assert catalogue["repeater"].cost_idr == pytest.approx(4.9e9 / 8, rel=0.01)  # as published for 8 villages
    assert catalogue["leo"].mbps == 5.8  # measured upload, not the brochure
    assert [t.name for t in of_kind(catalogue, "mast")] == ["mast_42", "mast_72"]


def test_costs_add_up_pieces_kilometres_and_months():
    fibre = parse(shipped(), "technologies.csv")["fibre"]
    assert fibre.cost_of(12, km=2.0) == fibre.cost_idr + 2.0 * fibre.cost_idr_per_km + 12 * fibre.cost_idr_per_month
    assert fibre.reaches(25.0)
    assert not fibre.reaches(25.1)


@pytest.mark.parametrize(("p50", "p90"), [(10.0, 30.0), (120.0, 365.0), (5.0, 5.0)])
def test_days_are_quantiles_of_a_lognormal(p50, p90):
    sigma = math.log(p90 / p50) / NormalDist().inv_cdf(0.9)
    assert days_at(p50, p90, 0.5) == math.ceil(p50)
    assert days_at(p50, p90, 0.9) == math.ceil(p90 - 1e-9)
    at_80 = days_at(p50, p90, 0.8)
    assert at_80 - 1 < math.exp(math.log(p50) + sigma * NormalDist().inv_cdf(0.8)) <= at_80 + 1e-9
    assert days_at(0.0, 0.0, 0.8) == 0


@pytest.mark.parametrize(
    ("name", "cells", "code"),
    [
        ("fibre", {"cost_idr": "cheap"}, "build.bad_cell"),
        ("fibre", {"cost_idr": "-1"}, "build.bad_cell"),
        ("mast_42", {"height_agl_m": ""}, "build.bad_cell"),
        ("mast_42", {"kind": "balloon"}, "build.bad_cell"),
        ("mast_42", {"crew": "nobody"}, "build.bad_cell"),
        ("mast_42", {"wait_p90_days": "5"}, "build.bad_cell"),
        ("mast_42", {"technology": "mast_72"}, "build.twice"),
        ("mast_42", {"technology": ""}, "build.bad_cell"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_row(name, cells, code):
    with pytest.raises(InputError) as error:
        parse(changed(name, cells), "technologies.csv")
    assert error.value.message.code == code
    assert int(str(error.value.message.parameters["row"])) >= 2
