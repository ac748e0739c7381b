"""How fast a phone reaches this server: bounded in bytes and time, and measured where the bytes arrive.

Down, the page counts what reaches it; up, this side counts. What is sent cannot be packed smaller. A first small
transfer tells how large the next one may be, so that 56 kbit/s is measured in seconds and not drowned.
"""

import os
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from time import perf_counter
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect

from jangkau.web.problems import RefusedError
from jangkau.web.routes.field import Phone, Private

router = APIRouter(prefix="/field/speed", tags=["field"], dependencies=[Private])

MOST_BYTES = 4_000_000
"""Of one transfer."""

UP_PATH = "/api/v1/field/speed/up"
_PART = 4096
_KEPT = 500
_TEST = re.compile(r"[\w-]{8,60}")

TestId = Annotated[str, Query(pattern=_TEST.pattern)]


class Arrivals:
    """What has arrived of the newest uploads: bytes, and seconds from the first to the last of them."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, test: str, counted: int, seconds: float) -> None:
        """Note how far an upload has come."""
        with self._lock:
            self._of[test] = (counted, seconds)
            while len(self._of) > _KEPT:
                self._of.popitem(last=False)

    def of(self, test: str) -> tuple[int, float] | None:
        """Return what is known of an upload."""
        with self._lock:
            return self._of.get(test)


def arrivals_of(request: Request) -> Arrivals:
    """Return what has arrived at the app."""
    found: Arrivals = request.app.state.arrivals
    return found


TheArrivals = Annotated[Arrivals, Depends(arrivals_of)]


@router.post("/ping")
def ping(phone: Phone) -> Response:
    """Answer at once, with nothing."""
    return Response(status_code=204)


@router.post("/down")
def down(phone: Phone, count: Annotated[int, Query(ge=1, le=MOST_BYTES)]) -> StreamingResponse:
    """Send random bytes."""
    headers = {"Content-Encoding": "identity", "Cache-Control": "no-store", "Content-Length": str(count)}
    return StreamingResponse(_noise(count), media_type="application/octet-stream", headers=headers)


def _noise(count: int) -> Iterator[bytes]:
    for start in range(0, count, _PART):
        yield os.urandom(min(_PART, count - start))


@router.post("/up")
async def up(request: Request, phone: Phone, arrivals: TheArrivals, test: TestId) -> dict[str, Any]:
    """Count what arrives; the bytes of the first part only start the watch."""
    started, counted, total = None, 0, 0
    try:
        async for part in request.stream():
            total += len(part)
            if total > MOST_BYTES:
                raise RefusedError(413, "problem.too_large")
            if started is None:
                started = perf_counter()
            elif part:
                counted += len(part)
                arrivals.note(test, counted, perf_counter() - started)
    except ClientDisconnect:
        pass
    return _arrived(arrivals, test)


@router.get("/up")
def arrived(phone: Phone, arrivals: TheArrivals, test: TestId) -> dict[str, Any]:
    """Say what has arrived of an upload that was cut off."""
    return _arrived(arrivals, test)


def _arrived(arrivals: Arrivals, test: str) -> dict[str, Any]:
    known = arrivals.of(test)
    return {"bytes": 0, "seconds": 0.0} if known is None else {"bytes": known[0], "seconds": round(known[1], 4)}
