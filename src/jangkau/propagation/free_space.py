"""ITU-R P.525: loss in free space, the least that any path of this length can have."""

import math

from jangkau.errors import ModelError
from jangkau.units import wavelength_m

RECOMMENDATION = "ITU-R P.525-4"


def free_space_loss_db(distance_m: float, frequency_mhz: float) -> float:
    """Section 2.3, equation (4): basic transmission loss between isotropic antennas in free space.

    Parameters
    ----------
    distance_m : float
        Straight between the antennas [m], > 0.
    frequency_mhz : float
        > 0 [MHz].

    Returns
    -------
    float
        [dB]. The constant 32.4 is rounded as the Recommendation rounds it (32.448 dB exactly).

    Raises
    ------
    ModelError
        When a value is not above 0.
    """
    _positive("distance_m", distance_m)
    _positive("frequency_mhz", frequency_mhz)
    return 32.4 + 20.0 * math.log10(frequency_mhz) + 20.0 * math.log10(distance_m / 1e3)


def free_space_distance_m(loss_db: float, frequency_mhz: float) -> float:
    """Return the distance [m] at which free space alone makes a loss [dB]: equation (4) solved for the distance."""
    _positive("frequency_mhz", frequency_mhz)
    return float(1e3 * 10.0 ** ((loss_db - 32.4) / 20.0) / frequency_mhz)


def fresnel_radius_m(d1_m: float, d2_m: float, frequency_mhz: float, zone: int = 1) -> float:
    """ITU-R P.526-15 section 2, equation (1): radius of a Fresnel ellipsoid between two antennas.

    Parameters
    ----------
    d1_m, d2_m : float
        From the point to either antenna [m], > 0.
    frequency_mhz : float
        > 0 [MHz].
    zone : int
        1 for the first ellipsoid.

    Returns
    -------
    float
        [m].
    """
    _positive("d1_m", d1_m)
    _positive("d2_m", d2_m)
    _positive("frequency_mhz", frequency_mhz)
    return math.sqrt(zone * wavelength_m(frequency_mhz) * d1_m * d2_m / (d1_m + d2_m))


def _positive(name: str, value: float) -> None:
    if not 0.0 < value < math.inf:
        raise ModelError("p525.not_positive", name=name, value=value)
