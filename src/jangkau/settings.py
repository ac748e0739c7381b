"""What a planner may change about a region: each setting with its default, unit, meaning and source.

The file `jangkau.toml` of the region folder holds them, one table a class below. A name that no class declares, or a
value of the wrong kind, is refused with the table, the name, the value and what is allowed.
"""

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, get_args, get_origin

from jangkau.errors import SettingError


def setting(default: Any, meaning: str, unit: str = "", source: str = "") -> Any:
    """Declare a setting with its default, meaning, unit and the source of the default."""
    metadata = {"meaning": meaning, "unit": unit, "source": source}
    if isinstance(default, (list, dict)):
        raise TypeError("use a tuple")
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Operator:
    """A mobile operator and the time during which it existed under this name."""

    name: str
    network_codes: tuple[str, ...] = setting((), "MCC-MNC of its networks, such as 510-10")
    valid_from: date | None = setting(None, "first day under this name")
    valid_to: date | None = setting(None, "first day no longer under this name")


@dataclass(frozen=True, slots=True)
class SignalStandard:
    """What counts as mobile service where people live; rule `signal-v1`."""

    technology: str = setting("4G", "generation that counts")
    served_rsrp_dbm: float = setting(
        -110.0, "RSRP from which a point is served", "dBm", "editable default; wording after FCC BDC"
    )
    weak_rsrp_dbm: float = setting(
        -120.0, "RSRP from which a point is weak", "dBm", "editable default; wording after FCC BDC"
    )
    probability: float = setting(
        0.9, "probability that decides a grade", "fraction", "FCC BDC: cell edge probability 90 %"
    )
    cell_load_fraction: float = setting(0.5, "load of the cells", "fraction", "FCC BDC: cell loading 50 %")
    receiver_height_agl_m: float = setting(1.5, "height of the phone", "m", "FCC BDC: outdoor stationary, 1.5 m")
    rollup_share: float = setting(0.95, "share of people or stations that makes a village served or none", "fraction")


@dataclass(frozen=True, slots=True)
class SendStandard:
    """What a polling station needs to send its result; rule `send-v1`."""

    needed_uplink_kbps: float = setting(90.0, "rate that is needed upwards", "kbit/s", "6.5 MB in 10 minutes")
    form_mb: float = setting(
        1.5, "size of the photo of one result form", "MB", "assumed, as `photo_mb` of a counting night"
    )


@dataclass(frozen=True, slots=True)
class OfficeStandard:
    """What an office link must deliver; rule `office-v1`."""

    contracted_share: float = setting(0.8, "measured over contracted rate that passes", "fraction")


@dataclass(frozen=True, slots=True)
class EvidenceStandard:
    """How long evidence counts."""

    valid_days: int = setting(60, "age after which a visit, measurement or probe is stale", "day")
    sensitivity_dbm: float = setting(
        -122.0, "RSRP below which a phone finds no service", "dBm", "assumed: 10 MHz LTE, 3GPP TS 36.101 and margin"
    )
    position_within_m: float = setting(
        150.0, "tests whose position is vaguer have no part in correcting the map", "m", "assumed"
    )
    near_m: float = setting(500.0, "tests this near are named as the evidence of a corrected point", "m", "assumed")
    outdoors: bool = setting(
        True, "whether a field test must be taken outdoors", "", "FCC BDC maps outdoor stationary service"
    )
    from_hour: int = setting(
        6, "hour of the day, in the region's zone, from which a field test counts in full", "h",
        "FCC BDC: 06:00 to 22:00 local",
    )  # fmt: skip
    to_hour: int = setting(22, "hour from which it no longer does", "h", "FCC BDC: 06:00 to 22:00 local")
    max_distance_m: float = setting(
        250.0, "farthest from its place, beyond what both positions are known to, that a test counts in full", "m",
        "assumed",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SurveySettings:
    """How `jangkau survey` chooses where to test next."""

    test_minutes: float = setting(20.0, "time at a stop, all operators", "min", "assumed")
    detour_factor: float = setting(1.4, "length of the road over that of the straight line", "", "assumed")
    start_time: str = setting("08:00", "when teams leave, in the region's zone")
    station_people: float = setting(300.0, "people that a polling station counts for, beside those who live", "people")
    remote_weight: float = setting(1.0, "how often people and stations of remote villages count")
    site_share: float = setting(
        0.2, "share of the variance of a prediction's error that all points of a site have in common", "", "assumed"
    )
    shadow_share: float = setting(0.5, "share that is correlated over the ground", "", "assumed")
    correlation_m: float = setting(
        200.0, "distance over which shadowing decorrelates to 1/e", "m", "assumed; Gudmundson (1991) found 5 to 500"
    )
    reading_error_db: float = setting(2.0, "standard deviation of a phone's reading", "dB", "assumed")
    unknown_error_db: float = setting(20.0, "standard deviation of a level that nobody can predict", "dB", "assumed")


@dataclass(frozen=True, slots=True)
class RemedySettings:
    """Who can work, and what an office weighs, when `jangkau remedy` plans the last weeks."""

    teams: int = setting(3, "teams that fit kits and test send-places", "", "assumed")
    hours_per_day: float = setting(8.0, "hours that a team works on a day, ways included", "h", "assumed")
    speed_kmh: float = setting(25.0, "speed of a team on the road", "km/h", "assumed")
    stops_per_trip: float = setting(
        3.0, "places that a team serves on one way out from the district office", "", "assumed"
    )
    village_office_people: float = setting(300.0, "people that a village office counts for", "people", "assumed")
    district_office_people: float = setting(3000.0, "people that a district office counts for", "people", "assumed")


@dataclass(frozen=True, slots=True)
class ScoreSettings:
    """How `jangkau score` divides the ground: what is tested in a fold had no part in the map that is scored."""

    block_sides_m: tuple[float, ...] = setting(
        (250.0, 250.0, 50.0), "sides of the blocks of ground, one for each way of dividing", "m"
    )
    buffers_m: tuple[float, ...] = setting(
        (100.0, 0.0, 0.0), "for each way, tests nearer than this to a block have no part in its map", "m"
    )
    folds: int = setting(5, "parts into which blocks are dealt")
    site_folds: int = setting(
        10, "parts into which sites are dealt; with no more sites than that, each is left out alone"
    )


@dataclass(frozen=True, slots=True)
class TrackSettings:
    """When the position of a measurement is doubted; such a row is kept, and named in numbers when it is imported."""

    worst_accuracy_m: float = setting(100.0, "a position less accurate than this is doubted", "m", "assumed")
    most_speed_mps: float = setting(
        70.0, "a position that could only be reached faster than this is doubted", "m/s", "assumed: 250 km/h"
    )
    frozen_s: float = setting(
        30.0, "a position that stays the same for longer while the device moves is doubted", "s", "assumed"
    )
    moving_mps: float = setting(2.0, "speed from which a device certainly moves", "m/s", "assumed: a brisk walk")
    gap_s: float = setting(60.0, "a pause in a track that is longer counts as a gap", "s", "assumed")


@dataclass(frozen=True, slots=True)
class RadioSettings:
    """How coverage is predicted."""

    resolution_m: float = setting(0.0, "pixel of the coverage map; 0: the terrain's own", "m")
    radius_km: float = setting(30.0, "farthest point predicted from a site", "km")
    profile_step_m: float = setting(0.0, "spacing of profile points; 0: the terrain's own pixel", "m")
    exact_within_db: float = setting(
        2.0, "levels this near a decision are computed path by path, others by rays; 0: all by rays", "dB"
    )
    time_percent: float = setting(50.0, "share of the year for which the loss is not exceeded", "%")
    refractivity_gradient_n_per_km: float = setting(
        45.0,
        "decrease of refractivity in the lowest kilometre, Delta N",
        "N/km",
        "assumed for the humid tropics; set your own",
    )
    sea_level_refractivity_n: float = setting(370.0, "N0", "N", "assumed for the humid tropics; set your own")
    model_error_db: float = setting(
        8.0, "standard deviation of measured minus predicted", "dB", "assumed; `jangkau score` will measure it"
    )
    assumed_clutter_height_m: float = setting(0.0, "obstacle height where no land cover is known", "m", "assumed")
    terrain_nodata: str = setting("void", "what missing terrain is: void (unknown) or sea")
    fill_gaps_within_m: float = setting(
        20_000.0,
        "gaps of a terrain raster that also holds obstacle heights are filled from around, this far",
        "m",
        "assumed: such rasters are known only where samples were taken",
    )
    clearing_m: float = setting(25.0, "obstacles nearer than this to an end of a path are not counted", "m", "assumed")
    assumed_position_accuracy_m: float = setting(100.0, "accuracy of a place that does not state it", "m", "assumed")
    body_loss_db: float = setting(
        0.0, "loss of the body that holds the phone", "dB", "RSRP outdoors as the FCC BDC maps it"
    )


@dataclass(frozen=True, slots=True)
class CellDefaults:
    """What an incomplete cell takes; each use is counted and widens the model's error."""

    height_agl_m: float = setting(42.0, "antenna height", "m", "assumed: common rural tower of 42 m")
    eirp_dbm: float = setting(62.0, "radiated power of the carrier", "dBm", "assumed: 46 dBm + 17 dBi - 1 dB of cable")
    antenna_gain_dbi: float = setting(17.0, "peak gain of a sector antenna", "dBi", "assumed")
    bandwidth_mhz: float = setting(10.0, "carrier bandwidth", "MHz", "assumed")
    frequency_mhz: float = setting(900.0, "carrier", "MHz", "assumed")
    horizontal_beamwidth_deg: float = setting(65.0, "width of a sector at -3 dB", "deg", "3GPP TR 36.942")
    vertical_beamwidth_deg: float = setting(10.0, "width at -3 dB", "deg", "3GPP TR 36.814")
    electrical_downtilt_deg: float = setting(2.0, "electrical tilt", "deg", "assumed")
    error_db_per_default: float = setting(
        3.0, "error added, as the root of squares, for each value that was assumed", "dB", "assumed"
    )


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """How links are checked and when one counts as up; rule `watch-v1`."""

    interval_s: float = setting(60.0, "time between two checks of a link", "s")
    timeout_s: float = setting(3.0, "wait for an answer", "s")
    tries: int = setting(3, "packets of a check; one answer is enough to be up, the rest is loss")
    fails_to_down: int = setting(3, "checks in a row without an answer that make a link down")
    passes_to_up: int = setting(2, "checks in a row with an answer that make it up again")
    degraded_loss_percent: float = setting(
        10.0, "loss over the last 20 checks that makes a link degraded", "%", "assumed"
    )
    degraded_latency_ms: float = setting(
        800.0, "median delay over the last 20 checks that makes a link degraded", "ms", "assumed: above a GEO satellite"
    )
    raw_days: int = setting(14, "age after which single checks are kept by the hour only", "day")
    quiet_from_hour: int = setting(0, "hour of the region's clock from which no alert is sent", "h")
    quiet_to_hour: int = setting(0, "hour from which alerts are sent again; the same hour: always", "h")
    alert_after_s: float = setting(120.0, "time that a link must be down before anybody is told", "s", "assumed")
    take_down_ahead_days: int = setting(7, "days before the end of temporary bandwidth that its task is made", "day")
    foreign_address: str = setting("", "a server of others, such as the election's, to tell our link from their server")
    foreign_consent: str = setting(
        "", "who agreed to that, when, in which letter; without it no foreign server is asked"
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything in `jangkau.toml`."""

    name: str = setting("", "what people call the region")
    code: str = setting("", "Kemendagri code of the regency")
    country_alpha2: str = setting("ID", "country of public data", "", "ISO 3166-1 alpha-2")
    country_alpha3: str = setting("IDN", "country of public data", "", "ISO 3166-1 alpha-3")
    mobile_country_code: int = setting(510, "country of public lists of cells", "", "ITU-T E.212")
    timezone: str = setting("Asia/Makassar", "IANA name of the region's time zone")
    metric_crs: str = setting("", "projected system for metric work; empty: the UTM zone of the bounds")
    bounds: tuple[float, float, float, float] | None = setting(None, "west, south, east, north", "deg")
    deadline: date | None = setting(None, "the day by which no blank spot may be left")
    languages: tuple[str, ...] = setting(("id", "en"), "first is the default")
    note: str = setting("", "printed on every output; a scenario says here that it is one")
    operators: tuple[Operator, ...] = setting((), "who runs mobile networks here, and when")
    signal: SignalStandard = field(default_factory=SignalStandard)
    send: SendStandard = field(default_factory=SendStandard)
    office: OfficeStandard = field(default_factory=OfficeStandard)
    evidence: EvidenceStandard = field(default_factory=EvidenceStandard)
    survey: SurveySettings = field(default_factory=SurveySettings)
    remedy: RemedySettings = field(default_factory=RemedySettings)
    score: ScoreSettings = field(default_factory=ScoreSettings)
    tracks: TrackSettings = field(default_factory=TrackSettings)
    radio: RadioSettings = field(default_factory=RadioSettings)
    cell_defaults: CellDefaults = field(default_factory=CellDefaults)
    watch: WatchSettings = field(default_factory=WatchSettings)

    def operators_on(self, day: date) -> tuple[str, ...]:
        """Return the names of the operators that exist on a day."""
        return tuple(
            o.name
            for o in self.operators
            if (o.valid_from is None or o.valid_from <= day) and (o.valid_to is None or day < o.valid_to)
        )


def settings_from(table: Mapping[str, Any]) -> Settings:
    """Return the settings of a parsed `jangkau.toml`; SettingError names what cannot be used."""
    return typing.cast(Settings, _build(Settings, table, "jangkau.toml"))


def as_table(settings: Any) -> dict[str, Any]:
    """Return settings as plain values, the inverse of `settings_from`; unset values are left out."""
    table = {}
    for f in dataclasses.fields(settings):
        value = getattr(settings, f.name)
        if value is not None:
            table[f.name] = _plain(value)
    return table


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return as_table(value)
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return value


def _build(cls: type[Any], table: Mapping[str, Any], where: str) -> Any:
    known = {f.name: f for f in dataclasses.fields(cls)}
    for name in table:
        if name not in known:
            raise SettingError("setting.unknown", where=where, name=name, known=", ".join(known))
    hints = typing.get_type_hints(cls)
    return cls(**{name: _convert(hints[name], value, where, name) for name, value in table.items()})


def _convert(kind: Any, value: Any, where: str, name: str) -> Any:
    def wrong() -> SettingError:
        return SettingError("setting.wrong_kind", where=where, name=name, value=str(value), expected=_named(kind))

    if get_origin(kind) in (types.UnionType, typing.Union):
        (kind,) = [k for k in get_args(kind) if k is not type(None)]
    if dataclasses.is_dataclass(kind):
        if not isinstance(value, Mapping):
            raise wrong()
        return _build(typing.cast(type[Any], kind), value, f"{where} [{name}]")
    if get_origin(kind) is tuple:
        return _convert_tuple(kind, value, where, name, wrong())
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise wrong()
    return value


def _convert_tuple(kind: Any, value: Any, where: str, name: str, wrong: SettingError) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise wrong
    kinds = get_args(kind)
    if kinds[-1] is not Ellipsis and len(value) != len(kinds):
        raise wrong
    return tuple(_convert(kinds[0], v, where, f"{name}[{i}]") for i, v in enumerate(value))


def _named(kind: Any) -> str:
    return getattr(kind, "__name__", str(kind))
