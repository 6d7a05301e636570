"""Refit without some runs, many choices at once: leaving a run out is a weight of zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from scalewidgets.fitting.rebuilding import Rebuilt
from scalewidgets.fitting.solving import staged

# Weights held at once.
NUMBERS = 4_000_000
# Share of the runs that is left out together, to see whether the answer hangs on a few.
FEW = 0.02


def refit_without(made: Rebuilt, chosen: Sequence[Sequence[int] | np.ndarray]) -> np.ndarray:
    """Return the optimum without each choice of rows, shape (choices, searched), in solver coordinates."""
    rows = len(made.problem.observed)
    size = max(1, NUMBERS // rows)
    parts = []
    for first in range(0, len(chosen), size):
        some = chosen[first : first + size]
        weights = np.ones((len(some), rows))
        for weight, left_out in zip(weights, some, strict=True):
            weight[np.asarray(left_out, dtype=int)] = 0.0
        parts.append(staged(made.problem, np.tile(made.point, (len(some), 1)), weights).points)
    return np.concatenate(parts)


@dataclass(frozen=True)
class Together:
    """A few runs that pull one coefficient the same way.

    Parameters
    ----------
    name : str
        The coefficient.
    rows : tuple of int
        Which runs, counted from 0.
    before, after : float
        With all runs, and without these.
    shift : float
        The change in standard errors.
    """

    name: str
    rows: tuple[int, ...]
    before: float
    after: float
    shift: float


@dataclass(frozen=True)
class LeftOut:
    """Refits without each run in turn.

    Parameters
    ----------
    rows : ndarray of int
        The runs that were left out, one at a time.
    points : ndarray, shape (runs, searched)
        Optimum without each.
    shifts : ndarray, shape (runs, searched)
        Change in standard errors of each coordinate.
    together : tuple of Together
        For each coefficient and direction, the few runs that pull most, left out at once; largest change first.
    """

    rows: np.ndarray = field(repr=False)
    points: np.ndarray = field(repr=False)
    shifts: np.ndarray = field(repr=False)
    together: tuple[Together, ...]


def leave_out(made: Rebuilt, deviations: np.ndarray, rows: np.ndarray) -> LeftOut:
    """Refit without each of these runs, and without the few that pull most.

    Parameters
    ----------
    made : Rebuilt
    deviations : ndarray, shape (searched,)
        Standard errors of the solver coordinates.
    rows : ndarray of int
    """
    points = refit_without(made, [[row] for row in rows])
    with np.errstate(all="ignore"):
        shifts = np.nan_to_num((points - made.point) / deviations, nan=0.0, posinf=0.0, neginf=0.0)
    few = max(1, round(FEW * len(made.problem.observed)))
    choices = []
    for i in range(shifts.shape[1]):
        for sign in (-1, 1):
            order = np.argsort(-sign * shifts[:, i], kind="stable")[:few]
            choices.append((i, order[sign * shifts[order, i] > 0]))
    choices = [(i, order) for i, order in choices if len(order) > 1]
    together = []
    if choices:
        joint = refit_without(made, [rows[order] for _, order in choices])
        values = made.problem.values(joint)
        for k, (i, order) in enumerate(choices):
            name = made.problem.free[i]
            known = 0 < deviations[i] < np.inf
            shift = (joint[k, i] - made.point[i]) / deviations[i] if known else 0.0
            chosen = tuple(sorted(int(row) for row in rows[order]))
            together.append(Together(name, chosen, made.fit.values[name], float(values[name][k]), float(shift)))
    together.sort(key=lambda each: -abs(each.shift))
    return LeftOut(rows, points, shifts, tuple(together))


def most_pulling(made: Rebuilt, covariance: np.ndarray, most: int) -> np.ndarray:
    """Return the rows that move the optimum most, to first order; all of them if there are no more than `most`."""
    count = len(made.problem.observed)
    if count <= most:
        return np.arange(count)
    batch = made.problem.batch
    residuals = batch.residuals(made.point[None])[0]
    threshold = made.problem.objective.stages()[-1]
    first, _ = made.problem.objective.slopes(residuals, threshold)
    pull = batch.jacobian(made.point) * (first * made.problem.weights)[:, None]
    deviations = np.sqrt(np.diag(covariance))
    with np.errstate(all="ignore"):
        size = np.abs(np.nan_to_num(pull @ covariance / deviations)).max(axis=1)
    return np.sort(np.argsort(-size, kind="stable")[:most])
