"""Villages, districts and places of the invented regency."""

import numpy as np
import pytest
import shapely

from jangkau.synthetic.settlement import PEOPLE_A_VILLAGE, VOTERS_SHARE, shared


def outlines(records):
    return [shapely.from_wkb(r.geometry_wkb) for r in records]


def test_villages_tile_the_region_and_share_their_edges(world):
    villages = outlines(world.villages)
    box = shapely.box(*world.settings.bounds)
    assert {v.geom_type for v in villages} == {"Polygon"}
    assert shapely.coverage_is_valid(villages)
    assert sum(v.area for v in villages) == pytest.approx(box.area, rel=1e-9)
    assert shapely.coverage_union_all(villages).symmetric_difference(box).area < 1e-6 * box.area


def test_districts_are_made_of_their_villages(world):
    assert len(world.districts) == 2
    for district, outline in zip(world.districts, outlines(world.districts), strict=True):
        members = [v for v in world.villages if v.district_code == district.code]
        assert outline.area == pytest.approx(sum(o.area for o in outlines(members)))
        assert district.population == sum(v.population for v in members)
        assert district.polling_stations == sum(v.polling_stations for v in members)


def test_codes_are_those_of_an_invented_regency(world):
    codes = [v.code for v in world.villages]
    assert len(set(codes)) == len(codes) == 8
    assert all(v.code.startswith(f"{v.district_code}.") for v in world.villages)
    assert "99.01.01.2001" in codes
    assert len({p.code for p in world.places}) == len(world.places)


def test_every_place_lies_in_its_village_on_dry_land(world):
    by_code = dict(zip((v.code for v in world.villages), outlines(world.villages), strict=True))
    for place in world.places:
        assert shapely.contains_xy(by_code[place.village_code], place.longitude, place.latitude), place.code
        assert 10.0 <= place.position_accuracy_m <= 50.0
    row, column = world.ground.grid.row_column([p.longitude for p in world.places], [p.latitude for p in world.places])
    assert (world.land_cover.values[row, column] == 80).mean() < 0.02


def test_people_and_voters_add_up(world):
    assert sum(v.population for v in world.villages) == 8 * PEOPLE_A_VILLAGE
    for village in world.villages:
        inside = [p for p in world.places if p.village_code == village.code]
        assert sum(p.population for p in inside if p.kind == "settlement") == village.population
        stations = [p for p in inside if p.kind == "polling_station"]
        assert len(stations) == village.polling_stations >= 1
        assert sum(p.voters for p in stations) == round(VOTERS_SHARE * village.population)
        assert max(p.voters for p in stations) <= 650


def test_every_village_and_district_has_its_office(world):
    kinds = [p.kind for p in world.places]
    assert kinds.count("village_office") == 8
    assert kinds.count("district_office") == 2
    assert kinds.count("school") >= 8


def test_shares_keep_the_whole():
    found = shared(101, np.array([3.0, 2.0, 1.0]), least=5)
    assert found.sum() == 101
    assert (found >= 5).all()
    assert list(found) == sorted(found, reverse=True)
