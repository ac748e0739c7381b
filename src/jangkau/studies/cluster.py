"""Sites computed on a Dask cluster: ``jangkau predict --scheduler``.

The ground is cut into tiles. A tile is a task whose result stays where it is used: workers hand tiles to each other,
one that is lost is made again from its compressed bytes, which the scheduler keeps, and each is dropped after the last
site that needs it. So no worker holds more of the ground than its sites ask for, and nothing hangs on one worker.
Sites are taken from north to south and west to east, so that those at work share their tiles.
"""

import hashlib
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jangkau import __version__, compiled
from jangkau.coverage.field import Field, FieldSettings
from jangkau.errors import InputError
from jangkau.geo import Grid
from jangkau.studies.sites import Fields, Site, compile_kernels, field_over
from jangkau.terrain.ground import Ground, Surface

if TYPE_CHECKING:
    from distributed import Client, Future

TILE = 512
"""Rows and columns of a tile of ground: 15 km at 1 arc-second, so that a site of 20 km needs some ten."""

ANSWER_S = 10.0
"""How long a scheduler may take to answer, and the first worker to appear [s]."""

AHEAD = 2
"""Sites given out for each thread of the cluster: one at work, one waiting. It bounds the memory of all."""

RETRIES = 2
"""How often a site that failed on a worker is tried again. Sites of lost workers are not counted."""


@dataclass(frozen=True, slots=True)
class Packed:
    """An array as bytes: neighbours' differences, their bytes sorted by place, compressed without loss."""

    data: bytes
    kind: str
    shape: tuple[int, int]


def pack(values: NDArray[Any]) -> Packed:
    """Return a two-dimensional array of numbers in few bytes; `unpack` gives back the same bits."""
    whole = np.ascontiguousarray(values)
    bits = whole.view(f"u{whole.itemsize}").ravel()
    steps = np.diff(bits, prepend=bits.dtype.type(0))
    planes = steps.view(np.uint8).reshape(-1, whole.itemsize).T
    return Packed(zlib.compress(planes.tobytes(), 1), whole.dtype.str, values.shape)


def unpack(packed: Packed) -> NDArray[Any]:
    """Return the array that `pack` was given."""
    kind = np.dtype(packed.kind)
    planes = np.frombuffer(zlib.decompress(packed.data), np.uint8).reshape(kind.itemsize, -1)
    steps = np.ascontiguousarray(planes.T).reshape(-1).view(f"u{kind.itemsize}")
    return np.cumsum(steps, dtype=steps.dtype).view(kind).reshape(packed.shape)


def on_cluster(sites: Sequence[Site], ground: Ground, settings: FieldSettings, address: str) -> Fields:
    """Compute sites on the workers of a Dask scheduler.

    Parameters
    ----------
    sites : sequence of Site
    ground : Ground
        Of the region; workers get the parts that they need.
    settings : FieldSettings
    address : str
        Of the scheduler, such as ``tcp://10.0.0.5:8786``. TLS is set up by Dask's own configuration.

    Raises
    ------
    InputError
        When Dask is not installed, the scheduler does not answer or has no workers, a worker runs another version of
        Jangkau, or the scheduler is lost on the way.
    """
    with connected(address) as client:
        tiles = _Tiles(client, ground, Counter(t for site in sites for t in _tiles_of(site)))
        queue = iter(sorted(sites, key=lambda site: (*_tiles_of(site)[0], site.key)))
        waiting: dict[Future[Any], Site] = {}
        try:
            while True:
                room = AHEAD * sum(client.nthreads().values()) - len(waiting)
                for site in islice(queue, max(room, 0 if waiting else 1)):
                    waiting[_submit(client, tiles, site, settings)] = site
                if not waiting:
                    return
                for future in _finished(list(waiting), address):
                    site = waiting.pop(future)
                    yield site, _unpacked(future.result())
                    tiles.release(site)
        finally:
            if waiting:
                client.cancel(list(waiting))


@contextmanager
def connected(address: str) -> "Iterator[Client]":
    """Connect to a scheduler whose workers run this very program, and say clearly when that cannot be."""
    try:
        import distributed
    except ImportError as error:
        raise InputError("cluster.not_installed") from error
    try:
        client = distributed.Client(address, timeout=ANSWER_S, name="jangkau")
    except (OSError, ValueError) as error:
        raise InputError("cluster.no_answer", address=address, reason=str(error)) from error
    try:
        try:
            client.wait_for_workers(1, timeout=ANSWER_S)
        except TimeoutError as error:
            raise InputError("cluster.no_workers", address=address) from error
        for worker, found in client.run(program, on_error="return").items():
            _same_program(worker, found)
        yield client
    except (CancelledError, OSError) as error:
        raise InputError("cluster.lost", address=address) from error
    finally:
        client.close()


def program() -> str:
    """Return what must be the same on every machine: version of Jangkau, of its kernels and of the libraries below."""
    import numba

    return f"jangkau {__version__}, {compiled.folder().name}, numba {numba.__version__}, numpy {np.__version__}"


def _same_program(worker: str, found: object) -> None:
    if found != program():
        raise InputError("cluster.other_program", worker=worker, found=str(found), own=program())


def _finished(futures: "list[Future[Any]]", address: str) -> "list[Future[Any]]":
    """Return the futures that are done, after a second at the latest; interruptible."""
    import distributed

    try:
        done = distributed.wait(futures, timeout=1.0, return_when="FIRST_COMPLETED").done
    except TimeoutError:
        return []
    for future in done:
        if future.status == "error" and isinstance(future.exception(), distributed.KilledWorker):
            raise InputError("cluster.workers_die", address=address) from future.exception()
    return list(done)


def _submit(client: "Client", tiles: "_Tiles", site: Site, settings: FieldSettings) -> "Future[Any]":
    rows, columns = site.window
    grid = tiles.ground.grid.part(rows, columns)
    parts = [(row * TILE - rows.start, column * TILE - columns.start) for row, column in _tiles_of(site)]
    found = [tiles.tile(at) for at in _tiles_of(site)]
    return client.submit(
        _field, program(), site, settings, grid, tiles.ground.surfaces, parts, found, pure=False, retries=RETRIES
    )


def _tiles_of(site: Site) -> list[tuple[int, int]]:
    rows, columns = (range(part.start // TILE, -(-part.stop // TILE)) for part in site.window)
    return [(row, column) for row in rows for column in columns]


Tile = tuple[NDArray[np.float32], NDArray[np.uint8]]
"""Heights and surfaces of a part of the ground."""


@dataclass(slots=True)
class _Tiles:
    """Tiles of the ground on the cluster, while sites that are left need them."""

    client: "Client"
    ground: Ground
    needed: Counter[tuple[int, int]]
    sent: "dict[tuple[int, int], Future[Any]]" = field(default_factory=dict)

    def tile(self, at: tuple[int, int]) -> "Future[Any]":
        """Return a tile, sent when it is asked for the first time."""
        if at not in self.sent:
            window = tuple(
                slice(i * TILE, min((i + 1) * TILE, n)) for i, n in zip(at, self.ground.grid.shape, strict=True)
            )
            packed = pack(self.ground.height_amsl_m[window]), pack(self.ground.surface[window])
            name = hashlib.sha256(packed[0].data + packed[1].data).hexdigest()[:16]
            self.sent[at] = self.client.submit(_tile, *packed, key=f"ground-{at[0]}-{at[1]}-{name}")
        return self.sent[at]

    def release(self, site: Site) -> None:
        """Let go of the tiles that no other site needs."""
        for at in _tiles_of(site):
            self.needed[at] -= 1
            if not self.needed[at]:
                del self.sent[at]


def _tile(height_amsl_m: Packed, surface: Packed) -> Tile:
    """Unpack a tile (on a worker)."""
    return unpack(height_amsl_m), unpack(surface)


def _field(
    made_by: str,
    site: Site,
    settings: FieldSettings,
    grid: Grid,
    surfaces: tuple[Surface, ...],
    corners: list[tuple[int, int]],
    tiles: list[Tile],
) -> tuple[list[Packed], Counter[str]]:
    """Compute a site over its window, laid out of tiles with their corners (on a worker)."""
    if made_by != program():
        raise InputError("cluster.other_program", worker="", found=program(), own=made_by)
    compile_kernels()
    height, surface = np.empty(grid.shape, np.float32), np.empty(grid.shape, np.uint8)
    for (row, column), tile in zip(corners, tiles, strict=True):
        rows, columns = tile[0].shape
        there = slice(max(row, 0), row + rows), slice(max(column, 0), column + columns)
        here = slice(max(-row, 0), grid.rows - row), slice(max(-column, 0), grid.columns - column)
        height[there], surface[there] = tile[0][here], tile[1][here]
    found = field_over(Ground(grid, height, surface, surfaces), site, settings)
    return [pack(level) for level in found.levels], found.paths


def _unpacked(found: tuple[list[Packed], Counter[str]]) -> Field:
    return Field([unpack(level) for level in found[0]], found[1])
