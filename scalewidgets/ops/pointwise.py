"""Portable operations that work number by number and broadcast."""

from __future__ import annotations

from typing import Any

import numpy as np

from scalewidgets.ops.dispatch import Primitive, apply, broadcast, primitive


def _select_real(left: Any, right: Any, take_left: Any) -> Any:
    return np.where(take_left, left, right)


def _softplus(x: Any) -> Any:
    # log(1 + e^x) overflows from x = 710 on; this form is exact on both sides and accepts complex steps
    return np.where(np.real(x) > 0, x, 0) + np.log1p(np.exp(np.where(np.real(x) > 0, -x, x)))


def _is_complex(x: Any) -> bool:
    dtype = getattr(x, "dtype", None)
    return np.iscomplexobj(x) if dtype is None else dtype.kind == "c"


def _real(x: Any) -> Any:
    # np.real takes longer to call than to carry out
    return x.real if isinstance(x, _ARRAYS) else np.real(x)


_ARRAYS = (np.ndarray, np.generic)


def _minimum(x: Any, y: Any) -> Any:
    if _is_complex(x) or _is_complex(y):
        return _select_real(x, y, np.real(x) <= np.real(y))
    return np.minimum(x, y)


def _maximum(x: Any, y: Any) -> Any:
    if _is_complex(x) or _is_complex(y):
        return _select_real(x, y, np.real(x) >= np.real(y))
    return np.maximum(x, y)


def _absolute(x: Any) -> Any:
    return _select_real(np.negative(x), x, np.real(x) < 0) if _is_complex(x) else np.abs(x)


def _power(x: Any, y: Any) -> Any:
    # [()] keeps single numbers single: NumPy rounds x ** y differently for arrays, and a replay must match the call
    return x**y if type(x) is np.float64 else (np.asarray(x) * 1.0)[()] ** y


def choose(condition: Any, x: Any, y: Any) -> Any:
    """Return what `where` means on arrays."""
    # of single numbers np.where makes an array, and so do the steps that follow: several times as slow
    if type(condition) in _SINGLE and type(x) in _NUMBERS and type(y) in _NUMBERS:
        return np.float64(x if condition else y)
    return np.where(condition, x, y)


_NUMBERS = frozenset({np.float64, float})
_SINGLE = _NUMBERS | {np.bool_, bool}


def _logaddexp(x: Any, y: Any) -> Any:
    # equal infinities differ by nothing, not by NaN
    if not (_is_complex(x) or _is_complex(y)):
        return np.maximum(x, y) + np.log1p(np.exp(choose(np.equal(x, y), 0.0, -np.abs(np.subtract(x, y)))))
    # -|x - y| written so that complex steps pass
    gap = np.where(np.real(x) >= np.real(y), np.subtract(y, x), np.subtract(x, y))
    return _maximum(x, y) + _softplus(np.where(np.equal(x, y), 0.0, gap))


ADD = primitive("add", broadcast)(np.add)
SUBTRACT = primitive("subtract", broadcast)(np.subtract)
MULTIPLY = primitive("multiply", broadcast)(np.multiply)
DIVIDE = primitive("divide", broadcast)(np.divide)
POWER = primitive("power", broadcast)(_power)
NEGATIVE = primitive("negative", broadcast)(np.negative)
LESS = primitive("less", broadcast)(lambda x, y: _real(x) < _real(y))
LESS_EQUAL = primitive("less_equal", broadcast)(lambda x, y: _real(x) <= _real(y))
EQUAL = primitive("equal", broadcast)(lambda x, y: _real(x) == _real(y))
NOT_EQUAL = primitive("not_equal", broadcast)(lambda x, y: _real(x) != _real(y))
AND = primitive("and", broadcast)(np.logical_and)
OR = primitive("or", broadcast)(np.logical_or)
NOT = primitive("not", broadcast)(np.logical_not)

_ABSOLUTE = primitive("absolute", broadcast)(_absolute)
_EXP = primitive("exp", broadcast)(np.exp)
_LOG = primitive("log", broadcast)(np.log)
_LOG1P = primitive("log1p", broadcast)(np.log1p)
_EXPM1 = primitive("expm1", broadcast)(np.expm1)
_SQRT = primitive("sqrt", broadcast)(np.sqrt)
_SIN = primitive("sin", broadcast)(np.sin)
_COS = primitive("cos", broadcast)(np.cos)
_TANH = primitive("tanh", broadcast)(np.tanh)
_FLOOR = primitive("floor", broadcast)(np.floor)
_ROUND = primitive("round", broadcast)(lambda x: np.floor(np.asarray(x) + 0.5))
_SOFTPLUS = primitive("softplus", broadcast)(_softplus)
_LOGADDEXP = primitive("logaddexp", broadcast)(_logaddexp)
_MINIMUM = primitive("minimum", broadcast)(_minimum)
_MAXIMUM = primitive("maximum", broadcast)(_maximum)
_ISFINITE = primitive("isfinite", broadcast)(np.isfinite)
_WHERE = primitive("where", broadcast)(choose)


def _unary(operation: Primitive, sentence: str) -> Any:
    def function(x: Any) -> Any:
        return apply(operation, x)

    function.__name__ = function.__qualname__ = operation.name
    function.__doc__ = sentence
    return function


def _binary(operation: Primitive, sentence: str) -> Any:
    def function(x: Any, y: Any) -> Any:
        return apply(operation, x, y)

    function.__name__ = function.__qualname__ = operation.name
    function.__doc__ = sentence
    return function


absolute = _unary(_ABSOLUTE, "Return the absolute value.")
exp = _unary(_EXP, "Return e to the power x.")
log = _unary(_LOG, "Return the natural logarithm.")
log1p = _unary(_LOG1P, "Return log(1 + x), exact for small x.")
expm1 = _unary(_EXPM1, "Return exp(x) - 1, exact for small x.")
sqrt = _unary(_SQRT, "Return the square root.")
sin = _unary(_SIN, "Return the sine of an angle in radians.")
cos = _unary(_COS, "Return the cosine of an angle in radians.")
tanh = _unary(_TANH, "Return the hyperbolic tangent.")
floor = _unary(_FLOOR, "Round down to an integer.")
round_half_up = _unary(_ROUND, "Round to the nearest integer, halves upwards (as JavaScript does, unlike NumPy).")
softplus = _unary(_SOFTPLUS, "Return log(1 + exp(x)) without overflow.")
isfinite = _unary(_ISFINITE, "Tell which values are neither infinite nor NaN.")
logical_not = _unary(NOT, "Negate truth values.")
logaddexp = _binary(_LOGADDEXP, "Return log(exp(x) + exp(y)) without overflow.")
minimum = _binary(
    _MINIMUM, "Return the smaller of two values; NaN if either is NaN; complex values compare by real part."
)
maximum = _binary(
    _MAXIMUM, "Return the larger of two values; NaN if either is NaN; complex values compare by real part."
)
logical_and = _binary(AND, "Tell where both are true.")
logical_or = _binary(OR, "Tell where either is true.")
equal = _binary(EQUAL, "Tell where two values are equal.")


def where(condition: Any, x: Any, y: Any) -> Any:
    """Return `x` where `condition` holds and `y` elsewhere; both are evaluated."""
    return apply(_WHERE, condition, x, y)
