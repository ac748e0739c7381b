"""Pages made from the code say what the code says; examples run, compute in ten lines, and give a figure."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from doc_blocks import DOCS

sys.path.insert(0, str(DOCS))

import make_gallery
import make_python
import make_reference

MOST_LINES = 10
ANEW = "the page is older than the code: .venv/bin/python docs/make_reference.py (or docs/make_gallery.py)"


@pytest.mark.parametrize("name", ["records.md", "settings.md", "api.md", "python.md"])
def test_reference_pages_are_those_of_the_code(name):
    assert (DOCS / "reference" / name).read_text("utf-8") == make_reference.PAGES[name](), ANEW


def test_the_page_of_commands_knows_every_verb():
    page = (DOCS / "reference/commands.md").read_text("utf-8")
    assert [line[3:] for line in page.splitlines() if line.startswith("## ")] == list(make_reference.COMMANDS), ANEW


def test_the_gallery_shows_the_examples_as_they_are():
    assert (DOCS / "reference/gallery.md").read_text("utf-8") == make_gallery.page(), ANEW
    assert {file.stem for file in (DOCS / "examples").glob("*.py")} == set(make_gallery.NAMES)


@pytest.mark.parametrize("name", make_gallery.NAMES)
def test_an_example_runs_and_computes_in_ten_lines(name, tmp_path):
    file = DOCS / f"examples/{name}.py"
    lines = [
        node for node in ast.parse(file.read_text("utf-8")).body if not isinstance(node, ast.Import | ast.ImportFrom)
    ]
    drawing = next(k for k, node in enumerate(lines) if "subplots" in ast.unparse(node))
    assert lines[drawing - 1].end_lineno - lines[1].lineno < MOST_LINES
    code = "import runpy, sys; runpy.run_path(sys.argv[1])['figure'].savefig(sys.argv[2])"
    command = [sys.executable, "-W", "error", "-c", code, str(file), str(tmp_path / "figure.png")]
    environment = {"MPLBACKEND": "Agg", "HOME": str(Path.home()), "PATH": ""}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "figure.png").stat().st_size > 5000


def test_docstrings_become_markdown():
    sections = ("x, y : float, shape (n,)", "    East [m],", "    north.", "", "Notes", "-----", "1 * 2.")
    doc = "\n".join(("Return ``a`` < `b` [m].", "", "Parameters", "----------", *sections))
    made = make_python.described(doc)
    assert made.startswith("Return `a` \\< `b` \\[m\\].")
    assert "- `x, y` (float, shape (n,)): East \\[m\\], north." in made
    assert made.rstrip().endswith("1 \\* 2.")
