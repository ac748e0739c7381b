"""A region as it stands on a day: register, grades by the newest prediction and all evidence since, what is being done.

A grading run writes maps and tables; the picture answers at once when a test comes in. Both judge by the same rules.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from jangkau.records import ANY_OPERATOR, Claim, Gap, Grade, Source
from jangkau.settings import Settings
from jangkau.store.database import Store
from jangkau.store.region_folder import RegionFolder
from jangkau.store.runs import latest_run
from jangkau.studies.areas import area_grades, gaps, place_grades
from jangkau.studies.loop import Standing, Steps, standings
from jangkau.studies.register import Register
from jangkau.studies.verdicts import PREDICTED_FILE, Evidence, PlaceVerdicts, Predicted, judge


@dataclass(frozen=True, eq=False)
class Picture:
    """Everything that the desk shows of a region on a day, but rasters and measurements.

    Attributes
    ----------
    run_id : str or None
        The grading whose predictions are used.
    areas, places : dict
        Grades by (level, quantity, operator) and by (quantity, operator), in the order of the register.
    standings : dict
        Where each remedy stands, by its code.
    """

    settings: Settings
    as_of: date
    run_id: str | None
    register: Register
    verdicts: list[PlaceVerdicts]
    areas: dict[tuple[str, str, str], list[Grade]]
    places: dict[tuple[str, str], list[Grade]]
    gaps: list[Gap]
    steps: Steps
    standings: dict[str, Standing]
    sources: dict[str, Source]
    claims: dict[str, list[Claim]] = field(default_factory=dict)

    @classmethod
    def draw(cls, region: RegionFolder, store: Store, as_of: date) -> "Picture":
        """Read the store and judge everything anew."""
        settings = region.settings
        register = Register.read(store, as_of)
        run = latest_run(region.path, "grade", as_of)
        predicted = Predicted({}, {})
        if run is not None:
            predicted = Predicted.from_json(json.loads((run / PREDICTED_FILE).read_text("utf-8")))
        verdicts = judge(register, predicted, settings, as_of)
        operators = settings.operators_on(as_of)
        areas: dict[tuple[str, str, str], list[Grade]] = {}
        for grade in area_grades(verdicts, register, settings, operators):
            areas.setdefault((grade.subject, grade.quantity, grade.operator), []).append(grade)
        places: dict[tuple[str, str], list[Grade]] = {}
        for grade in place_grades(verdicts, register):
            places.setdefault((grade.quantity, grade.operator), []).append(grade)
        steps = Steps.read(store, as_of)
        claims: dict[str, list[Claim]] = {}
        for claim in register.claims:
            claims.setdefault(claim.village_code or "", []).append(claim)
        return cls(
            settings=settings,
            as_of=as_of,
            run_id=None if run is None else run.name,
            register=register,
            verdicts=verdicts,
            areas=areas,
            places=places,
            gaps=gaps(verdicts),
            steps=steps,
            standings=standings(steps, verdicts),
            sources={source.id: source for source in store.read(Source)},
            claims=claims,
        )

    def with_steps(self, store: Store) -> "Picture":
        """Return the same picture with what people plan and ask read anew: no grade depends on that."""
        steps = Steps.read(store, self.as_of)
        return replace(self, steps=steps, standings=standings(steps, self.verdicts))

    @cached_property
    def evidence(self) -> Evidence:
        """Visits and probes by what they speak of."""
        return Evidence.of(self.register)

    @cached_property
    def remedies_of_village(self) -> dict[str, list[Standing]]:
        """Return where the remedies of each village stand, those of its places included."""
        found: dict[str, list[Standing]] = {}
        for now in self.standings.values():
            place = self.register.place_of.get(now.remedy.place_code or "")
            code = now.remedy.village_code or (None if place is None else place.village_code) or ""
            found.setdefault(code, []).append(now)
        return found

    def area(self, level: str, code: str, quantity: str = "signal", operator: str = ANY_OPERATOR) -> Grade | None:
        """Return the grade of one area."""
        return next((g for g in self.areas.get((level, quantity, operator), []) if g.code == code), None)
