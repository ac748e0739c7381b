"""The watch is killed: the wall says that nobody watches, and since when, and takes no link for up or down."""

import socket
from datetime import UTC, datetime, timedelta

from .conftest import Night, conditions, make_region, wait_until, watching


def test_the_wall_says_that_the_watch_is_dead_and_no_link_is_known(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as office:
        region = make_region(tmp_path, {"DESA-1": (f"127.0.0.1:{office.getsockname()[1]}", None)})
        with Night(region) as night:
            before = night.wall()
            assert (before["is_watched"], before["watched_until"]) == (False, None)
            assert before["todo"][0]["what"] == "Nobody watches the links: start jangkau watch"
            with watching(region) as watch:
                wait_until(lambda: conditions(region) == {"DESA-1": "up"})
                seen = night.wall()
                assert seen["is_watched"]
                assert seen["districts"][0]["links"]["up"] == 1
                assert [s["state"] for s in seen["stations"]] == ["waiting"]
                watch.kill()
                watch.wait()
                died = datetime.now(UTC)
            assert conditions(region) == {"DESA-1": "up"}  # the last that it wrote
            night.ahead = timedelta(seconds=61)
            dead = night.wall()
            assert not dead["is_watched"]
            assert abs(datetime.fromisoformat(dead["watched_until"]) - died) < timedelta(seconds=10)
            (district,) = dead["districts"]
            assert district["links"] == {"up": 0, "degraded": 0, "down": 0, "unknown": 1}
            assert district["unknown_since"] == dead["watched_until"]
            assert dead["todo"][0]["what"].startswith("Nobody has watched the links since ")
            assert dead["todo"][0]["stations"] == 1
            assert [s["state"] for s in dead["stations"]] == ["no_contact"]
            night.ahead = -timedelta(hours=1)  # a clock that was set back: a sign from the future is none
            assert not night.wall()["is_watched"]
            night.ahead = timedelta()
            with watching(region):
                wait_until(lambda: night.wall()["districts"][0]["links"]["up"] == 1)
                assert night.wall()["is_watched"]
