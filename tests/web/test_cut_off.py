import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jangkau.records import new_id
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.keep import verify

SCRIPT = Path(__file__).with_name("dying_server.py")
PASSWORD = "hutan hujan tropis"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Client:
    def __init__(self, port):
        self.base, self.headers = f"http://127.0.0.1:{port}/api/v1", {"Content-Type": "application/json"}

    def call(self, method, path, body=None, **more):
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.base + path, data, self.headers | more, method=method)
        with urllib.request.urlopen(asked, timeout=60) as answer:
            if "Set-Cookie" in answer.headers:
                self.headers["Cookie"] = answer.headers["Set-Cookie"].split(";")[0]
            said = json.load(answer)
            if "csrf" in said:
                self.headers["X-CSRF-Token"] = said["csrf"]
            return said


@contextmanager
def running(folder, port):
    process = subprocess.Popen([sys.executable, str(SCRIPT), str(folder), str(port)], stdout=subprocess.PIPE, text=True)
    try:
        token = process.stdout.readline().strip()
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield token, process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_what_was_kept_before_the_cut_is_there_once(graded_folder, tmp_path):
    folder = tmp_path / "contoh"
    shutil.copytree(graded_folder, folder)
    port = free_port()
    client = Client(port)
    village = RegionFolder.open(folder)
    body = {"id": new_id(datetime.now(UTC)), "code": "seluler", "name": "Seluler", "kind": "operator"}
    remedy = {"id": new_id(datetime.now(UTC)), "kind": "mobile_bts", "operator": "any"}
    with running(folder, port) as (token, process):
        client.call("POST", "/setup", {"token": token, "name": "ani", "password": PASSWORD})
        remedy["village_code"] = client.call("GET", "/areas")["items"][0]["code"]
        client.call("POST", "/stakeholders", body)
        with pytest.raises((OSError, urllib.error.URLError)):
            client.call("POST", "/remedies", remedy, **{"X-Die": "1"})
        assert process.wait(30) == -9
    with running(folder, port) as (token, _):
        assert token == "", "the account is still there"
        kept = client.call("GET", "/remedies")["items"]
        assert [one["village_code"] for one in kept] == [remedy["village_code"]]
        again = client.call("POST", "/remedies", remedy)
        assert again["code"] == kept[0]["code"]
        assert len(client.call("GET", "/remedies")["items"]) == 1
    found = verify(village, Circumstances(datetime.now(UTC).date(), lambda: datetime.now(UTC)))
    assert found.troubles == []
