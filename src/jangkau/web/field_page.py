"""The field page: plain files under ``/field/``, and a service worker that knows all of them by name and digest."""

import hashlib
import json
from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.responses import RedirectResponse
from starlette.staticfiles import StaticFiles

from jangkau.messages import LANGUAGES, templates
from jangkau.web.routes.field import FIELD_WORDS

SHARED = ("vendor/idb.js", "js/dom.js", "js/ids.js", "icon.svg")
"""Files of the desk that the page loads too."""

WORKER = "worker.js"


def field_files(static: Path) -> list[str]:
    """Return the addresses of everything that the page needs without a connection."""
    own = sorted(f.name for f in (static / "field").iterdir() if f.suffix in (".js", ".css") and f.name != WORKER)
    shared = [f"/static/{name}" for name in SHARED]
    texts = [f"/api/v1/field/texts/{language}" for language in LANGUAGES]
    return ["/field/", "/field/manifest.webmanifest", *(f"/field/{name}" for name in own), *shared, *texts]


def serve_field(app: FastAPI, static: Path) -> None:
    """Serve the page of an app."""
    worker = _worker(static)

    @app.get("/field", include_in_schema=False)
    def page() -> RedirectResponse:
        return RedirectResponse("/field/")

    @app.get("/field/worker.js", include_in_schema=False)
    def service_worker() -> Response:
        return Response(worker, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    app.mount("/field", _Files(directory=static / "field", html=True), "field")


class _Files(StaticFiles):
    """Files that browsers ask for again each time; the service worker is what spares them that."""

    def file_response(self, *those: object, **named: object) -> Response:
        """Return a file that must be asked for again."""
        response = super().file_response(*those, **named)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "no-cache"
        return response


def _worker(static: Path) -> str:
    """Return the service worker with its list of files and a version that changes with any of them."""
    total = hashlib.sha256()
    for file in sorted((static / "field").iterdir()):
        total.update(file.name.encode() + file.read_bytes())
    for name in SHARED:
        total.update((static / name).read_bytes())
    for language in LANGUAGES:
        total.update(json.dumps(templates(language, FIELD_WORDS), sort_keys=True).encode())
    about = f"const VERSION = {json.dumps(total.hexdigest()[:16])};\nconst FILES = {json.dumps(field_files(static))};\n"
    return about + (static / "field" / WORKER).read_text("utf-8")
