"""Refit all resamples, here or spread over an executor; the parts and their seeds do not depend on the workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import replace

import numpy as np

from scalewidgets.errors import FitError
from scalewidgets.fitting.problem import Problem
from scalewidgets.fitting.resampling import row_weights
from scalewidgets.fitting.solving import Optimum, Refits, refit, staged
from scalewidgets.runs import Runs

# Resamples refitted in one piece: fixed, so that the same seed gives the same draws whatever works on them.
PART = 500


def refits(
    problem: Problem,
    optimum: Optimum,
    runs: Runs,
    kind: str,
    count: int,
    seed: int,
    *,
    checked: bool = False,
    executor: Executor | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Refits:
    """Return the refits of `count` resamples.

    Raises
    ------
    FitError
        If it was cancelled. A part that a worker loses is done again here.
    """
    sizes = [min(PART, count - first) for first in range(0, count, PART)]
    jobs = [(problem, optimum, runs, kind, size, [seed, part], checked) for part, size in enumerate(sizes)]
    parts: list[Refits] = []
    for part in _done(jobs, executor):
        parts.append(part)
        if cancelled is not None and cancelled():
            raise FitError(f"the fit was cancelled after {sum(len(p.points) for p in parts)} of {count} resamples")
    return Refits(
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.scores for part in parts]),
        sum(part.repaired for part in parts),
        all(part.checked for part in parts),
    )


def _done(jobs: list[tuple], executor: Executor | None) -> Iterator[Refits]:
    if executor is None:
        yield from (_part(*job) for job in jobs)
        return
    futures = [executor.submit(_part, *job) for job in jobs]
    for job, future in zip(jobs, futures, strict=True):
        try:
            part = future.result()
        except FitError:
            raise
        except Exception:  # a worker was lost, for which every kind of executor has an exception of its own
            part = _part(*job)
        yield part


def _part(
    problem: Problem, optimum: Optimum, runs: Runs, kind: str, count: int, seed: list[int], checked: bool
) -> Refits:
    if kind == "residuals":
        return _residual_part(problem, optimum, count, seed)
    return refit(problem, optimum, row_weights(runs, kind, count, seed), checked=checked)


def _residual_part(problem: Problem, optimum: Optimum, count: int, seed: list[int]) -> Refits:
    """Refit to the fitted curve plus residuals drawn anew: the sizes and token counts stay as designed."""
    residuals = problem.batch.residuals(optimum.point[None])[0] * problem.noise
    rng = np.random.default_rng(seed)
    logs = problem.objective.residual == "log"
    fitted = problem.observed * np.exp(residuals) if logs else problem.observed + residuals
    points, scores = np.empty((count, len(optimum.point))), np.empty(count)
    for i in range(count):
        drawn = rng.choice(residuals, len(residuals))
        observed = fitted * np.exp(-drawn) if logs else fitted - drawn
        solution = staged(replace(problem, observed=observed), optimum.point[None])
        points[i], scores[i] = solution.points[0], solution.scores[0]
    return Refits(points, scores, 0, False)
