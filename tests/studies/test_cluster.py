"""Sites computed on a Dask cluster come to the same bytes, whatever happens to its workers."""

import csv
import dataclasses
import os
import signal
import sys
from datetime import UTC, date, datetime

import numpy as np
import pytest

from jangkau.errors import InputError
from jangkau.messages import LANGUAGES, render
from jangkau.settings import RadioSettings
from jangkau.store.runs import read_run
from jangkau.studies import cluster
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.import_data import import_files
from jangkau.studies.init_region import init_region
from jangkau.studies.predict import predict
from jangkau.synthetic import make_world, write_region_files

TODAY = date(2024, 11, 11)


def circumstances(scheduler=None, progress=lambda message, done, total: None):
    return Circumstances(TODAY, lambda: datetime(2024, 11, 11, 3, tzinfo=UTC), progress, 2, scheduler=scheduler)


@pytest.fixture(scope="module")
def world():
    return make_world(seed=3, side_km=15.0, villages=8, districts=2)


@pytest.fixture(scope="module")
def files(world, tmp_path_factory):
    """Of an invented district whose few masts stand at ten times as many places."""
    made = write_region_files(world, tmp_path_factory.mktemp("brought"))
    table = next(f for f in made if f.name == "cells.csv")
    head, *rows = list(csv.reader(table.read_text("utf-8").splitlines()))
    more = [moved(dict(zip(head, row, strict=True)), i) for row in rows for i in range(10)]
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *(row.values() for row in more)])
    return made


def moved(cell, i):
    place = {"longitude": float(cell["longitude"]) + 0.003 * i, "latitude": float(cell["latitude"]) - 0.004 * i}
    return cell | {"id": f"{cell['id']}-{i}", "site_id": f"{cell['site_id']}-{i}", **place}


def new_region(world, files, path):
    radio = RadioSettings(resolution_m=500.0, radius_km=12.0, profile_step_m=120.0)
    made = init_region(path, dataclasses.replace(world.settings, radio=radio), circumstances())
    import_files(made, files, circumstances())
    return made


@pytest.fixture
def region(world, files, tmp_path):
    return new_region(world, files, tmp_path / "contoh")


@pytest.fixture(scope="module")
def local(world, files, tmp_path_factory):
    """What the same region gives without a cluster."""
    made = new_region(world, files, tmp_path_factory.mktemp("local") / "contoh")
    return read_run(predict(made, circumstances()).folder)


@pytest.fixture(scope="module")
def workers():
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as made:
        yield made


def test_a_killed_worker_changes_no_byte(region, workers, local):
    killed = []

    def kill_in_the_middle(message, done, total):
        if message.code == "progress.sites" and done == 3 and not killed:
            assert total > 20
            busiest = max(workers.scheduler.workers.values(), key=lambda state: len(state.processing))
            killed.append(busiest.nanny)
            os.kill(next(n for n in workers.workers.values() if n.address == busiest.nanny).pid, signal.SIGKILL)

    said = read_run(predict(region, circumstances(workers.scheduler_address, kill_in_the_middle)).folder)
    assert killed
    assert said["id"] == local["id"]
    assert said["outputs"] == local["outputs"]
    assert said["summary"] == local["summary"]


def test_what_a_cluster_began_ends_without_it(region, workers, local):
    def stop_half_way(message, done, total):
        if message.code == "progress.sites" and done >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict(region, circumstances(workers.scheduler_address, stop_half_way))
    (kept,) = (region.path / "rasters").glob("*/working/done.txt")
    assert len(kept.read_text("utf-8").splitlines()) == 2
    said = read_run(predict(region, circumstances()).folder)
    assert said["outputs"] == local["outputs"]
    assert said["summary"] == local["summary"]


def refused(region, scheduler):
    with pytest.raises(InputError) as error:
        predict(region, circumstances(scheduler))
    for language in LANGUAGES:
        assert error.value.message.code not in render(error.value.message, language)
    return error.value.message.code


def test_what_is_missing_is_said(region, monkeypatch):
    monkeypatch.setattr(cluster, "ANSWER_S", 0.5)
    assert refused(region, "tcp://127.0.0.1:9") == "cluster.no_answer"
    assert refused(region, "no://such:scheme") == "cluster.no_answer"
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert refused(region, "tcp://127.0.0.1:9") == "cluster.not_installed"


def test_workers_of_another_version_are_refused(region, workers, monkeypatch):
    workers.wait_for_workers(2)
    monkeypatch.setattr(cluster, "__version__", "0.0.0")
    assert refused(region, workers.scheduler_address) == "cluster.other_program"


def test_a_cluster_without_workers_is_said(region, monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setattr(cluster, "ANSWER_S", 2.0)
    with LocalCluster(n_workers=0, processes=True, dashboard_address=":0") as empty:
        assert refused(region, empty.scheduler_address) == "cluster.no_workers"


@pytest.mark.parametrize("kind", [np.float32, np.uint8, np.int16])
def test_packed_arrays_come_back_bit_for_bit(kind):
    values = np.cumsum(np.random.default_rng(2).normal(size=(37, 53)), axis=1).astype(kind)
    if kind == np.float32:
        values[3:5, 7:] = np.nan
    back = cluster.unpack(cluster.pack(values[1:, ::2]))
    assert back.dtype == values.dtype
    assert back.tobytes() == values[1:, ::2].tobytes()
