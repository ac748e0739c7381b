"""Report: a page for the regent, an annex a district, a sheet a village, proposals, method; PDF/A, XLSX, GeoPackage."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import shapely

from jangkau import grades as rules
from jangkau.errors import RegionError
from jangkau.geo import Bounds
from jangkau.messages import Message
from jangkau.records import Village
from jangkau.reports.drawings import Focus, profile_drawing, small_map
from jangkau.reports.map_content import MapContent, Points
from jangkau.reports.typeset import typeset
from jangkau.settings import as_table
from jangkau.store.database import Store
from jangkau.store.region_folder import RegionFolder
from jangkau.store.runs import Recipe, Run
from jangkau.studies.areas import class_hexagons
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.grade import attributions, rivers_of
from jangkau.studies.grade_map import draw_maps, map_content
from jangkau.studies.grade_outputs import Findings, write_grades
from jangkau.studies.inputs import read_ground, region_bounds, sources_of, store_inputs
from jangkau.studies.keep import anchor
from jangkau.studies.loop import history
from jangkau.studies.picture import Picture
from jangkau.studies.prediction import Prediction
from jangkau.studies.proposals import Proposal, proposals
from jangkau.studies.report_book import write_report_book
from jangkau.studies.report_pages import Pages
from jangkau.studies.report_words import Words
from jangkau.studies.scored import latest_score
from jangkau.studies.why import Answer, why

STUDY = "report"
RULES = (rules.SIGNAL_RULE, rules.OFFICE_RULE, rules.SEND_RULE)
MAP_PX, FRONT_PX, DISTRICT_PX = (560, 560), (520, 600), (900, 600)
"""Width and height of the small maps, in units of their drawing."""


@dataclass(frozen=True, slots=True)
class Reported:
    """The files of a report and how many sheets it has."""

    run: Run
    files: list[Path]
    villages: int
    proposals: int


def report(
    region: RegionFolder, circumstances: Circumstances, languages: Sequence[str], *, stations: bool = False
) -> Reported:
    """Write the report of a region as it stands on a day.

    Parameters
    ----------
    region : RegionFolder
    circumstances : Circumstances
    languages : sequence of str
        A PDF each; workbook and GeoPackage speak the first.
    stations : bool
        Whether polling stations are listed one by one: only for those whose role needs that list.

    Returns
    -------
    Reported
        Files are in ``reports/<run>/``.

    Raises
    ------
    RegionError
        When the region has no village or was never graded.
    """
    started = circumstances.clock()
    with region.store(started) as store:
        horizon = store.horizon()
        picture = Picture.draw(region, store, circumstances.as_of, horizon)
        if not picture.register.villages or picture.run_id is None:
            raise RegionError("report.not_graded", path=str(region.path))
        parameters = as_table(region.settings) | {
            "languages": list(languages),
            "stations": stations,
            "grade": picture.run_id,
        }
        inputs = store_inputs(picture.register.records())
        run = Run.begin(region.path, Recipe(STUDY, circumstances.as_of, parameters, inputs, horizon, RULES))
        made = _Making(region, store, picture, circumstances, run, stations)
        files = made.files(languages)
    summary = {"villages": len(picture.register.villages), "proposals": len(made.proposals)}
    run.finish(started=started, ended=circumstances.clock(), outputs=files, summary=summary)
    anchor(region, run, circumstances)
    return Reported(run, files, **summary)


@dataclass(eq=False)
class _Making:
    """What all pages of one report share."""

    region: RegionFolder
    store: Store
    picture: Picture
    circumstances: Circumstances
    run: Run
    stations: bool

    def files(self, languages: Sequence[str]) -> list[Path]:
        """Write every file of the report."""
        folder = self.region.path / "reports" / self.run.id
        folder.mkdir(parents=True, exist_ok=True)
        maps = draw_maps(folder, self.findings, languages)
        pdfs = []
        for number, (language, drawn) in enumerate(zip(languages, maps, strict=True)):
            self.circumstances.progress(Message("progress.typesetting"), number, len(languages))
            pages = self.pages(language)
            pdfs.append(folder / f"report-{language}.pdf")
            pictures = self.pictures | {"map.png": drawn.read_bytes()}
            typeset(pdfs[-1], "report", self.content(pages), pictures, self.circumstances.as_of)
            drawn.unlink()
        self.circumstances.progress(Message("progress.typesetting"), len(languages), len(languages))
        book = folder / "report.xlsx"
        write_report_book(book, self.pages(languages[0]))
        package = (
            write_grades(folder / "report.gpkg", self.findings) if self.stations else self._without_stations(folder)
        )
        return [*pdfs, book, package]

    def pages(self, language: str) -> Pages:
        """Return the maker of pages of a language."""
        error_db = self.region.settings.radio.model_error_db
        return Pages(self.picture, Words(language), self.stations, self.findings.sources, error_db)

    def _without_stations(self, folder: Path) -> Path:
        """Write the GeoPackage without the grades of single polling stations."""
        shown = self.findings
        kept = [g for g in shown.grades if g.kind != "polling_station"]
        values = {name: getattr(shown, name) for name in Findings.__slots__} | {"grades": kept}
        return write_grades(folder / "report.gpkg", Findings(**values))

    @cached_property
    def prediction(self) -> Prediction | None:
        return Prediction.latest(self.region, self.picture.as_of)

    @cached_property
    def findings(self) -> Findings:
        """What maps show: the picture, with terrain and predicted classes."""
        settings, horizon, register = self.region.settings, self.run.recipe.horizon, self.picture.register
        ground = None
        if sources_of(self.store, "terrain", horizon):
            reach = settings.radio.radius_km * 1e3 if self.prediction else 0.0
            ground = read_ground(self.region, self.store, horizon, reach)
        operators = settings.operators_on(self.picture.as_of)
        classes = None if self.prediction is None else self.prediction.any_class(operators, settings)
        picture = self.picture
        return Findings(
            settings=settings,
            as_of=picture.as_of,
            register=register,
            grades=[g for own in (*picture.areas.values(), *picture.places.values()) for g in own.values()],
            gaps=[gap for own in picture.gaps.values() for gap in own],
            verdicts=picture.verdicts,
            classes=classes,
            hexagons=None if classes is None else class_hexagons(classes, register.villages),
            ground=ground,
            prediction=self.prediction,
            score=latest_score(self.region.path, picture.as_of),
            rivers=rivers_of(self.region, self.store, horizon),
            sources=attributions(self.store, horizon),
        )

    @cached_property
    def shown(self) -> MapContent:
        return map_content(self.findings)

    @cached_property
    def proposals(self) -> list[Proposal]:
        return proposals(self.picture, self.findings.ground, self.circumstances)

    @cached_property
    def explained(self) -> dict[str, Answer]:
        """The path to the worst hamlet of each village that is not served, of the operator that comes nearest."""
        found: dict[str, Answer] = {}
        if self.prediction is None or self.findings.ground is None:
            return found
        operators = self.region.settings.operators_on(self.picture.as_of)
        pages = self.pages(self.region.settings.languages[0])
        for village in self.picture.register.villages:
            dark = pages.worst_hamlet(village.code)
            place = None if dark is None else self.picture.register.place_of[dark.code]
            if place is None or place.longitude is None:
                continue
            answers = why(
                self.picture.register, self.prediction, self.findings.ground, self.region.settings, operators, place
            )
            best = next((a for a in answers if a.path is not None), None)
            if best is not None:
                found[village.code] = best
        return found

    @cached_property
    def pictures(self) -> dict[str, bytes]:
        """All drawings by file name; they hold no word of any language but names."""
        register, found = self.picture.register, {}
        total = len(register.villages)
        phone_agl_m = self.region.settings.signal.receiver_height_agl_m
        villages_filled = replace(
            self.shown, area=None, sites=Points(), predicted=Points(), tested=Points(), claimed=Points()
        )
        found["front.svg"] = small_map(villages_filled, Focus(region_bounds(self.region.settings)), *FRONT_PX)
        for district in register.districts:
            if district.code in register.boxes:
                outline = [district.geometry_wkb] if district.geometry_wkb is not None else []
                names = self._names([v for v in register.villages if v.district_code == district.code])
                focus = Focus(Bounds(*register.boxes[district.code][0]), outline, names)
                found[_name("district", district.code)] = small_map(self.shown, focus, *DISTRICT_PX)
        for number, village in enumerate(register.villages):
            self.circumstances.progress(Message("progress.drawing_sheets"), number, total)
            if (box := self._box(village)) is not None:
                outline = [village.geometry_wkb] if village.geometry_wkb is not None else []
                focus = Focus(box, outline, self._hamlets(village))
                found[_name("village", village.code)] = small_map(self.shown, focus, *MAP_PX)
            if village.code in self.explained:
                found[_name("profile", village.code)] = _profile(self.explained[village.code], phone_agl_m)
        self.circumstances.progress(Message("progress.drawing_sheets"), total, total)
        for proposal in self.proposals:
            found[_name("site", proposal.code)] = small_map(proposal.on(self.shown), proposal.focus, *DISTRICT_PX)
            if proposal.profile is not None:
                found[_name("path", proposal.code)] = proposal.profile
        return found

    def _names(self, villages: Sequence[Village]) -> list[tuple[float, float, str]]:
        boxes = self.picture.register.boxes
        return [(*boxes[v.code][1], v.name or v.code) for v in villages if v.code in boxes]

    def _box(self, village: Village) -> Bounds | None:
        """Return the box of a village: its outline, else where its places are."""
        boxes = self.picture.register.boxes
        if village.code in boxes:
            return Bounds(*boxes[village.code][0])
        points = [
            (p.longitude, p.latitude)
            for p in self.picture.register.places_in.get(village.code, [])
            if p.longitude is not None and p.latitude is not None
        ]
        if not points:
            return None
        return Bounds(*(float(v) for v in shapely.MultiPoint(points).bounds))

    def _hamlets(self, village: Village) -> list[tuple[float, float, str]]:
        return [
            (p.longitude, p.latitude, p.name)
            for p in self.picture.register.places_in.get(village.code, [])
            if p.kind == "settlement" and p.longitude is not None and p.latitude is not None and p.name
        ]

    def content(self, pages: Pages) -> dict[str, Any]:
        """Return everything that the template reads."""
        say, settings = pages.words.say, self.region.settings
        day = pages.words.day(self.picture.as_of)
        named = ("map", "no_map", "district", "profile", "proposal", "method", "symbols")
        return {
            "language": pages.words.language,
            "title": say("report.title", region=settings.name),
            "author": "Jangkau",
            "note": settings.note,
            "as_of": day,
            "foot": say("report.foot", region=settings.name, date=day, run=self.run.id),
            "words": {name: say(f"report.word_{name}") for name in named},
            "front": pages.front() | {"map": "front.svg"},
            "map": "map.png",
            "districts": [
                pages.district(d) | {"map": self._drawn("district", d.code)} for d in self.picture.register.districts
            ],
            "villages": [self._village(pages, v) for v in self.picture.register.villages],
            "proposals": [self._proposal(pages.words, p) for p in self.proposals],
            "method": pages.method(self.run.id),
            "symbols": pages.symbols(),
        }

    def _drawn(self, kind: str, code: str) -> str | None:
        name = _name(kind, code)
        return name if name in self.pictures else None

    def _village(self, pages: Pages, village: Village) -> dict[str, Any]:
        standings = self.picture.remedies_of_village.get(village.code, [])
        events = [event for now in standings for event in history(self.store, now)]
        answer = self.explained.get(village.code)
        words = ""
        if answer is not None and answer.server is not None:
            words = pages.words.say(
                "report.profile_words", operator=answer.operator, site=answer.server.site_code, rsrp_dbm=answer.rsrp_dbm
            )
        drawings = {"map": self._drawn("village", village.code), "profile": self._drawn("profile", village.code)}
        return pages.village(village, events) | drawings | {"profile_words": words}

    def _proposal(self, words: Words, proposal: Proposal) -> dict[str, Any]:
        drawings = {"map": self._drawn("site", proposal.code), "profile": self._drawn("path", proposal.code)}
        return proposal.page(words) | drawings


def _name(kind: str, code: str) -> str:
    safe = "".join(c if c.isalnum() or c in ".-" else f"_{ord(c):x}_" for c in code)
    return f"{kind}-{safe}.svg"


def _profile(answer: Answer, phone_agl_m: float) -> bytes:
    assert answer.path is not None
    assert answer.server is not None
    lines = answer.path.drawing(answer.server.height_agl_m, phone_agl_m, answer.server.frequency_mhz)
    obstacle = answer.path.obstacle
    return profile_drawing(lines, obstacle.distance_m if obstacle.blocks else None)
