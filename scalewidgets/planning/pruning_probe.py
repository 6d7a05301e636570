r"""Pruning by a probe that is not the teacher: what its angle costs the perceptron (Sorscher et al. 2022).

The examples are kept by their margin to a probe at an angle theta to the teacher. The student of largest margin has
the component w in the plane of both and :math:`\Lambda^2 = 1 - |w|^2` outside it. The margin :math:`\kappa` that w
allows solves

.. math:: \alpha \, E\left[(\kappa - y\, w \cdot x + \Lambda g)_+^2\right] = \Lambda^2

over kept examples x in that plane with the label y of the teacher and a normal number g, and the student takes the w of
the largest one. At no angle it is `scalewidgets.planning.data_pruning`, which is portable; this is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import ndtr
from scipy.stats import norm

from scalewidgets.errors import DomainError, UnknownName
from scalewidgets.planning.data_pruning import KEPT

ALONG, ACROSS = 64, 48
FAR = 9.0


@dataclass(frozen=True)
class ProbedError:
    """Hold what a student learns from examples that an imperfect probe has chosen.

    Parameters
    ----------
    error : float
        Chance of a wrong answer on new data.
    margin : float
        The student's, on what was kept.
    alpha : float
        Examples kept over dimensions.
    """

    error: float
    margin: float
    alpha: float


def probed_error(alpha_total: float, fraction: float, angle: float, keep: str = "hard") -> ProbedError:
    """Return the error of a student that sees the examples an imperfect probe finds hardest, or easiest.

    Parameters
    ----------
    alpha_total : float
        Examples before pruning over dimensions.
    fraction : float
        Share that is kept, above 0 and at most 1.
    angle : float
        Between probe and teacher, degrees, 0 to 90.
    keep : {"hard", "easy"}

    Raises
    ------
    DomainError, UnknownName

    Examples
    --------
    >>> [round(probed_error(4.0, 0.5, angle).error, 3) for angle in (0, 20, 90)]
    [0.136, 0.18, 0.188]
    """
    if keep not in KEPT:
        raise UnknownName.among("data pruning", "keep", keep, KEPT)
    if not (alpha_total > 0 and 0 < fraction <= 1 and 0 <= angle <= 90):
        raise DomainError(
            f"probed_error: alpha_total = {alpha_total!r} must be positive, fraction = {fraction!r} above 0 and at "
            f"most 1, and angle = {angle!r} 0 to 90 degrees"
        )
    alpha = fraction * alpha_total
    kept = _kept(fraction, np.radians(angle), keep)

    # w over what is outside, as two numbers of any size; at first it leans to the teacher
    start = np.array([1.0 + alpha, 0.0])
    found = minimize(_negative_margin, start, args=(alpha, kept), jac=True, method="BFGS", options={"gtol": 1e-9})
    w = found.x / np.sqrt(1 + found.x @ found.x)
    return ProbedError(float(np.arccos(w[0]) / np.pi), -float(found.fun), alpha)


def _negative_margin(u: np.ndarray, alpha: float, kept: Kept) -> tuple[float, np.ndarray]:
    """Return minus the margin that a student allows, and its slope; with everything over Lambda it is root(1 + u^2)."""
    length = np.sqrt(1 + u @ u)
    lean = kept.along * u[0] + kept.across * u[1]
    level = brentq(lambda t: alpha * _mean_square(t - lean, kept)[0] - 1, -40 - abs(u[0]), 40 + 9 * length, xtol=1e-11)
    _, pull = _mean_square(level - lean, kept)
    total = pull.sum()
    # along a level of the spread: each lean moves the margin by its share of the pull
    slope = np.array([pull @ kept.along, pull @ kept.across]) / total
    margin = level / length
    return -margin, -(slope / length - level * u / length**3)


def _mean_square(lack: np.ndarray, kept: Kept) -> tuple[float, np.ndarray]:
    """Return the mean of (lack + g)_+^2 over kept examples and normal g, and half of its slope in each lack."""
    below, density = ndtr(lack), np.exp(-lack * lack / 2) / np.sqrt(2 * np.pi)
    return float(kept.weight @ ((1 + lack**2) * below + lack * density)), kept.weight * (lack * below + density)


@dataclass(frozen=True)
class Kept:
    """Places of kept examples: along the teacher, positive as labelled, and across it; and their weights."""

    along: np.ndarray
    across: np.ndarray
    weight: np.ndarray


def _kept(fraction: float, angle: float, keep: str) -> Kept:
    """Return the kept examples at the nodes of a quadrature: by their place along the probe, then across it."""
    gamma = min(float(norm.isf((1 - fraction) / 2 if keep == "hard" else fraction / 2)), FAR)
    low, high = (0.0, gamma) if keep == "hard" else (gamma, FAR)
    nodes, weights = np.polynomial.legendre.leggauss(ALONG)
    # crowded near the boundaries of probe and teacher, where a good student still errs
    share, of_share = ((nodes + 1) / 2) ** 3, weights / 2 * 3 * ((nodes + 1) / 2) ** 2
    probe = np.concatenate([low + (high - low) * share, -(low + (high - low) * share)])
    of_probe = np.tile((high - low) * of_share, 2) * norm.pdf(probe)
    cos, sin = np.cos(angle), np.sin(angle)
    # on this side of the teacher's boundary
    stop = np.clip(probe * cos / max(sin, 1e-12), -FAR, FAR)[:, None]
    nodes, weights = np.polynomial.legendre.leggauss(ACROSS)
    share, of_share = ((nodes + 1) / 2) ** 3, weights / 2 * 3 * ((nodes + 1) / 2) ** 2
    beside = stop - (stop + FAR) * share
    weight = (of_probe[:, None] * (stop + FAR) * of_share * norm.pdf(beside)).ravel()
    along, across = probe[:, None] * cos - beside * sin, probe[:, None] * sin + beside * cos
    some = weight > 0
    return Kept(along.ravel()[some], across.ravel()[some], weight[some] / weight.sum())
