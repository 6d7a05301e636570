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

# Rows of a batch worked on together: small enough that all arrays of a step stay in the cache.
CHUNK_NUMBERS = 16_000
MOST_STEPS = 200
LARGEST_STEP = 3.0
# A gain a row, in squared residuals, that is rounding and no more.
NOTHING = 1e-30


class Batch(Protocol):
    """What the solver needs of a family of problems."""

    bounds: tuple[np.ndarray, np.ndarray]

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
    most_steps : int
    cancelled : callable, optional
        Asked between chunks; True ends the work with what there is.
    """
    size = max(4, CHUNK_NUMBERS // max(batch.rows, 1))
    parts: list[Solution] = []
    for first in range(0, len(starts), size):
        if cancelled is not None and cancelled() and parts:
            break
        chosen = slice(first, first + size)
        parts.append(_solve_chunk(batch, starts[chosen], None if weights is None else weights[chosen], most_steps))
    return Solution(
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.settled for part in parts]),
        max(part.steps for part in parts),
    )


def _solve_chunk(batch: Batch, starts: np.ndarray, weights: np.ndarray | None, most_steps: int) -> Solution:
    low, high = batch.bounds
    points = np.clip(starts, low, high).astype(float)
    scores, gradients, hessians, scales = batch.expand(points, weights)
    damping = np.full(len(points), 1e-3)
    settled = ~np.isfinite(scores)
    steps = 0
    while steps < most_steps:
        active = np.flatnonzero(~settled)
        if not len(active):
            break
        steps += 1
        local = (points[active], gradients[active], hessians[active], scales[active], damping[active])
        step, gain = _newton_step(*local, low, high)
        trial = np.clip(points[active] + step, low, high)
        chosen = None if weights is None else weights[active]
        trial_scores, trial_gradients, trial_hessians, trial_scales = batch.expand(trial, chosen)
        better = trial_scores < scores[active]
        taken = active[better]
        points[taken], scores[taken] = trial[better], trial_scores[better]
        gradients[taken], hessians[taken] = trial_gradients[better], trial_hessians[better]
        scales[taken] = trial_scales[better]
        damping[taken] = np.where(damping[taken] < 1e-12, 0.0, damping[taken] * 0.1)
        refused = active[~better]
        damping[refused] = np.maximum(damping[refused] * 8.0, 1e-9)
        # nothing left to gain that the objective could show, or no step short enough to gain anything
        tiny = gain <= 4e-16 * np.abs(scores[active]) + NOTHING * batch.rows
        settled[active] = tiny | (damping[active] > 1e12)
    return Solution(points, scores, settled, steps)


def _newton_step(
    points: np.ndarray,
    gradients: np.ndarray,
    hessians: np.ndarray,
    scales: np.ndarray,
    damping: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the step of each problem and the gain its quadratic model promises."""
    held = ((points <= low) & (gradients > 0)) | ((points >= high) & (gradients < 0))
    gradients = np.where(held, 0.0, gradients)
    # scaled so, damping means the same for an exponent and for the logarithm of an amplitude
    size = np.sqrt(np.maximum(scales, 1e-14 * scales.max(axis=1, keepdims=True) + 1e-300))
    scaled = hessians / (size[:, :, None] * size[:, None, :])
    free = ~held
    scaled = np.where(free[:, :, None] & free[:, None, :], scaled, np.eye(points.shape[1]))
    values, vectors = np.linalg.eigh(np.where(np.isfinite(scaled), scaled, 0.0))
    along = np.einsum("bji,bj->bi", vectors, gradients / size)
    curvature = np.maximum(np.abs(values), 1e-13) + damping[:, None]
    move = -along / curvature
    gain = 0.5 * np.sum(-along * move, axis=1)
    step = np.einsum("bij,bj->bi", vectors, move) / size
    length = np.abs(step).max(axis=1, keepdims=True)
    return step * np.minimum(1.0, LARGEST_STEP / np.maximum(length, 1e-300)), gain
