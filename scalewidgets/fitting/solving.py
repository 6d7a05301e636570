"""Polish starting points to the nearest optimum, and say how many of them agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from scalewidgets.errors import FitError
from scalewidgets.fitting.problem import Problem
from scalewidgets.fitting.starts import starts

STARTS = 8
AGREE = 1e-7
TIGHT = {"ftol": 1e-15, "xtol": 1e-15, "gtol": 1e-15}


@dataclass(frozen=True)
class Optimum:
    """The best of several polished starts: where, how good, and how many ended there."""

    coordinates: np.ndarray
    score: float
    starts: int
    agreeing: int


def polish(problem: Problem, start: np.ndarray, max_steps: int = 400) -> np.ndarray:
    """Return the optimum that `start` leads to."""
    point = start
    for loss, threshold in problem.objective.stages():
        settings = {"loss": loss, "f_scale": threshold, "jac": problem.jacobian, "max_nfev": max_steps, **TIGHT}
        point = least_squares(problem.residuals, point, x_scale="jac", **settings).x
        low, high = problem.bounds
        if ((point < low) | (point > high)).any():
            inside = np.clip(point, low + 1e-6, high - 1e-6)
            point = least_squares(problem.residuals, inside, bounds=(low, high), **settings).x
    return point


def optimise(problem: Problem, *, seed: int = 0) -> Optimum:
    """Find the best optimum from several starts.

    Raises
    ------
    FitError
        If no start ends anywhere finite.
    """
    points = [polish(problem, start) for start in starts(problem, STARTS, seed)]
    scores = np.array([problem.score(point) for point in points])
    best = int(np.nanargmin(scores))
    if not np.isfinite(scores[best]) or scores[best] > 1e2 * len(problem.log_loss):
        raise FitError(
            f"law {problem.law.key!r} can't describe these runs at any starting point tried; check units and law"
        )
    agreeing = int(np.sum(scores <= scores[best] * (1 + AGREE) + 1e-18))
    return Optimum(points[best], float(scores[best]), len(points), agreeing)


def bootstrap(problem: Problem, optimum: Optimum, resamples: int, seed: int) -> np.ndarray:
    """Refit to resampled runs (pairs) and return coordinates, shape (resamples, coefficients)."""
    rng = np.random.default_rng(seed)
    count = len(problem.log_loss)
    draws = np.empty((resamples, len(optimum.coordinates)))
    for i in range(resamples):
        resample = problem.resampled(rng.integers(0, count, count))
        draws[i] = polish(resample, optimum.coordinates, max_steps=100)
    return draws
