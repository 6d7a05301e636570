"""What portable operations mean on SymPy symbols, so that a law's formula can be printed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from scalewidgets.errors import PortabilityError


class softplus(sympy.Function):
    """Stand for log(1 + exp(x)) in formulas."""

    def _latex(self, printer: Any, exp: Any = None) -> str:
        body = rf"\operatorname{{softplus}}\left({printer._print(self.args[0])}\right)"
        return body if exp is None else rf"{body}^{{{exp}}}"


_MEANINGS: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "power": lambda x, y: x**y,
    "negative": lambda x: -x,
    "absolute": sympy.Abs,
    "exp": sympy.exp,
    "log": sympy.log,
    "log1p": lambda x: sympy.log(1 + x),
    "expm1": lambda x: sympy.exp(x) - 1,
    "sqrt": sympy.sqrt,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tanh": sympy.tanh,
    "floor": sympy.floor,
    "softplus": softplus,
    "logaddexp": lambda x, y: sympy.log(sympy.exp(x) + sympy.exp(y)),
    "minimum": sympy.Min,
    "maximum": sympy.Max,
    "less": lambda x, y: sympy.Lt(x, y),
    "less_equal": lambda x, y: sympy.Le(x, y),
    "equal": lambda x, y: sympy.Eq(x, y),
    "and": sympy.And,
    "or": sympy.Or,
    "not": sympy.Not,
    "where": lambda condition, x, y: sympy.Piecewise((x, condition), (y, True)),
}


def meaning(name: str) -> Callable[..., Any]:
    """Return what an operation does to symbols.

    Raises
    ------
    PortabilityError
        For operations on arrays, which have no formula.
    """
    if name not in _MEANINGS:
        raise PortabilityError(f"{name} has no formula; give the law a `display` function written without it")
    return _MEANINGS[name]
