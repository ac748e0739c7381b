"""Public data: fetch."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jangkau.cli.speech import (
    LANGUAGE,
    OK,
    AsJson,
    AsOf,
    Lang,
    Region,
    circumstances_of,
    now,
    opened,
    option,
    print_json,
    say,
    text,
)  # fmt: skip
from jangkau.messages import Message, render

if TYPE_CHECKING:
    from jangkau.studies.fetch import Fetched, Wanted

MIRROR, CACHE, TOKEN = "JANGKAU_MIRROR", "JANGKAU_CACHE", "OPENCELLID_TOKEN"
"""Environment: address of a copy of the providers' files; folder of received files; the user's token."""


def fetch(
    what: Annotated[list[str] | None, typer.Argument(help=text("cli.fetch.what"))] = None,
    region: Region = Path(),
    yes: Annotated[bool, option("--yes", "-y", code="cli.fetch.yes")] = False,
    dry_run: Annotated[bool, option("--dry-run", code="cli.fetch.dry_run")] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Get public data for the bounds of a region."""
    from jangkau.sources.public.downloads import Network
    from jangkau.studies.fetch import USUAL, area_of, plan
    from jangkau.studies.fetch import fetch as study

    folder = opened(region)
    token = os.environ.get(TOKEN, "")
    circumstances = circumstances_of(folder.settings.timezone, as_of, quiet=as_json)

    def tell(name: str, done: int, total: int) -> None:
        circumstances.progress(Message("progress.downloading", {"name": name}), done >> 20, max(total, done) >> 20)

    network = Network(_cache_folder(), now, os.environ.get(MIRROR, ""), tell)
    area = area_of(folder, token)
    wanted = plan(area, network, what or [*USUAL, *(["cells"] if token else [])])
    if not as_json:
        _say_plan(wanted, network.cache)
    if dry_run or not (yes or as_json or _agreed()):
        raise typer.Exit(OK)
    fetched = study(folder, network, wanted, area, circumstances)
    if as_json:
        print_json([_as_json(one) for one in fetched])
    else:
        _say_fetched(fetched)


def _cache_folder() -> Path:
    given = os.environ.get(CACHE) or os.environ.get("XDG_CACHE_HOME")
    return Path(given or Path.home() / ".cache") / ("" if os.environ.get(CACHE) else "jangkau")


def _agreed() -> bool:
    return typer.confirm(text("cli.fetch.ask"), default=True, err=True)


def _say_plan(wanted: list["Wanted"], cache: Path) -> None:
    for one in wanted:
        code = "cli.fetch.size_unknown" if one.unknown else "cli.fetch.size"
        size = {"files": len(one.downloads), "size_mb": one.size_bytes / 1e6, "unknown": one.unknown}
        say(text(code, name=one.provider.name, publisher=one.provider.publisher, licence=one.provider.licence, **size))
    say(text("cli.fetch.total", size_mb=sum(one.size_bytes for one in wanted) / 1e6, cache=str(cache)))


def _say_fetched(fetched: list["Fetched"]) -> None:
    from jangkau.cli.screens import print_imported

    for one in fetched:
        if one.skipped is not None:
            say(f"{one.provider.name}: {render(one.skipped, LANGUAGE)}")
            continue
        print_imported(one.imported, LANGUAGE)
        if one.absent:
            say(text("cli.fetch.absent", name=one.provider.name, count=one.absent))
        if not one.imported:
            say(text("cli.fetch.nothing", name=one.provider.name))
    say(text("cli.fetch.next"))


def _as_json(one: "Fetched") -> dict[str, object]:
    from jangkau.cli.screens import imported_as_json

    files = [imported_as_json(file) for file in one.imported]
    skipped = None if one.skipped is None else one.skipped.as_json()
    return {"name": one.provider.name, "files": files, "absent": one.absent, "skipped": skipped}
