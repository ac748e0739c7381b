"""Time the watch: links checked once a minute while people work at the desk, all of it on one processor and SQLite.

    .venv/bin/python benchmarks/watch.py --links 1000 [--users 50] [--seconds 180] [--json]

The links answer on this machine. Prints checks made and missed, processor time a check, and how many links one
processor would bear by that; with `--users 0` nobody works at the desk.
"""

import argparse
import asyncio
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from desk import PASSWORD, User, build, serve

from jangkau.records import Link, new_id
from jangkau.store.accounts import any_account, make_account
from jangkau.store.audit import Act
from jangkau.store.region_folder import RegionFolder

PORT = 8766
INTERVAL_S = 60.0


def answering() -> int:
    """Answer on a port of this machine for as long as the process lives; returns the port."""
    ready: list[int] = []

    async def close(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def serve_forever() -> None:
        server = await asyncio.start_server(close, "127.0.0.1", 0, backlog=4096)
        ready.append(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    threading.Thread(target=lambda: asyncio.run(serve_forever()), daemon=True).start()
    while not ready:
        time.sleep(0.01)
    return ready[0]


def give_addresses(region: RegionFolder, count: int, port: int) -> None:
    """Make links that answer at a port."""
    now = datetime.now(UTC)
    with region.store(now) as store:
        places = {link.place_code for link in store.read(Link)}
        code = min(places)
        links = [
            Link(
                id=new_id(now), recorded_at=now, code=f"W{k}", place_code=code, stage="accepted",
                address=f"127.0.{k // 250 % 250}.{k % 250 + 1}:{port}", upstream_link_code=f"W{k // 20}" if k else None,
            )
            for k in range(count)
        ]  # fmt: skip
        store.add(links)
        if not any_account(store):
            make_account(store, "ani", "admin", PASSWORD, Act("benchmark", "account", now), first=True)


def on_one_processor(command: list[str]) -> list[str]:
    """Return a command that may use only the first processor."""
    return ["taskset", "-c", "0", *command] if shutil.which("taskset") else command


def measure(folder: Path, users: int, seconds: float) -> dict[str, Any]:
    """Watch, with people at the desk or without; returns what both took."""
    desk = None
    people: list[User] = []
    if users:
        os.sched_setaffinity(0, {0})
        desk, _ = serve(folder, PORT)
        os.sched_setaffinity(0, set(range(os.cpu_count() or 1)))
        people = [User(PORT, seed) for seed in range(users)]
    jangkau = str(Path(sys.executable).with_name("jangkau"))
    command = [jangkau, "watch", "--region", str(folder), "--seconds", str(seconds), "--json"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    watch = subprocess.Popen(on_one_processor(command), stdout=subprocess.PIPE)
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=user.work, args=(until,)) for user in people]
    for thread in threads:
        thread.start()
    said = json.loads(watch.communicate()[0])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    for thread in threads:
        thread.join()
    if desk is not None:
        desk.terminate()
        desk.wait()
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    took: dict[str, list[float]] = defaultdict(list)
    for user in people:
        for name, some in user.took.items():
            took[name] += some
    every = np.array([t for some in took.values() for t in some]) * 1e3
    return said | {
        "seconds": seconds,
        "users": users,
        "processor_s": round(spent, 1),
        "processor_ms_a_check": round(1e3 * spent / max(said["checks"], 1), 2),
        "links_one_processor_bears": int(INTERVAL_S / (spent / max(said["checks"], 1))),
        "desk_median_ms": round(float(np.median(every)), 1) if len(every) else None,
        "desk_p95_ms": round(float(np.percentile(every, 95)), 1) if len(every) else None,
        "desk_refused": [text for user in people for text in user.refused][:3],
        "most_memory_mb": round(after.ru_maxrss / 1024),
    }


def main() -> None:
    """Build a region, watch it, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--links", type=int, default=1000)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--json", action="store_true", help="print the JSON object alone")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jangkau-watch-") as room:
        folder = Path(room) / "region"
        build(folder, 1_000, 400, 10_000)
        give_addresses(RegionFolder.open(folder), given.links, answering())
        result = {"links": given.links} | measure(folder, given.users, given.seconds)
    print(json.dumps(result, indent=None if given.json else 1))


if __name__ == "__main__":
    main()
