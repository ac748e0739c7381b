"""ITU-R P.833: what woodland takes from a path, with one terminal among the trees or with one group of trees between.

The loss is added to that of the same path without the trees. It holds for the trees that were measured; the forest of
another region may take more or less, and only a test there can say.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from jangkau.errors import ModelError
from jangkau.propagation.limits import FloatArray, within

RECOMMENDATION = "ITU-R P.833-10"

VALIDITY = {"frequency_mhz": (30.0, 6_000.0), "single_obstruction_mhz": (30.0, 1_000.0)}
"""Outside these ranges a value is refused. The first is ours: section 2.1 was measured from 105.9 to 2117.5 MHz."""

MEASURED_MHZ = (105.9, 2_117.5)
"""Section 2.1, Table 1: outside these frequencies the loss in woodland is our extrapolation."""


@dataclass(frozen=True, slots=True)
class MeasuredMaximum:
    """Section 2.1: one fit of equation (2), A_m = A_1 f^alpha with f in MHz, and where it was measured.

    Attributes
    ----------
    factor_db : float
        A_1 [dB].
    exponent : float
        alpha.
    low_mhz, high_mhz : float
        Lowest and highest frequency measured [MHz].
    """

    factor_db: float
    exponent: float
    low_mhz: float
    high_mhz: float


MAXIMA = {
    "rio_de_janeiro": MeasuredMaximum(0.18, 0.752, 900.0, 1_800.0),
    "mulhouse": MeasuredMaximum(1.15, 0.43, 900.0, 2_200.0),
    "st_petersburg": MeasuredMaximum(1.37, 0.42, 105.9, 2_117.5),
}
"""Section 2.1: tropical trees in a park, receiver at 2.4 m; trees in Alsace, 1.6 m; mixed forest, 1.5 m."""

SPECIFIC = ((105.9, 0.04), (466.475, 0.12), (949.0, 0.17), (1_852.2, 0.30), (2_117.5, 0.34))
"""Table 1: frequency [MHz] and specific attenuation [dB/m], mixed forest near St. Petersburg."""

FIGURE_2_SLOPE = 1.0
"""Of log specific attenuation over log frequency above 1 GHz, by Figure 2: some 0.2 dB/m at 1 GHz, 6 dB/m at 30 GHz."""


def specific_attenuation_db_per_m(frequency_mhz: ArrayLike) -> FloatArray:
    """Section 2.1, Table 1: what the first metres of woodland take.

    Parameters
    ----------
    frequency_mhz : array_like
        30 to 6000 [MHz].

    Returns
    -------
    ndarray, the shape of frequency_mhz
        [dB/m].

    Raises
    ------
    ModelError
        When a frequency is outside the range.

    Notes
    -----
    Departure: the Recommendation prints the table and the curve of Figure 2, no formula. We take straight lines between
    the table's points on double logarithmic paper. Below the first point the first line goes on; above the last point
    the loss grows as the curve of Figure 2 does there, in proportion to the frequency. The curve lies up to a quarter
    above the table where both are stated.

    References
    ----------
    Recommendation ITU-R P.833, https://www.itu.int/rec/R-REC-P.833.
    """
    frequency = within("p833.outside_range", "frequency_mhz", frequency_mhz, *VALIDITY["frequency_mhz"])
    log_f = np.log(frequency)
    log_points, log_specific = np.log(np.array(SPECIFIC)).T
    first_slope = (log_specific[1] - log_specific[0]) / (log_points[1] - log_points[0])
    below = np.minimum(log_f - log_points[0], 0.0) * first_slope
    above = np.maximum(log_f - log_points[-1], 0.0) * FIGURE_2_SLOPE
    specific: FloatArray = np.exp(np.interp(log_f, log_points, log_specific) + below + above)
    return specific


def maximum_attenuation_db(frequency_mhz: ArrayLike, *, measured_at: str = "st_petersburg") -> FloatArray:
    """Section 2.1, equation (2): the most that woodland takes, however deep in it the terminal is.

    Parameters
    ----------
    frequency_mhz : array_like
        30 to 6000 [MHz].
    measured_at : str
        A key of `MAXIMA`. St. Petersburg is the widest in frequency and belongs with Table 1.

    Returns
    -------
    ndarray, the shape of frequency_mhz
        [dB].

    Raises
    ------
    ModelError
        When a frequency is outside the range or the place unknown.

    Notes
    -----
    Departure: beyond the frequencies of its measurement a fit goes on with the exponent of the widest one, 0.42; that
    of Rio de Janeiro, 0.752 over one octave, would otherwise say 122 dB at 5.8 GHz.

    References
    ----------
    Recommendation ITU-R P.833, https://www.itu.int/rec/R-REC-P.833.
    """
    if measured_at not in MAXIMA:
        raise ModelError("p833.place", value=measured_at, known=", ".join(MAXIMA))
    frequency = within("p833.outside_range", "frequency_mhz", frequency_mhz, *VALIDITY["frequency_mhz"])
    fit = MAXIMA[measured_at]
    measured = np.clip(frequency, fit.low_mhz, fit.high_mhz)
    beyond = (frequency / measured) ** MAXIMA["st_petersburg"].exponent
    maximum: FloatArray = fit.factor_db * measured**fit.exponent * beyond
    return maximum


def woodland_loss_db(depth_m: ArrayLike, frequency_mhz: ArrayLike, *, measured_at: str = "st_petersburg") -> FloatArray:
    """Section 2.1, equation (1): excess loss of a path with one terminal inside woodland.

    Parameters
    ----------
    depth_m : array_like
        Of woodland that the path crosses to the terminal [m], >= 0.
    frequency_mhz : array_like
        30 to 6000 [MHz].
    measured_at : str
        A key of `MAXIMA`.

    Returns
    -------
    ndarray, the shape the arguments broadcast to
        [dB], from 0 at the edge of the woodland towards `maximum_attenuation_db`.

    Raises
    ------
    ModelError
        When a value is outside its range.

    Notes
    -----
    `jangkau.propagation.kernels.vegetation.woodland_db` is the same equation for one path.

    References
    ----------
    Recommendation ITU-R P.833, https://www.itu.int/rec/R-REC-P.833.
    """
    depth = within("p833.depth", "depth_m", depth_m, 0.0, math.inf)
    specific = specific_attenuation_db_per_m(frequency_mhz)
    maximum = maximum_attenuation_db(frequency_mhz, measured_at=measured_at)
    loss: FloatArray = -maximum * np.expm1(-depth * specific / maximum)
    return loss


def single_obstruction_loss_db(
    depth_m: ArrayLike,
    frequency_mhz: ArrayLike,
    *,
    specific_db_per_m: ArrayLike | None = None,
    other_paths_db: ArrayLike = math.inf,
) -> FloatArray:
    """Section 3.1: excess loss of one group of trees between terminals that both stand outside it, up to 1 GHz.

    Parameters
    ----------
    depth_m : array_like
        Of trees that the path crosses [m], >= 0.
    frequency_mhz : array_like
        30 to 1000 [MHz].
    specific_db_per_m : array_like, optional
        Specific attenuation [dB/m], 0 to 100; by default `specific_attenuation_db_per_m`.
    other_paths_db : array_like
        The least excess loss of the ways round and over the trees, such as diffraction [dB], >= 0.

    Returns
    -------
    ndarray, the shape the arguments broadcast to
        [dB]: depth times specific attenuation, never more than the other ways take.

    Raises
    ------
    ModelError
        When a value is outside its range.

    References
    ----------
    Recommendation ITU-R P.833, https://www.itu.int/rec/R-REC-P.833.
    """
    depth = within("p833.depth", "depth_m", depth_m, 0.0, math.inf)
    frequency = within("p833.outside_range", "frequency_mhz", frequency_mhz, *VALIDITY["single_obstruction_mhz"])
    if specific_db_per_m is None:
        specific = specific_attenuation_db_per_m(frequency)
    else:
        specific = within("p833.loss", "specific_db_per_m", specific_db_per_m, 0.0, 100.0)
    other = within("p833.loss", "other_paths_db", other_paths_db, 0.0, math.inf)
    depth, _, specific, other = np.broadcast_arrays(depth, frequency, specific, other)
    return np.minimum(depth * specific, other)
