"""The app: the API under `/api/v1`, the pages, the tiles, health and metrics. An object that tests call in process."""

import gc
import hashlib
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import anyio.to_thread
from fastapi import FastAPI, Request, Response
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse, PlainTextResponse
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from jangkau import __version__
from jangkau.store.accounts import any_account
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.drill_log import LARGEST_FILE
from jangkau.web.desk import Desk, StoppedError
from jangkau.web.field_page import serve_field
from jangkau.web.problems import LOG, RefusedError, answer_with_problems
from jangkau.web.routes import (
    admin,
    agents,
    answers,
    board,
    drill,
    field,
    links,
    maps,
    oidc,
    session,
    speed,
    steps,
    survey,
    wall,
    whatif,
)  # fmt: skip
from jangkau.web.security import HEADERS, Attempts, TheAccount

LARGEST_BODY = 1_000_000
"""Bytes of a request that are read."""

LARGEST_BODIES = (
    (re.compile(field.FILES_PATH), field.LARGEST_FILE),
    (re.compile(speed.UP_PATH), speed.MOST_BYTES),
    (re.compile(r"/api/v1/drills/[0-9a-f-]{36}/files"), LARGEST_FILE),
)
"""The same for the few addresses that take more; they write it down as it comes."""

Next = Callable[[Request], Awaitable[Response]]


def create_app(
    region: RegionFolder,
    clock: Callable[[], datetime],
    *,
    as_of: date | None = None,
    workers: int = 1,
    provider: oidc.Provider | None = None,
) -> FastAPI:
    """Return the app of a region.

    Parameters
    ----------
    region : RegionFolder
    clock : callable
        Gives the time.
    as_of : date, optional
        The day that counts as today; the clock's if None.
    workers : int
        Threads that compute.
    provider : Provider, optional
        Who else vouches for people (OpenID Connect).
    """
    desk = Desk(region, clock, as_of, workers)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, _warm, desk)
            yield
            desk.stop()
        desk.close()

    app = FastAPI(
        title="Jangkau",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.desk, app.state.attempts, app.state.pictures = desk, Attempts(), whatif.Pictures()
    app.state.oidc, app.state.arrivals, app.state.sights = False, speed.Arrivals(), wall.Sights()
    app.state.setup_token = "" if any_account(desk.store) else secrets.token_urlsafe(12)
    answer_with_problems(app)
    for module in (
        session,
        answers,
        maps,
        board,
        steps,
        survey,
        whatif,
        drill,
        admin,
        field,
        speed,
        agents,
        wall,
        links,
    ):
        app.include_router(module.router, prefix="/api/v1")
    _serve_health(app)
    _serve_pages(app, region)
    if provider is not None:
        oidc.add_oidc(app, provider)
    app.middleware("http")(_careful)
    app.add_middleware(GZipMiddleware, minimum_size=2000, compresslevel=5)
    return app


def _warm(desk: Desk) -> None:
    """Make ready what visitors would wait for; what fails here is said when it is asked for."""
    for prepare in (desk.picture, desk.ground, desk.draw_tiles):
        try:
            prepare()
        except StoppedError:
            return
        except Exception:
            LOG.exception("cannot prepare %s", prepare.__name__)
    gc.collect()
    gc.freeze()  # the picture stays; looking through all of it for garbage would hold up a visitor by 0.1 s


async def _careful(request: Request, call_next: Next) -> Response:
    """Refuse bodies that are too large, or may be; add strict headers; answer 304 to who has the same already."""
    path = request.url.path
    most = next((size for known, size in LARGEST_BODIES if known.fullmatch(path)), LARGEST_BODY)
    if int(request.headers.get("content-length") or 0) > most:
        return PlainTextResponse("too large", 413, HEADERS)
    if most == LARGEST_BODY and "transfer-encoding" in request.headers:  # a body that does not say how long it is
        return PlainTextResponse("length required", 411, HEADERS)
    response = await call_next(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    is_api = request.url.path.startswith("/api/")
    if is_api:
        response.headers.setdefault("Cache-Control", "private, no-cache")
        response.headers.setdefault("Vary", "Accept-Language, Cookie")
    streams = response.headers.get("content-type", "").startswith("text/event-stream")
    if is_api and request.method == "GET" and response.status_code == 200 and not streams:
        return await _tagged(request, response)
    return response


async def _tagged(request: Request, response: Response) -> Response:
    """Return a response with the digest of its body as ETag, or 304 when the asker has it."""
    body = b"".join([part async for part in response.body_iterator])  # type: ignore[attr-defined]
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {k: v for k, v in response.headers.items() if k.lower() not in ("content-length", "etag")}
    headers["ETag"] = tag
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={k: v for k, v in headers.items() if k.lower() != "content-type"})
    return Response(body, response.status_code, headers)


def _serve_health(app: FastAPI) -> None:
    registry = CollectorRegistry()
    requests = Counter("jangkau_requests", "Requests by route and status.", ["route", "status"], registry=registry)
    seconds = Histogram("jangkau_request_seconds", "Time to answer.", ["route"], registry=registry)

    @app.middleware("http")
    async def measured(request: Request, call_next: Next) -> Response:
        started = perf_counter()
        response = await call_next(request)
        route = getattr(request.scope.get("route"), "path", "other")
        requests.labels(route, response.status_code).inc()
        seconds.labels(route).observe(perf_counter() - started)
        return response

    @app.get("/healthz", tags=["health"])
    def health(request: Request) -> dict[str, Any]:
        """Say that the store answers."""
        return {"status": "ok", "store": request.app.state.desk.store.version(), "version": __version__}

    @app.get("/metrics", tags=["health"], response_class=PlainTextResponse)
    def metrics(request: Request) -> Response:
        """Return counts and times in the text format of Prometheus, to this machine only."""
        if request.client is None or request.client.host not in ("127.0.0.1", "::1", "testclient"):
            raise RefusedError(403, "problem.not_allowed")
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")


def _serve_pages(app: FastAPI, region: RegionFolder) -> None:
    static = Path(str(files("jangkau") / "web" / "static"))
    app.mount("/static", StaticFiles(directory=static), "static")

    @app.get("/tiles/{name}", tags=["map"], response_class=FileResponse)
    def tiles(
        account: TheAccount, name: Annotated[str, PathParameter(pattern=r"^[\w-][\w.-]*\.(pmtiles|geojson)$")]
    ) -> FileResponse:
        """Return a file of map tiles; ranges of it are answered."""
        file = region.path / "tiles" / name
        if not file.is_file():
            raise RefusedError(404, "problem.not_found")
        if file.suffix == ".geojson":
            return FileResponse(file, media_type="application/geo+json", headers={"Cache-Control": "private, no-cache"})
        headers = {"Cache-Control": "private, max-age=3600", "Content-Encoding": "identity"}
        return FileResponse(file, media_type="application/octet-stream", headers=headers)

    serve_field(app, static)

    @app.get("/", include_in_schema=False)
    def desk() -> FileResponse:
        return FileResponse(static / "index.html", headers={"Cache-Control": "no-cache"})

    @app.get("/wall", include_in_schema=False)
    def wall_page() -> FileResponse:
        return FileResponse(static / "wall" / "index.html", headers={"Cache-Control": "no-cache"})

    @app.get("/phones", include_in_schema=False)
    def phones() -> FileResponse:
        return FileResponse(static / "phones.html", headers={"Cache-Control": "no-cache"})
