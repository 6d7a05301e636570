"""A loss surface to which quantising after training adds: more tokens lower the loss only up to a turn.

Of the two token counts with the same loss, before the turn and after it, the smaller is taken; a size whose loss at
the turn is still too high reaches it with none. Everything here is portable.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scalewidgets import ops
from scalewidgets.costs.flops import tokens_within
from scalewidgets.errors import PlanError
from scalewidgets.planning import powers
from scalewidgets.planning.surface import MOST_TOKENS, Surface

# Half the step in log N or log D over which slopes are taken.
WIDTH = 1e-3
# How far from the tokens that would be best without the term the best with it are looked for, in log D.
REACH = 8.0
# Slopes from differences are not known well enough for more steps of a search to tell more.
STEPS = 12


@dataclass(frozen=True)
class DeployedSurface(Surface):
    """Add what quantising costs at (N, D) to the loss of a law.

    Parameters
    ----------
    added : callable
        ``added(N, D)``, a falling power of N times a rising one of D, as in every published law.
    active : number
        Positive where there is such a term; elsewhere everything is as without it.
    """

    added: Callable[[Any, Any], Any] | None = None
    active: Any = 1.0

    @property
    def bare(self) -> Surface:
        """The law itself."""
        return Surface(self.law, self.coefficients, self.repetition, self.unique_tokens)

    def _chosen(self, deployed: Any, bare: Any) -> Any:
        return ops.where(ops.align(self.active, deployed) > 0, deployed, bare)

    def _added(self, N: Any, D: Any) -> Any:
        if self.added is None:
            raise PlanError("a deployed surface needs added=, what quantising adds at (N, D)")
        return self.added(N, D)

    def loss(self, N: Any, D: Any) -> Any:
        """Return the loss at (N, D) after quantisation."""
        trained = self.bare.loss(N, D)
        return trained + self._chosen(self._added(N, D) + 0.0 * trained, 0.0)

    def turn(self, N: Any, start: Any) -> Any:
        """Return the logarithm of the tokens, from `start` on, beyond which more of them raise the loss of size N."""
        if self._closed:
            return ops.maximum(powers.turn(self._powers_of(1.0 + 0.0 * N), N, self._monomial), start)
        low = start + 0.0 * ops.log(N)

        def excess(t: Any) -> Any:
            fewer, more = ops.exp(t - WIDTH), ops.exp(t + WIDTH)
            rise = self._added(N, more) - self._added(N, fewer)
            # for powers this is a straight line
            return ops.log(rise / (self.bare.loss(N, fewer) - self.bare.loss(N, more)))

        return ops.solve(excess, low, ops.maximum(low, ops.log(MOST_TOKENS)))

    def tokens(self, N: Any, loss: Any) -> Any:
        """Return the fewest training tokens with which a model of size N reaches `loss`; infinite if none do."""
        target = ops.align(loss, N)
        if self._closed:
            D = powers.tokens(self._powers_of(target + 0.0 * N), N, self._monomial)
            return self._chosen(D, self.bare.tokens(N, target))
        # the term only adds: fewer tokens than without it are never enough
        enough = self.bare.tokens(N, target)
        start = ops.log(enough)
        turn = self.turn(N, start)
        t = ops.solve(lambda t: target - self.loss(N, ops.exp(t)), start, turn)
        reached = self.loss(N, ops.exp(turn)) <= target
        return self._chosen(ops.where(reached, ops.exp(t), float("inf")), enough)

    def best(self, compute: Any) -> tuple[Any, Any]:
        """Return the (N, D) of least loss with 6 N D = compute."""
        N, D = self.bare.best(compute)
        if self._closed:
            best = powers.tokens_within(self._powers_of(1.0 + 0.0 * compute), compute, self._monomial)
            # of a choice both are kept: a size found again from its tokens would differ in the last bit
            return self._chosen(tokens_within(compute, best), N), self._chosen(best, D)
        best = self._balanced(D, 0.0, lambda tokens: tokens_within(compute, tokens))
        return self._chosen(tokens_within(compute, best), N), self._chosen(best, D)

    def cheapest(self, loss: Any, served: Any) -> tuple[Any, Any]:
        """Return the (N, D) that reaches `loss` at the least cost of training and serving."""
        N, D = self.bare.cheapest(loss, served)
        if self._closed:
            best = powers.cheapest_deployed(self._powers_of(loss), served, self._monomial)
            return self._chosen(best[0], N), self._chosen(best[1], D)
        best = self._balanced(D, served / 3, lambda tokens: self._size(tokens, loss))
        return self._chosen(self._size(best, loss), N), self._chosen(best, D)

    def _size(self, D: Any, loss: Any) -> Any:
        """Return the size that reaches `loss` on D tokens, else the largest; unlike `tokens` it has no turn."""
        target = loss + 0.0 * D
        return ops.exp(ops.solve(lambda t: target - self.loss(ops.exp(t), D + 0.0 * t), *self.bracket(target)))

    def within_total(self, compute: Any, served: Any) -> tuple[Any, Any]:
        """Return the (N, D) of least loss where training and serving together cost `compute`."""
        N, D = self.bare.within_total(compute, served)
        third = served / 3
        if self._closed:
            room = self._powers_of(1.0 + 0.0 * compute)
            D = self._chosen(powers.tokens_within_total(room, compute, served, self._monomial), D)
            return compute / 6 / (D + third), D
        D = self._chosen(self._balanced(D, third, lambda tokens: compute / 6 / (tokens + third)), D)
        return compute / 6 / (D + third), D

    def _powers_of(self, loss: Any) -> powers.Powers:
        """Return the powers of the law, and how the loss depends on their room."""
        found = self.bare.powers_of(loss)
        if self._irreducible:
            return found
        one, more = (self.bare.powers_of(each + 0.0 * loss).room for each in (1.0, math.e))
        return found._replace(bend=1 / (more - one), unit=one)

    @property
    def _irreducible(self) -> bool:
        return any(c.kind == "irreducible" for c in self.law.coefficients)

    @property
    def _closed(self) -> bool:
        """Whether the loss is an irreducible one and powers, or a power of their sum where that of the tokens is 1."""
        if self._irreducible or not self.bare.sum_of_powers:
            return self.bare.sum_of_powers
        beta = self.bare.powers_of(1.0).beta
        return isinstance(beta, float) and beta == 1.0

    @property
    def _monomial(self) -> powers.Added:
        """What quantising adds, as powers."""
        at_one, larger, longer = (ops.log(self._added(N, D)) for N, D in ((1.0, 1.0), (math.e, 1.0), (1.0, math.e)))
        return powers.Added(at_one, at_one - larger, longer - at_one)

    def _balanced(self, start: Any, third: Any, size: Callable[[Any], Any]) -> Any:
        """Return the tokens, near `start`, where more of them and fewer parameters begin to cost more than they bring.

        `size` gives the parameters that go with tokens. Both at a given cost N (D + `third`) and at a given loss, a
        size and its tokens are best where the loss falls as steeply with log N as with log (D + `third`).
        """

        def excess(t: Any) -> Any:
            D, step = ops.exp(t), math.exp(WIDTH)
            N = size(D)
            # smaller, larger, shorter and longer in one
            losses = self.loss(
                ops.column(N) * ops.stack(1 / step, step, 1.0, 1.0), ops.column(D) * ops.stack(1.0, 1.0, 1 / step, step)
            )
            smaller, larger, shorter, longer = (ops.take(losses, place) for place in (0.0, 1.0, 2.0, 3.0))
            return (smaller - larger) * (D / (D + third)) - (shorter - longer)

        # where there is no term, nothing is searched
        centre, reach = ops.log(start), ops.where(self.active > 0, REACH, 0.0)
        return ops.exp(ops.solve(excess, centre - reach, centre + reach, STEPS))

    def near_optimal(self, N: Any, D: Any, loss: Any, served: Any, tolerance: Any) -> tuple[Any, Any]:
        """Return the smallest and largest N that reach `loss` at no more than 1 + `tolerance` times the cost of (N, D).

        Where the line of that cost meets the loss only beyond the turn, the smallest is the one that just reaches it.
        """
        sizes, tokens = self._ends(N, D, loss, served, tolerance)
        high, low, most = ops.take(sizes, 0.0), ops.take(sizes, 1.0), ops.log(ops.take(tokens, 1.0))
        # the turn follows the size along a line, exactly for powers; where it is the loss is flat in the tokens
        turns = self.turn(sizes, ops.log(ops.column(D) + 0.0 * sizes) - REACH)
        upper, lower = ops.take(turns, 0.0), ops.take(turns, 1.0)
        slope = (upper - lower) / ops.log(high / low)

        def excess(t: Any) -> Any:
            return self.loss(high * ops.exp(t), ops.exp(upper + slope * t)) - loss

        edge = high * ops.exp(-ops.solve(lambda t: excess(-t), 0.0 * high, REACH + 0.0 * high))
        return self._chosen(ops.where(most > lower, edge, low), low), high
