"""How one field of a row is read: each parser returns a value or says what is wrong and what to do."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from jangkau.geo import Bounds
from jangkau.messages import Message

if TYPE_CHECKING:
    from jangkau.sources.tables import Context, Parser

EXCEL_DAY_ZERO = date(1899, 12, 30)
FAR_OUTSIDE_DEG = 0.45
"""About 50 km: a tower that far outside the region may still serve it."""


class UnfitError(Exception):
    """A field or row that cannot be used, with the reason and the remedy; never leaves this room."""

    def __init__(self, reason: Message, remedy: Message, field: str = "", value: str = "") -> None:
        super().__init__(reason.code)
        self.reason, self.remedy, self.field, self.value = reason, remedy, field, value


def unfit(code: str, field: str = "", value: str = "", **parameters: object) -> UnfitError:
    """Return the refusal of a code; its remedy has the same code and ``.remedy``."""
    return UnfitError(Message(code, parameters), Message(f"{code}.remedy", parameters), field, value)


def text(value: str, context: "Context") -> str:
    """Return a text as it stands."""
    return value


def _float(value: str, context: "Context") -> float:
    plain = value.replace("\u00a0", "").replace(" ", "").replace("−", "-")
    if "," in plain and ("." not in plain or plain.rfind(",") > plain.rfind(".")):
        plain = plain.replace(".", "").replace(",", ".")
    elif "," in plain:
        plain = plain.replace(",", "")
    try:
        number = float(plain)
    except ValueError as error:
        raise unfit("row.not_a_number", value=value) from error
    if number != number or number in (float("inf"), float("-inf")):
        raise unfit("row.not_a_number", value=value)
    return number


def number(low: float, high: float, *, unit: str = "") -> "Parser":
    """Return a parser of numbers from `low` to `high`."""

    def parse(value: str, context: "Context") -> float:
        found = _float(value, context)
        if not low <= found <= high:
            raise unfit("row.out_of_range", low=low, high=high, unit=unit)
        return found

    return parse


def integer(low: int, high: int) -> "Parser":
    """Return a parser of whole numbers from `low` to `high`; 1.234 in a comma-decimal file is one thousand."""

    def parse(value: str, context: "Context") -> int:
        if context.decimal_comma and re.fullmatch(r"\d{1,3}(\.\d{3})+", value):
            value = value.replace(".", "")
        found = _float(value, context)
        if found != int(found):
            raise unfit("row.not_whole")
        if not low <= found <= high:
            raise unfit("row.out_of_range", low=low, high=high, unit="")
        return int(found)

    return parse


def frequency_mhz(value: str, context: "Context") -> float:
    """Return a frequency in MHz; Hz and GHz are recognised and refused."""
    found = _float(value, context)
    if not 30.0 <= found <= 6000.0:
        unit = "Hz" if found > 1e7 else "kHz" if found > 6000.0 else "GHz"
        raise unfit("row.frequency", unit=unit)
    return found


def antenna_height_m(value: str, context: "Context") -> float:
    """Return an antenna height in metres above ground; what can only be feet is refused."""
    found = _float(value, context)
    if not 1.0 <= found < 350.0:
        raise unfit("row.antenna_height", feet=found * 0.3048)
    return found


def day(value: str, context: "Context") -> date:
    """Return a date written 2024-11-27, 27/11/2024, 27-11-2024, 27.11.2024 or as an Excel day number."""
    for pattern in (
        r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
        r"(?P<d>\d{1,2})[/.-](?P<m>\d{1,2})[/.-](?P<y>\d{4})",
    ):
        match = re.fullmatch(pattern, value.split("T")[0])
        if match:
            try:
                return date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError as error:
                raise unfit("row.not_a_date") from error
    if re.fullmatch(r"\d{5}", value):
        return EXCEL_DAY_ZERO + timedelta(days=int(value))
    if re.fullmatch(r"\d{4}(-\d{2})?", value):
        return date(int(value[:4]), int(value[5:] or 1), 1)
    raise unfit("row.not_a_date")


def time(value: str, context: "Context") -> datetime:
    """Return a UTC time; one without a zone is taken in the region's zone."""
    try:
        found = datetime.fromisoformat(value.replace(" ", "T", 1))
    except ValueError as error:
        raise unfit("row.not_a_time", zone=context.timezone) from error
    if found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo(context.timezone))
    return found.astimezone(UTC)


def choice(known: tuple[str, ...], spellings: dict[str, str] | None = None) -> "Parser":
    """Return a parser of one of some words, whatever their case."""
    lower = {word.lower(): word for word in known} | (spellings or {})

    def parse(value: str, context: "Context") -> str:
        found = lower.get(value.strip().lower().replace(" ", "_"), lower.get(value.strip().lower()))
        if found is None:
            raise unfit("row.unknown_word", known=", ".join(known))
        return found

    return parse


def truth(value: str, context: "Context") -> bool:
    """Return true or false from 1/0, true/false, yes/no, ya/tidak, up/down."""
    word = value.strip().lower()
    if word in ("1", "true", "yes", "ya", "y", "up"):
        return True
    if word in ("0", "false", "no", "tidak", "n", "down"):
        return False
    raise unfit("row.unknown_word", known="ya, tidak")


def degrees(value: str, context: "Context") -> float:
    """Return degrees from decimal degrees, or degrees, minutes and seconds with a letter (0°31'12" LU, 117 30 E)."""
    parts = re.fullmatch(
        r"\s*(-?\d+(?:[.,]\d+)?)\s*(?:°|º|d|\s)\s*(\d+(?:[.,]\d+)?)?\s*(?:['′m]|\s)?\s*(\d+(?:[.,]\d+)?)?\s*[\"″s]?\s*"
        r"(LU|LS|BT|BB|N|S|E|W|U|T|B)?\s*",
        value,
        re.IGNORECASE,
    )
    if not parts or (parts[2] is None and parts[4] is None):
        return _float(value, context)
    numbers = [float((part or "0").replace(",", ".")) for part in parts.groups()[:3]]
    size = abs(numbers[0]) + numbers[1] / 60.0 + numbers[2] / 3600.0
    negative = numbers[0] < 0 or (parts[4] or "").upper() in ("S", "LS", "W", "B", "BB")
    return -size if negative else size


def operator(value: str, context: "Context") -> str:
    """Return the name of an operator as the region's list writes it."""
    known = {name.lower(): name for name in context.surroundings.operators}
    if not known:
        return value
    if value.lower() not in known:
        raise unfit("row.unknown_operator", known=", ".join(context.surroundings.operators))
    return known[value.lower()]


def village(value: str, context: "Context") -> str:
    """Return a village code; a name leads to one only where a single village has it."""
    around = context.surroundings
    if around.village_codes is None or value in around.village_codes:
        return value
    by_name = around.village_aliases.get(value.lower())
    if by_name is not None:
        return by_name
    raise unfit("row.unknown_village")


def existing(codes_of: "Callable[[Context], frozenset[str] | None]", noun: str) -> "Parser":
    """Return a parser of codes that must be known already."""

    def parse(value: str, context: "Context") -> str:
        known = codes_of(context)
        if known is not None and value not in known:
            raise unfit("row.unknown_code", noun=Message(f"kind.{noun}"))
        return value

    return parse


def check_position(values: dict[str, Any], context: "Context", *, margin_deg: float = 0.02) -> None:
    """Refuse a position that is in metres, swapped, or far from the region; both coordinates or none."""
    longitude, latitude = values.get("longitude"), values.get("latitude")
    if (longitude is None) != (latitude is None):
        raise unfit("row.half_position", "longitude" if longitude is None else "latitude")
    if longitude is None or latitude is None:
        return
    said = f"{longitude:g}, {latitude:g}"
    if abs(longitude) > 360.0 or abs(latitude) > 360.0:
        raise unfit("row.metres", "longitude", said)
    bounds = context.surroundings.bounds
    if bounds is not None and not bounds.widened(margin_deg).contains(longitude, latitude):
        if bounds.widened(margin_deg).contains(latitude, longitude):
            raise unfit("row.swapped", "longitude", said, longitude=latitude, latitude=longitude)
        raise unfit("row.outside", "longitude", said, bounds=_said(bounds))
    if abs(longitude) > 180.0 or abs(latitude) > 90.0:
        raise unfit("row.no_position", "longitude", said)


def check_land(values: dict[str, Any], context: "Context") -> None:
    """Refuse what stands in the sea."""
    is_sea = context.surroundings.is_sea
    longitude, latitude = values.get("longitude"), values.get("latitude")
    if (
        is_sea is not None
        and longitude is not None
        and latitude is not None
        and bool(is_sea([longitude], [latitude])[0])
    ):
        raise unfit("row.at_sea", "longitude", f"{longitude:g}, {latitude:g}")


def check_validity(values: dict[str, Any]) -> None:
    """Refuse a fact that ends before it begins."""
    start, end = values.get("valid_from"), values.get("valid_to")
    if start is not None and end is not None and end < start:
        raise unfit("row.ends_before_it_begins", "valid_to", end.isoformat(), valid_from=start)


def _said(bounds: Bounds) -> str:
    return ", ".join(f"{edge:.2f}" for edge in bounds)
