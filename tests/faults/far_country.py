"""Hosts behind lines that lose, delay or cut packets: a TUN device of a network namespace, answered in this process."""

import fcntl
import heapq
import os
import select
import socket
import struct
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from jangkau.probes.checks import checksum

_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
ICMP, UDP = 1, 17


@dataclass
class Line:
    """How a host is reached: of five packets `lost` are lost (never two in a row), the others take `delay_s`."""

    lost: int = 0
    delay_s: float = 0.0
    is_cut: bool = False
    is_name_server: bool = True
    packets: int = 0

    def loses(self):
        """Count a packet; tell whether it is lost."""
        self.packets += 1
        return self.is_cut or self.packets % 5 in (1, 3, 0)[: self.lost]


class FarCountry:
    """10.66.0.0/24 behind a TUN device; hosts answer echo requests and questions for names.

    Attributes
    ----------
    lines : dict of str to Line
        How each address is reached; an address that is not there answers nothing.
    """

    def __init__(self, lines):
        self.lines = lines
        self._device = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self._device, _TUNSETIFF, struct.pack("16sH", b"far0", _IFF_TUN | _IFF_NO_PI))
        for command in ("link set lo up", "addr add 10.66.0.1/24 dev far0", "link set far0 up"):
            subprocess.run(["ip", *command.split()], check=True)
        self._stopped, self._later = threading.Event(), []
        self._thread = threading.Thread(target=self._answer, daemon=True)
        self._thread.start()

    def close(self):
        """Take the device away."""
        self._stopped.set()
        self._thread.join()
        os.close(self._device)

    def _answer(self):
        while not self._stopped.is_set():
            ready, _, _ = select.select([self._device], [], [], 0.005 if self._later else 0.1)
            if ready:
                packet = os.read(self._device, 2000)
                line = self.lines.get(socket.inet_ntoa(packet[16:20])) if packet[0] >> 4 == 4 else None
                reply = None if line is None or line.loses() else answer_of(packet, line)
                if reply is not None:
                    heapq.heappush(self._later, (time.monotonic() + line.delay_s, reply))
            while self._later and self._later[0][0] <= time.monotonic():
                os.write(self._device, heapq.heappop(self._later)[1])


def answer_of(packet, line):
    """Return the packet that a host answers an echo request or a question for a name with; None to any other."""
    head, inside = packet[:20], packet[20:]
    if head[9] == ICMP and inside[0] == 8:
        body = b"\0\0" + struct.pack("!H", checksum(b"\0\0\0\0" + inside[4:])) + inside[4:]
    elif head[9] == UDP and line.is_name_server and inside[2:4] == struct.pack("!H", 53):
        asked = inside[8:]
        body = inside[2:4] + inside[0:2] + inside[4:6] + b"\0\0" + asked[:2] + b"\x81\x80" + asked[4:]
    else:
        return None
    start = head[:10] + b"\0\0" + head[16:20] + head[12:16]
    return start[:10] + struct.pack("!H", checksum(start)) + start[12:] + body


def may_be_made():
    """Return why a namespace with a TUN device cannot be made here; empty if it can."""
    if not Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun"
    try:
        made = subprocess.run(
            ["unshare", "-rnm", "ip", "tuntap", "add", "mode", "tun"], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return "unshare is not installed"
    return made.stderr.strip()
