"""Record what a function does to its inputs, as a graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np

from scalewidgets.errors import PortabilityError
from scalewidgets.ops import pointwise
from scalewidgets.ops.dispatch import Primitive, Recorded, Shape, apply, recording
from scalewidgets.ops.graph import Graph, Node

# Larger constants are almost always a grid made with NumPy, which would travel with every page.
LARGEST_CONSTANT = 64


class Traced(Recorded):
    """A value of a graph under construction; its operators record."""

    __hash__ = object.__hash__

    def __init__(self, recording: Recording, number: int, shape: Shape) -> None:
        self.recording, self.number, self.shape = recording, number, shape

    @property
    def ndim(self) -> int:
        """Number of axes, known while tracing."""
        return len(self.shape)

    def __repr__(self) -> str:
        return f"Traced(value {self.number}, shape {self.shape})"

    def __add__(self, other: Any) -> Any:
        return apply(pointwise.ADD, self, other)

    def __radd__(self, other: Any) -> Any:
        return apply(pointwise.ADD, other, self)

    def __sub__(self, other: Any) -> Any:
        return apply(pointwise.SUBTRACT, self, other)

    def __rsub__(self, other: Any) -> Any:
        return apply(pointwise.SUBTRACT, other, self)

    def __mul__(self, other: Any) -> Any:
        return apply(pointwise.MULTIPLY, self, other)

    def __rmul__(self, other: Any) -> Any:
        return apply(pointwise.MULTIPLY, other, self)

    def __truediv__(self, other: Any) -> Any:
        return apply(pointwise.DIVIDE, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return apply(pointwise.DIVIDE, other, self)

    def __pow__(self, other: Any) -> Any:
        return apply(pointwise.POWER, self, other)

    def __rpow__(self, other: Any) -> Any:
        return apply(pointwise.POWER, other, self)

    def __neg__(self) -> Any:
        return apply(pointwise.NEGATIVE, self)

    def __lt__(self, other: Any) -> Any:
        return apply(pointwise.LESS, self, other)

    def __le__(self, other: Any) -> Any:
        return apply(pointwise.LESS_EQUAL, self, other)

    def __gt__(self, other: Any) -> Any:
        return apply(pointwise.LESS, other, self)

    def __ge__(self, other: Any) -> Any:
        return apply(pointwise.LESS_EQUAL, other, self)

    def __eq__(self, other: Any) -> Any:
        return apply(pointwise.EQUAL, self, other)

    def __ne__(self, other: Any) -> Any:
        return apply(pointwise.NOT_EQUAL, self, other)

    def __and__(self, other: Any) -> Any:
        return apply(pointwise.AND, self, other)

    __rand__ = __and__

    def __or__(self, other: Any) -> Any:
        return apply(pointwise.OR, self, other)

    __ror__ = __or__

    def __invert__(self) -> Any:
        return apply(pointwise.NOT, self)

    def __bool__(self) -> NoReturn:
        raise PortabilityError("a traced value has no truth value yet; use ops.where instead of if, and, or, not")

    def __float__(self) -> NoReturn:
        raise PortabilityError("a traced value is not a number yet; use the functions of scalewidgets.ops, not math")

    __int__ = __index__ = __float__

    def __iter__(self) -> NoReturn:
        raise PortabilityError("a traced value can't be looped over; use array operations of scalewidgets.ops")

    def __getitem__(self, _: Any) -> NoReturn:
        raise PortabilityError("a traced value can't be indexed with [ ]; use ops.take, ops.part or ops.column")

    def __abs__(self) -> Any:
        return pointwise.absolute(self)

    def __mod__(self, _: Any) -> NoReturn:
        raise PortabilityError("a traced value has no % and no //; use ops.floor of a quotient")

    __rmod__ = __floordiv__ = __rfloordiv__ = __mod__

    def __round__(self, _: Any = None) -> NoReturn:
        raise PortabilityError("a traced value can't be rounded by round(); use ops.round_half_up or ops.floor")

    def __len__(self) -> NoReturn:
        raise PortabilityError("a traced value has no length; its shape is known: use .shape[-1]")

    def __array_ufunc__(self, function: Any, method: str, *inputs: Any, **settings: Any) -> Any:
        # NumPy comes here too for `array * traced`, which is the operator and may be recorded
        operator = _OPERATORS.get(function.__name__)
        if operator is None or method != "__call__" or settings:
            raise PortabilityError(
                f"{function.__name__} was given a traced value; use the function of scalewidgets.ops"
            )
        return operator(*inputs)

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise PortabilityError(
            "a traced value was given to NumPy; use the function of the same name in scalewidgets.ops"
        )


def _recorder(operation: Primitive, turned: bool = False) -> Callable[[Any, Any], Any]:
    return lambda x, y: apply(operation, y, x) if turned else apply(operation, x, y)


# What NumPy calls the operators that have an array or a NumPy number on the left.
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "add": _recorder(pointwise.ADD),
    "subtract": _recorder(pointwise.SUBTRACT),
    "multiply": _recorder(pointwise.MULTIPLY),
    "divide": _recorder(pointwise.DIVIDE),
    "true_divide": _recorder(pointwise.DIVIDE),
    "power": _recorder(pointwise.POWER),
    "less": _recorder(pointwise.LESS),
    "less_equal": _recorder(pointwise.LESS_EQUAL),
    "greater": _recorder(pointwise.LESS, turned=True),
    "greater_equal": _recorder(pointwise.LESS_EQUAL, turned=True),
    "equal": _recorder(pointwise.EQUAL),
    "not_equal": _recorder(pointwise.NOT_EQUAL),
    "bitwise_and": _recorder(pointwise.AND),
    "bitwise_or": _recorder(pointwise.OR),
}


class Recording:
    """A graph under construction. Equal operations on equal values are recorded once."""

    def __init__(self, inputs: Mapping[str, Shape], parent: Recording | None = None) -> None:
        self.inputs = dict(inputs)
        self.parent = parent
        self.nodes: list[Node] = []
        self.captured: list[Traced] = []
        self._known: dict[Any, Traced] = {}
        self._of_outer: dict[tuple[int, int], int] = {}

    def values(self) -> dict[str, Traced]:
        """Return the traced value of each declared input."""
        return {name: Traced(self, -1 - i, shape) for i, (name, shape) in enumerate(self.inputs.items())}

    def record(self, operation: Primitive, args: tuple[Any, ...], static: dict[str, Any]) -> Traced:
        """Add one operation and return its value."""
        traced = [self.adopt(arg, operation.name) for arg in args]
        shape = operation.shape(*(value.shape for value in traced), **static)
        return self._add(operation.name, tuple(value.number for value in traced), static, shape)

    def adopt(self, value: Any, where: str) -> Traced:
        """Turn a constant, or a value of an enclosing graph, into a value of this one."""
        if isinstance(value, Traced):
            return value if value.recording is self else self._capture(value, where)
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise PortabilityError(
                f"{where}: {value!r} of type {type(value).__name__} is not a number or an array of numbers"
            )
        if array.size > LARGEST_CONSTANT:
            raise PortabilityError(
                f"{where}: a constant array of {array.size} numbers (more than {LARGEST_CONSTANT}) was met; "
                "make grids with ops.linspace or ops.arange and pass data as an input"
            )
        constant: Any = array.astype(float) if array.ndim else float(array)
        return self._add("constant", (), {"value": constant}, array.shape)

    def _capture(self, value: Traced, where: str) -> Traced:
        if self.parent is None:
            raise PortabilityError(f"{where}: a value of another traced function was used; pass it in as an argument")
        key = (id(value.recording), value.number)
        if key not in self._of_outer:
            name = f"captured{len(self.captured)}"
            self._of_outer[key] = len(self.inputs)
            self.inputs[name] = value.shape
            self.captured.append(value)
        return Traced(self, -1 - self._of_outer[key], value.shape)

    def _add(self, op: str, args: tuple[int, ...], static: dict[str, Any], shape: Shape) -> Traced:
        key = (op, args, repr(sorted((k, v.tolist() if isinstance(v, np.ndarray) else v) for k, v in static.items())))
        if key not in self._known:
            self.nodes.append(Node(op, args, static, tuple(shape)))
            self._known[key] = Traced(self, len(self.nodes) - 1, tuple(shape))
        return self._known[key]

    def finish(self, outputs: Mapping[str, Any]) -> Graph:
        """Close the recording: number inputs first, keep only what the outputs need."""
        numbers = {path: self.adopt(value, path).number for path, value in outputs.items()}
        needed, waiting = set(), list(numbers.values())
        while waiting:
            number = waiting.pop()
            if number >= 0 and number not in needed:
                needed.add(number)
                waiting.extend(self.nodes[number].args)
        place = {-1 - i: i for i in range(len(self.inputs))}
        for number in sorted(needed):
            place[number] = len(place)
        nodes = [self.nodes[number] for number in sorted(needed)]
        return Graph(
            inputs=dict(self.inputs),
            nodes=tuple(Node(n.op, tuple(place[i] for i in n.args), n.static, n.shape) for n in nodes),
            outputs={path: place[number] for path, number in numbers.items()},
        )


def flatten(tree: Any, path: str = "") -> dict[str, Any]:
    """Turn nested mappings into one mapping from paths ("a/b/c") to values."""
    if not isinstance(tree, Mapping):
        return {path: tree}
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        flat.update(flatten(value, f"{path}/{key}" if path else str(key)))
    return flat


def unflatten(flat: Mapping[str, Any]) -> Any:
    """Undo `flatten`."""
    if set(flat) == {""}:
        return flat[""]
    tree: dict[str, Any] = {}
    for path, value in flat.items():
        *folders, leaf = path.split("/")
        branch = tree
        for folder in folders:
            branch = branch.setdefault(folder, {})
        branch[leaf] = value
    return tree


def trace(function: Callable[..., Any], inputs: Mapping[str, Shape]) -> Graph:
    """Record what `function(**inputs)` does.

    Parameters
    ----------
    function : callable
        Called once with a traced value per input, by keyword. Returns one value or nested mappings of values.
    inputs : mapping of str to tuple
        Name and shape of each input; `()` for a number.

    Returns
    -------
    Graph

    Raises
    ------
    PortabilityError
        At the first step that leaves the portable operations, saying what to use instead.

    Examples
    --------
    >>> from scalewidgets import ops
    >>> graph = trace(lambda x: ops.exp(2 * x) + 1, {"x": ()})
    >>> float(graph(x=0.0)[""])
    2.0
    """
    recorder = Recording(inputs)
    with recording(recorder):
        result = function(**recorder.values())
        return recorder.finish(flatten(result))
