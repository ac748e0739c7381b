"""The pictures of a build-out: for every budget a map of the region as it would be, and the calendar of its crews."""

from collections.abc import Sequence
from pathlib import Path

import shapely

from jangkau import grades as rules
from jangkau.messages import LANGUAGES, Message, render
from jangkau.records import Quantity, Value
from jangkau.reports.crew_figure import Bar, draw_crews
from jangkau.reports.map_content import MapContent, Points
from jangkau.reports.map_image import draw_map
from jangkau.settings import Settings
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.build_plan import BudgetPlan, BuildPlan, counted
from jangkau.studies.grade_map import thinned
from jangkau.studies.inputs import region_bounds
from jangkau.studies.register import Register
from jangkau.terrain.ground import Ground


def draw_plans(found: BuildPlan, region: RegionFolder, register: Register, ground: Ground) -> list[Path]:
    """Draw map and calendar of every budget in every language; return the files."""
    paths = []
    for number, plan in enumerate(found.plans, 1):
        content = map_content(found, plan, region.settings, register, ground)
        for language in LANGUAGES:
            path = found.run.folder / f"map-{number}-{language}.png"
            draw_map(path, content, language)
            paths.append(path)
            if plan.works:
                chart = found.run.folder / f"crews-{number}-{language}.png"
                _draw_calendar(chart, found, plan, region.settings, language)
                paths.append(chart)
    return paths


def map_content(
    found: BuildPlan, plan: BudgetPlan, settings: Settings, register: Register, ground: Ground
) -> MapContent:
    """Return what the map of a budget shows: villages and open places as they would be, and what is built."""
    people: dict[str, dict[Value, float]] = {}
    for village in register.villages:
        people[village.code] = {}
    values = values_after(found, plan)
    for place in register.places:
        if place.kind == "settlement" and place.village_code in people:
            value = values.get((place.code, "signal"), "served")
            own = people[place.village_code]
            own[value] = own.get(value, 0.0) + float(place.population or 0)
    total: dict[str, float] = {}
    for own in people.values():
        for value, amount in own.items():
            total[value] = total.get(value, 0.0) + amount
    fates = [f for f in plan.fates if f.place.quantity == "signal"]
    return MapContent(
        title=Message("build.map.title", {"region": settings.name, "budget": plan.budget_idr / 1e9}),
        subtitle=Message(
            "build.map.subtitle", {"cost": plan.cost_idr / 1e9, "gap": 100.0 * plan.gap, **counted(plan.closed_until())}
        ),
        note=settings.note,
        bounds=region_bounds(settings),
        as_of=found.run.recipe.as_of,
        deadline=found.wishes.by or settings.deadline,
        terrain=thinned(ground, region_bounds(settings)),
        villages=[
            (v.geometry_wkb, _rolled_up(people[v.code], settings), dict[str, float](people[v.code].items()))
            for v in register.villages
            if v.geometry_wkb is not None
        ],
        districts=[(d.geometry_wkb, d.name or d.code) for d in register.districts if d.geometry_wkb is not None],
        predicted=Points(
            [f.place.place.longitude or 0.0 for f in fates],
            [f.place.place.latitude or 0.0 for f in fates],
            ["served" if f.closed_by else f.place.grade.value for f in fates],
        ),
        sites=Points([s.longitude for s in register.sites], [s.latitude for s in register.sites]),
        planned=Points([w.node.longitude for w in plan.works], [w.node.latitude for w in plan.works]),
        planned_links=_links(plan),
        amounts=total,
        rules=[found.run.recipe.rules[0], rules.SIGNAL_RULE],
    )


def values_after(found: BuildPlan, plan: BudgetPlan) -> dict[tuple[str, Quantity], Value]:
    """Return the grade that open and unknown places would have; whatever is not listed is served."""
    values: dict[tuple[str, Quantity], Value] = {}
    for o in found.demand.unknown:
        values[o.place.code, o.quantity] = "unknown"
    for o in found.demand.unplaced:
        values[o.place.code, o.quantity] = _value(o.grade.value)
    for f in plan.fates:
        closed = f.closed_by is not None
        values[f.place.place.code, f.place.quantity] = "served" if closed else _value(f.place.grade.value)
    return values


def _rolled_up(people: dict[Value, float], settings: Settings) -> str:
    return rules.roll_up(people.items(), settings.signal.rollup_share).value


def _value(text: str) -> Value:
    return "none" if text == "none" else "weak" if text == "weak" else "unknown"


def _links(plan: BudgetPlan) -> Sequence[bytes]:
    joined = [(w.fed_by, w.node) for w in plan.works if w.fed_by is not None and w.fed_by.kind != "core"]
    lines = [
        shapely.LineString([(a.longitude, a.latitude), (b.longitude, b.latitude)])
        for a, b in joined
        if (a.longitude, a.latitude) != (b.longitude, b.latitude)
    ]
    return [bytes(shapely.to_wkb(line)) for line in lines]


def _draw_calendar(path: Path, found: BuildPlan, plan: BudgetPlan, settings: Settings, language: str) -> None:
    bars = [
        Bar(f"{w.node.name} · {render(Message(f'build.legend.{w.node.kind}'), language)}", s.part.technology.crew,
            found.day(s.begin_day), found.day(s.end_day))
        for w in plan.works
        for s in w.shifts
        if s.end_day > s.begin_day
    ]  # fmt: skip
    note = render(Message("build.figure.note", {"percent": 100.0 * settings.build.sure}), language)
    if settings.note:
        note = f"{note} {settings.note}"
    draw_crews(path, bars, found.run.recipe.as_of, found.wishes.by or settings.deadline, note, language)
