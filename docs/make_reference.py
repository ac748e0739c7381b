"""Make the reference pages from the code: words, records, settings, commands."""

import dataclasses
import subprocess
import sys
import typing
from pathlib import Path

from jangkau.cli import COMMANDS
from jangkau.records import STORED, Gap, Grade
from jangkau.settings import Settings

FOLDER = Path(__file__).parent / "reference"


def main() -> None:
    """Write every page."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "records.md").write_text(records_page(), "utf-8")
    (FOLDER / "settings.md").write_text(settings_page(), "utf-8")
    (FOLDER / "commands.md").write_text(commands_page(), "utf-8")


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


if __name__ == "__main__":
    main()
