"""Files of the network, kept in a cache: size told first, taken up where a line broke, checked, fetched once."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from jangkau.errors import InputError
from jangkau.fingerprints import sha256_of

TRIES = 6
"""How often a request is made before it is given up; the wait doubles from one second."""

PIECE_BYTES = 1 << 18
TIMEOUT_S = 60.0
BUSY = (429, 500, 502, 503, 504)
MOST_SAID = 200
"""Characters of a provider's own words that are shown."""

MISSING = (403, 404)
"""What object stores answer for a key that they do not have."""


@dataclass(frozen=True, slots=True)
class Download:
    """One file of a provider.

    Attributes
    ----------
    host, path : str
        ``https://<host>/<path>``; from a mirror ``<mirror>/<host>/<path>``.
    name : str
        Its name in the cache.
    may_be_missing : bool
        Whether the provider leaves it out where there is nothing to say, such as a tile of open sea.
    query : str
        Sent in the body; empty: a plain GET.
    secret : str
        Appended to the path and never written down or shown.
    complaint : callable
        Takes a file that was received as if all were well, gives what the provider complains of in it; empty: nothing.
    """

    host: str
    path: str
    name: str
    may_be_missing: bool = False
    query: str = ""
    secret: str = ""
    complaint: Callable[[Path], str] = lambda _file: ""


@dataclass(frozen=True, slots=True)
class Network:
    """How files are fetched.

    Attributes
    ----------
    cache : Path
    mirror : str
        Address of a copy of the providers' files, such as one in the office; empty: the providers themselves.
    clock : callable
        Gives the time that is written beside a file.
    tell : callable
        Called with the name of a file, bytes so far, and bytes in all (0: nobody knows).
    sleep : callable
        Waits some seconds between tries.
    """

    cache: Path
    clock: Callable[[], datetime]
    mirror: str = ""
    tell: Callable[[str, int, int], None] = lambda _name, _done, _total: None
    sleep: Callable[[float], None] = time.sleep
    client: httpx.Client = field(
        default_factory=lambda: httpx.Client(
            timeout=TIMEOUT_S, follow_redirects=True, headers={"User-Agent": "jangkau"}
        )
    )

    def url(self, wanted: Download) -> str:
        """Return the address of a file, with its secret."""
        start = f"{self.mirror.rstrip('/')}/{wanted.host}" if self.mirror else f"https://{wanted.host}"
        return f"{start}/{wanted.path}{wanted.secret}"

    def cached(self, wanted: Download) -> Path | None:
        """Return the file from the cache if it is there and still what was received."""
        file, note = self.cache / wanted.name, self._note(wanted)
        if not file.is_file() or not note.is_file():
            return None
        return file if json.loads(note.read_text("utf-8"))["sha256"] == sha256_of(file)[0] else None

    def size_bytes(self, wanted: Download) -> int | None:
        """Return how many bytes would have to come; 0 from the cache or where there is no such file, None: unknown.

        Raises
        ------
        InputError
            When the provider cannot be reached.
        """
        if self.cached(wanted) is not None:
            return 0
        if wanted.query:
            return None
        answer = self._ask(wanted, "HEAD", {})
        if answer.status_code in MISSING and wanted.may_be_missing:
            return 0
        self._check(wanted, answer)
        length = answer.headers.get("Content-Length")
        return None if length is None else int(length)

    def fetch(self, wanted: Download) -> Path | None:
        """Return a file, from the cache or the network; None where the provider has none and may have none.

        Raises
        ------
        InputError
            When the provider cannot be reached, refuses, or keeps breaking off; what has come stays in the cache, and
            the next call goes on from there. When it gives its complaint instead of the file, which is not kept.
        """
        if (known := self.cached(wanted)) is not None:
            return known
        self.cache.mkdir(parents=True, exist_ok=True)
        part = self.cache / f"{wanted.name}.part"
        for attempt in range(TRIES):
            try:
                if not self._stream(wanted, part):
                    return None
                break
            except (httpx.TransportError, _BusyError) as error:
                if attempt == TRIES - 1:
                    raise self._unreachable(wanted, error) from error
                self.sleep(2.0**attempt)
        self._check_content(wanted, part)
        file = self.cache / wanted.name
        part.replace(file)
        said = {
            "host": wanted.host,
            "path": wanted.path,
            "sha256": sha256_of(file)[0],
            "fetched": self.clock().isoformat(),
        }
        self._note(wanted).write_text(json.dumps(said, indent=1), "utf-8")
        self._mark(wanted).unlink(missing_ok=True)
        return file

    def _stream(self, wanted: Download, part: Path) -> bool:
        """Receive the rest of a file; False where the provider has none."""
        mark = self._mark(wanted)
        tag = mark.read_text("utf-8") if mark.is_file() and not wanted.query else ""
        have = part.stat().st_size if part.is_file() and tag else 0
        headers = {"Accept-Encoding": "identity"}  # bytes as they lie there: only those can be counted on from
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": tag}
        method, content = ("POST", wanted.query) if wanted.query else ("GET", None)
        with self.client.stream(method, self.url(wanted), headers=headers, content=content) as answer:
            if answer.status_code in MISSING and wanted.may_be_missing:
                return False
            if answer.status_code in BUSY:
                raise _BusyError(f"HTTP {answer.status_code}")
            if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                part.unlink()
                raise _BusyError("the file has changed")
            self._check(wanted, answer)
            if answer.status_code != httpx.codes.PARTIAL_CONTENT:
                have = 0
            mark.write_text(answer.headers.get("ETag", ""), "utf-8")
            total = have + int(answer.headers.get("Content-Length", 0))
            with part.open("ab" if have else "wb") as file:
                for piece in answer.iter_bytes(PIECE_BYTES):
                    file.write(piece)
                    have += len(piece)
                    self.tell(wanted.name, have, total)
        return True

    def _ask(self, wanted: Download, method: str, headers: dict[str, str]) -> httpx.Response:
        last: Exception = _BusyError("")
        for attempt in range(TRIES):
            try:
                answer = self.client.request(method, self.url(wanted), headers=headers)
                if answer.status_code not in BUSY:
                    return answer
                last = _BusyError(f"HTTP {answer.status_code}")
            except httpx.ConnectError as error:
                raise self._unreachable(wanted, error) from error
            except httpx.TransportError as error:
                last = error
            if attempt < TRIES - 1:
                self.sleep(2.0**attempt)
        raise self._unreachable(wanted, last)

    def _check(self, wanted: Download, answer: httpx.Response) -> None:
        if answer.status_code in (401, 403):
            raise InputError("fetch.refused", host=wanted.host, name=wanted.name, status=answer.status_code)
        if answer.is_error:
            raise InputError("fetch.not_there", host=wanted.host, name=wanted.name, status=answer.status_code)

    def _check_content(self, wanted: Download, part: Path) -> None:
        """Refuse a complaint that was sent in place of a file; the token is not shown if it is quoted."""
        said = wanted.complaint(part)
        if not said:
            return
        part.unlink()
        self._mark(wanted).unlink(missing_ok=True)
        token = wanted.secret.rpartition("=")[2]
        said = " ".join((said.replace(token, "***") if token else said).split())[:MOST_SAID]
        raise InputError("fetch.complaint", host=wanted.host, name=wanted.name, said=said)

    def _unreachable(self, wanted: Download, error: Exception) -> InputError:
        return InputError("fetch.unreachable", host=wanted.host, name=wanted.name, reason=type(error).__name__)

    def _note(self, wanted: Download) -> Path:
        return self.cache / f"{wanted.name}.json"

    def _mark(self, wanted: Download) -> Path:
        """Where the provider's tag of an unfinished file is kept, so that two versions are never joined."""
        return self.cache / f"{wanted.name}.etag"


class _BusyError(Exception):
    """The provider asks to come again later."""


def json_of(file: Path) -> Any:
    """Return what a JSON file says."""
    return json.loads(file.read_text("utf-8"))
