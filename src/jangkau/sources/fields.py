"""How one field of a row is read: each parser returns a value, or raises `UnfitError` with a reason and a remedy."""

import difflib
import re
import uuid
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from jangkau.messages import Message
from jangkau.records import ANY_OPERATOR
from jangkau.sources.reading import Refusal, Surroundings
from jangkau.sources.spellings import NOTHING, OPERATORS, UNITS, plain_name, plain_title, without_area_word
from jangkau.units import FOOT_M

TALL_M, TOO_TALL_M = 150.0, 350.0
"""An antenna above the first is odd, above the second it is given in feet: no tower of Indonesia is that high."""

LONGEST_SHORT_NAME = 3
"""Letters of a name in capitals that stays so."""

ROMAN = re.compile(r"(?=[IVX])X{0,3}(IX|IV|V?I{0,3})")

LIST_SHOWN = 12
MOST_SAID = 40
"""Characters shown of a row that is passed over."""


@dataclass(slots=True)
class Context:
    """What a row may be checked against while a table is read, and what was noticed on the way.

    Attributes
    ----------
    surroundings : Surroundings
    timezone : str or None
        IANA name of the zone of times that state none; None: such times are refused.
    source_date : date or None
        The day that the file speaks of, where that was said.
    decimal_comma : bool
        How the table writes decimals.
    row : int
        The row being read.
    cells : mapping
        Its cells as text.
    exact : bool
        Whether the cell being read is escaped: then a code in it is as it stands, and was never a number.
    remarks : dict
        Message code to the rows of which it holds.
    """

    surroundings: Surroundings = field(default_factory=Surroundings)
    timezone: str | None = None
    source_date: date | None = None
    decimal_comma: bool = False
    row: int = 0
    cells: Mapping[str, str] = field(default_factory=dict)
    exact: bool = False
    remarks: dict[str, list[int | str]] = field(default_factory=dict)

    def remark(self, code: str) -> None:
        """Remember that something holds of this row, which is kept all the same."""
        self.remarks.setdefault(code, []).append(self.row)

    def remark_row(self, code: str, said: str) -> None:
        """Remember a row that is passed over, with what it says."""
        self.remarks.setdefault(code, []).append(f"{self.row}: {said[:MOST_SAID]}")

    def notes(self) -> list[Message]:
        """Return a message for each remark: how many rows, and the first of them."""
        return [Message(code, {"count": len(rows), "rows": listed(rows)}) for code, rows in self.remarks.items()]


Parser = Callable[[str, Context], Any]


class UnfitError(Exception):
    """A field or row that cannot be used; it becomes a `Refusal` and never leaves this room."""

    def __init__(self, code: str, remedy: str, parameters: Mapping[str, object]) -> None:
        super().__init__(code)
        self.code, self.remedy, self.parameters = code, remedy, parameters

    def refusal(self, row: int, field: str, value: str) -> Refusal:
        """Return the refusal of a row; the parameters may name another field and value."""
        said = {"field": field, "value": value} | dict(self.parameters)
        reason, remedy = Message(self.code, said), Message(self.remedy, said)
        return Refusal(row, str(said["field"]), str(said["value"]), reason, remedy)


class LeftOutError(Exception):
    """A row that is no mistake but is not wanted; it is counted in a remark."""


def unfit(code: str, remedy: str = "", **parameters: object) -> UnfitError:
    """Return the trouble ``row.<what>``; its remedy is ``row.<what>.remedy`` unless another is named."""
    what = code.partition(".")[2]
    return UnfitError(code, remedy or f"row.{what}.remedy", parameters)


def listed(items: Any) -> str:
    """Return a short list of many things."""
    shown = [str(item) for item in items]
    return ", ".join(shown[:LIST_SHOWN]) + (" ..." if len(shown) > LIST_SHOWN else "")


def text(value: str, context: Context) -> str:
    """Return a text as it stands."""
    return value


def area_name(value: str, context: Context) -> str:
    """Return the name of a village or district without the word before it; one in capitals is written as a name."""
    if context.exact:
        return value
    name = without_area_word(value)
    if not name.isupper() or len(name) <= LONGEST_SHORT_NAME:
        return name
    return " ".join(word if ROMAN.fullmatch(word) or word.isdigit() else word.capitalize() for word in name.split())


def code(value: str, context: Context) -> str:
    """Return a code; one that a spreadsheet turned into a decimal number (6404.0) is mended, 6.4E+09 is refused."""
    if context.exact:
        return value
    if value.lower() in NOTHING:
        raise unfit("row.missing")
    if re.fullmatch(r"\d+\.0+", value):
        context.remark("note.code_was_number")
        return value.partition(".")[0]
    if re.fullmatch(r"\d+([.,]\d+)?[eE]\+?\d+", value):
        raise unfit("row.mangled_code")
    return value


def village_code(value: str, context: Context) -> str:
    """Return the code of a village as such, known or not; a decimal number such as 64.08 is refused."""
    found = code(value, context)
    if not context.exact and re.fullmatch(r"\d+[.,]\d+", found):
        raise unfit("row.mangled_code")
    return found


def record_id(value: str, context: Context) -> str | None:
    """Return the id of a record born elsewhere if it is a UUID, else None: the record gets a new one."""
    try:
        return str(uuid.UUID(value)) if len(value) == 36 else None
    except ValueError:
        return None


def as_float(value: str, context: Context) -> float:
    """Return a number: 1.5, 1,5, 1.234,5 and 1,234.5 are all understood."""
    try:
        number = float(value)
    except ValueError:
        number = _float_of(value, context)
    if number != number or abs(number) == float("inf"):
        raise unfit("row.not_a_number")
    return number


def _float_of(value: str, context: Context) -> float:
    plain = re.sub(r"[\s\u00a0']", "", value).replace("\u2212", "-")
    thousands = re.fullmatch(r"-?\d{1,3}(,\d{3})+", plain) and not context.decimal_comma
    if thousands or ("," in plain and "." in plain and plain.rfind(".") > plain.rfind(",")):
        plain = plain.replace(",", "")
    elif "," in plain or plain.count(".") > 1:
        plain = plain.replace(".", "").replace(",", ".")
    try:
        return float(plain)
    except ValueError as error:
        raise unfit("row.not_a_number") from error


def number(low: float, high: float, unit: str = "") -> Parser:
    """Return a parser of numbers from `low` to `high` in a unit, which may stand behind them."""

    def parse(value: str, context: Context) -> float:
        found = as_float(_without_unit(value, unit), context)
        if not low <= found <= high:
            raise unfit("row.out_of_range", low=low, high=high, unit=unit)
        return found

    return parse


def _without_unit(value: str, unit: str) -> str:
    """Return a number without the unit behind it if it is the one that is meant: -95 dBm, 20 Mbps, 1.234 jiwa."""
    parts = re.fullmatch(r"(.*\d)\s*([^\d\s][^\d]*?)\.?", value)
    return parts[1] if parts and parts[2].lower() in UNITS.get(unit, ()) else value


def integer(low: int, high: int, unit: str = "") -> Parser:
    """Return a parser of whole numbers from `low` to `high`; 1.234 and 1,234 are a thousand and more."""

    def parse(value: str, context: Context) -> int:
        value = _without_unit(value, unit)
        if re.fullmatch(r"[1-9]\d{0,2}([.,])\d{3}(\1\d{3})*", value):
            if "." in value and not context.decimal_comma:
                context.remark("note.thousands")
            value = re.sub(r"[.,]", "", value)
        found = as_float(value, context)
        if found != int(found):
            raise unfit("row.not_whole")
        if found < 0 <= low:
            raise unfit("row.negative")
        if not low <= found <= high:
            raise unfit("row.out_of_range", low=low, high=high, unit="")
        return int(found)

    return parse


def frequency_mhz(value: str, context: Context) -> float:
    """Return a frequency from 30 to 6000 MHz; Hz, kHz and GHz are recognised and refused."""
    found = as_float(_without_unit(value, "MHz"), context)
    if 30.0 <= found <= 6000.0:
        return found
    for unit, factor in (("GHz", 1e3), ("kHz", 1e-3), ("Hz", 1e-6)):
        if 300.0 <= found * factor <= 6000.0:
            raise unfit("row.frequency_unit", unit=unit, mhz=found * factor)
    raise unfit("row.frequency")


def azimuth_deg(value: str, context: Context) -> float:
    """Return a direction from 0 up to, but not, 360 degrees; 360 is north like 0."""
    found = as_float(_without_unit(value, "deg"), context)
    if not 0.0 <= found <= 360.0:
        raise unfit("row.azimuth")
    return found % 360.0


def antenna_height_m(value: str, context: Context) -> float | None:
    """Return an antenna height above ground [m]; 0 is unknown, what can only be feet is refused, odd is remarked."""
    found = as_float(_without_unit(value, "m"), context)
    if found >= TOO_TALL_M:
        raise unfit("row.height_in_feet", metres=found * FOOT_M)
    if found == 0.0:
        context.remark("note.height_zero")
        return None
    if found < 0.0:
        raise unfit("row.height_not_positive")
    if found > TALL_M:
        context.remark("note.tall_antenna")
    return found


def choice(known: tuple[str, ...], spellings: Mapping[str, str] | None = None) -> Parser:
    """Return a parser of one of some words, whatever their case; `spellings` (lower case) lead to a word."""
    lower = {word.lower(): word for word in known} | dict(spellings or {})

    def parse(value: str, context: Context) -> str:
        word = value.lower()
        found = lower.get(word) or lower.get(re.sub(r"[\s-]+", "_", word)) or lower.get(word.replace("_", " "))
        if found is None:
            raise unfit("row.unknown_word", known=", ".join(known))
        return found

    return parse


TRUE_WORDS = dict.fromkeys(("1", "true", "yes", "ya", "y", "up", "hidup", "x"), "yes")
FALSE_WORDS = dict.fromkeys(("0", "false", "no", "tidak", "n", "down", "mati"), "no")
_yes_or_no = choice(("yes", "no"), TRUE_WORDS | FALSE_WORDS)


def truth(value: str, context: Context) -> bool:
    """Return true or false from 1/0, true/false, yes/no, ya/tidak, up/down."""
    return bool(_yes_or_no(value, context) == "yes")


DEGREES = re.compile(
    r"(?P<before>[NSEWUTB]|LU|LS|BT|BB)?[\s:]*(?P<d>-?\d+(?:[.,]\d+)?)\s*(?:[°º˚d\s]|(?=[A-Z])|$)\s*(?:(?P<m>\d+(?:[.,]\d+)?)\s*['′’m\s]\s*)?"
    r"(?:(?P<s>\d+(?:[.,]\d+)?)\s*(?:[\"″”]|'')?\s*)?(?P<after>N|S|E|W|U|T|B|LU|LS|BT|BB)?",
    re.IGNORECASE,
)
NEGATIVE_SIDES = ("S", "LS", "W", "B", "BB")


def degrees(value: str, context: Context) -> float:
    """Return degrees from decimals, or from degrees, minutes and seconds with a letter: 0°31'12" LU, 117 30 E."""
    try:
        return float(value)
    except ValueError:
        pass
    parts = DEGREES.fullmatch(value.strip())
    if parts is None:
        return as_float(value, context)
    if not (parts["before"] or parts["after"] or parts["m"]) and "°" not in value:
        return as_float(value, context)
    d, m, s = (float((parts[name] or "0").replace(",", ".")) for name in ("d", "m", "s"))
    if m >= 60.0 or s >= 60.0:
        raise unfit("row.not_a_number")
    side = (parts["before"] or parts["after"] or "").upper()
    whole = abs(d) + m / 60.0 + s / 3600.0
    return -whole if parts["d"].startswith("-") or side in NEGATIVE_SIDES else whole


def operator_or_any(value: str, context: Context) -> str:
    """Return an operator, or `any` for all of them together."""
    return ANY_OPERATOR if value.lower() in (ANY_OPERATOR, "semua") else operator(value, context)


def operator(value: str, context: Context) -> str:
    """Return an operator as the region's list writes it; a network code such as 510-10 leads to one."""
    around = context.surroundings
    known = {name.lower(): name for name in around.operators}
    found = known.get(value.lower()) or around.network_codes.get(value) or _same_operator(value, around.operators)
    if found is None and known:
        raise unfit("row.unknown_operator", known=", ".join(around.operators))
    if found is None and value.lower() in NOTHING:
        raise unfit("row.missing")
    return found or value


def _same_operator(value: str, names: Sequence[str]) -> str | None:
    """Return the one operator of which a text is another name, such as Tsel or Indosat; None: none, or several."""
    plain = re.sub(r"^pt\.?\s+|\s+tbk\.?$", "", value.lower().strip())
    group = next((spelt for spelt in OPERATORS if plain in spelt), frozenset())
    meant = [name for name in names if name.lower() in group]
    return meant[0] if len(meant) == 1 else None


def village(value: str, context: Context) -> str:
    """Return the code of a village that exists; a name leads to one only where a single village can be meant."""
    around = context.surroundings
    if around.village_codes is None and not around.village_aliases:
        return village_code(value, context)
    if around.village_codes is not None and value in around.village_codes:
        _compare_names(value, context)
        return village_code(value, context)
    return village_by_name(value, context)


def village_by_name(value: str, context: Context) -> str:
    """Return the code of the one village that has a name, in the district that the row names if it names one."""
    around = context.surroundings
    codes = around.village_aliases.get(plain_name(value), ())
    if not codes:
        raise _unknown_village(value, context)
    district = plain_name(context.cells.get("district", ""))
    if district in around.district_of.values():
        within = [code for code in codes if around.district_of.get(code) == district]
        if not within:
            there = listed(dict.fromkeys(around.district_of.get(code, "?").title() for code in codes))
            raise unfit("row.other_district", district=context.cells["district"], there=there, codes=listed(codes))
        codes = within
    elif district and around.district_of:
        context.remark("note.unknown_district")
    if len(codes) > 1:
        raise unfit("row.ambiguous_village", codes=listed(codes))
    return codes[0]


def _compare_names(code: str, context: Context) -> None:
    """Remark a row whose village has another name than its code says."""
    said = context.cells.get("village", "").strip()
    others = context.surroundings.village_aliases.get(plain_name(said), ()) if said else ()
    if others and code not in others:
        context.remark("note.name_of_another")


def _unknown_village(value: str, context: Context) -> UnfitError:
    """Return the refusal of a village, with the one that was probably meant."""
    aliases = context.surroundings.village_aliases
    known = context.surroundings.village_codes
    dotted = re.sub(r"^(\d\d)(\d\d)(\d\d)(\d{4})$", r"\1.\2.\3.\4", value)
    if dotted != value and known is not None and dotted in known:
        return unfit("row.unknown_village", "row.unknown_village.without_dots", meant=dotted)
    for said in (context.cells.get("village", ""), value):
        near = difflib.get_close_matches(plain_name(said), aliases, 1, 0.75) if said else []
        if near:
            meant = listed(aliases[near[0]])
            return unfit("row.unknown_village", "row.unknown_village.near", name=near[0].title(), meant=meant)
    return unfit("row.unknown_village")


def existing(codes_of: Callable[[Surroundings], Container[str] | None], noun: str) -> Parser:
    """Return a parser of codes that must exist already, of a noun in the plural, such as places."""

    def parse(value: str, context: Context) -> str:
        known = codes_of(context.surroundings)
        found = code(value, context)
        if known is not None and found not in known:
            raise unfit("row.unknown_code", noun=Message(f"kind.{noun}"))
        return found

    return parse


def existing_place(value: str, context: Context) -> str:
    """Return the code of a place that exists, by its code, or by a name that only one place has.

    A short name such as Kantor Desa or TPS 1 counts together with the village that the row names.
    """
    around = context.surroundings
    found = code(value, context)
    if around.place_codes is None or found in around.place_codes:
        return found
    area = plain_name(context.cells.get("village", ""))
    for name in (value, f"{value} {area}"):
        codes = around.place_aliases.get(plain_title(name), ())
        if len(codes) == 1:
            return codes[0]
        if codes:
            raise unfit("row.ambiguous_place", codes=listed(codes))
    raise unfit("row.unknown_code", noun=Message("kind.places"))


existing_link = existing(lambda around: around.link_codes, "links")
existing_remedy = existing(lambda around: around.remedy_codes, "remedies")
existing_stakeholder = existing(lambda around: around.stakeholder_codes, "stakeholders")
