"""Which sites to build for a budget, and a proof of how good that is.

Candidates stand at every hamlet; one covers the hamlets that lose at most 135 dB to it. The plan covers most people for three
sites, and no plan covers more than its bound.
"""

import matplotlib.pyplot as plt
import numpy as np

from jangkau.paths import Antenna, Medium, losses
from jangkau.planning.cover import cover, rows_of
from jangkau.planning.effort import REPRODUCIBLE
from jangkau.planning.siting import solve
from jangkau.synthetic import make_world

world = make_world(seed=1, side_km=15.0, villages=8, districts=2)
hamlets = [place for place in world.places if place.kind == "settlement"]
x, y = np.array([(h.longitude, h.latitude) for h in hamlets]).T
people = np.array([h.population for h in hamlets], float)
band = {"frequency_mhz": 900.0, "rx_height_agl_m": 1.5, "medium": Medium()}
masts = [Antenna(h.longitude, h.latitude, height_agl_m=42.0) for h in hamlets]
loss_db = [losses(world.ground, mast, x, y, **band).loss_db for mast in masts]
reached = rows_of([np.flatnonzero(loss <= 135.0).astype(np.int32) for loss in loss_db])
problem = cover(people, reached, cost=np.ones(len(hamlets)))
plan = solve(problem, 3.0, REPRODUCIBLE)

figure, axes = plt.subplots(figsize=(6, 5), layout="constrained")
covered = problem.covered(plan.chosen)
axes.scatter(
    x[~covered], y[~covered], people[~covered] / 8, facecolors="none", edgecolors="#a5224f", label="not covered"
)
axes.scatter(x[covered], y[covered], people[covered] / 8, color="#1b7f8c", label="covered")
axes.plot(x[plan.chosen], y[plan.chosen], "k^", label="sites")
axes.set(xlabel="longitude [°]", ylabel="latitude [°]", aspect="equal")
axes.set_title(
    f"{plan.value:.0f} of {people.sum():.0f} people; nobody covers more than {plan.bound:.0f}", fontsize="medium"
)
axes.legend(frameon=False)
