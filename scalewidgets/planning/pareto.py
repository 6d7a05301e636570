"""The front of cost and loss among tried settings, and the power law along it (as CARBS, Fetterman et al. 2023)."""

from __future__ import annotations

from typing import Any

from scalewidgets import ops

__all__ = ["on_front", "power_along_front"]


def on_front(cost: Any, loss: Any) -> Any:
    """Tell which settings nobody betters: none costs as little or less and loses less, or less and as little.

    Parameters
    ----------
    cost, loss : array_like
        Shape (settings,).

    Returns
    -------
    array
        1 on the front and 0 behind it, shape (settings,).

    Examples
    --------
    >>> import numpy as np
    >>> [float(x) for x in on_front(np.array([1.0, 2.0, 3.0, 4.0]), np.array([3.0, 2.0, 2.5, 1.0]))]
    [1.0, 1.0, 0.0, 1.0]
    """
    other, own = ops.row(cost), ops.column(cost)
    cheaper, as_cheap = other < own, other <= own
    better, as_good = ops.row(loss) < ops.column(loss), ops.row(loss) <= ops.column(loss)
    beaten = ops.logical_or(ops.logical_and(cheaper, as_good), ops.logical_and(as_cheap, better))
    return 1.0 - ops.largest(ops.where(beaten, 1.0, 0.0))


def power_along_front(cost: Any, value: Any, front: Any) -> dict[str, Any]:
    """Fit value = k cost^s through the settings on a front, by least squares of logarithms.

    Parameters
    ----------
    cost, value : array_like
        Shape (settings,), positive; the value may be the loss or any setting, such as the size.
    front : array_like
        As `on_front` gives it.

    Returns
    -------
    dict
        ``k`` and the slope ``s``; NaN where the front has fewer than two costs.

    Examples
    --------
    >>> import numpy as np
    >>> cost = np.array([1.0, 10.0, 100.0])
    >>> along = power_along_front(cost, 5 * cost**0.5, np.ones(3))
    >>> round(float(along["k"]), 9), round(float(along["s"]), 9)
    (5.0, 0.5)
    """
    x, y = ops.log(cost), ops.log(value)
    count = ops.total(front)
    mean_x, mean_y = ops.total(front * x) / count, ops.total(front * y) / count
    spread = ops.total(front * (x - mean_x) ** 2)
    slope = ops.total(front * (x - mean_x) * (y - mean_y)) / ops.where(spread > 0, spread, float("nan"))
    return {"k": ops.exp(mean_y - slope * mean_x), "s": slope}
