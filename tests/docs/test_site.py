"""The site is built from docs/ without a warning; its links hold; a reader's browser asks no other host."""

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[2]
LOADED = {"link": "href", "script": "src", "img": "src", "source": "src", "iframe": "src", "use": "href"}
"""Elements that make a browser load something, and where they say what."""


def build(pages, site):
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-d", str(site.with_name("read"))]
    alone = os.environ | {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    return subprocess.run([*command, str(pages), str(site)], env=alone, capture_output=True, text=True, check=False)


class Page(HTMLParser):
    """What a page of the site has and points to."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loads = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.ids |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if given.get(LOADED.get(tag)):
            self.loads.append(given[LOADED[tag]])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "made"
    done = build(ROOT / "docs", folder)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return {file: Page(file.read_text("utf-8")) for file in site.rglob("*.html")}


def test_every_page_of_the_folder_is_in_the_site_and_in_its_navigation(site, pages):
    docs = ROOT / "docs"
    written = {file.relative_to(docs).with_suffix(".html").as_posix() for file in docs.rglob("*.md")}
    assert written <= {file.relative_to(site).as_posix() for file in pages}
    shown = {urlsplit(link).path for link in pages[site / "search.html"].links}
    assert written <= shown


def test_every_link_inside_leads_somewhere(site, pages):
    broken = []
    for file, page in pages.items():
        for link in page.links + page.loads:
            to = urlsplit(link)
            if to.scheme or to.netloc:
                continue
            target = (file.parent / unquote(to.path)).resolve() if to.path else file
            if not target.is_file() or (to.fragment and unquote(to.fragment) not in pages[target].ids | {""}):
                broken.append(f"{file.relative_to(site)} -> {link}")
    assert broken == []


def test_a_browser_asks_no_other_host(site, pages):
    foreign = [load for page in pages.values() for load in page.loads if urlsplit(load).netloc]
    for file in site.rglob("*.css"):
        foreign += re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//[^)\"';]*", file.read_text("utf-8"))
    for file in site.rglob("*.js"):
        foreign += re.findall(r"(?:fetch|import|open)\(\s*[\"'`](?:https?:)?//[^\"'`]*", file.read_text("utf-8"))
    assert foreign == []
    assert [file.name for file in site.rglob("*") if file.suffix in (".woff", ".woff2", ".ttf", ".otf")] == []


def test_a_broken_link_stops_the_build(tmp_path):
    (tmp_path / "pages").mkdir()
    shutil.copyfile(ROOT / "docs/conf.py", tmp_path / "pages/conf.py")
    words, lists = "# One\n\n[there](#one), [here](other.md#here)\n", "\n\n## All\n\n- [Other](other.md)\n"
    (tmp_path / "pages/other.md").write_text("# Other\n\n## Here\n\n[back](index.md)\n", "utf-8")
    (tmp_path / "pages/index.md").write_text(words + lists, "utf-8")
    assert build(tmp_path / "pages", tmp_path / "site").returncode == 0
    broken = {"page": "[x](no-page.md)", "heading": "[x](other.md#no-heading)", "picture": "![x](no-picture.png)"}
    (tmp_path / "pages/index.md").write_text(words + " ".join(broken.values()) + lists, "utf-8")
    done = build(tmp_path / "pages", tmp_path / "site")
    assert done.returncode != 0
    assert all(f"no-{kind}" in done.stderr for kind in broken)


def test_links_of_the_pages_beside_the_code_lead_somewhere():
    broken = []
    for page in ROOT.glob("*.md"):
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
            to = urlsplit(link)
            if not to.scheme and not (ROOT / to.path).exists():
                broken.append(f"{page.name} -> {link}")
    assert broken == []
