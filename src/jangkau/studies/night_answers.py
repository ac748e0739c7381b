"""The answers of a rehearsal: each station, each area, each case that could go wrong; times are local hours."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jangkau.counting.curves import band, time_of_share
from jangkau.counting.network import BY_WIFI, PREDICTED, TESTED, UNKNOWN
from jangkau.counting.nights import RECAPITULATED, Nights
from jangkau.counting.parameters import Parameters
from jangkau.counting.queues import CAUSES
from jangkau.errors import InputError
from jangkau.store.runs import Run
from jangkau.studies.cures import Plan, Target
from jangkau.studies.night_network import NightNetwork
from jangkau.studies.register import Register

SHARES = (0.5, 0.95, 1.0)
METHODS = ("own_place", "send_place", "fallback", "recapitulation")
KNOWN_BY = {PREDICTED: "predicted", TESTED: "tested", UNKNOWN: "unknown", BY_WIFI: "office"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked of a rehearsal: how many nights, and the target: a share of stations by an hour, with probability.

    `by_h` is the local time of the day of the vote [h].
    """

    nights: int = 500
    seed: int = 1
    by_h: float = 22.0
    share: float = 0.95
    probability: float = 0.95

    def check(self) -> None:
        """Refuse what makes no sense (InputError)."""
        fractions = 0.0 < self.share <= 1.0 and 0.0 < self.probability <= 1.0
        if not (1 <= self.nights <= 100_000 and fractions and 0.0 < self.by_h <= 48.0 and self.seed >= 0):
            raise InputError("rehearse.bad_wish", nights=self.nights, share=self.share, probability=self.probability)


@dataclass(frozen=True, slots=True)
class StationAnswer:
    """How a station sends, and what holds it up.

    `method` is one of `METHODS`; `known_by` says how it is known whether it can send from its own place; times are
    local hours of the day of the vote; `lost_min` is the mean time from being ready by cause.
    """

    code: str
    name: str
    village_code: str
    district_code: str
    method: str
    known_by: str
    send_place: str
    send_place_km: float | None
    fallback: str
    on_time: float
    counted_in_time: float
    sent_h: tuple[float, float, float]
    bottleneck: str
    lost_min: tuple[float, ...]
    cure: str
    cure_subject: str
    cure_cost_idr: float | None


@dataclass(frozen=True, slots=True)
class AreaAnswer:
    """When a village, a district or the region had sent its shares; bands over nights, local hours."""

    level: str
    code: str
    name: str
    stations: int
    unknown: int
    on_time: float
    reached: float
    share_h: tuple[tuple[float, float, float], ...]
    recapitulated_h: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class CaseAnswer:
    """What a stress case or a value of a parameter does: the hour of the target share, and how often it is in time."""

    name: str
    subject: str
    parameter: str
    value: float | None
    hour: tuple[float, float, float]
    reached: float


@dataclass(frozen=True, eq=False)
class Rehearsal:
    """Everything that a rehearsal found."""

    run: Run
    wishes: Wishes
    parameters: Parameters
    night: NightNetwork
    nights: Nights
    stations: list[StationAnswer]
    areas: list[AreaAnswer]
    cases: list[CaseAnswer]
    sensitivity: list[tuple[CaseAnswer, CaseAnswer]]
    plan: Plan
    place_names: dict[str, str]
    unused: list[str]

    @property
    def region(self) -> AreaAnswer:
        """The answer for the whole region."""
        return self.areas[0]

    @property
    def met(self) -> bool:
        """Whether the target is reached as things stand."""
        return self.region.reached >= self.wishes.probability


def case(
    name: str, nights: Nights, target: Target, close_h: float, *, subject: str = "", parameter: str = "",
    value: float | None = None,
) -> CaseAnswer:  # fmt: skip
    """Return what became of the region in the nights of a case."""
    hour = hours(time_of_share(nights.sent_s, target.share), close_h)
    return CaseAnswer(name, subject, parameter, value, hour, target.met(nights))


def hours(seconds: NDArray[np.float64], close_h: float) -> tuple[float, float, float]:
    """Return the band of times after the close of polls [s] as local hours."""
    low, middle, high = (close_h + value / 3600.0 for value in band(seconds))
    return low, middle, high


def station_answers(
    register: Register, night: NightNetwork, nights: Nights, target: Target, chosen: Plan, close_h: float
) -> list[StationAnswer]:
    """Return each station's answer, those that most often miss the hour first."""
    on_time, ready = target.on_time(nights).mean(axis=0), target.ready(nights).mean(axis=0)
    answers = []
    for s, station in enumerate(night.network.stations):
        stops, place = station.stops, register.place_of[station.code]
        cure = chosen.cures.get(station.code)
        answers.append(
            StationAnswer(
                code=station.code,
                name=place.name or station.code,
                village_code=night.villages[station.village],
                district_code=night.districts[station.district],
                method=_method(nights.method_fraction[s], stops[0].by == UNKNOWN, len(stops)),
                known_by=KNOWN_BY[stops[0].by],
                send_place=stops[1].place if len(stops) > 1 else "",
                send_place_km=stops[1].km if len(stops) > 1 else None,
                fallback=stops[2].place if len(stops) > 2 else METHODS[RECAPITULATED],
                on_time=float(on_time[s]),
                counted_in_time=float(ready[s]),
                sent_h=hours(nights.sent_s[:, s], close_h),
                bottleneck=CAUSES[int(nights.lost_s[s].argmax())],
                lost_min=tuple((nights.lost_s[s] / 60.0).round(1).tolist()),
                cure="" if cure is None else cure.name,
                cure_subject="" if cure is None else cure.subject,
                cure_cost_idr=None if cure is None else cure.cost_idr,
            )
        )
    return sorted(answers, key=lambda a: (a.on_time, -a.sent_h[1], a.code))


def _method(fractions: NDArray[np.float64], unknown: bool, stops: int) -> str:
    """Return the way by which a station sends in most nights; where nobody knows its own place, the known way."""
    if unknown and stops > 1:
        return METHODS[1 + int(fractions[1:].argmax())]
    return METHODS[int(fractions.argmax())]


def area_answers(
    register: Register, night: NightNetwork, nights: Nights, target: Target, close_h: float
) -> list[AreaAnswer]:
    """Return the answers of the region, then districts, then villages."""
    stations = night.network.stations
    members: list[tuple[str, str, str, list[int]]] = [("region", "", "", list(range(len(stations))))]
    for k, code in enumerate(night.districts):
        district = register.named_district.get(code)
        rows = [s for s, station in enumerate(stations) if station.district == k]
        members.append(("district", code, (district and district.name) or code, rows))
    for k, code in enumerate(night.villages):
        village = register.village_of.get(code)
        rows = [s for s, station in enumerate(stations) if station.village == k]
        members.append(("village", code, (village and village.name) or code, rows))
    in_time = target.on_time(nights)
    answers = []
    for level, code, name, rows in members:
        if not rows:
            continue
        sent = nights.sent_s[:, rows]
        recapitulated = None
        if level == "district":
            recapitulated = hours(nights.recapitulated_s[:, night.districts.index(code)], close_h)
        answers.append(
            AreaAnswer(
                level,
                code,
                name,
                len(rows),
                sum(stations[s].stops[0].by == UNKNOWN for s in rows),
                float(in_time[:, rows].mean()),
                float((in_time[:, rows].sum(axis=1) >= target.needed(len(rows))).mean()),
                tuple(hours(time_of_share(sent, share), close_h) for share in SHARES),
                recapitulated,
            )
        )
    return answers


def summary(found: Rehearsal) -> dict[str, Any]:
    """Return what is worth showing of a rehearsal, as plain values."""
    region, wishes = found.region, found.wishes
    bottlenecks = [a.bottleneck for a in found.stations]
    return {
        "stations": region.stations,
        "unknown": region.unknown,
        "reached": round(region.reached, 4),
        "met": found.met,
        "hours": {
            f"{share:g}": [round(h, 3) for h in band_h] for share, band_h in zip(SHARES, region.share_h, strict=True)
        },
        "missing": sum(a.on_time < wishes.probability for a in found.stations),
        "bottlenecks": {cause: bottlenecks.count(cause) for cause in CAUSES},
        "methods": {method: sum(a.method == method for a in found.stations) for method in METHODS},
        "assumed": {name: count for name, count in sorted(found.night.assumed.items()) if count},
        "plan": {
            "enough": found.plan.enough,
            "probability": round(found.plan.probability, 4),
            "most": round(found.plan.most, 4),
            "cost_idr": sum(o.cost_idr for o in found.plan.options),
            "changes": len(found.plan.options),
        },
    }
