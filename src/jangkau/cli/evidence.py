"""What the tests say of the map: score."""

from pathlib import Path

from jangkau.cli.speech import LANGUAGE, AsJson, AsOf, Lang, Region, Workers, circumstances_of, opened, print_json


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
