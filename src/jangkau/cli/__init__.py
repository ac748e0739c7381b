"""The command line: one subcommand a study; it parses, calls, prints, and nothing else.

`COMMANDS` names every verb; what all of them share is in `jangkau.cli.speech`. Everything heavy is imported inside the
commands, so that ``--help`` answers at once.
"""

import sys
from collections.abc import Callable
from typing import Annotated

import typer
from typer.exceptions import TyperException

from jangkau import __version__
from jangkau.cli.answers import doctor, grade, predict, repeat
from jangkau.cli.building import build
from jangkau.cli.counting import drill, rehearse
from jangkau.cli.data import import_, init, register
from jangkau.cli.evidence import score, survey
from jangkau.cli.exports import export
from jangkau.cli.fetching import fetch
from jangkau.cli.frame import Command, Group, wrong_usage
from jangkau.cli.keeping import backup, restore, verify
from jangkau.cli.planning import remedy
from jangkau.cli.reports import report
from jangkau.cli.serving import demo, serve, tls
from jangkau.cli.speech import FAILED, LANGUAGE, OK, USAGE, Lang, option, say_error, text, unknown_language
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
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    cls=Group,
)
for _verb, _function in COMMANDS.items():
    app.command(_verb, help=text(f"cli.{_verb}"), cls=Command)(_function)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, option("--version", code="cli.version")] = False,
    lang: Lang = None,
) -> None:
    if version:
        sys.stdout.write(f"jangkau {__version__}\n")
        raise typer.Exit(OK)
    if context.invoked_subcommand is None:
        sys.stdout.write(context.get_help() + "\n")


def main() -> None:
    """Run the command line; every refusal is one kind sentence and an exit code."""
    strange = unknown_language(sys.argv[1:])
    if strange is not None:
        say_error(text("cli.bad_language", value=strange))
        sys.exit(USAGE)
    try:
        code = app(prog_name="jangkau", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else OK)
    except TyperException as error:
        say_error(wrong_usage(error))
        sys.exit(USAGE)
    except typer.Abort:
        sys.exit(FAILED)
    except JangkauError as error:
        say_error(render(error.message, LANGUAGE))
        sys.exit(FAILED)
    except KeyboardInterrupt:
        say_error(text("cli.interrupted"))
        sys.exit(FAILED)
    except FileNotFoundError as error:
        say_error(text("cli.no_file", file=error.filename))
        sys.exit(FAILED)
    except OSError as error:
        say_error(text("cli.os_error", reason=str(error)))
        sys.exit(FAILED)
