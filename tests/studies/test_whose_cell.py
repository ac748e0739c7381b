"""A test counts for the cell that it names, however it names it; else for the one that explains its level best."""

import dataclasses
from datetime import UTC, date, datetime

import numpy as np
import pytest

from jangkau.settings import RadioSettings
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.import_data import import_files
from jangkau.studies.init_region import init_region
from jangkau.studies.observations import gather
from jangkau.synthetic import draw_measurements, make_world, write_region_files
from jangkau.synthetic.files import MEASUREMENT_COLUMNS, REFERRING, _table

NOW = datetime(2024, 11, 5, 3, tzinfo=UTC)
CIRCUMSTANCES = Circumstances(date(2024, 11, 11), lambda: datetime(2024, 11, 11, 3, tzinfo=UTC), workers=2)
NAMES = {
    "code": ("cell_code", "eci", "pci", "earfcn"),
    "eci": ("eci",),
    "pci": ("pci", "earfcn"),
    "nothing": (),
}
"""What phones tell of their cell, by the model of the phone."""


@pytest.fixture(scope="module")
def tests(tmp_path_factory):
    """The same samples told by four phones, of which each tells less of its cell."""
    world = make_world(seed=3, side_km=15.0, villages=8, districts=2)
    rng = np.random.default_rng(2)
    west, south, east, north = world.settings.bounds
    drawn = draw_measurements(world, rng.uniform(west, east, 60), rng.uniform(south, north, 60), NOW, 5)
    samples = [m for m in drawn if m.cell_code and m.technology == "4G" and m.rsrp_dbm is not None]
    folder = tmp_path_factory.mktemp("whose")
    files = write_region_files(world, folder / "files")
    told = [
        dataclasses.replace(m, id="", device=phone, **{n: None for n in NAMES["code"] if n not in names})
        for phone, names in NAMES.items()
        for m in samples
    ]
    table = folder / "files" / "more.csv"
    table.write_text(_table(MEASUREMENT_COLUMNS, told, REFERRING, date(2024, 11, 5)), "utf-8")
    radio = RadioSettings(resolution_m=500.0, radius_km=12.0, profile_step_m=120.0)
    region = init_region(folder / "region", dataclasses.replace(world.settings, radio=radio), CIRCUMSTANCES)
    import_files(
        region, [*(f for f in files if f.name in ("terrain.tif", "land_cover.tif", "cells.csv")), table], CIRCUMSTANCES
    )
    with region.store(NOW) as store:
        return gather(region, store, store.horizon(), CIRCUMSTANCES)


def of_phone(tests, phone):
    """Return what tells a phone's samples apart, their cells, whether these are named, and how probable they are."""
    own = np.flatnonzero(tests.observations.device == sorted(NAMES).index(phone))
    keys = [(tests.longitude[k], tests.latitude[k], tests.operator[k], tests.observations.measured_dbm[k]) for k in own]
    order = sorted(range(own.size), key=lambda k: keys[k])
    own = own[order]
    return [keys[k] for k in order], tests.observations.places.cell[own], tests.named[own], tests.probability[own]


def test_a_cell_is_known_by_its_code_its_eci_or_its_pci_and_carrier(tests):
    samples, by_code, named, probability = of_phone(tests, "code")
    assert len(samples) > 30
    assert named.all()
    assert (probability == 1.0).all()
    by_eci = of_phone(tests, "eci")
    assert (by_eci[0], by_eci[1].tolist(), by_eci[2].all()) == (samples, by_code.tolist(), True)
    by_pci = of_phone(tests, "pci")
    same = dict(zip(samples, by_code, strict=True))
    assert by_pci[2].any()
    assert all(same[s] == c for s, c, named in zip(*by_pci[:3], strict=True) if named)
    assert (
        np.mean([same[s] == c for s, c in zip(*by_pci[:2], strict=True)]) > 0.95
    )  # near cells share a PCI; levels tell


def test_else_its_level_tells_and_how_surely(tests):
    same = dict(zip(*of_phone(tests, "code")[:2], strict=True))
    samples, cells, named, probability = of_phone(tests, "nothing")
    assert not named.any()
    assert ((probability > 0.0) & (probability <= 1.0)).all()
    right = np.array([same[s] == c for s, c in zip(samples, cells, strict=True)])
    assert right.mean() == pytest.approx(probability.mean(), abs=0.2)
    sure = probability > 0.9
    assert right[sure].mean() > 0.85
