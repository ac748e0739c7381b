"""Teams that go out to test, from a table of the planner's: one row a team, every one complete or all refused."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from jangkau.errors import InputError
from jangkau.sources.fields import listed
from jangkau.sources.tables import Row, Table, read_table

REQUIRED = ("team", "start", "days", "speed_kmh")
USUAL_HOURS = 8.0
"""Of a day, where the table has no column or no value."""

MOST_DAYS, MOST_HOURS, MOST_KMH = 60, 24.0, 150.0


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team as the planner wrote it.

    Attributes
    ----------
    name : str
    start : str
        Code of the place, or of the village or district whose office it is, where each day starts and ends.
    days : int
        1 to `MOST_DAYS`.
    hours : float
        Of a day [h].
    speed_kmh : float
        On the road [km/h].
    """

    name: str
    start: str
    days: int
    hours: float
    speed_kmh: float


def read_teams(path: Path, starts: Collection[str]) -> list[TeamRow]:
    """Return the teams of a CSV or XLSX file, in the order of their names.

    Parameters
    ----------
    path : Path
        With the columns team, start, days, speed_kmh, and hours if a day has not eight of them.
    starts : collection of str
        Codes from which a team may start.

    Raises
    ------
    InputError
        Naming file, row, column and value of the first thing that cannot be used.
    """
    if not path.is_file():
        raise InputError("survey.no_teams_file", file=str(path))
    table = read_table(path)
    missing = [name for name in REQUIRED if name not in table.header]
    if missing:
        raise InputError(
            "survey.missing_columns", file=path.name, missing=", ".join(missing), seen=", ".join(table.header)
        )
    teams = [_team(table, row, starts) for row in table.rows()]
    names = [team.name for team in teams]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError("survey.team_twice", file=path.name, team=twice[0])
    return sorted(teams, key=lambda team: team.name)


def _team(table: Table, row: Row, starts: Collection[str]) -> TeamRow:
    def text(name: str) -> str:
        value = row.values.get(name, "").strip()
        if not value:
            raise InputError("survey.team_lacks", file=table.file, row=row.number, field=name)
        return value

    def number(name: str, most: float) -> float:
        written = text(name)
        try:
            value = float(written.replace(",", ".") if table.decimal_comma else written)
        except ValueError:
            value = math.nan
        if not 0.0 < value <= most:
            raise InputError(
                "survey.team_number", file=table.file, row=row.number, field=name, value=written, most=most
            )
        return value

    start = text("start")
    if start not in starts:
        some = listed(sorted(starts))
        raise InputError("survey.unknown_start", file=table.file, row=row.number, value=start, known=some)
    days = number("days", MOST_DAYS)
    if days != int(days):
        raise InputError(
            "survey.team_number", file=table.file, row=row.number, field="days", value=text("days"), most=MOST_DAYS
        )
    hours = number("hours", MOST_HOURS) if row.values.get("hours", "").strip() else USUAL_HOURS
    return TeamRow(text("team"), start, int(days), hours, number("speed_kmh", MOST_KMH))
