"""What phones send: let in by a code, kept once, whatever happens on the way; what is lacking and what is safe."""

import dataclasses
import hashlib
import io
import json
import shutil
import tracemalloc
import zipfile
from datetime import timedelta

import pytest
from PIL import Image
from starlette.testclient import TestClient

from jangkau.errors import FormatError
from jangkau.records import Attachment, Measurement, Place, Sheet, Visit, new_id
from jangkau.store import media
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.bundles import bring_in
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.keep import backup, restore, verify
from jangkau.web.app import create_app

from .conftest import TODAY, Caller

TOKEN = "t" * 43


class Phone:
    """A phone that is let in, as the page would be."""

    def __init__(self, client, admin, clock, token=TOKEN):
        invited = admin.post("/field/invitations", {"account": "ani"})
        assert invited.status_code == 201, invited.text
        self.client, self.clock, self.token = client, clock, token
        self.said = invited.json()
        body = {"code": self.said["code"], "token": token, "name": "Contoh A1"}
        self.enrolled = client.post("/api/v1/field/enrolment", json=body)
        assert self.enrolled.status_code == 201, self.enrolled.text
        self.code = self.enrolled.json()["device"]

    def call(self, method, path, **given):
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"} | given.pop("headers", {})
        return self.client.request(method, f"/api/v1/field{path}", headers=headers, **given)

    def send(self, *bodies, offset_s=0.0):
        sheets = [{"body": body, "offset_s": offset_s} for body in bodies]
        return self.call("POST", "/sheets", json={"sheets": sheets}).json()["items"]

    def standing(self, *ids):
        return self.call("POST", "/standing", json={"sheets": list(ids)}).json()


def body_of(place, now, **more):
    said = {
        "form": "sheet-1",
        "id": new_id(now),
        "place_code": place.code,
        "phone_time": now.isoformat(),
        "tester": "ani",
        "environment": "outdoor",
        "position": {"longitude": place.longitude, "latitude": place.latitude, "accuracy_m": 8.0},
        "results": [{"operator": "Seluler A", "service": "ok", "technology": "4G", "rsrp_dbm": -90.0}],
    }
    return json.dumps(said | more)


def id_of(body):
    return json.loads(body)["id"]


def jpeg(colour=(90, 120, 60), exif=False):
    out = io.BytesIO()
    data = Image.Exif()
    data[0x010F] = "maker"
    Image.new("RGB", (320, 240), colour).save(out, "JPEG", **({"exif": data} if exif else {}))
    return out.getvalue()


def photo_named(content):
    return {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}


@pytest.fixture(scope="module")
def server(app):
    with TestClient(app, base_url="https://testserver", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def phone(server, admin, clock):
    return Phone(server, admin, clock)


@pytest.fixture(scope="module")
def store(app):
    return app.state.desk.store


@pytest.fixture(scope="module")
def operator(app):
    return app.state.desk.region.settings.operators[0].name


@pytest.fixture
def places(store):
    return [p for p in store.read(Place, as_of=TODAY) if p.kind == "polling_station" and p.longitude is not None]


def test_without_https_nothing_is_enrolled_and_the_way_out_is_said(app, admin, server):
    with TestClient(app, base_url="http://192.168.1.10:8080", client=("192.168.1.77", 50000)) as plain:
        body = {"code": "AAAAA-BBBBB", "token": TOKEN, "name": ""}
        refused = plain.post("/api/v1/field/enrolment", json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "field.needs_https")
        assert "jangkau tls" in refused.json()["detail"]
        asked = Caller(plain, "ani").post("/field/invitations", {"account": "ani"})
        assert asked.json()["code"] == "field.needs_https"
    with TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 50000)) as own:
        answer = own.post("/api/v1/field/enrolment", json=body)
        assert answer.json()["code"] == "device.bad_code"


def test_a_code_works_once_for_minutes_and_the_same_phone_may_ask_again(server, admin, clock, phone):
    body = {"code": phone.said["code"], "token": TOKEN, "name": "Contoh A1"}
    assert server.post("/api/v1/field/enrolment", json=body).json()["device"] == phone.code
    other = server.post("/api/v1/field/enrolment", json=body | {"token": "u" * 43})
    assert (other.status_code, other.json()["code"]) == (403, "device.used_code")
    late = admin.post("/field/invitations", {"account": "ani"}).json()
    clock.move(minutes=16)
    old = server.post("/api/v1/field/enrolment", json=body | {"code": late["code"], "token": "v" * 43})
    assert old.json()["code"] == "device.old_code"
    assert late["picture"].startswith("data:image/svg+xml")
    assert admin.post("/field/invitations", {"account": "nobody"}).json()["code"] == "device.no_tester"


def test_only_planners_let_phones_in(caller):
    assert caller("officer").post("/field/invitations", {"account": "ani"}).status_code == 403
    assert caller("viewer").get("/field/devices").status_code == 403


def test_tokens_are_kept_as_digests_only(app, phone):
    assert TOKEN.encode() not in (app.state.desk.region.path / "jangkau.db").read_bytes()


def test_the_pack_holds_points_with_reasons_places_and_outlines(phone, places):
    pack = phone.call("GET", "/pack").json()
    assert {p.code for p in places} <= {row[0] for row in pack["places"]}
    first = pack["points"][0]
    assert first["group"] < 20, "stations come first"
    assert set(first["why"]) == {"id", "en"}
    assert first["why"]["en"].startswith(("Last tested on", "Never tested"))
    assert len(pack["outlines"]) >= 8
    assert pack["operators"]
    assert len(json.dumps(pack)) < 300_000


def test_what_a_survey_plans_stands_before_what_was_never_tested(phone, app, places, clock):
    run = app.state.desk.region.path / "runs" / "20241111-survey-0"
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({"as_of": "2024-11-11"}))
    why = {"code": "value.none", "parameters": {}}
    stops = [{"place_code": p.code, "why": why} for p in (places[-1], places[-2])]
    days = [{"team": "Tim 1", "date": d, "stops": stops[n:]} for d, n in (("2024-11-10", 0), ("2024-11-12", 1))]
    (run / "survey.json").write_text(json.dumps({"days": days}))
    pack = phone.call("GET", "/pack").json()
    shutil.rmtree(run)
    assert [(p["code"], p["group"]) for p in pack["points"] if p["group"] < 10] == [(places[-2].code, 1)]
    assert pack["points"][0]["why"]["en"].startswith("Survey plan of Tim 1, 2024-11-12:")


def test_a_sheet_is_kept_once_with_a_visit_an_operator(phone, places, clock, store, operator):
    body = body_of(
        places[0], clock(), results=[{"operator": operator, "service": "ok"}, {"operator": "B", "service": "none"}]
    )
    before = store.count(Visit)
    first, again = phone.send(body)[0], phone.send(body, body)
    assert first["kept"]
    assert first["sha256"] == hashlib.sha256(body.encode()).hexdigest()
    clock.move(seconds=1)
    assert [a["received_at"] for a in again] == [first["received_at"]] * 2
    assert store.count(Visit) == before + 2
    (sheet,) = store.read(Sheet, where={"id": id_of(body)})
    assert sheet.body == body
    altered = phone.send(body.replace("ani", "budi"))[0]
    assert not altered["kept"]
    assert altered["refused"]["code"] == "field.other_words"


def test_a_sheet_that_cannot_be_used_holds_up_no_other(phone, places, clock):
    good, lost = body_of(places[0], clock()), body_of(dataclasses.replace(places[0], code="nowhere"), clock())
    answers = phone.send("{}", lost, good)
    assert [a["kept"] for a in answers] == [False, False, True]
    assert [a["refused"]["code"] for a in answers[:2]] == ["field.bad_sheet", "field.unknown_place"]
    assert set(answers[1]["refused"]["sentences"]) == {"id", "en"}


def test_two_phones_at_one_place_are_both_kept(server, admin, phone, places, clock, store, operator):
    other = Phone(server, admin, clock, "w" * 43)
    said = {"results": [{"operator": operator, "service": "ok"}], "send_place": {"place_code": places[2].code}}
    one, two = body_of(places[1], clock(), **said), body_of(places[1], clock(), **said)
    before = store.count(Visit)
    assert phone.send(one)[0]["kept"]
    assert other.send(two)[0]["kept"]
    assert store.count(Visit) == before + 2
    assert {s.device_code for s in store.read(Sheet, where={"place_code": places[1].code})} == {phone.code, other.code}
    (now,) = store.read(Place, as_of=TODAY, where={"code": places[1].code})
    assert now.send_place_code == places[2].code


@pytest.mark.parametrize(
    ("phone_behind", "offset_s", "sure", "true"),
    [
        (timedelta(days=1), 86400.0, True, timedelta(0)),
        (timedelta(days=1), None, False, timedelta(days=-1)),
        (timedelta(days=-3), None, False, timedelta(0)),
        (timedelta(0), 5e8, False, timedelta(0)),
    ],
)
def test_the_clock_of_a_phone_is_not_trusted(phone, places, clock, store, phone_behind, offset_s, sure, true):
    shown = clock() - phone_behind
    body = body_of(places[3], clock(), phone_time=shown.isoformat())
    answer = phone.send(body, offset_s=offset_s)[0]
    (sheet,) = store.read(Sheet, where={"id": id_of(body)})
    assert sheet.phone_time == shown
    assert (sheet.time, sheet.time_sure) == (clock() + true, sure)
    assert ("field.rule.clock" in [b["code"] for b in answer["counts_less"]]) is not sure


@pytest.mark.parametrize("cut", [0, 1, 700])
def test_a_photo_comes_in_parts_and_is_there_when_its_bytes_are(phone, places, clock, app, store, cut):
    content = jpeg((cut % 255, 1, 2))
    named = photo_named(content)
    body = body_of(places[0], clock(), photos=[named])
    path = f"/photos/{named['sha256']}?sheet={id_of(body)}&offset="
    early = phone.call("PUT", path + "0", content=content)
    assert (early.status_code, early.json()["code"]) == (409, "field.record_first")
    phone.send(body)
    assert phone.standing(id_of(body))["lacking_photos"] == [{"sheet": id_of(body), "sha256": named["sha256"]}]
    phone.call("PUT", path + "0", content=content[:cut])
    there = phone.call("GET", f"/photos/{named['sha256']}").json()["bytes"]
    assert there == cut
    assert phone.call("PUT", path + str(cut + 1), content=b"x").json()["code"] == "field.hole"
    for _ in range(2):
        answer = phone.call("PUT", path + str(there), content=content[there:]).json()
        assert answer == {"bytes": len(content), "complete": True}
        there = len(content)
    assert phone.standing(id_of(body))["lacking_photos"] == []
    (kept,) = store.read(Attachment, where={"sha256": named["sha256"]})
    assert (app.state.desk.region.path / kept.stored_path).read_bytes() == content


def test_photos_wait_where_the_disk_is_nearly_full_and_tests_still_come_in(phone, places, clock, monkeypatch):
    content = jpeg((7, 7, 9))
    body = body_of(places[0], clock(), photos=[photo_named(content)])
    monkeypatch.setattr(media, "RESERVE", 1 << 60)
    assert phone.send(body)[0]["kept"]
    path = f"/photos/{photo_named(content)['sha256']}?sheet={id_of(body)}&offset=0"
    refused = phone.call("PUT", path, content=content)
    assert (refused.status_code, refused.json()["code"]) == (507, "field.no_room")
    assert phone.standing(id_of(body))["lacking_photos"]
    monkeypatch.setattr(media, "RESERVE", 0)
    assert phone.call("PUT", path, content=content).json()["complete"]


def test_a_photo_that_tells_more_than_a_picture_is_not_kept(phone, places, clock, app):
    for content, code in ((jpeg(exif=True), "field.photo_tells"), (b"GIF89a" + b"0" * 99, "field.no_jpeg")):
        named = photo_named(content)
        body = body_of(places[0], clock(), photos=[named])
        phone.send(body)
        answer = phone.call("PUT", f"/photos/{named['sha256']}?sheet={id_of(body)}&offset=0", content=content)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert phone.call("GET", f"/photos/{named['sha256']}").json()["bytes"] == 0
    wrong = photo_named(b"other")
    body = body_of(places[0], clock(), photos=[wrong])
    phone.send(body)
    answer = phone.call("PUT", f"/photos/{wrong['sha256']}?sheet={id_of(body)}&offset=0", content=b"bytes")
    assert answer.json()["code"] == "field.photo_changed"


def test_a_test_that_breaks_a_rule_is_shown_with_its_reason_and_decides_nothing(phone, admin, places, clock, operator):
    place = places[4]
    before = admin.get(f"/places/{place.code}").json()
    inside = body_of(
        place, clock(), environment="indoor", on_wifi=True, results=[{"operator": operator, "service": "ok"}]
    )
    answer = phone.send(inside)[0]
    assert [b["code"] for b in answer["counts_less"]] == ["field.rule.outdoors", "field.rule.wifi"]
    after = admin.get(f"/places/{place.code}").json()
    value = {g["operator"]: g["value"] for g in before["grades"] if g["quantity"] == "signal"}
    again = {g["operator"]: g["value"] for g in after["grades"] if g["quantity"] == "signal"}
    assert again == value
    assert len(after["visits"][0]["counts_less"]) == 2
    outside = body_of(place, clock(), results=[{"operator": operator, "service": "ok", "technology": "4G"}])
    assert phone.send(outside)[0]["counts_less"] == []
    now = admin.get(f"/places/{place.code}").json()
    assert {g["operator"]: g["value"] for g in now["grades"] if g["quantity"] == "signal"}[operator] == "served"


def test_what_is_safe_lies_in_a_backup_that_was_read_back(phone, places, clock, app, tmp_path):
    content = jpeg((9, 9, 9))
    named = photo_named(content)
    with_photo, without = body_of(places[0], clock(), photos=[named]), body_of(places[0], clock())
    ids = [id_of(with_photo), id_of(without)]
    phone.send(with_photo, without)
    assert phone.standing(*ids)["safe"] == []
    work = Circumstances(TODAY, clock)
    backup(app.state.desk.region, tmp_path / "1.tar", work)
    assert phone.standing(*ids)["safe"] == [ids[1]], "a photo is still on its way"
    phone.call("PUT", f"/photos/{named['sha256']}?sheet={ids[0]}&offset=0", content=content)
    assert phone.standing(*ids)["safe"] == [ids[1]]
    backup(app.state.desk.region, tmp_path / "2.tar", work)
    assert sorted(phone.standing(*ids)["safe"]) == sorted(ids)
    assert verify(app.state.desk.region, work).troubles == []


def test_a_store_restored_from_yesterday_says_so_and_gets_back_what_it_lacks(phone, places, clock, app, tmp_path):
    work = Circumstances(TODAY, clock)
    yesterday, today = body_of(places[0], clock()), body_of(places[0], clock(), note="after the backup")
    phone.send(yesterday)
    backup(app.state.desk.region, tmp_path / "yesterday.tar", work)
    phone.send(today)
    before = phone.standing(id_of(yesterday), id_of(today))
    back = restore(tmp_path / "yesterday.tar", tmp_path / "back", work)
    with TestClient(create_app(back, clock), base_url="https://testserver") as other:
        again = Phone.__new__(Phone)
        again.client, again.token = other, TOKEN
        after = again.standing(id_of(yesterday), id_of(today))
        assert after["epoch"] != before["epoch"]
        assert after["lacking"] == [id_of(today)]
        assert again.send(today, yesterday)[0]["kept"]
        assert again.standing(id_of(yesterday), id_of(today))["lacking"] == []
    assert verify(RegionFolder.open(back.path), work).troubles == []


def bundle(file, phone, bodies, photos=()):
    sheets = [{"body": body, "offset_s": 0.0} for body in bodies]
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("sheets.json", json.dumps({"form": "field-bundle-1", "device": phone.code, "sheets": sheets}))
        for content in photos:
            archive.writestr(f"photos/{hashlib.sha256(content).hexdigest()}.jpg", content)
    return file


def test_a_phone_hands_over_its_own_bundle_alone(phone, places, clock, tmp_path, store):
    file = bundle(tmp_path / "b.zip", phone, [body_of(places[4], clock())], [])
    with zipfile.ZipFile(file) as archive:
        said = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in said.items():
            archive.writestr(name, content.replace(phone.code.encode(), b"HP-OTHER"))
    before = store.count(Sheet)
    refused = phone.call("POST", "/files?name=b.zip", content=file.read_bytes())
    assert (refused.status_code, refused.json()["code"]) == (403, "field.other_phone")
    assert store.count(Sheet) == before


@pytest.mark.parametrize("app_name", ["Network Survey", "Tower Collector"])
def test_what_logger_apps_write_goes_through_the_same_address(phone, places, clock, store, app, app_name):
    mcc, mnc = app.state.desk.region.settings.operators[0].network_codes[0].split("-")
    at = places[6]
    time = clock().strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if app_name == "Network Survey":
        rows = (
            "deviceTime,latitude,longitude,altitude,speed,accuracy,missionId,recordNumber,groupNumber,mcc,mnc,tac,eci,earfcn,"
            "pci,rsrp,rsrq,ta,servingCell,lteBandwidth,provider,signalStrength,cqi,slot,snr,deviceSerialNumber,locationAge\n"
            f"{time},{at.latitude},{at.longitude},12,1.5,4.2,m,1,7,{mcc},{mnc},1,2001,1850,55,-98,-11,2,true,,,,,1,8,ABC123,\n"
        )
    else:
        rows = (
            "mcc,mnc,lac,cell_id,psc,asu,dbm,ta,lat,lon,accuracy,speed,bearing,altitude,measured_at,net_type,"
            f"neighboring,device\n{mcc},{mnc},1,2001,55,30,-97,2,{at.latitude},{at.longitude},5,0.5,0,10,"
            f'"{time}",LTE,false,"Phone A"\n'
        )
    before = store.count(Measurement)
    said = phone.call("POST", "/files?name=log.csv", content=rows.encode()).json()
    assert (said["kind"], said["refused"]) == ("measurements", 0), said
    assert store.count(Measurement) == before + 1
    assert b"ABC123" not in b"".join(f.read_bytes() for f in (app.state.desk.region.path / "sources").iterdir())
    phone.call("POST", "/files?name=log.csv", content=rows.encode())
    assert store.count(Measurement) == before + 1


def test_one_address_takes_bundles_and_files_of_logger_apps(phone, places, clock, store, tmp_path, operator, caller):
    content = jpeg((3, 200, 3))
    bodies = [body_of(places[5], clock(), photos=[photo_named(content)]), body_of(places[5], clock())]
    file = bundle(tmp_path / "b.zip", phone, [*bodies, "{}"], [content])
    before = store.count(Sheet)
    for known in (0, 2):
        said = phone.call("POST", "/files?name=b.zip", content=file.read_bytes()).json()
        assert (said["kind"], said["new"], said["unchanged"], said["refused"]) == ("field_bundle", 2 - known, known, 1)
    phone.send(*bodies)
    assert store.count(Sheet) == before + 2
    assert phone.standing(id_of(bodies[0]))["lacking_photos"] == []
    at = f"{places[5].longitude},{places[5].latitude}"
    rows = f"time,longitude,latitude,operator,service\n{clock().isoformat()},{at},{operator},ok\n"
    said = phone.call("POST", "/files?name=measurements.csv", content=rows.encode()).json()
    assert (said["kind"], said["new"]) == ("measurements", 2)  # the file itself is a record too
    register = f"id,name,kind,longitude,latitude\nX1,X,school,{at}\n"
    refused = phone.call("POST", "/files?name=places.csv", content=register.encode())
    assert (refused.status_code, refused.json()["code"]) == (422, "field.no_evidence")
    assert caller("viewer")._call("POST", "/field/files?name=a.csv", content=rows.encode()).status_code == 403


def test_a_damaged_bundle_leaves_nothing(phone, places, clock, store, tmp_path):
    body = body_of(places[5], clock())
    content = bundle(tmp_path / "b.zip", phone, [body]).read_bytes()
    before = store.count(Sheet)
    answer = phone.call("POST", "/files?name=b.zip", content=content.replace(b"outdoor", b"outd00r"))
    assert answer.status_code == 422
    assert store.count(Sheet) == before


def test_a_bundle_that_lies_about_its_size_fills_no_memory(phone, app, store, tmp_path):
    file, most = tmp_path / "b.zip", 60_000_000
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheets.json", b" " * most)
    content = bytearray(file.read_bytes())
    size_at = content.rindex(b"PK\x01\x02") + 24
    content[size_at : size_at + 4] = (1000).to_bytes(4, "little")
    file.write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(FormatError):
            bring_in(app.state.desk.region, store, file, Circumstances(TODAY, app.state.desk.clock))
        assert tracemalloc.get_traced_memory()[1] < most / 4
    finally:
        tracemalloc.stop()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("sheets.json", json.dumps({"form": "field-bundle-1", "device": phone.code, "sheets": []}))
    assert phone.call("POST", "/files?name=b.zip", content=file.read_bytes()).status_code == 422


def test_a_photo_of_a_bundle_that_is_damaged_holds_up_no_other(phone, places, clock, tmp_path):
    good, bad = jpeg((1, 2, 200)), jpeg((200, 2, 1))
    bodies = [body_of(places[5], clock(), photos=[photo_named(content)]) for content in (bad, good)]
    content = bundle(tmp_path / "b.zip", phone, bodies, [bad, good]).read_bytes()
    said = phone.call("POST", "/files?name=b.zip", content=content.replace(bad, bad[:-1] + b"x")).json()
    assert (said["new"], said["refused"]) == (2, 1)
    assert [one["sheet"] for one in phone.standing(*map(id_of, bodies))["lacking_photos"]] == [id_of(bodies[0])]


def test_speed_is_bounded_and_counted_where_it_arrives(phone):
    assert phone.call("POST", "/speed/ping").status_code == 204
    first, second = (phone.call("POST", "/speed/down?count=50000").content for _ in range(2))
    assert len(first) == 50_000
    assert first != second
    assert phone.call("POST", "/speed/down?count=9000000").status_code == 422
    assert phone.call("POST", "/speed/up?test=12345678", content=b"x" * 5_000_000).status_code == 413
    assert phone.call("GET", "/speed/up?test=never-sent").json() == {"bytes": 0, "seconds": 0.0}


def test_a_revoked_phone_is_told_so_and_what_it_sent_stays(server, admin, places, clock, store):
    lost = Phone(server, admin, clock, "x" * 43)
    assert lost.send(body_of(places[0], clock()))[0]["kept"]
    before = store.count(Sheet)
    assert admin.post(f"/field/devices/{lost.code}/revoked", {}).json()["works"] is False
    refused = lost.call("POST", "/standing", json={"sheets": []})
    assert (refused.status_code, refused.json()["code"]) == (403, "field.revoked")
    assert server.post("/api/v1/field/standing", json={"sheets": []}).json()["code"] == "field.unknown_device"
    assert store.count(Sheet) == before
    listed = {d["code"]: d for d in admin.get("/field/devices").json()["items"]}
    assert not listed[lost.code]["works"]
    assert "token_hash" not in listed[lost.code]


def test_the_field_page_names_all_it_needs_offline(server):
    assert server.get("/field").url.path == "/field/"
    worker = server.get("/field/worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    files = json.loads(worker.text.split("const FILES = ")[1].split(";\n")[0])
    for file in files:
        assert server.get(file).status_code == 200, file
    assert {"/field/", "/field/field.css", "/field/main.js", "/api/v1/field/texts/id"} <= set(files)


def test_a_retest_stands_first_and_only_a_passing_test_by_the_rules_closes_it(phone, admin, places, clock, store, born):
    place = places[6]
    operator = admin.get("/region").json()["operators"][0]
    remedy = admin.post(
        "/remedies",
        {"id": born(), "place_code": place.code, "kind": "mobile_bts", "quantity": "signal", "operator": operator},
    ).json()
    task = {"id": born(), "remedy_code": remedy["code"], "kind": "do", "name": "Pasang BTS"}
    made = admin.post("/tasks", task).json()["tasks"][0]
    admin.post(f"/tasks/{made['code']}/state", {"id": born(), "state": "done"})
    clock.move(hours=1)

    def stage():
        return next(r for r in admin.get("/remedies").json()["items"] if r["code"] == remedy["code"])["stage"]

    first = phone.call("GET", "/pack").json()["points"][0]
    assert (first["code"], first["group"], first["why"]["en"][:8]) == (place.code, 0, "Re-test:")
    assert first["task"]
    passing = {"results": [{"operator": operator, "service": "ok", "technology": "4G", "rsrp_dbm": -80.0}]}
    phone.send(body_of(place, clock(), environment="indoor", **passing))
    assert stage() == "testing"
    failing = {"results": [{"operator": operator, "service": "none"}]}
    phone.send(body_of(place, clock(), **failing))
    assert stage() == "testing"
    clock.move(hours=1)
    phone.send(body_of(place, clock(), **passing))
    assert stage() == "closed"
    assert place.code not in [p["code"] for p in phone.call("GET", "/pack").json()["points"]]
