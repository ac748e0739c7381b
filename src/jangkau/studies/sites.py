"""The sites of a prediction, and their fields one after another, in any order: what a mosaic is made of.

`on_threads` computes them here, `jangkau.studies.cluster.on_cluster` on other machines. Both take each site over the
window of ground round it and nothing else, so that both come to the same bits.
"""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from threading import Event

import numpy as np

from jangkau.compiled import first_time
from jangkau.coverage.field import Field, FieldSettings, groups, pixels_around, site_field
from jangkau.coverage.transmitters import Transmitter
from jangkau.geo import WGS84, Grid
from jangkau.paths import Antenna, Medium, sweep_area
from jangkau.terrain.ground import Ground, bare_ground


@dataclass(frozen=True, slots=True)
class Site:
    """Cells that share their paths, with what is asked of them.

    Attributes
    ----------
    together : tuple of Transmitter
        The cells: one item of `jangkau.coverage.field.groups`.
    decisions_dbm : tuple of tuples of float
        For each cell the levels at which a decision falls [dBm].
    pixels : Grid
        Of the region, those around the site.
    window : tuple of two slices
        Rows and columns of the ground that hold all its paths.
    """

    together: tuple[Transmitter, ...]
    decisions_dbm: tuple[tuple[float, ...], ...]
    pixels: Grid
    window: tuple[slice, slice]

    @property
    def key(self) -> str:
        """The codes of its cells: its name in the list of finished sites."""
        return " ".join(t.cell_code for t in self.together)


Fields = Generator[tuple[Site, Field], None, None]
"""Sites with their fields, each once, in any order; to close it stops the work."""


def sites_of(
    transmitters: Sequence[Transmitter],
    grid: Grid,
    ground: Ground,
    settings: FieldSettings,
    decisions_dbm: Callable[[Transmitter], tuple[float, ...]],
) -> list[Site]:
    """Return the sites whose radius touches a grid, in a stable order.

    Parameters
    ----------
    transmitters : sequence of Transmitter
    grid : Grid
        Of the region, metric.
    ground : Ground
        Of the region and a margin.
    settings : FieldSettings
    decisions_dbm : callable
        Gives the levels of a transmitter at which a decision falls [dBm].
    """
    found = []
    reach_m = settings.radius_m + 2.0 * (settings.profile_step_m or ground.pixel_m())
    for together in groups(transmitters):
        longitude, latitude = together[0].longitude, together[0].latitude
        pixels = pixels_around(grid, longitude, latitude, settings.radius_m)
        if pixels is not None:
            decisions = tuple(decisions_dbm(t) for t in together)
            found.append(Site(tuple(together), decisions, pixels, ground.window_around(longitude, latitude, reach_m)))
    return found


def field_over(window: Ground, site: Site, settings: FieldSettings, stop: Callable[[], bool] | None = None) -> Field:
    """Return the field of a site over the window of ground round it."""
    return site_field(window, site.together, site.pixels, settings, site.decisions_dbm, stop=stop)


def on_threads(sites: Sequence[Site], ground: Ground, settings: FieldSettings, workers: int) -> Fields:
    """Compute sites on threads of this process; only as many as there are threads wait to be taken."""
    stop, queue = Event(), iter(sites)

    def one(site: Site) -> tuple[Site, Field]:
        return site, field_over(ground.part(*site.window), site, settings, stop.is_set)

    with ThreadPoolExecutor(workers) as pool:
        waiting = {pool.submit(one, site) for site in islice(queue, workers + 1)}
        try:
            while waiting:
                finished, waiting = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in finished:
                    found = future.result()
                    waiting |= {pool.submit(one, site) for site in islice(queue, 1)}
                    yield found
        except BaseException:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def compile_kernels(begin: Callable[[], None] = lambda: None) -> None:
    """Compile the kernels on a flat square, once for all processes of a machine and all later days.

    Parameters
    ----------
    begin : callable
        Called when there is something to compile, which takes minutes.
    """
    with first_time("predict") as first:
        if not first:
            return
        begin()
        grid = Grid(WGS84, 117.0, 0.5, 1 / 3600, 1 / 3600, 60, 60)
        ground = bare_ground(grid, np.zeros(grid.shape, np.float32))
        sweep_area(
            ground,
            Antenna(117.008, 0.492, 30.0),
            grid,
            radius_m=700.0,
            frequencies_mhz=[900.0],
            rx_height_agl_m=1.5,
            medium=Medium(),
        )
