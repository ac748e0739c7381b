"""Points to test at the desk: the list, the layer of the map, and who may see them."""

import shutil
import threading
import time

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe

from browser import page_in_browser
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.survey import survey
from jangkau.web.app import create_app

from .conftest import NOW, PASSWORD, TODAY


@pytest.fixture(scope="module")
def surveyed(graded_folder, tmp_path_factory):
    room = tmp_path_factory.mktemp("surveyed")
    shutil.copytree(graded_folder, room / "contoh")
    teams = room / "teams.csv"
    teams.write_text("team,start,days,hours,speed_kmh\nTim 1,99.01.01,1,8,25\nTim 2,99.01.02,1,6,20\n", "utf-8")
    region = RegionFolder.open(room / "contoh")
    return region, survey(region, teams, None, Circumstances(TODAY, lambda: NOW, workers=1)).plan


def test_without_a_survey_the_list_says_how_to_make_one(admin):
    said = admin.get("/survey").json()
    assert said["days"] == []
    assert "jangkau survey" in said["sentences"][0]


def test_points_to_test_are_for_those_who_test_or_plan(caller):
    assert caller("officer").get("/survey").status_code == 200
    assert caller("viewer").get("/survey").status_code == 403
    assert caller("operator").get("/survey").status_code == 403


def test_the_map_shows_every_stop_and_the_list_says_why(surveyed):
    region, plan = surveyed
    app = create_app(region, lambda: NOW, as_of=TODAY, workers=1)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        with page_in_browser() as (page, complaints):
            walk(page, f"{address}/?level=test#setup={app.state.setup_token}", plan)
            assert complaints == []
    finally:
        server.should_exit = True
        thread.join()


def walk(page, address, plan):
    page.set_viewport_size({"width": 1440, "height": 900})
    page.set_default_timeout(60_000)
    page.goto(address)
    page.fill("input[name=name]", "ani")
    page.fill("input[name=password]", PASSWORD)
    page.click("button.main")
    page.wait_for_selector(".row .order")
    stops = [stop for day in plan["days"] for stop in day["stops"]]
    rows = page.locator(".row")
    assert rows.count() == len(stops)
    first = rows.first.inner_text()
    assert stops[0]["name"] in first
    assert stops[0]["arrives"][11:16] in first
    assert rows.first.locator(".reason").inner_text() != ""
    page.wait_for_selector("#map[data-ready=full]", state="attached")
    assert page.locator(".layers input").nth(2).is_checked()
    page.wait_for_load_state("networkidle")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found] == []
    rows.first.click()
    page.wait_for_selector("#inspector h2")
    assert stops[0]["name"] in page.locator("#inspector h2").inner_text()
