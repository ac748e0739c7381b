"""An import that dies in the middle leaves the store as it was, and can be made again."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime

import pytest

from jangkau.records import Place
from jangkau.settings import Settings
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.import_data import import_files
from jangkau.studies.keep import verify

ROWS = 15_000
"""So many that a busy machine does not finish between two looks."""
NOW = datetime(2024, 11, 11, 3, tzinfo=UTC)
WRITTEN = 400_000
"""Bytes after which the import is surely writing, and not yet done."""


@pytest.fixture
def region(tmp_path):
    return RegionFolder.create(tmp_path / "region", Settings(), NOW)


@pytest.fixture
def file(tmp_path):
    rows = "".join(f"P{i},settlement,Titik {i},117.{i:05d},0.5,10\n" for i in range(ROWS))
    path = tmp_path / "places.csv"
    path.write_text("id,kind,name,longitude,latitude,population\n" + rows)
    return path


def test_a_killed_import_leaves_nothing_half_written(region, file):
    with region.store(NOW):
        pass
    log = region.path / "jangkau.db-wal"
    script = "from jangkau.cli import main; main()"
    process = subprocess.Popen([sys.executable, "-c", script, "import", str(file), "--region", str(region.path)])
    until = time.monotonic() + 60
    while not (log.exists() and log.stat().st_size > WRITTEN):
        assert process.poll() is None and time.monotonic() < until, "the import was done before it could be killed"
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    circumstances = Circumstances(date(2024, 11, 11), lambda: NOW)
    with region.store(NOW) as store:
        assert store.count(Place) == 0
    assert verify(region, circumstances).troubles == []
    (again,) = import_files(region, [file], circumstances)
    assert (again.added.new, again.already) == (ROWS + 1, False)
    with region.store(NOW) as store:
        assert store.count(Place) == ROWS
    assert verify(region, circumstances).troubles == []
