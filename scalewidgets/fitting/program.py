"""Carry a graph out many times on the same data, with as little arithmetic and as few new arrays as possible.

What depends on the data alone is computed once. Products are put in one order, so that derivatives share them with the
prediction. Arrays of a step are written where an earlier one is no longer needed: asking for memory anew costs more
than the arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from scalewidgets.ops.dispatch import PRIMITIVES, broadcast
from scalewidgets.ops.graph import Graph

# Straight NumPy functions for operations whose portable meaning takes care of more than real arrays.
FAST: dict[str, Callable[..., Any]] = {
    "power": np.power,
    "exp": np.exp,
    "log": np.log,
    "absolute": np.absolute,
    "minimum": np.minimum,
    "maximum": np.maximum,
    "where": np.where,
    "less": np.less,
    "less_equal": np.less_equal,
    "equal": np.equal,
}
# Operations that give numbers of the shape their arguments broadcast to, written wherever they are told.
REAL = (
    *("add", "subtract", "multiply", "divide", "power", "negative", "absolute", "exp", "log", "log1p", "expm1"),
    *("sqrt", "sin", "cos", "tanh", "minimum", "maximum"),
)

# Stands for log 0 among data: any positive power of zero comes out as zero, with derivatives that are numbers.
LOG_ZERO = -1e5

# What the shape of a value is: the data's (1, rows), one number, (problems, 1), (problems, rows), anything else.
DATA, NUMBER, EACH, WIDE, OTHER = "data", "number", "each", "wide", "other"


def _data_log(x: np.ndarray) -> np.ndarray:
    return np.where(x == 0, LOG_ZERO, np.log(x))


def _needed(graph: Graph, outputs: Iterable[int]) -> set[int]:
    """Return the slots that these outputs rest on."""
    needed = set(outputs)
    first = len(graph.inputs)
    for slot in range(first + len(graph.nodes) - 1, first - 1, -1):
        if slot in needed:
            needed.update(graph.nodes[slot - first].args)
    return needed


@dataclass(frozen=True)
class _Product:
    """A wide value, times one number a problem, times what the data alone give; all as slots in rising order."""

    wide: int
    each: tuple[int, ...] = ()
    fixed: tuple[int, ...] = ()

    def times(self, slot: int, *, kind: str) -> _Product:
        """Return the product with one factor more."""
        if kind == EACH:
            return _Product(self.wide, tuple(sorted((*self.each, slot))), self.fixed)
        return _Product(self.wide, self.each, tuple(sorted((*self.fixed, slot))))


class Program:
    """A graph bound to data, for one thread at a time.

    Parameters
    ----------
    graph : Graph
    data : mapping of str to ndarray
        Inputs that stay, shape (1, rows).
    wanted : set of str, optional
        Outputs to keep; only what they need is carried out.

    Notes
    -----
    Calling it with the other inputs, each of shape (problems, 1), gives the outputs, which broadcast to
    (problems, rows). They are overwritten by the next call.
    """

    def __init__(self, graph: Graph, data: Mapping[str, np.ndarray], wanted: set[str] | None = None) -> None:
        names = list(graph.inputs)
        self._rows = max((np.shape(column)[-1] for column in data.values()), default=1)
        self._values: list[Any] = []
        self._kinds: list[str] = []
        self._steps: list[tuple[int, Callable[..., Any], tuple[int, ...], Mapping[str, Any], str]] = []
        self._products: dict[int, _Product] = {}
        self._made: dict[Any, int] = {}
        slots = [self._keep(data[name]) if name in data else self._new(EACH) for name in names]
        self._inputs = [slot for slot, name in zip(slots, names, strict=True) if name not in data]
        outputs = {path: i for path, i in graph.outputs.items() if wanted is None or path in wanted}
        needed = _needed(graph, outputs.values())
        with np.errstate(all="ignore"):
            for place, node in enumerate(graph.nodes, start=len(names)):
                args = tuple(slots[i] for i in node.args) if place in needed else ()
                slots.append(self._bind(node.op, args, node.static) if place in needed else -1)
            self._outputs = {path: self._written(slots[i]) for path, i in outputs.items()}
        self._place()

    def _new(self, kind: str, value: Any = None) -> int:
        self._values.append(value)
        self._kinds.append(kind)
        return len(self._values) - 1

    def _keep(self, value: Any) -> int:
        """Return the slot of what never changes."""
        shape = np.shape(value)
        if shape == (1, self._rows):
            return self._new(DATA, value)
        return self._new(NUMBER if shape in ((), (1,), (1, 1)) else OTHER, value)

    def _bind(self, op: str, args: tuple[int, ...], static: Mapping[str, Any]) -> int:
        if op == "constant":
            return self._keep(static["value"])
        if all(self._values[i] is not None for i in args):
            function = _data_log if op == "log" else FAST.get(op, PRIMITIVES[op].numpy)
            return self._keep(function(*(self._values[i] for i in args), **static))
        if op == "negative":
            return self._bind("multiply", (args[0], self._once(("constant", -1.0), lambda: self._keep(-1.0))), {})
        if op == "multiply":
            return self._multiply(*args)
        if op == "power" and self._kinds[args[0]] == DATA and np.all(self._values[args[0]] >= 0):
            # the logarithm is computed once, and exp is much faster than a power
            logs = self._once(("logs", args[0]), lambda: self._keep(_data_log(self._values[args[0]])))
            return self._bind("exp", (self._multiply(args[1], logs),), {})
        return self._step(op, args, static)

    def _once(self, key: Any, make: Callable[[], int]) -> int:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def _step(self, op: str, args: tuple[int, ...], static: Mapping[str, Any]) -> int:
        """Return the slot of an operation, carried out once however often it is asked for."""
        args = tuple(self._written(i) for i in args)
        if op in ("add", "multiply", "minimum", "maximum"):
            args = tuple(sorted(args))

        def add() -> int:
            kinds = {self._kinds[i] for i in args}
            kind = WIDE if WIDE in kinds or DATA in kinds else EACH
            slot = self._new(OTHER if OTHER in kinds or PRIMITIVES[op].shape is not broadcast else kind)
            self._steps.append((slot, FAST.get(op, PRIMITIVES[op].numpy), args, static, op))
            return slot

        return add() if static else self._once((op, args), add)

    def _multiply(self, one: int, two: int) -> int:
        """Return the slot of a product, in one order: what is wide, what is the problem's, what is the data's."""
        if WIDE not in (self._kinds[one], self._kinds[two]) or OTHER in (self._kinds[one], self._kinds[two]):
            return self._step("multiply", (one, two), {})
        if self._kinds[one] != WIDE:
            one, two = two, one
        product = self._products.get(one, _Product(one))
        if self._kinds[two] != WIDE:
            return self._scaled(product.times(two, kind=self._kinds[two]))
        other = self._products.get(two, _Product(two))
        base = self._step("multiply", (product.wide, other.wide), {})
        each, fixed = product.each + other.each, product.fixed + other.fixed
        return self._scaled(_Product(base, tuple(sorted(each)), tuple(sorted(fixed))))

    def _scaled(self, product: _Product) -> int:
        """Return the slot of a product that is computed when somebody reads it."""

        def add() -> int:
            slot = self._new(WIDE)
            self._products[slot] = product
            return slot

        return self._once(product, add) if product.each or product.fixed else product.wide

    def _written(self, slot: int) -> int:
        """Return a slot that a step fills."""
        product = self._products.get(slot)
        if product is None:
            return slot
        found = product.wide
        if product.each:
            factor = product.each[0]
            for more in product.each[1:]:
                factor = self._step("multiply", (factor, more), {})
            found = self._step("multiply", (found, factor), {})
        if product.fixed:
            fixed = self._once(
                ("fixed", product.fixed),
                lambda: self._keep(reduce(np.multiply, map(self._values.__getitem__, product.fixed))),
            )
            found = self._step("multiply", (found, fixed), {}) if np.any(self._values[fixed] != 1.0) else found
        return found

    def _place(self) -> None:
        """Give each wide value a place, that of one nobody reads any more if there is one."""
        last = {slot: len(self._steps) for slot in self._outputs.values()}
        for at, (_, _, args, _, _) in enumerate(self._steps):
            last |= {slot: max(at, last.get(slot, 0)) for slot in args}
        free: list[int] = []
        place: dict[int, int] = {}
        self._places = 0
        plan = []
        for at, (slot, function, args, static, op) in enumerate(self._steps):
            # operations are carried out number by number, so that one may be written over its own argument
            free += [place[i] for i in set(args) if i in place and last[i] == at]
            if self._kinds[slot] == WIDE and op in REAL and not static:
                if not free:
                    free.append(self._places)
                    self._places += 1
                place[slot] = free.pop()
            plan.append((slot, function, args, static, place.get(slot)))
        self._plan = plan
        self._memory = np.empty((self._places, 0, self._rows))

    def __call__(self, free: Sequence[np.ndarray]) -> dict[str, Any]:
        """Return the outputs for one array per free input, in the order of the graph."""
        slots = self._values.copy()
        count = len(free[0]) if free else 1
        if count > self._memory.shape[1]:
            self._memory = np.empty((self._places, count, self._rows))
        places = self._memory[:, :count]
        for slot, value in zip(self._inputs, free, strict=True):
            slots[slot] = value
        with np.errstate(all="ignore"):
            for slot, function, args, static, place in self._plan:
                given = [slots[i] for i in args]
                slots[slot] = function(*given, **static) if place is None else function(*given, out=places[place])
        return {path: slots[i] for path, i in self._outputs.items()}
