"""Find where to start: a spread of the coefficients the law is not linear in, the others solved for each."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.stats import qmc

from scalewidgets.fitting.problem import Problem

CANDIDATES = 256


@lru_cache(maxsize=32)
def _spread(dimensions: int, seed: int) -> np.ndarray:
    return qmc.Sobol(dimensions, rng=np.random.default_rng(seed)).random(CANDIDATES)


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
    coefficients = [problem.law.coefficient(name) for name in problem.free]
    low, high = (problem.coordinates(np.array([c.start[i] for c in coefficients])) for i in (0, 1))
    linear = [i for i, c in enumerate(coefficients) if c.linear]
    curved = [i for i, c in enumerate(coefficients) if not c.linear]
    candidates = np.tile((low + high) / 2, (CANDIDATES, 1))
    if curved:
        spread = _spread(len(curved), seed)
        candidates[:, curved] = low[curved] + spread * (high[curved] - low[curved])
    if linear:
        candidates[:, linear] = _solved(problem, candidates, linear)
    lowest, highest = problem.bounds
    candidates = np.clip(candidates, lowest + 1e-9, highest - 1e-9)
    scores = problem.batch.score(candidates)
    return candidates[np.argsort(scores, kind="stable")[:keep]]


def _solved(problem: Problem, points: np.ndarray, linear: list[int]) -> np.ndarray:
    """Return coordinates of the linear coefficients of least relative squared error, one set a candidate."""
    law = problem.law
    held = problem.searched_values(points)
    features = []
    for i in linear:
        unit = held.copy()
        unit[:, linear] = 0.0
        unit[:, i] = 1.0
        searched = dict(zip(problem.free, unit.T[:, :, None], strict=True))
        values = {n: searched[s] if isinstance(s, str) else s for n, s in problem.sources.items()}
        feature = law.evaluate({s: column[None] for s, column in problem.columns.items()}, values)
        features.append(np.broadcast_to(feature, (len(points), len(problem.observed))))
    design = np.stack(features, axis=1) * (np.sqrt(problem.weights) / problem.observed)
    # columns differ by many powers of ten; scaled to unit length the normal equations are well conditioned
    size = np.maximum(np.sqrt(np.einsum("cfn,cfn->cf", design, design)), 1e-300)
    with np.errstate(all="ignore"):
        scaled = np.nan_to_num(design / size[:, :, None], nan=0.0, posinf=0.0, neginf=0.0)
    normal = scaled @ scaled.transpose(0, 2, 1) + 1e-12 * np.eye(len(linear))
    aim = np.einsum("cfn,n->cf", scaled, np.sqrt(problem.weights))
    with np.errstate(all="ignore"):
        solved = np.linalg.solve(normal, aim[:, :, None])[:, :, 0] / size
    least = [1e-3 if law.coefficient(problem.free[i]).kind == "irreducible" else 1e-2 for i in linear]
    return np.where(problem.logged[linear], np.log(np.maximum(solved, least)), np.maximum(solved, least))
