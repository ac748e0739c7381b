"""The files of a build-out: tables, workbook, GeoPackage, maps and calendar of every budget."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import shapely

from jangkau.messages import LANGUAGES, Message, render
from jangkau.reports.geopackage import Layer, write_geopackage
from jangkau.reports.register_book import BookColumn, BookSheet, ReadMe, write_dated_book
from jangkau.reports.tables import cell_text, write_rows
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.build_map import draw_plans
from jangkau.studies.build_plan import BudgetPlan, BuildPlan, Fate, Work
from jangkau.studies.build_words import fallback_in_words, feed_in_words, headline, in_words, name_of
from jangkau.studies.register import Register
from jangkau.terrain.ground import Ground

Row = Sequence[object]

SITE_COLUMNS = (
    "budget_idr", "code", "kind", "name", "longitude", "latitude", "height_agl_m", "feed", "fed_by", "hop_km",
    "clearance_fresnel", "availability_percent", "load_mbps", "cost_idr", "works_on", "people", "stations", "offices",
    "unknown_places", "worth_people", "agree",
)  # fmt: skip
PLACE_COLUMNS = (
    "budget_idr", "code", "name", "kind", "village_code", "district_code", "remote", "grade", "tested", "people",
    "weight", "closed_by", "works_on", "why_open", "fallback",
)  # fmt: skip
STEP_COLUMNS = ("budget_idr", "code", "name", "technology", "count", "km", "crew", "begin", "end", "cost_idr", "agree",
                "assumed")  # fmt: skip
CANDIDATE_COLUMNS = ("code", "kind", "name", "longitude", "latitude", "height_agl_m", "cost_idr", "people", "stations",
                     "offices", "satellite_idr", "hops", "usable_hops", "donor_cell", "blocked")  # fmt: skip
CURVE_COLUMNS = ("budget_idr", "cost_idr", "closed_weight")
ALTERNATIVE_COLUMNS = ("budget_idr", "without", "closed_weight", "cost_idr", "instead")
PRINTED = ("name", "kind", "feed", "cost_idr", "works_on", "people", "stations", "offices", "worth_people", "agree")
PRINTED_PLACES = ("name", "kind", "village_code", "people", "closed_by", "works_on", "why_open", "fallback")


def write_files(found: BuildPlan, region: RegionFolder, register: Register, ground: Ground) -> list[Path]:
    """Write all files of a build-out into its run's folder and return them."""
    folder, language = found.run.folder, region.settings.languages[0]
    tables: dict[str, tuple[Sequence[str], Iterable[Row]]] = {
        "sites.csv": (SITE_COLUMNS, [site_row(found, p, w) for p in found.plans for w in p.works]),
        "places.csv": (PLACE_COLUMNS, [place_row(found, p, f, language) for p in found.plans for f in p.fates]),
        "steps.csv": (STEP_COLUMNS, [row for p in found.plans for w in p.works for row in step_rows(found, p, w)]),
        "candidates.csv": (CANDIDATE_COLUMNS, candidate_rows(found, region)),
        "curve.csv": (CURVE_COLUMNS, [list(point) for point in found.curve]),
        "alternatives.csv": (
            ALTERNATIVE_COLUMNS,
            [
                [p.budget_idr, a.without, a.value, a.cost_idr, " ".join(a.instead)]
                for p in found.plans
                for a in p.alternatives
            ],
        ),
    }
    for name, (columns, rows) in tables.items():
        write_rows(folder / name, columns, ([cell_text(value, 4) for value in row] for row in rows))
    outputs = [folder / name for name in tables]
    outputs.append(_write_book(found, region, language))
    outputs.append(_write_layers(found, language))
    return [*outputs, *draw_plans(found, region, register, ground)]


def kinds_closed(found: BuildPlan, rows: Sequence[int]) -> tuple[float, int, int]:
    """Return people, stations and offices among rows of places."""
    own = [found.plant.places[k] for k in rows]
    people = sum(o.people for o in own if o.quantity == "signal")
    return people, sum(o.quantity == "send" for o in own), sum(o.quantity == "office" for o in own)


def site_row(found: BuildPlan, plan: BudgetPlan, work: Work) -> Row:
    """Return a work as a row of `SITE_COLUMNS`."""
    node, hop = work.node, work.hop
    people, stations, offices = kinds_closed(found, work.closes)
    unknown = sum(k >= len(found.demand.open) for k in found.plant.covers[work.number].tolist())
    feed = work.feed.technology.name if work.feed else "donor" if node.kind == "repeater" else "standing"
    return [
        plan.budget_idr, node.code, node.kind, node.name, node.longitude, node.latitude, node.height_agl_m, feed,
        _feeder(found, work), hop.km if hop else None, None if hop is None or hop.clearance == float("inf") else
        hop.clearance, hop.availability_percent if hop else None, work.load_mbps, work.cost_idr,
        found.day(work.works_day), people, stations, offices, unknown, work.worth, agree(work),
    ]  # fmt: skip


def _feeder(found: BuildPlan, work: Work) -> str:
    donor = found.plant.donors.get(work.node.code)
    if donor is not None:
        return donor.cell_code
    return work.fed_by.code if work.fed_by is not None else ""


def agree(work: Work) -> str:
    """Return who must agree to a work, each once."""
    return "; ".join(dict.fromkeys(p.technology.agree for p in work.parts if p.technology.agree))


def place_row(found: BuildPlan, plan: BudgetPlan, fate: Fate, language: str) -> Row:
    """Return the fate of a place as a row of `PLACE_COLUMNS`."""
    o, by = fate.place, fate.closed_by
    return [
        plan.budget_idr, o.place.code, o.place.name, o.place.kind, o.place.village_code, o.district_code, o.remote,
        o.grade.value, o.grade.tested, o.people, o.weight, by.node.code if by else "",
        found.day(by.works_day) if by else None, render(fate.why, language) if fate.why else "", fate.fallback,
    ]  # fmt: skip


def step_rows(found: BuildPlan, plan: BudgetPlan, work: Work) -> list[Row]:
    """Return the steps of a work as rows of `STEP_COLUMNS`."""
    months = found.run.recipe.parameters["build"]["service_months"]
    return [
        [
            plan.budget_idr, work.node.code, work.node.name, s.part.technology.name, s.part.count, s.part.km,
            s.part.technology.crew, found.day(s.begin_day), found.day(s.end_day), s.part.cost_idr(months),
            s.part.technology.agree, s.part.technology.assumed,
        ]
        for s in work.shifts
    ]  # fmt: skip


def candidate_rows(found: BuildPlan, region: RegionFolder) -> list[Row]:
    """Return everything that could be built, with what it would close and how it could be fed."""
    plant, build = found.plant, region.settings.build
    hops, usable = [0] * len(plant.nodes), [0] * len(plant.nodes)
    for hop in plant.hops:
        for end in (hop.tail, hop.head):
            hops[end] += 1
            usable[end] += hop.usable(build.availability_percent)
    rows: list[Row] = []
    for k, node in enumerate(plant.nodes):
        if node.there:
            continue
        people, stations, offices = kinds_closed(found, plant.covers[k].tolist())
        alone, donor = plant.alone[k], plant.donors.get(node.code)
        rows.append(
            [
                node.code, node.kind, node.name, node.longitude, node.latitude, node.height_agl_m,
                node.cost_idr(build.service_months), people, stations, offices,
                alone.cost_idr(build.service_months) if alone else None, hops[k], usable[k],
                donor.cell_code if donor else "", node.blocked.code if node.blocked else "",
            ]
        )  # fmt: skip
    return rows


def _write_book(found: BuildPlan, region: RegionFolder, language: str) -> Path:
    """Write the workbook: what each plan comes to, then for each budget its sites in words and the fate of places."""
    path = found.run.folder / "build.xlsx"

    def title(name: str, **said: object) -> str:
        return render(Message(f"build.sheet.{name}", said), language)

    def heads(names: Sequence[str]) -> list[BookColumn]:
        return [BookColumn(render(Message(f"build.column.{name}"), language)) for name in names]

    sheets = []
    for n, plan in enumerate(found.plans, 1):
        works = sorted(plan.works, key=lambda w: (w.works_day, w.node.code))
        sheets.append(
            BookSheet(title("sites", number=n), heads(PRINTED), [printed_row(found, w, language) for w in works])
        )
        fates = [*plan.open, *(f for f in plan.fates if f.closed_by)]
        sheets.append(
            BookSheet(
                title("places", number=n), heads(PRINTED_PLACES), [_printed_place(found, f, language) for f in fates]
            )
        )
        steps = sorted((r for w in plan.works for r in step_rows(found, plan, w)), key=lambda r: (str(r[7]), str(r[1])))
        sheets.append(BookSheet(title("steps", number=n), [BookColumn(c) for c in STEP_COLUMNS], steps))
    sheets.append(BookSheet(title("curve"), [BookColumn(c) for c in CURVE_COLUMNS], [list(c) for c in found.curve]))
    sentences = [[render(m, spoken) for spoken in LANGUAGES] for m in headline(found, region.settings)]
    if region.settings.note:
        sentences.append([region.settings.note])
    write_dated_book(path, sheets, found.run.recipe.as_of, ReadMe(title("read_me"), sentences, []))
    return path


def printed_row(found: BuildPlan, work: Work, language: str) -> Row:
    """Return a work in words as a row of `PRINTED`."""
    people, stations, offices = kinds_closed(found, work.closes)
    return [
        work.node.name, in_words(work, language), feed_in_words(found, work, language), work.cost_idr,
        found.day(work.works_day), people, stations, offices, work.worth, agree(work),
    ]  # fmt: skip


def _printed_place(found: BuildPlan, fate: Fate, language: str) -> Row:
    place, by = fate.place.place, fate.closed_by
    return [
        place.name or place.code, render(Message(f"build.place.{place.kind}"), language), place.village_code,
        fate.place.people, name_of(by, language) if by else "", found.day(by.works_day) if by else None,
        render(fate.why, language) if fate.why else "", fallback_in_words(fate.fallback, language),
    ]  # fmt: skip


def _write_layers(found: BuildPlan, language: str) -> Path:
    """Write the GeoPackage: for each budget its sites, its connections, and the fate of places."""
    path = found.run.folder / "build.gpkg"
    layers = []
    for n, plan in enumerate(found.plans, 1):
        sites = [site_row(found, plan, w) for w in plan.works]
        points = [_point(w.node.longitude, w.node.latitude) for w in plan.works]
        layers.append(
            _layer(f"sites_{n}", "build_sites", SITE_COLUMNS, sites, points, "planned_sites", "Point", language, n)
        )
        joined = [w for w in plan.works if w.fed_by is not None and w.hop is not None and w.hop.part is not None
                  and w.fed_by.kind != "core"]  # fmt: skip
        lines = [_line(w) for w in joined]
        rows = [site_row(found, plan, w) for w in joined]
        layers.append(
            _layer(f"hops_{n}", "build_hops", SITE_COLUMNS, rows, lines, "planned_hops", "LineString", language, n)
        )
        fates = [place_row(found, plan, f, language) for f in plan.fates]
        fates = [
            [*row, "served" if f.closed_by else f.place.grade.value] for row, f in zip(fates, plan.fates, strict=True)
        ]
        where = [_point(f.place.place.longitude, f.place.place.latitude) for f in plan.fates]
        columns = (*PLACE_COLUMNS, "value")
        layers.append(
            _layer(f"places_{n}", "build_places", columns, fates, where, "planned_places", "Point", language, n)
        )
    write_geopackage(path, layers, last_change=found.run.recipe.as_of, language=language)
    return path


def _layer(
    name: str, title: str, columns: Sequence[str], rows: Sequence[Row], shapes: Sequence[bytes | None], style: str,
    kind: str, language: str, number: int,
) -> Layer:  # fmt: skip
    values = {column: [row[k] for row in rows] for k, column in enumerate(columns)}
    return Layer(name, render(Message(f"layer.{title}", {"number": number}), language), shapes, values, style, kind)


def _point(longitude: float | None, latitude: float | None) -> bytes | None:
    if longitude is None or latitude is None:
        return None
    wkb: bytes = shapely.to_wkb(shapely.Point(longitude, latitude))
    return wkb


def _line(work: Work) -> bytes:
    assert work.fed_by is not None
    ends = [(n.longitude, n.latitude) for n in (work.fed_by, work.node)]
    wkb: bytes = shapely.to_wkb(shapely.LineString(ends))
    return wkb
