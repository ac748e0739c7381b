"""The office agent as an office runs it: a file, a server that comes and goes, and nothing lost or counted twice."""

import json
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
import uvicorn

import jangkau
from jangkau.records import Link, Probe
from jangkau.store.accounts import make_account
from jangkau.store.audit import Act
from jangkau.store.checks import CHECK
from jangkau.store.devices import devices, invite, revoke
from jangkau.store.region_folder import RegionFolder
from jangkau.web.app import create_app

AGENT = Path(jangkau.__file__).parent / "web/static/office_agent.py"
NOW = datetime.now(UTC)


@pytest.fixture
def region(graded_folder, tmp_path):
    folder = tmp_path / "contoh"
    shutil.copytree(graded_folder, folder)
    return RegionFolder.open(folder)


@pytest.fixture
def office(region, tmp_path):
    """A folder with the agent in it, the code to let it in, and the link that it watches."""
    act = Act("test", "account", NOW)
    with region.store(NOW) as store:
        make_account(store, "kantor", "device", "hutan hujan tropis", act, first=True)
        _, code = invite(store, "kantor", Act("test", "invite phone", datetime.now(UTC)))
        link = next(x.code for x in store.read(Link) if x.stage in ("fitted", "tested", "accepted"))
    folder = tmp_path / "office"
    folder.mkdir()
    shutil.copy(AGENT, folder / "agent.py")
    return folder, code, link


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def serving(region, port):
    app = create_app(region, lambda: datetime.now(UTC), as_of=NOW.date(), workers=1)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def agent(folder, *arguments):
    command = [sys.executable, str(folder / "agent.py"), "--once", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def kept(region):
    checks = region.checks()
    try:
        with checks.engine.connect() as connection:
            return connection.execute(sa.select(CHECK).order_by(CHECK.c.sequence)).all()
    finally:
        checks.close()


def spooled(folder):
    return [json.loads(line) for line in (folder / "office_agent.spool").read_text("utf-8").splitlines()]


def test_an_office_is_let_in_checks_goes_offline_and_sends_everything_once(region, office):
    folder, code, link = office
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with serving(region, port):
        said = agent(folder, "--server", address, "--enrol", code, "--link", link)
        assert said.returncode == 0, said.stdout + said.stderr
        with region.store(NOW) as store:
            (probe,) = [p for p in store.read(Probe) if p.time >= NOW.replace(microsecond=0)]
        assert probe.link_code == link
        assert probe.download_mbps > 1
        assert probe.upload_mbps > 1
    assert spooled(folder) == []
    assert agent(folder).returncode == 1
    assert agent(folder).returncode == 1
    assert [c["up"] for c in spooled(folder)] == [False, False]
    with (folder / "office_agent.spool").open("a", encoding="utf-8") as file:
        file.write('{"id": "0192')  # the power went while it wrote
    waiting = (folder / "office_agent.spool").read_text("utf-8")
    with serving(region, port):
        assert agent(folder).returncode == 0
        assert [row.up for row in kept(region)] == [True, False, False, True]
        (folder / "office_agent.spool").write_text(waiting, "utf-8")  # the answer was lost on the way
        assert agent(folder).returncode == 0
    assert [row.up for row in kept(region)] == [True, False, False, True, True]
    assert {row.method for row in kept(region)} == {"agent"}


def test_an_agent_speaks_of_its_own_link_alone(region, office):
    folder, code, link = office
    port = free_port()
    with region.store(NOW) as store:
        other = next(x.code for x in store.read(Link) if x.code != link)
    with serving(region, port):
        assert agent(folder, "--server", f"http://127.0.0.1:{port}", "--enrol", code, "--link", link).returncode == 0
        said = agent(folder, "--link", other)
    assert "refuses this agent" in said.stdout
    assert {row.link_code for row in kept(region)} == {link}


def test_an_agent_that_was_shut_out_keeps_what_it_has(region, office):
    folder, code, link = office
    port = free_port()
    with serving(region, port):
        agent(folder, "--server", f"http://127.0.0.1:{port}", "--enrol", code, "--link", "no such link")
        assert spooled(folder)
        settings = folder / "office_agent.json"
        settings.write_text(
            json.dumps(json.loads(settings.read_text("utf-8")) | {"token": "x" * 50, "link": link}), "utf-8"
        )
        said = agent(folder)
    assert "refuses this agent" in said.stdout
    assert spooled(folder)
    assert kept(region) == []


def test_an_agent_that_was_revoked_comes_in_again_with_another_code(region, office):
    folder, code, link = office
    port = free_port()
    with serving(region, port):
        address = f"http://127.0.0.1:{port}"
        assert agent(folder, "--server", address, "--enrol", code, "--link", link).returncode == 0
        assert agent(folder, "--enrol", code).returncode == 0  # the answer was lost on the way
        with region.store(NOW) as store:
            revoke(store, devices(store)[0].code, Act("ani", "revoke phone", datetime.now(UTC)))
            _, other = invite(store, "kantor", Act("ani", "invite phone", datetime.now(UTC)))
        assert "refuses this agent" in agent(folder).stdout
        said = agent(folder, "--enrol", other)
    assert said.returncode == 0, said.stdout + said.stderr
    assert spooled(folder) == []


def test_a_clock_that_is_wrong_is_set_right_and_two_hundred_offices_may_come_at_once(region, office):
    folder, code, link = office
    port = free_port()
    with serving(region, port):
        agent(folder, "--server", f"http://127.0.0.1:{port}", "--enrol", code, "--link", link)
        token = json.loads((folder / "office_agent.json").read_text("utf-8"))["token"]
        yesterday = time.time() - 86_400
        troubles = []

        def send(k):
            ids = [f"0192f000-{k:04x}-7000-8000-{n:012x}" for n in range(20)]
            checks = [{"id": i, "time": yesterday - 60 * n, "up": True, "loss_percent": 0} for n, i in enumerate(ids)]
            checks[0]["download_mbps"] = 5.0
            body = json.dumps({"link_code": link, "now": yesterday, "checks": checks}).encode()
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            address = f"http://127.0.0.1:{port}/api/v1/agent/checks"
            for _ in range(2):  # each twice
                try:
                    urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=60).read()
                except OSError as error:
                    troubles.append(str(error))

        before = len(kept(region))
        threads = [threading.Thread(target=send, args=(k,)) for k in range(200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert troubles == []
    rows = kept(region)[before:]
    assert len(rows) == 200 * 20
    assert all(abs((row.time - NOW).total_seconds()) < 3600 for row in rows)
    with region.store(NOW) as store:
        probes = [p for p in store.read(Probe) if p.download_mbps == 5.0]
    assert len(probes) == 200
    assert all(abs((probe.time - NOW).total_seconds()) < 3600 for probe in probes)
