"""Results of planning problems: families of standard instances, and the page that shows all.

    .venv/bin/python benchmarks/planning_page.py RESULTS.json [RESULTS.json ...] > docs/reference/plans.md

makes the page of what `planning.py --json` printed, in one run or several.
"""

import json
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """One solved problem.

    `gap`: |value - bound| / value; `best_known`: what the literature knows, if anything; `standard`: not invented.
    """

    instance: str
    kind: str
    value: float
    bound: float
    gap: float
    best_known: float | None
    seconds: float
    cpu_seconds: float
    violations: int
    standard: bool

    @property
    def proven(self) -> bool:
        """Return whether nothing can be better."""
        return self.gap < 1e-6


@dataclass(frozen=True)
class Family:
    """What became of all instances of a kind."""

    kind: str
    count: int
    proven: int
    reached: int
    known: int
    mean_off_percent: float
    cpu_seconds: float
    violations: int

    def __str__(self) -> str:
        off = f", {self.reached} of {self.known} at the best known, {self.mean_off_percent:.2f} % off it on average"
        return (
            f"{self.kind}: {self.count} instances, {self.proven} proven optimal{off if self.known else ''}, "
            f"{self.cpu_seconds:.0f} s cpu, {self.violations} violations"
        )


def families(results: list[Result]) -> list[Family]:
    """Return one line a kind, in the order in which kinds first appear."""
    found = []
    for kind in dict.fromkeys(r.kind for r in results):
        of = [r for r in results if r.kind == kind]
        known = [(r.value, r.best_known) for r in of if r.best_known is not None]
        off = [100.0 * (value - best) / best for value, best in known]
        found.append(
            Family(
                kind=kind,
                count=len(of),
                proven=sum(r.proven for r in of),
                reached=sum(value <= best + 1e-6 for value, best in known),
                known=len(known),
                mean_off_percent=sum(off) / len(off) if off else 0.0,
                cpu_seconds=sum(r.cpu_seconds for r in of),
                violations=sum(r.violations for r in of),
            )
        )
    return found


HEAD = """# How good plans are, and how long they take

Written from one or several runs of `benchmarks/planning.py` (`make bench`) on two processors that other work shared:
hence processor seconds, and each problem stops after 60 of these at the latest (500 sites: 120; covering: at a gap of
0.1 %). `gap` is (bound - value) / value: no plan whatever is better by more. Every plan went through the checker, save
those by sites first, which serve comparison alone. [The models](../explanation/planning.md).

## Invented problems of full size

| problem | value | bound | gap | processor seconds | violations |
|---|--:|--:|--:|--:|--:|
"""

FAMILIES = """
## Standard instances

| family | instances | proven optimal | at the best known | off it, on average | processor seconds | violations |
|---|--:|--:|--:|--:|--:|--:|
"""

SINGLE = """
| instance | value | bound | gap | best known | processor seconds |
|---|--:|--:|--:|--:|--:|
"""


def _ahead(own: list[Result]) -> str:
    """Return by how much plans of one piece beat those that choose sites before links."""
    lines = [
        f"- {whole.instance}: {100 * (whole.value / steps.value - 1):.1f} % more people than by sites first.\n"
        for whole, steps in pairwise(own)
        if steps.instance == f"{whole.instance}, sites first"
    ]
    return "\n" + "".join(lines)


def _invented(r: Result) -> str:
    if r.kind == "network in steps":
        return f"| {r.instance} | {r.value:,.0f} | | | {r.cpu_seconds:.1f} | |\n"
    bound, gap = f"{r.bound:,.1f}", f"{100 * r.gap:.3f} %"
    return f"| {r.instance} | {r.value:,.0f} | {bound} | {gap} | {r.cpu_seconds:.1f} | {r.violations} |\n"


def page(results: list[Result]) -> str:
    """Return all results as a page."""
    own, standard = [r for r in results if not r.standard], [r for r in results if r.standard]
    text = [HEAD, *(_invented(r) for r in own), _ahead(own)]
    if standard:
        text.append(FAMILIES)
        text += [
            f"| {f.kind} | {f.count} | {f.proven} | {f.reached} of {f.known} | "
            f"{f'{f.mean_off_percent:.2f} %' if f.known else ''} | {f.cpu_seconds:.0f} | {f.violations} |\n"
            for f in families(standard)
        ]
        text.append(SINGLE)
        text += [
            f"| {r.instance} | {r.value:,.0f} | {r.bound:,.1f} | {100 * r.gap:.2f} % | "
            f"{'' if r.best_known is None else f'{r.best_known:,.0f}'} | {r.cpu_seconds:.1f} |\n"
            for r in standard
        ]
    return "".join(text)


def main() -> int:
    read = [json.loads(Path(name).read_text("utf-8"))["results"] for name in sys.argv[1:]]
    print(page([Result(**row) for rows in read for row in rows]), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
