"""Radio paths over ground: where terrain and propagation meet. One explained, many predicted, an area swept."""

from jangkau.paths.area import Area, sweep_area
from jangkau.paths.point import MODEL, Antenna, Medium, PathLosses, PathReport, explain, losses

__all__ = ["MODEL", "Antenna", "Area", "Medium", "PathLosses", "PathReport", "explain", "losses", "sweep_area"]
