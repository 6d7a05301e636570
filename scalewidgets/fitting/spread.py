r"""How far the optimum would move with other runs: the sandwich of slopes and curvature of an M-estimator.

With residuals r, their Jacobian J in solver coordinates, weights w and psi = h', the covariance is

.. math:: H^{-1} M H^{-1}, \qquad H = J^T \, \mathrm{diag}(w \, \bar{\psi'}) \, J, \qquad
          M = c \, J^T \, \mathrm{diag}(w^2 \psi^2) \, J, \qquad c = \frac{n}{n - p}

and M sums within groups first where the runs have groups. A Huber loss with a threshold far inside the scatter has
curvature at few rows only, least absolute deviations at none; the share of residuals near zero is then counted in a
wider window (the bandwidth of Hall and Sheather, 1988) and scaled back, as is done for quantile regression.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from scalewidgets.errors import FitError
from scalewidgets.fitting.objectives import OVER
from scalewidgets.fitting.rebuilding import Rebuilt

# Directions along which the runs say less than this share of the best-known one count as unknown.
RANK = 1e-11


@dataclass(frozen=True)
class Spread:
    """What the runs say about the optimum, to first order.

    Parameters
    ----------
    covariance : ndarray, shape (searched, searched)
        Of the solver coordinates.
    degrees : int
        Degrees of freedom for Student's t: rows less coefficients, or groups less one.
    curvature : ndarray, shape (searched, searched)
        H above.
    effective : float
        Number m in the statistic m log(S / S_min) of a profile.
    clustered : bool
        Whether whole groups counted as one.
    """

    covariance: np.ndarray
    degrees: int
    curvature: np.ndarray
    effective: float
    clustered: bool


def spread(made: Rebuilt) -> Spread:
    """Return the covariance of the solver coordinates.

    Raises
    ------
    FitError
        If there are no more runs than coefficients.
    """
    problem = made.problem
    batch = problem.batch
    rows, size = len(problem.observed), len(problem.free)
    if rows <= size:
        raise FitError(f"{rows} runs for {size} coefficients leave nothing to judge the scatter by; add runs")
    residuals = batch.residuals(made.point[None])[0]
    jacobian = batch.jacobian(made.point)
    weights = problem.weights
    if not (np.isfinite(residuals).all() and np.isfinite(jacobian).all()):
        raise FitError(
            "the law is not defined at all of these runs, so no standard error can be given; check the units"
        )
    psi, bend = _slopes(made, residuals)
    scale = np.linalg.norm(jacobian, axis=0)
    unit = jacobian / np.where(scale > 0, scale, 1.0)
    curvature = unit.T @ (unit * (weights * bend)[:, None])
    pulls = unit * (weights * psi)[:, None]
    clustered = made.runs.groups is not None and made.record.resample != "pairs"
    if clustered:
        _, member = np.unique(np.asarray(made.runs.groups), return_inverse=True)
        count = int(member.max()) + 1
        pulls = np.stack([np.bincount(member, column, count) for column in pulls.T], axis=-1)
        degrees, correction = count - 1, count / max(count - 1, 1) * (rows - 1) / (rows - size)
    else:
        degrees, correction = rows - size, rows / (rows - size)
    if degrees < 1:
        raise FitError("all runs are of one group, so their scatter says nothing; leave the groups out")
    inverse = _inverse(curvature)
    with np.errstate(all="ignore"):
        covariance = correction * inverse @ (pulls.T @ pulls) @ inverse
    unscale = np.where(scale > 0, 1 / np.where(scale > 0, scale, 1.0), np.inf)
    with np.errstate(all="ignore"):
        covariance = covariance * unscale[:, None] * unscale[None]
    covariance = np.where(np.isfinite(covariance), covariance, np.inf)
    # rounding of a nearly singular inverse may leave a variance below zero
    np.fill_diagonal(covariance, np.maximum(np.diag(covariance), 0.0))
    used = weights > 0
    average = np.sum(weights * bend) / np.sum(weights)
    power = np.sum(weights * psi**2) / np.sum(weights) * used.sum() / max(used.sum() - size, 1)
    effective = 2.0 * made.score / np.mean(weights[used]) * average / power if power > 0 else float(rows)
    return Spread(covariance, degrees, curvature * scale[:, None] * scale[None], float(effective), clustered)


def _slopes(made: Rebuilt, residuals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return h' at each residual, and an estimate of the expectation of h''."""
    objective = made.problem.objective
    if objective.name == "squared":
        return residuals, np.ones_like(residuals)
    weight = np.where(residuals > 0, OVER, 1.0) if objective.name == "envelope" else np.ones_like(residuals)
    window = max(_bandwidth(residuals), 1e-300)
    if objective.name == "absolute":
        return np.sign(residuals), (np.abs(residuals) <= window) / window
    psi = weight * np.clip(residuals, -objective.delta, objective.delta)
    window = max(window, objective.delta)
    return psi, weight * (np.abs(residuals) <= window) * objective.delta / window


def _bandwidth(residuals: np.ndarray) -> float:
    """Return the half width around zero in which residuals are counted (Hall and Sheather, at the median)."""
    quarter = np.subtract(*np.quantile(residuals, [0.75, 0.25])) / 1.34
    scale = min(float(np.std(residuals)), float(quarter)) or float(np.std(residuals))
    density = 1 / np.sqrt(2 * np.pi)
    share = len(residuals) ** (-1 / 3) * ndtri(0.975) ** (2 / 3) * (1.5 * density**2) ** (1 / 3)
    share = min(float(share), 0.49)
    return scale * float(ndtri(0.5 + share) - ndtri(0.5 - share)) / 2


def _inverse(matrix: np.ndarray) -> np.ndarray:
    """Invert; what the runs say nothing about gets a variance beyond any use, not an error."""
    if not np.isfinite(matrix).all():
        return np.full_like(matrix, np.inf)
    values, vectors = np.linalg.eigh(matrix)
    floor = RANK * max(float(values.max()), 1e-300)
    with np.errstate(all="ignore"):
        return (vectors / np.maximum(values, floor)) @ vectors.T
