r"""Objective, gradient and Hessian of a law on runs, for many coefficient sets and row weights at once.

The law's graph is differentiated twice; residual and objective are put on top here. For a residual r(f) of the
prediction f with slope q = dr/df, the Hessian of the sum of h(r) is

.. math:: \sum h''(r) \, r_j r_k + h'(r) \, r_{jk}, \qquad r_j = q f_j, \quad r_{jk} = q f_{jk} + q' f_j f_k
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from scalewidgets import ops
from scalewidgets.declare import Law
from scalewidgets.fitting.objectives import Objective
from scalewidgets.fitting.program import Program, rewrite_powers
from scalewidgets.ops.derivatives import differentiate
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import trace


@lru_cache(maxsize=64)
def _graphs(law: Law, free: tuple[str, ...], sources: tuple[tuple[str, str | float], ...]) -> tuple[Graph, Graph]:
    """Return the prediction as a graph of solver coordinates, and with its first and second derivatives."""

    def predict(**inputs: Any) -> dict[str, Any]:
        given = {name: inputs[name] if logless(law, name) else ops.exp(inputs[name]) for name in free}
        values = {name: given[source] if isinstance(source, str) else source for name, source in sources}
        return {"f": law.evaluate(inputs, values)}

    plain = rewrite_powers(trace(predict, {name: () for name in (*law.symbols, *free)}), law.symbols)
    return plain, differentiate(differentiate(plain, free), free)


def logless(law: Law, name: str) -> bool:
    """Tell whether a coefficient is searched as it is: exponents, and a constant that may be zero.

    Amplitudes and scales are positive and span many powers of ten; they are searched by their logarithm.
    """
    return law.coefficient(name).kind in ("exponent", "irreducible")


@dataclass
class GraphBatch:
    """The problems of one law on one table of runs.

    Parameters
    ----------
    law : Law
        Portable.
    columns : mapping of str to ndarray
        The law's variables, shape (rows,).
    observed : ndarray, shape (rows,)
        Observed response.
    weights : ndarray, shape (rows,)
        Weight of each row in the objective.
    noise : ndarray, shape (rows,)
        Known standard deviation of each residual; one where unknown.
    objective : Objective
    free : tuple of str
        Coefficients that are searched.
    sources : mapping of str to str or float
        For every coefficient, the free one it equals or the value it is held at.
    bounds : tuple of ndarray
        Lowest and highest coordinates.
    """

    law: Law
    columns: Mapping[str, np.ndarray]
    observed: np.ndarray
    weights: np.ndarray
    noise: np.ndarray
    objective: Objective
    free: tuple[str, ...]
    sources: Mapping[str, str | float]
    bounds: tuple[np.ndarray, np.ndarray]

    def __post_init__(self) -> None:
        self._prepare()
        self._logs = self.objective.residual == "log"
        with np.errstate(all="ignore"):
            self._target = (np.log(self.observed) if self._logs else self.observed)[None]
        self._evenly = bool((self.weights == 1).all() and (self.noise == 1).all())
        self.threshold = self.objective.stages()[-1]

    def _prepare(self) -> None:
        plain, twice = _graphs(self.law, self.free, tuple(self.sources.items()))
        data = {symbol: self.columns[symbol][None] for symbol in self.law.symbols}
        self._plain, self._twice = Program(plain, data), Program(twice, data)

    def _predict(self, points: list[np.ndarray]) -> Any:
        return self._plain(points)["f"]

    def _derive(self, points: list[np.ndarray]) -> dict[str, Any]:
        return self._twice(points)

    @property
    def rows(self) -> int:
        """Number of runs."""
        return len(self.observed)

    def _split(self, points: np.ndarray) -> list[np.ndarray]:
        return [points[:, i : i + 1] for i in range(points.shape[1])]

    def _residuals(self, prediction: Any) -> np.ndarray:
        with np.errstate(all="ignore"):
            residuals = (np.log(prediction) if self._logs else prediction) - self._target
        return residuals if self._evenly else residuals / self.noise

    def residuals(self, points: np.ndarray) -> np.ndarray:
        """Return the residuals, shape (points, rows); NaN where the law is not defined."""
        return self._residuals(self._predict(self._split(points)))

    def score(self, points: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """Return the objective at each point; infinite where the law is not defined."""
        return self._sum(self.objective.values(self.residuals(points)), weights)

    def cross_scores(self, points: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the objective of every weighting at every point, shape (weightings, points)."""
        values = self.objective.values(self.residuals(points)) * self.weights
        return weights @ np.where(np.isfinite(values), values, 1e300).T

    def _sum(self, values: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        if not self._evenly:
            values = values * self.weights
        sums = values.sum(axis=1) if weights is None else np.einsum("bn,bn->b", values, weights)
        return np.where(np.isfinite(sums), sums, np.inf)

    def jacobian(self, point: np.ndarray) -> np.ndarray:
        """Return the derivative of the residuals at one point, shape (rows, free)."""
        found = self._derive(self._split(point[None]))
        slope = self._slope(found["f"])
        columns = [np.broadcast_to(found.get(f"f@{name}", 0.0) * slope, (1, self.rows))[0] for name in self.free]
        return np.stack(columns, axis=-1)

    def _slope(self, prediction: np.ndarray) -> np.ndarray:
        slope = 1.0 / prediction if self._logs else np.ones_like(prediction)
        return slope if self._evenly else slope / self.noise

    def expand(
        self, points: np.ndarray, weights: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return objective, gradient, Hessian and scale at each point, at the present threshold.

        The scale is the diagonal of the Hessian of the parabola that touches the objective from above: positive also
        where all residuals lie on the straight part of the Huber loss.
        """
        count, size = points.shape
        with np.errstate(all="ignore"):
            found = self._derive(self._split(points))
            prediction = found["f"]
            residuals = self._residuals(prediction)
            first, second = self.objective.slopes(residuals, self.threshold)
            scores = self._sum(self.objective.values(residuals, self.threshold), weights)
            if not self._evenly:
                first, second = first * self.weights, second * self.weights
            if weights is not None:
                first, second = first * weights, second * weights
            slope = self._slope(prediction)
            changes = np.empty((count, size, residuals.shape[1]))
            for j, name in enumerate(self.free):
                np.multiply(found.get(f"f@{name}", 0.0), slope, out=changes[:, j])
            gradients = np.matmul(changes, first[:, :, None])[:, :, 0]
            above = np.where(residuals == 0, 1.0, first / residuals)
            scales = np.matmul(changes * changes, above[:, :, None])[:, :, 0]
            bend = second - first * (1.0 if self._evenly else self.noise) if self._logs else second
            hessians = np.matmul(changes * bend[:, None, :], changes.transpose(0, 2, 1))
            pull = first * slope
            for j, one in enumerate(self.free):
                for k in range(j, size):
                    bent = found.get(f"f@{one}@{self.free[k]}")
                    if bent is None:
                        continue
                    flat = np.shape(bent)[-1:] in ((), (1,))
                    part = pull.sum(axis=1) * np.ravel(bent) if flat else np.einsum("bn,bn->b", pull, bent)
                    hessians[:, j, k] += part
                    if k != j:
                        hessians[:, k, j] += part
        good = np.isfinite(scores) & np.isfinite(gradients).all(axis=1) & np.isfinite(hessians).all(axis=(1, 2))
        return np.where(good, scores, np.inf), gradients, hessians, scales
