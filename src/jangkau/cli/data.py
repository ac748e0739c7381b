"""Bring data in and take the register out: init, import, register."""

from pathlib import Path
from typing import Annotated

import typer

from jangkau.cli.speech import (
    FAILED,
    LANGUAGE,
    AsJson,
    AsOf,
    Lang,
    Region,
    circumstances_of,
    day_of,
    opened,
    option,
    print_json,
    say,
    say_error,
    text,
)  # fmt: skip
from jangkau.errors import SettingError
from jangkau.messages import render


def init(
    folder: Annotated[Path, typer.Argument(help=text("cli.init.folder"))],
    name: Annotated[str, option("--name", code="cli.init.name")] = "",
    code: Annotated[str, option("--code", code="cli.init.code")] = "",
    bounds: Annotated[str | None, option("--bounds", code="cli.init.bounds")] = None,
    boundary: Annotated[Path | None, option("--boundary", code="cli.init.boundary")] = None,
    deadline: Annotated[str | None, option("--deadline", code="cli.init.deadline")] = None,
    operators: Annotated[str, option("--operators", code="cli.init.operators")] = "",
    timezone: Annotated[str, option("--timezone", code="cli.init.timezone")] = "Asia/Makassar",
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Make a new region folder."""
    from jangkau.settings import Operator, Settings
    from jangkau.studies.init_region import init_region

    settings = Settings(
        name=name or folder.name,
        code=code,
        timezone=timezone,
        bounds=_box(bounds) if bounds else None,
        deadline=day_of(deadline) if deadline else None,
        operators=tuple(Operator(o.strip()) for o in operators.split(",") if o.strip()),
    )
    region = init_region(folder, settings, circumstances_of(timezone, None), boundary)
    if as_json:
        print_json({"region": str(region.path), "bounds": region.settings.bounds})
    else:
        say(text("cli.init.done", path=str(region.path)))


def _box(bounds: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in bounds.split(","))
    except ValueError as error:
        raise SettingError("init.bad_bounds", bounds=bounds) from error
    return west, south, east, north


def import_(
    files: Annotated[list[Path], typer.Argument(help=text("cli.import.files"))],
    region: Region = Path(),
    kind: Annotated[str | None, option("--kind", code="cli.import.kind")] = None,
    publisher: Annotated[str, option("--publisher", code="cli.import.publisher")] = "",
    licence: Annotated[str, option("--licence", code="cli.import.licence")] = "",
    source_date: Annotated[str | None, option("--date", code="cli.import.date")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Bring files in."""
    from jangkau.cli.screens import imported_as_json, print_imported, print_unrecognised
    from jangkau.studies.import_data import About, files_in, import_files

    folder = opened(region)
    found = [files_in(path) for path in files if path.is_dir()]
    unrecognised = [one for inside in found for one in inside.unrecognised]
    files = [file for path in files for file in (found.pop(0).files if path.is_dir() else [path])]
    about = About(publisher, licence, day_of(source_date) if source_date else None, kind)
    done = import_files(folder, files, circumstances_of(folder.settings.timezone, as_of, quiet=True), about)
    if as_json:
        passed_over = [{"file": str(file), "kind": None, "notes": [why.as_json()]} for file, why in unrecognised]
        print_json([*(imported_as_json(one) for one in done), *passed_over])
    else:
        print_imported(done, LANGUAGE)
        print_unrecognised(unrecognised, LANGUAGE)
    if not done:
        say_error(text("cli.import.nothing"))
        raise typer.Exit(FAILED)


def register(
    file: Annotated[Path, typer.Argument(help=text("cli.register.file"))],
    region: Region = Path(),
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Write the register as a workbook."""
    from jangkau.studies.export_register import export_register

    folder = opened(region)
    done = export_register(folder, file, circumstances_of(folder.settings.timezone, None, quiet=as_json))
    if as_json:
        print_json({"file": str(done.path), "rows": done.rows, "notes": [note.as_json() for note in done.notes]})
        return
    say(text("cli.register.done", path=str(done.path), rows=sum(done.rows.values())))
    for note in done.notes:
        say(render(note, LANGUAGE))
