"""Show on invented regencies how many field tests reach a given accuracy, by how their places are chosen.

    python docs/make_survey.py [seeds]

Writes docs/reference/survey.md and its figure. Truth is known, predictions are P.1812 with the registered cells, and
every way of choosing learns from its tests by the same beliefs (`jangkau.planning.beliefs`).
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import matplotlib
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from jangkau.coverage.field import NO_SIGNAL_DBM
from jangkau.coverage.transmitters import complete_all
from jangkau.geo import WGS84, distance_azimuth, project, utm_crs
from jangkau.paths import Antenna, Medium, losses
from jangkau.planning.beliefs import Beliefs, Errors, Predicted
from jangkau.propagation.p1812 import location_variability_db
from jangkau.radio import pattern_gain_db
from jangkau.settings import Settings
from jangkau.synthetic import World, make_world
from jangkau.synthetic.truth import NO_SERVICE_DBM, PHONE_NOISE_DB, REACH_M, best_4g_dbm

matplotlib.use("Agg")
import matplotlib.pyplot as plt

ROOT = Path(__file__).parent.parent
PAGE, FIGURE = ROOT / "docs" / "reference" / "survey.md", ROOT / "docs" / "pictures" / "survey-tests.png"
KINDS = ("settlement", "polling_station", "village_office")

BATCH = 10
"""Tests after which those whose choice learns choose anew."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """An invented regency, what is predicted of its places, and what tests there would read.

    Attributes
    ----------
    predicted : Predicted
    truth : int, shape (places,)
        0 none, 1 weak, 2 served, for any operator.
    reading_dbm : float, shape (operators, places)
        NaN: no service.
    """

    settings: Settings
    predicted: Predicted
    truth: NDArray[np.int64]
    reading_dbm: NDArray[np.float64]


def make_trial(seed: int, side_km: float = 60.0, villages: int = 96, districts: int = 8) -> Trial:
    """Return a trial; the same arguments give the same one."""
    world = make_world(seed, side_km, villages, districts)
    settings = world.settings
    places = sorted((p for p in world.places if p.kind in KINDS and p.longitude is not None), key=lambda p: p.code)
    longitude, latitude = (np.array([getattr(p, name) for p in places]) for name in ("longitude", "latitude"))
    x_m, y_m = project(longitude, latitude, WGS84, utm_crs(longitude[0], latitude[0]))
    people = np.array(
        [float(p.population or 0) + settings.survey.station_people * (p.kind == "polling_station") for p in places]
    )
    predicted = Predicted(x_m, y_m, people, *predict_places(world, longitude, latitude))
    true = np.stack([np.nan_to_num(v, nan=NO_SIGNAL_DBM) for v in best_4g_dbm(world, longitude, latitude).values()])
    best, signal = true.max(axis=0), settings.signal
    truth = (best >= signal.weak_rsrp_dbm).astype(np.int64) + (best >= signal.served_rsrp_dbm)
    shown = true + np.random.default_rng([seed, 71]).normal(0.0, PHONE_NOISE_DB, true.shape)
    return Trial(settings, predicted, truth, np.where(shown < NO_SERVICE_DBM, np.nan, shown))


def predict_places(
    world: World, longitude: NDArray[np.float64], latitude: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return level, error and site of each operator's best registered 4G cell at points, by P.1812."""
    settings = world.settings
    radio, operators = settings.radio, [o.name for o in settings.operators]
    codes = [site.code for site in world.sites]
    shape = len(operators), longitude.size
    level, error, site = np.full(shape, NO_SIGNAL_DBM), np.full(shape, radio.model_error_db), np.full(shape, -1)
    medium = Medium(radio.time_percent, radio.refractivity_gradient_n_per_km, radio.sea_level_refractivity_n)
    for t in complete_all([c for c in world.cells if c.technology == "4G"], settings.cell_defaults):
        near = distance_azimuth(t.longitude, t.latitude, longitude, latitude)[0] <= REACH_M
        paths = losses(
            world.ground, Antenna(t.longitude, t.latitude, t.height_agl_m), longitude[near], latitude[near],
            frequency_mhz=t.frequency_mhz, rx_height_agl_m=settings.signal.receiver_height_agl_m, medium=medium,
        )  # fmt: skip
        gain = pattern_gain_db(
            (paths.azimuth_deg - t.azimuth_deg + 180.0) % 360.0 - 180.0, paths.elevation_deg.astype(float),
            horizontal_beamwidth_deg=t.horizontal_beamwidth_deg, vertical_beamwidth_deg=t.vertical_beamwidth_deg,
            electrical_downtilt_deg=t.electrical_downtilt_deg, mechanical_downtilt_deg=t.mechanical_downtilt_deg,
        )  # fmt: skip
        own = np.full(longitude.size, NO_SIGNAL_DBM)
        own[near] = np.nan_to_num(t.reference_signal_eirp_dbm + gain - paths.loss_db, nan=NO_SIGNAL_DBM)
        o = operators.index(t.operator)
        better = own > level[o]
        level[o][better], site[o][better] = own[better], codes.index(t.site_code)
        error[o][better] = np.hypot(
            t.error_db(radio.model_error_db, settings.cell_defaults.error_db_per_default),
            location_variability_db(t.frequency_mhz, radio.resolution_m),
        )
    return level, error, site


def beliefs_of(trial: Trial) -> Beliefs:
    """Return what is believed before any test."""
    survey, signal = trial.settings.survey, trial.settings.signal
    errors = Errors(survey.site_share, survey.shadow_share, survey.correlation_m, survey.reading_error_db)
    return Beliefs(trial.predicted, errors, signal.served_rsrp_dbm, signal.weak_rsrp_dbm)


def learn(beliefs: Beliefs, trial: Trial, place: int) -> None:
    """Test a place with a phone of each operator."""
    for operator, reading in enumerate(trial.reading_dbm[:, place]):
        if np.isnan(reading):
            beliefs.below(place, operator, trial.settings.signal.weak_rsrp_dbm)
        else:
            beliefs.observe(place, operator, float(reading))


def at_random(trial: Trial, _: Beliefs, tested: list[int], seed: int) -> list[int]:
    """Any places, all equally likely."""
    order = np.random.default_rng([seed, 72]).permutation(trial.truth.size).tolist()
    return order[len(tested) : len(tested) + BATCH]


def on_grid(trial: Trial, _: Beliefs, tested: list[int], __: int) -> list[int]:
    """The places nearest to the nodes of grids that become ever finer: 2 a side, 4, 8 ..."""
    x, y = trial.predicted.x_m, trial.predicted.y_m
    order = dict.fromkeys(tested)
    for side in (2, 4, 8, 16, 32, 64, 128, 256):
        share = (np.arange(side) + 0.5) / side
        columns, rows = np.meshgrid(x.min() + share * np.ptp(x), y.min() + share * np.ptp(y))
        nearest = KDTree(np.column_stack([x, y])).query(np.column_stack([columns.ravel(), rows.ravel()]))[1]
        order |= dict.fromkeys(nearest.tolist())
        if len(order) >= len(tested) + BATCH:
            break
    rest = [place for place in range(x.size) if place not in order]
    return [*order, *rest][len(tested) : len(tested) + BATCH]


def by_uncertainty(_: Trial, beliefs: Beliefs, tested: list[int], __: int) -> list[int]:
    """The places whose grade is least certain, whoever lives there and whatever else they tell."""
    wrong = beliefs.wrong().copy()
    wrong[tested] = -1.0
    return np.argsort(-wrong, kind="stable")[:BATCH].tolist()


def by_survey(trial: Trial, beliefs: Beliefs, tested: list[int], _: int) -> list[int]:
    """The places by which the expected number of wrongly graded people falls most, one after the other."""
    planned = beliefs.copy()
    most = np.full(trial.truth.size, np.inf)
    most[tested] = -1.0
    found: list[int] = []
    while len(found) < min(BATCH, trial.truth.size - len(tested)):
        fresh: set[int] = set()
        while (best := int(most.argmax())) not in fresh:
            most[best] = planned.gain(best)
            fresh.add(best)
        planned.choose(best)
        most[best] = -1.0
        found.append(best)
    return found


Choice = Callable[[Trial, Beliefs, list[int], int], list[int]]
WAYS: dict[str, Choice] = {"survey": by_survey, "uncertainty": by_uncertainty, "grid": on_grid, "random": at_random}


def accuracy(trial: Trial, choose: Choice, seed: int, most: int | None = None) -> NDArray[np.float64]:
    """Return the share of people and stations graded rightly after 0, BATCH, 2 BATCH ... tests."""
    beliefs, tested = beliefs_of(trial), list[int]()
    people = trial.predicted.people
    found = []
    while True:
        right = beliefs.chances().argmax(axis=0) == trial.truth
        found.append(float(people[right].sum() / people.sum()))
        batch = choose(trial, beliefs, tested, seed) if len(tested) < (most or trial.truth.size) else []
        if not batch:
            return np.array(found)
        for place in batch:
            learn(beliefs, trial, place)
        tested += batch


SHARES = (0.25, 0.5, 0.75, 0.9)
"""Of what testing every place would bring: the accuracies at which tests are counted."""

COLOURS = {"survey": "#1b7f8c", "uncertainty": "#d99a2b", "grid": "#7a5fa0", "random": "#8b919a"}

LEAD = """# How many tests reach an accuracy

Made by `docs/make_survey.py` ({minutes:.0f} minutes of CPU time; a part of `make docs`). {seeds} invented regencies of 60 km
with 96 villages and about {places:.0f} places (hamlets, polling stations, village offices) whose true level is known. Each
place is predicted by P.1812 with the *registered* cells, some of whose values are missing or wrong; a test reads the true
level of each operator with an error of {noise:.0f} dB, or no service. All ways of choosing learn from their tests by the same
Gaussian beliefs (`jangkau.planning.beliefs`) with the default settings of `[survey]`, not tuned to these regencies; they
differ only in where they test. No travel counts here: see [Where to test next](../how-to/survey.md) for routes.

**Accuracy** is the share of people and polling stations (one counts for {station:.0f} people) whose most probable grade for any
operator is the true one. Before any test it is {before:.1%}; when every place was tested it is {after:.1%}, no more, because a
reading near a threshold falls on the wrong side of it now and then.

![Accuracy by the number of tests](../pictures/survey-tests.png)

Tests needed to gain a share of what testing everything would bring (median over the regencies; in brackets the multiple
of what `survey` needs):

"""

FOOT = """
- **survey** takes the places by which the expected number of wrongly graded people falls most, ten at a time, and looks
  again. **uncertainty** takes the places whose grade is least certain. **grid** takes the places nearest to the nodes of ever
  finer grids. **random** takes any place.
- The aim was the accuracy of random sampling with a fifth of its tests. {verdict}
- Shadowing in these regencies decorrelates over 120 m, so that a test tells about other hamlets little more than the error
  of their common site. Where errors are correlated farther, a test tells more.
"""


def tests_needed(curve: NDArray[np.float64], share: float) -> float:
    """Return after how many tests a curve has gained a share of what all tests bring."""
    level = curve[0] + share * (curve[-1] - curve[0])
    return float(BATCH * np.argmax(curve >= level - 1e-12))


def main(seeds: int = 20) -> None:
    """Run every trial; write the page and its figure."""
    started = process_time()
    curves: dict[str, list[NDArray[np.float64]]] = {name: [] for name in WAYS}
    places = []
    for seed in range(1, seeds + 1):
        trial = make_trial(seed)
        places.append(trial.truth.size)
        for name, choose in WAYS.items():
            curves[name].append(accuracy(trial, choose, seed))
        print(f"seed {seed}: {process_time() - started:.0f} s", file=sys.stderr, flush=True)
    lines = ["| share | random | grid | uncertainty | survey |\n|---|---|---|---|---|\n"]
    ratios = {}
    for share in SHARES:
        needed = {name: np.array([tests_needed(c, share) for c in own]) for name, own in curves.items()}
        own = float(np.median(needed["survey"]))
        ratios[share] = float(np.median(needed["random"] / np.maximum(needed["survey"], BATCH)))
        row = [
            f"{np.median(needed[n]):.0f} ({np.median(needed[n]) / own:.1f})" for n in ("random", "grid", "uncertainty")
        ]
        lines.append(f"| {share:.0%} | {' | '.join(row)} | {own:.0f} |\n")
    draw(curves)
    said = LEAD.format(
        minutes=(process_time() - started) / 60.0, seeds=seeds, places=np.mean(places), noise=PHONE_NOISE_DB,
        station=Settings().survey.station_people, before=np.mean([c[0] for c in curves["survey"]]),
        after=np.mean([c[-1] for c in curves["survey"]]),
    )  # fmt: skip
    PAGE.write_text(said + "".join(lines) + FOOT.format(verdict=verdict(ratios)), "utf-8")


def verdict(ratios: dict[float, float]) -> str:
    """Say where the aim is reached."""
    said = ", ".join(f"{ratio:.1f} times fewer for {share:.0%}" for share, ratio in ratios.items())
    met = [f"{share:.0%}" for share, ratio in ratios.items() if ratio >= 5.0]
    if len(met) == len(ratios):
        return f"It is reached at every share above: {said} (medians of the ratio)."
    reached = f"It is reached up to a share of {met[-1]}" if met else "It is not reached"
    return f"{reached}: {said} (medians of the ratio)."


def draw(curves: dict[str, list[NDArray[np.float64]]]) -> None:
    """Draw the mean accuracy of every way with the tenth and the ninetieth percentile of the first and the last."""
    figure, axes = plt.subplots(figsize=(7.2, 4.2), layout="constrained")
    for name, own in curves.items():
        longest = max(map(len, own))
        all_of = np.array([np.pad(c, (0, longest - len(c)), mode="edge") for c in own]) * 100.0
        tests = BATCH * np.arange(longest)
        axes.plot(tests, all_of.mean(axis=0), color=COLOURS[name], label=name, linewidth=2)
        if name in ("survey", "random"):
            low, high = np.quantile(all_of, (0.1, 0.9), axis=0)
            axes.fill_between(tests, low, high, color=COLOURS[name], alpha=0.18, linewidth=0)
    axes.set(xlabel="places tested", ylabel="people and stations graded rightly [%]", xlim=(0, None))
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, loc="lower right")
    figure.savefig(FIGURE, dpi=110, metadata={"Software": None})
    plt.close(figure)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
