r"""How well a perceptron learns from a teacher's hardest or easiest examples (Sorscher et al. 2022, arXiv 2206.14486).

Of alpha_tot N examples in N dimensions the fraction f with the smallest margin is kept, alpha = f alpha_tot, and the
student separates them with the largest margin. With gamma = :math:`\Phi^{-1}((1 + f) / 2)`, :math:`R = \cos \pi
\varepsilon` and :math:`s = \sin \pi \varepsilon`, the error :math:`\varepsilon` and the margin kappa solve

.. math::

   R &= \frac{2 \alpha}{f s} \int_{-\infty}^{\kappa} \phi(t)
        \left[\phi(R t / s) - \phi((\gamma - R t) / s)\right] (\kappa - t) \, dt

   s^2 &= \frac{2 \alpha}{f} \int_{-\infty}^{\kappa} \phi(t)
        \left[H(-R t / s) - H((\gamma - R t) / s)\right] (\kappa - t)^2 \, dt

With the easiest ones, gamma = :math:`\Phi^{-1}(1 - f / 2)` and the brackets are :math:`\phi((\gamma - R t) / s)` and
:math:`H((\gamma - R t) / s)`. This is the limit of a perfect probe: the margins are the teacher's own. Portable.
`scalewidgets.planning.pruning_probe` has the margins of a probe at an angle to the teacher.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from scalewidgets import ops
from scalewidgets.errors import UnknownName

__all__ = ["pruned_error", "tail"]

KEPT = ("hard", "easy")

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)
_FAR = 12.0
_ALL = 40.0
# the usual approximation of the complementary error function: its relative error stays below 1.2e-7
_ERFC = (
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
    0.17087277,
)  # fmt: skip


def tail(x: Any) -> Any:
    """Return the chance that a standard normal number exceeds x, to seven digits.

    Examples
    --------
    >>> round(float(tail(1.959963985)), 6)
    0.025
    """
    z = ops.absolute(x) / 2**0.5
    u = 1 / (1 + z / 2)
    series = 0.0 * u
    for coefficient in reversed(_ERFC):
        series = coefficient + u * series
    half = u * ops.exp(series - z * z) / 2
    return ops.where(x >= 0, half, 1 - half)


def _density(x: Any) -> Any:
    return ops.exp(-x * x / 2) / (2 * np.pi) ** 0.5


def _integral(function: Callable[[Any], Any], low: Any, high: Any, centre: Any, width: Any) -> Any:
    """Integrate with nodes that crowd within a width of the centre."""

    def place(t: Any) -> Any:
        x = (t - centre) / width
        size = ops.absolute(x)
        return ops.where(x < 0, -1.0, 1.0) * ops.log(size + ops.sqrt(size * size + 1))

    start, stop = ops.column(place(low)), ops.column(place(high))
    u = start + (stop - start) * (_NODES + 1) / 2
    up, down = ops.exp(u), ops.exp(-u)
    t = ops.column(centre) + ops.column(width) * (up - down) / 2
    return ops.total(_WEIGHTS * function(t) * ops.column(width) * (up + down) / 2) * (place(high) - place(low)) / 2


def _below(kappa: Any, epsilon: Any, gamma: Any, easy: bool, kernel: Callable[..., Any]) -> Any:
    """Integrate phi(t) times a kernel up to kappa, split between the two places where the bracket changes."""
    R, s = ops.cos(np.pi * epsilon), ops.sin(np.pi * epsilon)
    ratio, edge = R / s, gamma / s

    def integrand(t: Any) -> Any:
        return _density(t) * kernel(ops.column(ratio) * t, ops.column(edge), ops.column(kappa) - t)

    width = s / ops.maximum(R, 1e-3)
    high = ops.minimum(kappa, _FAR)
    turn = gamma / ops.maximum(R, 1e-3)
    middle = ops.minimum(high, turn / 2)
    low = -ops.minimum(9 * width, _FAR)
    # of the hardest none lies far beyond the edge; of the easiest most do
    end = ops.maximum(high if easy else ops.minimum(high, turn + 9 * width), middle)
    return _integral(integrand, low, middle, 0.0 * width, width) + _integral(integrand, middle, end, turn, width)


def pruned_error(alpha_total: Any, fraction: Any, keep: str = "hard") -> dict[str, Any]:
    """Return the error of a student that sees only the hardest, or the easiest, fraction of the examples.

    Parameters
    ----------
    alpha_total : array_like
        Examples before pruning over dimensions.
    fraction : array_like
        Share that is kept, between 0 and 1.
    keep : {"hard", "easy"}
        Those nearest to the teacher's boundary, or farthest from it.

    Returns
    -------
    dict
        ``error``, the chance of a wrong answer on new data, the ``margin`` kappa, and ``alpha``, the examples kept over
        dimensions.

    Raises
    ------
    UnknownName

    Examples
    --------
    >>> round(float(pruned_error(2.0, 1.0)["error"]), 5)
    0.18848
    """
    if keep not in KEPT:
        raise UnknownName.among("data pruning", "keep", keep, KEPT)
    easy = keep == "easy"
    like = 0.0 * (alpha_total + fraction)
    alpha, f = fraction * alpha_total + like, fraction + like
    beyond = f / 2 if easy else (1 - f) / 2
    edge_of_kept = ops.solve(lambda x: beyond - tail(x), like, like + 8.0)
    gamma = ops.where(f >= 1, 0.0 if easy else _ALL, edge_of_kept)

    def chance(x: Any, edge: Any) -> Any:
        return tail(edge - x) if easy else tail(-x) - tail(edge - x)

    def slope(x: Any, edge: Any) -> Any:
        return _density(edge - x) if easy else _density(x) - _density(edge - x)

    def margin(epsilon: Any) -> Any:
        s = ops.sin(np.pi * epsilon)

        def excess(kappa: Any) -> Any:
            spread = _below(kappa, epsilon, gamma, easy, lambda x, edge, left: chance(x, edge) * left * left)
            return 2 * alpha / f * spread - s * s

        return ops.solve(excess, like, like + 100.0, steps=38)

    def wanting(epsilon: Any) -> Any:
        overlap = _below(margin(epsilon), epsilon, gamma, easy, lambda x, edge, left: slope(x, edge) * left)
        return 2 * alpha / (f * ops.sin(np.pi * epsilon)) * overlap - ops.cos(np.pi * epsilon)

    epsilon = ops.solve(wanting, like + 1e-6, like + 0.5, steps=28)
    return {"error": epsilon, "margin": margin(epsilon), "alpha": alpha}
