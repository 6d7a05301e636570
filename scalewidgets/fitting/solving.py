"""Find the best optimum from several starts, and refit resamples from it, checking each against all the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scalewidgets.errors import FitError
from scalewidgets.fitting.newton import MOST_STEPS, Solution, solve
from scalewidgets.fitting.problem import Problem
from scalewidgets.fitting.starts import starts

STARTS = 8
AGREE = 1e-7
# Rounds in which resamples are handed better starting points by each other.
ROUNDS = 5
# Multiples of the Huber threshold that a checked resample is led through.
LOOSER = ((10.0,),)
# Steps taken at a looser threshold: it only has to point the way.
LOOSE_STEPS = 8


@dataclass(frozen=True)
class Optimum:
    """The best of several polished starts: where, how good, and how many ended there.

    Parameters
    ----------
    point : ndarray
        Solver coordinates.
    score : float
    starts, agreeing : int
    others : ndarray, shape (distinct, coefficients)
        Other local optima that were met.
    """

    point: np.ndarray
    score: float
    starts: int
    agreeing: int
    others: np.ndarray


def staged(
    problem: Problem,
    points: np.ndarray,
    weights: np.ndarray | None = None,
    cancelled: Callable[[], bool] | None = None,
    *,
    looser: tuple[float, ...] = (),
) -> Solution:
    """Minimise through the stages of the objective, from the loosest threshold to the last.

    `looser` thresholds, as multiples of the objective's, come first: they smooth small valleys away.
    """
    batch = problem.batch
    solution: Solution | None = None
    stages = problem.objective.stages()
    loose = [factor * stages[0] for factor in looser if np.isfinite(stages[0])]
    for threshold in (*loose, *stages):
        batch.threshold = threshold
        most_steps = LOOSE_STEPS if threshold in loose else MOST_STEPS
        begin = points if solution is None else solution.points
        solution = solve(batch, begin, weights, most_steps=most_steps, cancelled=cancelled)
    assert solution is not None
    return Solution(solution.points, batch.score(solution.points, weights), solution.settled, solution.steps)


def optimise(problem: Problem, *, seed: int = 0) -> Optimum:
    """Find the best optimum from several starts.

    Raises
    ------
    FitError
        If no start ends anywhere finite.
    """
    solution = staged(problem, starts(problem, STARTS, seed))
    best = int(np.argmin(np.where(np.isfinite(solution.scores), solution.scores, np.inf)))
    score = float(solution.scores[best])
    if not np.isfinite(score):
        raise FitError(
            f"law {problem.law.key!r} can't describe these runs at any starting point tried; check units and law"
        )
    agree = solution.scores <= score * (1 + AGREE) + 1e-18
    return Optimum(solution.points[best], score, len(solution.points), int(agree.sum()), solution.points[~agree])


@dataclass(frozen=True)
class Refits:
    """Refits of resampled runs.

    Parameters
    ----------
    points : ndarray, shape (resamples, coefficients)
    scores : ndarray
    repaired : int
        Resamples that another's solution led to a better optimum.
    checked : bool
        Whether every resample was tried at every other's solution without finding a lower objective.
    """

    points: np.ndarray
    scores: np.ndarray
    repaired: int
    checked: bool


def refit(
    problem: Problem,
    optimum: Optimum,
    weights: np.ndarray,
    *,
    checked: bool = False,
    cancelled: Callable[[], bool] | None = None,
) -> Refits:
    """Refit under each weighting of the rows.

    Every resample starts at the optimum of all runs. In checked mode it starts again through looser thresholds, which
    lead round small valleys, and is then scored at every other's solution; a lower score proves that it sat in a worse
    optimum, and it starts again from there, until none does.
    """
    solution = staged(problem, np.tile(optimum.point, (len(weights), 1)), weights, cancelled)
    points, scores = solution.points, solution.scores
    repaired: set[int] = set()
    if not checked or len(points) < len(weights):
        return Refits(points, scores, 0, False)
    for looser in LOOSER:
        again = staged(problem, np.tile(optimum.point, (len(weights), 1)), weights, cancelled, looser=looser)
        better = again.scores < scores * (1 - 1e-9)
        points[better], scores[better] = again.points[better], again.scores[better]
        repaired.update(np.flatnonzero(better).tolist())
    candidates = np.concatenate([points, optimum.others])
    for _ in range(ROUNDS):
        cross = problem.batch.cross_scores(candidates, weights)
        best = np.argmin(cross, axis=1)
        lower = cross[np.arange(len(weights)), best]
        worse = np.flatnonzero(lower < scores * (1 - 1e-9) - 1e-300)
        if not len(worse):
            return Refits(points, scores, len(repaired), True)
        again = staged(problem, candidates[best[worse]], weights[worse])
        better = again.scores < scores[worse]
        points[worse[better]], scores[worse[better]] = again.points[better], again.scores[better]
        repaired.update(worse[better].tolist())
        candidates = points
    return Refits(points, scores, len(repaired), False)
