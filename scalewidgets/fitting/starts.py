"""Find where to start: a spread of the coefficients the law is not linear in, the others solved for each."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.stats import qmc

from scalewidgets.fitting.problem import Problem

# Points tried where up to two, three or four, or more coefficients have to be guessed.
FEW, CANDIDATES, MOST = 128, 256, 1024
# Runs that are enough to rank them by.
ROWS = 128
# Share of the response with which a term starts that would be negative.
LITTLE = 1e-3


@lru_cache(maxsize=32)
def _spread(dimensions: int, count: int, seed: int) -> np.ndarray:
    return qmc.Sobol(dimensions, rng=np.random.default_rng(seed)).random(count)


def starts(problem: Problem, keep: int, seed: int) -> np.ndarray:
    """Return the `keep` most promising starting coordinates, best first.

    Parameters
    ----------
    problem : Problem
    keep : int
    seed : int
        Of the scrambled Sobol points.

    Returns
    -------
    ndarray, shape (keep, searched coefficients)
    """
    problem = problem.thinned(ROWS, seed)
    low, high = problem.ranges
    linear, curved = _linear(problem)
    count = max(MOST if len(curved) > 4 else CANDIDATES if len(curved) > 2 else FEW, 4 * keep)
    candidates = np.tile((low + high) / 2, (count, 1))
    if curved:
        spread = _spread(len(curved), count, seed)
        candidates[:, curved] = low[curved] + spread * (high[curved] - low[curved])
    if linear:
        candidates[:, linear] = _solved(problem, candidates, linear)
    lowest, highest = problem.bounds
    candidates = np.clip(candidates, lowest + 1e-9, highest - 1e-9)
    scores = problem.batch.score(candidates)
    return candidates[np.argsort(scores, kind="stable")[:keep]]


def _linear(problem: Problem) -> tuple[list[int], list[int]]:
    """Return which searched coefficients the response is linear in, those tied to them included, and the others."""
    linear = {c.name for c in problem.law.coefficients if c.linear}
    sharing = {name: {each for each, source in problem.sources.items() if source == name} for name in problem.free}
    chosen = [i for i, name in enumerate(problem.free) if sharing[name] <= linear]
    return chosen, [i for i in range(len(problem.free)) if i not in chosen]


def _solved(problem: Problem, points: np.ndarray, linear: list[int]) -> np.ndarray:
    """Return coordinates of the linear coefficients of least squared error, relative for log residuals."""
    zero, one = np.where(problem.logged, -np.inf, 0.0), np.where(problem.logged, 0.0, 1.0)
    held = points.copy()
    held[:, linear] = zero[linear]
    # what does not depend on them, such as a term whose amplitude is held
    rest = np.nan_to_num(problem.batch.predictions(held), nan=0.0, posinf=0.0, neginf=0.0)
    features = []
    for i in linear:
        unit = held.copy()
        unit[:, i] = one[i]
        features.append(problem.batch.predictions(unit) - rest)
    weights = np.sqrt(problem.weights) / (problem.observed if problem.objective.residual == "log" else problem.noise)
    design = np.stack(features, axis=1) * weights
    # columns differ by many powers of ten; scaled to unit length the normal equations are well conditioned
    size = np.maximum(np.sqrt(np.einsum("cfn,cfn->cf", design, design)), 1e-300)
    with np.errstate(all="ignore"):
        scaled = np.nan_to_num(design / size[:, :, None], nan=0.0, posinf=0.0, neginf=0.0)
    normal = scaled @ scaled.transpose(0, 2, 1) + 1e-12 * np.eye(len(linear))
    aim = np.einsum("cfn,cn->cf", scaled, (problem.observed - rest) * weights)
    signed = np.array([problem.law.coefficient(problem.free[i]).low < 0 for i in linear])
    # a term that may not be negative starts as a thousandth of the response, since from nothing nothing grows
    least = LITTLE * float(np.sqrt(np.sum((problem.observed * weights) ** 2)))
    with np.errstate(all="ignore"):
        sizes = np.linalg.solve(normal, aim[:, :, None])[:, :, 0]
        low = ~signed & ~(sizes >= least)
        # and the others are solved again beside it
        aim = np.where(low, least, aim - np.einsum("cfg,cg->cf", normal, np.where(low, least, 0.0)))
        apart = low[:, :, None] | low[:, None, :]
        sizes = np.linalg.solve(np.where(apart, np.eye(len(linear)), normal), aim[:, :, None])[:, :, 0]
        solved = np.where(signed, sizes, np.maximum(sizes, least)) / size
        return np.where(problem.logged[linear], np.log(np.where(signed, 1.0, solved)), solved)
