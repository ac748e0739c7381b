"""The register of a region on a day, as the studies read it."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

import shapely

from jangkau.records import Claim, District, Link, Place, Probe, Record, Sheet, Site, Village, Visit
from jangkau.store.database import Store

Box = tuple[float, float, float, float]
R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Tests by the place, and checks by the link, that they speak of."""

    visits: dict[str, list[Visit]]
    probes: dict[str, list[Probe]]

    @classmethod
    def of(cls, visits: Iterable[Visit], probes: Iterable[Probe]) -> "Evidence":
        """Sort evidence."""
        return cls({}, {}).grown(visits, probes)

    def grown(self, visits: Iterable[Visit], probes: Iterable[Probe]) -> "Evidence":
        """Return this evidence and more; the lists of what nothing was added to are shared."""
        return Evidence(_sorted(self.visits, visits, "place_code"), _sorted(self.probes, probes, "link_code"))


def _sorted(known: Mapping[str, list[R]], more: Iterable[R], by: str) -> dict[str, list[R]]:
    found, own = dict(known), set()
    for record in more:
        code = getattr(record, by)
        if code not in own:
            own.add(code)
            found[code] = list(found.get(code, []))
        found[code].append(record)
    return found


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
    sheets: list[Sheet]

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
            store.read(Sheet, horizon=horizon),
        )

    def grown(self, visits: Sequence[Visit], probes: Sequence[Probe], sheets: Sequence[Sheet] = ()) -> "Register":
        """Return the same register with more evidence; what was worked out of the rest is kept."""
        grown = copy(self)
        grown.__dict__.update(
            visits=[*self.visits, *visits],
            probes=[*self.probes, *probes],
            sheets=[*self.sheets, *sheets],
            sheet_of=self.sheet_of | {sheet.id: sheet for sheet in sheets},
            evidence=self.evidence.grown(visits, probes),
        )
        return grown

    def concerned(self, visits: Iterable[Visit], probes: Iterable[Probe]) -> set[str]:
        """Return the codes of the places whose verdict depends on some tests."""
        links = [self.link_of[p.link_code] for p in probes if p.link_code in self.link_of]
        tested = {v.place_code for v in visits} | {link.place_code for link in links}
        sending = {place.code for code in tested for place in self.senders.get(code, [])}
        return (tested | sending) & self.place_of.keys()

    def records(self) -> dict[str, list[Record]]:
        """Return all records by noun, for the digests of a recipe."""
        everything: list[Sequence[Record]] = [
            self.districts, self.villages, self.places, self.sites, self.links, self.visits, self.probes, self.claims,
            self.sheets,
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
    def row_of(self) -> dict[str, int]:
        """Rows of places by code."""
        return {place.code: row for row, place in enumerate(self.places)}

    @cached_property
    def places_in(self) -> dict[str | None, list[Place]]:
        """Places by the code of their village."""
        return _by(self.places, "village_code")

    @cached_property
    def senders(self) -> dict[str | None, list[Place]]:
        """Places by the code of the place from which they send."""
        return _by(self.places, "send_place_code")

    @cached_property
    def links_of(self) -> dict[str, list[Link]]:
        """Links by the code of their place."""
        return _by(self.links, "place_code")

    @cached_property
    def link_of(self) -> dict[str, Link]:
        """Links by code."""
        return {link.code: link for link in self.links}

    @cached_property
    def named_site(self) -> dict[str, Site]:
        """Sites by code."""
        return {site.code: site for site in self.sites}

    @cached_property
    def sheet_of(self) -> dict[str, Sheet]:
        """Sheets by id."""
        return {sheet.id: sheet for sheet in self.sheets}

    @cached_property
    def evidence(self) -> Evidence:
        """Visits and probes by what they speak of."""
        return Evidence.of(self.visits, self.probes)

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


def _by(records: Iterable[Any], name: str) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for record in records:
        found.setdefault(getattr(record, name), []).append(record)
    return found


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
