"""A bad line between a phone and a server, on this machine: slow, cut every few seconds, requests that come twice."""

import contextlib
import socket
import threading
import time


class BadLine:
    """A proxy for TCP. Attributes may be changed while it runs.

    Attributes
    ----------
    upstream : int
        Port of the server behind it.
    cut_after_s : float or None
        A connection is cut when it is this old.
    bits_per_s : float or None
        Rate of each direction, of all connections together.
    repeats : bool
        Whether all that a phone has sent over a connection is sent to the server once more afterwards.
    down : bool
        Whether nobody gets through.
    silent : bool
        Whether connections stay open and nothing passes: a line that is dead, and nobody says so.
    on_answer : callable or None
        Gets what the phone sent so far and what the server answers; True cuts the connection before the answer passes.
    """

    def __init__(self, upstream):
        self.upstream = upstream
        self.cut_after_s = self.bits_per_s = self.on_answer = None
        self.repeats = self.down = self.silent = False
        self.cuts = self.repeated = 0
        self._free_at = {"up": 0.0, "down": 0.0}
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.2)
        self._stopped = threading.Event()
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self):
        self._stopped.set()
        self._thread.join()
        self._server.close()

    def _accept(self):
        while not self._stopped.is_set():
            with contextlib.suppress(TimeoutError):
                client, _ = self._server.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client):
        said = bytearray()
        with client:
            if self.down:
                return
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
            try:
                server = socket.create_connection(("127.0.0.1", self.upstream), 5)
            except OSError:
                return
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with server:
                born = time.monotonic()
                up = threading.Thread(target=self._pump, args=(client, server, "up", born, said), daemon=True)
                up.start()
                self._pump(server, client, "down", born, said)
                for one in (client, server):
                    with contextlib.suppress(OSError):
                        one.shutdown(socket.SHUT_RDWR)
                up.join(5)
        if self.repeats and said:
            self._repeat(bytes(said))

    def _pump(self, source, target, way, born, said):
        source.settimeout(0.1)
        while not self._stopped.is_set() and not self.down:
            if self.cut_after_s is not None and time.monotonic() - born > self.cut_after_s:
                self.cuts += 1
                return
            if self.silent:
                time.sleep(0.1)
                continue
            try:
                part = source.recv(1024 if self.bits_per_s else 65536)
            except TimeoutError:
                continue
            except OSError:
                return
            if not part:
                return
            if way == "up":
                said += part
            elif self.on_answer is not None and self.on_answer(bytes(said), part):
                return
            self._wait(way, len(part))
            try:
                target.sendall(part)
            except OSError:
                return

    def _wait(self, way, count):
        if not self.bits_per_s:
            return
        with self._lock:
            start = max(self._free_at[way], time.monotonic() - 0.05)  # what a sleep was too long is made good
            self._free_at[way] = start + 8 * count / self.bits_per_s
        time.sleep(max(0.0, self._free_at[way] - time.monotonic()))

    def _repeat(self, said):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.upstream), 5) as server:
            server.sendall(said)
            server.shutdown(socket.SHUT_WR)
            server.settimeout(5)
            self.repeated += 1
            while server.recv(65536):
                pass


@contextlib.contextmanager
def bad_line(upstream):
    """Give a line to a port of this machine."""
    line = BadLine(upstream)
    try:
        yield line
    finally:
        line.close()
