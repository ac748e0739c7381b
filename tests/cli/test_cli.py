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
