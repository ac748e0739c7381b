"""Take evidence out of a region for others: export."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from jangkau.cli.speech import (
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
    text,
)
from jangkau.errors import SettingError


def export(
    what: Annotated[Literal["evidence", "bdc", "table"], typer.Argument(help=text("cli.export.what"))],
    file: Annotated[Path, typer.Argument(help=text("cli.export.file"))],
    region: Region = Path(),
    since: Annotated[str | None, option("--since", code="cli.export.since")] = None,
    until: Annotated[str | None, option("--until", code="cli.export.until")] = None,
    form: Annotated[Path | None, option("--form", code="cli.export.form")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Write evidence for others."""
    folder = opened(region)
    first, last = (day_of(day) if day else None for day in (since, until))
    work = circumstances_of(folder.settings.timezone, as_of)
    said: dict[str, object]
    if what == "evidence":
        from jangkau.studies.evidence_bundle import write_evidence

        made = write_evidence(folder, file, work, first, last)
        said = {"tests": made.tests, "photos": made.photos, "logs": made.logs, "fingerprint": made.fingerprint}
        sentence = text("cli.export.evidence_done", path=file, **said)
    elif what == "bdc":
        from jangkau.store.region_folder import write_atomically
        from jangkau.studies.open_exports import bdc_speed_tests, bdc_text

        with folder.store(work.clock()) as store:
            tests = bdc_speed_tests(folder, store, first, last)
        write_atomically(file, bdc_text(tests).encode())
        said = {"tests": len(tests["submissions"])}
        sentence = text("cli.export.bdc_done", path=file, **said)
    else:
        from jangkau.studies.open_exports import read_form, write_form

        if form is None:
            raise SettingError("cli.export.no_form")
        said = {"rows": write_form(folder, read_form(form), file, work)}
        sentence = text("cli.export.table_done", path=file, **said)
    if as_json:
        print_json({"file": str(file)} | said)
    else:
        say(sentence)
