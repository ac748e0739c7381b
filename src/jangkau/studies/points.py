"""Where a field officer should test, and why: one list in groups; within a group the phone goes by distance.

Re-tests of finished work come first, with what the newest survey plans for today and later; then polling stations, then
other places without a valid test, worst grade first.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from jangkau.messages import Message
from jangkau.records import ANY_OPERATOR, Place
from jangkau.reports.sentences import message_from_json
from jangkau.store.runs import latest_run
from jangkau.studies.loop import UNIT_KIND, Standing
from jangkau.studies.picture import WORST, Picture
from jangkau.studies.shortcomings import full_and_lesser

MOST_POINTS = 400
"""That a phone is given."""

SURVEY, SURVEY_PLAN = "survey", "survey.json"
"""The study that plans where to test, and the file of its run that says so."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place to test: lower groups first; `why` is the reason, `task_code` the re-test that it would close."""

    place: Place
    group: int
    why: Message
    task_code: str | None = None


def points(picture: Picture, region: Path, most: int = MOST_POINTS) -> list[Point]:
    """Return where to test next, the most useful first, each place once.

    Parameters
    ----------
    picture : Picture
    region : Path
        The region folder, for the newest survey.
    most : int
    """
    found: dict[str, Point] = {}
    untested = sorted(_untested(picture), key=lambda p: (p.group, p.place.code))
    for point in [*_retests(picture), *_planned(picture, region), *untested]:
        found.setdefault(point.place.code, point)
    return list(found.values())[:most]


def _retests(picture: Picture) -> Iterator[Point]:
    """Give the places of open test tasks: work that is done and that no test has shown to help."""
    for now in picture.standings.values():
        tasks = [t for t in now.tasks if t.kind == "test" and t.state == "open"]
        if now.stage == "testing" and tasks:
            for place in _places_of(picture, now):
                said = {"work": tasks[0].name or now.remedy.name or "", "date": now.done_on}
                yield Point(place, 0, Message("field.why.retest", said), tasks[0].code)


def _places_of(picture: Picture, now: Standing) -> list[Place]:
    remedy, register = now.remedy, picture.register
    if remedy.place_code is not None:
        return [register.place_of[remedy.place_code]] if remedy.place_code in register.place_of else []
    kind = UNIT_KIND[remedy.quantity]
    return [p for p in register.places_in.get(remedy.village_code, []) if p.kind == kind]


def _planned(picture: Picture, region: Path) -> Iterator[Point]:
    """Give the stops that the newest survey plans for the day or later."""
    run = latest_run(region, SURVEY, picture.as_of)
    if run is None:
        return
    for day in json.loads((run / SURVEY_PLAN).read_text("utf-8"))["days"]:
        if day["date"] < picture.as_of.isoformat():
            continue
        for stop in day["stops"]:
            place = picture.register.place_of.get(stop["place_code"])
            if place is not None:
                why = message_from_json(stop["why"]["code"], stop["why"]["parameters"])
                said = {"team": day["team"], "date": day["date"], "why": why}
                yield Point(place, 1, Message("field.why.survey", said))


def _untested(picture: Picture) -> Iterator[Point]:
    """Give the places without a valid test that counts in full."""
    oldest = picture.as_of - timedelta(days=picture.settings.evidence.valid_days)
    grades = picture.places.get(("signal", ANY_OPERATOR), {})
    for place in picture.register.places:
        if place.longitude is None or place.latitude is None:
            continue
        full, lesser = full_and_lesser(place, picture.register, picture.settings)
        days = [v.time.date() for v in full]
        if days and max(days) >= oldest:
            continue
        value = grades[place.code].value if place.code in grades else "unknown"
        group = 10 * (1 if place.kind == "polling_station" else 2) + WORST[value]
        if days:
            why = Message("field.why.stale", {"date": max(days)})
        elif lesser:
            why = Message("field.why.lesser", {"date": max(v.time.date() for v in lesser)})
        else:
            why = Message("field.why.untested", {"grade": Message(f"value.{value}")})
        yield Point(place, group, why)
