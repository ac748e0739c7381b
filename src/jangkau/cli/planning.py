"""Plan remedies: the ladder of the last weeks."""

from datetime import timedelta
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
    circumstances_of,
    day_of,
    opened,
    option,
    print_json,
    text,
)  # fmt: skip
from jangkau.errors import SettingError

if TYPE_CHECKING:
    from jangkau.store.region_folder import RegionFolder
    from jangkau.studies.remedy_plan import RemedyPlan
    from jangkau.studies.remedy_steps import Proposed

OPEN_SHOWN = 8
"""Open places shown; the rest is in the files."""


def remedy(
    region: Region = Path(),
    by: Annotated[str | None, option("--by", code="cli.remedy.by")] = None,
    budget: Annotated[float | None, option("--budget", code="cli.remedy.budget")] = None,
    propose: Annotated[bool, option("--propose", code="cli.remedy.propose")] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Plan how each polling station and office sends its result by a day."""
    from jangkau.studies.remedy import remedy as study
    from jangkau.studies.remedy_plan import Wishes, summary
    from jangkau.studies.remedy_steps import propose_plan

    folder = opened(region)
    day = day_of(by) if by else folder.settings.deadline
    if day is None:
        raise SettingError("remedy.no_day")
    circumstances = circumstances_of(folder.settings.timezone, as_of)
    found = study(folder, Wishes(day, budget), circumstances)
    proposed = propose_plan(folder, found, circumstances) if propose else None
    if as_json:
        print_json(planned_as_json(found, summary(found), proposed))
    else:
        print_plan(folder, found, proposed)
    if found.open:
        raise typer.Exit(TARGET_NOT_MET)


def planned_as_json(found: "RemedyPlan", said: dict[str, Any], proposed: "Proposed | None") -> dict[str, Any]:
    """Return the run, its summary, the plan of each place, and what was written into the register."""
    from dataclasses import asdict

    from jangkau.studies.remedy_files import PLAN_COLUMNS, SHIFT_COLUMNS, plan_row, shift_row

    return {
        "run": found.run.id,
        "folder": str(found.run.folder),
        "by": found.wishes.by,
        "budget_idr": found.wishes.budget_idr,
        **said,
        "plan": [dict(zip(PLAN_COLUMNS, plan_row(p, LANGUAGE), strict=True)) for p in found.places],
        "teams": [dict(zip(SHIFT_COLUMNS, shift_row(found, s), strict=True)) for s in found.shifts],
        "proposed": None if proposed is None else asdict(proposed),
    }


def print_plan(region: "RegionFolder", found: "RemedyPlan", proposed: "Proposed | None") -> None:
    """Print the headline, rungs, days, teams, the places that stay open, and where the files are."""
    from rich.console import Console
    from rich.text import Text

    from jangkau.messages import render
    from jangkau.studies.remedy_files import headline, in_words, why_not

    console = Console(highlight=False)
    if region.settings.note:
        console.print(Text(region.settings.note, style="bold yellow"))
    for count, line in enumerate(headline(found, region.settings)):
        bad = line.code == "remedy.impossible"
        console.print(Text(("✗ " if bad else "") + render(line, LANGUAGE), style=_style(bad, count)))
    console.print(_rungs(found))
    console.print(_days(found))
    for p in found.open[:OPEN_SHOWN]:
        one = text(
            "remedy.open_place", place=p.subject.place.name or p.subject.place.code, way=in_words(p.option, LANGUAGE),
            fallback=in_words(p.fallback, LANGUAGE) if p.fallback else "-", why=why_not(p, LANGUAGE),
        )  # fmt: skip
        console.print(Text("  " + one))
    if len(found.open) > OPEN_SHOWN:
        console.print(Text("  " + text("remedy.open_rest", count=len(found.open) - OPEN_SHOWN), style="dim"))
    if proposed is not None:
        said = {"remedies": proposed.remedies, "tasks": proposed.tasks, "requests": proposed.requests}
        console.print(Text(text("remedy.proposed", **said)))
        if proposed.nobody_for:
            console.print(Text("! " + text("remedy.nobody_for", kinds=", ".join(proposed.nobody_for)), style="yellow"))
    console.print(Text(text("remedy.files", folder=str(found.run.folder)), style="dim"))


def _rungs(found: "RemedyPlan") -> Any:
    """Return a table: how many stations and offices on each rung."""
    from rich.table import Table

    from jangkau.studies.remedy_plan import rungs

    table = Table(title=text("remedy.table.rungs"), title_justify="left")
    table.add_column("")
    for name in ("stations", "offices"):
        table.add_column(text(f"remedy.table.{name}"), justify="right")
    stations, offices = rungs(found.places, stations=True), rungs(found.places, stations=False)
    for rung in stations:
        table.add_row(text(f"remedy.rung.{rung}"), str(stations[rung]), str(offices[rung]))
    return table


def _days(found: "RemedyPlan") -> Any:
    """Return a table: of each day what is closed so far, and at how many places each team works."""
    from rich.table import Table

    from jangkau.messages import number
    from jangkau.studies.remedy_plan import by_day

    teams = sorted({s.team for s in found.shifts})
    table = Table(title=text("remedy.table.days"), title_justify="left")
    table.add_column(text("remedy.table.day"), no_wrap=True)
    for name in ("stations", "offices", "people", "cost"):
        table.add_column(text(f"remedy.table.{name}"), justify="right")
    for team in teams:
        table.add_column(text("remedy.team", teams=str(team + 1)), justify="right")
    so_far = {row[0]: row[1:] for row in by_day(found.places)}
    begin = found.run.recipe.as_of
    said: tuple[int, int, float, float] = (0, 0, 0.0, 0.0)
    for n in range((found.wishes.by - begin).days + 1):
        day = begin + timedelta(days=n)
        said = so_far.get(day, said)
        works = [sum((s.team, s.day) == (team, n) for s in found.shifts) for team in teams]
        people, cost = number(said[2], ",.0f", LANGUAGE), number(said[3] / 1e6, ",.1f", LANGUAGE)
        table.add_row(day.isoformat(), str(said[0]), str(said[1]), people, cost, *(str(w or "·") for w in works))
    return table


def _style(bad: bool, count: int) -> str:
    return "bold red" if bad else "bold" if count == 0 else ""
