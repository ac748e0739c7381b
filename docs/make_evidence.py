"""Measure on the invented regency, whose truth is known, what tests bring, and draw it: pictures/evidence-curves.png."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from jangkau.coverage.transmitters import complete_all
from jangkau.evidence.model import Model, fit
from jangkau.evidence.observations import Observations
from jangkau.records import Cell, Measurement
from jangkau.reports import looks
from jangkau.studies.inputs import region_crs
from jangkau.studies.network import Network
from jangkau.studies.predict import field_settings
from jangkau.synthetic import World, draw_measurements, make_world
from jangkau.synthetic.landscape import to_degrees, to_metres
from jangkau.synthetic.shadowing import site_bias_db
from jangkau.synthetic.truth import true_rsrp_dbm

matplotlib.use("Agg")
import matplotlib.pyplot as plt

FIGURE = Path(__file__).parent / "pictures" / "evidence-curves.png"
COUNTS = (0, 30, 100, 300, 1000)
A_SITE = (10, 25, 50, 100, 200)
SPREAD_M, NEAR_M = 500.0, 4000.0
WHEN = datetime(2024, 11, 5, tzinfo=UTC)
SEED = 1

FloatArray = NDArray[np.float64]


def network_of(world: World, cells: tuple[Cell, ...]) -> Network:
    """Return the 4G cells of a world as a register lists them."""
    settings = world.settings
    kept = complete_all([c for c in cells if c.technology == "4G"], settings.cell_defaults)
    return Network(tuple(kept), world.ground, field_settings(settings), region_crs(settings))


def observed(world: World, network: Network, samples: list[Measurement]) -> Observations:
    """Return samples as the model takes them, each with its cell, or the one that explains it best."""
    cell = np.array([network.index_of.get(m.cell_code or "", -1) for m in samples], np.int64)
    at = np.array([(m.longitude, m.latitude) for m in samples]).reshape(-1, 2)
    for operator in {m.operator for m in samples}:
        own = np.flatnonzero([c < 0 and m.operator == operator for c, m in zip(cell, samples, strict=True)])
        cell[own] = network.best_server(_cells_of(network, operator), at[own, 0], at[own, 1], 2)
    there = np.flatnonzero(cell >= 0)
    places, known = network.places(cell[there], at[there, 0], at[there, 1], 2)
    kept = [samples[k] for k in there[known]]
    level = np.array([np.nan if m.rsrp_dbm is None else m.rsrp_dbm for m in kept])
    limit = np.full(level.size, world.settings.evidence.sensitivity_dbm)
    return Observations(places, level, limit, np.full(level.size, -1, np.int32))


def _cells_of(network: Network, operator: str) -> NDArray[np.int64]:
    return np.flatnonzero([t.operator == operator for t in network.transmitters]).astype(np.int64)


def walks(world: World, count: int, seed: int) -> list[Measurement]:
    """Return what phones of all operators log at so many points around hamlets, taken by chance."""
    rng = np.random.default_rng([seed, 5])
    hamlets = [p for p in world.places if p.kind == "settlement"]
    chosen = rng.integers(len(hamlets), size=count)
    x, y = to_metres([hamlets[k].longitude for k in chosen], [hamlets[k].latitude for k in chosen])
    stray = rng.normal(0.0, SPREAD_M, (2, count))
    return draw_measurements(world, *to_degrees(x + stray[0], y + stray[1]), WHEN, seed)


def blank_spots(world: World, network: Network, model: Model | None) -> tuple[int, int, int, int]:
    """Return how many hamlets are blank for an operator, said to be, both, and how many there are; of all operators."""
    hamlets = [p for p in world.places if p.kind == "settlement"]
    longitude, latitude = (np.array([getattr(p, n) for p in hamlets]) for n in ("longitude", "latitude"))
    settings, total = world.settings, np.zeros(4, int)
    weak, sure = settings.signal.weak_rsrp_dbm, settings.signal.probability
    true = np.nan_to_num(true_rsrp_dbm(world, longitude, latitude), nan=-200.0)
    for operator in (o.name for o in settings.operators):
        own = [k for k, c in enumerate(world.true_cells) if c.operator == operator and c.technology == "4G"]
        blank = true[own].max(axis=0) < weak
        best = network.best_server(_cells_of(network, operator), longitude, latitude, 2)
        reached = np.flatnonzero(best >= 0)
        places, known = network.places(best[reached], longitude[reached], latitude[reached], 2)
        assert known.all()
        if model is None:
            error = np.array([t.error_db(settings.radio.model_error_db, 3.0) for t in network.transmitters])
            probability = ndtr((places.predicted_dbm - weak) / error[places.cell])
        else:
            probability = model.predict(places).probability_at_least(weak)
        said = best < 0
        said[reached] = probability <= 1.0 - sure
        total += (blank.sum(), said.sum(), (blank & said).sum(), blank.size)
    found = total.tolist()
    return found[0], found[1], found[2], found[3]


def curves(world: World, draws: int = 1) -> dict[int, tuple[float, float]]:
    """Return recall and precision of blank hamlets by the number of test points, means over draws of the points."""
    network = network_of(world, world.cells)
    found = {}
    for count in COUNTS:
        sums = np.zeros(4)
        for seed in range(draws if count else 1):
            model = fit(observed(world, network, walks(world, count, seed))) if count else None
            sums += blank_spots(world, network, model)
        blank, said, hit, _ = sums
        found[count] = hit / blank, hit / max(said, 1.0)
        print(f"{count} points: recall {found[count][0]:.2f}, precision {found[count][1]:.2f}")
    return found


def biases(world: World, count: int, seed: int = 0) -> tuple[FloatArray, float, float]:
    """Return the error of the bias of each site [dB], and how many new tests lie inside 50 % and 90 % intervals.

    The register is right here, so that what a site differs by is its bias alone; `count` tests of each site lie within
    `NEAR_M` of it.
    """
    network = network_of(world, world.true_cells)
    rng = np.random.default_rng([seed, 6])
    true = dict(zip((s.code for s in world.sites), site_bias_db(world.seed, len(world.sites)), strict=True))
    seen, asked = (_around_sites(world, network, rng, n) for n in (count, 60))
    model = fit(seen)
    said = model.predict(seen.places).calibrated_dbm - seen.places.predicted_dbm
    codes = sorted({t.site_code for t in network.transmitters})
    known = [k for k in range(len(codes)) if (seen.places.site == k).any()]
    error = np.array([said[seen.places.site == k].mean() - true[codes[k]] for k in known])
    rank = 1.0 - model.predict(asked.places).probability_at_least(asked.measured_dbm)
    held = [float(np.mean(np.abs(rank - 0.5) <= share / 2.0)) for share in (0.5, 0.9)]
    return error, held[0], held[1]


def _around_sites(world: World, network: Network, rng: np.random.Generator, count: int) -> Observations:
    """Return so many tests of each site, each of the cell of it that is strongest there, none silent."""
    strongest, longitude, latitude, level = [], [], [], []
    index = {c.code: k for k, c in enumerate(world.true_cells)}
    for site in world.sites:
        cells = [k for k, t in enumerate(network.transmitters) if t.site_code == site.code]
        if not cells:
            continue
        x, y = to_metres(site.longitude, site.latitude)
        radius, angle = NEAR_M * np.sqrt(rng.uniform(0.01, 1.0, count)), rng.uniform(0.0, 2.0 * np.pi, count)
        here = to_degrees(x + radius * np.sin(angle), y + radius * np.cos(angle))
        own = tuple(world.true_cells[index[network.transmitters[k].cell_code]] for k in cells)
        true = true_rsrp_dbm(replace(world, true_cells=own), *here) + rng.normal(0.0, 2.0, count)
        strongest.append(np.array(cells)[true.argmax(axis=0)])
        level.append(true.max(axis=0))
        longitude.append(here[0])
        latitude.append(here[1])
    shown = np.concatenate(level).astype(float)
    heard = np.isfinite(shown)
    cell, at = np.concatenate(strongest)[heard], (np.concatenate(longitude)[heard], np.concatenate(latitude)[heard])
    places, known = network.places(cell.astype(np.int64), *at, 2)
    shown = shown[heard][known]
    return Observations(places, shown, np.full(shown.size, -140.0), np.full(shown.size, -1, np.int32))


def main() -> None:
    """Measure and draw."""
    world = make_world(seed=SEED)
    found = curves(world)
    small = make_world(seed=SEED, side_km=30.0, villages=40, districts=3)
    by_count = {count: biases(small, count) for count in A_SITE}
    for count, (error, half, most) in by_count.items():
        rms = np.sqrt(np.mean(error**2))
        print(f"{count} tests a site: bias off by {rms:.2f} dB RMS, 50 % intervals hold {half:.2f}, 90 % {most:.2f}")
    draw(found, by_count)


def draw(found: dict[int, tuple[float, float]], by_count: dict[int, tuple[FloatArray, float, float]]) -> None:
    """Draw recall and precision, how well a site is known, and what intervals hold."""
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(10.4, 3.4), dpi=130, width_ratios=(1.4, 1.0, 1.0))
    x = np.arange(len(COUNTS))
    for k, (label, colour) in enumerate(
        (("found (recall)", looks.NONE.colour), ("rightly called blank (precision)", looks.SERVED.colour))
    ):
        left.plot(x, [100.0 * found[c][k] for c in COUNTS], "o-", color=colour, label=label)
    left.set_xticks(x, [f"{c:,}" for c in COUNTS])
    left.set_ylim(0, 103)
    left.set(xlabel="test points around hamlets, by chance", ylabel="%")
    left.set_title("Blank hamlets of an operator", loc="left", fontsize=10)
    middle.plot(A_SITE, [float(np.sqrt(np.mean(by_count[c][0] ** 2))) for c in A_SITE], "o-", color=looks.INK)
    middle.axhline(1.0, color=looks.QUIET_INK, linewidth=0.7, linestyle=":")
    middle.set_ylim(0.0, 2.0)
    middle.set(xlabel="tests a site", ylabel="dB (RMS over sites)")
    middle.set_title("Bias of a site, off by", loc="left", fontsize=10)
    for k, share, colour in ((1, 50, looks.WEAK.colour), (2, 90, looks.SERVED.colour)):
        right.plot(A_SITE, [100.0 * by_count[c][k] for c in A_SITE], "o-", color=colour, label=f"{share} % intervals")
        right.axhline(share, color=looks.QUIET_INK, linewidth=0.7, linestyle=":")
    right.set_ylim(0, 103)
    right.set(xlabel="tests a site", ylabel="%")
    right.set_title("New tests inside", loc="left", fontsize=10)
    for axes in (left, right):
        axes.legend(frameon=False, fontsize=8, loc="lower right")
    for axes in (left, middle, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8)
    figure.tight_layout()
    figure.savefig(FIGURE, metadata={"Software": None})


if __name__ == "__main__":
    main()
