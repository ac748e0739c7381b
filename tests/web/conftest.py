"""A small invented regency, graded once, and an app on a copy of it."""

import dataclasses
import shutil
from datetime import UTC, date, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from jangkau.records import new_id
from jangkau.settings import RadioSettings
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.grade import grade
from jangkau.studies.import_data import About, import_files
from jangkau.studies.init_region import init_region
from jangkau.studies.predict import predict
from jangkau.synthetic import make_world, write_region_files
from jangkau.web.app import create_app

TODAY = date(2024, 11, 11)
NOW = datetime(2024, 11, 11, 3, tzinfo=UTC)
PASSWORD = "hutan hujan tropis"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now

    def move(self, **by):
        self.now += timedelta(**by)


@pytest.fixture(scope="session")
def graded_folder(tmp_path_factory):
    circumstances = Circumstances(TODAY, lambda: NOW, workers=2)
    world = make_world(seed=3, side_km=15.0, villages=8, districts=2)
    radio = RadioSettings(resolution_m=500.0, radius_km=12.0, profile_step_m=120.0)
    brought = tmp_path_factory.mktemp("brought")
    region = init_region(
        tmp_path_factory.mktemp("graded") / "contoh", dataclasses.replace(world.settings, radio=radio), circumstances
    )
    import_files(region, write_region_files(world, brought), circumstances, About("Contoh", "CC0", TODAY))
    predict(region, circumstances)
    grade(region, circumstances)
    return region.path


@pytest.fixture(scope="module")
def clock():
    return Clock()


@pytest.fixture(scope="module")
def app(graded_folder, tmp_path_factory, clock):
    folder = tmp_path_factory.mktemp("served") / "contoh"
    shutil.copytree(graded_folder, folder)
    return create_app(RegionFolder.open(folder), clock, workers=1)


@pytest.fixture(scope="module")
def server(app):
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


class Caller:
    """Somebody who is logged in."""

    def __init__(self, client, name):
        self.client = client
        said = client.post("/api/v1/session", json={"name": name, "password": PASSWORD}).json()
        self.csrf, self.cookies = said["csrf"], dict(client.cookies)
        client.cookies.clear()

    def _call(self, method, path, **given):
        headers = {"X-CSRF-Token": self.csrf, "Accept-Language": "en"} | given.pop("headers", {})
        headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        return self.client.request(method, f"/api/v1{path}", headers=headers, **given)

    def get(self, path, **given):
        return self._call("GET", path, **given)

    def post(self, path, json, **given):
        return self._call("POST", path, json=json, **given)

    def delete(self, path):
        return self._call("DELETE", path)


@pytest.fixture(scope="module")
def admin(app, server):
    body = {"token": app.state.setup_token, "name": "ani", "password": PASSWORD}
    assert server.post("/api/v1/setup", json=body).status_code == 201
    server.cookies.clear()
    return Caller(server, "ani")


@pytest.fixture(scope="module")
def caller(server, admin, app):
    """Return somebody of a role."""
    known = {}

    def of(role):
        if role not in known:
            operator = app.state.desk.region.settings.operators[0].name if role == "operator" else None
            body = {"name": f"a {role}", "role": role, "password": PASSWORD, "operator": operator}
            assert admin.post("/accounts", body).status_code == 201
            known[role] = Caller(server, f"a {role}")
        return known[role]

    return of


@pytest.fixture(scope="module")
def log_in(server, admin):
    """Let the administrator come in once more."""
    return lambda: Caller(server, "ani")


@pytest.fixture
def born(clock):
    return lambda: new_id(clock())
