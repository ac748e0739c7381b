"""How ready the region is: what is proven, what only predicted, what will not make the deadline, who must answer."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from jangkau.messages import Message
from jangkau.records import ANY_OPERATOR, OPEN_REQUEST_STATES, Grade, Request
from jangkau.studies.loop import Standing
from jangkau.studies.picture import Picture

State = Literal["proven", "predicted", "stale", "partial", "none", "unknown"]
STATES: tuple[State, ...] = ("proven", "predicted", "stale", "partial", "none", "unknown")
READY: tuple[State, ...] = ("proven", "predicted")


@dataclass(frozen=True, slots=True)
class Ready:
    """How many villages, and how many of their people, are in each state."""

    villages: dict[str, int]
    people: dict[str, float]

    @property
    def open(self) -> int:
        """Villages that are neither proven nor predicted to be served."""
        return sum(self.villages.values()) - sum(self.villages[state] for state in READY)


@dataclass(frozen=True, slots=True)
class Late:
    """Something that will not make the deadline, and why."""

    village_code: str
    standing: Standing | None
    due: date | None
    sentence: Message


@dataclass(frozen=True, slots=True)
class Asked:
    """The open requests to one stakeholder, oldest first."""

    stakeholder_code: str
    requests: list[Request]
    overdue: int
    oldest_days: int


def state_of(grade: Grade) -> State:
    """Return the state of a village from its grade."""
    if grade.value == "served":
        return "predicted" if grade.evidence != "tested" else "stale" if grade.stale else "proven"
    if grade.value in ("weak", "partial"):
        return "partial"
    return "none" if grade.value == "none" else "unknown"


def ready(grades: Iterable[Grade]) -> Ready:
    """Return how many villages and people are in each state."""
    villages: Counter[str] = Counter()
    people: dict[str, float] = dict.fromkeys(STATES, 0.0)
    for grade in grades:
        villages[state_of(grade)] += 1
        people[state_of(grade)] += grade.denominator or 0.0
    return Ready({s: villages[s] for s in STATES}, people)


def readiness(picture: Picture) -> tuple[Ready, dict[str, Ready]]:
    """Return the readiness of the region, and of each district by its code."""
    grades = picture.areas.get(("village", "signal", ANY_OPERATOR), {}).values()
    by_district: dict[str, list[Grade]] = {d.code: [] for d in picture.register.districts}
    for grade in grades:
        by_district.setdefault(grade.district_code or "", []).append(grade)
    return ready(grades), {code: ready(own) for code, own in by_district.items() if own}


def burnt_down(region: Path, picture: Picture) -> list[tuple[date, int]]:
    """Return how many villages were not served on the day of each grading so far, and are not now."""
    found: dict[date, int] = {}
    for file in sorted((region / "runs").glob("*-grade-*/run.json")):
        said = json.loads(file.read_text("utf-8"))
        counts, day = said["summary"].get("village_signal", {}), date.fromisoformat(said["as_of"])
        if day <= picture.as_of:
            found[day] = sum(counts.values()) - counts.get("served", 0)
    found[picture.as_of] = readiness(picture)[0].open
    return sorted(found.items())


def planned_down(picture: Picture, village_codes: Iterable[str] | None = None) -> list[tuple[date, int]]:
    """Return how many villages would be left open on each day, if all that is planned were done in time and passed."""
    wanted = None if village_codes is None else set(village_codes)
    grades = picture.areas.get(("village", "signal", ANY_OPERATOR), {}).values()
    left = {g.code for g in grades if state_of(g) not in READY and (wanted is None or g.code in wanted)}
    ends: dict[date, set[str]] = {}
    for code in left:
        due = [_due(now) for now in picture.remedies_of_village.get(code, []) if now.stage not in ("open", "dropped")]
        planned = [day for day in due if day is not None]
        if planned:
            ends.setdefault(max(min(planned), picture.as_of), set()).add(code)
    found, count = [(picture.as_of, len(left))], len(left)
    for day in sorted(ends):
        count -= len(ends[day])
        found.append((day, count))
    return found


def _due(now: Standing) -> date | None:
    days = [t.due for t in now.tasks if t.due is not None and t.state != "dropped"]
    return max(days, default=None)


def late(picture: Picture) -> list[Late]:
    """Return what will not make the deadline: work due after it or overdue, and open villages that nobody plans for."""
    deadline, found = picture.settings.deadline, []
    grades = picture.areas.get(("village", "signal", ANY_OPERATOR), {}).values()
    for grade in sorted(grades, key=lambda g: picture.worst_first(g, (g.amount_none or 0.0) + (g.amount_weak or 0.0))):
        if state_of(grade) not in ("none", "partial"):
            continue
        running = [n for n in picture.remedies_of_village.get(grade.code, []) if n.stage not in ("dropped", "closed")]
        if not running:
            found.append(Late(grade.code, None, None, Message("stage.no_plan")))
        for now in running:
            due = _due(now)
            if due is not None and due < picture.as_of:
                found.append(Late(grade.code, now, due, Message("stage.overdue", {"date": due})))
            elif due is not None and deadline is not None and due > deadline:
                found.append(Late(grade.code, now, due, Message("stage.after_deadline", {"date": due})))
            elif due is None:
                found.append(Late(grade.code, now, None, Message("stage.no_date")))
    return found


def asked(picture: Picture) -> list[Asked]:
    """Return who was asked and has not finished: most overdue first."""
    waiting: dict[str, list[Request]] = {}
    for requests in picture.steps.requests.values():
        for request in requests:
            if request.state in OPEN_REQUEST_STATES:
                waiting.setdefault(request.stakeholder_code, []).append(request)
    found = []
    for code, own in waiting.items():
        own.sort(key=lambda r: (r.asked_on or picture.as_of, r.code))
        overdue = sum(r.answer_due is not None and r.answer_due < picture.as_of for r in own)
        oldest = max((picture.as_of - (r.asked_on or picture.as_of)).days for r in own)
        found.append(Asked(code, own, overdue, oldest))
    return sorted(found, key=lambda a: (-a.overdue, -a.oldest_days, a.stakeholder_code))
