"""Keep a region: backup, restore, verify."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from jangkau.cli.speech import (
    LANGUAGE,
    TARGET_NOT_MET,
    AsJson,
    Lang,
    Region,
    circumstances_of,
    opened,
    option,
    print_json,
    say,
    say_error,
    text,
)  # fmt: skip
from jangkau.messages import render


def backup(
    file: Annotated[Path, typer.Argument(help=text("cli.backup.file"))],
    region: Region = Path(),
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Write a region to one file."""
    from jangkau.studies.keep import backup as study

    folder = opened(region)
    kept = study(folder, file, circumstances_of(folder.settings.timezone, None))
    if as_json:
        print_json(asdict(kept))
    else:
        size = kept.size_bytes / 1e6
        say(text("cli.backup.done", path=str(kept.file), files=kept.files, size_mb=size))


def restore(
    file: Annotated[Path, typer.Argument(help=text("cli.restore.file"))],
    folder: Annotated[Path, typer.Argument(help=text("cli.restore.folder"))],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Lay a backup out as a new region folder."""
    from jangkau.studies.keep import restore as study

    region = study(file, folder, circumstances_of("UTC", None))
    if as_json:
        print_json({"region": str(region.path)})
    else:
        say(text("cli.restore.done", path=str(region.path)))


def verify(
    bundle: Annotated[Path | None, typer.Argument(help=text("cli.verify.bundle"))] = None,
    region: Region = Path(),
    key: Annotated[str | None, option("--key", code="cli.verify.key")] = None,
    checkpoint: Annotated[Path | None, option("--checkpoint", code="cli.verify.checkpoint")] = None,
    save: Annotated[Path | None, option("--save-checkpoint", code="cli.verify.save")] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Check an evidence bundle, or the audit chain of a region and all that it covers."""
    if bundle is not None:
        _verify_bundle(bundle, key, as_json)
        return
    from jangkau.studies.keep import checkpoint_text
    from jangkau.studies.keep import verify as study

    folder = opened(region)
    found = study(folder, circumstances_of(folder.settings.timezone, None, quiet=True), checkpoint)
    if save is not None and found.checkpoint is not None:
        save.write_text(checkpoint_text(found.checkpoint), "utf-8")
    if as_json:
        troubles = [trouble.as_json() for trouble in found.troubles]
        print_json({"troubles": troubles, "checkpoint": found.checkpoint and asdict(found.checkpoint)})
    else:
        for trouble in found.troubles:
            say_error(render(trouble, LANGUAGE))
        if not found.troubles:
            head = found.checkpoint
            say(text("cli.verify.sound", count=head.sequence if head else 0, hash=head.hash if head else "–"))
    if found.troubles:
        raise typer.Exit(TARGET_NOT_MET)


def _verify_bundle(bundle: Path, key: str | None, as_json: bool) -> None:
    """Check a bundle: no region is needed."""
    from jangkau.studies.evidence_bundle import check_evidence

    found = check_evidence(bundle, key)
    if as_json:
        troubles = [trouble.as_json() for trouble in found.troubles]
        print_json({"troubles": troubles, "fingerprint": found.fingerprint, "tests": found.tests})
    else:
        for trouble in found.troubles:
            say_error(render(trouble, LANGUAGE))
        if not found.troubles:
            said = {"region": found.region, "tests": found.tests, "fingerprint": found.fingerprint}
            say(text("cli.verify.bundle_sound", **said))
    if found.troubles:
        raise typer.Exit(TARGET_NOT_MET)
