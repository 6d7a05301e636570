"""Spend hours rather than FLOP: the shape of least loss when a step takes as long as the memory it copies.

The tokens of a run are its batch times the steps that fit into the time; any law of N and D then gives the loss. For
comparison, Liu (2026, arXiv 2603.28823) measured the best size on one consumer card to grow as time^0.60, from five
minutes to a day and 50M to 1B parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scalewidgets import ops
from scalewidgets.laws import step_time

__all__ = ["best_in_time", "tokens_in_time"]

NARROWEST, WIDEST = 32.0, 65536.0


def tokens_in_time(seconds: Any, width: Any, blocks: Any, batch: Any, timing: Mapping[str, Any]) -> Any:
    """Return the tokens a model of this shape sees in the time.

    Parameters
    ----------
    seconds : array_like
        Wall-clock time of training.
    width, blocks : array_like
        Model width and number of blocks.
    batch : array_like
        Tokens per step.
    timing : mapping of str to array_like
        Coefficients of the law "step-time", fitted to the user's own timings.

    Examples
    --------
    >>> float(tokens_in_time(3600.0, 512, 8, 1000, {"t_0": 0.01, "t_1": 0.0}))
    360000000.0
    """
    return batch * seconds / step_time.kernel(step_time.copies(width, blocks, batch), **timing)


def best_in_time(
    seconds: Any,
    loss: Callable[[Any, Any], Any],
    timing: Mapping[str, Any],
    *,
    batch: float = 524288.0,
    aspect: Any = 64.0,
) -> dict[str, Any]:
    """Find the width of least loss for a time, at a fixed proportion of width to blocks.

    Parameters
    ----------
    seconds : array_like
        Wall-clock time of training.
    loss : callable
        ``loss(N, D)``, made of portable operations.
    timing : mapping of str to array_like
        Coefficients of the law "step-time".
    batch : float
        Tokens per step.
    aspect : array_like
        Width divided by the number of blocks; an array compares proportions.

    Returns
    -------
    dict
        ``width``, ``blocks``, ``N`` (12 width^2 parameters a block), ``D`` and ``loss``.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> fit = sw.published("besiroglu2024")
    >>> def loss(N, D):
    ...     return fit.law.evaluate({"N": N, "D": D}, fit.values)
    >>> hour, day = (best_in_time(t, loss, {"t_0": 0.02, "t_1": 2e-12}) for t in (3600.0, 86400.0))
    >>> bool(day["N"] > hour["N"]), bool(day["loss"] < hour["loss"])
    (True, True)
    """
    like = 0.0 * (seconds + aspect)

    def shape(t: Any) -> tuple[Any, Any, Any]:
        width = ops.exp(t)
        blocks = width / ops.align(aspect, t)
        return width, blocks, 12 * blocks * width**2

    def tokens(t: Any) -> Any:
        width, blocks, _ = shape(t)
        held = {name: ops.align(value, t) for name, value in timing.items()}
        return tokens_in_time(ops.align(seconds, t), width, blocks, batch, held)

    t = ops.minimise(lambda t: loss(shape(t)[2], tokens(t)), like + ops.log(NARROWEST), like + ops.log(WIDEST))
    width, blocks, N = shape(t)
    D = tokens(t)
    return {"width": width, "blocks": blocks, "N": N, "D": D, "loss": loss(N, D)}
