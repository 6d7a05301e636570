"""Find where to start: a spread of the coefficients the law is not linear in, the others solved for each."""

from __future__ import annotations

import numpy as np
from scipy.stats import qmc

from scalewidgets.fitting.problem import Problem

CANDIDATES = 256


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
    ndarray, shape (keep, coefficients)
    """
    coefficients = problem.law.coefficients
    low = problem.coordinates(np.array([c.start[0] for c in coefficients]))
    high = problem.coordinates(np.array([c.start[1] for c in coefficients]))
    spread = qmc.Sobol(len(coefficients), rng=np.random.default_rng(seed)).random(CANDIDATES)
    candidates = low + spread * (high - low)
    linear = [i for i, c in enumerate(coefficients) if c.linear]
    if linear:
        candidates = np.array([_with_linear_solved(problem, point, linear) for point in candidates])
    lowest, highest = problem.bounds
    candidates = np.clip(candidates, lowest + 1e-9, highest - 1e-9)
    scores = [problem.score(point) for point in candidates]
    return candidates[np.argsort(scores, kind="stable")[:keep]]


def _with_linear_solved(problem: Problem, point: np.ndarray, linear: list[int]) -> np.ndarray:
    """Replace the linear coefficients by those of least relative squared error."""
    values = problem.values(point)
    loss = np.exp(problem.log_loss)
    features = []
    for i in linear:
        unit = values.copy()
        unit[linear] = 0.0
        unit[i] = 1.0
        inputs = dict(zip(problem.law.symbols, problem.columns, strict=True))
        features.append(
            np.broadcast_to(problem.law.evaluate(inputs, dict(zip(problem.law.names, unit, strict=True))), loss.shape)
        )
    design = np.stack(features, axis=-1) / loss[:, None]
    if not np.isfinite(design).all():
        return point
    # columns differ by many powers of ten; scaled, the least-squares problem is well conditioned
    size = np.maximum(np.linalg.norm(design, axis=0), 1e-300)
    solved = np.linalg.lstsq(design / size, np.ones(len(loss)), rcond=None)[0] / size
    smallest = np.array([1e-3 if problem.law.coefficients[i].kind == "irreducible" else 1e-2 for i in linear])
    values[linear] = np.maximum(solved, smallest)
    return problem.coordinates(values)
