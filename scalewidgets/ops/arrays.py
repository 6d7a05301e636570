"""Portable operations that make, join and index arrays; shapes are known before values are."""

from __future__ import annotations

from typing import Any

import numpy as np

from scalewidgets.ops.dispatch import Shape, apply, broadcast, primitive


@primitive("linspace", lambda start, stop, *, n: (*broadcast(start, stop), n), source=True)
def _LINSPACE(start: Any, stop: Any, *, n: int) -> Any:
    share = np.arange(n) / max(n - 1, 1)
    start, stop = np.asarray(start)[..., None], np.asarray(stop)[..., None]
    # the weighted form ends exactly on `stop`, which start + share * (stop - start) does not
    return start * (1 - share) + stop * share


@primitive("arange", lambda *, n: (n,), source=True)
def _ARANGE(*, n: int) -> Any:
    return np.arange(n) * 1.0


@primitive("column", lambda x: (*x, 1))
def _COLUMN(x: Any) -> Any:
    return np.asarray(x)[..., None]


@primitive("row", lambda x: (1, *x))
def _ROW(x: Any) -> Any:
    return np.asarray(x)[None]


def _last_joined(*shapes: Shape) -> Shape:
    lead = broadcast(*(shape[:-1] for shape in shapes))
    return (*lead, sum(shape[-1] for shape in shapes))


@primitive("concatenate", _last_joined)
def _CONCATENATE(*parts: Any) -> Any:
    if all(np.ndim(part) == 1 for part in parts):
        return np.concatenate(parts)
    lead = np.broadcast_shapes(*(np.shape(part)[:-1] for part in parts))
    return np.concatenate([np.broadcast_to(part, (*lead, np.shape(part)[-1])) for part in parts], axis=-1)


@primitive("stack", lambda *shapes: (*broadcast(*shapes), len(shapes)))
def _STACK(*parts: Any) -> Any:
    if all(isinstance(part, float) for part in parts):
        return np.array(parts)
    return np.stack(np.broadcast_arrays(*parts), axis=-1)


@primitive("reverse", lambda x: x)
def _REVERSE(x: Any) -> Any:
    return np.asarray(x)[..., ::-1]


@primitive("part", lambda x, *, start, stop: (*x[:-1], len(range(*slice(start, stop).indices(x[-1])))))
def _PART(x: Any, *, start: int, stop: int | None) -> Any:
    return np.asarray(x)[..., start:stop]


def _take_shape(x: Shape, index: Shape) -> Shape:
    return index if len(x) == 1 else broadcast(x[:-1], index)


@primitive("take", _take_shape)
def _TAKE(x: Any, index: Any) -> Any:
    x, index = np.asarray(x), index if isinstance(index, float) else np.real(index)
    if (isinstance(index, float) or np.ndim(index) == 0) and index == index and x.shape[-1]:
        return x[..., int(min(max(index, 0), x.shape[-1] - 1))][()]
    lost = np.isnan(index) | (x.shape[-1] == 0)
    if lost.any():
        x = np.concatenate([x, np.full((*x.shape[:-1], 1), np.nan)], axis=-1)
        index = np.where(lost, x.shape[-1] - 1, np.clip(index, 0, max(x.shape[-1] - 2, 0)))
    index = np.clip(index, 0, x.shape[-1] - 1).astype(int)
    if x.ndim == 1:
        return x[index]
    lead = np.broadcast_shapes(x.shape[:-1], index.shape)
    x = np.broadcast_to(x, (*lead, x.shape[-1]))
    return np.take_along_axis(x, np.broadcast_to(index, lead)[..., None], axis=-1)[..., 0]


@primitive("cumsum", lambda x: x)
def _CUMSUM(x: Any) -> Any:
    return np.cumsum(x, axis=-1)


@primitive("repeat", lambda x, *, n: (*x, n))
def _REPEAT(x: Any, *, n: int) -> Any:
    return np.repeat(np.asarray(x)[..., None], n, axis=-1)


def linspace(start: Any, stop: Any, n: int) -> Any:
    """Return `n` evenly spaced values from `start` to `stop`, both included, along a new last axis; one is `start`."""
    return apply(_LINSPACE, start, stop, n=int(n))


def logspace(start: Any, stop: Any, n: int) -> Any:
    """Return `n` values from `start` to `stop` that are evenly spaced in their logarithm, along a new last axis."""
    from scalewidgets.ops.pointwise import exp, log

    return exp(linspace(log(start), log(stop), n))


def arange(n: int) -> Any:
    """Return 0, 1, ... n - 1 as floats."""
    return apply(_ARANGE, n=int(n))


def column(x: Any) -> Any:
    """Give `x` a last axis of length one, so that it broadcasts against a grid."""
    return apply(_COLUMN, x)


def row(x: Any) -> Any:
    """Give `x` a first axis of length one, so that a grid broadcasts against a column of draws."""
    return apply(_ROW, x)


def align(x: Any, like: Any) -> Any:
    """Give `x` as many axes as `like` by adding last axes of length one; a plain number stays one.

    Draws of a coefficient, shape (n,), so meet a grid per draw, shape (n, points).
    """
    missing = np.ndim(like) - np.ndim(x) if np.ndim(x) else 0
    for _ in range(missing):
        x = column(x)
    return x


def concatenate(*parts: Any) -> Any:
    """Join arrays along their last axis."""
    return apply(_CONCATENATE, *parts)


def stack(*parts: Any) -> Any:
    """Put values side by side along a new last axis."""
    return apply(_STACK, *parts)


def reverse(x: Any) -> Any:
    """Turn the last axis round."""
    return apply(_REVERSE, x)


def part(x: Any, start: int, stop: int | None = None) -> Any:
    """Return positions `start` to `stop` (not included) of the last axis."""
    return apply(_PART, x, start=start, stop=stop)


def take(x: Any, index: Any) -> Any:
    """Return the values of the last axis at `index`; an index outside it is moved to the nearest end.

    A broken index is rounded down; NaN gives NaN, and so does every index where the axis has no values.
    A one-dimensional `x` takes any shape of `index`; otherwise there is one index per row.
    """
    return apply(_TAKE, x, index)


def cumsum(x: Any) -> Any:
    """Return running sums along the last axis."""
    return apply(_CUMSUM, x)


def repeat(x: Any, n: int) -> Any:
    """Repeat each value `n` times along a new last axis."""
    return apply(_REPEAT, x, n=int(n))
