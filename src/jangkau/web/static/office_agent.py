#!/usr/bin/env python3
"""Watch this office's internet and send what is found to the Jangkau server. Python 3.8 or newer, nothing else.

    python3 office_agent.py --server https://jangkau.example --enrol ABCDE-FGHJK --link DESA-7
    python3 office_agent.py                      (afterwards: goes on with what it was told; for a service or task)

It dials out and opens no port. Every minute it asks the server for a sign of life; a few times a day it measures the
rate both ways, in bounded bytes and time. What cannot be sent waits in a file beside this one and is sent later, once.
It reads nothing of this computer and of its users.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import ssl
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

EVERY_S = 60.0
TRIES = 3
TIMEOUT_S = 10.0
RATE_EVERY_S = 6 * 3600.0
RATE_SECONDS = 8.0
FIRST_BYTES, MOST_BYTES = 20_000, 4_000_000
AT_A_TIME = 200
MOST_SPOOLED = 60_000
"""Checks kept while there is no way out: six weeks; then the oldest go."""
SETTLE_S = 30.0
"""After an outage each office waits up to so long before it sends, so that not all come at once."""


class Settings:
    """What the agent was told, kept in a file that only its user may read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.said: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}

    def keep(self, **more: str) -> None:
        """Add what is new and write all of it."""
        self.said.update(more)
        new = self.path.with_suffix(".new")
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(self.said, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)


class Server:
    """The server, as the agent reaches it."""

    def __init__(self, said: dict[str, str]) -> None:
        self.address = said["server"].rstrip("/")
        self.token = said["token"]
        self.context = ssl.create_default_context(cafile=said.get("authority"))

    def ask(
        self, method: str, path: str, body: bytes | None = None, timeout: float = TIMEOUT_S, *, token: bool = True
    ) -> bytes:
        """Return the bytes of an answer; OSError where there is none, PermissionError where the server refuses."""
        headers = {"Content-Type": "application/json", "User-Agent": "jangkau-agent"}
        if token:
            headers["Authorization"] = "Bearer " + self.token
        asked = urllib.request.Request(self.address + path, data=body, headers=headers, method=method)  # noqa: S310
        context = self.context if self.address.startswith("https") else None
        try:
            with urllib.request.urlopen(asked, timeout=timeout, context=context) as answer:  # noqa: S310
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            text = error.read(400).decode("utf-8", "replace")
            if error.code in (401, 403):
                raise PermissionError(text) from error
            raise OSError(f"HTTP {error.code} {text}") from error


class Spool:
    """Checks that wait to be sent: a file with a line each; where the disk is full they wait in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.waiting: list[dict[str, Any]] = []
        for line in path.read_text("utf-8").splitlines() if path.exists() else []:
            try:
                self.waiting.append(json.loads(line))
            except ValueError:
                continue  # the last line of a machine that lost its power

    def add(self, check: dict[str, Any]) -> None:
        """Keep a check."""
        self.waiting.append(check)
        if len(self.waiting) > MOST_SPOOLED:
            del self.waiting[0]
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(check) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            say(f"cannot write {self.path} ({error}); kept in memory")

    def sent(self, count: int) -> None:
        """Forget the oldest: the server has them."""
        del self.waiting[:count]
        try:
            new = self.path.with_suffix(".rest")
            with new.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(check) + "\n" for check in self.waiting)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
        except OSError as error:
            say(f"cannot write {self.path} ({error}); sending twice does no harm")


def say(text: str) -> None:
    """Write a line to the log."""
    sys.stdout.write(time.strftime("%Y-%m-%d %H:%M:%S ") + text + "\n")
    sys.stdout.flush()


def chance(most: float) -> float:
    """Return a number between 0 and a limit, another one for every office."""
    return most * secrets.randbelow(1 << 30) / (1 << 30)


def new_id(now: float) -> str:
    """Return a UUID of version 7."""
    value = (int(now * 1000) & (1 << 48) - 1) << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62
    return str(uuid.UUID(int=value | secrets.randbits(62)))


def look(server: Server) -> tuple[float | None, float]:
    """Ask for signs of life; returns median delay [ms] or None, and loss [%]."""
    delays = []
    for _ in range(TRIES):
        started = time.monotonic()
        try:
            server.ask("POST", "/api/v1/field/speed/ping", b"")
        except PermissionError:
            raise
        except OSError:
            continue
        delays.append((time.monotonic() - started) * 1e3)
    delays.sort()
    return (delays[len(delays) // 2] if delays else None), 100.0 * (TRIES - len(delays)) / TRIES


def rates(server: Server) -> tuple[float | None, float | None]:
    """Return the rates down and up [Mbit/s], each None where it could not be measured.

    Each begins with a small transfer that says how large the next one may be, so that a slow line is measured in
    seconds and not drowned. Upwards the server counts what arrives.
    """
    down = up = None
    size = FIRST_BYTES
    for _ in range(2):
        started = time.monotonic()
        try:
            counted = len(server.ask("POST", f"/api/v1/field/speed/down?count={size}", b"", timeout=4 * RATE_SECONDS))
        except OSError:
            break
        took = max(time.monotonic() - started, 1e-3)
        down = counted * 8 / took / 1e6
        size = int(min(max(counted / took * RATE_SECONDS, FIRST_BYTES), MOST_BYTES))
    size = FIRST_BYTES
    for _ in range(2):
        path = "/api/v1/field/speed/up?test=" + secrets.token_hex(12)
        started = time.monotonic()
        try:
            said = json.loads(server.ask("POST", path, os.urandom(size), timeout=4 * RATE_SECONDS).decode())
        except (OSError, ValueError):
            break
        took = max(time.monotonic() - started, 1e-3)
        if said.get("seconds"):
            up = said["bytes"] * 8 / max(said["seconds"], 1e-3) / 1e6
        size = int(min(max(size / took * RATE_SECONDS, FIRST_BYTES), MOST_BYTES))
    return down, up


def checked(server: Server, *, with_rates: bool) -> dict[str, Any]:
    """Return one check as it is sent."""
    delay, loss = look(server)
    now = time.time()
    check: dict[str, Any] = {
        "id": new_id(now),
        "time": now,
        "up": delay is not None,
        "latency_ms": delay,
        "loss_percent": loss,
    }
    if with_rates and delay is not None:
        check["download_mbps"], check["upload_mbps"] = rates(server)
    return check


def send(server: Server, link: str, spool: Spool) -> bool:
    """Send what waits, the oldest first; returns whether all of it went."""
    while spool.waiting:
        some = spool.waiting[:AT_A_TIME]
        body = json.dumps({"link_code": link, "now": time.time(), "checks": some}).encode()
        try:
            server.ask("POST", "/api/v1/agent/checks", body, timeout=30.0)
        except PermissionError:
            raise
        except OSError as error:
            say(f"cannot send {len(spool.waiting)} checks: {error}")
            return False
        spool.sent(len(some))
    return True


def enrol(settings: Settings, server: str, code: str) -> None:
    """Be let in with a code that works once; the token is made here and told to the server alone.

    With the same code it is the same token again, as the answer may have been lost on the way; another code is another
    enrolment, for which the server takes no token that it knows.
    """
    token = settings.said["token"] if settings.said.get("code") == code else secrets.token_urlsafe(40)
    settings.keep(server=server, token=token, code=code)
    body = json.dumps({"code": code, "token": token, "name": "office agent"}).encode()
    Server(settings.said).ask("POST", "/api/v1/field/enrolment", body, token=False)
    say(f"enrolled at {server}")


def run(settings: Settings, spool: Spool, *, once: bool) -> int:
    """Check and send until somebody stops it."""
    server, link = Server(settings.said), settings.said["link"]
    turn, was_up = 0, True
    began, next_rates = time.monotonic() + (0.0 if once else chance(EVERY_S)), time.monotonic()
    while True:
        wait = began + turn * EVERY_S - time.monotonic()
        if wait > 0 and not once:
            time.sleep(wait)
        try:
            check = checked(server, with_rates=time.monotonic() >= next_rates)
            if "download_mbps" in check:
                next_rates = time.monotonic() + 0.8 * RATE_EVERY_S + chance(0.4 * RATE_EVERY_S)
            spool.add(check)
            if check["up"]:
                if not was_up and not once:
                    time.sleep(chance(SETTLE_S))
                send(server, link, spool)
            was_up = check["up"]
        except PermissionError as error:
            say(f"the server refuses this agent ({error}); checks are kept. Enrol it again with --enrol CODE")
        if once:
            return 0 if not spool.waiting else 1
        turn = int((time.monotonic() - began) // EVERY_S) + 1


def main() -> int:
    """Read what the command says, and go."""
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--server", help="address of the Jangkau server, https://...")
    parser.add_argument("--enrol", metavar="CODE", help="the code that an administrator made for this office")
    parser.add_argument("--link", help="code of the link of this office")
    parser.add_argument("--authority", help="file of the authority that `jangkau tls` made")
    parser.add_argument("--folder", type=Path, default=here, help="where settings and waiting checks are kept")
    parser.add_argument("--once", action="store_true", help="check and send once, and end")
    given = parser.parse_args()
    settings = Settings(given.folder / "office_agent.json")
    if given.authority:
        settings.keep(authority=str(Path(given.authority).resolve()))
    if given.link:
        settings.keep(link=given.link)
    if given.enrol:
        enrol(settings, given.server or settings.said.get("server", ""), given.enrol)
    if not {"server", "token", "link"} <= set(settings.said):
        parser.error("say --server, --enrol and --link the first time")
    try:
        return run(settings, Spool(given.folder / "office_agent.spool"), once=given.once)
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
