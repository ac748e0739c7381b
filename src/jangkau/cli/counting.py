"""Counting night: rehearse it, and drill it with real uploads."""

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
    now,
    opened,
    option,
    print_json,
    say,
    share,
    text,
)  # fmt: skip
from jangkau.errors import SettingError

if TYPE_CHECKING:
    from jangkau.store.region_folder import RegionFolder
    from jangkau.studies.drill import Compared
    from jangkau.studies.night_answers import Rehearsal

WORST, CASES, CHANGES = 6, 6, 6
"""Lines shown of each list; the rest is in the files."""


def rehearse(
    region: Region = Path(),
    nights: Annotated[int, option("--nights", code="cli.rehearse.nights")] = 500,
    by: Annotated[str, option("--by", code="cli.rehearse.by")] = "22:00",
    target: Annotated[float, option("--target", code="cli.rehearse.target")] = 0.95,
    probability: Annotated[float, option("--probability", code="cli.rehearse.probability")] = 0.95,
    parameters: Annotated[Path | None, option("--parameters", code="cli.rehearse.parameters")] = None,
    seed: Annotated[int, option("--seed", code="cli.seed")] = 1,
    workers: Workers = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Rehearse counting night."""
    from jangkau.studies.night_answers import Wishes
    from jangkau.studies.rehearse import rehearse as study

    folder = opened(region)
    shares = share(target, "--target"), share(probability, "--probability")
    wishes = Wishes(nights, seed, hour_of(by), *shares)
    found = study(folder, wishes, circumstances_of(folder.settings.timezone, as_of, workers), parameters)
    if as_json:
        print_json(rehearsed_as_json(found))
    else:
        print_rehearsal(folder, found, LANGUAGE)
    if not found.met:
        raise typer.Exit(TARGET_NOT_MET)


def hour_of(written: str) -> float:
    """Return an hour written as HH:MM; 26:00 is two o'clock of the next morning."""
    hours, _, minutes = written.partition(":")
    if not (hours.isdigit() and minutes.isdigit() and int(hours) <= 48 and int(minutes) < 60):
        raise SettingError("cli.bad_hour", value=written)
    return int(hours) + int(minutes) / 60.0


def rehearsed_as_json(found: "Rehearsal") -> dict[str, Any]:
    """Return the run, its files, and the answers of the region, districts, villages, stations and cases."""
    from dataclasses import asdict

    from jangkau.studies.night_answers import summary

    return {
        "run": found.run.id,
        "folder": str(found.run.folder),
        "unused_parameters": found.unused,
        **summary(found),
        "areas": [asdict(a) for a in found.areas],
        "stations_ranked": [asdict(a) for a in found.stations],
        "cases": [asdict(c) for c in found.cases],
        "sensitivity": [[asdict(c) for c in pair] for pair in found.sensitivity],
        "changes": [{"subject": o.subject, "change": o.name, "cost_idr": o.cost_idr} for o in found.plan.options],
    }


def print_rehearsal(region: "RegionFolder", found: "Rehearsal", language: str) -> None:
    """Print the headline, districts, what holds up, the stations that miss, the cases, the plan, and the files."""
    from rich.console import Console
    from rich.text import Text

    from jangkau.messages import render
    from jangkau.reports.counting_figures import clock
    from jangkau.studies.rehearsal_files import assumptions

    console = Console(highlight=False)
    if region.settings.note:
        console.print(Text(region.settings.note, style="bold yellow"))
    whole, wishes = found.region, found.wishes
    low, middle, high = whole.share_h[1]
    said: dict[str, Any] = {
        "stations": whole.stations, "middle": clock(middle), "low": clock(low), "high": clock(high),
        "by": clock(wishes.by_h), "share": 100 * wishes.share, "reached": 100 * whole.reached, "nights": wishes.nights,
        "unknown": whole.unknown, "probability": 100 * wishes.probability,
    }  # fmt: skip
    console.print(Text(text("rehearse.headline", **said), style="bold"))
    mark, style = ("✓", "green") if found.met else ("✗", "bold red")
    console.print(Text(f"{mark} " + text("rehearse.target", **said), style=style))
    if whole.unknown:
        console.print(Text("! " + text("rehearse.unknown", **said), style="yellow"))
    console.print(_districts(found))
    console.print(Text(_bottlenecks(found)))
    _print_stations(console, found, language)
    _print_cases(console, found)
    _print_plan(console, found, language)
    console.print(
        Text(text("rehearse.assumed", list="; ".join(render(m, language) for m in assumptions(found))), style="dim")
    )
    for name in found.unused[:3]:
        console.print(Text("! " + text("rehearse.unused", name=name), style="yellow"))
    for path in sorted(p for p in found.run.folder.iterdir() if p.suffix in (".csv", ".xlsx", ".png")):
        console.print(Text(f"  {path}"), soft_wrap=True)
    console.print(Text(text("rehearse.next"), style="dim"))


def _districts(found: "Rehearsal") -> Any:
    from rich.table import Table

    from jangkau.reports.counting_figures import clock

    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column(text("rehearse.column.district"), no_wrap=True, max_width=18)
    for name in ("stations", "half", "most", "all", "recapitulated", "on_time"):
        table.add_column(text(f"rehearse.column.{name}"), justify="right")
    for a in found.areas:
        if a.level in ("region", "district"):
            done = clock(a.recapitulated_h[1]) if a.recapitulated_h else ""
            middles = [clock(band[1]) for band in a.share_h]
            table.add_row(
                a.name or text("rehearse.whole_region"), str(a.stations), *middles, done, f"{100 * a.on_time:.0f} %"
            )
    return table


def _bottlenecks(found: "Rehearsal") -> str:
    from jangkau.counting.queues import CAUSES

    parts = []
    for k, cause in enumerate(CAUSES):
        own = [a.lost_min[k] for a in found.stations if a.bottleneck == cause]
        if own:
            said = {"cause": text(f"rehearse.cause.{cause}"), "count": len(own), "minutes": sum(own) / len(own)}
            parts.append(text("rehearse.bottleneck", **said))
    return text("rehearse.bottlenecks", list=", ".join(parts))


def _print_stations(console: Any, found: "Rehearsal", language: str) -> None:
    from rich.text import Text

    from jangkau.studies.rehearsal_files import cure

    late = [a for a in found.stations if a.on_time < found.wishes.probability]
    if not late:
        return
    console.print(Text(text("rehearse.late", count=len(late), cured=sum(bool(a.cure) for a in late)), style="bold"))
    for a in late[:WORST]:
        line = text(
            "rehearse.late_station", name=a.name, percent=100 * a.on_time, cause=text(f"rehearse.cause.{a.bottleneck}"),
            cure=cure(a, found.wishes.probability, language),
        )  # fmt: skip
        console.print(Text("  " + line))


def _print_cases(console: Any, found: "Rehearsal") -> None:
    from rich.text import Text

    from jangkau.reports.counting_figures import clock

    names = {a.code: a.name for a in found.areas}
    console.print(Text(text("rehearse.cases", share=100 * found.wishes.share), style="bold"))
    for c in found.cases[:CASES]:
        name = text(f"rehearse.case.{c.name}", district=names.get(c.subject, c.subject))
        line = text("rehearse.case", name=name, hour=clock(c.hour[1]), late=clock(c.hour[2]), reached=100 * c.reached)
        console.print(Text("  " + line))


def _print_plan(console: Any, found: "Rehearsal", language: str) -> None:
    from rich.text import Text

    from jangkau.studies.rehearsal_files import plan_rows

    plan = found.plan
    cost = sum(o.cost_idr for o in plan.options) / 1e6
    said = {"count": len(plan.options), "cost": cost, "reached": 100 * plan.probability, "most": 100 * plan.most}
    which = ("needless" if plan.enough else "hopeless") if not plan.options else "enough" if plan.enough else "short"
    console.print(Text(text(f"rehearse.plan.{which}", **said), style="bold"))
    for _, name, what, idr, gained in plan_rows(found, language)[:CHANGES]:
        line = text("rehearse.plan.change", name=name, what=what, cost=float(str(idr)) / 1e6, gained=gained)
        console.print(Text("  " + line))


def drill(
    region: Region = Path(),
    at: Annotated[str | None, option("--at", code="cli.drill.at")] = None,
    size_mb: Annotated[float, option("--size-mb", code="cli.drill.size")] = 6.5,
    which: Annotated[str | None, option("--drill", code="cli.drill.which")] = None,
    update: Annotated[bool, option("--update", code="cli.drill.update")] = False,
    workers: Workers = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Agree on a drill, or compare one with the simulation."""
    folder = opened(region)
    if at is not None:
        _agree(folder, at, size_mb, as_json)
        return
    from jangkau.studies.drill import compare, compared_as_json

    found = compare(folder, circumstances_of(folder.settings.timezone, as_of, workers), which, update=update)
    if as_json:
        print_json(compared_as_json(found))
    else:
        _print_compared(found, update)


def _agree(folder: "RegionFolder", at: str, size_mb: float, as_json: bool) -> None:
    from dataclasses import asdict
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from jangkau.cli.speech import actor
    from jangkau.records import new_id
    from jangkau.store.audit import Act
    from jangkau.studies.drill_log import begin_drill

    try:
        when = datetime.fromisoformat(at)
    except ValueError as error:
        raise SettingError("cli.bad_time", value=at) from error
    when = when if when.tzinfo else when.replace(tzinfo=ZoneInfo(folder.settings.timezone))
    with folder.store(now()) as store:
        agreed = begin_drill(folder, store, new_id(now()), when, size_mb, Act(actor(), "drill", now()))
    if as_json:
        print_json(asdict(agreed))
    else:
        say(text("drill.agreed", at=f"{when:%Y-%m-%d %H:%M %Z}", size_mb=agreed.size_bytes / 1e6, id=agreed.id))


def _print_compared(found: "Compared", update: bool) -> None:
    places = {u.place_code for u in found.uploads if u.complete}
    broken = sum(not u.complete for u in found.uploads)
    say(text("drill.came", files=len(found.seen_s), places=len(places), broken=broken, id=found.drill.id))
    for k, seen in enumerate(found.seen_share_s):
        share = (50, 95, 100)[k]
        if found.band_s:
            low, _, high = found.band_s[k]
            inside = "drill.inside" if low <= seen <= high else "drill.sooner" if seen < low else "drill.later"
            say("  " + text("drill.share", share=share, seen=seen, low=low, high=high, verdict=text(inside)))
    if found.left_out:
        say(text("drill.left_out", places=", ".join(found.left_out[:5]), count=len(found.left_out)))
    for old, new in found.changes:
        name = text(f"rehearse.parameter.{new.name}")
        said = {"old": old.default, "new": new.default, "low": new.low, "high": new.high}
        say("  " + text("drill.parameter", name=name, **said))
    if found.changes:
        say(text("drill.updated" if update else "drill.not_updated", path=found.file))
    else:
        say(text("drill.too_few"))
