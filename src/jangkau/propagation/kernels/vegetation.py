"""Kernel of vegetation: ITU-R P.833 section 2.1. Depths in m, losses in dB, dB per metre of depth."""

import math

from jangkau.compiled import kernel


@kernel
def woodland_db(depth_m: float, specific_db_per_m: float, maximum_db: float) -> float:
    """P.833 equation (1): excess loss of a terminal some way inside woodland; 0 outside it."""
    if depth_m <= 0.0 or maximum_db <= 0.0:
        return 0.0
    return -maximum_db * math.expm1(-depth_m * specific_db_per_m / maximum_db)
