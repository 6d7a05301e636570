"""Portable operations that turn an axis into one value; NaN spreads, except in `argmin`, which passes over it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from scalewidgets.ops.dispatch import Primitive, Shape, apply, primitive


def _without(x: Shape, *, axis: int = -1, **_: Any) -> Shape:
    axis = axis % len(x)
    return x[:axis] + x[axis + 1 :]


def _reduction(name: str, function: Callable[..., Any]) -> Primitive:
    return primitive(name, _without)(function)


def _argmin(x: Any, *, axis: int) -> Any:
    # np.argmin answers with the place of a NaN, a plain loop would skip it: one meaning for every backend
    return np.argmin(np.where(np.isnan(x), np.inf, x), axis=axis) * 1.0


def _logsumexp(x: Any, *, axis: int) -> Any:
    top = np.max(np.real(x), axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    return np.squeeze(top, axis=axis) + np.log(np.sum(np.exp(x - top), axis=axis))


_SUM = _reduction("sum", lambda x, *, axis: np.sum(x, axis=axis))
_MEAN = _reduction("mean", lambda x, *, axis: np.mean(x, axis=axis))
_MIN = _reduction("min", lambda x, *, axis: np.min(x, axis=axis))
_MAX = _reduction("max", lambda x, *, axis: np.max(x, axis=axis))
_ARGMIN = _reduction("argmin", _argmin)
_LOGSUMEXP = _reduction("logsumexp", _logsumexp)
_QUANTILE = _reduction("quantile", lambda x, *, q, axis: np.quantile(x, q, axis=axis))


def total(x: Any, axis: int = -1) -> Any:
    """Return the sum over an axis."""
    return apply(_SUM, x, axis=axis)


def mean(x: Any, axis: int = -1) -> Any:
    """Return the mean over an axis."""
    return apply(_MEAN, x, axis=axis)


def smallest(x: Any, axis: int = -1) -> Any:
    """Return the least value of an axis; NaN if there is one."""
    return apply(_MIN, x, axis=axis)


def largest(x: Any, axis: int = -1) -> Any:
    """Return the greatest value of an axis; NaN if there is one."""
    return apply(_MAX, x, axis=axis)


def argmin(x: Any, axis: int = -1) -> Any:
    """Return the place of the least value of an axis; NaN counts as infinite."""
    return apply(_ARGMIN, x, axis=axis)


def logsumexp(x: Any, axis: int = -1) -> Any:
    """Return log(sum(exp(x))) over an axis without overflow."""
    return apply(_LOGSUMEXP, x, axis=axis)


def quantile(x: Any, q: float, axis: int = 0) -> Any:
    """Return the quantile `q` over an axis, between neighbours by linear interpolation; NaN if there is one."""
    return apply(_QUANTILE, x, q=float(q), axis=axis)
