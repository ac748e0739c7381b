"""Series without branches are as exact as they say."""

import numpy as np
import pytest

from jangkau import elementary
from jangkau.compiled import kernel


def each(function):
    @kernel
    def run(values, out):
        for i in range(values.size):
            out[i] = function(values[i])

    def apply(values):
        out = np.empty_like(values)
        run(values, out)
        return out

    return apply


WIDE = np.exp(np.linspace(-60.0, 60.0, 20_001))
STEEP = np.concatenate([np.linspace(-50.0, 50.0, 9_999), [-np.inf, 0.0, np.inf]])


@pytest.mark.parametrize(
    ("name", "values", "true", "within"),
    [
        ("log2", WIDE, np.log2(WIDE), 1e-12),
        ("log10", WIDE, np.log10(WIDE), 1e-12),
        ("third_of_arccosine_cosine", np.linspace(-1, 1, 9_999), None, 3e-8),
        ("arctangent", STEEP, np.arctan(STEEP), 1e-11),
    ],
)
def test_error_in_value(name, values, true, within):
    if true is None:
        true = np.cos(np.pi / 3 + np.arccos(values) / 3)
    assert np.abs(each(getattr(elementary, name))(values) - true).max() < within


@pytest.mark.parametrize(
    ("name", "values"), [("exp2", np.linspace(-900, 900, 9_999)), ("exp", np.linspace(-600, 600, 999))]
)
def test_relative_error(name, values):
    assert np.abs(each(getattr(elementary, name))(values) / getattr(np, name)(values) - 1.0).max() < 1e-11


def test_far_exponents_are_limited():
    assert np.isfinite(each(elementary.exp2)(np.array([-1e9, 1e9]))).all()
