"""Words for people: a message is a code with parameters until a face renders it in a language.

The catalogues ``locale/<language>/LC_MESSAGES/<room>.po`` hold one template a code, written with named fields in
braces: ``"{place} has no signal of {operator}"``. Codes are lower case with dots; a code stands in one catalogue only.
"""

import gettext
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from string import Formatter

LANGUAGES = ("id", "en")


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to say: `code` names the template, `parameters` fill its fields."""

    code: str
    parameters: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return the form kept in files: the code and its parameters, no language."""
        return {"code": self.code, "parameters": {k: _plain(v) for k, v in self.parameters.items()}}


def _plain(value: object) -> object:
    if isinstance(value, Message):
        return value.as_json()
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return str(value)


@cache
def _catalogue(language: str) -> dict[str, str]:
    """Return the templates of all rooms by code."""
    found: dict[str, str] = {}
    for path in (files("jangkau") / "locale" / language / "LC_MESSAGES").iterdir():
        if path.name.endswith(".mo"):
            with path.open("rb") as file:
                of_room: dict[str, str] = getattr(gettext.GNUTranslations(file), "_catalog")  # noqa: B009 - no reader
            found |= {code: text for code, text in of_room.items() if code}
    return found


def templates(language: str, beginnings: tuple[str, ...]) -> dict[str, str]:
    """Return the templates of a language whose codes begin with one of some words."""
    return {code: text for code, text in _catalogue(language).items() if code.startswith(beginnings)}


class _LocalFormatter(Formatter):
    """Fill a template; numbers take the separators of the language, messages inside messages are rendered too."""

    def __init__(self, language: str) -> None:
        self.language = language

    def format_field(self, value: object, format_spec: str) -> str:
        if isinstance(value, Message):
            return render(value, self.language)
        if isinstance(value, bool) or value is None or isinstance(value, str):
            return str(value)
        if isinstance(value, (int, float)):
            return number(value, format_spec, self.language)
        return str(super().format_field(value, "" if isinstance(value, date) else format_spec))


def number(value: float, format_spec: str = "", language: str = "en") -> str:
    """Write a number with the separators of a language.

    Parameters
    ----------
    value : float or int
    format_spec : str
        Python's, such as ``",.1f"``; empty gives at most three decimals.
    language : str
        One of `LANGUAGES`. Indonesian writes 1.234,5 where English writes 1,234.5.
    """
    text = format(value, format_spec) if format_spec else f"{value:,.3f}".rstrip("0").rstrip(".")
    return text.translate(str.maketrans(",.", ".,")) if language == "id" else text


def render(message: Message, language: str) -> str:
    """Return the sentence of a message in a language, one of `LANGUAGES`.

    A code that no catalogue knows is returned with its parameters, so that nothing is ever hidden from the reader.
    """
    template = _catalogue(language).get(message.code)
    if template is None:
        return " ".join([message.code, *(f"{key}={value}" for key, value in message.parameters.items())])
    return _LocalFormatter(language).vformat(template, (), message.parameters)
