"""Delta method: standard errors and intervals of coefficients, and of anything computed from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import stdtrit

from scalewidgets.errors import FitError
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.rebuilding import Rebuilt, rebuilt
from scalewidgets.fitting.spread import Spread, spread
from scalewidgets.fitting.tables import Table

# Step of the central differences, in standard errors: the curve over one step is straight, rounding is far below.
STEP = 1e-3


@dataclass(frozen=True, repr=False)
class DeltaMethod(Table):
    """Standard errors and intervals from the curvature at the optimum.

    Parameters
    ----------
    title : str
    rows : tuple of dict
        ``coefficient, value, stderr, low, high``.
    level : float
    covariance : ndarray, shape (searched, searched)
        Of the searched coordinates: exponents and the irreducible loss as they are, the others by their logarithm.
    searched : tuple of str
        The coefficients in the order of the covariance.
    notes : tuple of str
    """

    title: str
    rows: tuple[Mapping[str, Any], ...]
    level: float
    covariance: np.ndarray = field(repr=False)
    searched: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def _by_name(self, key: str) -> dict[str, Any]:
        return {row["coefficient"]: row[key] for row in self.rows}

    @property
    def stderr(self) -> dict[str, float]:
        """Standard error of each coefficient; zero for one that was held."""
        return self._by_name("stderr")

    @property
    def interval(self) -> dict[str, tuple[float, float]]:
        """Interval of each coefficient."""
        return {row["coefficient"]: (row["low"], row["high"]) for row in self.rows}


def delta_method(fit: Fit, level: float = 0.95, *, noise: Any = None) -> DeltaMethod:
    """Give standard errors and intervals of the coefficients from the curvature at the optimum.

    Amplitudes and scales are judged by their logarithm, so that their interval stays positive and is not symmetric.
    The covariance is the sandwich of `scalewidgets.fitting.spread`, which does not need the scatter to be the same
    everywhere; the quantile is Student's t.

    Parameters
    ----------
    fit : Fit
        Of `sw.fit`, with its runs. Draws are not needed.
    level : float
    noise : float or array_like, optional
        As given to `sw.fit`.

    Raises
    ------
    FitError
        If the fit keeps no runs, or has as many coefficients as runs.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> truth = sw.published("hoffmann2022")
    >>> runs = sw.simulate(truth, N=[[1e8], [4e8], [2e9], [1e10]], D=[1e9, 1e10, 1e11], noise=0.01, seed=0)
    >>> table = sw.delta_method(sw.fit("chinchilla", runs, bootstrap=0))
    >>> low, high = table.interval["alpha"]
    >>> low < truth.values["alpha"] < high
    True
    """
    made = rebuilt(fit, noise=noise)
    scale = spread(made)
    reach = quantile(level, scale.degrees)
    deviations = np.sqrt(np.diag(scale.covariance))
    rows = []
    for name, source in made.problem.sources.items():
        if not isinstance(source, str):
            rows.append({"coefficient": name, "value": fit.values[name], "stderr": 0.0, "low": source, "high": source})
            continue
        i = made.problem.free.index(source)
        value, deviation = fit.values[name], float(deviations[i])
        if made.problem.logged[i]:
            with np.errstate(over="ignore"):
                low, high = (float(value * np.exp(sign * reach * deviation)) for sign in (-1, 1))
            error = value * deviation
        else:
            low, high, error = value - reach * deviation, value + reach * deviation, deviation
        rows.append({"coefficient": name, "value": value, "stderr": error, "low": low, "high": high})
    return DeltaMethod(
        title=f"Delta method for {fit.name}, {100 * level:g} % intervals",
        rows=tuple(rows),
        level=level,
        covariance=scale.covariance,
        searched=made.problem.free,
        notes=(describe(scale),),
    )


def describe(scale: Spread) -> str:
    """Say how the covariance was found."""
    unit = "groups of runs" if scale.clustered else "runs"
    return f"Sandwich covariance over {unit}, Student's t with {scale.degrees} degrees of freedom."


def quantile(level: float, degrees: int) -> float:
    """Return the two-sided quantile of Student's t.

    Raises
    ------
    FitError
        For a level outside 0 to 1.
    """
    if not 0 < level < 1:
        raise FitError(f"level = {level} is not between 0 and 1; 0.95 is usual")
    return float(stdtrit(degrees, (1 + level) / 2))


def propagate(
    made: Rebuilt, function: Callable[[Mapping[str, np.ndarray]], Mapping[str, np.ndarray]]
) -> dict[str, tuple[float, float]]:
    """Return value and standard error of the logarithm of positive quantities computed from the coefficients.

    Parameters
    ----------
    made : Rebuilt
    function : callable
        From arrays of coefficients to arrays of quantities, all of one length.

    Notes
    -----
    The derivative is a central difference along each principal axis of the covariance, one thousandth of a standard
    error to either side, so that strongly correlated coefficients move together.
    """
    covariance = spread(made).covariance
    known = np.isfinite(covariance).all()
    values, vectors = np.linalg.eigh(covariance) if known else (np.ones(len(made.point)), np.eye(len(made.point)))
    axes = (vectors * np.sqrt(np.maximum(values, 0.0))).T
    points = np.concatenate([made.point[None], made.point + STEP * axes, made.point - STEP * axes])
    with np.errstate(all="ignore"):
        found = {
            name: np.log(np.asarray(each, dtype=float)) for name, each in function(made.problem.values(points)).items()
        }
    size = len(axes)
    answer = {}
    for name, logs in found.items():
        slopes = (logs[1 : size + 1] - logs[size + 1 :]) / (2 * STEP)
        error = float(np.sqrt(np.sum(slopes**2))) if known else float("inf")
        answer[name] = (float(np.exp(logs[0])), error)
    return answer
