"""Conversions between units, and the physical constants with their source."""

import math

SPEED_OF_LIGHT_M_PER_S = 299_792_458.0
"""Exact, SI 2019."""

BOLTZMANN_J_PER_K = 1.380_649e-23
"""Exact, SI 2019."""

FOOT_M = 0.3048
"""The international foot, exact (1959)."""


def wavelength_m(frequency_mhz: float) -> float:
    """Return the wavelength in vacuum [m] of a frequency [MHz], > 0."""
    return SPEED_OF_LIGHT_M_PER_S / (frequency_mhz * 1e6)


def thermal_noise_dbm(bandwidth_hz: float, temperature_k: float = 290.0) -> float:
    """Return the thermal noise power k T B [dBm] in a bandwidth [Hz], > 0."""
    return 10.0 * math.log10(BOLTZMANN_J_PER_K * temperature_k * bandwidth_hz) + 30.0
