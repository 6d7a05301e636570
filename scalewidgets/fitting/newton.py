"""Minimise many objectives at once: Newton's method on a batch of problems that share their data.

Resamples are weights on the rows, so that starts and bootstrap resamples are rows of one array. Every step uses the
exact gradient and Hessian of the objective. Eigenvalues are taken by their size, so that a saddle is left rather than
approached, and a step counts only if it lowers the objective.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from scalewidgets.errors import FitCancelled

# Rows of a batch worked on together: small enough that all arrays of a step stay in the cache.
CHUNK_NUMBERS = 64_000
MOST_STEPS = 200
FIRST_DAMPING = 1e-3
# A gain a row, in squared residuals, that is rounding and no more.
NOTHING = 1e-30
# A step, in coordinates, that is worth taking for its length.
LONG = 1e-3
# Problems so few that eigenvalues are found as soon as all are eliminated together.
FEW = 8
# Pivot, of a matrix with a diagonal near one, below which it may not be positive definite.
SMALLEST_PIVOT = 1e-10


class Batch(Protocol):
    """What the solver needs of a family of problems."""

    bounds: tuple[np.ndarray, np.ndarray]
    reach: np.ndarray

    @property
    def rows(self) -> int:
        """Number of rows that a problem sums over."""
        ...

    def score(self, points: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        """Return the objective at each point, shape (points,)."""
        ...

    def expand(self, points: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, ...]:
        """Return objective, gradient, Hessian and scale at each point."""
        ...


@dataclass(frozen=True)
class Solution:
    """Where each problem ended.

    Parameters
    ----------
    points : ndarray, shape (problems, coefficients)
    scores : ndarray, shape (problems,)
    settled : ndarray of bool
        Whether a step could no longer lower the objective.
    steps : int
        Most steps that any problem took.
    """

    points: np.ndarray
    scores: np.ndarray
    settled: np.ndarray
    steps: int


def solve(
    batch: Batch,
    starts: np.ndarray,
    weights: np.ndarray | None = None,
    *,
    shifts: np.ndarray | None = None,
    most_steps: int = MOST_STEPS,
    cancelled: Callable[[], bool] | None = None,
) -> Solution:
    """Minimise from each start.

    Parameters
    ----------
    batch : Batch
    starts : ndarray, shape (problems, coefficients)
    weights : ndarray, shape (problems, rows), optional
        Weight of each row in each problem; one if left out.
    shifts : ndarray, shape (problems, rows), optional
        What is added to the residuals of each problem.
    most_steps : int
    cancelled : callable, optional
        Asked before every step; True ends the work.

    Raises
    ------
    FitCancelled
    """
    low, high = batch.bounds
    count, width = starts.shape
    points = np.clip(starts, low, high).astype(float)
    # nothing is known at a start: a step of length zero finds out
    scores, gradients = np.full(count, np.inf), np.zeros((count, width))
    hessians, scales = np.tile(np.eye(width), (count, 1, 1)), np.ones((count, width))
    damping, steps = np.full(count, FIRST_DAMPING), np.zeros(count, dtype=int)
    at_once = max(1, CHUNK_NUMBERS // max(batch.rows, 1))
    room = None if weights is None else np.empty((min(at_once, count), batch.rows))
    waiting = np.arange(count)
    settled = np.zeros(count, dtype=bool)
    while len(waiting):
        if cancelled is not None and cancelled():
            raise FitCancelled("the fit was cancelled; nothing of it is kept")
        # who is done makes room for the next, so that few slow problems don't hold up the others
        active, later = waiting[:at_once], waiting[at_once:]
        fresh = np.isinf(scores[active])
        local = (points[active], gradients[active], hessians[active], scales[active], damping[active])
        step, gain = _newton_step(*local, low, high, batch.reach)
        # nothing left to gain that the objective could show; only a long step, along a flat valley, is still taken
        tiny = ~fresh & (gain <= 4e-16 * np.abs(scores[active]) + NOTHING * batch.rows)
        settled[active[tiny]] = True
        going = ~tiny | (np.abs(step).max(axis=1) > LONG)
        active, fresh = active[going], fresh[going]
        trial = np.clip(local[0][going] + step[going], low, high)
        found = batch.expand(trial, _rows(weights, active, room), **_some(shifts, active))
        better = found[0] < scores[active]
        taken = active[better]
        points[taken] = trial[better]
        for kept, new in zip((scores, gradients, hessians, scales), found, strict=True):
            kept[taken] = new[better]
        steps[active] += 1
        old = active[~fresh]
        damping[old] = np.where(
            better[~fresh],
            np.where(damping[old] < 1e-12, 0.0, damping[old] * 0.1),
            np.maximum(damping[old] * 8.0, 1e-9),
        )
        # no step is short enough to gain anything, or the law has no value at the start
        settled[active] = np.where(fresh, ~better, tiny[going] | (damping[active] > 1e12))
        waiting = np.concatenate([active[~settled[active] & (steps[active] <= most_steps)], later])
    return Solution(points, scores, settled, int(steps.max(initial=0)))


def _rows(weights: np.ndarray | None, chosen: np.ndarray, room: np.ndarray | None) -> np.ndarray | None:
    """Return the weights of some problems, written where those of others were."""
    if weights is None or room is None:
        return None
    return np.take(weights, chosen, axis=0, out=room[: len(chosen)], mode="clip")


def _some(shifts: np.ndarray | None, chosen: np.ndarray) -> dict[str, np.ndarray]:
    return {} if shifts is None else {"shifts": shifts[chosen]}


def _newton_step(
    points: np.ndarray,
    gradients: np.ndarray,
    hessians: np.ndarray,
    scales: np.ndarray,
    damping: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    reach: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the step of each problem and the gain its quadratic model promises."""
    held = ((points <= low) & (gradients > 0)) | ((points >= high) & (gradients < 0))
    gradients = np.where(held, 0.0, gradients)
    # scaled so, damping means the same for an exponent and for the logarithm of an amplitude
    size = np.sqrt(np.maximum(scales, 1e-14 * scales.max(axis=1, keepdims=True) + 1e-300))
    scaled = hessians / (size[:, :, None] * size[:, None, :])
    free = ~held
    scaled = np.where(free[:, :, None] & free[:, None, :], scaled, np.eye(points.shape[1]))
    scaled = np.where(np.isfinite(scaled), scaled, 0.0)
    slopes = gradients / size
    if len(points) <= FEW:
        move, definite = _by_eigenvalues(scaled, slopes, damping), np.ones(len(points), dtype=bool)
    else:
        move, definite = _eliminated(scaled, slopes, damping)
    if not definite.all():
        move[~definite] = _by_eigenvalues(scaled[~definite], slopes[~definite], damping[~definite])
    gain = -0.5 * np.sum(slopes * move, axis=1)
    step = move / size
    length = (np.abs(step) / (reach + 0.5 * np.abs(points))).max(axis=1, keepdims=True)
    return step / np.maximum(1.0, length), gain


def _eliminated(matrices: np.ndarray, slopes: np.ndarray, damping: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Newton's steps by elimination in all problems at once, and where the matrix is positive definite."""
    count, width = slopes.shape
    table = np.empty((width, width + 1, count))
    table[:, :width], table[:, width] = matrices.transpose(1, 2, 0), -slopes.T
    table[range(width), range(width)] += damping
    definite = np.ones(count, dtype=bool)
    with np.errstate(all="ignore"):
        for i in range(width):
            definite &= table[i, i] > SMALLEST_PIVOT
            below = table[i, i + 1 :] / table[i, i]
            table[i + 1 :, i + 1 :] -= table[i + 1 :, i, None] * below
            table[i, i + 1 :] = below
        move = table[:, width]
        for i in range(width - 2, -1, -1):
            move[i] -= np.sum(table[i, i + 1 : width] * move[i + 1 :], axis=0)
    return move.T.copy(), definite


def _by_eigenvalues(matrices: np.ndarray, slopes: np.ndarray, damping: np.ndarray) -> np.ndarray:
    """Return steps that go down also where the objective bends down."""
    values, vectors = np.linalg.eigh(matrices)
    along = np.einsum("bji,bj->bi", vectors, slopes)
    return np.einsum("bij,bj->bi", vectors, -along / (np.maximum(np.abs(values), 1e-13) + damping[:, None]))
