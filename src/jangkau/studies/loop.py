"""The loop closes here: gap, remedy, task, request, done, test, closed. Nothing is closed by a promise.

Where a remedy stands is never stored: it is read from its tasks and requests, and from evidence that is younger than
the work. A test task has no other end than a passing visit or probe.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from jangkau.grades import Verdict
from jangkau.messages import Message
from jangkau.records import ANY_OPERATOR, OPEN_REQUEST_STATES, Remedy, Request, Stakeholder, Step, Task
from jangkau.store.database import Store
from jangkau.studies.verdicts import PlaceVerdicts

Stage = Literal["open", "planned", "asked", "done", "testing", "closed", "dropped"]
STAGES: tuple[Stage, ...] = ("open", "planned", "asked", "testing", "closed", "dropped")

UNIT_KIND = {"signal": "settlement", "send": "polling_station", "office": "village_office"}
"""Places of a village that a remedy of each quantity would serve."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What people planned and asked, as it holds on a day."""

    stakeholders: dict[str, Stakeholder] = field(default_factory=dict)
    remedies: list[Remedy] = field(default_factory=list)
    tasks: dict[str, list[Task]] = field(default_factory=dict)
    requests: dict[str, list[Request]] = field(default_factory=dict)

    @classmethod
    def read(cls, store: Store, as_of: date) -> "Steps":
        """Read what holds on a day; tasks and requests by the code of their remedy, empty for none."""
        tasks: dict[str, list[Task]] = {}
        requests: dict[str, list[Request]] = {}
        for task in store.read(Task, as_of=as_of):
            tasks.setdefault(task.remedy_code, []).append(task)
        for request in store.read(Request, as_of=as_of):
            requests.setdefault(request.remedy_code or "", []).append(request)
        stakeholders = {s.code: s for s in store.read(Stakeholder, as_of=as_of)}
        return cls(stakeholders, store.read(Remedy, as_of=as_of), tasks, requests)


@dataclass(frozen=True, slots=True)
class Closing:
    """The evidence that closed a gap: a passing test, its day, and its sentence."""

    on: date
    sentence: Message


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a remedy stands on a day.

    Attributes
    ----------
    stage : str
    done_on : date or None
        When the last of its work was done.
    closing : Closing or None
    failed : Closing or None
        The newest test since the work was done, where that did not pass.
    """

    remedy: Remedy
    tasks: list[Task]
    requests: list[Request]
    stage: Stage
    done_on: date | None
    closing: Closing | None
    failed: Closing | None

    @property
    def sentence(self) -> Message:
        """Where it stands, in words."""
        if self.closing is not None:
            return Message("stage.closed", {"date": self.closing.on, "evidence": self.closing.sentence})
        if self.failed is not None:
            return Message("stage.failed", {"date": self.failed.on, "evidence": self.failed.sentence})
        if self.stage == "testing":
            return Message("stage.testing", {"date": self.done_on})
        return Message(f"stage.{self.stage}")


def standings(steps: Steps, verdicts: Iterable[PlaceVerdicts]) -> dict[str, Standing]:
    """Return where every remedy stands, by its code."""
    by_place: dict[str, PlaceVerdicts] = {}
    by_village: dict[str, list[PlaceVerdicts]] = {}
    for one in verdicts:
        by_place[one.place.code] = one
        by_village.setdefault(one.place.village_code or "", []).append(one)
    found = {}
    for remedy in steps.remedies:
        subject = _subject(remedy, by_place, by_village)
        tasks, requests = steps.tasks.get(remedy.code, []), steps.requests.get(remedy.code, [])
        found[remedy.code] = standing(remedy, tasks, requests, subject)
    return found


def standing(
    remedy: Remedy, tasks: Sequence[Task], requests: Sequence[Request], subject: Sequence[Verdict]
) -> Standing:
    """Return where one remedy stands, from the verdicts of all that it would serve.

    Notes
    -----
    Closed when every one of them is served and the newest test among them passed on or after the day on which the work
    was done (or on which the remedy was proposed, where no work is written down).
    """
    work = [t for t in tasks if t.kind == "do" and t.state != "dropped"]
    done_on = None
    if work and all(t.state == "done" for t in work):
        done_on = max((t.valid_from for t in work if t.valid_from), default=None)
    since = done_on or remedy.valid_from or date.min
    tests = [v for v in subject if v.evidence == "tested" and v.evidence_date is not None and v.evidence_date >= since]
    newest = max(tests, key=lambda v: v.evidence_date or date.min, default=None)
    last = None if newest is None else Closing(newest.evidence_date or since, newest.reason)
    passed = bool(tests) and all(v.value == "served" and not v.stale for v in subject)
    stage: Stage = "open"
    if remedy.state == "dropped":
        stage = "dropped"
    elif passed and (done_on is not None or not work):
        stage = "closed"
    elif done_on is not None:
        stage = "testing"
    elif any(r.state in OPEN_REQUEST_STATES and r.state != "drafted" for r in requests):
        stage = "asked"
    elif remedy.state == "chosen" or work:
        stage = "planned"
    return Standing(
        remedy,
        list(tasks),
        list(requests),
        stage,
        done_on,
        last if stage == "closed" else None,
        last if stage == "testing" else None,
    )


def _subject(
    remedy: Remedy, by_place: Mapping[str, PlaceVerdicts], by_village: Mapping[str, list[PlaceVerdicts]]
) -> list[Verdict]:
    """Return the verdicts of all that a remedy would serve: its place, or those that count in its village."""
    if remedy.place_code is not None:
        places = [by_place[remedy.place_code]] if remedy.place_code in by_place else []
    else:
        kind = UNIT_KIND[remedy.quantity]
        places = [one for one in by_village.get(remedy.village_code or "", []) if one.place.kind == kind]
    operator = remedy.operator or ANY_OPERATOR
    found = []
    for one in places:
        verdict = one.signal.get(operator) if remedy.quantity == "signal" else getattr(one, remedy.quantity)
        if verdict is not None:
            found.append(verdict)
    return found


@dataclass(frozen=True, slots=True)
class Event:
    """One step on the way of a remedy: when, who, and what, in words."""

    on: date | None
    who: str
    what: Message


def history(store: Store, now: Standing) -> list[Event]:
    """Return the steps of a remedy, oldest first: each change of its records, then the evidence."""
    events = _changes(store.history(Remedy, now.remedy.code), "remedy")
    for task in now.tasks:
        events += _changes(store.history(Task, task.code), f"task.{task.kind}")
    for request in now.requests:
        events += _changes(store.history(Request, request.code), "request")
    events.sort(key=lambda e: e.on or date.min)
    for code, end in (("step.passed", now.closing), ("step.failed", now.failed)):
        if end is not None:
            events.append(Event(end.on, "", Message(code, {"evidence": end.sentence})))
    return events


def _changes(records: Sequence[Step], what: str) -> list[Event]:
    """Return one event for each change of state; notes are said with them."""
    found, before = [], ""
    for record in records:
        state = str(getattr(record, "state", ""))
        if state != before or record.note:
            said = {"name": record.name or record.code, "note": record.note or "", "due": getattr(record, "due", None)}
            on = record.valid_from or record.recorded_at.date()
            found.append(Event(on, record.by or "", Message(f"step.{what}.{state}", said)))
        before = state
    return found
