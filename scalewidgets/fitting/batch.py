r"""Objective, gradient and Hessian of a law on runs, for many coefficient sets and row weights at once.

The law's graph is differentiated twice; residual and objective are put on top here. For a residual r(f) of the
prediction f with slope q = dr/df, the Hessian of the sum of h(r) is

.. math:: \sum h''(r) \, r_j r_k + h'(r) \, r_{jk}, \qquad r_j = q f_j, \quad r_{jk} = q f_{jk} + q' f_j f_k
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from scalewidgets import ops
from scalewidgets.declare import Law
from scalewidgets.fitting.objectives import Objective
from scalewidgets.fitting.program import Program
from scalewidgets.ops.derivatives import differentiate
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import trace

# The longest step, in coordinates; more only where starting points lie further apart than that.
LARGEST_STEP = 3.0
# Rows that are enough to tell how far a coordinate may sensibly move.
SCALE_ROWS = 48
# Numbers of one array of a block of points.
BLOCK_NUMBERS = 64_000


@lru_cache(maxsize=64)
def _graphs(law: Law, free: tuple[str, ...], sources: tuple[tuple[str, str | float], ...]) -> tuple[Graph, Graph]:
    """Return the prediction as a graph of solver coordinates, and with its first and second derivatives."""

    def predict(**inputs: Any) -> dict[str, Any]:
        given = {name: inputs[name] if logless(law, name) else ops.exp(inputs[name]) for name in free}
        values = {name: given[source] if isinstance(source, str) else source for name, source in sources}
        return {"f": law.evaluate(inputs, values)}

    plain = trace(predict, {name: () for name in (*law.symbols, *free)})
    return plain, differentiate(differentiate(plain, free), free)


def logless(law: Law, name: str) -> bool:
    """Tell whether a coefficient is searched as it is: exponents, fractions, offsets, a constant that may be zero.

    Amplitudes and scales span many powers of ten; those that can't be negative are searched by their logarithm.
    """
    coefficient = law.coefficient(name)
    return coefficient.kind not in ("amplitude", "scale") or coefficient.low < 0


@dataclass
class GraphBatch:
    """The problems of one law on one table of runs, for one thread at a time.

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
    ranges : tuple of ndarray
        Coordinates between which starting points are looked for.
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
    ranges: tuple[np.ndarray, np.ndarray]

    def __post_init__(self) -> None:
        ordered = [(j, k) for j in range(len(self.free)) for k in range(j, len(self.free))]
        self._pairs = {(j, k): f"f@{self.free[j]}@{self.free[k]}" for j, k in ordered}
        self._prepare()
        self.reach = np.maximum(LARGEST_STEP, np.subtract(self.ranges[1], self.ranges[0]))
        self._logs = self.objective.residual == "log"
        with np.errstate(all="ignore"):
            self._target = (np.log(self.observed) if self._logs else self.observed)[None]
        self._evenly = bool((self.weights == 1).all() and (self.noise == 1).all())
        self.threshold = self.objective.stages()[-1]
        self._memory = np.empty((0, 0, 0))

    def _prepare(self) -> None:
        self._graphs = _graphs(self.law, self.free, tuple(self.sources.items()))
        self._data = {symbol: self.columns[symbol][None] for symbol in self.law.symbols}

    @cached_property
    def _plain(self) -> Program:
        return Program(self._graphs[0], self._data)

    @cached_property
    def _twice(self) -> Program:
        return Program(self._graphs[1], self._data, {"f", *(f"f@{name}" for name in self.free), *self._pairs.values()})

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

    def predictions(self, points: np.ndarray) -> np.ndarray:
        """Return what the law gives, shape (points, rows); NaN where it is not defined."""
        return np.broadcast_to(self._predict(self._split(points)), (len(points), self.rows)).copy()

    def residuals(self, points: np.ndarray) -> np.ndarray:
        """Return the residuals, shape (points, rows); NaN where the law is not defined."""
        return self._residuals(self._predict(self._split(points)))

    def score(
        self, points: np.ndarray, weights: np.ndarray | None = None, shifts: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the objective at each point; infinite where the law is not defined."""
        scores = []
        for some in self._blocks(len(points)):
            residuals = self.residuals(points[some])
            if shifts is not None:
                residuals = residuals + shifts[some]
            scores.append(self._sum(self.objective.values(residuals), None if weights is None else weights[some]))
        return np.concatenate(scores)

    def _blocks(self, count: int) -> list[slice]:
        """Return which points are worked on together, so that memory has a bound."""
        size = max(1, BLOCK_NUMBERS // max(self.rows, 1))
        return [slice(first, first + size) for first in range(0, count, size)]

    def cross_scores(self, points: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the objective of every weighting at every point, shape (weightings, points)."""
        scores = []
        for some in self._blocks(len(points)):
            values = self.objective.values(self.residuals(points[some])) * self.weights
            scores.append(weights @ np.where(np.isfinite(values), values, 1e300).T)
        return np.concatenate(scores, axis=1)

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
        self, points: np.ndarray, weights: np.ndarray | None = None, shifts: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return objective, gradient, Hessian and scale at each point, at the present threshold.

        `shifts`, shape (points, rows), are added to the residuals. The scale is the diagonal of the Hessian of a
        parabola that touches the objective from above, from some of the rows: positive also where all residuals lie on
        the straight part of the Huber loss.
        """
        count, size = points.shape
        residuals, values, first, bend, slope, changes, bent = self._room(count)
        with np.errstate(all="ignore"):
            found = self._derive(self._split(points))
            self._into(residuals, slope, found["f"])
            if shifts is not None:
                residuals += shifts
            self.objective.expansion(residuals, self.threshold, (values, first, bend))
            scores = self._sum(values, weights)
            for factor in (None if self._evenly else self.weights, weights):
                if factor is not None:
                    first *= factor
                    bend *= factor
            for j, name in enumerate(self.free):
                np.multiply(found.get(f"f@{name}", 0.0), slope, out=changes[:, j])
            gradients = np.matmul(changes, first[:, :, None])[:, :, 0]
            scales = self._scales(changes, residuals)
            if self._logs:
                # of the logarithm's own bend; `values` are summed and their place is free
                bend -= first if self._evenly else np.multiply(first, self.noise, out=values)
            hessians = np.matmul(np.multiply(changes, bend[:, None], out=bent), changes.transpose(0, 2, 1))
            self._add_bends(hessians, gradients, found, np.multiply(first, slope, out=values))
        good = np.isfinite(scores) & np.isfinite(gradients).all(axis=1) & np.isfinite(hessians).all(axis=(1, 2))
        return np.where(good, scores, np.inf), gradients, hessians, scales

    def _room(self, count: int) -> tuple[np.ndarray, ...]:
        """Return arrays to write in, the same at every call."""
        size = len(self.free)
        if count > len(self._memory):
            self._memory = np.empty((count, 5 + 2 * size, self.rows))
        flat = self._memory.reshape(-1)
        wide = flat[: 5 * count * self.rows].reshape(5, count, self.rows)
        deep = flat[5 * count * self.rows : (5 + 2 * size) * count * self.rows].reshape(2, count, size, self.rows)
        return (*wide, *deep)

    def _into(self, residuals: np.ndarray, slope: np.ndarray, prediction: np.ndarray) -> None:
        """Write the residuals and their slope in the prediction."""
        if self._logs:
            np.log(prediction, out=residuals)
            np.divide(1.0, prediction, out=slope)
            residuals -= self._target
        else:
            np.subtract(prediction, self._target, out=residuals)
            slope[:] = 1.0
        if not self._evenly:
            residuals /= self.noise
            slope /= self.noise

    def _scales(self, changes: np.ndarray, residuals: np.ndarray) -> np.ndarray:
        each = max(1, residuals.shape[1] // SCALE_ROWS)
        some = changes[:, :, ::each]
        above = each / np.maximum(np.abs(residuals[:, ::each]) / self.threshold, 1.0) * self.weights[::each]
        return np.matmul(some * some, above[:, :, None])[:, :, 0]

    def _add_bends(self, hessians: np.ndarray, gradients: np.ndarray, found: dict[str, Any], pull: np.ndarray) -> None:
        """Add what the law's own bend gives; where it is a slope again, as in exp(a), the gradient holds the sum."""
        known = {id(found[f"f@{name}"]): j for j, name in enumerate(self.free) if f"f@{name}" in found}
        for (j, k), path in self._pairs.items():
            bent = found.get(path)
            if bent is None:
                continue
            if id(bent) in known:
                part = gradients[:, known[id(bent)]]
            elif np.shape(bent)[-1:] in ((), (1,)):
                part = pull.sum(axis=1) * np.ravel(bent)
            else:
                part = np.vecdot(pull, bent) if hasattr(np, "vecdot") else np.einsum("bn,bn->b", pull, bent)
            hessians[:, j, k] += part
            if k != j:
                hessians[:, k, j] += part
