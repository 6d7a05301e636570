"""Refit all resamples, here or spread over an executor; the parts and their seeds do not depend on the workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from concurrent.futures import TimeoutError as FuturesTimeout
from dataclasses import replace
from functools import partial

import numpy as np

from scalewidgets.errors import FitCancelled, FitError
from scalewidgets.fitting.problem import Problem
from scalewidgets.fitting.resampling import redrawn, row_weights
from scalewidgets.fitting.solving import Optimum, Refits, refit, staged
from scalewidgets.progress import Progress, reporter
from scalewidgets.runs import Runs

Job = Callable[..., Refits]
# Resamples refitted in one piece: fixed, so that the same seed gives the same draws whatever works on them.
PART = 500
# Weights held at once, where there are many runs.
PART_NUMBERS = 2_000_000
# Seconds between two questions whether to go on, while a worker is at it.
PATIENCE = 0.05


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
    progress: Progress = False,
) -> Refits:
    """Return the refits of `count` resamples.

    Raises
    ------
    FitCancelled
        If `cancelled` said so. A part that a worker loses is done again here.
    """
    most = max(1, min(PART, PART_NUMBERS // len(runs)))
    sizes = [min(most, count - first) for first in range(0, count, most)]
    jobs = [
        partial(_part, problem, optimum, runs, kind, size, [seed, part], checked) for part, size in enumerate(sizes)
    ]
    parts: list[Refits] = []
    report, done = reporter(progress, "refitting"), 0
    for part in _done(jobs, executor, cancelled):
        parts.append(part)
        done += len(part.points)
        report(done, count)
    return Refits(
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.scores for part in parts]),
        sum(part.repaired for part in parts),
        all(part.checked for part in parts),
    )


def _done(jobs: Sequence[Job], executor: Executor | None, cancelled: Callable[[], bool] | None) -> Iterator[Refits]:
    if executor is None:
        yield from (job(cancelled=cancelled) for job in jobs)
        return
    futures = [executor.submit(job) for job in jobs]
    try:
        for job, future in zip(jobs, futures, strict=True):
            yield _awaited(future, job, cancelled)
    finally:  # also when interrupted: nothing of this fit may go on waiting for a worker
        for future in futures:
            future.cancel()


def _awaited(future: Future, job: Job, cancelled: Callable[[], bool] | None) -> Refits:
    while True:
        if cancelled is not None and cancelled():
            raise FitCancelled("the fit was cancelled; nothing of it is kept")
        try:
            return future.result(None if cancelled is None else PATIENCE)
        except FitError:
            raise
        except FuturesTimeout:
            if future.done():
                return job(cancelled=cancelled)
        except Exception:  # a worker was lost, for which every kind of executor has an exception of its own
            return job(cancelled=cancelled)


def _part(
    problem: Problem,
    optimum: Optimum,
    runs: Runs,
    kind: str,
    count: int,
    seed: list[int],
    checked: bool,
    cancelled: Callable[[], bool] | None = None,
) -> Refits:
    problem = replace(problem)  # threads may share the problem, but not the arrays it is worked out in
    if kind == "residuals":
        return _residual_part(problem, optimum, count, seed, cancelled)
    weights = row_weights(runs, kind, count, seed)
    return refit(problem, optimum, weights, checked=checked, cancelled=cancelled)


def _residual_part(
    problem: Problem, optimum: Optimum, count: int, seed: list[int], cancelled: Callable[[], bool] | None
) -> Refits:
    """Refit to the fitted curve plus residuals drawn anew: the sizes and token counts stay as designed."""
    residuals = problem.batch.residuals(optimum.point[None])[0]
    drawn = redrawn(residuals * problem.noise, count, len(problem.free), seed)
    # an observation moved to the curve and off it by a drawn residual is a shift of its own residual
    shifts = drawn / problem.noise - residuals
    solution = staged(problem, np.tile(optimum.point, (count, 1)), None, cancelled, shifts=shifts)
    return Refits(solution.points, solution.scores, 0, False)
