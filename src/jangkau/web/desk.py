"""What all requests share: the region, its store, and the picture that was drawn from them last."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from jangkau.errors import RegionError
from jangkau.messages import Message
from jangkau.records import Probe, Sheet, Visit
from jangkau.store.checks import Checks
from jangkau.store.region_folder import RegionFolder
from jangkau.store.runs import latest_run
from jangkau.store.schema import AUDIT
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.ground_tiles import make_ground_tiles
from jangkau.studies.inputs import read_ground, sources_of
from jangkau.studies.picture import Picture
from jangkau.studies.prediction import Prediction
from jangkau.studies.scored import latest_score, score_line
from jangkau.studies.survey import latest_survey
from jangkau.studies.tiles import make_run_tiles
from jangkau.terrain.ground import Ground
from jangkau.web.features import Layers

_UNSEEN = ("measurement", "alias", "run", "attachment", "backup", "mark")
"""Nouns that the picture does not hold: when only these grow it stays as it is."""

_STEPS = ("stakeholder", "remedy", "task", "request")
"""Nouns that no grade depends on."""

_TESTS = ("visit", "probe", "sheet")
"""Nouns of which more is added to the picture without drawing it anew."""

E = TypeVar("E", Visit, Probe, Sheet)


@dataclass(frozen=True, slots=True)
class _State:
    """What a picture depends on: the last sequence of each noun, the day, and the runs."""

    covered: dict[str, int]
    as_of: date
    runs: int

    def of(self, nouns: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(self.covered.get(noun, 0) for noun in nouns)

    @property
    def rest(self) -> tuple[object, ...]:
        """What changes only when everything must be judged anew."""
        apart = (*_UNSEEN, *_STEPS, *_TESTS)
        return (self.as_of, self.runs, *((n, last) for n, last in sorted(self.covered.items()) if n not in apart))


class StoppedError(Exception):
    """The server ends; what was under way is made the next time."""


class Desk:
    """The state of a serving process; threads may share it."""

    def __init__(self, region: RegionFolder, clock: Callable[[], datetime], as_of: date | None, workers: int) -> None:
        self.region = region
        self.clock = clock
        self.workers = workers
        self.store = region.store(clock())
        self._as_of = as_of
        self._lock = threading.Lock()
        self._ground_lock = threading.Lock()
        self._picture: tuple[_State, Picture] | None = None
        self._prediction: tuple[tuple[object, ...], Prediction | None] | None = None
        self._ground: tuple[object, Ground | None] | None = None
        self._tiles_of: tuple[object, ...] | None = None
        self._stopping = threading.Event()
        self.layers = Layers()

    def stop(self) -> None:
        """Make drawing in the background end at its next step."""
        self._stopping.set()

    @property
    def is_stopping(self) -> bool:
        """Whether the server is about to end: what runs on must end too."""
        return self._stopping.is_set()

    def _go_on(self, *_: object) -> None:
        if self._stopping.is_set():
            raise StoppedError

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    @property
    def as_of(self) -> date:
        """The day that counts as today: the one that was set, else today in the region's zone."""
        zone = ZoneInfo(self.region.settings.timezone)
        return self._as_of or self.clock().astimezone(zone).date()

    @contextmanager
    def checks(self) -> Iterator[Checks]:
        """Open the checks of links."""
        opened = self.region.checks()
        try:
            yield opened
        finally:
            opened.close()

    def circumstances(self, actor: str) -> Circumstances:
        """Return the circumstances of a study that somebody asks for."""
        return Circumstances(self.as_of, self.clock, workers=self.workers, actor=actor)

    def _state(self) -> _State:
        query = sa.select(AUDIT.c.detail).order_by(AUDIT.c.sequence.desc()).limit(1)
        with self.store.engine.connect() as connection:
            detail = connection.execute(query).scalar()
        return _State(json.loads(detail)["covered"] if detail else {}, self.as_of, self._runs())

    def _runs(self) -> int:
        runs = self.region.path / "runs"
        return runs.stat().st_mtime_ns if runs.is_dir() else 0

    def picture(self) -> Picture:
        """Return the region as it stands; what has changed since it was drawn last is drawn anew."""
        state = self._state()
        known = self._picture
        if known is not None and known[0] == state:
            return known[1]
        with self._lock:
            if self._picture is None or self._picture[0] != state:
                self._picture = (state, self._drawn(state))
            return self._picture[1]

    def _drawn(self, state: _State) -> Picture:
        """Return the picture of a state, from the last one where no more than tests and steps were added to it."""
        if self._picture is None or self._picture[0].rest != state.rest:
            return Picture.draw(self.region, self.store, self.as_of, state.covered)
        before, picture = self._picture
        visits, probes = self._since(Visit, before, state), self._since(Probe, before, state)
        if any(one.corrects for one in [*visits, *probes]):
            return Picture.draw(self.region, self.store, self.as_of, state.covered)
        if visits or probes:
            picture = picture.with_evidence(visits, probes, self._since(Sheet, before, state))
        return picture if before.of(_STEPS) == state.of(_STEPS) else picture.with_steps(self.store)

    def _since(self, kind: type[E], before: _State, state: _State) -> list[E]:
        first, last = (one.covered.get(kind.noun, 0) for one in (before, state))
        return [] if last <= first else self.store.read(kind, after=first, horizon=state.covered)

    def prediction(self) -> Prediction | None:
        """Return the newest prediction up to the day."""
        state = (self._runs(), self.as_of)
        if self._prediction is None or self._prediction[0] != state:
            self._prediction = (state, Prediction.latest(self.region, self.as_of))
        return self._prediction[1]

    def survey(self) -> dict[str, Any] | None:
        """Return the plan of the newest survey up to the day."""
        return latest_survey(self.region.path, self.as_of)

    def graded_at(self) -> datetime | None:
        """Return when the newest grading was finished."""
        run = latest_run(self.region.path, "grade", self.as_of)
        return None if run is None else datetime.fromtimestamp((run / "run.json").stat().st_mtime, tz=ZoneInfo("UTC"))

    def draw_tiles(self) -> None:
        """Make the tiles of the ground and of the newest runs that are missing; it may take minutes.

        Raises
        ------
        StoppedError
            When `stop` was called meanwhile.
        """
        circumstances = replace(self.circumstances("jangkau"), progress=self._go_on)
        make_ground_tiles(self.region, circumstances)
        for run in self.drawn_runs():
            make_run_tiles(self.region, run, circumstances)
        self._tiles_of = self._state().rest

    def drawn_runs(self) -> list[str]:
        """Return the runs that the map shows: the newest grading, correction and prediction."""
        prediction, runs = self.prediction(), [self.picture().run_id]
        if prediction is not None:
            runs += [None if prediction.correction is None else prediction.correction.run_id, prediction.run_id]
        return [run for run in runs if run is not None]

    def score(self) -> Message:
        """Return how right the map is, in one line."""
        found = latest_score(self.region.path, self.as_of)
        return score_line(found, self.region.settings)

    def tiles_ready(self) -> bool:
        """Tell whether the tiles show the newest runs."""
        return self._tiles_of == self._state().rest

    def ground(self) -> Ground | None:
        """Return the terrain of the region and around it, read once; None without terrain."""
        with self._ground_lock:
            files = tuple(s.id for s in sources_of(self.store, "terrain") + sources_of(self.store, "land_cover"))
            if self._ground is None or self._ground[0] != files:
                margin = self.region.settings.radio.radius_km * 1e3
                found = read_ground(self.region, self.store, self.store.horizon(), margin) if files else None
                self._ground = (files, found)
            return self._ground[1]

    def need_ground(self) -> Ground:
        """Return the terrain, or refuse kindly."""
        found = self.ground()
        if found is None:
            raise RegionError("region.no_terrain", path=str(self.region.path))
        return found
