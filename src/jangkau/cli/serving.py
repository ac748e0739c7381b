"""Serve the pages: serve, tls, demo."""

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jangkau.cli.speech import (
    LANGUAGE,
    AsJson,
    AsOf,
    Lang,
    Region,
    Workers,
    circumstances_of,
    now,
    opened,
    option,
    print_json,
    say,
    text,
)  # fmt: skip
from jangkau.messages import LANGUAGES

if TYPE_CHECKING:
    from jangkau.store.region_folder import RegionFolder
    from jangkau.studies.circumstances import Circumstances


def serve(
    region: Region = Path(),
    host: Annotated[str, option("--host", code="cli.serve.host")] = "127.0.0.1",
    port: Annotated[int, option("--port", code="cli.serve.port")] = 8080,
    tls: Annotated[tuple[Path, Path] | None, option("--tls", code="cli.serve.tls")] = None,
    workers: Workers = None,
    as_of: AsOf = None,
    lang: Lang = None,
) -> None:
    """Serve the desk."""
    folder = opened(region)
    run_server(folder, host, port, tls, circumstances_of(folder.settings.timezone, as_of, workers), set_day=bool(as_of))


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
    say(text("cli.serve.ready", address=address))
    if app.state.setup_token:
        say(text("cli.serve.setup", address=f"{address}#setup={app.state.setup_token}"))
    options: dict[str, Any] = {} if tls is None else {"ssl_certfile": str(tls[0]), "ssl_keyfile": str(tls[1])}
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False, **options)


def tls(
    names: Annotated[list[str], typer.Argument(help=text("cli.tls.names"))],
    folder: Annotated[Path | None, option("--folder", code="cli.tls.folder")] = None,
    region: Region = Path(),
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Make a certificate for the office network."""
    from jangkau.web.certificates import make_certificates

    made = make_certificates(folder or opened(region).path / "tls", names, now())
    if as_json:
        print_json({name: str(value) for name, value in asdict(made).items()})
        return
    if made.new_authority:
        say(text("cli.tls.authority", path=made.authority))
    say(text("cli.tls.done", date=made.valid_to.date(), certificate=made.certificate, key=made.key))


def demo(
    folder: Annotated[Path, typer.Argument(help=text("cli.demo.folder"))] = Path("demo"),
    seed: Annotated[int, option("--seed", code="cli.seed")] = 1,
    workers: Workers = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Run the whole job on an invented regency."""
    from jangkau.cli.screens import graded_as_json, print_graded, print_imported
    from jangkau.studies.demo import TODAY, run_demo

    circumstances = circumstances_of("UTC", TODAY.isoformat(), workers)
    result = run_demo(folder, seed, circumstances)
    if as_json:
        print_json(graded_as_json(result.graded))
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
