"""The wheel in an empty environment, with its locked dependencies and without a network, runs the tutorial."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from doc_blocks import DOCS, ROOT

CUT = ["unshare", "--map-root-user", "--net"]
"""Runs a command in a network namespace of its own, where no interface leads out of the machine."""


def run(*command, **given):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, **given)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Return the bin folder of an environment that holds the wheel and what requirements.txt pins."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=False)
    install = [Path(sys.executable).with_name("uv"), "pip", "install", "--quiet", "--python", folder / "env/bin/python"]
    locked = [*install, "--require-hashes", "-r", ROOT / "requirements.txt"]
    if subprocess.run([*locked, "--dry-run"], capture_output=True, check=False).returncode:
        pytest.skip("the locked dependencies are neither in uv's cache nor to be had: no network to install from")
    run(*locked)
    run(*install, "--no-deps", "--offline", wheel)
    return folder / "env/bin"


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en"])
def test_the_wheel_runs_the_tutorial_without_a_network(alone, tmp_path, language):
    if shutil.which("unshare") is None or subprocess.run([*CUT, "true"], check=False).returncode:
        pytest.skip("this system gives no network namespace (unshare --map-root-user --net)")
    home = tmp_path / "home"
    home.mkdir()
    environment = {"PATH": f"{alone}{os.pathsep}/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8"}
    script = ROOT / "tests/docs/without_network.py"
    page = DOCS / f"tutorial/{language}.md"
    said = run(*CUT, alone / "python", script, page, tmp_path, alone / "jangkau", env=environment)
    print(said)
    assert "network: cut" in said
    assert f"{ROOT}/src" not in run(alone / "python", "-c", "import jangkau; print(jangkau.__file__)", cwd=tmp_path)
    assert list(tmp_path.glob("contoh/reports/*/*.pdf"))
    assert (tmp_path / "contoh-20241120.tar").is_file()
