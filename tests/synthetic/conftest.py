"""One small invented world for all tests of the room."""

import pytest

from jangkau.synthetic import World, make_world


@pytest.fixture(scope="session")
def world() -> World:
    return make_world(seed=1, side_km=15.0, villages=8, districts=2)
