"""Elementary functions that a compiler can apply to many values at once.

The maximum of two floats as one machine instruction; logarithm, exponential and arc cosine as series without branches.
The accuracy of each is stated and tested.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core.typing.templates import Signature
from numba.extending import intrinsic

from jangkau.compiled import kernel

SUM = {"reassoc", "contract", "nsz"}
"""What lets a compiler add several terms of a sum at once: the order of addition is free."""


ONCE = {"contract"}
"""What lets a compiler round a product and a sum together, by one instruction instead of two."""


def _two_floats(name: str) -> Any:
    def typed(typing_context: Any, a: Any, b: Any) -> tuple[Signature, Any]:
        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kind = arguments[0].type
            function = builder.module.declare_intrinsic(name, (kind,), ir.FunctionType(kind, (kind, kind)))
            return builder.call(function, arguments, fastmath=("nnan", "nsz"))

        return a(a, a), build

    return typed


larger: Callable[[float, float], float] = intrinsic(_two_floats("llvm.maxnum"))
"""The larger of two floats that are not NaN. Unlike a comparison, a loop of these is done several at a time."""
smaller: Callable[[float, float], float] = intrinsic(_two_floats("llvm.minnum"))
"""The smaller of two floats that are not NaN."""

_BITS_OF_ROOT_HALF = 0x3FE6A09E667F3BCD
_LOG2_SERIES = tuple(2.0 / math.log(2.0) / k for k in (1, 3, 5, 7, 9, 11, 13, 15))
_EXP2_SERIES = tuple(math.log(2.0) ** k / math.factorial(k) for k in range(11))
_ARCTANGENT_SERIES = (
    0.9999999999992,
    -0.333333332769,
    0.199999930517,
    -0.1428538649959,
    0.1110345613992,
    -0.08992547234901,
    0.06974176774093,
    -0.03765480113107,
)
"""Of arctan(t) / t in t squared up to tan(22.5 degrees), through its values at Chebyshev's nodes."""
_SINE_SERIES = tuple((-1) ** k / math.factorial(2 * k + 1) for k in range(6))


@kernel(fastmath=ONCE, inline=True)
def log2(x: float) -> float:
    """Return the logarithm to base 2 of a normal positive number, within 1e-12."""
    bits = np.float64(x).view(np.int64)
    exponent = (bits - _BITS_OF_ROOT_HALF) >> 52
    m = np.int64(bits - (exponent << 52)).view(np.float64) - 1.0
    s = m / (2.0 + m)
    z = s * s
    a, b, c, d, e, f, g, h = _LOG2_SERIES
    series = a + z * (b + z * (c + z * (d + z * (e + z * (f + z * (g + z * h))))))
    return float(exponent + s * series)


@kernel(fastmath=ONCE, inline=True)
def exp2(x: float) -> float:
    """Return 2 to the power x within 1e-11 of its value; x is taken between -1000 and 1000."""
    x = smaller(larger(x, -1000.0), 1000.0)
    whole = np.floor(x + 0.5)
    r = x - whole
    a, b, c, d, e, f, g, h, i, j, k = _EXP2_SERIES
    low = a + r * (b + r * (c + r * (d + r * (e + r * f))))
    part = low + r**6 * (g + r * (h + r * (i + r * (j + r * k))))
    return float(np.int64((np.int64(whole) + 1023) << 52).view(np.float64) * part)


@kernel(fastmath=ONCE, inline=True)
def exp(x: float) -> float:
    """Return e to the power x; see `exp2`."""
    return exp2(x * 1.4426950408889634)


@kernel(fastmath=ONCE, inline=True)
def log10(x: float) -> float:
    """Return the logarithm to base 10; see `log2`."""
    return log2(x) * 0.3010299956639812


@kernel(fastmath=ONCE, inline=True)
def power(x: float, exponent: float) -> float:
    """Return a positive number to any power; see `log2` and `exp2`."""
    return exp2(exponent * log2(x))


@kernel(fastmath=ONCE, inline=True)
def third_of_arccosine_cosine(x: float) -> float:
    """Return cos(pi / 3 + arccos(x) / 3) for x in -1..1, within 3e-8.

    Arc cosine by Abramowitz and Stegun 4.4.46; the cosine as the sine of what is left to a right angle.
    """
    a = abs(x)
    high = 0.0308918810 + a * (-0.0170881256 + a * (0.0066700901 + a * -0.0012624911))
    low = 1.5707963050 + a * (-0.2145988016 + a * (0.0889789874 + a * (-0.0501743046 + a * high)))
    small = math.sqrt(1.0 - a) * low
    arc = math.pi - small if x < 0.0 else small
    r = arc / 3.0 - math.pi / 6.0
    z = r * r
    b, c, d, e, f, g = _SINE_SERIES
    return float(-r * (b + z * (c + z * (d + z * (e + z * (f + z * g))))))


@kernel(fastmath=ONCE, inline=True)
def arctangent(x: float) -> float:
    """Return the arc tangent of any number, within 1e-11: a polynomial, after a turn by 45 or 90 degrees if need be."""
    size = abs(x)
    steep, middling = size > 2.414213562373095, size > 0.41421356237309503
    above = -1.0 if steep else (size - 1.0 if middling else size)
    below = size if steep else (size + 1.0 if middling else 1.0)
    turn = math.pi / 2.0 if steep else (math.pi / 4.0 if middling else 0.0)
    t = above / below
    z = t * t
    a, b, c, d, e, f, g, h = _ARCTANGENT_SERIES
    series = a + z * (b + z * (c + z * (d + z * (e + z * (f + z * (g + z * h))))))
    return math.copysign(turn + t * series, x)
