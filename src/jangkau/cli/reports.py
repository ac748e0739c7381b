"""What goes out on paper: report."""

from pathlib import Path
from typing import Annotated

from jangkau.cli.speech import AsJson, AsOf, Lang, Region, circumstances_of, opened, option, print_json, say, text
from jangkau.messages import LANGUAGES


def report(
    region: Region = Path(),
    stations: Annotated[bool, option("--stations", code="cli.report.stations")] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Write the report."""
    from jangkau.studies.report import report as study

    folder = opened(region)
    languages = (lang,) if lang in LANGUAGES else folder.settings.languages
    done = study(folder, circumstances_of(folder.settings.timezone, as_of), languages, stations=stations)
    if as_json:
        files = [str(path) for path in done.files]
        print_json({"run": done.run.id, "files": files, "villages": done.villages, "proposals": done.proposals})
        return
    say(text("cli.report.done", villages=done.villages, proposals=done.proposals))
    for path in done.files:
        say(f"  {path}")
