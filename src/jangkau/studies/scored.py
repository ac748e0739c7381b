"""The newest score of a region, as predictions and maps ask it: how far off, and in which words."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from jangkau.messages import Message
from jangkau.settings import Settings
from jangkau.store.runs import latest_run

STUDY = "score"
SCORE_FILE = "score.json"


def read_score(run: Path) -> dict[str, Any]:
    """Return what the score of a run's folder says."""
    said: dict[str, Any] = json.loads((run / SCORE_FILE).read_text("utf-8"))
    return said


def latest_score(region: Path, as_of: date) -> dict[str, Any] | None:
    """Return what the newest score up to a day says, or None without one."""
    run = latest_run(region, STUDY, as_of)
    return None if run is None else read_score(run)


def with_measured_error(settings: Settings, found: Mapping[str, Any] | None) -> Settings:
    """Return settings whose model error is the one that a score has measured; without a score, as they are."""
    if found is None or found["model_error_db"] is None:
        return settings
    return replace(settings, radio=replace(settings.radio, model_error_db=found["model_error_db"]))


def score_line(found: Mapping[str, Any] | None, settings: Settings) -> Message:
    """Return what every map says of how right it is: its score, or that there is none yet."""
    headline = None if found is None else found["headline"]
    if found is None or headline is None:
        return Message("map.no_score", {"error_db": settings.radio.model_error_db})
    raw, posterior = headline["raw"], headline["posterior"]
    return Message(
        "map.score",
        {
            "tests": found["tests"]["used"],
            "date": found["as_of"],
            "raw_db": raw["rmse_db"],
            "posterior_db": posterior["rmse_db"],
            "percent": 100.0 * posterior["coverage_90_fraction"],
        },
    )
