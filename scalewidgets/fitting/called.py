"""The objective of a law that can't be recorded: the law is called, and differentiated by complex steps.

The Hessian leaves out the law's own bend (Gauss-Newton), which costs steps but not accuracy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from scalewidgets.fitting.batch import GraphBatch, logless

# Small enough that its square vanishes: the derivative is exact to rounding.
COMPLEX_STEP = 1e-30


@dataclass
class CalledBatch(GraphBatch):
    """As `GraphBatch`, for any law that Python can call."""

    def _prepare(self) -> None:
        self._columns = {symbol: self.columns[symbol][None] for symbol in self.law.symbols}

    def _call(self, points: list[Any]) -> Any:
        given = {
            name: point if logless(self.law, name) else np.exp(point)
            for name, point in zip(self.free, points, strict=True)
        }
        values = {name: given[source] if isinstance(source, str) else source for name, source in self.sources.items()}
        with np.errstate(all="ignore"):
            return self.law.evaluate(self._columns, values)

    def _predict(self, points: list[np.ndarray]) -> Any:
        return self._call(points)

    def _derive(self, points: list[np.ndarray]) -> dict[str, Any]:
        found = {"f": self._call(points)}
        for i, name in enumerate(self.free):
            moved = [point + COMPLEX_STEP * 1j if k == i else point + 0j for k, point in enumerate(points)]
            found[f"f@{name}"] = np.imag(self._call(moved)) / COMPLEX_STEP
        return found
