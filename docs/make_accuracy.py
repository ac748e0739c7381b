"""Measure how right the radio core is, and write the page and the figure that show it.

The published results are read from ../shared; without them the committed page stays as it is.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import matplotlib
import numpy as np

from jangkau.coverage.field import FieldSettings, _levels, site_field
from jangkau.coverage.transmitters import Transmitter
from jangkau.geo import WGS84, Grid, project
from jangkau.paths import Antenna, Area, Medium, by_path, sweep_area
from jangkau.propagation import p1812
from jangkau.terrain.ground import Ground, Surface, bare_ground

matplotlib.use("Agg")
import matplotlib.pyplot as plt

ROOT = Path(__file__).parent.parent
PAGE, FIGURE = ROOT / "docs" / "reference" / "accuracy.md", ROOT / "docs" / "pictures" / "sweep-minus-path.png"
HERE, RADIUS_M, RX_M, SIDE = Antenna(117.0, 0.5, 45.0), 20_000.0, 1.5, 1700
SAMPLE = 60_000


def module(path: Path) -> ModuleType:
    """Return a module of the tests or the benchmarks, by its file."""
    sys.path.insert(0, str(ROOT / "tests"))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def published() -> str:
    """Return the table of P.1812 against published results and an implementation of its own."""
    tests = module(ROOT / "tests" / "propagation" / "test_p1812.py")
    worst = max(
        abs(r.loss_db - float(printed["Lb (dB)", "Eq (69)"])) for printed, _, r in map(tests.published, tests.LOGS)
    )
    others = []
    for seed in tests.CASES:
        case = tests.random_case(seed)
        others.append(abs(p1812.transmission_loss(**case).loss_db - tests.plainly(case)["Lb"]))
    return (
        "| what | cases | largest difference |\n|---|---|---|\n"
        f"| P.1812: published results, loss | {len(tests.LOGS)} | {worst:.0e} dB |\n"
        f"| P.1812: own cases against a plain implementation (450 MHz to 5.8 GHz, clutter, sea, coast, 1 to 50 % of time, "
        f"1 to 99 % of locations) | {len(others)} | {max(others):.0e} dB |\n"
    )


def hills() -> np.ndarray:
    """Return the fractal hills of the benchmark."""
    return np.asarray(module(ROOT / "benchmarks" / "radio.py").fractal_hills(SIDE))


def grounds() -> dict[str, Ground]:
    """Return bare hills, and the same under patches of forest (65 %, 15 m), village (5 %, 10 m) and open land."""
    grid = Grid(WGS84, 117.0 - SIDE / 7200, 0.5 + SIDE / 7200, 1 / 3600, 1 / 3600, SIDE, SIDE)
    heights = hills()
    rng = np.random.default_rng(5)
    k = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None, :])
    k[0, 0] = 1.0
    waves = (rng.normal(size=k.shape) + 1j * rng.normal(size=k.shape)) * k**-1.2
    waves[0, 0] = 0.0
    patches = np.fft.irfft2(waves, s=(SIDE, SIDE))
    forest, village = np.quantile(patches, 0.35), np.quantile(patches, 0.30)
    surface = np.where(patches > forest, 1, np.where(patches > village, 2, 0)).astype(np.uint8)
    kinds = (Surface(0.0, 25.0), Surface(15.0, 20.0, woodland=True), Surface(10.0, 15.0))
    return {"bare": bare_ground(grid, heights), "patches": Ground(grid, heights, surface, kinds)}


def pixels() -> Grid:
    """Return the pixels of the disc, 30 m."""
    x, y = (float(v) for v in project(HERE.longitude, HERE.latitude, WGS84, "EPSG:32650"))
    half = round(RADIUS_M / 30.0) + 1
    return Grid("EPSG:32650", round(x) - 30.0 * half, round(y) + 30.0 * half, 30.0, 30.0, 2 * half, 2 * half)


def swept(ground: Ground, frequency_mhz: float, medium: Medium, rays: float) -> tuple[Area, Area, np.ndarray]:
    """Return an area by rays, the same with a sample of its pixels path by path, and that sample."""
    common = {"radius_m": RADIUS_M, "frequencies_mhz": [frequency_mhz], "rx_height_agl_m": RX_M, "medium": medium}
    area = sweep_area(ground, HERE, pixels(), rays_per_pixel=rays, **common)
    exact = sweep_area(ground, HERE, pixels(), rays_per_pixel=rays, **common)
    inside = np.flatnonzero(area.how.ravel() == 1)
    sample = np.zeros(area.how.size, np.bool_)
    sample[np.random.default_rng(0).choice(inside, SAMPLE, replace=False)] = True
    sample = sample.reshape(area.how.shape)
    by_path(exact, sample, ground, HERE, [frequency_mhz], RX_M, medium, 0.0)
    return area, exact, sample


def sweeps() -> str:
    """Return the table of the sweep against each pixel's own profile, and draw the figure."""
    lines = [
        "| ground | MHz | % of time | rays a pixel | bias | rms | mean absolute | 95 % | 99 % | > 1 dB | > 3 dB |\n",
        "|---|---|---|---|---|---|---|---|---|---|---|\n",
    ]
    for name, ground in grounds().items():
        for mhz, percent, rays in ((900.0, 50.0, 2.0), (900.0, 50.0, 1.0), (2600.0, 50.0, 1.0), (900.0, 10.0, 1.0)):
            area, exact, sample = swept(ground, mhz, Medium(percent), rays)
            error = (area.loss_db[0] - exact.loss_db[0])[sample].astype(float)
            size = np.abs(error)
            lines.append(
                f"| {name} | {mhz:.0f} | {percent:.0f} | {rays:.0f} | {error.mean():+.2f} | {np.sqrt((error**2).mean()):.2f} "
                f"| {size.mean():.2f} | {np.quantile(size, 0.95):.2f} | {np.quantile(size, 0.99):.2f} "
                f"| {100 * (size > 1).mean():.1f} % | {100 * (size > 3).mean():.2f} % |\n"
            )
            if name == "patches" and mhz == 900.0 and percent == 50.0 and rays == 1.0:
                draw(ground, area, error)
    return "".join(lines)


def draw(ground: Ground, area: Area, error: np.ndarray) -> None:
    """Draw sweep minus path on a square of 6 km, and how often which difference occurs."""
    part = slice(330, 530), slice(760, 960)
    exact = sweep_area(
        ground, HERE, area.grid, radius_m=RADIUS_M, frequencies_mhz=[900.0], rx_height_agl_m=RX_M, medium=Medium()
    )
    where = np.zeros(area.how.shape, np.bool_)
    where[part] = area.how[part] == 1
    by_path(exact, where, ground, HERE, [900.0], RX_M, Medium(), 0.0)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.0, 3.8), layout="constrained")
    shown = left.imshow((area.loss_db[0] - exact.loss_db[0])[part], cmap="PuOr", vmin=-3, vmax=3, extent=(0, 6, 0, 6))
    left.set(xlabel="km", ylabel="km", title="Rays minus own profiles, 900 MHz, forest and villages")
    figure.colorbar(shown, ax=left, label="dB")
    right.hist(np.clip(error, -6, 6), bins=np.arange(-6, 6.25, 0.25), log=True, color="#5b4a8a")
    right.set(xlabel="rays minus own profiles [dB]", ylabel=f"pixels of {error.size:,}", title="How often")
    figure.savefig(FIGURE, dpi=110, metadata={"Software": None})


def decisions() -> str:
    """Return the table of decisions: served, weak, none and undecided, against levels all path by path."""
    lines = [
        "| ground | by rays alone | with doubtful pixels path by path | pixels path by path |\n|---|---|---|---|\n"
    ]
    cell = Transmitter("c", "s", "o", "4G", 117.0, 0.5, 45.0, 900.0, 10.0, 34.0, 0.0, 360.0, 10.0, 2.0, 0.0, ())
    limits = (-99.5, -109.5, -130.5)
    for name, ground in grounds().items():
        _, exact, sample = swept(ground, 900.0, Medium(), 1.0)
        truth = _levels([cell], [900.0], exact, FieldSettings(RADIUS_M, RX_M, Medium()))[0][sample]
        same = []
        for within in (0.0, 2.0):
            settings = FieldSettings(RADIUS_M, RX_M, Medium(), exact_within_db=within)
            field = site_field(ground, [cell], pixels(), settings, [limits])
            level = field.levels[0]
            classes = [np.digitize(v / 10.0, limits[::-1]) for v in (level[sample], truth)]
            same.append(100.0 * float(np.mean(classes[0] == classes[1])))
        doubtful = 100.0 * field.paths["by_path"] / (field.paths["by_path"] + field.paths["swept"])
        lines.append(f"| {name} | {same[0]:.2f} % | {same[1]:.3f} % | {doubtful:.1f} % |\n")
    return "".join(lines)


def main() -> None:
    """Write the page and the figure."""
    if not (ROOT.parent / "shared" / "data" / "radio").is_dir():
        print("docs/reference/accuracy.md stays as it is: the published results (../shared) are not there")
        return
    PAGE.write_text(
        "# How right the radio core is\n\nMeasured by `make docs` (`docs/make_accuracy.py`).\n\n"
        "## Against others\n\n"
        + published()
        + "\nHeld by tests in every run: NTIA's ITM vectors (point-to-point and area) and its P.2108 rows to the "
        "printed digit; 64 paths at a time within 1e-6 dB of one by one. P.530 and P.838 agree with the package itur 0.4 to 1e-12 where both "
        "follow the same text; P.833 holds the numbers of its Table 1 and its fits. See the tests of each.\n\n"
        "## Areas: rays against each pixel's own profile\n\n"
        f"Fractal hills of 0 to 800 m, 1 arc-second, antenna 45 m, phone {RX_M} m, 20 km, pixels of 30 m, {SAMPLE:,} of "
        "them by chance; dB. `patches`: 65 % forest of 15 m, 5 % village of 10 m, the rest open, in patches with a "
        "power-law spectrum. One ray a pixel is what `predict` uses; two cost a tenth more.\n\n" + sweeps() + "\n"
        "![Rays minus own profiles: a map and how often](../pictures/sweep-minus-path.png)\n\n"
        "## Decisions\n\nShare of those pixels whose class (served, weak, none, undecided) is that of their own profile:"
        "\n\n" + decisions(),
        "utf-8",
    )


if __name__ == "__main__":
    main()
