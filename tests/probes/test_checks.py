"""Checks of targets on this machine: what answers, what refuses, what is slow, and who wrote down how."""

import asyncio
import contextlib
import socket
import struct
from datetime import UTC, datetime

import pytest

from jangkau.errors import InputError
from jangkau.probes.checks import Checker, checksum, echo_request, is_reply
from jangkau.probes.targets import Target, target_of

NOW = datetime(2024, 11, 27, tzinfo=UTC)


def looked(target, **given):
    async def look():
        checker = Checker(lambda: NOW, timeout_s=0.3, tries=2, **given)
        try:
            return await checker.check(target)
        finally:
            await checker.close()

    return asyncio.run(look())


@contextlib.contextmanager
def tcp_server(answer=b""):
    async def serve(reader, writer):
        if answer:
            await reader.read(1000)
            writer.write(answer)
            await writer.drain()
        writer.close()

    with contextlib.closing(asyncio.new_event_loop()) as loop:
        server = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0))
        yield loop, server.sockets[0].getsockname()[1]
        server.close()
        loop.run_until_complete(server.wait_closed())


def on(loop, target):
    async def look():
        checker = Checker(lambda: NOW, timeout_s=0.5, tries=2)
        found = await checker.check(target)
        await checker.close()
        return found

    return loop.run_until_complete(look())


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("10.0.0.1", Target("icmp", "10.0.0.1")),
        ("router.desa.id:8291", Target("tcp", "router.desa.id", 8291)),
        ("[2001:db8::1]:22", Target("tcp", "2001:db8::1", 22)),
        ("2001:db8::1", Target("icmp", "2001:db8::1")),
        ("https://kpu.example/health", Target("http", "kpu.example", 443, "https://kpu.example/health")),
        ("dns:kutaitimurkab.go.id@10.0.0.1", Target("dns", "10.0.0.1", 53, name="kutaitimurkab.go.id")),
    ],
)
def test_an_address_says_how_it_is_checked(address, target):
    assert target_of(address) == target


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a b",
        "host:port",
        "host:99999",
        "dns:name",
        "http:///x",
        "a/b",
        "http://a:99999/",
        "http://[a/",
        "http://a b/",
    ],
)
def test_other_addresses_are_refused(address):
    with pytest.raises(InputError):
        target_of(address)


def test_a_port_that_answers_or_refuses_is_up_and_a_black_hole_is_down():
    with tcp_server() as (loop, port):
        found = on(loop, Target("tcp", "127.0.0.1", port))
        assert (found.up, found.method, found.loss_percent) == (True, "tcp", 0.0)
        assert found.latency_ms < 500
    refused = looked(Target("tcp", "127.0.0.1", port))
    assert refused.up
    with socket.socket() as full:  # a backlog that is full swallows what comes
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        held = [socket.socket() for _ in range(4)]
        for one in held:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        found = looked(Target("tcp", *full.getsockname()))
        for one in held:
            one.close()
    assert (found.up, found.loss_percent, found.latency_ms) == (False, 100.0, None)


@pytest.mark.parametrize(("status", "up"), [(b"200 OK", True), (b"404 Not Found", True), (b"503 Busy", False)])
def test_http(status, up):
    with tcp_server(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") as (loop, port):
        found = on(loop, target_of(f"http://127.0.0.1:{port}/"))
    assert (found.up, found.method) == (up, "http")


@pytest.mark.parametrize(("code", "up"), [(0, True), (3, True), (2, False)])
def test_dns(code, up):
    class Answers(asyncio.DatagramProtocol):
        def connection_made(self, transport):
            self.transport = transport

        def datagram_received(self, data, address):
            self.transport.sendto(data[:2] + struct.pack("!H", 0x8180 | code) + data[4:], address)

    async def look():
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(Answers, local_addr=("127.0.0.1", 0))
        port = transport.get_extra_info("sockname")[1]
        found = await Checker(lambda: NOW, 0.3, 2).check(target_of(f"dns:example.id@127.0.0.1:{port}"))
        transport.close()
        return found

    found = asyncio.run(look())
    assert (found.up, found.method) == (up, "dns")


def test_a_name_with_letters_beyond_ascii_is_asked_in_its_encoded_form():
    class Keeps(asyncio.DatagramProtocol):
        heard = b""

        def datagram_received(self, data, address):
            self.heard = data

    async def look():
        loop = asyncio.get_running_loop()
        transport, kept = await loop.create_datagram_endpoint(Keeps, local_addr=("127.0.0.1", 0))
        port = transport.get_extra_info("sockname")[1]
        await Checker(lambda: NOW, 0.3, 1).check(Target("dns", "127.0.0.1", port, name="bücher.id"))
        transport.close()
        return kept.heard

    assert asyncio.run(look())[12:] == b"\x0dxn--bcher-kva\x02id\x00" + struct.pack("!HH", 1, 1)


def test_a_host_without_icmp_is_asked_by_tcp_and_that_is_written_down():
    found = looked(Target("icmp", "127.0.0.1"), icmp_allowed=False)
    assert (found.up, found.method) == (True, "tcp")


def has_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_icmp_where_the_system_allows_it(host):
    checker = Checker(lambda: NOW)
    if not checker.icmp_allowed:
        pytest.skip("this system allows no ICMP socket")
    if host == "::1" and not has_ipv6():
        pytest.skip("this system has no IPv6")
    found = looked(Target("icmp", host))
    assert (found.up, found.method, found.loss_percent) == (True, "icmp", 0.0)


def test_a_name_that_does_not_resolve_is_down_not_an_error():
    assert not looked(Target("tcp", "nowhere.invalid", 80)).up


def test_a_server_of_others_is_asked_by_one_packet(monkeypatch):
    tried = []

    async def never(_checker, target):
        tried.append(target.port)
        raise OSError

    monkeypatch.setattr(Checker, "_tcp", never)
    assert looked(Target("icmp", "10.0.0.1", once=True), icmp_allowed=False).loss_percent == 100.0
    assert tried == [443]


def test_packets_of_icmp():
    packet = echo_request(7, 1, b"12345678")
    assert checksum(packet) == 0
    reply = b"\x00" + packet[1:]
    assert is_reply(reply, b"12345678")
    assert is_reply(b"\x45" + b"\0" * 19 + reply, b"12345678")
    assert not is_reply(packet, b"12345678")
    assert not is_reply(reply, b"other---")
    six = echo_request(7, 1, b"12345678", socket.AF_INET6)
    assert six[0] == 128
    assert is_reply(b"\x81" + six[1:], b"12345678", socket.AF_INET6)
    assert not is_reply(six, b"12345678", socket.AF_INET6)
