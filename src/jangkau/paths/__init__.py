"""Radio paths over ground: where terrain and propagation meet. One explained, many predicted, an area swept."""

from jangkau.paths.area import BY_PATH, OUTSIDE, SWEPT, Area, by_path, in_woodland, sweep_area
from jangkau.paths.point import MODEL, Antenna, Medium, PathLosses, PathReport, explain, losses

__all__ = [
    "BY_PATH",
    "MODEL",
    "OUTSIDE",
    "SWEPT",
    "Antenna",
    "Area",
    "Medium",
    "PathLosses",
    "PathReport",
    "by_path",
    "explain",
    "in_woodland",
    "losses",
    "sweep_area",
]
