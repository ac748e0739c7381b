"""What people do on the way from a gap to its proof: propose, choose, ask, do. Each step is a new dated record.

A step carries the id that its sender made, so that sending it twice stores it once.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, TypeVar

from jangkau.errors import InputError
from jangkau.records import Fact, Place, Remedy, Request, Stakeholder, Step, Task, Village, new_id
from jangkau.store.audit import Act
from jangkau.store.database import Store
from jangkau.studies.circumstances import Circumstances

TEST_WITHIN_DAYS = 7
"""Days after the work within which it must be tested."""

S = TypeVar("S", bound=Step)


def code_from(letter: str, record_id: str) -> str:
    """Return the code of a record that was born here: a letter and the random end of its id."""
    return f"{letter}-{record_id.replace('-', '')[-8:].upper()}"


def propose(store: Store, remedy: Remedy, circumstances: Circumstances) -> Remedy:
    """Keep a new remedy; InputError when its village or place is not in the register."""
    if (remedy.village_code is None) == (remedy.place_code is None):
        raise InputError("act.one_subject")
    if remedy.place_code is not None:
        _known(store, Place, remedy.place_code, circumstances.as_of)
    else:
        _known(store, Village, remedy.village_code or "", circumstances.as_of)
    return _keep_new(store, remedy, circumstances, "propose")


def begin_task(store: Store, task: Task, circumstances: Circumstances) -> Task:
    """Keep a new task of a remedy; tests are begun by work that is done, not by hand."""
    _known(store, Remedy, task.remedy_code, circumstances.as_of)
    if task.kind != "do":
        raise InputError("act.tests_begin_themselves")
    return _keep_new(store, task, circumstances, "task")


def ask(store: Store, request: Request, circumstances: Circumstances) -> Request:
    """Keep a new request to a stakeholder."""
    _known(store, Stakeholder, request.stakeholder_code, circumstances.as_of)
    if request.remedy_code is not None:
        _known(store, Remedy, request.remedy_code, circumstances.as_of)
    return _keep_new(store, request, circumstances, "ask")


def move(store: Store, kind: type[S], code: str, state: str, step: Step, circumstances: Circumstances) -> S:
    """Bring a remedy, task or request to another state.

    Parameters
    ----------
    store : Store
    kind : type
        `Remedy`, `Task` or `Request`.
    code : str
    state : str
        One of the kind's states.
    step : Step
        Carries the id, who and the note of this step.
    circumstances : Circumstances

    Raises
    ------
    InputError
        When there is no such thing, or a test task would be closed by hand.
    """
    current = _known(store, kind, code, circumstances.as_of)
    if isinstance(current, Task) and current.kind == "test" and state == "done":
        raise InputError("act.tests_close_by_evidence")
    now = circumstances.clock()
    changed: Any = {"state": state}
    moved = replace(
        current,
        id=step.id,
        recorded_at=now,
        corrects=None,
        valid_from=circumstances.as_of,
        by=step.by,
        note=step.note,
        **changed,
    )
    records: list[Step] = [moved]
    if isinstance(moved, Task) and state == "done":
        records.append(_test_of(moved, circumstances))
    store.add(records, Act(circumstances.actor, f"{kind.noun} {state}", now))
    return _known(store, kind, code, circumstances.as_of)


def _test_of(work: Task, circumstances: Circumstances) -> Task:
    """Return the test task that work which is done calls for."""
    now = circumstances.clock()
    return Task(
        id=new_id(now),
        recorded_at=now,
        code=f"{work.code}-T",
        name=work.name,
        valid_from=circumstances.as_of,
        remedy_code=work.remedy_code,
        kind="test",
        state="open",
        place_code=work.place_code,
        due=circumstances.as_of + timedelta(days=TEST_WITHIN_DAYS),
        by="jangkau",
    )


def _keep_new(store: Store, record: S, circumstances: Circumstances, action: str) -> S:
    store.add([record], Act(circumstances.actor, action, circumstances.clock()))
    return _known(store, type(record), record.code, circumstances.as_of)


F = TypeVar("F", bound=Fact)


def _known(store: Store, kind: type[F], code: str, as_of: date) -> F:
    found = store.read(kind, as_of=as_of, where={"code": code})
    if not found:
        raise InputError("act.unknown", noun=kind.noun, code=code)
    return found[0]
