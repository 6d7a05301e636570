"""Send one operation to what it was given: arrays compute, symbols make formulas, traced values record."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from scalewidgets.errors import PortabilityError

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Primitive:
    """Declare one portable operation.

    Parameters
    ----------
    name : str
        The name under which a graph stores it.
    numpy : callable
        Its meaning on arrays: arrays positional, static settings by keyword.
    shape : callable
        The shape of the result from the shapes of the arguments and the same settings.
    source : bool
        True for operations that make an array from plain numbers. They are recorded while tracing even when
        nothing they are given is traced: otherwise whole grids would be baked into the graph as constants.
    """

    name: str
    numpy: Callable[..., Any]
    shape: Callable[..., Shape]
    source: bool = False


class Recorder(Protocol):
    """What dispatch needs of a graph under construction."""

    def record(self, primitive: Primitive, args: tuple[Any, ...], static: dict[str, Any]) -> Any:
        """Add one operation and return its value."""
        ...


class Recorded:
    """Base of values that stand for a node of a graph under construction."""


PRIMITIVES: dict[str, Primitive] = {}
_recorders: list[Recorder] = []


def primitive(name: str, shape: Callable[..., Shape], *, source: bool = False) -> Callable[..., Primitive]:
    """Register the decorated NumPy function as the meaning of the operation `name`."""

    def register(function: Callable[..., Any]) -> Primitive:
        if name in PRIMITIVES:
            raise ValueError(f"operation {name!r} is declared twice")
        PRIMITIVES[name] = Primitive(name, function, shape, source)
        return PRIMITIVES[name]

    return register


class recording:
    """Make `recorder` the one that operations go to, innermost first."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def __enter__(self) -> Recorder:
        _recorders.append(self.recorder)
        return self.recorder

    def __exit__(self, *_: object) -> None:
        _recorders.pop()


def recording_now() -> Any:
    """Return the innermost graph under construction, or None."""
    return _recorders[-1] if _recorders else None


def is_recorded(*values: Any) -> bool:
    """Tell whether any value stands for a node of a graph under construction."""
    for value in values:  # noqa: SIM110 - runs before every operation, and any() takes twice as long
        if isinstance(value, Recorded):
            return True
    return False


def is_symbolic(*values: Any) -> bool:
    """Tell whether any value is a SymPy expression, without importing SymPy."""
    sympy = sys.modules.get("sympy")
    return sympy is not None and any(isinstance(value, sympy.Basic) for value in values)


def apply(operation: Primitive, *args: Any, **static: Any) -> Any:
    """Carry out `operation` in the world its arguments live in."""
    if is_recorded(*args) or (operation.source and _recorders):
        if not _recorders:
            raise PortabilityError(
                f"{operation.name}: a traced value was used after its tracing ended; return it from the function"
            )
        return _recorders[-1].record(operation, args, static)
    if is_symbolic(*args):
        from scalewidgets.ops.symbols import meaning

        return meaning(operation.name)(*args, **static)
    return operation.numpy(*args, **static)


def broadcast(*shapes: Shape, **_: Any) -> Shape:
    """Shape rule of pointwise operations."""
    return tuple(int(n) for n in np.broadcast_shapes(*shapes))
