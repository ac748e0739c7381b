"""Real packets, a real watch, and lines that are cut, lose, are slow or full: run by `test_in_a_namespace.py`."""

import dataclasses
import itertools
import json
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import sqlalchemy as sa

from jangkau.store.checks import CHECK

from .conftest import QUICK, Night, conditions, make_region, wait_until, watching
from .far_country import FarCountry, Line

ADDRESSES = {
    "PUSAT": ("10.66.0.2", None),
    "DESA-1": ("10.66.0.3", "PUSAT"),
    "DESA-2": ("10.66.0.4", "PUSAT"),
    "HUJAN": ("10.66.0.5", None),
    "LAMBAT": ("10.66.0.6", None),
    "NAMA": ("dns:kutaitimurkab.go.id@10.66.0.7", None),
}
CUT = ("10.66.0.2", "10.66.0.3", "10.66.0.4")
ALL_UP = dict.fromkeys(ADDRESSES, "up")


@pytest.fixture(scope="module")
def far():
    made = FarCountry({f"10.66.0.{k}": Line() for k in range(2, 8)})
    yield made
    made.close()


@pytest.fixture
def heard():
    """Alerts that came to a webhook, and the address of that."""
    said = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            said.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["message"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield said, f"json://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def checks_of(region, code):
    checks = region.checks()
    try:
        with checks.engine.connect() as connection:
            return connection.execute(sa.select(CHECK).where(CHECK.c.link_code == code)).all()
    finally:
        checks.close()


def test_lines_that_are_cut_lossy_slow_or_without_names(far, heard, tmp_path):
    said, address = heard
    region = make_region(tmp_path, ADDRESSES, dataclasses.replace(QUICK, tries=3, alert_after_s=6.0))
    with watching(region, JANGKAU_ALERTS=address):
        wait_until(lambda: conditions(region) == ALL_UP)
        assert {row.method for row in checks_of(region, "PUSAT")} == {"icmp"}
        for host in CUT:
            far.lines[host].is_cut = True
        far.lines["10.66.0.5"].lost = 2
        far.lines["10.66.0.6"].delay_s = 0.25
        far.lines["10.66.0.7"].is_name_server = False
        down = {"PUSAT": "down", "DESA-1": "down", "DESA-2": "down", "NAMA": "down"}
        wait_until(lambda: conditions(region) == {**down, "HUJAN": "degraded", "LAMBAT": "degraded"}, 60.0)
        lossy = [row.loss_percent for row in checks_of(region, "HUJAN") if row.loss_percent > 0]
        assert 25.0 < sum(lossy) / len(lossy) < 60.0
        wait_until(lambda: len(said) >= 2)
        with Night(region) as night:
            wall = night.wall()
            assert wall["districts"][0]["links"] == {"up": 0, "degraded": 2, "down": 4, "unknown": 0}
            assert any(t["what"].startswith("PUSAT is down") and "2 links below" in t["what"] for t in wall["todo"])
        time.sleep(12.0)  # two more rounds: nobody is told again
        assert sorted(text.split(" ")[0] for text in said) == ["NAMA", "PUSAT"]
        for line in far.lines.values():
            line.lost, line.delay_s, line.is_cut, line.is_name_server = 0, 0.0, False, True
        wait_until(lambda: conditions(region) == ALL_UP, 60.0)
        wait_until(lambda: any(text.startswith("Up again") for text in said))
    back = [text for text in said if text.startswith("Up again")]
    assert all(sum(code in text for text in back) == 1 for code in ("PUSAT", "DESA-1", "DESA-2", "NAMA"))


def test_a_full_disk_loses_no_check_and_no_change(far, tmp_path):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(tmp_path)], check=True)
    region = make_region(tmp_path, {code: ADDRESSES[code] for code in ("PUSAT", "HUJAN")})
    with watching(region) as watch:
        wait_until(lambda: conditions(region) == {"PUSAT": "up", "HUJAN": "up"})
        filler = tmp_path / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError as full:
                assert full.errno == 28
        far.lines["10.66.0.2"].is_cut = True
        log = region.path.parent / "watch.log"
        time.sleep(15.0)
        assert watch.poll() is None, log.read_text("utf-8")
        before = conditions(region)
        filler.unlink()
        wait_until(lambda: conditions(region) == {"PUSAT": "down", "HUJAN": "up"})
        far.lines["10.66.0.2"].is_cut = False
    assert before == {"PUSAT": "up", "HUJAN": "up"}  # nothing could be written meanwhile
    times = sorted(row.time for row in checks_of(region, "HUJAN"))
    gaps = [(b - a).total_seconds() for a, b in itertools.pairwise(times)]
    assert len(times) > 30
    assert max(gaps) < 2.0  # a check every half second, through all of it
