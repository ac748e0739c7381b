"""Checks of a target: ICMP where the system allows it, TCP, HTTP, DNS. Every answer says which method gave it."""

import asyncio
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

import httpx

from jangkau.probes.targets import Target
from jangkau.uptime import Check

ICMP_FALLBACK_PORTS = (443, 80, 53)
"""TCP ports tried where ICMP is not allowed: a refusal is an answer too, the host is there."""

_ECHO, _ECHO_REPLY = {socket.AF_INET: 8, socket.AF_INET6: 128}, {socket.AF_INET: 0, socket.AF_INET6: 129}
_PROTOCOL = {socket.AF_INET: socket.IPPROTO_ICMP, socket.AF_INET6: socket.IPPROTO_ICMPV6}
_DNS_QUESTION = struct.Struct("!HHHHHH")


@dataclass(slots=True)
class Checker:
    """Checks targets from this machine.

    Attributes
    ----------
    clock : callable
        Gives the time written on a check.
    timeout_s : float
        Wait for one answer [s].
    tries : int
        Packets of a check; one answer is enough.
    """

    clock: Callable[[], datetime]
    timeout_s: float = 3.0
    tries: int = 3
    icmp_allowed: bool = field(default_factory=lambda: icmp_is_allowed())
    _client: httpx.AsyncClient | None = None

    async def check(self, target: Target) -> Check:
        """Look at a target once; what goes wrong is an answer, never an error."""
        if target.method == "icmp" and not self.icmp_allowed:
            return await self._fallback(target)
        once = {"icmp": self._icmp, "tcp": self._tcp, "http": self._http, "dns": self._dns}[target.method]
        return await self._several(target, target.method, lambda: once(target))

    async def close(self) -> None:
        """Close what stays open between checks."""
        if self._client is not None:
            await self._client.aclose()

    async def _several(self, target: Target, method: str, once: Callable[[], Awaitable[None]]) -> Check:
        """Try until there were `tries`; after a first answer of anything but ICMP, that is enough."""
        answers: list[float] = []
        tried = 0
        for _ in range(1 if target.once else self.tries):
            tried += 1
            started = asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(self.timeout_s):
                    await once()
            except (OSError, TimeoutError, httpx.HTTPError, ValueError):
                continue
            answers.append((asyncio.get_running_loop().time() - started) * 1e3)
            if method != "icmp":
                break
        loss = 100.0 * (tried - len(answers)) / tried
        return Check(self.clock(), method, bool(answers), median(answers) if answers else None, loss)

    async def _fallback(self, target: Target) -> Check:
        last = Check(self.clock(), "tcp", False, None, 100.0)
        for port in ICMP_FALLBACK_PORTS[: 1 if target.once else None]:
            last = await self._several(target, "tcp", lambda port=port: self._tcp(Target("tcp", target.host, port)))  # type: ignore[misc]
            if last.up:
                break
        return last

    async def _tcp(self, target: Target) -> None:
        try:
            _, writer = await asyncio.open_connection(target.host, target.port)
        except ConnectionRefusedError:
            return  # the host answered
        writer.close()

    async def _http(self, target: Target) -> None:
        if self._client is None:
            limits = httpx.Limits(max_keepalive_connections=0)
            self._client = httpx.AsyncClient(timeout=self.timeout_s, limits=limits, follow_redirects=False)
        answer = await self._client.head(target.path)
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise ValueError(answer.status_code)

    async def _dns(self, target: Target) -> None:
        number = int.from_bytes(os.urandom(2))
        parts = [part.encode("idna") for part in target.name.strip(".").split(".")]
        question = b"".join(bytes([len(part)]) + part for part in parts)
        packet = _DNS_QUESTION.pack(number, 0x0100, 1, 0, 0, 0) + question + b"\0" + struct.pack("!HH", 1, 1)
        loop = asyncio.get_running_loop()
        family, address = await _resolved(target)
        with socket.socket(family, socket.SOCK_DGRAM) as asked:
            asked.setblocking(False)
            asked.connect(address)  # only sets the address: nothing is sent
            await loop.sock_sendall(asked, packet)
            answer = await loop.sock_recv(asked, 1500)
        if len(answer) < 4 or answer[:2] != packet[:2] or answer[3] & 0x0F not in (0, 3):
            raise ValueError("no answer to the question")

    async def _icmp(self, target: Target) -> None:
        loop = asyncio.get_running_loop()
        family, address = await _resolved(target)
        opened = _icmp_socket(family)
        if opened is None:
            raise OSError("ICMP is not allowed")
        with opened as asked:
            asked.setblocking(False)
            token = os.urandom(8)
            asked.connect(address)
            await loop.sock_sendall(asked, echo_request(os.getpid() & 0xFFFF, 1, token, family))
            while not is_reply(await loop.sock_recv(asked, 1500), token, family):
                pass


async def _resolved(target: Target) -> tuple[socket.AddressFamily, tuple[Any, ...]]:
    """Return family and address of a target's host, by IPv4 or IPv6 as the system prefers."""
    found = await asyncio.get_running_loop().getaddrinfo(target.host, target.port, type=socket.SOCK_DGRAM)
    return found[0][0], found[0][4]


def icmp_is_allowed() -> bool:
    """Tell whether this process may send ICMP."""
    opened = _icmp_socket(socket.AF_INET)
    if opened is not None:
        opened.close()
    return opened is not None


def _icmp_socket(family: socket.AddressFamily) -> socket.socket | None:
    """Return a socket for ICMP: unprivileged where the system allows it, else raw, else None."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            return socket.socket(family, kind, _PROTOCOL[family])
        except OSError:
            continue
    return None


def echo_request(identifier: int, sequence: int, token: bytes, family: socket.AddressFamily = socket.AF_INET) -> bytes:
    """Return an echo request of ICMP (RFC 792) or ICMPv6 (RFC 4443) that carries a token.

    The system itself writes the checksum of ICMPv6, which covers addresses too.
    """
    head = struct.pack("!BBHHH", _ECHO[family], 0, 0, identifier, sequence)
    total = checksum(head + token) if family == socket.AF_INET else 0
    return struct.pack("!BBHHH", _ECHO[family], 0, total, identifier, sequence) + token


def is_reply(packet: bytes, token: bytes, family: socket.AddressFamily = socket.AF_INET) -> bool:
    """Tell whether a packet, with or without an IPv4 header, is the reply that carries a token."""
    if family == socket.AF_INET and packet and packet[0] >> 4 == 4:
        packet = packet[(packet[0] & 0x0F) * 4 :]
    return len(packet) >= 8 and packet[0] == _ECHO_REPLY[family] and packet[8:].startswith(token)


def checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071)."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
