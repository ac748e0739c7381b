"""Claims beside grades: where what somebody published and what we found do not agree."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jangkau.records import ANY_OPERATOR, Claim, Grade, Value
from jangkau.reports.tables import cell_text, write_rows
from jangkau.studies.register import Register

CLAIMS_FILE = "claims.csv"

Disagreement = Literal["claimed_blank", "claimed_served", "not_claimed", ""]

SERVED_WORDS = ("terlayani", "tercover", "sudah ada sinyal", "sudah 4g", "served", "covered")
"""In a statement about blank spots: its publisher says that there is none."""

COLUMNS = (
    "subject", "code", "name", "says", "statements", "publishers", "claimed_on", "value", "evidence", "amount_none",
    "denominator", "disagreement",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    """A village or place with what is claimed of it and its grade for any operator.

    Attributes
    ----------
    grade : Grade
    blank, served : tuple of Claim
        Those that say it is blank, and those that say it is served.
    disagreement : str
        claimed_blank: somebody says blank, and it is served; claimed_served: somebody says served, and it is none;
        not_claimed: it is none, and no list has it; empty: none of these.
    """

    grade: Grade
    blank: tuple[Claim, ...]
    served: tuple[Claim, ...]
    disagreement: Disagreement


def compare(register: Register, grades: Sequence[Grade]) -> list[Compared]:
    """Return every village that is claimed or graded none, and every claimed place, in the order of the grades.

    A village that is not graded yet disagrees with nobody, and a partial one with neither side.
    """
    claims: dict[str, list[Claim]] = {}
    for claim in register.claims:
        if claim.subject == "blank_spot":
            claims.setdefault(claim.place_code or claim.village_code or "", []).append(claim)
    return list(_compared(claims, grades))


def _compared(claims: dict[str, list[Claim]], grades: Sequence[Grade]) -> Iterator[Compared]:
    for grade in grades:
        if (grade.quantity, grade.operator) != ("signal", ANY_OPERATOR) or grade.subject not in ("village", "place"):
            continue
        own = claims.get(grade.code, [])
        served = tuple(c for c in own if says_served(c))
        blank = tuple(c for c in own if not says_served(c))
        if own or (grade.subject == "village" and grade.value == "none"):
            yield Compared(grade, blank, served, _disagreement(grade.value, blank, served))


def says_served(claim: Claim) -> bool:
    """Tell whether a claim about blank spots says that there is none, by the words of its statement."""
    return any(word in claim.statement.lower() for word in SERVED_WORDS)


def agrees(claim: Claim, value: Value) -> bool | None:
    """Tell whether a claim about blank spots and a grade say the same; None where one cannot say."""
    if says_served(claim):
        return {"served": True, "weak": True, "none": False}.get(value)
    return {"served": False, "weak": True, "partial": True, "none": True}.get(value)


def _disagreement(value: Value, blank: Sequence[Claim], served: Sequence[Claim]) -> Disagreement:
    if any(agrees(claim, value) is False for claim in blank):
        return "claimed_blank"
    if any(agrees(claim, value) is False for claim in served):
        return "claimed_served"
    return "not_claimed" if value == "none" and not blank else ""


def write_claims(path: Path, compared: Sequence[Compared]) -> Path:
    """Write claims beside grades as CSV, a row a village or place."""
    write_rows(path, COLUMNS, (_row(one) for one in compared))
    return path


def _row(compared: Compared) -> list[str]:
    claims, grade = [*compared.blank, *compared.served], compared.grade
    both = compared.blank and compared.served
    says = "both" if both else "blank" if compared.blank else "served" if compared.served else ""
    texts = ["; ".join(sorted({getattr(c, n) for c in claims})) for n in ("statement", "publisher", "claimed_on")]
    values = (grade.value, grade.evidence, grade.amount_none, grade.denominator, compared.disagreement)
    return [cell_text(value) for value in (grade.subject, grade.code, grade.name, says, *texts, *values)]
