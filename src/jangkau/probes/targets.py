"""What an address asks to check, and by which method."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from jangkau.errors import InputError

Method = Literal["icmp", "tcp", "http", "dns"]


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to check: a host, with the port, path or name that its method needs; `once`: by a single packet."""

    method: Method
    host: str
    port: int = 0
    path: str = "/"
    name: str = ""
    once: bool = False


def target_of(address: str) -> Target:
    """Return what an address means.

    Parameters
    ----------
    address : str
        ``host`` (ICMP), ``host:port`` (TCP), ``http://host[:port]/path`` or https (HTTP), ``dns:name@server[:port]``.

    Raises
    ------
    InputError
        When it is none of these.
    """
    text = address.strip()
    if text.startswith(("http://", "https://")):
        try:
            parts = urlsplit(text)
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError as error:
            raise InputError("watch.bad_address", address=address) from error
        if not parts.hostname or any(c.isspace() for c in text):
            raise InputError("watch.bad_address", address=address)
        return Target("http", parts.hostname, port, text)
    if text.startswith("dns:"):
        name, at, server = text[4:].partition("@")
        host, port_text = _host_and_port(server, address)
        if not name or not at:
            raise InputError("watch.bad_address", address=address)
        return Target("dns", host, port_text or 53, name=name)
    host, number = _host_and_port(text, address)
    return Target("tcp", host, number) if number else Target("icmp", host)


def _host_and_port(text: str, address: str) -> tuple[str, int]:
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") > 1:
        host, port = text, ""
    else:
        host, _, port = text.partition(":")
    if not host or any(c.isspace() or c == "/" for c in text) or (port and not port.isdigit()):
        raise InputError("watch.bad_address", address=address)
    if port and not 0 < int(port) < 65_536:
        raise InputError("watch.bad_address", address=address)
    return host, int(port or 0)
