"""Best servers of a whole region while its sites come in, one after another, on disk.

Keys of all layers lie in files that are mapped into memory, so a region need not fit. Merging a site twice changes
nothing (`jangkau.coverage.servers.Keys`); the list of finished sites is written after their pixels. So whatever stops
the work, the next call goes on from the list and comes to the same end.
"""

import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Mapping, Set
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from jangkau.coverage.field import Levels
from jangkau.coverage.servers import Keys, merge
from jangkau.geo import Grid
from jangkau.store.region_folder import write_atomically

SECONDS_BETWEEN_CHECKPOINTS = 20.0

Scalar = TypeVar("Scalar", np.uint8, np.uint32)


class Mosaic:
    """Best servers of each layer of a region.

    Parameters
    ----------
    folder : Path
        Holds the files; made if missing, taken up if there.
    grid : Grid
        Of the region.
    layers : sequence of str
        Names of the layers, good for file names.
    """

    def __init__(self, folder: Path, grid: Grid, layers: list[str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._grid = folder, grid
        self._keys = {name: _mapped(folder / f"{name}.keys", grid, np.uint32) for name in layers}
        self._unseen = {name: _mapped(folder / f"{name}.unseen", grid, np.uint8) for name in layers}
        self._list = folder / "done.txt"
        self._done = _read_list(self._list)
        self._saved = time.monotonic()

    @property
    def done(self) -> Set[str]:
        """The finished sites."""
        return self._done.keys()

    def add(self, layer: str, part: Grid, level: Levels, index: int) -> None:
        """Take in a cell on a part of the region's grid."""
        row = round((self._grid.north - part.north) / self._grid.pixel_height)
        column = round((part.west - self._grid.west) / self._grid.pixel_width)
        window = slice(row, row + part.rows), slice(column, column + part.columns)
        merge(self._keys[layer][window], self._unseen[layer][window], level, index)

    def finish(self, site: str, paths: Mapping[str, int]) -> None:
        """Note that all cells of a site are in, and counts of its paths; now and then everything is brought to disk."""
        self._done[site] = dict(paths)
        if time.monotonic() - self._saved > SECONDS_BETWEEN_CHECKPOINTS:
            self.save()

    def save(self) -> None:
        """Bring pixels to disk, then the list of finished sites."""
        for keys in self._keys.values():
            keys.flush()
        for unseen in self._unseen.values():
            unseen.flush()
        lines = (f"{site}\t{json.dumps(self._done[site], sort_keys=True)}\n" for site in sorted(self._done))
        write_atomically(self._list, "".join(lines).encode())
        self._saved = time.monotonic()

    def paths(self) -> Counter[str]:
        """Return the counts of all finished sites together."""
        return sum((Counter(paths) for paths in self._done.values()), Counter())

    def rows(self, layer: str, rows: slice) -> tuple[Keys, NDArray[np.uint8]]:
        """Return keys and unseen pixels of some rows of a layer."""
        return np.array(self._keys[layer][rows]), np.array(self._unseen[layer][rows])

    def remove(self) -> None:
        """Delete the files; nothing may be asked afterwards."""
        self._keys.clear()
        self._unseen.clear()
        shutil.rmtree(self._folder)


def _read_list(path: Path) -> dict[str, dict[str, int]]:
    """Return the finished sites with their counts; a line that says less names a site that is done again."""
    lines = path.read_text("utf-8").split("\n") if path.is_file() else []
    return {site: json.loads(paths) for site, tab, paths in (line.rpartition("\t") for line in lines) if tab}


def _mapped(path: Path, grid: Grid, kind: type[Scalar]) -> "np.memmap[tuple[int, int], np.dtype[Scalar]]":
    size = grid.rows * grid.columns * np.dtype(kind).itemsize
    if not path.is_file() or path.stat().st_size != size:
        with path.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size) if hasattr(os, "posix_fallocate") else file.truncate(size)
    return np.memmap(path, kind, "r+", shape=grid.shape)
