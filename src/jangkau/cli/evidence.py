"""Tests: score says how right they find the map, survey where to test next."""

from pathlib import Path
from typing import Annotated

import typer

from jangkau.cli.speech import (
    LANGUAGE,
    TARGET_NOT_MET,
    AsJson,
    AsOf,
    Lang,
    Region,
    Workers,
    circumstances_of,
    day_of,
    opened,
    option,
    print_json,
)  # fmt: skip


def score(
    region: Region = Path(),
    workers: Workers = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Score the map by its tests."""
    from jangkau.cli.evidence_screens import print_score
    from jangkau.studies.score import run_score
    from jangkau.studies.scored import read_score

    folder = opened(region)
    run = run_score(folder, circumstances_of(folder.settings.timezone, as_of, workers))
    found = read_score(run.folder)
    if as_json:
        print_json(found)
    else:
        print_score(run, found, LANGUAGE)


def survey(
    teams: Annotated[Path, option("--teams", code="cli.survey.teams")],
    region: Region = Path(),
    first_day: Annotated[str | None, option("--from", code="cli.survey.from")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Plan where to test next."""
    from jangkau.cli.survey_screen import print_survey
    from jangkau.studies.survey import survey as study

    folder = opened(region)
    circumstances = circumstances_of(folder.settings.timezone, as_of)
    found = study(folder, teams, day_of(first_day) if first_day else None, circumstances)
    if as_json:
        print_json({"run": found.run.id, "files": [str(path) for path in found.outputs], **found.plan})
    else:
        print_survey(found, LANGUAGE)
    if found.plan["untested_districts"]:
        raise typer.Exit(TARGET_NOT_MET)
