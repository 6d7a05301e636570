r"""Best sizes for laws that are sums of a power of the size and one of the tokens: searches with one smooth unknown.

Some rising function of the loss, its room R, is :math:`a + b` with :math:`a = A N^{-\alpha}` and
:math:`b = B D^{-\beta}`. At the least cost :math:`N (6 D + 2 I)` of a loss, with r = a / b,

.. math:: D \left(\frac{\alpha r}{\beta} - 1\right) = \frac I3, \qquad D^\beta = \frac BR (1 + r)

and at the least loss of a total cost C, where :math:`6 N (D + I / 3) = C`,

.. math:: \alpha a = \beta b \left(1 + \frac{I}{3 D}\right)

Where the room itself is a loss, quantising adds to it :math:`p = K N^{-\kappa} D^{\delta}`. For given tokens what it
adds at the least cost of a loss follows from two linear equations, which leaves one unknown, the tokens:

.. math::

   a + p = R - b, \qquad \alpha a + (\kappa + i \delta) p = i \beta b, \qquad i = 1 + \frac{I}{3 D}
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from scalewidgets import ops

# Tokens of a total budget are looked for down to this share of the budget, as a logarithm.
FEWEST = 90.0


class Powers(NamedTuple):
    """The sum of two powers: logarithms of the room and of both factors, and the exponents."""

    room: Any
    A: Any
    alpha: Any
    B: Any
    beta: Any


class Added(NamedTuple):
    """What quantising adds: the logarithm of the factor, and by which powers it falls with N and rises with D."""

    K: Any
    kappa: Any
    delta: Any


def cheapest(law: Powers, served: Any) -> tuple[Any, Any]:
    """Return the (N, D) that fills the room at the least cost of training and serving; NaN where nothing does."""
    even = law.beta / law.alpha
    with np.errstate(all="ignore"):
        # the unknown is the logarithm of alpha r / beta - 1
        wanted = ops.log(served / 3) - (law.B - law.room) / law.beta
        least = ops.log1p(even) / law.beta
        below = wanted - least - math.log(2) / law.beta
        excess = ops.solve(
            lambda x: x + ops.log1p(even * (1 + ops.exp(x))) / law.beta - wanted,
            ops.minimum(below, below / (1 + 1 / law.beta)),
            wanted - least,
        )
        r = even * (1 + ops.where(served > 0, ops.exp(excess), 0.0))
        both = ops.log1p(r) - law.room
        return ops.exp((law.A + both - ops.log(r)) / law.alpha), ops.exp((law.B + both) / law.beta)


def tokens_within(law: Powers, compute: Any, added: Added) -> Any:
    """Return the D of least loss where training costs `compute`, quantised."""
    with np.errstate(all="ignore"):
        budget = ops.log(compute / 6)
        size = ops.log(law.alpha) + law.A - law.alpha * budget
        longer = ops.log(added.kappa + added.delta) + added.K - added.kappa * budget
        data = ops.log(law.beta) + law.B

        def excess(t: Any) -> Any:
            return ops.logaddexp(size + law.alpha * t, longer + (added.kappa + added.delta) * t) - (data - law.beta * t)

        like = 0.0 * (size + data)
        return ops.exp(ops.solve(excess, like + budget - FEWEST, like + budget))


def tokens_within_total(law: Powers, compute: Any, served: Any, added: Added | None = None) -> Any:
    """Return the D of least loss where training and serving together cost `compute`."""
    with np.errstate(all="ignore"):
        budget, third = ops.log(compute / 6), served / 3
        size, data = ops.log(law.alpha) + law.A, ops.log(law.beta) + law.B

        def excess(t: Any) -> Any:
            D = ops.exp(t)
            N, extra = budget - ops.log(D + third), ops.log1p(third / D)
            gain = size - law.alpha * N
            if added is not None:
                weight = ops.log(added.kappa + added.delta * ops.exp(extra))
                gain = ops.logaddexp(gain, weight + added.K - added.kappa * N + added.delta * t)
            return gain - (data - law.beta * t + extra)

        like = 0.0 * (size + data + budget + third)
        return ops.exp(ops.solve(excess, like + budget - FEWEST, like + budget))


def turn(law: Powers, N: Any, added: Added) -> Any:
    """Return the logarithm of the tokens beyond which more of them raise the loss of size N."""
    fall = ops.log(law.beta) + law.B
    return (fall - ops.log(added.delta) - added.K + added.kappa * ops.log(N)) / (law.beta + added.delta)


def tokens(law: Powers, N: Any, added: Added) -> Any:
    """Return the fewest tokens with which a model of size N fills the room; infinite where none do."""
    with np.errstate(all="ignore"):
        size = ops.log(N)
        left = ops.log(ops.exp(law.room) - ops.exp(law.A - law.alpha * size))
        K = added.K - added.kappa * size

        def excess(t: Any) -> Any:
            return left - ops.logaddexp(law.B - law.beta * t, K + added.delta * t)

        top = turn(law, N, added)
        t = ops.solve(excess, (law.B - left) / law.beta, top)
        return ops.where(excess(top) >= 0, ops.exp(t), float("inf"))


def cheapest_deployed(law: Powers, served: Any, added: Added) -> tuple[Any, Any]:
    """Return the (N, D) that fills the room at the least cost, quantised; NaN where nothing does."""
    with np.errstate(all="ignore"):

        def shares(t: Any) -> tuple[Any, Any]:
            b, serving = ops.exp(law.B - law.beta * t), 1 + served / 3 / ops.exp(t)
            left = ops.exp(law.room) - b
            p = (serving * law.beta * b - law.alpha * left) / (added.kappa + serving * added.delta - law.alpha)
            return left - p, p

        def excess(t: Any) -> Any:
            a, p = shares(t)
            sizes = (added.K + added.delta * t - ops.log(p)) / added.kappa - (law.A - ops.log(a)) / law.alpha
            return ops.where(a > 0, sizes, float("-inf"))

        # as many tokens as fill the room by themselves are too few, as many as are best without what is added too many
        _, most = cheapest(law, served)
        t = ops.solve(excess, (law.B - law.room) / law.beta + 0.0 * most, ops.log(most))
        return ops.exp((law.A - ops.log(shares(t)[0])) / law.alpha), ops.exp(t)
