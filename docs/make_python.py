"""The Python reference: what docstrings say, as Markdown. Called by make_reference.py."""

import dataclasses
import importlib
import inspect
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

MODULES = (
    "jangkau.geo",
    "jangkau.units",
    "jangkau.terrain.ground",
    "jangkau.terrain.profiles",
    "jangkau.terrain.line_of_sight",
    "jangkau.propagation.free_space",
    "jangkau.propagation.itm",
    "jangkau.propagation.p1812",
    "jangkau.propagation.p526",
    "jangkau.propagation.p530",
    "jangkau.propagation.p833",
    "jangkau.propagation.p838",
    "jangkau.propagation.p2108",
    "jangkau.propagation.p2109",
    "jangkau.radio",
    "jangkau.paths",
    "jangkau.coverage.transmitters",
    "jangkau.coverage.field",
    "jangkau.coverage.servers",
    "jangkau.coverage.small_area",
    "jangkau.evidence.observations",
    "jangkau.evidence.model",
    "jangkau.evidence.folds",
    "jangkau.evidence.scores",
    "jangkau.planning.cover",
    "jangkau.planning.siting",
    "jangkau.planning.effort",
    "jangkau.synthetic",
    "jangkau.sources.terrain",
)
LEAD = """# Python reference

The floors below the commands as a library, made from their docstrings by `make docs`: ground, propagation, paths, coverage,
evidence, plans. Units are in the names; order is longitude, latitude; a loss is positive
([conventions](../code/conventions.md)). Where to begin: [Use it from Python](../how-to/python.md) and the
[gallery](gallery.md). Until version 1.0 names may change; [the changes](../code/changes.md) say so.
"""
UNDERLINE = re.compile(r"^(\w[\w ]*)\n-{3,}\n", re.M)
"""The heading of a section of a docstring."""


def python_page() -> str:
    """Return the page."""
    parts = [LEAD]
    for name in MODULES:
        module = importlib.import_module(name)
        parts.append(f"\n## {name}\n\n{prose(inspect.getdoc(module) or '')}\n")
        parts += [entry(thing_name, thing) for thing_name, thing in public(module)]
    return "".join(parts)


def public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Give functions and classes that a module offers, in its order; compiled kernels are none."""
    offered = getattr(module, "__all__", None)
    for name, thing in vars(module).items():
        own = name in offered if offered else getattr(thing, "__module__", "") == module.__name__
        if own and not name.startswith("_") and (inspect.isfunction(thing) or inspect.isclass(thing)):
            yield name, thing


def entry(name: str, thing: Any) -> str:
    """Return the entry of a function or class, and of the methods of a class."""
    called = called_as(name, thing)
    parts = [f"\n### {name}\n\n"] + ([f"```text\n{called}\n```\n\n"] if called else [])
    parts.append(described(inspect.getdoc(thing) or ""))
    for method_name, method in vars(thing).items() if inspect.isclass(thing) else ():
        plain = method.fget if isinstance(method, property) else getattr(method, "__func__", method)
        if not method_name.startswith("_") and inspect.isfunction(plain) and plain.__doc__:
            shown = method_name if isinstance(method, property) else called_as(method_name, plain)
            parts.append(f"\n**`{shown}`** · {described(inspect.getdoc(plain) or '')}")
    return "".join(parts)


def called_as(name: str, thing: Any) -> str:
    """Return how something is called: names and defaults; types are in the words below. Empty where a line is too long."""
    if inspect.isclass(thing) and not (dataclasses.is_dataclass(thing) or issubclass(thing, tuple)):
        return ""
    given = []
    for p in inspect.signature(thing).parameters.values():
        if p.name not in ("self", "cls"):
            default = "..." if callable(p.default) or " at 0x" in repr(p.default) else repr(p.default)
            given.append((p.kind, p.name if p.default is p.empty else f"{p.name}={default}"))
    words = [word for _, word in given]
    first = next((i for i, (kind, _) in enumerate(given) if kind is inspect.Parameter.KEYWORD_ONLY), None)
    if first is not None:
        words.insert(first, "*")
    return f"{name}({', '.join(words)})"


def described(doc: str) -> str:
    """Return a docstring as Markdown: its text, then each section as a list."""
    lead, *rest = UNDERLINE.split(doc)
    parts = [prose(lead.strip()) + "\n"]
    for title, body in zip(rest[::2], rest[1::2], strict=True):
        listed = title in ("Parameters", "Returns", "Raises", "Attributes", "Yields")
        parts.append(f"\n**{title}**\n\n{fields(body) if listed else prose(body.strip())}\n")
    return "".join(parts)


def fields(body: str) -> str:
    """Return the entries of a section as a list."""
    items: list[str] = []
    for line in body.splitlines():
        if line and not line.startswith(" "):
            names, _, kind = line.partition(" : ")
            items.append(f"- `{names}`" + (f" ({prose(kind)})" if kind else ""))
        elif line.strip() and items:
            items[-1] += (" " if items[-1].endswith((",", ".", ";")) or ": " in items[-1] else ": ") + prose(
                line.strip()
            )
    return "\n".join(items)


def prose(text: str) -> str:
    """Return reStructuredText of docstrings as Markdown: literals, and signs that Markdown would take for its own."""
    parts = re.split(r"(``.+?``|`.+?`)", text)
    return "".join(
        f"`{p.strip('`')}`"
        if p.startswith("`") and p.endswith("`") and len(p) > 2
        else re.sub(r"([*<|\[\]])", r"\\\1", p)
        for p in parts
    )
