"""Portable operations that turn an axis into one value.

One meaning for every backend: NaN spreads, except in `argmin`, which passes over it. Of no values the sum is 0, the
least is inf, the greatest and `logsumexp` are -inf, mean and quantile are NaN, and `argmin` is 0.
"""

from __future__ import annotations

from collections.abc import Callable
from math import floor, inf, nan
from typing import Any

import numpy as np

from scalewidgets.ops.dispatch import Primitive, Shape, apply, primitive
from scalewidgets.ops.pointwise import choose


def _without(x: Shape, *, axis: int = -1, **_: Any) -> Shape:
    axis = axis % len(x)
    return x[:axis] + x[axis + 1 :]


def _reduction(name: str, function: Callable[..., Any], of_none: float) -> Primitive:
    """Declare a reduction whose NumPy function refuses, or warns of, an axis without values."""

    def meaning(x: Any, *, axis: int, **settings: Any) -> Any:
        x = np.asarray(x)
        if x.shape[axis] == 0:
            return np.full(_without(x.shape, axis=axis), of_none)[()]
        return function(x, axis=axis, **settings)

    return primitive(name, _without)(meaning)


def _argmin(x: Any, *, axis: int) -> Any:
    # np.argmin answers with the place of a NaN, a plain loop would skip it: one meaning for every backend
    return np.argmin(np.where(np.isnan(x), np.inf, x), axis=axis) * 1.0


def _logsumexp(x: Any, *, axis: int) -> Any:
    top = np.max(np.real(x), axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    return np.squeeze(top, axis=axis) + np.log(np.sum(np.exp(x - top), axis=axis))


def _quantile(x: Any, *, q: float, axis: int) -> Any:
    # np.quantile makes NaN of an infinity beside the place, differently from version to version
    place = q * (x.shape[axis] - 1)
    before = floor(place)
    share = place - before
    # several times faster than np.partition at more than one place
    ordered = np.sort(x, axis=axis)
    rows = np.moveaxis(ordered, axis, 0) if axis else ordered
    low, last = rows[before], rows[-1]
    if share > 0:
        high = rows[before + 1]
        low = choose(low == high, low, low * (1 - share) + high * share)
    # NaN comes last
    return choose(last != last, nan, low)[()]


_SUM = _reduction("sum", np.sum, 0.0)
_MEAN = _reduction("mean", np.mean, nan)
_MIN = _reduction("min", np.min, inf)
_MAX = _reduction("max", np.max, -inf)
_ARGMIN = _reduction("argmin", _argmin, 0.0)
_LOGSUMEXP = _reduction("logsumexp", _logsumexp, -inf)
_QUANTILE = _reduction("quantile", _quantile, nan)


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
    """Return the quantile `q` over an axis, NaN if there is one.

    Its place among the n sorted values is q (n - 1); between two neighbours it is interpolated linearly.
    """
    return apply(_QUANTILE, x, q=float(q), axis=axis)
