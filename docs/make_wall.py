"""Make the pictures of the wall from a rehearsed region: ``docs/make_wall.py REGION`` (an invented one).

The night is one of the rehearsal: each station sends at a time between its early and its late one, by a fixed seed. At
16.18 the fibre of the district with most links is cut, at 21.40 it is mended: what was left there waits, moves or is told
by radio. Needs Chromium; the pictures are reduced to 256 colours.
"""

import csv
import random
import shutil
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import uvicorn
from make_screens import PASSWORD, PICTURES
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from jangkau.grades import WORKING_STAGES
from jangkau.records import Link, Mark, Place, new_id
from jangkau.store.accounts import make_account
from jangkau.store.audit import Act
from jangkau.store.region_folder import RegionFolder
from jangkau.store.runs import latest_run
from jangkau.studies.demo import TODAY
from jangkau.web.app import create_app

HOURS = (18, 20, 23)
CUT, MENDED = 16.3, 21.67
"""Hours of the region's clock."""


def main(region: Path) -> None:
    """Serve a copy of a region, let its night go by, keep a picture at each hour."""
    copy = region.with_name(f"{region.name}-wall")
    shutil.copytree(region, copy)
    try:
        night(RegionFolder.open(copy))
    finally:
        shutil.rmtree(copy)


def night(region: RegionFolder) -> None:
    """Note what happens, hour after hour."""
    midnight = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=ZoneInfo(region.settings.timezone)).astimezone(UTC)
    at = [midnight + timedelta(hours=HOURS[0])]
    with region.store(at[0]) as store:
        make_account(store, "ani", "admin", PASSWORD, Act("ani", "set up", at[0]), first=True)
        links = [link for link in store.read(Link) if link.stage in WORKING_STAGES]
        place_of = {place.code: place for place in store.read(Place)}
    trunk = Counter(link.upstream_link_code for link in links if link.upstream_link_code).most_common(1)[0][0]
    dark = [link for link in links if trunk in (link.code, link.upstream_link_code)]
    cut_villages = {place_of[link.place_code].village_code for link in dark}
    events = sorted(happenings(region, cut_villages), key=lambda one: one[0])
    checks = region.checks()
    checks.begin([(link.code, "up", midnight + timedelta(hours=9)) for link in links])
    checks.begin([(link.code, "down", midnight + timedelta(hours=CUT)) for link in dark])
    slow = next(link for link in links if link not in dark and link.medium == "vsat")
    checks.begin([(slow.code, "degraded", midnight + timedelta(hours=17.6))])
    app = create_app(region, lambda: at[0], as_of=TODAY, workers=1)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.1)
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/wall"
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        before = 0.0
        for hour in HOURS:
            at[0] = midnight + timedelta(hours=hour)
            if before < MENDED <= hour:
                checks.begin([(link.code, "up", midnight + timedelta(hours=MENDED)) for link in dark])
            checks.say_alive(at[0])
            marks = [mark(midnight, *one) for one in events if before < one[0] <= hour]
            with region.store(at[0]) as store:
                store.add(marks, Act("ani", "mark", at[0]))
            keep(page, address, hour)
            before = float(hour)
        browser.close()
    checks.close()
    server.should_exit = True
    thread.join()


def happenings(region: RegionFolder, cut_villages: set[str | None]) -> list[tuple[float, str, str, str | None]]:
    """Return hour, state, station and send-place of everything that is noted."""
    run = latest_run(region.path, "rehearse")
    if run is None:
        raise SystemExit("rehearse the region first: jangkau rehearse")
    chance = random.Random(4)
    found: list[tuple[float, str, str, str | None]] = []
    with (run / "stations.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            early, middle, late = (float(row[f"sent_{q}_percent_h"] or 26.0) for q in (5, 50, 95))
            share = chance.uniform(0.1, 1.0)
            hour = (
                early + (middle - early) * share / 0.5
                if share < 0.5
                else middle + (late - middle) * (share - 0.5) / 0.5
            )
            if row["village_code"] in cut_villages and hour > CUT:
                fate = chance.random()
                if fate < 0.3:
                    found.append(
                        (17.2 + 2.5 * chance.random(), "moved", row["code"], row["fallback"] or row["send_place"])
                    )
                if fate < 0.1:
                    hour = 18.5 + chance.random()
                    found.append((hour, "by_radio", row["code"], None))
                    continue
                hour = max(hour, MENDED) + chance.expovariate(1 / 0.6)
            found.append((hour, "sent", row["code"], None))
    return found


def mark(midnight: datetime, hour: float, state: str, code: str, send_place: str | None) -> Mark:
    """Return what an operator notes."""
    at = midnight + timedelta(hours=hour)
    return Mark(
        id=new_id(at), recorded_at=at, place_code=code, night=TODAY, time=at, state=state, by="ani",
        send_place_code=send_place if state == "moved" else None,
    )  # fmt: skip


def keep(page: Page, address: str, hour: int) -> None:
    """Open the wall, log in the first time, keep a picture of few colours."""
    page.goto(address)
    page.wait_for_selector("form.gate, main.wall", timeout=60_000)
    if page.query_selector("form.gate"):
        page.fill("input[name=name]", "ani")
        page.fill("input[name=password]", PASSWORD)
        page.click("button.main")
    page.wait_for_selector("main.wall table", timeout=60_000)
    page.wait_for_timeout(5000)
    path = PICTURES / f"wall-{hour}.png"
    page.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(256).save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo"))
