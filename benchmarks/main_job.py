"""Time the radio paths of the main job against a loop that only gathers terrain, in the same run.

Prints one JSON object; ratios to the calibration loop can be compared between machines, absolute times cannot.
"""

import json
import time

import numpy as np

from jangkau.geo import WGS84, Grid
from jangkau.paths import Antenna, Medium, losses
from jangkau.terrain.ground import bare_ground
from jangkau.terrain.profiles import profile

RADIUS_DEG, POINTS = 0.12, 60


def main() -> None:
    """Measure and print."""
    rng = np.random.default_rng(1)
    grid = Grid(WGS84, 116.8, 1.2, 1 / 3600, 1 / 3600, 1440, 1440)
    rough = np.cumsum(np.cumsum(rng.normal(size=grid.shape), axis=0), axis=1)
    heights = (800.0 * (rough - rough.min()) / np.ptp(rough)).astype(np.float32)
    ground = bare_ground(grid, heights, obstacle_height_m=15.0, clearing_m=25.0)
    antenna, medium = Antenna(117.0, 1.0, 45.0), Medium()
    side = np.linspace(-RADIUS_DEG, RADIUS_DEG, POINTS)
    longitude, latitude = np.meshgrid(117.0 + side, 1.0 + side)
    common = {"frequency_mhz": 900.0, "rx_height_agl_m": 1.5, "medium": medium}
    losses(ground, antenna, longitude[:1, :2], latitude[:1, :2], **common)
    started = time.process_time()
    found = losses(ground, antenna, longitude, latitude, **common)
    seconds = time.process_time() - started
    points = float((found.distance_m / ground.pixel_m()).sum())
    started = time.process_time()
    for k in range(200):
        profile(ground, (117.0, 1.0), (float(longitude.flat[k * 7]), float(latitude.flat[k * 7])))
    calibration = (time.process_time() - started) / 200
    print(
        json.dumps(
            {
                "paths": found.loss_db.size,
                "microseconds_per_path": round(1e6 * seconds / found.loss_db.size, 2),
                "nanoseconds_per_profile_point": round(1e9 * seconds / points, 2),
                "paths_per_sampled_profile": round(seconds / found.loss_db.size / calibration, 3),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
