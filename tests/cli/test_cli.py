"""The command line as a user meets it: quick, in two languages, with honest exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jangkau.cli import COMMANDS
from jangkau.cli.speech import chosen_language

DATA = Path(__file__).parents[2] / "../shared/data/kutai-timur"
RUN = [sys.executable, "-c", "from jangkau.cli import main; main()"]


def jangkau(*arguments, language="en"):
    environment = os.environ | {"JANGKAU_LANG": language, "COLUMNS": "80"}
    return subprocess.run([*RUN, *map(str, arguments)], capture_output=True, text=True, env=environment, check=False)


@pytest.mark.parametrize("verb", COMMANDS)
def test_every_verb_explains_itself_in_both_languages(verb):
    english, indonesian = jangkau(verb, "--help"), jangkau(verb, "--help", language="id")
    assert english.returncode == indonesian.returncode == 0
    assert english.stdout != indonesian.stdout
    assert "cli." not in english.stdout + indonesian.stdout


ENGLISH_FRAME = ("Usage:", "Options:", "Arguments:", "Commands:", "[OPTIONS]", "required", "default:", "Show this")


@pytest.mark.parametrize("verb", ["", "init", "demo", "export"])
def test_the_frame_of_help_pages_speaks_the_language_too(verb):
    page = jangkau(*([verb] if verb else []), "--help", language="id").stdout
    assert not [word for word in ENGLISH_FRAME if word in page]
    assert "Pemakaian: jangkau" in page
    assert max(len(line) for line in page.splitlines()) <= 80
    assert "Usage: jangkau" in jangkau(*([verb] if verb else []), "--help").stdout


@pytest.mark.parametrize(
    ("words", "english", "indonesian"),
    [
        (["impor"], "There is no command impor. Did you mean import?", "Tidak ada perintah impor. Maksudnya import?"),
        (["import"], "files is missing.", "files belum disebut."),
        (["predict", "--workers", "dua"], "--workers must be a number.", "--workers harus berupa angka."),
        (["grade", "--regio", "x"], "There is no option --regio. Did you mean --region?", "Maksudnya --region?"),
        (["export", "all", "x"], "what cannot be all. It is one of: evidence, bdc, table.", "Pilihannya: evidence,"),
        (["doctor", "--lang", "fr"], "There is no language fr.", "Bahasa fr tidak ada."),
        (["grade", "extra"], "The command was not understood", "Perintah tidak dipahami"),
    ],
)
def test_wrong_usage_is_said_in_both_languages(words, english, indonesian):
    for language, said in (("en", english), ("id", indonesian)):
        done = jangkau(*words, language=language)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_values_that_make_no_sense_are_said(tmp_path):
    for words, said in (
        (["init", tmp_path / "a", "--timezone", "Mars"], "There is no time zone Mars."),
        (["grade", "--target", "5", "--region", tmp_path], "--target is 5; it must be a share from 0 to 1"),
        (["verify", tmp_path / "nothing.zip"], "nothing.zip does not exist."),
    ):
        done = jangkau(*words)
        assert done.returncode == 1
        assert said in done.stderr.replace("\n", " ")
    assert not (tmp_path / "a").exists()


def test_a_folder_with_nothing_known_is_said_and_fails(tmp_path):
    jangkau("init", tmp_path / "r", "--bounds", "116,0,118,2")
    (tmp_path / "letters").mkdir()
    for language, said in (("en", "Nothing was taken in"), ("id", "Tidak ada yang dimasukkan")):
        done = jangkau("import", tmp_path / "letters", "--region", tmp_path / "r", language=language)
        assert (done.returncode, done.stdout) == (1, "")
        assert said in done.stderr
    (tmp_path / "letters" / "surat.txt").write_text("Dengan hormat,\n")
    done = jangkau("import", tmp_path / "letters", "--region", tmp_path / "r")
    assert "surat.txt: not taken in" in done.stdout
    assert done.returncode == 1


def test_without_a_verb_the_page_of_all_verbs_is_shown():
    assert jangkau("--lang", "id").stdout == jangkau("--help", "--lang", "id").stdout
    assert jangkau().returncode == 0


def test_help_imports_nothing_heavy():
    code = (
        "import sys, jangkau.cli; print([m for m in ('numpy', 'numba', 'rasterio', 'matplotlib') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_exit_codes(tmp_path):
    assert jangkau("predict", "--region", tmp_path).returncode == 1
    assert jangkau("predict", "--no-such-option").returncode == 2
    refused = jangkau("predict", "--region", tmp_path)
    assert "jangkau init" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_init_and_import_speak_json(tmp_path):
    made = jangkau("init", tmp_path / "r", "--bounds", "116,0,118,2", "--operators", "A,B", "--json")
    assert made.returncode == 0
    assert json.loads(made.stdout)["bounds"] == [116.0, 0.0, 118.0, 2.0]
    table = tmp_path / "places.csv"
    table.write_text("id;nama;jenis;bujur;lintang\nP1;Desa;settlement;117,5;0,5\nP2;X;settlement;0,5;117,5\n", "utf-8")
    (said,) = json.loads(jangkau("import", table, "--region", tmp_path / "r", "--json").stdout)
    assert (said["kind"], said["new"]) == ("places", 2)
    (refused,) = said["refused"]
    assert refused["row"] == 3
    assert "swapped" in refused["reason"]["code"]
    assert Path(said["refusals_file"]).is_file()


def test_the_language_is_chosen_by_flag_then_environment_then_system():
    assert chosen_language(["--lang", "en"], {"JANGKAU_LANG": "id"}) == "en"
    assert chosen_language([], {"JANGKAU_LANG": "id", "LANG": "en_GB"}) == "id"
    assert chosen_language([], {"LANG": "en_GB.UTF-8"}) == "en"
    assert chosen_language([], {"LANG": "C.UTF-8"}) == "id"


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="the real data of Kutai Timur is not beside the project (../shared)")
def test_the_real_regency_is_graded_twice(tmp_path):
    script = Path(__file__).parents[2] / "examples/kutai-timur/build.py"
    command = [sys.executable, str(script), "--data", str(DATA), "--out", str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.count("141 village · signal") == said.count("18 district · signal") == 2
    assert "141 village · signal: {'unknown': 141}" in said
    assert "claimed blank" in said
