"""What `jangkau survey` prints."""

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from jangkau.messages import Message, number, render
from jangkau.reports.sentences import message_from_json

if TYPE_CHECKING:
    from jangkau.studies.survey import Surveyed

FIRST = 5
"""Stops listed under the table, by what they save."""


def print_survey(found: "Surveyed", language: str) -> None:
    """Print the headline, a row a team and day, the stops that save most, what is missing, and where the files are."""
    console, plan = Console(highlight=False), found.plan

    def say(code: str, **parameters: object) -> str:
        return render(Message(code, parameters), language)

    totals = {name: plan[name] for name in ("stops", "hours", "wrong_before", "wrong_after", "people")}
    console.print(Text(say("survey.headline", **totals), style="bold"))
    console.print(_days(plan, language))
    stops = sorted(
        (s for day in plan["days"] for s in day["stops"]), key=lambda s: (-s["fall_people"], s["place_code"])
    )
    for stop in stops[:FIRST]:
        line = Text(f"  {stop['name']} ", style="bold")
        line.append(f"({number(stop['fall_people'], ',.0f', language)}) ", style="#1b7f8c")
        line.append(render(message_from_json(**stop["why"]), language), style="default")
        console.print(line)
    if plan["stale"]["all"]:
        console.print(Text(say("survey.stale_planned", until=plan["counts_until"], **plan["stale"])))
    if plan["untested_districts"]:
        names = ", ".join(d["name"] for d in plan["untested_districts"])
        console.print(Text(say("survey.untested", districts=names), style="bold #a5224f"))
    for path in found.outputs:
        console.print(Text(f"  {path}"), soft_wrap=True)
    console.print(Text(say("survey.next"), style="dim"))


def _days(plan: dict[str, Any], language: str) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for name in ("team", "date", "leaves", "returns", "stops", "saves"):
        table.add_column(
            render(Message(f"survey.sheet.{name}"), language), justify="right" if name in ("stops", "saves") else "left"
        )
    for day in plan["days"]:
        saves = number(sum(stop["fall_people"] for stop in day["stops"]), ",.0f", language)
        hours = day["leaves"][11:16], day["returns"][11:16]
        table.add_row(day["team"], day["date"], *hours, str(len(day["stops"])), saves)
    return table
