import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WEB = ROOT / "src/jangkau/web"
LIBRARIES = {"maplibre-gl.mjs", "maplibre-gl-worker.mjs", "maplibre-gl.css", "pmtiles.js"}


def files_of(folder):
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def test_the_lock_pins_by_checksum_and_names_no_host():
    lock = json.loads((WEB / "package-lock.json").read_text("utf-8"))
    for place, package in lock["packages"].items():
        assert "resolved" not in package
        if place:
            assert package["integrity"].startswith("sha512-")
            del package["integrity"]
        package.pop("funding", None)  # where to thank an author, not where a file comes from
    assert "//" not in json.dumps(lock)
    assert "//" not in (WEB / ".npmrc").read_text("utf-8") + (WEB / "package.json").read_text("utf-8")


def test_an_installed_tree_holds_the_libraries_and_their_licences():
    vendor = WEB / "static/vendor"
    assert files_of(vendor) >= LIBRARIES
    assert "MapLibre contributors" in (vendor / "licences/maplibre-gl.txt").read_text("utf-8")
    assert re.search(r"^pmtiles 4\.\S+: BSD-3-Clause", (vendor / "licences/PACKAGES.txt").read_text("utf-8"), re.M)


def test_a_wheel_from_the_source_archive_needs_no_npm_and_holds_every_static_file(tmp_path):
    def build(kind, folder):
        command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(tmp_path)]
        # No network and no program: what is missing cannot be fetched.
        alone = os.environ | {"PATH": str(tmp_path / "nowhere"), "npm_config_offline": "true", "PYTHONPATH": ""}
        done = subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    build("sdist", ROOT)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path / "unpacked", filter="data")
    (source,) = (tmp_path / "unpacked").iterdir()
    build("wheel", source)
    (wheel,) = tmp_path.glob("*.whl")
    names = {info.filename: info.file_size for info in zipfile.ZipFile(wheel).infolist()}
    for name in files_of(WEB / "static"):
        assert names[f"jangkau/web/static/{name}"] == (WEB / "static" / name).stat().st_size
    assert f"jangkau/web/static/vendor/{min(LIBRARIES)}" in names
    assert not [name for name in names if "package" in Path(name).name and name.endswith(".json")]


def test_git_keeps_no_file_of_others():
    kept = subprocess.run(["git", "ls-files", "src/jangkau/web"], cwd=ROOT, capture_output=True, text=True, check=False)
    if kept.returncode:
        pytest.skip("no git here")
    assert not [name for name in kept.stdout.splitlines() if "vendor" in name or "node_modules" in name]
