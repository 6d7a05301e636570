r"""The likelihood whose maximum an objective finds, and AICc by it.

A sum of h(r) over runs is least where the density :math:`e^{-h(r)/s} / Z(s)` is most likely, whatever the scale s;
the scale is then the most likely one, too. Squares give the normal density, absolute values Laplace's.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import erf

from scalewidgets.fitting.objectives import OVER, Objective


def log_normaliser(objective: Objective, scale: float) -> float:
    """Return log Z(s), the logarithm of the integral of exp(-h(r) / s) over all residuals."""
    if objective.name == "squared":
        return 0.5 * math.log(2 * math.pi * scale)
    if objective.name == "absolute":
        return math.log(2 * scale)
    if objective.name == "envelope":
        huber = Objective("huber", objective.delta)
        return float(np.logaddexp(log_normaliser(huber, scale), log_normaliser(huber, scale / OVER)) - math.log(2))
    reach = objective.delta / math.sqrt(2 * scale)
    inside = 0.5 * math.log(2 * math.pi * scale) + math.log(max(float(erf(reach)), 1e-300))
    return float(np.logaddexp(inside, math.log(2 * scale / objective.delta) - reach**2))


def log_likelihood(objective: Objective, score: float, size: float) -> float:
    """Return the largest log likelihood of residuals whose objective sums to `score`.

    Parameters
    ----------
    objective : Objective
    score : float
        Sum of the objective.
    size : float
        Number of residuals, or the sum of their weights.
    """
    score = max(score, 1e-280)

    def loss(log_scale: float) -> float:
        scale = math.exp(log_scale)
        return score / scale + size * log_normaliser(objective, scale)

    # the best scale lies between that of the normal and that of the Laplace limit, up to a few
    centre = math.log(score / size)
    found = minimize_scalar(loss, bounds=(centre - 5, centre + 5), method="bounded", options={"xatol": 1e-10})
    return -float(found.fun)


def aicc(objective: Objective, score: float, size: float, coefficients: int) -> float:
    """Return AIC with its correction for few runs; infinite where runs don't outnumber coefficients by two.

    Parameters
    ----------
    objective : Objective
    score, size : float
        As in `log_likelihood`.
    coefficients : int
        Of the law; the scale is one more.

    Examples
    --------
    >>> round(aicc(Objective("squared"), score=0.5, size=100, coefficients=2), 4)
    -170.4793
    """
    count = coefficients + 1
    if size - count - 1 <= 0:
        return math.inf
    return 2 * count - 2 * log_likelihood(objective, score, size) + 2 * count * (count + 1) / (size - count - 1)
