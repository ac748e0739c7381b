"""The cheapest set of changes with which enough stations send in time in enough nights: a multiple-choice knapsack.

Of each class (a link, a village) at most one option is taken. What an option brings is counted night by night, as if it
were taken alone; that options add up is an assumption, which whoever asks checks by playing the nights again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from highspy._core import _Highs
from numpy.typing import NDArray

MOST_SECONDS = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """One way to change a class.

    Attributes
    ----------
    subject : str
        The class: code of the link or village.
    name : str
        What is done.
    cost_idr : float
    gain : float64, shape (nights,)
        Stations that send in time more than without it.
    """

    subject: str
    name: str
    cost_idr: float
    gain: NDArray[np.float64]


def choose(
    base: NDArray[np.float64], options: Sequence[Option], needed: float, probability: float
) -> list[Option] | None:
    """Return the cheapest options with which `needed` stations send in time in a share of the nights.

    Parameters
    ----------
    base : float64, shape (nights,)
        Stations that send in time without any change.
    options : sequence of Option
    needed : float
        Stations.
    probability : float
        Share of nights, 0..1.

    Returns
    -------
    list of Option or None
        None: no set of options is enough.

    Notes
    -----
    minimise    sum_o cost_o x_o
    subject to  sum_{o of class c} x_o <= 1                          for each class c
                base_n + sum_o gain_on x_o >= needed z_n             for each night n
                sum_n z_n >= probability N;   x, z binary
    Nights in which `needed` is reached already, and options that bring nothing, are left out beforehand. Of equal costs
    the one that brings more is preferred.
    """
    useful = [option for option in options if option.gain.mean() > 1e-9]
    short = np.flatnonzero(base < needed)
    missing = int(np.ceil(round(probability * base.size, 9))) - (base.size - short.size)
    if missing <= 0:
        return []
    model = _Silent()
    model.setOptionValue("time_limit", MOST_SECONDS)
    model.setOptionValue("threads", 1)
    taken = [model.addBinary(obj=option.cost_idr + 1.0 - 1e-3 * float(option.gain.mean())) for option in useful]
    reached = [model.addBinary() for _ in short]
    _at_most_one(model, useful, taken)
    for night, z in zip(short.tolist(), reached, strict=True):
        gains = [(x, float(option.gain[night])) for x, option in zip(taken, useful, strict=True)]
        row = model.qsum(gain * x for x, gain in gains if gain) - needed * z
        model.addConstr(row >= -float(base[night]))
    model.addConstr(model.qsum(reached) >= missing)
    model.run()
    if model.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None
    values = model.vals(taken)
    return [option for option, value in zip(useful, values, strict=True) if value > 0.5]


class _Silent(highspy.Highs):
    """The solver without the banner that its class prints when it is made."""

    def __init__(self) -> None:
        _Highs.__init__(self)
        self.setOptionValue("output_flag", False)


def _at_most_one(model: highspy.Highs, options: Sequence[Option], taken: Sequence[highspy.highs.highs_var]) -> None:
    """Take at most one option of each class: sum x <= 1."""
    for subject in dict.fromkeys(option.subject for option in options):
        own = [x for x, option in zip(taken, options, strict=True) if option.subject == subject]
        if len(own) > 1:
            model.addConstr(model.qsum(own) <= 1)
