"""Phones that all send a week of work at once, on this machine: how long it takes, and whether anything is lost.

    .venv/bin/python benchmarks/field.py [--phones 200] [--tests 30] [--photos 6]

A server process with its SQLite store on disk (every commit is on the disk before it is acknowledged), and client
processes that send as the page does: sheets some at a time, photos in parts, then what is lacking. One request in
twenty is sent twice. Nothing but 127.0.0.1 is spoken to.
"""

import argparse
import hashlib
import io
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from random import Random

from PIL import Image

from jangkau.records import Attachment, Place, Sheet, Visit, new_id
from jangkau.settings import Operator, Settings
from jangkau.store.accounts import make_account
from jangkau.store.audit import Act
from jangkau.store.devices import enrol, invite
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.keep import verify

PLACES = 701
BATCH = 10
PHOTO_BYTES = 100_000
SERVER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import uvicorn
from jangkau.store.region_folder import RegionFolder
from jangkau.web.app import create_app
app = create_app(RegionFolder.open(Path(sys.argv[1])), lambda: datetime.now(UTC))
uvicorn.run(app, port=int(sys.argv[2]), log_level="error")
"""


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    for name, default in (("phones", 200), ("tests", 30), ("photos", 6), ("at-once", 200)):
        asked.add_argument(f"--{name}", type=int, default=default)
    wanted = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="jangkau-field-") as room:
        region = made_region(Path(room) / "region")
        tokens = let_in(region, wanted.phones)
        port = free_port()
        server = subprocess.Popen([sys.executable, "-c", SERVER, str(region.path), str(port)])
        try:
            wait_for(port)
            measure(region, port, server.pid, tokens, wanted)
        finally:
            server.terminate()
            server.wait()


def made_region(folder: Path) -> RegionFolder:
    """Return a region of as many stations as Kutai Timur has."""
    now, chance = datetime.now(UTC), Random(1)
    settings = Settings(name="Uji", bounds=(117.0, 0.0, 118.0, 1.0), operators=tuple(Operator(o) for o in "ABC"))
    region = RegionFolder.create(folder, settings, now)
    places = [
        Place(
            id=new_id(now), recorded_at=now, code=f"P{n:04}", kind="polling_station",
            longitude=117.0 + chance.random(), latitude=chance.random(),
        )
        for n in range(PLACES)
    ]  # fmt: skip
    with region.store(now) as store:
        make_account(store, "ani", "planner", None, Act("ani", "set up", now))
        store.add(places, Act("ani", "import", now))
    return region


def let_in(region: RegionFolder, count: int) -> list[str]:
    """Let phones in; returns their tokens."""
    now, tokens = datetime.now(UTC), []
    with region.store(now) as store:
        for n in range(count):
            _, code = invite(store, "ani", Act("ani", "invite phone", now))
            tokens.append(f"{n:05}" + "t" * 40)
            enrol(store, code, tokens[-1], f"phone {n}", Act("phone", "enrol phone", now))
    return tokens


def picture(chance: Random) -> bytes:
    """Return a JPEG of about the size that the page makes."""
    out = io.BytesIO()
    pixels = chance.randbytes(100 * 75)
    Image.frombytes("L", (100, 75), pixels).resize((800, 600)).save(out, "JPEG", quality=60)
    return (out.getvalue() + chance.randbytes(PHOTO_BYTES))[:PHOTO_BYTES]


class Phone:
    """A phone with a week of work."""

    def __init__(self, number: int, token: str, port: int, tests: int, photos: int) -> None:
        chance = Random(number)
        self.token, self.port, self.chance, self.requests, self.slowest = token, port, chance, 0, 0.0
        self.photos: dict[str, tuple[str, bytes]] = {}
        self.bodies = {}
        for n in range(tests):
            now = datetime.now(UTC)
            sheet_id = new_id(now)
            named = []
            if n < photos:
                content = picture(chance)
                sha256 = hashlib.sha256(content).hexdigest()
                self.photos[sha256] = (sheet_id, content)
                named = [{"sha256": sha256, "size_bytes": len(content)}]
            results = [{"operator": o, "service": "ok", "technology": "4G", "rsrp_dbm": -95.0} for o in "ABC"]
            self.bodies[sheet_id] = json.dumps(
                {
                    "form": "sheet-1", "id": sheet_id, "number": n, "place_code": f"P{chance.randrange(PLACES):04}",
                    "phone_time": now.isoformat(), "tester": f"petugas {number}", "environment": "outdoor",
                    "position": {"longitude": 117.5, "latitude": 0.5, "accuracy_m": 8}, "results": results,
                    "photos": named, "note": "x" * 200, "power": "pln",
                }
            )  # fmt: skip

    def ask(self, connection: HTTPConnection, method: str, path: str, body: bytes | None = None) -> dict:
        """Ask; one request in twenty twice."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        for _ in range(2 if self.chance.random() < 0.05 else 1):
            began = time.perf_counter()
            connection.request(method, f"/api/v1/field{path}", body, headers)
            answer = connection.getresponse()
            said = json.loads(answer.read())
            self.slowest = max(self.slowest, time.perf_counter() - began)
            self.requests += 1
            if answer.status >= 400:
                raise RuntimeError(f"{answer.status} {said}")
        return said

    def send(self, start: threading.Barrier) -> None:
        """Send everything."""
        start.wait()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=600)
        waiting = list(self.bodies.values())
        for at in range(0, len(waiting), BATCH):
            sheets = [{"body": b, "offset_s": 0.0} for b in waiting[at : at + BATCH]]
            items = self.ask(connection, "POST", "/sheets", json.dumps({"sheets": sheets}).encode())["items"]
            assert all(i["kept"] for i in items)
        for sha256, (sheet_id, content) in self.photos.items():
            there = self.ask(connection, "GET", f"/photos/{sha256}")["bytes"]
            said = self.ask(connection, "PUT", f"/photos/{sha256}?sheet={sheet_id}&offset={there}", content[there:])
            assert said["complete"]
        said = self.ask(connection, "POST", "/standing", json.dumps({"sheets": list(self.bodies)}).encode())
        assert said["lacking"] == said["lacking_photos"] == []
        connection.close()


def measure(region: RegionFolder, port: int, server: int, tokens: list[str], wanted: argparse.Namespace) -> None:
    """Let all phones send at once, then look at what the store holds."""
    phones = [Phone(n, token, port, wanted.tests, wanted.photos) for n, token in enumerate(tokens)]
    start = threading.Barrier(min(wanted.at_once, len(phones)) + 1)
    before = processor_seconds(server)
    with ThreadPoolExecutor(min(wanted.at_once, len(phones))) as pool:
        sent = [pool.submit(phone.send, start) for phone in phones]
        start.wait()
        began = time.perf_counter()
        for one in sent:
            one.result()
    seconds = time.perf_counter() - began
    now = datetime.now(UTC)
    with region.store(now) as store:
        kept = {s.id for s in store.read(Sheet)}
        counts = store.count(Sheet), store.count(Visit), store.count(Attachment)
    made = {i for phone in phones for i in phone.bodies}
    photos = sum(len(phone.photos) for phone in phones)
    troubles = verify(region, Circumstances(now.date(), lambda: now)).troubles
    requests, slowest = sum(p.requests for p in phones), max(p.slowest for p in phones)
    print(f"{len(phones)} phones, {len(made)} tests, {photos} photos of {PHOTO_BYTES // 1000} kB, {requests} requests")
    rates = f"{len(made) / seconds:.0f} tests/s, {requests / seconds:.0f} requests/s"
    print(f"{seconds:.1f} s: {rates}, slowest {slowest:.1f} s")
    print(f"server: {processor_seconds(server) - before:.1f} s of processor, {memory_mb(server):.0f} MB")
    print(f"lost {len(made - kept)}, stored twice {counts[0] - len(kept)}, photos lacking {photos - counts[2]}")
    print(f"visits {counts[1]} of {3 * len(made)}; audit chain and files: {troubles or 'whole'}")
    print(f"client: {resource.getrusage(resource.RUSAGE_SELF).ru_utime:.1f} s of processor")


def processor_seconds(process: int) -> float:
    """Return the processor time of a process [s]."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(process: int) -> float:
    """Return the memory that a process holds [MB]."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1000


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Wait until the server answers."""
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server does not answer")


if __name__ == "__main__":
    main()
