"""The wall of a counting night: what it counts, what it says to do, who may see and mark, and that it is pushed."""

import asyncio
import json
import shutil
import threading
import time
from datetime import UTC, date, datetime, timedelta

import pytest
import uvicorn
from starlette.testclient import TestClient

from bad_line import bad_line
from browser import page_in_browser
from jangkau.grades import WORKING_STAGES
from jangkau.records import Link, Mark, Place, new_id
from jangkau.store.accounts import make_account
from jangkau.store.audit import Act
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.keep import verify
from jangkau.uptime import Check
from jangkau.web.app import create_app

from .conftest import NOW, PASSWORD, TODAY, Caller, Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def region(graded_folder, tmp_path):
    folder = tmp_path / "contoh"
    shutil.copytree(graded_folder, folder)
    return RegionFolder.open(folder)


@pytest.fixture
def app(region, clock):
    with region.store(NOW) as store:
        for name, role in (("ani", "admin"), ("pak bupati", "viewer")):
            make_account(store, name, role, PASSWORD, Act("test", "account", NOW), first=name == "ani")
    return create_app(region, clock, workers=1)


@pytest.fixture
def client(app):
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def stations(wall, *states):
    return [s for s in wall["stations"] if s["state"] in states]


def noted(caller, clock, code, state, **more):
    clock.move(minutes=5)
    body = {"id": new_id(clock()), "place_code": code, "state": state} | more
    return caller.post("/wall/marks", body), body


def test_every_station_is_counted_once_and_marks_move_it(client, clock):
    ani = Caller(client, "ani")
    wall = ani.get("/wall").json()
    assert wall["total"] == len(wall["stations"]) == sum(d["total"] for d in wall["districts"]) > 10
    assert wall["arrivals"] == []
    one, two, three = (s["code"] for s in wall["stations"][:3])
    said, body = noted(ani, clock, one, "sent")
    assert said.status_code == 201
    assert ani.post("/wall/marks", body).json() == said.json()
    noted(ani, clock, two, "moved", send_place_code=three)
    noted(ani, clock, three, "by_radio")
    wall = ani.get("/wall").json()
    found = {s["code"]: s for s in wall["stations"]}
    assert [found[c]["state"] for c in (one, two, three)] == ["sent", "moved", "by_radio"]
    assert found[two]["send_place_code"] == three
    assert [a["count"] for a in wall["arrivals"]] == [1, 2]
    noted(ani, clock, one, "waiting")
    wall = ani.get("/wall").json()
    assert {s["code"]: s["state"] for s in wall["stations"]}[one] in ("waiting", "no_contact")
    assert [a["count"] for a in wall["arrivals"]] == [1, 2, 1]
    assert ani.get("/wall?night=2024-12-02").json()["arrivals"] == []


def test_every_mark_is_in_the_audit_trail(client, clock, region):
    ani = Caller(client, "ani")
    code = ani.get("/wall").json()["stations"][0]["code"]
    noted(ani, clock, code, "sent")
    noted(ani, clock, code, "waiting")
    with region.store(NOW) as store:
        marks = store.read(Mark)
    assert [(m.state, m.by) for m in marks] == [("sent", "ani"), ("waiting", "ani")]
    assert verify(region, Circumstances(TODAY, clock), None).troubles == []


def test_a_cut_fibre_is_the_first_thing_to_do_and_says_whom_to_call(client, clock, region):
    ani = Caller(client, "ani")
    before = ani.get("/wall").json()
    with region.store(NOW) as store:
        links = store.read(Link)
        places = {p.code: p for p in store.read(Place)}
    by_district = {}
    for link in (one for one in links if one.stage in WORKING_STAGES):
        by_district.setdefault(places[link.place_code].village_code[:8], []).append(link)
    own = max(by_district.values(), key=len)
    checks = region.checks()
    checks.begin([(link.code, "down", NOW - timedelta(minutes=42)) for link in own])
    checks.say_alive(NOW)
    checks.close()
    wall = ani.get("/wall").json()
    (district,) = [d for d in wall["districts"] if d["links"]["down"]]
    assert district["links"]["down"] == len(own)
    assert district["down_since"]
    assert wall["todo"][0]["stations"] > 0
    assert any(t["call"] for t in wall["todo"])
    assert len(wall["todo"]) <= 5
    assert before["districts"] != wall["districts"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"place_code": "nowhere", "state": "sent"}, 404, "wall.unknown_place"),
        ({"state": "moved"}, 422, "wall.moved_where"),
        ({"place_code": "99.01.01.1001-KD", "state": "sent"}, 422, "wall.no_station"),
        ({"state": "lost"}, 422, None),
    ],
)
def test_marks_that_mean_nothing_are_refused(client, clock, body, status, code):
    ani = Caller(client, "ani")
    station = ani.get("/wall").json()["stations"][0]["code"]
    said = ani.post("/wall/marks", {"id": new_id(NOW), "place_code": station} | body)
    assert said.status_code == status
    assert code is None or said.json()["code"] == code


def test_who_needs_no_list_sees_numbers_only(client, clock):
    seen = Caller(client, "pak bupati")
    wall = seen.get("/wall").json()
    assert wall["total"] > 0
    assert (wall["listed"], wall["stations"]) == (False, [])
    assert Caller(client, "ani").get("/wall").json()["todo"]  # villages whose stations nobody can reach
    assert [t["what"] for t in wall["todo"]] == ["Nobody watches the links: start jangkau watch"]
    said = seen.post("/wall/marks", {"id": new_id(NOW), "place_code": "x", "state": "sent"})
    assert said.status_code == 403
    assert client.get("/api/v1/wall").status_code == 401


def test_the_night_goes_on_after_midnight(client, clock):
    ani = Caller(client, "ani")
    clock.now = NOW.replace(hour=15, minute=30)  # 23:30 by the region's clock
    one, two = (s["code"] for s in ani.get("/wall").json()["stations"][:2])
    noted(ani, clock, one, "sent")
    clock.move(hours=3)
    noted(ani, clock, two, "sent")
    wall = ani.get("/wall").json()
    assert wall["night"] == TODAY.isoformat()
    assert [a["count"] for a in wall["arrivals"]] == [1, 2]
    clock.move(hours=10)
    assert ani.get("/wall").json()["night"] == (TODAY + timedelta(days=1)).isoformat()


def test_a_restarted_server_says_the_same(client, clock, region):
    ani = Caller(client, "ani")
    codes = [s["code"] for s in ani.get("/wall").json()["stations"][:4]]
    for code in codes:
        noted(ani, clock, code, "sent")
    before = ani.get("/wall").json()
    with TestClient(create_app(region, clock, workers=1)) as again:
        assert Caller(again, "ani").get("/wall").json() == before


def test_the_wall_is_pushed_when_it_changes(client, clock, app):
    ani = Caller(client, "ani")
    code = ani.get("/wall").json()["stations"][0]["code"]
    heard = []

    def listen():
        with client.stream("GET", "/api/v1/wall/events", cookies=ani.cookies) as stream:
            for line in stream.iter_lines():
                if line.startswith("data: {"):
                    heard.append(json.loads(line[6:]))

    # The test client gives an answer only when it has ended: the server is stopped after the second change.
    thread = threading.Thread(target=listen)
    thread.start()
    threading.Event().wait(1.0)
    noted(ani, clock, code, "sent")
    threading.Event().wait(4.0)
    app.state.desk.stop()
    thread.join(30)
    assert [len(h["arrivals"]) for h in heard] == [0, 1]
    assert date.fromisoformat(heard[0]["night"]) == TODAY


def test_however_many_look_the_server_looks_once(client, clock, app):
    Caller(client, "ani")
    sights = app.state.sights

    async def together():
        async def one(language, listed):
            return await sights.text(app.state.desk, TODAY, language, listed=listed)

        asked = [("id", True), ("en", True), ("id", False)] * 20
        return await asyncio.gather(*(one(*how) for how in asked))

    texts = asyncio.run(together())
    assert sights.looks == 1
    assert len(set(texts)) == 3


def test_the_page_tells_a_dead_watch_and_a_dead_line(graded_folder, tmp_path, clock):
    folder = tmp_path / "contoh"
    shutil.copytree(graded_folder, folder)
    region = RegionFolder.open(folder)
    with region.store(NOW) as store:
        make_account(store, "ani", "admin", PASSWORD, Act("test", "account", NOW), first=True)
    checks = region.checks()
    checks.say_alive(NOW)
    server = uvicorn.Server(uvicorn.Config(create_app(region, clock, workers=1), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    upstream = server.servers[0].sockets[0].getsockname()[1]
    with bad_line(upstream) as line, page_in_browser() as (page, _):
        page.goto(f"http://127.0.0.1:{line.port}/wall")
        page.fill("input[name=name]", "ani")
        page.fill("input[name=password]", PASSWORD)
        page.click("button.main")
        page.wait_for_selector("main.wall table")
        assert page.inner_text(".unwatched") == ""
        page.locator("tbody tr").first.get_by_role("button").click()
        page.locator(".chips button").first.click()  # one touch for the station,
        page.locator(".marking button").first.click()  # one for what became of it
        page.locator("tbody tr").first.locator("td.sent").wait_for(timeout=10_000)
        with region.store(NOW) as store:
            assert [(m.state, m.by) for m in store.read(Mark)] == [("sent", "ani")]
        page.set_viewport_size({"width": 1920, "height": 1080})
        assert page.evaluate("document.documentElement.scrollWidth <= 1920")
        assert page.evaluate(
            "document.querySelector('.wall table').getBoundingClientRect().right"
            " <= document.querySelector('.wall aside').getBoundingClientRect().left"
        )
        clock.move(minutes=12)
        page.locator(".unwatched", has_text="12 mnt").wait_for(timeout=20_000)
        line.silent = True  # nothing comes any more, and nobody says so
        page.clock.set_fixed_time(datetime.now(UTC) + timedelta(minutes=1))
        page.locator(".age", has_text="Tidak ada hubungan ke server").wait_for(timeout=20_000)
        line.silent = False
        server.should_exit = True
    thread.join()
    checks.close()


def test_a_planner_sees_the_smoke_of_a_link(client, region):
    ani = Caller(client, "ani")
    with region.store(NOW) as store:
        link = store.read(Link)[0]
    empty = ani.get(f"/links/{link.code}/smoke.svg")
    assert (empty.status_code, empty.headers["content-type"]) == (200, "image/svg+xml")
    assert "no checks in this time" in empty.text
    checks = region.checks()
    old = [Check(NOW - timedelta(days=2, minutes=k), "tcp", True, 40.0 + k, 0.0) for k in range(60)]
    new = [Check(NOW - timedelta(minutes=k), "tcp", False, None, 100.0) for k in range(20)]
    checks.keep([(link.code, one) for one in old])
    checks.roll_up(NOW, 14)
    checks.keep([(link.code, one) for one in new])
    checks.close()
    chart = ani.get(f"/links/{link.code}/smoke.svg?days=3").text
    assert "no checks" not in chart
    assert chart.count("<title>100 %</title>") == 1  # an hour that is not rolled up yet
    assert "watch-v1" in chart
    assert ani.get("/links/nowhere/smoke.svg").status_code == 404
    assert ani.get(f"/links/{link.code}/smoke.svg?days=61").status_code == 422
    assert client.get(f"/api/v1/links/{link.code}/smoke.svg").status_code == 401
