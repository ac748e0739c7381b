"""Plan what to build."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jangkau.cli.speech import (
    LANGUAGE,
    TARGET_NOT_MET,
    AsJson,
    AsOf,
    Lang,
    Region,
    Workers,
    circumstances_of,
    day_of,
    opened,
    option,
    print_json,
    text,
)  # fmt: skip

if TYPE_CHECKING:
    from jangkau.store.region_folder import RegionFolder
    from jangkau.studies.build_plan import BudgetPlan, BuildPlan
    from jangkau.studies.build_steps import Proposed

OPEN_SHOWN = 6
"""Open places shown; the rest is in the files."""


def build(
    region: Region = Path(),
    budget: Annotated[list[float] | None, option("--budget", code="cli.build.budget")] = None,
    by: Annotated[str | None, option("--by", code="cli.build.by")] = None,
    lock: Annotated[list[str] | None, option("--lock", code="cli.build.lock")] = None,
    forbid: Annotated[list[str] | None, option("--forbid", code="cli.build.forbid")] = None,
    propose: Annotated[int | None, option("--propose", code="cli.build.propose")] = None,
    as_of: AsOf = None,
    workers: Workers = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Plan what to build for some budgets."""
    from jangkau.studies.build import build as study
    from jangkau.studies.build_plan import BuildWishes, summary
    from jangkau.studies.build_steps import propose_plan

    folder = opened(region)
    budgets = tuple(budget or folder.settings.build.budgets_idr)
    wishes = BuildWishes(budgets, day_of(by) if by else None, tuple(lock or ()), tuple(forbid or ()))
    circumstances = circumstances_of(folder.settings.timezone, as_of, workers=workers)
    found = study(folder, wishes, circumstances)
    proposed = propose_plan(folder, found, propose, circumstances) if propose is not None else None
    if as_json:
        print_json(planned_as_json(found, summary(found, folder.settings), proposed))
    else:
        print_plan(folder, found, proposed)
    if found.plans[-1].open:
        raise typer.Exit(TARGET_NOT_MET)


def planned_as_json(found: "BuildPlan", said: dict[str, Any], proposed: "Proposed | None") -> dict[str, Any]:
    """Return the run, its summary, the works and the fate of places of each plan, and what was written."""
    from dataclasses import asdict

    from jangkau.studies.build_files import PLACE_COLUMNS, SITE_COLUMNS, place_row, site_row

    rows = [place_row(found, p, f, LANGUAGE) for p in found.plans for f in p.fates]
    return {
        "run": found.run.id,
        "folder": str(found.run.folder),
        "by": found.wishes.by,
        **said,
        "sites": [dict(zip(SITE_COLUMNS, site_row(found, p, w), strict=True)) for p in found.plans for w in p.works],
        "places": [dict(zip(PLACE_COLUMNS, row, strict=True)) for row in rows],
        "proposed": None if proposed is None else asdict(proposed),
    }


def print_plan(region: "RegionFolder", found: "BuildPlan", proposed: "Proposed | None") -> None:
    """Print the headline, a row a budget, what would help, the places that stay open, and where the files are."""
    from rich.console import Console
    from rich.text import Text

    from jangkau.messages import render
    from jangkau.studies.build_words import fallback_in_words, headline

    console = Console(highlight=False)
    if region.settings.note:
        console.print(Text(region.settings.note, style="bold yellow"))
    for line in headline(found, region.settings):
        bad = line.code == "build.plan_empty"
        good = line.code in ("build.headline", "build.plan")
        style = "bold red" if bad else "bold" if good else "dim" if line.code == "build.assumed" else ""
        console.print(Text(("✗ " if bad else "") + render(line, LANGUAGE), style=style))
    console.print(_table(region, found))
    last = found.plans[-1]
    for fate in last.open[:OPEN_SHOWN]:
        way = fallback_in_words(fate.fallback, LANGUAGE) or text("build.no_fallback")
        why = render(fate.why, LANGUAGE) if fate.why else ""
        name = fate.place.place.name or fate.place.place.code
        console.print(Text("  " + text("build.open_place", place=name, why=why, fallback=way)))
    if len(last.open) > OPEN_SHOWN:
        console.print(Text("  " + text("build.open_rest", count=len(last.open) - OPEN_SHOWN), style="dim"))
    if proposed is not None:
        said = {"remedies": proposed.remedies, "tasks": proposed.tasks, "requests": proposed.requests}
        console.print(Text(text("build.proposed", **said)))
        if proposed.nobody_for:
            console.print(Text("! " + text("remedy.nobody_for", kinds=", ".join(proposed.nobody_for)), style="yellow"))
    console.print(Text(text("build.files", folder=str(found.run.folder)), style="dim"))


def _table(region: "RegionFolder", found: "BuildPlan") -> Any:
    """Return a table: a row a budget."""
    from rich.table import Table

    from jangkau.messages import number
    from jangkau.studies.build_plan import counted, days_until

    day = found.wishes.by or region.settings.deadline
    days = days_until(day, found.run.recipe.as_of)
    table = Table(title=text("build.table.title"), title_justify="left")
    for name in ("budget", "cost", "works", "people", "stations", "offices", "open", "gap"):
        table.add_column(text(f"build.table.{name}"), justify="right")
    if day is not None:
        table.add_column(text("build.table.by_the_day", day=f"{day:%m-%d}"), justify="right")
    for plan in found.plans:
        closed = counted(plan.closed_until())
        cells = [number(v, ",.0f", LANGUAGE) for v in _numbers(plan, closed)]
        cells.append(number(100 * plan.gap, ".2f", LANGUAGE))
        if day is not None:
            cells.append(str(len(plan.closed_until(days))))
        table.add_row(*cells)
    return table


def _numbers(plan: "BudgetPlan", closed: dict[str, float]) -> list[float]:
    own = [plan.budget_idr / 1e6, plan.cost_idr / 1e6, float(len(plan.works))]
    return [*own, closed["people"], closed["stations"], closed["offices"], float(len(plan.open))]
