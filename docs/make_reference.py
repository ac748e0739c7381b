"""Make the reference pages from the code: records, settings, commands, the API, the Python reference."""

import dataclasses
import subprocess
import sys
import tempfile
import typing
from datetime import UTC, datetime
from pathlib import Path

from make_python import python_page

from jangkau.cli import COMMANDS
from jangkau.records import STORED, Gap, Grade
from jangkau.settings import Settings
from jangkau.store.region_folder import RegionFolder
from jangkau.web.app import create_app

LIMITS = {"minimum": "≥", "maximum": "≤", "exclusiveMinimum": ">", "maxLength": "length ≤"}
API_LEAD = """# The API

What `jangkau serve` answers: JSON, in the language of `Accept-Language` (`id`, `en`). Made from the code by `make docs`.

- **Who.** `POST /api/v1/session` with `name` and `password` sets a cookie and returns `csrf`; every request that changes
  something carries it as `X-CSRF-Token`. Roles: [Work at the desk](../how-to/desk.md).
- **Phones** of the field page carry `Authorization: Bearer` with the token that they made when they were let in; over
  HTTPS only.
- **Errors** are `application/problem+json`: `code`, `detail` in the language asked for, `sentences` in both, and `field`
  where one is wrong.
- **Once.** Whatever adds a record takes an `id` that the client has made: the same request sent again adds nothing and
  is answered the same. Ids are UUIDs of version 7.
- **Pages.** Lists that may be long return `next`; give it as `cursor`. `ETag` and `If-None-Match` spare what has not
  changed.
"""
FOLDER = Path(__file__).parent / "reference"


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), "utf-8")


def records_page() -> str:
    """Return the page of records: each field with type, unit and meaning."""
    parts = ["# Records\n\nMade from `jangkau.records` by `make docs`.\n"]
    for kind in (*STORED, Grade, Gap):
        parts.append(
            f"\n## {kind.noun}\n\n{(kind.__doc__ or '').strip()}\n\n| field | type | unit | meaning |\n|---|---|---|---|\n"
        )
        hints = typing.get_type_hints(kind)
        for field in dataclasses.fields(kind):
            name = (
                str(hints[field.name])
                .replace("typing.", "")
                .replace("<class '", "")
                .replace("'>", "")
                .replace("|", "or")
            )
            parts.append(f"| `{field.name}` | {name} | {field.metadata['unit']} | {field.metadata['meaning']} |\n")
    return "".join(parts)


def settings_page() -> str:
    """Return the page of settings: each with its default, unit, meaning and source."""
    parts = ["# Settings\n\nWhat `jangkau.toml` may hold. Made from `jangkau.settings` by `make docs`.\n"]
    for name, settings in [("", Settings()), *tables(Settings())]:
        parts.append(
            f"\n## {f'[{name}]' if name else 'top level'}\n\n| setting | default | unit | meaning | source |\n|---|---|---|---|---|\n"
        )
        for field in dataclasses.fields(settings):
            value = getattr(settings, field.name)
            if not dataclasses.is_dataclass(value):
                about = field.metadata
                parts.append(
                    f"| `{field.name}` | {value} | {about.get('unit', '')} | {about.get('meaning', '')} | {about.get('source', '')} |\n"
                )
    return "".join(parts)


def tables(settings: Settings) -> list[tuple[str, typing.Any]]:
    """Return the tables inside the settings by name."""
    named = [(f.name, getattr(settings, f.name)) for f in dataclasses.fields(settings)]
    return [(name, value) for name, value in named if dataclasses.is_dataclass(value)]


def commands_page() -> str:
    """Return the page of commands: what ``--help`` says of each."""
    parts = ["# Commands\n\nMade from `jangkau --help` by `make docs`.\n"]
    for verb in COMMANDS:
        command = [sys.executable, "-c", "from jangkau.cli import main; main()", verb, "--help", "--lang", "en"]
        said = subprocess.run(
            command, capture_output=True, text=True, check=True, env={"JANGKAU_LANG": "en", "COLUMNS": "80"}
        )
        parts.append(f"\n## {verb}\n\n```\n{said.stdout.strip()}\n```\n")
    return "".join(parts)


def api_page() -> str:
    """Return the page of the API: each request with what it takes and gives."""
    with tempfile.TemporaryDirectory() as room:
        now = datetime(2024, 11, 11, tzinfo=UTC)
        app = create_app(RegionFolder.create(Path(room) / "region", Settings(), now), lambda: now)
        said = app.openapi()
        app.state.desk.close()
    parts = [API_LEAD]
    tags = dict.fromkeys(tag for _, _, one in operations(said) for tag in one.get("tags", ["pages"]))
    for tag in tags:
        parts.append(f"\n## {tag}\n")
        for path, verb, one in operations(said):
            if tag in one.get("tags", ["pages"]):
                parts.append(f"\n### `{verb} {path}`\n\n{one.get('description', one['summary'])}\n{taken(one, said)}")
    return "".join(parts)


def operations(said: dict[str, typing.Any]) -> list[tuple[str, str, dict[str, typing.Any]]]:
    """Return path, verb and description of each request."""
    return [(path, verb.upper(), one) for path, verbs in said["paths"].items() for verb, one in verbs.items()]


def taken(one: dict[str, typing.Any], said: dict[str, typing.Any]) -> str:
    """Return the table of what a request takes; empty where that is nothing."""
    rows = [(p["name"], p["in"], p.get("required", False), p["schema"]) for p in one.get("parameters", [])]
    body = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    model = said["components"]["schemas"].get(body.get("$ref", "").rpartition("/")[2], {})
    rows += [(n, "body", n in model.get("required", []), s) for n, s in model.get("properties", {}).items()]
    if not rows:
        return ""
    lines = [f"| `{n}` | {where} | {'yes' if must else ''} | {kind_of(s, said)} |\n" for n, where, must, s in rows]
    return "\n| name | in | required | value |\n|---|---|---|---|\n" + "".join(lines)


def kind_of(schema: dict[str, typing.Any], said: dict[str, typing.Any]) -> str:
    """Return a few words on a value: its type, choices and limits."""
    if "anyOf" in schema:
        return " or ".join(kind_of(s, said) for s in schema["anyOf"] if s.get("type") != "null")
    if "$ref" in schema:
        return kind_of(said["components"]["schemas"][schema["$ref"].rpartition("/")[2]], said)
    if "enum" in schema:
        return ", ".join(f"`{choice}`" for choice in schema["enum"])
    limits = [f"{sign} {schema[name]:g}" for name, sign in LIMITS.items() if name in schema]
    return ", ".join([schema.get("format", schema.get("type", "any")), *limits])


PAGES = {
    "records.md": records_page,
    "settings.md": settings_page,
    "commands.md": commands_page,
    "api.md": api_page,
    "python.md": python_page,
}
"""Each page, and what makes it."""


if __name__ == "__main__":
    main()
