"""What `score` prints: how right by each way of dividing the ground and for each operator, and where the files are."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from jangkau.messages import Message, number, render
from jangkau.records import ANY_OPERATOR
from jangkau.reports.score_figure import WAYS, division_label

if TYPE_CHECKING:
    from jangkau.store.runs import Run

FIGURES: Mapping[str, str] = {
    "rmse_db": ".1f",
    "bias_db": "+.1f",
    "coverage_50_fraction": "%",
    "coverage_90_fraction": "%",
    "brier_served": ".3f",
    "hit_fraction": "%",
    "false_alarm_fraction": "%",
}
"""Columns of the table and how their numbers are written."""


def print_score(run: "Run", found: Mapping[str, Any], language: str) -> None:
    """Print the score of a region.

    Parameters
    ----------
    run : Run
    found : mapping
        What ``score.json`` holds.
    language : str
    """
    console = Console(highlight=False)
    said = found["tests"]
    about = {**said, "left_out": sum(said["left_out"].values())}
    console.print(Text(render(Message("cli.score.done", about), language), style="bold"))
    for name, count in said["left_out"].items():
        if count:
            console.print(
                Text("  " + render(Message(f"score.left_out.{name}", {"count": count}), language), style="dim")
            )
    divisions = found["divisions"]
    if divisions:
        console.print(
            _table([(division_label(d, language), d["operators"][ANY_OPERATOR]) for d in divisions], language)
        )
        operators = [(name, ways) for name, ways in divisions[0]["operators"].items() if name != ANY_OPERATOR]
        if operators:
            label = division_label(divisions[0], language)
            console.print(Text(render(Message("cli.score.operators", {"division": label}), language), style="bold"))
            console.print(_table([(_counted(name, ways, language), ways) for name, ways in operators], language))
    if found["shuffled"] is not None:
        console.print(Text(render(Message("cli.score.shuffled", found["shuffled"]), language)))
    for file in sorted(run.folder.glob("score*")):
        console.print(Text(f"  {file}"), soft_wrap=True)
    console.print(Text(render(Message("cli.score.next"), language), style="dim"))


def _table(parts: Sequence[tuple[str, Mapping[str, Any]]], language: str) -> Table:
    """Return the figures of several parts: the name of each, then a row a way of saying it."""
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("", no_wrap=True)
    for name in FIGURES:
        table.add_column(render(Message(f"score.column.{name}"), language), justify="right")
    for label, ways in parts:
        table.add_row(Text(label, style="italic"))
        for way in WAYS:
            values = [_written(ways[way][name]["value"], form, language) for name, form in FIGURES.items()]
            table.add_row("  " + render(Message(f"score.way.{way}"), language), *values)
    return table


def _counted(name: str, ways: Mapping[str, Any], language: str) -> str:
    return f"{name} ({number(ways['raw']['tests'], ',d', language)})"


def _written(value: float | None, form: str, language: str) -> str:
    if value is None:
        return "–"
    return f"{number(100.0 * value, '.0f', language)} %" if form == "%" else number(value, form, language)
