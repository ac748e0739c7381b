"""Write a build-out into the register: a remedy and dated tasks for each work, a request to each kind who must agree.

Codes follow from what is built, so that proposing the same plan again adds nothing.
"""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

from jangkau.errors import InputError
from jangkau.messages import Message, render
from jangkau.records import Quantity, Remedy, RemedyKind, Request, Stakeholder, Step, Task, new_id
from jangkau.store.audit import Act
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.build_plan import BuildPlan, Work
from jangkau.studies.build_words import in_words
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.remedy_steps import Proposed

__all__ = ["Proposed", "propose_plan"]

KINDS: dict[str, RemedyKind] = {
    "site": "new_site", "relay": "microwave", "cells": "new_cell", "repeater": "repeater", "office": "satellite",
    "standing": "bandwidth",
}  # fmt: skip
FEEDS: dict[str, RemedyKind] = {"hop": "microwave", "fibre": "fibre", "satellite": "satellite", "tier": "bandwidth"}
ANSWER_WITHIN_DAYS = 14
"""Days that somebody who is asked has to answer."""


def propose_plan(region: RegionFolder, found: BuildPlan, number: int, circumstances: Circumstances) -> Proposed:
    """Write remedies, tasks and requests of a plan, counted from 1, into the register in one act.

    Raises
    ------
    InputError
        When there is no such plan.
    """
    if not 1 <= number <= len(found.plans):
        raise InputError("build.no_such_plan", number=number, count=len(found.plans))
    now, as_of = circumstances.clock(), circumstances.as_of
    works = found.plans[number - 1].works
    with region.store(now) as store:
        asked: dict[str, str] = {}
        for who in sorted(store.read(Stakeholder, as_of=as_of), key=lambda s: s.code):
            asked.setdefault(who.kind, who.code)
        records = [r for w in works for r in _steps(found, w, asked, region.settings.languages[0], circumstances)]
        new = [r for r in records if not store.read(type(r), as_of=as_of, where={"code": r.code})]
        if new:
            store.add(new, Act(circumstances.actor, "build", now))
    lacking = {p.technology.stakeholder for w in works for p in w.parts} - asked.keys() - {""}
    remedies, tasks, requests = (sum(isinstance(r, kind) for r in new) for kind in (Remedy, Task, Request))
    return Proposed(remedies, tasks, requests, tuple(sorted(lacking)))


def code_of(letter: str, *parts: str) -> str:
    """Return the code of a step: a letter and a digest of what it is about."""
    return f"{letter}-{hashlib.sha256('/'.join(parts).encode()).hexdigest()[:10].upper()}"


def _steps(
    found: BuildPlan, work: Work, asked: dict[str, str], language: str, circumstances: Circumstances
) -> list[Step]:
    """Return the remedy of a work, a task for each piece of it, and a request to each kind who must agree."""
    now, as_of, node = circumstances.clock(), circumstances.as_of, work.node
    said = {"what": in_words(work, language), "place": node.name}
    name = render(Message("build.step", said), language)

    def born() -> dict[str, Any]:
        return {
            "id": new_id(now), "recorded_at": now, "valid_from": as_of, "by": circumstances.actor, "name": name
        }  # fmt: skip

    kind = KINDS[node.kind]
    if node.kind == "office" and work.feed is not None:
        kind = FEEDS[work.feed.technology.kind]
    place = found.plant.places[work.closes[0]] if work.closes else None
    quantity: Quantity = place.quantity if place is not None else "signal"
    remedy = Remedy(
        **born(),
        code=code_of("R", "build", node.code),
        place_code=place.place.code if place is not None else node.place_code,
        village_code=place.place.village_code if place is not None else None,
        quantity=quantity,
        kind=kind,
        state="proposed",
        longitude=node.longitude,
        latitude=node.latitude,
        cost_idr=work.cost_idr,
        lead_days=float(work.works_day),
    )
    steps: list[Step] = [remedy]
    for shift in work.shifts:
        t = shift.part.technology
        task = Task(
            **born(),
            code=code_of("T", "build", node.code, t.name),
            remedy_code=remedy.code,
            kind="do",
            state="open",
            place_code=remedy.place_code,
            assignee=render(Message(f"build.crew.{t.crew}"), language) if t.crew else None,
            due=found.day(shift.end_day),
        )
        steps.append(replace(task, name=f"{name} ({t.name})"))
    for who in sorted({p.technology.stakeholder for p in work.parts} & asked.keys()):
        steps.append(
            Request(
                **born(),
                code=code_of("Q", "build", node.code, who),
                stakeholder_code=asked[who],
                remedy_code=remedy.code,
                state="drafted",
                answer_due=as_of + timedelta(days=ANSWER_WITHIN_DAYS),
            )
        )
    return steps
