"""Make the pictures of the desk from a region: ``docs/make_screens.py REGION`` (an invented one by default).

Needs Chromium; the pictures are reduced to 256 colours.
"""

import shutil
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from jangkau.store.region_folder import RegionFolder
from jangkau.studies.demo import TODAY
from jangkau.web.app import create_app

PICTURES = Path(__file__).parent / "pictures"
PASSWORD = "hutan hujan tropis"
SCREENS = {
    "desk-1440": (1440, 900, "light", ""),
    "desk-board-1024": (1024, 768, "dark", "?view=board"),
    "desk-360": (360, 640, "light", "?pick={worst}"),
}


def main(region: Path) -> None:
    """Serve a copy of a region, walk to each screen, keep its picture."""
    copy = region.with_name(f"{region.name}-screens")
    shutil.copytree(region, copy)
    try:
        clock = datetime(TODAY.year, TODAY.month, TODAY.day, 3, tzinfo=UTC)
        app = create_app(RegionFolder.open(copy), lambda: clock, as_of=TODAY, workers=2)
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
        threading.Thread(target=server.run, daemon=True).start()
        while not server.started or not app.state.desk.tiles_ready():
            time.sleep(0.2)
        shoot(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/", app.state.setup_token)
        server.should_exit = True
    finally:
        shutil.rmtree(copy)


def shoot(address: str, token: str) -> None:
    """Make the first account, then every picture."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    arguments = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-sandbox"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page()
        page.goto(f"{address}#setup={token}")
        page.fill("input[name=name]", "ani")
        page.fill("input[name=password]", PASSWORD)
        page.click("button.main")
        worst = str(page.locator(".row").first.get_attribute("data-pick")).replace(" ", "+")
        for name, (width, height, scheme, state) in SCREENS.items():
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)
            page.goto(address + state.format(worst=worst))
            keep(page, PICTURES / f"{name}.png")
        browser.close()


def keep(page: Page, path: Path) -> None:
    """Wait until the map is drawn; keep a picture of few colours."""
    page.wait_for_selector("#map[data-ready=full]", state="attached", timeout=60_000)
    page.wait_for_timeout(5000)
    page.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(256).save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo"))
