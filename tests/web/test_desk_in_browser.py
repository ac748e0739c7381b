"""The desk as its users see it: one walk from the first account to a gap that a test has closed, and every screen."""

import re
import shutil
import threading
import time

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from browser import page_in_browser
from jangkau.store.region_folder import RegionFolder
from jangkau.web.app import create_app

PASSWORD = "hutan hujan tropis"
WIDTHS = [(1440, 900), (1024, 768), (360, 640)]


@pytest.fixture(scope="module")
def own_app(graded_folder, tmp_path_factory, clock):
    folder = tmp_path_factory.mktemp("seen") / "contoh"
    shutil.copytree(graded_folder, folder)
    return create_app(RegionFolder.open(folder), clock, workers=1)


@pytest.fixture(scope="module")
def address(own_app):
    server = uvicorn.Server(uvicorn.Config(own_app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser_page(address):
    expect.set_options(timeout=30_000)
    with page_in_browser() as (page, complaints):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.set_default_timeout(30_000)
        yield page, complaints


def log_in(page, address):
    page.goto(address)
    page.wait_for_selector("form.gate, main[data-view]")
    if page.query_selector("form.gate"):
        page.fill("input[name=name]", "ani")
        page.fill("input[name=password]", PASSWORD)
        page.click("button.main")
    page.wait_for_selector(".row")


def test_a_planner_walks_from_the_first_account_to_a_closed_gap(browser_page, address, own_app, clock):
    page, complaints = browser_page
    page.goto(f"{address}/#setup={own_app.state.setup_token}")
    page.fill("input[name=name]", "ani")
    page.fill("input[name=password]", "pendek")
    page.click("button.main")
    page.wait_for_selector(".problem:not(:empty)")
    page.fill("input[name=password]", PASSWORD)
    page.click("button.main")

    page.wait_for_selector(".row")
    assert "setup" not in page.url
    page.wait_for_selector("#map[data-ready=full]", timeout=60_000)
    first = page.locator(".row").first
    assert first.get_attribute("aria-current") == "true", "the page opens on the worst village"
    page.wait_for_selector("#inspector .sentence")
    assert page.locator("#inspector .profile svg").first.is_visible()
    worst = first.locator("strong").inner_text()
    assert page.locator("#inspector h2").inner_text() == worst

    all_rows = page.locator(".row").count()
    value = page.locator(".legend button:has(b:not(:text-is('0')))").first
    value.click()
    expect(page.locator(".row")).not_to_have_count(all_rows)
    assert "value=" in page.url
    page.locator(".legend button[aria-pressed=true]").click()
    expect(page.locator(".row")).to_have_count(all_rows)
    page.fill("#search", worst)
    expect(page.locator(".row")).to_have_count(1)
    page.fill("#search", "")
    expect(page.locator(".row")).to_have_count(all_rows)

    drop_a_site(page)
    code = remedy_of_a_place(page, worst)
    ask_somebody(page)
    page.click("a[data-view=board]")
    page.wait_for_selector(".stakeholder:has-text('Seluler Contoh')")
    assert page.locator(".stakeholder").inner_text().count("Menara baru") == 1
    assert page.locator(".burn .past").count() == 1
    page.go_back()

    page.wait_for_selector("article.remedy")
    do_the_work(page)
    page.wait_for_selector("article.remedy.testing")
    before = page.locator("#inspector header .badge").first.inner_text()
    clock.move(days=1)
    keep_a_passing_test(page, clock)
    page.wait_for_selector("article.remedy.closed")
    after = page.locator("#inspector header .badge").first.inner_text()
    assert before != after
    assert code in page.url

    page.click("details.own summary")
    page.click("details.own button[lang=en]")
    page.wait_for_selector("article.remedy.closed:has-text('closed')")
    assert page.get_attribute("html", "lang") == "en"
    assert complaints_but_refusals(complaints) == []


def drop_a_site(page):
    box = page.locator(".maplibregl-canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.62)
    expect(page).to_have_url(re.compile("pick=(point|place)"))
    if "pick=place" in page.url:
        where = page.evaluate("location.search")
        page.goto(page.url.replace(where, "?pick=point+116.9+1.0"))
    page.wait_for_selector("#inspector > button")
    page.click("#inspector > button:not(.close)")
    page.wait_for_selector(".result .big")
    assert "pick=site" in page.url
    page.fill("input[name=height_agl_m]", "72")
    with page.expect_response(lambda r: r.url.endswith("/whatif")) as answered:
        page.click("form.grid button.main")
    assert answered.value.request.post_data_json["height_agl_m"] == 72


def remedy_of_a_place(page, village):
    page.locator(f".row:has(strong:text-is('{village}'))").click()
    page.wait_for_selector("#inspector .places button")
    page.locator("#inspector .places button:has-text('permukiman')").first.click()
    page.wait_for_selector("details.act:has-text('Usulkan solusi')")
    code = page.evaluate("new URLSearchParams(location.search).get('pick').split(' ')[1]")
    page.click("details.act:has-text('Usulkan solusi') > summary")
    page.select_option("select[name=kind]", "mobile_bts")
    page.click("details[open].act:has(select[name=kind]) button.main")
    page.wait_for_selector("article.remedy")
    return code


def ask_somebody(page):
    page.click("article.remedy details.act:has-text('Minta') > summary")
    page.wait_for_selector("select[name=stakeholder_code] option", state="attached")
    page.select_option("select[name=stakeholder_code]", "+")
    page.fill("input[name=stakeholder_name]", "Seluler Contoh")
    page.locator("form:has(select[name=stakeholder_code]) input[name=name]").fill("Menara baru")
    page.locator("form:has(select[name=stakeholder_code]) button.main").click()
    page.wait_for_selector("article.remedy li:has-text('Seluler Contoh')")


def do_the_work(page):
    page.click("article.remedy details.act:has-text('Tambah tugas') > summary")
    page.locator("form:has(input[name=assignee]) input[name=name]").fill("Pasang BTS")
    page.locator("form:has(input[name=assignee]) button.main").click()
    page.click("article.remedy li:has-text('Pasang BTS') button:has-text('Sudah dikerjakan')")


def keep_a_passing_test(page, clock):
    page.click("details.act:has(input[name=time]) > summary")
    page.fill("input[name=time]", clock().strftime("%Y-%m-%dT%H:%M"))
    page.select_option("form:has(input[name=time]) select[name=service]", "ok")
    page.fill("input[name=rsrp_dbm]", "-85")
    page.fill("input[name=download_mbps]", "12")
    page.fill("input[name=upload_mbps]", "4")
    page.click("form:has(input[name=time]) button.main")


def complaints_but_refusals(complaints):
    """Leave out what the browser says of refusals, which the walk provokes, and of fetches that were replaced."""
    return [c for c in complaints if "status of 4" not in c and not c.startswith("failed: ")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), WIDTHS)
def test_every_screen_is_accessible_and_fits(browser_page, address, width, height, scheme):
    page, _ = browser_page
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)
    log_in(page, address)
    worst = page.locator(".row").first.get_attribute("data-pick").replace(" ", "+")
    for path in (
        "/",
        f"/?pick={worst}",
        "/?level=place&surface=rsrp",
        "/?view=board",
        "/?view=admin",
        "/?pick=site+116.9+1.0",
    ):
        page.goto(address + path)
        page.wait_for_selector("#app:not([aria-busy])")
        page.wait_for_load_state("networkidle")
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        said = [(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found]
        assert said == [], (path, scheme, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_outlines_stand_in_where_the_full_map_cannot_run(browser_page, address):
    page, _ = browser_page
    page.route("**/vendor/maplibre-gl.mjs", lambda route: route.abort())
    log_in(page, address)
    page.wait_for_selector("#map[data-ready=outline] .outline .area", state="attached")
    page.unroute("**/vendor/maplibre-gl.mjs")


def test_addresses_of_states_show_the_same_to_who_opens_them(browser_page, address):
    page, _ = browser_page
    page.set_viewport_size({"width": 1440, "height": 900})
    log_in(page, address)
    page.locator(".row").nth(2).click()
    page.wait_for_selector(".row[aria-current=true]")
    page.locator(".segments button").nth(2).click()
    page.wait_for_load_state("networkidle")
    link, shown = page.url, page.locator("#inspector h2").inner_text()
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_selector("#inspector h2")
    assert page.locator("#inspector h2").inner_text() == shown
    assert page.locator(".segments button[aria-pressed=true]").first.inner_text() != ""
