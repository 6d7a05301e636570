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

Where the loss is a power of the room, :math:`L = R^g`, the unknown is :math:`\pi = p / (g L)` instead, with L the
loss before quantising. It gives the room, :math:`R = (L + p)^{1/g} (1 + g \pi)^{-1/g}`, and with
:math:`\beta = 1` the share :math:`\sigma = b / R` of the tokens follows from a quadratic equation:

.. math:: \alpha (1 - \sigma) + (\kappa + i \delta) \pi = i \sigma, \qquad i = 1 + \frac{I R}{3 B} \sigma

Up to the best size the tokens never pass their turn, :math:`\delta \pi < \sigma`; there all falls or rises with it.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from scalewidgets import ops

# Tokens of a total budget are looked for down to this share of the budget, as a logarithm.
FEWEST = 90.0
# How far above the best tokens those of a size near the best are looked for, as a logarithm.
MOST_NEAR = 10.0
# How far below its value at the size best without it the share of what is added is looked for, as a logarithm.
LEAST_SHARE = 20.0


class Powers(NamedTuple):
    """The sum of two powers: logarithms of the room and of both factors, and the exponents.

    The room is the loss without what is irreducible or, up to a factor, the loss to the power 1 / `bend`; then `unit`
    is the logarithm of the room of a loss of 1.
    """

    room: Any
    A: Any
    alpha: Any
    B: Any
    beta: Any
    bend: Any = None
    unit: Any = None


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


def smallest_near(law: Powers, N: Any, D: Any, tolerance: Any) -> Any:
    """Return the smallest N that fills the room, as (N, D) does, on 1 + `tolerance` times the cost of training."""
    with np.errstate(all="ignore"):
        budget, start = ops.log(N * D * (1 + tolerance)), ops.log(D)
        size = law.A - law.alpha * budget

        def excess(t: Any) -> Any:
            return ops.logaddexp(size + law.alpha * t, law.B - law.beta * t) - law.room

        return ops.exp(budget - ops.solve(excess, start, start + MOST_NEAR))


def tokens_within(law: Powers, compute: Any, added: Added) -> Any:
    """Return the D of least loss where training costs `compute`, quantised."""
    with np.errstate(all="ignore"):
        budget = ops.log(compute / 6)
        size = ops.log(law.alpha) + law.A - law.alpha * budget
        longer = ops.log(added.kappa + added.delta) + added.K - added.kappa * budget
        data = ops.log(law.beta) + law.B

        def excess(t: Any) -> Any:
            gain, more = size + law.alpha * t, longer + (added.kappa + added.delta) * t
            loss = data - law.beta * t
            return ops.logaddexp(gain, _as_room(law, more, gain, loss)) - loss

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
            gain, loss = size - law.alpha * N, data - law.beta * t
            if added is not None:
                weight = ops.log(added.kappa + added.delta * ops.exp(extra))
                more = weight + added.K - added.kappa * N + added.delta * t
                gain = ops.logaddexp(gain, _as_room(law, more, gain, loss))
            return gain - (loss + extra)

        like = 0.0 * (size + data + budget + third)
        return ops.exp(ops.solve(excess, like + budget - FEWEST, like + budget))


def _as_room(law: Powers, added: Any, size: Any, data: Any) -> Any:
    """Return the logarithm of the room that an added loss takes, from those of alpha a and beta b."""
    if law.bend is None:
        return added
    room = ops.logaddexp(size - ops.log(law.alpha), data - ops.log(law.beta))
    return added + (1 - law.bend) * room + law.bend * law.unit - ops.log(law.bend)


def turn(law: Powers, N: Any, added: Added) -> Any:
    """Return the logarithm of the tokens beyond which more of them raise the loss of size N."""
    size, data = law.A - law.alpha * ops.log(N), ops.log(law.beta) + law.B
    rise = ops.log(added.delta) + added.K - added.kappa * ops.log(N)
    if law.bend is None:
        return (data - rise) / (law.beta + added.delta)
    flat = 1 - law.bend
    rise = rise + law.bend * law.unit - ops.log(law.bend)
    by_size = (data - rise - flat * size) / (law.beta + added.delta)
    by_data = (data - rise - flat * law.B) / (law.bend * law.beta + added.delta)
    # the room lies between the larger of the powers and twice that
    once = ops.where(flat > 0, ops.minimum(by_size, by_data), ops.maximum(by_size, by_data))
    twice = once - flat * math.log(2) / (ops.minimum(law.bend, 1.0) * law.beta + added.delta)

    def excess(t: Any) -> Any:
        room = ops.logaddexp(size, law.B - law.beta * t)
        return rise + flat * room + (law.beta + added.delta) * t - data

    return ops.solve(excess, ops.minimum(once, twice), ops.maximum(once, twice))


def tokens(law: Powers, N: Any, added: Added) -> Any:
    """Return the fewest tokens with which a model of size N fills the room; infinite where none do."""
    with np.errstate(all="ignore"):
        size = ops.log(N)
        left = ops.log(ops.exp(law.room) - ops.exp(law.A - law.alpha * size))
        K = added.K - added.kappa * size

        def excess(t: Any) -> Any:
            if law.bend is None:
                return left - ops.logaddexp(law.B - law.beta * t, K + added.delta * t)
            taken = ops.logaddexp(law.A - law.alpha * size, law.B - law.beta * t) - law.room
            return -ops.logaddexp(law.bend * taken, K + added.delta * t - law.bend * (law.room - law.unit))

        top = turn(law, N, added)
        t = ops.solve(excess, (law.B - left) / law.beta, top)
        return ops.where(excess(top) >= 0, ops.exp(t), float("inf"))


def cheapest_deployed(law: Powers, served: Any, added: Added) -> tuple[Any, Any]:
    """Return the (N, D) that fills the room at the least cost, quantised; NaN where nothing does."""
    if law.bend is not None:
        return _cheapest_bent(law, served, added)
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


def _cheapest_bent(law: Powers, served: Any, added: Added) -> tuple[Any, Any]:
    """Return the same where the loss is a power of the room; the power of the tokens must be 1."""
    N, D = cheapest(law, served)
    with np.errstate(all="ignore"):
        trained = added.K - ops.log(law.bend) - law.bend * (law.room - law.unit)

        def sizes(t: Any) -> tuple[Any, Any, Any]:
            pi = ops.exp(t)
            less = ops.log1p(law.bend * pi)
            room = law.room - less / law.bend
            # sigma from j sigma^2 + h sigma = c, without cancellation
            j = served / 3 * ops.exp(room - law.B)
            h, c = law.alpha + 1 - j * added.delta * pi, law.alpha + (added.kappa + added.delta) * pi
            both = ops.absolute(h) + ops.sqrt(h * h + 4 * j * c)
            sigma = ops.where(h > 0, 2 * c / both, both / (2 * j))
            # too large a pi leaves nothing to the size, not a number
            return (law.A - room - ops.log(1 - sigma)) / law.alpha, law.B - room - ops.log(sigma), less

        def excess(t: Any) -> Any:
            size, data, less = sizes(t)
            return t - less - trained + added.kappa * size - added.delta * data

        top = 0.0 * D - ops.log(added.delta)
        # the share at the size that is best without it
        start = ops.minimum(trained - added.kappa * ops.log(N) + added.delta * ops.log(D), top)
        best = sizes(ops.solve(excess, start - LEAST_SHARE, top))
        return ops.exp(best[0]), ops.exp(best[1])
