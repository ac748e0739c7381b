"""Progress on stderr: a bar with the time left in a terminal, a line a step elsewhere."""

import sys
import time

from jangkau.messages import Message, render
from jangkau.studies.circumstances import Progress


def progress_on_stderr(language: str) -> Progress:
    """Return a progress function that speaks a language."""
    return _Bar(language) if sys.stderr.isatty() else _Lines(language)


def _left(started: float, done: int, total: int) -> str:
    if done == 0:
        return ""
    seconds = round((time.monotonic() - started) / done * (total - done))
    return f"{seconds // 60}:{seconds % 60:02d}"


class _Lines:
    """One line when a step begins and one when it ends."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._now = ""

    def __call__(self, message: Message, done: int, total: int) -> None:
        text = render(message, self._language)
        if text != self._now and total:
            self._now = text
            sys.stderr.write(f"  {text} ({total})\n")
            sys.stderr.flush()


class _Bar:
    """A bar that is drawn over itself."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._started = time.monotonic()
        self._code = ""

    def __call__(self, message: Message, done: int, total: int) -> None:
        if message.code != self._code:
            self._code, self._started = message.code, time.monotonic()
        width = 24
        filled = round(width * done / total) if total else width
        text = render(message, self._language)[:34]
        left = _left(self._started, done, total)
        sys.stderr.write(f"\r\x1b[K  {text:<34} {'█' * filled}{'░' * (width - filled)} {done}/{total} {left}")
        if done >= total:
            sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
