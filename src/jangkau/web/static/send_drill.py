"""Send an invented file to Jangkau at the agreed hour of a drill. One file, Python 3.9 or newer, nothing to install.

    python send_drill.py https://desk.example:8443 --name kantor-desa --place 99.01.01.2001-KD

Asks for the password (or takes JANGKAU_PASSWORD), waits for the hour by the server's clock, sends random bytes of the
agreed size, tries again if it breaks off, and says how long it took.
"""

import argparse
import getpass
import http.client
import json
import os
import ssl
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

BLOCK = 64 * 1024


class Desk:
    """The server: logs in, asks and sends."""

    def __init__(self, address: str, authority: str | None, timeout_s: float) -> None:
        self.address, self.timeout_s = urlsplit(address), timeout_s
        self.context = ssl.create_default_context(cafile=authority) if self.address.scheme == "https" else None
        self.headers: dict[str, str] = {}

    def ask(self, method: str, path: str, body: Any = None, size: int | None = None) -> Any:
        """Ask and return the answer; OSError when it does not come, SystemExit when it is a refusal."""
        host, port = self.address.hostname or "localhost", self.address.port
        line: http.client.HTTPConnection
        if self.context is not None:
            line = http.client.HTTPSConnection(host, port, timeout=self.timeout_s, context=self.context)
        else:
            line = http.client.HTTPConnection(host, port, timeout=self.timeout_s)
        headers = dict(self.headers)
        if size is None and body is not None:
            body, headers["Content-Type"] = json.dumps(body), "application/json"
        elif size is not None:
            headers.update({"Content-Type": "application/octet-stream", "Content-Length": str(size)})
        try:
            line.request(method, "/api/v1" + path, body, headers)
            answer = line.getresponse()
            said = json.loads(answer.read() or b"{}")
        except (http.client.HTTPException, ValueError) as error:
            raise OSError(str(error)) from error
        finally:
            line.close()
        if answer.status >= 500:
            raise OSError(said.get("detail", answer.status))
        if answer.status >= 400:
            raise SystemExit(str(said.get("detail", answer.status)))
        cookie = answer.getheader("Set-Cookie")
        if cookie:
            self.headers["Cookie"] = cookie.split(";")[0]
        return said

    def log_in(self, name: str, password: str) -> None:
        """Begin a session."""
        said = self.ask("POST", "/session", {"name": name, "password": password})
        self.headers["X-CSRF-Token"] = said["csrf"]


def noise(size: int) -> Iterator[bytes]:
    """Give random bytes, which nothing on the way can make smaller."""
    while size > 0:
        yield os.urandom(min(BLOCK, size))
        size -= BLOCK


def wait_until(at: datetime, now: datetime) -> None:
    """Wait for an hour by the server's clock."""
    seconds = (at - now).total_seconds()
    if seconds > 0:
        say(f"menunggu / waiting {seconds:.0f} s")
        time.sleep(seconds)


def say(text: str) -> None:
    """Say something."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Log in, wait, send; 0 when the file arrived."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server")
    parser.add_argument("--name", required=True, help="account")
    parser.add_argument("--place", required=True, help="code of the office or polling station")
    parser.add_argument("--drill", help="id; the last one if left out")
    parser.add_argument("--authority", help="certificate of the local authority (authority.pem)")
    parser.add_argument("--most-tries", type=int, default=3)
    parser.add_argument("--retry-s", type=float, default=60.0)
    parser.add_argument("--timeout-s", type=float, default=900.0)
    asked = parser.parse_args()
    desk = Desk(asked.server, asked.authority, asked.timeout_s)
    desk.log_in(asked.name, os.environ.get("JANGKAU_PASSWORD") or getpass.getpass())
    said = desk.ask("GET", "/drills")
    found = [d for d in said["items"] if asked.drill in (None, d["id"])]
    if not found:
        raise SystemExit("tidak ada gladi / there is no drill")
    drill, file = found[-1], uuid.uuid4()
    wait_until(datetime.fromisoformat(drill["at"]), datetime.fromisoformat(said["now"]))
    for tries in range(1, asked.most_tries + 1):
        path = f"/drills/{drill['id']}/files?id={file}&place={quote(asked.place)}&tries={tries}"
        try:
            done = desk.ask("POST", path, noise(drill["size_bytes"]), drill["size_bytes"])
        except OSError as error:
            say(f"putus / broken off ({tries}): {error}")
            if tries < asked.most_tries:
                time.sleep(asked.retry_s)
            continue
        say(f"terkirim / sent: {done['received_bytes']} byte, {done['seconds']:.1f} s")
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
