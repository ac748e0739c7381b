"""The files of a ladder plan: the plan of each place, what is closed when, the calendar of teams, and a map layer."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

import shapely

from jangkau.messages import LANGUAGES, Message, render
from jangkau.planning.teams import Shift
from jangkau.reports.geopackage import Layer, write_geopackage
from jangkau.reports.register_book import BookColumn, BookSheet, ReadMe, write_dated_book
from jangkau.reports.tables import cell_text, write_rows
from jangkau.settings import Settings
from jangkau.studies.remedy_plan import PlacePlan, RemedyPlan, by_day
from jangkau.studies.remedy_ways import Option

Row = Sequence[object]

PLAN_COLUMNS = (
    "code", "name", "kind", "village_code", "district_code", "remote", "grade", "tested", "rung", "way", "at",
    "road_km", "generator", "fallback", "fallback_at", "ready_on", "teams", "cost_idr", "agree", "assumed", "sure",
    "people", "weight", "why", "why_not",
)  # fmt: skip
DAY_COLUMNS = ("date", "stations_closed", "offices_closed", "people_closed", "cost_idr")
SHIFT_COLUMNS = ("team", "date", "begin_h", "end_h", "place_code", "place_name", "way")
PRINTED = ("name", "kind", "village_code", "rung", "way", "fallback", "ready_on", "teams", "cost_idr", "agree", "why",
           "why_not")  # fmt: skip


def write_files(found: RemedyPlan, settings: Settings) -> list[Path]:
    """Write all files of a plan into its run's folder and return them."""
    folder, language = found.run.folder, settings.languages[0]
    tables: dict[str, tuple[Sequence[str], Iterable[Row]]] = {
        "plan.csv": (PLAN_COLUMNS, [plan_row(p, language) for p in found.places]),
        "by_day.csv": (DAY_COLUMNS, by_day(found.places)),
        "teams.csv": (SHIFT_COLUMNS, [shift_row(found, s) for s in found.shifts]),
    }
    for name, (columns, rows) in tables.items():
        write_rows(folder / name, columns, ([cell_text(value, 4) for value in row] for row in rows))
    book = _write_book(found, settings, language)
    return [*(folder / name for name in tables), book, _write_layer(found, language)]


def plan_row(p: PlacePlan, language: str) -> Row:
    """Return the plan of a place as a row of `PLAN_COLUMNS`."""
    place, option, fallback = p.subject.place, p.option, p.fallback
    return [
        place.code, place.name, place.kind, place.village_code, p.subject.district_code, p.subject.remote,
        p.subject.grade.value, p.subject.grade.tested, option.way.rung, option.way.way, _code(option),
        option.road_km if option.at else None, option.generator, fallback.way.way if fallback else "",
        _code(fallback), p.ready_on, team_names(p), option.cost_idr, option.way.agree, option.way.assumed, option.sure,
        p.subject.people, p.subject.weight, why(p, language), why_not(p, language),
    ]  # fmt: skip


def _code(option: Option | None) -> str | None:
    return option.at.code if option is not None and option.at is not None else None


def team_names(p: PlacePlan) -> str:
    """Return the numbers of the teams that work at a place, from 1."""
    return " ".join(str(team + 1) for team in p.teams)


def in_words(option: Option, language: str) -> str:
    """Return a way in words: what, where, how far, and whether with a generator."""
    said = render(Message(f"remedy.way.{option.way.way}"), language)
    if option.at is not None:
        where = {"way": said, "place": option.at.name or option.at.code, "km": option.road_km}
        said = render(Message("remedy.way_at", where), language)
    return render(Message("remedy.with_generator", {"way": said}), language) if option.generator else said


def why(p: PlacePlan, language: str) -> str:
    """Return what the place is now, and why that way."""
    now = render(p.subject.grade.reason, language)
    advice = render(Message("remedy.test_first"), language)
    return f"{now} {advice}" if p.subject.grade.value == "unknown" else now


def why_not(p: PlacePlan, language: str) -> str:
    """Return for each surer way that a place does not get, why, and what would change it."""
    said = []
    for option, message in p.blockers:
        parts = {"way": Message(f"remedy.way.{option.way.way}"), "why": message}
        said.append(render(Message("remedy.why_not", parts), language))
    return " ".join(said)


def shift_row(found: RemedyPlan, shift: Shift) -> Row:
    """Return a shift as a row of `SHIFT_COLUMNS`."""
    p = found.places[shift.place]
    day = found.run.recipe.as_of + timedelta(days=shift.day)
    place = p.subject.place
    return [shift.team + 1, day, shift.begin_h, shift.end_h, place.code, place.name, p.option.way.way]


def _printed_row(p: PlacePlan, language: str) -> Row:
    place, fallback = p.subject.place, p.fallback
    return [
        place.name or place.code, render(Message(f"remedy.kind.{place.kind}"), language), place.village_code,
        render(Message(f"remedy.rung.{p.option.way.rung}"), language), in_words(p.option, language),
        in_words(fallback, language) if fallback else "", p.ready_on, team_names(p), p.option.cost_idr,
        p.option.way.agree, why(p, language), why_not(p, language),
    ]  # fmt: skip


def _calendar(found: RemedyPlan, language: str) -> BookSheet:
    """Return the calendar: a row a team, a column a day, in each cell the places in the order of work."""
    first = found.run.recipe.as_of
    days = range((found.wishes.by - first).days)
    heads = [BookColumn(render(Message("remedy.column.teams"), language), "whole")]
    heads += [BookColumn((first + timedelta(days=d)).isoformat()) for d in days]
    cells: dict[tuple[int, int], list[str]] = {}
    for s in found.shifts:
        place = found.places[s.place].subject.place
        cells.setdefault((s.team, s.day), []).append(place.name or place.code)
    rows: list[Row] = [
        [team + 1, *("; ".join(cells.get((team, d), [])) or None for d in days)]
        for team in sorted({s.team for s in found.shifts})
    ]
    return BookSheet(render(Message("remedy.sheet.calendar"), language), heads, rows)


def _write_book(found: RemedyPlan, settings: Settings, language: str) -> Path:
    """Write the workbook: the plan in words, what is closed when, the calendar, the plan with all numbers."""
    path = found.run.folder / "remedy.xlsx"

    def title(name: str) -> str:
        return render(Message(f"remedy.sheet.{name}"), language)

    heads = [BookColumn(render(Message(f"remedy.column.{name}"), language)) for name in PRINTED]
    sheets = [
        BookSheet(title("plan"), heads, [_printed_row(p, language) for p in found.places]),
        BookSheet(title("by_day"), [BookColumn(n) for n in DAY_COLUMNS], by_day(found.places)),
        _calendar(found, language),
        BookSheet(
            title("numbers"), [BookColumn(n) for n in PLAN_COLUMNS], [plan_row(p, language) for p in found.places]
        ),
    ]
    sentences = [[render(m, spoken) for spoken in LANGUAGES] for m in headline(found, settings)]
    if settings.note:
        sentences.append([settings.note])
    write_dated_book(path, sheets, found.run.recipe.as_of, ReadMe(title("read_me"), sentences, []))
    return path


def headline(found: RemedyPlan, settings: Settings) -> list[Message]:
    """Return what the plan comes to, in sentences: closed, people, cost, gap, what stays open, why, what would help."""
    closed = [p for p in found.places if p.closed]
    stations = [p for p in found.places if p.subject.place.kind == "polling_station"]
    said: dict[str, object] = {
        "region": settings.name, "by": found.wishes.by, "closed": len(closed), "places": len(found.places),
        "people": sum(p.subject.people for p in stations if p.closed),
        "all_people": sum(p.subject.people for p in stations), "cost": found.cost_idr / 1e6,
        "expected": sum(p.subject.people * p.option.sure for p in stations if p.closed),
        "gap": 100.0 * found.gap, "run": found.run.id,
        "unknown": sum(p.subject.grade.value == "unknown" for p in found.places),
    }  # fmt: skip
    lines = [Message("remedy.headline", said)]
    if found.open:
        lines.append(Message("remedy.impossible", {"by": found.wishes.by, "count": len(found.open)}))
        reasons = [p.reason for p in found.open]
        for reason in sorted(set(reasons), key=lambda r: (-reasons.count(r), r)):
            lines.append(Message(f"remedy.open.{reason}", {"count": reasons.count(reason)}))
        for a in found.answers:
            code = f"remedy.more.{a.what}" if a.closed_more > 0 else f"remedy.more.no_{a.what}"
            lines.append(Message(code, {"count": a.closed_more, "cost": a.cost_idr / 1e6, "by": a.by}))
    if said["unknown"]:
        lines.append(Message("remedy.unknown", said))
    return [*lines, Message("remedy.assumed", said)]


def _write_layer(found: RemedyPlan, language: str) -> Path:
    """Write the GeoPackage: a point a place, by rung."""
    path = found.run.folder / "remedy.gpkg"
    points = [p.subject.place for p in found.places]
    shapes = [
        None if p.longitude is None or p.latitude is None else shapely.to_wkb(shapely.Point(p.longitude, p.latitude))
        for p in points
    ]
    rows = [plan_row(p, language) for p in found.places]
    columns = {name: [row[k] for row in rows] for k, name in enumerate(PLAN_COLUMNS)}
    layer = Layer("remedies", render(Message("layer.remedies"), language), shapes, columns, "ways", "Point")
    write_geopackage(path, [layer], last_change=found.run.recipe.as_of, language=language)
    return path
