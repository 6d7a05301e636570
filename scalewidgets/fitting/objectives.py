"""What a fit makes small: a sum over runs of a function of the residual.

The sum, not the mean: dividing by the number of runs shrinks the gradient below a solver's tolerance, so that it stops
before the optimum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scalewidgets.declare import Law
from scalewidgets.errors import FitError, UnknownName

NAMES = ("huber", "squared", "absolute", "envelope")
RESIDUALS = ("log", "raw")
# What the threshold of the Huber loss shrinks through on the way to least absolute deviations.
TO_ABSOLUTE = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
# How much more a prediction above a run weighs than one below it, where the best runs are what is described.
OVER = 10.0


def residual_of(law: Law, wanted: str | None) -> str:
    """Return the residual asked for; where none is, of logarithms if all that the response may be has one."""
    return wanted or ("log" if law.response.positive else "raw")


@dataclass(frozen=True)
class Objective:
    """A named objective.

    Parameters
    ----------
    name : {"huber", "squared", "absolute", "envelope"}
        Huber: r^2 / 2 within `delta`, delta (abs(r) - delta / 2) outside. Squared: r^2 / 2. Absolute: abs(r).
        Envelope: Huber, with predictions above the runs weighed ten times, so that the curve follows the best runs.
    delta : float
        Threshold of the Huber loss, in the unit of the residual.
    residual : {"log", "raw"}
        Difference of log losses, or of losses.
    """

    name: str = "huber"
    delta: float = 1e-3
    residual: str = "log"

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise UnknownName.among("fitting", "objective", self.name, NAMES)
        if self.residual not in RESIDUALS:
            raise UnknownName.among("fitting", "residual", self.residual, RESIDUALS)
        if isinstance(self.delta, bool) or not isinstance(self.delta, int | float):
            raise FitError(f"delta = {self.delta!r} is not a number; it is a residual of the log loss, 1e-3 by default")
        if not (np.isfinite(self.delta) and self.delta > 0):
            raise FitError(f"delta = {self.delta!r} is not allowed; it is a residual of the log loss, 1e-3 by default")

    def stages(self) -> tuple[float, ...]:
        """Return the thresholds to solve with one after the other, each from the last answer.

        Absolute deviations have no curvature; Huber losses with a shrinking threshold lead to them.
        """
        if self.name == "squared":
            return (np.inf,)
        return TO_ABSOLUTE if self.name == "absolute" else (self.delta,)

    def values(self, residuals: np.ndarray, threshold: float | None = None) -> np.ndarray:
        """Return the objective of each residual; with a threshold, that of the stage."""
        size = np.abs(residuals)
        if self.name == "squared":
            return size**2 / 2
        if self.name == "absolute" and threshold is None:
            return size
        delta = self.delta if threshold is None else threshold
        inside = np.minimum(size, delta)
        # equal to both branches of the Huber loss, without choosing
        values = inside * (size - inside / 2)
        return np.where(residuals > 0, OVER, 1.0) * values if self.name == "envelope" else values

    def expansion(self, residuals: np.ndarray, threshold: float, out: tuple[np.ndarray, ...]) -> None:
        """Write the objective of the stage for each residual, and its first and second derivative, into `out`."""
        values, first, second = out
        if self.name == "squared":
            first[:] = residuals
            second[:] = 1.0
        else:
            np.clip(residuals, -threshold, threshold, out=first)
            np.equal(first, residuals, out=second)
        np.multiply(first, -0.5, out=values)
        values += residuals
        values *= first
        if self.name == "envelope":
            weight = np.where(residuals > 0, OVER, 1.0)
            for each in out:
                each *= weight

    def slopes(self, residuals: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the first and second derivative in the residual."""
        if self.name == "squared":
            return residuals, np.ones_like(residuals)
        first = np.clip(residuals, -threshold, threshold)
        second = (first == residuals) * 1.0
        if self.name == "envelope":
            weight = np.where(residuals > 0, OVER, 1.0)
            return first * weight, second * weight
        return first, second

    def total(self, residuals: np.ndarray) -> np.ndarray:
        """Return the sum over the last axis."""
        return np.sum(self.values(residuals), axis=-1)
