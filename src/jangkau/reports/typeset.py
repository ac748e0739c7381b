"""PDF/A by Typst: a template of this package, the content as JSON, pictures beside it; nothing of the system."""

import json
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import matplotlib
import typst


def typeset(path: Path, template: str, content: Mapping[str, Any], pictures: Mapping[str, bytes], day: date) -> None:
    """Write a PDF/A-2b; the same content gives the same bytes.

    Parameters
    ----------
    path : Path
        File to write; an old one is replaced.
    template : str
        Name of a template of `jangkau.reports.typst`, without its ending; it reads ``<template>.json``.
    content : mapping
        Plain values, every text in the language of the document.
    pictures : mapping of str to bytes
        PNG or SVG by the name under which `content` speaks of them.
    day : date
        Written into the document as the day of its making.

    Notes
    -----
    Typst's own fonts have no sans serif, so the pages use DejaVu Sans, which comes with matplotlib and is that of the
    maps.
    """
    fonts = [Path(matplotlib.get_data_path()) / "fonts" / "ttf"]
    with tempfile.TemporaryDirectory(prefix="jangkau-report-") as room, as_file(files("jangkau.reports")) as here:
        there = Path(room)
        (there / "main.typ").write_bytes((here / "typst" / f"{template}.typ").read_bytes())
        (there / f"{template}.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        for name, picture in pictures.items():
            (there / name).write_bytes(picture)
        made = typst.compile(
            there / "main.typ",
            root=there,
            font_paths=fonts,
            ignore_system_fonts=True,
            pdf_standards="a-2b",
            timestamp=datetime.combine(day, time(), UTC),
        )
    path.write_bytes(made)
