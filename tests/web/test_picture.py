"""A picture that grows by tests says the same as one that is drawn anew."""

import random
import shutil
from dataclasses import fields

import pytest

from jangkau.geo import distance_azimuth
from jangkau.records import Measurement, Probe, Visit, new_id
from jangkau.store.audit import Act
from jangkau.store.database import Store
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.nearby import NEAR_M, nearest_measurements
from jangkau.studies.picture import Picture
from jangkau.web.desk import Desk, StoppedError

from .conftest import NOW, TODAY


def a_test(rng, picture):
    place = rng.choice(picture.register.places)
    said = {
        "operator": rng.choice(picture.settings.operators_on(TODAY)),
        "service": rng.choice(["ok", "limited", "none"]),
        "rsrp_dbm": rng.uniform(-125, -70),
        "download_mbps": rng.choice([None, 0.1, 30.0]),
        "upload_mbps": rng.choice([None, 0.1, 30.0]),
    }
    return Visit(
        id=new_id(NOW), recorded_at=NOW, place_code=place.code, time=NOW, tester="ani", method="drive_test", **said
    )


def a_check(rng, picture):
    link = rng.choice(picture.register.links)
    return Probe(
        id=new_id(NOW), recorded_at=NOW, link_code=link.code, time=NOW, method="ping", up=rng.random() < 0.5,
        download_mbps=rng.choice([None, 1.0, 50.0]), upload_mbps=rng.choice([None, 1.0, 50.0]),
    )  # fmt: skip


def everything(picture):
    said = {f.name: getattr(picture, f.name) for f in fields(picture)}
    register = said.pop("register")
    said["predicted"] = None
    return said | {f.name: getattr(register, f.name) for f in fields(register)}


@pytest.mark.parametrize("seed", range(3))
def test_growing_is_drawing_anew(graded_folder, tmp_path, seed):
    region = RegionFolder.open(shutil.copytree(graded_folder, tmp_path / "contoh"))
    rng, desk = random.Random(seed), Desk(region, lambda: NOW, TODAY, 1)
    first = desk.picture()
    for _ in range(6):
        before = desk.picture()
        added = [a_test(rng, before) for _ in range(rng.randint(0, 3))]
        added += [a_check(rng, before) for _ in range(rng.randint(0, 2))]
        desk.store.add(added, Act("ani", "test", NOW))
        assert desk.picture().register.village_of is first.register.village_of, "drawn anew although it could grow"
        drawn = Picture.draw(region, desk.store, TODAY)
        assert everything(desk.picture()) == everything(drawn)
        assert list(desk.picture().places["signal", "any"]) == list(drawn.places["signal", "any"])
    desk.close()


def test_the_nearest_measurements_are_the_nearest(tmp_path):
    rng = random.Random(4)
    spread = {"A": [0.001] * 300, "B": [0.001] * 4 + [0.02] * 60, "C": [0.5] * 20}
    with Store.open(tmp_path / "jangkau.db", NOW) as store:
        made = [
            Measurement(
                id=new_id(NOW), recorded_at=NOW, time=NOW, operator=operator, service="ok", technology="4G",
                longitude=117.5 + rng.gauss(0, width), latitude=0.5 + rng.gauss(0, width), rsrp_dbm=-90.0,
            )
            for operator, widths in spread.items()
            for width in widths
        ]  # fmt: skip
        store.add(made, Act("ani", "test", NOW))
        found = nearest_measurements(store, ("A", "B", "C", "D"), 117.5, 0.5)
    for operator in ("A", "B", "C", "D"):
        own = [m for m in made if m.operator == operator]
        distance, _ = distance_azimuth(117.5, 0.5, [m.longitude for m in own], [m.latitude for m in own])
        expected = sorted(d for d in distance.tolist() if d <= NEAR_M)[:10]
        assert [near.distance_m for near in found[operator]] == pytest.approx(expected)
    assert len(found["A"]) == 10 and found["D"] == []


def test_a_desk_that_is_stopped_draws_no_more(graded_folder, tmp_path):
    region = RegionFolder.open(shutil.copytree(graded_folder, tmp_path / "contoh"))
    desk = Desk(region, lambda: NOW, TODAY, 1)
    desk.stop()
    with pytest.raises(StoppedError):
        desk.draw_tiles()
    desk.close()
    assert not list(region.path.glob("tiles/*.pmtiles"))
