"""Carry a graph out many times on the same data: what depends on the data alone is computed once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from scalewidgets.ops import exp, log
from scalewidgets.ops.dispatch import PRIMITIVES, apply
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import trace

# Straight NumPy functions for operations whose portable meaning takes care of more than real arrays.
FAST: dict[str, Callable[..., Any]] = {
    "power": np.power,
    "exp": np.exp,
    "log": np.log,
    "minimum": np.minimum,
    "maximum": np.maximum,
    "where": np.where,
    "less": np.less,
    "less_equal": np.less_equal,
    "equal": np.equal,
}


def rewrite_powers(graph: Graph, data: Sequence[str]) -> Graph:
    """Write powers of a data column as exp(y log x): the logarithm is then computed once, and exp is much faster."""
    columns = {i for i, name in enumerate(graph.inputs) if name in data}

    def run(**inputs: Any) -> dict[str, Any]:
        values = [inputs[name] for name in graph.inputs]
        for node in graph.nodes:
            if node.op == "constant":
                values.append(node.static["value"])
                continue
            args = [values[i] for i in node.args]
            if node.op == "power" and node.args[0] in columns:
                values.append(exp(args[1] * log(args[0])))
            else:
                values.append(apply(PRIMITIVES[node.op], *args, **node.static))
        return {path: values[i] for path, i in graph.outputs.items()}

    return trace(run, graph.inputs)


class Program:
    """A graph bound to data.

    Parameters
    ----------
    graph : Graph
    data : mapping of str to ndarray
        Inputs that stay, shape (rows,).

    Notes
    -----
    Calling it with the other inputs, each of shape (problems, 1), gives the outputs, which broadcast to
    (problems, rows).
    """

    def __init__(self, graph: Graph, data: Mapping[str, np.ndarray]) -> None:
        names = list(graph.inputs)
        self.free = [name for name in names if name not in data]
        self._slots: list[Any] = [data.get(name) for name in names]
        self._free_slots = [names.index(name) for name in self.free]
        self._outputs = dict(graph.outputs)
        self._steps: list[tuple[int, Callable[..., Any], tuple[int, ...], Mapping[str, Any]]] = []
        moving = set(self._free_slots)
        with np.errstate(all="ignore"):
            for slot, node in enumerate(graph.nodes, start=len(names)):
                self._slots.append(None)
                if node.op == "constant":
                    self._slots[slot] = node.static["value"]
                    continue
                function = FAST.get(node.op, PRIMITIVES[node.op].numpy)
                if moving.isdisjoint(node.args):
                    self._slots[slot] = function(*(self._slots[i] for i in node.args), **node.static)
                    continue
                moving.add(slot)
                self._steps.append((slot, function, node.args, node.static))

    def __call__(self, free: Sequence[np.ndarray]) -> dict[str, Any]:
        """Return the outputs for one array per free input, in the order of `free`."""
        slots = self._slots.copy()
        for slot, value in zip(self._free_slots, free, strict=True):
            slots[slot] = value
        with np.errstate(all="ignore"):
            for slot, function, args, static in self._steps:
                if static:
                    slots[slot] = function(*[slots[i] for i in args], **static)
                elif len(args) == 2:
                    slots[slot] = function(slots[args[0]], slots[args[1]])
                else:
                    slots[slot] = function(*[slots[i] for i in args])
        return {path: slots[i] for path, i in self._outputs.items()}
