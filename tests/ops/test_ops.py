"""Every portable operation means the same on arrays, in its shape rule, and recorded, stored as JSON and replayed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from scalewidgets import ops
from scalewidgets.ops.dispatch import PRIMITIVES
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import trace

NAN, INF = math.nan, math.inf
ODD = [NAN, INF, -INF, 0.0]
GRID = [[3.0, 1.0, 2.0], [-1.0, 5.0, -4.0]]
EMPTY: list[float] = []


class Row(NamedTuple):
    """One operation, what it is given, and what comes out, written down or computed without NumPy's function."""

    name: str
    function: Callable[..., Any]
    given: tuple[Any, ...]
    expected: Any


def each(function: Callable[..., float], *columns: list[float]) -> list[float]:
    """Apply a function of plain numbers along lists."""
    return [function(*numbers) for numbers in zip(*columns, strict=True)]


def pairs(name: str, function: Callable[[Any, Any], Any], expected: list[Any], on_odd: list[Any]) -> list[Row]:
    """Give rows of a binary operation: numbers, broadcasting, NaN and infinities against 1, nothing at all."""
    x, y = [1.0, -2.0, 3.0], [2.0, -2.0, 0.5]
    table = [[function(np.float64(a), np.float64(b)) for b in y] for a in x]
    return [
        Row(name, function, (x, y), expected),
        Row(name, function, ([[a] for a in x], y), table),
        Row(name, function, (ODD, 1.0), on_odd),
        Row(name, function, (EMPTY, 1.0), EMPTY),
    ]


def singles(name: str, function: Callable[[Any], Any], plain: Callable[[float], float], odd: list[Any]) -> list[Row]:
    x = [0.25, 1.0, 2.5, 1e-9, 30.0]
    return [
        Row(name, function, (x,), each(plain, x)),
        Row(name, function, (2.0,), plain(2.0)),
        Row(name, function, (ODD,), odd),
        Row(name, function, (EMPTY,), EMPTY),
    ]


POINTWISE = [
    *pairs("add", lambda x, y: x + y, [3.0, -4.0, 3.5], [NAN, INF, -INF, 1.0]),
    *pairs("subtract", lambda x, y: x - y, [-1.0, 0.0, 2.5], [NAN, INF, -INF, -1.0]),
    *pairs("multiply", lambda x, y: x * y, [2.0, 4.0, 1.5], [NAN, INF, -INF, 0.0]),
    *pairs("divide", lambda x, y: x / y, [0.5, 1.0, 6.0], [NAN, INF, -INF, 0.0]),
    Row("divide", lambda x, y: x / y, ([1.0, -1.0, 0.0], 0.0), [INF, -INF, NAN]),
    Row("power", lambda x, y: x**y, ([4.0, 2.0, -2.0], [0.5, -1.0, 3.0]), [2.0, 0.5, -8.0]),
    Row("power", lambda x, y: x**y, (ODD, 2.0), [NAN, INF, INF, 0.0]),
    Row("power", lambda x, y: x**y, ([2, 10], -1.0), [0.5, 0.1]),
    Row("power", lambda x, y: x**y, (-8.0, 1 / 3), NAN),
    *singles("negative", lambda x: -x, lambda x: -x, [NAN, -INF, INF, 0.0]),
    *pairs("less", lambda x, y: x < y, [True, False, False], [False, False, True, True]),
    *pairs("less", lambda x, y: y > x, [True, False, False], [False, False, True, True]),
    *pairs("less_equal", lambda x, y: x <= y, [True, True, False], [False, False, True, True]),
    *pairs("less_equal", lambda x, y: y >= x, [True, True, False], [False, False, True, True]),
    *pairs("equal", lambda x, y: ops.equal(x, y), [False, True, False], [False, False, False, False]),
    *pairs("not_equal", lambda x, y: x != y, [True, False, True], [True, True, True, True]),
    Row("and", lambda x: (x > 0) & (x < 2), ([-1.0, 1.0, 3.0, NAN],), [False, True, False, False]),
    Row("and", lambda x: ops.logical_and(x > 0, x < 2), ([-1.0, 1.0, 3.0],), [False, True, False]),
    Row("or", lambda x: (x < 0) | (x > 2), ([-1.0, 1.0, 3.0, NAN],), [True, False, True, False]),
    Row("or", lambda x: ops.logical_or(x < 0, x > 2), ([-1.0, 1.0, 3.0],), [True, False, True]),
    Row("not", lambda x: ~(x > 0), ([-1.0, 1.0, NAN],), [True, False, True]),
    Row("not", lambda x: ops.logical_not(x > 0), ([-1.0, 1.0],), [True, False]),
    *singles("absolute", ops.absolute, abs, [NAN, INF, INF, 0.0]),
    Row("absolute", lambda x: abs(x), ([-2.0, 3.0],), [2.0, 3.0]),
    *singles("exp", ops.exp, math.exp, [NAN, INF, 0.0, 1.0]),
    *singles("log", ops.log, math.log, [NAN, INF, NAN, -INF]),
    *singles("log1p", ops.log1p, math.log1p, [NAN, INF, NAN, 0.0]),
    Row("log1p", ops.log1p, (1e-18,), 1e-18),
    *singles("expm1", ops.expm1, math.expm1, [NAN, INF, -1.0, 0.0]),
    Row("expm1", ops.expm1, (1e-18,), 1e-18),
    *singles("sqrt", ops.sqrt, math.sqrt, [NAN, INF, NAN, 0.0]),
    *singles("sin", ops.sin, math.sin, [NAN, NAN, NAN, 0.0]),
    *singles("cos", ops.cos, math.cos, [NAN, NAN, NAN, 1.0]),
    *singles("tanh", ops.tanh, math.tanh, [NAN, 1.0, -1.0, 0.0]),
    *singles("floor", ops.floor, lambda x: float(math.floor(x)), [NAN, INF, -INF, 0.0]),
    Row("floor", ops.floor, ([-0.5, -2.0],), [-1.0, -2.0]),
    Row("round", ops.round_half_up, ([0.5, 1.5, 2.5, -0.5, -1.5, 2.4],), [1.0, 2.0, 3.0, 0.0, -1.0, 2.0]),
    Row("round", ops.round_half_up, (ODD,), [NAN, INF, -INF, 0.0]),
    *singles("softplus", ops.softplus, lambda x: math.log1p(math.exp(x)), [NAN, INF, 0.0, math.log(2)]),
    Row("softplus", ops.softplus, ([-800.0, -40.0, 800.0, 1e308],), [0.0, math.exp(-40), 800.0, 1e308]),
    *pairs(
        "logaddexp",
        ops.logaddexp,
        [math.log(math.exp(1) + math.exp(2)), math.log(2) - 2, math.log(math.exp(3) + math.exp(0.5))],
        [NAN, INF, 1.0, math.log(1 + math.e)],
    ),
    Row(
        "logaddexp",
        ops.logaddexp,
        ([1000.0, -1000.0, 1e300], [1000.0, -1001.0, 0.0]),
        [1000 + math.log(2), -1000 + math.log1p(math.exp(-1)), 1e300],
    ),
    Row("logaddexp", ops.logaddexp, ([INF, -INF, INF, -INF], [INF, -INF, -INF, 2.0]), [INF, -INF, INF, 2.0]),
    *pairs("minimum", ops.minimum, [1.0, -2.0, 0.5], [NAN, 1.0, -INF, 0.0]),
    Row("minimum", ops.minimum, (1.0, ODD), [NAN, 1.0, -INF, 0.0]),
    *pairs("maximum", ops.maximum, [2.0, -2.0, 3.0], [NAN, INF, 1.0, 1.0]),
    Row("maximum", ops.maximum, (1.0, ODD), [NAN, INF, 1.0, 1.0]),
    Row("isfinite", ops.isfinite, ([*ODD, 1e308],), [False, False, False, True, True]),
    Row("where", lambda x: ops.where(x > 0, x, -1.0), ([2.0, -2.0, NAN, INF],), [2.0, -1.0, -1.0, INF]),
    Row("where", lambda x, y: ops.where(x > 0, x, y), ([[1.0], [-1.0]], [7.0, NAN]), [[1.0, 1.0], [7.0, NAN]]),
    Row("where", lambda x: ops.where(x > 0, ops.log(x), 0.0), ([math.e, -1.0],), [1.0, 0.0]),
]
ARRAYS = [
    Row("linspace", lambda x: ops.linspace(x, 1.0, 5), (0.0,), [0.0, 0.25, 0.5, 0.75, 1.0]),
    Row(
        "linspace",
        lambda x, y: ops.linspace(x, y, 3),
        ([0.0, 10.0], [1.0, 30.0]),
        [[0.0, 0.5, 1.0], [10.0, 20.0, 30.0]],
    ),
    Row("linspace", lambda: ops.logspace(1.0, 100.0, 3), (), [1.0, 10.0, 100.0]),
    Row("arange", lambda: ops.arange(4), (), [0.0, 1.0, 2.0, 3.0]),
    Row("arange", lambda: ops.arange(0), (), EMPTY),
    Row("column", ops.column, ([1.0, 2.0],), [[1.0], [2.0]]),
    Row("column", ops.column, (3.0,), [3.0]),
    Row("row", ops.row, ([1.0, 2.0],), [[1.0, 2.0]]),
    Row("column", lambda x, y: ops.align(x, y) * y, ([1.0, 2.0], GRID), [[3.0, 1.0, 2.0], [-2.0, 10.0, -8.0]]),
    Row("concatenate", ops.concatenate, ([1.0, 2.0], EMPTY, [NAN]), [1.0, 2.0, NAN]),
    Row("concatenate", ops.concatenate, ([[1.0], [2.0]], [9.0]), [[1.0, 9.0], [2.0, 9.0]]),
    Row("stack", ops.stack, ([1.0, 2.0], 3.0), [[1.0, 3.0], [2.0, 3.0]]),
    Row("stack", ops.stack, (1.0, 2.0), [1.0, 2.0]),
    Row("reverse", ops.reverse, (GRID,), [[2.0, 1.0, 3.0], [-4.0, 5.0, -1.0]]),
    Row("part", lambda x: ops.part(x, 1), (GRID,), [[1.0, 2.0], [5.0, -4.0]]),
    Row("part", lambda x: ops.part(x, 0, -1), ([1.0, 2.0, 3.0],), [1.0, 2.0]),
    Row("part", lambda x: ops.part(x, 5), ([1.0, 2.0],), EMPTY),
    Row("take", lambda x, i: ops.take(x, i), ([5.0, 6.0, 7.0], [2.0, 0.0, 9.0, -3.0]), [7.0, 5.0, 7.0, 5.0]),
    Row("take", lambda x, i: ops.take(x, i), ([5.0, 6.0, 7.0], 1.0), 6.0),
    Row("take", lambda x, i: ops.take(x, i), (GRID, [0.0, 2.0]), [3.0, -4.0]),
    Row("take", lambda x: ops.take(x, 1.0), (GRID,), [1.0, 5.0]),
    Row("cumsum", ops.cumsum, (GRID,), [[3.0, 4.0, 6.0], [-1.0, 4.0, 0.0]]),
    Row("cumsum", ops.cumsum, ([1.0, NAN, 1.0],), [1.0, NAN, NAN]),
    Row("cumsum", ops.cumsum, (EMPTY,), EMPTY),
    Row("repeat", lambda x: ops.repeat(x, 2), ([1.0, 2.0],), [[1.0, 1.0], [2.0, 2.0]]),
    Row("repeat", lambda x: ops.repeat(x, 3), (1.0,), [1.0, 1.0, 1.0]),
]
REDUCTIONS = [
    Row("sum", ops.total, (GRID,), [6.0, 0.0]),
    Row("sum", lambda x: ops.total(x, axis=0), (GRID,), [2.0, 6.0, -2.0]),
    Row("sum", ops.total, (EMPTY,), 0.0),
    Row("sum", ops.total, ([1.0, NAN],), NAN),
    Row("mean", ops.mean, (GRID,), [2.0, 0.0]),
    Row("mean", ops.mean, ([1.0, NAN],), NAN),
    Row("min", ops.smallest, (GRID,), [1.0, -4.0]),
    Row("min", ops.smallest, ([1.0, NAN, -INF],), NAN),
    Row("max", ops.largest, (GRID,), [3.0, 5.0]),
    Row("max", ops.largest, ([1.0, NAN, INF],), NAN),
    Row("argmin", ops.argmin, (GRID,), [1.0, 2.0]),
    Row("argmin", lambda x: ops.argmin(x, axis=0), (GRID,), [1.0, 0.0, 1.0]),
    Row("argmin", ops.argmin, ([NAN, 2.0, 1.0, 1.0],), 2.0),
    Row("argmin", ops.argmin, ([NAN, NAN],), 0.0),
    Row("logsumexp", ops.logsumexp, ([0.0, math.log(3.0)],), math.log(4.0)),
    Row("logsumexp", ops.logsumexp, ([[1e4, 1e4], [-1e4, -1e4]],), [1e4 + math.log(2), -1e4 + math.log(2)]),
    Row("logsumexp", ops.logsumexp, ([[-INF, -INF], [-INF, 1.0], [INF, 1.0], [NAN, 1.0]],), [-INF, 1.0, INF, NAN]),
    Row(
        "logsumexp",
        lambda x: ops.logsumexp(x, axis=0),
        (GRID,),
        [math.log(math.exp(a) + math.exp(b)) for a, b in zip(*GRID, strict=True)],
    ),
    Row("quantile", lambda x: ops.quantile(x, 0.25), ([4.0, 1.0, 3.0, 2.0],), 1.75),
    Row("quantile", lambda x: ops.quantile(x, 0.5), (GRID,), [1.0, 3.0, -1.0]),
    Row("quantile", lambda x: ops.quantile(x, 1.0, axis=-1), (GRID,), [3.0, 5.0]),
    Row("quantile", lambda x: ops.quantile(x, 0.5), ([1.0, NAN],), NAN),
]
SEARCHES = [
    Row("solve", lambda x: ops.solve(lambda t: t**3 - x, 0.0 * x, 0.0 * x + 9), ([8.0, 27.0],), [2.0, 3.0]),
    Row("solve", lambda x: ops.solve(lambda t: t - x, 0.0, 1.0), (0.3,), 0.3),
    Row("solve", lambda x: ops.solve(lambda t: t - x, 0.0 * x, 0.0 * x + 1), ([5.0, -5.0],), [1.0, 0.0]),
    Row("solve", lambda x: ops.solve(lambda t: ops.log(t - x), 0.0, 9.0), (2.0,), 3.0),
]
ROWS = [*POINTWISE, *ARRAYS, *REDUCTIONS, *SEARCHES]
IDS = [f"{row.name}-{i}" for i, row in enumerate(ROWS)]


def direct(row: Row) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.asarray(row.function(*(np.asarray(x, dtype=float)[()] for x in row.given)))


def recorded(row: Row) -> Graph:
    names = [f"x{i}" for i in range(len(row.given))]
    shapes = {name: np.shape(x) for name, x in zip(names, row.given, strict=True)}
    return trace(lambda **values: row.function(*(values[name] for name in names)), shapes)


def test_every_operation_has_a_row() -> None:
    assert {row.name for row in ROWS} == set(PRIMITIVES)


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_the_value_is_what_is_expected(row: Row) -> None:
    value = direct(row)
    assert value.shape == np.shape(row.expected)
    np.testing.assert_allclose(value, np.asarray(row.expected), rtol=4e-15, atol=1e-17)


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_the_operation_is_recorded_with_the_shape_it_has(row: Row) -> None:
    graph = recorded(row)
    assert row.name in set(graph.ops())
    number = graph.outputs[""] - len(graph.inputs)
    assert graph.nodes[number].shape == direct(row).shape


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_the_recording_replays_from_json_to_the_same_value(row: Row) -> None:
    text = json.dumps(recorded(row).to_json(), allow_nan=False)
    replayed = Graph.from_json(json.loads(text))(*(np.asarray(x, dtype=float) for x in row.given))[""]
    value = direct(row)
    assert np.shape(replayed) == value.shape
    np.testing.assert_allclose(replayed, value, rtol=1e-15, atol=0)


COMPLEX_STEPS: list[tuple[str, Callable[[Any], Any], float, float]] = [
    ("absolute", ops.absolute, -2.0, -1.0),
    ("absolute", ops.absolute, 2.0, 1.0),
    ("softplus", ops.softplus, 800.0, 1.0),
    ("softplus", ops.softplus, -2.0, 1 / (1 + math.exp(2))),
    ("logaddexp", lambda x: ops.logaddexp(x, 1.0), 3.0, 1 / (1 + math.exp(-2))),
    ("logaddexp", lambda x: ops.logaddexp(1.0, x), 3.0, 1 / (1 + math.exp(-2))),
    ("logaddexp", lambda x: ops.logaddexp(x, 1.0), 1.0, 0.5),
    ("logaddexp", lambda x: ops.logaddexp(x, x), 1.0, 1.0),
    ("minimum", lambda x: ops.minimum(x, 1.0), 0.5, 1.0),
    ("minimum", lambda x: ops.minimum(x, 1.0), 2.0, 0.0),
    ("maximum", lambda x: ops.maximum(3.0, 2 * x), 2.0, 2.0),
    ("where", lambda x: ops.where(x > 1, x * x, -x), 2.0, 4.0),
    ("logsumexp", lambda x: ops.logsumexp(ops.stack(x, 0.0 * x)), 1.0, 1 / (1 + math.exp(-1))),
    ("power", lambda x: x**-0.5, 4.0, -1 / 16),
    ("expm1", ops.expm1, 0.0, 1.0),
    ("min", lambda x: ops.smallest(ops.stack(x, 0.0 * x + 5)), 1.0, 1.0),
]


@pytest.mark.parametrize(("name", "function", "at", "slope"), COMPLEX_STEPS)
def test_a_complex_step_gives_the_derivative(
    name: str, function: Callable[[Any], Any], at: float, slope: float
) -> None:
    assert name in PRIMITIVES
    assert float(np.imag(function(np.complex128(complex(at, 1e-30)))) / 1e-30) == pytest.approx(
        slope, rel=1e-13, abs=1e-15
    )
