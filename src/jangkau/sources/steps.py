"""What people do: whom they can ask, what would close a gap, who does what until when, what was asked of whom."""

from jangkau.records import Remedy, Request, Stakeholder, Task
from jangkau.sources.dates import day
from jangkau.sources.fields import (
    Context,
    code,
    degrees,
    existing_place,
    existing_remedy,
    existing_stakeholder,
    number,
    operator_or_any,
    text,
    unfit,
    village,
    village_by_name,
)
from jangkau.sources.positions import Values, position, validity
from jangkau.sources.rows import DATED, VALIDITY, Column, TableKind, optional, record_of
from jangkau.sources.words import (
    quantity,
    remedy_kind,
    remedy_state,
    request_state,
    stakeholder_kind,
    task_kind,
    task_state,
)

CODE = Column("id", "code", code, required=True, other=("code",))
STEP = optional({"name": text, "by": text, "note": text})


def _about_something(values: Values, context: Context) -> None:
    if "village_code" not in values and "place_code" not in values:
        raise unfit("row.closes_nothing", field="village_code", value="")


STAKEHOLDERS = TableKind(
    "stakeholders",
    (
        CODE,
        Column("kind", "kind", stakeholder_kind, required=True),
        *optional({"name": text, "contact": text}),
        *VALIDITY,
        *DATED,
    ),
    record_of(Stakeholder),
    checks=(validity,),
)
"""One office or company that can be asked a row."""

REMEDIES = TableKind(
    "remedies",
    (
        CODE,
        Column("quantity", "quantity", quantity, required=True),
        Column("kind", "kind", remedy_kind, required=True),
        Column("state", "state", remedy_state, required=True),
        Column("village_code", "village_code", village),
        Column("village", "village_code", village_by_name),
        Column("place_id", "place_code", existing_place),
        *optional(
            {
                "operator": operator_or_any,
                "longitude": degrees,
                "latitude": degrees,
                "cost_idr": number(0.0, 1e15, "IDR"),
                "lead_days": number(0.0, 10_000.0, "d"),
            }
        ),
        *STEP,
        *VALIDITY,
        *DATED,
    ),
    record_of(Remedy),
    checks=(_about_something, position, validity),
)
"""One possible fix of a gap, or one change of it, a row."""

TASKS = TableKind(
    "tasks",
    (
        CODE,
        Column("remedy_id", "remedy_code", existing_remedy, required=True),
        Column("kind", "kind", task_kind, required=True),
        Column("state", "state", task_state, required=True),
        Column("place_id", "place_code", existing_place),
        *optional({"assignee": text, "due": day}),
        *STEP,
        *VALIDITY,
        *DATED,
    ),
    record_of(Task),
    checks=(validity,),
)
"""One dated step a row."""

REQUESTS = TableKind(
    "requests",
    (
        CODE,
        Column("stakeholder_id", "stakeholder_code", existing_stakeholder, required=True),
        Column("state", "state", request_state, required=True),
        Column("remedy_id", "remedy_code", existing_remedy),
        *optional({"asked_on": day, "answer_due": day, "documents": text}),
        *STEP,
        *VALIDITY,
        *DATED,
    ),
    record_of(Request),
    checks=(validity,),
)
"""One ask, or one change of it, a row."""
