"""A drill over loopback: the office's script sends noise, only size and times are kept, and the curve is compared."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from scipy.stats import binomtest
from typer.testing import CliRunner

import jangkau.web
from browser import page_in_browser
from jangkau.cli import app as commands
from jangkau.counting.parameters import shipped
from jangkau.errors import InputError, RegionError
from jangkau.records import Link, Place, Village, new_id
from jangkau.settings import Operator, Settings
from jangkau.store.accounts import make_account
from jangkau.store.audit import Act, entries
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.drill import compare, learned
from jangkau.studies.drill_log import Drill, Upload, begin_drill, drill_of, keep_upload, uploads
from jangkau.studies.keep import verify
from jangkau.studies.rehearse import region_parameters
from jangkau.web.app import create_app

CLIENT = Path(jangkau.web.__file__).parent / "static" / "send_drill.py"
PASSWORD = "hutan hujan tropis"
SIZE_MB = 1.5


def now():
    return datetime.now(UTC)


def born(at):
    return {"id": new_id(at), "recorded_at": at}


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    at = now()
    settings = Settings(name="Contoh", bounds=(117.0, 0.4, 117.4, 0.8), operators=(Operator("A"),))
    folder = RegionFolder.create(tmp_path_factory.mktemp("drilled") / "contoh", settings, at)
    offices = [
        Place(
            **born(at), code=f"KD{k}", kind="village_office", longitude=117.1 + k / 100, latitude=0.5, village_code="V"
        )
        for k in range(4)
    ]
    station = Place(
        **born(at), code="S1", kind="polling_station", longitude=117.1, latitude=0.5, village_code="V", voters=400
    )
    links = [
        Link(**born(at), code=f"L{k}", place_code=f"KD{k}", upload_mbps=50.0, stage="accepted", medium="fibre")
        for k in range(4)
    ]
    with folder.store(at) as store:
        store.add([Village(**born(at), code="V", name="Desa"), *offices, station, *links], Act("test", "build", at))
        for name, role in (("kantor", "device"), ("ani", "planner"), ("tamu", "viewer")):
            make_account(store, name, role, PASSWORD, Act("test", "account", at))
    return folder


@pytest.fixture(scope="module")
def address(region):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_app(region, now), port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def drill(region):
    with region.store(now()) as store:
        act = Act("ani", "drill", now())
        return begin_drill(region, store, new_id(now()), now() + timedelta(seconds=1), SIZE_MB, act)


def send(address, place, name="kantor", **options):
    given = [f"--{key.replace('_', '-')}={value}" for key, value in options.items()]
    command = [sys.executable, "-W", "error", CLIENT, address, "--name", name, "--place", place, *given]
    environment = os.environ | {"JANGKAU_PASSWORD": PASSWORD}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_an_office_sends_noise_and_only_its_size_and_time_are_kept(region, address, drill):
    done = [send(address, f"KD{k}") for k in range(4)]
    assert [d.returncode for d in done] == [0] * 4, [d.stderr for d in done]
    came = uploads(region, drill)
    assert [u.place_code for u in came] == ["KD0", "KD1", "KD2", "KD3"]
    for upload in came:
        assert (upload.by, upload.received_bytes, upload.complete) == ("kantor", 1_500_000, True)
        assert drill.at <= upload.ended < drill.at + timedelta(seconds=60)
    with region.store(now()) as store, store.engine.connect() as connection:
        trail = [(e["actor"], e["action"], json.loads(e["detail"])) for e in entries(connection, limit=1000)]
    assert [(who, said["drill"]["id"]) for who, what, said in trail if what == "drill"] == [("ani", drill.id)]
    sent = [(who, said["file"]["place_code"]) for who, what, said in reversed(trail) if what == "drill file"]
    assert sent == [("kantor", f"KD{k}") for k in range(4)]
    assert verify(region, Circumstances(now().date(), now), None).troubles == []
    kept = sum(f.stat().st_size for f in (region.path / "drills").iterdir())
    assert kept < 4000


@pytest.mark.parametrize(
    ("place", "name", "said"),
    [("NOWHERE", "kantor", "404"), ("KD0", "tamu", "403"), ("KD0", "nobody", "401")],
)
def test_who_may_not_and_what_nobody_knows_is_refused(region, address, drill, place, name, said):
    before = len(uploads(region, drill))
    done = send(address, place, name)
    assert done.returncode == 1
    assert done.stderr.strip()
    assert len(uploads(region, drill)) == before


class Line:
    """A connection of somebody who is logged in."""

    def __init__(self, address):
        host, port = address.removeprefix("http://").split(":")
        self.line, self.headers = http.client.HTTPConnection(host, int(port), timeout=20), {}
        answer, said = self.ask("/api/v1/session", json.dumps({"name": "kantor", "password": PASSWORD}).encode(), True)
        cookie = answer.getheader("Set-Cookie").split(";")[0]
        self.headers = {"Cookie": cookie, "X-CSRF-Token": said["csrf"]}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.line.close()

    def ask(self, path, body, plain=False):
        kind = {"Content-Type": "application/json"} if plain else {}
        self.line.request("POST", path, body, self.headers | kind)
        answer = self.line.getresponse()
        return answer, json.loads(answer.read())

    def begin(self, path, length, body=b""):
        self.line.putrequest("POST", path)
        for name, value in {**self.headers, "Content-Length": str(length)}.items():
            self.line.putheader(name, value)
        self.line.endheaders(body)


def test_the_same_file_again_adds_nothing_and_too_much_is_refused(region, address, drill):
    path = f"/api/v1/drills/{drill.id}/files?place=S1&id="
    file, size, before = new_id(now()), drill.size_bytes, len(uploads(region, drill))
    with Line(address) as line:
        for _ in range(2):
            assert line.ask(path + file, bytes(size))[0].status == 201
        assert len(uploads(region, drill)) == before + 1
        assert line.ask(path + new_id(now()), bytes(size + 1))[0].status == 413
    with Line(address) as line:
        line.begin(path + new_id(now()), 31_000_000)
        assert line.line.getresponse().status == 413
    assert len(uploads(region, drill)) == before + 1


def test_what_breaks_off_is_written_down_as_broken(region, address, drill):
    with Line(address) as line:
        line.begin(f"/api/v1/drills/{drill.id}/files?place=S1&id={new_id(now())}", drill.size_bytes, bytes(200_000))
    for _ in range(100):
        broken = [u for u in uploads(region, drill) if not u.complete]
        if broken:
            break
        time.sleep(0.05)
    assert len(broken) == 1
    assert broken[0].received_bytes <= 200_000


def test_a_phone_takes_part_by_its_browser(region, address, drill):
    before = len(uploads(region, drill))
    with page_in_browser() as (page, complaints):
        page.set_viewport_size({"width": 360, "height": 640})
        page.goto(f"{address}/static/drill.html")
        page.fill("input[name=name]", "kantor")
        page.fill("input[name=password]", PASSWORD)
        page.fill("input[name=place]", "NOWHERE")
        page.click("button")
        page.wait_for_selector("[role=status]:has-text('failed')")
        page.fill("input[name=place]", "S1")
        complaints.clear()
        page.click("button")
        page.wait_for_selector("[role=status]:has-text('sent')")
        assert complaints == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    last = uploads(region, drill)[before:]
    assert [(u.place_code, u.received_bytes, u.complete) for u in last] == [("S1", drill.size_bytes, True)]


def test_the_curve_is_compared_and_changes_the_parameters(region, drill, tmp_path):
    copied = RegionFolder.open(Path(shutil.copytree(region.path, tmp_path / "copy")))
    circumstances = Circumstances(now().date(), now, workers=1)
    before, _ = region_parameters(copied)
    found = compare(copied, circumstances)
    assert found.drill == drill
    assert len(found.seen_s) == len([u for u in uploads(region, drill) if u.complete]) >= 5
    assert found.seen_share_s == sorted(found.seen_share_s)
    assert len(found.band_s) == 3
    assert [new.name for _, new in found.changes] == ["delivered_fraction"]
    assert region_parameters(copied)[0] == before
    compare(copied, circumstances, update=True)
    after, _ = region_parameters(copied)
    assert after["delivered_fraction"].basis == "drilled"
    assert drill.id in after["delivered_fraction"].source
    with copied.store(now()) as store, store.engine.connect() as connection:
        assert [e["action"] for e in entries(connection, limit=1)] == ["drill update"]
    said = CliRunner().invoke(commands, ["drill", "-r", str(copied.path), "--json"])
    assert json.loads(said.stdout)["files"] == len(found.seen_s)
    assert CliRunner().invoke(commands, ["drill", "-r", str(copied.path)]).exit_code == 0


def upload(k, tries=1, complete=True, seconds=10.0):
    at = datetime(2024, 11, 20, 11, tzinfo=UTC)
    return Upload(f"u{k}", "X", "a", 1000, at, at + timedelta(seconds=seconds), tries, complete)


class NoNetwork:
    class network:
        nodes = ()


def test_broken_uploads_give_a_share_with_an_interval():
    at = datetime(2024, 11, 20, 11, tzinfo=UTC)
    drill, parameters = Drill("d", at, 1000), shipped()
    assert learned(drill, [upload(k) for k in range(10)], NoNetwork, parameters) == []
    came = [upload(k, tries=2 if k < 5 else 1) for k in range(45)]
    ((_, new),) = learned(drill, came, NoNetwork, parameters)
    assert new.default == pytest.approx(0.1)
    interval = binomtest(5, 50).proportion_ci(0.9, "wilson")
    assert (new.low, new.high) == pytest.approx((interval.low, interval.high), abs=2e-4)
    seen_here = [upload(k, complete=False) for k in range(3)]  # the same tries, written down when they broke off
    ((_, same),) = learned(drill, [*seen_here, *came], NoNetwork, parameters)
    assert same == new
    ((_, more),) = learned(drill, [upload(99, tries=2, complete=False), *came], NoNetwork, parameters)
    assert more.default == pytest.approx(7 / 52, abs=1e-4)


def test_a_drill_needs_an_hour_and_a_size(tmp_path):
    folder = RegionFolder.create(tmp_path / "r", Settings(name="R"), now())
    at = datetime(2024, 11, 20, 19, tzinfo=UTC)
    store, act = folder.store(now()), Act("ani", "drill", now())
    for size, hour in ((0.0, at), (99.0, at), (1.0, at.replace(tzinfo=None))):
        with pytest.raises(InputError):
            begin_drill(folder, store, new_id(now()), hour, size, act)
    with pytest.raises(RegionError):
        drill_of(folder)
    begun = begin_drill(folder, store, new_id(now()), at, 1.0, act)
    with pytest.raises(InputError):
        begin_drill(folder, store, begun.id, at, 2.0, act)
    with pytest.raises(RegionError):
        compare(folder, Circumstances(date(2024, 11, 21), now))
    keep_upload(folder, store, begun, upload(1))
    store.close()
    assert uploads(folder, begun) == [upload(1)]
    said = CliRunner().invoke(commands, ["drill", "-r", str(folder.path), "--at", "2024-11-25T19:00", "--json"])
    assert json.loads(said.stdout)["at"] == "2024-11-25 11:00:00+00:00"
