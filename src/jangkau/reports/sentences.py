"""Stored reasons and messages back into sentences."""

import json
from collections.abc import Mapping

from jangkau.messages import Message, render

Text = str | Message
"""Something to print: a name as it is, or a message in the language of the page."""


def message_from_json(code: str, parameters: str | Mapping[str, object]) -> Message:
    """Return the message that was kept as a code and the JSON of its parameters.

    Parameters
    ----------
    code : str
        Message code, such as ``grade.too_far``.
    parameters : str or mapping
        A JSON object, or one already parsed; ``{"code": ..., "parameters": ...}`` inside it is a message again.
    """
    values = json.loads(parameters) if isinstance(parameters, str) else parameters
    return Message(code, {name: _restored(value) for name, value in values.items()})


def _restored(value: object) -> object:
    if isinstance(value, Mapping) and value.keys() == {"code", "parameters"}:
        return message_from_json(str(value["code"]), value["parameters"])
    return value


def sentence(code: str, parameters: str | Mapping[str, object], language: str) -> str:
    """Return the sentence of a stored message in a language."""
    return render(message_from_json(code, parameters), language)


def say(text: Text, language: str) -> str:
    """Return a name as it is and a message in a language."""
    return render(text, language) if isinstance(text, Message) else text
