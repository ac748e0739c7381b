"""What every command shares: the language, the options, the region and the day, and how it speaks.

This is the only module of the package that reads the clock. Everything heavy is imported inside functions, so that
``--help`` answers at once.
"""

import json
import os
import sys
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from jangkau.errors import SettingError
from jangkau.messages import LANGUAGES, Message, render

if TYPE_CHECKING:
    from jangkau.store.region_folder import RegionFolder
    from jangkau.studies.circumstances import Circumstances

OK, FAILED, USAGE, TARGET_NOT_MET = 0, 1, 2, 3


def chosen_language(arguments: list[str], environment: dict[str, str]) -> str:
    """Return the language: ``--lang``, then JANGKAU_LANG, then English where the system speaks it, else Indonesian."""
    for given, following in pairwise([*arguments, ""]):
        wanted = (
            following if given == "--lang" else given.removeprefix("--lang=") if given.startswith("--lang=") else ""
        )
        if wanted in LANGUAGES:
            return wanted
    if environment.get("JANGKAU_LANG") in LANGUAGES:
        return environment["JANGKAU_LANG"]
    system = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
    return "en" if system.lower().startswith("en") else "id"


def unknown_language(arguments: list[str]) -> str | None:
    """Return what follows ``--lang`` if it is no language that is spoken here."""
    given = [after for word, after in pairwise(arguments) if word == "--lang"]
    given += [word.removeprefix("--lang=") for word in arguments if word.startswith("--lang=")]
    return next((one for one in given if one not in LANGUAGES), None)


LANGUAGE = chosen_language(sys.argv[1:], dict(os.environ))


def text(code: str, **parameters: object) -> str:
    """Return the sentence of a code in the language of the command."""
    return render(Message(code, parameters), LANGUAGE)


def option(*names: str, code: str) -> Any:
    """Declare an option that the sentence of a code explains."""
    return typer.Option(*names, help=text(code), show_default=False)


Region = Annotated[Path, option("--region", "-r", code="cli.region")]
AsOf = Annotated[str | None, option("--as-of", code="cli.as_of")]
AsJson = Annotated[bool, option("--json", code="cli.json")]
Lang = Annotated[str | None, option("--lang", code="cli.lang")]
Workers = Annotated[int | None, option("--workers", code="cli.workers")]


def say_error(sentence: str) -> None:
    """Say on stderr what went wrong."""
    from rich.console import Console

    Console(stderr=True, highlight=False).print(f"[bold red]✗[/] {sentence}", soft_wrap=True)


def now() -> datetime:
    """Return the time: nothing else of the package reads the clock."""
    return datetime.now(UTC)


def circumstances_of(
    settings_zone: str,
    as_of: str | None,
    workers: int | None = None,
    *,
    scheduler: str | None = None,
    quiet: bool = False,
) -> "Circumstances":
    """Return the circumstances of a study; without a day given, today in the zone of the region."""
    from jangkau.cli.progress import progress_on_stderr
    from jangkau.studies.circumstances import Circumstances, available_processors, silent

    day = day_of(as_of) if as_of else now().astimezone(_zone(settings_zone)).date()
    progress = silent if quiet else progress_on_stderr(LANGUAGE)
    return Circumstances(day, now, progress, workers or available_processors(), actor(), scheduler)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise SettingError("setting.no_zone", value=name) from error


def share(value: float, name: str) -> float:
    """Return a share from 0 to 1 as it was given for an option."""
    if not 0.0 <= value <= 1.0:
        raise SettingError("cli.bad_share", name=name, value=value)
    return value


def actor() -> str:
    """Return who runs the command, for the audit chain."""
    import getpass

    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError, ImportError):
        return "cli"


def day_of(written: str) -> date:
    """Return a day written as YYYY-MM-DD."""
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise SettingError("cli.bad_date", value=written) from error


def opened(region: Path) -> "RegionFolder":
    """Open a region folder."""
    from jangkau.store.region_folder import RegionFolder

    return RegionFolder.open(region)


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n")


def say(sentence: str) -> None:
    """Print a sentence as it is."""
    from rich.console import Console

    Console(highlight=False).print(sentence, soft_wrap=True, markup=False)
