"""Runs: every computed result says what it was made from, and can be made again.

A run's id is made from what determines its result (study, inputs, parameters, day, seed, program version), so the same
work has the same id: an interrupted run is taken up where it stopped, and a finished one is not computed twice.
`runs/<id>/run.json` is written last; while it is missing the run is unfinished.
"""

import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from jangkau import __version__
from jangkau.errors import RegionError
from jangkau.fingerprints import sha256_of
from jangkau.store.region_folder import write_atomically

LIBRARIES = ("numpy", "numba", "rasterio", "pyproj", "shapely", "pyogrio", "h3")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What determines a result.

    Attributes
    ----------
    study : str
        The verb, such as predict.
    as_of : date
        The day that the study takes for today.
    parameters : mapping
        Everything that may be set, as plain values.
    inputs : mapping of name to SHA-256
        Files and the content of the store.
    horizon : mapping of noun to sequence
        The state of the store that was read.
    rules : tuple of str
        Names and versions of rules and models.
    seed : int or None
        Where chance is used.
    """

    study: str
    as_of: date
    parameters: Mapping[str, Any]
    inputs: Mapping[str, str]
    horizon: Mapping[str, int] = field(default_factory=dict)
    rules: tuple[str, ...] = ()
    seed: int | None = None

    def id(self) -> str:
        """Return the id of the run: day, study and the digest of everything above but the horizon."""
        said = asdict(self) | {"version": __version__}
        del said["horizon"]
        digest = hashlib.sha256(_json(said).encode()).hexdigest()
        return f"{self.as_of:%Y%m%d}-{self.study}-{digest[:10]}"


@dataclass(frozen=True, slots=True)
class Run:
    """A run in its folder, finished or not."""

    recipe: Recipe
    folder: Path

    @property
    def id(self) -> str:
        """The run's id, also the name of its folder."""
        return self.folder.name

    @property
    def region(self) -> Path:
        """The region folder that holds it."""
        return self.folder.parent.parent

    @property
    def file(self) -> Path:
        """Where `run.json` is, or will be."""
        return self.folder / "run.json"

    @property
    def finished(self) -> bool:
        """Whether the result is complete and still as it was written."""
        if not self.file.is_file():
            return False
        outputs = json.loads(self.file.read_text("utf-8"))["outputs"]
        return all((self.region / name).is_file() for name in outputs)

    @classmethod
    def begin(cls, region: Path, recipe: Recipe) -> "Run":
        """Open the folder of a run, new or left unfinished."""
        folder = region / "runs" / recipe.id()
        folder.mkdir(parents=True, exist_ok=True)
        return cls(recipe, folder)

    def finish(self, *, started: datetime, ended: datetime, outputs: list[Path], summary: Mapping[str, Any]) -> None:
        """Write `run.json`: from now on the run counts as finished.

        Parameters
        ----------
        started, ended : datetime
            By the clock of the caller.
        outputs : list of Path
            Files inside the region folder; their SHA-256 is recorded.
        summary : mapping
            Counts and results worth showing, as plain values.
        """
        said = {
            "id": self.id,
            **asdict(self.recipe),
            "version": __version__,
            "python": platform.python_version(),
            "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
            "started": started.astimezone(UTC).isoformat(timespec="seconds"),
            "seconds": round((ended - started).total_seconds(), 1),
            "outputs": {path.relative_to(self.region).as_posix(): sha256_of(path)[0] for path in sorted(outputs)},
            "summary": summary,
        }
        write_atomically(self.file, _json(said, indent=1).encode())


def read_run(folder: Path) -> dict[str, Any]:
    """Return what `run.json` says; RegionError when the run is missing or unfinished."""
    file = folder / "run.json"
    if not file.is_file():
        raise RegionError("run.missing", path=str(folder))
    said: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return said


def recipe_of(said: Mapping[str, Any]) -> Recipe:
    """Return the recipe that `run.json` records."""
    return Recipe(
        said["study"],
        date.fromisoformat(said["as_of"]),
        said["parameters"],
        said["inputs"],
        said["horizon"],
        tuple(said["rules"]),
        said["seed"],
    )


def latest_run(region: Path, study: str, as_of: date | None = None) -> Path | None:
    """Return the folder of the finished run of a study that was made last, up to a day if one is given."""
    found = []
    for file in (region / "runs").glob(f"*-{study}-*/run.json"):
        said = json.loads(file.read_text("utf-8"))
        if as_of is None or date.fromisoformat(said["as_of"]) <= as_of:
            found.append((said["as_of"], file.stat().st_mtime_ns, file.parent))
    return max(found)[2] if found else None


def _json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, indent=indent, sort_keys=True, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(type(value).__name__)
