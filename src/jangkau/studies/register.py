"""The register of a region on a day, as the studies read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import shapely

from jangkau.records import Claim, District, Link, Place, Probe, Record, Site, Village, Visit
from jangkau.store.database import Store

Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Register:
    """What the store says of a region on a day."""

    districts: list[District]
    villages: list[Village]
    places: list[Place]
    sites: list[Site]
    links: list[Link]
    visits: list[Visit]
    probes: list[Probe]
    claims: list[Claim]

    @classmethod
    def read(cls, store: Store, as_of: date, horizon: Mapping[str, int] | None = None) -> "Register":
        """Read everything that holds on a day; places without a village get the one that they lie in."""
        villages = sorted(store.read(Village, as_of=as_of, horizon=horizon), key=lambda v: v.code)
        places = store.read(Place, as_of=as_of, horizon=horizon)
        return cls(
            sorted(store.read(District, as_of=as_of, horizon=horizon), key=lambda d: d.code),
            villages,
            sorted(with_villages(places, villages), key=lambda p: p.code),
            store.read(Site, as_of=as_of, horizon=horizon),
            store.read(Link, as_of=as_of, horizon=horizon),
            store.read(Visit, horizon=horizon),
            store.read(Probe, horizon=horizon),
            store.read(Claim, horizon=horizon),
        )

    def records(self) -> dict[str, list[Record]]:
        """Return all records by noun, for the digests of a recipe."""
        everything: list[Sequence[Record]] = [
            self.districts, self.villages, self.places, self.sites, self.links, self.visits, self.probes, self.claims,
        ]  # fmt: skip
        return {records[0].noun: list(records) for records in everything if records}

    def district_of(self, village_code: str | None) -> str | None:
        """Return the code of a village's district."""
        village = self.village_of.get(village_code or "")
        return None if village is None else village.district_code

    @cached_property
    def village_of(self) -> dict[str, Village]:
        """Villages by code."""
        return {village.code: village for village in self.villages}

    @cached_property
    def named_district(self) -> dict[str, District]:
        """Districts by code."""
        return {district.code: district for district in self.districts}

    @cached_property
    def place_of(self) -> dict[str, Place]:
        """Places by code."""
        return {place.code: place for place in self.places}

    @cached_property
    def boxes(self) -> dict[str, tuple[Box, tuple[float, float]]]:
        """Return the box and a point inside of every outlined village and district, by code."""
        found = {}
        areas: list[Village | District] = [*self.villages, *self.districts]
        for area in areas:
            if area.geometry_wkb is not None:
                shape = shapely.from_wkb(area.geometry_wkb)
                inside = shape.representative_point()
                found[area.code] = (shape.bounds, (inside.x, inside.y))
        return found

    @cached_property
    def _outlines(self) -> tuple[list[Village], shapely.STRtree]:
        outlined = [v for v in self.villages if v.geometry_wkb is not None]
        return outlined, shapely.STRtree([shapely.from_wkb(v.geometry_wkb) for v in outlined])

    def village_at(self, longitude: float, latitude: float) -> Village | None:
        """Return the village in which a point lies; on a shared edge the one with the lowest code."""
        outlined, tree = self._outlines
        hits = tree.query(shapely.Point(longitude, latitude), predicate="intersects")
        return outlined[min(hits)] if len(hits) else None


def with_villages(places: Sequence[Place], villages: Sequence[Village]) -> list[Place]:
    """Return places with a missing village filled in by position.

    A place on a shared edge goes to the lowest code, so that each counts once.
    """
    outlined = sorted((v for v in villages if v.geometry_wkb is not None), key=lambda v: v.code)
    tree = shapely.STRtree([shapely.from_wkb(v.geometry_wkb) for v in outlined])
    found = []
    for place in places:
        if place.village_code is None and place.longitude is not None and place.latitude is not None:
            hits = tree.query(shapely.Point(place.longitude, place.latitude), predicate="intersects")
            village = outlined[min(hits)].code if len(hits) else None
            found.append(replace(place, village_code=village))
        else:
            found.append(place)
    return found
