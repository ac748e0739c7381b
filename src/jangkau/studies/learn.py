"""What a region's settings leave open and its data tell: who runs networks there, and where it lies."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import shapely

from jangkau.geo import Bounds
from jangkau.messages import Message
from jangkau.records import Cell, Measurement, Place, Site, Village
from jangkau.settings import Operator
from jangkau.store.database import Store
from jangkau.store.region_folder import RegionFolder

MARGIN_DEG = 0.02
"""Around what the data span: about 2 km."""


def learn_settings(region: RegionFolder, store: Store) -> list[Message]:
    """Fill in operators and bounds that `jangkau.toml` does not give from what was imported, and say so.

    Parameters
    ----------
    region : RegionFolder
    store : Store

    Returns
    -------
    list of Message
        What was learned; empty when nothing was left open, or nothing tells it.
    """
    settings, notes = region.settings, []
    if not settings.operators and (operators := _operators(store)):
        settings = replace(settings, operators=operators)
        notes.append(Message("import.learned_operators", {"operators": ", ".join(o.name for o in operators)}))
    if settings.bounds is None and (box := _box(store)) is not None:
        settings = replace(settings, bounds=_rounded(box))
        notes.append(_learned_bounds(_rounded(box)))
    if notes:
        region.amend(settings)
    return notes


def learn_early(region: RegionFolder, store: Store, *, operators: bool) -> list[Message]:
    """Fill in what later files of one import are checked against: bounds by outlines, and operators if asked for.

    Parameters
    ----------
    region : RegionFolder
    store : Store
    operators : bool
        Whether a file that names operators comes next: all files of cells are in by then.

    Returns
    -------
    list of Message
        What was learned.
    """
    found, notes = _operators(store) if operators and not region.settings.operators else (), []
    settings = region.settings
    if found:
        settings = replace(settings, operators=found)
        notes.append(Message("import.learned_operators", {"operators": ", ".join(o.name for o in found)}))
    if settings.bounds is None and (box := _box_of_outlines(store)) is not None:
        settings = replace(settings, bounds=_rounded(box))
        notes.append(_learned_bounds(_rounded(box)))
    if notes:
        region.amend(settings)
    return notes


def _rounded(box: Bounds) -> Bounds:
    """Return a box with the margin, to about ten metres."""
    return Bounds(*(round(edge, 4) for edge in box.widened(MARGIN_DEG)))


def _learned_bounds(bounds: Sequence[float]) -> Message:
    return Message("import.learned_bounds", {"bounds": ", ".join(f"{edge:.10g}" for edge in bounds)})


def _operators(store: Store) -> tuple[Operator, ...]:
    """Return who runs the cells, each with the network codes that they name."""
    codes: dict[str, set[str]] = defaultdict(set)
    for cell in store.read(Cell):
        own = codes[cell.operator]
        if cell.mcc is not None and cell.mnc is not None:
            own.add(f"{cell.mcc}-{cell.mnc:02d}")
    return tuple(Operator(name, tuple(sorted(codes[name]))) for name in sorted(codes))


def _box_of_outlines(store: Store) -> Bounds | None:
    shapes = [shapely.from_wkb(v.geometry_wkb) for v in store.read(Village) if v.geometry_wkb is not None]
    return Bounds(*(float(edge) for edge in shapely.total_bounds(shapes))) if shapes else None


def _box(store: Store) -> Bounds | None:
    """Return the box of outlines, else of points; None when there is neither."""
    if (outlines := _box_of_outlines(store)) is not None:
        return outlines
    spans = [span for kind in (Cell, Site, Place, Measurement) if (span := store.span(kind)) is not None]
    if not spans:
        return None
    west, south, east, north = zip(*spans, strict=True)
    return Bounds(min(west), min(south), max(east), max(north))
