"""Portable searches with a fixed number of steps: where a rising function crosses zero, where a function is least."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from scalewidgets.ops.arrays import column, linspace, take
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
    body = inner.finish({"": result})
    return apply(_SOLVE, low, high, *inner.captured, body=body, steps=steps)


def minimise(function: Callable[[Any], Any], low: Any, high: Any, points: int = 65, rounds: int = 3) -> Any:
    """Find where `function`, with one valley between `low` and `high`, is least.

    Each round lays a grid of `points` over the bracket and keeps the neighbours of the best point; a parabola
    through the last three finishes. The spacing it ends with keeps rounding of a flat bottom below 1e-9.

    Parameters
    ----------
    function : callable
        Takes an array with one more axis (the grid) than `low`; infinite where a point is not allowed.
    low, high : array_like
        The bracket.

    Returns
    -------
    array
        The shape of `low` and `high` together. Where nothing is allowed, some point of the bracket.
    """
    with np.errstate(all="ignore"):
        for _ in range(rounds):
            grid = linspace(low, high, points)
            best = minimum(maximum(argmin(function(grid)), 1), points - 2)
            low, high = take(grid, best - 1), take(grid, best + 1)
        middle = low + (high - low) / 2
        left, centre, right = (take(function(column(x)), 0.0) for x in (low, middle, high))
        shift = (left - right) / (left - 2 * centre + right)
        shift = where(isfinite(shift), minimum(maximum(shift, -2), 2), 0.0)
        return middle + shift * (high - low) / 4
