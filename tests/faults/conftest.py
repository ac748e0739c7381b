"""A small region whose links lead through lines of this machine that can be cut, and a real watch beside it."""

import contextlib
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from jangkau.records import District, Link, Place, Village, new_id
from jangkau.settings import Settings, WatchSettings
from jangkau.store.accounts import make_account
from jangkau.store.audit import Act
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.init_region import init_region
from jangkau.web.app import create_app

PASSWORD = "hutan hujan tropis"
QUICK = WatchSettings(interval_s=0.5, timeout_s=0.3, tries=2, alert_after_s=0.0, degraded_latency_ms=200.0)
"""Checks twice a second, so that what takes minutes in a regency takes seconds here."""


def born():
    at = datetime.now(UTC)
    return {"id": new_id(at), "recorded_at": at}


def make_region(folder, addresses, rule=QUICK):
    """Make a region with a village office a link; `addresses` gives the address and the upstream of each."""
    settings = Settings(name="Uji", bounds=(117.0, 0.0, 118.0, 1.0), languages=("en",), watch=rule)
    today = datetime.now(UTC).date()
    region = init_region(folder / "uji", settings, Circumstances(today, lambda: datetime.now(UTC), workers=1))
    records = [District(code="64.08.01", name="Sangatta", **born())]
    for k, (code, (address, upstream)) in enumerate(addresses.items()):
        village, office = f"64.08.01.{2001 + k}", f"KD{k}"
        at = {"longitude": 117.5 + k / 100, "latitude": 0.5}
        records += [
            Village(code=village, name=f"Desa {k}", district_code="64.08.01", **born()),
            Place(code=office, kind="village_office", village_code=village, **at, **born()),
            Place(code=f"TPS{k}", kind="polling_station", village_code=village, voters=300, **at, **born()),
            Link(code=code, name=code, place_code=office, stage="accepted", address=address, provider="Serat",
                 upstream_link_code=upstream, download_mbps=20.0, **born()),
        ]  # fmt: skip
    with region.store(datetime.now(UTC)) as store:
        store.add(records)
        make_account(store, "ani", "admin", PASSWORD, Act("test", "account", datetime.now(UTC)), first=True)
    return region


@contextlib.contextmanager
def watching(region, **environment):
    """Run `jangkau watch` as a process of its own; it is killed at the end if it still lives."""
    import os

    command = [str(Path(sys.executable).with_name("jangkau")), "watch", "--region", str(region.path)]
    with (region.path.parent / "watch.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def conditions(region):
    """Return how each link stands by the store."""
    checks = region.checks()
    try:
        return {code: episode.condition for code, episode in checks.running().items()}
    finally:
        checks.close()


def wait_until(happens, seconds=40.0):
    """Wait until a function returns something true, and return it; fails after some seconds."""
    until = time.monotonic() + seconds
    while not (found := happens()):
        assert time.monotonic() < until, f"not within {seconds} s"
        time.sleep(0.2)
    return found


class Night:
    """The wall of a region, by a clock that may run ahead of the true one."""

    def __init__(self, region):
        self.ahead = timedelta()
        self.client = TestClient(create_app(region, lambda: datetime.now(UTC) + self.ahead, workers=1))

    def __enter__(self):
        self.client.__enter__()
        self.client.post("/api/v1/session", json={"name": "ani", "password": PASSWORD})
        return self

    def __exit__(self, *how):
        self.client.__exit__(*how)

    def wall(self):
        return self.client.get("/api/v1/wall", headers={"Accept-Language": "en"}).json()


@pytest.fixture
def night():
    return Night
