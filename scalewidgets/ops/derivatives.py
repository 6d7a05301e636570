"""Differentiate a graph: one rule an operation, giving another graph.

A derivative is an ordinary graph of portable operations. It can be differentiated again, stored, and carried out
anywhere; nothing is approximated by differences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scalewidgets.errors import PortabilityError
from scalewidgets.ops import pointwise as pw
from scalewidgets.ops.arrays import column, concatenate, cumsum, part, repeat, reverse, row, stack, take
from scalewidgets.ops.dispatch import PRIMITIVES, Shape, apply
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.reductions import mean, total
from scalewidgets.ops.tracing import trace

# A rule takes the arguments of an operation and its value, and gives one factor per argument, each made on demand.
Factor = Callable[[], Any]


def _times(factor: Any, change: Any) -> Any:
    if isinstance(change, float) and change == 1.0:
        return factor
    if isinstance(factor, float) and abs(factor) == 1.0:
        return change if factor > 0 else -change
    return factor * change


def _power(args: Sequence[Any], value: Any) -> tuple[Factor, ...]:
    x, y = args
    return (lambda: y * x ** (y - 1.0), lambda: pw.log(x) * value)


# Pointwise operations that are differentiable: the change of the value for a change of each argument.
FACTORS: dict[str, Callable[[Sequence[Any], Any], tuple[Factor, ...]]] = {
    "add": lambda a, v: (lambda: 1.0, lambda: 1.0),
    "subtract": lambda a, v: (lambda: 1.0, lambda: -1.0),
    "multiply": lambda a, v: (lambda: a[1], lambda: a[0]),
    "divide": lambda a, v: (lambda: 1.0 / a[1], lambda: -v / a[1]),
    "power": _power,
    "negative": lambda a, v: (lambda: -1.0,),
    "absolute": lambda a, v: (lambda: pw.where(a[0] >= 0, 1.0, -1.0),),
    "exp": lambda a, v: (lambda: v,),
    "log": lambda a, v: (lambda: 1.0 / a[0],),
    "log1p": lambda a, v: (lambda: 1.0 / (1.0 + a[0]),),
    "expm1": lambda a, v: (lambda: v + 1.0,),
    "sqrt": lambda a, v: (lambda: 0.5 / v,),
    "sin": lambda a, v: (lambda: pw.cos(a[0]),),
    "cos": lambda a, v: (lambda: -pw.sin(a[0]),),
    "tanh": lambda a, v: (lambda: 1.0 - v * v,),
    # written so that neither end overflows: the logistic function is exp(x - softplus(x))
    "softplus": lambda a, v: (lambda: pw.exp(a[0] - v),),
    "logaddexp": lambda a, v: (lambda: pw.exp(a[0] - v), lambda: pw.exp(a[1] - v)),
    "minimum": lambda a, v: (lambda: pw.where(a[0] <= a[1], 1.0, 0.0), lambda: pw.where(a[0] <= a[1], 0.0, 1.0)),
    "maximum": lambda a, v: (lambda: pw.where(a[0] >= a[1], 1.0, 0.0), lambda: pw.where(a[0] >= a[1], 0.0, 1.0)),
    "where": lambda a, v: (lambda: 0.0, lambda: pw.where(a[0], 1.0, 0.0), lambda: pw.where(a[0], 0.0, 1.0)),
}

# Operations that only rearrange or add up: the change of the value is the same operation on the changes.
LINEAR: dict[str, Callable[..., Any]] = {
    "column": column,
    "row": row,
    "concatenate": concatenate,
    "stack": stack,
    "reverse": reverse,
    "part": lambda x, *, start, stop: part(x, start, stop),
    "cumsum": cumsum,
    "repeat": lambda x, *, n: repeat(x, n),
    "sum": total,
    "mean": mean,
}

# Operations that are flat wherever they are differentiable at all.
FLAT = frozenset(
    ("less", "less_equal", "equal", "not_equal", "and", "or", "not", "isfinite", "floor", "round", "argmin", "constant")
)


def _change(op: str, args: Sequence[Any], value: Any, changes: Sequence[Any], static: Mapping[str, Any]) -> Any:
    """Return the change of a value for changes of its arguments; None where it does not change."""
    if op in FLAT or all(change is None for change in changes):
        return None
    if op in LINEAR:
        pairs = zip(args, changes, strict=True)
        filled = [0.0 * arg if change is None else change + 0.0 * arg for arg, change in pairs]
        return LINEAR[op](*filled, **static)
    if op == "take":
        return None if changes[0] is None else take(changes[0] + 0.0 * args[0], args[1])
    if op not in FACTORS:
        raise PortabilityError(f"{op} has no derivative rule; write the law without it, or fit it by simulated draws")
    parts = [
        _times(factor(), change)
        for factor, change in zip(FACTORS[op](args, value), changes, strict=True)
        if change is not None
    ]
    whole = parts[0]
    for piece in parts[1:]:
        whole = whole + piece
    return whole


def differentiate(graph: Graph, names: Sequence[str], shapes: Mapping[str, Shape] | None = None) -> Graph:
    """Return a graph of every output of `graph` and of its derivative in each named input.

    Parameters
    ----------
    graph : Graph
    names : sequence of str
        Inputs to differentiate in.
    shapes : mapping of str to tuple, optional
        Shapes of the inputs; those of `graph` if left out.

    Returns
    -------
    Graph
        With the outputs of `graph`, and ``path@name`` for each derivative that is not zero everywhere.

    Raises
    ------
    PortabilityError
        For an operation without a rule.

    Examples
    --------
    >>> from scalewidgets.ops.tracing import trace
    >>> cubic = trace(lambda x: {"y": x * x * x}, {"x": ()})
    >>> float(differentiate(cubic, ["x"])(x=2.0)["y@x"])
    12.0
    """

    def run(**inputs: Any) -> dict[str, Any]:
        values: list[Any] = [inputs[name] for name in graph.inputs]
        changes: list[dict[str, Any]] = [{name: 1.0} if name in names else {} for name in graph.inputs]
        for node in graph.nodes:
            if node.op == "constant":
                values.append(node.static["value"])
                changes.append({})
                continue
            args = [values[i] for i in node.args]
            value = apply(PRIMITIVES[node.op], *args, **node.static)
            change = {}
            for name in names:
                moved = _change(node.op, args, value, [changes[i].get(name) for i in node.args], node.static)
                if moved is not None:
                    change[name] = moved
            values.append(value)
            changes.append(change)
        found = {path: values[i] for path, i in graph.outputs.items()}
        for path, i in graph.outputs.items():
            found |= {f"{path}@{name}": change for name, change in changes[i].items()}
        return found

    return trace(run, dict(shapes or graph.inputs))
