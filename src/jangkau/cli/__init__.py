"""The command line: one subcommand a study; it parses, calls, prints, and nothing else.

Everything heavy is imported inside the commands, so that ``--help`` answers at once. This is the only place of the
package that reads the clock.
"""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from jangkau import __version__
from jangkau.errors import JangkauError, SettingError
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


LANGUAGE = chosen_language(sys.argv[1:], dict(os.environ))


def _text(code: str, **parameters: object) -> str:
    return render(Message(code, parameters), LANGUAGE)


def _option(*names: str, code: str, default_code: str | None = None) -> Any:
    return typer.Option(*names, help=_text(code), show_default=False)


Region = Annotated[Path, _option("--region", "-r", code="cli.region")]
AsOf = Annotated[str | None, _option("--as-of", code="cli.as_of")]
AsJson = Annotated[bool, _option("--json", code="cli.json")]
Lang = Annotated[str | None, _option("--lang", code="cli.lang")]
Workers = Annotated[int | None, _option("--workers", code="cli.workers")]

app = typer.Typer(
    name="jangkau",
    help=_text("cli.about"),
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line; every refusal is one kind sentence and an exit code."""
    try:
        app(prog_name="jangkau")
    except JangkauError as error:
        _say_error(render(error.message, LANGUAGE))
        sys.exit(FAILED)
    except KeyboardInterrupt:
        _say_error(_text("cli.interrupted"))
        sys.exit(FAILED)
    except OSError as error:
        _say_error(_text("cli.os_error", reason=str(error)))
        sys.exit(FAILED)


def _say_error(sentence: str) -> None:
    from rich.console import Console

    Console(stderr=True, highlight=False).print(f"[bold red]✗[/] {sentence}", soft_wrap=True)


def _now() -> datetime:
    return datetime.now(UTC)


def _circumstances(
    settings_zone: str,
    as_of: str | None,
    workers: int | None = None,
    *,
    scheduler: str | None = None,
    quiet: bool = False,
) -> "Circumstances":
    from jangkau.cli.progress import progress_on_stderr
    from jangkau.studies.circumstances import Circumstances, available_processors, silent

    day = _day(as_of) if as_of else _now().astimezone(ZoneInfo(settings_zone)).date()
    progress = silent if quiet else progress_on_stderr(LANGUAGE)
    return Circumstances(day, _now, progress, workers or available_processors(), _actor(), scheduler)


def _actor() -> str:
    import getpass

    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError, ImportError):
        return "cli"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SettingError("cli.bad_date", value=text) from error


def _open(region: Path) -> "RegionFolder":
    from jangkau.store.region_folder import RegionFolder

    return RegionFolder.open(region)


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n")


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, _option("--version", code="cli.version")] = False, lang: Lang = None) -> None:
    if version:
        sys.stdout.write(f"jangkau {__version__}\n")
        raise typer.Exit(OK)


@app.command(help=_text("cli.init"))
def init(
    folder: Annotated[Path, typer.Argument(help=_text("cli.init.folder"))],
    name: Annotated[str, _option("--name", code="cli.init.name")] = "",
    code: Annotated[str, _option("--code", code="cli.init.code")] = "",
    bounds: Annotated[str | None, _option("--bounds", code="cli.init.bounds")] = None,
    boundary: Annotated[Path | None, _option("--boundary", code="cli.init.boundary")] = None,
    deadline: Annotated[str | None, _option("--deadline", code="cli.init.deadline")] = None,
    operators: Annotated[str, _option("--operators", code="cli.init.operators")] = "",
    timezone: Annotated[str, _option("--timezone", code="cli.init.timezone")] = "Asia/Makassar",
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Make a new region folder."""
    from jangkau.settings import Operator, Settings
    from jangkau.studies.init_region import init_region

    settings = Settings(
        name=name or folder.name,
        code=code,
        timezone=timezone,
        bounds=_box(bounds) if bounds else None,
        deadline=_day(deadline) if deadline else None,
        operators=tuple(Operator(o.strip()) for o in operators.split(",") if o.strip()),
    )
    region = init_region(folder, settings, _circumstances(timezone, None), boundary)
    if as_json:
        _print_json({"region": str(region.path), "bounds": region.settings.bounds})
    else:
        _print(_text("cli.init.done", path=str(region.path)))


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise SettingError("init.bad_bounds", bounds=text) from error
    return west, south, east, north


def _print(text: str) -> None:
    from rich.console import Console

    Console(highlight=False).print(text, soft_wrap=True, markup=False)


@app.command("import", help=_text("cli.import"))
def import_(
    files: Annotated[list[Path], typer.Argument(help=_text("cli.import.files"))],
    region: Region = Path(),
    kind: Annotated[str | None, _option("--kind", code="cli.import.kind")] = None,
    publisher: Annotated[str, _option("--publisher", code="cli.import.publisher")] = "",
    licence: Annotated[str, _option("--licence", code="cli.import.licence")] = "",
    source_date: Annotated[str | None, _option("--date", code="cli.import.date")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Bring files in."""
    from jangkau.cli.screens import imported_as_json, print_imported
    from jangkau.studies.import_data import About, import_files

    folder = _open(region)
    about = About(publisher, licence, _day(source_date) if source_date else None, kind)
    done = import_files(folder, files, _circumstances(folder.settings.timezone, as_of, quiet=True), about)
    if as_json:
        _print_json([imported_as_json(one) for one in done])
    else:
        print_imported(done, LANGUAGE)


@app.command(help=_text("cli.predict"))
def predict(
    region: Region = Path(),
    workers: Workers = None,
    scheduler: Annotated[str | None, _option("--scheduler", code="cli.scheduler")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Predict coverage."""
    from jangkau.cli.screens import print_prediction
    from jangkau.store.runs import read_run
    from jangkau.studies.predict import predict as study

    folder = _open(region)
    run = study(folder, _circumstances(folder.settings.timezone, as_of, workers, scheduler=scheduler))
    said = read_run(run.folder)
    if as_json:
        _print_json(said)
    else:
        print_prediction(folder, said, LANGUAGE)


@app.command(help=_text("cli.grade"))
def grade(
    region: Region = Path(),
    target: Annotated[float | None, _option("--target", code="cli.grade.target")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Grade blank spots."""
    from jangkau.cli.screens import graded_as_json, print_graded, served_share
    from jangkau.studies.grade import grade as study

    folder = _open(region)
    circumstances = _circumstances(folder.settings.timezone, as_of)
    graded = study(folder, circumstances)
    if as_json:
        _print_json(graded_as_json(graded))
    else:
        print_graded(folder, graded, circumstances.as_of, LANGUAGE)
    if target is not None and served_share(graded) < target:
        raise typer.Exit(TARGET_NOT_MET)


@app.command(help=_text("cli.doctor"))
def doctor(region: Region = Path(), as_of: AsOf = None, as_json: AsJson = False, lang: Lang = None) -> None:
    """Say what is missing or odd."""
    from jangkau.cli.screens import print_findings
    from jangkau.studies.doctor import examine

    folder = _open(region)
    findings = examine(folder, _circumstances(folder.settings.timezone, as_of, quiet=True))
    if as_json:
        said = [
            {"severity": f.severity, "what": f.what.as_json(), "cost": f.cost and f.cost.as_json()} for f in findings
        ]
        _print_json(said)
    else:
        print_findings(findings, LANGUAGE)


@app.command(help=_text("cli.repeat"))
def repeat(
    run: Annotated[str, typer.Argument(help=_text("cli.repeat.run"))],
    region: Region = Path(),
    workers: Workers = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Make a run again and compare."""
    from jangkau.studies.repeat import repeat as study

    folder = _open(region)
    result = study(folder, run, _circumstances(folder.settings.timezone, None, workers))
    if as_json:
        _print_json({"run": result.run_id, "same": result.same, "different": result.different})
    elif result.different:
        _print(_text("cli.repeat.different", count=len(result.different), files=", ".join(result.different)))
    else:
        _print(_text("cli.repeat.same", count=len(result.same), run=result.run_id))
    if result.different:
        raise typer.Exit(TARGET_NOT_MET)


@app.command(help=_text("cli.serve"))
def serve(
    region: Region = Path(),
    host: Annotated[str, _option("--host", code="cli.serve.host")] = "127.0.0.1",
    port: Annotated[int, _option("--port", code="cli.serve.port")] = 8080,
    tls: Annotated[tuple[Path, Path] | None, _option("--tls", code="cli.serve.tls")] = None,
    workers: Workers = None,
    as_of: AsOf = None,
    lang: Lang = None,
) -> None:
    """Serve the desk."""
    folder = _open(region)
    run_server(folder, host, port, tls, _circumstances(folder.settings.timezone, as_of, workers), set_day=bool(as_of))


def run_server(
    folder: "RegionFolder",
    host: str,
    port: int,
    tls: tuple[Path, Path] | None,
    circumstances: "Circumstances",
    *,
    set_day: bool,
) -> None:
    """Serve until Ctrl-C; says where, and how the first account is made."""
    import uvicorn

    from jangkau.web.app import create_app
    from jangkau.web.routes.oidc import Provider

    day = circumstances.as_of if set_day else None
    provider = Provider.of(os.environ)
    app = create_app(folder, circumstances.clock, as_of=day, workers=circumstances.workers, provider=provider)
    address = f"{'https' if tls else 'http'}://{'localhost' if host in ('127.0.0.1', '0.0.0.0') else host}:{port}/"  # noqa: S104
    _print(_text("cli.serve.ready", address=address))
    if app.state.setup_token:
        _print(_text("cli.serve.setup", address=f"{address}#setup={app.state.setup_token}"))
    options: dict[str, Any] = {} if tls is None else {"ssl_certfile": str(tls[0]), "ssl_keyfile": str(tls[1])}
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False, **options)


@app.command(help=_text("cli.tls"))
def tls(
    names: Annotated[list[str], typer.Argument(help=_text("cli.tls.names"))],
    folder: Annotated[Path | None, _option("--folder", code="cli.tls.folder")] = None,
    region: Region = Path(),
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Make a certificate for the office network."""
    from jangkau.web.certificates import make_certificates

    made = make_certificates(folder or _open(region).path / "tls", names, _now())
    if as_json:
        _print_json({name: str(value) for name, value in asdict(made).items()})
        return
    if made.new_authority:
        _print(_text("cli.tls.authority", path=made.authority))
    _print(_text("cli.tls.done", date=made.valid_to.date(), certificate=made.certificate, key=made.key))


@app.command(help=_text("cli.register"))
def register(
    file: Annotated[Path, typer.Argument(help=_text("cli.register.file"))],
    region: Region = Path(),
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Write the register as a workbook."""
    from jangkau.studies.export_register import export_register

    folder = _open(region)
    done = export_register(folder, file, _circumstances(folder.settings.timezone, None, quiet=as_json))
    if as_json:
        _print_json({"file": str(done.path), "rows": done.rows, "notes": [note.as_json() for note in done.notes]})
        return
    _print(_text("cli.register.done", path=str(done.path), rows=sum(done.rows.values())))
    for note in done.notes:
        _print(render(note, LANGUAGE))


@app.command(help=_text("cli.backup"))
def backup(
    file: Annotated[Path, typer.Argument(help=_text("cli.backup.file"))],
    region: Region = Path(),
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Write a region to one file."""
    from jangkau.studies.keep import backup as study

    folder = _open(region)
    kept = study(folder, file, _circumstances(folder.settings.timezone, None))
    if as_json:
        _print_json(asdict(kept))
    else:
        size = kept.size_bytes / 1e6
        _print(_text("cli.backup.done", path=str(kept.file), files=kept.files, size_mb=size))


@app.command(help=_text("cli.restore"))
def restore(
    file: Annotated[Path, typer.Argument(help=_text("cli.restore.file"))],
    folder: Annotated[Path, typer.Argument(help=_text("cli.restore.folder"))],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Lay a backup out as a new region folder."""
    from jangkau.studies.keep import restore as study

    region = study(file, folder, _circumstances("UTC", None))
    if as_json:
        _print_json({"region": str(region.path)})
    else:
        _print(_text("cli.restore.done", path=str(region.path)))


@app.command(help=_text("cli.verify"))
def verify(
    region: Region = Path(),
    checkpoint: Annotated[Path | None, _option("--checkpoint", code="cli.verify.checkpoint")] = None,
    save: Annotated[Path | None, _option("--save-checkpoint", code="cli.verify.save")] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Check the audit chain and all that it covers."""
    from jangkau.studies.keep import checkpoint_text
    from jangkau.studies.keep import verify as study

    folder = _open(region)
    found = study(folder, _circumstances(folder.settings.timezone, None, quiet=True), checkpoint)
    if save is not None and found.checkpoint is not None:
        save.write_text(checkpoint_text(found.checkpoint), "utf-8")
    if as_json:
        troubles = [trouble.as_json() for trouble in found.troubles]
        _print_json({"troubles": troubles, "checkpoint": found.checkpoint and asdict(found.checkpoint)})
    else:
        for trouble in found.troubles:
            _say_error(render(trouble, LANGUAGE))
        if not found.troubles:
            head = found.checkpoint
            _print(_text("cli.verify.sound", count=head.sequence if head else 0, hash=head.hash if head else "–"))
    if found.troubles:
        raise typer.Exit(TARGET_NOT_MET)


@app.command(help=_text("cli.demo"))
def demo(
    folder: Annotated[Path, typer.Argument(help=_text("cli.demo.folder"))] = Path("demo"),
    seed: Annotated[int, _option("--seed", code="cli.seed")] = 1,
    workers: Workers = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Run the whole job on an invented regency."""
    from jangkau.cli.screens import graded_as_json, print_graded, print_imported
    from jangkau.studies.demo import TODAY, run_demo

    circumstances = _circumstances("UTC", TODAY.isoformat(), workers)
    result = run_demo(folder, seed, circumstances)
    if as_json:
        _print_json(graded_as_json(result.graded))
        return
    print_imported(result.imported, LANGUAGE)
    for language in [LANGUAGE] if lang else LANGUAGES:
        print_graded(result.region, result.graded, TODAY, language, brief=language != LANGUAGE and not lang)
    if _in_terminal():
        run_server(result.region, "127.0.0.1", _free_port(8080), None, circumstances, set_day=True)


def _in_terminal() -> bool:
    """Tell whether somebody is there to press Ctrl-C."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _free_port(wanted: int) -> int:
    """Return a port of this machine that nobody uses: the wanted one, or any."""
    import socket

    for port in (wanted, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return wanted


COMMANDS: dict[str, Callable[..., None]] = {
    "init": init,
    "import": import_,
    "predict": predict,
    "grade": grade,
    "doctor": doctor,
    "repeat": repeat,
    "serve": serve,
    "tls": tls,
    "register": register,
    "backup": backup,
    "restore": restore,
    "verify": verify,
    "demo": demo,
}
