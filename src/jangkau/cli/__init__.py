"""The command line: one subcommand a study; it parses, calls, prints, and nothing else.

`COMMANDS` names every verb; what all of them share is in `jangkau.cli.speech`. Everything heavy is imported inside the
commands, so that ``--help`` answers at once.
"""

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from jangkau import __version__
from jangkau.cli.answers import doctor, grade, predict, repeat
from jangkau.cli.building import build
from jangkau.cli.counting import drill, rehearse
from jangkau.cli.data import import_, init, register
from jangkau.cli.evidence import score, survey
from jangkau.cli.exports import export
from jangkau.cli.fetching import fetch
from jangkau.cli.keeping import backup, restore, verify
from jangkau.cli.planning import remedy
from jangkau.cli.reports import report
from jangkau.cli.serving import demo, serve, tls
from jangkau.cli.speech import FAILED, LANGUAGE, OK, Lang, option, say_error, text
from jangkau.cli.watching import watch
from jangkau.errors import JangkauError
from jangkau.messages import render

COMMANDS: dict[str, Callable[..., None]] = {
    "init": init,
    "import": import_,
    "fetch": fetch,
    "predict": predict,
    "score": score,
    "grade": grade,
    "survey": survey,
    "remedy": remedy,
    "build": build,
    "report": report,
    "doctor": doctor,
    "rehearse": rehearse,
    "drill": drill,
    "repeat": repeat,
    "watch": watch,
    "serve": serve,
    "tls": tls,
    "register": register,
    "export": export,
    "backup": backup,
    "restore": restore,
    "verify": verify,
    "demo": demo,
}
"""Each verb and its function; the message ``cli.<verb>`` says what it does."""

app = typer.Typer(
    name="jangkau",
    help=text("cli.about"),
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for _verb, _function in COMMANDS.items():
    app.command(_verb, help=text(f"cli.{_verb}"))(_function)


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, option("--version", code="cli.version")] = False, lang: Lang = None) -> None:
    if version:
        sys.stdout.write(f"jangkau {__version__}\n")
        raise typer.Exit(OK)


def main() -> None:
    """Run the command line; every refusal is one kind sentence and an exit code."""
    try:
        app(prog_name="jangkau")
    except JangkauError as error:
        say_error(render(error.message, LANGUAGE))
        sys.exit(FAILED)
    except KeyboardInterrupt:
        say_error(text("cli.interrupted"))
        sys.exit(FAILED)
    except OSError as error:
        say_error(text("cli.os_error", reason=str(error)))
        sys.exit(FAILED)
