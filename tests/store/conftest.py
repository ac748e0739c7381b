"""Each test of the store runs on SQLite and on PostgreSQL, where that is installed."""

import itertools
from datetime import UTC, datetime

import pytest

from jangkau.store.database import Store
from servers import programs, temporary_postgresql

NOW = datetime(2024, 11, 11, 3, 0, tzinfo=UTC)
_NUMBER = itertools.count()


@pytest.fixture(scope="session")
def server():
    if programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql postgis)")
    with temporary_postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    if request.param == "sqlite":
        opened = Store.open(tmp_path / "jangkau.db", NOW)
    else:
        opened = Store.at(request.getfixturevalue("server"), f"jangkau_{next(_NUMBER)}", NOW)
    with opened:
        yield opened
