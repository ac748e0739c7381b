"""Days and times as people write them, with the names of months in Indonesian or English."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from jangkau.sources.fields import Context, unfit
from jangkau.sources.spellings import MONTHS, ZONES

EXCEL_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - spreadsheets know no zones
EXCEL_DAYS = (20_000, 80_000)
"""Day numbers of the years 1954 to 2119."""

CENTURY = 2000
"""Of years that are written with two digits, as in 27-Nov-24."""

_WEEKDAY = re.compile(
    r"(senin|selasa|rabu|kamis|jum.?at|sabtu|minggu|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\s*[,/]?\s*",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(\d{1,2})[\s./-]*([a-z]{3,9})\.?[\s./,-]*(\d{4}|\d{2})(?!\d)", re.IGNORECASE)
_MONTH_FIRST = re.compile(r"([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})", re.IGNORECASE)
_CLOCK = re.compile(
    r"(?:(?:pukul|pkl|jam)\.?\s*)?(\d{1,2})[.:](\d{2})(?:[.:](\d{2}))?\s*(wib|wita|wit|z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)


def day(value: str, context: Context) -> date:
    """Return a date: 2024-11-27, 27/11/2024, 27-11-2024, 27.11.2024, 27 November 2024, 27-Nov-24, 2024-11, 2024, 45623.

    The last is a day as spreadsheets number it.
    """
    if re.fullmatch(r"\d{5}(\.0+)?", value) and EXCEL_DAYS[0] < float(value) < EXCEL_DAYS[1]:
        return (EXCEL_DAY_ZERO + timedelta(days=int(float(value)))).date()
    if re.fullmatch(r"\d{4}(-\d{1,2})?", value):
        value += "-01" if "-" in value else "-01-01"
    found = _split(value)
    if found is None:
        raise unfit("row.not_a_date")
    return found[0]


def _split(value: str) -> tuple[date, str] | None:
    """Return the day with which a text begins, and the rest of it."""
    text = _WEEKDAY.sub("", value, count=1) if _WEEKDAY.match(value) else value
    first = re.split(r"[T ,]", text, maxsplit=1)
    found = _numbered(first[0])
    if found is not None:
        return found, first[1] if len(first) > 1 else ""
    named = _NAMED.match(text)
    parts = (named[3], named[2], named[1]) if named else None
    if parts is None and (named := _MONTH_FIRST.match(text)) is not None:
        parts = (named[3], named[1], named[2])
    if parts is None or named is None or parts[1].lower() not in MONTHS:
        return None
    year = int(parts[0]) + (CENTURY if len(parts[0]) == 2 else 0)
    try:
        return date(year, MONTHS[parts[1].lower()], int(parts[2])), text[named.end() :]
    except ValueError:
        return None


def _numbered(value: str) -> date | None:
    parts = re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", value)
    year_month_day = parts.groups() if parts else None
    if year_month_day is None:
        parts = re.fullmatch(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", value)
        year_month_day = parts.groups()[::-1] if parts else None
    if year_month_day is None:
        return None
    try:
        return date(*(int(part) for part in year_month_day))
    except ValueError:
        return None


def time(value: str, context: Context) -> datetime:
    """Return a UTC time; one without a zone is taken in the region's zone, or refused where none was given."""
    found = _time_of(value)
    if found is None:
        raise unfit("row.not_a_time")
    if found.tzinfo is None:
        if context.timezone is None:
            raise unfit("row.no_time_zone")
        found = found.replace(tzinfo=ZoneInfo(context.timezone))
    return found.astimezone(UTC)


def _time_of(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        pass
    if re.fullmatch(r"\d{5}\.\d+", value) and EXCEL_DAYS[0] < float(value) < EXCEL_DAYS[1]:
        return EXCEL_DAY_ZERO + timedelta(seconds=round(float(value) * 86_400.0))
    found = _split(value)
    if found is None:
        return None
    rest = found[1].lstrip(" ,;-/T").rstrip()
    if not rest:
        return datetime.combine(found[0], datetime.min.time())
    clock = _CLOCK.fullmatch(rest)
    if clock is None:
        return None
    zone = (clock[4] or "").lower()
    text = f"{found[0].isoformat()}T{int(clock[1]):02d}:{clock[2]}:{clock[3] or '00'}{ZONES.get(zone, zone)}"
    try:
        return datetime.fromisoformat(text.replace("z", "+00:00"))
    except ValueError:
        return None
