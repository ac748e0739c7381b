"""Chance by counting: a number for each (seed, night, thing, purpose), the same in whatever order they are asked for.

Nights can be played on any number of threads, in any order, and two plans meet the same nights. The mixer is the
finaliser of SplitMix64 (Steele, Lea, Flood 2014, https://doi.org/10.1145/2714064.2660195).
"""

import math

import numpy as np

from jangkau.compiled import kernel

_GOLDEN, _OTHER = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1B54A32D192ED03)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


@kernel
def _mixed(x: np.uint64) -> np.uint64:
    x = (x ^ (x >> _S30)) * _FIRST
    x = (x ^ (x >> _S27)) * _SECOND
    return x ^ (x >> _S31)


@kernel
def stream(seed: int, night: int) -> np.uint64:
    """Return the key of a night."""
    return _mixed(_mixed(np.uint64(seed) + _GOLDEN) + np.uint64(night) * _OTHER)


@kernel
def uniform(key: np.uint64, thing: int, purpose: int) -> float:
    """Return a number between 0 and 1, neither of them."""
    x = _mixed(_mixed(key ^ (np.uint64(thing) * _GOLDEN)) + np.uint64(purpose + 1) * _OTHER)
    return (float(x >> _S11) + 0.5) * 1.1102230246251565e-16


@kernel
def normal(key: np.uint64, thing: int, purpose: int) -> float:
    """Return a number of the standard normal distribution (Box and Muller); uses the purpose and the one after it."""
    radius = math.sqrt(-2.0 * math.log(uniform(key, thing, purpose)))
    return radius * math.cos(2.0 * math.pi * uniform(key, thing, purpose + 1))


@kernel
def triangular(low: float, mode: float, high: float, u: float) -> float:
    """Return the value of the triangular distribution below which a share `u` lies."""
    if high <= low:
        return mode
    turn = (mode - low) / (high - low)
    if u < turn:
        return low + math.sqrt(u * (high - low) * (mode - low))
    return high - math.sqrt((1.0 - u) * (high - low) * (high - mode))
