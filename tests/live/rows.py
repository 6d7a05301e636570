"""What every portable operation is tried on: ordinary and extreme numbers, NaN, infinities, all shapes, nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from scalewidgets import ops
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import trace

NAN, INF = np.nan, np.inf
SIZES = [1e-300, 1e-160, 1e-20, 1e-9, 0.1, 0.49999999999999994, 0.5, 1.0, 1.5, 2.0, 3.0, 36.0, 709.0, 1e5, 1e20, 1e160]
NUMBERS = np.array([0.0, *SIZES, 1e300, INF, *(-x for x in SIZES), -1e300, -INF, NAN])
RANDOM = np.random.default_rng(0)


def spread(*shape: int, low: float = -6.0, high: float = 6.0) -> np.ndarray:
    """Give numbers of either sign over many powers of ten."""
    return RANDOM.choice([-1.0, 1.0], shape) * 10 ** RANDOM.uniform(low, high, shape)


class Row(NamedTuple):
    """One operation and what it is given."""

    op: str
    function: Callable[..., Any]
    given: tuple[Any, ...]

    def inputs(self) -> dict[str, Any]:
        return {f"x{i}": np.asarray(value, dtype=float)[()] for i, value in enumerate(self.given)}

    def graph(self) -> Graph:
        inputs = self.inputs()
        return trace(lambda **named: self.function(*(named[name] for name in inputs)), shapes(inputs))


def shapes(inputs: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: np.shape(value) for name, value in inputs.items()}


EMPTY = np.zeros(0)
SINGLE_SHAPES = (NUMBERS, spread(500), spread(300, low=-300, high=300), spread(2, 3, 4), -0.75, EMPTY, np.zeros((3, 0)))
# Every way in which two shapes can meet: numbers, rows, columns, a missing axis, three axes, nothing.
PAIR_SHAPES = [
    (NUMBERS[:, None], NUMBERS),
    (2.5, -1.5),
    (spread(400), spread(400)),
    (spread(400, low=-300, high=300), spread(400, low=-3, high=3)),
    (spread(3, 4), spread(4)),
    (spread(4), spread(3, 4)),
    (spread(3, 1), 0.5),
    (spread(3, 1), spread(1, 4)),
    (spread(2, 1, 3), spread(4, 1)),
    (spread(2, 3, 4), spread(3, 1)),
    (spread(2, 1, 3, 1), spread(2, 2, 1, 5)),
    (spread(1, 1), spread(1)),
    (EMPTY, 1.0),
    (np.zeros((0, 3)), spread(3)),
    (spread(2, 1), np.zeros((2, 0))),
]
SINGLES: dict[str, Callable[[Any], Any]] = {
    "negative": lambda x: -x,
    "absolute": ops.absolute,
    "exp": ops.exp,
    "log": ops.log,
    "log1p": ops.log1p,
    "expm1": ops.expm1,
    "sqrt": ops.sqrt,
    "sin": ops.sin,
    "cos": ops.cos,
    "tanh": ops.tanh,
    "floor": ops.floor,
    "round": ops.round_half_up,
    "softplus": ops.softplus,
    "isfinite": ops.isfinite,
    "not": ops.logical_not,
}
PAIRS: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "power": lambda x, y: x**y,
    "less": lambda x, y: x < y,
    "less_equal": lambda x, y: x <= y,
    "equal": ops.equal,
    "not_equal": lambda x, y: x != y,
    "and": ops.logical_and,
    "or": ops.logical_or,
    "minimum": ops.minimum,
    "maximum": ops.maximum,
    "logaddexp": ops.logaddexp,
}
# Sums of numbers of one sign, or of whole numbers: no cancellation, so a relative comparison means something.
WHOLE = np.floor(spread(7, 6, low=0, high=4))
FOLDED = (
    np.abs(spread(7, 6)),
    np.abs(spread(501)),
    WHOLE,
    np.array(
        [[NAN, 1.0, 2.0], [1.0, NAN, -INF], [INF, -INF, 0.0], [INF, 1.0, INF], [-INF, -INF, -INF], [1.0, 1.0, 1.0]]
    ),
    np.array([NAN, NAN]),
    np.abs(spread(1)),
    np.array([1e300, 1e-300, 1e160]),
    np.abs(spread(2, 3, 4)),
    EMPTY,
    np.zeros((3, 0)),
    np.zeros((0, 3)),
)
FOLDS: dict[str, tuple[Callable[..., Any], ...]] = {
    "sum": (ops.total,),
    "mean": (ops.mean,),
    "min": (ops.smallest,),
    "max": (ops.largest,),
    "argmin": (ops.argmin,),
    "logsumexp": (ops.logsumexp,),
    "quantile": tuple(lambda x, axis, q=q: ops.quantile(x, q, axis=axis) for q in (0.0, 0.025, 1 / 3, 0.5, 0.975, 1.0)),
}
GRID = spread(3, 5)
TRIPLE = spread(2, 3, 4)
INDEX = np.array([0.0, 4.0, 2.9, -1.0, 99.0, NAN, INF, -INF])


def rearranging() -> list[Row]:
    """Give rows of the operations that make, join and index arrays."""
    rows = [
        *(Row("arange", lambda n=n: ops.arange(n), ()) for n in (0, 1, 7)),
        *(Row("linspace", lambda a, b, n=n: ops.linspace(a, b, n), (-1.5, 1e3)) for n in (0, 1, 2, 121)),
        Row("linspace", lambda a, b: ops.linspace(a, b, 5), (spread(3, 1), spread(2))),
        Row("linspace", lambda a, b: ops.linspace(a, b, 4), (NUMBERS, 1.0)),
        Row("linspace", lambda a: ops.linspace(a, 1.0, 4), (EMPTY,)),
        Row("linspace", lambda a, b: ops.logspace(a, b, 9), (1e-200, 1e250)),
        Row("concatenate", ops.concatenate, (GRID, spread(2), spread(3, 1), np.zeros((3, 0)))),
        Row("concatenate", ops.concatenate, (EMPTY, EMPTY)),
        Row("concatenate", ops.concatenate, (NUMBERS, NUMBERS)),
        Row("concatenate", ops.concatenate, (spread(2, 1, 2), spread(3, 1))),
        Row("stack", ops.stack, (GRID, spread(5), 2.0)),
        Row("stack", ops.stack, (1.0, NAN, INF)),
        Row("stack", ops.stack, (EMPTY, 1.0)),
        *(
            Row("part", lambda x, a=a, b=b: ops.part(x, a, b), (GRID,))
            for a, b in ((0, None), (1, -1), (-2, None), (9, None))
        ),
        Row("part", lambda x: ops.part(x, -9, 3), (TRIPLE,)),
        Row("part", lambda x: ops.part(x, 0, 2), (EMPTY,)),
        Row("take", ops.take, (spread(5), INDEX)),
        Row("take", ops.take, (spread(5), 3.0)),
        Row("take", ops.take, (GRID, np.array([0.0, 2.0, NAN]))),
        Row("take", ops.take, (GRID, 1.0)),
        Row("take", ops.take, (TRIPLE, spread(3) * 0 + 2)),
        Row("take", ops.take, (TRIPLE, spread(2, 1) * 0 + 3)),
        Row("take", ops.take, (spread(1, 5), np.array([1.0, 2.0, 3.0]))),
        Row("take", ops.take, (EMPTY, np.array([0.0, 1.0]))),
        Row("take", ops.take, (np.zeros((3, 0)), 1.0)),
        Row("take", ops.take, (spread(5), EMPTY)),
        *(Row("repeat", lambda x, n=n: ops.repeat(x, n), (x,)) for x in (GRID, 2.0, EMPTY) for n in (0, 1, 3)),
    ]
    for name, function in {"column": ops.column, "row": ops.row}.items():
        rows += [Row(name, function, (x,)) for x in (2.0, NUMBERS, GRID, EMPTY)]
    rows += [Row("reverse", ops.reverse, (x,)) for x in (NUMBERS, GRID, TRIPLE, EMPTY)]
    rows += [Row("cumsum", ops.cumsum, (x,)) for x in (NUMBERS[:17], WHOLE, np.abs(TRIPLE), EMPTY, np.zeros((3, 0)))]
    return [*rows, Row("cumsum", ops.cumsum, (np.array([1.0, INF, 1.0, -INF, 1.0]),))]


def searching() -> list[Row]:
    """Give rows of solve: brackets of every shape, captured values, bodies in bodies, no crossing, NaN."""

    def nested(x: Any) -> Any:
        def inner(t: Any) -> Any:
            return ops.solve(lambda s: s + s**3 - t * x, 0.0 * t, 0.0 * t + 50.0)

        return ops.solve(lambda t: inner(t) + t - 3.0 * x, 0.0 * x, 0.0 * x + 50.0)

    x = np.array([0.5, 8.0, 27.0])
    return [
        Row("solve", lambda x: ops.solve(lambda t: t**3 - x, 0.0 * x, 0.0 * x + 9), (x,)),
        Row("solve", lambda x, y: ops.solve(lambda t: ops.exp(t) - x - y, -9.0 + 0 * x, 9.0 + 0 * y), (x[:, None], x)),
        Row("solve", lambda x: ops.solve(lambda t: t - x, 0.0, 1.0), (0.3,)),
        Row("solve", lambda x: ops.solve(lambda t: t - x, 0.0 * x, 0.0 * x + 1), (np.array([5.0, -5.0, 1e-300]),)),
        Row("solve", lambda x: ops.solve(lambda t: ops.log(t - x), 0.0 * x, 9.0), (np.array([2.0, NAN]),)),
        Row("solve", lambda x: ops.solve(lambda t: t - x, x - 1.0, x + 1.0), (np.array([INF, NAN, 1.0]),)),
        Row("solve", lambda x: ops.solve(lambda t: x - 1.0, 0.0 * x, 4.0), (x,)),
        Row("solve", lambda x: ops.solve(lambda t: t * x, -1.0, 1.0), (2.0,)),
        Row("solve", lambda x: ops.solve(lambda t: t - x, 0.0 * x, 1.0), (EMPTY,)),
        Row("solve", nested, (x,)),
        Row("argmin", lambda x: ops.minimise(lambda t: (t - ops.align(x, t)) ** 2, 0 * x, 0 * x + 40.0), (x,)),
    ]


def rows() -> list[Row]:
    """Give every row."""
    powers = [(NUMBERS, 2.0), (NUMBERS, -1.0), (np.abs(NUMBERS), 0.5), (NUMBERS, 0.0), (2.0, NUMBERS)]
    return [
        *(Row(op, function, (x,)) for op, function in SINGLES.items() for x in SINGLE_SHAPES),
        *(Row(op, function, given) for op, function in PAIRS.items() for given in PAIR_SHAPES),
        *(Row("power", PAIRS["power"], given) for given in powers),
        Row("where", ops.where, (NUMBERS[:, None], NUMBERS, 1.0)),
        Row("where", ops.where, (NUMBERS, 1.0, NAN)),
        Row("where", ops.where, (1.0, NUMBERS, spread(2, 1))),
        Row("where", lambda x, y: ops.where(x < y, x, y), (spread(3, 1), spread(4))),
        Row("where", ops.where, (np.array([[0.0], [1.0]]), spread(3), spread(4, 1, 1))),
        Row("where", ops.where, (EMPTY, 1.0, 2.0)),
        *(
            Row(op, lambda x, f=function, axis=axis: f(x, axis=axis), (x,))
            for op, functions in FOLDS.items()
            for function in functions
            for x in FOLDED
            for axis in range(-1, np.ndim(x) - 1)
        ),
        *rearranging(),
        *searching(),
    ]


ROWS = rows()
