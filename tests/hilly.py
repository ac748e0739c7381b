"""Hills for tests: a power-law spectrum on one arc-second."""

import numpy as np

from jangkau.geo import WGS84, Grid

PIXEL = 1 / 3600
LATTICE = Grid(WGS84, 116.9, 0.6, PIXEL, PIXEL, 700, 700)


def hills(seed=1, rough=120.0):
    """Heights of shape (700, 700) [m], standard deviation `rough`, not below 0."""
    rng = np.random.default_rng(seed)
    k = np.hypot(np.fft.fftfreq(700)[:, None], np.fft.rfftfreq(700)[None, :])
    k[0, 0] = 1.0
    waves = (rng.normal(size=k.shape) + 1j * rng.normal(size=k.shape)) * k**-2.0
    waves[0, 0] = 0.0
    heights = np.fft.irfft2(waves, s=(700, 700))
    return (rough * (3.0 + heights / heights.std())).clip(0.0).astype(np.float32)
