"""The nouns of the domain. Each field is declared here once: name, type, unit, meaning; tables and docs follow it.

Identity. `id` is a UUIDv7 made where the record is born, so that sending twice stores once. `code` is the name that the
world uses for the thing (Kemendagri code, ECI, an operator's site id); one record names another by its `code`, which
survives corrections. Other codes and spellings of the same thing are `Alias` records; names are never keys.

Time. A fact that changes has `valid_from` (included) and `valid_to` (excluded). A correction is a new record whose
`corrects` is the `id` of the old one; nothing is overwritten. Times are UTC.
"""

import dataclasses
import secrets
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, ClassVar, Literal, TypeVar, get_args

PlaceKind = Literal["village_office", "district_office", "polling_station", "settlement", "school", "clinic", "other"]
Technology = Literal["2G", "3G", "4G", "5G"]
Service = Literal["none", "limited", "ok"]
Doubt = Literal["accuracy", "speed", "frozen"]
Environment = Literal["outdoor", "indoor", "vehicle"]
LinkStage = Literal["asked", "ordered", "fitted", "tested", "accepted", "ended"]
ClaimSubject = Literal["blank_spot", "tower", "no_grid_power", "office_internet", "other"]
StakeholderKind = Literal["operator", "power", "ministry", "isp", "government", "other"]
RemedyKind = Literal[
    "send_place", "carry", "strengthen_cell", "new_cell", "new_site", "repeater", "mobile_bts", "satellite", "fibre",
    "microwave", "bandwidth", "power", "other",
]  # fmt: skip
RemedyState = Literal["proposed", "chosen", "dropped"]
TaskKind = Literal["do", "test"]
TaskState = Literal["open", "done", "dropped"]
MarkState = Literal["sent", "moved", "by_radio", "waiting"]
RequestState = Literal["drafted", "asked", "answered", "agreed", "refused", "done", "withdrawn"]
Value = Literal["served", "weak", "none", "unknown", "partial"]
Quantity = Literal["signal", "office", "send"]
EvidenceKind = Literal["predicted", "tested", "claimed", "nothing"]

PLACE_KINDS: tuple[str, ...] = get_args(PlaceKind)
TECHNOLOGIES: tuple[str, ...] = get_args(Technology)
SERVICES: tuple[str, ...] = get_args(Service)
DOUBTS: tuple[str, ...] = get_args(Doubt)
LINK_STAGES: tuple[str, ...] = get_args(LinkStage)
MARK_STATES: tuple[str, ...] = get_args(MarkState)
CLAIM_SUBJECTS: tuple[str, ...] = get_args(ClaimSubject)
REQUEST_STATES: tuple[str, ...] = get_args(RequestState)
OPEN_REQUEST_STATES: tuple[str, ...] = ("drafted", "asked", "answered", "agreed")
REMEDY_KINDS: tuple[str, ...] = get_args(RemedyKind)
VALUES: tuple[str, ...] = get_args(Value)
ANY_OPERATOR = "any"
"""The operator of a grade that holds for all operators of the region together."""


def new_id(now: datetime, random_bits: int | None = None) -> str:
    """Return a UUIDv7 (RFC 9562, section 5.7) born at a time.

    Parameters
    ----------
    now : datetime
        With a zone; its milliseconds make ids sort by age.
    random_bits : int, optional
        74 bits for the random part; drawn from the system when None.
    """
    milliseconds = int(now.timestamp() * 1000)
    bits = uuid.uuid4().int if random_bits is None else random_bits
    value = (
        (milliseconds & (1 << 48) - 1) << 80
        | 0x7 << 76
        | (bits >> 62 & 0xFFF) << 64
        | 0b10 << 62
        | bits & (1 << 62) - 1
    )
    return str(uuid.UUID(int=value))


def described(meaning: str, unit: str = "", *, default: Any = dataclasses.MISSING, later: bool = False) -> Any:
    """Declare a field: what it means, its unit, its default if it may be missing, whether older stores lack it."""
    return dataclasses.field(default=default, metadata={"meaning": meaning, "unit": unit, "later": later})


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every stored record carries."""

    noun: ClassVar[str] = ""
    id: str = described("UUIDv7 made where the record was born")
    recorded_at: datetime = described("when the record was born", "UTC")
    source_id: str | None = described("the source it came from", default=None)
    source_date: date | None = described("the day the source speaks of", default=None)
    corrects: str | None = described("id of the record that this one replaces", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Record):
    """A record of something that exists for a time."""

    code: str = described("the name the world uses for it; other records refer to it by this")
    name: str | None = described("what people call it; never a key", default=None)
    valid_from: date | None = described(
        "first day on which it holds; None: since before anyone wrote it down", default=None
    )
    valid_to: date | None = described("first day on which it no longer holds; None: still holds", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Record):
    """A file as received: kept unchanged in the region folder, with what makes it trustworthy and usable."""

    noun: ClassVar[str] = "source"
    kind: str = described("what it was read as, such as terrain, places, cells, claims")
    original_name: str = described("file name as received")
    stored_path: str = described("path inside the region folder")
    sha256: str = described("SHA-256 of the bytes, hexadecimal")
    size_bytes: int = described("size", "byte")
    publisher: str = described("who published it", default="")
    licence: str = described("under which licence it may be used and passed on", default="")
    rows_read: int = described("rows or features seen", default=0)
    rows_kept: int = described("records made", default=0)
    rows_refused: int = described("rows refused, listed with their reasons", default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias(Record):
    """Another code or spelling of a thing."""

    noun: ClassVar[str] = "alias"
    of_noun: str = described("noun of the thing, such as village")
    of_code: str = described("code of the thing")
    scheme: str = described("who uses this code: name, kemendagri, bps, eci, operator, opencellid ...")
    alias: str = described("the other code or spelling")


@dataclass(frozen=True, slots=True, kw_only=True)
class Region(Fact):
    """Kabupaten: what publications say of the region as a whole; its settings are in `jangkau.toml`."""

    noun: ClassVar[str] = "region"
    population: int | None = described("residents", "people", default=None)
    polling_stations: int | None = described("polling stations", default=None)
    geometry_wkb: bytes | None = described("outline, WGS 84 longitude/latitude, WKB", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class District(Fact):
    """Kecamatan."""

    noun: ClassVar[str] = "district"
    population: int | None = described("residents", "people", default=None)
    polling_stations: int | None = described("polling stations", default=None)
    geometry_wkb: bytes | None = described("outline, WGS 84 longitude/latitude, WKB", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Village(Fact):
    """Desa or kelurahan."""

    noun: ClassVar[str] = "village"
    kind: str = described("desa or kelurahan", default="desa")
    district_code: str | None = described("code of its district", default=None)
    population: int | None = described("residents", "people", default=None)
    polling_stations: int | None = described("polling stations", default=None)
    remote: bool | None = described("on the user's list of remote (3T) villages", default=None)
    geometry_wkb: bytes | None = described("outline, WGS 84 longitude/latitude, WKB", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Fact):
    """A point that must be connected."""

    noun: ClassVar[str] = "place"
    kind: PlaceKind = described("what stands there")
    longitude: float | None = described("WGS 84", "deg", default=None)
    latitude: float | None = described("WGS 84", "deg", default=None)
    position_accuracy_m: float | None = described("radius within which it truly stands, 95 %", "m", default=None)
    village_code: str | None = described("code of its village", default=None)
    population: int | None = described("people who live there", "people", default=None)
    voters: int | None = described("registered voters", "people", default=None)
    power: str | None = described("what feeds it: pln, solar, generator, none", default=None)
    backup_hours: float | None = described("how long it lasts without its main power", "h", default=None)
    send_place_code: str | None = described("code of the place from which it sends if it cannot itself", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Fact):
    """A mast or tower with a position."""

    noun: ClassVar[str] = "site"
    longitude: float = described("WGS 84", "deg")
    latitude: float = described("WGS 84", "deg")
    position_accuracy_m: float | None = described("radius within which it truly stands, 95 %", "m", default=None)
    height_agl_m: float | None = described("top of the structure above ground", "m", default=None)
    power: str | None = described("what feeds it: pln, solar, generator, none", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell(Fact):
    """One transmitter on a site."""

    noun: ClassVar[str] = "cell"
    site_code: str = described("code of its site")
    operator: str = described("who runs it, a name of the region's operator list")
    technology: Technology = described("generation")
    frequency_mhz: float | None = described("centre of the downlink carrier", "MHz", default=None)
    bandwidth_mhz: float | None = described("carrier bandwidth", "MHz", default=None)
    longitude: float = described("WGS 84, of the antenna", "deg")
    latitude: float = described("WGS 84, of the antenna", "deg")
    position_accuracy_m: float | None = described("radius within which it truly stands, 95 %", "m", default=None)
    height_agl_m: float | None = described("antenna centre above ground", "m", default=None)
    power_dbm: float | None = described("power of the carrier at the antenna's port", "dBm", default=None)
    antenna_gain_dbi: float | None = described("peak gain", "dBi", default=None)
    eirp_dbm: float | None = described("radiated power of the carrier at the peak", "dBm", default=None)
    reference_signal_power_dbm: float | None = described(
        "power of one resource element at the antenna's port", "dBm", default=None
    )
    azimuth_deg: float | None = described(
        "direction of the peak, clockwise from true north; None: unknown or all round", "deg", default=None
    )
    electrical_downtilt_deg: float | None = described("electrical tilt, down positive", "deg", default=None)
    mechanical_downtilt_deg: float | None = described("mechanical tilt, down positive", "deg", default=None)
    horizontal_beamwidth_deg: float | None = described("width at -3 dB; 360: all round", "deg", default=None)
    vertical_beamwidth_deg: float | None = described("width at -3 dB", "deg", default=None)
    mcc: int | None = described("mobile country code", default=None)
    mnc: int | None = described("mobile network code", default=None)
    eci: int | None = described("E-UTRAN cell identity, or the cell id of another generation", default=None)
    pci: int | None = described("physical cell identity", default=None)
    earfcn: int | None = described("carrier number", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(Fact):
    """An internet connection of a place. A change of rate is a new dated record."""

    noun: ClassVar[str] = "link"
    place_code: str = described("code of the place it serves")
    upstream_link_code: str | None = described("code of the link it hangs on", default=None)
    medium: str | None = described("fibre, wireless, cellular, vsat, leo ...", default=None)
    provider: str | None = described("who runs it", default=None)
    payer: str | None = described("who pays for it", default=None)
    download_mbps: float | None = described("contracted rate to the place", "Mbit/s", default=None)
    upload_mbps: float | None = described("contracted rate from the place", "Mbit/s", default=None)
    stage: LinkStage = described("where it stands")
    temporary: bool | None = described("fitted for the occasion only", default=None)
    take_down_on: date | None = described("day on which a temporary link must be taken down", default=None)
    address: str | None = described(
        "what is checked to know whether it works: host, host:port, http(s)://..., or dns:name@server", default=None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement(Record):
    """One signal or throughput sample. A row that searched and found no service is evidence, not a missing value."""

    noun: ClassVar[str] = "measurement"
    time: datetime = described("when it was taken", "UTC")
    longitude: float = described("WGS 84", "deg")
    latitude: float = described("WGS 84", "deg")
    accuracy_m: float | None = described("of the position, 68 %", "m", default=None)
    speed_mps: float | None = described("of the device", "m/s", default=None)
    environment: str | None = described("outdoor, indoor, vehicle", default=None)
    operator: str = described("whose network")
    technology: Technology | None = described("generation", default=None)
    service: Service = described("what the phone had")
    cell_code: str | None = described("code of the cell, where known", default=None)
    eci: int | None = described("E-UTRAN cell identity", default=None)
    pci: int | None = described("physical cell identity", default=None)
    earfcn: int | None = described("carrier number", default=None)
    rsrp_dbm: float | None = described("reference signal received power", "dBm", default=None)
    rsrq_db: float | None = described("reference signal received quality", "dB", default=None)
    sinr_db: float | None = described("signal to interference and noise", "dB", default=None)
    download_mbps: float | None = described("received rate", "Mbit/s", default=None)
    upload_mbps: float | None = described("sent rate", "Mbit/s", default=None)
    latency_ms: float | None = described("round trip", "ms", default=None)
    loss_percent: float | None = described("packets lost", "%", default=None)
    sim_slot: int | None = described("which SIM", default=None)
    device: str | None = described("model of the device, never its number", default=None)
    app: str | None = described("what took it", default=None)
    ground_amsl_m: float | None = described("terrain where it was taken, as it says", "m", default=None, later=True)
    building_height_m: float | None = described(
        "height of what is built there, as it says", "m", default=None, later=True
    )
    clutter_class: int | None = described("class of that ground in the source's own legend", default=None, later=True)
    doubt: Doubt | None = described(
        "why its position is not to be relied on; None: nothing speaks against it", default=None, later=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit(Record):
    """The result of one field test at one place for one operator."""

    noun: ClassVar[str] = "visit"
    place_code: str = described("code of the place tested")
    time: datetime = described("when it was tested", "UTC")
    tester: str | None = described("who tested", default=None)
    method: str | None = described("phone screen, logger app, speed test ...", default=None)
    operator: str = described("whose network was tested")
    technology: Technology | None = described("generation", default=None)
    service: Service = described("what the phone had")
    rsrp_dbm: float | None = described("reference signal received power", "dBm", default=None)
    download_mbps: float | None = described("received rate", "Mbit/s", default=None)
    upload_mbps: float | None = described("sent rate", "Mbit/s", default=None)
    power: str | None = described("what fed the place during the test", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe(Record):
    """One automatic check of a link."""

    noun: ClassVar[str] = "probe"
    link_code: str = described("code of the link checked")
    time: datetime = described("when", "UTC")
    method: str = described("icmp, tcp, http, dns, agent")
    up: bool = described("whether it answered")
    download_mbps: float | None = described("measured rate to the place", "Mbit/s", default=None)
    upload_mbps: float | None = described("measured rate from the place", "Mbit/s", default=None)
    latency_ms: float | None = described("round trip", "ms", default=None)
    loss_percent: float | None = described("packets lost", "%", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Record):
    """What somebody published about a village or place; shown beside grades, never mixed into them."""

    noun: ClassVar[str] = "claim"
    village_code: str | None = described("code of the village it speaks of", default=None)
    place_code: str | None = described("code of the place it speaks of", default=None)
    subject: ClaimSubject = described("what it speaks of; tower: one that is planned, built, allocated or idle")
    statement: str = described("in the publisher's own terms")
    claimed_on: str = described("date or period as published", default="")
    publisher: str = described("address or name of the publication", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stakeholder(Fact):
    """Somebody who can be asked: an operator, PLN, a ministry, a provider, an office."""

    noun: ClassVar[str] = "stakeholder"
    kind: StakeholderKind = described("what they are")
    contact: str | None = described("how the office reaches them; no private number", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Fact):
    """A fact that people move on: each change is a new dated record that names who made it."""

    by: str | None = described("who took this step", default=None)
    note: str | None = described("in their own words", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy(Step):
    """A possible fix of a gap. It closes nothing: only a passing visit or probe does."""

    noun: ClassVar[str] = "remedy"
    village_code: str | None = described("code of the village whose gap it would close", default=None)
    place_code: str | None = described("code of the place whose gap it would close", default=None)
    quantity: Quantity = described("which of the three questions it is about")
    operator: str | None = described("whose network, or any", default=None)
    kind: RemedyKind = described("what would be done")
    state: RemedyState = described("whether it is chosen")
    longitude: float | None = described("WGS 84, of a new site", "deg", default=None)
    latitude: float | None = described("WGS 84, of a new site", "deg", default=None)
    cost_idr: float | None = described("what it costs", "IDR", default=None)
    lead_days: float | None = described("from the order to working", "d", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Step):
    """A dated step: something to do, or a test that must show that it worked."""

    noun: ClassVar[str] = "task"
    remedy_code: str = described("code of the remedy it belongs to")
    kind: TaskKind = described("do or test")
    state: TaskState = described("where it stands; a test task is closed by evidence alone")
    place_code: str | None = described("code of the place where", default=None)
    assignee: str | None = described("who shall do it", default=None)
    due: date | None = described("day by which", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Step):
    """An ask to a stakeholder and where it stands."""

    noun: ClassVar[str] = "request"
    stakeholder_code: str = described("code of the stakeholder asked")
    remedy_code: str | None = described("code of the remedy it would bring about", default=None)
    state: RequestState = described("where it stands")
    asked_on: date | None = described("day of asking", default=None)
    answer_due: date | None = described("day by which an answer is due", default=None)
    documents: str | None = described(
        "letters and answers: paths inside the region folder, separated by ;", default=None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark(Record):
    """What an operator noted of a polling station on a counting night; the newest one counts, none is erased."""

    noun: ClassVar[str] = "mark"
    place_code: str = described("code of the polling station")
    night: date = described("day of the count, the recapitulation or the re-vote")
    time: datetime = described("when it was noted", "UTC")
    state: MarkState = described("sent, moved to a send-place, told by radio, or waiting again")
    send_place_code: str | None = described("code of the place that it has moved to", default=None)
    by: str = described("who noted it")
    note: str | None = described("in their own words", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord(Record):
    """A finished run: its `run.json` as it was written, so that a later change of it shows."""

    noun: ClassVar[str] = "run"
    code: str = described("id of the run")
    study: str = described("the verb")
    as_of: date = described("the day that it took for today")
    finished_at: datetime = described("when it was finished", "UTC")
    sha256: str = described("SHA-256 of its run.json, hexadecimal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet(Record):
    """One field test as a phone sent it. Its visits name it as their source; the original words are in `body`."""

    noun: ClassVar[str] = "sheet"
    place_code: str = described("code of the place tested")
    device_code: str = described("code of the phone that sent it")
    tester: str | None = described("who tested", default=None)
    time: datetime = described("when it was tested; the phone's clock, corrected", "UTC")
    phone_time: datetime = described("when it was tested by the phone's own clock", "UTC")
    time_sure: bool = described("whether the phone's clock could be compared with the server's")
    longitude: float | None = described("where the phone was, WGS 84", "deg", default=None)
    latitude: float | None = described("where the phone was, WGS 84", "deg", default=None)
    accuracy_m: float | None = described("of the position, 68 %", "m", default=None)
    environment: Environment | None = described("outdoor, indoor, vehicle", default=None)
    on_wifi: bool | None = described("whether its rates came over Wi-Fi", default=None)
    power: str | None = described("what fed the place during the test", default=None)
    send_place_code: str | None = described("code of the place from which the station would send", default=None)
    fallback: str | None = described("what the station does if it cannot send", default=None)
    note: str | None = described("in the tester's own words", default=None)
    photos: str = described("SHA-256 of its photos, separated by spaces", default="")
    body: str = described("what the phone sent, JSON, unchanged")
    sha256: str = described("SHA-256 of the body in UTF-8, hexadecimal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment(Record):
    """A photo of a sheet, complete and checked."""

    noun: ClassVar[str] = "attachment"
    sheet_id: str = described("id of the sheet it belongs to")
    sha256: str = described("SHA-256 of the bytes, hexadecimal")
    size_bytes: int = described("size", "byte")
    stored_path: str = described("path inside the region folder")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup(Record):
    """A backup that was read back and found whole; phones keep what they sent until there is a newer one."""

    noun: ClassVar[str] = "backup"
    taken_at: datetime = described("when it was begun: what had been kept by then is in it", "UTC")
    file_name: str = described("name of the archive")
    size_bytes: int = described("size", "byte")
    sha256: str = described("SHA-256 of the archive, hexadecimal")
    covered: str = described("JSON: noun to the last sequence that is in it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """One answer of a grading run; see `jangkau.grades` for the rules."""

    noun: ClassVar[str] = "grade"
    subject: str = described("what is graded: place, hexagon, village, district, region")
    code: str = described("code of the subject; an H3 index for a hexagon")
    name: str | None = described("what people call it", default=None)
    kind: str = described("kind of place; empty for others", default="")
    village_code: str | None = described("village it lies in", default=None)
    district_code: str | None = described("district it lies in", default=None)
    quantity: Quantity = described("which of the three questions is answered")
    operator: str = described("whose network, or any")
    value: Value = described("served, weak, none, unknown, or partial for a roll-up")
    probability_served: float | None = described("P(level >= served level)", default=None)
    probability_weak: float | None = described("P(level >= weak level)", default=None)
    evidence: EvidenceKind = described("what the grade rests on")
    tests: int | None = described("tests near by which the prediction was corrected", default=None)
    evidence_date: date | None = described(
        "day of the test, or of the newest one that corrected the prediction", default=None
    )
    stale: bool = described("whether the evidence is older than its validity", default=False)
    rule: str = described("name and version of the rule")
    reason_code: str = described("message code of the reason")
    reason_parameters: str = described("parameters of the reason, JSON", default="{}")
    denominator: float | None = described("people or stations counted in a roll-up", default=None)
    denominator_unit: str = described("people, stations or offices", default="")
    amount_served: float | None = described("of the denominator", default=None)
    amount_weak: float | None = described("of the denominator", default=None)
    amount_none: float | None = described("of the denominator", default=None)
    amount_unknown: float | None = described("of the denominator", default=None)
    longitude: float | None = described("WGS 84, of a point subject", "deg", default=None)
    latitude: float | None = described("WGS 84, of a point subject", "deg", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A contiguous inhabited area, or a place, graded none."""

    noun: ClassVar[str] = "gap"
    code: str = described("stable within a run: the code of its most populous member")
    quantity: Quantity = described("which of the three questions")
    operator: str = described("whose network, or any")
    village_codes: tuple[str, ...] = described("villages it touches")
    place_codes: tuple[str, ...] = described("places inside it")
    population: float = described("people inside it", "people")
    reason_code: str = described("message code of the reason")
    reason_parameters: str = described("parameters of the reason, JSON", default="{}")
    geometry_wkb: bytes = described("outline or point, WGS 84, WKB")


STORED: tuple[type[Record], ...] = (
    Source, Alias, Region, District, Village, Place, Site, Cell, Link, Measurement, Visit, Probe, Claim,
    Stakeholder, Remedy, Task, Request, Mark, RunRecord, Sheet, Attachment, Backup,
)  # fmt: skip
"""The nouns that the store keeps, each in a table of its own name."""

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Columns:
    """Many records of one noun, field by field: the values of each in a list of its own, None where one is missing.

    Attributes
    ----------
    kind : type
        The noun.
    values : mapping of str to list
        Field to its values; all lists are equally long, a field that is left out is None in every record.
    """

    kind: type[Record]
    values: Mapping[str, list[Any]]

    def __len__(self) -> int:
        return len(self.values["id"])

    def records(self) -> Iterator[Record]:
        """Return the records one by one."""
        names = list(self.values)
        for row in zip(*self.values.values(), strict=True):
            yield self.kind(**dict(zip(names, row, strict=True)))


def columns_of(records: Sequence[Record]) -> Columns:
    """Return records of one noun as columns."""
    kind = type(records[0])
    return Columns(kind, {f.name: [getattr(r, f.name) for r in records] for f in dataclasses.fields(kind)})


def new_ids(now: datetime, count: int) -> list[str]:
    """Return UUIDv7 that are born together; each is larger than the one before, as stores like them."""
    start = uuid.UUID(new_id(now)).int
    steps = secrets.token_bytes(4 * count)
    random_low = (1 << 62) - 1
    low, result = (start & random_low) >> 1, []
    for step in memoryview(steps).cast("I"):
        low += step + 1
        text = f"{start & ~random_low | low & random_low:032x}"
        result.append(f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}")
    return result


def is_valid_on(fact: Fact, day: date) -> bool:
    """Tell whether a fact holds on a day: ``valid_from <= day < valid_to``."""
    return (fact.valid_from is None or fact.valid_from <= day) and (fact.valid_to is None or day < fact.valid_to)


def parse_time(text: str) -> datetime:
    """Return the UTC time of an RFC 3339 text; a text without a zone is refused with ValueError."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(text)
    return time.astimezone(UTC)
