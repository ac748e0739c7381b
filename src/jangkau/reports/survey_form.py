"""The planned tests as an XLSForm, which ODK Collect and KoboToolbox fill in without a network.

One submission a place, with one repeat an operator. The names of its questions are the columns of ``visits.csv``: the
table of the repeat that the server exports is imported as it is.
"""

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

from jangkau.messages import LANGUAGES, Message, render
from jangkau.records import SERVICES
from jangkau.reports.survey_files import Outing, settle

TONGUES = {"id": "Bahasa Indonesia (id)", "en": "English (en)"}
POWERS = ("pln", "solar", "generator", "none")

Row = dict[str, str]


def write_form(path: Path, outings: Sequence[Outing], operators: Sequence[str]) -> Path:
    """Write the form of a plan; the same plan gives the same bytes.

    Parameters
    ----------
    path : Path
        Ending in .xlsx.
    outings : sequence of Outing
    operators : sequence of str
        Those that a test may be of.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    labels = [f"label::{TONGUES[language]}" for language in LANGUAGES]
    survey = [
        "type", "name", *labels, "required", "relevant", "constraint", "calculation", "choice_filter",
        "parameters",
    ]  # fmt: skip
    _sheet(book, "survey", survey, _questions())
    _sheet(book, "choices", ["list_name", "name", *labels, "team"], _choices(outings, operators))
    day = min((outing.date for outing in outings), default="")
    settings = {
        "form_title": "Jangkau", "form_id": "jangkau_survey", "version": day.replace("-", ""),
        "default_language": TONGUES[LANGUAGES[0]],
    }  # fmt: skip
    _sheet(book, "settings", list(settings), [settings])
    book.save(path)
    settle(path)
    return path


def _sheet(book: Workbook, title: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    page = book.create_sheet(title)
    page.append(list(columns))
    for row in rows:
        page.append([None] * len(columns))
        for count, column in enumerate(columns, 1):
            if row.get(column):
                cell = page.cell(page.max_row, count)
                cell.value, cell.data_type = row[column], "s"


def _question(kind: str, name: str, **more: str) -> Row:
    """Return a question whose label is the sentence ``survey.form.<name>``."""
    said = {f"label::{TONGUES[language]}": render(Message(f"survey.form.{name}"), language) for language in LANGUAGES}
    return {"type": kind, "name": name} | said | more


def _questions() -> list[Row]:
    signal = "${service} != 'none'"
    return [
        _question("select_one team", "team", required="yes"),
        _question("select_one place", "place", required="yes", choice_filter="team=${team}"),
        _question("dateTime", "when", required="yes"),
        _question("geopoint", "position"),
        _question("select_one power", "power"),
        _question("image", "photo", parameters="max-pixels=1600"),
        _question("begin repeat", "visits"),
        {"type": "calculate", "name": "place_id", "calculation": "${place}"},
        {"type": "calculate", "name": "time", "calculation": "${when}"},
        {"type": "calculate", "name": "tester", "calculation": "${team}"},
        _question("select_one operator", "operator", required="yes"),
        _question("select_one service", "service", required="yes"),
        _question("select_one technology", "technology", relevant=signal),
        _question("integer", "rsrp_dbm", relevant=signal, constraint=". >= -140 and . <= -40"),
        _question("decimal", "download_mbps", relevant=signal, constraint=". >= 0"),
        _question("decimal", "upload_mbps", relevant=signal, constraint=". >= 0"),
        {"type": "end repeat"},
    ]


def _choices(outings: Sequence[Outing], operators: Sequence[str]) -> list[Row]:
    rows = [_choice("team", team, team) for team in dict.fromkeys(o.team for o in outings)]
    for outing in outings:
        for stop in outing.stops:
            label = f"{outing.date} {stop.order}. {stop.name} ({stop.village_name or stop.place_code})"
            rows.append(_choice("place", stop.place_code, label) | {"team": outing.team})
    rows += [_choice("operator", operator, operator) for operator in operators]
    rows += [_worded("service", word) for word in SERVICES]
    rows += [_choice("technology", word, word) for word in ("2G", "3G", "4G", "5G")]
    return rows + [_worded("power", word) for word in POWERS]


def _choice(kind: str, name: str, label: str) -> Row:
    return {"list_name": kind, "name": name} | {f"label::{TONGUES[language]}": label for language in LANGUAGES}


def _worded(kind: str, word: str) -> Row:
    labels = {
        f"label::{TONGUES[language]}": render(Message(f"survey.{kind}.{word}"), language) for language in LANGUAGES
    }
    return {"list_name": kind, "name": word} | labels
