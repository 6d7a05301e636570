"""Portable searches with a limited number of steps: where a rising function crosses zero, where a function is least."""

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

# A crossing is known well enough when its bracket is about two roundings wide.
RESOLUTION = 2.0**-52


def _root(function: Callable[[Any], Any], low: Any, high: Any, steps: int) -> Any:
    """Close in on the crossing by Chandrupatla's method: inverse quadratic interpolation where it is safe, else halves.

    The crossing lies between `a`, the newest point, and `b`; `c` is the point before.
    """
    low, high = (x[()] for x in np.broadcast_arrays(np.asarray(low, dtype=float), np.asarray(high, dtype=float)))
    choose: Callable[..., Any] = np.where if low.shape else _either
    at_low, at_high = _at(function, low), _at(function, high)
    at_low = choose(at_low != at_low, -np.inf, at_low)
    # without a crossing both ends are the one nearest to it, and the search is over
    none_below, none_above = at_low > 0, at_high <= 0
    a, at_a = choose(none_above, high, low), choose(none_above, at_high, at_low)
    b, at_b = choose(none_below, low, high), choose(none_below, at_low, at_high)
    share, width, below = np.float64(0.5), b - a, at_a <= 0
    for _ in range(steps):
        b_is_best = (abs(at_b) < abs(at_a)) | (at_a != at_a)
        best = choose(b_is_best, b, a)
        least = abs(RESOLUTION * best / width)
        found = ~(least <= 0.5) | (at_a == 0) | (at_b == 0)
        if np.count_nonzero(found) == found.size:
            return best
        share = np.maximum(np.minimum(share, 1 - least), least)
        x = choose(found, best, a + share * width)
        at_x = _at(function, x)
        below_x = at_x <= 0
        same = below_x == below
        c, at_c = choose(same, a, b), choose(same, at_a, at_b)
        b, at_b = choose(same, b, a), choose(same, at_b, at_a)
        a, at_a, below = x, at_x, below_x
        width, rise_b, rise_c, between = b - a, at_b - at_a, at_c - at_a, at_b - at_c
        place, value = width / (b - c), rise_b / between
        rest = 1 - value
        safe = (value * value < place) & (rest * rest < 1 - place)
        drawn = at_a / rise_b * at_c / between - (c - a) / width * at_a / rise_c * at_b / between
        share = choose(safe, drawn, 0.5)
    return choose((abs(at_b) < abs(at_a)) | (at_a != at_a), b, a)


def _at(function: Callable[[Any], Any], x: Any) -> Any:
    value = np.asarray(function(x))
    return value[()] if value.shape == x.shape else np.broadcast_to(value, x.shape)[()]


def _either(condition: Any, x: Any, y: Any) -> Any:
    """Choose between single numbers, many times faster than np.where does."""
    return x if condition else y


def _solve_shape(low: Shape, high: Shape, *captured: Shape, body: Graph, steps: int) -> Shape:
    return broadcast(low, high)


@primitive("solve", _solve_shape)
def _SOLVE(low: Any, high: Any, *captured: Any, body: Graph, steps: int) -> Any:
    return _root(lambda x: body.carried_out([x, *captured])[""], low, high, steps)


def solve(function: Callable[[Any], Any], low: Any, high: Any, steps: int = 60) -> Any:
    """Find where a rising `function` crosses zero between `low` and `high`.

    `function` is evaluated at both ends and then up to `steps` times, on arrays of the shape of `low` and `high`
    together, which must have the shape of the answer; smooth functions take about ten. A value that is NaN counts as
    above zero, but for the one at `low`. Without a crossing the answer is the end nearest to one.

    Examples
    --------
    >>> float(solve(lambda x: x * x - 2, 0.0, 2.0))
    1.414213562373095
    """
    outer = recording_now()
    if outer is None:
        with np.errstate(all="ignore"):
            return _root(function, low, high, steps)
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
