"""From verdicts of places to grades of villages, districts and the region, to hexagons, and to gaps."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import h3
import numpy as np
import shapely

from jangkau import grades as rules
from jangkau.coverage.points import Disc, mean_over
from jangkau.geo import HEXAGON_RESOLUTION, WGS84, Raster, hexagon_groups, hexagon_outline, hexagons, project
from jangkau.grades import RollUp, Verdict
from jangkau.messages import Message
from jangkau.records import ANY_OPERATOR, EvidenceKind, Gap, Grade, Place, Quantity, Value, Village
from jangkau.settings import Settings
from jangkau.studies.register import Register
from jangkau.studies.verdicts import PlaceVerdicts

RULES: dict[Quantity, str] = {"signal": rules.SIGNAL_RULE, "office": rules.OFFICE_RULE, "send": rules.SEND_RULE}


def parameters_text(message: Message) -> str:
    """Return the parameters of a message as JSON, the same text for the same values."""
    return json.dumps(message.as_json()["parameters"], sort_keys=True, ensure_ascii=False)


def place_grades(verdicts: Iterable[PlaceVerdicts], register: Register) -> Iterator[Grade]:
    """Return one grade a place, quantity and operator."""
    for one in verdicts:
        found: list[tuple[Quantity, Verdict]] = [("signal", v) for v in one.signal.values()]
        found += [("send", one.send)] if one.send is not None else []
        found += [("office", one.office)] if one.office is not None else []
        for quantity, verdict in found:
            yield _place_grade(one, quantity, verdict, register)


def _place_grade(one: PlaceVerdicts, quantity: Quantity, verdict: Verdict, register: Register) -> Grade:
    place = one.place
    return Grade(
        subject="place",
        code=place.code,
        name=place.name,
        kind=place.kind,
        village_code=place.village_code,
        district_code=register.district_of(place.village_code),
        quantity=quantity,
        operator=verdict.operator,
        value=verdict.value,
        probability_served=verdict.probability_served,
        probability_weak=verdict.probability_weak,
        evidence=verdict.evidence,
        tests=verdict.tests or None,
        evidence_date=verdict.evidence_date,
        stale=verdict.stale,
        rule=RULES[quantity],
        reason_code=verdict.reason.code,
        reason_parameters=parameters_text(verdict.reason),
        longitude=place.longitude,
        latitude=place.latitude,
    )


@dataclass(slots=True)
class Tally:
    """What counts in an area: weights of its members by value and by evidence, and the verdict of the heaviest one.

    Members are people of settlements for signal, stations for send, offices for office.
    """

    count: int = 0
    weights: dict[Value, float] = field(default_factory=dict)
    evidence: dict[EvidenceKind, float] = field(default_factory=dict)
    stale: bool = False
    heaviest: Verdict | None = None
    heaviest_weight: float = 0.0

    def add(self, verdict: Verdict, weight: float) -> None:
        """Count one member."""
        self.count += 1
        self.weights[verdict.value] = self.weights.get(verdict.value, 0.0) + weight
        self.evidence[verdict.evidence] = self.evidence.get(verdict.evidence, 0.0) + weight
        self.stale = self.stale or verdict.stale
        if self.heaviest is None or weight > self.heaviest_weight:
            self.heaviest, self.heaviest_weight = verdict, weight

    @classmethod
    def together(cls, tallies: Iterable["Tally"]) -> "Tally":
        """Return the tally of an area from those of its parts."""
        total = cls()
        for part in tallies:
            total.count += part.count
            total.stale = total.stale or part.stale
            for value, weight in part.weights.items():
                total.weights[value] = total.weights.get(value, 0.0) + weight
            for kind, weight in part.evidence.items():
                total.evidence[kind] = total.evidence.get(kind, 0.0) + weight
            if total.heaviest is None or part.heaviest_weight > total.heaviest_weight:
                total.heaviest, total.heaviest_weight = part.heaviest, part.heaviest_weight
        return total


UNITS: dict[Quantity, str] = {"signal": "people", "send": "stations", "office": "offices"}

Subject = tuple[Quantity, str]
"""A quantity and an operator."""

Tallies = dict[Subject, dict[str | None, Tally]]
"""Of each subject the tally of every village, and under None that of places in no known village."""


def subjects(operators: Sequence[str]) -> list[Subject]:
    """Return every quantity and operator that areas are graded by."""
    return [
        *(("signal", operator) for operator in [*operators, ANY_OPERATOR]),
        ("send", ANY_OPERATOR),
        ("office", ANY_OPERATOR),
    ]


def tallies(verdicts: Iterable[PlaceVerdicts], villages: Iterable[Village], operators: Sequence[str]) -> Tallies:
    """Return what counts in each of some villages, from the verdicts of all their places.

    A village whose people's homes nobody knows counts with its whole population as unknown; it is never graded by its
    centroid.
    """
    found: Tallies = {subject: {} for subject in subjects(operators)}
    for one in verdicts:
        for subject, verdict, weight in _counted(one):
            found[subject].setdefault(one.place.village_code, Tally()).add(verdict, weight)
    for village in villages:
        for (quantity, operator), of_village in found.items():
            if village.code not in of_village:
                of_village[village.code] = _unplaced(village, quantity, operator)
    return found


def _counted(one: PlaceVerdicts) -> Iterable[tuple[Subject, Verdict, float]]:
    place = one.place
    if place.kind == "settlement" and place.population:
        for operator, verdict in one.signal.items():
            yield ("signal", operator), verdict, float(place.population)
    if one.send is not None:
        yield ("send", ANY_OPERATOR), one.send, 1.0
    if one.office is not None:
        yield ("office", ANY_OPERATOR), one.office, 1.0


def _unplaced(village: Village, quantity: Quantity, operator: str) -> Tally:
    """Stand for the people or stations of a village whose positions nobody knows."""
    weight = {"signal": village.population, "send": village.polling_stations, "office": 1}[quantity]
    code = {"signal": "grade.no_places", "send": "grade.no_stations", "office": "grade.office_no_link"}[quantity]
    tally = Tally()
    tally.add(rules.unknown(code, operator), float(weight or 0))
    return tally


def area_grades(
    counted: Tallies, register: Register, settings: Settings, villages: Collection[str | None] | None = None
) -> Iterator[Grade]:
    """Return the grades of villages, of districts, and of the region, in the order of the register.

    Parameters
    ----------
    counted : dict
        See `tallies`; of all villages.
    register : Register
    settings : Settings
    villages : collection of str, optional
        Only of these villages, their districts, and the region.
    """
    of_district: dict[str | None, list[str]] = defaultdict(list)
    for village in register.villages:
        of_district[village.district_code].append(village.code)
    wanted = [v for v in register.villages if villages is None or v.code in villages]
    districts = {v.district_code for v in wanted}
    for subject, own in counted.items():
        for village in wanted:
            yield _area_grade(
                "village", village.code, village.name, own[village.code], subject, settings, village.district_code
            )
        for district in register.districts:
            if villages is None or district.code in districts:
                total = Tally.together(own[code] for code in of_district[district.code])
                yield _area_grade("district", district.code, district.name, total, subject, settings, district.code)
        code = settings.code or settings.name or "region"
        yield _area_grade("region", code, settings.name, Tally.together(own.values()), subject, settings, None)


def _area_grade(
    level: str,
    code: str,
    name: str | None,
    own: Tally,
    subject: Subject,
    settings: Settings,
    district_code: str | None,
) -> Grade:
    quantity, operator = subject
    total = rules.roll_up(own.weights.items(), settings.signal.rollup_share)
    reason = _area_reason(total, own, quantity)
    return Grade(
        subject=level,
        code=code,
        name=name,
        village_code=code if level == "village" else None,
        district_code=district_code,
        quantity=quantity,
        operator=operator,
        value=total.value,
        evidence=max(sorted(own.evidence), key=own.evidence.__getitem__, default="nothing"),
        stale=own.stale,
        rule=RULES[quantity],
        reason_code=reason.code,
        reason_parameters=parameters_text(reason),
        denominator=total.denominator,
        denominator_unit=UNITS[quantity],
        amount_served=total.served,
        amount_weak=total.weak,
        amount_none=total.none,
        amount_unknown=total.unknown,
    )


def _area_reason(total: RollUp, own: Tally, quantity: Quantity) -> Message:
    """Say how the members stand; where all agree, the reason of the heaviest one says more than a count."""
    heaviest = own.heaviest
    if (
        heaviest is not None
        and heaviest.value == total.value
        and (own.count == 1 or (total.value == "unknown" and total.unknown == total.denominator))
    ):
        return heaviest.reason
    said = {"total": total.denominator, "served": total.served, "weak": total.weak, "none": total.none}
    unit = Message(f"unit.{UNITS[quantity]}")
    return Message("grade.members", said | {"unknown": total.unknown, "unit": unit})


def gaps(verdicts: Sequence[PlaceVerdicts]) -> list[Gap]:
    """Return the gaps of any operator: contiguous hexagons whose hamlets are none, other places none by themselves."""
    hamlets = [v for v in verdicts if v.place.kind == "settlement" and v.signal[ANY_OPERATOR].value == "none"]
    located = [v for v in hamlets if v.place.longitude is not None]
    cells = hexagons([v.place.longitude or 0.0 for v in located], [v.place.latitude or 0.0 for v in located])
    by_cell: dict[str, list[PlaceVerdicts]] = defaultdict(list)
    for cell, one in zip(cells, located, strict=True):
        by_cell[cell].append(one)
    groups = hexagon_groups(list(by_cell))
    found = [_inhabited_gap(group, [v for cell in group for v in by_cell[cell]]) for group in groups]
    for one in verdicts:
        own: list[tuple[Quantity, Verdict | None]] = [("send", one.send), ("office", one.office)]
        own += [("signal", one.signal[ANY_OPERATOR])] if one.place.kind != "settlement" else []
        dark = [(quantity, v) for quantity, v in own if v is not None and v.value == "none"]
        if dark and one.place.longitude is not None and one.place.latitude is not None:
            at = shapely.Point(one.place.longitude, one.place.latitude)
            found += [_place_gap(one.place, at, quantity, verdict) for quantity, verdict in dark]
    return sorted(found, key=lambda g: (g.quantity, -g.population, g.code))


def _inhabited_gap(cells: list[str], own: list[PlaceVerdicts]) -> Gap:
    worst = max(own, key=lambda v: (v.place.population or 0, v.place.code))
    reason = worst.signal[ANY_OPERATOR].reason
    outline = shapely.MultiPolygon([shapely.Polygon(rings[0], rings[1:]) for rings in hexagon_outline(cells)])
    return Gap(
        code=worst.place.code,
        quantity="signal",
        operator=ANY_OPERATOR,
        village_codes=tuple(sorted({v.place.village_code for v in own if v.place.village_code})),
        place_codes=tuple(sorted(v.place.code for v in own)),
        population=float(sum(v.place.population or 0 for v in own)),
        reason_code=reason.code,
        reason_parameters=parameters_text(reason),
        geometry_wkb=shapely.to_wkb(outline),
    )


def _place_gap(place: Place, at: shapely.Point, quantity: Quantity, verdict: Verdict) -> Gap:
    return Gap(
        code=place.code,
        quantity=quantity,
        operator=ANY_OPERATOR,
        village_codes=(place.village_code,) if place.village_code else (),
        place_codes=(place.code,),
        population=float(place.population or 0),
        reason_code=verdict.reason.code,
        reason_parameters=parameters_text(verdict.reason),
        geometry_wkb=shapely.to_wkb(at),
    )


@dataclass(frozen=True, slots=True)
class Hexagons:
    """The region's hexagons, each in at most one village, with the share of its sampled pixels in each class."""

    cells: list[str]
    village_codes: list[str]
    values: list[Value]
    share_served: list[float]
    share_none: list[float]


VALUE_OF_CLASS: tuple[Value, ...] = ("unknown", "none", "weak", "served")


def class_hexagons(classes: Raster, villages: Sequence[Village]) -> Hexagons:
    """Return the predicted class of every hexagon: that of most of its seven parts; a tie goes to unknown, then worse.

    A hexagon belongs to the village that holds its centre, and is listed once.
    """
    owner: dict[str, str] = {}
    for village in villages:
        if village.geometry_wkb is not None:
            shape = h3.geo_to_h3shape(shapely.from_wkb(village.geometry_wkb))
            for cell in h3.h3shape_to_cells(shape, HEXAGON_RESOLUTION):
                owner.setdefault(cell, village.code)
    cells = sorted(owner)
    children = [[h3.cell_to_latlng(c) for c in h3.cell_to_children(cell)] for cell in cells]
    widest = max((len(c) for c in children), default=1)
    points = np.array([[*c, *([c[0]] * (widest - len(c)))] for c in children]).reshape(len(cells), widest, 2)
    x, y = project(points[..., 1], points[..., 0], WGS84, classes.grid.crs)
    shares = []
    for index in range(len(VALUE_OF_CLASS)):
        mask = Raster((classes.values == index).astype(np.float32), classes.grid, "share", "fraction")
        shares.append(np.nan_to_num(mean_over(mask, Disc(x, y)), nan=float(index == 0)))
    values = [VALUE_OF_CLASS[k] for k in np.argmax(np.stack(shares), axis=0)]
    return Hexagons(
        cells, [owner[c] for c in cells], values, np.round(shares[3], 3).tolist(), np.round(shares[1], 3).tolist()
    )
