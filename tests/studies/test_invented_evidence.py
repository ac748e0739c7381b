"""On the invented regency, whose truth is known: tests teach the bias of a site, and intervals are honest."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from jangkau.synthetic import make_world


@pytest.fixture(scope="module")
def making():
    spec = importlib.util.spec_from_file_location(
        "make_evidence", Path(__file__).parents[2] / "docs" / "make_evidence.py"
    )
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.mark.slow
def test_site_biases_are_known_within_a_decibel_at_200_tests_a_site(making):
    error, half, most = making.biases(make_world(seed=3, side_km=15.0, villages=8, districts=2), 200)
    assert np.sqrt(np.mean(error**2)) < 1.0
    assert 0.44 < half < 0.56
    assert 0.86 < most < 0.94
