"""What the command line prints: one screen of 80 columns, the same words and colours as maps, paths last."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from jangkau.messages import Message, number, render
from jangkau.records import ANY_OPERATOR, Grade
from jangkau.reports.looks import VALUE_LOOKS
from jangkau.reports.sentences import sentence

if TYPE_CHECKING:
    from pathlib import Path

    from jangkau.sources.reading import Refusal
    from jangkau.store.region_folder import RegionFolder
    from jangkau.studies.doctor import Finding
    from jangkau.studies.grade import Graded
    from jangkau.studies.import_data import Imported
    from jangkau.studies.watch_report import LinkMonth, ProviderMonth

WORST = 5
"""Villages listed under the summary."""

REFUSALS = 3
"""Refused rows shown of each file; the rest is in the table beside it."""


AREA_FIELDS = (
    "subject", "code", "name", "quantity", "value", "evidence", "stale", "denominator", "denominator_unit",
    "amount_served", "amount_weak", "amount_none", "amount_unknown", "reason_code", "rule",
)  # fmt: skip
"""What ``--json`` says of an area."""


def _console() -> Console:
    return Console(highlight=False)


def _people(value: float | None, language: str) -> str:
    return "–" if value is None else number(round(value), ",d", language)


def served_share(graded: "Graded") -> float:
    """Return the share of the region's people served by any operator, 0..1; 0 where nobody is counted."""
    region = next(g for g in graded.grades if (g.subject, g.quantity, g.operator) == ("region", "signal", ANY_OPERATOR))
    return (region.amount_served or 0.0) / region.denominator if region.denominator else 0.0


def graded_as_json(graded: "Graded") -> dict[str, Any]:
    """Return the run, its files, and the grades of region, districts and villages for any operator."""
    areas = [g for g in graded.grades if g.subject != "place" and g.operator == ANY_OPERATOR]
    return {
        "run": graded.run.id,
        "files": [str(path) for path in graded.outputs],
        "gaps": len(graded.gaps),
        "disagreements": [
            {"subject": one.grade.subject, "code": one.grade.code, "value": one.grade.value, "kind": one.disagreement}
            for one in graded.compared
            if one.disagreement
        ],
        "grades": [{name: getattr(g, name) for name in AREA_FIELDS} for g in areas],
    }


def print_graded(region: "RegionFolder", graded: "Graded", as_of: date, language: str, *, brief: bool = False) -> None:
    """Print the headline, a row a district, the worst villages with their reasons, and where the files are."""
    console = _console()
    areas = [g for g in graded.grades if g.operator == ANY_OPERATOR]
    villages = [g for g in areas if (g.subject, g.quantity) == ("village", "signal")]
    if region.settings.note:
        console.print(Text(region.settings.note, style="bold yellow"))
    console.print(Text(_headline(region, villages, graded, as_of, language), style="bold"))
    if brief:
        _print_worst(console, villages, graded, language, 1)
        return
    console.print(_district_table(areas, language))
    _print_worst(console, villages, graded, language, WORST)
    _print_disagreement(console, villages, graded, language)
    for path in (p for p in graded.outputs if p.suffix != ".json"):
        console.print(Text(f"  {path}"), soft_wrap=True)
    console.print(Text(render(Message("cli.grade.next"), language), style="dim"))


def _headline(region: "RegionFolder", villages: list[Grade], graded: "Graded", as_of: date, language: str) -> str:
    counts = {value: sum(g.value == value for g in villages) for value in VALUE_LOOKS}
    total = next(g for g in graded.grades if (g.subject, g.quantity, g.operator) == ("region", "signal", ANY_OPERATOR))
    deadline = region.settings.deadline
    said = {
        "region": region.settings.name,
        "villages": len(villages),
        **counts,
        "people_none": round(total.amount_none or 0),
        "people_unknown": round(total.amount_unknown or 0),
        "days": (deadline - as_of).days if deadline else 0,
    }
    text = render(Message("cli.grade.headline", said), language)
    if deadline is None:
        return text
    passed = {"date": deadline} if as_of > deadline else said
    code = "cli.grade.deadline_passed" if as_of > deadline else "cli.grade.deadline"
    return f"{text} {render(Message(code, passed), language)}"


def _district_table(areas: list[Grade], language: str) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False, show_footer=False)
    table.add_column(render(Message("cli.grade.district"), language), no_wrap=True, max_width=20)
    for value, look in VALUE_LOOKS.items():
        if value != "partial":
            table.add_column(render(Message(f"value.{value}"), language), justify="right", style=look.colour)
    for quantity in ("send", "office"):
        table.add_column(render(Message(f"cli.grade.{quantity}"), language), justify="right")
    rows = [g for g in areas if g.subject in ("district", "region") and g.quantity == "signal"]
    for g in rows:
        own = {x.quantity: x for x in areas if (x.subject, x.code) == (g.subject, g.code)}
        amounts = [_people(getattr(g, f"amount_{v}"), language) for v in VALUE_LOOKS if v != "partial"]
        table.add_row(g.name or g.code, *amounts, *(_of(own.get(q), language) for q in ("send", "office")))
    return table


def _of(grade: Grade | None, language: str) -> str:
    if grade is None or not grade.denominator:
        return "–"
    return f"{_people(grade.amount_served, language)}/{_people(grade.denominator, language)}"


def _print_worst(console: Console, villages: list[Grade], graded: "Graded", language: str, count: int) -> None:
    """Name the villages with most people without signal, each with the reason of its largest hamlet without."""
    dark = sorted((g for g in villages if g.amount_none), key=lambda g: (-(g.amount_none or 0), g.code))[:count]
    places = [g for g in graded.grades if g.subject == "place" and g.operator == ANY_OPERATOR and g.value == "none"]
    reasons = {
        gap.village_codes[0]: gap for gap in reversed(graded.gaps) if gap.quantity == "signal" and gap.village_codes
    }
    for g in dark:
        own = reasons.get(g.code) or next((p for p in places if p.village_code == g.code), None)
        why = sentence(own.reason_code, own.reason_parameters, language) if own else ""
        line = Text(f"  {g.name or g.code} ", style="bold")
        line.append(
            f"({_people(g.amount_none, language)}/{_people(g.denominator, language)}) ",
            style=VALUE_LOOKS["none"].colour,
        )
        line.append(why, style="default")
        console.print(line)
    if not dark and villages and all(g.value == "unknown" for g in villages):
        worst = max(villages, key=lambda g: g.denominator or 0)
        console.print(Text("  " + sentence(worst.reason_code, worst.reason_parameters, language)))


def _print_disagreement(console: Console, villages: list[Grade], graded: "Graded", language: str) -> None:
    """Count the grades of villages that are claimed blank, and name those with which claims do not agree."""
    claimed = {one.grade.code for one in graded.compared if one.blank}
    own = [g for g in villages if g.code in claimed]
    if own:
        counts = {value: sum(g.value == value for g in own) for value in VALUE_LOOKS}
        console.print(Text(render(Message("cli.grade.claims", {"count": len(own), **counts}), language)))
    for kind in ("claimed_blank", "claimed_served", "not_claimed"):
        names = [one.grade.name or one.grade.code for one in graded.compared if one.disagreement == kind]
        if names:
            more = "" if len(names) <= WORST else ", ..."
            said = {"count": len(names), "names": ", ".join(names[:WORST]) + more}
            console.print(Text(render(Message(f"cli.grade.{kind}", said), language), style="yellow"))


def print_imported(done: Sequence["Imported"], language: str) -> None:
    """Print a line a file, then what was refused and why."""
    from jangkau.sources.reading import refused_rows

    console = _console()
    for one in done:
        kind = render(Message(f"kind.{one.kind}"), language)
        said = {
            "file": one.file.name,
            "kind": kind,
            "new": one.added.new,
            "corrected": one.added.corrected,
            "unchanged": one.added.unchanged,
            "refused": refused_rows(one.refused),
        }
        code = (
            "cli.import.already"
            if one.already
            else "cli.import.raster"
            if one.kind in ("terrain", "land_cover", "rivers")
            else "cli.import.done"
        )
        console.print(Text(render(Message(code, said), language)))
        for note in one.notes:
            console.print(Padding(Text(render(note, language), style="dim"), (0, 0, 0, 4), expand=False))
        for refusal in one.refused[:REFUSALS]:
            console.print(Padding(Text(_refused(refusal, language), style="yellow"), (0, 0, 0, 4), expand=False))
        if len(one.refused) > REFUSALS:
            more = Message("cli.import.more_refused", {"count": len(one.refused) - REFUSALS})
            console.print(Text("    " + render(more, language), style="yellow"))
        if one.refusals_file is not None:
            console.print(
                Text(render(Message("cli.import.refusals", {"path": str(one.refusals_file)}), language)), soft_wrap=True
            )


def _refused(refusal: "Refusal", language: str) -> str:
    """Return a sentence for a refused row: where, what stood there, why, and what to do."""
    said = {"row": refusal.row, "sheet": refusal.sheet, "field": refusal.field, "value": refusal.value}
    code = "cli.import.row_of_sheet" if refusal.sheet else "cli.import.row"
    reason, remedy = render(refusal.reason, language), render(refusal.remedy, language)
    return f"{render(Message(code, said), language)} {reason} {remedy}"


def print_unrecognised(files: Sequence[tuple["Path", Message]], language: str) -> None:
    """Print the files of a folder that were passed over, and why."""
    console = _console()
    for file, why in files:
        said = Message("cli.import.unrecognised", {"file": file.name, "why": why})
        console.print(Text(render(said, language), style="yellow"))


def imported_as_json(one: "Imported") -> dict[str, Any]:
    """Return what became of a file as plain values."""
    return {
        "file": str(one.file),
        "kind": one.kind,
        "sha256": one.source.sha256,
        "new": one.added.new,
        "corrected": one.added.corrected,
        "unchanged": one.added.unchanged,
        "already": one.already,
        "notes": [note.as_json() for note in one.notes],
        "refused": [
            {
                "sheet": r.sheet,
                "row": r.row,
                "field": r.field,
                "value": r.value,
                "reason": r.reason.as_json(),
                "remedy": r.remedy.as_json(),
            }
            for r in one.refused
        ],
        "refusals_file": None if one.refusals_file is None else str(one.refusals_file),
    }


def print_prediction(region: "RegionFolder", said: dict[str, Any], language: str) -> None:
    """Print what a prediction used and where its rasters are."""
    console = _console()
    console.print(Text(render(Message("cli.predict.done", {**said["summary"], "seconds": said["seconds"]}), language)))
    _print_paths(console, said["summary"], language)
    folders = Counter(name.rpartition("/")[0] for name in said["outputs"] if "/cells/" not in name)
    for folder, count in folders.items():
        console.print(
            Text(render(Message("cli.predict.folder", {"path": str(region.path / folder), "count": count}), language)),
            soft_wrap=True,
        )
    console.print(Text(render(Message("cli.predict.next"), language), style="dim"))


def _print_paths(console: Console, summary: dict[str, Any], language: str) -> None:
    """Say how the paths came about, then each range that some of them lie outside of."""
    paths: dict[str, int] = summary.get("paths", {})
    if not paths:
        return
    console.print(Text(render(Message("cli.predict.paths", paths), language), style="dim"))
    total = paths["swept"] + paths["by_path"]
    for name, count in summary["outside_range"].items():
        share = 100.0 * count / total
        said = Message(f"outside.{name}", {"count": count, "percent": share})
        console.print(Text("! " + render(said, language), style="yellow"))


def print_findings(findings: Sequence["Finding"], language: str) -> None:
    """Print what the doctor found, the worst first, each with what it costs."""
    console = _console()
    marks = {"missing": ("✗", "bold red"), "odd": ("!", "yellow"), "good": ("✓", "green")}
    for finding in findings:
        mark, style = marks[finding.severity]
        line = Text(f"{mark} ", style=style)
        line.append(render(finding.what, language), style="default")
        console.print(line)
        if finding.cost is not None:
            console.print(Padding(Text(render(finding.cost, language), style="dim"), (0, 0, 0, 4), expand=False))


WORST_LINKS = 15
"""Links listed under the providers of a month."""


def print_month(
    months: "Sequence[LinkMonth]", providers: "Sequence[ProviderMonth]", rule: Message, language: str
) -> None:
    """Print a row a provider, the links that were least available, and the accounting rule."""
    console = _console()
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    heads = ("provider", "links", "up", "delivered")
    for name in heads:
        table.add_column(
            render(Message(f"watch.head_{name}"), language), justify="left" if name == "provider" else "right"
        )
    for one in providers:
        shares = (_percent(one.up_share, language), _percent(one.delivered_share, language))
        table.add_row(one.provider or "–", str(one.links), *shares)
    console.print(table)
    links = Table(box=None, padding=(0, 1), pad_edge=False)
    for name in ("link", "up", "outages", "delivered"):
        links.add_column(render(Message(f"watch.head_{name}"), language), justify="left" if name == "link" else "right")
    for link in months[:WORST_LINKS]:
        shares = (_percent(link.found.up_share, language), _percent(link.delivered_share, language))
        links.add_row(link.link.name or link.link.code, shares[0], str(link.outages), shares[1])
    console.print(links)
    console.print(Text(render(rule, language), style="dim"))


def _percent(share: float | None, language: str) -> str:
    return "–" if share is None else f"{number(100.0 * share, ',.2f', language)} %"
