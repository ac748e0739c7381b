"""Where there is service, and how sure that is.

Cells of a register become transmitters; what the register lacks takes a stated default and is named in `assumed`. The best
server of every pixel follows, and the probability that its true level reaches the standard.
"""

import matplotlib.pyplot as plt

from jangkau.coverage.field import FieldSettings
from jangkau.coverage.servers import probability_at_least
from jangkau.coverage.small_area import best_servers
from jangkau.coverage.transmitters import complete_all
from jangkau.geo import metric_grid
from jangkau.paths import Medium
from jangkau.settings import CellDefaults
from jangkau.synthetic import make_world

world = make_world(seed=1, side_km=15.0, villages=8, districts=2)
cells = [cell for cell in world.cells if cell.technology == "4G"]
transmitters = complete_all(cells, CellDefaults())
grid = metric_grid(world.ground.grid.bounds, "EPSG:32650", pixel_m=100.0)
settings = FieldSettings(radius_m=12_000.0, receiver_height_agl_m=1.5, medium=Medium())
best = best_servers(world.ground, transmitters, grid, settings, error_db=8.0, workers=2)
probability = probability_at_least(best, -110.0)
print(f"{len(transmitters)} transmitters; {(probability >= 0.9).mean():.0%} of the area is surely served")

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.4), layout="constrained")
level = left.imshow(best.rsrp_dbm, vmin=-130, vmax=-70, cmap="viridis")
surely = right.imshow(probability, vmin=0, vmax=1, cmap="cividis")
figure.colorbar(level, ax=left, label="RSRP of the best server [dBm]")
figure.colorbar(surely, ax=right, label="probability of RSRP ≥ -110 dBm")
for axes in (left, right):
    axes.set(xticks=[], yticks=[])
