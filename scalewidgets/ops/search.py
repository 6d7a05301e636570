"""Portable searches with a fixed number of steps: where a rising function crosses zero, where a function is least."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from scalewidgets.errors import PortabilityError
from scalewidgets.ops.arrays import linspace, take
from scalewidgets.ops.dispatch import Shape, apply, broadcast, primitive, recording, recording_now
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.pointwise import isfinite, maximum, minimum, where
from scalewidgets.ops.reductions import argmin
from scalewidgets.ops.tracing import Recording


def _bisect(function: Callable[[Any], Any], low: Any, high: Any, steps: int) -> Any:
    low, high = np.broadcast_arrays(np.asarray(low, dtype=float), np.asarray(high, dtype=float))
    for _ in range(steps):
        middle = low + (high - low) / 2
        below = function(middle) <= 0
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return low + (high - low) / 2


def _solve_shape(low: Shape, high: Shape, *captured: Shape, body: Graph, steps: int) -> Shape:
    return broadcast(low, high)


@primitive("solve", _solve_shape)
def _SOLVE(low: Any, high: Any, *captured: Any, body: Graph, steps: int) -> Any:
    return _bisect(lambda x: body(x, *captured)[""], low, high, steps)


def solve(function: Callable[[Any], Any], low: Any, high: Any, steps: int = 60) -> Any:
    """Find where a rising `function` crosses zero between `low` and `high`.

    Bisection: `function` is evaluated `steps` times on arrays of the shape of `low` and `high` together, which
    must have the shape of the answer. A value that is NaN counts as above zero. Without a crossing the answer
    is the end nearest to one.

    Examples
    --------
    >>> float(solve(lambda x: x * x - 2, 0.0, 2.0))
    1.414213562373095
    """
    outer = recording_now()
    if outer is None:
        with np.errstate(all="ignore"):
            return _bisect(function, low, high, steps)
    low, high = outer.adopt(low, "solve"), outer.adopt(high, "solve")
    inner = Recording({"x": broadcast(low.shape, high.shape)}, parent=outer)
    with recording(inner):
        result = inner.adopt(function(inner.values()["x"]), "solve")
    shape = inner.inputs["x"]
    if broadcast(result.shape, shape) != shape:
        raise PortabilityError(
            f"solve: the function gives shape {result.shape}, which is not that of low and high, {shape}; "
            "give low and high the shape of the answer"
        )
    body = inner.finish({"": result})
    return apply(_SOLVE, low, high, *inner.captured, body=body, steps=steps)


def minimise(function: Callable[[Any], Any], low: Any, high: Any, grids: Sequence[int] = (33, 17, 17, 9)) -> Any:
    """Find where `function`, with one valley between `low` and `high`, is least.

    Each round lays a grid over the bracket and keeps the neighbours of the best point. The curve of fourth degree
    through the five points around the last best one finishes. Over 37 units of log N the last spacing is 0.006: wide
    enough for rounding of a flat bottom to stay below 1e-11, narrow enough for the curve to be as good as the function.

    Parameters
    ----------
    function : callable
        Takes an array with one more axis (the grid) than `low`; infinite where a point is not allowed.
    low, high : array_like
        The bracket.
    grids : sequence of int
        Points of each round.

    Returns
    -------
    array
        The shape of `low` and `high` together. Where nothing is allowed, some point of the bracket.
    """
    with np.errstate(all="ignore"):
        for points in grids:
            grid = linspace(low, high, points)
            values = function(grid)
            least = argmin(values)
            best = minimum(maximum(least, 1), points - 2)
            low, high = take(grid, best - 1), take(grid, best + 1)
        centre = minimum(maximum(best, 2), points - 3)
        shift = _least_of_quartic(*(take(values, centre + k) for k in (-2, -1, 0, 1, 2))) + centre - best
        left, middle, right = (take(values, best + k) for k in (-1, 0, 1))
        # beside what is not allowed there are no five points: three must do, and at an end of the bracket the end
        shift = where(isfinite(shift), shift, (left - right) / (left - 2 * middle + right) / 2)
        shift = where(isfinite(shift), minimum(maximum(shift, -1), 1), least - best)
        return low + (high - low) * (1 + shift) / 2


def _least_of_quartic(a: Any, b: Any, c: Any, d: Any, e: Any) -> Any:
    """Return where the curve through five values at -2 ... 2 is least, by Newton's steps from the parabola's place."""
    slope = (a - 8 * b + 8 * d - e) / 12
    second = (-a + 16 * b - 30 * c + 16 * d - e) / 12
    third = (-a + 2 * b - 2 * d + e) / 2
    fourth = a - 4 * b + 6 * c - 4 * d + e
    x = -slope / second
    for _ in range(3):
        up = slope + x * (second + x * (third / 2 + x * fourth / 6))
        x = x - up / (second + x * (third + x * fourth / 2))
    return x
