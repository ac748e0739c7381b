"""The field page on a phone: nothing lost, nothing twice, every state explained, whatever happens on the way."""

import itertools
import json
import shutil
import time
import urllib.parse
import urllib.request
import zipfile
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from bad_line import bad_line
from jangkau.records import Attachment, Place, Sheet, Visit
from jangkau.store.media import told_by
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.import_data import import_files
from jangkau.studies.keep import backup, restore, verify
from jangkau.studies.shortcomings import shortcomings
from jangkau.web.app import create_app

from .field_phone import FieldPhone, all_sent, chromium, picture, serving
from .test_cut_off import free_port, running

PASSWORD = "hutan hujan tropis"
FIRST_LOAD_BYTES = 150_000


def now():
    return datetime.now(UTC)


WORK = Circumstances(now().date(), now)


class Office:
    """The office at an address: who is logged in may invite phones and revoke them."""

    def __init__(self, port, token):
        self.base, self.headers = f"http://127.0.0.1:{port}/api/v1", {"Content-Type": "application/json"}
        if token:
            self.call("POST", "/setup", {"token": token, "name": "ani", "password": PASSWORD})

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.base + path, data, self.headers, method=method)
        with urllib.request.urlopen(asked, timeout=60) as answer:
            if "Set-Cookie" in answer.headers:
                self.headers["Cookie"] = answer.headers["Set-Cookie"].split(";")[0]
            said = json.load(answer)
            self.headers |= {"X-CSRF-Token": said["csrf"]} if "csrf" in said else {}
            return said

    def code(self):
        return self.call("POST", "/field/invitations", {"account": "ani"})["code"]


@pytest.fixture(scope="module")
def playwright():
    chromium()
    expect.set_options(timeout=60_000)
    with sync_playwright() as found:
        yield found


@pytest.fixture
def place_of(graded_folder):
    with RegionFolder.open(graded_folder).store(now()) as store:
        found = store.read(Place, as_of=WORK.as_of, where={"kind": "polling_station"})
    return [p for p in found if p.longitude is not None]


@pytest.fixture
def folder(graded_folder, tmp_path):
    shutil.copytree(graded_folder, tmp_path / "contoh")
    return tmp_path / "contoh"


@pytest.fixture
def office(folder):
    """Give a served region with a bad line before it, and somebody who may invite."""
    app = create_app(RegionFolder.open(folder), now, workers=1)
    with serving(app) as port, bad_line(port) as line:
        found = Office(port, app.state.setup_token)
        found.app, found.line, found.port, found.region = app, line, port, RegionFolder.open(folder)
        found.store, found.address = app.state.desk.store, f"http://127.0.0.1:{line.port}"
        yield found


@pytest.fixture
def phone_of(playwright, tmp_path):
    made = []

    def make(office, name="a"):
        own = FieldPhone(playwright, tmp_path / f"phone-{name}", office.address)
        made.append(own)
        own.start(f"/field/#code={office.code()}")
        own.page.click("button.main")
        own.page.wait_for_selector(".rows .row")
        return own

    yield make
    for own in made:
        own.close()


def unsent(page):
    return int(page.get_attribute(".count", "data-unsent"))


def test_an_officer_tests_a_station_without_a_connection(office, phone_of, place_of):
    phone = phone_of(office)
    page = phone.page
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    first = page.locator(".rows .row").first
    expect(first).to_contain_text("TPS")
    code = urllib.parse.unquote(first.get_attribute("href").split("/")[1])
    place = next(p for p in place_of if p.code == code)
    phone.context.set_geolocation({"longitude": place.longitude + 3e-4, "latitude": place.latitude, "accuracy": 9})
    phone.context.set_offline(True)
    page.reload()
    page.wait_for_selector(f".row[href*='{code.split('-')[0]}']")
    page.locator(f".row[href='#place/{urllib.parse.quote(code, safe='')}']").first.click()
    expect(page.locator(".distance")).to_contain_text("m")
    page.click("button.main")
    page.click(".segments .outdoor")
    page.click("button.main")
    page.locator("fieldset").nth(0).locator("button.ok").click()
    page.locator("fieldset").nth(0).locator("button:text-is('4G')").click()
    page.locator("fieldset").nth(0).locator("input").fill("97")
    page.locator("fieldset").nth(1).locator("button.none").click()
    page.click("button.main")
    page.click("button.wide")
    expect(page.locator(".speed .note")).to_be_visible()
    page.click("button.main")
    page.click(".segments .solar")
    page.set_input_files("#camera", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    page.wait_for_selector("figure canvas")
    page.reload()  # what was filled in is still there
    page.wait_for_selector(".segments .solar[aria-pressed=true]")
    page.wait_for_selector("figure canvas")
    page.click("button.main")
    expect(page.locator(".rules .kept")).to_have_count(6)
    page.click("button.main")
    expect(page.locator(".count")).to_have_attribute("data-unsent", "1")
    assert office.store.count(Sheet) == 0
    phone.context.set_offline(False)
    phone.send_until(all_sent)
    expect(page.locator(".count")).to_have_attribute("data-unsent", "0")
    (sheet,) = office.store.read(Sheet)
    assert (sheet.place_code, sheet.environment, sheet.power, sheet.time_sure) == (code, "outdoor", "solar", True)
    assert shortcomings(sheet, place, office.region.settings) == [] or sheet.time.hour not in range(22)
    visits = {v.operator: v for v in office.store.read(Visit) if v.source_id == sheet.id}
    assert sorted((v.service, v.rsrp_dbm) for v in visits.values()) == [("none", None), ("ok", -97.0)]
    (kept,) = office.store.read(Attachment)
    content = (office.region.path / kept.stored_path).read_bytes()
    assert told_by(content) is None
    assert b"Maker" not in content
    backup(office.region, office.region.path.parent / "b.tar", WORK)
    phone.send_until(lambda found: all(one["state"] == "safe" for one in found.values()))
    expect(page.locator(".count")).to_contain_text("aman")
    assert phone.complaints == []


def test_the_first_load_is_small_and_every_screen_fits_and_is_accessible(office, phone_of, place_of):
    worker = urllib.request.urlopen(f"{office.address}/field/worker.js").read().decode()
    files = json.loads(worker.split("const FILES = ")[1].split(";\n")[0])
    total = 0
    for file in [*files, "/field/worker.js"]:
        asked = urllib.request.Request(office.address + file, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(asked) as answer:
            total += len(answer.read())
    assert total < FIRST_LOAD_BYTES, total
    phone = phone_of(office)
    page = phone.page
    phone.fill([place_of[0].code], 2, photo=True)
    phone.send_until(all_sent)
    sheet = next(iter(phone.states()))
    code = urllib.parse.quote(place_of[0].code)
    page.goto(f"{office.address}/field/#place/{code}")
    page.click("button.main")
    page.wait_for_selector(".dots")
    draft = page.url.split("/")[-2]
    steps = [f"test/{draft}/{n}" for n in range(1, 6)]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for screen in ("", "map", "outbox", "phone", f"place/{code}", *steps, "guide", f"sheet/{sheet}"):
            page.goto(f"{office.address}/field/#{screen}")
            page.wait_for_selector("#screen:not([aria-busy])")
            page.wait_for_timeout(80)
            found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
            assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == [], (screen, scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, screen
            small = page.evaluate(
                """[...document.querySelectorAll("button, a, input, select, textarea")]
                .filter((e) => e.offsetParent && !e.classList.contains("unseen"))
                .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
                .filter(([, box]) => box.height < 47.99 || box.width < 47.99).map(([html]) => html)"""
            )
            assert small == [], screen


@pytest.mark.slow
def test_two_hundred_tests_survive_a_dead_battery_and_a_clock_set_back(office, phone_of, place_of):
    phone, before = phone_of(office), office.store.count(Visit)
    codes = [p.code for p in place_of]
    phone.page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    office.line.down = True
    ids = phone.fill(codes, 120, photo=True)
    phone.kill()
    page = phone.start()
    page.wait_for_selector(".rows .row")
    assert len(phone.states()) == 120
    phone.set_clock(-86_400_000)
    page.reload()
    page.wait_for_selector(".rows .row")
    ids += phone.fill(codes, 80, photo=True)
    phone.kill()
    page = phone.start("/field/#outbox")
    page.wait_for_selector(".rows .row")
    assert unsent(page) == 200
    expect(page.locator("#screen")).to_contain_text("200 hasil uji")
    office.line.down = False
    found = phone.send_until(all_sent, 300)
    assert set(found) == set(ids)
    kept = office.store.read(Sheet)
    assert sorted(s.id for s in kept) == sorted(ids)
    assert all(s.time_sure for s in kept)
    newest = datetime.now(UTC)
    assert max(abs((newest - s.time).total_seconds()) for s in kept) < 3000, "the clock that was set back moved no test"
    assert len({s.phone_time.date() for s in kept}) == 2, "what the phone showed is kept too"
    assert office.store.count(Attachment) == 200
    assert office.store.count(Visit) == before + 200 * len(office.region.settings.operators_on(WORK.as_of))
    assert verify(office.region, WORK).troubles == []


@pytest.mark.slow
def test_a_clock_that_was_wrong_for_a_while_is_not_believed(office, phone_of, place_of):
    phone = phone_of(office)
    codes = [place_of[0].code]
    (right,) = phone.fill(codes, 1)
    phone.send_until(all_sent)
    office.line.down = True
    phone.set_clock(-86_400_000)
    phone.page.evaluate("import('/field/clock.js').then((clock) => clock.look())")
    (wrong,) = phone.fill(codes, 1)
    phone.set_clock(0)  # the network has put it right before the phone speaks with the office
    (after,) = phone.fill(codes, 1)
    office.line.down = False
    phone.send_until(all_sent)
    (last,) = phone.fill(codes, 1)
    phone.send_until(all_sent)
    kept = {s.id: s for s in office.store.read(Sheet)}
    assert [kept[i].time_sure for i in (right, wrong, after, last)] == [True, False, False, True]
    phone.page.goto(f"{office.address}/field/#sheet/{wrong}")
    expect(phone.page.locator(".rules .broken")).to_contain_text("Jam telepon tidak dapat dipastikan")


@pytest.mark.slow
def test_a_line_that_drops_and_repeats_loses_and_doubles_nothing(office, phone_of, place_of):
    phone = phone_of(office)
    before = office.store.count(Visit)
    ids = phone.fill([p.code for p in place_of], 20, photo=True)
    office.line.cut_after_s, office.line.repeats, office.line.bits_per_s = 5.0, True, 256_000
    phone.send_until(all_sent, 400)
    assert office.line.cuts > 0
    office.line.cut_after_s = office.line.bits_per_s = None
    time.sleep(6)
    assert office.line.repeated > 0
    assert sorted(s.id for s in office.store.read(Sheet)) == sorted(ids)
    assert office.store.count(Attachment) == 20
    assert office.store.count(Visit) == before + 20 * len(office.region.settings.operators_on(WORK.as_of))


@pytest.mark.slow
def test_a_server_killed_between_commit_and_answer_keeps_it_once(folder, phone_of, place_of):
    port = free_port()
    with bad_line(port) as line:
        killed = []
        with running(folder, port) as (token, process):
            office = Office(port, token)
            office.address = f"http://127.0.0.1:{line.port}"
            phone = phone_of(office)

            def die(said, _):
                if b"POST /api/v1/field/sheets" not in said or killed:
                    return bool(killed)
                killed.append(process.kill())
                return True

            line.on_answer = die
            (made,) = phone.fill([place_of[0].code], 1, photo=True)
            phone.page.evaluate("import('/field/outbox.js').then((outbox) => outbox.now())")
            assert killed
            assert phone.states()[made]["state"] == "done"
            phone.page.goto(f"{office.address}/field/#outbox")
            expect(phone.page.locator(".note")).to_contain_text("Tidak ada sambungan")
        line.on_answer = None
        with running(folder, port):
            phone.send_until(all_sent)
    with RegionFolder.open(folder).store(now()) as store:
        assert [s.id for s in store.read(Sheet)] == [made]
        assert store.count(Attachment) == 1


@pytest.mark.slow
def test_a_full_phone_keeps_the_test_and_says_what_to_do(office, phone_of, place_of):
    phone = phone_of(office)
    page = phone.page
    phone.fill([p.code for p in place_of], 3, photo=True, size=(640, 480))
    session = phone.context.new_cdp_session(page)
    usage = page.evaluate("navigator.storage.estimate().then((e) => e.usage)")
    session.send("Storage.overrideQuotaForOrigin", {"origin": office.address, "quotaSize": usage + 20_000})
    page.goto(f"{office.address}/field/#place/{urllib.parse.quote(place_of[0].code)}")
    page.click("button.main")
    page.wait_for_selector(".dots")
    draft = page.url.split("/")[-2]
    page.click(".segments .outdoor")
    page.click("button.main")
    page.locator("fieldset").nth(0).locator("button.ok").click()
    page.goto(f"{office.address}/field/#test/{draft}/4")
    page.wait_for_selector("#camera", state="attached")
    page.set_input_files("#camera", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    expect(page.locator("#said")).to_contain_text("Penyimpanan telepon penuh")
    page.click("button.main")
    page.click("button.main")
    found = phone.send_until(all_sent)
    assert len(found) == 4
    assert office.store.count(Sheet) == 4
    assert office.store.count(Attachment) == 3
    backup(office.region, office.region.path.parent / "b.tar", WORK)
    phone.send_until(lambda states: all(one["state"] == "safe" for one in states.values()))
    page.goto(f"{office.address}/field/#place/{urllib.parse.quote(place_of[1].code)}")
    page.click("button.main")
    page.wait_for_selector(".dots")
    page.goto(page.url[:-1] + "4")
    page.wait_for_selector("#camera", state="attached")
    page.set_input_files("#camera", {"name": "b.jpg", "mimeType": "image/jpeg", "buffer": picture((160, 120))})
    page.wait_for_selector("figure canvas")
    freed = [p for one in phone.states().values() for p in one["photos"] if p["gone"]]
    assert len(freed) == 3, "photos that lie in the office's backup made room"


@pytest.mark.slow
def test_photos_lie_in_the_database_where_a_browser_has_no_files_of_its_own(office, phone_of, place_of):
    phone = phone_of(office)
    phone.page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    phone.page.evaluate("delete FileSystemFileHandle.prototype.createWritable")
    office.line.down = True
    phone.fill([place_of[0].code], 2, photo=True)
    phone.kill()
    phone.start().wait_for_selector(".rows .row")
    office.line.down = False
    phone.send_until(all_sent)
    assert office.store.count(Attachment) == 2


@pytest.mark.slow
def test_two_phones_at_one_place_a_revoked_phone_and_its_file(office, phone_of, place_of, tmp_path):
    one, two = phone_of(office, "a"), phone_of(office, "b")
    ids = one.fill([place_of[0].code], 1) + two.fill([place_of[0].code], 1, service="none")
    for phone in (one, two):
        phone.send_until(all_sent)
    assert sorted(s.id for s in office.store.read(Sheet)) == sorted(ids)
    devices = office.call("GET", "/field/devices")["items"]
    lost = next(d for d in devices if d["code"] == office.store.read(Sheet, where={"id": ids[1]})[0].device_code)
    office.call("POST", f"/field/devices/{lost['code']}/revoked", {})
    made = two.fill([place_of[1].code], 2, photo=True)
    two.page.evaluate("import('/field/outbox.js').then((outbox) => outbox.now())")
    two.page.goto(f"{office.address}/field/#outbox")
    expect(two.page.locator(".warn")).to_contain_text(f"Izin telepon {lost['code']} sudah dicabut")
    assert unsent(two.page) == 2
    with two.page.expect_download() as download:
        two.page.click("button:has-text('Serahkan sebagai berkas')")
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert zipfile.ZipFile(file).testzip() is None
    for new, known in ((2, 1), (0, 3)):
        (brought,) = import_files(office.region, [file], WORK)
        assert (brought.kind, brought.added.new, brought.added.unchanged) == ("field_bundle", new, known)
    assert sorted(s.id for s in office.store.read(Sheet)) == sorted(ids + made)
    assert office.store.count(Attachment) == 2
    two.page.goto(f"{office.address}/field/#code={office.code()}")
    two.page.click("button.main")
    two.send_until(all_sent)
    assert office.store.count(Sheet) == 4


@pytest.mark.slow
def test_a_restore_from_yesterday_gets_back_what_it_lacks(folder, phone_of, place_of, tmp_path):
    app = create_app(RegionFolder.open(folder), now, workers=1)
    with serving(app) as port, bad_line(port) as line:
        office = Office(port, app.state.setup_token)
        office.address = f"http://127.0.0.1:{line.port}"
        phone = phone_of(office)
        phone.fill([place_of[0].code], 3, photo=True)
        phone.send_until(all_sent)
        backup(RegionFolder.open(folder), tmp_path / "yesterday.tar", WORK)
        phone.fill([place_of[1].code], 4, photo=True)
        phone.send_until(all_sent)
        ids = set(phone.states())
        line.down = True
        time.sleep(0.5)
        back = restore(tmp_path / "yesterday.tar", tmp_path / "back", WORK)
        with serving(create_app(back, now, workers=1)) as other:
            line.upstream, line.down = other, False
            with back.store(now()) as store:
                assert store.count(Sheet) == 3
                phone.send_until(lambda found: all_sent(found) and store.count(Attachment) == 7)
                assert {s.id for s in store.read(Sheet)} == ids
            phone.page.goto(f"{office.address}/field/#outbox")
            expect(phone.page.locator("#screen")).to_contain_text("4 hasil uji yang hilang")
        assert verify(back, WORK).troubles == []


@pytest.mark.slow
@pytest.mark.parametrize("bits_per_s", [56_000, 1_000_000])
def test_rates_are_honest(office, phone_of, bits_per_s):
    phone = phone_of(office)
    phone.page.wait_for_timeout(500)
    office.line.bits_per_s = bits_per_s
    found = phone.page.evaluate("import('/field/speed.js').then((speed) => speed.measure(() => {}))")
    said = {way: 1e6 * found[f"{way}_mbps"] / bits_per_s for way in ("download", "upload")}
    assert 0.8 < said["download"] < 1.1, found
    assert 0.8 < said["upload"] < 1.1, found
    assert found["bytes"] < 8_100_000
    assert found["seconds"] < 60
    assert found["loss_percent"] == 0.0
    forms = phone.page.evaluate(
        "(mbps) => import('/field/speed.js').then((speed) => speed.forms(mbps, 1.5))", found["upload_mbps"]
    )
    assert forms == found["upload_mbps"] * 1e6 * 600 // (1.5e6 * 8)


JUDGE = """async ([given, code]) => {
  const { judge } = await import("/field/rules.js");
  const { kept } = await import("/field/base.js");
  const { places } = await import("/field/points.js");
  const pack = await kept("pack");
  const place = places(pack).get(code);
  return given.map((said) => judge(said, place, pack).filter((r) => !r.kept).map((r) => r.code).sort());
}"""


def test_the_page_and_the_server_judge_alike(office, phone_of, place_of):
    phone, place, settings = phone_of(office), place_of[0], office.region.settings
    given, wanted = [], []
    wheres = [(0.0, 5.0), (0.0035, 5.0), (0.02, 5.0), (0.02, 3000.0), None]
    for environment, at, hour, wifi in itertools.product(("outdoor", "indoor", None), wheres, (3, 6, 21, 22), (0, 1)):
        taken = datetime(2024, 11, 11, hour, 30, tzinfo=ZoneInfo(settings.timezone))
        spot = {}
        if at is not None:
            spot = {"longitude": place.longitude + at[0], "latitude": place.latitude, "accuracy_m": at[1]}
        said = {"environment": environment, "on_wifi": bool(wifi)}
        given.append(said | {"position": spot or None, "time": int(taken.timestamp() * 1000)})
        clock = {"recorded_at": taken, "time": taken, "phone_time": taken, "time_sure": True}
        sheet = Sheet(id="", place_code=place.code, device_code="", body="", sha256="", **clock, **said, **spot)
        wanted.append(sorted(m.code for m in shortcomings(sheet, place, settings)))
    assert phone.page.evaluate(JUDGE, [given, place.code]) == wanted
    rules = {code for codes in wanted for code in codes}
    assert rules >= {"field.rule.outdoors", "field.rule.distance", "field.rule.hours", "field.rule.wifi"}


def test_a_planner_lets_a_phone_in_and_keeps_it_out(office, playwright):
    browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
    page = browser.new_page(viewport={"width": 1024, "height": 768})
    page.set_default_timeout(60_000)
    page.goto(f"{office.address}/phones")
    page.fill("input[name=name]", "ani")
    page.fill("input[name=password]", PASSWORD)
    page.click("button.main")
    page.click("form button.main:has-text('Buat gambar kode')")
    expect(page.locator(".invitation img")).to_be_visible()
    expect(page.locator(".invitation")).to_contain_text("hanya bekerja di komputer ini")
    assert page.evaluate("document.querySelector('.invitation img').naturalWidth") > 0
    page.click("td button")
    expect(page.locator("td", has_text="dicabut")).to_be_visible()
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == []
    (device,) = office.call("GET", "/field/devices")["items"]
    assert device["revoked_at"]
    browser.close()
