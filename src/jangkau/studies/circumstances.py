"""What a face hands to every study: the day, the clock, how many hands, and whom to tell how far the work is."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from jangkau.messages import Message

Progress = Callable[[Message, int, int], None]
"""Called with what is being done, how many parts are done, and how many there are."""


def silent(message: Message, done: int, total: int) -> None:
    """Tell nobody."""


def available_processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The day that a study takes for today, and how it runs.

    Attributes
    ----------
    as_of : date
        The day; nothing later counts.
    clock : callable
        Gives the time that is written beside what is made; it never changes a result.
    progress : callable
        See `Progress`.
    workers : int
        Threads that compute.
    actor : str
        Who asks, for the audit chain.
    scheduler : str or None
        Address of a Dask scheduler whose workers compute sites in their place; it never changes a result.
    """

    as_of: date
    clock: Callable[[], datetime]
    progress: Progress = silent
    workers: int = field(default_factory=available_processors)
    actor: str = "jangkau"
    scheduler: str | None = None
