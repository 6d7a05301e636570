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
:math:`H((\gamma - R t) / s)`. Both are ends of one family: of the examples sorted by margin, any run of the share f is
kept, between margins gamma_1 and gamma_2, and the brackets are the differences of both. This is the limit of a perfect
probe: the margins are the teacher's own. Portable.
`scalewidgets.planning.pruning_probe` has the margins of a probe at an angle to the teacher.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from scalewidgets import ops
from scalewidgets.errors import UnknownName

__all__ = ["error_of_kept", "examples_for", "pruned_error", "tail"]

# Where what is kept lies among the examples, the hardest first.
KEPT = {"hard": 0.0, "easy": 1.0}

Rule = tuple[np.ndarray, np.ndarray]
_RULE: Rule = np.polynomial.legendre.leggauss(32)
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


def _integral(function: Callable[[Any], Any], low: Any, high: Any, centre: Any, width: Any, rule: Rule) -> Any:
    """Integrate with nodes that crowd within a width of the centre."""

    def place(t: Any) -> Any:
        x = (t - centre) / width
        size = ops.absolute(x)
        return ops.where(x < 0, -1.0, 1.0) * ops.log(size + ops.sqrt(size * size + 1))

    nodes, weights = rule
    start, stop = ops.column(place(low)), ops.column(place(high))
    u = start + (stop - start) * (nodes + 1) / 2
    up, down = ops.exp(u), ops.exp(-u)
    t = ops.column(centre) + ops.column(width) * (up - down) / 2
    return ops.total(weights * function(t) * ops.column(width) * (up + down) / 2) * (place(high) - place(low)) / 2


def _below(
    kappa: Any,
    epsilon: Any,
    edges: tuple[Any, Any],
    bracket: Callable[[Any], Any],
    power: int,
    rule: Rule = _RULE,
) -> Any:
    """Integrate phi(t) (kappa - t)^power times a difference of brackets up to kappa, crowding where they change."""
    R, s = ops.cos(np.pi * epsilon), ops.sin(np.pi * epsilon)
    ratio, (first, second) = R / s, (edge / s for edge in edges)

    def integrand(t: Any) -> Any:
        x, left = ops.column(ratio) * t, ops.column(kappa) - t
        bracketed = bracket(ops.column(first) - x) - bracket(ops.column(second) - x)
        return _density(t) * bracketed * (left if power == 1 else left * left)

    slant = ops.maximum(R, 1e-3)
    width, turns = s / slant, [edge / slant for edge in edges]
    high = ops.minimum(kappa, _FAR)
    low = ops.minimum(high, ops.maximum(turns[0] - 9 * width, -_FAR))
    middle = ops.maximum(low, ops.minimum(high, (turns[0] + turns[1]) / 2))
    # nothing that is kept lies far beyond the second edge
    end = ops.maximum(middle, ops.minimum(high, turns[1] + 9 * width))
    first_part = _integral(integrand, low, middle, turns[0], width, rule)
    return first_part + _integral(integrand, middle, end, turns[1], width, rule)


def _edges(fraction: Any, place: Any) -> tuple[Any, Any]:
    """Return the margins between which the kept examples lie."""
    like, easier = 0.0 * fraction, place * (1 - fraction)

    def margin_below(share: Any) -> Any:
        edge = ops.solve(lambda x: (1 - share) / 2 - tail(x), like, like + 8.0)
        return ops.where(share >= 1, _ALL, ops.where(share > 0, edge, 0.0))

    return margin_below(easier), margin_below(easier + fraction)


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
    return error_of_kept(alpha_total, fraction, KEPT[keep])


def error_of_kept(alpha_total: Any, fraction: Any, place: Any) -> dict[str, Any]:
    """Return the error of a student that sees a run of the examples in the order of their margins.

    Parameters
    ----------
    alpha_total, fraction : array_like
        As of `pruned_error`.
    place : array_like
        Where the run lies: 0 keeps the hardest examples, 1 the easiest, and 0.5 those amid.

    Returns
    -------
    dict
        As of `pruned_error`.

    Examples
    --------
    >>> [round(float(error_of_kept(4.0, 0.5, place)["error"]), 4) for place in (0.0, 0.5, 1.0)]
    [0.1361, 0.1139, 0.1173]
    """
    like = 0.0 * (alpha_total + fraction + place)
    alpha, f = fraction * alpha_total + like, fraction + like
    edges = _edges(f, place + like)

    def margin(epsilon: Any) -> Any:
        s = ops.sin(np.pi * epsilon)

        def excess(kappa: Any) -> Any:
            return 2 * alpha / f * _below(kappa, epsilon, edges, tail, 2) - s * s

        return ops.solve(excess, like, like + 100.0, steps=38)

    def wanting(epsilon: Any) -> Any:
        overlap = _below(margin(epsilon), epsilon, edges, _density, 1)
        return 2 * alpha / (f * ops.sin(np.pi * epsilon)) * overlap - ops.cos(np.pi * epsilon)

    epsilon = ops.solve(wanting, like + 1e-6, like + 0.5, steps=28)
    return {"error": epsilon, "margin": margin(epsilon), "alpha": alpha}


def examples_for(error: Any, fraction: Any, place: Any, *, nodes: int = 32, steps: int = 38) -> dict[str, Any]:
    """Return how many examples an error takes: the same theory with one unknown less, and so much faster.

    Parameters
    ----------
    error : array_like
        Chance of a wrong answer on new data, between 0 and a half.
    fraction, place : array_like
        As of `error_of_kept`.
    nodes, steps : int
        Nodes of each of the two parts of an integral, and most steps of the search: fewer are faster.

    Returns
    -------
    dict
        ``alpha_total`` examples before pruning and ``alpha`` kept ones, over dimensions; the ``margin``.

    Examples
    --------
    >>> round(float(examples_for(0.18848, 1.0, 0.0)["alpha_total"]), 3)
    2.0
    """
    like = 0.0 * (error + fraction + place)
    epsilon, f = error + like, fraction + like
    edges, R, s = _edges(f, place + like), ops.cos(np.pi * epsilon), ops.sin(np.pi * epsilon)

    rule = np.polynomial.legendre.leggauss(nodes)

    def spread(kappa: Any) -> Any:
        return _below(kappa, epsilon, edges, tail, 2, rule)

    def excess(t: Any) -> Any:
        # alpha drops out of the quotient of both equations; below all margins that are kept both integrals vanish
        overlap = _below(ops.exp(t), epsilon, edges, _density, 1, rule)
        there = overlap > 0
        return ops.where(there, R * spread(ops.exp(t)) / ops.where(there, overlap, 1.0) - s, -1.0)

    kappa = ops.exp(ops.solve(excess, like - 9.0, like + 4.0, steps=steps))
    total = s * s / (2 * spread(kappa))
    return {"alpha_total": total, "alpha": f * total, "margin": kappa}
