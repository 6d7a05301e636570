"""The recorded form of a function: plain data that can be stored as JSON and carried out again anywhere."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np

from scalewidgets.errors import PortabilityError
from scalewidgets.ops.dispatch import PRIMITIVES, Shape, apply, is_recorded, is_symbolic, recording_now

FORMAT = "scalewidgets-graph/2"
# The same with a mapping for each node, three times as long; files of fits may hold it.
OLD_FORMAT = "scalewidgets-graph/1"
# Of single numbers the operators are several times as fast as NumPy's functions, of arrays they are these.
OPERATORS: Mapping[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "negative": operator.neg,
}


@dataclass(frozen=True)
class Node:
    """One recorded operation: its name, the numbers of the values it reads, its settings and its shape."""

    op: str
    args: tuple[int, ...]
    static: Mapping[str, Any]
    shape: Shape


@dataclass(frozen=True)
class Graph:
    """A function as data.

    Values are numbered: the inputs come first, then one per node, each reading only values before it.

    Parameters
    ----------
    inputs : mapping of str to tuple
        Name and shape of each input. Replaying in NumPy accepts other shapes that broadcast.
    nodes : tuple of Node
    outputs : mapping of str to int
        Path of each output ("tables/bowl/N") and the value it is.
    """

    inputs: Mapping[str, Shape]
    nodes: tuple[Node, ...]
    outputs: Mapping[str, int] = field(default_factory=dict)

    def __call__(self, *args: Any, **inputs: Any) -> dict[str, Any]:
        """Carry the graph out on arrays, symbols or traced values; return the outputs by path."""
        given = {**dict(zip(self.inputs, args, strict=False)), **inputs}
        missing, unknown = self.inputs.keys() - given.keys(), given.keys() - self.inputs.keys()
        if missing or unknown:
            raise PortabilityError(
                f"the graph takes {', '.join(self.inputs)}; missing: {', '.join(sorted(missing)) or 'none'}, "
                f"unknown: {', '.join(sorted(unknown)) or 'none'}"
            )
        values = [given[name] for name in self.inputs]
        # where all is plain arrays, asking each step where it lives would double the time
        plain = recording_now() is None and not is_recorded(*values) and not is_symbolic(*values)
        with np.errstate(all="ignore"):
            if plain:
                # a Python number would stop at a division by zero
                return self.carried_out([v if isinstance(v, np.ndarray) else np.asarray(v)[()] for v in values])
            for node in self.nodes:
                if node.op == "constant":
                    values.append(node.static["value"])
                else:
                    values.append(apply(PRIMITIVES[node.op], *(values[i] for i in node.args), **node.static))
        return {path: values[i] for path, i in self.outputs.items()}

    def carried_out(self, values: list[Any]) -> dict[str, Any]:
        """Return the outputs by path from arrays for the inputs, in order; the list grows by every step's value."""
        add = values.append
        for function, args, constant in self._steps:
            # a list of arguments would take as long as many a step
            if len(args) == 2:
                one, two = args
                add(function(values[one], values[two]))
            elif args:
                add(function(*[values[i] for i in args]))
            else:
                add(constant if function is None else function())
        return {path: values[i] for path, i in self.outputs.items()}

    @cached_property
    def _steps(self) -> tuple[tuple[Any, tuple[int, ...], Any], ...]:
        """What each node calls on plain arrays, and the value of those that call nothing."""
        steps: list[tuple[Any, tuple[int, ...], Any]] = []
        for node in self.nodes:
            if node.op == "constant":
                steps.append((None, (), np.asarray(node.static["value"])[()]))
            else:
                meaning = OPERATORS.get(node.op, PRIMITIVES[node.op].numpy)
                steps.append((partial(meaning, **node.static) if node.static else meaning, node.args, None))
        return tuple(steps)

    def to_json(self) -> dict[str, Any]:
        """Return the graph as plain data that `json.dumps(..., allow_nan=False)` accepts.

        A node is a list of its name, the numbers of its arguments, its shape, and its settings where it has any.
        """
        return {
            "format": FORMAT,
            "inputs": [[name, list(shape)] for name, shape in self.inputs.items()],
            "nodes": [_node_to_json(node) for node in self.nodes],
            "outputs": dict(self.outputs),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Graph:
        """Rebuild a graph from `to_json`.

        Raises
        ------
        PortabilityError
            If the format or an operation is not known to this version.
        """
        if data.get("format") not in (FORMAT, OLD_FORMAT):
            raise PortabilityError(f"graph format {data.get('format')!r} is not known; this version reads {FORMAT!r}")
        return cls(
            inputs={name: tuple(shape) for name, shape in data["inputs"]},
            nodes=tuple(_node_from_json(node) for node in data["nodes"]),
            outputs=dict(data["outputs"]),
        )

    def ops(self) -> Iterator[str]:
        """Name every operation used, those of nested functions included."""
        for node in self.nodes:
            yield node.op
            if "body" in node.static:
                yield from node.static["body"].ops()


def _node_to_json(node: Node) -> list[Any]:
    static = {}
    for key, value in node.static.items():
        static[key] = value.to_json() if isinstance(value, Graph) else encode_numbers(value)
    return [node.op, list(node.args), list(node.shape), *([static] if static else [])]


def _node_from_json(data: Any) -> Node:
    if isinstance(data, dict):
        data = [data["op"], data["args"], data["shape"], data.get("static", {})]
    op, args, shape, *settings = data
    if op not in PRIMITIVES and op != "constant":
        raise PortabilityError(f"operation {op!r} is not known; known are {', '.join(sorted(PRIMITIVES))}")
    static = {}
    for key, value in (settings[0] if settings else {}).items():
        static[key] = Graph.from_json(value) if isinstance(value, dict) else decode_numbers(value)
    return Node(op, tuple(args), static, tuple(shape))


def encode_numbers(value: Any) -> Any:
    """Turn arrays into lists and non-finite numbers into words, since JSON has neither."""
    if isinstance(value, np.ndarray):
        return encode_numbers(value.tolist())
    if isinstance(value, list | tuple):
        return [encode_numbers(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    if isinstance(value, np.generic):
        return encode_numbers(value.item())
    return value


def decode_numbers(value: Any) -> Any:
    """Undo `encode_numbers`: lists become arrays, words numbers."""
    if isinstance(value, list):
        return np.array([decode_numbers(item) for item in value])
    if isinstance(value, str):
        return float(value)
    return value
