"""What could be built where: masts in villages and on hill tops, cells on standing sites, repeaters, links of offices.

A node is one thing that a plan builds or that stands already; its parts are rows of the catalogue. How it is fed (hop,
fibre, satellite) is in `build_network`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.spatial import cKDTree

from jangkau.geo import FloatArray
from jangkau.messages import Message
from jangkau.planning.technologies import Technologies, Technology, of_kind
from jangkau.records import Cell, Place, Site
from jangkau.settings import Settings
from jangkau.studies.build_places import Demand, OpenPlace, metres
from jangkau.studies.inputs import region_bounds
from jangkau.studies.register import Register
from jangkau.terrain.ground import Ground
from jangkau.terrain.hill_tops import hill_tops

CORE = "core"
"""The node that feeds all standing sites and fibre offices: the networks that are there already."""

WORKING = ("fitted", "tested", "accepted")
"""Stages at which a link carries."""


@dataclass(frozen=True, slots=True)
class Part:
    """A row of the catalogue, how many of it, and how long [km]."""

    technology: Technology
    count: int = 1
    km: float = 0.0

    def cost_idr(self, months: int) -> float:
        """Return what it costs with some months of service [IDR]."""
        return self.technology.cost_of(months, self.km, self.count)


@dataclass(frozen=True, slots=True)
class Node:
    """One thing that is there or could be built.

    Attributes
    ----------
    code : str
        What a planner locks and forbids: kind, where, and which mast, such as ``village:6408072001:mast_42``.
    kind : str
        core, standing, site, relay, cells, repeater or office.
    name : str
        What people call the place.
    longitude, latitude, height_agl_m : float
        Of its antennas [deg, m].
    parts : tuple of Part
        What it takes, its feed aside; none where it is there already.
    demand_mbps : float
        With which it must be fed.
    place_code, site_code : str or None
        The place it is built for, or at; the standing site that it is, or is built on.
    blocked : Message or None
        Why it cannot be built at all.
    """

    code: str
    kind: str
    name: str
    longitude: float
    latitude: float
    height_agl_m: float
    parts: tuple[Part, ...] = ()
    demand_mbps: float = 0.0
    place_code: str | None = None
    site_code: str | None = None
    blocked: Message | None = None

    @property
    def there(self) -> bool:
        """Whether it stands already."""
        return self.kind in (CORE, "standing")

    @property
    def transmitter(self) -> Technology | None:
        """The part that serves phones, if it has one."""
        return next((p.technology for p in self.parts if p.technology.eirp_dbm is not None), None)

    def cost_idr(self, months: int) -> float:
        """Return what it costs without its feed [IDR]."""
        return sum(p.cost_idr(months) for p in self.parts)


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a mast could stand."""

    code: str
    name: str
    longitude: float
    latitude: float
    place_code: str | None = None
    hill: bool = False


@dataclass(slots=True)
class Candidates:
    """Makes the nodes of a region; see `nodes`."""

    register: Register
    cells: Sequence[Cell]
    demand: Demand
    ground: Ground
    catalogue: Technologies
    settings: Settings
    _powered: cKDTree | None = field(default=None)

    def nodes(self) -> list[Node]:
        """Return all nodes in a stable order: what is there first."""
        powered = [p for p in self.register.places if p.power == "pln" and p.longitude is not None]
        powered = [p for p in powered if p.latitude is not None]
        self._powered = cKDTree(self._metres(powered)) if powered else None
        spots = [*self._villages(), *self._hills()]
        found = [Node(CORE, CORE, CORE, 0.0, 0.0, 0.0), *self._standing()]
        found += [n for spot in spots for n in self._masts(spot)]
        found += [*self._new_cells(), *self._repeaters(), *self._offices()]
        return found

    def _metres(self, points: Iterable[Place | Site | _Spot]) -> FloatArray:
        kept = list(points)
        return metres(self.settings, [p.longitude or 0.0 for p in kept], [p.latitude or 0.0 for p in kept])

    def _on_air(self) -> dict[str, bool]:
        """Return which sites carry cells, and of them which carry the generation that counts."""
        found: dict[str, bool] = {}
        for cell in self.cells:
            counts = cell.technology >= self.settings.signal.technology
            found[cell.site_code] = found.get(cell.site_code, False) or counts
        return found

    def _standing(self) -> list[Node]:
        """Sites with cells, and offices with a fibre link that works: what can feed others."""
        on_air = self._on_air()
        default = self.settings.cell_defaults.height_agl_m
        sites = [
            Node(
                f"standing:{s.code}", "standing", s.name or s.code, s.longitude, s.latitude,
                s.height_agl_m or default, site_code=s.code,
            )
            for s in sorted(self.register.sites, key=lambda s: s.code)
            if s.code in on_air
        ]  # fmt: skip
        fibre = {k.place_code for k in self.register.links if k.medium == "fibre" and k.stage in WORKING}
        pole = next((t.height_agl_m for t in of_kind(self.catalogue, "hop", "office") if t.height_agl_m), 10.0)
        offices = [
            Node(f"standing:{p.code}", "standing", p.name or p.code, p.longitude, p.latitude, pole, place_code=p.code)
            for p in self.register.places
            if p.code in fibre and p.longitude is not None and p.latitude is not None
        ]
        return sites + offices

    def _villages(self) -> list[_Spot]:
        """Open settlements and stations, the heaviest first, so far apart as the settings say."""
        waiting = [o for o in self.demand.open if o.quantity != "office" and o.weight > 0.0]
        waiting.sort(key=lambda o: (-o.weight, o.place.code))
        where = self._metres(o.place for o in waiting)
        kept: list[int] = []
        for k in range(len(waiting)):
            apart = np.hypot(*(where[kept] - where[k]).T) if kept else np.array([np.inf])
            if apart.min() >= 1e3 * self.settings.build.village_spacing_km:
                kept.append(k)
        return [_spot(waiting[k]) for k in kept]

    def _hills(self) -> list[_Spot]:
        """Hill tops of the region near open places, those with most weight around them."""
        build, bounds = self.settings.build, region_bounds(self.settings)
        waiting = [o for o in self.demand.open if o.quantity != "office"]
        longitude, latitude, _ = hill_tops(self.ground.within(bounds), 1e3 * build.hill_spacing_km)
        if not waiting or not longitude.size:
            return []
        spots = [
            _Spot(f"hill:{x:.4f},{y:.4f}", f"{x:.3f}, {y:.3f}", x, y, hill=True)
            for x, y in zip(longitude.round(5).tolist(), latitude.round(5).tolist(), strict=True)
            if bounds.contains(x, y)
        ]
        tree = cKDTree(self._metres(o.place for o in waiting))
        weight = np.array([o.weight for o in waiting])
        near = tree.query_ball_point(self._metres(spots), 1e3 * build.reach_km / 2.0)
        around = np.array([weight[rows].sum() for rows in near])
        best = np.argsort(-around, kind="stable")[: build.most_hills]
        return [spots[k] for k in sorted(best.tolist()) if around[k] > 0.0]

    def _masts(self, spot: _Spot) -> list[Node]:
        """New sites of each height in villages; on hills of the cheapest, there also bare masts that hand a hop on."""
        power = self._power(spot, "site")
        masts, radios = of_kind(self.catalogue, "mast"), of_kind(self.catalogue, "cells")
        found = []
        for mast in masts[:1] if spot.hill else masts:
            parts = (Part(mast), *([power] if power else []))
            if radios:
                whole = (*parts, Part(radios[0]))
                found.append(self._site(spot, "site", mast, whole, self.settings.build.site_mbps, power))
            if spot.hill:
                found.append(self._site(spot, "relay", mast, parts, 0.0, power))
        return found

    def _site(
        self, spot: _Spot, kind: str, mast: Technology, parts: tuple[Part, ...], mbps: float, power: Part | None
    ) -> Node:
        code = f"{spot.code}:{mast.name}" + (":relay" if kind == "relay" else "")
        return Node(
            code, kind, spot.name, spot.longitude, spot.latitude, mast.height_agl_m or 0.0, parts, mbps,
            spot.place_code, blocked=None if power else Message("build.blocked.no_power"),
        )  # fmt: skip

    def _power(self, at: _Spot, serves: str) -> Part | None:
        """Return the cheapest power that can be had at a point, None where there is none."""
        months, choices = self.settings.build.service_months, []
        for t in of_kind(self.catalogue, "power", serves):
            km = 0.0
            if t.cost_idr_per_km > 0.0 or t.within_km is not None:
                if self._powered is None:
                    continue
                km = float(self._powered.query(self._metres([at]))[0][0]) / 1e3 * self.settings.survey.detour_factor
            if t.reaches(km):
                choices.append(Part(t, km=round(km, 3)))
        return min(choices, key=lambda p: p.cost_idr(months), default=None)

    def _new_cells(self) -> list[Node]:
        """Cells on every standing mast near open places; a mast without any must be fed anew."""
        waiting = [o for o in self.demand.open if o.quantity != "office"]
        radios = of_kind(self.catalogue, "cells")
        if not waiting or not radios:
            return []
        sites = sorted(self.register.sites, key=lambda s: s.code)
        tree = cKDTree(self._metres(o.place for o in waiting))
        near = tree.query(self._metres(sites))[0] if sites else []
        default = self.settings.cell_defaults.height_agl_m
        return [
            Node(
                f"site:{s.code}:{radios[0].name}", "cells", s.name or s.code, s.longitude, s.latitude,
                s.height_agl_m or default, (Part(radios[0]),), self.settings.build.site_mbps, site_code=s.code,
            )
            for s, away in zip(sites, near, strict=True)
            if away <= 1e3 * self.settings.build.reach_km
        ]  # fmt: skip

    def _repeaters(self) -> list[Node]:
        found = []
        for t in of_kind(self.catalogue, "repeater")[:1]:
            for spot in self._villages():
                power = self._power(spot, "site")
                parts = (*([power] if power else []), Part(t))
                blocked = None if power else Message("build.blocked.no_power")
                found.append(
                    Node(
                        f"{spot.code}:{t.name}", "repeater", spot.name, spot.longitude, spot.latitude,
                        t.height_agl_m or 0.0, parts, 0.0, spot.place_code, blocked=blocked,
                    )
                )  # fmt: skip
        return found

    def _offices(self) -> list[Node]:
        equipment = of_kind(self.catalogue, "office")
        if not equipment:
            return []
        pole = next((t.height_agl_m for t in of_kind(self.catalogue, "hop", "office") if t.height_agl_m), 10.0)
        found = []
        for o in self.demand.open:
            if o.quantity != "office":
                continue
            spot = _spot(o)
            lacking = o.place.power == "none"
            power = self._power(spot, "office") if lacking else None
            parts = (Part(equipment[0]), *([power] if power else []))
            blocked = Message("build.blocked.no_power") if lacking and power is None else None
            found.append(
                Node(
                    f"office:{o.place.code}", "office", spot.name, spot.longitude, spot.latitude, pole, parts,
                    self.settings.build.office_mbps, o.place.code, blocked=blocked,
                )
            )  # fmt: skip
        return found


def _spot(one: OpenPlace) -> _Spot:
    place = one.place
    assert place.longitude is not None
    assert place.latitude is not None
    return _Spot(f"village:{place.code}", place.name or place.code, place.longitude, place.latitude, place.code)
