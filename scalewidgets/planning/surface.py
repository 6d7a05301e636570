"""What planning needs of a law: the loss at (N, D), the tokens that reach a loss, and the best sizes.

Everything here is portable. A coefficient may be a number or an array of draws; sizes may carry one more axis than
the draws, for a search along it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scalewidgets import ops
from scalewidgets.costs.flops import serving_flop, tokens_within, training_flop
from scalewidgets.declare import Law
from scalewidgets.errors import PlanError
from scalewidgets.laws.common import LOSS
from scalewidgets.planning import powers
from scalewidgets.planning.repetition import Repetition

# Searches look for N between these and for D up to the last; in parameters and tokens.
SMALLEST, LARGEST, MOST_TOKENS = 1e2, 1e18, 1e32


def plannable(law: Law) -> bool:
    """Tell whether a law gives a loss of N and D, or of N, D and U, and so can be planned with."""
    return law.response.symbol == LOSS.symbol and {"N", "D"} <= set(law.symbols) <= {"N", "D", "U"}


@dataclass(frozen=True)
class Surface:
    """A law with its coefficients, seen as a loss over model size and tokens.

    Parameters
    ----------
    law : Law
        With variables N and D; a third, U, is set to the unique tokens.
    coefficients : mapping of str to number, array or traced value
    repetition : Repetition, optional
        How repeated tokens lose worth; none if left out.
    unique_tokens : number, optional
        For a law that has U itself.
    """

    law: Law
    coefficients: Mapping[str, Any]
    repetition: Repetition | None = None
    unique_tokens: Any = float("inf")

    def __post_init__(self) -> None:
        if not plannable(self.law):
            raise PlanError(
                f"law {self.law.key!r} gives {self.law.response.label.lower()} as a function of "
                f"{', '.join(self.law.symbols)}; a plan needs a law of N and D, such as 'chinchilla'"
            )

    @property
    def _plain(self) -> bool:
        return self.repetition is None and "U" not in self.law.symbols

    def _aligned(self, like: Any) -> dict[str, Any]:
        return {name: ops.align(value, like) for name, value in self.coefficients.items()}

    def loss(self, N: Any, D: Any) -> Any:
        """Return the loss at (N, D)."""
        if self.repetition is not None:
            N, D = self.repetition.effective(N, D)
        like = N + D
        return self.law.evaluate({"N": N, "D": D, "U": self.unique_tokens}, self._aligned(like))

    def tokens(self, N: Any, loss: Any) -> Any:
        """Return the training tokens with which a model of size N reaches `loss`; infinite if none do."""
        loss = ops.align(loss, N)
        if self._plain and self.law.tokens is not None:
            D = self.law.tokens(N, loss, **self._aligned(N + loss))
            return ops.where(ops.isfinite(D), D, float("inf"))
        top = ops.log(MOST_TOKENS)
        like = 0.0 * (N + loss)
        D = ops.exp(ops.solve(lambda t: loss - self.loss(N + 0.0 * t, ops.exp(t)), like, like + top))
        return ops.where(D < 0.999 * MOST_TOKENS, D, float("inf"))

    def best(self, compute: Any) -> tuple[Any, Any]:
        """Return the (N, D) of least loss with 6 N D = compute."""
        if self._plain and self.law.optimum is not None:
            N, _ = self.law.optimum(compute, **self._aligned(compute))
            # cheaper than the formula of D, whose powers are left out of a recording
            return N, tokens_within(compute, N)
        logN = ops.minimise(
            lambda t: self.loss(ops.exp(t), tokens_within(ops.align(compute, t), ops.exp(t))), *self.bracket(compute)
        )
        return ops.exp(logN), tokens_within(compute, ops.exp(logN))

    def cost(self, N: Any, loss: Any, served: Any) -> Any:
        """Return the cost of reaching `loss` with a model of size N and serving it; infinite if it can't."""
        return training_flop(N, self.tokens(N, loss)) + serving_flop(N, ops.align(served, N))

    def cheapest(self, loss: Any, served: Any) -> tuple[Any, Any]:
        """Return the (N, D) that reaches `loss` at the least cost of training and serving."""
        if self.sum_of_powers:
            return powers.cheapest(self.powers_of(loss), served)
        N = ops.exp(ops.minimise(lambda t: self.cost(ops.exp(t), loss, served), *self.bracket(loss, served)))
        return N, self.tokens(N, loss)

    def within_total(self, compute: Any, served: Any) -> tuple[Any, Any]:
        """Return the (N, D) of least loss where training and serving together cost `compute`."""
        if self.sum_of_powers:
            D = powers.tokens_within_total(self.powers_of(1.0 + 0.0 * compute), compute, served)
            return compute / 6 / (D + served / 3), D

        def reached(t: Any) -> Any:
            N = ops.exp(t)
            D = tokens_within(ops.align(compute, t), N) - ops.align(served, t) / 3
            return ops.where(D > 0, self.loss(N, ops.maximum(D, 1e-9)), float("inf"))

        N = ops.exp(ops.minimise(reached, *self.bracket(compute, served)))
        return N, tokens_within(compute, N) - served / 3

    def near_optimal(self, N: Any, D: Any, loss: Any, served: Any, tolerance: Any) -> tuple[Any, Any]:
        """Return the smallest and largest N that reach `loss` at no more than 1 + `tolerance` times the cost of (N, D).

        On the line of that cost the loss has one valley, with (N, D) inside; its two sides are searched at once.
        """
        N, _ = self._ends(N, D, loss, served, tolerance)
        return ops.take(N, 1.0), ops.take(N, 0.0)

    def _ends(self, N: Any, D: Any, loss: Any, served: Any, tolerance: Any) -> tuple[Any, Any]:
        """Return size and tokens where a higher cost buys just the same loss: with fewer tokens, and with more."""
        limit = ops.column((training_flop(N, D) + serving_flop(N, served)) * (1 + tolerance))
        sides = ops.stack(-1.0 + 0.0 * N, 1.0 + 0.0 * N)
        start, target, served = (ops.column(value + 0.0 * N) for value in (ops.log(D), loss, served))

        def at(reach: Any) -> tuple[Any, Any]:
            tokens = ops.exp(start + sides * reach)
            return limit / (6 * tokens + 2 * served), tokens

        nothing = 0.0 * sides
        return at(ops.solve(lambda reach: self.loss(*at(reach)) - target, nothing, nothing + ops.log(LARGEST) / 4))

    @property
    def sum_of_powers(self) -> bool:
        """Whether the best sizes follow from the powers that the law is the sum of."""
        return self._plain and self.law.powers is not None and self.law.tokens is not None

    def powers_of(self, loss: Any) -> powers.Powers:
        """Return the powers that the law is the sum of, with the room that a loss leaves."""
        assert self.law.powers is not None
        return powers.Powers(*self.law.powers(loss, **self._aligned(loss)))

    def bracket(self, *like: Any) -> tuple[Any, Any]:
        """Return the ends of a search in log N, in the shape of the answer."""
        zero = sum((0.0 * value for value in like), 0.0)
        for value in self.coefficients.values():
            zero = zero + 0.0 * ops.align(value, zero)
        return zero + ops.log(SMALLEST), zero + ops.log(LARGEST)
