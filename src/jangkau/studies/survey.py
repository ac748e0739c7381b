"""Survey: where each team should test next, on which day and in which order, and the files that it takes along."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from jangkau.errors import RegionError, SettingError
from jangkau.geo import WGS84, project
from jangkau.messages import LANGUAGES, Message
from jangkau.planning.routes import Team
from jangkau.planning.survey import Day, Offer, Stop, SurveyPlan, plan_survey
from jangkau.records import ANY_OPERATOR, Place
from jangkau.reports.survey_files import Outing, write_gpx, write_kml, write_sheets
from jangkau.reports.survey_form import write_form
from jangkau.settings import Settings, SurveySettings, as_table
from jangkau.sources.teams import TeamRow, read_teams
from jangkau.store.region_folder import RegionFolder, write_atomically
from jangkau.store.runs import Recipe, Run, latest_run
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.inputs import region_crs, store_inputs
from jangkau.studies.keep import anchor
from jangkau.studies.level_beliefs import PlaceBeliefs, believe
from jangkau.studies.prediction import Prediction
from jangkau.studies.register import Register

STUDY, RULE = "survey", "survey-v1"

PLAN_FILE = "survey.json"

IN_DOUBT = 0.05
"""Chance of a wrong grade from which an operator's level is said to be in doubt."""

INFORMED = 0.002
"""Fall of the chance of a wrong grade from which a test is said to inform another place."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What a survey plans: the run, the plan as its JSON says it, and its files."""

    run: Run
    plan: dict[str, Any]
    outputs: list[Path]


def survey(region: RegionFolder, teams: Path, first_day: date | None, circumstances: Circumstances) -> Surveyed:
    """Plan where to test next.

    Parameters
    ----------
    region : RegionFolder
    teams : Path
        Table of teams: `jangkau.sources.teams`.
    first_day : date, optional
        On which the teams go out; the day after `as_of` where none is given.
    circumstances : Circumstances

    Returns
    -------
    Surveyed
        Files are in ``runs/<run>/``: survey.json, survey-id.xlsx, survey-en.xlsx, survey.gpx, survey.kml,
        survey-form.xlsx.

    Raises
    ------
    RegionError
        Without places or a prediction.
    InputError
        When the table of teams cannot be used.
    SettingError
        When the first day lies before `as_of`, or a setting of `[survey]` cannot be used.
    """
    as_of = circumstances.as_of
    check(region.settings.survey)
    day = first_day or as_of + timedelta(days=1)
    if day < as_of:
        raise SettingError("survey.first_day_past", value=day, as_of=as_of)
    with region.store(circumstances.clock()) as store:
        register = Register.read(store, as_of)
        horizon = store.horizon()
    prediction = Prediction.latest(region, as_of)
    if prediction is None:
        raise RegionError("survey.no_prediction", path=str(region.path))
    starts = starting_points(register)
    if not starts:
        raise RegionError("survey.no_places", path=str(region.path))
    rows = read_teams(teams, starts)
    inputs = store_inputs(register.records())
    inputs |= {name: sha for name, sha in prediction.outputs.items() if "/cells/" not in name}
    parameters: dict[str, Any] = as_table(region.settings) | {
        "prediction": prediction.run_id,
        "teams": [asdict(row) for row in rows],
        "first_day": day.isoformat(),
    }
    run = Run.begin(region.path, Recipe(STUDY, as_of, parameters, inputs, horizon, (RULE,)))
    return compute(region, run, register, prediction, circumstances)


def check(own: SurveySettings) -> None:
    """Refuse settings of `[survey]` with which nothing can be computed."""
    above = ("test_minutes", "correlation_m", "reading_error_db", "unknown_error_db")
    others = ("detour_factor", "station_people", "remote_weight", "site_share", "shadow_share")
    least = dict.fromkeys(others, 0.0) | {"detour_factor": 1.0}
    wrong = [(name, "> 0") for name in above if not 0.0 < getattr(own, name) < math.inf]
    wrong += [(name, f">= {least[name]:g}") for name in others if not least[name] <= getattr(own, name) < math.inf]
    if not own.site_share + own.shadow_share <= 1.0:
        wrong.append(("shadow_share", f"<= {1.0 - own.site_share:g}"))
    try:
        time.fromisoformat(own.start_time)
    except ValueError:
        wrong.append(("start_time", "HH:MM"))
    for name, allowed in wrong:
        raise SettingError("survey.bad_setting", name=name, value=str(getattr(own, name)), allowed=allowed)


def compute(
    region: RegionFolder, run: Run, register: Register, prediction: Prediction, circumstances: Circumstances
) -> Surveyed:
    """Fill a run: the plan and its files, then `run.json`."""
    started = circumstances.clock()
    settings, parameters = region.settings, run.recipe.parameters
    rows = [TeamRow(**row) for row in parameters["teams"]]
    first_day = date.fromisoformat(parameters["first_day"])
    circumstances.progress(Message("progress.believing"), 0, 3)
    known = believe(register, prediction, settings, run.recipe.as_of)
    circumstances.progress(Message("progress.choosing"), 1, 3)
    plan = plan_survey(_offer(known, register, settings), _teams(rows, register, settings))
    circumstances.progress(Message("progress.writing"), 2, 3)
    said = _Teller(known, register, settings, rows, first_day).tell(plan)
    outputs = _write(run.folder, said, settings)
    summary = {name: said[name] for name in ("stops", "wrong_before", "wrong_after", "untested_districts")}
    run.finish(started=started, ended=circumstances.clock(), outputs=outputs, summary=summary)
    anchor(region, run, circumstances)
    circumstances.progress(Message("progress.writing"), 3, 3)
    return Surveyed(run, said, outputs)


def latest_survey(region: Path, as_of: date) -> dict[str, Any] | None:
    """Return the plan of the survey that was made last, up to a day; None where there is none."""
    run = latest_run(region, STUDY, as_of)
    if run is None:
        return None
    said: dict[str, Any] = json.loads((run / PLAN_FILE).read_text("utf-8"))
    return said


def starting_points(register: Register) -> dict[str, Place]:
    """Return where teams may start: located places by their code, offices also by that of their village or district."""
    located = [p for p in register.places if p.longitude is not None and p.latitude is not None]
    found: dict[str, Place] = {}
    for place in located:
        village = place.village_code or ""
        if place.kind == "village_office":
            found.setdefault(village, place)
        if place.kind == "district_office":
            found.setdefault(register.district_of(village) or "", place)
    found.pop("", None)
    return found | {place.code: place for place in located}


def _offer(known: PlaceBeliefs, register: Register, settings: Settings) -> Offer:
    districts = {district.code: k for k, district in enumerate(register.districts)}
    own = [districts.get(register.district_of(p.village_code) or "", -1) for p in known.places]
    stale = np.array([day is not None for day in known.stale_since])
    return Offer(known.beliefs, np.array(own), stale, settings.survey.test_minutes)


def _teams(rows: Sequence[TeamRow], register: Register, settings: Settings) -> list[Team]:
    starts, crs = starting_points(register), region_crs(settings)
    found = []
    for row in rows:
        place = starts[row.start]
        x, y = project(place.longitude or 0.0, place.latitude or 0.0, WGS84, crs)
        detour = settings.survey.detour_factor
        found.append(Team(row.name, float(x), float(y), row.days, row.hours, row.speed_kmh, detour))
    return found


@dataclass(frozen=True, slots=True)
class _Teller:
    """Turns a plan of numbers into what people read."""

    known: PlaceBeliefs
    register: Register
    settings: Settings
    teams: Sequence[TeamRow]
    first_day: date

    def tell(self, plan: SurveyPlan) -> dict[str, Any]:
        """Return the plan as plain values, the content of `survey.json`."""
        planned = {stop.point for day in plan.days for stop in day.stops}
        stale = [k for k, day in enumerate(self.known.stale_since) if day is not None]
        with_points = {self.register.district_of(p.village_code) for p in self.known.places}
        missing = [self.register.districts[k] for k in plan.untested]
        missing += [d for d in self.register.districts if d.code not in with_points]
        people = float(self.known.beliefs.of.people.sum())
        return {
            "rule": RULE,
            "first_day": self.first_day.isoformat(),
            "counts_until": self.known.horizon.isoformat(),
            "people": round(people),
            "wrong_before": round(plan.wrong_before, 1),
            "wrong_after": round(plan.wrong_after, 1),
            "stops": len(planned),
            "hours": round(sum(day.minutes for day in plan.days) / 60.0, 1),
            "stale": {"all": len(stale), "planned": len(planned & set(stale))},
            "untested_districts": [{"code": d.code, "name": d.name or d.code} for d in missing],
            "days": [self._day(day) for day in plan.days],
        }

    def _day(self, day: Day) -> dict[str, Any]:
        team = self.teams[day.team]
        start = starting_points(self.register)[team.start]
        zone = ZoneInfo(self.settings.timezone)
        leaves = datetime.combine(
            self.first_day + timedelta(days=day.day - 1),
            time.fromisoformat(self.settings.survey.start_time),
            zone,
        )
        return {
            "team": team.name,
            "day": day.day,
            "date": leaves.date().isoformat(),
            "start": team.start,
            "start_longitude": start.longitude,
            "start_latitude": start.latitude,
            "leaves": leaves.isoformat(timespec="minutes"),
            "returns": (leaves + timedelta(minutes=day.minutes)).isoformat(timespec="minutes"),
            "minutes": round(day.minutes, 1),
            "stops": [self._stop(order, stop, leaves) for order, stop in enumerate(day.stops, 1)],
        }

    def _stop(self, order: int, stop: Stop, leaves: datetime) -> dict[str, Any]:
        place = self.known.places[stop.point]
        village = self.register.village_of.get(place.village_code or "")
        district = self.register.named_district.get((village and village.district_code) or "")
        doubts = self._doubts(stop.point)
        return {
            "order": order,
            "place_code": place.code,
            "name": place.name or place.code,
            "kind": place.kind,
            "village_code": place.village_code,
            "village_name": None if village is None else village.name or village.code,
            "district_code": None if district is None else district.code,
            "district_name": None if district is None else district.name or district.code,
            "longitude": place.longitude,
            "latitude": place.latitude,
            "arrives": (leaves + timedelta(minutes=stop.arrival_minutes)).isoformat(timespec="minutes"),
            "operators": [name for name, chance in doubts if chance >= IN_DOUBT] or [name for name, _ in doubts],
            "tests": ["signal", "upload"] if place.kind == "polling_station" else ["signal"],
            "fall_people": round(stop.fall_people, 1),
            "informs": self._informed(stop.point),
            "why": self._why(stop, place, doubts).as_json(),
        }

    def _doubts(self, point: int) -> list[tuple[str, float]]:
        """Return the operators by the chance that their most probable grade is wrong, largest first."""
        chances = self.known.beliefs.operator_chances()[:, :, point]
        wrong = [(name, float(1.0 - of.max())) for name, of in zip(self.known.operators, chances, strict=True)]
        return sorted(wrong, key=lambda one: (-one[1], one[0]))

    def _informed(self, point: int) -> int:
        helped = self.known.beliefs.helped(point) > INFORMED
        helped[point] = False
        return int((helped & (self.known.beliefs.of.people > 0.0)).sum())

    def _why(self, stop: Stop, place: Place, doubts: Sequence[tuple[str, float]]) -> Message:
        chances = self.known.beliefs.chances()[:, stop.point]
        leans = Message(f"value.{('none', 'weak', 'served')[int(chances.argmax())]}")
        said: dict[str, object] = {
            "leans": leans,
            "chance": float(chances.max()) * 100.0,
            "people": stop.fall_people,
            "operator": doubts[0][0] if doubts else ANY_OPERATOR,
        }
        if stop.why == "stale":
            said |= {"tested": self.known.stale_since[stop.point], "until": self.known.horizon}
            return Message("survey.why.stale", said)
        if stop.why == "district":
            code = self.register.district_of(place.village_code) or ""
            district = self.register.named_district.get(code)
            return Message(
                "survey.why.district", said | {"district": code if district is None else district.name or code}
            )
        return Message("survey.why.doubt", said)


def _write(folder: Path, said: Mapping[str, Any], settings: Settings) -> list[Path]:
    plan = folder / PLAN_FILE
    write_atomically(plan, json.dumps(said, sort_keys=True, ensure_ascii=False, indent=1).encode())
    outings = [Outing.from_json(day) for day in said["days"]]
    outputs = [plan]
    for language in LANGUAGES:
        outputs.append(write_sheets(folder / f"survey-{language}.xlsx", outings, settings.note, language))
    language = settings.languages[0]
    outputs.append(write_gpx(folder / "survey.gpx", outings, settings.name, language))
    outputs.append(write_kml(folder / "survey.kml", outings, settings.name, language))
    outputs.append(
        write_form(folder / "survey-form.xlsx", outings, settings.operators_on(date.fromisoformat(said["first_day"])))
    )
    return outputs
