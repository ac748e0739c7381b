"""Init: a new region folder with its settings."""

from dataclasses import replace
from pathlib import Path

import pyogrio

from jangkau.errors import InputError, SettingError
from jangkau.geo import Bounds
from jangkau.settings import Settings
from jangkau.store.region_folder import RegionFolder
from jangkau.studies.circumstances import Circumstances


def init_region(
    path: Path, settings: Settings, circumstances: Circumstances, boundary: Path | None = None
) -> RegionFolder:
    """Make a region folder; an existing one is never overwritten.

    Parameters
    ----------
    path : Path
    settings : Settings
        Without `bounds` or a boundary, and without `operators`, the first import learns them from its files.
    circumstances : Circumstances
    boundary : Path, optional
        A file of polygons in WGS 84; the box around them, a little widened, becomes the bounds.

    Raises
    ------
    SettingError
        When the bounds are no box of longitude and latitude.
    InputError
        When the boundary cannot be read.
    """
    if boundary is not None:
        settings = replace(settings, bounds=_box(boundary).widened(0.01))
    if settings.bounds is not None:
        west, south, east, north = settings.bounds
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise SettingError("init.bad_bounds", bounds=", ".join(f"{v:g}" for v in settings.bounds))
    return RegionFolder.create(path, settings, circumstances.clock())


def _box(boundary: Path) -> Bounds:
    try:
        return Bounds(*(float(v) for v in pyogrio.read_info(boundary)["total_bounds"]))
    except (pyogrio.errors.DataSourceError, TypeError) as error:
        raise InputError("init.bad_boundary", file=str(boundary), reason=str(error)) from error
