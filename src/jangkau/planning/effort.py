"""How long a model may think: counted work (the same answer every time) or seconds (as good as time allows)."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Effort:
    """What a search may spend.

    Attributes
    ----------
    seconds : float
        Wall time [s]; infinite in the reproducible mode.
    clock : callable or None
        Gives seconds; needed in the timed mode only (models read no clock of their own).
    work : float
        Counted work of each step (nodes, rounds) as a multiple of the usual, > 0.
    seed : int
        Of every random choice.
    gap : float
        Relative gap 0..1 at which a search may end.
    """

    seconds: float = math.inf
    clock: Callable[[], float] | None = None
    work: float = 1.0
    seed: int = 1
    gap: float = 1e-6

    def begin(self) -> "Timer":
        """Return a timer that starts now."""
        return Timer(self, 0.0 if self.clock is None else self.clock())


REPRODUCIBLE = Effort()
"""Counted work alone: the same inputs give the same plan on any machine with the same solvers."""


def timed(seconds: float, clock: Callable[[], float], seed: int = 1, gap: float = 1e-6) -> Effort:
    """Return the effort of a person who waits `seconds` [s], by the clock of a face."""
    return Effort(seconds, clock, seed=seed, gap=gap, work=50.0)


@dataclass(frozen=True, slots=True)
class Timer:
    """Time spent since `Effort.begin`."""

    effort: Effort
    started: float = field(default=0.0)

    def left(self) -> float:
        """Return the seconds left, infinite in the reproducible mode."""
        if self.effort.clock is None:
            return math.inf
        return self.effort.seconds - (self.effort.clock() - self.started)

    def over(self) -> bool:
        """Return whether the time is spent."""
        return self.left() <= 0.0

    def share(self, fraction: float) -> "Timer":
        """Return a timer that ends when a fraction of the time now left is spent."""
        if self.effort.clock is None:
            return self
        now = self.effort.clock()
        seconds = max(0.0, self.left()) * fraction
        return Timer(Effort(seconds, self.effort.clock, self.effort.work, self.effort.seed, self.effort.gap), now)
