"""A region as it stands on a day: register, grades by the newest prediction and all evidence since, what is being done.

A grading run writes maps and tables; the picture answers at once when a test comes in. Both judge by the same rules.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from operator import itemgetter

from jangkau.records import ANY_OPERATOR, Claim, Gap, Grade, Probe, Sheet, Source, Value, Visit
from jangkau.settings import Settings
from jangkau.store.database import Store
from jangkau.store.region_folder import RegionFolder
from jangkau.store.runs import latest_run
from jangkau.studies.areas import Tallies, area_grades, gaps, place_grades, tallies
from jangkau.studies.loop import Standing, Steps, standings
from jangkau.studies.register import Register
from jangkau.studies.verdicts import PREDICTED_FILE, PlaceVerdicts, Predicted, judge, judge_place

WORST: dict[Value, int] = {"none": 0, "partial": 1, "weak": 2, "unknown": 3, "served": 4}
WorstFirst = tuple[int, bool, float, str]

Graded = dict[tuple[str, ...], dict[str, Grade]]
"""Grades by code, under what they have in common."""


@dataclass(frozen=True, eq=False)
class Picture:
    """Everything that the desk shows of a region on a day, but rasters and measurements.

    Attributes
    ----------
    run_id : str or None
        The grading whose predictions are used.
    predicted : Predicted
        What it said of each place before any test.
    counted : dict
        What counts in each village; see `areas.tallies`.
    areas, places : dict
        Grades by code, under (level, quantity, operator) and (quantity, operator), in the order of the register.
    gaps : dict
        Gaps by quantity.
    standings : dict
        Where each remedy stands, by its code.
    claims : dict
        Claims by the code of their village.
    """

    settings: Settings
    as_of: date
    run_id: str | None
    register: Register
    predicted: Predicted
    verdicts: list[PlaceVerdicts]
    counted: Tallies
    areas: Graded
    places: Graded
    gaps: dict[str, list[Gap]]
    steps: Steps
    standings: dict[str, Standing]
    sources: dict[str, Source]
    claims: dict[str, list[Claim]]

    @classmethod
    def draw(
        cls, region: RegionFolder, store: Store, as_of: date, horizon: Mapping[str, int] | None = None
    ) -> "Picture":
        """Read the store, as it was at a horizon, and judge everything anew."""
        settings = region.settings
        register = Register.read(store, as_of, horizon)
        run = latest_run(region.path, "grade", as_of)
        predicted = Predicted({}, {})
        if run is not None:
            predicted = Predicted.from_json(json.loads((run / PREDICTED_FILE).read_text("utf-8")))
        verdicts = judge(register, predicted, settings, as_of)
        counted = tallies(verdicts, register.villages, settings.operators_on(as_of))
        steps = Steps.read(store, as_of)
        claims: dict[str, list[Claim]] = {}
        for claim in register.claims:
            claims.setdefault(claim.village_code or "", []).append(claim)
        return cls(
            settings=settings,
            as_of=as_of,
            run_id=None if run is None else run.name,
            register=register,
            predicted=predicted,
            verdicts=verdicts,
            counted=counted,
            areas=_with({}, area_grades(counted, register, settings), _AREA),
            places=_with({}, place_grades(verdicts, register), _PLACE),
            gaps=_by_quantity(gaps(verdicts)),
            steps=steps,
            standings=standings(steps, verdicts),
            sources={source.id: source for source in store.read(Source)},
            claims=claims,
        )

    def with_evidence(
        self, visits: Sequence[Visit], probes: Sequence[Probe], sheets: Sequence[Sheet] = ()
    ) -> "Picture":
        """Return the same picture after more tests: only what they speak of is judged and counted anew."""
        register, operators = self.register.grown(visits, probes, sheets), self.settings.operators_on(self.as_of)
        rows = sorted(register.row_of[code] for code in register.concerned(visits, probes))
        verdicts = list(self.verdicts)
        for row in rows:
            verdicts[row] = judge_place(
                register.places[row], register, self.predicted, self.settings, operators, self.as_of
            )
        judged = [verdicts[row] for row in rows]
        villages = {one.place.village_code for one in judged}
        inside = [verdicts[register.row_of[p.code]] for code in villages for p in register.places_in[code]]
        fresh = tallies(inside, [v for v in register.villages if v.code in villages], operators)
        counted = {subject: own | fresh[subject] for subject, own in self.counted.items()}
        dark = any(_is_dark(one) for one in [*judged, *(self.verdicts[row] for row in rows)])
        return replace(
            self,
            register=register,
            verdicts=verdicts,
            counted=counted,
            areas=_with(self.areas, area_grades(counted, register, self.settings, villages), _AREA),
            places=_with(self.places, place_grades(judged, register), _PLACE),
            gaps=_by_quantity(gaps(verdicts)) if dark else self.gaps,
            standings=standings(self.steps, verdicts),
        )

    def with_steps(self, store: Store) -> "Picture":
        """Return the same picture with what people plan and ask read anew: no grade depends on that."""
        steps = Steps.read(store, self.as_of)
        return replace(self, steps=steps, standings=standings(steps, self.verdicts))

    @cached_property
    def remedies_of_village(self) -> dict[str, list[Standing]]:
        """Return where the remedies of each village stand, those of its places included."""
        found: dict[str, list[Standing]] = {}
        for now in self.standings.values():
            place = self.register.place_of.get(now.remedy.place_code or "")
            code = now.remedy.village_code or (None if place is None else place.village_code) or ""
            found.setdefault(code, []).append(now)
        return found

    def places_worst_first(self, quantity: str, operator: str) -> list[tuple[WorstFirst, Grade]]:
        """Return the grades of places with the key that they are sorted by."""
        found = self._ordered.get((quantity, operator))
        if found is None:
            grades = self.places.get((quantity, operator), {}).values()
            places = (self.register.place_of[g.code] for g in grades)
            keys = (self.worst_first(g, p.population or p.voters or 0) for g, p in zip(grades, places, strict=True))
            found = self._ordered[quantity, operator] = sorted(zip(keys, grades, strict=True), key=itemgetter(0))
        return found

    def worst_first(self, grade: Grade, weight: float) -> WorstFirst:
        """Return the key by which lists are sorted: worst value, then remote villages, most people, and code."""
        village = self.register.village_of.get(grade.village_code or "")
        return WORST[grade.value], not (village is not None and village.remote), -float(weight), grade.code

    @cached_property
    def _ordered(self) -> dict[tuple[str, str], list[tuple[WorstFirst, Grade]]]:
        return {}

    def area(self, level: str, code: str, quantity: str = "signal", operator: str = ANY_OPERATOR) -> Grade | None:
        """Return the grade of one area."""
        return self.areas.get((level, quantity, operator), {}).get(code)

    def grades_of_area(self, level: str, code: str) -> list[Grade]:
        """Return every grade of one area, any operator first."""
        found = [own[code] for (of, *_), own in self.areas.items() if of == level and code in own]
        return sorted(found, key=lambda g: (g.quantity, g.operator != ANY_OPERATOR, g.operator))

    def grades_of_place(self, code: str) -> list[Grade]:
        """Return every grade of one place."""
        return [own[code] for own in self.places.values() if code in own]


_AREA = ("subject", "quantity", "operator")
_PLACE = ("quantity", "operator")


def _with(known: Graded, grades: Iterable[Grade], common: tuple[str, ...]) -> Graded:
    """Return grades with new ones in the place of old ones; what nothing changed in is shared."""
    found = dict(known)
    for grade in grades:
        key = tuple(getattr(grade, name) for name in common)
        old = known.get(key, {})
        if old.get(grade.code) != grade:
            if found.get(key, old) is old:
                found[key] = dict(old)
            found[key][grade.code] = grade
    return found


def _by_quantity(found: Iterable[Gap]) -> dict[str, list[Gap]]:
    of: dict[str, list[Gap]] = {}
    for gap in found:
        of.setdefault(gap.quantity, []).append(gap)
    return of


def _is_dark(one: PlaceVerdicts) -> bool:
    return any(v is not None and v.value == "none" for v in (one.signal[ANY_OPERATOR], one.send, one.office))
