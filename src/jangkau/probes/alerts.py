"""Alerts by mail, Telegram, webhook and more, through apprise; addresses hold secrets and come from the environment."""

import os
from collections.abc import Callable, Sequence

ADDRESSES = "JANGKAU_ALERTS"
"""Environment: apprise addresses, separated by white space."""

Sender = Callable[[str, str], bool]
"""Called with title and text; tells whether at least one address took it."""


def sender_of(addresses: Sequence[str]) -> Sender:
    """Return a sender to some addresses; without any it takes everything and tells nobody."""
    if not addresses:
        return lambda _title, _text: True

    import apprise

    boxes = [apprise.Apprise() for _ in addresses]
    for box, address in zip(boxes, addresses, strict=True):
        box.add(address)

    def send(title: str, text: str) -> bool:
        took = [bool(box.notify(title=title, body=text)) for box in boxes]
        return any(took)  # else an address that fails would have the others told again and again

    return send


def addresses_of(environment: dict[str, str]) -> list[str]:
    """Return the addresses that the environment names."""
    return environment.get(ADDRESSES, "").split()


def from_environment() -> Sender:
    """Return the sender to the addresses of this process's environment."""
    return sender_of(addresses_of(dict(os.environ)))
