"""The tree of what Jangkau refuses. Each error says what is wrong, where, with which value, and what to do.

    JangkauError
    ├── InputError        a file or a row that a person gave: mend it and try again
    │   └── FormatError   the file as a whole cannot be read as what it claims to be
    ├── SettingError      jangkau.toml, an environment variable or a flag
    ├── RegionError       the region folder is missing, newer than this program, or lacks what the study needs
    ├── StoreError        the live store refuses or is damaged
    └── ModelError        a value outside what a physical model can compute

An error carries a `jangkau.messages.Message`; faces render it in the user's language. ``str(error)`` is English.
"""

from jangkau.messages import Message, render


class JangkauError(Exception):
    """Anything that Jangkau refuses, said as a message code with parameters."""

    def __init__(self, code: str, /, **parameters: object) -> None:
        super().__init__(code)
        self.message = Message(code, parameters)

    def __str__(self) -> str:
        return render(self.message, "en")


class InputError(JangkauError):
    """A file or a row that a person gave cannot be used as it is."""


class FormatError(InputError):
    """A file as a whole is not what it claims to be."""


class SettingError(JangkauError):
    """A setting, an environment variable or a flag has a value that cannot be used."""


class RegionError(JangkauError):
    """The region folder is missing, newer than this program, or lacks what a study needs."""


class StoreError(JangkauError):
    """The live store refuses a write or is damaged."""


class ModelError(JangkauError):
    """A physical model was asked for a value outside what it can compute."""
