"""The loss as the Studio sees it: over real parameters and tokens, with bits, schedule and deployment inside.

A term that is off leaves every number as it was, to the last bit: it multiplies by one, or a choice passes it over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scalewidgets import ops
from scalewidgets.planning.deployed import DeployedSurface
from scalewidgets.planning.surface import Surface


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
    def counted(self) -> Surface:
        """The loss over counted size and tokens."""
        fields = (self.law, self.coefficients, self.repetition, self.unique_tokens)
        return Surface(*fields) if self.added is None else DeployedSurface(*fields, self._added, self.active)

    def _added(self, n: Any, d: Any) -> Any:
        assert self.added is not None
        return self.added(n / ops.align(self.size_share, n), d / self.token_worth)

    def _size(self, N: Any) -> Any:
        return N * ops.align(self.size_share, N)

    def loss(self, N: Any, D: Any) -> Any:
        """Return the loss at (N, D), deployed."""
        return self.counted.loss(self._size(N), D * self.token_worth)

    def tokens(self, N: Any, loss: Any) -> Any:
        """Return the fewest training tokens with which a model of size N reaches `loss`; infinite if none do."""
        return self.counted.tokens(self._size(N), loss) / self.token_worth

    def best(self, compute: Any) -> tuple[Any, Any]:
        """Return the (N, D) of least loss with 6 N D = compute."""
        n, d = self.counted.best(compute * self.size_share * self.token_worth)
        return n / self.size_share, d / self.token_worth

    def cheapest(self, loss: Any, served: Any) -> tuple[Any, Any]:
        """Return the (N, D) that reaches `loss` at the least cost of training and serving."""
        n, d = self.counted.cheapest(loss, served * self.token_worth)
        return n / self.size_share, d / self.token_worth

    def within_total(self, compute: Any, served: Any) -> tuple[Any, Any]:
        """Return the (N, D) of least loss where training and serving together cost `compute`."""
        budget = compute * self.size_share * self.token_worth
        n, d = self.counted.within_total(budget, served * self.token_worth)
        return n / self.size_share, d / self.token_worth

    def near_optimal(self, N: Any, D: Any, loss: Any, served: Any, tolerance: Any) -> tuple[Any, Any]:
        """Return the smallest and largest N that reach `loss` at not much more than the cost of (N, D)."""
        worth = self.token_worth
        low, high = self.counted.near_optimal(self._size(N), D * worth, loss, served * worth, tolerance)
        return low / self.size_share, high / self.size_share
