"""A watch that is killed and started again in another time zone, clocks that jump, and an agent that is killed."""

import asyncio
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import uvicorn

import jangkau
from jangkau.probes.checks import Checker
from jangkau.probes.targets import target_of
from jangkau.store.accounts import make_account
from jangkau.store.audit import Act
from jangkau.store.checks import CHECK
from jangkau.store.devices import invite
from jangkau.studies.watch import Watched, Watcher
from jangkau.web.app import create_app

from .conftest import PASSWORD, QUICK, conditions, make_region, wait_until, watching

AGENT = Path(jangkau.__file__).parent / "web/static/office_agent.py"


@pytest.fixture
def office():
    """The address of something on this machine that takes connections."""
    server = socket.create_server(("127.0.0.1", 0))

    def take():
        while True:
            try:
                server.accept()[0].close()
            except OSError:
                return

    threading.Thread(target=take, daemon=True).start()
    yield f"127.0.0.1:{server.getsockname()[1]}"
    server.close()


def episodes(region, code):
    checks = region.checks()
    try:
        return checks.episodes(datetime(2000, 1, 1, tzinfo=UTC), code)
    finally:
        checks.close()


def test_a_watch_that_is_killed_goes_on_in_another_time_zone(office, tmp_path):
    region = make_region(tmp_path, {"DESA-1": (office, None)})
    began = datetime.now(UTC)
    for zone in ("Pacific/Kiritimati", "America/Los_Angeles"):  # 22 hours apart
        with watching(region, TZ=zone):
            wait_until(lambda: conditions(region) == {"DESA-1": "up"})
            time.sleep(1.0)
    found = [e for e in episodes(region, "DESA-1") if e.until != e.since]
    assert found[-1].condition == "up"
    assert {e.condition for e in found} <= {"up", "unknown"}
    assert all(began - timedelta(seconds=1) <= e.since <= datetime.now(UTC) for e in found)


def test_a_clock_that_jumps_changes_no_state_and_tells_nobody(office, tmp_path):
    region = make_region(tmp_path, {"DESA-1": (office, None)})
    ahead, told = [timedelta()], []

    async def go():
        checker = Checker(lambda: datetime.now(UTC) + ahead[0], QUICK.timeout_s, QUICK.tries)
        watched = [Watched("DESA-1", "DESA-1", target_of(office), None)]
        watcher = Watcher(
            region, watched, region.checks(), checker.clock, checker.check, lambda *said: told.append(said) or True
        )
        watcher.take_up()
        running = asyncio.create_task(watcher.run(9.0))
        for jump in (timedelta(days=1), timedelta(days=-2)):
            await asyncio.sleep(3.0)
            ahead[0] = jump
        await running
        watcher.checks.close()
        return watcher

    watcher = asyncio.run(go())
    assert (watcher.missed, watcher.made >= 16) == (0, True)
    assert told == []
    assert [e.condition for e in episodes(region, "DESA-1") if e.until != e.since][-1] == "up"
    assert "down" not in {e.condition for e in episodes(region, "DESA-1")}


@contextmanager
def serving(region, port):
    server = uvicorn.Server(uvicorn.Config(create_app(region, lambda: datetime.now(UTC)), port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield
    server.should_exit = True
    thread.join()


def test_an_agent_that_is_killed_again_and_again_loses_and_doubles_nothing(tmp_path):
    region = make_region(tmp_path, {"DESA-1": (None, None)})
    with region.store(datetime.now(UTC)) as store:
        act = Act("ani", "account", datetime.now(UTC))
        make_account(store, "kantor", "device", PASSWORD, act)
        _, code = invite(store, "kantor", act)
    folder = tmp_path / "office"
    folder.mkdir()
    shutil.copy(AGENT, folder / "agent.py")
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    first = ["--server", f"http://127.0.0.1:{port}", "--enrol", code, "--link", "DESA-1"]
    quick = "import agent, sys; agent.EVERY_S = agent.SETTLE_S = 0.1; agent.TRIES = 1; sys.exit(agent.main())"

    def started(*arguments):
        return subprocess.Popen([sys.executable, "-c", quick, *arguments], cwd=folder, stdout=subprocess.DEVNULL)

    spool = folder / "office_agent.spool"
    with serving(region, port):
        assert subprocess.run([sys.executable, "agent.py", "--once", *first], cwd=folder, check=False).returncode == 0
        for pause in (0.9, 1.1):  # in the middle of its work with the server
            with started() as agent:
                time.sleep(pause)
                agent.kill()
    for pause in (0.9, 1.0, 1.1):  # without the server
        before = len(spool.read_text("utf-8").splitlines())
        with started() as agent:
            wait_until(lambda before=before: len(spool.read_text("utf-8").splitlines()) > before + 1)
            time.sleep(pause - 0.9)
            agent.kill()
    waiting = {json.loads(line)["id"] for line in spool.read_text("utf-8").splitlines() if line.endswith("}")}
    assert len(waiting) >= 6
    with serving(region, port):
        assert subprocess.run([sys.executable, "agent.py", "--once"], cwd=folder, check=False).returncode == 0
    checks = region.checks()
    with checks.engine.connect() as connection:
        rows = connection.execute(sa.select(CHECK.c.id, CHECK.c.up)).all()
    checks.close()
    assert waiting <= {row.id for row in rows}
    assert len({row.id for row in rows}) == len(rows) >= len(waiting) + 2
    assert spool.read_text("utf-8") == ""
