"""How people write what every kind of table may hold: nothing, names of areas, operators, months and units."""

import re

EMPTY = frozenset(("", "-", "NA", "na", "N/A", "n/a", "#N/A", "NULL", "null", "NaN", "nan"))
"""What people write where they have no value; in a text, only these stand for none."""

NOTHING = frozenset(
    (
        "--", "---", "–", "—", "_", "?", "...", "…", "n.a.", "n.a", "n/a", "na", "#n/a", "null", "nil", "none", "#ref!",
        "#value!", "#div/0!", "#name?", "tidak ada", "tdk ada", "tidak ada data", "belum ada", "belum ada data",
        "kosong", "nihil", "tidak diketahui", "belum diketahui", "tidak tahu", "unknown", "not available", "no data",
        "blank",
    )
)  # fmt: skip
"""Words, in lower case, by which people say the same where no word but a number, a code or a day belongs."""

_PREFIX = re.compile(
    r"^(?:(?:desa|ds|kelurahan|kel|kecamatan|kec|distrik|kabupaten|kab|kampung administratif)\b\.?\s*(?:/\s*)?)+",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"[\W_]+")
_ZEROS = re.compile(r"\b0+(?=\d)")


def without_area_word(name: str) -> str:
    """Return a name without desa, kel., kec. and the like before it."""
    return _PREFIX.sub("", name.strip()).strip() or name.strip()


def plain_name(name: str) -> str:
    """Return the name of a village or district in lower case, without kec., desa and the like, and without signs."""
    short = _SEPARATOR.sub(" ", _PREFIX.sub("", name.strip()).lower()).strip()
    return short or _SEPARATOR.sub(" ", name.lower()).strip()


def plain_title(name: str) -> str:
    """Return the name of a place in lower case, without signs and without zeros before numbers: TPS 001 is TPS 1."""
    return _ZEROS.sub("", _SEPARATOR.sub(" ", name.lower()).strip())


OPERATORS: tuple[frozenset[str], ...] = (
    frozenset(("telkomsel", "tsel", "t-sel", "simpati", "kartu as", "by.u", "byu")),
    frozenset(
        ("ioh", "indosat", "isat", "indosat ooredoo", "indosat ooredoo hutchison", "im3", "im3 ooredoo", "mentari",
         "tri", "3", "three", "hutchison", "h3i")
    ),
    frozenset(("xl", "xl axiata", "axis", "xl-axiata", "excelcom")),
    frozenset(("smartfren", "smart", "sf", "smartfren telecom")),
    frozenset(("xlsmart", "xl smart", "pt xlsmart telecom sejahtera")),
)  # fmt: skip
"""Names of one operator, in lower case: companies, short forms and brands of SIM cards."""


def operator_key(name: str) -> str:
    """Return what all names of one operator have in common: the first of them in the order of letters."""
    plain = name.strip().lower()
    return min(next((spelt for spelt in OPERATORS if plain in spelt), frozenset((plain,))))


MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari jan january", "februari feb pebruari peb february", "maret mar march", "april apr", "mei may",
            "juni jun june", "juli jul july", "agustus agu agt ags aug august", "september sep sept",
            "oktober okt oct october", "november nov nop nopember", "desember des dec december",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip

ZONES = {"wib": "+07:00", "wita": "+08:00", "wit": "+09:00"}
"""Names of the zones of Indonesia."""

UNITS: dict[str, tuple[str, ...]] = {
    "m": ("m", "meter", "metre", "metres", "mtr", "mdpl"),
    "dBm": ("dbm",),
    "dBi": ("dbi",),
    "dB": ("db",),
    "MHz": ("mhz",),
    "deg": ("°", "derajat", "deg", "degree", "degrees"),
    "Mbit/s": ("mbps", "mbit/s", "mb/s", "mbit", "mbps."),
    "ms": ("ms", "msec", "milidetik"),
    "%": ("%", "persen", "percent"),
    "h": ("h", "jam", "hour", "hours"),
    "d": ("hari", "d", "days"),
    "people": ("jiwa", "orang", "people", "pemilih", "kk"),
    "IDR": ("idr", "rp"),
}
"""Units by the one that a column is in, and how people write that same unit behind a number."""
