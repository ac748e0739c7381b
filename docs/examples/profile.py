"""A terrain profile, with what stands on it.

A `Ground` holds terrain heights and the kind of ground of every pixel. Along a path each kind has obstacles of some height,
but none within its clearing around both ends.
"""

import matplotlib.pyplot as plt

from jangkau.synthetic import make_world
from jangkau.terrain.profiles import profile

world = make_world(seed=1, side_km=15.0, villages=8, districts=2)
site, place = world.sites[0], world.places[-1]
path = profile(world.ground, (site.longitude, site.latitude), (place.longitude, place.latitude))
top = path.terrain_amsl_m + path.obstacle_height_m
print(f"{path.distance_m[-1]:.0f} m, highest {top.max():.0f} m, in woodland for the last {path.woodland_m:.0f} m")

figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
axes.fill_between(path.distance_m / 1e3, path.terrain_amsl_m, top, color="#7aa874", label="trees and houses")
axes.fill_between(path.distance_m / 1e3, 0, path.terrain_amsl_m, color="#b9a88f", label="terrain")
axes.set(xlabel="distance from the tower [km]", ylabel="height above sea level [m]", xlim=(0, None), ylim=(0, None))
axes.legend(frameon=False)
