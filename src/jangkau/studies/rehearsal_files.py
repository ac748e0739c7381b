"""The files of a rehearsal: tables, a workbook to print, arrival curves and the sensitivity chart."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from jangkau.counting.curves import arrival_bands
from jangkau.counting.queues import CAUSES
from jangkau.messages import LANGUAGES, Message, render
from jangkau.reports.counting_figures import Bar, Curve, clock, draw_arrivals, draw_sensitivity
from jangkau.reports.register_book import BookColumn, BookSheet, ReadMe, write_dated_book
from jangkau.reports.tables import cell_text, write_rows
from jangkau.settings import Settings
from jangkau.studies.night_answers import METHODS, SHARES, AreaAnswer, CaseAnswer, Rehearsal, StationAnswer

Row = Sequence[object]

STATION_COLUMNS = (
    "code", "name", "village_code", "district_code", "method", "send_place", "send_place_km", "fallback", "known_by",
    "on_time_fraction", "counted_in_time_fraction", "sent_5_percent_h", "sent_50_percent_h", "sent_95_percent_h",
    "bottleneck",
    *(f"lost_{cause}_min" for cause in CAUSES), "cure", "cure_subject", "cure_cost_idr",
)  # fmt: skip
AREA_COLUMNS = (
    "level", "code", "name", "stations", "unknown", "on_time_fraction", "target_met_fraction",
    *(f"share_{share * 100:g}_percent_at_{q}_percent_h" for share in SHARES for q in (5, 50, 95)),
    *(f"recapitulated_at_{q}_percent_h" for q in (5, 50, 95)),
)  # fmt: skip
CASE_COLUMNS = (
    "case", "subject", "parameter", "value", "target_share_at_5_percent_h", "target_share_at_50_percent_h",
    "target_share_at_95_percent_h", "target_met_fraction",
)  # fmt: skip
PLAN_COLUMNS = ("subject", "name", "change", "cost_idr", "stations_gained")
PRINTED = ("name", "method", "send_place", "send_place_km", "fallback", "on_time_fraction", "sent_50_percent_h",
           "bottleneck", "cure")  # fmt: skip
CURVE_HOURS, CURVE_STEP_H = 12.0, 0.1


def write_files(found: Rehearsal, settings: Settings) -> list[Path]:
    """Write all files of a rehearsal into its run's folder and return them."""
    folder, language = found.run.folder, settings.languages[0]
    tables = {
        "stations.csv": (STATION_COLUMNS, [station_row(a) for a in found.stations]),
        "areas.csv": (AREA_COLUMNS, [area_row(a) for a in found.areas]),
        "cases.csv": (CASE_COLUMNS, [case_row(c) for c in [*found.cases, *(c for p in found.sensitivity for c in p)]]),
        "plan.csv": (PLAN_COLUMNS, plan_rows(found, language)),
    }
    outputs = []
    for name, (columns, rows) in tables.items():
        outputs.append(folder / name)
        write_rows(folder / name, columns, ([cell_text(value, 4) for value in row] for row in rows))
    parameters = folder / "parameters.csv"
    parameters.write_text(found.parameters.text(), "utf-8")
    outputs += [parameters, _write_book(found, settings, language)]
    for spoken in LANGUAGES:
        outputs += _draw(found, settings, spoken)
    return outputs


def station_row(a: StationAnswer) -> Row:
    """Return a station as a row of `STATION_COLUMNS`."""
    return [
        a.code, a.name, a.village_code, a.district_code, a.method, a.send_place, a.send_place_km, a.fallback,
        a.known_by, a.on_time, a.counted_in_time, *a.sent_h, a.bottleneck, *a.lost_min, a.cure, a.cure_subject,
        a.cure_cost_idr,
    ]  # fmt: skip


def area_row(a: AreaAnswer) -> Row:
    """Return an area as a row of `AREA_COLUMNS`."""
    hours = [hour for band in a.share_h for hour in band]
    recapitulated = a.recapitulated_h or (None, None, None)
    return [a.level, a.code, a.name, a.stations, a.unknown, a.on_time, a.reached, *hours, *recapitulated]


def case_row(c: CaseAnswer) -> Row:
    """Return a case as a row of `CASE_COLUMNS`."""
    return [c.name, c.subject, c.parameter, c.value, *c.hour, c.reached]


def plan_rows(found: Rehearsal, language: str) -> list[Row]:
    """Return the changes of the plan, each with what it is in words."""
    names = {a.code: a.name for a in found.areas}
    return [
        [o.subject, names.get(o.subject, o.subject), change(o.name, language), o.cost_idr, float(o.gain.mean())]
        for o in found.plan.options
    ]


def change(name: str, language: str) -> str:
    """Return in words what an option or a cure does."""
    if name.startswith("rate_"):
        return render(Message("rehearse.cure.rate", {"mbps": float(name.removeprefix("rate_"))}), language)
    return render(Message(f"rehearse.cure.{name}"), language) if name else ""


def cure(a: StationAnswer, probability: float, language: str) -> str:
    """Return in words what would bring a station through in time; empty where it is in time."""
    if a.on_time >= probability:
        return ""
    if a.counted_in_time < probability:
        return render(Message("rehearse.counts_late", {"percent": 100 * a.counted_in_time}), language)
    return change(a.cure, language) or render(Message("rehearse.no_cure"), language)


def _write_book(found: Rehearsal, settings: Settings, language: str) -> Path:
    """Write the workbook: every station with method, send-place and fallback in words, then the other tables."""
    path = found.run.folder / "rehearsal.xlsx"
    names = found.place_names

    def word(family: str, value: object) -> str:
        return render(Message(f"rehearse.{family}.{value}"), language)

    def printed(a: StationAnswer) -> Row:
        fallback = word("method", a.fallback) if a.fallback in METHODS else names.get(a.fallback, a.fallback)
        method = word("method", a.method) + (f" ({word('known', 'unknown')})" if a.known_by == "unknown" else "")
        return [
            a.name, method, names.get(a.send_place, a.send_place), a.send_place_km, fallback, round(a.on_time, 3),
            clock(a.sent_h[1]), word("cause", a.bottleneck),
            cure(a, found.wishes.probability, language),
        ]  # fmt: skip

    titles = [render(Message(f"rehearse.sheet.{name}"), language) for name in ("stations", "areas", "cases", "plan")]
    heads = [BookColumn(render(Message(f"rehearse.column.{name}"), language)) for name in PRINTED]
    by_place = sorted(found.stations, key=lambda a: a.code)
    sheets = [
        BookSheet(titles[0], heads, [printed(a) for a in by_place]),
        BookSheet(titles[1], [BookColumn(n) for n in AREA_COLUMNS], [area_row(a) for a in found.areas]),
        BookSheet(titles[2], [BookColumn(n) for n in CASE_COLUMNS], [case_row(c) for c in found.cases]),
        BookSheet(titles[3], [BookColumn(n) for n in PLAN_COLUMNS], plan_rows(found, language)),
    ]
    sentences = [[note(found, settings, spoken) for spoken in LANGUAGES]]
    sentences += [[render(said, spoken) for spoken in LANGUAGES] for said in assumptions(found)]
    read_me = ReadMe(render(Message("rehearse.sheet.read_me"), language), sentences, [])
    write_dated_book(path, sheets, found.run.recipe.as_of, read_me)
    return path


def note(found: Rehearsal, settings: Settings, language: str) -> str:
    """Return the line that stands on every figure: which region, which day, how many nights, what nobody knows."""
    said = {
        "region": settings.name,
        "date": found.run.recipe.as_of,
        "nights": found.wishes.nights,
        "run": found.run.id,
        "unknown": found.region.unknown,
        "stations": found.region.stations,
    }
    text = render(Message("rehearse.note", said), language)
    return f"{settings.note} {text}" if settings.note else text


def assumptions(found: Rehearsal) -> list[Message]:
    """Return what had to be assumed, each with how often."""
    assumed = sorted(found.night.assumed.items())
    return [Message(f"rehearse.assumed.{name}", {"count": count}) for name, count in assumed if count]


def _draw(found: Rehearsal, settings: Settings, language: str) -> list[Path]:
    close_h = found.parameters["poll_close_h"].default
    hours = close_h + np.arange(0.0, CURVE_HOURS + 1e-9, CURVE_STEP_H)
    stations = found.night.network.stations
    curves = []
    for a in (a for a in found.areas if a.level in ("region", "district")):
        rows = [
            s for s, station in enumerate(stations)
            if a.level == "region" or found.night.districts[station.district] == a.code
        ]  # fmt: skip
        bands = arrival_bands(found.nights.sent_s[:, rows], 3600.0 * (hours - close_h))
        curves.append(Curve(a.name or settings.name, a.stations, bands))
    foot = note(found, settings, language)
    arrivals = found.run.folder / f"arrivals-{language}.png"
    draw_arrivals(arrivals, curves, hours, found.wishes.by_h, foot, language)
    bars = [
        Bar(
            render(Message(f"rehearse.parameter.{low.parameter}"), language),
            low.value or 0.0, high.value or 0.0, low.hour[1], high.hour[1],
        )
        for low, high in found.sensitivity
    ]  # fmt: skip
    sensitivity = found.run.folder / f"sensitivity-{language}.png"
    draw_sensitivity(sensitivity, bars, found.cases[0].hour[1], foot, language)
    return [arrivals, sensitivity]
