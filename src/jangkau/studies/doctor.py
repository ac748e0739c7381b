"""Doctor: what is missing or odd in a region, and what it costs in confidence."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from jangkau.coverage.transmitters import complete_all
from jangkau.messages import Message
from jangkau.records import Cell, Link, Measurement, Source
from jangkau.settings import Settings
from jangkau.store.database import Store
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.bundles import KIND as BUNDLE
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.inputs import refusals_file, sources_of
from jangkau.studies.rates import rate_changes
from jangkau.studies.register import Register
from jangkau.studies.scored import latest_score

Severity = Literal["missing", "odd", "good"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: how bad it is, what it is, and what it costs."""

    severity: Severity
    what: Message
    cost: Message | None = None


@dataclass(frozen=True, slots=True)
class _Region:
    region: RegionFolder
    store: Store
    register: Register
    circumstances: Circumstances

    @property
    def settings(self) -> Settings:
        return self.region.settings

    def cells(self) -> list[Cell]:
        return self.store.read(Cell, as_of=self.circumstances.as_of)


def examine(region: RegionFolder, circumstances: Circumstances) -> list[Finding]:
    """Return the findings of a region, the worst first."""
    with region.store(circumstances.clock()) as store:
        seen = _Region(region, store, Register.read(store, circumstances.as_of), circumstances)
        found = [finding for look in LOOKS for finding in look(seen)]
    order = ("missing", "odd", "good")
    return sorted(found, key=lambda finding: order.index(finding.severity))


def _finding(severity: Severity, code: str, **parameters: object) -> Finding:
    cost = None if severity == "good" else Message(f"doctor.{code}.cost", parameters)
    return Finding(severity, Message(f"doctor.{code}", parameters), cost)


def _terrain(seen: _Region) -> Iterator[Finding]:
    files = sources_of(seen.store, "terrain")
    if not files:
        yield _finding("missing", "no_terrain")
    if files and not sources_of(seen.store, "land_cover"):
        yield _finding("missing", "no_land_cover", height_m=seen.settings.radio.assumed_clutter_height_m)


def _operators(seen: _Region) -> Iterator[Finding]:
    operators = seen.settings.operators_on(seen.circumstances.as_of)
    if not operators:
        yield _finding("missing", "no_operators")
    crowd = {s.id for s in seen.store.read(Source) if s.kind == "opencellid"}
    cells = seen.cells()
    for operator in operators:
        own = [c for c in cells if c.operator == operator]
        if not own:
            yield _finding("missing", "no_cells", operator=operator)
        elif all(c.source_id in crowd for c in own):
            yield _finding("odd", "crowd_cells", operator=operator, count=len(own))
        else:
            yield _finding("good", "cells", operator=operator, count=len(own))
    strangers = Counter(c.operator for c in cells if c.operator not in operators)
    for operator, count in sorted(strangers.items()):
        yield _finding("odd", "unlisted_operator", operator=operator, count=count)


def _assumptions(seen: _Region) -> Iterator[Finding]:
    defaults = seen.settings.cell_defaults
    transmitters = complete_all(seen.cells(), defaults)
    counts = Counter(name for t in transmitters for name in t.assumed)
    for name, count in counts.most_common():
        what = Message(f"assumed.{name}")
        yield _finding(
            "odd", "assumed", name=what, count=count, total=len(transmitters), error_db=defaults.error_db_per_default
        )


def _people(seen: _Region) -> Iterator[Finding]:
    register = seen.register
    if not register.villages:
        yield _finding("missing", "no_villages")
    homes = {p.village_code for p in register.places if p.kind == "settlement" and p.population}
    without = [v for v in register.villages if v.code not in homes]
    if without:
        people = sum(v.population or 0 for v in without)
        yield _finding("missing", "no_settlements", count=len(without), total=len(register.villages), people=people)
    unlocated = [p for p in register.places if p.longitude is None]
    if unlocated:
        yield _finding("missing", "no_position", count=len(unlocated), total=len(register.places))
    vague = [p for p in register.places if p.longitude is not None and p.position_accuracy_m is None]
    if vague:
        yield _finding(
            "odd", "no_accuracy", count=len(vague), accuracy_m=seen.settings.radio.assumed_position_accuracy_m
        )


def _stations(seen: _Region) -> Iterator[Finding]:
    known = Counter(p.village_code for p in seen.register.places if p.kind == "polling_station")
    expected = sum(v.polling_stations or 0 for v in seen.register.villages)
    if expected and sum(known.values()) < expected:
        yield _finding("missing", "no_stations", known=sum(known.values()), expected=expected)


def _offices(seen: _Region) -> Iterator[Finding]:
    offices = {p.code for p in seen.register.places if p.kind in ("village_office", "district_office")}
    linked = {link.place_code for link in seen.register.links}
    if offices - linked:
        yield _finding("missing", "no_links", count=len(offices - linked), total=len(offices))
    measured = {probe.link_code for probe in seen.register.probes}
    unmeasured = [link for link in seen.register.links if link.place_code in offices and link.code not in measured]
    if unmeasured:
        yield _finding("missing", "unmeasured_links", count=len(unmeasured))
    rows = [r for r in seen.store.read(Link) if r.valid_from is None or r.valid_from <= seen.circumstances.as_of]
    changes = rate_changes(rows, seen.register.probes, seen.settings.timezone)
    untested = [c for c in changes if c.tested_after is None and c.raised]
    if untested:
        yield _finding("odd", "untested_rates", count=len(untested))


def _evidence(seen: _Region) -> Iterator[Finding]:
    as_of, days = seen.circumstances.as_of, seen.settings.evidence.valid_days
    if not seen.register.visits:
        yield _finding("missing", "no_visits")
        return
    stale = [v for v in seen.register.visits if as_of - v.time.date() > timedelta(days=days)]
    if stale:
        yield _finding("odd", "stale_visits", count=len(stale), total=len(seen.register.visits), days=days)


def _score(seen: _Region) -> Iterator[Finding]:
    found = latest_score(seen.region.path, seen.circumstances.as_of)
    if found is not None and found["headline"] is not None:
        posterior = found["headline"]["posterior"]
        percent = 100.0 * posterior["coverage_90_fraction"]
        yield _finding("good", "score", tests=found["tests"]["used"], rmse_db=posterior["rmse_db"], percent=percent)
    elif seen.store.count(Measurement):
        yield _finding("odd", "no_score", error_db=seen.settings.radio.model_error_db)


def _claims(seen: _Region) -> Iterator[Finding]:
    blank = {c.village_code for c in seen.register.claims if c.subject == "blank_spot"}
    if blank:
        yield _finding("odd", "claims", count=len(blank))


def _refused(seen: _Region) -> Iterator[Finding]:
    for source in seen.store.read(Source):
        if source.rows_refused and (source.kind == BUNDLE or refusals_file(seen.region, source).is_file()):
            yield _finding(
                "odd", "refused_rows", file=source.original_name, count=source.rows_refused, total=source.rows_read
            )


LOOKS: tuple[Callable[[_Region], Iterator[Finding]], ...] = (
    _terrain, _operators, _assumptions, _people, _stations, _offices, _evidence, _score, _claims, _refused,
)  # fmt: skip
