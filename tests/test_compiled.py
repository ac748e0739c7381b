"""Compiled code is kept by the text of all kernels, and the compiler's maximum is the maximum."""

import math

import numpy as np
import pytest

from jangkau import compiled
from jangkau.compiled import kernel
from jangkau.elementary import larger, smaller


@kernel
def extremes(values):
    high, low = -math.inf, math.inf
    for i in range(values.size):
        high, low = larger(high, values[i]), smaller(low, values[i])
    return high, low


@pytest.mark.parametrize("count", [0, 1, 7, 64, 1001])
def test_larger_and_smaller_reduce_as_maximum_and_minimum(count):
    values = np.random.default_rng(count).normal(size=count)
    assert extremes(values) == (values.max(initial=-math.inf), values.min(initial=math.inf))


def test_a_change_of_any_kernel_names_another_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(compiled, "PACKAGE", tmp_path)
    (tmp_path / "inner.py").write_text("@kernel\ndef a(): ...")
    (tmp_path / "screen.py").write_text("print('x')")
    first = compiled._fingerprint()
    (tmp_path / "screen.py").write_text("print('y')")
    assert compiled._fingerprint() == first
    (tmp_path / "inner.py").write_text("@kernel\ndef a(): return 1")
    assert compiled._fingerprint() != first


def test_a_place_that_cannot_be_written_is_passed_over(tmp_path, monkeypatch):
    (tmp_path / "a-file").write_text("")
    monkeypatch.setattr(compiled, "PACKAGE", tmp_path / "a-file")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(compiled.numba.config, "CACHE_DIR", "")
    found = compiled.folder.__wrapped__()
    assert found.is_dir()
    assert found.parent == tmp_path / "home" / ".cache" / "jangkau"


def test_work_is_done_once_and_again_after_a_failure(tmp_path, monkeypatch):
    monkeypatch.setattr(compiled, "folder", lambda: tmp_path)
    with pytest.raises(RuntimeError), compiled.first_time("x") as first:
        assert first
        raise RuntimeError
    for expected in (True, False, False):
        with compiled.first_time("x") as first:
            assert first is expected
