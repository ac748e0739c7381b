"""A map corrected by tests.

Forty tests along a way pull the predicted level of a cell towards what was measured: all of it by trend and offset, and near
the tests by correlated shadowing. The band holds a new sample with 90 % probability.
"""

import matplotlib.pyplot as plt
import numpy as np

from jangkau.evidence.model import fit
from jangkau.evidence.observations import Observations, Places
from jangkau.paths import Antenna, Medium, losses
from jangkau.synthetic import make_world, true_rsrp_dbm

world = make_world(seed=1, side_km=15.0, villages=8, districts=2)
cell, place, share = world.true_cells[0], world.places[-1], np.linspace(0.05, 1.0, 200)
longitude = cell.longitude + share * (place.longitude - cell.longitude)
latitude = cell.latitude + share * (place.latitude - cell.latitude)
antenna, band = Antenna(cell.longitude, cell.latitude, cell.height_agl_m), {"frequency_mhz": cell.frequency_mhz}
path = losses(world.ground, antenna, longitude, latitude, rx_height_agl_m=1.5, medium=Medium(), **band)
truth, x_m = true_rsrp_dbm(world, longitude, latitude)[0].astype(float), path.distance_m
none, tested = np.zeros(200, np.int32), np.arange(60, 140, 2)
way = Places(x_m, 0 * x_m, none, none, none, 30.0 - path.loss_db.astype(float), np.zeros((200, 0), np.float32))
after = fit(Observations(way.at(tested), truth[tested], np.full(40, np.nan), none[:40])).predict(way)

figure, axes = plt.subplots(figsize=(8, 3.5), layout="constrained")
axes.fill_between(x_m / 1e3, *after.interval(0.9), color="#1b7f8c", alpha=0.2, label="90 % after tests")
axes.plot(x_m / 1e3, way.predicted_dbm, color="#8b919a", label="predicted, 30 dBm assumed")
axes.plot(x_m / 1e3, after.mean_dbm, color="#1b7f8c", label="after tests")
axes.plot(x_m[tested] / 1e3, truth[tested], "k.", markersize=4, label="tests")
axes.set(xlabel="distance from the tower [km]", ylabel="RSRP [dBm]")
axes.legend(frameon=False, fontsize="small")
