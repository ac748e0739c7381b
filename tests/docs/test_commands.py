"""What tutorials, how-tos and README tell to type is typed, page by page, on a small invented regency."""

import dataclasses
import importlib
import pkgutil
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import jangkau.cli
from doc_blocks import DOCS, ROOT, blocks
from jangkau.cli import app, speech
from jangkau.settings import RadioSettings
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.grade import grade
from jangkau.studies.import_data import About, import_files
from jangkau.studies.init_region import init_region
from jangkau.studies.predict import predict
from jangkau.synthetic import make_world, write_region_files

TODAY = date(2024, 11, 11)
NOW = datetime(2024, 11, 11, 3, tzinfo=UTC)
LONG = ("docs/how-to/evidence.md", "docs/how-to/report.md", "docs/tutorial/en.md")
"""Pages that take over ten seconds; that both tutorials tell to type the same is tested every time."""

PAGES = [
    pytest.param(name, marks=pytest.mark.slow) if name in LONG else name
    for folder in ("docs/how-to", "docs/tutorial", ".")
    for name in sorted(file.relative_to(ROOT).as_posix() for file in (ROOT / folder).glob("*.md"))
    if folder != "." or name in ("README.md", "CONTRIBUTING.md")
]
COARSE = RadioSettings(resolution_m=500.0, radius_km=12.0, profile_step_m=120.0)
REGIONS = ("my-region", "kutai-timur")
WELL_ENDED = (None, 0, speech.TARGET_NOT_MET)
"""Exit codes of a command that did what it should."""

STAND_INS = {
    "64.08.06.2003": "99.01.02",
    "64.08.04": "99.01.01",
    "116,7402;1,0935": "117,0590;1,0382",
    "116.7402,1.0935": "117.0590,1.0382",
    "DESA-7": "L-99.01.01.1001-KD",
    "Telkomsel,IOH,XL": "Seluler A,Seluler B,Seluler C",
}
"""What pages name, and what has its part in the invented regency."""


def small_world(seed):
    """Return an invented regency that is predicted and scored in seconds."""
    world = make_world(seed, side_km=15.0, villages=8, districts=2, today=TODAY)
    settings = dataclasses.replace(world.settings, radio=COARSE)
    return dataclasses.replace(world, settings=settings, measurements=world.measurements[:60])


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Files as a planner brings them, and a region that was graded."""
    world = small_world(seed=3)
    folder = tmp_path_factory.mktemp("prepared")
    files = write_region_files(world, folder / "files")
    circumstances = Circumstances(TODAY, lambda: NOW, workers=2)
    region = init_region(folder / "region", world.settings, circumstances)
    import_files(region, files, circumstances, About("Contoh", "CC0", TODAY))
    predict(region, circumstances)
    grade(region, circumstances)
    return folder


@pytest.fixture
def desk(prepared, tmp_path, monkeypatch):
    """Stand in a folder with those files, on the day of the invented regency; a server only says that it lives."""
    here = tmp_path / "here"
    shutil.copytree(prepared / "files", here)
    (here / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(here)
    for module in pkgutil.iter_modules(jangkau.cli.__path__, "jangkau.cli."):
        if hasattr(importlib.import_module(module.name), "now"):
            monkeypatch.setattr(f"{module.name}.now", lambda: NOW)

    def says_that_it_lives(served, **_):
        with TestClient(served) as client:
            assert client.get("/healthz").status_code == 200

    monkeypatch.setattr("uvicorn.run", says_that_it_lives)
    monkeypatch.setattr("jangkau.studies.demo.make_world", lambda seed, today: small_world(seed))
    return here


def standing_in(text):
    for written, meant in STAND_INS.items():
        text = text.replace(written, meant)
    return text


def type_in(words, where, monkeypatch):
    """Type one command of a page."""
    if words[0] == "export":
        monkeypatch.setenv(*words[1].split("=", 1))
        return
    assert words[0] == "jangkau", f"{where}: {words[0]} is not run here; say why: <!-- not run: ... -->"
    said = app([standing_in(word) for word in words[1:]], prog_name="jangkau", standalone_mode=False)
    assert said in WELL_ENDED, f"{where}: {' '.join(words)} ended with {said}"
    if words[1] == "init":
        region = RegionFolder.open(Path(words[2]))
        region.amend(dataclasses.replace(region.settings, radio=COARSE))


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_says_to_type_works(page, prepared, desk, monkeypatch):
    found = blocks(ROOT / page)
    made = {words[2] for block in found for words in block.typed if words[:2] == ["jangkau", "init"]}
    for name in REGIONS:
        if name not in made:
            shutil.copytree(prepared / "region", desk / name)
    names = {}
    for block in found:
        where = f"{block.page}:{block.line}"
        assert block.language, f"{where}: say what the block is (sh, csv, text, ...)"
        if block.file:
            (desk / block.file).write_text(standing_in(block.text), "utf-8")
        for words in block.typed:
            type_in(words, where, monkeypatch)
        if block.language == "python":
            exec(compile(block.text, where, "exec"), names)
    assert list(desk.glob("*/sources/*-refused.xlsx")) == []


def test_both_tutorials_tell_to_type_the_same():
    typed = {}
    for language in ("id", "en"):
        found = blocks(DOCS / f"tutorial/{language}.md")
        words = [word for block in found for command in block.typed for word in command]
        typed[language] = ["LANGUAGE" if word.removeprefix("JANGKAU_LANG=") == language else word for word in words]
        files = [(block.file, block.text.count("\n")) for block in found if block.file]
        typed[language] += files
    assert typed["id"] == typed["en"]


def test_what_is_not_run_says_why():
    for page in [*DOCS.rglob("*.md"), ROOT / "README.md"]:
        for block in blocks(page):
            assert block.reason is None or len(block.reason) > 20, f"{block.page}:{block.line}"
