"""The loss along a path, and what it is made of.

`losses` predicts many paths from one antenna, for one frequency or several, by ITU-R P.1812 over each path's own profile.
`explain` tells everything of one path: every term, and the obstacle that matters most.
"""

import matplotlib.pyplot as plt
import numpy as np

from jangkau.paths import Antenna, Medium, explain, losses
from jangkau.synthetic import make_world

world = make_world(seed=1, side_km=15.0, villages=8, districts=2)
site, place, bands_mhz = world.sites[0], world.places[-1], [700.0, 900.0, 1800.0, 2300.0]
antenna = Antenna(site.longitude, site.latitude, height_agl_m=42.0)
share = np.linspace(0.02, 1.0, 250)
longitude = site.longitude + share * (place.longitude - site.longitude)
latitude = site.latitude + share * (place.latitude - site.latitude)
receiver = {"rx_height_agl_m": 1.5, "medium": Medium()}
found = losses(world.ground, antenna, longitude, latitude, frequency_mhz=bands_mhz, **receiver)
one = explain(world.ground, antenna, place.longitude, place.latitude, frequency_mhz=900.0, **receiver)
print(f"to {place.name}: {one.loss.loss_db:.1f} dB at 900 MHz; {one.obstacle}")

figure, axes = plt.subplots(figsize=(8, 3.5), layout="constrained")
for band, loss in zip(bands_mhz, found.loss_db, strict=True):
    axes.plot(found.distance_m / 1e3, loss, label=f"{band:.0f} MHz")
axes.set(xlabel="distance from the tower [km]", ylabel="basic transmission loss [dB]")
axes.invert_yaxis()
axes.legend(frameon=False)
