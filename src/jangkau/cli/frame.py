"""What the library of the command line says by itself, in the language of the command: help pages and wrong usage."""

import re
from typing import Any

from typer.core import TyperCommand, TyperGroup

from jangkau.cli.speech import text

WORDS = {
    "Usage: ": "cli.frame.usage",
    "[OPTIONS] COMMAND [ARGS]...": "cli.frame.pattern",
    "[OPTIONS]": "cli.frame.some_options",
    "Options:": "cli.frame.options",
    "Arguments:": "cli.frame.arguments",
    "Commands:": "cli.frame.commands",
    "[required]": "cli.frame.required",
    "[default: ": "cli.frame.default",
    "Show this message and exit.": "cli.frame.help",
}
"""What stands in help pages, and the sentence that it is exchanged for."""

_AS_IT_STANDS = re.compile("|".join(re.escape(word) for word in WORDS))
_WORDS = re.compile(r"'(.*?)' is not one of (.*)")
_NUMBER = re.compile(r"valid (integer|number)")


def framed(page: str) -> str:
    """Return a help page with its frame in the language of the command."""
    return _AS_IT_STANDS.sub(lambda found: text(WORDS[found[0]]), page)


class Command(TyperCommand):
    """A verb whose help page speaks one language."""

    def get_help(self, ctx: Any) -> str:
        """Return the help page."""
        return framed(super().get_help(ctx))


class Group(TyperGroup):
    """All verbs."""

    def get_help(self, ctx: Any) -> str:
        """Return the help page."""
        return framed(super().get_help(ctx))


def wrong_usage(error: Any) -> str:
    """Return the sentence for a command that was not understood, with what to do.

    Parameters
    ----------
    error : exception
        Of the library of the command line: with its message, where it has one the parameter, and the context.
    """
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "jangkau"
    return f"{_what_is_wrong(error)} {text('cli.usage.help', command=command)}"


def _what_is_wrong(error: Any) -> str:
    kind, parameter = type(error).__name__, getattr(error, "param", None)
    name = "" if parameter is None else parameter.opts[0] if parameter.opts[0].startswith("-") else parameter.name
    if kind == "MissingParameter":
        return text("cli.usage.missing", name=name)
    if kind == "NoSuchOption":
        near = ", ".join(error.possibilities or ())
        return text("cli.usage.no_option_near" if near else "cli.usage.no_option", name=error.option_name, near=near)
    if kind == "BadParameter":
        words = _WORDS.search(error.message)
        if words is not None:
            return text("cli.usage.no_word", name=name, value=words[1], known=words[2].replace("'", "").rstrip("."))
        number = _NUMBER.search(error.message)
        return text("cli.usage.not_a_number" if number else "cli.usage.bad", name=name, said=error.message.rstrip("."))
    verb = re.match(r"No such command '(.*?)'(?:\. Did you mean (.*)\?)?", error.message)
    if verb is not None:
        near = (verb[2] or "").replace("'", "")
        return text("cli.usage.no_verb_near" if near else "cli.usage.no_verb", name=verb[1], near=near)
    return text("cli.usage.other", said=error.format_message())
