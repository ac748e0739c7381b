"""How long it takes to import signal samples, how much memory it needs, and whether the audit chain is whole.

``benchmarks/imports.py --rows 1000000 --json`` draws a log of that many samples as phones write them (five phones, 3
operators, invented tracks), imports it into a new region, and says what it took. Wall time says something only on a
machine that does nothing else; processor time always does.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from jangkau.settings import Operator, Settings
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.import_data import import_files
from jangkau.studies.init_region import init_region
from jangkau.studies.keep import verify

SEED = 5
PHONES, CELLS = 5, 400
OPERATORS = ("A", "B", "C")
START = datetime(2024, 10, 1, tzinfo=UTC)
HEADER = (
    "time,longitude,latitude,accuracy_m,speed_mps,operator,technology,service,eci,pci,earfcn,rsrp_dbm,rsrq_db,sinr_db,"
    "sim_slot,device,app\n"
)


def write_log(path: Path, rows: int) -> None:
    """Write a log of samples, one a second and phone, along random walks; one in fifty finds no service."""
    rng = np.random.default_rng(SEED)
    each = -(-rows // PHONES)
    written = 0
    with path.open("w") as file:
        file.write(HEADER)
        for phone in range(PHONES):
            count = min(each, rows - written)
            step = rng.normal(0.0, 1e-4, (2, count)).cumsum(axis=1)
            longitude, latitude = 117.5 + step[0] % 0.8, 0.5 + step[1] % 0.8
            level, quality = rng.normal(-100.0, 9.0, count).clip(-139, -45), rng.normal(-11.0, 2.0, count)
            cell, speed = rng.integers(0, CELLS, count), rng.uniform(0.0, 20.0, count)
            none = rng.random(count) < 0.02
            for k in range(count):
                moment = (START + timedelta(seconds=k)).isoformat()
                place = f"{moment},{longitude[k]:.7f},{latitude[k]:.7f},{4 + k % 9},{speed[k]:.2f}"
                heard = f"{2000 + cell[k]},{cell[k] % 504},1850,{level[k]:.0f},{quality[k]:.0f},{k % 30}"
                rest = "4G,none,,,,,," if none[k] else f"4G,ok,{heard}"
                file.write(f"{place},{OPERATORS[phone % 3]},{rest},{1 + phone % 2},Phone {phone},logger\n")
            written += count


def measure(rows: int) -> dict[str, float | int | bool | str]:
    """Import a log of some rows; returns seconds, memory and what came of it."""
    with tempfile.TemporaryDirectory(prefix="jangkau-bench-") as room:
        log = Path(room) / "log.csv"
        write_log(log, rows)
        circumstances = Circumstances(date(2024, 11, 11), lambda: datetime(2024, 11, 11, 3, tzinfo=UTC))
        settings = Settings(bounds=(116.0, -1.0, 120.0, 2.0), operators=tuple(Operator(name) for name in OPERATORS))
        region = init_region(Path(room) / "region", settings, circumstances)
        wall, cpu = time.perf_counter(), time.process_time()
        (done,) = import_files(region, [log], circumstances)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return {
            "rows": rows,
            "stored": done.added.new - 1,
            "refused": len(done.refused),
            "wall_s": round(wall, 1),
            "processor_s": round(cpu, 1),
            "peak_memory_bytes": peak,
            "log_bytes": log.stat().st_size,
            "store_bytes": (region.path / "jangkau.db").stat().st_size,
            "audit_chain_whole": verify(region, circumstances).troubles == [],
        }


def main() -> None:
    """Say what an import takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true", dest="as_json")
    given = parser.parse_args()
    found = measure(given.rows)
    if given.as_json:
        print(json.dumps(found, indent=1))
    else:
        for name, value in found.items():
            print(f"{name:>20} {value:,}" if isinstance(value, (int, float)) else f"{name:>20} {value}")


if __name__ == "__main__":
    main()
