"""What is known of villages and districts besides their outlines, and the list of remote (3T) villages."""

from jangkau.records import District, Record, Village
from jangkau.sources.fields import Context, area_name, integer, truth, unfit, village, village_by_name, village_code
from jangkau.sources.positions import Values
from jangkau.sources.reading import Origin
from jangkau.sources.rows import DATED, MADE, VALIDITY, Column, TableKind, record_of
from jangkau.sources.words import village_kind

PEOPLE = Column("population", "population", integer(0, 10_000_000, "people"), prefix=True)
STATIONS = Column("polling_stations", "polling_stations", integer(0, 100_000), prefix=True)


def kind_of(code: str) -> str:
    """Return whether a Kemendagri code is that of a desa or a kelurahan: its last part begins with 1 for the latter."""
    return "kelurahan" if code.rpartition(".")[2].startswith("1") else "desa"


def _village(values: Values, origin: Origin) -> list[Record]:
    return [Village(**(origin.stamp() | {"kind": kind_of(values["code"])} | values))]


def _remote(values: Values, origin: Origin) -> list[Record]:
    return _village({"remote": True} | values, origin)


def _named(values: Values, context: Context) -> None:
    if "code" not in values:
        raise unfit("row.missing", field="village_code", value="")


VILLAGES = TableKind(
    "villages",
    (
        Column("village_code", "code", village_code, required=True, other=("code",)),
        Column("village", "name", area_name, required=True, other=("name",)),
        Column("kind", "kind", village_kind),
        Column("district_code", "district_code", village_code),
        PEOPLE,
        STATIONS,
        Column("remote", "remote", truth),
        *VALIDITY,
        *DATED,
    ),
    _village,
    unique="village_code",
)
"""One village a row."""

VILLAGES_BY_NAME = TableKind(
    "villages_by_name",
    (
        Column("village", "code", village_by_name, required=True, other=("name",)),
        PEOPLE,
        STATIONS,
        Column("remote", "remote", truth),
        *DATED,
    ),
    _village,
    unique=MADE,
    any_of=("population", "polling_stations"),
    never=("village_code", "code", "id", "kind", "longitude", "status"),
)
"""What a list without codes says of villages that are known already, one a row, by name and district."""

DISTRICTS = TableKind(
    "districts",
    (
        Column("district_code", "code", village_code, required=True, other=("code",)),
        Column("district", "name", area_name, required=True, other=("name",)),
        PEOPLE,
        STATIONS,
        *VALIDITY,
        *DATED,
    ),
    record_of(District),
    unique="district_code",
)
"""One district a row."""

REMOTE_VILLAGES = TableKind(
    "remote_villages",
    (
        Column("village_code", "code", village, other=("code",)),
        Column("village", "code", village_by_name, other=("name",)),
        Column("remote", "remote", truth),
        *DATED,
    ),
    _remote,
    checks=(_named,),
    unique="village_code",
)
"""One remote village a row, by its code or by a name that only one has; those that are not listed stay as they are."""
