"""One law, one table of runs, one objective: residuals and derivatives in coordinates that suit a solver."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scalewidgets.declare import Coefficient, Law
from scalewidgets.errors import FitError
from scalewidgets.fitting.objectives import Objective
from scalewidgets.runs import Runs

# Small enough that its square vanishes: the derivative is exact to rounding.
COMPLEX_STEP = 1e-30


@dataclass(frozen=True)
class Problem:
    """The residuals of a law on runs.

    Parameters
    ----------
    law : Law
    columns : tuple of ndarray
        One per variable, in the law's order.
    log_loss : ndarray
    objective : Objective
    """

    law: Law
    columns: tuple[np.ndarray, ...]
    log_loss: np.ndarray
    objective: Objective

    @classmethod
    def of(cls, law: Law, runs: Runs, objective: Objective) -> Problem:
        """Check that the runs can identify the law, and take what is needed from them.

        Raises
        ------
        FitError
            Saying which column is missing, or which does not vary.
        """
        missing = [symbol for symbol in law.symbols if symbol not in runs.columns]
        if missing:
            raise FitError(
                f"law {law.key!r} needs {', '.join(law.symbols)}; the runs have {', '.join(runs.columns)}. "
                f"Give {', '.join(missing)} to read_runs, or choose a law of the columns you have"
            )
        if len(runs) < len(law.names):
            raise FitError(
                f"law {law.key!r} has {len(law.names)} coefficients and there are {len(runs)} runs; "
                f"give at least {len(law.names)}, or choose a law with fewer coefficients"
            )
        for symbol in law.symbols:
            values = runs[symbol]
            if np.ptp(np.log(values)) < 1e-9:
                raise FitError(
                    f"all runs have {symbol} = {values[0]:g}, so law {law.key!r} can't learn what it does; add "
                    f"runs with another {symbol}, or choose a law without it"
                )
        return cls(law, tuple(runs[symbol] for symbol in law.symbols), np.log(runs.loss), objective)

    def resampled(self, rows: np.ndarray) -> Problem:
        """Return the same problem on the chosen rows."""
        return replace(self, columns=tuple(column[rows] for column in self.columns), log_loss=self.log_loss[rows])

    @property
    def logged(self) -> np.ndarray:
        """Which coefficients are searched by their logarithm: all but the exponents."""
        return np.array([coefficient.kind != "exponent" for coefficient in self.law.coefficients])

    def coordinates(self, values: np.ndarray) -> np.ndarray:
        """Turn coefficient values (last axis) into solver coordinates."""
        return np.where(self.logged, np.log(np.maximum(values, 1e-300)), values)

    def values(self, coordinates: np.ndarray) -> np.ndarray:
        """Turn solver coordinates into coefficient values."""
        # a solver's step may reach beyond the range of floats; residuals there are not finite and so are refused
        with np.errstate(over="ignore"):
            return np.where(self.logged, np.exp(np.where(self.logged, coordinates, 0.0)), coordinates)

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest coordinates allowed."""

        def bound(coefficient: Coefficient, value: float) -> float:
            return float(np.log(max(value, 1e-12))) if coefficient.kind != "exponent" else value

        coefficients = self.law.coefficients
        return (
            np.array([bound(c, c.low) for c in coefficients]),
            np.array([bound(c, c.high) for c in coefficients]),
        )

    def _log_prediction(self, coordinates: Any) -> Any:
        values = self.values(coordinates)
        coefficients = dict(zip(self.law.names, values, strict=True))
        with np.errstate(all="ignore"):
            return np.log(self.law.evaluate(dict(zip(self.law.symbols, self.columns, strict=True)), coefficients))

    def residuals(self, coordinates: np.ndarray) -> np.ndarray:
        """Return log loss predicted minus observed, one per run."""
        residuals = self._log_prediction(coordinates) - self.log_loss
        # a solver that steps where the law is not defined must see something worse, not NaN
        return np.where(np.isfinite(residuals), residuals, 1e3)

    def jacobian(self, coordinates: np.ndarray) -> np.ndarray:
        """Return the derivative of the residuals, shape (runs, coefficients), by complex steps."""
        steps = np.eye(len(coordinates)) * COMPLEX_STEP * 1j
        columns = [np.imag(self._log_prediction(coordinates + step)) / COMPLEX_STEP for step in steps]
        jacobian = np.stack(np.broadcast_arrays(*columns), axis=-1)
        return np.where(np.isfinite(jacobian), jacobian, 0.0)

    def score(self, coordinates: np.ndarray) -> float:
        """Return the objective."""
        return float(self.objective.total(self.residuals(coordinates)))
