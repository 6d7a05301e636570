r"""What training costs when the shape of a batch changes along the run (Wu et al. 2020, arXiv 1912.00998). Portable.

A clip of t frames and :math:`s \times s` pixels costs about :math:`t s^2` of the FLOP of one value. A shape of a share
of them leaves room for as many more clips at the same cost of a step, so a cycle of shapes sees more of the data for
the same FLOP.
"""

from __future__ import annotations

from typing import Any

from scalewidgets import ops


def shape_share(time: Any, space: Any) -> Any:
    """Return what a sample of a smaller shape costs beside one of the full shape.

    Parameters
    ----------
    time, space : number
        Frames and width of the sample, as shares of the full ones.

    Examples
    --------
    >>> shape_share(0.5, 0.5)
    0.125
    """
    return time * space * space


def batch_factor(time: Any, space: Any) -> Any:
    """Return how many times more samples of a smaller shape a step of the same cost holds.

    Examples
    --------
    >>> batch_factor(0.25, 0.5)
    16.0
    """
    return 1 / shape_share(time, space)


def schedule_cost(time: Any, space: Any, epochs: Any) -> dict[str, Any]:
    """Return the cost of a schedule of shapes beside training at the full shape throughout.

    Parameters
    ----------
    time, space : array_like
        Shape of the samples in each stage, as shares of the full one: shape (stages,).
    epochs : array_like
        Passes over the data in each stage: shape (stages,).

    Returns
    -------
    dict
        ``cost``, the FLOP over those of as many epochs at the full shape, and so the steps when every stage fills them
        as `batch_factor` allows; ``speedup``, its inverse; ``share``, the cost of each stage over that of them all.

    Examples
    --------
    >>> import numpy as np
    >>> found = schedule_cost(np.array([0.5, 1.0]), np.array([0.5, 1.0]), np.array([80.0, 20.0]))
    >>> round(float(found["cost"]), 3), round(float(found["speedup"]), 2)
    (0.3, 3.33)
    """
    each = shape_share(time, space) * epochs
    cost = ops.total(each) / ops.total(epochs)
    return {"cost": cost, "speedup": 1 / cost, "share": each / ops.column(ops.total(each))}
