"""Sheets for sites that somebody is asked to build: whom they would reach, over which ground, for what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from jangkau.geo import Bounds, distance_azimuth
from jangkau.paths import Antenna, explain
from jangkau.paths.point import NEAREST_M
from jangkau.records import ANY_OPERATOR, Place, Remedy, Request
from jangkau.reports.drawings import Focus, profile_drawing
from jangkau.reports.map_content import MapContent, Points
from jangkau.settings import Settings
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.loop import Standing
from jangkau.studies.picture import Picture
from jangkau.studies.predict import field_settings
from jangkau.studies.report_words import Cell, Sheet, Words
from jangkau.studies.what_if import Closed, site_cells, what_if
from jangkau.terrain.ground import Ground

SITE_KINDS = ("new_site", "repeater", "mobile_bts")
"""Remedies that stand somewhere and reach others."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A site that is chosen or asked for, and what it would bring.

    Attributes
    ----------
    remedy : Remedy
    request : Request or None
        The newest one that would bring it about.
    stakeholder : str
        Whom it asks.
    operator : str
        Whose network was computed.
    closed : list of Closed
        Places that it would bring to served or weak.
    power : str or None
        What feeds the nearest place that says so.
    profile : bytes or None
        SVG of the path to the place with most people that it would serve.
    profile_of : str
        Name of that place.
    """

    remedy: Remedy
    request: Request | None
    stakeholder: str
    operator: str
    closed: list[Closed]
    power: str | None
    profile: bytes | None
    profile_of: str

    @property
    def code(self) -> str:
        """The code of the remedy."""
        return self.remedy.code

    @property
    def people(self) -> int:
        """People at the settlements that it would serve."""
        return sum(c.place.population or 0 for c in self.closed if c.after == "served" and c.place.kind == "settlement")

    @property
    def focus(self) -> Focus:
        """The box of its map: the site and what it would reach."""
        points = [(self.remedy.longitude or 0.0, self.remedy.latitude or 0.0)]
        points += [(c.place.longitude or 0.0, c.place.latitude or 0.0) for c in self.closed]
        east, north = zip(*points, strict=True)
        box = Bounds(min(east), min(north), max(east), max(north)).widened(0.02)
        return Focus(box, (), [(*points[0], self.remedy.name or self.remedy.code)])

    def on(self, shown: MapContent) -> MapContent:
        """Return a map with this site on it."""
        longitude, latitude = shown.sites.xy()
        own = self.remedy.longitude or 0.0, self.remedy.latitude or 0.0
        return replace(shown, sites=Points([*longitude, own[0]], [*latitude, own[1]]))

    def page(self, words: Words) -> dict[str, Any]:
        """Return the sheet of the proposal."""
        remedy = self.remedy
        said = {"operator": self.operator, "people": self.people, "places": len(self.closed)}
        place = f"{remedy.latitude:.5f}, {remedy.longitude:.5f}"
        facts = [
            ("position", place),
            ("kind", words.say(f"kind.{remedy.kind}")),
            ("stakeholder", self.stakeholder or "–"),
            (
                "power",
                words.say("report.power_near", power=self.power) if self.power else words.say("report.power_unknown"),
            ),
            ("land", remedy.note or words.say("report.land_unknown")),
            ("cost", "–" if remedy.cost_idr is None else f"Rp {words.count(remedy.cost_idr)}"),
            ("lead", "–" if remedy.lead_days is None else words.say("report.days", days=remedy.lead_days)),
            ("asked_on", words.day(None if self.request is None else self.request.asked_on)),
            (
                "state",
                words.say("report.not_asked")
                if self.request is None
                else words.say(f"desk.request.{self.request.state}"),
            ),
        ]
        rows: list[list[Cell]] = [
            [
                c.place.name or c.place.code,
                words.say(f"desk.kind.{c.place.kind}"),
                words.count(c.place.population or c.place.voters),
                words.grade(c.before),
                words.grade(c.after),
                f"{100 * c.probability:.0f} %",
            ]
            for c in self.closed
            if c.place.kind != "polling_station"
        ]
        head = words.heads("place", "kind", "people", "before", "after", "probability")
        return {
            "name": remedy.name or remedy.code,
            "sentence": words.say("report.proposal_sentence", **said),
            "facts": Sheet("", ["", ""], [[words.say(f"report.fact_{name}"), text] for name, text in facts]).as_json(),
            "places": Sheet(words.say("report.proposal_places"), head, rows, (2, 5)).as_json(),
            "profile_words": words.say("report.proposal_profile", place=self.profile_of),
        }


def proposals(picture: Picture, ground: Ground | None, circumstances: Circumstances) -> list[Proposal]:
    """Return the sites that are chosen or asked for, by code; none without terrain."""
    if ground is None:
        return []
    wanted = [now for now in picture.standings.values() if _is_wanted(now)]
    return [_proposal(picture, ground, now, circumstances) for now in sorted(wanted, key=lambda n: n.remedy.code)]


def _is_wanted(now: Standing) -> bool:
    here = now.remedy.longitude is not None and now.remedy.latitude is not None
    return here and now.remedy.kind in SITE_KINDS and now.stage not in ("dropped", "closed")


def _proposal(picture: Picture, ground: Ground, now: Standing, circumstances: Circumstances) -> Proposal:
    settings, remedy = picture.settings, now.remedy
    named = remedy.operator if remedy.operator not in (None, ANY_OPERATOR) else None
    operator = named or settings.operators_on(picture.as_of)[0]
    defaults = settings.cell_defaults
    cells = site_cells(
        operator, remedy.longitude or 0.0, remedy.latitude or 0.0, defaults.height_agl_m, defaults.frequency_mhz,
        defaults.eirp_dbm, defaults.bandwidth_mhz, settings.signal.technology, circumstances.clock(),
    )  # fmt: skip
    closed = what_if(settings, ground, cells, picture.verdicts, circumstances.workers).closed
    request = max(now.requests, key=lambda r: (r.asked_on or date.min, r.id), default=None)
    asked = picture.steps.stakeholders.get("" if request is None else request.stakeholder_code)
    largest = next((c.place for c in closed if c.after == "served" and _distance_m(remedy, c.place) > NEAREST_M), None)
    return Proposal(
        remedy,
        request,
        "" if asked is None else asked.name or asked.code,
        operator,
        closed,
        _power_near(remedy, picture.register.places),
        None if largest is None else _profile(settings, ground, remedy, largest),
        "" if largest is None else largest.name or largest.code,
    )


def _power_near(remedy: Remedy, places: Sequence[Place]) -> str | None:
    """Return what feeds the nearest place that says so."""
    known = [p for p in places if p.power and p.longitude is not None and p.latitude is not None]
    if not known:
        return None

    return min(known, key=lambda p: (_distance_m(remedy, p), p.code)).power


def _distance_m(remedy: Remedy, place: Place) -> float:
    ends = (remedy.longitude, remedy.latitude, place.longitude, place.latitude)
    distance, _ = distance_azimuth(*(end or 0.0 for end in ends))
    return float(distance)


def _profile(settings: Settings, ground: Ground, remedy: Remedy, place: Place) -> bytes | None:
    how, defaults = field_settings(settings), settings.cell_defaults
    report = explain(
        ground,
        Antenna(remedy.longitude or 0.0, remedy.latitude or 0.0, defaults.height_agl_m),
        place.longitude or 0.0,
        place.latitude or 0.0,
        frequency_mhz=defaults.frequency_mhz,
        rx_height_agl_m=how.receiver_height_agl_m,
        medium=how.medium,
        step_m=how.profile_step_m,
    )
    if report is None:
        return None
    lines = report.drawing(defaults.height_agl_m, how.receiver_height_agl_m, defaults.frequency_mhz)
    return profile_drawing(lines, report.obstacle.distance_m if report.obstacle.blocks else None)
