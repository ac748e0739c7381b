"""Write a plan into the register: a remedy and a task for each place that changes, a request to whoever must agree.

Codes follow from place and way, so that proposing the same plan again adds nothing.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from jangkau.messages import Message, render
from jangkau.records import Quantity, Remedy, RemedyKind, Request, Stakeholder, Step, Task, new_id
from jangkau.store.audit import Act
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.remedy_files import in_words
from jangkau.studies.remedy_plan import PlacePlan, RemedyPlan

KINDS: dict[str, RemedyKind] = {
    "bandwidth": "bandwidth", "wifi": "other", "strengthen_cell": "strengthen_cell", "mobile_bts": "mobile_bts",
    "satellite": "satellite", "generator": "power", "send_place": "send_place",
}  # fmt: skip
"""The kind of remedy that a way is; ways that change nothing are no remedy."""

ANSWER_WITHIN_DAYS = 3
"""Days that somebody who is asked has to answer, where the calendar leaves them."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """What was written: records by noun, and the kinds of stakeholders that nobody in the register is."""

    remedies: int
    tasks: int
    requests: int
    nobody_for: tuple[str, ...]


def propose_plan(region: RegionFolder, found: RemedyPlan, circumstances: Circumstances) -> Proposed:
    """Write remedies, tasks and requests of a plan into the register, in one act; what is there stays as it is."""
    now, as_of = circumstances.clock(), circumstances.as_of
    language = region.settings.languages[0]
    planned = [p for p in found.places if p.option.way.way in KINDS]
    with region.store(now) as store:
        asked: dict[str, str] = {}
        for who in sorted(store.read(Stakeholder, as_of=as_of), key=lambda s: s.code):
            asked.setdefault(who.kind, who.code)
        records = [r for p in planned for r in _steps(p, asked, language, circumstances)]
        new = [r for r in records if not store.read(type(r), as_of=as_of, where={"code": r.code})]
        if new:
            store.add(new, Act(circumstances.actor, "remedy", now))
    lacking = {p.option.way.stakeholder for p in planned} - asked.keys() - {""}
    remedies, tasks, requests = (sum(isinstance(r, kind) for r in new) for kind in (Remedy, Task, Request))
    return Proposed(remedies, tasks, requests, tuple(sorted(lacking)))


def code_of(letter: str, p: PlacePlan) -> str:
    """Return the code of a step of a plan: a letter and a digest of the place and its way."""
    digest = hashlib.sha256(f"{p.subject.place.code}/{p.option.way.way}/{_at(p)}".encode()).hexdigest()
    return f"{letter}-{digest[:10].upper()}"


def _at(p: PlacePlan) -> str:
    return p.option.at.code if p.option.at is not None else ""


def _steps(p: PlacePlan, asked: dict[str, str], language: str, circumstances: Circumstances) -> list[Step]:
    """Return the remedy of a place, its task, and the request where somebody in the register can be asked."""
    now, as_of, place, option = circumstances.clock(), circumstances.as_of, p.subject.place, p.option
    quantity: Quantity = "send" if place.kind == "polling_station" else "office"
    said = {"way": in_words(option, language), "place": place.name or place.code}
    name = render(Message("remedy.step", said), language)

    def born() -> dict[str, Any]:
        return {
            "id": new_id(now), "recorded_at": now, "valid_from": as_of, "by": circumstances.actor, "name": name
        }  # fmt: skip

    remedy = Remedy(
        **born(),
        code=code_of("R", p),
        place_code=place.code,
        quantity=quantity,
        kind=KINDS[option.way.way],
        state="proposed",
        cost_idr=option.cost_idr,
        lead_days=float((p.ready_on - as_of).days),
    )
    team = render(Message("remedy.team", {"teams": ", ".join(str(t + 1) for t in p.teams)}), language)
    task = Task(
        **born(),
        code=code_of("T", p),
        remedy_code=remedy.code,
        kind="do",
        state="open",
        place_code=place.code,
        assignee=team if p.teams else None,
        due=p.ready_on,
    )
    steps: list[Step] = [remedy, task]
    if option.way.stakeholder in asked:
        due = min(as_of + timedelta(days=ANSWER_WITHIN_DAYS), p.ready_on)
        steps.append(
            Request(
                **born(),
                code=code_of("Q", p),
                stakeholder_code=asked[option.way.stakeholder],
                remedy_code=remedy.code,
                state="drafted",
                answer_due=due,
            )
        )
    return steps
