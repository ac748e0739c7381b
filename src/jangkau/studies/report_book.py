"""The tables of a report as a workbook: numbers stay numbers, and the first sheet says what the front page says."""

from collections.abc import Sequence
from pathlib import Path

from jangkau.records import ANY_OPERATOR, Grade, Place
from jangkau.reports.register_book import BookColumn, BookSheet, ReadMe, write_book
from jangkau.studies.report_pages import Pages

VILLAGE_COLUMNS: tuple[BookColumn, ...] = (
    BookColumn("code"), BookColumn("name"), BookColumn("district"), BookColumn("grade"), BookColumn("people", "number"),
    BookColumn("people_served", "number"), BookColumn("people_weak", "number"), BookColumn("people_none", "number"),
    BookColumn("people_unknown", "number"), BookColumn("stations", "number"), BookColumn("stations_can_send", "number"),
    BookColumn("evidence"), BookColumn("stale", "truth"), BookColumn("why"), BookColumn("next"),
)  # fmt: skip
PLACE_COLUMNS: tuple[BookColumn, ...] = (
    BookColumn("code"), BookColumn("name"), BookColumn("kind"), BookColumn("village_code"), BookColumn("quantity"),
    BookColumn("operator"), BookColumn("grade"), BookColumn("probability_served", "number"), BookColumn("evidence"),
    BookColumn("evidence_date", "date"), BookColumn("stale", "truth"), BookColumn("why"),
    BookColumn("longitude", "number"), BookColumn("latitude", "number"),
)  # fmt: skip


def write_report_book(path: Path, pages: Pages) -> None:
    """Write villages and places; polling stations only where the report lists them.

    Parameters
    ----------
    path : Path
        File to write; an old one is replaced.
    pages : Pages
        Speaks the language of the workbook.
    """
    words, register = pages.words, pages.register
    places = [
        _place_row(place, grade, pages)
        for place in register.places
        if place.kind != "polling_station" or pages.stations
        for grade in pages.picture.grades_of_place(place.code)
    ]
    sheets = [
        BookSheet(
            words.say("report.villages"), VILLAGE_COLUMNS, [_village_row(g, pages) for g in pages.village_grades]
        ),
        BookSheet(words.say("report.places"), PLACE_COLUMNS, places),
    ]
    write_book(path, sheets, _read_me(pages))


def _village_row(grade: Grade, pages: Pages) -> list[object]:
    send = pages.picture.area("village", grade.code, "send", ANY_OPERATOR)
    stations = (None, None) if send is None else (send.denominator, send.amount_served)
    return [
        grade.code, grade.name, pages.district_name(grade.district_code), grade.value, grade.denominator,
        grade.amount_served, grade.amount_weak, grade.amount_none, grade.amount_unknown, *stations,
        grade.evidence, grade.stale, pages.why(grade), pages.next_step(grade),
    ]  # fmt: skip


def _place_row(place: Place, grade: Grade, pages: Pages) -> list[object]:
    return [
        place.code, place.name, place.kind, place.village_code, grade.quantity, grade.operator, grade.value,
        grade.probability_served, grade.evidence, grade.evidence_date, grade.stale, pages.words.reason(grade),
        place.longitude, place.latitude,
    ]  # fmt: skip


def _read_me(pages: Pages) -> ReadMe:
    front = pages.front()
    sentences: list[Sequence[str]] = [[front["title"]], [front["subtitle"]]]
    for answer in front["answers"]:
        sentences += [[answer["question"], answer["answer"]], *(["", more] for more in answer["more"])]
    sources = [[pages.words.say("report.method_sources")], *([source] for source in pages.sources)]
    return ReadMe(pages.words.say("report.read_first"), sentences, [sources])
