"""What a fit makes small: a sum over runs of a function of the residual of the log loss.

The sum, not the mean: dividing by the number of runs shrinks the gradient below a solver's tolerance, so that it stops
before the optimum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scalewidgets.errors import FitError, UnknownName

NAMES = ("huber", "squared", "absolute")


@dataclass(frozen=True)
class Objective:
    """A named objective.

    Parameters
    ----------
    name : {"huber", "squared", "absolute"}
        Huber: r^2 / 2 within `delta`, delta (abs(r) - delta / 2) outside. Squared: r^2 / 2. Absolute: abs(r).
    delta : float
        Threshold of the Huber loss, in log loss.
    """

    name: str = "huber"
    delta: float = 1e-3

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise UnknownName.among("fitting", "objective", self.name, NAMES)
        if not (isinstance(self.delta, int | float) and np.isfinite(self.delta) and self.delta > 0):
            raise FitError(f"delta = {self.delta!r} is not allowed; it is a residual of the log loss, 1e-3 by default")

    def total(self, residuals: np.ndarray) -> np.ndarray:
        """Return the sum over the last axis."""
        size = np.abs(residuals)
        if self.name == "absolute":
            return np.sum(size, axis=-1)
        if self.name == "squared":
            return np.sum(size**2 / 2, axis=-1)
        return np.sum(np.where(size <= self.delta, size**2 / 2, self.delta * (size - self.delta / 2)), axis=-1)

    def stages(self) -> tuple[tuple[str, float], ...]:
        """Return SciPy's loss and its scale, to be solved one after the other, each from the last answer.

        Absolute deviations have no curvature; Huber losses with a shrinking threshold lead to them.
        """
        if self.name == "squared":
            return (("linear", 1.0),)
        if self.name == "huber":
            return (("huber", self.delta),)
        return tuple(("huber", delta) for delta in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8))
