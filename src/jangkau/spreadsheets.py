"""Texts in the cells of a spreadsheet: `_xHHHH_` stands for a character that a cell cannot hold (ECMA-376, ST_Xstring).

A reader of this package takes a cell with such an escape exactly as it says: nothing is stripped, nothing is guessed.
"""

import re
import zipfile
from datetime import date
from pathlib import Path

LONGEST_TEXT = 32_767
"""Characters that a cell holds; spreadsheet programs cut what is longer."""

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_PROPERTIES = "docProps/core.xml"
_WRITTEN_AT = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
UNFIT_FOR_CELLS = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that no cell holds as they are."""


def escaped(text: str, *, whole: bool = False) -> str:
    """Return a text as a cell can hold it.

    Parameters
    ----------
    text : str
    whole : bool
        Whether its first and last character are escaped too, so that a reader neither strips nor interprets it.
    """
    if whole and text:
        middle = escaped(text[1:-1])
        return _code(text[0]) + middle + (_code(text[-1]) if len(text) > 1 else "")
    return UNFIT_FOR_CELLS.sub(lambda found: _code(found[0]), _LOOKS_ESCAPED.sub("_x005F_", text))


def _code(character: str) -> str:
    return f"_x{ord(character):04X}_" if ord(character) <= 0xFFFF else character


def unescaped(text: str) -> str:
    """Return the text that a cell stands for."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def is_escaped(text: str) -> bool:
    """Tell whether a cell holds an escape."""
    return "_x" in text and _ESCAPE.search(text) is not None


def date_book(path: Path, day: date) -> None:
    """Let an XLSX file say of itself that it was written on a day, so that the same content gives the same bytes."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    said = f"{day:%Y-%m-%d}T00:00:00Z".encode()
    parts[_PROPERTIES] = _WRITTEN_AT.sub(lambda found: found[1] + said, parts[_PROPERTIES])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
