"""What stands on the pages of a report, in one language: front page, districts, villages, method.

Every number is counted from the picture of the region, so that the report and the desk never disagree.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jangkau import __version__
from jangkau import grades as rules
from jangkau.paths import MODEL
from jangkau.records import ANY_OPERATOR, District, Grade, Place, Village, Visit
from jangkau.settings import Settings, as_table
from jangkau.studies.loop import Event
from jangkau.studies.picture import WORST, Picture
from jangkau.studies.readiness import STATES, Late, asked, late, readiness, state_of
from jangkau.studies.register import Register
from jangkau.studies.report_words import Cell, Sheet, Words

LONGEST_LIST = 5
"""Villages named on the front page; the annexes name all."""

NEWEST_TESTS = 12
"""Tests printed on the sheet of a village, newest first."""


@dataclass(frozen=True, eq=False)
class Pages:
    """Makes the contents of pages.

    Attributes
    ----------
    picture : Picture
    words : Words
    stations : bool
        Whether polling stations are listed one by one; without, only their numbers are said.
    sources : sequence of str
        Attribution of each source, a line each.
    error_db : float
        Standard deviation of measured minus predicted that the grades were made with [dB].
    """

    picture: Picture
    words: Words
    stations: bool
    sources: Sequence[str]
    error_db: float

    @property
    def settings(self) -> Settings:
        """The settings of the region."""
        return self.picture.settings

    @property
    def register(self) -> Register:
        """The register on the day of the report."""
        return self.picture.register

    # ---- front page

    def front(self) -> dict[str, Any]:
        """Return the page for the regent: five questions, the readiness bar, and who was asked for what."""
        days = self._days_left()
        return {
            "title": self.words.say("report.title", region=self.settings.name),
            "subtitle": self.words.say(
                "report.subtitle"
                if days is None
                else "report.subtitle_deadline"
                if days >= 0
                else "report.subtitle_past",
                date=self.words.day(self.picture.as_of),
                days=abs(days or 0),
                deadline=self.words.day(self.settings.deadline),
            ),
            "bar": self._bar(),
            "answers": [self._blank(), self._tested(), self._remaining(), self._counting(), self._asking()],
            "asked": self._asked().as_json(),
            "map_words": self.words.say("report.front_map"),
            "signatures": [self.words.say("report.signed_by_ict"), self.words.say("report.signed_by_regent")],
        }

    def _days_left(self) -> int | None:
        deadline = self.settings.deadline
        return None if deadline is None else (deadline - self.picture.as_of).days

    def _bar(self) -> list[dict[str, Any]]:
        total = readiness(self.picture)[0]
        return [
            {
                "state": state,
                "amount": total.villages[state],
                "label": self.words.say(
                    f"report.state_{state}", villages=total.villages[state], people=round(total.people[state])
                ),
            }
            for state in STATES
        ]

    @cached_property
    def village_grades(self) -> list[Grade]:
        """The grades of villages for any operator, the worst with most people first."""
        grades = self.picture.areas.get(("village", "signal", ANY_OPERATOR), {}).values()
        return sorted(grades, key=lambda g: (-(g.amount_none or 0.0), WORST[g.value], -(g.denominator or 0.0), g.code))

    def _blank(self) -> dict[str, Any]:
        counts = {value: [g for g in self.village_grades if g.value == value] for value in WORST}
        region = self.picture.area("region", self.settings.code or self.settings.name or "region")
        answer = self.words.say(
            "report.blank",
            none=len(counts["none"]),
            partial=len(counts["partial"]) + len(counts["weak"]),
            unknown=len(counts["unknown"]),
            people=0 if region is None else round(region.amount_none or 0.0),
            people_unknown=0 if region is None else round(region.amount_unknown or 0.0),
        )
        dark = [g for g in self.village_grades if g.amount_none][:LONGEST_LIST]
        more = [
            self.words.say(
                "report.blank_village",
                village=g.name or g.code,
                district=self.district_name(g.district_code),
                people=round(g.amount_none or 0.0),
                reason=self.why(g),
            )
            for g in dark
        ]
        return self._answer("blank", answer, more)

    def _answer(self, question: str, answer: str, more: Sequence[str]) -> dict[str, Any]:
        return {"question": self.words.say(f"report.question_{question}"), "answer": answer, "more": list(more)}

    def _tested(self) -> dict[str, Any]:
        valid = [v for v in self.register.visits if self._age_days(v) <= self.settings.evidence.valid_days]
        valid = [v for v in valid if self._age_days(v) >= 0]
        newest = max(valid, key=lambda v: v.time, default=None)
        by_district = {self.register.district_of(p.village_code) for v in valid if (p := self._place(v)) is not None}
        untested = [d.name or d.code for d in self.register.districts if d.code not in by_district]
        answer = self.words.say(
            "report.tested" if newest is not None else "report.tested_never",
            places=len({v.place_code for v in valid}),
            districts=len(self.register.districts) - len(untested),
            all_districts=len(self.register.districts),
            days=self.settings.evidence.valid_days,
            date=self.words.day(None if newest is None else newest.time.date()),
            tester=(newest.tester if newest is not None else None) or self.words.say("report.tester_unknown"),
        )
        old = sum(g.stale for g in self.village_grades)
        more = [self.words.say("report.untested_districts", districts=", ".join(untested))] if untested else []
        more += [self.words.say("report.stale_villages", count=old)] if old else []
        return self._answer("tested", answer, more)

    def _age_days(self, visit: Visit) -> int:
        return (self.picture.as_of - visit.time.date()).days

    def _place(self, visit: Visit) -> Place | None:
        return self.register.place_of.get(visit.place_code)

    def _remaining(self) -> dict[str, Any]:
        open_now = [g for g in self.village_grades if state_of(g) not in ("proven", "predicted")]
        planned = [
            g
            for g in open_now
            if any(n.stage not in ("dropped", "closed") for n in self.picture.remedies_of_village.get(g.code, []))
        ]
        answer = self.words.say(
            "report.remaining", open=len(open_now), planned=len(planned), rest=len(open_now) - len(planned)
        )
        behind = [one for one in late(self.picture) if one.standing is not None]
        more = [self._late(one) for one in behind[:LONGEST_LIST]]
        return self._answer("remaining", answer, more)

    def _late(self, one: Late) -> str:
        village = self.register.village_of.get(one.village_code)
        name = one.village_code if village is None else village.name or village.code
        return f"{name}: {self.words.of(one.sentence)}"

    def _counting(self) -> dict[str, Any]:
        region = self.settings.code or self.settings.name or "region"
        send, office = (self.picture.area("region", region, quantity) for quantity in ("send", "office"))
        if send is None or not send.denominator:
            return self._answer("counting", self.words.say("report.no_stations"), [])
        answer = self.words.say(
            "report.counting",
            can=round(send.amount_served or 0.0),
            total=round(send.denominator),
            cannot=round((send.amount_none or 0.0) + (send.amount_weak or 0.0)),
            unknown=round(send.amount_unknown or 0.0),
        )
        stations = [p for p in self.register.places if p.kind == "polling_station"]
        elsewhere = sum(p.send_place_code is not None for p in stations)
        more = [self.words.say("report.send_places", count=elsewhere)] if elsewhere else []
        if office is not None and office.denominator:
            said = {"up": round(office.amount_served or 0.0), "total": round(office.denominator)}
            more.append(self.words.say("report.offices", unknown=round(office.amount_unknown or 0.0), **said))
        return self._answer("counting", answer, more)

    def _asking(self) -> dict[str, Any]:
        waiting = asked(self.picture)
        total, overdue = sum(len(a.requests) for a in waiting), sum(a.overdue for a in waiting)
        code = "report.asking" if total else "report.asking_nobody"
        return self._answer("asking", self.words.say(code, total=total, stakeholders=len(waiting), overdue=overdue), [])

    def _asked(self) -> Sheet:
        rows: list[list[Cell]] = []
        for one in asked(self.picture):
            who = self.picture.steps.stakeholders.get(one.stakeholder_code)
            what = "; ".join(r.name or r.code for r in one.requests[:3])
            name = one.stakeholder_code if who is None else who.name or who.code
            rows.append([name, str(len(one.requests)), str(one.overdue), self.words.count(one.oldest_days), what])
        return Sheet("", self.words.heads("stakeholder", "requests", "overdue", "oldest_days", "what"), rows, (1, 2, 3))

    # ---- districts

    def district(self, district: District) -> dict[str, Any]:
        """Return the annex of a district: its villages and its offices."""
        own = [g for g in self.village_grades if g.district_code == district.code]
        total = self.picture.area("district", district.code)
        offices = self._offices(district)
        return {
            "name": district.name or district.code,
            "sentence": "" if total is None else self.words.reason(total),
            "villages": self.village_table(own).as_json(),
            "offices": offices.as_json(),
        }

    def village_table(self, grades: Iterable[Grade]) -> Sheet:
        """Return the table of villages: grade, people without signal, stations that can send, evidence, next step."""
        head = self.words.heads("village", "grade", "people_none", "people", "stations", "next")
        rows: list[list[Cell]] = []
        for g in grades:
            send = self.picture.area("village", g.code, "send")
            stations = "–"
            if send is not None and send.denominator:
                stations = f"{self.words.count(send.amount_served)}/{self.words.count(send.denominator)}"
            rows.append(
                [
                    g.name or g.code,
                    self.words.grade(g.value),
                    self.words.count(g.amount_none),
                    self.words.count(g.denominator),
                    stations,
                    self.next_step(g),
                ]
            )
        return Sheet(self.words.say("report.villages"), head, rows, (2, 3, 4))

    def next_step(self, grade: Grade) -> str:
        """Return what comes next for a village: its evidence where it is served, else what is planned."""
        if state_of(grade) in ("proven", "predicted"):
            return self.words.evidence(grade)
        running = [n for n in self.picture.remedies_of_village.get(grade.code, []) if n.stage != "dropped"]
        if not running:
            return self.words.say("report.next_test" if grade.value == "unknown" else "report.no_plan")
        return self.words.of(running[0].sentence)

    def _offices(self, district: District) -> Sheet:
        rows: list[list[Cell]] = []
        for place in self.register.places:
            grade = self.picture.places.get(("office", ANY_OPERATOR), {}).get(place.code)
            if grade is not None and self.register.district_of(place.village_code) == district.code:
                links = self.register.links_of.get(place.code, [])
                names = ", ".join(f"{x.provider or '?'} {self.words.count(x.download_mbps)} Mbit/s" for x in links)
                rows.append(
                    [place.name or place.code, self.words.grade(grade.value), names or "–", self.words.reason(grade)]
                )
        return Sheet(self.words.say("report.offices_title"), self.words.heads("place", "grade", "links", "why"), rows)

    # ---- villages

    def village(self, village: Village, history: Sequence[Event]) -> dict[str, Any]:
        """Return the sheet of a village: grade and why, operators, places, tests, claims, what was done."""
        grade = self.picture.area("village", village.code)
        assert grade is not None  # every village of the register has one
        notes = [self.words.say("report.stations_left_out")] if not self.stations else []
        return {
            "where": self.words.say(
                "report.village_of", code=village.code, district=self.district_name(village.district_code)
            ),
            "name": village.name or village.code,
            "grade": self.words.grade(grade.value),
            "why": self.why(grade),
            "operators": self._operators(village).as_json(),
            "places": self._places(village).as_json(),
            "tests": self._tests(village).as_json(),
            "claims": self._claims(village).as_json(),
            "steps": self._steps(history).as_json(),
            "notes": notes,
        }

    def why(self, grade: Grade) -> str:
        """Return the sentence that explains a village: that of its hamlet with most people that is not served."""
        dark = self.worst_hamlet(grade.code)
        return self.words.reason(grade if dark is None else dark)

    def worst_hamlet(self, village_code: str) -> Grade | None:
        """Return the grade of the settlement that most needs an explanation; None where all are served."""
        grades = self.picture.places.get(("signal", ANY_OPERATOR), {})
        own = [
            (WORST[g.value], -(p.population or 0), p.code, g)
            for p in self.register.places_in.get(village_code, [])
            if p.kind == "settlement" and (g := grades.get(p.code)) is not None and g.value != "served"
        ]
        return min(own)[3] if own else None

    def district_name(self, code: str | None) -> str:
        """Return the name of a district, its code where it has none."""
        district = self.register.named_district.get(code or "")
        return (code or "–") if district is None else district.name or district.code

    def _operators(self, village: Village) -> Sheet:
        rows: list[list[Cell]] = []
        for g in self.picture.grades_of_area("village", village.code):
            if g.quantity == "signal":
                name = self.words.say("report.any_operator") if g.operator == ANY_OPERATOR else g.operator
                share = f"{self.words.count(g.amount_served)}/{self.words.count(g.denominator)}"
                rows.append([name, self.words.grade(g.value), share])
        return Sheet(
            self.words.say("report.operators"), self.words.heads("operator", "grade", "people_served"), rows, (2,)
        )

    def _places(self, village: Village) -> Sheet:
        rows: list[list[Cell]] = []
        for place in self.register.places_in.get(village.code, []):
            if place.kind == "polling_station" and not self.stations:
                continue
            for g in self.picture.grades_of_place(place.code):
                asked_of = {"settlement": "signal", "polling_station": "send"}.get(place.kind, "office")
                if g.quantity == asked_of and g.operator == ANY_OPERATOR:
                    kind = self.words.say(f"desk.kind.{place.kind}")
                    people = self.words.count(place.population or place.voters)
                    rows.append(
                        [place.name or place.code, kind, people, self.words.grade(g.value), self.words.evidence(g)]
                    )
        head = self.words.heads("place", "kind", "people", "grade", "evidence")
        return Sheet(self.words.say("report.places"), head, rows, (2,))

    def _tests(self, village: Village) -> Sheet:
        codes = {p.code: p for p in self.register.places_in.get(village.code, [])}
        visits = [v for code in codes for v in self.register.evidence.visits.get(code, [])]
        visits = [v for v in visits if self.stations or codes[v.place_code].kind != "polling_station"]
        rows: list[list[Cell]] = []
        for v in sorted(visits, key=lambda v: (v.time, v.id), reverse=True)[:NEWEST_TESTS]:
            level = "–" if v.rsrp_dbm is None else f"{v.rsrp_dbm:.0f} dBm"
            where = codes[v.place_code].name or v.place_code
            service = self.words.say(f"desk.service.{v.service}")
            rows.append([self.words.day(v.time.date()), where, v.operator, service, level, v.tester or "–"])
        head = self.words.heads("date", "place", "operator", "service", "level", "tester")
        return Sheet(self.words.say("report.tests"), head, rows, (4,))

    def _claims(self, village: Village) -> Sheet:
        rows: list[list[Cell]] = [
            [c.claimed_on or "–", c.statement, c.publisher or "–"] for c in self.picture.claims.get(village.code, [])
        ]
        return Sheet(self.words.say("report.claims"), self.words.heads("date", "statement", "publisher"), rows)

    def _steps(self, history: Sequence[Event]) -> Sheet:
        rows: list[list[Cell]] = [[self.words.day(e.on), e.who or "–", self.words.of(e.what)] for e in history]
        return Sheet(self.words.say("report.steps"), self.words.heads("date", "who", "what"), rows)

    # ---- method

    def method(self, run_id: str) -> list[dict[str, Any]]:
        """Return the last pages: rules, standards, how right the map is, sources, versions."""
        standards = [
            [name, f"{value:g}" if isinstance(value, (int, float)) else str(value)]
            for part in ("signal", "send", "office", "evidence")
            for name, value in as_table(getattr(self.settings, part)).items()
        ]
        sentences = [
            f"rule_{rule.replace('-', '_')}" for rule in (rules.SIGNAL_RULE, rules.OFFICE_RULE, rules.SEND_RULE)
        ]
        return [
            self._part(
                "rules", [self.words.say(f"report.{name}") for name in ("three_quantities", *sentences, "rollup")]
            ),
            self._part("standards", [], Sheet("", self.words.heads("setting", "value"), standards, (1,))),
            self._part("model", [self.words.say("report.model_words", model=MODEL, error_db=self.error_db)]),
            self._part("sources", list(self.sources)),
            self._part(
                "versions",
                [
                    self.words.say(
                        "report.version_words", version=__version__, run=run_id, grade=self.picture.run_id or "–"
                    )
                ],
            ),
        ]

    def _part(self, name: str, sentences: Sequence[str], table: Sheet | None = None) -> dict[str, Any]:
        title = self.words.say(f"report.method_{name}")
        return {"title": title, "sentences": list(sentences), "table": None if table is None else table.as_json()}

    def symbols(self) -> list[Cell]:
        """Return every grade with its word, for the key of symbols."""
        return [self.words.grade(value) for value in WORST]
