"""An invented regency whose true signal is known, for demo, tests and every statistical claim."""

from jangkau.synthetic.files import write_region_files
from jangkau.synthetic.truth import World, draw_measurements, draw_visits, make_world, true_rsrp_dbm

__all__ = ["World", "draw_measurements", "draw_visits", "make_world", "true_rsrp_dbm", "write_region_files"]
