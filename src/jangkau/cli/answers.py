"""Predict, grade, examine, and make again."""

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
    opened,
    option,
    print_json,
    say,
    share,
    text,
)  # fmt: skip


def predict(
    region: Region = Path(),
    workers: Workers = None,
    scheduler: Annotated[str | None, option("--scheduler", code="cli.scheduler")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Predict coverage."""
    from jangkau.cli.screens import print_prediction
    from jangkau.store.runs import read_run
    from jangkau.studies.predict import predict as study

    folder = opened(region)
    run = study(folder, circumstances_of(folder.settings.timezone, as_of, workers, scheduler=scheduler))
    said = read_run(run.folder)
    if as_json:
        print_json(said)
    else:
        print_prediction(folder, said, LANGUAGE)


def grade(
    region: Region = Path(),
    target: Annotated[float | None, option("--target", code="cli.grade.target")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Grade blank spots."""
    from jangkau.cli.screens import graded_as_json, print_graded, served_share
    from jangkau.studies.grade import grade as study

    wanted = share(target or 0.0, "--target")
    folder = opened(region)
    circumstances = circumstances_of(folder.settings.timezone, as_of)
    graded = study(folder, circumstances)
    if as_json:
        print_json(graded_as_json(graded))
    else:
        print_graded(folder, graded, circumstances.as_of, LANGUAGE)
    if served_share(graded) < wanted:
        raise typer.Exit(TARGET_NOT_MET)


def doctor(region: Region = Path(), as_of: AsOf = None, as_json: AsJson = False, lang: Lang = None) -> None:
    """Say what is missing or odd."""
    from jangkau.cli.screens import print_findings
    from jangkau.studies.doctor import examine

    folder = opened(region)
    findings = examine(folder, circumstances_of(folder.settings.timezone, as_of, quiet=True))
    if as_json:
        said = [
            {"severity": f.severity, "what": f.what.as_json(), "cost": f.cost and f.cost.as_json()} for f in findings
        ]
        print_json(said)
    else:
        print_findings(findings, LANGUAGE)


def repeat(
    run: Annotated[str, typer.Argument(help=text("cli.repeat.run"))],
    region: Region = Path(),
    workers: Workers = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Make a run again and compare."""
    from jangkau.studies.repeat import repeat as study

    folder = opened(region)
    result = study(folder, run, circumstances_of(folder.settings.timezone, None, workers))
    if as_json:
        print_json({"run": result.run_id, "same": result.same, "different": result.different})
    elif result.different:
        say(text("cli.repeat.different", count=len(result.different), files=", ".join(result.different)))
    else:
        say(text("cli.repeat.same", count=len(result.same), run=result.run_id))
    if result.different:
        raise typer.Exit(TARGET_NOT_MET)
