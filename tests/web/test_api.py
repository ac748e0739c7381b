"""The API: who may come in and what they may do, what it answers, and that the loop closes by evidence alone."""

import json
from datetime import UTC, date, datetime

import openpyxl
import pytest
from starlette.testclient import TestClient

from jangkau.records import Link, Probe, new_id

from .conftest import NOW


def codes(answer):
    return [item["code"] for item in answer.json()["items"]]


@pytest.mark.parametrize(
    "path",
    [
        "/region", "/areas", "/places", "/board", "/geo/villages", "/measurements/0/0/0", "/layers", "/remedies",
        "/why?longitude=117&latitude=1", "/accounts", "/audit", "/stakeholders",
    ],
)  # fmt: skip
def test_strangers_are_told_to_log_in(server, admin, path):
    answer = server.get(f"/api/v1{path}", headers={"Accept-Language": "en"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith("Please log in")
    assert set(answer.json()["sentences"]) == {"id", "en"}


def test_tiles_are_for_those_who_are_logged_in(server, admin, app):
    tiles = app.state.desk.region.path / "tiles"
    tiles.mkdir(exist_ok=True)
    (tiles / "a.pmtiles").write_bytes(b"0123456789")
    assert server.get("/tiles/a.pmtiles").status_code == 401
    cookie = {"Cookie": "; ".join(f"{k}={v}" for k, v in admin.cookies.items())}
    part = server.get("/tiles/a.pmtiles", headers={**cookie, "Range": "bytes=2-4"})
    assert (part.status_code, part.content) == (206, b"234")
    for name in ("..%2fjangkau.db", "../jangkau.toml", "b.pmtiles", ".pmtiles"):
        assert server.get(f"/tiles/{name}", headers=cookie).status_code in (404, 422)


def test_the_first_account_needs_the_code_of_the_terminal_and_is_the_only_first(server, admin, app):
    body = {"token": "guess", "name": "eve", "password": "a long password"}
    assert server.post("/api/v1/setup", json=body).json()["code"] == "problem.wrong_token"
    again = server.post("/api/v1/setup", json=body | {"token": app.state.setup_token})
    assert again.json()["code"] == "account.not_first"


def test_a_change_needs_the_token_of_the_page(admin, born):
    body = {"id": born(), "code": "pln", "name": "PLN", "kind": "power"}
    refused = admin.post("/stakeholders", body, headers={"X-CSRF-Token": "forged"})
    assert (refused.status_code, refused.json()["code"]) == (403, "problem.forged")
    assert "pln" not in codes(admin.get("/stakeholders"))


def test_the_cookie_is_out_of_reach_of_scripts_and_other_pages(server, admin):
    answer = server.post("/api/v1/session", json={"name": "ani", "password": "hutan hujan tropis"})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    server.cookies.clear()


def test_guessing_passwords_becomes_slow_and_later_possible_again(server, admin, clock):
    wrong = {"name": "nobody", "password": "x"}
    answers = [server.post("/api/v1/session", json=wrong) for _ in range(7)]
    assert [a.status_code for a in answers] == [401] * 5 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) > 200
    clock.move(minutes=6)
    assert server.post("/api/v1/session", json=wrong).status_code == 401
    clock.move(minutes=6)


def test_headers_are_strict_and_nothing_comes_from_outside(server):
    answer = server.get("/api/v1/session")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_unchanged_answer_is_not_sent_again(admin):
    first = admin.get("/areas")
    again = admin.get("/areas", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_places_come_in_pages_each_once_worst_first(admin):
    found, cursor = [], ""
    for _ in range(100):
        page = admin.get(f"/places?limit=7&cursor={cursor}").json()
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    everything = admin.get("/places?limit=500").json()["items"]
    assert [p["code"] for p in found] == [p["code"] for p in everything]
    assert len({p["code"] for p in found}) == len(found) > 20
    order = ["none", "partial", "weak", "unknown", "served"]
    ranks = [order.index(p["value"]) for p in found]
    assert ranks == sorted(ranks)
    assert admin.get("/places?cursor=%00bad").status_code == 400


def test_remote_villages_come_first_among_equals(admin):
    items = admin.get("/places?limit=500").json()["items"]
    assert any(item["remote"] for item in items)
    for value in {item["value"] for item in items}:
        remote = [bool(item["remote"]) for item in items if item["value"] == value]
        assert remote == sorted(remote, reverse=True)


def test_filters_leave_what_fits(admin):
    districts = codes(admin.get("/areas?level=district"))
    inside = admin.get(f"/areas?district={districts[0]}").json()["items"]
    assert inside
    assert {a["district_code"] for a in inside} == {districts[0]}
    for value in ("served", "unknown", "none", "partial"):
        assert all(a["value"] == value for a in admin.get(f"/areas?value={value}").json()["items"])
    remote = admin.get("/areas?remote=true").json()["items"]
    assert all(a["remote"] for a in remote)


def test_an_area_counts_all_its_people(admin):
    for area in admin.get("/areas").json()["items"]:
        parts = sum(area[name] for name in ("served", "weak", "none", "unknown"))
        assert parts == pytest.approx(area["denominator"])


def test_why_explains_a_point_with_profile_and_rule(admin):
    place = admin.get("/places?kind=settlement").json()["items"][0]
    said = admin.get(f"/why?longitude={place['longitude']}&latitude={place['latitude']}").json()
    assert said["village_code"] == place["village_code"]
    first = said["operators"][0]
    assert first["rule"] == "signal-v1"
    assert first["sentence"]
    profile = first["path"]["profile"]
    assert len({len(values) for values in profile.values()}) == 1
    assert any(t["name"] == "free_space_db" and t["unit"] == "dB" for t in first["path"]["terms"])
    assert admin.get("/why?longitude=500&latitude=0").status_code == 422


def test_outside_everything_the_answer_is_unknown(admin):
    said = admin.get("/why?longitude=10&latitude=50").json()
    assert {o["value"] for o in said["operators"]} == {"unknown"}


@pytest.mark.parametrize("layer", ["districts", "villages", "places", "sites", "links", "gaps", "claims"])
def test_layers_are_geojson(admin, layer):
    said = admin.get(f"/geo/{layer}").json()
    assert said["type"] == "FeatureCollection"
    assert all(f["geometry"] for f in said["features"])


def test_a_new_site_says_whom_it_would_serve(admin):
    region = admin.get("/region").json()
    west, south, east, north = region["bounds"]
    body = {"longitude": (west + east) / 2, "latitude": (south + north) / 2, "operator": region["operators"][0]}
    said = admin.post("/whatif", body | {"height_agl_m": 60}).json()
    assert said["people_closed"] == sum(c["population"] or 0 for c in said["closes"] if c["after"] == "served")
    image = admin.get(said["image"].removeprefix("/api/v1"))
    assert image.content.startswith(b"\x89PNG")
    far = admin.post("/whatif", body | {"longitude": 10.0, "latitude": 50.0})
    assert far.status_code == 422
    assert admin.post("/whatif", body | {"operator": "Nobody"}).json()["code"] == "problem.no_such_operator"


@pytest.fixture(scope="module")
def dark(admin):
    """A settlement without signal of anybody."""
    return admin.get("/places?kind=settlement&quantity=signal").json()["items"][0]


def test_the_loop_closes_by_a_passing_test_alone(admin, dark, born, clock):
    admin.post("/stakeholders", {"id": born(), "code": "op", "name": "Operator", "kind": "operator"})
    proposed = {"id": born(), "place_code": dark["code"], "kind": "new_site", "note": "the hill"}
    remedy = admin.post("/remedies", proposed).json()
    assert admin.post("/remedies", proposed).json()["code"] == remedy["code"]  # sent twice, kept once
    assert len([r for r in admin.get("/remedies").json()["items"] if r["place_code"] == dark["code"]]) == 1
    assert remedy["stage"] == "open"
    move = f"/remedies/{remedy['code']}/state"
    assert admin.post(move, {"id": born(), "state": "chosen"}).json()["stage"] == "planned"
    asked = {"id": born(), "remedy_code": remedy["code"], "stakeholder_code": "op", "name": "a site"}
    assert admin.post("/requests", asked).json()["stage"] == "asked"
    assert [s["code"] for s in admin.get("/board").json()["stakeholders"]] == ["op"]
    task = {"id": born(), "remedy_code": remedy["code"], "name": "build", "due": "2024-11-20"}
    work = admin.post("/tasks", task).json()["tasks"][0]
    clock.move(days=1)
    done = admin.post(f"/tasks/{work['code']}/state", {"id": born(), "state": "done"}).json()
    assert done["stage"] == "testing"  # a promise closes nothing
    (test,) = [t for t in done["tasks"] if t["kind"] == "test"]
    assert test["state"] == "open"
    by_hand = admin.post(f"/tasks/{test['code']}/state", {"id": born(), "state": "done"})
    assert (by_hand.status_code, by_hand.json()["code"]) == (409, "act.tests_close_by_evidence")
    place = admin.get(f"/places/{dark['code']}").json()
    assert next(g for g in place["grades"] if g["operator"] == "any")["value"] != "served"

    visit = {"place_code": dark["code"], "operator": admin.get("/region").json()["operators"][0]}
    visit |= {"time": clock().isoformat(), "technology": "4G"}
    admin.post("/visits", visit | {"id": born(), "service": "none"})
    (failed,) = admin.get(f"/places/{dark['code']}").json()["remedies"]
    assert failed["stage"] == "testing"
    assert "not passed" in failed["sentence"]
    clock.move(days=1)
    visit |= {"time": clock().isoformat(), "service": "ok", "rsrp_dbm": -90.0}
    now = admin.post("/visits", visit | {"id": born()}).json()["place"]
    assert (now["value"], now["evidence"]) == ("served", "tested")
    (closed,) = admin.get(f"/places/{dark['code']}").json()["remedies"]
    assert closed["stage"] == "closed"
    assert closed["closed"]["on"] == "2024-11-13"
    assert next(t for t in closed["tasks"] if t["kind"] == "test")["state"] == "done"
    said = [step["what"] for step in closed["steps"]]
    assert len(said) >= 6
    assert all(step["who"] or step is closed["steps"][-1] for step in closed["steps"])
    clock.move(days=-2)


def test_a_move_that_is_sent_twice_is_one_step(admin, dark, born):
    remedy = admin.post("/remedies", {"id": born(), "place_code": dark["code"], "kind": "repeater"}).json()
    path, choose = f"/remedies/{remedy['code']}/state", {"id": born(), "state": "chosen"}
    admin.post(path, choose)
    admin.post(path, {"id": born(), "state": "dropped"})
    late = admin.post(path, choose).json()  # the phone of somebody sends again what has long arrived
    assert late["state"] == "dropped"


def test_viewers_read_and_do_not_write(caller, dark, born):
    viewer = caller("viewer")
    visit = {"id": born(), "place_code": dark["code"], "operator": "x", "service": "ok", "time": "2024-11-11T00:00:00Z"}
    assert viewer.get("/areas").status_code == 200
    for path, body in (
        ("/remedies", {"id": born(), "place_code": dark["code"], "kind": "other"}),
        ("/visits", visit),
        ("/accounts", {"name": "eve", "role": "admin", "password": "a long password"}),
    ):
        assert viewer.post(path, body).status_code == 403
    assert viewer.get("/audit").status_code == 403


def test_stations_that_cannot_send_are_for_those_who_need_them(caller):
    for role, status in (("viewer", 403), ("operator", 403), ("officer", 200), ("planner", 200)):
        assert caller(role).get("/places?quantity=send").status_code == status
        assert caller(role).get("/geo/places?quantity=send").status_code == status
    village = caller("viewer").get("/areas").json()["items"][0]["code"]
    assert all(p["quantity"] != "send" for p in caller("viewer").get(f"/villages/{village}").json()["places"])


def test_an_operators_people_see_their_own_rows(caller, admin):
    own = admin.get("/region").json()["operators"][0]
    operator = caller("operator")
    assert operator.get("/region").json()["operators"] == [own]
    assert {a["operator"] for a in operator.get("/areas?operator=any").json()["items"]} == {own}
    point = operator.get("/places").json()["items"][0]
    said = operator.get(f"/why?longitude={point['longitude']}&latitude={point['latitude']}").json()
    assert [o["operator"] for o in said["operators"]] == [own]


def test_a_disabled_account_is_out_at_once_and_the_last_admin_stays(caller, admin, server):
    device = caller("device")
    assert device.get("/areas").status_code == 200
    assert admin.post("/accounts/a device/disabled", {}).status_code == 204
    assert device.get("/areas").status_code == 401
    assert admin.post("/accounts/ani/disabled", {}).json()["code"] == "account.last_admin"


def test_who_logs_out_is_out(log_in):
    somebody = log_in()
    assert somebody.delete("/session").status_code == 204
    assert somebody.get("/areas").status_code == 401


def test_every_change_is_in_the_trail_without_secrets(admin):
    trail = admin.get("/audit").json()["items"]
    assert {"set up", "make account", "log in", "propose"} <= {entry["action"] for entry in trail}
    assert "hutan" not in json.dumps(trail)
    assert "argon2" not in json.dumps(trail)


def test_health_and_metrics(server):
    assert server.get("/healthz").json()["status"] == "ok"
    metrics = server.get("/metrics").text
    assert 'jangkau_request_seconds_bucket{le="0.1",route="/areas"}' in metrics


def test_metrics_are_for_this_machine(app):
    client = TestClient(app, client=("192.0.2.7", 5000), raise_server_exceptions=False)
    assert client.get("/metrics").status_code == 403


def test_a_fault_of_ours_is_said_kindly_and_tells_nothing(app, server, admin, monkeypatch):
    monkeypatch.setattr(app.state.desk, "picture", lambda: 1 / 0)
    answer = admin.get("/areas")
    assert (answer.status_code, answer.json()["code"]) == (500, "problem.unexpected")
    assert "ZeroDivision" not in answer.text


def test_a_body_that_is_too_large_is_not_read(server):
    assert server.post("/api/v1/session", content=b"x" * 2_000_000).status_code == 413
    unending = (b"x" * 1000 for _ in range(2000))
    assert server.post("/api/v1/session", content=unending).status_code == 411


def test_a_change_of_rate_is_shown_with_the_tests_before_and_after_it(admin, app):
    place = admin.get("/places?limit=1").json()["items"][0]["code"]
    row = {"recorded_at": NOW, "code": "RC-1", "place_code": place, "medium": "fibre", "stage": "tested"}
    rows = [
        Link(id=new_id(NOW), **row, download_mbps=10.0, upload_mbps=5.0),
        Link(id=new_id(NOW), **row, download_mbps=50.0, upload_mbps=20.0, valid_from=date(2024, 11, 1)),
        Link(id=new_id(NOW), **row, download_mbps=99.0, upload_mbps=99.0, valid_from=date(2025, 1, 1)),
    ]
    tested = datetime(2024, 10, 30, tzinfo=UTC)
    probe = {"recorded_at": NOW, "link_code": "RC-1", "method": "agent", "up": True}
    app.state.desk.store.add([*rows, Probe(id=new_id(NOW), time=tested, download_mbps=8.0, **probe)])
    (change,) = admin.get(f"/places/{place}").json()["rate_changes"]
    assert (change["on"], change["before"]["download_mbps"], change["after"]["download_mbps"]) == ("2024-11-01", 10, 50)
    assert (change["tested_before"]["download_mbps"], change["tested_after"]) == (8.0, None)


def test_planners_take_the_register_away_as_a_workbook(admin, caller, tmp_path):
    answer = admin.get("/register.xlsx")
    (tmp_path / "register.xlsx").write_bytes(answer.content)
    assert "places" in openpyxl.load_workbook(tmp_path / "register.xlsx", read_only=True).sheetnames
    assert caller("viewer").get("/register.xlsx").status_code == 403
