"""The loss as the Studio sees it: over real parameters and tokens, with bits, schedule and deployment inside.

A term that is off leaves every number as it was, to the last bit: it multiplies by one, or a choice passes it over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scalewidgets import ops
from scalewidgets.costs.flops import tokens_within
from scalewidgets.planning.allocate import cost
from scalewidgets.planning.surface import LARGEST, Surface

# Steps towards the tokens that reach a loss, and the width over which a parabola is laid.
STEPS, WIDTH = 4, 1e-4
# How far from the best size without the term that with it is looked for, in log N, and the points of each round.
REACH, GRIDS = 6.0, (17, 9, 9, 17)
# Points of each round in which a near-optimal range is closed in on.
ROUNDS = (65, 33, 17)


@dataclass(frozen=True)
class Composed(Surface):
    """A loss over real N and D: each counts as its share, and quantising adds to it.

    Parameters
    ----------
    size_share, token_worth : number
        What a parameter and a token count as.
    added : callable, optional
        ``added(N, D)``, the loss that quantising adds.
    active : number
        Positive where there is such a term.
    """

    size_share: Any = 1.0
    token_worth: Any = 1.0
    added: Callable[[Any, Any], Any] | None = None
    active: Any = 0.0

    @property
    def bare(self) -> Surface:
        """The law itself, over counted size and tokens."""
        return Surface(self.law, self.coefficients, self.repetition, self.unique_tokens)

    def _counted(self, N: Any) -> Any:
        return N * ops.align(self.size_share, N)

    def loss(self, N: Any, D: Any) -> Any:
        """Return the loss at (N, D), deployed."""
        trained = self.bare.loss(self._counted(N), D * self.token_worth)
        if self.added is None:
            return trained
        return trained + ops.where(ops.align(self.active, trained) > 0, self.added(N, D), 0.0)

    def tokens(self, N: Any, loss: Any) -> Any:
        """Return the fewest training tokens with which a model of size N reaches `loss`; infinite if none do.

        With an added term the loss is convex in the logarithm of the tokens. Each step goes to the first crossing of
        the parabola that touches it, from the tokens that would do without the term: good even where the loss only
        just reaches the target before it turns.
        """
        enough = self.bare.tokens(self._counted(N), loss) / self.token_worth
        if self.added is None:
            return enough
        # the three points of each parabola lie along one more axis
        wide, target = ops.column(N + 0.0 * enough), ops.column(ops.align(loss, N) + 0.0 * enough)
        t = ops.log(ops.column(enough))
        sides = ops.linspace(-WIDTH, WIDTH, 3)
        for _ in range(STEPS):
            around = self.loss(wide, ops.exp(t + sides)) - target
            down, here, up = (ops.part(around, i, i + 1) for i in range(3))
            slope = ops.minimum((up - down) / (2 * WIDTH), -1e-12)
            bend = (up - 2 * here + down) / WIDTH**2
            t = t + 2 * here / (ops.sqrt(ops.maximum(slope**2 - 2 * bend * here, 0.0)) - slope)
        missed = ops.absolute(self.loss(wide, ops.exp(t)) - target)
        found = ops.take(ops.where(missed <= 1e-9 * ops.absolute(target), ops.exp(t), float("inf")), 0.0)
        return ops.where(ops.align(self.active, found) > 0, found, enough)

    def best(self, compute: Any) -> tuple[Any, Any]:
        """Return the (N, D) of least loss with 6 N D = compute."""
        counted, _ = self.bare.best(compute * self.size_share * self.token_worth)
        N = counted / self.size_share
        if self.added is not None:
            sought = ops.minimise(
                lambda t: self.loss(ops.exp(t), tokens_within(ops.align(compute, t), ops.exp(t))),
                ops.log(N) - REACH,
                ops.log(N) + REACH,
                GRIDS,
            )
            N = ops.where(self.active > 0, ops.exp(sought), N)
        return N, tokens_within(compute, N)


def near_by_rounds(surface: Surface, N: Any, loss: Any, served: Any, tolerance: Any) -> tuple[Any, Any]:
    """Find the near-optimal range of one plan as `near_optimal` does, both ends at once and in a few rounds of points.

    For surfaces whose tokens take a search of their own; within 1e-7 of the range.
    """
    limit = cost(surface, N, loss, served) * (1 + tolerance)
    sides = ops.stack(-1.0 + 0.0 * N, 1.0 + 0.0 * N)
    low, high = 0.0 * sides, ops.log(LARGEST) / 4 + 0.0 * sides
    for points in ROUNDS:
        grid = ops.linspace(low, high, points)
        excess = cost(surface, N * ops.exp(ops.column(sides) * grid), loss, served) - limit
        last = ops.minimum(ops.maximum(ops.total(ops.where(excess <= 0, 1.0, 0.0)) - 1, 0.0), points - 2.0)
        low, high = ops.take(grid, last), ops.take(grid, last + 1)
    below, above = ops.take(excess, last), ops.take(excess, last + 1)
    step = ops.exp(sides * (low + (high - low) * ops.where(ops.isfinite(above), -below / (above - below), 0.0)))
    return N * ops.take(step, 0.0), N * ops.take(step, 1.0)
