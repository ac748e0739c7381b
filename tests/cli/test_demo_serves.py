from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from jangkau import cli
from jangkau.cli import serving


@pytest.mark.parametrize("in_terminal", [True, False])
def test_the_demo_serves_its_desk_where_somebody_can_stop_it(monkeypatch, tmp_path, in_terminal):
    served = []
    result = SimpleNamespace(region="the region", imported=[], graded=None)
    monkeypatch.setattr("jangkau.studies.demo.run_demo", lambda *_: result)
    monkeypatch.setattr("jangkau.cli.screens.print_imported", lambda *_: None)
    monkeypatch.setattr("jangkau.cli.screens.print_graded", lambda *_, **__: None)
    monkeypatch.setattr(serving, "_in_terminal", lambda: in_terminal)
    monkeypatch.setattr(serving, "run_server", lambda region, host, *_, **said: served.append((region, host, said)))
    assert CliRunner().invoke(cli.app, ["demo", str(tmp_path)]).exit_code == 0
    assert served == ([("the region", "127.0.0.1", {"set_day": True})] if in_terminal else [])
