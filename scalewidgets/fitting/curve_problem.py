"""Search the coefficients of a law that sums over the falls of a schedule, by least squares with exact slopes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.optimize import least_squares, nnls
from scipy.stats import qmc

from scalewidgets import ops
from scalewidgets.errors import FitError
from scalewidgets.ops.derivatives import differentiate
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import trace
from scalewidgets.schedules.law import ScheduleLaw

CANDIDATES, STARTS = 128, 4
AGREE = 1e-5


@dataclass(frozen=True)
class Best:
    """The best of several starts, and how many ended there."""

    point: np.ndarray
    score: float
    starts: int
    agreeing: int


@dataclass(frozen=True)
class CurveProblem:
    """A schedule law to be fitted to the rows of several curves.

    Parameters
    ----------
    law : ScheduleLaw
    columns : sequence of mapping
        What the schedule of each curve gives at its rows.
    loss : ndarray
        Of all rows.
    delta : float
        Threshold of the Huber loss on log residuals.
    fixed : mapping of str to float
    """

    law: ScheduleLaw
    columns: Sequence[Mapping[str, np.ndarray]]
    loss: np.ndarray
    delta: float
    fixed: Mapping[str, float]

    def __post_init__(self) -> None:
        for name, value in self.fixed.items():
            allowed = self.law.coefficient(name)
            if not allowed.low <= value <= allowed.high:
                raise FitError(f"{name} can't be held at {value:g}; allowed are {allowed.low:g} to {allowed.high:g}")
        if not self.free or len(self.loss) < len(self.free):
            raise FitError(f"{len(self.free)} coefficients are to be found from {len(self.loss)} losses; give more")

    @cached_property
    def free(self) -> tuple[str, ...]:
        """Coefficients that are searched."""
        return tuple(name for name in self.law.names if name not in self.fixed)

    @cached_property
    def logged(self) -> np.ndarray:
        """Which of them are searched by their logarithm."""
        return np.array([self.law.coefficient(name).kind in ("amplitude", "scale") for name in self.free])

    @cached_property
    def data(self) -> dict[str, np.ndarray]:
        """The columns of all curves, one below the other; schedules of fewer pieces are filled with falls of 0."""
        data = {}
        for name in self.columns[0]:
            arrays = [np.asarray(each[name]) for each in self.columns]
            if name not in self.law.symbols:
                rows = [len(each[self.law.symbols[0]]) for each in self.columns]
                width = max(array.shape[-1] for array in arrays)
                pairs = zip(arrays, rows, strict=True)
                arrays = [_padded(array, count, width, nothing=name == "drop") for array, count in pairs]
            data[name] = np.concatenate(arrays)
        return data

    @cached_property
    def graphs(self) -> tuple[Graph, Graph]:
        """Log of the predicted loss, and the same with its slopes."""

        def predict(**inputs: Any) -> dict[str, Any]:
            searched = {
                name: ops.exp(inputs[name]) if log else inputs[name]
                for name, log in zip(self.free, self.logged, strict=True)
            }
            found = {name: inputs[f"column {name}"] for name in self.data}
            return {"f": ops.log(self.law.along(found, **searched, **self.fixed))}

        shapes = {f"column {name}": np.shape(values) for name, values in self.data.items()}
        plain = trace(predict, shapes | dict.fromkeys(self.free, ()))
        return plain, differentiate(plain, self.free)

    def _given(self, point: np.ndarray) -> dict[str, Any]:
        return {f"column {name}": values for name, values in self.data.items()} | dict(
            zip(self.free, map(float, point), strict=True)
        )

    def values(self, point: np.ndarray) -> dict[str, float]:
        """Return every coefficient at solver coordinates."""
        searched = np.where(self.logged, np.exp(np.where(self.logged, point, 0.0)), point)
        both = dict(zip(self.free, map(float, searched), strict=True)) | dict(self.fixed)
        return {name: both[name] for name in self.law.names}

    def residuals(self, point: np.ndarray) -> np.ndarray:
        """Return predicted minus observed log loss."""
        with np.errstate(all="ignore"):
            return np.nan_to_num(self.graphs[0](**self._given(point))["f"] - np.log(self.loss), nan=1e3)

    def slopes(self, point: np.ndarray) -> np.ndarray:
        """Return the slopes of the residuals, shape (rows, searched)."""
        with np.errstate(all="ignore"):
            found = self.graphs[1](**self._given(point))
        slopes = [np.broadcast_to(found[f"f@{name}"], self.loss.shape) for name in self.free]
        return np.nan_to_num(np.stack(slopes, axis=-1))

    def bounds(self, attributes: tuple[str, str] = ("low", "high")) -> tuple[np.ndarray, np.ndarray]:
        """Return the lowest and highest coordinates."""
        pairs = [[getattr(self.law.coefficient(name), each) for each in attributes] for name in self.free]
        low, high = self._coordinates(np.array(pairs).T)
        return low, high

    def _coordinates(self, values: np.ndarray) -> np.ndarray:
        return np.where(self.logged, np.log(np.maximum(values, 1e-12)), values)

    def refit(self, start: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """Return the optimum near a start, with weights on the rows."""
        low, high = self.bounds()
        weight = 1.0 if weights is None else weights

        def huber(z: np.ndarray) -> np.ndarray:
            # scipy's own, with a weight for each row
            root = np.sqrt(np.maximum(z, 1e-300))
            inside = z <= 1
            first = np.where(inside, 1.0, 1 / root)
            second = np.where(inside, 0.0, -0.5 / root**3)
            return np.stack([weight * np.where(inside, z, 2 * root - 1), weight * first, weight * second])

        found = least_squares(
            self.residuals,
            np.clip(start, low + 1e-9, high - 1e-9),
            self.slopes,
            (low, high),
            loss=huber,
            f_scale=self.delta,
            x_scale="jac",
            max_nfev=12 if weights is not None else 60,
        )
        return found.x

    def score(self, point: np.ndarray) -> float:
        """Return the sum of the Huber losses."""
        size = np.abs(self.residuals(point))
        inside = np.minimum(size, self.delta)
        return float(np.sum(inside * (size - inside / 2)))

    def starts(self, seed: int) -> np.ndarray:
        """Return the most promising starts: a spread of what the law is not linear in, the rest solved for each."""
        low, high = self._coordinates(np.array([self.law.coefficient(name).start for name in self.free]).T)
        linear = np.array([self.law.coefficient(name).linear for name in self.free])
        points = np.tile((low + high) / 2, (CANDIDATES, 1))
        if not linear.all():
            spread = qmc.Sobol(int((~linear).sum()), rng=np.random.default_rng(seed)).random(CANDIDATES)
            points[:, ~linear] = low[~linear] + spread * (high - low)[~linear]
        for point in points:
            values = self.values(point)
            names = [name for name, is_linear in zip(self.free, linear, strict=True) if is_linear]
            rest = self._along({**values, **dict.fromkeys(names, 0.0)})
            features = [self._along({**values, **dict.fromkeys(names, 0.0), name: 1.0}) - rest for name in names]
            if names:
                design = np.nan_to_num(np.stack(features, axis=-1) / self.loss[:, None])
                solved, _ = nnls(design, (self.loss - rest) / self.loss)
                point[linear] = self._coordinates_of(names, solved)
        scores = [self.score(point) for point in points]
        return points[np.argsort(scores, kind="stable")[:STARTS]]

    def _coordinates_of(self, names: list[str], values: np.ndarray) -> np.ndarray:
        logged = [self.law.coefficient(name).kind in ("amplitude", "scale") for name in names]
        return np.where(logged, np.log(np.maximum(values, 1e-3)), values)

    def _along(self, values: Mapping[str, float]) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.asarray(self.law.along(self.data, **values))

    def optimise(self, seed: int = 0) -> Best:
        """Return the best optimum from several starts."""
        points = np.array([self.refit(start) for start in self.starts(seed)])
        scores = np.array([self.score(point) for point in points])
        best = int(np.argmin(scores))
        agreeing = int((scores <= scores[best] * (1 + AGREE) + 1e-18).sum())
        return Best(points[best], float(scores[best]), len(points), agreeing)


def _padded(array: np.ndarray, rows: int, width: int, *, nothing: bool) -> np.ndarray:
    """Return one row for each loss and one column for each fall; further falls repeat the last, or are of nothing."""
    full = np.broadcast_to(array, (rows, np.shape(array)[-1]))
    missing = [(0, 0), (0, width - full.shape[1])]
    return np.pad(full, missing) if nothing else np.pad(full, missing, mode="edge")
