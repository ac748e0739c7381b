"""From verdicts of places to grades of villages, districts and the region, to hexagons, and to gaps."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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


def place_grades(verdicts: Iterable[PlaceVerdicts], register: Register) -> list[Grade]:
    """Return one grade a place, quantity and operator."""
    grades = []
    for one in verdicts:
        found: list[tuple[Quantity, Verdict]] = [("signal", v) for v in one.signal.values()]
        found += [("send", one.send)] if one.send is not None else []
        found += [("office", one.office)] if one.office is not None else []
        for quantity, verdict in found:
            grades.append(_place_grade(one, quantity, verdict, register))
    return grades


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
        evidence_date=verdict.evidence_date,
        stale=verdict.stale,
        rule=RULES[quantity],
        reason_code=verdict.reason.code,
        reason_parameters=parameters_text(verdict.reason),
        longitude=place.longitude,
        latitude=place.latitude,
    )


@dataclass(frozen=True, slots=True)
class Member:
    """What one place adds to the roll-up of its village: its verdict and its weight."""

    village_code: str | None
    verdict: Verdict
    weight: float


def members(verdicts: Iterable[PlaceVerdicts], quantity: Quantity, operator: str) -> list[Member]:
    """Return who counts in a quantity: settlements by people for signal, stations for send, offices for office."""
    found = []
    for one in verdicts:
        place = one.place
        if quantity == "signal" and place.kind == "settlement" and place.population:
            found.append(Member(place.village_code, one.signal[operator], float(place.population)))
        elif quantity == "send" and one.send is not None:
            found.append(Member(place.village_code, one.send, 1.0))
        elif quantity == "office" and one.office is not None:
            found.append(Member(place.village_code, one.office, 1.0))
    return found


UNITS: dict[Quantity, str] = {"signal": "people", "send": "stations", "office": "offices"}


def area_grades(
    verdicts: Sequence[PlaceVerdicts], register: Register, settings: Settings, operators: Sequence[str]
) -> list[Grade]:
    """Return the grades of all villages, districts and the region, in that order.

    A village whose people's homes nobody knows counts with its whole population as unknown; it is never graded by its
    centroid.
    """
    grades = []
    for quantity in ("signal", "send", "office"):
        for operator in [*operators, ANY_OPERATOR] if quantity == "signal" else [ANY_OPERATOR]:
            grades += _quantity_grades(members(verdicts, quantity, operator), quantity, operator, register, settings)
    return sorted(grades, key=lambda g: (("village", "district", "region").index(g.subject), g.code))


def _quantity_grades(
    found: list[Member], quantity: Quantity, operator: str, register: Register, settings: Settings
) -> list[Grade]:
    by_village: dict[str | None, list[Member]] = defaultdict(list)
    for member in found:
        by_village[member.village_code].append(member)
    for village in register.villages:
        if village.code not in by_village:
            by_village[village.code] = _unplaced(village, quantity, operator)
    grades, by_district = [], defaultdict(list)
    for village in register.villages:
        own = by_village[village.code]
        by_district[village.district_code].extend(own)
        grades.append(
            _area_grade("village", village.code, village.name, own, quantity, operator, settings, village.district_code)
        )
    for district in register.districts:
        own = by_district[district.code]
        grades.append(
            _area_grade("district", district.code, district.name, own, quantity, operator, settings, district.code)
        )
    everyone = [m for own in by_village.values() for m in own]
    code = settings.code or settings.name or "region"
    grades.append(_area_grade("region", code, settings.name, everyone, quantity, operator, settings, None))
    return grades


def _unplaced(village: Village, quantity: Quantity, operator: str) -> list[Member]:
    """Stand for the people or stations of a village whose positions nobody knows."""
    weight = {"signal": village.population, "send": village.polling_stations, "office": 1}[quantity]
    code = {"signal": "grade.no_places", "send": "grade.no_stations", "office": "grade.office_no_link"}[quantity]
    return [Member(village.code, rules.unknown(code, operator), float(weight or 0))]


def _area_grade(
    subject: str,
    code: str,
    name: str | None,
    own: list[Member],
    quantity: Quantity,
    operator: str,
    settings: Settings,
    district_code: str | None,
) -> Grade:
    total = rules.roll_up([(m.verdict.value, m.weight) for m in own], settings.signal.rollup_share)
    reason = _area_reason(total, own, quantity)
    return Grade(
        subject=subject,
        code=code,
        name=name,
        village_code=code if subject == "village" else None,
        district_code=district_code,
        quantity=quantity,
        operator=operator,
        value=total.value,
        evidence=_main_evidence(own),
        stale=any(m.verdict.stale for m in own),
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


def _main_evidence(own: list[Member]) -> EvidenceKind:
    weights: dict[EvidenceKind, float] = defaultdict(float)
    for member in own:
        weights[member.verdict.evidence] += member.weight
    return max(sorted(weights), key=lambda kind: weights[kind]) if weights else "nothing"


def _area_reason(total: RollUp, own: list[Member], quantity: Quantity) -> Message:
    """Say how the members stand; where all agree, the reason of the heaviest one says more than a count."""
    heaviest = max(own, key=lambda m: m.weight) if own else None
    if (
        heaviest is not None
        and heaviest.verdict.value == total.value
        and (len(own) == 1 or (total.value == "unknown" and total.unknown == total.denominator))
    ):
        return heaviest.verdict.reason
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
        if one.place.longitude is not None and one.place.latitude is not None:
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
