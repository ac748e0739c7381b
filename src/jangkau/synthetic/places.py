"""Records of the people of the invented regency: districts, villages and the places that must be connected."""

import math
from dataclasses import dataclass, field, replace

import numpy as np
import shapely

from jangkau.records import District, Place, PlaceKind, Village
from jangkau.synthetic.births import Births
from jangkau.synthetic.landscape import Landscape, to_degrees
from jangkau.synthetic.settlement import VOTERS_A_STATION, VOTERS_SHARE, Hamlet, Peopled, dry_spot, shared

REGENCY_CODE = "99.01"
KELURAHAN = 3
"""How many villages of the capital's district are kelurahan at most."""

_STARTS = ("b", "k", "l", "m", "r", "s", "t", "w", "j", "p", "d", "s")
_VOWELS = ("a", "a", "a", "e", "i", "u", "u", "o")
_ENDS = ("", "", "ng", "n", "r", "h", "k", "t", "i")
_FIRST_WORDS = ("Muara", "Long", "Batu", "Tanjung", "Teluk", "Sungai", "Rantau", "Loa", "Bukit", "Kampung", "", "", "")


@dataclass(frozen=True, slots=True)
class Register:
    """Districts, villages and places as a planner would list them."""

    districts: tuple[District, ...]
    villages: tuple[Village, ...]
    places: tuple[Place, ...]


def register_people(seed: int, landscape: Landscape, peopled: Peopled, births: Births) -> Register:
    """Return the records of where people live, vote and work.

    Parameters
    ----------
    seed : int
    landscape : Landscape
    peopled : Peopled
    births : Births
    """
    rng = np.random.default_rng([seed, 3])
    names = _names(rng, len(peopled.people))
    villages = _villages(peopled, names, births)
    places: list[Place] = []
    for k, village in enumerate(villages):
        author = _Author(rng, landscape, peopled, births, village, k)
        hamlets = [h for h in peopled.hamlets if h.village == k]
        made = author.places(hamlets)
        stations = sum(p.kind == "polling_station" for p in made)
        villages[k] = replace(village, polling_stations=stations)
        places += made
    return Register(tuple(_districts(peopled, names, villages, births)), tuple(villages), tuple(places))


def district_code(number: int) -> str:
    """Return the code of a district by its index."""
    return f"{REGENCY_CODE}.{number + 1:02d}"


def _names(rng: np.random.Generator, count: int) -> list[tuple[str, str]]:
    """First word (may be empty) and invented name of each village; the names are all different."""
    found: dict[str, str] = {}
    while len(found) < count:
        syllables = ["".join(str(rng.choice(part)) for part in (_STARTS, _VOWELS)) for _ in range(3)]
        word = ("".join(syllables) + str(rng.choice(_ENDS))).capitalize()
        found.setdefault(word, str(rng.choice(_FIRST_WORDS)))
    return [(first, word) for word, first in found.items()]


def _villages(peopled: Peopled, names: list[tuple[str, str]], births: Births) -> list[Village]:
    counters: dict[tuple[int, str], int] = {}
    villages = []
    for k, (first, word) in enumerate(names):
        number = int(peopled.district[k])
        beside = int(np.sum((peopled.district == number) & (peopled.road_m < peopled.road_m[k])))
        kind = "kelurahan" if number == int(peopled.district[peopled.capital]) and beside < KELURAHAN else "desa"
        counters[number, kind] = counters.get((number, kind), 0) + 1
        code = f"{district_code(number)}.{(1000 if kind == 'kelurahan' else 2000) + counters[number, kind]}"
        villages.append(
            Village(
                **births.stamp(),
                code=code,
                name=f"{first} {word}".strip(),
                kind=kind,
                district_code=district_code(number),
                population=int(peopled.people[k]),
                remote=bool(peopled.remote[k]),
                geometry_wkb=shapely.to_wkb(peopled.outlines[k]),
            )
        )
    return villages


def _districts(
    peopled: Peopled, names: list[tuple[str, str]], villages: list[Village], births: Births
) -> list[District]:
    districts = []
    for number, town in enumerate(peopled.towns):
        members = [v for v in villages if v.district_code == district_code(number)]
        outlines = [peopled.outlines[k] for k in np.flatnonzero(peopled.district == number)]
        districts.append(
            District(
                **births.stamp(),
                code=district_code(number),
                name=names[town][1],
                population=sum(v.population or 0 for v in members),
                polling_stations=sum(v.polling_stations or 0 for v in members),
                geometry_wkb=shapely.to_wkb(shapely.coverage_union_all(outlines).normalize()),
            )
        )
    return districts


@dataclass(slots=True)
class _Author:
    """Writes the places of one village."""

    rng: np.random.Generator
    landscape: Landscape
    peopled: Peopled
    births: Births
    village: Village
    index: int
    made: list[Place] = field(default_factory=list)

    def places(self, hamlets: list[Hamlet]) -> list[Place]:
        core = hamlets[0]
        name = self.village.name or ""
        if self.index in self.peopled.towns:
            code = f"{self.village.district_code}-KC"
            self._add(code, f"Kantor Kecamatan {name}", "district_office", core, 150.0)
        self._add(f"{self.village.code}-KD", f"Kantor {self._title()} {name}", "village_office", core, 120.0)
        for n, hamlet in enumerate(hamlets, 1):
            self._add(f"{self.village.code}-D{n:02d}", f"{name} {n}", "settlement", hamlet, 0.0, people=hamlet.people)
        self._stations(hamlets)
        self._services(hamlets)
        return self.made

    def _title(self) -> str:
        return "Lurah" if self.village.kind == "kelurahan" else "Desa"

    def _stations(self, hamlets: list[Hamlet]) -> None:
        voters = round(VOTERS_SHARE * (self.village.population or 0))
        count = max(1, round(voters / VOTERS_A_STATION))
        weight = np.array([h.people for h in hamlets], float)
        in_hamlet = shared(count, weight)
        each = shared(voters, np.ones(count))
        number = 0
        for hamlet, stations in zip(hamlets, in_hamlet.tolist(), strict=True):
            for _ in range(stations):
                code = f"{self.village.code}-{number + 1:03d}"
                name = f"TPS {number + 1:03d} {self.village.name}"
                self._add(code, name, "polling_station", hamlet, 140.0, voters=int(each[number]))
                number += 1

    def _services(self, hamlets: list[Hamlet]) -> None:
        schools = max(1, (self.village.population or 0) // 2500)
        for n in range(schools):
            hamlet = hamlets[n % len(hamlets)]
            self._add(f"{self.village.code}-S{n + 1}", f"SD {n + 1} {self.village.name}", "school", hamlet, 170.0)
        if self.index in self.peopled.towns or self.rng.random() < 0.25:
            self._add(f"{self.village.code}-P1", f"Puskesmas {self.village.name}", "clinic", hamlets[0], 150.0)

    def _add(
        self,
        code: str,
        name: str,
        kind: PlaceKind,
        hamlet: Hamlet,
        spread_m: float,
        people: int | None = None,
        voters: int | None = None,
    ) -> None:
        outline = self.peopled.outlines[self.index]
        x, y = hamlet.x_m, hamlet.y_m
        if spread_m:
            x, y = dry_spot(self.rng, self.landscape, outline, x, y, spread_m)
        longitude, latitude = to_degrees(x, y)
        power = self._power(hamlet)
        self.made.append(
            Place(
                **self.births.stamp(),
                code=code,
                name=name,
                kind=kind,
                longitude=round(float(longitude), 6),
                latitude=round(float(latitude), 6),
                position_accuracy_m=float(self.rng.choice([10.0, 15.0, 20.0, 30.0, 50.0])),
                village_code=self.village.code,
                population=people,
                voters=voters,
                power=power,
                backup_hours={"pln": 0.0, "solar": 8.0, "generator": 6.0, "none": None}[power],
            )
        )

    def _power(self, hamlet: Hamlet) -> str:
        """The grid follows the roads out from the towns; beyond it people help themselves."""
        away = self.peopled.road_m[self.index] + 2.0 * math.hypot(
            hamlet.x_m - self.peopled.x_m[self.index], hamlet.y_m - self.peopled.y_m[self.index]
        )
        on_grid = self.rng.random() < 1.0 / (1.0 + math.exp((away - 17_000.0) / 3000.0))
        if on_grid and not (self.peopled.remote[self.index] and self.rng.random() < 0.5):
            return "pln"
        return str(self.rng.choice(["solar", "generator", "none"], p=[0.45, 0.35, 0.2]))
