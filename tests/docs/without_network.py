"""Type the commands of a page with the `jangkau` of another environment, where no network can be reached.

``python without_network.py PAGE FOLDER JANGKAU`` is run by `test_wheel.py` in a network namespace of its own: there is
only the loopback interface, which this script brings up first.
"""

import fcntl
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from doc_blocks import blocks

WELL_ENDED = (0, 3)
SECONDS_TO_START = 240


def main(page: Path, folder: Path, jangkau: Path) -> None:
    """Type every command of a page, in a folder."""
    bring_loopback_up()
    reachable = can_reach_outside()
    print(f"network: {'REACHABLE' if reachable else 'cut'}", flush=True)
    if reachable:
        sys.exit("the network was to be cut")
    environment = dict(os.environ)
    for block in blocks(page):
        if block.file:
            (folder / block.file).write_text(block.text, "utf-8")
        for words in block.typed:
            if words[0] == "export":
                name, _, value = words[1].partition("=")
                environment[name] = value
                continue
            assert words[0] == "jangkau", words
            print("$", *words, flush=True)
            command, began = [str(jangkau), *words[1:]], time.monotonic()
            if words[1] == "serve":
                serve_for_a_moment(command, folder, environment)
            else:
                ended = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, check=False)
                assert ended.returncode in WELL_ENDED, f"{words} ended with {ended.returncode}"
            print(f"  {time.monotonic() - began:.0f} s", flush=True)


def bring_loopback_up() -> None:
    """Set the loopback interface of this namespace up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS: IFF_UP, IFF_RUNNING


def can_reach_outside() -> bool:
    """Tell whether a packet could leave this machine; none is sent: connecting a UDP socket only asks for a route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address for documentation: nobody has it
        except OSError:
            return False
    return True


def serve_for_a_moment(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Start a server, ask it whether it lives, stop it as Ctrl-C does."""
    server = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        address = re.search(r"http://\S+/", server.stdout.readline())
        assert address, "the server does not say where it is"
        for _ in range(SECONDS_TO_START):
            try:
                with urllib.request.urlopen(f"{address[0]}healthz", timeout=5) as answer:
                    assert answer.status == 200
                    break
            except OSError:
                time.sleep(1)
        else:
            raise AssertionError("the server does not answer")
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=60)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
