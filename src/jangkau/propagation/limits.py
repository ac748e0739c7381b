"""Checked arrays: what a model's function takes, refused with the first value that lies outside its range."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jangkau.errors import ModelError

FloatArray = NDArray[np.float64]


def within(code: str, name: str, value: ArrayLike, low: float, high: float) -> FloatArray:
    """Return a value as an array of floats, all from low to high, both ends included; not a number is outside.

    Parameters
    ----------
    code : str
        Of the message; its text has the fields name, value, low and high.
    name : str
        Of the parameter.
    value : array_like
        Any shape.
    low, high : float
        The ends of the range.

    Returns
    -------
    ndarray, the shape of value

    Raises
    ------
    ModelError
        With the first value outside.
    """
    array = np.asarray(value, dtype=np.float64)
    _refuse(code, name, array, ~((array >= low) & (array <= high)), low, high)
    return array


def between(code: str, name: str, value: ArrayLike, low: float, high: float = math.inf) -> FloatArray:
    """Return a value as an array of floats, all above low and below high, as `within` does, without the two ends."""
    array = np.asarray(value, dtype=np.float64)
    _refuse(code, name, array, ~((array > low) & (array < high)), low, high)
    return array


def _refuse(code: str, name: str, array: FloatArray, outside: NDArray[np.bool_], low: float, high: float) -> None:
    if outside.any():
        raise ModelError(code, name=name, value=float(array[outside].flat[0]), low=low, high=high)
